"""From a command line to a server: what the flags and the files they name come to."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Final

from salver.core.errors import BadInput, Unsupported
from salver.lifecycle.options import LifecycleOptions
from salver.modelserver.flags import Flags
from salver.modelserver.grpc_arguments import limits_of
from salver.modelserver.models import ModelConfigs, read_model_configs, single
from salver.modelserver.platforms import ANY_PATH, Platforms, platforms_of
from salver.modelserver.text_files import read_text_file
from salver.options import ModelOptions, ServerOptions
from salver.protocols.tfserving.model_config import PLATFORM
from salver.transports.tls import Pem, context_of

PROMETHEUS_PATH: Final = "/monitoring/prometheus/metrics"
"""Where metrics are when the monitoring file names no path."""

_SSL: Final = "tensorflow.serving.SSLConfig"
_MONITORING: Final = "tensorflow.serving.MonitoringConfig"
_MAX_PORT: Final = 65535
_log: Final = logging.getLogger("salver")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the model server needs to know."""

    flags: Flags
    options: ServerOptions
    platforms: Platforms
    models: ModelConfigs
    grpc_tls: Pem | None
    rest_tls: Pem | None
    rest_port: int
    """0 for none."""

    def common(self, platform: str | None) -> ModelOptions:
        """What holds for a model of that platform, or of one that is not known, that has no options of its own."""
        return self.platforms.common.get(platform or PLATFORM) or ModelOptions(ANY_PATH)


def settings_of(flags: Flags) -> Settings:
    """What the flags come to. Raises NotFound, BadInput or Unsupported, with TensorFlow Serving's words."""
    _check(flags)
    platforms = platforms_of(flags)
    models = _models(flags, platforms)
    return Settings(
        flags=flags,
        options=_server(flags, platforms, models),
        platforms=platforms,
        models=models,
        grpc_tls=_tls(flags.ssl_config_file),
        rest_tls=_tls(flags.rest_ssl_config_file),
        rest_port=0 if flags.rest_api_port == flags.port else flags.rest_api_port,
    )


def read_models(settings: Settings) -> ModelConfigs | None:
    """What the configuration file says now; None when it is empty. Raises as `read_model_configs` does."""
    return read_model_configs(settings.flags.model_config_file, frozenset(settings.platforms.common))


def _check(flags: Flags) -> None:
    if flags.port == 0 and not flags.grpc_socket_path:
        raise BadInput("At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.")
    if not flags.model_base_path and not flags.model_config_file:
        raise BadInput("Both server_options.model_base_path and server_options.model_config_file are empty!")
    if flags.use_alts_credentials and flags.ssl_config_file:
        raise BadInput("server_options.use_alts_credentials and server_options.ssl_config_file exclude each other.")
    if flags.use_alts_credentials:
        raise Unsupported("ALTS is not to be had here; --ssl_config_file gives TLS.")
    for name in ("port", "rest_api_port"):
        if not 0 <= getattr(flags, name) <= _MAX_PORT:
            raise BadInput(f"{name} must lie between 0 and {_MAX_PORT}, got {getattr(flags, name)}")


def _models(flags: Flags, platforms: Platforms) -> ModelConfigs:
    known = frozenset(platforms.common)
    if not flags.model_config_file:
        _log.info(
            "Building single TensorFlow model file config:  model_name: %s model_base_path: %s",
            flags.model_name,
            flags.model_base_path,
        )
        return single(flags.model_name, flags.model_base_path, known)
    found = read_model_configs(flags.model_config_file, known)
    if found is None:
        _log.info("Taking no action for empty config.")
    return found or ModelConfigs(())


def _server(flags: Flags, platforms: Platforms, models: ModelConfigs) -> ServerOptions:
    retry_s = max(flags.load_retry_interval_micros, 0) / 1e6
    lifecycle = LifecycleOptions(
        poll_interval_s=float(max(flags.file_system_poll_wait_seconds, 0)),
        max_load_retries=max(flags.max_num_load_retries, 0),
        retry_interval_s=retry_s,
        max_retry_interval_s=retry_s,
        load_parallelism=flags.num_load_threads if flags.num_load_threads > 0 else len(os.sched_getaffinity(0)),
        drain_timeout_s=flags.drain_timeout_seconds,
        allow_labels_for_unavailable=flags.allow_version_labels_for_unavailable_models,
    )
    limits, http2 = limits_of(flags.grpc_channel_arguments)
    return ServerOptions(
        models=models.options(platforms.common),
        limits=limits,
        http2=http2,
        monitoring_path=_metrics_path(flags.monitoring_config_file),
        tensor_content=flags.enable_serialization_as_tensor_content,
        absent_unless_live=True,
        method_check=flags.enable_signature_method_name_check,
        profiler=flags.enable_profiler,
        cors=flags.rest_api_enable_cors_support,
        http_timeout_s=max(flags.rest_api_timeout_in_ms, 0) / 1000,
        batch_slots=platforms.batch_slots,
        batch_pool=platforms.batch_pool,
        drain_timeout_s=flags.drain_timeout_seconds,
        lifecycle=lifecycle,
    )


def _tls(path: str) -> Pem | None:
    if not path:
        return None
    config = read_text_file(path, _SSL)
    if not config.server_key or not config.server_cert:
        raise BadInput(f"{path} must hold a server_key and a server_cert")
    identity = Pem(config.server_cert, config.server_key, config.custom_ca, config.client_verify)
    context_of(identity)  # Refuses what is no certificate now, and not when the models are loaded.
    return identity


def _metrics_path(path: str) -> str | None:
    if not path:
        return None
    config = read_text_file(path, _MONITORING).prometheus_config
    return (config.path or PROMETHEUS_PATH) if config.enable else None
