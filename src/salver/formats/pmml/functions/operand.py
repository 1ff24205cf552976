"""Compiled expressions, and what functions ask of their arguments: as numbers, as texts, as truth values.

What an expression is in kind and type is settled when it is compiled; a call only computes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.values import KINDS, MISSING, cast, read, written

Compute: TypeAlias = Callable[[Frame], Array]
Source: TypeAlias = Callable[[Frame], Any]
"""A column; or, of what is the same in all rows, a plain value."""
Masks: TypeAlias = Callable[[Frame], tuple[Array, Array]]
"""Which rows are true, which are false; the others are missing."""


MAX_HEIGHT: Final = 600
"""Of an expression. Python allows a thousand calls within each other, some of which a server has made already."""
_CALLS_OF_A_FIELD: Final = 4


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression."""

    type: str
    """The dataType of what it gives, as far as the document tells."""
    kind: str
    """The kind of its columns: see `values.py`."""
    compute: Compute
    field: Field | None = None
    """The field that it is, where it is nothing else."""
    is_constant: bool = False
    value: Any = None
    """What a constant is in every row."""
    masks: Masks | None = None
    """Of truth values: the shorter way, where there is one."""
    may_refuse: bool = False
    """Whether it may find rows that must not be answered: it is then not to be computed where it is not wanted."""
    may_warn: bool = False
    """Whether NumPy may warn of its numbers: it is then to be computed within `np.errstate`."""
    height: int = 1
    """How many calls are within each other when it is computed, at most."""

    @property
    def is_missing(self) -> bool:
        """Whether it is missing in every row."""
        return self.is_constant and (self.value is None or self.value != self.value)


def of(type_: str, compute: Compute, *arguments: Expression, warns: bool = False, refuses: bool = False) -> Expression:
    """An expression that is computed of others."""
    return Expression(
        type_,
        KINDS[type_],
        compute,
        may_refuse=refuses or any(argument.may_refuse for argument in arguments),
        may_warn=warns or any(argument.may_warn for argument in arguments),
        height=2 + max((argument.height for argument in arguments), default=0),
    )


def of_masks(masks: Masks, *arguments: Expression, refuses: bool = False) -> Expression:
    """A truth value that is computed of others."""

    def compute(frame: Frame) -> Array:
        true, false = masks(frame)
        return np.where(true, 1.0, np.where(false, 0.0, MISSING))

    whole = of("boolean", compute, *arguments, refuses=refuses)
    return replace(whole, masks=masks, height=whole.height + 1)


def constant(value: Any, type_: str) -> Expression:
    """The same value in every row; None or NaN is missing."""
    kind = KINDS[type_]
    dtype = object if kind == "text" else np.float64
    if kind != "text":
        value = MISSING if value is None else float(value)
    return Expression(type_, kind, lambda frame: np.full(frame.rows, value, dtype), is_constant=True, value=value)


class Derived:
    """How a derived field is computed."""

    __slots__ = ("_compute", "height", "may_refuse")

    def __init__(self, expression: Expression) -> None:
        self._compute = expression.compute
        self.height = expression.height
        self.may_refuse = expression.may_refuse
        """Whether rows may turn out then that must not be answered."""

    def __call__(self, frame: Frame) -> Array:
        return self._compute(frame)


def of_field(field: Field) -> Expression:
    """A field's values. Rows in which one came that could not be read, and was kept as it is, are refused."""
    if isinstance(field.compute, Derived):
        return Expression(
            field.type,
            field.kind,
            lambda frame: frame.column(field),
            field=field,
            may_refuse=field.compute.may_refuse,
            height=field.compute.height + _CALLS_OF_A_FIELD,
        )
    if field.compute is not None or field.kind == "text":
        return Expression(field.type, field.kind, lambda frame: frame.column(field), field=field)

    def compute(frame: Frame) -> Array:
        column = frame.column(field)
        unread = unread_in(frame, field) if frame.invalid else None
        if unread is not None:
            frame.refuse(unread, lambda row: f"field '{field.name}' is no {field.type} (invalidValueTreatment is asIs)")
        return column

    return Expression(field.type, field.kind, compute, field=field)


def unread_in(frame: Frame, field: Field) -> Array | None:
    """Which rows hold what could not be read as the field's type, and is not missing all the same; None for none."""
    invalid = frame.invalid.get(field.index)
    if invalid is None or field.kind == "text":
        return None
    unread: Array = invalid & _is_nan(frame.column(field))
    return unread


