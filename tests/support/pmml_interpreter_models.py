"""PMML's regressions and models of models, evaluated for one row by walking their elements. Specification:
RegressionModel, MiningModel."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from xml.etree.ElementTree import Element

from pmml_interpreter_expressions import Names
from pmml_interpreter_trees import Answer, Shares, largest, proportions
from pmml_interpreter_values import Refused, Value, children, read

MODELS = ("TreeModel", "RegressionModel", "MiningModel")

# Regression.


def regression(model: Element, names: Names, read_label: Callable[[str], Value], *, is_ordinal: bool) -> Answer:
    tables = children(model, "RegressionTable")
    raw = [_table(table, names) for table in tables]
    if any(value is None for value in raw):
        return Answer()
    scores = [value for value in raw if value is not None]
    normalization = model.get("normalizationMethod", "none")
    if model.attrib["functionName"] == "regression":
        return Answer(_LINKS[{"softmax": "logit"}.get(normalization, normalization)](scores[0]))
    labels = [read_label(table.attrib["targetCategory"]) for table in tables]
    try:
        shares = _class_shares(scores, normalization, is_ordinal=is_ordinal)
    except ZeroDivisionError:
        return Answer(is_tied=True)
    answer = largest(dict(zip(labels, shares, strict=True)))
    # Of infinite sums nobody says what becomes.
    answer.is_tied |= not all(map(math.isfinite, scores))
    return answer


def _table(table: Element, names: Names) -> float | None:
    total = float(table.attrib["intercept"])
    for predictor in children(table, "NumericPredictor"):
        variable = names(predictor.attrib["name"])
        if variable.is_junk:
            raise Refused
        if variable.value is None:
            return None
        total += float(predictor.attrib["coefficient"]) * _power(variable.value, int(predictor.get("exponent", "1")))
    for predictor in children(table, "CategoricalPredictor"):
        variable = names(predictor.attrib["name"])
        if variable.value is not None and variable.value == read(predictor.attrib["value"], variable.type):
            total += float(predictor.attrib["coefficient"])
    for term in children(table, "PredictorTerm"):
        factors = [names(reference.attrib["field"]).value for reference in children(term, "FieldRef")]
        if None in factors:
            return None
        total += float(term.attrib["coefficient"]) * math.prod(factors)
    return total


def _power(value: float, exponent: int) -> float:
    try:
        return float(value) ** exponent
    except OverflowError:
        return -math.inf if value < 0 and exponent % 2 else math.inf


def _class_shares(scores: list[float], normalization: str, *, is_ordinal: bool) -> list[float]:
    if normalization == "softmax":
        powers = [math.exp(score - max(scores)) for score in scores]
        return [power / sum(powers) for power in powers]
    if normalization == "simplemax":
        return [score / sum(scores) for score in scores]
    link = _LINKS[normalization]
    if is_ordinal and normalization != "none":
        below = [*map(link, scores[:-1]), 1.0]
        return [after - before for before, after in zip([0.0, *below[:-1]], below, strict=True)]
    if len(scores) == 2:
        first = link(scores[0])
        first = min(max(first, 0.0), 1.0) if normalization == "none" else first
        return [first, 1 - first]
    if normalization == "none":
        return [*scores[:-1], 1 - sum(scores[:-1])]
    values = [link(score) for score in scores]
    return [value / sum(values) for value in values]


def _exp(value: float) -> float:
    return math.exp(value) if value < 709 else math.inf


_LINKS: dict[str, Callable[[float], float]] = {
    "none": lambda y: y,
    "logit": lambda y: 1 / (1 + _exp(-y)),
    "exp": _exp,
    "probit": statistics.NormalDist().cdf,
    "cloglog": lambda y: 1 - _exp(-_exp(y)),
    "loglog": lambda y: _exp(-_exp(-y)),
    "cauchit": lambda y: 0.5 + math.atan(y) / math.pi,
}


# Models of models.


def joint(method: str, segmentation: Element, answers: list[tuple[Answer, float]], *, of_classes: bool) -> Answer:
    """The answer of segments that answer together, each with its weight."""
    weighted = method.startswith("weighted")
    answers = [(answer, weight if weighted else 1.0) for answer, weight in answers]
    present = [(answer, weight) for answer, weight in answers if answer.value is not None]
    lost = sum(weight for answer, weight in answers if answer.value is None)
    treatment = segmentation.get("missingPredictionTreatment", "continue")
    votes = method in ("majorityVote", "weightedMajorityVote")
    if not present:
        return Answer()
    if treatment == "skipSegment":
        if lost / sum(weight for _, weight in answers) > float(segmentation.get("missingThreshold", "1")):
            return Answer()
        lost = 0.0
    elif lost and (treatment == "returnMissing" or not votes):
        return Answer()
    if votes:
        return _vote(present, lost)
    if of_classes:
        return _joint_shares(method, present)
    return Answer(_number(method, [answer.value for answer, _ in present], [weight for _, weight in present]))


def _vote(present: list[tuple[Answer, float]], lost: float) -> Answer:
    votes: Shares = {}
    for answer, weight in present:
        votes[answer.value] = votes.get(answer.value, 0.0) + weight
    winner = largest(votes)
    most = votes[winner.value]
    if lost > most:
        return Answer()
    winner.is_tied |= lost == most
    winner.probability = proportions(votes)
    return winner


def _number(method: str, values: list[float], weights: list[float]) -> float:
    match method:
        case "sum" | "weightedSum":
            return sum(value * weight for value, weight in zip(values, weights, strict=True))
        case "average" | "weightedAverage":
            return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)
        case "max":
            return max(values)
        case "median":
            return statistics.median(values)
        case _:
            ordered = sorted(zip(values, weights, strict=True))
            return next(
                value
                for place, (value, _) in enumerate(ordered)
                if sum(weight for _, weight in ordered[: place + 1]) >= sum(weights) / 2
            )


def _joint_shares(method: str, present: list[tuple[Answer, float]]) -> Answer:
    labels = list(dict.fromkeys(label for answer, _ in present for label in answer.probability or ()))
    tables = [[(answer.probability or {}).get(label, 0.0) for label in labels] for answer, _ in present]
    weights = [weight for _, weight in present]
    if any(math.isnan(share) for table in tables for share in table):
        return Answer(is_tied=True)
    is_tied = False
    if method in ("max", "median"):
        joined = [_number(method, list(column), weights) for column in zip(*tables, strict=True)]
        best = joined.index(max(joined))
        distances = [abs(table[best] - joined[best]) for table in tables]
        # As to which of two is closer the last bit decides.
        is_tied = method == "median" and sum(distance - min(distances) < 1e-12 for distance in distances) > 1
        tables = [table for table, distance in zip(tables, distances, strict=True) if distance == min(distances)]
        weights = [1.0] * len(tables)
    means = [
        sum(value * weight for value, weight in zip(column, weights, strict=True)) / sum(weights)
        for column in zip(*tables, strict=True)
    ]
    answer = largest(dict(zip(labels, means, strict=True)))
    answer.is_tied |= is_tied
    return answer
