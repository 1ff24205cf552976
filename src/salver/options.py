"""What an operator may write: the whole tree of options, composed of what each room declares for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Literal

from salver import config
from salver.core.bounds import at_least
from salver.core.errors import BadInput, NotFound
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pfa.options import PfaOptions
from salver.formats.pmml.options import PmmlOptions
from salver.formats.python_module import PythonOptions, names_python
from salver.formats.table import FORMATS
from salver.formats.tensorflow_options import GraphdefOptions, TensorflowOptions
from salver.formats.tflite_options import TfliteOptions
from salver.layers.batch import Batch
from salver.layers.offload import Offload
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.sources.layout import MAX_VERSION, file_of, holds_one_model
from salver.opening.place import Places, graph_at, name_of_graph, open_at, recognises
from salver.protocols.http2.limits import Http2Limits
from salver.records.options import RecordOptions
from salver.replay import ReplayOptions
from salver.transports.limits import HttpLimits
from salver.transports.tls import Tls


@dataclass(frozen=True, slots=True)
class LatestVersions:
    """`{latest: n}`: the n highest versions."""

    latest: int
    """How many versions are served, at least 1."""

    def __post_init__(self) -> None:
        at_least(self, 1, "latest")


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """One model."""

    path: str
    """A folder of versions, one model file, a graph's document, a SeldonDeployment, or a Python function or class
    `app.py:predict`. Relative to the configuration's own folder."""
    versions: LatestVersions | tuple[int, ...] | Literal["all"] = LatestVersions(1)
    """Which versions are served: `{latest: n}`, `all`, or a list of numbers."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Names for versions, for clients that ask for `stable` or `canary`: `{stable: 3}`."""
    transition: Literal["keep_serving", "save_memory"] = "keep_serving"
    """Whether a new version loads before the old one leaves (keep_serving), or after it (save_memory)."""
    complete_marker: str | None = None
    """A file that stands in a version's folder once it is copied whole; without, the files must have come to rest."""
    onnx: OnnxOptions = OnnxOptions()
    """For ONNX models. A server's share one pool of threads: `onnx_threads` says how many, not these."""
    python: PythonOptions = PythonOptions()
    """For Python models."""
    pmml: PmmlOptions = PmmlOptions()
    """For PMML documents."""
    pfa: PfaOptions = PfaOptions()
    """For PFA documents."""
    tensorflow: TensorflowOptions = TensorflowOptions()
    """For TensorFlow's SavedModels and frozen graphs."""
    graphdef: GraphdefOptions = GraphdefOptions()
    """For frozen graphs."""
    tflite: TfliteOptions = TfliteOptions()
    """For TensorFlow Lite models."""
    assumed_format: str = ""
    """The name of the format that a folder is opened as in which no model is recognised; by default it is refused."""
    graph: Places = Places()
    """For graphs of models and SeldonDeployments."""
    offload: Offload = Offload()
    """When a model's work leaves the event loop."""
    batch: Batch | None = None
    """Whether requests that wait at the same time are run as one, and how: `batch: {}` for the defaults."""
    batch_by_version: bool = False
    """Whether each version is batched as the file `batching_params.pbtxt` in its own folder says (TensorFlow Serving's
    `BatchingParameters` as text), and not at all without one."""
    record: RecordOptions | None = None
    """Whether requests and their answers are written to files, and where."""
    replay: ReplayOptions = ReplayOptions()
    """Warm-up with logged requests, where `assets.extra/tf_serving_warmup_requests` stands in the version's folder."""

    def __post_init__(self) -> None:
        if not self.path or "\0" in self.path:
            raise BadInput(f"path must name a file, a folder or app.py:predict, got {self.path!r}")
        if isinstance(self.versions, tuple):
            _check_versions(self.versions, self.labels)
        for label in self.labels:
            _check_name("labels", label)
        known = [one.name for one in FORMATS]
        if self.assumed_format and self.assumed_format not in known:
            raise BadInput(f"assumed_format must be one of {', '.join(known)}, got {self.assumed_format!r:.60}")


def _check_versions(versions: tuple[int, ...], labels: Mapping[str, int]) -> None:
    if not versions:
        raise BadInput("versions must name at least one version")
    for version in versions:
        if not 0 <= version <= MAX_VERSION or versions.count(version) > 1:
            raise BadInput(f"versions must be different numbers from 0 to {MAX_VERSION}, got {version}")
    for label, version in labels.items():
        if version not in versions:
            raise BadInput(f"labels must name versions that are served, but '{label}' is {version}")


