"""Pages of bids: the board, a bid, how long bids took, and the calendar of deadlines show what GraphQL shows."""

import csv
import html
import io
import re
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from domain import bid, programme
from domain.history import Written
from domain.values.correction import CorrectDate
from domain.values.ids import BidId, PartnershipId, ProgrammeId
from domain.values.money import Money
from domain.values.waiting import Days, Span
from domain.values.when import When
from pages.bids import deadlines
from pages.drawing import survival
from projections.delays.survival import Observed, curve
from projections.delays.survival import survival as median_of
from tests.api.answering.test_statements import counted
from tests.kit.database.feeding import caught_up, record
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words
from tests.pages.test_every_link import HOSTILE

NOW = "as-at=2004-03-31"
CARD = re.compile(r'<article class="card (\w+)">(.*?)</article>', re.DOTALL)


@pytest.fixture(scope="module")
def office(module_api: Api) -> Api:
    """Bids that wait as at the end of March 2004, under a standard of 40 days until the decision."""
    with desk(module_api.database) as at:
        at.do(
            programme.SetServiceStandard(
                programme_id=ProgrammeId(at.find("programme", "cbp")), scheme_id=None, span=Span.TO_DECISION, limit=40,
                days=Days.CALENDAR, on=When("2004-01-01"),
            )
        )  # fmt: skip
        late, soon, stopped, vague = (
            at.submitted_bid(name, on, "dip")
            for name, on in (("late", "2004-01-05"), ("soon", "2004-02-25"), ("stopped", "2004-03-01"),
                             ("vague", "2004-02"))
        )  # fmt: skip
        at.submitted_bid("fresh", "2004-03-29", "worcestershire-partnership")
        at.do(bid.RequestClarification(bid_id=stopped, question="Who leads?", on=When("2004-03-15")))
        at.do(bid.AssignCaseOfficer(bid_id=late, officer="grants officer 1", on=When("2004-01-06")))
        at.do(bid.AssignCaseOfficer(bid_id=soon, officer="grants officer 2", on=When("2004-02-26")))
        at.do(bid.AssignCaseOfficer(bid_id=late, officer="grants officer 2", on=When("2004-03-20")))
        assert vague
    caught_up(module_api.database)
    return module_api


def cards(api: Api, path: str) -> dict[str, tuple[str, str]]:
    """The cards of the board by the reference of the bid: how each stands, and its words."""
    found = {}
    for standing, text in CARD.findall(api.http.get(path).text):
        said = words(text)
        (reference,) = re.findall(r"\b(B-\w+|late|soon|stopped|vague|fresh)\b(?=,)", said)[:1]
        found[reference] = (standing, said)
    return found


def test_late_due_soon_stopped_and_uncertain_differ_in_shape(office: Api) -> None:
    found = cards(office, f"/bids?{NOW}")
    expected = {"late": "breached", "soon": "due_soon", "stopped": "stopped", "vague": "uncertain", "fresh": "within"}
    assert expected == {name: standing for name, (standing, _) in found.items()}
    text = office.http.get(f"/bids?{NOW}").text
    shapes = {standing: re.search(r'class="shape".*?</svg>', card, re.DOTALL) for standing, card in CARD.findall(text)}
    assert len(shapes) == len({shape[0] for shape in shapes.values() if shape is not None})


def test_a_card_shows_days_pause_deadline_standard_officer_and_who_must_act(office: Api) -> None:
    found = cards(office, f"/bids?{NOW}")
    assert "46 days late" in found["late"][1]
    assert "Case officer grants officer 2" in found["late"][1]
    assert "Standard: 40 calendar days to decision" in found["late"][1]
    assert "Came 86 days ago" in found["late"][1]
    assert "due 5 Apr 2004" in found["soon"][1]
    assert "Question open since 15 Mar 2004." in found["stopped"][1]
    text = words(office.http.get(f"/bids?{NOW}").text)
    assert re.search(r"Answer to a question 1 with the bidder", text)


