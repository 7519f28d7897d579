from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import rulebook
from monitor.errors import EditRefused
from monitor.model import Claim, ClaimStatus, Correction, Severity
from monitor.rulebook.draft import as_toml, mistakes, write

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
NEW = Claim(
    id="",
    claim="Ana Rivera has moved to another county.",
    truth="Ana Rivera lives in Bellwater.",
    about=("rivera",),
    severity=Severity.HIGH,
    evidence=("https://example.org/lives-here",),
    phrasings=("Rivera moved away", "She doesn't even live here"),
    corrections=(Correction("{{ truth }} {{ evidence }}"),),
)
TEXT = st.text(max_size=60) | st.sampled_from(
    ['"]\nx = 1', "\\", "a}} b", "https://e.example/?q=1#x", "# no", "\u202e"]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "rules"
    copy.mkdir()
    for name in ("candidates.toml", "withdrawn.toml"):
        shutil.copy(RULES / name, copy / name)
    return copy


def test_a_draft_is_a_file_of_its_own_that_passes_the_check(folder: Path) -> None:
    written = write(folder, NEW)
    assert written == replace(
        NEW, id="moved-another-county", file="moved-another-county.toml", status=ClaimStatus.DRAFT
    )
    assert rulebook.check(folder) == []
    found = rulebook.load(folder).claim("moved-another-county")
    assert found is not None
    assert replace(found, corrections=NEW.corrections) == written


def test_its_keys_stand_in_the_order_of_the_sample_files() -> None:
    def keys(text: str) -> list[str]:
        return re.findall(r"^([a-z_]+) =", text.partition("[[")[0], re.MULTILINE)

    sample = keys((RULES / "vote-by-text.toml").read_text("utf-8"))
    drafted = keys(as_toml(replace(NEW, owner="us")))
    assert [key for key in sample if key in drafted] == drafted


def test_a_draft_never_takes_the_place_of_a_file(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    first = write(folder, NEW)
    second = write(folder, replace(NEW, truth="She lives on Quay Street."))
    taken = write(folder, replace(NEW, claim="Candidates!", truth="x"))
    assert (first.id, second.id, taken.file) == ("moved-another-county", "moved-another-county-2", "candidates-2.toml")
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_the_same_draft_again_is_the_same_file(folder: Path) -> None:
    """A click that is handled again after a crash."""
    assert write(folder, NEW) == write(folder, NEW)
    assert len(list(folder.glob("moved*"))) == 1


def test_an_id_that_another_file_has_is_not_taken(folder: Path) -> None:
    (folder / "withdrawn.toml").rename(folder / "quit.toml")
    assert write(folder, replace(NEW, claim="withdrawn")).id == "withdrawn-2"


@pytest.mark.parametrize(
    "claim",
    [
        "../../etc/passwd",
        "/etc/cron.d/x",
        "..",
        "C:\\evil",
        "a\0b",
        "Ana Rivera",
        "她退选了",
        "--",
        "." * 300,
        "x" * 300,
    ],
)
def test_no_claim_names_a_file_outside_the_folder(folder: Path, claim: str) -> None:
    names = set(folder.parent.iterdir())
    try:
        written = write(folder, replace(NEW, claim=claim))
    except EditRefused:
        assert "\0" in claim
    else:
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}\.toml", written.file)
        assert (folder / written.file).is_file()
    assert set(folder.parent.iterdir()) == names


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claim=TEXT, truth=TEXT, wordings=st.lists(TEXT, max_size=3), evidence=TEXT, correction=TEXT)
def test_what_the_form_lets_through_is_written_as_it_was_typed(
    tmp_path_factory: pytest.TempPathFactory,
    claim: str,
    truth: str,
    wordings: list[str],
    evidence: str,
    correction: str,
) -> None:
    typed = replace(
        NEW,
        claim=claim,
        truth=truth,
        phrasings=tuple(wordings),
        evidence=(evidence,) if evidence else (),
        corrections=(Correction(correction),) if correction.strip() else (),
    )
    if mistakes(typed):
        return
    folder = tmp_path_factory.mktemp("rules")
    for name in ("candidates.toml", "withdrawn.toml"):
        shutil.copy(RULES / name, folder / name)
    written = write(folder, typed)
    found = rulebook.load(folder).claim(written.id)
    assert found is not None
    assert replace(found, corrections=tuple(replace(one, line=0) for one in found.corrections)) == written


@settings(deadline=None)
@given(st.text(max_size=100))
def test_a_hostile_text_is_nothing_but_a_text(text: str) -> None:
    written = as_toml(replace(NEW, id="x", claim=text, truth=text, phrasings=(text,), corrections=(Correction(text),)))
    assert written.count("\n") == as_toml(replace(NEW, id="x", phrasings=("p",))).count("\n")


@pytest.mark.parametrize(
    ("changed", "key", "what"),
    [
        ({"claim": "  "}, "claim", "one plain sentence"),
        ({"claim": "two\nlines"}, "claim", "one plain sentence"),
        ({"truth": "with \x1b"}, "truth", "one plain sentence"),
        ({"phrasings": ()}, "phrasings", "at least one wording"),
        ({"evidence": ("example.org",)}, "evidence", "not a web address"),
        ({"corrections": (Correction("{{ nobody }}"),)}, "corrections", "stands for nothing"),
        ({"corrections": (Correction("{{ evidence }}"),), "evidence": ()}, "corrections", "would be empty"),
    ],
)
def test_mistakes_are_told_by_field(changed: dict[str, object], key: str, what: str) -> None:
    found = mistakes(replace(NEW, **changed))  # type: ignore[arg-type]
    assert list(found) == [key]
    assert what in found[key]
    assert mistakes(NEW) == {}


def test_a_folder_with_a_mistake_in_it_gets_no_draft(folder: Path) -> None:
    (folder / "other.toml").write_text("id = ", "utf-8")
    with pytest.raises(EditRefused, match="must be mended first"):
        write(folder, NEW)


def test_the_first_claim_beside_the_candidates_is_written(folder: Path) -> None:
    (folder / "withdrawn.toml").unlink()
    assert [one.id for one in (write(folder, NEW), *rulebook.load(folder).claims)] == ["moved-another-county"] * 2


def test_what_only_the_whole_rules_show_is_refused(folder: Path) -> None:
    with pytest.raises(EditRefused, match="there is no candidate 'nobody'"):
        write(folder, replace(NEW, about=("nobody",)))
    assert rulebook.check(folder) == []


def test_a_folder_that_cannot_be_written_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EditRefused, match="no space left on device"):
        write(folder, NEW)
