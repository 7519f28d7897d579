"""What a post does with a claim, and what is done with the post."""

from __future__ import annotations

from enum import StrEnum


class Stance(StrEnum):
    """What a post does with a claim, in RumourEval's words (Gorrell et al. 2019)."""

    SUPPORT = "support"
    DENY = "deny"
    QUERY = "query"
    COMMENT = "comment"


class Decision(StrEnum):
    """What is done with a post: tell people, count it for the digest, or nothing."""

    ALERT = "alert"
    WATCH = "watch"
    QUIET = "quiet"
