"""The door of the house: a PFA document as an Evaluator, and as a function of plain values.

A document that keeps no state is run by all threads at once. One that does is run by one caller at a time, row after
row; a request that is refused leaves no trace in it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput, Late
from salver.core.loose import column as loose_column
from salver.core.loose import odd_name
from salver.core.row_errors import reasons, told, wants_reasons
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, ERROR, Signature
from salver.core.tensor import Tensor, objects
from salver.formats.pfa.avro.types import Record
from salver.formats.pfa.columns import Answers, Rows, columns_of, signature_of
from salver.formats.pfa.engine import BATCH, Engine, document_in
from salver.formats.pfa.errors import PFAError, PFATimeoutError
from salver.formats.pfa.facts import facts_of
from salver.formats.pfa.files import files_beside
from salver.formats.pfa.options import PfaOptions
from salver.formats.pfa.state_file import StateFile, worker_number
from salver.formats.pfa.typical import typical_datum
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.vector.matrix import of_columns

_OPTIONS: Final = PfaOptions()


class PfaEvaluator:
    """One document. Thread-safe."""

    def __init__(self, path: str, options: PfaOptions = _OPTIONS) -> None:
        started_s = time.perf_counter()
        self.engine = _opened(path, options)
        document = self.engine.prepared.program.document
        program = self.engine.prepared.program
        self.pure = self.engine.pure
        self.may_wait = bool(program.uses & {"tick", "clock"})
        """A document with loops may take long whatever comes in, so that it must not hold others up."""
        if program.stateful and options.engines == "one" and worker_number() is not None:
            raise BadInput(
                f"{path} keeps state, of which each worker would have its own; serve it with one worker,"
                " or say `pfa: {engines: worker}` where that is meant"
            )
        lists = document.method == "emit"
        signature = signature_of(
            program.input, program.output, typical_datum(self.engine), stateful=program.stateful, lists=lists
        )
        self._rows = Rows(program.input)
        self._answers = Answers(program.output, lists=lists)
        columns = columns_of(program.input, "input")
        self._names = tuple(column.name for column in columns)
        self._nullable = frozenset(column.name for column in columns if column.nullable and not column.default)
        self._decode = decoder(program.input)
        self._record = program.input if isinstance(program.input, Record) else None
        turn = Lock()
        self._turn: AbstractContextManager[Any] = nullcontext() if self.pure else turn
        self._state_file = StateFile(self.engine, options, turn) if options.state_file and program.stateful else None
        if self._state_file is None or not self._state_file.restored:
            _begin(self.engine, path)
        self.signatures: Mapping[str, Signature] = MappingProxyType({DEFAULT: signature})
        self.metadata: Mapping[str, str] = MappingProxyType(facts_of(self.engine, options, self._state_file))
        self.load_s = time.perf_counter() - started_s

    def __call__(self, request: Request) -> Response:
        if not request.tensors:
            raise BadInput(f"no input came, so there are no rows; the inputs are {', '.join(self._names)}")
        at_once = self._at_once(request)
        if at_once is not None:
            return at_once
        rows = self._rows.of(request.tensors)
        per_row = wants_reasons(request)
        answers, refused = self._answer(rows, request.deadline, per_row=per_row)
        tensors = self._answers.tensors(answers, [name for name in request.outputs if name != ERROR])
        if per_row:
            tensors[ERROR] = Tensor("BYTES", reasons(refused, len(rows)))
        return Response(tensors)

    def _at_once(self, request: Request) -> Response | None:
        """The answer to a batch of plain numbers, where the document can compute one at once."""
        tensors = request.tensors
        if self._record is None or len(next(iter(tensors.values())).array) < BATCH:
            return None
        plan = self.engine.plan
        if plan is None or wants_reasons(request):
            return None
        matrix = of_columns({name: tensor.array for name, tensor in tensors.items()}, self._record)
        if matrix is None:
            return None
        found = plan(matrix)
        return Response(
            {"output": Tensor("FP64", found) if found.ndim == 1 else Tensor("JSON", objects(found.tolist()))}
        )

    def _answer(
        self, rows: Sequence[Any], deadline: float | None, *, per_row: bool
    ) -> tuple[list[Any], dict[int, str]]:
        """The answers to rows in order, None to those that are refused, and the reasons.

        Raises BadInput or Late where a row is refused and that is not wanted row by row: no state has changed then."""
        with self._turn:
            held = None if self.pure or per_row else self.engine.held()
            try:
                answers, refused = self._run(rows, deadline)
                if refused and not per_row:
                    raise _refusal(refused)
            except (BadInput, Late):
                if held is not None:
                    self.engine.put_back(held)
                raise
            if self._state_file is not None:
                self._state_file.changed()
        return answers, {row: str(error) for row, error in refused.items()}

    def _run(self, rows: Sequence[Any], deadline: float | None) -> tuple[list[Any], dict[int, PFAError]]:
        found = self.engine.at_once(rows)
        if found is not None:
            return found, {}
        action, answers, refused = self.engine.action, list[Any](), dict[int, PFAError]()
        for at, row in enumerate(rows):
            if deadline is not None and at % 64 == 63 and time.monotonic() > deadline:
                raise Late("the deadline passed before the model had answered")
            try:
                answers.append(action(row))
            except PFAError as error:
                answers.append(None)
                refused[at] = error.with_traceback(None)
        return answers, refused

    def of_values(self, inputs: Any) -> dict[str, Any]:
        """One datum to a dict of plain values; rows (a list of dicts) or columns (a dict of lists or arrays) to a dict
        of NumPy columns. Refused rows are missing, and have their reason in a column `_error`.

        Raises BadInput for a field that there is not."""
        if isinstance(inputs, Mapping) and not self._are_columns(inputs):
            return self._one(inputs)
        if not isinstance(inputs, Mapping):
            return self._many([self._datum(row) for row in inputs])
        self._check_names(inputs)
        listed = {name: _listed(values) for name, values in inputs.items() if name in self._names}
        if len(set(map(len, listed.values()))) > 1:
            lengths = ", ".join(f"'{name}' {len(values)}" for name, values in listed.items())
            raise BadInput(f"columns must have the same number of rows, got {lengths}")
        specs = self.signatures[DEFAULT].inputs
        return self._many(
            self._rows.of({name: loose_column(values, specs[name].dtype) for name, values in listed.items()})
        )

    def _are_columns(self, inputs: Mapping[str, Any]) -> bool:
        """Whether values by name are columns: arrays, series of a data frame, or lists where no list is a value."""
        specs = self.signatures[DEFAULT].inputs
        for name, value in inputs.items():
            if isinstance(value, np.ndarray) or hasattr(value, "to_numpy"):
                return True
            if isinstance(value, list) and name in specs:
                return specs[name].dtype != "JSON" or not (self._record is not None or self._is_datum(value))
        return False

    def _is_datum(self, value: list[Any]) -> bool:
        """Whether a list is a datum, and not several: for a document that takes lists."""
        try:
            self._decode(value)
        except PFAError:
            return False
        return True

    def _one(self, row: Mapping[str, Any]) -> dict[str, Any]:
        answers, refused = self._answer([self._datum(row)], None, per_row=True)
        columns = self._answers.plain(answers)
        answer = {name: column.tolist()[0] for name, column in columns.items()}
        return {**dict.fromkeys(answer), ERROR: refused[0]} if refused else answer

    def _many(self, rows: Sequence[Any]) -> dict[str, Any]:
        answers, refused = self._answer(rows, None, per_row=True)
        columns = self._answers.plain(answers)
        if refused:
            columns[ERROR] = reasons(refused, len(rows))
        return columns

    def _datum(self, row: Any) -> Any:
        """A row as the engine takes it: fields that it does not know are passed over."""
        if not isinstance(row, Mapping):
            raise BadInput(f"a row is an object by field name, not {type(row).__name__} {row!r:.60}")
        self._check_names(row)
        if self._record is None:
            return row["input"]
        nullable = self._nullable
        return {name: row.get(name) for name in self._names if name in row or name in nullable}

    def _check_names(self, names: Mapping[str, Any]) -> None:
        if names.keys() != set(self._names):
            odd = odd_name(names.keys(), self._names)
            if odd is not None:
                raise BadInput(f"there is no input '{odd[0]:.80}'; {odd[1]}")

    def close(self) -> None:
        """Ends the document, and saves what it keeps."""
        with self._turn:
            if self._state_file is not None:
                self._state_file.close()
            try:
                self.engine.end()
            except PFAError:
                # Nobody is left to be told, and nothing to be kept.
                return


def _opened(path: str, options: PfaOptions) -> Engine:
    """The engine of a file. Raises BadInput that names the file and the place in it."""
    files = files_beside(Path(path).parent, options.max_bytes) if options.allow_files else None
    try:
        document = document_in(path, options.max_bytes)
        return Engine.several(document, 1, files=files, time_limit_s=options.time_limit_s)[0]
    except PFAError as error:
        raise BadInput(f"{path}: {error}") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error}") from None


def _begin(engine: Engine, path: str) -> None:
    try:
        engine.begin()
    except PFAError as error:
        raise BadInput(f"{path}: begin failed: {error}") from None


def _refusal(refused: Mapping[int, PFAError]) -> BadInput | Late:
    """The refusal of a request in which some rows are refused: each is named."""
    late = all(isinstance(error, PFATimeoutError) for error in refused.values())
    return Late(told(refused)) if late else BadInput(told(refused))


def _listed(values: Any) -> list[Any]:
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    return list(values.tolist() if isinstance(values, np.ndarray) else values)
