from __future__ import annotations

import json
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from serving import serving

from salver.cli.serve import _state_dir
from salver.options import ServerOptions

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine"


def paste(banner: str) -> str:
    """The command that the banner offers."""
    lines = banner.split("Try it:\n\n")[1].splitlines()
    return lines[0].strip()


@pytest.mark.slow
def test_the_curl_of_the_banner_works(tmp_path):
    with serving(str(WINE), state=tmp_path) as server:
        words = shlex.split(paste(server.banner))
        assert words[0] == "curl"
        answer = server.post(words[1].removeprefix(server.url), json.loads(words[3]))
    assert answer.status == 200
    assert len(answer.document["predictions"]) == 1


@pytest.mark.slow
def test_a_large_input_is_made_where_it_is_sent(tmp_path):
    model = tmp_path / "image.py"
    model.write_text(
        "import numpy as np\nfrom typing import Annotated\nImage = Annotated[np.ndarray, 'FP32', (-1, 64, 64, 3)]\n"
        "Mean = Annotated[np.ndarray, 'FP32', (-1,)]\n\n"
        "def predict(image: Image) -> Mean:\n    return image.mean(axis=(1, 2, 3))\n"
    )
    with serving(str(model), state=tmp_path / "state") as server:
        making, asking = paste(server.banner).split(" | ")
        assert len(server.banner) < 1000
        words = shlex.split(making)
        command = [sys.executable, "-m", *words]
        body = subprocess.run(command, capture_output=True, check=True).stdout
        answer = server.post(shlex.split(asking)[1].removeprefix(server.url), body)
    assert answer.document == {"predictions": [1.0]}


@pytest.mark.slow
def test_wishes_of_a_former_run_are_told_with_the_way_out(tmp_path, salver):
    config = tmp_path / "config.yaml"
    config.write_text(f"models: {{wine: {{path: {WINE}}}}}\nstate_dir: kept\n")
    with serving(str(config), state=tmp_path / "state") as server:
        assert "unloaded" not in server.banner
        assert salver("models", "unload", "wine", "--url", server.url).status == 0
    assert (tmp_path / "kept" / "wishes.json").exists()
    with serving(str(config), state=tmp_path / "state") as server:
        (command,) = [line.strip() for line in server.banner.splitlines() if line.startswith("  salver models load")]
        assert "wine: unloaded, as was asked through the admin API" in server.banner
        assert salver(*shlex.split(command)[1:]).status == 0
        assert server.predict("wine", [[1.0] * 11])


def test_the_state_is_found_again_by_path_and_port(tmp_path, monkeypatch):

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with ExitStack() as stack:
        first = _state_dir(ServerOptions(port=1), "models", stack)
        assert _state_dir(ServerOptions(port=1), "models", stack) == first
        assert _state_dir(ServerOptions(port=2), "models", stack) != first
        assert _state_dir(ServerOptions(port=1), "others", stack) != first
        assert first.is_relative_to(tmp_path / "salver")


def test_without_a_home_the_state_goes_with_the_server(tmp_path, monkeypatch, caplog):

    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with ExitStack() as stack:
        folder = _state_dir(ServerOptions(), "models", stack)
        assert folder.is_dir()
    assert not folder.exists()
    assert "will not survive a restart" in caplog.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none",), "there is nothing at 'none'"),
        (("none.yaml",), "none.yaml: No such file"),
        ((WINE, "--port", "70000"), "port must lie between 0 and 65535"),
        ((WINE, "--workers", "0"), "workers must be at least 1"),
        ((WINE.parent, "--name", "x"), "a name can be given to one model only"),
        ((WINE, "--state-dir", "/dev/null/x"), "state_dir '/dev/null/x' cannot be used"),
    ],
)
def test_what_cannot_be_served_gets_one_sentence(salver, words, said):
    ran = salver("serve", *words)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("salver serve: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_state_folder_that_holds_nothing_does_not_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with ExitStack() as stack:
        unused = _state_dir(ServerOptions(port=1), "models", stack)
        used = _state_dir(ServerOptions(port=2), "models", stack)
        (used / "wishes.json").touch()
    assert not unused.exists()
    assert (used / "wishes.json").exists()
