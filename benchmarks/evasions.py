"""Which alerts survive when a post is written to slip past machines: twelve evasions, the share of alerts kept by each.

    python benchmarks/evasions.py --world ../shared/data/judge-train/b-us-house [--posts 60]

Of a world's spreading posts, those that alert as they are written are disguised in twelve ways; kept is what still
alerts for the same claim. Every evasion is a seeded pure function of a text, hard enough that people notice it and
still read the post. `kept` takes any way of alerting, so quality.py can ask the whole program.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import regex

from monitor import rulebook
from monitor.config import MatchConfig
from monitor.model import Decision, Post
from monitor.pipeline import Stages, load_stages

SEED = 7
TOUCHED = 0.5
"""Share of the words of four letters or more that an evasion of single words changes."""
NOW = datetime(2026, 10, 1, tzinfo=UTC)

Evasion = Callable[[str, Random], str]
Alerting = Callable[[Sequence[str]], Sequence[str | None]]
"""The claim that each text alerts for, None where it does not."""

# Links and account names work only as they are: whoever evades leaves them alone.
_WORD = regex.compile(r"(?:https?://\S+|@[\w.]+)(*SKIP)(*FAIL)|#?\p{L}[\p{L}\p{M}']*")
_HOMOGLYPHS = str.maketrans("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_EMOJI = ("🔥", "🗳️", "👀", "💥")
_PADDING = (
    "Finally tried the new noodle place by the station and the broth is worth the wait.",
    "Does anyone have a spare ticket for Saturday? Mine fell through.",
    "The trains were late again, forty minutes on the platform in the wind.",
    "My tomatoes came up early this year, the basil did not survive.",
    "Reminder that the library closes at six on Thursdays now.",
    "Somebody left a blue umbrella at the pool, it is at the front desk.",
)


@dataclass(frozen=True)
class Kept:
    """How many texts alerted as they were written, and how many of them still do for the same claim."""

    alerted: int
    kept: int

    @property
    def share(self) -> float:
        return self.kept / max(1, self.alerted)


def _on_words(change: Callable[[str, Random], str], shortest: int = 4) -> Evasion:
    """An evasion that changes a share of the longer words, at least one of them. Hashtags count as words."""

    def evade(text: str, chance: Random) -> str:
        words = [found for found in _WORD.finditer(text) if len(found.group()) >= shortest]
        chosen = [word for word in words if chance.random() < TOUCHED] or words[:1]
        for word in reversed(chosen):
            text = text[: word.start()] + change(word.group(), chance) + text[word.end() :]
        return text

    return evade


def _inside(mark: Callable[[Random], str]) -> Callable[[str, Random], str]:
    def insert(word: str, chance: Random) -> str:
        place = chance.randrange(2, len(word) - 1)
        return word[:place] + mark(chance) + word[place:]

    return insert


def _typo(word: str, chance: Random) -> str:
    place = chance.randrange(1, len(word) - 2)
    letter = word[place]
    return chance.choice(
        [
            word[:place] + word[place + 1] + letter + word[place + 2 :],
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
        ]
    )


def _spaced(word: str, chance: Random) -> str:
    return chance.choice([" ", ".", "-"]).join(word.removeprefix("#"))


def _capitals(text: str, _: Random) -> str:
    return _WORD.sub(lambda word: word.group().upper(), text)


def _line_breaks(text: str, chance: Random) -> str:
    return "".join("\n" if character == " " and chance.random() < 0.4 else character for character in text)


def _padding(text: str, chance: Random) -> str:
    before, after = chance.sample(_PADDING, 2), chance.sample(_PADDING, 2)
    return " ".join([*before, text if text.rstrip()[-1:] in ".!?" else f"{text}.", *after])


def _hashtag_glue(text: str, chance: Random) -> str:
    """Two to five words in a row, somewhere in each sentence, become one hashtag in small letters."""
    words = text.split(" ")
    start = chance.randrange(max(1, len(words) - 4))
    glued = words[start : start + chance.randint(2, 5)]
    if any("@" in word or "/" in word for word in glued):
        return text
    tag = "#" + "".join(regex.sub(r"[^\p{L}\p{M}\p{N}]", "", word) for word in glued).lower()
    return " ".join([*words[:start], tag, *words[start + len(glued) :]])


def _no_accents(text: str, _: Random) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _mirrored_quotes(text: str, _: Random) -> str:
    """Quotation marks that face the wrong way, in place of the text's own, or around it where it has none."""
    turned = text.translate(str.maketrans("\"'“”‘’", "„`”“’‘"))
    return turned if turned != text else f"”{text}“"


