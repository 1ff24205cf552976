"""MultiInference: several questions about the same examples."""

from __future__ import annotations

from typing import Any

import pytest
from tf_examples import CLASSIFIER, CLASSIFY, FED, PREDICT, REGRESS, REGRESSOR, example, floats, method, strings

from salver.core.calls import Predicted, PredictedTogether, PredictTogether
from salver.core.errors import BadInput, Fault, Unsupported
from salver.core.servable import Response
from salver.protocols.messages import message

SEVERAL = {"regress": REGRESSOR, "classify": CLASSIFIER, "fed": FED}


def several(*tasks: tuple[str, str, str], examples: tuple[Any, ...] = (example(inputs=[1.0]),)) -> bytes:
    proto = message("tensorflow.serving.MultiInferenceRequest")()
    for name, signature, method_name in tasks:
        task = proto.tasks.add(method_name=method_name)
        task.model_spec.name = name
        task.model_spec.signature_name = signature
    proto.input.example_list.examples.extend(examples)
    raw: bytes = proto.SerializeToString()
    return raw


def together(raw: bytes) -> PredictTogether:
    call = method("MultiInference").decode_call(raw)
    assert isinstance(call, PredictTogether)
    return call


def test_several_answers() -> None:
    call = together(several(("m", "regress", REGRESS), ("m", "classify", CLASSIFY)))
    assert (call.model, call.version, call.label) == ("m", None, None)
    requests = [read(SEVERAL) for read in call.reads]
    assert [(request.signature, request.outputs) for request in requests] == [
        ("regress", ("outputs",)),
        ("classify", ("classes", "scores")),
    ]
    parts = (
        Predicted("m", 2, "regress", REGRESSOR, Response({"outputs": floats([2.5])})),
        Predicted("m", 2, "classify", CLASSIFIER, Response({"scores": floats([1]), "classes": strings([b"a"])})),
    )
    raw = method("MultiInference").encode_reply(call, PredictedTogether(parts))
    answer = message("tensorflow.serving.MultiInferenceResponse").FromString(raw)
    assert [result.model_spec.signature_name for result in answer.results] == ["regress", "classify"]
    assert [result.model_spec.version.value for result in answer.results] == [2, 2]
    assert answer.results[0].regression_result.regressions[0].value == 2.5
    assert answer.results[1].classification_result.classifications[0].classes[0].label == "a"


@pytest.mark.parametrize(
    ("tasks", "kind", "text"),
    [
        (
            [("m", "regress", REGRESS), ("", "classify", CLASSIFY)],
            BadInput,
            "Found ModelSpec with an empty model name.",
        ),
        (
            [("m", "regress", REGRESS), ("n", "classify", CLASSIFY)],
            BadInput,
            "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
        ),
        ([("m", "regress", REGRESS)] * 2, BadInput, "Duplicate evaluation of signature: regress"),
        ([("m", "unheard", REGRESS)], BadInput, "Requested signature not found in model graph: unheard"),
        ([("m", "", REGRESS)], BadInput, "Requested signature not found in model graph: serving_default"),
        ([("m", "regress", PREDICT)], Unsupported, f"Unsupported signature method_name: {PREDICT}"),
        (
            [("m", "regress", REGRESS), ("m", "fed", REGRESS)],
            BadInput,
            "Input tensor must be the same for all Signatures.",
        ),
        ([("m", "regress", CLASSIFY)], BadInput, None),
    ],
)
def test_several_questions_that_are_wrong(tasks: list[Any], kind: type[Fault], text: str | None) -> None:
    with pytest.raises(kind) as refused:
        together(several(*tasks)).reads[0](SEVERAL)
    assert text in (refused.value.message, None)


def test_several_questions_about_nothing() -> None:
    with pytest.raises(BadInput, match=r"^ModelSpec has no name specified.$"):
        together(several())
    with pytest.raises(BadInput, match=r"^Input is empty.$"):
        together(several(("m", "regress", REGRESS), examples=())).reads[0](SEVERAL)
