from __future__ import annotations

import asyncio
import random

import pytest
from graphs import Log, asked, node, trail_of, values

from salver.core.errors import BadInput, Internal, Late, NotFound, Unavailable
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.graph.flow import Flow, Intake, Placed
from salver.graph.graph import Graph, GraphOptions
from salver.graph.interface import signatures_of
from salver.graph.node import Node
from salver.graph.patience import Patience
from salver.graph.plan import Address
from salver.graph.routers.thompson_sampling import ThompsonSampling
from salver.graph.shadow import Shadow
from salver.graph.store import Store


def graph(root: Node, **more: object) -> Graph:
    flow = Flow([Placed(root.name, root, Intake())], Intake((Address(root.name),)))
    options = GraphOptions(**{key: more.pop(key) for key in ("budget_s", "request_path") if key in more})  # type: ignore[arg-type]
    return Graph(flow, signatures_of(flow, None, None), options, **more)  # type: ignore[arg-type]


def question(puid: str = "", **tensors: object) -> Request:
    request = Request({name: Tensor.of(value) for name, value in (tensors or {"data": [[1.0]]}).items()})
    request.id = puid
    return request


def learning_graph() -> tuple[Graph, Store]:
    store = Store()
    return graph(learning_node(store), ledger=store.ledger), store


def learning_node(store: Store) -> Node:
    """A bandit over two models, the first of which answers 0 and the second 1."""
    zero, one = node("zero", predict=lambda _: [[0]]), node("one", predict=lambda _: [[1]])
    bandit = ThompsonSampling()(
        arms=("zero", "one"),
        memory=store.memory("bandit", "thompson_sampling", ("zero", "one"), ThompsonSampling.width),
        name="bandit",
        random=random.Random(1),
    )

    async def route(request: Request) -> int:
        return bandit.choose(request)

    async def learn(lesson: Lesson) -> None:
        bandit.learn(lesson)

    root = node("bandit", zero, one, route=0)
    root.route, root.learn, root.learner = route, learn, bandit
    return root


def counts(made: Graph) -> list[float]:
    rows = made.known()["bandit"]["contexts"].get("", [[0, 0], [0, 0]])
    return [row[0] for row in rows]


def test_an_answer_has_the_trail_of_its_way():
    response = asyncio.run(graph(node("a", node("b", predict=lambda rows: rows)))(question()))
    assert response.trail is not None
    assert trail_of(response).routing == {"a": -1}
    assert trail_of(response).path == {"a": "test", "b": "test"}


def test_the_path_is_told_only_where_it_may_be():
    response = asyncio.run(graph(node("a", predict=lambda rows: rows), request_path=False)(question()))
    assert response.trail is not None
    assert trail_of(response).path == {}


def test_a_budget_is_kept_and_who_is_still_at_it_is_cancelled():
    async def converse():
        log = Log()
        made = graph(node("a", node("b", wait=asyncio.Event(), log=log)), budget_s=0.01)
        with pytest.raises(Late, match="the graph did not answer in time"):
            await asyncio.wait_for(made(question()), 5)
        assert log[-1].startswith("b.cancelled")

    asyncio.run(converse())


def test_only_the_outputs_that_are_wanted_come():
    request = question(data=[[1.0]], other=[2.0])
    request.outputs = ("other",)
    assert list(asyncio.run(graph(node("a"))(request)).tensors) == ["other"]
    request.outputs = ("none",)
    with pytest.raises(Internal, match="the graph gave no output 'none', but data, other"):
        asyncio.run(graph(node("a"))(request))


def test_feedback_by_the_puid_alone_reaches_the_branch_that_answered():
    async def converse():
        made, _ = learning_graph()
        response = await made(question("p-1"))
        chosen = trail_of(response).routing["bandit"]
        await made.learn(Lesson(reward=1.0, id="p-1"))
        learnt = counts(made)
        assert learnt[chosen] == 1.0
        assert learnt[1 - chosen] == 0.0

    asyncio.run(converse())


@pytest.mark.parametrize("reached", [True, False])
def test_feedback_is_not_for_a_step_that_was_passed_over(reached):
    log = Log()
    chooser = node("chooser", node("arm", log=log), route=0, log=log)
    steps = [
        Placed("asked", node("asked", log=log), Intake()),
        Placed("chooser", chooser, Intake((Address("asked"),), when=lambda _: reached, reads=("asked",))),
    ]
    flow = Flow(steps, Intake((Address("chooser"), Address("asked")), join="any" if not reached else "inner"))

    async def converse():
        made = Graph(flow, signatures_of(flow, None, None), ledger=Store().ledger)
        await made(question("p-1"))
        await made.learn(Lesson(reward=1.0, id="p-1"))

    asyncio.run(converse())
    taught = [line for line in log if ".learn" in line]
    assert taught == ["asked.learn 1.0", *(["arm.learn 1.0", "chooser.learn 1.0"] if reached else [])]


