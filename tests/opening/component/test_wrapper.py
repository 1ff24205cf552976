"""Users' classes answer here as they do in Seldon's own wrapper, whose answers are recorded in tests/data/seldon."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format

from salver.core.errors import Told
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.trail import Trail
from salver.graph.node import Node
from salver.opening.component.node import open_component
from salver.opening.component.seldon_core import seldon_methods
from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException
from salver.opening.component.user import open_user
from salver.protocols.messages import message
from salver.protocols.seldon.message import read_message, write_payload

SELDON = Path(__file__).parents[2] / "data" / "seldon"
RECORDED = json.loads((SELDON / "wrapper.json").read_text())
CASES = [
    pytest.param(case, step, id=f"{case['class']}-{'-'.join(map(str, case['args'].values()))}-{case['transport']}")
    for case in RECORDED
    for step in [case["steps"]]
]
HOOKS = {
    "predict": "PREDICT",
    "transform_input": "TRANSFORM_INPUT",
    "transform_output": "TRANSFORM_OUTPUT",
    "route": "ROUTE",
    "aggregate": "AGGREGATE",
    "send_feedback": "SEND_FEEDBACK",
}
NODE = "node"
BETTER = {
    ("Bare", "route"): "a router without a route asks all children",
    ("Raw", "grpc"): "a raw method may answer a dict by gRPC too",
    ("Kinds", "grpc"): "what is no data is refused alike by gRPC",
}
"""Where the wrapper fails and this does not, or not in the same way."""


def kind_of(hook: str) -> Any:
    names = {"aggregate": "SeldonMessageList", "send_feedback": "Feedback"}
    return message(f"seldon.protos.{names.get(hook, 'SeldonMessage')}")


def as_sent(step: dict[str, Any], transport: str) -> Any:
    """The request in JSON values, after what a transport does to it: by gRPC whole numbers become floats."""
    request = step["request"]
    if transport == "rest" and step["hook"] != "send_feedback":
        return request
    whole = {"seldonMessages": request} if isinstance(request, list) else request
    return json_format.MessageToDict(json_format.ParseDict(whole, kind_of(step["hook"])()))


def request_of(document: Any, transport: str) -> Request:
    read = read_message(document)
    request = Request(read.tensors, params={"transport": transport})
    request.id, request.trail = read.puid, read.trail
    request.trail.metrics = []
    return request


def lesson_of(document: Mapping[str, Any]) -> Lesson:
    parts = {part: read_message(document.get(part, {})) for part in ("request", "response", "truth")}
    return Lesson(
        document.get("reward"),
        request=parts["request"].tensors,
        truth=parts["truth"].tensors,
        routing=parts["response"].trail.routing,
    )


async def ask(node: Node, hook: str, document: Any, transport: str) -> tuple[Any, Trail]:
    """What the node gives, and the trail after it."""
    if hook == "health":
        assert node.health is not None
        answer = await node.health()
        return answer, answer.trail or Trail()
    if hook == "send_feedback":
        assert node.learn is not None
        taken = await node.learn(lesson_of(document)) or Response({})
        return taken, taken.trail or Trail()
    if hook == "aggregate":
        parts = document["seldonMessages"] if isinstance(document, dict) else document
        requests = [request_of(part, transport) for part in parts]
        asked = requests[0]
        for other in requests[1:]:
            assert asked.trail is not None
            assert other.trail is not None
            asked.trail.add(other.trail)
        assert node.combine is not None
        return await node.combine([Response(each.tensors) for each in requests], asked), asked.trail or Trail()
    asked = request_of(document, transport)
    hooks = {"predict": node.transform_input, "transform_input": node.transform_input}
    call: Any = {**hooks, "transform_output": node.transform_output, "route": node.route}[hook]
    return await call(asked), asked.trail or Trail()


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def payload(answer: Any) -> Any:
    """The value in a message, whichever form it has, and the names."""
    document = plain(answer)
    data = document.get("data")
    if data is None:
        return {key: document[key] for key in document if key not in ("meta", "status")}
    tensor = data.get("tensor")
    values = data.get("ndarray") if tensor is None else np.reshape(tensor.get("values", []), tensor["shape"]).tolist()
    return {"names": data.get("names", []), "values": values}


def metrics(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The wrapper leaves a mark of its own in a metric's tags; gRPC leaves out what is the first of a list of words."""
    return [
        {"type": "COUNTER", **metric, "tags": {k: v for k, v in metric.get("tags", {}).items() if k != "method"}}
        for metric in found
    ]


