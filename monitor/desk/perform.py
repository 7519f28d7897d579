"""Does what was decided, in the caller's transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.config import DeskConfig
from monitor.desk.actions import Action
from monitor.desk.decide import Outcome
from monitor.model import Incident, Person, Proposal, Rules


@dataclass(frozen=True, slots=True)
class Context:
    """What performing needs of the rest. All callables run inside the transaction.

    `enqueue_update(db, incident, now)` rewrites an incident's message; `enqueue_answered(db, incident, post_key, now)`
    the thread reply that shows a post. `is_silenced(db, incident, now)`: whether the clock leaves it in peace.
    `accept(proposal)` writes it into its file and returns None, or why it cannot.
    """

    settings: DeskConfig
    rules: Rules
    enqueue_update: Callable[[Database, Incident, datetime], None]
    enqueue_answered: Callable[[Database, Incident, str, datetime], None]
    is_silenced: Callable[[Database, Incident, datetime], bool]
    accept: Callable[[Proposal], str | None]


def perform(
    db: Database, click_key: str | None, action: Action, person: Person, now: datetime, context: Context
) -> Outcome:
    raise NotImplementedError


def refuse(db: Database, click_key: str | None, person: Person, asked: str, why: str, now: datetime) -> None:
    """Record that somebody who may not act was refused."""
    raise NotImplementedError


def nudge(db: Database, now: datetime, context: Context) -> int:
    """Do all that the clock is due to do. Returns how much that was."""
    raise NotImplementedError


def next_nudge_at(db: Database, now: datetime, context: Context) -> datetime | None:
    raise NotImplementedError
