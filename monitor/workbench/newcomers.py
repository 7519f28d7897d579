"""A claim or a candidate that somebody types into the form of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor import rulebook
from monitor.model import Candidate, Claim, Correction
from monitor.rulebook import draft, nominate

NO_WORDS = "Choose whom it is about; where it is about the vote itself, write at least one such word."
TOO_MANY = "These words are only for claims about the vote itself: leave them out, or choose nobody above."


def candidates(folder: Path) -> tuple[Candidate, ...]:
    """As far as they can be read."""
    return rulebook.read(folder).candidates


def claim_of(
    claim: str,
    truth: str,
    about: Sequence[str],
    *,
    phrasings: str,
    must_mention: str = "",
    evidence: str = "",
    correction: str = "",
) -> Claim:
    """Lists have an entry in each line."""
    return Claim(
        "",
        claim.strip(),
        truth.strip(),
        tuple(about),
        evidence=_entries(evidence),
        phrasings=_entries(phrasings),
        must_mention=_entries(must_mention),
        corrections=(Correction(correction.strip()),) if correction.strip() else (),
    )


def mistakes(claim: Claim) -> dict[str, str]:
    """What is wrong, by field."""
    found = draft.mistakes(claim)
    if not claim.about and not claim.must_mention:
        found["must_mention"] = NO_WORDS
    if claim.about and claim.must_mention:
        found["must_mention"] = TOO_MANY
    return found


def write(folder: Path, claim: Claim) -> Claim:
    """Into a file of its own. Raises EditRefused."""
    return draft.write(folder, claim)


def candidate_of(
    name: str,
    identity: str = "",
    *,
    aliases: str = "",
    ambiguous: str = "",
    context: str = "",
    handles: str = "",
    hashtags: str = "",
    ours: bool = False,
) -> Candidate:
    """Lists have an entry in each line."""
    return Candidate(
        identity.strip(),
        " ".join(name.split()),
        aliases=_entries(aliases),
        handles=_entries(handles),
        hashtags=_entries(hashtags),
        ambiguous=_entries(ambiguous),
        context=_entries(context),
        ours=ours,
    )


def mistakes_in_candidate(candidate: Candidate, known: Sequence[Candidate]) -> dict[str, str]:
    """What is wrong, by field. `known`: who is in the rules already."""
    return nominate.mistakes(candidate, known)


def write_candidate(folder: Path, candidate: Candidate) -> Candidate:
    """Behind those that are in candidates.toml. Returns it with its id. Raises EditRefused."""
    return nominate.write(folder, candidate)


def _entries(lines: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
