"""The table of flags against TensorFlow Serving's own: names, types and defaults as its `--help` shows them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from salver.modelserver.flags import Flag, Group, table

CPUS = len(os.sched_getaffinity(0))
THEIRS = {
    "port": ("int32", 8500),
    "grpc_socket_path": ("string", ""),
    "rest_api_port": ("int32", 0),
    "rest_api_num_threads": ("int32", 4 * CPUS),
    "rest_api_timeout_in_ms": ("int32", 30000),
    "rest_api_enable_cors_support": ("bool", False),
    "enable_batching": ("bool", False),
    "allow_version_labels_for_unavailable_models": ("bool", False),
    "batching_parameters_file": ("string", ""),
    "enable_per_model_batching_parameters": ("bool", False),
    "model_config_file": ("string", ""),
    "model_config_file_poll_wait_seconds": ("int32", 0),
    "model_name": ("string", "default"),
    "model_base_path": ("string", ""),
    "num_load_threads": ("int32", 0),
    "num_unload_threads": ("int32", 0),
    "max_num_load_retries": ("int32", 5),
    "load_retry_interval_micros": ("int64", 60_000_000),
    "file_system_poll_wait_seconds": ("int32", 1),
    "flush_filesystem_caches": ("bool", True),
    "tensorflow_session_parallelism": ("int64", 0),
    "tensorflow_session_config_file": ("string", ""),
    "tensorflow_intra_op_parallelism": ("int64", 0),
    "tensorflow_inter_op_parallelism": ("int64", 0),
    "use_alts_credentials": ("bool", False),
    "ssl_config_file": ("string", ""),
    "platform_config_file": ("string", ""),
    "per_process_gpu_memory_fraction": ("float", 0.0),
    "saved_model_tags": ("string", "serve"),
    "grpc_channel_arguments": ("string", ""),
    "grpc_max_threads": ("int32", 4 * CPUS),
    "enable_model_warmup": ("bool", True),
    "num_request_iterations_for_warmup": ("int32", 0),
    "version": ("bool", False),
    "monitoring_config_file": ("string", ""),
    "remove_unused_fields_from_bundle_metagraph": ("bool", True),
    "prefer_tflite_model": ("bool", False),
    "num_tflite_pools": ("int32", CPUS),
    "num_tflite_interpreters_per_pool": ("int32", 1),
    "enable_signature_method_name_check": ("bool", False),
    "xla_cpu_compilation_enabled": ("bool", False),
    "xla_gpu_compilation_enabled": ("bool", False),
    "enable_profiler": ("bool", True),
    "thread_pool_factory_config_file": ("string", ""),
    "mixed_precision": ("string", ""),
    "skip_initialize_tpu": ("bool", False),
    "enable_grpc_healthcheck_service": ("bool", False),
    "enable_serialization_as_tensor_content": ("bool", False),
}
PAGE = Path(__file__).parents[2] / "docs" / "tensorflow-model-server.md"


def test_every_flag_of_theirs_is_there_with_its_type_and_default() -> None:
    ours = {name: (flag.kind, flag.default) for name, flag in table().items() if not flag.is_own}
    assert len(THEIRS) == 48
    assert ours == THEIRS


def test_own_flags_change_nothing_by_default() -> None:
    assert {name: flag.default for name, flag in table().items() if flag.is_own} == {
        "serve_available_models": False,
        "transition": "keep_serving",
        "drain_timeout_seconds": 30.0,
        "rest_ssl_config_file": "",
    }


@pytest.mark.parametrize("flag", table().values(), ids=lambda flag: flag.name)
def test_every_flag_is_explained(flag: Flag) -> None:
    assert flag.help.endswith(".")
    assert not flag.void.endswith(".")
    assert isinstance(flag.group, Group)


@pytest.mark.parametrize("flag", table().values(), ids=lambda flag: flag.name)
def test_the_page_says_of_every_flag_what_the_code_says(flag: Flag) -> None:
    why = f" No meaning here: {flag.void}." if flag.void else ""
    assert f"| `--{flag.name}` | {flag.kind} | `{flag.shown}` | {flag.help}{why} |" in PAGE.read_text()
