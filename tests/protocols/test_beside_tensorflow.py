"""Our messages beside TensorFlow's own: the same fields, the same tensors, and no clash in one process."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from salver.core.calls import Predict
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols import prototensor
from salver.protocols.messages import POOL
from salver.protocols.prototensor import NUMBERS
from salver.protocols.rpc import Unary
from salver.protocols.tfserving.grpc import PROTOCOL

pytestmark = pytest.mark.slow

FILES = (
    "tensorflow",
    "tensorflow_error",
    "tensorflow_session",
    "tensorflow_serving",
    "tensorflow_serving_config",
    "tensorflow_serving_log",
)
THEIRS = (
    "tensorflow_serving.apis.prediction_service_pb2",
    "tensorflow_serving.apis.model_service_pb2",
    "tensorflow_serving.apis.prediction_log_pb2",
    "tensorflow_serving.config.model_server_config_pb2",
    "tensorflow_serving.config.platform_config_pb2",
    "tensorflow.core.protobuf.config_pb2",
    "tensorflow.core.protobuf.saved_model_pb2",
    "tensorflow.core.example.example_pb2",
)
IN_NO_WHEEL = "tensorflow_serving_config"
"""Some of its messages are in no package of Python's: TensorFlow Serving reads them from files only."""


@pytest.fixture(scope="module")
def tensorflow() -> Any:
    pytest.importorskip("tensorflow_serving.apis", exc_type=ImportError)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in THEIRS:
            importlib.import_module(name)
        return importlib.import_module("tensorflow")


@pytest.fixture(scope="module")
def theirs(tensorflow: Any) -> Any:
    from google.protobuf import descriptor_pool

    return descriptor_pool.Default()


def messages_of(file: str) -> Iterator[Any]:
    waiting = list(POOL.FindFileByName(f"salver/{file}.proto").message_types_by_name.values())
    while waiting:
        found = waiting.pop()
        waiting.extend(found.nested_types)
        yield found


def told(field: Any) -> dict[str, Any]:
    """What of a field shows on the wire, in text and in JSON."""
    refers = field.message_type or field.enum_type
    return {
        "name": field.name,
        "type": field.type,
        "repeated": field.is_repeated,
        "packed": field.is_packed,
        "presence": field.has_presence,
        "refers": refers.full_name if refers else None,
        "oneof": field.containing_oneof.name if field.containing_oneof else None,
    }


@pytest.mark.parametrize("file", FILES)
def test_every_field_is_tensorflows(theirs: Any, file: str) -> None:
    unheard = []
    for found in messages_of(file):
        try:
            other = theirs.FindMessageTypeByName(found.full_name)
        except KeyError:
            unheard.append(found.full_name)
            continue
        for field in found.fields:
            assert told(field) == told(other.fields_by_number[field.number]), f"{found.full_name}.{field.name}"
    assert not unheard or file == IN_NO_WHEEL


@pytest.mark.parametrize("name", ["tensorflow.DataType", "tensorflow.error.Code", "tensorflow.serving.ModelType"])
def test_every_enum_is_tensorflows(theirs: Any, name: str) -> None:
    ours = {value.name: value.number for value in POOL.FindEnumTypeByName(name).values}
    other = {value.name: value.number for value in theirs.FindEnumTypeByName(name).values}
    assert ours.items() <= other.items()
    beyond = {name for name in other.keys() - ours.keys() if not name.endswith("_REF") and "FLOAT4" not in name}
    assert all(name.startswith("DO_NOT_USE") for name in beyond)


@pytest.mark.parametrize("name", ["tensorflow.serving.PredictionService", "tensorflow.serving.ModelService"])
def test_every_method_is_tensorflow_servings(theirs: Any, name: str) -> None:
    def methods(pool: Any) -> dict[str, tuple[str, str]]:
        service = pool.FindServiceByName(name)
        return {each.name: (each.input_type.full_name, each.output_type.full_name) for each in service.methods}

    assert methods(POOL) == methods(theirs)
    paths = {method.path for method in PROTOCOL.methods if method.path.startswith(f"/{name}/".encode())}
    assert paths == {f"/{name}/{method}".encode() for method in methods(theirs)}


