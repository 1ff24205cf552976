"""Arrays of numbers, dense and sparse. Specification: General Structure, "Array", "SparseArray"."""

from __future__ import annotations

from typing import Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

_ENTRIES: Final = {"REAL-SparseArray": "REAL-Entries", "INT-SparseArray": "INT-Entries"}
ARRAYS: Final = ("Array", *_ENTRIES)
"""Elements that hold an array of numbers."""


def numbers_of(element: Element, size: int) -> Array:
    """An Array, REAL-SparseArray or INT-SparseArray of so many numbers. Raises BadInput for another size."""
    if element.tag not in _ENTRIES:
        numbers = element.numbers()
        if len(numbers) != size:
            element.refuse(f"there are {len(numbers)} entries, wanted {size}")
        return np.array(numbers, np.float64)
    count = element.integer("n", size)
    if count != size:
        element.refuse(f"n={count}, wanted {size}")
    array = np.full(size, element.number("defaultValue", 0.0))
    places, entries = _parts(element)
    if len(places) != len(entries):
        element.refuse(f"there are {len(places)} indices and {len(entries)} entries")
    if len(places) and not (places.min() >= 1 and places.max() <= size and (places == np.floor(places)).all()):
        element.refuse(f"indices are whole numbers from 1 to {size}")
    array[places.astype(np.intp) - 1] = entries
    return array


def _parts(element: Element) -> tuple[Array, Array]:
    """Indices and entries of a sparse array."""
    indices, entries = element.first("Indices"), element.first(_ENTRIES[element.tag])
    return (
        np.array(indices.numbers() if indices is not None else [], np.float64),
        np.array(entries.numbers() if entries is not None else [], np.float64),
    )
