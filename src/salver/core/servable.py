"""The one shape: a Servable takes a Request and gives a Response.

An Evaluator computes and never waits; a Servable answers and may wait. Whatever answers, be it one model, a stack
of layers over one, a graph of several or a server far away, is a Servable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from salver.core.signature import Signature
from salver.core.tensor import Tensor
from salver.core.trail import Trail

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
NO_PARAMS: Final[Mapping[str, Any]] = MappingProxyType({})


class Interrupt:
    """Ends a computation whose answer nobody waits for any more. Safe from any thread."""

    __slots__ = ("_raised", "_stop")

    def __init__(self) -> None:
        self._raised = False
        self._stop: Callable[[], None] | None = None

    def heed(self, stop: Callable[[], None]) -> None:
        """An evaluator that can be stopped says how, before it begins. `stop` must be quick; it may be called twice,
        and after the end."""
        self._stop = stop
        if self._raised:
            stop()

    def set(self) -> None:
        """The answer is not wanted."""
        self._raised = True
        if self._stop is not None:
            self._stop()


class Request:
    """What a servable is asked: tensors by input name, already checked against the signature.

    `signature` is a key of the servable's signatures. `deadline` is a moment of `time.monotonic()`, or None.
    `outputs` names the outputs wanted, all when empty. `params` are the protocol's own parameters. `interrupt` is there
    while it is computed where it can be ended early. `id` is the caller's name for it, `headers` are those it came
    with, names in lower case. `trail` is there on the way through a graph, which writes on it.
    """

    __slots__ = ("deadline", "headers", "id", "interrupt", "outputs", "params", "signature", "tensors", "trail")

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        signature: str = "",
        *,
        outputs: tuple[str, ...] = (),
        deadline: float | None = None,
        params: Mapping[str, Any] = NO_PARAMS,
    ) -> None:
        self.tensors = tensors
        self.signature = signature
        self.outputs = outputs
        self.deadline = deadline
        self.params = params
        self.interrupt: Interrupt | None = None
        self.id = ""
        self.headers: Headers = ()
        self.trail: Trail | None = None

    def carrying(self, tensors: Mapping[str, Tensor], signature: str = "") -> Request:
        """The same request with other tensors, for another servable: all of its outputs are wanted."""
        other = Request(tensors, signature, deadline=self.deadline, params=self.params)
        other.id = self.id
        other.headers = self.headers
        other.trail = self.trail
        return other


class Response:
    """What a servable answers: tensors by output name, in the signature's order. `trail` is there when a graph did."""

    __slots__ = ("params", "tensors", "trail")

    def __init__(
        self, tensors: Mapping[str, Tensor], params: Mapping[str, Any] = NO_PARAMS, trail: Trail | None = None
    ) -> None:
        self.tensors = tensors
        self.params = params
        self.trail = trail


class Evaluator(Protocol):
    """Computes in memory. May be called from several threads at once.

    Raises a Fault for input it refuses; anything else it raises is the model's own fault.
    """

    @property
    def signatures(self) -> Mapping[str, Signature]: ...

    @property
    def may_wait(self) -> bool:
        """Whether a call may hold its thread for other reasons than computing: foreign code that may do I/O."""

    def __call__(self, request: Request) -> Response: ...

    def close(self) -> None:
        """Gives back what it holds. Called once, when no call is running."""


@runtime_checkable
class Servable(Protocol):
    """Answers requests on an event loop. Raises Faults only.

    Its first step may run outside any task and in its caller's context, so before its first wait it must not ask for
    the current task, nor set context variables.
    Cancelling the call gives up the answer; what it held is released.
    """

    @property
    def signatures(self) -> Mapping[str, Signature]: ...

    async def __call__(self, request: Request) -> Response: ...

    async def aclose(self) -> None:
        """Gives back what it holds, and closes what it wraps. Called once, when no call is running."""


Layer: TypeAlias = Callable[[Servable], Servable]
"""A property that one servable gains: a frozen dataclass of options, called with what it wraps."""


def stack(servable: Servable, layers: Iterable[Layer]) -> Servable:
    """The servable inside its layers; the layer named first sees the request first."""
    for layer in reversed(tuple(layers)):
        servable = layer(servable)
    return servable
