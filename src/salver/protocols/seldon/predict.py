"""The server's half of predict over REST: a message as a Request, a Response as a message. Pure but for new puids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput
from salver.core.fit import fit
from salver.core.servable import Request
from salver.core.signature import Signature, principal, select
from salver.core.trail import Trail
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.seldon.asked import Asked
from salver.protocols.seldon.message import KINDS, Message, read_message, write_payload
from salver.protocols.seldon.meta import asked_trail, new_puid, write_meta
from salver.protocols.seldon.writing import write

NAME: Final = "seldon"
"""What this protocol is called in metrics and logs, over REST and gRPC alike."""


class PredictBody:
    """Reads the message once the signatures are known, and then remembers how the answer was asked for."""

    __slots__ = ("asked", "form", "puid", "trail")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.form = ""
        self.puid = ""
        self.trail: Trail | None = None

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput that names what is wrong, and the signature where there is one."""
        try:
            message = read_message(self.asked.document())
            self.puid = message.puid or self.asked.header_puid() or new_puid()
            self.form = message.form
            request = request_of(message, signatures, self.puid)
        except BadInput as fault:
            fault.signature = principal(signatures)[1] if signatures else None
            raise
        self.trail = request.trail
        return request


def request_of(message: Message, signatures: Mapping[str, Signature], puid: str) -> Request:
    """A message as a request for a model with these signatures. Raises BadInput for what does not fit it."""
    if not message.tensors:
        raise BadInput(f"the message: wanted one of {', '.join(KINDS[:4])}, and there is none")
    name, signature = select(signatures, "")
    request = Request(message.tensors if signature.open else fit(message.tensors, signature), name)
    request.id = puid
    request.trail = asked_trail(message.trail)
    return request


def decode_predict(request: HttpRequest, model: str = "", namespace: str = "") -> Predict:
    """The call; its message is read when the model is known."""
    return Predict(NAME, model, None, None, PredictBody(Asked(request, namespace)))


def encode_predicted(call: Predict, reply: Predicted) -> HttpResponse:
    """The answer, in the form of the request."""
    read = call.read
    if not isinstance(read, PredictBody):
        raise TypeError("the call was not decoded by this protocol")
    response = reply.response
    document = write_payload(response.tensors, read.form)
    document["meta"] = write_meta(read.puid, response.trail or read.trail or Trail())
    return HttpResponse(200, write(document), headers=read.asked.headers(read.puid, reply.model))
