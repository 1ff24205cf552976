"""titus2 with one PFA document, in a process of its own in an environment of its own.

Run as `pfa_answers.py DOCUMENT ROWS`, two JSON files. Its first line is a JSON list of what it answers to the rows;
then it reads a line, `same`, `another` or `load`, and writes what the turn took: microseconds of one row, always the
same or all in turn, or milliseconds of a load.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench import turns

ArgSpec = namedtuple("ArgSpec", ["args", "varargs", "keywords", "defaults"])


def _argspec(function: Any) -> ArgSpec:
    """What titus2 wants of `inspect`, which Python 3.11 has no more."""
    told = inspect.getfullargspec(function)
    return ArgSpec(told.args, told.varargs, told.varkw, told.defaults)


inspect.getargspec = _argspec  # type: ignore[attr-defined]

from titus.genpy import PFAEngine  # type: ignore[import-not-found]  # noqa: E402


def main(document: str, rows_file: str) -> None:
    text, rows = Path(document).read_text(), json.loads(Path(rows_file).read_text())
    (engine,) = PFAEngine.fromJson(text)
    print(json.dumps([engine.action(row) for row in rows]), flush=True)
    takes = {
        "same": lambda: turns.call_us(engine.action, rows[:1]),
        "another": lambda: turns.call_us(engine.action, rows),
        "load": lambda: turns.batch_s(PFAEngine.fromJson, text) * 1000,
    }
    for line in sys.stdin:
        print(takes[line.strip()](), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
