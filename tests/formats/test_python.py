"""Python functions and classes: how they are called, and what happens to what they return or raise."""

from __future__ import annotations

import asyncio
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salver.core.errors import BadInput, Internal
from salver.core.servable import Request, Servable
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor
from salver.formats.python_module import PythonOptions
from salver.formats.table import FormatOptions, open_model

# How it is called


def test_a_function_of_scalars_is_called_once_a_row(write_app, opened, ask):
    model = opened(write_app("calls = []\ndef predict(a: float, b: int) -> float: return a * b\n"))
    answer = ask(model, a=[1.5, 2.0, -1.0], b=[2, 3, 4])["output"]
    assert answer.dtype == np.float64
    assert answer.tolist() == [3, 6, -4]
    assert ask(model, a=[], b=np.zeros(0, np.int64))["output"].shape == (0,)


def test_rows_are_pythons_own_values(write_app, opened, ask):
    source = """
    def predict(a: float, b: int, c: bool, d: str, e: bytes, f: list[int]) -> str:
        return ",".join(type(value).__name__ for value in (a, b, c, d, e, f, f[0]))
    """
    answer = ask(opened(write_app(source)), a=[1.0], b=[1], c=[True], d=[b"x"], e=["x"], f=[[1]])["output"]
    assert answer.tolist() == ["float,int,bool,str,bytes,list,int"]


def test_numpys_scalars_are_passed_where_they_are_asked_for(write_app, opened, ask):
    source = "import numpy as np\ndef predict(x: np.float32) -> str: return type(x).__name__\n"
    assert ask(opened(write_app(source)), x=[1.0])["output"].tolist() == ["float32"]


VALUES = {
    "float": st.floats(allow_nan=False),
    "int": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "str": st.text(st.characters(codec="utf-8")),
    "bytes": st.binary(),
    "list[int]": st.lists(st.integers(-9, 9), min_size=2, max_size=2),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.data())
def test_every_row_goes_in_and_comes_out_as_it_is(write_app, data):
    """Columns of any kinds, through a function that hands back what it was given."""
    kinds = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    rows = data.draw(st.lists(st.tuples(*(VALUES[kind] for kind in kinds)), min_size=1, max_size=4))
    fields = "\n".join(f"    f{at}: {kind}" for at, kind in enumerate(kinds))
    head = "from dataclasses import dataclass\n@dataclass\nclass Row:\n"
    source = f"{head}{fields}\ndef predict(row: Row) -> Row: return row\n"
    model = open_model(write_app(source)).model
    assert not isinstance(model, Servable)
    columns = {f"f{at}": column_of(list(values)) for at, values in enumerate(zip(*rows, strict=True))}
    response = model(Request(columns))
    model.close()
    assert list(zip(*(tensor.array.tolist() for tensor in response.tensors.values()), strict=True)) == rows


def column_of(values) -> Tensor:
    if isinstance(values[0], str | bytes):
        array = np.empty(len(values), object)
        array[:] = values
        return Tensor("BYTES", array)
    return Tensor.of(np.array(values, np.int64) if type(values[0]) is int else values)


def test_arrays_come_whole_and_may_not_be_written_to(write_app, opened, ask):
    source = """
    import numpy as np
    def predict(x: np.ndarray, scale: float) -> np.ndarray:
        x *= scale
        return x
    """
    model = opened(write_app(source))
    given_array = np.ones((2, 2))
    with pytest.raises(Internal, match=r"predict failed: ValueError: .*read-only \(app\.py:4\)"):
        ask(model, x=given_array, scale=np.array(2.0))
    assert given_array.tolist() == [[1, 1], [1, 1]]


def test_lists_and_scalars_beside_arrays_are_whole_tensors(write_app, opened, ask):
    source = """
    import numpy as np
    def predict(x: np.ndarray, scale: float, names: list[str]) -> np.ndarray:
        assert type(scale) is float and names == ["a", "b"]
        return x * scale
    """
    answer = ask(opened(write_app(source)), x=[[1.0, 2.0]], scale=3.0, names=["a", b"b"])
    assert answer["output"].tolist() == [[3, 6]]


def test_string_arrays_are_text_or_bytes_as_declared(write_app, opened, ask):
    source = """
    from typing import Annotated
    import numpy as np
    from numpy.typing import NDArray
    def predict(a: NDArray[np.str_], b: Annotated[np.ndarray, "BYTES"]) -> list[str]:
        return [type(a[0]).__name__, type(b[0]).__name__, type(a[1]).__name__]
    """
    answer = ask(opened(write_app(source)), a=np.array([b"x", None], object), b=np.array(["x"], object))
    assert answer["output"].tolist() == ["str", "bytes", "NoneType"]


