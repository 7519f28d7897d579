"""ClaimReview (schema.org/ClaimReview) as JSON-LD: in a page, in a file, in Data Commons' feed. Pure.

One reader for all of them: it follows the JSON as a stream and hands out every object of type ClaimReview, however deep
it lies (a list, @graph, dataFeedElement). What lies around them is let go as it is read, so that a feed of hundreds of
megabytes takes a few. Whatever is in the JSON, nothing is raised but InputError where it is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

import ijson

from monitor.errors import InputError
from monitor.model import FactCheck, Grade
from monitor.sources.fields import primary_lang, utc_from_iso
from monitor.sources.review_fields import address, line, site_of

DEEPEST = 100
LARGEST_OBJECT = 5_000
"""Values that one object keeps, with all that lies in it. A ClaimReview has about thirty."""
LONGEST_TEXT = 10_000
MOST_SCRIPTS = 500
_CONTROL = re.compile(r"[\x00-\x1f]")
_TAG = re.compile(r"""<script\b(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_IS_JSON_LD = re.compile(r"""\btype\s*=\s*["']?\s*application/ld\+json""", re.IGNORECASE)


def in_page(markup: str, url: str | None = None) -> Iterator[FactCheck | None]:
    """The reviews that a page's JSON-LD holds, None for each script of it that is no JSON.

    `url`: the page's own address. What a page says of another site is its own word, and is given its own address.
    """
    for script in _scripts(markup):
        # Pages break their lines within texts, which JSON does not allow.
        try:
            for check in in_json(BytesIO(_CONTROL.sub(" ", script).encode("utf-8", "replace"))):
                yield check if check is None or url is None else _from_there(check, url)
        except InputError:
            yield None


def in_json(file: BinaryIO) -> Iterator[FactCheck | None]:
    """The reviews of a JSON document, or of one JSON document per line; None for each that lacks a claim, a rating or
    an address. Raises InputError where it is no JSON."""
    for number, node in enumerate(_reviews(file), start=1):
        yield _fact_check(node, number)


def _from_there(check: FactCheck, url: str) -> FactCheck:
    site = site_of(url)
    if check.site == site or check.site.endswith(f".{site}"):
        return check
    return replace(check, url=url, site=site)


def _scripts(markup: str) -> Iterator[str]:
    start = 0
    for _ in range(MOST_SCRIPTS):
        tag = _TAG.search(markup, start)
        end = _END.search(markup, tag.end()) if tag else None
        if tag is None or end is None:
            return
        if _IS_JSON_LD.search(tag[0]):
            yield markup[tag.end() : end.start()]
        start = end.end()


class _Open:
    """A list or an object that is being read. `key`: under which the next value of an object goes."""

    def __init__(self, holder: dict[str, object] | list[object]) -> None:
        self.holder = holder
        self.key = ""
        self.size = 0
        self.held_review = False

    def take(self, value: object, size: int) -> None:
        if self.size + size > LARGEST_OBJECT:
            return
        self.size += size
        if isinstance(self.holder, dict):
            self.holder[self.key] = value
        else:
            self.holder.append(value)


def _reviews(file: BinaryIO) -> Iterator[dict[str, object]]:
    opened: list[_Open] = []
    for event, value in _events(file):
        if event in ("start_map", "start_array"):
            if len(opened) >= DEEPEST:
                raise InputError(f"this JSON is nested more than {DEEPEST} deep: it is no list of fact checks")
            opened.append(_Open({} if event == "start_map" else []))
        elif event in ("end_map", "end_array"):
            closed = opened.pop()
            if isinstance(closed.holder, dict) and _is_review(closed.holder):
                yield closed.holder
                closed.held_review = True
            if opened and closed.held_review:
                opened[-1].held_review = True
            elif opened:
                opened[-1].take(closed.holder, closed.size + 1)
        elif event == "map_key":
            opened[-1].key = str(value)[:LONGEST_TEXT]
        elif opened:
            opened[-1].take(value[:LONGEST_TEXT] if isinstance(value, str) else value, 1)


def _events(file: BinaryIO) -> Iterable[tuple[str, object]]:
    try:
        yield from ijson.basic_parse(file, multiple_values=True)
    except (ijson.JSONError, ValueError) as error:  # ValueError: text that is no Unicode, a number of 5,000 digits
        raise InputError("this is not JSON, or it was cut off") from error


def _is_review(node: dict[str, object]) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and re.split(r"[/#:]", name)[-1] == "ClaimReview" for name in names)


def _fact_check(node: dict[str, object], number: int) -> FactCheck | None:
    rating = _object(node.get("reviewRating"))
    claim = _text(node.get("claimReviewed")) or _text(_object(node.get("itemReviewed")).get("name"))
    grade = _grade(rating)
    words = _text(rating.get("alternateName")) or _text(rating.get("name"))
    url = address(_text(node.get("url")))
    if not claim or url is None or not (words or grade):
        return None
    return FactCheck(
        claim=claim,
        rating=words,
        url=url,
        site=site_of(url),
        publisher=_text(node.get("author")) or _text(node.get("publisher")),
        grade=grade,
        lang=primary_lang(_text(node.get("inLanguage"))),
        reviewed_at=utc_from_iso(_text(node.get("datePublished"))),
        place=f"review {number}",
    )


def _grade(rating: dict[str, object]) -> Grade | None:
    """schema.org/Rating: where `worstRating` is missing it is 1. Which end is the best is never left to a guess."""
    value, best = _number(rating.get("ratingValue")), _number(rating.get("bestRating"))
    worst = _number(rating.get("worstRating", 1))
    return None if value is None or best is None or worst is None else Grade(value, worst, best)


def _object(value: object) -> dict[str, object]:
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """A text, wherever JSON-LD lets one stand: alone, in a list, as @value, as the name of a thing."""
    for _ in range(3):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name")
    return line(value) if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    with suppress(TypeError, ValueError, OverflowError):
        return None if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    return None
