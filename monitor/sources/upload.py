"""A file of posts that people collected by hand: CSV from a spreadsheet, or JSON Lines. Pure.

Columns are found by what people call them, in English and Spanish. Every row that cannot be taken is told with its line
and how to mend it; the others are taken.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import PostError, Problem
from monitor.model import Post
from monitor.sources.post_json import post_from_json
from monitor.sources.upload_row import Slip, post_from_row
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


@dataclass(frozen=True, slots=True)
class Upload:
    posts: tuple[Post, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    """Of a spreadsheet: what each column was taken for."""


def read_upload(path: Path, content: bytes) -> Upload:
    """The posts of a file, and a problem for each row that is none. `path` says what it is, and stands in messages."""
    text = text_of(content)
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or text.lstrip().startswith("{"):
        return _json_lines(path, content)
    return _csv(path, text)


def text_of(content: bytes) -> str:
    """UTF-8, or what older spreadsheets write, or what they call Unicode text."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
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
    rows = list(rows_of(text))
    if not rows:
        return Upload(
            (), (Problem(path, 1, 1, "the file is empty", "write a line of column names, then the posts"),), {}
        )
    (_, names), *body = rows
    columns = guess_columns(names)
    taken = {names[place]: field for field, place in sorted(columns.items(), key=lambda item: item[1])}
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
            posts.append(post_from_row(values))
        except Slip as slip:
            problems.append(Problem(path, line, 1, str(slip), slip.mend))
    return Upload(tuple(posts), tuple(problems), taken)


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it begins; a quoted text may have lines of its own."""
    head = text.lstrip("\n\r").partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=head.count))
    line = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def guess_columns(names: Sequence[str], columns: Mapping[str, str] = COLUMNS) -> dict[str, int]:
    """Which column holds what, by field of `columns`. Of two that may be the same the better named, then the first."""
    words = [re.findall(r"[a-z]+", fold(name).replace("_", " ")) for name in names]
    found: dict[str, int] = {}
    for exactly in (True, False):
        for field, called in columns.items():
            for place, said in enumerate(words):
                fits = len(said) == 1 if exactly else bool(said)
                if field not in found and place not in found.values() and fits and set(said) & set(called.split()):
                    found[field] = place
    return found
