from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import (
    Click,
    ClickKind,
    Curve,
    Decision,
    Did,
    Event,
    Figures,
    Incident,
    IncidentState,
    Match,
    Mention,
    Page,
    Person,
    Post,
    Reason,
    Shadowed,
    Silence,
    SilenceScope,
    Stance,
    Traffic,
    Unsure,
    Verdict,
)
from monitor.store import clicks, events, figures, incidents, outages, posts, silences
from monitor.store.db import Store, to_text

DAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA, BEN = Person("U1", "Ana"), Person("U2", "Ben")
NEW_YORK = ZoneInfo("America/New_York")


def incident(name: str, told: datetime | None = NOON, claim: str = "withdrawn", **more: object) -> Incident:
    first = told or NOON
    plain = Incident(name, claim, IncidentState.OPEN, f"x:{name}", first, first, alerted_at=told)
    return replace(plain, **more)  # type: ignore[arg-type]


def save(store: Store, *found: Incident) -> None:
    with store.transaction() as db:
        for one in found:
            incidents.save(db, one)


def say(store: Store, *said: Event) -> None:
    with store.transaction() as db:
        for one in said:
            events.add(db, one)


def sight(store: Store, name: str, *times: datetime) -> None:
    with store.transaction() as db:
        for number, at in enumerate(times):
            incidents.add_sighting(db, name, Post(f"{name}{number}{at}", "text"), at, None)


def day(store: Store, timezone: ZoneInfo | None = None) -> Figures:
    with store.reading() as db:
        return figures.of_day(db, DAY, NOON + 48 * HOUR, timezone or ZoneInfo("UTC"))


def test_an_empty_store_has_a_day_without_anything(store: Store) -> None:
    found = day(store)
    assert found == Figures(NOON - 12 * HOUR, NOON + 12 * HOUR)


def test_incidents_count_on_the_day_on_which_people_were_told(store: Store) -> None:
    save(
        store,
        incident("a"),
        incident("b", NOON - 13 * HOUR),
        incident("c", NOON + 12 * HOUR),
        incident("d", NOON - 12 * HOUR),
    )
    assert [one.incident.id for one in day(store).told] == ["d", "a"]


def test_a_day_is_that_of_the_time_zone(store: Store) -> None:
    save(store, incident("early", NOON - 10 * HOUR), incident("late", NOON + 16 * HOUR))
    assert [one.incident.id for one in day(store, NEW_YORK).told] == ["late"]


def test_an_owner_counts_from_who_took_it_first(store: Store) -> None:
    save(store, incident("a"))
    say(
        store,
        Event(NOON + HOUR, ANA, Did.TOOK_ON, "a"),
        Event(NOON + 2 * HOUR, BEN, Did.HANDED_OVER, "a"),
        Event(NOON + 3 * HOUR, None, Did.RELEASED, "a"),
        Event(NOON + 4 * HOUR, BEN, Did.CLOSED, "a"),
    )
    (handled,) = day(store).told
    assert (handled.owned_at, handled.owned_by, handled.ended_at) == (NOON + HOUR, ANA, NOON + 4 * HOUR)


def test_a_false_alarm_and_an_incident_moved_to_another_claim_were_wrong_alerts(store: Store) -> None:
    save(
        store,
        incident("right"),
        incident("wrong", state=IncidentState.FALSE_ALARM),
        incident("moved", claim="arrested"),
    )
    say(store, Event(NOON, ANA, Did.WRONG_CLAIM, "moved", before="withdrawn", after="arrested"))
    told = {one.incident.id: (one.taken_for, one.is_false_alarm) for one in day(store).told}
    assert told == {"right": ("withdrawn", False), "wrong": ("withdrawn", True), "moved": ("withdrawn", True)}


