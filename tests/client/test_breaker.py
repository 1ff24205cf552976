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


def new(clock: Hand) -> Breaker:
    return Breaker(BreakerOptions(max_failures=2, rest_s=10), clock)


def enter(breaker: Breaker) -> int:
    number = breaker.enter()
    assert number is not None
    return number


def broken(clock: Hand) -> Breaker:
    breaker = new(clock)
    for _ in range(2):
        breaker.failed(enter(breaker))
    return breaker


def test_failures_in_a_row_open_it_and_a_success_between_does_not():
    clock = Hand()
    breaker = new(clock)
    for _ in range(5):
        breaker.failed(enter(breaker))
        breaker.succeeded(enter(breaker))
    enter(breaker)
    assert broken(clock).enter() is None


def test_after_its_rest_one_call_goes_and_decides():
    clock = Hand()
    breaker = broken(clock)
    clock.now_s = 9.9
    assert breaker.enter() is None
    clock.now_s = 10
    trial = enter(breaker)
    assert breaker.enter() is None
    breaker.failed(trial)
    assert breaker.enter() is None
    clock.now_s = 20
    breaker.succeeded(enter(breaker))
    enter(breaker)
    enter(breaker)


def test_a_trial_that_was_given_up_lets_another_go():
    clock = Hand()
    breaker = broken(clock)
    clock.now_s = 10
    breaker.unknown(enter(breaker))
    enter(breaker)


def test_what_began_before_it_opened_is_not_heard():
    clock = Hand()
    breaker = new(clock)
    numbers = [enter(breaker) for _ in range(6)]
    for number in numbers[:2]:
        breaker.failed(number)
    clock.now_s = 5
    breaker.failed(numbers[2])  # does not make the rest longer
    breaker.succeeded(numbers[3])  # nor end it
    assert breaker.enter() is None
    clock.now_s = 10
    enter(breaker)
    breaker.unknown(numbers[4])
    breaker.failed(numbers[5])
    assert breaker.enter() is None  # the trial is still under way


@given(st.lists(st.sampled_from(["failed", "succeeded", "unknown", "later"]), max_size=40))
def test_it_never_stays_shut_once_time_has_passed(story: list[str]):
    clock = Hand()
    breaker = new(clock)
    for step in story:
        if step == "later":
            clock.now_s += 4
        elif (number := breaker.enter()) is not None:
            getattr(breaker, step)(number)
    clock.now_s += 10
    enter(breaker)


def test_a_breaker_that_never_rests_is_refused():
    with pytest.raises(BadInput, match="rest_s"):
        BreakerOptions(rest_s=0)
