import pytest

from salver.formats.pfa.library.posix_errors import BadPattern
from salver.formats.pfa.library.posix_syntax import Again, Group, Mark, Node, One, Repeat, read

A = One("a", "a")
B = One("b", "b")


def only(*nodes: Node) -> Group:
    return Group((nodes,))


@pytest.mark.parametrize(
    ("pattern", "nodes"),
    [
        ("", only()),
        ("ab", only(A, B)),
        ("a|", Group(((A,), ()))),
        ("(a|b)a", only(Group(((A,), (B,))), A)),
        ("()", only(only())),
        ("a*b+", only(Repeat(A, 0, None), Repeat(B, 1, None))),
        ("a*?", only(Repeat(Repeat(A, 0, None), 0, 1))),
        ("a{2}b{2,}", only(Repeat(A, 2, 2), Repeat(B, 2, None))),
        ("a{,2}b{1,2}", only(Repeat(A, 0, 2), Repeat(B, 1, 2))),
        ("a{,}", only(Repeat(A, 0, None))),
        ("^a$", only(Mark(r"\A"), A, Mark(r"\Z"))),
        (r"\<a\>\b", only(Mark(r"\m"), A, Mark(r"\M"), Mark(r"\b"))),
        (r"(a)\1", only(only(A), Again(1))),
        (r"\w\W", only(One(r"\w"), One(r"\W"))),
        (r"\t\.\d", only(One(r"\x09", "\t"), One(r"\x2e", "."), One("d", "d"))),
        ("a)}]", only(A, One(r"\x29", ")"), One(r"\x7d", "}"), One(r"\x5d", "]"))),
        ("[ab].", only(One("[ab]"), One("."))),
    ],
)
def test_what_patterns_are_made_of(pattern: str, nodes: Group) -> None:
    assert read(pattern) == nodes


@pytest.mark.parametrize(
    "pattern",
    [
        "*a",
        "a|*",
        "(*a)",
        "(?:a)",
        "^*",
        r"\b+",
        "(a",
        "((a)",
        "[a",
        "a{",
        "a{x}",
        "a{1",
        "a{}",
        "a{2,1}",
        "a{32768}",
        "a{1,99999999999999999999999}",
    ],
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(BadPattern):
        read(pattern)


@pytest.mark.parametrize("pattern", [r"\1", r"(a\1)", r"\1(a)", r"(a)\2", r"(a)|\1", "a\\"])
def test_a_reference_needs_a_group_that_is_complete(pattern: str) -> None:
    with pytest.raises(BadPattern):
        read(pattern)


def test_after_the_branches_a_group_of_any_of_them_can_be_meant() -> None:
    read(r"((a)|(b))\2\3")


@pytest.mark.parametrize(
    "pattern", ["(" * 100 + ")" * 100, "(" * 10**4, "a" + "*" * 100, "(((a**)**)**)" + "*" * 38, "a" * 10_001]
)
def test_large_and_deep_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        read(pattern)
