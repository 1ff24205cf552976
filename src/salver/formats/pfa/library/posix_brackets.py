"""Bracket expressions of POSIX, such as `[^a-z[:digit:]]`, and how Python's expressions write them, and characters."""

from __future__ import annotations

from typing import Final

from salver.formats.pfa.library.posix_errors import BadPattern

_NAMES: Final = {
    name: f"[:{name}:]"
    for name in ("alnum", "alpha", "blank", "cntrl", "graph", "lower", "print", "punct", "space", "upper")
} | {"digit": "0-9", "xdigit": "0-9A-Fa-f"}


def literal(character: str) -> str:
    """A character that stands for nothing but itself."""
    if character.isascii():
        return character if character.isalnum() else f"\\x{ord(character):02x}"
    return character


def bracket(pattern: str, at: int) -> tuple[str, int]:
    """What the bracket expression that begins before `at` is in Python's expressions, and where it ends. Raises
    BadPattern."""
    negated = pattern[at : at + 1] == "^"
    at += negated
    parts: list[str] = []
    while True:
        if pattern[at : at + 1] == "]" and parts:
            return f"[{'^' * negated}{''.join(parts)}]", at + 1
        part, at = _member(pattern, at)
        parts.append(part)


def _member(pattern: str, at: int) -> tuple[str, int]:
    """A class, a range, or one character."""
    if pattern.startswith("[:", at):
        return _class(pattern, at)
    first, at = _character(pattern, at)
    if pattern[at : at + 1] != "-" or pattern[at + 1 : at + 2] == "]":
        return literal(first), at
    last, at = _character(pattern, at + 1)
    if first > last:
        raise BadPattern(f"the range {first}-{last} is empty")
    return f"{literal(first)}-{literal(last)}", at


def _character(pattern: str, at: int) -> tuple[str, int]:
    """One character, as itself or as [.x.] or [=x=]."""
    if pattern.startswith("[:", at):
        raise BadPattern("a class cannot end a range")
    if pattern.startswith(("[.", "[="), at):
        name, at = _named(pattern, at)
        if len(name) != 1:
            raise BadPattern(f"{name} is not one character")
        return name, at
    if at >= len(pattern):
        raise BadPattern("[ without ]")
    return pattern[at], at + 1


def _class(pattern: str, at: int) -> tuple[str, int]:
    name, at = _named(pattern, at)
    text = _NAMES.get(name)
    if text is None:
        raise BadPattern(f"there is no class {name}")
    if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] != "]":
        raise BadPattern("a class cannot begin a range")
    return text, at


def _named(pattern: str, at: int) -> tuple[str, int]:
    """What stands in [: :], [. .] or [= =], and where that ends."""
    kind = pattern[at + 1]
    end = pattern.find(kind + "]", at + 2)
    if end < 0:
        raise BadPattern(f"[{kind} without {kind}]")
    return pattern[at + 2 : end], end + 2
