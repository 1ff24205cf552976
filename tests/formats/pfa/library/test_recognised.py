import pytest
from pfa_calls import between

from salver.formats.pfa.library.known import KnownFunction, Param
from salver.formats.pfa.library.recognised import Metric, activation_of, is_pure, is_test, kernel_of, metric_of
from salver.formats.pfa.library.registry import UNKNOWN

X, Y = Param("x"), Param("y")
SIMILARITY = ("fcn", "metric.absDiff")


def of_two(*body: object) -> KnownFunction:
    return KnownFunction(params=("x", "y"), body=body)


def test_metrics_are_known_by_what_they_call() -> None:
    assert metric_of(between("metric.euclidean", similarity=True)) == Metric("euclidean")
    assert metric_of(of_two("metric.taxicab", SIMILARITY, Y, X)) == Metric("taxicab")
    assert metric_of(of_two("metric.simpleEuclidean", X, Y)) == Metric("simple")
    assert metric_of(KnownFunction("metric.simpleEuclidean", ("x", "y"))) == Metric("simple")
    assert metric_of(of_two("metric.squaredEuclidean", SIMILARITY, X, ("attr", Y, "a", "b"))) == Metric(
        "squared", ("a", "b")
    )


@pytest.mark.parametrize(
    "known",
    [
        UNKNOWN,
        KnownFunction(),
        of_two("metric.euclidean", X, Y),
        of_two("metric.euclidean", ("fcn", "u.other"), X, Y),
        of_two("metric.euclidean", SIMILARITY, X, X),
        of_two("metric.euclidean", SIMILARITY, ("attr", X, "a"), Y),
        of_two("metric.euclidean", SIMILARITY, X, Y, 1.0),
        of_two("metric.minkowski", SIMILARITY, X, Y, 1.0),
        of_two("metric.euclidean"),
        KnownFunction(params=("x",), body=("metric.simpleEuclidean", X, X)),
    ],
)
def test_other_functions_are_no_metrics(known: object) -> None:
    assert metric_of(known) is None


def test_kernels_need_numbers_that_never_change() -> None:
    known = kernel_of(of_two("m.kernel.poly", Y, X, 2, 1.0, 3.0))
    assert known is not None
    assert known.numbers == (2.0, 1.0, 3.0)
    assert kernel_of(of_two("m.kernel.rbf", X, Y, Param("gamma"))) is None
    assert kernel_of(of_two("m.kernel.rbf", X, X, 1.0)) is None
    assert kernel_of(of_two("m.kernel.rbf", X, Y)) is None
    assert kernel_of(KnownFunction("m.kernel.rbf", ("x", "y"), {"gamma": UNKNOWN})) is None
    assert kernel_of(None) is None


def test_activations() -> None:
    assert activation_of(KnownFunction("m.link.tanh", ("x",))) == "tanh"
    assert activation_of(KnownFunction(params=("z",), body=("max", Param("z"), 0))) == "relu"
    assert activation_of(KnownFunction(params=("z",), body=("max", Param("z"), 0.5))) is None
    assert activation_of(KnownFunction(params=("z",), body=("max", 0.0, 0.0))) is None
    assert activation_of(KnownFunction(params=("z",), body=("m.link.logit", 1.0))) is None
    assert activation_of(of_two("max", X, 0.0)) is None
    assert activation_of(UNKNOWN) is None


def test_what_chance_decides_is_not_pure() -> None:
    assert is_pure(KnownFunction("m.kernel.linear", ("x", "y")))
    assert is_pure(of_two("m.kernel.rbf", X, Y, 1.0))
    assert not is_pure(KnownFunction("m.kernel.rbf", ("x", "y"), {"gamma": UNKNOWN}))
    assert not is_pure(KnownFunction("rand.gaussian", ("mu", "sigma")))
    assert not is_pure(UNKNOWN)


def test_tests_of_nodes() -> None:
    assert is_test(of_two("model.tree.simpleTest", X, Y), "model.tree.simpleTest")
    assert is_test(KnownFunction("model.tree.simpleTest", ("datum", "comparison")), "model.tree.simpleTest")
    assert not is_test(of_two("model.tree.simpleTest", Y, X), "model.tree.simpleTest")
    assert not is_test(of_two("model.tree.missingTest", X, Y), "model.tree.simpleTest")
