"""Rows on their way through a model: a Frame keeps the columns of some rows, each made when it is first asked for.

A column is a NumPy array with an entry a row. What has kind "text" is an object array of `str`, None where missing;
everything else (numbers, truth values as 0 and 1, days, seconds) is float64, NaN where missing. There is no third way
to be missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]


class Vocabulary:
    """The texts that a document names of one field, as small integers: every later test is one of integers.

    0 is missing, 1 any text that the document does not name, so that a table by code needs no care."""

    __slots__ = ("_codes",)

    def __init__(self) -> None:
        self._codes: dict[str | None, int] = {None: 0}

    def code(self, text: str) -> int:
        """The code of a text that the document names. For compilation only: tables are sized by `len` afterwards."""
        return self._codes.setdefault(text, len(self._codes) + 1)

    def __len__(self) -> int:
        """One more than the largest code."""
        return len(self._codes) + 1

    def encode(self, values: list[Any]) -> Array:
        """Codes of a column's values."""
        get = self._codes.get
        return np.array([get(value, 1) for value in values], np.intp)


class Field:
    """A name of the document that has a value in every row, once compiled.

    `compute` makes its column of a frame's others; None for what comes in at the door.
    """

    __slots__ = ("compute", "index", "kind", "levels", "name", "optype", "place", "single", "type", "vocabulary")

    def __init__(
        self, name: str, type_: str, kind: str, optype: str, index: int, compute: Callable[[Frame], Array] | None
    ) -> None:
        self.name = name
        self.type = type_
        """PMML's dataType."""
        self.kind = kind
        """text, number, boolean, date, time or datetime: see `values.py`."""
        self.optype = optype
        """continuous, categorical or ordinal."""
        self.index = index
        """Its place in a frame."""
        self.place = -1
        """Its column in the matrix of the numeric fields that come in; -1 for others."""
        self.compute = compute
        self.levels: tuple[Any, ...] = ()
        """The values its dictionary lists as valid, in order, as its columns hold them; the order of an ordinal."""
        self.vocabulary = Vocabulary()
        self.single: Callable[[Frame], Any] | None = None
        """The same of a frame of one row as a plain value, None (NaN for numbers) where missing; None where there is no
        such short way. NumPy's calls are most of what one row costs."""

    def __repr__(self) -> str:
        return f"<Field {self.name} {self.type}>"


