"""Comparison measures, against the specification's formulas worked by hand on two or three numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

NUMBERS = {"a": "double", "b": "double"}
BITS = {"a": "double", "b": "double", "c": "double", "d": "double"}


def clusters(measure, fields, *centers, kind="distance", default="absDiff", attributes=None, extra=""):
    attributes = attributes or {}
    clustering = "".join(f'<ClusteringField field="{name}" {attributes.get(name, "")}/>' for name in fields)
    return (
        '<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="1">SCHEMA'
        f'<ComparisonMeasure kind="{kind}" compareFunction="{default}">{measure}</ComparisonMeasure>{clustering}{extra}'
        + "".join(f"<Cluster><Array>{center}</Array></Cluster>" for center in centers)
        + "</ClusteringModel>"
    )


def affinity(tmp_path, model, fields, row):
    return evaluator(tmp_path, model, fields).of_values(row)["affinity(1)"]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("<euclidean/>", math.sqrt(2 * 9 + 16)),
        ("<squaredEuclidean/>", 2 * 9 + 16),
        ("<chebychev/>", 2 * 3),
        ("<cityBlock/>", 2 * 3 + 4),
        ('<minkowski p-parameter="3"/>', (2 * 27 + 64) ** (1 / 3)),
    ],
)
def test_distances_sum_the_weighted_differences(tmp_path, measure, expected):
    model = clusters(measure, NUMBERS, "0 0", attributes={"a": 'fieldWeight="2"'})
    assert affinity(tmp_path, model, NUMBERS, {"a": -3, "b": 4}) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("<euclidean/>", math.sqrt(9 * 4)), ("<cityBlock/>", 3 * 4), ("<chebychev/>", 3 * 4)],
)
def test_a_missing_field_is_made_up_for_by_its_share_of_the_missing_value_weights(tmp_path, measure, expected):
    weights = "<MissingValueWeights><Array>1 3</Array></MissingValueWeights>"
    model = clusters(measure, NUMBERS, "0 0", extra=weights)
    assert affinity(tmp_path, model, NUMBERS, {"a": 3}) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("absDiff", 3.0),
        ('gaussSim" similarityScale="3', 0.5),
        ('gaussSim" similarityScale="1', 2.0**-9),
        ("delta", 1.0),
        ("equal", 0.0),
    ],
)
def test_compare_functions_of_values_that_differ(tmp_path, function, expected):
    model = clusters("<cityBlock/>", {"a": ""}, "1", attributes={"a": f'compareFunction="{function}"'})
    assert affinity(tmp_path, model, {"a": "double"}, {"a": 4}) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("function", "expected"), [("absDiff", 0.0), ("delta", 0.0), ("equal", 1.0)])
def test_compare_functions_of_values_that_are_equal(tmp_path, function, expected):
    model = clusters("<cityBlock/>", {"a": ""}, "1", default=function)
    assert affinity(tmp_path, model, {"a": "double"}, {"a": 1}) == expected


def test_each_field_has_its_own_compare_function(tmp_path):
    model = clusters("<cityBlock/>", NUMBERS, "1 5", default="delta", attributes={"b": 'compareFunction="absDiff"'})
    assert affinity(tmp_path, model, NUMBERS, {"a": 7, "b": 2}) == 1 + 3


# The row is 1 1 0 0, the centre 1 0 1 0: each count is one.
@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("<simpleMatching/>", (1 + 1) / 4),
        ("<jaccard/>", 1 / 3),
        ("<tanimoto/>", (1 + 1) / (1 + 2 * 2 + 1)),
        (
            '<binarySimilarity c11-parameter="1" c10-parameter="2" c01-parameter="4" c00-parameter="8" '
            'd11-parameter="16" d10-parameter="32" d01-parameter="64" d00-parameter="128"/>',
            15 / 240,
        ),
    ],
)
def test_similarities_of_binary_fields(tmp_path, measure, expected):
    model = clusters(measure, BITS, "1 0 1 0", kind="similarity")
    assert affinity(tmp_path, model, BITS, {"a": 1, "b": 1, "c": 0, "d": 0}) == pytest.approx(expected, rel=1e-14)


def test_binary_similarity_tells_a_row_that_has_more_from_one_that_has_less(tmp_path):
    weights = {"c11": 0, "c10": 1, "c01": 10, "c00": 0, "d11": 1, "d10": 1, "d01": 1, "d00": 1}
    measure = "<binarySimilarity " + " ".join(f'{name}-parameter="{value}"' for name, value in weights.items()) + "/>"
    model = clusters(measure, NUMBERS, "0 0", kind="similarity")
    assert affinity(tmp_path, model, NUMBERS, {"a": 1, "b": 0}) == 1 / 2


def test_the_most_similar_cluster_wins(tmp_path):
    model = clusters("<jaccard/>", NUMBERS, "0 1", "1 1", kind="similarity")
    assert evaluator(tmp_path, model, NUMBERS).of_values({"a": 1, "b": 0})["_target"] == "2"


def test_a_measure_of_other_parameters_than_it_can_have_is_refused_with_its_place(tmp_path):
    model = clusters('<minkowski p-parameter="0"/>', NUMBERS, "0 0")
    with pytest.raises(
        BadInput, match=r"p-parameter=0.* \(/PMML/ClusteringModel/ComparisonMeasure/minkowski, line 3\)"
    ):
        evaluator(tmp_path, model, NUMBERS)


def test_gauss_similarity_needs_its_scale(tmp_path):
    model = clusters("<euclidean/>", NUMBERS, "0 0", default="gaussSim")
    with pytest.raises(BadInput, match="similarityScale"):
        evaluator(tmp_path, model, NUMBERS)


def test_many_rows_are_as_each_alone(tmp_path):
    """More than fit into one piece of work."""
    centers = [" ".join(str(place * step % 7) for place in range(2)) for step in range(40)]
    model = evaluator(tmp_path, clusters("<euclidean/>", NUMBERS, *centers), NUMBERS)
    rows: list[Any] = [{"a": index % 11, "b": index % 13 / 2} for index in range(5000)]
    rows[4321] = {}
    together = model.of_values(rows)
    for index in (0, 3276, 3277, 4321, 4999):
        alone = model.of_values(rows[index])
        assert together["_target"][index] == alone["_target"]
        assert [together["affinity(40)"][index]] == pytest.approx([alone["affinity(40)"] or math.nan], nan_ok=True)
