from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Decision, Deletion, Match, Mention, Page, Post, Stance, Verdict
from monitor.store import incidents, posts, sources
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
RIVERA = Mention(candidates=("rivera",))


def post(number: int, text: str = "Rivera is out", author: str = "ann") -> Post:
    return Post(id=str(number), text=f"{text} {number}", platform="bluesky", author=author)


def save(store: Store, *found: Post, cursor: str = "c1", deletions: tuple[Deletion, ...] = ()) -> int:
    page = Page(posts=found, cursor=cursor, deletions=deletions)
    return posts.save_page(store, "sky", "bluesky", page, [(one, RIVERA) for one in found], NOW)


def verdict(of: Post, decision: Decision = Decision.ALERT) -> Verdict:
    match = Match(of.key, "withdrawn", "dropped out", 0.9, Stance.SUPPORT, decision, of.text, "asserts it")
    return Verdict(of, RIVERA, decision, "asserts it", match)


def test_a_page_and_its_cursor_are_stored_together(store: Store) -> None:
    assert save(store, post(1), post(2), cursor="after two") == 2
    assert sources.cursor(store, "sky") == "after two"
    assert [waiting.post for waiting in posts.waiting(store, 10)] == [post(1), post(2)]


def test_a_page_that_cannot_be_stored_does_not_move_the_cursor(store: Store) -> None:
    save(store, post(1), cursor="good")
    bad = Post(id="2", text="x", platform="bluesky", author="\ud800")
    with pytest.raises(UnicodeEncodeError):
        save(store, bad, cursor="bad")
    assert sources.cursor(store, "sky") == "good"


def test_a_replayed_page_stores_each_post_once(store: Store) -> None:
    assert save(store, post(1)) == 1
    assert save(store, post(1)) == 0
    assert posts.count_waiting(store) == 1


def test_posts_about_nobody_are_counted_and_not_kept(store: Store) -> None:
    posts.save_page(store, "sky", "bluesky", Page(posts=(post(1), post(2)), cursor="c"), [(post(2), RIVERA)], NOW)
    (health,) = sources.health(store)
    assert (health.posts_seen, health.posts_kept) == (2, 1)


def test_a_decided_post_waits_no_more_and_an_edited_one_waits_again(store: Store) -> None:
    save(store, post(1))
    with store.transaction() as db:
        posts.save_verdict(db, verdict(post(1)), "v1", NOW)
    assert posts.waiting(store, 10) == []
    edited = Post(id="1", text="Rivera is NOT out, sorry", platform="bluesky", author="ann")
    save(store, edited)
    assert [waiting.post for waiting in posts.waiting(store, 10)] == [edited]


def test_a_deleted_post_is_forgotten_with_its_match_and_its_author(store: Store) -> None:
    save(store, post(1))
    with store.transaction() as db:
        posts.save_verdict(db, verdict(post(1)), "v1", NOW)
    save(store, cursor="c2", deletions=(Deletion("bluesky", post_id="1"),))
    with store.reading() as db:
        assert posts.get(db, post(1).key) is None
        assert posts.get_match(db, post(1).key) is None


def test_a_removed_account_takes_all_its_posts_along(store: Store) -> None:
    save(store, post(1), post(2), post(3, author="bob"))
    save(store, cursor="c2", deletions=(Deletion("bluesky", author="ann"),))
    assert [waiting.post.author for waiting in posts.waiting(store, 10)] == ["bob"]


def test_a_post_deleted_while_it_was_judged_stays_forgotten(store: Store) -> None:
    with store.transaction() as db:
        posts.save_verdict(db, verdict(post(1)), "v1", NOW)
        assert posts.get_match(db, post(1).key) is None


def test_matches_come_back_as_they_were_stored(store: Store) -> None:
    save(store, post(1), post(2))
    with store.transaction() as db:
        posts.save_verdict(db, verdict(post(1)), "v1", NOW)
        posts.save_verdict(db, verdict(post(2), Decision.QUIET), "v1", NOW)
    assert posts.matches(store, Decision.ALERT) == [verdict(post(1)).match]


