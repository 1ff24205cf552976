"""The grammar of TensorFlow's command lines (its `command_line_flags.cc`), and what is told of arguments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.modelserver.command_line import hint, parse, usage
from salver.modelserver.flags import Flags, table


def test_nothing_is_every_default() -> None:
    line = parse([])
    assert (line.flags, line.unknown, line.problems, line.given) == (Flags(), (), (), frozenset())


@pytest.mark.parametrize(
    ("argument", "name", "value"),
    [
        ("--port=9000", "port", 9000),
        ("--port= 9000", "port", 9000),
        ("--port=+9000", "port", 9000),
        ("--port=-1", "port", -1),
        ("--load_retry_interval_micros=9223372036854775807", "load_retry_interval_micros", 2**63 - 1),
        ("--enable_batching", "enable_batching", True),
        ("--enable_batching=true", "enable_batching", True),
        ("--enable_profiler=false", "enable_profiler", False),
        ("--per_process_gpu_memory_fraction=0.25", "per_process_gpu_memory_fraction", 0.25),
        ("--model_name=", "model_name", ""),
        ("--grpc_channel_arguments=a=1,b=2", "grpc_channel_arguments", "a=1,b=2"),
    ],
)
def test_values_are_read(argument: str, name: str, value: object) -> None:
    line = parse([argument])
    assert (getattr(line.flags, name), line.problems, line.unknown) == (value, (), ())
    assert line.given == {name}


@pytest.mark.parametrize(
    ("argument", "text", "name"),
    [
        ("--port=", "", "port"),
        ("--port=80a", "80a", "port"),
        ("--port=8 0", "8 0", "port"),
        ("--port=0x10", "0x10", "port"),
        ("--port=1_000", "1_000", "port"),
        ("--port=2147483648", "2147483648", "port"),
        ("--load_retry_interval_micros=9223372036854775808", "9223372036854775808", "load_retry_interval_micros"),
        ("--enable_batching=1", "=1", "enable_batching"),
        ("--enable_batching=True", "=True", "enable_batching"),
        ("--enable_batching=", "=", "enable_batching"),
        ("--per_process_gpu_memory_fraction=half", "half", "per_process_gpu_memory_fraction"),
        ("--per_process_gpu_memory_fraction=1_0", "1_0", "per_process_gpu_memory_fraction"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_problem(argument: str, text: str, name: str) -> None:
    line = parse([argument])
    assert line.problems == (f"Couldn't interpret value {text} for flag {name}.",)
    assert line.flags == Flags()


@pytest.mark.parametrize(
    "argument",
    ["--prot=1", "-port=1", "port=1", "--port", "8500", "--use_tflite_model=true", "--enable_batchings", "", "-"],
)
def test_what_is_no_flag_is_passed_over(argument: str) -> None:
    line = parse([argument, "--port=1"])
    assert (line.unknown, line.problems, line.flags.port) == ((argument,), (), 1)


def test_everything_after_two_dashes_is_passed_over() -> None:
    line = parse(["--port=1", "--", "--port=2"])
    assert (line.flags.port, line.unknown) == (1, ("--", "--port=2"))


def test_the_last_value_counts() -> None:
    assert parse(["--port=1", "--port=2"]).flags.port == 2


@given(st.lists(st.text()))
def test_no_command_line_breaks_it(arguments: list[str]) -> None:
    line = parse(arguments)
    assert len(line.unknown) <= len(arguments)


@pytest.mark.parametrize(
    ("argument", "meant"),
    [
        ("--rest-api-port=8501", "write --rest_api_port=value"),
        ("--port", "write --port=value"),
        ("--model_basepath=/x", "did you mean --model_base_path?"),
        ("--zzz", ""),
    ],
)
def test_a_wrong_argument_gets_a_hint(argument: str, meant: str) -> None:
    assert hint(argument) == meant


def test_the_help_tells_of_every_flag_and_which_mean_nothing() -> None:
    text = usage("tensorflow_model_server")
    assert text.startswith("usage: tensorflow_model_server")
    heeded, _, passed_over = text.partition("\nAccepted, without meaning here:\n")
    for flag in table().values():
        assert f"--{flag.name}={flag.shown} ({flag.kind})" in (passed_over if flag.void else heeded)
    assert max(map(len, text.splitlines())) <= 120
