"""Posts because of which people were told of a claim before: what a change of the rules is tried on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from monitor.model import IncidentState, Post, Reason
from monitor.store.db import to_text

_TOLD = (Reason.FIRST, Reason.GROWING, Reason.LARGE_ACCOUNT, Reason.REOPENED, Reason.DIGEST, Reason.SILENCE_ENDED)


@dataclass(frozen=True, slots=True)
class EarlierAlert:
    """`is_confirmed`: a person treated its incident as real."""

    post: Post
    is_confirmed: bool


def alerts(db: Database, claim_id: str, without: str, since: datetime, limit: int) -> list[EarlierAlert]:
    """The alerts of a claim after a moment whose posts are still stored, the newest first; `without`: the key of a post
    that is left out."""
    reasons = ", ".join("?" * len(_TOLD))
    rows = db.execute(
        f"""
        SELECT posts.body, max(incidents.state != ? AND (incidents.owner IS NOT NULL OR corrected_at IS NOT NULL))
        FROM alerts JOIN posts ON posts.key = alerts.post_key JOIN incidents ON incidents.id = alerts.incident_id
        WHERE alerts.claim_id = ? AND alerts.post_key != ? AND alerts.decided_at >= ? AND alerts.reason IN ({reasons})
        GROUP BY posts.key ORDER BY max(alerts.id) DESC LIMIT ?
        """,  # noqa: S608 - question marks
        [IncidentState.FALSE_ALARM.value, claim_id, without, to_text(since), *_TOLD, limit],
    ).fetchall()
    return [EarlierAlert(msgspec.json.decode(body, type=Post), bool(confirmed)) for body, confirmed in rows]
