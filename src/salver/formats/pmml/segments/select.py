"""MiningModels in which one segment answers for a row: the first that takes part, or the last of a chain.

Specification: MiningModel, "selectFirst", "modelChain", and "selectAll", where all answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Kernel, Model, One, Result, Submodel, Target
from salver.formats.pmml.segments.parts import Segment, gather


class Segmented:
    """What kernels of segments have in common."""

    def __init__(self, segments: Sequence[Segment], model: Model) -> None:
        self.nested_outputs: Mapping[str, Field] = {}
        """The segments' final outputs, where they belong to the answer as the model's own do."""
        self.segments = tuple(segments)
        self._by_id = {segment.id: segment for segment in segments}
        self._is_numeric = model.function in ("regression", "timeSeries")
        self.classes, self._mappings = ((), []) if self._is_numeric else join_classes(self.segments, model.target)
        self.entities: tuple[str, ...] = tuple(segment.id for segment in segments)

    def segment(self, id_: str) -> Segment | None:
        """The segment of an id."""
        return self._by_id.get(id_)


def join_classes(segments: Sequence[Segment], target: Target) -> tuple[tuple[Any, ...], list[Array | None]]:
    """The classes of all segments, in the target's order, and each segment's own as places among them (None where
    they are the same)."""
    kernels: list[Kernel] = [segment.model.kernel for segment in segments]
    known = [label for kernel in kernels for label in kernel.classes]
    classes = tuple(dict.fromkeys([*(level for level in target.levels if level in set(known)), *known]))
    places = {label: place for place, label in enumerate(classes)}
    mappings = [
        None if kernel.classes == classes else np.array([places[label] for label in kernel.classes], np.intp)
        for kernel in kernels
    ]
    return classes, mappings


class Selected(Segmented):
    """In each row one segment answers: the first, or of a chain the last, of those that take part."""

    def __init__(self, segments: Sequence[Segment], model: Model, *, last: bool) -> None:
        super().__init__(segments, model)
        self._last = self.is_chain = last
        self._order = list(enumerate(self.segments))
        if last:
            self._order.reverse()
            # Whatever lies behind a segment that always takes part is never asked.
            always = next((place for place, (_, segment) in enumerate(self._order) if segment.predicate is None), None)
            self._order = self._order[: always + 1] if always is not None else self._order
        self._only = self._order[0][1] if self._order[0][1].predicate is None else None
        if last and self._only is not None:
            self.classes = self._only.model.kernel.classes
            self.entities = self._only.model.kernel.entities

    @property
    def sole(self) -> Submodel | None:
        """The model that always answers, where there is one."""
        return self._only.model if self._last and self._only is not None else None

    @property
    def is_quick(self) -> bool:
        return self._last and self._only is not None and self._only.model.is_quick

    def one(self, frame: Frame) -> One:
        """What the last of a chain says of one row."""
        return self._order[0][1].model.one(frame)

    def __call__(self, frame: Frame) -> Result:
        if self._only is not None and self._last:
            return self._only.model(frame)
        return self._choose(frame)

    def _choose(self, frame: Frame) -> Result:
        answer = _Mixture(frame.rows, len(self.classes), is_numeric=self._is_numeric)
        waiting = np.ones(frame.rows, bool)
        for place, segment in self._order:
            mask = segment.rows(frame)
            mine = waiting if mask is None else waiting & mask
            if mine.any():
                part = frame if mine.all() else frame.take(np.flatnonzero(mine))
                result = segment.model(part)
                if self.classes:
                    result = gather(result, self._mappings[place], len(self.classes))
                answer.put(mine, result, place)
                waiting = waiting & ~mine
            if not waiting.any():
                break
        return answer.result()


class All(Segmented):
    """Every segment that takes part answers: a list a row."""

    gives_lists = True

    def __call__(self, frame: Frame) -> Result:
        models = [segment.model for segment in self.segments]
        columns = [
            segment.spread(frame, model.prediction, model.target.type)
            for segment, model in zip(self.segments, models, strict=True)
        ]
        masks = [segment.rows(frame) for segment in self.segments]
        answers = np.empty(frame.rows, object)
        for row in range(frame.rows):
            said = [column[row] for column, mask in zip(columns, masks, strict=True) if mask is None or mask[row]]
            answers[row] = [None if value is None or value != value else value for value in said]
        return Result(value=answers)


class _Mixture:
    """Results of some rows each, put together. Rows of which there is none are missing."""

    def __init__(self, rows: int, classes: int, *, is_numeric: bool) -> None:
        self._rows = rows
        self._classes = classes
        self._value: Array | None = np.full(rows, np.nan) if is_numeric else None
        self._winner: Array | None = np.full(rows, -1) if classes else None
        self._probability: Array | None = None
        self._entity = np.full(rows, -1)

    def put(self, mask: Array, result: Result, place: int) -> None:
        self._entity[mask] = place
        if result.value is not None:
            if self._value is None:
                self._value = _nothing(self._rows, result.value.dtype)
            self._value[mask] = result.value
        if result.winner is not None and self._winner is not None:
            self._winner[mask] = result.winner
        if result.probability is not None and self._classes:
            if self._probability is None:
                self._probability = np.full((self._rows, self._classes), np.nan)
            self._probability[mask] = result.probability

    def result(self) -> Result:
        return Result(self._value, self._winner, self._probability, entity=self._entity)


def _nothing(rows: int, dtype: Any) -> Array:
    return np.full(rows, None, object) if np.dtype(dtype).kind == "O" else np.full(rows, np.nan)
