"""A plain, slow interpreter of PMML, to hold a fast engine against: a row in, an answer out, by walking the elements
of the document as the specification says, without anything prepared.

Trees, regressions and models of models, with their schemas, transformations, targets and outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pmml_interpreter_models as models
from pmml_interpreter_expressions import convert, evaluate, within
from pmml_interpreter_trees import Answer, largest, predicate_of, test, tree
from pmml_interpreter_values import Refused, Value, Variable, child, children, read, tag, write

INPUTS = ("active", "group", "order", "frequencyWeight", "analysisWeight")
TARGETS = ("target", "predicted")
Making = Callable[[], Variable]


class Names:
    """What names mean in one row, where a model stands: its own, then those around it."""

    def __init__(self, around: Names | None = None) -> None:
        self.around = around
        self.known: dict[str, Variable] = {}
        self.makings: dict[str, Making] = {}

    def __call__(self, name: str) -> Variable:
        if name in self.known:
            return self.known[name]
        if name in self.makings:
            self.known[name] = self.makings[name]()
            return self.known[name]
        assert self.around is not None, name
        return self.around(name)


class Interpreter:
    """One document."""

    def __init__(self, document: str) -> None:
        root = ElementTree.fromstring(document)
        self.model = next(model for model in children(root, *models.MODELS) if model.get("isScorable") != "false")
        dictionary = child(root, "DataDictionary")
        assert dictionary is not None
        self.fields = {field.attrib["name"]: field for field in children(dictionary, "DataField")}
        self.transformations = child(root, "TransformationDictionary")
        functions = [] if self.transformations is None else children(self.transformations, "DefineFunction")
        self.functions = {function.attrib["name"]: function for function in functions}

    def has_doubts(self, row: Mapping[str, Any]) -> bool:
        """Whether a row has a value that makes it one that must not be answered, should it be looked at."""
        for mining in _inputs(self.model):
            try:
                treated(row.get(mining.attrib["name"]), self.fields[mining.attrib["name"]], mining)
            except Refused:
                return True
        return False

    def answer(self, row: Mapping[str, Any]) -> Answer:
        """What the document says of a row: its target and outputs in `outputs`.

        Raises Refused for a value that must not be answered for, where it is looked at."""
        names = Names()
        for mining in _inputs(self.model):
            name = mining.attrib["name"]
            names.makings[name] = partial(treated, row.get(name), self.fields[name], mining)
        if self.transformations is not None:
            self._derive(self.transformations, names)
        answer = self._answer(self.model, names)
        target = self._target(self.model)
        return replace(answer, outputs={target or "_target": answer.value, **answer.outputs})

    def _answer(self, model: Element, names: Names) -> Answer:
        """A model's answer, its fields being known. Its outputs are left in the names around it."""
        local = child(model, "LocalTransformations")
        if local is not None:
            self._derive(local, names)
        return self._with_outputs(model, self._with_targets(model, self._raw(model, names)), names)

    def _raw(self, model: Element, names: Names) -> Answer:
        match tag(model):
            case "TreeModel":
                return tree(model, names, lambda text: self._label(model, text))
            case "RegressionModel":
                field = self._target_field(model)
                is_ordinal = field is not None and field.get("optype") == "ordinal"
                return models.regression(model, names, lambda text: self._label(model, text), is_ordinal=is_ordinal)
            case _:
                return self._segmented(model, names)

    # Names.

    def _derive(self, container: Element, names: Names) -> None:
        for element in children(container, "DerivedField"):
            names.makings[element.attrib["name"]] = self._making(element, names)

    def _making(self, element: Element, names: Names) -> Making:
        def make() -> Variable:
            value = evaluate(children(element)[-1], names, self.functions)
            return Variable(convert(value, element.attrib["dataType"]), element.attrib["dataType"])

        return make

    def _target(self, model: Element) -> str:
        for mining in _schema(model):
            if mining.get("usageType") in TARGETS:
                return mining.attrib["name"]
        return ""

    def _target_field(self, model: Element) -> Element | None:
        """What a model predicts; where it does not tell, what the outermost does."""
        field = self.fields.get(self._target(model))
        return self.fields.get(self._target(self.model)) if field is None else field

    def _label(self, model: Element, text: str) -> Value:
        """A class, as a value of the target's type."""
        field = self._target_field(model)
        return read(text, "string" if field is None else field.attrib["dataType"])

    # Segments.

    def _segmented(self, model: Element, names: Names) -> Answer:
        segmentation = child(model, "Segmentation")
        assert segmentation is not None
        method = segmentation.attrib["multipleModelMethod"]
        answers: list[tuple[Answer, float]] = []
        for number, segment in enumerate(children(segmentation, "Segment"), start=1):
            inner = children(segment, *models.MODELS)[0]
            if test(predicate_of(segment), names) is not True:
                self._leave_out(inner, names)
                continue
            answer = self._inner(inner, names)
            answers.append((answer, float(segment.get("weight", "1"))))
            if method == "selectFirst":
                return replace(answer, entity=segment.get("id", str(number)))
        if method == "modelChain":
            return answers[-1][0] if answers else Answer()
        if not answers:
            return Answer()
        joint = models.joint(method, segmentation, answers, of_classes=model.attrib["functionName"] == "classification")
        return replace(joint, is_tied=joint.is_tied or any(answer.is_tied for answer, _ in answers))

    def _inner(self, model: Element, around: Names) -> Answer:
        names = Names(around)
        for mining in _inputs(model):
            name = mining.attrib["name"]
            replacement = mining.get("missingValueReplacement")
            if replacement is not None and around(name).value is None:
                type_ = around(name).type
                names.known[name] = Variable(read(replacement, type_), type_, around(name).levels)
        answer = self._answer(model, names)
        output = child(model, "Output")
        for field in () if output is None else children(output, "OutputField"):
            around.known[field.attrib["name"]] = names(field.attrib["name"])
        return replace(answer, outputs={})

    def _leave_out(self, model: Element, around: Names) -> None:
        """A segment that takes no part says that everything is missing."""
        output = child(model, "Output")
        for field in () if output is None else children(output, "OutputField"):
            around.known[field.attrib["name"]] = Variable(None, field.get("dataType", "double"))

    # Afterwards.

    def _with_targets(self, model: Element, answer: Answer) -> Answer:
        targets = child(model, "Targets")
        if targets is None:
            return answer
        target = children(targets, "Target")[0]
        values = children(target, "TargetValue")
        if answer.value is None:
            default = next((value.get("defaultValue") for value in values if "defaultValue" in value.attrib), None)
            priors = {
                self._label(model, value.attrib["value"]): float(value.attrib["priorProbability"])
                for value in values
                if "priorProbability" in value.attrib
            }
            instead = largest(priors) if priors else Answer(None if default is None else float(default))
            return replace(instead, is_tied=answer.is_tied)
        if answer.probability is None and isinstance(answer.value, float):
            return replace(answer, value=_rescaled(answer.value, target))
        return answer

    def _with_outputs(self, model: Element, answer: Answer, names: Names) -> Answer:
        output = child(model, "Output")
        if output is None:
            return answer
        target = self._target(model)
        scope = Names(names)
        if target:
            field = self.fields.get(target)
            scope.known[target] = Variable(answer.value, "double" if field is None else field.attrib["dataType"])
        for element in children(output, "OutputField"):
            type_ = element.get("dataType")
            variable = Variable(convert(self._feature(model, element, answer, scope), type_), type_ or "double")
            names.known[element.attrib["name"]] = scope.known[element.attrib["name"]] = variable
            if element.get("isFinalResult", "true") == "true":
                answer.outputs[element.attrib["name"]] = variable.value
        return answer

    def _feature(self, model: Element, element: Element, answer: Answer, names: Names) -> Value:
        match element.get("feature", "predictedValue"):
            case "predictedValue":
                return answer.value
            case "probability":
                value = element.get("value")
                label = answer.value if value is None else self._label(model, value)
                return None if answer.probability is None else answer.probability.get(label, 0.0)
            case "confidence":
                label = self._label(model, element.attrib["value"])
                return None if answer.confidence is None else answer.confidence.get(label)
            case "entityId":
                return answer.entity
            case _:
                return evaluate(children(element)[-1], names, self.functions)


