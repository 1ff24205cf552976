from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Running, serving

pytestmark = pytest.mark.slow
WINE = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serves `wine`, and `broken`, which is no model."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(WINE, folder / "models" / "wine")
    (folder / "models" / "broken.onnx").write_text("nothing")
    with serving(str(folder / "models"), state=folder / "state") as running:
        yield running


def row(out: str, model: str) -> list[str]:
    (line,) = [line for line in out.splitlines() if line.split()[:1] == [model]]
    return line.split()


def test_list(salver, server):
    ran = salver("models", "--url", server.url)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("MODEL")
    assert row(ran.out, "wine")[:4] == ["wine", "1", "AVAILABLE", "onnx"]
    assert "is not an ONNX model" in ran.out


def test_list_of_one(salver, server):
    out = salver("models", "list", "wine", "--url", server.url).out
    assert len(out.splitlines()) == 2


def test_unload_and_load(salver, server):
    ran = salver("models", "unload", "wine", "--url", server.url)
    assert (ran.status, ran.err) == (0, "")
    assert server.get("/v1/models/wine/versions/1/metadata").status != 200
    assert "AVAILABLE" not in ran.out
    ran = salver("models", "load", "wine", "--url", server.url)
    assert row(ran.out, "wine")[2] == "AVAILABLE"
    assert server.predict("wine", [[1.0] * 11])


def test_reload(salver, server):
    ran = salver("models", "reload", "wine", "--url", server.url)
    assert ran.status == 0
    assert row(ran.out, "wine")[2] == "AVAILABLE"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("load", "nothing"), "no model 'nothing'"),
        (("list", "nothing"), "no model 'nothing'"),
        (("load", "broken"), "is not an ONNX model"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence(salver, server, words, said):
    ran = salver("models", *words, "--url", server.url)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("salver models: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_verb_without_its_model(salver):
    ran = salver("models", "unload")
    assert ran.status == 2
    assert "which model?" in ran.err


def test_no_server(salver):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ran = salver("models", "--url", f"http://127.0.0.1:{port}")
    assert ran.status == 1
    assert "Connection refused; is the server running?" in ran.err


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://h:port", "http://[::1", "http://h:99999"])
def test_no_address(salver, url):
    ran = salver("models", "--url", url)
    assert ran.status == 1
    assert "is no server's address; wanted http://host:port" in ran.err
