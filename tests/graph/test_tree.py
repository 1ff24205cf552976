"""The order and the rules are those of Seldon Core's executor (predictor_process.go), and what it leaves unchecked."""

from __future__ import annotations

import asyncio

import pytest
from graphs import Log, asked, node, trail_of, values

from salver.core.errors import BadInput, GraphFault, Internal, Unavailable
from salver.core.lesson import Lesson
from salver.graph.tree import learn, visit


def run(root, request=None):
    request = request or asked([[1.0]])
    return asyncio.run(visit(root, request)), request


def plus(number):
    return lambda rows: [[value + number for value in row] for row in rows]


def times(number):
    return lambda rows: [[value * number for value in row] for row in rows]


def test_a_model_with_a_child_feeds_it():
    response, request = run(node("a", node("b", predict=times(10)), predict=plus(1)))
    assert values(response) == [[20.0]]
    assert request.trail.routing == {"a": -1}
    assert list(request.trail.path) == ["a", "b"]


def test_everything_happens_in_the_order_of_seldon():
    log = Log()
    root = node(
        "root",
        node("left", log=log, predict=plus(1)),
        node("right", log=log, predict=plus(2)),
        log=log,
        predict=times(10),
        route=-1,
        combine=lambda answers: answers[1],
        after=times(2),
    )
    response, _ = run(root)
    assert log == [
        "root.predict [[1.0]]",
        "root.route [[10.0]]",
        "left.predict [[10.0]]",
        "right.predict [[10.0]]",
        "root.combine [[[11.0]], [[12.0]]]",
        "root.after [[12.0]]",
    ]
    assert values(response) == [[24.0]]


def test_a_router_sends_the_request_down_one_branch():
    log = Log()
    _, request = run(node("r", node("a", log=log, predict=plus(1)), node("b", log=log, predict=plus(2)), route=1))
    assert log == ["b.predict [[1.0]]"]
    assert request.trail.routing == {"r": 1}
    assert list(request.trail.path) == ["r", "b"]


def test_the_route_minus_two_answers_with_the_request_itself_and_nothing_comes_after():
    root = node("r", node("a", predict=plus(1)), route=-2, combine=lambda _: 0, after=plus(5))
    response, request = run(root)
    assert values(response) == [[1.0]]
    assert request.trail.routing == {"r": -2}


def test_without_a_combiner_the_first_child_answers_though_all_are_asked():
    log = Log()
    root = node("r", node("a", log=log, predict=plus(1)), node("b", log=log, predict=plus(2)))
    response, _ = run(root)
    assert values(response) == [[2.0]]
    assert len(log) == 2


def test_a_combiner_below_a_route_is_given_the_one_answer():
    log = Log()
    root = node("r", node("a"), node("b", predict=plus(2)), route=1, combine=lambda found: found[0], log=log)
    run(root)
    assert log[-1] == "r.combine [[[3.0]]]"


@pytest.mark.parametrize("route", [2, 99, -3])
def test_a_route_that_leads_nowhere_is_refused_with_seldons_code(route):
    with pytest.raises(GraphFault, match=r"node 'r': the route .* leads nowhere; there are 2 children") as caught:
        run(node("r", node("a"), node("b"), route=route))
    assert caught.value.code == 207


def test_a_router_without_children_is_not_asked():
    response, request = run(node("r", route=5))
    assert (values(response), request.trail.routing) == ([[1.0]], {})


def test_a_transformer_that_drops_rows_is_refused():
    dropping = node("t", predict=lambda rows: rows[:1])
    dropping.keeps_rows = True
    with pytest.raises(GraphFault, match="node 't': a transformer must keep the rows; 2 came, 1 went on"):
        run(dropping, asked([[1.0], [2.0]]))


def test_a_fault_names_the_innermost_node():
    root = node("outer", node("inner", fault=Internal("it broke")))
    with pytest.raises(Internal, match=r"^node 'inner': it broke$"):
        run(root)


def test_a_child_that_fails_fails_the_request_and_its_siblings_are_cancelled():
    async def converse():
        log, never = Log(), asyncio.Event()
        root = node("r", node("slow", wait=never, log=log), node("bad", fault=Unavailable("gone")))
        with pytest.raises(Unavailable, match="gone"):
            await visit(root, asked([[1.0]]))
        assert log[-1] == "slow.cancelled [[1.0]]"

    asyncio.run(converse())


def test_what_children_wrote_is_told_in_their_order_whoever_came_first():
    async def converse():
        gate = asyncio.Event()
        request = asked([[1.0]])
        slow, quick = node("slow", wait=gate), node("quick", node("below", predict=plus(1)), route=0)
        visiting = asyncio.ensure_future(visit(node("r", slow, quick), request))
        await asyncio.sleep(0)
        gate.set()
        await visiting
        assert list(trail_of(request).path) == ["r", "slow", "quick", "below"]

    asyncio.run(converse())


def test_feedback_goes_down_the_branch_that_answered_children_first():
    log = Log()
    root = node("r", node("a", log=log), node("b", node("c", log=log), log=log), log=log, route=1)
    asyncio.run(learn(root, Lesson(reward=0.5, routing={"r": 1})))
    assert log == ["c.learn 0.5", "b.learn 0.5", "r.learn 0.5"]


def test_feedback_without_routing_goes_to_all():
    log = Log()
    asyncio.run(learn(node("r", node("a", log=log), node("b", log=log), log=log), Lesson(reward=1.0)))
    assert sorted(log[:2]) == ["a.learn 1.0", "b.learn 1.0"]
    assert log[2] == "r.learn 1.0"


def test_feedback_for_a_branch_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match=r"meta.routing: node 'r' has no branch 7; there are 1"):
        asyncio.run(learn(node("r", node("a")), Lesson(reward=1.0, routing={"r": 7})))


def test_feedback_for_a_request_that_ended_at_the_router_goes_to_the_router_only():
    log = Log()
    asyncio.run(learn(node("r", node("a", log=log), log=log), Lesson(reward=1.0, routing={"r": -2})))
    assert log == ["r.learn 1.0"]


def test_a_cascade_tells_who_answered_so_that_feedback_is_for_it_alone():
    log = Log()
    cheap, dear = node("cheap", predict=plus(1), log=log), node("dear", predict=plus(5), log=log)
    root = node("c", cheap, dear, node("never", log=log), combine=lambda found: found[1])
    root.in_turn, root.is_enough = True, lambda answers: len(answers) > 1
    response, request = run(root)
    assert values(response) == [[6.0]]
    assert trail_of(request).routing == {"c": 1}
    asyncio.run(learn(root, Lesson(reward=1.0, routing={"c": 1})))
    assert [line for line in log if "learn" in line] == ["dear.learn 1.0"]
