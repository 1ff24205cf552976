"""model.tree: tests of a record's fields, and the way down a tree of such tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import Record, Type, Union
from salver.formats.pfa.library.recognised import is_test
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, function, typed
from salver.formats.pfa.library.tree_arrays import flat_walk
from salver.formats.pfa.library.tree_tests import NodeTests, Rules
from salver.formats.pfa.values.convert import converter

Datum = Mapping[str, Any]
Node = Mapping[str, Any]
Finish = Callable[[Any], Any]

TWO_WAYS: Final = ("pass", "fail")
SIMPLE_TEST: Final = Rules(32000, 32001)
MISSING_TEST: Final = Rules(32010, 32011, passes_missing=True)
SIMPLE_TREE: Final = Rules(32060, 32061)
_NODE: Final = "field: enum F fields D, operator: string, value: any V"


@typed(
    "model.tree.simpleTest",
    f"(datum: record D {{}}, comparison: record T {{{_NODE}}}) -> boolean",
    errors={32000: "invalid comparison operator", 32001: "bad value type"},
)
def _simple_test(call: Call) -> Implementation:
    tests = NodeTests(call.letters["D"], call.letters["T"], SIMPLE_TEST)

    def compute(datum: Datum, node: Node) -> bool:
        field = node["field"]
        return bool(tests[field, node["operator"]](datum[field], node["value"]))

    return compute


@typed(
    "model.tree.missingTest",
    f"(datum: record D {{}}, comparison: record T {{{_NODE}}}) -> union(null, boolean)",
    errors={32010: "invalid comparison operator", 32011: "bad value type"},
)
def _missing_test(call: Call) -> Implementation:
    tests = NodeTests(call.letters["D"], call.letters["T"], MISSING_TEST)

    def compute(datum: Datum, node: Node) -> tuple[str, bool] | None:
        field = node["field"]
        answer = tests[field, node["operator"]](datum[field], node["value"])
        return None if answer is None else ("boolean", answer)

    return compute


@function(
    "model.tree.compoundTest",
    "(datum: record D {}, operator: string, comparisons: array(record T {}), test: fcn(D, T) -> boolean) -> boolean",
    errors={32020: "unrecognized logical operator"},
)
def compound_test(
    datum: Datum, operator: str, comparisons: Sequence[Node], test: Callable[[Datum, Node], bool]
) -> bool:
    """Whether all, some or an odd number of tests are passed; with `and` and `or` no more are done than it takes."""
    match operator:
        case "and":
            return all(test(datum, one) for one in comparisons)
        case "or":
            return any(test(datum, one) for one in comparisons)
        case "xor":
            return sum(test(datum, one) for one in comparisons) % 2 == 1
    return fail(32020)


@function(
    "model.tree.surrogateTest",
    "(datum: record D {}, comparisons: array(record T {}), missingTest: fcn(D, T) -> union(null, boolean)) -> boolean",
    errors={32030: "no successful surrogate"},
)
def surrogate_test(datum: Datum, comparisons: Sequence[Node], missing_test: Callable[[Datum, Node], Any]) -> bool:
    """The first answer that is known."""
    for one in comparisons:
        answer = missing_test(datum, one)
        if answer is not None:
            return bool(answer[1])
    return fail(32030)


@typed(
    "model.tree.simpleWalk",
    "(datum: record D {}, treeNode: record T {pass: union(T, any S), fail: union(T, S)}, test: fcn(D, T) -> boolean)"
    " -> S",
)
def _simple_walk(call: Call) -> Implementation:
    tree = call.constant(1)
    if tree is not UNKNOWN and is_test(call.constant(2), "model.tree.simpleTest"):
        walk = _flat(call, tree, SIMPLE_TEST)
        return lambda datum, _tree, _test: walk(datum)
    tag, finishes = call.letters["T"].tag, leaf_finishes(call.letters["T"], call.ret)

    def compute(datum: Datum, node: Node, test: Callable[[Datum, Node], bool]) -> Any:
        while True:
            way = "pass" if test(datum, node) else "fail"
            onward = node[way]
            if onward is None or onward[0] != tag:
                return finishes[way](onward)
            node = onward[1]

    return compute


@typed(
    "model.tree.missingWalk",
    "(datum: record D {}, treeNode: record T {pass: union(T, any S), fail: union(T, S), missing: union(T, S)}, "
    "test: fcn(D, T) -> union(null, boolean)) -> S",
)
def _missing_walk(call: Call) -> Implementation:
    tag, finishes = call.letters["T"].tag, leaf_finishes(call.letters["T"], call.ret, (*TWO_WAYS, "missing"))

    def compute(datum: Datum, node: Node, test: Callable[[Datum, Node], Any]) -> Any:
        while True:
            answer = test(datum, node)
            way = "missing" if answer is None else "pass" if answer[1] else "fail"
            onward = node[way]
            if onward is None or onward[0] != tag:
                return finishes[way](onward)
            node = onward[1]

    return compute


@typed(
    "model.tree.simpleTree",
    f"(datum: record D {{}}, treeNode: record T {{{_NODE}, pass: union(T, any S), fail: union(T, S)}}) -> S",
    errors={32060: "invalid comparison operator", 32061: "bad value type"},
)
def _simple_tree(call: Call) -> Implementation:
    tree = call.constant(1)
    if tree is not UNKNOWN:
        walk = _flat(call, tree, SIMPLE_TREE)
        return lambda datum, _tree: walk(datum)
    tests = NodeTests(call.letters["D"], call.letters["T"], SIMPLE_TREE)
    tag, finishes = call.letters["T"].tag, leaf_finishes(call.letters["T"], call.ret)

    def compute(datum: Datum, node: Node) -> Any:
        while True:
            field = node["field"]
            way = "pass" if tests[field, node["operator"]](datum[field], node["value"]) else "fail"
            onward = node[way]
            if onward is None or onward[0] != tag:
                return finishes[way](onward)
            node = onward[1]

    return compute


def _flat(call: Call, tree: Node, rules: Rules) -> Callable[[Datum], Any]:
    of = call.letters["T"]
    return flat_walk(tree, of.tag, NodeTests(call.letters["D"], of, rules), leaf_finishes(of, call.ret))


def leaf_finishes(tree: Type, wanted: Type, ways: Sequence[str] = TWO_WAYS) -> dict[str, Finish]:
    """For each way out of a node, what makes the result of a leaf as it stands there: None, or a pair of tag and value.
    Two ways may hold values of different types under one tag."""
    types = tree.types if isinstance(tree, Record) else {}
    finishes: dict[str, Finish] = {}
    for way in ways:
        of = types[way]
        leaves = Union(tuple(branch for branch in of.types if branch.tag != tree.tag)) if isinstance(of, Union) else of
        finishes[way] = converter(leaves, wanted) or _as_it_stands
    return finishes


def _as_it_stands(leaf: Any) -> Any:
    return leaf
