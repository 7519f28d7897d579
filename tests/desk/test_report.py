from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.config import DeskConfig
from monitor.desk.report import ALT_LENGTH, MOST_CURVES, UNKNOWN, alt_text, pace, report, shown
from monitor.model import (
    Claim,
    ClaimStatus,
    Curve,
    Curves,
    Figures,
    Handled,
    Incident,
    IncidentState,
    NoticeKind,
    Outage,
    Rules,
    Severity,
    Shadowed,
    Traffic,
    Unsure,
)

DAY = datetime(2026, 11, 2, tzinfo=UTC)
END = DAY + timedelta(days=1)
NOON = DAY + timedelta(hours=12)
MINUTE = timedelta(minutes=1)
DESK = DeskConfig()
RULES = Rules(
    (),
    (
        Claim("withdrawn", "Ana Rivera has withdrawn from the race.", "t", severity=Severity.CRITICAL),
        Claim("arrested", "Ana Rivera was arrested.", "t", severity=Severity.LOW),
        Claim("trial", "A claim that is tried out.", "t", status=ClaimStatus.SHADOW),
    ),
    "v1",
)
TRAFFIC = Traffic(seen=41210, kept=812, alerting=37)
QUIET = Figures(DAY, END, traffic=TRAFFIC)


def handled(
    claim: str = "withdrawn",
    alerted: float = 0.1,
    owned: float | None = 3,
    corrected: float | None = 22,
    ended: float | None = None,
    posts: int = 10,
    state: IncidentState = IncidentState.CORRECTED,
    taken_for: str | None = None,
) -> Handled:
    """Times in minutes from the first post."""

    def after(minutes: float | None) -> datetime | None:
        return None if minutes is None else NOON + minutes * MINUTE

    incident = Incident(
        f"{claim}-1", claim, state, "x:1", NOON, NOON, posts, alerted_at=after(alerted), corrected_at=after(corrected)
    )
    return Handled(incident, taken_for or claim, after(owned), None, after(ended))


def told(*found: Handled, **more: object) -> str:
    figures = replace(Figures(DAY, END, found, traffic=TRAFFIC), **more)  # type: ignore[arg-type]
    notice = report(figures, RULES, DESK)
    return "\n".join((notice.title, *notice.lines))


def test_an_uneventful_day_is_one_line() -> None:
    notice = report(QUIET, RULES, DESK)
    assert notice.kind is NoticeKind.REPORT
    assert notice.title == (
        "Monday 02 November: no new incident. "
        "41,210 posts read, 812 about a candidate or the vote, 37 spreading a known claim."
    )
    assert notice.lines == ()


def test_a_day_without_a_single_post_says_so() -> None:
    assert "No source brought a post." in report(Figures(DAY, END), RULES, DESK).title


def test_a_day_on_which_a_source_was_blind_is_not_uneventful() -> None:
    outage = Outage("bluesky", NOON, NOON + 42 * MINUTE, "timed out")
    assert "bluesky was blind for 42 min (12:00-12:42 UTC): timed out" in told(outages=(outage,))


def test_a_late_digest_says_why_whatever_the_day_was_like() -> None:
    assert report(QUIET, RULES, DESK, late="It is late.").title.endswith(" It is late.")
    busy = Figures(DAY, END, (handled(),))
    assert report(busy, RULES, DESK, late="It is late.").lines[0] == "It is late."


def test_the_day_is_that_of_the_time_zone() -> None:
    desk = DeskConfig(timezone=ZoneInfo("America/New_York"))
    assert report(QUIET, RULES, desk).title.startswith("Sunday 01 November")


def test_claims_are_told_the_worst_first_with_how_many_posts() -> None:
    lines = told(handled("arrested", posts=500), handled(posts=10), handled(posts=1), handled("gone", posts=1))
    first, *_ = lines.splitlines()
    assert first == "Monday 02 November: 4 incidents, 4 corrected"
    critical = lines.index("CRITICAL: Ana Rivera has withdrawn from the race (2 incidents, 11 posts)")
    low = lines.index("LOW: Ana Rivera was arrested (500 posts)")
    assert critical < low < lines.index("a claim that is no longer in the rules, gone (1 post)")


