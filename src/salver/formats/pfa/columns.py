"""Records as columns: the tensors of a request become data for an engine, row by row, and its answers tensors again.

A record is a column for each field. Numbers, truth values and texts are columns of their dtype, in which NaN and None
are missing values where the field may be null; whatever is nested is a column of dtype JSON, each value in Avro's JSON.
Anything else but a record is one column, `input` or `output`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from salver.core.domain import Domain
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec, objects
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    INTEGERS,
    LONG,
    NO_DEFAULT,
    NULL,
    STRING,
    Array,
    Enum,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)

_DTYPES: Final[dict[Type, str]] = {
    BOOLEAN: "BOOL",
    INT: "INT32",
    LONG: "INT64",
    FLOAT: "FP32",
    DOUBLE: "FP64",
    STRING: "BYTES",
    BYTES: "BYTES",
}


_MAX_KIND: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, the type of its values, and how it travels."""

    name: str
    type: Type
    dtype: str
    nullable: bool
    """Whether a missing value is null; the type is that of the others then."""
    default: bool = False
    """Whether its schema has a default, so that it may be left out."""

    def spec(self, example: Any) -> TensorSpec:
        """The spec of an input, with an example of it."""
        is_raw = self.type is BYTES or isinstance(self.type, Fixed)
        # Bytes are bytes: loose ones would be read as text.
        return TensorSpec(self.dtype, (-1,), loose=self.nullable or not is_raw, domain=_domain(self, example))


def _domain(column: Column, example: Any) -> Domain:
    if isinstance(column.type, Enum):
        return Domain(categories=column.type.symbols, kind="categorical")
    if column.dtype == "JSON":
        return Domain(kind=repr(column.type)[:_MAX_KIND], example=example)
    return Domain(kind="continuous" if column.dtype in ("FP32", "FP64") else "")


def column_of(name: str, of: Type) -> Column:
    """How values of a type travel."""
    inner, nullable = of, False
    if isinstance(of, Union):
        rest = [branch for branch in of.types if branch is not NULL]
        if len(rest) == 1 and len(of.types) == 2:
            inner, nullable = rest[0], True
    dtype = "BYTES" if isinstance(inner, (Enum, Fixed)) else _DTYPES.get(inner)
    return _whole(name, of) if dtype is None else Column(name, inner, dtype, nullable)


def _whole(name: str, of: Type) -> Column:
    return Column(name, of, "JSON", nullable=False)


def columns_of(of: Type, otherwise: str) -> tuple[Column, ...]:
    """The columns of a type: those of a record's fields, or the one called `otherwise`."""
    if isinstance(of, Record):
        columns = [(field, column_of(field.name, field.type)) for field in of.fields]
        return tuple(replace(column, default=field.default is not NO_DEFAULT) for field, column in columns)
    return (column_of(otherwise, of),)


def outputs_of(of: Type, *, lists: bool) -> tuple[Column, ...]:
    """The columns of answers; `lists` says that each is a list of outputs."""
    return (_whole("output", of),) if lists else columns_of(of, "output")


def signature_of(taken: Type, given: Type, example: Any, *, stateful: bool, lists: bool) -> Signature:
    """The signature of a document. `example` is a datum; `lists` says that an answer is a list of outputs."""
    examples = example if isinstance(taken, Record) else {"input": example}
    inputs = columns_of(taken, "input")
    outputs = outputs_of(given, lists=lists)
    return Signature(
        inputs=MappingProxyType({column.name: column.spec(examples[column.name]) for column in inputs}),
        outputs=MappingProxyType({column.name: TensorSpec(column.dtype, (-1,)) for column in outputs}),
        defaults=MappingProxyType({column.name: None for column in inputs if column.nullable or column.default}),
        batched=True,
        stateful=stateful,
    )


