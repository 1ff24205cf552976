from __future__ import annotations

import pytest

from salver.client.address import Address, read_address
from salver.core.errors import BadInput


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("localhost:9000", Address("localhost", 9000)),
        ("http://host", Address("host", 8501)),
        ("http://host:80/behind/proxy/", Address("host", 80, "/behind/proxy")),
        ("https://host", Address("host", 443, tls=True)),
        ("grpc://host", Address("host", 8500, grpc=True)),
        ("grpcs://[::1]:1", Address("::1", 1, grpc=True, tls=True)),
        ("grpc+unix:/run/salver.sock", Address("", 0, unix="/run/salver.sock", grpc=True)),
        ("https://host/a b%20c", Address("host", 443, "/a%20b%20c", tls=True)),
        ("http://b\u00fccher.example", Address("xn--bcher-kva.example", 8501)),
        ("http+unix:///run/a%20b", Address("", 0, unix="/run/a b")),
    ],
)
def test_an_address_is_read(url: str, address: Address):
    assert read_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host",
        "http://",
        "http://host:none",
        "http://[::1",
        "grpc+unix:",
        "http://me:secret@host",
        "http://host/?q=1",
        "http://host/#part",
        "http://ho st",
        "http://host..x",
        "grpc://host/prefix",
    ],
)
def test_what_is_none_is_refused_and_shown_what_would_be(url: str):
    with pytest.raises(BadInput, match="wanted http://host:port"):
        read_address(url)


@pytest.mark.parametrize("url", ["http://host:80/x", "grpcs://[::1]:1", "grpc+unix:/a"])
def test_an_address_is_told_as_it_was_given(url: str):
    assert str(read_address(url)) == url
