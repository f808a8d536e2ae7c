"""What a timeline shows of each event: one table with its lane, its title for people, and its amount.

An event that is on no timeline is in ``projections.untold``; a test fails for an event that is in neither.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from domain import (
    award,
    bid,
    books,
    delivery,
    discrepancy,
    funding_round,
    governance,
    organisation,
    outcome,
    partnership,
)
from domain import programme as programmes
from domain.between import pooling
from domain.eligibility.rule import EligibilityRuleEnded, EligibilityRulePublished
from domain.joint import agreements, capacity, decisions, learning, places
from domain.published import consultation
from domain.published.framework import FrameworkPublished
from domain.support import case, concern
from domain.values.fact import (
    CountStated,
    DateCorrected,
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    RuleStated,
)
from domain.values.financial_year import month_called
from domain.values.money import Money
from domain.values.shown import shown_count, shown_criteria, shown_date, shown_money
from domain.values.waiting import Days
from domain.values.when import When

E = TypeVar("E", bound=Fact)

# Stands in a title for the name of an organisation: the event holds only its id.
ORGANISATION = "{who}"


class By(NamedTuple):
    """The lane depends on *field* of the event: *lanes* gives the lane for each word, *otherwise* for all others."""

    field: str
    lanes: Mapping[str, Lane]
    otherwise: Lane


class Line(NamedTuple):
    """What a timeline shows of one kind of event; each part but *lane* is read from the event.

    *amount* is given only where the event itself moves or states that sum, so that the amounts of a lane add up.
    *organisation_id* is the organisation whose name replaces ``{who}`` in the title.
    """

    lane: Lane | By
    title: Callable[[Any], str]
    amount: Callable[[Any], Money | None]
    until: Callable[[Any], When | None]
    organisation_id: Callable[[Any], str | None]


class Described(NamedTuple):
    """An event as a line for people. Where *title* holds ``{who}``, put the name of *organisation_id*."""

    lane: Lane
    title: str
    amount: Money | None = None
    until: When | None = None
    organisation_id: str | None = None


def described(event: Fact) -> Described | None:
    """The line for *event*; None for an event that is on no timeline."""
    line = LINES.get(type(event))
    if line is None:
        return None
    return Described(
        _lane(line.lane, event),
        line.title(event),
        line.amount(event),
        line.until(event),
        line.organisation_id(event),
    )


def lane_of(event: Fact) -> Lane | None:
    """The lane of *event*; None for an event that is on no timeline."""
    line = LINES.get(type(event))
    return _lane(line.lane, event) if line is not None else None


def _lane(lane: Lane | By, event: Fact) -> Lane:
    if isinstance(lane, Lane):
        return lane
    word: Any = getattr(event, lane.field)
    return lane.lanes.get(word.value if isinstance(word, Enum) else word, lane.otherwise)


def _nothing(_: Fact) -> None:
    return None


def _amount(event: Any) -> Money:
    amount: Money = event.amount
    return amount


def _until(event: Any) -> When | None:
    until: When | None = event.until
    return until


def _its_organisation(event: Any) -> str | None:
    organisation_id: str | None = event.organisation_id
    return organisation_id


def _its_contributor(event: Any) -> str | None:
    contributor_id: str | None = event.contributor_id
    return contributor_id


def _its_payee(event: Any) -> str | None:
    payee_id: str | None = event.payee_id
    return payee_id


def _line(
    kind: type[E],
    lane: Lane | By,
    title: Callable[[E], str],
    amount: Callable[[E], Money | None] = _nothing,
    *,
    until: Callable[[E], When | None] = _nothing,
    organisation_id: Callable[[E], str | None] = _nothing,
) -> tuple[type[Fact], Line]:
    return kind, Line(lane, title, amount, until, organisation_id)


# --- Words ------------------------------------------------------------------------------------------------------------


def _why(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _due(visit: delivery.VisitHeld) -> str:
    return f" To do by {shown_date(visit.due)}: {visit.action}" if visit.action and visit.due else ""


def _appointed(event: partnership.SupplierAppointed) -> str:
    return f"{ORGANISATION} appointed as supplier: {event.work}. Brief: {event.brief}. Selection: {event.selection}"


def _moved(event: delivery.MilestoneMoved) -> str:
    was = f" from {shown_date(event.was)}" if event.was else ""
    return f"Milestone moved{was} to {shown_date(event.due)}: {event.milestone}. Reason: {event.because}"


def _follow_on(event: delivery.FollowOnPlanFiled) -> str:
    cost = f", at a cost of {shown_money(event.cost)}" if event.cost else ""
    what = f"Plan {event.number} for {event.sort.value} filed, to {shown_date(event.until)}{cost}"
    return f"{what}: {event.text} (owner: {event.owner})"


def _steered(steer: str | None) -> str:
    return f". Steer: {steer}" if steer else ""


def _procured(event: delivery.ProcurementStepTaken) -> str:
    who = f" ({ORGANISATION})" if event.organisation_id else ""
    return f"Procurement {event.number} {event.step.value}{who}: {event.text}{_steered(event.steer)}"


def _hired_one(event: delivery.SupplierEngaged | delivery.SupplierReplaced) -> str | None:
    """The supplier, where a person engaged it. The sentence of a source names it already."""
    return event.organisation_id if event.brief else None


def _hired(event: delivery.SupplierEngaged | delivery.SupplierReplaced, how: str) -> str:
    return f"{ORGANISATION} {how}: " if _hired_one(event) else ""


def _reason(because: str | None) -> str:
    return f". Reason: {because}" if because else ""


def _engaged(event: delivery.SupplierEngaged | delivery.SupplierReplaced) -> str:
    brief = f". Brief: {event.brief}" if event.brief else ""
    selection = f". Selection: {event.selection}" if event.selection else ""
    return f"{brief}{selection}{_steered(event.steer)}"


def _about(event: concern.ConcernShared | concern.SharedConcernClosed) -> str:
    return f" about {ORGANISATION}" if event.organisation_id else ""


def _concern(event: concern.ConcernShared) -> str:
    heard = f" (heard from: {event.heard_from})" if event.heard_from else ""
    agreed = f"; {event.agreed_by} agreed to share it" if event.agreed_by else ""
    return f"Concern{_about(event)}, raised {shown_date(event.raised)}{agreed}: {event.text}{heard}"


def _help(event: case.HelpOffered) -> str:
    return f"Help offered{f' by {ORGANISATION}' if event.helper_id else ''}: {event.text}"


def _lent(event: case.CapacityLent) -> str:
    lent = f"{ORGANISATION} lends {shown_count(event.days, 'day')} of work"
    return f"{lent}, {shown_count(event.owed, 'day')} owed back: {event.text}"


def _planned_review(event: case.ReviewPlanned) -> str:
    due = f", due {shown_date(event.due)}" if event.due.is_known else ""
    return f"{_words(event.sort.value).capitalize()} planned{due}"


def _review(event: case.ReviewHeld) -> str:
    peers = f"with {'; '.join(event.peers)}" if event.peers else None
    days = shown_count(event.days, "day") if event.days is not None else None
    said = " ".join(filter(None, (days, peers)))
    found = f": {event.findings}" if event.findings is not None else ""
    return f"Review {event.number} held{f' ({said})' if said else ''}{found}"


def _notice(event: case.NoticeServed) -> str:
    return f"{_words(event.sort.value).capitalize()} by {event.served_by}: {event.text}"


def _subsidy(event: places.SubsidySet) -> str:
    paid = f"{shown_money(event.per_place)} for each place" if event.per_place else f"{event.share} % of the cost"
    return f"Subsidy {event.number} for {event.category or 'all authorities'}: {paid}. {event.because}"


def _places(event: places.PlacesTaken) -> str:
    people = f"{event.people} {'person' if event.people == 1 else 'people'}"
    taken = f"{shown_count(event.places, 'place')} taken by {people}"
    return f"{taken}, {event.subsidised} of them subsidised" if event.subsidised else taken


def _session(event: places.SessionHeld) -> str:
    return f"Session of {event.series} held with {shown_count(len(event.attended), 'attendee')}: {event.title}"


def _turnover(event: case.TurnoverRecorded) -> str:
    return f"{event.changed} of {shown_count(event.posts, 'post')} changed hands ({event.cause.value}): {event.effect}"


def _words(term: str) -> str:
    return term.replace("_", " ").replace("-", " ")


def _some(change: Money) -> Money | None:
    """A change that is not 0."""
    return change if change.amount else None


def _length(event: DelayReported) -> str:
    if event.min_days is None or event.max_days is None:
        return f": {event.consequence}"
    days = shown_count(event.max_days, "day")
    if event.min_days != event.max_days:
        days = f"{event.min_days:,} to {days}"
    return f" ({event.stated_length}, {days}): {event.consequence}"


def _take_up(event: partnership.TakeUpStated) -> str:
    counts = [
        shown_count(count, noun)
        for count, noun in ((event.authorities, "authority"), (event.participants, "participant"))
        if count is not None
    ]
    return ", ".join(counts) or "no count given"


def _measured(event: outcome.OutcomeStated | outcome.OutcomeRestated | programmes.ProgrammeResultStated) -> str:
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


def _apart(cost: Money | None) -> str:
    return f" against {shown_money(cost)} for buying separately" if cost is not None else ""


def _reduced(event: bid.BidApproved) -> str:
    dropped = f" (dropped: {'; '.join(event.dropped)})" if event.dropped else ""
    return f" for less than requested{_why(event.because)}{dropped}" if event.because else ""


def _payment(event: award.PaymentRequested) -> str:
    to = f" to {ORGANISATION}" if event.payee_id else ""
    instead = f", in place of payment {event.corrects}" if event.corrects else ""
    return f"Payment {event.number}{to} requested{instead}{_why(event.purpose)}"


def _expenditure(event: award.ExpenditureReported) -> str:
    to = f", paid to {ORGANISATION}" if event.payee_id else ""
    return f"Expenditure reported{to}: {event.description}"


def _contributed(event: award.ContributionPledged | award.ContributionReceived) -> str:
    """What is contributed. It is no amount of the timeline: the money is not the programme's."""
    parts = [shown_money(event.amount) if event.amount else "", shown_count(event.hours, "hour") if event.hours else ""]
    beside = f", beside {event.line}" if event.line else ""
    return f"{' and '.join(filter(None, parts))} {_words(event.kind.value)}{beside}: {event.description}"


