"""Reddit: posts that a search finds, newest first, and the comments under them. As an app, without a user."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

import httpx
import msgspec

from monitor.config import RedditSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Deletion, LookedUp, Page
from monitor.sources.backward import Answered, follow, found_in
from monitor.sources.fields import added, read_cursor, write_cursor
from monitor.sources.followed import Thread, also, is_met, read_on
from monitor.sources.http import Answer, client, decode, expect_success, request, rest
from monitor.sources.pace import Pace
from monitor.sources.reading import page_of
from monitor.sources.reddit_listing import AROUND, Listing, comments_in, placed
from monitor.sources.reddit_thing import (
    COMMENT_SHAPE,
    POST_SHAPE,
    count_of,
    post_from,
    post_from_comment,
    post_within,
    thing_from,
)
from monitor.sources.searching import checked
from monitor.sources.witness import Witnesses

LOGIN = "https://www.reddit.com"
POSTS_PER_ANSWER = 100
COMMENTS_PER_ANSWER = 500
SECONDS_BETWEEN = 0.65
"""An app may ask 100 times in a minute."""
_NAME = re.compile(r"t[13]_[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _State:
    """The cursor: that of the searches, and the threads that they found."""

    searches: str | None = None
    threads: dict[str, Thread] = field(default_factory=dict)


class _Token(msgspec.Struct):
    access_token: str


class Reddit:
    """Posts that searches find, newest first, then the comments in those threads where there are more of them."""

    kind = "reddit"
    at_once = 99

    def __init__(self, config: RedditSource, pace: Pace | None = None, login: str = LOGIN) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = config.server
        self._login = f"{login}/api/v1/access_token"
        secret = base64.b64encode(f"{config.client_id}:{config.token.reveal()}".encode()).decode()
        self._app = {"Authorization": f"Basic {secret}"}
        self._searches = config.search
        self._where = f"/r/{'+'.join(config.subreddits)}" if config.subreddits else ""
        self._pace = pace or Pace(SECONDS_BETWEEN)
        self._witnesses = Witnesses()
        self._token: str | None = None

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search, then thread by thread. The first time, the newest posts of each search."""
        state = _State() if cursor is None else read_cursor(cursor, _State, self.name)
        async with client() as http:
            asking = follow(
                self.name, self._searches, partial(self._search, http), post_within, state.searches, POST_SHAPE
            )
            async with aclosing(asking) as pages:
                async for page in pages:
                    self._witnesses.saw(post.id for post in page.posts)
                    state = _State(page.cursor, also(state.threads, [post.id for post in page.posts]))
                    yield replace(page, cursor=write_cursor(state))
            for name, count in (await self._counts(http, state.threads)).items():
                thread = state.threads[name]
                if count is None:
                    state = replace(state, threads={key: kept for key, kept in state.threads.items() if key != name})
                    yield Page((), write_cursor(state), deletions=(Deletion("reddit", post_id=name),))
                elif count != thread.count:
                    page, thread = await self._comments(http, name, thread, count)
                    state = replace(state, threads={**state.threads, name: thread})
                    yield replace(page, cursor=write_cursor(state))

    async def check(self) -> str:
        """Logs in, and asks the first search."""
        return await checked(self._searches[0], self._search)

    def knows(self, name: str) -> bool:
        return _NAME.fullmatch(name) is not None

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        """Gone: what Reddit shows without its text, or leaves out of an answer that shows others."""
        other = self._witnesses.beside(names)
        asked = [*names, *([other] if other else [])]
        async with client() as http:
            answer = await self._get(http, "/api/info", {"id": ",".join(asked)})
        # Where one of them cannot be read, it is not known which of them is missing.
        try:
            found = dict(thing_from(raw) for raw in decode(answer, Listing).data.children)
        except PostError as error:
            raise SourceUnavailable(f"{answer.where} sent something that cannot be read ({error})") from error
        left_out = self._witnesses.gone(asked, found)
        posts = tuple(post for name in names if (post := found.get(name)))
        taken = tuple(name for name in names if name in left_out or (name in found and found[name] is None))
        return LookedUp(posts, taken)

    async def _search(self, http: httpx.AsyncClient, search: str, older: str | None) -> Answered:
        params = {"q": search, "sort": "new", "t": "all", "type": "link", "limit": str(POSTS_PER_ANSWER)}
        params |= {"restrict_sr": "true"} if self._where else {}
        params |= {"after": older} if older else {}
        answer = await self._get(http, f"{self._where}/search", params)
        listing = decode(answer, Listing).data
        return Answered(found_in(listing.children, placed), listing.after, answer.headers, AROUND.drift(answer.body))

    async def _counts(self, http: httpx.AsyncClient, threads: Mapping[str, Thread]) -> dict[str, int | None]:
        """How many comments each thread has; None where its text was taken away."""
        if not threads:
            return {}
        answer = await self._get(http, "/api/info", {"id": ",".join(threads)})
        counts: dict[str, int | None] = {}
        for raw in decode(answer, Listing).data.children:
            try:
                name, count = count_of(raw)
                if name in threads:
                    counts[name] = count if post_from(raw) else None
            except PostError:
                # Searches tell what cannot be read; the thread is looked at again next time.
                continue
        return counts

    async def _comments(self, http: httpx.AsyncClient, name: str, thread: Thread, count: int) -> tuple[Page, Thread]:
        """The new comments of a thread. Nobody has searched for them: they count where they name a candidate."""
        params = {"sort": "new", "limit": str(COMMENTS_PER_ANSWER)}
        answer = await self._get(http, f"/comments/{name.removeprefix('t3_')}", params)
        listings = decode(answer, list[Listing])
        found = [one for listing in listings[1:] for one in comments_in(listing.data.children)]
        gap = None
        if thread.known and len(found) >= COMMENTS_PER_ANSWER and not is_met(thread, found):
            gap = f"{name}: more new comments than one answer can hold; older ones were not read"
        new, thread = read_on(thread, found, count)
        drift = added(AROUND.drift(answer.body))
        page = page_of(new, post_from_comment, "", shape=COMMENT_SHAPE, drift=drift, gap=gap, everything=True)
        return page, thread

    async def _get(self, http: httpx.AsyncClient, path: str, params: Mapping[str, str]) -> Answer:
        """An answer in the name of the app. A token that is no longer taken is renewed once."""
        for fresh in (False, True):
            if self._token is None:
                await self._log_in(http)
            await self._pace.turn()
            headers = {"Authorization": f"Bearer {self._token}"}
            url = self._server + path
            answer = await request(http, "GET", url, params={**params, "raw_json": "1"}, headers=headers)
            self._pace.hold(rest(answer.headers, datetime.now(UTC), limited=answer.status == 429))
            if answer.status != 401 or fresh:
                break
            self._token = None
        return expect_success(answer)

    async def _log_in(self, http: httpx.AsyncClient) -> None:
        await self._pace.turn()
        form = {"grant_type": "client_credentials"}
        answer = await request(http, "POST", self._login, form=form, headers=self._app)
        if answer.status in (400, 401):
            raise SourceRefused(
                f"{answer.where} does not accept the app; check client_id and the secret of this source"
            )
        self._token = decode(expect_success(answer), _Token).access_token
