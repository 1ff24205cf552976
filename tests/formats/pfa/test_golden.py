"""Golden cases: the functions of the official suite, whole programs and real models, with the answers of others.

Those that lie beside this repository are skipped where they are not there; some are copied into `tests/data/pfa`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from pfa_golden import (
    COPIES,
    NAME_SPACES,
    ROOT,
    Difference,
    FunctionCase,
    ModelCase,
    ProgramCase,
    functions,
    models,
    programs,
)
from pfa_interpreter import Failed, Interpreter, Refused
from pfa_interpreter_matching import LIBRARY
from pfa_schemas import Schemas

SHARED = pytest.mark.skipif(not ROOT.is_dir(), reason="the shared test data is not there")
NAN = "a NaN in a union equals a NaN, as one outside of unions does: Titus compares tagged values as Python does"
COARSE = "the quantile of p = 1e-5 is 1.5708e-10: Titus searches to within 1e-8"
ARGUED_FUNCTIONS: dict[str, tuple[int, str]] = {
    "a.contains": (2, NAN),
    "a.count": (2, NAN),
    "a.diff": (1, NAN),
    "a.distinct": (1, NAN),
    "a.endswith": (1, NAN),
    "a.index": (2, NAN),
    "a.intersection": (1, NAN),
    "a.seteq": (1, NAN),
    "a.startswith": (1, NAN),
    "a.subset": (1, NAN),
    "a.symdiff": (1, NAN),
    "map.containsValue": (1, NAN),
    "prob.dist.chi2QF": (1, COARSE),
}
"""In how many trials we differ from another implementation, and why that is wrong; see docs/pfa.md."""
TREND = "each output has a trend of its own: Titus takes that of the first for all"
SUM = "the sum over all that can be is 1, not 0: one of the functions in which Titus is known to be wrong"
FRACTIONS = "a cell of ints begins with fractions: Titus does not look at them"
ARGUED_PROGRAMS: dict[str, str] = {
    "lib.model.testReg.TestLib1ModelReg.testGaussianProcess2": TREND,
    "lib.model.testReg.TestLib1ModelReg.testGaussianProcess4": TREND,
    "lib.prob.testDist.TestLib1ProbDist.testHypergeometricDistribution": SUM,
    "producer.testCart.TestProducerCart.testCartMustBuildCategoricalCategorical": FRACTIONS,
}
"""Programs in which we differ, and why."""


@functools.cache
def by_name_space(root: Path) -> dict[str, list[FunctionCase]]:
    found: dict[str, list[FunctionCase]] = {}
    for case in functions(root=root):
        found.setdefault(case.function.rpartition(".")[0] or "core", []).append(case)
    return found


def wrong(cases: list[FunctionCase]) -> list[Difference]:
    return [difference for case in cases for difference in case.differences()]


def first(found: list[Difference]) -> str:
    return "\n".join(map(str, found[:5]))


# One function at a time.


@SHARED
@pytest.mark.slow
@pytest.mark.parametrize("name_space", NAME_SPACES)
def test_functions_answer_as_others_say(name_space: str):
    found: dict[str, list[Difference]] = {}
    for case in by_name_space(ROOT).get(name_space, []):
        found.setdefault(case.function, []).extend(case.differences())
    for function, differences in found.items():
        assert len(differences) == ARGUED_FUNCTIONS.get(function, (0, ""))[0], first(differences)
        assert not [each for each in differences if each.oracle == "upstream"], "a code of the suite itself"


@SHARED
@pytest.mark.slow
def test_every_function_of_the_suite_is_asked():
    assert by_name_space(ROOT).keys() <= set(NAME_SPACES)


@SHARED
@pytest.mark.slow
def test_few_trials_are_argued():
    trials = sum(len(case.trials) for cases in by_name_space(ROOT).values() for case in cases)
    assert sum(count for count, _ in ARGUED_FUNCTIONS.values()) <= 0.005 * trials


@pytest.mark.parametrize("name_space", NAME_SPACES)
def test_functions_answer_copied_cases_as_others_say(name_space: str):
    cases = by_name_space(COPIES).get(name_space, [])
    found = [each for each in wrong(cases) if each.name not in ARGUED_FUNCTIONS]
    assert not found, first(found)


# Whole programs.


def name_of(case: ProgramCase | ModelCase | None) -> str:
    return "none" if case is None else case.name


SLOW = ("testStopIntRunningProcess", "testGaussianProcess3", "testGaussianProcess4")


def marked(case: ProgramCase) -> Any:
    return pytest.param(case, marks=pytest.mark.slow) if case.name.endswith(SLOW) else case


PROGRAMS: list[Any] = list(map(marked, programs())) or [pytest.param(None, marks=SHARED)]


@pytest.mark.parametrize("case", PROGRAMS, ids=name_of)
def test_programs_run_as_others_say(case: ProgramCase):
    found = list(case.differences())
    assert bool(found) == (case.name in ARGUED_PROGRAMS), first(found)


@pytest.mark.parametrize("case", list(map(marked, programs(root=COPIES))), ids=name_of)
def test_copied_programs_run_as_others_say(case: ProgramCase):
    if case.name not in ARGUED_PROGRAMS:
        found = list(case.differences())
        assert not found, first(found)


# Real models.


MODELS: list[Any] = list(models()) or [pytest.param(None, marks=SHARED)]


@pytest.mark.slow
@pytest.mark.parametrize("case", MODELS, ids=name_of)
def test_models_answer_as_what_they_were_made_from(case: ModelCase):
    found = list(case.differences())
    assert not found, first(found)


@pytest.mark.parametrize("case", models(COPIES), ids=name_of)
def test_copied_models_answer_as_what_they_were_made_from(case: ModelCase):
    found = list(case.differences())
    assert not found, first(found)


# Who tests the tests' own truth.


NOT_INTERPRETED = ("a.contains", "a.count", "a.index", "a.distinct", "map.containsValue")
"""Of these the interpreter of the tests knows but one signature, or others do not know NaN in unions."""


@pytest.mark.parametrize("function", sorted(LIBRARY.keys() - set(NOT_INTERPRETED)))
def test_the_interpreter_of_the_tests_answers_as_others_say(function: str):
    name_space = function.rpartition(".")[0] or "core"
    for case in by_name_space(COPIES).get(name_space, []):
        if case.function == function:
            interpret(case)


def interpret(case: FunctionCase) -> None:
    schemas = Schemas.of(case.engine)
    try:
        interpreter = Interpreter(dict(case.engine))
    except Refused:
        pytest.skip("it has a signature that the interpreter does not know")
    for trial in case.trials:
        sample = schemas.decoded(case.engine["input"], trial["sample"])
        got = answer_of(interpreter, sample)
        if "error" in trial or isinstance(got, Failed):
            assert isinstance(got, Failed), sample
            assert got.code == trial.get("error"), sample
        else:
            wanted = schemas.decoded(case.engine["output"], trial["result"])
            assert schemas.same(case.engine["output"], wanted, got, case.tolerance), sample


def answer_of(interpreter: Interpreter, sample: Any) -> Any:
    try:
        return interpreter.action(sample)
    except Failed as error:
        return error
