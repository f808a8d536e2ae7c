"""The versions of a proposal, and the silences while a bid is pending, in GraphQL."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.context import Info
from api.contract.errors import Problem
from api.contract.values import Money, When
from api.types.bid_clock import DayRange
from api.types.log.audit import AuditEntry, event_at
from domain.values import money as amounts
from projections.bidding import silences
from projections.bidding.events import events_of, happened
from projections.bidding.versions import Version, versions_of

if TYPE_CHECKING:
    from api.types.partnerships import Organisation

# The longest silence that can be asked for, in days.
LONGEST = 3660


@strawberry.type(description="Something that a bid proposes to do.")
class ProposedActivity:
    name: str = strawberry.field(description="What it is.")
    amount: Money | None = strawberry.field(description="What it is to cost. null if the bid does not say.")


@strawberry.type(description="A plan that comes with a bid, such as a sustainability plan.")
class ProposedPlan:
    kind: str = strawberry.field(description="What plan it is.")
    text: str = strawberry.field(description="What it says.")


@strawberry.type(description="A version of a proposal: what the bid proposed from that date on.")
class BidVersion:
    number: int = strawberry.field(description="The number of the version, from 1.")
    on: When = strawberry.field(description="The date from which it is the proposal.")
    title: str = strawberry.field(description="The title of the bid.")
    requested: Money | None = strawberry.field(description="The amount requested. null in a draft.")
    themes: list[str] = strawberry.field(description="What it is about.")
    activities: list[ProposedActivity] = strawberry.field(description="What it proposes to do.")
    plans: list[ProposedPlan] = strawberry.field(description="The plans that came with it.")
    changed: list[str] = strawberry.field(
        description="What is other than in the version before: title, requested, partners, themes, activities, plans."
    )
    because: str | None = strawberry.field(description="Why it was changed, or admitted. null if nobody said.")
    partner_ids: strawberry.Private[list[str]]
    position: strawberry.Private[int]

    @strawberry.field(description="The organisations that take part, as the proposal names them.")
    async def partners(self, info: Info) -> list[Annotated["Organisation", strawberry.lazy("api.types.partnerships")]]:
        from api.types.partnerships import find_organisation  # noqa: PLC0415 - the types show each other

        found = [await find_organisation(info, one) for one in self.partner_ids]
        return [one for one in found if one is not None]

    @strawberry.field(description="The event that gave it.")
    async def event(self, info: Info) -> AuditEntry:
        return await event_at(info, self.position)

    @classmethod
    def of(cls, version: Version) -> "BidVersion":
        """The GraphQL object for *version*."""
        return cls(
            number=version.number,
            on=When.read(version.of.on),
            title=version.title,
            requested=_money(version.requested),
            themes=version.themes,
            activities=[ProposedActivity(name=one["name"], amount=_money(one["amount"])) for one in version.activities],
            plans=[ProposedPlan(kind=one["kind"], text=one["text"]) for one in version.plans],
            changed=version.changed,
            because=version.because,
            partner_ids=version.partners,
            position=version.of.line.position,
        )


def _money(found: Any) -> Money | None:
    return Money.of(amounts.Money.of(found["amount"], found["currency"])) if found else None


@strawberry.type(
    description="Days without any contact of the bidder and the funder while the bid was pending: from its submission"
    " until the bidder was notified, or withdrew it."
)
class Silence:
    days: DayRange = strawberry.field(description="How many days it lasted.")
    since: When = strawberry.field(description="The date of the contact before it.")
    until: When | None = strawberry.field(description="The date of the contact after it. null while it lasts.")
    after_position: strawberry.Private[int]
    before_position: strawberry.Private[int | None]

    @strawberry.field(description="The event of the contact before it.")
    async def after(self, info: Info) -> AuditEntry:
        return await event_at(info, self.after_position)

    @strawberry.field(description="The event of the contact after it. null while it lasts.")
    async def before(self, info: Info) -> AuditEntry | None:
        return await event_at(info, self.before_position) if self.before_position is not None else None

    @classmethod
    def of(cls, silence: silences.Silence) -> "Silence":
        """The GraphQL object for *silence*."""
        before = silence.before
        return cls(
            days=DayRange(min=silence.days.min, max=silence.days.max),
            since=When.read(silence.after.on),
            until=When.read(before.on) if before is not None else None,
            after_position=silence.after.line.position,
            before_position=before.line.position if before is not None else None,
        )


async def versions(info: Info, bid_id: str, known_at: datetime | None) -> list[BidVersion]:
    """The versions of the proposal of a bid, as known at an instant."""
    _, known = await info.context.moment(None, known_at)
    lines = await info.context.lines(events_of, "stream", bid_id, known=known)
    return [BidVersion.of(one) for one in versions_of(happened(lines, date.max))]


async def silences_in(
    info: Info, bid_id: str, longer_than: int, as_at: date | None, known_at: datetime | None
) -> list[Silence]:
    """The silences of surely more than some days, as at a day and as known at an instant."""
    if not 0 <= longer_than <= LONGEST:
        raise Problem(f"longerThan is {longer_than}. It is a number of days from 0 to {LONGEST:,}.")
    day, known = await info.context.moment(as_at, known_at)
    lines = await info.context.lines(events_of, "stream", bid_id, known=known)
    return [Silence.of(one) for one in silences.silences_of(happened(lines, day), day, longer_than)]
