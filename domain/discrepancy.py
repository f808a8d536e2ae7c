"""The discrepancy stream: what people decide about a discrepancy.

The register of discrepancies finds discrepancies in the log. The rule and the subject of a discrepancy identify it for
good, and its stream holds what people decide about it. A decision covers only the figures that the person saw: *seen*
is the log position at which the figures were as in *message*. It does not cover figures that change later.
"""

from functools import lru_cache
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import PartnershipId
from domain.values.refusal import Refused
from domain.values.when import When

# The rules that find discrepancies. docs/discrepancies.md has the formula and the source of each.
RULES = frozenset({
    "adviser_supplies", "award_of_zero_or_less", "awarded_above_approved", "awarded_above_requested",
    "bid_ineligible", "bid_outside_round", "budget_line_missing",
    "currency_unlike_award", "date_in_future",
    "dates_out_of_order", "duplicate_payments", "duties_not_separated",
    "identifier_of_two_organisations", "line_overspent", "name_of_two_organisations", "no_longer_stated",
    "notice_before_help", "numbering_gap", "organisation_under_two_names", "paid_above_awarded",
    "paid_before_acceptance",
    "paid_below_awarded", "parts_unequal_to_total", "planned_start_before_award", "programme_under_two_names",
    "reference_of_two_payments", "return_overdue", "spent_above_award", "spent_above_paid", "total_unlike_list",
})  # fmt: skip
# Rules about what several things share. Their subject is the text that they share, so no stream has its id.
OF_TEXTS = frozenset({
    "identifier_of_two_organisations", "name_of_two_organisations", "reference_of_two_payments",
})  # fmt: skip

_IDENTITIES = UUID("2d1c7a53-94a0-4a52-9a0e-5b1a4f0e6c11")


@lru_cache(maxsize=4096)
def identity(rule: str, subject: str) -> str:
    """The id of the discrepancy of *subject* under *rule*. It stays the same when the discrepancy goes and returns."""
    return f"discrepancy-{uuid5(_IDENTITIES, f'{rule}/{subject}')}"


# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class DiscrepancyExplained(Fact):
    """The figures of *message*, as known at position *seen*, were explained; *because* is the explanation."""

    partnership_id: PartnershipId | None = None
    rule: str
    subject: str
    seen: int
    message: str
    because: str


@frozen
class DiscrepancyWaived(Fact):
    """The figures of *message*, as known at position *seen*, were accepted under *authority* for a reason."""

    partnership_id: PartnershipId | None = None
    rule: str
    subject: str
    seen: int
    message: str
    authority: str
    because: str


@frozen
class ExplanationWithdrawn(Fact):
    """The explanation or waiver was withdrawn for a reason; *was* is "explained" or "waived"."""

    partnership_id: PartnershipId | None = None
    rule: str
    subject: str
    was: str
    because: str


@frozen
class DiscrepancyAssigned(Fact):
    """The discrepancy was assigned to *owner*; None: it is assigned to nobody."""

    partnership_id: PartnershipId | None = None
    rule: str
    subject: str
    owner: str | None = None


Event: TypeAlias = DiscrepancyExplained | DiscrepancyWaived | ExplanationWithdrawn | DiscrepancyAssigned

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Discrepancy:
    """What the rules need to know: the current explanation or waiver, the reason of the last withdrawal, the owner."""

    current: DiscrepancyExplained | DiscrepancyWaived | None = None
    withdrawn: str | None = None
    owner: str | None = None


def evolve(discrepancy: Discrepancy | None, event: Event) -> Discrepancy:
    """The discrepancy after *event*."""
    now = discrepancy or Discrepancy()
    match event:
        case DiscrepancyExplained() | DiscrepancyWaived():
            return replace(now, current=event)
        case ExplanationWithdrawn():
            return replace(now, current=None, withdrawn=event.because)
        case DiscrepancyAssigned():
            return replace(now, owner=event.owner)
        case _:
            assert_never(event)


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfDiscrepancy:
    """A command about the discrepancy of *subject* under *rule*."""

    rule: str
    subject: str
    on: When

    @property
    def stream(self) -> str:
        """The stream that the command changes."""
        return identity(self.rule, self.subject)


@frozen
class ExplainDiscrepancy(_OfDiscrepancy):
    """Explain the figures of a discrepancy."""

    seen: int
    message: str
    because: str


@frozen
class WaiveDiscrepancy(_OfDiscrepancy):
    """Accept the figures of a discrepancy under an authority, with a reason."""

    seen: int
    message: str
    authority: str
    because: str


@frozen
class WithdrawExplanation(_OfDiscrepancy):
    """Withdraw an explanation or waiver, with a reason."""

    because: str


