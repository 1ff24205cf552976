"""How a model passes from the versions it has to the versions that are wanted. Pure: snapshot in, one action out.

A policy has no memory and does nothing itself: the manager asks it again after every change, so that a crash, a
retry and a new wish are the same case. Two policies, named for what they keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from salver.core.calls import State
from salver.lifecycle.states import HOLDING


@dataclass(frozen=True, slots=True, order=True)
class Instance:
    """One loading of one version. The same version loaded anew is a later generation, so the old one can go on."""

    version: int
    generation: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one instance stands. Of each version at most one instance is wanted."""

    instance: Instance
    state: State
    wanted: bool


@dataclass(frozen=True, slots=True)
class Load:
    """Begin to load this instance, which is in START."""

    instance: Instance


@dataclass(frozen=True, slots=True)
class Unload:
    """Let this instance go: give up its load, or drain it."""

    instance: Instance


Snapshot: TypeAlias = tuple[Standing, ...]
"""Every instance of one model, failed and ended ones too."""
Action: TypeAlias = Load | Unload
Policy: TypeAlias = Callable[[Snapshot], Action | None]


def keep_serving(snapshot: Snapshot) -> Action | None:
    """Availability first: what serves goes only when it can be spared. Old and new are in memory together.

    While something is wanted the model keeps an available instance, and each wanted version that has one keeps
    one. The lowest goes first, the highest comes first.
    """
    given_up = (each for each in _unwanted(snapshot) if each.state in (State.START, State.LOADING))
    spared = (each for each in _unwanted(snapshot) if each.state is State.AVAILABLE and _can_spare(each, snapshot))
    return _unload_lowest([*given_up, *spared]) or _load_highest(snapshot)


def save_memory(snapshot: Snapshot) -> Action | None:
    """Memory first: nothing is loaded while anything unwanted still holds memory, so there may be a gap."""
    unwanted = _unwanted(snapshot)
    leaving = _unload_lowest(each for each in unwanted if each.state not in (State.UNLOADING, State.END))
    if leaving is not None or any(each.state in HOLDING for each in unwanted):
        return leaving
    return _load_highest(snapshot)


def _can_spare(old: Standing, snapshot: Snapshot) -> bool:
    """Whether the rest can do without this unwanted instance.

    If its version is wanted anew, only another instance of that version stands in for it; else any does.
    """
    others = [each for each in snapshot if each is not old and each.state is State.AVAILABLE]
    wanted = [each for each in snapshot if each.wanted]
    version = old.instance.version
    if any(each.instance.version == version for each in wanted):
        return any(each.instance.version == version for each in others)
    return bool(others) or not wanted


def _unwanted(snapshot: Snapshot) -> list[Standing]:
    return [each for each in snapshot if not each.wanted]


def _unload_lowest(standings: Iterable[Standing]) -> Unload | None:
    lowest = min((each.instance for each in standings), default=None)
    return None if lowest is None else Unload(lowest)


def _load_highest(snapshot: Snapshot) -> Load | None:
    new = (each.instance for each in snapshot if each.wanted and each.state is State.START)
    highest = max(new, default=None)
    return None if highest is None else Load(highest)
