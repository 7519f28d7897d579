"""The workbench's requests: who asks, what for, and a piece of a page as the answer.

The pages' script sends JSON and gets {"html": ...}: a piece of the page, made here, in which everything is escaped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from aiohttp import web

from monitor.errors import InputError, MonitorError
from monitor.workbench import draft as drafts
from monitor.workbench import pages
from monitor.workbench.answers import body, line, page, piece, to_home
from monitor.workbench.bench import Bench, Progress
from monitor.workbench.draft import Conflict
from monitor.workbench.forms import Forms
from monitor.workbench.guard import LOCAL, Asked, Guard
from monitor.workbench.judging import Draft

LARGEST_BODY = 1024 * 1024
STATIC = Path(__file__).parent / "static"
TYPES = {"workbench.js": "text/javascript", "workbench.css": "text/css"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TryAsked(msgspec.Struct, frozen=True):
    """A post, and the file that is being written, where one is."""

    text: str
    name: str | None = None
    draft: str = ""


class DraftAsked(msgspec.Struct, frozen=True):
    """A file of the rules as it is being written. `version`: of the file that it was made from."""

    draft: str
    version: str = ""


class TrialAsked(msgspec.Struct, frozen=True):
    """A draft, and over how many days to try it."""

    draft: str
    days: Annotated[float, msgspec.Meta(gt=0, le=366)]


@asynccontextmanager
async def serving(bench: Bench, port: int) -> AsyncIterator[Guard]:
    """Answers on 127.0.0.1 alone while the block runs; port 0 is one that is free. Raises InputError where the port is
    taken."""
    server = Server(bench)
    # Whoever goes away is not waited for: the script does so with every letter that is typed.
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, LOCAL, port).start()
        except OSError as error:
            what = f"cannot listen at {LOCAL}:{port} ({error.strerror})"
            raise InputError(f"{what}; leave --port out, and a free one is found") from error
        server.guard = Guard(runner.addresses[0][1])
        yield server.guard
    finally:
        await runner.cleanup()


class Server:
    """The handlers. `guard` is there once the port is known."""

    guard: Guard

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._folder = bench.place.folder

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._guarded, _told])
        app.on_response_prepare.append(_add_headers)
        app.router.add_get("/", self._home)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/static/{file}", self._static)
        app.router.add_post("/try", self._try)
        app.router.add_routes(Forms(self._folder).routes())
        app.router.add_get("/claims/{name}", self._file)
        app.router.add_post("/claims/{name}/check", self._check)
        app.router.add_post("/claims/{name}/tests", self._tests)
        app.router.add_post("/claims/{name}/meaning", self._meaning)
        app.router.add_post("/claims/{name}/backtest", self._backtest)
        app.router.add_post("/claims/{name}/save", self._save)
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        asked = Asked(
            request.method, request.host, request.headers.get("Origin"), request.cookies.get(self.guard.cookie)
        )
        refusal = self.guard.refusal(asked)
        if refusal is None:
            # The token has done its work: it need not stay in the address, nor in the history.
            return to_home() if "token" in request.query else await handler(request)
        is_visit = request.method == "GET" and request.path == "/" and self.guard.answers_at(request.host)
        key = self.guard.redeem(request.query.get("token")) if is_visit else None
        if key is None:
            return web.Response(text=refusal, status=403)
        answer = to_home()
        answer.set_cookie(self.guard.cookie, key, httponly=True, samesite="Strict")
        return answer

    async def _home(self, _: web.Request) -> web.Response:
        return page(pages.home(self._folder, await asyncio.to_thread(drafts.overview, self._folder)))

    async def _ready(self, _: web.Request) -> web.Response:
        return piece(pages.ready(await self._bench.ready()))

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        if name not in TYPES:
            raise web.HTTPNotFound
        content = await asyncio.to_thread((STATIC / name).read_text, "utf-8")
        return web.Response(text=content, content_type=TYPES[name])

    async def _file(self, request: web.Request) -> web.Response:
        opened = await asyncio.to_thread(drafts.opened, self._folder, request.match_info["name"])
        return page(pages.file(opened, has_posts=self._bench.place.database is not None))

    async def _try(self, request: web.Request) -> web.Response:
        asked = await body(request, TryAsked)
        draft = None if asked.name is None else await self._draft(asked.name, asked.draft)
        return piece(pages.tried(await self._bench.tried(asked.text, draft)))

    async def _check(self, request: web.Request) -> web.Response:
        asked = await body(request, DraftAsked)
        name, now = request.match_info["name"], self._bench.now()
        checked = await asyncio.to_thread(drafts.checked, self._folder, name, asked.draft, now)
        return piece(pages.checked(name, checked), ok=checked.may_be_saved)

    async def _tests(self, request: web.Request) -> web.Response:
        asked = await body(request, DraftAsked)
        draft = await self._draft(request.match_info["name"], asked.draft)
        return piece(pages.tested(await self._bench.tested(draft)))

    async def _meaning(self, request: web.Request) -> web.Response:
        asked = await body(request, DraftAsked)
        name = request.match_info["name"]
        warnings = await self._bench.meant(await self._draft(name, asked.draft))
        return piece(pages.meant(drafts.noted(warnings, self._folder / name, asked.draft)))

    async def _save(self, request: web.Request) -> web.Response:
        asked = await body(request, DraftAsked)
        name = request.match_info["name"]
        # To its end, even where the window is closed just now.
        saving = asyncio.to_thread(drafts.save, self._folder, name, asked.draft, asked.version, self._bench.now())
        saved = await asyncio.shield(saving)
        if isinstance(saved, Conflict):
            theirs = saved.theirs
            html = pages.conflict(theirs, asked.draft)
            return piece(html, ok=False, theirs=theirs.text, version=theirs.version)
        return piece(pages.saved(name), ok=True, version=saved.version)

    async def _backtest(self, request: web.Request) -> web.StreamResponse:
        """Lines of JSON: {"done", "total"} as it goes on, at last {"html"}."""
        asked = await body(request, TrialAsked)
        draft = await self._draft(request.match_info["name"], asked.draft)
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await answer.prepare(request)
        try:
            async for news in self._bench.trial(draft, timedelta(days=asked.days)):
                await answer.write(line(news if isinstance(news, Progress) else {"html": pages.trial(news)}))
        except MonitorError as error:
            await answer.write(line({"html": pages.trouble(str(error))}))
        return answer

    async def _draft(self, name: str, text: str) -> Draft:
        return Draft(name, await asyncio.to_thread(drafts.in_bytes, self._folder, name, text))


@web.middleware
async def _told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What a person can mend is told in the page, not as a failure."""
    try:
        return await handler(request)
    except MonitorError as error:
        if request.method == "GET":
            return page(pages.gone(str(error)), status=404)
        return piece(pages.trouble(str(error)), ok=False)


async def _add_headers(_: web.Request, answer: web.StreamResponse) -> None:
    answer.headers.update(HEADERS)
