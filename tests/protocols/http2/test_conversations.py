"""Random conversations with the library `h2`, as client and as server: whatever one says in whatever order, and however
the bytes are cut, the other hears it whole and unchanged.

`HTTP2_CONVERSATIONS=2000 pytest tests/protocols/http2/test_conversations.py` has so many of each kind."""

from __future__ import annotations

import os

import pytest
from http2_sides import Fields, Message, Ours, Side, Theirs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from salver.protocols.http2.limits import Http2Limits

CONVERSATIONS = int(os.environ.get("HTTP2_CONVERSATIONS", "200"))

_NAMES = st.sampled_from([b"a", b"x-trace-id", b"grpc-timeout", b"accept-encoding", b"authorization", b"n" * 60])
_VALUES = st.one_of(
    st.sampled_from([b"", b"1", b"100m", b"gzip, deflate", b"v" * 15_000]),
    st.text("abcXYZ019/-=;, \xe9", max_size=40).map(lambda text: text.strip().encode("latin-1")),
)
_FIELDS = st.lists(st.tuples(_NAMES, _VALUES), max_size=4).map(tuple)
_SIZES = st.sampled_from([0, 1, 5, 100, 16_384, 16_385, 70_000])
_PICKS = st.integers(0, 1 << 16)


class Conversation(RuleBasedStateMachine):
    """One connection between two sides, of which one is ours; the subclass says which."""

    ours_is_client = False

    @initialize(
        stream_window=st.sampled_from([1000, 65_535, 1 << 20]), connection_window=st.sampled_from([65_535, 1 << 24])
    )
    def begin(self, stream_window: int, connection_window: int) -> None:
        limits = Http2Limits(stream_window_bytes=stream_window, connection_window_bytes=connection_window)
        self.ours = Ours(client=self.ours_is_client, limits=limits)
        self.theirs = Theirs(client=not self.ours_is_client)
        self.client: Ours | Theirs = self.ours if self.ours_is_client else self.theirs
        self.server: Ours | Theirs = self.theirs if self.ours_is_client else self.ours
        self.pipes = {id(self.ours): bytearray(), id(self.theirs): bytearray()}
        self.pings = {id(self.ours): 0, id(self.theirs): 0}
        self.filled = 0
        self.deliver(True, 1 << 30)
        self.deliver(False, 1 << 30)

    # The ways between.

    def _carry(self, source: Side, target: Side, count: int) -> None:
        pipe = self.pipes[id(source)]
        pipe += source.out()
        piece = bytes(pipe[:count])
        del pipe[:count]
        if piece:
            target.hear(piece)

    @rule(to_server=st.booleans(), count=st.sampled_from([1, 8, 9, 50, 1000, 1 << 30]))
    def deliver(self, to_server: bool, count: int) -> None:
        if to_server:
            self._carry(self.client, self.server, count)
        else:
            self._carry(self.server, self.client, count)

    # What the client says.

    def _asking(self) -> list[int]:
        return [number for number, said in self.client.said.items() if not said.ended and number not in self.client.cut]

    @rule(fields=_FIELDS, end=st.booleans())
    def ask(self, fields: Fields, end: bool) -> None:
        number = self.client.open()
        head = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/p"), (b":authority", b"here"))
        self.client.head(number, head + fields, end=end)

    @precondition(lambda self: self._asking())
    @rule(pick=_PICKS, size=_SIZES, end=st.booleans())
    def ask_more(self, pick: int, size: int, end: bool) -> None:
        self._data(self.client, self._asking(), pick, size, end)

    @precondition(lambda self: self._asking())
    @rule(pick=_PICKS, fields=_FIELDS)
    def ask_trailers(self, pick: int, fields: Fields) -> None:
        numbers = self._asking()
        self.client.trailers(numbers[pick % len(numbers)], ((b"t", b"1"), *fields))

    @precondition(lambda self: self.client.said)
    @rule(pick=_PICKS)
    def give_up(self, pick: int) -> None:
        numbers = [each for each in self.client.said if each not in self.client.cut and not self._early(each)]
        if numbers:
            self.client.reset(numbers[pick % len(numbers)])

    def _early(self, number: int) -> bool:
        """A 103 is on its way, which the library does not bear for a stream that it has reset (§5.1: it must)."""
        said, heard = self.server.said.get(number, Message()).heads, self.client.heard.get(number, Message()).heads
        return any(head[0][1] == b"103" for head in said[len(heard) :])

    # What the server says.

    def _answering(self, *, headed: bool) -> list[int]:
        return [
            number
            for number in self.server.heard
            if number not in self.server.cut
            and self._final(number) is headed
            and not self.server.said.get(number, Message()).ended
        ]

    def _final(self, number: int) -> bool:
        said = self.server.said.get(number, Message())
        return any(head[0][1] >= b"200" for head in said.heads)

    @precondition(lambda self: self._answering(headed=False))
    @rule(pick=_PICKS, fields=_FIELDS, status=st.sampled_from([b"103", b"200", b"200", b"404"]), end=st.booleans())
    def answer(self, pick: int, fields: Fields, status: bytes, end: bool) -> None:
        numbers = self._answering(headed=False)
        number = numbers[pick % len(numbers)]
        if number in self.client.cut:
            status = b"200"  # see _early
        self.server.head(number, ((b":status", status), *fields), end=end and status != b"103")
        self._note_early_end(number)

    @precondition(lambda self: self._answering(headed=True))
    @rule(pick=_PICKS, size=_SIZES, end=st.booleans())
    def answer_more(self, pick: int, size: int, end: bool) -> None:
        number = self._data(self.server, self._answering(headed=True), pick, size, end)
        self._note_early_end(number)

    @precondition(lambda self: self._answering(headed=True))
    @rule(pick=_PICKS, fields=_FIELDS)
    def answer_trailers(self, pick: int, fields: Fields) -> None:
        numbers = self._answering(headed=True)
        number = numbers[pick % len(numbers)]
        self.server.trailers(number, ((b"grpc-status", b"0"), *fields))
        self._note_early_end(number)

    @precondition(lambda self: self.server.heard)
    @rule(pick=_PICKS)
    def refuse(self, pick: int) -> None:
        numbers = [number for number in self.server.heard if number not in self.server.cut]
        if numbers:
            self.server.reset(numbers[pick % len(numbers)])

    def _note_early_end(self, number: int) -> None:
        """Ours stops the request when the answer is whole before it; `h2` does not."""

    # What both do.

    def _data(self, side: Ours | Theirs, numbers: list[int], pick: int, size: int, end: bool) -> int:
        number = numbers[pick % len(numbers)]
        self.filled += 1
        side.data(number, self.filled.to_bytes(4, "big") * (size // 4) + b"." * (size % 4), end=end)
        return number

    @rule(ours=st.booleans(), pick=_PICKS, all_of_it=st.booleans())
    def take(self, ours: bool, pick: int, all_of_it: bool) -> None:
        side = self.ours if ours else self.theirs
        held = [(number, count) for number, count in side.untaken.items() if count]
        if held:
            number, count = held[pick % len(held)]
            side.take(number, count if all_of_it else (count + 1) // 2)

    @rule(ours=st.booleans())
    def ping(self, ours: bool) -> None:
        side = self.ours if ours else self.theirs
        self.pings[id(side)] += 1
        side.ping()

    @rule(
        key=st.sampled_from(["window", "frame", "table"]),
        pick=st.integers(0, 2),
    )
    def settle(self, key: str, pick: int) -> None:
        identifier, values = {
            "window": (4, [0, 1000, 1 << 20]),
            "frame": (5, [16_384, 16_385, 1 << 20]),
            "table": (1, [0, 100, 4096]),
        }[key]
        self.theirs.settle({identifier: values[pick]})

    @rule(length=st.sampled_from([None, 0, 10, 255]))
    def pad(self, length: int | None) -> None:
        self.theirs.pad = length

    # The end: everything arrives.

    def teardown(self) -> None:
        if not hasattr(self, "ours"):
            return
        for _ in range(1000):
            moved = False
            if self.theirs.connection.local_settings.initial_window_size < 1 << 20:
                self.theirs.settle({4: 1 << 20})
            for source, target in ((self.client, self.server), (self.server, self.client)):
                self.pipes[id(source)] += source.out()
                moved |= bool(self.pipes[id(source)])
                self._carry(source, target, 1 << 30)
            for side in (self.ours, self.theirs):
                for number, count in side.untaken.items():
                    if count:
                        side.take(number, count)
            if not moved:
                break
        else:
            pytest.fail("it never ends")
        self._compare(self.client, self.server)
        self._compare(self.server, self.client)
        assert self.ours.pongs == self.pings[id(self.ours)]
        assert self.theirs.pongs == self.pings[id(self.theirs)]
        self._all_closed()

    def _compare(self, speaker: Ours | Theirs, listener: Ours | Theirs) -> None:
        cut = speaker.cut | listener.cut
        for number, said in speaker.said.items():
            heard = listener.heard.get(number, Message())
            if number not in cut:
                assert heard == said, number
            else:
                assert said.body.startswith(heard.body)
                assert said.heads[: len(heard.heads)] == heard.heads
                assert heard.trailers in (None, said.trailers)

    def _all_closed(self) -> None:
        """What both have ended, or one has reset, is open nowhere."""
        open_streams = {
            number
            for number in self.client.said
            if number not in self.client.cut | self.server.cut
            and not (self.client.said[number].ended and self.server.said.get(number, Message()).ended)
        }
        assert set(self.ours.connection._streams) == open_streams
        assert all(not self.ours.connection.pending_bytes(number) for number in self.client.said)


class ServerConversation(Conversation):
    """Our server, their client."""

    def _note_early_end(self, number: int) -> None:
        if self.server.said[number].ended and not self.server.heard[number].ended:
            self.server.cut.add(number)


class ClientConversation(Conversation):
    """Our client, their server."""

    ours_is_client = True


_SETTINGS = settings(
    max_examples=CONVERSATIONS,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

TestServer = pytest.mark.slow(ServerConversation.TestCase)
TestServer.settings = _SETTINGS
TestClient = pytest.mark.slow(ClientConversation.TestCase)
TestClient.settings = _SETTINGS
