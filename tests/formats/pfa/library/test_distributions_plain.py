import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT


def of(name: str, x: Any, *params: float) -> Any:
    known = made(f"prob.dist.{name}", *[INT if type(one) is int else DOUBLE for one in (x, *params)])
    return known(x, *params)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("exponentialPDF", 0.5, (2.0,), 0.7357588823428847),
        ("exponentialCDF", 0.5, (2.0,), 0.6321205588285577),
        ("exponentialQF", 0.5, (2.0,), 0.34657359027997264),
        ("exponentialCDF", 1e-20, (1.0,), 1e-20),
        ("weibullPDF", 1.5, (2.0, 3.0), 0.2596002610238016),
        ("weibullCDF", 1.5, (2.0, 3.0), 0.22119921692859515),
        ("weibullQF", 0.4, (2.0, 3.0), 2.144161984061353),
        ("cauchyPDF", 1.0, (2.0, 3.0), 0.09549296585513721),
        ("cauchyCDF", 1.0, (2.0, 3.0), 0.39758361765043326),
        ("cauchyQF", 0.9, (2.0, 3.0), 11.233050611525764),
        ("cauchyQF", 1e-14, (2.0, 3.0), -95492965855135.2),
        ("uniformPDF", 1.0, (-1.0, 3.0), 0.25),
        ("uniformCDF", 1.0, (-1.0, 3.0), 0.5),
        ("uniformQF", 0.25, (-1.0, 3.0), 0.0),
        ("geometricPDF", 3, (0.3,), 0.1029),
        ("geometricCDF", 3.9, (0.3,), 0.7599),
        ("geometricQF", 0.9, (0.3,), 6.0),
    ],
)
def test_known_values(name: str, x: Any, params: tuple[float, ...], answer: float) -> None:
    """SciPy's."""
    assert of(name, x, *params) == pytest.approx(answer, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("exponentialPDF", -1.0, (2.0,), 0.0),
        ("exponentialPDF", 0.0, (2.0,), 2.0),
        ("exponentialPDF", 1.0, (0.0,), 0.0),
        ("exponentialCDF", 1.0, (0.0,), 0.0),
        ("exponentialQF", 0.0, (0.0,), 0.0),
        ("exponentialQF", 0.1, (0.0,), math.inf),
        ("exponentialQF", 1.0, (2.0,), math.inf),
        ("weibullPDF", 0.0, (1.0, 4.0), 0.25),
        ("weibullPDF", 0.0, (2.0, 4.0), 0.0),
        ("weibullPDF", -1.0, (2.0, 4.0), 0.0),
        ("weibullPDF", 1e300, (9.0, 1.0), 0.0),
        ("weibullCDF", -1.0, (2.0, 4.0), 0.0),
        ("weibullQF", 1.0, (2.0, 4.0), math.inf),
        ("weibullQF", 0.9, (1e-300, 1.0), math.inf),
        ("cauchyQF", 0.0, (2.0, 3.0), -math.inf),
        ("cauchyQF", 1.0, (2.0, 3.0), math.inf),
        ("cauchyQF", 0.5, (2.0, 3.0), 2.0),
        ("uniformPDF", 4.0, (-1.0, 3.0), 0.0),
        ("uniformCDF", -2.0, (-1.0, 3.0), 0.0),
        ("uniformCDF", 4.0, (-1.0, 3.0), 1.0),
        ("uniformCDF", 0.0, (-1.7e308, 1.7e308), 0.5),
        ("uniformQF", 0.5, (-1.7e308, 1.7e308), 0.0),
        ("geometricPDF", -1, (0.3,), 0.0),
        ("geometricPDF", 0, (1.0,), 1.0),
        ("geometricCDF", -0.5, (0.3,), 0.0),
        ("geometricCDF", 0.0, (1.0,), 1.0),
        ("geometricQF", 0.9, (1.0,), 0.0),
        ("geometricQF", 0.0, (0.3,), 0.0),
        ("geometricQF", 1.0, (1.0,), math.inf),
        ("geometricQF", 0.5, (5e-324,), math.inf),
    ],
)
def test_edges(name: str, x: Any, params: tuple[float, ...], answer: float) -> None:
    assert of(name, x, *params) == answer


def test_a_weibull_density_without_a_limit() -> None:
    assert math.isnan(of("weibullPDF", 0.0, 0.5, 4.0))


@pytest.mark.parametrize(
    ("name", "params"),
    [("exponential", (2.5,)), ("weibull", (1.5, 2.0)), ("cauchy", (1.0, 0.5)), ("uniform", (-1.0, 4.0))],
)
@settings(max_examples=20)
@given(p=st.floats(1e-6, 1.0 - 1e-6))
def test_quantiles_are_the_inverse(name: str, params: tuple[float, ...], p: float) -> None:
    assert of(f"{name}CDF", of(f"{name}QF", p, *params), *params) == pytest.approx(p)


BAD: dict[str, Any] = {
    "exponential": (13030, [(-1.0,), (math.nan,), (math.inf,)]),
    "cauchy": (13180, [(0.0, 0.0), (math.inf, 1.0), (0.0, math.nan)]),
    "uniform": (13330, [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)]),
    "geometric": (13360, [(0.0,), (1.1,), (math.nan,)]),
    "weibull": (13420, [(0.0, 1.0), (1.0, 0.0), (math.inf, 1.0)]),
}


@pytest.mark.parametrize("name", BAD)
def test_parameters_that_are_none(name: str) -> None:
    code, wrong = BAD[name]
    for step, kind in enumerate(("PDF", "CDF", "QF")):
        x: float = 1 if name == "geometric" and kind == "PDF" else 0.5
        for params in wrong:
            fails(code + 10 * step, partial(of, f"{name}{kind}", x, *params))


@pytest.mark.parametrize("name", BAD)
def test_input_that_is_none(name: str) -> None:
    params = {"exponential": (1.0,), "geometric": (0.5,)}.get(name, (1.0, 2.0))
    code = BAD[name][0]
    if name != "geometric":
        fails(code + 1, lambda: of(f"{name}PDF", math.inf, *params))
    fails(code + 11, lambda: of(f"{name}CDF", math.nan, *params))
    for p in (-0.1, 1.1, math.nan):
        fails(code + 21, partial(of, f"{name}QF", p, *params))
