"""The door: values as requests bring them become the columns of a Frame, read by type and treated.

Numeric fields lie side by side in one matrix. Where all values are plain numbers within what the dictionary allows,
no field is looked at on its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.loose import odd_name
from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.treatment import Treatment
from salver.formats.pmml.values import MISSING, read

_PLAIN: Final = frozenset((float, int, type(None)))
_TEXTS: Final = frozenset((str, type(None)))


class Input:
    """One field that comes in."""

    __slots__ = ("data", "field", "is_basket", "treatment")

    def __init__(self, data: DataField, field: Field, treatment: Treatment) -> None:
        self.data = data
        self.field = field
        self.treatment = treatment
        self.is_basket = False
        """Whether an entry may be a list: the items of a basket."""

    @property
    def is_number(self) -> bool:
        return self.data.kind == "number" and not self.is_basket


class Door:
    """Makes frames. `names` are the fields that it takes; others are passed over, since records often hold more than a
    model reads, unless they look like one that is wanted and does not come."""

    def __init__(self, inputs: tuple[Input, ...], size: int) -> None:
        self.inputs = inputs
        self.names = frozenset(entry.data.name for entry in inputs)
        self._size = size
        self._numbers = tuple(entry for entry in inputs if entry.is_number)
        self._others = tuple(entry for entry in inputs if not entry.is_number)
        self._fields = tuple(entry.field for entry in self._numbers)
        self._number_names = tuple(entry.data.name for entry in self._numbers)
        self._other_names = tuple(entry.data.name for entry in self._others)
        self._pick_numbers = _picking(self._number_names)
        self._pick_others = _picking(self._other_names)
        self._limits = _Limits(self._numbers)

    # Rows.

    def plain_row(self, row: Mapping[str, Any]) -> Frame | None:
        """The short way for one row of numbers in which nothing else is; None for all else."""
        fields = self._fields
        if self._others or not fields or len(row) != len(fields):
            return None
        try:
            # Takes numbers only, in half the time of `np.array`.
            values = array(self._limits.code, self._pick_numbers(row))
        except (KeyError, OverflowError, TypeError):
            return None
        matrix: Array = np.ndarray((1, len(fields)), self._limits.code, values)
        if self._limits.code == "f":
            matrix = matrix.astype(np.float64)
        frame = Frame(1, self._size)
        if self._limits.is_quick:
            frame.put_matrix(fields, matrix)
        else:
            self._put_numbers(frame, matrix, None)
        return frame

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> Frame:
        """Rows by field name; a name that a row lacks is a missing value. Raises BadInput for a misspelt name."""
        frame = Frame(len(rows), self._size)
        try:
            numbers, others = self._exactly(rows)
        except (KeyError, TypeError):
            self._check_rows(rows)
            numbers = [tuple(row.get(name) for name in self._number_names) for row in rows]
            others = [tuple(row.get(name) for name in self._other_names) for row in rows]
        if self._numbers:
            self._put_numbers(frame, *self._read_table(numbers))
        for place, entry in enumerate(self._others):
            self._put_other(frame, entry, [row[place] for row in others])
        return frame

    def _exactly(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Numbers and others of rows that have every field and nothing else. Raises KeyError or TypeError where they do
        not: names need not be looked at one by one."""
        if set(map(len, rows)) != {len(self.names)}:
            raise KeyError
        return list(map(self._pick_numbers, rows)), list(map(self._pick_others, rows))

    def _check_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        names = self.names
        for index, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise BadInput(f"row {index} is {type(row).__name__} {row!r:.60}, wanted an object by field name")
            if not row.keys() <= names:
                self._check_names(row.keys(), f"row {index}: ")

    def _read_table(self, table: list[tuple[Any, ...]]) -> tuple[Array, dict[int, list[Any]] | None]:
        try:
            values = array("d", chain.from_iterable(table))
            return np.ndarray((len(table), len(self._numbers)), np.float64, values), None
        except (TypeError, OverflowError):
            # Something is missing, or no number.
            return self._read_numbers([list(column) for column in zip(*table, strict=True)], len(table))

    # Columns.

    def columns(self, columns: Mapping[str, Any]) -> Frame:
        """Columns by field name: arrays or lists of one length. Raises BadInput for a misspelt name."""
        if not columns.keys() <= self.names:
            self._check_names(columns.keys(), "")
        count = self._count(columns)
        frame = Frame(count, self._size)
        if self._numbers:
            self._put_numbers(frame, *self._number_columns(columns, count))
        for entry in self._others:
            column = columns.get(entry.data.name)
            self._put_other(frame, entry, [None] * count if column is None else _listed(column))
        return frame

    def _count(self, columns: Mapping[str, Any]) -> int:
        counts = {name: _length(name, column) for name, column in columns.items() if column is not None}
        if not counts:
            raise BadInput(f"there is no column; the fields are {self._some_names()}")
        if len(set(counts.values())) > 1:
            told = ", ".join(f"'{name}' {count}" for name, count in counts.items())
            raise BadInput(f"columns must have the same number of rows, got {told}")
        return next(iter(counts.values()))

    def _number_columns(self, columns: Mapping[str, Any], count: int) -> tuple[Array, dict[int, list[Any]] | None]:
        matrix = np.full((count, len(self._numbers)), MISSING)
        odd: dict[int, list[Any]] = {}
        for place, name in enumerate(self._number_names):
            column = columns.get(name)
            if column is None:
                continue
            if isinstance(column, np.ndarray) and column.dtype.kind in "fiu":
                matrix[:, place] = column
                continue
            values = _listed(column)
            if _PLAIN.issuperset(map(type, values)):
                matrix[:, place] = _matrix([values])
            else:
                odd[place] = values
        return self._read_odd(matrix, odd)

    def _read_numbers(self, columns: list[list[Any]], count: int) -> tuple[Array, dict[int, list[Any]] | None]:
        matrix = np.full((count, len(columns)), MISSING)
        odd = {}
        for place, values in enumerate(columns):
            if _PLAIN.issuperset(map(type, values)):
                matrix[:, place] = _matrix([values])
            else:
                odd[place] = values
        return self._read_odd(matrix, odd)

    def _read_odd(self, matrix: Array, odd: dict[int, list[Any]]) -> tuple[Array, dict[int, list[Any]] | None]:
        """Fills in the columns in which not all is a number."""
        for place, values in odd.items():
            matrix[:, place], _ = _read_each(values, "double")
        return matrix, odd or None

    # Into the frame.

    def _put_numbers(self, frame: Frame, matrix: Array, odd: dict[int, list[Any]] | None) -> None:
        """`odd` holds what came of the columns that have entries that are no number."""
        limits = self._limits
        if limits.floats is not None:
            matrix = limits.rounded(matrix)
        if limits.bind:
            places = limits.unfit(matrix)
            if odd is not None:
                places = sorted({*places, *odd})
            for place in places:
                self._treat(frame, matrix, place, None if odd is None else odd.get(place))
        elif odd is not None:
            for place, values in odd.items():
                self._treat(frame, matrix, place, values)
        frame.put_matrix(self._fields, matrix)

    def _treat(self, frame: Frame, matrix: Array, place: int, raw: list[Any] | None) -> None:
        entry = self._numbers[place]
        column = matrix[:, place]
        broken = None if raw is None else np.array([not _reads(value, entry.data.type) for value in raw], bool)
        if entry.data.type not in ("double", "float"):
            fractional = (column != np.floor(column)) | np.isinf(column)
            fractional &= column == column
            broken = fractional if broken is None else broken | fractional
        if broken is not None and broken.any():
            raw = column.tolist() if raw is None else raw
            column = np.where(broken, MISSING, column)
        matrix[:, place] = entry.treatment(column, frame, raw, broken)

    def _put_other(self, frame: Frame, entry: Input, values: list[Any]) -> None:
        if entry.is_basket and any(isinstance(value, (list, tuple)) for value in values):
            frame.put(entry.field, _baskets(values))
            return
        if entry.data.is_text:
            if not _TEXTS.issuperset(map(type, values)):
                values = [_text(value) for value in values]
            column = _objects(values)
            raw, broken = values, None
        else:
            raw = values
            column, broken = _read_each(values, entry.data.type)
            broken = broken if broken.any() else None
        if not entry.treatment.is_idle or broken is not None:
            column = entry.treatment(column, frame, raw, broken)
        frame.put(entry.field, column)

    # Names.

    def _check_names(self, names: Collection[str], where: str) -> None:
        """Raises BadInput for a name that must not be passed over."""
        odd = odd_name(names, self.names)
        if odd is not None:
            raise BadInput(f"{where}there is no field {odd[0]!r:.80}; {odd[1]}")

    def _some_names(self) -> str:
        names = [repr(entry.data.name) for entry in self.inputs]
        return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")


