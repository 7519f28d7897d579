"""`monitor workbench`: a page on this machine where staff try posts and change claims."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from monitor.cli.place import CONFIG_OF_RULES, FOLDER, place_of
from monitor.errors import InputError
from monitor.workbench.judging import Place


@click.command()
@FOLDER
@CONFIG_OF_RULES
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Answer at this port. Without it, one that is free."
)
def workbench(folder: Path | None, config: Path | None, port: int) -> None:
    """Open a page on this machine to try posts and change claims.

    Prints an address to open in a browser. Type a post, and see what every claim makes of it, and why. Open a claim,
    change it, and see its mistakes, its tests and its backtest beside it; nothing is written until you press Save.
    Candidates are added and changed there too.

    The page answers on this machine alone, at an address that works for one browser, until Ctrl-C. Nothing is sent
    anywhere. DIR is the rules folder of config.toml, or ./rules where there is no config.toml.

    \b
    Example:  monitor workbench
              monitor workbench rules --port 8700
    """
    found = place_of(folder, config)
    if not found.folder.is_dir():
        raise InputError(
            f"there is no rules folder {found.folder}: go to where it lies, or name it: monitor workbench DIR"
        )
    asyncio.run(_serve(Place(found.folder, found.match, found.stored), port))


async def _serve(place: Place, port: int) -> None:
    from monitor.service import stop_on_signals, utc_now  # noqa: PLC0415 - not for --help
    from monitor.workbench.bench import open_bench  # noqa: PLC0415
    from monitor.workbench.server import serving  # noqa: PLC0415

    stop = asyncio.Event()
    with stop_on_signals(stop):
        async with open_bench(place, utc_now) as bench, serving(bench, port) as guard:
            click.echo(f"Open this address in your browser; it works once:\n\n  {guard.address}\n\nCtrl-C ends it.")
            await stop.wait()
