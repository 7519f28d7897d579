"""Train the reader: MiniLM further, on public sentence pairs first and then on our own invented campaigns.

    python -m training.fit_reader public --data ../shared/data --to build/public.safetensors
    python -m training.fit_reader worlds --worlds ../shared/data/judge-train training/worlds \
        --start build/public.safetensors --to build/reader.safetensors [--leave-out NAME ...] \
        [--feeds training/feeds]

Where the processor has bfloat16 instructions, weights and activations are bfloat16, with a float32 copy that the
optimiser works on: several times faster than float32. Seeded, but sums differ in their last digits with the number of
threads.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from monitor.match.encoder import DEFAULT_MODEL, computes_in_bfloat16, load_encoder, packaged_folder
from monitor.match.evidence import Names
from monitor.match.network import LAYERS, Network, unpacked
from monitor.match.reader import (
    BOTH,
    CLAIM,
    OWN,
    PARTS,
    ROLES,
    SAYS,
    Strip,
    dossier_strip,
    padded,
    post_strip,
)
from training.public_pairs import PublicPair, read_pairs
from training.worlds import (
    ClaimLine,
    Swap,
    World,
    draw_dossier,
    draw_listed,
    draw_swap,
    read_feeds,
    read_worlds,
    spoil,
    without_claims,
)

SEED = 11
BATCH = 128
PUBLIC_RATE, WORLDS_RATE = 1e-4, 2e-4
DROPOUT = 0.1
SMOOTHING = 0.03
DECAY = 0.01
LAYER_DECAY = 0.9
"""Each layer learns this much slower than the one above it (Howard and Ruder 2018, discriminative fine-tuning)."""
WARM_UP = 0.06
HIDDEN_PIECES = 0.05
"""Share of a post's word pieces that are hidden in training."""
SWAPPED = 0.7
WHOLE = 0.4
"""Shares of batches with other names, and of dossiers shown as their world has them."""
LISTED = 0.2
"""Share of claims read as if they stood in a plain list: without candidates, a truth or phrasings."""
STRANGERS = 0.15
"""Share of posts that say something of their claim which are read as if they said it of somebody unknown, so nothing of
the claim. In life nearly all that is wrongly taken for a claim names such a person (docs/measurements.md)."""
HARD = 6
"""A negative is drawn from so many nearest other claims."""
ANY = 0.2
"""Share of posts that are also read with any other claim: by now hardly a lesson."""
FOREIGN = 0.04
ALIKE = 0.5
"""Of a world's pairs so many are of posts from other worlds, where nothing is said about this world's claims, unless
their own claim's cosine with it is above ALIKE."""
FEED = 0.1
"""The same of ordinary posts of a feed, where it is learnt from."""
TOGETHER = 5
"""Worlds whose batches are mixed."""
NEITHER = SAYS.index("neither")
NOT_ASSERTS = len(SAYS)
LEARNT_PIECES = 112
"""Word pieces of a post that are learnt from: the longest twentieth costs a quarter of the time otherwise."""
MASK = 103
NOBODY_NAMED = Names(frozenset(), frozenset())


@dataclass(frozen=True)
class Batch:
    """Posts, each with the number of its dossier and what it says of that claim (index into SAYS, or NOT_ASSERTS)."""

    posts: list[Strip]
    dossiers: list[Strip]
    dossier: list[int]
    said: list[int]


