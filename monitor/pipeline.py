"""The stages in order: poll -> mention -> match -> judge -> incident -> alert -> correct.

`Stages` is what a rules folder and a model make of a post; `Pipeline` adds the store. A post goes through in two
transactions: `accept` stores a page with its cursor, `advance` settles what is stored. Whatever dies between or within
them is done again from the last commit, so nothing is lost and nobody is told twice.
"""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from threading import Lock

import structlog
from sqlite_utils import Database

from monitor import amending, answering, incident, showing, telling
from monitor.alert import policy
from monitor.alert.policy import Outcome
from monitor.config import AlertConfig, MatchConfig
from monitor.incident import Sighting
from monitor.match.calibrated import calibrated
from monitor.match.encoder import Encoder, load_encoder
from monitor.match.judge import load_judge
from monitor.match.look_alikes import with_look_alikes
from monitor.match.matcher import Matcher
from monitor.match.projection import projected
from monitor.match.remembering import RememberingCues, RememberingEncoder, model_version
from monitor.match.second import SecondOpinion
from monitor.mention import Mentions
from monitor.model import (
    Alert,
    ChangeKind,
    Claim,
    Decision,
    Incident,
    LookedUp,
    Match,
    Mention,
    Named,
    Page,
    Person,
    Post,
    Reason,
    Rules,
    Silence,
    Verdict,
)
from monitor.store import incidents, look_alikes, outbox, posts, sightings, silences, summary
from monitor.store.db import Store
from monitor.store.memory import PageOf, no_page
from monitor.store.posts import WaitingPost
from monitor.text.language import with_language
from monitor.text.texts import Memory, Texts

log = structlog.get_logger()

NOTHING_NEAR = "near none of the claims"
NOBODY = f"{NOTHING_NEAR}, and names nobody whom the rules know"
REPORTED = "reported"
"""The source of posts that people reported."""


class Stages:
    """mention -> match -> judge, for one set of rules. Blocking: call it from worker threads, which take turns."""

    def __init__(self, rules: Rules, matcher: Matcher, turn: Lock | None = None, texts: Texts | None = None) -> None:
        self.rules = rules
        self._texts = texts or Texts()
        self._mentions = Mentions(rules, self._texts)
        self._matcher = matcher
        self._turn = turn or Lock()

    def with_rules(self, rules: Rules) -> Stages:
        """The same models over other rules."""
        with self._turn:
            return Stages(rules, self._matcher.reindexed(rules), self._turn, self._texts)

    def mention(self, post: Post) -> Mention:
        return self._mentions.read(post)

    def mentions(self, batch: Sequence[Post]) -> list[Mention]:
        """One for each post, in order."""
        self._texts.look_ahead([post.says for post in batch])
        return [self.mention(post) for post in batch]

    def judge(self, mentioned: Sequence[tuple[Post, Mention]], now: datetime) -> list[Verdict]:
        """One verdict per post, in order."""
        with self._turn:
            matches = self._matcher.match(mentioned, now)
        return [
            Verdict(post, mention, match.decision, match.why, match)
            if match is not None
            else Verdict(post, mention, Decision.QUIET, NOTHING_NEAR if mention else NOBODY)
            for (post, mention), match in zip(mentioned, matches, strict=True)
        ]

    def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]:
        """One verdict per post, in order, from the text alone: no store, no incident, no alert."""
        return self.judge([(with_language(post), self.mention(post)) for post in batch], now)

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]:
        """For each post the scores of the claims that it is judged for, by claim id."""
        with self._turn:
            return self._matcher.scores([(post, self.mention(post)) for post in batch], now)

    def against_each(self, post: Post, now: datetime) -> list[Match]:
        """A post held against each claim that is near it: what each would make of it alone, the likeliest first."""
        with self._turn:
            return self._matcher.against_each(post, self.mention(post), now)


def load_stages(
    rules: Rules, settings: MatchConfig, second: SecondOpinion | None = None, memory: Memory | None = None
) -> Stages:
    """Load the model and index the rules; what a `memory` knows is not computed again. Seconds. Raises ModelError."""
    encoder: Encoder = load_encoder(settings.model)
    if memory is not None:
        encoder = RememberingEncoder(encoder, memory, model_version(settings.model))
    fitted = load_judge() if memory is None else load_judge(memory, RememberingCues(memory).count)
    judge = calibrated(fitted, settings)
    texts = Texts(memory)
    return Stages(
        rules, Matcher(rules, projected(encoder, settings.model), judge, settings.threshold, second, texts), texts=texts
    )


