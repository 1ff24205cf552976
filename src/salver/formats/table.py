"""The formats: how each is told apart and opened. The only list of them.

What a format needs to compute is imported when the first model of it is opened.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from salver.core.errors import BadInput, NotFound, Unsupported
from salver.core.servable import Evaluator, Servable
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pfa.options import PfaOptions
from salver.formats.pmml.options import PmmlOptions
from salver.formats.python import open_python
from salver.formats.python_module import PythonOptions, names_python
from salver.formats.savedmodel_folder import FILES, SESSION_BUNDLE, folder_of, names_saved_model
from salver.formats.tensorflow_options import GraphdefOptions, TensorflowOptions
from salver.formats.tflite_options import TfliteOptions

_TFLITE: Final = "model.tflite"
_IN_A_FOLDER: Final = ("model.onnx", "model.py", "model.pmml", "model.pfa", SESSION_BUNDLE, *FILES, _TFLITE)
"""The names under which a version folder's model is looked for first."""


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """The options of every format; each model heeds those of its own."""

    onnx: OnnxOptions = field(default_factory=OnnxOptions)
    """For ONNX models."""
    python: PythonOptions = field(default_factory=PythonOptions)
    """For Python functions and classes."""
    pmml: PmmlOptions = field(default_factory=PmmlOptions)
    """For PMML documents."""
    pfa: PfaOptions = field(default_factory=PfaOptions)
    """For PFA documents."""
    tensorflow: TensorflowOptions = field(default_factory=TensorflowOptions)
    """For TensorFlow's SavedModels and frozen graphs."""
    graphdef: GraphdefOptions = field(default_factory=GraphdefOptions)
    """For frozen graphs."""
    tflite: TfliteOptions = field(default_factory=TfliteOptions)
    """For TensorFlow Lite models."""
    assumed: str = ""
    """The name of the format that a folder is opened as in which no model is recognised; empty for none."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way in which a model can be kept."""

    name: str
    summary: str
    """One line for the documentation."""
    recognise: Callable[[str], bool]
    """Whether a path has the look of it, cheaply."""
    open: Callable[[str, FormatOptions], Evaluator | Servable]
    """Loads it. Raises a Fault that says what is wrong."""
    module: str = ""
    """The file of this room that imports what the format needs to compute, where it needs anything."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A model in memory."""

    format: str
    model: Evaluator | Servable
    path: str
    """What was opened: the file inside the folder, when a folder was named."""

    @property
    def native(self) -> Mapping[str, bytes]:
        """What the file says of itself in its format's own words, by protobuf message name."""
        return cast("Mapping[str, bytes]", getattr(self.model, "native", MappingProxyType({})))


def open_model(path: str, options: FormatOptions = FormatOptions()) -> Opened:
    """The model in a file, in a version folder (`<base>/<version>/model.onnx`), or behind `app.py:predict`.

    Raises NotFound where nothing is, BadInput for what is there but is no model, Unsupported for what a runtime lacks.
    """
    found, known = _recognised(path, options)
    return Opened(known.name, known.open(found, options), found)


def module_for(path: str, options: FormatOptions = FormatOptions()) -> str:
    """What is still to be imported before a path can be opened; empty when nothing is. Raises as `open_model` does."""
    module = _recognised(path, options)[1].module
    return "" if module in sys.modules else module


def _recognised(path: str, options: FormatOptions) -> tuple[str, Format]:
    """What is to be opened, and how."""
    try:
        found = _find(path, options)
    except BadInput:
        assumed = next((known for known in FORMATS if known.name == options.assumed), None)
        if assumed is None or not Path(path).is_dir():
            raise
        return path, assumed
    for known in FORMATS:
        if known.recognise(found):
            return found, known
    raise BadInput(f"{found} is no model of a known format; {_known()}")


def recognises(path: str) -> str | None:
    """The name of the format that a path has the look of, if any: its name alone tells, nothing is opened.

    Python source that lies in a folder is a model only as `model.py`: a training script beside a model is never run.
    """
    if path.endswith(".py") and Path(path).name != "model.py":
        return None
    return next((known.name for known in FORMATS if known.recognise(path)), None)


def _find(path: str, options: FormatOptions) -> str:
    """The file, or what names a function, that a path stands for."""
    if names_python(path):
        return path
    try:
        if Path(path).is_dir():
            return _find_in(Path(path), options)
        with Path(path).open("rb"):
            return path
    except FileNotFoundError:
        raise NotFound(f"there is nothing at {path}") from None
    except PermissionError:
        raise BadInput(f"{path} may not be read: permission denied") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None


