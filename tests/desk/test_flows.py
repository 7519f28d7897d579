"""Every press, form and Home through the table of flows, with a voice that writes down what it is to say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.alert.slack import names
from monitor.config import (
    AlertConfig,
    Config,
    DeskConfig,
    LogConfig,
    MatchConfig,
    Secret,
    SlackConfig,
    StoreConfig,
)
from monitor.desk import flows
from monitor.desk.members import Admitted, Members, Refused
from monitor.desk.voice import Blocks, Voice
from monitor.desk.wiring import Desk, context
from monitor.errors import ClickError, DeliveryPermanent, TooLate
from monitor.match.matcher import Matcher
from monitor.model import (
    Click,
    ClickKind,
    Correction,
    Decision,
    Did,
    Incident,
    IncidentState,
    Match,
    Mention,
    Person,
    Post,
    Rules,
    SilenceScope,
    Stance,
    Verdict,
)
from monitor.pipeline import Pipeline, Stages
from monitor.store import clicks, events, incidents, posts, silences, verdicts
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, 3, tzinfo=UTC)
ANA = "U1ANA"
KEY = "1.2.click"


class RecordingVoice(Voice):
    """Says nothing, and knows what it was to say: (how, whom or what, what)."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []
        self.fails: Exception | None = None

    async def open_view(self, trigger: str, view: Blocks) -> str:
        if self.fails is not None:
            raise self.fails
        self.said.append(("open", trigger, shown(view)))
        return "V1"

    async def update_view(self, view_id: str, view: Blocks, view_hash: str | None = None) -> None:
        self.said.append(("update", f"{view_id} {view_hash}", shown(view)))

    async def publish_home(self, user: str, view: Blocks) -> None:
        self.said.append(("home", user, shown(view)))

    async def whisper(self, user: str, text: str, **where: Any) -> None:
        if self.fails is not None:
            raise self.fails
        self.said.append(("whisper", user, text))

    async def user_name(self, user: str, otherwise: str = "") -> str:
        return {"U1ANA": "Ana Flores", "U2BEN": "Ben Okafor"}[user]

    async def permalink(self, channel: str, ts: str) -> str | None:
        return f"https://hq.example/{channel}/{ts}"


class Everybody(Members):
    def __init__(self) -> None:
        self.refusal: str | None = None
        self.asked = 0

    async def admit(self, user: str) -> Admitted | Refused:
        self.asked += 1
        return Admitted() if self.refusal is None else Refused(self.refusal)


class NothingMatches(Matcher):
    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [None for _ in posts]

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        return []

    def reindexed(self, rules: Rules) -> Matcher:
        return self


def shown(view: Blocks) -> str:
    return json.dumps(msgspec.to_builtins(view), ensure_ascii=False)


@pytest.fixture
def voice() -> RecordingVoice:
    return RecordingVoice()


@pytest.fixture
def members() -> Everybody:
    return Everybody()


@pytest.fixture
def desk(
    store: Store,
    rules: Rules,
    incident: Incident,
    post: Post,
    voice: RecordingVoice,
    members: Everybody,
    tmp_path: Path,
) -> Desk:
    """An alerted incident whose first post says something worth a correction."""
    written = (Correction("She is on the ballot.", "any", "en"), Correction("Sigue en la boleta.", "any", "es"))
    rules = replace(rules, claims=(replace(rules.claims[0], corrections=written), *rules.claims[1:]))
    match = Match(post.key, "withdrawn", "she quit", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "because")
    with store.transaction() as db:
        posts.add(db, "posts", post, Mention(), NOW)
        posts.save_verdict(db, Verdict(post, Mention(), Decision.ALERT, "because", match), "v1", NOW)
        incidents.save(db, incident)
        incidents.add_sighting(db, incident.id, post, NOW - timedelta(minutes=3), None)
    settings = DeskConfig(amplifiers="C02AMPLIFY")
    slack = SlackConfig("C01RAPID", Secret("xoxb"), app_token=Secret("xapp"))
    config = Config(
        path=tmp_path / "config.toml",
        rules=tmp_path,
        store=StoreConfig(store.path),
        match=MatchConfig(),
        judge=None,
        alerts=AlertConfig(),
        slack=slack,
        desk=settings,
        log=LogConfig(),
        sources=(),
    )
    pipeline = Pipeline(Stages(rules, NothingMatches()), store, config.alerts)
    return Desk(
        store=store,
        pipeline=pipeline,
        voice=voice,
        members=members,
        config=config,
        rules=lambda: rules,
        context=lambda: context(pipeline, settings),
        now=lambda: NOW,
        woken=lambda: None,
    )


