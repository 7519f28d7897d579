"""What speaks for and against a claim being what a post says: numbers about one post and one claim.

Nothing here depends on which campaign it is: no word, name or claim is special, so a model fitted on some campaigns can
be used for any other. How they are counted: dossiers.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NO_LOOK_ALIKE = -1.0
"""Evidence.look_alike_lead of a claim without `not_this` sentences."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """The nearest of a claim's `not_this` sentences, and its cosine with the post."""

    text: str
    cosine: float


class Evidence(NamedTuple):
    """Numbers about one post and one claim; a tuple, for a backtest makes a million of them.

    Cosines are -1..1; "window" is the best of the post's windows.
    """

    fused: float
    """The index's score, 0..1."""
    cosine: float
    """Largest over wordings and windows."""
    cosine_whole: float
    """Largest over wordings, of the whole text."""
    cosine_second: float
    """Second largest over wordings, of the whole text."""
    cosine_mean: float
    """Mean over wordings, of the whole text."""
    cosine_claim: float
    """Of the whole text with the claim's own sentence."""
    cosine_truth: float
    """Largest over windows, with the truth."""
    truth_lead: float
    """cosine_truth - cosine: above 0, the post is nearer to the truth than to the claim."""
    look_alike_lead: float
    """Cosine of the nearest `not_this` sentence, largest over windows, - cosine: above 0, the post is nearer to that
    than to the claim. NO_LOOK_ALIKE where it has none, and never less."""
    margin: float
    """cosine minus the largest of the other claims that the post may be about."""
    margin_all: float
    """cosine minus the largest of all other claims."""
    rank: float
    """How many claims that the post may be about are nearer."""
    lexical: float
    """The index's word score, 0..1."""
    lexical_margin: float
    """lexical minus the largest of all other claims."""
    lexical_rank: float
    """How many claims that the post may be about have more of the post's words."""
    coverage: float
    """Share of the claim's words that the post uses, rare words weighing more, 0..1."""
    coverage_wording: float
    """Share of the nearest wording's words that the post uses, 0..1."""
    shared_words: float
    shared_stems: float
    shared_numbers: float
    """Numbers shared with the claim, less 1 where the post has a number that the claim has not."""
    concerned: float
    """1 where the post names it, or implies it by a bare name or by words of the claim (monitor/mention.py)."""
    named: float
    """1 where the post names what the claim is about in so many words, else 0."""
    bare_name: float
    """1 where it uses any word of the name of somebody whom the claim is about."""
    others_named: float
    """How many other candidates it names in any way."""
    named_first: float
    """1 where the claim's candidate is named before any other one, -1 where another one is, 0 where neither is."""
    about_vote: float
    window_position: float
    """Where in the post the best window stands: 0 is the whole text."""
    possible_claims: float
    """How many claims the post may be about."""


@dataclass(frozen=True, slots=True)
class Names:
    """Words of names, folded: of those whom a claim is about, and of all other candidates."""

    own: frozenset[str]
    others: frozenset[str]
