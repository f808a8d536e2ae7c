"""A corrected date: the award or bid is as if the step had always had it, and no correction breaks a rule."""

from dataclasses import fields, replace
from functools import reduce
from typing import Any

import pytest

from domain import award, bid
from domain.across.dates import DateNotCorrected
from domain.award import FigureNegativeAsAt
from domain.desk import decide
from domain.funding_round import BidOutsideRound, RoundOpened
from domain.history import Written
from domain.reading import Reading
from domain.values.correction import CorrectDate, CorrectionUnexplained, StepOfSource, StepUnknown
from domain.values.fact import DateCorrected, Fact, Lane, corrected
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.kit.awards import ACCEPTED, OFFERED, PAID, RAISED, RECOVERABLE, STATED
from tests.kit.examples import ACE, AWARD, BID, EVENTS, ROUND
from tests.kit.spec import MemoryLog, at, gbp, given_log

WHY = "The year was mistyped"
AWARDED = at(AWARD, OFFERED, ACCEPTED, *PAID)
PLACE = {type(event).__name__: nth for nth, (_, event) in enumerate(AWARDED, start=1)}
ON = When("2006-01-31")


def correct(step: str, date: str, **more: Any) -> CorrectDate:
    given: dict[str, Any] = {"award_id": AWARD, "step": step, "date": When(date), "because": WHY, "on": ON}
    return CorrectDate(**(given | more))


def corrects(step: str, name: str, was: Fact, date: str, number: int | None = None) -> DateCorrected:
    return DateCorrected(
        partnership_id=ACE, lane=Lane.AWARD, version=PLACE[step], step=step, number=number, name=name, was=was.on,
        date=When(date), because=WHY, on=ON,
    )  # fmt: skip


def test_the_date_of_a_step_is_corrected_with_a_reason() -> None:
    approved = AWARDED[3].event
    event = corrects("PaymentApproved", "approval of payment 1", approved, "2004-06-30", 1)
    given_log(*AWARDED).when(correct("PaymentApproved", "2004-06-30", number=1)).then(Written(AWARD, event))
    given_log(*AWARDED).when(correct("PaymentApproved", "2004-06-30")).then(Written(AWARD, event))
    given_log(*AWARDED).when(correct("PaymentApproved", approved.on.text)).then()


def test_a_repayment_is_corrected_together_with_its_reference() -> None:
    on = When("2005-12-01")
    back = of_kind(award.RecoverySettled, number=1, part=1, amount=gbp("1.00"), payment=None, on=on)
    reference = of_kind(award.RepaymentReferenced, on=on)
    history = [*AWARDED, *at(AWARD, RAISED, RECOVERABLE, back, reference)]
    decided: Any = decide(Reading(MemoryLog(*history)), correct("RecoverySettled", "2005-12-02", number=1))
    assert [("RecoverySettled", len(history) - 1), ("RepaymentReferenced", len(history))] == [
        (one.event.step, one.event.version) for one in decided
    ]
    given_log(*history).when(correct("RepaymentReferenced", "2005-12-02")).refused(DateNotCorrected)


def test_an_award_with_a_corrected_date_is_as_if_it_had_always_had_it() -> None:
    wrong = [*(event for _, event in AWARDED)]
    correction = corrects("OfferAccepted", "acceptance", ACCEPTED, "2004-05-20")
    right = [wrong[0], replace(wrong[1], on=When("2004-05-20")), *wrong[2:]]
    found: Any = reduce(award.evolve, [*wrong, correction], None)  # type: ignore[arg-type]
    expected: Any = reduce(award.evolve, right, None)  # type: ignore[arg-type]
    differ = {one.name for one in fields(award.Award) if getattr(found, one.name) != getattr(expected, one.name)}
    assert {"history"} == differ
    assert When("2004-05-20") == found.accepted
    assert [*right, correction] == corrected([*wrong, correction])


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (correct("PaymentSettled", "2004-06-30"), StepUnknown),
        (correct("PaymentApproved", "2004-06-30", award_id=None), StepUnknown),
        (correct("PaymentApproved", "2004-06-30", bid_id=BID), StepUnknown),
        (correct("PaymentReversed", "2004-06-30"), DateNotCorrected),
        (correct("PaymentApproved", "2004-06-20"), StepOutOfOrder),
        (correct("PaymentApproved", "2004-07-06"), StepOutOfOrder),
        (correct("OfferAccepted", "2004-06-22"), StepOutOfOrder),
        (correct("AwardOffered", "2004-05-25"), StepOutOfOrder),
    ],
)
def test_a_correction_that_breaks_a_rule_is_refused(command: CorrectDate, rule: Any) -> None:
    given_log(*AWARDED).when(command).refused(rule)


