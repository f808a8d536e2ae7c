"""Each address shows its page, or says what is wrong with it; and every figure on a page is that of GraphQL."""

import csv
import html
import io
import re
from decimal import Decimal
from typing import Any

import pytest

from infra.database.pool import query
from infra.web.pages.routes import HEADERS
from pages.addresses import ADDRESSES
from pages.frame.clocks import address, clocks_asked
from pages.frame.rendering import MINUS
from pages.money.compare import compare
from pages.money.ladder import ORDER
from projections.tables.paging import Connection
from tests.api.answering.test_statements import counted
from tests.kit.banked import FEE_PAGE, PAID_PAGE
from tests.kit.database.feeding import caught_up
from tests.kit.life import LATE_RETURN_PAGE
from tests.kit.money import desk
from tests.kit.stated import states
from tests.kit.web.served import Api

PAGES = (
    "/programmes/cbp/authority", "/people/chief", "/people/person-left", "/permissions",
    "/", "/partnerships", "/partnerships?text=devon", "/partnerships/dip", "/partnerships/dip?lane=award",
    "/programmes/cbp", "/schemes/cbp-pilots", "/partnerships/dip/money/paid", "/programmes/cbp/money/awarded",
    "/schemes/cbp-improvement-partnerships/money/awarded", "/payments", "/payments?state=reversed", "/bids",
    "/bids?late=yes", "/bids?waiting=60&until=payment&programme=cbp", "/bids?officer=grants+officer+2",
    "/bids?due=7", "/bids?with=bidder", "/bids/delays",
    "/bids/delays?measure=to_money&by=month&scheme=cbp-pilots", "/bids/lived-asked", "/bids/bid-lived",
    "/bank", "/bank?status=all", "/discrepancies", "/discrepancies?status=all&severity=error",
    "/attention", "/attention?urgency=late",
    "/partnerships/dip/years", "/programmes/cbp/years?by=quarter", "/awards/A-lived/years",
    "/partnerships/dip/compare", "/programmes/cbp/compare?then=2026-01-01",
    "/awards/A-lived", "/awards/award-lived?lane=award", "/awards/A-lived/money/paid", "/awards/A-lived/compare",
    "/programmes/cbp/framework", "/programmes/cbp/take-up", "/rounds/R-lived", "/rounds/R-lived/ranking",
    "/rounds/R-lived/money/free", "/rounds/R-lived/compare",
    "/organisations", "/organisations?text=council", "/organisations/idea", "/organisations/lga",
    "/organisations/midthorpe-council/support", "/organisations/liverpool-city-council/support",
    "/organisations/idea/support", "/organisations/hull-city-council/act",
    "/search", "/search?text=devon", "/search?text=E0011", "/search?kind=awards", "/search?kind=bids&year=2004",
    "/search?kind=partnerships&programme=cbp", "/search?status=accepted&amount-from=1", "/search?text=%25_nothing",
    "/payments?actor=tester&amount-from=300&amount-to=1,000.00&from=2004-01-01&to=2005-01-01",
    "/payments?award=A-lived", "/payments/award-lived/2", "/payments?payee=worcestershire-partnership",
    "/audit", "/audit?partnership=dip&actor=releaser", "/events/1", "/events/1240",
    "/streams/award-lived", "/streams/award-lived?after=1400",
    "/audit?kind=PaymentReleased&award=A-lived&from=2026-01-01&to=2199-01-01",
    "/bank?account=GB33BUKB20201555555555&from=2004-08-01&to=2004-08-31&text=devon", PAID_PAGE, FEE_PAGE,
    "/discrepancies?rule=return_overdue&partnership=dip&programme=cbp&age=30&sort=newest", LATE_RETURN_PAGE,
    "/concerns", "/periods", "/periods/cbp", "/periods/cbp?name=2004-05", "/periods/cbp?from=2005-04-01&to=2005-06-30",
    "/changes", "/changes?from=0&programme=cbp", "/changes?from=2020-01-01&partnership=dip",
    "/changes?from=0&award=A-lived",
    "/programmes/cbp/timeline", "/programmes/cbp/timeline?including=all&lane=governance",
    "/schemes/cbp-pilots/timeline", "/rounds/R-lived/timeline", "/partnerships/dip/timeline?lane=award",
    "/organisations/idea/timeline?from=2005-01-01&to=2006-12-31",
    "/partnerships/needs-three", "/partnerships/needs-three/act", "/partnerships/dip/act", "/awards/A-beside",
    "/partnerships/joint-west/jointly", "/partnerships/joint-west/capacity", "/partnerships/joint-east/capacity",
    "/partnerships/dip/jointly", "/partnerships/dip/capacity", "/awards/A-certified/certificates/1",
    "/awards/A-certified/act", "/awards/A-certified", "/library",
    "/library?text=absence&use=local_government&kind=toolkit",
    "/library?theme=shared+services&page=1", "/programmes/cbp/consultation", "/programmes/cbp/demand",
    "/awards/A-beside/act", "/rounds/R-open/act", "/schemes/open/act", "/bids/pair-1", "/bids/B-beside",
)  # fmt: skip
CLOCKS = ("", "as-at=2004-09-15", "known=2020-01-01", "as-at=2004-09-15&position=1300")


