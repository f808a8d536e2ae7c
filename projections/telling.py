"""The line that each event has on a timeline: its lane, its title for people, and its amount."""

from typing import NamedTuple

from domain import award, bid, delivery, discrepancy, outcome, partnership
from domain.values.fact import (
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    RuleStated,
)
from domain.values.money import Money
from domain.values.shown import shown_count, shown_date, shown_money
from domain.values.when import When

# Stands in a title for the name of an organisation: the event holds only its id.
ORGANISATION = "{who}"


class Described(NamedTuple):
    """An event as a line for people. Where *title* holds ``{who}``, put the name of *organisation_id*.

    *amount* is given only where the event itself moves or states that sum, so that the amounts of a lane add up.
    """

    lane: Lane
    title: str
    amount: Money | None = None
    until: When | None = None
    organisation_id: str | None = None


def described(event: Fact) -> Described | None:
    """The line for *event*; None for an event that does not belong on a partnership's timeline."""
    for describe in (_partnership, _bid, _award, _register, _delivery, _outcome, _stated, _discrepancy):
        line = describe(event)
        if line is not None:
            return line
    return None


def _partnership(event: Fact) -> Described | None:
    lane = Lane.GOVERNANCE
    match event:
        case partnership.PartnershipFormed():
            return Described(lane, f"Partnership recorded: {event.name}")
        case partnership.PartnershipRenamed():
            return Described(lane, f"Renamed: {event.name or event.summary}")
        case partnership.PartnerJoined():
            return Described(
                lane, f"{ORGANISATION} takes part as {_words(event.role)}", organisation_id=event.organisation_id
            )
        case partnership.PartnerLeft():
            return Described(lane, f"{ORGANISATION} leaves{_why(event.reason)}", organisation_id=event.organisation_id)
        case partnership.LeadChanged():
            return Described(lane, f"{ORGANISATION} takes the lead", organisation_id=event.organisation_id)
        case partnership.PartnershipReclassified():
            return Described(lane, f"Reclassified: {event.summary}")
        case partnership.PilotListed():
            return Described(lane, f"Pilot {event.number} on the funder's list: {event.activity or event.organisation}")
        case partnership.TakeUpStated():
            return Described(Lane.DELIVERY, f"Take-up stated: {_take_up(event)}")
        case partnership.SumStated():
            return Described(
                lane, f"Sum stated, not an award ({_words(event.basis)}): {event.purpose}", amount=event.amount
            )
        case partnership.PartnershipDissolved():
            return Described(lane, f"Partnership ends{_why(event.reason)}")
    return None


def _bid(event: Fact) -> Described | None:  # noqa: C901 - one case for each event
    lane = Lane.BID
    match event:
        case bid.BidDrafted():
            return Described(lane, f"Bid {event.reference} drafted: {event.title}")
        case bid.AdviserRecorded():
            return Described(
                lane, f"{ORGANISATION} advises on the bid: {event.part}", organisation_id=event.organisation_id
            )
        case bid.BidSubmitted():
            return Described(lane, f"Bid {event.reference} submitted: {event.title}", amount=event.requested)
        case bid.BidAcknowledged():
            return Described(lane, "Bid acknowledged")
        case bid.ClarificationRequested():
            return Described(lane, f"Question {event.number} to the bidder: {event.question}")
        case bid.ClarificationReceived():
            return Described(lane, f"Question {event.number} answered")
        case bid.EligibilityTested():
            return Described(lane, f"Bid found {'' if event.eligible else 'in'}eligible{_why(event.because)}")
        case bid.BidRevised():
            return Described(lane, f"Bid revised{_why(event.because)}", amount=event.requested)
        case bid.BidResubmitted():
            return Described(lane, f"Bid submitted again: {event.title}", amount=event.requested)
        case bid.BidAssessed():
            return Described(lane, f"Bid assessed on {event.criterion}: {event.score} out of 10")
        case bid.BidApproved():
            return Described(lane, "Bid approved", amount=event.approved)
        case bid.BidDeclined():
            return Described(lane, f"Bid declined{_why(event.because)}")
        case bid.BidWithdrawn():
            return Described(lane, f"Bid withdrawn{_why(event.because)}")
        case bid.DecisionNotified():
            return Described(lane, "Bidder notified of the decision")
        case bid.OfferLapsed():
            return Described(lane, "Offer lapsed: the bid may be awarded again")
        case bid.ApprovalVaried():
            return Described(lane, f"Approval changed to {shown_money(event.approved)}{_why(event.because)}")
        case bid.BidStated():
            return Described(lane, f"Bid stated: {event.title}", amount=event.requested)
        case bid.BidRestated():
            return Described(lane, "Bid restated", amount=event.change if event.change.amount else None)
        case bid.BidReassigned():
            return Described(lane, "The register moved the bid to another partnership")
    return None


