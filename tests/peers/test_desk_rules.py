"""What responders teach monitor and ask of it, as they go through it: *Not this claim*, proposals, /monitor.

Local-slack's page, and monitor beside it as in `monitor run` (headquarters.py).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor import rulebook
from monitor.model import Did
from monitor.store import incidents, posts, verdicts
from tests.peers.headquarters import ANA, BEN, CHANNEL, POSTS, WITHDRAWN, Headquarters
from tests.peers.screen import said

pytestmark = pytest.mark.peer

BAKE_OFF = {
    "id": "9",
    "source": "x",
    "author": "baker",
    "text": "Bake-off: Ana Rivera has dropped out of the race, she is out",
}
"""The matcher takes it for the claim, and it is not."""
AGAIN = BAKE_OFF | {"id": "10", "author": "other", "text": "Bake-off! Ana Rivera dropped out of the race! She is out"}
HOSTILE = '<!channel> *Rivera* quit <https://evil.example|see> & she is out "]\n[[tests]]'


def rules_of(hq: Headquarters) -> Path:
    return hq.feed.parent / "rules"


async def until_decided(hq: Headquarters, key: str) -> str:
    def look() -> str | None:
        with hq.store.reading() as db:
            row = db.execute("SELECT decided FROM posts WHERE key = ?", [key]).fetchone()
        return row[0] if row else None

    return await hq.screen.until(look, f"{key} decided", poll=True)


async def test_not_this_claim_takes_effect_at_once_says_what_it_spares_and_joins_the_rules(hq: Headquarters) -> None:
    """The whole way from a false alarm to a rules file, with the price told on the way."""
    before = (rules_of(hq) / "withdrawn.toml").read_text("utf-8")
    hq.post(BAKE_OFF)
    alert = await hq.screen.message(CHANNEL, WITHDRAWN, "Bake-off")
    hq.post(AGAIN)
    await hq.screen.message(CHANNEL, "She is out", thread=alert["ts"])

    await hq.screen.press(ANA, alert, "not_this")
    await hq.screen.message(CHANNEL, "comms: not this claim", thread=alert["ts"])
    await hq.screen.message(CHANNEL, "it would have prevented 1 of the 1 earlier alert", thread=alert["ts"])
    (verdict,) = verdicts.every(hq.store)
    assert (verdict.post.key, verdict.claim_id, verdict.asserts) == ("x:9", "withdrawn", False)
    hq.post(BAKE_OFF | {"id": "11", "author": "third"})
    assert await until_decided(hq, "x:11") == "quiet"

    proposal = await hq.screen.message(CHANNEL, "not_this", "withdrawn.toml", thread=alert["ts"])
    await hq.screen.press(BEN, proposal, "proposal_accept")
    accepted = await hq.screen.message(CHANNEL, "rapid added it to not_this", thread=alert["ts"])
    assert '+  "Bake-off: Ana Rivera has dropped out of the race, she is out",' in said(accepted)
    after = (rules_of(hq) / "withdrawn.toml").read_text("utf-8")
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        '  "Bake-off: Ana Rivera has dropped out of the race, she is out",'
    ]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []

    await hq.screen.press(ANA, proposal, "proposal_discard")
    await hq.screen.message(CHANNEL, "It was accepted before", private=ANA)
    assert hq.did()[-3:] == [Did.FALSE_ALARM, Did.PROPOSED, Did.ACCEPTED]


async def test_what_would_break_the_claims_own_tests_is_not_added(hq: Headquarters) -> None:
    """A post that does make the claim, one of the file's own tests, marked by mistake."""
    before = (rules_of(hq) / "withdrawn.toml").read_bytes()
    hq.post(POSTS[0] | {"text": "BREAKING: Rivera drops out of Bellwater mayor's race, letter says"})
    alert = await hq.screen.message(CHANNEL, WITHDRAWN, "letter says")
    await hq.screen.press(ANA, alert, "not_this")
    proposal = await hq.screen.message(CHANNEL, "not_this", "withdrawn.toml", thread=alert["ts"])
    await hq.screen.press(ANA, proposal, "proposal_accept")
    await hq.screen.message(CHANNEL, "withdrawn.toml stays as it is", "a test of this claim would fail", private=ANA)
    assert (rules_of(hq) / "withdrawn.toml").read_bytes() == before

    (rules_of(hq) / "withdrawn.toml").unlink()
    await hq.screen.press(BEN, proposal, "proposal_accept")
    await hq.screen.message(CHANNEL, "is not in the rules folder any more", private=BEN)