def test_arguments_left_out_take_the_functions_defaults(write_app, opened, ask):
    source = """
    from dataclasses import dataclass, field
    @dataclass
    class Row:
        a: float
        b: list[float] = field(default_factory=lambda: [5.0])
    def predict(row: Row, c: str | None = None) -> str: return f"{row.a} {row.b} {c}"
    """
    model = opened(write_app(source))
    assert ask(model, a=[1.0, 2.0])["output"].tolist() == ["1.0 [5.0] None", "2.0 [5.0] None"]
    with_missing = np.array(["x", None], object)
    assert ask(model, a=[1.0, 2.0], c=with_missing)["output"].tolist() == ["1.0 [5.0] x", "2.0 [5.0] None"]


def test_json_goes_through_as_it_is(write_app, opened, ask):
    source = "def predict(record: dict) -> dict: return {**record, 'seen': True}\n"
    answer = ask(opened(write_app(source)), record=[{"a": [1, {"b": None}]}, {}])
    assert answer["output"].tolist() == [{"a": [1, {"b": None}], "seen": True}, {"seen": True}]


def test_only_the_outputs_wanted_come_back(write_app, opened, ask):
    source = """
    from typing import TypedDict
    class Answer(TypedDict):
        a: float
        b: float
    def predict(x: float) -> Answer: return {"b": 2.0, "a": x}
    """
    model = opened(write_app(source))
    assert list(ask(model, x=[1.0])) == ["a", "b"]
    assert list(ask(model, outputs=("b",), x=[1.0])) == ["b"]


# Classes


CLASS = """
class Model:
    def __init__(self, factor: float = 1.0):
        self.factor, self.log = factor, []
    def load(self):
        self.log.append("load")
    def predict(self, x: float) -> float:
        assert self.log == ["load"]
        return x * self.factor
    def close(self):
        print("closed")
"""


def test_a_class_is_made_loaded_asked_and_closed(write_app, ask, capsys):
    options = FormatOptions(python=PythonOptions(args={"factor": 3.0}))
    model = open_model(write_app(CLASS) + ":Model", options).model
    assert not isinstance(model, Servable)
    assert ask(model, x=[2.0])["output"].tolist() == [6]
    model.close()
    assert capsys.readouterr().out == "closed\n"


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("class Model: pass", BadInput, "app.py: class Model has no method predict"),
        ("class Model:\n def __init__(self, a): pass", BadInput, "app.py: Model() failed: TypeError"),
        (CLASS.replace("def load", "async def load"), BadInput, "Model.load is async; write: def load(self) -> None:"),
        (CLASS.replace("def close", "async def close"), BadInput, "Model.close is async and predict is not"),
        (
            CLASS.replace('self.log.append("load")', "1 / 0"),
            Internal,
            "load failed: ZeroDivisionError: division by zero (app.py:6)",
        ),
        ("predict = 3", BadInput, "app.py: predict is a int, wanted a function or a class"),
        ("def other(): pass", BadInput, "app.py has no function or class predict or Model; it has other"),
        ("", BadInput, "it has none at all"),
        ("def predict(:", BadInput, "app.py:1: invalid syntax"),
        (
            "x = 1\nx.y\n",
            BadInput,
            "app.py cannot be imported: AttributeError: 'int' object",
        ),
        ("import nothing_like_it", BadInput, "No module named 'nothing_like_it' (app.py:1)"),
        ("\0", BadInput, "app.py"),
    ],
)
def test_what_is_no_model_is_refused_at_load(write_app, source, kind, said):
    with pytest.raises(kind, match=re.escape(said)):
        open_model(write_app(source))


# What it returns


@pytest.mark.parametrize(
    ("annotation", "returned", "said"),
    [
        ("float", "'x'", "predict returned str 'x' as 'output', declared FP64[-1]: values are BYTES, wanted FP64"),
        ("float", "None", "predict returned None as 'output', declared FP64[-1]"),
        ("float", "[1.0]", "predict returned list [1.0] as 'output', declared FP64[-1]: the shape is [1, 1]"),
        ("int", "1.5", "predict returned float 1.5 as 'output', declared INT64[-1]: values are FP64, wanted INT64"),
        ("int", "2**70", "declared INT64[-1]"),
        ("str", "3", "predict returned int 3 as 'output', declared BYTES[-1]"),
        ("Annotated[np.ndarray, 'FP32', (-1, 2)]", "x", "declared FP32[-1, 2]: the shape is [1]"),
        (
            "Annotated[np.ndarray, 'FP32', (-1,)]",
            "np.zeros(3)",
            "returned 3 rows as 'output' for 1 rows of input",
        ),
        (
            "Pair",
            "{'a': 1.0}",
            "returned dict {'a': 1.0}, which has no 'b'; declared 'a' FP64[-1], 'b' FP64[-1]",
        ),
        ("Pair", "7", "predict returned int 7, which has no 'a'"),
    ],
)
def test_a_wrong_result_is_told_with_what_was_declared(write_app, opened, ask, annotation, returned, said):
    whole = "Annotated[np.ndarray, 'FP64', (-1,)]" if "ndarray" in annotation else "float"
    source = f"""\
from typing import Annotated, TypedDict
import numpy as np
class Pair(TypedDict):
    a: float
    b: float
def predict(x: {whole}) -> {annotation}: return {returned}
"""
    with pytest.raises(Internal, match=re.escape(said)):
        ask(opened(write_app(source)), x=[1.0])


