"""Nodes for tests of graphs: what each does is a line in the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from salver.core.errors import Fault
from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.node import Node


def asked(values: Any, **more: Any) -> Request:
    """A request with one tensor `data`, and a trail."""
    request = Request({"data": Tensor.of(values)})
    request.trail = Trail()
    for name, value in more.items():
        setattr(request, name, value)
    return request


def values(response: Response) -> Any:
    return response.tensors["data"].to_list()


def answer(values: Any) -> Response:
    return Response({"data": Tensor.of(values)})


def trail_of(told: Request | Response) -> Trail:
    assert told.trail is not None
    return told.trail


class Log(list[str]):
    """What happened, in order."""


def node(
    name: str,
    *children: Node,
    log: Log | None = None,
    predict: Callable[[Any], Any] | None = None,
    route: int | None = None,
    combine: Callable[[Sequence[Any]], Any] | None = None,
    after: Callable[[Any], Any] | None = None,
    fault: Fault | None = None,
    wait: asyncio.Event | None = None,
    role: str = "MODEL",
) -> Node:
    """A node whose hooks work on the plain values of `data`, and write what they saw."""

    def note(hook: str, seen: Any) -> None:
        if log is not None:
            log.append(f"{name}.{hook} {seen}")

    def hook(kind: str, function: Callable[[Any], Any]) -> Callable[[Request], Any]:
        async def run(request: Request) -> Response:
            seen = request.tensors["data"].to_list()
            note(kind, seen)
            if wait is not None:
                try:
                    await wait.wait()
                except asyncio.CancelledError:
                    note("cancelled", seen)
                    raise
            if fault is not None:
                raise fault
            return answer(function(seen))

        return run

    async def choose(request: Request) -> int:
        note("route", request.tensors["data"].to_list())
        assert route is not None
        return route

    async def join(answers: Sequence[Response | None], request: Request) -> Response:
        seen = [None if one is None else values(one) for one in answers]
        note("combine", seen)
        assert combine is not None
        return answer(combine(seen))

    async def learn(lesson: Lesson) -> Response | None:
        note("learn", lesson.reward)
        return None

    made = Node(NodeDescription(name, role, "test", children=tuple(child.name for child in children)))
    made.children = children
    made.told = "test"
    made.learn = learn
    if predict is not None or fault is not None or wait is not None:
        made.transform_input = hook("predict", predict or (lambda seen: seen))
    if route is not None:
        made.route = choose
    if combine is not None:
        made.combine = join
    if after is not None:
        made.transform_output = hook("after", after)
    return made
