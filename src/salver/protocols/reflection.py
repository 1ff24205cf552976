"""gRPC's server reflection (its document `server-reflection.md`), v1 and v1alpha: which services there are, and the
descriptors of their messages, for clients that have no `.proto` file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import DecodeError

from salver.core.calls import Call, Reply
from salver.core.errors import BadInput, Fault, Unsupported
from salver.protocols.messages import POOL, message
from salver.protocols.rpc import Ask, Code, GrpcProtocol, GrpcStatus, Method, Streaming

PACKAGES: Final = ("grpc.reflection.v1", "grpc.reflection.v1alpha")
SERVICES: Final = tuple(f"{package}.ServerReflection" for package in PACKAGES)


def protocol(*services: str) -> GrpcProtocol:
    """The reflection of a server that offers these services beside this one."""
    offered = (*services, *SERVICES)
    methods = tuple(
        Streaming(f"/{package}.ServerReflection/ServerReflectionInfo".encode(), _Reflection(package, offered).answer)
        for package in PACKAGES
    )
    return GrpcProtocol("reflection", SERVICES, methods, _encode_fault, _no_call, _no_reply, _decode_fault)


class _Reflection:
    """One version of the service: the versions differ in their package only."""

    def __init__(self, package: str, services: tuple[str, ...]) -> None:
        self._request = message(f"{package}.ServerReflectionRequest")
        self._response = message(f"{package}.ServerReflectionResponse")
        self._services = services
        self._verbs: dict[str, Callable[[Any], dict[str, Any]]] = {
            "list_services": self._list_services,
            "file_by_filename": lambda name: _files(POOL.FindFileByName, name),
            "file_containing_symbol": lambda name: _files(_file_of_symbol, name),
            "file_containing_extension": _no_extension,
            "all_extension_numbers_of_type": _extensions,
        }

    async def answer(self, messages: AsyncIterator[bytes], _: Ask) -> AsyncGenerator[bytes, None]:
        """An answer for each request; what is not found is told in the answer, and the stream lives on."""
        async for data in messages:
            try:
                request = self._request.FromString(data)
            except DecodeError:
                raise BadInput(f"{len(data)} bytes that are no {self._request.DESCRIPTOR.full_name}") from None
            yield self._response(
                valid_host=request.host, original_request=request, **self._answered(request)
            ).SerializeToString()

    def _answered(self, request: Any) -> dict[str, Any]:
        asked = request.WhichOneof("message_request")
        if asked is None:
            return _error(Code.INVALID_ARGUMENT, "the request asks for nothing")
        return self._verbs[asked](getattr(request, asked))

    def _list_services(self, _: str) -> dict[str, Any]:
        return {"list_services_response": {"service": [{"name": name} for name in self._services]}}


def _files(find: Callable[[str], FileDescriptor], name: str) -> dict[str, Any]:
    """The file that was asked for, then those it depends on, each before its own."""
    files: dict[str, FileDescriptor] = {}
    try:
        _gather(find(name), files)
    except KeyError:
        return _error(Code.NOT_FOUND, f"'{name:.200}' is not known")
    return {
        "file_descriptor_response": {"file_descriptor_proto": [file.serialized_pb for file in files.values()][::-1]}
    }


def _gather(file: FileDescriptor, files: dict[str, FileDescriptor]) -> None:
    if file.name not in files:
        for needed in file.dependencies:
            _gather(needed, files)
        files[file.name] = file


def _file_of_symbol(name: str) -> FileDescriptor:
    """Of a service, method, message, field or enum. Raises KeyError."""
    try:
        return POOL.FindFileContainingSymbol(name)
    except KeyError:
        return POOL.FindMethodByName(name).containing_service.file


def _extensions(name: str) -> dict[str, Any]:
    """A message's extensions: none have any."""
    try:
        POOL.FindMessageTypeByName(name)
    except KeyError:
        return _error(Code.NOT_FOUND, f"'{name:.200}' is not known")
    return {"all_extension_numbers_response": {"base_type_name": name}}


def _no_extension(asked: Any) -> dict[str, Any]:
    return _error(Code.NOT_FOUND, f"'{asked.containing_type:.200}' has no extension of number {asked.extension_number}")


def _error(code: Code, text: str) -> dict[str, Any]:
    return {"error_response": {"error_code": int(code), "error_message": text}}


def _encode_fault(fault: Fault, _: Method) -> GrpcStatus:
    return GrpcStatus(Code.INVALID_ARGUMENT if isinstance(fault, BadInput) else Code.INTERNAL, fault.message)


def _no_call(call: Call) -> tuple[bytes, bytes]:
    raise Unsupported(f"reflection has no words for {type(call).__name__}")


def _no_reply(call: Call, _: bytes) -> Reply:
    raise Unsupported(f"reflection has no words for {type(call).__name__}")


def _decode_fault(call: Call, status: GrpcStatus) -> Fault:
    return Unsupported(status.message)
