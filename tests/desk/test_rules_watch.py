"""What happens when a rules file is saved while posts flow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from monitor.desk.rules_watch import RulesWatch, changes_in
from monitor.desk.wiring import Desk
from monitor.match.matcher import Matcher
from monitor.model import (
    LookAlike,
    Match,
    NoticeKind,
    Notification,
    NotificationKind,
    Page,
    Person,
    Post,
    Receipt,
    Rules,
)
from monitor.pipeline import Pipeline, Stages
from monitor.rulebook.reload import open_book, read
from monitor.store import look_alikes, mending, outbox
from monitor.store.db import Store
from tests.desk.scripted import CANDIDATES, CLAIM, NOW, QuitMeansAlert, open_desk, post, send

BAD = CLAIM.replace("critical", "dreadful")
FAILS = CLAIM.replace("Ana Rivera quit the race", "Ana Rivera is here to stay")
NEW = 'id = "new"\nclaim = "Ana Rivera moved."\ntruth = "No."\nabout = ["rivera"]\nphrasings = ["She has moved"]\n'


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path / "rules")[0]


@pytest.fixture
def folder(desk: Desk, tmp_path: Path) -> Path:
    return tmp_path / "rules"


@pytest.fixture
def watch(desk: Desk, folder: Path) -> RulesWatch:
    return RulesWatch(folder, open_book(folder), desk.store, desk.pipeline, lambda: None, lambda: NOW)


def save(watch: RulesWatch, folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    disk = read(folder)
    watch.go_on_with(watch.checked(disk), disk)


def claim(desk: Desk, claim_id: str = "withdrawn") -> str | None:
    found = desk.pipeline.stages.rules.claim(claim_id)
    return None if found is None else found.claim


def deliver(store: Store) -> list[Notification]:
    found: list[Notification] = []
    while deliveries := outbox.claim_due(store, NOW, 10, tuple(NotificationKind)):
        for delivery in deliveries:
            outbox.mark_sent(store, delivery.notification.delivery_id, Receipt("C1", f"{len(found)}.0"))
            found.append(delivery.notification)
    return found


def said(notification: Notification) -> str:
    assert notification.notice is not None
    assert notification.notice.kind is NoticeKind.SERVICE
    return "\n".join((notification.notice.title, *notification.notice.lines))


def test_a_saved_claim_is_used_and_its_version_stands_in_the_alert(
    store: Store, desk: Desk, watch: RulesWatch, folder: Path
) -> None:
    before = desk.pipeline.rules_version
    save(watch, folder, withdrawn=CLAIM.replace("has withdrawn", "has given up"), new=NEW)
    assert claim(desk) == "Ana Rivera has given up."
    assert claim(desk, "new") == "Ana Rivera moved."
    send(desk, post(1, "Ana Rivera quit the race"))
    (version,) = store.db.execute("SELECT rules_version FROM alerts").fetchone()
    assert version == desk.pipeline.rules_version != before
    assert "rules." not in str([one.delivery_id for one in deliver(store)])


def test_a_bad_file_is_told_once_with_its_place_and_turns_green_when_it_is_mended(
    store: Store, desk: Desk, watch: RulesWatch, folder: Path
) -> None:
    save(watch, folder, withdrawn=BAD, new=NEW)
    save(watch, folder)
    assert claim(desk) == "Ana Rivera has withdrawn."
    assert claim(desk, "new") == "Ana Rivera moved.", "a mistake in one file does not hold up another"
    (told,) = deliver(store)
    assert told.kind is NotificationKind.NOTICE
    assert said(told).startswith(
        "❌ withdrawn.toml is not in use as it was saved: its last good version stays in use\n"
    )
    assert "withdrawn.toml:6:12: 'severity' cannot be" in said(told)

    save(watch, folder, withdrawn=BAD.replace("dreadful", "terrible"))
    (again,) = deliver(store)
    assert (again.kind, again.target) == (NotificationKind.EDIT, Receipt("C1", "0.0"))
    assert "terrible" in said(again)

    save(watch, folder, withdrawn=CLAIM.replace("has withdrawn", "has given up"))
    (mended,) = deliver(store)
    assert (mended.kind, mended.target) == (NotificationKind.EDIT, Receipt("C1", "0.0"))
    assert said(mended) == "✅ withdrawn.toml is mended, and in use as it was saved"
    assert claim(desk) == "Ana Rivera has given up."
    save(watch, folder)
    assert deliver(store) == []


def test_a_claim_that_fails_its_own_test_keeps_its_last_good_version(
    store: Store, desk: Desk, watch: RulesWatch, folder: Path
) -> None:
    save(watch, folder, withdrawn=FAILS.replace("has withdrawn", "has given up"))
    assert claim(desk) == "Ana Rivera has withdrawn."
    (told,) = deliver(store)
    assert 'withdrawn.toml:12:1: this test fails: "Ana Rivera is here to stay"; expected an alert' in said(told)


def test_a_draft_whose_tests_fail_goes_in(store: Store, desk: Desk, watch: RulesWatch, folder: Path) -> None:
    save(watch, folder, withdrawn=FAILS.replace("severity", 'status = "draft"\nseverity'))
    assert deliver(store) == []


def test_mended_before_it_was_told_it_is_told_as_mended_alone(
    store: Store, desk: Desk, watch: RulesWatch, folder: Path
) -> None:
    save(watch, folder, withdrawn=BAD)
    save(watch, folder, withdrawn=CLAIM)
    (told,) = deliver(store)
    assert "is mended" in said(told)


def test_what_may_be_on_its_way_is_rewritten_once_that_is_known(store: Store, watch: RulesWatch, folder: Path) -> None:
    save(watch, folder, withdrawn=BAD)
    (sending,) = outbox.claim_due(store, NOW, 10, tuple(NotificationKind))
    (folder / "withdrawn.toml").write_text(CLAIM, "utf-8")
    disk = read(folder)
    assert not watch.go_on_with(watch.checked(disk), disk)
    outbox.mark_sent(store, sending.notification.delivery_id, Receipt("C1", "1.0"))
    assert watch.go_on_with(watch.checked(disk), disk)
    (mended,) = deliver(store)
    assert mended.target == Receipt("C1", "1.0")


def test_candidates_that_go_bad_stay_as_they_were(store: Store, desk: Desk, watch: RulesWatch, folder: Path) -> None:
    save(watch, folder, candidates=CANDIDATES.replace("name", "nam"))
    assert [candidate.name for candidate in desk.pipeline.stages.rules.candidates] == ["Ana Rivera"]
    assert "candidates.toml:3:1" in said(deliver(store)[0])


class NamedInFull(QuitMeansAlert):
    """'quit' asserts it where the post gives a candidate's whole name."""

    def reindexed(self, rules: Rules) -> Matcher:
        return NamedInFull(rules)

    def _match(self, post: Post) -> Match | None:
        return super()._match(post) if any(one.name in post.text for one in self._rules.candidates) else None


