"""`salver models`: list, load, unload and reload the models of a running server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from salver.cli.style import table
from salver.client.sync import Client
from salver.core.calls import Call, Load, ModelDescription, Models, ModelsDescription, Reload, Unload
from salver.protocols.table import ADMIN

NAME: Final = "models"
HELP: Final = "list, load, unload or reload the models of a running server"
EXAMPLES: Final = (
    "examples:\n  salver models\n  salver models unload wine\n  salver models load wine --url http://10.0.0.7:8501"
)
_VERBS: Final[dict[str, Callable[[str], Call]]] = {"load": Load, "unload": Unload, "reload": Reload}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=("list", *_VERBS), default="list", help="what to do (default: list)"
    )
    parser.add_argument("model", nargs="?", help="the model's name; without it, list shows all")
    parser.add_argument("--url", default="http://127.0.0.1:8501", help="the server (default: %(default)s)")
    parser.add_argument("--timeout-s", type=float, default=600.0, help="seconds to wait for a load (default: 600)")


def run(arguments: argparse.Namespace) -> int:
    if arguments.action in _VERBS and not arguments.model:
        print(f"salver models {arguments.action}: which model? See: salver models", file=sys.stderr)
        return 2
    with Client(arguments.url, ADMIN, timeout_s=arguments.timeout_s) as client:
        if arguments.action in _VERBS:
            client.ask(_VERBS[arguments.action](arguments.model))
        described = client.ask(Models(arguments.model))
    assert isinstance(described, ModelsDescription)  # noqa: S101 - the codec's promise
    rows = [("MODEL", "VERSION", "STATE", "FORMAT", "LOADED IN", "LABELS", "ERROR")]
    print(table(rows + [row for model in described.models for row in _rows(model)]))
    return 0


def _rows(model: ModelDescription) -> list[tuple[str, ...]]:
    if not model.versions:
        state = "-" if model.wanted else "unloaded"
        return [(model.model, "-", state, "-", "-", "", model.error)]
    return [
        (
            model.model,
            str(version.version),
            version.state.value,
            version.format or "-",
            "-" if version.load_s is None else f"{version.load_s * 1000:.0f} ms",
            ",".join(label for label, number in model.labels.items() if number == version.version),
            version.error or model.error,
        )
        for version in model.versions
    ]
