"""Golden documents with mistakes in them, and rows with junk: whatever comes, nothing but a Fault comes back.

`PMML_FUZZ_DOCUMENTS=10000 pytest tests/formats/pmml/test_fuzz.py`, or `scripts/fuzz`, has more of it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from pmml_golden import COPIES, Case, cases

from salver.core.errors import Fault
from salver.formats.pmml.evaluator import PmmlEvaluator

DOCUMENTS = int(os.environ.get("PMML_FUZZ_DOCUMENTS", "150"))
FIRST = int(os.environ.get("PMML_FUZZ_FIRST", "0"))
LARGEST = 40_000
"""Bytes of a document that is worth the time."""
CASES = [case for case in cases() or cases(root=COPIES) if Path(case.document).stat().st_size < LARGEST]
WORDS = (
    "",
    "NaN",
    "INF",
    "-INF",
    "-1",
    "0",
    "1",
    "2",
    "0.5",
    "1e308",
    "-1e-320",
    "1e400",
    "999999999999",
    "many",
    "true",
)
VALUES: tuple[Any, ...] = (
    None,
    "",
    "x",
    "1",
    "NaN",
    -1,
    0,
    1.5,
    1e308,
    -1e308,
    float("inf"),
    float("nan"),
    True,
    10**400,
    b"x",
    [1],
    {},
    (),
)


# Documents.


def mistaken(chance: random.Random, case: Case) -> bytes:
    """A document with some mistakes in it."""
    text = Path(case.document).read_bytes()
    if chance.random() < 0.1:
        return noisy(chance, text)
    root = ElementTree.fromstring(text)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 6])):
        chance.choice(MISTAKES)(chance, root)
    return ElementTree.tostring(root)


def noisy(chance: random.Random, text: bytes) -> bytes:
    place = chance.randrange(len(text))
    match chance.randrange(4):
        case 0:
            return text[:place]
        case 1:
            return text[:place] + chance.randbytes(3) + text[place + chance.randrange(5) :]
        case 2:
            other = chance.randrange(len(text))
            return text[:place] + text[other:]
        case _:
            return text.replace(
                chance.choice([b'"1"', b"0", b"double", b"="]), chance.choice([b"", b'"x"', b"string"]), 3
            )


def all_of(root: Element) -> list[Element]:
    return list(root.iter())


def with_children(chance: random.Random, root: Element) -> Element:
    """Some element with children; the root where there is no other."""
    return chance.choice([each for each in root.iter() if len(each)] or [root])


def leave_out(chance: random.Random, root: Element) -> None:
    parent = with_children(chance, root)
    if len(parent):
        del parent[chance.randrange(len(parent))]


def repeat(chance: random.Random, root: Element) -> None:
    parent = with_children(chance, root)
    if len(parent):
        parent.insert(chance.randrange(len(parent) + 1), chance.choice(parent))


def turn_round(chance: random.Random, root: Element) -> None:
    parent = with_children(chance, root)
    some = list(parent)
    chance.shuffle(some)
    parent[:] = some


def move(chance: random.Random, root: Element) -> None:
    """An element of one place in another as well; never in itself."""
    source, target = chance.choice(all_of(root)), chance.choice(all_of(root))
    if not any(each is target for each in source.iter()):
        target.insert(chance.randrange(len(target) + 1), source)


def with_attributes(chance: random.Random, root: Element) -> Element:
    return chance.choice([each for each in root.iter() if each.attrib] or [root])


def change_attribute(chance: random.Random, root: Element) -> None:
    element = with_attributes(chance, root)
    if element.attrib:
        element.attrib[chance.choice(list(element.attrib))] = word(chance, root)


def word(chance: random.Random, root: Element) -> str:
    """Junk, or a word that stands elsewhere in the document."""
    if chance.random() < 0.5:
        return chance.choice(WORDS)
    return chance.choice(list(with_attributes(chance, root).attrib.values()) or [""])


def leave_out_attribute(chance: random.Random, root: Element) -> None:
    element = with_attributes(chance, root)
    if element.attrib:
        del element.attrib[chance.choice(list(element.attrib))]


def take_attributes(chance: random.Random, root: Element) -> None:
    chance.choice(all_of(root)).attrib.update(with_attributes(chance, root).attrib)


def rename(chance: random.Random, root: Element) -> None:
    chance.choice(all_of(root)).tag = chance.choice(all_of(root)).tag


def change_text(chance: random.Random, root: Element) -> None:
    element = chance.choice([each for each in root.iter() if each.text and each.text.strip()] or [root])
    words = (element.text or "").split()
    if words and chance.random() < 0.7:
        words[chance.randrange(len(words))] = word(chance, root)
        element.text = " ".join(words)
    else:
        element.text = word(chance, root)


Mistake = Callable[[random.Random, Element], None]
MISTAKES: tuple[Mistake, ...] = (
    leave_out,
    repeat,
    turn_round,
    move,
    change_attribute,
    change_attribute,
    change_attribute,
    leave_out_attribute,
    take_attributes,
    rename,
    change_text,
    change_text,
)


# Rows.


def junk_rows(chance: random.Random, model: PmmlEvaluator, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows as they should be, some with junk in them."""
    names = [*next(iter(model.signatures.values())).inputs, *(rows[0] if rows else {})]
    some: list[Mapping[str, Any]] = chance.sample(rows, min(4, len(rows)))
    for _ in range(3):
        row = dict(chance.choice(rows)) if rows else {}
        for _ in range(chance.randrange(4)):
            row[chance.choice(names) if names else "x"] = chance.choice(VALUES)
        some.append(row)
    return some


def ask(chance: random.Random, model: PmmlEvaluator, rows: list[Mapping[str, Any]]) -> None:
    """Asks in every way there is."""
    asked = junk_rows(chance, model, rows)
    names = sorted({name for row in asked for name in row})
    columns = {name: [row.get(name) for row in asked] for name in names}
    numbers = {name: np.array([chance.uniform(-9, 9) for _ in range(5)]) for name in names}
    ways: list[Any] = [asked, *asked[-2:], columns, numbers]
    for what in ways:
        try:
            model.of_values(what)
        except Fault:
            continue


def fuzz(seed: int, folder: Path) -> None:
    """One document with mistakes: opened, and asked."""
    chance = random.Random(seed)
    case = chance.choice(CASES)
    path = folder / "model.pmml"
    path.write_bytes(mistaken(chance, case))
    try:
        model = PmmlEvaluator(str(path))
    except Fault:
        return
    ask(chance, model, case.rows())


@pytest.mark.slow
def test_nothing_but_faults_comes_of_broken_documents(tmp_path: Path):
    for seed in range(FIRST, FIRST + DOCUMENTS):
        try:
            fuzz(seed, tmp_path)
        except BaseException as error:
            error.add_note(f"fuzz({seed})")
            raise


@pytest.mark.slow
def test_nothing_but_faults_comes_of_junk_in_rows(tmp_path: Path):
    chance = random.Random(1)
    for case in chance.sample(CASES, min(len(CASES), max(20, DOCUMENTS // 20))):
        try:
            model = PmmlEvaluator(case.document)
        except Fault:
            continue
        ask(chance, model, case.rows())
