"""How library functions are written down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from salver.formats.pfa.avro.types import DOUBLE, INT
from salver.formats.pfa.errors import MESSAGES, PFARuntimeError
from salver.formats.pfa.library.registry import LIBRARY, UNKNOWN, Call, fail, function, typed


@pytest.fixture(autouse=True)
def _tidy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before, messages = dict(LIBRARY), dict(MESSAGES)
    yield
    LIBRARY.clear()
    LIBRARY.update(before)
    MESSAGES.clear()
    MESSAGES.update(messages)


def test_a_function_is_found_by_its_name_with_its_signatures_and_codes() -> None:
    @function("test.twice", "(x: int) -> int", "(x: double) -> double", errors={99990: "too much"}, needs=("clock",))
    def twice(_clock: object, x: float) -> float:
        return 2 * x

    known = LIBRARY["test.twice"]
    assert [signature.text for signature in known.signatures] == ["(x: int) -> int", "(x: double) -> double"]
    assert (known.needs, known.errors) == (("clock",), {99990: "too much"})
    assert known.make(Call({}, (INT,), INT)) is twice


def test_a_typed_function_is_made_for_each_call() -> None:
    @typed("test.kind", "(x: any A) -> string")
    def kind(call: Call) -> object:
        return lambda _x: repr(call.params[0])

    known = LIBRARY["test.kind"]
    assert [known.make(Call({}, (of,), of))(0) for of in (INT, DOUBLE)] == ["int", "double"]
    assert callable(kind)


def test_a_call_knows_the_arguments_that_never_change() -> None:
    call = Call({}, (INT, INT), INT, (3, UNKNOWN))
    assert (call.constant(0), call.constant(1), call.constant(2)) == (3, UNKNOWN, UNKNOWN)


def test_a_failure_has_the_message_of_its_code() -> None:
    function("test.fails", "() -> int", errors={99991: "it failed"})(lambda: fail(99991))
    with pytest.raises(PFARuntimeError, match=r"it failed \(error 99991\)") as failed:
        LIBRARY["test.fails"].make(Call({}, (), INT))()
    assert failed.value.code == 99991
