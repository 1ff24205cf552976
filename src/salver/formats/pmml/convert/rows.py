"""Rows made up to find differences: at the thresholds of a document, beside them, far from them, and missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.frame import Array
from salver.formats.pmml.values import read

_ROWS: Final = 1000
_INVALID_ROWS: Final = 200
_MAX_DECISIVE: Final = 2000
"""Of one field: more are drawn from."""
_UNKNOWN: Final = "\u2205 none of them"
_SPREADS: Final = (1.0, 10.0, 100.0)


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns by field: float64 (NaN where missing) or objects (None where missing)."""

    columns: Mapping[str, Array]
    invalid: Array
    """[n] Rows in which a value is none that the document takes."""

    def __len__(self) -> int:
        return len(self.invalid)


def make_rows(
    fields: Sequence[DataField],
    decisive: Mapping[str, Collection[Any]],
    refusing: Collection[str],
    *,
    with_invalid: bool,
) -> Rows:
    """Rows of these fields; in the last ones, where they are wanted, each row has an invalid value of a field that
    refuses such rows. Invalid values of other fields are in all rows."""
    random = np.random.default_rng(20_261_125)
    count = _ROWS + (_INVALID_ROWS if with_invalid else 0)
    pools = [
        _values(field, decisive.get(field.name, ()), random, all_valid=field.name not in refusing) for field in fields
    ]
    broken = np.full(count, -1)
    breakable = [place for place, (_, others) in enumerate(pools) if len(others)]
    if breakable:
        broken[_ROWS:] = random.choice(breakable, count - _ROWS)
    missing = _missing(random, count, len(fields))
    columns = {}
    for place, (field, (valid, others)) in enumerate(zip(fields, pools, strict=True)):
        column = valid[random.integers(0, len(valid), count)]
        where = broken == place
        if where.any():
            column[where] = others[random.integers(0, len(others), int(where.sum()))]
        if field.kind != "boolean":
            column[missing[:, place] & ~where] = None if column.dtype == object else np.nan
        columns[field.name] = column
    return Rows(columns, broken >= 0)


def _missing(random: np.random.Generator, count: int, fields: int) -> Array:
    """[n, fields] In three of five rows nothing is missing, in the others a few values are."""
    missing = random.random((count, fields)) < 2.0 / max(fields, 2)
    missing[random.random(count) < 0.6] = False
    return missing


def _values(
    field: DataField, decisive: Collection[Any], random: np.random.Generator, *, all_valid: bool
) -> tuple[Array, Array]:
    """Values of a field that it takes, and some that it does not. There is always one that it takes."""
    pool = _texts(field, decisive) if field.is_text else _numbers(field, decisive, random)
    if all_valid:
        return pool, pool[:0]
    valid = field.is_valid(pool)
    if field.kind == "number" and field.type not in ("double", "float"):
        valid &= pool == np.floor(pool)
    if not valid.any():
        pool = np.append(pool, np.array([_within(field)], pool.dtype))
        valid = np.append(valid, True)
    return pool[valid], pool[~valid]


def _within(field: DataField) -> Any:
    """A valid value."""
    if field.valid:
        return field.valid[0]
    interval = field.intervals[0] if field.intervals else None
    return 0.0 if interval is None else interval.least if np.isfinite(interval.least) else interval.most


def _texts(field: DataField, decisive: Collection[Any]) -> Array:
    words = dict.fromkeys([*field.valid, *sorted(map(str, decisive)), *sorted(map(str, field.invalid)), _UNKNOWN])
    words.update(dict.fromkeys(sorted(field.missing)))
    return np.array([word for word in words if word], object)


def _numbers(field: DataField, decisive: Collection[Any], random: np.random.Generator) -> Array:
    if field.kind == "boolean":
        return np.array([0.0, 1.0])
    known = np.array([*decisive, *field.valid, *(read(word, field.type) for word in field.missing if _reads(word))])
    known = np.unique(known[np.isfinite(known.astype(np.float64))].astype(np.float64)) if len(known) else np.zeros(0)
    if len(known) > _MAX_DECISIVE:
        known = random.choice(known, _MAX_DECISIVE, replace=False)
    around = np.concatenate([known, *_neighbours(known, field.type)])
    spread = max(float(np.ptp(known)), 1.0) if len(known) else 0.0
    middle = float(np.median(known)) if len(known) else 0.0
    free = [
        random.normal(middle, spread * size if spread else size, 200) for size in (_SPREADS if not spread else (1.0,))
    ]
    if field.type not in ("double", "float"):
        free = [np.round(numbers) for numbers in free]
        around = np.concatenate([around, np.round(around), np.floor(around), np.ceil(around)])
    numbers = np.concatenate([np.repeat(around, max(1, 400 // max(len(around), 1))), *free, [0.0, 1.0, -1.0]])
    return numbers.astype(np.float32).astype(np.float64) if field.type == "float" else numbers


def _neighbours(known: Array, type_: str) -> list[Array]:
    """The numbers next to those that are decisive, of their own precision."""
    number = np.float32 if type_ == "float" else np.float64
    if type_ not in ("double", "float"):
        return [known - 1, known + 1, known + 0.5]
    near = known.astype(number)
    return [np.nextafter(near, number(end)).astype(np.float64) for end in (-np.inf, np.inf)]


def _reads(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
