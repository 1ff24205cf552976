"""Labels: words for numbers, for the best or the few best of each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salver.core.bounds import at_least
from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import INTEGERS, Tensor, dtype_of
from salver.graph.transformers.argmax import scores_of
from salver.graph.transformers.transforming import Transforming, the_tensor


@dataclass(frozen=True, slots=True)
class Labels:
    """Scores [n, k], or integers [n] from 0, become texts [n]; with `top` above 1 texts [n, top], best first."""

    labels: tuple[str, ...]
    """The words, in the order of the numbers."""
    top: int = 1
    """How many a row gets; more than 1 only of scores."""
    scores: str = ""
    """The name of a further tensor with the scores of the labels given; without, there is none."""
    tensor: str = ""
    """The tensor that is meant, others going on as they are; may be left out where there is one."""

    def __post_init__(self) -> None:
        at_least(self, 1, "top")
        if self.top > len(self.labels):
            raise BadInput(f"top must be {len(self.labels)} at most, the number of labels; got {self.top}")

    def __call__(self, name: str) -> Labelled:
        return Labelled(self, name)


class Labelled(Transforming):
    """A transformer."""

    def __init__(self, options: Labels, name: str) -> None:
        super().__init__(name)
        self._options = options
        self._labels = np.array(options.labels, object)

    def transform(self, request: Request) -> Response:
        options = self._options
        name, tensor = the_tensor(request.tensors, options.tensor)
        if tensor.dtype in INTEGERS and tensor.array.ndim == 1 and options.top == 1 and not options.scores:
            return Response({**request.tensors, name: Tensor("BYTES", self._labels[self._places(name, tensor)])})
        scores = scores_of(tensor, name)
        if scores.shape[1] != len(self._labels):
            raise BadInput(f"'{name}' must have {len(self._labels)} columns, one for each label; got {tensor}")
        # Stable, so that of equal scores the first comes first.
        best = np.argsort(-scores, axis=1, kind="stable")[:, : options.top]
        found = dict(request.tensors)
        found[name] = Tensor("BYTES", self._labels[best[:, 0] if options.top == 1 else best])
        if options.scores:
            kept = np.take_along_axis(scores, best, axis=1)
            found[options.scores] = Tensor(dtype_of(kept), kept[:, 0] if options.top == 1 else kept)
        return Response(found)

    def _places(self, name: str, tensor: Tensor) -> np.ndarray[tuple[int], np.dtype[np.integer]]:
        places: np.ndarray[tuple[int], np.dtype[np.integer]] = tensor.array
        wrong = (places < 0) | (places >= len(self._labels))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise BadInput(f"'{name}', row {row}: {places[row]} has no label; they are {len(self._labels)}, from 0")
        return places