class _Limits:
    """What can be asked of the whole matrix at once: which columns hold something that must be looked at."""

    __slots__ = ("_free", "_high", "_integers", "_low", "_watched", "bind", "code", "floats", "is_quick")

    def __init__(self, inputs: tuple[Input, ...]) -> None:
        self._low = np.full(len(inputs), -np.inf)
        self._high = np.full(len(inputs), np.inf)
        self._watched = np.zeros(len(inputs), bool)
        """Columns with rules that two margins cannot say: always looked at."""
        self._free = np.array([entry.treatment.is_idle for entry in inputs], bool)
        for place, entry in enumerate(inputs):
            data = entry.data
            idle = entry.treatment.is_idle
            simple = len(data.intervals) == 1 and not (data.valid or data.missing or data.invalid)
            if simple:
                self._low[place], self._high[place] = data.intervals[0].least, data.intervals[0].most
            self._watched[place] = not idle and not (simple and not entry.treatment.changes_values)
        types = [entry.data.type for entry in inputs]
        floats = [place for place, type_ in enumerate(types) if type_ == "float"]
        integers = [place for place, type_ in enumerate(types) if type_ not in ("float", "double")]
        self.floats = np.array(floats) if floats else None
        """Columns that are rounded to single precision."""
        self.code = "f" if inputs and len(floats) == len(inputs) else "d"
        """The precision in which a row may be read at once, as `array` and NumPy call it."""
        self._integers = np.array(integers) if integers else None
        self.bind = bool(integers) or any(not entry.treatment.is_idle for entry in inputs)
        self.is_quick = not self.bind and (self.code == "f" or not floats)
        """Whether a row that is read at once is done with."""

    def rounded(self, matrix: Array) -> Array:
        with np.errstate(over="ignore"):
            matrix[:, self.floats] = matrix[:, self.floats].astype(np.float32)
        return matrix

    def unfit(self, matrix: Array) -> list[int]:
        fits: Array = ((matrix >= self._low) & (matrix <= self._high)).all(axis=0) | self._free
        if self._integers is not None:
            whole = matrix[:, self._integers]
            fits[self._integers] &= ((whole == np.floor(whole)) & np.isfinite(whole)).all(axis=0)
        places: list[int] = np.flatnonzero(~fits | self._watched).tolist()
        return places


