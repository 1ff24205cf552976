"""The distance of Levenshtein, and terms that are found by it."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import pytest

from salver.formats.pmml.regex.machine import TooLongError
from salver.formats.pmml.spelling import Spelling, distance


@lru_cache(None)
def slowly(first, second):
    """By the definition."""
    if not first or not second:
        return len(first) + len(second)
    changed = slowly(first[1:], second[1:]) + (first[0] != second[0])
    return min(changed, slowly(first[1:], second) + 1, slowly(first, second[1:]) + 1)


WORDS = ["".join(letters) for size in range(5) for letters in product("ab", repeat=size)]


@pytest.mark.parametrize("most", [0, 1, 2, 5])
def test_every_pair_of_short_words(most):
    for first in WORDS[::2]:
        for second in WORDS:
            assert distance(first, second, most) == min(slowly(first, second), most + 1)


@pytest.mark.parametrize(
    ("first", "second", "wanted"), [("kitten", "sitting", 3), ("dog", "doog", 1), ("son", "sun", 1), ("sunk", "sun", 1)]
)
def test_examples(first, second, wanted):
    assert distance(first, second, 5) == wanted


def test_a_long_word_must_be_equal():
    assert distance("a" * 300, "a" * 300, 3) == 0
    assert distance("a" * 300, "a" * 299 + "b", 3) == 4


FOX = "the quick browny foxy jumps over the lazy dog the brown fox runs away and to be with another brown foxy"


@pytest.mark.parametrize(("most", "wanted"), [(1, 2), (2, 3)])
def test_letters_are_counted_over_the_whole_term(most, wanted):
    assert Spelling(most, best_only=False).hits(tuple(FOX.split()), ("brown", "fox")) == wanted


def test_the_best_alone():
    words = ("my", "doog", "dog", "is", "the", "doog")
    assert Spelling(1, best_only=False).hits(words, ("dog",)) == 3
    assert Spelling(1, best_only=True).hits(words, ("dog",)) == 1
    assert Spelling(1, best_only=True).hits(words, ("dig",)) == 1
    assert Spelling(1, best_only=True).hits(words, ("cat",)) == 0


def test_a_term_without_words_and_one_that_is_longer_than_the_text():
    assert Spelling(1, best_only=False).hits(("a",), ()) == 0
    assert Spelling(1, best_only=False).hits(("a",), ("a", "b")) == 0


def test_texts_are_bounded():
    with pytest.raises(TooLongError):
        Spelling(1, best_only=False).hits(("a" * 20_001,), ("b",))
