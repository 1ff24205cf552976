"""The protocols over HTTP, and the one look-up from a request line to a route."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from salver.protocols.admin.rest import protocol as admin_protocol
from salver.protocols.http import HttpResponse
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol, Match
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

ADMIN: Final[HttpProtocol] = admin_protocol(TF_SERVING, OPEN_INFERENCE)
PROTOCOLS: Final[tuple[HttpProtocol, ...]] = (TF_SERVING, OPEN_INFERENCE, ADMIN)
"""Asked in this order; the admin protocol answers what no other claims (404)."""
PREDICTING: Final = (TF_SERVING, OPEN_INFERENCE)
"""Those that run models."""


@lru_cache(maxsize=1024)
def find(method: bytes, target: bytes) -> Match | HttpResponse:
    """The route for a request line, or the answer to one that has none, which the caller must not change.

    Remembered, bounded: targets have a length that the transports bound.
    """
    for protocol in PROTOCOLS:
        found = protocol.match(method, target)
        if found is not None:
            return found
    raise AssertionError("the admin protocol answers every path")
