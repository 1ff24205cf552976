"""Feedback: what it teaches, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seldon_corridor import document, lesson_of, taught

from salver.core.errors import BadInput, Fault
from salver.core.servable import Response
from salver.core.tensor import Tensor

ASKED = {"data": {"ndarray": [[1, 2]]}, "meta": {"puid": "asked"}}
ANSWERED = {"data": {"ndarray": [[0.5]]}, "meta": {"puid": "answered", "routing": {"eg": 1, "all": -1}}}


def body(**parts: Any) -> bytes:
    return json.dumps(parts).encode()


def test_a_whole_feedback():
    lesson = lesson_of(body(request=ASKED, response=ANSWERED, reward=1, truth={"data": {"ndarray": [1]}}))
    assert (lesson.reward, lesson.id, lesson.routing) == (1.0, "answered", {"eg": 1, "all": -1})
    assert lesson.request is not None
    assert lesson.response is not None
    assert lesson.truth is not None
    assert lesson.request["data"].array.tolist() == [[1, 2]]
    assert lesson.request["data"].dtype == "INT64"
    assert lesson.response["data"].array.tolist() == [[0.5]]
    assert lesson.truth["data"].array.tolist() == [1]


def test_the_id_is_that_of_the_response_the_request_or_the_header():
    header = ((b"seldon-puid", b"header"),)
    assert lesson_of(body(request=ASKED, response={"meta": {}}), headers=header).id == "asked"
    assert lesson_of(body(response={"meta": {}}), headers=header).id == "header"
    assert lesson_of(b"{}").id == ""


def test_a_response_may_be_nothing_but_its_meta():
    lesson = lesson_of(body(response={"meta": {"puid": "p", "routing": {"eg": 0}}}, reward=0.5))
    assert (lesson.id, lesson.routing, lesson.response, lesson.request) == ("p", {"eg": 0}, None, None)


def test_a_reward_that_is_not_there_is_zero_unless_there_is_a_truth():
    assert lesson_of(body(request=ASKED)).reward == 0.0
    assert lesson_of(body(request=ASKED, reward=None)).reward == 0.0
    assert lesson_of(body(request=ASKED, truth={"strData": "yes"})).reward is None
    assert lesson_of(body(request=ASKED, truth={"meta": {}})).reward == 0.0
    assert lesson_of(body(request=ASKED, truth={"strData": "yes"}, reward=0)).reward == 0.0


@pytest.mark.parametrize("reward", [b"NaN", b"Infinity", b'"NaN"', b'"1"', b"true", b"[1]", b"1" + b"0" * 400])
def test_a_reward_that_is_no_finite_number_is_refused(reward: bytes):
    with pytest.raises(BadInput, match=r"reward|big"):
        lesson_of(b'{"reward":' + reward + b"}")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"[]", "the feedback: wanted an object"),
        (b'{"request":[]}', "request: wanted an object"),
        (b'{"truth":{"data":{"ndarray":1}}}', "truth.data.ndarray"),
        (b'{"response":{"meta":{"routing":{"a":"b"}}}}', "response.meta.routing['a']"),
    ],
)
def test_a_bad_feedback_is_refused_and_the_place_named(sent: bytes, told: str):
    with pytest.raises(BadInput) as caught:
        lesson_of(sent)
    assert told in caught.value.message


def test_without_an_answer_the_answer_is_empty():
    response = taught(body(request=ASKED, reward=1), None)
    assert (response.status, response.body) == (200, b"{}")
    assert (b"Seldon-Puid", b"asked") in response.headers


def test_the_nodes_own_answer_is_a_message_in_the_form_of_the_request():
    response = taught(body(request=ASKED, reward=1), Response({"data": Tensor("FP64", np.array([[0.5]]))}))
    told = document(response)
    assert told["data"]["ndarray"] == [[0.5]]
    assert told["meta"]["puid"] == "asked"


@given(st.binary(max_size=80))
def test_no_feedback_raises_anything_but_faults(tail: bytes):
    for sent in (tail, b'{"request":' + tail + b"}", b'{"reward":' + tail):
        try:
            lesson_of(sent)
        except Fault:
            continue
