"""What a server says when it has started: models, addresses, and a command to paste."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace

from salver.cli.style import bold, faint, table
from salver.core.calls import ModelDescription, State, VersionDescription
from salver.core.signature import Signature, principal
from salver.examples import curl_for
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol
from salver.protocols.seldon.rest import PROTOCOL as SELDON
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING
from salver.server import Serving
from salver.transports.endpoints import Tcp, Unix
from salver.version import __version__


def render(serving: Serving) -> str:
    """The banner's text."""
    processes = "1 process" if serving.workers == 1 else f"{serving.workers} processes"
    places = _listed([_place(address) for address in serving.addresses])
    parts = [f"{bold('Salver', sys.stdout)} {__version__} on {bold(places, sys.stdout)}, {processes}", _models(serving)]
    if not serving.readiness.ready:
        parts.append(f"Not ready: {serving.readiness.reason}")
    unloaded = [model.model for model in serving.models.models if not model.wanted]
    url = _url(serving.addresses)
    if unloaded:
        parts.append(_kept_out(unloaded, url))
    if url is not None:
        parts.append(_try(serving, url))
        parts.append(f"Docs     {url}/docs\nMetrics  {url}/metrics\n{faint('Ctrl-C drains and stops.', sys.stdout)}")
    return "\n" + "\n\n".join(part for part in parts if part) + "\n"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _place(address: Tcp | Unix) -> str:
    """An address a client can use: the loopback one where the server listens on all."""
    if isinstance(address, Unix):
        return str(address)
    host = {"::": "127.0.0.1", "0.0.0.0": "127.0.0.1"}.get(address.host, address.host)  # noqa: S104
    return str(replace(address, host=host))


def _url(addresses: tuple[Tcp | Unix, ...]) -> str | None:
    """Where to try it: best without TLS, which asks for more than an address."""
    ports = sorted((one for one in addresses if isinstance(one, Tcp)), key=lambda port: port.tls is not None)
    return _place(ports[0]) if ports else None


def _models(serving: Serving) -> str:
    rows: list[tuple[str, ...]] = [("MODEL", "VERSION", "STATE", "FORMAT", "LOADED IN")]
    for model in serving.models.models:
        rows += [_row(model, version) for version in model.versions]
        if not model.versions:
            rows.append((model.model, "-", "unloaded" if not model.wanted else "-", "-", model.error))
    return table([tuple(f"  {cell}" if i == 0 else cell for i, cell in enumerate(row)) for row in rows])


def _row(model: ModelDescription, version: VersionDescription) -> tuple[str, ...]:
    took = version.error or ("-" if version.load_s is None else f"{version.load_s * 1000:.0f} ms")
    return model.model, str(version.version), version.state.value, version.format or "-", took


def _kept_out(models: list[str], url: str | None) -> str:
    """Wishes of a former run are in force: nobody shall have to guess why a model is not there."""
    at = "" if url in (None, "http://127.0.0.1:8501") else f" --url {url}"
    asked = f"{', '.join(models)}: unloaded, as was asked through the admin API. To load one again:"
    return "\n".join([asked, *(f"  salver models load {shlex.quote(model)}{at}" for model in models[:5])])


def _protocol(signature: Signature) -> HttpProtocol:
    """Seldon's where there is no signature, else TensorFlow Serving's; but its JSON has no half-precision floats."""
    if signature.open:
        return SELDON
    halves = any(spec.dtype in ("FP16", "BF16") for spec in signature.inputs.values())
    return OPEN_INFERENCE if halves else TF_SERVING


def _try(serving: Serving, url: str) -> str:
    for model in serving.models.models:
        for version in model.versions:
            if version.state is State.AVAILABLE:
                protocol = _protocol(principal(version.signatures)[1])
                return f"Try it:\n\n  {curl_for(protocol, model.model, version.signatures, url, version.path)}"
    return ""
