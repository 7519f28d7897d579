"""Posts that agree with another, read under it: the parent comes from the store, or is asked for (sources/lookups.py).

No post waits for its parent: it is settled by its own words, and read again once the parent is known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from sqlite_utils import Database

from monitor.match import conversation
from monitor.model import Decision, Post, Verdict
from monitor.store import parents, posts
from monitor.store.db import Store
from monitor.store.memory import PageOf

Judge = Callable[[Sequence[Post]], list[Verdict]]
ParentOf = Callable[[Post], Post | None]
"""The post that another quotes or answers, as far as it is known."""

AGREES_WITH_NOTHING = "agrees with a post that asserts no known claim"


def is_known(db: Database, post: Post, arriving: Collection[str]) -> bool:
    """Whether a post agrees with one that is stored, or arrives with it: then it is kept though it names nobody."""
    if not conversation.may_agree(post):
        return False
    return any(name in arriving or posts.named(db, name) is not None for name in post.parents)


def keep_parents(db: Database, found: Iterable[Post], kept: Sequence[Post], now: datetime) -> None:
    """Keep the posts that came inside others, where one that is stored agrees with them."""
    agreed_with = {name for post in kept if conversation.may_agree(post) for name in post.parents}
    for parent in found:
        if parent.key in agreed_with and posts.can_be_stored(parent) and posts.get(db, parent.key) is None:
            parents.keep(db, parent, now)


def want_parent(db: Database, verdict: Verdict, now: datetime) -> None:
    """Have the parent of a post asked for that says nothing without it, and whose parent is not known."""
    post = verdict.post
    says_nothing = conversation.is_open(verdict.match) or not verdict.mention
    if says_nothing and conversation.may_agree(post) and parent_of(db, post) is None:
        parents.want(db, post, now)


def in_context(parent_of: ParentOf, verdicts: Sequence[Verdict], judge: Judge, page: PageOf) -> list[Verdict]:
    """The verdicts, those of posts that only agree judged again under the post that they agree with. One that names
    nobody says nothing else: what its own words were taken for does not count. `page` is entered meanwhile."""
    asked = [
        (number, parent)
        for number, verdict in enumerate(verdicts)
        if (conversation.is_open(verdict.match) or not verdict.mention)
        and conversation.may_agree(verdict.post)
        and (parent := parent_of(verdict.post)) is not None
    ]
    result = list(verdicts)
    if not asked:
        return result
    parents = [parent for _, parent in asked]
    answers = [verdicts[number].post for number, _ in asked]
    with page([*answers, *parents]):
        above = judge(parents)
        together = judge(list(map(conversation.together, answers, parents)))
    for (number, _), alone, both in zip(asked, above, together, strict=True):
        own = verdicts[number]
        said = own.match if conversation.is_open(own.match) else None
        match = conversation.settled(own.post, said, both.match, alone.match)
        if match is None:
            result[number] = Verdict(own.post, own.mention, Decision.QUIET, AGREES_WITH_NOTHING)
        elif match is not own.match:
            result[number] = Verdict(own.post, both.mention, match.decision, match.why, match)
    return result


def parent_of(db: Database, post: Post) -> Post | None:
    """The post that another quotes or answers, as far as it is known."""
    names = [name for name in post.parents if name != post.key]
    stored = (posts.named(db, name) or parents.get(db, name) for name in names)
    return next((parent for parent in stored if parent is not None), None)


def parents_in(store: Store) -> ParentOf:
    """Looks posts up in a store."""

    def parent(post: Post) -> Post | None:
        with store.reading() as db:
            return parent_of(db, post)

    return parent
