"""Posts that are asked for by name: parents of posts that say nothing alone, and posts that may be gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import respx

from monitor import config as configuration
from monitor.config import AlertConfig, BlueskySource, MastodonSource, Secret, XSource
from monitor.errors import SourceUnavailable
from monitor.match.matcher import Matcher
from monitor.model import (
    Candidate,
    Claim,
    Decision,
    Deletion,
    LookedUp,
    Match,
    Mention,
    NotificationKind,
    Page,
    Post,
    Rules,
    Stance,
)
from monitor.pipeline import Pipeline, Stages
from monitor.service import Service
from monitor.sources.bluesky import Bluesky
from monitor.sources.caps import Cap, in_memory
from monitor.sources.lookups import CHECKED_AFTER, REST, Lookups
from monitor.sources.mastodon import Mastodon
from monitor.sources.pace import Pace
from monitor.sources.source import Source
from monitor.sources.x import X
from monitor.store import incidents, outbox, posts
from monitor.store.db import Store
from tests.test_service import Desk

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
RULES = Rules((Candidate("rivera", "Ana Rivera"),), (Claim("withdrawn", "c", "t", ("rivera",)),), "v1")
SERVER = "https://social.example"
AGREES = "This is true, share it #Rivera2026"
CLAIM = "Ana Rivera has withdrawn"


class Literal(Matcher):
    """A post that says "withdrawn" asserts the claim."""

    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [
            Match(post.key, "withdrawn", "p", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "asserts it")
            if "withdrawn" in post.text
            else None
            for post, _ in posts
        ]


class Fediverse:
    """A Mastodon server. `tagged`: what the hashtag's timeline shows; every status can be asked for by its id."""

    def __init__(self) -> None:
        self.statuses: dict[str, dict[str, object]] = {}
        self.tagged: list[str] = []
        self.asked: list[str] = []
        self.answers: list[httpx.Response] = []

    def write(self, number: int, text: str, reply_to: int | None = None, *, tagged: bool = False) -> None:
        self.statuses[str(number)] = {
            "id": str(number), "uri": f"{SERVER}/ap/{number}", "account": {"acct": "ana"}, "content": f"<p>{text}</p>",
            "in_reply_to_id": str(reply_to) if reply_to else None, "created_at": NOW.isoformat(),
        }  # fmt: skip
        self.tagged += [str(number)] if tagged else []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api/v1/timelines/tag/"):
            after = int(request.url.params.get("min_id", "0"))
            newer = [number for number in self.tagged if int(number) > after]
            return httpx.Response(200, json=[self.statuses[number] for number in reversed(newer)])
        number = request.url.path.rpartition("/")[2]
        self.asked.append(number)
        if self.answers:
            return self.answers.pop(0)
        if number not in self.statuses:
            return httpx.Response(404, json={"error": "Record not found"})
        return httpx.Response(200, json=self.statuses[number])


@pytest.fixture
def fediverse() -> Iterator[Fediverse]:
    server = Fediverse()
    with respx.mock:
        respx.route(host="social.example").mock(side_effect=server.answer)
        yield server


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return Pipeline(Stages(RULES, Literal()), store, AlertConfig())


def mastodon() -> Mastodon:
    return Mastodon(MastodonSource("fedi", SERVER, ("Rivera2026",), every_seconds=0.01), Pace(0))


def lookups(store: Store, pipeline: Pipeline, clock: Clock, source: Source | None = None) -> Lookups:
    return Lookups(store, [source or mastodon()], pipeline.revisit, clock)


async def poll(pipeline: Pipeline, clock: Clock, source: Source | None = None) -> None:
    async for page in (source or mastodon()).pages(None):
        pipeline.accept("fedi", "mastodon", page, clock())
    settle(pipeline, clock)


def settle(pipeline: Pipeline, clock: Clock) -> None:
    while pipeline.advance(clock(), 32):
        pass


def spreading(store: Store) -> list[str]:
    return [match.sentence for match in posts.matches(store, Decision.ALERT)]


