"""Origins: what answers for a unit on one machine, where a cluster would run an image."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from salver.graph.deployment.fields import Fields
from salver.graph.deployment.place import Place
from salver.graph.deployment.spec import Container, Remote, Transport

COMPONENT: Final = "SALVER_COMPONENT"
"""Variable of a container: the file and the class, `code/Model.py:Model`, below the folder of components."""
MODEL_NAME: Final = "MODEL_NAME"
"""Variable that Seldon's own images have: the class, which stands in a file of its name."""
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]{2,45}\]")
_PORTS: Final = {"REST": "httpPort", "GRPC": "grpcPort"}


def find_component(container: Container | None, folder: str, place: Place) -> str | None:
    """The user's class that the container's variables name, or None. Never a path outside the folder."""
    env = {} if container is None else container.env
    if COMPONENT in env:
        return _component(env[COMPONENT], folder, place)
    if MODEL_NAME in env:
        *modules, name = env[MODEL_NAME].split(".")
        if not all(part.isidentifier() for part in (*modules, name)):
            raise place.refusal(
                f"{MODEL_NAME} must be the name of a class, or module.Class, got {env[MODEL_NAME]!r:.60}"
            )
        return f"{PurePosixPath(folder, *(modules or [name]))}.py:{name}"
    return None


def find_remote(endpoint: Fields, transport: Transport) -> Remote | None:
    """Where the node runs already, or None where the document does not say."""
    kind = endpoint.word("type", _PORTS) or {"rest": "REST", "grpc": "GRPC"}[transport]
    host = endpoint.text("service_host")
    ports = {key: endpoint.integer(key) for key in ("service_port", *_PORTS.values())}
    endpoint.leave({})
    if not host:
        return None
    if not _HOST.fullmatch(host):
        raise endpoint.at("service_host").refusal(f"must be a host's name or address, got {host!r:.60}")
    key = _PORTS[kind] if ports[_PORTS[kind]] else "service_port"
    port = ports[key]
    if not port:
        raise endpoint.missing(key)
    if not 0 < port < 65536:
        raise endpoint.at(key).refusal(f"must be a port from 1 to 65535, got {port}")
    return Remote(host, port, "GRPC" if kind == "GRPC" else "REST")


def nobody(name: str, has_container: bool, place: Place) -> Exception:
    """To raise when nothing answers for a unit."""
    if not has_container:
        return place.refusal(
            f"the node '{name:.60}' has no container in componentSpecs, no implementation and no endpoint: "
            "nothing would answer for it"
        )
    return place.refusal(
        f"the image of the node '{name:.60}' cannot run on one machine. Name its class in the container's env "
        f"({MODEL_NAME}: Model for Model.py beside this file, or {COMPONENT}: path/Model.py:Model), "
        "or where it runs already, by endpoint: {service_host, service_port, type}"
    )


def _component(named: str, folder: str, place: Place) -> str:
    path, _, name = named.rpartition(":")
    parts = PurePosixPath(path).parts
    if not name.isidentifier() or not path.endswith(".py") or "\\" in path:
        raise place.refusal(f"{COMPONENT} must be like path/Model.py:Model, got {named!r:.60}")
    if ".." in parts or parts[0] == "/":
        raise place.refusal(f"{COMPONENT} must stay below the folder of components, got {named!r:.60}")
    return f"{PurePosixPath(folder, *parts)}:{name}"
