"""One scriptable server that answers as each platform does: the same posts, the same bad days, the same clock.

A dress turns what the server knows into one platform's answers. `moods` says for each request what goes wrong, if
anything. Time is the server's own: whoever sleeps moves it on, and every request is noted with its second.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import httpx

HOST = "platform.example"
SERVER = f"https://{HOST}"
MORE = ("next_page", "nextPageToken", "next_token", "after", "newest_id", "oldest_id", "result_count")
"""What says that there is more, or how much."""
START = 1_790_000_000
"""A second since 1970, in September 2026."""
MOODS = ("over the limit", "broken", "slow", "gone in mid-answer", "cut short", "a sentence instead")
REFUSALS = tuple(mood for mood in MOODS if mood != "cut short")
"""Bad days on which no part of an answer comes."""
EMPTY = "empty"
"""An answer as if there were no posts at all: no failure, and not to be told from silence."""


@dataclass(frozen=True)
class Item:
    """One post. Odd ones are comments, where a platform has both; fifty share a thread."""

    number: int
    second: int

    @property
    def text(self) -> str:
        return f"Ana Rivera, post {self.number}"

    @property
    def thread(self) -> int:
        return self.number - self.number % 50 + 1

    @property
    def iso(self) -> str:
        return datetime.fromtimestamp(self.second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


Dress = Callable[["FakeServer", httpx.Request], httpx.Response]


@dataclass
class FakeServer:
    """`skew` is how far the server's clock is ahead of ours, `rest` what a 429 asks us to wait, both in seconds."""

    dress: Dress
    skew: int = 0
    rest: int = 300
    items: list[Item] = field(default_factory=list)
    elapsed: float = 0.0
    seconds: list[float] = field(default_factory=list)
    """When each request came."""
    resting_until: float = 0.0
    """Set by a 429: whoever asks before is out of order."""
    early: int = 0
    taken: set[int] = field(default_factory=set)
    """Posts that were deleted, by their numbers: they are shown no more where single posts are asked for."""
    mood: Callable[[], str | None] = lambda: None

    @property
    def now(self) -> int:
        """On the server's clock."""
        return int(START + self.elapsed) + self.skew

    def clock(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.elapsed += seconds

    def add(self, count: int) -> None:
        first = len(self.items)
        self.items += [Item(number, self.now) for number in range(first, first + count)]

    def newest(self, among: Sequence[Item] | None = None) -> list[Item]:
        items = self.items if among is None else among
        return sorted(items, key=lambda item: (item.second, item.number), reverse=True)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seconds.append(self.elapsed)
        self.early += self.elapsed < self.resting_until
        good = self.dress(self, request)
        good.headers["date"] = http_date(self.now)
        mood = self.mood()
        if mood in REFUSALS:
            return self.refusal(mood, request)
        match mood:
            case "cut short":
                return httpx.Response(good.status_code, content=good.content[: -max(2, len(good.content) // 3)])
            case "empty":
                return emptied(good)
        return good

    def refusal(self, mood: str, request: httpx.Request) -> httpx.Response:
        """What a request gets on one of REFUSALS."""
        match mood:
            case "over the limit":
                self.resting_until = self.elapsed + self.rest
                return httpx.Response(429, headers={"retry-after": str(self.rest)})
            case "broken":
                return httpx.Response(503, text="<h1>Bad Gateway</h1>")
            case "slow":
                raise httpx.ReadTimeout("slow", request=request)
            case "gone in mid-answer":
                raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        return httpx.Response(200, text="Please try again later.")


def moods(chance: random.Random, of: int = 8) -> Iterator[str | None]:
    """One request in `of` goes wrong."""
    while True:
        yield chance.choice(MOODS) if chance.randrange(of) == 0 else None


def emptied(good: httpx.Response) -> httpx.Response:
    """An answer without its posts, and without a word of more behind them."""
    if good.content[:1] == b"<":
        return httpx.Response(200, content=re.sub(rb"<item>.*</item>", b"", good.content, flags=re.DOTALL))
    return httpx.Response(good.status_code, json=_hollow(good.json())) if good.content else good


def _hollow(value: object) -> object:
    if isinstance(value, dict):
        # Reddit says `null` where nothing follows; the others leave it out.
        kept = {key: _hollow(inner) for key, inner in value.items() if key not in MORE}
        return kept | ({"after": None} if "after" in value else {})
    return [] if isinstance(value, list) and any(isinstance(one, dict) for one in value) else value


def http_date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def mastodon(server: FakeServer, request: httpx.Request) -> httpx.Response:
    params, items = request.url.params, sorted(server.items, key=lambda item: item.number)
    limit = int(params["limit"])
    if "min_id" in params:
        page = [item for item in items if item.number > int(params["min_id"])][:limit]
    else:
        page = items[-limit:]
    statuses: list[dict[str, object]] = [
        {"id": str(item.number), "uri": f"{SERVER}/{item.number}", "created_at": item.iso, "content": item.text,
         "url": f"{SERVER}/{item.number}", "visibility": "public", "spoiler_text": "", "in_reply_to_id": None,
         "reblog": None, "media_attachments": [], "account": {"acct": "ana", "followers_count": 5}}
        for item in reversed(page)
    ]  # fmt: skip
    if request.url.path.endswith("/search"):
        return httpx.Response(200, json={"accounts": [], "statuses": statuses, "hashtags": []})
    links = f'<{SERVER}/x?min_id={page[-1].number}>; rel="prev"' if page else ""
    return httpx.Response(200, json=statuses, headers={"link": links} if links else {})


def hackernews(server: FakeServer, request: httpx.Request) -> httpx.Response:
    params = request.url.params
    if request.url.path.startswith("/v0/item/"):
        item = server.items[int(request.url.path.rpartition("/")[2].removesuffix(".json"))]
        if item.number in server.taken:
            return httpx.Response(200, json={"id": item.number, "deleted": True, "type": "comment", "time": 1})
        shown = {"id": item.number, "type": "comment", "by": "pg", "time": item.second, "text": item.text, "kids": [7]}
        return httpx.Response(200, json=shown)
    until = int(params.get("numericFilters", f"created_at_i<={10**10}").removeprefix("created_at_i<="))
    page = [item for item in server.newest() if item.second <= until][: int(params["hitsPerPage"])]
    hits = [
        {"objectID": str(item.number), "created_at_i": item.second, "author": "pg", "comment_text": item.text}
        for item in page
    ]
    return httpx.Response(200, json={"hits": hits, "nbHits": len(server.items)})


def lemmy_3(server: FakeServer, request: httpx.Request) -> httpx.Response:
    if request.url.path.startswith("/api/v4"):
        return httpx.Response(404, json={"error": "not_found"})
    if not request.url.path.endswith("/search"):
        return _lemmy_single(server, request, "published")
    params = request.url.params
    odd = params["type_"] == "Comments"
    limit, page = int(params["limit"]), int(params["page"])
    items = server.newest([item for item in server.items if item.number % 2 == odd])[(page - 1) * limit : page * limit]
    found = [_lemmy_view(item, "published") for item in items]
    answer = {"type_": params["type_"], "posts": [], "comments": [], "communities": [], "users": []}
    return httpx.Response(200, json={**answer, "comments" if odd else "posts": found})


def lemmy_4(server: FakeServer, request: httpx.Request) -> httpx.Response:
    if request.url.path == "/api/v4/site":
        return httpx.Response(200, json={})
    if not request.url.path.endswith("/search"):
        return _lemmy_single(server, request, "published_at")
    params = request.url.params
    limit, start = int(params["limit"]), int(params.get("page_cursor", "0"))
    items = [item for item in server.newest() if item.number <= start or not start][:limit]
    more = {"next_page": str(items[-1].number - 1)} if len(items) == limit and items[-1].number else {}
    views = [{"type_": "comment" if item.number % 2 else "post", **_lemmy_view(item, "published_at")} for item in items]
    return httpx.Response(200, json={"search": [*views, {"type_": "person", "person": {"local": True}}], **more})


def _lemmy_single(server: FakeServer, request: httpx.Request, date: str) -> httpx.Response:
    """Of a comment that was deleted the shell is shown, of a post nothing."""
    item = server.items[int(request.url.params["id"])]
    kind = request.url.path.rpartition("/")[2]
    view = _lemmy_view(item, date)
    if item.number in server.taken and kind == "post":
        return httpx.Response(404, json={"error": "not_found"})
    if item.number in server.taken:
        view = {**view, "comment": {**view["comment"], "content": "", "deleted": True}}
    return httpx.Response(200, json={f"{kind}_view": view, "recipient_ids": []})


def _lemmy_view(item: Item, date: str) -> dict[str, dict[str, object]]:
    creator: dict[str, object] = {"name": "ana", "actor_id": f"{SERVER}/u/ana"}
    address = f"{SERVER}/{item.number}"
    common: dict[str, object] = {"id": item.number, date: item.iso, "deleted": False, "removed": False}
    if item.number % 2:
        comment = {"ap_id": address, "content": item.text, **common}
        return {"comment": comment, "post": {"ap_id": f"{SERVER}/0", "name": "A post", **common}, "creator": creator}
    return {"post": {"ap_id": address, "name": item.text, **common}, "creator": creator}


def gdelt(server: FakeServer, request: httpx.Request) -> httpx.Response:
    params = request.url.params
    until = params.get("enddatetime", "99999999999999")
    page = [item for item in server.newest() if _digits(item) <= until][: int(params["maxrecords"])]
    articles = [
        {"url": f"{SERVER}/{item.number}", "title": item.text, "seendate": f"{_digits(item)[:8]}T{_digits(item)[8:]}Z",
         "domain": HOST, "language": "English"}
        for item in page
    ]  # fmt: skip
    return httpx.Response(200, json={"articles": articles} if articles else {})


def _digits(item: Item) -> str:
    return datetime.fromtimestamp(item.second, UTC).strftime("%Y%m%d%H%M%S")


def feed(server: FakeServer, request: httpx.Request) -> httpx.Response:
    """RSS, as Google News and newspapers send it: the newest 300 entries."""
    entries = "".join(
        f"<item><guid>{SERVER}/{item.number}</guid><title>{item.text}</title>"
        f"<pubDate>{http_date(item.second)}</pubDate></item>"
        for item in server.newest()[:300]
    )
    body = f'<rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'
    return httpx.Response(200, content=body.encode(), headers={"content-type": "application/rss+xml"})


def fourchan(server: FakeServer, request: httpx.Request) -> httpx.Response:
    """Fifty posts to a thread; the newest 100 threads are listed."""
    threads: dict[int, list[Item]] = {}
    for item in server.items:
        threads.setdefault(item.thread, []).append(item)
    if request.url.path.endswith("/threads.json"):
        listed = [{"no": no, "last_modified": posts[-1].second} for no, posts in list(threads.items())[-100:]]
        return _unless_unchanged(request, [{"page": 1, "threads": listed}], server.items[-1].second)
    no = int(request.url.path.rsplit("/", 1)[-1].removesuffix(".json"))
    posts = [
        {"no": item.number + 1, "resto": 0 if item.number + 1 == no else no, "time": item.second, "com": item.text,
         "name": "Anonymous"}
        for item in threads[no]
        if item.number not in server.taken
    ]  # fmt: skip
    return _unless_unchanged(request, {"posts": posts}, threads[no][-1].second)


def _unless_unchanged(request: httpx.Request, body: object, changed: int) -> httpx.Response:
    since = request.headers.get("if-modified-since")
    if since is not None and parsedate_to_datetime(since).timestamp() >= changed:
        return httpx.Response(304)
    return httpx.Response(200, content=json.dumps(body).encode(), headers={"last-modified": http_date(changed)})
