from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model import Deletion, Drifted, Page, Post
from monitor.store import drift, posts, sources
from monitor.store.db import Store

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
GONE = "missing: author.handle"


def bring(store: Store, at: datetime, count: int, *drifts: tuple[str, int], reason: str | None = None) -> None:
    found = tuple(Post(f"{at}-{n}", "hello", "bluesky") for n in range(count))
    page = Page(found, "c", drift=drifts, skipped=int(reason is not None), skip_reason=reason)
    posts.save_page(store, "sky", "bluesky", page, [], at)


def fields(store: Store) -> list[Drifted]:
    with store.reading() as db:
        return drift.fields(db)


def test_a_field_is_kept_by_name_since_when_and_how_often(store: Store) -> None:
    bring(store, NOW, 10)
    bring(store, NOW + MINUTE, 10, (GONE, 3), ("unknown: x", 1))
    bring(store, NOW + 2 * MINUTE, 10, (GONE, 4))
    bring(store, NOW + 3 * MINUTE, 10)
    gone, unknown = fields(store)
    example = f"bluesky:{NOW + 2 * MINUTE}-0"
    assert gone == Drifted("sky", GONE, NOW + MINUTE, NOW + 2 * MINUTE, 7, 30, False, example)
    assert (unknown.name, unknown.posts, unknown.last_seen) == ("unknown: x", 1, NOW + MINUTE)


def test_more_than_half_of_a_page_is_wide_and_a_page_of_two_says_nothing(store: Store) -> None:
    bring(store, NOW, 2, (GONE, 2))
    bring(store, NOW, 10, (GONE, 5))
    assert not fields(store)[0].is_wide
    bring(store, NOW, 10, (GONE, 6))
    bring(store, NOW, 10, (GONE, 1))
    assert fields(store)[0].is_wide


def test_posts_that_cannot_be_read_count_and_are_the_example_where_there_is_no_other(store: Store) -> None:
    bring(store, NOW, 0, (GONE, 1), reason="a post has no id")
    assert fields(store) == [Drifted("sky", GONE, NOW, NOW, 1, 1, False, "a post has no id")]


def test_what_was_as_expected_for_a_day_begins_anew(store: Store) -> None:
    bring(store, NOW, 10, (GONE, 9))
    bring(store, NOW + 2 * DAY, 10, (GONE, 1))
    assert fields(store)[0].posts == 10, "no post in between had it"
    bring(store, NOW + 3 * DAY, 10)
    bring(store, NOW + 5 * DAY, 10, (GONE, 2))
    assert [(one.first_seen, one.posts, one.is_wide) for one in fields(store)] == [(NOW + 5 * DAY, 2, False)]


def test_what_the_platform_sent_is_kept_until_its_post_or_account_is_deleted(store: Store) -> None:
    def raw() -> str | None:
        return fields(store)[0].raw

    def page(number: int, *deletions: Deletion, sample: str | None = None) -> None:
        found = Page((), str(number), deletions, 1, "no text", drift=((GONE, 1),) if sample else ())
        if sample:
            found = replace(found, samples=((GONE, sample),))
        posts.save_page(store, "sky", "bluesky", found, [], NOW + number * MINUTE)

    page(1, sample='{"did": "did:plc:a", "rkey": "3kabc"}')
    page(2, sample='{"did": "did:plc:b", "rkey": "3kxyz"}')
    page(
        3,
        Deletion("bluesky", post_id="at://did:plc:a/app.bsky.feed.post/3kabc"),
        Deletion("bluesky", author="did:plc:c"),
    )
    assert raw() == '{"did": "did:plc:b", "rkey": "3kxyz"}', "the last one is kept"
    page(4, Deletion("bluesky", post_id="at://did:plc:b/app.bsky.feed.post/3kxyz"))
    assert raw() is None
    page(5, sample='{"did": "did:plc:b", "rkey": "3kmno"}')
    page(6, Deletion("bluesky", author="did:plc:b"))
    assert raw() is None


def bring_page(store: Store, at: datetime, raw: bytes, *names: str, gone: str | None = None) -> None:
    deletions = (Deletion("bluesky", gone),) if gone else ()
    page = Page((), "c", deletions, skipped=1, skip_reason="?", drift=tuple((name, 1) for name in names), raw=raw)
    posts.save_page(store, "sky / 1", "bluesky", page, [], at)


def kept(store: Store) -> dict[str, bytes | None]:
    return {one.name: Path(one.page).read_bytes() if one.page else None for one in fields(store)}


def test_the_first_page_with_a_changed_field_is_kept_for_us_alone_once_for_all_its_fields(store: Store) -> None:
    bring_page(store, NOW, b"first", GONE, "unknown: ../../x")
    bring_page(store, NOW + MINUTE, b"second", GONE, "unknown: y")
    assert kept(store) == {GONE: b"first", "unknown: ../../x": b"first", "unknown: y": b"second"}
    folder = store.path.with_name("monitor.db.pages")
    assert len(list(folder.iterdir())) == 2
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_no_more_than_ten_pages_of_a_source_are_kept(store: Store) -> None:
    for number in range(30):
        bring_page(store, NOW, b"a page", f"unknown: x{number}")
    assert len(list(store.path.with_name("monitor.db.pages").iterdir())) == drift.MOST_PAGES


def test_a_page_goes_with_the_first_of_its_posts_that_is_deleted_and_after_keep_days(store: Store) -> None:
    folder = store.path.with_name("monitor.db.pages")
    bring_page(store, NOW, b'{"rkey": "3kabc"}', GONE)
    bring_page(store, NOW, b'{"rkey": "3kxyz"}', "unknown: y")
    bring_page(store, NOW, b"", gone="at://did:plc:a/app.bsky.feed.post/3kabc")
    assert kept(store) == {GONE: None, "unknown: y": b'{"rkey": "3kxyz"}'}
    assert len(list(folder.iterdir())) == 1
    bring_page(store, NOW + DAY, b"", "unknown: y")
    drift.purge(store, NOW + MINUTE)
    assert kept(store) == {"unknown: y": None}
    assert list(folder.iterdir()) == []


def test_fields_are_forgotten_with_the_posts(store: Store) -> None:
    bring(store, NOW, 10, (GONE, 9))
    drift.purge(store, NOW)
    assert len(fields(store)) == 1
    drift.purge(store, NOW + MINUTE)
    assert fields(store) == []


def test_names_without_end_do_not_fill_the_store(store: Store) -> None:
    for page in range(10):
        bring(store, NOW, 1, *((f"unknown: x{page}-{number}", 1) for number in range(40)))
    bring(store, NOW, 1, ("unknown: x0-0", 1))
    kept = {one.name: one.posts for one in fields(store)}
    assert len(kept) == drift.MOST_FIELDS
    assert kept["unknown: x0-0"] == 2


def test_a_suspicious_nothing_stands_until_a_post_comes(store: Store) -> None:
    def suspicious(minute: int, count: int, why: str | None) -> tuple[str | None, datetime | None]:
        found = tuple(Post(f"{minute}-{n}", "hello") for n in range(count))
        posts.save_page(store, "sky", "x", Page(found, "c", suspicious=why), [], NOW + minute * MINUTE)
        [health] = sources.health(store)
        return health.suspicious, health.suspicious_since

    assert suspicious(0, 1, None) == (None, None)
    assert suspicious(1, 0, "it refuses so") == ("it refuses so", NOW + MINUTE)
    assert suspicious(2, 0, None) == ("it refuses so", NOW + MINUTE)
    assert suspicious(3, 0, "it refuses so") == ("it refuses so", NOW + MINUTE)
    assert suspicious(4, 2, None) == (None, None)