def _find_in(folder: Path, options: FormatOptions) -> str:
    """The model file of a version folder. Raises BadInput when there is none, or more than one."""
    names = sorted(entry.name for entry in folder.iterdir())
    for name in (_TFLITE, *_IN_A_FOLDER) if options.tflite.preferred else _IN_A_FOLDER:
        if name in names:
            return str(folder / name)
    models = [name for name in names if (folder / name).is_file() and recognises(str(folder / name))]
    if len(models) == 1:
        return str(folder / models[0])
    if models:
        raise BadInput(f"{folder} holds more than one model: {_some(models)}; name one of them, or call it model.onnx")
    raise BadInput(f"{folder} holds no model of a known format, but {_some(names) or 'nothing'}; {_known()}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _known() -> str:
    return "there are " + "; ".join(f"{known.name} ({known.summary})" for known in FORMATS)


def _looks_like_onnx(path: str) -> bool:
    return path.endswith(".onnx")


def _open_onnx(path: str, options: FormatOptions) -> Evaluator:
    from salver.formats.onnx import OnnxEvaluator

    return OnnxEvaluator(path, options.onnx)


def _open_python(path: str, options: FormatOptions) -> Evaluator | Servable:
    return open_python(path, options.python)


def _looks_like_pmml(path: str) -> bool:
    return path.lower().endswith((".pmml", ".pmml.xml"))


def _open_pmml(path: str, options: FormatOptions) -> Evaluator:
    from salver.formats.pmml.evaluator import PmmlEvaluator

    return PmmlEvaluator(path, options.pmml, options.onnx)


def _looks_like_pfa(path: str) -> bool:
    return path.lower().endswith((".pfa", ".pfaz", ".pfa.gz", ".pfa.json", ".pfa.yaml", ".pfa.yml"))


def _open_pfa(path: str, options: FormatOptions) -> Evaluator:
    from salver.formats.pfa.evaluator import PfaEvaluator

    return PfaEvaluator(path, options.pfa)


def _looks_like_graphdef(path: str) -> bool:
    return path.endswith(".pb") and not names_saved_model(path)


def _looks_like_tflite(path: str) -> bool:
    return path.endswith(".tflite")


def _open_savedmodel(path: str, options: FormatOptions) -> Evaluator:
    folder = folder_of(path)
    with _installed("tensorflow"):
        from salver.formats.savedmodel import open_saved_model
    return open_saved_model(folder, options.tensorflow)


def _open_graphdef(path: str, options: FormatOptions) -> Evaluator:
    with _installed("tensorflow"):
        from salver.formats.graphdef import open_graphdef
    return open_graphdef(path, options.graphdef, options.tensorflow)


def _open_tflite(path: str, options: FormatOptions) -> Evaluator:
    with _installed("tflite"):
        from salver.formats.tflite import TfliteEvaluator
    return TfliteEvaluator(path, options.tflite)


@contextmanager
def _installed(extra: str) -> Iterator[None]:
    """Around the import of what comes with an extra. Raises Unsupported that says how to install it."""
    try:
        yield
    except ImportError as error:
        raise Unsupported(f'this format needs what is not installed ({error}): pip install "salver[{extra}]"') from None


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "onnx",
        "ONNX through onnxruntime: a file .onnx",
        _looks_like_onnx,
        _open_onnx,
        "salver.formats.onnx",
    ),
    Format(
        "pmml",
        "PMML, computed by our own engine: a file .pmml",
        _looks_like_pmml,
        _open_pmml,
        "salver.formats.pmml.evaluator",
    ),
    Format(
        "pfa",
        "PFA, compiled to Python by our own engine: a file .pfa, .pfa.yaml or .pfaz",
        _looks_like_pfa,
        _open_pfa,
        "salver.formats.pfa.evaluator",
    ),
    Format("python", "a Python function or class: app.py:predict, or model.py in a folder", names_python, _open_python),
    Format(
        "savedmodel",
        "a TensorFlow SavedModel: a folder with saved_model.pb",
        names_saved_model,
        _open_savedmodel,
        "salver.formats.savedmodel",
    ),
    Format(
        "graphdef",
        "a frozen TensorFlow graph: a file .pb",
        _looks_like_graphdef,
        _open_graphdef,
        "salver.formats.graphdef",
    ),
    Format(
        "tflite",
        "TensorFlow Lite through LiteRT: a file .tflite",
        _looks_like_tflite,
        _open_tflite,
        "salver.formats.tflite",
    ),
)