EVASIONS: dict[str, Evasion] = {
    "homoglyphs": _on_words(lambda word, _: word.translate(_HOMOGLYPHS)),
    "zero-width": _on_words(_inside(lambda chance: chance.choice("\u200b\u200c\u200d\u2060\u00ad"))),
    "l33t": _on_words(lambda word, _: word.translate(_LEET)),
    "spacing": _on_words(_spaced),
    "emoji inside words": _on_words(_inside(lambda chance: chance.choice(_EMOJI))),
    "typos": _on_words(_typo, shortest=5),
    "caps": _capitals,
    "line breaks": _line_breaks,
    "padding": _padding,
    "hashtag glue": _hashtag_glue,
    "accents stripped": _no_accents,
    "mirrored quotes": _mirrored_quotes,
}


def evade(name: str, texts: Sequence[str], seed: int = SEED) -> list[str]:
    """The texts disguised in one way of EVASIONS; the same for the same seed, whatever else is disguised."""
    return [EVASIONS[name](text, Random(f"{seed} {name} {text}")) for text in texts]


def kept(alerting: Alerting, texts: Sequence[str], most: int | None = None, seed: int = SEED) -> dict[str, Kept]:
    """For each evasion, how many of the texts that alert still do, for the same claim; at most `most` are tried.

    `alerting` is asked twice: for all texts as they are written, and for all disguised ones together.
    """
    clean = [(text, claim) for text, claim in zip(texts, alerting(texts), strict=True) if claim is not None][:most]
    disguised = [(name, claim, text) for name in EVASIONS for (_, claim), text in zip(
        clean, evade(name, [text for text, _ in clean], seed), strict=True
    )]  # fmt: skip
    found = alerting([text for _, _, text in disguised])
    same = [(name, answer == claim) for (name, claim, _), answer in zip(disguised, found, strict=True)]
    return {name: Kept(len(clean), sum(right for of, right in same if of == name)) for name in EVASIONS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=Path, required=True, help="folder with claims, candidates and posts")
    parser.add_argument("--posts", type=int, default=60, help="alerting posts to disguise (default 60)")
    parser.add_argument("--show", metavar="EVASION", choices=EVASIONS, help="print what this one lost, to read")
    arguments = parser.parse_args()
    stages = load(arguments.world)
    texts = spreading(arguments.world)[: 4 * arguments.posts]
    lost: list[tuple[str, str]] = []

    def alerting(asked: Sequence[str]) -> list[str | None]:
        verdicts = stages.classify([Post(str(number), text) for number, text in enumerate(asked)], NOW)
        lost.extend((verdict.post.text, verdict.why) for verdict in verdicts if verdict.decision is not Decision.ALERT)
        return [
            verdict.match.claim_id if verdict.match and verdict.decision is Decision.ALERT else None
            for verdict in verdicts
        ]

    results = kept(alerting, texts, arguments.posts)
    for name, result in results.items():
        print(f"{name:20}{result.kept:4} of {result.alerted:4}  {result.share:4.0%}")
    print(f"{'all':20}{sum(result.share for result in results.values()) / len(results):17.0%}")
    if arguments.show:
        of_evasion = set(evade(arguments.show, texts))
        for text, why in dict.fromkeys(lost):
            if text in of_evasion:
                print(f"--- {why}\n{text}")


def load(world: Path) -> Stages:
    """The stages with a world's rules and the shipped settings."""
    with tempfile.TemporaryDirectory() as folder:
        maker = world.parents[1] / "make_rules.py"
        subprocess.run([sys.executable, maker, world, folder], check=True, capture_output=True)
        return load_stages(rulebook.load(Path(folder)), MatchConfig())


class _Line(msgspec.Struct):
    text: str
    label: str


def spreading(world: Path) -> list[str]:
    """A world's posts that spread a claim, shuffled by the seed: posts come claim by claim."""
    lines = [
        msgspec.json.decode(line, type=_Line) for line in (world / "posts.jsonl").read_bytes().splitlines() if line
    ]
    texts = [line.text for line in lines if line.label == "spread"]
    Random(SEED).shuffle(texts)
    return texts


if __name__ == "__main__":
    main()