@pytest.fixture
def by_name(desk: Desk, folder: Path) -> RulesWatch:
    rules = desk.pipeline.stages.rules
    pipeline = Pipeline(Stages(rules, NamedInFull(rules)), desk.store, desk.config.alerts)
    return RulesWatch(folder, open_book(folder), desk.store, pipeline, lambda: None, lambda: NOW)


def test_candidates_that_break_a_test_of_a_claim_stay_as_they_were_and_say_which(
    store: Store, by_name: RulesWatch, folder: Path
) -> None:
    save(by_name, folder, candidates=CANDIDATES.replace("Ana Rivera", "Ana María Rivera"))
    (told,) = deliver(store)
    assert said(told).startswith(
        "❌ candidates.toml is not in use as it was saved: its last good version stays in use\n"
    )
    assert "with it a test of withdrawn.toml (line 12) fails that passes without it" in said(told)
    save(by_name, folder, candidates=CANDIDATES + 'aliases = ["Annie"]\n')
    (mended,) = deliver(store)
    assert said(mended) == "✅ candidates.toml is mended, and in use as it was saved"


def test_candidates_are_not_blamed_for_a_test_that_failed_before(store: Store, desk: Desk, folder: Path) -> None:
    (folder / "withdrawn.toml").write_text(FAILS, "utf-8")
    watch = RulesWatch(folder, open_book(folder), store, desk.pipeline, lambda: None, lambda: NOW)
    save(watch, folder, candidates=CANDIDATES + 'aliases = ["Annie"]\n')
    assert deliver(store) == []
    assert [candidate.aliases for candidate in desk.pipeline.stages.rules.candidates] == [("Annie",)]


