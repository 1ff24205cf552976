"""What the pages say is true: their snippets run, their configurations are read, their links lead somewhere."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import re
import shlex
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from serving import serving

from salver import config
from salver.cli.main import parser
from salver.graph.deployment.reading import read_deployment
from salver.graph.plan import plan
from salver.graph.spec import GraphDocument
from salver.options import ServerOptions, read_options

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")], key=str)
ELSEWHERE = {ROOT / "docs" / "formats.md", ROOT / "docs" / "client.md", ROOT / "docs" / "reference" / "python.md"}
"""Pages whose Python has a test of its own, or is no program but signatures."""
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """A fenced block, and the block right after it."""

    page: Path
    language: str
    text: str
    after: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.text.splitlines()[0] if self.text else ''}"


def snippets(*languages: str) -> list[Snippet]:
    found = []
    for page in PAGES:
        blocks: list[tuple[str, str]] = _FENCE.findall(page.read_text())
        for (language, text), after in itertools.pairwise([*blocks, ("", "")]):
            if language in languages:
                found.append(Snippet(page, language, text, after))
    return found


def pages_with(language: str) -> list[Path]:
    return sorted({snippet.page for snippet in snippets(language)} - ELSEWHERE)


@pytest.mark.parametrize("page", pages_with("python"), ids=lambda page: page.name)
def test_python_runs_and_prints_what_stands_below_it(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"__name__": "page"}
    for snippet in snippets("python"):
        if snippet.page == page:
            with contextlib.redirect_stdout(io.StringIO()) as told:
                exec(compile(snippet.text, str(snippet), "exec"), names)
            if snippet.after[0] == "text":
                assert told.getvalue() == snippet.after[1], snippet


@pytest.mark.parametrize("snippet", snippets("yaml"), ids=str)
def test_configurations_are_read_by_the_real_reader(snippet: Snippet) -> None:
    keys = {line.partition(":")[0] for line in snippet.text.splitlines() if line[:1].isalpha()}
    if "SeldonDeployment" in snippet.text:
        assert read_deployment(snippet.text, str(snippet)).predictors
    elif "nodes" in keys:
        graph = config.read(GraphDocument, snippet.text, str(snippet))
        assert plan({name: node.wiring for name, node in graph.nodes.items()}, graph.output).steps
    elif snippet.page.parent.name == "graphs" and not keys & {"models", "folder"}:
        assert config.read(GraphDocument, f"nodes:\n{textwrap.indent(snippet.text, '  ')}", str(snippet)).nodes
    else:
        options = config.read(ServerOptions, snippet.text, str(snippet))
        assert options != ServerOptions()


def test_the_example_configuration_is_read_whole() -> None:
    options = read_options(str(ROOT / "examples" / "04-configuration" / "config.yaml"))
    assert set(options.models) == {"wine", "celsius"}
    assert all(Path(model.path.partition(".py:")[0]).parent.is_dir() for model in options.models.values())


def commands() -> Iterator[tuple[Snippet, list[str]]]:
    """Each command line of a shell block, as words."""
    for snippet in snippets("sh", "bash", "shell"):
        for words in _lines(snippet.text):
            yield snippet, words


def _lines(text: str) -> Iterator[list[str]]:
    """Lines as a shell reads them: quotes may hold line breaks, a backslash joins, # begins a comment."""
    line = ""
    for part in text.replace("\\\n", " ").splitlines():
        line += part + "\n"
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        line = ""
        if words:
            yield words
    assert not line, f"an open quote: {line!r}"


def test_commands_are_there_at_all() -> None:
    assert {words[0] for _, words in commands()} >= {"salver", "curl", "scripts/demo", "scripts/test", "pip"}


@pytest.mark.parametrize(
    ("snippet", "words"), [pair for pair in commands() if pair[1][0] == "salver"], ids=lambda value: str(value)[:60]
)
def test_every_salver_command_is_understood(snippet: Snippet, words: list[str]) -> None:
    try:
        parser().parse_args(words[1:])
    except SystemExit as refused:
        pytest.fail(f"{snippet}: {shlex.join(words)} is refused ({refused})")


def test_every_script_and_example_named_is_there() -> None:
    for snippet, words in commands():
        for word in words:
            if word.startswith(("scripts/", "examples/")):
                assert (ROOT / word).exists(), f"{snippet}: {word}"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md", "examples/wine/README.md"])
def test_every_curl_gets_the_answer_that_stands_below_it(page: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    asked = [(snippet, words) for snippet, words in commands() if snippet.page == ROOT / page and words[0] == "curl"]
    assert asked
    with serving(str(models_of(ROOT / page, tmp_path / "models")), state=tmp_path / "state") as server:
        for snippet, words in asked:
            line = [word.replace("localhost:8501", server.netloc) for word in words]
            answer = json.loads(subprocess.run([*line, "--silent"], capture_output=True, check=True).stdout)
            if words[-1] == MISTAKE:
                assert answer.keys() == {"error", "expected", "example"}
            else:
                assert "error" not in answer, (snippet, answer)
            if snippet.after[0] == "json":
                assert flat(answer) == pytest.approx(flat(json.loads(snippet.after[1])), rel=1e-4)


MISTAKE = '{"instances": [[7.4, 0.7]]}'
"""What the pages send to show how a mistake is answered."""


def models_of(page: Path, folder: Path) -> Path:
    """A folder with the wine models, and the function that the page writes as `app.py`."""
    shutil.copytree(ROOT / "examples" / "wine" / "models", folder)
    for snippet in snippets("python"):
        if snippet.page == page and snippet.text.startswith("def predict("):
            (folder / "app").mkdir()
            (folder / "app" / "model.py").write_text(snippet.text)
    return folder


def flat(value: Any, path: str = "") -> dict[str, float]:
    """The numbers of a JSON document by where they stand: what can be compared approximately."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {} if parts else {path: value}
    for key, part in parts:
        found |= flat(part, f"{path}/{key}")
    return found


def anchor(heading: str) -> str:
    """The name a heading gets on the usual hosts of repositories."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text())
    for link in _LINK.findall(text):
        if link.startswith(("http://", "https://")):
            continue
        target, _, part = link.partition("#")
        file = page.parent / target if target else page
        assert file.exists(), f"{link} leads nowhere"
        if part:
            assert part in map(anchor, _HEADING.findall(file.read_text())), f"{link}: no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        todo += [(page.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(page.read_text())]
    assert [str(page) for page in PAGES if page not in reached] == []