def _award(event: Fact) -> Described | None:  # noqa: C901, PLR0912 - one case for each event
    money = Lane.DISBURSEMENT
    match event:
        case award.AwardOffered():
            return Described(Lane.AWARD, f"Award {event.reference} offered", amount=event.amount)
        case award.OfferAccepted():
            return Described(Lane.AWARD, "Offer accepted")
        case award.ConditionSet():
            return Described(Lane.AWARD, f"Condition {event.number} set: {event.text}")
        case award.ConditionMet():
            return Described(Lane.AWARD, f"Condition {event.number} met")
        case award.ConditionWaived():
            return Described(Lane.AWARD, f"Condition {event.number} waived{_why(event.because)}")
        case award.InstalmentScheduled():
            return Described(
                money, f"Instalment {event.number} planned for {shown_date(event.due)}: {shown_money(event.amount)}"
            )
        case award.InstalmentChanged():
            changed = f"{shown_money(event.amount)}, planned for {shown_date(event.due)}"
            return Described(money, f"Instalment {event.number} changed to {changed}{_why(event.because)}")
        case award.PaymentRequested():
            again = f", in place of payment {event.corrects}" if event.corrects else ""
            return Described(money, f"Payment {event.number} requested{again}", amount=event.amount)
        case award.PaymentApproved():
            return Described(money, f"Payment {event.number} approved: {shown_money(event.amount)}")
        case award.PaymentReleased():
            return Described(money, f"Payment {event.number} released", amount=event.amount)
        case award.PaymentSettled():
            return Described(money, f"Payment {event.number} settled by the bank")
        case award.PaymentReturned():
            return Described(
                money, f"Money returned from payment {event.number}{_why(event.because)}", amount=event.amount
            )
        case award.PaymentMatched():
            what = f"return {event.part} of payment {event.number}" if event.part else f"payment {event.number}"
            return Described(money, f"Matched at the bank: {shown_money(event.amount)} of {what}")
        case award.MatchUndone():
            settled = ", no longer settled" if event.unsettled else ""
            return Described(money, f"Bank match undone: payment {event.number}{settled}{_why(event.because)}")
        case award.ReturnUndone():
            return Described(
                money, f"Return from payment {event.number} undone{_why(event.because)}", amount=event.amount
            )
        case award.PaymentReversed():
            return Described(money, f"Payment {event.number} reversed{_why(event.because)}", amount=event.amount)
        case award.ExpenditureReported():
            return Described(Lane.DELIVERY, f"Expenditure reported: {event.description}", amount=event.amount)
        case award.ReturnRequired():
            return Described(Lane.OUTCOME, f"Return {event.number} due by {shown_date(event.due)}: {event.covers}")
        case award.ReturnCertified():
            return Described(Lane.OUTCOME, f"Return {event.number} certified")
        case award.RecoveryRaised():
            return Described(money, f"Recovery {event.number} raised{_why(event.because)}", amount=event.amount)
        case award.RecoveryApproved():
            return Described(money, f"Recovery {event.number} approved", amount=event.amount)
        case award.RecoverySettled():
            return Described(money, f"Recovery {event.number} settled by {event.by.value}", amount=event.amount)
        case award.RecoveryWrittenOff():
            return Described(money, f"Recovery {event.number} written off{_why(event.because)}", amount=event.amount)
        case award.RecoveryWithdrawn():
            return Described(money, f"Recovery {event.number} withdrawn{_why(event.because)}", amount=event.amount)
        case award.OfferDeclined():
            return Described(Lane.AWARD, f"Offer declined{_why(event.because)}")
        case award.HoldPlaced():
            return Described(Lane.AWARD, f"Payments on hold{_why(event.because)}")
        case award.HoldLifted():
            return Described(Lane.AWARD, f"Hold lifted{_why(event.because)}")
        case award.AwardVaried():
            change = event.change if event.change.amount else None
            return Described(Lane.AWARD, f"Award varied ({event.kind.value}){_why(event.because)}", change, event.until)
        case award.FundsRegranted():
            return Described(Lane.AWARD, f"{shown_money(event.amount)} of the award funds another award")
        case award.RegrantReturned():
            return Described(Lane.AWARD, f"{shown_money(event.amount)} returned by an award that this award funds")
        case award.AwardClosed():
            return Described(Lane.AWARD, f"Award closed, {shown_money(event.given_back)} given back")
        case award.AwardTerminated():
            return Described(
                Lane.AWARD, f"Award terminated, {shown_money(event.given_back)} given back{_why(event.because)}"
            )
        case award.UnspentGivenBack():
            return Described(
                Lane.AWARD, f"{shown_money(event.given_back)} given back: it was returned after the award ended"
            )
        case award.AwardReopened():
            return Described(Lane.AWARD, f"Award reopened{_why(event.because)}")
        case award.AwardStated():
            return Described(Lane.AWARD, f"Award stated: {event.purpose}", amount=event.amount)
        case award.ComponentStated():
            return Described(Lane.AWARD, f"Part of the award, {shown_money(event.amount)}: {event.purpose}")
    return None


