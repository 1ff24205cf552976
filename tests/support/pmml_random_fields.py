"""Random fields of PMML documents, and values that come for them: what is compared, its neighbours, what is missing,
invalid or unknown. For property tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")
NUMBERS = {
    "double": ("-1.5", "0", "0.1", "0.3", "2.5", "1000"),
    "float": ("-1.5", "0", "0.1", "0.3", "2.5", "16777217"),
    "integer": ("-2", "0", "1", "3", "7"),
}
"""The thresholds of numeric fields."""
TEXTS = ("a", "b", "two words", "Ü", 'so "said"', "7")
LEVELS = ("low", "mid", "high")
_CLOSURES = ("openOpen", "openClosed", "closedOpen", "closedClosed")


def element(tag: str, attributes: Mapping[str, str | None] | None = None, *content: str, text: str = "") -> str:
    """An element as XML; an attribute that is None is left out."""
    given = {name: value for name, value in (attributes or {}).items() if value is not None}
    written = "".join(f" {name}={quoteattr(value)}" for name, value in given.items())
    return f"<{tag}{written}>{escape(text)}{''.join(content)}</{tag}>"


def array(values: Sequence[str], type_: str) -> str:
    """An Array of values."""
    words = [value if value.isalnum() else '"' + value.replace('"', '\\"') + '"' for value in values]
    return element(
        "Array", {"n": str(len(values)), "type": "string" if type_ == "string" else "real"}, text=" ".join(words)
    )


class Maker:
    """Draws."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self._names = 0

    def pick(self, options: Sequence[T]) -> T:
        return options[self._draw(st.integers(0, len(options) - 1))]

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) >= 100 - percent

    def count(self, least: int, most: int) -> int:
        return self._draw(st.integers(least, most))

    def some(self, options: Sequence[T], least: int = 1) -> list[T]:
        """Some of them, in their order."""
        chosen = [option for option in options if self.chance(50)]
        return chosen if len(chosen) >= least else list(options[:least])

    def name(self, stem: str) -> str:
        """A name that nothing else has."""
        self._names += 1
        return f"{stem}{self._names}"


@dataclass(frozen=True)
class Column:
    """A field that may be read."""

    name: str
    type: str
    is_ordinal: bool = False
    values: tuple[str, ...] = ()
    """What it may be compared with."""
    data: str = ""
    """Its DataField."""
    mining: str = ""
    """Its MiningField in the outermost schema."""
    comes: tuple[Any, ...] = ()
    """Values that come for it in requests."""

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS

    @property
    def is_text(self) -> bool:
        return self.type == "string"


def column(maker: Maker) -> Column:
    """Any field, with any rules."""
    kind = maker.pick(("double", "float", "integer", "string", "ordinal", "boolean"))
    name = maker.name(maker.pick(("f", "field ", "größe")))
    if kind in NUMBERS:
        return _number(maker, name, kind)
    if kind == "boolean":
        values: tuple[str, ...] = ("true", "false")
        plain = Column(name, "boolean", values=values, comes=(True, False, "true", "false", 1, "0", None))
        return _finished(maker, plain, [], unfit="maybe")
    if kind == "ordinal":
        words = list(LEVELS) if maker.chance(70) else [*LEVELS, "top"]
        plain = Column(name, "string", is_ordinal=True, values=LEVELS, comes=(*words, None))
        return _finished(maker, plain, [element("Value", {"value": word}) for word in words], unfit="nothing")
    words = maker.some(TEXTS) if maker.chance(60) else []
    plain = Column(name, "string", values=tuple(words) or TEXTS, comes=(*(words or TEXTS), None))
    rules = [element("Value", {"value": word}) for word in words]
    if maker.chance(20):
        rules.append(element("Value", {"value": "n/a", "property": "missing"}))
        plain = replace(plain, comes=(*plain.comes, "n/a"))
    if maker.chance(20):
        rules.append(element("Value", {"value": "bad", "property": "invalid"}))
        plain = replace(plain, comes=(*plain.comes, "bad"))
    return _finished(maker, plain, rules, unfit="unheard of" if words else None)


