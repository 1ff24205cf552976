"""The class that users' classes may derive from, and what they may answer with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException


class SeldonNotImplementedError(SeldonMicroserviceException):
    """A method that its class did not write."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)


class SeldonResponse:
    """An answer with tags and metrics of its own."""

    def __init__(
        self, data: Any, tags: dict[str, Any] | None = None, metrics: list[dict[str, Any]] | None = None
    ) -> None:
        self.data = data
        self.tags = {} if tags is None else tags
        self.metrics = [] if metrics is None else metrics

    @classmethod
    def create(cls, data: Any) -> SeldonResponse:
        """The data as a response, which it may be already."""
        return data if isinstance(data, cls) else cls(data)


def _unwritten(name: str) -> Callable[..., NoReturn]:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise SeldonNotImplementedError(f"{name} is not implemented")

    method.__name__ = name
    method.__qualname__ = f"SeldonComponent.{name}"
    return method


class SeldonComponent:
    """Every method that a component may have; none is implemented."""

    def __init__(self, **kwargs: Any) -> None:
        pass

    def load(self) -> None:
        """Called once, before the first request."""

    predict = _unwritten("predict")
    predict_raw = _unwritten("predict_raw")
    transform_input = _unwritten("transform_input")
    transform_input_raw = _unwritten("transform_input_raw")
    transform_output = _unwritten("transform_output")
    transform_output_raw = _unwritten("transform_output_raw")
    route = _unwritten("route")
    route_raw = _unwritten("route_raw")
    aggregate = _unwritten("aggregate")
    aggregate_raw = _unwritten("aggregate_raw")
    send_feedback = _unwritten("send_feedback")
    send_feedback_raw = _unwritten("send_feedback_raw")
    health_status = _unwritten("health_status")
    health_status_raw = _unwritten("health_status_raw")
    tags = _unwritten("tags")
    metrics = _unwritten("metrics")
    class_names = _unwritten("class_names")
    feature_names = _unwritten("feature_names")
    metadata = _unwritten("metadata")
    init_metadata = _unwritten("init_metadata")
