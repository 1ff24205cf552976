import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT
from salver.formats.pfa.library.registry import Clock
from salver.formats.pfa.values.floats import INT_MAX


def of(name: str, x: float, *params: float) -> Any:
    known = made(f"prob.dist.{name}", *[INT if type(one) is int else DOUBLE for one in (x, *params)])
    asks = name in ("hypergeometricCDF", "hypergeometricQF")
    return known(Clock(), x, *params) if asks else known(x, *params)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("binomialPDF", 3, (10, 0.3), 0.266827932),
        ("binomialCDF", 3.5, (10, 0.3), 0.6496107184),
        ("binomialQF", 0.9, (10, 0.3), 5.0),
        ("binomialQF", 0.5, (1, 0.5), 0.0),
        ("binomialQF", 0.3, (1_000_000, 0.25), 249773.0),
        ("negativeBinomialPDF", 3, (5, 0.4), 0.0774144),
        ("negativeBinomialCDF", 3.5, (5, 0.4), 0.1736704),
        ("negativeBinomialQF", 0.9, (5, 0.4), 13.0),
        ("hypergeometricPDF", 1, (5, 10, 4), 0.4395604395604396),
        ("hypergeometricCDF", 1, (5, 10, 4), 0.5934065934065933),
        ("hypergeometricCDF", 7, (12, 18, 15), 0.8682290433730504),
        ("hypergeometricCDF", 3000, (5000, 15000, 12000), 0.5064270895477649),
        ("hypergeometricQF", 0.9, (5, 10, 4), 2.0),
        ("hypergeometricQF", 0.3, (5000, 15000, 12000), 2984.0),
    ],
)
def test_known_values(name: str, x: float, params: tuple[float, ...], answer: float) -> None:
    """SciPy's."""
    assert of(name, x, *params) == pytest.approx(answer, rel=1e-11)


@pytest.mark.parametrize(
    ("name", "x", "params", "answer"),
    [
        ("binomialPDF", -1, (3, 0.5), 0.0),
        ("binomialPDF", 3, (3, 0.5), 0.0),
        ("binomialPDF", 0, (3, 0.0), 1.0),
        ("binomialPDF", 1, (3, 1.0), 0.0),
        ("binomialCDF", -0.5, (3, 0.5), 0.0),
        ("binomialCDF", 3.0, (3, 0.5), 1.0),
        ("binomialCDF", 2.0, (3, 1.0), 0.0),
        ("binomialCDF", 0.0, (3, 0.0), 1.0),
        ("binomialQF", 0.0, (3, 0.5), 0.0),
        ("binomialQF", 1.0, (3, 0.5), 3.0),
        ("binomialQF", 0.5, (3, 0.0), 0.0),
        ("binomialQF", 0.5, (3, 1.0), 3.0),
        ("negativeBinomialPDF", 0, (0, 0.5), 1.0),
        ("negativeBinomialPDF", 2, (0, 0.5), 0.0),
        ("negativeBinomialPDF", -1, (2, 0.5), 0.0),
        ("negativeBinomialPDF", 0, (2, 0.5), 0.25),
        ("negativeBinomialPDF", 1, (2, 1.0), 0.0),
        ("negativeBinomialCDF", 0.0, (0, 0.5), 1.0),
        ("negativeBinomialCDF", 1.0, (0, 0.5), 0.0),
        ("negativeBinomialCDF", -1.0, (2, 0.5), 0.0),
        ("negativeBinomialCDF", 0.0, (2, 1.0), 1.0),
        ("negativeBinomialQF", 0.5, (0, 0.5), 0.0),
        ("negativeBinomialQF", 0.5, (2, 1.0), 0.0),
        ("negativeBinomialQF", 1.0, (2, 0.5), math.inf),
        ("hypergeometricPDF", -1, (5, 10, 4), 0.0),
        ("hypergeometricPDF", 5, (5, 10, 4), 0.0),
        ("hypergeometricPDF", 0, (5, 10, 0), 1.0),
        ("hypergeometricPDF", 5, (5, 10, 15), 1.0),
        ("hypergeometricCDF", -1, (5, 10, 4), 0.0),
        ("hypergeometricCDF", 4, (5, 10, 4), 1.0),
        ("hypergeometricCDF", 9, (5, 10, 4), 1.0),
        ("hypergeometricQF", 0.0, (5, 10, 12), 2.0),
        ("hypergeometricQF", 1.0, (5, 10, 12), 5.0),
        ("hypergeometricQF", 0.5, (0, 10, 4), 0.0),
    ],
)
def test_edges(name: str, x: float, params: tuple[float, ...], answer: float) -> None:
    assert of(name, x, *params) == pytest.approx(answer, abs=1e-15)


@settings(max_examples=25)
@given(m=st.integers(0, 30), n=st.integers(1, 30), share=st.floats(0.0, 1.0))
def test_an_urn(m: int, n: int, share: float) -> None:
    """Against counting the ways."""
    k, total = int(share * (m + n)), 0.0
    for x in range(k + 1):
        chance = math.comb(m, x) * math.comb(n, k - x) / math.comb(m + n, k)
        total += chance
        assert of("hypergeometricPDF", x, m, n, k) == pytest.approx(chance)
        assert of("hypergeometricCDF", x, m, n, k) == pytest.approx(total)


@pytest.mark.parametrize("name", ["binomial", "negativeBinomial"])
@settings(max_examples=25)
@given(size=st.integers(1, 200), prob=st.floats(0.01, 1.0), p=st.floats(1e-6, 1.0, exclude_max=True))
def test_quantiles_are_the_first_to_reach(name: str, size: int, prob: float, p: float) -> None:
    found = of(f"{name}QF", p, size, prob)
    assert of(f"{name}CDF", found, size, prob) >= p * (1.0 - 1e-12)
    assert of(f"{name}CDF", found - 1.0, size, prob) < p


def test_very_many() -> None:
    assert of("binomialCDF", float(INT_MAX // 2), INT_MAX, 0.5) == pytest.approx(0.5, abs=1e-4)
    assert of("negativeBinomialQF", 0.5, 2, 1e-300) == pytest.approx(1.678e300, rel=1e-3)


BAD: dict[str, Any] = {
    "binomial": (13300, [(0, 0.5), (3, -0.1), (3, 1.1), (3, math.nan)], (3, 0.5)),
    "hypergeometric": (13390, [(5, 10, 16), (-1, 10, 2), (5, 0, 2), (5, 10, -1)], (5, 10, 4)),
    "negativeBinomial": (13450, [(-1, 0.5), (3, 0.0), (3, 1.1), (3, math.nan)], (3, 0.5)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_parameter_or_no_input(name: str) -> None:
    code, wrong, params = BAD[name]
    for step, kind in enumerate(("PDF", "CDF", "QF")):
        x: float = 1 if kind == "PDF" or (name == "hypergeometric" and kind == "CDF") else 0.5
        for bad in wrong:
            fails(code + 10 * step, partial(of, f"{name}{kind}", x, *bad))
    for p in (-0.1, 1.1, math.nan):
        fails(code + 21, partial(of, f"{name}QF", p, *params))
    if name != "hypergeometric":
        fails(code + 11, lambda: of(f"{name}CDF", math.nan, *params))
