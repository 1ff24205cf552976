"""The reference is what the code says now, and says everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from salver.cli import reference
from salver.cli.main import VERBS, parser
from salver.observe.catalogue import METRICS
from salver.options import ServerOptions
from salver.protocols.table import PROTOCOLS


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def test_the_pages_are_up_to_date(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check", str(root / "docs" / "reference")]) == 0, capsys.readouterr().err


def test_check_names_what_changed_is_missing_or_was_left_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main([str(tmp_path)]) == 0
    assert reference.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "http.md").write_text("else")
    (tmp_path / "metrics.md").unlink()
    (tmp_path / "old.md").write_text("left over")
    assert reference.main(["--check", str(tmp_path)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [Path(line.split()[0]).name for line in told] == ["http.md", "metrics.md", "old.md"]
    assert (tmp_path / "http.md").read_text() == "else"
    reference.main([str(tmp_path)])
    assert reference.main(["--check", str(tmp_path)]) == 0


def test_every_option_is_there_with_its_meaning(pages: dict[str, str]) -> None:
    for cls, field in options(ServerOptions):
        row = next((row for row in pages["options.md"].splitlines() if row.startswith(f"| `{field}` |")), "")
        assert row, f"{cls}.{field} is missing"
        assert not row.endswith("|  |"), f"{cls}.{field} has no docstring"


def options(cls: type[Any]) -> Iterator[tuple[str, str]]:
    for name, hint in get_type_hints(cls).items():
        yield cls.__name__, name
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and dataclasses.is_dataclass(part):
                yield from options(part)


def test_every_route_is_there(pages: dict[str, str]) -> None:
    for protocol in PROTOCOLS:
        for route in protocol.routes:
            assert route.summary
            for template in route.templates:
                assert f"`{template}`" in pages["http.md"]


def test_every_verb_and_argument_is_there(pages: dict[str, str]) -> None:
    positional = {
        "predict": ["model", "input"],
        "convert": ["model", "output"],
        "models": [],
        "graph": ["show", "graph"],
    }
    for verb in VERBS:
        _, there, section = pages["command-line.md"].partition(f"## salver {verb.NAME}\n")
        assert there
        section = section.partition("\n## ")[0]
        parsed = vars(parser().parse_args([verb.NAME, *positional.get(verb.NAME, ["path"])]))
        for name in parsed.keys() - {"verb", "run"}:
            assert f"`--{name.replace('_', '-')}" in section or f"`{name.upper()}`" in section, f"{verb.NAME}: {name}"


def test_every_metric_is_there(pages: dict[str, str]) -> None:
    assert [metric.name for metric in METRICS if f"| `{metric.name}` |" not in pages["metrics.md"]] == []


def test_every_public_name_is_there(pages: dict[str, str]) -> None:
    assert [name for name in reference.public_names() if f"## salver.{name}\n" not in pages["python.md"]] == []
