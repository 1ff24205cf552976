from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.http2.patience import Patience


def test_so_many_are_free():
    patience = Patience(3)
    assert [patience.ends(0) for _ in range(4)] == [False, False, False, True]


def test_progress_pays_for_more():
    patience = Patience(3)
    assert not any(patience.ends(progress) for progress in range(1000))


def test_what_was_earned_long_ago_buys_little():
    patience = Patience(3)
    patience.ends(0)
    borne = 0
    while not patience.ends(1_000_000):
        borne += 1
    assert borne <= 3 * 3


@given(st.integers(1, 50), st.lists(st.integers(0, 5), min_size=1, max_size=300))
def test_it_ends_only_when_more_than_free_is_unpaid(free: int, earned: list[int]):
    """Never earlier than a plain account says that keeps all that was earned, up to twice what is free."""
    patience, progress = Patience(free), 0
    for acts, more in enumerate(earned, 1):
        progress += more
        if patience.ends(progress):
            assert acts > free
            break
    else:
        assert len(earned) <= free + 2 * free + progress
