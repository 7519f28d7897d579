"""The task that watches the rules folder: what is saved there is checked, tried with its tests, and put to use.

Posts are settled meanwhile with the rules as they were; the next batch has the new ones, whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from monitor.alert.outbox import first_event
from monitor.desk.mending import tell
from monitor.errors import Problem
from monitor.model import Claim, ClaimStatus, Rules
from monitor.pipeline import Pipeline
from monitor.rulebook import reload, testing
from monitor.rulebook.load import CANDIDATES_FILE
from monitor.rulebook.reload import Book, Disk, Reloaded
from monitor.rulebook.testing import TestResult
from monitor.store import mending
from monitor.store.db import Store
from monitor.toml import show

log = structlog.get_logger()

GATHER_MS = 400
"""Changes that come one after the other are looked at together, after so long at the latest."""
QUIET_MS = 50
"""How long nothing must change before what did is looked at."""
LOOK_AGAIN = 5.0
"""Seconds after which the folder is looked at though nothing was heard: another may have taken its place, or it lies on
a disk that tells nobody."""
SETTLE = 0.3
"""Seconds that an editor gets to finish: some empty a file, or delete it, before they write it anew."""

Changes = Callable[[Path, asyncio.Event], AsyncIterator[None]]
Wait = Callable[[Sequence[asyncio.Event], float | None], Awaitable[None]]


class RulesWatch:
    """The task over one folder, which `book` was read from. `wake` tells the outbox that something was enqueued."""

    def __init__(
        self,
        folder: Path,
        book: Book,
        store: Store,
        pipeline: Pipeline,
        wake: Callable[[], None],
        now: Callable[[], datetime],
        changes: Changes | None = None,
        wait: Wait = first_event,
    ) -> None:
        self._folder = folder
        self._book = book
        self._store = store
        self._pipeline = pipeline
        self._wake = wake
        self._now = now
        self._changes = changes or changes_in
        self._wait = wait
        self._seen: Disk | None = None
        self._doubted: frozenset[str] = frozenset()

    async def run(self, stop: asyncio.Event) -> None:
        """Go on with what is saved until `stop` is set."""
        # A start takes rules whose tests fail: of these the channel must not hear that they are mended.
        with self._store.reading() as db:
            self._doubted = frozenset(mending.every(db))
        await self._look(stop)
        self._doubted = frozenset()
        async for _ in self._changes(self._folder, stop):
            await self._look(stop)

    async def _look(self, stop: asyncio.Event) -> None:
        try:
            disk = await asyncio.to_thread(reload.read, self._folder)
            if disk == self._seen:
                return
            found = await asyncio.to_thread(self.checked, disk)
            if found.problems or found.gone:
                await self._wait((stop,), SETTLE)
                disk = await asyncio.to_thread(reload.read, self._folder)
                found = await asyncio.to_thread(self.checked, disk)
            if await asyncio.to_thread(self.go_on_with, found, disk):
                self._seen = disk
            self._wake()
        except Exception:
            # Alerts go out by the rules as they are, whatever keeps us from putting new ones to use.
            log.exception("the rules folder could not be looked at; the rules stay in use as they were")

    def checked(self, disk: Disk) -> Reloaded:
        """What a folder makes of the rules in use, without files that fail one of their own tests, and without
        candidates that break one of another file. Blocking."""
        failures: tuple[Problem, ...] = ()
        while True:
            refused = {failure.path.name for failure in failures}
            found = reload.merge(self._book, disk, refused)
            failing = (*self._failing(found), *self._broken_by_candidates(found, disk, refused))
            new = tuple(failure for failure in failing if failure not in failures)
            if not new:
                return replace(found, problems=tuple(sorted({*found.problems, *failures})))
            failures += new

    def go_on_with(self, found: Reloaded, disk: Disk) -> bool:
        """Put rules to use and have the channel told what is wrong. False where it must be told again. Blocking."""
        if found.book.rules.version != self._pipeline.written.version:
            self._pipeline.learn(found.book.rules)
            log.info("rules are in use", rules=self._pipeline.rules_version, files=found.changed)
        self._book = found.book
        with self._store.transaction() as db:
            return tell(db, found, disk, self._now())

    def _failing(self, found: Reloaded) -> tuple[Problem, ...]:
        """The tests that fail of the claims whose files have changed, tried beside all others; those of drafts are
        still being written."""
        files = self._doubted.union(found.changed)
        claims = [claim for claim in found.book.rules.claims if claim.file in files and claim.status in _TESTED]
        return tuple(
            Problem(
                self._folder / result.claim.file,
                result.test.line,
                1,
                f'this test fails: "{show(result.test.post, 200)}"',
                f"{result.why}; mend the claim or the test: monitor rules test shows them all",
            )
            for result in self._failed(found.book.rules, claims)
        )

    def _broken_by_candidates(self, found: Reloaded, disk: Disk, refused: set[str]) -> tuple[Problem, ...]:
        """The tests that fail of claims whose files have not changed, and pass where the candidates stay as they were
        beside everything else that is new."""
        if CANDIDATES_FILE not in found.changed:
            return ()
        claims = [
            claim for claim in found.book.rules.claims if claim.file not in found.changed and claim.status in _TESTED
        ]
        failed = self._failed(found.book.rules, claims)
        suspects = [claim for claim in claims if claim.id in {result.claim.id for result in failed}]
        without = reload.merge(self._book, disk, {*refused, CANDIDATES_FILE}).book.rules
        anyway = {(result.claim.id, result.test) for result in self._failed(without, suspects)}
        return tuple(
            Problem(
                self._folder / CANDIDATES_FILE,
                1,
                1,
                f"with it a test of {result.claim.file} (line {result.test.line}) fails that passes without it: "
                f'"{show(result.test.post, 200)}"',
                f"{result.why}; mend the candidates or the test: monitor rules test shows them all",
            )
            for result in failed
            if (result.claim.id, result.test) not in anyway
        )

    def _failed(self, rules: Rules, claims: Sequence[Claim]) -> list[TestResult]:
        tried = testing.as_if_active(rules)
        named = {claim.id for claim in claims}
        asked = [claim for claim in tried.claims if claim.id in named and claim.tests]
        if not asked:
            return []
        stages = self._pipeline.stages.with_rules(tried)
        return [
            result
            # One claim at a time: posts that wait go between.
            for claim in asked
            for result in testing.run_tests(replace(tried, claims=(claim,)), stages.classify, self._now())
            if not result.passed
        ]


_TESTED = (ClaimStatus.ACTIVE, ClaimStatus.SHADOW)


async def changes_in(folder: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yields soon after something in a folder was changed, and every LOOK_AGAIN seconds, until `stop` is set."""
    import watchfiles  # noqa: PLC0415 - only the service needs it

    while not stop.is_set():
        before = _identity(folder)
        try:
            async for _ in watchfiles.awatch(
                folder,
                watch_filter=None,
                debounce=GATHER_MS,
                step=QUIET_MS,
                stop_event=stop,
                rust_timeout=round(LOOK_AGAIN * 1000),
                yield_on_timeout=True,
                recursive=False,
            ):
                yield
                if _identity(folder) != before:
                    break
        except (OSError, RuntimeError) as error:
            log.warning("the rules folder cannot be watched: it is looked at now and then", error=str(error))
            await first_event((stop,), LOOK_AGAIN)
            yield


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder stands at a path: a link may lead to another one by now."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
