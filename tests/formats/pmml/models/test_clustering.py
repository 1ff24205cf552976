"""ClusteringModel beyond its golden cases: what is missing, what is wrong, tables, ranks."""

from __future__ import annotations

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported

FIELDS = {"a": "double", "b": "double"}
HEAD = '<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2">SCHEMA'
MEASURE = '<ComparisonMeasure kind="distance"><cityBlock/></ComparisonMeasure>'
BOTH = '<ClusteringField field="a"/><ClusteringField field="b"/>'
TWO = (
    '<Cluster id="x"><KohonenMap coord1="1"/><Array>0 0</Array></Cluster><Cluster name="y"><Array>5 5</Array></Cluster>'
)


def model(fields=BOTH, clusters=TWO, output="", measure=MEASURE, extra=""):
    return f"{HEAD}{output}{measure}{fields}{extra}{clusters}</ClusteringModel>"


def test_a_cluster_without_an_id_is_its_position(tmp_path):
    answer = evaluator(tmp_path, model(), FIELDS).of_values({"a": 4, "b": 4})
    assert answer["_target"] == answer["entityId"] == "2"
    assert (answer["affinity(x)"], answer["affinity(2)"]) == (8, 2)


def test_nothing_known_of_a_row_is_a_missing_cluster(tmp_path):
    answer = evaluator(tmp_path, model(), FIELDS).of_values([{}, {"a": 1, "b": 1}])
    assert answer["_target"].tolist() == [None, "x"]
    assert answer["entityId"].tolist() == [None, "x"]


def test_only_centre_fields_have_a_coordinate(tmp_path):
    fields = '<ClusteringField field="a" isCenterField="false"/><ClusteringField field="b"/>'
    clusters = "<Cluster><Array>0</Array></Cluster><Cluster><Array>9</Array></Cluster>"
    answer = evaluator(tmp_path, model(fields, clusters), FIELDS).of_values({"a": 100, "b": 8})
    assert (answer["_target"], answer["affinity(2)"]) == ("2", 1)


def test_clusters_by_rank(tmp_path):
    output = "<Output>" + "".join(
        f'<OutputField name="{feature}{rank}" feature="{feature}" rank="{rank}"/>'
        for feature in ("entityId", "entityAffinity")
        for rank in (1, 2)
    )
    answer = evaluator(tmp_path, model(output=output + "</Output>"), FIELDS).of_values({"a": 4, "b": 4})
    assert [answer[name] for name in ("entityId1", "entityId2", "entityAffinity1", "entityAffinity2")] == [
        "2",
        "x",
        2,
        8,
    ]


def test_text_is_compared_as_equal_or_not(tmp_path):
    fields = '<ClusteringField field="s" compareFunction="delta"/><ClusteringField field="a"/>'
    clusters = '<Cluster><Array>red 0</Array></Cluster><Cluster><Array>"dark blue" 1</Array></Cluster>'
    compiled = evaluator(tmp_path, model(fields, clusters), {"s": "string", "a": "double"})
    answer = compiled.of_values([{"s": "dark blue", "a": 0}, {"s": "green", "a": 0}, {"a": 0}])
    assert answer["affinity(1)"].tolist() == [1, 1, 0]
    assert answer["affinity(2)"].tolist() == [1, 2, 2]


def test_values_are_compared_by_table(tmp_path):
    table = "<Comparisons><Matrix>" + "".join(f"<Array>{row}</Array>" for row in ("0 1 4", "1 0 2", "4 2 0"))
    field = f'<ClusteringField field="s" compareFunction="table">{table}</Matrix></Comparisons></ClusteringField>'
    clusters = "<Cluster><Array>low</Array></Cluster><Cluster><Array>mid</Array></Cluster>"
    compiled = evaluator(tmp_path, model(field, clusters), {"s": "string low mid high"})
    answer = compiled.of_values([{"s": "high"}, {"s": "low"}, {}])
    assert answer["affinity(1)"].tolist()[:2] == [4, 0]
    assert answer["affinity(2)"].tolist()[:2] == [2, 1]
    assert answer["_target"].tolist() == ["2", "1", None]


def test_distributions_are_refused_by_name(tmp_path):
    with pytest.raises(Unsupported, match=r"modelClass=distributionBased .*/PMML/ClusteringModel, line 3"):
        evaluator(tmp_path, model().replace("centerBased", "distributionBased"), FIELDS)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model(clusters="<Cluster><Array>1 2 3</Array></Cluster>"), r"3 coordinates, wanted 2.*/Cluster/Array"),
        (model(clusters=""), "needs a Cluster"),
        (model(fields=""), "needs a ClusteringField"),
        (model(extra="<MissingValueWeights><Array>1</Array></MissingValueWeights>"), "1 weights, wanted 2"),
        (model(fields='<ClusteringField field="z"/>'), "no field 'z'"),
        (model(measure='<ComparisonMeasure kind="distance"/>'), "needs a child euclidean or"),
        (model(measure='<ComparisonMeasure kind="near"><euclidean/></ComparisonMeasure>'), "kind='near'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)


def test_text_has_no_difference(tmp_path):
    with pytest.raises(BadInput, match="absDiff compares numbers, and field 's' is text"):
        evaluator(tmp_path, model('<ClusteringField field="s"/>'), {"s": "string"})