def pressed(action: str, value: str, view: dict[str, Any] | None = None, user: str = ANA, key: str = KEY) -> Click:
    body = {
        "user": {"id": user},
        "trigger_id": key,
        "container": {"channel_id": "C01RAPID", "message_ts": "17.1"},
        "actions": [{"action_id": action, "value": value}],
    }
    return Click(key, ClickKind.ACTION, json.dumps(body if view is None else body | {"view": view}).encode(), NOW)


def submitted(form: str, meta: msgspec.Struct, **fields: str) -> Click:
    body = {"user": {"id": ANA}, "trigger_id": KEY, "view": view(form, meta, **fields)}
    return Click(KEY, ClickKind.SUBMISSION, json.dumps(body).encode(), NOW)


def view(form: str, meta: msgspec.Struct, **fields: str) -> dict[str, Any]:
    values = {name: {name: {"type": "plain_text_input", "value": said}} for name, said in fields.items()}
    return {
        "id": "V1",
        "hash": "h1",
        "callback_id": form,
        "private_metadata": names.pack(meta),
        "state": {"values": values},
    }


async def go(desk: Desk, click: Click) -> None:
    clicks.add(desk.store, click)
    await flows.handle(click, desk)


def current(desk: Desk, incident: Incident) -> Incident:
    with desk.store.reading() as db:
        found = incidents.get(db, incident.id)
    assert found is not None
    return found


def did(desk: Desk) -> list[Did]:
    with desk.store.reading() as db:
        return [event.did for event in events.since(db, NOW - timedelta(days=1))]


@pytest.mark.parametrize(
    ("action", "value", "expected"),
    [
        ("take_on", "{id}|-", [Did.TOOK_ON]),
        ("more", "close|{id}", [Did.CLOSED]),
        ("more", "escalate|{id}", [Did.ESCALATED]),
        ("more", "why|{id}", []),
        ("more", "wrong|{id}", []),
        ("more", "silence|{id}", []),
        ("corrections", "{id}", []),
        ("home_refresh", "", []),
        ("answered", "{id}|bluesky:1", []),
        ("compose_x", "", []),
    ],
)
async def test_a_press_does_what_its_button_says(
    desk: Desk, incident: Incident, action: str, value: str, expected: list[Did]
) -> None:
    await go(desk, pressed(action, value.format(id=incident.id)))
    assert did(desk) == expected


@pytest.mark.parametrize(
    ("action", "value", "form", "says"),
    [
        ("corrections", "{id}", "corrections", ["She is on the ballot.", "Sigue en la boleta.", "compose_bluesky"]),
        ("more", "why|{id}", "why", ["she quit", "it alerts from 50%", "Yes, this claim"]),
        ("more", "wrong|{id}", "wrong_claim", ["Ana Rivera is ill."]),
        ("more", "silence|{id}", "silence", ["the account @someone.example on bluesky", "2026-10-21"]),
    ],
)
async def test_a_press_that_opens_a_window_opens_it_with_its_trigger(
    desk: Desk, voice: RecordingVoice, incident: Incident, action: str, value: str, form: str, says: list[str]
) -> None:
    await go(desk, pressed(action, value.format(id=incident.id)))
    (how, trigger, what), *rest = voice.said
    assert (how, trigger, rest) == ("open", KEY, [])
    assert f'"callback_id": "{form}"' in what
    assert [words for words in says if words not in what] == []
    assert clicks.waiting(desk.store, 9) == []


async def test_a_yes_in_the_window_is_told_in_the_thread_and_stands_in_the_window(
    desk: Desk, voice: RecordingVoice, incident: Incident
) -> None:
    await go(desk, pressed("confirm", incident.id, view("why", names.IncidentMeta(incident.id))))
    ((how, which, what),) = voice.said
    assert (how, which) == ("update", "V1 h1")
    assert "Ana Flores: it is this claim" in what
    assert did(desk) == [Did.CONFIRMED]
    assert [one.asserts for one in verdicts.every(desk.store)] == [True]


