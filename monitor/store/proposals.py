"""Changes to rules files that wait for a yes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from monitor.model import Proposal, ProposalState
from monitor.store.db import Store, known_time, to_text
from monitor.store.people import known_person, person_to_text

_COLUMNS = "id, claim_id, file, key, text, by, at, state, incident_id"


def add(db: Database, proposal: Proposal) -> bool:
    """Record a proposal. False when its id is known: it was made before, and stands as it does."""
    cursor = db.execute(
        f"INSERT INTO proposals ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
        [
            proposal.id,
            proposal.claim_id,
            proposal.file,
            proposal.key,
            proposal.text,
            person_to_text(proposal.by),
            to_text(proposal.at),
            proposal.state.value,
            proposal.incident_id,
        ],
    )
    return cursor.rowcount == 1


def get(db: Database, proposal_id: str) -> Proposal | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM proposals WHERE id = ?", [proposal_id]).fetchone()  # noqa: S608
    return None if row is None else _proposal(row)


def settle(db: Database, proposal_id: str, state: ProposalState) -> bool:
    """Accept or discard a proposal. False when it was settled before, or is not known."""
    cursor = db.execute(
        "UPDATE proposals SET state = ? WHERE id = ? AND state = ?",
        [state.value, proposal_id, ProposalState.OPEN.value],
    )
    return cursor.rowcount == 1


def open_proposals(store: Store) -> list[Proposal]:
    """Those that nobody has settled, oldest first."""
    with store.reading() as db:
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM proposals WHERE state = ? ORDER BY at, rowid",  # noqa: S608
            [ProposalState.OPEN.value],
        ).fetchall()
    return [_proposal(row) for row in rows]


def _proposal(row: Sequence[str]) -> Proposal:
    proposal_id, claim_id, file, key, text, by, at, state, incident_id = row
    return Proposal(
        proposal_id, claim_id, file, key, text, known_person(by), known_time(at), ProposalState(state), incident_id
    )
