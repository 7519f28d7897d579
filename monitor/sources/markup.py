"""HTML to the plain text that a reader sees."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

MOST_MARKUP = 100_000
"""Characters that are read. A post has a few thousand; deep nesting costs the parser the square of it."""
LINES = (
    "address,article,aside,blockquote,br,dd,details,div,dl,dt,figcaption,figure,footer,form,h1,h2,h3,h4,h5,h6,header,hr,"
    "li,main,nav,ol,p,pre,section,summary,table,td,th,tr,ul"
)
"""Elements that start and end a line. All others are inside one: `#<b>Rive</b>ra` is a hashtag, an address may be cut
into spans, and a name with an element in its middle must still be found."""
UNSEEN = ["script", "style", "template"]
BREAK = "\x1f"
"""Stands for a line end while the text is put together: a line end in HTML is only a blank."""


_QUOTED = re.compile(r">>([0-9]{1,12})\b")


def quoted_number(text: str) -> str | None:
    """The number of the post that an imageboard's post begins with (">>123"): the one that it is about."""
    found = _QUOTED.match(text)
    return found[1] if found else None


def to_text(markup: str) -> str:
    """Text with one line per block, blank runs folded, pictures by their alt text. Takes any string, broken too."""
    tree = LexborHTMLParser(markup[:MOST_MARKUP].encode("utf-8", "replace"))
    tree.strip_tags(UNSEEN)
    if tree.body is None:
        return ""
    for image in tree.body.css("img"):
        image.replace_with(f" {image.attributes.get('alt') or ''} ")
    for block in tree.body.css(LINES):
        block.insert_before(BREAK)
        block.insert_after(BREAK)
    folded = (" ".join(line.split()) for line in tree.body.text().split(BREAK))
    return "\n".join(line for line in folded if line)
