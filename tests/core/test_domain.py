from __future__ import annotations

import json

import pytest
from loose_model import SIGNATURE

from salver.core.domain import BASKET, Domain, Interval, read_domain
from salver.core.example import example
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec


@pytest.mark.parametrize(
    ("interval", "text", "within"),
    [
        (Interval(0, 10, closed_high=False), "[0, 10)", 5),
        (Interval(0.5, 1.5, closed_low=False), "(0.5, 1.5]", 1),
        (Interval(low=3), "[3, inf)", 4),
        (Interval(high=3, closed_high=False), "(-inf, 3)", 2),
        (Interval(), "(-inf, inf)", 1),
    ],
)
def test_intervals_are_written_as_in_mathematics(interval: Interval, text: str, within: float) -> None:
    assert str(interval) == text
    assert interval.within == within


def test_a_domain_in_words() -> None:
    assert str(Domain(("a", "b"), kind="categorical")) == "one of 'a', 'b'"
    assert str(Domain((0,), (Interval(1, 2), Interval(4, 5)))) == "[1, 2] or [4, 5] or one of 0"
    assert str(Domain(tuple(range(99)))) == "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..."
    assert (str(Domain(kind="date")), str(Domain(kind="continuous"))) == ("date", "")


@pytest.mark.parametrize(
    "domain",
    [
        Domain(),
        Domain(("a", 1, 2.5, True), kind="ordinal", description="of all kinds", example="a"),
        Domain(intervals=(Interval(0, 1), Interval(high=-1, closed_high=False), Interval(low=7))),
    ],
)
def test_a_domain_comes_back_from_json(domain: Domain) -> None:
    assert read_domain(json.loads(json.dumps(domain.described()))) == domain


def test_many_categories_are_counted() -> None:
    told = Domain(tuple(range(50))).described(20)
    assert (told["categories"], told["categories_in_all"]) == (list(range(20)), 50)


def test_a_domain_is_no_part_of_what_a_spec_is() -> None:
    assert TensorSpec("FP64", (-1,), domain=Domain(("a",))) == TensorSpec("FP64", (-1,))
    assert TensorSpec("FP64", (-1,), loose=True) != TensorSpec("FP64", (-1,))


@pytest.mark.parametrize(
    ("dtype", "domain", "value"),
    [
        ("FP64", Domain(intervals=(Interval(0, 0.5),)), 0.25),
        ("INT64", Domain(intervals=(Interval(3, 4),)), 4),
        ("INT64", Domain((7, 9)), 7),
        ("BYTES", Domain(("a", "b"), example="b"), "b"),
        ("BYTES", Domain(kind="date"), "2000-01-31"),
        ("BYTES", Domain((), (Interval(1, 2),), "datetime"), "2000-01-31T12:00:00"),
        ("BYTES", Domain(("a",), kind=BASKET), ["a"]),
        ("BOOL", None, True),
        ("FP32", Domain(kind="continuous"), 1),
    ],
)
def test_an_example_is_of_the_domain(dtype: str, domain: Domain | None, value: object) -> None:
    spec = TensorSpec(dtype, (-1,), loose=True, domain=domain)
    signature = Signature({"x": spec}, {}, {"x": None}, batched=True)
    tensors = example(signature, rows=2).tensors
    signature.check(tensors)
    assert tensors["x"].array.tolist() == [value, value]


def test_loose_inputs_are_in_the_example_although_they_may_be_left_out() -> None:
    assert example(SIGNATURE).tensors.keys() == SIGNATURE.inputs.keys()
