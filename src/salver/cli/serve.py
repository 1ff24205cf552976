"""`salver serve`: models over HTTP and gRPC, until told to stop."""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import sys
from contextlib import ExitStack, suppress
from dataclasses import MISSING, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, get_type_hints

from salver import server, workers
from salver.cli.banner import render
from salver.config import help_of
from salver.core.errors import BadInput
from salver.options import ServerOptions, options_for
from salver.transports.tls import Tls

NAME: Final = "serve"
HELP: Final = "serve a model, a folder of models, or what a configuration says, over HTTP and gRPC"
EXAMPLES: Final = """examples:
  salver serve model.onnx                  one model, at http://127.0.0.1:8501
  salver serve models/ --workers 4         every model in a folder, on four processes
  salver serve app.py:predict --port 8080  a Python function
  salver serve wine.graph.yaml             several models joined in a graph
  salver serve config.yaml                 what the configuration says; options given here win"""

_log: Final = logging.getLogger("salver")
_KINDS: Final[dict[Any, tuple[type, str]]] = {
    int: (int, "N"),
    float: (float, "S"),
    str: (str, "TEXT"),
    str | None: (str, "PATH"),
}
"""Of an option's type: what reads it, and the word for it in the help."""
_TLS_FLAGS: Final = {"--tls-cert": "certificate", "--tls-key": "key", "--tls-client-ca": "client_ca"}
_OWN_FOLDER: Final = " Relative to the configuration's own folder."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        help="a model file, a folder of versions or of models, app.py:predict, or a .yaml: a graph, a SeldonDeployment "
        "or a configuration",
    )
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
            kind, word = _KINDS[hints[field.name]]
            text = text.replace(_OWN_FOLDER, "")
            parser.add_argument(flag, type=kind, default=None, help=text + default, metavar=word)
    for flag, name in _TLS_FLAGS.items():
        text = help_of(Tls)[name].replace("\n", " ").replace(_OWN_FOLDER, "")
        parser.add_argument(flag, default=None, help=text, metavar="PATH")


def run(arguments: argparse.Namespace) -> int:
    logging.basicConfig(
        level=arguments.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    options = options_for(arguments.path, arguments.name)
    given = {field.name: getattr(arguments, field.name, None) for field in fields(ServerOptions)}
    options = replace(options, **{name: value for name, value in given.items() if value is not None})
    options = replace(options, tls=_tls(arguments, options.tls))
    with ExitStack() as stack:
        state_dir = _state_dir(options, arguments.path, stack)
        if options.workers == 1:
            server.run(options, state_dir, lambda serving: _print(render(serving)))
            server.end_soon()
        else:
            metrics_dir = stack.enter_context(TemporaryDirectory(prefix="salver-metrics-"))
            workers.run_workers(options, state_dir, Path(metrics_dir), logging.getLogger().level, render, _print)
    return 0


def _tls(arguments: argparse.Namespace, configured: Tls | None) -> Tls | None:
    """The port's certificates: the configuration's, but for those that a flag names."""
    named = {name: getattr(arguments, flag[2:].replace("-", "_")) for flag, name in _TLS_FLAGS.items()}
    given = {name: path for name, path in named.items() if path is not None}
    if configured is not None:
        return replace(configured, **given)
    if given and not {"certificate", "key"} <= given.keys():
        raise BadInput("--tls-cert and --tls-key are wanted, both of them")
    return Tls(**given) if given else None


def _print(text: str) -> None:
    print(text, flush=True)


def _state_dir(options: ServerOptions, path: str, stack: ExitStack) -> Path:
    """Where this server's wishes live: the same folder for the same path and port, so that a restart finds them.

    Where the user has no such folder it is one that goes with the stack; one that stays empty goes too.
    """
    if options.state_dir is not None:
        return _made(Path(options.state_dir))
    which = hashlib.sha256(f"{Path(path).absolute()}\0{options.port}".encode(errors="surrogateescape")).hexdigest()[:16]
    try:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        folder = _made(home / "salver" / which)
    except (BadInput, RuntimeError) as error:
        _log.warning("changes made through the admin API will not survive a restart: %s", error)
        return Path(stack.enter_context(TemporaryDirectory(prefix="salver-state-")))
    stack.callback(_remove_empty, folder)
    return folder


def _remove_empty(folder: Path) -> None:
    """Nobody asked for anything: nothing stays behind."""
    with suppress(OSError):
        folder.rmdir()


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"state_dir '{folder}' cannot be used: {error.strerror}") from None
    return folder
