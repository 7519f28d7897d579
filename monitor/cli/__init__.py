"""The command line: one file per command group, imported only when called, so that `monitor --help` is instant."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import click

from monitor.errors import MonitorError

COMMANDS = {
    "demo": ("demo", "Run the whole pipeline on the sample campaign, in the terminal."),
    "run": ("run", "Run the service: poll the sources, match, alert, until stopped."),
    "sources": ("sources", "Show what each source is asked for, and try each one."),
    "intake": ("intake", "Take in posts that people collected by hand, as CSV or JSON Lines."),
    "replay": ("run", "Send a file of posts through the real pipeline and store."),
    "match": ("match", "Judge posts from standard input against rules or a list of claims."),
    "rules": ("rules", "Check, test and try the rules."),
    "workbench": ("workbench", "Open a page on this machine to try posts and change claims."),
    "claims": ("claims", "Start claims from what fact checkers published."),
    "calibrate": ("calibrate", "Fit the scores to another language model, and say how sure they are."),
    "slack": ("slack", "Set Slack up: print the app's manifest."),
    "doctor": ("doctor", "Say what works, what does not, and what to do."),
    "incidents": ("incidents", "List incidents, and tell the story of one."),
    "silence": ("silence", "Mute a claim, an account, a link or a thread for a while."),
    "digest": ("digest", "Show or post the morning's digest of a day."),
    "status": ("status", "Show sources, incidents, alerts and what waits."),
}
"""Command -> (module in this folder, short help). A test holds that the short help is the command's own."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"monitor.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"monitor.cli.{COMMANDS[cmd_name][0]}.{cmd_name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="campaign-monitor", prog_name="monitor")
def cli() -> None:
    """Watch public posts for known false claims and put one clear alert in Slack.

    \b
    Start here:  monitor demo
    Example:     monitor run -c config.toml
    """
    from monitor import log  # noqa: PLC0415 (not for --help)

    # Standard output belongs to a command's answer; structlog would write there.
    log.configure("info", "auto")


def main() -> None:
    """The `monitor` command. Errors that a reader can mend are printed without a traceback; exit status 1."""
    try:
        cli()
    except* MonitorError as errors:
        for error in _leaves(errors):
            click.echo(str(error), err=True)
        sys.exit(1)


def _leaves(group: BaseExceptionGroup[MonitorError]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
