"""The library is whole: its 449 functions, their signatures and their error codes are those of the specification."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from salver.formats.pfa.errors import MESSAGES
from salver.formats.pfa.library.patterns import (
    ArrayOf,
    Exact,
    FieldNames,
    FunctionOf,
    Letter,
    MapOf,
    NamedLetter,
    Pattern,
    SignaturePattern,
    UnionOf,
)
from salver.formats.pfa.library.registry import LIBRARY
from salver.formats.pfa.library.table import FILES, find, load_all

ROOT = Path(__file__).parents[4]
SPECIFIED = ROOT.parent / "shared/testdata/pfa/functions.json"
SHARED = pytest.mark.skipif(not SPECIFIED.is_file(), reason="the shared test data is not there")
SOURCES = ROOT / "src/salver/formats/pfa/library"
COUNT = 449

OTHER_SIGNATURES = {f"metric.{name}" for name in ("squaredEuclidean", "chebyshev", "taxicab", "minkowski")}
"""Their similarity takes any two types, as that of metric.euclidean does in the list."""
OTHER_CODES = {"m.special.lnGamma", "model.tree.compoundTest"}
"""The list lost the code of the first, and the message of the second."""


@functools.cache
def specified() -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads(SPECIFIED.read_text())}


def listed(pattern: Pattern, met: set[str]) -> Any:
    """A pattern in the notation of the list, which knows the first branch of a union only. `met` are the letters that
    have been met."""
    match pattern:
        case Exact(of):
            return of.tag
        case ArrayOf(items):
            return {"array": listed(items, met)}
        case MapOf(values):
            return {"map": listed(values, met)}
        case UnionOf(types):
            return {"union": _first([listed(one, met) for one in types])}
        case FunctionOf(params, ret):
            return {"function": [listed(one, met) for one in params], "returns": listed(ret, met)}
        case FieldNames(name, of):
            met.add(name)
            return {"enum": name, "fieldsOf": of}
    if pattern.name in met:
        return {"ref": pattern.name}
    met.add(pattern.name)
    if isinstance(pattern, Letter):
        return {"any": pattern.name, **({"of": [one.tag for one in pattern.of]} if pattern.of else {})}
    return _named(pattern, met)


def _first(branches: list[Any]) -> Any:
    """The first branch, after the letters of all have been met."""
    return branches[0]


def _named(pattern: NamedLetter, met: set[str]) -> Any:
    if pattern.kind != "record":
        return {pattern.kind: pattern.name}
    return {"record": pattern.name, "fields": {name: listed(one, met) for name, one in pattern.fields.items()}}


def as_listed(signature: SignaturePattern) -> list[Any]:
    met: set[str] = set()
    return [*(listed(pattern, met) for _, pattern in signature.params), listed(signature.ret, met)]


def plain(value: Any) -> Any:
    """The list without stray blanks and with the first branch of each union only."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if "union" in value and isinstance(value["union"], list):
        return {"union": plain(value["union"][0])}
    return {key: plain(one) for key, one in value.items()}


def told(signatures: Iterable[Any]) -> list[str]:
    """Signatures in an order of their own, their letters named in the order in which they come."""
    return sorted(_renamed(json.dumps(one, sort_keys=True)) for one in signatures)


def _renamed(text: str) -> str:
    letters: dict[str, str] = {}
    return re.sub(r'"([A-Z])"', lambda found: letters.setdefault(found[1], f'"{len(letters)}"'), text)


@SHARED
def test_all_functions_of_the_specification_are_there_and_no_others() -> None:
    assert len(specified()) == COUNT
    assert load_all().keys() == specified().keys()


@SHARED
def test_signatures_are_those_of_the_specification() -> None:
    different = set()
    for name, known in load_all().items():
        theirs = [[*one["parameters"].values(), one["returns"]] for one in specified()[name]["signatures"]]
        if told(map(as_listed, known.signatures)) != told(map(plain, theirs)):
            different.add(name)
    assert different == OTHER_SIGNATURES


@SHARED
def test_error_codes_and_messages_are_those_of_the_specification() -> None:
    ours = {name: {str(code): told for code, told in known.errors.items()} for name, known in load_all().items()}
    theirs = {name: one.get("errors", {}) for name, one in specified().items()}
    assert {name for name in ours if ours[name] != theirs[name]} == OTHER_CODES


@SHARED
def test_what_draws_random_numbers_is_given_a_generator() -> None:
    drawing = {name for name, one in specified().items() if one.get("nondeterministic") == "pseudorandom"}
    assert {name for name, known in load_all().items() if "random" in known.needs} == drawing


def test_there_are_as_many_functions_as_the_specification_has() -> None:
    assert len(load_all()) == COUNT


def test_every_file_of_the_table_is_there() -> None:
    assert all(name.rpartition(".")[0] in FILES for name in load_all())
    for file in (file for files in FILES.values() for file in files):
        assert importlib.import_module(f"salver.formats.pfa.library.{file}").__doc__, file


def test_every_file_that_registers_functions_is_in_the_table() -> None:
    named = {file for files in FILES.values() for file in files}
    imports = re.compile(
        r"from salver\.formats\.pfa\.library\.registry import \(?[^)\n]*\b(typed|function)\b", re.DOTALL
    )
    registering = {path.stem for path in SOURCES.glob("*.py") if imports.search(path.read_text())}
    assert registering <= named


def test_no_function_is_registered_twice() -> None:
    pattern = re.compile(r"^@(?:typed|function)\(\s*\"([^\"]+)\"", re.MULTILINE)
    names = [name for path in SOURCES.glob("*.py") for name in pattern.findall(path.read_text())]
    assert sorted(names) == sorted(set(names))


def test_each_name_space_is_found_in_its_own_files() -> None:
    for name, known in load_all().items():
        space = name.rpartition(".")[0]
        file = known.make.__module__.rpartition(".")[2]
        assert file in FILES[space] or file == "registry", name
        assert find(name) is known


def test_codes_belong_to_one_message() -> None:
    for name, known in load_all().items():
        for code, told in known.errors.items():
            assert MESSAGES[code] == told, name


def test_needs_are_known_to_the_engine() -> None:
    assert {need for known in load_all().values() for need in known.needs} <= {"random", "clock"}


def test_signatures_of_a_function_differ_in_what_they_take() -> None:
    for name, known in load_all().items():
        taken = [tuple(pattern for _, pattern in signature.params) for signature in known.signatures]
        assert all(one not in taken[:at] for at, one in enumerate(taken)), name


@pytest.mark.parametrize("name", ["", "a", "a.", "a.nothing", "nothing.at.all", "u.f", "__class__"])
def test_other_names_are_not_found(name: str) -> None:
    assert find(name) is None
    assert name not in LIBRARY
