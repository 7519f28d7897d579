from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.answering import parents_in
from monitor.config import AlertConfig
from monitor.match.matcher import Matcher
from monitor.model import Candidate, Claim, ClaimStatus, Decision, Match, Mention, Page, Post, Rules, Stance
from monitor.pipeline import Pipeline, Stages
from monitor.rulebook import backtest, chart
from monitor.rulebook.backtest import Said, compare, rejudged, tradeoff
from monitor.store import history
from monitor.store.db import Store
from monitor.store.history import Ruling
from monitor.store.verdicts import HumanVerdict

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WITHDRAWN = Claim("withdrawn", "Ana Rivera has withdrawn.", "She runs.", ("rivera",))
ILL = Claim("ill", "Ana Rivera is ill.", "She is well.", ("rivera",), status=ClaimStatus.SHADOW)
RULES = Rules((Candidate("rivera", "Ana Rivera"),), (WITHDRAWN, ILL), "v1")


class WordMatcher(Matcher):
    """A post asserts the first claim, matched at the time, whose id it has in it; `not` keeps it quiet."""

    def __init__(self, rules: Rules = RULES) -> None:
        self._all = rules
        self.judged: list[str] = []

    def reindexed(self, rules: Rules) -> WordMatcher:
        return WordMatcher(rules)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        self.judged += [post.text for post, _ in posts]
        return [self._match(post, now) for post, _ in posts]

    def _match(self, post: Post, now: datetime) -> Match | None:
        found = next((one.id for one in self._all.claims if one.is_matched(now) and one.id in post.text), None)
        if found is None:
            return None
        decision = Decision.QUIET if "not" in post.text else Decision.ALERT
        return Match(post.key, found, "phrasing", 0.9, Stance.SUPPORT, decision, post.text, f"says {found}")


def post(number: int, text: str) -> Post:
    return Post(str(number), text, "bluesky", f"user{number}", NOW - DAY)


def ruled(number: int, text: str, claim_id: str | None, at: datetime = NOW) -> Ruling:
    return Ruling(post(number, text), at, claim_id, 0.9, "because")


def run(past: Sequence[Ruling], matcher: Matcher, rules: Rules = RULES) -> list[Ruling]:
    batches = rejudged(past, Stages(rules, matcher), lambda _: nullcontext(), lambda _: None)
    return [one for batch in batches for one in batch]


TEXTS = ("Rivera withdrawn", "Rivera not withdrawn", "Rivera is ill", "Rivera smiles", "Rivera withdrawn", "withdrawn!")


def test_the_same_rules_decide_what_the_live_path_decided(store: Store) -> None:
    pipeline = Pipeline(Stages(RULES, WordMatcher()), store, AlertConfig())
    found = tuple(post(number, text) for number, text in enumerate(TEXTS * 100))
    pipeline.accept("feed", "jsonl", Page(found, "c"), NOW)
    while pipeline.advance(NOW, 32):
        pass

    past = history.rulings(store, NOW - DAY)
    after = run(past, WordMatcher())

    assert [one.post.key for one in past] == [one.key for one in found]
    assert [(one.claim_id, one.score) for one in after] == [(one.claim_id, one.score) for one in past]
    assert {one.claim_id for one in past} == {None, "withdrawn"}


def test_an_answer_that_agrees_is_read_under_the_post_above_it_as_by_the_live_path(store: Store) -> None:
    above = (post(1, "Rivera withdrawn"), post(2, "Rivera not withdrawn"), post(3, "Rivera smiles"))
    below = [replace(post(10 + one, "This is true, share it"), reply_to=str(one)) for one in (1, 2, 3, 4)]
    pipeline = Pipeline(Stages(RULES, WordMatcher()), store, AlertConfig())
    pipeline.accept("feed", "jsonl", Page((*above, *below), "c"), NOW)
    while pipeline.advance(NOW, 3):
        pass
    past = history.rulings(store, NOW - DAY)
    pages: list[list[str]] = []

    @contextmanager
    def page(posts: Sequence[Post]) -> Iterator[None]:
        pages.append([one.id for one in posts])
        yield

    (after,) = rejudged(past, Stages(RULES, WordMatcher()), page, parents_in(store))

    assert [one.post.id for one in after if one.claim_id == "withdrawn"] == ["1", "11"]
    assert [(one.claim_id, one.score) for one in after] == [(one.claim_id, one.score) for one in past]
    assert after[3].why == past[3].why == "says withdrawn; with the post that it answers"
    assert pages[1:] == [["11", "12", "13", "1", "2", "3"]], "what is made of two posts goes with either"


def test_looking_for_circles_goes_on_after_each_batch() -> None:
    during: list[bool] = []

    @contextmanager
    def page(_: Sequence[Post]) -> Iterator[None]:
        during.append(gc.isenabled())
        yield

    past = [ruled(number, f"Rivera {number}", None) for number in range(backtest.BATCH + 1)]
    after = [gc.isenabled() for _ in rejudged(past, Stages(RULES, WordMatcher()), page, lambda _: None)]

    assert (during, after) == ([False, False], [True, True])


