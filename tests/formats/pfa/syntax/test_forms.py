"""The list of special forms: each set of keys makes one form at most, and none is forgotten."""

from __future__ import annotations

from itertools import combinations

import pytest

from salver.formats.pfa.compiler import program
from salver.formats.pfa.compiler.body import FORMS as WRITERS
from salver.formats.pfa.syntax.forms import FORMS, RESERVED, Form, form_of, nearest_form

LEAVES = {"null", "boolean", "symbol", "apply", "case"}
"""Kinds of nodes that are no objects with keys of their own."""


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_its_keys_make_the_form(form: Form) -> None:
    assert form_of(frozenset(form.required)) is form
    assert form_of(frozenset(form.required | form.optional)) is form


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_a_key_too_many_makes_no_form(form: Form) -> None:
    assert form_of(frozenset([*form.required, "surplus"])) is None


def test_no_keys_make_two_forms() -> None:
    made: dict[frozenset[str], str] = {}
    for form in FORMS:
        for count in range(len(form.optional) + 1):
            for some in combinations(form.optional, count):
                keys = frozenset([*form.required, *some])
                assert made.setdefault(keys, form.kind) == form.kind


def test_kinds_are_there_once_and_each_is_written_by_something() -> None:
    kinds = [form.kind for form in FORMS]
    assert len(set(kinds)) == len(kinds)
    assert program.compile_document is not None
    assert (set(kinds) | LEAVES) - {"case"} <= WRITERS.keys()


def test_keys_of_forms_name_no_functions() -> None:
    assert {"let", "cell", "else", "fill", "namespace"} <= RESERVED
    assert "+" not in RESERVED


@pytest.mark.parametrize(
    ("keys", "meant"),
    [({"if", "than"}, "if"), ({"foreach", "do"}, "foreach"), ({"pool", "path", "to"}, "pool-to"), ({"what"}, None)],
)
def test_keys_that_make_none_are_near_to_one(keys: set[str], meant: str | None) -> None:
    near = nearest_form(frozenset(keys))
    assert (near.kind if near else None) == meant
