"""What the tests of PFA share."""

from __future__ import annotations

import builtins
from collections.abc import Iterator

import pytest


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever runs a hostile text is found out."""
    called: list[bool] = []
    monkeypatch.setattr(builtins, "pfa_canary", lambda: called.append(True), raising=False)
    yield
    assert not called
