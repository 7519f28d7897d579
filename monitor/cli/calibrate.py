"""`monitor calibrate`: make the same score mean the same with another language model, and say how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from monitor import rulebook
from monitor.cli.answers import print_json
from monitor.cli.options import JSON
from monitor.cli.place import CONFIG_OF_RULES, RULES, place_of
from monitor.config import MatchConfig
from monitor.model import Decision, Post, Rules, Stance
from monitor.rulebook import testing
from monitor.text import fingerprint

if TYPE_CHECKING:
    from monitor.match.calibration import Examples, Report


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post of which a person said whether it asserts a claim. `chosen`: for a test, and not because it alerted."""

    post: Post
    claim_id: str
    asserts: bool
    chosen: bool


class CalibrationLine(msgspec.Struct, frozen=True):
    """What `monitor calibrate --json` prints. What could not be measured with so few examples is null."""

    model: str
    examples: int
    tests: int
    verdicts: int
    asserting: int
    without_score: int
    slope: float
    shift: float
    log_loss_before: float | None
    log_loss_after: float | None
    calibration_error_before: float | None
    calibration_error_after: float | None
    threshold: float
    own_score: float | None
    own_score_low: float | None
    own_score_high: float | None
    is_sure: bool
    needed: int | None
    how_sure: str
    written: str | None


@click.command()
@RULES
@CONFIG_OF_RULES
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@JSON
def calibrate(folder: Path | None, config: Path | None, dry_run: bool, as_json: bool) -> None:
    """Fit the scores to another language model, and say how sure they are.

    Learns from the [[tests]] of the rules, and from what responders said about earlier alerts. A score of 0.6 then
    means again that six such posts in ten assert the claim, so thresholds stay as they are. Where that would not make
    scores better, they stay as they are too.

    What it finds is written to the file that [match] calibration names, for the model and the version of monitor that
    it was made with. Run it again when either changes, and restart the service.

    \b
    Example:  monitor calibrate --dry-run
              monitor calibrate -c config.toml
    """
    place = place_of(folder, config)
    settings = place.match
    tried = testing.as_if_active(rulebook.load(place.folder))
    labelled = list(_labelled(tried, place.stored))
    scores = _scores(tried, settings, labelled)
    report = _report(labelled, scores, settings.threshold)
    path = None if dry_run else settings.calibration
    if path is not None:
        _write(path, report, settings, tried.version)
    line = _line(report, labelled, scores, settings, path)
    if as_json:
        print_json(line)
    else:
        click.echo("\n".join(_explanation(line, report, dry_run)))


def _labelled(rules: Rules, database: Path | None) -> Iterator[Labelled]:
    """Tests, then the verdicts of responders; a text comes once for each claim, and a test goes before a verdict. An
    answer that says nothing by itself ("this is true") was judged with what it answers: its own words teach nothing."""
    known = set()
    for claim in rules.claims:
        for number, test in enumerate(claim.tests, 1):
            known.add((claim.id, fingerprint(test.post)))
            asserts = test.expect is Decision.ALERT or test.stance is Stance.SUPPORT
            yield Labelled(Post(f"{claim.id}/{number}", test.post), claim.id, asserts, chosen=True)
    if database is None:
        return
    from monitor.match.conversation import may_agree  # noqa: PLC0415 (not for --help)
    from monitor.store import verdicts  # noqa: PLC0415
    from monitor.store.db import Store  # noqa: PLC0415

    with closing(Store(database)) as store:
        given = verdicts.every(store)
    for verdict in given:
        place = (verdict.claim_id, fingerprint(verdict.post.text))
        if place not in known and not may_agree(verdict.post):
            known.add(place)
            yield Labelled(verdict.post, verdict.claim_id, verdict.asserts, chosen=False)


def _scores(rules: Rules, settings: MatchConfig, labelled: Sequence[Labelled]) -> list[float | None]:
    """The judge's own score of each post for its claim, None where it is not judged for it."""
    from monitor import pipeline  # noqa: PLC0415 (seconds: not for --help)

    stages = pipeline.load_stages(rules, replace(settings, calibration=None))
    scores = stages.scores([one.post for one in labelled], datetime.now(UTC))
    return [of_post.get(one.claim_id) for one, of_post in zip(labelled, scores, strict=True)]


def _report(labelled: Sequence[Labelled], scores: Sequence[float | None], threshold: float) -> Report:
    from monitor.match import calibration  # noqa: PLC0415 (not for --help)

    return calibration.calibrate(_examples(labelled, scores), threshold)