class Pipeline:
    """The stages over a store. Blocking: call it from a worker thread.

    `page` is entered while posts are judged, by the thread that does (`store.memory.Spared.page`).
    With `stream_time` a post's own time counts as now (a replay); what is written to the outbox keeps the real time.
    """

    def __init__(
        self, stages: Stages, store: Store, settings: AlertConfig, *, stream_time: bool = False, page: PageOf = no_page
    ) -> None:
        self._stages = stages
        self._page = page
        self._written = stages.rules
        self._learning = Lock()
        self._store = store
        self._settings = settings
        self._stream_time = stream_time

    @property
    def stages(self) -> Stages:
        """As they are now; they are swapped whole."""
        return self._stages

    @property
    def rules_version(self) -> str:
        return self._stages.rules.version

    @property
    def written(self) -> Rules:
        """As they stand in the files, without what people said since."""
        return self._written

    def accept(self, source: str, kind: str, page: Page, now: datetime) -> int:
        """poll, mention: store a page's posts with its cursor. Returns how many are new.

        What shows posts that were deleted is rewritten without them.
        Of a whole network's posts only those that are about somebody, or agree with one that is.
        """
        readable = tuple(post for post in page.posts if posts.can_be_stored(post))
        if len(readable) < len(page.posts):
            skipped = page.skipped + len(page.posts) - len(readable)
            page = replace(page, posts=readable, skipped=skipped, skip_reason="text that is not valid Unicode")
        stages = self._stages
        mentioned = [(post, stages.mention(post)) for post in readable]
        with self._store.transaction() as db:
            about = {post.key for post, mention in mentioned if mention}
            about |= {parent.key for parent in page.parents if stages.mention(parent)}
            kept = [
                (with_language(post), mention)
                for post, mention in mentioned
                if mention or not page.everything or answering.is_known(db, post, about)
            ]
            gone = [key for deletion in page.deletions for key in posts.meant(db, deletion)]
            new = posts.save_page(self._store, source, kind, page, kept, now)
            answering.keep_parents(db, page.parents, [post for post, _ in kept], now)
            amending.reshow(db, stages.rules, sightings.incidents_of(db, gone), gone, now)
        return new

    def advance(self, now: datetime, limit: int) -> int:
        """match to correct: settle up to `limit` stored posts, the oldest first. Returns how many there were."""
        stages = self._stages
        batch = posts.waiting(self._store, limit)
        for verdict in self._read(stages, batch, now):
            with self._store.transaction() as db:
                self._settle(db, stages.rules, verdict, self._time_of(verdict.post, now), now)
        return len(batch)

    def revisit(self, found: LookedUp, gone: Sequence[Named], now: datetime) -> None:
        """What sources say of stored posts that they were asked for again."""
        stages = self._stages
        with self._store.transaction() as db:
            amending.revisit(db, stages.rules, stages.mention, found, gone, now)

    def swap(self, stages: Stages) -> None:
        """Go on with other rules, from the next batch on."""
        self._stages = stages

    def learn(self, written: Rules | None = None) -> None:
        """Go on with what people have said by now that looks like a claim and is something else, and with other rules
        files where they are given. A second or two."""
        with self._learning:
            self._written = written or self._written
            rules = with_look_alikes(self._written, look_alikes.every(self._store))
            if rules.version != self._stages.rules.version:
                self.swap(self._stages.with_rules(rules))

    def report(self, post: Post, claim_id: str, by: Person, now: datetime) -> Outcome | None:
        """Count a post that a person says spreads a claim, whatever the matcher says of it.

        Joins the caller's transaction. Returns what people are told: nothing new where the post is on an incident of
        the claim already. None where the rules have no such claim.
        """
        rules = self._stages.rules
        claim = rules.claim(claim_id)
        if claim is None:
            return None
        post, mention = with_language(post), self._stages.mention(post)
        with self._store.transaction() as db:
            known = incidents.sighted_on(db, post.key, claim_id)
            if known is not None:
                return Outcome(Reason.DUPLICATE, (), known, "the post is on the incident already")
            posts.add(db, REPORTED, post, mention, now)
            match = showing.match_of(db, claim, post, by.name)
            if posts.get_match(db, post.key) is None:
                posts.save_verdict(db, Verdict(post, mention, match.decision, match.why, match), rules.version, now)
            return self._sight(db, rules, claim, post, match, now, now, by)

    def end_silence(self, db: Database, silence: Silence, now: datetime) -> tuple[Incident, ...]:
        """Tell people of every incident that went on under a silence that is over, inside the caller's transaction.

        Returns these incidents as they are now. What another silence still covers stays silent.
        """
        return telling.end_silence(db, self._stages.rules, silence, self._settings, now, replayed=self._stream_time)

    def snapshot(self, db: Database, incident_id: str) -> Alert | None:
        """The alert that an incident's message shows, as things stand: about its first post, or the first that is
        still stored, or a stand-in. None where there is no such incident, or its claim is no longer in the rules."""
        return showing.snapshot(db, self._stages.rules, incident_id)

    def enqueue_update(self, db: Database, incident: Incident, now: datetime) -> None:
        """Have an incident's message rewritten at once, inside the transaction that saved the incident."""
        shown = self.snapshot(db, incident.id)
        if shown is not None and incident.has_message:
            outbox.enqueue(db, policy.update(shown, secrets.token_hex(6)), now, now)

    def enqueue_answered(self, db: Database, incident: Incident, post_key: str, now: datetime) -> None:
        """Have the reply rewritten in which an answered post stands, once that is recorded."""
        edit = showing.reply_with_answers(db, self._stages.rules, incident, post_key, secrets.token_hex(6), now)
        if edit is not None:
            outbox.enqueue(db, edit, now, now)

    def is_silenced(self, db: Database, incident: Incident, now: datetime) -> bool:
        return showing.is_silenced(db, incident, now)

    def _read(self, stages: Stages, batch: Sequence[WaitingPost], now: datetime) -> Iterator[Verdict]:
        """match, judge. A post that the stages fail on is set aside, so that it does not stop the posts behind it."""
        try:
            yield from self._judge(stages, batch, now)
        except Exception as error:
            if len(batch) > 1:
                for waiting in batch:
                    yield from self._read(stages, [waiting], now)
                return
            for waiting in batch:
                log.exception("post could not be judged and is set aside", post=waiting.post.key, error=repr(error))
                with self._store.transaction() as db:
                    posts.save_failure(db, waiting.post.key)

    def _judge(self, stages: Stages, batch: Sequence[WaitingPost], now: datetime) -> list[Verdict]:
        """In a replay each post as of its own time: those that a claim's dates lie between are judged apart."""
        turns = stages.rules.turning_points
        together = groupby(batch, lambda waiting: bisect_right(turns, self._time_of(waiting.post, now)))
        return [verdict for _, same in together for verdict in self._judge_as_of(stages, list(same), now)]

    def _judge_as_of(self, stages: Stages, batch: Sequence[WaitingPost], now: datetime) -> list[Verdict]:
        # Read anew: what is stored was found with the rules of that moment, and a post is judged by one set of them.
        mentioned = [(waiting.post, stages.mention(waiting.post)) for waiting in batch]
        then = self._time_of(batch[0].post, now)
        with self._page([waiting.post for waiting in batch]):
            verdicts = stages.judge(mentioned, then)
        parents = answering.parents_in(self._store)
        return answering.in_context(parents, verdicts, lambda both: stages.classify(both, then), self._page)

    def _settle(self, db: Database, rules: Rules, verdict: Verdict, now: datetime, wall: datetime) -> None:
        if not posts.is_current(db, verdict.post):
            return
        if posts.get_match(db, verdict.post.key) is None:
            summary.count_verdict(db, verdict)
        posts.save_verdict(db, verdict, rules.version, now)
        answering.want_parent(db, verdict, wall)
        amending.follow_edit(db, rules, verdict, wall)
        if verdict.match is None or verdict.decision is not Decision.ALERT:
            return
        claim = rules.claim(verdict.match.claim_id)
        if claim is not None and not incidents.is_sighted(db, verdict.post.key):
            self._sight(db, rules, claim, verdict.post, verdict.match, now, wall)

    def _sight(
        self,
        db: Database,
        rules: Rules,
        claim: Claim,
        post: Post,
        match: Match,
        now: datetime,
        wall: datetime,
        reported_by: Person | None = None,
    ) -> Outcome:
        """incident, alert, correct: one more post that asserts a claim."""
        current = incidents.latest(db, claim.id)
        sighting = _sighting(db, current, post, match, now, reported=reported_by is not None)
        change = incident.observe(current, sighting, now, self._settings)
        silence = showing.silence_on(db, silences.active(db, now), claim.id, post, now)
        recent = incidents.new_messages_since(db, now - policy.MINUTE)
        outcome = policy.decide(
            change, claim, post, self._settings, recent, now, silence=silence, reported_by=reported_by
        )
        incidents.save(db, outcome.incident)
        repeats = sighting.duplicate_of if change.kind is ChangeKind.DUPLICATE else None
        incidents.add_sighting(db, outcome.incident.id, post, incident.seen_at(post, now), repeats)
        alert = showing.alert_about(rules, outcome.reason, outcome.incident, claim, post, match, now)
        telling.tell(db, rules, outcome, (alert,), wall, replayed=self._stream_time)
        log.info(
            "sighting",
            claim=claim.id,
            incident=outcome.incident.id,
            post=post.key,
            score=round(match.score, 3),
            reason=outcome.reason.value,
            why=outcome.why,
        )
        return outcome

    def _time_of(self, post: Post, now: datetime) -> datetime:
        return post.created_at if self._stream_time and post.created_at is not None else now


def _sighting(
    db: Database, current: Incident | None, post: Post, match: Match, now: datetime, *, reported: bool
) -> Sighting:
    if current is None:
        return Sighting(post, match, reported=reported)
    return Sighting(
        post,
        match,
        duplicate_of=incidents.duplicate_of(db, current.id, post),
        new_account=incidents.is_new_account(db, current.id, post),
        posts_last_hour=incidents.posts_since(db, current.id, incident.hour_before(current, post, now)),
        reported=reported,
    )
