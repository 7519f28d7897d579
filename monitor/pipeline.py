"""The stages in order: poll -> mention -> match -> judge -> incident -> alert -> correct.

`Stages` is what a rules folder and a model make of a post; `Pipeline` adds the store. A post goes through in two
transactions: `accept` stores a page with its cursor, `advance` settles what is stored. Whatever dies between or within
them is done again from the last commit, so nothing is lost and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlite_utils import Database

from monitor import incident
from monitor.alert import correction, policy
from monitor.alert.policy import Outcome
from monitor.config import AlertConfig, JudgeConfig, MatchConfig
from monitor.incident import Sighting
from monitor.match.calibrated import calibrated
from monitor.match.encoder import load_encoder
from monitor.match.endpoint import Endpoint
from monitor.match.judge import load_judge
from monitor.match.matcher import Matcher
from monitor.match.nli import load_nli
from monitor.match.second import Budget, SecondJudge, SecondOpinion
from monitor.mention import Mentions
from monitor.model import Alert, ChangeKind, Claim, Decision, Incident, Match, Mention, Page, Post, Rules, Verdict
from monitor.store import incidents, outbox, posts, summary
from monitor.store.db import Store
from monitor.store.posts import WaitingPost
from monitor.text.language import language

log = structlog.get_logger()

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
        return self.judge([(with_language(post), self.mention(post)) for post in batch], now)

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]:
        """For each post the scores of the claims that it is judged for, by claim id."""
        return self._matcher.scores([(post, self.mention(post)) for post in batch], now)


def load_stages(rules: Rules, settings: MatchConfig, second: SecondOpinion | None = None) -> Stages:
    """Load the model and index the rules. Seconds. Raises ModelError."""
    judge = calibrated(load_judge(), settings)
    return Stages(rules, Matcher(rules, load_encoder(settings.model), judge, settings.threshold, second))


def load_second_judge(settings: JudgeConfig, budget: Budget) -> SecondJudge:
    """The second judge that a config names: an endpoint, or a model on this machine. Raises ModelError."""
    if settings.endpoint is not None:
        return Endpoint(settings, budget)
    return load_nli(settings.model, settings.timeout_seconds)


def with_language(post: Post) -> Post:
    """The post with its language, where its source does not say it and its text does."""
    return post if post.lang is not None else replace(post, lang=language(post.text))


class Pipeline:
    """The stages over a store. Blocking: call it from a worker thread.

    With `stream_time` a post's own time counts as now (a replay); what is written to the outbox keeps the real time.
    """

    def __init__(self, stages: Stages, store: Store, settings: AlertConfig, *, stream_time: bool = False) -> None:
        self._stages = stages
        self._store = store
        self._settings = settings
        self._stream_time = stream_time

    @property
    def rules_version(self) -> str:
        return self._stages.rules.version

    def accept(self, source: str, kind: str, page: Page, now: datetime) -> int:
        """poll, mention: store a page's posts with its cursor. Returns how many are new.

        Of a whole network's posts only those that are about somebody: a tenth of them or less.
        """
        readable = tuple(post for post in page.posts if posts.can_be_stored(post))
        if len(readable) < len(page.posts):
            skipped = page.skipped + len(page.posts) - len(readable)
            page = replace(page, posts=readable, skipped=skipped, skip_reason="text that is not valid Unicode")
        mentioned = [(post, self._stages.mention(post)) for post in readable]
        kept = [(with_language(post), mention) for post, mention in mentioned if mention or not page.everything]
        return posts.save_page(self._store, source, kind, page, kept, now)

    def advance(self, now: datetime, limit: int) -> int:
        """match to correct: settle up to `limit` stored posts, the oldest first. Returns how many there were."""
        batch = posts.waiting(self._store, limit)
        for verdict in self._read(batch, now):
            with self._store.transaction() as db:
                self._settle(db, verdict, self._time_of(verdict.post, now), now)
        return len(batch)

    def _read(self, batch: Sequence[WaitingPost], now: datetime) -> Iterator[Verdict]:
        """match, judge. A post that the stages fail on is set aside, so that it does not stop the posts behind it."""
        try:
            yield from self._judge(batch, now)
        except Exception as error:
            if len(batch) > 1:
                for waiting in batch:
                    yield from self._read([waiting], now)
                return
            for waiting in batch:
                log.exception("post could not be judged and is set aside", post=waiting.post.key, error=repr(error))
                with self._store.transaction() as db:
                    posts.save_failure(db, waiting.post.key)

    def _judge(self, batch: Sequence[WaitingPost], now: datetime) -> list[Verdict]:
        mentioned = [(waiting.post, waiting.mention) for waiting in batch]
        latest = max((self._time_of(waiting.post, now) for waiting in batch), default=now)
        return self._stages.judge(mentioned, latest)

    def _settle(self, db: Database, verdict: Verdict, now: datetime, wall: datetime) -> None:
        posts.save_verdict(db, verdict, self.rules_version, now)
        summary.count_verdict(db, verdict)
        if verdict.match is None or verdict.decision is not Decision.ALERT:
            return
        if incidents.is_sighted(db, verdict.post.key):
            return
        claim = self._stages.rules.claim(verdict.match.claim_id)
        if claim is not None:
            self._sight(db, claim, verdict.post, verdict.match, now, wall)

    def _sight(self, db: Database, claim: Claim, post: Post, match: Match, now: datetime, wall: datetime) -> None:
        """incident, alert, correct: one more post that asserts a claim."""
        current = incidents.latest(db, claim.id)
        sighting = _sighting(db, current, post, match, now)
        change = incident.observe(current, sighting, now, self._settings)
        recent = incidents.new_messages_since(db, now - policy.MINUTE)
        outcome = policy.decide(change, claim, post, self._settings, recent, now)
        incidents.save(db, outcome.incident)
        repeats = sighting.duplicate_of if change.kind is ChangeKind.DUPLICATE else None
        incidents.add_sighting(db, outcome.incident.id, post, incident.seen_at(post, now), repeats)
        alert = self._alert(outcome, claim, post, match, now)
        incidents.record_alert(db, alert, outcome.kinds)
        for notification in policy.notifications(outcome, alert, self._first(db, alert)):
            outbox.enqueue(db, notification, wall, policy.due_at(notification, wall))
        log.info(
            "sighting",
            claim=claim.id,
            incident=outcome.incident.id,
            post=post.key,
            score=round(match.score, 3),
            reason=outcome.reason.value,
            why=outcome.why,
        )

    def _alert(self, outcome: Outcome, claim: Claim, post: Post, match: Match, now: datetime) -> Alert:
        candidate = self._stages.rules.candidate(claim.about[0]) if claim.about else None
        return Alert(
            reason=outcome.reason,
            incident=outcome.incident,
            claim=claim,
            post=post,
            match=match,
            correction=correction.render(claim, candidate.name if candidate else "", post),
            rules_version=self.rules_version,
            decided_at=now,
        )

    def _first(self, db: Database, alert: Alert) -> Alert | None:
        """The same alert about the post that opened the incident, which its message goes on quoting."""
        post, match = posts.get(db, alert.incident.first_post), posts.get_match(db, alert.incident.first_post)
        if post is None or match is None:
            return None
        candidate = self._stages.rules.candidate(alert.claim.about[0]) if alert.claim.about else None
        fitting = correction.render(alert.claim, candidate.name if candidate else "", post)
        return replace(alert, post=post, match=match, correction=fitting)

    def _time_of(self, post: Post, now: datetime) -> datetime:
        return post.created_at if self._stream_time and post.created_at is not None else now


def _sighting(db: Database, current: Incident | None, post: Post, match: Match, now: datetime) -> Sighting:
    if current is None:
        return Sighting(post, match)
    return Sighting(
        post,
        match,
        duplicate_of=incidents.duplicate_of(db, current.id, post),
        new_account=incidents.is_new_account(db, current.id, post),
        posts_last_hour=incidents.posts_since(db, current.id, incident.hour_before(current, post, now)),
    )
