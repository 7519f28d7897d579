from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.store.db import Store, from_text, sole_writer, to_text


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "monitor.db")

    def half_way() -> None:
        with store.transaction() as db:
            db.execute("INSERT INTO counters VALUES ('x', 1)")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        half_way()
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM counters").fetchone() == (0,)
    store.close()


def test_a_nested_transaction_is_part_of_the_outer_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "monitor.db")

    def outer() -> None:
        with store.transaction():
            with store.transaction() as db:
                db.execute("INSERT INTO counters VALUES ('x', 1)")
            raise RuntimeError("outer")

    with pytest.raises(RuntimeError, match="outer"):
        outer()
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM counters").fetchone() == (0,)
    store.close()


def test_the_file_is_in_wal_mode_with_foreign_keys_on(tmp_path: Path) -> None:
    store = Store(tmp_path / "monitor.db")
    assert store.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store.db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    store.close()


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    first = Store(tmp_path / "monitor.db")
    with first.transaction() as db:
        db.execute("INSERT INTO counters VALUES ('x', 7)")
    first.close()
    second = Store(tmp_path / "monitor.db")
    assert second.db.execute("SELECT value FROM counters").fetchone() == (7,)
    second.close()


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is not a database, it is a shopping list" * 50)
    with pytest.raises(StoreError, match=r"notes\.txt.*put a copy back.*\[store\] path"):
        Store(path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot open the database"):
        Store(tmp_path / "file" / "monitor.db")


@given(
    st.datetimes(
        datetime(1000, 1, 2),  # noqa: DTZ001 - hypothesis wants naive bounds
        datetime(9000, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
    )
)
def test_times_survive_the_store_and_sort_as_text(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment
    later = moment + timedelta(microseconds=1)
    assert (to_text(moment) or "") < (to_text(later) or "")


def test_a_locked_error_is_not_hidden(tmp_path: Path) -> None:
    store = Store(tmp_path / "monitor.db")
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as db:
        db.execute("INSERT INTO matches VALUES ('no such post', 'c', 'p', 0.5, 's', 'd', 's', 'w', 'v', 't')")
    store.close()


def test_a_database_has_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with sole_writer(path), pytest.raises(StoreError, match="another monitor is running"), sole_writer(path):
        pass
    with sole_writer(path):
        pass
