"""Refused rows: all are named in a message, none takes it all up, and a column has the reason of each."""

from hypothesis import given
from hypothesis import strategies as st

from salver.core.row_errors import reasons, told, wants_reasons
from salver.core.servable import Request
from salver.core.signature import ERROR, ROW_ERRORS


def test_a_request_wants_reasons_where_it_says_so_in_either_way() -> None:
    assert wants_reasons(Request(tensors={}, params={ROW_ERRORS: True}))
    assert wants_reasons(Request(tensors={}, outputs=("y", ERROR)))
    assert not wants_reasons(Request(tensors={}, params={ROW_ERRORS: False}, outputs=("y",)))


def test_a_message_tells_the_reasons_of_the_first_rows_and_names_the_others() -> None:
    assert told({4: "no x", 2: "no y"}) == "row 2: no y; row 4: no x"
    message = told(dict.fromkeys(range(22), "no x"))
    assert message.endswith("; row 19: no x; and rows 20, 21")


def test_a_message_stays_short() -> None:
    message = told(dict.fromkeys(range(5000), "no x"))
    assert message.endswith(", 1019 and 3980 more")
    assert len(message) < 10_000


@given(st.dictionaries(st.integers(0, 9), st.text()))
def test_a_column_has_each_reason_at_its_row(refused: dict[int, str]) -> None:
    column = reasons(refused, 10)
    assert column.shape == (10,)
    assert {row: reason for row, reason in enumerate(column) if reason is not None} == refused
