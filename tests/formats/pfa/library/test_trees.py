import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, fixed, made, record, tree_type

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, NULL, STRING, Array, Function, Record, Union
from salver.formats.pfa.library import tree_source as sources
from salver.formats.pfa.library.known import KnownFunction, Param
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.library.tree_source import tree_source

DATUM = record("Datum", x=DOUBLE, n=INT, s=STRING, m=Union([NULL, DOUBLE]))
VALUE = Union([NULL, INT, DOUBLE, STRING, Array(STRING), Array(DOUBLE)])
VALUE_TYPES = [INT, DOUBLE, STRING, Array(STRING), Union([NULL, INT, DOUBLE, STRING, Array(DOUBLE)])]
TREE = tree_type(DATUM, VALUE, STRING)
TEST = Function([DATUM, TREE], BOOLEAN)
SIMPLE_TEST = KnownFunction(params=("d", "t"), body=("model.tree.simpleTest", Param("d"), Param("t")))
OPERATORS = [
    "<",
    "<=",
    ">",
    ">=",
    "==",
    "!=",
    "in",
    "notIn",
    "alwaysTrue",
    "alwaysFalse",
    "isMissing",
    "notMissing",
    "~",
]
ROW = {"x": 1.0, "n": 1, "s": "b", "m": None}


def node(field: str, operator: str, value: Any, passed: Any, failed: Any, missing: Any = ("string", "?")) -> Any:
    return {"field": field, "operator": operator, "value": value, "pass": passed, "fail": failed, "missing": missing}


def leaf(text: str) -> tuple[str, str]:
    return "string", text


def test_a_tree_is_walked_to_a_leaf() -> None:
    inner = node("s", "==", ("string", "b"), leaf("yes-yes"), leaf("yes-no"))
    tree = node("x", "<", ("double", 2.0), ("TreeNode", inner), leaf("no"))
    walk = made("model.tree.simpleTree", DATUM, TREE)
    assert [walk({**ROW, "x": x, "s": s}, tree) for x, s in ((1.0, "b"), (1.0, "c"), (2.0, "b"))] == [
        "yes-yes",
        "yes-no",
        "no",
    ]
    test = made("model.tree.simpleTest", DATUM, TREE)
    assert made("model.tree.simpleWalk", DATUM, TREE, TEST)(ROW, tree, test) == "yes-yes"


def test_a_leaf_becomes_what_the_tree_gives() -> None:
    tree = tree_type(DATUM, DOUBLE)
    types = tree.types
    types["pass"], types["fail"] = Union([tree, INT]), Union([tree, DOUBLE])
    walk = made("model.tree.simpleTree", DATUM, tree)
    assert repr(walk(ROW, node("x", "<", 2.0, ("int", 3), ("double", 4.0)))) == "3.0"
    types["fail"] = Union([tree, NULL])
    walk = made("model.tree.simpleTree", DATUM, tree)
    assert walk(ROW, node("x", "<", 2.0, ("int", 3), None)) == ("int", 3)
    assert walk(ROW, node("x", "<", 0.0, ("int", 3), None)) is None


def test_leaves_of_one_tag_may_be_of_two_types() -> None:
    of = tree_type(DATUM, DOUBLE)
    of.types["pass"], of.types["fail"] = Union([of, Array(INT)]), Union([of, Array(DOUBLE)])
    inner = node("x", "<", 1.0, ("array", [1]), ("array", [2.5]))
    tree = node("x", "<", 2.0, ("TreeNode", inner), ("array", [3.5]))
    rows = [{**ROW, "x": x} for x in (0.0, 1.0, 2.0)]
    test = made("model.tree.simpleTest", DATUM, of)
    for constants in ((), fixed(1, tree)):
        walk = made("model.tree.simpleTree", DATUM, of, constants=constants)
        assert repr([walk(row, tree) for row in rows]) == "[[1.0], [2.5], [3.5]]"
        walk = made("model.tree.simpleWalk", DATUM, of, Function([DATUM, of], BOOLEAN), constants=constants)
        assert repr([walk(row, tree, test) for row in rows]) == "[[1.0], [2.5], [3.5]]"


