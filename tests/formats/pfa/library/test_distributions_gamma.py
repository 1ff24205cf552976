import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT
from salver.formats.pfa.values.floats import INT_MAX


def of(name: str, x: Any, *params: float) -> Any:
    known = made(f"prob.dist.{name}", *[INT if type(one) is int else DOUBLE for one in (x, *params)])
    return known(x, *params)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("gammaPDF", 2.0, (3.0, 0.5), 0.29305022221974686),
        ("gammaCDF", 2.0, (3.0, 0.5), 0.7618966944464556),
        ("gammaQF", 0.1, (0.2, 2.0), 1.3051032657239401e-05),
        ("chi2PDF", 3.0, (4,), 0.1673476201113224),
        ("chi2CDF", 3.84, (1,), 0.9499564787512949),
        ("chi2QF", 0.95, (1,), 3.841458820694124),
        ("chi2QF", 0.95, (10,), 18.307038053275146),
        ("chi2QF", 1e-5, (1,), 1.5707963268771464e-10),
        ("chi2QF", 0.05, (1000,), 927.594363020979),
        ("poissonPDF", 3, (2.5,), 0.21376301724973648),
        ("poissonCDF", 3, (2.5,), 0.7575761331330662),
        ("poissonQF", 0.9, (2.5,), 5.0),
        ("poissonQF", 0.5, (1e6,), 1e6),
    ],
)
def test_known_values(name: str, x: Any, params: tuple[float, ...], answer: float) -> None:
    """SciPy's."""
    assert of(name, x, *params) == pytest.approx(answer, rel=1e-11)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("gammaPDF", 0.0, (0.0, 1.0), math.inf),
        ("gammaPDF", 1.0, (1.0, 0.0), 0.0),
        ("gammaPDF", -1.0, (2.0, 1.0), 0.0),
        ("gammaPDF", 0.0, (0.5, 1.0), math.inf),
        ("gammaPDF", 0.0, (1.0, 4.0), 0.25),
        ("gammaPDF", 0.0, (2.0, 4.0), 0.0),
        ("gammaCDF", -1.0, (0.0, 1.0), 1.0),
        ("gammaCDF", 0.0, (1.0, 0.0), 0.0),
        ("gammaCDF", -1.0, (1.0, 1.0), 0.0),
        ("gammaCDF", 0.5, (5e-324, 1.0), 1.0),
        ("gammaPDF", 5e-324, (5e-324, 1.0), 1.0),
        ("gammaQF", 0.5, (5e-324, 1.0), 5e-324),
        ("gammaQF", 0.0, (1.0, 1.0), 0.0),
        ("gammaQF", 1.0, (1.0, 1.0), math.inf),
        ("chi2PDF", 0.0, (0,), math.inf),
        ("chi2PDF", 1.0, (0,), 0.0),
        ("chi2PDF", 0.0, (1,), 0.0),
        ("chi2CDF", 1.0, (0,), 1.0),
        ("chi2CDF", 0.0, (0,), 0.0),
        ("chi2CDF", -1.0, (3,), 0.0),
        ("chi2QF", 0.5, (0,), 0.0),
        ("chi2QF", 0.0, (3,), 0.0),
        ("chi2QF", 1.0, (0,), math.inf),
        ("poissonPDF", 0, (0.0,), 1.0),
        ("poissonPDF", 1, (0.0,), 0.0),
        ("poissonPDF", -1, (2.0,), 0.0),
        ("poissonCDF", -1, (2.0,), 0.0),
        ("poissonCDF", 0, (0.0,), 1.0),
        ("poissonQF", 1.0, (0.0,), 0.0),
        ("poissonQF", 0.0, (2.0,), 0.0),
        ("poissonQF", 1.0, (2.0,), math.inf),
    ],
)
def test_edges(name: str, x: Any, params: tuple[float, ...], answer: float) -> None:
    assert of(name, x, *params) == answer


def test_large_parameters() -> None:
    assert of("chi2CDF", float(INT_MAX), INT_MAX) == pytest.approx(0.5, abs=1e-5)
    assert of("chi2QF", 0.5, INT_MAX) == pytest.approx(INT_MAX)
    assert of("poissonQF", 0.5, 1e300) == pytest.approx(1e300)
    assert of("poissonPDF", INT_MAX, float(INT_MAX)) == pytest.approx(1.0 / math.sqrt(2.0 * math.pi * INT_MAX))


@settings(max_examples=20)
@given(p=st.floats(1e-6, 1.0, exclude_max=True), rate=st.floats(0.1, 1e4))
def test_poisson_quantiles_are_the_first_to_reach(p: float, rate: float) -> None:
    found = int(of("poissonQF", p, rate))
    assert of("poissonCDF", found, rate) >= p * (1.0 - 1e-12)
    assert of("poissonCDF", found - 1, rate) < p


BAD: dict[str, Any] = {
    "gamma": (13120, [(-1.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)]),
    "chi2": (13060, [(-1,)]),
    "poisson": (13090, [(-1.0,), (math.nan,), (math.inf,)]),
}


@pytest.mark.parametrize("name", BAD)
def test_parameters_that_are_none(name: str) -> None:
    code, wrong = BAD[name]
    for step, kind in enumerate(("PDF", "CDF", "QF")):
        x: float = 1 if name == "poisson" and kind != "QF" else 0.5
        for params in wrong:
            fails(code + 10 * step, partial(of, f"{name}{kind}", x, *params))
    fails(13140, lambda: of("gammaQF", 0.5, 0.0, 1.0))


@pytest.mark.parametrize("name", BAD)
def test_input_that_is_none(name: str) -> None:
    code = BAD[name][0]
    params: tuple[float, ...] = {"gamma": (1.0, 2.0), "chi2": (1,)}.get(name, (1.0,))
    if name != "poisson":
        fails(code + 1, lambda: of(f"{name}PDF", math.inf, *params))
        fails(code + 11, lambda: of(f"{name}CDF", math.nan, *params))
    for p in (-0.1, 1.1, math.nan):
        fails(code + 21, partial(of, f"{name}QF", p, *params))
