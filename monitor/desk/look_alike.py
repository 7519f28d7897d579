"""What of a post is remembered where it only looks like a claim. Pure."""

from __future__ import annotations

from monitor.model import Post, Rules
from monitor.text import anonymous, excerpt, fold, normalise, without_links

LONGEST = 500
"""Characters. What stands further behind hardly counts when texts are compared."""


def text_of(post: Post, rules: Rules) -> str:
    """What a post says, in one line, without links and without the names of accounts but those of candidates: it goes
    into the rules, which are kept when the post is gone. Empty where nothing is left."""
    said = normalise("\n".join((post.text, *(media.alt for media in post.media if media.alt))))
    candidates = {
        fold(handle).removeprefix("@"): handle for candidate in rules.candidates for handle in candidate.handles
    }
    return excerpt(anonymous(without_links(said), candidates), LONGEST)
