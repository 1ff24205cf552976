"""Containers of a predictor: what `componentSpecs` would have a cluster run, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from salver.graph.deployment import elsewhere
from salver.graph.deployment.fields import Fields
from salver.graph.deployment.spec import Container


def read_containers(components: list[Fields]) -> Mapping[str, Container]:
    """Of two with one name the first is a node's, as in Seldon."""
    found: dict[str, Container] = {}
    for component in components:
        pod = component.inner("spec")
        for item in pod.items("containers"):
            container = _read(item)
            if container.name in found:
                item.note("name", f"a container '{container.name:.60}' stands there before; this one is not heeded")
            found.setdefault(container.name, container)
        pod.leave(elsewhere.POD)
        component.leave(elsewhere.COMPONENT)
    return MappingProxyType(found)


def _read(item: Fields) -> Container:
    container = Container(item.needed("name"), item.place, item.text("image"), _env(item.items("env")))
    item.leave(elsewhere.CONTAINER)
    return container


def _env(items: list[Fields]) -> Mapping[str, str]:
    """Of two with one name the last holds, as in Kubernetes."""
    found: dict[str, str] = {}
    for item in items:
        name = item.needed("name")
        if "valueFrom" in item:
            item.drop(["valueFrom"])
            item.note("valueFrom", f"not heeded: {name:.60} would come from the cluster, and is not set")
        else:
            found[name] = item.text("value")
        item.leave({})
    return MappingProxyType(found)