def _schema(model: Element) -> list[Element]:
    schema = child(model, "MiningSchema")
    assert schema is not None
    return children(schema, "MiningField")


def _inputs(model: Element) -> list[Element]:
    return [mining for mining in _schema(model) if mining.get("usageType", "active") in INPUTS]


def _rescaled(value: float, target: Element) -> float:
    value = max(value, float(target.get("min", "-inf")))
    value = min(value, float(target.get("max", "inf")))
    value = value * float(target.get("rescaleFactor", "1")) + float(target.get("rescaleConstant", "0"))
    match target.get("castInteger"):
        case "round":
            return float(math.floor(value + 0.5))
        case "ceiling":
            return float(math.ceil(value))
        case "floor":
            return float(math.floor(value))
    return value


# What comes in.


def treated(raw: Any, field: Element, mining: Element) -> Variable:
    """A value of a request as the model sees it. Raises Refused."""
    type_ = field.attrib["dataType"]
    listed = {kind: _listed(field, kind) for kind in ("valid", "invalid", "missing")}
    levels = tuple(read(text, type_) for text in listed["valid"])
    if raw is None or raw != raw or any(_is_same(raw, text, type_) for text in listed["missing"]):
        return Variable(_instead(mining, type_), type_, levels)
    try:
        value = read(raw, type_)
    except ValueError:
        return _invalid(raw, mining, type_, levels, is_junk=True)
    if value is None:
        return Variable(_instead(mining, type_), type_, levels)
    intervals = children(field, "Interval")
    is_free = not levels and not intervals
    is_valid = is_free or value in levels or any(within(value, interval) for interval in intervals)
    if not is_valid or any(_is_same(value, text, type_) for text in listed["invalid"]):
        return _invalid(value, mining, type_, levels, is_junk=False)
    value = _inlier(value, mining)
    return Variable(_instead(mining, type_) if value is None else value, type_, levels)


