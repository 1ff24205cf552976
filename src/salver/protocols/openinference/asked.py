"""What an infer request asks for beside its tensors, by parameters and named outputs: the same over REST and gRPC.

Pure but for reading the clock once when a request names a timeout.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from salver.core.errors import BadInput
from salver.core.signature import ROW_ERRORS, Signature, select
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, TensorSpec
from salver.protocols.openinference.tensors import member, odd, optional, shown

OWN_PARAMETERS: Final = frozenset(("binary_data_output", "signature_name", "timeout"))
"""Those of a request that are understood here; the others are handed to the model."""

_PASSED_OVER: Final = TensorSpec("BYTES", (-1,), loose=True)
_SCORES: Final = FLOATS | INTEGERS
_NO_MEMBERS: Final[dict[str, Any]] = {}


class Wanted:
    """How an output is to be answered: raw, or as its `classes` best classes."""

    __slots__ = ("binary", "classes")

    def __init__(self, binary: bool, classes: int) -> None:
        self.binary = binary
        self.classes = classes


def choose(signatures: Mapping[str, Signature], parameters: dict[str, Any] | None) -> tuple[str, Signature]:
    """The signature that the parameters name, or the default one."""
    wanted = optional(parameters, "signature_name", str, "parameters.") if parameters else None
    return select(signatures, wanted or "")


def usual(signatures: Mapping[str, Signature]) -> Signature | None:
    """The signature to show to somebody whose request did not come as far as choosing one."""
    try:
        return select(signatures, "")[1]
    except BadInput:
        return next(iter(signatures.values()), None)


def read_deadline(parameters: dict[str, Any]) -> float | None:
    """The moment of `time.monotonic()` that `timeout` stands for; None where there is none."""
    timeout_us: int | None = optional(parameters, "timeout", int, "parameters.")
    if not timeout_us:
        return None
    if not 0 < timeout_us < 1 << 63:
        raise BadInput(f"parameters.timeout: wanted microseconds, 0 for none, got {shown(timeout_us)}")
    return time.monotonic() + timeout_us / 1e6


def others(parameters: dict[str, Any] | None, signature: Signature) -> dict[str, Any] | None:
    """The parameters for the model."""
    if not parameters:
        return None
    if signature.loose:
        optional(parameters, ROW_ERRORS, bool, "parameters.")
    return {name: value for name, value in parameters.items() if name not in OWN_PARAMETERS}


def expect_input(signature: Signature, name: str, dtype: str, where: str) -> TensorSpec:
    """The spec of the input of that name; of an open signature that of what comes; of a loose one also for an input
    that there is not, which is read and forgotten. Raises BadInput where there is none, or it has another datatype."""
    if signature.open and dtype in NUMPY:
        return TensorSpec(dtype, None, checked=False)
    spec = signature.inputs.get(name) or (_PASSED_OVER if signature.loose else None)
    if spec is None:
        known = ", ".join(map(repr, signature.inputs))
        raise BadInput(f"{where}name: there is no input '{name:.80}'; the inputs are {known}")
    takes_any = spec.loose and dtype in NUMPY
    if dtype != spec.dtype and not takes_any and not (spec.dtype == "JSON" and dtype == "BYTES"):
        wanted = "BYTES (JSON texts) or JSON" if spec.dtype == "JSON" else spec.dtype
        known = "" if dtype in NUMPY else ", which is no datatype"
        raise BadInput(f"{where}datatype: input '{name}' came as '{dtype:.60}'{known}; the model takes {wanted}")
    return spec


def read_outputs(outputs: list[Any], signature: Signature, binary: bool) -> dict[str, Wanted]:
    """The outputs wanted, as JSON lists them. Raises BadInput naming the path."""
    wanted: dict[str, Wanted] = {}
    for index, entry in enumerate(outputs):
        where = f"outputs[{index}]."
        if type(entry) is not dict:
            raise BadInput(f"outputs[{index}]: wanted an object, got {shown(entry)}")
        name = member(entry, "name", str, where)
        spec = signature.output(name)
        if spec is None:
            known = ", ".join(map(repr, signature.outputs))
            raise BadInput(f"{where}name: there is no output '{name:.80}'; the outputs are {known}")
        if name in wanted:
            raise BadInput(f"{where}name: '{name}' stands there twice")
        wanted[name] = _read_wanted(optional(entry, "parameters", dict, where) or _NO_MEMBERS, spec, binary, where)
    return wanted


def _read_wanted(parameters: dict[str, Any], spec: TensorSpec, binary: bool, where: str) -> Wanted:
    where += "parameters."
    as_raw = optional(parameters, "binary_data", bool, where)
    classes = optional(parameters, "classification", int, where) or 0
    if classes < 0:
        raise BadInput(f"{where}classification: {odd(parameters, 'classification', 'a number of classes')}")
    if classes and spec.dtype not in _SCORES:
        raise BadInput(f"{where}classification: wants an output of numbers, this one is {spec.dtype}")
    return Wanted(binary if as_raw is None else as_raw, classes)
