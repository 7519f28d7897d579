"""The workbench as staff meet it: the real command and the real models, in headless Chromium.

Run by make test-workbench, which leaves pictures of what was seen in build/workbench.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

import pytest
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from monitor import rulebook
from monitor.config import AlertConfig, MatchConfig
from monitor.model import Page, Post
from monitor.pipeline import Pipeline
from monitor.store.db import Store
from tests.workbench.conftest import load

T = TypeVar("T")

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "workbench"
HOSTILE = "<img src=x onerror=alert(1)> Ana Rivera quit the race"
SPREADS = "My cousin says Ana Rivera quit the race for mayor last night."
PATIENCE = 600
"""Seconds: a busy machine loads the models in minutes."""
SOON = 120
"""Seconds for everything else."""
WIDE, PHONE = (1280, 1200), (390, 844)
WORDING = '  "Ana Rivera is out, she quit",\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample rules, and a database with two stored posts of which none alerted."""
    place = tmp_path_factory.mktemp("campaign")
    rules = place / "rules"
    shutil.copytree(ROOT / "rules", rules)
    then = datetime.now(UTC) - timedelta(hours=1)
    posts = (Post("1", SPREADS), Post("2", "Ana Rivera visited the harbour"))
    with closing(Store(place / "monitor.db")) as store:
        live = Pipeline(load(rulebook.load(rules), MatchConfig()), store, AlertConfig())
        live.accept("feed", "jsonl", Page(posts, "c"), then)
        live.advance(then, 10)
    return rules


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "monitor", "workbench"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, cwd=folder.parent, stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout is not None
        try:
            yield next(found[0] for line in running.stdout if (found := re.search(r"http://\S+", line)))
        finally:
            running.terminate()
            assert running.wait(PATIENCE) == 0


