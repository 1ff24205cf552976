"""Fields: the keys and values of one mapping, each taken once and as the type it must have.

Types are as strict as Kubernetes': a number is no text and `"1"` no number. What nobody has taken is noted at the end.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import yaml

from salver.graph.deployment.document import pairs_of
from salver.graph.deployment.place import BadDeployment, Place
from salver.graph.deployment.words import TAG, shown, value_of

_MAX_INT: Final = 2**31 - 1
"""Every integer of a deployment is an int32."""


class Fields:
    """A key whose value is null is a key that is not there, as in Kubernetes."""

    def __init__(self, node: yaml.Node | None, place: Place, notes: list[str]) -> None:
        if node is not None and not isinstance(node, yaml.MappingNode):
            raise place.refusal(f"wanted keys and values, got {shown(node)}")
        self.place = place
        self.notes = notes
        pairs = {} if node is None else pairs_of(node, place)
        self._lines = {key: int(key_node.start_mark.line) + 1 for key, (key_node, _) in pairs.items()}
        self._nodes = {key: value for key, (_, value) in pairs.items() if value.tag != TAG + "null"}
        self._taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def at(self, key: str) -> Place:
        """Where the key stands, or would."""
        return self.place.at(key, self._lines.get(key, self.place.line))

    def note(self, key: str, sentence: str) -> None:
        """What is to be known of this key, for people."""
        self.notes.append(f"{self.at(key)}: {sentence}")

    def text(self, key: str) -> str:
        """Empty when it is not there."""
        node = self._take(key)
        return "" if node is None else _text(node, self.at(key))

    def needed(self, key: str) -> str:
        """A text that must be there, and not be empty."""
        found = self.text(key)
        if not found:
            raise self.missing(key)
        return found

    def missing(self, key: str) -> BadDeployment:
        """To raise, with the key that was probably meant."""
        meant = difflib.get_close_matches(key.lower(), [other.lower() for other in self._nodes if other != key], n=1)
        wrong = next((other for other in self._nodes if meant and other.lower() == meant[0]), None)
        hint = "" if wrong is None else f"; did you mean it by '{wrong:.60}' in line {self._lines[wrong]}?"
        return self.at(key).refusal(f"is missing{hint}")

    def word(self, key: str, words: Collection[str]) -> str:
        """One of these, or empty when it is not there."""
        found = self.text(key)
        if found and found not in words:
            raise self.at(key).refusal(f"must be one of {', '.join(words)}, got '{found:.60}'{_meant(found, words)}")
        return found

    def words(self, key: str, words: Collection[str]) -> tuple[str, ...]:
        """A list of these."""
        found = tuple(_text(node, place) for node, place in self._parts(key))
        for word in found:
            if word not in words:
                raise self.at(key).refusal(f"must be of {', '.join(words)}, got '{word:.60}'{_meant(word, words)}")
        return found

    def integer(self, key: str) -> int | None:
        """An int32, or None when it is not there."""
        node = self._take(key)
        if node is None:
            return None
        value = _value(node, self.at(key))
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not -_MAX_INT - 1 <= value <= _MAX_INT:
            raise self.at(key).refusal(f"must be an integer of 32 bits, got {shown(node)}")
        return value

    def flag(self, key: str) -> bool:
        """False when it is not there."""
        node = self._take(key)
        value = False if node is None else _value(node, self.at(key))
        if type(value) is not bool:
            raise self.at(key).refusal(f"must be true or false, got {shown(node) if node else 'nothing'}")
        return value

    def texts(self, key: str) -> dict[str, str]:
        """Keys and texts: labels, annotations."""
        inner = self.inner(key)
        return {name: inner.text(name) for name in inner._nodes}

    def inner(self, key: str) -> Fields:
        """A mapping; one without keys when it is not there."""
        return Fields(self._take(key), self.at(key), self.notes)

    def items(self, key: str) -> list[Fields]:
        """A list of mappings; empty when it is not there."""
        return [Fields(node, place, self.notes) for node, place in self._parts(key)]

    def drop(self, keys: Iterable[str]) -> None:
        """Takes what needs no word."""
        self._taken.update(keys)

    def leave(self, reasons: Mapping[str, str]) -> None:
        """Notes each key that nobody has taken: with its reason, or as one that Kubernetes would not keep."""
        known = [*self._taken, *reasons]
        for key in self._nodes:
            if key in self._taken:
                continue
            if key in reasons:
                self.note(key, reasons[key])
            else:
                self.note(key, f"there is no such field; it is not heeded{_meant(key, known)}")

    def _take(self, key: str) -> yaml.Node | None:
        self._taken.add(key)
        return self._nodes.get(key)

    def _parts(self, key: str) -> list[tuple[yaml.Node, Place]]:
        node = self._take(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.at(key).refusal(f"wanted a list, got {shown(node)}")
        return [(part, self.at(key).item(index, part.start_mark.line + 1)) for index, part in enumerate(node.value)]


def _value(node: yaml.Node, place: Place) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        raise place.refusal(f"wanted one value, got {shown(node)}")
    try:
        return value_of(node)
    except ValueError as error:
        raise place.refusal(str(error)) from None


def _text(node: yaml.Node, place: Place) -> str:
    value = _value(node, place)
    if type(value) is not str:
        hint = f'; put it in quotes: "{node.value:.60}"' if isinstance(node, yaml.ScalarNode) else ""
        raise place.refusal(f"must be text, got {shown(node)}{hint}")
    try:
        # JSON writes what lies beyond 16 bits as two halves.
        value = value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise place.refusal("holds half a character (a lone surrogate)") from None
    if "\0" in value:
        raise place.refusal("holds a NUL character")
    return value


def _meant(word: str, known: Iterable[str]) -> str:
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else ""
