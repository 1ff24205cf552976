"""SupportVectorMachineModel beyond its golden cases: linear machines of one field, so that f is a line."""

from __future__ import annotations

import numpy as np
import pytest
from pmml_documents import document, evaluator

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

FIELDS = {"x": "double", "k": "target:string u v w"}
NUMBER = {"x": "double", "y": "target:double"}


def machine(slope, intercept=0.0, attributes="", vectors=("one",), coefficients=None):
    values = [slope] if coefficients is None else coefficients
    supports = "".join(f'<SupportVector vectorId="{name}"/>' for name in vectors)
    return (
        f"<SupportVectorMachine {attributes}><SupportVectors>{supports}</SupportVectors>"
        f'<Coefficients absoluteValue="{intercept}">'
        + "".join(f'<Coefficient value="{value}"/>' for value in values)
        + "</Coefficients></SupportVectorMachine>"
    )


def duel(slope, intercept, first, second, extra=""):
    return machine(slope, intercept, f'targetCategory="{first}" alternateTargetCategory="{second}" {extra}')


def model(*machines, attributes="", function="classification", kernel="<LinearKernelType/>"):
    return (
        f'<SupportVectorMachineModel functionName="{function}" {attributes}>SCHEMA{kernel}<VectorDictionary>'
        '<VectorFields><FieldRef field="x"/></VectorFields>'
        '<VectorInstance id="one"><Array n="1" type="real">1</Array></VectorInstance>'
        '<VectorInstance id="two"><REAL-SparseArray n="1"><Indices>1</Indices><REAL-Entries>2</REAL-Entries>'
        "</REAL-SparseArray></VectorInstance></VectorDictionary>"
        f"{''.join(machines)}</SupportVectorMachineModel>"
    )


ONE = 'classificationMethod="OneAgainstOne"'
ALL = 'classificationMethod="OneAgainstAll"'


def test_a_number(tmp_path):
    text = model(machine(0, 0.5, vectors=("one", "two", "one"), coefficients=(1, 10, 100)), function="regression")
    compiled = evaluator(tmp_path, text, NUMBER)
    answers = compiled.of_values({"x": [2.0, None]})["y"].tolist()
    assert answers[0] == pytest.approx(0.5 + 2 * (1 + 20 + 100))
    assert np.isnan(answers[1])


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (ONE, ["u", "v", "v"]),
        (f'{ONE} threshold="1"', ["u", "u", "v"]),
        (f'{ONE} maxWins="true"', ["v", "v", "u"]),
        (f'{ONE} maxWins="true" threshold="1"', ["v", "v", "v"]),
    ],
)
def test_one_against_one(tmp_path, attributes, expected):
    """f is x: less than the threshold is the first class, or more."""
    compiled = evaluator(tmp_path, model(duel(1, 0, "u", "v"), attributes=attributes), FIELDS)
    assert compiled.of_values({"x": [-1.0, 0.0, 1.0]})["k"].tolist() == expected


def test_a_threshold_of_its_own(tmp_path):
    machines = duel(1, 0, "u", "v", 'threshold="5"'), duel(1, 0, "u", "w"), duel(1, 0, "v", "w")
    compiled = evaluator(tmp_path, model(*machines, attributes=ONE), FIELDS)
    answer = compiled.of_values([{"x": 1}, {"x": 6}, {"x": -1}])
    # One vote for each is a tie, which the first class wins.
    assert answer["k"].tolist() == ["w", "w", "u"]
    assert answer["probability(w)"].tolist()[:2] == pytest.approx([2 / 3, 2 / 3])


def test_ties_are_won_by_the_first_class(tmp_path):
    machines = duel(0, 1, "v", "u"), duel(0, 1, "w", "v"), duel(0, 1, "u", "w")
    compiled = evaluator(tmp_path, model(*machines, attributes=ONE), FIELDS)
    answer = compiled.of_values({"x": 0})
    assert answer["k"] == "u"
    assert [answer[f"probability({label})"] for label in "uvw"] == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("attributes", "expected"), [("", ["u", "w"]), (ALL, ["u", "w"]), (f'{ALL} maxWins="true"', ["w", "u"])]
)
def test_one_against_all(tmp_path, attributes, expected):
    machines = [machine(slope, 0, f'targetCategory="{label}"') for slope, label in ((1, "u"), (0, "v"), (-1, "w"))]
    compiled = evaluator(tmp_path, model(*machines, attributes=attributes), FIELDS)
    answers = compiled.of_values({"x": [-1.0, 1.0, None]})["k"].tolist()
    assert answers == [*expected, None]


