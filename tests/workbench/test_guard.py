from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.workbench.guard import Asked, Guard


@pytest.fixture
def guard() -> Guard:
    return Guard(8700)


@pytest.fixture
def asked(guard: Guard) -> Asked:
    """A request that is in order."""
    key = guard.redeem(guard.address.partition("token=")[2])
    return Asked("POST", "127.0.0.1:8700", "http://127.0.0.1:8700", key)


def test_who_was_given_the_address_is_answered(guard: Guard, asked: Asked) -> None:
    assert guard.refusal(asked) is None
    assert guard.refusal(replace(asked, host="localhost:8700", origin="http://localhost:8700")) is None
    assert guard.refusal(replace(asked, method="GET", origin=None)) is None


@pytest.mark.parametrize(
    "host", ["evil.example:8700", "127.0.0.1", "127.0.0.1:8701", "", "127.0.0.1:8700.evil.example"]
)
def test_a_name_that_only_leads_here_is_refused(guard: Guard, asked: Asked, host: str) -> None:
    assert "answers at" in (guard.refusal(replace(asked, host=host)) or "")


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:3000", "https://127.0.0.1:8700"]
)
def test_another_page_can_change_nothing(guard: Guard, asked: Asked, origin: str | None) -> None:
    assert "did not come from" in (guard.refusal(replace(asked, origin=origin)) or "")


@pytest.mark.parametrize("key", [None, "", "wrong", "é\udc80"])
def test_without_the_cookie_nothing_is_answered(guard: Guard, asked: Asked, key: str | None) -> None:
    assert "used already" in (guard.refusal(replace(asked, key=key)) or "")


def test_a_token_is_good_for_one_visit() -> None:
    guard = Guard(8700)
    token = guard.address.partition("token=")[2]

    assert len(token) > 40
    assert guard.redeem("wrong") is None
    assert guard.redeem(None) is None
    assert guard.redeem(token) is not None
    assert guard.redeem(token) is None
    assert guard.redeem("") is None
