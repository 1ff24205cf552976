"""`salver graph`: draw a graph, and see or reset what a running one has learnt."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from salver.client.sync import Client
from salver.core.calls import Forget, Learnt, LearntState
from salver.core.errors import BadInput
from salver.protocols.table import ADMIN

NAME: Final = "graph"
HELP: Final = "draw a graph of models, and see or reset what a running one has learnt"
EXAMPLES: Final = """examples:
  salver graph show wine.graph.yaml
  salver graph show deployment.yaml --svg wine.svg
  salver graph learnt wine
  salver graph forget wine --node bandit

show reads the document and nothing else: models are not loaded, so what it draws may still be refused by serve."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("show", "learnt", "forget"),
        help="draw a document; show what a served graph has learnt, as JSON; have it begin anew",
    )
    parser.add_argument("graph", help="show: a graph's document, or a SeldonDeployment; else its name on the server")
    parser.add_argument("--svg", metavar="FILE", help="show: write an SVG drawing there; - for standard output")
    parser.add_argument("--node", default="", help="forget: only this node")
    parser.add_argument("--url", default="http://127.0.0.1:8501", help="the server (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    if arguments.action == "show":
        return _show(arguments.graph, arguments.svg)
    with Client(arguments.url, ADMIN) as client:
        if arguments.action == "forget":
            client.ask(Forget(arguments.graph, arguments.node))
            print(f"{arguments.graph}: {arguments.node or 'every node'} begins anew")
            return 0
        state = client.ask(Learnt(arguments.graph))
    assert isinstance(state, LearntState)  # noqa: S101 - the codec's promise
    print(json.dumps({**state.nodes}, indent=2))
    return 0


def _show(file: str, svg: str | None) -> int:
    # What reads graphs is imported for this alone: other verbs start sooner without it.
    from salver.graph.drawing.svg import draw_svg
    from salver.graph.drawing.text import draw_text
    from salver.opening.outline import outline

    nodes, output, notes = outline(Path(file))
    title = Path(file).name
    if svg is None:
        plain = "utf" not in (sys.stdout.encoding or "").lower()
        print(draw_text(nodes, output, ascii_only=plain))
    elif svg == "-":
        print(draw_svg(nodes, output, title))
    else:
        try:
            Path(svg).write_text(draw_svg(nodes, output, title), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"'{svg}' cannot be written: {error.strerror}") from None
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    return 0
