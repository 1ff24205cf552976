"""Classify and Regress: TensorFlow's contract in its words, and what other models are taken to say."""

from __future__ import annotations

import numpy as np
import pytest
from tf_examples import (
    CLASSIFIER,
    CLASSIFY,
    FLOATS,
    LABELS,
    PREDICT,
    REGRESS,
    REGRESSOR,
    SCORES,
    TEXTS,
    asking,
    example,
    floats,
    method,
    over_grpc,
    over_rest,
    read,
    refusal,
    strings,
    told,
    told_by_rest,
)

from salver.core.calls import Predicted
from salver.core.errors import BadInput
from salver.core.servable import Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec, objects
from salver.protocols.messages import message
from salver.protocols.tfserving import rest
from salver.protocols.tfserving.grpc import protocol


@pytest.mark.parametrize(
    ("verb", "signature", "text"),
    [
        (
            "Classify",
            Signature({"a": TEXTS, "b": TEXTS}, {"scores": SCORES}, method=PREDICT),
            "Expected one input Tensor.",
        ),
        (
            "Classify",
            Signature({"inputs": TEXTS}, {"scores": SCORES, "a": SCORES, "b": SCORES}, method=CLASSIFY),
            "Expected one or two output Tensors, found 3",
        ),
        (
            "Classify",
            Signature({"x": TEXTS}, {"scores": SCORES}, method=CLASSIFY),
            "No classification inputs found in SignatureDef: inputs {",
        ),
        (
            "Classify",
            Signature({"inputs": TEXTS}, {"outputs": SCORES}, method=REGRESS),
            'Expected classification signature outputs to contain at least one of "classes" or "scores". Signature',
        ),
        (
            "Regress",
            Signature({"a": TEXTS, "b": TEXTS}, {"outputs": FLOATS}, method=REGRESS),
            "Expected one input Tensor.",
        ),
        (
            "Regress",
            Signature({"inputs": TEXTS}, {"outputs": FLOATS, "b": FLOATS}, method=REGRESS),
            "Expected one output Tensor.",
        ),
        (
            "Regress",
            Signature({"x": TEXTS}, {"outputs": FLOATS}, method=REGRESS),
            "No regression inputs found in SignatureDef: ",
        ),
        (
            "Regress",
            Signature({"inputs": TEXTS}, {"y": FLOATS}, method=PREDICT),
            "No regression outputs found in SignatureDef: ",
        ),
    ],
)
def test_signatures_that_do_not_fit(verb: str, signature: Signature, text: str) -> None:
    assert refusal(over_grpc(verb, asking(example(x=[1.0]))), signature).startswith(text)


@pytest.mark.parametrize("verb", ["Classify", "Regress"])
def test_what_is_missing(verb: str) -> None:
    signature = {"Classify": CLASSIFIER, "Regress": REGRESSOR}[verb]
    assert refusal(over_grpc(verb, asking()), signature) == "Input is empty."
    assert refusal(over_grpc(verb, asking(context=example(x=[1.0]))), signature) == "Input is empty."
    unheard = over_grpc(verb, asking(example(), signature="unheard"))
    assert refusal(unheard, signature) == "No signature was found with the name: unheard"
    with pytest.raises(BadInput, match=r"^Missing ModelSpec$"):
        method(verb).decode_call(b"")
    with pytest.raises(BadInput, match=r"^ModelSpec has no name specified.$"):
        method(verb).decode_call(bytes.fromhex("0a00"))
    with pytest.raises(BadInput, match=r"^the message is no (Classification|Regression)Request$"):
        method(verb).decode_call(b"\x0a\x05x")


