"""`salver inspect`: what a model file is, without serving it."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from salver.cli.style import bold, table
from salver.cli.views import DEFAULT_TREES, read_row, view_of
from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.embedded import Model, load
from salver.examples import body_for, curl_for, python_for
from salver.lifecycle.sources.layout import file_of
from salver.options import name_for
from salver.protocols.table import PREDICTING

NAME: Final = "inspect"
HELP: Final = "show a model's format, signatures, size and metadata, and an example request for each protocol"
EXAMPLES: Final = """examples:
  salver inspect model.onnx
  salver inspect app.py:predict --json
  salver inspect model.onnx --request tfserving | curl http://127.0.0.1:8501/v1/models/model:predict -d @-
  salver inspect model.pmml --trace '{"alcohol": 9.4, "pH": 3.2}'
  salver inspect model.pmml --trace @row.json --trees 20

Of a PMML document it also shows the fields with their rules, what the model is made of, what it was compiled to, and a
row with its answer. --trace follows one row through the document: what the schema did to it, the derived fields, the
path through each tree, the terms of each sum, the segments, the votes. A field that the row lacks is missing."""

_PROTOCOLS: Final = {protocol.name: protocol for protocol in PREDICTING}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model file, a folder of versions, or app.py:predict")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON document instead of text")
    form.add_argument("--request", choices=tuple(_PROTOCOLS), help="print nothing but a request body that it accepts")
    parser.add_argument(
        "--trace",
        metavar="ROW",
        help="print how the answer to one row comes about (PMML): a JSON object, @FILE, or - for standard input",
    )
    parser.add_argument(
        "--trees",
        type=int,
        metavar="N",
        help=f"trees of a forest that --trace shows; 0 for all (default: {DEFAULT_TREES})",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.trees is not None and arguments.trace is None:
        raise BadInput("--trees wants --trace")
    if arguments.trees is not None and arguments.trees < 0:
        raise BadInput(f"--trees must be at least 0, got {arguments.trees}")
    with load(arguments.model) as model:
        if arguments.trace is not None:
            _trace(arguments, model)
        elif arguments.request:
            print(body_for(_PROTOCOLS[arguments.request], model.signatures).decode())
        elif arguments.json:
            print(json.dumps(_facts(arguments.model, model), indent=2))
        else:
            _print(arguments.model, model)
    return 0


def _trace(arguments: argparse.Namespace, model: Model) -> None:
    view = view_of(model)
    if view is None:
        raise BadInput(f"--trace is for PMML, and '{arguments.model}' is {model.format}")
    if arguments.request:
        raise BadInput("--trace and --request are two questions: ask one")
    traced = view.trace(read_row(arguments.trace), DEFAULT_TREES if arguments.trees is None else arguments.trees)
    print(json.dumps(traced.facts(), indent=2) if arguments.json else "\n".join(traced.lines()))


def _facts(target: str, model: Model) -> dict[str, Any]:
    view = view_of(model)
    return {
        "model": target,
        "format": model.format,
        "bytes": _size(model),
        "metadata": dict(model.metadata),
        "signatures": {name: _signature(signature) for name, signature in model.signatures.items()},
        "examples": {protocol.name: json.loads(body_for(protocol, model.signatures)) for protocol in PREDICTING},
        **({} if view is None else {model.format: view.facts()}),
    }


def _signature(signature: Signature) -> dict[str, Any]:
    def specs(part: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _spec(spec) for name, spec in part.items()}

    return {
        "inputs": specs(signature.inputs),
        "outputs": specs(signature.outputs),
        "optional": list(signature.defaults),
        "batched": signature.batched,
    }


def _spec(spec: TensorSpec) -> dict[str, Any]:
    told: dict[str, Any] = {"dtype": spec.dtype, "shape": None if spec.shape is None else list(spec.shape)}
    return {**told, "domain": spec.domain.described()} if spec.domain is not None else told


def _note(name: str, spec: TensorSpec, signature: Signature) -> str:
    """What is to be said of an input beside its dtype and shape."""
    words = ["optional"] if name in signature.defaults else []
    return "; ".join(words + ([str(spec.domain)] if spec.domain is not None and str(spec.domain) else []))


def _print(target: str, model: Model) -> None:
    print(f"{bold(target, sys.stdout)}: {model.format}, {_size(model):,} bytes")
    for key, value in model.metadata.items():
        print(f"  {key}: {value}")
    for name, signature in model.signatures.items():
        print(f"\nsignature {bold(name, sys.stdout)}" + (" (rows in batches)" if signature.batched else ""))
        rows = [("  input", n, str(s), _note(n, s, signature)) for n, s in signature.inputs.items()]
        rows += [("  output", n, str(s), "") for n, s in signature.outputs.items()]
        print(table(rows))
    view = view_of(model)
    for line in () if view is None else ("", *view.lines()):
        print(line)
    print(f"\n{bold('embedded', sys.stdout)}\n{python_for(target, model.signatures)}")
    for protocol in PREDICTING:
        print(f"\n{bold(protocol.title, sys.stdout)}, once `salver serve {shlex.quote(target)}` runs")
        print(curl_for(protocol, name_for(target), model.signatures, "http://127.0.0.1:8501", target))


def _size(model: Model) -> int:
    """Bytes of the model's file, or of all files of its folder where the folder is the model."""
    root = Path(file_of(model.path))
    if model.format == "savedmodel":
        root = root.parent
    if not root.is_dir():
        return root.stat().st_size if root.exists() else 0
    return sum(Path(folder, name).stat().st_size for folder, _, names in os.walk(root) for name in names)
