"""Concat: the columns of all children side by side, so that a model can stand on top of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from salver.core.errors import GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, dtype_of
from salver.graph.combiners.answers import CODE, NUMERIC, Combining, arrived
from salver.graph.combiners.waiting import Waiting

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Concat:
    """One matrix [n, k] of the children's numbers, in their order. Columns are named `<child>:<name>`; where an answer
    has no names, by the number of the column from 0. Every child must answer: a matrix with fewer columns would mean
    something else."""

    outputs: tuple[str, ...] = ()
    """The outputs that are taken of each child; all by default, which must be numbers then."""
    into: str = ""
    """The name of the matrix; by default that of the first child's first output."""

    def __call__(self, children: Sequence[str], name: str) -> SideBySide:
        return SideBySide(self, children, name)


class SideBySide(Combining):
    """A combiner."""

    keeps_form = False

    def __init__(self, options: Concat, children: Sequence[str], name: str) -> None:
        super().__init__(Waiting(), children, name)
        self._outputs = options.outputs
        self._into = options.into

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        blocks: list[Array] = []
        names: list[str] = []
        for place, answer in enumerate(answers):
            child = self.children[place]
            if answer is None:
                raise GraphFault(f"child '{child}' has not answered, and its columns cannot be left out", CODE)
            for output, tensor in self._taken(answer, child):
                block = _columns(tensor, output, child)
                if blocks and len(block) != len(blocks[0]):
                    wanted = f"{len(blocks[0])} rows, those of child '{self.children[0]}'"
                    raise GraphFault(f"child '{child}': output '{output}' must have {wanted}, got {len(block)}", CODE)
                blocks.append(block)
                names += _names(tensor, block.shape[1], f"{child}:{output}" if self._several(answer) else child)
        first = arrived(answers)[0][1]
        matrix = np.concatenate(blocks, axis=1)
        into = self._into or (self._outputs[0] if self._outputs else next(iter(first.tensors)))
        return Response({into: Tensor(dtype_of(matrix), matrix, tuple(names))}, first.params)

    def _taken(self, answer: Response, child: str) -> Iterator[tuple[str, Tensor]]:
        for output in self._outputs or answer.tensors:
            if output not in answer.tensors:
                raise GraphFault(f"child '{child}' has no output '{output}'; it has {', '.join(answer.tensors)}", CODE)
            yield output, answer.tensors[output]

    def _several(self, answer: Response) -> bool:
        return len(self._outputs or answer.tensors) > 1


def _columns(tensor: Tensor, output: str, child: str) -> Array:
    array: Array = tensor.values
    if tensor.dtype not in NUMERIC | {"BOOL"} or array.ndim not in (1, 2):
        raise GraphFault(f"child '{child}': output '{output}' must be numbers [n] or [n, k], got {tensor}", CODE)
    return array[:, None] if array.ndim == 1 else array


def _names(tensor: Tensor, count: int, prefix: str) -> list[str]:
    if tensor.array.ndim == 1:
        return [prefix]
    given = tensor.names if len(tensor.names) == count else range(count)
    return [f"{prefix}:{name}" for name in given]
