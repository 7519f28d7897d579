"""What becomes of posts that are deleted or edited after people were told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert.slack.render import render
from monitor.config import AlertConfig, DeskConfig
from monitor.match.matcher import Matcher
from monitor.model import (
    Candidate,
    Claim,
    Correction,
    Decision,
    Deletion,
    Incident,
    Match,
    Mention,
    Notification,
    NotificationKind,
    Page,
    Person,
    Post,
    Receipt,
    Rules,
    Stance,
)
from monitor.pipeline import Pipeline, Stages
from monitor.store import checks, incidents, outbox, sightings
from monitor.store.checks import Check
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CLAIMS = (
    Claim("withdrawn", "Ana Rivera has withdrawn.", "She is on the ballot.", ("rivera",),
          corrections=(Correction("She is on the ballot. Seen at {{ post_url }}"),)),
    Claim("ill", "Ana Rivera is ill.", "She is well.", ("rivera",)),
    Claim("fled", "Ana Rivera has fled.", "She is here.", ("rivera",)),
)  # fmt: skip
RULES = Rules((Candidate("rivera", "Ana Rivera"),), CLAIMS, "v1")


class Literal(Matcher):
    """A post asserts the claim whose id it contains, unless it says 'not'."""

    def __init__(self) -> None:
        pass

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [self._match(post) for post, _ in posts]

    def _match(self, post: Post) -> Match | None:
        claim_id = next((claim.id for claim in CLAIMS if claim.id in post.text), None)
        if claim_id is None:
            return None
        decision, stance = (Decision.QUIET, Stance.DENY) if " not " in post.text else (Decision.ALERT, Stance.SUPPORT)
        return Match(post.key, claim_id, "", 0.9, stance, decision, post.text, f"because of “{post.text}”")


def post(number: int, text: str = "Ana Rivera withdrawn", author: str = "") -> Post:
    return Post(
        id=str(number), text=f"{text} {number}", platform="bluesky", author=author or f"someone{number}",
        created_at=NOW, lang="en", url=f"https://bsky.app/profile/someone{number}/post/{number}",
    )  # fmt: skip


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return Pipeline(Stages(RULES, Literal()), store, AlertConfig())


def send(pipeline: Pipeline, *found: Post, gone: Sequence[Deletion] = (), now: datetime = NOW) -> None:
    pipeline.accept("sky", "bluesky", Page(found, "c", tuple(gone)), now)
    while pipeline.advance(now, 10):
        pass


def deleted(number: int) -> list[Deletion]:
    return [Deletion("bluesky", str(number))]


def deliver(store: Store, now: datetime = NOW) -> list[Notification]:
    """Deliver what is due; where a message stands is its delivery id."""
    found = []
    while deliveries := outbox.claim_due(store, now, 10, tuple(NotificationKind)):
        for delivery in deliveries:
            outbox.mark_sent(store, delivery.notification.delivery_id, Receipt("C1", delivery.notification.delivery_id))
            found.append(delivery.notification)
    return found


def waiting(store: Store) -> str:
    """Everything that waits to be delivered, as it is stored."""
    return " ".join(bytes(body).decode() for (body,) in store.db.execute("SELECT body FROM outbox").fetchall())


def one(store: Store, claim_id: str = "withdrawn") -> Incident:
    found = incidents.latest(store.db, claim_id)
    assert found is not None
    return found


def kinds(found: Sequence[Notification]) -> list[str]:
    return [notification.kind.value for notification in found]


def said(notification: Notification) -> list[str]:
    return [alert.post.gone or alert.post.text for alert in notification.alerts]


GONE = "the post was deleted"
CHANGED = "the post was edited, and no longer says this"


def test_an_alert_that_waits_is_delivered_without_the_words_of_a_deleted_post(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))

    send(pipeline, gone=deleted(1))

    assert "someone1" not in waiting(store), "neither its words, nor its link in the correction, nor its account"
    assert "Ana Rivera withdrawn" not in waiting(store)
    (message,) = deliver(store)
    assert (message.kind, said(message)) == (NotificationKind.MESSAGE, [GONE])
    assert one(store).posts == 1, "what was counted stays counted"


def test_a_delivered_message_goes_on_with_another_of_its_posts(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2))
    deliver(store)

    send(pipeline, gone=deleted(1))

    (update,) = deliver(store, NOW + MINUTE)
    assert (update.kind, said(update)) == (NotificationKind.UPDATE, ["Ana Rivera withdrawn 2"])


def test_a_delivered_message_without_any_post_left_says_so(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    deliver(store)

    send(pipeline, gone=deleted(1))

    (update,) = deliver(store, NOW + MINUTE)
    assert said(update) == [GONE]
    shown = render(update, DeskConfig())
    assert GONE in shown.text
    assert "someone1" not in repr(shown)


@pytest.fixture
def reply(store: Store, pipeline: Pipeline) -> Notification:
    """An incident whose posts 2 and 3 stand in a delivered reply."""
    send(pipeline, post(1))
    deliver(store)
    send(pipeline, post(2), post(3))
    found = deliver(store, NOW + HOUR)
    return next(notification for notification in found if notification.kind is NotificationKind.REPLY)


def test_a_delivered_reply_is_rewritten_without_a_deleted_post(
    store: Store, pipeline: Pipeline, reply: Notification
) -> None:
    send(pipeline, gone=deleted(3), now=NOW + HOUR)

    edit, update = sorted(deliver(store, NOW + HOUR), key=lambda notification: notification.kind)
    assert (edit.kind, edit.target) == (NotificationKind.EDIT, Receipt("C1", reply.delivery_id))
    assert said(edit) == ["Ana Rivera withdrawn 2", GONE]
    assert (update.kind, said(update)) == (NotificationKind.UPDATE, ["Ana Rivera withdrawn 1"])


def test_a_deleted_post_in_a_reply_can_neither_be_answered_nor_opened(
    store: Store, pipeline: Pipeline, reply: Notification
) -> None:
    incidents.save(store.db, replace(one(store), owner=Person("U1", "Ana")))
    send(pipeline, gone=deleted(3), now=NOW + HOUR)
    edit = next(found for found in deliver(store, NOW + HOUR) if found.kind is NotificationKind.EDIT)

    shown = repr(render(edit, DeskConfig()))

    assert "bluesky:2" in shown
    assert "bluesky:3" not in shown


def test_an_account_that_was_removed_leaves_everything_with_all_its_posts(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, author="troll"))
    deliver(store)
    send(pipeline, post(2, author="troll"), post(3))
    deliver(store, NOW + HOUR)

    send(pipeline, gone=[Deletion("bluesky", author="troll")], now=NOW + HOUR)

    by_kind = {notification.kind: said(notification) for notification in deliver(store, NOW + HOUR)}
    assert by_kind == {
        NotificationKind.EDIT: [GONE, "Ana Rivera withdrawn 3"],
        NotificationKind.UPDATE: ["Ana Rivera withdrawn 3"],
    }
    assert (one(store).posts, one(store).accounts) == (3, 2)
    assert "troll" not in repr(store.db.execute("SELECT * FROM sightings").fetchall())


def test_a_reply_that_was_on_its_way_is_mended_once_it_arrived(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    deliver(store)
    send(pipeline, post(2))
    (sent,) = outbox.claim_due(store, NOW + HOUR, 10, (NotificationKind.REPLY,))

    send(pipeline, gone=deleted(2), now=NOW + HOUR)
    outbox.mark_sent(store, sent.notification.delivery_id, Receipt("C1", "7.0"))

    edit = next(found for found in deliver(store, NOW + HOUR) if found.kind is NotificationKind.EDIT)
    assert (edit.target, said(edit)) == (Receipt("C1", "7.0"), [GONE])


def test_a_message_that_was_on_its_way_is_mended_once_it_arrived(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    (sent,) = outbox.claim_due(store, NOW, 10, (NotificationKind.MESSAGE,))

    send(pipeline, gone=deleted(1))
    outbox.mark_sent(store, sent.notification.delivery_id, Receipt("C1", "1.0"))

    (update,) = deliver(store, NOW + MINUTE)
    assert (update.kind, said(update)) == (NotificationKind.UPDATE, [GONE])


def test_a_delivered_digest_is_rewritten_without_a_deleted_post(store: Store) -> None:
    pipeline = Pipeline(Stages(RULES, Literal()), store, AlertConfig(max_new_per_minute=1))
    send(pipeline, post(1), post(2, "Ana Rivera ill"), post(3, "Ana Rivera fled"))
    _, digest = deliver(store, NOW + MINUTE)
    assert said(digest) == ["Ana Rivera ill 2", "Ana Rivera fled 3"]

    send(pipeline, gone=deleted(2), now=NOW + MINUTE)

    (edit,) = deliver(store, NOW + MINUTE)
    assert (edit.kind, edit.target) == (NotificationKind.EDIT, Receipt("C1", digest.delivery_id))
    assert said(edit) == [GONE, "Ana Rivera fled 3"]
    assert "2 more false claims" in render(edit).text


def test_nothing_is_rewritten_for_a_post_that_nobody_was_told_of(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2, "Ana Rivera has not withdrawn"))
    deliver(store)

    send(pipeline, gone=[*deleted(2), *deleted(9)])

    assert deliver(store, NOW + HOUR) == []


def test_what_somebody_held_against_the_claims_goes_too(store: Store, pipeline: Pipeline) -> None:
    checks.add(store.db, Check("t", post(1)), NOW)

    send(pipeline, gone=deleted(1))

    assert checks.get(store.db, "t") is None


def test_a_post_that_was_deleted_while_it_was_judged_is_not_told(store: Store) -> None:
    class Slow(Literal):
        def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
            running.accept("sky", "bluesky", Page((), "d", tuple(deleted(1))), NOW)
            return super().match(posts, now)

    running = Pipeline(Stages(RULES, Slow()), store, AlertConfig())
    send(running, post(1))

    assert incidents.every(store) == []
    assert deliver(store) == []


def test_a_post_that_was_edited_while_it_was_judged_is_read_again(store: Store) -> None:
    calm = replace(post(1), text="Ana Rivera has not withdrawn 1")

    class Slow(Literal):
        def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
            running.accept("sky", "bluesky", Page((calm,), "d"), NOW)
            return super().match(posts, now)

    running = Pipeline(Stages(RULES, Slow()), store, AlertConfig())
    send(running, post(1))

    assert incidents.every(store) == []


def test_an_edit_that_no_longer_makes_the_claim_leaves_the_count_and_is_told_once(
    store: Store, pipeline: Pipeline
) -> None:
    send(pipeline, post(1), post(2))
    deliver(store)
    calm = post(2, "Correction: Ana Rivera has not withdrawn")

    send(pipeline, calm, now=NOW + MINUTE)

    assert (one(store).posts, one(store).accounts) == (1, 1)
    update, notice = sorted(deliver(store, NOW + HOUR), key=lambda found: found.kind, reverse=True)
    assert (update.kind, said(update)) == (NotificationKind.UPDATE, ["Ana Rivera withdrawn 1"])
    assert notice.notice is not None
    assert (notice.notice.title, notice.notice.lines) == (
        "A post was edited, and no longer says this",
        ("It is not counted any more: 1 post is left.",),
    )
    send(pipeline, post(2), now=NOW + HOUR)
    assert one(store).posts == 2, "it makes the claim again, so it counts again"
    deliver(store, NOW + 2 * HOUR)
    send(pipeline, calm, now=NOW + 2 * HOUR)
    assert one(store).posts == 1
    assert NotificationKind.NOTICE not in kinds(deliver(store, NOW + 3 * HOUR)), "the thread heard of it already"


def test_the_only_post_of_an_incident_can_be_edited_away(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    deliver(store)

    send(pipeline, post(1, "Ana Rivera has not withdrawn"), now=NOW + MINUTE)

    assert (one(store).posts, one(store).growth_per_hour) == (0, 0)
    update = next(found for found in deliver(store, NOW + HOUR) if found.kind is NotificationKind.UPDATE)
    assert said(update) == [CHANGED]


def test_in_a_reply_too_an_edit_no_longer_stands_as_a_sighting(
    store: Store, pipeline: Pipeline, reply: Notification
) -> None:
    send(pipeline, post(3, "Ana Rivera has not withdrawn"), now=NOW + HOUR)

    edit = next(found for found in deliver(store, NOW + HOUR) if found.kind is NotificationKind.EDIT)
    assert said(edit) == ["Ana Rivera withdrawn 2", CHANGED]


def test_an_edit_that_goes_on_making_the_claim_is_shown_as_it_reads_now(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    deliver(store)

    send(pipeline, post(1, "URGENT! Ana Rivera withdrawn"), now=NOW + MINUTE)

    assert one(store).posts == 1
    (update,) = deliver(store, NOW + HOUR)
    assert said(update) == ["URGENT! Ana Rivera withdrawn 1"]


def test_an_edit_that_makes_the_claim_now_is_a_sighting(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1, "Ana Rivera speaks at noon"))
    assert incidents.every(store) == []

    send(pipeline, post(1), now=NOW + MINUTE)

    assert one(store).posts == 1
    assert kinds(deliver(store, NOW + MINUTE)) == ["message"]


def test_an_edit_that_makes_another_claim_moves_to_that_claims_incident(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1), post(2))

    send(pipeline, post(2, "Ana Rivera ill"), now=NOW + MINUTE)

    assert (one(store).posts, one(store, "ill").posts) == (1, 1)
    assert [taken.incident_id for taken in sightings.of_post(store.db, "bluesky:2")] == [one(store, "ill").id]


def test_an_edit_takes_nothing_off_that_a_person_put_there(store: Store, pipeline: Pipeline) -> None:
    outcome = pipeline.report(post(1, "you know who is out"), "withdrawn", Person("U1", "Ana"), NOW)
    assert outcome is not None

    send(pipeline, post(1, "you all know who is out"), now=NOW + MINUTE)

    assert one(store).posts == 1


def test_a_question_mark_is_an_edit(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, post(1))
    deliver(store)

    send(pipeline, replace(post(1), text="Ana Rivera withdrawn 1?"), now=NOW + MINUTE)

    (update,) = deliver(store, NOW + HOUR)
    assert said(update) == ["Ana Rivera withdrawn 1?"]
