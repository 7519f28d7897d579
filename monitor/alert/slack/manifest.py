"""The Slack app that monitor needs, with the least scopes (docs.slack.dev/reference/app-manifest). Pure.

Limits: name 35 characters, description 140, a shortcut's name 24.
"""

from __future__ import annotations

from monitor.alert.slack.names import CHECK_SHORTCUT, COMMAND

APP_TOKEN_SCOPE = "connections:write"  # noqa: S105 - a scope's name
"""Of the app-level token, which no manifest can make."""

SCOPES = {
    "chat:write": "post alerts, keep them up to date, answer in private",
    "commands": "/monitor, and the shortcut on messages",
    "files:write": "the picture in the morning's digest",
    "users:read": "the names of those who act: 'Ana Flores has it'",
    "channels:read": "who is a member of the alerts' channel, and so may act",
    "channels:history": "after a lost answer: was the alert posted?",
}
"""The bot's scopes, and what each is for."""
GROUPS_SCOPE = "usergroups:read"
"""Only where [desk] groups names user groups: who is a member of them."""
PRIVATE = {"channels:read": "groups:read", "channels:history": "groups:history"}
"""What a private channel needs in the place of the public one's."""


def manifest(*, private: bool = False, groups: bool = False) -> dict[str, object]:
    """`private`: the alerts' channel is. `groups`: the config names user groups whose members may act."""
    scopes = [PRIVATE.get(scope, scope) if private else scope for scope in SCOPES]
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "Campaign monitor",
            "description": "Known false claims about our candidates, with the correction",
        },
        "features": {
            "bot_user": {"display_name": "campaign-monitor", "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Check a text, see how it stands, draft a claim",
                    "usage_hint": "check TEXT or URL | status | claims | new CLAIM",
                    "should_escape": False,
                }
            ],
            "shortcuts": [
                {
                    "name": "Check this message",
                    "type": "message",
                    "callback_id": CHECK_SHORTCUT,
                    "description": "Is it a known false claim? Only you see the answer.",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": scopes + [GROUPS_SCOPE] * groups}},
        "settings": {
            "event_subscriptions": {"bot_events": ["app_home_opened"]},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def missing(granted: frozenset[str], *, groups: bool) -> dict[str, str]:
    """The scopes that a token lacks, and what each is for. A private channel's count for the public one's."""
    needed = SCOPES | ({GROUPS_SCOPE: "who is in the user groups that may act"} if groups else {})
    return {
        scope: why for scope, why in needed.items() if scope not in granted and PRIVATE.get(scope, scope) not in granted
    }
