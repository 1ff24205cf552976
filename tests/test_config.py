from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.config import MAX_DOCUMENT_BYTES, BadConfig, help_of, parse_size, read
from salver.core.bounds import at_least
from salver.core.errors import BadInput
from salver.options import ServerOptions


@dataclass(frozen=True)
class Latest:
    latest: int
    """How many."""


@dataclass(frozen=True)
class Leaf:
    path: str
    """Where
    it lies."""
    versions: Latest | tuple[int, ...] | Literal["all"] = Latest(1)
    marker: str | None = None
    mode: Literal["keep", "save"] = "keep"
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tree:
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    limit_bytes: int = 10
    wait_s: float = 1.0
    cors: bool = False
    host: str = "here"

    def __post_init__(self) -> None:
        at_least(self, 0, "wait_s")


def message(text: str, cls: type[Any] = Tree) -> str:
    with pytest.raises(BadConfig) as caught:
        read(cls, text, "c.yaml")
    return caught.value.message


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff"), max_size=12
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
leaves = st.builds(
    Leaf,
    words,
    st.builds(Latest, st.integers()) | st.lists(st.integers(), max_size=3).map(tuple) | st.just("all"),
    st.none() | words,
    st.sampled_from(["keep", "save"]),
    st.dictionaries(words, plain, max_size=3),
)
trees = st.builds(
    Tree,
    st.dictionaries(words, leaves, max_size=3),
    st.integers(),
    st.floats(0, allow_nan=False, allow_infinity=False),
    st.booleans(),
    words,
)


def as_document(value: Any) -> Any:
    """Tuples as lists: all that YAML knows."""
    if isinstance(value, dict):
        return {key: as_document(item) for key, item in value.items()}
    return [as_document(item) for item in value] if isinstance(value, (list, tuple)) else value


class Quoted(str):
    """Text that must not be taken for a number."""


