"""`monitor slack`: what Slack needs to know of us."""

from __future__ import annotations

import json

import click


@click.group()
def slack() -> None:
    """Set Slack up: print the app's manifest."""


@slack.command(short_help="Print the manifest of the Slack app.")
@click.option("--private", is_flag=True, help="The alerts' channel is private.")
@click.option("--groups", is_flag=True, help="[desk] groups names user groups whose members may act.")
def manifest(*, private: bool, groups: bool) -> None:
    """Print the manifest of the Slack app, to paste at api.slack.com/apps; docs/slack.md walks through it.

    It asks for the least that monitor needs; docs/slack.md says what each scope is for.

    \b
    Example:  monitor slack manifest
    """
    from monitor.alert.slack.manifest import manifest as built  # noqa: PLC0415 - not for --help

    click.echo(json.dumps(built(private=private, groups=groups), indent=2))
