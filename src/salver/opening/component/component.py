"""Component: a user's object with its hooks, as a graph's node calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from salver.core.errors import Late
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.trail import Trail
from salver.opening.component.hooks import Hooks
from salver.opening.component.threads import Threads
from salver.opening.component.user import User
from salver.opening.component.ways import Hook, Outcome

_NO_WAY: Final = ""


class Component:
    """Calls a user's methods, where they may run. What they say beside their answer is written on the trail once it is
    there: a call that was given up writes nothing."""

    def __init__(self, user: User, hooks: Hooks, threads: Threads | None) -> None:
        """Without threads, methods run on the event loop; those that are `async def` do so in any case."""
        self._user = user
        self._hooks = hooks
        self._threads = threads

    async def predict(self, request: Request) -> Response:
        return await self._asked(self._hooks.predict, request)

    async def transform_input(self, request: Request) -> Response:
        return await self._asked(self._hooks.transform_input, request)

    async def transform_output(self, request: Request) -> Response:
        return await self._asked(self._hooks.transform_output, request)

    async def route(self, request: Request) -> int:
        return (await self._asked(self._hooks.route, request)).branch

    async def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        return await self._asked(self._hooks.aggregate, request, (answers, request))

    async def learn(self, lesson: Lesson) -> Response | None:
        outcome = await self._call(self._hooks.learn, lesson, None, _NO_WAY)
        return None if not outcome.tensors and not outcome.remarks else _with_trail(outcome)

    async def health(self) -> Response:
        return _with_trail(await self._call(self._hooks.health, None, None, _NO_WAY))

    async def aclose(self) -> None:
        if self._threads is None:
            self._user.close()
        else:
            await self._threads.aclose()

    async def _asked(self, hook: Hook, request: Request, subject: Any = None) -> Outcome:
        transport = request.params.get("transport", _NO_WAY)
        outcome = await self._call(hook, request if subject is None else subject, request.deadline, transport)
        outcome.remarks.write_on(request.trail)
        return outcome

    async def _call(self, hook: Hook, subject: Any, deadline: float | None, transport: str) -> Outcome:
        if hook.waits:
            # The first step may run outside any task, and user code may ask for its task.
            await asyncio.sleep(0)
            return await hook.wait(subject, transport)
        if self._threads is not None:
            outcome = await self._threads.run(lambda: hook.run(subject, transport), deadline)
            assert isinstance(outcome, Outcome)  # noqa: S101 - what the errand gave
            return outcome
        if deadline is not None and monotonic() >= deadline:
            raise Late("the deadline had passed when the component was asked")
        return hook.run(subject, transport)


def _with_trail(outcome: Outcome) -> Response:
    """For who has no request whose trail could be written on."""
    trail = Trail()
    outcome.remarks.write_on(trail)
    return Response(outcome.tensors, trail=trail)