yaml.SafeDumper.add_representer(
    Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def quoted(value: Any) -> Any:
    if isinstance(value, dict):
        return {quoted(key): quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [quoted(item) for item in value]
    return Quoted(value) if isinstance(value, str) else value


@given(trees)
@settings(max_examples=60, deadline=None)
def test_what_is_dumped_reads_back_equal(tree: Tree):
    text = yaml.safe_dump(quoted(as_document(asdict(tree))), allow_unicode=True)
    assert read(Tree, text, "c.yaml") == tree


@given(st.text(max_size=60) | st.text(alphabet="{}[]:,-?&*!|>'\"%@`#\n\t a0~.<=", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_reads_or_is_refused_with_its_name(text: str):
    refused = ""
    try:
        read(Tree, text, "c.yaml")
    except BadConfig as fault:
        refused = fault.message
    assert not refused or refused.startswith("c.yaml")
    assert "\n" not in refused


def test_an_empty_document_is_all_defaults():
    for text in ("", "# nothing\n", "---\n", "{}", "leaves:\n  # a: {}\n"):
        assert read(Tree, text, "c.yaml") == Tree()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("leavs: {}", "c.yaml:1: there is no key 'leavs'; did you mean 'leaves'?; the keys are leaves, limit_bytes"),
        (
            "leaves:\n  wine:\n    path: w\n    verions: all",
            "c.yaml:4: leaves.wine: there is no key 'verions'; did you mean 'versions'?",
        ),
        ("leaves:\n  wine: {}", "c.yaml:2: leaves.wine: the key 'path' is missing: Where it lies."),
        ("cors: yes", "c.yaml:1: cors: wanted true or false, got text 'yes'"),
        ("limit_bytes: 1.5", "limit_bytes: wanted an integer, or a size such as 64MB, got a number '1.5'"),
        ("limit_bytes: [1]", "limit_bytes: wanted one value, got a list"),
        ("limit_bytes:", "limit_bytes: wanted an integer, or a size such as 64MB, got nothing"),
        ("wait_s: .nan", "wait_s: wanted a finite number, got .nan"),
        ("host: true", "host: wanted text, got a boolean 'true'"),
        ("host: 1\nwait_s: -1", "c.yaml:2: wait_s must be at least 0, got -1.0"),
        ("leaves: [a]", "leaves: wanted keys and values, got a list"),
        ("- a", "c.yaml:1: wanted keys and values (leaves, "),
        ("just words", "c.yaml:1: wanted keys and values (leaves, "),
        ("leaves: {a: {path: p, mode: kep}}", "leaves.a.mode: wanted one of keep, save, got text 'kep'; did you mean"),
        (
            "leaves: {a: {path: p, versions: 3}}",
            "wanted keys and values (latest) or a list or one of all, got an integer '3'",
        ),
        ("leaves: {a: {path: p, versions: al}}", "got text 'al'; did you mean 'all'?"),
        ("leaves: {a: {path: p, versions: {latest: x}}}", "leaves.a.versions.latest: wanted an integer, got text 'x'"),
        ("leaves: {a: {path: p, versions: [1, x]}}", "leaves.a.versions.1: wanted an integer, got text 'x'"),
        ("cors: true\nhost: a\ncors: false", "c.yaml:3: the key 'cors' stands already in line 1"),
        ("? [a, b]\n: c", "c.yaml:1: a key must be a word, got a list"),
        ("leaves:\n\tx: 1", "c.yaml:2: this is no YAML"),
        ("a: [1, 2", "c.yaml:1: this is no YAML"),
        ("--- a\n--- b", "this is no YAML"),
        ("host: *nowhere", "this is no YAML: found undefined alias"),
        ("host: !!python/object/apply:os.system [ls]", "host: wanted one value, got a list"),
        ("host: !!python/name:os.system x", "the tag tag:yaml.org,2002:python/name:os.system is not known here"),
        ("limit_bytes: !!int twelve", "'twelve' is no int"),
        ("limit_bytes: " + "9" * 5000, "is no int"),
        ('host: "\\UFFFFFFFF"', "this is no YAML"),
        ("a: \x00", "this is no YAML"),
        ("leaves: &a {b: *a}", "c.yaml:1: an alias holds itself"),
        ("leaves: &a {<<: *a}", "c.yaml:1: an alias holds itself"),
        ("leaves: {a: {<<: [1], path: p}}", "<< merges keys and values, got an integer"),
        ("[" * 5000, "c.yaml: nested too deeply"),
        ("a: " * 5000, "c.yaml"),
        ("x" * (MAX_DOCUMENT_BYTES + 1), "more than 1000000 bytes is no configuration"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_path(text: str, said: str):
    told = message(text)
    assert told.startswith("c.yaml")
    assert said in told
    assert "\n" not in told


def test_a_tab_is_told_as_one():
    assert "(YAML is indented with spaces)" in message("leaves:\n\twine: 1")


def test_a_small_document_that_grows_without_end_is_refused():
    lines = ["leaves: {x: {path: p, args: {a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [f", a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "more than 100000 values" in message("".join(lines) + "}}}")


def test_numbers_and_words_are_those_of_yaml_1_2():
    read_tree = read(Tree, "leaves: {no: {path: off, args: {a: 1:30, b: 1e3, c: 0o17, d: 0x1F, e: .inf, f: 1_0}}}", "c")
    assert read_tree.leaves["no"].path == "off"
    assert read_tree.leaves["no"].args == {"a": "1:30", "b": 1000.0, "c": 15, "d": 31, "e": float("inf"), "f": "1_0"}


def test_aliases_and_merge_keys_repeat_what_they_name():
    tree = read(
        Tree,
        "leaves:\n  a: &a {path: p, mode: save, marker: m}\n  b: {<<: *a, path: q}\n  c: *a\n"
        "  d: {<<: [{mode: keep}, *a]}",
        "c",
    )
    assert tree.leaves["b"] == Leaf("q", marker="m", mode="save")
    assert tree.leaves["c"] == tree.leaves["a"]
    assert tree.leaves["d"] == Leaf("p", marker="m", mode="keep")


def test_text_may_look_like_a_number_and_a_number_may_be_whole():
    assert read(Tree, "host: 007\nwait_s: 2", "c") == Tree(host="007", wait_s=2.0)


def test_keys_need_not_be_words_of_yaml():
    assert set(read(Tree, "leaves: {1: {path: p}, true: {path: p}, ~: {path: p}}", "c").leaves) == {"1", "true", "~"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("64MB", 64_000_000),
        ("1.5 GiB", 3 * 2**29),
        ("0B", 0),
        ("2KiB", 2048),
        ("3 kB", 3000),
        ("64", None),
        ("1TB", None),
    ],
)
def test_sizes(text: str, count: int | None):
    assert parse_size(text) == count


def test_a_size_may_be_written_where_bytes_are_wanted():
    assert read(Tree, "limit_bytes: 64MB", "c").limit_bytes == 64_000_000
    assert read(Tree, "limit_bytes: 64", "c").limit_bytes == 64
    assert "wanted an integer, or a size" in message("limit_bytes: " + "9" * 400 + "GB")


def test_a_plain_refusal_of_the_class_stands_at_the_mapping():
    @dataclass(frozen=True)
    class Odd:
        a: int = 0

        def __post_init__(self) -> None:
            if self.a:
                raise BadInput("odd things")

    assert message("\n\na: 1", Odd) == "c.yaml:3: odd things"


def test_every_option_of_the_server_has_its_help():
    def check(cls: type[Any]) -> None:
        assert {one.name for one in fields(cls)} == set(help_of(cls)), cls
        for one in fields(cls):
            if hasattr(one.default, "__dataclass_fields__"):
                check(type(one.default))

    check(ServerOptions)
