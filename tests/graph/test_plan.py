from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.graph.plan import MAX_DEPTH, Address, Wiring, plan


def test_steps_come_after_what_they_wait_for():
    found = plan({"last": Wiring(inputs=("first",)), "first": Wiring(inputs=("request",))})
    assert [step.name for step in found.steps] == ["first", "last"]
    assert found.output == (Address("last"),)


def test_children_are_no_steps():
    found = plan({"r": Wiring(children=("a", "b")), "a": Wiring(), "b": Wiring(fallback="c"), "c": Wiring()})
    assert [step.name for step in found.steps] == ["r"]


def test_a_tensor_is_addressed_as_seldon_2_does():
    found = plan({"a": Wiring(), "b": Wiring(inputs=("a.outputs.scores", "request.inputs.x"))})
    assert found.steps[1].inputs == (Address("a", "scores"), Address("request", "x"))


@pytest.mark.parametrize(
    ("nodes", "output", "message"),
    [
        ({}, (), "at least one node"),
        ({"a": Wiring(inputs=("b",))}, (), r"nodes.a.inputs\[0\]: there is no step 'b'"),
        (
            {"alpha": Wiring(), "b": Wiring(inputs=("alpa",))},
            (),
            r"nodes.b.inputs\[0\]: there is no step 'alpa'; did you mean 'alpha'",
        ),
        ({"a": Wiring(children=("x",))}, (), r"nodes.a.children\[0\]: there is no step 'x'"),
        (
            {"a": Wiring(inputs=("b",)), "b": Wiring(inputs=("a",))},
            (),
            "nodes run in a circle: (a -> b -> a|b -> a -> b)",
        ),
        ({"a": Wiring(children=("b",)), "b": Wiring(children=("a",))}, (), "nodes run in a circle: "),
        ({"a": Wiring(children=("a",))}, (), "nodes run in a circle: a -> a"),
        (
            {"a": Wiring(children=("c",)), "b": Wiring(children=("c",)), "c": Wiring()},
            (),
            r"nodes.b.children\[0\] names 'c', which nodes.a.children\[0\] names already",
        ),
        (
            {"a": Wiring(children=("c",)), "b": Wiring(inputs=("c",)), "c": Wiring()},
            (),
            r"nodes.b.inputs\[0\] takes from 'c', which is not a step: nodes.a.children\[0\] names it",
        ),
        ({"a": Wiring(children=("c",)), "c": Wiring(inputs=("request",))}, (), "says itself what it takes"),
        ({"a": Wiring(), "b": Wiring()}, (), "output must say whose answer is the answer: nobody takes from a, b"),
        ({"a": Wiring(), "b": Wiring()}, ("a",), "nobody takes from 'b', and it is not in output"),
        ({"a": Wiring()}, ("z",), r"output: output\[0\]: there is no step 'z'"),
        ({"a": Wiring(inputs=("request.outputs.x",))}, (), "must be step, step.outputs or step.outputs.tensor"),
        ({"a.b": Wiring()}, (), "names without dots"),
        ({"request": Wiring()}, (), "other than 'request'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_path_of_the_edge(nodes, output, message):
    with pytest.raises(BadInput, match=message):
        plan(nodes, output)


def test_depth_is_bounded():
    nodes = {f"n{index}": Wiring(children=(f"n{index + 1}",)) for index in range(MAX_DEPTH + 1)}
    with pytest.raises(BadInput, match=f"nodes hang {MAX_DEPTH} deep at most"):
        plan({**nodes, f"n{MAX_DEPTH + 1}": Wiring()})


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.lists(st.integers(0, 30), max_size=3), min_size=n, max_size=n)))
def test_any_graph_without_circles_has_an_order_that_holds(edges):
    """Each step takes from earlier ones only, so there is no circle; then all come after what they take from."""
    nodes = {
        f"s{index}": Wiring(inputs=tuple(dict.fromkeys(f"s{one % index}" for one in found)) if index else ())
        for index, found in enumerate(edges)
    }
    shuffled = dict(sorted(nodes.items(), key=lambda item: hash(item[0])))
    found = plan(shuffled, tuple(nodes))
    places = {step.name: place for place, step in enumerate(found.steps)}
    assert places.keys() == nodes.keys()
    for step in found.steps:
        assert all(places[one.step] < places[step.name] for one in step.inputs if one.step != "request")
