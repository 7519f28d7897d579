from __future__ import annotations

import contextlib
import json
import math
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import JsonlSource, StdinSource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import Media, Page, Post
from monitor.sources.jsonl import LINES_PER_PAGE, JsonlFile, StandardInput
from monitor.sources.post_json import LONGEST_LINE, post_from_json

ZONES = [None, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12, minutes=-30))]


def line(number: int) -> bytes:
    return json.dumps({"id": f"p{number}", "text": f"post {number}"}).encode() + b"\n"


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "posts.jsonl"


@pytest.fixture
def file(path: Path) -> JsonlFile:
    return JsonlFile(JsonlSource("posts", path))


async def read(file: JsonlFile | StandardInput, cursor: str | None = None) -> list[Page]:
    return [page async for page in file.pages(cursor)]


def ids(pages: list[Page]) -> list[str]:
    return [post.id for page in pages for post in page.posts]


def test_a_line_with_every_field_becomes_a_post() -> None:
    line = json.dumps(
        {
            "id": "1",
            "source": "Bluesky",
            "author": "@someone.example",
            "text": "Rivera is out",
            "created_at": "2026-10-01T12:00:00+02:00",
            "url": "https://example.org/1",
            "lang": "en-US",
            "repost_of": "0",
            "reply_to": "00",
            "media": [{"url": "https://example.org/a.png", "alt": "a letter"}, {"alt": None}],
            "followers": 12,
        }
    )
    assert post_from_json(line.encode()) == Post(
        id="1",
        text="Rivera is out",
        platform="bluesky",
        author="someone.example",
        created_at=datetime(2026, 10, 1, 10, tzinfo=UTC),
        url="https://example.org/1",
        lang="en",
        repost_of="0",
        reply_to="00",
        media=(Media("https://example.org/a.png", "a letter"), Media()),
        followers=12,
    )


def test_only_id_and_text_are_needed() -> None:
    assert post_from_json(b'{"id": "1", "text": "hello"}') == Post(id="1", text="hello")


def test_post_id_and_platform_are_accepted_and_a_number_is_an_id() -> None:
    assert post_from_json(b'{"post_id": 7, "text": "hello", "platform": "x"}').key == "x:7"


def test_a_time_without_a_zone_is_utc() -> None:
    post = post_from_json(b'{"id": "1", "text": "", "created_at": "2026-10-01T12:00:00"}')
    assert post.created_at == datetime(2026, 10, 1, 12, tzinfo=UTC)


def test_a_label_reaches_nothing() -> None:
    assert post_from_json(b'{"id": "1", "text": "a", "label": "spread"}') == post_from_json(b'{"id": "1", "text": "a"}')


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (b"not json", "malformed"),
        (b"[1, 2]", "Expected `object`"),
        (b'{"text": "no id"}', 'no "id"'),
        (b'{"id": "", "text": "no id"}', 'no "id"'),
        (b'{"id": "1"}', "missing required field `text`"),
        (b'{"id": "1", "text": 5}', "$.text"),
        (b'{"id": "1", "text": "a", "created_at": "yesterday"}', "$.created_at"),
        (b'{"id": "1", "text": "\xff"}', "utf-8"),
        (b'{"id": "1", "text": "' + b"a" * LONGEST_LINE + b'"}', "longer than"),
    ],
)
def test_a_bad_line_is_told_with_its_place_and_a_way_to_mend_it(bad: bytes, what: str) -> None:
    with pytest.raises(PostError) as caught:
        post_from_json(bad, "line 3")
    message = str(caught.value)
    assert message.startswith("line 3 is ")
    assert what in message
    assert any(mend in message for mend in ("Write one JSON object", "Give each post", "please"))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_post_or_a_told_mistake(junk: bytes) -> None:
    with contextlib.suppress(PostError):
        assert isinstance(post_from_json(junk), Post)


@given(st.text(), st.text(min_size=1), st.datetimes(timezones=st.sampled_from(ZONES)))
def test_any_text_and_time_survive_the_way_through_json(text: str, post_id: str, moment: datetime) -> None:
    post = post_from_json(json.dumps({"id": post_id, "text": text, "created_at": moment.isoformat()}).encode())
    assert (post.id, post.text) == (post_id, text)
    assert post.created_at is None or post.created_at.tzinfo is UTC


async def test_a_file_is_read_to_its_end_and_then_followed(path: Path, file: JsonlFile) -> None:
    write(path, line(1) + line(2))
    first = await read(file)
    append(path, line(3))
    second = await read(file, first[-1].cursor)
    assert (ids(first), ids(second)) == (["p1", "p2"], ["p3"])