def test_feedback_is_not_for_a_learner_that_was_left_out_of_an_answer():
    store, log = Store(), Log()
    failing = learning_node(store)
    failing.transform_input = node("failing", fault=Unavailable("gone")).transform_input
    both = node("both", failing, node("well", predict=lambda seen: seen, log=log), combine=lambda found: found[1])
    both.patience, both.is_enough = Patience(), lambda found: all(one is not None for one in found)
    made = graph(both, ledger=store.ledger)

    async def converse():
        await made(question("p-1"))
        await made.learn(Lesson(reward=1.0, id="p-1"))

    asyncio.run(converse())
    assert log == ["well.predict [[1.0]]", "well.learn 1.0"]
    assert counts(made) == [0, 0]


def test_truth_is_compared_with_the_answer_that_was_given():
    async def converse():
        made, _ = learning_graph()
        response = await made(question("p-1"))
        answered = values(response)
        await made.learn(Lesson(id="p-1", truth={"data": Tensor.of(answered)}))
        rows = made.known()["bandit"]["contexts"][""]
        assert rows[trail_of(response).routing["bandit"]][0] == 1.0

    asyncio.run(converse())


@pytest.mark.parametrize(
    ("lesson", "message"),
    [
        (
            Lesson(reward=1.0),
            "feedback must say which branch answered: it has no meta.routing, and it has no meta.puid",
        ),
        (Lesson(reward=1.0, id="nobody"), "no answer with the puid 'nobody' is remembered"),
        (Lesson(reward=float("nan"), routing={"bandit": 0}), "reward must be a finite number"),
        (Lesson(reward=7.0, routing={"bandit": 0}), "7"),
        (Lesson(reward=1.0, routing={"bandit": 2}), "node 'bandit' has no branch 2"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_and_nothing_is_learnt(lesson, message):
    made, _ = learning_graph()
    with pytest.raises(BadInput, match=message):
        asyncio.run(made.learn(lesson))
    assert counts(made) == [0, 0]


def test_a_lesson_that_one_node_refuses_is_learnt_by_none():
    log = Log()
    outer = node("outer", node("inner", log=log), log=log)
    inner = outer.children[0]

    class Refusing:
        def check(self, lesson):
            raise BadInput("not that")

    outer.learner = Refusing()  # type: ignore[assignment]
    assert inner.learn is not None
    with pytest.raises(BadInput, match="not that"):
        asyncio.run(graph(outer).learn(Lesson(reward=1.0)))
    assert log == []


def test_what_was_learnt_can_be_forgotten():
    async def converse():
        made, _ = learning_graph()
        await made.learn(Lesson(reward=1.0, routing={"bandit": 1}))
        assert counts(made) == [0, 1]
        await made.forget("bandit")
        assert counts(made) == [0, 0]
        with pytest.raises(NotFound, match="there is no node 'x'; there are bandit, zero, one"):
            await made.forget("x")
        with pytest.raises(BadInput, match="node 'zero' learns nothing"):
            await made.forget("zero")

    asyncio.run(converse())


def test_nobody_waits_for_a_shadow_and_its_failure_is_not_seen():
    async def converse():
        log = Log()
        shadow = Shadow(node("shadow", log=log, fault=Internal("it is broken")), 1.0, random.Random(1))
        made = graph(node("a", predict=lambda rows: rows, log=log), shadows=(shadow,))
        response = await made(question())
        assert values(response) == [[1.0]]
        assert log == ["a.predict [[1.0]]"]
        await asyncio.wait(shadow._tasks)
        assert log == ["a.predict [[1.0]]", "shadow.predict [[1.0]]"]
        assert "shadow" not in trail_of(response).path

    asyncio.run(converse())


def test_a_shadow_is_shown_its_share():
    async def converse():
        log = Log()
        shadow = Shadow(node("shadow", log=log, predict=lambda rows: rows), 0.25, random.Random(7))
        for _ in range(400):
            shadow.show(asked([[1.0]]))
            if shadow._tasks:
                await asyncio.wait(shadow._tasks)
        assert 60 < len(log) < 140  # 100 expected, 4.6 standard deviations

    asyncio.run(converse())


def test_closing_closes_every_node():
    async def converse():
        closed = []

        async def close():
            closed.append(1)

        root = node("a", node("b"))
        root.close = root.children[0].close = close
        await graph(root).aclose()
        assert len(closed) == 2

    asyncio.run(converse())
