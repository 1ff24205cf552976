from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salver.core import calls
from salver.core.calls import REPLIES, State
from salver.core.errors import BadInput, Full, Internal, NotFound, Unavailable
from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.dispatch import Dispatch
from salver.lifecycle.hosted import ModelSpec
from salver.lifecycle.loader import Loaded
from salver.lifecycle.manager import Manager
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.policies import keep_serving
from salver.lifecycle.sources.folder import ModelPath
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import All
from salver.observe.metrics import Metrics
from salver.testing.clock import HandClock
from salver.version import __version__

SIGNATURE = Signature({"x": TensorSpec("FP32", (-1,))}, {"y": TensorSpec("FP32", (-1,))}, batched=True)


@dataclass
class Adder:
    """Adds its version. Raises what it is told to, and waits while it is held."""

    version: int
    error: list[Exception]
    gate: asyncio.Event
    signatures: Mapping[str, Signature] = field(default_factory=lambda: {DEFAULT: SIGNATURE})

    async def __call__(self, request: Request) -> Response:
        await self.gate.wait()
        if self.error:
            raise self.error[0]
        return Response({"y": Tensor("FP32", request.tensors["x"].array + self.version)})

    async def aclose(self) -> None:
        pass


class Pupil:
    """The inside of a graph with one node, which notes what it is taught."""

    def __init__(self) -> None:
        self.lessons: list[Lesson] = []

    def describe(self) -> tuple[NodeDescription, ...]:
        return (NodeDescription("pupil", "MODEL", "fake"),)

    async def learn(self, lesson: Lesson) -> Response | None:
        if lesson.reward == 13:
            raise ValueError("not that number")
        self.lessons.append(lesson)
        return None

    async def route(self, request: Request) -> int:
        return 0

    async def combine(self, answers: Sequence[Request]) -> Response:
        return Response({})

    async def health(self, node: str) -> Response:
        return Response({})

    async def learnt(self) -> Mapping[str, Mapping[str, Any]]:
        return {"pupil": {"rewards": [lesson.reward for lesson in self.lessons]}}

    async def forget(self, node: str) -> None:
        self.lessons.clear()


@dataclass
class House:
    """Model `m` in versions 1 and 2 (label `old` is 1), and `broken`, which cannot be loaded."""

    dispatch: Dispatch
    metrics: Metrics
    error: list[Exception]
    gate: asyncio.Event


async def blank_profile(duration_s: float) -> bytes:
    return b"nothing happened"


