from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from monitor.alert.slack.failures import WHAT_TO_DO, of_answer, of_connection
from monitor.errors import DeliveryError, DeliveryPermanent, DeliveryRetryable, DeliveryUnknown


class Answer:
    """As much of the SDK's response as a failure shows."""

    def __init__(self, status: int, data: object = None, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.data = data
        self.headers = headers or {}


def failure(status: int, data: object = None, headers: dict[str, str] | None = None) -> DeliveryError:
    return of_answer("chat.postMessage", SlackApiError("failed", Answer(status, data, headers)))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_a_rate_limit_says_how_long_to_wait(name: str) -> None:
    error = failure(429, {"ok": False, "error": "ratelimited"}, {name: "30"})

    assert isinstance(error, DeliveryRetryable)
    assert (error.retry_after, error.away) == (30, True)


@pytest.mark.parametrize("value", ["", "soon", None])
def test_a_rate_limit_without_a_readable_time_is_still_one(value: str | None) -> None:
    error = failure(429, {}, {} if value is None else {"Retry-After": value})

    assert isinstance(error, DeliveryRetryable)
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (500, {}),
        (502, "<html>"),
        (503, {"ok": False, "error": "service_unavailable"}),
        (200, {"ok": False, "error": "internal_error"}),
        (200, {"ok": False, "error": "fatal_error"}),
        (200, None),
    ],
)
def test_a_server_that_failed_may_have_posted(status: int, data: object) -> None:
    assert isinstance(failure(status, data), DeliveryUnknown)


@pytest.mark.parametrize("code", [*WHAT_TO_DO, "msg_blocks_too_long"])
def test_a_refusal_names_its_cause_and_what_to_do(code: str) -> None:
    error = failure(200, {"ok": False, "error": code})

    assert isinstance(error, DeliveryPermanent)
    assert error.code == code
    assert code in str(error)
    assert WHAT_TO_DO.get(code, "monitor doctor") in str(error)


def test_a_missing_scope_is_named() -> None:
    assert "needed: chat:write" in str(failure(200, {"ok": False, "error": "missing_scope", "needed": "chat:write"}))


def test_before_the_connection_stands_nothing_was_sent_and_afterwards_nobody_knows() -> None:
    assert isinstance(of_connection("m", aiohttp.ConnectionTimeoutError()), DeliveryRetryable)
    assert isinstance(of_connection("m", aiohttp.SocketTimeoutError()), DeliveryUnknown)
    assert isinstance(of_connection("m", TimeoutError()), DeliveryUnknown)
    assert isinstance(of_connection("m", aiohttp.ServerDisconnectedError()), DeliveryUnknown)
