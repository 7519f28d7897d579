from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.alert.slack.blocks import Home
from monitor.alert.slack.home import home
from monitor.alert.slack.views import Figures, HomeView, OpenIncident
from monitor.config import DeskConfig
from monitor.model import Claim, Incident, IncidentState, Person, Severity, Silence, SilenceScope, SourceHealth
from tests.alert.slack.limits import elements, texts, view_problems

ANA, BEN = Person("U1", "Ana Flores"), Person("U2", "Ben Ito")


@pytest.fixture
def view(now: datetime) -> HomeView:
    return HomeView(ANA, now, (), (), (), Figures(), DeskConfig())


def shown(view: HomeView) -> Home:
    drawn = home(view)
    assert view_problems(drawn) == []
    return drawn


def said(view: HomeView) -> str:
    return "\n".join(texts(shown(view)))


def sections(view: HomeView) -> list[str]:
    return [section["text"]["text"] for section in elements(shown(view), "section")]


@pytest.fixture
def open_(incident: Incident, claim: Claim, now: datetime) -> OpenIncident:
    told = replace(incident, alerted_at=now - timedelta(minutes=2), first_seen=now - timedelta(minutes=3))
    return OpenIncident(told, claim, "https://example.slack.com/archives/C1/p1")


def test_a_quiet_day_says_so(view: HomeView) -> None:
    shown_text = said(view)

    for part in ("You have no incident.", "No other incident is open.", "Nothing is silenced.", "0 posts read"):
        assert part in shown_text
    assert next(elements(shown(view), "button"))["action_id"] == "home_refresh"


def test_yours_come_first_and_each_opens_its_message(view: HomeView, open_: OpenIncident, now: datetime) -> None:
    mine = replace(open_, incident=replace(open_.incident, id="mine", owner=ANA, owned_at=now))
    his = replace(open_, incident=replace(open_.incident, id="his", owner=BEN, owned_at=now))
    both = replace(view, incidents=(his, mine))

    first, second = sections(both)

    assert "Ana Flores has it since 12:00 UTC." in first
    assert "Ben Ito has it" in second
    assert "Yours (1)" in said(both)
    assert "Open incidents (1)" in said(both)
    links = [button["url"] for button in elements(shown(both), "button") if "url" in button]
    assert links == ["https://example.slack.com/archives/C1/p1"] * 2


def test_the_most_urgent_stands_first(view: HomeView, open_: OpenIncident, now: datetime) -> None:
    def variant(name: str, severity: Severity = Severity.HIGH, **incident: object) -> OpenIncident:
        claim = replace(open_.claim, claim=name, severity=severity)
        return replace(open_, claim=claim, incident=replace(open_.incident, **incident))  # type: ignore[arg-type]

    corrected = variant("corrected", Severity.CRITICAL, state=IncidentState.CORRECTED, corrected_at=now)
    low, later = variant("low", Severity.LOW), variant("later", owner=BEN)
    sooner, critical = variant("sooner"), variant("critical", Severity.CRITICAL)

    order = sections(replace(view, incidents=(corrected, low, later, sooner, critical)))

    names = ["critical", "sooner", "later", "low", "corrected"]
    assert [name for text in order for name in names if f": {name}\n" in text] == names


def test_what_is_late_says_by_how_much(view: HomeView, open_: OpenIncident, now: datetime) -> None:
    late = replace(open_.incident, first_seen=now - timedelta(minutes=41), alerted_at=now - timedelta(minutes=40))

    assert "Owner LATE by 35 min. Correction LATE by 11 min." in said(
        replace(view, incidents=(replace(open_, incident=late),))
    )


def test_a_silence_can_be_ended_from_here(view: HomeView, now: datetime) -> None:
    silence = Silence("s1", SilenceScope.CLAIM, "withdrawn", BEN, "satire", now, now + timedelta(hours=1))
    silenced = replace(view, silences=((silence, "the claim withdrawn"),))

    assert "the claim withdrawn\nUntil 20 Oct 2026 13:00 UTC, by Ben Ito: satire" in said(silenced)
    assert [button["value"] for button in elements(shown(silenced), "button") if "value" in button] == ["s1"]


def test_a_blind_source_stands_first_in_capitals(view: HomeView, now: datetime) -> None:
    well = SourceHealth(
        "bluesky", "bluesky", last_page_at=now, last_post_at=now - timedelta(minutes=2), posts_seen=1200
    )
    blind = SourceHealth("mastodon", "mastodon", error="status 503", error_since=now - timedelta(minutes=9))
    text = said(replace(view, sources=(well, blind, SourceHealth("rss", "rss"))))

    assert "Sources (1 BLIND)" in text
    assert "⚠️ mastodon: BLIND since 11:51 UTC: status 503\n✓ bluesky: last post 2 min ago, 0 kept of 1,200 seen" in text
    assert "rss: nothing yet" in text


def test_a_home_of_very_many_stays_within_the_limits(view: HomeView, open_: OpenIncident, now: datetime) -> None:
    silence = Silence("s1", SilenceScope.CLAIM, "w", BEN, "r" * 9000, now, now)
    mine = replace(open_, incident=replace(open_.incident, owner=ANA))
    many = replace(
        view,
        incidents=(open_, mine) * 300,
        silences=((silence, "w" * 9000),) * 300,
        sources=(SourceHealth("n" * 9000, "rss", error="e" * 9000),) * 300,
    )

    text = said(many)

    assert "and 280 more" in text
    assert "and 285 more" in text
    assert "and 270 more" in text