def _picking(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """What takes these values out of a row, in order. It raises KeyError for one that is not there."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)


def _matrix(table: Any) -> Array:
    """Plain numbers and None as float64; integers beyond it are infinite."""
    try:
        matrix = np.array(table, np.float64)
    except OverflowError:
        matrix = np.array([[_float(value) for value in row] for row in table], np.float64)
    return matrix


def _float(value: Any) -> float:
    try:
        return MISSING if value is None else float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _length(name: str, column: Any) -> int:
    if isinstance(column, np.ndarray) and column.ndim != 1:
        raise BadInput(f"column {name!r} has one value a row, got an array of shape {list(column.shape)}")
    try:
        if not isinstance(column, (str, bytes, Mapping)):
            return len(column)
    except TypeError:
        pass
    raise BadInput(
        f"column {name!r} is {type(column).__name__} {column!r:.60}, wanted a list or an array of its values"
    )


def _listed(column: Any) -> list[Any]:
    if isinstance(column, np.ndarray):
        return list(column) if column.dtype.kind == "M" else column.tolist()
    if hasattr(column, "isna"):
        return [None if gone else value for value, gone in zip(column, column.isna(), strict=True)]
    return column if isinstance(column, list) else list(column)


def _read_each(values: list[Any], type_: str) -> tuple[Array, Array]:
    """Values as a column, and which of them are none of the type."""
    column = np.full(len(values), MISSING)
    broken = np.zeros(len(values), bool)
    for row, value in enumerate(values):
        try:
            column[row] = read(value, type_)
        except (ValueError, OverflowError, TypeError):
            broken[row] = True
    return column, broken


def _reads(value: Any, type_: str) -> bool:
    try:
        read(value, type_)
    except (ValueError, OverflowError, TypeError):
        return False
    return True


def _text(value: Any) -> str | None:
    try:
        text: str | None = read(value, "string")
    except (ValueError, TypeError):
        return repr(value)
    return text


def _objects(values: list[Any]) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _baskets(values: list[Any]) -> Array:
    column = np.empty(len(values), object)
    for row, value in enumerate(values):
        column[row] = value
    return column
