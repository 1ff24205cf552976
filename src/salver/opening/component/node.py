"""Opens a user's class as a node: which of its hooks the node has is said by the graph, or by the class."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from salver.core.errors import BadInput
from salver.core.graphlike import NodeDescription
from salver.graph.node import Node
from salver.layers.offload import Offload
from salver.opening.component.component import Component
from salver.opening.component.hooks import Hooks, read_hooks
from salver.opening.component.threads import Threads
from salver.opening.component.user import User, open_user
from salver.opening.wiring import wire

_log: Final = logging.getLogger("salver")
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "MODEL": ("PREDICT", "SEND_FEEDBACK"),
    "ROUTER": ("ROUTE", "SEND_FEEDBACK"),
    "COMBINER": ("AGGREGATE",),
    "TRANSFORMER": ("TRANSFORM_INPUT",),
    "OUTPUT_TRANSFORMER": ("TRANSFORM_OUTPUT",),
}
"""By role, what a node of it is asked. Seldon's words."""
_HOOKS: Final = {
    "PREDICT": "predict",
    "ROUTE": "route",
    "AGGREGATE": "aggregate",
    "TRANSFORM_INPUT": "transform_input",
    "TRANSFORM_OUTPUT": "transform_output",
    "SEND_FEEDBACK": "learn",
}
_NEEDED: Final = {"PREDICT": "predict", "AGGREGATE": "aggregate"}


def open_component(
    path: str,
    args: Mapping[str, Any],
    name: str,
    *,
    role: str = "",
    methods: Sequence[str] = (),
    children: Sequence[Node] = (),
    inline: bool = False,
    threads: int = 1,
) -> Node:
    """The node `name` of the class at `path` (`Model.py:Model`, `Model.py`, `package.module:Model`), made with `args`.

    `role` is Seldon's `type` (MODEL, ROUTER, COMBINER, TRANSFORMER, OUTPUT_TRANSFORMER), `methods` are added to what it
    is asked by that (PREDICT, TRANSFORM_INPUT, TRANSFORM_OUTPUT, ROUTE, AGGREGATE, SEND_FEEDBACK). With neither, the
    class says it: what has `predict` is a MODEL; anything else is asked all that it has a method for.

    Its methods run off the event loop, `threads` calls at a time: one, unless the class can bear more. `inline` runs
    them on the loop, which saves a thread's 60-75 us: for what never waits and answers in less than half a millisecond.
    Runs the user's code: not for the event loop. Raises NotFound, BadInput or Internal as a Python model does.
    """
    user = open_user(path, args)
    try:
        offload = Offload(threads)
        hooks = read_hooks(user, name)
        asked = _asked(role, methods, hooks, user)
        metadata = _metadata(user)
    except BaseException:
        user.close()
        raise
    component = Component(user, hooks, None if inline else Threads(offload, user.close))
    below = tuple(child.name for child in children)
    description = NodeDescription(name, role or _role(asked), "component", path, below, metadata=metadata)
    node = Node(description, children=tuple(children), told=path, health=component.health)
    wire(node, component, asked)
    return node


def _asked(role: str, methods: Sequence[str], hooks: Hooks, user: User) -> frozenset[str]:
    """What the node is asked. Raises BadInput where its class has no answer to that."""
    if role and role not in METHODS:
        raise BadInput(f"role must be one of {', '.join(METHODS)}, got {role!r:.60}")
    unknown = [method for method in methods if method not in _HOOKS]
    if unknown:
        raise BadInput(f"methods must be of {', '.join(_HOOKS)}, got {unknown[0]!r:.60}")
    written = {method for method, hook in _HOOKS.items() if getattr(hooks, hook)}
    asked = {*METHODS.get(role, ()), *methods}
    if not asked:
        asked = written & set(METHODS["MODEL"]) if "PREDICT" in written else written
    if not asked:
        raise BadInput(f"{user.file.name}: class {user.name} has none of the methods {', '.join(_HOOKS.values())}")
    for method, needed in _NEEDED.items():
        if method in asked and method not in written:
            raise BadInput(f"{user.file.name}: class {user.name} has no method {needed}, which it must be asked")
    return frozenset(asked if "SEND_FEEDBACK" in written else asked - {"SEND_FEEDBACK"})


def _role(asked: frozenset[str]) -> str:
    return next((role for role, methods in METHODS.items() if methods[0] in asked), "MODEL")


def _metadata(user: User) -> Mapping[str, Any]:
    """What the class says of itself; nothing, and a line in the log, where that is no JSON object."""
    method = user.method("init_metadata")
    if method is None:
        return {}
    try:
        metadata = method()
        text = orjson.dumps(metadata, option=orjson.OPT_SERIALIZE_NUMPY)
        found = orjson.loads(text)
        if not isinstance(found, dict):
            raise TypeError(f"wanted a dict, got {type(metadata).__name__}")
    except Exception as error:  # noqa: BLE001 - Seldon's wrapper serves such a class all the same
        _log.warning("%s: %s.init_metadata is left out: %s", user.file.name, user.name, str(error)[:500])
        return {}
    return found
