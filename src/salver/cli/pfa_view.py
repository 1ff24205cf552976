"""PFA documents for `salver inspect`: their schemas, what they keep, and each method as Python beside its PFA."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, Final

from salver.cli.style import bold, faint
from salver.core.errors import BadInput

_METHODS: Final = ("begin", "action", "end", "merge")
_WIDTH: Final = 66
_LONGEST: Final = 110
_MOST: Final = 60
"""Lines of each side that are shown."""


class PfaView:
    """A document."""

    def __init__(self, evaluator: Any) -> None:
        self._engine = evaluator.engine
        self._json: Mapping[str, Any] = self._engine.prepared.json

    def facts(self) -> dict[str, Any]:
        """For a JSON document."""
        return {
            "input": self._json["input"],
            "output": self._json["output"],
            "cells": self._stores("cells"),
            "pools": self._stores("pools"),
            "python": self._engine.source,
        }

    def lines(self) -> Iterator[str]:
        """For a reader."""
        for key in ("cells", "pools"):
            for store in self._stores(key):
                flags = ", ".join(word for word in ("written", "shared", "rollback") if store[word]) or "never written"
                yield f"{key[:-1]} {store['name']}: {store['type']}, {flags}"
        shown = {f"fcns.{name}": one for name, one in self._json.get("fcns", {}).items() if name != "@"}
        shown.update({name: self._json[name] for name in _METHODS if self._json.get(name)})
        for path, pfa in shown.items():
            yield ""
            yield f"{bold(path, sys.stdout):<{_WIDTH}}   {faint('as Python', sys.stdout)}"
            yield from _beside(_cut(json.dumps(pfa, indent=2).splitlines()), _cut(self._python(path)))

    def trace(self, row: Mapping[str, Any], trees: int) -> Any:
        """There is none: the Python that is shown can be followed instead."""
        raise BadInput("a PFA document has no trace; follow its Python, which is shown without --trace")

    def _stores(self, key: str) -> list[dict[str, Any]]:
        program = self._engine.prepared.program
        stores = getattr(program.document, key)
        return [
            {
                "name": name,
                "type": repr(store.type.type),
                "written": (key[:-1], name) in program.writes,
                "shared": store.shared,
                "rollback": store.rollback,
            }
            for name, store in stores.items()
        ]

    def _python(self, path: str) -> list[str]:
        """The lines of the source that come of a part of the document."""
        source = self._engine.prepared.program.source
        texts = source.text.splitlines()
        return [texts[number - 1] for number, place in source.lines.items() if _within(place, path)]


def _within(place: str, path: str) -> bool:
    return place == path or (place.startswith(path) and place[len(path)] in ".[")


def _cut(lines: list[str]) -> list[str]:
    """The first lines, none of them too long."""
    shown = [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in lines[:_MOST]]
    return [*shown, f"… {len(lines) - _MOST} more lines"] if len(lines) > _MOST else shown


def _beside(left: list[str], right: list[str]) -> Iterator[str]:
    for one, other in zip_longest(left, right, fillvalue=""):
        yield f"{one[:_WIDTH]:<{_WIDTH}} | {other}".rstrip(" |") if other else one[:_WIDTH]
