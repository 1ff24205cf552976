"""What a signature may have been exported for: TensorFlow's names of methods."""

from __future__ import annotations

from typing import Final

from salver.core.errors import Internal
from salver.core.signature import Signature

PREDICT: Final = "tensorflow/serving/predict"
CLASSIFY: Final = "tensorflow/serving/classify"
REGRESS: Final = "tensorflow/serving/regress"

_PREDICTABLE: Final = (PREDICT, CLASSIFY, REGRESS)


def check_predictable(signature: Signature) -> None:
    """Raises Internal, as TensorFlow Serving does, for a signature that says that it is for something else."""
    if signature.method and signature.method not in _PREDICTABLE:
        raise Internal(
            f"Expected prediction signature method_name to be one of {{{', '.join(_PREDICTABLE)}}}. "
            f"Was: {signature.method}"
        )