@frozen
class AssignDiscrepancy(_OfDiscrepancy):
    """Assign a discrepancy to an owner. Without an owner it is assigned to nobody."""

    owner: str | None = None


Command: TypeAlias = ExplainDiscrepancy | WaiveDiscrepancy | WithdrawExplanation | AssignDiscrepancy

# --- Rules ------------------------------------------------------------------------------------------------------------


class RuleUnknown(Refused):
    """There is no rule named {named}. A discrepancy names a rule in the register of discrepancies."""


class SubjectUnknown(Refused):
    """Nothing is recorded under this id. A discrepancy must be about something that is recorded."""


class NothingSeen(Refused):
    """The explanation does not say which figures it covers. Give the message that was seen and the log position at
    which it was seen (1 or more).
    """


class ExplanationEmpty(Refused):
    """No reason was given. Give a reason."""


class AuthorityMissing(Refused):
    """No authority was named. Name the authority for the waiver."""


class AlreadyWaived(Refused):
    """These figures were waived as seen at position {seen}. Withdraw that waiver first."""


class NothingExplained(Refused):
    """This discrepancy has no explanation or waiver to withdraw."""


class OwnerEmpty(Refused):
    """The name of the owner is empty. Give a name, or leave the owner out."""


def decide(
    discrepancy: Discrepancy | None, command: Command, partnership_id: PartnershipId | None = None
) -> list[Event]:
    """The events that *command* leads to. *partnership_id* is the partnership of its subject.

    Raises the Refused subclass of the rule that it breaks.
    """
    if command.rule not in RULES:
        raise RuleUnknown(named=command.rule)
    if not command.subject.strip():
        raise SubjectUnknown
    now = discrepancy or Discrepancy()
    match command:
        case ExplainDiscrepancy():
            return explain(now, command, partnership_id)
        case WaiveDiscrepancy():
            return waive(now, command, partnership_id)
        case WithdrawExplanation():
            return withdraw(now, command, partnership_id)
        case AssignDiscrepancy():
            return assign(now, command, partnership_id)
        case _:
            assert_never(command)


def explain(now: Discrepancy, command: ExplainDiscrepancy, partnership_id: PartnershipId | None) -> list[Event]:
    explained = DiscrepancyExplained(
        partnership_id=partnership_id,
        rule=command.rule,
        subject=command.subject,
        seen=command.seen,
        message=command.message,
        because=command.because,
        on=command.on,
    )
    if now.current == explained:
        return []
    given(command)
    if isinstance(now.current, DiscrepancyWaived) and now.current.seen >= command.seen:
        raise AlreadyWaived(seen=now.current.seen)
    return [explained]


def waive(now: Discrepancy, command: WaiveDiscrepancy, partnership_id: PartnershipId | None) -> list[Event]:
    waived = DiscrepancyWaived(
        partnership_id=partnership_id,
        rule=command.rule,
        subject=command.subject,
        seen=command.seen,
        message=command.message,
        authority=command.authority,
        because=command.because,
        on=command.on,
    )
    if now.current == waived:
        return []
    given(command)
    if not command.authority.strip():
        raise AuthorityMissing
    if isinstance(now.current, DiscrepancyWaived) and now.current.seen >= command.seen:
        raise AlreadyWaived(seen=now.current.seen)
    return [waived]


def given(command: ExplainDiscrepancy | WaiveDiscrepancy) -> None:
    """Check that the command says which figures it covers, and why. Raises NothingSeen and ExplanationEmpty."""
    if command.seen < 1 or not command.message.strip():
        raise NothingSeen(seen=command.seen)
    because(command.because)


def because(reason: str) -> None:
    """Check that a reason is given. Raises ExplanationEmpty."""
    if not reason.strip():
        raise ExplanationEmpty


def withdraw(now: Discrepancy, command: WithdrawExplanation, partnership_id: PartnershipId | None) -> list[Event]:
    if now.current is None:
        if now.withdrawn == command.because:
            return []
        raise NothingExplained
    because(command.because)
    return [
        ExplanationWithdrawn(
            partnership_id=partnership_id,
            rule=command.rule,
            subject=command.subject,
            was="waived" if isinstance(now.current, DiscrepancyWaived) else "explained",
            because=command.because,
            on=command.on,
        )
    ]


def assign(now: Discrepancy, command: AssignDiscrepancy, partnership_id: PartnershipId | None) -> list[Event]:
    if now.owner == command.owner:
        return []
    if command.owner is not None and not command.owner.strip():
        raise OwnerEmpty
    return [
        DiscrepancyAssigned(
            partnership_id=partnership_id,
            rule=command.rule,
            subject=command.subject,
            owner=command.owner,
            on=command.on,
        )
    ]
