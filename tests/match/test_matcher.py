from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.match.decide import Chances
from monitor.match.encoder import Encoder
from monitor.match.judge import Judge
from monitor.match.matcher import JUDGED, Matcher
from monitor.match.second import Question, SecondOpinion
from monitor.mention import Mentions
from monitor.model import Candidate, Claim, ClaimStatus, Decision, Match, Media, Post, Rules, Stance

NOW = datetime(2026, 10, 20, tzinfo=UTC)
RIVERA = Candidate("rivera", "Ana Rivera", ambiguous=("Rivera",), context=("race",))
MOON = Candidate("moon", "Daniel Moon")
WITHDRAWN = Claim(
    "withdrawn", "Ana Rivera has withdrawn.", "Ana Rivera is on the ballot.", ("rivera",),
    phrasings=("Ana Rivera dropped out",), not_this=("Ana Rivera dropped out of the debate",),
)  # fmt: skip
BRIBED = Claim("bribed", "Daniel Moon took a bribe.", "He did not.", ("moon",))
RULES = Rules((RIVERA, MOON), (WITHDRAWN, BRIBED), "v1")


def matched(encoder: Encoder, judge: Judge, *texts: str, rules: Rules = RULES) -> list[Match | None]:
    mentions = Mentions(rules)
    posts = [Post(str(number), text) for number, text in enumerate(texts)]
    return Matcher(rules, encoder, judge, 0.6).match([(post, mentions.read(post)) for post in posts], NOW)


def test_each_post_gets_the_likeliest_claim_that_it_may_be_about(encoder: Encoder, judge: Judge) -> None:
    first, second, nothing = matched(encoder, judge, "Ana Rivera dropped out", "Daniel Moon took a bribe", "weather")
    assert first is not None
    assert (first.claim_id, first.decision, first.phrasing) == ("withdrawn", Decision.ALERT, "Ana Rivera dropped out")
    assert second is not None
    assert (second.claim_id, second.decision) == ("bribed", Decision.ALERT)
    assert nothing is None


def test_a_post_about_somebody_else_says_about_whom(encoder: Encoder, judge: Judge) -> None:
    (match,) = matched(encoder, judge, "it is said that Daniel Moon dropped out")
    assert match is not None
    assert match.why.startswith("about Daniel Moon, not Ana Rivera")


def test_a_post_that_names_nobody_is_judged_all_the_same(encoder: Encoder, judge: Judge) -> None:
    (match,) = matched(encoder, judge, "she has withdrawn")
    assert match is not None
    assert match.claim_id == "withdrawn"


def test_a_claim_with_words_that_bring_a_post_in_needs_one_of_them(encoder: Encoder, judge: Judge) -> None:
    rules = replace(RULES, claims=(Claim("moved", "The election was moved.", "", must_mention=("november",)),))
    none, some = matched(encoder, judge, "the election was moved", "the election was moved, november", rules=rules)
    assert none is None
    assert some is not None


def test_a_denial_is_quiet(encoder: Encoder, judge: Judge) -> None:
    (match,) = matched(encoder, judge, "Ana Rivera has not dropped out")
    assert match is not None
    assert (match.decision, match.stance) == (Decision.QUIET, Stance.DENY)


def test_a_post_nearer_to_a_look_alike_is_quiet(encoder: Encoder, judge: Judge) -> None:
    (match,) = matched(encoder, judge, "Ana Rivera dropped out of the debate")
    assert match is not None
    assert match.decision is Decision.QUIET
    assert "look-alike" in match.why


LEFT = Claim("left", "Ana Rivera left the debate.", "She stayed.", ("rivera",), threshold=0.5)


def test_a_look_alike_of_one_claim_keeps_no_other_claim_quiet(encoder: Encoder, judge: Judge) -> None:
    both = replace(RULES, claims=(WITHDRAWN, LEFT))
    (match,) = matched(encoder, judge, "Ana Rivera dropped out of the debate", rules=both)
    assert match is not None
    assert (match.claim_id, match.decision) == ("left", Decision.ALERT)


def test_a_claim_in_shadow_takes_no_post_from_one_that_people_are_told_about(encoder: Encoder, judge: Judge) -> None:
    again = replace(WITHDRAWN, id="again", phrasings=("Ana Rivera dropped out today",), status=ClaimStatus.SHADOW)
    both = replace(RULES, claims=(again, WITHDRAWN))
    (match,) = matched(encoder, judge, "Ana Rivera dropped out today", rules=both)
    assert match is not None
    assert (match.claim_id, match.decision) == ("withdrawn", Decision.ALERT)


