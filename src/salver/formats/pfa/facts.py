"""What a document says of itself, and how it is run: for metadata and `salver inspect`."""

from __future__ import annotations

from typing import Any

from salver.formats.pfa.engine import Engine
from salver.formats.pfa.options import PfaOptions


def facts_of(engine: Engine, options: PfaOptions, state_file: Any) -> dict[str, str]:
    """Texts by name; what there is nothing to say of is left out."""
    program = engine.prepared.program
    document = program.document
    written = sorted(f"{kind} {name}" for kind, name in program.writes)
    if document.method == "fold":
        written.append("tally")
    kept = "kept: rows are answered in order, by one engine" + (
        " in each worker" if options.engines == "worker" else ""
    )
    facts = {
        "name": document.name,
        "doc": document.doc,
        "version": "" if document.version is None else str(document.version),
        "method": document.method,
        "input": repr(program.input),
        "output": repr(program.output),
        "state": kept if program.stateful else "none: rows are answered in any order",
        "writes": ", ".join(written),
        "random": "yes" if "random" in program.uses else "",
        "state_file": "" if state_file is None else str(state_file.path),
        **{f"metadata.{name}": text for name, text in document.metadata.items()},
    }
    return {name: text for name, text in facts.items() if text}
