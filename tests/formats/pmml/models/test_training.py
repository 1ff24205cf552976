"""TrainingInstances: what is derived of them, and what is read as it stands."""

from __future__ import annotations

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"s": "string red blue", "y": "target:double"}
INDICATOR = (
    '<LocalTransformations><DerivedField name="is_red" optype="continuous" dataType="double">'
    '<NormDiscrete field="s" value="red"/></DerivedField></LocalTransformations>'
)


def model(columns, rows, attributes=""):
    fields = "".join(f'<InstanceField field="{name}" column="data:{column}"/>' for name, column in columns.items())
    table = "".join(
        "<row>" + "".join(f"<{tag}>{cell}</{tag}>" for tag, cell in zip(columns.values(), row, strict=True)) + "</row>"
        for row in rows
    )
    return (
        f'<NearestNeighborModel functionName="regression" numberOfNeighbors="1">SCHEMA{INDICATOR}'
        f"<TrainingInstances {attributes}><InstanceFields>{fields}</InstanceFields><InlineTable>{table}</InlineTable>"
        '</TrainingInstances><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure>'
        '<KNNInputs><KNNInput field="is_red"/></KNNInputs></NearestNeighborModel>'
    )


def test_inputs_are_derived_of_instances_as_of_rows(tmp_path):
    compiled = evaluator(tmp_path, model({"s": "c1", "y": "c2"}, [("blue", 1), ("red", 2), ("", 3)]), FIELDS)
    answer = compiled.of_values([{"s": "red"}, {"s": "blue"}])
    assert answer["y"].tolist() == [2, 1]


@pytest.mark.parametrize("attributes", ["", 'isTransformed="true"'])
def test_what_has_a_column_is_not_derived(tmp_path, attributes):
    compiled = evaluator(tmp_path, model({"is_red": "c1", "y": "c2"}, [(0.9, 1), (0.2, 2)], attributes), FIELDS)
    answer = compiled.of_values([{"s": "red"}, {"s": "blue"}])
    assert answer["y"].tolist() == [1, 2]
    assert answer["affinity(2)"].tolist() == pytest.approx([0.8, 0.2])


def test_transformed_instances_must_have_what_is_compared(tmp_path):
    transformed = model({"s": "c1", "y": "c2"}, [("blue", 1)], 'isTransformed="true"')
    with pytest.raises(BadInput, match=r"no InstanceField is field 'is_red' .*/TrainingInstances, line 3"):
        evaluator(tmp_path, transformed, FIELDS)


def test_a_field_has_one_column(tmp_path):
    double = model({"s": "c1", "y": "c2"}, [("blue", 1)]).replace('field="y"', 'field="s"')
    with pytest.raises(BadInput, match=r"two columns of field 's' .*/InstanceField\[2\]"):
        evaluator(tmp_path, double, FIELDS)
