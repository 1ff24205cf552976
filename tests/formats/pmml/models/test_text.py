"""TextModel: weights and similarities by the specification's formulas, on three documents of two terms."""

from __future__ import annotations

import math

import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput

FIELDS = {"tea": "double", "milk": "double"}
COUNTS = ("4 0", "1 3", "2 0")


def model(normalization="", similarity="euclidean", counts=COUNTS, documents=3, terms="tea milk"):
    corpus = "".join(f'<TextDocument id="d{place}"/>' for place in range(1, documents + 1))
    rows = "".join(f"<Array>{row}</Array>" for row in counts)
    return (
        f'<TextModel functionName="classification" numberOfTerms="2" numberOfDocuments="3">SCHEMA'
        f"<TextDictionary><Array>{terms}</Array></TextDictionary><TextCorpus>{corpus}</TextCorpus>"
        f"<DocumentTermMatrix><Matrix>{rows}</Matrix></DocumentTermMatrix>{normalization}"
        f'<TextModelSimiliarity similarityType="{similarity}"/></TextModel>'
    )


def weighed(local="termFrequency", share="none", unit="none"):
    weights = f'localTermWeights="{local}" globalTermWeights="{share}"'
    return f'<TextModelNormalization {weights} documentNormalization="{unit}"/>'


def similarities(tmp_path, document, row):
    answer = evaluator(tmp_path, document, FIELDS).of_values(row)
    return [answer[f"similarity(d{place})"] for place in (1, 2, 3)]


@pytest.mark.parametrize(
    ("local", "weight"),
    [
        ("termFrequency", lambda count, most: count),
        ("binary", lambda count, most: float(count > 0)),
        ("logarithmic", lambda count, most: math.log10(1 + count)),
        ("augmentedNormalizedTermFrequency", lambda count, most: 0.5 * ((count > 0) + count / most)),
    ],
)
def test_local_weights(tmp_path, local, weight):
    row = (2, 1)
    expected = [
        math.dist([weight(count, max(row)) for count in row], [weight(count, max(document)) for count in document])
        for document in ((4, 0), (1, 3), (2, 0))
    ]
    found = similarities(tmp_path, model(weighed(local)), {"tea": 2, "milk": 1})
    assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("share", "tea", "milk"),
    [
        ("none", 1, 1),
        ("inverseDocumentFrequency", 0, math.log10(3)),
        ("GFIDF", 7 / 3, 3),
        ("normal", 1 / math.sqrt(21), 1 / 3),
    ],
)
def test_global_weights(tmp_path, share, tea, milk):
    expected = [math.hypot((2 - first) * tea, (1 - second) * milk) for first, second in ((4, 0), (1, 3), (2, 0))]
    found = similarities(tmp_path, model(weighed(share=share)), {"tea": 2, "milk": 1})
    assert found == pytest.approx(expected, rel=1e-13)


def test_the_probabilistic_inverse_is_by_the_documents_without_the_term(tmp_path):
    """Terms in one and in two of three documents: log 2 and log 1/2."""
    counts = ("1 1", "0 1", "0 0")
    found = similarities(tmp_path, model(weighed(share="probabilisticInverse"), counts=counts), {"tea": 1, "milk": 0})
    assert found == pytest.approx([math.log10(2), math.hypot(math.log10(2), math.log10(2)), math.log10(2)], rel=1e-13)


def test_without_normalization_terms_weigh_by_their_inverse_document_frequency(tmp_path):
    found = similarities(tmp_path, model(), {"tea": 9, "milk": 1})
    assert found == pytest.approx([math.log10(3), 2 * math.log10(3), math.log10(3)], rel=1e-13)


def test_documents_of_unit_length_differ_by_direction_alone(tmp_path):
    found = similarities(tmp_path, model(weighed(unit="cosine")), {"tea": 7, "milk": 0})
    assert found == pytest.approx([0, math.dist((1, 0), (1 / math.sqrt(10), 3 / math.sqrt(10))), 0], abs=1e-15)


def test_the_nearest_document_or_the_one_of_the_best_angle_is_the_answer(tmp_path):
    row = {"tea": 2, "milk": 1}
    assert evaluator(tmp_path, model(weighed()), FIELDS).of_values(row)["_target"] == "d3"
    assert evaluator(tmp_path, model(weighed(), "cosine", counts=("4 0", "2 1.5", "2 0")), FIELDS).of_values(row)[
        "_target"
    ] == ("d2")


def test_a_missing_count_or_no_term_at_all_is_like_nothing(tmp_path):
    compiled = evaluator(tmp_path, model(weighed(), "cosine"), FIELDS)
    answer = compiled.of_values([{"tea": 1}, {"tea": 0, "milk": 0}, {"tea": 1, "milk": 0}])
    assert answer["_target"].tolist() == [None, None, "d1"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (model(counts=("1 2",)), r"1 x 2, wanted 3 documents x 2 terms .*/DocumentTermMatrix, line 3"),
        (model(terms="tea jam"), "no field 'jam'"),
        (model(documents=0), "needs a TextDocument"),
        (model(similarity="dice"), "similarityType='dice'"),
        (model(weighed(local="square")), "localTermWeights='square'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, wrong, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, wrong, FIELDS)
