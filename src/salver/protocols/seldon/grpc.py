"""Seldon Core's protocol over gRPC: every service of `seldon.protos`.

Who calls a whole graph sees one model, so that Model's methods do what Seldon's do, and transformations are
predictions. To route and to combine is asked of the graph's root alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from salver.core.calls import Call
from salver.protocols.rpc import GrpcProtocol, Method, Streaming, Unary
from salver.protocols.seldon import grpc_calls
from salver.protocols.seldon.grpc_client import decode_reply, encode_call
from salver.protocols.seldon.grpc_faults import decode_fault, encode_fault
from salver.protocols.seldon.predict import NAME

_PACKAGE: Final = "seldon.protos."

_Decode = Callable[[bytes], Call | bytes]
_Encode = Callable[[Any, Any], bytes]


_PREDICT: Final[tuple[_Decode, _Encode]] = (grpc_calls.decode_predict, grpc_calls.encode_predicted)
_FEEDBACK: Final[tuple[_Decode, _Encode]] = (grpc_calls.decode_feedback, grpc_calls.encode_taken)
_ROUTE: Final[tuple[_Decode, _Encode]] = (grpc_calls.decode_route, grpc_calls.encode_routed)
_AGGREGATE: Final[tuple[_Decode, _Encode]] = (grpc_calls.decode_aggregate, grpc_calls.encode_combined)

_SERVICES: Final[dict[str, dict[str, tuple[_Decode, _Encode]]]] = {
    "Seldon": {
        "Predict": _PREDICT,
        "SendFeedback": _FEEDBACK,
        "GraphMetadata": (grpc_calls.decode_metadata, grpc_calls.encode_graph),
    },
    "Model": {
        "Predict": _PREDICT,
        "SendFeedback": _FEEDBACK,
        "Metadata": (grpc_calls.decode_metadata, grpc_calls.encode_model),
    },
    "Generic": {
        "TransformInput": _PREDICT,
        "TransformOutput": _PREDICT,
        "Route": _ROUTE,
        "Aggregate": _AGGREGATE,
        "SendFeedback": _FEEDBACK,
    },
    "Router": {"Route": _ROUTE, "SendFeedback": _FEEDBACK},
    "Transformer": {"TransformInput": _PREDICT},
    "OutputTransformer": {"TransformOutput": _PREDICT},
    "Combiner": {"Aggregate": _AGGREGATE},
}

METHODS: Final[tuple[Method, ...]] = (
    *(
        Unary(f"/{_PACKAGE}{service}/{name}".encode(), *verbs)
        for service, methods in _SERVICES.items()
        for name, verbs in methods.items()
    ),
    Streaming(f"/{_PACKAGE}Seldon/ModelMetadata".encode(), grpc_calls.answer_node),
)

PROTOCOL: Final = GrpcProtocol(
    NAME,
    tuple(_PACKAGE + service for service in _SERVICES),
    METHODS,
    encode_fault,
    encode_call,
    decode_reply,
    decode_fault,
)