def _check_name(where: str, name: str) -> None:
    """Names stand in paths of URLs, between slashes."""
    if not name or name in (".", "..") or any(character in "/\\" or character < " " for character in name):
        raise BadInput(f"{where} must have names without slashes, got {name!r:.60}")


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """One more place to listen at, over the same models: a port, or a Unix socket."""

    port: int | None = None
    """0 takes a free one."""
    host: str = "127.0.0.1"
    """The address of the port; `0.0.0.0` for every IPv4 one, `::` for every one."""
    unix_socket: str | None = None
    """The path of a Unix socket, in place of a port. Relative to the configuration's own folder."""
    tls: Tls | None = None
    """Whether its connections are encrypted, and with which certificates."""

    def __post_init__(self) -> None:
        if (self.port is None) is (self.unix_socket is None):
            raise BadInput("port or unix_socket must be given, one of them")
        if self.port is not None and not 0 <= self.port <= 65535:
            raise BadInput(f"port must lie between 0 and 65535, got {self.port}")
        _check_path("unix_socket", self.unix_socket)


def _check_path(name: str, path: str | None) -> None:
    if path is not None and (not path or "\0" in path):
        raise BadInput(f"{name} must be a path, got {path!r}")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The whole server."""

    models: Mapping[str, ModelOptions] = field(default_factory=dict)
    """The models by name."""
    folder: str | None = None
    """A folder of models: what stands in it is served, and what is added to it later. Relative to the
    configuration's own folder."""
    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for every IPv4 one, `::` for every one."""
    port: int = 8501
    """The port, for HTTP/1.1 and HTTP/2: every protocol answers on it, gRPC among them. 0 takes a free one, -1
    none."""
    tls: Tls | None = None
    """Whether connections to the port are encrypted, and with which certificates."""
    unix_socket: str | None = None
    """A Unix socket to listen on as well. Relative to the configuration's own folder."""
    listen: tuple[ListenOptions, ...] = ()
    """More places to listen at."""
    workers: int = 1
    """Processes that share the port, each with every model."""
    cors: bool = False
    """Whether answers allow any web page to read them."""
    http_timeout_s: float = 0.0
    """Seconds a prediction over HTTP may take before it is answered with 504; 0 for no limit."""
    monitoring_path: str | None = None
    """A path at which the metrics are to be had under TensorFlow Serving's names too:
    `/monitoring/prometheus/metrics`."""
    onnx_threads: int = 0
    """Threads in the one pool that all ONNX models of a process share; 0 leaves the number to onnxruntime. -1 makes no
    such pool: each model has the threads that its own options say, and Python models may use onnxruntime on their own,
    which otherwise refuses sessions with threads of their own."""
    tensor_content: bool = False
    """Whether answers over TensorFlow Serving's gRPC carry tensors as `tensor_content`, in place of typed fields."""
    absent_unless_live: bool = False
    """Whether a model that is loading, or has failed, is answered for as if it were not there (404, NOT_FOUND), without
    the reason, as TensorFlow Serving does; else as unavailable (503, UNAVAILABLE), with it."""
    method_check: bool = False
    """Whether Classify and Regress are answered by signatures only that say they are for it (TensorFlow's
    `method_name`)."""
    profiler: bool = False
    """Whether whoever asks over gRPC may take a profile of TensorFlow (`tensorflow.ProfilerService`)."""
    batch_slots: int = 0
    """How many batches, of all models together, are run at the same time; 0 for one for each processor."""
    batch_pool: str = "batch_threads"
    """The name under which TensorFlow Serving's metrics show them (`thread_pool_name`)."""
    state_dir: str | None = None
    """Where the changes made through the admin API are kept over restarts; a folder of the user's by default. Relative
    to the configuration's own folder."""
    drain_timeout_s: float = 30.0
    """Seconds that requests in flight get to finish when the server is told to stop."""
    lifecycle: LifecycleOptions = LifecycleOptions()
    """How versions are watched, loaded and tried again."""
    limits: HttpLimits = HttpLimits()
    """How much one client may send, hold and delay."""
    http2: Http2Limits = Http2Limits()
    """How much of what is HTTP/2's own one client may send and provoke."""

    def __post_init__(self) -> None:
        at_least(self, 1, "workers")
        at_least(self, 0, "drain_timeout_s")
        at_least(self, -1, "onnx_threads")
        at_least(self, 0, "batch_slots", "http_timeout_s")
        for name in self.models:
            _check_name("models", name)
        if self.monitoring_path is not None and not self.monitoring_path.startswith("/"):
            raise BadInput(f"monitoring_path must begin with a slash, got {self.monitoring_path!r:.200}")
        if not -1 <= self.port <= 65535:
            raise BadInput(f"port must lie between 0 and 65535, or be -1 for none, got {self.port}")
        if self.port < 0 and self.unix_socket is None and not self.listen:
            raise BadInput("port may be -1 only when there is a unix_socket to listen on, or another place")
        if self.port < 0 and self.tls is not None:
            raise BadInput("tls is of the port, which is -1 for none")
        for name in ("folder", "unix_socket", "state_dir"):
            _check_path(name, getattr(self, name))


