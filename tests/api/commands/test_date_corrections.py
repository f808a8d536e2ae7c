"""A mistyped date is corrected with a reason: every answer counts it from then on, and what was known before stays."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from domain import delivery, funding_round, organisation, outcome, partnership, programme
from domain.history import Command
from domain.values.ids import (
    AwardId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    RoundId,
    SchemeId,
)
from domain.values.waiting import Days, Span
from domain.values.when import When
from tests.api.commands.test_commands import (
    a_round,
    accept,
    approve,
    approve_payment,
    at_the_desk,
    awarded,
    ids,
    new,
    offer,
    refused,
    release,
    request,
    submit,
)
from tests.kit.web.served import Api

ASKED = """query ($award: String!, $bid: String!, $day: Date, $known: DateTime) {
    award(reference: $award) {
        payments(asAt: $day, knownAt: $known) { status approved { text } released { text } }
        funding(asAt: $day, knownAt: $known) { payable { amount } paid { amount } awarded { amount } } }
    bid(reference: $bid) { clock(asAt: $day, knownAt: $known) { stages { name started { text } ended { text } } } } }"""


def correct(api: Api, step: str, date: str, **more: Any) -> dict[str, Any]:
    given = {"commandId": new(), "step": step, "date": date, "because": "The year was mistyped", "on": "2007-01-08"}
    query = """mutation ($input: CorrectDateInput!) { correctDate(input: $input) {
        __typename ... on Recorded { position } ... on Refusal { rule reason details } } }"""
    answer: dict[str, Any] = api.ask(query, input=given | more)["correctDate"]
    wait(api, answer.get("position"))
    return answer


def wait(api: Api, position: str | None) -> None:
    """Wait until every answer includes *position*."""
    query = 'query ($at: LogPosition) { partnership(code: "worcestershire-partnership", atLeast: $at) { id } }'
    api.ask(query, at=position)


def asked(api: Api, word: str, day: str, known: str | None = None) -> Any:
    return api.ask(ASKED, award=f"{word}-award", bid=word, day=day, known=known)


def figures(found: Any) -> tuple[str, str]:
    funding = found["award"]["funding"]
    return funding["payable"]["amount"], funding["paid"]["amount"]


def test_a_mistyped_approval_of_a_payment_is_corrected_and_the_old_answer_stays_as_known_then(module_api: Api) -> None:
    word = awarded(module_api)
    request(module_api, word)
    approve_payment(module_api, word, on="2016-02-10")
    before = datetime.now(UTC).isoformat()
    assert ("0.00", "0.00") == figures(asked(module_api, word, "2006-02-28"))
    answer = correct(module_api, "PaymentApproved", "2006-02-10", award=f"award-{word}", number=1)
    assert "reason" not in answer, answer
    release(module_api, word)
    now = asked(module_api, word, "2006-02-28")
    assert ("10000.00", "0.00") == figures(now)
    assert [{"status": "approved", "approved": {"text": "2006-02-10"}, "released": None}] == now["award"]["payments"]
    assert ("0.00", "0.00") == figures(asked(module_api, word, "2006-02-09"))
    # The correction took the wrong date away: nothing counts twice, and nothing is left on it.
    assert ("0.00", "10000.00") == figures(asked(module_api, word, "2016-12-31"))
    then = asked(module_api, word, "2006-02-28", before)
    assert ("0.00", "0.00") == figures(then)
    assert [{"status": "requested", "approved": None, "released": None}] == then["award"]["payments"]
    assert ("10000.00", "0.00") == figures(asked(module_api, word, "2016-12-31", before))


def test_a_date_is_corrected_twice(module_api: Api) -> None:
    word = awarded(module_api)
    request(module_api, word)
    approve_payment(module_api, word, on="2016-02-10")
    first = datetime.now(UTC).isoformat()
    correct(module_api, "PaymentApproved", "2015-02-10", award=f"award-{word}", number=1)
    second = datetime.now(UTC).isoformat()
    correct(module_api, "PaymentApproved", "2006-02-10", award=f"award-{word}", number=1)
    for known, day, payable in (
        (first, "2016-02-09", "0.00"), (first, "2016-02-10", "10000.00"),
        (second, "2015-02-09", "0.00"), (second, "2015-02-10", "10000.00"), (second, "2016-03-01", "10000.00"),
        (None, "2006-02-09", "0.00"), (None, "2006-02-10", "10000.00"), (None, "2016-03-01", "10000.00"),
    ):  # fmt: skip
        assert payable == figures(asked(module_api, word, day, known))[0], (known, day)


def test_the_clock_of_a_bid_counts_from_the_right_date(module_api: Api) -> None:
    word = new()
    submit(module_api, word, on="2005-04-01")
    approve(module_api, word, on="2015-08-01")
    before = datetime.now(UTC).isoformat()
    query = """query ($bid: String!, $day: Date, $known: DateTime) { bid(reference: $bid) {
        decided { text } clock(asAt: $day, knownAt: $known) { decided { text } stages { ended { text } } } } }"""
    answer = correct(module_api, "BidApproved", "2005-08-01", bid=f"bid-{word}")
    assert "reason" not in answer, answer

    def ends(known: str | None) -> set[str]:
        found = module_api.ask(query, bid=word, day="2016-01-01", known=known)["bid"]
        assert found["decided"] == {"text": "2005-08-01"}
        clock = found["clock"]
        return {clock["decided"]["text"], *(stage["ended"]["text"] for stage in clock["stages"] if stage["ended"])}

    assert "2005-08-01" in ends(None)
    assert "2015-08-01" not in ends(None)
    assert "2015-08-01" in ends(before)


@pytest.mark.parametrize(("wrong", "right"), [("2003-08-01", "2005-04-01"), ("2005-12-01", "2005-04-01")])
def test_the_clock_as_at_any_day_follows_a_corrected_submission(module_api: Api, wrong: str, right: str) -> None:
    """Whether the wrong date was too early or too late, no span is left on the days between the two dates."""
    word = new()
    submit(module_api, word, on=wrong)
    query = """query ($bid: String!, $day: Date, $known: DateTime) { bid(reference: $bid) {
        clock(asAt: $day, knownAt: $known) { submitted { text } stages { name started { text } } } } }"""

    def shown(day: str, known: str | None = None) -> tuple[str | None, list[str]]:
        clock = module_api.ask(query, bid=word, day=day, known=known)["bid"]["clock"]
        started = [stage["started"]["text"] for stage in (clock or {"stages": []})["stages"]]
        return (clock["submitted"] or {"text": None})["text"] if clock else None, started

    days = ("2003-07-31", "2003-08-01", "2005-03-31", "2005-04-01", "2005-11-30", "2005-12-01", "2006-01-01")
    old = {day: shown(day) for day in days}
    before = datetime.now(UTC).isoformat()
    answer = correct(module_api, "BidSubmitted", right, bid=f"bid-{word}")
    assert "reason" not in answer, answer
    for day in days:
        submitted, started = shown(day)
        assert (right if day >= right else None) == submitted, day
        assert ({right} if day >= right else set()) == set(started), day
        assert old[day] == shown(day, before), day
        assert (wrong if day >= wrong else None) == old[day][0], day


def test_a_figure_was_not_stated_on_the_days_on_which_only_a_wrong_date_stated_it(module_api: Api) -> None:
    word = new()
    for answer in (submit(module_api, word), approve(module_api, word, on="2005-06-01"), offer(module_api, word)):
        assert "reason" not in answer, answer
    query = """query ($award: String!, $day: Date, $known: DateTime) { award(reference: $award) {
        funding(asAt: $day, knownAt: $known) { approved { amount stated } } } }"""

    def shown(known: str | None = None) -> list[bool]:
        days = ("2005-05-31", "2005-06-01", "2005-06-30", "2005-07-01")
        found = [module_api.ask(query, award=f"{word}-award", day=day, known=known)["award"] for day in days]
        assert ["0.00" != one["funding"]["approved"]["amount"] for one in found] == [
            one["funding"]["approved"]["stated"] for one in found
        ]
        return [one["funding"]["approved"]["stated"] for one in found]

    assert [False, True, True, True] == shown()
    before = datetime.now(UTC).isoformat()
    answer = correct(module_api, "BidApproved", "2005-07-01", bid=f"bid-{word}")
    assert "reason" not in answer, answer
    assert [False, False, False, True] == shown()
    assert [False, True, True, True] == shown(before)


def test_the_timeline_shows_the_step_on_its_right_date_and_the_correction(module_api: Api) -> None:
    word = awarded(module_api)
    request(module_api, word)
    approve_payment(module_api, word, on="2016-02-11")
    before = datetime.now(UTC).isoformat()
    position = correct(module_api, "PaymentApproved", "2006-02-11", award=f"award-{word}", number=1)["position"]
    query = """query ($known: DateTime, $from: Date, $to: Date, $at: LogPosition) {
        partnership(code: "worcestershire-partnership", atLeast: $at) {
        timeline(knownAt: $known, from: $from, to: $to, last: 100) { nodes { kind title on { text } } } } }"""

    def shown(year: str, known: str | None = None) -> list[tuple[str, str]]:
        span = {"from": f"{year}-02-11", "to": f"{year}-02-11", "known": known, "at": position}
        nodes = module_api.ask(query, **span)["partnership"]["timeline"]["nodes"]
        return [(node["kind"], node["on"]["text"]) for node in nodes]

    assert ("PaymentApproved", "2006-02-11") in shown("2006")
    assert ("PaymentApproved", "2016-02-11") not in shown("2016")
    whole = module_api.ask(query, at=position)["partnership"]["timeline"]["nodes"]
    title = "Date of approval of payment 1 corrected from 11 Feb 2016 to 11 Feb 2006: The year was mistyped"
    assert ("DateCorrected", title) in {(node["kind"], node["title"]) for node in whole}
    assert ("PaymentApproved", "2016-02-11") in shown("2016", before)


def test_the_date_of_an_award_is_corrected_with_that_of_its_bid(module_api: Api) -> None:
    word = new()
    for answer in (submit(module_api, word), approve(module_api, word), offer(module_api, word, on="2015-09-01")):
        assert "reason" not in answer, answer
    answer = correct(module_api, "AwardOffered", "2005-09-01", award=f"award-{word}")
    assert "reason" not in answer, answer
    accept(module_api, word)
    found = asked(module_api, word, "2005-09-30")
    assert "35000.00" == found["award"]["funding"]["awarded"]["amount"]


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"step": "PaymentApproved", "number": 2}, "StepUnknown"),
        ({"step": "Nothing"}, "StepUnknown"),
        ({"date": "2005-12-31"}, "StepOutOfOrder"),
        ({"date": "2006-03-02"}, "StepOutOfOrder"),
        ({"date": "2099-01-01", "step": "PaymentReleased"}, "DatedInFuture"),
        ({"step": "OfferAccepted", "date": "2006-02-01", "number": None}, "StepOutOfOrder"),
    ],
)
def test_a_correction_that_would_be_wrong_is_refused(module_api: Api, more: dict[str, Any], rule: str) -> None:
    word = awarded(module_api)
    request(module_api, word)
    approve_payment(module_api, word)
    release(module_api, word)
    given: dict[str, Any] = {
        "step": "PaymentApproved",
        "date": "2006-02-11",
        "number": 1,
        "award": f"award-{word}",
    } | more
    assert rule == refused(correct(module_api, given.pop("step"), given.pop("date"), **given))[0]


def test_a_discrepancy_of_dates_closes_with_the_correction_and_stays_as_known_before(module_api: Api) -> None:
    word = new()
    for answer in (submit(module_api, word), approve(module_api, word), offer(module_api, word)):
        assert "reason" not in answer, answer
    plan = delivery.AgreePlan(
        delivery_id=DeliveryId(f"delivery-{word}"), partnership_id=PartnershipId(ids(module_api)["partnership"]),
        award_id=AwardId(f"award-{word}"), title="t", on=When("2005-08-15"),
    )  # fmt: skip
    wait(module_api, str(at_the_desk(module_api, plan).position))
    before = datetime.now(UTC).isoformat()
    query = """query ($known: DateTime) { discrepancies(knownAt: $known, first: 100,
        filter: { rule: "planned_start_before_award" }) { nodes { subject status } } }"""

    def status(known: str | None = None) -> list[str]:
        nodes = module_api.ask(query, known=known)["discrepancies"]["nodes"]
        return [node["status"] for node in nodes if node["subject"] == f"award-{word}"]

    assert ["OPEN"] == status()
    correct(module_api, "AwardOffered", "2005-08-10", award=f"award-{word}")
    assert status() in ([], ["CLOSED"])
    assert ["OPEN"] == status(before)


# --- The other streams ------------------------------------------------------------------------------------------------

CODE = "worcestershire-partnership"


def handed_in(api: Api, *commands: Command) -> None:
    for command in commands:
        wait(api, str(at_the_desk(api, command).position))


def partnership_id(api: Api) -> PartnershipId:
    return PartnershipId(ids(api)["partnership"])


def both(shown: Callable[[str | None], Any], change: Callable[[], dict[str, Any]]) -> tuple[Any, Any]:
    """What is shown before and after the correction; as known before it, what was shown then is shown still."""
    old, before = shown(None), datetime.now(UTC).isoformat()
    answer = change()
    assert "reason" not in answer, answer
    assert old == shown(before)
    return old, shown(None)


def test_a_milestone_and_a_visit_move_on_the_timeline(module_api: Api) -> None:
    word, found = new(), partnership_id(module_api)
    delivery_id = DeliveryId(f"delivery-{word}")
    handed_in(
        module_api,
        delivery.AgreePlan(
            delivery_id=delivery_id, partnership_id=found, title=word, milestones=(word,), on=When("2005-08-15")
        ),
        delivery.ReachMilestone(delivery_id=delivery_id, milestone=word, on=When("2016-03-01")),
    )
    query = """query ($known: DateTime) { partnership(code: "worcestershire-partnership") {
        timeline(knownAt: $known, last: 100) { nodes { kind title on { text } } } } }"""

    def shown(known: str | None) -> list[str]:
        nodes = module_api.ask(query, known=known)["partnership"]["timeline"]["nodes"]
        return [node["on"]["text"] for node in nodes if node["title"] == f"Milestone reached: {word}"]

    change = partial(correct, module_api, "MilestoneReached", "2006-03-01", delivery=delivery_id)
    assert (["2016-03-01"], ["2006-03-01"]) == both(shown, change)
    # A plan may be dated ahead, and its work.
    assert "reason" not in correct(module_api, "PlanAgreed", "2099-01-01", delivery=delivery_id)
    late = correct(module_api, "MilestoneReached", "2099-01-01", delivery=delivery_id)
    assert "DatedInFuture" == refused(late)[0]


@pytest.mark.parametrize(
    ("step", "wrong", "right"), [("ResultReported", "2016-02-01", "2006-02-01"), ("ResultVerified", "", "2005-02-01")]
)
def test_a_result_counts_from_its_right_date(module_api: Api, step: str, wrong: str, right: str) -> None:
    word, found = new(), partnership_id(module_api)
    outcome_id = OutcomeId(f"outcome-{word}")
    handed_in(
        module_api,
        outcome.AgreeIndicator(
            outcome_id=outcome_id, partnership_id=found, impact="skills", level="individual", indicator=word,
            on=When("2005-01-01"),
        ),
        outcome.ReportResult(outcome_id=outcome_id, value="7", on=When(wrong or "2005-01-31")),
        outcome.VerifyResult(outcome_id=outcome_id, evidence="Seen", on=When("2016-02-01")),
    )  # fmt: skip
    query = """query ($day: Date, $known: DateTime) { partnership(code: "worcestershire-partnership") {
        outcomes(asAt: $day, knownAt: $known) { indicator result verifiedOn { text } } } }"""

    def shown(known: str | None) -> Any:
        answers = []
        for day in ("2005-02-28", "2006-02-28", "2016-02-28"):
            rows = module_api.ask(query, day=day, known=known)["partnership"]["outcomes"]
            (one,) = (row for row in rows if row["indicator"] == word)
            answers.append((one["result"], (one["verifiedOn"] or {"text": None})["text"]))
        return answers

    old, now = both(shown, partial(correct, module_api, step, right, outcome=outcome_id))
    last = ("7", "2016-02-01")
    if step == "ResultReported":
        assert ([(None, None), (None, None), last], [(None, None), ("7", None), last]) == (old, now)
    else:
        seen = ("7", "2005-02-01")
        assert ([("7", None), ("7", None), last], [seen, seen, seen]) == (old, now)


def test_an_organisation_has_its_new_name_from_the_right_date(module_api: Api) -> None:
    word = new()
    lead = module_api.ask("{ partnership(code: $c) { lead { id code } } }".replace("$c", f'"{CODE}"'))
    organisation_id = OrganisationId(lead["partnership"]["lead"]["id"])
    renamed = organisation.RenameOrganisation(organisation_id=organisation_id, name=word, on=When("2016-04-01"))
    handed_in(module_api, renamed)
    bidding = new()
    submit(module_api, bidding, on="2005-04-01")
    query = """query ($day: Date, $known: DateTime) { delays(asAt: $day, knownAt: $known, first: 100,
        filter: { partnership: "worcestershire-partnership" }) { nodes { bid { partnership { lead { name } } } } } }"""

    def shown(known: str | None) -> list[bool]:
        found = []
        for day in ("2006-03-31", "2006-04-01", "2016-04-01"):
            nodes = module_api.ask(query, day=day, known=known)["delays"]["nodes"]
            found.append({node["bid"]["partnership"]["lead"]["name"] == word for node in nodes} == {True})
        return found

    change = partial(correct, module_api, "OrganisationRenamed", "2006-04-01", organisation=organisation_id)
    assert ([False, False, True], [False, True, True]) == both(shown, change)


def test_a_partner_takes_part_between_the_right_dates(module_api: Api) -> None:
    word, found = new(), partnership_id(module_api)
    organisation_id = OrganisationId(f"organisation-{word}")
    handed_in(
        module_api,
        organisation.RegisterOrganisation(
            organisation_id=organisation_id, code=word, name=word, kind="council", on=When("2004-01-01")
        ),
        partnership.JoinPartnership(
            partnership_id=found, organisation_id=organisation_id, role="partner", on=When("2005-01-01")
        ),
        partnership.LeavePartnership(partnership_id=found, organisation_id=organisation_id, on=When("2006-01-01")),
    )
    query = """query ($day: Date) { partnership(code: "worcestershire-partnership") {
        partners(asAt: $day) { organisation { code } } } }"""

    def shown() -> list[bool]:
        return [
            word in {one["organisation"]["code"] for one in module_api.ask(query, day=day)["partnership"]["partners"]}
            for day in ("2004-06-30", "2005-06-30", "2006-06-30")
        ]

    assert [False, True, False] == shown()
    assert "reason" not in correct(module_api, "PartnerJoined", "2004-06-01", partnership=found)
    assert [True, True, False] == shown()
    assert "reason" not in correct(module_api, "PartnerLeft", "2006-12-01", partnership=found)
    assert [True, True, True] == shown()


def test_a_bid_is_outside_its_round_no_longer_once_the_date_of_the_round_is_right(module_api: Api) -> None:
    word = a_round(module_api)
    handed_in(module_api, funding_round.CloseRound(round_id=RoundId(f"round-{word}"), on=When("2005-04-30")))
    assert "reason" not in submit(module_api, word, round=word, on="2005-04-01")
    query = """query ($known: DateTime) { discrepancies(knownAt: $known, first: 100,
        filter: { rule: "bid_outside_round" }) { nodes { subject status } } }"""

    def shown(known: str | None) -> list[str]:
        nodes = module_api.ask(query, known=known)["discrepancies"]["nodes"]
        return [node["status"] for node in nodes if node["subject"] == f"bid-{word}"]

    assert ([], ["OPEN"]) == both(shown, partial(correct, module_api, "RoundClosed", "2005-03-31", round=word))
    old, now = both(shown, partial(correct, module_api, "RoundClosed", "2005-04-30", round=word))
    assert (["OPEN"], True) == (old, now in ([], ["CLOSED"]))


def test_a_service_standard_applies_from_its_right_date(module_api: Api) -> None:
    word, known = new(), ids(module_api)
    submit(module_api, word, on="2005-04-01")
    programme_id = ProgrammeId(known["programme"])
    handed_in(
        module_api,
        programme.SetServiceStandard(
            programme_id=programme_id, scheme_id=SchemeId(known["scheme"]), span=Span.TO_DECISION, limit=10,
            days=Days.CALENDAR, on=When("2006-01-01"),
        ),
    )  # fmt: skip
    query = """query ($bid: String!, $known: DateTime) { bid(reference: $bid) {
        clock(asAt: "2005-06-01", knownAt: $known) { standards { deadline } } } }"""

    def shown(at: str | None) -> list[str]:
        return [one["deadline"] for one in module_api.ask(query, bid=word, known=at)["bid"]["clock"]["standards"]]

    change = partial(correct, module_api, "ServiceStandardSet", "2005-01-01", programme="cbp")
    assert ([], ["2005-04-11"]) == both(shown, change)
