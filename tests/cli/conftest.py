"""Commands as a user runs them: in this process where that is enough, in one of their own where it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from salver.cli.main import main

WINE = Path(__file__).parents[2] / "examples" / "wine"


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
def salver(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs a command in this process."""

    def run(*arguments: object) -> Ran:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return run


@pytest.fixture
def wine() -> Path:
    """The model of the wine example."""
    return WINE / "models" / "wine"


@pytest.fixture
def wine_csv() -> Path:
    """1,599 wines: eleven measurements and the answer."""
    return WINE / "data" / "winequality_red.csv"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file; returns its path."""

    def write_it(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write_it


@pytest.fixture
def total(write: Callable[[str, str], Path]) -> Path:
    """A model of two inputs: whole `count` times `price`, and `sold` or nothing."""
    return write(
        "total.py",
        """
        def predict(count: int, price: float, sold: bool) -> float:
            return count * price if sold else 0.0
        """,
    )