def test_the_next_deadline_comes_first(office: Api) -> None:
    rows = list(csv.DictReader(io.StringIO(office.http.get(f"/bids?{NOW}&download=csv").text)))
    found = [row["deadline"] or "none" for row in rows]
    assert sorted(found) == found
    assert len(found) == 5


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("late=yes", {"late"}),
        ("waiting=60", {"late"}),
        ("waiting=30", {"late", "vague", "soon"}),
        ("officer=grants+officer+2", {"late", "soon"}),
        ("officer=grants+officer+1", set()),
        ("programme=cbp", {"late", "soon", "stopped", "vague", "fresh"}),
        ("officer=grants+officer+2&waiting=60", {"late"}),
    ],
)
def test_the_board_is_filtered(office: Api, asked: str, expected: set[str]) -> None:
    assert expected == set(cards(office, f"/bids?{NOW}&{asked}"))


def test_an_officer_has_the_cases_of_the_day_and_of_what_was_known(office: Api) -> None:
    assert {"late"} == set(cards(office, "/bids?as-at=2004-03-19&officer=grants+officer+1"))
    assert {} == cards(office, f"/bids?{NOW}&known=2020-01-01&officer=grants+officer+1")


def test_the_page_of_a_bid_shows_what_graphql_shows(office: Api) -> None:
    query = (
        '{ bid(reference: "stopped") { id clock(asAt: "2004-03-31") { stages { name owner workingDays { max } } } } }'
    )
    asked = office.ask(query)["bid"]
    by_reference, by_id = (office.http.get(f"/bids/{name}?{NOW}") for name in ("stopped", asked["id"]))
    assert by_reference.text == by_id.text
    said = words(by_id.text)
    for stage in asked["clock"]["stages"]:
        shown = stage["name"].capitalize().replace("_", " ")
        assert re.search(rf"{shown} {stage['owner']} .*? goes on {stage['workingDays']['max']}\b", said), stage
    assert "Who leads?" in said
    assert "The clock was stopped: from 15 Mar 2004 until now." in said


def test_the_page_of_a_bid_shows_the_title_amount_and_decision_of_the_day(api: Api) -> None:
    with desk(api.database) as at:
        bid_id = at.submitted_bid("again", "2004-01-05", "dip")
        of: dict[str, Any] = {"bid_id": bid_id}
        at.do(bid.ReviseBid(**of, title="Smaller", requested=gbp("90.00"), because="Dear", on=When("2004-02-01")))
        at.do(bid.DeclineBid(**of, because="Too vague", on=When("2004-03-01")), "grants board")
        at.do(bid.ResubmitBid(**of, title="Clearer", requested=gbp("80.00"), on=When("2004-04-01")))
        at.do(bid.ApproveBid(**of, approved=gbp("70.00"), on=When("2004-05-01")))
    caught_up(api.database)
    expected = {
        "2004-01-31": ("submitted", "again", None), "2004-02-15": ("submitted", "Smaller", "£90.00"),
        "2004-03-15": ("declined", "Smaller", "£90.00"), "2004-04-15": ("submitted", "Clearer", "£80.00"),
        "2004-05-15": ("approved", "Clearer", "£80.00"),
    }  # fmt: skip
    for day, (status, title, requested) in expected.items():
        said = words(api.http.get(f"/bids/again?as-at={day}").text)
        assert f"Reference again {status} Requested" in said, day
        assert requested is None or f"Requested {requested}" in said
        assert title in said
        assert ("Too vague" in said) == (day > "2004-03-01")
        assert ("Approved £70.00" in said) == (day > "2004-05-01")
        assert ("Submission 1" in said) == (day > "2004-04-01")


def test_a_date_that_was_corrected_is_shown_corrected_and_as_it_was_known_before(api: Api) -> None:
    with desk(api.database) as at:
        bid_id = at.submitted_bid("dated", "2004-01-05", "dip")
        at.do(bid.AcknowledgeBid(bid_id=bid_id, on=When("2004-02-05")))
        before = at.log.position()
        corrected: dict[str, Any] = {"date": When("2004-01-06"), "because": "Mistyped", "on": When("2004-03-01")}
        at.do(CorrectDate(bid_id=bid_id, step="BidAcknowledged", **corrected))
    caught_up(api.database)
    event = r"%s Bid acknowledged"
    assert re.search(event % "6 Jan 2004", words(api.http.get("/bids/dated").text))
    assert re.search(event % "5 Feb 2004", words(api.http.get(f"/bids/dated?position={before}").text))


