"""A platform that renames a field: it is told by name, and the posts beside it are read all the same."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import httpx
import msgspec
import pytest
import respx

from monitor.config import RssSource
from monitor.errors import SourceError
from monitor.sources.bluesky_record import SHAPE as RECORD
from monitor.sources.bluesky_search import AROUND, VIEW
from monitor.sources.feed_fields import Habits, drift, fields_of, learned
from monitor.sources.fields import Shape
from monitor.sources.frames import drift_of_frame
from monitor.sources.mastodon_status import SHAPE as STATUS
from monitor.sources.pace import Pace
from monitor.sources.reddit_listing import AROUND as LISTING
from monitor.sources.reddit_thing import COMMENT_SHAPE, POST_SHAPE
from monitor.sources.rss import Feed
from monitor.sources.telegram_message import SHAPE as MESSAGE
from tests.sources.fake_server import HOST, SERVER, FakeServer
from tests.sources.test_every_source import PLATFORMS, numbers

DATA = Path(__file__).parent / "data"
READ_BY = {
    "mastodon": ("mastodon_status", "mastodon_timeline"),
    "hackernews": ("hackernews",),
    "lemmy 3": ("lemmy", "lemmy_view"),
    "lemmy 4": ("lemmy", "lemmy_view"),
    "gdelt": ("gdelt",),
    "4chan": ("fourchan", "fourchan_listing", "fourchan_post"),
    "x": ("x_answer", "x_post"),
    "reddit": ("reddit_listing", "reddit_thing"),
    "youtube": ("youtube_item",),
    "threads": ("threads", "threads_post"),
}
"""The files whose structs name the fields that a source reads."""
AROUND_POSTS = {"hits", "articles", "data", "items", "children", "posts", "comments", "search", "threads", "statuses"}
"""What holds posts: without it there are none to read."""
NOT_JSON = {"rss", "googlenews"}

Path_ = tuple[str, ...]


def read_names(name: str) -> set[str]:
    modules = [import_module(f"monitor.sources.{module}") for module in READ_BY[name]]
    structs = [
        kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
    ]  # fmt: skip
    return {field.encode_name for struct in structs for field in msgspec.structs.fields(struct)}


def paths(value: object, at: Path_ = ()) -> Iterator[Path_]:
    """Every key in some JSON, as the way to it; places in lists do not count."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for element in value:
            yield from paths(element, at)


def renamed(value: object, path: Path_) -> bool:
    """Renames the first key at a path, in place. Whether there was one."""
    if isinstance(value, list):
        return any(renamed(element, path) for element in value)
    if not isinstance(value, dict) or path[0] not in value:
        return False
    if len(path) > 1:
        return renamed(value[path[0]], path[1:])
    value[f"new_{path[0]}"] = value.pop(path[0])
    return True


async def two_rounds(name: str, path: Path_ | None) -> tuple[set[Path_], list[int], str]:
    """What a source reads of a server that renamed one field of the first post in each answer: all keys that there
    were, the posts, and what is said of the rest."""
    platform = PLATFORMS[name]
    server = FakeServer(platform.dress)
    keys: set[Path_] = set()
    received: list[int] = []
    said: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        response = server.answer(request)
        body = json.loads(response.content)
        keys.update(paths(body))
        if path and "access_token" not in body:
            renamed(body, path)
        headers = {key: value for key, value in response.headers.items() if key != "content-length"}
        return httpx.Response(response.status_code, json=body, headers=headers)

    reader = platform.build(Pace(platform.apart, clock=server.clock, sleep=server.sleep))
    cursor = None
    with respx.mock:
        respx.route(host=HOST).mock(side_effect=answer)
        for _ in range(2):
            for _ in range(2):
                await server.sleep(500)
                server.add(20)
            try:
                async for page in reader.pages(cursor):
                    cursor = page.cursor
                    received += numbers(page)
                    said += [f"{what} x{count}" for what, count in page.drift]
            except SourceError as error:
                said.append(str(error))
    return keys, received, "; ".join(said)


