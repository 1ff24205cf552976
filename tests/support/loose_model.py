"""A model that judges each row by itself, small enough to be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from salver.core.domain import BASKET, Domain, Interval
from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, ERROR, ROW_ERRORS, Signature
from salver.core.tensor import Tensor, TensorSpec, objects

COLOURS = ("red", "green", "blue")


def _spec(dtype: str, domain: Domain | None = None) -> TensorSpec:
    return TensorSpec(dtype, (-1,), loose=True, domain=domain)


SIGNATURE = Signature(
    {
        "income": _spec("FP64"),
        "age": _spec("INT64", Domain(intervals=(Interval(0, 120, closed_high=False),), kind="continuous")),
        "colour": _spec("BYTES", Domain(categories=COLOURS, kind="categorical", description="of the car")),
        "flag": _spec("BOOL"),
        "items": _spec("BYTES", Domain(kind=BASKET)),
    },
    {
        "score": TensorSpec("FP64", (-1,)),
        "years": TensorSpec("INT64", (-1,)),
        "label": TensorSpec("BYTES", (-1,)),
        "old": TensorSpec("BOOL", (-1,)),
        "seen": TensorSpec("BYTES", (-1,)),
    },
    dict.fromkeys(("income", "age", "colour", "flag", "items")),
    batched=True,
)
"""`score` is twice the income and the age, `years` the age, `label` the colour in capitals, `old` whether the age is
above 60; missing where something that they need is. `seen` tells every value as it came. A colour that is none of
COLOURS is refused."""


class LooseModel:
    """Counts its calls."""

    may_wait = False

    def __init__(self, signature: Signature = SIGNATURE) -> None:
        self.signatures: Mapping[str, Signature] = {DEFAULT: signature}
        self.calls: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.calls.append(request)
        columns = {name: tensor.array.tolist() for name, tensor in request.tensors.items()}
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        answers = [_answer(row) for row in rows]
        wants_reasons = bool(request.params.get(ROW_ERRORS)) or ERROR in request.outputs
        reasons = [answer.pop(ERROR) for answer in answers]
        if any(reasons) and not wants_reasons:
            raise BadInput("; ".join(f"row {row}: {reason}" for row, reason in enumerate(reasons) if reason))
        tensors = {name: _tensor(name, [answer[name] for answer in answers]) for name in SIGNATURE.outputs}
        wanted = {*request.outputs} - {ERROR}
        tensors = {name: tensor for name, tensor in tensors.items() if not wanted or name in wanted}
        if any(reasons):
            tensors[ERROR] = Tensor("BYTES", objects(reasons))
        return Response(tensors)

    def close(self) -> None:
        """Nothing is held."""


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    colour, age, income = (_known(row.get(name)) for name in ("colour", "age", "income"))
    nothing: dict[str, Any] = dict.fromkeys((*SIGNATURE.outputs, ERROR))
    if colour is not None and colour not in COLOURS:
        return {**nothing, ERROR: f"colour is {colour!r}, which is no colour"}
    age, income = (None if value is None else float(value) for value in (age, income))
    return {
        **nothing,
        "score": None if age is None or income is None else 2 * income + age,
        "years": None if age is None else int(age),
        "label": None if colour is None else colour.upper(),
        "old": None if age is None else age > 60,
        "seen": repr({name: value for name, value in row.items() if _known(value) is not None}),
    }


def _known(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _tensor(name: str, values: list[Any]) -> Tensor:
    """A column, in the signature's dtype where nothing is missing."""
    dtype = SIGNATURE.outputs[name].dtype
    if dtype == "BYTES":
        return Tensor("BYTES", objects(values))
    if dtype == "FP64" or (dtype == "INT64" and None in values):
        return Tensor("FP64", np.array(values, np.float64))
    if dtype == "BOOL" and None in values:
        return Tensor("JSON", objects(values))
    return Tensor(dtype, np.array(values))
