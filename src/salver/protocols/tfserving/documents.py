"""Status and metadata documents, laid out as protobuf prints them, and read back for the client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from salver.core.calls import Call, Metadata, ModelMetadata, ModelStatus, State, Status, VersionStatus
from salver.protocols.http import HttpResponse
from salver.protocols.messages import message
from salver.protocols.tfserving.signature_defs import NAME, read_signatures, signature_defs

_LAST: Final = ("name", "coo_sparse", "composite_tensor")
"""How a tensor is found in its graph, which TensorFlow Serving prints after its dtype and shape."""


def encode_status(_: Call, reply: ModelStatus) -> HttpResponse:
    """`GetModelStatusResponse`. A version that failed has the code UNKNOWN: only its message is known."""
    return _printed(
        {
            "model_version_status": [
                {
                    "version": str(version.version),
                    "state": version.state.value,
                    "status": {"error_code": "UNKNOWN" if version.error else "OK", "error_message": version.error},
                }
                for version in reply.versions
            ]
        }
    )


def encode_metadata(_: Call, reply: ModelMetadata) -> HttpResponse:
    """`GetModelMetadataResponse`, with the model's own SignatureDefs, or some made up from our signatures."""
    definitions = MessageToDict(
        signature_defs(reply), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    for definition in definitions["signature_def"].values():
        for info in (*definition["inputs"].values(), *definition["outputs"].values()):
            info |= {name: info.pop(name) for name in _LAST if name in info}
    return _printed(
        {
            "model_spec": {"name": reply.model, "signature_name": "", "version": str(reply.version)},
            "metadata": {"signature_def": definitions},
        }
    )


def decode_status(call: Status, document: Mapping[str, Any]) -> ModelStatus:
    """Raises KeyError, TypeError or ValueError for another document."""
    versions = (
        VersionStatus(int(item["version"]), State(item["state"]), str(item["status"]["error_message"]))
        for item in document["model_version_status"]
    )
    return ModelStatus(call.model, tuple(versions))


def decode_metadata(call: Metadata, document: Mapping[str, Any]) -> ModelMetadata:
    """The format is not in the document. Raises KeyError, TypeError or ValueError for another one."""
    proto = message(NAME)()
    try:
        ParseDict(document["metadata"]["signature_def"], proto, ignore_unknown_fields=True)
    except ParseError as error:
        raise ValueError(str(error)) from None
    version = int(document["model_spec"]["version"])
    return ModelMetadata(call.model, version, (version,), "", read_signatures(proto))


def _printed(document: dict[str, Any]) -> HttpResponse:
    return HttpResponse(200, f"{json.dumps(document, indent=1, ensure_ascii=False)}\n".encode(errors="replace"))
