"""What a schema makes of what comes: values that are missing, invalid, or too far out, in this order."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator

MISSING = "missing"
REFUSED = "refused"
See = Callable[..., Callable[[Any], Any]]


@pytest.fixture
def see(tmp_path: Path) -> See:
    """Makes a document of a field `x`; returns what the model sees of a value: missing, or that its row is refused."""

    def make(inside: str = "", mining: str = "", type_: str = "double", optype: str = "") -> Callable[[Any], Any]:
        optype = optype or ("categorical" if type_ in ("string", "boolean") else "continuous")
        text = (
            f'<PMML>\n<DataDictionary><DataField name="x" optype="{optype}" dataType="{type_}">{inside}</DataField>'
            '<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>'
            f'<RegressionModel functionName="regression"><MiningSchema><MiningField name="x" {mining}/>'
            '<MiningField name="y" usageType="target"/></MiningSchema><Output>'
            f'<OutputField name="seen" feature="transformedValue" dataType="{type_}"><FieldRef field="x"/>'
            '</OutputField></Output><RegressionTable intercept="1"/></RegressionModel></PMML>'
        )
        path = tmp_path / "model.pmml"
        path.write_text(text, encoding="utf-8")
        model = PmmlEvaluator(str(path))
        return lambda value: seen(model, value)

    return make


def seen(model: PmmlEvaluator, value: Any) -> Any:
    """What is seen of a value, alone, among rows, and in a column."""
    ways = [
        model.of_values({"x": value}),
        {name: column[0] for name, column in model.of_values([{"x": value}, {"x": None}]).items()},
        {name: column[0] for name, column in model.of_values({"x": [value, None]}).items()},
    ]
    first, *others = map(told, ways)
    assert all(other == first for other in others), (first, *others)
    return first


def told(answer: dict[str, Any]) -> Any:
    if answer.get("_error") is not None:
        return REFUSED
    return MISSING if is_missing(answer["seen"]) else answer["seen"]


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


RANGE = '<Interval closure="{}" leftMargin="0" rightMargin="10"/>'


@pytest.mark.parametrize(
    ("closure", "low", "high"),
    [
        ("openOpen", REFUSED, REFUSED),
        ("openClosed", REFUSED, 10),
        ("closedOpen", 0, REFUSED),
        ("closedClosed", 0, 10),
    ],
)
def test_margins_belong_to_intervals_or_do_not(see: See, closure: str, low: Any, high: Any):
    ask = see(RANGE.format(closure))
    assert (ask(0), ask(10), ask(5)) == (low, high, 5)
    assert (ask(math.nextafter(0, 1)), ask(math.nextafter(10, 0))) == (math.nextafter(0, 1), math.nextafter(10, 0))
    assert (ask(math.nextafter(0, -1)), ask(math.nextafter(10, 11))) == (REFUSED, REFUSED)
    assert ask(None) == MISSING


def test_a_margin_that_is_not_there_is_far_away(see: See):
    ask = see('<Interval closure="openClosed" rightMargin="0"/><Interval closure="closedOpen" leftMargin="5"/>')
    assert [ask(value) for value in (-1e300, 0, 1, 5, 1e300)] == [-1e300, 0, REFUSED, 5, 1e300]


def test_of_a_field_with_values_all_others_are_invalid(see: See):
    ask = see('<Value value="a"/><Value value="b"/>', type_="string")
    assert [ask(value) for value in ("a", "b", "A", " a", "", None)] == ["a", "b", REFUSED, REFUSED, REFUSED, MISSING]
    ask = see('<Value value="1"/><Value value="2"/>', type_="integer")
    assert [ask(value) for value in (1, "1", "1.0", 2.0, 3)] == [1, 1, 1, 2, REFUSED]


def test_values_and_intervals_together(see: See):
    ask = see('<Interval closure="closedClosed" leftMargin="0" rightMargin="1"/><Value value="99"/>')
    assert [ask(value) for value in (0.5, 99, 2)] == [0.5, 99, REFUSED]


def test_what_is_called_invalid_is_and_the_rest_is_not(see: See):
    ask = see('<Value value="bad" property="invalid"/>', type_="string")
    assert [ask(value) for value in ("bad", "good")] == [REFUSED, "good"]
    ask = see('<Value value="-1" property="invalid"/>')
    assert [ask(value) for value in (-1, "-1.0", -1.5)] == [REFUSED, REFUSED, -1.5]


def test_what_means_that_there_is_nothing_is_missing_before_all_else(see: See):
    inside = '<Value value="-999" property="missing"/><Value value="n/a" property="missing"/>'
    ask = see(inside + RANGE.format("closedClosed"), 'missingValueReplacement="7"')
    assert [ask(value) for value in (-999, -999.0, "-999", "n/a", None, math.nan)] == [7] * 6
    assert ask(-998) == REFUSED


@pytest.mark.parametrize(
    ("treatment", "wanted"),
    [
        ("", REFUSED),
        ('invalidValueTreatment="returnInvalid"', REFUSED),
        ('invalidValueTreatment="asIs"', 11),
        ('invalidValueTreatment="asMissing"', MISSING),
        ('invalidValueTreatment="asMissing" missingValueReplacement="3"', 3),
        ('invalidValueTreatment="asValue" invalidValueReplacement="4"', 4),
        ('invalidValueTreatment="asValue" invalidValueReplacement="44"', 44),
    ],
)
def test_what_becomes_of_the_invalid(see: See, treatment: str, wanted: Any):
    ask = see(RANGE.format("closedClosed"), treatment)
    assert (ask(11), ask(5)) == (wanted, 5)


@pytest.mark.parametrize("treatment", ["asIs", "asMean", "asMode", "asMedian", "asValue"])
def test_what_is_missing_is_replaced_whatever_its_treatment_is_called(see: See, treatment: str):
    ask = see("", f'missingValueTreatment="{treatment}" missingValueReplacement="2.5"')
    assert (ask(None), ask(1)) == (2.5, 1)
    assert see("", f'missingValueTreatment="{treatment}"')(None) == MISSING


def test_what_is_missing_may_refuse_its_row(see: See):
    ask = see("", 'missingValueTreatment="returnInvalid"')
    assert (ask(None), ask(1)) == (REFUSED, 1)


@pytest.mark.parametrize(
    ("treatment", "below", "above"),
    [("asIs", -5, 50), ("asMissingValues", MISSING, MISSING), ("asExtremeValues", 0, 10)],
)
def test_what_becomes_of_outliers(see: See, treatment: str, below: Any, above: Any):
    ask = see("", f'outliers="{treatment}" lowValue="0" highValue="10"')
    assert [ask(value) for value in (-5, 0, 5, 10, 50)] == [below, 0, 5, 10, above]
    assert ask(None) == MISSING


def test_an_outlier_may_have_one_side_only(see: See):
    ask = see("", 'outliers="asExtremeValues" highValue="10"')
    assert [ask(value) for value in (-1e9, 50)] == [-1e9, 10]


def test_what_is_missing_as_an_outlier_is_replaced(see: See):
    ask = see("", 'outliers="asMissingValues" lowValue="0" highValue="10" missingValueReplacement="99"')
    # What stands in is not looked at again.
    assert [ask(value) for value in (-5, 5, None)] == [99, 5, 99]


@pytest.mark.parametrize(
    ("treatment", "wanted"),
    [('invalidValueTreatment="asIs"', 50), ('invalidValueTreatment="asValue" invalidValueReplacement="60"', 60)],
)
def test_only_what_is_valid_can_be_an_outlier(see: See, treatment: str, wanted: Any):
    ask = see(RANGE.format("closedClosed"), f'{treatment} outliers="asExtremeValues" lowValue="1" highValue="9"')
    assert [ask(value) for value in (50, 10, 0)] == [wanted, 9, 1]


def test_a_float_field_holds_single_precision(see: See):
    ask = see("", type_="float")
    assert ask(0.1) == 0.10000000149011612
    assert see("", 'missingValueReplacement="0.1"', "float")(None) == 0.10000000149011612


def test_a_truth_value_is_one_of_two(see: See):
    ask = see("", 'invalidValueTreatment="asMissing"', "boolean")
    assert [ask(value) for value in ("true", "FALSE", 1, 0, "maybe")] == [True, False, True, False, MISSING]


def test_a_date_has_values_too(see: See):
    ask = see('<Value value="2020-01-31"/>', type_="date")
    assert [ask(value) for value in ("2020-01-31", "2020-02-01", "noon")] == ["2020-01-31", REFUSED, REFUSED]


def test_a_refusal_tells_field_value_and_rule(tmp_path: Path, see: See):
    see(RANGE.format("openClosed"))
    model = PmmlEvaluator(str(tmp_path / "model.pmml"))
    reason = model.of_values({"x": 11})["_error"]
    assert reason.startswith("field 'x': 11")
    assert "is invalid, wanted double (0, 10] (invalidValueTreatment is returnInvalid)" in reason
    reason = model.of_values([{"x": 1}, {"x": "many"}])["_error"][1]
    assert reason.startswith("field 'x': 'many' is invalid")


def test_texts_have_no_intervals(see: See):
    with pytest.raises(BadInput, match=r"texts have no intervals .*Interval, line 2"):
        see(RANGE.format("openOpen"), type_="string")
