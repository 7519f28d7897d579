from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest
from aiohttp import ClientSession, CookieJar

from monitor import rulebook
from monitor.errors import InputError
from monitor.workbench.bench import Bench, open_bench
from monitor.workbench.files import version_of
from monitor.workbench.guard import Guard
from monitor.workbench.judging import Draft, Judging, Place
from monitor.workbench.server import HEADERS, serving
from monitor.workbench.views import TryView
from tests.workbench.conftest import CANDIDATES, CLAIM, HOSTILE, NOW

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
WIDER = CLAIM.replace('["quit"]', '["gone"]')


@dataclass
class Browser:
    """What a browser does that was given the address."""

    http: ClientSession
    guard: Guard
    bench: Bench

    @property
    def origin(self) -> str:
        return self.guard.address.partition("/?")[0]

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.origin + path, headers=headers) as answer:
            if answer.status != 303:
                assert answer.headers.items() >= HEADERS.items()
            return answer.status, await answer.text()

    async def post(self, path: str, **body: object) -> dict[str, object]:
        async with self.http.post(self.origin + path, json=body, headers={"Origin": self.origin}) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, object] = await answer.json()
            return found

    async def version(self) -> object:
        _, page = await self.get("/claims/withdrawn.toml")
        return page.partition('data-version="')[2].partition('"')[0]


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Browser]:
    async with (
        open_bench(place, lambda: NOW) as bench,
        serving(bench, 0) as guard,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as http,
    ):
        yield Browser(http, guard, bench)


@pytest.fixture
async def browser(place: Place) -> AsyncIterator[Browser]:
    async with opened(place) as found:
        assert (await found.get(found.guard.address.removeprefix(found.origin)))[0] == 200
        yield found


async def test_the_address_opens_once_and_leaves_no_token_behind(place: Place) -> None:
    async with opened(place) as browser:
        address = browser.guard.address
        async with browser.http.get(address) as answer:
            assert answer.status == 200
            assert str(answer.url) == f"{browser.origin}/"
        async with ClientSession() as stranger:
            for again in (address, browser.guard.address, browser.origin + "/"):
                async with stranger.get(again) as answer:
                    assert answer.status == 403
                    assert "used already" in await answer.text()
        assert (await browser.get("/?token=again"))[0] == 200


async def test_a_name_of_somebodys_own_that_leads_here_is_refused_and_spends_no_token(place: Place) -> None:
    async with opened(place) as browser:
        path = browser.guard.address.removeprefix(browser.origin)
        assert (await browser.get(path, Host="evil.example"))[0] == 403
        assert (await browser.get(path))[0] == 200


async def test_another_page_in_the_same_browser_saves_nothing(browser: Browser, folder: Path) -> None:
    body = {"draft": WIDER, "version": await browser.version()}
    for headers in ({}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}):
        async with browser.http.post(f"{browser.origin}/claims/withdrawn.toml/save", json=body, headers=headers) as no:
            assert no.status == 403
    assert (folder / "withdrawn.toml").read_text("utf-8") == CLAIM


async def test_the_page_takes_nothing_from_elsewhere(browser: Browser) -> None:
    _, page = await browser.get("/")
    _, script = await browser.get("/static/workbench.js")
    _, style = await browser.get("/static/workbench.css")

    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    for text in (page, script, style):
        assert "http:" not in text
        assert "https:" not in text
    assert (await browser.get("/static/../server.py"))[0] == 404
    assert (await browser.get("/static/%2e%2e%2fserver.py"))[0] == 404


async def test_the_list_leads_to_every_claim(browser: Browser) -> None:
    _, page = await browser.get("/")

    assert "Loading the language model" in page
    assert 'href="/claims/withdrawn.toml"' in page
    assert "Ana Rivera was arrested." in page
    assert "Ana Rivera" in (await browser.get("/claims/withdrawn.toml"))[1]
    assert (await browser.get("/claims/nothing.toml"))[0] == 404


async def test_a_post_is_matched_and_stays_text(browser: Browser) -> None:
    found = str((await browser.post("/try", text=HOSTILE, name="withdrawn.toml", draft=WIDER))["html"])
    quiet = str((await browser.post("/try", text="Ana Rivera smiles"))["html"])

    assert "People are told" in found
    assert "says so" in found
    assert "Quiet" in quiet
    assert "Not near: arrested, withdrawn" in quiet


