"""Documents are hostile: bounds, bombs, keys that stand twice, tags; YAML's words are those that Kubernetes reads."""

from __future__ import annotations

import math
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import Fault
from salver.graph.deployment.document import MAX_BYTES, find_deployment
from salver.graph.deployment.place import BadDeployment
from salver.graph.deployment.reading import read_deployment
from salver.graph.deployment.words import Words, value_of

HEAD = "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\n"


def find(text: str) -> yaml.MappingNode:
    return find_deployment(text, "d.yaml", [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no document of kind SeldonDeployment is here"),
        ("---\n---\n", "no document of kind SeldonDeployment is here"),
        ("- a", "d.yaml:1: wanted a document with apiVersion and kind, got a list"),
        ("kind: Pod", "d.yaml:1: a document of kind 'Pod' is left out"),
        (f"{HEAD}---\n{HEAD}", r"2 documents of kind SeldonDeployment \(lines 1, 4\); wanted one"),
        (f"{HEAD}spec: [", "d.yaml:3: this is no YAML"),
        (f"{HEAD}\tspec: a", r"d.yaml:3: this is no YAML: .* \(YAML is indented with spaces\)"),
        (f'{HEAD}spec: "\\UFFFFFFFF"', "this is no YAML"),
        (f"{HEAD}spec: &a [*a]", "d.yaml:3: an alias holds itself"),
        (f"{HEAD}spec: {'[' * 250}{']' * 250}", "nested deeper than 200 levels"),
        (f"{HEAD}spec: {chr(91) * 600}", "nested too deeply|no YAML"),
        (HEAD + "#" * MAX_BYTES, f"more than {MAX_BYTES} bytes"),
        ("kind: List\nitems: [1]", "wanted a document with apiVersion and kind, got the integer '1'"),
    ],
)
def test_what_is_no_document_is_refused(text: str, told: str) -> None:
    with pytest.raises(BadDeployment, match=told):
        find(text)


def test_aliases_do_not_lead_deeper_than_is_allowed() -> None:
    opening, closing = "{name: a, children: [" * 80, "]}" * 80
    links = "\n".join(f"l{n}: &l{n} {opening}*l{n - 1}{closing}" for n in range(1, 13))
    text = f"{HEAD}l0: &l0 {{name: a}}\n{links}\nspec: {{predictors: [{{graph: *l12}}]}}"
    with pytest.raises(BadDeployment, match="nested deeper than 200 levels"):
        read_deployment(text, "d.yaml")


def test_a_bomb_of_aliases_is_refused() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12))
    with pytest.raises(BadDeployment, match="more than 100000 values"):
        find(f"{HEAD}l0: &l0 [x]\n{levels}")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("metadata: {name: a, name: b}", "d.yaml:3: metadata: the key 'name' stands already in line 3"),
        ("metadata: {1: a}", "metadata: a key must be text, got the integer '1'; put it in quotes"),
        ("metadata: {on: a}", "a key must be text, got the boolean 'on'"),
        ("metadata: {[a]: b}", "a key must be text, got a list"),
        ("metadata: {<<: 5}", "<< merges keys and values, got the integer '5'"),
        ("metadata: {name: !!python/name:os.system }", "tag .*python.* is not known here"),
        ("metadata: {name: !!binary aGk=}", "tag .*binary is not known here"),
        ("metadata: {name: !!int a}", "'a' is no int"),
        ('metadata: {name: "a\\0b"}', "metadata.name: holds a NUL"),
        ('metadata: {name: "\\uD800"}', r"metadata.name: holds half a character"),
        ("metadata: {name: [a]}", "metadata.name: wanted one value, got a list"),
    ],
)
def test_what_is_no_plain_document_is_refused(body: str, told: str) -> None:
    with pytest.raises(BadDeployment, match=told):
        read_deployment(f"{HEAD}{body}\nspec: {{predictors: []}}", "d.yaml")


def test_the_items_of_a_list_are_looked_through() -> None:
    node = find("kind: List\napiVersion: v1\nitems:\n- kind: Pod\n- kind: SeldonDeployment\n  apiVersion: x\n")
    assert node.start_mark.line == 4


def plain(word: str) -> object:
    node = yaml.compose(word, Words)
    assert isinstance(node, yaml.ScalarNode)
    return value_of(node)


BOOLEANS = {"y": True, "Yes": True, "ON": True, "true": True, "n": False, "No": False, "OFF": False, "False": False}
NUMBERS = {"0": 0, "10": 10, "-3": -3, "+3": 3, "1_000": 1000, "010": 8, "-010": -8, "0o17": 15, "0x1F": 31, "0b101": 5}
FLOATS = {"1e3": 1000.0, ".5": 0.5, "5.": 5.0, "09": 9.0, "1.5E-2": 0.015, "-.inf": -math.inf}
TEXTS = ["yES", "tRUE", "1:30", "2001-01-01", "0x", "1e", "1.2.3", "NULL!", "nan", "inf", "'yes'", '"010"', "!!str yes"]


@pytest.mark.parametrize(("word", "value"), [*BOOLEANS.items(), *NUMBERS.items(), *FLOATS.items()])
def test_plain_words_are_what_kubernetes_reads(word: str, value: object) -> None:
    found = plain(word)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", TEXTS)
def test_other_words_are_text(word: str) -> None:
    assert plain(word) == re.sub(r"^!!str |['\"]", "", word)


@pytest.mark.parametrize("word", ["~", "null", "Null", "NULL"])
def test_nulls_are_nothing(word: str) -> None:
    assert plain(word) is None


def test_not_a_number_is_read() -> None:
    assert str(plain(".NaN")) == "nan"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def told_of(text: str) -> str:
    """Why it is refused, or its source's name where it is not. Nothing but a Fault may be raised."""
    try:
        read_deployment(text, "d.yaml")
    except Fault as fault:
        return fault.message
    return "d.yaml"


KEYS = ("predictors", "name", "graph", "children", "traffic", "shadow", "type", "methods", "parameters", "endpoint")


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert told_of(HEAD + text).startswith("d.yaml")


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON), max_size=4))
def test_any_value_under_any_field_is_read_or_refused(predictor: dict[str, object]) -> None:
    document = {
        "apiVersion": "machinelearning.seldon.io/v1",
        "kind": "SeldonDeployment",
        "metadata": {"name": "d"},
        "spec": {"predictors": [{"name": "p", "graph": {"name": "m", "implementation": "SIMPLE_MODEL"}} | predictor]},
    }
    assert told_of(yaml.safe_dump(document)).startswith("d.yaml")
