from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.alert.slack import names
from monitor.desk.payload import View
from monitor.desk.silence_flow import in_words, value, wish
from monitor.model import Claim, Media, Post, SilenceScope

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # Clocks go back on 25 October: that day has 25 hours.
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (datetime(2026, 6, 1, 21, 59, tzinfo=UTC), datetime(2026, 6, 1, 22, tzinfo=UTC)),
    ],
)
def test_today_ends_at_midnight_on_the_desks_clock(now: datetime, until: datetime) -> None:
    form = View("V1", "silence", fields={names.SCOPE: "claim", names.DURATION: "today", names.REASON: "x"})
    assert wish(form, BERLIN, now).until == until


@pytest.mark.parametrize(
    ("scope", "change", "expected"),
    [
        (SilenceScope.CLAIM, {}, "withdrawn"),
        (SilenceScope.ACCOUNT, {}, "bluesky:someone.example"),
        (SilenceScope.ACCOUNT, {"author": None}, None),
        (SilenceScope.THREAD, {}, "bluesky:1"),
        (SilenceScope.THREAD, {"reply_to": "0"}, "bluesky:0"),
        (SilenceScope.LINK, {}, None),
        (SilenceScope.LINK, {"url": "https://bsky.app/p/1"}, "bsky.app/p/1"),
        (
            SilenceScope.LINK,
            {"url": "https://b.example/1", "text": "at https://www.a.example/x?b=1!"},
            "a.example/x?b=1",
        ),
        (SilenceScope.LINK, {"media": (Media("https://fake.example/video"),)}, "fake.example/video"),
    ],
)
def test_what_is_muted_is_read_from_the_post(
    post: Post, scope: SilenceScope, change: dict[str, object], expected: str | None
) -> None:
    assert value(scope, "withdrawn", replace(post, **change)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("scope", SilenceScope)
def test_of_a_deleted_post_only_the_claim_can_be_muted(scope: SilenceScope) -> None:
    assert value(scope, "withdrawn", None) == ("withdrawn" if scope is SilenceScope.CLAIM else None)


def test_it_is_said_in_words(claim: Claim, post: Post) -> None:
    assert in_words(SilenceScope.CLAIM, "withdrawn", claim, post) == f"the claim “{claim.claim}”"
    assert in_words(SilenceScope.CLAIM, "withdrawn", None, None) == "the claim withdrawn"
    assert in_words(SilenceScope.ACCOUNT, "x", claim, post) == "the account @someone.example on bluesky"
    assert in_words(SilenceScope.LINK, "a.example/\u202e1", claim, post) == "the link a.example/⟨202E⟩1"
    assert in_words(SilenceScope.THREAD, "x", claim, post) == "the post and all replies to it"
