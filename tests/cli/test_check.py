from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.slow  # files must have come to rest before they are loaded


@pytest.fixture
def house(tmp_path, wine, write):
    """Models beside the configuration: wine, good in version 1 and broken in 2, and a function."""
    shutil.copytree(wine, tmp_path / "wine")
    (tmp_path / "wine" / "2").mkdir()
    (tmp_path / "wine" / "2" / "model.onnx").write_text("broken")
    write("twice.py", "def predict(x: float) -> float:\n    return 2 * x\n")
    return tmp_path


def check(salver, house, text, *more):
    (house / "config.yaml").write_text(text)
    return salver("check", house / "config.yaml", *more)


def test_a_good_configuration(salver, house):
    ran = check(salver, house, "models:\n  wine: {path: wine, versions: [1]}\n  twice: {path: 'twice.py:predict'}\n")
    assert (ran.status, ran.err) == (0, "")
    assert "config.yaml: 2 models" in ran.out
    assert "AVAILABLE (onnx)" in ran.out
    assert "AVAILABLE (python)" in ran.out


def test_a_version_that_fails_fails_the_check_though_another_serves(salver, house):
    ran = check(salver, house, "models: {wine: {path: wine, versions: all}}")
    assert ran.status == 1
    assert "salver check: model 'wine': " in ran.err
    assert "not an ONNX model" in ran.err
    assert "AVAILABLE (onnx)" in ran.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models: {a: {path: nowhere.onnx}}", "there is nothing at"),
        ("models: {a: {path: wine, versions: [7]}}", "version 7 is wanted but not there"),
        ("models: {a: {path: 'twice.py:thrice'}}", "has no function or class thrice"),
        ("folder: nowhere", "there is nothing at"),
        ("models:", "neither models nor a folder of models: there is nothing to serve"),
        ("modles: {}", "config.yaml:1: there is no key 'modles'; did you mean 'models'?"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(salver, house, text, said):
    ran = check(salver, house, text)
    assert ran.status == 1
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_the_syntax_alone(salver, house):
    assert check(salver, house, "models: {a: {path: nowhere.onnx}}", "--syntax-only").status == 0
    assert check(salver, house, "models: 3", "--syntax-only").status == 1


def test_it_does_not_wait_for_ever(salver, house, write):
    write("slow.py", "import time\ntime.sleep(0.5)\ndef predict(x: float) -> float:\n    return x\n")
    ran = check(salver, house, "models: {a: {path: slow.py}}", "--timeout-s", "0.1")
    assert ran.status == 1
    assert "the models are not loaded after 0.1 s" in ran.err