async def test_a_window_that_opens_too_late_leaves_the_click_to_be_told_apart(
    desk: Desk, voice: RecordingVoice, incident: Incident
) -> None:
    voice.fails = TooLate("too late")
    with pytest.raises(TooLate):
        await go(desk, pressed("corrections", incident.id))
    assert len(clicks.waiting(desk.store, 9)) == 1


async def test_the_same_click_again_does_nothing(desk: Desk, voice: RecordingVoice, incident: Incident) -> None:
    click = pressed("take_on", f"{incident.id}|-")
    await go(desk, click)
    await flows.handle(click, desk)
    assert did(desk) == [Did.TOOK_ON]
    assert voice.said == []


async def test_who_presses_second_is_told_who_was_first(desk: Desk, voice: RecordingVoice, incident: Incident) -> None:
    await go(desk, pressed("take_on", f"{incident.id}|-"))
    await go(desk, pressed("take_on", f"{incident.id}|-", user="U2BEN", key="1.2.second"))
    assert current(desk, incident).owner == Person(ANA, "Ana Flores")
    assert [(how, whom) for how, whom, _ in voice.said] == [("whisper", "U2BEN")]
    assert "press again to take it over" in voice.said[0][2]


async def test_what_was_done_stays_done_where_its_presser_cannot_be_told(
    desk: Desk, voice: RecordingVoice, incident: Incident
) -> None:
    voice.fails = DeliveryPermanent("channel_not_found")
    await go(desk, pressed("more", f"escalate|{incident.id}"))
    assert did(desk) == [Did.ESCALATED]


async def test_whoever_may_not_act_is_refused_and_the_audit_says_so(
    desk: Desk, voice: RecordingVoice, members: Everybody, incident: Incident
) -> None:
    members.refusal = "Only members of #rapid-response can do this."
    await go(desk, pressed("more", f"close|{incident.id}"))
    assert voice.said == [("whisper", ANA, members.refusal)]
    assert current(desk, incident).state is IncidentState.OPEN
    with desk.store.reading() as db:
        (event,) = events.since(db, NOW)
    assert (event.did, event.after, event.incident_id) == (Did.REFUSED, "close", incident.id)


async def test_home_says_why_it_shows_nothing_to_whoever_may_not_act(
    desk: Desk, voice: RecordingVoice, members: Everybody
) -> None:
    members.refusal = "Only members of #rapid-response can do this."
    await go(desk, opened_home())
    ((how, user, what),) = voice.said
    assert (how, user) == ("home", ANA)
    assert members.refusal in what
    assert "withdrawn" not in what


async def test_home_shows_the_open_incident_with_a_link(desk: Desk, voice: RecordingVoice) -> None:
    await go(desk, opened_home())
    ((_, _, what),) = voice.said
    assert "Ana Rivera has withdrawn from the race." in what


def opened_home() -> Click:
    body = {"event": {"type": "app_home_opened", "user": ANA, "tab": "home"}}
    return Click(KEY, ClickKind.HOME, json.dumps(body).encode(), NOW)


async def test_a_button_that_opens_a_link_asks_nobody_anything(desk: Desk, members: Everybody) -> None:
    await go(desk, pressed("share_x", "https://x.com"))
    assert members.asked == 0


@pytest.mark.parametrize("action", ["nothing_we_know", "more"])
async def test_what_is_in_no_table_is_refused_in_words(desk: Desk, action: str) -> None:
    with pytest.raises(ClickError, match="nothing is known to do for"):
        await go(desk, pressed(action, "unheard|of"))


@pytest.mark.parametrize("action", ["corrections", "more"])
async def test_an_incident_that_is_gone_is_told_privately(desk: Desk, voice: RecordingVoice, action: str) -> None:
    await go(desk, pressed(action, "gone-1" if action == "corrections" else "why|gone-1"))
    ((how, whom, what),) = voice.said
    assert (how, whom) == ("whisper", ANA)
    assert "no longer stored" in what


async def test_another_prewritten_text_takes_the_place_of_the_one_shown(
    desk: Desk, voice: RecordingVoice, incident: Incident
) -> None:
    meta = names.CorrectionMeta(incident.id, "bluesky", "en")
    await go(desk, pressed("choose", "1", view("corrections", meta, text="edited")))
    ((how, which, what),) = voice.said
    assert (how, which) == ("update", "V1 h1")
    assert '"initial_value": "Sigue en la boleta."' in what


