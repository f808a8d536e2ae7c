"""The search finds things by any spelling of their numbers; its facets, lists and totals agree with each other."""

import csv
import html
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain import organisation
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.database.pool import query
from pages.register.search import FILTERS
from projections import facets, lists
from projections.lists import Wanted
from projections.register import reading as register
from projections.register.identifiers import numbers_in
from projections.tables.paging import Connection, count
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api
from tests.pages.test_addresses import words

ROW = re.compile(r'<td[^>]*><a href="/(?:partnerships|organisations|awards|bids)/([^"?]+)"')
FACET = re.compile(r'<span><a href="([^"]*)">([^<]*)</a> \(([\d,]+)\)</span>')


def named(api: Api, code: str, *numbers: tuple[str, str], name: str = "") -> None:
    """Record numbers of the organisation *code*, and its new *name*."""
    with desk(api.database) as at:
        organisation_id = OrganisationId(at.find("organisation", code))
        for register, value in numbers:
            of: dict[str, Any] = {"organisation_id": organisation_id, "register": register, "value": value}
            at.do(organisation.RecordIdentifier(**of, on=When("2004-01-01")))
        if name:
            at.do(organisation.RenameOrganisation(organisation_id=organisation_id, name=name, on=When("2004-02-01")))
    caught_up(api.database)


def organisations_found(api: Api, text: str) -> set[str]:
    answer = api.http.get("/search", params={"kind": "organisations", "text": text})
    assert 200 == answer.status_code, answer.text
    return set(ROW.findall(answer.text))


@pytest.mark.parametrize(
    ("of", "spelled"),
    [
        (("GB-CHC", "1159982"), ("1159982", "11 59 982", "GB-CHC-1159982", "gb-chc 1159982", "Charity no. 1159982")),
        (("GB-COH", "02766122"), ("02766122", "2766122", "GB-COH-2766122", "company number: 0276 6122")),
        (("GB-SC", "SC012345"), ("SC012345", "sc 012345", "SC12345", "GB-SC-SC012345")),
    ],
)
def test_an_organisation_is_found_by_its_number_however_it_is_spelled(
    api: Api, of: tuple[str, str], spelled: tuple[str, ...]
) -> None:
    named(api, "lga", of)
    for text in spelled:
        assert {"lga"} == organisations_found(api, text), text
        found = api.ask("query ($t: String) { organisations(filter: { text: $t }) { nodes { code } } }", t=text)
        assert [{"code": "lga"}] == found["organisations"]["nodes"], text
    # The control: another number is not found.
    for text in ("1159983", "2766123", "GB-COH-1159982" if of[0] == "GB-CHC" else "GB-CHC-2766122", "SC012346"):
        assert set() == organisations_found(api, text), text


def test_a_name_of_digits_is_not_taken_for_a_number() -> None:
    assert [] == numbers_in("2004")
    assert ["AREA51"] == numbers_in("Area 51")
    assert [] == numbers_in("")


def test_an_organisation_is_found_by_a_name_that_it_had(api: Api) -> None:
    before = words(api.http.get("/organisations/lga").text)
    named(api, "lga", name="The Councils Together")
    assert "lga" in organisations_found(api, "Councils Together")
    assert "lga" in organisations_found(api, "Local Government Association")
    assert set() == organisations_found(api, "Local Government Associates")
    shown = words(api.http.get("/organisations/lga").text)
    assert "The Councils Together" in shown
    assert "Local Government Association" in before
    then = api.http.get("/organisations/lga?as-at=2004-01-15").text
    assert "<h1>Local Government Association</h1>" in then
    assert "The Councils Together" not in then


@pytest.mark.parametrize(
    "path",
    [
        "/search?kind=awards", "/search?kind=bids", "/search?kind=bids&status=awarded", "/search?kind=partnerships",
        "/search?kind=bids&year=2004&amount-from=1", "/search?kind=awards&programme=cbp&text=lived",
        "/search?kind=partnerships&scheme=cbp-pilots", "/search?kind=bids&amount-to=9999.99",
    ],
)  # fmt: skip
def test_the_count_of_a_facet_is_that_of_the_list_that_it_opens(lives: Api, path: str) -> None:
    found = [(html.unescape(link), int(number.replace(",", ""))) for link, _, number in FACET.findall(
        lives.http.get(path).text)]  # fmt: skip
    for link, number in found:
        listed = list(csv.reader(io.StringIO(lives.http.get(f"{link}&download=csv").text)))
        assert number == len(listed) - 1, link
    assert found or "programme" in path or "awards" in path


