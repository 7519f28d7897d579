"""Whatever a post, a name or a claim holds: within every limit of Slack's, and nothing in it is live."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor.alert.slack import answers, home, modals
from monitor.alert.slack.render import render
from monitor.alert.slack.views import (
    CheckView,
    ClaimLine,
    ClaimsView,
    CorrectionsView,
    Figures,
    HomeView,
    NewClaimView,
    OpenIncident,
    PostedView,
    ReportView,
    ScoredClaim,
    SilencePreviewView,
    SilenceView,
    StatusView,
    WhyView,
    WrongClaimView,
)
from monitor.config import DeskConfig
from monitor.model import (
    Alert,
    Candidate,
    IncidentState,
    Media,
    Notice,
    NoticeKind,
    Notification,
    NotificationKind,
    Person,
    Picture,
    RenderedCorrection,
    ShareLink,
    Silence,
    SilenceScope,
    SourceHealth,
)
from tests.alert.slack.limits import message_problems, view_problems

DESK = DeskConfig()
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Dozens of texts are drawn for each example: to shrink them takes longer than to read them."""
POSTS = 10_000
BITS = (
    "<!channel>", "<!here>", "<@U0ANA>", "<#C1|general>", "<!subteam^S1>", "<https://evil.example|your bank>", "@here",
    "https://evil.example/?a=<b>", "*bold*", "_it_", "~no~", "`code`", "```", ":fire:", "&amp;", "&", "<", ">", '"',
    "\\", "\n", "\r\n", "\t", "\x00", "\x1b[2J", "\x7f", "\u202e", "\u200b", "\u2028", "\ufeff", "\ud83d", "😀",
    "👩‍🚀", "🇺🇸", "ﷺ", "Z̸̢͉͗a̵", "中文", "العربية", "{{ 7 * 7 }}", "<script>", "-->", "%s", "|", " ", "a" * 80,
)  # fmt: skip
LENGTHS = (0, 1, 2, 3, 5, 10, 40, 300)

Draw = Callable[[], str]


def hostile(alert: Alert, draw: Draw, now: datetime) -> Alert:
    """The alert with every text that comes from outside drawn anew. A post whose id is not valid Unicode is never
    stored, so there is none."""
    post_id = draw().encode(errors="ignore").decode() or "1"
    platform = draw().encode(errors="ignore").decode() or "x"
    url = random.Random(len(draw())).choice((None, f"https://example.org/{draw()}", "https://example.org/1", draw()))
    person = Person("U0ANA", draw())
    return replace(
        alert,
        post=replace(
            alert.post, id=post_id, text=draw(), author=draw() or None, platform=platform, url=url,
            media=(Media(alt=draw()),),
        ),
        match=replace(alert.match, why=draw(), phrasing=draw(), sentence=draw()),
        claim=replace(alert.claim, claim=draw(), truth=draw(), known_false_alarms=draw() or None, file=draw()),
        correction=RenderedCorrection(draw(), draw() or "x", draw() or "en", 10**6, 280),
        incident=replace(
            alert.incident, posts=10**9, duplicates=10**8, accounts=10**8, platforms=(draw(), "x", draw()),
            alerted_at=now, owner=person, owned_at=now, corrected_at=now, corrected_by=person, correction_url=url,
            state=random.Random(len(draw())).choice(tuple(IncidentState)),
        ),
        rules_version=draw(),
    )  # fmt: skip


def assert_message(alert: Alert, draw: Draw) -> None:
    """The incident's message, and a reply with several posts."""
    delivery_id = "withdrawn-3f2a9c1b.message.0123456789ab"
    assert message_problems(render(Notification(delivery_id, NotificationKind.MESSAGE, (alert,)), DESK)) == []
    replies = tuple(replace(alert, post=replace(alert.post, id=f"{number}{alert.post.id}")) for number in range(3))
    answered = ((replies[0].post.key, Person("U1", draw())),)
    reply = Notification(delivery_id, NotificationKind.REPLY, replies, answered=answered)
    assert message_problems(render(reply, DESK)) == []


