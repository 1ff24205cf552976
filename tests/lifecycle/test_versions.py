import pytest

from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.versions import All, Latest, Specific
from salver.lifecycle.wishes import Wishes


@pytest.mark.parametrize(
    ("policy", "candidates", "limit", "missing"),
    [
        (Latest(), [10, 9, 2], 1, []),
        (Latest(2), [10, 9, 2], 2, []),
        (All(), [10, 9, 2], None, []),
        (Specific(frozenset({2, 9, 11})), [9, 2], None, [11]),
        (Specific(frozenset()), [], None, []),
    ],
)
def test_version_policies(policy, candidates, limit, missing):
    assert policy.candidates([2, 10, 9]) == candidates
    assert policy.limit == limit
    assert policy.missing([2, 10, 9]) == missing


def test_retries_double_up_to_a_limit_and_end():
    options = LifecycleOptions(max_load_retries=5, retry_interval_s=1, max_retry_interval_s=6)
    assert [options.retry_delay_s(attempt) for attempt in range(6)] == [1, 2, 4, 6, 6, None]


def test_endless_retries_do_not_overflow():
    assert LifecycleOptions(max_load_retries=10**9).retry_delay_s(10**6) == 60


def test_wishes_are_values():
    wishes = Wishes().unload("a").reload("b").reload("b")
    assert wishes == Wishes(frozenset({"a"}), {"b": 2})
    assert wishes.load("a") == Wishes(frozenset(), {"b": 2})
    assert wishes.reload("a").unloaded == frozenset()
    assert wishes.unload("a") == wishes
