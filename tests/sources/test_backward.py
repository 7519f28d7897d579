from __future__ import annotations

import random
from dataclasses import dataclass, field

import httpx
import msgspec
import pytest

from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Page, Post
from monitor.sources.backward import KNOWN, MOST_ANSWERS, TRIES, Answered, Found, follow
from monitor.sources.fields import Shape

SIZE = 100


@dataclass
class Listing:
    """(id, second) newest first; paged on by place, as the simplest servers do."""

    posts: list[tuple[str, int]] = field(default_factory=list)
    asked: int = 0
    refused: bool = False

    async def ask(self, search: str, older: str | None) -> Answered:
        self.asked += 1
        if self.refused and search == "closed":
            raise SourceRefused("closed")
        start = int(older or 0)
        page = self.posts[start : start + SIZE]
        found = tuple(Found(post_id, second, msgspec.Raw(b'"%s"' % post_id.encode())) for post_id, second in page)
        more = str(start + SIZE) if len(page) == SIZE else None
        return Answered(found, more, httpx.Headers())

    def add(self, *seconds: int) -> list[str]:
        new = [(f"p{len(self.posts) + place}", second) for place, second in enumerate(seconds)]
        self.posts = sorted([*self.posts, *new], key=lambda post: post[1], reverse=True)
        return [post_id for post_id, _ in new]


def as_post(raw: msgspec.Raw) -> Post | None:
    post_id = msgspec.json.decode(raw, type=str)
    if post_id == "p13":
        raise PostError("p13 cannot be read")
    return Post(id=post_id, text="") if post_id != "p14" else None


async def read(listing: Listing, cursor: str | None = None, *searches: str) -> list[Page]:
    return [page async for page in follow("test", searches or ("q",), listing.ask, as_post, cursor, Shape())]


def ids(pages: list[Page]) -> list[str]:
    return [post.id for page in pages for post in page.posts]


async def test_the_first_time_one_answer_is_read_and_what_is_behind_it_stays_old() -> None:
    listing = Listing()
    listing.add(*range(1000, 1500))
    first = await read(listing)
    assert (len(ids(first)), listing.asked) == (SIZE, 1)
    # Deletions bring older posts into view.
    listing.posts = [post for post in listing.posts if post[1] % 3]
    assert ids(await read(listing, first[-1].cursor)) == []


async def test_a_search_that_found_nothing_yet_is_read_whole_when_it_does() -> None:
    listing = Listing()
    first = await read(listing)
    new = listing.add(*range(1000, 1250))
    later = await read(listing, first[-1].cursor)
    assert ids(later) == [post_id for post_id in new if post_id not in ("p13", "p14")]
    assert [page.skipped for page in later] == [1, 0, 0]
    assert later[0].skip_reason == "p13 cannot be read"


async def test_a_post_that_arrives_late_behind_known_ones_is_found_once() -> None:
    listing = Listing()
    listing.add(*range(1000, 1050))
    first = await read(listing)
    (late,) = listing.add(1020)
    second = await read(listing, first[-1].cursor)
    assert ids(second) == [late]
    assert ids(await read(listing, second[-1].cursor)) == []


async def test_a_post_dated_in_the_future_hides_nothing_and_comes_once() -> None:
    listing = Listing()
    listing.add(*range(1000, 1010))
    (invented,) = listing.add(9_999_999_999)
    pages = await read(listing)
    received = ids(pages)
    for start in range(2000, 2000 + 3 * KNOWN, 50):
        listing.add(*range(start, start + 50))
        pages = await read(listing, pages[-1].cursor)
        received += ids(pages)
    assert received.count(invented) == 1
    unreadable = 2  # p13 and p14
    assert len(received) == len(set(received)) == len(listing.posts) - unreadable


async def test_a_thousand_deletions_bring_nothing_old_back() -> None:
    listing = Listing()
    received: list[str] = []
    cursor = None
    for start in range(1000, 4000, 50):
        listing.add(*range(start, start + 50))
        pages = await read(listing, cursor)
        cursor, received = pages[-1].cursor, received + ids(pages)
    listing.posts = listing.posts[1000:]
    listing.asked = 0
    received += ids(await read(listing, cursor))
    assert len(received) == len(set(received))
    assert listing.asked <= 2


