"""Metadata, status and configuration over gRPC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from salver.core.calls import (
    Configure,
    Done,
    Metadata,
    ModelMetadata,
    ModelStatus,
    ModelWish,
    State,
    Status,
    VersionStatus,
)
from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.messages import message
from salver.protocols.rpc import Unary
from salver.protocols.tfserving.grpc import PROTOCOL

SAVED_MODELS = Path(__file__).parents[4] / "shared" / "testdata" / "saved_models"
NAME = "tensorflow.serving.SignatureDefMap"
HALF_PLUS_TWO = Signature({"x": TensorSpec("FP32", (-1, 1))}, {"y": TensorSpec("FP32", None)}, batched=True)


def method(name: str) -> Unary:
    return next(found for found in PROTOCOL.methods if isinstance(found, Unary) and found.path.endswith(name.encode()))


def serving(kind: str, **fields: Any) -> Any:
    return message(f"tensorflow.serving.{kind}")(**fields)


def refusal(verb: str, proto: Any) -> str:
    with pytest.raises(BadInput) as refused:
        method(verb).decode_call(proto.SerializeToString())
    return refused.value.message


# Metadata.


@pytest.mark.parametrize(
    ("spec", "call"),
    [
        ({"name": "m"}, Metadata("m")),
        ({"name": "m", "version": {"value": 3}}, Metadata("m", 3)),
        ({"name": "m", "version_label": "stable"}, Metadata("m", None, "stable")),
    ],
)
def test_metadata_asked(spec: dict[str, Any], call: Metadata) -> None:
    request = serving("GetModelMetadataRequest", model_spec=spec, metadata_field=["signature_def", "signature_def"])
    assert method("GetModelMetadata").decode_call(request.SerializeToString()) == call


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "Missing ModelSpec"),
        ({"model_spec": {"name": "m"}}, "GetModelMetadataRequest must specify at least one metadata_field"),
        ({"model_spec": {"name": "m"}, "metadata_field": ["a"]}, "Metadata field a is not supported"),
        ({"model_spec": {}, "metadata_field": ["signature_def"]}, "ModelSpec has no name specified."),
    ],
)
def test_metadata_asked_wrongly(fields: dict[str, Any], text: str) -> None:
    assert refusal("GetModelMetadata", serving("GetModelMetadataRequest", **fields)) == text


def metadata(reply: ModelMetadata) -> Any:
    raw = method("GetModelMetadata").encode_reply(Metadata("m"), reply)
    return message("tensorflow.serving.GetModelMetadataResponse").FromString(raw)


def test_metadata_made_up_from_our_signatures() -> None:
    default = {"x": Tensor.of([[1.5]], "FP32"), "n": None}
    signature = Signature(
        {"x": TensorSpec("FP32", (-1, 1)), "n": TensorSpec("JSON", (-1,))},
        {"y": TensorSpec("BYTES", None)},
        default,
        method="tensorflow/serving/regress",
    )
    answer = metadata(ModelMetadata("m", 3, (3,), "onnx", {"s": signature}))
    assert answer.model_spec == serving("ModelSpec", name="m", version={"value": 3})
    assert list(answer.metadata) == ["signature_def"]
    packed = answer.metadata["signature_def"]
    assert packed.type_url == f"type.googleapis.com/{NAME}"
    assert message(NAME).FromString(packed.value) == text_format.Parse(
        """signature_def { key: "s" value {
             inputs { key: "x" value { name: "x:0" dtype: DT_FLOAT
                                       tensor_shape { dim { size: -1 } dim { size: 1 } } } }
             inputs { key: "n" value { name: "n:0" dtype: DT_STRING tensor_shape { dim { size: -1 } } } }
             outputs { key: "y" value { name: "y:0" dtype: DT_STRING tensor_shape { unknown_rank: true } } }
             defaults { key: "x" value { dtype: DT_FLOAT tensor_shape { dim { size: 1 } dim { size: 1 } }
                                         float_val: 1.5 } }
             method_name: "tensorflow/serving/regress" } }""",
        message(NAME)(),
    )


def test_the_models_own_metadata_is_passed_on_to_the_byte() -> None:
    own = b"\x0a\x03\x0a\x01a\xc2\x3e\x03abc"
    answer = metadata(ModelMetadata("m", 3, (3,), "savedmodel", {"s": HALF_PLUS_TWO}, {NAME: own}))
    assert answer.metadata["signature_def"].value == own


# Status.


def test_status_asked() -> None:
    decode = method("GetModelStatus").decode_call
    for spec, call in (
        ({"name": "m"}, Status("m")),
        ({"name": "m", "version": {"value": 3}}, Status("m", 3)),
        ({"name": "m", "version_label": "l"}, Status("m", None, "l")),
        ({}, Status("")),
    ):
        assert decode(serving("GetModelStatusRequest", model_spec=spec).SerializeToString()) == call
    assert refusal("GetModelStatus", serving("GetModelStatusRequest")) == "Missing ModelSpec"


def test_states_have_their_numbers() -> None:
    failed = VersionStatus(9, State.END, "no such file")
    versions = tuple(VersionStatus(number, state) for number, state in enumerate(State))
    raw = method("GetModelStatus").encode_reply(Status("m"), ModelStatus("m", (failed, *versions)))
    told = message("tensorflow.serving.GetModelStatusResponse").FromString(raw).model_version_status
    assert [(each.version, each.state) for each in told] == [(9, 50), (0, 10), (1, 20), (2, 30), (3, 40), (4, 50)]
    assert [(each.status.error_code, each.status.error_message) for each in told[:2]] == [(2, "no such file"), (0, "")]
    assert all(each.HasField("status") for each in told)


# Configuration.


def configured(text: str) -> Configure:
    proto = serving("ReloadConfigRequest")
    text_format.Parse(text, proto.config)
    call = method("HandleReloadConfigRequest").decode_call(proto.SerializeToString())
    assert isinstance(call, Configure)
    return call


def test_a_configuration() -> None:
    call = configured("""
        model_config_list {
          config { name: "a" base_path: "/a" model_platform: "tensorflow" }
          config { name: "b" base_path: "gs://b/c" model_type: TENSORFLOW model_version_policy { all {} } }
          config { name: "c" base_path: "/c" model_platform: "onnx" model_version_policy { latest { num_versions: 3 } }
                   version_labels { key: "stable" value: 7 } version_labels { key: "canary" value: 8 } }
          config { name: "d" base_path: "/d" model_platform: "tensorflow"
                   model_version_policy { specific { versions: 4 versions: 2 } } }
          config { name: "e" base_path: "/e" model_platform: "tensorflow" model_version_policy { latest {} } }
        }""")
    assert call == Configure(
        (
            ModelWish("a", "/a", "tensorflow", 1, {}),
            ModelWish("b", "gs://b/c", "tensorflow", None, {}),
            ModelWish("c", "/c", "onnx", 3, {"stable": 7, "canary": 8}),
            ModelWish("d", "/d", "tensorflow", (4, 2), {}),
            ModelWish("e", "/e", "tensorflow", 1, {}),
        )
    )
    assert configured("model_config_list {}") == Configure(())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "",
            "ServerModelConfig type not supported by HandleReloadConfigRequest. "
            "Only ModelConfigList is currently supported",
        ),
        ("custom_model_config {}", "ServerModelConfig type not supported by HandleReloadConfigRequest."),
        (
            'model_config_list { config { name: "a" base_path: "/a" model_platform: "tensorflow" } '
            'config { name: "a" base_path: "/b" model_platform: "tensorflow" } }',
            "Illegal to list model a multiple times in config list",
        ),
        (
            'model_config_list { config { name: "a" base_path: "rel/a" model_platform: "tensorflow" } }',
            "Expected model a to have an absolute path or URI; got base_path()=rel/a",
        ),
        (
            'model_config_list { config { name: "a" model_platform: "tensorflow" } }',
            "Expected model a to have an absolute path or URI; got base_path()=",
        ),
        (
            'model_config_list { config { name: "a" base_path: "/a" } }',
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform.",
        ),
        (
            'model_config_list { config { name: "a" base_path: "/a" model_type: TENSORFLOW model_platform: "x" } }',
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform.",
        ),
        (
            'model_config_list { config { name: "a" base_path: "/a" model_type: OTHER } }',
            "ModelServerConfig::model_type choice 2 not supported.",
        ),
    ],
)
def test_configurations_that_are_wrong(text: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        configured(text)
    assert refused.value.message.startswith(reason)


def test_what_is_told_when_it_is_done() -> None:
    raw = method("HandleReloadConfigRequest").encode_reply(Configure(()), Done())
    answer = message("tensorflow.serving.ReloadConfigResponse").FromString(raw)
    assert answer.HasField("status")
    assert (answer.status.error_code, list(answer.metric)) == (0, [])


@pytest.mark.parametrize("verb", ["GetModelMetadata", "GetModelStatus", "HandleReloadConfigRequest"])
def test_what_is_no_message(verb: str) -> None:
    with pytest.raises(BadInput, match=r"^the message is no \w+Request$"):
        method(verb).decode_call(b"\x0a\x05x")


# A file of TensorFlow's.


@pytest.mark.skipif(not SAVED_MODELS.exists(), reason="shared test data is not beside the repository")
def test_signatures_of_a_saved_model() -> None:
    """The client's half reads what a real export says of itself, and leaves out what cannot be asked."""
    path = SAVED_MODELS / "saved_model_half_plus_two_tf2_cpu" / "00000123" / "saved_model.pb"
    graph = message("tensorflow.SavedModel").FromString(path.read_bytes()).meta_graphs[0]
    own = message(NAME)()
    for name, signature in graph.signature_def.items():
        own.signature_def[name].CopyFrom(signature)
    assert "__saved_model_init_op" in own.signature_def
    reply = ModelMetadata("m", 123, (123,), "savedmodel", {}, {NAME: own.SerializeToString()})
    found = PROTOCOL.decode_reply(Metadata("m"), method("GetModelMetadata").encode_reply(Metadata("m"), reply))
    assert isinstance(found, ModelMetadata)
    assert "__saved_model_init_op" not in found.signatures
    assert found.signatures["regress_x_to_y"] == Signature(
        {"inputs": TensorSpec("BYTES", (-1,))}, {"outputs": TensorSpec("FP32", (-1, 1))}, batched=True
    )
    assert found.signatures["serving_default"].defaults == {"x": None}
