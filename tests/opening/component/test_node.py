"""The contract is that of Seldon's Python wrapper; see docs/graphs/components.md."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import numpy as np
import pytest

from salver.core.errors import BadInput, Internal, Late, NotFound, Told, ToldBadInput, ToldInternal
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.node import Node
from salver.opening.component.answers import whole
from salver.opening.component.node import open_component

T = TypeVar("T")
Write = Callable[..., Node]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Makes a node of a class's methods."""
    made: list[Node] = []

    def write_and_open(body: str, **more: Any) -> Node:
        lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
        before = "import asyncio, threading\nimport numpy as np\nfrom pathlib import Path\n"
        (tmp_path / "Mine.py").write_text(f"{before}class Mine:\n{lines}\n")
        more.setdefault("inline", True)
        made.append(open_component(f"{tmp_path / 'Mine.py'}", more.pop("args", {}), "mine", **more))
        return made[-1]

    yield write_and_open
    for node in made:
        assert node.close is not None
        run(node.close())


def ask(*rows: Any, names: tuple[str, ...] = (), deadline: float | None = None) -> Request:
    request = Request({"data": Tensor("FP64", np.array(rows, np.float64), names)}, deadline=deadline)
    request.trail = Trail()
    return request


def answer(hook: Callable[[Request], Awaitable[T]] | None, request: Request) -> T:
    assert hook is not None
    return run(hook(request))


def run(hook: Awaitable[T]) -> T:
    async def once() -> T:
        return await hook

    return asyncio.run(once())


def values(response: Response) -> Any:
    return {name: tensor.array.tolist() for name, tensor in response.tensors.items()}


def test_a_class_with_predict_is_a_model(write: Write) -> None:
    node = write("def predict(self, X, names): return X * 2\ndef transform_input(self, X, names): return X")
    assert (node.description.role, node.description.kind) == ("MODEL", "component")
    assert values(answer(node.transform_input, ask([1, 2]))) == {"data": [[2, 4]]}
    assert node.transform_output is None


@pytest.mark.parametrize(
    ("method", "role", "hook"),
    [
        ("route(self, X, names): return 0", "ROUTER", "route"),
        ("aggregate(self, Xs, names): return Xs[0]", "COMBINER", "combine"),
        ("transform_input(self, X, names): return X", "TRANSFORMER", "transform_input"),
        ("transform_output(self, X, names): return X", "OUTPUT_TRANSFORMER", "transform_output"),
    ],
)
def test_a_class_says_its_role_by_its_methods(write: Write, method: str, role: str, hook: str) -> None:
    node = write(f"def {method}")
    hooks = ("route", "combine", "transform_input", "transform_output", "learn")
    assert node.description.role == role
    assert [name for name in hooks if getattr(node, name) is not None] == [hook]


def test_the_graph_may_say_what_is_asked_of_a_class(write: Write) -> None:
    body = "def predict(self, X, names): return X * 2\ndef transform_input(self, X, names): return X + 1"
    node = write(body, role="TRANSFORMER")
    assert values(answer(node.transform_input, ask([1]))) == {"data": [[2]]}
    assert node.keeps_rows
    node = write(
        "def route(self, X, names): return 1\ndef transform_output(self, X, names): return -X",
        methods=("ROUTE", "TRANSFORM_OUTPUT"),
    )
    assert answer(node.route, ask([1])) == 1
    assert values(answer(node.transform_output, ask([1]))) == {"data": [[-1]]}


