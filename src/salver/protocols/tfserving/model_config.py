"""`ModelServerConfig`: the models a configuration asks for, checked as TensorFlow Serving checks them."""

from __future__ import annotations

import re
from typing import Any, Final

from salver.core.calls import ModelWish
from salver.core.errors import BadInput

PLATFORM: Final = "tensorflow"
"""What the platform of a model is called that is given by the deprecated `model_type: TENSORFLOW`."""

_UNSPECIFIED, _TENSORFLOW = 0, 1
_ABSOLUTE: Final = re.compile(r"/|[a-zA-Z][0-9a-zA-Z.]*://")


def model_wishes(config: Any) -> tuple[ModelWish, ...]:
    """The models of a `ModelServerConfig` whose list of models is set.

    Raises BadInput for a model listed twice, a relative path, a platform that is told twice or not at all.
    """
    listed = config.model_config_list.config
    names: set[str] = set()
    for model in listed:
        if model.name in names:
            raise BadInput(f"Illegal to list model {model.name} multiple times in config list")
        names.add(model.name)
    for model in listed:
        if not _ABSOLUTE.match(model.base_path):
            raise BadInput(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
    return tuple(map(_wish, listed))


def _wish(model: Any) -> ModelWish:
    labels = dict(model.version_labels)
    return ModelWish(model.name, model.base_path, _platform(model), _versions(model.model_version_policy), labels)


def _platform(model: Any) -> str:
    platform: str = model.model_platform
    if model.model_type == _UNSPECIFIED and not platform:
        raise BadInput(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform."
        )
    if model.model_type == _UNSPECIFIED:
        return platform
    if platform:
        raise BadInput(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform."
        )
    if model.model_type != _TENSORFLOW:
        raise BadInput(f"ModelServerConfig::model_type choice {model.model_type} not supported.")
    return PLATFORM


def _versions(policy: Any) -> int | tuple[int, ...] | None:
    match policy.WhichOneof("policy_choice"):
        case "all":
            return None
        case "specific":
            return tuple(policy.specific.versions)
    return max(int(policy.latest.num_versions), 1)
