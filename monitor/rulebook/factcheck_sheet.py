"""Fact checks in a spreadsheet saved as CSV. Pure.

Columns are found by what people call them, in English and Spanish, and by their names in published data sets. Every row
that cannot be taken is told with its line and how to mend it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import Problem
from monitor.model import FactCheck
from monitor.sources.fields import primary_lang
from monitor.sources.review_fields import address, line, site_of
from monitor.sources.upload import guess_columns, rows_of, text_of
from monitor.sources.upload_row import Slip, moment_of
from monitor.toml import show

COLUMNS = {
    "url": "url link address permalink evidence article enlace direccion vinculo evidencia",
    "date": "date published datepublished checked fecha publicado",
    "publisher": "publisher reviewer checker factchecker organization organisation site medio verificador",
    "lang": "lang language inlanguage idioma lengua",
    "rating": "rating verdict ruling label alternatename textualrating veredicto calificacion etiqueta",
    "author": "author claimant speaker autor",
    "claim": "claim claimreviewed statement text quote sentence afirmacion declaracion frase bulo texto",
}
"""What columns are called, by what they are; "claim date" is a date, so the more telling words come first."""
_NEEDED = {"claim": "the claim's words", "rating": "the rating", "url": "the fact check's address"}


@dataclass(frozen=True, slots=True)
class Sheet:
    checks: tuple[FactCheck, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    """What each column was taken for."""


def read_sheet(path: Path, content: bytes) -> Sheet:
    """The fact checks of a file, and a problem for each row that is none. `path` stands in messages."""
    try:
        rows = list(rows_of(text_of(content)))
    except csv.Error as error:
        what = f"this cannot be read as a spreadsheet ({error})"
        return Sheet((), (Problem(path, 1, 1, what, "save it as CSV again"),), {})
    if not rows:
        mend = "write a line of column names, then the fact checks"
        return Sheet((), (Problem(path, 1, 1, "the file is empty", mend),), {})
    (head, names), *body = rows
    columns = guess_columns(names, COLUMNS)
    taken = {names[place]: field for field, place in sorted(columns.items(), key=lambda item: item[1])}
    missing = [
        Problem(path, head, 1, f"no column has {what}; the columns are {_listed(names)}", f"call that column: {field}")
        for field, what in _NEEDED.items()
        if field not in columns
    ]
    if missing:
        return Sheet((), tuple(missing), taken)
    checks: list[FactCheck] = []
    problems: list[Problem] = []
    for number, row in body:
        values = {field: line(row[place]) for field, place in columns.items() if place < len(row)}
        if not any(values.values()):
            continue
        try:
            checks.append(_fact_check(values, number))
        except Slip as slip:
            problems.append(Problem(path, number, 1, show(str(slip), 200), slip.mend))
    return Sheet(tuple(checks), tuple(problems), taken)


def _listed(names: list[str]) -> str:
    return ", ".join(show(name, 30) for name in names if name.strip())


def _fact_check(values: Mapping[str, str], number: int) -> FactCheck:
    for field, what in _NEEDED.items():
        if not values.get(field):
            raise Slip(f"this row lacks {what}", f"write it under {field}, or delete the row")
    given = values["url"]
    url = address(given if "://" in given else f"https://{given}")
    if url is None or "." not in site_of(url):
        raise Slip(f"'{show(given)}' is not an address", "copy the fact check's link from the browser")
    return FactCheck(
        claim=values["claim"],
        rating=values["rating"],
        url=url,
        site=site_of(url),
        publisher=values.get("publisher", ""),
        lang=primary_lang(values.get("lang")),
        reviewed_at=moment_of(values.get("date", "")),
        place=f"line {number}",
    )
