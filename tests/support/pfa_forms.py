"""Special forms tried out: an action in a small document, what it answers, and how it is refused or fails."""

from __future__ import annotations

from typing import Any

import pytest

from salver.formats.pfa import Engine, PFAError, PFARuntimeError, PFASemanticError, PFAUserError

INTS = {"type": "array", "items": "int"}
STRINGS = {"type": "array", "items": "string"}


def engine(action: Any, *, takes: Any = "int", gives: Any = "int", **fields: Any) -> Engine:
    """The engine of a document that does this."""
    return Engine.from_json({"input": takes, "output": gives, "action": action, **fields})


def answer(action: Any, given: Any = 0, **document: Any) -> Any:
    """What a document that does this answers."""
    return engine(action, **document).action(given)


def refused(action: Any, kind: type[PFAError] = PFASemanticError, **document: Any) -> PFAError:
    """Expects that a document that does this is refused when it is loaded."""
    with pytest.raises(kind) as caught:
        engine(action, **document)
    return caught.value


def code_of(action: Any, given: Any = 0, **document: Any) -> int | None:
    """Expects that a document that does this loads, and fails when it runs; with which code."""
    made = engine(action, **document)
    try:
        made.action(given)
    except (PFARuntimeError, PFAUserError) as error:
        return error.code
    return pytest.fail("it did not fail")


def array(*items: Any, of: Any = "int") -> Any:
    """An expression that makes an array."""
    return {"new": list(items), "type": {"type": "array", "items": of}}


def function(ret: Any, do: Any, **params: Any) -> Any:
    """The definition of a function."""
    return {"params": [{name: of} for name, of in params.items()], "ret": ret, "do": do}


def typed(of: Any, value: Any) -> Any:
    """A literal of a type."""
    return {"type": of, "value": value}
