"""Invented campaigns as the real matcher sees them: what the judge's trees are fitted on and measured by.

Each becomes a rules folder, and gets posts of others and of feeds beside its own. Some of its posts go through it once
more as they look with slips of the pen and other talk around them; and they are held against plain lists of claims,
without candidates, truths and phrasings, as `monitor match --claims` does.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor import rulebook
from monitor.match.encoder import DEFAULT_MODEL, Encoder, load_encoder
from monitor.match.judge import FEATURES, Pair, features, said
from monitor.match.matcher import Matcher
from monitor.match.projection import PATH, Projected, read_matrix
from monitor.match.reader import SAYS, Reader, load_reader
from monitor.mention import Mentions
from monitor.model import Claim, Post, Rules
from training.breakdown import ELSEWHERE
from training.worlds import SAID, ClaimLine, PostLine, read_posts, spoil

SEED = 7
ASIDE = 0.3
"""Weight of questions and satire: taught as neither, but the campaign figures do not count them."""
NOW = datetime(2026, 10, 1, tzinfo=UTC)
WEIGHT_OF_LISTS = 0.5
BESIDE, TOGETHER = 12, 250
"""Posts about something else that a lone claim is held against; posts of each world that are held against the claims of
all worlds together."""
SPOILT = 150
"""Posts of each world that are read a second time, spoilt."""
FROM_ELSEWHERE = 400
"""How many of them each campaign gets: real feeds are full of other people who were arrested, resigned or died."""
FROM_FEED, FEED_TOGETHER = 200, 60
"""Ordinary posts of a feed for each campaign; how many of them are held against the claims of all worlds together."""


@dataclass(frozen=True)
class World:
    """One campaign as the matcher sees it. `rows` float[n, features]: one for each (post, near claim) pair; `post` says
    whose it is and `claim` which; `lines` are all labelled posts, also those that the gate kept out."""

    name: str
    lines: list[PostLine]
    rows: NDArray[np.float64]
    post: NDArray[np.int64]
    claim: list[str]
    weight: float = 1.0

    @property
    def classes(self) -> NDArray[np.int64]:
        """What the judge should say of each row: index into SAYS."""
        return np.array([_class(self.lines[p], c) for p, c in zip(self.post, self.claim, strict=True)])

    @property
    def own(self) -> NDArray[np.bool_]:
        """Which rows are of the campaign's own posts."""
        return np.array([self.lines[p].label != ELSEWHERE for p in self.post], dtype=bool)

    @property
    def weights(self) -> NDArray[np.float64]:
        aside = np.array([self.lines[p].label in ("question", "satire") for p in self.post], dtype=bool)
        return self.weight * np.where(aside, ASIDE, 1.0)


@dataclass(frozen=True)
class Campaign:
    """What one world gives: `world` is what counts, the others are learned from beside it."""

    world: World
    spoilt: World
    lists: World

    @property
    def learned(self) -> tuple[World, ...]:
        return (self.world, self.spoilt, self.lists)


def read_all(
    folders: Sequence[Path], feed: Sequence[PostLine], maker: Path, reader: Path, keep: Path | None
) -> list[Campaign]:
    """Every world through the real matcher: minutes, so what came out is kept for the next fit in a folder, `keep`."""
    kept = None if keep is None else keep / f"{reader.stem}.pkl"
    if kept is not None and kept.exists():
        return _still_good(kept, [folder.name for folder in folders])
    lines = {folder: read_posts(folder) for folder in folders}
    together = [claim for folder in folders for claim in read_claims(folder)]
    # A world for each core: gathering its pairs is plain Python, which uses one.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        read = partial(_read_campaign, maker=maker, reader=reader, together=together)
        talks = [from_feed(feed, folder) for folder in folders]
        strangers = [from_elsewhere(lines, folder) for folder in folders]
        campaigns = list(pool.map(read, folders, [lines[folder] for folder in folders], talks, strangers))
    if kept is not None:
        kept.write_bytes(pickle.dumps(campaigns))
    return campaigns


def _one_thread() -> None:
    import torch  # noqa: PLC0415 (only in the processes that read)

    torch.set_num_threads(1)


def _read_campaign(
    folder: Path, own: list[PostLine], talk: list[PostLine], strangers: list[PostLine],
    maker: Path, reader: Path, together: Sequence[Claim],
) -> Campaign:  # fmt: skip
    encoder, reads = _loaded(reader)
    return Campaign(
        world=read_world(folder, [*own, *strangers, *talk], maker, encoder, reads),
        spoilt=read_world(folder, spoilt(own), maker, encoder, reads),
        lists=read_lists(folder, own, talk[:FEED_TOGETHER], read_claims(folder), together, encoder, reads),
    )


@cache
def _loaded(reader: Path) -> tuple[Encoder, Reader]:
    return Projected(load_encoder(DEFAULT_MODEL), read_matrix(PATH)), load_reader(reader)


def _still_good(kept: Path, names: list[str]) -> list[Campaign]:
    campaigns: list[Campaign] = pickle.loads(kept.read_bytes())
    if [campaign.world.name for campaign in campaigns] != names:
        raise SystemExit(f"{kept} is of other worlds; delete it")
    if any(world.rows.shape[1] != len(FEATURES) for campaign in campaigns for world in campaign.learned):
        raise SystemExit(f"{kept} is from before the judge's inputs changed; delete it")
    return campaigns


