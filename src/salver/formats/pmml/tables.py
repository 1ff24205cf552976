"""Tables that a document brings, as rows of texts by column. Specification: Taxonomy, "InlineTable"."""

from __future__ import annotations

from typing import Final

from salver.formats.pmml.element import Element

MAX_CELLS: Final = 1_000_000
"""Of one table."""


def table_of(parent: Element) -> Element:
    """The InlineTable among an element's children. Raises BadInput where there is none, Unsupported for a table that
    lies outside the document."""
    table = parent.need("InlineTable", "TableLocator")
    if table.tag == "TableLocator":
        table.unsupported("a table outside the document is not supported")
    return table


def rows_of(table: Element) -> list[dict[str, str]]:
    """The rows of an InlineTable. A column that a row does not have is not in its dict.

    Raises Unsupported for more than a million cells."""
    rows: list[dict[str, str]] = []
    cells = 0
    for row in table.all("row"):
        rows.append({cell.tag: cell.text for cell in reversed(row.children)})
        cells += len(row.children)
        if cells > MAX_CELLS:
            table.unsupported(f"a table of more than {MAX_CELLS:,} cells is not supported")
    return rows


def column_name(name: str) -> str:
    """The name of a column as the rows have it: without the namespace's prefix."""
    return name.rpartition(":")[2]
