from __future__ import annotations

import re
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from monitor import rulebook
from monitor.errors import EditRefused
from monitor.model import Claim, ClaimStatus, Post, Rules
from monitor.rulebook.edit import plan, quoted, with_look_alike, with_status, write
from monitor.toml import parse

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
CLAIM_FILES = sorted(path for path in RULES.glob("*.toml") if path.name != "candidates.toml")
BAD = sorted(path for path in (ROOT / "tests" / "rulebook" / "bad").glob("*.toml") if path.stem != "huge-number")
"""A number of 5,000 digits cannot be shown, so not be compared here either."""
LINE = st.text(st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\t"), min_size=1, max_size=80)
HOSTILE = [
    '"]\nstatus = "retired"\n[[tests]]\npost = "',
    "'''\n'''",
    '"""\n',
    "\\",
    "\\u0000 \\U0010FFFF \\x41",
    "# no comment",
    "]",
    "\u202eevil\u2066\u200b",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u2028line\u2029",
    "{{ evidence }} {% raw %}",
]
SHAPES = {
    "one line": 'not_this = ["a", "b"]',
    "one line, comma at its end": 'not_this = ["a", "b",]',
    "empty": "not_this = []",
    "empty over two lines": "not_this = [\n]",
    "only a comment": "not_this = [\n  # real ones\n]",
    "comma-less end": 'not_this = [\n  "a",\n  "b"\n]',
    "comments": 'not_this = [ # c1\n  "a", # c2\n  # c3\n  "b" # c4\n  # c5\n] # c6',
    "tabs and blank lines": 'not_this = [\n\t"a",\n\n\t"b",\n\n]',
    "hanging": 'not_this = ["a",\n            "b"]',
    "commas first": 'not_this = [\n    "a"\n  , "b"\n]',
    "other quotes": 'not_this = [\'a\', """b"""]',
    "quoted key": '"not_this"   =   [ "a" ]   # c',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "rules"
    copy.mkdir()
    for name in ("candidates.toml", "withdrawn.toml", "vote-by-text.toml"):
        shutil.copy(RULES / name, copy / name)
    return copy


def claim_in(raw: bytes) -> dict[str, object]:
    document = parse(Path("claim.toml"), raw)
    assert not document.problems
    return dict(document.data)


def comments(raw: bytes) -> list[str]:
    """All comments; a # inside quotes begins none."""
    return re.findall(r"#.*", re.sub(r'"(?:\\.|[^"\\\n])*"', '""', raw.decode()))


def lines_added(before: bytes, after: bytes) -> list[str]:
    """The lines of `after` that are not in `before`, where all of `before` is still there, in order."""
    remaining = iter(after.decode().splitlines())
    added = []
    for wanted in before.decode().splitlines():
        for line in remaining:
            if line == wanted:
                break
            added.append(line)
        else:
            pytest.fail(f"the line {wanted!r} is gone")
    return [*added, *remaining]


@pytest.mark.parametrize("path", CLAIM_FILES, ids=lambda path: path.stem)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=LINE)
@example(text=HOSTILE[0])
def test_a_sample_file_gets_one_line_and_is_otherwise_untouched(path: Path, text: str) -> None:
    before = path.read_bytes()
    after = with_look_alike(before, text)
    assert lines_added(before, after) == [f"  {quoted(text)},"]
    said, says = claim_in(before), claim_in(after)
    assert says.pop("not_this") == [*said.pop("not_this"), text]  # type: ignore[misc]
    assert says == said


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_whatever_a_file_is_like_it_is_refused_or_only_gets_the_entry(path: Path) -> None:
    before = path.read_bytes()
    document = parse(path, before)
    try:
        after = with_look_alike(before, HOSTILE[0])
    except (EditRefused, UnicodeDecodeError):
        return
    if not document.problems:
        entries = document.data.get("not_this", [])
        assert isinstance(entries, list)
        # In words, because nan, which one file has, is not equal to itself.
        expected = dict(document.data) | {"not_this": [*entries, HOSTILE[0]]}
        assert sorted(map(repr, claim_in(after).items())) == sorted(map(repr, expected.items()))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=LINE)
