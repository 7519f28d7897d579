"""Is a post's language found, and does Spanish do as well as English?

    python benchmarks/languages.py ../shared/data/judge-train/c-border-county ../shared/data/judge-train/g-abroad

Prints, for each language of the worlds together, how many posts are told right, not told, and told wrong. A post that
mixes English and Spanish (en-es) is right as either. `relative_recall` is what quality.py reports for Spanish.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from monitor.text.language import language


@dataclass(frozen=True)
class Told:
    """How many posts of a language were told right, told nothing about, and told wrong."""

    right: int
    unsaid: int
    wrong: int

    @property
    def posts(self) -> int:
        return self.right + self.unsaid + self.wrong


def detection(posts: Iterable[tuple[str, str]]) -> dict[str, Told]:
    """For each language, what is said of its posts: (text, the language that it is in) in, by language out."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, lang in posts:
        said = language(text)
        if said is None:
            counts[lang]["unsaid"] += 1
        else:
            counts[lang]["right" if said in lang.split("-") else "wrong"] += 1
    return {lang: Told(count["right"], count["unsaid"], count["wrong"]) for lang, count in sorted(counts.items())}


def relative_recall(spreading: Iterable[tuple[str, bool]], lang: str = "es", to: str = "en") -> float:
    """Recall of one language over that of another: (language of a spreading post, whether it alerted for its claim) in.

    0 where either language has no posts, or the other one no recall.
    """
    of: defaultdict[str, list[bool]] = defaultdict(list)
    for post_lang, found in spreading:
        of[post_lang].append(found)
    if not of[lang] or not any(of[to]):
        return 0.0
    return (sum(of[lang]) / len(of[lang])) / (sum(of[to]) / len(of[to]))


class _Line(msgspec.Struct):
    text: str
    lang: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", type=Path, nargs="+", help="folders with posts.jsonl")
    worlds: list[Path] = parser.parse_args().worlds
    lines = [
        msgspec.json.decode(line, type=_Line)
        for world in worlds
        for line in (world / "posts.jsonl").read_bytes().splitlines()
    ]
    print(f"{'language':10}{'posts':>7}{'right':>8}{'unsaid':>8}{'wrong':>8}")
    for lang, told in detection((line.text, line.lang) for line in lines).items():
        shares = "".join(f"{count / told.posts:8.1%}" for count in (told.right, told.unsaid, told.wrong))
        print(f"{lang:10}{told.posts:7}{shares}")


if __name__ == "__main__":
    main()
