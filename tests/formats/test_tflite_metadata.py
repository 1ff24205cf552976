"""Signatures in the metadata of TensorFlow Lite files, against FlatBuffers' own library, and damaged."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import flatbuffers  # type: ignore[import-untyped]
import pytest
from flatbuffers import flexbuffers
from hypothesis import given
from hypothesis import strategies as st

from salver.formats.tflite_metadata import MAX_SIGNATURES, signature_defs

SAVED_MODELS = Path(__file__).parents[3] / "shared" / "testdata" / "saved_models"
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def flex_map(entries: dict[str, bytes]) -> bytes:
    builder = flexbuffers.Builder()
    with builder.Map():
        for name, value in entries.items():
            builder.Key(name.encode())
            builder.Blob(value)
    return bytes(builder.Finish())


def tflite(metadata: list[tuple[str, bytes]]) -> bytes:
    """A file with these metadata entries and nothing else: `Model` with `buffers` and `metadata`."""
    builder = flatbuffers.Builder(0)
    buffers = [0]
    for data in (b"", *(data for _, data in metadata)):
        vector = builder.CreateByteVector(data)
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, vector, 0)
        buffers.append(builder.EndObject())
    entries = []
    for number, (name, _) in enumerate(metadata, start=1):
        text = builder.CreateString(name)
        builder.StartObject(2)
        builder.PrependUOffsetTRelativeSlot(0, text, 0)
        builder.PrependUint32Slot(1, number, 0)
        entries.append(builder.EndObject())
    vectors = []
    for offsets in (buffers[1:], entries):
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        vectors.append(builder.EndVector())
    builder.StartObject(8)
    builder.PrependUOffsetTRelativeSlot(4, vectors[0], 0)
    builder.PrependUOffsetTRelativeSlot(6, vectors[1], 0)
    builder.Finish(builder.EndObject(), b"TFL3")
    return bytes(builder.Output())


@given(st.dictionaries(NAMES, st.binary(max_size=600), max_size=12))
def test_what_the_library_writes_is_read(entries):
    file = tflite([("min_runtime_version", b"1.5.0"), ("signature_defs_metadata", flex_map(entries))])
    assert signature_defs(memoryview(file)) == entries


@pytest.mark.parametrize("metadata", [[], [("min_runtime_version", b"1.5.0")]])
def test_a_file_without_the_entry_tells_nothing(metadata):
    assert signature_defs(memoryview(tflite(metadata))) == {}


@pytest.mark.skipif(not SAVED_MODELS.exists(), reason="../shared/testdata is not there")
def test_real_files():
    def read(model: str) -> dict[str, bytes]:
        return signature_defs(memoryview((SAVED_MODELS / model / "00000123" / "model.tflite").read_bytes()))

    assert read("saved_model_half_plus_two_tflite") == {}
    (name,) = read("saved_model_half_plus_two_tflite_with_sigdef")
    assert name == "serving_default"
    assert read("saved_model_half_plus_two_tflite_with_sigdef")[name].endswith(b"\x1a\x1atensorflow/serving/predict")
    assert read("parse_example_tflite")["serving_default"].endswith(b"tensorflow/serving/predict")


FILE = tflite([("signature_defs_metadata", flex_map({"serving_default": b"x" * 300, "other": b""}))])


@given(st.data())
def test_damaged_files_are_read_or_refused(data):
    file = bytearray(FILE[: data.draw(st.integers(0, len(FILE)))] if data.draw(st.booleans()) else FILE)
    for place in data.draw(st.lists(st.integers(0, max(len(file) - 1, 0)), max_size=6)) if file else []:
        file[place] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        assert len(signature_defs(memoryview(bytes(file)))) <= MAX_SIGNATURES


def test_a_map_of_something_else_is_refused():
    builder = flexbuffers.Builder()
    with builder.Map():
        builder.Key("serving_default")
        builder.Int(7)
    with pytest.raises(ValueError, match="a signature is of the FlexBuffer type 1, wanted a string"):
        signature_defs(memoryview(tflite([("signature_defs_metadata", bytes(builder.Finish()))])))
    with pytest.raises(ValueError, match="wanted a map"):
        signature_defs(memoryview(tflite([("signature_defs_metadata", b"\x07\x04\x01")])))


def test_too_many_signatures_are_refused():
    entries = {str(number): b"" for number in range(MAX_SIGNATURES + 1)}
    with pytest.raises(ValueError, match="has 10001 signatures"):
        signature_defs(memoryview(tflite([("signature_defs_metadata", flex_map(entries))])))
