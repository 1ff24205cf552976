"""Place: a path is looked at, and what lies there is opened, be it one model or a graph of several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from salver.core.errors import BadInput, NotFound
from salver.formats import table
from salver.formats.table import FormatOptions, Opened, open_model
from salver.lifecycle.sources.layout import layout

FORMAT: Final = "graph"
"""The name of the format of graphs."""
_NAMES: Final = ("graph.yaml", "graph.yml")
_ENDINGS: Final = (".graph.yaml", ".graph.yml")
_MAX_BYTES: Final = 1_000_000
_KIND: Final = re.compile(r"""^\s*[{,]?\s*["']?kind["']?\s*:\s*["']?SeldonDeployment\b""", re.MULTILINE)
_YAML: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Places:
    """Where what a graph needs is found and kept, beside what its document names."""

    components: str | None = None
    """The folder with the classes that a SeldonDeployment's containers name by `MODEL_NAME`; that of the document by
    default."""
    models_root: str | None = None
    """The folder that local models must lie in which a SeldonDeployment names by `modelUri`; anywhere by default."""
    cache_dir: str | None = None
    """Where models are kept that were fetched; by default in the server's own state, or in `~/.cache/salver`."""


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """How whatever is found is opened."""

    formats: FormatOptions = field(default_factory=FormatOptions)
    places: Places = Places()
    state_dir: Path | None = None
    """Where what a graph's nodes learn is kept; in memory only, without."""

    @property
    def cache_dir(self) -> Path:
        """Where models are kept that were fetched."""
        if self.places.cache_dir is not None:
            return Path(self.places.cache_dir)
        return Path.home() / ".cache" / "salver" if self.state_dir is None else self.state_dir / "fetched"


def open_at(path: str, options: OpenOptions = OpenOptions(), name: str = "model") -> Opened:
    """The model or the graph at a path: a file, a version's folder, or `app.py:predict`; `name` is what it is called.

    Raises as `formats.table.open_model` does, and BadInput with file and line for a graph that cannot be.
    """
    document = graph_at(path)
    if document is None:
        return open_model(path, options.formats)
    if is_deployment(text_of(document)):
        from salver.opening.deployment import open_deployment

        return Opened(FORMAT, open_deployment(document, options, name), str(document))
    from salver.opening.graph import open_graph

    return Opened(FORMAT, open_graph(document, options, name), str(document))


def newest(target: str) -> str:
    """The path of the newest version in a folder of versions; any other target itself."""
    if not Path(target).is_dir():
        return target
    try:
        versions = layout(target, recognises).paths
    except OSError as error:
        raise NotFound(f"'{target}' cannot be read: {error.strerror}") from None
    return versions[max(versions)] if versions else target


def graph_at(path: str) -> Path | None:
    """The graph's document at a path: in a folder that of its name; any YAML that is named is looked into."""
    place = Path(path)
    if place.is_dir():
        return next((place / name for name in _NAMES if (place / name).is_file()), None)
    if path.endswith(_ENDINGS) or place.name in _NAMES:
        return place
    if path.endswith(_YAML) and table.recognises(path) is None and place.is_file() and is_graph(place):
        return place
    return None


def is_graph(file: Path) -> bool:
    """Whether a YAML file is a graph's document, or Seldon's, by its keys on the left margin."""
    start = text_of(file)
    if is_deployment(start):
        return True
    keys = {line.partition(":")[0].strip("\"' {") for line in start.splitlines() if line[:1] not in (" ", "#", "-", "")}
    return "nodes" in keys and not {"models", "folder"} & keys


def name_of_graph(path: str) -> str:
    """What a graph calls itself: a SeldonDeployment by its metadata, `wine.graph.yaml` wine; else empty."""
    document = None if Path(path).is_dir() else graph_at(path)
    if document is None:
        return ""
    text = text_of(document)
    if is_deployment(text):
        from salver.graph.deployment.reading import read_deployment

        return read_deployment(text, str(document)).name
    ending = next((ending for ending in _ENDINGS if document.name.endswith(ending)), "")
    return document.name.removesuffix(ending) if ending else ""


def is_deployment(text: str) -> bool:
    """Whether a text looks like a SeldonDeployment, or several documents with one among them."""
    return _KIND.search(text) is not None


def text_of(document: Path) -> str:
    """What stands in a document. Raises NotFound, or BadInput for what is no text, or too long to be a document."""
    try:
        with document.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise BadInput(f"{document}: more than {_MAX_BYTES} bytes are no graph")
        return content.decode()
    except FileNotFoundError:
        raise NotFound(f"there is nothing at {document}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{document}: {getattr(error, 'strerror', None) or error}") from None


def recognises(path: str) -> str | None:
    """As `formats.table.recognises`, with graphs: `graph.yaml`, or a name that ends with `.graph.yaml`."""
    if path.endswith(_ENDINGS) or Path(path).name in _NAMES:
        return FORMAT
    return table.recognises(path)


def module_for(path: str, formats: FormatOptions) -> str:
    """As `formats.table.module_for`; a graph imports what its nodes need while it is opened."""
    return "" if graph_at(path) is not None else table.module_for(path, formats)
