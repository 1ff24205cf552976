"""The special forms of PFA: which keys make which form, and what stands behind each key. The only list of them
(PFA 0.8.1, "Special forms")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EXPRESSION: Final = "expression"
BODY: Final = "body"
"""One expression or a list of at least one."""
EXPRESSIONS: Final = "expressions"
"""A list of expressions."""
PATH: Final = "path"
"""A list of at least one expression."""
LOOSE: Final = "loose"
"""One expression or a list, which may be empty."""
ARGUMENT: Final = "argument"
ASSIGNMENTS: Final = "assignments"
"""Expressions by the names of symbols, at least one."""
NEW: Final = "new"
"""A list of expressions, or expressions by any names."""
FILLS: Final = "fills"
"""Arguments by names, at least one."""
SCHEMA: Final = "schema"
VALUE: Final = "value"
"""Any JSON: a value in Avro's encoding."""
TEXT: Final = "text"
SYMBOL: Final = "symbol"
FUNCTION_NAME: Final = "function name"
INT: Final = "int"
LONG: Final = "long"
NUMBER: Final = "number"
BASE64: Final = "base64"
BOOLEAN: Final = "boolean"
PARAMS: Final = "params"
CASES: Final = "cases"
IFS: Final = "ifs"
FILTER: Final = "filter"
FORMATS: Final = "formats"
"""A list of one-key objects: a symbol and a format."""
PACKED: Final = "packed"
"""A list of one-key objects: a format and an expression."""


@dataclass(frozen=True, slots=True)
class Form:
    """One special form."""

    kind: str
    required: dict[str, str]
    optional: dict[str, str]


def _form(kind: str, required: dict[str, str], optional: dict[str, str] | None = None) -> Form:
    return Form(kind, required, optional or {})


FORMS: Final[tuple[Form, ...]] = (
    _form("int", {"int": INT}),
    _form("long", {"long": LONG}),
    _form("float", {"float": NUMBER}),
    _form("double", {"double": NUMBER}),
    _form("string", {"string": TEXT}),
    _form("base64", {"base64": BASE64}),
    _form("literal", {"type": SCHEMA, "value": VALUE}),
    _form("new", {"new": NEW, "type": SCHEMA}),
    _form("do", {"do": BODY}),
    _form("let", {"let": ASSIGNMENTS}),
    _form("set", {"set": ASSIGNMENTS}),
    _form("attr", {"attr": EXPRESSION, "path": PATH}),
    _form("attr-to", {"attr": EXPRESSION, "path": PATH, "to": ARGUMENT}),
    _form("cell", {"cell": TEXT}, {"path": EXPRESSIONS}),
    _form("cell-to", {"cell": TEXT, "to": ARGUMENT}, {"path": EXPRESSIONS}),
    _form("pool", {"pool": TEXT, "path": PATH}),
    _form("pool-to", {"pool": TEXT, "path": PATH, "to": ARGUMENT, "init": EXPRESSION}),
    _form("pool-del", {"pool": TEXT, "del": EXPRESSION}),
    _form("if", {"if": EXPRESSION, "then": BODY}, {"else": BODY}),
    _form("cond", {"cond": IFS}, {"else": BODY}),
    _form("while", {"while": EXPRESSION, "do": BODY}),
    _form("until", {"do": BODY, "until": EXPRESSION}),
    _form("for", {"for": ASSIGNMENTS, "while": EXPRESSION, "step": ASSIGNMENTS, "do": BODY}),
    _form("foreach", {"foreach": SYMBOL, "in": EXPRESSION, "do": BODY}, {"seq": BOOLEAN}),
    _form("forkey", {"forkey": SYMBOL, "forval": SYMBOL, "in": EXPRESSION, "do": BODY}),
    _form("cast", {"cast": EXPRESSION, "cases": CASES}, {"partial": BOOLEAN}),
    _form("upcast", {"upcast": EXPRESSION, "as": SCHEMA}),
    _form("ifnotnull", {"ifnotnull": ASSIGNMENTS, "then": BODY}, {"else": BODY}),
    _form("pack", {"pack": PACKED}),
    _form("unpack", {"unpack": EXPRESSION, "format": FORMATS, "then": BODY}, {"else": BODY}),
    _form("doc", {"doc": TEXT}),
    _form("error", {"error": TEXT}, {"code": INT}),
    _form("try", {"try": BODY}, {"filter": FILTER}),
    _form("log", {"log": LOOSE}, {"namespace": TEXT}),
    _form("function", {"params": PARAMS, "ret": SCHEMA, "do": BODY}),
    _form("reference", {"fcn": FUNCTION_NAME}),
    _form("fill", {"fcn": FUNCTION_NAME, "fill": FILLS}),
    _form("call", {"call": EXPRESSION, "args": EXPRESSIONS}),
)

RESERVED: Final = frozenset(key for form in FORMS for key in (*form.required, *form.optional))
"""Keys of special forms: no function is called so."""


def form_of(keys: frozenset[str]) -> Form | None:
    """The form that these keys make, if any."""
    if keys in _KNOWN:
        return _KNOWN[keys]
    for form in FORMS:
        if form.required.keys() <= keys <= form.required.keys() | form.optional.keys():
            _KNOWN[keys] = form
            return form
    return None


def nearest_form(keys: frozenset[str]) -> Form | None:
    """The form that keys which make none most likely mean: for an error message."""
    best = max(FORMS, key=lambda form: len(keys & form.required.keys()) * 2 - len(keys ^ form.required.keys()))
    return best if keys & best.required.keys() else None


_KNOWN: Final[dict[frozenset[str], Form]] = {}
"""Only sets of keys that make a form: there are few of them."""
