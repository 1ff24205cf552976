"""`salver tensorflow-model-server`, and the command `tensorflow_model_server`: TensorFlow Serving's binary, replaced.

The same flags, files, ports, lines and exit statuses. Only its grammar is not this command's: arguments go to
`salver.modelserver` as they are.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from salver import server
from salver.core.errors import Fault
from salver.modelserver.command_line import CommandLine, hint, parse, usage
from salver.modelserver.flags import table
from salver.modelserver.refusals import told
from salver.modelserver.serving import serve
from salver.modelserver.settings import settings_of
from salver.modelserver.tensorflow_log import log_to
from salver.version import __version__

NAME: Final = "tensorflow-model-server"
HELP: Final = "serve as TensorFlow Serving does: its flags, its files, its ports, its answers"
EXAMPLES: Final = """examples:
  salver tensorflow-model-server --rest_api_port=8501 --model_name=wine --model_base_path=/models/wine
  salver tensorflow-model-server --rest_api_port=8501 --model_config_file=/models/models.config
  tensorflow_model_server --help           the same command, under TensorFlow Serving's name"""

COMPATIBLE: Final = "2.19.0"
"""The release of TensorFlow Serving whose flags and answers these are."""
REFUSED: Final = 255
"""The exit status of a server that did not start."""

_log: Final = logging.getLogger("salver")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("flags", nargs="*", help="TensorFlow Serving's flags; --help tells of each")


def run(arguments: argparse.Namespace) -> int:
    return main(arguments.flags)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the server. Returns 0 after a drain, 255 when it cannot start, 130 for Ctrl-C before that."""
    program = Path(sys.argv[0]).name if arguments is None else f"salver {NAME}"
    log_to(sys.stderr)
    line = parse(sys.argv[1:] if arguments is None else arguments)
    if line.problems or line.unknown[:1] == ("--help",):
        for problem in line.problems:
            _log.error("%s", problem)
        _say(f"{usage(program)}\n{EXAMPLES}")
        return REFUSED if line.problems else 0
    if line.flags.version:
        _say(f"TensorFlow ModelServer: {COMPATIBLE}+salver.{__version__}\nTensorFlow Library: {_tensorflow()}")
        return 0
    _tell_of(line, program)
    try:
        return _serve(line)
    except KeyboardInterrupt:
        return 130


def _serve(line: CommandLine) -> int:
    try:
        settings = settings_of(line.flags)
    except Fault as fault:
        return _refuse(fault)
    status = 0
    try:
        with TemporaryDirectory(prefix="salver-state-") as state_dir:
            serve(settings, Path(state_dir))
    except Fault as fault:
        status = _refuse(fault)
    server.end_soon(status)
    return status


def _refuse(fault: Fault) -> int:
    _log.error("Failed to start server. Error: %s", told(fault))
    _say(f"Failed to start server. Error: {told(fault)}")
    return REFUSED


def _tell_of(line: CommandLine, program: str) -> None:
    """What of a command line is passed over."""
    if line.unknown:
        _say(f"unknown argument: {line.unknown[0]}\n{usage(program)}")
    for argument in line.unknown:
        meant = hint(argument)
        _log.warning("unknown argument: %s is passed over%s", argument, meant and f"; {meant}")
    for name in sorted(line.given):
        flag = table()[name]
        if flag.void and getattr(line.flags, name) != flag.default:
            _log.warning("--%s has no meaning here: %s", name, flag.void)


def _say(text: str) -> None:
    """To whoever reads along; a server goes on when nobody does any more."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tensorflow() -> str:
    """The version of TensorFlow that is installed, without its import."""
    for name in ("tensorflow", "tensorflow-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "none is installed; pip install 'salver[tensorflow]'"
