"""How each server is started: a function from a port to a command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import models
from bench.questions import Array, Question
from bench.running import Running, free_port, serving

BARE = Path(__file__).with_name("bare.py")


@contextmanager
def salver(folder: Path, question: Question, expected: Array) -> Iterator[Running]:
    """Ours, with its defaults, over a folder of models."""
    port = free_port()
    command = [sys.executable, "-m", "salver", "serve", str(folder), "--port", str(port)]
    with serving(command, port, question, expected) as running:
        yield running


@contextmanager
def bare(codec: str, model: str, question: Question, expected: Array) -> Iterator[Running]:
    """The bare protocol with one of its codecs."""
    port = free_port()
    command = [sys.executable, str(BARE), codec, str(models.path(model)), str(port)]
    with serving(command, port, question, expected) as running:
        yield running
