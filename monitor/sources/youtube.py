"""YouTube: videos that a hundred searches a day find, and the comments under them, which cost next to nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import partial

import httpx
import msgspec

from monitor.config import YouTubeSource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import Deletion, LookedUp, Page
from monitor.sources import youtube_lookup
from monitor.sources.backward import Answered, follow, found_in
from monitor.sources.caps import Budget, Spent, seconds_left
from monitor.sources.fields import Drift, added, read_cursor, write_cursor
from monitor.sources.followed import Thread, also, is_met, read_on
from monitor.sources.http import Answer, client, decode, expect_success, failure, request
from monitor.sources.pace import Pace
from monitor.sources.reading import page_of
from monitor.sources.searching import checked
from monitor.sources.youtube_item import (
    AROUND,
    COMMENT_SHAPE,
    COUNT_SHAPE,
    THREAD_SHAPE,
    VIDEO_SHAPE,
    Items,
    comment_from,
    comments_in,
    count_of,
    placed,
    video_from,
)

VIDEOS_PER_ANSWER, COMMENTS_PER_ANSWER = 50, 100
MOST_ANSWERS = 10
"""Of one video's comments in one round."""
SECONDS_BETWEEN = 0.2
DAY_SECONDS = 86_400
NO_COMMENTS = ("commentsDisabled", "videoNotFound", "forbidden")
USED_UP = ("quotaExceeded", "dailyLimitExceeded")


@dataclass(frozen=True, slots=True)
class _State:
    """The cursor: that of the searches, when they were last made (seconds since 1970), and the videos they found."""

    searches: str | None = None
    searched: float | None = None
    videos: dict[str, Thread] = field(default_factory=dict)


