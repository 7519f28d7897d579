"""The models over the rules as they stand and as somebody is writing them. Blocking, and for one thread alone: the
memory of a backtest belongs to the thread that opened it, and two users of the models would wait for each other anyway.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import rulebook
from monitor.answering import parents_in
from monitor.config import MatchConfig
from monitor.errors import InputError, ModelError, MonitorError, Problem, StoreError
from monitor.match.look_alikes import with_look_alikes
from monitor.model import LookAlike, Post, Rules
from monitor.rulebook import advice, backtest, testing
from monitor.rulebook.reload import Book, merge, read
from monitor.store import look_alikes, posts
from monitor.store.db import Store
from monitor.store.history import Ruling
from monitor.store.memory import MemoryFile
from monitor.workbench import views
from monitor.workbench.views import TestView, TryView

if TYPE_CHECKING:
    from monitor.pipeline import Stages

KEPT = 4
"""Sets of rules that stay indexed: as they stand, and the last drafts."""
NO_DATABASE = "there are no stored posts to try it on: monitor run makes the database. Start the workbench again then"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rules are, how posts are matched, and the stored posts, None where there are none."""

    folder: Path
    match: MatchConfig
    database: Path | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file of the rules as it would be."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Ruled:
    """Files that can be used, and what keeps others from being used as they stand."""

    book: Book
    behind: tuple[Problem, ...]


class Judging:
    """What the monitor makes of posts. Call `load` first, and everything on the same thread."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._good = Book(Rules((), (), ""), {})
        """The last good version of every file."""
        self._models: Stages | None = None
        self._memory: MemoryFile | None = None
        self._failure = "the language model is not loaded yet"
        self._indexed: OrderedDict[tuple[str, str], Stages] = OrderedDict()

    def load(self) -> str:
        """The models: many seconds. Returns what went wrong with them, "" where nothing did."""
        from monitor import pipeline  # noqa: PLC0415 - seconds: the page is there first

        if self._place.database is not None:
            with suppress(StoreError):  # then a backtest computes everything anew, and says so where it must
                self._memory = MemoryFile(self._place.database)
        try:
            self._models = pipeline.load_stages(Rules((), (), ""), self._place.match, memory=self._memory)
        except MonitorError as error:
            self._failure = str(error)
            return self._failure
        return ""

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()

    def tried(self, text: str, draft: Draft | None, now: datetime) -> TryView:
        """A post held against every claim, and against what people said is not one. Drafts and shadows count as if they
        were active."""
        found = self._ruled(draft)
        rules = found.book.rules
        stages = self._stages(with_look_alikes(testing.as_if_active(rules), self._learned()), "tried")
        post = Post(id="try", text=text)
        verdict, each = stages.classify([post], now)[0], stages.against_each(post, now)
        return views.try_view(rules, verdict, each, self._place.match.threshold, found.behind)

    def tested(self, draft: Draft, now: datetime) -> list[TestView]:
        """The `[[tests]]` of a draft. Raises InputError where the draft cannot be used."""
        rules = testing.as_if_active(self._with(draft))
        stages = self._stages(rules, "tried")
        claims = tuple(claim for claim in rules.claims if claim.file == draft.name)
        results = testing.run_tests(replace(rules, claims=claims), stages.classify, now)
        return [
            views.test_view(result, testing.own_match(result, stages.against_each, now), self._place.match.threshold)
            for result in results
        ]

    def meant(self, draft: Draft) -> list[Problem]:
        """Warnings that the language model and the stored posts give of a draft, its overlaps with other claims among
        them. Raises InputError where a claim has a mistake: then claims cannot be held against each other."""
        from monitor.match.encoder import load_encoder  # noqa: PLC0415 - the page is there first
        from monitor.rulebook.meaning import advise_by_meaning  # noqa: PLC0415

        found = rulebook.read(self._place.folder, {draft.name: draft.raw})
        if found.problems:
            raise InputError("the claims are held against each other once no file has a mistake")
        if self._models is None:
            raise ModelError(self._failure)
        warnings = advise_by_meaning(found, load_encoder(self._place.match.model), draft.name)
        if self._place.database is not None:
            with closing(Store(self._place.database)) as store:
                by_language = advice.in_their_language(found, posts.languages(store))
            warnings += [one for one in by_language if one.path.name == draft.name]
        return sorted(warnings)

    def replayed(self, draft: Draft, past: Sequence[Ruling], learned: Sequence[LookAlike]) -> Iterator[list[Ruling]]:
        """What the rules with a draft in them, its claim switched on, make of stored posts, batch by batch.

        Raises InputError where nothing is stored, or the draft cannot be used.
        """
        if self._place.database is None:
            raise InputError(NO_DATABASE)
        if self._memory is not None:
            self._memory.forget(self._place.database)
        rules = self._with(draft)
        claims = tuple(testing.switched_on(claim) if claim.file == draft.name else claim for claim in rules.claims)
        stages = self._stages(replace(rules, claims=claims), f"replayed with {draft.name}")
        with closing(Store(self._place.database)) as store:
            yield from backtest.replayed(past, learned, stages, self._page, parents_in(store))

    def _learned(self) -> list[LookAlike]:
        if self._place.database is None:
            return []
        try:
            with closing(Store(self._place.database)) as store:
                return look_alikes.every(store)
        except StoreError:  # the files can be tried all the same, and a backtest says what is wrong with the database
            return []

    def _page(self, posts: Sequence[Post]) -> AbstractContextManager[None]:
        return nullcontext() if self._memory is None else self._memory.page(posts)

    def _with(self, draft: Draft) -> Rules:
        found = self._ruled(draft)
        if found.book.files.get(draft.name) != draft.raw:
            raise InputError("mend the mistakes in this file first")
        return found.book.rules

    def _ruled(self, draft: Draft | None) -> _Ruled:
        """The rules of the folder, with a draft in them; of what has a mistake, the last good version."""
        disk = read(self._place.folder)
        saved = merge(self._good, disk)
        self._good = saved.book
        if draft is None:
            return _Ruled(saved.book, saved.problems)
        tried = merge(saved.book, replace(disk, files={**disk.files, draft.name: draft.raw}))
        return _Ruled(tried.book, tried.problems)

    def _stages(self, rules: Rules, use: str) -> Stages:
        if self._models is None:
            raise ModelError(self._failure)
        key = (rules.version, use)
        if key not in self._indexed:
            self._indexed[key] = self._models.with_rules(rules)
        self._indexed.move_to_end(key)
        while len(self._indexed) > KEPT:
            self._indexed.popitem(last=False)
        return self._indexed[key]