def _strand(event: award.StrandAgreed) -> str:
    share = f"{event.share.part} of {event.share.of} parts of the budget" if event.share else ""
    return f"Strand {event.name} is to take {shown_money(event.amount) if event.amount else share}"


def _charge(event: pooling.ChargeAgreed) -> str:
    amount = f" {shown_money(event.amount)}" if event.amount else ""
    met = f", of which the programme meets {shown_money(event.met)}" if event.met else ""
    return f"{ORGANISATION} charges another body{amount}{met}: {event.purpose}"


def _divided(event: pooling.PoolDivided) -> str:
    how = "divided equally" if event.equally else "divided" if event.shares else "kept together"
    return f"Pooled money of {shown_money(event.amount)} {how}: {event.basis}"


def _instalment(event: award.InstalmentChanged) -> str:
    changed = f"{shown_money(event.amount)}, planned for {shown_date(event.due)}"
    return f"Instalment {event.number} changed to {changed}{_why(event.because)}"


def _profile(lines: tuple[award.ProfileLine, ...]) -> str:
    return ", ".join(
        f"{shown_money(line.amount)} in {line.year}{f' ({line.spending.value})' if line.spending else ''}"
        for line in lines
    )


def _matched(event: award.PaymentMatched) -> str:
    what = f"return {event.part} of payment {event.number}" if event.part else f"payment {event.number}"
    return f"Matched at the bank: {shown_money(event.amount)} of {what}"


def _match_undone(event: award.MatchUndone) -> str:
    settled = ", no longer settled" if event.unsettled else ""
    return f"Bank match undone: payment {event.number}{settled}{_why(event.because)}"


def _component(event: award.ComponentRestated) -> str:
    if event.amount is None:
        return f"No longer stated as part of the award: {event.purpose}"
    return f"Part of the award, now {shown_money(event.amount)}: {event.purpose}"


