from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from salver.core.errors import BadInput, NotFound
from salver.formats.onnx_options import OnnxOptions
from salver.formats.table import FormatOptions
from salver.lifecycle.options import LifecycleOptions
from salver.options import (
    LatestVersions,
    ListenOptions,
    ModelOptions,
    ServerOptions,
    name_for,
    options_for,
    read_options,
)
from salver.server import endpoints
from salver.transports.endpoints import Tcp, Unix
from salver.transports.tls import Tls


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder of models, a folder of versions, a file, and Python."""
    for file in ("models/wine/1/model.onnx", "models/iris/model.onnx", "lone.onnx", "app.py", "notes.txt"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def write(folder: Path, text: str) -> str:
    path = folder / "config.yaml"
    path.write_text(text)
    return str(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        read_options(write(folder, text))
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("lone.onnx", "lone"),
        ("models/wine", "wine"),
        ("models/wine/1", "wine"),
        ("models/wine/1/model.onnx", "wine"),
        ("models/iris", "iris"),
        ("models/iris/model.onnx", "iris"),
        ("app.py", "app"),
        ("app.py:predict", "app"),
    ],
)
def test_a_model_is_named_by_the_nearest_name_that_says_something(house: Path, path: str, name: str):
    options = options_for(str(house / path))
    assert list(options.models) == [name]
    assert options.models[name].path == str(house / path)
    assert options.folder is None


def test_a_folder_with_a_dot_keeps_its_whole_name(tmp_path: Path):
    (tmp_path / "wine.v2" / "1").mkdir(parents=True)
    assert name_for(str(tmp_path / "wine.v2")) == "wine.v2"


@pytest.mark.parametrize("named", ["half/1", "half/1/saved_model.pb", "half"])
def test_a_saved_model_is_one_model_and_is_named_by_its_folder(tmp_path: Path, named: str):
    folder = tmp_path / "half" / "1"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    assert options_for(str(tmp_path / named)).models == {"half": ModelOptions(str(tmp_path / named))}


def test_an_assumed_format_must_be_one_there_is():
    assert ModelOptions("models", assumed_format="savedmodel").assumed_format == "savedmodel"
    with pytest.raises(
        BadInput, match=r"assumed_format must be one of onnx, pmml, pfa, python, savedmodel, .*, got 'keras'"
    ):
        ModelOptions("models", assumed_format="keras")


def test_the_name_may_be_given_for_one_model_only(house: Path):
    assert list(options_for(str(house / "lone.onnx"), "red").models) == ["red"]
    with pytest.raises(BadInput, match=r"one model only: .* is a folder of models"):
        options_for(str(house / "models"), "red")
    with pytest.raises(BadInput, match="one model only: a configuration names its models"):
        options_for(write(house, ""), "red")


def test_a_folder_of_models_is_served_as_one(house: Path):
    assert options_for(str(house / "models")) == ServerOptions(folder=str(house / "models"))


@pytest.mark.parametrize("path", ["nowhere", "nowhere.py:predict", "nowhere.py"])
def test_what_is_not_there_is_not_found(house: Path, path: str):
    with pytest.raises(NotFound, match=r"there is nothing at .*; wanted a model, a folder of models"):
        options_for(str(house / path))


def test_a_module_is_served_by_its_file():
    with pytest.raises(NotFound, match=r"is no file; a module is served by its file, as in folder/module\.py:predict"):
        options_for("json.tool:main")


def test_a_file_that_is_no_model_is_refused_with_the_formats_there_are(house: Path):
    with pytest.raises(BadInput, match="no model of a known format; there are onnx"):
        options_for(str(house / "notes.txt"))


def test_a_folder_that_may_not_be_read_is_refused(house: Path, monkeypatch: pytest.MonkeyPatch):
    def listdir(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("salver.lifecycle.sources.layout.children", listdir)
    with pytest.raises(BadInput, match="cannot be read: Permission denied"):
        options_for(str(house / "models"))


def test_paths_of_a_configuration_are_relative_to_its_folder(house: Path):
    options = read_options(
        write(
            house,
            "models:\n  wine: {path: models/wine}\n  code: {path: 'app.py:predict'}\n  far: {path: /far/away}\n"
            "folder: models\nunix_socket: run/s.sock\nstate_dir: state",
        )
    )
    assert options.models["wine"].path == str(house / "models/wine")
    assert options.models["code"].path == str(house / "app.py:predict")
    assert options.models["far"].path == "/far/away"
    assert (options.folder, options.unix_socket, options.state_dir) == tuple(
        str(house / name) for name in ("models", "run/s.sock", "state")
    )


def test_places_to_listen_at(house: Path):
    options = read_options(
        write(
            house,
            """
