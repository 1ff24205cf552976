"""Batch: requests that wait at the same time are run as one. TensorFlow Serving's rules and words.

A lone request waits only where the operator asks for it (`timeout_s`). One bad request fails alone: when a batch is
refused, its requests are run one by one. Rows of different shapes never share a batch, unless they are padded.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from salver.core.bounds import at_least
from salver.core.errors import BadInput, Fault, Full, Unavailable
from salver.core.servable import Request, Response, Servable
from salver.core.signature import Signature
from salver.layers.batch_loose import as_alone, kind_of
from salver.layers.batch_rows import Tensors, check_rows, joined, part, row_shapes, rows_of, stacked
from salver.layers.batch_slots import Slots


@dataclass(frozen=True, slots=True)
class Batch:
    """How requests are gathered. The fields are those of TensorFlow Serving's `BatchingParameters`."""

    max_size: int = 1000
    """Rows of the largest batch, and of the largest request (`max_batch_size`)."""
    timeout_s: float = 0.0
    """How long the oldest request waits for a batch to fill, in seconds (`batch_timeout_micros`)."""
    max_waiting: int = 10
    """Batches that may wait for a slot; a request that would begin one more is refused (`max_enqueued_batches`)."""
    allowed_sizes: tuple[int, ...] = ()
    """Sizes, ascending, up to which batches are filled with copies of a row; the last must be the largest size
    (`allowed_batch_sizes`)."""
    pad_lengths: bool = False
    """Whether rows of different lengths are filled up to the longest, each with its request's first element
    (`pad_variable_length_inputs`)."""
    split: bool = False
    """Whether a request may be spread over several batches (`enable_large_batch_splitting`)."""
    max_execution_size: int | None = None
    """Rows of the largest batch where requests may be spread; `max_size` by default (`max_execution_batch_size`)."""

    def __post_init__(self) -> None:
        at_least(self, 1, "max_size")
        at_least(self, 0, "timeout_s", "max_waiting")
        if self.split and self.largest > self.max_size:
            raise BadInput(f"max_execution_size ({self.largest}) must not be above max_size ({self.max_size})")
        if list(self.allowed_sizes) != sorted(set(self.allowed_sizes)) or any(size < 1 for size in self.allowed_sizes):
            raise BadInput(f"allowed_sizes must ascend from 1 or more, got {list(self.allowed_sizes)}")
        if self.allowed_sizes and self.allowed_sizes[-1] != self.largest:
            raise BadInput(
                "Last entry in allowed_batch_sizes must match max_batch_size; last entry was "
                f"{self.allowed_sizes[-1]}; expected {self.largest}"
            )

    @property
    def largest(self) -> int:
        """Rows of the largest batch that is run."""
        return (self.max_execution_size or self.max_size) if self.split else self.max_size

    def size_for(self, rows: int) -> int:
        """What a batch of so many rows is filled up to; one without rows has none to copy."""
        return rows and next((size for size in self.allowed_sizes if size >= rows), rows)

    def __call__(self, servable: Servable) -> Servable:
        return Batched(servable, self, Slots(1))


@dataclass(frozen=True, slots=True)
class Processed:
    """A batch that was run, for whoever counts."""

    rows: tuple[int, ...]
    """Of each request in it."""
    size: int
    """Rows that were run, those that only fill included."""
    waits_s: tuple[float, ...]
    """How long each request waited for it."""


OnBatch: TypeAlias = Callable[[Processed], None]