def _period(event: award.PeriodStated) -> str:
    if not event.on.is_known and event.until is None:
        return f"The {event.sense} dates of the work are no longer stated"
    return f"The {event.sense} dates of the work, as stated"


# The words for each kind of transaction in a register.
_TRANSACTIONS = {
    award.Transaction.COMMITMENT: "Further commitment stated",
    award.Transaction.DISBURSEMENT: "Payment stated",
    award.Transaction.DISBURSED_IN_ALL: "Total paid, as stated",
    award.Transaction.RETURN: "Return stated",
    award.Transaction.EXPENDITURE: "Expenditure stated",
    award.Transaction.INCOMING: "Incoming money stated",
    award.Transaction.PLANNED: "Payment planned, as stated",
    award.Transaction.OTHER: "Transaction stated",
}
# The kinds that move money of the award. The others mention future money, or money of somebody else.
_MOVING = {
    award.Transaction.COMMITMENT,
    award.Transaction.DISBURSEMENT,
    award.Transaction.DISBURSED_IN_ALL,
    award.Transaction.RETURN,
    award.Transaction.EXPENDITURE,
}


def _transaction(event: award.TransactionStated) -> str:
    sense = f" ({event.sense})" if event.sense else ""
    what = f"{_TRANSACTIONS[event.kind]}{sense}{_why(event.description)}"
    return what if event.kind in _MOVING else f"{what}, {shown_money(event.amount)}"


def _unstated(event: award.TransactionUnstated) -> str:
    what = f"{_TRANSACTIONS[event.kind]} earlier: {event.because}"
    return what if event.kind in _MOVING else f"{what} ({shown_money(event.amount)})"


def _back(event: award.TransactionUnstated) -> Money | None:
    return Money.zero(event.amount.currency) - event.amount if event.kind in _MOVING else None


def _happening(event: HappeningNoted) -> str:
    return event.summary + (f" (the source mentions {shown_money(event.mentions)})" if event.mentions else "")


def _rule(event: RuleStated) -> str:
    return f"Rule for {event.body}: {event.rule}" + (f" (up to {shown_money(event.limit)})" if event.limit else "")


def _standard(event: programmes.ServiceStandardSet) -> str:
    days = "working day" if event.days is Days.WORKING else "day"
    return f"Service standard, {_words(event.span.value)}: at most {shown_count(event.limit, days)}"


def _tested(event: bid.EligibilityRuleTested) -> str:
    met = "met" if event.met else "not met"
    admitted = f"; admitted: {event.admitted_because}" if event.admitted_because else ""
    return f"Rule {event.rule}, version {event.version}, {met}: {event.found or event.text}{admitted}"


def _of_year(event: programmes.BudgetAllocated | programmes.BudgetVaried) -> str:
    of = " ".join(part for part in (event.spending.value if event.spending else "", event.year or "") if part)
    return f" ({of})" if of else ""


def _carried(event: books.CarriedForward) -> str:
    moved = f"{shown_money(event.amount)} of the budget carried forward from {event.from_year} to {event.to_year}"
    return f"{moved}, allowed by {event.allowed_by}{_why(event.because)}"


def _opened(event: funding_round.RoundOpened) -> str:
    closes = f", to close on {shown_date(event.closes)}" if event.closes else ""
    return f"Round opened: {event.name}, with a budget of {shown_money(event.budget)}{closes}"


def _committed(event: funding_round.FundsCommitted | programmes.SchemeFundsCommitted) -> str:
    return f"{shown_money(event.amount)} of the budget committed to an award"


def _returned(event: funding_round.FundsReturned | programmes.SchemeFundsReturned) -> str:
    return f"{shown_money(event.amount)} of the budget free again: an award needs less"


def _delegated(event: governance.DelegationGranted) -> str:
    decisions = ", ".join(one.value for one in event.decisions)
    limit = f"up to {shown_money(event.limit)}" if event.limit else "without a limit"
    return f"Authority {event.code} granted {limit}: {decisions}"


# --- The table --------------------------------------------------------------------------------------------------------

_GOVERNANCE, _BID, _AWARD, _MONEY = Lane.GOVERNANCE, Lane.BID, Lane.AWARD, Lane.DISBURSEMENT
_DELIVERY, _OUTCOME, _SUPPORT = Lane.DELIVERY, Lane.OUTCOME, Lane.SUPPORT
# The lane of a delayed stage, by the source's word for the stage.
STAGES = {
    "bid_decision": _BID,
    "bid_assessment": _BID,
    "application": _BID,
    "award_and_release_of_funds": _AWARD,
    "approval_of_money": _AWARD,
    "securing_central_funding_and_planning": _AWARD,
    "release_of_funds": _MONEY,
    "spending": _MONEY,
    "outcome_measurement": _OUTCOME,
    "survey_return": _OUTCOME,
    "evaluation_evidence": _OUTCOME,
    "establishment": _GOVERNANCE,
    "trust_building": _GOVERNANCE,
    "functional_networks": _GOVERNANCE,
    "programme_development": _GOVERNANCE,
    "development": _GOVERNANCE,
}
_BY_TRANSACTION = By(
    "kind", {award.Transaction.COMMITMENT.value: _AWARD, award.Transaction.EXPENDITURE.value: _DELIVERY}, _MONEY
)

