"""How commands answer: JSON for scripts, files, and the database or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from monitor.errors import InputError, StoreError

if TYPE_CHECKING:
    from monitor.store.db import Store


def print_json(value: object) -> None:
    """Dataclasses, structs and what they hold, indented."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def write_file(path: Path, content: bytes) -> None:
    """Raises InputError where the file cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}; name a file in a folder that you may write"
        ) from error


def existing(database: Path) -> Path:
    """The database, which must be there. Raises StoreError where it is not."""
    if not database.exists():
        raise StoreError(
            f"there is no database {database} yet: monitor run makes it; if it should be there, "
            "name the config file whose [store] path says where with -c"
        )
    return database


@contextmanager
def opened(database: Path) -> Iterator[Store]:
    """The store in a database that must be there. Raises StoreError where it is not."""
    from monitor.store.db import Store  # noqa: PLC0415 (only where there is a database)

    with closing(Store(existing(database))) as store:
        yield store
