from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Post
from monitor.store import checks
from monitor.store.checks import Check
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


def test_a_check_is_kept_for_a_while(store: Store) -> None:
    first = Check("a", Post("1", "she quit"), (("withdrawn", 0.9), ("ill", 0.1)))
    second = Check("b", Post("2", "?"))
    with store.transaction() as db:
        checks.add(db, first, NOW - timedelta(days=2))
        checks.add(db, second, NOW)
        checks.add(db, second, NOW)
    assert (checks.get(store.db, "a"), checks.get(store.db, "b"), checks.get(store.db, "c")) == (first, second, None)
    checks.purge(store, NOW - timedelta(days=1))
    assert (checks.get(store.db, "a"), checks.get(store.db, "b")) == (None, second)
