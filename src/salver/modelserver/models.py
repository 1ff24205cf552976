"""Which models are served: from flags and from `ModelServerConfig` to options, and to wishes for a reload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from salver.core.calls import Configure, ModelWish
from salver.core.errors import BadInput, Precondition, Unsupported
from salver.formats.table import FORMATS
from salver.modelserver.text_files import read_text_file
from salver.options import LatestVersions, ModelOptions
from salver.protocols.messages import message
from salver.protocols.tfserving.model_config import PLATFORM, model_wishes
from salver.records.options import RecordOptions

MESSAGE: Final = "tensorflow.serving.ModelServerConfig"
OWN_PLATFORMS: Final = frozenset(one.name for one in FORMATS)
"""What else this server calls a platform: its formats. What a version's files are decides how they are loaded."""


@dataclass(frozen=True, slots=True)
class ModelConfigs:
    """The models that one configuration names."""

    wishes: tuple[ModelWish, ...]
    records: Mapping[str, RecordOptions] = field(default_factory=dict)
    """For the models whose requests shall be logged."""

    def options(self, common: Mapping[str, ModelOptions]) -> dict[str, ModelOptions]:
        """The models as a server starts with them: what holds for each one's platform, and what is said of itself."""
        return {
            wish.name: _options(wish, replace(common[wish.platform], record=self.records.get(wish.name)))
            for wish in self.wishes
        }

    def configure(self) -> Configure:
        """The models as a running server goes over to them."""
        return Configure(self.wishes)


def single(name: str, base_path: str, platforms: frozenset[str]) -> ModelConfigs:
    """The one model that flags name. Raises as `read_model_configs` does."""
    config = message(MESSAGE)()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform=PLATFORM)
    return _model_configs(config, platforms)


def read_model_configs(path: str, platforms: frozenset[str]) -> ModelConfigs | None:
    """The models in a text-format ModelServerConfig; None when it is empty.

    Raises NotFound, BadInput, or Unsupported, with TensorFlow Serving's words for what it has words for.
    """
    config = read_text_file(path, MESSAGE)
    choice = config.WhichOneof("config")
    if choice is None:
        return None
    if choice != "model_config_list":
        raise Unsupported("ModelServer does not yet support custom model config.")
    return _model_configs(config, platforms)


def _model_configs(config: Any, platforms: frozenset[str]) -> ModelConfigs:
    wishes = model_wishes(config)
    for wish in wishes:
        if wish.platform not in platforms:
            raise BadInput(f"Model {wish.name} requests unsupported platform {wish.platform}")
    records = {one.name: record for one in config.model_config_list.config if (record := _record(one)) is not None}
    return ModelConfigs(tuple(replace(wish, path=_local(wish.path)) for wish in wishes), records)


def _local(path: str) -> str:
    """The path as this system writes it. Raises Unsupported for a storage that is not there."""
    scheme, mark, rest = path.partition("://")
    if not mark:
        return path
    if scheme != "file":
        raise Unsupported(f"File system scheme '{scheme}' not implemented (file: '{path}')")
    return rest


def _options(wish: ModelWish, common: ModelOptions) -> ModelOptions:
    if isinstance(wish.versions, tuple):
        if not wish.versions:
            raise BadInput(f"Model {wish.name} asks for specific versions and names none")
        _check_labels(wish, wish.versions)
    versions: LatestVersions | tuple[int, ...] | Literal["all"]
    versions = LatestVersions(wish.versions) if isinstance(wish.versions, int) else wish.versions or "all"
    return replace(common, path=wish.path, versions=versions, labels=dict(wish.labels))


def _check_labels(wish: ModelWish, versions: tuple[int, ...]) -> None:
    for version in wish.labels.values():
        if version not in versions:
            raise Precondition(
                f"Request to assign label to version {version} of model {wish.name}, which is not currently available "
                "for inference"
            )


def _record(config: Any) -> RecordOptions | None:
    """What a model's `logging_config` asks for: a collector without a prefix, or a rate of 0, logs nothing."""
    prefix = config.logging_config.log_collector_config.filename_prefix
    rate = config.logging_config.sampling_config.sampling_rate
    return RecordOptions(prefix, rate) if prefix and rate else None