class Person:
    """Somebody before the screen."""

    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def box(self, name: str) -> WebElement:
        return self.browser.find_element(By.ID, name)

    def sees(self, words: str, name: str = "main") -> str:
        """Waits for words, and returns all that stands there with them."""

        def there(_: Chrome) -> str:
            text = self.box(name).text
            return text if words in text else ""

        return self._waits(there, f"{words!r} in #{name}")

    def settles(self, name: str) -> None:
        """Waits until an answer to the last thing typed is there."""
        self._waits(lambda _: self.box(name).get_attribute("aria-busy") is None, f"#{name} settled")

    def can_press(self, name: str) -> WebElement:
        self._waits(lambda _: self.box(name).is_enabled(), f"#{name} enabled")
        return self.box(name)

    def replaces(self, old: str, new: str) -> None:
        """In the file's box, as if it were typed over."""
        box = self.box("draft")
        start = str(box.get_property("value")).index(old)
        # Typed into the element itself it would go to the end.
        self.browser.execute_script(
            "arguments[0].focus(); arguments[0].setSelectionRange(arguments[1], arguments[2])",
            *(box, start, start + len(old)),
        )
        ActionChains(self.browser).send_keys(new).perform()

    def opens(self, name: str) -> None:
        self.browser.get(urljoin(self.browser.current_url, f"/claims/{name}"))

    def overflows(self) -> bool:
        """Whether the page is wider than the window."""
        return bool(
            self.browser.execute_script(
                "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def photographs(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(PICTURES / f"{name}.png"))

    def _waits(self, until: Callable[[Chrome], T], what: str) -> T:
        def as_it_stands(browser: Chrome) -> T | None:
            try:
                return until(browser)
            except StaleElementReferenceException:
                return None
            except WebDriverException as error:
                # What Chromium says now and then of an element that the page has just replaced.
                if "does not belong to the document" not in str(error):
                    raise
                return None

        found = WebDriverWait(self.browser, SOON, 0.05).until(as_it_stands, f"never seen: {what}")
        assert found is not None
        return found


@pytest.fixture(scope="module")
def visited(address: str) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = os.environ["CHROMIUM"]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--disable-dev-shm-usage", f"--window-size={WIDE[0]},{WIDE[1]}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to have one where it runs as root
    browser = Chrome(options=options, service=Service(os.environ["CHROMEDRIVER"]))
    try:
        browser.get(address)
        WebDriverWait(browser, PATIENCE).until(lambda _: not browser.find_element(By.ID, "model").text)
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def person(visited: Chrome) -> Iterator[Person]:
    """At the list of claims, before a wide window; at the end the browser has nothing to complain of."""
    visited.set_window_size(*WIDE)
    visited.get(urljoin(visited.current_url, "/"))
    yield Person(visited)
    complaints = [entry for entry in visited.get_log("browser") if "favicon" not in entry["message"]]  # type: ignore[no-untyped-call]
    assert complaints == []


def test_a_post_is_typed_and_every_claim_says_what_it_makes_of_it(person: Person) -> None:
    person.box("post").send_keys(SPREADS)

    person.sees("What each claim makes of it", "tried")
    person.settles("tried")
    seen = person.box("tried").text

    assert seen.startswith("People are told (as withdrawn)")
    assert "asserts it; nearest wording" in seen
    first, *_ = person.browser.find_elements(By.CSS_SELECTOR, "#tried ol a")
    assert first.text == "withdrawn"


def test_hostile_words_stay_words(person: Person) -> None:
    person.opens("withdrawn.toml")
    person.box("post").send_keys(HOSTILE)
    person.sees("What each claim makes of it", "tried")
    person.replaces("She quit last night", HOSTILE)
    person.sees(HOSTILE, "tested")
    person.settles("tried")

    assert person.browser.find_elements(By.TAG_NAME, "img") == []
    person.replaces(HOSTILE, "She quit last night")
    person.settles("checked")


def test_a_mistake_is_shown_with_a_caret_then_mended_tested_and_saved(person: Person, folder: Path) -> None:
    before = (folder / "withdrawn.toml").read_text("utf-8")
    person.opens("withdrawn.toml")
    person.sees("passes", "tested")
    person.box("post").send_keys(SPREADS)
    person.sees("What each claim makes of it", "tried")

    person.replaces(WORDING, "  “Ana Rivera is gone”,\n")
    seen = person.sees("curly quotes", "checked")
    assert re.search(r"withdrawn\.toml:\d+:3\b", seen)
    assert "“Ana Rivera is gone”,\n" in seen
    assert re.search(r"^ +\|   \^$", seen, re.MULTILINE)
    assert not person.box("save").is_enabled()
    person.sees("once no mistake is left", "tested")
    person.sees("Until it is mended", "tried")
    person.browser.execute_script("scrollTo(0, 0)")
    person.photographs("mistake")

    person.browser.find_element(By.CSS_SELECTOR, "#checked button.place").click()
    assert person.browser.switch_to.active_element == person.box("draft")
    person.replaces("“Ana Rivera is gone”", '"Ana Rivera is gone, she quit"')
    person.sees("All 9 tests pass.", "tested")
    assert (folder / "withdrawn.toml").read_text("utf-8") == before
    person.can_press("save").click()
    person.sees("Saved.", "saved")

    after = before.replace(WORDING, '  "Ana Rivera is gone, she quit",\n')
    assert (folder / "withdrawn.toml").read_text("utf-8") == after
    person.settles("checked")
    assert person.box("changed").text == "nothing changed"


def test_what_somebody_else_saved_meanwhile_is_shown_and_not_written_over(person: Person, folder: Path) -> None:
    path = folder / "water-bill-quote.toml"
    person.opens(path.name)
    theirs = path.read_text("utf-8") + "# theirs\n"
    path.write_text(theirs, encoding="utf-8")
    person.box("draft").send_keys("# mine\n")
    person.can_press("save").click()

    seen = person.sees("Nothing was saved", "saved")
    assert "-# theirs" in seen
    assert "+# mine" in seen
    assert path.read_text("utf-8") == theirs

    person.box("theirs").click()
    assert str(person.box("draft").get_property("value")) == theirs


def test_a_draft_is_tried_on_the_stored_posts(person: Person) -> None:
    person.opens("withdrawn.toml")
    person.sees("No mistake", "checked")
    person.box("backtest").click()

    seen = person.sees("stored posts since", "trial")
    assert "Gained 1 alert" in seen
    assert SPREADS in seen
    person.browser.execute_script("arguments[0].scrollIntoView()", person.box("trial"))
    person.photographs("backtest")


def test_a_wording_that_means_another_claim_is_warned_of_as_it_is_typed(person: Person) -> None:
    person.opens("withdrawn.toml")
    person.sees("no warning", "meant")

    wording = "Ana Rivera was indicted for bribery, a grand jury charged her"
    person.replaces("phrasings = [\n", f'phrasings = [\n  "{wording}",\n')

    seen = person.sees("is nearer to", "meant")
    assert "rivera-indicted" in seen
    person.photographs("warning")
    person.replaces(f'  "{wording}",\n', Keys.DELETE)
    person.sees("no warning", "meant")


def test_a_new_claim_is_made_tried_and_made_active(person: Person, folder: Path) -> None:
    person.box("to-new").click()
    person.box("make").click()
    person.sees("Write one plain sentence", "made")
    for name, words in (
        ("claim", "Ana Rivera is in hospital."),
        ("truth", "Ana Rivera was on stage last night."),
        ("phrasings", "Rivera was rushed to hospital\nRivera collapsed"),
    ):
        person.box(f"new-{name}").send_keys(words)
    person.browser.find_element(By.CSS_SELECTOR, "input[value=rivera]").click()
    person.photographs("new")
    person.box("make").click()

    person.sees("hospital.toml")
    person.sees("No mistake", "checked")
    person.box("post").send_keys("Breaking: Ana Rivera collapsed and was rushed to hospital")
    person.sees("People are told (as hospital)", "tried")
    person.replaces('status = "draft"', 'status = "active"')
    person.settles("checked")
    person.can_press("save").click()
    person.sees("Saved.", "saved")
    assert 'status = "active"' in (folder / "hospital.toml").read_text("utf-8")


def test_a_candidate_of_ones_own_is_added_and_a_claim_about_them_is_made(person: Person, folder: Path) -> None:
    before = (folder / "candidates.toml").read_text("utf-8")
    person.box("to-new-candidate").click()
    person.box("new-name").send_keys("Daniel Moon")
    person.box("make").click()
    person.sees("Daniel Moon is in candidates.toml already", "made")
    person.box("new-name").clear()
    for name, words in (
        ("name", "Luis Park"),
        ("aliases", "Councilmember Park\nLuis <b>the</b> Park"),
        ("ambiguous", "Park"),
        ("context", "clerk\nballot"),
        ("handles", "@luispark.example"),
        ("hashtags", "#Park2026"),
    ):
        person.box(f"new-{name}").send_keys(words)
    person.photographs("candidate")
    person.box("make").click()

    person.sees("Luis Park stands in candidates.toml")
    after = (folder / "candidates.toml").read_text("utf-8")
    assert after.startswith(before)
    assert 'id = "luis-park"' in after.removeprefix(before)
    assert person.browser.find_element(By.CSS_SELECTOR, "input[value=luis-park]").is_selected()
    for name, words in (
        ("claim", "Luis Park owes the county ten years of taxes."),
        ("truth", "Luis Park has paid his taxes in full."),
        ("phrasings", "Park never paid his taxes\nLuis Park is a tax cheat"),
    ):
        person.box(f"new-{name}").send_keys(words)
    person.box("make").click()

    person.sees("No mistake", "checked")
    person.box("post").send_keys("Luis Park never paid his county taxes, ten years of it!")
    person.sees("People are told (as ", "tried")
    person.sees("About Luis Park", "tried")
    person.sees("This claim is a draft: nobody is told until it is active.", "tried")


def test_candidates_are_changed_where_claims_are(person: Person, folder: Path) -> None:
    person.opens("candidates.toml")
    person.sees("No mistake", "checked")
    person.box("post").send_keys("Anita the Bold quit the race for mayor last night.")
    person.sees("About nobody whom we watch", "tried")

    person.replaces('"Ana R.",', "“Anita the Bold”,")
    assert re.search(r"candidates\.toml:\d+:3\b", person.sees("curly quotes", "checked"))
    person.replaces("“Anita the Bold”", '"Ana R.", "Anita the Bold"')
    person.sees("About Ana Rivera", "tried")
    person.can_press("save").click()
    person.sees("Saved.", "saved")
    assert '  "Ana R.", "Anita the Bold",\n' in (folder / "candidates.toml").read_text("utf-8")


def test_it_can_be_used_on_a_phone_without_a_mouse(person: Person) -> None:
    person.browser.set_window_size(*PHONE)
    person.opens("vote-by-text.toml")
    person.sees("passes", "tested")
    assert not person.overflows()

    for _ in range(30):
        person.browser.switch_to.active_element.send_keys(Keys.TAB)
        if person.browser.switch_to.active_element == person.box("post"):
            break
    person.browser.switch_to.active_element.send_keys("You can text your vote to 55-123")
    person.sees("What each claim makes of it", "tried")
    person.settles("tried")
    assert not person.overflows()
    person.photographs("phone")
