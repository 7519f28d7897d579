"""What servers say of an error in JSON, each in its own shape. Pure."""

from __future__ import annotations

import msgspec


class _Cause(msgspec.Struct):
    """What Google and X say in a list of errors."""

    reason: object = ""
    message: object = ""


class _Error(msgspec.Struct):
    """Google and Meta put an object where others have a word."""

    type: object = ""
    status: object = ""
    message: object = ""
    errors: list[_Cause] = []


class _Complaint(msgspec.Struct):
    error: _Error | str | int = ""
    title: object = ""
    message: object = ""
    detail: object = ""
    errors: list[_Cause] = []


def complaint(body: bytes) -> tuple[str, str]:
    """The name of an error and its words, empty where the body has none."""
    try:
        said = msgspec.json.decode(body, type=_Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    if isinstance(said.error, _Error):
        reasons = [cause.reason for cause in said.error.errors if cause.reason]
        name = reasons[0] if reasons else said.error.type or said.error.status
        return str(name), str(said.error.message)
    words = (said.message, said.detail, *(cause.message for cause in said.errors))
    return str(said.error or said.title), " ".join(str(word) for word in words if word)
