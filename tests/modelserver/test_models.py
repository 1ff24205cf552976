"""Models in text-format files, against protobuf's own messages of TensorFlow Serving and its rules."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from google.protobuf import text_format

from salver.core.calls import ModelWish
from salver.core.errors import BadInput, Fault, NotFound, Precondition, Unsupported
from salver.modelserver.models import MESSAGE, read_model_configs, single
from salver.modelserver.text_files import read_text_file
from salver.options import LatestVersions, ModelOptions
from salver.records.options import RecordOptions

TENSORFLOW = frozenset({"tensorflow"})
FULL = """
# Comments stand where they like.
model_config_list: {
  config: {
    name: "wine"
    base_path: "/models/wine",
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 42 versions: 43 } }
    version_labels { key: 'stable' value: 42 }
    version_labels { key: 'canary' value: 43 }
    logging_config {
      log_collector_config { type: "file" filename_prefix: "/logs/wine" }
      sampling_config { sampling_rate: 0.5 }
    }
  }
  config { name: "iris" base_path: "file:///models/iris" model_type: TENSORFLOW model_version_policy { all {} } }
  config { name: "rose" base_path: "/models/rose" model_platform: "tensorflow"
           model_version_policy { latest { num_versions: 2 } } }
}
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "models.config"


def read(path: Path, text: str) -> tuple[ModelWish, ...]:
    path.write_text(text)
    found = read_model_configs(str(path), TENSORFLOW)
    assert found is not None
    return found.wishes


def config(**fields: object) -> str:
    known = {"name": '"m"', "base_path": '"/m"', "model_platform": '"tensorflow"'} | fields
    body = " ".join(f"{name}: {value}" for name, value in known.items() if value is not None)
    return f"config {{ {body} }}"


def test_models_are_what_the_file_says(written: Path) -> None:
    assert read(written, FULL) == (
        ModelWish("wine", "/models/wine", "tensorflow", (42, 43), {"stable": 42, "canary": 43}),
        ModelWish("iris", "/models/iris", "tensorflow", None),
        ModelWish("rose", "/models/rose", "tensorflow", 2),
    )


def test_the_message_is_theirs_to_the_byte(written: Path) -> None:
    theirs = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2").ModelServerConfig()
    text_format.Parse(FULL, theirs)
    written.write_text(FULL)
    ours = read_text_file(str(written), MESSAGE)
    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True)


def test_models_become_options_like_those_of_their_platform(written: Path) -> None:
    written.write_text(FULL)
    found = read_model_configs(str(written), TENSORFLOW)
    assert found is not None
    common = ModelOptions("/", transition="save_memory")
    assert found.options({"tensorflow": common}) == {
        "wine": ModelOptions(
            "/models/wine",
            (42, 43),
            {"stable": 42, "canary": 43},
            "save_memory",
            record=RecordOptions("/logs/wine", 0.5),
        ),
        "iris": ModelOptions("/models/iris", "all", {}, "save_memory"),
        "rose": ModelOptions("/models/rose", LatestVersions(2), {}, "save_memory"),
    }


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        (
            {"base_path": '"models"'},
            BadInput,
            "Expected model m to have an absolute path or URI; got base_path()=models",
        ),
        ({"base_path": None}, BadInput, "Expected model m to have an absolute path or URI; got base_path()="),
        ({"base_path": '"gs://b/m"'}, Unsupported, "File system scheme 'gs' not implemented (file: 'gs://b/m')"),
        (
            {"model_type": "TENSORFLOW"},
            BadInput,
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform.",
        ),
        (
            {"model_platform": None},
            BadInput,
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform.",
        ),
        (
            {"model_platform": None, "model_type": "OTHER"},
            BadInput,
            "ModelServerConfig::model_type choice 2 not supported.",
        ),
        ({"model_platform": '"caffe"'}, BadInput, "Model m requests unsupported platform caffe"),
    ],
)
def test_a_model_that_cannot_be_served_is_refused(
    fields: dict[str, object], kind: type[Fault], words: str, written: Path
) -> None:
    with pytest.raises(kind) as caught:
        read(written, f"model_config_list {{ {config(**fields)} }}")
    assert caught.value.message == words


def test_a_name_stands_once(written: Path) -> None:
    with pytest.raises(BadInput, match="Illegal to list model m multiple times in config list"):
        read(written, f"model_config_list {{ {config()} {config()} }}")


def test_a_label_needs_a_version_that_is_served(written: Path) -> None:
    body = "model_version_policy { specific { versions: 1 } } version_labels { key: 'old' value: 7 }"
    written.write_text(f"model_config_list {{ {config()[:-1]} {body} }} }}")
    found = read_model_configs(str(written), TENSORFLOW)
    assert found is not None
    with pytest.raises(Precondition) as caught:
        found.options({"tensorflow": ModelOptions("/")})
    assert caught.value.message == (
        "Request to assign label to version 7 of model m, which is not currently available for inference"
    )


def test_specific_versions_must_be_named(written: Path) -> None:
    written.write_text(f"model_config_list {{ {config()[:-1]} model_version_policy {{ specific {{}} }} }} }}")
    found = read_model_configs(str(written), TENSORFLOW)
    assert found is not None
    with pytest.raises(BadInput, match="Model m asks for specific versions and names none"):
        found.options({"tensorflow": ModelOptions("/")})


def test_an_empty_file_names_nothing(written: Path) -> None:
    written.write_text("# later\n")
    assert read_model_configs(str(written), TENSORFLOW) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("improperly formatted file", "1:1: "),
        ("model_config_list {\n  confg {} }", "2:3: "),
        ("model_config_list { config { name: 3 } }", "1:36: "),
        ("model_config_list {", ""),
        ("{" * 100_000, ""),
        ("model_config_list { config " + "{ version_labels " * 5000, ""),
    ],
    ids=["words", "unknown-field", "wrong-type", "open-end", "braces", "depth"],
)
def test_a_broken_file_is_told_with_line_and_column(
    text: str, place: str, written: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written.write_text(text)
    with caplog.at_level(logging.ERROR), pytest.raises(BadInput, match=r"Invalid protobuf file: '.*models\.config'"):
        read_model_configs(str(written), TENSORFLOW)
    assert f"Error parsing text-format tensorflow.serving.ModelServerConfig: {place}" in caplog.text


def test_bytes_that_are_no_text_are_refused(written: Path) -> None:
    written.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="Invalid protobuf file"):
        read_model_configs(str(written), TENSORFLOW)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="/absent; No such file or directory"):
        read_model_configs(f"{tmp_path}/absent", TENSORFLOW)
    with pytest.raises(BadInput, match="Is a directory"):
        read_model_configs(str(tmp_path), TENSORFLOW)


def test_one_model_by_flags() -> None:
    assert single("m", "/models/m", TENSORFLOW).wishes == (ModelWish("m", "/models/m", "tensorflow"),)
    with pytest.raises(BadInput, match="absolute path or URI"):
        single("m", "models/m", TENSORFLOW)