def test_method_names_where_they_are_checked() -> None:
    checking = protocol(method_check=True)
    raw = asking(example(x=[1.0]))
    wrong = Signature({"inputs": TEXTS}, {"outputs": FLOATS}, method=PREDICT)
    assert refusal(over_grpc("Regress", raw, checking), wrong) == (
        "Expected regression signature method_name to be tensorflow/serving/regress. Was: tensorflow/serving/predict"
    )
    assert refusal(over_grpc("Classify", raw, checking), REGRESSOR) == (
        "Expected classification signature method_name to be tensorflow/serving/classify. "
        "Was: tensorflow/serving/regress"
    )
    assert read(over_grpc("Regress", raw), wrong).outputs == ("outputs",)
    assert read(over_grpc("Classify", raw, checking), CLASSIFIER).outputs == ("classes", "scores")
    by_rest = over_rest("regress", {"examples": [{}]}, rest.protocol(method_check=True))
    assert refusal(by_rest, wrong).startswith("Expected regression signature method_name")


def classified(signature: Signature, count: int, **outputs: Tensor) -> list[list[tuple[str, float]]]:
    call = over_grpc("Classify", asking(*[example(inputs=[1.0])] * count))
    read(call, signature)
    answer = told("Classify", call, signature, **outputs)
    assert answer.model_spec == message("tensorflow.serving.ModelSpec")(
        name="m", version={"value": 4}, signature_name="serving_default"
    )
    pairs = [[(item.label, item.score) for item in each.classes] for each in answer.result.classifications]
    assert told_by_rest("classify", call, signature, **outputs)["results"] == [
        [list(pair) for pair in row] for row in pairs
    ]
    return pairs


def test_classes_and_scores() -> None:
    scores = floats([0.5, 0.25, 0.125], [1, 2, 3])
    labels = strings([b"a", b"b", b"c"], [b"x", "é", b"\xff"])
    assert classified(CLASSIFIER, 2, scores=scores, classes=labels) == [
        [("a", 0.5), ("b", 0.25), ("c", 0.125)],
        [("x", 1.0), ("é", 2.0), ("�", 3.0)],
    ]
    only_scores = Signature({"inputs": TEXTS}, {"scores": SCORES}, method=PREDICT)
    assert classified(only_scores, 1, scores=floats([0.5, 1, 2])) == [[("", 0.5), ("", 1.0), ("", 2.0)]]
    only_labels = Signature({"inputs": TEXTS}, {"classes": LABELS}, method=PREDICT)
    assert classified(only_labels, 1, classes=strings([b"a"])) == [[("a", 0.0)]]


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({"scores": floats(1, 2)}, "Expected Tensor shape: [batch_size num_classes] but got [2]"),
        ({"scores": floats([1], [2], [3])}, "Expected scores output batch size of 2. Got: 3"),
        ({"scores": Tensor("FP64", np.ones((2, 1)))}, "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"),
        ({"classes": strings([[b"a"]])}, "Expected Tensor shape: [batch_size num_classes] but got [1,1,1]"),
        ({"classes": strings([b"a"])}, "Expected classes output batch size of 2. Got: 1"),
        (
            {"classes": Tensor("INT64", np.ones((2, 3), np.int64))},
            "Expected classes Tensor of DT_STRING. Got: DT_INT64",
        ),
        ({"classes": strings([b"a"], [b"b"])}, "Tensors class and score should match in dim_size(1). Got 1 vs. 3"),
    ],
)
def test_answers_that_are_no_classification(outputs: dict[str, Tensor], text: str) -> None:
    call = over_grpc("Classify", asking(example(), example()))
    read(call, CLASSIFIER)
    both = {"scores": floats([1, 2, 3], [1, 2, 3]), "classes": strings([b"a"] * 3, [b"b"] * 3)}
    with pytest.raises(BadInput) as refused:
        told("Classify", call, CLASSIFIER, **both | outputs)
    assert refused.value.message == text


X = {"inputs": FLOATS}


