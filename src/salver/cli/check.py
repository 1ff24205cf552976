"""`salver check`: whether a configuration says what it must, and whether its models load. Serves nothing."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from salver.build import build
from salver.cli.style import table
from salver.core.calls import ModelDescription
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.metrics import Metrics
from salver.options import ServerOptions, read_options

NAME: Final = "check"
HELP: Final = "read a configuration and load its models once, without serving them"
EXAMPLES: Final = "examples:\n  salver check config.yaml\n  salver check config.yaml --syntax-only"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a configuration in YAML")
    parser.add_argument("--syntax-only", action="store_true", help="do not load the models")
    parser.add_argument("--timeout-s", type=float, default=600.0, help="seconds to wait for the models (default: 600)")


def run(arguments: argparse.Namespace) -> int:
    options = read_options(arguments.config)
    print(
        f"{arguments.config}: {len(options.models)} models" + (f", folder {options.folder}" if options.folder else "")
    )
    if arguments.syntax_only:
        return 0
    models, ready, reason = asyncio.run(_load(options, arguments.timeout_s))
    rows = [row for model in models for row in _rows(model)]
    if rows:
        print(table(rows))
    if not ready:
        print(f"salver check: {reason}", file=sys.stderr)
    return 0 if ready else 1


async def _load(options: ServerOptions, timeout_s: float) -> tuple[tuple[ModelDescription, ...], bool, str]:
    with tempfile.TemporaryDirectory() as state_dir:
        server = build(options, WishesFile(Path(state_dir, "wishes.json")), Metrics())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.manager.run())
            readiness = await server.manager.wait_ready(timeout_s)
            models = server.manager.describe().models
            await server.manager.aclose()
    return models, readiness.ready, readiness.reason


def _rows(model: ModelDescription) -> list[tuple[str, ...]]:
    if not model.versions:
        return [(f"  {model.model}", "-", model.error or "no version")]
    return [(f"  {model.model}", str(v.version), v.error or f"{v.state.value} ({v.format})") for v in model.versions]
