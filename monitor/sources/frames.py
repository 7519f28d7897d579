"""The JSON of Jetstream's frames, in both wire formats. Pure."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from monitor.sources.bluesky_record import SHAPE
from monitor.sources.fields import Drift, Shape, added

NOTHING = msgspec.Raw()
"""A deletion carries no record. (msgspec cannot decode `Raw | None`.)"""


class Account(msgspec.Struct):
    status: str | None = None

    IGNORED: ClassVar[str] = "active did seq time"


class Commit(msgspec.Struct):
    operation: str
    collection: str
    rkey: str
    record: msgspec.Raw = NOTHING

    IGNORED: ClassVar[str] = "rev cid"


class EventV1(msgspec.Struct):
    did: str
    time_us: int
    commit: Commit | None = None
    account: Account | None = None

    ALWAYS: ClassVar[str] = "commit|account|identity"
    IGNORED: ClassVar[str] = "kind identity"


class Message(msgspec.Struct, rename="camel"):
    """The fields of #commit, #account and #info together; `type` says which it is."""

    type: str = msgspec.field(name="$type")
    seq: int | None = None
    did: str = ""
    time: str | None = None
    witnessed_at: str | None = None
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = NOTHING
    account: Account | None = None
    name: str = ""
    message: str = ""

    ALWAYS: ClassVar[str] = "did|name time|name operation|account|identity|name record|account|identity|name|operation"
    IGNORED: ClassVar[str] = "cid identity rev"


class FrameV2(msgspec.Struct):
    type: str = msgspec.field(name="$type")
    payload: Message | None = None
    error: str = ""
    message: str = ""

    ALWAYS: ClassVar[str] = "payload|error"
    IGNORED: ClassVar[str] = ""


_FRAMES = {1: Shape(EventV1), 2: Shape(FrameV2)}


def drift_of_frame(frame: bytes, wire: int) -> Drift:
    """What is missing and what is unknown in a frame and in the post that it brings, if any."""
    try:
        value = msgspec.json.decode(frame, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    holder = value.get("commit" if wire == 1 else "payload")
    record = holder.get("record") if isinstance(holder, dict) else None
    return added(_FRAMES[wire].drift_of(value), SHAPE.drift_of(record))
