"""BaselineModel: how far a value is from what is usual. Specification: BaselineModel.

Only the z-value, which is that of a row alone. All other statistics are those of a stream of events, of which a row
is one: there is no stream here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result

_OF_STREAMS: Final = ("CUSUM", "chiSquareIndependence", "chiSquareDistribution", "scalarProduct")
_DISTRIBUTIONS: Final = ("AnyDistribution", "GaussianDistribution", "PoissonDistribution", "UniformDistribution")


def compile_baseline(model: Model) -> Kernel:
    """The kernel of a BaselineModel."""
    element = model.element.need("TestDistributions")
    statistic = element.choice("testStatistic", ("zValue", *_OF_STREAMS))
    if statistic in _OF_STREAMS:
        element.unsupported(f"testStatistic={statistic} needs the events before this one: only zValue is supported")
    window: int = element.integer("windowSize", 0)
    if window > 1:
        element.unsupported(f"windowSize={window} needs the events before this one: only 0 and 1 are supported")
    field = model.field(element)
    if field.kind == "text":
        element.refuse(f"field '{field.name}' is text, a z-value is of numbers")
    mean, variance = _moments(element.need("Baseline").need(*_DISTRIBUTIONS))
    return ZValue(field, mean, math.sqrt(variance))


def _moments(element: Element) -> tuple[float, float]:
    """Mean and variance of a distribution."""
    match element.tag:
        case "PoissonDistribution":
            mean: float = element.number("mean")
            variance = mean
        case "UniformDistribution":
            low, high = element.number("lower"), element.number("upper")
            mean, variance = (low + high) / 2.0, (high - low) ** 2 / 12.0
        case _:
            mean, variance = element.number("mean"), element.number("variance")
    if not (variance > 0 and math.isfinite(variance)):
        element.refuse(f"the variance is {variance:g}, wanted more than 0")
    return mean, variance


@dataclass(frozen=True, slots=True)
class ZValue:
    """How many standard deviations a value is from the mean."""

    field: Field
    mean: float
    deviation: float

    @property
    def classes(self) -> tuple[Any, ...]:
        return NO_CLASSES

    @property
    def entities(self) -> tuple[str, ...]:
        return ()

    def __call__(self, frame: Frame) -> Result:
        return Result(value=(frame.column(self.field) - self.mean) / self.deviation)