def read_options(path: str) -> ServerOptions:
    """The options in a YAML file, paths made absolute against the file's folder. Raises BadInput with file and line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    options = config.read(ServerOptions, text, path)
    return _resolve(options, Path(path).parent.absolute())


def _resolve(options: ServerOptions, base: Path) -> ServerOptions:
    models = {name: _resolve_model(model, base) for name, model in options.models.items()}
    return replace(
        options,
        models=models,
        folder=_below(base, options.folder),
        tls=_resolve_tls(options.tls, base),
        unix_socket=_below(base, options.unix_socket),
        listen=tuple(
            replace(place, unix_socket=_below(base, place.unix_socket), tls=_resolve_tls(place.tls, base))
            for place in options.listen
        ),
        state_dir=_below(base, options.state_dir),
    )


def _resolve_model(model: ModelOptions, base: Path) -> ModelOptions:
    record = model.record and replace(model.record, prefix=str(base / model.record.prefix))
    graph = Places(*(_below(base, path) for path in astuple(model.graph)))
    return replace(model, path=str(base / model.path), record=record, graph=graph)


def _resolve_tls(tls: Tls | None, base: Path) -> Tls | None:
    if tls is None:
        return None
    paths = str(base / tls.certificate), str(base / tls.key)
    return replace(tls, certificate=paths[0], key=paths[1], client_ca=_below(base, tls.client_ca))


def _below(base: Path, path: str | None) -> str | None:
    return None if path is None else str(base / path)


def options_for(path: str, name: str = "") -> ServerOptions:
    """The options for what a user named on the command line: a configuration, one model, or a folder of models.

    Raises BadInput or NotFound when it is none of them. `name` is the model's, for a single model.
    """
    if path.endswith((".yaml", ".yml")) and graph_at(path) is None:
        _refuse_name(name, "a configuration names its models")
        return read_options(path)
    watched = Path(file_of(path))
    if not watched.exists():
        raise NotFound(_absent(path))
    try:
        single = holds_one_model(path, recognises)
    except OSError as error:
        raise BadInput(f"'{path}' cannot be read: {error.strerror}") from None
    if not single:
        _refuse_name(name, f"'{path}' is a folder of models, each named by its own folder or file")
        return ServerOptions(folder=path)
    if watched.is_file() and recognises(path) is None and graph_at(path) is None and not names_python(path):
        open_at(path)  # Refuses with the reason, and says which formats there are.
    return ServerOptions(models={name or name_for(path): ModelOptions(path)})


def _refuse_name(name: str, reason: str) -> None:
    if name:
        raise BadInput(f"a name can be given to one model only: {reason}")


def _absent(path: str) -> str:
    if names_python(path) and not file_of(path).endswith(".py"):
        return f"'{path}' is no file; a module is served by its file, as in folder/module.py:predict"
    return f"there is nothing at '{path}'; wanted a model, a folder of models, app.py:predict or a .yaml"


def name_for(path: str) -> str:
    """What a model is called when nobody said: its file's stem, or the nearest folder that is no version; a
    SeldonDeployment as it says itself."""
    called = name_of_graph(path)
    if called:
        return called
    watched = Path(file_of(path)).absolute()
    for part in (watched, *watched.parents):
        stem = part.stem if part == watched and not part.is_dir() else part.name
        if stem not in ("model", "saved_model", "") and not stem.isdigit():
            return stem
    return "model"
