from __future__ import annotations

import json

import numpy as np

from salver.core.servable import Response
from salver.core.trail import Trail
from salver.protocols.openinference.parameters import answer_parameters


def test_what_nodes_said_is_told_in_plain_values():
    trail = Trail()
    trail.tags = {"sure": 0.5, "ok": True, "who": "a", "left_out": {"b": "late"}, "scores": np.array([1.0, 2.5])}
    told = answer_parameters(Response({}, {"who": "its own"}, trail))
    assert {name: told[name] for name in ("sure", "ok", "who")} == {"sure": 0.5, "ok": True, "who": "its own"}
    assert json.loads(told["left_out"]) == {"b": "late"}
    assert json.loads(told["scores"]) == [1.0, 2.5]


def test_an_answer_without_a_trail_has_its_own():
    params = {"a": 1}
    assert answer_parameters(Response({}, params)) is params
