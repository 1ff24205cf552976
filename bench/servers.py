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
BARE_HTTP2 = Path(__file__).with_name("bare_http2.py")
GRPCIO = Path(__file__).with_name("peers") / "grpcio.py"


@contextmanager
def salver(folder: Path, question: Question, expected: Array) -> Iterator[Running]:
    """Ours, with its defaults, over a folder of models."""
    port = free_port()
    command = [sys.executable, "-m", "salver", "serve", str(folder), "--port", str(port)]
    with serving(command, port, question, expected) as running:
        yield running


@contextmanager
def salver_with_tls(
    certificate: tuple[Path, Path], question: Question, expected: Array
) -> Iterator[tuple[Running, int]]:
    """Ours with two ports over the same models: one plain, and one (the number beside it) with TLS."""
    plain, tls = free_port(), free_port()
    file, key = certificate
    configuration = file.with_name("salver.yaml")
    configuration.write_text(
        f"folder: {models.FOLDER}\nport: {plain}\n"
        f"listen:\n  - port: {tls}\n    tls: {{certificate: {file}, key: {key}}}\n"
    )
    command = [sys.executable, "-m", "salver", "serve", str(configuration)]
    with serving(command, plain, question, expected) as running:
        yield running, tls


@contextmanager
def bare(codec: str, model: str, question: Question, expected: Array) -> Iterator[Running]:
    """The bare protocol with one of its codecs."""
    port = free_port()
    program = BARE_HTTP2 if question.over == "grpc" else BARE
    command = [sys.executable, str(program), codec, str(models.path(model)), str(port)]
    with serving(command, port, question, expected) as running:
        yield running


@contextmanager
def grpcio_threads(model: str, question: Question, expected: Array) -> Iterator[Running]:
    """grpcio's thread server doing what the bare protocol does."""
    port = free_port()
    command = [sys.executable, str(GRPCIO), "threads", str(models.path(model)), str(port)]
    with serving(command, port, question, expected) as running:
        yield running