# The words for each kind of transaction in a register.
TRANSACTIONS = {
    award.Transaction.COMMITMENT: "Further commitment stated",
    award.Transaction.DISBURSEMENT: "Payment stated",
    award.Transaction.DISBURSED_IN_ALL: "Total paid, as stated",
    award.Transaction.RETURN: "Return stated",
    award.Transaction.EXPENDITURE: "Expenditure stated",
    award.Transaction.INCOMING: "Incoming money stated",
    award.Transaction.PLANNED: "Payment planned, as stated",
    award.Transaction.OTHER: "Transaction stated",
}
# The kinds that move money of the award, and their lanes. The others mention future money, or money of somebody else.
MOVING = {
    award.Transaction.COMMITMENT: Lane.AWARD,
    award.Transaction.DISBURSEMENT: Lane.DISBURSEMENT,
    award.Transaction.DISBURSED_IN_ALL: Lane.DISBURSEMENT,
    award.Transaction.RETURN: Lane.DISBURSEMENT,
    award.Transaction.EXPENDITURE: Lane.DELIVERY,
}


def _register(event: Fact) -> Described | None:
    match event:
        case award.AwardRestated():
            change = event.change if event.change.amount else None
            return Described(Lane.AWARD, f"Award restated, now {shown_money(event.amount)}", amount=change)
        case award.ComponentRestated(amount=None):
            return Described(Lane.AWARD, f"No longer stated as part of the award: {event.purpose}")
        case award.ComponentRestated(amount=Money() as amount):
            return Described(Lane.AWARD, f"Part of the award, now {shown_money(amount)}: {event.purpose}")
        case award.TransactionStated():
            sense = f" ({event.sense})" if event.sense else ""
            what = f"{TRANSACTIONS[event.kind]}{sense}{_why(event.description)}"
            if event.kind in MOVING:
                return Described(MOVING[event.kind], what, amount=event.amount)
            return Described(Lane.DISBURSEMENT, f"{what}, {shown_money(event.amount)}", until=event.until)
        case award.TransactionUnstated():
            what = f"{TRANSACTIONS[event.kind]} earlier: {event.because}"
            if event.kind in MOVING:
                back = Money.zero(event.amount.currency) - event.amount
                return Described(MOVING[event.kind], what, amount=back)
            return Described(Lane.DISBURSEMENT, f"{what} ({shown_money(event.amount)})")
        case award.PeriodStated():
            if not event.on.is_known and event.until is None:
                return Described(Lane.DELIVERY, f"The {event.sense} dates of the work are no longer stated")
            return Described(Lane.DELIVERY, f"The {event.sense} dates of the work, as stated", until=event.until)
        case award.AwardReassigned():
            return Described(Lane.AWARD, "The register moved the award to another partnership")
        case award.AwardNoLongerStated():
            return Described(Lane.AWARD, "The register no longer states the award")
        case award.AwardStatedAgain():
            return Described(Lane.AWARD, "The register states the award again")
    return None


def _delivery(event: Fact) -> Described | None:
    lane = Lane.DELIVERY
    match event:
        case delivery.PlanAgreed():
            return Described(lane, f"Plan agreed: {event.title}", until=event.until)
        case delivery.DeliveryPeriodStated():
            return Described(lane, event.summary, until=event.until)
        case delivery.PlanRedesigned():
            return Described(lane, f"Plan redesigned: {event.because}")
        case delivery.MilestoneReached():
            return Described(lane, f"Milestone reached: {event.milestone}")
        case delivery.SupplierEngaged() | delivery.SupplierReplaced():
            return Described(lane, event.summary)
        case delivery.ActivityHeld():
            return Described(lane, event.summary, until=event.until)
        case delivery.DeliveryEnded():
            return Described(lane, event.summary)
    return None


