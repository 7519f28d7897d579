"""Posts and source cursors: a page's posts and its cursor are one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import Decision, Deletion, Incident, Match, Mention, Page, Post, Verdict
from monitor.store import drift, outages
from monitor.store.db import Store, from_text, to_text
from monitor.text import fingerprint

LONGEST_THREAD = 50
"""Posts that are looked at to find what a post answers."""


@dataclass(frozen=True, slots=True)
class WaitingPost:
    """A stored post that match and judge have not read yet."""

    post: Post
    received_at: datetime


def can_be_stored(post: Post) -> bool:
    """False for text with half a surrogate pair in it, which JSON can carry and UTF-8 cannot."""
    try:
        msgspec.json.encode(post)
    except UnicodeEncodeError:
        return False
    return True


def save_page(
    store: Store, source: str, kind: str, page: Page, kept: Sequence[tuple[Post, Mention]], now: datetime
) -> int:
    """Store the posts of a page that are about somebody, forget what was deleted, move the cursor: all or nothing.

    A post that came before is stored once; one that says something else now waits to be read again. Returns how many
    are new.
    """
    with store.transaction() as db:
        new = sum(_save_post(db, source, post, mention, now) for post, mention in kept)
        for deletion in page.deletions:
            forget(db, deletion)
        _save_outages(db, source, page, now)
        drift.record(db, source, page, now)
        _count(db, source, len(page.posts), new, now)
        db.execute(
            """
            INSERT INTO sources (name, kind, cursor, last_page_at, last_post_at, posts_seen, posts_kept, skipped,
                                 skip_reason, gap, gap_at, suspicious, suspicious_since)
            VALUES (:name, :kind, :cursor, :now, :last_post_at, :seen, :kept, :skipped, :skip_reason, :gap, :gap_at,
                    :suspicious, :suspicious_since)
            ON CONFLICT (name) DO UPDATE SET
                kind = excluded.kind, cursor = excluded.cursor, last_page_at = excluded.last_page_at,
                last_post_at = coalesce(excluded.last_post_at, last_post_at),
                posts_seen = posts_seen + excluded.posts_seen, posts_kept = posts_kept + excluded.posts_kept,
                skipped = skipped + excluded.skipped, skip_reason = coalesce(excluded.skip_reason, skip_reason),
                gap = coalesce(excluded.gap, gap), gap_at = coalesce(excluded.gap_at, gap_at),
                suspicious = iif(:seen, NULL, coalesce(excluded.suspicious, suspicious)),
                suspicious_since = iif(:seen, NULL, coalesce(suspicious_since, excluded.suspicious_since)),
                error = NULL, error_since = NULL, error_count = 0, retry_at = NULL
            """,
            {
                "name": source,
                "kind": kind,
                "cursor": page.cursor,
                "now": to_text(now),
                "last_post_at": to_text(now) if page.posts else None,
                "seen": len(page.posts),
                "kept": new,
                "skipped": page.skipped,
                "skip_reason": page.skip_reason,
                "gap": page.gap,
                "gap_at": to_text(now) if page.gap else None,
                "suspicious": page.suspicious,
                "suspicious_since": to_text(now) if page.suspicious else None,
            },
        )
    return new


def _save_outages(db: Database, source: str, page: Page, now: datetime) -> None:
    outages.end(db, source, now)
    if page.gap:
        row = db.execute("SELECT last_page_at FROM sources WHERE name = ?", [source]).fetchone()
        last_page_at = None if row is None else from_text(row[0])
        outages.add_gap(db, source, page.gap, last_page_at or now, now)


def _count(db: Database, source: str, seen: int, kept: int, now: datetime) -> None:
    if not seen:
        return
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    db.execute(
        """
        INSERT INTO traffic VALUES (?, ?, ?, ?)
        ON CONFLICT (began_at, source) DO UPDATE SET seen = seen + excluded.seen, kept = kept + excluded.kept
        """,
        [to_text(quarter), source, seen, kept],
    )


def _save_post(db: Database, source: str, post: Post, mention: Mention, now: datetime) -> bool:
    known = get(db, post.key)
    if known is not None and known.says == post.says:
        return False
    db.execute(
        """
        INSERT INTO posts (key, platform, author, source, received_at, text_hash, body, mention, alias)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET text_hash = excluded.text_hash, body = excluded.body,
            mention = excluded.mention, decided = NULL
        """,
        [
            post.key,
            post.platform,
            post.author,
            source,
            to_text(now),
            fingerprint(post.text),
            msgspec.json.encode(post),
            msgspec.json.encode(mention),
            f"{post.platform}:{post.alias}" if post.alias else None,
        ],
    )
    return known is None


def forget(db: Database, deletion: Deletion) -> None:
    """Delete a post, or all posts of an account, with everything that quotes them. What was counted stays counted."""
    drift.forget(db, deletion.post_id or deletion.author or "")
    for key in meant(db, deletion):
        _forget_key(db, key)
    if deletion.post_id is None:
        db.execute("DELETE FROM parents WHERE platform = ? AND author = ?", [deletion.platform, deletion.author])


def meant(db: Database, deletion: Deletion) -> list[str]:
    """The keys of the posts that a deletion is about; those of an account as far as they are stored."""
    if deletion.post_id is not None:
        name = f"{deletion.platform}:{deletion.post_id}"
        row = db.execute(
            "SELECT key FROM posts WHERE alias = :name UNION ALL SELECT key FROM parents WHERE name = :name LIMIT 1",
            {"name": name},
        ).fetchone()
        return [name if row is None else row[0]]
    rows = db.execute("SELECT key FROM posts WHERE platform = ? AND author = ?", [deletion.platform, deletion.author])
    return [key for (key,) in rows.fetchall()]


def _forget_key(db: Database, key: str) -> None:
    db.execute("DELETE FROM posts WHERE key = ?", [key])
    db.execute("DELETE FROM parents WHERE key = ?", [key])
    db.execute("UPDATE sightings SET author = NULL, text_hash = '' WHERE post_key = ?", [key])
    db.execute("DELETE FROM intake WHERE key = ?", [key])
    db.execute(
        """
        DELETE FROM checks WHERE json_extract(CAST(body AS TEXT), '$.platform') || ':'
            || json_extract(CAST(body AS TEXT), '$.id') = ?
        """,
        [key],
    )


def purge(store: Store, before: datetime) -> int:
    """Delete the posts that were received before a moment. Returns how many."""
    with store.transaction() as db:
        rows = db.execute("SELECT key FROM posts WHERE received_at < ? AND decided IS NOT NULL", [to_text(before)])
        keys = [key for (key,) in rows.fetchall()]
        for key in keys:
            _forget_key(db, key)
        db.execute("DELETE FROM parents WHERE since < ?", [to_text(before)])
    return len(keys)


def waiting(store: Store, limit: int) -> list[WaitingPost]:
    """The oldest posts that are not decided yet."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT body, received_at FROM posts WHERE decided IS NULL ORDER BY received_at, rowid LIMIT ?",
            [limit],
        ).fetchall()
    found = []
    for body, received_at in rows:
        received = from_text(received_at)
        assert received is not None  # noqa: S101  # the column is NOT NULL
        found.append(WaitingPost(msgspec.json.decode(body, type=Post), received))
    return found


