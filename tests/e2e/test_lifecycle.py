"""Versions that come, fail and change while a server runs, and what operators wish, seen from outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Running, salver, serving, until

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models"
MODELS = ("growing", "breaking", "edited", "wished", "shelled", "reloaded", "stubborn")


def says(number: int) -> str:
    return f"def predict(x: float) -> int:\n    return {number}\n"


def put(models: Path, name: str, version: int, source: str) -> Path:
    """A version as a copy tool puts it there: whole under another name first, then renamed."""
    making = models / name / f"{version}.part"
    making.mkdir(parents=True)
    (making / "model.py").write_text(source)
    return making.rename(making.with_name(str(version)))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lively")
    for name in MODELS:
        put(folder / "models", name, 1, says(1))
    return folder / "models"


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Running]:
    """A folder of models; each test has one to itself."""
    config = models.with_name("config.yaml")
    config.write_text("folder: models\nlifecycle: {poll_interval_s: 0.1, retry_interval_s: 0.1}\n")
    with serving(str(config), state=models.with_name("state")) as running:
        yield running


def states(server: Running, model: str) -> dict[int, str]:
    found = server.get(f"/v1/models/{model}").document["model_version_status"]
    return {int(entry["version"]): entry["state"] for entry in found}


def answer_of(server: Running, model: str) -> Any:
    return server.predict(model, [0])[0]


def test_a_new_version_takes_over_without_a_gap(server: Running, models: Path) -> None:
    assert answer_of(server, "growing") == 1
    put(models, "growing", 2, says(2))
    until(lambda: answer_of(server, "growing") == 2)  # each answer on the way is a good one, or `predict` fails
    assert until(lambda: states(server, "growing") == {2: "AVAILABLE", 1: "END"})
    assert server.post("/v1/models/growing/versions/1:predict", {"instances": [0]}).status in (404, 503)
    assert server.get("/v2/models/growing").document["versions"] == ["2"]

    shutil.rmtree(models / "growing" / "2")
    until(lambda: answer_of(server, "growing") == 1)


def test_a_broken_version_leaves_the_old_one_in_service(server: Running, models: Path) -> None:
    put(models, "breaking", 2, "raise RuntimeError('the weights are torn')\n")
    until(lambda: states(server, "breaking").get(2) == "END")
    assert states(server, "breaking") == {2: "END", 1: "AVAILABLE"}
    (status, _) = server.get("/v1/models/breaking").document["model_version_status"]
    assert "the weights are torn" in status["status"]["error_message"]
    assert answer_of(server, "breaking") == 1
    assert server.get("/v2/models/breaking/versions/2/ready").status == 400
    index = server.post("/v2/repository/index").document
    (broken,) = [row for row in index if (row["name"], row["version"]) == ("breaking", "2")]
    assert broken["state"] == "UNAVAILABLE"
    assert "the weights are torn" in broken["reason"]

    (models / "breaking" / "2" / "model.py").write_text(says(2))
    until(lambda: answer_of(server, "breaking") == 2)


def test_a_model_edited_in_place_answers_anew(server: Running, models: Path) -> None:
    (models / "edited" / "1" / "model.py").write_text(says(7))
    until(lambda: answer_of(server, "edited") == 7)


def test_a_model_that_comes_and_goes(server: Running, models: Path) -> None:
    put(models, "guest", 1, says(1))
    until(lambda: server.get("/v2/models/guest/ready").status == 200)
    shutil.rmtree(models / "guest")
    until(lambda: server.post("/v1/models/guest:predict", {"instances": [0]}).status == 404)
    assert "guest" not in server.get("/v2/models").document["models"]


def test_an_onnx_file_copied_with_its_times(server: Running, models: Path) -> None:
    shutil.copytree(WINE / "wine", models / "wine", copy_function=shutil.copy2)
    os.utime(models / "wine" / "1" / "model.onnx", (1, 1))
    until(lambda: server.get("/v2/models/wine/ready").status == 200)
    assert server.predict("wine", [[7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]])[0]["quality"] == 5


WAYS: dict[str, tuple[str, str]] = {
    "admin": ("/admin/models/wished/unload", "/admin/models/wished/load"),
    "openinference": ("/v2/repository/models/wished/unload", "/v2/repository/models/wished/load"),
}


@pytest.mark.parametrize("way", WAYS)
def test_unload_and_load(server: Running, way: str) -> None:
    unload, load = WAYS[way]
    assert server.post(unload).status == 200
    refused = server.post("/v1/models/wished:predict", {"instances": [0]})
    assert refused.status == 503
    assert "unloaded" in refused.error
    assert server.get("/admin/models/wished").document["wanted"] is False
    assert server.get("/readyz").status == 200, "what an operator unloaded is not missed"
    assert server.post(unload).status == 200, "twice is once"
    assert server.post(load).status == 200
    assert answer_of(server, "wished") == 1
    assert server.post(unload.replace("wished", "nobody")).status == 404
    assert server.post(load.replace("wished", "nobody")).status == 404


def test_the_command_line_unloads_and_loads(server: Running, tmp_path: Path) -> None:
    def models_command(*words: str) -> str:
        ran = salver("models", *words, "--url", server.url, state=tmp_path)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert all(name in models_command() for name in MODELS)
    assert "AVAILABLE" not in models_command("unload", "shelled")
    assert server.post("/v1/models/shelled:predict", {"instances": [0]}).status == 503
    assert "AVAILABLE" in models_command("load", "shelled")
    assert answer_of(server, "shelled") == 1
    ran = salver("models", "load", "nobody", "--url", server.url, state=tmp_path)
    assert (ran.returncode, "nobody" in ran.stderr, "Traceback" in ran.stderr) == (1, True, False)


def test_reload_reads_the_files_again(server: Running) -> None:
    def loaded_at() -> float:
        (version,) = server.get("/admin/models/reloaded").document["versions"]
        assert version["state"] == "AVAILABLE"
        return float(version["since_unix_s"])

    before = loaded_at()
    assert server.post("/admin/models/reloaded/reload").status == 200
    assert loaded_at() > before
    assert answer_of(server, "reloaded") == 1


def test_a_load_that_fails_says_why(server: Running, models: Path) -> None:
    assert server.post("/admin/models/stubborn/unload").status == 200
    (models / "stubborn" / "1" / "model.py").write_text("raise RuntimeError('out of order')\n")
    for path in ("/admin/models/stubborn/load", "/v2/repository/models/stubborn/load"):
        refused = server.post(path)
        assert refused.status in (400, 503)
        assert "out of order" in refused.error


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A configuration of one model with two versions and three labels, whose state is kept beside it."""
    for version in (1, 2):
        put(tmp_path / "models", "app", version, says(version))
    config = tmp_path / "config.yaml"
    config.write_text(
        "models:\n"
        "  app: {path: models/app, versions: all, labels: {stable: 1, canary: 2, next: 3}}\n"
        f"state_dir: {tmp_path}/kept\nlifecycle: {{poll_interval_s: 0.1}}\n"
    )
    return config


