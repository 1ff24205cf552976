"""Status and metadata against documents of a real TensorFlow Serving, and the layout protobuf prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salver.core.calls import Metadata, ModelMetadata, ModelStatus, State, Status, VersionStatus
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.prototensor import NUMBERS
from salver.protocols.tfserving.documents import decode_metadata, decode_status, encode_metadata, encode_status
from salver.protocols.tfserving.rest import PROTOCOL

SAVED_MODELS = Path(__file__).parents[4] / "shared" / "testdata" / "saved_models"
HALF_PLUS_TWO = Signature({"x": TensorSpec("FP32", (-1, 1))}, {"y": TensorSpec("FP32", (-1, 1))}, batched=True)


def text(response: HttpResponse) -> str:
    assert response.status == 200
    assert isinstance(response.body, bytes)
    return response.body.decode()


def test_status() -> None:
    reply = ModelStatus("m", (VersionStatus(123, State.AVAILABLE), VersionStatus(7, State.END, "no such file")))
    assert (
        text(encode_status(Status("m"), reply))
        == """\
{
 "model_version_status": [
  {
   "version": "123",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  },
  {
   "version": "7",
   "state": "END",
   "status": {
    "error_code": "UNKNOWN",
    "error_message": "no such file"
   }
  }
 ]
}
"""
    )
    assert decode_status(Status("m"), json.loads(text(encode_status(Status("m"), reply)))) == reply


@pytest.mark.skipif(not SAVED_MODELS.exists(), reason="shared test data is not beside the repository")
def test_metadata_is_the_document_of_a_real_server() -> None:
    printed = (SAVED_MODELS / "half_plus_two_model_metadata.json").read_text()
    document = json.loads(printed)
    definitions = document["metadata"]["signature_def"]["signature_def"]
    real = definitions["serving_default"]
    definitions.clear()
    definitions["serving_default"] = real
    reply = ModelMetadata("default", 123, (123,), "onnx", {"serving_default": HALF_PLUS_TWO})
    ours = text(encode_metadata(Metadata("default"), reply))
    assert json.loads(ours) == document
    assert ours == json.dumps(document, indent=1) + "\n"
    assert all(line in printed.splitlines() for line in ours.splitlines() if '"version"' not in line)


@pytest.mark.parametrize("name", ["half_plus_two_model", "saved_model_half_plus_two_2_versions"])
@pytest.mark.skipif(not SAVED_MODELS.exists(), reason="shared test data is not beside the repository")
def test_a_client_reads_a_real_servers_metadata(name: str) -> None:
    document = json.loads((SAVED_MODELS / f"{name}_metadata.json").read_text())
    metadata = decode_metadata(Metadata("m"), document)
    assert metadata.version == 123
    assert metadata.signatures["serving_default"] == HALF_PLUS_TWO
    assert metadata.signatures["classify_x_to_y"].inputs["inputs"] == TensorSpec("BYTES", None)


def test_every_dtype_and_shape_comes_back() -> None:
    specs = {dtype: TensorSpec(dtype, (-1, 2)) for dtype in NUMBERS}
    signature = Signature(
        specs | {"any": TensorSpec("FP32", None), "one": TensorSpec("INT64", ())}, {"y": TensorSpec("BOOL", (3,))}
    )
    reply = ModelMetadata("m", 2, (2,), "", {"s": signature})
    response = encode_metadata(Metadata("m"), reply)
    assert decode_metadata(Metadata("m"), json.loads(text(response))) == reply


def test_values_of_dtype_json_are_shown_as_strings() -> None:
    reply = ModelMetadata("m", 1, (1,), "", {"s": Signature({"x": TensorSpec("JSON", (-1,))}, {})})
    definition = json.loads(text(encode_metadata(Metadata("m"), reply)))["metadata"]["signature_def"]["signature_def"]
    assert definition["s"]["inputs"]["x"]["dtype"] == "DT_STRING"


def test_tensorflows_names() -> None:
    names = {"FP16": "HALF", "BF16": "BFLOAT16", "FP32": "FLOAT", "FP64": "DOUBLE", "BYTES": "STRING", "UINT8": "UINT8"}
    specs = {dtype: TensorSpec(dtype, ()) for dtype in names}
    reply = ModelMetadata("m", 1, (1,), "", {"s": Signature(specs, {})})
    definition = json.loads(text(encode_metadata(Metadata("m"), reply)))["metadata"]["signature_def"]["signature_def"]
    assert {dtype: info["dtype"] for dtype, info in definition["s"]["inputs"].items()} == {
        dtype: f"DT_{name}" for dtype, name in names.items()
    }


def test_calls() -> None:
    _, status, metadata, _, _ = PROTOCOL.routes
    args = {"model": "m", "version": 2, "label": None}
    assert status.decode_call(HttpRequest(b"GET", b""), **args) == Status("m", 2)
    assert metadata.decode_call(HttpRequest(b"GET", b""), **args) == Metadata("m", 2)
