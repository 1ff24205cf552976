"""What a format can tell of its models beyond their signatures: for `salver inspect`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from salver.core.errors import BadInput
from salver.embedded import Model, opened_of

DEFAULT_TREES: Final = 5
"""Trees of a forest that are shown."""
_STDIN: Final = "-"


class Told(Protocol):
    """Something to show."""

    def facts(self) -> dict[str, Any]:
        """For a JSON document."""

    def lines(self) -> Iterator[str]:
        """For a reader."""


class View(Told, Protocol):
    """A model, as its format knows it."""

    def trace(self, row: Mapping[str, Any], trees: int) -> Told:
        """How the answer to a row comes about, with so many trees of each forest (0 for all). Raises BadInput."""


def view_of(model: Model) -> View | None:
    """What a model's format can tell of it; None where it can tell nothing more."""
    opened = opened_of(model)
    if model.format == "pfa":
        from salver.cli.pfa_view import PfaView

        return PfaView(opened.model)
    if model.format != "pmml":
        return None
    from salver.cli.pmml_view import PmmlView

    return PmmlView(opened.model, opened.path)


def read_row(told: str) -> Mapping[str, Any]:
    """A row as an argument says it: a JSON object, @FILE, or - for standard input. Raises BadInput."""
    where = "standard input" if told == _STDIN else f"'{told[1:]}'" if told.startswith("@") else "the row"
    try:
        text = sys.stdin.read() if told == _STDIN else Path(told[1:]).read_text() if told.startswith("@") else told
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is no JSON: {error}; wanted an object by field name") from None
    if not isinstance(row, dict):
        raise BadInput(f"{where} is {type(row).__name__}, wanted an object by field name")
    return row
