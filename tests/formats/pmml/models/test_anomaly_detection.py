"""AnomalyDetectionModel, by the specification's formulas."""

from __future__ import annotations

import math

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"x": "double"}
PATHS = (
    '<TreeModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><Node><True/>'
    '<Node score="3"><SimplePredicate field="x" operator="lessThan" value="1"/></Node>'
    '<Node score="7"><SimplePredicate field="x" operator="greaterOrEqual" value="1"/></Node></Node></TreeModel>'
)
CLUSTERS = (
    '<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2"><MiningSchema>'
    '<MiningField name="x"/></MiningSchema><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure>'
    '<ClusteringField field="x"/><Cluster><Array>0</Array></Cluster><Cluster><Array>10</Array></Cluster>'
    "</ClusteringModel>"
)
MEANS = "<MeanClusterDistances><Array>2 4</Array></MeanClusterDistances>"


def model(algorithm, inner, attributes=""):
    return (
        f'<AnomalyDetectionModel functionName="regression" algorithmType="{algorithm}" {attributes}>SCHEMA'
        f"{inner}</AnomalyDetectionModel>"
    )


def scores(tmp_path, algorithm, inner, attributes="", values=(0, 1, None)):
    compiled = evaluator(tmp_path, model(algorithm, inner, attributes), FIELDS)
    return compiled.of_values([{"x": value} for value in values])["_target"].tolist()


def test_a_short_path_is_an_anomaly(tmp_path):
    size = 100
    expected = 2 * (math.log(size - 1) + 0.5772156649) - 2 * (size - 1) / size
    found = scores(tmp_path, "iforest", PATHS, f'sampleDataSize="{size}"')
    assert found[:2] == pytest.approx([2 ** (-3 / expected), 2 ** (-7 / expected)], rel=1e-14)
    assert math.isnan(found[2])


def test_of_two_rows_the_expected_path_is_one(tmp_path):
    assert scores(tmp_path, "iforest", PATHS, 'sampleDataSize="2"')[0] == 2.0**-3


@pytest.mark.parametrize("algorithm", ["ocsvm", "other"])
def test_what_the_model_inside_says_is_the_score(tmp_path, algorithm):
    assert scores(tmp_path, algorithm, PATHS)[:2] == [3, 7]


def test_the_distance_is_measured_by_its_cluster(tmp_path):
    found = scores(tmp_path, "clusterMeanDist", CLUSTERS + MEANS, values=(3, 6, None))
    assert found[:2] == [3 / 2, 4 / 4]
    assert math.isnan(found[2])


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model("iforest", PATHS), r"needs an attribute sampleDataSize .*/PMML/AnomalyDetectionModel, line 3"),
        (model("iforest", PATHS, 'sampleDataSize="1"'), "sampleDataSize=1"),
        (model("nearest", PATHS), "algorithmType='nearest'"),
        (model("other", ""), "needs a child AnomalyDetectionModel or"),
        (model("other", CLUSTERS), "needs a model that predicts a number"),
        (model("clusterMeanDist", PATHS + MEANS), "needs a ClusteringModel"),
        (model("clusterMeanDist", CLUSTERS), "needs a child MeanClusterDistances"),
        (model("clusterMeanDist", CLUSTERS + MEANS.replace("2 4", "2")), "1 mean distances, wanted 2"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)
