"""The page on clients: its snippets run against a server, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from serving import serving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "client.md"
FENCE = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


def test_the_snippets_print_what_stands_below_them(tmp_path: Path) -> None:
    snippets = FENCE.findall(PAGE.read_text())
    assert len(snippets) == 4
    names: dict[str, object] = {"__name__": "page"}
    with serving(str(ROOT / "examples" / "wine" / "models" / "wine"), state=tmp_path / "state") as server:
        for code, wanted in snippets:
            with contextlib.redirect_stdout(io.StringIO()) as told:
                exec(compile(code.replace("localhost:8501", server.netloc), str(PAGE), "exec"), names)
            assert told.getvalue() == wanted