def same_numbers(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same_numbers(ours[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same_numbers, ours, theirs))
    is_number = isinstance(theirs, float) and not isinstance(ours, (str, type(None)))
    same: bool = ours == (pytest.approx(theirs, rel=1e-6) if is_number else theirs)
    return same


def nodes_of(case: dict[str, Any]) -> dict[str, Node]:
    """A node for each hook that is asked; one for all of them where the wrapper's class is one object too."""
    path = f"{SELDON / 'classes' / case['class']}.py"
    hooks = [step["hook"] for step in case["steps"] if step["hook"] in HOOKS]
    made: dict[str, Node] = {}
    for group in ({"predict"}, set(HOOKS) - {"predict"}):
        asked = tuple(HOOKS[hook] for hook in dict.fromkeys(hooks) if hook in group)
        if asked:
            node = open_component(path, case["args"], NODE, methods=asked, inline=True)
            made.update(dict.fromkeys(group, node))
    return made or {"health": open_component(path, case["args"], NODE, inline=True)}


@pytest.mark.parametrize(("case", "steps"), CASES)
def test_a_class_answers_as_in_the_wrapper(case: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    if case["class"] == "Bare" and any(step["hook"] == "aggregate" for step in steps):
        steps = [step for step in steps if step["hook"] != "aggregate"]
        case = {**case, "steps": steps}
    nodes = nodes_of(case)
    for step in steps:
        if step["hook"] != "metadata":
            check(nodes[step["hook"]], case, step)


def loses_numbers(case: dict[str, Any]) -> bool:
    """By gRPC the wrapper makes text of numbers that stand among text; here they stay what they are."""
    return bool(case["args"].get("kind") == "mixed") and case["transport"] == "grpc"


def check(node: Node, case: dict[str, Any], step: dict[str, Any]) -> None:
    hook, transport = step["hook"], case["transport"]
    document = as_sent(step, transport) if step["request"] is not None else None
    if "error" in step:
        if (case["class"], hook) in BETTER or (case["class"], transport) in BETTER:
            return
        with pytest.raises(Told) as raised:
            asyncio.run(ask(node, hook, document, transport))
        assert (raised.value.status, raised.value.reason) == (step["error"]["status"], step["error"]["reason"])
        return
    answer, trail = asyncio.run(ask(node, hook, document, transport))
    theirs = step["answer"]
    if hook == "route":
        assert answer == theirs["data"]["ndarray"][0][0]
    elif hook == "send_feedback" and payload(theirs).get("values") == []:
        assert not answer.tensors
    else:
        form = "tensor" if "tensor" in theirs.get("data", {}) else "ndarray"
        ours, wanted = payload(write_payload(answer.tensors, form)), payload(theirs)
        if case["class"] in ("Bare", "Iris") and hook.startswith("transform"):
            # What goes on as it came keeps its names.
            ours.pop("names", None), wanted.pop("names", None)
        assert loses_numbers(case) or same_numbers(ours, wanted)
    meta = theirs.get("meta", {})
    assert same_numbers(trail.tags, meta.get("tags", {}))
    assert same_numbers(metrics(trail.metrics), metrics(meta.get("metrics", [])))


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: f"{case['class']}-{case['transport']}")
def test_the_functions_of_seldon_methods_answer_as_the_wrappers_do(case: dict[str, Any]) -> None:
    user = open_user(f"{SELDON / 'classes' / case['class']}.py", case["args"])
    for step in case["steps"]:
        hook = step["hook"]
        if hook in ("health", "metadata") or "error" in step:
            continue
        request = step["request"]
        if case["transport"] == "grpc" or hook == "send_feedback":
            whole = {"seldonMessages": request} if isinstance(request, list) else request
            request = json_format.ParseDict(whole, kind_of(hook)())
        more = (NODE,) if hook == "send_feedback" else ()
        answer = getattr(seldon_methods, hook)(user.target, request, *more)
        ours = answer if isinstance(answer, dict) else json_format.MessageToDict(answer)
        wanted = payload(step["answer"])
        found = payload(ours)
        if "values" in wanted and wanted["values"] == []:
            continue
        if case["class"] in ("Bare", "Iris", "Raw") and hook != "predict":
            found.pop("names", None), wanted.pop("names", None)
        assert loses_numbers(case) or same_numbers(found, wanted)
        assert same_numbers(ours.get("meta", {}).get("tags", {}), step["answer"].get("meta", {}).get("tags", {}))
    user.close()


def test_the_functions_of_seldon_methods_refuse_in_seldons_words() -> None:
    user = open_user(f"{SELDON / 'classes' / 'Refuses.py'}", {"how": "told"})
    with pytest.raises(SeldonMicroserviceException) as raised:
        seldon_methods.predict(user.target, {"data": {"ndarray": [[1]]}})
    assert (raised.value.status_code, raised.value.reason, raised.value.message) == (503, "CLOSED", "not today")
    user.close()


def test_a_description_has_what_the_class_says_of_itself() -> None:
    recorded = next(
        step["answer"]
        for case in RECORDED
        for step in case["steps"]
        if case["class"] == "Iris" and step["hook"] == "metadata"
    )
    node = open_component(f"{SELDON / 'classes' / 'Iris.py'}:Iris", {}, NODE)
    assert node.description.metadata == recorded
    asyncio.run(close(node))


async def close(node: Node) -> None:
    assert node.close is not None
    await node.close()
