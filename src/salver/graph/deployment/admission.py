"""Admission: what Seldon refuses of a deployment as a whole, beyond what it refuses of a field or a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from salver.graph.deployment.fields import Fields
from salver.graph.deployment.spec import Predictor, Transport

NO_ENGINE: Final = "seldon.io/no-engine"
KAFKA: Final = ("KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC")
MAX_PREDICTORS: Final = 100


def check_names(predictors: Sequence[Predictor]) -> None:
    """Predictors are told apart by name."""
    seen: dict[str, Predictor] = {}
    for predictor in predictors:
        first = seen.setdefault(predictor.name, predictor)
        if first is not predictor:
            place = predictor.place.at("name", predictor.place.line)
            raise place.refusal(f"a predictor '{predictor.name}' stands already in line {first.place.line}")


def read_traffic(item: Fields) -> int:
    """Percent, 0 where the predictor does not say."""
    traffic = item.integer("traffic") or 0
    if not 0 <= traffic <= 100:
        raise item.at("traffic").refusal(f"must be from 0 to 100, got {traffic}")
    return traffic


def share_traffic(spec: Fields, predictors: tuple[Predictor, ...]) -> tuple[Predictor, ...]:
    """The predictors with their shares: arms sum to 100, a shadow that does not say how much it is shown is shown all.
    There is at most one shadow, and never alone."""
    shadows = [predictor for predictor in predictors if predictor.shadow]
    arms = [predictor for predictor in predictors if not predictor.shadow]
    place = spec.at("predictors")
    if not predictors:
        raise place.refusal("must have at least one predictor")
    if len(shadows) > 1:
        raise shadows[1].place.refusal(f"is a shadow, as '{shadows[0].name}' is already; there may be one")
    if not arms:
        raise shadows[0].place.refusal("is a shadow and the only predictor: nobody would answer")
    total = sum(arm.traffic for arm in arms)
    if total != 100 and (len(arms) > 1 or (total and not shadows)):
        shares = ", ".join(f"'{arm.name}' {arm.traffic}" for arm in arms)
        raise place.refusal(f"must have traffic that sums to 100 without shadows, got {total} ({shares})")
    if 0 < total < 100:
        spec.notes.append(f"{arms[0].place}.traffic: not heeded: it is the only predictor that answers")
    return tuple(replace(one, traffic=100) if _has_all(one, arms) else one for one in predictors)


def _has_all(predictor: Predictor, arms: Sequence[Predictor]) -> bool:
    return not predictor.traffic if predictor.shadow else len(arms) == 1


def check_engine(predictor: Predictor) -> None:
    """Without an engine nobody walks a graph."""
    if NO_ENGINE in predictor.annotations and sum(1 for _ in predictor.graph.walk()) > 1:
        raise predictor.place.refusal(f"has the annotation {NO_ENGINE}, which goes with a graph of one node only")


def check_transport(spec: Fields, endpoints: Sequence[tuple[str, Fields]], transport: str) -> Transport:
    """The one transport of all nodes; endpoints are the types that nodes name, and where."""
    first: str = transport.upper() or (endpoints[0][0] if endpoints else "REST")
    for kind, endpoint in endpoints:
        if kind != first:
            wanted = f"spec.transport is {transport}" if transport else f"another node's is {first}"
            raise endpoint.at("type").refusal(f"is {kind}, but {wanted}: nodes of one deployment have one type")
    return "grpc" if first == "GRPC" else "rest"


def check_kafka(orchestrator: Fields) -> None:
    """A Kafka server is told its topics."""
    names = {item.text("name") for item in orchestrator.items("env")}
    missing = [name for name in KAFKA if name not in names]
    if missing:
        raise orchestrator.at("env").refusal(f"must have {', '.join(missing)} when serverType is kafka")
