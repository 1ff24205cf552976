from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.client.breaker import Breaker, BreakerOptions
from salver.core.errors import BadInput


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def broken(clock: Hand) -> Breaker:
    breaker = Breaker(BreakerOptions(max_failures=2, rest_s=10), clock)
    for _ in range(2):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_failures_in_a_row_open_it_and_a_success_between_does_not():
    clock = Hand()
    breaker = Breaker(BreakerOptions(max_failures=2, rest_s=10), clock)
    for _ in range(5):
        breaker.failed()
        breaker.succeeded()
    assert breaker.admits()
    assert not broken(clock).admits()


def test_after_its_rest_one_call_goes_and_decides():
    clock = Hand()
    breaker = broken(clock)
    clock.now_s = 9.9
    assert not breaker.admits()
    clock.now_s = 10
    assert breaker.admits()
    assert not breaker.admits()
    breaker.failed()
    assert not breaker.admits()
    clock.now_s = 20
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.admits()


def test_a_trial_that_was_given_up_lets_another_go():
    clock = Hand()
    breaker = broken(clock)
    clock.now_s = 10
    assert breaker.admits()
    breaker.unknown()
    assert breaker.admits()


@given(st.lists(st.sampled_from(["failed", "succeeded", "unknown", "later"]), max_size=40))
def test_it_never_stays_shut_once_time_has_passed(story: list[str]):
    clock = Hand()
    breaker = Breaker(BreakerOptions(max_failures=2, rest_s=10), clock)
    for step in story:
        if step == "later":
            clock.now_s += 4
        elif breaker.admits():
            getattr(breaker, step)()
    clock.now_s += 10
    assert breaker.admits()


def test_a_breaker_that_never_rests_is_refused():
    with pytest.raises(BadInput, match="rest_s"):
        BreakerOptions(rest_s=0)
