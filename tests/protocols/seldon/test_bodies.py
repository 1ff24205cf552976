"""Where the JSON document stands in a request."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seldon_corridor import lesson_of, request_of

from salver.core.errors import BadInput
from salver.protocols.jsondoc import NotJson
from salver.protocols.seldon.bodies import MAX_PARTS, document_of

MESSAGE = b'{"data":{"ndarray":[[1,2]]}}'
FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)


def multipart(*parts: tuple[str, bytes], boundary: str = "----x9", file: bool = False) -> tuple[bytes, bytes]:
    """(Content-Type, body) as browsers and `requests` write them."""
    pieces = []
    for name, content in parts:
        tail = f'; filename="{name}.bin"\r\nContent-Type: application/octet-stream' if file else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{tail}\r\n\r\n'
        pieces.append(head.encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={boundary}".encode(), b"".join(pieces) + f"--{boundary}--\r\n".encode()


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain", None])
def test_a_body_is_json_whatever_its_content_type(kind: bytes | None):
    headers = () if kind is None else ((b"content-type", kind),)
    assert request_of(MESSAGE, headers=headers).tensors["data"].array.tolist() == [[1, 2]]


def test_a_form_has_it_in_its_field_json():
    body = b"a=1&json=" + quote_plus(MESSAGE).encode()
    assert request_of(body, headers=FORM).tensors["data"].array.tolist() == [[1, 2]]


def test_what_curl_sends_as_a_form_is_taken_as_the_document_that_it_is():
    assert request_of(b" " + MESSAGE, headers=FORM).tensors["data"].array.tolist() == [[1, 2]]


def test_a_query_has_it_in_its_field_json():
    target = b"/predict?json=" + quote_plus(MESSAGE).encode()
    assert request_of(b"", target=target, method=b"GET").tensors["data"].array.tolist() == [[1, 2]]


@pytest.mark.parametrize("file", [False, True])
def test_a_multipart_form_has_a_part_for_each_member(file: bool):
    kind, body = multipart(
        ("data", b'{"ndarray":[[1,2]]}'), ("meta", b'{"puid":"p","tags":{"a":1}}'), boundary="b", file=file
    )
    request = request_of(body, headers=((b"content-type", kind),))
    assert request.tensors["data"].array.tolist() == [[1, 2]]
    assert request.trail is not None
    assert (request.id, request.trail.tags) == ("p", {"a": 1})


@given(st.binary(max_size=60), st.text(max_size=20))
def test_parts_of_bytes_and_text_are_taken_as_they_are(raw: bytes, text: str):
    kind, body = multipart(("binData", raw), boundary="=_boundary_that_is_not_in_it", file=True)
    assert document_of(body, kind, b"") == {"binData": raw}
    kind, body = multipart(("strData", text.encode()), boundary="=_boundary_that_is_not_in_it")
    assert document_of(body, kind, b"") == {"strData": text}


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (b"multipart/form-data", b"", "needs a boundary"),
        (b"multipart/form-data; boundary=b", b"", "parts"),
        (b"multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\n1\r\n--b--", "no Content-Disposition"),
        (b"multipart/form-data; boundary=b", multipart(("data", b"{}"), boundary="b")[1][:-4], "ended by its boundary"),
        (multipart()[0], multipart(*[("a", b"1")] * (MAX_PARTS + 1))[1], "from 1 to"),
        (multipart()[0], multipart(("strData", b"\xff"))[1], "no UTF-8"),
        (b"application/x-www-form-urlencoded", b"a=1", "wanted a field `json`"),
        (b"application/x-www-form-urlencoded", b"&".join([b"a=1"] * 50), "wanted a field `json`"),
        (b"application/x-www-form-urlencoded", b"\xff", "wanted a field `json`"),
    ],
)
def test_a_broken_form_is_refused(kind: bytes, body: bytes, told: str):
    with pytest.raises(BadInput, match=told):
        request_of(body, headers=((b"content-type", kind),))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"data":', b"nul"])
def test_what_is_no_json_is_told_apart(body: bytes):
    with pytest.raises(NotJson):
        request_of(body)
    with pytest.raises(NotJson):
        lesson_of(body)


@given(st.binary(max_size=120), st.sampled_from([b"multipart/form-data; boundary=b", FORM[0][1]]))
def test_no_form_breaks_it(body: bytes, kind: bytes):
    for whole in (body, b"--b\r\n" + body + b"\r\n--b--"):
        try:
            document_of(whole, kind, body)
        except BadInput:
            continue
