"""Why a server does not start, as TensorFlow Serving prints it."""

from __future__ import annotations

import pytest

from salver.core.errors import (
    KINDS,
    BadInput,
    Fault,
    Full,
    ModelFailure,
    NotFound,
    NotServed,
    Precondition,
    Unavailable,
    Unsupported,
)
from salver.modelserver.refusals import told


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (BadInput("b"), "INVALID_ARGUMENT: b"),
        (Precondition("p"), "FAILED_PRECONDITION: p"),
        (NotFound("n"), "NOT_FOUND: n"),
        (Unsupported("u"), "UNIMPLEMENTED: u"),
        (Unavailable("a"), "UNAVAILABLE: a"),
        (Full("f"), "RESOURCE_EXHAUSTED: f"),
        (
            NotServed((ModelFailure("m", 1, "no such file"),)),
            "UNKNOWN: 1 servable(s) did not become available: {{name: m version: 1} due to error: no such file}, }",
        ),
        (
            NotServed((ModelFailure("m", 1, "x"), ModelFailure("n", None, "y"))),
            "UNKNOWN: 2 servable(s) did not become available: {{name: m version: 1} due to error: x}, "
            "{name: n} due to error: y}, }",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_is_told_by_its_status_and_sentence(fault: Fault, words: str) -> None:
    assert told(fault) == words


def test_every_kind_of_fault_has_a_status() -> None:
    for kind in KINDS:
        assert told(kind("why")).isascii()
        assert told(kind("why")).endswith(": why")
