"""Public sentence pairs that teach negation, who did what to whom, and paraphrase. Never committed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

MOST = {
    "mnli_dev": 20_000, "snli_dev_test": 8_000, "counterfactual_nli": 12_000, "semi_auto_nli": 12_000,
    "conjnli": 6_000, "rte": 3_000, "mpe": 2_000, "scitail_dev": 2_500, "add_one_rte": 1_500,
    "fever_symmetric": 1_500, "fool_me_twice": 3_000, "cannot_negation": 14_000, "negnli": 4_500,
    "monotonicity_med_help": 2_000, "breaking_nli": 2_000, "pawsx_en": 4_000, "pawsx_es": 4_000,
    "hans_generated": 5_000, "syntactic_inversion_mnli": 6_000, "caption_foils": 4_000, "checklist_qqp": 3_000,
}  # fmt: skip
"""The sets that a shipped model may learn from (nli/INDEX.md: MIT, Apache-2.0, CC0, CC BY-SA, OANC, PAWS's own terms),
and how many pairs of each are drawn."""
ONLY_PARTS = {"semi_auto_nli": "wiki"}
"""Of this set only the parts whose name holds this word: the others are under the LDC's licence."""

LONGEST_CLAIM, LONGEST_POST = 120, 280
"""Characters. Longer pairs are left out: they cost several times as much and teach the same."""


@dataclass(frozen=True, slots=True)
class PublicPair:
    """Given `post`, is `claim` true? `said`: asserts, denies, neither, or not_asserts (one of these two)."""

    claim: str
    post: str
    said: str


class _Row(msgspec.Struct):
    a: str
    b: str
    label: str
    sub: str = ""


class _Labels(msgspec.Struct):
    labels: dict[str, str] = {}
    sub_override: dict[str, dict[str, str]] = {}


class _Mapping(msgspec.Struct):
    mapping: dict[str, _Labels]


def read_pairs(folder: Path, random: np.random.Generator) -> list[PublicPair]:
    """The pairs of all sets in MOST, shuffled. Raises OSError where a set is missing."""
    mapping = msgspec.json.decode((folder / "MAPPING.json").read_bytes(), type=_Mapping).mapping
    drawn: list[PublicPair] = []
    for name, most in MOST.items():
        pairs = _read_set(folder / f"{name}.jsonl.gz", mapping[name], ONLY_PARTS.get(name, ""))
        drawn += [pairs[number] for number in random.permutation(len(pairs))[:most]]
    return [drawn[number] for number in random.permutation(len(drawn))]


def _read_set(path: Path, labels: _Labels, only: str) -> list[PublicPair]:
    pairs = []
    with gzip.open(path) as lines:
        for line in lines:
            row = msgspec.json.decode(line, type=_Row)
            said = labels.sub_override.get(row.sub, labels.labels).get(row.label, "skip")
            short = len(row.a) <= LONGEST_CLAIM and len(row.b) <= LONGEST_POST
            if short and said in ("asserts", "denies", "neither", "not_asserts") and only in row.sub:
                pairs.append(PublicPair(row.a, row.b, said))
    return pairs
