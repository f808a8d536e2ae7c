"""A corrected date: the stream is as if the step had always had it, and no correction breaks a rule."""

import datetime
from dataclasses import fields, replace
from functools import reduce
from typing import Any, get_args

import pytest

from domain import award, bid, delivery, funding_round, organisation, outcome, partnership, programme
from domain.across.dates import STREAMS, DateNotCorrected
from domain.across.grants import RECORDED, NotForSources
from domain.award import FigureNegativeAsAt
from domain.desk import DatedInFuture, decide
from domain.funding_round import BidOutsideRound, RoundOpened
from domain.history import Written
from domain.reading import Reading, folded
from domain.support import case
from domain.values import correction
from domain.values.correction import CorrectDate, CorrectionUnexplained, StepOfSource, StepUnknown
from domain.values.fact import (
    CORRECTIONS,
    DateCorrected,
    DelayReported,
    Fact,
    HappeningNoted,
    Lane,
    NothingThere,
    Record,
    StatementReplaced,
    corrected,
)
from domain.values.ids import AwardId
from domain.values.order import StepOutOfOrder
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from tests.kit.awards import ACCEPTED, OFFERED, PAID, RAISED, RECOVERABLE, STATED
from tests.kit.examples import ACE, AWARD, BID, DELIVERY, EVENTS, ODPM, OUTCOME, PROGRAMME, ROUND
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


def test_a_step_that_follows_others_of_its_kind_may_be_moved_past_its_own_wrong_date() -> None:
    submitted = of_kind(bid.BidSubmitted, on=When("2004-03-01"))
    assigned = of_kind(bid.CaseOfficerAssigned, on=When("2004-04-01"))
    command = correct("CaseOfficerAssigned", "2004-05-02", award_id=None, bid_id=BID)
    ((_, corrected_date),) = decide(Reading(MemoryLog(*at(BID, submitted, assigned))), command)
    assert isinstance(corrected_date, DateCorrected)
    assert (assigned.on, When("2004-05-02")) == (corrected_date.was, corrected_date.date)


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


def awarded_bid() -> list[Written]:
    """The stream of a bid that has the award."""
    return at(
        BID,
        of_kind(bid.BidSubmitted, on=When("2004-03-29")),
        of_kind(bid.BidApproved, on=When("2004-05-10")),
        of_kind(bid.BidAwarded, on=OFFERED.on),
    )


def test_the_award_of_a_bid_is_corrected_in_both_streams() -> None:
    of_bid = awarded_bid()
    written = decide(Reading(MemoryLog(*of_bid, *at(AWARD, OFFERED))), correct("AwardOffered", "2004-05-11"))
    assert [(AWARD, "AwardOffered", 1), (BID, "BidAwarded", 3)] == corrections(written)
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


FUNDED = tuple(
    of_kind(kind, award_id=AWARD, amount=amount, on=on)
    for kind, amount, on in (
        (funding_round.FundsCommitted, OFFERED.amount, OFFERED.on),
        (funding_round.FundsReturned, gbp("1.00"), When("2005-12-01")),
    )
)


def test_what_a_round_committed_to_an_award_has_the_corrected_date_of_the_offer() -> None:
    """The first change of the amount is the round's first record of it, though another award lies between."""
    offered = replace(OFFERED, round_id=ROUND)
    given_back = of_kind(award.OfferDeclined, given_back=gbp("1.00"), on=When("2005-12-01"))
    other = replace(FUNDED[0], award_id=AwardId("award-other"))
    history = [*awarded_bid(), *at(AWARD, offered, given_back), *at(ROUND, of_kind(RoundOpened), other, *FUNDED)]
    found = decide(Reading(MemoryLog(*history)), correct("AwardOffered", "2004-05-11"))
    of_both = [(AWARD, "AwardOffered", 1), (ROUND, "FundsCommitted", 3), (BID, "BidAwarded", 3)]
    assert of_both == corrections(found)
    lapsed = at(BID, of_kind(bid.OfferLapsed, on=given_back.on))
    found = decide(Reading(MemoryLog(*history, *lapsed)), correct("OfferDeclined", "2005-12-02"))
    assert [(AWARD, "OfferDeclined", 2), (ROUND, "FundsReturned", 4), (BID, "OfferLapsed", 4)] == corrections(found)


def test_what_another_award_gave_has_the_corrected_date_and_so_has_the_source_of_that_award() -> None:
    parent = AwardId("award-parent")
    above = replace(OFFERED, round_id=ROUND, amount=gbp("900.00"), reference="P")
    regranted = of_kind(award.FundsRegranted, award_id=AWARD, amount=OFFERED.amount, on=OFFERED.on)
    history = [*awarded_bid(), *at(parent, above, replace(ACCEPTED, on=above.on), regranted),
               *at(AWARD, replace(OFFERED, funded_from=parent))]  # fmt: skip
    found = decide(Reading(MemoryLog(*history)), correct("AwardOffered", "2004-05-28"))
    of_all = [(AWARD, "AwardOffered", 1), (parent, "FundsRegranted", 3), (BID, "BidAwarded", 3)]
    assert of_all == corrections(found)


