"""The states of a version and the moves between them. Everything about the order of states is in this table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from salver.core.calls import State

MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.START: frozenset({State.LOADING, State.END}),
    State.LOADING: frozenset({State.AVAILABLE, State.UNLOADING, State.END}),
    State.AVAILABLE: frozenset({State.UNLOADING}),
    State.UNLOADING: frozenset({State.END}),
    State.END: frozenset(),
}
"""From each state, the states that may follow. Nothing goes back: another try is another instance.

LOADING to UNLOADING is a load that is given up, LOADING to END one that failed, START to END one never begun.
"""

HOLDING: Final = frozenset({State.LOADING, State.AVAILABLE, State.UNLOADING})
"""States in which a version may hold memory."""

MOVING: Final = frozenset({State.START, State.LOADING, State.UNLOADING})
"""States that do not last."""


class WrongMoveError(RuntimeError):
    """A move that the table does not have: a mistake in this room, never in a model."""


def move(now: State, then: State) -> State:
    """The state after the move. Raises WrongMoveError unless the table allows it."""
    if then not in MOVES[now]:
        allowed = ", ".join(sorted(state.value for state in MOVES[now])) or "nothing"
        raise WrongMoveError(f"a version in {now.value} cannot become {then.value}; only {allowed} may follow")
    return then
