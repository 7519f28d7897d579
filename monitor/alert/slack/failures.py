"""What a failed request to Slack means for a delivery: try again, look first, or somebody must act. Pure."""

from __future__ import annotations

import aiohttp
from slack_sdk.errors import SlackApiError

from monitor.errors import DeliveryError, DeliveryPermanent, DeliveryRetryable, DeliveryUnknown

WHAT_TO_DO = {
    "account_inactive": "the bot was removed from the workspace: install the app again and set the new SLACK_BOT_TOKEN",
    "channel_not_found": "check [slack] channel in the config: it takes the id; a private channel must invite the bot",
    "invalid_auth": "check SLACK_BOT_TOKEN: it must be the bot token (xoxb-...) of the installed app",
    "is_archived": "unarchive the channel, or name another under [slack] channel in the config",
    "missing_scope": "add the scope under OAuth & Permissions, and install the app again",
    "not_authed": "set SLACK_BOT_TOKEN to the bot token (xoxb-...) of the installed app",
    "not_in_channel": "type /invite and the bot's name in the channel",
    "restricted_action": "the workspace forbids the bot to post there: ask its administrator",
    "token_expired": "make a new token, and set SLACK_BOT_TOKEN",
    "token_revoked": "install the app again, and set the new SLACK_BOT_TOKEN",
}
"""Slack's error codes (docs.slack.dev, chat.postMessage, Errors) that a person can mend, with how."""

RATE_LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
MAY_HAVE_HAPPENED = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
"""Slack: "it's possible some aspect of the operation succeeded before the error was raised"."""


def of_answer(method: str, error: SlackApiError) -> DeliveryError:
    """Slack, or something before it, answered that it failed."""
    response = error.response
    # The SDK hands over its own response, or aiohttp's where it could not read the body.
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in RATE_LIMITED:
        return DeliveryRetryable(f"{method}: Slack asks us to slow down", _retry_after(response), away=True)
    if status >= 500 or code in MAY_HAVE_HAPPENED or not code:
        return DeliveryUnknown(f"{method}: Slack answered {code or f'status {status}'}")
    advice = WHAT_TO_DO.get(code, "run `monitor doctor`")
    if code == "missing_scope" and isinstance(data, dict):
        code_and_scope = f"{code} (needed: {data.get('needed', 'unknown')})"
        return DeliveryPermanent(f"{method}: Slack answered {code_and_scope}: {advice}", code)
    return DeliveryPermanent(f"{method}: Slack answered {code}: {advice}", code)


def of_connection(method: str, error: aiohttp.ClientError | TimeoutError) -> DeliveryError:
    """There was no answer. Until the connection stands nothing was sent; afterwards nobody knows."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return DeliveryRetryable(f"{method}: Slack cannot be reached: {error}", away=True)
    if isinstance(error, TimeoutError):
        return DeliveryUnknown(f"{method}: Slack did not answer in time")
    return DeliveryUnknown(f"{method}: the connection to Slack broke: {type(error).__name__}: {error}")


def _retry_after(response: object) -> float | None:
    headers = getattr(response, "headers", None) or {}
    # The SDK may hand over plain dicts, where case counts.
    value = next((headers[name] for name in headers if str(name).lower() == "retry-after"), None)
    try:
        return max(0.0, float(value)) if value is not None else None
    except ValueError:
        return None