def test_a_router_without_a_route_asks_all_its_children(write: Write) -> None:
    assert answer(write("def tags(self): return {'a': 1}", role="ROUTER").route, ask([1])) == -1


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        ("pass", {"role": "MODEL"}, "Mine.py: class Mine has no method predict, which it must be asked"),
        ("pass", {"role": "COMBINER"}, "Mine.py: class Mine has no method aggregate, which it must be asked"),
        ("pass", {}, "Mine.py: class Mine has none of the methods predict, route, aggregate"),
        ("def predict(self, X): return X", {}, r"Mine.py: Mine.predict\(X\) must take \(X, names\)"),
        ("def predict(self, X, names): return X", {"role": "JUDGE"}, "role must be one of MODEL, .*, got 'JUDGE'"),
        ("def predict(self, X, names): return X", {"methods": ("FLY",)}, "methods must be of PREDICT, .*, got 'FLY'"),
        ("def predict(self, X, names): return X", {"threads": 0}, "threads must be at least 1, got 0"),
        ("def __init__(self, a): pass", {}, r"Mine.py: Mine\(\) failed: TypeError"),
        ("async def load(self): pass", {}, "Mine.py: Mine.load is async"),
    ],
)
def test_a_class_that_cannot_be_a_node_is_refused_at_once(
    write: Write, body: str, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput, match=f"^{said}"):
        write(body, **more)


def test_a_file_or_class_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        open_component(f"{tmp_path}/None.py", {}, "n")
    (tmp_path / "Some.py").write_text("class Other: pass\nThing = 3\n")
    with pytest.raises(BadInput, match=r"Some\.py has no class Some; it has Other"):
        open_component(f"{tmp_path}/Some.py", {}, "n")
    with pytest.raises(BadInput, match=r"Some\.py: Thing is a int, wanted a class"):
        open_component(f"{tmp_path}/Some.py:Thing", {}, "n")


def test_a_class_is_made_with_its_parameters_and_loaded_once(write: Write) -> None:
    body = """
def __init__(self, factor, offset=0):
    self.factor, self.offset, self.loads = factor, offset, 0
def load(self): self.loads += 1
def predict(self, X, names): return X * self.factor + self.offset + self.loads
"""
    node = write(body, args={"factor": 3.0, "offset": 1})
    assert values(answer(node.transform_input, ask([1]))) == {"data": [[5]]}


def test_a_failed_load_names_the_line(write: Write) -> None:
    with pytest.raises(Internal, match=r"load failed: ValueError: no weights \(Mine\.py:5\)"):
        write("def load(self): raise ValueError('no weights')\ndef predict(self, X, names): return X")
    assert not [name for name in sys.modules if name.endswith("_Mine")]


def test_a_closed_node_forgets_its_module(write: Write) -> None:
    for inline in (True, False):
        node = write("def predict(self, X, names): return X", inline=inline)
        assert [name for name in sys.modules if name.endswith("_Mine")]
        assert node.close is not None
        run(node.close())
        assert not [name for name in sys.modules if name.endswith("_Mine")]


