"""What a load tells the log: nothing of a quick one, the stages of a long one."""

from __future__ import annotations

import logging

import pytest

from salver.formats.pmml.progress import Progress


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """The lines that are logged while a clock that is moved by hand goes on by the seconds given."""
    now = [0.0]
    monkeypatch.setattr("salver.formats.pmml.progress.time.monotonic", lambda: now[0])
    caplog.set_level(logging.INFO, "salver")

    def load(*seconds: float) -> list[str]:
        load_of = Progress("forest.pmml")
        for number, second in enumerate(seconds, 1):
            now[0] += second
            load_of(number * 10_000_000, len(seconds) * 10_000_000)
        load_of.compiling()
        load_of.loaded()
        return [record.getMessage() for record in caplog.records]

    return load


def test_a_quick_load_is_not_spoken_of(told):
    assert told(0.3, 0.3) == []


def test_a_long_load_tells_how_far_it_is_once_a_second(told):
    assert told(0.6, 0.6, 0.6, 0.6) == [
        "forest.pmml: 50 % of 40 MB read",
        "forest.pmml: 100 % of 40 MB read",
        "forest.pmml: read in 2.4 s, compiling",
        "forest.pmml: loaded in 2.4 s",
    ]