port: -1
listen:
  - {port: 8443, host: 0.0.0.0, tls: {certificate: tls/server.pem, key: tls/key.pem, client_ca: tls/clients.pem}}
  - {unix_socket: run/s.sock}
  - {port: 0}
""",
        )
    )
    certificate, key, clients = (str(house / "tls" / name) for name in ("server.pem", "key.pem", "clients.pem"))
    tls = Tls(certificate, key, clients)
    socket = str(house / "run/s.sock")
    assert options.listen == (
        ListenOptions(port=8443, host="0.0.0.0", tls=tls),
        ListenOptions(unix_socket=socket),
        ListenOptions(port=0),
    )
    places = (Tcp("0.0.0.0", 8443, tls=tls), Unix(socket), Tcp("127.0.0.1", 0))
    assert endpoints(options) == places


def test_the_short_form_is_one_place_and_a_socket(house: Path):
    text = "port: 1\ntls: {certificate: c, key: /k, min_version: 1.3}\nunix_socket: s\nlisten: [{port: 2}]"
    options = read_options(write(house, text))
    tls = Tls(str(house / "c"), "/k", min_version="1.3")
    places = Tcp("127.0.0.1", 1, tls=tls), Unix(str(house / "s")), Tcp("127.0.0.1", 2)
    assert endpoints(options) == places
    assert endpoints(ServerOptions(port=-1, unix_socket="s")) == (Unix("s"),)


def test_a_whole_configuration(house: Path):
    options = read_options(
        write(
            house,
            """
models:
  wine:
    path: models/wine
    versions: [1, 3]
    labels: {stable: 1, canary: 3}
    transition: save_memory
    complete_marker: _SUCCESS
    onnx: {intra_op_threads: 2, free_dimensions: {rows: 8}}
    offload: {threads: 4}
  iris: {path: models/iris, versions: {latest: 2}}
  all: {path: models/iris, versions: all}