def test_custom_service_and_bad_metadata_are_told_in_the_log(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    body = "def predict(self, X, names): return X\ndef custom_service(self): raise RuntimeError\n"
    with caplog.at_level(logging.WARNING):
        node = write(body + "def init_metadata(self): return ['no', 'dict']")
    assert node.description.metadata == {}
    assert "Mine.py: Mine.custom_service is not run" in caplog.text
    assert "Mine.py: Mine.init_metadata is left out: wanted a dict, got list" in caplog.text


def test_meta_is_given_to_who_takes_it(write: Write) -> None:
    node = write("def predict(self, X, names, meta=None): return {'meta': meta, 'names': names}")
    request = ask([1, 2], names=("a", "b"))
    request.id = "p1"
    assert request.trail is not None
    request.trail.tags["t"] = [1]
    request.trail.path["before"] = "Before.py"
    wanted = {"puid": "p1", "tags": {"t": [1]}, "requestPath": {"before": "Before.py"}}
    found = answer(node.transform_input, request).tensors["jsonData"].array.item()
    assert found == {"meta": wanted, "names": ["a", "b"]}
    assert answer(write("def predict(self, X, names, **more): return more").transform_input, request).tensors[
        "jsonData"
    ].array.item() == {"meta": wanted}


def test_what_a_user_writes_to_its_input_stays_its_own(write: Write) -> None:
    node = write("def predict(self, X, names, meta):\n    X[0, 0] = 9\n    meta['tags']['t'].append(2)\n    return X")
    request = ask([1, 2])
    assert request.trail is not None
    request.trail.tags["t"] = [1]
    assert values(answer(node.transform_input, request)) == {"data": [[9, 2]]}
    assert request.tensors["data"].array.tolist() == [[1, 2]]
    assert request.trail.tags == {"t": [1]}
    node = write("def predict(self, X, names):\n    X['a'].append(2)\n    return X")
    held = {"a": [1]}
    answer(node.transform_input, Request({"jsonData": whole("JSON", held)}))
    assert held == {"a": [1]}


@pytest.mark.parametrize(
    "held",
    [
        "np.array([0.0])",
        "np.array([0, None])",
        "[{0: 0}]",
        "{0: {0: 0}}",
        "{0: np.array([0.0])}",
        "[[0], [1, 2]]",
    ],
)
def test_what_a_user_writes_to_its_answer_afterwards_is_not_sent(write: Write, held: str) -> None:
    body = f"""
def __init__(self): self.held = {held}
def predict(self, X, names):
    inner = self.held
    while not isinstance(inner[0], (int, float)): inner = inner[0]
    inner[0] = int(X[0, 0])
    return self.held
def tags(self): return {{'held': [self.held]}}
"""
    node = write(body)
    first = ask([1])
    found = answer(node.transform_input, first)
    assert first.trail is not None
    before = str(values(found)), str(first.trail.tags)
    answer(node.transform_input, ask([2]))
    assert (str(values(found)), str(first.trail.tags)) == before


def test_tags_of_the_request_are_before_those_of_the_class_and_of_the_answer(write: Write) -> None:
    body = """
def predict(self, X, names):
    from seldon_core.user_model import SeldonResponse
    return SeldonResponse(X, tags={'c': 'answer'}, metrics=[{'key': 'n', 'type': 'COUNTER', 'value': np.int64(2)}])
def tags(self): return {'b': 'class', 'c': 'class'}
def metrics(self): return [{'key': 'm', 'type': 'TIMER', 'value': 1.5, 'tags': {'k': 1}}]
"""
    request = ask([1])
    assert request.trail is not None
    request.trail.tags.update(a="request", b="request", c="request")
    answer(write(body).transform_input, request)
    assert request.trail.tags == {"a": "request", "b": "class", "c": "answer"}
    assert request.trail.metrics == [
        {"key": "m", "type": "TIMER", "value": 1.5, "tags": {"k": "1"}},
        {"key": "n", "type": "COUNTER", "value": 2},
    ]
    assert type(request.trail.metrics[1]["value"]) is int


@pytest.mark.parametrize(
    "metrics",
    [
        "None",
        "[1]",
        "[{'key': 'k', 'value': 1}]",
        "[{'key': 1, 'type': 'GAUGE', 'value': 1}]",
        "[{'key': 'k', 'type': 'GAUGE', 'value': float('nan')}]",
        "[{'key': 'k', 'type': 'GAUGE', 'value': float('inf')}]",
        "[{'key': 'k', 'type': 'GAUGE', 'value': 10**400}]",
        "[{'key': 'k', 'type': 'GAUGE', 'value': -10**5000}]",
    ],
)
def test_a_bad_metric_is_refused(write: Write, metrics: str) -> None:
    node = write(f"def predict(self, X, names): return X\ndef metrics(self): return {metrics}")
    with pytest.raises(ToldInternal) as raised:
        answer(node.transform_input, ask([1]))
    assert (raised.value.status, raised.value.reason) == (500, "MICROSERVICE_BAD_METRIC")


def test_tags_that_are_no_dict_are_refused(write: Write) -> None:
    node = write("def predict(self, X, names): return X\ndef tags(self): return [1]")
    with pytest.raises(ToldInternal, match="tags must be a dict, got list"):
        answer(node.transform_input, ask([1]))


def test_columns_are_named_by_a_method_or_an_attribute(write: Write) -> None:
    node = write("class_names = ['a', 'b']\ndef predict(self, X, names): return X")
    assert answer(node.transform_input, ask([1, 2])).tensors["data"].names == ("a", "b")
    node = write("def class_names(self): return np.array(['a', 'b'])\ndef predict(self, X, names): return X[0]")
    assert answer(node.transform_input, ask([1, 2])).tensors["data"].names == ()
    node = write("def feature_names(self): return ['f']\ndef transform_input(self, X, names): return X")
    assert answer(node.transform_input, ask([1])).tensors["data"].names == ("f",)
    assert answer(node.transform_input, ask([1, 2])).tensors["data"].names == ()


@pytest.mark.parametrize(
    ("route", "branch"), [("1", 1), ("np.int64(2)", 2), ("-2", -2), ("True", 1), ("np.array(1)", 1)]
)
def test_a_route_is_any_whole_number(write: Write, route: str, branch: int) -> None:
    assert answer(write(f"def route(self, X, names): return {route}").route, ask([1])) == branch


@pytest.mark.parametrize("route", ["1.0", "None", "[1]", "'1'", "np.array([[1]]) * 1.0"])
def test_a_route_that_is_no_whole_number_is_refused(write: Write, route: str) -> None:
    with pytest.raises(ToldBadInput, match="a route must be an int, got") as raised:
        answer(write(f"def route(self, X, names): return {route}").route, ask([1]))
    assert (raised.value.status, raised.value.code, raised.value.reason) == (400, -1, "MICROSERVICE_BAD_DATA")


def test_a_combiner_is_given_the_answers_that_came(write: Write) -> None:
    node = write("def aggregate(self, Xs, names): return {'sum': sum(X.sum() for X in Xs), 'names': names}")
    assert node.combine is not None
    answers = [Response(ask([1, 2], names=("a", "b")).tensors), None, Response(ask([3]).tensors)]
    found = run(node.combine(answers, ask([1])))
    assert found.tensors["jsonData"].array.item() == {"sum": 6, "names": [["a", "b"], []]}


def test_feedback_comes_to_the_class(write: Write) -> None:
    body = """
def route(self, X, names): return 0
def send_feedback(self, X, names, reward, truth, routing=None):
    return {'X': X.tolist(), 'names': names, 'reward': reward, 'truth': truth.tolist(), 'routing': routing}
"""
    node = write(body)
    assert node.learn is not None
    lesson = Lesson(0.5, request=ask([1, 2], names=("a", "b")).tensors, truth=ask([1]).tensors, routing={"mine": 1})
    told = run(node.learn(lesson))
    assert told is not None
    wanted = {"X": [[1, 2]], "names": ["a", "b"], "reward": 0.5, "truth": [[1]], "routing": 1}
    assert told.tensors["jsonData"].array.item() == wanted
    told = run(node.learn(Lesson()))
    assert told is not None
    wanted = {"X": [], "names": [], "reward": 0.0, "truth": [], "routing": None}
    assert told.tensors["jsonData"].array.item() == wanted


def test_feedback_without_its_request_has_as_many_rows_as_were_asked_about(write: Write) -> None:
    node = write(
        "def predict(self, X, names): return X\ndef send_feedback(self, X, names, reward, truth): return [X.shape[0]]"
    )
    assert node.learn is not None
    told = run(node.learn(Lesson(1.0, rows=3)))
    assert told is not None
    assert values(told) == {"data": [3]}


def test_feedback_that_is_not_answered_has_no_answer(write: Write) -> None:
    node = write("def predict(self, X, names): return X\ndef send_feedback(self, *_, **__): pass")
    assert node.learn is not None
    assert run(node.learn(Lesson(1.0))) is None


def test_health_is_what_the_class_says_or_healthy(write: Write) -> None:
    node = write("def predict(self, X, names): return X")
    assert node.health is not None
    assert values(run(node.health())) == {"strData": "healthy"}
    node = write("def predict(self, X, names): return X\ndef health_status(self): raise RuntimeError('ill')")
    assert node.health is not None
    with pytest.raises(ToldInternal, match=r"health_status failed: RuntimeError: ill \(Mine\.py:6\)"):
        run(node.health())


def test_any_other_exception_is_internal_and_names_the_line(write: Write) -> None:
    node = write("def predict(self, X, names):\n    return X @ np.ones(5)")
    with pytest.raises(ToldInternal, match=r"^predict failed: ValueError: .* \(Mine\.py:6\)$") as raised:
        answer(node.transform_input, ask([1, 2]))
    assert (raised.value.status, raised.value.reason) == (500, "MICROSERVICE_INTERNAL_ERROR")


OWN = """
{handler}
class Gone(Exception):
    status_code = 404
    def __init__(self):
        self.message, self.application_error_code = 'no such customer', 17
        if {handler!r}: self.status_code = {status}
def predict(self, X, names): raise self.Gone()
"""


@pytest.mark.parametrize(("status", "kind"), [(404, ToldBadInput), (422, ToldBadInput), (503, ToldInternal)])
def test_a_users_own_error_is_told_in_its_own_numbers(write: Write, status: int, kind: type[Told]) -> None:
    node = write(OWN.format(handler="model_error_handler = None", status=status))
    with pytest.raises(kind, match=r"^no such customer$") as raised:
        answer(node.transform_input, ask([1]))
    assert (raised.value.status, raised.value.code) == (status, 17)


def test_without_a_handler_a_status_code_says_nothing(write: Write) -> None:
    node = write(OWN.format(handler="", status=404))
    with pytest.raises(ToldInternal) as raised:
        answer(node.transform_input, ask([1]))
    assert raised.value.status == 500


@pytest.mark.parametrize("inline", [True, False])
def test_async_methods_run_on_the_event_loop(write: Write, inline: bool) -> None:
    body = """
async def predict(self, X, names):
    task = asyncio.current_task()
    await asyncio.sleep(0)
    return {'task': task is not None, 'thread': threading.get_ident()}
def tags(self): return {'after': True}
"""
    request = ask([1])
    found = answer(write(body, inline=inline).transform_input, request).tensors["jsonData"].array.item()
    assert found == {"task": True, "thread": threading.get_ident()}
    assert request.trail is not None
    assert request.trail.tags == {"after": True}


def test_async_methods_fail_as_others_do(write: Write) -> None:
    node = write("async def predict(self, X, names): raise ValueError('no')")
    with pytest.raises(ToldInternal, match=r"predict failed: ValueError: no \(Mine\.py:5\)"):
        answer(node.transform_input, ask([1]))


BUSY = """
def __init__(self): self.busy, self.most = 0, 0
def predict(self, X, names):
    self.busy += 1
    self.most = max(self.most, self.busy)
    for _ in range(2000): pass
    self.busy -= 1
    self.last = int(X[0, 0])
    return {'thread': threading.get_ident()}
def tags(self): return {'last': self.last, 'most': self.most}
"""


def test_methods_run_off_the_loop_one_call_at_a_time(write: Write) -> None:
    node = write(BUSY, inline=False)

    async def together() -> None:
        assert node.transform_input is not None
        requests = [ask([index]) for index in range(20)]
        told = await asyncio.gather(*(node.transform_input(request) for request in requests))
        assert {each.tensors["jsonData"].array.item()["thread"] for each in told}.isdisjoint({threading.get_ident()})
        assert [request.trail.tags for request in requests if request.trail] == [
            {"last": index, "most": 1} for index in range(20)
        ]
        assert node.close is not None
        await node.close()

    run(together())


def test_a_call_is_late_when_its_deadline_passes(write: Write) -> None:
    gate = threading.Event()
    node = write(
        "def __init__(self, gate): self.gate = gate\n"
        "def predict(self, X, names): return X if self.gate.wait(10) else None\n"
        "def tags(self): return {'too': 'late'}",
        inline=False,
        args={"gate": gate},
    )
    request = ask([1], deadline=monotonic() + 0.005)
    try:
        with pytest.raises(Late):
            answer(node.transform_input, request)
    finally:
        gate.set()
    assert request.trail is not None
    assert request.trail.tags == {}
    with pytest.raises(Late):
        answer(write("def predict(self, X, names): return X").transform_input, ask([1], deadline=monotonic() - 1))