def test_a_reason_quotes_a_spanish_post_as_it_was_written(encoder: Encoder, judge: Judge) -> None:
    (match,) = matched(encoder, judge, "es mentira que Ana Rivera se retiró de la contienda, no es verdad")
    assert match is not None
    assert "mentira" in match.why


def test_a_name_of_short_words_is_a_name(encoder: Encoder, judge: Judge) -> None:
    lee = Candidate("lee", "Amy Lee")
    quit_ = Claim("quit", "Amy Lee has quit.", "She runs.", ("lee",))
    rules = Rules((lee,), (quit_,), "v1")
    post = Post("1", "Amy Lee has quit")
    ((pair, *_),) = Matcher(rules, encoder, judge, 0.6).pairs([(post, Mentions(rules).read(post))], NOW)
    assert pair.names.own == {"amy", "lee"}


def test_a_claim_buried_in_a_long_post_is_found_in_its_sentence(encoder: Encoder, judge: Judge) -> None:
    (match,) = matched(encoder, judge, "Nice market today.\nAna Rivera dropped out.\nThe bread there is the best.")
    assert match is not None
    assert (match.sentence, match.decision) == ("Ana Rivera dropped out.", Decision.ALERT)


def test_the_description_of_a_picture_is_read(encoder: Encoder, judge: Judge) -> None:
    post = Post("1", "look at this", media=(Media(alt="Ana Rivera dropped out"),))
    (match,) = Matcher(RULES, encoder, judge, 0.5).match([(post, Mentions(RULES).read(post))], NOW)
    assert match is not None
    assert match.claim_id == "withdrawn"


@pytest.mark.parametrize(
    "claim",
    [
        replace(WITHDRAWN, status=ClaimStatus.DRAFT),
        replace(WITHDRAWN, status=ClaimStatus.RETIRED),
        replace(WITHDRAWN, valid_until=NOW),
    ],
)
def test_a_claim_that_is_not_in_force_is_not_matched(encoder: Encoder, judge: Judge, claim: Claim) -> None:
    rules = replace(RULES, claims=(claim,))
    assert matched(encoder, judge, "Ana Rivera dropped out", rules=rules) == [None]


def test_a_batch_is_encoded_in_one_call(judge: Judge, encoder: Encoder) -> None:
    matcher = Matcher(RULES, encoder, judge, 0.5)
    calls = encoder.calls  # type: ignore[attr-defined]
    calls.clear()
    posts = [Post(str(number), f"Ana Rivera dropped out {number}") for number in range(20)]
    matcher.match([(post, Mentions(RULES).read(post)) for post in posts], NOW)
    assert len(calls) == 1


def test_a_post_is_matched_the_same_alone_and_among_others(encoder: Encoder, judge: Judge) -> None:
    texts = (
        "Ana Rivera dropped out", "Nice market. Daniel Moon took a bribe. So they say. Ana Rivera waits.", "weather",
        "Ana Rivera dropped out of the debate", "she has withdrawn, el candidato se retiró de la contienda",
    )  # fmt: skip
    together = matched(encoder, judge, *texts)
    alone = [match for text in texts for match in matched(encoder, judge, text)]
    assert sum(match is not None for match in alone) >= 3
    assert [match and replace(match, post_key="") for match in together] == [
        match and replace(match, post_key="") for match in alone
    ]


def test_no_posts_and_no_claims_are_no_error(encoder: Encoder, judge: Judge) -> None:
    assert matched(encoder, judge) == []
    assert matched(encoder, judge, "Ana Rivera dropped out", rules=replace(RULES, claims=())) == [None]


def test_a_plain_list_of_claims_is_ranked_and_its_likeliest_judged(encoder: Encoder, judge: Judge) -> None:
    claims = tuple(Claim(str(number), f"claim number {number} about thing{number}", "") for number in range(JUDGED + 5))
    matcher = Matcher(Rules((), claims, ""), encoder, judge, 0.5)
    (ranked,) = matcher.rank([Post("1", "thing7 is about claim number 7")], top=JUDGED + 2)
    assert len(ranked.nearest) == JUDGED + 2
    assert ranked.nearest[0].claim.id == "7"
    assert ranked.match is not None
    assert ranked.match.claim_id == "7"


def test_of_how_many_claims_of_a_list_is_told_decides_nothing(encoder: Encoder, judge: Judge) -> None:
    claims = tuple(Claim(str(number), f"claim number {number} about thing{number}", "") for number in range(60))
    matcher = Matcher(Rules((), claims, ""), encoder, judge, 0.5)
    posts = [Post("1", "thing7 is about claim number 7")]
    one, few, many = (matcher.rank(posts, top)[0] for top in (1, 5, 50))
    assert one.match == few.match == many.match
    assert (len(one.nearest), len(few.nearest), len(many.nearest)) == (1, 5, 50)


