from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Claim, Decision, Mention, Post, RuleTest, Verdict
from monitor.rulebook import testing
from monitor.rulebook.junit import as_junit

FOLDER = Path("rules")


def result(file: str, post: str, *, passed: bool) -> testing.TestResult:
    claim = Claim("withdrawn", "She quit.", "She runs.", file=file)
    verdict = Verdict(Post("1", post), Mention(), Decision.QUIET, "near none of the claims")
    return testing.TestResult(claim, RuleTest(post, Decision.ALERT, line=8), verdict, passed, f"because of {post}")


def test_each_file_is_a_suite_and_each_test_a_case() -> None:
    results = [result("a.toml", "one", passed=True), result("a.toml", "two", passed=False)]

    root = ET.fromstring(as_junit(FOLDER, [*results, result("b.toml", "three", passed=True)]))

    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "3", "1")
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("rules/a.toml", "2", "1"),
        ("rules/b.toml", "1", "0"),
    ]


def test_a_failure_says_where_and_why() -> None:
    root = ET.fromstring(as_junit(FOLDER, [result("a.toml", "she quit", passed=False)]))

    [case] = root.iter("testcase")
    [failure] = case
    assert case.attrib == {
        "classname": "withdrawn",
        "name": "alert: she quit",
        "file": "rules/a.toml",
        "line": "8",
    }
    assert failure.get("message") == "because of she quit"
    assert failure.text == "rules/a.toml:8:1: she quit\nbecause of she quit"


@given(st.text())
def test_whatever_a_post_holds_the_report_is_xml(post: str) -> None:
    root = ET.fromstring(as_junit(FOLDER, [result("a.toml", post, passed=False)]))

    assert len(list(root.iter("failure"))) == 1
