"""Units that Seldon's Java engine had built in, and its tutorials are made of: a model and a router that know nothing.

The other two, RANDOM_ABTEST and AVERAGE_COMBINER, are a router and a combiner like others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from salver.core.servable import Request, Response
from salver.core.tensor import Tensor

CLASSES: Final = ("class0", "class1", "class2")
_SCORES: Final = np.array([[0.1, 0.9, 0.5]])
_SCORES.flags.writeable = False
_METRICS: Final = (
    ("mymetric_counter", "COUNTER", 1.0),
    ("mymetric_gauge", "GAUGE", 100.0),
    ("mymetric_timer", "TIMER", 22.1),
)
_ECHOED: Final = ("strData", "binData")


async def simple_model(request: Request) -> Response:
    """SIMPLE_MODEL: the scores of three classes, one row [1, 3] of FP64 whatever is asked; texts and bytes come back as
    they are. Three metrics go on the trail."""
    if request.trail is not None:
        request.trail.metrics += [{"key": key, "type": kind, "value": value} for key, kind, value in _METRICS]
    for name in _ECHOED:
        if name in request.tensors:
            return Response({name: request.tensors[name]})
    return Response({"data": Tensor("FP64", _SCORES, CLASSES)})


async def simple_router(_: Request) -> int:
    """SIMPLE_ROUTER: always the first child."""
    return 0