def test_the_ranking_of_a_plain_list_tells_claims_apart_by_short_words(encoder: Encoder, judge: Judge) -> None:
    claims = (Claim("bureau", "The FBI has made it up", ""), Claim("agency", "The CIA has made it up", ""))
    matcher = Matcher(Rules((), claims, ""), encoder, judge, 0.5)
    for text, nearest in (("so they say the #CIA made it up", "agency"), ("so they say the #FBI made it up", "bureau")):
        (ranked,) = matcher.rank([Post("1", text)], top=2)
        assert ranked.nearest[0].claim.id == nearest
        assert ranked.nearest[0].score > ranked.nearest[1].score


class Contradicting:
    """A second judge to which every post is a denial."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, questions: Sequence[Question]) -> list[Chances | None]:
        self.asked += questions
        return [Chances(0.0, 1.0, 0.0)] * len(questions)

    def check(self) -> str:
        return "here"


def test_a_second_judge_is_asked_about_the_likeliest_claim_of_an_uncertain_post(encoder: Encoder, judge: Judge) -> None:
    second = Contradicting()
    matcher = Matcher(RULES, encoder, judge, 0.6, SecondOpinion(second, (0.5, 1.5)))
    posts = [
        Post("1", "Ana Rivera dropped out, says Daniel Moon"),
        Post("2", "Ana Rivera dropped out"),
        Post("3", "rain"),
    ]
    uncertain, certain, nothing = matcher.match([(post, Mentions(RULES).read(post)) for post in posts], NOW)
    assert [(asked.claim, asked.about, asked.others) for asked in second.asked] == [
        (WITHDRAWN.claim, ("Ana Rivera",), ("Daniel Moon",))
    ]
    assert uncertain is not None
    assert (uncertain.decision, uncertain.stance) == (Decision.QUIET, Stance.DENY)
    assert uncertain.why.endswith("second opinion: denies it")
    assert certain is not None
    assert certain.decision is Decision.ALERT
    assert nothing is None


def test_scores_are_the_judges_own_for_each_claim_that_is_judged(encoder: Encoder, judge: Judge) -> None:
    mentions = Mentions(RULES)
    texts = ["Ana Rivera dropped out", "Ana Rivera has not dropped out", "weather"]
    posts = [(post, mentions.read(post)) for post in (Post(str(number), text) for number, text in enumerate(texts))]

    asserted, denied, nothing = Matcher(RULES, encoder, judge, 0.6).scores(posts, NOW)

    assert asserted == {"withdrawn": pytest.approx(1.0)}
    assert denied == {"withdrawn": 0.0}
    assert nothing == {}


def test_a_claim_that_a_look_alike_rules_out_has_no_score(encoder: Encoder, judge: Judge) -> None:
    post = Post("1", "Ana Rivera dropped out of the debate")

    assert Matcher(RULES, encoder, judge, 0.6).scores([(post, Mentions(RULES).read(post))], NOW) == [{}]


def test_a_post_is_held_against_each_claim_that_is_near_it_the_likeliest_first(encoder: Encoder, judge: Judge) -> None:
    matcher = Matcher(RULES, encoder, judge, 0.6)
    post = Post("1", "Ana Rivera dropped out, Daniel Moon took a bribe")
    mention = Mentions(RULES).read(post)
    each = matcher.against_each(post, mention, NOW)
    assert {match.claim_id for match in each} == {"withdrawn", "bribed"}
    assert [match.score for match in each] == sorted((match.score for match in each), reverse=True)
    assert matcher.match([(post, mention)], NOW) == [each[0]]


def test_other_rules_take_the_same_models(encoder: Encoder, judge: Judge) -> None:
    learned = replace(WITHDRAWN, not_this=(*WITHDRAWN.not_this, "Ana Rivera has withdrawn her song"))
    matcher = Matcher(RULES, encoder, judge, 0.6)
    post = Post("1", "Ana Rivera has withdrawn her song")
    mention = Mentions(RULES).read(post)
    (before,) = matcher.match([(post, mention)], NOW)
    (after,) = matcher.reindexed(replace(RULES, claims=(learned, BRIBED))).match([(post, mention)], NOW)
    assert before is not None
    assert after is not None
    assert (before.decision, after.decision) == (Decision.ALERT, Decision.QUIET)
