"""Reads a rules folder. One look at it finds every mistake in every file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import Problem, RulesError
from monitor.model import Candidate, Claim, Rules
from monitor.rulebook.candidates import read_candidates
from monitor.rulebook.claims import read_claim
from monitor.rulebook.corrections import too_long
from monitor.toml import Document, parse, show

CANDIDATES_FILE = "candidates.toml"
NO_CLAIMS = "there are candidates here, but no claims"
"""What is wrong with a folder until its first claim."""
_VERSION_LENGTH = 12
_AS_IT_IS: Mapping[str, bytes] = {}


def load(folder: Path, changed: Mapping[str, bytes] = _AS_IT_IS) -> Rules:
    """The rules of a folder: `candidates.toml` and one claim in each other `*.toml`. Other files are not read.

    With `changed`, name -> bytes, as if these files stood in it: what a change would make of the rules.
    Raises RulesError with the problems of all files.
    """
    return read(folder, changed).rules()


def check(folder: Path, changed: Mapping[str, bytes] = _AS_IT_IS) -> list[Problem]:
    """Every problem of a folder, in the order of files and lines; none: `load` will succeed."""
    return sorted(read(folder, changed).problems)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it was read. With `problems`, candidates and claims are what was probably meant."""

    candidates: tuple[Candidate, ...]
    claims: tuple[tuple[Document, Claim], ...]
    problems: tuple[Problem, ...]
    version: str

    def rules(self) -> Rules:
        """Raises RulesError where there is a problem."""
        if self.problems:
            raise RulesError(self.problems)
        return Rules(self.candidates, tuple(claim for _, claim in self.claims), self.version)


def read(folder: Path, changed: Mapping[str, bytes] = _AS_IT_IS) -> Folder:
    """What stands in a folder, with the places of everything and every problem."""
    problems: list[Problem] = []
    files = files_of(folder, problems)
    if changed:
        files = dict(sorted((files | {folder / name: raw for name, raw in changed.items()}).items()))
    return _look(folder, files, problems)


def _look(folder: Path, files: Mapping[Path, bytes], problems: list[Problem]) -> Folder:
    candidates: tuple[Candidate, ...] = ()
    claims: list[tuple[Document, Claim]] = []
    for path, raw in files.items():
        document = parse(path, raw)
        problems += document.problems
        if not document.is_readable:
            continue
        problems += _vanished_hashtags(document)
        if not document.data:
            problems.append(
                Problem(path, 1, 1, "there is nothing in this file", "write the rules into it, or delete it")
            )
            continue
        if path.name == CANDIDATES_FILE:
            candidates = read_candidates(document, problems)
        else:
            claims.append((document, read_claim(document, problems)))
    if files:
        problems += _missing_parts(folder, files)
    problems += _same_id_twice(claims)
    if candidates:
        problems += _unknown_candidates(claims, candidates)
        problems += _too_long_corrections(claims, candidates)
    return Folder(candidates, tuple(claims), tuple(dict.fromkeys(problems)), _version(files))


