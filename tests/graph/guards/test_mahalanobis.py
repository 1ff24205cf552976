"""Against scikit-learn's distances and the chi-square distribution that normal rows must follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.covariance import EmpiricalCovariance

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.mahalanobis import Ellipsoid, Mahalanobis
from salver.graph.guards.outlier_guard import OutlierGuard
from salver.graph.guards.reference import Reference


def normal(rows: int, seed: int, columns: int = 5) -> np.ndarray:
    """Correlated, and of very different size."""
    mixing = np.random.default_rng(1).normal(size=(columns, columns))
    return np.random.default_rng(seed).normal(size=(rows, columns)) @ mixing * 10.0 ** np.arange(-3, columns - 3) + 7


def findings(guard: OutlierGuard, rows: np.ndarray) -> dict[str, Any]:
    request = Request({"x": Tensor.of(rows)})
    request.trail = Trail()
    guard.transform(request)
    return request.trail.tags


def test_distances_are_those_of_scikit_learn() -> None:
    known, rows = normal(200, seed=2), normal(50, seed=3)
    oracle = EmpiricalCovariance().fit(known)
    # It divides by n where we divide by n - 1.
    expected = np.sqrt(oracle.mahalanobis(rows) * 199 / 200)
    np.testing.assert_allclose(Ellipsoid(known, 1.0, 1e-12).score(rows), expected, rtol=1e-6)


def test_of_normal_rows_as_many_pass_as_are_to() -> None:
    guard = Mahalanobis(learn_rows=20_000, quantile=0.99)("odd")
    guard.transform(Request({"x": Tensor.of(normal(20_000, seed=4))}))
    alarms = sum(findings(guard, normal(5000, seed=5))["odd.is_outlier"])
    low, high = stats.binom.interval(0.9999, 5000, 0.01)
    assert low <= alarms <= high


def test_a_row_that_only_breaks_a_correlation_is_found() -> None:
    random = np.random.default_rng(6)
    first = random.normal(size=500)
    guard = Mahalanobis(learn_rows=500)("odd")
    guard.transform(Request({"x": Tensor.of(np.stack([first, first + 0.01 * random.normal(size=500)], axis=1))}))
    assert findings(guard, np.array([[1.0, 1.0], [1.0, -1.0]]))["odd.is_outlier"] == [0, 1]


def test_columns_that_depend_on_each_other_do_no_harm() -> None:
    kind = np.eye(3)[np.random.default_rng(7).integers(0, 3, 500)]
    guard = Mahalanobis(learn_rows=500)("odd")
    guard.transform(Request({"x": Tensor.of(kind)}))
    assert findings(guard, np.vstack([np.eye(3), [[1, 1, 0]]]))["odd.is_outlier"] == [0, 0, 0, 1]


def test_a_column_that_never_varied_makes_any_other_value_an_outlier() -> None:
    rows = np.column_stack([np.random.default_rng(8).normal(size=100), np.full(100, 3.0)])
    guard = Mahalanobis(learn_rows=100)("odd")
    guard.transform(Request({"x": Tensor.of(rows)}))
    assert findings(guard, np.array([[0.0, 3.0], [0.0, 3.1]]))["odd.is_outlier"] == [0, 1]


def test_a_threshold_is_a_distance() -> None:
    guard = Mahalanobis(learn_rows=1000, threshold=2.0)("odd")
    guard.transform(Request({"x": Tensor.of(np.random.default_rng(9).normal(size=(1000, 1)))}))
    assert findings(guard, np.array([[1.5], [2.5], [-2.5]]))["odd.is_outlier"] == [0, 1, 1]


def test_rows_too_large_to_learn_from_are_refused() -> None:
    guard = Mahalanobis(learn_rows=4)("odd")
    with pytest.raises(BadInput, match="overflows"):
        guard.transform(Request({"x": Tensor.of(np.array([[1e308], [-1e308], [1e308], [1e308]]))}))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"learn_rows": 1}, "learn_rows"),
        ({"learn_rows": 10**9}, "learn_rows"),
        ({"quantile": 1.0}, "quantile"),
        ({"threshold": 0.0}, "threshold"),
        ({"ridge": 0.0}, "ridge"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        Mahalanobis(**options)


def test_a_wine_like_no_other_is_found(wine_path: Any, wines: np.ndarray) -> None:
    guard = Mahalanobis(reference=Reference(str(wine_path), False, ";"), columns=tuple(map(str, range(11))))("odd")
    few = wines[:200].copy()
    alarms = findings(guard, few.astype(np.float32))["odd.is_outlier"]
    assert sum(alarms) < 20  # wines are not normal
    ordinary = few[np.array(alarms) == 0][:1]
    moved = ordinary.copy()
    moved[0, 7] += 0.01  # density: 5 of its deviations, for a wine of this alcohol and sugar more
    assert findings(guard, np.vstack([ordinary, moved]))["odd.is_outlier"] == [0, 1]