class YouTube:
    """Videos that searches find, spread over the day, and between them the comments where there are more of those."""

    kind = "youtube"
    at_once = youtube_lookup.AT_ONCE

    def __init__(
        self,
        config: YouTubeSource,
        searches: Budget,
        units: Budget,
        pace: Pace | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.name, self.every_seconds = config.name, config.every_seconds
        self._server = f"{config.server}/youtube/v3"
        # Not in the address: addresses are logged.
        self._headers = {"X-Goog-Api-Key": config.token.reveal()}
        self._searches = config.search
        self._search_budget, self._unit_budget = searches, units
        self._pace, self._now = pace or Pace(SECONDS_BETWEEN), now
        self._shown = youtube_lookup.Shown(units)
        self._apart = len(config.search) * DAY_SECONDS / config.searches_per_day
        self._units_per_round = max(2, int(config.units_per_day * config.every_seconds / DAY_SECONDS))

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """New videos, where it is time for a search, then new comments. The first time, the newest of both."""
        state = _State() if cursor is None else read_cursor(cursor, _State, self.name)
        async with client() as http:
            # A clock that was set back must not stop the searches.
            if state.searched is None or abs(self._now() - state.searched) >= self._apart:
                async with aclosing(self._find(http, state)) as pages:
                    async for page, state in pages:
                        yield replace(page, cursor=write_cursor(state))
            counts, gone, drift = await self._counts(http, state.videos)
            for video in gone:
                state = replace(state, videos={key: kept for key, kept in state.videos.items() if key != video})
                yield Page((), write_cursor(state), deletions=(Deletion("youtube", post_id=video),))
            grown = sorted(counts, key=lambda video: state.videos[video].count - counts[video])
            left = self._units_per_round
            for video in (video for video in grown if counts[video] != state.videos[video].count):
                if left > 0:
                    page, thread, used = await self._comments(http, video, state.videos[video], counts[video])
                    left -= used
                    self._shown.saw(page.posts)
                    state = replace(state, videos={**state.videos, video: thread})
                    yield replace(page, cursor=write_cursor(state))
            if state.videos:
                yield Page((), write_cursor(state), drift=drift)

    async def check(self) -> str:
        """Makes the first search, of the hundred that a day has."""
        said = await checked(self._searches[0], self._search, thing="video")
        caps = ((budget.cap, budget.left()) for budget in (self._search_budget, self._unit_budget))
        return "; ".join([said, *(cap.says(cap.per_day - left) for cap, left in caps)])

    def knows(self, name: str) -> bool:
        return youtube_lookup.knows(name)

    async def look_up(self, names: Sequence[str]) -> LookedUp:
        async with client() as http:
            return await self._shown.look_up(partial(self._get, http), names)

    async def _find(self, http: httpx.AsyncClient, state: _State) -> AsyncGenerator[tuple[Page, _State], None]:
        """New videos. Once the day's searches are used up, the next day's reach back to where these ended."""
        asking = follow(self.name, self._searches, partial(self._search, http), video_from, state.searches, VIDEO_SHAPE)
        searched = self._now()
        with suppress(Spent):
            async with aclosing(asking) as pages:
                async for page in pages:
                    self._shown.saw(page.posts)
                    state = _State(page.cursor, searched, also(state.videos, [post.id for post in page.posts]))
                    yield page, state

    async def _search(self, http: httpx.AsyncClient, search: str, older: str | None) -> Answered:
        await self._search_budget.reserve(1)
        params = {"part": "snippet", "type": "video", "order": "date", "q": search}
        params |= {"maxResults": str(VIDEOS_PER_ANSWER)} | ({"pageToken": older} if older else {})
        answer = await self._get(http, "/search", params)
        items = decode(answer, Items)
        return Answered(found_in(items.items, placed), items.next_page_token, answer.headers, AROUND.drift(answer.body))

    async def _counts(
        self, http: httpx.AsyncClient, videos: Mapping[str, Thread]
    ) -> tuple[dict[str, int], list[str], Drift]:
        """How many comments each video has, and which are gone."""
        if not videos:
            return {}, [], ()
        await self._unit_budget.reserve(1)
        params = {"part": "statistics", "id": ",".join(videos), "maxResults": str(VIDEOS_PER_ANSWER)}
        answer = await self._get(http, "/videos", params)
        items = decode(answer, Items).items
        counts: dict[str, int] = {}
        for raw in items:
            with suppress(PostError):
                counts |= dict([count_of(raw)])
        # Where one of them cannot be read, it is not known which of them is missing; where none comes, whether any is.
        gone = [video for video in videos if video not in counts] if len(counts) == len(items) > 0 else []
        drift = added(AROUND.drift(answer.body), *map(COUNT_SHAPE.drift, items))
        return {video: counts[video] for video in videos if video in counts}, gone, drift

    async def _comments(
        self, http: httpx.AsyncClient, video: str, thread: Thread, count: int
    ) -> tuple[Page, Thread, int]:
        """The new comments under a video, and what they cost. Nobody has searched for them."""
        found: list[tuple[str, msgspec.Raw]] = []
        drift: Drift = ()
        older: str | None = None
        used = 0
        while used < (MOST_ANSWERS if thread.known else 1):
            await self._unit_budget.reserve(1)
            used += 1
            params = {"part": "snippet,replies", "videoId": video, "order": "time", "textFormat": "plainText"}
            params |= {"maxResults": str(COMMENTS_PER_ANSWER)} | ({"pageToken": older} if older else {})
            answer = await self._get(http, "/commentThreads", params, refused=NO_COMMENTS)
            items = decode(answer, Items) if answer.status == 200 else Items([])
            if answer.status == 200:
                drift = added(drift, AROUND.drift(answer.body), *map(THREAD_SHAPE.drift, items.items))
            found += [one for raw in items.items for one in comments_in(raw)]
            older = items.next_page_token
            if older is None or is_met(thread, found):
                break
        gap = None
        if older and thread.known and not is_met(thread, found):
            gap = f"{video}: more new comments than {MOST_ANSWERS} answers can hold; older ones were not read"
        new, thread = read_on(thread, found, count)
        # Where comments are refused there will be none.
        thread = thread if answer.status == 200 else replace(thread, count=count)
        read = partial(comment_from, video=video)
        return page_of(new, read, "", shape=COMMENT_SHAPE, drift=drift, gap=gap, everything=True), thread, used

    async def _get(
        self, http: httpx.AsyncClient, path: str, params: Mapping[str, str], refused: tuple[str, ...] = ()
    ) -> Answer:
        """The answer; also one that refuses for one of the reasons in `refused`."""
        await self._pace.turn()
        answer = await request(http, "GET", self._server + path, params=params, headers=self._headers)
        reason = failure(answer) if answer.status in (403, 404) else ""
        if reason in USED_UP:
            wait = seconds_left(self._unit_budget.cap, self._unit_budget.now())
            raise SourceUnavailable(f"{answer.where}: the day's quota is used up ({reason}), perhaps elsewhere", wait)
        return answer if reason and reason in refused else expect_success(answer)
