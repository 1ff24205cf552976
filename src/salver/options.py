"""What an operator may write: the whole tree of options, composed of what each room declares for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from salver import config
from salver.core.errors import BadInput, NotFound
from salver.formats.onnx_options import OnnxOptions
from salver.formats.python_module import PythonOptions
from salver.formats.table import open_model, recognises
from salver.layers.offload import Offload
from salver.lifecycle.options import LifecycleOptions
from salver.lifecycle.sources.layout import file_of, holds_one_model
from salver.transports.limits import HttpLimits


@dataclass(frozen=True, slots=True)
class LatestVersions:
    """`{latest: n}`: the n highest versions."""

    latest: int
    """How many versions are served, at least 1."""

    def __post_init__(self) -> None:
        if self.latest < 1:
            raise BadInput(f"latest must be at least 1, got {self.latest}")


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """One model."""

    path: str
    """A folder of versions, one model file, or a Python function or class `app.py:predict`. Relative to the
    configuration's own folder."""
    versions: LatestVersions | tuple[int, ...] | Literal["all"] = LatestVersions(1)
    """Which versions are served: `{latest: n}`, `all`, or a list of numbers."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Names for versions, for clients that ask for `stable` or `canary`."""
    transition: Literal["keep_serving", "save_memory"] = "keep_serving"
    """Whether a new version loads before the old one leaves (keep_serving), or after it (save_memory)."""
    complete_marker: str | None = None
    """A file that stands in a version's folder once it is copied whole; without, the files must have come to rest."""
    onnx: OnnxOptions = OnnxOptions()
    """For ONNX models."""
    python: PythonOptions = PythonOptions()
    """For Python models."""
    offload: Offload = Offload()
    """When a model's work leaves the event loop."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The whole server."""

    models: Mapping[str, ModelOptions] = field(default_factory=dict)
    """The models by name."""
    folder: str | None = None
    """A folder of models: what stands in it is served, and what is added to it later."""
    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for every IPv4 one, `::` for every one."""
    port: int = 8501
    """The port for HTTP: every protocol answers on it. 0 takes a free one, -1 none."""
    unix_socket: str | None = None
    """A Unix socket to listen on as well."""
    workers: int = 1
    """Processes that share the port, each with every model."""
    cors: bool = False
    """Whether answers allow any web page to read them."""
    onnx_threads: int = 0
    """Threads in the one pool that all ONNX models of a process share; 0 leaves the number to onnxruntime."""
    state_dir: str | None = None
    """Where the changes made through the admin API are kept over restarts; a folder of the user's by default."""
    drain_timeout_s: float = 30.0
    """Seconds that requests in flight get to finish when the server is told to stop."""
    lifecycle: LifecycleOptions = LifecycleOptions()
    """How versions are watched, loaded and tried again."""
    limits: HttpLimits = HttpLimits()
    """How much one client may send, hold and delay."""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise BadInput(f"workers must be at least 1, got {self.workers}")
        if not -1 <= self.port <= 65535:
            raise BadInput(f"port must lie between 0 and 65535, got {self.port}")
        if self.port < 0 and self.unix_socket is None:
            raise BadInput("with port -1 there must be a unix_socket to listen on")


def read_options(path: str) -> ServerOptions:
    """The options in a YAML file, paths made absolute against the file's folder. Raises BadInput with file and line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    options = config.read(ServerOptions, text, path)
    return _resolve(options, Path(path).parent.absolute())


def _resolve(options: ServerOptions, base: Path) -> ServerOptions:
    models = {name: replace(model, path=str(base / model.path)) for name, model in options.models.items()}
    folder = None if options.folder is None else str(base / options.folder)
    return replace(options, models=models, folder=folder)


def options_for(path: str, name: str = "") -> ServerOptions:
    """The options for what a user named on the command line: a configuration, one model, or a folder of models.

    Raises BadInput or NotFound when it is neither. `name` is the model's, for a single model.
    """
    if path.endswith((".yaml", ".yml")):
        return read_options(path)
    watched = Path(file_of(path))
    if not watched.exists() and ":" not in path:
        raise NotFound(f"there is nothing at '{path}'; wanted a model, a folder of models, app.py:predict or a .yaml")
    try:
        single = holds_one_model(path, recognises)
    except OSError as error:
        raise BadInput(f"'{path}' cannot be read: {error.strerror}") from None
    if single:
        if watched.is_file() and recognises(path) is None:
            open_model(path)  # Refuses with the reason, and says which formats there are.
        return ServerOptions(models={name or name_for(path): ModelOptions(path)})
    return ServerOptions(folder=path)


def name_for(path: str) -> str:
    """What a model is called when nobody said: its file's stem, or the nearest folder that is no version."""
    watched = Path(file_of(path)).absolute()
    for part in (watched, *watched.parents):
        stem = part.stem if part == watched and not part.is_dir() else part.name
        if stem not in ("model", "") and not stem.isdigit():
            return stem
    return "model"
