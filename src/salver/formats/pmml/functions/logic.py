"""Logic of three values, and choice. Specification: Built-in functions."""

from __future__ import annotations

from functools import reduce
from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.functions.call import Call, Function
from salver.formats.pmml.functions.operand import Compute, Expression, as_masks, converted, of, of_masks, wider
from salver.formats.pmml.values import MISSING


def _and(call: Call) -> Expression:
    parts = [as_masks(argument, call.element) for argument in call.arguments]

    def masks(frame: Frame) -> tuple[Array, Array]:
        trues, falses = zip(*(part(frame) for part in parts), strict=True)
        return reduce(np.logical_and, trues), reduce(np.logical_or, falses)

    return of_masks(masks, *call.arguments, refuses=_refuse(call))


def _or(call: Call) -> Expression:
    parts = [as_masks(argument, call.element) for argument in call.arguments]

    def masks(frame: Frame) -> tuple[Array, Array]:
        trues, falses = zip(*(part(frame) for part in parts), strict=True)
        return reduce(np.logical_or, trues), reduce(np.logical_and, falses)

    return of_masks(masks, *call.arguments, refuses=_refuse(call))


def _not(call: Call) -> Expression:
    part = as_masks(call.arguments[0], call.element)

    def masks(frame: Frame) -> tuple[Array, Array]:
        true, false = part(frame)
        return false, true

    return of_masks(masks, *call.arguments, refuses=_refuse(call))


def _refuse(call: Call) -> bool:
    """Whether what is no truth value may come."""
    return any(argument.kind != "boolean" for argument in call.arguments)


def _if(call: Call) -> Expression:
    """Without an ELSE part what is false is missing, as is what is neither true nor false."""
    condition, *branches = call.arguments
    type_ = wider(*branches)
    computes = [converted(branch, type_, call.element) for branch in branches]
    choose = as_masks(condition, call.element)
    nothing: Any = None if computes[0].kind == "text" else MISSING
    may_refuse = any(branch.may_refuse for branch in computes)

    def compute(frame: Frame) -> Array:
        chosen = choose(frame)
        if may_refuse or frame.has_doubts or frame.invalid:
            return _each_alone(frame, chosen, [branch.compute for branch in computes], nothing)
        rest = np.where(chosen[1], computes[1].compute(frame), nothing) if len(computes) > 1 else nothing
        return np.where(chosen[0], computes[0].compute(frame), rest)

    return of(type_, compute, condition, *computes, refuses=condition.kind != "boolean")


def _each_alone(frame: Frame, chosen: tuple[Array, Array], branches: list[Compute], nothing: float | None) -> Array:
    """Each branch computed of the rows that choose it alone: what it may say of others does not count."""
    column = np.full(frame.rows, nothing, object if nothing is None else np.float64)
    for which, branch in zip(chosen, branches, strict=False):
        places = np.flatnonzero(which)
        if len(places):
            column[places] = branch(frame if len(places) == frame.rows else frame.take(places))
    return column


LOGIC: Final[dict[str, Function]] = {
    "and": Function(_and, 2, None),
    "or": Function(_or, 2, None),
    "not": Function(_not, 1, 1),
    "if": Function(_if, 2, 3),
}
