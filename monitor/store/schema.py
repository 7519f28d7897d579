"""The tables, as migrations. A migration that has shipped is never changed: add another.

posts      public posts about a candidate or the vote; `decided` is NULL until match and judge have read the post
sources    one row per configured source: cursor, counts, last error
matches    a post held against a claim, with the decision
incidents  the matches of one claim in a time window
sightings  which post belongs to which incident
alerts     the decisions to tell people, with their reason
outbox     notifications on their way to people
verdicts   what responders said about posts that alerted: right, or a false alarm
counters   totals that outlive the posts they count
service    the service's last sign of life
events     the audit: who did what, when, before and after; never changed
clicks     interactions from Slack, stored before they are acknowledged
silences   time-limited mutes
corrections  corrections that were posted, with their addresses
answers    posts that somebody has answered
nudges     which reminder or escalation an incident has had
look_alikes  posts that people said are not the claim
proposals  changes to rules files that wait for a yes
checks     texts that somebody held against the claims, to be reported from there
outages    when which source was blind
socket     how the connection stands on which clicks arrive
traffic    posts seen and kept, by quarter of an hour and source
drift      fields of sources that are not as expected
told_blind what people were told of blind sources
intake     posts from `monitor intake` that the service has not read yet
mending    rules files with a mistake of which the channel was told
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("monitor")


@migrations()
def m001_first_version(db: Database) -> None:
    for statement in _FIRST_VERSION.split(";"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m002_verdicts(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE verdicts (
            post_key TEXT NOT NULL REFERENCES posts (key) ON DELETE CASCADE,
            claim_id TEXT NOT NULL,
            asserts INTEGER NOT NULL CHECK (asserts IN (0, 1)),
            given_at TEXT NOT NULL,
            PRIMARY KEY (post_key, claim_id)
        ) STRICT
        """
    )


@migrations()
def m003_desk(db: Database) -> None:
    for statement in _DESK.split(";;"):
        db.execute(statement)


@migrations()
def m004_socket(db: Database) -> None:
    db.execute(
        """
        CREATE TABLE socket (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            state TEXT NOT NULL,
            since TEXT NOT NULL,
            rebuilt INTEGER NOT NULL,
            connections INTEGER NOT NULL,
            last_error TEXT,
            last_error_at TEXT
        ) STRICT
        """
    )


@migrations()
def m005_traffic(db: Database) -> None:
    db.execute("ALTER TABLE outages ADD COLUMN is_gap INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX outages_open ON outages (source) WHERE ended_at IS NULL")
    # A quarter of an hour: every time zone's midnight falls on one.
    db.execute(
        """
        CREATE TABLE traffic (
            began_at TEXT NOT NULL,
            source TEXT NOT NULL,
            seen INTEGER NOT NULL,
            kept INTEGER NOT NULL,
            PRIMARY KEY (began_at, source)
        ) STRICT
        """
    )


_DESK = """
ALTER TABLE incidents ADD COLUMN alerted_at TEXT;;
ALTER TABLE incidents ADD COLUMN owner TEXT;;
ALTER TABLE incidents ADD COLUMN owned_at TEXT;;
ALTER TABLE incidents ADD COLUMN owner_active_at TEXT;;
ALTER TABLE incidents ADD COLUMN corrected_at TEXT;;
ALTER TABLE incidents ADD COLUMN corrected_by TEXT;;
ALTER TABLE incidents ADD COLUMN correction_url TEXT;;
ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;;
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who_id TEXT,
    who_name TEXT,
    did TEXT NOT NULL,
    incident_id TEXT,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;;
CREATE INDEX events_incident ON events (incident_id, id);;
CREATE INDEX events_time ON events (at);;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;;
CREATE TABLE clicks (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at TEXT NOT NULL,
    handled_at TEXT,
    error TEXT
) STRICT;;
CREATE INDEX clicks_waiting ON clicks (received_at) WHERE handled_at IS NULL;;
CREATE TABLE silences (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    until TEXT NOT NULL,
    ended_at TEXT
) STRICT;;
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    platform TEXT NOT NULL,
    lang TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT NOT NULL
) STRICT;;
CREATE INDEX corrections_incident ON corrections (incident_id, id);;
CREATE TABLE answers (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    post_key TEXT NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (incident_id, post_key)
) STRICT;;
CREATE TABLE nudges (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (incident_id, kind, about)
) STRICT;;
CREATE TABLE look_alikes (
    claim_id TEXT NOT NULL,
    text TEXT NOT NULL,
    post_key TEXT NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (claim_id, post_key)
) STRICT;;
CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    claim_id TEXT NOT NULL,
    file TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    incident_id TEXT
) STRICT;;
CREATE TABLE checks (
    token TEXT PRIMARY KEY,
    body BLOB NOT NULL,
    claims TEXT NOT NULL,
    checked_at TEXT NOT NULL
) STRICT;;
CREATE TABLE outages (
    source TEXT NOT NULL,
    began_at TEXT NOT NULL,
    ended_at TEXT,
    error TEXT NOT NULL,
    PRIMARY KEY (source, began_at)
) STRICT
"""