def test_a_claim_in_shadow_alerts_nobody_then_or_now(store: Store) -> None:
    pipeline = Pipeline(Stages(RULES, WordMatcher()), store, AlertConfig())
    pipeline.accept("feed", "jsonl", Page((post(1, "Rivera is ill"),), "c"), NOW)
    pipeline.advance(NOW, 32)

    past = history.rulings(store, NOW - DAY)

    assert [one.claim_id for one in (*past, *run(past, WordMatcher()))] == [None, None]


def test_posts_that_came_before_or_wait_are_left_out(store: Store) -> None:
    pipeline = Pipeline(Stages(RULES, WordMatcher()), store, AlertConfig())
    for number, at in enumerate((NOW - 2 * DAY, NOW, NOW + DAY)):
        pipeline.accept("feed", "jsonl", Page((post(number, "Rivera"),), str(number)), at)
    pipeline.advance(NOW + DAY, 2)

    assert [one.post.id for one in history.rulings(store, NOW - DAY)] == ["1"]


def test_the_same_words_are_judged_once() -> None:
    matcher = WordMatcher()
    after = run([ruled(number, "Rivera withdrawn", None) for number in range(600)], matcher)

    assert matcher.judged == ["Rivera withdrawn"]
    assert [one.post.id for one in after] == [str(number) for number in range(600)]


def test_a_claim_counts_from_its_first_day_on() -> None:
    rules = replace(RULES, claims=(replace(WITHDRAWN, valid_from=NOW),))
    past = [ruled(1, "withdrawn", None, NOW - timedelta(seconds=1)), ruled(2, "withdrawn", None, NOW)]

    assert [one.claim_id for one in run(past, WordMatcher(rules), rules)] == [None, "withdrawn"]


def test_each_batch_is_judged_within_its_page() -> None:
    pages: list[list[str]] = []

    @contextmanager
    def page(posts: Sequence[Post]) -> Iterator[None]:
        pages.append([one.id for one in posts])
        yield

    past = [ruled(number, f"Rivera {number}", None) for number in range(backtest.BATCH + 1)]
    list(rejudged(past, Stages(RULES, WordMatcher()), page, lambda _: None))

    assert [len(of_page) for of_page in pages] == [backtest.BATCH, 1]


def test_gained_and_lost_alerts_come_with_what_people_said() -> None:
    before = [ruled(1, "a", "withdrawn"), ruled(2, "b", "withdrawn"), ruled(3, "c", None), ruled(4, "d", "ill")]
    after = [ruled(1, "a", "withdrawn"), ruled(2, "b", None), ruled(3, "c", "withdrawn"), ruled(4, "d", "withdrawn")]
    said = Said([
        HumanVerdict(post(2, "b"), "withdrawn", True), HumanVerdict(post(3, "c"), "withdrawn", False),
    ])  # fmt: skip

    found = compare(before, after, said, NOW - 2 * DAY, NOW)

    assert [(one.post.id, one.claim_id, one.asserts) for one in found.lost] == [
        ("4", "ill", None),
        ("2", "withdrawn", True),
    ]
    assert [(one.post.id, one.asserts) for one in found.gained] == [("3", False), ("4", None)]
    assert [(one.claim_id, one.before, one.after, one.gained_false, one.lost_confirmed) for one in found.claims] == [
        ("ill", 1, 0, 0, 0),
        ("withdrawn", 2, 3, 1, 1),
    ]
    assert (found.false_before, found.false_after, found.unknown_after, found.days) == (0, 1, 2, 2.0)


def test_copies_are_listed_once_and_share_what_was_said() -> None:
    before = [ruled(number, "Rivera withdrawn", "withdrawn") for number in range(3)]
    after = [ruled(number, "Rivera withdrawn", None) for number in range(3)]

    (lost,) = compare(
        before, after, Said([HumanVerdict(post(2, "rivera WITHDRAWN"), "withdrawn", True)]), NOW, NOW
    ).lost

    assert (lost.post.id, lost.posts, lost.asserts) == ("0", 3, True)


def test_a_persons_word_on_the_post_itself_goes_before_that_on_a_copy() -> None:
    said = Said([HumanVerdict(post(1, "x"), "ill", True), HumanVerdict(post(2, "x"), "ill", False)])

    assert [said.of(post(number, "x"), "ill") for number in (1, 2, 3)] == [True, False, False]
    assert said.of(post(1, "x"), "withdrawn") is None


def test_a_higher_threshold_trades_recall_for_precision() -> None:
    found = tradeoff(WITHDRAWN, 0.5, [(0.9, True), (0.7, False), (0.55, True), (None, True)])
    points = {point.threshold: (point.precision, point.recall) for point in found.points}

    assert points[0.5] == (2 / 3, 2 / 3)
    assert points[0.8] == (1.0, 1 / 3)
    assert points[0.95] == (None, 0.0)
    assert (found.judged, found.confirmed) == (4, 3)


def test_the_chart_is_drawn_twice_alike_whatever_a_claim_is_called() -> None:
    one = tradeoff(replace(WITHDRAWN, id="$x_1<b>"), 0.5, [(0.9, True), (0.7, False)])

    picture = chart.draw([one])

    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert picture == chart.draw([one])


def test_without_a_judged_post_there_is_no_chart() -> None:
    assert chart.draw([]) is None
