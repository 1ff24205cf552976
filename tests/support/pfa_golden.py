"""The golden cases: PFA documents with inputs and the answers that another implementation gave. See their README.

Run as a program it prints what differs: `python tests/support/pfa_golden.py functions|programs|models [NAME] [-v]`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pfa_schemas import Schemas, Tolerance

from salver.formats.pfa import (
    Engine,
    PFAInitializationError,
    PFAInputError,
    PFARuntimeError,
    PFASemanticError,
    PFASyntaxError,
    PFATimeoutError,
    PFAUserError,
)

ROOT = Path(__file__).parents[3] / "shared" / "testdata" / "pfa"
COPIES = Path(__file__).parents[1] / "data" / "pfa"
"""Some of them, for where the others are not."""
NAME_SPACES = (
    "a",
    "bytes",
    "cast",
    "core",
    "enum",
    "fixed",
    "impute",
    "interp",
    "la",
    "m",
    "m.kernel",
    "m.link",
    "m.special",
    "map",
    "metric",
    "model.cluster",
    "model.naive",
    "model.neighbor",
    "model.neural",
    "model.reg",
    "model.svm",
    "model.tree",
    "parse",
    "prob.dist",
    "rand",
    "re",
    "s",
    "stat.change",
    "stat.sample",
    "stat.test",
    "time",
)
"""Those of the library. The operators, which have none, are called core here."""
_LOAD_ERRORS: dict[str, tuple[type[Exception], ...]] = {
    "syntax": (PFASyntaxError,),
    "semantic": (PFASemanticError,),
    "initialization": (PFAInitializationError,),
    "other:AvroException": (PFASyntaxError, PFASemanticError),
}
_ANY_LOAD_ERROR = (PFASyntaxError, PFASemanticError, PFAInitializationError)
_TYPE_ONLY = ("pseudorandom", "unstable")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """An error in the place of an answer: a code, `{"user": code, "message": text}`, or a word."""

    what: Any


@dataclass(frozen=True)
class Difference:
    """One answer that is not the expected one."""

    name: str
    case: str
    sample: Any
    expected: Any
    got: Any
    oracle: str = ""

    def __str__(self) -> str:
        return (
            f"{self.name} [{self.case}] {_short(self.sample)}: expected {_short(self.expected)}, got {self.got!r:.300}"
        )


def _short(value: Any) -> str:
    return f"{value!r:.240}"


def answered(act: Callable[..., Any], *arguments: Any) -> Any:
    """What comes back, or what is failed with. Other errors than those of the house come through."""
    try:
        return act(*arguments)
    except PFARuntimeError as error:
        # What has no code of the specification is a bound that was met, or an error of Python's own.
        return Failed(error.code or f"escaped: {error.message}")
    except PFAUserError as error:
        return Failed({"user": error.code, "message": error.message})
    except PFATimeoutError:
        return Failed("timeout")
    except PFAInputError:
        return Failed("input")
    except Exception as error:
        return Failed(f"escaped: {type(error).__name__}: {error}")


def loaded(act: Callable[[], Any]) -> Any:
    """What comes back, or what is failed with: then the class of the error and its text."""
    try:
        return act()
    except _ANY_LOAD_ERROR as error:
        return Failed((type(error), str(error)))
    except Exception as error:
        return Failed((type(error), f"escaped: {type(error).__name__}: {error}"))


# One function at a time.


@dataclass(frozen=True)
class FunctionCase:
    """A tiny engine around one library function."""

    id: str
    function: str
    engine: Json
    trials: Sequence[Json]

    @cached_property
    def tolerance(self) -> Tolerance:
        return _tolerance(self.engine, self.function)

    def differences(self, limit: int | None = None) -> Iterator[Difference]:
        """What differs from the expected answers to the first `limit` samples."""
        engine = loaded(lambda: Engine.from_json(self.engine))
        if isinstance(engine, Failed):
            yield Difference(self.function, self.id, "load", "to load", engine.what[1])
            return
        schemas = Schemas.of(self.engine)
        for trial in self.trials[:limit]:
            sample = schemas.decoded(self.engine["input"], trial["sample"])
            got = answered(engine.action, sample)
            if not self._is_right(trial, got, schemas):
                wanted = trial["result"] if "result" in trial else Failed(trial["error"])
                yield Difference(self.function, self.id, sample, wanted, got, trial["oracle"])

    def _is_right(self, trial: Json, got: Any, schemas: Schemas) -> bool:
        if "error" in trial or isinstance(got, Failed):
            return "error" in trial and got == Failed(trial["error"])
        return is_right(
            schemas, self.engine["output"], trial["result"], got, self.tolerance, trial.get("nondeterministic")
        )


def is_right(schemas: Schemas, schema: Any, expected: Any, got: Any, tolerance: Tolerance, kind: str | None) -> bool:
    """Whether an answer is the expected one, as far as such an answer can be foretold."""
    if not schemas.fits(schema, got):
        return False
    if kind in _TYPE_ONLY:
        return True
    wanted = schemas.decoded(schema, expected)
    if kind == "unordered" and isinstance(wanted, list):
        return schemas.same_items(schema, wanted, got, tolerance)
    return schemas.same(schema, wanted, got, tolerance)


def _tolerance(document: Any, name: str = "") -> Tolerance:
    """That of the README. The answers to documents with floats were worked out in 64 bits."""
    text = json.dumps(document)
    if not name:
        name = next((word for word in ("QF", "prob.dist.") if word in text), "")
    is_float32 = '"float"' in text or "cast.float" in text
    if "QF" in name:
        relative = 1e-3
    elif "prob.dist." in name:
        relative = 1e-6
    else:
        relative = 1e-9
    if is_float32:
        return Tolerance(max(relative, 1e-5), 1e-6, True)
    return Tolerance(relative)


# Whole programs.


@dataclass(frozen=True)
class ProgramCase:
    """Documents that are loaded and run, step by step."""

    id: str
    name: str
    steps: Sequence[Json]
    nondeterministic: str | None = None

    def differences(self) -> Iterator[Difference]:
        """What differs from the expected answers. A step of an engine that did not load is passed over."""
        engines: dict[int, tuple[Engine, Json]] = {}
        for number, step in enumerate(self.steps):
            if step["op"] == "load":
                yield from self._load(step, number, engines)
            elif step["engine"] in engines:
                yield from self._run(step, number, *engines[step["engine"]])

    def _load(self, step: Json, number: int, engines: dict[int, tuple[Engine, Json]]) -> Iterator[Difference]:
        document, opts = step["document"], step.get("opts") or {}
        count = opts.get("multiplicity")
        options = {"options": opts["options"]} if opts.get("options") else {}
        if count is None:
            made = loaded(lambda: [Engine.from_json(document, **options)])
        else:
            made = loaded(lambda: list(Engine.several(document, count, **options)))
        if "load_error" not in step:
            if isinstance(made, Failed):
                yield self._differs(number, document, "to load", made.what[1])
            else:
                engines.update((name, (engine, document)) for name, engine in zip(step["engines"], made, strict=True))
        elif not isinstance(made, Failed):
            yield self._differs(number, document, f"a {step['load_error']} error", "it loads")
        elif made.what[0] not in _LOAD_ERRORS[step["load_error"]]:
            yield self._differs(number, document, f"a {step['load_error']} error", made.what)

    def _run(self, step: Json, number: int, engine: Engine, document: Json) -> Iterator[Difference]:
        schemas = Schemas.of(document)
        if step["op"] != "action":
            got = answered(engine.begin if step["op"] == "begin" else engine.end)
            if isinstance(got, Failed) or "error" in step:
                yield from self._compared(number, step, step["op"], got)
            return
        sample = schemas.decoded(document["input"], step["input"])
        got = answered(engine.action, sample)
        if "error" in step or isinstance(got, Failed):
            yield from self._compared(number, step, sample, got)
        elif not all(
            is_right(schemas, document["output"], expected, one, _tolerance(document), self.nondeterministic)
            for expected, one in _pairs(step, got)
        ):
            yield self._differs(number, sample, step.get("result", step.get("emitted")), got)

    def _compared(self, number: int, step: Json, sample: Any, got: Any) -> Iterator[Difference]:
        wanted = Failed("input" if step.get("error") == "other:TypeError" else step.get("error"))
        if got != wanted:
            expected = wanted if "error" in step else step.get("result", step.get("emitted"))
            yield self._differs(number, sample, expected, got)

    def _differs(self, number: int, sample: Any, expected: Any, got: Any) -> Difference:
        return Difference(self.name, f"{self.id} step {number}", sample, expected, got)


def _pairs(step: Json, got: Any) -> list[tuple[Any, Any]]:
    """The expected answers with the given ones; what cannot be paired makes a pair that is never right."""
    if "emitted" not in step:
        return [(step["result"], got)]
    if type(got) is not list or len(got) != len(step["emitted"]):
        return [(step["emitted"], Failed(got))]
    return list(zip(step["emitted"], got, strict=True))


# Real models.


@dataclass(frozen=True)
class ModelCase:
    """A real model with inputs and the answers of what it was made from."""

    name: str
    tolerance: float
    document: Json
    rows: Sequence[Json]

    def differences(self) -> Iterator[Difference]:
        engine = loaded(lambda: Engine.from_json(self.document))
        if isinstance(engine, Failed):
            yield Difference(self.name, "", "load", "to load", engine.what[1])
            return
        schemas = Schemas.of(self.document)
        tolerance = Tolerance(self.tolerance, self.tolerance)
        for number, row in enumerate(self.rows):
            got = answered(engine.action, row["input"])
            if isinstance(got, Failed) or not is_right(
                schemas, self.document["output"], row["expected"], got, tolerance, None
            ):
                yield Difference(self.name, f"row {number}", row["input"], row["expected"], got)


# Files.


def functions(*prefixes: str, root: Path = ROOT) -> list[FunctionCase]:
    """The cases of the functions that begin so, in order; all without a prefix. None where there are no cases."""
    return [
        FunctionCase(each["id"], each["function"], each["engine"], each["trials"])
        for each in _lines(root / "functions.jsonl.gz")
        if not prefixes or each["function"].startswith(prefixes)
    ]


def programs(*parts: str, root: Path = ROOT) -> list[ProgramCase]:
    """The programs whose names hold one of these; all without any. None where there are no cases."""
    return [
        ProgramCase(each["id"], each["name"], each["steps"], each.get("nondeterministic"))
        for each in _lines(root / "programs.jsonl.gz")
        if not parts or any(part in each["name"] for part in parts)
    ]


def models(root: Path = ROOT) -> list[ModelCase]:
    """The models. None where there are none."""
    folder = root / "models"
    if not folder.is_dir():
        return []
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))["models"]
    return [_model(folder, name, about["tolerance"]) for name, about in index.items()]


def _model(folder: Path, name: str, tolerance: str) -> ModelCase:
    lines = (folder / f"{name}.cases.jsonl").read_text(encoding="utf-8").splitlines()
    return ModelCase(
        name,
        0.0 if tolerance == "exact" else float(tolerance),
        json.loads((folder / f"{name}.pfa").read_text(encoding="utf-8")),
        [json.loads(line) for line in lines],
    )


def _lines(path: Path) -> Iterator[Any]:
    if path.is_file():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)


# As a program.


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Compares the engine with the golden cases.")
    parser.add_argument("kind", choices=("functions", "programs", "models"))
    parser.add_argument("name", nargs="*", help="how a function begins, or a part of a program's name")
    parser.add_argument("-v", action="store_true", help="print every difference, not three of each")
    parser.add_argument("--limit", type=int, help="so many trials of each function case")
    given = parser.parse_args(arguments)
    shown = 10**9 if given.v else 3
    if given.kind == "functions":
        return _report_functions(functions(*given.name), given.limit, shown)
    chosen = programs(*given.name) if given.kind == "programs" else models()
    return _report(chosen, shown)


def _report_functions(cases: Sequence[FunctionCase], limit: int | None, shown: int) -> int:
    asked: Counter[str] = Counter()
    wrong: dict[str, list[Difference]] = {}
    for case in cases:
        trials = len(case.trials[:limit])
        found = list(case.differences(limit))
        asked[case.function] += trials
        wrong.setdefault(case.function, []).extend(found * trials if found and found[0].sample == "load" else found)
    for function, count in asked.items():
        bad = wrong[function]
        print(f"{function}: {count - len(bad)} of {count} right" + (f", {len(bad)} WRONG" if bad else ""))
        for difference in list(dict.fromkeys(map(str, bad)))[:shown]:
            print(f"    {difference}")
    right = sum(asked.values()) - sum(map(len, wrong.values()))
    print(f"{right} of {sum(asked.values())} trials right, {100 * right / max(1, sum(asked.values())):.3f} %")
    return 0 if right == sum(asked.values()) else 1


def _report(cases: Sequence[ProgramCase] | Sequence[ModelCase], shown: int) -> int:
    failed = 0
    for case in cases:
        found = list(case.differences())
        failed += bool(found)
        for difference in found[:shown]:
            print(difference)
    print(f"{len(cases) - failed} of {len(cases)} right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
