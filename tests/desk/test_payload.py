"""Any JSON is read, or refused with a clear error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.desk.payload import Command, HomeOpened, Ignored, Pressed, Request, Shortcut, Submitted, View, read
from monitor.errors import ClickError
from monitor.model import Click, ClickKind

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOOK = "https://hooks.example/1"
USER = {"id": "U01COMMS", "username": "comms", "name": "comms", "team_id": "T01TEST"}

PRESSED = {
    "type": "block_actions",
    "user": USER,
    "container": {"type": "message", "message_ts": "17.2", "thread_ts": "17.1", "channel_id": "C01RAPID"},
    "trigger_id": "1.2.abc",
    "channel": {"id": "C01RAPID", "name": "rapid-response"},
    "message": {"ts": "17.2", "text": "an alert"},
    "state": {"values": {}},
    "response_url": HOOK,
    "actions": [{"type": "button", "action_id": "take_on", "block_id": "b", "value": "withdrawn-1|-"}],
}
MENU = PRESSED | {
    "actions": [
        {"type": "overflow", "action_id": "more", "selected_option": {"text": {}, "value": "close|withdrawn-1"}}
    ]
}
IN_MODAL = {
    "type": "block_actions",
    "user": USER,
    "container": {"type": "view", "view_id": "V1"},
    "trigger_id": "1.2.abc",
    "view": {
        "id": "V1",
        "callback_id": "corrections",
        "private_metadata": "{}",
        "state": {"values": {"text.0": {"text": {"type": "plain_text_input", "value": "She is on the ballot."}}}},
    },
    "actions": [{"type": "button", "action_id": "update_links", "value": None}],
}
SUBMITTED = {
    "type": "view_submission",
    "user": USER,
    "trigger_id": "1.2.abc",
    "view": {
        "id": "V1",
        "callback_id": "silence",
        "private_metadata": '{"incident":"withdrawn-1"}',
        "state": {
            "values": {
                "scope": {"scope": {"type": "static_select", "selected_option": {"value": "account"}}},
                "until": {"until": {"type": "datepicker", "selected_date": "2026-11-24"}},
                "reason": {"reason": {"type": "plain_text_input", "value": "  a parody account "}},
                "text": {"text": {"type": "plain_text_input", "value": None}},
            }
        },
    },
}
SHORTCUT = {
    "type": "message_action",
    "callback_id": "check_message",
    "trigger_id": "1.2.abc",
    "user": USER,
    "channel": {"id": "C01RAPID", "name": "rapid-response"},
    "message": {"ts": "17.3", "text": "Rivera is out!! ", "user": "U02RAPID"},
}
COMMAND = {
    "command": "/monitor",
    "text": " check she is out ",
    "user_id": "U01COMMS",
    "user_name": "comms",
    "channel_id": "C01RAPID",
    "trigger_id": "1.2.abc",
}
HOME = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U01COMMS", "tab": "home"}}
IN_CHANNEL = ("1.2.abc", "C01RAPID", "17.2", "17.1")


def click(kind: ClickKind, body: object) -> Click:
    return Click("k", kind, body if isinstance(body, bytes) else json.dumps(body).encode(), NOW)


@pytest.mark.parametrize(
    ("kind", "body", "request_"),
    [
        (ClickKind.ACTION, PRESSED, Pressed("U01COMMS", "take_on", "withdrawn-1|-", *IN_CHANNEL, None, HOOK)),
        (ClickKind.ACTION, MENU, Pressed("U01COMMS", "more", "close|withdrawn-1", *IN_CHANNEL, None, HOOK)),
        (
            ClickKind.ACTION,
            IN_MODAL,
            Pressed(
                "U01COMMS",
                "update_links",
                "",
                "1.2.abc",
                view=View("V1", "corrections", "{}", {"text": "She is on the ballot."}),
            ),
        ),
        (ClickKind.ACTION, PRESSED | {"actions": []}, Ignored("U01COMMS")),
        (
            ClickKind.SUBMISSION,
            SUBMITTED,
            Submitted(
                "U01COMMS",
                View(
                    "V1",
                    "silence",
                    '{"incident":"withdrawn-1"}',
                    {"scope": "account", "until": "2026-11-24", "reason": "  a parody account "},
                ),
                "1.2.abc",
            ),
        ),
        (
            ClickKind.SHORTCUT,
            SHORTCUT,
            Shortcut("U01COMMS", "check_message", "1.2.abc", "C01RAPID", "17.3", "Rivera is out!!"),
        ),
        (ClickKind.COMMAND, COMMAND, Command("U01COMMS", "check she is out", "1.2.abc", "C01RAPID")),
        (ClickKind.HOME, HOME, HomeOpened("U01COMMS")),
        (ClickKind.HOME, {"event": {"user": "U01COMMS", "tab": "messages"}}, Ignored("U01COMMS")),
    ],
)
def test_what_slack_sends_is_read(kind: ClickKind, body: object, request_: Request) -> None:
    assert read(click(kind, body)) == request_


def test_a_field_is_read_without_the_white_space_around_it() -> None:
    submitted = read(click(ClickKind.SUBMISSION, SUBMITTED))
    assert isinstance(submitted, Submitted)
    assert submitted.view.get("reason") == "a parody account"
    assert submitted.view.get("text") == ""


@pytest.mark.parametrize("kind", ClickKind)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"user":7}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_payload_is_refused_in_words(kind: ClickKind, body: bytes) -> None:
    with pytest.raises(ClickError, match="cannot be read"):
        read(click(kind, body))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(ClickKind), JSON)
def test_any_json_is_read_or_refused(kind: ClickKind, body: object) -> None:
    _reads_or_refuses(kind, body)


@given(st.data(), st.sampled_from([PRESSED, MENU, IN_MODAL, SUBMITTED, SHORTCUT, COMMAND, HOME]))
def test_a_payload_with_anything_in_the_place_of_anything_is_read_or_refused(
    data: st.DataObject, body: dict[str, Any]
) -> None:
    spoilt = json.loads(json.dumps(body))
    place = spoilt
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    for kind in ClickKind:
        _reads_or_refuses(kind, spoilt)


@given(st.sampled_from(ClickKind), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(kind: ClickKind, body: bytes) -> None:
    _reads_or_refuses(kind, body)


def _reads_or_refuses(kind: ClickKind, body: object) -> None:
    try:
        body = body if isinstance(body, bytes) else msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError):
        return
    try:
        request = read(click(kind, body))
    except ClickError:
        return
    assert isinstance(request.user, str)
