"""Warnings that need the language model: wordings that mean another claim, and claims that mean the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from monitor.errors import Problem
from monitor.match.encoder import Encoder
from monitor.match.index import wordings
from monitor.model import Claim, ClaimStatus, Rules
from monitor.rulebook.advice import at
from monitor.rulebook.load import Folder
from monitor.text import fold, vocabulary
from monitor.text.spanish import gloss
from monitor.toml import Document, show

NEARER = 0.05
"""By how much more (mean cosine) a phrasing must resemble another claim's wordings than the rest of its own to be told.
In the 22 claims of two campaigns that flags none of 234 phrasings at home and 95 of 100 moved to another claim."""
OVERLAP = 0.8
"""Mean cosine of each wording of one claim to the nearest of the other's from which two claims overlap."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A claim and the vectors of its wordings: its sentence, then its phrasings."""

    document: Document
    claim: Claim
    vectors: NDArray[np.float32]


def advise_by_meaning(folder: Folder, encoder: Encoder, file: str | None = None) -> list[Problem]:
    """Warnings, in the order of files and lines; with a `file`, those in which its claim has a part. Claims about
    different people are never compared: what tells those apart are names, of which vectors know little."""
    found = []
    for one, other in combinations(_read(folder, encoder), 2):
        has_part = file is None or file in (one.claim.file, other.claim.file)
        if not has_part or not _same_people(one.claim, other.claim):
            continue
        alike = one.vectors @ other.vectors.T
        nearest = float((alike.max(axis=1).mean() + alike.max(axis=0).mean()) / 2)
        if nearest >= OVERLAP:
            what = f"this claim overlaps with '{one.claim.id}' ({one.claim.file}): posts may be told as either"
            found.append(at(other.document, what, "put the two into one file", "claim"))
        else:
            found += _nearer(one, other, alike) + _nearer(other, one, alike.T)
    return sorted(found)


def _nearer(own: _Read, other: _Read, alike: NDArray[np.float32]) -> list[Problem]:
    """`alike`: cosines of own's wordings to the other's."""
    others = len(own.vectors) - 1
    to_own = ((own.vectors @ own.vectors.T).sum(axis=1) - 1) / others
    to_other = alike.mean(axis=1)
    found = []
    for index, phrasing in enumerate(own.claim.phrasings):
        if to_other[index + 1] > to_own[index + 1] + NEARER:
            wording = wordings(other.claim)[int(alike[index + 1].argmax())]
            what = f"“{show(phrasing)}” is nearer to '{other.claim.id}' (“{show(wording)}”) than to its own claim"
            mend = f"move it to {other.claim.file}, or say in it what makes it this claim"
            found.append(at(own.document, what, mend, "phrasings", index))
    return found


def _read(folder: Folder, encoder: Encoder) -> list[_Read]:
    rules = folder.rules()
    compared = [(document, claim) for document, claim in folder.claims if claim.status is not ClaimStatus.RETIRED]
    plain = _plain(rules, [text for _, claim in compared for text in wordings(claim)])
    vectors = encoder.encode(plain)
    read, start = [], 0
    for document, claim in compared:
        end = start + len(wordings(claim))
        read.append(_Read(document, claim, vectors[start:end]))
        start = end
    return read


def _plain(rules: Rules, texts: list[str]) -> list[str]:
    """As the matcher reads them: Spanish in English words."""
    known = vocabulary(rules)
    return [gloss(text, lambda word: known.is_name(fold(word))) for text in texts]


def _same_people(one: Claim, other: Claim) -> bool:
    return bool(set(one.about) & set(other.about)) or not (one.about or other.about)