async def test_the_service_fetches_what_a_post_agrees_with_and_alerts(
    store: Store, tmp_path: Path, pipeline: Pipeline, fediverse: Fediverse
) -> None:
    fediverse.write(1, CLAIM)
    fediverse.write(2, AGREES, 1, tagged=True)
    fediverse.write(3, "Exactly #Rivera2026", 1, tagged=True)
    desk, stop = Desk(), asyncio.Event()
    settings = configuration.default(tmp_path)
    running = asyncio.create_task(Service(settings, store, pipeline, desk, lambda: NOW).run([mastodon()], stop))
    async with asyncio.timeout(600):
        await desk.told.wait()
    stop.set()
    await running
    assert desk.delivered[0].kind is NotificationKind.MESSAGE
    assert desk.delivered[0].alerts[0].match.why == "asserts it; with the post that it answers"
    assert fediverse.asked == ["1"], "once for both"


async def test_a_parent_that_is_stored_is_not_asked_for_though_answers_name_it_in_another_way(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    fediverse.write(1, CLAIM, tagged=True)
    fediverse.write(2, AGREES, 1, tagged=True)
    await poll(pipeline, clock)
    assert spreading(store) == [CLAIM, AGREES]
    assert await lookups(store, pipeline, clock).fetch_parents() == 0
    assert fediverse.asked == []


@pytest.mark.parametrize("text", ["Is this true? #Rivera2026", "No she has not #Rivera2026", "A long day #Rivera2026"])
async def test_nobody_is_asked_for_the_parent_of_a_post_that_does_not_agree(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse, text: str
) -> None:
    fediverse.write(1, CLAIM)
    fediverse.write(2, text, 1, tagged=True)
    await poll(pipeline, clock)
    await lookups(store, pipeline, clock).fetch_parents()
    assert fediverse.asked == []


async def test_a_parent_that_is_gone_is_asked_for_once_and_one_that_is_not_answered_for_later(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    fediverse.write(2, AGREES, 1, tagged=True)
    await poll(pipeline, clock)
    asking = lookups(store, pipeline, clock)
    fediverse.answers = [httpx.Response(503)]
    await asking.fetch_parents()
    await asking.fetch_parents()
    assert len(fediverse.asked) == 1, "the source rests"
    clock.passes(REST)
    await asking.fetch_parents()
    clock.passes(REST)
    await asking.fetch_parents()
    assert len(fediverse.asked) == 2, "now it is known to be gone"
    fediverse.write(1, CLAIM)
    fediverse.write(3, "Exactly #Rivera2026", 1, tagged=True)
    await poll(pipeline, clock)
    await asking.fetch_parents()
    assert len(fediverse.asked) == 2


async def test_a_parent_that_never_answers_is_given_up(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    fediverse.write(2, AGREES, 1, tagged=True)
    await poll(pipeline, clock)
    asking = lookups(store, pipeline, clock)
    for _ in range(9):
        fediverse.answers = [httpx.Response(200, text="<html>")]
        await asking.fetch_parents()
        clock.passes(REST)
    assert len(fediverse.asked) == 3


async def test_a_parent_is_forgotten_like_any_post(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    for number, reply in ((1, 2), (3, 4)):
        fediverse.write(number, CLAIM)
        fediverse.write(reply, AGREES, number, tagged=True)
    await poll(pipeline, clock)
    assert await lookups(store, pipeline, clock).fetch_parents() == 2
    kept = "SELECT count(DISTINCT key) FROM parents WHERE body IS NOT NULL"
    assert store.db.execute(kept).fetchone() == (2,)
    with store.transaction() as db:
        posts.forget(db, Deletion("mastodon", f"{SERVER}/api/v1/statuses/1"))
    assert store.db.execute(kept).fetchone() == (1,)
    with store.transaction() as db:
        posts.forget(db, Deletion("mastodon", author="ana@social.example"))
    assert store.db.execute("SELECT count(*) FROM parents").fetchone() == (0,)


async def test_parents_end_with_keep_days(store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse) -> None:
    fediverse.write(1, CLAIM)
    fediverse.write(2, AGREES, 1, tagged=True)
    await poll(pipeline, clock)
    await lookups(store, pipeline, clock).fetch_parents()
    settle(pipeline, clock)
    posts.purge(store, NOW + timedelta(days=1))
    assert store.db.execute("SELECT (SELECT count(*) FROM parents) + (SELECT count(*) FROM wanted)").fetchone() == (0,)


async def test_a_post_that_is_gone_is_forgotten_and_the_message_rewritten(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    fediverse.write(1, CLAIM, tagged=True)
    fediverse.write(2, f"{CLAIM} again", tagged=True)
    await poll(pipeline, clock)
    asking = lookups(store, pipeline, clock)
    del fediverse.statuses["1"]
    assert await asking.check_posts() == 0
    assert fediverse.asked == [], "not before its time"
    clock.passes(CHECKED_AFTER)
    assert await asking.check_posts() == 1
    assert sorted(fediverse.asked) == ["1", "2"]
    assert await asking.check_posts() == 0
    assert sorted(fediverse.asked) == ["1", "2"], "not again before its time"
    assert posts.get(store.db, f"mastodon:{SERVER}/ap/1") is None
    (incident,) = incidents.open_incidents(store)
    assert incident.posts == 2, "it stays counted"
    shown = [delivery.notification for delivery in outbox.claim_due(store, clock(), 10, tuple(NotificationKind))]
    assert shown
    assert not any(alert.post.id.endswith("/1") for notification in shown for alert in notification.alerts)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.Response(401, json={"error": "This method requires an authenticated user"}),
        httpx.Response(404, text="<h1>nginx</h1>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.text[:10]}",
)
async def test_an_error_is_never_a_deletion(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse, answer: httpx.Response
) -> None:
    fediverse.write(1, CLAIM, tagged=True)
    await poll(pipeline, clock)
    clock.passes(CHECKED_AFTER)
    fediverse.answers = [answer]
    assert await lookups(store, pipeline, clock).check_posts() == 0
    assert len(fediverse.asked) == 1
    assert posts.get(store.db, f"mastodon:{SERVER}/ap/1") is not None


async def test_a_post_that_was_edited_is_read_again(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    fediverse.write(1, CLAIM, tagged=True)
    await poll(pipeline, clock)
    fediverse.write(1, "Ana Rivera is in the race. I was wrong.")
    clock.passes(CHECKED_AFTER)
    await lookups(store, pipeline, clock).check_posts()
    settle(pipeline, clock)
    assert store.db.execute("SELECT count(*) FROM sightings").fetchone() == (0,)


async def test_a_source_that_does_not_answer_holds_up_no_other_and_no_bug_ends_it(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    class Broken(Mastodon):
        async def look_up(self, names: Sequence[str]) -> LookedUp:
            raise ZeroDivisionError

    fediverse.write(1, CLAIM)
    fediverse.write(2, AGREES, 1, tagged=True)
    await poll(pipeline, clock)
    broken = Broken(MastodonSource("broken", SERVER, ("Rivera2026",)))
    asking = Lookups(store, [broken, mastodon()], pipeline.revisit, clock)
    assert await asking.fetch_parents() == 1


async def test_two_sources_that_could_both_be_asked_are_not_both_asked(
    store: Store, pipeline: Pipeline, clock: Clock, fediverse: Fediverse
) -> None:
    fediverse.write(1, CLAIM)
    fediverse.write(2, AGREES, 1, tagged=True)
    fediverse.write(3, CLAIM, tagged=True)
    await poll(pipeline, clock)
    asking = Lookups(store, [mastodon(), mastodon()], pipeline.revisit, clock)
    assert await asking.fetch_parents() == 1
    assert fediverse.asked == ["1"]
    clock.passes(CHECKED_AFTER)
    await asking.check_posts()
    assert fediverse.asked[1:] == ["3"]


def x(per_day: int = 1000) -> X:
    config = XSource("x", Secret("bearer"), ("Ana Rivera",), per_day, server="https://x.example")
    return X(config, in_memory(Cap("x", "posts", per_day, usd=0.005)), Pace(0))


@respx.mock
async def test_posts_of_x_are_paid_for_once_a_day_and_gone_only_if_x_says_so() -> None:
    problem = "https://api.twitter.com/2/problems/"
    respx.get("https://x.example/2/tweets").mock(
        return_value=httpx.Response(
            200,
            json={
                "data": [{"id": "1", "text": CLAIM, "author_id": "7", "created_at": "2026-10-01T12:00:00.000Z"}],
                "errors": [
                    {"resource_id": "2", "title": "Not Found Error", "type": f"{problem}resource-not-found"},
                    {"value": "3", "title": "Authorization Error", "type": f"{problem}not-authorized-for-resource"},
                    {"resource_id": "4", "title": "Service Unavailable", "type": f"{problem}service-unavailable"},
                ],
            },
        )
    )
    reader = x()
    for _ in range(2):
        answer = await reader.look_up(["1", "2", "3", "4", "5"])
        assert ([post.text for post in answer.posts], answer.gone) == ([CLAIM], ("2", "3"))
        assert reader._budget.left() == 999
    assert dict(respx.calls[0].request.url.params)["ids"] == "1,2,3,4,5"


@respx.mock
async def test_looking_up_takes_half_of_what_is_left_of_the_day_at_most() -> None:
    route = respx.get("https://x.example/2/tweets").mock(return_value=httpx.Response(200, json={}))
    await x(4).look_up(["1", "2", "3"])
    assert dict(route.calls[0].request.url.params)["ids"] == "1,2"
    with pytest.raises(SourceUnavailable, match="too little is left"):
        await x(1).look_up(["1"])


@respx.mock
async def test_posts_of_bluesky_are_asked_for_together_and_what_is_not_shown_is_not_called_gone() -> None:
    uris = [f"at://did:plc:ana/app.bsky.feed.post/{number}" for number in (1, 2)]
    view = {"uri": uris[0], "record": {"text": CLAIM, "createdAt": "2026-10-01T12:00:00Z"}, "indexedAt": "2026-10-01"}
    route = respx.get("https://public.api.bsky.app/xrpc/app.bsky.feed.getPosts").mock(
        return_value=httpx.Response(200, json={"posts": [view, {"uri": uris[1]}]})
    )
    reader = Bluesky(BlueskySource("sky"), Pace(0))
    answer = await reader.look_up(uris)
    assert ([post.id for post in answer.posts], answer.gone) == (uris[:1], ())
    assert route.calls[0].request.url.params.get_list("uris") == uris
    assert [reader.knows(name) for name in (uris[0], "at://did:plc:a/app.bsky.graph.list/1", "17")] == [
        True,
        False,
        False,
    ]


def test_a_parent_that_came_inside_its_quote_is_used_without_asking(
    store: Store, pipeline: Pipeline, clock: Clock
) -> None:
    parent = Post("9", CLAIM, "x", "bob", NOW)
    quote = Post("2", "This is true, share it", "x", "ana", NOW, quote_of="9")
    pipeline.accept("x", "x", Page((quote,), "c", everything=True, parents=(parent,)), NOW)
    settle(pipeline, clock)
    assert spreading(store) == ["This is true, share it"]
    assert posts.get(store.db, "x:9") is None, "it is context, and no post that was found"


def test_what_came_inside_posts_that_do_not_agree_is_not_kept(store: Store, pipeline: Pipeline, clock: Clock) -> None:
    quote = Post("2", "Ana Rivera? I doubt it.", "x", "ana", NOW, quote_of="9")
    pipeline.accept("x", "x", Page((quote,), "c", parents=(Post("9", CLAIM, "x"),)), NOW)
    assert store.db.execute("SELECT count(*) FROM parents").fetchone() == (0,)
