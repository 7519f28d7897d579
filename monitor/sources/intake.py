"""Posts that `monitor intake` left in the store, while the service ran or before it did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from monitor.model import Page
from monitor.sources.fields import read_cursor, write_cursor
from monitor.store import intake
from monitor.store.db import Store

POSTS_PER_PAGE = 200


class Intake:
    """The posts that wait, oldest first. They go as soon as their page is stored with the others."""

    name = "intake"
    kind = "intake"
    every_seconds = 2.0

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        last = 0 if cursor is None else read_cursor(cursor, int, self.name)
        while waiting := await asyncio.to_thread(intake.waiting, self._store, POSTS_PER_PAGE):
            new = [post for post in waiting if post.number > last]
            if new:
                last = new[-1].number
                yield Page(tuple(post.post for post in new), write_cursor(last))
            await asyncio.to_thread(intake.forget, self._store, last)

    async def check(self) -> str:
        return f"{await asyncio.to_thread(intake.count, self._store)} posts wait"