def _examples(labelled: Sequence[Labelled], scores: Sequence[float | None]) -> Examples:
    import numpy as np  # noqa: PLC0415 (not for --help)

    from monitor.match import calibration  # noqa: PLC0415

    scored = [(one, score) for one, score in zip(labelled, scores, strict=True) if score is not None]
    asserts = np.array([one.asserts for one, _ in scored], dtype=bool)
    chosen = np.array([one.chosen for one, _ in scored], dtype=bool)
    own = np.array([score for _, score in scored], dtype=np.float64)
    return calibration.Examples(own, asserts, calibration.weigh(asserts, chosen))


def _write(path: Path, report: Report, settings: MatchConfig, rules_version: str) -> None:
    from monitor.match import calibrated  # noqa: PLC0415 (not for --help)

    made = calibrated.Calibration(
        model=settings.model,
        judge=calibrated.judge_version(),
        slope=report.scale.slope,
        shift=report.scale.shift,
        examples=report.examples,
        rules_version=rules_version,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    calibrated.write(path, made)


def _line(
    report: Report,
    labelled: Sequence[Labelled],
    scores: Sequence[float | None],
    settings: MatchConfig,
    path: Path | None,
) -> CalibrationLine:
    tests = sum(one.chosen for one, score in zip(labelled, scores, strict=True) if score is not None)
    low, high = report.interval if report.interval is not None else (None, None)
    return CalibrationLine(
        model=settings.model,
        examples=report.examples,
        tests=tests,
        verdicts=report.examples - tests,
        asserting=report.asserting,
        without_score=len(labelled) - report.examples,
        slope=round(report.scale.slope, 4),
        shift=round(report.scale.shift, 4),
        log_loss_before=_rounded(report.before.log_loss if report.before is not None else None),
        log_loss_after=_rounded(report.after.log_loss if report.after is not None else None),
        calibration_error_before=_rounded(report.before.calibration_error if report.before is not None else None),
        calibration_error_after=_rounded(report.after.calibration_error if report.after is not None else None),
        threshold=settings.threshold,
        own_score=_rounded(report.threshold),
        own_score_low=_rounded(low),
        own_score_high=_rounded(high),
        is_sure=report.is_sure,
        needed=report.needed,
        how_sure=how_sure(report),
        written=None if path is None else str(path),
    )


def how_sure(report: Report) -> str:
    """What the numbers mean, in a sentence."""
    if report.interval is None:
        missing = {0: "; none asserts its claim", report.examples: "; all assert their claim"}
        one_sided = missing.get(report.asserting, "") if report.examples else ""
        return f"{report.examples} examples: too few to fit anything{one_sided}; the scores stay as they are"
    used = "" if report.improves else "; the fit does not do better than the scores as they are, so they stay"
    if report.is_sure:
        low, high = report.interval
        return f"{report.examples} examples: sure to within {(high - low) / 2:.2f}{used}"
    would_do = f"about {report.needed} would do" if report.needed is not None else "thousands like these would not do"
    return f"{report.examples} examples: too few to say; {would_do}{used}"


def _explanation(line: CalibrationLine, report: Report, dry_run: bool) -> list[str]:
    """A calibration as lines for a person."""
    left_out = f"; {line.without_score} more have no score for their claim" if line.without_score else ""
    counts = f"{line.tests} tests, {line.verdicts} verdicts of responders; {line.asserting} assert their claim"
    lines = [f"model        {line.model}", f"examples     {line.examples}: {counts}{left_out}"]
    if report.before is not None and report.after is not None:
        losses = f"{report.before.log_loss:.3f} -> {report.after.log_loss:.3f}"
        errors = f"{report.before.calibration_error:.3f} -> {report.after.calibration_error:.3f}"
        where = f"{line.threshold:.2f} belongs where this model alone says {line.own_score:.2f}"
        lines += [
            f"log loss     {losses} (lower is better; every example scored by a fit that did not see it)",
            f"calibration  {errors} (how far scores are from what comes)",
            f"threshold    {where} (nine times in ten: {line.own_score_low:.2f} to {line.own_score_high:.2f})",
        ]
    lines += [
        f"used         slope {line.slope:.2f}, shift {line.shift:+.2f}",
        f"how sure     {line.how_sure}",
        f"written      {line.written or _not_written(dry_run)}",
    ]
    return lines


def _not_written(dry_run: bool) -> str:
    return "nothing: a dry run" if dry_run else "nothing: there is no config file, so no command would read it"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