def _number(maker: Maker, name: str, type_: str) -> Column:
    values = NUMBERS[type_]
    comes: list[Any] = [None, math.nan]
    for text in values:
        comes += [float(text), *_neighbours(float(text), type_), text]
    rules = []
    unfit: Any = "word" if maker.chance(10) else None
    match maker.pick(("free", "free", "interval", "intervals", "listed")):
        case "interval":
            rules = [_interval(maker, values[0], values[-2])]
            unfit = 1e6
        case "intervals":
            rules = [_interval(maker, None, values[1]), _interval(maker, values[2], None)]
            unfit = _between(values[1], values[2], type_)
        case "listed":
            rules = [element("Value", {"value": value}) for value in values]
            comes = [*values, *map(float, values), None]
            unfit = 77
    if maker.chance(20):
        rules.append(element("Value", {"value": "-999", "property": "missing"}))
        comes += [-999, -999.0, "-999"]
    if maker.chance(10):
        rules.append(element("Value", {"value": values[1], "property": "invalid"}))
    return _finished(maker, Column(name, type_, values=values, comes=tuple(comes)), rules, unfit)


def _neighbours(value: float, type_: str) -> list[float]:
    if type_ == "integer":
        return []
    near = [float(np.nextafter(value, side)) for side in (-np.inf, np.inf)]
    if type_ == "float":
        near += [float(np.nextafter(np.float32(value), np.float32(side))) for side in (-np.inf, np.inf)]
    return near


def _between(low: str, high: str, type_: str) -> float | None:
    return None if type_ == "integer" else (float(low) + float(high)) / 2


def _interval(maker: Maker, low: str | None, high: str | None) -> str:
    return element("Interval", {"closure": maker.pick(_CLOSURES), "leftMargin": low, "rightMargin": high})


def _finished(maker: Maker, plain: Column, rules: list[str], unfit: Any) -> Column:
    """With its elements, and some value that is unfit among those that come."""
    optype = "ordinal" if plain.is_ordinal else "continuous" if plain.is_number else "categorical"
    data = element("DataField", {"name": plain.name, "optype": optype, "dataType": plain.type}, *rules)
    attributes: dict[str, str | None] = {"name": plain.name}
    if maker.chance(50):
        # A value that cannot be read may not be kept: what becomes of it is for other tests.
        kinds = (
            "returnInvalid",
            "asMissing",
            "asValue",
            *(() if isinstance(unfit, str) != plain.is_text else ("asIs",)),
        )
        attributes["invalidValueTreatment"] = kind = maker.pick(kinds)
        if kind == "asValue":
            attributes["invalidValueReplacement"] = maker.pick(plain.values)
    if maker.chance(30):
        attributes["missingValueReplacement"] = maker.pick(plain.values)
        attributes["missingValueTreatment"] = maker.pick(("asIs", "asMean", "asMode", "asMedian", "asValue"))
    elif maker.chance(5):
        attributes["missingValueTreatment"] = "returnInvalid"
    if plain.type == "double" and maker.chance(30):
        attributes["outliers"] = maker.pick(("asIs", "asMissingValues", "asExtremeValues"))
        attributes["lowValue"], attributes["highValue"] = maker.pick((("-1", "2.5"), ("0.1", "1000")))
    comes = plain.comes if unfit is None else (*plain.comes, unfit)
    return replace(plain, data=data, mining=element("MiningField", attributes), comes=comes)


def row(maker: Maker, columns: Sequence[Column]) -> dict[str, Any]:
    """A row that comes in; some fields are not in it."""
    names = {each.name: maker.pick(each.comes) for each in columns}
    return {name: value for name, value in names.items() if value is not None or maker.chance(50)}
