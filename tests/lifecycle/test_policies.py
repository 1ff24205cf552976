"""The policies: TensorFlow Serving's cases, and a simulation of any history."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.core.calls import State
from salver.lifecycle.policies import Instance, Load, Snapshot, Standing, Unload, keep_serving, save_memory
from salver.lifecycle.states import HOLDING, move

START, LOADING, AVAILABLE, UNLOADING, END = State


def snapshot(*standings: tuple) -> Snapshot:
    """(version or (version, generation), state, wanted), ..."""
    return tuple(
        Standing(Instance(*key) if isinstance(key, tuple) else Instance(key, 1), state, wanted)
        for key, state, wanted in standings
    )


def action(kind, version, generation=1):
    return kind(Instance(version, generation))


@pytest.mark.parametrize(
    ("standings", "wanted"),
    [
        pytest.param([], None, id="nothing at all"),
        pytest.param([(1, AVAILABLE, True), (2, AVAILABLE, True)], None, id="all as wanted"),
        pytest.param([(1, START, True), (2, START, True)], action(Load, 2), id="highest first"),
        pytest.param([(1, START, True), (2, LOADING, True)], action(Load, 1), id="loads run side by side"),
        pytest.param([(1, AVAILABLE, False), (2, START, True)], action(Load, 2), id="loads before it unloads"),
        pytest.param([(1, AVAILABLE, False), (2, LOADING, True)], None, id="waits for the new one"),
        pytest.param([(1, AVAILABLE, False), (2, END, True)], None, id="new one failed: old one goes on"),
        pytest.param([(1, AVAILABLE, False), (2, AVAILABLE, True)], action(Unload, 1), id="then the old one goes"),
        pytest.param(
            [(1, AVAILABLE, False), (2, AVAILABLE, False), (3, START, True)],
            action(Unload, 1),
            id="two old ones: the lower can be spared at once",
        ),
        pytest.param([(1, AVAILABLE, False), (2, AVAILABLE, False)], action(Unload, 1), id="none wanted: lowest first"),
        pytest.param([(2, AVAILABLE, False)], action(Unload, 2), id="none wanted: the last goes too"),
        pytest.param([(1, UNLOADING, False), (2, START, True)], action(Load, 2), id="does not wait for a drain"),
        pytest.param([(1, AVAILABLE, False), (0, AVAILABLE, True)], action(Unload, 1), id="back to a lower version"),
        pytest.param([(3, LOADING, False), (2, AVAILABLE, True)], action(Unload, 3), id="an unwanted load is given up"),
        pytest.param([(3, START, False)], action(Unload, 3), id="one not begun is dropped"),
        pytest.param([(1, END, False), (2, UNLOADING, False)], None, id="over and leaving need nothing"),
        pytest.param([((1, 1), AVAILABLE, False), ((1, 2), START, True)], action(Load, 1, 2), id="reload: new first"),
        pytest.param(
            [((1, 1), AVAILABLE, False), ((1, 2), AVAILABLE, True)], action(Unload, 1, 1), id="reload: then old"
        ),
        pytest.param(
            [((1, 1), AVAILABLE, False), ((1, 2), LOADING, True), (2, AVAILABLE, True)],
            None,
            id="reload: another version does not stand in for this one",
        ),
        pytest.param(
            [((1, 1), AVAILABLE, False), ((1, 2), END, True), (2, AVAILABLE, True)],
            None,
            id="reload failed: the old loading goes on",
        ),
    ],
)
def test_keep_serving(standings, wanted):
    assert keep_serving(snapshot(*standings)) == wanted


@pytest.mark.parametrize(
    ("standings", "wanted"),
    [
        pytest.param([], None, id="nothing at all"),
        pytest.param([(1, AVAILABLE, True)], None, id="all as wanted"),
        pytest.param([(1, START, True), (2, START, True)], action(Load, 2), id="highest first"),
        pytest.param([(1, AVAILABLE, False), (2, START, True)], action(Unload, 1), id="unloads before it loads"),
        pytest.param(
            [(1, AVAILABLE, False), (2, AVAILABLE, False), (3, START, True)], action(Unload, 1), id="lowest first"
        ),
        pytest.param([(1, UNLOADING, False), (2, START, True)], None, id="waits until the memory is back"),
        pytest.param([(1, END, False), (2, START, True)], action(Load, 2), id="ended: nothing held"),
        pytest.param([(1, LOADING, False), (2, START, True)], action(Unload, 1), id="an unwanted load is given up"),
        pytest.param([((1, 1), AVAILABLE, False), ((1, 2), START, True)], action(Unload, 1, 1), id="reload: old first"),
        pytest.param([(1, AVAILABLE, True), (2, START, True)], action(Load, 2), id="wanted ones may stay"),
    ],
)
def test_save_memory(standings, wanted):
    assert save_memory(snapshot(*standings)) == wanted


class Model:
    """A manager with no clock, no files and no loads: only states."""

    def __init__(self, policy):
        self.policy = policy
        self.states: dict[Instance, State] = {}
        self.wanted: set[Instance] = set()

    def want(self, versions, anew):
        """Wants these versions; of those in `anew` another generation."""
        newest = {each.version: each for each in sorted(self.states)}
        self.wanted = set()
        for version in versions:
            old = newest.get(version)
            if old is None or version in anew or self.states[old] in (UNLOADING, END):
                old = Instance(version, old.generation + 1 if old else 1)
                self.states[old] = START
            self.wanted.add(old)

    def snapshot(self):
        return tuple(Standing(each, state, each in self.wanted) for each, state in self.states.items())

    def available(self):
        return {each for each, state in self.states.items() if state is AVAILABLE}

    def step(self):
        """Does what the policy says, holding it to what it promises. Whether it said anything."""
        now = self.snapshot()
        said = self.policy(now)
        assert self.policy(now) == said == self.policy(now[::-1])
        if isinstance(said, Load):
            assert said.instance in self.wanted
            if self.policy is save_memory:
                held = {each for each, state in self.states.items() if state in HOLDING}
                assert held <= self.wanted
            self.states[said.instance] = move(self.states[said.instance], LOADING)
        elif said is not None:
            self._let_go(said.instance)
        return said is not None

    def _let_go(self, instance):
        assert instance not in self.wanted
        before = self.available()
        self.states[instance] = move(self.states[instance], END if self.states[instance] is START else UNLOADING)
        if self.policy is keep_serving and self.wanted and before:
            assert self.available()
            wanted_versions = {each.version for each in self.wanted}
            assert {each.version for each in self.available()} >= {each.version for each in before} & wanted_versions

    def finish(self, instance, well=True):
        state = self.states[instance]
        if state is LOADING:
            self.states[instance] = move(state, AVAILABLE if well else END)
        elif state is UNLOADING:
            self.states[instance] = move(state, END)


VERSIONS = st.sets(st.integers(1, 4))
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("want"), VERSIONS, VERSIONS),
        st.tuples(st.just("finish"), st.integers(0, 30), st.booleans()),
        st.tuples(st.just("step")),
    ),
    max_size=30,
)


@pytest.mark.slow
@pytest.mark.parametrize("policy", [keep_serving, save_memory])
@settings(max_examples=400)
@given(events=EVENTS, last=VERSIONS)
def test_from_any_history_the_wanted_set_is_reached(policy, events, last):
    model = Model(policy)
    for kind, *args in events:
        if kind == "want":
            model.want(*args)
        elif kind == "step":
            model.step()
        elif model.states:
            model.finish(sorted(model.states)[args[0] % len(model.states)], args[1])
    model.want(last, ())
    for _ in range(6 * len(model.states) + 1):
        while model.step():
            pass
        for instance in list(model.states):
            model.finish(instance)
    assert model.available() == model.wanted
    assert not any(state is not END for each, state in model.states.items() if each not in model.wanted)
    assert policy(model.snapshot()) is None


@pytest.mark.slow
@given(old=VERSIONS.filter(bool), new=VERSIONS.filter(bool), failing=VERSIONS)
def test_keep_serving_keeps_an_old_version_when_all_new_ones_fail(old, new, failing):
    model = Model(keep_serving)
    model.want(old, ())
    for _ in range(30):
        model.step()
        for instance in list(model.states):
            model.finish(instance)
    model.want(new, new)
    for _ in range(30):
        model.step()
        for instance in list(model.states):
            model.finish(instance, instance.version not in failing)
        assert model.available()
