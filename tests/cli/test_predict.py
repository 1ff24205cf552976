from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from salver.cli.progress import Progress

ROWS = 1599


def answers(out: str) -> list[Any]:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in out.splitlines()]


def known(wine: Path, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the bare runtime says."""
    session = onnxruntime.InferenceSession(wine / "1" / "model.onnx")
    quality, probabilities = session.run(["quality", "probabilities"], {"features": features})
    return quality, probabilities


@pytest.fixture
def features(wine_csv: Path) -> np.ndarray:
    return np.loadtxt(wine_csv, delimiter=";", usecols=range(11), dtype=np.float32)


@pytest.fixture
def right(wine: Path, features: np.ndarray) -> Callable[[str], None]:
    """Checks one line a wine against the bare runtime."""

    def check(out: str) -> None:
        quality, probabilities = known(wine, features)
        rows = answers(out)
        assert [row["quality"] for row in rows] == quality.tolist()
        np.testing.assert_allclose([row["probabilities"] for row in rows], probabilities, rtol=1e-5)

    return check


def test_a_csv_without_a_header_and_with_the_answer_behind(salver, wine, wine_csv, right):
    ran = salver("predict", wine, wine_csv)
    assert (ran.status, ran.err) == (0, "")
    right(ran.out)


def test_a_csv_with_a_header_of_the_features(salver, wine, wine_csv, tmp_path, right):
    names = ";".join(f'"feature {number}"' for number in range(11)) + ";quality\n"
    path = tmp_path / "named.csv"
    path.write_text(names + wine_csv.read_text())
    right(salver("predict", wine, path, "--batch", 100).out)


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_other_delimiters(salver, wine, wine_csv, tmp_path, right, delimiter):
    path = tmp_path / "other.csv"
    path.write_text("\ufeff" + wine_csv.read_text().replace(";", delimiter), encoding="utf-8")
    right(salver("predict", wine, path).out)


def test_json_rows_columns_bodies_lines_and_npy_say_the_same(salver, wine, features, tmp_path, right):
    rows = features.tolist()
    tensor = {"name": "features", "shape": [ROWS, 11], "datatype": "FP32", "data": rows}
    documents = {
        "rows.json": json.dumps(rows),
        "named.json": json.dumps([{"features": row} for row in rows]),
        "columns.json": json.dumps({"features": rows}),
        "instances.json": json.dumps({"instances": rows}),
        "inputs.json": json.dumps({"inputs": rows}),
        "infer.json": json.dumps({"inputs": [tensor]}),
        "plain.jsonl": "\n\n".join(map(json.dumps, rows)),
        "named.jsonl": "\n".join(json.dumps({"features": row}) for row in rows),
    }
    for name, text in documents.items():
        (tmp_path / name).write_text(text)
        ran = salver("predict", wine, tmp_path / name, "--batch", 500)
        assert (ran.status, ran.err) == (0, ""), name
        right(ran.out)
    np.save(tmp_path / "rows.npy", features.astype(np.float64))
    right(salver("predict", wine, tmp_path / "rows.npy").out)


def test_the_answers_may_go_to_a_file(salver, wine, wine_csv, tmp_path, right):
    ran = salver("predict", wine, wine_csv, "--output", tmp_path / "out.jsonl")
    assert (ran.status, ran.out) == (0, "")
    right((tmp_path / "out.jsonl").read_text())


def test_named_columns_in_any_order_with_others_between(salver, total, write):
    path = write("t.csv", "price, sold ,note,count\n1.5,true,x,2\n2,0,y,3\n\n0.5,1,z,4\n")
    assert answers(salver("predict", total, path).out) == [{"output": 3.0}, {"output": 0.0}, {"output": 2.0}]


def test_an_empty_cell_is_nan_for_floats_and_null_in_the_answer(salver, total, write):
    assert answers(salver("predict", total, write("t.csv", "count,price,sold\n2,,1\n")).out) == [{"output": None}]


def test_texts_with_line_ends_in_them(salver, write):
    model = write("shout.py", "def predict(text: str) -> str:\n    return text.upper()\n")
    path = write("t.csv", 'text\n"a\nb"\nc\n')
    assert answers(salver("predict", model, path).out) == [{"output": "A\nB"}, {"output": "C"}]
    assert answers(salver("predict", model, write("u.csv", "just text\nmore\n")).out) == [
        {"output": "JUST TEXT"},
        {"output": "MORE"},
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.csv", "count,price,sold\n1,2,1\n\n1.5,2,1\n", "t.csv, line 4, column 1: '1.5' is no INT64"),
        ("t.csv", "count,price,sold\n,2,1\n", "t.csv, line 2, column 1: an empty cell is no INT64"),
        ("t.csv", "count,price,sold\n1,2,maybe\n", "line 2, column 3: 'maybe' is no BOOL"),
        ("t.csv", 'count,price,sold,x\n1,2,1,"a\nb"\n1,cheap,1,c\n', "t.csv, line 4, column 2: 'cheap' is no FP64"),
        ("t.csv", "count,price,sold\n1,2\n", "line 2, column 3: the line ends before it"),
        ("t.csv", "count,price,sold\n" + "9" * 30 + ",2,1\n", "line 2, column 1: '9999"),
        ("t.csv", "1,2,1\n", "line 1: the model has several inputs, so this line must name them: count, price, sold"),
        ("t.csv", 'count,price,sold\n1,"2,1\n', "t.csv, line 2: unexpected end of data"),
        ("t.csv", "count,price,sold\n1," + "2" * 200_000 + ",1\n", "t.csv, line 2: field larger than field limit"),
        ("t.json", '[{"count": 1}, {"count": 1', "t.json': JSON Parse error"),
        ("t.json", "3", "t.json' holds int, wanted a list of rows or an object of columns"),
        ("t.json", '[{"count": 1, "price": 1, "sold": true}, {"count": 1}]', "t.json, row 1: missing input"),
        (
            "t.json",
            '[{"count": 1, "price": 1, "sold": true}, {"count": 1.5, "price": 1, "sold": true}]',
            "row 1: input",
        ),
        ("t.json", '{"instances": [{"count": 1}]}', "t.json': "),
        ("t.jsonl", '\n{"count": 1, "price": 1, "sold": true}\n{"count": }', "t.jsonl, line 3 is no JSON: "),
        ("t.jsonl", '{"count": 1, "price": 1, "sold": true}\n\n7\n', "t.jsonl, line 3: "),
        ("t.npy", "no array", "t.npy' is no npy file of plain values"),
        ("t.txt", "", "t.txt' is of no known form; wanted .json, .jsonl, .csv or .npy, or --input-format"),
    ],
)
def test_what_is_wrong_is_named_by_line(salver, total, write, name, text, said):
    ran = salver("predict", total, write(name, text))
    assert ran.status == 1
    assert ran.out == ""
    assert said in ran.err
    assert ran.err.startswith("salver predict: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1;2;3\n", "line 1: there are 3 columns, wanted 11"),
        ("1;x;3;4;5;6;7;8;9;10;11\n", "line 1, column 2: 'x' is no FP32"),
        ("h;" * 12 + "\n" + "1;" * 11 + "\n" + "7,4;" * 11, "line 3, column 1: '7,4' is no FP32"),
    ],
)
def test_a_wrong_row_without_names(salver, wine, write, text, said):
    ran = salver("predict", wine, write("t.csv", text))
    assert ran.status == 1
    assert said in ran.err


def test_what_is_right_before_the_fault_is_written(salver, total, write):
    path = write("t.csv", "count,price,sold\n" + "1,2,1\n" * 4 + "x,1,1\n")
    ran = salver("predict", total, path, "--batch", 2)
    assert answers(ran.out) == [{"output": 2.0}] * 4
    assert "line 6, column 1" in ran.err


def test_what_is_not_text_is_said(salver, total, tmp_path):
    for content in (b"count\xff", b"count,price,sold\n" + b"1,2,1\n" * 4000 + b"\xff"):
        (tmp_path / "t.csv").write_bytes(content)
        assert "is no UTF-8" in salver("predict", total, tmp_path / "t.csv").err


def test_a_model_for_a_fixed_number_of_rows_gets_so_many(salver, write, tmp_path):
    source = """
        import numpy as np
        from typing import Annotated
        Three = Annotated[np.ndarray, "FP32", (3,)]

        def predict(x: Three) -> Three:
            return x - x.mean()
        """
    model = write("three.py", source)
    np.save(tmp_path / "x.npy", np.arange(6, dtype=np.float32))
    assert [row["output"] for row in answers(salver("predict", model, tmp_path / "x.npy").out)] == [-1, 0, 1] * 2


@pytest.mark.parametrize("target", ["none.onnx", "none.py:predict"])
def test_a_model_or_input_that_is_not_there(salver, total, tmp_path, target):
    ran = salver("predict", tmp_path / target, "x.csv")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("salver predict: there is no")
    ran = salver("predict", total, tmp_path / "none.csv")
    assert ran.err == f"salver predict: '{tmp_path}/none.csv' cannot be read: No such file or directory\n"


def test_an_output_that_cannot_be_written(salver, wine, wine_csv, tmp_path):
    ran = salver("predict", wine, wine_csv, "--output", tmp_path / "no" / "folder")
    assert ran.status == 1
    assert ran.err == f"salver predict: '{tmp_path}/no/folder': No such file or directory\n"


def test_progress_is_told_to_terminals_from_the_first_second_on():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    now = [0.0]
    for stream, told in ((io.StringIO(), False), (Terminal(), True)):
        now[0] = 0.0
        with Progress(stream, lambda: now[0]) as progress:
            for now[0] in (0.5, 0.9):
                progress.tell(10, 0.1)
            assert stream.getvalue() == ""
            now[0] = 2.0
            progress.tell(20, 0.5)
            now[0] = 2.1
            progress.tell(10, 0.75)
        assert stream.getvalue() == ("\r40 rows  50%, 20 rows/s \n" if told else "")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "salver", *map(str, arguments)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "text"), [("csv", "count,price,sold\n2,3,1\n"), ("jsonl", '{"count":2,"price":3,"sold":true}')]
)
def test_standard_input(total, form, text):
    ran = subprocess.run(
        command("predict", total, "-", "--input-format", form), input=text.encode(), capture_output=True, check=True
    )
    assert answers(ran.stdout.decode()) == [{"output": 6.0}]
    assert ran.stderr == b""


@pytest.mark.slow
def test_a_reader_that_has_had_enough_is_no_fault(wine, wine_csv):
    process = subprocess.Popen(
        command("predict", wine, wine_csv, "--batch", 1), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(20) == 1
    process.stderr.close()


@pytest.mark.slow
def test_on_a_terminal_progress_is_shown_and_the_file_is_clean(write, tmp_path):
    model = write("slow.py", "import time\n\ndef predict(x: float) -> float:\n    time.sleep(0.3)\n    return x\n")
    path = write("t.csv", "x\n" + "1\n" * 6)
    ours, theirs = pty.openpty()
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(command("predict", model, path, "--batch", 1), stdout=out, stderr=theirs)
        os.close(theirs)
        assert process.wait(20) == 0
    shown = os.read(ours, 10_000)
    os.close(ours)
    assert b"rows/s" in shown
    assert b"\r" in shown
    assert answers((tmp_path / "out").read_text()) == [{"output": 1.0}] * 6
