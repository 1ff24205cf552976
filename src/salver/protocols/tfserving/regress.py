"""Regression: which output of a signature holds it, and what it says for each example.

A signature that says what it was exported for (TensorFlow's) is held to TensorFlow Serving's contract, in its words. Of
any other model it is the output called `outputs`, or the only one that holds floats.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import FLOATS, Tensor, widen
from salver.protocols.tfserving.columns import INPUTS
from salver.protocols.tfserving.dtypes import brackets, type_name
from salver.protocols.tfserving.methods import REGRESS
from salver.protocols.tfserving.signature_defs import definition

OUTPUTS: Final = "outputs"


def check(signature: Signature, method_check: bool) -> tuple[str, ...]:
    """The output to ask for. Raises BadInput where the signature is none that regresses."""
    if not signature.method:
        return (_output(signature),)
    if method_check and signature.method != REGRESS:
        raise BadInput(f"Expected regression signature method_name to be {REGRESS}. Was: {signature.method}")
    if len(signature.inputs) != 1:
        raise BadInput("Expected one input Tensor.")
    if len(signature.outputs) != 1:
        raise BadInput("Expected one output Tensor.")
    if INPUTS not in signature.inputs:
        raise BadInput(f"No regression inputs found in SignatureDef: {definition(signature)}")
    return (_output(signature),)


def values(signature: Signature, tensors: dict[str, Tensor], count: int) -> list[float]:
    """The value of each of `count` examples. Raises BadInput where the output does not hold them."""
    tensor = tensors[_output(signature)]
    array = tensor.array
    if not (array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)):
        raise BadInput(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {brackets(array.shape)}"
        )
    if len(array) != count:
        raise BadInput(f"Input batch size did not match output batch size: {count} vs. {len(array)}")
    if tensor.dtype != "FP32" and (signature.method or tensor.dtype not in FLOATS):
        raise BadInput(f"Expected output Tensor of DT_FLOAT.  Got: {type_name(tensor.dtype)}")
    numbers = widen(array) if tensor.dtype == "BF16" else array
    with np.errstate(over="ignore"):
        told: list[float] = numbers.reshape(-1).astype(np.float32).tolist()
    return told


def _output(signature: Signature) -> str:
    if OUTPUTS in signature.outputs:
        return OUTPUTS
    floats = [name for name, spec in signature.outputs.items() if spec.dtype in FLOATS]
    if signature.method or len(floats) != 1:
        raise BadInput(f"No regression outputs found in SignatureDef: {definition(signature)}")
    return floats[0]
