"""Posts that agree with another, read under it: the parent comes from the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlite_utils import Database

from monitor.match import conversation
from monitor.model import Decision, Post, Verdict
from monitor.store import posts
from monitor.store.db import Store

Judge = Callable[[Sequence[Post]], list[Verdict]]

AGREES_WITH_NOTHING = "agrees with a post that asserts no known claim"


def is_known(db: Database, post: Post, arriving: Collection[str]) -> bool:
    """Whether a post agrees with one that is stored, or arrives with it: then it is kept though it names nobody."""
    if not conversation.may_agree(post):
        return False
    return any(key in arriving or posts.get(db, key) is not None for key in post.parents)


def in_context(store: Store, verdicts: Sequence[Verdict], judge: Judge) -> list[Verdict]:
    """The verdicts, those of posts that only agree judged again under the post that they agree with. One that names
    nobody says nothing else: what its own words were taken for does not count."""
    asked = [
        (number, parent)
        for number, verdict in enumerate(verdicts)
        if (conversation.is_open(verdict.match) or not verdict.mention)
        and conversation.may_agree(verdict.post)
        and (parent := _parent(store, verdict.post)) is not None
    ]
    result = list(verdicts)
    if not asked:
        return result
    above = judge([parent for _, parent in asked])
    together = judge([conversation.together(verdicts[number].post, parent) for number, parent in asked])
    for (number, _), alone, both in zip(asked, above, together, strict=True):
        own = verdicts[number]
        said = own.match if conversation.is_open(own.match) else None
        match = conversation.settled(own.post, said, both.match, alone.match)
        if match is None:
            result[number] = Verdict(own.post, own.mention, Decision.QUIET, AGREES_WITH_NOTHING)
        elif match is not own.match:
            result[number] = Verdict(own.post, both.mention, match.decision, match.why, match)
    return result


def _parent(store: Store, post: Post) -> Post | None:
    with store.reading() as db:
        found = (posts.get(db, key) for key in post.parents if key != post.key)
        return next((parent for parent in found if parent is not None), None)
