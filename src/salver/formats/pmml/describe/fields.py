"""The fields of a document as plain data: what comes in under which rules, what is predicted, what is put out.

Specification: DataDictionary, MiningSchema, Targets, Output.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.document import Document
from salver.formats.pmml.element import Element
from salver.formats.pmml.outputs import is_final
from salver.formats.pmml.submodel import Compiled
from salver.formats.pmml.treatment import MiningField, read_schema
from salver.formats.pmml.values import shown_as

_TARGET_RULES: Final = ("min", "max", "rescaleFactor", "rescaleConstant", "castInteger")
_OUTPUT_READS: Final = (
    "value",
    "rank",
    "rankBasis",
    "rankOrder",
    "ruleFeature",
    "algorithm",
    "segmentId",
    "targetField",
)


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """A field that comes in. Empty where the document says nothing."""

    name: str
    type: str
    optype: str
    usage: str
    label: str
    """Its displayName."""
    valid: tuple[Any, ...]
    invalid: tuple[Any, ...]
    means_missing: tuple[str, ...]
    """Texts that mean that there is no value."""
    intervals: tuple[str, ...]
    invalid_treatment: str
    invalid_replacement: str | None
    missing_treatment: str
    missing_replacement: str | None
    outliers: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is predicted, and what becomes of it before anybody sees it."""

    name: str
    type: str
    optype: str
    values: tuple[Any, ...]
    rules: dict[str, str] = field(default_factory=dict)
    """The attributes of its Target element, as they are written."""
    default: str | None = None
    """What stands for a missing prediction."""
    priors: dict[str, str] = field(default_factory=dict)
    displays: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """An OutputField."""

    name: str
    feature: str
    type: str
    is_final: bool
    reads: dict[str, str]
    """Which class, entity, rank or segment it reads, as it is written."""
    expression: str
    """The element that computes it, where one does."""


def input_facts(document: Document) -> tuple[FieldFacts, ...]:
    """The fields of the model's schema that requests bring."""
    schema = read_schema(document.model.element)
    return tuple(_field(entry.data, schema[entry.data.name]) for entry in document.door.inputs)


def _field(data: DataField, mining: MiningField) -> FieldFacts:
    return FieldFacts(
        data.name,
        data.type,
        mining.optype or data.optype,
        mining.usage,
        data.display,
        tuple(shown_as(value, data.type) for value in data.valid),
        tuple(shown_as(value, data.type) for value in data.invalid if value == value),
        tuple(sorted(data.missing)),
        tuple(map(str, data.intervals)),
        mining.invalid,
        mining.invalid_replacement,
        mining.missing,
        mining.replacement,
        mining.outliers,
        mining.low,
        mining.high,
    )


def target_facts(model: Compiled) -> tuple[TargetFacts, ...]:
    """The targets of a model, the first one first."""
    others: dict[str, Any] = getattr(model.kernel, "other_targets", {})
    return tuple(_target(target, _rules_of(model, target.name)) for target in (model.target, *others.values()))


def _rules_of(model: Compiled, name: str) -> Element | None:
    targets = model.element.first("Targets")
    named = targets.all("Target") if targets is not None else ()
    return next((rules for rules in named if rules.get("field", name) == name or not name), None)


def _target(target: Any, rules: Element | None) -> TargetFacts:
    values = tuple(shown_as(value, target.type) for value in target.levels)
    if rules is None:
        return TargetFacts(target.name, target.type, target.optype, values)
    told = list(rules.all("TargetValue"))
    return TargetFacts(
        target.name,
        target.type,
        target.optype,
        values,
        {name: rules.get(name) for name in _TARGET_RULES if name in rules.attributes},
        next((value.get("defaultValue") for value in told if "defaultValue" in value.attributes), None),
        _by_value(told, "priorProbability"),
        _by_value(told, "displayValue"),
    )


def _by_value(told: list[Element], attribute: str) -> dict[str, str]:
    return {value.get("value"): value.get(attribute) for value in told if attribute in value.attributes}


def output_facts(model: Compiled) -> tuple[OutputFacts, ...]:
    """The OutputFields of a model itself, in order."""
    output = model.element.first("Output")
    return tuple(_output(element, model) for element in output.all("OutputField")) if output is not None else ()


def _output(element: Element, model: Compiled) -> OutputFacts:
    expression = next((child.tag for child in element.children if child.tag not in ("Decisions", "Value")), "")
    return OutputFacts(
        element.get("name"),
        element.get("feature") or ("transformedValue" if expression else "predictedValue"),
        model.outputs[element.get("name")].type,
        is_final(element),
        {name: element.get(name) for name in _OUTPUT_READS if name in element.attributes},
        expression,
    )