@example(text=HOSTILE[0])
def test_a_list_of_any_shape_keeps_it(shape: str, line_end: str, text: str) -> None:
    written = f'# first\nphrasings = ["p"]  # theirs\n{shape}\nowner = "o"\n\n[[tests]]  # t\npost = "x"\n'
    mark = b"\xef\xbb\xbf"
    before = mark + written.replace("\n", line_end).encode()
    after = with_look_alike(before, text)
    said, says = claim_in(before), claim_in(after)
    entries, grown = said.pop("not_this"), says.pop("not_this")
    assert isinstance(entries, list)
    assert sorted(grown) == sorted([*entries, text])  # type: ignore[call-overload]
    assert says == said
    assert comments(before) == [comment for comment in comments(after) if comment in comments(before)]
    assert after.startswith(mark)
    assert after.count(b"\r\n") == (after.count(b"\n") if line_end == "\r\n" else 0)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_missing_list_is_added_behind_the_wordings(line_end: str) -> None:
    before = '# c\nphrasings = [\n  "p", # mine\n] # end\n\nowner = "o"\n[[tests]]\npost = "x"\n'.replace(
        "\n", line_end
    )
    added = f'not_this = [{line_end}  "new",{line_end}]{line_end}'
    end = before.index("# end") + len("# end") + len(line_end)
    assert with_look_alike(before.encode(), "new").decode() == before[:end] + added + before[end:]


def test_wordings_at_the_end_of_a_file_without_a_line_end() -> None:
    assert with_look_alike(b'phrasings = ["p"]', "n") == b'phrasings = ["p"]\nnot_this = [\n  "n",\n]\n'


@pytest.mark.parametrize("raw", [b'phrasings = ["p"]\nnot_this = "text"', b'claim = "c"', b'phrasings = "p"', b"= 3"])
def test_a_file_that_is_no_claims_is_refused(raw: bytes) -> None:
    with pytest.raises(EditRefused):
        with_look_alike(raw, "new")


@settings(max_examples=200, deadline=None)
@given(st.one_of(LINE, st.sampled_from(HOSTILE)))
def test_a_quoted_text_is_one_line_that_says_the_text_and_hides_nothing(text: str) -> None:
    written = quoted(text)
    assert claim_in(f"a = {written}".encode()) == {"a": text}
    assert len(written.splitlines()) == 1
    assert not set("\u200b\u202e\u2066\u2028\u2029\u0085\x1b") & set(written)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(LINE, st.sampled_from(HOSTILE)))
