"""Our own corpus, one invented campaign ("world") at a time, as the reader learns from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import regex

from monitor.match.evidence import Names
from monitor.match.reader import CLAIM, SAYS, TRUTH, WORDING, plain
from monitor.text import content_words, fold, normalise
from monitor.text.spanish import gloss
from training.frames import can_be_framed, framed

SAID = {"spread": "asserts", "debunk": "denies", "question": "asks", "satire": "jokes"}
"""What a post with this label does with its own claim. With any other claim, and with any other label: neither."""
NAMES = Path(__file__).parent / "names.json"
"""Names that candidates may be given, many of them words as well."""

TITLED = 0.4
"""Share of claims in a plain list that have a title."""
LONGEST_TALK, MOST_TALK = 110, 2
"""Characters of a piece of other talk around a post, and how many pieces stand on a side of it."""
MISTYPED = (0.025, 0.05, 0.09)
"""Slips for each letter of a badly typed post."""
LEFT_BEHIND = (
    "<br>",
    "</p>",
    "&nbsp;",
    "...",
    "[link]",
    "(more)",
    "RT",
    "via @news",
    "#fyp",
    "#viral",
    "1/2",
    "pic",
    "->",
)
"""What pages and apps leave at the end of a text."""
TAGS = (
    "#vote", "#politics", "#news", "#breaking", "#debate", "#election", "#facts", "#smh", "#wakeup", "#truth", "#lol",
    "#MondayMotivation", "#democracy", "#localnews", "#thread", "#votar", "#noticias",
)  # fmt: skip
NOTHING = "(?!)"
"""A pattern that nothing matches."""
MOST_AROUND = 3
"""Accounts before a post, or tags behind it, as replies and posts of feeds have them."""


class CandidateLine(msgspec.Struct, frozen=True):
    """One of candidates.json."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    ambiguous_aliases: tuple[str, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        return frozenset(
            word for name in (self.name, *self.aliases, *self.ambiguous_aliases) for word in content_words(name)
        )


class ClaimLine(msgspec.Struct, frozen=True):
    """One of claims.json."""

    id: str
    about: str | None
    claim: str
    truth: str = ""
    phrasings: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()


class PostLine(msgspec.Struct, frozen=True):
    """One of posts.jsonl. `claim_id`: of a spread, debunk, question or satire; `near`: of a look-alike; `tier`: how
    hard a spread is."""

    post_id: str
    text: str
    label: str
    lang: str = "en"
    platform: str = "x"
    claim_id: str | None = None
    near: str | None = None
    tier: str | None = None


@dataclass(frozen=True)
class World:
    """One invented campaign. `texts` are its posts' texts as the reader sees them."""

    name: str
    folder: Path
    candidates: tuple[CandidateLine, ...]
    claims: tuple[ClaimLine, ...]
    posts: tuple[PostLine, ...]
    texts: tuple[str, ...]

    def names(self, claim: ClaimLine) -> Names:
        """Whose names are whose, seen from a claim."""
        own = frozenset(word for one in self.candidates if one.id == claim.about for word in one.words)
        return Names(own, frozenset(word for one in self.candidates for word in one.words) - own)

    def said(self, post: PostLine, claim: ClaimLine) -> int:
        """What a post does with a claim: index into SAYS."""
        return SAYS.index(SAID[post.label] if post.claim_id == claim.id else "neither")


def read_worlds(folder: Path) -> Iterator[World]:
    """Every world in a folder, by name."""
    for world in sorted(path for path in folder.iterdir() if (path / "posts.jsonl").exists()):
        yield read_world(world)


def read_posts(folder: Path) -> list[PostLine]:
    """A world's labelled posts."""
    return [msgspec.json.decode(line, type=PostLine) for line in (folder / "posts.jsonl").read_bytes().splitlines()]


def read_feeds(folder: Path) -> tuple[list[PostLine], list[PostLine]]:
    """Ordinary posts that are about none of our campaigns, of every feed in a folder: those that the reader learns
    from; and those that the trees do, which would otherwise take the reader for surer than it is."""
    feeds = sorted(path for path in folder.iterdir() if path.is_dir())
    posts = [post for feed in feeds for post in read_posts(feed)]
    return posts[::2], posts[1::2]


def without_claims(folder: Path, posts: Sequence[PostLine]) -> World:
    """Posts of feeds as a world of which nothing is claimed."""
    texts = (gloss(plain(normalise(post.text)), lambda _: False) for post in posts)
    return World(folder.name, folder, (), (), tuple(posts), tuple(texts))


def read_world(folder: Path) -> World:
    """Posts and claims as the matcher would read them: Spanish in English."""
    posts = read_posts(folder)
    candidates = msgspec.json.decode((folder / "candidates.json").read_bytes(), type=tuple[CandidateLine, ...])
    claims = msgspec.json.decode((folder / "claims.json").read_bytes(), type=tuple[ClaimLine, ...])
    names = frozenset(word for candidate in candidates for word in candidate.words)

    def is_name(word: str) -> bool:
        return fold(word) in names

    return World(
        name=folder.name,
        folder=folder,
        candidates=candidates,
        claims=tuple(
            msgspec.structs.replace(
                claim,
                phrasings=tuple(gloss(text, is_name) for text in claim.phrasings),
                not_this=tuple(gloss(text, is_name) for text in claim.not_this),
            )
            for claim in claims
        ),
        posts=tuple(posts),
        texts=tuple(gloss(plain(normalise(post.text)), is_name) for post in posts),
    )