def test_what_nobody_was_told_of_and_what_went_on_is_counted(store: Store) -> None:
    save(store, incident("old", NOON - 40 * HOUR), incident("older", NOON - 90 * HOUR), incident("a"))
    sight(store, "old", NOON, NOON + HOUR)
    sight(store, "older", NOON - 40 * HOUR)
    sight(store, "a", NOON)
    found = day(store)
    assert (found.went_on, found.untold) == (1, 0)
    save(store, incident("shadow", None))
    with store.transaction() as db:
        db.execute(
            "INSERT INTO alerts (incident_id, claim_id, post_key, reason, kinds, posts, score, rules_version, "
            "decided_at) VALUES ('shadow', 'c', 'p', 'r', '', 1, 0.9, 'v', '2026-11-02T09:00:00.000000Z')"
        )
    found = day(store)
    assert (found.untold, found.traffic.alerting) == (1, 1)
    assert found.shadowed == ()


def test_what_a_claim_in_shadow_would_have_done_is_counted(store: Store) -> None:
    save(store, incident("a", None, "trial"), incident("b", None, "trial"))
    with store.transaction() as db:
        for name, hour in (("a", 9), ("a", 10), ("b", 11), ("b", 30)):
            db.execute(
                "INSERT INTO alerts (incident_id, claim_id, post_key, reason, kinds, posts, score, rules_version, "
                "decided_at) VALUES (?, 'trial', 'p', ?, '', 1, 0.9, 'v', ?)",
                [name, Reason.SHADOW.value, to_text(NOON + (hour - 12) * HOUR)],
            )
    assert day(store).shadowed == (Shadowed("trial", 2, 3),)


def test_posts_that_were_only_watched_are_counted_by_claim(store: Store) -> None:
    def decided(name: str, claim: str, decision: Decision, at: datetime) -> None:
        post = Post(name, "text", "x")
        posts.save_page(store, "sky", "b", Page((post,), name), [(post, Mention())], at)
        match = Match(post.key, claim, "p", 0.4, Stance.COMMENT, decision, "text", "why")
        with store.transaction() as db:
            posts.save_verdict(db, Verdict(post, Mention(), decision, "why", match), "v", at)

    decided("1", "withdrawn", Decision.WATCH, NOON)
    decided("2", "arrested", Decision.WATCH, NOON)
    decided("3", "arrested", Decision.WATCH, NOON + HOUR)
    decided("4", "arrested", Decision.QUIET, NOON)
    decided("5", "arrested", Decision.WATCH, NOON - 30 * HOUR)
    assert day(store).watched == (Unsure("arrested", 2), Unsure("withdrawn", 1))


def test_silences_are_counted_when_they_are_set_and_while_they_last(store: Store) -> None:
    def silence(name: str, starts: int, until: int, ended: int | None = None) -> Silence:
        over = None if ended is None else NOON + ended * HOUR
        return Silence(
            name, SilenceScope.CLAIM, "c", ANA, "r", NOON + starts * HOUR, NOON + until * HOUR, ended_at=over
        )

    with store.transaction() as db:
        for one in (
            silence("set and over", 0, 1, 1),
            silence("set and on", 0, 30),
            silence("ended early", 0, 30, 2),
            silence("on from before", -30, 30),
            silence("later", 13, 30),
        ):
            silences.add(db, one)
    found = day(store)
    assert (found.silences_set, found.silences_on) == (3, 2)


def test_what_people_did_is_counted_and_what_the_clock_did_or_was_refused_is_not(store: Store) -> None:
    say(
        store,
        Event(NOON, ANA, Did.TOOK_ON, "a"),
        Event(NOON, ANA, Did.CLOSED, "a"),
        Event(NOON, BEN, Did.SILENCED),
        Event(NOON, BEN, Did.REFUSED),
        Event(NOON, None, Did.REMINDED, "a"),
        Event(NOON - 24 * HOUR, ANA, Did.CLOSED, "a"),
    )
    found = day(store)
    assert (found.actions, found.people) == (3, 2)


def test_clicks_that_failed_are_counted(store: Store) -> None:
    clicks.add(store, Click("k", ClickKind.ACTION, b"{}", NOON))
    assert day(store).clicks_failed == 0
    with store.transaction() as db:
        clicks.failed(db, "k", "no", NOON)
    assert day(store).clicks_failed == 1