def count_waiting(store: Store) -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM posts WHERE decided IS NULL").fetchone()[0])


def get(db: Database, key: str) -> Post | None:
    row = db.execute("SELECT body FROM posts WHERE key = ?", [key]).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Post)


def named(db: Database, name: str) -> Post | None:
    """The stored post that others name so, by its key or by its alias."""
    row = db.execute(
        "SELECT body FROM posts WHERE key = :name UNION ALL SELECT body FROM posts WHERE alias = :name LIMIT 1",
        {"name": name},
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Post)


def at(db: Database, url: str) -> Post | None:
    """The post that stands at a web address."""
    row = db.execute(
        # Only what holds the address somewhere is taken apart: a hundred thousand posts take a tenth of a second.
        "SELECT body FROM posts WHERE instr(body, CAST(? AS BLOB)) AND json_extract(CAST(body AS TEXT), '$.url') = ?",
        [url, url],
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Post)


def is_current(db: Database, post: Post) -> bool:
    """Whether a post is stored and says what it said: it was neither deleted nor edited meanwhile."""
    stored = get(db, post.key)
    return stored is not None and stored.says == post.says


def first_of(db: Database, incident: Incident) -> Post | None:
    """The post that opened an incident, or the first of its posts that is still stored."""
    row = db.execute(
        """
        SELECT posts.body FROM sightings JOIN posts ON posts.key = sightings.post_key
        WHERE sightings.incident_id = ? ORDER BY posts.key != ?, sightings.seen_at, sightings.rowid LIMIT 1
        """,
        [incident.id, incident.first_post],
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Post)


