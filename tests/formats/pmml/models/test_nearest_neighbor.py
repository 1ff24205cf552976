"""NearestNeighborModel beyond its golden cases, against sorting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.models.nearest_neighbor import smallest

FIELDS = {"x": "double", "k": "target:string u v w"}
MEASURE = '<ComparisonMeasure kind="distance"><cityBlock/></ComparisonMeasure>'


def model(rows, columns, inputs=("x",), function="classification", attributes="", measure=MEASURE, table="", output=""):
    instances = "".join(
        "<row>" + "".join(f"<{name}>{value}</{name}>" for name, value in zip(columns, row, strict=True)) + "</row>"
        for row in rows
    )
    fields = "".join(f'<InstanceField field="{name}" column="{name}"/>' for name in columns)
    return (
        f'<NearestNeighborModel functionName="{function}" numberOfNeighbors="2" {attributes}>SCHEMA{output}'
        f"<TrainingInstances {table}><InstanceFields>{fields}</InstanceFields><InlineTable>{instances}</InlineTable>"
        f"</TrainingInstances>{measure}<KNNInputs>"
        + "".join(f'<KNNInput field="{name.split()[0]}" {" ".join(name.split()[1:])}/>' for name in inputs)
        + "</KNNInputs></NearestNeighborModel>"
    )


ROWS = [(0, "u"), (1, "v"), (2, "v"), (10, "w"), (11, "u"), (12, "u")]


def test_equal_votes_go_to_the_class_with_more_rows(tmp_path):
    compiled = evaluator(tmp_path, model(ROWS, "xk"), FIELDS)
    assert compiled.of_values([{"x": 0.4}, {"x": 10.4}, {"x": 1.9}])["k"].tolist() == ["u", "u", "v"]


def test_weighted_votes_count_nearness(tmp_path):
    """0.9 from v, 1.1 from w, of which there are as many."""
    weighted = model([(0, "v"), (2, "w")], "xk", attributes='categoricalScoringMethod="weightedMajorityVote"')
    assert evaluator(tmp_path, weighted, FIELDS).of_values([{"x": 0.9}, {"x": 1.1}])["k"].tolist() == ["v", "w"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [("average", 15.0), ("median", 15.0), ("weightedAverage", (10 / 1.5 + 20 / 3.5) / (1 / 1.5 + 1 / 3.5))],
)
def test_numbers_are_averaged(tmp_path, method, expected):
    attributes = f'continuousScoringMethod="{method}" threshold="0.5"'
    numbers = model([(0, 10), (4, 20), (9, 90)], "xy", function="regression", attributes=attributes)
    compiled = evaluator(tmp_path, numbers, {"x": "double", "y": "target:double"})
    assert compiled.of_values({"x": 1})["y"] == pytest.approx(expected, rel=1e-14)


def test_the_most_similar_instances_are_the_nearest(tmp_path):
    measure = '<ComparisonMeasure kind="similarity"><jaccard/></ComparisonMeasure>'
    rows = [(1, 0, "u"), (1, 1, "v"), (0, 0, "u")]
    binary = model(rows, "abk", inputs="ab", measure=measure, attributes='instanceIdVariable="k"')
    answer = evaluator(tmp_path, binary, {"a": "double", "b": "double", "k": "target:string u v"}).of_values(
        {"a": 1, "b": 1}
    )
    assert answer["entityId"] == "v"
    assert answer["affinity(v)"] == 1


def test_a_row_of_which_nothing_is_known_has_no_neighbours(tmp_path):
    answer = evaluator(tmp_path, model(ROWS, "xk"), FIELDS).of_values([{}, {"x": 1.9}])
    assert answer["k"].tolist() == [None, "v"]
    assert answer["entityId"].tolist() == [None, "3"]


def test_an_instance_that_lacks_a_value_is_compared_by_the_others(tmp_path):
    rows = [(0, "", "u"), (0, 3, "v")]
    compiled = evaluator(
        tmp_path, model(rows, "abk", inputs="ab"), {"a": "double", "b": "double", "k": "target:string u v"}
    )
    answer = compiled.of_values({"a": 2, "b": 2})
    assert (answer["affinity(1)"], answer["affinity(2)"]) == (2 * 2, 3)


def test_text_is_compared_as_equal_or_not(tmp_path):
    rows = [("red", "u"), ("red", "u"), ("blue", "v"), ("blue", "v")]
    texts = model(rows, "sk", inputs=['s compareFunction="delta"'])
    compiled = evaluator(tmp_path, texts, {"s": "string", "k": "target:string u v"})
    answer = compiled.of_values([{"s": "blue"}, {"s": "red"}, {"s": "green"}, {}])
    assert answer["k"].tolist() == ["v", "u", "u", None]
    assert answer["affinity(3)"].tolist()[:3] == [0, 1, 1]


def test_without_a_target_the_nearest_instance_is_the_answer(tmp_path):
    compiled = evaluator(tmp_path, model([(0,), (5,)], "x", function="clustering"), {"x": "double"})
    answer = compiled.of_values([{"x": 4}, {}])
    assert answer["entityId"].tolist() == answer["_target"].tolist() == ["2", None]


def test_the_share_of_votes_is_the_probability_where_asked_for(tmp_path):
    output = '<Output><OutputField name="p" feature="probability" value="v"/></Output>'
    compiled = evaluator(tmp_path, model(ROWS, "xk", output=output), FIELDS)
    assert compiled.of_values([{"x": 0.4}, {"x": 1.9}, {"x": 11.9}, {}])["p"].tolist()[:3] == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model([], "xk"), "no training instances"),
        (model(ROWS, "xk", inputs=()), "needs a KNNInput"),
        (model(ROWS, "xk").replace('numberOfNeighbors="2"', 'numberOfNeighbors="0"'), "numberOfNeighbors=0"),
        (model([("a", "u")], "xk"), "'a' is no double, as field 'x' is .*/TrainingInstances, line 3"),
        (model(ROWS, ("x", "z")), "no InstanceField is field 'k'"),
        (model(ROWS, ("z", "k")), "no InstanceField is field 'x'"),
        (model(ROWS, "xk", attributes='instanceIdVariable="id"'), "no InstanceField is field 'id'"),
        (model([(1, "")], "xk"), "no training instance has a value of target 'k'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)


def test_a_table_elsewhere_is_refused_by_name(tmp_path):
    elsewhere = model(ROWS, "xk").replace("InlineTable>", "TableLocator>")
    with pytest.raises(Unsupported, match="table outside the document"):
        evaluator(tmp_path, elsewhere, FIELDS)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 30])
def test_the_smallest_are_what_a_stable_sort_puts_first(count):
    """With many ties, at the end of the smallest too."""
    rows = np.random.default_rng(count).integers(0, 9, (20, 30)).astype(float)
    expected = [sorted(range(30), key=row.__getitem__)[:count] for row in rows]
    assert smallest(rows, count).tolist() == expected


def test_nothing_is_further_than_what_cannot_be_compared():
    rows = np.array([[np.nan, 3.0, np.nan, 1.0, 3.0, 2.0, 9.0, 9.0, 9.0]])
    assert smallest(rows, 2).tolist() == [[3, 5]]
    assert smallest(rows, 9).tolist() == [[3, 5, 1, 4, 6, 7, 8, 0, 2]]