def test_reloading_gives_the_same_rules_but_for_the_entry(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    assume(text.strip())
    folder = tmp_path_factory.mktemp("rules")
    for name in ("candidates.toml", "withdrawn.toml"):
        shutil.copy(RULES / name, folder / name)
    before = rulebook.load(folder)
    write(plan(folder, "withdrawn", text))
    after = rulebook.load(folder)
    changed = after.claim("withdrawn")
    assert changed is not None
    assert changed.not_this[-1] == text
    assert _bare(_without_entry(after, text)) == _bare(before)
    # The entry itself may hold a "#".
    written = (folder / "withdrawn.toml").read_bytes().replace(quoted(text).encode(), b"")
    assert comments(written) == comments((RULES / "withdrawn.toml").read_bytes())


def _without_entry(rules: Rules, text: str) -> Rules:
    def without(claim: Claim) -> Claim:
        return replace(claim, not_this=claim.not_this[:-1]) if claim.id == "withdrawn" else claim

    return replace(rules, claims=tuple(without(claim) for claim in rules.claims))


def _bare(rules: Rules) -> Rules:
    """Without version and line numbers, which change with any line."""

    def bare(claim: Claim) -> Claim:
        return replace(
            claim,
            corrections=tuple(replace(one, line=0) for one in claim.corrections),
            tests=tuple(replace(one, line=0) for one in claim.tests),
        )

    return replace(rules, version="", claims=tuple(bare(claim) for claim in rules.claims))


def test_the_plan_shows_what_changes(folder: Path) -> None:
    found = plan(folder, "withdrawn", "Rivera withdrew her bike from the race")
    assert '+  "Rivera withdrew her bike from the race",' in found.diff
    assert [line for line in found.diff if line.startswith("-")] == ["--- withdrawn.toml"]
    assert found.claim.not_this[-1] == "Rivera withdrew her bike from the race"
    assert (folder / "withdrawn.toml").read_bytes() == found.before


def test_the_file_is_found_by_its_claim_wherever_it_is_now(folder: Path) -> None:
    (folder / "withdrawn.toml").rename(folder / "renamed.toml")
    assert plan(folder, "withdrawn", "new").path == folder / "renamed.toml"


def test_an_entry_that_stands_there_already_changes_nothing(folder: Path) -> None:
    found = plan(folder, "withdrawn", "Rivera pulled out of Thursday's debate")
    write(found)
    assert (found.diff, found.after) == ((), found.before)


def test_a_claim_that_is_gone_is_refused(folder: Path) -> None:
    (folder / "withdrawn.toml").unlink()
    with pytest.raises(EditRefused, match="'withdrawn' is not in the rules folder any more"):
        plan(folder, "withdrawn", "new")


def test_what_would_be_a_mistake_in_the_rules_is_refused(folder: Path) -> None:
    for text, what in (("Ana Rivera is out, she quit", "stands in 'phrasings' and in 'not_this'"), (" ", "empty")):
        with pytest.raises(EditRefused, match=what):
            plan(folder, "withdrawn", text)
    with pytest.raises(EditRefused, match="invisible character"):
        plan(folder, "withdrawn", "\x1b[2J")


def test_a_folder_with_a_mistake_in_it_is_left_alone(folder: Path) -> None:
    (folder / "other.toml").write_text("id = ", "utf-8")
    with pytest.raises(EditRefused, match=r"must be mended first: .*other\.toml:1"):
        plan(folder, "withdrawn", "new")


def test_a_file_changed_meanwhile_is_left_alone(folder: Path) -> None:
    found = plan(folder, "withdrawn", "new")
    path = folder / "withdrawn.toml"
    path.write_bytes(found.before + b"# mine\n")
    with pytest.raises(EditRefused, match="was changed just now"):
        write(found)
    assert path.read_bytes() == found.before + b"# mine\n"
    path.unlink()
    with pytest.raises(EditRefused, match="cannot be opened"):
        write(found)


def test_a_written_file_keeps_its_permissions_and_leaves_nothing_beside_it(folder: Path) -> None:
    path = folder / "withdrawn.toml"
    path.chmod(0o640)
    names = sorted(folder.iterdir())
    write(plan(folder, "withdrawn", "new"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(folder.iterdir()) == names
    assert '  "new",' in path.read_text("utf-8")


def test_a_link_stays_a_link(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.toml"
    (folder / "withdrawn.toml").rename(real)
    (folder / "withdrawn.toml").symlink_to(real)
    write(plan(folder, "withdrawn", "new"))
    assert (folder / "withdrawn.toml").is_symlink()
    assert '  "new",' in real.read_text("utf-8")


def test_a_failed_write_leaves_the_file_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = plan(folder, "withdrawn", "new")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    names = sorted(folder.iterdir())
    with pytest.raises(EditRefused, match="no space left on device"):
        write(found)
    assert sorted(folder.iterdir()) == names
    assert (folder / "withdrawn.toml").read_bytes() == found.before


def test_post_text_is_what_it_says(folder: Path) -> None:
    """The whole way of a hostile post into the file and back."""
    post = Post("1", 'He said: "x"\n]\n[[tests]]\npost = "y"\nexpect = "quiet"')
    write(plan(folder, "withdrawn", post.text))
    claim = rulebook.load(folder).claim("withdrawn")
    assert claim is not None
    assert claim.not_this[-1] == post.text
    assert len(claim.tests) == 9


@pytest.mark.parametrize("path", CLAIM_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("is_written", [True, False])
def test_a_status_is_changed_and_all_else_stays(path: Path, ends: str, is_written: bool) -> None:
    text = path.read_text("utf-8")
    if not is_written:
        text = re.sub(r"(?m)^status = .*\n", "", text)
    before = text.replace("\n", ends).encode()
    after = with_status(before, ClaimStatus.RETIRED)
    assert claim_in(after) == {**claim_in(before), "status": "retired"}
    assert comments(after) == comments(before)
    changed = [
        (old, new) for old, new in zip(before.splitlines(True), after.splitlines(True), strict=False) if old != new
    ]
    if is_written:
        assert len(changed) == 1
        assert len(after.splitlines()) == len(before.splitlines())
    else:
        assert lines_added(before, after) == ['status = "retired"']
    assert (b"\r" in after) == (b"\r" in before)
