"""A claim's file as somebody is writing it: what is wrong with it, and whether it may be saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import rulebook
from monitor.errors import EditRefused, Problem
from monitor.rulebook import advice
from monitor.rulebook.edit import replace_file
from monitor.rulebook.load import CANDIDATES_FILE
from monitor.rulebook.reload import read
from monitor.toml import excerpt
from monitor.workbench.files import as_bytes, as_text, version_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A claim's file as it stands. `version` goes back with what is saved."""

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


def listed(folder: Path) -> tuple[tuple[Listed, ...], tuple[Problem, ...]]:
    """The claims of a folder by file, and what is wrong with the folder beside them."""
    found = rulebook.read(folder)
    claims = {claim.file: claim for _, claim in found.claims}
    wrong = Counter(problem.path.name for problem in found.problems)
    names = claim_files(folder)
    listed = tuple(
        Listed(name, claim.claim if (claim := claims.get(name)) else "", claim.status if claim else "", wrong[name])
        for name in names
    )
    return listed, tuple(problem for problem in found.problems if problem.path.name not in names)


def claim_files(folder: Path) -> dict[str, bytes]:
    """The claims' files, by name."""
    return {name: raw for name, raw in read(folder).files.items() if name != CANDIDATES_FILE}


def opened(folder: Path, name: str) -> Opened:
    """Raises EditRefused where there is no such file of a claim."""
    raw = claim_files(folder).get(name)
    if raw is None:
        raise EditRefused(f"There is no claim in a file {name} any more: go back to the list of claims.")
    return Opened(name, as_text(raw), version_of(raw))


def in_bytes(folder: Path, name: str, text: str) -> bytes:
    """What would stand in the file."""
    return as_bytes(claim_files(folder).get(name, b""), text)


def checked(folder: Path, name: str, text: str, now: datetime) -> Checked:
    """Hold a draft against all rules of the folder, as `monitor rules check` would once it is saved."""
    path, lines = folder / name, text.split("\n")
    before = set(rulebook.check(folder))
    found = rulebook.read(folder, {name: in_bytes(folder, name, text)})
    noted = [_noted(problem, path, lines) for problem in sorted(found.problems)]
    warned = [warning for warning in advice.advise(found, now) if warning.path == path] if not noted else []
    return Checked(
        mistakes=tuple(one for one in noted if one.here or one.problem not in before),
        elsewhere=tuple(one for one in noted if not one.here and one.problem in before),
        warnings=tuple(_noted(warning, path, lines) for warning in warned),
    )


def save(folder: Path, name: str, text: str, version: str, now: datetime) -> Saved | Conflict:
    """Put a draft into its file, whole or not at all. `version`: of the file that it was made from.

    Raises EditRefused where the draft has a mistake, the file is gone, or it cannot be written.
    """
    before = claim_files(folder).get(name)
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
