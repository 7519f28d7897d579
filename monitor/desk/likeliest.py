"""Which claims a post is likeliest about, for forms in which a person chooses one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from monitor.alert.slack.views import ScoredClaim
from monitor.desk.wiring import Desk
from monitor.model import Claim, Mention, Post

log = structlog.get_logger()

SECONDS = 1.0
"""For the matcher, of the three that a form has to open. It may be in the middle of a batch."""


def likeliest_first(
    claims: Iterable[Claim], scores: Mapping[str, float], mention: Mention | None
) -> tuple[ScoredClaim, ...]:
    """The claims that the matcher scored, likeliest first; then those that the post's own words concern; then the rest.
    `scores`: by claim id. Among equals the order given stays. Pure."""

    def place(claim: Claim) -> tuple[float, bool]:
        return -scores.get(claim.id, -1.0), mention is None or not mention.concerns(claim)

    return tuple(ScoredClaim(claim, scores.get(claim.id)) for claim in sorted(claims, key=place))


async def for_post(desk: Desk, post: Post | None, claims: Iterable[Claim]) -> tuple[ScoredClaim, ...]:
    """The claims in the order in which a post is likeliest about them. Without scores where the matcher does not answer
    in time: the form opens all the same."""
    if post is None:
        return likeliest_first(claims, {}, None)
    mention = await asyncio.to_thread(desk.pipeline.stages.mention, post)
    return likeliest_first(claims, await _scores(desk, post), mention)


async def _scores(desk: Desk, post: Post) -> dict[str, float]:
    try:
        async with asyncio.timeout(SECONDS):
            matches = await asyncio.to_thread(desk.pipeline.stages.against_each, post, desk.now())
    except TimeoutError:
        log.warning("the matcher was too busy to say which claim is likelier: a form opens without", post=post.key)
        return {}
    except Exception as error:
        log.exception("the matcher stumbled: a form opens without its scores", post=post.key, error=repr(error))
        return {}
    return {match.claim_id: match.score for match in matches}