def from_elsewhere(lines: Mapping[Path, list[PostLine]], folder: Path) -> list[PostLine]:
    """Posts of the other worlds, drawn by lot. None that spreads its own claim: without names, "she is out, confirmed"
    may as well be about this one."""
    others = [line for other, of_other in lines.items() if other != folder for line in of_other]
    strangers = [line for line in others if line.label != "spread"]
    chosen = np.random.default_rng(SEED).permutation(len(strangers))[:FROM_ELSEWHERE].tolist()
    return [_as_elsewhere(strangers[one], f"{ELSEWHERE}-{one}") for one in chosen]


def from_feed(feed: Sequence[PostLine], folder: Path) -> list[PostLine]:
    """Ordinary posts, others for each world, drawn by lot."""
    random = np.random.default_rng([SEED, *folder.name.encode()])
    return [_as_elsewhere(feed[one], feed[one].post_id) for one in random.permutation(len(feed))[:FROM_FEED].tolist()]


def _as_elsewhere(line: PostLine, post_id: str) -> PostLine:
    return msgspec.structs.replace(line, post_id=post_id, label=ELSEWHERE, claim_id=None)


def spoilt(lines: Sequence[PostLine]) -> list[PostLine]:
    """Some posts as they look after slips of the pen, in capitals, amid other talk."""
    random = np.random.default_rng(SEED)
    talk = [line.text for line in lines if line.label == "background"]
    result = []
    for number in random.permutation(len(lines))[:SPOILT].tolist():
        text = lines[number].text
        while text == lines[number].text:
            text = spoil(text, talk, random)
        result.append(msgspec.structs.replace(lines[number], text=text))
    return result


def read_world(folder: Path, lines: list[PostLine], maker: Path, encoder: Encoder, reader: Reader) -> World:
    """Labelled posts through the real matcher with a world's rules."""
    with tempfile.TemporaryDirectory() as rules_folder:
        subprocess.run([sys.executable, maker, folder, rules_folder], check=True, capture_output=True)
        rules = as_staff_wrote(rulebook.load(Path(rules_folder)), folder)
    mentions = Mentions(rules)
    posts = [Post(line.post_id, line.text, line.platform, lang=line.lang) for line in lines]
    pairs = Matcher(rules, encoder, _NoJudge(), 1.0).pairs([(post, mentions.read(post)) for post in posts], NOW)
    return _world(folder.name, lines, pairs, reader)


def as_staff_wrote(rules: Rules, folder: Path) -> Rules:
    """A world's rules with what its claims are not, which make_rules.py leaves out."""
    lines = msgspec.json.decode((folder / "claims.json").read_bytes(), type=list[ClaimLine])
    not_this = {line.id: line.not_this for line in lines}
    return replace(rules, claims=tuple(replace(claim, not_this=not_this[claim.id]) for claim in rules.claims))


def _world(
    name: str, lines: list[PostLine], pairs: Sequence[Sequence[Pair]], reader: Reader, weight: float = 1.0
) -> World:
    flat = [pair for of_post in pairs for pair in of_post]
    print(f"{name}: {len(lines)} posts, {len(flat)} pairs", file=sys.stderr, flush=True)
    return World(
        name=name,
        lines=lines,
        rows=features(flat, said(reader, flat)),
        post=np.repeat(np.arange(len(lines)), [len(of_post) for of_post in pairs]),
        claim=[pair.near.claim.id for pair in flat],
        weight=weight,
    )


def read_claims(folder: Path) -> list[Claim]:
    """A world's claims as a list of claims has them."""
    lines = msgspec.json.decode((folder / "claims.json").read_bytes(), type=list[ClaimLine])
    return [Claim(f"{folder.name}/{line.id}", line.claim, "") for line in lines]


def read_lists(
    folder: Path, lines: Sequence[PostLine], talk: Sequence[PostLine], claims: Sequence[Claim],
    together: Sequence[Claim], encoder: Encoder, reader: Reader,
) -> World:  # fmt: skip
    """A world's posts where claims stand in plain lists: every claim alone with the posts about it and like it and some
    others; and some posts, and ordinary talk, with the claims of all worlds."""
    random = np.random.default_rng(SEED)

    def some(posts: Sequence[PostLine], most: int) -> list[PostLine]:
        return [posts[one] for one in random.permutation(len(posts))[:most].tolist()]

    here = [
        msgspec.structs.replace(
            line,
            claim_id=line.claim_id and f"{folder.name}/{line.claim_id}",
            near=line.near and f"{folder.name}/{line.near}",
        )
        for line in lines
    ]
    asked: list[tuple[Sequence[Claim], list[PostLine]]] = [(together, [*some(here, TOGETHER), *talk])]
    for claim in claims:
        own = [line for line in here if claim.id in (line.claim_id, line.near)]
        asked.append(([claim], own + some([line for line in here if line not in own], BESIDE)))
    pairs = [
        of_post
        for of_list, posts in asked
        for of_post, _ in Matcher(Rules((), tuple(of_list), ""), encoder, _NoJudge(), 1.0).listed(
            [Post(line.post_id, line.text, line.platform, lang=line.lang) for line in posts]
        )
    ]
    return _world(
        f"{folder.name} as lists", [line for _, posts in asked for line in posts], pairs, reader, WEIGHT_OF_LISTS
    )


def _class(line: PostLine, claim_id: str) -> int:
    if line.claim_id != claim_id:
        return SAYS.index("neither")
    return SAYS.index(SAID.get(line.label, "neither"))


class _NoJudge:
    """Stands in while the pairs are gathered that the judge will learn from."""

    def judge(self, pairs: Sequence[object]) -> NDArray[np.float64]:
        raise NotImplementedError
