"""What changed, on a page: the fields that GraphQL gives, each once over all pages."""

import csv
import io
import re

from domain import award
from domain.values.when import When
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api
from tests.pages.test_addresses import words
from tests.pages.test_every_link import HOSTILE

QUERY = """query ($from: DateTime!, $to: DateTime!, $scope: ChangeScope, $after: String) {
  changes(from: $from, to: $to, scope: $scope, first: 100, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { kind reference field before { text } after { text } recordedBy because } } }"""


def rows(api: Api, path: str) -> list[dict[str, str]]:
    """The changes of a page as a file."""
    return list(csv.DictReader(io.StringIO(api.http.get(f"{path}&download=csv").text)))


def by_graphql(api: Api, scope: dict[str, str]) -> list[tuple[str, str, str]]:
    """The kind, field and new value of every change since the log began."""
    found, after = [], None
    while True:
        page = api.ask(
            QUERY, **{"from": "2000-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z"}, scope=scope, after=after
        )
        for one in page["changes"]["nodes"]:
            field = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", one["field"])
            found.append((one["kind"].replace("_", "").lower(), field, one["after"]["text"] if one["after"] else ""))
        if not page["changes"]["pageInfo"]["hasNextPage"]:
            return found
        after = page["changes"]["pageInfo"]["endCursor"]


def test_the_page_shows_the_changes_that_graphql_gives(lives: Api) -> None:
    for scope, code in (("award", "A-lived"), ("partnership", "dip")):
        # A file has an apostrophe before a minus, so that no spreadsheet takes it for a formula.
        shown = [
            (one["kind"], one["field"], one["after"].removeprefix("'"))
            for one in rows(lives, f"/changes?from=0&{scope}={code}")
        ]
        assert len(shown) > 50
        assert by_graphql(lives, {scope: code}) == shown


FIELD = re.compile(r'<tr><th scope="row">([^<]*)</th>')
NEXT = re.compile(r'<a rel="next" href="([^"]*)">')


def test_every_change_is_on_one_page(lives: Api) -> None:
    path: str | None = "/changes?from=0&partnership=dip"
    every = [one["field"] for one in rows(lives, str(path))]
    shown: list[str] = []
    pages = 0
    while path is not None:
        text = lives.http.get(path).text
        shown += FIELD.findall(text)
        found = NEXT.search(text)
        path = found[1].replace("&amp;", "&") if found else None
        pages += 1
    assert pages > 2
    assert [one.replace("_", " ") for one in every] == [one.lower() for one in shown]


def test_a_change_has_its_values_who_recorded_it_and_why(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("story", "900.00")
        at.pay(award_id, 1, "100.00", "2004-07-01")
    caught_up(api.database)
    (position,) = api.ask("{ auditLog(last: 1) { nodes { position } } }")["auditLog"]["nodes"]
    with desk(api.database) as at:
        at.do(award.ReversePayment(award_id=award_id, number=1, because=HOSTILE[:40], on=When("2004-07-02")), "bob")
    caught_up(api.database)
    text = api.http.get(f"/changes?from={position['position']}&partnership=dip").text
    assert "<script" not in text
    shown = words(text)
    assert re.search(r"Paid £100.00 £0.00 \d+ \w+ \d{4} bob", shown)
    assert re.search(r"State Released Reversed \d+ \w+ \d{4} bob", shown)
    assert "Payment 1 A-story" in shown
    assert f'href="/payments/{award_id}/1"' in text


def test_the_usual_moments_are_the_days_before_the_last_event(lives: Api) -> None:
    text = lives.http.get("/changes").text
    assert FIELD.findall(text)
    assert "Nothing changed between these moments." in lives.http.get("/changes?from=1300&to=1300").text


def test_the_page_of_a_partnership_and_the_audit_lead_to_what_changed(lives: Api) -> None:
    assert 'href="/changes?partnership=dip"' in lives.http.get("/partnerships/dip").text
    assert 'href="/changes?partnership=dip"' in lives.http.get("/audit?partnership=dip").text
    assert 'href="/changes"' in lives.http.get("/audit").text
