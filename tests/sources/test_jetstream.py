"""The frames here are our reading of Jetstream's documents: no Jetstream server runs beside the tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PostError, SourceUnavailable
from monitor.model import Deletion
from monitor.sources.jetstream import Event, Place, address, position, read_frame

SERVER = "wss://jetstream.example"
TIME_US = 1_790_856_000_329_308
TIME = "2026-10-01T12:00:00.329308Z"
URI = "at://did:plc:ana/app.bsky.feed.post/3kabc"
RECORD = {"$type": "app.bsky.feed.post", "text": "Rivera is out", "createdAt": "2026-10-01T11:59:59Z"}
PLACES = {1: Place(SERVER, TIME_US), 2: Place(SERVER, TIME_US, 12345)}


def frame(wire: int, kind: str, **fields: Any) -> bytes:
    """An event as each wire carries it; `fields` are those of a commit, or of the account."""
    if wire == 1:
        return json.dumps({"did": "did:plc:ana", "time_us": TIME_US, "kind": kind, kind: fields}).encode()
    payload = {
        "$type": f"network.bsky.jetstream.subscribeEvents#{kind}",
        "seq": 12345,
        "did": "did:plc:ana",
        "time": TIME,
    }
    payload |= {"witnessedAt": TIME, **(fields if kind == "commit" else {kind: fields})}
    return json.dumps({"$type": "message", "payload": payload}).encode()


def commit(wire: int, operation: str, **fields: Any) -> bytes:
    return frame(wire, "commit", rev="3k", operation=operation, collection="app.bsky.feed.post", rkey="3kabc", **fields)


@pytest.mark.parametrize("wire", [1, 2])
@pytest.mark.parametrize("operation", ["create", "update"])
def test_a_new_or_changed_post_is_a_post(wire: int, operation: str) -> None:
    event = read_frame(commit(wire, operation, record=RECORD, cid="bafy"), SERVER, wire)
    assert event.place == PLACES[wire]
    assert event.post is not None
    assert (event.post.id, event.post.text) == (URI, "Rivera is out")


@pytest.mark.parametrize("wire", [1, 2])
def test_a_deleted_post_is_a_deletion(wire: int) -> None:
    event = read_frame(commit(wire, "delete"), SERVER, wire)
    assert event == Event(PLACES[wire], deletion=Deletion("bluesky", post_id=URI))


@pytest.mark.parametrize("wire", [1, 2])
@pytest.mark.parametrize("status", ["deleted", "takendown"])
def test_the_removal_of_an_account_deletes_all_its_posts(wire: int, status: str) -> None:
    event = read_frame(frame(wire, "account", active=False, did="did:plc:ana", seq=1, status=status), SERVER, wire)
    assert event == Event(PLACES[wire], deletion=Deletion("bluesky", author="did:plc:ana"))


@pytest.mark.parametrize("wire", [1, 2])
@pytest.mark.parametrize(
    "other",
    [
        ("account", {"active": True, "did": "did:plc:ana"}),
        ("account", {"active": False, "status": "deactivated"}),
        ("identity", {"did": "did:plc:ana", "handle": "ana.example"}),
        ("commit", {"operation": "create", "collection": "app.bsky.feed.like", "rkey": "1", "record": {"a": 1}}),
    ],
)
def test_everything_else_only_moves_the_place(wire: int, other: tuple[str, dict[str, Any]]) -> None:
    assert read_frame(frame(wire, other[0], **other[1]), SERVER, wire) == Event(PLACES[wire])


@pytest.mark.parametrize("wire", [1, 2])
def test_a_post_that_cannot_be_read_still_moves_the_place(wire: int) -> None:
    for broken in (commit(wire, "create", record={"text": 1}), commit(wire, "create")):
        event = read_frame(broken, SERVER, wire)
        assert (event.place, event.post) == (PLACES[wire], None)
        assert event.trouble is not None
        assert URI in event.trouble


def test_a_notice_of_the_server_has_no_place() -> None:
    payload = {
        "$type": "network.bsky.jetstream.subscribeEvents#info",
        "name": "OutdatedCursor",
        "message": "from seq 7",
    }
    event = read_frame(json.dumps({"$type": "message", "payload": payload}).encode(), SERVER, 2)
    assert event == Event(None, info="OutdatedCursor: from seq 7")


def test_an_error_frame_ends_the_stream() -> None:
    with pytest.raises(SourceUnavailable, match="ConsumerTooSlow: read faster"):
        read_frame(b'{"$type":"error","error":"ConsumerTooSlow","message":"read faster"}', SERVER, 2)


@pytest.mark.parametrize("wire", [1, 2])
@given(junk=st.binary(max_size=100))
def test_any_bytes_are_an_event_or_a_told_mistake(wire: int, junk: bytes) -> None:
    with pytest.raises(PostError, match="a frame of the stream"):
        read_frame(junk, SERVER, wire)


@pytest.mark.parametrize(
    "broken",
    [b'{"did":"d","time_us":99999999999999999999,"kind":"commit"}', b'{"did":"d","kind":"commit"}', b"[]"],
)
def test_a_frame_without_a_possible_time_is_told(broken: bytes) -> None:
    with pytest.raises(PostError):
        read_frame(broken, SERVER, 1)


def test_each_wire_is_asked_in_its_own_words() -> None:
    assert address(SERVER, 1, None) == (
        "wss://jetstream.example/subscribe?wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=1048576"
    )
    assert address(SERVER, 2, 12345) == (
        "wss://jetstream.example/xrpc/network.bsky.jetstream.subscribeEvents?kinds=commit&kinds=account"
        "&collections=app.bsky.feed.post&maxMessageSizeBytes=1048576&cursor=12345"
    )
    assert address("ws://localhost:6008/own/path", 1, 7).startswith("ws://localhost:6008/own/path?")


def test_a_stream_is_resumed_by_number_where_the_server_counts_and_by_time_elsewhere() -> None:
    assert position(PLACES[1], SERVER, 1) == TIME_US
    assert position(PLACES[2], SERVER, 2) == 12345
    assert position(PLACES[2], SERVER, 1) == TIME_US
    assert position(PLACES[1], SERVER, 2) == TIME_US


def test_another_server_is_asked_for_a_little_more() -> None:
    assert position(PLACES[2], "wss://other.example", 2) == TIME_US - 10_000_000


def test_a_place_knows_its_moment() -> None:
    assert PLACES[1].moment == datetime(2026, 10, 1, 12, 0, 0, 329308, tzinfo=UTC)