port: 0
workers: 2
limits: {max_body_bytes: 1MiB}
lifecycle: {poll_interval_s: 0.5}
""",
        )
    )
    wine = options.models["wine"]
    assert wine.versions == (1, 3)
    assert wine.labels == {"stable": 1, "canary": 3}
    assert wine.onnx == OnnxOptions(intra_op_threads=2, free_dimensions={"rows": 8})
    assert wine.offload.threads == 4
    assert options.models["iris"].versions == LatestVersions(2)
    assert options.models["all"].versions == "all"
    assert options.limits.max_body_bytes == 2**20
    assert options.lifecycle == LifecycleOptions(poll_interval_s=0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("host: a\nport: 99999", "config.yaml:2: port must lie between 0 and 65535, or be -1 for none, got 99999"),
        ("port: -1", "config.yaml:1: port may be -1 only when there is a unix_socket"),
        ("port: -1\ntls: {certificate: c, key: k}", "config.yaml:1: port may be -1 only when"),
        ("unix_socket: s\nport: -1\ntls: {certificate: c, key: k}", "config.yaml:3: tls is of the port"),
        ("tls: {certificate: c}", "tls: the key 'key' is missing: A file with the private key"),
        ("tls:\n  certificate: ''\n  key: k", "config.yaml:2: tls: certificate must be a path, got ''"),
        ("tls: {certificate: c, key: k, min_version: 1.1}", "tls.min_version: wanted one of 1.2, 1.3"),
        ("listen:\n- {host: h}", "config.yaml:2: listen.0: port or unix_socket must be given, one of them"),
        ("listen:\n- {port: 1, unix_socket: s}", "config.yaml:2: listen.0: port or unix_socket must be given, one"),
        ("listen: [{port: 65536}]", "listen.0: port must lie between 0 and 65535, got 65536"),
        ("listen: [{port: -1}]", "listen.0: port must lie between 0 and 65535, got -1"),
        ("listen: [{unix_socket: ''}]", "listen.0: unix_socket must be a path, got ''"),
        ("http2: {max_frame_bytes: 1}", "http2: max_frame_bytes must be at least 16384, got 1"),
        ("workers: 0", "config.yaml:1: workers must be at least 1, got 0"),
        ("host: h\n\ndrain_timeout_s: -1", "config.yaml:3: drain_timeout_s must be at least 0, got -1.0"),
        ("onnx_threads: -2", "onnx_threads must be at least -1, got -2"),
        (
            "lifecycle:\n  retry_interval_s: -1",
            "config.yaml:2: lifecycle: retry_interval_s must be at least 0, got -1.0",
        ),
        ("lifecycle: {load_parallelism: 0}", "lifecycle: load_parallelism must be at least 1"),
        ("models: {a: {path: p, onnx: {intra_op_threads: -1}}}", "models.a.onnx: intra_op_threads must be at least 0"),
        ("models: {a: {path: p, onnx: {providers: []}}}", "models.a.onnx: providers must name at least one"),
        ("models: {a: {path: p, onnx: {free_dimensions: {n: 0}}}}", "free_dimensions must be sizes of at least 1"),
        ("models: {a: {path: p, versions: {latest: 0}}}", "models.a.versions: latest must be at least 1, got 0"),
        ("models: {a: {path: p, versions: []}}", "models.a: versions must name at least one version"),
        ("models: {a: {path: p, versions: [2, 2]}}", "models.a: versions must be different numbers"),
        ("models: {a: {path: p, versions: [-2]}}", "versions must be different numbers from 0 to"),
        (
            "models:\n  a:\n    path: p\n    versions: [1]\n    labels: {new: 2}",
            "config.yaml:5: models.a: labels must name versions that are served, but 'new' is 2",
        ),
        ("models: {a: {path: p, labels: {'': 1}}}", "labels must have names without slashes, got ''"),
        ("models: {a/b: {path: p}}", "config.yaml:1: models must have names without slashes, got 'a/b'"),
        ("models: {a: {path: ''}}", "models.a: path must name a file"),
        ('models: {a: {path: "a\\0b"}}', "models.a: path must name a file"),
        ("state_dir: ''", "state_dir must be a path, got ''"),
        ("modles: {}", "config.yaml:1: there is no key 'modles'; did you mean 'models'?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_file_and_line(tmp_path: Path, text: str, said: str):
    assert said in refusal(tmp_path, text)


def test_a_configuration_that_cannot_be_read_is_said(tmp_path: Path):
    with pytest.raises(BadInput, match=r"none\.yaml: No such file"):
        read_options(str(tmp_path / "none.yaml"))
    (tmp_path / "latin.yaml").write_bytes(b"host: \xff")
    with pytest.raises(BadInput, match=r"latin\.yaml: .*utf-8"):
        read_options(str(tmp_path / "latin.yaml"))


def test_options_travel_to_other_processes(house: Path):
    for options in (ServerOptions(models={"a": ModelOptions("p")}), FormatOptions(), LifecycleOptions()):
        assert pickle.loads(pickle.dumps(options)) == options
