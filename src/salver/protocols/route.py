"""What a protocol over HTTP consists of: routes, each with the verbs of its codec. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from salver.core.calls import Call, Reply
from salver.core.errors import Fault
from salver.core.signature import Signature
from salver.protocols.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked, at one or more paths."""

    name: str
    """Unique within the protocol, used as the OpenAPI operation id."""
    method: str
    templates: tuple[str, ...]
    """The paths as documentation writes them: `/v1/models/{model}:predict`."""
    summary: str
    decode_call: Callable[..., Call | HttpResponse]
    """(HttpRequest, **what the path held) -> Call, or the answer itself where no model is concerned."""
    encode_reply: Callable[[Any, Any], HttpResponse]
    """(Call, Reply) -> HttpResponse."""
    body: Mapping[str, Any] | None = None
    """JSON schema of the request body (OpenAPI 3.1), None where there is none."""
    body_optional: bool = False
    """Whether the request may also come without its body."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """Schema of a 200 answer; empty when it has no body."""
    others: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Schemas of answers with another status that are replies, not faults: a server that says it is not ready."""
    media: str = "application/json"
    """Content type of a 200 answer."""


@dataclass(frozen=True, slots=True)
class Match:
    """A request line understood."""

    protocol: HttpProtocol
    route: Route
    args: Mapping[str, Any]
    """What the path held: model, version, label."""


@dataclass(frozen=True, slots=True)
class HttpProtocol:
    """One protocol's rooms, as the table sees them. Every function is pure."""

    name: str
    routes: tuple[Route, ...]
    match: Callable[[bytes, bytes], Match | HttpResponse | None]
    """(method, target) -> Match; None when the path is not this protocol's; an answer when it is, but is wrong.
    Looked up once for each distinct request line, then remembered: it need not be fast, and must not
    depend on anything but its arguments."""
    encode_fault: Callable[[Fault, Route | None], HttpResponse]
    """The route is None where none was found: protocols differ in the words for one and the same fault."""
    encode_call: Callable[[Call], HttpRequest]
    """The client's half: a call as bytes. A Predict call's `read` is called with no signatures."""
    decode_reply: Callable[[Call, HttpResponse], Reply]
    """The client's half: raises the Fault the answer stands for."""
    title: str = ""
    """What people call it."""
    example_body: Callable[[Signature, str], bytes] | None = None
    """(signature, its name) -> a predict body that it accepts; None when the protocol does not predict."""
