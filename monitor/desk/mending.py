"""What the channel hears of rules files that are saved with a mistake, and of their mending."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from monitor.errors import Problem
from monitor.model import Notice, NoticeKind, Notification, NotificationKind
from monitor.rulebook.reload import Book, Disk, Reloaded
from monitor.store import enqueue, mending
from monitor.store.mending import Told


def tell(db: Database, reloaded: Reloaded, disk: Disk, now: datetime) -> bool:
    """Have the channel told of each file that is bad and was not: once, in a notice that says from then on how it
    stands. False where a notice could not be rewritten yet: ask again."""
    known = mending.every(db)
    found = _by_file(reloaded.problems)
    settled = True
    for file, lines in found.items():
        notice = broken(file, lines, reloaded.book, disk)
        told = known.get(file)
        if told is None:
            told = Told(file, f"rules.{secrets.token_hex(6)}", lines)
            enqueue.enqueue(db, Notification(told.delivery_id, NotificationKind.NOTICE, notice=notice), now, now)
            mending.save(db, told)
        elif told.lines != lines:
            if enqueue.amend(db, told.delivery_id, notice, now):
                mending.save(db, Told(file, told.delivery_id, lines))
            else:
                settled = False
    for file in known.keys() - found.keys():
        if enqueue.amend(db, known[file].delivery_id, mended(file, reloaded.book), now):
            mending.drop(db, file)
        else:
            settled = False
    return settled


def broken(file: str, lines: tuple[str, ...], book: Book, disk: Disk) -> Notice:
    if file in book.files and book.files[file] == disk.files.get(file):
        title = f"❌ {file} is in use, and something is wrong with it"
    elif file in book.files:
        title = f"❌ {file} is not in use as it was saved: its last good version stays in use"
    elif file.endswith(".toml"):
        title = f"❌ {file} is not in use yet"
    else:
        title = f"❌ {file} cannot be used: the rules stay as they were"
    return Notice(NoticeKind.SERVICE, title, lines)


def mended(file: str, book: Book) -> Notice:
    if file in book.files:
        return Notice(NoticeKind.SERVICE, f"✅ {file} is mended, and in use as it was saved")
    return Notice(NoticeKind.SERVICE, f"✅ {file}: nothing is wrong there any more")


def _by_file(problems: Iterable[Problem]) -> dict[str, tuple[str, ...]]:
    """For each file its problems as lines: `withdrawn.toml:11:3: what is wrong; how to mend it`."""
    found: dict[str, tuple[str, ...]] = {}
    for problem in problems:
        name = problem.path.name
        line = f"{name}:{problem.line}:{problem.column}: {problem.what}; {problem.mend}"
        found[name] = (*found.get(name, ()), line)
    return found