def test_results_are_widened_and_strings_keep_their_zeros(write_app, opened, ask):
    assert ask(opened(write_app("def predict(x: float) -> float: return 3\n")), x=[1.0])["output"].tolist() == [3.0]
    source = "def predict(x: float) -> list[bytes]: return [b'a\\0', b'\\0']\n"
    assert ask(opened(write_app(source)), x=[1.0])["output"].tolist() == [[b"a\0", b"\0"]]


def test_a_declared_function_is_called_with_arrays(write_app, opened, ask):
    source = """
    from salver.formats.python_signature import signature
    @signature(inputs={"x": ("FP32", (-1, 2))}, outputs={"total": ("FP32", (-1,)), "rows": ("INT64", ())})
    def predict(x):
        return {"total": x.sum(axis=1), "rows": len(x)}
    """
    answer = ask(opened(write_app(source)), x=[[1.0, 2.0], [3.0, 4.0]])
    assert answer["total"].tolist() == [3, 7]
    assert answer["rows"].tolist() == 2


# What it raises


def test_an_exception_is_told_with_the_users_own_line(write_app, opened, ask):
    source = """
    import json
    def parse(text):
        return json.loads(text)
    def predict(text: str) -> float:
        return parse(text)
    """
    with pytest.raises(Internal, match=r"predict failed: JSONDecodeError: Expecting value.* \(app\.py:4\)") as raised:
        ask(opened(write_app(source)), text=["nonsense"])
    assert raised.value.__cause__ is not None


def test_bad_input_raised_by_the_function_is_bad_input(write_app, opened, ask):
    source = """
    from salver.core.errors import BadInput
    def predict(x: float) -> float:
        raise BadInput(f"{x} is too much")
    """
    with pytest.raises(BadInput, match=r"^1\.0 is too much$") as raised:
        ask(opened(write_app(source)), x=[1.0])
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("value", "said"), [(b"\xff", "input 'x' holds text that is not UTF-8"), (None, "a missing value")]
)
def test_strings_that_are_none_are_refused(write_app, opened, ask, value, said):
    with pytest.raises(BadInput, match=said):
        ask(opened(write_app("def predict(x: str) -> str: return x\n")), x=np.array([value], object))


# Async


ASYNC = """
import asyncio
async def predict(x: float) -> float:
    async with asyncio.timeout(10):
        await asyncio.sleep(0)
    return 2 * x
"""


def test_an_async_function_is_a_servable(write_app):
    model = open_model(write_app(ASYNC)).model
    assert isinstance(model, Servable)

    async def converse() -> list[float]:
        response = await model(Request({"x": Tensor.of([1.0, 2.0])}))
        await model.aclose()
        return list(response.tensors["output"].array)

    assert asyncio.run(converse()) == [2, 4]


def test_an_async_functions_first_step_may_run_outside_any_task(write_app):
    """A transport takes the first step by hand; user code may ask for its task all the same."""
    model = open_model(write_app(ASYNC)).model
    assert isinstance(model, Servable)
    answers = []

    async def finish(call, answer) -> None:
        while True:
            await asyncio.sleep(0)
            try:
                call.send(None)
            except StopIteration as done:
                answer.set_result(done.value)
                return

    async def converse() -> None:
        answer = asyncio.get_running_loop().create_future()
        tasks = []

        def first_step() -> None:
            assert asyncio.current_task() is None
            call = model(Request({"x": Tensor.of([4.0])}))
            assert call.send(None) is None
            tasks.append(asyncio.ensure_future(finish(call, answer)))

        asyncio.get_running_loop().call_soon(first_step)
        answers.append((await answer).tensors["output"].array.tolist())

    asyncio.run(converse())
    assert answers == [[8]]


def test_an_async_class_closes_and_its_exceptions_are_told(write_app, capsys):
    source = CLASS.replace("def predict", "async def predict").replace("def close", "async def close")
    model = open_model(write_app(source.replace("return x * self.factor", "return x / 0"))).model
    assert isinstance(model, Servable)

    async def converse() -> None:
        with pytest.raises(Internal, match=r"predict failed: ZeroDivisionError: .* \(app\.py:9\)"):
            await model(Request({"x": Tensor.of([1.0])}))
        await model.aclose()

    asyncio.run(converse())
    assert capsys.readouterr().out == "closed\n"


def test_the_signature_has_the_one_name(write_app, opened):
    assert list(opened(write_app(CLASS)).signatures) == [DEFAULT]
