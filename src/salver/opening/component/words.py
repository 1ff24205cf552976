"""Words: the classes of `seldon_core` that a user's code and this package must mean the same by.

Where the genuine package is installed, it is used as it is. Where not, `offer` puts a small one of our own in its
place, for good: user code may import from it at any time.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import Any, Final

_OURS: Final = f"{__package__}.seldon_core"
_MODULES: Final = (
    "env_utils",
    "flask_utils",
    "metrics",
    "proto",
    "proto.prediction_pb2",
    "seldon_methods",
    "storage",
    "user_model",
    "utils",
)


@dataclass(frozen=True, slots=True)
class Words:
    """Classes of `seldon_core`."""

    response: type[Any]
    """SeldonResponse"""
    refusal: type[Exception]
    """SeldonMicroserviceException"""
    not_implemented: type[Exception]
    """SeldonNotImplementedError, a refusal too."""


def offer() -> None:
    """Sees to it that `import seldon_core` finds something."""
    if "seldon_core" in sys.modules or importlib.util.find_spec("seldon_core") is not None:
        return
    sys.modules["seldon_core"] = importlib.import_module(_OURS)
    for name in _MODULES:
        sys.modules[f"seldon_core.{name}"] = importlib.import_module(f"{_OURS}.{name}")


def words_in_force() -> Words:
    """Those that loaded code has imported; ours where it has imported none."""
    user_model = sys.modules.get("seldon_core.user_model") or importlib.import_module(f"{_OURS}.user_model")
    flask_utils = sys.modules.get("seldon_core.flask_utils") or importlib.import_module(f"{_OURS}.flask_utils")
    return Words(
        user_model.SeldonResponse, flask_utils.SeldonMicroserviceException, user_model.SeldonNotImplementedError
    )
