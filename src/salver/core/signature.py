"""Signatures: what a model takes and gives, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from salver.core.errors import BadInput
from salver.core.tensor import LOOSE, Tensor, TensorSpec

DEFAULT: Final = "serving_default"
"""The signature that is meant when none is named: TensorFlow Serving's word for it."""

ROW_ERRORS: Final = "row_errors"
"""The parameter by which a caller of a loose signature has rows refused one by one: such a row is answered as missing,
with the reason in an output `_error`. Without it one refused row refuses the request."""
ERROR: Final = "_error"
"""That output. It is in no signature, and may be asked for by name, which asks for it as the parameter does."""
_ERROR_SPEC: Final = TensorSpec("BYTES", (-1,))
MAX_LEFT_OUT: Final = 2**23
"""Values of loose inputs that one request may leave out: each takes memory here, and nothing of its sender."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Named specs in and out. Immutable; shared by every request."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    defaults: Mapping[str, Tensor | None] = field(default_factory=lambda: MappingProxyType({}))
    """Inputs that may be left out; None where the runtime holds the value itself."""
    batched: bool = False
    """Whether axis 0 of every input and output counts rows that are computed independently."""
    method: str = ""
    """What it was exported for, where its file says so: TensorFlow's `method_name`, `tensorflow/serving/classify`."""
    stateful: bool = False
    """Whether a call may change what later calls answer, as a counter's does. It is never run unasked, nor twice."""
    open: bool = False
    """Whether tensors of any name, dtype and shape are taken: a graph whose first node judges by itself. The specs are
    then what is usual, for protocols that must name something."""
    sole: tuple[str, TensorSpec] | None = field(init=False, compare=False, repr=False)
    """The input that a value without a name means: the only one, or the only one without a default."""
    loose: bool = field(init=False, compare=False, repr=False)
    """Whether inputs are loose: then the model judges rows one by one, and NaN and None are missing values."""

    def __post_init__(self) -> None:
        inputs = self.inputs
        object.__setattr__(self, "loose", any(spec.loose for spec in inputs.values()))
        named = [name for name in inputs if len(inputs) == 1 or name not in self.defaults]
        object.__setattr__(self, "sole", (named[0], inputs[named[0]]) if len(named) == 1 else None)

    def check(self, tensors: Mapping[str, Tensor]) -> None:
        """Raises BadInput unless the tensors have these names, dtypes and shapes."""
        inputs = self.inputs
        if self.open:
            return
        if len(tensors) != len(inputs):
            self._check_names(tensors)
        for name, tensor in tensors.items():
            spec = inputs.get(name)
            if spec is None:
                self._check_names(tensors)
            elif spec.loose:
                if tensor.array.ndim != 1 or tensor.dtype not in LOOSE:
                    raise _misfit(name, tensor, spec)
            elif tensor.dtype != spec.dtype or not spec.accepts(tensor.array.shape):
                raise _misfit(name, tensor, spec)
        if self.loose:
            self._check_loose_rows(tensors)
        elif self.batched and len(inputs) > 1:
            self._check_rows(tensors)

    def output(self, name: str) -> TensorSpec | None:
        """What may be asked for by that name: an output or, of a loose signature, `_error`."""
        spec = self.outputs.get(name)
        return _ERROR_SPEC if spec is None and self.loose and name == ERROR else spec

    def check_outputs(self, names: tuple[str, ...]) -> None:
        """Raises BadInput unless each name is an output."""
        for name in names:
            if self.output(name) is None:
                raise BadInput(f"there is no output '{name}'; the outputs are {_quoted(self.outputs)}")

    def _check_names(self, tensors: Mapping[str, Tensor]) -> None:
        extra = [name for name in tensors if name not in self.inputs]
        if extra:
            raise BadInput(f"there is no input {_quoted(extra)}; the inputs are {_quoted(self.inputs)}")
        missing = [name for name in self.inputs if name not in tensors and name not in self.defaults]
        if missing:
            raise BadInput(
                f"missing input {_quoted(missing)}; wanted {_quoted(self.inputs)}, got {_quoted(tensors) or 'none'}"
            )
        if self.loose and not tensors:
            raise BadInput(f"no input came, so there are no rows; the inputs are {_quoted(self.inputs)}")

    def _check_loose_rows(self, tensors: Mapping[str, Tensor]) -> None:
        counts = {len(tensor.array) for tensor in tensors.values() if tensor.array.ndim}
        if len(counts) > 1:
            self._check_rows(tensors)
        left_out = len(self.inputs) - len(tensors)
        if left_out and max(counts, default=0) * left_out > MAX_LEFT_OUT:
            raise BadInput(
                f"{max(counts)} rows leave out {left_out} inputs; at most {MAX_LEFT_OUT} values may be left out"
            )

    def _check_rows(self, tensors: Mapping[str, Tensor]) -> None:
        checked = {name: tensor.array for name, tensor in tensors.items() if self.inputs[name].checked}
        rows = {name: array.shape[0] for name, array in checked.items() if array.ndim}
        if len(set(rows.values())) > 1:
            counts = ", ".join(f"'{name}' {count}" for name, count in rows.items())
            raise BadInput(f"inputs must have the same number of rows, got {counts}")


def _misfit(name: str, tensor: Tensor, spec: TensorSpec) -> BadInput:
    if tensor.dtype != spec.dtype and not (spec.loose and tensor.dtype in LOOSE):
        return BadInput(f"input '{name}' has dtype {tensor.dtype}, wanted {spec.dtype}")
    shape = spec.shape or ()
    hint = " (-1 is any size)" if -1 in shape else ""
    return BadInput(f"input '{name}' has shape {list(tensor.array.shape)}, wanted {list(shape)}{hint}")


class UnknownSignature(BadInput):
    """There is no signature of that name. Protocols have their own words for it."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


def select(signatures: Mapping[str, Signature], name: str) -> tuple[str, Signature]:
    """The signature of that name; for the empty name `serving_default`, or the only one there is.

    Raises UnknownSignature that lists the signatures when there is none.
    """
    found = signatures.get(name or DEFAULT)
    if found is not None:
        return name or DEFAULT, found
    if not name and len(signatures) == 1:
        return next(iter(signatures.items()))
    message = f"there is no signature '{name or DEFAULT}'; the signatures are {_quoted(signatures)}"
    raise UnknownSignature(message, name or DEFAULT)


def principal(signatures: Mapping[str, Signature]) -> tuple[str, Signature]:
    """The signature to show to somebody who named none: `serving_default`, else the first."""
    found = signatures.get(DEFAULT)
    return (DEFAULT, found) if found is not None else next(iter(signatures.items()))


def _quoted(names: Mapping[str, object] | list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
