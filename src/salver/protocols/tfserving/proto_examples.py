"""The messages that ask about examples, Classify, Regress and MultiInference, and their answers."""

from __future__ import annotations

from typing import Any, Final, cast

from salver.core.calls import Predict, Predicted, PredictedTogether, PredictTogether
from salver.core.errors import BadInput
from salver.protocols.messages import message
from salver.protocols.tfserving.classify import Classes
from salver.protocols.tfserving.methods import CLASSIFY, REGRESS
from salver.protocols.tfserving.model_spec import NAMELESS, named, spec_of
from salver.protocols.tfserving.proto_models import parsed
from salver.protocols.tfserving.questions import Part, Question, Task, behind, classes_of, values_of

_ASKED: Final = message("salver.tensorflow_serving.ExampleRequest")
_SEVERAL: Final = message("salver.tensorflow_serving.MultiInferenceRequest")
_MAX_TASKS: Final = 1000
"""Of one request: each must ask another signature, and no model has so many."""
_REQUEST_NAMES: Final = {CLASSIFY: "ClassificationRequest", REGRESS: "RegressionRequest"}
_CLASSIFIED: Final = message("tensorflow.serving.ClassificationResponse")
_REGRESSED: Final = message("tensorflow.serving.RegressionResponse")
_INFERRED: Final = message("tensorflow.serving.MultiInferenceResponse")


def decode_question(protocol: str, method: str, buffer: bytes | memoryview, method_check: bool) -> Predict:
    """The call that a `ClassificationRequest` or `RegressionRequest` is. Raises BadInput for one that is none."""
    request = parsed(_ASKED, buffer, _REQUEST_NAMES[method])
    spec = named(request)
    examples = _examples(request.input)
    read = Question(method, lambda: (spec.signature_name, examples), method_check)
    return Predict(protocol, spec.name, spec.version, spec.label, read, api=method.rpartition("/")[2])


def decode_questions(protocol: str, buffer: bytes | memoryview, method_check: bool) -> PredictTogether:
    """The call that a `MultiInferenceRequest` is: of the first task's version. Raises BadInput for one that is none."""
    request = parsed(_SEVERAL, buffer)
    if len(request.tasks) > _MAX_TASKS:
        raise BadInput(f"{len(request.tasks)} tasks, wanted at most {_MAX_TASKS}")
    tasks = tuple(Task(spec_of(task.model_spec), task.method_name) for task in request.tasks)
    if not tasks or not tasks[0].spec.name:
        raise BadInput(NAMELESS)
    examples = _examples(request.input)
    reads = tuple(Part(tasks, index, examples, method_check) for index in range(len(tasks)))
    spec = tasks[0].spec
    return PredictTogether(protocol, spec.name, spec.version, spec.label, reads)


def encode_classified(call: Predict, reply: Predicted) -> bytes:
    """`ClassificationResponse`. Raises BadInput where the model's answer is no classification."""
    proto = _CLASSIFIED()
    _fill_spec(proto.model_spec, reply)
    _fill_classes(proto.result, classes_of(reply, _count(call)))
    return _bytes(proto)


def encode_regressed(call: Predict, reply: Predicted) -> bytes:
    """`RegressionResponse`. Raises BadInput where the model's answer is no regression."""
    proto = _REGRESSED()
    _fill_spec(proto.model_spec, reply)
    _fill_values(proto.result, values_of(reply, _count(call)))
    return _bytes(proto)


def encode_inferred(call: PredictTogether, reply: PredictedTogether) -> bytes:
    """`MultiInferenceResponse`, a result for each task. Raises BadInput where an answer does not fit its method."""
    proto = _INFERRED()
    for read, part in zip(call.reads, reply.parts, strict=True):
        task = cast(Part, read)
        result = proto.results.add()
        _fill_spec(result.model_spec, part)
        if task.method == CLASSIFY:
            _fill_classes(result.classification_result, classes_of(part, len(task.examples)))
        else:
            _fill_values(result.regression_result, values_of(part, len(task.examples)))
    return _bytes(proto)


def _examples(proto: Any) -> list[bytes]:
    match proto.WhichOneof("kind"):
        case "example_list":
            return list(proto.example_list.examples)
        case "example_list_with_context":
            context = b"".join(proto.example_list_with_context.context)
            return behind(context, proto.example_list_with_context.examples)
    return []


def _count(call: Predict) -> int:
    return cast(Question, call.read).count


def _fill_spec(spec: Any, reply: Predicted) -> None:
    spec.name = reply.model
    spec.version.value = reply.version
    spec.signature_name = reply.signature_name


def _fill_classes(result: Any, examples: list[Classes]) -> None:
    result.SetInParent()
    for classes in examples:
        told = result.classifications.add()
        for label, score in classes:
            told.classes.add(label=label, score=score)


def _fill_values(result: Any, values: list[float]) -> None:
    result.SetInParent()
    for value in values:
        result.regressions.add(value=value)


def _bytes(proto: Any) -> bytes:
    raw: bytes = proto.SerializeToString()
    return raw