def test_posts_are_counted_on_the_day_on_which_they_came_also_once_they_are_forgotten(store: Store) -> None:
    def page(at: datetime, *ids: str) -> None:
        found = tuple(Post(name, "text", "x") for name in ids)
        posts.save_page(store, "sky", "b", Page(found, "c"), [(post, Mention()) for post in found[:1]], at)

    page(NOON, "1", "2", "3")
    page(NOON + timedelta(minutes=5), "4")
    page(NOON - 13 * HOUR, "5")
    with store.transaction() as db:
        db.execute("DELETE FROM posts")
    assert day(store).traffic == Traffic(seen=4, kept=2)


def test_today_is_from_midnight_until_now(store: Store) -> None:
    save(store, incident("a"), incident("b", NOON + HOUR))
    with store.reading() as db:
        found = figures.today(db, NOON + timedelta(minutes=1), NEW_YORK)
    assert (found.since, found.until) == (datetime(2026, 11, 2, 5, tzinfo=UTC), NOON + timedelta(minutes=1))
    assert [one.incident.id for one in found.told] == ["a"]


def test_outages_of_the_day_belong_to_its_figures(store: Store) -> None:
    with store.transaction() as db:
        outages.begin(db, "sky", "timed out", NOON)
        outages.begin(db, "feed", "timed out", NOON + 30 * HOUR)
    assert [one.source for one in day(store).outages] == ["sky"]


def test_a_week_of_claims_has_one_count_for_six_hours(store: Store) -> None:
    save(
        store,
        incident("a", NOON - 5 * 24 * HOUR, corrected_at=NOON - 5 * 24 * HOUR + HOUR),
        incident("b", claim="arrested"),
        incident("no", NOON, "jokes", state=IncidentState.FALSE_ALARM),
    )
    sight(store, "a", NOON - 5 * 24 * HOUR, NOON, NOON + HOUR, NOON - 30 * 24 * HOUR)
    sight(store, "b", NOON + 11 * HOUR, NOON + 12 * HOUR)
    sight(store, "no", NOON)
    with store.reading() as db:
        week = figures.week(db, DAY, ZoneInfo("UTC"))
    assert (week.since, week.until, week.steps) == (NOON - 6.5 * 24 * HOUR, NOON + 12 * HOUR, 28)
    assert week.curves == (
        Curve(
            "withdrawn",
            tuple({6: 1, 26: 2}.get(step, 0) for step in range(28)),
            (NOON - 5 * 24 * HOUR,),
            (NOON - 5 * 24 * HOUR + HOUR,),
        ),
        Curve("arrested", tuple(int(step == 27) for step in range(28)), (NOON,)),
    )


@pytest.mark.parametrize(("last", "hours"), [(date(2026, 3, 8), 167), (date(2026, 11, 1), 169), (DAY, 169)])
def test_a_week_in_which_clocks_change_has_room_for_every_hour(store: Store, last: date, hours: int) -> None:
    since, _ = figures.day_bounds(last - timedelta(days=6), NEW_YORK)
    _, until = figures.day_bounds(last, NEW_YORK)
    assert until - since == hours * HOUR
    with store.reading() as db:
        week = figures.week(db, last, NEW_YORK)
    assert week.until - figures.STEP < until <= week.until


ZONES = st.sampled_from(
    ["UTC", "America/New_York", "America/St_Johns", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe"]
).map(ZoneInfo)


@given(day=st.dates(date(2000, 1, 1), date(2050, 1, 1)), timezone=ZONES)
def test_days_follow_each_other_without_a_hole_and_begin_on_a_quarter_of_an_hour(day: date, timezone: ZoneInfo) -> None:
    since, until = figures.day_bounds(day, timezone)
    assert figures.day_bounds(day + timedelta(days=1), timezone)[0] == until
    assert timedelta(hours=22) < until - since < timedelta(hours=26)
    assert since.minute % 15 == 0
