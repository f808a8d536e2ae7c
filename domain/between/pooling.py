"""Charges between organisations and the division of pooled money: events, commands and rules of a partnership."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import AwardId, OrganisationId, PartnershipId
from domain.values.money import Money, minor_units, total
from domain.values.numbers import given_or_next
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


class ChargeFor(Enum):
    """What a charge is for: a service, or recompense for staff that the payee supplies."""

    SERVICE = "service"
    STAFF = "staff"


@frozen
class ChargeAgreed(Fact):
    """One organisation is to pay another for a service or for its staff. It is not money of the programme.

    *amount* is the whole charge. *met* is the part of it that the programme meets, out of the award *award_id*. An
    amount that is not known is left out.
    """

    partnership_id: PartnershipId
    number: int
    payer_id: OrganisationId
    payee_id: OrganisationId
    charged_for: ChargeFor
    purpose: str
    amount: Money | None = None
    met: Money | None = None
    award_id: AwardId | None = None


@frozen
class PoolShare:
    """The part of pooled money that goes to one organisation."""

    organisation_id: OrganisationId
    amount: Money


@frozen
class PoolDivided(Fact):
    """The partnership divided pooled money, or decided not to share it out: *basis* says by what rule.

    *equally* is whether each organisation has the same. Without *shares* the money stays pooled.
    """

    partnership_id: PartnershipId
    number: int
    amount: Money
    basis: str
    equally: bool
    shares: tuple[PoolShare, ...] = ()


PoolingEvent: TypeAlias = ChargeAgreed | PoolDivided

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfPartnership:
    """A command that is decided on the stream of the partnership."""

    partnership_id: PartnershipId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.partnership_id


@frozen
class AgreeCharge(_OfPartnership):
    """Record what one organisation is to pay another, and the part of it that the programme meets.

    *amount* is the whole charge. *met* is the part that the programme meets, out of the award *award_id*. Leave out
    what is not known.
    """

    number: int | None = None
    payer_id: OrganisationId
    payee_id: OrganisationId
    charged_for: ChargeFor
    purpose: str
    amount: Money | None = None
    met: Money | None = None
    award_id: AwardId | None = None


@frozen
class DividePool(_OfPartnership):
    """Record how the partnership divides pooled money, and on what basis.

    *basis* is the rule by which it is divided, or why it is not. *equally* is whether each organisation has the same.
    The *shares* add up to the amount. Without them the money stays pooled.
    """

    number: int | None = None
    amount: Money
    basis: str
    equally: bool
    shares: tuple[PoolShare, ...] = ()


PoolingCommand: TypeAlias = AgreeCharge | DividePool

# --- Rules ------------------------------------------------------------------------------------------------------------


class ChargeNumberTaken(Refused):
    """The partnership already has a different charge {number}. Use another number."""


class ChargeNumberNotPositive(Refused):
    """The number is {number}. Charges and divisions are numbered from 1."""


class ChargeToItself(Refused):
    """The payer and the payee are the same organisation. A charge is between two organisations."""


class ChargeNotDescribed(Refused):
    """The charge has no purpose. Say what it is for."""


class ChargeNotPositive(Refused):
    """The charge, or the part of it that the programme meets, is {amount}. It must be more than 0."""


class MetAboveCharge(Refused):
    """The programme meets {met}, but the charge is {charge}. The programme meets no more than the charge, in its
    currency.
    """


class MetWithoutAward(Refused):
    """The programme meets {met}, but no award is named. Name the award that the money comes from."""


class PoolNumberTaken(Refused):
    """The partnership already has a different division {number}. Use another number."""


class PoolBasisEmpty(Refused):
    """The basis is empty. Say by what rule the money is divided, or why it is not."""


class PoolNotPositive(Refused):
    """The pooled money, or a share of it, is {amount}. It must be more than 0."""


class SharesUnequalToPool(Refused):
    """The shares add up to {shares}, but the pooled money is {pool}. They must be equal, and no organisation is named
    twice.
    """


class SharesNotEqual(Refused):
    """The shares differ from each other, but the money is said to be divided equally. Then each share is the same, up
    to the smallest unit of the currency.
    """


def agree_charge(charges: Mapping[int, ChargeAgreed], command: AgreeCharge) -> list[PoolingEvent]:
    """Record a charge. *charges* are those agreed before. Raises Refused; each rule has its own subclass."""
    number = given_or_next(command.number, charges)
    agreed = ChargeAgreed(
        partnership_id=command.partnership_id,
        number=number,
        payer_id=command.payer_id,
        payee_id=command.payee_id,
        charged_for=command.charged_for,
        purpose=command.purpose,
        amount=command.amount,
        met=command.met,
        award_id=command.award_id,
        on=command.on,
    )
    if charges.get(number) == agreed:
        return []
    if number in charges:
        raise ChargeNumberTaken(number=number)
    _numbered(number)
    if command.payer_id == command.payee_id:
        raise ChargeToItself
    if not command.purpose.strip():
        raise ChargeNotDescribed
    _met(command)
    return [agreed]


def _met(command: AgreeCharge) -> None:
    """Check the amounts of a charge. Raises ChargeNotPositive, MetWithoutAward and MetAboveCharge."""
    for amount in (command.amount, command.met):
        if amount is not None and not amount.is_positive:
            raise ChargeNotPositive(amount=amount)
    if command.met is None:
        return
    if command.award_id is None:
        raise MetWithoutAward(met=command.met)
    if command.amount is None:
        return
    if command.met.currency != command.amount.currency or command.met > command.amount:
        raise MetAboveCharge(met=command.met, charge=command.amount)


def divide(divisions: Mapping[int, PoolDivided], command: DividePool) -> list[PoolingEvent]:
    """Record a division of pooled money. *divisions* are the earlier ones. Raises Refused; each rule has its own."""
    number = given_or_next(command.number, divisions)
    divided = PoolDivided(
        partnership_id=command.partnership_id,
        number=number,
        amount=command.amount,
        basis=command.basis,
        equally=command.equally,
        shares=command.shares,
        on=command.on,
    )
    if divisions.get(number) == divided:
        return []
    if number in divisions:
        raise PoolNumberTaken(number=number)
    _numbered(number)
    if not command.basis.strip():
        raise PoolBasisEmpty
    for amount in (command.amount, *(share.amount for share in command.shares)):
        if not amount.is_positive:
            raise PoolNotPositive(amount=amount)
    if command.shares:
        _add_up(command)
    return [divided]


def _add_up(command: DividePool) -> None:
    """Check the shares of pooled money. Raises SharesUnequalToPool and SharesNotEqual."""
    amounts = [share.amount for share in command.shares]
    named = {share.organisation_id for share in command.shares}
    if {amount.currency for amount in amounts} != {command.amount.currency}:
        raise SharesUnequalToPool(shares=" + ".join(map(str, amounts)), pool=command.amount)
    shares = total(amounts, command.amount.currency)
    if len(named) != len(amounts) or shares != command.amount:
        raise SharesUnequalToPool(shares=shares, pool=command.amount)
    # A third of 100.00 is 33.33 or 33.34.
    if command.equally and (max(amounts) - min(amounts)).amount > Decimal(1).scaleb(-minor_units(shares.currency)):
        raise SharesNotEqual


def _numbered(number: int) -> None:
    if number < 1:
        raise ChargeNumberNotPositive(number=number)
