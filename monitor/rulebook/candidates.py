"""rules/candidates.toml -> candidates."""

from __future__ import annotations

import re

from monitor.errors import Problem
from monitor.model import Candidate
from monitor.toml import Document, Table, show

LONGEST_ID = 40
_ID = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_ID - 1}}}")


def read_candidates(document: Document, problems: list[Problem]) -> tuple[Candidate, ...]:
    """The candidates of a document. What is wrong is added to `problems`, and the candidates must then not be used."""
    return take_candidates(Table(document, problems, "candidates.toml"))


def take_candidates(root: Table) -> tuple[Candidate, ...]:
    """`read_candidates` of a table that nothing was asked of yet."""
    tables = root.tables("candidates", "candidate")
    candidates = tuple(_candidate(table) for table in tables)
    first: dict[str, int] = {}
    for number, (table, candidate) in enumerate(zip(tables, candidates, strict=True), 1):
        if candidate.id and first.setdefault(candidate.id, number) != number:
            what = f"the id '{candidate.id}' is already used by candidate {first[candidate.id]}"
            table.problem("id", what, "give each candidate an id of its own")
    if not tables and "candidates" not in root:
        root.problem(None, "no candidate is named here", "add a [[candidates]] entry for each person")
    root.done()
    return candidates


def _candidate(table: Table) -> Candidate:
    candidate = Candidate(
        id=read_id(table),
        name=table.text("name"),
        aliases=table.texts("aliases"),
        handles=table.texts("handles"),
        hashtags=table.texts("hashtags"),
        ambiguous=table.texts("ambiguous"),
        context=table.texts("context"),
        ours=table.flag("ours", default=False),
    )
    if candidate.ambiguous and not candidate.context and not table.misspelt("context"):
        what = f"{show(candidate.ambiguous[0])} is ambiguous, but there is no context to tell it by"
        table.problem("ambiguous", what, 'add the words it must stand beside: context = ["mayor", "ballot", "vote"]')
    _check_marks(table, "hashtags", candidate.hashtags, "#")
    _check_marks(table, "handles", candidate.handles, "@")
    certain = {name.casefold() for name in (candidate.name, *candidate.aliases)}
    for index, name in enumerate(candidate.ambiguous):
        if name and name.casefold() in certain:
            what = f"{show(name)} is in 'ambiguous' and also a name or alias, so it always counts"
            table.problem("ambiguous", what, "keep it in one of the two", index=index)
    return candidate


def _check_marks(table: Table, key: str, values: tuple[str, ...], mark: str) -> None:
    table.also(key, items={"type": "string", "pattern": rf"^{mark}\S+$"})
    for index, value in enumerate(values):
        if value and not value.startswith(mark):
            table.problem(key, f"{show(value)} does not begin with {mark}", f'write "{mark}{show(value)}"', index=index)
        elif value and (value == mark or any(character.isspace() for character in value)):
            table.problem(
                key, f"{show(value)} has a space in it or nothing after {mark}", "write one word", index=index
            )


def read_id(table: Table) -> str:
    """The `id` of a candidate or a claim: it goes into links and logs, so it is plain."""
    value = table.text("id")
    table.also("id", pattern=f"^{_ID.pattern}$")
    if value and not _ID.fullmatch(value):
        better = as_id(value)
        mend = f'write id = "{better}"' if better else 'write it like id = "withdrawn"'
        table.problem("id", f"the id {show(value)} may only have small letters a-z, digits and -", mend)
    return value


def as_id(text: str) -> str:
    """What of a text an id may have; "" where that is nothing."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_")[:LONGEST_ID]