async def test_more_than_can_be_read_back_is_told_as_a_gap() -> None:
    listing = Listing()
    listing.add(1000)
    first = await read(listing)
    listing.add(*range(2000, 2000 + SIZE * MOST_ANSWERS + 500))
    later = await read(listing, first[-1].cursor)
    assert len(ids(later)) == SIZE * MOST_ANSWERS
    assert later[0].gap == f"q: more new posts than {MOST_ANSWERS} answers can hold; older ones were not read"
    assert all(page.gap is None for page in later[1:])


async def test_a_server_that_pages_in_a_circle_is_left_and_told() -> None:
    listing = Listing()
    listing.add(1000)
    first = await read(listing)
    listing.add(*[2000] * SIZE)

    async def stuck(search: str, older: str | None) -> Answered:
        answer = await listing.ask(search, None)
        return Answered(answer.found, "again", answer.headers)

    pages = [page async for page in follow("test", ("q",), stuck, as_post, first[-1].cursor, Shape())]
    assert "more posts of one moment than an answer can hold" in str(pages[0].gap)


async def test_searches_that_the_config_no_longer_has_are_forgotten_and_new_ones_start() -> None:
    listing = Listing()
    listing.add(1000, 1001)
    first = await read(listing, None, "one", "two")
    pages = await read(listing, first[-1].cursor, "two", "three")
    assert [len(page.posts) for page in pages] == [0, 2]
    assert "one" not in pages[-1].cursor


async def test_one_refused_search_does_not_keep_the_others_from_being_read() -> None:
    listing = Listing(refused=True)
    listing.add(1000)
    pages = follow("test", ("closed", "open"), listing.ask, as_post, None, Shape())
    assert ids([await anext(pages)]) == ["p0"]
    with pytest.raises(SourceRefused):
        await anext(pages)


async def test_any_history_comes_without_gap_or_double() -> None:
    chance = random.Random(7)
    listing = Listing()
    received: list[str] = []
    cursor, now = None, 1000
    expected: set[str] = set()
    for _ in range(60):
        now += 60
        late = [now - chance.randrange(300) for _ in range(chance.randrange(4))]
        expected |= set(listing.add(*late, *[now + chance.randrange(60) for _ in range(chance.randrange(250))]))
        if chance.random() < 0.3:
            listing.posts.remove(chance.choice(listing.posts[-50:])) if len(listing.posts) > 500 else None
        if chance.random() < 0.1:
            with pytest.raises(SourceUnavailable):
                async for _ in follow("test", ("q",), _broken, as_post, cursor, Shape()):
                    pass
            continue
        pages = await read(listing, cursor)
        cursor, received = pages[-1].cursor, received + ids(pages)
    received += ids(await read(listing, cursor))
    assert len(received) == len(set(received))
    first_answer_hid = 250
    assert len(expected - set(received)) <= first_answer_hid + 2


async def _broken(search: str, older: str | None) -> Answered:
    raise SourceUnavailable("down")


class Forgetful(Listing):
    """Shows no older posts the next `empty` times it is asked for them."""

    empty = 0

    async def ask(self, search: str, older: str | None) -> Answered:
        answer = await super().ask(search, older)
        if older is None or not self.empty:
            return answer
        self.empty -= 1
        return Answered((), None, httpx.Headers())


@pytest.mark.parametrize(("empty", "gap"), [(TRIES - 1, None), (TRIES, "posts in between may be missing")])
async def test_older_posts_that_are_not_shown_are_asked_for_again_and_then_told(empty: int, gap: str | None) -> None:
    listing = Forgetful()
    listing.add(*range(1000, 1050))
    first = await read(listing)
    new = listing.add(*range(2000, 2250))
    listing.empty = empty
    later = await read(listing, first[-1].cursor)
    assert (ids(later) == new) is (gap is None)
    assert [page.gap for page in later if page.gap] == (
        [f"q: no more answers before what was read last; {gap}"] if gap else []
    )