def test_how_long_it_took_is_told_as_the_middle_and_the_worst() -> None:
    text = told(handled(), handled(alerted=2, owned=4, corrected=25), handled(alerted=3, owned=5, corrected=29))
    assert "From the first post to the alert: half within 2 min, the slowest 3 min." in text
    assert "To an owner: half within 4 min, the slowest 5 min; the deadline of 5 min was kept." in text
    assert "To a correction: half within 25 min, the slowest 29 min; the deadline of 30 min was kept." in text


def test_one_incident_has_no_middle() -> None:
    assert "From the first post to the alert: 6 s." in told(handled())


def test_broken_deadlines_are_counted_and_so_is_what_still_waits() -> None:
    open_ = {"state": IncidentState.OPEN, "owned": None, "corrected": None}
    text = told(handled(), handled(owned=12, corrected=48), handled(**open_))  # type: ignore[arg-type]
    assert "2 incidents broke the deadline of 5 min, 1 still waiting." in text
    assert "2 incidents broke the deadline of 30 min, 1 still waiting." in text


def test_an_owner_counts_from_the_alert_and_a_post_that_was_found_late_breaks_no_deadline() -> None:
    found = pace(Figures(DAY, END, (handled(alerted=200, owned=204, corrected=229),)), DESK)
    assert (found.owned.late, found.corrected.late) == (0, 0)
    assert found.owned.worst == 204 * MINUTE


def test_what_was_corrected_or_closed_in_time_needs_no_owner() -> None:
    corrected = handled(owned=None, corrected=4)
    closed = handled(owned=None, corrected=None, ended=4, state=IncidentState.CLOSED)
    found = pace(Figures(DAY, END, (corrected, closed)), DESK)
    assert (found.owned.late, found.corrected.late) == (0, 0)
    assert "Nobody took one on; the deadline of 5 min was kept." in told(corrected, closed)


def test_a_deadline_that_is_not_over_yet_is_not_broken() -> None:
    waiting = handled(owned=None, corrected=None, state=IncidentState.OPEN)
    found = pace(Figures(DAY, NOON + 4 * MINUTE, (waiting,)), DESK)
    assert (found.owned.late, found.corrected.late) == (0, 0)
    found = pace(Figures(DAY, NOON + 6 * MINUTE, (waiting,)), DESK)
    assert (found.owned.late, found.owned.open, found.corrected.late) == (1, 1, 0)


def test_false_alarms_are_told_by_claim_with_how_many_alerts_there_were() -> None:
    wrong = handled(owned=None, corrected=None, state=IncidentState.FALSE_ALARM)
    moved = handled("arrested", taken_for="withdrawn")
    text = told(handled(), wrong, moved, handled("arrested"))
    assert "4 incidents, 3 corrected, 2 false alarms" in text
    assert "False alarms: 2 of 3 alerts for Ana Rivera has withdrawn from the race." in text
    assert "for Ana Rivera was arrested" not in text
    assert "CRITICAL: Ana Rivera has withdrawn from the race (10 posts)" in text
    assert "broke the deadline" not in text, "nobody answers a false alarm"


def test_silences_actions_and_failed_clicks_are_told() -> None:
    text = told(handled(), silences_set=2, silences_on=1, actions=46, people=5, clicks_failed=1, went_on=1, untold=2)
    assert "Silenced: 2 silences set, 1 in force at the end of the day." in text
    assert "At the desk: 46 actions by 5 people." in text
    assert "1 press of a button could not be carried out: see the log." in text
    assert "1 incident of earlier days went on." in text
    assert "; 2 more incidents in shadow, silenced or old." in text


