"""Changed copies of nested values."""

from __future__ import annotations

from typing import Any

import pytest
from pfa_calls import fails

from salver.formats.pfa.run.paths import ATTR_TO, CELL_TO, changed, item, missing, replaced

NESTED: dict[str, Any] = {"xs": [{"a": 1}, {"a": 2}], "untouched": [1]}


def test_a_copy_is_changed_and_the_rest_is_shared() -> None:
    found = changed(NESTED, ("xs", 1, "a"), lambda old: old + 5, ATTR_TO)
    assert found == {"xs": [{"a": 1}, {"a": 7}], "untouched": [1]}
    assert NESTED == {"xs": [{"a": 1}, {"a": 2}], "untouched": [1]}
    assert found["untouched"] is NESTED["untouched"]
    assert found["xs"][0] is NESTED["xs"][0]


def test_without_steps_the_whole_is_changed() -> None:
    assert changed(3, (), lambda old: old + 1, ATTR_TO) == 4
    assert replaced(3, (), 9, ATTR_TO) == 9


@pytest.mark.parametrize("index", [2, -1, 2**62])
def test_an_index_that_is_not_there(index: int) -> None:
    fails(2002, lambda: replaced([1, 2], (index,), 0, ATTR_TO))
    fails(2006, lambda: replaced([1, 2], (index,), 0, CELL_TO))


def test_a_key_that_is_not_there() -> None:
    fails(2003, lambda: replaced({"a": 1}, ("b",), 0, ATTR_TO))


def test_nothing_is_computed_where_the_way_is_not_there() -> None:
    asked: list[Any] = []
    fails(2007, lambda: changed({"a": {}}, ("a", "b"), asked.append, CELL_TO))
    assert asked == []


def test_items_are_counted_from_the_end_when_they_are_read() -> None:
    assert [item([1, 2, 3], index, 2000) for index in (0, 2, -1, -3)] == [1, 3, 3, 1]
    for index in (3, -4, 2**63 - 1, -(2**63)):
        fails(2000, lambda index=index: item([1, 2, 3], index, 2000))  # type: ignore[misc]


def test_missing_raises_the_code() -> None:
    fails(18000, lambda: missing(18000))