async def test_a_long_file_comes_in_pages_that_can_each_be_resumed(path: Path, file: JsonlFile) -> None:
    count = LINES_PER_PAGE * 2 + 10
    write(path, b"".join(line(number) for number in range(count)))
    pages = await read(file)
    assert ids(pages) == [f"p{number}" for number in range(count)]
    assert ids(await read(file, pages[0].cursor)) == [f"p{number}" for number in range(LINES_PER_PAGE, count)]


async def test_nothing_new_is_one_empty_page_with_the_same_cursor(path: Path, file: JsonlFile) -> None:
    write(path, line(1))
    cursor = (await read(file))[-1].cursor
    assert await read(file, cursor) == [Page(posts=(), cursor=cursor)]


async def test_a_half_written_last_line_waits_for_its_end(path: Path, file: JsonlFile) -> None:
    write(path, line(1) + line(2)[:10])
    first = await read(file)
    write(path, line(1) + line(2))
    second = await read(file, first[-1].cursor)
    assert (ids(first), first[-1].skipped, ids(second)) == (["p1"], 0, ["p2"])


async def test_a_last_line_without_line_end_is_read_when_it_is_whole(path: Path, file: JsonlFile) -> None:
    write(path, line(1) + line(2).rstrip())
    first = await read(file)
    append(path, b"\n" + b"bad\n")
    second = await read(file, first[-1].cursor)
    assert ids(first) == ["p1", "p2"]
    assert (second[0].skipped, second[0].posts) == (1, ())
    assert second[0].skip_reason is not None
    assert second[0].skip_reason.startswith("line 3 ")


async def test_bad_lines_are_counted_and_skipped_with_their_number(path: Path, file: JsonlFile) -> None:
    write(path, line(1) + b"\n" + b"oops\n" + line(2) + b'{"id": 1}\n')
    page = (await read(file))[0]
    assert (ids([page]), page.skipped) == (["p1", "p2"], 2)
    assert page.skip_reason is not None
    assert page.skip_reason.startswith("line 5 is not a post")


async def test_an_endless_line_is_skipped_and_the_next_is_read(path: Path, file: JsonlFile) -> None:
    write(path, b"x" * (LONGEST_LINE * 2) + b"\n" + line(1))
    pages = await read(file)
    assert (ids(pages), pages[0].skipped) == (["p1"], 1)


async def test_a_windows_file_with_a_byte_order_mark_is_read(path: Path, file: JsonlFile) -> None:
    write(path, b"\xef\xbb\xbf" + line(1).replace(b"\n", b"\r\n"))
    assert ids(await read(file)) == ["p1"]


@pytest.mark.parametrize("replacement", [b"", line(7), line(7) + line(8) + line(9) + line(10)])
async def test_a_file_that_was_cut_or_replaced_is_read_again_and_told_as_a_gap(
    path: Path, file: JsonlFile, replacement: bytes
) -> None:
    write(path, line(1) + line(2) + line(3))
    cursor = (await read(file))[-1].cursor
    write(path, replacement)
    pages = await read(file, cursor)
    assert pages[0].gap is not None
    assert "cut or replaced" in pages[0].gap
    assert len(ids(pages)) == replacement.count(b"\n")
    assert (await read(file, pages[-1].cursor))[0].gap is None


async def test_a_missing_file_may_still_come(file: JsonlFile) -> None:
    with pytest.raises(SourceUnavailable, match="does not exist; create it"):
        await read(file)


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="cannot be read"):
        await read(JsonlFile(JsonlSource("posts", tmp_path)))


async def test_a_cursor_of_another_kind_of_source_is_refused(path: Path, file: JsonlFile) -> None:
    write(path, line(1))
    with pytest.raises(SourceRefused, match="new name"):
        await read(file, '{"etag": "x"}[')


async def test_the_check_says_what_is_in_the_file(path: Path, file: JsonlFile) -> None:
    write(path, line(1) + b"bad\n")
    assert (await file.check()).startswith(f"1 posts at the start of {path}, 1 lines skipped (line 2 ")


async def test_standard_input_is_read_to_its_end_and_never_again() -> None:
    reading, writing = os.pipe()
    os.write(writing, line(1) + b"bad\n" + line(2) + line(3).rstrip())
    os.close(writing)
    source = StandardInput(StdinSource("stdin"), reading)
    pages = await read(source)
    os.close(reading)
    assert ids(pages) == ["p1", "p2", "p3"]
    assert next(page.skip_reason or "" for page in pages if page.skipped).startswith("line 2 ")
    assert pages[-1].cursor == "4"
    assert source.every_seconds == math.inf


async def test_a_post_on_standard_input_comes_before_the_input_ends() -> None:
    reading, writing = os.pipe()
    pages = StandardInput(StdinSource("stdin"), reading).pages(None)
    os.write(writing, line(1))
    assert ids([await anext(pages)]) == ["p1"]
    os.write(writing, line(2))
    assert ids([await anext(pages)]) == ["p2"]
    os.close(writing)
    assert ids([page async for page in pages]) == []
    os.close(reading)
