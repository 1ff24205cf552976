"""Files of web servers, from a real one: RFC 9110's conditions and ranges, bounds, breaks, what must never be told."""

from __future__ import annotations

import hashlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from salver.core.errors import BadInput, Fault, NotFound, Unavailable, Unsupported
from salver.opening.uris.budget import Fetch
from salver.opening.uris.fetching import fetch

BODY = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()


def test_a_file_comes_under_its_own_name(site: Any, cache: Path) -> None:
    site.files["/models/iris model.onnx"] = BODY
    site.files["/models/iris%20model.onnx"] = BODY
    path = fetch(site.url("/models/iris%20model.onnx"), cache)
    assert (path.name, path.read_bytes()) == ("iris model.onnx", BODY)


def test_an_unchanged_file_is_asked_for_and_not_sent_again(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    first = fetch(site.url("/m.onnx"), cache)
    assert fetch(site.url("/m.onnx"), cache) == first
    assert (len(site.asked), site.sent) == (2, len(BODY))


def test_a_changed_file_is_a_new_copy_and_the_one_before_it_stays(site: Any, cache: Path) -> None:
    copies = []
    for content in (b"one", b"two", b"three"):
        site.files["/m.onnx"] = content
        copies.append(fetch(site.url("/m.onnx"), cache))
    assert [path.exists() for path in copies] == [False, True, True]
    assert [path.read_bytes() for path in copies[1:]] == [b"two", b"three"]


def test_a_file_that_broke_off_goes_on_where_it_stopped(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    site.breaks = [1000, 50_000, 7]
    assert fetch(site.url("/m.onnx"), cache).read_bytes() == BODY
    assert site.header("Range") == ["bytes=1000-", "bytes=51000-", "bytes=51007-"]
    assert site.sent == len(BODY)


def test_a_fetch_that_was_given_up_goes_on_the_next_time(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    site.breaks = [1000, 0]
    with pytest.raises(Unavailable, match="the connection broke after 1000 bytes"):
        fetch(site.url("/m.onnx"), cache)
    assert fetch(site.url("/m.onnx"), cache).read_bytes() == BODY
    assert site.sent == len(BODY)


def test_a_file_that_changed_meanwhile_is_begun_anew(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    site.breaks = [1000, 0]
    with pytest.raises(Unavailable):
        fetch(site.url("/m.onnx"), cache)
    site.files["/m.onnx"] = BODY[::-1]
    assert fetch(site.url("/m.onnx"), cache).read_bytes() == BODY[::-1]


def test_a_server_without_ranges_sends_all_again(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    site.ranges = False
    site.breaks = [1000]
    assert fetch(site.url("/m.onnx"), cache).read_bytes() == BODY


def test_a_server_that_tells_nothing_apart_is_fetched_from_each_time(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = b"one"
    site.etags = False
    fetch(site.url("/m.onnx"), cache)
    site.files["/m.onnx"] = b"two"
    assert fetch(site.url("/m.onnx"), cache).read_bytes() == b"two"


def test_an_answer_without_an_end_is_refused_unless_it_can_be_checked(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    site.lengths = False
    with pytest.raises(BadInput, match="does not say how long it is"):
        fetch(site.url("/m.onnx"), cache)
    assert fetch(site.url(f"/m.onnx#sha256={SHA256}"), cache).read_bytes() == BODY


def test_a_checksum_is_held_to_and_then_nobody_is_asked_again(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    right = site.url(f"/m.onnx#sha256={SHA256.upper()}")
    assert fetch(right, cache) == fetch(right, cache)
    assert len(site.asked) == 1
    with pytest.raises(BadInput, match=f"its sha256 is {SHA256}, wanted 0000"):
        fetch(site.url(f"/m.onnx#sha256={'0' * 64}"), cache)
    assert fetch(right, cache).read_bytes() == BODY


def test_a_copy_that_was_not_checked_is_no_proof(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    fetch(site.url("/m.onnx"), cache)
    with pytest.raises(BadInput, match="its sha256 is"):
        fetch(site.url(f"/m.onnx#sha256={'0' * 64}"), cache)


@pytest.mark.parametrize("announced", [True, False])
def test_too_many_bytes_are_refused_whatever_is_announced(site: Any, cache: Path, announced: bool) -> None:
    site.files["/m.onnx"] = BODY
    site.lengths = announced
    with pytest.raises(BadInput, match="max_bytes"):
        fetch(site.url(f"/m.onnx#sha256={SHA256}"), cache, Fetch(max_bytes=1000))
    assert site.asked
    assert not list(cache.rglob("m.onnx"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *[(status, NotFound) for status in (404, 410)],
        *[(status, BadInput) for status in (401, 403, 204, 206, 304, 416)],
        *[(status, Unavailable) for status in (408, 429, 500, 503)],
    ],
)
def test_other_answers_are_faults_of_their_kind(site: Any, cache: Path, status: int, kind: type[Fault]) -> None:
    site.statuses["/m.onnx"] = status
    with pytest.raises(kind, match=str(status)):
        fetch(site.url("/m.onnx"), cache)


def test_the_last_copy_serves_while_the_server_does_not(
    site: Any, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site.files["/m.onnx"] = BODY
    first = fetch(site.url("/m.onnx"), cache)
    site.statuses["/m.onnx"] = 503
    with caplog.at_level(logging.WARNING):
        assert fetch(site.url("/m.onnx"), cache) == first
    assert "answers 503" in caplog.text
    site.statuses["/m.onnx"] = 404
    with pytest.raises(NotFound):
        fetch(site.url("/m.onnx"), cache)


def test_redirects_are_followed_but_not_to_files(site: Any, cache: Path) -> None:
    site.files["/there"] = BODY
    site.redirects = {"/m.onnx": "/there", "/evil": "file:///etc/passwd", "/loop": "/loop", "/ftp": "ftp://host/m"}
    path = fetch(site.url("/m.onnx"), cache)
    assert (path.name, path.read_bytes()) == ("m.onnx", BODY)
    for name in ("/evil", "/loop", "/ftp"):
        with pytest.raises((BadInput, Unavailable)):
            fetch(site.url(name), cache)


def test_credentials_go_to_their_host_and_into_no_message(
    site: Any, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site.files["/there"] = BODY
    site.redirects["/m.onnx"] = site.url("/there")
    url = site.url("/m.onnx?signature=hush").replace("http://", "http://me:hush%21@")
    with caplog.at_level(logging.DEBUG):
        fetch(url, cache)
    assert site.header("Authorization") == ["Basic bWU6aHVzaCE="]
    for path, status in (("/m.onnx", 403), ("/m.onnx", 500), ("/m.onnx", 404)):
        site.redirects = {}
        site.statuses[path] = status
        with pytest.raises(Fault) as fault, caplog.at_level(logging.DEBUG):
            fetch(url, cache / str(status))
        assert "hush" not in fault.value.message
    assert "hush" not in caplog.text
    assert not [path for path in cache.rglob("*") if path.is_file() and b"hush" in path.read_bytes()]


def test_nobody_at_all_is_unavailable_without_secrets(site: Any, cache: Path) -> None:
    url = site.url("/m.onnx?token=hush").replace(str(site.port), "1").replace("http://", "http://me:hush@")
    with pytest.raises(Unavailable) as fault:
        fetch(url, cache)
    assert "hush" not in fault.value.message
    assert "localhost:1/m.onnx" in fault.value.message


def test_progress_is_told_and_may_end_the_fetch(site: Any, cache: Path) -> None:
    site.files["/m.onnx"] = BODY
    told: list[tuple[int, int | None]] = []

    def follow(so_far: int, total: int | None) -> None:
        told.append((so_far, total))
        if so_far > 100_000:
            raise Unavailable("it is enough")

    with pytest.raises(Unavailable, match="it is enough"):
        fetch(site.url("/m.onnx"), cache, progress=follow)
    assert told == sorted(told)
    assert {total for _, total in told} == {len(BODY)}
    fetch(site.url("/m.onnx"), cache, progress=lambda so_far, total: told.append((so_far, total)))
    assert told[-1] == (len(BODY), len(BODY))


@pytest.mark.slow
@pytest.mark.parametrize("options", [Fetch(timeout_s=0.1), Fetch(idle_timeout_s=0.1)])
def test_a_server_that_says_nothing_is_not_waited_for(site: Any, cache: Path, options: Fetch) -> None:
    site.files["/held"] = BODY
    with pytest.raises(Unavailable, match=r"in time|within"):
        fetch(site.url("/held"), cache, options)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_a_server_that_never_ends_is_cut_off(any_site: Any, cache: Path, path: str) -> None:
    with pytest.raises(Unavailable, match=r"not fetched within 0\.2 s"):
        fetch(any_site.url(path), cache, Fetch(timeout_s=0.2))


def test_a_file_comes_over_tls_and_nothing_leads_out_of_it(secure_site: Any, cache: Path) -> None:
    secure_site.files["/m.onnx"] = BODY
    secure_site.redirects["/out"] = secure_site.url("/m.onnx").replace("https", "http")
    assert fetch(secure_site.url("/m.onnx"), cache).read_bytes() == BODY
    with pytest.raises(BadInput, match="redirects to http://, which is not followed"):
        fetch(secure_site.url("/out"), cache)


def test_a_server_that_nobody_vouches_for_is_not_trusted(
    secure_site: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure_site.files["/m.onnx"] = BODY
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(secure_site.url("/m.onnx"), cache)


@pytest.mark.slow
def test_those_who_want_the_same_share_one_fetch(site: Any, cache: Path) -> None:
    site.files["/held"] = BODY
    with ThreadPoolExecutor(4) as pool:
        wanted = [pool.submit(fetch, site.url("/held"), cache) for _ in range(4)]
        while not site.asked:
            threading.Event().wait(0.001)
        site.release.set()
        assert len({found.result(20) for found in wanted}) == 1
    assert (len(site.asked), site.sent) == (1, len(BODY))


@pytest.mark.slow
def test_a_lock_that_is_held_too_long_is_unavailable(site: Any, cache: Path) -> None:
    site.files["/held"] = BODY
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(fetch, site.url("/held"), cache)
        while not site.asked:
            threading.Event().wait(0.001)
        with pytest.raises(Unavailable, match=r"not fetched within 0\.1 s"):
            fetch(site.url("/held"), cache, Fetch(timeout_s=0.1))
        site.release.set()
        assert first.result(20).read_bytes() == BODY


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("", BadInput),
        ("http://", BadInput),
        ("http:///m", BadInput),
        ("http://host:port/m", BadInput),
        ("http://host/a b", BadInput),
        ("http://host/m#part", BadInput),
        ("http://host/", BadInput),
        ("http://host/..", BadInput),
        ("http://host/a%2F..", BadInput),
        ("http://host/%00", BadInput),
        ("http://host/m#sha256=12", BadInput),
        ("http://host/m\r\nX: y", BadInput),
        ("x" * 5000, BadInput),
        ("s3://", BadInput),
        ("s3://key:hush@bucket/m", BadInput),
        ("ftp://host/m", Unsupported),
        ("hdfs://host/m", Unsupported),
        ("pvc://claim/m", Unsupported),
    ],
)
def test_what_is_no_uri_is_refused(uri: str, kind: type[Fault], cache: Path) -> None:
    with pytest.raises(kind) as fault:
        fetch(uri, cache)
    assert "hush" not in fault.value.message
