"""Each bandit's arithmetic against its paper's formulas, written out here, and what all of them refuse."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.keys import Key
from salver.graph.memory_table import MemoryTable
from salver.graph.routers.epsilon_greedy import EpsilonGreedy
from salver.graph.routers.exp3 import Exp3
from salver.graph.routers.gaussian_thompson_sampling import GaussianThompsonSampling
from salver.graph.routers.thompson_sampling import ThompsonSampling
from salver.graph.routers.ucb1 import Ucb1

ALL: list[Any] = [EpsilonGreedy, ThompsonSampling, GaussianThompsonSampling, Ucb1, Exp3]


def made(options: Any, arms: tuple[str, ...] = ("a", "b"), seed: int = 1) -> tuple[Any, MemoryTable]:
    memory = MemoryTable("n", len(arms), options.width, shared=False)
    return options(arms, memory, "n", Random(seed)), memory


def asked(rows: int = 1, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Request:
    request = Request({"x": Tensor("FP64", np.zeros((rows, 2)))})
    request.headers = headers
    request.trail = Trail()
    return request


def taught(reward: float | None = 1.0, arm: Any = 0, **more: Any) -> Lesson:
    return Lesson(reward=reward, routing={} if arm is None else {"n": arm}, **more)


def shares(bandit: Any, count: int = 4000) -> list[float]:
    picked = [bandit.choose(asked()) for _ in range(count)]
    return [picked.count(arm) / count for arm in range(max(picked) + 1)]


# What all share


@pytest.mark.parametrize("kind", ALL)
def test_what_is_remembered_has_the_width_that_is_said(kind: Any):
    assert len(kind.columns) == kind.width
    bandit, memory = made(kind())
    bandit.learn(taught(0.5))
    assert len(memory.numbers("")[0]) == kind.width
    assert bandit.learnt()["kind"] == kind.kind
    assert bandit.learnt()["arms"] == ["a", "b"]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("lesson", "words"),
    [
        (taught(arm=None), "feedback without routing: node 'n'"),
        (taught(arm=-1), "route -1, wanted one child of 2"),
        (taught(arm=-2), "route -2"),
        (taught(arm=2), "route 2"),
        (taught(math.nan), "reward must be from"),
        (taught(math.inf), "reward must be from"),
        (taught(-1e13), "reward must be from"),
        (taught(None), "a reward or a truth, got neither"),
    ],
)
def test_a_lesson_that_cannot_be_learnt_from_is_refused_and_changes_nothing(kind: Any, lesson: Lesson, words: str):
    bandit, memory = made(kind())
    for verb in (bandit.check, bandit.learn):
        with pytest.raises(BadInput, match=words):
            verb(lesson)
    assert memory.contexts() == {}


@pytest.mark.parametrize("kind", [EpsilonGreedy, ThompsonSampling, Ucb1, Exp3])
def test_rewards_are_from_0_to_1(kind: Any):
    bandit, _ = made(kind())
    with pytest.raises(BadInput, match=r"node 'n': reward must be from 0 to 1, got 1.5"):
        bandit.learn(taught(1.5))


@pytest.mark.parametrize("kind", ALL)
def test_each_context_is_learnt_apart(kind: Any):
    bandit, memory = made(kind(context=Key(header="x-segment")))
    request = asked(headers=((b"x-segment", b"gold"),))
    bandit.choose(request)
    assert request.trail is not None
    assert request.trail.notes["n"]["context"] == "gold"
    bandit.learn(taught(1.0, notes=request.trail.notes))
    bandit.learn(taught(1.0, headers=((b"x-segment", b"tin"),)))
    bandit.learn(taught(1.0))
    assert set(memory.contexts()) == {"gold", "tin", ""}


def test_what_was_noted_goes_before_what_feedback_says():
    bandit, memory = made(Ucb1(context=Key(header="x-segment")))
    bandit.learn(taught(1.0, notes={"n": {"context": "gold"}}, headers=((b"x-segment", b"tin"),)))
    assert set(memory.contexts()) == {"gold"}


def test_a_context_that_is_a_field_needs_the_request_back():
    bandit, memory = made(Ucb1(context=Key(field="x")))
    with pytest.raises(BadInput, match="learns by the field 'x': send back the request, or the id"):
        bandit.learn(taught(1.0))
    bandit.learn(taught(1.0, request={"x": Tensor("INT64", np.array([7]))}))
    assert set(memory.contexts()) == {"7"}


@pytest.mark.parametrize("kind", ALL)
def test_a_router_notes_only_what_it_must_find_again_and_needs_no_trail(kind: Any):
    bandit, _ = made(kind())
    request = asked()
    bandit.choose(request)
    assert request.trail is not None
    assert set(request.trail.notes) == ({"n"} if kind is Exp3 else set())
    request.trail = None
    assert bandit.choose(request) in (0, 1)


@pytest.mark.parametrize("kind", ALL)
def test_to_forget_is_to_begin_anew(kind: Any):
    bandit, memory = made(kind())
    bandit.learn(taught(1.0))
    bandit.forget()
    assert memory.contexts() == {}


@pytest.mark.parametrize("kind", ALL)
def test_the_same_seed_chooses_the_same(kind: Any):
    one, other = (made(kind(seed=7), ("a", "b", "c"), seed)[0] for seed in (1, 2))
    for bandit in (one, other):
        for arm in range(3):
            bandit.learn(taught(0.5, arm))
    assert [one.choose(asked()) for _ in range(20)] == [other.choose(asked()) for _ in range(20)]


@pytest.mark.parametrize("kind", ALL)
def test_a_bandit_of_one_child_chooses_it_and_of_none_is_refused(kind: Any):
    bandit, _ = made(kind(), ("a",))
    bandit.learn(taught(1.0))
    assert {bandit.choose(asked()) for _ in range(20)} == {0}
    with pytest.raises(BadInput, match=r"^children must be at least one"):
        made(kind(), ())


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=30)
@given(
    plays=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1, allow_nan=False)), max_size=20),
    order=st.randoms(use_true_random=False),
)
def test_what_is_learnt_does_not_depend_on_the_order(kind: Any, plays: list[tuple[int, float]], order: Any):
    shuffled = list(plays)
    order.shuffle(shuffled)
    rows = []
    for lessons in (plays, shuffled):
        bandit, memory = made(kind())
        for arm, reward in lessons:
            bandit.learn(taught(reward, arm, notes={"n": {"chance": 0.5}}))
        rows.append(np.array(memory.numbers("")))
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-12)


# Epsilon-greedy, as Seldon's reference bandit


def test_epsilon_greedy_counts_rows_and_parts_of_successes():
    bandit, memory = made(EpsilonGreedy())
    bandit.learn(taught(0.5, request=asked(3).tensors))
    bandit.learn(taught(0.9, rows=1))
    assert memory.numbers("")[0] == pytest.approx([3 * 0.5 + 0.9, 4])


def test_seldon_counts_only_whole_successes():
    for kind in (EpsilonGreedy, ThompsonSampling):
        bandit, memory = made(kind(seldon_counts=True))
        bandit.learn(taught(0.5, request=asked(3).tensors))
        bandit.learn(taught(0.9))
        assert memory.numbers("")[0] == [int(0.5 * 3) + int(0.9), 4]


def test_epsilon_greedy_takes_the_best_and_else_another():
    bandit, _ = made(EpsilonGreedy(epsilon=0.2), ("a", "b", "c"))
    bandit.learn(taught(1.0, 1))
    a, b, c = shares(bandit)
    # Standard error 0.0063 and 0.0047; four of them.
    assert b == pytest.approx(0.8, abs=0.026)
    assert a == pytest.approx(0.1, abs=0.02)
    assert c == pytest.approx(0.1, abs=0.02)


def test_epsilon_greedy_begins_with_the_best_branch_that_is_named():
    bandit, _ = made(EpsilonGreedy(epsilon=0, best_branch=1))
    assert shares(bandit, 50) == [0, 1]
    bandit.learn(taught(1.0, 0))
    assert shares(bandit, 50) == [1]


def test_epsilon_greedy_chooses_any_of_the_equally_good():
    bandit, _ = made(EpsilonGreedy(epsilon=0), ("a", "b", "c"))
    bandit.learn(taught(1.0, 0))
    bandit.learn(taught(1.0, 2))
    bandit.learn(taught(0.0, 1))
    a, b, _ = shares(bandit)
    assert b == 0
    assert a == pytest.approx(0.5, abs=0.032)


@pytest.mark.parametrize(("options", "field"), [({"epsilon": 1.5}, "epsilon"), ({"best_branch": -1}, "best_branch")])
def test_epsilon_greedy_refuses_options_that_make_no_sense(options: dict[str, Any], field: str):
    with pytest.raises(BadInput, match=f"^{field} "):
        EpsilonGreedy(**options)
    with pytest.raises(BadInput, match=r"^best_branch must be less than 2"):
        made(EpsilonGreedy(best_branch=2))


# Thompson sampling


def test_thompson_sampling_chooses_a_child_as_often_as_it_is_the_best():
    bandit, _ = made(ThompsonSampling())
    bandit.learn(taught(1.0, 0))
    # P(X > Y) for X ~ Beta(2, 1), Y uniform: the integral of x * 2x from 0 to 1.
    assert shares(bandit)[0] == pytest.approx(2 / 3, abs=0.03)


def test_thompson_sampling_counts_its_prior():
    bandit, _ = made(ThompsonSampling(prior_successes=2.0))
    bandit.learn(taught(0.0, 1))
    # X ~ Beta(2, 1), Y ~ Beta(2, 2): P(X > Y) is the integral of 2x (3x^2 - 2x^3) = 6/4 - 4/5.
    assert shares(bandit)[0] == pytest.approx(0.7, abs=0.03)
    with pytest.raises(BadInput, match=r"^prior_failures must be more than 0"):
        ThompsonSampling(prior_failures=0)


def test_the_gaussian_posterior_is_that_of_murphys_equations():
    rewards, mu0, kappa0, alpha0, beta0 = [3.0, 5.0, 10.0], 1.0, 1.0, 1.0, 4.0
    options = GaussianThompsonSampling(prior_mean=mu0, prior_deviation=2.0)
    bandit, memory = made(options)
    for reward in rewards:
        bandit.learn(taught(reward))
    n, average = len(rewards), np.mean(rewards)
    deviations = sum((reward - average) ** 2 for reward in rewards)
    expected = (
        (kappa0 * mu0 + n * average) / (kappa0 + n),
        kappa0 + n,
        alpha0 + n / 2,
        beta0 + deviations / 2 + kappa0 * n * (average - mu0) ** 2 / (2 * (kappa0 + n)),
    )
    assert options.posterior(memory.numbers("")[0]) == pytest.approx(expected)
    assert options.posterior(memory.numbers("")[1]) == (mu0, kappa0, alpha0, beta0)


def test_the_gaussian_draws_have_the_spread_of_students_t():
    bandit, _ = made(GaussianThompsonSampling())
    for reward in (2.0, 3.0, 4.0, 5.0, 6.0, 1.0):
        bandit.learn(taught(reward, 0))
    # b is drawn from its prior, t with 2 degrees of freedom around 0 of scale 1; a around 3, of scale sqrt(24.5 / 28).
    n, mean, shape, rate = 6, 21 / 7, 1 + 6 / 2, 1 + 17.5 / 2 + 6 * 3.5**2 / 14
    generator = np.random.default_rng(3)
    a = mean + generator.standard_t(2 * shape, 400_000) * math.sqrt(rate / shape / (1 + n))
    b = generator.standard_t(2, 400_000)
    assert shares(bandit)[0] == pytest.approx(np.mean(a > b), abs=0.02)


def test_gaussian_rewards_may_be_large_and_all_the_same():
    bandit, _ = made(GaussianThompsonSampling())
    for _ in range(50):
        bandit.learn(taught(1e12, 0))
        bandit.learn(taught(-1e12, 1))
    assert shares(bandit, 100) == [1.0]
    for field in ("prior_mean", "prior_deviation"):
        with pytest.raises(BadInput, match=f"^{field} "):
            replace(GaussianThompsonSampling(), **{field: 1e13})  # type: ignore[arg-type]


# UCB1


def test_ucb1_plays_each_child_once_and_then_by_its_formula():
    bandit, memory = made(Ucb1(), ("a", "b", "c"))
    for _ in range(3):
        arm = bandit.choose(asked())
        assert memory.numbers("")[arm][1] == 0
        bandit.learn(taught(0.5, arm))
    plays = [[0.5], [0.5], [0.5]]
    rewards = Random(5)
    for _ in range(200):
        n = sum(map(len, plays))
        bounds = [np.mean(of) + math.sqrt(2 * math.log(n) / len(of)) for of in plays]
        arm = bandit.choose(asked())
        assert bounds[arm] == pytest.approx(max(bounds))
        reward = rewards.random()
        plays[arm].append(reward)
        bandit.learn(taught(reward, arm))


# Exp3


def test_exp3_follows_its_paper_step_by_step():
    gamma, arms = 0.3, ("a", "b", "c")
    bandit, _ = made(Exp3(gamma=gamma), arms)
    weights = [1.0, 1.0, 1.0]
    rewards = Random(5)
    for _ in range(100):
        chances = [(1 - gamma) * weight / sum(weights) + gamma / 3 for weight in weights]
        request = asked()
        arm = bandit.choose(request)
        assert request.trail is not None
        assert request.trail.notes["n"]["chance"] == pytest.approx(chances[arm])
        reward = rewards.random()
        weights[arm] *= math.exp(gamma * reward / chances[arm] / 3)
        bandit.learn(taught(reward, arm, notes=request.trail.notes))


def test_exp3_draws_with_its_chances():
    bandit, memory = made(Exp3(gamma=0.5))
    memory.add("", 0, (4 * math.log(3), 1.0))  # weights 3 and 1, gamma / K = 1/4
    assert shares(bandit)[0] == pytest.approx(0.5 * 0.75 + 0.25, abs=0.03)


def test_exp3_takes_the_present_chance_where_none_is_noted():
    bandit, memory = made(Exp3())
    bandit.learn(taught(1.0, 0))
    assert memory.numbers("")[0] == pytest.approx([1 / 0.5, 1])


@pytest.mark.parametrize("chance", [0, -0.5, 1.5, math.nan, "x", [1]])
def test_exp3_refuses_what_is_no_chance(chance: Any):
    bandit, _ = made(Exp3())
    with pytest.raises(BadInput, match="node 'n': the chance of a choice must be"):
        bandit.learn(taught(1.0, 0, notes={"n": {"chance": chance}}))


@pytest.mark.parametrize("gamma", [0, 1e-5, 1.1, math.nan])
def test_exp3_refuses_a_gamma_that_makes_no_sense(gamma: float):
    with pytest.raises(BadInput, match=r"^gamma must be from 0.0001 to 1"):
        Exp3(gamma=gamma)


def test_exp3_does_not_overflow_however_much_it_has_learnt():
    bandit, memory = made(Exp3(gamma=1.0))
    memory.add("", 0, (1e9, 1.0))
    assert 0.4 < shares(bandit, 1000)[0] < 0.6
    bandit, memory = made(Exp3(gamma=0.1))
    memory.add("", 0, (1e9, 1.0))
    assert shares(bandit, 1000)[0] > 0.9