def test_what_a_scheme_committed_to_an_award_has_the_corrected_date_of_the_offer() -> None:
    begun = at(PROGRAMME, EVENTS["ProgrammeEstablished"], EVENTS["SchemeEstablished"])
    committed = of_kind(programme.SchemeFundsCommitted, award_id=AWARD, amount=OFFERED.amount, on=OFFERED.on)
    history = [*begun, *at(PROGRAMME, committed), *at(ACE, EVENTS["PartnershipFormed"]), *awarded_bid(),
               *at(AWARD, replace(OFFERED, round_id=None))]  # fmt: skip
    found = decide(Reading(MemoryLog(*history)), correct("AwardOffered", "2004-05-11"))
    of_all = [(AWARD, "AwardOffered", 1), (PROGRAMME, "SchemeFundsCommitted", 3), (BID, "BidAwarded", 3)]
    assert of_all == corrections(found)


def test_an_award_made_before_its_source_had_a_budget_is_corrected_alone() -> None:
    history = [*awarded_bid(), *at(AWARD, replace(OFFERED, round_id=ROUND)), *at(ROUND, of_kind(RoundOpened))]
    found = decide(Reading(MemoryLog(*history)), correct("AwardOffered", "2004-05-11"))
    assert [(AWARD, "AwardOffered", 1), (BID, "BidAwarded", 3)] == corrections(found)


def corrections(written: Any) -> list[tuple[str, str, int]]:
    """The step that each correction corrects: its stream, kind and place."""
    return [(stream, event.step, event.version) for stream, event in written if isinstance(event, DateCorrected)]


# --- The other streams ------------------------------------------------------------------------------------------------

FIXED = (
    "BudgetAssigned", "SchemeFundsCommitted", "SchemeFundsReturned", "FundsCommitted", "FundsReturned",
    "OrganisationsMerged", "MergerUndone",
)  # fmt: skip
# The first event of a stream of each kind, and the id of the stream.
OTHERS: dict[str, tuple[Any, str, type[Fact]]] = {
    "delivery_id": (delivery, DELIVERY, delivery.PlanAgreed),
    "outcome_id": (outcome, OUTCOME, outcome.IndicatorAgreed),
    "partnership_id": (partnership, ACE, partnership.PartnershipFormed),
    "organisation_id": (organisation, ODPM, organisation.OrganisationRegistered),
    "round_id": (funding_round, ROUND, funding_round.RoundOpened),
    "programme_id": (programme, PROGRAMME, programme.ProgrammeEstablished),
}
STEPS_OF_OTHERS = [(field, kind) for field in OTHERS for kind in STREAMS[field].steps]


def begun(field: str, kind: type[Fact]) -> tuple[str, list[Any]]:
    """A stream that begins as it must, and has a step of *kind*, without dates of ends."""
    _, stream, first = OTHERS[field]
    ends: dict[str, Any] = {"until": None, "due": None, "closes": None, "closes_time": None, "stages": ()}
    if kind in (
        delivery.FollowOnPlanFiled, delivery.MilestoneMoved, delivery.DeliverableAgreed, case.ReviewPlanned,
        case.DutyGiven,
    ):  # fmt: skip
        # These have an end in any case.
        ends |= {"until": When("2007"), "due": When("2007")}
    found = []
    before: dict[type[Fact], tuple[type[Fact], ...]] = {
        case.NoticeServed: (case.HelpOffered,), case.DutyGiven: (case.ReviewPlanned, case.ReviewHeld),
    }  # fmt: skip
    for one in dict.fromkeys((first, *before.get(kind, ()), kind)):
        event = EVENTS[one.__name__]
        found.append(of_kind(one, **{name: end for name, end in ends.items() if hasattr(event, name)}))
    return stream, found


def other(field: str, stream: str, step: str, date: str, **more: Any) -> CorrectDate:
    return correct(step, date, award_id=None, **{field: stream}, **more)


