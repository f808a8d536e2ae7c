"""What passes between the partners, the bidder and the funder of a bid: consents, contacts and tests of rules."""

from domain.bid.commands import CheckEligibility, LogContact, ModerateScore, RecordConsent, WithdrawConsent
from domain.bid.events import (
    ConsentWithdrawn,
    ContactLogged,
    EligibilityRuleTested,
    Event,
    PartnerConsented,
    ScoreModerated,
)
from domain.bid.refusals import (
    AlreadyConsented,
    BidNotSubmitted,
    ContactEmpty,
    ContactNumberTaken,
    NotConsented,
    NothingToModerate,
    ReasonMissing,
    ScoreOutOfRange,
)
from domain.bid.state import Bid, Status
from domain.values.frozen import replace
from domain.values.numbers import given_or_next


def record_consent(bid: Bid, command: RecordConsent) -> list[Event]:
    given = bid.consents.get(command.organisation_id)
    if given is not None:
        _, on = given
        if on == command.on:
            return []
        raise AlreadyConsented(since=on)
    return [
        PartnerConsented(
            partnership_id=bid.partnership_id,
            number=bid.consents_given + 1,
            organisation_id=command.organisation_id,
            on=command.on,
        )
    ]


def withdraw_consent(bid: Bid, command: WithdrawConsent) -> list[Event]:
    given = bid.consents.get(command.organisation_id)
    if given is None:
        if command.organisation_id in bid.consents_withdrawn:
            return []
        raise NotConsented
    if not command.because.strip():
        raise ReasonMissing
    number, _ = given
    return [
        ConsentWithdrawn(
            partnership_id=bid.partnership_id,
            number=number,
            organisation_id=command.organisation_id,
            because=command.because,
            on=command.on,
        )
    ]


def log_contact(bid: Bid, command: LogContact) -> list[Event]:
    number = given_or_next(command.number, bid.contacts)
    told = (command.direction, command.with_whom, command.summary, command.on)
    if told == bid.contacts.get(number) or (command.number is None and told in bid.contacts.values()):
        return []
    if number in bid.contacts:
        raise ContactNumberTaken(number=number)
    if bid.status is Status.STATED:
        raise BidNotSubmitted(status=bid.status.value)
    if number < 1 or not command.with_whom.strip() or not command.summary.strip():
        raise ContactEmpty(number=number)
    return [
        ContactLogged(
            partnership_id=bid.partnership_id,
            number=number,
            direction=command.direction,
            with_whom=command.with_whom,
            summary=command.summary,
            on=command.on,
        )
    ]


def judge(bid: Bid, command: CheckEligibility, version: int, text: str) -> list[Event]:
    """Record what a person finds of one rule. Raises BidNotSubmitted and ReasonMissing."""
    assert command.rule is not None
    found = (command.because or "").strip()
    before = bid.tests.get(command.rule)
    if before is not None and (before.version, before.met, before.found) == (version, command.eligible, found):
        return []
    if bid.status is not Status.SUBMITTED:
        raise BidNotSubmitted(status=bid.status.value)
    # A person may find otherwise than the machine did, and says why.
    if not found and (not command.eligible or (before is not None and not before.met)):
        raise ReasonMissing
    return [
        EligibilityRuleTested(
            partnership_id=bid.partnership_id,
            rule=command.rule,
            version=version,
            text=text,
            met=command.eligible,
            found=found,
            judged=True,
            on=command.on,
        )
    ]


def admitted(test: EligibilityRuleTested, because: str) -> EligibilityRuleTested:
    """The *test* of a bid that does not meet the rule and was admitted with a reason."""
    return replace(test, admitted_because=because)


def moderate(bid: Bid, command: ModerateScore) -> list[Event]:
    if bid.moderated.get(command.criterion) == (command.score, command.because):
        return []
    if bid.status is not Status.SUBMITTED:
        raise BidNotSubmitted(status=bid.status.value)
    if not 0 <= command.score <= 10:
        raise ScoreOutOfRange(score=command.score)
    if not command.because.strip():
        raise ReasonMissing
    if command.criterion not in {criterion for criterion, _, _ in bid.scores}:
        raise NothingToModerate(criterion=command.criterion)
    return [
        ScoreModerated(
            partnership_id=bid.partnership_id,
            criterion=command.criterion,
            score=command.score,
            because=command.because,
            on=command.on,
        )
    ]
