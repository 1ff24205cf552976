"""A plain interpreter of PFA documents, written from the specification: the truth that the compiled engine is held to.

It knows most special forms and the functions of `pfa_interpreter_library`. Each form is checked and becomes a closure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pfa_interpreter_flow as _flow  # noqa: F401  (its forms)
import pfa_interpreter_library as _library  # noqa: F401  (its functions)
import pfa_interpreter_values as _values  # noqa: F401  (its forms)
from pfa_interpreter_core import Core
from pfa_interpreter_matching import Failed, TooMuch
from pfa_interpreter_scope import Frame, Scope
from pfa_interpreter_types import Refused, Type, accepts, converted

__all__ = ["Failed", "Interpreter", "Refused", "TooMuch"]
Json = dict[str, Any]


@dataclass
class Method:
    """What one of begin, action and end does."""

    type: Type
    run: Callable[[Frame], Any]


class Interpreter(Core):
    """One engine for a document. Raises Refused where that makes no sense."""

    def __init__(self, document: Json) -> None:
        super().__init__(document)
        self.method = document.get("method", "map")
        self.input = self.types.read(document["input"])
        self.output = self.types.read(document["output"])
        for name, cell in document.get("cells", {}).items():
            self.cell_types[name] = self.types.read(cell["type"])
            self.cells[name] = self.types.decoded(self.cell_types[name], cell["init"])
        for name, pool in document.get("pools", {}).items():
            self.pool_types[name] = self.types.read(pool["type"])
            self.pools[name] = {
                key: self.types.decoded(self.pool_types[name], value) for key, value in pool.get("init", {}).items()
            }
        for name, function in document.get("fcns", {}).items():
            self.declare(f"u.{name}", function)
        if self.method == "emit":
            self.signatures["emit"] = (("x",), (self.output,), "null")
            self.functions["emit"] = self._emit
        self.tally = self.types.decoded(self.output, document["zero"]) if self.method == "fold" else None
        for name, function in document.get("fcns", {}).items():
            self.define(f"u.{name}", function, Scope())
        symbols = {"name": "string", "instance": "int", "metadata": ("map", "string")}
        self.known = {"name": document.get("name", "Engine"), "instance": 0, "metadata": document.get("metadata", {})}
        counted = {**symbols, "actionsStarted": "long", "actionsFinished": "long"}
        if self.method == "fold":
            counted["tally"] = self.output
        self._begin = self._compiled(document.get("begin", []), symbols)
        self._end = self._compiled(document.get("end", []), counted)
        self._action = self._compiled(document["action"], {**counted, "input": self.input})
        if self.method != "emit" and not accepts(self.output, self._action.type):
            raise Refused(f"the action gives {self._action.type}, not {self.output}")
        self.started = self.finished = 0
        self.emitted: list[Any] = []

    def _compiled(self, body: Any, symbols: dict[str, Type]) -> Method:
        if body == []:
            return Method("null", lambda frame: None)
        type_, run = self.block(body, Scope(Scope(None, symbols, is_sealed_above=True), is_sealed_above=True))
        return Method(type_, run)

    def _emit(self, value: Any) -> None:
        self.emitted.append(self.types.encoded(self.output, value))

    def begin(self) -> Any:
        """What comes before the first input. Gives what was emitted, if anything can be."""
        return self._around(self._begin, dict(self.known))

    def end(self) -> Any:
        """What comes after the last input. Gives what was emitted, if anything can be."""
        return self._around(self._end, self._counted())

    def _around(self, method: Method, known: Json) -> Any:
        self.emitted = []
        method.run(Frame(Frame(None, known)))
        return self.emitted if self.method == "emit" else None

    def _counted(self) -> Json:
        counts = {"actionsStarted": self.started, "actionsFinished": self.finished}
        return {**self.known, **counts, "tally": self.tally}

    def action(self, value: Any) -> Any:
        """The answer to one input, both as JSON. Raises Failed."""
        self.started += 1
        self.emitted = []
        given = {**self._counted(), "input": self.types.decoded(self.input, value)}
        before = dict(self.cells), {name: dict(pool) for name, pool in self.pools.items()}
        try:
            result = self._action.run(Frame(Frame(None, given)))
        except Failed:
            self._roll_back(*before)
            raise
        self.finished += 1
        if self.method == "emit":
            return self.emitted
        result = converted(result, self._action.type, self.output)
        if self.method == "fold":
            self.tally = result
        return self.types.encoded(self.output, result)

    def _roll_back(self, cells: Json, pools: Json) -> None:
        for kind, now, before in (("cells", self.cells, cells), ("pools", self.pools, pools)):
            for name, about in self.document.get(kind, {}).items():
                if about.get("rollback"):
                    now[name] = before[name]

    def state(self) -> Json:
        """What the cells and pools hold, as JSON."""
        encoded = self.types.encoded
        cells = {name: encoded(self.cell_types[name], value) for name, value in self.cells.items()}
        pools = {
            name: {key: encoded(self.pool_types[name], value) for key, value in pool.items()}
            for name, pool in self.pools.items()
        }
        return {"cells": cells, "pools": pools}


def answers(document: Json, inputs: Sequence[Any]) -> list[Any]:
    """The answers to several inputs, with errors in the place of those that failed."""
    engine = Interpreter(document)
    engine.begin()
    found = []
    for value in inputs:
        try:
            found.append(engine.action(value))
        except Failed as error:
            found.append(error)
    return found
