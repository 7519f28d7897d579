from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitor.rulebook.factcheck_sheet import Sheet, read_sheet

PATH = Path("checks.csv")


def read(text: str) -> Sheet:
    return read_sheet(PATH, text.encode())


def test_columns_are_found_by_what_people_call_them() -> None:
    sheet = read("Veredicto;Afirmación;Enlace;Fecha\nFalso;Rivera renunció;medio.example/1;2026-10-03\n")
    assert sheet.columns == {"Veredicto": "rating", "Afirmación": "claim", "Enlace": "url", "Fecha": "date"}
    (check,) = sheet.checks
    assert (check.claim, check.rating, check.url) == ("Rivera renunció", "Falso", "https://medio.example/1")


def test_published_data_sets_are_understood() -> None:
    for names in (
        "claim_author_name,claim_date,claim_text,review_date,review_rating,review_url,reviewer_name",
        "claimant,datePublished,claimReviewed,x,reviewRating.alternateName,url,publisher.name",
    ):
        (check,) = read(f"{names}\nFacebook,2026-10-01,Rivera quit,,False,https://c.example/1,Checks\n").checks
        assert (check.claim, check.rating, check.site, check.publisher) == (
            "Rivera quit",
            "False",
            "c.example",
            "Checks",
        )


def test_every_bad_row_is_told_with_its_line_and_how_to_mend_it() -> None:
    sheet = read(
        'claim,rating,link,date\n"two\nlines",False,https://c.example/1,\n,False,https://c.example/2,\n'
        "Rivera quit,,https://c.example/3,\nRivera quit,False,,\nRivera quit,False,javascript:x,\n"
        "Rivera quit,False,https://c.example/4,03/04/2026\n\nRivera left,Fake,https://c.example/5,2026-04-03\n"
    )
    assert [check.claim for check in sheet.checks] == ["two lines", "Rivera left"]
    assert [str(problem) for problem in sheet.problems] == [
        "checks.csv:4:1: this row lacks the claim's words; write it under claim, or delete the row",
        "checks.csv:5:1: this row lacks the rating; write it under rating, or delete the row",
        "checks.csv:6:1: this row lacks the fact check's address; write it under url, or delete the row",
        "checks.csv:7:1: 'javascript:x' is not an address; copy the fact check's link from the browser",
        "checks.csv:8:1: '03/04/2026' may be two different days; write the year first: 2026-03-04",
    ]


def test_a_sheet_without_its_columns_says_which() -> None:
    assert [str(problem) for problem in read("claim,colour\nx,y\n").problems] == [
        "checks.csv:1:1: no column has the rating; the columns are claim, colour; call that column: rating",
        "checks.csv:1:1: no column has the fact check's address; the columns are claim, colour; call that column: url",
    ]
    assert "empty" in str(read("").problems[0])


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    for sheet in (
        read(text.encode("utf-8", "replace").decode()),
        read(f"claim,rating,url,date\nx,False,https://c.example,{text}".encode("utf-8", "replace").decode()),
    ):
        assert all(str(problem).isprintable() for problem in sheet.problems)
