"""Tables within a document."""

from __future__ import annotations

import pytest
from pmml_expressions import parse

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml import tables
from salver.formats.pmml.tables import column_name, rows_of, table_of


def test_rows_are_texts_by_column():
    table = parse("<InlineTable><row><a>1</a><b>two words</b></row><row><b/></row><row/></InlineTable>")
    assert rows_of(table) == [{"a": "1", "b": "two words"}, {"b": ""}, {}]


def test_of_two_cells_of_one_column_the_first_counts():
    assert rows_of(parse("<InlineTable><row><a>1</a><a>2</a></row></InlineTable>")) == [{"a": "1"}]


def test_a_table_outside_is_refused():
    with pytest.raises(Unsupported, match=r"outside the document.*/MapValues/TableLocator, line 2"):
        table_of(parse("<MapValues><TableLocator/></MapValues>"))


def test_no_table_is_refused():
    with pytest.raises(BadInput, match=r"MapValues needs a child InlineTable or TableLocator"):
        table_of(parse("<MapValues/>"))


def test_the_number_of_cells_is_bounded(monkeypatch):
    monkeypatch.setattr(tables, "MAX_CELLS", 3)
    row = "<row><a>1</a><b>2</b></row>"
    assert len(rows_of(parse(f"<InlineTable>{row}</InlineTable>"))) == 1
    with pytest.raises(Unsupported, match="more than 3 cells"):
        rows_of(parse(f"<InlineTable>{row}{row}</InlineTable>"))


@pytest.mark.parametrize(("written", "name"), [("data:input", "input"), ("input", "input")])
def test_columns_are_known_without_a_prefix(written, name):
    assert column_name(written) == name
