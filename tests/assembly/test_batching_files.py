"""`BatchingParameters` as text: each field where it belongs, and a file in a version's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from salver.assembly.batching_files import MESSAGE, Batching, batch_in, batching_of
from salver.core.errors import BadInput
from salver.layers.batch import Batch
from salver.protocols.texts import parse_text


def read(text: str) -> Batching:
    return batching_of(parse_text(text.encode(), MESSAGE, "here"))


def test_nothing_said_is_every_default() -> None:
    assert read("") == Batching(Batch(), 0, "")


@pytest.mark.parametrize(
    ("text", "batch"),
    [
        ("max_batch_size { value: 7 }", Batch(max_size=7)),
        ("batch_timeout_micros { value: 1500 }", Batch(timeout_s=0.0015)),
        ("max_enqueued_batches { value: 0 }", Batch(max_waiting=0)),
        ("max_batch_size { value: 4 } allowed_batch_sizes: 2 allowed_batch_sizes: 4", Batch(4, allowed_sizes=(2, 4))),
        ("pad_variable_length_inputs: true", Batch(pad_lengths=True)),
        ("enable_large_batch_splitting { value: true }", Batch(split=True)),
        (
            "enable_large_batch_splitting { value: true } max_execution_batch_size { value: 8 }",
            Batch(split=True, max_execution_size=8),
        ),
        ("max_execution_batch_size { value: 8 }", Batch()),
    ],
)
def test_each_field_is_an_option(text: str, batch: Batch) -> None:
    assert read(text).batch == batch


def test_the_pool_is_the_servers() -> None:
    assert read('num_batch_threads { value: 3 } thread_pool_name { value: "p" }') == Batching(Batch(), 3, "p")


def test_a_version_may_bring_its_own(tmp_path: Path) -> None:
    assert batch_in(tmp_path) is None
    (tmp_path / "batching_params.pbtxt").write_text("max_batch_size { value: 5 }")
    assert batch_in(tmp_path) == Batch(5)
    (tmp_path / "batching_params.pbtxt").write_text("max_batch_size: 5")
    with pytest.raises(BadInput, match=r"Invalid protobuf file: '.*batching_params\.pbtxt'"):
        batch_in(tmp_path)
    (tmp_path / "batching_params.pbtxt").unlink()
    (tmp_path / "batching_params.pbtxt").mkdir()
    with pytest.raises(BadInput, match="Is a directory"):
        batch_in(tmp_path)
