"""Clicks on their way in: stored, acknowledged, and handled from the store.

A click is stored through a connection and a thread of its own, so that neither a busy pipeline nor a busy pool of
threads keeps Slack waiting for the acknowledgement (docs/decisions/slack-bolt.md has the measurement).
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Self

import msgspec
import structlog

from monitor.alert.outbox import first_event
from monitor.desk import payload
from monitor.errors import ClickError, MonitorError, TooLate
from monitor.model import Click, ClickKind
from monitor.store import clicks
from monitor.store.db import Store

log = structlog.get_logger()

AT_ONCE = 8
"""People whose clicks are handled side by side; the clicks of one person follow one another."""
LOOK_AT = 200
STORE_SECONDS = 2.7
"""Slack waits 3 seconds for the acknowledgement, then shows its presser that nothing happened."""
ASK_AGAIN = 0.003
FINISH_SECONDS = 4.0
"""For what is in hand when the service stops; what does not finish is handled at the next start."""

PRESS_AGAIN = "That took too long for a window to open: press again."
OUR_MISTAKE = "That did not work because of a mistake in monitor. Its log says more."

Body = Mapping[str, object]
Handle = Callable[[Click], Awaitable[None]]
Tell = Callable[[Click, str], Awaitable[None]]
Answer = Callable[[Click], dict[str, object] | None]


def read(body: Body, now: datetime) -> Click | None:
    """The click in an interaction as Slack sent it. None where nothing is asked: a window was closed, say."""
    kind = _kind(body)
    if kind is None:
        return None
    encoded = msgspec.json.encode(body)
    own = body.get("event_id") if kind is ClickKind.HOME else body.get("trigger_id")
    key = own if isinstance(own, str) and own else hashlib.sha256(encoded).hexdigest()
    return Click(key, kind, encoded, now)


def _kind(body: Body) -> ClickKind | None:
    if "command" in body:
        return ClickKind.COMMAND
    said = body.get("type")
    if said == "event_callback":
        event = body.get("event")
        is_home = isinstance(event, dict) and event.get("type") == ClickKind.HOME
        return ClickKind.HOME if is_home else None
    return next((kind for kind in ClickKind if kind == said), None)


class Inbox:
    """Takes clicks in and has them handled. A context: it holds a connection to the database open.

    `handle` does what a click asks for; `tell` says something to its presser alone. `answer` is what Slack must be told
    with the acknowledgement itself, from the payload alone (None: nothing, which closes a form): what is wrong with a
    form (`response_action` errors: it stays open, and nothing of it is stored), or which window comes next.
    """

    def __init__(self, store: Store, handle: Handle, answer: Answer, tell: Tell, now: Callable[[], datetime]) -> None:
        self._store = store
        self._handle = handle
        self._answer = answer
        self._tell = tell
        self._now = now
        self._stirred = asyncio.Event()
        self._busy: set[str] = set()
        self._in_hand: set[str] = set()

    def __enter__(self) -> Self:
        self._own_store = Store(self._store.path)
        # SQLite itself would ask ever more seldom whether it may write, and a busy pipeline would go first each time.
        self._own_store.db.execute("PRAGMA busy_timeout = 0")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clicks")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        self._own_store.close()

    async def receive(self, body: Body) -> dict[str, object] | None:
        """Store an interaction; returns what Slack is told with the acknowledgement. Raises where it is not stored."""
        click = read(body, self._now())
        if click is None:
            return None
        answer = self._answer_to(click)
        if answer is not None and answer.get("response_action") == "errors":
            return answer
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._thread, self._add, click):
            self._stirred.set()
        return answer

    def _add(self, click: Click) -> bool:
        give_up = time.monotonic() + STORE_SECONDS
        while True:
            try:
                return clicks.add(self._own_store, click)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up:
                    raise
            time.sleep(ASK_AGAIN)

    def _answer_to(self, click: Click) -> dict[str, object] | None:
        try:
            return self._answer(click)
        except Exception as error:
            log.exception("what to answer a form could not be decided: it is taken as it is", error=repr(error))
            return None

    async def work(self, stop: asyncio.Event) -> None:
        """Handle clicks, oldest first, until `stop` is set: first those that a dead process left."""
        try:
            async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as people:
                while not stop.is_set():
                    self._stirred.clear()
                    await self._start_next(people)
                    await first_event((self._stirred, stop), None)
                deadline.reschedule(asyncio.get_running_loop().time() + FINISH_SECONDS)
        except TimeoutError:
            log.warning("stopped before every click was handled: the rest is handled at the next start")

    async def _start_next(self, people: asyncio.TaskGroup) -> None:
        for click in await asyncio.to_thread(clicks.waiting, self._store, LOOK_AT):
            if len(self._busy) >= AT_ONCE:
                return
            person = _whose(click)
            if click.key not in self._in_hand and person not in self._busy:
                self._busy.add(person)
                self._in_hand.add(click.key)
                people.create_task(self._see_to(click, person), name=f"desk:click:{click.key}")

    async def _see_to(self, click: Click, person: str) -> None:
        try:
            await self._handle(click)
            await asyncio.to_thread(self._mark_handled, click)
        except Exception as error:
            log.exception("a click could not be handled", click=click.key, kind=click.kind.value, error=repr(error))
            await self._apologise(click, error)
        finally:
            self._busy.discard(person)
            self._in_hand.discard(click.key)
            self._stirred.set()

    async def _apologise(self, click: Click, error: Exception) -> None:
        try:
            if await asyncio.to_thread(self._mark_failed, click, repr(error)):
                await self._tell(click, _apology(error))
        except Exception as second:
            log.exception("nor could its presser be told", click=click.key, error=repr(second))

    def _mark_handled(self, click: Click) -> None:
        with self._store.transaction() as db:
            clicks.handled(db, click.key, self._now())

    def _mark_failed(self, click: Click, error: str) -> bool:
        """False where it was done before it failed: then there is nothing to press again for."""
        with self._store.transaction() as db:
            return clicks.failed(db, click.key, error, self._now())


def _whose(click: Click) -> str:
    try:
        return payload.read(click).user
    except ClickError:
        return ""


def _apology(error: Exception) -> str:
    if isinstance(error, TooLate):
        return PRESS_AGAIN
    if isinstance(error, MonitorError):
        return f"That did not work: {error}"
    return OUR_MISTAKE