@pytest.fixture
def live(tmp_path: Path) -> Callable[[Callable[[House], Coroutine[Any, Any, None]]], None]:
    """Runs a conversation with a house whose models have been loaded."""
    for file in ("m/1/model.onnx", "m/2/model.onnx", "broken/1/model.onnx"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()
    clock = HandClock()
    clock.advance(60)

    def spec(name: str, labels: Mapping[str, int]) -> ModelSpec:
        source = ModelPath(str(tmp_path / name), lambda path: "onnx", All(), SettleCheck(), clock)
        return ModelSpec(source, labels, keep_serving)

    async def run(conversation: Callable[[House], Coroutine[Any, Any, None]]) -> None:
        error: list[Exception] = []
        gate = asyncio.Event()
        gate.set()

        @dataclass
        class Loader:
            model: str
            version: int
            path: str

            async def load(self) -> Loaded:
                if self.model == "broken":
                    raise BadInput("this is no model")
                return Loaded(Adder(self.version, error, gate), "fake", graph=Pupil())

        async def take(call: calls.Configure) -> None:
            assert call == calls.Configure(())

        models = {"m": spec("m", {"old": 1}), "broken": spec("broken", {})}
        manager = Manager(models, Loader, options=LifecycleOptions(max_load_retries=0), clock=clock)
        metrics = Metrics()
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(manager.run())
            await manager.wait_ready(10)
            dispatch = Dispatch(manager, metrics, take, profile=blank_profile)
            await conversation(House(dispatch, metrics, error, gate))
            await manager.aclose()

    return lambda conversation: asyncio.run(run(conversation))


def predict(
    values: Any = (1.0,),
    *,
    model: str = "m",
    version: int | None = None,
    label: str | None = None,
    name: str = "x",
    outputs: tuple[str, ...] = (),
    signature: str = "",
) -> calls.Predict:
    def read(signatures: Mapping[str, Signature]) -> Request:
        return Request({name: Tensor("FP32", np.array(values, np.float32))}, signature, outputs=outputs)

    return calls.Predict("test", model, version, label, read)


async def told(house: House, call: calls.Predict) -> list[float]:
    reply: Any = await house.dispatch(call)
    values: list[float] = reply.response.tensors["y"].array.tolist()
    return values


def count(house: House, line: str) -> float:
    house.dispatch.publish()
    found = [float(text.rpartition(" ")[2]) for text in house.metrics.render().splitlines() if text.startswith(line)]
    return sum(found)


def test_every_call_gets_the_reply_that_is_named_for_it(live):
    asked: dict[type[Any], Any] = {
        calls.Predict: predict(),
        calls.PredictTogether: calls.PredictTogether("test", "m", None, None, (predict().read, predict().read)),
        calls.Metadata: calls.Metadata("m"),
        calls.Status: calls.Status("m"),
        calls.Ready: calls.Ready(),
        calls.Live: calls.Live(),
        calls.About: calls.About(),
        calls.Models: calls.Models(),
        calls.Statistics: calls.Statistics(),
        calls.Scrape: calls.Scrape(),
        calls.Load: calls.Load("m"),
        calls.Unload: calls.Unload("m"),
        calls.Reload: calls.Reload("m"),
        calls.Configure: calls.Configure(()),
        calls.Profile: calls.Profile(0.0),
        calls.Feedback: calls.Feedback("test", "m", None, None, lambda signatures: Lesson(reward=1.0)),
        calls.Route: calls.Route("test", "m", lambda signatures: (Request({}),)),
        calls.Combine: calls.Combine("test", "m", lambda signatures: (Request({}),)),
        calls.NodeHealth: calls.NodeHealth("m"),
        calls.Learnt: calls.Learnt("m"),
        calls.Forget: calls.Forget("m"),
    }
    assert asked.keys() == REPLIES.keys()

    async def converse(house: House) -> None:
        for kind, call in asked.items():
            assert type(await house.dispatch(call)) is REPLIES[kind]

    live(converse)


def test_the_version_asked_for_answers(live):
    async def converse(house: House) -> None:
        assert await told(house, predict()) == [3.0]
        assert await told(house, predict(version=1)) == [2.0]
        assert await told(house, predict(version=2)) == [3.0]
        assert await told(house, predict(label="old")) == [2.0]
        reply: Any = await house.dispatch(predict())
        assert (reply.model, reply.version, reply.signature_name) == ("m", 2, DEFAULT)

    live(converse)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (predict(model="none"), NotFound, "there is no model 'none'"),
        (predict(version=7), NotFound, "7"),
        (predict(label="new"), NotFound, "new"),
        (predict(model="broken"), Unavailable, "this is no model"),
        (predict(name="z"), BadInput, "there is no input 'z'"),
        (predict([[1.0]]), BadInput, "has shape"),
        (predict(outputs=("z",)), BadInput, "there is no output 'z'"),
        (predict(signature="z"), BadInput, "there is no signature 'z'"),
    ],
)
def test_what_cannot_be_answered(live, call, kind, said):
    async def converse(house: House) -> None:
        with pytest.raises(kind, match=said) as caught:
            await house.dispatch(call)
        if kind is BadInput:
            assert caught.value.signature is SIGNATURE
            assert caught.value.signature_name == DEFAULT

    live(converse)


def test_what_the_model_raises(live, caplog):
    async def converse(house: House) -> None:
        house.error.append(ZeroDivisionError("no"))
        with pytest.raises(Internal, match="the model failed: ZeroDivisionError: no"):
            await house.dispatch(predict())
        house.error[0] = Full("later")
        with pytest.raises(Full, match="later"):
            await house.dispatch(predict())
        house.error.clear()
        assert await told(house, predict()) == [3.0]

    live(converse)
    assert "model m version 2 failed" in caplog.text


