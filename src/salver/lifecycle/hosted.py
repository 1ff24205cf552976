"""One model and its instances: what is wanted, what there is, and how the two are brought in line.

Decides nothing by itself (that is the policy's) and does nothing (that is the manager's): it keeps the book.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from salver.core.calls import State
from salver.lifecycle.clock import Clock
from salver.lifecycle.live import Live
from salver.lifecycle.policies import Instance, Policy, Snapshot, Standing, keep_serving
from salver.lifecycle.sources.sight import Found, ModelSource, Sight
from salver.lifecycle.states import MOVING, move

REMEMBERED: Final = 16
"""How many versions that are over and no longer wanted a model remembers."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """How one model is served."""

    source: ModelSource
    labels: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Label -> version. A label answers once its version is available."""
    transition: Policy = keep_serving


@dataclass(frozen=True, slots=True)
class Change:
    """A move of one instance, told to observers after it was made."""

    model: str
    instance: Instance
    state: State
    error: str
    """The reason when it failed."""
    path: str
    load_s: float | None
    """How long the load took, once it is AVAILABLE."""


OnChange: TypeAlias = Callable[[Change], None]
Table: TypeAlias = dict[int | str | None, Live]
"""What can be borrowed of one model: by version, by label, and under None the newest."""


@dataclass(slots=True, eq=False)
class Record:
    """One instance and how it stands."""

    instance: Instance
    found: Found
    reloads: int
    """The operators' generation it was made for."""
    attempt: int
    error: str
    """Of this try, or, until it has ended, of the try before."""
    since: float
    state: State = State.START
    wanted: bool = True
    retry_at: float | None = None
    live: Live | None = None
    load_s: float | None = None
    loading: asyncio.Task[None] | None = None

    def is_for(self, found: Found, reloads: int) -> bool:
        return self.found == found and self.reloads == reloads

    def is_due(self, now: float) -> bool:
        """Whether it has failed and shall be tried again."""
        return self.state is State.END and self.retry_at is not None and now >= self.retry_at

    @property
    def is_leaving(self) -> bool:
        """Whether it was let go, so that wanting its version again takes another instance."""
        return not self.wanted and self.state in (State.UNLOADING, State.END)

    @property
    def failed(self) -> bool:
        return self.state is State.END and bool(self.error)


class Hosted:
    """The book of one model. Belongs to one event loop."""

    def __init__(self, name: str, spec: ModelSpec, clock: Clock, on_change: OnChange) -> None:
        self.name = name
        self.spec = spec
        self.unloaded = False
        """An operator wants it out of memory."""
        self.reloads = 0
        self.removed = False
        """It is no longer served at all; when its last instance has ended it is forgotten."""
        self.sight: Sight | None = None
        self.error = ""
        """Why no version, or not every version, could be looked for."""
        self.records: list[Record] = []
        self.seen: ModelSource | None = None
        """The source that has been looked at once when everything in it was whole."""
        self.looking = asyncio.Lock()
        self.watching: asyncio.Task[None] | None = None
        self._clock = clock
        self._on_change = on_change
        self._generation = 0

    def respec(self, spec: ModelSpec) -> None:
        """Serves it from another source; what it has goes on until that has been looked at."""
        if spec.source is not self.spec.source:
            self.looking = asyncio.Lock()
        self.spec = spec
        if self.removed:
            self.removed = False
            self.sight = None
            self.error = ""

    def see(self, sight: Sight) -> None:
        self.sight = sight
        self.error = sight.error
        if not sight.pending:
            self.seen = self.spec.source

    def wanted(self) -> Mapping[int, Found]:
        """The versions that shall be in memory."""
        return {} if self.removed or self.unloaded or self.sight is None else self.sight.versions

    def reconcile(self) -> None:
        """Makes an instance in START for each wanted version that has none, and marks the rest unwanted."""
        wanted = self.wanted()
        newest = self.newest()
        for version, found in wanted.items():
            self._ensure(version, found, newest.get(version))
        newest = self.newest()
        for record in self.records:
            version = record.instance.version
            record.wanted = version in wanted and newest[version] is record
        self._forget(newest)

    def snapshot(self) -> Snapshot:
        return tuple(Standing(record.instance, record.state, record.wanted) for record in self.records)

    def record(self, instance: Instance) -> Record:
        return next(record for record in self.records if record.instance == instance)

    def newest(self) -> dict[int, Record]:
        """The latest instance of each version."""
        return {record.instance.version: record for record in self.records}

    def move(self, record: Record, state: State, error: str = "") -> None:
        """Moves an instance on and tells the observer. Raises WrongMoveError for what the table forbids."""
        record.state = move(record.state, state)
        record.since = self._clock.wall()
        if state in (State.AVAILABLE, State.END):
            record.error = error
        self._tell(record)

    def table(self) -> Table:
        """What can be borrowed now."""
        lives = {
            record.instance.version: record.live
            for record in self.records
            if record.state is State.AVAILABLE and record.live is not None
        }
        table: Table = dict(lives.items())
        table.update({label: lives[version] for label, version in self.spec.labels.items() if version in lives})
        if lives:
            table[None] = lives[max(lives)]
        return table

    @property
    def is_moving(self) -> bool:
        """Whether it will change without anyone asking (later tries of what failed do not count)."""
        return self.is_coming or any(record.state in MOVING for record in self.records)

    @property
    def is_coming(self) -> bool:
        """Whether a version that is wanted may become available without anyone asking, as in `is_moving`."""
        if any(record.wanted and record.state in MOVING for record in self.records):
            return True
        if self.removed or self.unloaded:
            return False
        if self.sight is None:
            return not self.error
        return bool(self.sight.pending) and not self.sight.versions

    def _ensure(self, version: int, found: Found, newest: Record | None) -> None:
        if newest is None or newest.is_leaving or not newest.is_for(found, self.reloads):
            self._begin(version, found)
        elif newest.is_due(self._clock.monotonic()):
            self._begin(version, found, newest.attempt + 1, newest.error)

    def _begin(self, version: int, found: Found, attempt: int = 0, error: str = "") -> None:
        self._generation += 1
        instance = Instance(version, self._generation)
        record = Record(instance, found, self.reloads, attempt, error, self._clock.wall())
        self.records.append(record)
        self._tell(record)

    def _forget(self, newest: Mapping[int, Record]) -> None:
        """Drops ended instances that a later one of their version replaces, and all but the newest ended versions."""
        over = [record for record in newest.values() if record.state is State.END and not record.wanted]
        remembered = sorted(over, key=lambda record: record.since)[-REMEMBERED:]
        self.records = [
            record for record in self.records if record.state is not State.END or record.wanted or record in remembered
        ]

    def _tell(self, record: Record) -> None:
        error = record.error if record.state is State.END else ""
        self._on_change(Change(self.name, record.instance, record.state, error, record.found.path, record.load_s))
