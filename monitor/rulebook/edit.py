"""Changes a claim's file so that the comments, the order and the layout of whoever wrote it survive.

`plan` reads the folder again and says what the file would be, `write` puts it there. Nothing else of the file changes:
tomlkit keeps every character that it did not write.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from monitor.errors import EditRefused, RulesError
from monitor.model import Claim, ClaimStatus, Rules
from monitor.rulebook.load import load, read
from monitor.toml import show

NOT_THIS = "not_this"
STATUS = "status"
BEHIND = "phrasings"
"""The key behind which a new one is written: every claim has it, and `not_this` stands there in every sample file."""
_JOINERS = "\u200c\u200d"
"""Invisible, and needed: emoji and several scripts fall apart without them."""
_BYTE_ORDER_MARK = "\ufeff"
_BARE_LINE_END = re.compile(r"(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Edit:
    """One file as it is and as it would be; the same where the entry stands there already.

    `rules` are the whole folder's afterwards, `claim` the changed one.
    """

    path: Path
    before: bytes
    after: bytes
    rules: Rules
    claim: Claim

    @property
    def diff(self) -> tuple[str, ...]:
        """The changed lines and the line around them, `-` and `+` in front, as programmers write it."""
        before, after = (raw.decode("utf-8-sig").splitlines() for raw in (self.before, self.after))
        return tuple(difflib.unified_diff(before, after, self.path.name, self.path.name, n=1, lineterm=""))


def plan(folder: Path, claim_id: str, text: str) -> Edit:
    """One more look-alike in the `not_this` of a claim. Nothing is written.

    Raises EditRefused where the folder has a mistake in it, the claim is gone, or the rules would have a mistake
    afterwards.
    """
    claim = _written(folder).claim(claim_id)
    if claim is None:
        raise EditRefused(f"the claim '{show(claim_id)}' is not in the rules folder any more")
    path = folder / claim.file
    before = bytes_of(path)
    after = before if text in claim.not_this else with_look_alike(before, text)
    try:
        rules = load(folder, {claim.file: after})
    except RulesError as error:
        raise EditRefused(f"the rules would have a mistake then: {error.problems[0]}") from error
    changed = rules.claim(claim_id)
    if changed is None:
        raise EditRefused(f"{path} was changed just now: try again")
    return Edit(path, before, after, rules, changed)


def plan_retired(folder: Path, claim_id: str) -> Edit:
    """A claim's `status` set to "retired". Nothing is written. What is wrong in other files does not stand in the way.

    Raises EditRefused where the claim is not there, or its file has a mistake or would have one.
    """
    found = read(folder)
    claim = next((claim for _, claim in found.claims if claim.id == claim_id), None)
    if claim is None:
        known = ", ".join(sorted(claim.id for _, claim in found.claims if claim.id))
        raise EditRefused(f"there is no claim '{show(claim_id)}' in {folder}; the ids there are: {known or 'none'}")
    path = folder / claim.file
    before = bytes_of(path)
    after = with_status(before, ClaimStatus.RETIRED)
    changed = read(folder, {claim.file: after})
    for problem in (*found.problems, *changed.problems):
        if problem.path == path:
            raise EditRefused(f"this file must be mended first: {problem}")
    rules = Rules(changed.candidates, tuple(claim for _, claim in changed.claims), changed.version)
    return Edit(path, before, after, rules, rules.claim(claim_id) or claim)


def write(edit: Edit) -> None:
    """Put the planned file in place of the old one, whole or not at all, with the same permissions.

    Raises EditRefused where the file was changed since `plan`, or cannot be written.
    """
    replace_file(edit.path, edit.before, edit.after)


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Put other bytes into a file, whole or not at all, with the same permissions.

    Raises EditRefused where `before` no longer stands in it, or it cannot be written.
    """
    if after == before:
        return
    real = path.resolve()
    if bytes_of(real) != before:
        raise EditRefused(f"{path} was changed just now: try again")
    try:
        # The loader reads no name that begins with a dot.
        with tempfile.NamedTemporaryFile(prefix=f".{real.name}.", dir=real.parent, delete=False) as beside:
            try:
                beside.write(after)
                beside.flush()
                _take_after(beside.fileno(), real)
                os.fsync(beside.fileno())
                Path(beside.name).replace(real)
            except OSError:
                Path(beside.name).unlink()
                raise
    except OSError as error:
        raise _not_written(path, error) from error


