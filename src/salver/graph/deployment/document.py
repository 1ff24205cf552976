"""A text becomes the one SeldonDeployment in it, as nodes: YAML or JSON, one document or several, bounded.

Nothing is known here of what a deployment is made of. Refused are: too long, too many values (those that aliases repeat
counted again), an alias that holds itself, too deep, keys that stand twice, tags that make Python objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import yaml

from salver.graph.deployment.place import BadDeployment, Place
from salver.graph.deployment.words import Words, shown

MAX_BYTES: Final = 1_000_000
MAX_VALUES: Final = 100_000
MAX_DEPTH: Final = 200
"""Of the document; a graph of 50 nodes, one below the other, takes half of it."""
KIND: Final = "SeldonDeployment"
_LISTS: Final = ("List", "SeldonDeploymentList")


def find_deployment(text: str, source: str, notes: list[str]) -> yaml.MappingNode:
    """The only SeldonDeployment of the text. Documents of other kinds are noted. Raises BadDeployment."""
    found = []
    for node in _objects(_compose(text, source), source):
        kind = _kind(node)
        if kind == KIND:
            found.append(node)
        else:
            notes.append(f"{source}:{_line(node)}: a document of kind '{kind:.60}' is left out: wanted {KIND}")
    if not found:
        raise BadDeployment(f"{source}: no document of kind {KIND} is here{'; ' + notes[-1] if notes else ''}")
    if len(found) > 1:
        lines = ", ".join(str(_line(node)) for node in found)
        raise BadDeployment(f"{source}: {len(found)} documents of kind {KIND} (lines {lines}); wanted one in a file")
    return found[0]


def pairs_of(node: yaml.MappingNode, place: Place) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Key node and value node by key. What a merge key `<<` brings in comes last, where the key is not given here."""
    found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    merged: list[yaml.Node] = []
    for key_node, value_node in node.value:
        here = Place(place.source, _line(key_node), place.path)
        if not isinstance(key_node, yaml.ScalarNode) or not key_node.tag.endswith(":str"):
            raise here.refusal(f"a key must be text, got {shown(key_node)}; put it in quotes")
        if key_node.value == "<<" and key_node.style is None:
            merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
        elif key_node.value in found:
            raise here.refusal(
                f"the key '{key_node.value:.60}' stands already in line {_line(found[key_node.value][0])}"
            )
        else:
            found[key_node.value] = key_node, value_node
    for other in merged:
        if not isinstance(other, yaml.MappingNode):
            raise place.refusal(f"<< merges keys and values, got {shown(other)}")
        found = pairs_of(other, place) | found
    return found


def _compose(text: str, source: str) -> list[yaml.Node]:
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise BadDeployment(f"{source}: more than {MAX_BYTES} bytes are no deployment")
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        text = text.replace(
            "\t", " "
        )  # JSON may be indented with tabs, YAML may not; inside its strings none can stand
    try:
        nodes: list[yaml.Node] = list(yaml.compose_all(text, Words))
        for node in nodes:
            _weigh(node, Place(source, _line(node)), {}, 0)
    except yaml.YAMLError as error:
        raise BadDeployment(_problem(error, source)) from None
    except RecursionError:
        raise BadDeployment(f"{source}: nested too deeply for a deployment") from None
    except (ValueError, OverflowError, IndexError) as error:
        # PyYAML lets these through: for a character code beyond Unicode, for one.
        raise BadDeployment(f"{source}: this is no YAML: {error}") from None
    return nodes


def _weigh(node: yaml.Node, place: Place, known: dict[int, tuple[int, int] | None], depth: int) -> tuple[int, int]:
    """How many values a node holds, and in how many levels, with all that its aliases repeat."""
    found = known.get(id(node), (0, 0))
    if found is None:
        raise BadDeployment(f"{place.source}:{_line(node)}: an alias holds itself")
    weight, levels = found
    if depth + levels > MAX_DEPTH:
        raise BadDeployment(f"{place.source}:{_line(node)}: nested deeper than {MAX_DEPTH} levels")
    if weight:
        return found
    known[id(node)] = None
    for part in _parts(node):
        held, below = _weigh(part, place, known, depth + 1)
        weight, levels = weight + held, max(levels, below + 1)
    if weight >= MAX_VALUES:
        raise BadDeployment(f"{place.source}:{_line(node)}: more than {MAX_VALUES} values are no deployment")
    whole = known[id(node)] = weight + 1, levels
    return whole


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _objects(nodes: list[yaml.Node], source: str) -> Iterator[yaml.MappingNode]:
    """The documents, and the items of those that are lists of them (`kubectl get -o yaml` makes such)."""
    for node in nodes:
        if isinstance(node, yaml.ScalarNode) and not node.value:
            continue
        if not isinstance(node, yaml.MappingNode):
            raise BadDeployment(
                f"{source}:{_line(node)}: wanted a document with apiVersion and kind, got {shown(node)}"
            )
        items = dict(_plain(node)).get("items") if _kind(node) in _LISTS else None
        if isinstance(items, yaml.SequenceNode):
            yield from _objects(items.value, source)
        else:
            yield node


def _kind(node: yaml.MappingNode) -> str:
    kind = dict(_plain(node)).get("kind")
    return kind.value if isinstance(kind, yaml.ScalarNode) else ""


def _plain(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    return ((key.value, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1 if node.start_mark is not None else 1


def _problem(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = "" if mark is None else f":{mark.line + 1}"
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    hint = " (YAML is indented with spaces)" if r"'\t'" in problem else ""
    return f"{source}{line}: this is no YAML: {problem}{hint}"