def assert_notices(alert: Alert, draw: Draw) -> None:
    """What comes less often: messages without the desk, digests, every notice."""
    for without_desk in (NotificationKind.MESSAGE, NotificationKind.DIGEST):
        assert message_problems(render(Notification("d1", without_desk, (alert,)))) == []
    for kind in NoticeKind:
        notice = Notice(
            kind, draw(), (draw(), draw()), draw() or None, draw() or None, (ShareLink("x", "https://x.com/"),),
            ("U0ANA", draw()), "subject", Picture(b"", draw(), draw()),
        )  # fmt: skip
        assert message_problems(render(Notification("n1", NotificationKind.NOTICE, notice=notice)), pings=1) == []


def assert_views(alert: Alert, draw: Draw, now: datetime) -> None:
    """Every modal, and the Home tab."""
    incident, claim, post, match, text = alert.incident, alert.claim, alert.post, alert.match, draw()
    scored = (ScoredClaim(claim, 0.5), ScoredClaim(replace(claim, id="other")))
    fitting = alert.correction
    assert fitting is not None
    silence = Silence("s1", SilenceScope.LINK, draw(), Person("U1", draw()), draw(), now, now + timedelta(hours=1))
    views = (
        modals.corrections(CorrectionsView(incident, claim, post, (fitting, fitting), DESK, text=draw())),
        modals.posted(PostedView(incident.id, draw(), draw(), text)),
        modals.silence(SilenceView(incident.id, ((SilenceScope.LINK, draw()),), date(2026, 10, 21))),
        modals.silence_preview(SilencePreviewView("i", SilenceScope.LINK, text, now, draw(), 3, 1, (post, post))),
        modals.wrong_claim(WrongClaimView(incident, claim, post, scored)),
        modals.why(WhyView(incident, claim, post, match, 0.6, draw(), scored)),
        modals.why(WhyView(incident, claim, post, match, 0.6, draw(), scored, Person("U1", draw()))),
        modals.new_claim(NewClaimView(text, (Candidate("rivera", draw()),))),
        modals.report(ReportView(text, draw(), scored, "token")),
        home.home(
            HomeView(
                Person("U0ANA", draw()), now, (OpenIncident(incident, claim, post.url),), ((silence, draw()),),
                (SourceHealth(draw(), "rss", error=draw()),), Figures(), DESK, (draw(),),
            )
        ),
    )  # fmt: skip
    for view in views:
        assert view_problems(view) == []
    messages = (
        answers.check_answer(CheckView(text, draw(), ((claim, match),), "token")),
        answers.status_answer(StatusView((draw(),), (draw(), draw()))),
        answers.claims_answer(ClaimsView((ClaimLine(claim, draw(), 3, 1),), draw())),
    )
    for message in messages:
        assert message_problems(message) == []


def test_ten_thousand_hostile_posts_render_within_slacks_limits_and_nothing_in_them_is_live(
    alert: Alert, now: datetime
) -> None:
    dice = random.Random(20261122)

    def draw() -> str:
        return "".join(dice.choices(BITS, k=dice.choice(LENGTHS)))

    for number in range(POSTS):
        drawn = hostile(alert, draw, now)
        assert_message(drawn, draw)
        if number % 10 == 0:
            assert_notices(drawn, draw)
            assert_views(drawn, draw, now)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40, phases=QUICK)
def test_whatever_people_write_everything_stays_within_slacks_limits(
    alert: Alert, now: datetime, data: st.DataObject
) -> None:
    anything = st.one_of(
        st.text(st.characters(), max_size=200),
        st.builds(lambda bit, times: bit * times, st.sampled_from(BITS), st.integers(0, 4000)),
    )

    def draw() -> str:
        return data.draw(anything)

    drawn = hostile(alert, draw, now)
    assert_message(drawn, draw)
    assert_notices(drawn, draw)
    assert_views(drawn, draw, now)
