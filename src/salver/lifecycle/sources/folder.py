"""Sources on a file system, watched by looking again. They work where no notification does: on network mounts."""

from __future__ import annotations

import os
from pathlib import Path

from salver.core.errors import Unavailable
from salver.lifecycle.clock import Clock
from salver.lifecycle.sources.layout import Recognises, file_of, layout, models
from salver.lifecycle.sources.settle import SettleCheck, Settling
from salver.lifecycle.sources.sight import Found, Sight
from salver.lifecycle.sources.survey import survey
from salver.lifecycle.versions import Latest, VersionPolicy


class ModelPath:
    """One model at a path: a folder of versions, a single model, or a Python target `app.py:predict`."""

    def __init__(
        self,
        path: str,
        recognises: Recognises,
        policy: VersionPolicy | None = None,
        check: SettleCheck | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.path = path
        self.policy = policy or Latest()
        self._watched = file_of(path)
        self._recognises = recognises
        self._check = check or SettleCheck()
        self._clock = clock
        self._settling = Settling(self._check, clock or Clock())

    def choosing(self, policy: VersionPolicy) -> ModelPath:
        """The same path with another choice of versions. What is known to be whole stays so."""
        other = ModelPath(self.path, self._recognises, policy, self._check, self._clock)
        other._settling.learn(self._settling)
        return other

    def look(self) -> Sight:
        """Raises Unavailable when the path is missing or cannot be read."""
        try:
            present = layout(self._watched, self._recognises).paths
        except OSError as error:
            raise Unavailable(_sentence(error, self._watched)) from error
        self._settling.keep(present)
        problems = [f"version {version} is wanted but not there" for version in self.policy.missing(present)]
        chosen: dict[int, Found] = {}
        pending: set[int] = set()
        for version in self.policy.candidates(present):
            if len(chosen) == self.policy.limit:
                break
            try:
                found = self._judge(version, present[version], pending)
            except (OSError, Unavailable) as error:
                problems.append(f"version {version}: {_sentence(error, present[version])}")
                found = self._settling.recall(version)
            if found is not None:
                chosen[version] = found
        return Sight(chosen, frozenset(pending), "; ".join(problems[:5]))

    def _judge(self, version: int, path: str, pending: set[int]) -> Found | None:
        """The version when it is or was whole; else it is noted as pending, or Unavailable says what it lacks."""
        marked = self._is_marked(path)
        seen = survey(path)
        if not seen.files:
            raise Unavailable(f"'{path}' is empty")
        found = self._settling.judge(version, path, seen, marked=marked)
        if found is None:
            pending.add(version)
            return None
        return Found(self.path, found.fingerprint) if self._watched != self.path else found

    def _is_marked(self, path: str) -> bool:
        """Raises Unavailable when a marker is asked for and not there."""
        marker = self._check.complete_marker
        if marker is None or not Path(path).is_dir():
            return False
        if not Path(path, marker).exists():
            raise Unavailable(f"waiting for '{path}/{marker}'")
        return True


class ModelsFolder:
    """A folder in which each folder or file is a model: `models/wine/1/...`, `models/iris/...`, `models/foo.onnx`."""

    def __init__(self, path: str, recognises: Recognises) -> None:
        self.path = path
        self._recognises = recognises

    def look(self) -> dict[str, str]:
        """Raises Unavailable when the folder is missing or cannot be read."""
        try:
            return models(self.path, self._recognises)
        except OSError as error:
            raise Unavailable(_sentence(error, self.path)) from error


def _sentence(error: Exception, path: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is nothing at '{path}'"
    if isinstance(error, OSError):
        return f"cannot read '{path}': {os.strerror(error.errno) if error.errno else error}"
    return str(error)
