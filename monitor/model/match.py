"""What mention, match and judge say of a post."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.post import Post
from monitor.model.rules import Claim
from monitor.model.stance import Decision, Stance


@dataclass(frozen=True, slots=True)
class Mention:
    """Who and what a post is about: candidate ids, and the ids of the claims about the vote whose words it uses.

    `implied` are claims that it may be about without naming anybody in full: a bare name that could mean somebody else,
    or words of the claim itself. A third of the posts that spread a claim are like that ("she", a surname).
    """

    candidates: tuple[str, ...] = ()
    vote_claims: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.candidates or self.vote_claims or self.implied)

    def concerns(self, claim: Claim) -> bool:
        """Whether a claim may match a post with this mention."""
        return self.names(claim) or claim.id in self.implied

    def names(self, claim: Claim) -> bool:
        """Whether the post says in so many words whom or what the claim is about."""
        if claim.about:
            return any(candidate in self.candidates for candidate in claim.about)
        return claim.id in self.vote_claims


@dataclass(frozen=True, slots=True)
class Match:
    """A post held against one claim.

    `score` is the calibrated probability, 0..1, that the post asserts the claim; `sentence` the part of the post that
    decided; `why` the decision in words that staff understand.
    """

    post_key: str
    claim_id: str
    phrasing: str
    score: float
    stance: Stance
    decision: Decision
    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What mention, match and judge say of one post. `match` is the likeliest claim, None where no claim was near."""

    post: Post
    mention: Mention
    decision: Decision
    why: str
    match: Match | None = None
