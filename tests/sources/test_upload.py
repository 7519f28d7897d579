from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PostError
from monitor.model import Post
from monitor.sources.upload import Upload, guess_columns, read_upload

CSV, LINES = Path("sheet.csv"), Path("posts.jsonl")


def csv(*lines: str) -> Upload:
    return read_upload(CSV, "\n".join(lines).encode())


def test_a_spreadsheet_with_everything_is_read() -> None:
    found = csv(
        "Post text,Link,Posted by,Date,Network,Followers,Language",
        '"Rivera is out, she says",https://x.com/a/status/17,@joe,2026-10-03 14:05,Twitter,"1,204",en-US',
    )
    assert found.problems == ()
    assert found.posts == (
        Post(
            id="https://x.com/a/status/17",
            text="Rivera is out, she says",
            platform="x",
            author="joe",
            created_at=datetime(2026, 10, 3, 14, 5, tzinfo=UTC),
            url="https://x.com/a/status/17",
            lang="en",
            followers=1204,
        ),
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["text", "url", "author", "date"], {"text": 0, "url": 1, "author": 2, "created_at": 3}),
        (["What they said (quote)", "Where (link)", "Who"], {"text": 0, "url": 1, "author": 2}),
        (["Texto", "Enlace", "Autor/a", "Fecha", "Plataforma"],
         {"text": 0, "url": 1, "author": 2, "created_at": 3, "platform": 4}),
        (["post_url", "post_date", "post_id", "post"], {"url": 0, "created_at": 1, "id": 2, "text": 3}),
        (["MESSAGE", "", "notes"], {"text": 0}),
        (["a", "b"], {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_kindly(names: list[str], expected: dict[str, int]) -> None:
    assert guess_columns(names) == expected


def test_semicolons_tabs_marks_and_old_encodings_are_read() -> None:
    assert csv("text;url", "a, b;").posts[0].text == "a, b"
    assert csv("text\turl", "a, b; c\t").posts[0].text == "a, b; c"
    assert read_upload(CSV, "\ufefftext\nmañana".encode()).posts[0].text == "mañana"
    assert read_upload(CSV, "text\nmañana".encode("cp1252")).posts[0].text == "mañana"


def test_a_row_without_a_link_is_known_by_its_words() -> None:
    first, second, third = csv("text,author", "a,joe", "a,joe", "a,ann").posts
    assert first.id == second.id != third.id
    assert first.platform == "other"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-10-03T14:05:00-05:00", datetime(2026, 10, 3, 19, 5, tzinfo=UTC)),
        ("2026-10-03", datetime(2026, 10, 3, tzinfo=UTC)),
        ("10/23/2026 2:05 PM", datetime(2026, 10, 23, 14, 5, tzinfo=UTC)),
        ("23.10.2026 14:05", datetime(2026, 10, 23, 14, 5, tzinfo=UTC)),
        ("10/10/2026", datetime(2026, 10, 10, tzinfo=UTC)),
        ("Sat, 03 Oct 2026 14:00:00 GMT", datetime(2026, 10, 3, 14, tzinfo=UTC)),
        ("", None),
    ],
)
def test_dates_are_read_where_only_one_reading_is_possible(cell: str, expected: datetime | None) -> None:
    assert csv("text,date", f'a,"{cell}"').posts[0].created_at == expected


def test_every_bad_row_is_told_with_its_line_and_the_others_are_taken() -> None:
    found = csv(
        "text,link,date,followers",
        '"two',
        'lines",https://a.example/1,,',
        ",https://a.example/2,,",
        "",
        "b,not a link,,",
        "c,,3/4/2026,",
        "d,,yesterday,",
        "e,,31/02/2026,",
        "f,,,many",
        "g,t.me/channel/5,,",
    )
    assert [post.text for post in found.posts] == ["two\nlines", "g"]
    assert found.posts[1].url == "https://t.me/channel/5"
    assert found.posts[1].platform == "telegram"
    assert [str(problem) for problem in found.problems] == [
        "sheet.csv:4:1: this row has no text; copy the words of the post into it, or delete the row",
        "sheet.csv:6:1: 'not a link' is not an address; copy the post's link from the browser, or leave it empty",
        "sheet.csv:7:1: '3/4/2026' may be two different days; write the year first: 2026-03-04",
        "sheet.csv:8:1: 'yesterday' is not a date; write it like 2026-10-03 14:05",
        "sheet.csv:9:1: '31/02/2026' is not a date; write it like 2026-10-03 14:05",
        "sheet.csv:10:1: 'many' is not a number of followers; write digits only, or leave it empty",
    ]


def test_a_sheet_without_words_says_which_columns_there_are() -> None:
    (problem,) = csv("name,colour", "a,b").problems
    assert str(problem) == (
        "sheet.csv:1:1: no column has the posts' words; the columns are name, colour; call that column: text"
    )
    assert csv("").problems[0].what == "the file is empty"


def test_json_lines_are_read_as_everywhere() -> None:
    found = read_upload(LINES, b'{"id": "1", "text": "a"}\n\n{"text": "b"}\nnonsense\n')
    assert [post.id for post in found.posts] == ["1"]
    assert [(problem.line, problem.mend) for problem in found.problems] == [
        (3, "Give each post an id of its own"),
        (4, 'Write one JSON object per line, in UTF-8: {"id": "1", "text": "..."}'),
    ]


@given(st.binary(max_size=300), st.sampled_from([CSV, LINES, Path("notes")]))
def test_any_bytes_are_posts_or_told_mistakes(content: bytes, path: Path) -> None:
    for start in (b"", b"text,url,date\n", b'text;date\n"'):
        try:
            read_upload(path, start + content)
        except PostError as error:
            pytest.fail(str(error))