async def test_a_slip_is_taken_back_and_the_post_alerts_again(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "not_this")
    await hq.screen.message(CHANNEL, "comms: not this claim", thread=alert["ts"])
    await hq.screen.message(CHANNEL, "it would have prevented nothing", thread=alert["ts"])
    hq.post(POSTS[0] | {"id": "20", "author": "second"})
    assert await until_decided(hq, "x:20") == "quiet"
    await hq.screen.press(ANA, alert, "take_on")
    await hq.screen.message(CHANNEL, "It is open again", thread=alert["ts"])
    await hq.screen.message(CHANNEL, "it is open again, and yours", private=ANA)
    hq.post(POSTS[0] | {"id": "21", "author": "third"})
    assert await until_decided(hq, "x:21") == "alert"


async def test_a_text_is_checked_for_its_asker_alone_and_reported(hq: Headquarters) -> None:
    await hq.screen.say(ANA, CHANNEL, "/monitor", "check People say\nRivera gave up on the mayor thing, so vote for me")
    answer = await hq.screen.message(CHANNEL, "gave up on the mayor thing", "Report as sighting", private=ANA)
    assert "Would alert" in said(answer) or "tays quiet" in said(answer) or "counted" in said(answer)
    with hq.store.reading() as db:
        assert db.execute("SELECT count(*) FROM incidents").fetchone() == (0,)

    await hq.screen.press(ANA, answer, "report_sighting")
    await hq.screen.modal("report", "gave up on the mayor thing")
    await hq.screen.send(ANA, claim="withdrawn", url="not an address")
    await hq.screen.until(lambda: "url" in hq.screen.errors, "an error at the address")
    await hq.screen.send(ANA, claim="withdrawn", url="https://www.facebook.com/somebody/posts/77")
    await hq.screen.message(CHANNEL, "Thank you, it is counted", private=ANA)
    alert = await hq.screen.message(CHANNEL, WITHDRAWN, "gave up on the mayor thing")
    assert "facebook" in said(alert).lower()
    (incident,) = incidents.open_incidents(hq.store)
    assert (incident.claim_id, incident.first_post) == (
        "withdrawn",
        "facebook:https://www.facebook.com/somebody/posts/77",
    )
    assert Did.REPORTED in hq.did()
    assert [(one.claim_id, one.asserts) for one in verdicts.every(hq.store)] == [("withdrawn", True)]

    await hq.screen.press(ANA, answer, "report_sighting")
    await hq.screen.modal("report")
    await hq.screen.send(ANA, claim="withdrawn", url="https://www.facebook.com/somebody/posts/77")
    await hq.screen.message(CHANNEL, "counted on this claim's incident already", private=ANA)


async def test_a_message_of_somebody_is_checked_from_its_menu(hq: Headquarters) -> None:
    await hq.use_shortcut(ANA, "&lt;!channel&gt; *Rivera* quit <https://evil.example|see> &amp; she is out")
    answer = await hq.screen.message(CHANNEL, "<!channel> *Rivera* quit see & she is out", private=ANA)
    assert "<!channel>" not in answer["text"]


async def test_a_hostile_text_is_nothing_but_a_text(hq: Headquarters) -> None:
    await hq.screen.say(BEN, CHANNEL, "/monitor", f"check {HOSTILE}")
    answer = await hq.screen.message(CHANNEL, "*Rivera* quit", private=BEN)
    assert "<!channel>" not in answer["text"]
    assert not any(part.get("type") == "link" for part in answer["blocks"][0]["elements"])


