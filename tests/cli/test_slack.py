from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from monitor.alert.slack.manifest import SCOPES, manifest, missing
from monitor.cli import cli

SHARED = Path(os.environ.get("SHARED", Path(__file__).parents[2] / ".." / "shared"))
SCHEMA = SHARED / "schemas" / "slack-manifest.schema.2.0.0.json"
DOCS = Path(__file__).parents[2] / "docs" / "slack.md"


def printed(*options: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["slack", "manifest", *options])
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.output)
    return answer


@pytest.mark.parametrize("options", [(), ("--private",), ("--groups",), ("--private", "--groups")])
def test_the_manifest_is_what_slacks_own_schema_takes(options: tuple[str, ...]) -> None:
    if not SCHEMA.exists():
        pytest.skip(f"no {SCHEMA}: set SHARED to the folder that holds schemas/")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(printed(*options), schema, cls=jsonschema.Draft7Validator)


def test_the_schema_would_notice_a_mistake() -> None:
    if not SCHEMA.exists():
        pytest.skip(f"no {SCHEMA}: set SHARED to the folder that holds schemas/")
    wrong: dict[str, Any] = printed()
    wrong["features"]["shortcuts"][0]["name"] = "a name of more than 24 characters"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads(SCHEMA.read_text("utf-8")), cls=jsonschema.Draft7Validator)


def test_it_switches_on_what_the_desk_needs() -> None:
    shown = printed()
    assert shown["settings"]["socket_mode_enabled"] is True
    assert shown["settings"]["interactivity"] == {"is_enabled": True}
    assert shown["settings"]["event_subscriptions"] == {"bot_events": ["app_home_opened"]}
    assert shown["features"]["app_home"]["home_tab_enabled"] is True
    assert shown["features"]["slash_commands"][0]["command"] == "/monitor"


def test_a_private_channel_takes_the_place_of_the_public_ones_scopes() -> None:
    scopes = printed("--private")["oauth_config"]["scopes"]["bot"]
    assert {"groups:read", "groups:history"} < set(scopes)
    assert not [scope for scope in scopes if scope.startswith("channels:")]


@pytest.mark.parametrize("scope", [*SCOPES, "groups:read", "groups:history", "usergroups:read", "connections:write"])
def test_every_scope_is_explained_in_the_docs(scope: str) -> None:
    assert f"`{scope}`" in DOCS.read_text("utf-8")


def test_what_a_token_lacks_is_named_with_what_it_is_for() -> None:
    assert missing(frozenset(SCOPES), groups=False) == {}
    assert list(missing(frozenset(SCOPES), groups=True)) == ["usergroups:read"]
    private = frozenset(SCOPES) - {"channels:read", "channels:history"} | {"groups:read", "groups:history"}
    assert missing(private, groups=False) == {}
    assert missing(frozenset(SCOPES) - {"commands"}, groups=False) == {"commands": SCOPES["commands"]}


def test_the_least_is_asked_for() -> None:
    built = manifest()
    assert "usergroups:read" not in json.dumps(built)
    assert "user" not in printed()["oauth_config"]["scopes"]