class OneClaimAlone(QuitMeansAlert):
    """'quit' asserts it as long as there are no more claims than the two of the beginning."""

    def reindexed(self, rules: Rules) -> Matcher:
        return OneClaimAlone(rules)

    def _match(self, post: Post) -> Match | None:
        return super()._match(post) if len(self._rules.claims) <= 2 else None


def test_candidates_are_not_blamed_for_what_a_claim_saved_with_them_breaks(
    store: Store, desk: Desk, folder: Path
) -> None:
    rules = desk.pipeline.stages.rules
    pipeline = Pipeline(Stages(rules, OneClaimAlone(rules)), store, desk.config.alerts)
    watch = RulesWatch(folder, open_book(folder), store, pipeline, lambda: None, lambda: NOW)
    save(watch, folder, candidates=CANDIDATES + 'aliases = ["Annie"]\n', new=NEW)
    assert deliver(store) == []
    assert [candidate.aliases for candidate in pipeline.stages.rules.candidates] == [("Annie",)]


def test_what_people_said_is_a_look_alike_stays_one(store: Store, desk: Desk, watch: RulesWatch, folder: Path) -> None:
    with store.transaction() as db:
        look_alikes.add(db, LookAlike("withdrawn", "Rivera quit her gym", "x:1", Person("U1", "Ana"), NOW))
    desk.pipeline.learn()
    save(watch, folder, withdrawn=CLAIM.replace("has withdrawn", "has given up"))
    found = desk.pipeline.stages.rules.claim("withdrawn")
    assert found is not None
    assert (found.claim, found.not_this) == ("Ana Rivera has given up.", ("Rivera quit smoking", "Rivera quit her gym"))


async def test_a_start_finds_what_was_mended_meanwhile_and_not_what_was_not(
    store: Store, desk: Desk, watch: RulesWatch, folder: Path
) -> None:
    save(watch, folder, withdrawn=BAD, ill=(folder / "ill.toml").read_text("utf-8").replace("truth", "trut"))
    deliver(store)
    (folder / "withdrawn.toml").write_text(FAILS, "utf-8")
    (folder / "ill.toml").write_text(NEW.replace("new", "ill"), "utf-8")
    await started(desk, folder)
    edits = sorted(said(edit) for edit in deliver(store))
    assert edits[0].startswith("✅ ill.toml is mended")
    assert edits[1].startswith("❌ withdrawn.toml is in use, and something is wrong with it")
    assert list(mending.every(store.db)) == ["withdrawn.toml"]


async def started(desk: Desk, folder: Path, *saves: str) -> list[float | None]:
    """The task from its start on: it hears of each of these versions of withdrawn.toml, and ends. Returns its waits."""
    stop = asyncio.Event()
    waits: list[float | None] = []

    async def changes(_folder: Path, _stop: asyncio.Event) -> AsyncIterator[None]:
        for text in saves:
            (folder / "withdrawn.toml").write_text(text, "utf-8")
            yield

    async def wait(_events: Sequence[asyncio.Event], seconds: float | None) -> None:
        waits.append(seconds)
        if (folder / "withdrawn.toml").read_text("utf-8") == "":
            (folder / "withdrawn.toml").write_text(CLAIM.replace("has withdrawn", "has given up"), "utf-8")

    book = open_book(folder)
    watch = RulesWatch(folder, book, desk.store, desk.pipeline, lambda: None, lambda: NOW, changes, wait)
    await watch.run(stop)
    return waits


async def test_an_editor_that_empties_a_file_before_it_writes_it_is_waited_for(
    store: Store, desk: Desk, folder: Path
) -> None:
    assert len(await started(desk, folder, "")) == 1
    assert claim(desk) == "Ana Rivera has given up."
    assert deliver(store) == []


async def test_a_folder_that_is_as_it_was_is_not_looked_into_again(desk: Desk, folder: Path) -> None:
    assert await started(desk, folder, BAD, BAD, BAD) == [0.3]


async def test_what_goes_wrong_in_a_look_leaves_the_rules_in_use(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_written: object = None) -> None:
        raise RuntimeError("the model choked")

    monkeypatch.setattr(desk.pipeline, "learn", fails)
    await started(desk, folder, CLAIM.replace("has withdrawn", "has given up"))
    assert claim(desk) == "Ana Rivera has withdrawn."


