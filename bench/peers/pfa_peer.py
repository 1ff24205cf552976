"""titus2, the other engine for PFA in Python: its environment, and it with a document as a process that takes turns."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from bench.peers import venv
from bench.peers.turn_takers import TurnTaker, taking_turns

PACKAGES = ("titus2==1.2.0", "numpy==1.23.5", "setuptools<81")
"""The last NumPy that it runs with."""
NAME = "titus2 1.2.0"
_HERE = Path(__file__).parent


def python() -> Path:
    """The interpreter of its environment. Raises Missing where it cannot be made."""
    return venv.make("pfa", *PACKAGES, runtime=False) / "bin" / "python"


def running(document: Path, rows: Path) -> AbstractContextManager[TurnTaker]:
    """titus2, warm, with a document loaded; it answers to the rows at once. Raises RuntimeError with its last words."""
    return taking_turns(
        f"{NAME} failed on {document.name}", python(), _HERE / "pfa_answers.py", str(document), str(rows)
    )
