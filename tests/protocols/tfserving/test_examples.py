"""Examples in, over gRPC and REST: what a model gets of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tf_examples import (
    CLASSIFIER,
    COLUMNS,
    EXAMPLE,
    FEATURES,
    FED,
    FLOATS,
    REGRESSOR,
    asking,
    example,
    floats,
    over_grpc,
    over_rest,
    read,
    refusal,
)

from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.messages import message


def test_a_model_that_parses_examples_gets_them_as_they_are() -> None:
    first, second = example(x=[1.0]), example(x=[2.0])
    request = read(over_grpc("Classify", asking(first, second)), CLASSIFIER)
    assert request.outputs == ("classes", "scores")
    assert request.tensors["inputs"].dtype == "BYTES"
    assert request.tensors["inputs"].array.tolist() == [first.SerializeToString(), second.SerializeToString()]


def test_the_context_is_merged_into_each_example() -> None:
    context = example(x=[9.0], y=[b"both"])
    request = read(over_grpc("Regress", asking(example(x=[1.0]), example(), context=context)), REGRESSOR)
    merged = [EXAMPLE.FromString(raw) for raw in request.tensors["inputs"].array]
    assert merged == [example(x=[1.0], y=[b"both"]), context]


def test_rest_makes_the_same_examples() -> None:
    body = {"signature_name": "s", "context": {"c": 1}, "examples": [FEATURES, {}]}
    request = over_rest("classify", body).read({"s": CLASSIFIER})
    assert request.signature == "s"
    first, second = (EXAMPLE.FromString(raw) for raw in request.tensors["inputs"].array)
    assert first == example(c=[1], age=[30.5], name=[b"Ada"], sizes=[1, 2], raw=[b"\xff"], **{"is": [1]})
    assert second == example(c=[1])


@pytest.mark.parametrize("age", [30.5, [30.5]])
def test_other_models_get_features_as_columns(age: Any) -> None:
    request = read(over_rest("regress", {"examples": [{"age": age, "name": "Ada"}, {"age": 7, "name": "Bo"}]}), COLUMNS)
    assert request.outputs == ("y",)
    assert (request.tensors["age"].dtype, request.tensors["age"].array.tolist()) == ("FP32", [[30.5], [7.0]])
    assert request.tensors["name"].array.tolist() == [b"Ada", b"Bo"]


def test_a_float_fed_signature_of_tensorflow_gets_its_column() -> None:
    request = read(over_grpc("Regress", asking(example(inputs=[2.0]), example(inputs=[3.0]))), FED)
    assert request.tensors["inputs"].array.tolist() == [[2.0], [3.0]]


@pytest.mark.parametrize(
    ("spec", "values", "shape"),
    [
        (TensorSpec("FP32", (-1, 3)), [[1.0, 2.0, 3.0]] * 2, (2, 3)),
        (TensorSpec("INT8", (-1, 2, -1)), [[1, 2, 3, 4]] * 2, (2, 2, 2)),
        (TensorSpec("FP64", None), [[1.0]] * 2, (2,)),
        (TensorSpec("BF16", None), [[1.0, 2.0]] * 2, (2, 2)),
        (TensorSpec("FP32", ()), [[1.0]], ()),
        (TensorSpec("BOOL", (-1,)), [[1], [0]], (2,)),
    ],
)
def test_shapes_and_dtypes_of_columns(spec: TensorSpec, values: list[list[Any]], shape: tuple[int, ...]) -> None:
    signature = Signature({"x": spec}, {"y": FLOATS})
    call = over_grpc("Regress", asking(*(example(x=row) for row in values)))
    tensor = read(call, signature).tensors["x"]
    assert (tensor.dtype, tensor.array.shape) == (spec.dtype, shape)
    assert np.ravel(tensor.to_list()).tolist() == np.ravel(values).tolist()


def test_a_missing_feature_takes_the_default() -> None:
    known = Signature({"x": FLOATS}, {"y": FLOATS}, {"x": floats(5.0)})
    hidden = Signature({"x": FLOATS}, {"y": FLOATS}, {"x": None})
    some = over_grpc("Regress", asking(example(x=[1.0]), example()))
    none = over_grpc("Regress", asking(example(), example()))
    assert read(some, known).tensors["x"].array.tolist() == [[1.0], [5.0]]
    assert read(none, hidden).tensors == {}
    assert refusal(some, hidden) == "example 1 lacks feature 'x', whose default the model keeps to itself"
    assert refusal(some, Signature({"x": FLOATS}, {"y": FLOATS})) == "example 1 lacks feature 'x'"


@pytest.mark.parametrize(
    ("spec", "examples", "reason"),
    [
        (FLOATS, [example(x=[1.0]), example(x=[1.0, 2.0])], "example 1: feature 'x' has 2 values, in"),
        (FLOATS, [example(x=[1.0, 2.0])], "feature 'x' has 2 values, a row of the input has shape [1]"),
        (FLOATS, [example(x=[b"1"])], "example 0: feature 'x' is a bytes_list; FP32 is made of"),
        (TensorSpec("INT64", (-1,)), [example(x=[1.0])], "example 0: feature 'x' is a float_list; INT64 is"),
        (TensorSpec("INT8", (-1,)), [example(x=[300])], "feature 'x': integers from 300 to 300 do not fit INT8"),
        (TensorSpec("BOOL", (-1,)), [example(x=[2])], "feature 'x': a truth value is 0 or 1"),
        (TensorSpec("FP32", ()), [example(x=[1.0])] * 2, "input 'x' takes one value; 2 examples have 1 each"),
        (TensorSpec("JSON", (-1,)), [example(x=[b"{}"])], "input 'x' takes JSON, which no feature"),
    ],
)
def test_features_that_do_not_fit(spec: TensorSpec, examples: list[Any], reason: str) -> None:
    signature = Signature({"x": spec}, {"y": FLOATS})
    assert refusal(over_grpc("Regress", asking(*examples)), signature).startswith(reason)


def test_what_is_no_example() -> None:
    proto = message("tensorflow.serving.RegressionRequest")(model_spec={"name": "m"})
    raw = proto.SerializeToString() + bytes.fromhex("12060a040a02ffff")
    assert refusal(over_grpc("Regress", raw), COLUMNS) == "example 0 is no tf.Example"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "JSON Parse error: The document is empty"),
        ([], "JSON Value: [] Is not object"),
        ({"signature_name": 1}, "'signature_name' key must be a string value."),
        ({}, "JSON Value: {} When method is classify, key 'examples' is expected and was not found"),
        ({"examples": 1}, "Expecting 'examples' value to be an list/array"),
        ({"examples": []}, "'examples' value is an empty array"),
        ({"examples": [[]]}, "Example must be JSON object but got JSON Array"),
        ({"examples": [None]}, "Example must be JSON object but got JSON Null"),
        ({"examples": [{}], "context": "x"}, "Example must be JSON object but got JSON String"),
        ({"examples": [{"a": None}]}, "Feature: a has element with unexpected JSON type: Null"),
        ({"examples": [{"a": [[1]]}]}, "Feature: a has element with unexpected JSON type: Array"),
        ({"examples": [{"a": {"b": 1}}]}, "Feature: a has element with unexpected JSON type: Object"),
        ({"examples": [{"a": {"b64": "x", "c": 1}}]}, "Feature: a has element with unexpected JSON type: Object"),
        ({"examples": [{"a": [1, "x"]}]}, "Unexpected element type in feature: a expecting type: int64"),
        ({"examples": [{"a": [1.5, 2]}]}, "Unexpected element type in feature: a expecting type: float"),
        ({"examples": [{"a": ["x", True]}]}, "Unexpected element type in feature: a expecting type: bytes"),
        ({"examples": [{"a": 2**63}]}, "Feature: a has uint64 element. Only int64 is supported."),
        ({"examples": [{"a": {"b64": "?"}}]}, "Unable to base64 decode"),
    ],
)
def test_bodies_that_are_wrong(body: Any, text: str) -> None:
    assert refusal(over_rest("classify", body), CLASSIFIER).endswith(text)


@pytest.mark.parametrize(
    ("number", "kind"), [("1e40", "float_list"), ("1" + "0" * 400, "float_list"), ("NaN", "float_list")]
)
def test_numbers_beyond_what_a_feature_holds(number: str, kind: str) -> None:
    call = over_rest("regress", f'{{"examples": [{{"x": {number}}}]}}'.encode())
    (raw,) = read(call, REGRESSOR).tensors["inputs"].array
    feature = EXAMPLE.FromString(raw).features.feature["x"]
    assert feature.WhichOneof("kind") == kind
    assert not np.isfinite(feature.float_list.value[0])
