"""Fields of sources that are not as expected: which, since when, how often, with an example."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from monitor.model import Drifted, Page
from monitor.store import raw_pages
from monitor.store.db import Store, known_time, to_text

FORGOTTEN = timedelta(days=1)
"""A field that is not as expected after it was so, in posts that came meanwhile, for so long, begins anew."""
FEWEST = 3
"""Of a page with fewer posts it says nothing what more than half of them lack."""
MOST_FIELDS = 200
"""Kept of one source: a platform that makes up names without end must not fill our store."""
MOST_PAGES = 10
"""Kept of one source as they came: one page for all fields that changed in it."""
LONGEST_EXAMPLE = 300


def record(db: Database, source: str, page: Page, now: datetime) -> None:
    """Note what a page's drift says. Joins the transaction that stores the page, before its posts are counted."""
    if not page.drift:
        return
    read = len(page.posts) + page.skipped
    db.execute(
        """
        DELETE FROM drift WHERE source = ? AND last_seen < ?
            AND last_seen < (SELECT last_post_at FROM sources WHERE name = drift.source)
        """,
        [source, to_text(now - FORGOTTEN)],
    )
    known = {name for (name,) in db.execute("SELECT name FROM drift WHERE source = ?", [source])}
    before, samples = _posts_read(db, source), dict(page.samples)
    kept: str | None = None
    for name, count in page.drift:
        if name not in known and len(known) >= MOST_FIELDS:
            continue
        if kept is None and page.raw and name not in known and len(_pages(db, source)) < MOST_PAGES:
            kept = raw_pages.keep(db, source, name, page.raw)
        known.add(name)
        db.execute(
            """
            INSERT INTO drift (source, name, first_seen, last_seen, posts, posts_before, is_wide, example, raw, page)
            VALUES (:source, :name, :now, :now, :posts, :before, :is_wide, :example, :raw, :page)
            ON CONFLICT (source, name) DO UPDATE SET last_seen = excluded.last_seen, posts = posts + excluded.posts,
                is_wide = max(is_wide, excluded.is_wide), example = coalesce(excluded.example, example),
                raw = coalesce(excluded.raw, raw)
            """,
            {
                "source": source,
                "name": name,
                "now": to_text(now),
                "posts": count,
                "before": before,
                "is_wide": int(read >= FEWEST and count * 2 > read),
                "example": _example(page),
                "raw": samples.get(name),
                "page": kept,
            },
        )


def fields(db: Database) -> list[Drifted]:
    """Every field that was not as expected, by source and since when."""
    rows = db.execute(
        """
        SELECT drift.source, drift.name, first_seen, last_seen, posts,
            max(posts, coalesce(posts_seen + skipped, 0) - posts_before), is_wide, example, raw, page
        FROM drift LEFT JOIN sources ON sources.name = drift.source ORDER BY drift.source, first_seen, drift.name
        """
    ).fetchall()
    folder = raw_pages.folder_of(db)
    return [
        Drifted(
            source, name, known_time(first), known_time(last), posts, of_posts, bool(is_wide), example, raw,
            str(folder / page) if page else None,
        )
        for source, name, first, last, posts, of_posts, is_wide, example, raw, page in rows
    ]  # fmt: skip


def _pages(db: Database, source: str | None = None) -> list[str]:
    """The files in which pages are kept, of one source or of all."""
    rows = db.execute(
        "SELECT DISTINCT page FROM drift WHERE page IS NOT NULL AND (source = :source OR :source IS NULL)",
        {"source": source},
    )
    return [page for (page,) in rows.fetchall()]


def forget(db: Database, name: str) -> None:
    """Forget what names a post or an account, by the last part of its id."""
    tail = name.rstrip("/").rsplit("/", 1)[-1]
    if not tail:
        return
    db.execute("UPDATE drift SET raw = NULL WHERE instr(raw, ?)", [tail])
    db.execute("UPDATE drift SET example = NULL WHERE instr(example, ?)", [tail])
    gone = raw_pages.naming(db, _pages(db), tail)
    raw_pages.drop(db, gone)
    for page in gone:
        db.execute("UPDATE drift SET page = NULL WHERE page = ?", [page])


def purge(store: Store, before: datetime) -> None:
    """Forget the fields, with their examples, that were as expected since a moment, and pages that are older."""
    with store.transaction() as db:
        db.execute("DELETE FROM drift WHERE last_seen < ?", [to_text(before)])
        db.execute("UPDATE drift SET page = NULL WHERE first_seen < ?", [to_text(before)])
        raw_pages.drop_others(db, _pages(db))


def _posts_read(db: Database, source: str) -> int:
    row = db.execute("SELECT posts_seen + skipped FROM sources WHERE name = ?", [source]).fetchone()
    return 0 if row is None else int(row[0])


def _example(page: Page) -> str | None:
    """Where somebody can look: the page's first post, or what could not be read of it."""
    if page.posts:
        return (page.posts[0].url or page.posts[0].key)[:LONGEST_EXAMPLE]
    return None if page.skip_reason is None else page.skip_reason[:LONGEST_EXAMPLE]