def _outcome(event: Fact) -> Described | None:
    lane = Lane.OUTCOME
    match event:
        case outcome.IndicatorAgreed():
            return Described(
                lane, f"Indicator agreed: {event.indicator}{_with_unit([('target', event.target)], event.unit)}"
            )
        case outcome.TargetRevised():
            return Described(lane, f"Target revised to {event.target}{_why(event.because)}")
        case outcome.ResultReported():
            return Described(lane, f"Result reported: {event.value}")
        case outcome.ResultVerified():
            return Described(lane, "Result verified")
        case outcome.ResultRejected():
            return Described(lane, f"Result rejected{_why(event.because)}")
        case outcome.OutcomeRestated():
            return Described(lane, f"Result restated ({_words(event.status)}{_measured(event)})")
        case outcome.OutcomeStated():
            return Described(lane, f"{event.indicator} ({_words(event.status)}{_measured(event)})")
    return None


def _stated(event: Fact) -> Described | None:
    match event:
        case HappeningNoted():
            mention = f" (the source mentions {shown_money(event.mentions)})" if event.mentions else ""
            return Described(event.lane, event.summary + mention, until=event.until)
        case DelayReported():
            return Described(delay_lane(event.stage), f"Delay reported, {_words(event.stage)}{_length(event)}")
        case RuleStated():
            limit = f" (up to {shown_money(event.limit)})" if event.limit else ""
            return Described(Lane.GOVERNANCE, f"Rule for {event.body}: {event.rule}{limit}")
        case InvolvementStated():
            return Described(
                Lane.GOVERNANCE,
                f"{ORGANISATION} involved as {_words(event.role)}",
                organisation_id=event.organisation_id,
            )
        case GovernanceBodyEstablished():
            remit = f": {event.remit}" if event.remit else ""
            return Described(Lane.GOVERNANCE, f"{event.body} ({event.role}){remit}")
    return None


def _discrepancy(event: Fact) -> Described | None:
    lane = Lane.GOVERNANCE
    match event:
        case discrepancy.DiscrepancyExplained():
            return Described(lane, f"Discrepancy explained ({event.message}): {event.because}")
        case discrepancy.DiscrepancyWaived():
            return Described(lane, f"Discrepancy waived ({event.message}): {event.because}")
        case discrepancy.ExplanationWithdrawn():
            return Described(lane, f"Discrepancy no longer {event.was} ({_words(event.rule)}): {event.because}")
        case discrepancy.DiscrepancyAssigned():
            return Described(lane, f"Discrepancy ({_words(event.rule)}) assigned to {event.owner or 'nobody'}")
    return None


def delay_lane(stage: str) -> Lane:
    """The lane of a delayed stage. *stage* is the source's word for it."""
    if stage in ("bid_decision", "bid_assessment", "application"):
        return Lane.BID
    if stage in ("award_and_release_of_funds", "approval_of_money", "securing_central_funding_and_planning"):
        return Lane.AWARD
    if stage in ("release_of_funds", "spending"):
        return Lane.DISBURSEMENT
    if stage in ("outcome_measurement", "survey_return", "evaluation_evidence"):
        return Lane.OUTCOME
    if stage in ("establishment", "trust_building", "functional_networks", "programme_development", "development"):
        return Lane.GOVERNANCE
    return Lane.DELIVERY


def _length(event: DelayReported) -> str:
    if event.min_days is None or event.max_days is None:
        return f": {event.consequence}"
    days = shown_count(event.max_days, "day")
    if event.min_days != event.max_days:
        days = f"{event.min_days:,} to {days}"
    return f" ({event.stated_length}, {days}): {event.consequence}"


def _take_up(event: partnership.TakeUpStated) -> str:
    counts = [
        shown_count(count, *noun)
        for count, noun in ((event.authorities, ("authority", "authorities")), (event.participants, ("participant",)))
        if count is not None
    ]
    return ", ".join(counts) or "no count given"


def _measured(event: outcome.OutcomeStated | outcome.OutcomeRestated) -> str:
    """Result and target, such as ``, result 1, target 5 stages``."""
    return _with_unit([("result", event.result), ("target", event.target)], event.unit)


def _with_unit(measures: list[tuple[str, str | None]], unit: str | None) -> str:
    """The known *measures*, with their unit once, at the end: it is often a plural, and one of the values may be 1."""
    known = [(what, value) for what, value in measures if value]
    if not known:
        return ""
    text = "".join(f", {what} {value}" for what, value in known)
    if not unit:
        return text
    return f"{text} ({_words(unit)})" if known[-1][1] == "1" else f"{text} {_words(unit)}"


def _why(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _words(term: str) -> str:
    return term.replace("_", " ").replace("-", " ")
