"""What is wrong with a regular expression."""

from __future__ import annotations


class BadPattern(ValueError):
    """A text that is no POSIX extended regular expression."""