async def test_an_address_is_read_where_it_can_be_and_else_the_text_is_asked_for(hq: Headquarters) -> None:
    stored = POSTS[0] | {"url": "https://x.com/one/status/1"}
    hq.post(stored)
    await hq.screen.message(CHANNEL, WITHDRAWN)
    await hq.screen.say(ANA, CHANNEL, "/monitor", "check https://x.com/one/status/1")
    await hq.screen.message(CHANNEL, "Would alert", "dropped out of the race", private=ANA)
    for address in ("https://127.0.0.1/", "https://localhost/@ana/109876543210", "http://169.254.169.254/latest"):
        await hq.screen.say(BEN, CHANNEL, "/monitor", f"check {address}")
        await hq.screen.message(CHANNEL, "It could not be read", "Paste its text instead", private=BEN)
        hq.screen.messages[CHANNEL] = {}


async def test_help_status_and_claims(hq: Headquarters) -> None:
    for asked in ("", "help", "  HELP ", "wat?"):
        await hq.screen.say(ANA, CHANNEL, "/monitor", asked)
        await hq.screen.message(CHANNEL, "/monitor check TEXT", "/monitor new", private=ANA)
        hq.screen.messages[CHANNEL] = {}
    await hq.screen.say(ANA, CHANNEL, "/monitor", "check")
    await hq.screen.message(CHANNEL, "/monitor check heard she quit", private=ANA)

    alert = await hq.alerted()
    await hq.screen.say(ANA, CHANNEL, "/monitor", "status")
    await hq.screen.message(CHANNEL, "Open incidents: 1, 1 of them without an owner", "Source posts: fine", private=ANA)
    await hq.screen.press(BEN, alert, "not_this")
    await hq.screen.message(CHANNEL, "rapid: not this claim", thread=alert["ts"])
    await hq.screen.say(BEN, CHANNEL, "/monitor", "claims")
    shown = await hq.screen.message(CHANNEL, "10 claims", private=BEN)
    assert re.search(r"withdrawn \(active, critical\).*7 days: 1 alert, 1 false alarm", said(shown))


async def test_a_claim_is_drafted_and_told_where_it_is(hq: Headquarters) -> None:
    before = {path.name: path.read_bytes() for path in rules_of(hq).glob("*.toml")}
    await hq.screen.say(ANA, CHANNEL, "/monitor", 'new "Ana Rivera has moved to another county."')
    await hq.screen.modal("new_claim", "Ana Rivera has moved to another county.")
    form = {
        "truth": 'She lives in "Bellwater" \\ and # votes there.',
        "evidence": "https://example.org/lives-here",
        "candidate": "rivera",
        "severity": "high",
        "phrasings": 'Rivera moved away\n\n"] status = "active"\nShe doesn\'t even live here',
    }
    await hq.screen.send(ANA, **form, correction="{{ nobody }}")
    await hq.screen.until(lambda: "correction" in hq.screen.errors, "an error at the correction")
    await hq.screen.send(ANA, **form, correction="{{ truth }} {{ evidence }}")
    await hq.screen.message(CHANNEL, "moved-another-county.toml", 'status = "active"', private=ANA)

    assert {name: (rules_of(hq) / name).read_bytes() for name in before} == before
    assert rulebook.check(rules_of(hq)) == []
    drafted = rulebook.load(rules_of(hq)).claim("moved-another-county")
    assert drafted is not None
    assert (drafted.status, drafted.severity, drafted.truth) == ("draft", "high", form["truth"])
    assert drafted.phrasings == ("Rivera moved away", '"] status = "active"', "She doesn't even live here")
    assert hq.did() == [Did.DRAFTED]
    with hq.store.reading() as db:
        assert posts.get(db, "x:1") is None