def test_labels(serve: Callable[..., Running], labelled: Path) -> None:
    server = serve(labelled)

    def answer(place: str) -> Any:
        return server.post(f"/v1/models/app{place}:predict", {"instances": [0]})

    until(lambda: answer("/labels/stable").status == 200)  # ready is a model that has one version
    assert answer("/labels/stable").document == {"predictions": [1]}
    assert answer("/labels/canary").document == {"predictions": [2]}
    assert answer("/versions/1").document == {"predictions": [1]}
    assert answer("").document == {"predictions": [2]}
    assert answer("/labels/next").status == 503
    assert answer("/labels/other").status == 400
    put(labelled.with_name("models"), "app", 3, says(3))
    until(lambda: answer("/labels/next").status == 200)
    assert answer("/labels/next").document == {"predictions": [3]}


def test_what_was_wished_holds_after_a_restart(serve: Callable[..., Running], labelled: Path) -> None:
    first = serve(labelled)
    assert first.post("/admin/models/app/unload").status == 200
    assert first.stop() == 0

    second = serve(labelled)
    assert "unloaded" in second.banner
    assert second.post("/v1/models/app:predict", {"instances": [0]}).status == 503
    assert second.post("/admin/models/app/load").status == 200
    assert second.stop() == 0

    third = serve(labelled)
    assert answer_of(third, "app") == 2


@pytest.mark.parametrize("kept", ["", "{", "[1]", '{"unloaded": 3}', '{"unloaded": ["nobody", 7]}'])
def test_wishes_that_cannot_be_read_keep_nobody_from_serving(
    serve: Callable[..., Running], labelled: Path, kept: str
) -> None:
    folder = labelled.with_name("kept")
    folder.mkdir()
    (folder / "wishes.json").write_text(kept)
    assert answer_of(serve(labelled), "app") == 2