def test_errors_come_only_from_nodes_that_are_reached() -> None:
    wrong = ("TreeNode", node("x", "~", ("double", 1.0), leaf("a"), leaf("b")))
    bad = ("TreeNode", node("x", "<", ("string", "a"), leaf("a"), leaf("b")))
    tree = node("x", "<", ("double", 2.0), leaf("fine"), ("TreeNode", node("x", "<", ("double", 3.0), wrong, bad)))
    for constants in ((), fixed(1, tree)):
        walk = made("model.tree.simpleTree", DATUM, TREE, constants=constants)
        assert walk(ROW, tree) == "fine"
        fails(32060, lambda walk=walk: walk({**ROW, "x": 2.5}, tree))  # type: ignore[misc]
        fails(32061, lambda walk=walk: walk({**ROW, "x": 3.5}, tree))  # type: ignore[misc]
    test = made("model.tree.simpleTest", DATUM, TREE)
    for constants in ((), fixed(1, tree, SIMPLE_TEST)):
        walk = made("model.tree.simpleWalk", DATUM, TREE, TEST, constants=constants)
        fails(32000, lambda walk=walk: walk({**ROW, "x": 2.5}, tree, test))  # type: ignore[misc]
        fails(32001, lambda walk=walk: walk({**ROW, "x": 3.5}, tree, test))  # type: ignore[misc]


def test_missing_values_have_a_way_of_their_own() -> None:
    test = made("model.tree.missingTest", DATUM, TREE)
    inner = node("x", "<", ("double", 5.0), leaf("maybe-yes"), leaf("maybe-no"))
    tree = node("m", "<", ("double", 2.0), leaf("yes"), leaf("no"), ("TreeNode", inner))
    walk = made("model.tree.missingWalk", DATUM, TREE, Function([DATUM, TREE], Union([NULL, BOOLEAN])))
    rows = [ROW, {**ROW, "m": ("double", 1.0)}, {**ROW, "m": ("double", 3.0)}]
    assert [walk(row, tree, test) for row in rows] == ["maybe-yes", "yes", "no"]
    fails(32010, lambda: test(ROW, node("x", "~", ("double", 1.0), leaf("a"), leaf("b"))))
    fails(32011, lambda: test(ROW, node("x", "<", ("string", "a"), leaf("a"), leaf("b"))))


def test_compound_tests_do_no_more_than_it_takes() -> None:
    done: list[bool] = []

    def test(_datum: object, comparison: dict[str, bool]) -> bool:
        done.append(comparison["is"])
        return comparison["is"]

    of = record("Comparison", **{"is": BOOLEAN})
    compound = made("model.tree.compoundTest", DATUM, STRING, Array(of), Function([DATUM, of], BOOLEAN))
    some = [{"is": True}, {"is": False}, {"is": True}]
    assert [compound(ROW, name, some, test) for name in ("and", "or", "xor")] == [False, True, False]
    assert done == [True, False, True, True, False, True]
    assert [compound(ROW, name, [], test) for name in ("and", "or", "xor")] == [True, False, False]
    fails(32020, lambda: compound(ROW, "nor", some, test))


def test_a_surrogate_is_the_first_that_knows() -> None:
    of = record("Comparison", **{"is": Union([NULL, BOOLEAN])})
    surrogate = made("model.tree.surrogateTest", DATUM, Array(of), Function([DATUM, of], Union([NULL, BOOLEAN])))
    some = [{"is": None}, {"is": ("boolean", False)}, {"is": ("boolean", True)}]
    assert surrogate(ROW, some, lambda _datum, one: one["is"]) is False
    fails(32030, lambda: surrogate(ROW, some[:1], lambda _datum, one: one["is"]))


def test_deep_trees_are_walked() -> None:
    tree = node("x", "<=", ("double", 0.0), leaf("first"), leaf("last"))
    for depth in range(5_000):
        tree = node("x", "<=", ("double", float(depth)), ("TreeNode", tree), leaf(str(depth)))
    expected = [str(4999), "first"]
    for constants in ((), fixed(1, tree)):
        walk = made("model.tree.simpleTree", DATUM, TREE, constants=constants)
        assert [walk({**ROW, "x": x}, tree) for x in (5000.0, -1.0)] == expected


# Trees that never change, as lists and as source.


def literal(value: Any, _of: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)


def written(tree: Any, of: Record = TREE, most: int = sources.MAX_NODES) -> str | None:
    return tree_source(DATUM, of, tree, STRING, lambda name: f"row[{name!r}]", literal, most)