async def test_a_file_that_is_saved_is_heard_of_and_a_stop_ends_it(tmp_path: Path) -> None:
    stop = asyncio.Event()
    heard = changes_in(tmp_path, stop)
    hearing = asyncio.ensure_future(anext(heard))
    async with asyncio.timeout(600):
        # The watch begins in a thread of its own, so the first save may come before it.
        number = 0
        while not hearing.done():
            number += 1
            (tmp_path / "claim.toml").write_text(str(number), "utf-8")
            await asyncio.wait([hearing], timeout=0.1)
        stop.set()
        async for _ in heard:
            pass


class Slow(QuitMeansAlert):
    """Says by which rules a post was judged, and lets others in between."""

    def reindexed(self, rules: object) -> Slow:
        return Slow(rules)  # type: ignore[arg-type]

    def match(self, posts: Sequence[tuple[Post, object]], now: object) -> list[object]:  # type: ignore[override]
        found = self._rules.claim("withdrawn")
        assert found is not None
        seen = []
        for one, _ in posts:
            again = self._rules.claim("withdrawn")
            match = self._match(one)
            assert again is found
            seen.append(match and replace(match, why=f"{self._rules.version} {found.claim}"))
        return seen  # type: ignore[return-value]


def test_posts_that_flow_while_rules_change_are_each_judged_once_and_by_one_set(
    store: Store, desk: Desk, folder: Path
) -> None:
    book = open_book(folder)
    pipeline = Pipeline(Stages(book.rules, Slow(book.rules)), store, desk.config.alerts)
    watch = RulesWatch(folder, book, store, pipeline, lambda: None, lambda: NOW)
    done = Event()
    total = 600

    def stream() -> None:
        for first in range(0, total, 20):
            posts = tuple(post(number, f"Ana Rivera quit {number}") for number in range(first, first + 20))
            pipeline.accept("sky", "bluesky", Page(posts, str(first)), NOW)
        done.set()

    def settle() -> None:
        while not done.is_set() or pipeline.advance(NOW, 8):
            pipeline.advance(NOW, 8)

    with ThreadPoolExecutor() as pool:
        running = [pool.submit(stream), pool.submit(settle)]
        version = 0
        while not all(future.done() for future in running):
            version += 1
            bad = "" if version % 3 else "oops"
            save(watch, folder, withdrawn=CLAIM.replace("has withdrawn", f"has withdrawn {version}") + bad)
        for future in running:
            future.result()

    _each_was_judged_once_by_one_set(store, total)


def test_at_500_posts_a_second_rules_that_are_saved_every_half_second_tear_none(
    store: Store, desk: Desk, folder: Path
) -> None:
    """Ten pages of 50 posts a second, by a clock of its own; a page is settled in two batches, and a save falls between
    them. Every third save has a mistake in it."""
    book = open_book(folder)
    pipeline = Pipeline(Stages(book.rules, Slow(book.rules)), store, desk.config.alerts)
    watch = RulesWatch(folder, book, store, pipeline, lambda: None, lambda: NOW)
    for tenth in range(40):
        now = NOW + tenth * timedelta(seconds=0.1)
        posts = tuple(post(50 * tenth + number, f"Ana Rivera quit {tenth} {number}") for number in range(50))
        pipeline.accept("sky", "bluesky", Page(posts, str(tenth)), now)
        assert pipeline.advance(now, 20) == 20
        if tenth % 5 == 4:
            bad = "" if tenth % 15 != 14 else "oops"
            save(watch, folder, withdrawn=CLAIM.replace("has withdrawn", f"has withdrawn {tenth}") + bad)
        assert pipeline.advance(now, 100) == 30

    _each_was_judged_once_by_one_set(store, 2000)


def _each_was_judged_once_by_one_set(store: Store, total: int) -> None:
    rows = store.db.execute("SELECT post_key, why, rules_version FROM matches").fetchall()
    assert len(rows) == len({key for key, _, _ in rows}) == total
    by_version: dict[str, set[str]] = {}
    for _, why, recorded in rows:
        judged_by, text = why.split(" ", 1)
        assert judged_by == recorded
        by_version.setdefault(recorded, set()).add(text)
    assert all(len(texts) == 1 for texts in by_version.values())
    assert len(by_version) > 2, "the rules changed while posts flowed"
    assert store.db.execute("SELECT sum(posts) FROM incidents").fetchone() == (total,)
    assert store.db.execute("SELECT count(*) FROM alerts WHERE kinds = 'message'").fetchone() == (1,)
