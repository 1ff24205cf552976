"""Random data for every library function: it answers by its signature or fails as the specification says, and in time.

`PFA_DOCUMENTS=1000 pytest tests/formats/pfa/test_library_data.py` has so many data a name space.
"""

from __future__ import annotations

import functools
import os
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from pfa_golden import COPIES, Failed, FunctionCase, answered, functions
from pfa_hostile import within_time
from pfa_random_values import random_value
from pfa_schemas import Schemas
from pmml_random_fields import Maker

from salver.formats.pfa import Engine

some = settings(
    max_examples=int(os.environ.get("PFA_DOCUMENTS", "25")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BOUNDS = ("are allowed", "fanout has at most")
"""Words of the messages that tell of values too large for any host; they have no code."""
CASES: dict[str, list[FunctionCase]] = {}
"""Those of each name space; the operators are core."""
for _case in functions(root=COPIES):
    CASES.setdefault(_case.function.rpartition(".")[0] or "core", []).append(_case)


@functools.cache
def engine(name_space: str, number: int) -> Engine:
    return Engine.from_json(CASES[name_space][number].engine, time_limit_s=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name_space", CASES)
@some
@given(st.data())
def test_functions_answer_by_their_signature_or_fail_by_their_codes(name_space: str, data: st.DataObject):
    number = data.draw(st.integers(0, len(CASES[name_space]) - 1))
    case = CASES[name_space][number]
    schemas = Schemas.of(case.engine)
    datum = random_value(Maker(cast(DrawFn, data.draw)), schemas, case.engine["input"])
    with within_time():
        got = answered(engine(name_space, number).action, datum)
    if isinstance(got, Failed):
        is_known = isinstance(got.what, int) or got.what == "timeout" or any(word in got.what for word in BOUNDS)
        assert is_known, f"{case.function} of {datum}: {got}"
    else:
        assert schemas.fits(case.engine["output"], got), f"{case.function} of {datum} gives {got}"