async def test_a_claims_words_stay_text_on_every_page(browser: Browser, folder: Path) -> None:
    hostile = CLAIM.replace("Ana Rivera quit.", "<script>alert(1)</script></textarea>")
    hostile = hostile.replace("They say Ana Rivera quit", "<img src=x onerror=alert(1)>")
    (folder / "withdrawn.toml").write_text(hostile, encoding="utf-8")

    pages = [
        (await browser.get("/"))[1],
        (await browser.get("/claims/withdrawn.toml"))[1],
        str((await browser.post("/claims/withdrawn.toml/tests", draft=hostile))["html"]),
        str((await browser.post("/claims/withdrawn.toml/check", draft=hostile + "<b>"))["html"]),
        str((await browser.post("/claims/withdrawn.toml/save", draft=hostile + "<b>", version="x"))["html"]),
    ]

    for page in pages:
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<b>\n" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;/textarea&gt;" in pages[1]


async def test_a_draft_is_checked_with_the_line_and_a_caret(browser: Browser) -> None:
    bad = await browser.post("/claims/withdrawn.toml/check", draft=CLAIM.replace('["quit"]', "[“quit”]"))
    good = await browser.post("/claims/withdrawn.toml/check", draft=WIDER)

    assert (bad["ok"], good["ok"]) == (False, True)
    assert "withdrawn.toml:6:14" in str(bad["html"])
    assert "             ^" in str(bad["html"])
    assert "No mistake." in str(good["html"])


async def test_the_tests_of_a_draft_are_run(browser: Browser) -> None:
    assert "The one test passes" in str((await browser.post("/claims/withdrawn.toml/tests", draft=CLAIM))["html"])
    failed = str((await browser.post("/claims/withdrawn.toml/tests", draft=WIDER))["html"])

    assert "1 of 1 tests fails" in failed
    assert 'data-line="8"' in failed
    mend = await browser.post("/claims/withdrawn.toml/tests", draft="oops")
    assert "mend the mistakes" in str(mend["html"])


async def test_a_claim_is_saved_in_that_one_place(browser: Browser, folder: Path) -> None:
    found = await browser.post("/claims/withdrawn.toml/save", draft=WIDER, version=await browser.version())

    assert found["ok"] is True
    assert (folder / "withdrawn.toml").read_text("utf-8") == WIDER
    assert found["version"] == await browser.version()


async def test_a_file_that_changed_meanwhile_is_shown_beside_the_draft(browser: Browser, folder: Path) -> None:
    version = await browser.version()
    theirs = CLAIM.replace("since June", "since <b>July")
    (folder / "withdrawn.toml").write_text(theirs, encoding="utf-8")

    found = await browser.post("/claims/withdrawn.toml/save", draft=WIDER, version=version)

    assert (found["ok"], found["theirs"], found["version"]) == (False, theirs, await browser.version())
    assert "since &lt;b&gt;July" in str(found["html"])
    assert "gone" in str(found["html"])
    assert (folder / "withdrawn.toml").read_text("utf-8") == theirs


async def test_what_the_language_model_warns_of_stands_beside_the_claim(browser: Browser) -> None:
    address = "/claims/withdrawn.toml/meaning"
    moved = CLAIM.replace('["quit"]', '["quit", "she quit", "<b>jail"]')

    found = str((await browser.post(address, draft=moved))["html"])

    assert "withdrawn.toml:6:" in found
    assert "&lt;b&gt;jail” is nearer to &#39;arrested&#39;" in found
    assert "no warning" in str((await browser.post(address, draft=CLAIM))["html"])
    assert "no file has a mistake" in str((await browser.post(address, draft="oops"))["html"])


async def test_a_new_claim_is_made_from_the_page_and_opens(browser: Browser, folder: Path) -> None:
    typed = {"claim": "Ana Rivera is in hospital.", "truth": "She is well.", "about": ["rivera"]}
    assert 'href="/new"' in (await browser.get("/"))[1]
    assert 'value="rivera"' in (await browser.get("/new"))[1]

    refused = await browser.post("/new", **typed, phrasings="")
    assert refused["ok"] is False
    assert "Write at least one wording" in str(refused["html"])
    assert not (folder / "hospital.toml").exists()

    made = await browser.post("/new", **typed, phrasings="Rivera is ill")
    assert (made["ok"], made["opens"]) == (True, "/claims/hospital.toml")
    status, page = await browser.get("/claims/hospital.toml")
    assert status == 200
    assert "Rivera is ill" in page


async def test_a_new_claim_that_cannot_be_written_says_why(browser: Browser, folder: Path) -> None:
    (folder / "arrested.toml").write_text("oops", encoding="utf-8")

    refused = await browser.post("/new", claim="A lie.", truth="No.", about=["rivera"], phrasings="lie")

    assert refused["ok"] is False
    assert "must be mended first" in str(refused["html"])


