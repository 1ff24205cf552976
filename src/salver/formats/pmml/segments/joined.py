"""MiningModels in which all segments that take part answer together, each evaluated by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Model, Result
from salver.formats.pmml.segments.numbers import Absence, join_numbers
from salver.formats.pmml.segments.parts import Segment, widened
from salver.formats.pmml.segments.select import Segmented
from salver.formats.pmml.segments.votes import VOTING, join_shares, join_votes


class Joined(Segmented):
    """Adds up, averages, or counts votes."""

    def __init__(self, segments: Sequence[Segment], model: Model, method: str, absence: Absence) -> None:
        super().__init__(segments, model)
        self._method = method
        self._absence = absence
        self._weights = np.array([segment.weight for segment in segments])
        self.counts_votes = method in VOTING

    def __call__(self, frame: Frame) -> Result:
        part = self._part(frame)
        if not self.classes:
            values = np.stack(
                [segment.spread(frame, segment.model.prediction, "double") for segment in self.segments], axis=1
            )
            return Result(value=join_numbers(self._method, values, part, self._weights, self._absence))
        if self._method in VOTING:
            winner = np.stack([self._winner(frame, place) for place in range(len(self.segments))], axis=1)
            return join_votes(self._method, winner, part, self._weights, len(self.classes), self._absence)
        shares = np.stack([self._shares(frame, place) for place in range(len(self.segments))], axis=1)
        return join_shares(self._method, shares, part, self._weights, self._absence)

    def _part(self, frame: Frame) -> Array:
        """[n, segments] Which take part."""
        masks = [segment.rows(frame) for segment in self.segments]
        return np.stack([np.ones(frame.rows, bool) if mask is None else mask for mask in masks], axis=1)

    def _winner(self, frame: Frame, place: int) -> Array:
        segment = self.segments[place]
        part, places = segment.part(frame)
        column = np.full(frame.rows, -1)
        if part.rows:
            winner = segment.model(part).winner
            mapping = self._mappings[place]
            if winner is not None:
                winner = winner if mapping is None else np.append(mapping, -1)[winner]
                column[places if places is not None else slice(None)] = winner
        return column

    def _shares(self, frame: Frame, place: int) -> Array:
        segment = self.segments[place]
        part, places = segment.part(frame)
        table = np.full((frame.rows, len(self.classes)), np.nan)
        if not part.rows:
            return table
        probability = segment.model(part).probability
        if probability is None:
            return table
        mapping = self._mappings[place]
        if mapping is not None:
            probability = widened(probability, mapping, len(self.classes))
        table[places if places is not None else slice(None)] = probability
        return table
