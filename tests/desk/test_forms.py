"""What a form is answered with, from its payload alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.slack import names
from monitor.config import DeskConfig
from monitor.desk.forms import acknowledgement
from monitor.model import Click, ClickKind

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Still 21 November in New York."""
SETTINGS = DeskConfig(timezone=ZoneInfo("America/New_York"))
CORRECTION = names.CorrectionMeta("withdrawn-1", "bluesky", "en", 2)
INCIDENT = names.IncidentMeta("withdrawn-1")


def submitted(form: str, meta: msgspec.Struct | str, **fields: str) -> Click:
    view = {
        "id": "V1",
        "callback_id": form,
        "private_metadata": meta if isinstance(meta, str) else names.pack(meta),
        "state": {"values": {name: {name: {"value": said}} for name, said in fields.items()}},
    }
    body = {"user": {"id": "U1ANA"}, "view": view}
    return Click("k", ClickKind.SUBMISSION, json.dumps(body).encode(), NOW)


def test_a_correction_leads_to_the_form_for_its_address() -> None:
    answer = acknowledgement(submitted("corrections", CORRECTION, text="She is on the ballot."), SETTINGS)
    assert answer is not None
    assert answer["response_action"] == "push"
    pushed = json.dumps(answer["view"])
    assert '"callback_id": "posted"' in pushed
    assert "She is on the ballot." in pushed


def test_a_correction_without_a_text_stays_open_at_its_field() -> None:
    answer = acknowledgement(submitted("corrections", CORRECTION, text="  "), SETTINGS)
    assert answer == {"response_action": "errors", "errors": {"text.2": "Write what you posted."}}


@pytest.mark.parametrize(
    "url", ["", "rivera.example", "javascript:alert(1)", "ftp://rivera.example/1", "https://", "https://a b.example/"]
)
def test_what_is_no_address_is_refused_in_the_form(url: str) -> None:
    answer = acknowledgement(submitted("posted", CORRECTION, url=url, text="She is."), SETTINGS)
    assert answer is not None
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["url"]  # type: ignore[call-overload]


def test_a_posted_correction_closes_both_windows() -> None:
    sent = submitted("posted", CORRECTION, url="https://bsky.app/profile/a/post/1", text="She is.")
    assert acknowledgement(sent, SETTINGS) == {"response_action": "clear"}


@pytest.mark.parametrize(
    ("duration", "date", "until"),
    [
        ("1h", "", NOW + timedelta(hours=1)),
        ("today", "", datetime(2026, 11, 22, 5, tzinfo=UTC)),
        ("date", "2026-11-24", datetime(2026, 11, 24, 5, tzinfo=UTC)),
    ],
)
def test_a_silence_turns_into_its_preview_which_still_counts(duration: str, date: str, until: datetime) -> None:
    sent = submitted("silence", INCIDENT, scope="thread", duration=duration, until=date, reason="a debate")
    answer = acknowledgement(sent, SETTINGS)
    assert answer is not None
    assert answer["response_action"] == "update"
    view = answer["view"]
    assert isinstance(view, dict)
    assert view["callback_id"] == "silence_preview"
    meta = names.unpack(view["private_metadata"], names.SilenceMeta)
    assert (meta.incident, meta.scope, meta.until, meta.reason) == ("withdrawn-1", "thread", until, "a debate")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"scope": "claim", "duration": "1h"}, ["reason"]),
        ({"scope": "claim", "duration": "date", "reason": "x"}, ["until"]),
        ({"scope": "claim", "duration": "date", "until": "tomorrow", "reason": "x"}, ["until"]),
        ({"scope": "claim", "duration": "date", "until": "2026-11-21", "reason": "x"}, ["until"]),
        ({"scope": "claim", "duration": "date", "until": "9999-12-31", "reason": "x"}, []),
        ({"scope": "everything", "duration": "1h", "reason": "x"}, ["scope"]),
        ({}, ["reason", "until", "scope"]),
    ],
)
def test_what_is_wrong_with_a_silence_is_said_at_its_fields(fields: dict[str, str], wrong: list[str]) -> None:
    answer = acknowledgement(submitted("silence", INCIDENT, **fields), SETTINGS)
    assert answer is not None
    assert list(answer.get("errors", [])) == wrong  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "click",
    [
        submitted("wrong_claim", INCIDENT, claim="ill"),
        submitted("corrections", "not ours", text="x"),
        submitted("unheard of", INCIDENT),
        Click("k", ClickKind.SUBMISSION, b"{", NOW),
        Click("k", ClickKind.ACTION, b'{"user":{"id":"U1"},"actions":[]}', NOW),
    ],
)
def test_all_else_is_acknowledged_and_nothing_more(click: Click) -> None:
    assert acknowledgement(click, SETTINGS) is None


FORMS = st.sampled_from(("corrections", "posted", "silence", "wrong_claim", "other"))
FIELDS = st.dictionaries(st.sampled_from(("text", "url", "scope", "duration", "until", "reason")), st.text(max_size=40))


@given(FORMS, st.one_of(st.text(max_size=60), st.sampled_from((CORRECTION, INCIDENT))), FIELDS)
def test_whatever_is_sent_the_answer_is_json_that_slack_takes(
    form: str, meta: str | msgspec.Struct, fields: dict[str, str]
) -> None:
    answer = acknowledgement(submitted(form, meta, **fields), SETTINGS)
    assert answer is None or json.loads(json.dumps(answer))["response_action"] in {"clear", "errors", "push", "update"}
