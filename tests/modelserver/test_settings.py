"""What flags, and the files they name, come to: TensorFlow Serving's rules for which wins and what is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from salver.core.errors import BadInput, Fault, NotFound, Unsupported
from salver.formats.tflite_options import TfliteOptions
from salver.layers.batch import Batch
from salver.modelserver.command_line import parse
from salver.modelserver.settings import Settings, settings_of
from salver.options import ModelOptions
from salver.replay import ReplayOptions

MODEL = ("--model_base_path=/models/m",)
PLATFORM = """
platform_configs {
  key: "%s"
  value {
    source_adapter_config {
      [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
        legacy_config {
          saved_model_tags: "serve"
          enable_model_warmup: true
          model_warmup_options { num_request_iterations { value: 3 } }
          batching_parameters { max_batch_size { value: 8 } num_batch_threads { value: 5 } }
        }
      }
    }
  }
}
"""


def plain(path: str) -> ModelOptions:
    """What a model is without a word about it: a SavedModel, or with as many interpreters as there are processors."""
    interpreters = len(os.sched_getaffinity(0))
    return ModelOptions(path, tflite=TfliteOptions(interpreters=interpreters), assumed_format="savedmodel")


def settings(*arguments: str) -> Settings:
    line = parse(arguments or MODEL)
    assert not line.problems
    assert not line.unknown
    return settings_of(line.flags)


def model(*arguments: str) -> ModelOptions:
    (found,) = settings(*MODEL, *arguments).options.models.values()
    return found


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "file.pbtxt"
        path.write_text(text)
        return str(path)

    return write


def test_by_default_a_model_is_as_with_theirs() -> None:
    found = settings()
    assert found.options.models == {"default": plain("/models/m")}
    lifecycle = found.options.lifecycle
    assert (lifecycle.poll_interval_s, lifecycle.max_load_retries) == (1.0, 5)
    assert [lifecycle.retry_delay_s(attempt) for attempt in (0, 4, 5)] == [60.0, 60.0, None]
    assert (found.options.http_timeout_s, found.options.cors) == (30.0, False)
    assert (found.rest_port, found.options.monitoring_path, found.grpc_tls, found.rest_tls) == (0, None, None, None)
    assert found.options.limits.max_body_bytes == 2**31 - 1


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (
            ("--port=8500",),
            BadInput,
            "Both server_options.model_base_path and server_options.model_config_file are empty!",
        ),
        (("--port=0", *MODEL), BadInput, "server_options.grpc_port or server_options.grpc_socket_path"),
        (("--port=65536", *MODEL), BadInput, "port must lie between 0 and 65535, got 65536"),
        (("--use_alts_credentials", "--ssl_config_file=/x", *MODEL), BadInput, "exclude each other"),
        (("--use_alts_credentials", *MODEL), Unsupported, "ALTS"),
        (("--batching_parameters_file=/x", *MODEL), BadInput, "without setting server_options.enable_batching to true"),
        (
            tuple(f"--tensorflow_{kind}_parallelism=2" for kind in ("session", "intra_op", "inter_op")) + MODEL,
            BadInput,
            "You cannot configure all.",
        ),
        (("--model_config_file=/absent",), NotFound, "/absent; No such file or directory"),
        (("--enable_batching", "--batching_parameters_file=/absent", *MODEL), NotFound, "/absent; No such file"),
        (("--ssl_config_file=/absent", *MODEL), NotFound, "/absent; No such file"),
        (("--platform_config_file=/absent", *MODEL), NotFound, "/absent; No such file"),
        (("--monitoring_config_file=/absent", *MODEL), NotFound, "/absent; No such file"),
        (("--transition=quickly", *MODEL), BadInput, "transition must be keep_serving or save_memory"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], kind: type[Fault], words: str) -> None:
    with pytest.raises(kind) as caught:
        settings(*arguments)
    assert words in caught.value.message


def test_a_socket_alone_is_enough() -> None:
    assert settings("--port=0", "--grpc_socket_path=/tmp/s", *MODEL).flags.port == 0


def test_one_port_for_both_leaves_rest_out() -> None:
    assert settings("--port=9", "--rest_api_port=9", *MODEL).rest_port == 0
    assert settings("--port=9", "--rest_api_port=10", *MODEL).rest_port == 10


def test_times_are_read_in_their_units() -> None:
    found = settings("--load_retry_interval_micros=-1", "--rest_api_timeout_in_ms=-5", *MODEL).options
    assert (found.lifecycle.retry_delay_s(0), found.http_timeout_s) == (0.0, 0.0)
    found = settings("--load_retry_interval_micros=250000", "--rest_api_timeout_in_ms=1500", *MODEL).options
    assert (found.lifecycle.retry_delay_s(3), found.http_timeout_s) == (0.25, 1.5)
    assert settings("--file_system_poll_wait_seconds=0", *MODEL).options.lifecycle.poll_interval_s == 0


def test_warm_up_is_as_the_flags_say() -> None:
    assert model("--enable_model_warmup=false").replay == ReplayOptions(enabled=False)
    assert model("--num_request_iterations_for_warmup=4").replay == ReplayOptions(iterations=4)


def test_batching_is_theirs_by_default_and_as_the_file_says(write: Callable[[str], str]) -> None:
    assert model("--enable_batching").batch == Batch(1000, 0.0, 10)
    path = write(
        "max_batch_size { value: 128 } batch_timeout_micros { value: 2500 } max_enqueued_batches { value: 0 }\n"
        "num_batch_threads { value: 8 } allowed_batch_sizes: [32, 64] pad_variable_length_inputs: true\n"
        "enable_large_batch_splitting { value: true } max_execution_batch_size { value: 64 }\n"
    )
    found = settings("--enable_batching", f"--batching_parameters_file={path}", *MODEL).options
    assert found.models["default"].batch == Batch(128, 0.0025, 0, (32, 64), True, True, 64)
    assert found.batch_slots == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "max_batch_size { value: 128 } allowed_batch_sizes: 64",
            "Last entry in allowed_batch_sizes must match max_batch_size",
        ),
        ("num_batch_threads { value: 0 }", "num_batch_threads must be at least 1, got 0"),
        ("max_batch_size { value: -1 }", "must be at least 1, got -1"),
        ("max_batch_size: 128", "Invalid protobuf file"),
        ("max_batch_sizes { value: 128 }", "Invalid protobuf file"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(text: str, words: str, write: Callable[[str], str]) -> None:
    with pytest.raises(BadInput) as caught:
        model("--enable_batching", f"--batching_parameters_file={write(text)}")
    assert words in caught.value.message


def test_each_version_may_have_parameters_of_its_own() -> None:
    found = model("--enable_batching", "--enable_per_model_batching_parameters")
    assert (found.batch, found.batch_by_version) == (None, True)
    assert not model("--enable_per_model_batching_parameters").batch_by_version


def test_a_platform_file_wins_over_the_flags(write: Callable[[str], str]) -> None:
    path = write(PLATFORM % "tensorflow")
    found = model("--enable_model_warmup=false", f"--platform_config_file={path}")
    assert (found.batch, found.replay) == (Batch(8), ReplayOptions(iterations=3))


def test_a_platform_file_says_which_platforms_there_are(write: Callable[[str], str]) -> None:
    path = write(PLATFORM % "mine")
    with pytest.raises(BadInput, match="requests unsupported platform tensorflow"):
        model(f"--platform_config_file={path}")


def test_an_adapter_of_another_kind_is_refused(write: Callable[[str], str]) -> None:
    path = write('platform_configs { key: "x" value { source_adapter_config { type_url: "a/b.C" } } }')
    with pytest.raises(Unsupported, match=r"there is no source adapter for a/b\.C"):
        model(f"--platform_config_file={path}")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ('prometheus_config: { enable: true, path: "/m" }', "/m"),
        ('prometheus_config { path: "/m" }', None),
        ("", None),
    ],
)
def test_metrics_are_where_the_monitoring_file_says(text: str, path: str | None, write: Callable[[str], str]) -> None:
    assert settings(f"--monitoring_config_file={write(text)}", *MODEL).options.monitoring_path == path


def test_a_configuration_file_wins_over_the_model_of_the_flags(write: Callable[[str], str]) -> None:
    path = write('model_config_list { config { name: "a" base_path: "/a" model_platform: "tensorflow" } }')
    assert settings(f"--model_config_file={path}", *MODEL).options.models == {"a": plain("/a")}


def test_this_servers_own_formats_are_platforms_too(write: Callable[[str], str]) -> None:
    path = write('model_config_list { config { name: "a" base_path: "/a" model_platform: "onnx" } }')
    assert settings(f"--model_config_file={path}").options.models == {"a": plain("/a")}


def test_an_empty_configuration_serves_nothing(write: Callable[[str], str]) -> None:
    assert settings(f"--model_config_file={write('')}").options.models == {}


def test_threads_of_tensorflow(write: Callable[[str], str]) -> None:
    def threads(*arguments: str) -> tuple[int, int]:
        found = model(*arguments).tensorflow
        return found.intra_op_threads, found.inter_op_threads

    assert threads() == (0, 0)
    assert threads("--tensorflow_session_parallelism=3") == (3, 3)
    assert threads("--tensorflow_session_parallelism=3", "--tensorflow_intra_op_parallelism=2") == (2, 0)
    assert threads("--tensorflow_inter_op_parallelism=2", "--tensorflow_intra_op_parallelism=5") == (5, 2)
    assert threads("--tensorflow_session_parallelism=-3") == (0, 0)


def test_tags_of_a_saved_model(write: Callable[[str], str]) -> None:
    assert model().tensorflow.tags == ("serve",)
    assert model("--saved_model_tags=serve,gpu").tensorflow.tags == ("serve", "gpu")
    platform = PLATFORM.replace('"serve"', '"a" saved_model_tags: "b"') % "tensorflow"
    assert model(f"--platform_config_file={write(platform)}").tensorflow.tags == ("a", "b")


def test_settings_of_a_session_go_to_tensorflow_as_they_are(write: Callable[[str], str]) -> None:
    text = "inter_op_parallelism_threads: 4\ngraph_options { optimizer_options { opt_level: L0 } }\n"
    path = write(text)
    assert model(f"--tensorflow_session_config_file={path}").tensorflow.session_config.startswith(text)
    with_share = model(f"--tensorflow_session_config_file={path}", "--per_process_gpu_memory_fraction=0.5")
    assert "per_process_gpu_memory_fraction: 0.5" in with_share.tensorflow.session_config
    with pytest.raises(BadInput, match="must lie between 0 and 1, got 2"):
        model("--per_process_gpu_memory_fraction=2")
    with pytest.raises(BadInput, match="Invalid protobuf file"):
        model(f"--tensorflow_session_config_file={write('inter_op_parallelism_threads: many')}")


def test_arguments_of_grpc_become_limits() -> None:
    given = (
        "grpc.max_concurrent_streams=7,grpc.max_connection_idle_ms=1500,grpc.max_receive_message_length=4096,"
        "grpc.lb_policy_name=grpclb,grpc.max_metadata_size=x,odd,grpc.http2.max_frame_size=1"
    )
    found = settings(f"--grpc_channel_arguments={given}", *MODEL).options
    assert (found.http2.max_concurrent_streams, found.limits.idle_timeout_s, found.limits.max_body_bytes) == (
        7,
        1.5,
        4096,
    )
    unlimited = settings("--grpc_channel_arguments=grpc.max_receive_message_length=-1", *MODEL).options
    assert unlimited.limits.max_body_bytes == 2**31 - 1


def test_interpreters_of_litert_are_those_of_all_pools() -> None:
    found = model("--prefer_tflite_model", "--num_tflite_pools=3", "--num_tflite_interpreters_per_pool=2").tflite
    assert (found.preferred, found.interpreters) == (True, 6)
    assert model("--num_tflite_pools=0").tflite == TfliteOptions()


def test_the_pool_of_batches_has_their_names(write: Callable[[str], str]) -> None:
    assert settings("--enable_batching", *MODEL).options.batch_pool == "model_server_batch_threads"
    path = write("max_batch_size { value: 4 }")
    given = ("--enable_batching", f"--batching_parameters_file={path}", *MODEL)
    assert settings(*given).options.batch_pool == "batch_threads"
    write('thread_pool_name { value: "mine" }')
    assert settings(*given).options.batch_pool == "mine"
