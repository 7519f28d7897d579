"""One public message and what a request to a source brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video or link card; `alt` is its description or title and is matched like text."""

    url: str | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One public message. `text` is plain text, never HTML. `author` is the account as people write it."""

    id: str
    text: str
    platform: str = "other"
    author: str | None = None
    created_at: datetime | None = None
    url: str | None = None
    lang: str | None = None
    """Primary BCP-47 subtag ("en", "es"): as the platform says, else as the text shows; None where neither does."""
    repost_of: str | None = None
    """Id, on the same platform, of the post that this one passes on unchanged."""
    reply_to: str | None = None
    media: tuple[Media, ...] = ()
    followers: int | None = None

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True)
class Deletion:
    """A platform said that a post, or with `author` alone every post of an account, is gone."""

    platform: str
    post_id: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one request to a source, or one batch of its stream, brought. `cursor` resumes after it.

    `skipped` counts posts that could not be read; `skip_reason` says why the last of them could not.
    `gap` says in words what is known to be missing before this page (a resume point that was too old, say).
    `everything`: a whole network's posts, of which nobody has asked for those about the candidates or the vote.
    `drift`: fields that the platform left out or that nobody knows, each with how often: ("missing: author.handle", 3).
    `suspicious` says why nothing may be a refusal in disguise, where the platform is known to refuse like that.
    """

    posts: tuple[Post, ...]
    cursor: str
    deletions: tuple[Deletion, ...] = ()
    skipped: int = 0
    skip_reason: str | None = None
    gap: str | None = None
    everything: bool = False
    drift: tuple[tuple[str, int], ...] = ()
    suspicious: str | None = None
