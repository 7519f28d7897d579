"""`monitor intake`: posts that people collected by hand."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click
import msgspec

from monitor import config as configuration
from monitor.cli.options import CONFIG, JSON
from monitor.errors import InputError
from monitor.sources.upload import read_upload
from monitor.store import intake as waiting
from monitor.store.db import Store
from monitor.store.posts import can_be_stored

LARGEST_FILE = 50 * 1024 * 1024


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CONFIG
@JSON
@click.option("--dry-run", is_flag=True, help="Only say what would be taken, and what not.")
def intake(file: Path, path: Path, as_json: bool, dry_run: bool) -> None:
    """Take in posts that people collected by hand, as CSV or JSON Lines.

    A spreadsheet saved as CSV needs a first line of column names and one column of the posts' words; link, author,
    date, platform, language and followers are read where there are such columns. The running service reads the posts
    within seconds, one that is not running when it starts. A post that was taken before is not taken again.

    Every row that cannot be taken is told on standard error with its line; the exit status is then 1.

    \b
    Example:  monitor intake volunteers.csv -c config.toml
    """
    config = configuration.load_asking_nobody(path)
    if file.stat().st_size > LARGEST_FILE:
        raise InputError(f"{file} has more than {LARGEST_FILE:,} bytes; cut it into smaller files")
    found = read_upload(file, file.read_bytes())
    posts = [post for post in found.posts if can_be_stored(post)]
    new = 0
    if not dry_run:
        with closing(Store(config.store.path)) as store:
            new = waiting.add(store, posts)
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if as_json:
        answer = {"read": len(posts), "new": new, "problems": [str(problem) for problem in found.problems]}
        click.echo(msgspec.json.encode(answer).decode())
    else:
        if found.columns:
            click.echo("Columns: " + ", ".join(f"{name} = {field}" for name, field in found.columns.items()))
        taken = "nothing taken (--dry-run)" if dry_run else f"new: {new}"
        click.echo(f"Posts read: {len(posts)}, {taken}; rows that could not be taken: {len(found.problems)}")
    if found.problems:
        sys.exit(1)
