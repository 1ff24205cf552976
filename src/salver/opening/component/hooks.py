"""Hooks: what a component can be asked, and by which of its methods it answers, Seldon's order of precedence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.opening.component import raw
from salver.opening.component.answers import tensors_of, unnamed
from salver.opening.component.plain import Plain
from salver.opening.component.refusals import told
from salver.opening.component.user import User
from salver.opening.component.ways import Hook, Outcome, Way


@dataclass(frozen=True, slots=True)
class Hooks:
    """Of one component. A hook is false where its user wrote no method for it."""

    predict: Hook
    transform_input: Hook
    transform_output: Hook
    route: Hook
    aggregate: Hook
    learn: Hook
    health: Hook


def read_hooks(user: User, node: str) -> Hooks:
    """Raises BadInput for a method that cannot be called as Seldon calls it."""
    plain = Plain(user)

    def asked(name: str, way: Way | None, read: Callable[[Any], Outcome], default: Callable[[Any], Outcome]) -> Hook:
        return Hook(
            _ways(user, name, "rest", raw.request_json, read, way),
            _ways(user, name, "grpc", raw.request_proto, read, way),
            default,
        )

    def transform(name: str, default: Callable[[Any], Outcome]) -> Hook:
        return asked(name, plain.transform(name), raw.read_raw, default)

    aggregate, learn, health = plain.aggregate(), plain.learn(node), plain.health()
    learns = (
        *_ways(user, "send_feedback", "rest", raw.lesson_text, raw.read_raw, None, alone=True),
        *_ways(user, "send_feedback", "grpc", raw.lesson_proto, raw.read_raw, learn),
    )
    is_well = _ways(user, "health_status", "raw", lambda _: (), raw.read_raw, health)
    return Hooks(
        predict=transform("predict", lambda _: plain.outcome(np.array([]), unnamed)),
        transform_input=transform("transform_input", lambda request: plain.silent(request.tensors)),
        transform_output=transform("transform_output", lambda request: plain.silent(request.tensors)),
        route=asked("route", plain.route(), raw.read_raw_route, lambda _: plain.silent()),
        aggregate=Hook(
            _ways(user, "aggregate", "rest", raw.answers_json, raw.read_raw, aggregate),
            _ways(user, "aggregate", "grpc", raw.answers_proto, raw.read_raw, aggregate),
            _no_aggregate,
        ),
        learn=Hook(learns, learns, lambda _: plain.silent()),
        health=Hook(is_well, is_well, lambda _: plain.silent(tensors_of("healthy"))),
    )


def _ways(
    user: User,
    name: str,
    transport: str,
    arguments: Callable[[Any], tuple[Any, ...]],
    read: Callable[[Any], Outcome],
    plain: Way | None,
    alone: bool = False,
) -> tuple[Way, ...]:
    """The methods `<name>_<transport>` and (unless `alone`) `<name>_raw`, those that there are, then the plain one."""
    names = dict.fromkeys((f"{name}_{transport}",) if alone else (f"{name}_{transport}", f"{name}_raw"))
    raws = tuple(Way(user, each, arguments, read) for each in names if user.method(each) is not None)
    return raws if plain is None else (*raws, plain)


def _no_aggregate(_: Any) -> Outcome:
    raise told("aggregate is not implemented", 400, reason="MICROSERVICE_BAD_DATA")