@pytest.mark.parametrize(("version", "expected"), [("4.4", ["u", "u"]), ("3.2", ["u", "v"])])
def test_a_lone_machine_without_a_method(tmp_path, version, expected):
    path = tmp_path / "model.pmml"
    text = document(model(duel(1, 0, "u", "v")), FIELDS)
    path.write_text(text.replace('version="4.4"', f'version="{version}"'), encoding="utf-8")
    assert PmmlEvaluator(str(path)).of_values({"x": [-1.0, 1.0]})["k"].tolist() == expected


def test_several_machines_of_two_classes_need_no_method(tmp_path):
    machines = duel(1, 0, "u", "v"), duel(1, 0, "u", "w"), duel(0, -1, "v", "w")
    compiled = evaluator(tmp_path, model(*machines), FIELDS)
    assert compiled.of_values({"x": [-1.0, 1.0]})["k"].tolist() == ["u", "v"]


def test_the_form_before_pmml_4(tmp_path):
    """The machine says 1 for its class, 0 for the other."""
    text = model(machine(1, 0, 'targetCategory="u"'), attributes='alternateBinaryTargetCategory="v"')
    compiled = evaluator(tmp_path, text, FIELDS)
    answers = compiled.of_values({"x": [1.0, 0.0, 0.5, 0.49, None]})["k"].tolist()
    assert answers == ["u", "v", "u", "v", None]


def test_coefficients_of_fields(tmp_path):
    text = (
        '<SupportVectorMachineModel functionName="regression" svmRepresentation="Coefficients">SCHEMA'
        '<LinearKernelType/><VectorDictionary><VectorFields><FieldRef field="x"/>'
        '<CategoricalPredictor name="t" value="p"/></VectorFields></VectorDictionary><SupportVectorMachine>'
        '<Coefficients absoluteValue="1"><Coefficient value="2"/><Coefficient value="10"/></Coefficients>'
        "</SupportVectorMachine></SupportVectorMachineModel>"
    )
    compiled = evaluator(tmp_path, text, {"x": "double", "t": "string", "y": "target:double"})
    assert compiled.of_values([{"x": 3, "t": "p"}, {"x": 3, "t": "q"}])["y"].tolist() == [17, 7]


def test_a_missing_row_has_no_votes(tmp_path):
    compiled = evaluator(tmp_path, model(duel(1, 0, "u", "v"), attributes=ONE), FIELDS)
    answer = compiled.of_values({"x": [None, 1.0]})
    assert answer["k"].tolist() == [None, "v"]
    assert np.isnan(answer["probability(v)"]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (model(), "needs a child SupportVectorMachine"),
        (model(machine(1), machine(1), function="regression"), "needs one SupportVectorMachine, there are 2"),
        (model(machine(1), attributes=ONE), "targetCategory"),
        (model(machine(1, 0, 'targetCategory="u"'), attributes=ONE), "alternateTargetCategory"),
        (model(machine(1, 0, 'targetCategory="u"'), machine(1, 0, 'targetCategory="u"')), "two machines of class 'u'"),
        (model(duel(1, 0, "u", "v"), attributes='classificationMethod="Both"'), "'Both' is not known"),
        (model(duel(1, 0, "u", "v"), attributes='svmRepresentation="Other"'), "'Other' is not known"),
        (
            model(duel(1, 0, "u", "v"), attributes='svmRepresentation="Coefficients"', kernel="<SigmoidKernelType/>"),
            "of the linear kernel alone",
        ),
        (
            model(duel(1, 0, "u", "v"), duel(1, 0, "u", "v"), attributes='alternateBinaryTargetCategory="v"'),
            "one machine",
        ),
        (model(machine(1, 0, ONE, vectors=("three",)), attributes=ONE), "no vector 'three' in the VectorDictionary"),
        (model(machine(1, 0, ONE, coefficients=(1, 2)), attributes=ONE), "there are 2 coefficients, wanted 1"),
        (model(machine(1, 0, ONE, vectors=()), attributes=ONE), "SupportVectors needs a child SupportVector"),
    ],
)
def test_what_is_refused(tmp_path, text, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, FIELDS if "classification" in text else NUMBER)
    assert "/PMML/SupportVectorMachineModel" in caught.value.message
