from __future__ import annotations

import asyncio
import gc

import pytest
from graphs import Log, asked, node, trail_of, values

from salver.core.errors import Internal, Late, Unavailable
from salver.graph.fanout import ask_all, ask_in_turn, ask_patiently
from salver.graph.patience import Patience
from salver.graph.tree import visit


def all_came(found):
    return all(one is not None for one in found)


def ask(children, patience, is_enough=all_came):
    request = asked([1.0])

    async def converse():
        return await asyncio.wait_for(ask_patiently(children, request, visit, patience, is_enough), 5)

    return [None if one is None else values(one) for one in asyncio.run(converse())], request


def plus(number):
    return lambda found: [value + number for value in found]


def test_what_has_not_come_by_the_deadline_is_left_out_and_said_and_cancelled():
    log = Log()
    late = node("late", wait=asyncio.Event(), log=log)
    answers, request = ask([late, node("quick", predict=plus(1))], Patience(budget_s=0.01))
    assert answers == [None, [2.0]]
    assert request.trail.tags["left_out"] == {"late": "it did not answer in time"}
    assert log[-1].startswith("late.cancelled")


def test_a_child_that_fails_is_left_out_with_its_reason():
    answers, request = ask([node("bad", fault=Internal("boom")), node("b", predict=plus(1))], Patience(budget_s=1))
    assert answers == [None, [2.0]]
    assert request.trail.tags["left_out"] == {"bad": "node 'bad': boom"}


def test_too_few_answers_are_a_failure():
    with pytest.raises(Late, match="1 of 2 answered in time, wanted at least 2; late: late"):
        ask([node("late", wait=asyncio.Event()), node("b", predict=plus(1))], Patience(budget_s=0.01, at_least=2))


def test_where_all_have_failed_the_first_of_the_failures_is_told():
    with pytest.raises(Unavailable, match="node 'a': gone"):
        ask([node("a", fault=Unavailable("gone")), node("b", fault=Internal("boom"))], Patience(budget_s=1))


def test_nobody_is_asked_any_more_once_there_is_enough():
    log = Log()
    children = [node("a", predict=plus(1), log=log), node("b", predict=plus(2), log=log)]
    answers, _ = ask(children, Patience(budget_s=1), lambda found: any(one is not None for one in found))
    assert answers == [[2.0], None]
    assert log == ["a.predict [1.0]"]


def test_the_sooner_deadline_of_the_request_holds():
    from time import monotonic

    request = asked([1.0], deadline=monotonic() + 0.01)

    async def converse():
        with pytest.raises(Late):
            await asyncio.wait_for(
                ask_patiently([node("late", wait=asyncio.Event())], request, visit, Patience(budget_s=60), all_came), 5
            )

    asyncio.run(converse())


def test_in_turn_the_dear_one_is_asked_only_when_the_cheap_one_is_not_good_enough():
    def run(enough):
        log, request = Log(), asked([1.0])
        children = [node("cheap", predict=plus(1), log=log), node("dear", predict=plus(5), log=log)]
        found = asyncio.run(ask_in_turn(children, request, visit, lambda _: enough))
        return [None if one is None else values(one) for one in found], len(log)

    assert run(True) == ([[2.0], None], 1)
    assert run(False) == ([[2.0], [6.0]], 2)


def test_when_the_dear_one_fails_the_cheap_answer_stands():
    request = asked([1.0])
    children = [node("cheap", predict=plus(1)), node("dear", fault=Unavailable("gone"))]
    cheap, dear = asyncio.run(ask_in_turn(children, request, visit, lambda _: False))
    assert cheap is not None
    assert values(cheap) == [2.0]
    assert dear is None
    assert trail_of(request).tags["left_out"] == {"dear": "node 'dear': gone"}


def test_of_two_that_fail_at_the_same_moment_the_first_is_told_and_the_other_forgotten():
    unheard = []

    async def converse():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context["message"]))
        gate = asyncio.Event()
        children = [node(name, wait=gate, fault=Unavailable(f"{name} is gone")) for name in "ab"]
        asking = asyncio.ensure_future(ask_all(children, asked([1.0]), visit))
        await asyncio.sleep(0)
        gate.set()
        with pytest.raises(Unavailable, match="a is gone"):
            await asking

    asyncio.run(converse())
    gc.collect()
    assert unheard == []


def test_all_are_asked_at_the_same_time():
    async def converse():
        gate, log = asyncio.Event(), Log()
        children = [node(name, wait=gate, log=log) for name in "abc"]
        asking = asyncio.ensure_future(ask_all(children, asked([1.0]), visit))
        await asyncio.sleep(0)
        assert len(log) == 3
        gate.set()
        assert [values(one) for one in await asking] == [[1.0]] * 3

    asyncio.run(converse())
