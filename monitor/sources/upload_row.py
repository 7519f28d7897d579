"""One row of a spreadsheet as a post: addresses, dates and numbers as people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from monitor.model import Post
from monitor.sources.fields import primary_lang, utc, utc_from_http
from monitor.text import fold

PLATFORMS = {
    "twitter.com": "x", "x.com": "x", "bsky.app": "bluesky", "facebook.com": "facebook", "instagram.com": "instagram",
    "tiktok.com": "tiktok", "youtube.com": "youtube", "youtu.be": "youtube", "reddit.com": "reddit",
    "t.me": "telegram", "threads.net": "threads", "threads.com": "threads", "news.ycombinator.com": "hackernews",
    "boards.4chan.org": "4chan",
}  # fmt: skip
_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*(?:([AaPp])\.?[Mm]?\.?)?)?")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(/|$)")


class Slip(Exception):
    """What is wrong with a value, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


def post_from_row(values: Mapping[str, str]) -> Post:
    """The values of a row, by field. Its id is its own, else its address, else what it says. Raises Slip."""
    text, url = values.get("text", ""), _address(values.get("url", ""))
    if not text:
        raise Slip("this row has no text", "copy the words of the post into it, or delete the row")
    author = values.get("author", "").removeprefix("@") or None
    platform = fold(values.get("platform", "")) or _platform(url)
    digest = blake2b(f"{author}\n{text}".encode("utf-8", "replace"), digest_size=8).hexdigest()
    return Post(
        id=values.get("id") or url or f"upload-{digest}",
        text=text,
        platform={"twitter": "x"}.get(platform, platform),
        author=author,
        created_at=moment_of(values.get("created_at", "")),
        url=url,
        lang=primary_lang(values.get("lang")),
        followers=_number(values.get("followers", "")),
    )


def _address(value: str) -> str | None:
    if not value:
        return None
    address = value if "://" in value else f"https://{value}"
    if not address.startswith(("http://", "https://")) or not _HOST.match(address.partition("://")[2]):
        raise Slip(f"'{value[:60]}' is not an address", "copy the post's link from the browser, or leave it empty")
    return address


def _platform(url: str | None) -> str:
    host = urlsplit(url).netloc.lower() if url else ""
    return next((name for end, name in PLATFORMS.items() if host == end or host.endswith(f".{end}")), "other")


def _number(value: str) -> int | None:
    digits = re.sub(r"[\s,.]", "", value)
    if not digits:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", digits):
        raise Slip(f"'{value[:60]}' is not a number of followers", "write digits only, or leave it empty")
    return int(digits)


def moment_of(value: str) -> datetime | None:
    """ISO, what a feed writes, or a day with slashes where only one reading is possible. Without a zone it is UTC.

    Raises Slip.
    """
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
    raise Slip(f"'{value[:60]}' is not a date", "write it like 2026-10-03 14:05")


def _slashed(value: str, first: str, second: str, year: str, *clock: str | None) -> datetime:
    month, day = int(first), int(second)
    if month > 12:
        month, day = day, month
    elif day <= 12 and day != month:
        raise Slip(f"'{value}' may be two different days", f"write the year first: {year}-{first:0>2}-{second:0>2}")
    hour, minute, second_, half = (*clock[:3], clock[3])
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    try:
        return datetime(int(year), month, day, hours, int(minute or 0), int(second_ or 0), tzinfo=UTC)
    except ValueError as error:
        raise Slip(f"'{value}' is not a date", "write it like 2026-10-03 14:05") from error