async def chosen(connection: Connection, line: facets.FacetLine) -> Wanted:
    """The filter that a value of a facet sets."""
    match line.facet:
        case "status":
            return Wanted(states=[line.value])
        case "year":
            return Wanted(first=date(int(line.value), 1, 1), last=date(int(line.value), 12, 31))
        case "amount":
            first, last = facets.RANGES[line.value]
            return Wanted(amount_from=first, amount_to=last)
    kind = "organisation" if line.facet == "funder" else line.facet
    things = await register.things_by(connection, "name", [line.value], kind=kind)
    of: dict[str, Any] = {line.facet: things[0].id}
    return Wanted(**of)


@pytest.mark.parametrize("name", ["awards", "bids", "partnerships"])
def test_every_facet_counts_what_its_filter_leaves(lives: Api, name: str) -> None:
    """Also of values that no page shows, because there is no other to choose."""

    async def compared(connection: Connection) -> list[tuple[str, int, int]]:
        rows = []
        for line in await facets.facets(connection, name, Wanted()):
            listing = lists.listing(name, await chosen(connection, line), next(iter(lists.LISTS[name].orders)))
            rows.append((f"{line.facet} {line.value}", await count(connection, listing), line.count))
        return rows

    rows = query(lives.database, compared)
    assert {row.split()[0] for row, _, _ in rows} >= {"programme", "scheme"}
    for said, expected, number in rows:
        assert expected == number, said


@pytest.mark.parametrize(
    ("path", "query_text"),
    [
        ("/search?kind=awards", "{ awards { totalCount totals { amount currency } } }"),
        ("/search?kind=bids&status=awarded",
         "{ bids(filter: { state: [AWARDED] }) { totalCount totals { amount currency } } }"),
        ("/search?kind=bids&text=lived&year=2004&amount-from=1&programme=cbp",
         '{ bids(filter: { text: "lived", onFrom: "2004-01-01", onTo: "2004-12-31", amountFrom: "1"'
         ', programme: "cbp" }) { totalCount totals { amount currency } } }'),
    ],
)  # fmt: skip
def test_count_and_totals_are_those_of_graphql(lives: Api, path: str, query_text: str) -> None:
    (expected,) = lives.ask(query_text).values()
    shown = words(lives.http.get(path).text)
    number = expected["totalCount"]
    assert number > 0
    assert re.search(rf"\b{number} (award|bid)s?\b", shown), shown
    for total in expected["totals"]:
        assert f"£{Decimal(total['amount']):,.2f}" in shown


def test_every_kind_is_found_in_one_box(lives: Api) -> None:
    text = lives.http.get("/search?text=lived").text
    shown = words(text)
    for link in ("/awards/award-lived", "/bids/bid-lived"):
        assert f'href="{link}"' in text
    assert "awards (" in shown
    assert 'href="/partnerships/dip"' in lives.http.get("/search?text=devon improvement").text


def test_a_search_about_the_past_leaves_out_what_was_recorded_later(lives: Api) -> None:
    assert "A-lived" in lives.http.get("/search?text=A-lived").text
    assert "No partnership" in words(lives.http.get("/search?text=A-lived&position=1000").text)
    assert "No organisation" in words(lives.http.get("/organisations?position=0").text)


def test_each_filter_keeps_the_others_and_the_clocks(lives: Api) -> None:
    text = lives.http.get("/search?kind=bids&text=lived&amount-from=1&as-at=2004-12-31").text
    links = [html.unescape(link) for link, _, _ in FACET.findall(text)]
    assert links
    for link in links:
        assert "text=lived" in link
        assert "as-at=2004-12-31" in link
        assert {name for name in FILTERS if f"{name}=" in link}


def test_the_number_in_a_long_text_is_looked_for_at_once() -> None:
    """A pattern that begins anew at each sign took a minute for a word of 50,000."""
    assert [] == numbers_in("x" * 1_000_000)
    assert ["1159982"] == numbers_in("the charity " + "x " * 100_000 + "no. 1159982")
