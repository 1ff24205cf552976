import math
from functools import partial

from pfa_calls import fails, made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, Array

BITS = Array(BOOLEAN)
X = [True, True, True, False, False, False, False, False]
Y = [True, True, False, True, False, False, False, False]


def test_how_alike_booleans_are() -> None:
    assert made("metric.simpleMatching", BITS, BITS)(X, Y) == 6 / 8
    assert made("metric.jaccard", BITS, BITS)(X, Y) == 2 / 4
    assert made("metric.tanimoto", BITS, BITS)(X, Y) == 6 / 10


def test_a_ratio_of_ones_own() -> None:
    ratio = made("metric.binarySimilarity", BITS, BITS, *[DOUBLE] * 8)
    assert ratio(X, Y, 1.0, 10.0, 100.0, 1000.0, 1.0, 0.0, 0.0, 1.0) == (4 + 10 + 100 + 2000) / 6
    assert ratio(X, [False] * 8, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0) == 5 / 3
    assert ratio([], [], *[1.0] * 8) != 0.0


def test_nothing_is_not_alike() -> None:
    for name in ("simpleMatching", "jaccard", "tanimoto"):
        assert math.isnan(made(f"metric.{name}", BITS, BITS)([], []))


def test_vectors_must_be_of_one_length() -> None:
    for name, code in (("simpleMatching", 28080), ("jaccard", 28090), ("tanimoto", 28100)):
        fails(code, partial(made(f"metric.{name}", BITS, BITS), [True], []))
    fails(28110, lambda: made("metric.binarySimilarity", BITS, BITS, *[DOUBLE] * 8)([], [True], *[1.0] * 8))
