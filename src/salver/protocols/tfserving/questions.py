"""Examples asked about: what a Classify or Regress call, or one task of several, reads once the model is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from salver.core.calls import Predicted
from salver.core.errors import BadInput, Unsupported
from salver.core.servable import Request
from salver.core.signature import Signature, UnknownSignature, select
from salver.core.tensor import Tensor
from salver.protocols.tfserving import classify, regress
from salver.protocols.tfserving.columns import as_inputs
from salver.protocols.tfserving.methods import CLASSIFY, REGRESS
from salver.protocols.tfserving.model_spec import Spec

Check: TypeAlias = Callable[[Signature, bool], tuple[str, ...]]
Load: TypeAlias = Callable[[], tuple[str, list[bytes]]]
"""The signature's name, which may be empty, and the serialized examples. Raises BadInput."""

MAX_COPIED_BYTES: Final = 64 * 2**20
"""What the context of a request may come to when it stands before each of its examples."""

_CHECKS: Final[Mapping[str, Check]] = {CLASSIFY: classify.check, REGRESS: regress.check}


class Question:
    """The `read` of a call that asks one signature about examples."""

    __slots__ = ("_load", "_method", "_method_check", "count")

    def __init__(self, method: str, load: Load, method_check: bool) -> None:
        self._method = method
        self._load = load
        self._method_check = method_check
        self.count = 0
        """How many examples there were, once they are read."""

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput for a signature that is not there or does not fit method or examples."""
        wanted, examples = self._load()
        try:
            name, signature = select(signatures, wanted)
        except UnknownSignature as unknown:
            raise BadInput(f"No signature was found with the name: {unknown.name}") from None
        outputs = _CHECKS[self._method](signature, self._method_check)
        self.count = len(examples)
        return Request(_inputs(examples, signature), name, outputs=outputs)


@dataclass(frozen=True, slots=True)
class Task:
    """One of several questions: a signature by its spec, and the method it is asked by."""

    spec: Spec
    method: str


@dataclass(frozen=True, slots=True)
class Part:
    """The `read` of one of several tasks about the same examples; that of the first refuses for all of them."""

    tasks: tuple[Task, ...]
    index: int
    examples: list[bytes]
    method_check: bool

    @property
    def method(self) -> str:
        return self.tasks[self.index].method

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput, or Unsupported for another method, in TensorFlow Serving's words."""
        if self.index == 0:
            self._check_all(signatures)
        name, signature = _select(signatures, self.tasks[self.index])
        outputs = _CHECKS[self.method](signature, self.method_check)
        return Request(_inputs(self.examples, signature), name, outputs=outputs)

    def _check_all(self, signatures: Mapping[str, Signature]) -> None:
        seen: dict[str, Signature] = {}
        for task in self.tasks:
            if not task.spec.name:
                raise BadInput("Found ModelSpec with an empty model name.")
            if task.spec.name != self.tasks[0].spec.name:
                raise BadInput("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
            name, signature = _select(signatures, task)
            if name in seen:
                raise BadInput(f"Duplicate evaluation of signature: {name}")
            if task.method not in _CHECKS:
                raise Unsupported(f"Unsupported signature method_name: {task.method}")
            _CHECKS[task.method](signature, self.method_check)
            if any(signature.inputs != other.inputs for other in seen.values()):
                raise BadInput("Input tensor must be the same for all Signatures.")
            seen[name] = signature


def behind(context: bytes, examples: Sequence[bytes]) -> list[bytes]:
    """Each example with the context in front: what is written one after another is merged. Raises BadInput where few
    bytes of a request would become very many that way."""
    if len(context) * len(examples) > MAX_COPIED_BYTES:
        raise BadInput(
            f"the context of {len(context)} bytes is merged into each of {len(examples)} examples: "
            f"wanted at most {MAX_COPIED_BYTES} bytes in all"
        )
    return [context + example for example in examples]


def classes_of(reply: Predicted, count: int) -> list[classify.Classes]:
    """The classes of each of `count` examples. Raises BadInput where the answer does not hold them."""
    return classify.classes(reply.signature, _tensors(reply), count)


def values_of(reply: Predicted, count: int) -> list[float]:
    """The value of each of `count` examples. Raises BadInput where the answer does not hold them."""
    return regress.values(reply.signature, _tensors(reply), count)


def _select(signatures: Mapping[str, Signature], task: Task) -> tuple[str, Signature]:
    try:
        return select(signatures, task.spec.signature_name)
    except UnknownSignature as unknown:
        raise BadInput(f"Requested signature not found in model graph: {unknown.name}") from None


def _inputs(examples: list[bytes], signature: Signature) -> dict[str, Tensor]:
    if not examples:
        raise BadInput("Input is empty.")
    return as_inputs(examples, signature)


def _tensors(reply: Predicted) -> dict[str, Any]:
    return dict(reply.response.tensors)
