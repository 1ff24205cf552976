"""What is wrong before the first request: each gets a sentence and an exit status, or a server that serves the rest."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import Running, salver, until

GOOD = "def predict(x: float) -> float:\n    return x + 1\n"


def refused(*arguments: object, state: Path) -> str:
    """The one sentence on standard error of a command that could not be done."""
    ran = salver(*map(str, arguments), state=state)
    assert ran.returncode == 1, ran
    assert ran.stdout == ""
    (sentence,) = ran.stderr.splitlines()
    assert sentence.startswith(f"salver {arguments[0]}: ")
    return sentence


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_in_use(tmp_path: Path, workers: int) -> None:
    (tmp_path / "app.py").write_text(GOOD)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ("serve", tmp_path / "app.py:predict", "--port", port, "--workers", workers)
        sentence = refused(*words, state=tmp_path)
    assert f"port {port} on 127.0.0.1 is in use" in sentence
    assert "--port" in sentence


def test_a_port_that_a_server_with_workers_has(serve: Callable[..., Running], tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(GOOD)
    first = serve(tmp_path / "app.py:predict", "--workers", "2")
    words = ("serve", tmp_path / "app.py:predict", "--port", first.address[1], "--workers", "2")
    assert "is in use" in refused(*words, state=tmp_path / "other")
    assert first.predict("app", [1]) == [2]


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("models:\n  a:\n    path: x.onnx\n    label: {stable: 1}\n", 4, "did you mean 'labels'"),
        ("limits:\n  max_body_byte: 3\n", 2, "did you mean 'max_body_bytes'"),
        ("workers: two\n", 1, "wanted an integer"),
        ("workers: 0\n", 1, "at least 1"),
        ("port: 99999\n", 1, "65535"),
        ("models:\n  a: {}\n", 2, "'path' is missing"),
        ("models:\n  a: {path: x, transition: keep_servin}\n", 2, "did you mean 'keep_serving'"),
        ("port: 1\nport: 2\n", 2, "already in line 1"),
        ("a: [1\n", 2, ""),
        ("- a\n", 1, "wanted keys and values"),
    ],
)
@pytest.mark.parametrize("verb", ["serve", "check"])
def test_a_configuration_that_is_wrong(tmp_path: Path, verb: str, text: str, where: int, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    sentence = refused(verb, path, state=tmp_path)
    assert f"{path}:{where}: " in sentence or f"line {where}," in sentence
    assert said in sentence


@pytest.mark.parametrize("name", ["nothing", "nothing.onnx", "nothing.yaml", "nothing.py:predict"])
def test_a_path_where_nothing_is(tmp_path: Path, name: str) -> None:
    assert name in refused("serve", tmp_path / name, state=tmp_path)


def test_a_file_of_no_known_format(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a model")
    sentence = refused("serve", tmp_path / "notes.txt", state=tmp_path)
    assert "notes.txt" in sentence
    assert ".onnx" in sentence


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "models"
    if os.geteuid() == 0:  # may read anything, but follow no link in a circle
        path.symlink_to(path)
    else:
        path.mkdir(mode=0)
    assert str(path) in refused("serve", path, state=tmp_path)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
def test_an_address_that_is_not_ours(tmp_path: Path, host: str) -> None:
    (tmp_path / "app.py").write_text(GOOD)
    assert host in refused("serve", tmp_path / "app.py:predict", "--port", 0, "--host", host, state=tmp_path)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:99999", "ftp://127.0.0.1", "http://"])
def test_a_server_that_is_not_there(tmp_path: Path, url: str) -> None:
    assert refused("models", "--url", url, state=tmp_path)


def test_models_that_are_none_do_not_keep_others_from_being_served(
    serve: Callable[..., Running], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    sources = {
        "good": GOOD,
        "typo": "def predict(x: float) -> float\n    return x\n",
        "raises": "raise RuntimeError('no licence')\n",
        "bare": "def predict(x):\n    return x\n",
        "leaves": "import sys\nsys.exit('bye')\n",
        "fails": "def predict(x: float) -> float:\n    raise ValueError('never')\n",
    }
    for name, source in sources.items():
        (models / name).mkdir(parents=True)
        (models / name / "model.py").write_text(source)
    (models / "garbage.onnx").write_bytes(b"this is no model")
    (models / "empty.onnx").write_bytes(b"")
    server = serve(models)
    reasons = {"typo": "model.py:1", "raises": "no licence", "bare": "annotation", "leaves": "bye", "fails": "never"}
    reasons |= {"garbage": "garbage.onnx", "empty": "empty.onnx"}
    assert server.predict("good", [1]) == [2]
    for name, reason in reasons.items():
        (version,) = server.get(f"/v1/models/{name}").document["model_version_status"]
        assert version["state"] == "END", name
        assert reason in version["status"]["error_message"]
        assert len(version["status"]["error_message"]) > 10, name
        answer = server.post(f"/v1/models/{name}:predict", {"instances": [1]})
        assert answer.status == 503
        assert reason in answer.error
        assert server.post(f"/v2/models/{name}/infer", {"inputs": []}).status == 503
        assert f"  {name} " in server.banner
    ready = server.get("/readyz")
    assert ready.status == 503
    assert ready.error.count("failed to load") == 5
    assert "and 2 more models" in ready.error
    assert "good" not in ready.error
    assert server.get("/v2/health/ready").status == 400
    assert "Not ready" in server.banner
    assert "  curl http" in server.banner, "the command shown is one of the model that works"

    (models / "typo" / "model.py").write_text("def predict(x: float) -> float:\n    return -x\n")
    until(lambda: server.post("/v1/models/typo:predict", {"instances": [1]}).status == 200)


def test_a_folder_that_is_empty_waits_for_models(serve: Callable[..., Running], tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    server = serve(models)
    assert server.get("/readyz").status == 200
    assert server.get("/v2/models").document == {"models": []}
    (models / "late").mkdir()
    (models / "late" / "model.py").write_text(GOOD)
    until(lambda: server.get("/v2/models/late/ready").status == 200)
    assert server.predict("late", [1]) == [2]


def test_check_says_which_model_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.onnx").write_bytes(b"this is no model")
    config = tmp_path / "config.yaml"
    config.write_text('models:\n  good: {path: "good.py:predict"}\n  bad: {path: bad.onnx}\n')
    ran = salver("check", str(config), state=tmp_path)
    assert ran.returncode == 1
    assert "good" in ran.stdout
    assert "AVAILABLE" in ran.stdout
    assert "bad" in ran.stderr
    assert "Traceback" not in ran.stderr
