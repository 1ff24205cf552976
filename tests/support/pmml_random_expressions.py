"""Random expressions of PMML, by the type of what they give. For property tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pmml_random_fields import TEXTS, Column, Maker, element

_OF_ONE = ("abs", "floor", "ceil", "round", "rint", "sqrt", "ln", "log10", "ln1p", "sin", "cos", "atan", "tanh", "erf")
_OF_TWO = ("+", "-", "*", "/", "pow", "threshold", "hypot", "atan2")
_OF_MANY = ("min", "max", "sum", "avg", "product")
_COMPARISONS = ("equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_CONSTANTS = ("0", "1", "2", "-3", "0.5", "0.1", "1e3", "-2.25")
_DEEPEST = 3
OWN = (
    '<DefineFunction name="own" optype="continuous" dataType="double"><ParameterField name="f1" dataType="double"/>'
    '<ParameterField name="b"/><Apply function="-"><FieldRef field="b"/><Apply function="*" mapMissingTo="0.5">'
    '<FieldRef field="f1"/><Constant>3</Constant></Apply></Apply></DefineFunction>'
)
"""A function of two numbers; one of its parameters has the name of a field."""

Expression = Callable[[Maker, Sequence[Column], int], str]


def number_expression(maker: Maker, columns: Sequence[Column], depth: int = 0) -> str:
    """An expression that gives a number."""
    numbers = [column for column in columns if column.is_number]
    kind = maker.pick(("field", "constant") if depth >= _DEEPEST else ("field", "constant", *_NUMBER_KINDS))
    if kind == "field" and numbers:
        return _reference(maker, maker.pick(numbers), ("0", "-1", "2.5"))
    made = _NUMBER_KINDS[kind](maker, columns, depth + 1) if kind in _NUMBER_KINDS else ""
    return made or element(
        "Constant", {"dataType": "double" if maker.chance(30) else None}, text=maker.pick(_CONSTANTS)
    )


def boolean_expression(maker: Maker, columns: Sequence[Column], depth: int = 0) -> str:
    """An expression that gives a truth value."""
    flags = [column for column in columns if column.type == "boolean"]
    kind = maker.pick(("field", "comparison") if depth >= _DEEPEST else ("field", *_BOOLEAN_KINDS))
    if kind == "field" and flags:
        return element("FieldRef", {"field": maker.pick(flags).name})
    return _BOOLEAN_KINDS.get(kind, _comparison)(maker, columns, depth + 1)


def text_expression(maker: Maker, columns: Sequence[Column], depth: int = 0) -> str:
    """An expression that gives a text."""
    texts = [column for column in columns if column.is_text]
    kind = maker.pick(("field", "constant") if depth >= _DEEPEST else ("field", "constant", *_TEXT_KINDS))
    if kind == "field" and texts:
        return _reference(maker, maker.pick(texts), ("none", "b"))
    made = _TEXT_KINDS[kind](maker, columns, depth + 1) if kind in _TEXT_KINDS else ""
    return made or element("Constant", {"dataType": "string"}, text=maker.pick(TEXTS))


def _reference(maker: Maker, column: Column, instead: Sequence[str]) -> str:
    return element(
        "FieldRef", {"field": column.name, "mapMissingTo": maker.pick(instead) if maker.chance(20) else None}
    )


def _apply(maker: Maker, function: str, *arguments: str, instead: Sequence[str] = ()) -> str:
    """A call, at times with something for missing arguments or a missing result."""
    treatment = "asMissing" if function in ("/", "sin", "cos") else None
    attributes: dict[str, str | None] = {"function": function, "invalidValueTreatment": treatment}
    if instead and maker.chance(15):
        attributes["mapMissingTo"] = maker.pick(instead)
    if instead and maker.chance(15):
        attributes["defaultValue"] = maker.pick(instead)
    return element("Apply", attributes, *arguments)


# Numbers.


def _of_one(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _apply(maker, maker.pick(_OF_ONE), number_expression(maker, columns, depth), instead=("-1.5", "4.5"))


def _of_two(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    arguments = [number_expression(maker, columns, depth) for _ in range(2)]
    return _apply(maker, maker.pick(_OF_TWO), *arguments, instead=("-1.5", "4.5"))


def _own(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    arguments = [number_expression(maker, columns, depth) for _ in range(2)]
    return _apply(maker, "own", *arguments, instead=("-1.5", "4.5"))


def _of_many(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    arguments = [number_expression(maker, columns, depth) for _ in range(maker.count(1, 3))]
    return _apply(maker, maker.pick(_OF_MANY), *arguments, instead=("-1.5", "4.5"))


def _number_if(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _if(maker, columns, depth, number_expression)


def _if(maker: Maker, columns: Sequence[Column], depth: int, kind: Expression) -> str:
    ways = [kind(maker, columns, depth) for _ in range(maker.count(1, 2))]
    return element("Apply", {"function": "if"}, boolean_expression(maker, columns, depth), *ways)


def _norm_continuous(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    numbers = [column for column in columns if column.is_number]
    if not numbers:
        return ""
    points = [("-1.5", "0.21"), ("0.3", "1.17"), ("2.5", "-4.3")][: maker.count(2, 3)]
    attributes: dict[str, str | None] = {
        "field": maker.pick(numbers).name,
        "outliers": maker.pick((None, "asIs", "asMissingValues", "asExtremeValues")),
        "mapMissingTo": "0.25" if maker.chance(30) else None,
    }
    return element(
        "NormContinuous", attributes, *(element("LinearNorm", {"orig": orig, "norm": norm}) for orig, norm in points)
    )


def _norm_discrete(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    texts = [column for column in columns if column.is_text]
    if not texts:
        return ""
    column = maker.pick(texts)
    instead = "0.5" if maker.chance(30) else None
    return element("NormDiscrete", {"field": column.name, "value": maker.pick(column.values), "mapMissingTo": instead})


def _number_bins(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _discretize(maker, columns, "double", ("1", "2", "-0.5"))


def _number_table(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _map_values(maker, columns, "double", ("1", "2", "-0.5"))


def _length(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _apply(maker, "stringLength", text_expression(maker, columns, depth), instead=("3",))


# Truth values.


def _comparison(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    kind: Expression = text_expression if maker.chance(30) else number_expression
    operator = maker.pick(_COMPARISONS[:2] if kind is text_expression else _COMPARISONS)
    return element("Apply", {"function": operator}, kind(maker, columns, depth), kind(maker, columns, depth))


def _logic(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    operator = maker.pick(("and", "or", "not"))
    parts = [boolean_expression(maker, columns, depth) for _ in range(1 if operator == "not" else maker.count(2, 3))]
    return element("Apply", {"function": operator}, *parts)


def _is_missing(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    kind = maker.pick((text_expression, number_expression))
    return element("Apply", {"function": maker.pick(("isMissing", "isNotMissing"))}, kind(maker, columns, depth))


def _is_in(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    values = [element("Constant", {"dataType": "string"}, text=text) for text in maker.some(TEXTS)]
    function = maker.pick(("isIn", "isNotIn"))
    return element("Apply", {"function": function}, text_expression(maker, columns, depth), *values)


def _matches(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    pattern = element("Constant", {"dataType": "string"}, text=maker.pick(("^a", "o", "[0-9]+", "wor.s$", "x|b")))
    return element("Apply", {"function": "matches"}, text_expression(maker, columns, depth), pattern)


# Texts.


def _changed(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    function = maker.pick(("uppercase", "lowercase", "trimBlanks"))
    return _apply(maker, function, text_expression(maker, columns, depth), instead=("none", "b"))


def _concat(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    parts = [text_expression(maker, columns, depth) for _ in range(2)]
    return _apply(maker, "concat", *parts, instead=("none", "b"))


def _substring(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    text = text_expression(maker, columns, depth)
    places = [element("Constant", {"dataType": "integer"}, text=maker.pick(("1", "2", "3"))) for _ in range(2)]
    return _apply(maker, "substring", text, *places, instead=("none", "b"))


def _replace(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    texts = [element("Constant", {"dataType": "string"}, text=text) for text in (maker.pick(("o+", "[ab]", "w")), "-")]
    return _apply(maker, "replace", text_expression(maker, columns, depth), *texts, instead=("none", "b"))


def _text_if(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _if(maker, columns, depth, text_expression)


def _text_bins(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _discretize(maker, columns, "string", ("a", "b", "two words"))


def _text_table(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    return _map_values(maker, columns, "string", ("a", "b", "two words"))


# Tables.


def _discretize(maker: Maker, columns: Sequence[Column], type_: str, results: Sequence[str]) -> str:
    numbers = [column for column in columns if column.is_number]
    if not numbers:
        return ""
    margins: list[tuple[str | None, str | None]] = [(None, "0"), ("0", "0.3"), ("0.3", "2.5"), ("7", None)]
    closures = ("openOpen", "openClosed", "closedOpen", "closedClosed")
    bins = [
        element(
            "DiscretizeBin",
            {"binValue": maker.pick(results)},
            element("Interval", {"closure": maker.pick(closures), "leftMargin": low, "rightMargin": high}),
        )
        for low, high in maker.some(margins)
    ]
    attributes = {"field": maker.pick(numbers).name, "dataType": type_, **_instead(maker, results)}
    return element("Discretize", attributes, *bins)


def _map_values(maker: Maker, columns: Sequence[Column], type_: str, results: Sequence[str]) -> str:
    chosen = maker.some([column for column in columns if column.is_text][:3])[:2]
    if not chosen:
        return ""
    pairs = [element("FieldColumnPair", {"field": each.name, "column": f"c{i}"}) for i, each in enumerate(chosen)]
    rows = []
    for _ in range(maker.count(1, 4)):
        cells = [element(f"c{i}", text=maker.pick(each.values)) for i, each in enumerate(chosen)]
        rows.append(element("row", {}, *cells, element("out", text=maker.pick(results))))
    attributes = {"outputColumn": "out", "dataType": type_, **_instead(maker, results)}
    return element("MapValues", attributes, *pairs, element("InlineTable", {}, *rows))


def _instead(maker: Maker, results: Sequence[str]) -> dict[str, str | None]:
    return {
        "mapMissingTo": maker.pick(results) if maker.chance(30) else None,
        "defaultValue": maker.pick(results) if maker.chance(30) else None,
    }


_NUMBER_KINDS: dict[str, Expression] = {
    "of one": _of_one,
    "of two": _of_two,
    "of many": _of_many,
    "if": _number_if,
    "continuous": _norm_continuous,
    "discrete": _norm_discrete,
    "bins": _number_bins,
    "table": _number_table,
    "length": _length,
    "own": _own,
}
_BOOLEAN_KINDS: dict[str, Expression] = {
    "comparison": _comparison,
    "logic": _logic,
    "missing": _is_missing,
    "in": _is_in,
    "matches": _matches,
}
_TEXT_KINDS: dict[str, Expression] = {
    "changed": _changed,
    "concat": _concat,
    "substring": _substring,
    "replace": _replace,
    "if": _text_if,
    "bins": _text_bins,
    "table": _text_table,
}
