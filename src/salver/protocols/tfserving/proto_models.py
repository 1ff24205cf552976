"""The messages about models rather than to them: metadata, status, and the configuration that replaces the present."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError

from salver.core.calls import Call, Configure, Done, Metadata, ModelMetadata, ModelStatus, State, Status, VersionStatus
from salver.core.errors import BadInput
from salver.protocols.messages import message
from salver.protocols.tfserving.model_config import model_wishes
from salver.protocols.tfserving.model_spec import MISSING, named, spec_of
from salver.protocols.tfserving.signature_defs import NAME, read_signatures, signature_defs

SIGNATURE_DEF: Final = "signature_def"
"""The only field of metadata there is."""

_METADATA_REQUEST: Final = message("tensorflow.serving.GetModelMetadataRequest")
_METADATA: Final = message("tensorflow.serving.GetModelMetadataResponse")
_STATUS_REQUEST: Final = message("tensorflow.serving.GetModelStatusRequest")
_STATUS: Final = message("tensorflow.serving.GetModelStatusResponse")
_RELOAD_REQUEST: Final = message("tensorflow.serving.ReloadConfigRequest")
_RELOADED: Final = message("tensorflow.serving.ReloadConfigResponse")
_MAP: Final = message(NAME)
_UNKNOWN: Final = 2
_STATES: Final = {State.START: 10, State.LOADING: 20, State.AVAILABLE: 30, State.UNLOADING: 40, State.END: 50}
_BY_NUMBER: Final = {number: state for state, number in _STATES.items()}


def parsed(kind: Any, buffer: bytes | memoryview, name: str = "") -> Any:
    """A message of that class. Raises BadInput for bytes that are none, calling it by the name that clients know."""
    try:
        return kind.FromString(bytes(buffer))
    except DecodeError:
        raise BadInput(f"the message is no {name or kind.DESCRIPTOR.name}") from None


def decode_metadata(buffer: bytes | memoryview) -> Metadata:
    """`GetModelMetadataRequest`. Raises BadInput where no model is named, or a field is asked for that there is not."""
    request = parsed(_METADATA_REQUEST, buffer)
    if not request.HasField("model_spec"):
        raise BadInput(MISSING)
    if not request.metadata_field:
        raise BadInput("GetModelMetadataRequest must specify at least one metadata_field")
    for field in request.metadata_field:
        if field != SIGNATURE_DEF:
            raise BadInput(f"Metadata field {field} is not supported")
    spec = named(request)
    return Metadata(spec.name, spec.version, spec.label)


def encode_metadata(_: Call, reply: ModelMetadata) -> bytes:
    """`GetModelMetadataResponse`, its signatures packed in an `Any`."""
    proto = _METADATA()
    proto.model_spec.name = reply.model
    proto.model_spec.version.value = reply.version
    own = reply.native.get(NAME)
    field = proto.metadata[SIGNATURE_DEF]
    field.type_url = f"type.googleapis.com/{NAME}"
    field.value = signature_defs(reply).SerializeToString(deterministic=True) if own is None else own
    return _bytes(proto)


def decode_status(buffer: bytes | memoryview) -> Status:
    """`GetModelStatusRequest`. Raises BadInput where it has no spec; one without a name is of no known model."""
    request = parsed(_STATUS_REQUEST, buffer)
    if not request.HasField("model_spec"):
        raise BadInput(MISSING)
    spec = spec_of(request.model_spec)
    return Status(spec.name, spec.version, spec.label)


def encode_status(_: Call, reply: ModelStatus) -> bytes:
    """`GetModelStatusResponse`. A version that failed has the code UNKNOWN: only its message is known."""
    proto = _STATUS()
    for version in reply.versions:
        told = proto.model_version_status.add(version=version.version, state=_STATES[version.state])
        told.status.error_code = _UNKNOWN if version.error else 0
        told.status.error_message = version.error.encode(errors="replace").decode()
    return _bytes(proto)


def decode_reload(buffer: bytes | memoryview) -> Configure:
    """`ReloadConfigRequest`. Raises BadInput for a configuration that is no list of models, or a wrong one."""
    config = parsed(_RELOAD_REQUEST, buffer).config
    if config.WhichOneof("config") != "model_config_list":
        raise BadInput(
            "ServerModelConfig type not supported by HandleReloadConfigRequest. "
            "Only ModelConfigList is currently supported"
        )
    return Configure(model_wishes(config))


def encode_reloaded(_: Call, __: Done) -> bytes:
    """`ReloadConfigResponse`, all well. How much metrics have risen is not told."""
    proto = _RELOADED()
    proto.status.SetInParent()
    return _bytes(proto)


# The client's half.


def encode_metadata_call(call: Metadata) -> bytes:
    """The request for a model's signatures."""
    request = _METADATA_REQUEST(metadata_field=[SIGNATURE_DEF])
    _fill(request.model_spec, call)
    return _bytes(request)


def encode_status_call(call: Status) -> bytes:
    """The request for a model's states."""
    request = _STATUS_REQUEST()
    _fill(request.model_spec, call)
    return _bytes(request)


def read_metadata(call: Metadata, raw: bytes) -> ModelMetadata:
    """The reply in an answer. Raises BadInput for what is none."""
    proto = parsed(_METADATA, raw)
    version = proto.model_spec.version.value
    signatures = read_signatures(parsed(_MAP, proto.metadata[SIGNATURE_DEF].value))
    return ModelMetadata(call.model, version, (version,), "", signatures)


def read_status(call: Status, raw: bytes) -> ModelStatus:
    """The reply in an answer. Raises BadInput for what is none."""
    versions = tuple(
        VersionStatus(told.version, _BY_NUMBER.get(told.state, State.START), told.status.error_message)
        for told in parsed(_STATUS, raw).model_version_status
    )
    return ModelStatus(call.model, versions)


def _fill(spec: Any, call: Metadata | Status) -> None:
    spec.name = call.model
    if call.version is not None:
        spec.version.value = call.version
    elif call.label is not None:
        spec.version_label = call.label


def _bytes(proto: Any) -> bytes:
    raw: bytes = proto.SerializeToString()
    return raw
