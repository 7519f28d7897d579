"""Labelled posts of an invented campaign: the ruler's, or a world's of judge-train."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.parts.counting import Truth
from benchmarks.parts.workplace import Unlabelled, read_lines


class Labelled(msgspec.Struct):
    """A post with what is known about it. `hard` says why it is hard, null where it is not; `near`: the claim that a
    look-alike resembles."""

    post_id: str
    text: str
    lang: str
    platform: str
    label: str
    claim_id: str | None = None
    hard: str | None = None
    near: str | None = None

    @property
    def truth(self) -> Truth:
        return Truth(self.label, self.claim_id)

    @property
    def unlabelled(self) -> Unlabelled:
        return Unlabelled(self.post_id, self.text, self.platform, self.lang)

    @property
    def tier(self) -> str | None:
        """How far a spreading post is from the claim's phrasings, as campaign/README.md derives it from `hard`."""
        if self.label != "spread":
            return None
        if self.hard is None:
            return "near"
        return "paraphrase" if self.hard.startswith("paraphrase") else "hard"


class _Claim(msgspec.Struct):
    id: str
    claim: str
    phrasings: tuple[str, ...] = ()


def read_posts(folder: Path) -> list[Labelled]:
    return read_lines(folder / "posts.jsonl", Labelled)


def read_wordings(folder: Path) -> dict[str, tuple[str, ...]]:
    """Claim id -> the sentences that say it."""
    claims = msgspec.json.decode((folder / "claims.json").read_bytes(), type=list[_Claim])
    return {claim.id: (claim.claim, *claim.phrasings) for claim in claims}