_FIRST_VERSION = """
CREATE TABLE posts (
    key TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    author TEXT,
    source TEXT NOT NULL,
    received_at TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    body BLOB NOT NULL,
    mention BLOB NOT NULL,
    decided TEXT
) STRICT;
CREATE INDEX posts_waiting ON posts (received_at, key) WHERE decided IS NULL;
CREATE INDEX posts_author ON posts (platform, author);
CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    cursor TEXT,
    last_page_at TEXT,
    last_post_at TEXT,
    posts_seen INTEGER NOT NULL DEFAULT 0,
    posts_kept INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    skip_reason TEXT,
    error TEXT,
    error_since TEXT,
    error_count INTEGER NOT NULL DEFAULT 0,
    retry_at TEXT,
    last_error TEXT,
    last_error_at TEXT,
    errors_total INTEGER NOT NULL DEFAULT 0,
    gap TEXT,
    gap_at TEXT
) STRICT;
CREATE TABLE matches (
    post_key TEXT PRIMARY KEY REFERENCES posts (key) ON DELETE CASCADE,
    claim_id TEXT NOT NULL,
    phrasing TEXT NOT NULL,
    score REAL NOT NULL,
    stance TEXT NOT NULL,
    decision TEXT NOT NULL,
    sentence TEXT NOT NULL,
    why TEXT NOT NULL,
    rules_version TEXT NOT NULL,
    decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX matches_claim ON matches (claim_id, decided_at);
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    claim_id TEXT NOT NULL,
    state TEXT NOT NULL,
    first_post TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    posts INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    platforms TEXT NOT NULL,
    growth_per_hour INTEGER NOT NULL,
    alerted_posts INTEGER NOT NULL,
    alerted_followers INTEGER NOT NULL,
    has_message INTEGER NOT NULL
) STRICT;
CREATE INDEX incidents_claim ON incidents (claim_id, last_seen);
CREATE TABLE sightings (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    post_key TEXT NOT NULL,
    platform TEXT NOT NULL,
    author TEXT,
    text_hash TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    duplicate_of TEXT,
    PRIMARY KEY (incident_id, post_key)
) STRICT;
CREATE INDEX sightings_time ON sightings (incident_id, seen_at);
CREATE INDEX sightings_text ON sightings (incident_id, text_hash);
CREATE INDEX sightings_author ON sightings (incident_id, platform, author);
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    claim_id TEXT NOT NULL,
    post_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    kinds TEXT NOT NULL,
    posts INTEGER NOT NULL,
    score REAL NOT NULL,
    rules_version TEXT NOT NULL,
    decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_time ON alerts (decided_at);
CREATE TABLE outbox (
    delivery_id TEXT PRIMARY KEY,
    incident_id TEXT,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'ambiguous', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    first_sent_at TEXT,
    channel TEXT,
    ts TEXT,
    error TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, created_at) WHERE state IN ('pending', 'sending', 'ambiguous');
CREATE INDEX outbox_incident ON outbox (incident_id, kind);
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
CREATE TABLE service (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    alive_at TEXT NOT NULL
) STRICT
"""


@migrations()
def m006_intake(db: Database) -> None:
    # AUTOINCREMENT: the source's cursor is a number, so a number must not come again once its post is deleted.
    db.execute(
        """
        CREATE TABLE intake (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            body BLOB NOT NULL
        ) STRICT
        """
    )


@migrations()
def m007_mending(db: Database) -> None:
    db.execute("CREATE TABLE mending (file TEXT PRIMARY KEY, delivery_id TEXT NOT NULL, lines TEXT NOT NULL) STRICT")


@migrations()
def m009_blindness(db: Database) -> None:
    db.execute("ALTER TABLE sources ADD COLUMN suspicious TEXT")
    db.execute("ALTER TABLE sources ADD COLUMN suspicious_since TEXT")
    db.execute(
        """
        CREATE TABLE drift (
            source TEXT NOT NULL,
            name TEXT NOT NULL,
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            posts INTEGER NOT NULL,
            posts_before INTEGER NOT NULL,
            is_wide INTEGER NOT NULL,
            example TEXT,
            raw TEXT,
            PRIMARY KEY (source, name)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE told_blind (
            source TEXT NOT NULL,
            kind TEXT NOT NULL,
            since TEXT NOT NULL,
            told_at TEXT NOT NULL,
            over_since TEXT,
            back_at TEXT,
            again INTEGER NOT NULL,
            again_for REAL NOT NULL,
            again_since TEXT,
            PRIMARY KEY (source, kind)
        ) STRICT
        """
    )


@migrations()
def m010_withdrawn(db: Database) -> None:
    # A network deletes many posts a second; each is looked for among the sightings.
    db.execute("CREATE INDEX sightings_post ON sightings (post_key)")
    db.execute("ALTER TABLE outbox ADD COLUMN rewritten INTEGER NOT NULL DEFAULT 0")
