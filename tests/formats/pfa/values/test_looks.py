from __future__ import annotations

from typing import Any

import pytest

from salver.formats.pfa.avro.types import DOUBLE, INT, NULL, STRING, Array, Field, Map, Record, Union
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.looks import certain_tags


def twins() -> Record:
    """Two records that look alike, and hold each other."""
    first, second = Record("First"), Record("Second")
    inner = Union([NULL, first, second])
    first.fields = second.fields = (Field("inner", inner),)
    return first


def test_records_are_told_apart_by_what_they_hold() -> None:
    whole, real = Record("Whole", [Field("x", INT)]), Record("Real", [Field("x", DOUBLE)])
    text = Record("Text", [Field("x", Array(STRING))])
    read = decoder(Union([NULL, real, text]))
    assert read({"x": 1.5}) == ("Real", {"x": 1.5})
    assert read({"x": ["a"]}) == ("Text", {"x": ["a"]})
    with pytest.raises(PFAInputError, match="could be Whole, Real; say which"):
        decoder(Union([whole, real]))({"x": 1})


def test_a_tag_of_what_else_would_fit_wins() -> None:
    holder = Record("Holder", [Field("Holder", Union([NULL, INT]), None)])
    read = decoder(Union([NULL, holder]))
    assert read({"Holder": {}}) == ("Holder", {"Holder": None})
    assert read({"Holder": 3}) == ("Holder", {"Holder": ("int", 3)})


def test_fields_that_no_record_knows_are_passed_over_in_unions_too() -> None:
    point = Record("Point", [Field("x", INT)])
    read = decoder(Union([NULL, point]))
    assert read({"x": 1, "z": 2}) == ("Point", {"x": 1})
    assert read({"Point": {"x": 1, "z": 2}}) == ("Point", {"x": 1})
    assert decoder(Union([point, Map(STRING)]))({"Point": {"x": 1, "z": 2}}) == ("Point", {"x": 1})


def test_the_record_that_knows_all_fields_goes_first() -> None:
    less, more = Record("Less", [Field("x", INT)]), Record("More", [Field("x", INT), Field("y", INT)])
    read = decoder(Union([less, more]))
    assert read({"x": 1, "y": 2}) == ("More", {"x": 1, "y": 2})
    assert read({"x": 1}) == ("Less", {"x": 1})
    with pytest.raises(PFAInputError, match="could be Less, More"):
        read({"x": 1, "y": 2, "z": 3})


def test_a_wrong_value_under_a_tag_is_no_record_of_defaults() -> None:
    point, loose = Record("Point", [Field("x", INT)]), Record("Loose", [Field("y", INT, 0)])
    with pytest.raises(PFAInputError) as refused:
        decoder(Union([point, loose]), "input")({"Point": {"x": "wrong"}})
    assert refused.value.path == "input.Point.x"


def test_tags_are_certain_unless_an_object_of_that_key_is_something_else_too() -> None:
    point = Record("Point", [Field("x", INT)])
    named = Record("Named", [Field("Point", INT), Field("z", INT, 0)])
    assert certain_tags(Union([NULL, point, DOUBLE])) == [point, DOUBLE]
    assert certain_tags(Union([NULL, point, named])) == [named]
    assert certain_tags(Union([NULL, point, Map(INT)])) == []


def test_untagged_values_that_could_be_many_things_are_refused_at_once() -> None:
    value: Any = None
    for _ in range(100):
        value = {"inner": value}
    with pytest.raises(PFAInputError, match="could be First, Second") as refused:
        decoder(twins(), "input")(value)
    assert refused.value.path == "input.inner"


def test_a_fault_deep_inside_tagged_values_is_found_at_once() -> None:
    record = Record("Deep")
    record.fields = (Field("inner", Union([NULL, record, Map(record)])),)
    value: Any = {"inner": "wrong"}
    for _ in range(60):
        value = {"inner": {"Deep": value}}
    with pytest.raises(PFAInputError, match="not 'wrong'") as refused:
        decoder(record, "input")(value)
    assert refused.value.path == "input" + ".inner.Deep" * 60 + ".inner"
