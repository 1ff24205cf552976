"""m.link: from a linear predictor to a prediction, number by number; softmax of all together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from salver.formats.pfa.library.mathematics import exp
from salver.formats.pfa.library.registry import Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import added

_LINK: Final = ("(x: array(double)) -> array(double)", "(x: map(double)) -> map(double)", "(x: double) -> double")
_ROOT_TWO: Final = math.sqrt(2.0)


@typed(
    "m.link.softmax",
    "(x: array(double)) -> array(double)",
    "(x: map(double)) -> map(double)",
    errors={25000: "empty input"},
)
def _softmax(call: Call) -> Implementation:
    return (softmax, _map_softmax)[call.signature]


def softmax(x: Sequence[float]) -> list[float]:
    """The share of each in the sum of their exponentials. All are NaN if one of them is."""
    if not x:
        fail(25000)
    highest = max(x)
    powers = [exp(one - highest) for one in x]
    total = added(powers)
    return [power / total for power in powers]


def _map_softmax(x: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(x, softmax(list(x.values())), strict=True))


def _link(name: str) -> Callable[[Callable[[float], float]], Callable[[float], float]]:
    """Registers a function of one number for arrays and maps as well."""

    def register(compute: Callable[[float], float]) -> Callable[[float], float]:
        @typed(name, *_LINK)
        def make(call: Call) -> Implementation:
            return (
                lambda x: [compute(one) for one in x],
                lambda x: {key: compute(one) for key, one in x.items()},
                compute,
            )[call.signature]

        return compute

    return register


@_link("m.link.logit")
def logistic(x: float) -> float:
    """The inverse of the logit."""
    try:
        return 1.0 / (1.0 + math.exp(-x))
    except OverflowError:
        return 0.0


@_link("m.link.probit")
def _probit(x: float) -> float:
    return (math.erf(x / _ROOT_TWO) + 1.0) / 2.0


@_link("m.link.cloglog")
def _cloglog(x: float) -> float:
    return -math.expm1(-exp(x))


@_link("m.link.loglog")
def _loglog(x: float) -> float:
    return math.exp(-exp(x))


@_link("m.link.cauchit")
def _cauchit(x: float) -> float:
    return 0.5 + math.atan(x) / math.pi


@_link("m.link.softplus")
def _softplus(x: float) -> float:
    """The logarithm of 1 + exp(x), which for a large x is x."""
    return math.log1p(math.exp(x)) if x < 0.0 else x + math.log1p(math.exp(-x))


@_link("m.link.relu")
def _relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


_link("m.link.tanh")(math.tanh)