def test_a_correction_names_a_step_that_is_recorded_and_gives_a_reason() -> None:
    given_log(*AWARDED).when(correct("PaymentApproved", "2004-06-30", number=2)).refused(StepUnknown)
    given_log(*AWARDED).when(correct("PaymentApproved", "2004-06-30", because=" ")).refused(CorrectionUnexplained)


def test_what_a_source_states_is_corrected_by_the_source() -> None:
    given_log(*at(AWARD, STATED)).when(correct("AwardStated", "2004-06-30")).refused(StepOfSource)


def test_a_correction_makes_no_figure_negative_as_at_any_day() -> None:
    claimed = at(AWARD, replace(RAISED, amount=gbp("400.00"), on=When("2004-07-10")))
    given_log(*AWARDED, *claimed).when(correct("PaymentReleased", "2004-07-11")).refused(FigureNegativeAsAt)
    assert decide(Reading(MemoryLog(*AWARDED, *claimed)), correct("PaymentReleased", "2004-07-10"))


def of_kind(kind: type[Fact], **values: Any) -> Any:
    return replace(EVENTS[kind.__name__], source=None, **values)


def test_the_award_of_a_bid_is_corrected_in_both_streams() -> None:
    of_bid = at(
        BID,
        of_kind(bid.BidSubmitted, on=When("2004-03-29")),
        of_kind(bid.BidApproved, on=When("2004-05-10")),
        of_kind(bid.BidAwarded, on=OFFERED.on),
    )
    written = decide(Reading(MemoryLog(*of_bid, *at(AWARD, OFFERED))), correct("AwardOffered", "2004-05-11"))
    assert [(AWARD, "AwardOffered", 1), (BID, "BidAwarded", 3)] == [
        (stream, event.step, event.version) for stream, event in written if isinstance(event, DateCorrected)
    ]
    early = correct("AwardOffered", "2004-05-09")
    given_log(*of_bid, *at(AWARD, OFFERED)).when(early).refused(StepOutOfOrder)
    given_log(*of_bid).when(correct("BidAwarded", "2004-05-11", award_id=None, bid_id=BID)).refused(DateNotCorrected)


def test_a_bid_is_not_moved_out_of_its_round_unless_it_was_admitted() -> None:
    opened = of_kind(RoundOpened, on=When("2004-01-05"), closes=When("2004-03-31"), closes_time=None)
    bidding = of_kind(bid.BidSubmitted, on=When("2004-03-29"), admitted_because=None, time=None)
    late = correct("BidSubmitted", "2004-04-01", award_id=None, bid_id=BID)
    given_log(*at(ROUND, opened), *at(BID, bidding)).when(late).refused(BidOutsideRound)
    assert decide(Reading(MemoryLog(*at(ROUND, opened), *at(BID, bidding))), replace(late, date=When("2004-03-31")))
    admitted = replace(bidding, admitted_because="The post was late")
    assert decide(Reading(MemoryLog(*at(ROUND, opened), *at(BID, admitted))), late)


def test_a_bid_with_two_corrected_dates_is_as_if_it_had_always_had_them() -> None:
    submitted: Any = of_kind(bid.BidSubmitted, on=When("2004-03-01"))
    approved: Any = of_kind(bid.BidApproved, on=When("2004-05-10"))
    log = MemoryLog(*at(BID, submitted, approved))
    for step, day in (("BidSubmitted", "2004-03-02"), ("BidApproved", "2004-05-11")):
        log.written += decide(Reading(log), correct(step, day, award_id=None, bid_id=BID))
    found: Any = reduce(bid.evolve, [event for _, event in log.written], None)  # type: ignore[arg-type]
    right = [replace(submitted, on=When("2004-03-02")), replace(approved, on=When("2004-05-11"))]
    expected: Any = reduce(bid.evolve, right, None)
    assert expected == replace(found, history=expected.history)
    assert When("2004-03-02") == found.submitted
