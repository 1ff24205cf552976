"""Lines as TensorFlow writes them (its `default/logging.cc`): time in microseconds, level, file and line."""

from __future__ import annotations

import logging
import sys
import time

import pytest

from salver.modelserver.tensorflow_log import TensorFlowFormatter


def record(level: int, message: str, *values: object) -> logging.LogRecord:
    made = logging.LogRecord("salver", level, "/somewhere/server.py", 12, message, values, None)
    made.created = 1_700_000_000.25
    return made


@pytest.mark.parametrize(
    ("level", "letter"), [(logging.DEBUG, "I"), (logging.INFO, "I"), (logging.WARNING, "W"), (logging.ERROR, "E")]
)
def test_a_line_is_theirs(level: int, letter: str) -> None:
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(1_700_000_000))
    line = TensorFlowFormatter().format(record(level, "Running at %s ...", "here"))
    assert line == f"{moment}.250000: {letter} server.py:12] Running at here ..."


def test_a_failure_is_told_with_where_it_came_from() -> None:
    broken = record(logging.ERROR, "it broke")
    try:
        raise ValueError("so")
    except ValueError:
        broken.exc_info = sys.exc_info()
    first, *rest = TensorFlowFormatter().format(broken).splitlines()
    assert first.endswith("] it broke")
    assert rest[-1] == "ValueError: so"