LINES: dict[type[Fact], Line] = dict([
    # What sources state of anything.
    _line(DateCorrected, By("lane", {lane.value: lane for lane in Lane}, _GOVERNANCE),
          lambda e: f"Date of {e.name} corrected from {shown_date(e.was)} to {shown_date(e.date)}{_why(e.because)}"),
    _line(HappeningNoted, By("lane", {lane.value: lane for lane in Lane}, _GOVERNANCE), _happening, until=_until),
    _line(DelayReported, By("stage", STAGES, _DELIVERY), lambda e: f"Delay reported, {_words(e.stage)}{_length(e)}"),
    _line(RuleStated, _GOVERNANCE, _rule),
    _line(InvolvementStated, _GOVERNANCE, lambda e: f"{ORGANISATION} involved as {_words(e.role)}",
          organisation_id=_its_organisation),
    _line(GovernanceBodyEstablished, _GOVERNANCE,
          lambda e: f"{e.body} ({e.role}){f': {e.remit}' if e.remit else ''}"),
    # Programme.
    _line(programmes.ProgrammeEstablished, _GOVERNANCE, lambda e: f"Programme established: {e.name}", until=_until),
    _line(programmes.SchemeEstablished, _GOVERNANCE, lambda e: f"Scheme established: {e.name}"),
    _line(programmes.ProgrammeNameStated, _GOVERNANCE, lambda e: f"A source uses another name: {e.name}"),
    _line(programmes.BudgetAllocated, _GOVERNANCE, lambda e: f"Budget allocated{_of_year(e)}: {e.purpose}", _amount),
    _line(programmes.BudgetVaried, _GOVERNANCE, lambda e: f"Budget changed{_of_year(e)}: {e.because}",
          lambda e: _some(e.change)),
    _line(programmes.BudgetAssigned, _GOVERNANCE, lambda e: f"{shown_money(e.amount)} of the budget given to a round"),
    _line(programmes.SchemeFundsCommitted, _AWARD, _committed),
    _line(programmes.SchemeFundsReturned, _AWARD, _returned),
    _line(programmes.AssessmentCriteriaPublished, _BID,
          lambda e: f"Criteria published: {shown_criteria(e.criteria, e.weights)}"),
    _line(EligibilityRulePublished, _BID,
          lambda e: f"Eligibility rule {e.code}, version {e.version}: {e.text}"),
    _line(EligibilityRuleEnded, _BID, lambda e: f"Eligibility rule {e.code} ended{_why(e.because)}"),
    _line(programmes.BudgetLineRequired, _GOVERNANCE,
          lambda e: f"A budget line for {_words(e.kind.value)} is required in each award"),
    _line(programmes.ServiceStandardSet, _GOVERNANCE, _standard),
    _line(programmes.CalendarChosen, _GOVERNANCE,
          lambda e: f"Working days leave out the bank holidays of {_words(e.calendar.value)}"),
    _line(programmes.ProgrammeResultStated, _OUTCOME,
          lambda e: f"{e.indicator} ({_words(e.status)}{_measured(e)})"),
    _line(CountStated, _GOVERNANCE, lambda e: f"The list of {e.listed.value} has {e.number:,} entries, as stated"),
    _line(books.FinancialYearSet, _GOVERNANCE,
          lambda e: f"Financial years of the programme begin in {month_called(e.first_month)}"),
    _line(books.CarriedForward, _GOVERNANCE, _carried),
    _line(books.PeriodClosed, _GOVERNANCE, lambda e: f"Books closed: {e.name}"),
    # Round.
    _line(funding_round.RoundOpened, _BID, _opened),
    _line(funding_round.CriteriaAdopted, _BID, lambda e: f"Criteria adopted: {shown_criteria(e.criteria, e.weights)}"),
    _line(funding_round.RingFenceSet, _AWARD, lambda e: f"{shown_money(e.amount)} of the budget kept for {e.name}"),
    _line(funding_round.FundsCommitted, _AWARD, _committed),
    _line(funding_round.FundsReturned, _AWARD, _returned),
    _line(funding_round.RoundClosed, _BID, lambda e: f"Round closed{f' at {e.time}' if e.time else ''}"),
    # Organisation.
    _line(organisation.OrganisationRegistered, _GOVERNANCE, lambda e: f"Organisation recorded: {e.name}"),
    _line(organisation.OrganisationRenamed, _GOVERNANCE, lambda e: f"Renamed: {e.name}"),
    _line(organisation.NameStated, _GOVERNANCE, lambda e: f"A source uses the name {e.name}"),
    _line(organisation.IdentifierRecorded, _GOVERNANCE, lambda e: f"Identifier in {e.register}: {e.value}"),
    _line(organisation.AssessmentCategoryRecorded, _GOVERNANCE,
          lambda e: f"Category in {e.regime}{f' (method {e.method})' if e.method else ''}: {_words(e.category)}"),
    _line(organisation.OrganisationsMerged, _GOVERNANCE, lambda e: f"Merger into {ORGANISATION}{_why(e.because)}",
          organisation_id=_its_organisation),
    _line(organisation.MergerUndone, _GOVERNANCE, lambda e: f"Merger into {ORGANISATION} undone{_why(e.because)}",
          organisation_id=_its_organisation),
    # Partnership.
    _line(partnership.PartnershipFormed, _GOVERNANCE, lambda e: f"Partnership recorded: {e.name}"),
    _line(partnership.PartnershipRenamed, _GOVERNANCE, lambda e: f"Renamed: {e.name or e.summary}"),
    _line(partnership.PartnerJoined, _GOVERNANCE, lambda e: f"{ORGANISATION} takes part as {_words(e.role)}",
          organisation_id=_its_organisation),
    _line(partnership.PartnerLeft, _GOVERNANCE, lambda e: f"{ORGANISATION} leaves{_why(e.reason)}",
          organisation_id=_its_organisation),
    _line(partnership.LeadChanged, _GOVERNANCE, lambda _: f"{ORGANISATION} takes the lead",
          organisation_id=_its_organisation),
    _line(partnership.OriginRecorded, _GOVERNANCE, lambda e: f"It grew from an earlier partnership{_why(e.because)}"),
    _line(partnership.PartnershipReclassified, _GOVERNANCE, lambda e: f"Reclassified: {e.summary}"),
    _line(partnership.PilotListed, _GOVERNANCE,
          lambda e: f"Pilot {e.number} on the funder's list: {e.activity or e.organisation}"),
    _line(partnership.TakeUpStated, _DELIVERY, lambda e: f"Take-up stated: {_take_up(e)}"),
    _line(partnership.SumStated, _GOVERNANCE,
          lambda e: f"Sum stated, not an award ({_words(e.basis)}): {e.purpose}", _amount),
    _line(pooling.ChargeAgreed, _GOVERNANCE, _charge, organisation_id=_its_payee),
    _line(pooling.PoolDivided, _GOVERNANCE, _divided),
    _line(partnership.PartnershipDissolved, _GOVERNANCE, lambda e: f"Partnership ends{_why(e.reason)}"),
    # Bid.
    _line(bid.BidDrafted, _BID, lambda e: f"Bid {e.reference} drafted: {e.title}"),
    _line(bid.AdviserRecorded, _BID, lambda e: f"{ORGANISATION} advises on the bid: {e.part}",
          organisation_id=_its_organisation),
    _line(bid.BidSubmitted, _BID, lambda e: f"Bid {e.reference} submitted: {e.title}", lambda e: e.requested),
    _line(bid.BidAcknowledged, _BID, lambda _: "Bid acknowledged"),
    _line(bid.CaseOfficerAssigned, _BID,
          lambda e: f"Case assigned to {e.officer}" if e.officer else "Case released by its officer"),
    _line(bid.ClarificationRequested, _BID, lambda e: f"Question {e.number} to the bidder: {e.question}"),
    _line(bid.ClarificationReceived, _BID, lambda e: f"Question {e.number} answered"),
    _line(bid.EligibilityTested, _BID, lambda e: f"Bid found {'' if e.eligible else 'in'}eligible{_why(e.because)}"),
    _line(bid.BidRevised, _BID, lambda e: f"Bid revised{_why(e.because)}", lambda e: e.requested),
    _line(bid.BidResubmitted, _BID, lambda e: f"Bid submitted again: {e.title}", lambda e: e.requested),
    _line(bid.BidAssessed, _BID, lambda e: f"Bid assessed on {e.criterion}: {e.score} out of 10"),
    _line(bid.EligibilityRuleTested, _BID, _tested),
    _line(bid.ScoreModerated, _BID, lambda e: f"Score for {e.criterion} agreed: {e.score} out of 10{_why(e.because)}"),
    _line(bid.PartnerConsented, _BID, lambda _: f"{ORGANISATION} agrees to the bid", organisation_id=_its_organisation),
    _line(bid.ConsentWithdrawn, _BID, lambda e: f"{ORGANISATION} no longer agrees to the bid{_why(e.because)}",
          organisation_id=_its_organisation),
    _line(bid.ContactLogged, _BID, lambda e: f"Contact {e.direction.value}, with {e.with_whom}: {e.summary}"),
    _line(bid.InterestDeclared, _BID, lambda e: f"Interest declared: {e.nature}"),
    _line(bid.AssessorRecused, _BID, lambda e: f"Recused from the bid{_why(e.because)}"),
    _line(bid.BidApproved, _BID, lambda e: f"Bid approved{_reduced(e)}", lambda e: e.approved),
    _line(bid.BidDeclined, _BID, lambda e: f"Bid declined{_why(e.because)}"),
    _line(bid.BidWithdrawn, _BID, lambda e: f"Bid withdrawn{_why(e.because)}"),
    _line(bid.DecisionNotified, _BID, lambda _: "Bidder notified of the decision"),
    _line(bid.OfferLapsed, _BID, lambda _: "Offer lapsed: the bid may be awarded again"),
    _line(bid.ApprovalVaried, _BID, lambda e: f"Approval changed to {shown_money(e.approved)}{_why(e.because)}"),
    _line(bid.BidStated, _BID, lambda e: f"Bid stated: {e.title}", lambda e: e.requested),
    _line(bid.BidRestated, _BID, lambda _: "Bid restated", lambda e: _some(e.change)),
    _line(bid.BidReassigned, _BID, lambda _: "The register moved the bid to another partnership"),
    # Award.
    _line(award.AwardOffered, _AWARD, lambda e: f"Award {e.reference} offered{_why(e.purpose)}", _amount),
    _line(award.OfferAccepted, _AWARD, lambda _: "Offer accepted"),
    _line(award.OfferDeclined, _AWARD, lambda e: f"Offer declined{_why(e.because)}"),
    _line(award.ConditionSet, _AWARD, lambda e: f"Condition {e.number} set: {e.text}"),
    _line(award.ConditionMet, _AWARD, lambda e: f"Condition {e.number} met"),
    _line(award.ConditionWaived, _AWARD, lambda e: f"Condition {e.number} waived{_why(e.because)}"),
    _line(award.HoldPlaced, _AWARD, lambda e: f"Payments on hold{_why(e.because)}"),
    _line(award.HoldLifted, _AWARD, lambda e: f"Hold lifted{_why(e.because)}"),
    _line(award.AwardVaried, _AWARD, lambda e: f"Award varied ({e.kind.value}){_why(e.because)}",
          lambda e: _some(e.change), until=_until),
    _line(award.FundsRegranted, _AWARD, lambda e: f"{shown_money(e.amount)} of the award funds another award"),
    _line(award.RegrantReturned, _AWARD,
          lambda e: f"{shown_money(e.amount)} returned by an award that this award funds"),
    _line(award.AwardClosed, _AWARD, lambda e: f"Award closed, {shown_money(e.given_back)} given back"),
    _line(award.AwardTerminated, _AWARD,
          lambda e: f"Award terminated, {shown_money(e.given_back)} given back{_why(e.because)}"),
    _line(award.UnspentGivenBack, _AWARD,
          lambda e: f"{shown_money(e.given_back)} given back: it was returned after the award ended"),
    _line(award.AwardReopened, _AWARD, lambda e: f"Award reopened{_why(e.because)}"),
    # What registers state of an award.
    _line(award.AwardStated, _AWARD, lambda e: f"Award stated: {e.purpose}", _amount),
    _line(award.ComponentStated, _AWARD, lambda e: f"Part of the award, {shown_money(e.amount)}: {e.purpose}"),
    _line(award.AwardRestated, _AWARD, lambda e: f"Award restated, now {shown_money(e.amount)}",
          lambda e: _some(e.change)),
    _line(award.ComponentRestated, _AWARD, _component),
    _line(award.LineLeftOut, _AWARD, lambda e: f"The budget has no line for {_words(e.kind.value)}"),
    _line(award.AwardReassigned, _AWARD, lambda _: "The register moved the award to another partnership or funder"),
    _line(award.AwardNoLongerStated, _AWARD, lambda _: "The register no longer states the award"),
    _line(award.AwardStatedAgain, _AWARD, lambda _: "The register states the award again"),
    _line(award.TransactionStated, _BY_TRANSACTION, _transaction,
          lambda e: e.amount if e.kind in _MOVING else None,
          until=lambda e: e.until if e.kind not in _MOVING else None),
    _line(award.TransactionUnstated, _BY_TRANSACTION, _unstated, _back),
    _line(award.PeriodStated, _DELIVERY, _period, until=_until),
    # Disbursement.
    _line(award.InstalmentScheduled, _MONEY,
          lambda e: f"Instalment {e.number} planned for {shown_date(e.due)}: {shown_money(e.amount)}"),
    _line(award.InstalmentChanged, _MONEY, _instalment),
    _line(award.ContributionPledged, _AWARD, lambda e: f"{ORGANISATION} pledges {_contributed(e)}",
          organisation_id=_its_contributor),
    _line(award.ContributionReceived, _DELIVERY, lambda e: f"{ORGANISATION} contributes {_contributed(e)}",
          organisation_id=_its_contributor),
    _line(award.StrandAgreed, _AWARD, _strand),
    _line(award.ProfileAgreed, _MONEY, lambda e: f"Profile agreed: {_profile(e.lines)}"),
    _line(award.ProfileChanged, _MONEY, lambda e: f"Profile changed: {_profile(e.lines)}{_why(e.because)}"),
    _line(award.PaymentRequested, _MONEY, _payment, _amount, organisation_id=_its_payee),
    _line(award.PaymentApproved, _MONEY, lambda e: f"Payment {e.number} approved: {shown_money(e.amount)}"),
    _line(award.PaymentReleased, _MONEY, lambda e: f"Payment {e.number} released", _amount),
    _line(award.PaymentSettled, _MONEY, lambda e: f"Payment {e.number} settled by the bank"),
    _line(award.PaymentReturned, _MONEY, lambda e: f"Money returned from payment {e.number}{_why(e.because)}", _amount),
    _line(award.PaymentMatched, _MONEY, _matched),
    _line(award.MatchUndone, _MONEY, _match_undone),
    _line(award.RepaymentMatched, _MONEY,
          lambda e: f"Matched at the bank: {shown_money(e.amount)} repaid of recovery {e.number}"),
    _line(award.RepaymentMatchUndone, _MONEY,
          lambda e: f"Bank match undone: repayment of recovery {e.number}{_why(e.because)}"),
    _line(award.ReturnUndone, _MONEY, lambda e: f"Return from payment {e.number} undone{_why(e.because)}", _amount),
    _line(award.PaymentReversed, _MONEY, lambda e: f"Payment {e.number} reversed{_why(e.because)}", _amount),
    _line(award.RecoveryRaised, _MONEY,
          lambda e: f"Recovery {e.number} raised{f' of payment {e.payment}' if e.payment else ''}{_why(e.because)}",
          _amount),
    _line(award.RecoveryApproved, _MONEY, lambda e: f"Recovery {e.number} approved", _amount),
    _line(award.RecoverySettled, _MONEY, lambda e: f"Recovery {e.number} settled by {e.by.value}", _amount),
    _line(award.RecoveryWrittenOff, _MONEY, lambda e: f"Recovery {e.number} written off{_why(e.because)}", _amount),
    _line(award.RecoveryWithdrawn, _MONEY, lambda e: f"Recovery {e.number} withdrawn{_why(e.because)}", _amount),
    # Delivery.
    _line(award.ExpenditureReported, _DELIVERY, _expenditure, _amount, organisation_id=_its_payee),
    _line(delivery.PlanAgreed, _DELIVERY, lambda e: f"Plan agreed: {e.title}", until=_until),
    _line(delivery.DeliveryPeriodStated, _DELIVERY, lambda e: e.summary, until=_until),
    _line(delivery.PlanRedesigned, _DELIVERY, lambda e: f"Plan redesigned: {e.because}"),
    _line(delivery.MilestoneMoved, _DELIVERY, _moved),
    _line(delivery.MilestoneReached, _DELIVERY, lambda e: f"Milestone reached: {e.milestone}"),
    _line(delivery.FollowOnPlanFiled, _DELIVERY, _follow_on),
    _line(delivery.ProcurementStepTaken, _DELIVERY, _procured, organisation_id=_its_organisation),
    _line(delivery.SupplierEngaged, _DELIVERY, lambda e: f"{_hired(e, 'engaged')}{e.summary}{_engaged(e)}",
          organisation_id=_hired_one),
    _line(delivery.SupplierReplaced, _DELIVERY,
          lambda e: f"{_hired(e, 'takes over')}{e.summary}{_reason(e.because)}{_engaged(e)}",
          organisation_id=_hired_one),
    _line(delivery.DeliverableAgreed, _DELIVERY,
          lambda e: f"{ORGANISATION} is to hand over by {shown_date(e.due)}, deliverable {e.number}: {e.text}",
          organisation_id=_its_organisation),
    _line(delivery.DeliverableDecided, _DELIVERY,
          lambda e: f"Deliverable {e.number} {'accepted' if e.accepted else 'rejected'}{_why(e.because)}"),
    _line(partnership.SupplierAppointed, _DELIVERY, _appointed, organisation_id=_its_organisation),
    _line(delivery.ActivityHeld, _DELIVERY, lambda e: e.summary, until=_until),
    _line(delivery.VisitHeld, _DELIVERY, lambda e: f"Visit by {e.visitor}: {e.findings}{_due(e)}"),
    _line(delivery.StatusReported, _DELIVERY, lambda e: f"{e.strand} is {e.light.value}: {e.because}"),
    _line(delivery.HoldUpReported, _DELIVERY,
          lambda e: f"Held up at {e.stage.value} by {_words(e.cause.value)}, hold-up {e.number}: {e.because}"),
    _line(delivery.HoldUpEnded, _DELIVERY, lambda e: f"Hold-up {e.number} over: {e.because}"),
    _line(delivery.DeliveryEnded, _DELIVERY, lambda e: e.summary),
    # Outcome.
    _line(award.ReturnRequired, _OUTCOME, lambda e: f"Return {e.number} due by {shown_date(e.due)}: {e.covers}"),
    _line(award.ReturnPrepared, _OUTCOME, lambda e: f"Return {e.number} ready to be certified"),
    _line(award.ReturnCertified, _OUTCOME, lambda e: f"Return {e.number} certified"),
    _line(FrameworkPublished, _OUTCOME,
          lambda e: f"Evaluation framework published: {shown_count(len(e.impacts), 'impact')}"),
    _line(outcome.IndicatorAgreed, _OUTCOME,
          lambda e: f"Indicator agreed: {e.indicator}{_with_unit([('target', e.target)], e.unit)}"),
    _line(outcome.UnplannedOutcomeReported, _OUTCOME,
          lambda e: f"Unplanned outcome: {e.indicator}{_with_unit([('result', e.value)], e.unit)}"),
    _line(outcome.IndicatorRevised, _OUTCOME,
          lambda e: f"Indicator revised to {e.indicator}, {'' if e.comparable else 'not '}comparable{_why(e.because)}"),
    _line(outcome.TargetRevised, _OUTCOME, lambda e: f"Target revised to {e.target}{_why(e.because)}"),
    _line(outcome.ResultReported, _OUTCOME, lambda e: f"Result reported: {e.value}"),
    _line(outcome.ResultVerified, _OUTCOME, lambda _: "Result verified"),
    _line(outcome.ResultRejected, _OUTCOME, lambda e: f"Result rejected{_why(e.because)}"),
    _line(outcome.EvidenceGiven, _OUTCOME,
          lambda e: f"Evidence {e.number} ({_words(e.kind.value)}, {e.confidence.value}): {e.text}"),
    _line(outcome.OutcomeExplained, _OUTCOME, lambda e: f"{_words(e.kind.value).capitalize()}: {e.text}"),
    _line(outcome.OutcomeLinked, _OUTCOME, lambda e: f"Led to a later outcome: {e.because}"),
    _line(outcome.SavingStated, _OUTCOME,
          lambda e: f"Saving {e.number} {e.kind.value}{_apart(e.apart)}: {e.basis}", _amount),
    _line(outcome.OutcomeRestated, _OUTCOME, lambda e: f"Result restated ({_words(e.status)}{_measured(e)})"),
    _line(outcome.OutcomeStated, _OUTCOME, lambda e: f"{e.indicator} ({_words(e.status)}{_measured(e)})"),
    # Support. A concern is on no timeline before it is shared.
    _line(concern.ConcernShared, _SUPPORT, _concern, organisation_id=_its_organisation),
    _line(concern.SharedConcernClosed, _SUPPORT, lambda e: f"Concern{_about(e)} closed: {e.conclusion}",
          organisation_id=_its_organisation),
    _line(case.SupportCaseOpened, _SUPPORT,
          lambda e: f"Support case {e.case} opened{f' ({e.problem.value})' if e.problem else ''}: {e.text}"),
    _line(case.SupportCaseEscalated, _SUPPORT,
          lambda e: f"Support case {e.case} passed on to the level {_words(e.level.value)}: {e.because}"),
    _line(case.SupportCaseClosed, _SUPPORT, lambda e: f"Support case {e.case} closed: {e.conclusion}"),
    _line(case.HelpOffered, _SUPPORT, _help, organisation_id=lambda e: e.helper_id),
    _line(case.HelpAnswered, _SUPPORT,
          lambda e: f"Help {'accepted' if e.accepted else 'declined'}{_why(e.because)}"),
    _line(case.CapacityLent, _SUPPORT, _lent, organisation_id=lambda e: e.lender_id),
    _line(case.CapacityGivenBack, _SUPPORT, lambda e: f"{shown_count(e.days, 'day')} of work given back"),
    _line(case.ImprovementPlanAgreed, _SUPPORT, lambda e: f"Improvement plan agreed, monitored: {e.monitoring}"),
    _line(case.NoticeServed, _SUPPORT, _notice),
    _line(case.ReviewPlanned, _SUPPORT, _planned_review),
    _line(case.ReviewHeld, _SUPPORT, _review),
    _line(case.ReviewMissed, _SUPPORT, lambda e: f"Review {e.number} missed: {e.because}"),
    _line(case.RecommendationMade, _SUPPORT, lambda e: f"Recommended by {e.made_by}: {e.text}"),
    _line(case.RecommendationFollowed, _SUPPORT,
          lambda e: f"Recommendation {e.number} {_words(e.state.value)}: {e.text}"),
    _line(case.DutyGiven, _SUPPORT, lambda e: f"Further responsibility: {e.text}"),
    _line(case.InformationShared, _SUPPORT, lambda e: f"Information shared under {e.protocol}: {e.text}"),
    _line(case.TurnoverRecorded, _SUPPORT, _turnover),
    _line(award.ReturnFiled, _OUTCOME, lambda e: f"Return {e.number} filed, after {shown_count(e.hours, 'hour')}"),
    _line(award.ReturnJudged, _OUTCOME,
          lambda e: f"Return {e.number} {'accepted' if e.accepted else 'queried'}{_why(e.because)}"),
    _line(award.FundingCertified, _OUTCOME,
          lambda e: f"Certificate {e.number} by {e.post}, as at {shown_date(e.as_at)}: {e.wording}"),
    # What a programme asks.
    _line(consultation.QuestionPut, _GOVERNANCE, lambda e: f"Question {e.number}: {e.text}", until=_until),
    _line(consultation.ResponseGiven, _GOVERNANCE,
          lambda e: f"Response to question {e.number} by {e.given_by}: {e.text}",
          organisation_id=_its_organisation),
    _line(consultation.QuestionDecided, _GOVERNANCE,
          lambda e: f"Question {e.number} decided: {e.decision}{_why(e.because)}"),
    _line(consultation.ReturnTemplatePublished, _GOVERNANCE,
          lambda e: f"Template {e.number} of returns published: {', '.join(e.fields)}"),
    # What partners do jointly.
    _line(agreements.AgreementMade, _GOVERNANCE, lambda e: f"Agreement {e.number} made: {e.title}", until=_until),
    _line(agreements.AgreementSigned, _GOVERNANCE, lambda e: f"Agreement {e.number} signed by {e.post}",
          organisation_id=_its_organisation),
    _line(agreements.AgreementLeft, _GOVERNANCE, lambda e: f"Left agreement {e.number}: {e.because}",
          organisation_id=_its_organisation),
    _line(agreements.AgreementUpheld, _GOVERNANCE,
          lambda e: f"{e.response.value.capitalize()} under agreement {e.number}: {e.text}",
          organisation_id=_its_organisation),
    _line(agreements.CommitmentGiven, _GOVERNANCE, lambda e: f"Commitment {e.number}: {e.text}", until=_until,
          organisation_id=_its_organisation),
    _line(agreements.CommitmentAnswered, _GOVERNANCE,
          lambda e: f"Commitment {e.number} {'kept' if e.kept else 'broken'}: {e.text}"),
    _line(agreements.SponsorNamed, _GOVERNANCE, lambda e: f"Sponsor {e.number}: {e.post}", until=_until,
          organisation_id=_its_organisation),
    _line(agreements.SponsorLapsed, _GOVERNANCE, lambda e: f"Sponsor {e.number} no longer: {e.because}"),
    _line(agreements.RoleDefined, _GOVERNANCE, lambda e: f"{_words(e.sort.value).capitalize()} {e.holder}: {e.remit}",
          until=_until, organisation_id=_its_organisation),
    _line(decisions.DecisionTaken, _GOVERNANCE, lambda e: f"{e.body} decides ({_words(e.sort.value)}): {e.text}"),
    _line(decisions.DocumentAttached, _GOVERNANCE, lambda e: f"{e.sort.value.capitalize()} attached: {e.title}"),
    _line(decisions.OutputShared, _OUTCOME, lambda e: f"Output {e.number} shared: {e.title}",
          organisation_id=lambda e: e.owner_id),
    _line(decisions.OutputReused, _OUTCOME, lambda e: f"Output {e.number} used: {e.text}",
          organisation_id=_its_organisation),
    _line(capacity.CapacityPlanFiled, _DELIVERY, lambda e: f"Capacity plan {e.number} filed: {e.title}"),
    _line(capacity.PlanCostStated, _DELIVERY,
          lambda e: f"{e.line} of capacity plan {e.number} {_words(e.sort.value)}", _amount),
    _line(capacity.CapacityPlanApproved, _DELIVERY,
          lambda e: f"Capacity plan {e.number} approved by {e.body}: it meets {e.standard}"),
    _line(capacity.FundingFormulaSet, _DELIVERY,
          lambda e: f"Capacity plan {e.number} funded {_words(e.sort.value)}", _amount),
    _line(capacity.PolicyTargetStated, _OUTCOME,
          lambda e: f"{e.policy} {'fits' if e.compatible else 'does not fit'}: {e.target}{_why(e.because)}"),
    _line(learning.NeedIdentified, _DELIVERY,
          lambda e: f"Need {e.number} on {e.theme} ({shown_count(e.people, 'person', 'people')}): {e.text}",
          organisation_id=_its_organisation),
    _line(learning.ProvisionOffered, _DELIVERY, lambda e: f"Provision {e.number} on {e.theme}: {e.text}",
          lambda e: e.cost, organisation_id=lambda e: e.provider_id),
    _line(learning.NeedMet, _DELIVERY,
          lambda e: f"Provision {e.provision} serves {shown_count(e.people, 'person', 'people')} of need {e.number}"),
    _line(learning.LearningBegun, _DELIVERY,
          lambda e: f"{e.sort.value.capitalize()} of {e.post}: {e.protocol}", until=_until,
          organisation_id=_its_organisation),
    _line(learning.LearningEnded, _DELIVERY, lambda e: f"Learning {e.number} ended: {e.outcome}"),
    _line(places.SubsidySet, _GOVERNANCE, _subsidy, until=_until),
    _line(places.SubsidyEnded, _GOVERNANCE, lambda e: f"Subsidy {e.number} removed: {e.because}"),
    _line(places.PlacesTaken, _DELIVERY, _places, organisation_id=_its_organisation),
    _line(places.ParticipationDeclined, _DELIVERY,
          lambda e: f"{'Could' if e.could_not else 'Did'} not take part ({_words(e.reason.value)}): {e.because}",
          organisation_id=_its_organisation),
    _line(places.SessionHeld, _DELIVERY, _session),
    _line(places.ProviderTransferred, _GOVERNANCE,
          lambda e: f"Moved to {ORGANISATION} as provider, with: {e.handed_over}",
          organisation_id=lambda e: e.to_provider_id),
    # Who may decide what.
    _line(governance.BodyEstablished, _GOVERNANCE, lambda e: f"{e.name} established ({e.kind}){_why(e.remit)}"),
    _line(governance.BodiesMerged, _GOVERNANCE, lambda e: f"Bodies merged{_why(e.because)}"),
    _line(governance.BodyClosed, _GOVERNANCE, lambda e: f"Body closed{_why(e.because)}"),
    _line(governance.MemberAppointed, _GOVERNANCE, lambda e: f"Appointed as {e.role}", until=_until),
    _line(governance.MemberStoodDown, _GOVERNANCE, lambda e: f"Member stands down{_why(e.because)}"),
    _line(governance.DelegationGranted, _GOVERNANCE, _delegated, until=_until),
    _line(governance.DelegationRevoked, _GOVERNANCE, lambda e: f"Authority revoked{_why(e.because)}"),
    _line(governance.SeparationLifted, _GOVERNANCE,
          lambda e: f"Duties no longer kept apart ({e.separation.value}){_why(e.because)}"),
    _line(governance.SeparationRestored, _GOVERNANCE, lambda e: f"Duties kept apart again ({e.separation.value})"),
    # What people say of a discrepancy.
    _line(discrepancy.DiscrepancyExplained, _GOVERNANCE,
          lambda e: f"Discrepancy explained ({e.message}): {e.because}"),
    _line(discrepancy.DiscrepancyWaived, _GOVERNANCE, lambda e: f"Discrepancy waived ({e.message}): {e.because}"),
    _line(discrepancy.ExplanationWithdrawn, _GOVERNANCE,
          lambda e: f"Discrepancy no longer {e.was} ({_words(e.rule)}): {e.because}"),
    _line(discrepancy.DiscrepancyAssigned, _GOVERNANCE,
          lambda e: f"Discrepancy ({_words(e.rule)}) assigned to {e.owner or 'nobody'}"),
])  # fmt: skip