def _listed(field: Element, kind: str) -> list[str]:
    return [value.attrib["value"] for value in children(field, "Value") if value.get("property", "valid") == kind]


def _is_same(value: Any, text: str, type_: str) -> bool:
    if write(value) == text:
        return True
    try:
        return bool(type_ != "string" and read(value, type_) == read(text, type_))
    except ValueError:
        return False


def _instead(mining: Element, type_: str) -> Value:
    """What stands in for a missing value."""
    if mining.get("missingValueTreatment") == "returnInvalid":
        raise Refused
    return read(mining.get("missingValueReplacement"), type_)


def _invalid(value: Any, mining: Element, type_: str, levels: tuple[Value, ...], *, is_junk: bool) -> Variable:
    match mining.get("invalidValueTreatment", "returnInvalid"):
        case "asIs":
            return Variable(value, type_, levels, is_junk)
        case "asMissing":
            return Variable(_instead(mining, type_), type_, levels)
        case "asValue":
            return Variable(read(mining.attrib["invalidValueReplacement"], type_), type_, levels)
        case _:
            raise Refused


def _inlier(value: Value, mining: Element) -> Value:
    treatment = mining.get("outliers", "asIs")
    low, high = float(mining.get("lowValue", "-inf")), float(mining.get("highValue", "inf"))
    if treatment == "asIs" or low <= value <= high:
        return value
    return None if treatment == "asMissingValues" else low if value < low else high
