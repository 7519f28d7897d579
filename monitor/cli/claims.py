"""`monitor claims`: claims started from what fact checkers published."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor import config as configuration
from monitor import rulebook
from monitor.cli.answers import print_json
from monitor.cli.options import JSON, Since
from monitor.cli.place import CONFIG_OF_RULES, RULES, place_of
from monitor.config import MatchConfig
from monitor.errors import EditRefused, InputError, SourceError
from monitor.model import FactCheck, Rules
from monitor.rulebook import claimreview, draft
from monitor.rulebook.factcheck_sheet import read_sheet
from monitor.rulebook.familiar import Familiar, Scorer
from monitor.rulebook.importing import Fate, Filters, Outcome, decide, unknown_ratings
from monitor.sources import factcheck
from monitor.sources.upload import text_of
from monitor.toml import show

GOOGLE = "google"
LARGEST_TEXT_FILE = 50 * 1024 * 1024
"""Bytes of a page or a spreadsheet; a file of JSON is read as a stream and may be of any size."""
TOLD = (Fate.DRAFT, Fate.KNOWN, Fate.UNUSABLE, Fate.UNKNOWN_RATING)
"""What is told one by one; the rest is counted."""


@dataclass(slots=True)
class Reading:
    """What was read of a source, beside its fact checks."""

    incomplete: int = 0
    """Reviews that lack a claim, a rating or an address, and scripts that are no JSON."""
    problems: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


class Line(msgspec.Struct, frozen=True):
    """One fact check in `monitor claims import --json`. `file`: of a draft that was written."""

    fate: str
    why: str
    claim: str
    rating: str
    publisher: str
    site: str
    url: str
    about: tuple[str, ...] = ()
    id: str | None = None
    file: str | None = None


@click.group()
def claims() -> None:
    """Start claims from what fact checkers published.

    \b
    Example:  monitor claims import google --dry-run
              monitor claims import https://www.politifact.com/factchecks/...
    """


@claims.command(name="import")
@click.argument("source")
@click.option("--query", "queries", multiple=True, metavar="WORDS", help="What to search Google for; may be repeated.")
@click.option("--candidate", "candidates", multiple=True, metavar="ID", help="Only claims that name this candidate.")
@click.option("--vote", is_flag=True, help="Also claims about the vote itself that name no candidate.")
@click.option("--lang", "langs", multiple=True, metavar="CODE", help="Only claims in this language, such as es.")
@click.option("--since", type=Since(), help="Only reviews since then: 90d, 12w, or a day as 2026-09-01.")
@click.option(
    "--publisher", "publishers", multiple=True, metavar="SITE", help="Only this fact checker's: site or name."
)
@click.option("--also-false", multiple=True, metavar="RATING", help="Take this rating for false too.")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 1000), help="Drafts to write at most.")
@RULES
@CONFIG_OF_RULES
@click.option("--dry-run", is_flag=True, help="Show what would become of each, and write nothing.")
@JSON
def import_(
    source: str, queries: tuple[str, ...], folder: Path | None, config: Path | None, dry_run: bool, as_json: bool,
    most: int, since: datetime | None, **filters: tuple[str, ...],
) -> None:  # fmt: skip
    """Make drafts of what fact checkers rated false.

    SOURCE is `google` (the Fact Check Tools API, with the key in MONITOR_FACTCHECK_KEY; your candidates' names are
    searched for unless --query says what else), the https:// address of a fact check, or a file: a saved page,
    ClaimReview as JSON of any size (Data Commons' feed), or a spreadsheet as CSV with claim, rating and link.

    A claim must name one of your candidates. What the rules have already, in whatever words, is left out. Each draft is
    a file of its own in the rules folder, with the fact check as its evidence; no file is ever changed.

    \b
    Example:  monitor claims import google --since 90d --dry-run
              monitor claims import data.json --candidate rivera --publisher politifact.com
    """
    now = datetime.now(UTC)
    place = place_of(folder, config)
    folder, settings = place.folder, place.match
    rules = rulebook.load(folder)
    wanted = _filters(rules, since, most, filters)
    reading = Reading()
    found = _google(rules, queries, wanted, now, reading) if source == GOOGLE else _read(source, reading)
    familiar = Familiar(rules, lambda known: _stages(known, settings), settings.threshold, now)
    counts: Counter[Fate] = Counter()
    told: list[Outcome] = []
    for outcome in _outcomes(found, wanted, familiar, None if dry_run else folder):
        counts[outcome.fate] += 1
        if outcome.fate in TOLD:
            told.append(outcome)
    _tell_of_reading(reading, told)
    if not counts and not reading.problems:
        click.echo("Nothing was found there: it holds no review as ClaimReview (JSON-LD), or nothing answers", err=True)
    if as_json:
        print_json([_line(one) for one in told])
    else:
        _show(told, counts, folder, dry_run=dry_run)
    if reading.problems:
        sys.exit(1)


def _filters(rules: Rules, since: datetime | None, most: int, given: dict[str, tuple[str, ...]]) -> Filters:
    for candidate in given["candidates"]:
        if rules.candidate(candidate) is None:
            ids = ", ".join(one.id for one in rules.candidates)
            raise InputError(f"there is no candidate '{show(candidate)}' in the rules; the ids there are: {ids}")
    return Filters(
        candidates=given["candidates"],
        vote=bool(given["vote"]),
        langs=tuple(lang.lower().split("-")[0] for lang in given["langs"]),
        publishers=given["publishers"],
        since=since,
        also_false=given["also_false"],
        most=most,
    )


def _google(
    rules: Rules, queries: tuple[str, ...], wanted: Filters, now: datetime, reading: Reading
) -> Iterator[FactCheck]:
    key = configuration.factcheck_key()
    if key is None:
        raise InputError(
            "the environment variable MONITOR_FACTCHECK_KEY is not set; make a key in the Google Cloud console, where "
            "the Fact Check Tools API is free, and set it"
        )
    names = [one.name for one in rules.candidates if not wanted.candidates or one.id in wanted.candidates]
    days = None if wanted.since is None else (now - wanted.since).days + 1
    sites = [one for one in wanted.publishers if "." in one] if len(wanted.publishers) == 1 else []
    langs = wanted.langs if len(wanted.langs) == 1 else ()
    for query in queries or names:
        asked = factcheck.Search(query, next(iter(langs), None), next(iter(sites), None), days)
        checks: list[FactCheck | None] = []
        try:
            asyncio.run(_collect(asked, key.reveal(), checks))
        except SourceError as error:
            if not checks:
                raise
            reading.problems.append(f"not everything about '{show(query)}' was read: {error}")
        yield from _whole(checks, reading)


async def _collect(asked: factcheck.Search, key: str, into: list[FactCheck | None]) -> None:
    async for check in factcheck.search(asked, key):
        into.append(check)  # noqa: PERF401 (what came before an error is kept)


def _read(source: str, reading: Reading) -> Iterator[FactCheck]:
    """The fact checks of an address or a file."""
    if "://" in source:
        page = asyncio.run(factcheck.read_address(source))
        if "json" in page.kind:
            return _whole(claimreview.in_json(BytesIO(page.body)), reading)
        return _whole(claimreview.in_page(text_of(page.body), source), reading)
    path = Path(source)
    begins = _beginning(path)
    if begins[:1] in (b"{", b"["):
        return _json_file(path, reading)
    if path.stat().st_size > LARGEST_TEXT_FILE:
        raise InputError(f"{path} has more than {LARGEST_TEXT_FILE:,} bytes; cut it into smaller files")
    if begins[:1] == b"<":
        return _whole(claimreview.in_page(text_of(path.read_bytes())), reading)
    sheet = read_sheet(path, path.read_bytes())
    reading.problems += map(str, sheet.problems)
    reading.columns.update(sheet.columns)
    return iter(sheet.checks)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path} cannot be read ({reason}): give `google`, an https:// address or a file") from error


def _json_file(path: Path, reading: Reading) -> Iterator[FactCheck]:
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        try:
            yield from _whole(claimreview.in_json(file), reading)
        except InputError as error:
            reading.problems.append(f"{path}: {error}; what came before it was read")


def _whole(checks: Iterator[FactCheck | None] | list[FactCheck | None], reading: Reading) -> Iterator[FactCheck]:
    for check in checks:
        if check is None:
            reading.incomplete += 1
        else:
            yield check


def _outcomes(
    found: Iterator[FactCheck], wanted: Filters, familiar: Familiar, folder: Path | None
) -> Iterator[Outcome]:
    """What becomes of each, once it has: drafts have their id, and their file where one was written."""
    for outcome in decide(found, familiar.rules, wanted, familiar):
        if outcome.draft is None:
            yield outcome
            continue
        try:
            if folder is None:
                made = replace(outcome.draft, id=draft.free_name(outcome.draft, familiar.rules))
            else:
                made = draft.write(folder, outcome.draft)
        except EditRefused as error:
            yield replace(outcome, fate=Fate.UNUSABLE, why=str(error), draft=None)
            continue
        familiar.add(made)
        yield replace(outcome, draft=made)


def _tell_of_reading(reading: Reading, told: list[Outcome]) -> None:
    for problem in reading.problems:
        click.echo(problem, err=True)
    if reading.columns:
        columns = ", ".join(f"{show(name, 30)} = {what}" for name, what in reading.columns.items())
        click.echo(f"Columns: {columns}", err=True)
    if reading.incomplete:
        click.echo(f"Left out, without claim, rating or address: {reading.incomplete}", err=True)
    for site, rating, times in unknown_ratings(told):
        shown = show(rating, 80)
        often = f", {times} times" if times > 1 else ""
        mend = f' Is it false? Then import again with --also-false "{shown}"'
        click.echo(f'Left out: {show(site)} rates "{shown}"{often}, which is in no table.{mend}', err=True)


def _show(told: list[Outcome], counts: Counter[Fate], folder: Path, *, dry_run: bool) -> None:
    console = Console(highlight=False)
    if told:
        table = Table()
        for heading in ("what becomes of it", "claim", "rated"):
            table.add_column(heading)
        for outcome in told:
            made = outcome.draft.file or outcome.draft.id if outcome.draft else outcome.why
            rated = f"{show(outcome.check.rating, 40)}, {show(outcome.check.site, 40)}"
            table.add_row(*map(Text, (show(f"{outcome.fate}: {made}", 200), show(outcome.check.claim, 120), rated)))
        console.print(table)
    parts = ", ".join(f"{fate}: {counts[fate]}" for fate in Fate if counts[fate])
    click.echo(f"Fact checks read: {counts.total()}" + (f" ({parts})" if parts else ""))
    if dry_run:
        click.echo("Nothing written (--dry-run)")
    elif counts[Fate.DRAFT]:
        click.echo(f"In each draft in {folder}: write `truth` in your own words, add wordings, then monitor rules test")


def _line(outcome: Outcome) -> Line:
    check, made = outcome.check, outcome.draft
    return Line(
        fate=outcome.fate,
        why=outcome.why,
        claim=check.claim,
        rating=check.rating,
        publisher=check.publisher,
        site=check.site,
        url=check.url,
        about=made.about if made else (),
        id=made.id if made else None,
        file=(made.file or None) if made else None,
    )


def _stages(rules: Rules, settings: MatchConfig) -> Scorer:
    from monitor import pipeline  # noqa: PLC0415 - most fact checks are told apart without a model

    return pipeline.load_stages(rules, settings)
