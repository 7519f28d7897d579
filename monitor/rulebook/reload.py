"""A rules folder that is changed while its rules are in use: what is good of it goes in, what is bad stays as it was.

What comes out is always a folder that `load` would take whole: for each file either the bytes that stand there now, or
those that were last good. Pure, except for `open_book` and `read`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import Problem, RulesError
from monitor.model import Rules
from monitor.rulebook.load import CANDIDATES_FILE, files_of, rules_of

NONE: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """Rules in use, and the bytes of the files that say them, by name."""

    rules: Rules
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Disk:
    """What stands in a rules folder now. `problems`: what of it could not even be read."""

    folder: Path
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a folder makes of the rules in use. `changed`: the files by which `book` differs from them; `gone`: those of
    them that are no longer there. `problems`: why other files are not in use as they stand."""

    book: Book
    problems: tuple[Problem, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def open_book(folder: Path) -> Book:
    """The rules of a folder to begin with. Raises RulesError with every problem in it."""
    disk = read(folder)
    if disk.problems:
        raise RulesError(disk.problems)
    return Book(rules_of(folder, disk.files), disk.files)


def read(folder: Path) -> Disk:
    problems: list[Problem] = []
    files = files_of(folder, problems)
    return Disk(folder, {path.name: raw for path, raw in files.items()}, tuple(problems))


def merge(live: Book, disk: Disk, refused: Collection[str] = NONE) -> Reloaded:
    """The rules in use with every changed file of the folder that is good. `refused`: files that stay as they were,
    whatever stands in them."""
    if not disk.files:
        nothing = Problem(disk.folder, 1, 1, "there are no rules in this folder any more", "put its files back")
        return Reloaded(live, disk.problems or (nothing,))
    unread = {problem.path.name for problem in disk.problems}
    wanted = _put_back(live, disk.files, {*refused, *(unread - disk.files.keys())})
    problems = list(disk.problems)
    while _differing(live, wanted):
        try:
            book = Book(rules_of(disk.folder, wanted), wanted)
        except RulesError as error:
            bad, its_problems = _at_fault(live, disk.folder, wanted, error.problems)
            problems += its_problems
            wanted = _put_back(live, wanted, bad)
        else:
            changed = _differing(live, wanted)
            gone = tuple(name for name in changed if name not in wanted)
            return Reloaded(book, tuple(sorted(set(problems))), changed, gone)
    return Reloaded(live, tuple(sorted(set(problems))))


def _differing(live: Book, files: Mapping[str, bytes]) -> tuple[str, ...]:
    names = sorted(live.files.keys() | files.keys())
    return tuple(name for name in names if live.files.get(name) != files.get(name))


def _put_back(live: Book, files: Mapping[str, bytes], names: Collection[str]) -> dict[str, bytes]:
    kept = {name: raw for name, raw in files.items() if name not in names}
    return kept | {name: live.files[name] for name in names if name in live.files}


def _at_fault(
    live: Book, folder: Path, files: Mapping[str, bytes], problems: Collection[Problem]
) -> tuple[set[str], tuple[Problem, ...]]:
    """Changed files, at least one of them, that must stay as they were, and the problems that are theirs. What is wrong
    then is found by looking again."""
    changed = set(_differing(live, files))
    named = {problem.path.name for problem in problems}
    if folder in {problem.path for problem in problems}:
        return changed, tuple(problems)
    if CANDIDATES_FILE in changed & named:
        # Where the candidates cannot be read, claims about them seem wrong too.
        return {CANDIDATES_FILE}, _of({CANDIDATES_FILE}, problems)
    if CANDIDATES_FILE in changed and (solved := _solved(live, folder, files, problems, CANDIDATES_FILE)):
        return {CANDIDATES_FILE}, solved
    bad = named & changed
    if bad:
        # A new name with a mistake in it may be the new name of a file that is gone: its claim must stay.
        moved = changed - files.keys() if bad - live.files.keys() else set()
        return bad | moved, _of(bad, problems)
    # A file that stayed as it was no longer fits beside something new: an id used twice.
    for name in sorted(changed):
        if solved := _solved(live, folder, files, problems, name):
            return {name}, solved
    return changed, tuple(problems)


def _of(names: set[str], problems: Collection[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.path.name in names)


def _solved(
    live: Book, folder: Path, files: Mapping[str, bytes], problems: Collection[Problem], name: str
) -> tuple[Problem, ...]:
    """The problems that go away where one file stays as it was; none unless there is one among them of a file that
    stands as it stood."""
    left = _problems(folder, _put_back(live, files, {name}))
    solved = tuple(problem for problem in problems if problem not in left)
    changed = _differing(live, files)
    return solved if any(problem.path.name not in changed for problem in solved) else ()


def _problems(folder: Path, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    try:
        rules_of(folder, files)
    except RulesError as error:
        return error.problems
    return ()