def test_what_people_wrote_of_a_bid_is_shown_as_text(api: Api) -> None:
    with desk(api.database) as at:
        bid_id, dip = BidId("bid-hostile"), PartnershipId(at.find("partnership", "dip"))
        text = HOSTILE[:1_000]
        of: dict[str, Any] = {"partnership_id": dip, "on": When("2004-01-05")}
        record(
            at.log,
            [
                Written(bid_id, bid.BidSubmitted(**of, reference="h-1", title=text, requested=Money.of("1.00", "GBP"))),
                Written(bid_id, bid.CaseOfficerAssigned(**of, officer=text)),
                Written(bid_id, bid.ClarificationRequested(**of, number=1, question=text)),
            ],
        )
    caught_up(api.database)
    for path in ("/bids", "/bids/h-1", "/bids/delays"):
        answer = api.http.get(path)
        assert 200 == answer.status_code
        assert "<script" not in answer.text
        assert "{{7919*7919}}" in answer.text or path == "/bids/delays"


def test_statements_of_the_board_and_of_a_bid_do_not_grow_with_rows(office: Api) -> None:
    def number_of(path: str) -> int:
        with counted(office) as statements:
            assert 200 == office.http.get(path).status_code
        return len(statements)

    assert number_of(f"/bids?{NOW}") == number_of(f"/bids?{NOW}&late=yes")
    assert number_of("/bids/late") == number_of("/bids/fresh")


# --- How long bids took -----------------------------------------------------------------------------------------------


def test_how_long_bids_took_is_what_graphql_says(office: Api) -> None:
    path = f"/bids/delays?{NOW}&by=month&download=csv"
    rows = {row["group"]: row for row in csv.DictReader(io.StringIO(office.http.get(path).text))}
    query = (
        '{ delaySummary(groupBy: MONTH, asAt: "2004-03-31") { group decided open breached withinStandard medianDays'
        " medianDaysWithOpen } }"
    )
    asked = office.ask(query)["delaySummary"]
    assert len(asked) >= 3
    for one in asked:
        row = rows[one["group"]]
        for name, column in (("decided", "decided"), ("open", "open"), ("breached", "breached"),
                             ("withinStandard", "within_standard"), ("medianDays", "median_days"),
                             ("medianDaysWithOpen", "median_days_with_open")):  # fmt: skip
            assert (row[column] or None) == (f"{one[name]:g}" if one[name] is not None else None), (one, column)


def observed_times() -> list[Observed]:
    return [Observed(10, True, 2), Observed(20, True), Observed(30, False, 2), Observed(40, True, 3)]


def places_of(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (one.split(",") for one in points.split())]


def test_the_curve_steps_down_on_the_days_on_which_some_were_decided() -> None:
    times = observed_times()
    found = survival.drawn(times, median_of(times))
    assert found is not None
    places = places_of(found.line)
    assert [survival.LEFT, survival.TOP] == [*places[0]]
    assert [Fraction(6, 8), Fraction(5, 8), Fraction(0)] == [point.share for point in curve(times)]
    assert sorted(x for x, _ in places) == [x for x, _ in places]
    assert sorted(y for _, y in places) == [y for _, y in places]
    assert [survival.RIGHT, survival.BOTTOM] == [*places[-1]]
    assert found.median_x == survival.RIGHT


def test_the_curve_goes_on_to_the_longest_that_still_waits_and_keeps_within_its_band() -> None:
    times = [Observed(10, True, 3), Observed(100, False, 5)]
    found = survival.drawn(times, median_of(times))
    assert found is not None
    assert found.line.endswith(f"{float(survival.RIGHT)},{survival.BOTTOM - 256 * 5 / 8}")
    assert all(survival.TOP <= y <= survival.BOTTOM for _, y in places_of(found.band))
    assert found.median_x is None


def test_nothing_is_drawn_where_nothing_was_decided() -> None:
    assert survival.drawn([Observed(10, False)], median_of([])) is None
    assert survival.drawn([], median_of([])) is None


def test_a_curve_of_many_points_is_drawn_with_fewer() -> None:
    times = [Observed(day, True) for day in range(5_000)]
    found = survival.drawn(times, median_of(times))
    assert found is not None
    assert 3 * survival.MOST > len(found.line.split()) > survival.MOST
    assert found.line.endswith(f"{survival.BOTTOM:.1f}")


# --- The calendar -----------------------------------------------------------------------------------------------------