@pytest.mark.parametrize(("field", "kind"), STEPS_OF_OTHERS)
def test_the_date_of_a_step_of_any_stream_is_corrected(field: str, kind: type[Fact]) -> None:
    stream, history = begun(field, kind)
    command = other(field, stream, kind.__name__, "2005-12-31")
    if kind.__name__ in FIXED:
        given_log(*at(stream, *history)).when(command).refused(DateNotCorrected)
        return
    (written,) = decide(Reading(MemoryLog(*at(stream, *history))), command)
    event: Any = written.event
    assert (stream, len(history), kind.__name__, history[-1].on, When("2005-12-31"), WHY) == (
        written.stream, event.version, event.step, event.was, event.date, event.because
    )  # fmt: skip
    right = [*history[:-1], replace(history[-1], on=When("2005-12-31"))]
    module = OTHERS[field][0]
    expected = reduce(module.evolve, right, None)
    assert expected == folded(module, [*history, event])
    # The state that was kept before the correction is not used after it, neither at once nor later.
    log = MemoryLog(*at(stream, *history))
    reading = Reading(log, log.states)
    assert reading.state(module, stream) == reduce(module.evolve, history, None)
    reading.follow([written])
    assert expected == reading.state(module, stream)
    log.written.append(written)
    assert expected == Reading(log, log.states).state(module, stream)


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("delivery_id", delivery.DeliveryUnknown),
        ("outcome_id", outcome.OutcomeUnknown),
        ("partnership_id", partnership.PartnershipUnknown),
        ("organisation_id", organisation.OrganisationUnknown),
        ("round_id", funding_round.RoundUnknown),
        ("programme_id", programme.ProgrammeUnknown),
    ],
)
def test_a_date_of_a_thing_that_is_not_there_is_refused_by_its_name(field: str, rule: type[Refused]) -> None:
    _, stream, first = OTHERS[field]
    given_log().when(other(field, stream, first.__name__, "2005-12-31")).refused(rule)


def test_every_live_step_of_every_stream_can_be_named() -> None:
    stated = {kind for first, later in RECORDED.values() for kind in first + later} - set(get_args(delivery.Event))
    for field, (module, _, _) in OTHERS.items():
        live = set(get_args(module.Event)) - stated - {*CORRECTIONS, *STATED_ONLY}
        assert live - set(STREAMS[field].steps) == set(), field


# Events that no command records but those of sources.
STATED_ONLY = (
    organisation.NameStated, programme.ProgrammeNameStated, outcome.OutcomeRestated, delivery.DeliveryPeriodStated,
    delivery.ActivityHeld,
)  # fmt: skip


def at_step(field: str, *events: Any) -> list[Written]:
    return at(OTHERS[field][1], *events)


PLAN = of_kind(delivery.PlanAgreed, on=When("2004-07-01"), until=When("2005-03-31"), milestones=(), stages=())
VISIT = of_kind(delivery.VisitHeld, on=When("2004-09-01"), due=When("2004-10-01"), action="Do it", visitor="V")
OPENED = of_kind(RoundOpened, on=When("2004-01-05"), closes=When("2004-03-31"), closes_time=None)
CLOSED = of_kind(funding_round.RoundClosed, on=When("2004-03-31"), time=None)


@pytest.mark.parametrize(
    ("field", "history", "step", "date", "rule"),
    [
        ("delivery_id", [PLAN], "PlanAgreed", "2005-04-01", delivery.PlanEndsBeforeItStarts),
        ("delivery_id", [PLAN, of_kind(delivery.PlanRedesigned, until=When("2004-12-31"), milestones=())],
         "PlanAgreed", "2005-01-01", delivery.PlanEndsBeforeItStarts),
        ("delivery_id", [PLAN, VISIT], "VisitHeld", "2004-10-02", delivery.ActionDueBeforeVisit),
        ("delivery_id", [PLAN, replace(VISIT, on=When("2004-09-15")), VISIT], "VisitHeld", "2004-09-15",
         delivery.VisitAlreadyRecorded),
        ("round_id", [OPENED], "RoundOpened", "2004-04-01", funding_round.RoundClosesBeforeItOpens),
        ("round_id", [OPENED, CLOSED], "RoundClosed", "2004-01-04", StepOutOfOrder),
        ("round_id", [replace(OPENED, closes=None), CLOSED], "RoundOpened", "2004-04-01", StepOutOfOrder),
        ("round_id", [], "RoundOpened", "2004-04-01", funding_round.RoundUnknown),
        ("partnership_id", [EVENTS["PartnershipFormed"]], "PartnershipFormed", "2004-04-01", StepOfSource),
    ],
)  # fmt: skip
def test_the_rules_of_a_stream_hold_for_the_right_date(
    field: str, history: list[Fact], step: str, date: str, rule: Any
) -> None:
    given_log(*at_step(field, *history)).when(other(field, OTHERS[field][1], step, date)).refused(rule)
    if rule in (StepOfSource, funding_round.RoundUnknown):
        return
    earlier = "2004-01-06" if field == "round_id" else "2004-07-02"  # The control: a date that fits.
    assert decide(Reading(MemoryLog(*at_step(field, *history))), other(field, OTHERS[field][1], step, earlier))