@dataclass(slots=True, eq=False)
class _Asked:
    """One request, until all its rows are answered."""

    request: Request
    rows: int
    answer: asyncio.Future[Response]
    since_s: float
    answered: dict[int, Response] = field(default_factory=dict)
    """By first row."""

    @property
    def is_late(self) -> bool:
        return self.request.deadline is not None and time.monotonic() > self.request.deadline

    def take(self, start: int, response: Response) -> None:
        """Some of its rows are answered."""
        self.answered[start] = response
        if not self.answer.done() and sum(_rows(part) for part in self.answered.values()) >= self.rows:
            parts = [self.answered[key].tensors for key in sorted(self.answered)]
            self.answer.set_result(Response(stacked(parts), response.params, response.trail))

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of one request that are in one batch."""

    asked: _Asked
    start: int
    stop: int

    @property
    def tensors(self) -> Tensors:
        whole = self.stop - self.start == self.asked.rows
        return self.asked.request.tensors if whole else part(self.asked.request.tensors, self.start, self.stop)


@dataclass(slots=True)
class _Pending:
    """A batch that may still grow."""

    since_s: float
    pieces: list[_Piece] = field(default_factory=list)
    rows: int = 0

    def add(self, piece: _Piece) -> None:
        self.pieces.append(piece)
        self.rows += piece.stop - piece.start


class _Queue:
    """The batches of requests that can be run together."""

    def __init__(
        self,
        servable: Servable,
        signature: Signature,
        options: Batch,
        on_batch: OnBatch,
        on_empty: Callable[[], object],
    ) -> None:
        self._servable = servable
        self._signature = signature
        self._options = options
        self._on_batch = on_batch
        self._on_empty = on_empty
        self._batches: deque[_Pending] = deque()

    def add(self, asked: _Asked) -> None:
        """Raises Unavailable when there is no room; then nothing of the request is kept."""
        options = self._options
        room = options.largest - self._batches[-1].rows if self._batches else 0
        joins = bool(self._batches) and (asked.rows <= room or (options.split and room > 0))
        head = min(asked.rows, room) if joins else 0
        starts = range(head, asked.rows, options.largest) if joins or asked.rows else range(1)
        self._check_room(len(starts))
        if joins:
            self._batches[-1].add(_Piece(asked, 0, head))
        for start in starts:
            batch = _Pending(asked.since_s)
            batch.add(_Piece(asked, start, min(start + options.largest, asked.rows)))
            self._batches.append(batch)

    def _check_room(self, further: int) -> None:
        enqueued, most = len(self._batches), max(self._options.max_waiting, 1)
        if enqueued + further > most:
            raise Unavailable(
                "The batch scheduling queue to which this task was submitted is full; currently "
                f"{enqueued} batches enqueued and max_enqueued_batches is {most}"
            )

    def ripe_in_s(self, now_s: float) -> float | None:
        if not self._batches:
            return None
        first = self._batches[0]
        if len(self._batches) > 1 or first.rows >= self._options.largest:
            return 0.0
        return max(first.since_s + self._options.timeout_s - now_s, 0.0)

    def take(self) -> Coroutine[Any, Any, None]:
        batch = self._batches.popleft()
        if not self._batches:
            self._on_empty()
        return self._run(batch)

    def refuse(self, fault: Fault) -> None:
        """Nothing that waits will be run."""
        for batch in self._batches:
            for piece in batch.pieces:
                piece.asked.fail(fault)
        self._batches.clear()

    async def _run(self, batch: _Pending) -> None:
        pieces = [piece for piece in batch.pieces if not piece.asked.answer.done()]
        for piece in pieces:
            if piece.asked.is_late:
                piece.asked.fail(Full("Run() timeout exceeded while waiting in batching queue"))
        pieces = [piece for piece in pieces if not piece.asked.answer.done()]
        if pieces:
            await _for_those_who_wait(pieces, self._answer(pieces))

    async def _answer(self, pieces: list[_Piece]) -> None:
        try:
            await self._merged(pieces)
        except BadInput as fault:
            if len(pieces) == 1:
                pieces[0].asked.fail(fault)
            else:
                await self._one_by_one(pieces)
        except Exception as error:  # noqa: BLE001 - a model is foreign code; whoever waits for it must hear
            for piece in pieces:
                piece.asked.fail(error)

    async def _merged(self, pieces: list[_Piece]) -> None:
        options = self._options
        rows = sum(piece.stop - piece.start for piece in pieces)
        # Rows that only fill would be refused along with those they are copies of.
        size = rows if self._signature.loose else options.size_for(rows)
        tensors = joined([piece.tensors for piece in pieces], size, pad_lengths=options.pad_lengths)
        first = pieces[0].asked.request
        deadlines = [piece.asked.request.deadline for piece in pieces]
        latest = None if None in deadlines else max(deadline for deadline in deadlines if deadline is not None)
        now_s = asyncio.get_running_loop().time()
        waits_s = tuple(now_s - piece.asked.since_s for piece in pieces)
        self._on_batch(Processed(tuple(piece.stop - piece.start for piece in pieces), size, waits_s))
        request = Request(tensors, first.signature, outputs=first.outputs, deadline=latest, params=first.params)
        response = await self._servable(request)
        check_rows(response.tensors, size)
        begin = 0
        for piece in pieces:
            end = begin + piece.stop - piece.start
            answered = self._part(piece, response.tensors, begin, end)
            piece.asked.take(piece.start, Response(answered, response.params, response.trail))
            begin = end

    def _part(self, piece: _Piece, tensors: Tensors, begin: int, end: int) -> Tensors:
        rows = part(tensors, begin, end)
        return as_alone(rows, piece.asked.request, self._signature) if self._signature.loose else rows

    async def _one_by_one(self, pieces: list[_Piece]) -> None:
        for piece in pieces:
            if not piece.asked.answer.done():
                await self._answer([piece])


class Batched:
    """A servable whose requests are run together."""

    def __init__(
        self, servable: Servable, options: Batch, slots: Slots, on_batch: OnBatch = lambda processed: None
    ) -> None:
        self._servable = servable
        self._options = options
        self._slots = slots
        self._on_batch = on_batch
        self._queues: dict[object, _Queue] = {}
        self._signatures = servable.signatures

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._signatures

    async def __call__(self, request: Request) -> Response:
        if not self._signatures[request.signature].batched or not request.tensors:
            return await self._servable(request)
        rows = rows_of(request.tensors)
        if rows > self._options.max_size:
            raise BadInput(f"Task size {rows} is larger than maximum input batch size {self._options.max_size}")
        loop = asyncio.get_running_loop()
        asked = _Asked(request, rows, loop.create_future(), loop.time())
        queue = self._queue(request)
        queue.add(asked)
        self._slots.stir(queue)
        return await asked.answer

    async def aclose(self) -> None:
        for queue in self._queues.values():
            queue.refuse(Unavailable("the model was unloaded"))
            self._slots.leave(queue)
        await self._servable.aclose()

    def _queue(self, request: Request) -> _Queue:
        """The queue of the requests that can be run together with this one."""
        signature = self._signatures[request.signature]
        key = request.signature, kind_of(request, signature) if signature.loose else self._kind_of(request)
        queue = self._queues.get(key)
        if queue is None:
            forget = partial(self._queues.pop, key)
            queue = self._queues[key] = _Queue(self._servable, signature, self._options, self._on_batch, forget)
        return queue

    def _kind_of(self, request: Request) -> object:
        shapes = None if self._options.pad_lengths else row_shapes(request.tensors)
        ranks = tuple(tensor.array.ndim for tensor in request.tensors.values())
        return tuple(request.tensors), tuple(sorted(request.outputs)), shapes, ranks


def _rows(response: Response) -> int:
    return next(iter(response.tensors.values())).array.shape[0] if response.tensors else 0


async def _for_those_who_wait(pieces: list[_Piece], work: Coroutine[Any, Any, None]) -> None:
    """Does the work, unless everybody leaves before it is done."""
    task = asyncio.get_running_loop().create_task(work)

    def left(_: asyncio.Future[Response]) -> None:
        if all(piece.asked.answer.cancelled() for piece in pieces):
            task.cancel()

    for piece in pieces:
        piece.asked.answer.add_done_callback(left)
    await asyncio.wait((task,))
