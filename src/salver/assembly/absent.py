"""The corridor as TensorFlow Serving's clients know it: a model that is not live is not there."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from salver.core.calls import Metadata, Predict, PredictTogether
from salver.core.errors import NotFound, NotLive

_ASKING: Final = frozenset((Predict, PredictTogether, Metadata))


class Absent:
    """Tells who asks a model that is loading, or has failed, that there is none (NotFound), without the reason."""

    def __init__(self, ask: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
        self._ask = ask

    def __call__(self, call: Any) -> Coroutine[Any, Any, Any]:
        return self._asked(call) if type(call) in _ASKING else self._ask(call)

    async def _asked(self, call: Any) -> Any:
        try:
            return await self._ask(call)
        except NotLive as fault:
            raise NotFound(fault.message, model=fault.model, version=fault.version, label=fault.label) from None
