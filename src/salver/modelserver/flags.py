"""The flags of `tensorflow_model_server`, each once: name, default, what it does here or why it has no meaning here.

Not the grammar (that is `command_line.py`), and not what becomes of the values (`settings.py`).
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from salver.config import help_of

T = TypeVar("T")


class Group(enum.Enum):
    """What a flag is about; the order is that of the help."""

    MODELS = "Which models"
    PORTS = "Where it listens"
    LOADING = "How versions are found and loaded"
    BATCHING = "Batching"
    TENSORFLOW = "TensorFlow and LiteRT"
    REST = "What is answered"
    WATCHING = "Watching it"
    OWN = "This server's own"


class Width(enum.Enum):
    """How wide an integer flag is there."""

    INT32 = "int32"
    INT64 = "int64"


def _flag(default: T, group: Group, *, void: str = "", shown: str = "", width: Width = Width.INT32) -> T:
    """A flag's field. `void` says why it has no meaning here, `shown` how a default that depends on the machine is
    written."""
    metadata = {"group": group, "void": void, "shown": shown, "width": width}
    found: T = field(default=default, metadata=metadata)
    return found


def _processors() -> int:
    return len(os.sched_getaffinity(0))


_NO_THREAD_EACH: Final = "requests are answered by an event loop, not by a thread each; what waits takes no thread"


@dataclass(frozen=True, slots=True)
class Flags:
    """Every flag of the command line, with TensorFlow Serving's defaults."""

    port: int = _flag(8500, Group.PORTS)
    """TCP port for gRPC, on every IPv4 address; 0 for none. HTTP is answered there as well."""
    grpc_socket_path: str = _flag("", Group.PORTS)
    """Unix socket for gRPC; a socket that is there is replaced."""
    rest_api_port: int = _flag(0, Group.PORTS)
    """TCP port for the REST API, on every address; 0 for none. It must differ from --port. gRPC is answered there as
    well."""
    rest_api_num_threads: int = _flag(4 * _processors(), Group.PORTS, void=_NO_THREAD_EACH, shown="4 × CPUs")
    """Threads that answer REST."""
    rest_api_timeout_in_ms: int = _flag(30000, Group.REST)
    """Milliseconds a REST call may take before it is answered with 504; 0 or less for no limit."""
    rest_api_enable_cors_support: bool = _flag(False, Group.REST)
    """Whether answers allow any web page to read them."""
    enable_batching: bool = _flag(False, Group.BATCHING)
    """Whether requests that wait at the same time are run as one."""
    allow_version_labels_for_unavailable_models: bool = _flag(False, Group.MODELS)
    """Whether a reload may give a new label to a version that is not available yet. Labels of the first configuration
    may always: each answers once its version is available."""
    batching_parameters_file: str = _flag("", Group.BATCHING)
    """A text-format BatchingParameters. Only with --enable_batching."""
    enable_per_model_batching_parameters: bool = _flag(False, Group.BATCHING)
    """Whether each version is batched as its own `batching_params.pbtxt` says, and not at all without one. The number
    of batches that run at once is still --batching_parameters_file's."""
    model_config_file: str = _flag("", Group.MODELS)
    """A text-format ModelServerConfig with the models to serve. --model_name and --model_base_path are not heeded
    then."""
    model_config_file_poll_wait_seconds: int = _flag(0, Group.MODELS)
    """Seconds between two looks at --model_config_file; 0 for the one look at the start."""
    model_name: str = _flag("default", Group.MODELS)
    """The name of the model at --model_base_path."""
    model_base_path: str = _flag("", Group.MODELS)
    """The folder that holds the model's versions, each in a folder named by its number. An absolute path."""
    num_load_threads: int = _flag(0, Group.LOADING)
    """How many versions are loaded at the same time; 0 for one on each processor."""
    num_unload_threads: int = _flag(
        0, Group.LOADING, void="a version is unloaded beside the requests, and never holds up a load or another unload"
    )
    """Threads that unload versions."""
    max_num_load_retries: int = _flag(5, Group.LOADING)
    """How often a failed load is tried again before it is given up, till the version's files change."""
    load_retry_interval_micros: int = _flag(60_000_000, Group.LOADING, width=Width.INT64)
    """Microseconds between two tries to load a version; less than 0 for none."""
    file_system_poll_wait_seconds: int = _flag(1, Group.LOADING)
    """Seconds between two looks for versions; 0 for the looks at the start only. Less than 0 never looks, so nothing is
    ever served: it is there for tests."""
    flush_filesystem_caches: bool = _flag(
        True, Group.LOADING, void="the system's cache of files gives way by itself to whatever needs the memory"
    )
    """Whether model files are dropped from the system's cache after a load."""
    tensorflow_session_parallelism: int = _flag(0, Group.TENSORFLOW, width=Width.INT64)
    """Threads of a TensorFlow session, within an operation and between operations; 0 lets TensorFlow choose."""
    tensorflow_session_config_file: str = _flag("", Group.TENSORFLOW)
    """A text-format ConfigProto for TensorFlow's sessions; the parallelism flags win over what it says."""
    tensorflow_intra_op_parallelism: int = _flag(0, Group.TENSORFLOW, width=Width.INT64)
    """Threads within one TensorFlow operation; 0 lets TensorFlow choose."""
    tensorflow_inter_op_parallelism: int = _flag(0, Group.TENSORFLOW, width=Width.INT64)
    """TensorFlow operations that run at the same time; 0 lets TensorFlow choose."""
    use_alts_credentials: bool = _flag(False, Group.PORTS)
    """Google's own transport security between its own machines. It is not to be had here: with it the server refuses
    to start rather than serve without protection. --ssl_config_file gives TLS."""
    ssl_config_file: str = _flag("", Group.PORTS)
    """A text-format SSLConfig with key and certificates as PEM text: TLS, or mutual TLS, on --port and on
    --grpc_socket_path."""
    platform_config_file: str = _flag("", Group.TENSORFLOW)
    """A text-format PlatformConfigMap, in place of the flags for batching, warm-up, tags, LiteRT and TensorFlow's
    threads."""
    per_process_gpu_memory_fraction: float = _flag(0.0, Group.TENSORFLOW)
    """The share of a GPU's memory that TensorFlow takes, from 0 to 1; 0 lets TensorFlow choose."""
    saved_model_tags: str = _flag("serve", Group.TENSORFLOW)
    """The tags, separated by commas, of the graph that is loaded from a SavedModel."""
    grpc_channel_arguments: str = _flag("", Group.PORTS)
    """gRPC's own settings, as `name=value,name=value`. Heeded are `grpc.max_concurrent_streams`,
    `grpc.max_connection_idle_ms` and `grpc.max_receive_message_length`; the others are passed over."""
    grpc_max_threads: int = _flag(4 * _processors(), Group.PORTS, void=_NO_THREAD_EACH, shown="4 × CPUs")
    """Threads that answer gRPC."""
    enable_model_warmup: bool = _flag(True, Group.LOADING)
    """Whether a version answers the requests in its `assets.extra/tf_serving_warmup_requests` before it is made
    available."""
    num_request_iterations_for_warmup: int = _flag(0, Group.LOADING)
    """How often each of those requests is run; 0 for once."""
    version: bool = _flag(False, Group.OWN)
    """Prints the versions, and does nothing else."""
    monitoring_config_file: str = _flag("", Group.WATCHING)
    """A text-format MonitoringConfig: the path at which --rest_api_port serves TensorFlow Serving's metrics to
    Prometheus."""
    remove_unused_fields_from_bundle_metagraph: bool = _flag(
        True, Group.TENSORFLOW, void="of a SavedModel only the session and the signatures are kept in any case"
    )
    """Whether the parts of a graph's description that nobody reads are dropped after the load."""
    prefer_tflite_model: bool = _flag(False, Group.TENSORFLOW)
    """Whether a version's `model.tflite` is served where there is one, in place of its SavedModel."""
    num_tflite_pools: int = _flag(_processors(), Group.TENSORFLOW, shown="CPUs")
    """Pools of LiteRT interpreters for each model: as many interpreters are kept ready as all pools hold together."""
    num_tflite_interpreters_per_pool: int = _flag(1, Group.TENSORFLOW)
    """LiteRT interpreters in each pool."""
    enable_signature_method_name_check: bool = _flag(False, Group.REST)
    """Whether Classify and Regress are answered only by signatures that say they are for it."""
    xla_cpu_compilation_enabled: bool = _flag(
        False, Group.TENSORFLOW, void="TensorFlow compiles what a model marks for it, and nothing else"
    )
    """XLA compilation for CPUs."""
    xla_gpu_compilation_enabled: bool = _flag(
        False, Group.TENSORFLOW, void="TensorFlow compiles what a model marks for it, and nothing else"
    )
    """XLA compilation for GPUs."""
    enable_profiler: bool = _flag(True, Group.WATCHING)
    """Whether TensorBoard can take a profile over gRPC (`tensorflow.ProfilerService`)."""
    thread_pool_factory_config_file: str = _flag(
        "", Group.TENSORFLOW, void="it names C++ classes that are linked into TensorFlow Serving"
    )
    """A text-format ThreadPoolConfig."""
    mixed_precision: str = _flag("", Group.TENSORFLOW, void="models are run in the precision they were saved with")
    """`bfloat16` has TensorFlow compute in half precision where it may."""
    skip_initialize_tpu: bool = _flag(False, Group.TENSORFLOW, void="no TPU is initialised here")
    """Whether TPUs are left alone at the start."""
    enable_grpc_healthcheck_service: bool = _flag(False, Group.WATCHING, void="gRPC's health service is always there")
    """Whether gRPC's standard health service is served."""
    enable_serialization_as_tensor_content: bool = _flag(False, Group.REST)
    """Whether gRPC answers carry tensors as `tensor_content`, in place of the typed fields such as `float_val`."""

    serve_available_models: bool = _flag(False, Group.OWN)
    """Opens the ports at once and serves whatever is available, while other models still load or have failed. Without
    it the ports open when every model is available, and one that fails for good ends the server, as TensorFlow
    Serving does it."""
    transition: str = _flag("keep_serving", Group.OWN)
    """`keep_serving` loads a new version before the old one leaves, `save_memory` after it."""
    drain_timeout_seconds: float = _flag(30.0, Group.OWN)
    """Seconds that requests in flight get to finish after SIGTERM."""
    rest_ssl_config_file: str = _flag("", Group.OWN)
    """A text-format SSLConfig for --rest_api_port, which TensorFlow Serving serves without TLS only."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One row of the table."""

    name: str
    kind: str
    """`int32`, `int64`, `float`, `bool` or `string`."""
    default: Any
    group: Group
    help: str
    void: str
    """Why it has no meaning here; empty when it has."""
    shown: str
    """The default as people read it."""

    @property
    def is_own(self) -> bool:
        """Whether TensorFlow Serving does not know it."""
        return self.group is Group.OWN and self.name != "version"


@cache
def table() -> dict[str, Flag]:
    """Every flag by name, in TensorFlow Serving's order, this server's own last."""
    hints, helps = get_type_hints(Flags), help_of(Flags)
    return {one.name: _row(one.name, hints[one.name], one.default, one.metadata, helps) for one in fields(Flags)}


def _row(name: str, hint: type[Any], default: Any, metadata: Any, helps: dict[str, str]) -> Flag:
    kind = {str: "string", bool: "bool", float: "float"}.get(hint) or metadata["width"].value
    written = f'"{default}"' if kind == "string" else str(default).lower()
    return Flag(
        name, kind, default, metadata["group"], " ".join(helps[name].split()), metadata["void"],
        metadata["shown"] or written,
    )  # fmt: skip
