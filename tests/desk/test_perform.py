from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from monitor.config import DeskConfig
from monitor.desk.actions import (
    AcceptProposal,
    Action,
    Answered,
    Close,
    Confirm,
    DiscardProposal,
    EndSilence,
    NotThisClaim,
    PostedCorrection,
    SilenceFor,
    TakeOn,
    WrongClaim,
)
from monitor.desk.outcome import Outcome
from monitor.desk.perform import Context, next_nudge_at, nudge, perform, refuse
from monitor.model import (
    ClaimStatus,
    Click,
    ClickKind,
    Did,
    Incident,
    IncidentState,
    Mention,
    Notice,
    NoticeKind,
    Notification,
    Page,
    Person,
    Post,
    Proposal,
    ProposalState,
    Rules,
    SilenceScope,
)
from monitor.store import (
    answers,
    clicks,
    corrections,
    enqueue,
    events,
    incidents,
    look_alikes,
    posts,
    proposals,
    silences,
    verdicts,
)
from monitor.store.db import Store

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=4)
POSTED = PostedCorrection("withdrawn-3f2a9c1b", "https://example.org/c/1", "She is on the ballot.", "bluesky", "en")


@dataclass
class Elsewhere:
    """What the pipeline and the rulebook would do, written down."""

    updated: list[Incident] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    accepted: list[Proposal] = field(default_factory=list)
    silenced: bool = False
    refusal: str | None = None

    def accept(self, proposal: Proposal) -> str | None:
        self.accepted.append(proposal)
        return self.refusal


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def context(rules: Rules, elsewhere: Elsewhere) -> Context:
    return Context(
        settings=DeskConfig(escalate_to="S0TEAM", amplifiers="C0SHARE"),
        rules=rules,
        enqueue_update=lambda db, incident, now: elsewhere.updated.append(incident),
        enqueue_answered=lambda db, incident, post_key, now: elsewhere.answered.append(post_key),
        is_silenced=lambda db, incident, now: elsewhere.silenced,
        accept=elsewhere.accept,
    )


@pytest.fixture(autouse=True)
def kept(store: Store, incident: Incident, post: Post) -> None:
    posts.save_page(store, "sky", "bluesky", Page((post,), "c"), [(post, Mention())], NOON)
    with store.transaction() as db:
        incidents.save(db, incident)


Do = Callable[..., Outcome | None]


@pytest.fixture
def do(store: Store, context: Context, ana: Person) -> Do:
    def performed(action: Action, person: Person = ana, now: datetime = NOW, key: str | None = None) -> Outcome | None:
        with store.transaction() as db:
            return perform(db, key, action, person, now, context)

    return performed


def stored(store: Store, incident: Incident) -> Incident:
    found = incidents.get(store.db, incident.id)
    assert found is not None
    return found


def said(store: Store) -> list[Notification]:
    rows = store.db.execute("SELECT delivery_id, body FROM outbox ORDER BY rowid").fetchall()
    return [enqueue.decode(delivery_id, body) for delivery_id, body in rows]


def titles(store: Store) -> list[str]:
    return [notice.title for notice in notices(store)]


def notices(store: Store) -> list[Notice]:
    return [notification.notice for notification in said(store) if notification.notice is not None]


def test_taking_on_is_saved_audited_told_and_shown(
    store: Store, incident: Incident, do: Do, ana: Person, elsewhere: Elsewhere
) -> None:
    outcome = do(TakeOn(incident.id, None))

    assert outcome is not None
    assert stored(store, incident) == outcome.incident
    assert stored(store, incident).owner == ana
    assert events.of_incident(store.db, incident.id) == list(outcome.events)
    (notification,) = said(store)
    assert (notification.incident_id, notification.channel) == (incident.id, None)
    assert titles(store) == ["Ana Flores has it (12:04 UTC)"]
    assert elsewhere.updated == [outcome.incident]


def test_of_two_clicks_at_once_one_wins_and_each_is_handled_once(
    store: Store, incident: Incident, do: Do, ana: Person, ben: Person
) -> None:
    for key in ("a", "b"):
        clicks.add(store, Click(key, ClickKind.ACTION, b"{}", NOW))

    first = do(TakeOn(incident.id, None), ana, NOW, "a")
    second = do(TakeOn(incident.id, None), ben, NOW + timedelta(seconds=4), "b")
    replayed = do(TakeOn(incident.id, None), ben, NOW + timedelta(seconds=9), "b")

    assert first is not None
    assert second is not None
    assert (first.refusal, second.refusal) == (None, "Ana Flores took it 4 s ago; press again to take it over.")
    assert replayed is None
    assert stored(store, incident).owner == ana
    assert clicks.waiting(store, 10) == []
    assert len(titles(store)) == 1


