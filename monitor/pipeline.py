"""The stages in order: poll -> mention -> match -> judge -> incident -> alert -> correct.

`Stages` is what a rules folder and a model make of a post; `Pipeline` adds the store. A post goes through in two
transactions: `accept` stores a page with its cursor, `advance` settles what is stored. Whatever dies between or within
them is done again from the last commit, so nothing is lost and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from monitor import incident
from monitor.alert import correction, policy
from monitor.config import AlertConfig, MatchConfig
from monitor.match.encoder import load_encoder
from monitor.match.judge import load_judge
from monitor.match.matcher import Matcher
from monitor.mention import Mentions
from monitor.model import Decision, Match, Mention, Page, Post, Rules, Verdict
from monitor.store import incidents, outbox, posts, summary
from monitor.store.db import Store

NOBODY = "names no candidate and is not about the vote"
NOTHING_NEAR = "near none of the claims"


class Stages:
    """mention -> match -> judge, for one set of rules. Blocking: call it from a worker thread."""

    def __init__(self, rules: Rules, matcher: Matcher) -> None:
        self.rules = rules
        self._mentions = Mentions(rules)
        self._matcher = matcher

    def mention(self, post: Post) -> Mention:
        return self._mentions.read(post)

    def judge(self, mentioned: Sequence[tuple[Post, Mention]], now: datetime) -> list[Verdict]:
        """One verdict per post, in order."""
        return [
            Verdict(post, mention, match.decision, match.why, match)
            if match is not None
            else Verdict(post, mention, Decision.QUIET, NOTHING_NEAR if mention else NOBODY)
            for (post, mention), match in zip(mentioned, self._matcher.match(mentioned, now), strict=True)
        ]

    def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]:
        """One verdict per post, in order, from the text alone: no store, no incident, no alert."""
        return self.judge([(post, self.mention(post)) for post in batch], now)


def load_stages(rules: Rules, settings: MatchConfig) -> Stages:
    """Load the model and index the rules. Seconds. Raises ModelError."""
    return Stages(rules, Matcher(rules, load_encoder(settings.model), load_judge(), settings.threshold))
