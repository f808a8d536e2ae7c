"""What each event does to the things of its stream: one table of events.

An effect begins a thing, or changes one field of it. ``state`` applies the effects of a stream to get its things as at
a day and as known at a position. The parts of awards, bids and organisations have a table of their own, in
``projections.parts``. The effects of bank entries and deliveries are in modules of their own.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from domain import award, bid, funding_round, organisation, outcome, partnership, programme
from domain.eligibility.rule import EligibilityRuleEnded, EligibilityRulePublished
from domain.history import Recorded
from domain.values.money import Money
from projections.changes import bank, deliveries
from projections.changes.effect import Effect, Effects, Thing, adds, begins, item, sets, sum_of
from projections.changes.values import Entries, Entry, Sum, Text, as_id, of_fact, of_value, plain
from projections.parts.steps import Taken, id_of, steps_of
from projections.tables.effect import ALWAYS, counts_from
from projections.tables.kinds import by_kind

# The parts whose events are shown at the award, the delivery, the outcome or the partnership itself, by a handler.
OF_OTHERS = ("planstep", "supplier", "budget", "goal", "result", "component")


def effects_of(recorded: Recorded, before: Sequence[Recorded] = ()) -> Effects:
    """The effects of an event. *before* are the events of its stream before it, as they were recorded."""
    handler = TABLE.get(type(recorded.event))
    if handler is not None:
        yield from handler(recorded, before, recorded.event)
    for taken in steps_of(recorded):
        if taken.kind not in OF_OTHERS:
            yield from _of_part(recorded, taken)


# --- Programmes, schemes and rounds -----------------------------------------------------------------------------------


def _established(r: Recorded, _: Any, event: programme.ProgrammeEstablished) -> Effects:
    yield begins(r.stream, "programme")
    yield from sets(
        r.stream, "programme", name=Text(event.name), currency=Text(event.currency), funder=as_id(event.funder_id)
    )


def _scheme(r: Recorded, _: Any, event: programme.SchemeEstablished) -> Effects:
    yield begins(event.scheme_id, "scheme")
    yield from sets(
        event.scheme_id, "scheme", name=Text(event.name), kind=Text(event.kind), funder=as_id(event.funder_id)
    )
    yield from item(r.stream, "programme", "schemes", event.scheme_id, Entry(event.code, event.scheme_id))


def _place(r: Recorded, event: Any) -> tuple[str, str]:
    """The scheme of an event, or its programme if it names none."""
    return (event.scheme_id, "scheme") if event.scheme_id is not None else (r.stream, "programme")


def _named(r: Recorded, _: Any, event: programme.ProgrammeNameStated) -> Effects:
    yield from item(*_place(r, event), "other_names", event.name, Entry(event.name))


def _allocated(r: Recorded, _: Any, event: programme.BudgetAllocated) -> Effects:
    yield from adds(*_place(r, event), "budget", event.amount)


def _varied(r: Recorded, _: Any, event: programme.BudgetVaried) -> Effects:
    yield from adds(*_place(r, event), "budget", event.change)


def _published(_: Recorded, __: Any, event: programme.AssessmentCriteriaPublished) -> Effects:
    yield from sets(event.scheme_id, "scheme", criteria=of_value(event.criteria), weights=of_value(event.weights))


def _rule(_: Recorded, __: Any, event: EligibilityRulePublished) -> Effects:
    entry = Entry(f"{event.code}, version {event.version}: {event.text}")
    yield from item(event.scheme_id, "scheme", "eligibility_rules", event.code, entry)


def _rule_ended(_: Recorded, __: Any, event: EligibilityRuleEnded) -> Effects:
    yield from item(event.scheme_id, "scheme", "eligibility_rules", event.code, None)


def _standard(r: Recorded, _: Any, event: programme.ServiceStandardSet) -> Effects:
    text = f"{plain(event.span)}: {event.limit} {plain(event.days)} days"
    yield from item(*_place(r, event), "service_standards", plain(event.span), Entry(text))


def _calendar(r: Recorded, _: Any, event: programme.CalendarChosen) -> Effects:
    yield from sets(r.stream, "programme", calendar=of_value(event.calendar))


def _opened(r: Recorded, _: Any, event: funding_round.RoundOpened) -> Effects:
    yield begins(r.stream, "round")
    zero = Sum(event.budget.amount * 0, event.budget.currency)
    yield from sets(
        r.stream, "round", name=Text(event.name), state=Text("OPEN"), budget=of_value(event.budget), committed=zero,
        opened=of_value(event.on), closes=of_value(event.closes), closes_time=of_value(event.closes_time),
    )  # fmt: skip


def _adopted(r: Recorded, _: Any, event: funding_round.CriteriaAdopted) -> Effects:
    yield from sets(r.stream, "round", criteria=of_value(event.criteria), weights=of_value(event.weights))


def _fenced(r: Recorded, _: Any, event: funding_round.RingFenceSet) -> Effects:
    yield from item(r.stream, "round", "ring_fences", event.name, Entry(event.name, amount=sum_of(event.amount)))


def _committed(r: Recorded, _: Any, event: funding_round.FundsCommitted) -> Effects:
    yield from adds(r.stream, "round", "committed", event.amount)


def _returned(r: Recorded, _: Any, event: funding_round.FundsReturned) -> Effects:
    yield from adds(r.stream, "round", "committed", event.amount, -1)


def _round_closed(r: Recorded, _: Any, event: funding_round.RoundClosed) -> Effects:
    closed = {"closed": of_value(event.on), "closed_time": of_value(event.time)}
    yield from sets(r.stream, "round", state=Text("CLOSED"), **closed)


# --- Organisations and partnerships -----------------------------------------------------------------------------------


def _registered(r: Recorded, before: Sequence[Recorded], event: organisation.OrganisationRegistered) -> Effects:
    yield begins(r.stream, "organisation")
    yield from sets(
        r.stream, "organisation", kind=Text(event.kind), region=of_value(event.region), tier=of_value(event.tier)
    )
    yield from _name(r, before, "organisation", event.name)


def _organisation_renamed(r: Recorded, before: Sequence[Recorded], event: organisation.OrganisationRenamed) -> Effects:
    yield from _name(r, before, "organisation", event.name)


def _name_stated(r: Recorded, _: Any, event: organisation.NameStated) -> Effects:
    yield from item(r.stream, "organisation", "other_names", event.name, Entry(event.name))


def _rated(event: organisation.AssessmentCategoryRecorded) -> str:
    return f"{event.regime}{f' (method {event.method})' if event.method else ''}: {event.category}"


def _category(r: Recorded, _: Any, event: organisation.AssessmentCategoryRecorded) -> Effects:
    yield from item(r.stream, "organisation", "categories", event.regime, Entry(_rated(event)))


def _merged(r: Recorded, _: Any, event: organisation.OrganisationsMerged) -> Effects:
    if r.stream == event.merged_id:
        yield from sets(r.stream, "organisation", merged_into=as_id(event.organisation_id))
    else:
        yield from item(r.stream, "organisation", "took_over", event.merged_id, Entry("", event.merged_id))


def _merger_undone(r: Recorded, _: Any, event: organisation.MergerUndone) -> Effects:
    if r.stream == event.merged_id:
        yield from sets(r.stream, "organisation", merged_into=None)
    else:
        yield from item(r.stream, "organisation", "took_over", event.merged_id, None)


# The role of the partner that leads.
LEAD = "lead"
_FIRST = organisation.OrganisationRegistered | partnership.PartnershipFormed
_LATER = organisation.OrganisationRenamed | partnership.PartnershipRenamed


def _name(r: Recorded, before: Sequence[Recorded], kind: str, name: str) -> Effects:
    """The name counts from its day, unless another one counts from a later day."""
    day = _day_of_name(r, before)

    def apply(found: Thing) -> None:
        if day >= found.named_from:
            found.values["name"], found.named_from = Text(name), day

    yield Effect(r.stream, kind, "name", apply, day)


def _day_of_name(r: Recorded, before: Sequence[Recorded]) -> date:
    """The day from which a name counts: its date. The first name counts always.

    A name without a date counts from the same day as the name that it replaces.
    """
    if isinstance(r.event, _FIRST):
        return ALWAYS
    if r.event.on.is_known:
        return counts_from(r.event.on)
    earlier = [one for one in before if isinstance(one.event, _LATER) and one.event.name and one.event.on.is_known]
    return max((counts_from(one.event.on) for one in earlier), default=ALWAYS)


def _formed(r: Recorded, before: Sequence[Recorded], event: partnership.PartnershipFormed) -> Effects:
    yield begins(r.stream, "partnership")
    yield from sets(
        r.stream, "partnership", kind=Text(event.kind), lead=as_id(event.lead_id), scheme=as_id(event.scheme_id)
    )
    yield from _name(r, before, "partnership", event.name)
    if event.lead_id is not None:
        yield from _joins(r, before, event.lead_id, LEAD)


def _partnership_renamed(r: Recorded, before: Sequence[Recorded], event: partnership.PartnershipRenamed) -> Effects:
    if event.name is not None:
        yield from _name(r, before, "partnership", event.name)


def _joins(r: Recorded, before: Sequence[Recorded], organisation_id: str, role: str) -> Effects:
    """An organisation becomes a partner, unless it is one in this role already."""
    if (organisation_id, role) not in _partners_after(before):
        entry = Entry(role, organisation_id)
        yield from item(r.stream, "partnership", "partners", f"{organisation_id} {role}", entry)


def _partners_after(events: Sequence[Recorded]) -> set[tuple[str, str]]:
    """The partners after *events* were recorded, whatever their dates are: organisations and roles."""
    found: set[tuple[str, str]] = set()
    for one in events:
        match one.event:
            case partnership.PartnershipFormed(lead_id=str() as lead_id):
                found.add((lead_id, LEAD))
            case partnership.PartnerJoined() as event:
                found.add((event.organisation_id, event.role))
            case partnership.LeadChanged() as event:
                found = {one for one in found if one[1] != LEAD} | {(event.organisation_id, LEAD)}
            case partnership.PartnerLeft() as event:
                found = {(partner, role) for partner, role in found if partner != event.organisation_id}
    return found


def _joined(r: Recorded, before: Sequence[Recorded], event: partnership.PartnerJoined) -> Effects:
    yield from _joins(r, before, event.organisation_id, event.role)


def _appointed(r: Recorded, _: Any, event: partnership.SupplierAppointed) -> Effects:
    entry = Entry(f"{event.work}, {event.brief}, {event.selection}", event.organisation_id)
    yield from item(r.stream, "partnership", "suppliers", f"{r.version}", entry)


def _left(r: Recorded, _: Any, event: partnership.PartnerLeft) -> Effects:
    def leaves(field: str) -> Effect:
        def leave(found: Thing) -> None:
            those = found.items.setdefault(field, {})
            for key in [key for key, one in those.items() if one.id == event.organisation_id]:
                del those[key]

        return Effect(r.stream, "partnership", field, leave)

    def lose_lead(found: Thing) -> None:
        if found.values.get("lead") == as_id(event.organisation_id):
            found.values["lead"] = None

    yield from (leaves("partners"), leaves("suppliers"))
    yield Effect(r.stream, "partnership", "lead", lose_lead)


def _lead(r: Recorded, _: Any, event: partnership.LeadChanged) -> Effects:
    def no_longer_lead(found: Thing) -> None:
        partners = found.items.setdefault("partners", {})
        for key in [key for key, partner in partners.items() if partner.text == LEAD]:
            del partners[key]

    yield from sets(r.stream, "partnership", lead=as_id(event.organisation_id))
    yield Effect(r.stream, "partnership", "partners", no_longer_lead)
    entry = Entry(LEAD, event.organisation_id)
    yield from item(r.stream, "partnership", "partners", f"{event.organisation_id} {LEAD}", entry)


def _reclassified(r: Recorded, _: Any, event: partnership.PartnershipReclassified) -> Effects:
    if event.kind is not None:
        yield from sets(r.stream, "partnership", kind=Text(event.kind))


def _origin(r: Recorded, _: Any, event: partnership.OriginRecorded) -> Effects:
    yield from item(r.stream, "partnership", "origins", event.origin_id, Entry("origin", event.origin_id))


def _dissolved(r: Recorded, _: Any, event: partnership.PartnershipDissolved) -> Effects:
    yield from sets(r.stream, "partnership", dissolved=of_value(event.on))


# --- Bids -------------------------------------------------------------------------------------------------------------


def _drafted(r: Recorded, _: Any, event: bid.BidDrafted | bid.BidStated) -> Effects:
    yield begins(r.stream, "bid")
    stated = isinstance(event, bid.BidStated)
    yield from sets(
        r.stream, "bid", state=Text("STATED" if stated else "DRAFTED"), title=Text(event.title),
        partnership=as_id(event.partnership_id),
    )  # fmt: skip
    if isinstance(event, bid.BidStated):
        yield from _requested(r, event)
    else:
        yield from sets(r.stream, "bid", round=as_id(event.round_id))
        yield from _proposal(r, event)


def _proposal(r: Recorded, event: bid.Proposing) -> Effects:
    """What the bid proposes from now on."""
    partners = tuple(Entry("", partner) for partner in event.partners)
    activities = tuple(Entry(one.name, amount=sum_of(one.amount) if one.amount else None) for one in event.activities)
    plans = tuple(Entry(f"{one.kind}: {one.text}") for one in event.plans)
    yield from sets(
        r.stream, "bid", partners=Entries(partners) if partners else None, themes=of_value(event.themes),
        activities=Entries(activities) if activities else None, plans=Entries(plans) if plans else None,
    )  # fmt: skip


def _submitted(r: Recorded, before: Sequence[Recorded], event: bid.BidSubmitted) -> Effects:
    yield begins(r.stream, "bid")
    if not before:
        yield from sets(r.stream, "bid", partnership=as_id(event.partnership_id))
    yield from sets(
        r.stream, "bid", state=Text("SUBMITTED"), title=Text(event.title), requested=of_value(event.requested),
        submitted=of_value(event.on), round=as_id(event.round_id),
    )  # fmt: skip
    yield from _proposal(r, event)


def _bid_restated(r: Recorded, _: Any, event: bid.BidRestated) -> Effects:
    yield from _requested(r, event)


def _requested(r: Recorded, event: bid.BidStated | bid.BidRestated) -> Effects:
    submitted = of_value(event.on) if event.on.is_known else None
    yield from sets(r.stream, "bid", requested=of_value(event.requested), submitted=submitted)


def _revised(r: Recorded, _: Any, event: bid.BidRevised) -> Effects:
    yield from sets(r.stream, "bid", title=Text(event.title), requested=of_value(event.requested))
    yield from _proposal(r, event)


def _resubmitted(r: Recorded, _: Any, event: bid.BidResubmitted) -> Effects:
    yield from sets(
        r.stream, "bid", state=Text("SUBMITTED"), title=Text(event.title), requested=of_value(event.requested),
        submitted=of_value(event.on), round=as_id(event.round_id), approved=None, decided=None,
    )  # fmt: skip
    yield from _proposal(r, event)


def _approved(r: Recorded, _: Any, event: bid.BidApproved) -> Effects:
    yield from sets(
        r.stream, "bid", state=Text("APPROVED"), approved=of_value(event.approved), decided=of_value(event.on)
    )


def _approval_varied(r: Recorded, _: Any, event: bid.ApprovalVaried) -> Effects:
    yield from sets(r.stream, "bid", approved=of_value(event.approved))


def _declined(r: Recorded, _: Any, event: bid.BidDeclined) -> Effects:
    yield from sets(r.stream, "bid", state=Text("DECLINED"), decided=of_value(event.on))


def _withdrawn(r: Recorded, _: Any, __: bid.BidWithdrawn) -> Effects:
    yield from sets(r.stream, "bid", state=Text("WITHDRAWN"))


def _awarded(r: Recorded, _: Any, event: bid.BidAwarded) -> Effects:
    yield from sets(r.stream, "bid", state=Text("AWARDED"), award=as_id(event.award_id))


def _lapsed(r: Recorded, _: Any, __: bid.OfferLapsed) -> Effects:
    yield from sets(r.stream, "bid", state=Text("APPROVED"), award=None)


def _bid_moved(r: Recorded, _: Any, event: bid.BidReassigned) -> Effects:
    yield from sets(r.stream, "bid", partnership=as_id(event.partnership_id))


def _acknowledged(r: Recorded, _: Any, event: bid.BidAcknowledged) -> Effects:
    yield from sets(r.stream, "bid", acknowledged=of_value(event.on))


def _notified(r: Recorded, _: Any, event: bid.DecisionNotified) -> Effects:
    yield from sets(r.stream, "bid", notified=of_value(event.on))


def _advised(r: Recorded, _: Any, event: bid.AdviserRecorded) -> Effects:
    key = f"{event.organisation_id} {event.part}"
    yield from item(r.stream, "bid", "advisers", key, Entry(event.part, event.organisation_id))


# --- Awards -----------------------------------------------------------------------------------------------------------


def _offered(r: Recorded, _: Any, event: award.AwardOffered) -> Effects:
    yield begins(r.stream, "award")
    yield from sets(
        r.stream, "award", state=Text("OFFERED"), amount=of_value(event.amount), begun=of_value(event.on),
        partnership=as_id(event.partnership_id), bid=as_id(event.bid_id), funded_from=as_id(event.funded_from),
        until=of_value(event.until), purpose=of_value(event.purpose),
    )  # fmt: skip
    for line in event.lines:
        yield from _line(r, line.name, line.amount)


def _award_stated(r: Recorded, _: Any, event: award.AwardStated) -> Effects:
    yield begins(r.stream, "award")
    yield from sets(
        r.stream, "award", state=Text("STATED"), amount=of_value(event.amount), begun=of_value(event.on),
        partnership=as_id(event.partnership_id), purpose=Text(event.purpose), funder=as_id(event.funder_id),
    )  # fmt: skip


def _accepted(r: Recorded, _: Any, event: award.OfferAccepted | award.AwardReopened) -> Effects:
    yield from sets(r.stream, "award", state=Text("ACCEPTED"))
    if isinstance(event, award.OfferAccepted):
        yield from sets(r.stream, "award", accepted=of_value(event.on))


_ENDS = {award.OfferDeclined: "DECLINED", award.AwardClosed: "CLOSED", award.AwardTerminated: "TERMINATED"}


def _ended(
    r: Recorded,
    _: Any,
    event: award.OfferDeclined | award.AwardClosed | award.AwardTerminated | award.UnspentGivenBack,
) -> Effects:
    if type(event) in _ENDS:
        yield from sets(r.stream, "award", state=Text(_ENDS[type(event)]))
    yield from adds(r.stream, "award", "amount", event.given_back, -1, always=True)


def _award_varied(r: Recorded, _: Any, event: award.AwardVaried) -> Effects:
    yield from adds(r.stream, "award", "amount", event.change, always=True)
    if event.until is not None:
        yield from sets(r.stream, "award", until=of_value(event.until))
    for line in event.lines:
        yield from _line(r, line.name, line.change)


def _line(r: Recorded, name: str, amount: Money) -> Effects:
    """A budget line, or a change to one."""

    def apply(found: Thing) -> None:
        lines = found.items.setdefault("lines", {})
        before = lines[name].amount if name in lines else None
        lines[name] = Entry(name, amount=Sum(amount.amount + (before.amount if before else 0), amount.currency))

    yield Effect(r.stream, "award", "lines", apply)


def _restated(r: Recorded, _: Any, event: award.AwardRestated) -> Effects:
    yield from adds(r.stream, "award", "amount", event.change, always=True)
    yield from sets(r.stream, "award", begun=of_value(event.on))


def _transaction(r: Recorded, _: Any, event: award.TransactionStated | award.TransactionUnstated) -> Effects:
    if event.kind is award.Transaction.COMMITMENT:
        sign = 1 if isinstance(event, award.TransactionStated) else -1
        yield from adds(r.stream, "award", "amount", event.amount, sign)


def _particulars(r: Recorded, _: Any, event: award.ParticularsStated) -> Effects:
    yield from sets(r.stream, "award", bid=as_id(event.bid_id), purpose=Text(event.title))


def _award_moved(r: Recorded, _: Any, event: award.AwardReassigned) -> Effects:
    yield from sets(r.stream, "award", partnership=as_id(event.partnership_id))
    if event.funder_id is not None:
        yield from sets(r.stream, "award", funder=as_id(event.funder_id))


def _unstated(r: Recorded, _: Any, __: award.AwardNoLongerStated) -> Effects:
    yield from sets(r.stream, "award", state=Text("NO_LONGER_STATED"))


def _stated_again(r: Recorded, _: Any, __: award.AwardStatedAgain) -> Effects:
    yield from sets(r.stream, "award", state=Text("STATED"))


def _regranted(r: Recorded, _: Any, event: award.FundsRegranted | award.RegrantReturned) -> Effects:
    sign = 1 if isinstance(event, award.FundsRegranted) else -1
    yield from adds(r.stream, "award", "regranted", event.amount, sign)


# --- Outcomes ---------------------------------------------------------------------------------------------------------


def _unplanned(r: Recorded, _: Any, event: outcome.UnplannedOutcomeReported) -> Effects:
    yield begins(r.stream, "outcome")
    yield from sets(
        r.stream, "outcome", impact=Text(event.impact), level=Text(event.level), indicator=Text(event.indicator),
        unit=of_value(event.unit), result=Text(event.value), status=Text("unplanned"),
    )  # fmt: skip


def _indicator(r: Recorded, _: Any, event: outcome.IndicatorRevised) -> Effects:
    yield from sets(r.stream, "outcome", indicator=Text(event.indicator))


def _agreed(r: Recorded, _: Any, event: outcome.IndicatorAgreed | outcome.OutcomeStated) -> Effects:
    yield begins(r.stream, "outcome")
    stated = event if isinstance(event, outcome.OutcomeStated) else None
    yield from sets(
        r.stream, "outcome", impact=Text(event.impact), level=Text(event.level), indicator=Text(event.indicator),
        unit=of_value(event.unit), baseline=of_value(event.baseline), target=of_value(event.target),
        result=of_value(stated.result) if stated else None, status=Text(stated.status if stated else "agreed"),
    )  # fmt: skip
    if isinstance(event, outcome.IndicatorAgreed):
        yield from sets(
            r.stream, "outcome", baseline_on=of_value(event.baseline_on), expected_by=of_value(event.expected_by),
            priority=of_value(event.priority),
        )  # fmt: skip


def _outcome_restated(r: Recorded, _: Any, event: outcome.OutcomeRestated) -> Effects:
    yield from sets(
        r.stream, "outcome", unit=of_value(event.unit), baseline=of_value(event.baseline),
        target=of_value(event.target), result=of_value(event.result), status=Text(event.status),
    )  # fmt: skip


def _target(r: Recorded, _: Any, event: outcome.TargetRevised) -> Effects:
    yield from sets(r.stream, "outcome", target=Text(event.target))


def _reported(r: Recorded, _: Any, event: outcome.ResultReported) -> Effects:
    yield from sets(r.stream, "outcome", result=Text(event.value), status=Text("reported"))


def _verified(r: Recorded, before: Sequence[Recorded], event: outcome.ResultVerified) -> Effects:
    """The result that is verified is the last one in the log, whatever the dates are."""
    found: str | None = None
    for one in before:
        match one.event:
            case outcome.ResultReported() as event_before:
                found = event_before.value
            case outcome.OutcomeStated() | outcome.OutcomeRestated() as event_before:
                found = event_before.result
            case outcome.UnplannedOutcomeReported() as event_before:
                found = event_before.value
            case outcome.IndicatorAgreed():
                found = None
    verified = of_value(found)
    yield from sets(
        r.stream, "outcome", status=Text("verified"), verified_result=verified, verified_on=of_value(event.on)
    )


def _rejected(r: Recorded, _: Any, __: outcome.ResultRejected) -> Effects:
    yield from sets(r.stream, "outcome", status=Text("rejected"))


# --- Parts ------------------------------------------------------------------------------------------------------------

_MATCHED = "matched "


def _of_part(r: Recorded, taken: Taken) -> Effects:
    thing = id_of(taken.kind, r.stream, taken.number, taken.part)
    if taken.begins:
        yield begins(thing, taken.kind, anew=True)
    if taken.status is not None:
        yield from sets(thing, taken.kind, state=Text(taken.status.upper()))
    if taken.amount is not None:
        yield from sets(thing, taken.kind, amount=of_value(taken.amount))
    amount = getattr(r.event, "amount", None)
    if taken.remains is not None and amount is not None:
        yield from adds(thing, taken.kind, "outstanding", amount, 1 if taken.remains > 0 else -1)
    matched = taken.step.startswith(_MATCHED)
    facts = taken.facts if matched else {taken.step: r.event.on, f"{taken.step}_by": r.actor} | taken.facts
    for name, value in facts.items():
        if name.startswith(_MATCHED):
            yield from item(thing, taken.kind, "bank_entries", name.removeprefix(_MATCHED), None)
        else:
            yield from sets(thing, taken.kind, **{name.removesuffix("_id"): of_fact(name, value)})
    if matched:
        entry = taken.step.removeprefix(_MATCHED)
        yield from item(thing, taken.kind, "bank_entries", entry, Entry("", entry))


# --- The table --------------------------------------------------------------------------------------------------------

TABLE = by_kind(
    _established, _scheme, _named, _allocated, _varied, _published, _rule, _rule_ended, _standard, _calendar,
    _opened, _adopted, _fenced, _committed, _returned, _round_closed,
    _registered, _organisation_renamed, _name_stated, _category, _merged, _merger_undone,
    _formed, _partnership_renamed, _joined, _appointed, _left, _lead, _reclassified,
    _origin, _dissolved,
    _drafted, _submitted, _revised, _resubmitted, _approved, _approval_varied, _declined, _withdrawn, _awarded, _lapsed,
    _bid_restated, _bid_moved, _acknowledged, _notified, _advised,
    _offered, _award_stated, _accepted, _ended, _award_varied, _restated, _transaction, _particulars, _award_moved,
    _unstated, _stated_again, _regranted,
    _agreed, _unplanned, _indicator, _outcome_restated, _target, _reported, _verified, _rejected,
    *bank.HANDLERS, *deliveries.HANDLERS,
)  # fmt: skip
