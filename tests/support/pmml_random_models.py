"""Random PMML documents with rows to ask of them: strategies of hypothesis, for property tests.

Where the specification leaves an answer open, or engines differ, the documents do not ask: votes that tie, sums of
distributions that are nothing, values that could not be read and are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from pmml_random_expressions import OWN, boolean_expression, number_expression, text_expression
from pmml_random_fields import Column, Maker, array, column, element, row

_CLASSES = {"string": ("x", "y", "two words"), "integer": ("0", "1", "7")}
"""The target's classes, by its type."""
_WEIGHTS = ("1", "2", "4.5", "8.25")
"""No two sums of some of them are equal: weighed votes do not tie."""
_SCORES = ("-1.5", "0.1", "0.3", "2", "7.25")
_ORDER = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_OPPOSITES = (
    ("lessThan", "greaterOrEqual"),
    ("lessOrEqual", "greaterThan"),
    ("greaterThan", "lessOrEqual"),
    ("equal", "notEqual"),
)
_MISSING = ("none", "lastPrediction", "nullPrediction", "defaultChild")
_SPREADING = ("weightedConfidence", "aggregateNodes")


@dataclass(frozen=True)
class Generated:
    """A document and what to ask of it."""

    document: str
    rows: tuple[dict[str, Any], ...]
    fields: tuple[str, ...]
    """The names of what comes in."""


@dataclass(frozen=True)
class Place:
    """Where a model is made."""

    columns: tuple[Column, ...]
    """What it may read."""
    is_classification: bool
    target_type: str = "string"
    is_ordinal: bool = False
    depth: int = 0
    """How many models are around it."""
    needs_shares: bool = False
    """Whether somebody reads its probabilities."""

    @property
    def function(self) -> str:
        return "classification" if self.is_classification else "regression"

    @property
    def classes(self) -> tuple[str, ...]:
        return _CLASSES[self.target_type]


# Predicates.


def _simple(maker: Maker, columns: Sequence[Column]) -> str:
    field = maker.pick(columns)
    if maker.chance(15):
        return _predicate(field, maker.pick(("isMissing", "isNotMissing")), None)
    return _predicate(field, maker.pick(_operators(field)), maker.pick(field.values))


def _operators(field: Column) -> Sequence[str]:
    ordered = field.is_number or field.is_ordinal
    return ("equal", "notEqual", *_ORDER) if ordered else ("equal", "notEqual")


def _predicate(field: Column, operator: str, value: str | None) -> str:
    return element("SimplePredicate", {"field": field.name, "operator": operator, "value": value})


def _set(maker: Maker, columns: Sequence[Column]) -> str:
    field = maker.pick(columns)
    attributes = {"field": field.name, "booleanOperator": maker.pick(("isIn", "isNotIn"))}
    return element("SimpleSetPredicate", attributes, array(maker.some(field.values), field.type))


def _compound(maker: Maker, columns: Sequence[Column], depth: int) -> str:
    # A surrogate within another predicate is legal, but whether it costs confidence is not told.
    operators = ("and", "or", "xor") if depth else ("and", "or", "xor", "surrogate")
    parts = [predicate(maker, columns, depth + 1) for _ in range(maker.count(2, 3))]
    return element("CompoundPredicate", {"booleanOperator": maker.pick(operators)}, *parts)


def predicate(maker: Maker, columns: Sequence[Column], depth: int = 0) -> str:
    """Any predicate."""
    kind: str = maker.pick(("simple", "simple", "set", "compound" if depth < 2 else "set", "constant"))
    match kind:
        case "simple":
            return _simple(maker, columns)
        case "set":
            return _set(maker, columns)
        case "compound":
            return _compound(maker, columns, depth)
        case _:
            return element(maker.pick(("True", "True", "False")))


# Trees.


def tree(maker: Maker, place: Place, schema: str = "", output: str = "") -> str:
    """A TreeModel with any strategies."""
    spreads = place.is_classification and maker.chance(10)
    attributes: dict[str, str | None] = {
        "functionName": place.function,
        "missingValueStrategy": maker.pick(_SPREADING if spreads else _MISSING),
        "noTrueChildStrategy": maker.pick((None, "returnNullPrediction", "returnLastPrediction")),
        "missingValuePenalty": maker.pick((None, "0.8", "0.5")),
    }
    return element("TreeModel", attributes, schema, output, _Tree(maker, place, spreads).node(element("True"), 0))


