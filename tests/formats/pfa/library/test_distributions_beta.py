import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT
from salver.formats.pfa.values.floats import INT_MAX


def of(name: str, x: float, *params: float) -> Any:
    known = made(f"prob.dist.{name}", DOUBLE, *[INT if type(one) is int else DOUBLE for one in params])
    return known(x, *params)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("betaPDF", 0.3, (2.0, 3.0), 1.764),
        ("betaCDF", 0.3, (2.0, 3.0), 0.3483),
        ("betaQF", 0.9, (2.0, 3.0), 0.6795394162781817),
        ("betaQF", 1e-10, (0.5, 0.5), 2.4674011002723397e-20),
        ("fPDF", 1.5, (3, 7), 0.23397612413061722),
        ("fCDF", 1.5, (3, 7), 0.7041910807035623),
        ("fQF", 0.95, (3, 7), 4.346831399907814),
        ("tPDF", 1.5, (3,), 0.12001717451358736),
        ("tPDF", 0.0, (10,), 0.38910838396603115),
        ("tCDF", 1.5, (3,), 0.8847080673775886),
        ("tCDF", -40.0, (3,), 1.7190340394579253e-05),
        ("tQF", 0.975, (5,), 2.5705818356363146),
        ("tQF", 0.025, (1_000_000,), -1.9599663568141072),
    ],
)
def test_known_values(name: str, x: float, params: tuple[float, ...], answer: float) -> None:
    """SciPy's."""
    assert of(name, x, *params) == pytest.approx(answer, rel=1e-11)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("betaPDF", 0.0, (0.5, 0.5), 0.0),
        ("betaPDF", 1.0, (1.0, 1.0), 0.0),
        ("betaPDF", 2.0, (1.0, 1.0), 0.0),
        ("betaCDF", -1.0, (1.0, 1.0), 0.0),
        ("betaCDF", 2.0, (1.0, 1.0), 1.0),
        ("betaQF", 0.0, (1.0, 1.0), 0.0),
        ("betaQF", 1.0, (1.0, 1.0), 1.0),
        ("fPDF", 0.0, (1, 1), 0.0),
        ("fPDF", 1.7e308, (INT_MAX, 1), 0.0),
        ("fCDF", -1.0, (1, 1), 0.0),
        ("fCDF", 1.7e308, (INT_MAX, 1), 1.0),
        ("fQF", 0.0, (1, 1), 0.0),
        ("fQF", 1.0, (1, 1), math.inf),
        ("tPDF", 1e300, (3,), 0.0),
        ("tCDF", 0.0, (3,), 0.5),
        ("tCDF", 1e300, (3,), 1.0),
        ("tQF", 0.0, (3,), -math.inf),
        ("tQF", 0.5, (3,), 0.0),
        ("tQF", 1.0, (3,), math.inf),
    ],
)
def test_edges(name: str, x: float, params: tuple[float, ...], answer: float) -> None:
    assert of(name, x, *params) == answer


def test_many_degrees_of_freedom_are_nearly_normal() -> None:
    assert of("tCDF", 1.959963984540054, INT_MAX) == pytest.approx(0.975)
    assert of("tPDF", 0.0, INT_MAX) == pytest.approx(1.0 / math.sqrt(2.0 * math.pi))
    assert of("fCDF", 1.0, INT_MAX, INT_MAX) == pytest.approx(0.5)


@pytest.mark.parametrize(("name", "params"), [("beta", (0.5, 3.0)), ("f", (4, 9)), ("t", (4,))])
@settings(max_examples=20)
@given(p=st.floats(1e-9, 1.0 - 1e-9))
def test_quantiles_are_the_inverse(name: str, params: tuple[float, ...], p: float) -> None:
    assert of(f"{name}CDF", of(f"{name}QF", p, *params), *params) == pytest.approx(p)


BAD: dict[str, Any] = {
    "beta": (13150, [(0.0, 1.0), (1.0, 0.0), (math.nan, 1.0), (1.0, math.inf)], (1.0, 2.0)),
    "f": (13210, [(0, 1), (1, 0), (-1, 1)], (1, 2)),
    "t": (13270, [(0,), (-1,)], (1,)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_parameter_or_no_input(name: str) -> None:
    code, wrong, params = BAD[name]
    for step, kind in enumerate(("PDF", "CDF", "QF")):
        for bad in wrong:
            fails(code + 10 * step, partial(of, f"{name}{kind}", 0.5, *bad))
        for x in (math.nan, math.inf, -math.inf):
            fails(code + 10 * step + 1, partial(of, f"{name}{kind}", x, *params))
