import pytest

from salver.formats.pfa.library.posix_brackets import bracket, literal
from salver.formats.pfa.library.posix_errors import BadPattern


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc]", "[abc]"),
        ("^abc]", "[^abc]"),
        ("a-c]", "[a-c]"),
        ("]a]", r"[\x5da]"),
        ("^]]", r"[^\x5d]"),
        ("a-]", r"[a\x2d]"),
        ("-a]", r"[\x2da]"),
        ("a^]", r"[a\x5e]"),
        (r"\w]", r"[\x5cw]"),
        ("[:upper:]b]", "[[:upper:]b]"),
        ("[:digit:]]", "[0-9]"),
        ("[.-.]-0]", r"[\x2d-0]"),
        ("[=a=]]", "[a]"),
        ("[a]", r"[\x5ba]"),
        ("&&--||]", r"[\x26\x26-\x2d\x7c\x7c]"),
    ],
)
def test_brackets(text: str, expected: str) -> None:
    assert bracket(text + "rest", 0) == (expected, len(text))


@pytest.mark.parametrize(
    "text",
    ["", "^", "abc", "]", "c-a]", "[:nothing:]]", "[:upper:", "[.ab.]]", "[=a", "a-[:upper:]]", "[:upper:]-z]", "a-"],
)
def test_what_is_no_bracket_expression(text: str) -> None:
    with pytest.raises(BadPattern):
        bracket(text, 0)


def test_no_character_means_anything_but_itself() -> None:
    assert literal("a") == "a"
    assert literal("\n") == r"\x0a"
    assert literal("对") == "对"
    assert literal("{") == r"\x7b"
