"""`ModelSpec`: which model a message means, and which one answered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from google.protobuf.message import DecodeError

from salver.core.errors import BadInput
from salver.protocols.messages import message

MISSING: Final = "Missing ModelSpec"
NAMELESS: Final = "ModelSpec has no name specified."

_SPEC: Final = message("tensorflow.serving.ModelSpec")
_REMEMBERED_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Spec:
    """A `ModelSpec` understood. Version and label exclude each other."""

    name: str
    version: int | None = None
    label: str | None = None
    signature_name: str = ""


def read_spec(raw: bytes) -> Spec:
    """The spec whose message these bytes are; most requests repeat one. Raises BadInput without a model's name."""
    spec = _remembered(raw) if len(raw) <= _REMEMBERED_BYTES else _read(raw)
    if not spec.name:
        raise BadInput(NAMELESS)
    return spec


def spec_of(proto: Any) -> Spec:
    """The spec in a message object, which may lack a name."""
    choice = proto.WhichOneof("version_choice")
    version = proto.version.value if choice == "version" else None
    label = proto.version_label if choice == "version_label" else None
    return Spec(proto.name, version, label, proto.signature_name)


def named(proto: Any) -> Spec:
    """The spec in the field `model_spec` of a request. Raises BadInput where there is none, or it names no model."""
    if not proto.HasField("model_spec"):
        raise BadInput(MISSING)
    if not proto.model_spec.name:
        raise BadInput(NAMELESS)
    return spec_of(proto.model_spec)


@lru_cache(maxsize=1024)
def write_spec(name: str, version: int | None, label: str | None, signature_name: str) -> bytes:
    """The message of a spec, an answer's or a client's."""
    proto = _SPEC(name=name, signature_name=signature_name)
    if version is not None:
        proto.version.value = version
    elif label is not None:
        proto.version_label = label
    raw: bytes = proto.SerializeToString()
    return raw


def _read(raw: bytes) -> Spec:
    try:
        return spec_of(_SPEC.FromString(raw))
    except DecodeError:
        raise BadInput("the ModelSpec cannot be read") from None


_remembered = lru_cache(maxsize=1024)(_read)