@pytest.mark.parametrize("place", ["7", "-1", "first", "²"])
async def test_a_choice_that_is_not_there_is_the_best_one(
    desk: Desk, voice: RecordingVoice, incident: Incident, place: str
) -> None:
    meta = names.CorrectionMeta(incident.id, "bluesky", "en")
    await go(desk, pressed("choose", place, view("corrections", meta)))
    assert '"initial_value": "She is on the ballot."' in voice.said[0][2]


async def test_the_compose_links_take_up_the_edited_text(desk: Desk, voice: RecordingVoice, incident: Incident) -> None:
    meta = names.CorrectionMeta(incident.id, "bluesky", "es", 1)
    await go(desk, pressed("update_links", "", view("corrections", meta, text="Es falso & ya.")))
    ((how, which, what),) = voice.said
    assert (how, which) == ("update", "V1 h1")
    assert "https://bsky.app/intent/compose?text=Es%20falso%20%26%20ya." in what


async def test_a_posted_correction_stops_the_clock_and_is_shared(desk: Desk, incident: Incident) -> None:
    meta = names.CorrectionMeta(incident.id, "bluesky", "en")
    await go(desk, submitted("posted", meta, url="https://bsky.app/profile/a/post/1", text="She is on the ballot."))
    stands = current(desk, incident)
    assert (stands.state, stands.corrected_at) == (IncidentState.CORRECTED, NOW)
    assert stands.correction_url == "https://bsky.app/profile/a/post/1"
    assert did(desk) == [Did.CORRECTED, Did.SHARED]


async def test_the_right_claim_takes_the_incident(desk: Desk, incident: Incident) -> None:
    await go(desk, submitted("wrong_claim", names.IncidentMeta(incident.id), claim="ill"))
    assert current(desk, incident).claim_id == "ill"
    assert did(desk)[0] is Did.WRONG_CLAIM


async def test_a_silence_is_previewed_and_set_by_sending_the_preview(
    desk: Desk, voice: RecordingVoice, incident: Incident
) -> None:
    asked = submitted(
        "silence", names.IncidentMeta(incident.id), scope="account", duration="1h", reason="a parody account"
    )
    await go(desk, asked)
    ((how, which, what),) = voice.said
    assert (how, which) == ("update", "V1 None")
    assert "it would have muted 1 post" in what
    assert "the account @someone.example on bluesky" in what

    metadata = json.loads(what)["private_metadata"]
    confirm = {
        "user": {"id": ANA},
        "view": {"id": "V1", "callback_id": "silence_preview", "private_metadata": metadata},
    }
    await go(desk, Click("1.2.confirm", ClickKind.SUBMISSION, json.dumps(confirm).encode(), NOW))
    with desk.store.reading() as db:
        (silence,) = silences.active(db, NOW)
    assert (silence.value, silence.reason) == ("bluesky:someone.example", "a parody account")
    assert silence.until == NOW + timedelta(hours=1)

    await go(desk, pressed("silence_end", silence.id, key="1.2.end"))
    with desk.store.reading() as db:
        assert silences.active(db, NOW) == []


async def test_a_silence_that_is_ended_on_home_is_gone_from_it(
    desk: Desk, voice: RecordingVoice, incident: Incident
) -> None:
    meta = names.SilenceMeta(incident.id, SilenceScope.CLAIM, NOW + timedelta(hours=1), "the debate is on")
    await go(desk, submitted("silence_preview", meta))
    with desk.store.reading() as db:
        (silence,) = silences.active(db, NOW)
    home = {"container": {"type": "view", "view_id": "V0"}, "view": {"id": "V0", "type": "home"}}
    press = {"user": {"id": ANA}, "actions": [{"action_id": "silence_end", "value": silence.id}]}
    await go(desk, Click("1.2.end", ClickKind.ACTION, json.dumps(home | press).encode(), NOW))
    *_, (how, whom, what) = voice.said
    assert (how, whom) == ("home", ANA)
    assert "Nothing is silenced" in what


async def test_a_silence_on_a_post_that_was_deleted_meanwhile_is_not_set(
    desk: Desk, voice: RecordingVoice, incident: Incident, post: Post
) -> None:
    desk.store.db.execute("DELETE FROM posts")
    meta = names.SilenceMeta(incident.id, SilenceScope.ACCOUNT, NOW + timedelta(hours=1), "because")
    await go(desk, submitted("silence_preview", meta))
    assert "nothing was silenced" in voice.said[0][2]
    assert did(desk) == []