class Frame:
    """Some rows. `take` gives fewer of them, which share what is computed already."""

    __slots__ = (
        "_base",
        "_codes",
        "_columns",
        "_doubts",
        "_invalid",
        "_matrix",
        "_matrix_fields",
        "_places",
        "_reasons",
        "memo",
        "rows",
    )

    def __init__(self, rows: int, size: int) -> None:
        self.rows = rows
        self._columns: list[Array | None] = [None] * size
        self._codes: dict[int, Array] | None = None
        self._matrix: Array | None = None
        self._matrix_fields: tuple[Field, ...] = ()
        self._base: Frame | None = None
        self._places: Array | None = None
        self._invalid: dict[int, Array] | None = None
        self._reasons: dict[int, str] | None = None
        self._doubts: dict[int, dict[int, str]] | None = None
        """By field index, by row of the request: why the row must not be answered if the field is looked at."""
        self.memo: dict[Any, Any] = {}
        """What a kernel has computed for these rows, by whatever key it chooses."""

    @property
    def invalid(self) -> dict[int, Array]:
        """By field index: which rows hold a value that its field's dictionary calls invalid, kept as it is."""
        if self._invalid is None:
            self._invalid = {}
        return self._invalid

    # Columns.

    def put(self, field: Field, column: Array) -> None:
        """The column of a field that comes in at the door."""
        self._columns[field.index] = column

    def put_matrix(self, fields: tuple[Field, ...], matrix: Array) -> None:
        """The columns of several numeric fields at once: shape [rows, fields], float64."""
        self._matrix, self._matrix_fields = matrix, fields

    def column(self, field: Field) -> Array:
        """A field's values. Never write into them."""
        found = self._columns[field.index]
        if found is None:
            found = self._unused(field)
        if self._doubts is not None:
            self._use(field)
        return found

    def _unused(self, field: Field) -> Array:
        """A column that does not count as looked at."""
        found = self._columns[field.index]
        if found is None:
            found = self._columns[field.index] = self._make(field)
        return found

    def _make(self, field: Field) -> Array:
        if field.place >= 0 and self._matrix is not None:
            return self._matrix[:, field.place]
        base = self._base
        if base is not None and (field.compute is None or base._columns[field.index] is not None):
            return base._unused(field)[self._places]
        if field.compute is None:
            raise RuntimeError(f"field {field.name} was not put in")
        return field.compute(self)

    def single(self, field: Field) -> Any:
        """The value of a frame's only row."""
        if self._doubts is not None:
            self._use(field)
        if field.place >= 0 and self._matrix is not None:
            return self._matrix.item(field.place)
        return field.single(self) if field.single is not None else self.column(field).item(0)

    def codes(self, field: Field, *, used: bool = True) -> Array:
        """A text field's values as codes of its vocabulary. For `used` see `matrix`."""
        known = self._codes
        if known is None:
            known = self._codes = {}
        found = known.get(field.index)
        if found is None:
            found = known[field.index] = field.vocabulary.encode(self._unused(field).tolist())
        if used and self._doubts is not None:
            self._use(field)
        return found

    def matrix(self, fields: tuple[Field, ...], *, used: bool = True) -> Array:
        """The columns of numeric fields side by side: shape [rows, fields], float64. Never write into it.

        Without `used` a value that is in doubt does not count as used yet: whoever asks says so himself."""
        if used and self._doubts is not None:
            for field in fields:
                self._use(field)
        if self._matrix is not None and fields == self._matrix_fields:
            return self._matrix
        root = self._root_matrix(fields)
        if root is not None:
            return root
        matrix = np.empty((self.rows, len(fields)))
        for place, field in enumerate(fields):
            matrix[:, place] = self._unused(field)
        return matrix

    def _root_matrix(self, fields: tuple[Field, ...]) -> Array | None:
        """The door's matrix for these rows, where these are its fields."""
        base = self._base
        if base is None or self._places is None:
            return None
        matrix = (
            base._matrix if base._matrix is not None and fields == base._matrix_fields else base._root_matrix(fields)
        )
        return None if matrix is None else matrix[self._places]

    # Rows.

    def take(self, places: Array) -> Frame:
        """These rows, by their positions here (ascending)."""
        part = Frame(len(places), len(self._columns))
        part._base, part._places = self, places
        part._doubts = self._doubts
        if self._invalid is not None:
            part._invalid = {index: mask[places] for index, mask in self._invalid.items()}
        return part

    def refuse(self, which: Array, reason: Callable[[int], str]) -> None:
        """These rows (a mask) must not be answered; `reason` is asked for each by its position here."""
        root, rows = self._root_rows()
        if root._reasons is None:
            root._reasons = {}
        for place in np.flatnonzero(which).tolist():
            root._reasons.setdefault(int(rows[place]), reason(place))

    def doubt(self, field: Field, which: Array, reason: Callable[[int], str]) -> None:
        """These rows (a mask) must not be answered if this field is looked at in them."""
        root, rows = self._root_rows()
        told = {int(rows[place]): reason(place) for place in np.flatnonzero(which).tolist()}
        if told:
            root._doubts = {**(root._doubts or {}), field.index: told}
            frame = self
            while frame._base is not None:
                frame._doubts = root._doubts
                frame = frame._base

    @property
    def has_doubts(self) -> bool:
        """Whether some value, if it is looked at, makes its row one that must not be answered."""
        return self._doubts is not None

    def doubtful(self, field: Field) -> Array:
        """The rows (a mask) in which a field must not be looked at."""
        told = (self._doubts or {}).get(field.index, {})
        _, rows = self._root_rows()
        return np.isin(rows, list(told))

    def _use(self, field: Field) -> None:
        """The field is looked at in all rows here."""
        told = (self._doubts or {}).get(field.index)
        if told:
            root, rows = self._root_rows()
            mine = told.keys() & set(rows.tolist())
            root._reasons = {**{row: told[row] for row in mine}, **(root._reasons or {})}

    def _root_rows(self) -> tuple[Frame, Array]:
        """The request's frame, and which of its rows these are."""
        frame, rows = self, np.arange(self.rows)
        while frame._base is not None and frame._places is not None:
            rows = frame._places[rows]
            frame = frame._base
        return frame, rows

    @property
    def refused(self) -> dict[int, str]:
        """The rows of a request that must not be answered, each with its first reason."""
        return self._reasons or {}
