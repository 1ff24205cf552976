from __future__ import annotations

import asyncio

import pytest
from graphs import Log, asked, node, trail_of, values

from salver.core.errors import BadInput, Late, Unavailable
from salver.core.lesson import Lesson
from salver.graph.care import Care, Retry
from salver.graph.tree import learn, visit


def run(root, request=None):
    request = request or asked([1.0])
    return asyncio.run(visit(root, request)), request


def test_a_node_that_never_answers_is_late_by_its_own_name():
    async def converse():
        slow = node("slow", wait=asyncio.Event())
        slow.care = Care(timeout_s=0.005)
        with pytest.raises(Late, match=r"node 'slow': it did not answer within 0.005 s"):
            await visit(slow, asked([1.0]))

    asyncio.run(converse())


def test_a_fallback_answers_in_its_place_and_that_is_said():
    bad = node("bad", fault=Unavailable("gone"))
    bad.fallback = node("spare", predict=lambda _: [7.0])
    response, request = run(bad)
    assert values(response) == [7.0]
    assert request.trail.tags == {"fallback": {"bad": "gone"}}


def test_a_caller_that_was_wrong_is_told_so_and_no_fallback_is_asked():
    log = Log()
    bad = node("bad", fault=BadInput("three columns, wanted four"))
    bad.care, bad.fallback = Care(retry=Retry(3, 0)), node("spare", log=log, predict=lambda _: [7.0])
    with pytest.raises(BadInput, match="three columns"):
        run(bad)
    assert log == []


def test_a_node_that_is_not_there_is_asked_again_so_often_and_no_more():
    log = Log()
    bad = node("bad", fault=Unavailable("gone"), log=log)
    bad.care = Care(retry=Retry(times=2, pause_s=0))
    with pytest.raises(Unavailable):
        run(bad)
    assert len(log) == 3


def test_the_time_limit_holds_for_what_lies_below():
    async def converse():
        log = Log()
        root = node("root", node("below", wait=asyncio.Event(), log=log))
        root.care = Care(timeout_s=0.005)
        with pytest.raises(Late):
            await visit(root, asked([1.0]))
        assert log[-1].startswith("below.cancelled")

    asyncio.run(converse())


def test_a_fallback_has_a_care_and_a_fallback_of_its_own():
    async def converse():
        bad, slow, last = node("bad", fault=Unavailable("gone")), node("slow", wait=asyncio.Event()), node("last")
        bad.fallback, slow.fallback = slow, last
        slow.care = Care(timeout_s=0.005)
        request = asked([1.0])
        assert values(await asyncio.wait_for(visit(bad, request), 5)) == [1.0]
        assert list(trail_of(request).tags["fallback"]) == ["bad", "slow"]

    asyncio.run(converse())


def test_feedback_goes_to_the_fallback_that_answered():
    log = Log()
    bad = node("bad", log=log, fault=Unavailable("gone"))
    bad.fallback = node("spare", log=log)
    _, request = run(bad)
    asyncio.run(learn(bad, Lesson(reward=1.0, notes=trail_of(request).notes)))
    asyncio.run(learn(bad, Lesson(reward=0.0)))
    assert [line for line in log if "learn" in line] == ["spare.learn 1.0", "bad.learn 0.0"]