class _Tree:
    def __init__(self, maker: Maker, place: Place, spreads: bool) -> None:
        self.maker, self.place, self.spreads = maker, place, spreads
        self.has_confidence = maker.chance(50)
        self.has_probability = maker.chance(20) and not spreads
        self.has_shares = place.needs_shares or spreads or maker.chance(70)

    def node(self, own_predicate: str, depth: int, name: str | None = None) -> str:
        maker = self.maker
        predicates = self._predicates() if depth == 0 or (depth < 3 and maker.chance(55)) else []
        ids = [maker.name("n") for _ in predicates]
        children = [self.node(each, depth + 1, id_) for each, id_ in zip(predicates, ids, strict=True)]
        attributes: dict[str, str | None] = {"id": name, "defaultChild": maker.pick(ids) if ids else None}
        shares: list[str] = []
        if self.place.is_classification and self.has_shares:
            classes = self.place.classes
            counts = [maker.count(0, 9) + number / 10 for number in range(1, len(classes) + 1)]
            attributes["recordCount"] = str(sum(counts))
            shares = [self._share(label, count, sum(counts)) for label, count in zip(classes, counts, strict=True)]
        if not shares or maker.chance(70):
            attributes["score"] = maker.pick(self.place.classes if self.place.is_classification else _SCORES)
        return element("Node", attributes, own_predicate, *shares, *children)

    def _share(self, label: str, count: float, total: float) -> str:
        confidence = str((count + 1) / (total + 3)) if self.has_confidence and not self.spreads else None
        probability = str((count + 2) / (total + 6)) if self.has_probability else None
        attributes = {"value": label, "recordCount": str(count), "confidence": confidence, "probability": probability}
        return element("ScoreDistribution", attributes)

    def _predicates(self) -> list[str]:
        """Of the children of a node."""
        maker = self.maker
        if self.spreads or maker.chance(50):
            field = maker.pick(self.place.columns)
            first, second = maker.pick(_OPPOSITES if field.is_number else _OPPOSITES[-1:])
            value = maker.pick(field.values)
            return [_predicate(field, first, value), _predicate(field, second, value)]
        return [predicate(maker, self.place.columns) for _ in range(maker.count(1, 3))]


# Regressions.


def regression(maker: Maker, place: Place, schema: str = "", output: str = "") -> str:
    """A RegressionModel with any normalization that fits."""
    numbers = [each for each in place.columns if each.is_number]
    others = [each for each in place.columns if not each.is_number]
    attributes: dict[str, str | None] = {"functionName": place.function}
    if not place.is_classification:
        attributes["normalizationMethod"] = maker.pick((None, "none", *_LINKS, "exp", "softmax"))
        return element("RegressionModel", attributes, schema, output, _table(maker, None, numbers, others))
    if place.is_ordinal:
        attributes["normalizationMethod"] = maker.pick((*_LINKS, "softmax"))
    elif maker.chance(15):
        attributes["normalizationMethod"] = "simplemax"
        numbers = []
    else:
        attributes["normalizationMethod"] = maker.pick(("none", "softmax", "logit"))
    tables = [_table(maker, label, numbers, others) for label in place.classes]
    return element("RegressionModel", attributes, schema, output, *tables)


_LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")


def _table(maker: Maker, label: str | None, numbers: Sequence[Column], others: Sequence[Column]) -> str:
    predictors = [
        element(
            "NumericPredictor",
            {
                "name": each.name,
                "exponent": maker.pick((None, None, "2", "3")),
                "coefficient": maker.pick(("0.001", "-0.002", "0")),
            },
        )
        for each in numbers
        if maker.chance(60)
    ]
    predictors += [
        element(
            "CategoricalPredictor",
            {"name": each.name, "value": value, "coefficient": maker.pick(("0.7", "1.3", "0.1"))},
        )
        for each in others
        for value in (maker.some(each.values) if maker.chance(60) else ())
    ]
    if len(numbers) > 1 and maker.chance(20):
        factors = [element("FieldRef", {"field": each.name}) for each in numbers[:2]]
        predictors.append(element("PredictorTerm", {"coefficient": "1e-6"}, *factors))
    intercept = maker.pick(("0.5", "1.25", "0.3"))
    return element("RegressionTable", {"intercept": intercept, "targetCategory": label}, *predictors)


