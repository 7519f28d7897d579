"""A new candidate as one more block at the end of candidates.toml, whose other lines stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from monitor.errors import EditRefused
from monitor.model import Candidate
from monitor.rulebook.candidates import LONGEST_ID, as_id, read_candidates
from monitor.rulebook.edit import bytes_of, quoted, replace_file, with_block
from monitor.rulebook.load import CANDIDATES_FILE, read
from monitor.text import fold
from monitor.toml import parse, show

NAMELESS = "candidate"
"""The id of somebody whose name has no letter of a to z."""


def mistakes(candidate: Candidate, known: Sequence[Candidate]) -> dict[str, str]:
    """What is wrong in a candidate that somebody typed into a form, by key, in words to be shown beside the field; the
    id may be empty. Pure. `known`: who is in the rules already."""
    found: dict[str, str] = {}
    same_name = next((one for one in known if fold(one.name) == fold(candidate.name)), None)
    same_id = next((one for one in known if one.id == candidate.id), None)
    if not fold(candidate.name):
        found["name"] = "Write the name as it stands on the ballot."
    elif same_name is not None:
        found["name"] = f"{show(same_name.name)} is in {CANDIDATES_FILE} already, with the id '{show(same_name.id)}'."
    if candidate.id and same_id is not None:
        found["id"] = f"'{candidate.id}' is the id of {show(same_id.name)}: choose another, or leave it empty."
    lines = as_toml(candidate if candidate.id else replace(candidate, id=NAMELESS)).split("\n")
    document = parse(Path(CANDIDATES_FILE), "\n".join(lines).encode())
    problems = list(document.problems)
    read_candidates(document, problems)
    for problem in problems:
        # Each key has a line of its own.
        found.setdefault(lines[problem.line - 1].partition(" = ")[0], f"{problem.what}; {problem.mend}")
    return found


def write(folder: Path, candidate: Candidate) -> Candidate:
    """Put a candidate behind those that are in candidates.toml, whole or not at all. One without an id gets one made
    of the name. Returns it as it is written. What is wrong in other files does not stand in the way, and where the file
    is not there yet, this begins it.

    Raises EditRefused where there is one with this id or name, candidates.toml has a mistake or would have one, or
    cannot be written.
    """
    path = folder / CANDIDATES_FILE
    begins = folder.is_dir() and not path.exists()
    before = b"" if begins else bytes_of(path)
    known = read(folder, {CANDIDATES_FILE: before}).candidates
    for what in mistakes(candidate, known).values():
        raise EditRefused(what)
    written = candidate if candidate.id else replace(candidate, id=_free_id(candidate.name, known))
    after = with_block(before, as_toml(written)) if before else as_toml(written).encode()
    for problem in read(folder, {CANDIDATES_FILE: after}).problems:
        if problem.path == path:
            raise EditRefused(f"{CANDIDATES_FILE} must be mended first: {problem}")
    if begins:
        path.touch()
    replace_file(path, before, after)
    return written


def as_toml(candidate: Candidate) -> str:
    """A candidate in the layout of the sample file. Whatever its texts hold, they are nothing but texts in it."""
    parts = [
        "[[candidates]]",
        f"id = {quoted(candidate.id)}",
        f"name = {quoted(candidate.name)}",
        *_list("aliases", candidate.aliases),
        *_list("handles", candidate.handles),
        *_list("hashtags", candidate.hashtags),
        *_list("ambiguous", candidate.ambiguous),
        *_list("context", candidate.context),
        f"ours = {str(candidate.ours).lower()}",
    ]
    return "\n".join(parts) + "\n"


def _list(key: str, texts: Sequence[str]) -> list[str]:
    return [f"{key} = [{', '.join(quoted(text) for text in texts)}]"] if texts else []


def _free_id(name: str, known: Sequence[Candidate]) -> str:
    """luis-park, luis-park-2, ..."""
    taken = {candidate.id for candidate in known}
    plain = as_id(fold(name)) or NAMELESS
    numbered = (f"{plain[: LONGEST_ID - 4].rstrip('-_')}-{number}" for number in count(2))
    return plain if plain not in taken else next(one for one in numbered if one not in taken)
