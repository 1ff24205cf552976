"""From options to objects: the only file that knows every room."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from salver.assembly.absent import Absent
from salver.assembly.loading import Adopt, Loaders
from salver.assembly.specs import ANY_PLATFORM, Configurator, Platforms, spec_of
from salver.assembly.tidy import Tidy
from salver.assembly.watched import GRPC, REST, Watched
from salver.core.calls import State
from salver.dispatch import Dispatch
from salver.formats import tensorflow_profile
from salver.lifecycle.hosted import Change, OnChange
from salver.lifecycle.manager import Manager
from salver.lifecycle.sources.folder import ModelsFolder
from salver.lifecycle.watch import Discovery
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.catalogue import AVAILABLE, LOAD_SECONDS
from salver.observe.metrics import Metrics
from salver.observe.monitor import Monitor
from salver.opening.place import recognises
from salver.options import ModelOptions, ServerOptions
from salver.protocols import profiler, table
from salver.protocols.grpc_table import methods, protocols
from salver.protocols.http import HttpResponse
from salver.protocols.rpc import GrpcProtocol
from salver.protocols.tfserving import rest
from salver.protocols.tfserving.grpc import protocol as tf_serving
from salver.transports.exchange import Exchange
from salver.transports.grpc_exchange import GrpcExchange

_log: Final = logging.getLogger("salver")


@dataclass(frozen=True, slots=True)
class Server:
    """The objects of one serving process, joined but not started."""

    manager: Manager
    wishes: WishesFile
    dispatch: Dispatch
    exchange: Exchange
    grpc: GrpcExchange
    loaders: Loaders


def bare(name: str, path: str) -> ModelOptions:
    """Every option as it is by default."""
    return ModelOptions(path)


def build(
    options: ServerOptions,
    wishes: WishesFile,
    metrics: Metrics,
    adopt: Adopt = bare,
    platforms: Platforms = ANY_PLATFORM,
) -> Server:
    """The server that these options describe. Nothing runs yet."""
    tidy = Tidy(lambda: dispatch.activity)
    monitor = None if options.monitoring_path is None else Monitor(metrics)
    specs = {name: spec_of(model) for name, model in options.models.items()}
    loaders = Loaders(options, adopt, tidy, monitor, wishes.path.parent)
    manager = Manager(
        specs,
        loaders.make,
        discovery=None if options.folder is None else _discovery(options.folder, adopt),
        options=options.lifecycle,
        on_change=_observer(metrics, tidy, monitor),
        keep=wishes.keep,
    )
    # Only this process would hear of it: several would serve different models.
    configure = Configurator(manager, options.models, specs, adopt, platforms) if options.workers == 1 else None
    dispatch = Dispatch(
        manager,
        metrics,
        configure,
        monitor.publish if monitor else lambda: None,
        tensorflow_profile.profile if options.profiler else None,
    )
    exchange = Exchange(
        _corridor(dispatch, options, monitor, REST),
        cors=options.cors,
        max_body_bytes=options.limits.max_body_bytes,
        timeout_s=options.http_timeout_s,
        pages=_pages(options.monitoring_path, monitor),
        find=table.finder(table.protocols(rest.protocol(method_check=options.method_check))),
    )
    grpc = GrpcExchange(
        _corridor(dispatch, options, monitor, GRPC),
        methods(_grpc_protocols(options)),
        max_message_bytes=options.limits.max_body_bytes,
    )
    return Server(manager, wishes, dispatch, exchange, grpc, loaders)


def _corridor(
    dispatch: Dispatch, options: ServerOptions, monitor: Monitor | None, entrypoint: str
) -> Callable[[Any], Coroutine[Any, Any, Any]]:
    """The way of a call, as those who come in by this entrypoint find it."""
    ask: Callable[[Any], Coroutine[Any, Any, Any]] = Watched(dispatch, monitor, entrypoint) if monitor else dispatch
    return Absent(ask) if options.absent_unless_live else ask


def _grpc_protocols(options: ServerOptions) -> tuple[GrpcProtocol, ...]:
    serving = tf_serving(tensor_content=options.tensor_content, method_check=options.method_check)
    return protocols(serving, *([profiler.PROTOCOL] if options.profiler else []))


def _discovery(folder: str, adopt: Adopt) -> Discovery:
    return Discovery(ModelsFolder(folder, recognises), lambda name, path: spec_of(adopt(name, path)))


def _pages(path: str | None, monitor: Monitor | None) -> Mapping[bytes, Callable[[], HttpResponse]]:
    if path is None or monitor is None:
        return {}
    return {path.encode(): lambda: HttpResponse(200, monitor.render().encode(), b"text/plain")}


def _observer(metrics: Metrics, tidy: Tidy, monitor: Monitor | None) -> OnChange:
    def on_change(change: Change) -> None:
        labels = (change.model, str(change.instance.version))
        metrics.gauge(AVAILABLE, *labels).set(float(change.state is State.AVAILABLE))
        if change.state is State.AVAILABLE and change.load_s is not None:
            metrics.gauge(LOAD_SECONDS, *labels).set(change.load_s)
            _log.info("model %s version %s is available after %.0f ms", *labels, change.load_s * 1000)
        elif change.error:
            _log.warning("model %s version %s failed: %s", *labels, change.error)
        else:
            _log.debug("model %s version %s: %s", *labels, change.state.value)
        if monitor and (change.state is State.AVAILABLE or change.error):
            monitor.loaded(change.path, change.load_s if change.state is State.AVAILABLE else None)
        if change.state is State.AVAILABLE:
            tidy.loaded((change.model, change.instance))
        elif change.state is State.END:
            tidy.ended((change.model, change.instance))

    return on_change
