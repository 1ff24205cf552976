from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from subprocess import Popen
from threading import Thread

import pytest

from salver.core.errors import Unavailable
from salver.lifecycle.wishes import Wishes
from salver.lifecycle.wishes_file import WishesFile

COUNT = """
import sys
from salver.lifecycle.wishes_file import WishesFile
file = WishesFile(sys.argv[1])
for number in range(25):
    file.change(lambda wishes: wishes.reload("shared"))
    file.change(lambda wishes: wishes.unload(f"{sys.argv[2]}-{number}"))
"""


@pytest.fixture
def file(tmp_path: Path) -> WishesFile:
    return WishesFile(tmp_path / "state" / "wishes.json")


def test_nothing_is_wished_where_nothing_is_written(file: WishesFile):
    assert file.read() == Wishes()
    assert file.stamp() == (0, 0)


def test_a_change_is_read_by_others_and_survives(file: WishesFile):
    told = file.change(lambda wishes: wishes.unload("wine").reload("größe/ \udcff"))
    assert told.unloaded == {"wine"}
    again = WishesFile(file.path).read()
    assert again == told
    assert again.generations == {"größe/ \udcff": 1}


def test_the_stamp_moves_with_each_change(file: WishesFile):
    stamps = [file.stamp()]
    for number in range(5):
        file.change(lambda wishes, model=f"m{number}": wishes.unload(model))  # type: ignore[misc]
        stamps.append(file.stamp())
    assert len(set(stamps)) == 6
    assert file.stamp() == stamps[-1]


def test_a_change_off_the_loop(file: WishesFile):
    assert asyncio.run(file.keep(lambda wishes: wishes.unload("a"))).unloaded == {"a"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '"wine"', "null", '{"unloaded": "wine"}', '{"unloaded": 3}', '{"generations": []}',
     '{"generations": {"a": "x"}}', '{"generations": {"a": null}}', "[" * 100_000, "\udcff"],
)  # fmt: skip
def test_a_broken_document_wishes_nothing_and_is_replaced(
    file: WishesFile, text: str, caplog: pytest.LogCaptureFixture
):
    file.path.parent.mkdir()
    file.path.write_text(text, errors="surrogateescape")
    assert file.read() == Wishes()
    assert "are ignored" in caplog.text
    assert file.change(lambda wishes: wishes.unload("a")) == file.read() == Wishes(frozenset({"a"}))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "occupied").touch()
    file = WishesFile(tmp_path / "occupied" / "wishes.json")
    with pytest.raises(Unavailable, match=r"cannot be kept in .*wishes\.json: (File exists|Not a directory)"):
        file.change(lambda wishes: wishes.unload("a"))


def test_a_change_that_fails_leaves_the_document_as_it_was(file: WishesFile):
    before = file.change(lambda wishes: wishes.unload("a"))

    def fail(wishes: Wishes) -> Wishes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        file.change(fail)
    assert file.read() == before
    assert file.change(lambda wishes: wishes.unload("b")).unloaded == {"a", "b"}
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["wishes.json", "wishes.json.lock"]


def test_threads_lose_nothing(file: WishesFile):
    threads = [
        Thread(target=lambda: [file.change(lambda wishes: wishes.reload("shared")) for _ in range(5)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read().generations == {"shared": 20}


@pytest.mark.slow
def test_processes_lose_nothing_and_readers_see_whole_documents(file: WishesFile):
    processes = [Popen([sys.executable, "-c", COUNT, str(file.path), f"process{number}"]) for number in range(3)]
    seen = [0]
    while any(process.poll() is None for process in processes):
        seen.append(file.read().generations.get("shared", 0))
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert seen == sorted(seen)
    wishes = file.read()
    assert wishes.generations == {"shared": 75}
    assert wishes.unloaded == {f"process{process}-{number}" for process in range(3) for number in range(25)}
