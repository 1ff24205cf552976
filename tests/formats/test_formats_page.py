"""The page on formats says what the code does: its tables are the code's, and its examples run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import salver
from salver.formats.onnx_types import ELEMENTS
from salver.formats.table import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
EXAMPLES = re.findall(r"```python\n(.*?)```\n+```pycon\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_types_are_those_of_the_code():
    rows = re.findall(r"^\| `tensor\((\w+)\)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE)
    assert rows == [(name, element.dtype) for name, element in ELEMENTS.items()]


def test_every_format_is_there():
    assert re.findall(r"^\| `(\w+)` \| ", PAGE.read_text(), re.MULTILINE) == [known.name for known in FORMATS]


def test_there_are_examples():
    assert len(EXAMPLES) == PAGE.read_text().count("```python\n") == 4


@pytest.mark.parametrize(("source", "session"), EXAMPLES)
def test_an_example_does_what_it_says(write_app, tmp_path, monkeypatch, source, session):
    write_app(source)
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(session, {"salver": salver}, "docs/formats.md", str(PAGE), 0)
    runner = doctest.DocTestRunner()
    result = runner.run(example)
    assert result.attempted > 1
    assert result.failed == 0
