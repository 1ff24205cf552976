"""What comes of what: questions to the graphs of this folder, with answers worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

PIXELS: Final = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg=="
"""A PNG of two pixels: red, blue."""


@dataclass(frozen=True)
class Ask:
    """A question, and what must come of it: an answer, or an error."""

    inputs: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None
    """By output; None where an error is due."""
    tags: Mapping[str, Any] = field(default_factory=dict)
    """Words on the answer that must be there; others may."""
    error: str = ""
    """What the message of the error must have in it."""


TENS, HUNDREDS = {"output": [10]}, {"output": [100]}
"""What `functions.py:tens` and `hundreds` say of 1."""
_TIDE = {"data": [9.0, 11.0] * 5}
"""Ten values: their mean is 10, their variance 10 / 9, their deviation 1.054."""
_RING = [[10 * np.cos(turn), 10 * np.sin(turn)] for turn in np.linspace(0, 2 * np.pi, 64, endpoint=False)]
_COIN = {"side": ["heads", "tails"] * 50}
_LINE = {"data": np.arange(20.0)}

ASKED: Final[Mapping[str, tuple[Ask, ...]]] = {
    # Routers. What hangs on chance is in SHARES and BANDITS.
    "routers/condition": (
        Ask({"x": [200.0]}, {"output": [2000]}),
        Ask({"x": [20.0]}, {"output": [2000]}),
        Ask({"x": [2.0]}, {"output": [2000]}),
        Ask({"x": [200.0, 20.0]}, {"output": [200_000, 20_000]}),  # neither case holds for both rows
    ),
    # Combiners, of 10 and 100 and 1000.
    "combiners/average": (Ask({"x": [1.0]}, {"output": [1110 / 3]}),),
    "combiners/weighted": (Ask({"x": [1.0]}, {"output": [5 + 30 + 200]}),),
    "combiners/median": (Ask({"x": [1.0]}, {"output": [100]}),),
    "combiners/vote": (
        Ask({"x": [2.0, 4.0, 6.0, 8.0]}, {"output": ["low", "low", "high", "high"]}, {"confidence": 2 / 3}),
        Ask({"x": [2.0]}, {"output": ["low"]}, {"confidence": 1}),
    ),
    "combiners/best_confidence": (
        Ask({"x": [6.0]}, {"output": [[0, 1]]}, {"answered_by": "certain", "confidence": 1}),
        Ask({"x": [0.0]}, {"output": [[1, 0]]}, {"answered_by": "vague"}),  # as sure; the first of both counts
    ),
    "combiners/first_wins": (Ask({"x": [1.0]}, HUNDREDS, {"answered_by": "hundreds"}),),
    "combiners/cascade": (
        Ask({"x": [2.0]}, {"output": [[0.8, 0.2]]}, {"answered_by": "vague", "confidence": 0.8}),
        Ask({"x": [6.0]}, {"output": [[0, 1]]}, {"answered_by": "certain", "confidence": 1}),
    ),
    "combiners/concat": (Ask({"x": [1.0, 2.0]}, {"scores": [[10, 100], [20, 200]]}),),
    # Transformers.
    "transformers/standardise": (Ask({"data": [[12.0, 30.0]]}, {"data": [[1, 2]]}),),
    "transformers/min_max": (Ask({"data": [[5.0, 150.0], [20.0, 100.0]]}, {"data": [[0.5, 0.5], [1, 0]]}),),
    "transformers/robust": (Ask({"age": [40.0, 50.0], "height": [1.8, 1.7]}, {"age": [0, 0.5], "height": [1.8, 1.7]}),),
    "transformers/normalise": (Ask({"data": [[3.0, 4.0], [0.0, 0.0]]}, {"data": [[0.6, 0.8], [0, 0]]}),),
    "transformers/one_hot": (
        Ask({"colour": ["red", "white"]}, {"colour_red": [1, 0], "colour_white": [0, 1]}),
        Ask({"colour": ["blue"]}, error="column 'colour', row 0: 'blue' is none of 'red', 'white'"),
    ),
    "transformers/ordinal": (Ask({"size": ["M", "S", "XXL"]}, {"size": [1, 0, -1]}),),
    "transformers/impute": (Ask({"data": [[np.nan, 1.0], [2.0, np.nan]]}, {"data": [[0, 1], [2, 35.5]]}),),
    "transformers/expressions": (
        Ask({"premium": [5.0, 30.0], "sum_insured": [100.0, 200.0]}, {"rate": [0.05, 0.15], "dear": [False, True]}),
    ),
    "transformers/select": (Ask({"data": [[1.0, 2.0, 3.0]]}, {"data": [[3, 1]]}),),
    "transformers/rename": (Ask({"height_cm": [180.0]}, {"output": [360]}),),
    "transformers/cast": (
        Ask({"x": ["3", "4.9"]}, {"x": [3, 4]}),
        Ask({"x": ["tall"]}, error="'tall' is no number"),
    ),
    "transformers/reshape": (Ask({"data": [[1.0, 2.0, 3.0, 4.0]]}, {"data": [[[1, 2], [3, 4]]]}),),
    "transformers/argmax": (Ask({"data": [[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]]}, {"data": [1, 0]}),),
    "transformers/labels": (Ask({"data": [[0.1, 0.7, 0.2]]}, {"data": [["dog", "bird"]], "how_sure": [[0.7, 0.2]]}),),
    "transformers/decode_text": (Ask({"x": ["aGVsbG8="]}, {"x": ["hello"]}),),
    "transformers/decode_image": (Ask({"x": [PIXELS]}, {"x": [[[[255, 0, 0], [0, 0, 255]]]]}),),
    # Guards. Of square.csv the mean is 0 and the variance 4 / 3, and nothing varies together.
    "guards/mahalanobis": (
        Ask(
            {"data": [[2.0, 0.0], [0.0, 4.0]]},
            {"data": [[2, 0], [0, 4]]},
            {"odd.is_outlier": [0, 1], "odd.score": [3**0.5, 12**0.5]},
        ),
    ),
    # A ring, and its middle: the mean of all, and yet alone.
    "guards/isolation_forest": (
        Ask({"data": _RING}, tags={"odd.learning": 0}),
        Ask({"data": [[10.0, 0.0], [0.0, 0.0]]}, {"data": [[10, 0], [0, 0]]}, {"odd.is_outlier": [0, 1]}),
    ),
    "guards/sequence_zscore": (
        Ask(_TIDE, _TIDE, {"jump.learning": 0}),
        Ask({"data": [12.0]}, {"data": [12]}, {"jump.is_outlier": [0], "jump.score": [2 / (10 / 9) ** 0.5]}),
        Ask({"data": [20.0]}, error="guard 'jump' refuses row 0 as an outlier"),
    ),
    "guards/kolmogorov_smirnov": (
        Ask(_LINE, _LINE, {"drift.learning": 0}),
        Ask(_LINE, _LINE, {"drift.is_drift": False, "drift.distance": 0, "drift.p_value": 1}),
        Ask(
            {"data": np.arange(20.0) + 100},
            tags={"drift.is_drift": True, "drift.distance": 1, "drift.drifted": ["data"]},
        ),
    ),
    # 50 of 100 were heads and now are 20 of 20: 120 (50 x 0 - 50 x 20)^2 / (100 x 20 x 70 x 50).
    "guards/chi_square": (
        Ask(_COIN, _COIN, {"drift.learning": 0}),
        Ask({"side": ["heads"] * 20}, tags={"drift.is_drift": True, "drift.distance": 120 / 7}),
    ),
    # One diagonal, and then the other: each column is as it was.
    "guards/mmd": (
        Ask({"data": [[i, i] for i in range(40)]}, tags={"drift.learning": 0}),
        Ask({"data": [[i, 39 - i] for i in range(40)]}, tags={"drift.is_drift": True, "drift.p_value": 1 / 201}),
    ),
    # Of 13 each adds 3 / 1.054 - 0.5.
    "guards/cusum": (
        Ask(_TIDE, _TIDE, {"shift.learning": 0}),
        Ask({"data": [13.0] * 3}, tags={"shift.is_drift": False, "shift.distance": 3 * (3 / (10 / 9) ** 0.5 - 0.5)}),
        Ask({"data": [13.0]}, tags={"shift.is_drift": True, "shift.distance": 4 * (3 / (10 / 9) ** 0.5 - 0.5)}),
    ),
    "guards/adwin": (
        Ask({"data": [0.1] * 200}, tags={"change.is_drift": False}),
        Ask({"data": [0.9] * 100}, tags={"change.is_drift": True}),
    ),
    "guards/reconstruction": (
        Ask({"data": [[1.0, 2.0], [1.5, 2.0]]}, tags={"strange.is_outlier": [0, 1], "strange.score": [0, 0.5**2 / 2]}),
    ),
    # Flow.
    "flow/chain": (Ask({"x": [1.0, 2.0]}, {"output": [20, 40]}),),
    "flow/child": (Ask({"x": [1.0, 2.0]}, {"output": [20, 40]}),),
    "flow/join": (Ask({"x": [1.0, 2.0]}, {"output": [110, 220]}),),
    "flow/request_again": (Ask({"x": [1.0, 2.0]}, {"output": [3, 6]}),),
    "flow/outputs": (Ask({"x": [1.0]}, {"small": [10], "large": [100]}),),
    "flow/output_join": (
        Ask({"x": [1.0]}, {"small": [10]}),
        Ask({"x": [6.0]}, {"small": [60], "large": [600]}),
    ),
    "flow/when": (
        Ask({"x": [5.0]}, {"output": [5 * 2 * 10 * 2]}),
        Ask({"x": [6.0]}, {"output": [6 * 2 * 100 * 2]}),
        Ask({"x": [5.0, 6.0]}, error="no answer"),  # neither condition holds for both rows
    ),
    "flow/outer": (Ask({"x": [1.0]}, {"output": [20]}),),
    "flow/triggers": (
        Ask({"x": [1.0]}, TENS),
        Ask({"x": [8.0]}, {"output": [80]}),
        Ask({"x": [5.0]}, error="no answer"),
    ),
    "flow/output_transformer": (Ask({"x": [2.0, 8.0]}, {"output": ["low", "high"]}),),
    "flow/nested": (Ask({"x": [1.0]}, {"output": [2000]}),),
    "flow/component": (Ask({"data": [[1.0, 2.0]]}, {"data": [[1 * 3 * 2, 2 * 3 * 2]]}),),
    "flow/remote": (Ask({"x": [1.0]}, HUNDREDS),),
    "flow/timeout": (Ask({"x": [1.0]}, TENS, {"fallback": {"asleep": "it did not answer within 0.05 s"}}),),
    "flow/retry": (Ask({"x": [1.0]}, TENS),),
    "flow/budget": (Ask({"x": [1.0]}, error="the graph did not answer in time"),),
    # Speculative: what is late is left out.
    "speculative/vote": (
        Ask(
            {"x": [2.0, 4.0, 6.0]},
            {"output": ["low", "high", "high"]},
            {"left_out": {"asleep": "it did not answer in time"}, "confidence": 0.5},
        ),
    ),
    "speculative/best_confidence": (
        Ask({"x": [0.5]}, {"output": [[0.95, 0.05]]}, {"answered_by": "vague"}),
        Ask({"x": [6.0]}, {"output": [[0.4, 0.6]]}, {"answered_by": "vague", "confidence": 0.6}),
    ),
    "speculative/average": (Ask({"x": [1.0]}, {"output": [55]}),),
    "speculative/first_wins": (Ask({"x": [1.0]}, error="0 of 2 answered in time"),),
}
"""By document, questions that are asked one after the other."""
