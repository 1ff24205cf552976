"""How often terms occur."""

from __future__ import annotations

import math

import pytest
from pmml_expressions import Rows, answers, apply, constant, parse, type_of, values

from salver.core.errors import BadInput, Unsupported


def index(term, *inner, **attributes):
    written = "".join(f' {key}="{text}"' for key, text in attributes.items())
    term = term if term.startswith("<") else constant(term)
    return f'<TextIndex textField="t"{written}>{"".join(inner)}{term}</TextIndex>'


TEXTS = {"t:string": ["The cat. The CAT! the dog", "", "catalog", None]}


@pytest.mark.parametrize(
    ("term", "attributes", "wanted"),
    [
        ("cat", {}, [2, 0, 0, None]),
        ("the cat", {}, [2, 0, 0, None]),
        ("cat the", {}, [2, 0, 0, None]),
        ("the cat the dog", {}, [1, 0, 0, None]),
        ("the dog the", {}, [0, 0, 0, None]),
        ("cat", {"isCaseSensitive": "true"}, [1, 0, 0, None]),
        ("cat", {"localTermWeights": "binary"}, [1, 0, 0, None]),
        ("cat", {"localTermWeights": "logarithmic"}, [math.log10(3), 0.0, 0.0, None]),
        ("cat", {"localTermWeights": "augmentedNormalizedTermFrequency"}, [0.5 * (1 + 2 / 3), 0.0, 0.0, None]),
        ("cat", {"tokenize": "false"}, [2, 0, 1, None]),
        ("", {}, [0, 0, 0, None]),
        ("...", {}, [0, 0, 0, None]),
        ("cut", {"maxLevenshteinDistance": "1"}, [2, 0, 0, None]),
    ],
)
def test_terms(term, attributes, wanted):
    assert values(index(term, **attributes), TEXTS) == wanted


def test_types():
    assert type_of(index("a"), TEXTS) == "integer"
    assert type_of(index("a", localTermWeights="binary"), TEXTS) == "integer"
    assert type_of(index("a", localTermWeights="logarithmic"), TEXTS) == "double"


def test_terms_of_each_row():
    rows = {"t:string": ["a b a", "a b a", "b", None, "b"], "s:string": ["a", "b a", "c", "a", None]}
    assert values(index('<FieldRef field="s"/>'), rows) == [2, 1, 0, None, None]
    assert values(index('<Constant missing="true"/>'), rows) == [None] * 5


def test_numbers_are_read_as_texts():
    assert values(index("7"), {"t:integer": [7, 8]}) == [1, 0]
    assert values(index("<Constant>7</Constant>"), {"t:string": ["7 8 7"]}) == [2]


def test_the_example_of_the_specification():
    """Two normalizations, one after the other."""
    first = """<TextIndexNormalization><InlineTable>
        <row><string>interfaces?</string><stem>interface</stem><regex>true</regex></row>
        <row><string>is|are|seem(ed|s?)|were</string><stem>be</stem><regex>true</regex></row>
        <row><string>user friendl(y|iness)</string><stem>user_friendly</stem><regex>true</regex></row>
        </InlineTable></TextIndexNormalization>"""
    second = """<TextIndexNormalization inField="re" outField="feature"><InlineTable><row>
        <re>interface be (user_friendly|well designed|excellent)</re><feature>ui_good</feature><regex>true</regex>
        </row></InlineTable></TextIndexNormalization>"""
    text = "Testing the app for a few days convinced me the interfaces are excellent!"
    assert values(index("ui_good", first, second, localTermWeights="binary"), {"t:string": [text]}) == [1]


def test_texts_are_taken_apart_once_for_all_terms():
    rows = Rows({"t:string": ["a b", "c"]})
    terms = [rows.compiled(index(term)) for term in ("a", "b", "c a")]
    frame = rows.frame()
    for term in terms:
        term.compute(frame)
    assert len(frame.memo) == 3  # the words, how often each occurs, how often each pair does


def test_within_a_defined_function():
    rows = Rows({"t:string": ["A b", "c"]})
    body = '<TextIndex textField="text"><FieldRef field="term"/></TextIndex>'
    rows.scope.functions["tf"] = parse(
        f'<DefineFunction name="tf"><ParameterField name="text"/><ParameterField name="term"/>{body}</DefineFunction>'
    )
    expression = rows.compiled(apply("tf", apply("lowercase", "t"), constant("a")))
    assert expression.compute(rows.frame()).tolist() == [1.0, 0.0]


def test_a_text_that_is_too_long_refuses_its_row():
    found, refused = answers(index("a"), {"t:string": ["a " * 100_001, "a"]})
    assert found == [None, 1]
    assert refused == {0: "field 't': a text has 200,002 characters, more than 200,000"}


@pytest.mark.parametrize(
    ("xml", "error", "reason"),
    [
        (index("a", localTermWeights="tf"), BadInput, "localTermWeights='tf' is not known here"),
        (index("a", countHits="some"), BadInput, "countHits='some' is not known here"),
        (index("a", maxLevenshteinDistance="-1"), BadInput, "maxLevenshteinDistance=-1, wanted 0 to 20"),
        (index("a", maxLevenshteinDistance="99"), BadInput, "maxLevenshteinDistance=99, wanted 0 to 20"),
        (index("a", wordSeparatorCharacterRE="("), BadInput, r"the pattern '\(' is wrong.*/TextIndex, line 1"),
        (index("a", tokenize="false", maxLevenshteinDistance="1"), Unsupported, "tokenize=false with a maxLevenshtein"),
        ('<TextIndex textField="t"/>', BadInput, "TextIndex needs a child Constant"),
        (index("a").replace('"t"', '"u"'), BadInput, "there is no field 'u'"),
    ],
)
def test_what_is_refused(xml, error, reason):
    with pytest.raises(error, match=reason):
        values(xml, TEXTS)
