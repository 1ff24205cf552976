"""What Seldon's operator tells a container of itself, by environment variables. Here they are set by whoever likes."""

from __future__ import annotations

import json
import os
from typing import Final

ENV_MODEL_NAME: Final = "PREDICTIVE_UNIT_ID"
ENV_MODEL_IMAGE: Final = "PREDICTIVE_UNIT_IMAGE"
ENV_SELDON_DEPLOYMENT_NAME: Final = "SELDON_DEPLOYMENT_ID"
ENV_PREDICTOR_NAME: Final = "PREDICTOR_ID"
ENV_PREDICTOR_LABELS: Final = "PREDICTOR_LABELS"
NONIMPLEMENTED_MSG: Final = "NOT_IMPLEMENTED"
NONIMPLEMENTED_IMAGE_MSG: Final = "NOT_IMPLEMENTED:NOT_IMPLEMENTED"


def get_model_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    return os.environ.get(ENV_MODEL_NAME, default_val)


def get_image_name(default_val: str = NONIMPLEMENTED_IMAGE_MSG) -> str:
    return os.environ.get(ENV_MODEL_IMAGE, default_val)


def get_deployment_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    return os.environ.get(ENV_SELDON_DEPLOYMENT_NAME, default_val)


def get_predictor_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    return os.environ.get(ENV_PREDICTOR_NAME, default_val)


def get_predictor_version(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """The label `version` of the predictor."""
    version: str = json.loads(os.environ.get(ENV_PREDICTOR_LABELS, "{}")).get("version", default_val)
    return version
