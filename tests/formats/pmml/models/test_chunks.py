"""Rows some at a time are rows all at once."""

from __future__ import annotations

import numpy as np
import pytest

from salver.formats.pmml.models import chunks
from salver.formats.pmml.models.chunks import in_chunks


@pytest.mark.parametrize("width", [0, 1, 1 << 19, 1 << 30])
def test_chunks_make_no_difference(width):
    rows = np.arange(12.0).reshape(6, 2)
    assert in_chunks(lambda some: some.sum(axis=1), rows, width).tolist() == rows.sum(axis=1).tolist()


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(chunks, "_NUMBERS", 100)
    sizes = []

    def compute(some):
        sizes.append(len(some))
        return some

    in_chunks(compute, np.zeros((25, 1)), 10)
    assert sizes == [10, 10, 5]


def test_no_rows():
    assert in_chunks(lambda some: some.sum(axis=1), np.zeros((0, 3)), 5).tolist() == []
