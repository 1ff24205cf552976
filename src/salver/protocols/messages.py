"""The protobuf messages of every protocol: classes made of our own `.proto` files, under the names the wire shows.

They live in a descriptor pool of their own, never in protobuf's default one, so that TensorFlow, tritonclient or a
user's own generated code can be imported beside them without a clash, while `Any` values, text formats and server
reflection still show the names that clients know. `scripts/protos` compiles the `.proto` files to the descriptors
that are read here (a test says when they are stale).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

from google.protobuf import any_pb2, descriptor_pb2, empty_pb2, struct_pb2, wrappers_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_DESCRIPTORS: Final = resources.files(__package__) / "protos" / "salver"


def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    waiting: dict[str, descriptor_pb2.FileDescriptorProto] = {}
    for known in (any_pb2, empty_pb2, struct_pb2, wrappers_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    for entry in _DESCRIPTORS.iterdir():
        if entry.name.endswith(".bin"):
            file = descriptor_pb2.FileDescriptorSet.FromString(entry.read_bytes()).file[0]
            waiting[file.name] = file
    while waiting:
        name = next(name for name, file in waiting.items() if not waiting.keys() & set(file.dependency))
        pool.Add(waiting.pop(name))
    return pool


POOL: Final = _pool()
"""Every message, enum and service by its wire name. For text formats and reflection."""


@cache
def message(name: str) -> Any:
    """The class of the message of that full name: `tensorflow.serving.PredictRequest`."""
    return GetMessageClass(POOL.FindMessageTypeByName(name))