class Killed(RuntimeError):
    pass


class Brittle(Database):
    """Dies in front of its n-th statement."""

    def __init__(self, store: Store, statements: int) -> None:
        self.conn = store.db.conn
        self._left = statements

    def execute(self, *arguments: object) -> object:  # type: ignore[override]
        if self._left == 0:
            raise Killed
        self._left -= 1
        return self.conn.execute(*arguments)  # type: ignore[arg-type]


TABLES = ("incidents", "events", "outbox", "clicks", "corrections", "answers", "look_alikes", "proposals", "verdicts",
          "silences", "nudges")  # fmt: skip


def everything(store: Store) -> dict[str, list[object]]:
    return {table: store.db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


@pytest.mark.parametrize(
    "action",
    [
        TakeOn(POSTED.incident_id, None),
        POSTED,
        NotThisClaim(POSTED.incident_id),
        WrongClaim(POSTED.incident_id, "ill"),
        SilenceFor(SilenceScope.CLAIM, "withdrawn", NOW + timedelta(hours=1), "a film"),
    ],
    ids=lambda action: type(action).__name__,
)
def test_killed_between_any_two_statements_nothing_is_half_done(
    store: Store, context: Context, ana: Person, action: Action
) -> None:
    clicks.add(store, Click("a", ClickKind.ACTION, b"{}", NOW))
    before = everything(store)
    statements = 0
    while True:
        try:
            with store.transaction():
                perform(Brittle(store, statements), "a", action, ana, NOW, context)
            break
        except Killed:
            assert everything(store) == before
            assert [click.key for click in clicks.waiting(store, 10)] == ["a"]
            statements += 1
    assert statements > 5
    assert clicks.waiting(store, 10) == []
    assert events.since(store.db, NOON)


def test_killed_while_the_clock_works_nothing_is_half_done(store: Store, context: Context, incident: Incident) -> None:
    before, late, statements = everything(store), NOON + timedelta(minutes=31), 0
    while True:
        try:
            with store.transaction():
                nudge(Brittle(store, statements), late, context)
            break
        except Killed:
            assert everything(store) == before
            statements += 1
    assert statements > 5
    assert len(titles(store)) == 2


def test_a_correction_is_recorded_and_the_amplifiers_get_one_message(
    store: Store, incident: Incident, do: Do, ben: Person
) -> None:
    do(POSTED)
    do(replace(POSTED, text="Edited."), ben)

    assert [posted.text for posted in corrections.of_incident(store.db, incident.id)] == [POSTED.text, "Edited."]
    assert stored(store, incident).state is IncidentState.CORRECTED
    shared = [notification for notification in said(store) if notification.channel == "C0SHARE"]
    assert [(one.incident_id, one.notice.kind if one.notice else None) for one in shared] == [
        (None, NoticeKind.SHARE),
        (None, NoticeKind.SHARE),
    ]
    assert [(one.post.key, one.claim_id, one.asserts) for one in verdicts.every(store)] == [
        ("bluesky:1", "withdrawn", True)
    ]


def test_not_this_claim_is_learned_and_proposed(store: Store, incident: Incident, do: Do, ana: Person) -> None:
    do(NotThisClaim(incident.id))

    assert [(one.claim_id, one.post_key, one.by) for one in look_alikes.every(store)] == [
        ("withdrawn", "bluesky:1", ana)
    ]
    assert [one.asserts for one in verdicts.every(store)] == [False]
    (proposal,) = proposals.open_proposals(store)
    assert (proposal.key, proposal.text) == ("not_this", "Rivera quit smoking")
    assert [(notice.kind, notice.subject) for notice in notices(store)] == [
        (NoticeKind.DONE, None),
        (NoticeKind.PROPOSAL, proposal.id),
    ]


def test_a_slip_is_taken_back_by_taking_it_on(store: Store, incident: Incident, do: Do) -> None:
    do(NotThisClaim(incident.id))
    do(TakeOn(incident.id, None))

    assert look_alikes.every(store) == []
    assert verdicts.every(store) == []
    assert stored(store, incident).state is IncidentState.OPEN


def test_not_this_claim_works_when_the_post_is_no_longer_stored(store: Store, incident: Incident, do: Do) -> None:
    posts.purge(store, NOON + timedelta(days=60))
    store.db.execute("DELETE FROM posts")

    do(NotThisClaim(incident.id))

    assert stored(store, incident).state is IncidentState.FALSE_ALARM
    assert verdicts.every(store) == []


def test_the_right_claim_gets_the_incident(store: Store, incident: Incident, do: Do) -> None:
    do(WrongClaim(incident.id, "ill"))

    assert stored(store, incident).claim_id == "ill"
    assert {(one.claim_id, one.asserts) for one in verdicts.every(store)} == {("withdrawn", False), ("ill", True)}


def test_a_yes_is_a_verdict_until_somebody_says_no(
    store: Store, incident: Incident, do: Do, ana: Person, ben: Person
) -> None:
    do(Confirm(incident.id))
    again = do(Confirm(incident.id), ben)
    assert again is not None
    assert again.refusal == "Ana Flores has said so already."
    assert [(one.claim_id, one.asserts) for one in verdicts.every(store)] == [("withdrawn", True)]
    do(NotThisClaim(incident.id), ben)
    assert [(one.claim_id, one.asserts) for one in verdicts.every(store)] == [("withdrawn", False)]


def test_a_tick_is_recorded_once_and_shown(
    store: Store, incident: Incident, do: Do, ana: Person, ben: Person, elsewhere: Elsewhere
) -> None:
    do(TakeOn(incident.id, None))
    do(Answered(incident.id, "bluesky:1"), ben)
    late = do(Answered(incident.id, "bluesky:1"), ana)

    assert [(answer.post_key, answer.by) for answer in answers.of_incident(store.db, incident.id)] == [
        ("bluesky:1", ben)
    ]
    assert elsewhere.answered == ["bluesky:1"]
    assert late is not None
    assert late.refusal == "Ben Okafor has answered it already (12:04 UTC)."


def test_an_incident_without_a_message_is_not_rewritten(
    store: Store, incident: Incident, do: Do, elsewhere: Elsewhere
) -> None:
    with store.transaction() as db:
        incidents.save(db, replace(incident, has_message=False))

    do(TakeOn(incident.id, None))

    assert elsewhere.updated == []


def test_a_silence_begins_and_ends(store: Store, do: Do, ben: Person) -> None:
    do(SilenceFor(SilenceScope.CLAIM, "withdrawn", NOW + timedelta(hours=1), "a film"))
    (silence,) = silences.active(store.db, NOW)
    twice = do(SilenceFor(SilenceScope.CLAIM, "withdrawn", NOW + timedelta(hours=2), "a film"))
    assert twice is not None
    assert twice.refusal is not None

    later = NOW + timedelta(minutes=5)
    do(EndSilence(silence.id), ben, later)

    assert silences.active(store.db, later) == []
    assert silences.ended_unannounced(store.db, later) == [replace(silence, until=later)]
    assert [event.did for event in events.since(store.db, NOON)] == [Did.SILENCED, Did.SILENCE_ENDED]


@pytest.fixture
def proposed(store: Store, ana: Person) -> Proposal:
    proposal = Proposal("p1", "withdrawn", "withdrawn.toml", "not_this", "Rivera quit smoking", ana, NOON)
    with store.transaction() as db:
        proposals.add(db, proposal)
    return proposal


def test_an_accepted_proposal_is_written_into_its_file_once(
    store: Store, do: Do, proposed: Proposal, elsewhere: Elsewhere
) -> None:
    do(AcceptProposal("p1"))
    again = do(AcceptProposal("p1"))

    assert elsewhere.accepted == [replace(proposed, state=ProposalState.ACCEPTED)]
    assert proposals.open_proposals(store) == []
    assert again is not None
    assert again.refusal == "It was accepted before."
    assert titles(store) == ["Ana Flores added it to not_this in withdrawn.toml (12:04 UTC)"]


def test_a_file_that_cannot_be_changed_leaves_the_proposal_open(
    store: Store, do: Do, proposed: Proposal, elsewhere: Elsewhere
) -> None:
    elsewhere.refusal = "withdrawn.toml has a mistake in line 3"

    outcome = do(AcceptProposal("p1"))

    assert outcome is not None
    assert outcome.refusal == "withdrawn.toml has a mistake in line 3"
    assert proposals.open_proposals(store) == [proposed]
    assert events.since(store.db, NOON) == []


def test_a_discarded_proposal_changes_no_file(store: Store, do: Do, proposed: Proposal, elsewhere: Elsewhere) -> None:
    do(DiscardProposal("p1"))

    assert (elsewhere.accepted, proposals.open_proposals(store)) == ([], [])
    assert titles(store) == ["Ana Flores left withdrawn.toml as it is (12:04 UTC)"]


def test_somebody_who_may_not_act_is_written_down(store: Store, ben: Person) -> None:
    clicks.add(store, Click("a", ClickKind.ACTION, b"{}", NOW))
    with store.transaction() as db:
        assert refuse(db, "a", ben, "take_on", "", "not a member of the channel", NOW)
        assert not refuse(db, "a", ben, "take_on", "", "not a member of the channel", NOW)

    (event,) = events.since(store.db, NOON)
    assert (event.who, event.did, event.after, event.note) == (
        ben, Did.REFUSED, "take_on", "not a member of the channel",
    )  # fmt: skip


def tick(store: Store, context: Context, minutes: float) -> int:
    with store.transaction() as db:
        return nudge(db, NOON + timedelta(minutes=minutes), context)


def test_the_clock_says_each_thing_once(store: Store, context: Context, incident: Incident) -> None:
    counts = [tick(store, context, minutes) for minutes in (0, 3, 3.5, 5, 5.5, 18, 20, 30, 31, 600)]

    assert counts == [0, 1, 0, 1, 0, 1, 0, 1, 0, 0]
    assert titles(store) == [
        "Nobody has it yet: 2 min left",
        "Nobody took it on within 5 min",
        "12 min left to post a correction",
        "No correction 30 min after the first post",
    ]
    assert [(notice.kind, notice.ping) for notice in notices(store)] == [
        (NoticeKind.REMINDER, ()),
        (NoticeKind.ESCALATION, ("S0TEAM",)),
        (NoticeKind.REMINDER, ()),
        (NoticeKind.ESCALATION, ("S0TEAM",)),
    ]
    assert [(event.who, event.did) for event in events.of_incident(store.db, incident.id)] == [
        (None, Did.REMINDED), (None, Did.ESCALATED), (None, Did.REMINDED), (None, Did.ESCALATED),
    ]  # fmt: skip


def test_an_owner_who_goes_quiet_is_asked_then_released(
    store: Store, context: Context, incident: Incident, do: Do, ana: Person, elsewhere: Elsewhere
) -> None:
    do(TakeOn(incident.id, None), ana, NOON)
    tick(store, context, 15)
    tick(store, context, 29)
    assert stored(store, incident).owner == ana
    tick(store, context, 30)

    released = stored(store, incident)
    assert (released.owner, released.owned_at, released.owner_active_at) == (None, None, None)
    assert elsewhere.updated[-1] == released
    assert "Ana Flores, are you still on it?" in titles(store)
    assert "It is free again: Ana Flores was not heard of" in titles(store)
    event = next(one for one in events.of_incident(store.db, incident.id) if one.did is Did.RELEASED)
    assert (event.before, event.after) == ("Ana Flores (U1ANA)", "")


def test_an_owner_who_answers_the_question_stays(
    store: Store, context: Context, incident: Incident, do: Do, ana: Person
) -> None:
    do(TakeOn(incident.id, None), ana, NOON)
    tick(store, context, 15)
    do(TakeOn(incident.id, ana.id), ana, NOON + timedelta(minutes=16))
    tick(store, context, 30)

    assert stored(store, incident).owner == ana


@pytest.mark.parametrize("status", [ClaimStatus.SHADOW, ClaimStatus.RETIRED, None])
def test_the_clock_is_quiet_about_a_claim_that_is_not_active(
    store: Store, context: Context, rules: Rules, status: ClaimStatus | None
) -> None:
    claims = () if status is None else tuple(replace(claim, status=status) for claim in rules.claims)
    quiet = replace(context, rules=replace(rules, claims=claims))

    assert tick(store, quiet, 60) == 0
    assert next_nudge_at(store.db, NOON, quiet) is None


def test_the_clock_is_quiet_about_what_is_silenced(store: Store, context: Context, elsewhere: Elsewhere) -> None:
    elsewhere.silenced = True
    assert tick(store, context, 60) == 0

    elsewhere.silenced = False
    assert tick(store, context, 60) == 2


def test_the_next_nudge_is_known(store: Store, context: Context, incident: Incident, do: Do) -> None:
    assert next_nudge_at(store.db, NOON, context) == NOON + timedelta(minutes=3)
    tick(store, context, 3)
    assert next_nudge_at(store.db, NOON, context) == NOON + timedelta(minutes=5)
    do(Close(incident.id))
    assert next_nudge_at(store.db, NOON, context) is None