# Models of models.


_NUMBER_METHODS = ("sum", "average", "weightedAverage", "weightedSum", "median", "max", "weightedMedian")
_CLASS_METHODS = ("majorityVote", "weightedMajorityVote", "average", "weightedAverage", "max", "median")
_CHOOSING = ("selectFirst", "modelChain")


def mining(maker: Maker, place: Place, schema: str = "", output: str = "") -> str:
    """A MiningModel of trees, regressions, and models of its own kind."""
    method = maker.pick((*(_CLASS_METHODS if place.is_classification else _NUMBER_METHODS), *_CHOOSING))
    attributes: dict[str, str | None] = {"multipleModelMethod": method}
    if method not in _CHOOSING and maker.chance(60):
        attributes["missingPredictionTreatment"] = maker.pick(("continue", "skipSegment", "returnMissing"))
        attributes["missingThreshold"] = maker.pick((None, "0.3", "0.6"))
    needs_shares = place.needs_shares or (
        place.is_classification and method not in ("majorityVote", "weightedMajorityVote")
    )
    place = replace(place, depth=place.depth + 1, needs_shares=needs_shares)
    count = maker.count(1, len(_WEIGHTS))
    weights = [maker.pick(_WEIGHTS)] if count == 1 else list(_WEIGHTS[:count])
    if method == "modelChain":
        segments = _chain(maker, place, count)
    else:
        segments = [_segment(maker, place, weight, model(maker, place, _schema_of(maker, place))) for weight in weights]
    return element(
        "MiningModel", {"functionName": place.function}, schema, output, element("Segmentation", attributes, *segments)
    )


def _segment(maker: Maker, place: Place, weight: str, its_model: str) -> str:
    when = predicate(maker, place.columns) if maker.chance(40) else element("True")
    attributes = {"id": maker.name("s") if maker.chance(50) else None, "weight": weight}
    return element("Segment", attributes, when, its_model)


def _chain(maker: Maker, place: Place, count: int) -> list[str]:
    """Segments of which each may read what those before it said; the last one answers."""
    segments = []
    for _ in range(count - 1):
        said = Column(maker.name("said"), "double", values=("0.1", "0.3", "2"))
        attributes = {"name": said.name, "optype": "continuous", "dataType": "double", "feature": "predictedValue"}
        output = element("Output", {}, element("OutputField", attributes))
        inner = replace(place, is_classification=False, is_ordinal=False, needs_shares=False)
        segments.append(_segment(maker, place, "1", model(maker, inner, _schema_of(maker, inner), output)))
        place = replace(place, columns=(*place.columns, said))
    return [*segments, element("Segment", {}, element("True"), model(maker, place, _schema_of(maker, place)))]


def _schema_of(maker: Maker, place: Place) -> str:
    """Of a segment; now and then it has something of its own for what is missing."""
    return element("MiningSchema", {}, *(_inner_field(maker, each) for each in place.columns))


def _inner_field(maker: Maker, column: Column) -> str:
    replacement = maker.pick(column.values) if maker.chance(10) else None
    return element("MiningField", {"name": column.name, "missingValueReplacement": replacement})


def model(maker: Maker, place: Place, schema: str, output: str = "") -> str:
    """Any model."""
    kinds = (tree, tree, regression, mining) if place.depth < 2 else (tree, tree, regression)
    return maker.pick(kinds)(maker, place, schema, output)


# Documents.


@st.composite
def documents(draw: DrawFn, kind: str = "any", rows: int = 12, derived: int = 0) -> Generated:
    """A document of a tree, regression, mining or any model, over up to so many derived fields."""
    maker = Maker(draw)
    columns = [column(maker) for _ in range(maker.count(2, 4))]
    transformations, more = _derived(maker, columns, maker.count(1, derived) if derived else 0)
    classification = maker.chance(50)
    ordinal = classification and kind in ("any", "regression") and maker.chance(25)
    # An ordinal target that nothing but an ordinal regression predicts would be nothing new.
    type_ = "integer" if classification and not ordinal and maker.chance(20) else "string"
    place = Place((*columns, *more), classification, type_, ordinal, needs_shares=maker.chance(50))
    schema = element("MiningSchema", {}, *(each.mining for each in columns), _TARGET)
    output = _output(maker, place) if maker.chance(70) else ""
    makes = {"tree": tree, "regression": regression, "mining": mining, "any": model}[kind]
    its_model = makes(maker, place, schema, output + _targets(maker, place))
    dictionary = element("DataDictionary", {}, *(each.data for each in columns), _target_field(place))
    text = f'<PMML xmlns="http://www.dmg.org/PMML-4_4">{dictionary}{transformations}{its_model}</PMML>'
    names = tuple(each.name for each in columns)
    return Generated(text, tuple(row(maker, columns) for _ in range(rows)), names)