def with_look_alike(raw: bytes, text: str) -> bytes:
    """A claim's file with one more entry in `not_this`; the list is added where there is none.

    Raises EditRefused for a file that is not a claim's, or whose `not_this` is no list.
    """

    def change(written: str) -> str:
        document = tomlkit.parse(written)
        present = document.get(NOT_THIS)
        if present is None:
            return _with_line(document, f"{NOT_THIS} = [\n  {quoted(text)},\n]\n")
        if isinstance(present, Array):
            return _with_entry(written, text)
        raise EditRefused(f"'{NOT_THIS}' is not a list in this file")

    return _changed(raw, change)


def with_status(raw: bytes, status: ClaimStatus) -> bytes:
    """A claim's file with another `status`; its line is added where there is none. Raises EditRefused."""

    def change(written: str) -> str:
        document = tomlkit.parse(written)
        if STATUS not in document:
            return _with_line(document, f"{STATUS} = {quoted(status)}\n")
        document[STATUS] = status.value
        return document.as_string()

    return _changed(raw, change)


def with_block(raw: bytes, block: str) -> bytes:
    """A file with one more block of lines at its end, behind an empty line."""
    return _changed(raw, lambda written: written + ("\n" if written.endswith("\n") else "\n\n") + block)


def _changed(raw: bytes, change: Callable[[str], str]) -> bytes:
    """A file with its byte order mark and its ends of lines as they were."""
    written = raw.decode("utf-8-sig")
    mark = _BYTE_ORDER_MARK if written != raw.decode() else ""
    try:
        changed = change(written)
    except TOMLKitError as error:
        raise EditRefused(f"this file cannot be changed by a program ({error}): change it by hand") from error
    if "\r\n" in written and not _BARE_LINE_END.search(written):
        changed = _BARE_LINE_END.sub("\r\n", changed)
    return (mark + changed).encode()


def quoted(text: str) -> str:
    """A text as TOML, on one line. What is not seen on a screen is spelled out: whoever reads the file, a reviewer say,
    must see what stands there."""
    return "".join(_spelled_out(character) for character in tomlkit.string(text).as_string())


def _spelled_out(character: str) -> str:
    if unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp"} or character in _JOINERS:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _with_line(document: tomlkit.TOMLDocument, line: str) -> str:
    before = document.get(BEHIND)
    if not isinstance(before, Array):
        raise EditRefused(f"'{BEHIND}' is not a list in this file")
    # tomlkit adds new keys at the end, which is inside the last [[tests]]; what follows a key stands in its trail.
    before.trivia.trail = (before.trivia.trail or "\n") + line
    return document.as_string()


def _with_entry(written: str, text: str) -> str:
    """At the list's end. tomlkit forgets the comma where a comment follows a last entry that has none: then the new one
    goes before that."""
    for from_end in (0, 1):
        document = tomlkit.parse(written)
        entries = document[NOT_THIS]
        assert isinstance(entries, Array)  # noqa: S101 - the caller has looked
        entries.insert(len(entries) - from_end, tomlkit.value(quoted(text)))
        with suppress(TOMLKitError):
            tomlkit.parse(document.as_string())
            return document.as_string()
    raise EditRefused(f"'{NOT_THIS}' is written in a way that a program cannot change: add the sentence by hand")


def _written(folder: Path) -> Rules:
    try:
        return load(folder)
    except RulesError as error:
        raise EditRefused(f"the rules have a mistake in them that must be mended first: {error.problems[0]}") from error


def bytes_of(path: Path) -> bytes:
    """What stands in a file of the rules. Raises EditRefused where it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise EditRefused(f"{path} cannot be opened ({(error.strerror or str(error)).lower()})") from error


def _take_after(descriptor: int, real: Path) -> None:
    status = real.stat()
    os.fchmod(descriptor, status.st_mode & 0o7777)
    with suppress(PermissionError):  # only root may give a file away, and only the group's members to a group
        os.fchown(descriptor, status.st_uid, status.st_gid)


def _not_written(path: Path, error: OSError) -> EditRefused:
    reason = (error.strerror or str(error)).lower()
    return EditRefused(f"{path} cannot be written ({reason}): may the person who runs monitor change this folder?")
