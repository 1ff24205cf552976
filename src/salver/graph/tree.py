"""Tree: a request's way through a node and what lies below it, in Seldon's order.

transform input, route, children, combine, transform output. The children are asked what the transformed input is; where
no combiner stands the first of them answers.
(Seldon Core's executor, `predictor_process.go`, whose rules these are; what it leaves unchecked is checked here.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from time import monotonic

from salver.core.errors import BadInput, Fault, GraphFault, Told
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.graph.fanout import ask_all, ask_in_turn, ask_patiently
from salver.graph.node import ALL, NONE, Node, Tensors, absence


async def visit(node: Node, request: Request) -> Response:
    """The node's answer. Raises Faults that name the node they come from; GraphFault 207 for a route that leads
    nowhere, 203 for a transformer that drops or adds rows."""
    try:
        if node.care is not None:
            return await node.care(node, request, pass_through)
        return await pass_through(node, request)
    except Fault as fault:
        told = fault.message
        if not isinstance(fault, Told):
            fault.came_from(node.name)
        fallback = node.fallback
        if fallback is None or isinstance(fault, BadInput) or _is_over(request):
            raise
        if request.trail is not None:
            request.trail.tags.setdefault("fallback", {})[node.name] = told
            request.trail.notes[_fell_back(node)] = True
    return await visit(fallback, request)


async def pass_through(node: Node, request: Request) -> Response:
    """As `visit`, without the care that the node asks for."""
    trail = request.trail
    if trail is not None:
        trail.path[node.name] = node.told
    answer: Response | None = None
    if node.transform_input is not None:
        answer = await node.transform_input(request)
        if node.keeps_rows:
            _check_rows(node, request.tensors, answer.tensors)
    if node.children:
        if answer is not None:
            request = request.carrying(answer.tensors)
        route = ALL if node.route is None else await node.route(request)
        if trail is not None:
            trail.routing[node.name] = route
        if route == NONE:
            return Response(request.tensors)
        answer = await _below(node, route, request)
    if node.transform_output is not None:
        if answer is not None:
            request = request.carrying(answer.tensors)
        answer = await node.transform_output(request)
        _check_rows(node, request.tensors, answer.tensors)
    return Response(request.tensors) if answer is None else answer


async def _below(node: Node, route: int, request: Request) -> Response:
    children = node.children
    answers: Sequence[Response | None]
    if route == ALL:
        if node.in_turn and node.is_enough is not None:
            answers = await ask_in_turn(children, request, visit, node.is_enough)
            if request.trail is not None:
                # The last that answered is whose answer counts: feedback is for it alone.
                request.trail.routing[node.name] = max(at for at, one in enumerate(answers) if one is not None)
        elif node.patience is not None and node.is_enough is not None:
            answers = await ask_patiently(children, request, visit, node.patience, node.is_enough)
        elif len(children) == 1:
            answers = (await visit(children[0], request),)
        else:
            answers = await ask_all(children, request, visit)
    elif 0 <= route < len(children):
        answers = (await visit(children[route], request),)
    else:
        raise GraphFault(f"the route {route} leads nowhere; there are {len(children)} children, counted from 0", 207)
    if node.combine is not None:
        return await node.combine(answers, request)
    first = answers[0]
    assert first is not None  # noqa: S101 - only a combiner lets answers be missing
    return first


def _check_rows(node: Node, before: Tensors, after: Tensors) -> None:
    wanted, got = _rows(before), _rows(after)
    if wanted is not None and got is not None and wanted != got:
        raise GraphFault(f"a transformer must keep the rows; {wanted} came, {got} went on", 203)


def _rows(tensors: Tensors) -> int | None:
    for tensor in tensors.values():
        shape = tensor.array.shape
        return shape[0] if shape else None
    return None


def _fell_back(node: Node) -> str:
    """The note that another node answered in this one's place."""
    return f"{node.name}/fallback"


def _is_over(request: Request) -> bool:
    return request.deadline is not None and monotonic() >= request.deadline


async def learn(node: Node, lesson: Lesson) -> Response | None:
    """Hands the lesson to the node and those below it that answered, children first (Seldon's order), or to the
    fallback that answered in its place. The node's own answer to it, or None."""
    if absence(node) in lesson.notes:
        return None
    if node.fallback is not None and lesson.notes.get(_fell_back(node)):
        return await learn(node.fallback, lesson)
    children = _below_taught(node, lesson)
    if len(children) == 1:
        await learn(children[0], lesson)
    elif children:
        await asyncio.gather(*(learn(child, lesson) for child in children))
    return None if node.learn is None else await node.learn(lesson)


def taught(node: Node, lesson: Lesson) -> Iterator[Node]:
    """The nodes that a lesson is handed to, in the order in which they get it. Raises BadInput for a route that leads
    nowhere."""
    if absence(node) in lesson.notes:
        return
    if node.fallback is not None and lesson.notes.get(_fell_back(node)):
        yield from taught(node.fallback, lesson)
        return
    for child in _below_taught(node, lesson):
        yield from taught(child, lesson)
    yield node


def _below_taught(node: Node, lesson: Lesson) -> Sequence[Node]:
    if not node.children:
        return ()
    route = lesson.routing.get(node.name, ALL)
    if route == ALL:
        return node.children
    if route == NONE:
        return ()
    if not 0 <= route < len(node.children):
        raise BadInput(
            f"meta.routing: node '{node.name}' has no branch {route}; there are {len(node.children)}, counted from 0"
        )
    return (node.children[route],)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, its fallback last, in the order in which a request comes to them."""
    yield node
    for child in (*node.children, *([node.fallback] if node.fallback is not None else [])):
        yield from walk(child)
