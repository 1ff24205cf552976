"""The door of the house: a PMML document as an Evaluator, and as a function of plain values."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.row_errors import reasons, told, wants_reasons
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, ERROR, Signature
from salver.core.tensor import Tensor
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.answers import Answer, answers_of
from salver.formats.pmml.document import Document, open_document
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.options import PmmlOptions
from salver.formats.pmml.outputs import Pick
from salver.formats.pmml.progress import Progress
from salver.formats.pmml.signature import signature_of
from salver.formats.pmml.submodel import Compiled
from salver.formats.pmml.verification import verify

_OPTIONS: Final = PmmlOptions()
_ONNX: Final = OnnxOptions()
_SCALARS: Final = frozenset((float, int, str, bool, type(None)))


class PmmlEvaluator:
    """One document. Thread-safe: a call keeps what it computes in a Frame of its own."""

    __slots__ = ("_answers", "_door", "_picks", "_singles", "document", "load_s", "metadata", "signatures")
    may_wait = False

    def __init__(self, path: str, options: PmmlOptions = _OPTIONS, onnx: OnnxOptions = _ONNX) -> None:
        started_s = time.perf_counter()
        progress = Progress(path)
        with np.errstate(all="ignore"):
            self.document: Document = open_document(path, options, onnx, progress)
        self._door = self.document.door
        with np.errstate(all="ignore"):
            self._answers: tuple[Answer, ...] = answers_of(self.document, own_view=options.own_view)
        self._singles = tuple((answer.name, answer.single) for answer in self._answers if answer.single is not None)
        if len(self._singles) < len(self._answers):
            self._singles = ()
        self._picks = _picks(self.document.model, self._answers)
        self.metadata: Mapping[str, str] = MappingProxyType(self.document.facts)
        self.signatures: Mapping[str, Signature] = MappingProxyType(
            {DEFAULT: signature_of(self._door.inputs, self._answers)}
        )
        verify(self.document, self.of_values)
        self.load_s = time.perf_counter() - started_s
        progress.loaded()

    def __call__(self, request: Request) -> Response:
        with np.errstate(all="ignore"):
            return self._answer(request)

    def _answer(self, request: Request) -> Response:
        frame = self._door.columns({name: tensor.array for name, tensor in request.tensors.items()})
        answers = self._answers
        per_row = wants_reasons(request)
        wanted = [name for name in request.outputs if name != ERROR]
        if wanted:
            answers = tuple(answer for answer in answers if answer.name in wanted)
        columns = [answer.column(frame) for answer in answers]
        refused = frame.refused
        if refused:
            if not per_row:
                raise BadInput(told(refused))
            columns = [without(column, refused) for column in columns]
        tensors = {answer.name: answer.tensor(column) for answer, column in zip(answers, columns, strict=True)}
        if per_row:
            tensors[ERROR] = Tensor("BYTES", reasons(refused, frame.rows))
        return Response(tensors)

    def of_values(self, inputs: Mapping[str, Any] | list[Mapping[str, Any]]) -> dict[str, Any]:
        """One row (a dict of scalars) to a dict of scalars; rows (a list of dicts) or columns (a dict of lists or
        arrays) to a dict of NumPy columns. Refused rows are missing, and have their reason in a column `_error`.

        Raises BadInput for a field that there is not."""
        frame = self._door.plain_row(inputs) if isinstance(inputs, dict) else None
        if frame is not None and self._picks:
            return self._picked(frame)
        # What overflows, or is not a number, is an answer like any other.
        with np.errstate(all="ignore"):
            if frame is not None:
                return self._scalars(frame)
            if not isinstance(inputs, Mapping):
                return self._columns(self._door.rows(inputs))
            if _are_columns(inputs):
                return self._columns(self._door.columns(inputs))
            return self._scalars(self._door.rows([inputs]))

    def _picked(self, frame: Frame) -> dict[str, Any]:
        """The short way for one row of a model that has one and of which nothing else is asked."""
        said = self.document.model.one(frame)
        answer = {name: value if (value := pick.of(said)) == value else None for name, pick in self._picks}
        return answer if not frame.refused else {**dict.fromkeys(answer), ERROR: frame.refused[0]}

    def _scalars(self, frame: Frame) -> dict[str, Any]:
        if self._singles:
            answer = {name: value if (value := single(frame)) == value else None for name, single in self._singles}
        else:
            answer = {answer.name: answer.scalar(frame) for answer in self._answers}
        if frame.refused:
            return {**dict.fromkeys(answer), ERROR: frame.refused[0]}
        return answer

    def _columns(self, frame: Frame) -> dict[str, Any]:
        columns = {answer.name: answer.column(frame) for answer in self._answers}
        refused = frame.refused
        if refused:
            columns = {name: without(column, refused) for name, column in columns.items()}
        shown = {answer.name: answer.array(columns[answer.name]) for answer in self._answers}
        if refused:
            shown[ERROR] = reasons(refused, frame.rows)
        return shown

    def close(self) -> None:
        """Nothing is held."""


def _picks(model: Compiled, answers: Sequence[Answer]) -> tuple[tuple[str, Pick], ...]:
    """What to pick of the model's answer for each of ours; empty where that is not all."""
    same = {id(speaker) for speaker in model.speakers()}
    picks = [(answer.name, answer.single) for answer in answers]
    mine = tuple((name, pick) for name, pick in picks if isinstance(pick, Pick) and id(pick.model) in same)
    return mine if len(mine) == len(picks) else ()


def _are_columns(inputs: Mapping[str, Any]) -> bool:
    """Whether values by name are columns: lists, arrays, series of a data frame."""
    kinds = set(map(type, inputs.values()))
    if kinds <= _SCALARS:
        return False
    return any(issubclass(kind, (list, tuple, np.ndarray)) or hasattr(kind, "to_numpy") for kind in kinds)


def without(column: Array, refused: Mapping[int, str]) -> Array:
    """A column in which the refused rows are missing."""
    column = column.copy()
    column[list(refused)] = None if column.dtype == object else np.nan
    return column