class Fit:
    """A network while it learns."""

    def __init__(self, network: Network, steps: int, rate: float) -> None:
        self.network = (network.bfloat16() if computes_in_bfloat16() else network).train()
        self._inside = list(network.parameters())
        self._exact = [parameter.detach().float().clone() for parameter in self._inside]
        rates = [_slowness(name) for name, _ in network.named_parameters()]
        groups = [
            {"params": [exact for exact, own in zip(self._exact, rates, strict=True) if own == one], "lr": rate * one}
            for one in sorted(set(rates))
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=DECAY, betas=(0.9, 0.98), fused=True)
        warm = max(1, int(WARM_UP * steps))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: min((step + 1) / warm, max(0.02, (steps - step) / (steps - warm)))
        )

    def step(self, batch: Batch) -> float:
        scores = read(self.network, batch, hide=HIDDEN_PIECES).float()
        loss = loss_of(scores, torch.tensor(batch.said))
        loss.backward()  # type: ignore[no-untyped-call]
        for exact, inside in zip(self._exact, self._inside, strict=True):
            exact.grad = None if inside.grad is None else inside.grad.float()
            inside.grad = None
        torch.nn.utils.clip_grad_norm_(self._exact, 1.0)
        self._optimiser.step()
        self._schedule.step()
        with torch.no_grad():
            for exact, inside in zip(self._exact, self._inside, strict=True):
                inside.copy_(exact)
        return loss.item()

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        names = [name for name, _ in self.network.named_parameters()]
        save_file(dict(zip(names, (exact.clone() for exact in self._exact), strict=True)), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    public = commands.add_parser("public")
    public.add_argument("--data", type=Path, required=True, help="folder with nli/")
    public.add_argument("--epochs", type=float, default=0.35)
    own = commands.add_parser("worlds")
    own.add_argument("--worlds", type=Path, nargs="+", required=True, help="folders of worlds")
    own.add_argument("--feeds", type=Path, help="folder of feeds: ordinary posts that are about none of the worlds")
    own.add_argument("--start", type=Path, required=True)
    own.add_argument("--leave-out", nargs="*", default=[], help="worlds that are not learnt from")
    own.add_argument("--epochs", type=float, default=2, help="the last, if broken, reads so many of each world's pairs")
    own.add_argument("--halfway", action="store_true", help="write the mean of what it began and ended with")
    for command in (public, own):
        command.add_argument("--to", type=Path, required=True)
        command.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    random = np.random.default_rng(arguments.seed)
    tokenizer = load_tokenizer()
    if arguments.command == "public":
        pairs = read_pairs(arguments.data / "nli", random)
        batches = public_batches(pairs, tokenizer, random)
        steps = int(arguments.epochs * len(pairs) / BATCH)
        fit = Fit(from_minilm(), steps, PUBLIC_RATE)
    else:
        worlds = [world for folder in arguments.worlds for world in read_worlds(folder)]
        worlds = [world for world in worlds if world.name not in arguments.leave_out]
        print(len(worlds), "worlds,", sum(len(world.posts) for world in worlds), "posts", flush=True)
        feed = without_claims(arguments.feeds, read_feeds(arguments.feeds)[0]) if arguments.feeds else None
        school = School(worlds, feed, tokenizer, random)
        steps = school.steps(arguments.epochs)
        batches = school.batches(arguments.epochs)
        fit = Fit(from_file(arguments.start), steps, WORLDS_RATE)
    learn(fit, batches, steps, arguments.to)
    if arguments.command == "worlds" and arguments.halfway:
        save_file(halfway(load_file(arguments.start), load_file(arguments.to)), arguments.to)


def learn(fit: Fit, batches: Iterator[Batch], steps: int, path: Path) -> None:
    """Go through the batches; the state is saved every 200 steps and at the end."""
    begun, mean = time.monotonic(), 0.0
    for number, batch in zip(range(1, steps + 1), batches, strict=False):
        loss = fit.step(batch)
        mean = loss if number == 1 else 0.98 * mean + 0.02 * loss
        if number % 20 == 0:
            pace = number * BATCH / (time.monotonic() - begun)
            print(f"step {number}/{steps} loss {mean:.4f} {pace:.0f} pairs/s", flush=True)
        if number % 200 == 0:
            fit.save(path)
    fit.save(path)


def halfway(begun: Mapping[str, Tensor], ended: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The mean of weights before and after a short go, better than either (docs/measurements.md; Wortsman et al. 2022,
    "Model soups")."""
    return {name: (weight + ended[name]) / 2 for name, weight in begun.items()}


def loss_of(scores: Tensor, said: Tensor) -> Tensor:
    """Cross-entropy; where it is only known that a post does not assert the claim, -log(1 - P(asserts))."""
    unknown = said == NOT_ASSERTS
    known = functional.cross_entropy(scores, said.masked_fill(unknown, 0), reduction="none", label_smoothing=SMOOTHING)
    denied = -torch.log1p(-scores.softmax(dim=-1)[:, 0].clamp(max=0.9999))
    return torch.where(unknown, denied, known).mean()


def read(network: Network, batch: Batch, hide: float = 0.0) -> Tensor:
    """Class scores [n, len(SAYS)] of a batch."""
    tokens, roles, parts = (torch.from_numpy(column) for column in padded(batch.dossiers))
    kept = network.keep(tokens, roles, parts)
    tokens, roles, _ = (torch.from_numpy(column) for column in padded(batch.posts))
    if hide:
        tokens = tokens.masked_fill((torch.rand(tokens.shape) < hide) & (tokens > MASK), MASK)
    scores: Tensor = network(tokens, roles, kept, torch.tensor(batch.dossier))
    return scores


def public_batches(pairs: Sequence[PublicPair], tokenizer: Tokenizer, random: np.random.Generator) -> Iterator[Batch]:
    """Pairs of about the same length together, in an order that differs each time."""
    said = {**{name: number for number, name in enumerate(SAYS)}, "not_asserts": NOT_ASSERTS}
    lengths = np.array([len(pair.post) for pair in pairs])
    while True:
        order = np.argsort(lengths * random.uniform(0.8, 1.25, len(lengths)))
        chunks = [order[start : start + BATCH] for start in range(0, len(order) - BATCH + 1, BATCH)]
        for number in random.permutation(len(chunks)).tolist():
            chosen = [pairs[one] for one in chunks[number].tolist()]
            yield Batch(
                posts=[post_strip(tokenizer, pair.post, NOBODY_NAMED) for pair in chosen],
                dossiers=[dossier_strip(tokenizer, [(CLAIM, pair.claim)], NOBODY_NAMED) for pair in chosen],
                dossier=list(range(len(chosen))),
                said=[said[pair.said] for pair in chosen],
            )


class School:
    """Worlds as batches: each post with its own claim (or the one it looks like), with near ones and with any one; and
    ordinary posts of a feed."""

    def __init__(
        self,
        worlds: Sequence[World],
        feed: World | None,
        tokenizer: Tokenizer,
        random: np.random.Generator,
    ) -> None:
        everywhere = [*worlds, *([] if feed is None else [feed])]
        self._worlds, self._feed = everywhere, feed
        self._tokenizer = tokenizer
        self._random = random
        self._order = range(len(worlds))
        self._talk = [
            text
            for world in everywhere
            for text, post in zip(world.texts, world.posts, strict=True)
            if post.label == "background"
        ]
        self._near = _nearness(everywhere)
        self._sizes = [len(self._pairs(number)) for number in self._order]

    def steps(self, epochs: float) -> int:
        """About how many batches so many epochs have."""
        return sum(int(share * size) // BATCH for share in _shares(epochs) for size in self._sizes)

    def batches(self, epochs: float) -> Iterator[Batch]:
        for share in _shares(epochs):
            order = self._random.permutation(self._order).tolist()
            # Several worlds' lessons at once, so that a step is not all about one world for long.
            for start in range(0, len(order), TOGETHER):
                lessons = [batch for number in order[start : start + TOGETHER] for batch in self._lesson(number, share)]
                for one in self._random.permutation(len(lessons)).tolist():
                    yield lessons[one]

    def _pairs(self, number: int) -> list[tuple[int, int, int]]:
        """(world of the post, post, claim of world `number`) for one epoch."""
        world, near, random = self._worlds[number], self._near[number], self._random
        index = {claim.id: place for place, claim in enumerate(world.claims)}
        pairs = []
        for place, post in enumerate(world.posts):
            own = index.get(post.claim_id or post.near or "")
            if own is not None:
                pairs.append((number, place, own))
            ranked = [claim for claim in np.argsort(-near[number][place]).tolist() if claim != own]
            pairs.append((number, place, int(random.choice(ranked[:HARD]))))
            if random.random() < ANY:
                pairs.append((number, place, int(random.choice(ranked))))
        return [
            *pairs,
            *self._foreign(number, int(FOREIGN * len(pairs))),
            *self._of_feed(number, int(FEED * len(pairs))),
        ]

    def _of_feed(self, number: int, most: int) -> list[tuple[int, int, int]]:
        if self._feed is None:
            return []
        feed, near = len(self._worlds) - 1, self._near[number][-1]
        posts = self._random.integers(len(self._feed.posts), size=most).tolist()
        return [(feed, post, int(self._random.choice(np.argsort(-near[post])[:HARD]))) for post in posts]

    def _foreign(self, number: int, most: int) -> list[tuple[int, int, int]]:
        pairs = []
        for _ in range(most):
            other = int(self._random.choice(self._order))
            place = int(self._random.integers(len(self._worlds[other].posts)))
            claim = int(np.argmax(self._near[number][other][place]))
            own = self._worlds[other].posts[place].claim_id
            if other != number and (own is None or self._near.claims(number, claim, other, own) < ALIKE):
                pairs.append((other, place, claim))
        return pairs

    def _lesson(self, number: int, share: float) -> list[Batch]:
        """A share of one world's pairs, all under the same names: posts of about the same length together."""
        world, random = self._worlds[number], self._random
        swap = draw_swap(world.candidates, random) if random.random() < SWAPPED else None
        listed = (random.random(len(world.claims)) < LISTED).tolist()
        names = [
            NOBODY_NAMED if alone else _swapped_names(world.names(claim), swap)
            for claim, alone in zip(world.claims, listed, strict=True)
        ]
        dossiers = [
            self._dossier(claim, own, swap, alone)
            for claim, own, alone in zip(world.claims, names, listed, strict=True)
        ]
        posts, said, claims = [], [], []
        pairs = self._pairs(number)
        drawn = range(len(pairs)) if share == 1 else random.permutation(len(pairs))[: int(share * len(pairs))].tolist()
        for origin, place, claim in map(pairs.__getitem__, drawn):
            at_home = origin == number
            text = self._worlds[origin].texts[place]
            says = world.said(world.posts[place], world.claims[claim]) if at_home else NEITHER
            if says != NEITHER and random.random() < STRANGERS:
                stranger = self._of_a_stranger(text, world, world.claims[claim])
                text, says = (text, says) if stranger is None else (stranger, NEITHER)
            text = _swapped(spoil(text, self._talk, random), swap if at_home else None)
            posts.append(post_strip(self._tokenizer, text, names[claim]))
            said.append(says)
            claims.append(claim)
        order = np.argsort([len(strip.tokens) for strip in posts] + random.uniform(0, 2, len(posts))).tolist()
        return [
            Batch(
                posts=[posts[one] for one in chosen],
                dossiers=dossiers,
                dossier=[claims[one] for one in chosen],
                said=[said[one] for one in chosen],
            )
            for start in range(0, len(order) - BATCH + 1, BATCH)
            if (chosen := order[start : start + BATCH])
        ]

    def _of_a_stranger(self, text: str, world: World, claim: ClaimLine) -> str | None:
        """A post with other names where it names whom the claim is about; None where it does not, or by a nickname,
        which is nobody else's."""
        about = [candidate for candidate in world.candidates if candidate.id == claim.about]
        if not about:
            return None
        stranger = draw_swap(about, self._random).text(text)
        roles = post_strip(self._tokenizer, stranger, world.names(claim)).roles
        return None if stranger == text or OWN in roles or BOTH in roles else stranger

    def _dossier(self, claim: ClaimLine, names: Names, swap: Swap | None, listed: bool) -> Strip:
        if listed:
            sentences = draw_listed(claim, self._random)
        else:
            sentences = draw_dossier(claim, self._random, self._random.random() < WHOLE)
        return dossier_strip(self._tokenizer, [(part, _swapped(text, swap)) for part, text in sentences], names)


class Nearness:
    """Cosines between all posts and claims of all worlds, by the language model as it is before training."""

    def __init__(
        self, posts: Sequence[NDArray[np.float32]], claims: Sequence[NDArray[np.float32]], ids: list[list[str]]
    ):
        self._with = [[of_world @ of_claims.T for of_world in posts] for of_claims in claims]
        self._claims = claims
        self._ids = ids

    def __getitem__(self, number: int) -> list[NDArray[np.float32]]:
        """For every world float32[posts, claims of world `number`]."""
        return self._with[number]

    def claims(self, number: int, claim: int, other: int, own: str) -> float:
        """Cosine between a claim of one world and a claim of another."""
        return float(self._claims[number][claim] @ self._claims[other][self._ids[other].index(own)])


def _shares(epochs: float) -> list[float]:
    """How much of its pairs each epoch reads: 2.5 epochs are one, one and a half."""
    return [min(1.0, epochs - epoch) for epoch in range(math.ceil(epochs))]


def _nearness(worlds: Sequence[World]) -> Nearness:
    encoder = load_encoder(DEFAULT_MODEL)
    return Nearness(
        [encoder.encode([text[:300] for text in world.texts]) for world in worlds],
        [encoder.encode([claim.claim for claim in world.claims]) for world in worlds],
        [[claim.id for claim in world.claims] for world in worlds],
    )


def _swapped(text: str, swap: Swap | None) -> str:
    return text if swap is None else swap.text(text)


def _swapped_names(names: Names, swap: Swap | None) -> Names:
    return names if swap is None else swap.names(names)


def _slowness(name: str) -> float:
    if name.startswith("layers."):
        return LAYER_DECAY ** (LAYERS - int(name.split(".")[1]) - 1)
    if name.startswith(("words", "places", "sides", "norm")):
        return LAYER_DECAY**LAYERS
    return 1.0 if name.startswith(("roles", "parts")) else 2.0


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(packaged_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LEARNT_PIECES)
    return tokenizer


def from_minilm() -> Network:
    """The network with the packaged MiniLM's weights, and small random ones where MiniLM has none."""
    weights = load_file(packaged_folder() / "model.safetensors")
    network = Network(ROLES, PARTS, len(SAYS), DROPOUT)
    torch.nn.init.normal_(network.roles.weight, std=0.02)
    torch.nn.init.normal_(network.parts.weight, std=0.01)
    state = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "places.weight": weights["embeddings.position_embeddings.weight"],
        "sides.weight": weights["embeddings.token_type_embeddings.weight"],
    }
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for number in range(LAYERS):
            old, new = f"encoder.layer.{number}", f"layers.{number}"
            asked = [weights[f"{old}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
            state[f"{new}.attend.{kind}"] = torch.cat(asked)
            state[f"{new}.leave.{kind}"] = weights[f"{old}.attention.output.dense.{kind}"]
            state[f"{new}.norm1.{kind}"] = weights[f"{old}.attention.output.LayerNorm.{kind}"]
            state[f"{new}.widen.{kind}"] = weights[f"{old}.intermediate.dense.{kind}"]
            state[f"{new}.narrow.{kind}"] = weights[f"{old}.output.dense.{kind}"]
            state[f"{new}.norm2.{kind}"] = weights[f"{old}.output.LayerNorm.{kind}"]
    missing, unknown = network.load_state_dict(state, strict=False)
    expected = {"roles.weight", "parts.weight", "inner.weight", "inner.bias", "output.weight", "output.bias"}
    if unknown or set(missing) != expected:
        raise SystemExit(f"not the MiniLM that we know: {sorted(set(missing) ^ expected)} {unknown}")
    return network


def from_file(path: Path) -> Network:
    network = Network(ROLES, PARTS, len(SAYS), DROPOUT)
    network.load_state_dict(unpacked(load(path.read_bytes())))
    return network


if __name__ == "__main__":
    main()
