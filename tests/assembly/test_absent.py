from __future__ import annotations

import asyncio
from typing import Any

import pytest

from salver.assembly.absent import Absent
from salver.core.calls import Metadata, Predict, Ready
from salver.core.errors import Fault, Full, NotFound, NotLive, Unavailable

PREDICT = Predict("test", "m", 3, None, lambda signatures: None)  # type: ignore[arg-type, return-value]


def asked(call: Any, fault: Fault) -> Fault:
    """What the caller hears when the corridor raises."""

    async def ask(_: Any) -> Any:
        raise fault

    with pytest.raises(Fault) as caught:
        asyncio.run(Absent(ask)(call))
    return caught.value


@pytest.mark.parametrize("call", [PREDICT, Metadata("m", 3)])
def test_what_is_not_live_is_not_there(call: Any):
    fault = asked(call, NotLive("version 3 is loading", model="m", version=3))
    assert isinstance(fault, NotFound)
    assert (fault.model, fault.version, fault.label) == ("m", 3, None)


@pytest.mark.parametrize("fault", [Unavailable("the queue is full"), Full("later")])
def test_other_faults_stay_what_they_are(fault: Fault):
    assert asked(PREDICT, fault) is fault


def test_other_calls_are_passed_on():
    fault = NotLive("loading", model="m")
    assert asked(Ready("m"), fault) is fault


def test_an_answer_is_passed_on():
    async def ask(call: Any) -> Any:
        return call

    assert asyncio.run(Absent(ask)(PREDICT)) is PREDICT
