"""Units: the graph of a predictor, node by node, with Seldon's defaults and what its admission refuses of a node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from salver.graph.deployment import elsewhere, kinds
from salver.graph.deployment.fields import Fields
from salver.graph.deployment.origins import find_component, find_remote, nobody
from salver.graph.deployment.parameters import read_parameters
from salver.graph.deployment.spec import Container, Logger, Remote, Transport, Unit

MAX_DEPTH: Final = 50
"""Nodes one below the other."""
MAX_UNITS: Final = 500
"""Nodes of one graph."""
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Graph:
    """What the nodes of one graph share while they are read."""

    containers: Mapping[str, Container]
    transport: Transport
    folder: str
    """Of components."""
    lines: dict[str, int] = field(default_factory=dict)
    """Where each name stands that was read already."""

    def read(self, fields: Fields, depth: int = 1) -> Unit:
        """A node and all below it. Raises BadDeployment, or Unsupported for a server whose format is not known here."""
        name = self._name(fields, depth)
        implementation = fields.word("implementation", kinds.IMPLEMENTATIONS) or kinds.NO_IMPLEMENTATION
        unit_type, methods = _kind(fields, implementation)
        parameters = read_parameters(fields.items("parameters"))
        model_uri = fields.text("modelUri")
        logger = _logger(fields)
        component, remote = self._origin(fields, name, implementation, model_uri)
        children = tuple(self.read(child, depth + 1) for child in fields.items("children"))
        fields.leave(elsewhere.UNIT)
        return Unit(
            name,
            fields.place,
            kinds.hooks_of(unit_type, methods, implementation),
            unit_type,
            implementation,
            parameters,
            model_uri,
            component,
            remote,
            logger,
            self.containers.get(name),
            children,
        )

    def _name(self, fields: Fields, depth: int) -> str:
        name = name_of(fields)
        if depth > MAX_DEPTH:
            raise fields.place.refusal(f"the graph is deeper than {MAX_DEPTH} nodes")
        if name in self.lines:
            raise fields.at("name").refusal(f"a node '{name}' stands already in line {self.lines[name]}")
        if len(self.lines) == MAX_UNITS:
            raise fields.place.refusal(f"the graph has more than {MAX_UNITS} nodes")
        self.lines[name] = fields.at("name").line
        return name

    def _origin(
        self, fields: Fields, name: str, implementation: str, model_uri: str
    ) -> tuple[str | None, Remote | None]:
        container = self.containers.get(name)
        remote = find_remote(fields.inner("endpoint"), self.transport)
        if implementation in kinds.PREPACKAGED:
            _check_prepackaged(fields, implementation, model_uri)
        if implementation == kinds.NO_IMPLEMENTATION:
            component = find_component(container, self.folder, container.place if container else fields.place)
            if component is None and remote is None:
                raise nobody(name, container is not None, fields.place)
        else:
            component = None
        local = component is not None or implementation != kinds.NO_IMPLEMENTATION
        if remote is not None and local:
            fields.note("endpoint", "its service_host is not heeded: the node runs here")
        if model_uri and component is None and implementation not in kinds.PREPACKAGED:
            fields.note("modelUri", "not heeded: nothing that runs here would read it")
        return component, None if local else remote


def name_of(fields: Fields) -> str:
    """A name that is safe in paths, labels and messages."""
    name = fields.needed("name")
    if not _NAME.fullmatch(name):
        raise fields.at("name").refusal(f"must be letters, digits, dots, dashes and underscores, got {name!r:.60}")
    return name


def _kind(fields: Fields, implementation: str) -> tuple[str, tuple[str, ...]]:
    """Type and methods, with Seldon's defaults."""
    unit_type = fields.word("type", kinds.TYPES)
    methods = fields.words("methods", kinds.METHODS)
    if implementation in kinds.PREPACKAGED:
        if unit_type not in ("", "MODEL"):
            fields.note("type", f"not heeded: {implementation} is a MODEL")
        return "MODEL", methods
    if implementation in kinds.BUILT_IN:
        hooks = kinds.BUILT_IN[implementation]
        if unit_type and not hooks & kinds.TYPES[unit_type]:
            fields.note("type", f"not heeded: {implementation} decides what the node does")
        return unit_type or "UNKNOWN_TYPE", methods
    if unit_type == "UNKNOWN_TYPE" and not methods:
        raise fields.at("type").refusal("of UNKNOWN_TYPE must have methods, or the node would do nothing")
    if unit_type == "MODEL" and "TRANSFORM_INPUT" in methods:
        fields.note("methods", "TRANSFORM_INPUT is not heeded: a MODEL predicts instead")
    return unit_type or ("UNKNOWN_TYPE" if methods else "MODEL"), methods


def _logger(fields: Fields) -> Logger | None:
    if "logger" not in fields:
        return None
    inner = fields.inner("logger")
    mode, url = inner.word("mode", ("all", "request", "response")), inner.text("url")
    if not mode:
        raise inner.missing("mode")
    inner.leave({})
    return Logger(cast('Literal["all", "request", "response"]', mode), url)


def _check_prepackaged(fields: Fields, implementation: str, model_uri: str) -> None:
    if not model_uri and implementation not in kinds.URI_OPTIONAL:
        raise fields.missing("modelUri")
    if implementation != kinds.TENSORFLOW:
        raise fields.at("implementation").unsupported(f"{implementation} is not served yet: its format comes later")
