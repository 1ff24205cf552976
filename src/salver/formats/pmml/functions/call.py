"""One use of a function in a document: what a function is given when it is compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.functions.operand import Compute, Expression, Source, as_number, as_text
from salver.formats.pmml.values import written


@dataclass(frozen=True, slots=True)
class Call:
    """A function's name and arguments, and the Apply element that they stand in."""

    name: str
    element: Element
    arguments: tuple[Expression, ...]

    def numbers(self) -> tuple[Expression, ...]:
        """The arguments as numbers."""
        return tuple(as_number(argument, self.element) for argument in self.arguments)

    def sources(self, arguments: tuple[Expression, ...]) -> list[Source]:
        """How arguments are computed. What is constant comes as a plain value, as long as something else does not."""
        if all(argument.is_constant for argument in arguments):
            return [argument.compute for argument in arguments]
        return [_source(argument) for argument in arguments]

    def text(self, place: int) -> Expression:
        """An argument as text."""
        return as_text(self.arguments[place], self.element)

    def fixed_text(self, place: int, what: str) -> str | None:
        """An argument that must be known when the document is loaded; None where it is missing."""
        argument = self.text(place)
        if not argument.is_constant:
            self.element.unsupported(f"the {what} of {self.name} must be a constant")
        return None if argument.is_missing else str(argument.value)

    @property
    def refuses_undefined(self) -> bool:
        """Whether a row for which the function has no value must not be answered; it is missing otherwise."""
        treatment = self.element.choice(
            "invalidValueTreatment", ("returnInvalid", "asIs", "asMissing"), "returnInvalid"
        )
        return treatment != "asMissing"

    def defined(self, compute: Compute, arguments: tuple[Expression, ...]) -> Compute:
        """The same where the function has a value: a NaN of numbers that are none is treated as the element says."""
        if not self.refuses_undefined:
            return compute

        def checked(frame: Frame) -> Array:
            column = compute(frame)
            missing = column != column
            if missing.any():
                columns = [argument.compute(frame) for argument in arguments]
                missing &= ~np.logical_or.reduce([values != values for values in columns])
                self.refuse(frame, missing, columns, arguments)
            return column

        return checked

    def refuse(self, frame: Frame, which: Array, columns: list[Array], arguments: tuple[Expression, ...]) -> None:
        """Refuses these rows (a mask): the function has no value for them."""

        def reason(row: int) -> str:
            shown = (written(values[row], argument.type) for values, argument in zip(columns, arguments, strict=True))
            return f"{self.name}({', '.join(f'{text!s:.80}' for text in shown)}) is not defined"

        if which.any():
            frame.refuse(which, reason)


Compile: TypeAlias = Callable[[Call], Expression]


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in function."""

    compile: Compile
    least: int
    """How many arguments it takes at least."""
    most: int | None
    """How many at most; None for any number."""
    rereads: bool = False
    """Whether it may ask for an argument more than once."""


def _source(argument: Expression) -> Source:
    if argument.is_constant:
        value = argument.value
        return lambda frame: value
    return argument.compute