def test_old_posts_are_purged_and_undecided_ones_are_kept(store: Store) -> None:
    save(store, post(1), post(2))
    with store.transaction() as db:
        posts.save_verdict(db, verdict(post(1)), "v1", NOW)
    assert posts.purge(store, NOW + timedelta(days=1)) == 1
    assert [waiting.post for waiting in posts.waiting(store, 10)] == [post(2)]


def test_failures_of_a_source_are_counted_and_a_good_page_clears_them(store: Store) -> None:
    assert sources.save_failure(store, "sky", "bluesky", "timed out", NOW + timedelta(seconds=5), NOW) == 1
    later = NOW + timedelta(minutes=1)
    assert sources.save_failure(store, "sky", "bluesky", "503", later + timedelta(seconds=9), later) == 2
    (failing,) = sources.health(store)
    assert (failing.error, failing.error_since, failing.error_count) == ("503", NOW, 2)
    save(store, post(1))
    (healthy,) = sources.health(store)
    assert (healthy.error, healthy.error_since, healthy.error_count) == (None, None, 0)
    assert (healthy.last_error, healthy.last_error_at, healthy.errors_total) == ("503", later, 2)


def test_a_gap_and_skipped_posts_are_remembered(store: Store) -> None:
    page = Page(posts=(), cursor="c", skipped=2, skip_reason="no text", gap="3 hours are missing")
    posts.save_page(store, "sky", "bluesky", page, [], NOW)
    save(store, post(1))
    (health,) = sources.health(store)
    assert (health.skipped, health.skip_reason, health.gap, health.gap_at) == (2, "no text", "3 hours are missing", NOW)


def test_nothing_is_sighted_at_first(store: Store) -> None:
    with store.reading() as db:
        assert not incidents.is_sighted(db, post(1).key)


def test_what_a_post_answers_is_known_as_far_up_as_posts_are_stored(store: Store) -> None:
    answer = replace(post(2), reply_to="1")
    save(store, replace(post(1), reply_to="0"), answer)

    assert posts.above(store.db, answer) == ("bluesky:1", "bluesky:0")
    assert posts.above(store.db, post(9)) == ()


def test_a_thread_is_followed_where_answers_name_a_post_by_its_alias(store: Store) -> None:
    first = replace(post(1), alias="https://a.example/1")
    second = replace(post(2), alias="https://a.example/2", reply_to="https://a.example/1")
    save(store, first, second)
    answer = replace(post(3), reply_to="https://a.example/2")
    assert posts.above(store.db, answer) == (
        "bluesky:2", "bluesky:https://a.example/2", "bluesky:1", "bluesky:https://a.example/1",
    )  # fmt: skip


def test_two_posts_that_answer_each_other_are_no_endless_thread(store: Store) -> None:
    save(store, replace(post(1), reply_to="2"), replace(post(2), reply_to="1"))

    assert posts.above(store.db, replace(post(1), reply_to="2")) == ("bluesky:2", "bluesky:1")


def test_a_post_from_elsewhere_is_stored_once_and_changes_nothing_that_is_there(store: Store) -> None:
    save(store, post(1))
    posts.add(store.db, "reported", post(1, "something else"), Mention(), NOW)
    posts.add(store.db, "reported", post(2), Mention(), NOW)

    assert [posts.get(store.db, post(number).key) for number in (1, 2)] == [post(1), post(2)]


def test_a_post_is_found_by_its_address_and_by_no_other(store: Store) -> None:
    address = "https://sky.example/ü/1?x='y'&z=%22"
    save(store, replace(post(1), url=address), replace(post(2), text=address), post(3))
    found = posts.at(store.db, address)
    assert found is not None
    assert found.key == "bluesky:1"
    for other in ("https://sky.example/", address[:-1], "", "null", "%"):
        assert posts.at(store.db, other) is None
