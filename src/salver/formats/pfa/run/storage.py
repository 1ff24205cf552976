"""Cells and pools at run time. What is shared is changed under a lock, a cell or an item of a pool at a time, and read
without one: values are never changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from salver.formats.pfa.run.paths import CELL_TO, POOL_TO, changed


class Cell:
    """A value that stays from one action to the next."""

    __slots__ = ("rollback", "saved", "shared", "value")

    def __init__(self, value: Any, *, shared: bool = False, rollback: bool = False) -> None:
        self.value = value
        self.shared = Lock() if shared else None
        self.rollback = rollback
        self.saved: Any = None

    def put(self, value: Any) -> Any:
        """Sets it; gives what is there then."""
        self.value = value
        return value

    def change(self, steps: Sequence[Any], change: Callable[[Any], Any]) -> Any:
        """Changes what lies at the end of `steps`; gives the whole."""
        if self.shared is None:
            self.value = changed(self.value, steps, change, CELL_TO)
            return self.value
        with self.shared:
            self.value = value = changed(self.value, steps, change, CELL_TO)
            return value

    def save(self) -> None:
        """Notes the value, to be restored where the action fails."""
        self.saved = self.value

    def restore(self) -> None:
        """What was noted is there again."""
        self.value = self.saved


class Pool:
    """Values by name that stay from one action to the next."""

    __slots__ = ("_guard", "_locks", "rollback", "saved", "shared", "value")

    def __init__(self, value: dict[str, Any], *, shared: bool = False, rollback: bool = False) -> None:
        self.value = value
        self.shared = shared
        self.rollback = rollback
        self.saved: dict[str, Any] = {}
        self._guard = Lock()
        self._locks: dict[str, Lock] = {}

    def change(self, steps: Sequence[Any], change: Callable[[Any], Any], init: Callable[[], Any]) -> Any:
        """Changes what lies at the end of `steps`, which begin with the item's name; an item that is not there is put
        there first. Gives the whole item."""
        name, rest = steps[0], steps[1:]
        if not self.shared:
            return self._change(name, rest, change, init)
        with self._guard:
            lock = self._locks.setdefault(name, Lock())
        while True:
            # A new item is made without the lock: what makes it may write the pool itself.
            made = None if name in self.value else (init(),)
            with lock:
                if made is not None:
                    return self._change(name, rest, change, lambda made=made: made[0])  # type: ignore[misc]
                if name in self.value:
                    return self._change(name, rest, change, init)

    def _change(self, name: str, rest: Sequence[Any], change: Callable[[Any], Any], init: Callable[[], Any]) -> Any:
        old = self.value[name] if name in self.value else init()
        self.value[name] = new = changed(old, rest, change, POOL_TO)
        return new

    def delete(self, name: str) -> None:
        """An item is gone; nothing where it was not there."""
        self.value.pop(name, None)

    def save(self) -> None:
        """Notes what is there, to be restored where the action fails."""
        self.saved = dict(self.value)

    def restore(self) -> None:
        """What was noted is there again."""
        self.value = self.saved
