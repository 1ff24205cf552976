"""Texts taken apart, and normalised."""

from __future__ import annotations

import pytest
from pmml_expressions import parse

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml import text_words
from salver.formats.pmml.regex.machine import TooLongError
from salver.formats.pmml.text_words import read_normalizations, read_words


@pytest.mark.parametrize(
    ("attributes", "text", "wanted"),
    [
        ("", "The Cat. The CAT!", ["The", "Cat", "The", "CAT"]),
        ("", "  a,  (b) -- «c»\t'd'\n", ["a", "b", "c", "d"]),
        ("", "", []),
        ("", "...", []),
        ("", "user-friendly don't $5", ["user-friendly", "don't", "$5"]),
        (r'wordSeparatorCharacterRE="[\s\-]"', "user-friendly one", ["user", "friendly", "one"]),
        (r'wordRE="[a-z]+"', "a1b, c!", ["a", "b", "c"]),
    ],
)
def test_words(attributes, text, wanted):
    words = read_words(parse(f"<TextIndex {attributes}/>"))
    assert words is not None
    assert words.of(text) == wanted


def test_a_text_need_not_be_taken_apart():
    assert read_words(parse('<TextIndex tokenize="false"/>')) is None


def test_the_same_way_is_equal():
    first, second = (read_words(parse(f"<TextIndex {each}/>")) for each in ("", r'wordSeparatorCharacterRE="\s+"'))
    assert first == second
    assert hash(first) == hash(second)
    assert first != read_words(parse(r'<TextIndex wordRE="\s+"/>'))


# Normalization.


def normalized(text, *rows, attributes="", sensitive=False):
    cells = "".join(
        f"<row><string>{row[0]}</string><stem>{row[1]}</stem>{f'<regex>{row[2]}</regex>' if row[2:] else ''}</row>"
        for row in rows
    )
    table = f"<TextIndexNormalization {attributes}><InlineTable>{cells}</InlineTable></TextIndexNormalization>"
    for normalize in read_normalizations(parse(f"<TextIndex>{table}</TextIndex>"), is_case_sensitive=sensitive):
        text = normalize(text)
    return text


def test_rows_are_applied_in_order():
    assert normalized("cats are here", ("cats", "cat"), ("cat are", "cat is")) == "cat is here"


def test_regular_expressions_and_plain_texts():
    assert normalized("dogs hogs", ("[dh]ogs?", "dog", "true")) == "dog dog"
    assert normalized("a.b acb", ("a.b", "x", "false")) == "x acb"
    assert normalized("ab", ("(a)(b)", "$2$1", "true")) == "ba"
    assert normalized("a", ("a", "$1", "false")) == "$1"


def test_case():
    assert normalized("CATS Größe", ("cats", "cat"), ("GRÖSSE", "x"), ("größe", "size")) == "cat size"
    assert normalized("CATS cats", ("cats", "cat"), sensitive=True) == "CATS cat"
    assert normalized("CATS cats", ("cats", "cat"), attributes='isCaseSensitive="true"') == "CATS cat"


def test_again_and_again():
    assert normalized("aaaa", ("aa", "a")) == "aa"
    assert normalized("aaaa", ("aa", "a"), attributes='recursive="true"') == "a"


@pytest.mark.parametrize("rows", [[("a", "aa")], [("a", "b"), ("b", "a"), ("a", "ab")], [("a", "A a")]])
def test_what_has_no_end_is_given_up(rows, monkeypatch):
    monkeypatch.setattr(text_words, "_MAX_REPLACED", 1000)
    with pytest.raises(TooLongError, match="does not come to an end"):
        normalized("a", *rows, attributes='recursive="true"')


def test_many_rules_read_a_bounded_number_of_characters(monkeypatch):
    monkeypatch.setattr(text_words, "_MAX_READ", 1000)
    assert normalized("x" * 100, *[("a", "b")] * 10) == "x" * 100
    with pytest.raises(TooLongError):
        normalized("x" * 100, *[("a", "b")] * 11)


def test_a_rule_that_changes_nothing_comes_to_an_end():
    assert normalized("cats", ("cats", "cat"), ("cat", "cat"), attributes='recursive="true"') == "cat"


def test_columns_by_other_names():
    attributes = 'inField="from" outField="to" regexField="is"'
    table = "<InlineTable><row><from>a+</from><to>b</to><is>true</is></row></InlineTable>"
    xml = f"<TextIndex><TextIndexNormalization {attributes}>{table}</TextIndexNormalization></TextIndex>"
    assert read_normalizations(parse(xml), is_case_sensitive=False)[0]("caat") == "cbt"


@pytest.mark.parametrize(
    ("rows", "attributes", "error", "reason"),
    [
        ([("(", "a", "true")], "", BadInput, r"the pattern '\(' is wrong: .*/InlineTable/row, line 4"),
        ([("a", "$1", "true")], "", BadInput, "the replacement is wrong: there is no group 1"),
        ([("a", "b")], 'inField="from"', BadInput, "there must be columns 'from' and 'stem'"),
        ([("a", "b")], 'maxLevenshteinDistance="1"', Unsupported, "maxLevenshteinDistance of a TextIndexNormalization"),
    ],
)
def test_what_is_refused(rows, attributes, error, reason):
    with pytest.raises(error, match=reason):
        normalized("a", *rows, attributes=attributes)


def test_an_element_is_compiled_once():
    table = "<InlineTable><row><string>a</string><stem>b</stem></row></InlineTable>"
    element = parse(f"<TextIndex><TextIndexNormalization>{table}</TextIndexNormalization></TextIndex>")
    first = read_normalizations(element, is_case_sensitive=False)
    assert read_normalizations(element, is_case_sensitive=False) == first