def events_of(feed: str) -> list[dict[str, str]]:
    """The events of a calendar, read as RFC 5545 says: unfolded, by the name of each line, with texts unescaped."""
    assert feed.endswith("\r\n")
    assert "\n" not in feed.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in feed.split("\r\n"))
    lines = feed.replace("\r\n ", "").split("\r\n")[:-1]
    assert ("BEGIN:VCALENDAR", "END:VCALENDAR", "VERSION:2.0") == (lines[0], lines[-1], lines[1])
    found: list[dict[str, str]] = []
    for line in lines[1:-1]:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and line != "END:VEVENT":
            assert name not in found[-1]
            found[-1][name] = re.sub(r"\\(.)", lambda one: "\n" if one[1] in "nN" else one[1], value)
    return found


def test_the_calendar_has_the_deadlines_of_the_board(office: Api) -> None:
    answer = office.http.get(f"/deadlines.ics?{NOW}")
    assert (200, "text/calendar; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    found = {one["SUMMARY"]: one for one in events_of(answer.text)}
    rows = csv.DictReader(io.StringIO(office.http.get(f"/bids?{NOW}&download=csv").text))
    expected = {row["reference"]: row["deadline"] for row in rows if row["deadline"]}
    assert expected == {
        name.partition(": ")[2].partition(",")[0]: date.fromisoformat(one["DTSTART;VALUE=DATE"]).isoformat()
        for name, one in found.items()
    }
    assert "stopped" not in expected
    for one in found.values():
        start, end = (date.fromisoformat(one[f"{name};VALUE=DATE"]) for name in ("DTSTART", "DTEND"))
        assert end - start == timedelta(days=1)
        assert one["URL"].startswith(f"{office.url}/bids/bid-")
        assert 200 == office.http.get(one["URL"]).status_code
        assert datetime.strptime(one["DTSTAMP"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) <= datetime.now(UTC)
    assert any(name.startswith("Late: late, ") for name in found)


def test_the_calendar_is_filtered_and_an_event_keeps_its_id(office: Api) -> None:
    first = events_of(office.http.get(f"/deadlines.ics?{NOW}").text)
    again = events_of(office.http.get("/deadlines.ics?as-at=2004-03-01").text)
    assert {one["UID"] for one in again} & {one["UID"] for one in first}
    assert len({one["UID"] for one in first}) == len(first)
    mine = events_of(office.http.get(f"/deadlines.ics?{NOW}&officer=grants+officer+2").text)
    assert 0 < len(mine) < len(first)


def test_texts_of_a_calendar_are_escaped_and_long_lines_folded() -> None:
    said = "a, b; c \\ d\ne\x00\x07 \N{EURO SIGN}" + "\N{EURO SIGN}" * 100 + "END:VEVENT"
    feed = deadlines.written([("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("BEGIN", "VEVENT"),
                              ("SUMMARY", deadlines.text(said)), ("END", "VEVENT"), ("END", "VCALENDAR")])  # fmt: skip
    (event,) = events_of(feed)
    assert said.replace("\x00", "").replace("\x07", "") == event["SUMMARY"]


def test_a_calendar_that_is_too_long_is_refused(office: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "MOST", 2)
    answer = office.http.get(f"/deadlines.ics?{NOW}")
    assert 400 == answer.status_code
    assert "A calendar has at most 2." in words(answer.text)


# --- The partnership --------------------------------------------------------------------------------------------------


def test_a_partnership_shows_its_bodies_with_their_limits(office: Api) -> None:
    said = words(office.http.get("/partnerships/dip").text)
    assert "Bodies and limits" in said
    assert re.search(r"Steering Group Steering Six Chief Executives.*?£50,000.00", said)
    assert "Good Initiatives Fund Each bid must come from at least two partners" in said
    assert "Bodies and limits" not in words(office.http.get("/partnerships/dip?as-at=1990-01-01&position=1").text)


def test_a_partnership_shows_the_way_from_bid_to_delivery_as_graphql_does(office: Api) -> None:
    fields = 'delayChain(asAt: "2004-12-31") { links { name on { text } } flags { message } }'
    chain = office.ask(f'{{ partnership(code: "dip") {{ {fields} }} }}')["partnership"]["delayChain"]
    said = html.unescape(words(office.http.get("/partnerships/dip?as-at=2004-12-31").text))
    for link in chain["links"]:
        assert link["name"].capitalize().replace("_", " ") in said
    for flag in chain["flags"]:
        assert flag["message"] in said
