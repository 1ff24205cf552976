from __future__ import annotations

import numpy as np
import pytest

from salver.core.errors import BadInput, GraphFault
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.outlier_findings import FARTHEST
from salver.graph.guards.reconstruction import Reconstruction, reconstruction_errors


def ask(array: np.ndarray) -> Request:
    request = Request({"image": Tensor.of(array)})
    request.trail = Trail()
    return request


def test_the_error_of_a_row_is_the_mean_of_its_squares() -> None:
    rows = np.arange(24.0).reshape(2, 3, 4)
    made = rows.copy()
    made[1, 0, 0] += 6
    np.testing.assert_allclose(reconstruction_errors(rows, made), [0, 36 / 12])


def test_rows_that_are_badly_reproduced_are_outliers() -> None:
    request = ask(np.array([[1, 2], [3, 4], [5, np.nan]], np.float32))
    answer = Reconstruction(threshold=0.5)("vae").judge(request, Tensor.of(np.array([[1, 2], [3, 6], [5, 5]])))
    assert answer.tensors is request.tensors
    assert request.trail is not None
    assert request.trail.tags == {
        "vae.is_outlier": [0, 1, None],
        "vae.score": [0, 2, None],
        "vae.ignored_rows": [2],
    }


@pytest.mark.parametrize("made", [np.nan, np.inf, 0.0])
def test_a_row_with_an_infinity_is_the_farthest_whatever_was_made_of_it(made: float) -> None:
    rows = np.array([[np.inf, 1], [np.inf, np.nan], [1, 1]])
    found = reconstruction_errors(rows, np.full((3, 2), made))
    assert found[0] == FARTHEST
    assert np.isnan(found[1])


def test_no_rows_have_no_errors() -> None:
    request = ask(np.empty((0, 3, 4)))
    Reconstruction(threshold=0.5, refuse=True)("vae").judge(request, Tensor.of(np.empty((0, 3, 4))))
    assert request.trail is not None
    assert request.trail.tags["vae.score"] == []


def test_they_can_be_refused() -> None:
    judge = Reconstruction(threshold=0.5, refuse=True)("vae").judge
    with pytest.raises(
        BadInput, match=r"guard 'vae' refuses row 0 as an outlier: its score 4 is above the threshold 0\.5"
    ):
        judge(ask(np.array([[1.0]])), Tensor.of([[3.0]]))


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"x": Tensor.of([["a"]])}, r"wants numbers of shape \[n, ...\], got Tensor\(BYTES, \[1, 1\]\)"),
        ({"x": Tensor.of(1.0)}, r"wants numbers of shape \[n, ...\], got Tensor\(FP64, \[\]\)"),
        ({"x": Tensor.of([1.0]), "y": Tensor.of([1.0])}, "wants one tensor to reconstruct, got 2"),
    ],
)
def test_what_cannot_be_reconstructed_is_refused(tensors: dict[str, Tensor], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        Reconstruction(threshold=1.0)("vae").judge(Request(tensors), Tensor.of([[1.0]]))


@pytest.mark.parametrize("made", [Tensor.of([[1.0]]), Tensor.of([["a", "b"]])])
def test_a_reconstruction_of_another_shape_is_the_fault_of_the_model(made: Tensor) -> None:
    with pytest.raises(GraphFault, match=r"wants numbers of shape \[1, 2\] from its model, got Tensor") as refused:
        Reconstruction(threshold=1.0)("vae").judge(ask(np.array([[1.0, 2.0]])), made)
    assert refused.value.code == 203


def test_a_threshold_must_be_positive() -> None:
    with pytest.raises(BadInput, match=r"^threshold must"):
        Reconstruction(threshold=0.0)
