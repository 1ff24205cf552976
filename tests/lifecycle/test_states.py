import itertools

import pytest

from salver.core.calls import State
from salver.lifecycle.states import HOLDING, MOVES, MOVING, WrongMoveError, move

ORDER = list(State)


def test_every_state_is_in_the_table():
    assert set(MOVES) == set(State)


def test_moves_go_one_way_only():
    assert all(ORDER.index(then) > ORDER.index(now) for now, thens in MOVES.items() for then in thens)


def test_everything_can_end_and_nothing_follows_the_end():
    assert MOVES[State.END] == frozenset()
    for state in set(State) - {State.END}:
        reached = {state}
        for _ in State:
            reached |= {then for now in reached for then in MOVES[now]}
        assert State.END in reached


def test_what_moves_and_what_holds_memory():
    assert set(State) - MOVING == {State.AVAILABLE, State.END}
    assert set(State) - HOLDING == {State.START, State.END}


@pytest.mark.parametrize(("now", "then"), list(itertools.product(State, State)))
def test_move_is_the_table(now, then):
    if then in MOVES[now]:
        assert move(now, then) is then
    else:
        with pytest.raises(WrongMoveError, match=f"{now.value} cannot become {then.value}"):
            move(now, then)
