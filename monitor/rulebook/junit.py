"""What came of the rules' tests as JUnit XML, which every build server shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

from monitor.rulebook.testing import TestResult

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold at all (its production Char)."""


def as_junit(folder: Path, results: Sequence[TestResult]) -> bytes:
    """One suite for each file of the rules, one case for each test; `results` in the order of the rules."""
    root = ET.Element("testsuites", _totals(results))
    for file, of_file in groupby(results, key=lambda result: result.claim.file):
        cases = list(of_file)
        suite = ET.SubElement(root, "testsuite", {"name": str(folder / file)} | _totals(cases))
        for result in cases:
            _add_case(suite, folder / file, result)
    ET.indent(root)
    report: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return report + b"\n"


def _add_case(suite: ET.Element, path: Path, result: TestResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": result.claim.id,
            "name": _xml(f"{result.test.expect}: {result.test.post}"),
            "file": str(path),
            "line": str(result.test.line),
        },
    )
    if not result.passed:
        failure = ET.SubElement(case, "failure", {"message": _xml(result.why)})
        failure.text = _xml(f"{path}:{result.test.line}:1: {result.test.post}\n{result.why}")


def _totals(results: Sequence[TestResult]) -> dict[str, str]:
    failed = sum(not result.passed for result in results)
    return {"tests": str(len(results)), "failures": str(failed), "errors": "0", "skipped": "0"}


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("?", text)