def shared(expression: Expression) -> Expression:
    """The same, computed once for each frame, however often it is asked for."""
    if expression.is_constant or expression.field is not None:
        return expression
    inner, key = expression.compute, object()

    def compute(frame: Frame) -> Array:
        found: Array | None = frame.memo.get(key)
        if found is None:
            found = frame.memo[key] = inner(frame)
        return found

    return replace(expression, compute=compute, masks=None, height=expression.height + 1)


# What is missing.


def missing_of(expression: Expression) -> Callable[[Frame], Array]:
    """Which rows are missing."""
    field = expression.field
    if field is None:
        return lambda frame: missing_in(expression.compute(frame))
    if field.kind == "text":
        return lambda frame: frame.codes(field) == 0
    kept = field

    def missing(frame: Frame) -> Array:
        gone, unread = _is_nan(frame.column(kept)), unread_in(frame, kept)
        return gone if unread is None else gone & ~unread

    return missing


def missing_in(column: Array) -> Array:
    """Which entries of a column are missing."""
    if column.dtype == object:
        return np.array([value is None for value in column.tolist()], bool)
    return _is_nan(column)


def _is_nan(column: Array) -> Array:
    missing: Array = column != column
    return missing


# Of other kinds.


def as_number(expression: Expression, place: Element) -> Expression:
    """The same as a number. A text is read; a row with one that is no number is refused."""
    return converted(expression, "double", place) if expression.kind == "text" else expression


def as_text(expression: Expression, place: Element) -> Expression:
    """The same as text."""
    return converted(expression, "string", place)


def as_masks(expression: Expression, place: Element) -> Masks:
    """The same as truth values."""
    if expression.masks is not None:
        return expression.masks
    compute = converted(expression, "boolean", place).compute

    def masks(frame: Frame) -> tuple[Array, Array]:
        column = compute(frame)
        return column == 1.0, column == 0.0

    return masks


def converted(expression: Expression, type_: str, place: Element) -> Expression:
    """The same as a value of another type. A row whose value is none of the type is refused; a constant that is none
    raises BadInput."""
    from_type = expression.type
    if from_type == type_ or _needs_nothing(from_type, type_):
        return replace(expression, type=type_, kind=KINDS[type_])
    if expression.is_missing:
        return constant(None, type_)
    if expression.is_constant:
        with np.errstate(over="ignore"):
            column, broken = cast(expression.compute(Frame(1, 0)), from_type, type_)
        if broken is not None:
            place.refuse(f"{short(str(written(expression.value, from_type)))} is no {type_}")
        return constant(column[0], type_)
    source = expression.compute
    if KINDS[from_type] == KINDS[type_] == "number" and type_ == "float":
        return of(type_, lambda frame: to_single(source(frame)), expression, warns=True)

    def compute(frame: Frame) -> Array:
        before = source(frame)
        column, broken = cast(before, from_type, type_)
        if broken is not None:
            frame.refuse(broken, lambda row: f"{place.tag} gives {written(before[row], from_type)!r:.80}, no {type_}")
        return column

    return of(type_, compute, expression, refuses=KINDS[type_] != "text")


def _needs_nothing(from_type: str, to_type: str) -> bool:
    """Whether a column of one type is one of the other as it stands."""
    if KINDS[to_type] != "number" or to_type == "float":
        return False
    return from_type == "boolean" or (KINDS[from_type] == "number" and (to_type == "double" or from_type == "integer"))


def to_single(column: Array) -> Array:
    """Rounded to single precision. It may warn of overflow."""
    return column.astype(np.float32).astype(np.float64)


# Types.


def wider_number(*expressions: Expression) -> str:
    """The type of what is computed of several numbers: an integer where all are, else a double."""
    return "integer" if all(_is_integer(expression) for expression in expressions) else "double"


def _is_integer(expression: Expression) -> bool:
    return expression.kind != "text" and expression.type not in ("double", "float")


def wider(*expressions: Expression) -> str:
    """The type that can hold the values of all of these."""
    types = {expression.type for expression in expressions if not expression.is_missing}
    if len(types) <= 1:
        return types.pop() if types else expressions[0].type
    if all(KINDS[type_] in ("number", "boolean") for type_ in types):
        return wider_number(*(expression for expression in expressions if not expression.is_missing))
    return "string"


def literal(text: str, type_: str) -> Expression:
    """A text of the document as a value of a type; of a wider type where it is none, in the end as text."""
    for candidate in (type_, "double") if type_ == "integer" else (type_,):
        try:
            return constant(read(text, candidate), candidate)
        except ValueError:
            continue
    return constant(text, "string")
