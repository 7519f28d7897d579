"""Writes the very blocks of a few examples as JSON, for draw.mjs to draw: `python docs/pictures/examples.py FOLDER`.

The claims and the corrections are those of the sample campaign; everything else is made up.
"""

from __future__ import annotations

import base64
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from monitor.alert import correction
from monitor.alert.slack import home, modals
from monitor.alert.slack.blocks import Message, View
from monitor.alert.slack.render import render
from monitor.alert.slack.views import CorrectionsView, HomeView, OpenIncident
from monitor.alert.slack.views import Figures as Today
from monitor.config import DeskConfig
from monitor.desk import chart, report
from monitor.model import (
    Alert,
    Claim,
    Curve,
    Curves,
    Decision,
    Figures,
    Handled,
    Incident,
    IncidentState,
    Match,
    Notification,
    NotificationKind,
    Outage,
    Person,
    Post,
    Reason,
    Rules,
    Silence,
    SilenceScope,
    SourceHealth,
    Stance,
    Traffic,
)
from monitor.rulebook.load import load

FIRST = datetime(2026, 10, 20, 3, 12, tzinfo=UTC)
ANA, BEN = Person("U0ANA", "Ana Flores"), Person("U0BEN", "Ben Ito")
DESK = DeskConfig()
PERMALINK = "https://example.slack.com/archives/C0RAPID/p1760929980000100"


def after(minutes: float) -> datetime:
    return FIRST + timedelta(minutes=minutes)


def post(number: int, text: str, author: str, minutes: float, platform: str = "bluesky") -> Post:
    url = f"https://example.org/{platform}/{number}"
    return Post(str(number), text, platform, author, after(minutes), url, "en", followers=1200 * number)


def claim_of(rules: Rules, claim_id: str) -> Claim:
    claim = rules.claim(claim_id)
    if claim is None:
        sys.exit(f"rules/ holds no claim {claim_id!r} any more: choose another for the pictures")
    return claim


def incident_of(claim: Claim, first: Post) -> Incident:
    return Incident(
        f"{claim.id}-3f2a9c1b", claim.id, IncidentState.OPEN, first.key, FIRST, FIRST, 3, 1, 2, ("bluesky",), 3,
        alerted_posts=1, has_message=True, alerted_at=after(1),
    )  # fmt: skip


def alert_of(rules: Rules, incident: Incident, claim: Claim, about: Post, now: datetime) -> Alert:
    match = Match(about.key, claim.id, claim.phrasings[0], 0.93, Stance.SUPPORT, Decision.ALERT, about.text, "")
    fitting = correction.render(claim, "Ana Rivera", about)
    return Alert(Reason.FIRST, incident, claim, about, match, fitting, rules.version, now)


def messages(rules: Rules) -> dict[str, Message]:
    claim = claim_of(rules, "withdrawn")
    first = post(1, "BREAKING: my cousin works at the county, Rivera just pulled out. It's over.", "tipline", 0)
    alert = alert_of(rules, incident_of(claim, first), claim, first, after(1))
    owned = replace(alert.incident, owner=ANA, owned_at=after(3), posts=14, accounts=11, platforms=("bluesky", "x"))
    corrected = replace(
        owned, state=IncidentState.CORRECTED, corrected_at=after(9), corrected_by=ANA, posts=31, accounts=24,
        correction_url="https://example.org/our-answer", growth_per_hour=31,
    )  # fmt: skip
    more = (
        post(2, "so Rivera quit?? after all those yard signs", "maple.street", 4),
        post(3, "Rivera is out of the race. Told you so.", "bellwater_truth", 5, "x"),
    )
    replies = tuple(replace(alert_of(rules, owned, claim, one, after(6)), reason=Reason.GROWING) for one in more)
    answered = ((more[0].key, BEN),)
    return {
        "alert": render(Notification("m", NotificationKind.MESSAGE, (alert,)), DESK),
        "corrected": render(
            Notification("u", NotificationKind.UPDATE, (replace(alert, incident=corrected, decided_at=after(9)),)), DESK
        ),
        "thread": render(Notification("r", NotificationKind.REPLY, replies, answered=answered), DESK),
    }


def views(rules: Rules) -> dict[str, View]:
    claim, ballots = claim_of(rules, "withdrawn"), claim_of(rules, "ballots-dumped")
    first = post(1, "BREAKING: my cousin works at the county, Rivera just pulled out. It's over.", "tipline", 0)
    incident = incident_of(claim, first)
    mine = replace(incident_of(ballots, first), owner=ANA, owned_at=after(2), platforms=("mastodon", "x"), posts=42)
    silence = Silence("s1", SilenceScope.ACCOUNT, "x:notthenews", BEN, "satire, says so itself", FIRST, after(300))
    sources = (
        SourceHealth("bluesky", "bluesky", last_page_at=FIRST, last_post_at=FIRST, posts_seen=48_213, posts_kept=911),
        SourceHealth("mastodon", "mastodon", error="the server answered 503", error_since=after(-22)),
    )
    today = Today(51_002, 88, 5, 3, 1, timedelta(minutes=3), timedelta(minutes=14))
    open_now = (OpenIncident(incident, claim, PERMALINK), OpenIncident(mine, ballots, PERMALINK))
    silenced = ((silence, "the account @notthenews on X"),)
    choices = correction.render_all(claim, "Ana Rivera", first)
    return {
        "corrections": modals.corrections(CorrectionsView(incident, claim, first, choices, DESK)),
        "home": home.home(HomeView(ANA, after(4), open_now, silenced, sources, today, DESK)),
    }


def digest(rules: Rules) -> tuple[Message, bytes]:
    """The morning's digest, and its picture, which Slack would show from an uploaded file."""
    since = FIRST.replace(hour=0, minute=0)
    until = since + timedelta(days=1)
    claims = [claim_of(rules, claim_id) for claim_id in ("withdrawn", "ballots-dumped", "vote-by-text")]
    told = []
    for number, claim in enumerate(claims):
        stands = replace(incident_of(claim, post(1, "", "a", 0)), first_seen=after(90 * number), posts=31 - 9 * number)
        stands = replace(stands, alerted_at=after(90 * number + 1), corrected_at=after(90 * number + 9 + 17 * number))
        told.append(Handled(stands, claim.id, after(90 * number + 3), ANA))
    outage = Outage("mastodon", after(60), after(82), "the server answered 503")
    figures = Figures(
        since, until, tuple(told), 1, traffic=Traffic(51_002, 911, 88), outages=(outage,), actions=19, people=3
    )
    curves = tuple(
        Curve(claim.id, tuple(21 - 4 * number if step == 24 else (5 * step + number) % 3 for step in range(28)),
              (after(90 * number + 1),), (after(90 * number + 9 + 17 * number),))
        for number, claim in enumerate(claims)
    )  # fmt: skip
    picture = chart.draw(Curves(until - timedelta(days=7), timedelta(hours=6), 28, curves), rules, UTC)
    notice = replace(report.report(figures, rules, DESK), picture=picture)
    message = render(Notification("d", NotificationKind.NOTICE, notice=notice), DESK, picture="F0PICTURE")
    return message, picture.png if picture is not None else b""


def main(folder: Path) -> None:
    rules = load(Path("rules"))
    message, png = digest(rules)
    drawn: dict[str, Message | View] = {**messages(rules), **views(rules), "digest": message}
    folder.mkdir(parents=True, exist_ok=True)
    for name, shown in drawn.items():
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(shown))
    (folder / "picture.txt").write_bytes(base64.b64encode(png))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
