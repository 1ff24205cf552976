"""The nodes of a TreeModel as arrays, filled while the document streams by: a forest of 100 MB never becomes elements.

Nodes are numbered in document order, so a parent comes before its children. Specification: TreeModel, "Node".
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Final

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.events import End, Events, Start, local

PREDICATES: Final = frozenset(("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False"))
_EMBEDDED: Final = frozenset(("Regression", "DecisionTree"))
_PASSED_OVER: Final = frozenset(("Extension", "Partition"))
_MAX_PATH: Final = 12
NAN: Final = float("nan")


class Nodes:
    """One tree. Lists have an entry a node; `shares_*` an entry a ScoreDistribution, in document order."""

    def __init__(self, model: Element) -> None:
        self.model = model
        self.parent = array("i")
        self.line = array("i")
        self.id: list[str | None] = []
        self.score: list[str | None] = []
        self.record_count = array("d")
        self.default_child: dict[int, str] = {}
        self.simple: list[tuple[str, str, str | None] | None] = []
        """Field, operator and value of a SimplePredicate; None where the predicate is another."""
        self.other: dict[int, Element] = {}
        """The predicate of a node where it is no SimplePredicate, nor `<True/>`."""
        self.has_predicate: list[int] = []
        """How many predicates a node has: one, or it is refused."""
        self.share_node = array("i")
        self.share_value: list[str] = []
        self.share_count = array("d")
        self.share_probability = array("d")
        self.share_confidence = array("d")

    def __len__(self) -> int:
        return len(self.parent)

    def place(self, node: int) -> Element:
        """A node as an element, for a message: its path and line."""
        return _Place(self, node)

    def path(self, node: int) -> str:
        """`/PMML/TreeModel/Node/Node[2]`."""
        steps: list[str] = []
        while node >= 0:
            parent = self.parent[node]
            brothers = [other for other in range(max(parent, 0), len(self)) if self.parent[other] == parent]
            position = f"[{brothers.index(node) + 1}]" if len(brothers) > 1 else ""
            steps.append(f"Node{position}")
            node = parent
            if len(steps) == _MAX_PATH and node >= 0:
                steps.append("...")
                break
        return "/".join((self.model.path, *reversed(steps)))


class _Place(Element):
    """Stands for a node that never was an element."""

    __slots__ = ("_node", "_nodes")

    def __init__(self, nodes: Nodes, node: int) -> None:
        super().__init__("Node", {}, nodes.line[node], nodes.model)
        self._nodes, self._node = nodes, node

    @property
    def path(self) -> str:
        return self._nodes.path(self._node)


class NodeReader:
    """Fills `Nodes` from a root Node's start to its end."""

    def __init__(self, model: Element, events: Events, depth: int) -> None:
        """`depth` is that of the root Node."""
        self.nodes = Nodes(model)
        self._events = events
        self._depth = depth
        self._open = [-1]
        """The nodes that are open, from the outermost."""
        self._predicate: Element | None = None
        """The element that is open in a predicate."""
        self._within = 0
        """How deep it lies in the predicate."""
        self._counts: list[str | None] = []
        self._shares: tuple[list[str | None], ...] = ([], [], [])
        self._words: dict[str, str] = {}
        """Texts that come again and again, kept once."""

    def begin(self, attributes: Mapping[str, str]) -> None:
        """Takes the events over at the root Node's start."""
        start, end = self._handlers()
        self._events.take_over(start, end)
        start("Node", attributes)

    def _handlers(self) -> tuple[Start, End]:
        """What is called several times a node, with all that it touches at hand."""
        nodes, open_nodes, parser, words = self.nodes, self._open, self._events.parser, self._words
        parents, lines, simple, has_predicate = nodes.parent, nodes.line, nodes.simple, nodes.has_predicate
        ids, scores, counts = nodes.id, nodes.score, self._counts
        share_counts, share_probabilities, share_confidences = self._shares
        most_open = self._events.max_depth - self._depth + 2

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "Node":
                parents.append(open_nodes[-1])
                open_nodes.append(len(ids))
                lines.append(parser.CurrentLineNumber)
                get = attributes.get
                ids.append(get("id"))
                score = get("score")
                scores.append(score if score is None else words.setdefault(score, score))
                counts.append(get("recordCount"))
                simple.append(None)
                has_predicate.append(0)
                if "defaultChild" in attributes or len(open_nodes) > most_open:
                    self._look_closer(attributes)
            elif tag == "SimplePredicate" and "field" in attributes and "operator" in attributes:
                node = open_nodes[-1]
                has_predicate[node] += 1
                field, operator = attributes["field"], attributes["operator"]
                simple[node] = (
                    words.setdefault(field, field),
                    words.setdefault(operator, operator),
                    attributes.get("value"),
                )
            elif tag == "ScoreDistribution" and "value" in attributes:
                nodes.share_node.append(open_nodes[-1])
                value = attributes["value"]
                nodes.share_value.append(words.setdefault(value, value))
                share_counts.append(attributes.get("recordCount"))
                share_probabilities.append(attributes.get("probability"))
                share_confidences.append(attributes.get("confidence"))
            elif tag == "True":
                has_predicate[open_nodes[-1]] += 1
            else:
                self._rare(tag, attributes)

        def end(tag: str) -> None:
            # The root Node is number nought, and the last to end.
            if (tag == "Node" or tag.endswith(":Node")) and not open_nodes.pop():
                self._finish()

        return start, end

    def _look_closer(self, attributes: Mapping[str, str]) -> None:
        """At a node that lies deep or has a default child."""
        self._events.check_depth(self._depth + len(self._open) - 2, "Node")
        if "defaultChild" in attributes:
            self.nodes.default_child[self._open[-1]] = attributes["defaultChild"]

    def _rare(self, tag: str, attributes: Mapping[str, str]) -> None:
        events = self._events
        if ":" in tag:
            self._handlers()[0](local(tag), attributes)
        elif tag in _PASSED_OVER:
            events.skip()
        elif tag == "SimplePredicate":
            self._here().refuse(f"SimplePredicate needs attributes field and operator (line {events.line})")
        elif tag == "ScoreDistribution":
            self._here().refuse(f"ScoreDistribution needs an attribute value (line {events.line})")
        elif tag in PREDICATES:
            self._other(tag, attributes)
        elif tag in _EMBEDDED:
            self._here().unsupported(f"a {tag} embedded in a Node is not supported")
        else:
            self._here().refuse(f"a Node has no child {short(tag)} (line {events.line})")

    # Predicates that become elements.

    def _other(self, tag: str, attributes: Mapping[str, str]) -> None:
        node = self._open[-1]
        self.nodes.has_predicate[node] += 1
        self._predicate = Element(tag, attributes, self._events.line, self._here())
        self.nodes.other[node] = self._predicate
        self._events.take_over(self._start_within, self._end_within, self._text_within)

    def _start_within(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag, outer = local(tag), self._predicate
        if tag in _PASSED_OVER or outer is None:
            self._events.skip()
            return
        self._within += 1
        self._events.check_depth(self._depth + len(self._open) - 1 + self._within, tag)
        self._predicate = Element(tag, attributes, self._events.line, outer)
        outer.children.append(self._predicate)

    def _end_within(self, tag: str) -> None:
        if self._within and self._predicate is not None:
            self._within -= 1
            self._predicate = self._predicate.parent
        else:
            self._predicate = None
            self._events.give_back()

    def _text_within(self, data: str) -> None:
        if self._predicate is not None:
            self._predicate.text += data

    # The end.

    def _finish(self) -> None:
        nodes = self.nodes
        if max(nodes.has_predicate) > 1:
            node = next(node for node, count in enumerate(nodes.has_predicate) if count > 1)
            nodes.place(node).refuse(f"a Node has one predicate, here are {nodes.has_predicate[node]}")
        nodes.record_count = self._numbers(self._counts, range(len(nodes)), "recordCount")
        counts, probabilities, confidences = self._shares
        nodes.share_count = self._numbers(counts, nodes.share_node, "recordCount")
        nodes.share_probability = self._numbers(probabilities, nodes.share_node, "probability")
        nodes.share_confidence = self._numbers(confidences, nodes.share_node, "confidence")
        self._events.give_back()

    def _numbers(self, texts: list[str | None], owners: Sequence[int], name: str) -> array[float]:
        if texts.count(None) == len(texts):
            return array("d", [NAN]) * len(texts)
        try:
            return array("d", [NAN if text is None else float(text) for text in texts])
        except ValueError:
            place = next(place for place, text in enumerate(texts) if text is not None and not _is_number(text))
            self.nodes.place(owners[place]).refuse(f"{name}={short(texts[place] or '')} is no number")

    def _here(self) -> Element:
        return self.nodes.place(self._open[-1])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