def above(db: Database, post: Post) -> tuple[str, ...]:
    """What the posts go by that a post answers, the nearest first: as far up its thread as posts are stored, and the
    one that the last of these answers."""
    found: list[str] = []
    current: Post | None = post
    for _ in range(LONGEST_THREAD):
        if current is None or current.reply_to is None:
            break
        name = f"{current.platform}:{current.reply_to}"
        current = named(db, name)
        found += [name] if current is None else current.names
    return tuple(dict.fromkeys(found))


def add(db: Database, source: str, post: Post, mention: Mention, now: datetime) -> None:
    """Store a post that came from no page. One that is stored already stays as it is."""
    if get(db, post.key) is None:
        _save_post(db, source, post, mention, now)


def again(db: Database, post: Post, mention: Mention, now: datetime) -> None:
    """A stored post as it stands now: where it says something else, it waits to be read again."""
    if get(db, post.key) is not None:
        _save_post(db, "", post, mention, now)


def save_verdict(db: Database, verdict: Verdict, rules_version: str, now: datetime) -> None:
    """Record what match and judge said. A post that was deleted meanwhile is left forgotten."""
    db.execute("UPDATE posts SET decided = ? WHERE key = ?", [verdict.decision.value, verdict.post.key])
    match = verdict.match
    if match is None or get(db, verdict.post.key) is None:
        return
    db.execute(
        "INSERT OR REPLACE INTO matches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            match.post_key,
            match.claim_id,
            match.phrasing,
            match.score,
            match.stance.value,
            match.decision.value,
            match.sentence,
            match.why,
            rules_version,
            to_text(now),
        ],
    )


def save_failure(db: Database, key: str) -> None:
    """Record that a post could not be read, so that it does not come up again."""
    db.execute("UPDATE posts SET decided = 'failed' WHERE key = ?", [key])


_MATCH = "post_key, claim_id, phrasing, score, stance, decision, sentence, why"


def _match(row: Sequence[object]) -> Match:
    return msgspec.convert(dict(zip(_MATCH.split(", "), row, strict=True)), type=Match)


def get_match(db: Database, key: str) -> Match | None:
    row = db.execute(f"SELECT {_MATCH} FROM matches WHERE post_key = ?", [key]).fetchone()  # noqa: S608
    return None if row is None else _match(row)


def matches(store: Store, decision: Decision) -> list[Match]:
    """Every stored match with a decision, oldest first."""
    with store.reading() as db:
        rows = db.execute(
            f"SELECT {_MATCH} FROM matches WHERE decision = ? ORDER BY decided_at, rowid",  # noqa: S608
            [decision.value],
        ).fetchall()
    return [_match(row) for row in rows]


def languages(store: Store) -> dict[str, dict[str, int]]:
    """Claim id -> language -> how many stored posts spread the claim in it, or may. Posts of no known language are left
    out."""
    with store.reading() as db:
        rows = db.execute(
            """
            SELECT matches.claim_id, json_extract(CAST(posts.body AS TEXT), '$.lang') AS lang, count(*)
            FROM matches JOIN posts ON posts.key = matches.post_key
            WHERE matches.decision != ? AND lang IS NOT NULL GROUP BY 1, 2
            """,
            [Decision.QUIET.value],
        ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for claim_id, lang, count in rows:
        found.setdefault(claim_id, {})[lang] = count
    return found
