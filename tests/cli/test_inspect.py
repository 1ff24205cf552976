from __future__ import annotations

import json

import numpy as np
import pytest

import salver as package

IMAGE = """
    import numpy as np
    from typing import Annotated
    Image = Annotated[np.ndarray, "FP32", (-1, 64, 64, 3)]
    Mean = Annotated[np.ndarray, "FP32", (-1,)]

    def predict(image: Image) -> Mean:
        return image.mean(axis=(1, 2, 3))
    """


def test_what_a_model_is(salver, wine):
    out = salver("inspect", wine).out
    size = (wine / "1" / "model.onnx").stat().st_size
    assert f"{wine}: onnx, {size:,} bytes" in out
    assert "input   features       FP32[-1, 11]" in out
    assert "output  quality        INT64[-1]" in out
    assert 'curl http://127.0.0.1:8501/v1/models/wine:predict -d \'{"instances":[[' in out
    assert 'curl http://127.0.0.1:8501/v2/models/wine/infer -d \'{"inputs":[{' in out


def test_as_a_document(salver, wine):
    facts = json.loads(salver("inspect", wine, "--json").out)
    assert facts["format"] == "onnx"
    assert facts["signatures"]["serving_default"]["inputs"] == {"features": {"dtype": "FP32", "shape": [-1, 11]}}
    assert facts["signatures"]["serving_default"]["batched"] is True
    assert facts["examples"]["tfserving"] == {"instances": [[1.0] * 11]}
    assert facts["examples"]["openinference"]["inputs"][0]["shape"] == [1, 11]


def test_the_lines_for_a_program_work(salver, wine):
    out = salver("inspect", wine).out
    lines = out.split("embedded\n")[1].split("\n\n")[0]
    names: dict[str, object] = {}
    exec(lines.replace("model.predict", "answer = model.predict"), names)
    with package.load(wine) as model:
        expected = model.predict(np.ones((1, 11), np.float32))["quality"]
    np.testing.assert_array_equal(names["answer"]["quality"], expected)  # type: ignore[index]


def test_the_request_of_each_protocol_is_one_that_predict_takes(salver, wine, tmp_path):
    for protocol in ("tfserving", "openinference"):
        path = tmp_path / "request.json"
        path.write_text(salver("inspect", wine, "--request", protocol).out)
        assert salver("predict", wine, path).status == 0


def test_a_large_input_is_not_spelt_out(salver, write):
    model = write("image.py", IMAGE)
    out = salver("inspect", model).out
    assert len(out) < 2000
    assert (
        f"salver inspect {model} --request tfserving | curl http://127.0.0.1:8501/v1/models/image:predict -d @-" in out
    )
    lines = out.split("embedded\n")[1].split("\n\n")[0]
    names: dict[str, object] = {}
    exec(lines.replace("model.predict", "answer = model.predict"), names)
    assert names["answer"]["output"].tolist() == [1.0]  # type: ignore[index]


def test_python_has_the_size_of_its_file(salver, total):
    assert f"{total}:predict: python, {total.stat().st_size:,} bytes" in salver("inspect", f"{total}:predict").out


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.onnx", "there is nothing at"), ("x.onnx", "is not an ONNX model"), ("x.txt", "no model of a known format")],
)
def test_what_is_no_model_gets_one_sentence(salver, write, tmp_path, name, said):
    write("x.onnx", "not a model")
    write("x.txt", "not a model")
    ran = salver("inspect", tmp_path / name)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("salver inspect: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1