@pytest.mark.parametrize("name", [name for name in PLATFORMS if name not in NOT_JSON])
async def test_a_renamed_field_is_named_and_other_posts_are_read(name: str) -> None:
    keys, everything, nothing = await two_rounds(name, None)
    assert nothing == ""
    read = read_names(name)
    checked = [path for path in sorted(keys) if path[-1] in read]
    assert len(checked) >= 4
    for path in checked:
        _, received, said = await two_rounds(name, path)
        assert path[-1] in said, f"{path} was renamed and nobody said so"
        if not AROUND_POSTS & {path[-1]}:
            # Under a thread that cannot be read there are others that are not found.
            assert len(received) >= len(everything) * 0.6, f"{path} was renamed, and other posts were lost"


RECORDED = [
    ("bluesky_search.json", (AROUND,), ()),
    ("bluesky_search.json", (VIEW,), ("posts",)),
    ("bluesky_search.json", (RECORD,), ("posts", "record")),
    ("mastodon_tag_timeline.json", (STATUS,), ()),
    ("mastodon_mock_tag_timeline.json", (STATUS,), ()),
    ("snac_tag_timeline.json", (STATUS,), ()),
    ("reddit_search.json", (LISTING,), ()),
    ("reddit_search.json", (POST_SHAPE,), ("data", "children")),
    ("reddit_comments.json", (COMMENT_SHAPE,), ("data", "children")),
    ("telegram_messages.json", (MESSAGE,), ()),
]


def at(value: object, path: Path_) -> list[object]:
    """The objects at a path."""
    if isinstance(value, list):
        return [found for element in value for found in at(element, path)]
    if not path:
        return [value]
    assert isinstance(value, dict)
    return at(value[path[0]], path[1:])


@pytest.mark.parametrize(("file", "shapes", "path"), RECORDED)
def test_what_was_recorded_is_as_expected_and_a_renamed_field_is_named(
    file: str, shapes: tuple[Shape, ...], path: Path_
) -> None:
    [shape] = shapes
    for recorded in at(json.loads((DATA / file).read_text("utf-8")), path):
        assert shape.drift_of(recorded) == ()
        for key in {key for key in paths(recorded) if len(key) == 1}:
            changed = json.loads(json.dumps(recorded))
            renamed(changed, key)
            assert key[0] in str(shape.drift_of(changed))


@pytest.mark.parametrize("wire", [1, 2])
def test_a_field_renamed_in_a_frame_is_named(wire: int) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2026-10-01T12:00:00Z", "langs": ["en"]}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "r", "record": record, "cid": "c"}
    one = {"did": "did:plc:a", "time_us": 1, "kind": "commit", "commit": {**commit, "rev": "v"}}
    message = {"$type": "x#commit", "seq": 1, "did": "did:plc:a", "time": "2026-10-01T12:00:00Z", "rev": "v", **commit}
    frame = one if wire == 1 else {"$type": "message", "payload": message}
    assert drift_of_frame(json.dumps(frame).encode(), wire) == ()
    for path in paths(frame):
        changed = json.loads(json.dumps(frame))
        renamed(changed, path)
        if path[-1] != "kind":
            assert path[-1] in str(drift_of_frame(json.dumps(changed).encode(), wire))


def feed(date: str, *posts: int) -> bytes:
    entries = "".join(
        f"<item><guid>{SERVER}/{number}</guid><title>post {number}</title><link>{SERVER}/{number}</link>"
        f"<{date}>Thu, 01 Oct 2026 12:00:00 GMT</{date}></item>"
        for number in posts
    )
    return f'<rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'.encode()


@respx.mock
async def test_a_field_renamed_in_a_feed_is_named_once_and_its_entries_are_read() -> None:
    answers = [feed("pubDate", 1, 2), feed("pubDay", 3), feed("pubDay", 4)]
    respx.get(f"{SERVER}/feed").mock(side_effect=[httpx.Response(200, content=answer) for answer in answers])
    cursor, pages = None, []
    for _ in answers:
        pages += [page async for page in Feed(RssSource("a", f"{SERVER}/feed")).pages(cursor)]
        cursor = pages[-1].cursor
    assert [page.drift for page in pages] == [(), (("missing: published", 1), ("unknown: pubday", 1)), ()]
    assert [len(page.posts) for page in pages] == [2, 1, 1]


def test_a_feed_is_held_against_itself() -> None:
    entries = [fields_of(("id", "title", "title_detail")), fields_of(("id", "title", "media_thumbnail"))]
    habits = learned(entries, Habits())
    assert habits == Habits(("id", "title"), ("id", "media_thumbnail", "title"))
    assert drift(entries, habits) == ()
    assert learned((), habits) == habits
