"""Everything but infer over gRPC: real models answer, tritonclient asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from grpc_house import House

from salver.core import calls
from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec
from salver.protocols.openinference.grpc_management import decode_load, encode_config, encode_metadata

triton: Any = pytest.importorskip("tritonclient.grpc")
pb: Any = pytest.importorskip("tritonclient.grpc.service_pb2")

pytestmark = pytest.mark.slow


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    client = triton.InferenceServerClient(house.target)
    yield client
    client.close()


def refused(act: Any, *arguments: Any, **options: Any) -> tuple[str, str]:
    """(status, message) of what a call raises."""
    with pytest.raises(triton.InferenceServerException) as caught:
        act(*arguments, **options)
    return caught.value.status(), caught.value.message()


def test_health(client: Any):
    assert client.is_server_live()
    assert not client.is_server_ready()  # as `broken` is not
    assert client.is_model_ready("m")
    assert client.is_model_ready("m", "2")
    assert not client.is_model_ready("m", "9")
    assert not client.is_model_ready("broken")
    assert not client.is_model_ready("nope")
    assert refused(client.is_model_ready, "m", "x")[0] == "StatusCode.INVALID_ARGUMENT"


def test_metadata(client: Any):
    about = client.get_server_metadata()
    assert about.name == "salver"
    assert {"classification", "model_repository", "statistics"} <= set(about.extensions)
    model = client.get_model_metadata("m")
    assert (model.name, list(model.versions), model.platform) == ("m", ["1", "2"], "fake")
    assert [(one.name, one.datatype, list(one.shape)) for one in model.inputs] == [("x", "FP32", [-1])]
    assert [(one.name, one.datatype, list(one.shape)) for one in model.outputs] == [("y", "FP32", [-1])]
    assert refused(client.get_model_metadata, "nope") == (
        "StatusCode.NOT_FOUND",
        "Request for unknown model: 'nope' is not found",
    )
    assert refused(client.get_model_metadata, "m", "9") == (
        "StatusCode.NOT_FOUND",
        "Request for unknown model: 'm' version 9 is not found",
    )
    assert refused(client.get_model_metadata, "broken")[0] == "StatusCode.UNAVAILABLE"


def test_configuration(client: Any):
    config = client.get_model_config("m").config
    assert (config.name, config.platform, config.max_batch_size) == ("m", "fake", 0)
    assert [(one.name, one.data_type, list(one.dims)) for one in config.input] == [("x", 11, [-1])]
    assert [(one.name, one.data_type, list(one.dims)) for one in config.output] == [("y", 11, [-1])]
    assert not config.model_transaction_policy.decoupled
    assert refused(client.get_model_config, "nope")[0] == "StatusCode.NOT_FOUND"


def test_every_datatype_has_its_word_in_a_configuration():
    model_config: Any = pytest.importorskip("tritonclient.grpc.model_config_pb2")
    specs = {dtype: TensorSpec(dtype, None) for dtype in NUMPY}
    signature = Signature(specs, {}, {"FP32": Tensor("FP32", np.zeros((), np.float32))})
    reply = calls.ModelMetadata("m", 1, (1,), "onnx", {"serving_default": signature})
    config = pb.ModelConfigResponse.FromString(encode_config(calls.Metadata("m"), reply)).config
    names = {one.name: model_config.DataType.Name(one.data_type) for one in config.input}
    assert names == {dtype: f"TYPE_{dtype}" for dtype in NUMPY} | dict.fromkeys(("BYTES", "JSON"), "TYPE_STRING")
    assert [one.name for one in config.input if one.optional] == ["FP32"]


def test_metadata_show_the_default_signature():
    signatures = {"b": Signature({}, {}), "serving_default": Signature({"j": TensorSpec("JSON", None)}, {})}
    reply = calls.ModelMetadata("m", 2, (1, 2), "python", signatures)
    told = pb.ModelMetadataResponse.FromString(encode_metadata(calls.Metadata("m"), reply))
    assert [(one.name, one.datatype, list(one.shape)) for one in told.inputs] == [("j", "BYTES", [-1])]


def test_statistics(client: Any):
    before = counted(client)
    item = triton.InferInput("x", [1], "FP32")
    item.set_data_from_numpy(np.zeros(1, np.float32))
    client.infer("m", [item], "2")
    refused(client.infer, "m", [], "2")
    after = counted(client)
    assert after[0] - before[0] == 1
    assert after[1] - before[1] == 1
    assert {one.version for one in client.get_inference_statistics().model_stats} == {"1", "2"}
    assert refused(client.get_inference_statistics, "nope")[0] == "StatusCode.NOT_FOUND"


def counted(client: Any) -> tuple[int, int]:
    (stats,) = client.get_inference_statistics("m", "2").model_stats
    assert stats.inference_count == stats.execution_count == stats.inference_stats.compute_infer.count
    return stats.inference_stats.success.count, stats.inference_stats.fail.count


def test_repository(client: Any):
    rows = {(row.name, row.version): row for row in client.get_model_repository_index().models}
    assert {key: row.state for key, row in rows.items()} == {
        ("m", "2"): "READY",
        ("m", "1"): "READY",
        ("broken", "1"): "UNAVAILABLE",
    }
    assert "this is no model" in rows["broken", "1"].reason
    client.unload_model("m")
    assert not client.is_model_ready("m")
    client.load_model("m")
    assert client.is_model_ready("m")
    assert refused(client.load_model, "nope")[0] == "StatusCode.NOT_FOUND"
    assert refused(client.load_model, "broken")[0] == "StatusCode.UNAVAILABLE"
    status, message = refused(client.load_model, "m", config="{}")
    assert status == "StatusCode.INVALID_ARGUMENT"
    assert message == "parameters: 'config' is not supported; a model's options and files are the server's"


def test_files_in_a_load_are_refused():
    request = pb.RepositoryModelLoadRequest(model_name="m")
    request.parameters["file:1/model.onnx"].bytes_param = b"x"
    with pytest.raises(BadInput, match=r"'file:1/model\.onnx' is not supported"):
        decode_load(request.SerializeToString())


@pytest.mark.parametrize("kind", ["system", "cuda"])
def test_shared_memory_is_empty_and_refused(client: Any, kind: str):
    status = getattr(client, f"get_{kind}_shared_memory_status")
    assert dict(status().regions) == {}
    code, message = refused(status, "r")
    assert code == "StatusCode.NOT_FOUND"
    assert message.lower() == f"unable to find {kind} shared memory region: 'r'"
    getattr(client, f"unregister_{kind}_shared_memory")()
    getattr(client, f"unregister_{kind}_shared_memory")("r")
    arguments = ("r", "/key", 64) if kind == "system" else ("r", b"aGFuZGxl", 0, 64)
    assert refused(getattr(client, f"register_{kind}_shared_memory"), *arguments) == (
        "StatusCode.UNIMPLEMENTED",
        "shared memory is not supported here",
    )


def test_tracing_and_log_settings_are_refused(client: Any):
    for act, words in ((client.get_trace_settings, "tracing is"), (client.get_log_settings, "log settings are")):
        assert refused(act) == ("StatusCode.UNIMPLEMENTED", f"{words} not supported here")


@pytest.mark.parametrize(
    "method", ["ServerLive", "ModelReady", "ModelInfer", "RepositoryIndex", "CudaSharedMemoryStatus", "ModelConfig"]
)
def test_a_message_that_cannot_be_read_is_refused(channel: Any, method: str):
    import grpc

    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"/inference.GRPCInferenceService/{method}")(b"\xff\xff", timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert f"inference.{method}Request" in caught.value.details()
