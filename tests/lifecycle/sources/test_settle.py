"""When a version counts as whole: a table of what was seen when."""

from __future__ import annotations

from functools import partial

import pytest

from salver.lifecycle.sources.settle import SettleCheck, Settling
from salver.lifecycle.sources.sight import Found
from salver.lifecycle.sources.survey import Survey
from salver.testing.clock import HandClock

YOUNG, OLD = 0.0, 100.0


@pytest.mark.parametrize(
    ("looks", "whole"),
    [
        pytest.param([(0, "a", OLD)], ["a"], id="old files at first sight"),
        pytest.param([(0, "a", YOUNG)], [None], id="young files at first sight"),
        pytest.param([(0, "a", YOUNG), (1, "a", YOUNG)], [None, "a"], id="quiet for a second"),
        pytest.param([(0, "a", YOUNG), (0.5, "a", YOUNG)], [None, None], id="two looks too close"),
        pytest.param([(0, "a", YOUNG), (0.5, "a", YOUNG), (0.5, "a", YOUNG)], [None, None, "a"], id="three looks"),
        pytest.param([(0, "a", YOUNG), (1, "b", YOUNG), (1, "c", YOUNG)], [None] * 3, id="still being copied"),
        pytest.param([(0, "a", YOUNG), (1, "b", OLD)], [None, None], id="old files that come late do not fool it"),
        pytest.param([(0, "a", OLD), (1, "b", YOUNG), (1, "b", YOUNG)], ["a", "a", "b"], id="changed in place"),
    ],
)
def test_settling(looks, whole):
    clock = HandClock()
    settling = Settling(SettleCheck(settle_s=1, quiet_s=5), clock)
    answers = []
    for passed_s, fingerprint, age_s in looks:
        clock.advance(passed_s)
        found = settling.judge(7, "/m/7", Survey(fingerprint, clock.wall() - age_s, 1))
        answers.append(found and found.fingerprint)
    assert answers == whole


def test_a_marked_version_is_whole_at_once_but_a_change_must_settle():
    clock = HandClock()
    settling = Settling(SettleCheck(), clock)
    judge = partial(settling.judge, 7, "p", marked=True)
    assert judge(Survey("a", clock.wall(), 1)) == Found("p", "a")
    assert judge(Survey("b", clock.wall(), 1)) == Found("p", "a")
    clock.advance(1)
    assert judge(Survey("b", clock.wall(), 1)) == Found("p", "b")


def test_a_version_that_went_and_came_is_seen_for_the_first_time():
    clock = HandClock()
    settling = Settling(SettleCheck(), clock)
    old = Survey("a", clock.wall() - OLD, 1)
    assert settling.judge(7, "p", old)
    settling.keep([8])
    assert settling.recall(7) is None
    assert settling.judge(7, "p", Survey("a", clock.wall(), 1)) is None