def test_the_classification_of_models_without_tensorflows_names() -> None:
    label, scores = TensorSpec("INT64", (-1,)), TensorSpec("FP32", (-1, 2))
    labels = Tensor("INT64", np.array([1, 0]))
    both = Signature(X, {"output_label": label, "output_probability": scores})
    assert classified(both, 2, output_label=labels, output_probability=floats([0.25, 0.75], [0.5, 0.5])) == [
        [("1", 0.75)],
        [("0", 0.5)],
    ]
    assert classified(Signature(X, {"label": TEXTS}), 1, label=strings(b"cat")) == [[("cat", 0.0)]]
    assert classified(Signature(X, {"p": scores}), 1, p=floats([0.5, 0.25])) == [[("", 0.5), ("", 0.25)]]
    assert classified(Signature(X, {"p": TensorSpec("FP64", (-1,))}), 1, p=Tensor("FP64", np.array([0.5]))) == [
        [("", 0.5)]
    ]
    mapped = Signature(X, {"output_label": label, "output_probability": TensorSpec("JSON", (-1,))})
    maps = Tensor("JSON", objects([{0: 0.25, 1: 0.75}, {"cat": 1.0}]))
    assert read(over_grpc("Classify", asking(example(inputs=[1.0]))), mapped).outputs == ("output_probability",)
    assert classified(mapped, 2, output_probability=maps) == [[("0", 0.25), ("1", 0.75)], [("cat", 1.0)]]


@pytest.mark.parametrize(
    "outputs",
    [{}, {"a": SCORES, "b": SCORES}, {"a": TEXTS, "b": TEXTS}, {"a": TensorSpec("BOOL", (-1,))}],
)
def test_models_that_do_not_classify(outputs: dict[str, TensorSpec]) -> None:
    text = refusal(over_grpc("Classify", asking(example(inputs=[1.0]))), Signature(X, outputs))
    assert text.startswith("Expected classification signature outputs to contain")


def regressed(signature: Signature, count: int, **outputs: Tensor) -> list[float]:
    call = over_grpc("Regress", asking(*[example(inputs=[1.0])] * count))
    read(call, signature)
    values = [each.value for each in told("Regress", call, signature, **outputs).result.regressions]
    assert told_by_rest("regress", call, signature, **outputs) == {"results": values}
    return values


def test_regressions() -> None:
    assert regressed(REGRESSOR, 2, outputs=floats([2.5], [3.0])) == [2.5, 3.0]
    assert regressed(REGRESSOR, 2, outputs=floats(2.5, 3.0)) == [2.5, 3.0]
    other = Signature(X, {"variable": TensorSpec("FP64", (-1, 1)), "label": TEXTS})
    assert regressed(other, 1, variable=Tensor("FP64", np.array([[0.5]]))) == [0.5]


def test_floats_are_told_in_their_shortest_form() -> None:
    call = over_rest("regress", {"examples": [{}]})
    read(call, REGRESSOR)
    route = next(route for route in rest.PROTOCOL.routes if route.name == "regress")
    reply = Predicted("m", 1, "serving_default", REGRESSOR, Response({"outputs": floats(0.2)}))
    assert route.encode_reply(call, reply).body == b'{"results":[0.2]}'
    call = over_rest("classify", {"examples": [{}]})
    read(call, CLASSIFIER)
    route = next(route for route in rest.PROTOCOL.routes if route.name == "classify")
    outputs = {"scores": floats([0.2]), "classes": strings([b"a"])}
    reply = Predicted("m", 1, "serving_default", CLASSIFIER, Response(outputs))
    assert route.encode_reply(call, reply).body == b'{"results":[[["a",0.2]]]}'


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (
            floats([1, 2], [3, 4]),
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [2,2]",
        ),
        (floats(1, 2, 3), "Input batch size did not match output batch size: 2 vs. 3"),
        (Tensor("FP64", np.ones(2)), "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE"),
    ],
)
def test_answers_that_are_no_regression(output: Tensor, text: str) -> None:
    call = over_grpc("Regress", asking(example(), example()))
    read(call, REGRESSOR)
    with pytest.raises(BadInput) as refused:
        told("Regress", call, REGRESSOR, outputs=output)
    assert refused.value.message == text


@pytest.mark.parametrize("outputs", [{}, {"a": FLOATS, "b": FLOATS}, {"a": TensorSpec("INT64", (-1,))}])
def test_models_that_do_not_regress(outputs: dict[str, TensorSpec]) -> None:
    text = refusal(over_grpc("Regress", asking(example(inputs=[1.0]))), Signature(X, outputs))
    assert text.startswith("No regression outputs found in SignatureDef: ")