def test_a_hundred_claims_stay_readable() -> None:
    lines = told(*(handled(f"claim-{number}") for number in range(100))).splitlines()
    assert len(lines) < 20
    assert "and 92 claims more" in lines


def curves(*found: Curve) -> Curves:
    return Curves(DAY, timedelta(hours=6), 4, found)


def test_the_picture_is_described_by_its_numbers() -> None:
    week = curves(
        Curve("withdrawn", (0, 3, 48, 1), (NOON, NOON + 60 * MINUTE), (NOON + 22 * MINUTE,)),
        Curve("arrested", (1, 0, 0, 0)),
    )
    assert alt_text(week, RULES, UTC) == (
        "Posts that spread known false claims, Mon 02 Nov to Mon 02 Nov, times in UTC. "
        "Ana Rivera has withdrawn from the race: 52 posts, 48 of them in the 6 hours from Mon 12:00, "
        "alert Mon 12:00 and 1 more, corrected Mon 12:22. Ana Rivera was arrested: 1 post."
    )


def test_a_claim_that_nobody_is_alerted_of_is_not_in_the_picture() -> None:
    assert shown(curves(Curve("trial", (1, 1, 1, 1)), Curve("gone", (1, 0, 0, 0))), RULES) == (
        Curve("gone", (1, 0, 0, 0)),
    )


@given(
    claims=st.lists(st.text(min_size=1, max_size=400), max_size=12),
    posts=st.lists(st.integers(0, 10**7), min_size=4, max_size=4),
)
def test_whatever_claims_say_the_words_stay_short_and_inert(claims: list[str], posts: list[int]) -> None:
    rules = Rules((), tuple(Claim(str(number), text, "t") for number, text in enumerate(claims)), "v")
    week = curves(*(Curve(str(number), tuple(posts), (NOON,)) for number in range(len(claims))))
    assert len(shown(week, rules)) <= MOST_CURVES
    said = alt_text(week, rules, UTC)
    assert len(said) <= ALT_LENGTH
    notice = report(Figures(DAY, END, tuple(handled(str(n)) for n in range(len(claims)))), rules, DESK)
    for line in (said, notice.title, *notice.lines):
        assert "\n" not in line
        assert "\x1b" not in line
        assert len(line) <= ALT_LENGTH


def test_what_was_only_watched_is_counted_and_the_claims_with_most_of_it_are_named() -> None:
    watched = (Unsure("withdrawn", 1203), Unsure("arrested", 1), Unsure("gone", 1), Unsure("trial", 1))
    notice = report(replace(QUIET, told=(handled(),), watched=watched), RULES, DESK)
    assert [line for line in notice.lines if line.startswith("Watched")] == [
        "Watched, so nobody was told: Ana Rivera has withdrawn from the race (1,203 posts that ask or may not say it)",
        "Watched, so nobody was told: Ana Rivera was arrested (1 post that asks or may not say it)",
        f"Watched, so nobody was told: {UNKNOWN}, gone (1 post that asks or may not say it)",
    ]
    assert notice.lines[-1].endswith("37 spreading a known claim, 1,206 that only ask or may not.")


def test_a_day_on_which_posts_were_only_watched_is_told_in_its_title() -> None:
    notice = report(replace(QUIET, watched=(Unsure("withdrawn", 2),)), RULES, DESK)
    assert notice.lines == ()
    assert notice.title.endswith("37 spreading a known claim, 2 that only ask or may not.")


def test_a_claim_in_shadow_says_each_day_what_it_would_have_done() -> None:
    notice = report(replace(QUIET, shadowed=(Shadowed("trial", 2, 14), Shadowed("arrested", 1, 1))), RULES, DESK)
    assert notice.lines[:2] == (
        "In shadow, so nobody was told: A claim that is tried out (would have been 2 alerts about 14 posts)",
        "In shadow, so nobody was told: Ana Rivera was arrested (would have been 1 alert about 1 post)",
    )
