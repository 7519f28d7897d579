"""A new claim as a rules file of its own: a draft, laid out like the sample files, for staff to finish."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from monitor.errors import EditRefused
from monitor.model import Claim, ClaimStatus, Correction, Rules
from monitor.rulebook.corrections import mistake_in
from monitor.rulebook.edit import quoted
from monitor.rulebook.load import NO_CLAIMS, check, read
from monitor.text import content_words
from monitor.toml import is_address, show

WORDS_IN_A_NAME = 3
LONGEST_NAME = 36
"""Of the 40 characters of an id, so that a number fits behind."""
_NAMELESS = "claim"


def mistakes(claim: Claim) -> dict[str, str]:
    """What is wrong in a claim that somebody typed into a form, by key, in words to be shown beside the field. Pure."""
    found: dict[str, str] = {}
    for key, value in (("claim", claim.claim), ("truth", claim.truth)):
        if not _is_a_line(value):
            found[key] = "Write one plain sentence."
    if not claim.phrasings or not all(_is_a_line(phrasing) for phrasing in claim.phrasings):
        found["phrasings"] = "Write at least one wording, each in a line of its own."
    wrong = next((address for address in claim.evidence if not is_address(address)), None)
    if wrong is not None:
        found["evidence"] = f"{show(wrong)} is not a web address: write it whole, beginning with https://"
    for correction in claim.corrections:
        mistake = mistake_in(correction.text, has_evidence=bool(claim.evidence))
        if mistake is not None:
            found["corrections"] = f"{mistake[0]}; {mistake[1]}"
    return found


def write(folder: Path, claim: Claim) -> Claim:
    """Write a claim into a file of its own, as a draft whatever its status is. Its id and the file's name come from its
    words; no file that is there already is touched. Returns it with id and file. Written twice it is one file.

    Raises EditRefused where the rules have a mistake or would have one, or where the file cannot be written.
    """
    found = read(folder)
    # A first claim mends that there is none.
    wrong = sorted(problem for problem in found.problems if problem.what != NO_CLAIMS)
    if wrong:
        raise EditRefused(f"the rules have a mistake in them that must be mended first: {wrong[0]}")
    rules = replace(found, problems=()).rules()
    for name in _names(claim, rules):
        draft = replace(claim, id=name, file=f"{name}.toml", status=ClaimStatus.DRAFT)
        raw = as_toml(draft).encode()
        if _holds(folder / draft.file, raw):
            return draft
        if rules.claim(name) is not None or (folder / draft.file).exists():
            continue
        problems = check(folder, {draft.file: raw})
        if problems:
            raise EditRefused(f"the draft would have a mistake in it: {problems[0].what}; {problems[0].mend}")
        if _create(folder / draft.file, raw):
            return draft
    raise AssertionError("there is always one more number")


def free_name(claim: Claim, rules: Rules) -> str:
    """The id that a new claim would be given."""
    return next(name for name in _names(claim, rules) if rules.claim(name) is None)


def as_toml(claim: Claim) -> str:
    """A claim in the layout of the sample files. Whatever its texts hold, they are nothing but texts in it."""
    parts = [
        "# A draft: posts are not held against it yet. Add wordings, look-alikes and tests, then try it:",
        '#     monitor rules try "..."    and    monitor rules test',
        '# To use it, write status = "active" (or "shadow" for a day first).',
        f"id = {quoted(claim.id)}",
        f"claim = {quoted(claim.claim)}",
        f"truth = {quoted(claim.truth)}",
        f"about = [{', '.join(quoted(candidate) for candidate in claim.about)}]",
        f"status = {quoted(claim.status.value)}",
        f"severity = {quoted(claim.severity.value)}",
        *([f"owner = {quoted(claim.owner)}"] if claim.owner else []),
        *([f"must_mention = {_list(claim.must_mention)}"] if claim.must_mention else []),
        *([f"evidence = {_list(claim.evidence)}"] if claim.evidence else []),
        f"phrasings = {_list(claim.phrasings)}",
        f"not_this = {_list(claim.not_this)}",
        *(_correction(correction) for correction in claim.corrections),
    ]
    return "\n".join(parts) + "\n"


def _correction(correction: Correction) -> str:
    platform, lang = quoted(correction.platform), quoted(correction.lang)
    return f"\n[[corrections]]\nplatform = {platform}\nlang = {lang}\ntext = {quoted(correction.text)}"


def _list(texts: Sequence[str]) -> str:
    return "\n".join(("[", *(f"  {quoted(text)}," for text in texts), "]")) if texts else "[]"


def _is_a_line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _names(claim: Claim, rules: Rules) -> Iterator[str]:
    """withdrawn-race, withdrawn-race-2, ...: what the claim says, without whom it says it of."""
    people = {word for candidate in rules.candidates for word in content_words(candidate.name)}
    words = [word for word in content_words(claim.claim) if word.isascii() and word not in people]
    name = "-".join(words[:WORDS_IN_A_NAME])[:LONGEST_NAME].strip("-") or _NAMELESS
    yield name
    for number in count(2):
        yield f"{name}-{number}"


def _holds(path: Path, raw: bytes) -> bool:
    try:
        return path.read_bytes() == raw
    except OSError:
        return False


def _create(path: Path, raw: bytes) -> bool:
    """Write a file that is not there yet. False where somebody else has written one of this name meanwhile."""
    try:
        with path.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return False
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EditRefused(
            f"{path} cannot be written ({reason}): may the person who runs monitor change this folder?"
        ) from error
    return True