def values(dtype: str, count: int) -> np.ndarray[Any, Any]:
    if dtype == "BYTES":
        return objects([f"é{index}".encode() * index for index in range(count)])
    if dtype == "BF16":
        return np.arange(0x3F00, 0x3F00 + count, dtype=np.uint16)
    return (np.arange(count) * 3 - count).astype(NUMPY[dtype])


def as_tensorflow(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    import ml_dtypes

    return array.view(ml_dtypes.bfloat16) if dtype == "BF16" else array


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0, 4)], ids=str)
@pytest.mark.parametrize("dtype", sorted(NUMBERS))
def test_tensors_agree_with_tensorflows(tensorflow: Any, dtype: str, shape: tuple[int, ...]) -> None:
    array = values(dtype, int(np.prod(shape))).reshape(shape)
    given = as_tensorflow(array, dtype)
    raw = tensorflow.make_tensor_proto(given, shape=shape, dtype=NUMBERS[dtype]).SerializeToString()
    found = prototensor.read(raw, 0, len(raw))
    assert (found.dtype, found.array.shape) == (dtype, shape)
    assert found.array.tolist() == array.tolist()
    kind = type(tensorflow.make_tensor_proto(1))
    for content in (False, True):
        proto = kind.FromString(prototensor.write(Tensor(dtype, array), content))
        if not (content and dtype == "BYTES"):  # TensorFlow's Python half cannot read that, its C++ half does
            back = tensorflow.make_ndarray(proto)
            assert back.shape == shape
            assert back.tolist() == given.tolist()
    as_constant = tensorflow.io.parse_tensor(prototensor.write(Tensor(dtype, array), content=True), NUMBERS[dtype])
    assert np.asarray(as_constant.numpy(), given.dtype).tolist() == given.tolist()


def test_a_list_that_tensorflow_fills_up(tensorflow: Any) -> None:
    proto = tensorflow.make_tensor_proto(0.0)
    proto.tensor_shape.dim.add(size=4)
    for listed in ([], [2.0], [2.0, 3.0]):
        del proto.float_val[:]
        proto.float_val.extend(listed)
        raw = proto.SerializeToString()
        theirs = tensorflow.io.parse_tensor(raw, tensorflow.float32).numpy()
        assert prototensor.read(raw, 0, len(raw)).array.tolist() == theirs.tolist()


def test_a_client_of_tensorflow_servings(tensorflow: Any) -> None:
    predict = importlib.import_module("tensorflow_serving.apis.predict_pb2")
    request = predict.PredictRequest()
    request.model_spec.name = "m"
    request.model_spec.version.value = 7
    request.model_spec.signature_name = "s"
    request.inputs["x"].CopyFrom(tensorflow.make_tensor_proto([[1.0, 2.0]]))
    request.inputs["y"].CopyFrom(tensorflow.make_tensor_proto(["a"]))
    request.output_filter.append("z")
    method = PROTOCOL.methods[0]
    assert isinstance(method, Unary)
    call = method.decode_call(request.SerializeToString())
    assert isinstance(call, Predict)
    signature = Signature(
        {"x": TensorSpec("FP32", None), "y": TensorSpec("BYTES", None)}, {"z": TensorSpec("FP32", None)}
    )
    read = call.read({"s": signature})
    assert (call.model, call.version, read.signature, read.outputs) == ("m", 7, "s", ("z",))
    assert read.tensors["x"].array.tolist() == [[1.0, 2.0]]
    assert read.tensors["y"].array.tolist() == [b"a"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["theirs first", "ours first"])
def test_both_in_one_process(order: tuple[int, int]) -> None:
    pytest.importorskip("tensorflow_serving.apis", exc_type=ImportError)
    imports = (
        "from tensorflow_serving.apis import prediction_service_pb2_grpc, model_service_pb2_grpc",
        "from salver.protocols.tfserving.grpc import PROTOCOL; from salver.protocols.messages import message",
    )
    program = "\n".join(
        [
            *(imports[index] for index in order),
            "from tensorflow_serving.apis import predict_pb2",
            "theirs = predict_pb2.PredictRequest(); theirs.model_spec.name = 'm'",
            "ours = message('tensorflow.serving.PredictRequest').FromString(theirs.SerializeToString())",
            "assert ours.model_spec.name == 'm' and type(ours) is not type(theirs)",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
