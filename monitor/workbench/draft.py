"""A file of the rules as somebody is writing it: what is wrong with it, and whether it may be saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from pathlib import Path

from monitor import rulebook
from monitor.errors import EditRefused, Problem
from monitor.rulebook import advice
from monitor.rulebook.edit import replace_file
from monitor.rulebook.load import CANDIDATES_FILE, Folder
from monitor.rulebook.reload import read
from monitor.toml import excerpt
from monitor.workbench.files import as_bytes, as_text, version_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of the rules as it stands. `version` goes back with what is saved."""

    name: str
    text: str
    version: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A problem with the lines that show its place. `here`: it stands in the file that is being written."""

    problem: Problem
    excerpt: tuple[str, ...]
    here: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """What a draft would make of the rules. `mistakes` are its own, or of its making: they must be mended before it is
    saved. `elsewhere` was wrong before and stays so. Warnings come once no mistake is left."""

    mistakes: tuple[Noted, ...] = ()
    elsewhere: tuple[Noted, ...] = ()
    warnings: tuple[Noted, ...] = ()

    @property
    def may_be_saved(self) -> bool:
        return not self.mistakes


@dataclass(frozen=True, slots=True)
class Saved:
    """The file as it stands now."""

    version: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed the file meanwhile, so nothing was saved: what stands there now."""

    theirs: Opened


@dataclass(frozen=True, slots=True)
class Listed:
    """A claim in the list. Of a file with mistakes, as far as it can be read; `mistakes`: how many there are."""

    name: str
    claim: str
    status: str
    mistakes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What a folder holds: the claims by file, the candidates' names as far as they can be read, what is wrong with
    candidates.toml and the folder."""

    claims: tuple[Listed, ...]
    candidates: tuple[str, ...]
    problems: tuple[Problem, ...]


def overview(folder: Path) -> Overview:
    found = rulebook.read(folder)
    claims = {claim.file: claim for _, claim in found.claims}
    wrong = Counter(problem.path.name for problem in found.problems)
    names = [name for name in rules_files(folder) if is_claim(name)]
    return Overview(
        tuple(
            Listed(name, claim.claim if (claim := claims.get(name)) else "", claim.status if claim else "", wrong[name])
            for name in names
        ),
        tuple(candidate.name for candidate in found.candidates),
        tuple(problem for problem in found.problems if problem.path.name not in names),
    )


def is_claim(name: str) -> bool:
    """Whether a file of the rules holds a claim: all do but one."""
    return name != CANDIDATES_FILE


def rules_files(folder: Path) -> Mapping[str, bytes]:
    """The files of the rules, by name."""
    return read(folder).files


def opened(folder: Path, name: str) -> Opened:
    """Raises EditRefused where there is no such file."""
    raw = rules_files(folder).get(name)
    if raw is None:
        raise EditRefused(f"There is no file {name} in the rules any more: go back to the list of claims.")
    return Opened(name, as_text(raw), version_of(raw))


def in_bytes(folder: Path, name: str, text: str) -> bytes:
    """What would stand in the file."""
    return as_bytes(rules_files(folder).get(name, b""), text)


def checked(folder: Path, name: str, text: str, now: datetime) -> Checked:
    """Hold a draft against all rules of the folder, as `monitor rules check` would once it is saved."""
    path, lines = folder / name, text.split("\n")
    before = rulebook.read(folder)
    known = {_whichever_way_mended(problem) for problem in before.problems}
    found = rulebook.read(folder, {name: in_bytes(folder, name, text)})
    noted = [_noted(problem, path, lines) for problem in sorted(found.problems)]
    own = [one.here or _whichever_way_mended(one.problem) not in known for one in noted]
    return Checked(
        mistakes=tuple(compress(noted, own)),
        elsewhere=tuple(one for one, is_own in zip(noted, own, strict=True) if not is_own),
        warnings=() if noted else tuple(_noted(one, path, lines) for one in _warnings(before, found, path, now)),
    )


def _whichever_way_mended(problem: Problem) -> Problem:
    """What there is to mend another file with changes with the candidates' ids; the problem is the same."""
    return replace(problem, mend="")


def _warnings(before: Folder, found: Folder, path: Path, now: datetime) -> list[Problem]:
    """Of a file, and of others where they come from this change. `found` has no problem."""
    warned = advice.advise(found, now)
    known = warned if before.problems else advice.advise(before, now)
    return [warning for warning in warned if warning.path == path or warning not in known]


def save(folder: Path, name: str, text: str, version: str, now: datetime) -> Saved | Conflict:
    """Put a draft into its file, whole or not at all. `version`: of the file that it was made from.

    Raises EditRefused where the draft has a mistake, the file is gone, or it cannot be written.
    """
    before = rules_files(folder).get(name)
    if before is None:
        raise EditRefused(f"{name} was deleted or renamed meanwhile. Nothing was saved: copy your text first.")
    if version_of(before) != version:
        return Conflict(opened(folder, name))
    after = as_bytes(before, text)
    mistakes = checked(folder, name, text, now).mistakes
    if mistakes:
        raise EditRefused(f"Nothing was saved, mend this first: {mistakes[0].problem}")
    replace_file(folder / name, before, after)
    return Saved(version_of(after))


def noted(problems: Sequence[Problem], path: Path, text: str) -> tuple[Noted, ...]:
    """Problems with the lines that show their places in a draft."""
    lines = text.split("\n")
    return tuple(_noted(problem, path, lines) for problem in problems)


def _noted(problem: Problem, path: Path, lines: list[str]) -> Noted:
    here = problem.path == path
    return Noted(problem, excerpt(problem, lines) if here else (), here)