def test_everything_is_counted_and_given_back(live):
    async def converse(house: House) -> None:
        await house.dispatch(predict())
        for bad in (predict(name="z"), predict(model="made-up")):
            with pytest.raises((BadInput, NotFound)):
                await house.dispatch(bad)
        house.gate.clear()
        waiting = asyncio.create_task(house.dispatch(predict()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert count(house, "salver_in_flight{") == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        house.gate.set()
        assert count(house, "salver_in_flight{") == 0
        text = house.metrics.render()
        assert "made-up" not in text
        for kind in ("BadInput", "NotFound", "Cancelled"):
            assert f'kind="{kind}"' in text
        reply: Any = await house.dispatch(calls.Statistics("m", 2))
        (two,) = reply.versions
        assert (two.successes, two.failures) == (1, 2)
        assert two.success_ns > 0
        await asyncio.wait_for(house.dispatch(calls.Unload("m")), 5)  # every lease is back

    live(converse)


def test_states_and_labels(live):
    async def converse(house: House) -> None:
        status: Any = await house.dispatch(calls.Status("m"))
        assert [(one.version, one.state) for one in status.versions] == [(2, State.AVAILABLE), (1, State.AVAILABLE)]
        status = await house.dispatch(calls.Status("m", label="old"))
        assert [one.version for one in status.versions] == [1]
        status = await house.dispatch(calls.Status("broken"))
        assert [(one.state, one.error) for one in status.versions] == [(State.END, "this is no model")]
        for call in (
            calls.Status("none"),
            calls.Status("m", 9),
            calls.Status("m", label="none"),
            calls.Metadata("none"),
        ):
            with pytest.raises(NotFound):
                await house.dispatch(call)
        metadata: Any = await house.dispatch(calls.Metadata("m", label="old"))
        assert (metadata.version, metadata.versions, metadata.format) == (1, (1, 2), "fake")

    live(converse)


def test_readiness(live):
    async def converse(house: House) -> None:
        async def ready(model: str | None = None, version: int | None = None) -> Any:
            return await house.dispatch(calls.Ready(model, version))

        assert not (await ready()).ready  # `broken` is wanted and not there
        assert (await ready("m")).ready
        assert (await ready("m", 1)).ready
        for model, version in (("broken", None), ("none", None), ("m", 9)):
            refused = await ready(model, version)
            assert not refused.ready
            assert refused.reason
        house.dispatch.stop()
        assert (await ready("m")) == calls.Readiness(False, "the server is stopping")
        assert (await house.dispatch(calls.Live())) == calls.Readiness(True)
        assert await told(house, predict()) == [3.0]

    live(converse)


def test_operators(live):
    async def converse(house: House) -> None:
        await house.dispatch(calls.Unload("m"))
        with pytest.raises(Unavailable):
            await house.dispatch(predict())
        await house.dispatch(calls.Load("m"))
        assert await told(house, predict()) == [3.0]
        await house.dispatch(calls.Reload("m"))
        with pytest.raises(Unavailable, match="this is no model"):
            await house.dispatch(calls.Load("broken"))
        for call in (calls.Load("none"), calls.Unload("none"), calls.Reload("none"), calls.Statistics("none")):
            with pytest.raises(NotFound):
                await house.dispatch(call)

    live(converse)


def test_about(live):
    async def converse(house: House) -> None:
        assert await house.dispatch(calls.About()) == calls.ServerAbout("salver", __version__)

    live(converse)


def feedback(reward: float, model: str = "m", headers: Any = ()) -> calls.Feedback:
    return calls.Feedback("test", model, None, None, lambda signatures: Lesson(reward=reward), headers=headers)


async def learnt(house: House) -> Mapping[str, Any]:
    state = await house.dispatch(calls.Learnt("m"))
    assert isinstance(state, calls.LearntState)
    return state.nodes


def test_feedback_is_learnt_counted_and_forgotten(live):
    async def converse(house: House) -> None:
        await house.dispatch(feedback(0.5))
        await house.dispatch(feedback(-2.0))
        assert await learnt(house) == {"pupil": {"rewards": [0.5, -2.0]}}
        text = house.metrics.render()
        assert 'salver_feedback_total{model="m"} 2' in text
        assert 'salver_feedback_reward{model="m"} -1.5' in text
        await house.dispatch(calls.Forget("m"))
        assert await learnt(house) == {"pupil": {"rewards": []}}

    live(converse)


def test_a_node_that_breaks_while_it_learns_is_the_graphs_fault(live):
    async def converse(house: House) -> None:
        with pytest.raises(Internal, match="not that number"):
            await house.dispatch(feedback(13))

    live(converse)


def test_a_call_that_names_no_model_means_that_of_the_header_or_the_only_one(live):
    async def converse(house: House) -> None:
        call = predict(model="")
        with pytest.raises(NotFound, match="2 models are served, so the call must name one: broken, m"):
            await house.dispatch(call)
        call = predict(model="")
        call.headers = [(b"seldon", b"m")]
        predicted = await house.dispatch(call)
        assert isinstance(predicted, calls.Predicted)
        assert predicted.model == "m"
        await house.dispatch(feedback(1.0, "", [(b"seldon", b"m")]))

    live(converse)
