"""gRPC's standard health service (its document `health-checking.md`), by what the corridor says of readiness.

A service is the server (the empty name), a protocol's service by its full name or the last part of it, or a model by
its name. Nothing is serving while the server drains.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from google.protobuf.message import DecodeError

from salver.core.calls import Call, Models, ModelsDescription, Readiness, Ready, Reply, Status
from salver.core.errors import BadInput, Fault, Internal, NotFound, Unsupported
from salver.protocols.messages import message
from salver.protocols.rpc import Ask, Code, GrpcProtocol, GrpcStatus, Method, Streaming

SERVICE: Final = "grpc.health.v1.Health"
WATCH_S: Final = 1.0
"""How often a watched service is looked at."""

_Request: Final = message("grpc.health.v1.HealthCheckRequest")
_Response: Final = message("grpc.health.v1.HealthCheckResponse")
_List: Final = message("grpc.health.v1.HealthListResponse")
_ListRequest: Final = message("grpc.health.v1.HealthListRequest")
_CODES: Final[dict[type[Fault], Code]] = {BadInput: Code.INVALID_ARGUMENT, NotFound: Code.NOT_FOUND}


def protocol(*services: str) -> GrpcProtocol:
    """The health of a server that offers these services, beside its models'."""
    offered = (*services, SERVICE)
    health = _Health(offered)
    methods = (
        Streaming(f"/{SERVICE}/Check".encode(), health.check),
        Streaming(f"/{SERVICE}/List".encode(), health.list),
        Streaming(f"/{SERVICE}/Watch".encode(), health.watch),
    )
    return GrpcProtocol("health", (SERVICE,), methods, _encode_fault, _encode_call, _decode_reply, _decode_fault)


class _Health:
    """Check, List and Watch. The first two are unary on the wire: one message in, one out."""

    def __init__(self, services: tuple[str, ...]) -> None:
        self._services = services
        self._names = {"", *services, *(name.rpartition(".")[2] for name in services)}

    async def check(self, messages: AsyncIterator[bytes], ask: Ask) -> AsyncGenerator[bytes, None]:
        """The status; NotFound for a service that there is not."""
        async for data in messages:
            service = _service(data)
            status = await self._status(service, ask)
            if status == _Response.SERVICE_UNKNOWN:
                raise NotFound(f"there is no service and no model '{service:.200}'")
            yield _Response(status=status).SerializeToString()

    async def list(self, messages: AsyncIterator[bytes], ask: Ask) -> AsyncGenerator[bytes, None]:
        """The status of the server, of each service by its full name, and of each model."""
        async for data in messages:
            _parse(_ListRequest, data)
            everything = await ask(Models())
            models = [entry.model for entry in everything.models] if isinstance(everything, ModelsDescription) else []
            names = dict.fromkeys((*models, "", *self._services))
            statuses = {name: _Response(status=await self._status(name, ask)) for name in names}
            yield _List(statuses=statuses).SerializeToString()

    async def watch(self, messages: AsyncIterator[bytes], ask: Ask) -> AsyncGenerator[bytes, None]:
        """The status now and whenever it has changed, until the client leaves; SERVICE_UNKNOWN is a status too."""
        async for data in messages:
            service = _service(data)
            told = None
            while True:
                status = await self._status(service, ask)
                if status != told:
                    told = status
                    yield _Response(status=status).SerializeToString()
                await asyncio.sleep(WATCH_S)

    async def _status(self, service: str, ask: Ask) -> int:
        model = None if service in self._names else service
        readiness = await ask(Ready(model))
        if isinstance(readiness, Readiness) and readiness.ready:
            return int(_Response.SERVING)
        if model is not None:
            try:
                await ask(Status(model))
            except NotFound:
                return int(_Response.SERVICE_UNKNOWN)
        return int(_Response.NOT_SERVING)


def _service(data: bytes) -> str:
    service: str = _parse(_Request, data).service
    return service


def _parse(kind: Any, data: bytes) -> Any:
    try:
        return kind.FromString(data)
    except DecodeError:
        raise BadInput(f"{len(data)} bytes that are no {kind.DESCRIPTOR.full_name}") from None


def _encode_fault(fault: Fault, _: Method) -> GrpcStatus:
    kind = next((kind for kind in type(fault).__mro__ if kind in _CODES), Fault)
    return GrpcStatus(_CODES.get(kind, Code.INTERNAL), fault.message)


def _encode_call(call: Call) -> tuple[bytes, bytes]:
    if isinstance(call, Ready) and call.version is None:
        return f"/{SERVICE}/Check".encode(), _Request(service=call.model or "").SerializeToString()
    raise Unsupported(f"the health service has no words for {type(call).__name__} as it is asked here")


def _decode_reply(_: Call, data: bytes) -> Reply:
    try:
        status = _Response.FromString(data).status
    except DecodeError:
        raise Internal(f"the answer's {len(data)} bytes are no {_Response.DESCRIPTOR.full_name}") from None
    names = _Response.ServingStatus
    return Readiness(status == _Response.SERVING, "" if status == _Response.SERVING else _word(names, status))


def _word(names: Any, status: int) -> str:
    return str(names.Name(status)) if status in names.values() else str(status)


def _decode_fault(call: Call, status: GrpcStatus) -> Fault:
    if status.code is Code.NOT_FOUND:
        return NotFound(status.message, model=getattr(call, "model", None) or "")
    return Unsupported(status.message) if status.code is Code.UNIMPLEMENTED else Internal(status.message)
