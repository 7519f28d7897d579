"""Every mistake in `bad/` is found where it stands and explained. `expected.txt` beside them has the exact messages."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import rulebook
from monitor.errors import Problem, RulesError

BAD = Path(__file__).parent / "bad"
CANDIDATES = b'[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
CLAIM = (
    b'id = "withdrawn"\nclaim = "She quit."\ntruth = "She runs."\nabout = ["rivera"]\nphrasings = ["Rivera is out"]\n'
)


def expected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in (BAD / "expected.txt").read_text(encoding="utf-8").splitlines():
        found[line.partition(":")[0]].append(line)
    return found


EXPECTED = expected()


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        (folder / f"{name}.toml").write_bytes(content)
    return folder


def messages(problems: list[Problem], folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in problems]


def test_every_bad_file_has_its_message() -> None:
    assert sorted(path.name for path in BAD.glob("*.toml")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_mistake_is_found_where_it_stands(name: str, tmp_path: Path) -> None:
    if name.startswith("candidates-"):
        write(tmp_path, withdrawn=CLAIM)
        shutil.copy(BAD / name, tmp_path / "candidates.toml")
    else:
        write(tmp_path, candidates=CANDIDATES)
        shutil.copy(BAD / name, tmp_path / name)

    found = messages(rulebook.check(tmp_path), tmp_path)

    assert [
        line.replace("candidates.toml:", f"{name}:", 1) if name.startswith("candidates-") else line for line in found
    ] == (EXPECTED[name])
    with pytest.raises(RulesError):
        rulebook.load(tmp_path)


def test_the_problems_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        candidates=CANDIDATES.replace(b"name", b"nmae"),
        b=CLAIM.replace(b'"She quit."', b"She quit."),
        a=CLAIM.replace(b'["rivera"]', b'["moon"]').replace(b"truth", b"thruth"),
    )

    with pytest.raises(RulesError) as caught:
        rulebook.load(tmp_path)

    assert [(p.path.name, p.line) for p in caught.value.problems] == [
        ("a.toml", 3),
        ("a.toml", 4),
        ("b.toml", 1),
        ("b.toml", 2),
        ("candidates.toml", 3),
    ]
    assert str(caught.value).count("\n") == 4


def test_reading_goes_on_after_a_mistake_in_the_writing(tmp_path: Path) -> None:
    text = (
        CLAIM.replace(b'"She quit."', "“She quit.”".encode()).replace(b'"Rivera is out"', b'Rivera is out, "')
        + b"colour = 1\n"
    )
    write(tmp_path, candidates=CANDIDATES, withdrawn=text)

    assert [problem.line for problem in rulebook.check(tmp_path)] == [2, 5]
    write(tmp_path, withdrawn=text.replace(b', "', b""))
    assert [problem.line for problem in rulebook.check(tmp_path)] == [2, 5, 6]


def test_two_claims_with_one_id_are_told_at_the_second(tmp_path: Path) -> None:
    write(tmp_path, candidates=CANDIDATES, a=CLAIM, b=CLAIM)

    assert messages(rulebook.check(tmp_path), tmp_path) == [
        "b.toml:1:6: the id 'withdrawn' is already used in a.toml; give each claim an id of its own"
    ]


def test_a_correction_that_does_not_fit_its_platform_says_by_how_much(tmp_path: Path) -> None:
    correction = f'[[corrections]]\nplatform = "x"\nlang = "en"\ntext = "{"a" * 290}"\n'
    write(tmp_path, candidates=CANDIDATES, withdrawn=CLAIM + correction.encode())

    assert messages(rulebook.check(tmp_path), tmp_path) == [
        "withdrawn.toml:9:8: filled in, this text is 290 long, and x allows 280; shorten it by 10"
    ]


def test_a_folder_that_is_not_there_is_explained(tmp_path: Path) -> None:
    [message] = messages(rulebook.check(tmp_path / "rulez"), tmp_path)

    assert message.startswith(
        "rulez:1:1: the rules folder cannot be opened (no such file or directory); go to the folder in which it lies"
    )


def test_a_file_in_place_of_the_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("", encoding="utf-8")

    assert "not a directory" in str(rulebook.check(tmp_path / "rules")[0])


def test_an_empty_folder_is_explained(tmp_path: Path) -> None:
    assert [problem.what for problem in rulebook.check(tmp_path)] == ["there are no rules in this folder"]


def test_a_folder_without_candidates_is_explained(tmp_path: Path) -> None:
    write(tmp_path, withdrawn=CLAIM)

    problem = rulebook.check(tmp_path)[0]

    assert (problem.path.name, problem.what) == ("candidates.toml", "the file that names the candidates is missing")


def test_a_folder_without_claims_is_explained(tmp_path: Path) -> None:
    write(tmp_path, candidates=CANDIDATES)

    assert [problem.what for problem in rulebook.check(tmp_path)] == ["there are candidates here, but no claims"]


def test_a_file_that_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    write(tmp_path, candidates=CANDIDATES, withdrawn=CLAIM)
    (tmp_path / "folder.toml").mkdir()

    assert messages(rulebook.check(tmp_path), tmp_path) == [
        "folder.toml:1:1: the file cannot be opened (is a directory); it is a folder: its name must not end in .toml"
    ]


def test_a_file_that_notepad_renamed_is_explained(tmp_path: Path) -> None:
    write(tmp_path, candidates=CANDIDATES, withdrawn=CLAIM)
    (tmp_path / "arrested.toml.txt").write_bytes(CLAIM)

    assert messages(rulebook.check(tmp_path), tmp_path) == [
        "arrested.toml.txt:1:1: this file is not read, because its name ends in .txt; rename it to arrested.toml"
    ]


@given(st.binary(max_size=200), st.sampled_from(["candidates", "withdrawn"]))
def test_no_bytes_crash_the_check(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    folder = write(tmp_path_factory.mktemp("rules"), candidates=CANDIDATES, withdrawn=CLAIM)
    write(folder, **{name: content})

    for problem in rulebook.check(folder):
        assert problem.line >= 1
        assert problem.column >= 1
        assert "\n" not in str(problem)


WRITTEN = [CLAIM, CANDIDATES, *(path.read_bytes() for path in sorted(BAD.glob("*.toml")) if path.stat().st_size < 2000)]
SCRAPS = [
    b'"',
    b"'",
    b'"""',
    b"[",
    b"]",
    b"[[",
    b"{",
    b"}",
    b",",
    b"=",
    b"#",
    b"\n",
    b"\r",
    b"\\",
    "“".encode(),
    b"\xff",
    b"\0",
]


@given(
    st.sampled_from(WRITTEN), st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(SCRAPS)), max_size=4), st.data()
)
def test_no_damage_to_real_rules_crashes_the_check(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, scraps: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    for place, scrap in scraps:
        at = place % (len(content) + 1)
        content = content[:at] + scrap + content[at + data.draw(st.integers(0, 3)) :]
    folder = write(tmp_path_factory.mktemp("rules"), candidates=CANDIDATES, withdrawn=content)

    lines = content.count(b"\n") + 1
    for problem in rulebook.check(folder):
        assert 1 <= problem.line <= lines
        assert problem.what
        assert problem.mend
