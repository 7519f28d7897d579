"""The names that tie what Slack shows to what it sends back when somebody presses it. Pure.

An action id says what was pressed, its value what it is about; a modal's callback id says which form was sent, its
private metadata what it is about. Both sides take them from here. In every form a field's block id is its action id,
except the correction's text: its block id also says which choice it shows, because Slack keeps what was typed for as
long as the block id stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from monitor.model import SilenceScope

TAKE_ON = "take_on"
"""Value: `INCIDENT|OWNER_ID` or `INCIDENT|-`, the owner whom the presser saw."""
CORRECTIONS = "corrections"
NOT_THIS = "not_this"
CONFIRM = "confirm"
"""In the window that says why it matched."""
MORE = "more"
"""The overflow menu. Value of each option: one of the words below and the incident, `silence|INCIDENT`."""
SILENCE = "silence"
ESCALATE = "escalate"
CLOSE = "close"
WRONG = "wrong"
WHY = "why"
ANSWERED = "answered"
"""Value: `INCIDENT|POST_KEY`."""
PROPOSAL_ACCEPT = "proposal_accept"
PROPOSAL_DISCARD = "proposal_discard"
SILENCE_END = "silence_end"
REPORT_SIGHTING = "report_sighting"
"""Value: the token of a stored check."""
HOME_REFRESH = "home_refresh"
OPEN_INCIDENT = "open_incident"
CHOOSE = "choose"
"""In the corrections modal: another prewritten text was chosen. Value of each option: its place in the list."""
UPDATE_LINKS = "update_links"
"""In the corrections modal: fill the compose links with the text as it was edited."""
OPENS = ("compose_", "share_", "open_")
"""How the ids of buttons begin that open a window: Slack sends their clicks too, and there is nothing to do."""
NOBODY = "-"

CORRECTIONS_MODAL = "corrections"
POSTED_MODAL = "posted"
SILENCE_MODAL = "silence"
SILENCE_PREVIEW_MODAL = "silence_preview"
WRONG_CLAIM_MODAL = "wrong_claim"
WHY_MODAL = "why"
NEW_CLAIM_MODAL = "new_claim"
REPORT_MODAL = "report"

COMMAND = "/monitor"
CHECK_SHORTCUT = "check_message"
"""Callback id of the message shortcut."""

# Fields of the forms, by which their state is read.
TEXT = "text"
URL = "url"
SCOPE = "scope"
DURATION = "duration"
UNTIL = "until"
REASON = "reason"
CLAIM = "claim"
TRUTH = "truth"
EVIDENCE = "evidence"
CANDIDATE = "candidate"
PHRASINGS = "phrasings"
SEVERITY = "severity"
CORRECTION = "correction"

# What the field DURATION holds; with A_DATE the field UNTIL counts.
AN_HOUR = "1h"
TODAY = "today"
A_DATE = "date"

VALUE_LIMIT = 2000
"""Of a button (docs.slack.dev/reference/block-kit/block-elements/button-element)."""
OPTION_VALUE_LIMIT = 150
"""Of an option in a select or an overflow menu (docs.slack.dev, "Option object")."""
METADATA_LIMIT = 3000


class IncidentMeta(msgspec.Struct, frozen=True):
    """Of the modals silence, wrong_claim and why: what was pressed on which incident's message."""

    incident: str


class CorrectionMeta(msgspec.Struct, frozen=True):
    """Of the modals corrections and posted. `chosen`: the place of the prewritten text that is shown."""

    incident: str
    platform: str
    lang: str
    chosen: int = 0


class SilenceMeta(msgspec.Struct, frozen=True):
    """Of the modal silence_preview: the silence that is set when it is sent. What the scope mutes of the incident's
    first post (its account, its link, its thread) is read from the post again."""

    incident: str
    scope: SilenceScope
    until: datetime
    reason: str


class ReportMeta(msgspec.Struct, frozen=True):
    """Of the modal report. `check`: the token of the stored check that is reported; None: a text typed into it."""

    check: str | None = None


Meta = TypeVar("Meta", bound=msgspec.Struct)


def pack(meta: msgspec.Struct) -> str:
    """For a modal's private_metadata."""
    return msgspec.json.encode(meta).decode()


def unpack(metadata: str, kind: type[Meta]) -> Meta:
    """Raises msgspec.ValidationError or DecodeError for what is not ours."""
    return msgspec.json.decode(metadata, type=kind)


def value(first: str, second: str) -> str:
    """Two parts of a button's or an option's value. The first must hold no `|`; ids of incidents never do."""
    return f"{first}|{second}"


def parts(packed: str) -> tuple[str, str]:
    """Back from `value`. A value without a second part gives an empty one."""
    first, _, second = packed.partition("|")
    return first, second


def opens_a_window(action_id: str) -> bool:
    """Whether a click on it is Slack's doing alone, and is acknowledged and otherwise ignored."""
    return action_id.startswith(OPENS)


def compose(platform: str) -> str:
    return f"compose_{platform}"


def share(platform: str) -> str:
    return f"share_{platform}"


def text_block(chosen: int) -> str:
    """The block id of the correction's text while the choice at this place is shown."""
    return f"{TEXT}.{chosen}"
