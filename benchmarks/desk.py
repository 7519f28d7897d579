"""Whether responders can rely on the desk: clicks and alerts while Slack fails, and after it was away for an hour.

Against a real local Slack (with-local-slack) behind a proxy that answers 429 and 5xx before and after the request was
carried out, drops requests and answers, and breaks sockets. Store, outbox, socket and desk are the real ones, in a
process of their own; the judge is a stub. Prints figures and, with --json, writes them.

    ../shared/peers/with-local-slack -c benchmarks/parts/desk/local-slack.yaml .venv/bin/python -m benchmarks.desk storm
    ../shared/peers/with-local-slack -c benchmarks/parts/desk/local-slack.yaml .venv/bin/python -m benchmarks.desk away
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import click
import msgspec

from benchmarks.parts.desk.away import Away, away
from benchmarks.parts.desk.running import serve_here
from benchmarks.parts.desk.storm import Storm, storm
from monitor import log

SLACK = os.environ.get("LOCAL_SLACK_URL", "http://127.0.0.1:3000")
PACE = 0.1
"""Seconds between messages; the real notifier keeps to 1.2."""
ACK_SECONDS = 3.0


@click.group()
def main() -> None:
    """The desk under fire."""
    log.configure("warning", "text")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--api", required=True)
@click.option("--incidents", type=int, required=True)
@click.option("--pace", type=float, required=True)
def serve(folder: Path, api: str, incidents: int, pace: float) -> None:
    """monitor, for the benchmark's own use."""
    asyncio.run(serve_here(folder, api, incidents, pace))


@main.command("storm")
@click.option("--incidents", type=int, default=200, show_default=True)
@click.option("--pace", type=float, default=PACE, show_default=True, help="Seconds between messages.")
@click.option("--drain", type=float, default=600, show_default=True, help="Seconds to wait for the last message.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
def run_storm(incidents: int, pace: float, drain: float, file: Path | None) -> None:
    """Five clicks on each of 200 incidents within a minute."""
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(storm(Path(folder), SLACK, incidents, pace, drain))
    _write(file, figures)
    _print(figures)


@main.command("away")
@click.option("--incidents", type=int, default=60, show_default=True)
@click.option("--drain", type=float, default=300, show_default=True, help="Seconds to wait for the last message.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
def run_away(incidents: int, drain: float, file: Path | None) -> None:
    """An hour without Slack, in a minute; then everything arrives."""
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(away(Path(folder), SLACK, incidents, drain))
    _write(file, figures)
    _print(figures)


def _print(found: Storm | Away) -> None:
    for name in found.__slots__:
        click.echo(f"  {name.replace('_', ' '):20} {getattr(found, name)}")


def _write(file: Path | None, figures: object) -> None:
    if file is not None:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))


if __name__ == "__main__":
    main()
