from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.model import Claim, Decision, Match, Mention, Post, Rules, RuleTest, Stance, Verdict
from monitor.rulebook.advising import Advice, advise
from monitor.rulebook.effect import Kind
from monitor.store.memory import no_page
from monitor.store.verdicts import HumanVerdict

NOW = datetime(2026, 10, 20, tzinfo=UTC)
QUIT = Claim("quit", "She quit.", "She runs.", ("ana",), phrasings=("Ana quit",))
JAIL = Claim("jail", "She is in jail.", "She is not.", ("ana",), phrasings=("Ana jailed",))


class WordStages:
    """A post asserts the claims one of whose phrasings it contains, surely; one with "Ana" in it is in doubt."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def with_rules(self, rules: Rules) -> WordStages:
        return WordStages(rules)

    def mention(self, post: Post) -> Mention:
        return Mention(("ana",))

    def judge(self, mentioned: Sequence[tuple[Post, Mention]], now: datetime) -> list[Verdict]:
        return self.classify([post for post, _ in mentioned], now)

    def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]:
        return [self._verdict(post) for post in batch]

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]:
        return [
            {claim.id: _score(post, claim) for claim in self.rules.claims if post.text not in claim.not_this}
            for post in batch
        ]

    def against_each(self, post: Post, now: datetime) -> list[Match]:
        return [self._match(post, claim) for claim in self.rules.claims]

    def _verdict(self, post: Post) -> Verdict:
        match = max(self.against_each(post, NOW), key=lambda match: (match.decision is Decision.ALERT, match.score))
        return Verdict(post, self.mention(post), match.decision, "", match)

    def _match(self, post: Post, claim: Claim) -> Match:
        score, bar = _score(post, claim), 0.5 if claim.threshold is None else claim.threshold
        alerts = score >= bar and not any(words in post.text for words in claim.not_this)
        decision = Decision.ALERT if alerts else Decision.QUIET
        return Match(post.key, claim.id, claim.phrasings[0], score, Stance.SUPPORT, decision, post.text, "")


def _score(post: Post, claim: Claim) -> float:
    return 0.9 if any(words in post.text for words in claim.phrasings) else 0.45


def advised(said: Sequence[tuple[str, bool]], *claims: Claim, elsewhere: Sequence[tuple[str, bool]] = ()) -> Advice:
    """Of the first claim. `said` of it, `elsewhere` of the claim about jail."""
    stages = WordStages(Rules((), claims or (QUIT,), "1"))
    given = [HumanVerdict(Post(text, text), "quit", asserts) for text, asserts in said]
    given += [HumanVerdict(Post(text, text), "jail", asserts) for text, asserts in elsewhere]
    return advise(stages, given, 0.5, no_page, NOW, lambda what, done, of: None)[0]


LEFT = [("Ana left", True), *((f"{number} Ana left", True) for number in range(4))]
OTHERS = [(f"{number} Ana went home", False) for number in range(12)]


def test_a_phrasing_that_finds_other_confirmed_posts_is_suggested_with_its_effect() -> None:
    found = advised(LEFT + OTHERS)

    (phrasing,) = found.suggested
    assert (phrasing.kind, phrasing.text) == (Kind.PHRASING, "Ana left")
    assert phrasing.words == (
        "would, beside its own post, have caught 4 more confirmed posts, 0 more false ones, of 16 verdicts:"
        " not sure yet"
    )
    assert (found.judged, found.confirmed) == (17, 5)


def test_a_phrasing_that_finds_nothing_else_is_dropped_and_says_why() -> None:
    found = advised([("Ana left", True), *OTHERS])

    assert found.suggested == ()
    assert [one.against for one in found.dropped] == [
        "that it helps does not show: with it, scores fit what people said hardly better than chance would"
    ]


def test_a_phrasing_that_also_finds_a_false_alarm_is_dropped() -> None:
    found = advised([*LEFT, ("Ana left Ohio", False), *OTHERS])

    assert found.suggested == ()
    assert found.dropped[0].against.startswith("of what it adds, 1 were false and 0 nobody judged")


def test_posts_that_were_judged_for_another_claim_are_tried_too() -> None:
    confirmed = advised(LEFT + OTHERS, QUIT, JAIL, elsewhere=[("Ana left jailed", True)])
    denied = advised(LEFT + OTHERS, QUIT, JAIL, elsewhere=[("Ana left jail", False)])

    assert confirmed.dropped[0].against == "of what it adds, 1 were false and 0 nobody judged"
    assert denied.dropped[0].against == "of what it adds, 0 were false and 1 nobody judged"


def test_a_sentence_that_breaks_a_test_of_the_claim_is_dropped() -> None:
    tests = (RuleTest("Ana left the gym", Decision.QUIET), RuleTest("Ana quit", Decision.ALERT))
    found = advised(LEFT + OTHERS, Claim("quit", "She quit.", "", ("ana",), phrasings=("Ana quit",), tests=tests))

    assert found.suggested == ()
    assert found.dropped[0].against == "it breaks the test “Ana left the gym”"


def test_a_test_that_fails_already_speaks_against_nothing() -> None:
    tests = (RuleTest("Ana quit her job", Decision.QUIET),)
    found = advised(LEFT + OTHERS, Claim("quit", "She quit.", "", ("ana",), phrasings=("Ana quit",), tests=tests))

    assert [one.text for one in found.suggested] == ["Ana left"]


def test_a_look_alike_that_keeps_false_alarms_back_is_suggested() -> None:
    gym = Claim("quit", "She quit.", "She runs.", ("ana",), phrasings=("gym",))
    said = [("her gym", False), ("her gym.", False), ("Ana in a gym", True)]

    found = advised([*said, *OTHERS], gym)

    assert [(one.kind, one.text) for one in (*found.suggested, *found.dropped)] == [(Kind.LOOK_ALIKE, "her gym")]


def test_with_few_verdicts_nothing_is_read_again_and_it_says_so() -> None:
    judged: list[Post] = []

    class CountingStages(WordStages):
        def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]:
            judged.extend(batch)
            return super().classify(batch, now)

        def with_rules(self, rules: Rules) -> CountingStages:
            return CountingStages(rules)

    given = [HumanVerdict(Post(text, text), "quit", asserts) for text, asserts in LEFT]

    (found,) = advise(CountingStages(Rules((), (QUIT,), "1")), given, 0.5, no_page, NOW, lambda what, done, of: None)

    assert len(judged) == len(LEFT)
    assert found.dropped[0].against == "too few other verdicts to try it on: 4; 10 are the least"


def test_a_sentence_that_adds_nothing_beside_another_is_dropped() -> None:
    said = [("Ana left", True), ("left town", True), *((f"{number} Ana left town", True) for number in range(4))]

    found = advised([*said, *OTHERS])

    assert len(found.suggested) == 1
    assert "beside the other sentences it adds nothing" in [one.against for one in found.dropped]


def test_a_threshold_is_tried_on_the_tests_too() -> None:
    said = [
        *((f"{number} Ana quit", True) for number in range(12)),
        *((f"{number} Ana", False) for number in range(12)),
    ]
    low = Claim("quit", "She quit.", "", ("ana",), phrasings=("Ana quit",), threshold=0.2)
    broken = Claim(
        "quit", "She quit.", "", ("ana",), phrasings=("Ana quit",), threshold=0.2,
        tests=(RuleTest("Ana resigned", Decision.ALERT),),
    )  # fmt: skip

    found, dropped = advised(said, low), advised(said, broken)

    assert found.threshold is not None
    assert found.threshold.suggested == 0.5
    assert dropped.threshold is None
    assert dropped.why == "0.5 was tried: it breaks the test “Ana resigned”"


def test_what_is_done_is_told_as_it_is_done() -> None:
    told: list[tuple[str, int, int]] = []
    given = [HumanVerdict(Post(text, text), "quit", asserts) for text, asserts in LEFT + OTHERS]

    advise(
        WordStages(Rules((), (QUIT,), "1")),
        given,
        0.5,
        no_page,
        NOW,
        lambda what, done, of: told.append((what, done, of)),
    )

    assert told == [
        ("judged posts", 0, 17), ("judged posts", 16, 17), ("judged posts", 17, 17),
        ("tried claims", 0, 1), ("tried claims", 1, 1),
    ]  # fmt: skip
