"""BayesianNetworkModel: exact inference, against adding up the joint distribution."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.models.elimination import Factor, Inference, TooLarge, plan

FIELDS = {"a": "string", "n": "integer", "t": "target:string yes no"}


def values(*pairs):
    return "".join(f'<ValueProbability value="{value}" probability="{share}"/>' for value, share in pairs)


def given_that(parents, *pairs):
    told = "".join(f'<ParentValue parent="{name}" value="{value}"/>' for name, value in parents.items())
    return f"<DiscreteConditionalProbability>{told}{values(*pairs)}</DiscreteConditionalProbability>"


def node(name, inner):
    return f'<DiscreteNode name="{name}">{inner}</DiscreteNode>'


# The target is the cause of a hidden node, which is the cause of what is seen.
CAUSE = node("t", values(("yes", 0.25), ("no", 0.75)))
HIDDEN = node(
    "hidden",
    given_that({"t": "yes"}, ("on", 0.5), ("off", 0.5)) + given_that({"t": "no"}, ("off", 0.875), ("on", 0.125)),
)
SEEN = node(
    "a",
    given_that({"hidden": "on"}, ("x", 0.9), ("y", 0.1)) + given_that({"hidden": "off"}, ("x", 0.2), ("y", 0.8)),
) + node("n", given_that({"hidden": "on"}, (1, 0.7), (2, 0.3)) + given_that({"hidden": "off"}, (1, 0.4), (2, 0.6)))


def model(nodes=CAUSE + HIDDEN + SEEN, function="classification"):
    output = '<Output><OutputField name="p" feature="probability" value="yes"/></Output>'
    return (
        f'<BayesianNetworkModel functionName="{function}">SCHEMA{output}<BayesianNetworkNodes>{nodes}'
        "</BayesianNetworkNodes></BayesianNetworkModel>"
    )


def test_a_cause_is_inferred_through_a_node_that_nobody_sees(tmp_path):
    compiled = evaluator(tmp_path, model(), FIELDS)
    answer = compiled.of_values([{"a": "x", "n": 1}, {"a": "y"}, {"n": "2"}, {}])
    on, off = {"x": 0.9, "y": 0.1, 1: 0.7, 2: 0.3}, {"x": 0.2, "y": 0.8, 1: 0.4, 2: 0.6}
    expected = []
    for seen in (["x", 1], ["y"], [2], []):
        seen_on, seen_off = (math.prod(table[value] for value in seen) for table in (on, off))
        yes = 0.25 * (0.5 * seen_on + 0.5 * seen_off)
        no = 0.75 * (0.125 * seen_on + 0.875 * seen_off)
        expected.append(yes / (yes + no))
    assert answer["p"].tolist() == pytest.approx(expected, rel=1e-13)
    assert answer["t"].tolist() == ["yes" if share > 0.5 else "no" for share in expected]


def test_a_value_that_a_node_does_not_have_allows_nothing(tmp_path):
    answer = evaluator(tmp_path, model(), FIELDS).of_values([{"a": "z"}, {"a": "x"}])
    assert answer["t"].tolist()[0] is None
    assert np.isnan(answer["p"]).tolist() == [True, False]


@pytest.mark.parametrize("seed", range(8))
def test_inference_is_adding_up_the_joint_distribution(seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 4, 5).tolist()
    scopes = [tuple(random.permutation(5)[: random.integers(1, 4)].tolist()) for _ in range(5)] + [(0,)]
    tables = [random.random([sizes[variable] for variable in scope]) for scope in scopes]
    seen = {variable: (random.random((3, sizes[variable])) < 0.7).astype(float) for variable in (2, 4)}
    likely = np.zeros((3, sizes[0]))
    for cell in itertools.product(*map(range, sizes)):
        weight = math.prod(t[tuple(cell[v] for v in scope)] for t, scope in zip(tables, scopes, strict=True))
        likely[:, cell[0]] += weight * seen[2][:, cell[2]] * seen[4][:, cell[4]]
    factors = [Factor(scope, table, has_rows=False) for scope, table in zip(scopes, tables, strict=True)]
    inference = Inference(sizes, factors, 0, frozenset(seen))
    with np.errstate(all="ignore"):
        found = inference([Factor((place,), table, has_rows=True) for place, table in seen.items()], 3)
        expected = likely / likely.sum(axis=1, keepdims=True)
    assert found == pytest.approx(expected, rel=1e-10, nan_ok=True)


def test_a_chain_of_many_nodes_stays_small_and_does_not_vanish():
    """A product of 200 probabilities of 0.01 is no double."""
    count = 200
    scopes = [(0,), *((place - 1, place) for place in range(1, count))]
    tables = [np.array([0.25, 0.75]), *[np.full((2, 2), 0.01)] * (count - 1)]
    factors = [Factor(scope, table, has_rows=False) for scope, table in zip(scopes, tables, strict=True)]
    inference = Inference([2] * count, factors, 0, frozenset(range(1, count)))
    assert inference.cells <= 4
    seen = [Factor((place,), np.array([[1.0, 0.0]]), has_rows=True) for place in range(1, count)]
    assert inference(seen, 1)[0] == pytest.approx([0.25, 0.75])


def test_what_hangs_together_too_closely_is_refused_before_it_is_computed():
    with pytest.raises(TooLarge):
        plan([4] * 12, [tuple(range(12))], 0)


def test_continuous_nodes_are_refused_by_name(tmp_path):
    with pytest.raises(Unsupported, match=r"ContinuousNode .*/BayesianNetworkNodes/ContinuousNode, line 3"):
        evaluator(tmp_path, model(CAUSE + '<ContinuousNode name="c"/>'), FIELDS)


def test_regression_is_refused_by_name(tmp_path):
    with pytest.raises(Unsupported, match="functionName=regression"):
        evaluator(tmp_path, model(function="regression"), FIELDS)


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        (HIDDEN, "there is no node 't'"),
        (node("a", values(("x", 1))), "no node is the target 't'"),
        (CAUSE + CAUSE, r"two nodes 't' .*/DiscreteNode\[2\]"),
        (node("t", ""), "needs the probability of each of its values"),
        (CAUSE + node("a", given_that({"t": "yes"}, ("x", 1))), "1 conditional distributions, .* need 2"),
        (CAUSE + node("a", given_that({"t": "yes"}, ("x", 1)) * 2), "two distributions for the same values"),
        (CAUSE + node("a", given_that({"t": "maybe"}, ("x", 1)) * 2), "node 't' has no value 'maybe'"),
        (CAUSE + HIDDEN.replace('"off" probability="0.5"', '"dim" probability="0.5"'), "wanted the probabilities of"),
        (node("t", values(("yes", -1), ("no", 2))), "less than 0"),
        (
            node("t", given_that({"a": "x"}, ("yes", 1))) + node("a", given_that({"t": "yes"}, ("x", 1))),
            "an ancestor of itself",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, nodes, reason):
    with pytest.raises(BadInput, match=reason):
        evaluator(tmp_path, model(nodes), FIELDS)
