"""The log as TensorFlow writes its own: `2026-01-31 12:00:00.123456: I server.py:12] text`."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from typing import Final, TextIO

_LEVELS: Final = {
    logging.DEBUG: "I",
    logging.INFO: "I",
    logging.WARNING: "W",
    logging.ERROR: "E",
    logging.CRITICAL: "F",
}
_LEAST: Final = {"0": logging.INFO, "1": logging.WARNING, "2": logging.ERROR, "3": logging.ERROR}


class TensorFlowFormatter(logging.Formatter):
    """Local time in microseconds, one letter for the level, file and line."""

    def format(self, record: logging.LogRecord) -> str:
        seconds, microseconds = divmod(int(record.created * 1_000_000), 1_000_000)
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
        place = f"{record.module}.py:{record.lineno}"
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return f"{moment}.{microseconds:06d}: {_LEVELS.get(record.levelno, 'I')} {place}] {text}"


def log_to(stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
    """Writes this process's log to a stream, from the level that TF_CPP_MIN_LOG_LEVEL names (0 to 3)."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TensorFlowFormatter())
    logging.basicConfig(
        level=_LEAST.get(environment.get("TF_CPP_MIN_LOG_LEVEL", "0"), logging.INFO), handlers=[handler]
    )
