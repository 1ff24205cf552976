"""NaiveBayesModel beyond its golden cases, by Bayes' rule."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.models import chunks, naive_bayes

FIELDS = {"t": "string", "n": "integer", "x": "double", "z": "double", "k": "target:string u v"}
PRIOR = {"u": 30, "v": 10}


def counts(values):
    listed = "".join(f'<TargetValueCount value="{label}" count="{count}"/>' for label, count in values.items())
    return f"<TargetValueCounts>{listed}</TargetValueCounts>"


def pairs(field, table, derived=""):
    listed = "".join(f'<PairCounts value="{value}">{counts(each)}</PairCounts>' for value, each in table.items())
    return f'<BayesInput fieldName="{field}">{derived}{listed}</BayesInput>'


def stats(field, **distributions):
    listed = "".join(
        f'<TargetValueStat value="{label}">{distribution}</TargetValueStat>'
        for label, distribution in distributions.items()
    )
    return f'<BayesInput fieldName="{field}"><TargetValueStats>{listed}</TargetValueStats></BayesInput>'


def normal(mean, variance):
    return f'<GaussianDistribution mean="{mean}" variance="{variance}"/>'


def model(*inputs, threshold=0.01, prior=PRIOR, function="classification"):
    return (
        f'<NaiveBayesModel functionName="{function}" threshold="{threshold}">SCHEMA'
        f"<BayesInputs>{''.join(inputs)}</BayesInputs>"
        f'<BayesOutput fieldName="k">{counts(prior)}</BayesOutput></NaiveBayesModel>'
    )


def shares(answer):
    return [answer["probability(u)"], answer["probability(v)"]]


def bayes(*factors, prior=(30, 10)):
    joint = [math.prod(each) for each in zip(prior, *factors, strict=True)]
    return pytest.approx([each / sum(joint) for each in joint], rel=1e-12)


TEXTS = pairs("t", {"p": {"u": 9, "v": 1}, "q": {"u": 1, "v": 0}, "r": {"u": 10, "v": 3}})


def test_counts(tmp_path):
    compiled = evaluator(tmp_path, model(TEXTS), FIELDS)
    assert shares(compiled.of_values({"t": "p"})) == bayes((9 / 20, 1 / 4))
    # No v has q: the threshold. One of twenty is less than many thresholds, but not none.
    assert shares(compiled.of_values({"t": "q"})) == bayes((1 / 20, 0.01))
    assert shares(evaluator(tmp_path, model(TEXTS, threshold=0.2), FIELDS).of_values({"t": "q"})) == bayes((0.05, 0.2))


@pytest.mark.parametrize("value", [None, "other"])
def test_a_missing_or_unknown_value_says_nothing(tmp_path, value):
    answer = evaluator(tmp_path, model(TEXTS), FIELDS).of_values({"t": value})
    assert shares(answer) == bayes()
    assert answer["k"] == "u"


def test_categories_of_numbers(tmp_path):
    text = model(pairs("n", {"1": {"u": 1, "v": 3}, "2": {"u": 3, "v": 1}}), TEXTS)
    answer = evaluator(tmp_path, text, FIELDS).of_values({"n": 1, "t": "p"})
    assert shares(answer) == bayes((1 / 4, 3 / 4), (9 / 20, 1 / 4))


def test_normal_distributions(tmp_path):
    text = model(
        stats("x", u=normal(1, 4), v=normal(-1, 0.25)), stats("z", u=normal(0, 1), v=normal(2, 1)), threshold=0
    )
    compiled = evaluator(tmp_path, text, FIELDS)
    x = [statistics.NormalDist(1, 2).pdf(0.3), statistics.NormalDist(-1, 0.5).pdf(0.3)]
    z = [statistics.NormalDist(0, 1).pdf(1.5), statistics.NormalDist(2, 1).pdf(1.5)]
    assert shares(compiled.of_values({"x": 0.3, "z": 1.5})) == bayes(x, z)
    assert shares(compiled.of_values({"x": None, "z": 1.5})) == bayes(z)
    assert shares(compiled.of_values({"x": 1e6, "z": None}))[0] == pytest.approx(1)


def test_a_density_is_never_less_than_the_threshold(tmp_path):
    text = model(stats("x", u=normal(0, 1), v=normal(100, 1)), threshold=0.05)
    answer = evaluator(tmp_path, text, FIELDS).of_values({"x": 0})
    assert shares(answer) == bayes((statistics.NormalDist(0, 1).pdf(0), 0.05))


def test_distributions_of_several_kinds(tmp_path):
    text = model(stats("x", u='<PoissonDistribution mean="2"/>', v='<UniformDistribution lower="0" upper="5"/>'))
    compiled = evaluator(tmp_path, text, FIELDS)
    poisson = 2**3 * math.exp(-2) / 6
    assert shares(compiled.of_values({"x": 3})) == bayes((poisson, 0.2))
    assert shares(compiled.of_values({"x": None})) == bayes()
    assert shares(compiled.of_values({"x": 6}))[1] == pytest.approx(
        10 * 0.01 / (10 * 0.01 + 30 * 2**6 * math.exp(-2) / 720)
    )


def test_a_class_without_a_distribution_has_the_threshold(tmp_path):
    compiled = evaluator(tmp_path, model(stats("x", u=normal(0, 1))), FIELDS)
    assert shares(compiled.of_values({"x": 0})) == bayes((statistics.NormalDist(0, 1).pdf(0), 0.01))


def test_an_input_may_be_derived(tmp_path):
    derived = (
        '<DerivedField optype="categorical" dataType="string"><Discretize field="x">'
        '<DiscretizeBin binValue="low"><Interval closure="openOpen" rightMargin="0"/></DiscretizeBin>'
        '<DiscretizeBin binValue="high"><Interval closure="closedOpen" leftMargin="0"/></DiscretizeBin>'
        "</Discretize></DerivedField>"
    )
    text = model(pairs("x", {"low": {"u": 1, "v": 9}, "high": {"u": 3, "v": 1}}, derived))
    assert shares(evaluator(tmp_path, text, FIELDS).of_values({"x": -2})) == bayes((1 / 4, 9 / 10))


def test_rows_in_chunks(tmp_path, monkeypatch):
    text = model(stats("x", u=normal(1, 4), v=normal(-1, 0.25)), stats("z", u=normal(0, 1), v=normal(2, 1)))
    compiled = evaluator(tmp_path, text, FIELDS)
    columns = {"x": np.linspace(-3, 3, 20), "z": np.linspace(2, 0, 20)}
    whole = compiled.of_values(columns)["probability(u)"]
    monkeypatch.setattr(chunks, "_NUMBERS", 12)
    np.testing.assert_allclose(compiled.of_values(columns)["probability(u)"], whole, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (model(TEXTS, function="regression"), "of classification, not regression"),
        (model(TEXTS, threshold=2), "threshold=2.0, wanted a probability"),
        (model(TEXTS, prior={}), "the count of at least one class"),
        (model(TEXTS, prior={"u": -1}), "count=-1.0, wanted 0 or more"),
        (model('<BayesInput fieldName="t"/>'), "a BayesInput needs PairCounts or TargetValueStats"),
        (model(pairs("q", {"1": PRIOR})), "no field 'q'"),
        (model(pairs("n", {"one": PRIOR})), "'one' is no integer"),
        (model(pairs("n", {"1": PRIOR, "1.0": PRIOR})), "two PairCounts of '1.0'"),
        (model(stats("t", u=normal(0, 1))), "field 't' is text"),
        (model(stats("x", u=normal(0, 0))), "variance=0.0"),
        (model(stats("x", u="")), "needs a child GaussianDistribution"),
    ],
)
def test_what_is_refused(tmp_path, text, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, FIELDS)
    assert "/PMML/NaiveBayesModel" in caught.value.message


def test_a_distribution_without_a_formula(tmp_path):
    with pytest.raises(Unsupported, match="AnyDistribution has no density"):
        evaluator(tmp_path, model(stats("x", u='<AnyDistribution mean="0" variance="1"/>')), FIELDS)


def test_too_many_counts_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(naive_bayes, "_MAX_COUNTS", 5)
    with pytest.raises(Unsupported, match="more than 5 counts"):
        evaluator(tmp_path, model(TEXTS), FIELDS)