@pytest.mark.parametrize("step", ["PlanAgreed", "VisitHeld"])
def test_a_plan_may_be_dated_ahead_and_what_happened_may_not(step: str) -> None:
    history = at_step("delivery_id", replace(PLAN, until=None), replace(VISIT, due=None, action=None))
    command = other("delivery_id", DELIVERY, step, "2006-02-01")
    reading = Reading(MemoryLog(*history))
    if step == "PlanAgreed":
        assert decide(reading, command, datetime.date(2006, 1, 31))
    else:
        with pytest.raises(DatedInFuture):
            decide(reading, command, datetime.date(2006, 1, 31))
        assert decide(reading, command, datetime.date(2006, 2, 1))


def test_of_several_returns_of_a_payment_the_part_that_is_named_is_corrected() -> None:
    returned = [of_kind(award.PaymentReturned, number=1, part=part, amount=gbp("1.00"), on=ON) for part in (1, 2)]
    found = [
        correction.place_of(returned, correct("PaymentReturned", "2006-02-01", number=1, part=part)) for part in (1, 2)
    ]
    assert [0, 1] == found


def test_of_several_steps_the_one_of_the_date_given_is_corrected() -> None:
    first, second = (of_kind(outcome.ResultReported, on=When(day)) for day in ("2004-09-01", "2004-10-01"))
    history = at_step("outcome_id", of_kind(outcome.IndicatorAgreed), first, second)
    for was, version in ((None, 3), ("2004-09-01", 2), ("2004-10-01", 3)):
        command = other("outcome_id", OUTCOME, "ResultReported", "2004-11-01", was=When(was) if was else None)
        (written,) = decide(Reading(MemoryLog(*history)), command)
        assert version == written.event.version  # type: ignore[attr-defined]
    late = other("outcome_id", OUTCOME, "ResultReported", "2004-11-01", was=When("2004-09-02"))
    given_log(*history).when(late).refused(StepUnknown)


# --- What a source now states otherwise -------------------------------------------------------------------------------


def test_a_replacement_stands_where_the_fact_stood_however_often_it_is_replaced() -> None:
    first, second, third, later = (of_kind(DelayReported, stage=stage) for stage in ("a", "b", "c", "d"))
    formed, again = EVENTS["PartnershipFormed"], StatementReplaced(version=2, fact="DelayReported", on=UNKNOWN)
    history = [formed, first, later, again, second]
    assert [formed, second, later, again, again] == corrected(history)
    twice = StatementReplaced(version=5, fact="DelayReported", on=UNKNOWN)
    assert [formed, third, later, again, again, twice, twice] == corrected([*history, twice, third])
    # A fact after a replacement is one more, and a fact that is replaced by nothing of its kind is gone.
    assert [formed, second, later, again, again, first] == corrected([*history, first])
    noted = of_kind(HappeningNoted)
    assert [formed, again, again, noted] == corrected([formed, first, again, noted])
    assert None is folded(bid, [EVENTS["BidStated"], StatementReplaced(version=1, fact="BidStated", on=UNKNOWN)])


@pytest.mark.parametrize(
    ("version", "fact", "rule"),
    [(0, "DelayReported", NothingThere), (3, "DelayReported", NothingThere), (2, "RuleStated", NothingThere),
     (1, "PartnershipFormed", NotForSources), (2, "DelayReported", None)],
)  # fmt: skip
def test_only_what_a_source_states_is_replaced(version: int, fact: str, rule: Any) -> None:
    source = EVENTS["DelayReported"].source
    history = at(ACE, EVENTS["PartnershipFormed"], EVENTS["DelayReported"])
    replaced = StatementReplaced(version=version, fact=fact, on=UNKNOWN, source=source)
    command = Record(stream=ACE, fact=replaced)
    if rule is not None:
        given_log(*history).when(command).refused(rule)
    else:
        given_log(*history).when(command).then_each_time(Written(ACE, replaced))
    live = of_kind(DelayReported)
    given_log(*history[:1], *at(ACE, live)).when(command).refused(rule or NotForSources)


def test_a_bid_with_two_corrected_dates_is_as_if_it_had_always_had_them() -> None:
    submitted: Any = of_kind(bid.BidSubmitted, on=When("2004-03-01"))
    approved: Any = of_kind(bid.BidApproved, on=When("2004-05-10"))
    log = MemoryLog(*at(BID, submitted, approved))
    for step, day in (("BidSubmitted", "2004-03-02"), ("BidApproved", "2004-05-11")):
        log.written += decide(Reading(log), correct(step, day, award_id=None, bid_id=BID))
    found: Any = folded(bid, [event for _, event in log.written])
    right = [replace(submitted, on=When("2004-03-02")), replace(approved, on=When("2004-05-11"))]
    expected: Any = reduce(bid.evolve, right, None)
    assert expected == replace(found, history=expected.history)
    assert When("2004-03-02") == found.submitted
