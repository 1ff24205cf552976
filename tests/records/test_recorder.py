from __future__ import annotations

import threading
from pathlib import Path

import pytest

from salver.core.errors import BadInput
from salver.records.files import RotatingFiles, Rotation
from salver.records.recorder import Recorder
from salver.records.tfrecord import read_records


def read(folder: Path) -> list[bytes]:
    """What all files of a folder hold, in the order in which they were begun."""
    found: list[bytes] = []
    for path in sorted(folder.iterdir(), key=lambda path: int(path.stem.rpartition("-")[2])):
        with path.open("rb") as file:
            found += read_records(file, 1 << 20)
    return found


def test_what_is_put_is_in_the_file_when_it_is_closed(tmp_path: Path):
    recorder = Recorder(RotatingFiles(str(tmp_path / "a" / "log"), Rotation()), 100)
    for number in range(50):
        recorder.put(lambda number=number: b"%d" % number)  # type: ignore[misc]
    recorder.close(10)
    assert read(tmp_path / "a") == [b"%d" % number for number in range(50)]
    assert (recorder.counts().written, recorder.counts().dropped) == (50, 0)


def test_a_full_queue_drops_and_counts_and_holds_nobody_up(tmp_path: Path):
    begun, go = threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        assert go.wait(10)
        return b"slow"

    recorder = Recorder(RotatingFiles(str(tmp_path / "log"), Rotation()), 2)
    recorder.put(slow)
    assert begun.wait(10)
    for record in (b"first", b"second", b"third"):
        recorder.put(lambda record=record: record)  # type: ignore[misc]
    go.set()
    recorder.close(10)
    assert read(tmp_path) == [b"slow", b"first", b"second"]
    assert recorder.counts().dropped == 1


def test_files_follow_one_another_and_the_oldest_go(tmp_path: Path):
    files = RotatingFiles(str(tmp_path / "log"), Rotation(max_file_bytes=8, max_files=2))
    for record in (b"1234", b"5678", b"abcd", b"efgh", b"last"):
        files.write(record)
    files.close()
    contents = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    assert contents == [b"abcdefgh", b"last"]


def test_a_record_that_cannot_be_made_is_lost_alone(tmp_path: Path):
    def broken() -> bytes:
        raise ValueError("no")

    recorder = Recorder(RotatingFiles(str(tmp_path / "log"), Rotation()), 10)
    recorder.put(broken)
    recorder.put(lambda: b"fine")
    recorder.close(10)
    assert read(tmp_path) == [b"fine"]
    assert recorder.counts().dropped == 1


def test_a_place_that_cannot_be_written_costs_records_and_nothing_else(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    recorder = Recorder(RotatingFiles(str(tmp_path / "file" / "log"), Rotation()), 10)
    recorder.put(lambda: b"lost")
    recorder.close(10)
    assert (recorder.counts().written, recorder.counts().dropped) == (0, 1)


def test_a_rotation_without_room_is_refused():
    with pytest.raises(BadInput, match="max_files"):
        Rotation(max_files=0)
