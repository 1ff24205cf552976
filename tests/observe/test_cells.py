from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.observe.cells import MAX_BYTES, Cells, snapshots


def numbers(snapshot):
    return {key: list(cells) for key, cells in snapshot}


def test_cells_of_one_key_are_the_same_memory():
    cells = Cells()
    cells.take(b"a", 2)[1] = 4.5
    cells.take(b"b", 1)[0] = 1.0
    assert list(cells.take(b"a", 2)) == [0.0, 4.5]
    assert numbers(cells.snapshot()) == {b"a": [0.0, 4.5], b"b": [1.0]}


@given(st.dictionaries(st.binary(max_size=40), st.lists(st.floats(allow_nan=False), min_size=1, max_size=5)))
def test_what_is_written_is_read(written):
    cells = Cells()
    for key, values in written.items():
        taken = cells.take(key, len(values))
        for index, value in enumerate(values):
            taken[index] = value
    assert numbers(cells.snapshot()) == written


def test_others_read_a_file_while_it_is_written(tmp_path):
    cells = Cells(tmp_path)
    taken = cells.take(b"a", 1)
    for count in (1.0, 2.0):
        taken[0] = count
        (snapshot,) = snapshots(tmp_path)
        assert numbers(snapshot) == {b"a": [count]}
        assert snapshot.pid is not None
    cells.close()


def test_a_closed_file_is_read_as_a_dead_processs_and_taken_over(tmp_path):
    first = Cells(tmp_path)
    first.take(b"a", 1)[0] = 3.0
    first.close()
    (snapshot,) = snapshots(tmp_path)
    assert (numbers(snapshot), snapshot.pid) == ({b"a": [3.0]}, None)
    second, third = Cells(tmp_path), Cells(tmp_path)
    assert second.take(b"a", 1)[0] == 3.0
    assert third.take(b"a", 1)[0] == 0.0
    assert len(list(tmp_path.iterdir())) == 2
    second.close()
    third.close()


@settings(max_examples=30)
@given(cut=st.integers(0, 200), used=st.integers(0, 2**64 - 1))
def test_a_broken_file_is_read_as_far_as_it_is_whole(tmp_path_factory, cut, used):
    folder = tmp_path_factory.mktemp("cells")
    cells = Cells(folder)
    cells.take(b"a", 1)[0] = 1.0
    cells.take(b"b" * 9, 3)[2] = 2.0
    cells.close()
    (path,) = folder.iterdir()
    block = bytearray(path.read_bytes()[:cut])
    if len(block) >= 16:
        struct.pack_into("=Q", block, 8, used)
    path.write_bytes(block)
    whole = {b"a": [1.0], b"b" * 9: [0.0, 0.0, 2.0]}
    for snapshot in snapshots(folder):
        for key, values in numbers(snapshot).items():
            assert values == whole[key]


@pytest.mark.parametrize("alien", [b"", b"not ours", b"x" * 4096])
def test_an_alien_file_is_no_snapshot(tmp_path, alien):
    (tmp_path / "1.cells").write_bytes(alien)
    assert snapshots(tmp_path) == []


def test_a_half_written_record_is_not_seen_and_is_overwritten(tmp_path):
    cells = Cells(tmp_path)
    cells.take(b"a", 1)[0] = 1.0
    used = len(cells.snapshot().block)
    cells.close()
    (path,) = tmp_path.iterdir()
    with path.open("r+b") as file:
        file.seek(used)
        file.write(struct.pack("=II", 5, 2) + b"half" + b"\xff" * 100)
    (snapshot,) = snapshots(tmp_path)
    assert numbers(snapshot) == {b"a": [1.0]}
    after = Cells(tmp_path)
    assert list(after.take(b"b", 4)) == [0.0] * 4
    after.close()


def test_a_full_block_goes_on_without_counting():
    cells = Cells()
    half = MAX_BYTES // 16
    cells.take(b"a", half)[0] = 1.0
    lost = cells.take(b"b", half)
    lost[0] += 2.0
    assert cells.take(b"b", half)[0] == 2.0
    assert numbers(cells.snapshot()).keys() == {b"a"}
    assert cells.take(b"c", 1)[0] == 0.0
    assert numbers(cells.snapshot()).keys() == {b"a", b"c"}