NUMBERS = st.sampled_from([-1.0, 0.0, -0.0, 0.5, 1.0, 2.0, math.nan, math.inf, -math.inf])
WHOLE = st.sampled_from([-1, 0, 1, 2])
TEXTS = st.sampled_from(["a", "b", "c"])
FIELDS = st.sampled_from(sorted(DATUM.types))
ROWS = st.fixed_dictionaries(
    {"x": NUMBERS, "n": WHOLE, "s": TEXTS, "m": st.none() | NUMBERS.map(lambda x: ("double", x))}
)


def values(of: Any) -> st.SearchStrategy[Any]:
    if isinstance(of, Union):
        return st.one_of(
            [st.none() if one is NULL else values(one).map(lambda x, one=one: (one.tag, x)) for one in of.types]  # type: ignore[misc]
        )
    if isinstance(of, Array):
        return st.lists(values(of.items), max_size=3)
    return {INT: WHOLE, DOUBLE: NUMBERS, STRING: TEXTS}[of]


def trees(of: Any) -> st.SearchStrategy[Any]:
    leaves = st.builds(leaf, TEXTS)
    nodes = st.deferred(
        lambda: st.builds(
            node, st.sampled_from(sorted(DATUM.types)), st.sampled_from(OPERATORS), values(of), ways, ways
        )
    )
    ways = leaves | nodes.map(lambda one: ("TreeNode", one))
    return nodes


def outcome(act: Any) -> Any:
    try:
        return act()
    except Exception as error:
        return repr(error)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(VALUE_TYPES))
def test_a_tree_that_never_changes_answers_as_any_other(data: st.DataObject, of: Any) -> None:
    kind = tree_type(DATUM, of, STRING)
    tree, rows = data.draw(trees(of)), data.draw(st.lists(ROWS, max_size=5))
    walk = made("model.tree.simpleTree", DATUM, kind)
    flat = made("model.tree.simpleTree", DATUM, kind, constants=fixed(1, tree))
    source = written(tree, kind)
    coded = eval(f"lambda row: {source}") if source is not None else None
    for row in rows:
        expected = outcome(lambda row=row: walk(row, tree))
        assert outcome(lambda row=row: flat(row, tree)) == expected
        if coded is not None:
            assert outcome(lambda row=row: coded(row)) == expected


def test_trees_become_nested_conditions() -> None:
    inner = ("TreeNode", node("s", "in", ("array", ["b", "c", "b"]), leaf("in"), leaf("out")))
    tree = node("x", "<=", ("double", 0.5), leaf("low"), inner)
    of = tree_type(DATUM, Union([DOUBLE, Array(STRING)]), STRING)
    assert written(tree, of) == "('low' if row['x'] <= 0.5 else ('in' if row['s'] in {'b', 'c'} else 'out'))"
    assert (
        written(node("m", "isMissing", ("double", 0.5), leaf("a"), leaf("b")), of)
        == "('a' if row['m'] is None else 'b')"
    )
    assert written(node("s", "notIn", ("array", []), leaf("a"), leaf("b")), of) == "('a' if True else 'b')"


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [("x", "~", ("double", 1.0)), ("x", "<", ("string", "a")), ("x", "<", None), ("m", "<", ("double", 1.0))],
)
def test_what_may_fail_is_left_to_the_library(field: str, operator: str, value: Any) -> None:
    assert written(node(field, operator, value, leaf("a"), leaf("b"))) is None
    tree = node("x", "<", ("double", 1.0), leaf("a"), ("TreeNode", node(field, operator, value, leaf("a"), leaf("b"))))
    assert written(tree) is None


def test_big_and_deep_trees_are_left_to_the_library() -> None:
    tree = node("x", "<", ("double", 0.0), leaf("a"), leaf("b"))
    for depth in range(2, sources.MAX_DEPTH + 2):
        tree = node("x", "<", ("double", 0.0), leaf("a"), ("TreeNode", tree))
        assert (written(tree) is not None) is (depth <= sources.MAX_DEPTH)
    full = leaf("a")
    for _ in range(4):
        full = ("TreeNode", node("x", "<", ("double", 0.0), full, full))
    assert written(full[1], most=15) is not None
    assert written(full[1], most=14) is None


def test_a_walk_with_a_test_of_its_own_is_not_taken_for_a_simple_one() -> None:
    tree = node("x", "<", ("double", 2.0), leaf("yes"), leaf("no"))
    walk = made("model.tree.simpleWalk", DATUM, TREE, TEST, constants=fixed(1, tree, UNKNOWN))
    assert walk(ROW, tree, lambda _datum, _node: False) == "no"
