"""GaussianProcessModel: one training instance by hand, several against linear algebra done otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported

FIELDS = {"a": "double", "b": "double", "y": "target:double"}
OUTPUT = '<Output><OutputField name="deviation" feature="standardDeviation"/></Output>'


def model(kernel, rows=((0, 0, 6),), function="regression"):
    instances = "".join(f"<row><a>{a}</a><b>{b}</b><y>{y}</y></row>" for a, b, y in rows)
    fields = "".join(f'<InstanceField field="{name}" column="{name}"/>' for name in "aby")
    return (
        f'<GaussianProcessModel functionName="{function}">SCHEMA{OUTPUT}{kernel}<TrainingInstances><InstanceFields>'
        f"{fields}</InstanceFields><InlineTable>{instances}</InlineTable></TrainingInstances></GaussianProcessModel>"
    )


def kernel_of(tag, attributes=""):
    return f'<{tag} gamma="3" noiseVariance="0.5" {attributes}><Lambda><Array>2 5</Array></Lambda></{tag}>'


# At a = 4, b = 10: with these scales both fields are 2 apart.
KERNELS = [
    ('<RadialBasisKernel gamma="3" noiseVariance="0.5" lambda="4"/>', math.exp(-(16 + 100) / (2 * 16))),
    (kernel_of("ARDSquaredExponentialKernel"), math.exp(-4)),
    (kernel_of("AbsoluteExponentialKernel"), math.exp(-4)),
    (kernel_of("GeneralizedExponentialKernel", 'degree="3"'), math.exp(-16)),
]


@pytest.mark.parametrize(("kernel", "likeness"), KERNELS)
def test_one_instance_pulls_the_mean_towards_it(tmp_path, kernel, likeness):
    answer = evaluator(tmp_path, model(kernel), FIELDS).of_values({"a": 4, "b": 10})
    assert answer["y"] == pytest.approx(3 * likeness / 3.5 * 6, rel=1e-13)
    assert answer["deviation"] == pytest.approx(math.sqrt(3 - (3 * likeness) ** 2 / 3.5), rel=1e-13)


def test_what_a_kernel_does_not_say_is_one(tmp_path):
    answer = evaluator(tmp_path, model("<AbsoluteExponentialKernel/>"), FIELDS).of_values({"a": 1, "b": -1})
    assert answer["y"] == pytest.approx(math.exp(-2) / 2 * 6, rel=1e-13)


def test_without_noise_the_process_goes_through_the_instances(tmp_path):
    rows = [(a, b, a * 2 - b * b) for a in range(4) for b in range(3)]
    compiled = evaluator(tmp_path, model('<RadialBasisKernel noiseVariance="0"/>', rows), FIELDS)
    answer = compiled.of_values([{"a": a, "b": b} for a, b, _ in rows])
    assert answer["y"] == pytest.approx([y for *_, y in rows], abs=1e-9)
    assert answer["deviation"] == pytest.approx(np.zeros(len(rows)), abs=1e-6)


def test_a_missing_input_is_a_missing_mean(tmp_path):
    answer = evaluator(tmp_path, model("<RadialBasisKernel/>"), FIELDS).of_values([{"a": 1}, {"a": 0, "b": 0}])
    assert np.isnan(answer["y"]).tolist() == np.isnan(answer["deviation"]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model("<RadialBasisKernel lambda='0'/>"), r"scale must be more than 0 .*/RadialBasisKernel, line 3"),
        (model("<RadialBasisKernel noiseVariance='-1'/>"), "noiseVariance=-1"),
        (model(KERNELS[1][0].replace("2 5", "1 2 3")), "3 scales in Lambda, wanted 2"),
        (model("<PolynomialKernel/>"), "needs a child RadialBasisKernel or"),
        (model("<RadialBasisKernel/>", [(1, "", 3)]), "lacks a value"),
        (model("<RadialBasisKernel/>", [(1, 2, "")]), "target='' is no number"),
        (model('<RadialBasisKernel noiseVariance="0"/>', [(1, 2, 3), (1, 2, 4)]), "singular"),
        (
            model("<RadialBasisKernel/>").replace('field="y" column', 'field="z" column'),
            "no InstanceField is the target",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)


def test_classification_is_refused_by_name(tmp_path):
    with pytest.raises(Unsupported, match="functionName=classification"):
        evaluator(tmp_path, model("<RadialBasisKernel/>", function="classification"), FIELDS)
