"""PMML documents for `salver inspect`: what they are, and how an answer comes about."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from salver.cli.style import bold, faint
from salver.formats.pmml.describe.document import describe
from salver.formats.pmml.describe.explanations import Trace
from salver.formats.pmml.describe.text import lines_of
from salver.formats.pmml.describe.trace import trace
from salver.formats.pmml.describe.trace_text import lines_of_trace


class PmmlView:
    """A document."""

    def __init__(self, evaluator: Any, path: str) -> None:
        self._evaluator = evaluator
        self._path = path

    def facts(self) -> dict[str, Any]:
        return finite(asdict(describe(self._evaluator, self._path)))

    def lines(self) -> Iterator[str]:
        return lines_of(describe(self._evaluator, self._path), _bold)

    def trace(self, row: Mapping[str, Any], trees: int) -> TraceView:
        return TraceView(trace(self._evaluator, row, trees))


class TraceView:
    """One prediction."""

    def __init__(self, traced: Trace) -> None:
        self._traced = traced

    def facts(self) -> dict[str, Any]:
        return finite(asdict(self._traced))

    def lines(self) -> Iterator[str]:
        return lines_of_trace(self._traced, _bold, _faint)


def _bold(text: str) -> str:
    return bold(text, sys.stdout)


def _faint(text: str) -> str:
    return faint(text, sys.stdout)


def finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with null for numbers that JSON has no word for."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return finite(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
