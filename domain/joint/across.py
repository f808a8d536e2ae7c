"""Decisions about what partners do jointly: they name organisations, bids and awards."""

from collections.abc import Iterator
from typing import Any

from domain import award, bid, outcome, partnership
from domain.across.mergers import going_on
from domain.history import Written, written_to
from domain.joint import JointCommand
from domain.joint.capacity import StatePolicyTarget
from domain.joint.decisions import AttachDocument
from domain.joint.places import HoldSession, SetSubsidy, TakePlaces
from domain.programme import BudgetCurrencyDiffers
from domain.reading import Reading
from domain.values.ids import AwardId, OrganisationId

# The fields by which entries, and what is listed in them, name an organisation.
_ORGANISATIONS = (
    "organisation_id", "owner_id", "provider_id", "host_id", "funder_id", "from_provider_id", "to_provider_id",
)  # fmt: skip
_LISTS = ("terms", "measures", "attended")


def decide_joint(reading: Reading, command: JointCommand) -> list[Written]:
    """Decide a command about what partners do jointly. What it names must exist; organisations must go on.

    A bid, award or outcome that it names is one of the partnership; an award that paid for places or a session is one
    of its programme. Raises BidUnknown, AwardUnknown, OutcomeUnknown and BudgetCurrencyDiffers.
    """
    decided = partnership.decide(reading.partnership(command.partnership_id), command)
    if decided:
        for one in _organisations(command):
            going_on(reading, one, command.on)
        if isinstance(command, AttachDocument):
            _its_own(reading, command)
        if isinstance(command, StatePolicyTarget):
            _its_outcome(reading, command)
        if isinstance(command, HoldSession | TakePlaces) and command.award_id is not None:
            _paid_by(reading, command, command.award_id)
        if isinstance(command, SetSubsidy | TakePlaces):
            _in_its_currency(reading, command)
    return written_to(command.stream, decided)


def _organisations(command: Any) -> Iterator[OrganisationId]:
    """The organisations that *command* names."""
    for value in (command, *(one for name in _LISTS for one in getattr(command, name, ()))):
        for name in _ORGANISATIONS:
            if (found := getattr(value, name, None)) is not None:
                yield found


def _its_outcome(reading: Reading, command: StatePolicyTarget) -> None:
    found = outcome.known(reading.outcome(command.outcome_id)) if command.outcome_id is not None else None
    if found is not None and found.partnership_id != command.partnership_id:
        raise outcome.OutcomeUnknown


def _its_own(reading: Reading, command: AttachDocument) -> None:
    of = command.partnership_id
    if command.bid_id is not None and bid.known(reading.bid(command.bid_id)).partnership_id != of:
        raise bid.BidUnknown
    if command.award_id is not None and award.known(reading.award(command.award_id)).partnership_id != of:
        raise award.AwardUnknown(award=command.award_id)


def _paid_by(reading: Reading, command: HoldSession | TakePlaces, award_id: AwardId) -> None:
    """Check that the award that paid is one of a partnership of the programme."""
    paid = award.known(reading.award(award_id))
    of, payer = (partnership.known(reading.partnership(one)) for one in (command.partnership_id, paid.partnership_id))
    if payer.programme_id != of.programme_id:
        raise award.AwardUnknown(award=award_id)


def _in_its_currency(reading: Reading, command: SetSubsidy | TakePlaces) -> None:
    """Check that the money of places is in the currency of their programme."""
    of = partnership.known(reading.partnership(command.partnership_id))
    found = reading.programme(of.programme_id)
    sums = (command.per_place,) if isinstance(command, SetSubsidy) else (command.amount, command.cost)
    for one in sums:
        if found is not None and one is not None and one.currency != found.currency:
            raise BudgetCurrencyDiffers(budget=one.currency, programme=found.currency)