async def test_a_new_candidate_is_added_from_the_page_and_can_be_chosen(browser: Browser, folder: Path) -> None:
    assert 'href="/new/candidate"' in (await browser.get("/"))[1]
    assert 'href="/new/candidate"' in (await browser.get("/new"))[1]
    assert 'data-to="/new/candidate"' in (await browser.get("/new/candidate"))[1]

    refused = await browser.post("/new/candidate", name="ANA RIVERA", handles="ana")
    assert refused["ok"] is False
    assert "is in candidates.toml already, with the id &#39;rivera&#39;" in str(refused["html"])
    assert "does not begin with @" in str(refused["html"])
    assert (folder / "candidates.toml").read_text("utf-8") == CANDIDATES

    made = await browser.post("/new/candidate", name="Luis Park", ambiguous="Park", context="clerk", ours=True)
    assert (made["ok"], made["opens"]) == (True, "/new?about=luis-park")
    _, form = await browser.get(str(made["opens"]))
    assert 'value="luis-park" checked' in form
    assert 'value="rivera">' in form
    assert "Luis Park stands in candidates.toml" in form
    assert "Ana Rivera, Luis Park" in (await browser.get("/"))[1]


async def test_a_candidates_words_stay_text_and_one_entry(browser: Browser, folder: Path) -> None:
    name = 'Ana</textarea><script>alert(1)</script>"]\n[[candidates]]'

    refused = await browser.post("/new/candidate", name=name, id="<b>")
    made = await browser.post("/new/candidate", name=name)
    shown = [
        str(refused["html"]),
        *[(await browser.get(path))[1] for path in ("/", str(made["opens"]), "/claims/candidates.toml")],
    ]

    assert made["ok"] is True
    assert len(rulebook.load(folder).candidates) == 2
    assert "&lt;b&gt;" in shown[0]
    for page in shown:
        assert "<script>alert" not in page
        assert "<b>" not in page


@pytest.mark.parametrize("about", ["", "nobody", "%3Cscript%3E", '"><script>'])
async def test_the_form_chooses_nobody_who_is_not_there(browser: Browser, about: str) -> None:
    status, form = await browser.get(f"/new?about={about}")

    assert status == 200
    assert "checked" not in form
    assert "<script>" not in form


async def test_a_candidate_that_cannot_be_added_says_why(browser: Browser, folder: Path) -> None:
    (folder / "candidates.toml").write_text("oops", encoding="utf-8")

    refused = await browser.post("/new/candidate", name="Luis Park")

    assert refused["ok"] is False
    assert "candidates.toml must be mended first" in str(refused["html"])


async def test_another_page_in_the_same_browser_adds_nobody(browser: Browser, folder: Path) -> None:
    for path, body in (
        ("/new/candidate", {"name": "Luis Park"}),
        ("/claims/candidates.toml/save", {"draft": "", "version": version_of(CANDIDATES.encode())}),
    ):
        for headers in ({}, {"Origin": "http://127.0.0.1:1"}, {"Origin": browser.origin, "Host": "evil.example"}):
            async with browser.http.post(browser.origin + path, json=body, headers=headers) as no:
                assert no.status == 403
        own = {"Origin": browser.origin}
        async with ClientSession() as other, other.post(browser.origin + path, json=body, headers=own) as no:
            assert no.status == 403
    assert (folder / "candidates.toml").read_text("utf-8") == CANDIDATES


async def test_candidates_are_changed_in_the_same_box_tried_and_saved(browser: Browser, folder: Path) -> None:
    assert 'href="/claims/candidates.toml"' in (await browser.get("/"))[1]
    _, page = await browser.get("/claims/candidates.toml")
    assert "Ana Rivera" in page
    assert 'id="tested"' not in page
    version = page.partition('data-version="')[2].partition('"')[0]
    draft = CANDIDATES + 'aliases = ["the mayor"]\n'

    bad = await browser.post("/claims/candidates.toml/check", draft=CANDIDATES + "alias = []\n")
    assert bad["ok"] is False
    assert "candidates.toml:4:1" in str(bad["html"])
    assert "did you mean &#39;aliases&#39;" in str(bad["html"])
    post = {"text": "the mayor quit", "name": "candidates.toml"}
    assert "nobody whom we watch" in str((await browser.post("/try", **post, draft=CANDIDATES))["html"])
    assert "About Ana Rivera" in str((await browser.post("/try", **post, draft=draft))["html"])
    assert (await browser.post("/claims/candidates.toml/save", draft=draft, version=version))["ok"] is True
    assert (folder / "candidates.toml").read_text("utf-8") == draft
    late = await browser.post("/claims/candidates.toml/save", draft=CANDIDATES, version=version)
    assert (late["ok"], late["theirs"]) == (False, draft)


