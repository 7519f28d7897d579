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
    """What the post that it answers goes by on its platform: its id, or where that is not said, an address of it."""
    media: tuple[Media, ...] = ()
    followers: int | None = None
    quote_of: str | None = None
    """Like `reply_to`: what the post that it quotes goes by on its platform, an id or an address."""
    alias: str | None = None
    """What else it goes by, where other posts name it in another way than by its id."""
    gone: str = ""
    """Of a stand-in: why the post is not shown any more, "the post was deleted" say. Nothing else is known of it."""

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.id}"

    @property
    def names(self) -> tuple[str, ...]:
        """The keys by which other posts may name it."""
        return (self.key, f"{self.platform}:{self.alias}") if self.alias else (self.key,)

    @property
    def parents(self) -> tuple[str, ...]:
        """The keys of the posts that this one is about, what it quotes before what it answers."""
        named = (self.quote_of, self.reply_to, self.repost_of)
        return tuple(f"{self.platform}:{name}" for name in dict.fromkeys(named) if name)

    @property
    def says(self) -> tuple[str, ...]:
        """What is matched of it: its text and the descriptions of its media. An edit of these is read again."""
        return (self.text, *(media.alt for media in self.media if media.alt))


def stand_in(key: str, why: str) -> Post:
    """What is shown in the place of a post that is not shown any more."""
    platform, _, post_id = key.partition(":")
    return Post(post_id, "", platform, gone=why)


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
    `samples`: for fields that drifted the JSON of a post in which they did, without what its author wrote.
    `raw`: of a page with drift what the platform sent, as it came, without secrets.
    `parents`: posts that came inside others, which quote or answer them. They are context, and no news.
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
    samples: tuple[tuple[str, str], ...] = ()
    parents: tuple[Post, ...] = ()
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Named:
    """A post by what it goes by on its platform: its id, or its alias. `key` is that under which it is looked for
    here."""

    platform: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a source says of posts that it was asked for by name: those that it shows, and the names of those that are
    certainly gone. Of a name in neither nothing is known."""

    posts: tuple[Post, ...] = ()
    gone: tuple[str, ...] = ()
