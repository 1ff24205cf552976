"""Joins, triggers and conditions are those of Seldon Core 2's pipelines."""

from __future__ import annotations

import asyncio

import pytest
from graphs import Log, asked, node, values

from salver.core.errors import GraphFault, Unavailable
from salver.core.servable import Response
from salver.core.tensor import Tensor
from salver.graph.flow import Flow, Intake, Placed
from salver.graph.node import Node
from salver.graph.plan import Address


def step(made: Node, *addresses: str, **more: object) -> Placed:
    found = tuple(Address(*one.split("/")) for one in addresses) or (Address("request"),)
    return Placed(made.name, made, Intake(found, **more))  # type: ignore[arg-type]


def output(*addresses: str, **more: object) -> Intake:
    return step(node("output"), *addresses, **more).intake


def run(flow, request=None):
    request = request or asked([1.0])
    return asyncio.run(flow(request)), request


def plus(number):
    return lambda found: [value + number for value in found]


def several(**tensors):
    """A step that gives tensors of these names."""
    made = node("several")

    async def give(request):
        return Response({name: Tensor.of(value) for name, value in tensors.items()})

    made.transform_input = give
    return made


def test_steps_in_a_row_hand_on_what_they_made():
    flow = Flow([step(node("a", predict=plus(1))), step(node("b", predict=plus(10)), "a")], output("b"))
    response, request = run(flow)
    assert values(response) == [12.0]
    assert list(request.trail.path) == ["a", "b"]


def test_a_step_after_a_combiner_is_possible():
    blend = node("blend", node("x", predict=plus(1)), node("y", predict=plus(3)), combine=lambda found: found[1])
    flow = Flow([step(blend), step(node("after", predict=plus(100)), "blend")], output("after"))
    assert values(run(flow)[0]) == [104.0]


def test_a_tensor_of_a_step_is_taken_by_its_address_and_renamed():
    made = several(scores=[0.5], label=[3])
    taking = step(node("last", predict=plus(1)), "several/scores", names={"several.outputs.scores": "data"})
    assert values(run(Flow([step(made), taking], output("last")))[0]) == [1.5]


def test_what_two_steps_call_the_same_is_told_apart_by_their_names():
    flow = Flow([step(node("a", predict=plus(1))), step(node("b", predict=plus(2)))], output("a", "b"))
    response, _ = run(flow)
    assert {name: tensor.to_list() for name, tensor in response.tensors.items()} == {"data": [2.0], "b.data": [3.0]}


def test_a_step_whose_condition_does_not_hold_is_passed_over_and_any_join_takes_the_other():
    def big(answers):
        return answers["first"].tensors["data"].array[0] > 5

    def small(answers):
        return not big(answers)

    steps = [
        step(node("first", predict=plus(1))),
        step(node("dear", predict=plus(100)), "first", when=big, reads=("first",)),
        step(node("cheap", predict=plus(1000)), "first", when=small, reads=("first",)),
    ]
    flow = Flow(steps, output("dear", "cheap", join="any"))
    assert values(run(flow, asked([1.0]))[0]) == [1002.0]
    assert values(run(flow, asked([9.0]))[0]) == [110.0]


def test_a_tensor_that_a_step_does_not_give_passes_its_takers_over():
    made = several(a=[1.0])
    steps = [step(made), step(node("if_a", predict=plus(1)), "several/a"), step(node("if_b"), "several/b")]
    steps[1] = step(steps[1].node, "several/a", names={"several.outputs.a": "data"})
    response, request = run(Flow(steps, output("if_a", "if_b", join="any")))
    assert values(response) == [2.0]
    assert "if_b" not in request.trail.path


def test_a_trigger_is_waited_for_but_not_taken():
    log = Log()
    steps = [
        step(node("check", predict=plus(5), log=log)),
        step(node("work", predict=plus(1), log=log), "request", triggers=(Address("check"),)),
    ]
    assert values(run(Flow(steps, output("work")))[0]) == [2.0]
    assert log == ["check.predict [1.0]", "work.predict [1.0]"]


def test_a_step_whose_trigger_did_not_come_is_passed_over():
    steps = [step(several(a=[1.0])), step(node("work"), "request", triggers=(Address("several", "b"),))]
    with pytest.raises(GraphFault, match="no answer: nothing was given for work"):
        run(Flow(steps, output("work")))


def test_an_inner_join_wants_all_and_an_outer_join_what_there_is():
    steps = [step(several(a=[1.0])), step(node("x", predict=plus(1)), "request")]
    inner = [*steps, step(node("last"), "x", "several/b", join="inner")]
    with pytest.raises(GraphFault):
        run(Flow(inner, output("last")))
    outer = [*steps, step(node("last", predict=plus(10)), "x", "several/b", join="outer")]
    assert values(run(Flow(outer, output("last")))[0]) == [12.0]


def test_an_outer_join_goes_on_without_who_is_late():
    async def converse():
        never, log = asyncio.Event(), Log()
        steps = [step(node("late", wait=never, log=log)), step(node("quick", predict=plus(1)))]
        steps.append(step(node("last", predict=plus(10)), "quick", "late", join="outer", join_s=0.01))
        response = await asyncio.wait_for(Flow(steps, output("last"))(asked([1.0])), 5)
        assert values(response) == [12.0]
        assert log[-1].startswith("late.cancelled")

    asyncio.run(converse())


def test_who_is_not_waited_for_any_more_is_cancelled():
    async def converse():
        never, log = asyncio.Event(), Log()
        steps = [step(node("late", wait=never, log=log)), step(node("quick", predict=plus(1)))]
        steps.append(step(node("last", predict=plus(10)), "late", "quick", join="any"))
        response = await asyncio.wait_for(Flow(steps, output("last"))(asked([1.0])), 5)
        assert values(response) == [12.0]
        assert log[-1].startswith("late.cancelled")

    asyncio.run(converse())


def test_a_step_that_fails_fails_the_request_and_the_others_are_cancelled():
    async def converse():
        never, log = asyncio.Event(), Log()
        gate = asyncio.Event()
        steps = [step(node("late", wait=never, log=log)), step(node("bad", wait=gate, fault=Unavailable("gone")))]
        steps.append(step(node("last"), "late", "bad"))
        running = asyncio.ensure_future(Flow(steps, output("last"))(asked([1.0])))
        await asyncio.sleep(0)
        gate.set()
        with pytest.raises(Unavailable, match="node 'bad': gone"):
            await asyncio.wait_for(running, 5)
        assert log[-1].startswith("late.cancelled")

    asyncio.run(converse())


def test_steps_that_wait_wait_at_the_same_time():
    async def converse():
        gate = asyncio.Event()
        waiting = Log()
        steps = [step(node(name, wait=gate, log=waiting)) for name in "abc"]
        steps.append(step(node("last"), "a", "b", "c"))
        running = asyncio.ensure_future(Flow(steps, output("last"))(asked([1.0])))
        await asyncio.sleep(0)
        assert len(waiting) == 3
        gate.set()
        await asyncio.wait_for(running, 5)

    asyncio.run(converse())
