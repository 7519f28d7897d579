"""Who may use the workbench: whoever was given its address, from this machine, once.

The address in the terminal carries a token that is good for one visit; that visit gets a cookie. A page of a stranger
that runs in the same browser can send requests here: it is refused by the Host that it must use (a name of its own that
leads here) or by the Origin that it cannot change.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

LOCAL = "127.0.0.1"
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides whether it is answered. `key`: the cookie's value."""

    method: str
    host: str
    origin: str | None
    key: str | None


class Guard:
    """The locks of one workbench."""

    def __init__(self, port: int) -> None:
        self.cookie = f"monitor-workbench-{port}"
        """Cookies do not tell ports apart, so the name does."""
        self._origins = (f"http://{LOCAL}:{port}", f"http://localhost:{port}")
        self._token: str | None = secrets.token_urlsafe(_TOKEN_BYTES)
        self._key = secrets.token_urlsafe(_TOKEN_BYTES)

    @property
    def address(self) -> str:
        """What a person opens. Good for one visit."""
        return f"{self._origins[0]}/?token={self._token or ''}"

    def refusal(self, asked: Asked) -> str | None:
        """Why a request is not answered, in words for whoever sees it; None where it is."""
        if not self.answers_at(asked.host):
            return f"This is monitor's workbench, and it answers at {self._origins[0]} alone."
        if asked.method != "GET" and asked.origin not in self._origins:
            return "This did not come from a page of the workbench."
        if not _same(asked.key, self._key):
            return (
                "This address was used already, or it is not whole. Use the window that it opened; if that is closed, "
                "end monitor workbench with Ctrl-C, start it again and open the address that it prints."
            )
        return None

    def answers_at(self, host: str) -> bool:
        """Whether a Host header names this very server, not a name of somebody's own that leads here."""
        return f"http://{host}" in self._origins

    def redeem(self, token: str | None) -> str | None:
        """The cookie's value for a token, the first time; else None."""
        if self._token is None or not _same(token, self._token):
            return None
        self._token = None
        return self._key


def _same(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(errors="replace"), expected.encode())
