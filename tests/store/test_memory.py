from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest
from structlog.testing import capture_logs

from monitor.model import Deletion, Mention, Page, Post
from monitor.store import memory, parents, posts
from monitor.store.db import Store
from monitor.store.memory import MemoryFile, Spared, open_spared

NOW = datetime(2026, 10, 20, tzinfo=UTC)
ONE, TWO, OTHER = Post("1", "Rivera quit"), Post("2", "Rivera won"), Post("3", "Moon fell")


@pytest.fixture
def remembering(store: Store) -> Iterator[MemoryFile]:
    kept = [(post, Mention()) for post in (ONE, TWO, OTHER)]
    posts.save_page(store, "feed", "jsonl", Page((ONE, TWO, OTHER), "c"), kept, NOW)
    with closing(MemoryFile(store.path)) as opened:
        with opened.page([ONE, TWO]):
            opened.keep({b"one": b"1", b"two": b"2"})
        with opened.page([OTHER]):
            opened.keep({b"other": b"3"})
        yield opened


def forget(store: Store, post: Post) -> None:
    with store.transaction() as db:
        posts.forget(db, Deletion("other", post.id))


def test_what_was_kept_is_recalled(remembering: MemoryFile) -> None:
    assert remembering.recall([b"one", b"other", b"never"]) == {b"one": b"1", b"other": b"3"}


def test_more_keys_than_one_query_takes_are_recalled(remembering: MemoryFile) -> None:
    many = {str(number).encode(): b"x" for number in range(3000)}
    with remembering.page([ONE]):
        remembering.keep(many)

    assert remembering.recall(list(many)) == many


def test_what_comes_of_no_post_is_not_kept(remembering: MemoryFile) -> None:
    remembering.keep({b"phrasing": b"x"})

    assert remembering.recall([b"phrasing"]) == {}


def test_a_page_that_fails_is_not_kept(remembering: MemoryFile) -> None:
    def stopped() -> None:
        with remembering.page([ONE]):
            remembering.keep({b"half": b"x"})
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        stopped()

    assert remembering.recall([b"half"]) == {}


def test_nothing_outlives_a_forgotten_post(store: Store, remembering: MemoryFile) -> None:
    forget(store, TWO)

    assert remembering.forget(store.path) == 1
    assert remembering.recall([b"one", b"two", b"other"]) == {b"other": b"3"}


def test_nothing_outlives_an_edited_text(store: Store, remembering: MemoryFile) -> None:
    edited = Post("3", "Moon stands")
    posts.save_page(store, "feed", "jsonl", Page((edited,), "d"), [(edited, Mention())], NOW)

    assert remembering.forget(store.path) == 1
    assert remembering.recall([b"one", b"other"]) == {b"one": b"1"}


def test_what_was_read_under_a_post_that_no_source_brought_goes_with_that_post(
    store: Store, remembering: MemoryFile
) -> None:
    above = Post("9", "Rivera quit the race")
    parents.keep(store.db, above, NOW)
    with remembering.page([ONE, above]):
        remembering.keep({b"both": b"1 under 9"})
    assert remembering.forget(store.path) == 0

    parents.keep(store.db, replace(above, text="Rivera races on"), NOW)
    assert remembering.forget(store.path) == 1
    assert remembering.recall([b"one", b"both"]) == {b"one": b"1"}


def test_the_bytes_of_what_is_forgotten_are_gone_from_the_disk(store: Store, remembering: MemoryFile) -> None:
    with remembering.page([TWO]):
        remembering.keep({b"secret-key": b"a vector of somebody's words"})
    forget(store, TWO)
    remembering.forget(store.path)

    files = [path for path in store.path.parent.iterdir() if path.name.startswith(f"{store.path.name}.vectors")]
    assert files
    assert not any(b"somebody's words" in path.read_bytes() for path in files)


def test_posts_that_stay_keep_what_was_computed(store: Store, remembering: MemoryFile) -> None:
    assert remembering.forget(store.path) == 0


def test_housekeeping_makes_no_file_and_deletes_one_that_it_cannot_tidy(store: Store) -> None:
    memory.forget(store.path)
    assert not memory.file_beside(store.path).exists()

    memory.file_beside(store.path).write_bytes(b"no database at all, but long enough to be read as one" * 100)
    memory.forget(store.path)
    assert not memory.file_beside(store.path).exists()


def test_housekeeping_forgets(store: Store, remembering: MemoryFile) -> None:
    forget(store, ONE)
    memory.forget(store.path)

    with sqlite3.connect(memory.file_beside(store.path)) as raw:
        assert raw.execute("SELECT key FROM remembered").fetchall() == [(b"other",)]
    raw.close()


def test_what_another_thread_finds_meanwhile_is_not_kept_with_the_page(remembering: MemoryFile) -> None:
    with remembering.page([ONE]):
        other = Thread(target=remembering.keep, args=({b"of another post": b"x"},))
        other.start()
        other.join()
        remembering.keep({b"own": b"y"})

    assert remembering.recall([b"of another post", b"own"]) == {b"own": b"y"}


def test_the_service_goes_on_without_a_file_that_fails(remembering: MemoryFile) -> None:
    spared = Spared(remembering)
    with spared.page([ONE]):
        spared.keep({b"first": b"x"})
    assert spared.recall([b"first"]) == {b"first": b"x"}

    remembering._connection.execute("DROP TABLE remembered")
    with capture_logs() as lines:
        with spared.page([TWO]):
            spared.keep({b"second": b"x"})
        assert spared.recall([b"first"]) == {}
    assert [line["log_level"] for line in lines] == ["warning"]


def test_a_failure_of_something_else_is_not_swallowed(remembering: MemoryFile) -> None:
    def fails() -> None:
        with Spared(remembering).page([ONE]):
            raise sqlite3.OperationalError("the database itself")

    with pytest.raises(sqlite3.OperationalError, match="itself"):
        fails()


def test_a_file_that_cannot_be_opened_keeps_nobody_from_judging(store: Store) -> None:
    memory.file_beside(store.path).mkdir()
    with capture_logs() as lines, open_spared(store.path) as spared:
        assert spared is None
    assert len(lines) == 1
