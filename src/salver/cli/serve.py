"""`salver serve`: models over HTTP, until told to stop."""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import sys
import tempfile
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any, Final, get_type_hints

from salver import server, workers
from salver.cli.banner import render
from salver.config import help_of
from salver.core.errors import BadInput
from salver.options import ServerOptions, options_for

NAME: Final = "serve"
HELP: Final = "serve a model, a folder of models, or what a configuration says, over HTTP"
EXAMPLES: Final = """examples:
  salver serve model.onnx                  one model, at http://127.0.0.1:8501
  salver serve models/ --workers 4         every model in a folder, on four processes
  salver serve app.py:predict --port 8080  a Python function
  salver serve config.yaml                 what the configuration says; options given here win"""

_log: Final = logging.getLogger("salver")
_KINDS: Final[dict[Any, type]] = {int: int, float: float, str: str, str | None: str}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="a model file, a folder of versions or of models, app.py:predict, or a .yaml")
    parser.add_argument("--name", default="", help="the model's name, when PATH is one model (default: from the path)")
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    hints, helps = get_type_hints(ServerOptions), help_of(ServerOptions)
    for field in fields(ServerOptions):
        flag = "--" + field.name.replace("_", "-")
        text = helps[field.name].replace("\n", " ").replace("%", "%%")
        if hints[field.name] is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=text)
        elif hints[field.name] in _KINDS and field.name != "folder":
            default = "" if field.default in (None, MISSING) else f" (default: {field.default})"
            parser.add_argument(flag, type=_KINDS[hints[field.name]], default=None, help=text + default, metavar="X")


def run(arguments: argparse.Namespace) -> int:
    logging.basicConfig(
        level=arguments.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    options = options_for(arguments.path, arguments.name)
    given = {field.name: getattr(arguments, field.name, None) for field in fields(ServerOptions)}
    options = replace(options, **{name: value for name, value in given.items() if value is not None})
    state_dir = _state_dir(options, arguments.path)
    if options.workers == 1:
        server.run(options, state_dir, lambda serving: _print(render(serving)))
        return 0
    with tempfile.TemporaryDirectory(prefix="salver-metrics-") as metrics_dir:
        workers.run_workers(options, state_dir, Path(metrics_dir), logging.getLogger().level, render, _print)
    return 0


def _print(text: str) -> None:
    print(text, flush=True)


def _state_dir(options: ServerOptions, path: str) -> Path:
    """Where this server's wishes live: the same folder for the same path and port, so that a restart finds them."""
    if options.state_dir is not None:
        chosen = Path(options.state_dir)
    else:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        which = hashlib.sha256(f"{Path(path).absolute()}\0{options.port}".encode()).hexdigest()[:16]
        chosen = home / "salver" / which
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if options.state_dir is not None:
            raise BadInput(f"state_dir '{chosen}' cannot be used: {error.strerror}") from None
        _log.warning("changes made through the admin API will not survive a restart: %s", error)
        return Path(tempfile.mkdtemp(prefix="salver-state-"))
    return chosen
