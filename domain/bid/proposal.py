"""The proposal of a bid: the partners, themes, activities and plans that it names. Each version of a bid has one."""

from typing import Any

from domain.bid.refusals import ActivitiesAboveRequest, BidCurrencyDiffers
from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import BidId, OrganisationId, PartnershipId
from domain.values.money import Money, total
from domain.values.when import When


@frozen
class ProposedActivity:
    """Something that a bid proposes to do. *amount* is what it is to cost, if that is known."""

    name: str
    amount: Money | None = None


@frozen
class ProposedPlan:
    """A plan that comes with a bid. *kind* is what it is, such as sustainability plan; *text* is what it says."""

    kind: str
    text: str


@frozen
class Proposal:
    """What a bid proposes, beside its title and the amount that it requests."""

    partners: tuple[OrganisationId, ...] = ()
    themes: tuple[str, ...] = ()
    activities: tuple[ProposedActivity, ...] = ()
    plans: tuple[ProposedPlan, ...] = ()


@frozen
class Proposing(Fact):
    """A step that gives a version of the proposal, in full."""

    partnership_id: PartnershipId
    partners: tuple[OrganisationId, ...] = ()
    themes: tuple[str, ...] = ()
    activities: tuple[ProposedActivity, ...] = ()
    plans: tuple[ProposedPlan, ...] = ()


@frozen
class Proposes:
    """A command that may give a proposal. What it leaves out stays as it was.

    *partners* are the organisations that take part. *themes* are what the bid is about. *activities* are what it
    proposes to do. *plans* are those that come with it.
    """

    bid_id: BidId
    on: When
    partners: tuple[OrganisationId, ...] | None = None
    themes: tuple[str, ...] | None = None
    activities: tuple[ProposedActivity, ...] | None = None
    plans: tuple[ProposedPlan, ...] | None = None

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.bid_id


def proposal_in(step: Proposing) -> Proposal:
    """The proposal that a step gives."""
    return Proposal(partners=step.partners, themes=step.themes, activities=step.activities, plans=step.plans)


def proposed(before: Proposal, command: Proposes) -> Proposal:
    """The proposal after *command*: what it gives, and otherwise what was proposed *before*."""
    return Proposal(
        partners=before.partners if command.partners is None else command.partners,
        themes=before.themes if command.themes is None else command.themes,
        activities=before.activities if command.activities is None else command.activities,
        plans=before.plans if command.plans is None else command.plans,
    )


def in_parts(proposal: Proposal) -> dict[str, Any]:
    """The fields of a step that gives this proposal."""
    return {
        "partners": proposal.partners,
        "themes": proposal.themes,
        "activities": proposal.activities,
        "plans": proposal.plans,
    }


def within(proposal: Proposal, requested: Money) -> None:
    """Check that the activities together cost no more than is requested. Raises BidCurrencyDiffers otherwise too."""
    amounts = [one.amount for one in proposal.activities if one.amount is not None]
    for amount in amounts:
        if amount.currency != requested.currency:
            raise BidCurrencyDiffers(requested=requested.currency, given=amount.currency)
    planned = total(amounts, requested.currency)
    if planned > requested:
        raise ActivitiesAboveRequest(planned=planned, requested=requested)