@dataclass(frozen=True)
class Swap:
    """Other names for a world's candidates, so that no name is worth learning."""

    words: Mapping[str, str]
    pattern: regex.Pattern[str]

    def text(self, text: str) -> str:
        return self.pattern.sub(self._word, text)

    def names(self, names: Names) -> Names:
        return Names(self._all(names.own), self._all(names.others))

    def _word(self, found: regex.Match[str]) -> str:
        word = found.group()
        new = self.words[word.casefold()]
        return new.upper() if word.isupper() else new

    def _all(self, words: frozenset[str]) -> frozenset[str]:
        return frozenset(fold(self.words.get(word, word)) for word in words)


def draw_swap(candidates: Sequence[CandidateLine], random: np.random.Generator) -> Swap:
    """New first and last names for some candidates. Only words written with a capital are changed: "Price" may be a
    price."""
    words: dict[str, str] = {}
    pools = _names()
    for candidate in candidates:
        *first, last = candidate.name.split()
        for old, pool in [*((one, pools["first"]) for one in first), (last, pools["last"])]:
            if len(old) >= 3:
                words[old.casefold()] = str(random.choice(pool))
    forms = sorted({form for word in words for form in (word.capitalize(), word.upper())}, key=len, reverse=True)
    any_form = "|".join(regex.escape(form) for form in forms) or NOTHING
    pattern = regex.compile(rf"(?<!\p{{L}})(?:{any_form})(?!\p{{L}})")
    return Swap(words, pattern)


@cache
def _names() -> dict[str, list[str]]:
    return msgspec.json.decode(NAMES.read_bytes(), type=dict[str, list[str]])


def draw_dossier(claim: ClaimLine, random: np.random.Generator, whole: bool) -> list[tuple[int, str]]:
    """A claim's dossier, as somebody might have written it: with fewer wordings, without a truth. `whole`: with its
    truth and all its wordings."""
    wordings = list(claim.phrasings)
    truth = claim.truth
    if not whole:
        wordings = [wording for wording in wordings if random.random() < random.choice((0.4, 1.0))]
        truth = truth if random.random() < 0.75 else ""
    return [
        (CLAIM, claim.claim),
        *((WORDING, wording) for wording in wordings),
        *((TRUTH, truth) for _ in range(bool(truth))),
    ]


def draw_listed(claim: ClaimLine, random: np.random.Generator) -> list[tuple[int, str]]:
    """A claim's dossier where it stands in a plain list: its sentence, now and then with a title."""
    titled = bool(claim.phrasings) and random.random() < TITLED
    return [(CLAIM, claim.claim), *((WORDING, str(random.choice(claim.phrasings))) for _ in range(titled))]


def spoil(text: str, talk: Sequence[str], random: np.random.Generator) -> str:
    """What happens to texts on their way: typing errors, capitals, lost accents, other talk (`talk`, posts that make no
    claim) before or after, what pages and apps leave behind, accounts and tags around it, who said it where."""
    dice = random.random()
    if dice < 0.06:
        return text.upper()
    if dice < 0.12:
        return fold(text)
    if dice < 0.28:
        return _amid(text, talk, random)
    if dice < 0.40:
        return _mistype(text, float(random.choice(MISTYPED)), random)
    if dice < 0.46:
        return f"{text} {random.choice(LEFT_BEHIND)}"
    if dice < 0.62:
        return _dressed(text, random)
    if dice < 0.86 and can_be_framed(text):
        return framed(text, random)
    return text


def _dressed(text: str, random: np.random.Generator) -> str:
    """A post as feeds have it: a reply to some accounts, passed on, with tags."""
    accounts = [_account(random) for _ in range(random.integers(1, MOST_AROUND + 1))]
    tags = " ".join(random.choice(TAGS, size=random.integers(1, MOST_AROUND + 1), replace=False))
    replied, passed_on, tagged = f"{' '.join(accounts)} {text}", f"RT {accounts[0]}: {text}", f"{text} {tags}"
    return str(random.choice([replied, replied, passed_on, tagged, tagged, f"{replied} {tags}"]))


def _account(random: np.random.Generator) -> str:
    pools = _names()
    first, last = (str(random.choice(pools[pool])) for pool in ("first", "last"))
    number = random.integers(100) if random.random() < 0.5 else ""
    return str(random.choice([f"@{first}{last}", f"@{first.lower()}_{last.lower()}", f"@{last}{number}"]))


def _amid(text: str, talk: Sequence[str], random: np.random.Generator) -> str:
    def some() -> str:
        return " ".join(
            talk[one][:LONGEST_TALK] for one in random.integers(len(talk), size=random.integers(1, MOST_TALK + 1))
        )

    return str(random.choice([f"{some()} {text}", f"{text} {some()}", f"{some()} {text} {some()}"]))


def _mistype(text: str, share: float, random: np.random.Generator) -> str:
    letters = list(text)
    for place in random.integers(0, max(1, len(letters) - 1), size=1 + int(len(letters) * share)).tolist():
        if place + 1 < len(letters) and letters[place].isalpha() and letters[place + 1].isalpha():
            if random.random() < 0.5:
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
            else:
                letters[place] = ""
    return "".join(letters)
