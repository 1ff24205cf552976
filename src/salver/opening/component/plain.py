"""Plain methods: those that are given arrays, `predict(X, names, meta)` and the like, and give arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.opening.component.answers import Names, index_of, tensors_of, unnamed
from salver.opening.component.features import features_of, meta_of, own
from salver.opening.component.remarks import Remarks, read_metrics, read_tags
from salver.opening.component.user import User
from salver.opening.component.ways import Outcome, Way, must_take, takes

_NOTHING: Final[Mapping[str, Tensor]] = {}


class Plain:
    """Makes the ways of a user's plain methods. Raises BadInput for a method that cannot be called as Seldon does."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._tags = user.method("tags")
        self._metrics = user.method("metrics")

    def transform(self, name: str) -> Way | None:
        """`predict`, `transform_input`, `transform_output`: (X, names, meta) -> data."""
        names = self._names("class_names")
        if name == "transform_input" and self._user.method("feature_names") is not None:
            names = _either(self._names("feature_names"), names)
        return self._asked(name, lambda returned: self.outcome(returned, names))

    def route(self) -> Way | None:
        """`route`: (X, names, meta) -> the index of a child."""
        return self._asked("route", self._read_route)

    def aggregate(self) -> Way | None:
        """`aggregate`: (Xs, names of each) -> data."""
        if self._user.method("aggregate") is None:
            return None
        must_take(self._user, "aggregate", "Xs", "names_list")
        names = self._names("class_names")
        return Way(self._user, "aggregate", _of_answers, lambda returned: self.outcome(returned, names))

    def learn(self, node: str) -> Way | None:
        """`send_feedback`: (X, names, reward, truth, routing) -> data or nothing."""
        method = self._user.method("send_feedback")
        if method is None:
            return None
        must_take(self._user, "send_feedback", "X", "names", "reward", "truth")
        names = self._names("class_names")
        named = (lambda lesson: {"routing": lesson.routing.get(node)}) if takes(method, 4, "routing") else None
        return Way(self._user, "send_feedback", _of_lesson, lambda returned: self.outcome(returned, names, True), named)

    def health(self) -> Way | None:
        """`health_status`: () -> data."""
        if self._user.method("health_status") is None:
            return None
        names = self._names("class_names")
        return Way(self._user, "health_status", lambda _: (), lambda returned: self.outcome(returned, names))

    def outcome(self, returned: Any, names: Names, optional: bool = False) -> Outcome:
        """What a method returned, and what the component says beside it; `optional`: None is nothing."""
        data, remarks = self._unwrap(returned)
        if data is None and optional:
            return Outcome(_NOTHING, remarks)
        return Outcome(tensors_of(data, names), remarks)

    def silent(self, tensors: Mapping[str, Tensor] = _NOTHING) -> Outcome:
        """The outcome of a hook that has no method: the component's tags and metrics hold all the same."""
        return Outcome(tensors, self._unwrap(None)[1])

    def _read_route(self, returned: Any) -> Outcome:
        data, remarks = self._unwrap(returned)
        return Outcome(_NOTHING, remarks, index_of(data))

    def _unwrap(self, returned: Any) -> tuple[Any, Remarks]:
        """The data, and remarks: tags of the class before those of the answer, and metrics so too."""
        remarks = Remarks()
        own_tags: Any = None
        own_metrics: Any = ()
        if isinstance(returned, self._user.words.response):
            returned, own_tags, own_metrics = returned.data, returned.tags, returned.metrics
        if self._metrics is not None:
            remarks.metrics += read_metrics(self._unless_missing(self._metrics, []))
        if self._tags is not None:
            remarks.tags.update(own(dict(read_tags(self._unless_missing(self._tags, {})))))
        if own_metrics:
            remarks.metrics += read_metrics(own_metrics)
        if own_tags:
            remarks.tags.update(own(dict(read_tags(own_tags))))
        return returned, remarks

    def _asked(self, name: str, read: Callable[[Any], Outcome]) -> Way | None:
        method = self._user.method(name)
        if method is None:
            return None
        if takes(method, 2, "meta"):
            return Way(self._user, name, _of_request, read, lambda request: {"meta": meta_of(request)})
        must_take(self._user, name, "X", "names")
        return Way(self._user, name, _of_request, read)

    def _names(self, name: str) -> Names:
        """Names of columns, from a method or an attribute."""
        target = self._user.target
        if not hasattr(target, name) or (callable(getattr(target, name)) and self._user.method(name) is None):
            return unnamed

        def names(_: int) -> tuple[str, ...]:
            found = getattr(target, name)
            found = self._unless_missing(found, ()) if callable(found) else found
            return () if found is None else tuple(map(str, found))

        return names

    def _unless_missing(self, method: Callable[[], Any], default: Any) -> Any:
        try:
            return method()
        except self._user.words.not_implemented:
            return default


def _either(names: Names, others: Names) -> Names:
    """The first, where there are as many of them as columns."""

    def fitting(count: int) -> tuple[str, ...]:
        found = names(count)
        return found if len(found) == count else others(count)

    return fitting


def _of_request(request: Request) -> tuple[Any, ...]:
    return features_of(request.tensors)


def _of_answers(subject: tuple[Sequence[Response | None], Request]) -> tuple[Any, ...]:
    pairs = [features_of(answer.tensors) for answer in subject[0] if answer is not None]
    return [features for features, _ in pairs], [names for _, names in pairs]


def _of_lesson(lesson: Lesson) -> tuple[Any, ...]:
    """What was not sent back is an empty array; it has as many rows as were asked about, where that is known."""
    features, names = features_of(lesson.request or _NOTHING)
    if not lesson.request and lesson.rows is not None:
        features = np.empty((lesson.rows, 0))
    return features, names, lesson.reward or 0.0, features_of(lesson.truth or _NOTHING)[0]
