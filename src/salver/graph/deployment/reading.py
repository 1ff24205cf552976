"""`read_deployment`: the text of a SeldonDeployment becomes a `Deployment`, or is refused with line and reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from salver.graph.deployment import admission, elsewhere
from salver.graph.deployment.containers import read_containers
from salver.graph.deployment.document import find_deployment
from salver.graph.deployment.fields import Fields
from salver.graph.deployment.place import Place
from salver.graph.deployment.spec import Deployment, Predictor, Protocol, Transport
from salver.graph.deployment.units import Graph, name_of

VERSIONS: Final = tuple(f"machinelearning.seldon.io/{version}" for version in ("v1", "v1alpha2", "v1alpha3"))
_PROTOCOLS: Final[dict[str, Protocol]] = {
    "": "seldon",
    "seldon": "seldon",
    "tensorflow": "tensorflow",
    "kfserving": "v2",
    "v2": "v2",
}
_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NAMESPACE: Final = re.compile(_LABEL)


def read_deployment(text: str, source: str, components: str = "") -> Deployment:
    """The deployment that a YAML or JSON text describes.

    `source` is what the text is called in messages, usually its file. `components` is the folder of the users' classes;
    by default that of `source`. Nothing is opened: files and URIs are only named.
    Raises BadDeployment (a BadInput) for what Seldon's admission refuses and for what nobody would answer, Unsupported
    for a prepackaged server whose format is not known here.
    """
    notes: list[str] = []
    node = find_deployment(text, source, notes)
    document = Fields(node, Place(source, node.start_mark.line + 1), notes)
    if document.text("apiVersion") not in VERSIONS:
        got = document.text("apiVersion")
        raise document.at("apiVersion").refusal(f"must be one of {', '.join(VERSIONS)}, got {got!r:.80}")
    document.drop(["kind"])
    metadata, spec = document.inner("metadata"), document.inner("spec")
    document.leave(elsewhere.DOCUMENT)
    return _deployment(metadata, spec, components or str(PurePosixPath(source).parent))


def _deployment(metadata: Fields, spec: Fields, folder: str) -> Deployment:
    name, namespace, labels = _name(metadata, spec), _namespace(metadata), metadata.texts("labels")
    _metadata_annotations(metadata)
    metadata.leave(elsewhere.METADATA)
    annotations = elsewhere.read_annotations(spec)
    tuning = elsewhere.read_tuning(spec, annotations)
    protocol = _PROTOCOLS[spec.word("protocol", tuple(filter(None, _PROTOCOLS)))]
    items = spec.items("predictors")
    if len(items) > admission.MAX_PREDICTORS:
        raise spec.at("predictors").refusal(f"must be {admission.MAX_PREDICTORS} at most, got {len(items)}")
    transport = admission.check_transport(spec, _endpoints(items), spec.word("transport", ("rest", "grpc")))
    kafka = spec.word("serverType", ("rpc", "kafka")) == "kafka"
    if kafka:
        spec.note("serverType", "not heeded: requests come by HTTP and gRPC, never from Kafka")
    predictors = tuple(_predictor(item, transport, folder, kafka) for item in items)
    spec.leave(elsewhere.SPEC)
    admission.check_names(predictors)
    predictors = admission.share_traffic(spec, predictors)
    return Deployment(
        name,
        predictors,
        namespace,
        protocol,
        transport,
        MappingProxyType(labels),
        MappingProxyType(annotations),
        tuning,
        tuple(spec.notes),
    )


def _name(metadata: Fields, spec: Fields) -> str:
    old = spec.text("name")
    name = metadata.text("name") or old
    where = metadata if "name" in metadata else spec
    if not name:
        raise metadata.missing("name")
    if not _NAME.fullmatch(name):
        raise where.at("name").refusal(f"must be small letters, digits, dashes and dots, got {name!r:.60}")
    if old and old != name:
        spec.note("name", f"not heeded: metadata.name, '{name:.60}', wins")
    return name


def _namespace(metadata: Fields) -> str:
    namespace = metadata.text("namespace") or "default"
    if not _NAMESPACE.fullmatch(namespace):
        raise metadata.at("namespace").refusal(f"must be small letters, digits and dashes, got {namespace!r:.60}")
    return namespace


def _metadata_annotations(metadata: Fields) -> None:
    """Seldon reads its own from `spec` alone."""
    inner = metadata.inner("annotations")
    for name in metadata.texts("annotations"):
        if name.startswith("seldon.io/"):
            inner.note(name, "not heeded here, as in Seldon: it must stand in spec.annotations")


def _predictor(item: Fields, transport: Transport, folder: str, kafka: bool) -> Predictor:
    name, shadow = name_of(item), item.flag("shadow")
    labels = {"version": name} | item.texts("labels")
    annotations = elsewhere.read_annotations(item)
    orchestrator = item.inner("svcOrchSpec")
    if kafka:
        admission.check_kafka(orchestrator)
        orchestrator.drop(["env"])
    else:
        orchestrator.leave(elsewhere.ORCHESTRATOR)
    containers = read_containers(item.items("componentSpecs"))
    if "graph" not in item:
        raise item.missing("graph")
    graph = Graph(containers, transport, folder).read(item.inner("graph"))
    traffic = admission.read_traffic(item)
    item.leave(elsewhere.PREDICTOR)
    predictor = Predictor(
        name,
        graph,
        item.place,
        traffic,
        shadow,
        MappingProxyType(labels),
        MappingProxyType(annotations),
        containers,
    )
    admission.check_engine(predictor)
    return predictor


def _endpoints(predictors: list[Fields]) -> list[tuple[str, Fields]]:
    """The types that nodes name, and where."""
    return [found for predictor in predictors for found in _endpoints_below(predictor.inner("graph"))]


def _endpoints_below(unit: Fields) -> Iterator[tuple[str, Fields]]:
    endpoint = unit.inner("endpoint")
    kind = endpoint.word("type", ("REST", "GRPC"))
    if kind:
        yield kind, endpoint
    for child in unit.items("children"):
        yield from _endpoints_below(child)
