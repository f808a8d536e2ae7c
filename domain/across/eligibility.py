"""The test of bids against the eligibility rules of their scheme and round, at submission and by people."""

from collections.abc import Sequence
from functools import reduce
from types import ModuleType
from typing import Any

from domain import bid, funding_round, organisation, partnership, programme
from domain.across.mergers import one_with
from domain.bid.parties import admitted as admitted_test
from domain.eligibility import rule as rules
from domain.eligibility.rule import EligibilityKind, EligibilityRulePublished
from domain.eligibility.testing import Applying, Bidding, tested
from domain.history import Written, written_to
from domain.reading import Reading
from domain.values.fact import StatementReplaced, corrected
from domain.values.ids import OrganisationId, PartnershipId, RoundId
from domain.values.refusal import Refused
from domain.values.when import When


class RoundNotOfScheme(Refused):
    """Round {round} belongs to another scheme. A rule of a round is published for the scheme of that round."""


class EligibilityRuleBroken(Refused):
    """The bid does not meet {rules}: {missing}. A bid meets each rule of its scheme and round; another one is admitted
    only with a reason.
    """


def publish_rule(reading: Reading, command: rules.PublishEligibilityRule) -> list[Written]:
    """Publish a rule of a scheme, or of a round of that scheme."""
    events = programme.decide(reading.programme(command.programme_id), command)
    if command.round_id is not None:
        call = funding_round.known(reading.round(command.round_id))
        if call.scheme_id != command.scheme_id:
            raise RoundNotOfScheme(round=call.code)
    return written_to(command.stream, events)


def tests_at_submission(
    reading: Reading, bidder: partnership.Partnership, events: Sequence[bid.Event]
) -> list[bid.EligibilityRuleTested]:
    """The test of a bid by each rule that a machine can test. Raises EligibilityRuleBroken, unless it is admitted."""
    found: list[bid.EligibilityRuleTested] = []
    for submitted in events:
        if isinstance(submitted, bid.BidSubmitted | bid.BidResubmitted):
            applying = _applying(reading, bidder, submitted.round_id, submitted.on)
            found = _tests(reading, bidder, applying, submitted)
            admitted = (submitted.admitted_because or "").strip()
            if admitted:
                return [one if one.met else admitted_test(one, admitted) for one in found]
    _none_broken(found)
    return found


def tests_after_revision(
    reading: Reading, before: bid.Bid, events: Sequence[bid.Event]
) -> list[bid.EligibilityRuleTested]:
    """The tests of a revised bid by the rules for its plans, but for those without which it was admitted."""
    found: list[bid.EligibilityRuleTested] = []
    bidder = partnership.known(reading.partnership(before.partnership_id))
    for revised in events:
        if isinstance(revised, bid.BidRevised) and before.submitted is not None:
            applying = [
                rule
                for rule in _applying(reading, bidder, before.round_id, before.submitted)
                if rule.kind is EligibilityKind.REQUIRED_PLANS and rule.code not in before.admitted
            ]
            found = _tests(reading, bidder, applying, revised)
    _none_broken(found)
    return found


def check_eligibility(reading: Reading, command: bid.CheckEligibility) -> list[Written]:
    """Record whether a bid is eligible, or whether it meets a rule that applied on the day of its submission."""
    found = bid.known(reading.bid(command.bid_id))
    if command.rule is None:
        return written_to(command.stream, bid.decide(found, command))
    bidder = partnership.known(reading.partnership(found.partnership_id))
    applying = _applying(reading, bidder, found.round_id, found.submitted or command.on)
    rule = next((one for one in applying if one.code == command.rule), None)
    if rule is None:
        raise rules.EligibilityRuleUnknown(code=command.rule)
    return written_to(command.stream, bid.judge(found, command, rule.version, rule.text))


def _none_broken(found: Sequence[bid.EligibilityRuleTested]) -> None:
    broken = [one for one in found if not one.met]
    if broken:
        raise EligibilityRuleBroken(
            rules=", ".join(f"{one.rule} (version {one.version})" for one in broken),
            missing="; ".join(f"{one.text}: {one.found}" for one in broken),
        )


def _applying(
    reading: Reading, bidder: partnership.Partnership, round_id: RoundId | None, on: When
) -> list[EligibilityRulePublished]:
    """The rules for a bid of the bidder to a round that is submitted on a date."""
    found = programme.known(reading.programme(bidder.programme_id))
    return rules.applying(found.rules, bidder.scheme_id, round_id, on)


def _tests(
    reading: Reading,
    bidder: partnership.Partnership,
    applying: Sequence[EligibilityRulePublished],
    proposal: bid.BidSubmitted | bid.BidResubmitted | bid.BidRevised,
) -> list[bid.EligibilityRuleTested]:
    """The tests of a proposal by those of the rules *applying* that a machine can test."""
    if not any(rule.kind is not EligibilityKind.OTHER for rule in applying):
        return []
    tried = Applying(
        partners=_partners(reading, bidder.partnership_id, proposal.on),
        plans=frozenset(plan.kind for plan in proposal.plans if plan.text.strip()),
        on=proposal.on,
    )
    return [
        bid.EligibilityRuleTested(
            partnership_id=bidder.partnership_id,
            rule=rule.code,
            version=rule.version,
            text=rule.text,
            met=result.met,
            found=result.found,
            judged=False,
            on=proposal.on,
        )
        for rule in applying
        if (result := tested(rule, tried)) is not None
    ]


def _partners(reading: Reading, partnership_id: PartnershipId, on: When) -> tuple[Bidding, ...]:
    """The partners of a partnership on a date. Those that are one organisation by then count once."""
    found: partnership.Partnership = _as_at(partnership, reading.history(partnership_id), on)
    ids = {one for one, _ in found.partners} | ({found.lead_id} if found.lead_id is not None else set())
    wholes: dict[frozenset[OrganisationId], OrganisationId] = {}
    for one in sorted(ids):
        wholes.setdefault(one_with(reading, one, on), one)
    return tuple(_bidding(reading, one, on) for one in wholes.values())


def _bidding(reading: Reading, organisation_id: OrganisationId, on: When) -> Bidding:
    """An organisation as it was on a date."""
    history = corrected(reading.history(organisation_id))
    registered = history[0]
    assert isinstance(registered, organisation.OrganisationRegistered)
    categories: dict[str, str] = {}
    for event in history:
        if isinstance(event, organisation.AssessmentCategoryRecorded) and event.on.may_precede(on):
            categories[event.regime] = event.category
    name = organisation.known(reading.organisation(organisation_id)).name
    return Bidding(
        name=name, kind=registered.kind, tier=registered.tier, region=registered.region, categories=categories
    )


def _as_at(module: ModuleType, history: Sequence[Any], on: When) -> Any:
    """The state of a stream on a date. What began it counts always: its date may not be known."""
    first, *later = [event for event in corrected(history) if not isinstance(event, StatementReplaced)]
    return reduce(module.evolve, [one for one in later if one.on.may_precede(on)], module.evolve(None, first))