# Addresses that other tests try, and where.
OTHERS: dict[str, str] = {"/concerns/{concern_id}": "tests/api/commands/test_concerns.py"}


def with_clocks(path: str, clocks: str) -> str:
    return path + ("&" if "?" in path else "?") * bool(clocks) + clocks


def words(text: str) -> str:
    """The text of a page as people read it, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.mark.parametrize("clocks", CLOCKS)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_shown_under_both_clocks(lives: Api, path: str, clocks: str) -> None:
    answer = lives.http.get(with_clocks(path, clocks))
    if answer.status_code == 404:
        # Before something was recorded or found there was no such figure, event, entry, period or discrepancy.
        assert clocks, answer.text
        assert re.search("There is no|Nothing was recorded", answer.text)
        return
    assert 200 == answer.status_code, answer.text
    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert ("This page shows" in answer.text) == bool(clocks)


def test_every_address_is_tried() -> None:
    """The proof of reach: a new address needs an example."""
    patterns = {address: re.compile(re.sub(r"{\w+}", "[^/?]+", address) + r"(\?.*)?") for address in ADDRESSES}
    untried = [address for address, pattern in patterns.items() if not any(map(pattern.fullmatch, PAGES))]
    assert [*OTHERS] == untried


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/partnerships/nothing", 404, "There is no partnership nothing."),
        ("/partnerships/devon", 404, "Codes that are like it: devon-improvement-group-pilot, dip."),
        ("/programmes/nothing", 404, "There is no programme nothing."),
        ("/schemes/nothing", 404, "There is no scheme nothing."),
        ("/events/999999999", 404, "There is no event at position 999999999 of the log"),
        ("/events/first", 404, "There is no event at position first"),
        ("/events/1240?position=100", 404, "There is no event at position 1240 of the log, as it was known then."),
        ("/partnerships/dip/money/riches", 404, "There is no figure riches."),
        ("/partnerships/dip/money/paid?currency=EUR", 404, "Nothing was recorded for the figure paid of dip in EUR."),
        ("/rivers/dip/money/paid", 404, "There is no page /rivers/dip/money/paid."),
        ("/awards/dip/money/paid", 404, "There is no award dip."),
        ("/awards/nothing", 404, "There is no award nothing."),
        ("/awards/A-lived?position=100", 404, "There is no award A-lived, as it was known then."),
        ("/awards/A-lived?lane=river", 400, 'There is no lane "river".'),
        ("/awards/A-lived?page=2", 400, 'There is no page "2".'),
        ("/awards/A-lived?from=soon", 400, '"soon" is not a day. Write from as a year'),
        ("/partnerships/dip?from=soon", 400, '"soon" is not a day. Write from as a year'),
        ("/partnerships/dip?from=2005-01-01&to=2004-01-01", 400, "The last day is before the first day."),
        ("/partnerships/dip/money/paid?page=9", 400, 'There is no page "9".'),
        ("/partnerships/dip?as-at=2004-W13-4", 400, '"2004-W13-4" is not a day.'),
        ("/search?amount-from=1,50", 400, '"1,50" is not an amount. Write amount-from so: 1,250.00.'),
        ("/payments?amount-to=1,2,3", 400, '"1,2,3" is not an amount.'),
        ("/payments?from=2005-01-01&to=2004-01-01", 400, "The last day is before the first day."),
        ("/awards/%00", 404, ""),
        ("/rounds/nothing", 404, "There is no round nothing."),
        ("/rounds/lived", 404, "Codes that are like it: R-lived"),
        ("/rounds/R-lived?position=100", 404, "There is no round R-lived, as it was known then."),
        ("/rounds/R-lived/money/paid", 404, "Nothing was recorded for the figure paid of R-lived"),
        ("/organisations/nothing", 404, "There is no organisation nothing."),
        ("/organisations/devon", 404, "Codes that are like it:"),
        ("/organisations?kind=awards", 400, 'The parameter "kind" is unknown.'),
        ("/search?kind=rivers", 400, '"rivers" is no kind. Choose one of: partnerships, organisations, awards, bids.'),
        ("/search?page=2", 400, "Only a list of one kind has pages."),
        ("/search?kind=awards&page=99", 400, 'There is no page "99".'),
        ("/search?kind=organisations&year=2004", 400, "Organisations have no year."),
        ("/search?kind=partnerships&amount-to=1", 400, "Partnerships have no amount-to."),
        ("/search?year=soon", 400, '"soon" is not a year. Write four digits: 2005.'),
        ("/search?year=0000", 400, '"0000" is not a year.'),
        ("/search?status=lost", 400, '"lost" is no status.'),
        ("/search?kind=bids&status=accepted", 400, '"accepted" is no status.'),
        ("/search?funder=nobody", 400, 'There is no organisation "nobody".'),
        ("/search?programme=nothing", 400, 'There is no programme "nothing".'),
        ("/search?scheme=cbp", 400, 'There is no scheme "cbp". Codes that are like it: cbp-'),
        ("/search?amount-from=much", 400, '"much" is not an amount. Write amount-from so: 1,250.00.'),
        ("/search?amount-to=1e9", 400, '"1e9" is not an amount.'),
        ("/payments?payee=nobody", 400, 'There is no organisation "nobody".'),
        ("/payments?award=A-li", 400, 'There is no award "A-li". Write its whole reference.'),
        ("/payments?amount-from=NaN", 400, '"NaN" is not an amount.'),
        ("/payments?from=soon", 400, '"soon" is not a day. Write from as a year'),
        ("/partnerships/dip/compare?then=2199-01-01&position=100", 400, "The day to compare with is later"),
        ("/partnerships/dip/years?by=week", 400, '"week" is no period. Choose one of: year, quarter.'),
        ("/rounds/R-lived/years", 404, "There are no financial years of rounds."),
        ("/partnerships/dip/compare?then=soon", 400, '"soon" is not a day. Write then as a year'),
        (
            "/?as_at=2004-01-01",
            400,
            'The parameter "as_at" is unknown. This page has: as-at, known, position',
        ),
        ("/?as-at=2004-01-01&as-at=2005-01-01", 400, 'The parameter "as-at" stands twice.'),
        ("/?as-at=2004-02-30", 400, '"2004-02-30" is not a day.'),
        ("/?as-at=20040230", 400, '"20040230" is not a day.'),
        ("/?known=yesterday", 400, '"yesterday" is not a day. Write known as a year, a month and a day: 2005-03-31.'),
        ("/?known=2005-01-01&position=1", 400, "The address names a day and a position of knowledge."),
        ("/?position=-1", 400, '"-1" is not a position of the log.'),
        ("/?position=٣", 400, '"٣" is not a position of the log.'),
        ("/?position=999999999", 400, "It has no position 999,999,999 yet."),
        ("/partnerships?page=9", 400, 'There is no page "9". The list has 2 pages.'),
        ("/partnerships?text=devon&page=2", 400, 'There is no page "2". The list has 1 page.'),
        ("/partnerships?page=0", 400, 'There is no page "0".'),
        ("/partnerships?text=%00", 400, 'The value of "text" has characters that are not text.'),
        ("/partnerships/%00", 404, ""),
        (f"/partnerships?text={'a' * 201}", 400, "has 201 characters. It may have 200."),
        ("/partnerships/dip?lane=river", 400, 'There is no lane "river".'),
        ("/payments?state=lost", 400, '"lost" is no state of a payment. Choose one of: requested, approved'),
        ("/bids?late=no", 400, "Write late as yes, or leave it out."),
        ("/bids?waiting=long", 400, '"long" is not a number of days.'),
        ("/bids?waiting=-1", 400, '"-1" is not a number of days.'),
        ("/bids?waiting=٣", 400, '"٣" is not a number of days.'),
        ("/bids?due=soon", 400, '"soon" is not a number of days. Write due as a whole number'),
        ("/bids?with=council", 400, '"council" has no turn. Write with as one of: funder, bidder.'),
        ("/bids?until=spring", 400, '"spring" is nothing to wait for.'),
        ("/bids?officer=nobody", 400, 'No bid was ever assigned to "nobody".'),
        ("/bids?programme=nothing", 400, 'There is no programme "nothing".'),
        ("/bids?funder=cbp", 400, 'There is no organisation "cbp".'),
        ("/bids/nothing", 404, "There is no bid nothing, as it was known then."),
        ("/bids/lived-asked?position=1240", 404, "There is no bid lived-asked, as it was known then."),
        ("/bids/delays?measure=patience", 400, 'There is no measure "patience".'),
        ("/bids/delays?by=week", 400, 'There is no period "week". Write by as one of: month'),
        ("/bids/delays?scheme=nothing", 400, 'There is no scheme "nothing".'),
        ("/deadlines.ics?officer=nobody", 400, 'No bid was ever assigned to "nobody".'),
        ("/deadlines.ics?page=1", 400, 'The parameter "page" is unknown.'),
        ("/bank?status=lost", 400, 'No bank entry is "lost".'),
        ("/discrepancies?status=lost", 400, '"lost" is no status.'),
        ("/discrepancies?severity=dire", 400, '"dire" is no severity.'),
        ("/discrepancies?rule=none", 400, '"none" is no rule. Write one of: adviser_supplies'),
        ("/discrepancies?age=1", 400, '"1" is no age.'),
        ("/discrepancies?sort=up", 400, '"up" is no sort.'),
        ("/discrepancies?programme=nothing", 400, 'There is no programme "nothing".'),
        ("/discrepancies/nothing", 404, "There is no discrepancy nothing, as it was known then."),
        (f"{LATE_RETURN_PAGE}?as-at=2005-06-30", 404, "There is no discrepancy discrepancy-"),
        ("/bank/nothing", 404, "There is no bank entry nothing, as it was known then."),
        (f"{FEE_PAGE}?position=100", 404, "There is no bank entry bankentry-"),
        ("/bank?account=1", 400, 'There is no account "1".'),
        ("/bank?from=soon", 400, '"soon" is not a day.'),
        ("/periods/nothing", 404, "There is no programme nothing."),
        ("/periods/cbp?name=1999-00", 404, "has no closed period 1999-00. Closed periods: 2004-05."),
        ("/periods/cbp?name=2004-05&position=100", 404, "Closed periods: none."),
        ("/periods/cbp?from=2005-04-01&to=2005-03-31", 400, "The last day is before the first day."),
        ("/periods/cbp?from=soon", 400, '"soon" is not a day.'),
        ("/changes?from=300&to=100", 400, "The first moment is after the second."),
        ("/changes?from=999999999", 400, "It has no position 999,999,999 yet."),
        ("/changes?from=x", 400, '"x" is not a position of the log.'),
        ("/changes?from=x-y", 400, '"x-y" is not a day.'),
        ("/changes?partnership=dip&programme=cbp", 400, "The address names several things."),
        ("/changes?award=nothing", 400, 'There is no award "nothing".'),
        ("/changes?after=1", 400, '"1" is no place in this list.'),
        ("/changes?after=1.99999999", 400, "is no place in this list."),
        ("/audit?kind=Nothing", 400, 'There is no kind of event "Nothing".'),
        ("/audit?award=nothing", 400, 'There is no award "nothing".'),
        ("/audit?from=soon", 400, '"soon" is not a day.'),
        ("/audit?partnership=nothing", 400, 'There is no partnership "nothing".'),
        ("/audit?before=x", 400, '"x" is not a position of the log.'),
    ],
)
def test_an_address_that_is_wrong_is_answered_with_what_is_wrong(lives: Api, path: str, status: int, said: str) -> None:
    answer = lives.http.get(path)
    if said:
        assert said in words(answer.text)
        assert status == answer.status_code
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text


def test_a_person_who_follows_a_wrong_link_reads_a_page_and_a_program_gets_a_code(lives: Api) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = lives.http.get("/nothing/<script>", headers={"accept": browser})
    assert (404, HEADERS["content-security-policy"]) == (page.status_code, page.headers["content-security-policy"])
    assert "There is no page /nothing/<script>." in words(page.text)
    assert "<script" not in page.text
    for accept in ("application/json", "*/*"):
        answer = lives.http.get("/nothing", headers={"accept": accept})
        assert "NOT_FOUND" == answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("path", ["/", "/partnerships", "/partnerships/dip", "/bids", "/audit", "/changes"])
def test_a_parameter_without_a_value_asks_for_nothing(lives: Api, path: str) -> None:
    answer = lives.http.get(f"{path}?as-at=%20&known=&position=%20%20")
    assert 200 == answer.status_code
    permanent = re.search(r'<a href="([^"]*)">Permanent address', answer.text)
    assert permanent is not None
    assert 200 == lives.http.get(html.unescape(permanent[1])).status_code


@pytest.mark.parametrize("path", ["/", "/discrepancies?age=365", "/bids?due=99999", "/payments", "/periods/cbp"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_the_calendar_are_days(lives: Api, path: str, day: str) -> None:
    assert lives.http.get(with_clocks(path, f"as-at={day}")).status_code < 500


def test_a_code_with_slashes_opens_its_pages(api: Api) -> None:
    """An import gives a scheme the code of its programme before its own, and a partnership that of its scheme."""
    with desk(api.database) as at:
        at.do(states())
    caught_up(api.database)
    listed = api.http.get("/partnerships?text=achieving").text + api.http.get("/programmes/pilots").text
    found = {
        html.unescape(link) for link in re.findall(r'href="(/(?:partnerships|schemes)/[^"?]*pilots[^"?]*)"', listed)
    }
    assert {"/schemes/pilots/leadership"} <= found
    place = "/partnerships/pilots/leadership/GB-LAE-CAR"
    for path in (*found, place, f"{place}/compare", f"{place}/money/awarded", f"{place}?download=csv&lane=award"):
        assert 200 == api.http.get(path).status_code, path
    shown = api.http.get(f"{place}?as-at=2005-01-01").text
    assert f'<a href="{place}">Today, as known today</a>' in shown
    assert f'href="{place}/money/awarded?currency=GBP&amp;as-at=2005-01-01"' in shown
    assert f'action="{place}"' in shown


def test_a_path_is_written_as_an_address_whatever_is_in_a_code() -> None:
    assert "/organisations/XI-1%3Fa%23b/%25" == address("/organisations/XI-1?a#b/%")


def test_the_next_page_and_the_file_of_a_list_keep_its_lane_and_its_days(
    lives: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.register.partnership.LISTED", 1)
    path = "/partnerships/dip?lane=disbursement&from=2004-01-01&to=2004-12-31"
    following = re.search(r'<a rel="next" href="([^"]*)"', lives.http.get(path).text)
    assert following is not None
    assert {"lane=disbursement", "from=2004-01-01", "to=2004-12-31"} <= set(
        html.unescape(following[1]).split("?")[1].split("&")
    )
    heading, *rows = csv.reader(io.StringIO(lives.http.get(f"{path}&download=csv").text))
    assert {"DISBURSEMENT"} == {row[heading.index("lane")] for row in rows}
    assert len(rows) > 1


def test_the_events_behind_a_figure_have_pages_and_the_sum_is_of_all(
    lives: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = words(lives.http.get("/programmes/cbp/money/paid").text)
    monkeypatch.setattr("pages.money.ladder.LISTED", 1)
    for path in ("/programmes/cbp/money/paid", "/rounds/R-lived/money/free"):
        shown = lives.http.get(path).text
        assert 1 == shown.count('class="s">position')
        assert 'rel="next"' in shown
        assert 200 == lives.http.get(f"{path}?page=2").status_code
        rows = [*csv.reader(io.StringIO(lives.http.get(f"{path}?download=csv").text))]
        assert len(rows) > 2
    (said,) = re.findall(r"Sum of \d+ events? \S+", every)
    assert said in words(lives.http.get("/programmes/cbp/money/paid").text)


def test_what_an_address_asks_for_is_shown_as_text(lives: Api) -> None:
    """What people wrote is tried in ``test_every_link``."""
    for path in (
        "/partnerships?text=<script>alert(1)</script>", "/partnerships/<script>", "/?<script>=1",
        "/search?text=<script>alert(1)</script>", "/search?kind=<script>", "/search?year=<script>",
        "/awards/<script>", "/rounds/<script>", "/organisations/<script>", "/payments?actor=<script>",
        "/payments?payee=<script>", "/payments?amount-from=<script>",
    ):  # fmt: skip
        assert "<script" not in lives.http.get(path).text


def test_the_permanent_address_of_a_page_shows_it_again_after_more_was_recorded(api: Api) -> None:
    path = "/partnerships/dip"
    shown = api.http.get(path).text
    found = re.search(r'<a href="([^"]*)">Permanent address', shown)
    assert found is not None
    permanent = html.unescape(found[1])
    before = api.http.get(permanent).text
    with desk(api.database) as at:
        at.pay(at.accepted_award("later", "100.00"), 1, "60.00", "2004-09-01")
    caught_up(api.database)
    again = api.http.get(permanent).text
    steps = re.compile(r'<p class="moments">.*?</p>', re.DOTALL)
    assert steps.sub("", before) == steps.sub("", again)
    assert "After the next change" in again
    assert "A-later" in api.http.get(path).text
    assert "A-later" not in again


def test_a_page_about_the_past_leaves_out_what_took_effect_or_was_recorded_later(lives: Api) -> None:
    path = "/partnerships/dip"
    now, then = (words(lives.http.get(with_clocks(path, clocks)).text) for clocks in ("", "as-at=2004-08-05"))
    assert "Payment 2 released" in now
    assert "Payment 1 released" in then
    assert "Payment 2 released" not in then
    assert "This page shows 5 Aug 2004. What took effect later is not in it." in then
    assert "A-lived" not in words(lives.http.get(with_clocks(path, "position=1240")).text)


# Pages that list nothing.
WITHOUT_FILE = re.compile(r"/|/events/.*|.*/act")


@pytest.mark.parametrize("path", [path for path in PAGES if not WITHOUT_FILE.fullmatch(path)])
def test_what_a_page_shows_is_downloaded(lives: Api, path: str) -> None:
    assert "Download this as CSV" in lives.http.get(path).text
    answer = lives.http.get(with_clocks(path, "download=csv"))
    assert (200, "text/csv; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert "attachment" in answer.headers["content-disposition"]
    heading, *rows = csv.reader(io.StringIO(answer.text))
    assert {len(heading)} == {len(row) for row in (heading, *rows)}
    assert rows or "No " in words(lives.http.get(path).text)


def test_a_file_has_all_pages_of_a_list_and_each_page_its_own_rows(lives: Api) -> None:
    every = list(csv.reader(io.StringIO(lives.http.get("/partnerships?download=csv").text)))[1:]
    codes = {row[0] for row in every}
    link = re.compile(r'<td class="text"><a href="/partnerships/([^"?]+)"')
    linked = [set(link.findall(lives.http.get(f"/partnerships?page={number}").text)) for number in (1, 2)]
    assert set() == linked[0] & linked[1]
    assert codes == linked[0] | linked[1]


def test_a_page_without_a_table_and_a_list_that_is_too_long_give_no_file(
    lives: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 404 == lives.http.get("/events/1?download=csv").status_code
    monkeypatch.setattr("pages.frame.listed.MOST_ROWS", 3)
    answer = lives.http.get("/partnerships?download=csv")
    assert 400 == answer.status_code
    assert "A page gives at most 3 as a file." in words(answer.text)


# --- Figures ----------------------------------------------------------------------------------------------------------

RUNG = re.compile(r'<th scope="row">(\w+)</th>\s*<td class="n">(?:<a href="([^"]*)"[^>]*>([^<]*)</a>|<span[^>]*>)')


def rungs(text: str) -> dict[str, tuple[str | None, str | None]]:
    """The figures of the first ladder of a page: the address of each, and its amount; None if it is not stated."""
    (ladder, *_) = re.findall(r'<table class="ladder">.*?</table>', text, re.DOTALL)
    return {
        name.lower(): (html.unescape(link) or None, amount.replace(",", "").replace(MINUS, "-") or None)
        for name, link, amount in RUNG.findall(ladder)
    }


# The address of each thing with a ladder, and how GraphQL is asked for its figures.
SCOPES = {
    "/programmes/cbp": 'programme(code: "cbp") { funding',
    "/schemes/cbp-improvement-partnerships":
        'programme(code: "cbp") { schemes { code funding',
    "/partnerships/dip": 'partnership(code: "dip") { funding',
    "/partnerships/worcestershire-partnership": 'partnership(code: "worcestershire-partnership") { funding',
    "/awards/A-lived": 'award(reference: "A-lived") { funding',
    "/awards/award-lived-called": 'award(reference: "A-lived-called") { funding',
    "/rounds/R-lived": 'rounds(filter: { code: "R-lived" }) { nodes { figures',
}  # fmt: skip


@pytest.mark.parametrize("as_at", ["2004-08-05", "2004-12-31", "2026-01-01"])
@pytest.mark.parametrize("path", SCOPES)
def test_a_figure_on_a_page_is_that_of_graphql_and_the_sum_of_its_events(lives: Api, path: str, as_at: str) -> None:
    shown = rungs(lives.http.get(f"{path}?as-at={as_at}").text)
    stated = "" if "rounds" in path else " stated"
    asked = " ".join(f"{name} {{ amount{stated} }}" for name in ORDER if name in shown)
    ends = "}" * (SCOPES[path].count("{") - SCOPES[path].count("}"))
    answer = lives.ask(f'{{ {SCOPES[path]}(asAt: "{as_at}") {{ {asked} }} {ends} }}')
    expected = funding_in(answer, path)
    assert len(shown) >= (3 if "rounds" in path else 10)
    for name, figure in expected.items():
        link, amount = shown[name]
        assert (figure["amount"] if figure.get("stated", True) else None) == amount, name
        if link is not None:
            behind = words(lives.http.get(link).text)
            adds = re.search(r"Sum of \d+ events? (\S+)", behind)
            total = Decimal(adds[1].replace(",", "").replace(MINUS, "-")) if adds else Decimal(0)
            assert Decimal(figure["amount"]) == total, name


def funding_in(answer: Any, path: str) -> dict[str, Any]:
    """The figures in an answer of GraphQL about the thing at *path*."""
    found = answer
    while not {"funding", "figures"} & set(found):
        found = next(iter(found.values()))
        if isinstance(found, list):
            found = next(one for one in found if one.get("code", path) in path)
    figures: dict[str, Any] = found.get("funding") or found["figures"]
    return figures


def test_what_was_learned_since_adds_up_to_the_difference(lives: Api) -> None:
    async def compared(connection: Connection) -> dict[str, Any]:
        clocks = await clocks_asked(connection, {"as-at": "2004-12-31"})
        return (await compare(connection, clocks, "partnerships", "dip", {"then": "2020-01-01"})).values

    found = query(lives.database, compared)
    ((_, figures),) = found["compared"]
    assert {"awarded", "paid", "spent", "returned"} <= {one.name for one in figures if one.difference}
    for one in figures:
        assert one.difference == sum(event.adds for event in found["learned"] if event.figure == one.name), one.name
    assert {event.position for event in found["learned"]} >= {point.position for point in found["chart"].points}


def test_an_event_shows_its_days_in_words_and_its_amounts_with_their_currency(lives: Api) -> None:
    listed = lives.http.get("/audit?kind=PaymentRequested&award=A-lived").text
    (path, *_) = re.findall(r'href="(/events/[0-9]+)', listed)
    recorded = words(lives.http.get(path).text).split("What was recorded", 1)[1]
    assert re.search(r"On [0-9]+ [A-Z][a-z]+ 2004 ", recorded)
    assert re.search(r"Amount £[0-9,]+[.][0-9]{2} ", recorded)


_OF_PARTNERSHIP = re.compile("/partnerships/(dip|needs-three)")


def test_statements_do_not_grow_with_rows(lives: Api) -> None:
    def number_of(path: str) -> int:
        with counted(lives) as statements:
            assert 200 == lives.http.get(path).status_code
        return len(statements)

    assert number_of("/partnerships?text=devon") == number_of("/partnerships")
    # Neither names a person, whose name would be read by one more statement.
    assert number_of("/partnerships/dip") == number_of("/partnerships/worcestershire-partnership")
    for path in PAGES:
        # Two answers are compared figure by figure, or field by field, and a partnership shows all that is below it.
        most = 35 if "compare" in path or "changes" in path else 28 if _OF_PARTNERSHIP.match(path) else 21
        assert number_of(path) <= most, path
