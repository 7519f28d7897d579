"""Posts as JSON Lines: a file that is followed as it grows, and standard input. `post_json.py` reads a line."""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from monitor.config import JsonlSource, StdinSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Page, Post
from monitor.sources.fields import read_cursor, write_cursor
from monitor.sources.post_json import LONGEST_LINE, post_from_json

LINES_PER_PAGE = 500
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a file was read. `mark` is a hash of the bytes before `offset`: it tells whether the file is the same."""

    offset: int = 0
    lines: int = 0
    mark: str = ""


class JsonlFile:
    """A file of posts, followed as it grows. A half-written last line waits for its end."""

    kind = "jsonl"

    def __init__(self, config: JsonlSource) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._path = config.path

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What was added after the cursor. A file that was cut or replaced is read from its start: told as a gap."""
        page = await self._next(cursor)
        yield page
        while page.cursor != cursor:
            cursor = page.cursor
            page = await self._next(cursor)
            if page.cursor != cursor:
                yield page

    async def check(self) -> str:
        page = await self._next(None)
        skipped = f", {page.skipped} lines skipped ({page.skip_reason})" if page.skipped else ""
        return f"{len(page.posts)} posts at the start of {self._path}{skipped}"

    async def _next(self, cursor: str | None) -> Page:
        place = _Place() if cursor is None else read_cursor(cursor, _Place, self.name)
        return await asyncio.to_thread(_read_page, self._path, place)


class StandardInput:
    """Posts on standard input. What was read before a crash cannot be read again: its cursor only counts lines."""

    kind = "stdin"
    every_seconds = math.inf

    def __init__(self, config: StdinSource, descriptor: int = 0) -> None:
        self.name = config.name
        self._descriptor = descriptor
        self._chunks: asyncio.Queue[bytes] | None = None
        self._lines = 0

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:  # noqa: ARG002 - cannot be resumed
        """One page for what has arrived since the last; ends with the input."""
        chunks = self._started()
        rest = b""
        while chunk := await chunks.get():
            *lines, rest = (rest + chunk).split(b"\n")
            # The start of an endless line is enough to know that it is too long.
            rest = rest[: LONGEST_LINE + 1]
            if lines:
                yield self._page(lines)
        yield self._page([rest])

    async def check(self) -> str:
        return "standard input: read when the service runs"

    def _started(self) -> asyncio.Queue[bytes]:
        if self._chunks is None:
            self._chunks = asyncio.Queue(maxsize=16)
            # A daemon thread on the bare descriptor, not asyncio.to_thread: a read that waits for input must not hold
            # up the end of the process, and regular files have no non-blocking read.
            threading.Thread(
                target=_pump,
                args=(self._descriptor, asyncio.get_running_loop(), self._chunks),
                name="standard input",
                daemon=True,
            ).start()
        return self._chunks

    def _page(self, lines: Iterable[bytes]) -> Page:
        tally = _Tally()
        for line in lines:
            self._lines += 1
            tally.read(line, f"line {self._lines}")
        return tally.page(write_cursor(self._lines))


class _Tally:
    """The posts of a page and the lines that were none."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.skipped = 0
        self.skip_reason: str | None = None

    def read(self, line: bytes, where: str) -> None:
        if not line.strip():
            return
        try:
            self.posts.append(post_from_json(line, where))
        except PostError as error:
            self.skipped += 1
            self.skip_reason = str(error)

    def page(self, cursor: str, gap: str | None = None) -> Page:
        return Page(tuple(self.posts), cursor, skipped=self.skipped, skip_reason=self.skip_reason, gap=gap)


def _read_page(path: Path, place: _Place) -> Page:
    """At most LINES_PER_PAGE lines after `place`. Raises SourceUnavailable or SourceRefused."""
    try:
        with path.open("rb") as file:
            gap = None
            if _mark(file, place.offset) != place.mark:
                gap = f"{path} was cut or replaced since it was read; it is read again from its start"
                place = _Place()
            return _read_lines(file, place, gap)
    except FileNotFoundError as error:
        raise SourceUnavailable(f"{path} does not exist; create it, or mend the source's path in the config") from error
    except OSError as error:
        raise SourceRefused(
            f"{path} cannot be read: {error.strerror}; mend its permissions or the source's path"
        ) from error


def _read_lines(file: BinaryIO, place: _Place, gap: str | None) -> Page:
    tally = _Tally()
    file.seek(place.offset)
    offset, lines = place.offset, place.lines
    for _ in range(LINES_PER_PAGE):
        line, length, ended = _read_line(file)
        if not ended:
            try:
                tally.posts.append(post_from_json(line, f"line {lines + 1}"))
            except PostError:
                # The start of a JSON object is never a JSON object: a last line that reads as one is whole,
                # and any other is half-written.
                break
        else:
            lines += 1
            tally.read(line, f"line {lines}")
        offset += length
    return tally.page(write_cursor(_Place(offset, lines, _mark(file, offset))), gap)


def _read_line(file: BinaryIO) -> tuple[bytes, int, bool]:
    """A line (of a too long one only its start), its length in the file in bytes, and whether its end was there."""
    line = piece = file.readline(LONGEST_LINE + 1)
    length = len(piece)
    while piece and not piece.endswith(b"\n"):
        piece = file.readline(CHUNK)
        length += len(piece)
    return line, length, piece.endswith(b"\n")


def _mark(file: BinaryIO, offset: int) -> str:
    """A hash of the last bytes before `offset`; of fewer bytes where the file is shorter, so that it cannot agree."""
    start = max(0, offset - 64)
    file.seek(start)
    before = file.read(offset - start)
    return blake2b(before, digest_size=8).hexdigest() if offset else ""


def _pump(descriptor: int, loop: asyncio.AbstractEventLoop, chunks: asyncio.Queue[bytes]) -> None:
    """Carries a descriptor's bytes into the loop, in a thread; an empty chunk is the end."""
    chunk = b"-"
    while chunk:
        try:
            chunk = os.read(descriptor, CHUNK)
        except OSError:
            chunk = b""
        if loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(chunks.put(chunk), loop).result()
