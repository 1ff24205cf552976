"""Tells a version that is whole from one that is still being copied. Sees surveys, touches no file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from salver.lifecycle.clock import Clock
from salver.lifecycle.sources.sight import Found
from salver.lifecycle.sources.survey import Survey


@dataclass(frozen=True, slots=True)
class SettleCheck:
    """When a version counts as whole."""

    settle_s: float = 1.0
    """Seconds over which its files must look the same."""
    quiet_s: float = 5.0
    """At first sight: whole at once when none of its files was touched in this many seconds."""
    complete_marker: str | None = None
    """Name of a file that is put into a version's folder last. Without it the version is not picked up; with it,
    at once. Single files have no marker."""


class Settling:
    """The memory of one model's settle check."""

    def __init__(self, check: SettleCheck, clock: Clock) -> None:
        self._check = check
        self._clock = clock
        self._seen: dict[int, tuple[str, float]] = {}
        self._whole: dict[int, Found] = {}

    def judge(self, version: int, path: str, survey: Survey, *, marked: bool = False) -> Found | None:
        """The version as it was when last whole; None when it never was. `marked`: its marker is there."""
        now = self._clock.monotonic()
        fingerprint, since = self._seen.get(version, ("", now))
        if fingerprint == survey.fingerprint:
            at_rest = now - since >= self._check.settle_s
        else:
            first_sight = version not in self._seen
            self._seen[version] = (survey.fingerprint, now)
            quiet = self._clock.wall() - survey.touched >= self._check.quiet_s
            at_rest = self._check.settle_s <= 0 or (first_sight and (marked or quiet))
        if at_rest:
            self._whole[version] = Found(path, survey.fingerprint)
        return self._whole.get(version)

    def learn(self, other: Settling) -> None:
        """Takes over what another knows of the same files."""
        self._seen = dict(other._seen)
        self._whole = dict(other._whole)

    def recall(self, version: int) -> Found | None:
        """The version as it was when last whole, without a new look at it."""
        return self._whole.get(version)

    def keep(self, present: Collection[int]) -> None:
        """Forgets all versions but these."""
        self._seen = {version: seen for version, seen in self._seen.items() if version in present}
        self._whole = {version: found for version, found in self._whole.items() if version in present}
