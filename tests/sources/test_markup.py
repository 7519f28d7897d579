from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.markup import to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<p>Rally <a href="x" rel="tag">#<span>RiveraOut</span></a> today</p>', "Rally #RiveraOut today"),
        ('<span class="h-card"><a href="u">@<span>rivera</span></a></span> quit', "@rivera quit"),
        (
            '<a href="x"><span class="invisible">https://</span><span>example.org/riv</span><span>era</span></a>, ok?',
            "https://example.org/rivera, ok?",
        ),
        ("Candidate <b>Riv</b>era", "Candidate Rivera"),
        ("<p>one</p>two<br>three<div>four</div>five", "one\ntwo\nthree\nfour\nfive"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("one\n  two&nbsp;three", "one two three"),
        ("votes &lt;b&gt; &amp; more", "votes <b> & more"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<script>alert(1)</script><style>p {}</style>seen", "seen"),
        ('<img src=x alt="a withdrawal letter">', "a withdrawal letter"),
        ("<img src=x>seen", "seen"),
        ("</body></html>seen", "seen"),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_markup_reads_as_people_see_it(markup: str, text: str) -> None:
    assert to_text(markup) == text


def test_text_nested_deeper_than_parsers_like_is_found() -> None:
    assert to_text("<div>" * 5000 + "Rivera is out") == "Rivera is out"


@given(st.text() | st.text(alphabet="<>/&;#! divpabr=\"'-\x00\ud800"))
def test_any_string_becomes_tidy_text(markup: str) -> None:
    text = to_text(markup)
    assert text == "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
    text.encode()
