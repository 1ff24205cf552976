"""The page is markup that runs elsewhere: here its safety is checked, by parsing it as a browser would."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from salver.protocols.admin.page import answer

ANSWER = answer()
assert isinstance(ANSWER.body, bytes)
PAGE = ANSWER.body.decode()
VOID = {"meta", "link", "br", "img", "input"}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inner: dict[str, list[str]] = {"script": [], "style": []}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.inner:
            self.inner[self.open[-1]].append(data)


def read() -> Reader:
    reader = Reader()
    reader.feed(PAGE)
    reader.close()
    return reader


def test_it_is_well_formed_and_accessible():
    reader = read()
    assert reader.open == []
    assert ("html", {"lang": "en"}) in reader.elements
    assert {"title", "main", "h1"} <= {tag for tag, _ in reader.elements}


def test_nothing_comes_from_elsewhere():
    for tag, attributes in read().elements:
        assert "src" not in attributes
        assert (attributes.get("href") or "/").startswith("/")
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
    assert not re.search(r"https?:|@import", PAGE)
    assert "url(" not in "".join(read().inner["style"])


def test_the_policy_allows_the_pages_own_script_and_style_and_no_other():
    policy = dict(ANSWER.headers)[b"Content-Security-Policy"].decode()
    directives = {name: values for name, *values in (part.split() for part in policy.split("; "))}
    assert directives["default-src"] == ["'none'"]
    assert directives["connect-src"] == ["'self'"]
    for tag, text in read().inner.items():
        digest = base64.b64encode(hashlib.sha256("".join(text).encode()).digest()).decode()
        assert directives[f"{tag}-src"] == [f"'sha256-{digest}'"]


def test_the_script_never_makes_markup_from_text():
    (script,) = read().inner["script"]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|srcdoc", script)


def test_it_stays_small():
    assert len(PAGE.splitlines()) < 250
