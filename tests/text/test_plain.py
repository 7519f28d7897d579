from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import Vocabulary
from monitor.text.plain import plain

RIVERA = Vocabulary(["Ana Rivera"], ["dropped", "race"])


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("Rivera&#39;s out &amp; it&#39;s official", "Rivera's out & it's official"),
        ("&quot;Rivera&quot; &LT;- dropped", '"Rivera" <- dropped'),
        ("Rivera se retir&oacute; de la contienda", "Rivera se retiró de la contienda"),
        ("Rivera &#x64;&#114;opped out", "Rivera dropped out"),
    ],
)
def test_a_character_that_a_file_holds_escaped_reads_like_the_character(sent: str, meant: str) -> None:
    assert plain((sent,), RIVERA) == plain((meant,), RIVERA)
    assert plain(("👀", sent), RIVERA) == plain(("👀", meant), RIVERA)


@pytest.mark.parametrize(
    "text", ["see?a=1&lt=2 Rivera dropped", "AT&T Rivera dropped", "Rivera & co; dropped", "Rivera &nosuch; dropped"]
)
def test_an_ampersand_that_begins_no_escape_stays(text: str) -> None:
    assert "&" in plain((text,), RIVERA).written[0]


@given(st.text(st.sampled_from("&#x;0123456789abltgmp Rivera"), max_size=80))
def test_escapes_of_any_making_are_read(text: str) -> None:
    plain((text, html.escape(text)), RIVERA)
