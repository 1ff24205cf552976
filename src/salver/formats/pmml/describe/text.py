"""A document's facts as lines of text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from salver.formats.pmml.describe.document import DocumentFacts
from salver.formats.pmml.describe.fields import FieldFacts, OutputFacts, TargetFacts
from salver.formats.pmml.describe.shape import Part, Shape

Heading: TypeAlias = Callable[[str], str]
"""Makes a heading stand out."""

_MAX_VALUES: Final = 6
_MAX_PARTS: Final = 20


def lines_of(facts: DocumentFacts, heading: Heading = str) -> Iterator[str]:
    """The whole description, line by line."""
    yield f"{heading('model')}, loaded in {facts.load_s * 1000:.0f} ms"
    yield from _shape(facts.shape, "  ")
    if facts.derived or facts.functions:
        functions = f", functions {', '.join(facts.functions)}" if facts.functions else ""
        yield f"  {facts.derived} derived fields of the whole document{functions}"
    if facts.verified_rows:
        yield f"  {facts.verified_rows} rows of its own verification held"
    for other in facts.other_models:
        yield f"  not answering: {other}"
    yield ""
    yield heading("compiled to")
    yield from (f"  {line}" for line in facts.compiled)
    yield ""
    yield heading("fields")
    yield from columns([_field(field) for field in facts.inputs])
    yield ""
    yield heading("predicts")
    yield from columns([_target(target) for target in facts.targets])
    if facts.outputs:
        yield ""
        yield heading("puts out")
        yield from columns([_output(output) for output in facts.outputs])
    yield ""
    yield heading("example")
    yield f"  {_json(facts.example)}"
    yield f"  {_json(facts.answer)}"


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Cells below each other, indented."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _field(field: FieldFacts) -> tuple[str, ...]:
    usage = "" if field.usage == "active" else field.usage
    rules = filter(
        None, (usage, _missing(field), _invalid(field), _outliers(field), field.label and f"'{field.label}'")
    )
    return field.name, f"{field.optype} {field.type}", _values(field), "; ".join(rules)


def _values(field: FieldFacts) -> str:
    words = [" or ".join(field.intervals)] if field.intervals else []
    if field.valid:
        words.append(_some(field.valid))
    if field.invalid:
        words.append(f"not {_some(field.invalid)}")
    return ", ".join(words) or "any"


def _some(values: tuple[Any, ...]) -> str:
    more = f", ... ({len(values)} in all)" if len(values) > _MAX_VALUES else ""
    return ", ".join(map(repr, values[:_MAX_VALUES])) + more


def _missing(field: FieldFacts) -> str:
    means = f"{_some(field.means_missing)} and missing" if field.means_missing else "missing"
    if field.missing_treatment == "returnInvalid":
        return f"{means}: refused"
    if field.missing_replacement is not None:
        why = "" if field.missing_treatment == "asIs" else f" ({field.missing_treatment})"
        return f"{means}: {field.missing_replacement}{why}"
    return f"{means}: stays so" if field.means_missing else ""


def _invalid(field: FieldFacts) -> str:
    match field.invalid_treatment:
        case "asIs":
            return "invalid: kept"
        case "asMissing":
            return "invalid: missing"
        case "asValue":
            return f"invalid: {field.invalid_replacement}"
        case _:
            return "invalid: refused" if field.valid or field.invalid or field.intervals else ""


def _outliers(field: FieldFacts) -> str:
    margins = f"[{_number(field.low, '-inf')}, {_number(field.high, 'inf')}]"
    if field.outliers == "asExtremeValues":
        return f"outliers: clamped to {margins}"
    return f"outliers: missing outside {margins}" if field.outliers == "asMissingValues" else ""


def _number(value: float | None, default: str) -> str:
    return default if value is None else f"{value:g}"


def _target(target: TargetFacts) -> tuple[str, ...]:
    rules = [f"{name} {value}" for name, value in target.rules.items()]
    if target.default is not None:
        rules.append(f"missing: {target.default}")
    if target.priors:
        rules.append("missing: " + ", ".join(f"{value} {share}" for value, share in target.priors.items()))
    if target.displays:
        rules.append("shown as " + ", ".join(f"{shown} ({value})" for value, shown in target.displays.items()))
    return (
        target.name or "(no name)",
        f"{target.optype} {target.type}",
        _some(target.values) if target.values else "",
        "; ".join(rules),
    )


def _output(output: OutputFacts) -> tuple[str, ...]:
    reads = " ".join(f"{name}={value}" for name, value in output.reads.items())
    shown = "" if output.is_final else "not final"
    return output.name, output.type, output.feature, reads, output.expression, shown


def _shape(shape: Shape, indent: str) -> Iterator[str]:
    words = [
        shape.element,
        shape.name and f"'{shape.name}'",
        shape.function,
        shape.algorithm and f"({shape.algorithm})",
    ]
    yield f"{indent}{' '.join(filter(None, words))}, line {shape.line}"
    if shape.facts:
        yield f"{indent}  {', '.join(f'{name} {_fact(value)}' for name, value in shape.facts.items())}"
    for part in shape.parts[:_MAX_PARTS]:
        if part.id:
            yield f"{indent}  {_part(part)}"
        yield from _shape(part.shape, indent + "    ")
    if len(shape.parts) > _MAX_PARTS:
        yield f"{indent}  ... and {len(shape.parts) - _MAX_PARTS} more segments"


def _part(part: Part) -> str:
    weight = "" if part.weight is None else f", weight {part.weight:g}"
    return f"segment {part.id}{weight}{f', where {part.predicate}' if part.predicate else ''}"


def _fact(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
