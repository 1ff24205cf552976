"""The command `salver`: one verb, one file."""

from __future__ import annotations

import argparse
import os
import sys
from types import ModuleType
from typing import Final

from salver.cli import check, convert, graph, inspect, models, predict, serve, tensorflow_model_server
from salver.core.errors import Fault
from salver.version import __version__

VERBS: Final[tuple[ModuleType, ...]] = (serve, inspect, predict, convert, graph, models, check, tensorflow_model_server)
"""Each has NAME, HELP, EXAMPLES, `add_arguments(parser)` and `run(arguments) -> exit status`."""


def parser() -> argparse.ArgumentParser:
    """The whole grammar, from which the reference is made too."""
    top = argparse.ArgumentParser(
        prog="salver",
        description="Serves machine-learning models over the protocols that clients already speak.",
        epilog="Start with:  salver serve model.onnx",
    )
    top.add_argument("--version", action="version", version=f"salver {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.NAME,
            help=verb.HELP,
            description=verb.HELP,
            epilog=verb.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(sub)
        sub.set_defaults(run=verb.run)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb. Returns 0, 1 when it could not be done, 2 for a wrong command line, 130 for Ctrl-C."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == [tensorflow_model_server.NAME]:
        return tensorflow_model_server.main(given[1:])
    parsed = parser().parse_args(given)
    try:
        status = int(parsed.run(parsed))
        sys.stdout.flush()
        return status
    except Fault as fault:
        return _failed(parsed.verb, fault.message)
    except BrokenPipeError:
        # Whoever read our output has had enough. Python flushes once more at the end: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = "" if error.filename is None else f"'{error.filename}': "
        return _failed(parsed.verb, f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        return 130


def _failed(verb: str, message: str) -> int:
    print(f"salver {verb}: {message}", file=sys.stderr)
    return 1
