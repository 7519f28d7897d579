"""A claim's file as a text box holds it, and back: what was not touched keeps every byte. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from difflib import SequenceMatcher

from monitor.errors import EditRefused

_MARK = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def version_of(raw: bytes) -> str:
    """What tells one state of a file from another."""
    return hashlib.sha256(raw).hexdigest()


def as_text(raw: bytes) -> str:
    """What a text box shows of a file. Raises EditRefused where it is not UTF-8."""
    try:
        return _LINE_END.sub("\n", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise EditRefused(
            "This file is not saved as UTF-8, so it cannot be changed here: "
            'open it in your editor and save it as UTF-8 (Notepad: File, Save as, Encoding: "UTF-8").'
        ) from error


def as_bytes(before: bytes, text: str) -> bytes:
    """The file that a text from a text box means: lines that stand in `before` keep their ends, others get its usual
    one, and a byte order mark stays."""
    written = before.decode("utf-8-sig", errors="replace")
    old = _LINE.findall(written)
    new = _LINE.findall(_LINE_END.sub("\n", text))
    usual = Counter(_LINE_END.findall(written)).most_common(1)
    end = usual[0][0] if usual else "\n"
    lines = [line.replace("\n", end) for line in new]
    plain = [_LINE_END.sub("\n", line) for line in old]
    for block in SequenceMatcher(None, plain, new, autojunk=False).get_matching_blocks():
        lines[block.b : block.b + block.size] = old[block.a : block.a + block.size]
    mark = _MARK if before.startswith(_MARK.encode()) else ""
    return (mark + "".join(lines)).encode()
