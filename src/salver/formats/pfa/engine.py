"""An engine: a compiled document that answers. The door for those who embed one.

    engine = Engine.from_json(document)
    engine.begin()
    answer = engine.action({"x": 3.5})
    engine.end()

Values come and go as plain Python in Avro's JSON: dicts, lists, numbers, texts; unions are tagged (`{"double": 3.5}`),
and an untagged value is taken where just one branch fits; bytes are bytes.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from salver.formats.pfa.avro.types import Record
from salver.formats.pfa.errors import PFAError, PFARuntimeError, PFATimeoutError
from salver.formats.pfa.prepared import Files, Prepared, prepare
from salver.formats.pfa.run.state import State, StateClock
from salver.formats.pfa.run.storage import Cell, Pool
from salver.formats.pfa.syntax.texts import MAX_BYTES, from_json, from_yaml, unpacked
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.encode import encoder
from salver.formats.pfa.vector.matrix import of_rows
from salver.formats.pfa.vector.plan import Plan, plan_of

Log = Callable[[str, Sequence[Any]], None]
"""Gets the name space of a `log` form, and its values."""

BATCH: Final = 4
"""From so many data on they are computed at once."""

_E = TypeVar("_E", bound="Engine")
_LOGGER: Final = logging.getLogger("salver.pfa")
_FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Held:
    """What an engine keeps between actions, as values inside."""

    cells: Mapping[str, Any]
    pools: Mapping[str, Mapping[str, Any]]
    tally: Any
    started: int
    finished: int


def _log(namespace: str, values: Sequence[Any]) -> None:
    _LOGGER.info("%s%s", f"{namespace}: " if namespace else "", " ".join(map(str, values)))


class Engine:
    """One engine of a document. It keeps state, and serves one caller at a time unless `pure`.

    `time_limit_s` is the host's limit for each method, in seconds: it holds beside the document's own.
    `log` gets what `log` forms say; the logger `salver.pfa` does otherwise."""

    action: Callable[[Any], Any]
    """Answers one datum: the result, for method fold the tally, for method emit the list of what was emitted.
    Raises PFAInputError, PFARuntimeError, PFAUserError or PFATimeoutError; a fold keeps its tally then."""

    def __init__(
        self,
        prepared: Prepared,
        *,
        instance: int = 0,
        time_limit_s: float = _FOREVER,
        log: Log | None = None,
        shared: tuple[dict[str, Cell], dict[str, Pool]] | None = None,
    ) -> None:
        program = prepared.program
        document = program.document
        self.prepared = prepared
        self.pure = program.pure
        self._limits = {name: min(limit, time_limit_s) for name, limit in prepared.limits_s.items()}
        self._state = State(tally=prepared.zero)
        others = shared or ({}, {})
        self._cells = {
            name: others[0].get(name) or Cell(prepared.cells[name], shared=one.shared, rollback=one.rollback)
            for name, one in document.cells.items()
        }
        self._pools = {
            name: others[1].get(name) or Pool(dict(prepared.pools[name]), shared=one.shared, rollback=one.rollback)
            for name, one in document.pools.items()
        }
        stores: list[Cell | Pool] = [*self._cells.values(), *self._pools.values()]
        self._rollback = [one for one in stores if one.rollback]
        self._encode = encoder(program.output)
        self._methods = self._loaded(instance, log or _log)
        self.action = self._actor()

    @classmethod
    def from_json(cls: type[_E], document: Any, **how: Any) -> _E:
        """The engine of a document: JSON as text, bytes (packed with gzip, if you like) or Python values.

        Raises PFASyntaxError, PFASemanticError or PFAInitializationError."""
        return cls.several(document, 1, **how)[0]

    @classmethod
    def from_yaml(cls: type[_E], document: str | bytes, **how: Any) -> _E:
        """The engine of a document in YAML."""
        data = document.encode() if isinstance(document, str) else document
        return cls.from_json(from_yaml(unpacked(data)), **how)

    @classmethod
    def from_file(cls: type[_E], path: str | Path, **how: Any) -> _E:
        """The engine of a file: .pfa, .json, .yaml, .yml, and packed with gzip (.pfaz, .gz)."""
        return cls.from_json(document_in(path), **how)

    @classmethod
    def several(
        cls: type[_E],
        document: Any,
        count: int,
        *,
        options: Mapping[str, Any] | None = None,
        files: Files | None = None,
        time_limit_s: float = _FOREVER,
        log: Log | None = None,
    ) -> list[_E]:
        """So many engines of one document; what it calls shared is one for all of them.

        `options` go before those of the document. `files` reads what cells keep in files; without it they are
        refused."""
        if isinstance(document, (str, bytes)):
            data = document.encode() if isinstance(document, str) else document
            document = from_json(unpacked(data))
        prepared = prepare(document, files, options)
        first = cls(prepared, time_limit_s=time_limit_s, log=log)
        shared = first.shared()
        return [first] + [
            cls(prepared, instance=at, time_limit_s=time_limit_s, log=log, shared=shared) for at in range(1, count)
        ]

    def shared(self) -> tuple[dict[str, Cell], dict[str, Pool]]:
        """The cells and pools that all engines of the document have in common."""
        document = self.prepared.program.document
        return (
            {name: one for name, one in self._cells.items() if document.cells[name].shared},
            {name: one for name, one in self._pools.items() if document.pools[name].shared},
        )

    def _loaded(self, instance: int, log: Log) -> dict[str, Callable[..., Any]]:
        """Runs the source, so that its functions are there."""
        program, state = self.prepared.program, self._state
        seed = program.document.randseed
        names: dict[str, Any] = dict(program.namespace)
        names |= {f"{name}_cell": one for name, one in self._cells.items()}
        names |= {f"{name}_pool": one for name, one in self._pools.items()}
        names |= {
            "state": state,
            "tick": state.tick,
            "clock": StateClock(state),
            "random": _random(None if seed is None else f"{seed} {instance}"),
            "emit": self._emit,
            "log": log,
            "instance": instance,
        }
        exec(program.code, names)  # noqa: S102 - our own source: nothing of the document is in it but names made harmless
        return {name: names[name] for name in ("begin", "action", "end", "merge") if name in names}

    def _emit(self, value: Any) -> None:
        self._state.emitted.append(self._encode(value))

    @cached_property
    def plan(self) -> Plan | None:
        """How a batch of rows is computed at once, where the document allows it: [rows, fields] to [rows] or [rows,
        k]."""
        return plan_of(self.prepared.program, dict(self.prepared.cells))

    def actions(self, data: Sequence[Any]) -> list[Any]:
        """Answers several data in order, all at once where the document allows it. Raises as `action` does, at the
        first that is refused."""
        found = self.at_once(data)
        return list(map(self.action, data)) if found is None else found

    def at_once(self, data: Sequence[Any]) -> list[Any] | None:
        """The answers to several data, computed at once; None where the document, or one of the data, forbids it."""
        of = self.prepared.program.input
        if len(data) < BATCH or not isinstance(of, Record) or self.plan is None:
            return None
        matrix = of_rows(data, of)
        return None if matrix is None else self.plan(matrix).tolist()

    def begin(self) -> Any:
        """Does what the document does before the first datum. For method emit, the list of what was emitted."""
        return self._method("begin")

    def end(self) -> Any:
        """Does what the document does after the last datum. For method emit, the list of what was emitted."""
        return self._method("end")

    def _method(self, name: str) -> Any:
        state = self._state
        state.emitted = []
        if name in self._methods:
            state.begin(self._limits[name])
            try:
                self._methods[name]()
            except Exception as error:  # noqa: BLE001 - whatever it is, it comes out as one of PFA's
                raise self._explained(error) from None
        return state.emitted if self.prepared.program.document.method == "emit" else None

    def merge(self, one: Any, other: Any) -> Any:
        """The tally of two tallies of a fold, which is then this engine's."""
        if "merge" not in self._methods:
            raise TypeError("only an engine of method fold merges tallies")
        state, decode = self._state, decoder(self.prepared.program.output, "tally")
        state.begin(self._limits["action"])
        try:
            state.tally = self._methods["merge"](decode(one), decode(other))
        except Exception as error:  # noqa: BLE001 - likewise
            raise self._explained(error) from None
        return self._encode(state.tally)

    def _actor(self) -> Callable[[Any], Any]:
        """What answers a datum: it does only what this document needs."""
        program, state = self.prepared.program, self._state
        run, decode, encode = self._methods["action"], decoder(program.input, "input"), self._encode
        explained, limit_s = self._explained, self._limits["action"]
        timed = limit_s < _FOREVER and bool(program.uses & {"tick", "clock"})

        def pure(datum: Any) -> Any:
            try:
                return encode(run(decode(datum)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it comes out as one of PFA's
                raise explained(error) from None

        if self.pure and not timed:
            return pure
        method, rollback = program.document.method, self._rollback

        def act(datum: Any) -> Any:
            state.begin(limit_s)
            for one in rollback:
                one.save()
            state.started += 1
            try:
                value = decode(datum)
                if method == "emit":
                    state.emitted = []
                    run(value)
                    result: Any = state.emitted
                else:
                    found = run(value)
                    if method == "fold":
                        state.tally = found
                    result = encode(found)
            except Exception as error:  # noqa: BLE001 - whatever it is, it comes out as one of PFA's
                for one in rollback:
                    one.restore()
                raise explained(error) from None
            state.finished += 1
            return result

        return act

    def _explained(self, error: Exception) -> PFAError:
        """The error as one of PFA's, with its place in the document."""
        place = self.prepared.program.source.place_of(error.__traceback__, self.prepared.program.file_name)
        if isinstance(error, PFAError):
            error.path = error.path or place
            return error
        if isinstance(error, RecursionError):
            return PFATimeoutError("functions call each other without an end, or a value is nested too deep", place)
        return PFARuntimeError(0, f"{type(error).__name__}: {error}", place)

    def held(self) -> Held:
        """All that this engine keeps, to be put back with `put_back`."""
        state = self._state
        cells = {name: one.value for name, one in self._cells.items()}
        pools = {name: dict(one.value) for name, one in self._pools.items()}
        return Held(cells, pools, state.tally, state.started, state.finished)

    def put_back(self, held: Held) -> None:
        """Keeps what it kept when `held` was taken."""
        for name, value in held.cells.items():
            self._cells[name].value = value
        for name, items in held.pools.items():
            self._pools[name].value = dict(items)
        state = self._state
        state.tally, state.started, state.finished = held.tally, held.started, held.finished

    @property
    def tally(self) -> Any:
        """What a fold has come to."""
        return self._encode(self._state.tally)

    @property
    def source(self) -> str:
        """The Python that the document has become."""
        return self.prepared.program.source.text

    def snapshot(self) -> dict[str, Any]:
        """The document as it would have to be written to go on from here: with what cells, pools and tally hold now."""
        document = dict(self.prepared.json)
        for key, stores in (("cells", self._cells), ("pools", self._pools)):
            if stores:
                document[key] = {name: self._stored(key, name, one) for name, one in stores.items()}
        if "zero" in document:
            document["zero"] = self.tally
        return document

    def _stored(self, key: str, name: str, one: Cell | Pool) -> dict[str, Any]:
        program = self.prepared.program.document
        of = (program.cells if key == "cells" else program.pools)[name].type.type
        encode = encoder(of, bytes_as="text")
        written = {at: encode(value) for at, value in one.value.items()} if key == "pools" else encode(one.value)
        kept = {word: value for word, value in self.prepared.json[key][name].items() if word != "source"}
        return {**kept, "init": written}


def _random(seed: str | None) -> random.Random:
    """A generator of its own for each engine: repeatable where the document gives a seed, and no secret."""
    return random.Random(seed)  # noqa: S311 - it draws samples, no keys


def document_in(path: str | Path, max_bytes: int = MAX_BYTES) -> Any:
    """The document in a file, as JSON in Python. Raises PFASyntaxError, or OSError where it cannot be read."""
    name = str(path).lower().removesuffix(".gz")
    data = unpacked(Path(path).read_bytes(), max_bytes)
    return from_yaml(data) if name.endswith((".yaml", ".yml")) else from_json(data)
