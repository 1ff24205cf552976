from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.graph.guards.reference import Learning, Reference


def written(folder: Path, text: str) -> str:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_csv_of_numbers_is_a_named_matrix(tmp_path: Path) -> None:
    table = Reference(written(tmp_path, "\ufeffa, b\n1,2.5\n\n3,\n")).read()
    assert (table.dtype, table.names) == ("FP64", ("a", "b"))
    np.testing.assert_array_equal(table.array, [[1, 2.5], [3, np.nan]])


def test_a_csv_may_have_no_header_and_another_delimiter(tmp_path: Path) -> None:
    table = Reference(written(tmp_path, "1;2\n3;4\n"), header=False, delimiter=";").read()
    assert table.names == ()
    assert table.array.tolist() == [[1, 2], [3, 4]]


def test_a_csv_with_words_is_text(tmp_path: Path) -> None:
    table = Reference(written(tmp_path, 'home,n\n"own, paid",1\n,2\n')).read()
    assert table.dtype == "BYTES"
    assert table.array.tolist() == [["own, paid", "1"], [None, "2"]]


def test_a_saved_matrix_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    table = Reference(str(tmp_path / "rows.npy")).read()
    assert (table.dtype, table.array.tolist()) == ("FP32", [[0, 1], [2, 3], [4, 5]])


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.array([[object()]], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="cannot be read"):
        Reference(str(tmp_path / "rows.npy")).read()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n3\n", "row 1 has 1 values, wanted 2"),
        ("a,b\n1,2,3\n", "row 0 has 3 values, wanted 2"),
        ("a,b\n", "must be a matrix"),
        ("", "must be a matrix"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        Reference(written(tmp_path, text)).read()


def test_a_file_that_is_too_large_or_missing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n1\n")
    with pytest.raises(BadInput, match=r"has 4 bytes, more than max_bytes \(3\)"):
        Reference(path, max_bytes=3).read()
    with pytest.raises(BadInput, match="cannot be read"):
        Reference(str(tmp_path / "none.csv")).read()


@pytest.mark.parametrize(("options", "field"), [({"delimiter": ""}, "delimiter"), ({"max_bytes": 0}, "max_bytes")])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        Reference("x.csv", **options)


def test_learning_takes_no_more_than_it_wants() -> None:
    learning = Learning(3)
    learning.take(np.array([[1.0], [2.0]]), "a")
    assert learning.wanted == 1
    learning.take(np.array([[3.0], [4.0]]), "a")
    assert learning.wanted == 0
    assert learning.learnt().tolist() == [[1], [2], [3]]


def test_learning_wants_two_rows_a_column() -> None:
    learning = Learning(3)
    learning.take(np.zeros((1, 5)), "a")
    assert learning.wanted == 9


def test_learning_begins_anew_with_other_columns() -> None:
    learning = Learning(2)
    learning.take(np.array([[1.0]]), "a")
    learning.take(np.array([[7.0]]), "b")
    learning.take(np.array([[8.0]]), "b")
    assert learning.learnt().tolist() == [[7], [8]]


def test_requests_without_a_row_do_not_add_up() -> None:
    learning = Learning(2)
    for _ in range(9):
        learning.take(np.empty((0, 1)), "a")
    assert not learning._parts
    assert learning.wanted == 2


def test_learnt_rows_are_kept_apart_from_the_request() -> None:
    rows = np.array([[1.0], [2.0]])
    learning = Learning(2)
    learning.take(rows, "a")
    rows[:] = 0
    assert learning.learnt().tolist() == [[1], [2]]
