"""`salver check`: whether a configuration says what it must, and whether its models load. Serves nothing."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from salver.build import build
from salver.cli.style import table
from salver.core.calls import ModelDescription
from salver.core.errors import BadInput, Fault
from salver.lifecycle.manager import Manager
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.metrics import Metrics
from salver.opening.place import graph_at
from salver.options import ServerOptions, options_for, read_options
from salver.server import endpoints
from salver.transports.endpoints import Tcp, Unix
from salver.transports.tls import context_of

NAME: Final = "check"
HELP: Final = "read a configuration, or a graph, and load its models once, without serving them"
EXAMPLES: Final = (
    "examples:\n  salver check config.yaml\n  salver check config.yaml --syntax-only\n  salver check wine.graph.yaml"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a configuration, a graph or a SeldonDeployment, in YAML")
    parser.add_argument("--syntax-only", action="store_true", help="do not load the models")
    parser.add_argument("--timeout-s", type=float, default=600.0, help="seconds to wait for the models (default: 600)")


def run(arguments: argparse.Namespace) -> int:
    options = _options(arguments.config)
    if not options.models and options.folder is None:
        raise BadInput(f"{arguments.config}: neither models nor a folder of models: there is nothing to serve")
    count = "1 model" if len(options.models) == 1 else f"{len(options.models)} models"
    print(f"{arguments.config}: {count}" + (f", folder {options.folder}" if options.folder else ""))
    if arguments.syntax_only:
        return 0
    for place in endpoints(options):
        if isinstance(place, Tcp | Unix) and place.tls is not None:
            context_of(place.tls)
    models, problems = asyncio.run(_load(options, arguments.timeout_s))
    rows = [row for model in models for row in _rows(model)]
    if rows:
        print(table(rows))
    for problem in problems:
        print(f"salver check: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _options(path: str) -> ServerOptions:
    """Those of a configuration, or of a graph, which is read here once without its models."""
    if graph_at(path) is None:
        return read_options(path)
    # What reads graphs is imported for them alone: other verbs start sooner without it.
    from salver.opening.outline import outline

    outline(Path(path))
    return options_for(path)


async def _load(options: ServerOptions, timeout_s: float) -> tuple[tuple[ModelDescription, ...], list[str]]:
    """The models once each is as it is wanted, or cannot be, and what is wrong with them."""
    with tempfile.TemporaryDirectory() as state_dir:
        server = build(replace(options, onnx_threads=-1), WishesFile(Path(state_dir, "wishes.json")), Metrics())
        manager = server.manager
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(manager.run())
            try:
                async with asyncio.timeout(timeout_s):
                    readiness = await manager.wait_ready(timeout_s)
                    problems = [problem for model in manager.models() if (problem := await _problem(manager, model))]
            except TimeoutError:
                problems = [f"the models are not loaded after {timeout_s:g} s"]
            else:
                problems = problems or ([] if readiness.ready else [readiness.reason])
            models = manager.describe().models
            await manager.aclose()
    return models, problems


async def _problem(manager: Manager, model: str) -> str:
    try:
        await manager.settled(model)
    except Fault as fault:
        return fault.message
    return ""


def _rows(model: ModelDescription) -> list[tuple[str, ...]]:
    if not model.versions:
        return [(f"  {model.model}", "-", model.error or "no version")]
    return [(f"  {model.model}", str(v.version), v.error or f"{v.state.value} ({v.format})") for v in model.versions]
