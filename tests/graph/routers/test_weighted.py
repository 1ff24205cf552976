"""Shares are kept by chance and by user."""

from __future__ import annotations

import subprocess
import sys
from hashlib import blake2b
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.graph.keys import Key
from salver.graph.memory_table import MemoryTable
from salver.graph.routers.random_abtest import RandomAbTest
from salver.graph.routers.weighted import Weighted

USER = Key(header="x-user")


def made(options: Any, arms: tuple[str, ...] = ("a", "b"), name: str = "n", seed: int = 1) -> Any:
    return options(arms, MemoryTable(name, len(arms), 0, shared=False), name, Random(seed))


def of_user(user: str) -> Request:
    request = Request({})
    request.headers = ((b"x-user", user.encode()),)
    return request


def shares(router: Any, count: int = 4000) -> list[float]:
    picked = [router.choose(Request({})) for _ in range(count)]
    return [picked.count(arm) / count for arm in range(3)]


def test_each_child_gets_its_share_whatever_the_order_of_the_weights():
    router = made(Weighted({"c": 0.1, "a": 0.6, "b": 0.3}), ("a", "b", "c"))
    assert shares(router) == pytest.approx([0.6, 0.3, 0.1], abs=0.031)


def test_weights_may_be_percent_and_nothing():
    assert shares(made(Weighted({"a": 100, "b": 0})))[0] == 1
    assert shares(made(Weighted({"a": 0, "b": 100})))[1] == 1
    assert shares(made(Weighted({"a": 75, "b": 25}))) == pytest.approx([0.75, 0.25, 0], abs=0.03)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6).filter(any), st.text(max_size=20))
def test_a_child_without_weight_is_never_chosen(parts: list[int], user: str):
    names = tuple(f"arm{index}" for index in range(len(parts)))
    total = sum(parts)
    router = made(Weighted({name: part / total for name, part in zip(names, parts, strict=True)}, USER), names)
    request = of_user("")
    request.headers = ((b"x-user", user.encode("utf-8", "replace")),)
    for asked in (request, Request({})):
        assert parts[router.choose(asked)] > 0


def test_a_user_stays_with_a_child_and_all_users_keep_the_shares():
    router, other = (made(Weighted({"a": 0.7, "b": 0.3}, USER), seed=seed) for seed in (1, 2))
    users = [f"user-{number}" for number in range(4000)]
    chosen = [router.choose(of_user(user)) for user in users]
    assert chosen == [other.choose(of_user(user)) for user in users]
    assert chosen.count(1) / 4000 == pytest.approx(0.3, abs=0.03)


def test_when_weights_move_only_those_who_must_move():
    before, after = (made(Weighted({"a": 1 - b, "b": b}, USER)) for b in (0.1, 0.3))
    moves = [(before.choose(of_user(str(n))), after.choose(of_user(str(n)))) for n in range(2000)]
    assert (1, 0) not in moves
    assert moves.count((0, 1)) / 2000 == pytest.approx(0.2, abs=0.04)


def test_two_nodes_split_the_same_users_independently():
    one, other = (made(Weighted({"a": 0.5, "b": 0.5}, USER), name=name) for name in ("one", "other"))
    same = [one.choose(of_user(str(n))) == other.choose(of_user(str(n))) for n in range(2000)]
    assert sum(same) / 2000 == pytest.approx(0.5, abs=0.05)


def test_the_hash_decides_as_its_bits_say():
    router = made(Weighted({"a": 0.5, "b": 0.5}, USER))
    for user in ("anna", "bert", "Zoë"):
        digest = blake2b(b"n\0" + user.encode(), digest_size=8).digest()
        assert router.choose(of_user(user)) == digest[0] // 128


@pytest.mark.slow
def test_a_user_stays_with_a_child_in_another_process():
    code = (
        "from random import Random; from salver.core.servable import Request;"
        "from salver.graph.keys import Key; from salver.graph.memory_table import MemoryTable;"
        "from salver.graph.routers.weighted import Weighted\n"
        "router = Weighted({'a': 0.5, 'b': 0.5}, Key(header='x-user'))(('a', 'b'),"
        " MemoryTable('n', 2, 0, shared=False), 'n', Random())\n"
        "for n in range(50):\n"
        "    request = Request({}); request.headers = ((b'x-user', b'%d' % n),)\n"
        "    print(router.choose(request), end='')"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    router = made(Weighted({"a": 0.5, "b": 0.5}, USER))
    assert there == "".join(str(router.choose(of_user(str(n)))) for n in range(50))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"a": 0.5, "b": 0.4}, "sum to 1 .or 100., got 0.9"),
        ({"a": 1.5, "b": -0.5}, "at least 0, got -0.5 for 'b'"),
        ({"a": float("nan"), "b": 1}, "at least 0, got nan"),
        ({"a": float("inf"), "b": 1}, "sum to 1"),
        ({}, "sum to 1"),
        ({"a": 1.0}, "'b' has none"),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, "'c' is no child"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float], words: str):
    with pytest.raises(BadInput, match=f"^weights must .*{words}"):
        made(Weighted(weights))


def test_a_random_abtest_has_two_children_and_a_ratio():
    assert shares(made(RandomAbTest()))[0] == pytest.approx(0.5, abs=0.032)
    assert shares(made(RandomAbTest(ratio_a=0.9)))[0] == pytest.approx(0.9, abs=0.02)
    assert shares(made(RandomAbTest(ratio_a=0)))[1] == 1
    assert shares(made(RandomAbTest(ratio_a=1)))[0] == 1
    with pytest.raises(BadInput, match=r"^children of a random_abtest must be 2, got 3"):
        made(RandomAbTest(), ("a", "b", "c"))
    with pytest.raises(BadInput, match=r"^ratio_a must be from 0 to 1"):
        RandomAbTest(ratio_a=float("nan"))


def test_a_random_abtest_takes_the_first_child_when_the_number_is_less():
    router, numbers = made(RandomAbTest(seed=3)), Random(3)
    for _ in range(100):
        assert router.choose(Request({})) == (0 if numbers.random() < 0.5 else 1)
