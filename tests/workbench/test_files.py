from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import EditRefused
from monitor.workbench.files import as_bytes, as_text, version_of

LINES = st.lists(st.tuples(st.text("ab#é 𝒳", max_size=4), st.sampled_from(["\n", "\r\n", "\r"])), max_size=8)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@given(lines=LINES, last=st.text("ab", max_size=3))
def test_a_file_that_was_not_touched_keeps_every_byte(mark: str, lines: list[tuple[str, str]], last: str) -> None:
    raw = (mark + "".join(text + end for text, end in lines) + last).encode()

    assert as_bytes(raw, as_text(raw)) == raw


def test_only_the_changed_line_changes() -> None:
    raw = b"\xef\xbb\xbfid = 1 \r\n# note\nlast = 2\r\n"

    assert as_bytes(raw, "id = 1 \n# other\nlast = 2\n") == b"\xef\xbb\xbfid = 1 \r\n# other\r\nlast = 2\r\n"


def test_a_new_line_ends_as_the_others_do() -> None:
    assert as_bytes(b"a\r\nb\r\n", "a\nnew\nb\n") == b"a\r\nnew\r\nb\r\n"


def test_a_file_that_is_not_utf8_is_left_to_an_editor() -> None:
    with pytest.raises(EditRefused, match="save it as UTF-8"):
        as_text('name = "José"'.encode("cp1252"))


def test_each_state_of_a_file_has_a_version_of_its_own() -> None:
    assert version_of(b"a\n") != version_of(b"a\r\n")
