"""Far unit: a node of a SeldonDeployment that already runs elsewhere, in a wrapper of Seldon's.

Each hook has a path of its own there, over REST and over gRPC. (Seldon Core's microservice contract.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from salver.client.address import read_address
from salver.client.http1 import HttpWire
from salver.client.http2 import GrpcWire
from salver.core.errors import GraphFault, Internal
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.protocols import jsondoc
from salver.protocols.http import JSON, HttpRequest, HttpResponse
from salver.protocols.route import HttpProtocol
from salver.protocols.rpc import GrpcProtocol
from salver.protocols.seldon import grpc, message, proto_message, rest
from salver.protocols.seldon.client import lesson_document, request_document
from salver.protocols.seldon.faults import decode_fault
from salver.protocols.seldon.grpc_client import encode_lesson
from salver.protocols.seldon.message import Message
from salver.protocols.seldon.writing import write

_NO_BRANCH: Final = -1
_PATHS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "predict": (b"/predict", b"/seldon.protos.Model/Predict"),
    "transform_input": (b"/transform-input", b"/seldon.protos.Generic/TransformInput"),
    "transform_output": (b"/transform-output", b"/seldon.protos.Generic/TransformOutput"),
    "route": (b"/route", b"/seldon.protos.Generic/Route"),
    "aggregate": (b"/aggregate", b"/seldon.protos.Generic/Aggregate"),
    "learn": (b"/send-feedback", b"/seldon.protos.Generic/SendFeedback"),
}
"""By hook, over REST and over gRPC."""
_Answers: TypeAlias = Sequence[Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True)
class _Ask:
    """A hook, and what it is about."""

    hook: str
    subject: Request | _Answers | Lesson


class FarUnit:
    """Asks. Raises the unit's own faults, Unavailable while it is not there, Internal for what is no message."""

    def __init__(self, host: str, port: int, *, over_grpc: bool = False) -> None:
        self._wire: Any
        if over_grpc:
            self._wire = GrpcWire(read_address(f"grpc://{host}:{port}"), _GRPC)
        else:
            self._wire = HttpWire(read_address(f"http://{host}:{port}"), _REST)

    async def predict(self, request: Request) -> Response:
        return await self._asked("predict", request, request)

    async def transform_input(self, request: Request) -> Response:
        return await self._asked("transform_input", request, request)

    async def transform_output(self, request: Request) -> Response:
        return await self._asked("transform_output", request, request)

    async def route(self, request: Request) -> int:
        answer = await self._asked("route", request, request)
        for tensor in answer.tensors.values():
            if tensor.array.size and tensor.array.dtype.kind in "iuf":
                branch = tensor.values.item(0)
                if branch % 1:
                    raise GraphFault(f"a router must answer the number of a branch, got {branch}", 207)
                return int(branch)
        return _NO_BRANCH

    async def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        return await self._asked("aggregate", [one.tensors for one in answers if one is not None], request)

    async def learn(self, lesson: Lesson) -> Response | None:
        told: Message = await self._wire(_Ask("learn", lesson), None)
        return Response(told.tensors) if told.tensors else None

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _asked(self, hook: str, subject: Request | _Answers, request: Request) -> Response:
        told: Message = await self._wire(_Ask(hook, subject), request.deadline)
        if request.trail is not None:
            told.trail.path = {}  # what it is called there is its own business
            request.trail.add(told.trail)
        return Response(told.tensors)


def _encode_rest(ask: Any) -> HttpRequest:
    subject = ask.subject
    if isinstance(subject, Request):
        document = request_document(subject.carrying(subject.tensors), subject.id)
    elif isinstance(subject, Lesson):
        document = lesson_document(subject)
    else:
        document = {"seldonMessages": [message.write_payload(tensors, "") for tensors in subject]}
    return HttpRequest(b"POST", _PATHS[ask.hook][0], [(b"content-type", JSON)], write(document))


def _decode_rest(ask: Any, response: HttpResponse) -> Any:
    if response.status != 200:
        raise decode_fault(response)
    if not isinstance(response.body, bytes):
        raise Internal(f"{ask.hook} was answered in pieces")
    return message.read_message(jsondoc.read(response.body))


def _encode_grpc(ask: Any) -> tuple[bytes, bytes]:
    subject = ask.subject
    if isinstance(subject, Request):
        data = proto_message.write_message(subject.tensors, "", subject.id, subject.trail or Trail())
    elif isinstance(subject, Lesson):
        data = encode_lesson(subject)
    else:
        messages = (proto_message.write_message(tensors, "", "", Trail()) for tensors in subject)
        data = b"".join(proto_message.sized(b"\x0a", one) for one in messages)
    return _PATHS[ask.hook][1], data


def _decode_grpc(_: Any, data: bytes) -> Any:
    return proto_message.read_message(proto_message.parse_message(data))


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("nobody is served by this half")


_REST: Final = HttpProtocol("seldon-unit", (), _never, rest.PROTOCOL.encode_fault, _encode_rest, _decode_rest)
_GRPC: Final = GrpcProtocol("seldon-unit", (), (), _never, _encode_grpc, _decode_grpc, grpc.PROTOCOL.decode_fault)
