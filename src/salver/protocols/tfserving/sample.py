"""A predict body made up from a signature: for the banner's curl, and for a newcomer's first error."""

from __future__ import annotations

from math import prod
from typing import Any, Final

from salver.core.example import example
from salver.core.signature import DEFAULT, Signature
from salver.protocols.jsondoc import write
from salver.protocols.jsontensor import from_tensor

_MAX_ELEMENTS: Final = 1000


def example_body(signature: Signature, name: str = "") -> bytes:
    """A body that a model with this signature accepts, as `POST ...:predict` takes it.

    Row format for one row where the signature is batched, column format otherwise. `name` is the signature's, left
    out for the default one. FP16 and BF16 inputs are written as numbers, although the protocol refuses them.
    """
    values = {key: from_tensor(tensor) for key, tensor in example(signature).tensors.items()}
    body: dict[str, Any] = {"signature_name": name} if name not in ("", DEFAULT) else {}
    if signature.batched:
        row = {key: value[0] for key, value in values.items()}
        body["instances"] = [row if len(signature.inputs) != 1 or not row else next(iter(row.values()))]
    else:
        body["inputs"] = values if len(signature.inputs) != 1 or not values else next(iter(values.values()))
    return write(body)


def is_short(signature: Signature) -> bool:
    """Whether an example has a size fit for an error message."""
    shapes = (spec.shape or () for spec in signature.inputs.values())
    return sum(prod(max(size, 1) for size in shape) for shape in shapes) <= _MAX_ELEMENTS
