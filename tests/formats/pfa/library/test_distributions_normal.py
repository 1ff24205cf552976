import math
from functools import partial
from typing import Any

import pytest
from pfa_calls import fails, made, record

from salver.formats.pfa.avro.types import DOUBLE

MOMENTS = record("Moments", mean=DOUBLE, variance=DOUBLE)


def of(name: str, x: float, *params: Any) -> Any:
    kinds = [MOMENTS if isinstance(one, dict) else DOUBLE for one in params]
    return made(f"prob.dist.{name}", DOUBLE, *kinds)(x, *params)


def test_the_normal_distribution() -> None:
    assert of("gaussianLL", 1.0, 2.0, 3.0) == pytest.approx(-2.073106377428338)
    assert of("gaussianCDF", 1.0, 2.0, 3.0) == pytest.approx(0.36944134018176367)
    assert of("gaussianCDF", -20.0, 0.0, 1.0) == pytest.approx(2.7536241186061556e-89)
    assert of("gaussianQF", 0.975, 0.0, 1.0) == pytest.approx(1.959963984540054)
    assert of("gaussianQF", 0.025, 10.0, 2.0) == pytest.approx(10.0 - 2.0 * 1.959963984540054)


@pytest.mark.parametrize("name", ["gaussianLL", "gaussianCDF", "gaussianQF"])
def test_the_variance_may_come_in_a_record(name: str) -> None:
    assert of(name, 0.25, {"mean": 2.0, "variance": 9.0}) == of(name, 0.25, 2.0, 3.0)


def test_a_normal_distribution_without_spread() -> None:
    assert [of("gaussianLL", x, 2.0, 0.0) for x in (1.0, 2.0)] == [-math.inf, math.inf]
    assert [of("gaussianCDF", x, 2.0, 0.0) for x in (1.0, 2.0, 3.0)] == [0.0, 1.0, 1.0]
    assert [of("gaussianQF", p, 2.0, 0.0) for p in (0.0, 0.3, 1.0)] == [-math.inf, 2.0, math.inf]


def test_very_small_spreads() -> None:
    assert of("gaussianLL", 1.0, 0.0, 5e-324) == -math.inf
    assert of("gaussianCDF", 1.0, 0.0, 5e-324) == 1.0


@pytest.mark.parametrize(("name", "code"), [("gaussianLL", 13000), ("gaussianCDF", 13010), ("gaussianQF", 13020)])
def test_what_is_no_normal_distribution(name: str, code: int) -> None:
    for mu, sigma in ((math.nan, 1.0), (math.inf, 1.0), (0.0, -1.0), (0.0, math.inf), (0.0, math.nan)):
        fails(code, partial(of, name, math.nan, mu, sigma))
    for variance in (-1.0, math.nan, math.inf):
        fails(code, partial(of, name, 0.5, {"mean": 0.0, "variance": variance}))
    fails(code + 1, lambda: of(name, math.nan, 0.0, 1.0))
    fails(code + 1, lambda: of(name, math.inf, 0.0, 1.0))


def test_the_lognormal_distribution() -> None:
    assert of("lognormalPDF", 2.0, 1.0, 0.5) == pytest.approx(0.33046456598348395)
    assert of("lognormalCDF", 2.0, 1.0, 0.5) == pytest.approx(0.26970493073490953)
    assert of("lognormalQF", 0.9, 1.0, 0.5) == pytest.approx(5.159170355622591)
    assert [of(f"lognormal{kind}", 0.0, 1.0, 0.5) for kind in ("PDF", "CDF", "QF")] == [0.0, 0.0, 0.0]
    assert of("lognormalPDF", -1.0, 1.0, 0.5) == of("lognormalCDF", -1.0, 1.0, 0.5) == 0.0
    assert of("lognormalQF", 1.0, 1.0, 0.5) == of("lognormalQF", 0.99, 1e300, 0.5) == math.inf


@pytest.mark.parametrize(("kind", "code"), [("PDF", 13240), ("CDF", 13250), ("QF", 13260)])
def test_what_is_no_lognormal_distribution(kind: str, code: int) -> None:
    for meanlog, sdlog in ((math.nan, 1.0), (0.0, 0.0), (0.0, math.inf)):
        fails(code, partial(of, f"lognormal{kind}", 0.5, meanlog, sdlog))
    fails(code + 1, lambda: of(f"lognormal{kind}", math.inf, 0.0, 1.0))
