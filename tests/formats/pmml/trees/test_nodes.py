import math

import pytest

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.element import Element
from salver.formats.pmml.events import Events
from salver.formats.pmml.trees.nodes import NodeReader, Nodes


def nodes_of(text: str) -> Nodes:
    """The nodes of a TreeModel's root Node."""
    events = Events(max_depth=100)
    readers: list[NodeReader] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        readers.append(NodeReader(Element("TreeModel", {}, 1, None), events, 2))
        readers[0].begin(attributes)

    events.take_over(start, lambda tag: None)  # type: ignore[arg-type]
    events.parser.Parse(text, True)
    return readers[0].nodes


TREE = """<Node id="r" score="a" recordCount="5" defaultChild="left">
 <True/>
 <ScoreDistribution value="a" recordCount="3" probability="0.6"/>
 <ScoreDistribution value="b" recordCount="2"/>
 <Node id="left" score="a">
  <SimplePredicate field="x" operator="lessOrEqual" value="1"/>
 </Node>
 <Node score="b">
  <CompoundPredicate booleanOperator="and">
   <SimplePredicate field="x" operator="greaterThan" value="1"/>
   <SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">u v</Array></SimpleSetPredicate>
  </CompoundPredicate>
 </Node>
</Node>"""


def test_columns_have_an_entry_a_node_in_document_order() -> None:
    nodes = nodes_of(TREE)
    assert list(nodes.parent) == [-1, 0, 0]
    assert list(nodes.line) == [1, 5, 8]
    assert nodes.id == ["r", "left", None]
    assert nodes.score == ["a", "a", "b"]
    assert nodes.record_count[0] == 5
    assert math.isnan(nodes.record_count[1])
    assert nodes.default_child == {0: "left"}


def test_predicates_are_triples_or_elements() -> None:
    nodes = nodes_of(TREE)
    assert nodes.simple == [None, ("x", "lessOrEqual", "1"), None]
    (compound,) = nodes.other.values()
    assert [child.tag for child in compound.children] == ["SimplePredicate", "SimpleSetPredicate"]
    assert compound.children[1].children[0].items() == ["u", "v"]
    assert compound.children[1].place == "/TreeModel/Node/Node[2]/CompoundPredicate/SimpleSetPredicate, line 11"


def test_distributions_are_columns_too() -> None:
    nodes = nodes_of(TREE)
    assert list(nodes.share_node) == [0, 0]
    assert nodes.share_value == ["a", "b"]
    assert list(nodes.share_count) == [3, 2]
    assert nodes.share_probability[0] == 0.6
    assert math.isnan(nodes.share_probability[1])
    assert all(map(math.isnan, nodes.share_confidence))


def test_extensions_and_partitions_are_passed_over() -> None:
    skipped = "<Extension><Node><True/></Node></Extension>"
    text = (
        f"<Node>{skipped}<CompoundPredicate>{skipped}<True/></CompoundPredicate><Partition><x/></Partition>"
        f'<ScoreDistribution value="a">{skipped}</ScoreDistribution></Node>'
    )
    nodes = nodes_of(text)
    assert (len(nodes), nodes.share_value) == (1, ["a"])
    assert [child.tag for child in nodes.other[0].children] == ["True"]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<True/><False/>", "a Node has one predicate, here are 2"),
        ('<SimplePredicate field="x"/>', "SimplePredicate needs attributes field and operator (line 2)"),
        ("<True/><ScoreDistribution/>", "ScoreDistribution needs an attribute value (line 2)"),
        ('<ScoreDistribution value="a" recordCount="many"/>', "recordCount='many' is no number"),
        ("<True/><Score/>", "a Node has no child 'Score' (line 2)"),
    ],
)
def test_wrong_nodes_are_refused_with_path_and_line(inside: str, reason: str) -> None:
    text = f"<Node><True/>\n<Node>{inside}</Node><Node><True/></Node></Node>"
    with pytest.raises(BadInput) as fault:
        nodes_of(text)
    assert fault.value.message.startswith(reason)
    assert "/TreeModel/Node/Node" in fault.value.message


@pytest.mark.parametrize("tag", ["Regression", "DecisionTree"])
def test_embedded_models_are_not_supported(tag: str) -> None:
    with pytest.raises(Unsupported, match=f"a {tag} embedded in a Node is not supported"):
        nodes_of(f"<Node><True/><{tag}/></Node>")