def files_of(folder: Path, problems: list[Problem]) -> dict[Path, bytes]:
    """The bytes of each rules file, in the order of names. What cannot be read is added to `problems`."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        what = f"the rules folder cannot be opened ({(error.strerror or str(error)).lower()})"
        mend = "go to the folder in which it lies, or name it: on the command line, or as rules = ... in the config"
        if isinstance(error, PermissionError):
            mend = "let the account that runs monitor read it"
        problems.append(Problem(folder, 1, 1, what, mend))
        return {}
    files: dict[Path, bytes] = {}
    for path in paths:
        if path.name.lower().endswith(".toml.txt"):
            what = "this file is not read, because its name ends in .txt"
            problems.append(Problem(path, 1, 1, what, f"rename it to {path.name[:-4]}"))
        if path.suffix.lower() != ".toml":
            continue
        try:
            files[path] = path.read_bytes()
        except OSError as error:
            what = f"the file cannot be opened ({(error.strerror or str(error)).lower()})"
            mend = "let the account that runs monitor read it"
            if path.is_dir():
                mend = "it is a folder: its name must not end in .toml"
            elif not path.exists():
                mend = "it is a link that leads nowhere: delete it"
            problems.append(Problem(path, 1, 1, what, mend))
    if not files and not problems:
        mend = f"put {CANDIDATES_FILE} and one file for each claim into it; docs/rules.md shows how"
        problems.append(Problem(folder, 1, 1, "there are no rules in this folder", mend))
    return files


def rules_of(folder: Path, files: Mapping[str, bytes]) -> Rules:
    """The rules of a folder if exactly these files stood in it, name -> bytes. Raises RulesError."""
    return _look(folder, {folder / name: files[name] for name in sorted(files)}, []).rules()


def _missing_parts(folder: Path, files: Mapping[Path, bytes]) -> list[Problem]:
    names = {path.name for path in files}
    misspelt = next((path for path in files if path.name.lower() == CANDIDATES_FILE != path.name), None)
    if misspelt is not None:
        what, mend = (
            "the name of the file that names the candidates is written in small letters",
            f"rename it to {CANDIDATES_FILE}",
        )
        return [Problem(misspelt, 1, 1, what, mend)]
    if CANDIDATES_FILE not in names:
        mend = "write this file with a [[candidates]] entry for each person; docs/rules.md shows one"
        return [Problem(folder / CANDIDATES_FILE, 1, 1, "the file that names the candidates is missing", mend)]
    if len(names) == 1:
        mend = "write one file for each false claim, such as withdrawn.toml; docs/rules.md shows one"
        return [Problem(folder, 1, 1, NO_CLAIMS, mend)]
    return []


def _vanished_hashtags(document: Document) -> list[Problem]:
    return [
        Problem(
            document.path,
            *comment.place,
            f"{show(comment.text)} counts for nothing here, because # begins a note",
            f'if it is text, write "{show(comment.text.rstrip(" ,"))}"; if it is a note, put a space after the #',
        )
        for comment in document.places.list_comments
        if comment.text[1:2].isalnum()
    ]


def _same_id_twice(claims: list[tuple[Document, Claim]]) -> list[Problem]:
    first: dict[str, Document] = {}
    problems = []
    for document, claim in claims:
        other = first.setdefault(claim.id, document) if claim.id else document
        if other is not document:
            what = f"the id '{claim.id}' is already used in {other.path.name}"
            problems.append(Problem(document.path, *document.where(("id",)), what, "give each claim an id of its own"))
    return problems


def _unknown_candidates(claims: list[tuple[Document, Claim]], candidates: tuple[Candidate, ...]) -> list[Problem]:
    known = [candidate.id for candidate in candidates if candidate.id]
    return [
        Problem(
            document.path,
            *document.where(("about", index)),
            f"there is no candidate '{show(name)}' in {CANDIDATES_FILE}",
            f"the ids there are: {', '.join(known)}" if known else f"add the candidate to {CANDIDATES_FILE} first",
        )
        for document, claim in claims
        for index, name in enumerate(claim.about)
        if name and name not in known
    ]


def _too_long_corrections(claims: list[tuple[Document, Claim]], candidates: tuple[Candidate, ...]) -> list[Problem]:
    names = {candidate.id: candidate.name for candidate in candidates}
    problems = []
    for document, claim in claims:
        name = names.get(claim.about[0], "") if claim.about else ""
        for index, correction in enumerate(claim.corrections):
            mistake = too_long(correction, claim, name)
            if mistake is not None:
                problems.append(Problem(document.path, *document.where(("corrections", index, "text")), *mistake))
    return problems


def _version(files: Mapping[Path, bytes]) -> str:
    digest = hashlib.sha256()
    for path, raw in files.items():
        for part in (path.name.encode(errors="surrogateescape"), raw):
            # The length in front keeps a name apart from the bytes after it.
            digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:_VERSION_LENGTH]
