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
from salver.core.signature import Signature
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
  salver inspect model.onnx --request tfserving | curl http://127.0.0.1:8501/v1/models/model:predict -d @-"""

_PROTOCOLS: Final = {protocol.name: protocol for protocol in PREDICTING}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model file, a folder of versions, or app.py:predict")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON document instead of text")
    form.add_argument("--request", choices=tuple(_PROTOCOLS), help="print nothing but a request body that it accepts")


def run(arguments: argparse.Namespace) -> int:
    with load(arguments.model) as model:
        if arguments.request:
            print(body_for(_PROTOCOLS[arguments.request], model.signatures).decode())
        elif arguments.json:
            print(json.dumps(_facts(arguments.model, model), indent=2))
        else:
            _print(arguments.model, model)
    return 0


def _facts(target: str, model: Model) -> dict[str, Any]:
    return {
        "model": target,
        "format": model.format,
        "bytes": _size(model),
        "metadata": dict(model.metadata),
        "signatures": {name: _signature(signature) for name, signature in model.signatures.items()},
        "examples": {protocol.name: json.loads(body_for(protocol, model.signatures)) for protocol in PREDICTING},
    }


def _signature(signature: Signature) -> dict[str, Any]:
    def specs(part: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {"dtype": s.dtype, "shape": None if s.shape is None else list(s.shape)} for name, s in part.items()
        }

    return {
        "inputs": specs(signature.inputs),
        "outputs": specs(signature.outputs),
        "optional": list(signature.defaults),
        "batched": signature.batched,
    }


def _print(target: str, model: Model) -> None:
    print(f"{bold(target, sys.stdout)}: {model.format}, {_size(model):,} bytes")
    for key, value in model.metadata.items():
        print(f"  {key}: {value}")
    for name, signature in model.signatures.items():
        print(f"\nsignature {bold(name, sys.stdout)}" + (" (rows in batches)" if signature.batched else ""))
        rows = [
            ("  input", n, str(s), "optional" if n in signature.defaults else "") for n, s in signature.inputs.items()
        ]
        rows += [("  output", n, str(s), "") for n, s in signature.outputs.items()]
        print(table(rows))
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
