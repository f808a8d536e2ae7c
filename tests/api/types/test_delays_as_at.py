"""Delays as at a past day over HTTP: nothing that counts from a later day is in them. And what counts as late."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain import award, bid, programme
from domain.values.ids import AwardId, BidId
from domain.values.waiting import Calendar, Days, Span
from domain.values.when import When
from infra.feeding.projector import project_all
from tests.api.types.test_delays import Office, clock, delays, summary
from tests.kit.command_line import fundtrail
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api, served

SCHEME = "cbp-improvement-partnerships"


@pytest.fixture
def office(programme: Any) -> Iterator[tuple[Api, Office]]:
    """An office that promises a decision in 30 calendar days."""
    with served(programme, projector=False) as api, desk(programme) as at:
        office = Office(at)
        office.promise(30, "2003-01-01")
        yield api, office


def shown(api: Api, reference: str, day: str, **given: Any) -> dict[str, Any]:
    project_all(api.database)
    return clock(api, reference, asAt=day, **given)


def ask_bidder(office: Office, bid_id: BidId, on: str, number: int = 1) -> None:
    office.do(bid.RequestClarification(bid_id=bid_id, number=number, question="Who leads?", on=When(on)))


def answer(office: Office, bid_id: BidId, on: str, number: int = 1) -> None:
    office.do(bid.ReceiveClarification(bid_id=bid_id, number=number, on=When(on)))


# --- As at a past day -------------------------------------------------------------------------------------------------


def test_while_a_question_waited_for_its_answer_it_was_the_bidders_turn_whatever_was_answered_later(
    office: tuple[Api, Office],
) -> None:
    api, at = office
    one = at.bid("one", "2024-03-01")
    ask_bidder(at, one, "2024-03-06")
    before = shown(api, "one", "2024-03-20")
    answer(at, one, "2024-04-03")

    after = shown(api, "one", "2024-03-20")

    assert before == after
    assert ("bidder", "PAUSED", None) == (after["waitingOn"].lower(), after["standing"], after["nextDeadline"])
    assert [{"started": {"text": "2024-03-06"}, "ended": None}] == after["pauses"]
    # From the answer on, it is the funder's turn, and the 28 days of the pause put the deadline off.
    now = shown(api, "one", "2024-04-03")
    assert ("funder", "2024-04-28") == (now["waitingOn"].lower(), now["nextDeadline"])


def test_a_question_does_not_put_off_the_deadline_before_it_is_asked(office: tuple[Api, Office]) -> None:
    api, at = office
    one = at.bid("one", "2024-03-01")
    ask_bidder(at, one, "2024-03-06")
    answer(at, one, "2024-04-03")

    found = shown(api, "one", "2024-03-04")

    assert ("2024-03-31", "WITHIN", "FUNDER", []) == (
        found["nextDeadline"], found["standing"], found["waitingOn"], found["pauses"],
    )  # fmt: skip


def test_the_list_and_the_figures_as_at_a_day_stay_the_same_whatever_takes_effect_later(
    office: tuple[Api, Office],
) -> None:
    api, at = office
    one, two = at.bid("one", "2024-03-01"), at.bid("two", "2024-03-02")
    ask_bidder(at, one, "2024-03-06")
    award_id = AwardId("award-two")
    at.approve(two, "2024-03-10")
    at.do(award.OfferAward(award_id=award_id, bid_id=two, reference="A-two", amount=gbp("9.00"), on=When("2024-03-11")))
    at.do(award.AcceptOffer(award_id=award_id, on=When("2024-03-12")))
    at.pay(award_id, 1, "5.00", "2024-03-15")

    def seen() -> str:
        project_all(api.database)
        day: dict[str, Any] = {"filter": {"scheme": SCHEME}, "asAt": "2024-03-20"}
        figures = [
            summary(api, by, measure, **day)
            for by in ("OWNER", "KIND", "QUARTER", "FUNDER")
            for measure in ("TO_DECISION", "TO_MONEY", "ACKNOWLEDGEMENT", "FIRST_PAYMENT")
        ]
        printed = [
            json.loads(fundtrail(api.database, "delays", "--as-at", "2024-03-20", "--json", *more).stdout)
            for more in ((), ("--group-by", "scheme"), ("--group-by", "owner", "--measure", "to_money"))
        ]
        exported = fundtrail(api.database, "export", "delays", "--as-at", "2024-03-20").stdout
        rows = [line.rpartition(",2024-03-20,")[0] for line in exported.splitlines()]
        return json.dumps([delays(api, **day), figures, [one | {"position": 0} for one in printed], rows])

    before = seen()
    answer(at, one, "2024-04-03")
    at.do(bid.DeclineBid(bid_id=one, because="Thin", on=When("2024-04-08")))
    at.do(bid.ResubmitBid(bid_id=one, title="one", requested=gbp("90.00"), on=When("2024-05-01")))
    at.do(award.ReversePayment(award_id=award_id, number=1, because="Twice", on=When("2024-04-01")))
    at.do(award.TerminateAward(award_id=award_id, because="Over", on=When("2024-04-02")))
    at.do(programme.ChooseCalendar(programme_id=at.programme_id, calendar=Calendar.SCOTLAND, on=When("2024-03-21")))
    at.promise(1, "2024-03-21")

    assert before == seen()


def test_as_at_a_day_before_it_was_submitted_again_a_bid_shows_its_first_submission(office: tuple[Api, Office]) -> None:
    api, at = office
    one = at.bid("one", "2024-03-01")
    at.do(bid.DeclineBid(bid_id=one, because="Thin", on=When("2024-03-11")))
    at.do(bid.ResubmitBid(bid_id=one, title="one", requested=gbp("90.00"), on=When("2024-05-01")))

    found = shown(api, "one", "2024-04-30")

    assert (1, "2024-03-01", "2024-03-11", None) == (
        found["attempt"], found["submitted"]["text"], found["decided"]["text"], found["openDays"],
    )  # fmt: skip
    again = shown(api, "one", "2024-05-01")
    assert (2, "2024-05-01", None, 0) == (
        again["attempt"], again["submitted"]["text"], again["decided"], again["openDays"],
    )  # fmt: skip
    query = '{ bid(reference: "one") { clock(asAt: "2024-04-30", attempt: 2) { attempt } } }'
    assert "The bid has no submission 2. The number of its submissions is 1." == api.error(query)["message"]


@pytest.mark.parametrize(("day", "paid"), [("2024-06-14", True), ("2024-06-15", False)])
def test_the_clock_the_payments_and_the_ladder_agree_about_a_payment_that_was_later_reversed(
    office: tuple[Api, Office], day: str, paid: bool
) -> None:
    api, at = office
    one, award_id = at.bid("one", "2024-03-01"), AwardId("award-one")
    at.approve(one, "2024-03-10")
    at.do(award.OfferAward(award_id=award_id, bid_id=one, reference="A-one", amount=gbp("9.00"), on=When("2024-03-11")))
    at.do(award.AcceptOffer(award_id=award_id, on=When("2024-03-12")))
    at.pay(award_id, 1, "5.00", "2024-06-01")
    at.do(award.ReversePayment(award_id=award_id, number=1, because="Twice", on=When("2024-06-15")))
    query = """query ($day: Date) { award(reference: "A-one") { payments(asAt: $day) { status }
        funding(asAt: $day) { paid { amount } } } }"""

    found, of_award = shown(api, "one", day), api.ask(query, day=day)["award"]

    assert paid is (found["firstPayment"] is not None)
    assert paid is (found["daysToMoney"] == {"min": 92, "max": 92})
    assert paid is (found["waitingFor"] != "first_payment")
    assert [{"status": "released" if paid else "reversed"}] == of_award["payments"]
    assert ("5.00" if paid else "0.00") == of_award["funding"]["paid"]["amount"]


def test_another_calendar_counts_from_its_day_on(office: tuple[Api, Office]) -> None:
    """Easter Monday, 1 April 2024, is a working day in Scotland."""
    api, at = office
    at.promise(10, "2024-01-01", Span.TO_AWARD, Days.WORKING)
    at.bid("one", "2024-03-25")
    at.do(programme.ChooseCalendar(programme_id=at.programme_id, calendar=Calendar.SCOTLAND, on=When("2024-03-28")))

    def due(day: str) -> list[str]:
        return [one["deadline"] for one in shown(api, "one", day)["standards"] if one["measure"] == "to_award"]

    assert ["2024-04-10"] == due("2024-03-27")
    assert ["2024-04-09"] == due("2024-03-28")


# --- Which standard is missed -----------------------------------------------------------------------------------------


@pytest.fixture
def standards(office: tuple[Api, Office]) -> tuple[Api, Office]:
    """Decided in 30 days, paid in 60, acknowledged in 5 working days. One bid is decided in time, but late else."""
    api, at = office
    at.promise(60, "2003-01-01", Span.TO_MONEY)
    at.promise(5, "2003-01-01", Span.ACKNOWLEDGEMENT, Days.WORKING)
    for name, acknowledged, decided in (
        ("in-time", "2024-03-05", "2024-03-20"),
        ("slow-to-acknowledge", "2024-03-15", "2024-03-31"),
        ("slow-to-decide", "2024-03-05", "2024-04-03"),
    ):
        bid_id = at.bid(name, "2024-03-01")
        at.do(bid.AcknowledgeBid(bid_id=bid_id, on=When(acknowledged)))
        at.approve(bid_id, decided)
    return api, at


def test_late_counts_the_standard_of_the_measure_and_late_any_counts_every_standard(
    standards: tuple[Api, Office],
) -> None:
    api, _ = standards
    project_all(api.database)

    def late(measure: str, day: str) -> tuple[int, int, float | None]:
        found = summary(api, measure=measure, filter={"scheme": SCHEME}, asAt=day)[SCHEME]
        return found["breached"], found["lateAny"], found["withinStandard"]

    assert (1, 2, 0.6667) == late("TO_DECISION", "2024-04-10")
    assert (1, 2, 0.6667) == late("ACKNOWLEDGEMENT", "2024-04-10")
    assert (0, 2, None) == late("TO_MONEY", "2024-04-10")
    assert (0, 2, None) == late("TO_AWARD", "2024-04-10")
    # 60 days after 1 March is 30 April: from 1 May on, all three have waited too long for their money.
    assert (3, 3, None) == late("TO_MONEY", "2024-05-01")
    assert (1, 3, 0.6667) == late("TO_DECISION", "2024-05-01")
    late_only: dict[str, Any] = {"filter": {"scheme": SCHEME, "breachedOnly": True}, "asAt": "2024-04-10"}
    assert [2, 2] == [summary(api, measure=one, **late_only)[SCHEME]["decided"] for one in ("TO_DECISION", "DECISION")]
    # On the last day of the standard nobody is late who is not decided yet.
    assert (0, 1, 1.0) == late("TO_DECISION", "2024-03-31")


def test_a_submission_whose_dates_leave_it_open_is_not_in_the_share_within_the_standard(
    standards: tuple[Api, Office],
) -> None:
    api, at = standards
    at.bid("month", "2024-03-01")
    at.approve(BidId("bid-month"), "2024-03/2024-04")
    project_all(api.database)
    found = summary(api, measure="TO_DECISION", filter={"scheme": SCHEME}, asAt="2024-04-30")[SCHEME]
    assert (4, 1, 0.6667) == (found["decided"], found["breached"], found["withinStandard"])


def test_a_clock_lists_the_standard_of_each_whole_way_and_by_how_much_it_was_missed(
    standards: tuple[Api, Office],
) -> None:
    api, _ = standards

    def of(reference: str, day: str) -> dict[str, tuple[str, Any, str]]:
        return {
            one["measure"]: (one["deadline"], one["missedBy"], one["standing"])
            for one in shown(api, reference, day)["standards"]
        }

    assert {
        "to_decision": ("2024-03-31", {"min": 3, "max": 3}, "BREACHED"),
        "to_money": ("2024-04-30", {"min": 10, "max": 10}, "BREACHED"),
    } == of("slow-to-decide", "2024-05-10")
    assert {
        "to_decision": ("2024-03-31", None, "WITHIN"),
        "to_money": ("2024-04-30", None, "DUE_SOON"),
    } == of("in-time", "2024-04-30")


def test_a_standard_in_working_days_is_missed_by_working_days(office: tuple[Api, Office]) -> None:
    """From Friday 8 March to Tuesday 12 March 2024 are two working days."""
    api, at = office
    at.promise(5, "2004-01-01", days=Days.WORKING)
    at.bid("one", "2024-03-01")
    at.approve(BidId("bid-one"), "2024-03-12")
    (found,) = shown(api, "one", "2024-03-31")["standards"]
    assert ("2024-03-08", {"min": 2, "max": 2}, {"days": 5, "counted": "working"}) == (
        found["deadline"], found["missedBy"], found["standard"],
    )  # fmt: skip


def test_the_command_line_and_its_csv_show_both_ways_to_be_late(standards: tuple[Api, Office]) -> None:
    api, _ = standards
    project_all(api.database)
    asked = ("delays", "--group-by", "scheme", "--scheme", SCHEME, "--as-at", "2024-04-10")
    (group,) = json.loads(fundtrail(api.database, *asked, "--json").stdout)["groups"]
    assert (1, 2, 0.6667) == (group["breached"], group["late_any"], group["within_standard"])
    header, row = fundtrail(api.database, *asked, "--csv").stdout.splitlines()[:2]
    of_csv = dict(zip(header.split(","), row.split(","), strict=True))
    assert ("1", "2", "0.6667") == (of_csv["breached"], of_csv["late_any"], of_csv["within_standard"])
    assert "67%" in fundtrail(api.database, *asked).stdout
