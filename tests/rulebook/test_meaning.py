"""Warnings of the language model, with vectors that are written down here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor import rulebook
from monitor.errors import Problem
from monitor.rulebook.meaning import advise_by_meaning

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n[[candidates]]\nid = "moon"\nname = "Dan Moon"\n'


class ByTopic:
    """An encoder for which texts are alike as far as they share words of these."""

    topics = ("quit", "out", "jail", "bribe")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array([[float(topic in text) for topic in self.topics] for text in texts], dtype=np.float32)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1), dtype=np.float32)


def claim(name: str, about: str, sentence: str, *phrasings: str, status: str = "active") -> str:
    listed = "".join(f'  "{phrasing}",\n' for phrasing in phrasings)
    return (
        f'id = "{name}"\nclaim = "{sentence}"\ntruth = "No."\nabout = ["{about}"]\nstatus = "{status}"\n'
        f"phrasings = [\n{listed}]\n"
    )


def warnings(folder: Path, *claims: str) -> list[Problem]:
    (folder / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    for number, text in enumerate(claims):
        (folder / f"claim{number}.toml").write_text(text, encoding="utf-8")
    return advise_by_meaning(rulebook.read(folder), ByTopic())


WITHDRAWN = claim("withdrawn", "rivera", "Rivera quit", "Rivera is out", "Rivera quit and is out")


def test_a_phrasing_that_is_nearer_to_another_claim_is_told_where_it_stands(tmp_path: Path) -> None:
    arrested = claim(
        "arrested", "rivera", "Rivera is in jail", "Rivera took a bribe, jail", "Rivera in jail", "Rivera is out, yes"
    )

    [problem] = warnings(tmp_path, WITHDRAWN, arrested)

    assert (problem.path.name, problem.line) == ("claim1.toml", 9)
    assert problem.what == ("“Rivera is out, yes” is nearer to 'withdrawn' (“Rivera is out”) than to its own claim")
    assert problem.mend == "move it to claim0.toml, or say in it what makes it this claim"


def test_phrasings_at_home_are_not_told(tmp_path: Path) -> None:
    assert warnings(tmp_path, WITHDRAWN, claim("arrested", "rivera", "Rivera in jail", "Rivera bribe jail")) == []


def test_two_claims_that_overlap_are_told_once_at_the_second(tmp_path: Path) -> None:
    same = claim("stepped-aside", "rivera", "Ana quit", "Ana is out")

    [problem] = warnings(tmp_path, WITHDRAWN, same)

    assert (problem.path.name, problem.line, problem.column) == ("claim1.toml", 2, 9)
    assert "this claim overlaps with 'withdrawn' (claim0.toml)" in problem.what


@pytest.mark.parametrize(("about", "status"), [("moon", "active"), ("rivera", "retired")])
def test_claims_about_others_and_retired_ones_are_not_compared(tmp_path: Path, about: str, status: str) -> None:
    assert warnings(tmp_path, WITHDRAWN, claim("other", about, "quit", "is out", status=status)) == []