_TARGET = element("MiningField", {"name": "target", "usageType": "target"})


def _target_field(place: Place) -> str:
    if not place.is_classification:
        return element("DataField", {"name": "target", "optype": "continuous", "dataType": "double"})
    optype = "ordinal" if place.is_ordinal else "categorical"
    values = [element("Value", {"value": label}) for label in place.classes]
    return element("DataField", {"name": "target", "optype": optype, "dataType": place.target_type}, *values)


def _derived(maker: Maker, columns: Sequence[Column], count: int) -> tuple[str, list[Column]]:
    """A TransformationDictionary; fields may read those before them."""
    made: list[Column] = []
    elements = []
    for _ in range(count):
        kind = maker.pick(_DERIVED)
        name = maker.name("derived")
        expression = kind[1](maker, [*columns, *made])
        attributes = {
            "name": name,
            "optype": "continuous" if kind[0] == "double" else "categorical",
            "dataType": kind[0],
        }
        elements.append(element("DerivedField", attributes, expression))
        made.append(Column(name, kind[0], values=kind[2]))
    return element("TransformationDictionary", {}, OWN, *elements), made


_BESIDE = ("-1.51", "0.001", "0.31", "1.01", "2.49")
"""Thresholds of computed numbers: none that the last bit of a sum decides."""
_DERIVED = (
    ("double", number_expression, _BESIDE),
    ("double", number_expression, _BESIDE),
    ("boolean", boolean_expression, ("true", "false")),
    ("string", text_expression, ("a", "B", "two words", "ab")),
)


def _targets(maker: Maker, place: Place) -> str:
    if not maker.chance(30):
        return ""
    if place.is_classification:
        priors = [
            element("TargetValue", {"value": label, "priorProbability": prior})
            for label, prior in zip(place.classes, ("0.2", "0.5", "0.3"), strict=True)
        ]
        return element("Targets", {}, element("Target", {"field": "target"}, *priors))
    attributes: dict[str, str | None] = {
        "field": "target",
        "min": maker.pick((None, "-1")),
        "max": maker.pick((None, "5")),
        "rescaleFactor": maker.pick((None, "2.5")),
        "rescaleConstant": maker.pick((None, "-0.125")),
        "castInteger": maker.pick((None, None, "round", "ceiling", "floor")),
    }
    default = element("TargetValue", {"defaultValue": "42"}) if maker.chance(50) else ""
    return element("Targets", {}, element("Target", attributes, default))


def _output(maker: Maker, place: Place) -> str:
    fields = [element("OutputField", {"name": "said", "feature": "predictedValue", "dataType": _type_of(place)})]
    if place.is_classification and place.needs_shares:
        fields += [
            element(
                "OutputField", {"name": f"p {label}", "feature": "probability", "value": label, "dataType": "double"}
            )
            for label in maker.some(place.classes)
        ]
    hidden = "false" if maker.chance(50) else None
    computed = element(
        "Apply", {"function": "isMissing"}, element("FieldRef", {"field": maker.pick(("said", "target"))})
    )
    attributes = {"name": "is missing", "feature": "transformedValue", "dataType": "boolean", "optype": "categorical"}
    fields.append(element("OutputField", {**attributes, "isFinalResult": hidden}, computed))
    again = element("FieldRef", {"field": "is missing"})
    fields.append(element("OutputField", {**attributes, "name": "again"}, again))
    attributes = {"name": "computed", "feature": "transformedValue", "dataType": "double", "optype": "continuous"}
    fields.append(element("OutputField", attributes, number_expression(maker, place.columns)))
    return element("Output", {}, *fields)


def _type_of(place: Place) -> str:
    return place.target_type if place.is_classification else "double"