class Rows:
    """Makes data of tensors."""

    def __init__(self, of: Type) -> None:
        self._columns = columns_of(of, "input")
        self._record = isinstance(of, Record)

    def of(self, tensors: Mapping[str, Tensor]) -> list[Any]:
        """The data of the rows."""
        lists = {
            column.name: _values(tensors[column.name], column) for column in self._columns if column.name in tensors
        }
        if not self._record:
            return next(iter(lists.values()))
        count = len(next(iter(lists.values()), ()))
        for column in self._columns:
            if not column.default:
                lists.setdefault(column.name, [None] * count)
        names = tuple(lists)
        return [dict(zip(names, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _values(tensor: Tensor, column: Column) -> list[Any]:
    """The values of a column, missing ones as None."""
    values: list[Any] = tensor.array.tolist()
    kind = tensor.array.dtype.kind
    if kind == "f" and (column.nullable or column.type in INTEGERS):
        if column.nullable:
            values = [value if value == value else None for value in values]
        if column.type in INTEGERS:
            # Whole numbers beside missing ones come as floating ones.
            values = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    elif column.type is BYTES or isinstance(column.type, Fixed):
        values = [value.encode(errors="surrogatepass") if isinstance(value, str) else value for value in values]
    elif kind == "O" and column.dtype == "BYTES":
        values = [value.decode(errors="surrogateescape") if isinstance(value, bytes) else value for value in values]
        if column.type is STRING and not column.nullable:
            # Empty text travels as a missing one where a form has no other sign for it.
            values = ["" if value is None else value for value in values]
    return values


class Answers:
    """Makes tensors of answers. Answers to rows that were refused are None."""

    def __init__(self, of: Type, *, lists: bool) -> None:
        self._record = isinstance(of, Record) and not lists
        self._columns = outputs_of(of, lists=lists)

    def tensors(self, answers: Sequence[Any], wanted: Sequence[str]) -> dict[str, Tensor]:
        """The tensors of these names, all where none is named."""
        found = {}
        for column in self._columns:
            if not wanted or column.name in wanted:
                values = [None if one is None else one[column.name] for one in answers] if self._record else answers
                found[column.name] = _tensor(values, column)
        return found

    def plain(self, answers: Sequence[Any]) -> dict[str, Any]:
        """Likewise as NumPy arrays, for callers in the same process."""
        return {name: tensor.array for name, tensor in self.tensors(answers, ()).items()}


def _tensor(values: Sequence[Any], column: Column) -> Tensor:
    """A column of answers. What is missing is NaN among floating numbers and null among texts and JSON; a column of
    whole numbers or truth values in which something is missing is JSON."""
    dtype = column.dtype
    if column.nullable:
        values = [next(iter(value.values())) if isinstance(value, dict) else value for value in values]
    if dtype == "JSON" and holds_bytes(column.type):
        values = [_as_text(value) for value in values]
    if dtype in ("JSON", "BYTES"):
        return Tensor(dtype, objects(values))
    if None in values:
        if dtype not in ("FP32", "FP64"):
            return Tensor("JSON", objects(values))
        values = [np.nan if value is None else value for value in values]
    return Tensor(dtype, np.array(values, _NUMPY[dtype]))


def holds_bytes(of: Type, known: frozenset[str] = frozenset()) -> bool:
    """Whether there may be bytes in a value of a type."""
    if isinstance(of, Record):
        return of.tag not in known and any(holds_bytes(kind, known | {of.tag}) for kind in of.types.values())
    if isinstance(of, Union):
        return any(holds_bytes(branch, known) for branch in of.types)
    if isinstance(of, Array):
        return holds_bytes(of.items, known)
    return holds_bytes(of.values, known) if isinstance(of, Map) else of is BYTES or isinstance(of, Fixed)


def _as_text(value: Any) -> Any:
    """The same with Avro's text in place of bytes: a character for each."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return {key: _as_text(one) for key, one in value.items()} if isinstance(value, dict) else value


_NUMPY: Final = {"BOOL": np.bool_, "INT32": np.int32, "INT64": np.int64, "FP32": np.float32, "FP64": np.float64}
