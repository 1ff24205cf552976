"""The protocols over HTTP, and the one look-up from a request line to a route."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeAlias

from salver.protocols.admin.rest import protocol as admin_protocol
from salver.protocols.http import HttpResponse
from salver.protocols.ingress import readings
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol, Match
from salver.protocols.seldon.rest import PROTOCOL as SELDON
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

Find: TypeAlias = Callable[[bytes, bytes], Match | HttpResponse]
"""(method, target) -> the route for a request line, or the answer to one that has none, which the caller must not
change."""


def protocols(tf_serving: HttpProtocol = TF_SERVING) -> tuple[HttpProtocol, ...]:
    """All of them. Asked in this order; the admin protocol, which describes the others, answers what no other claims
    (404). TensorFlow Serving's may be one with other flags."""
    return (tf_serving, OPEN_INFERENCE, SELDON, admin_protocol(tf_serving, OPEN_INFERENCE, SELDON))


def finder(table: Iterable[HttpProtocol]) -> Find:
    """The look-up among these. Remembered, bounded: targets have a length that the transports bound."""
    asked = tuple(table)

    @lru_cache(maxsize=1024)
    def find(method: bytes, target: bytes) -> Match | HttpResponse:
        target, model = readings(method, target)
        for protocol in asked:
            found = protocol.match(method, target)
            if found is not None:
                if isinstance(found, Match) and model is not None and "model" in found.args:
                    return replace(found, args={**found.args, "model": model})
                return found
        raise AssertionError("the admin protocol answers every path")

    return find


PROTOCOLS: Final = protocols()
PREDICTING: Final = (TF_SERVING, OPEN_INFERENCE, SELDON)
"""Those that run models."""
ADMIN: Final = PROTOCOLS[-1]
find: Final = finder(PROTOCOLS)
