"""The rules as they would be with a draft in them, or as they were at a revision of git."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path

from monitor.errors import InputError, RulesError
from monitor.model import Rules
from monitor.rulebook.load import load
from monitor.rulebook.testing import switched_on

LONGEST = 30
"""Seconds that git may take."""


def with_draft(folder: Path, draft: Path) -> Rules:
    """The rules of a folder with a file in it: in place of the file that holds the same claim, else beside the others.
    The claim of the file counts as active, whatever its status and dates are.

    Raises InputError where the file cannot be read, RulesError with every problem of the rules with it.
    """
    try:
        raw = draft.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {draft}: {error.strerror}") from error
    claim_id = _id_in(raw)
    name = next((claim.file for claim in load(folder).claims if claim.id == claim_id), draft.name)
    rules = load(folder, {name: raw})
    return replace(
        rules,
        claims=tuple(switched_on(claim) if claim.id == claim_id else claim for claim in rules.claims),
    )


def at_revision(folder: Path, revision: str) -> Rules:
    """The rules of a folder as they were at a revision of git ("HEAD~3", "main", a hash).

    Raises InputError where git has no such thing, or where those rules have mistakes.
    """
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    archive = _git(folder, "archive", "--format=tar", commit.decode().strip(), ".")
    with tempfile.TemporaryDirectory() as old, tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for entry in files:
            content = files.extractfile(entry)
            if content is not None and "/" not in entry.name.removeprefix("./"):
                (Path(old) / entry.name).write_bytes(content.read())
        try:
            return load(Path(old))
        except RulesError as error:
            problems = [f"{revision}:{replace(p, path=Path(p.path.name))}" for p in error.problems]
            raise InputError("the rules of that revision cannot be used:\n" + "\n".join(problems)) from error


def _id_in(raw: bytes) -> object:
    """The id of a claim's file, None where it has none; what is wrong with it is told when the rules are read."""
    try:
        return tomllib.loads(raw.decode()).get("id")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a revision is only ever an operand
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            timeout=LONGEST,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"git cannot be run: {error}; without git, copy the old rules and use --draft") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else "there is no such revision"
        raise InputError(f"git does not know these rules at that revision: {why}; see git log -- {folder}")
    return done.stdout
