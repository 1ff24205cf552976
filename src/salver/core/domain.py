"""Domains: which values an input is meant for, where its model says so. For people and their forms: nothing is held to
it but by the model itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Value: TypeAlias = str | int | float | bool

BASKET: Final = "basket"
"""The kind of an input whose value may be a list of items."""

_MAX_WORDS: Final = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers; None where it is open to infinity."""

    low: float | None = None
    high: float | None = None
    closed_low: bool = True
    closed_high: bool = True

    def __str__(self) -> str:
        low = f"{'[' if self.closed_low else '('}{self.low:g}" if self.low is not None else "(-inf"
        high = f"{self.high:g}{']' if self.closed_high else ')'}" if self.high is not None else "inf)"
        return f"{low}, {high}"

    @property
    def within(self) -> float:
        """A number in it: its middle, or one step inside its only margin."""
        if self.low is not None and self.high is not None:
            return self.low + (self.high - self.low) / 2
        return self.low + 1 if self.low is not None else self.high - 1 if self.high is not None else 1.0


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of one input. Without categories and intervals it is only a kind, and a description."""

    categories: tuple[Value, ...] = ()
    intervals: tuple[Interval, ...] = ()
    kind: str = ""
    """A word for what it holds: categorical, ordinal, continuous, date, time, datetime, basket, ..."""
    description: str = ""
    example: Any = None
    """A value within, where the model has a typical one: as JSON has it."""

    def __str__(self) -> str:
        """In a few words: `[0, 10)`, `one of 'a', 'b'`; empty where nothing is said."""
        words = [str(interval) for interval in self.intervals]
        if self.categories:
            more = ", ..." if len(self.categories) > _MAX_WORDS else ""
            words.append(f"one of {', '.join(map(repr, self.categories[:_MAX_WORDS]))}{more}")
        return " or ".join(words) or ("" if self.kind in ("continuous", "categorical") else self.kind)

    def described(self, most: int | None = None) -> dict[str, Any]:
        """As a JSON object of what there is; of the categories `most`, and how many there are in all."""
        told: dict[str, Any] = {"kind": self.kind} if self.kind else {}
        if self.categories:
            told["categories"] = list(self.categories[:most])
            if most is not None and len(self.categories) > most:
                told["categories_in_all"] = len(self.categories)
        if self.intervals:
            told["intervals"] = [_margins(interval) for interval in self.intervals]
        if self.description:
            told["description"] = self.description
        if self.example is not None:
            told["example"] = self.example
        return told


def read_domain(told: Mapping[str, Any]) -> Domain:
    """The domain that `described` told of. Raises KeyError, TypeError or ValueError for anything else."""
    return Domain(
        tuple(told.get("categories", ())),
        tuple(
            Interval(each.get("low"), each.get("high"), bool(each["closed_low"]), bool(each["closed_high"]))
            for each in told.get("intervals", ())
        ),
        str(told.get("kind", "")),
        str(told.get("description", "")),
        told.get("example"),
    )


def _margins(interval: Interval) -> dict[str, Any]:
    margins = {"low": interval.low, "high": interval.high}
    given = {name: margin for name, margin in margins.items() if margin is not None}
    return {**given, "closed_low": interval.closed_low, "closed_high": interval.closed_high}
