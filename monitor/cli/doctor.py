"""`monitor doctor`: tries everything that the service needs once, and says what to do about what does not work."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from monitor import config as configuration
from monitor import rulebook
from monitor.alert.blind_news import changed_fields
from monitor.alert.blindness import field_line
from monitor.alert.slack.api import SlackApi
from monitor.alert.slack.client import SlackNotifier
from monitor.alert.slack.manifest import missing
from monitor.cli.answers import print_json
from monitor.cli.options import CONFIG, JSON
from monitor.cli.sources import check_sources
from monitor.config import Config, JudgeConfig, Secret, SlackConfig
from monitor.errors import DeliveryPermanent, ModelError, MonitorError
from monitor.match.second_judge import load_second_judge
from monitor.model import Decision, Drifted, Post
from monitor.pipeline import load_stages
from monitor.service import utc_now
from monitor.store import drift, sources
from monitor.store.budget import DailyBudget
from monitor.store.db import Store


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of trying one thing. `works` is None where there was nothing to try."""

    thing: str
    works: bool | None
    says: str


@click.command()
@CONFIG
@JSON
def doctor(path: Path, as_json: bool) -> None:
    """Say what works, what does not, and what to do.

    Makes one real request to Slack, to every source, and to the second judge's endpoint where there is one. Exit status
    1 when something does not work.

    \b
    Example:  monitor doctor -c config.toml
    """
    found = asyncio.run(_examine(path))
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        console = Console()
        for finding in found:
            mark, style = {True: ("works", "green"), False: ("FAILS", "bold red"), None: ("-", "dim")}[finding.works]
            console.print(Text(f"{mark:6}", style=style) + Text(f"{finding.thing}: {finding.says}"), soft_wrap=True)
    if any(finding.works is False for finding in found):
        sys.exit(1)


async def _examine(path: Path) -> list[Finding]:
    try:
        config = configuration.load(path)
    except MonitorError as error:
        return [Finding("config", False, str(error))]
    found = [Finding("config", True, f"{path}, {len(config.sources)} sources")]
    database = await _attempt("database", asyncio.to_thread(_database, config))
    found.append(database)
    found.append(await _attempt("rules and model", asyncio.to_thread(_rules_and_model, config)))
    if config.judge is None:
        found.append(Finding("second judge", None, "off: the embedded judge decides alone; see docs/second-opinion.md"))
    else:
        found.append(await _attempt("second judge", asyncio.to_thread(_second_judge, config, config.judge)))
    if config.slack_lacks:
        found.append(Finding("Slack", False, f"{config.slack_lacks}; until then alerts go to the terminal alone"))
    elif config.slack is None:
        found.append(Finding("Slack", None, "not configured: alerts go to the terminal; see docs/slack.md"))
    else:
        found.append(await _attempt("Slack", _slack(config.slack)))
        found.append(await _attempt("Slack scopes", _scopes(config.slack, groups=bool(config.desk.groups))))
        if config.slack.app_token is None:
            says = "no SLACK_APP_TOKEN: alerts go out, and their buttons do nothing; see docs/slack.md"
            found.append(Finding("Slack clicks", None, says))
        else:
            found.append(await _attempt("Slack clicks", _clicks(config.slack, config.slack.app_token)))
    if not config.sources:
        found.append(Finding("sources", None, "none configured: monitor has nothing to watch; see docs/sources.md"))
    found += [Finding(f"source {one.source}", one.works, one.says) for one in await check_sources(config)]
    if database.works:
        found += await asyncio.to_thread(_changed_fields, config)
    return found


async def _attempt(thing: str, trying: Awaitable[str]) -> Finding:
    try:
        return Finding(thing, True, await trying)
    except MonitorError as error:
        return Finding(thing, False, str(error))


def _database(config: Config) -> str:
    Store(config.store.path).close()
    return f"{config.store.path} can be written"


def _changed_fields(config: Config) -> list[Finding]:
    """Sources that have changed their shape while the service read them."""
    now = utc_now()
    with closing(Store(config.store.path)) as store, store.reading() as db:
        last_posts = {health.name: health.last_post_at for health in sources.health(store)}
        drifted = drift.fields(db)
    return [
        Finding(f"fields of {name}", False, f"{field_line(one, now)}{_kept(one)}; look for a newer version of monitor")
        for name in dict.fromkeys(one.source for one in drifted)
        for one in changed_fields((one for one in drifted if one.source == name), last_posts.get(name))
    ]


def _kept(drifted: Drifted) -> str:
    return f"; the page as it came is kept in {drifted.page}" if drifted.page else ""


def _rules_and_model(config: Config) -> str:
    rules, now = rulebook.load(config.rules), datetime.now(UTC)
    stages = load_stages(rules, config.match)
    known = f"{len(rules.claims)} claims and {len(rules.candidates)} candidates, model {config.match.model} answers"
    claim = next((claim for claim in rules.claims if claim.is_matched(now)), None)
    if claim is None:
        return f"{known}; no claim is active today, so nothing can alert"
    verdict = stages.classify([Post(id="probe", text=claim.claim)], now)[0]
    if verdict.decision is Decision.QUIET:
        raise ModelError(
            f"{known}, and does not recognise the claim '{claim.id}' in its own sentence ({verdict.why}); run "
            "monitor rules test, and where others fail too, delete the file that [match] calibration names"
        )
    return f"{known}: the sentence of the claim '{claim.id}' is {verdict.decision.value!r}"


def _second_judge(config: Config, settings: JudgeConfig) -> str:
    with closing(Store(config.store.path)) as store:
        return load_second_judge(settings, DailyBudget(store, settings.calls_per_day, utc_now)).check()


async def _slack(config: SlackConfig) -> str:
    async with SlackNotifier(config) as slack:
        return await slack.check()


async def _scopes(config: SlackConfig, *, groups: bool) -> str:
    async with SlackApi(config.token, config.base_url) as api:
        granted = await api.scopes()
    if granted is None:
        return "the server does not say which the bot has"
    lacking = missing(granted, groups=groups)
    if lacking:
        named = "; ".join(f"{scope} ({why})" for scope, why in lacking.items())
        raise DeliveryPermanent(f"missing: {named}. Add them under OAuth & Permissions, and install the app again")
    return "the bot has all that it needs"


async def _clicks(config: SlackConfig, app_token: Secret) -> str:
    from monitor.desk.socket import ask_address  # noqa: PLC0415 - Bolt only where there is a token

    async with SlackApi(app_token, config.base_url) as api:
        await ask_address(api)
    return "SLACK_APP_TOKEN opens a socket: buttons, forms and /monitor reach monitor run"