async def test_candidates_are_tried_on_the_stored_posts(browser: Browser) -> None:
    draft = CANDIDATES + 'aliases = ["the mayor"]\n'

    *progress, last = await lines(browser, "candidates.toml", draft=draft, days=7)
    *_, bad = await lines(browser, "candidates.toml", draft="oops", days=7)

    assert progress == [{"done": 0, "total": 3}, {"done": 3, "total": 3}]
    assert "Lost 0 alerts" in str(last["html"])
    assert "mend the mistakes in this file first" in str(bad["html"])


async def lines(browser: Browser, name: str = "withdrawn.toml", **body: object) -> list[dict[str, object]]:
    address = f"{browser.origin}/claims/{name}/backtest"
    async with browser.http.post(address, json=body, headers={"Origin": browser.origin}) as answer:
        return [json.loads(line) for line in (await answer.text()).splitlines()]


async def test_a_backtest_says_how_far_it_is_and_shows_what_is_gained_and_lost(browser: Browser) -> None:
    *progress, last = await lines(browser, draft=WIDER, days=7)
    shown = str(last["html"])

    assert progress == [{"done": 0, "total": 3}, {"done": 3, "total": 3}]
    assert "Lost 1 alert, of which people had confirmed 1." in shown
    assert "Gained 1 alert, of which people had called 1 false." in shown
    assert "&lt;img src=x onerror=alert(1)&gt; Ana Rivera is ⟨202E⟩gone" in shown
    assert "<img" not in shown


async def test_a_draft_that_changes_nothing_gains_and_loses_nothing(browser: Browser) -> None:
    shown = str((await lines(browser, draft=f"# another note\n{CLAIM}", days=7))[-1]["html"])

    assert "Lost 0 alerts" in shown
    assert "Gained 0 alerts" in shown


async def test_a_backtest_that_cannot_be_done_says_why(browser: Browser, place: Place) -> None:
    (nothing,) = await lines(browser, draft=WIDER, days=0.1)
    assert "go further back" in str(nothing["html"])
    assert "mend the mistakes" in str((await lines(browser, draft="oops", days=7))[-1]["html"])
    async with opened(replace(place, database=None)) as without:
        await without.get(without.guard.address.removeprefix(without.origin))
        (nothing,) = await lines(without, draft=WIDER, days=7)
        assert "no stored posts" in str(nothing["html"])
        assert "no stored posts" in (await without.get("/claims/withdrawn.toml"))[1]


async def until(happened: Callable[[], bool]) -> None:
    """Lets others run until it has happened."""
    async with asyncio.timeout(600):
        while not happened():  # noqa: ASYNC110 - a turn of the loop, no sleep
            await asyncio.sleep(0)


async def test_who_goes_away_is_not_waited_for(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, seen, gave_up = Event(), [], []
    real, waiting = Judging.tried, Bench.tried

    def slow(self: Judging, text: str, draft: Draft | None, now: datetime) -> TryView:
        seen.append(text)
        go_on.wait(60)
        return real(self, text, draft, now)

    async def waits(self: Bench, text: str, draft: Draft | None) -> TryView:
        try:
            return await waiting(self, text, draft)
        except asyncio.CancelledError:
            gave_up.append(text)
            raise

    monkeypatch.setattr(Judging, "tried", slow)
    monkeypatch.setattr(Bench, "tried", waits)
    first = asyncio.create_task(browser.post("/try", text="first"))
    try:
        await until(lambda: seen == ["first"])
        second = asyncio.create_task(browser.post("/try", text="second"))
        await until(lambda: browser.bench._thread._work_queue.qsize() == 1)
        second.cancel()
        await until(lambda: gave_up == ["second"])
        third = asyncio.create_task(browser.post("/try", text="third"))
    finally:
        go_on.set()

    assert "html" in await first
    assert "html" in await third
    assert seen == ["first", "third"]


async def test_the_page_says_once_the_model_is_there(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await browser.get("/ready"))[1] == '{"html":""}'
    monkeypatch.setattr(Judging, "load", lambda _: "it is <damaged>")
    async with opened(browser.bench.place) as other:
        await other.get(other.guard.address.removeprefix(other.origin))
        assert "it is &lt;damaged&gt;" in json.loads((await other.get("/ready"))[1])["html"]


async def test_what_no_page_sends_is_refused(browser: Browser) -> None:
    headers = {"Origin": browser.origin}
    for body in (b"", b"{", b"[]", b'{"draft": 1, "name": 1}', b"\xff", b'{"draft": "\\ud800", "name": "\\ud800"}'):
        for path in ("/claims/a.toml/check", "/claims/candidates.toml/save", "/new/candidate"):
            async with browser.http.post(browser.origin + path, data=body, headers=headers) as answer:
                assert answer.status == 400


async def test_a_port_that_is_taken_is_told(browser: Browser) -> None:
    port = int(browser.origin.rpartition(":")[2])

    with pytest.raises(InputError, match="leave --port out"):
        async with serving(browser.bench, port):
            pass
