"""A Python model's signature, declared: for functions whose annotations cannot say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, TensorSpec

Spec: TypeAlias = TensorSpec | tuple[str, Sequence[int] | None]
"""A spec, or its two parts: `("FP32", (-1, 13))`; -1 is any size, None any rank."""
F = TypeVar("F", bound=Callable[..., Any])

_ATTRIBUTE: Final = "__salver_signature__"


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared; None where the annotations hold."""

    inputs: Mapping[str, TensorSpec] | None
    outputs: Mapping[str, TensorSpec] | None


def signature(
    *, inputs: Mapping[str, Spec] | None = None, outputs: Mapping[str, Spec] | None = None
) -> Callable[[F], F]:
    """Declares what a function, or a class's `predict`, takes and gives, over its annotations.

    It is then called once a request, with arrays; several outputs are returned as a dict by name.
    """
    declared = Declared(_specs(inputs), _specs(outputs))

    def mark(function: F) -> F:
        setattr(function, _ATTRIBUTE, declared)
        return function

    return mark


def declared_for(function: Callable[..., Any]) -> Declared:
    """What was declared for a function."""
    found = getattr(function, _ATTRIBUTE, None)
    return found if isinstance(found, Declared) else Declared(None, None)


def read_spec(spec: Spec) -> TensorSpec:
    """The spec that was written. Raises BadInput for an unknown dtype or a shape that is none."""
    dtype, shape = (spec.dtype, spec.shape) if isinstance(spec, TensorSpec) else spec
    if dtype not in NUMPY:
        raise BadInput(f"there is no dtype {dtype!r}; there are {', '.join(NUMPY)}")
    if shape is not None and min(shape, default=0) < -1:
        raise BadInput(f"{shape!r} is no shape; wanted sizes, with -1 for any")
    return TensorSpec(dtype, None if shape is None else tuple(shape))


def _specs(specs: Mapping[str, Spec] | None) -> Mapping[str, TensorSpec] | None:
    return None if specs is None else {name: read_spec(spec) for name, spec in specs.items()}
