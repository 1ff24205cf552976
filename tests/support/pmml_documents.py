"""Small PMML documents for tests: a model element with the fields around it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from salver.formats.pmml.evaluator import PmmlEvaluator


def document(model: str, fields: Mapping[str, str]) -> str:
    """A document of one model element, the word SCHEMA in it standing for a MiningSchema of these fields.

    A field is its dataType, then the values that it lists as valid; a usage in front of a colon: `target:string u v`.
    """
    dictionary = "".join(_data_field(name, spec.rpartition(":")[2].split()) for name, spec in fields.items())
    mining = "".join(
        f'<MiningField name="{name}" usageType="{spec.rpartition(":")[0] or "active"}"/>'
        for name, spec in fields.items()
    )
    model = model.replace("SCHEMA", f"<MiningSchema>{mining}</MiningSchema>")
    return (
        f'<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>\n'
        f"<DataDictionary>{dictionary}</DataDictionary>\n{model}\n</PMML>"
    )


def evaluator(folder: Path, model: str, fields: Mapping[str, str]) -> PmmlEvaluator:
    """That document, opened."""
    path = folder / "model.pmml"
    path.write_text(document(model, fields), encoding="utf-8")
    return PmmlEvaluator(str(path))


def _data_field(name: str, words: list[str]) -> str:
    optype = "categorical" if words[0] in ("string", "boolean") or len(words) > 1 else "continuous"
    values = "".join(f'<Value value="{value}"/>' for value in words[1:])
    return f'<DataField name="{name}" optype="{optype}" dataType="{words[0]}">{values}</DataField>'
