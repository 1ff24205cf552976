"""What a document keeps, kept beyond the process: a file that is written anew, whole, after changes, and read at the
start."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import time
import weakref
from pathlib import Path
from threading import Lock
from typing import Any, Final

from salver.core.errors import BadInput
from salver.formats.pfa.avro.types import Map, Type
from salver.formats.pfa.engine import Engine, Held
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.options import PfaOptions
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.encode import encoder

_FORMAT: Final = "salver-pfa-state-1"


_GUARD: Final = Lock()
_KEPT: Final[weakref.WeakValueDictionary[Path, StateFile]] = weakref.WeakValueDictionary()
"""Who keeps each file, in this process."""


class StateFile:
    """The file of one engine. `restored` says whether the engine goes on from it."""

    def __init__(self, engine: Engine, options: PfaOptions, turn: Lock) -> None:
        self._engine = engine
        self._turn = turn
        self._every_s = options.save_every_s
        self._types = _types(engine)
        self._document = _hash(engine)
        self.path = _path(options.state_file, self._document)
        self._dirty = False
        self._saved_at = time.monotonic()
        self._is_mine = True
        with _GUARD:
            before = _KEPT.get(self.path)
            if before is not None:
                before.hand_over()
            self.restored = self._restore()
            _KEPT[self.path] = self

    def changed(self) -> None:
        """The state may have changed: saves it, unless it was saved a moment ago."""
        self._dirty = True
        if time.monotonic() - self._saved_at >= self._every_s:
            self.save()

    def hand_over(self) -> None:
        """Saves what is not yet saved; from now on the file is another's, who goes on from it."""
        with self._turn:
            self.close()

    def close(self) -> None:
        """Saves what is not yet saved, for the last time."""
        if self._dirty:
            self.save()
        self._is_mine = False

    def save(self) -> None:
        """Writes the file anew; until that is done the old one is there."""
        if not self._is_mine:
            return
        held = self._engine.held()
        told = {
            "format": _FORMAT,
            "document": self._document,
            "started": held.started,
            "finished": held.finished,
            "values": {
                name: encoder(of, bytes_as="text", words=True)(_value(held, name)) for name, of in self._types.items()
            },
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
        self._saved_at = time.monotonic()
        self._dirty = False

    def _restore(self) -> bool:
        try:
            told = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return False
        except (OSError, ValueError, RecursionError) as error:
            raise BadInput(f"the state file {self.path} cannot be read: {error}; move it away to begin anew") from None
        if not isinstance(told, dict) or told.get("format") != _FORMAT or not isinstance(told.get("values"), dict):
            raise BadInput(f"{self.path} is no state file of a PFA document; move it away to begin anew")
        if told.get("document") != self._document:
            raise BadInput(
                f"the state file {self.path} is that of another document (its cells, pools or types differ);"
                " move it away to begin anew"
            )
        self._engine.put_back(self._held(told))
        return True

    def _held(self, told: dict[str, Any]) -> Held:
        values: dict[str, Any] = {}
        try:
            for name, of in self._types.items():
                values[name] = decoder(of, name, words=True)(told["values"][name])
            counts = int(told["started"]), int(told["finished"])
        except (PFAInputError, KeyError, TypeError, ValueError) as error:
            raise BadInput(f"the state file {self.path} is broken: {error}; move it away to begin anew") from None
        cells = {name.removeprefix("cells."): value for name, value in values.items() if name.startswith("cells.")}
        pools = {name.removeprefix("pools."): value for name, value in values.items() if name.startswith("pools.")}
        return Held(cells, pools, values.get("tally"), *counts)


def _path(told: str, document: str) -> Path:
    """The file of a document, whose name tells one from another: versions of a model may be kept side by side."""
    path = Path(told.replace("{worker}", str(worker_number() or 0)))
    return path.with_name(f"{path.stem}-{document[:12]}{path.suffix}")


def worker_number() -> int | None:
    """The number of this process where it is one of several workers: its name ends in it."""
    words, _, number = multiprocessing.current_process().name.rpartition("-")
    return int(number) if words == "salver-worker" and number.isdigit() else None


def _types(engine: Engine) -> dict[str, Type]:
    """The types of what is saved, by its name: what is never written needs no saving."""
    program = engine.prepared.program
    document = program.document
    found: dict[str, Type] = {}
    for kind, name in sorted(program.writes):
        if kind == "cell" and name in document.cells:
            found[f"cells.{name}"] = document.cells[name].type.type
        elif kind == "pool" and name in document.pools:
            found[f"pools.{name}"] = Map(document.pools[name].type.type)
    if document.method == "fold":
        found["tally"] = program.output
    return found


def _hash(engine: Engine) -> str:
    """A hash of the document without what its cells hold at first."""
    told = dict(engine.prepared.json)
    for key in ("cells", "pools"):
        if isinstance(told.get(key), dict):
            told[key] = {name: {**one, "init": None} for name, one in told[key].items() if isinstance(one, dict)}
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _value(held: Held, name: str) -> Any:
    kind, _, word = name.partition(".")
    return held.tally if kind == "tally" else held.cells[word] if kind == "cells" else held.pools[word]
