"""A file of posts that people collected by hand: CSV from a spreadsheet, or JSON Lines. Pure.

Columns are found by what people call them, in English and Spanish. Every row that cannot be taken is told with its line
and how to mend it; the others are taken.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from monitor.errors import PostError, Problem
from monitor.model import Post
from monitor.sources.fields import primary_lang, utc, utc_from_http
from monitor.sources.post_json import post_from_json
from monitor.text import fold

COLUMNS = {
    "url": "url link address permalink enlace direccion vinculo",
    "created_at": "date time created datetime timestamp when posted fecha hora cuando",
    "author": "author user username account handle by who poster name autor autora cuenta usuario",
    "followers": "followers seguidores",
    "platform": "platform source network site where app plataforma red fuente sitio donde",
    "lang": "lang language idioma lengua",
    "id": "id",
    "text": "text post content message body tweet words said quote caption comment texto mensaje contenido publicacion",
}
"""What columns are called, by what they are; "post date" is a date, so the more telling words come first."""
PLATFORMS = {
    "twitter.com": "x", "x.com": "x", "bsky.app": "bluesky", "facebook.com": "facebook", "instagram.com": "instagram",
    "tiktok.com": "tiktok", "youtube.com": "youtube", "youtu.be": "youtube", "reddit.com": "reddit",
    "t.me": "telegram", "threads.net": "threads", "threads.com": "threads", "news.ycombinator.com": "hackernews",
    "boards.4chan.org": "4chan",
}  # fmt: skip
_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*(?:([AaPp])\.?[Mm]?\.?)?)?")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(/|$)")


@dataclass(frozen=True, slots=True)
class Upload:
    posts: tuple[Post, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    """Of a spreadsheet: what each column was taken for."""


class _Slip(Exception):
    """What is wrong with a value, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


def read_upload(path: Path, content: bytes) -> Upload:
    """The posts of a file, and a problem for each row that is none. `path` says what it is, and stands in messages."""
    text = _text(content)
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or text.lstrip().startswith("{"):
        return _json_lines(path, content)
    return _csv(path, text)


def _text(content: bytes) -> str:
    """UTF-8, or what older spreadsheets write."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _json_lines(path: Path, content: bytes) -> Upload:
    posts: list[Post] = []
    problems: list[Problem] = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            posts.append(post_from_json(line, "it"))
        except PostError as error:
            what, _, mend = str(error).partition(". ")
            problems.append(Problem(path, number, 1, what, mend or "write one post as JSON in each line"))
    return Upload(tuple(posts), tuple(problems), {})


def _csv(path: Path, text: str) -> Upload:
    rows = list(_rows(text))
    if not rows:
        return Upload(
            (), (Problem(path, 1, 1, "the file is empty", "write a line of column names, then the posts"),), {}
        )
    (_, names), *body = rows
    columns = guess_columns(names)
    taken = {names[place]: field for field, place in columns.items()}
    if "text" not in columns:
        what = f"no column has the posts' words; the columns are {', '.join(filter(None, names))}"
        return Upload((), (Problem(path, 1, 1, what, "call that column: text"),), taken)
    posts: list[Post] = []
    problems: list[Problem] = []
    for line, row in body:
        values = {field: row[place].strip() for field, place in columns.items() if place < len(row)}
        if not any(values.values()):
            continue
        try:
            posts.append(_post(values))
        except _Slip as slip:
            problems.append(Problem(path, line, 1, str(slip), slip.mend))
    return Upload(tuple(posts), tuple(problems), taken)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it begins; a quoted text may have lines of its own."""
    head = text.lstrip("\n\r").partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=head.count))
    line = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def guess_columns(names: Sequence[str]) -> dict[str, int]:
    """Which column holds what, by field of COLUMNS. Of two that may be the same the better named, then the first."""
    words = [re.findall(r"[a-z]+", fold(name).replace("_", " ")) for name in names]
    found: dict[str, int] = {}
    for exactly in (True, False):
        for field, called in COLUMNS.items():
            for place, said in enumerate(words):
                fits = len(said) == 1 if exactly else bool(said)
                if field not in found and place not in found.values() and fits and set(said) & set(called.split()):
                    found[field] = place
    return found


def _post(values: Mapping[str, str]) -> Post:
    text, url = values.get("text", ""), _address(values.get("url", ""))
    if not text:
        raise _Slip("this row has no text", "copy the words of the post into it, or delete the row")
    author = values.get("author", "").removeprefix("@") or None
    platform = fold(values.get("platform", "")) or _platform(url)
    digest = blake2b(f"{author}\n{text}".encode("utf-8", "replace"), digest_size=8).hexdigest()
    return Post(
        id=values.get("id") or url or f"upload-{digest}",
        text=text,
        platform={"twitter": "x"}.get(platform, platform),
        author=author,
        created_at=_moment(values.get("created_at", "")),
        url=url,
        lang=primary_lang(values.get("lang")),
        followers=_number(values.get("followers", "")),
    )


def _address(value: str) -> str | None:
    if not value:
        return None
    address = value if "://" in value else f"https://{value}"
    if not address.startswith(("http://", "https://")) or not _HOST.match(address.partition("://")[2]):
        raise _Slip(f"'{value[:60]}' is not an address", "copy the post's link from the browser, or leave it empty")
    return address


def _platform(url: str | None) -> str:
    host = urlsplit(url).netloc.lower() if url else ""
    return next((name for end, name in PLATFORMS.items() if host == end or host.endswith(f".{end}")), "other")


def _number(value: str) -> int | None:
    digits = re.sub(r"[\s,.]", "", value)
    if not digits:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", digits):
        raise _Slip(f"'{value[:60]}' is not a number of followers", "write digits only, or leave it empty")
    return int(digits)


def _moment(value: str) -> datetime | None:
    """ISO, what a feed writes, or a day with slashes where only one reading is possible. Without a zone it is UTC."""
    if not value:
        return None
    try:
        return utc(datetime.fromisoformat(value))
    except ValueError:
        pass
    if day := _DAY.fullmatch(value):
        return _slashed(value, *day.groups())
    if moment := utc_from_http(value):
        return moment
    raise _Slip(f"'{value[:60]}' is not a date", "write it like 2026-10-03 14:05")


def _slashed(value: str, first: str, second: str, year: str, *clock: str | None) -> datetime:
    month, day = int(first), int(second)
    if month > 12:
        month, day = day, month
    elif day <= 12 and day != month:
        raise _Slip(f"'{value}' may be two different days", f"write the year first: {year}-{first:0>2}-{second:0>2}")
    hour, minute, second_, half = (*clock[:3], clock[3])
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    try:
        return datetime(int(year), month, day, hours, int(minute or 0), int(second_ or 0), tzinfo=UTC)
    except ValueError as error:
        raise _Slip(f"'{value}' is not a date", "write it like 2026-10-03 14:05") from error
