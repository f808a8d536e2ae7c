"""The state of the governance of a programme that the rules need, computed from its events."""

from datetime import date, timedelta
from typing import assert_never

from domain.governance.events import (
    BodiesMerged,
    BodyClosed,
    BodyEstablished,
    Deciding,
    DelegationGranted,
    DelegationRevoked,
    Event,
    MemberAppointed,
    MemberStoodDown,
    Separation,
    SeparationLifted,
    SeparationRestored,
)
from domain.values.frozen import frozen, replace
from domain.values.ids import BodyId, DelegationId, OrganisationId, PartnershipId, PersonId, SchemeId
from domain.values.money import Money
from domain.values.when import When


@frozen
class Span:
    """From *since* to *until*: the first day on which it no longer holds; None if it goes on."""

    since: When
    until: When | None = None

    def covers(self, day: When) -> bool:
        """Whether it can hold on *day*. A date that is not known may be any day."""
        ended = self.until is not None and self.until.latest is not None and self.until.may_precede(day)
        return self.since.may_precede(day) and not ended


@frozen
class Body:
    """A board, a group or a post. *into* is the body that it was merged into."""

    body_id: BodyId
    code: str
    name: str
    kind: str
    quorum: int | None
    partnership_id: PartnershipId | None
    span: Span
    into: BodyId | None = None


@frozen
class Membership:
    """A person's time on a body."""

    body_id: BodyId
    person_id: PersonId
    role: str
    organisation_id: OrganisationId | None
    span: Span


@frozen
class Delegation:
    """A delegated authority. *limit* None is without a limit."""

    delegation_id: DelegationId
    code: str
    body_id: BodyId
    decisions: tuple[Deciding, ...]
    limit: Money | None
    scheme_id: SchemeId | None
    partnership_id: PartnershipId | None
    span: Span

    def concerns(self, scheme_id: SchemeId, partnership_id: PartnershipId) -> bool:
        """Whether it is about decisions in this scheme and partnership."""
        return self.scheme_id in (None, scheme_id) and self.partnership_id in (None, partnership_id)

    def allows(self, amount: Money) -> bool:
        """Whether a decision over *amount* is within its limit. A limit in another currency allows nothing."""
        if self.limit is None:
            return True
        return self.limit.currency == amount.currency and amount <= self.limit


@frozen
class Lifted:
    """A time in which duties were not kept apart, and why."""

    separation: Separation
    because: str
    span: Span


@frozen
class Governance:
    """The bodies of a programme, their members and limits, and the duties that it does not keep apart."""

    bodies: dict[BodyId, Body]
    members: tuple[Membership, ...] = ()
    delegations: dict[DelegationId, Delegation]
    lifted: tuple[Lifted, ...] = ()

    def members_on(self, body_id: BodyId, day: When) -> list[Membership]:
        """Who sits on the body on *day*."""
        body = self.bodies[body_id]
        if not body.span.covers(day):
            return []
        return [one for one in self.members if one.body_id == body_id and one.span.covers(day)]

    def delegated(
        self, deciding: Deciding, scheme_id: SchemeId, partnership_id: PartnershipId, day: When
    ) -> list[Delegation]:
        """The authorities for this kind of decision in a partnership that began by *day*, ended or not."""
        return [
            one
            for one in self.delegations.values()
            if one.span.since.may_precede(day) and deciding in one.decisions and one.concerns(scheme_id, partnership_id)
        ]

    def holds(self, one: Delegation, day: When) -> bool:
        """Whether the authority and its body have not ended on *day*."""
        return one.span.covers(day) and self.bodies[one.body_id].span.covers(day)

    def lifted_on(self, separation: Separation, day: When) -> Lifted | None:
        """The exception from *separation* that holds on *day*; None if the duties are kept apart."""
        return next((one for one in self.lifted if one.separation is separation and one.span.covers(day)), None)


def evolve(governance: Governance | None, event: Event) -> Governance:
    """The governance after *event*."""
    now = governance or Governance(bodies={}, delegations={})
    match event:
        case BodyEstablished():
            return replace(now, bodies={**now.bodies, event.body_id: _established(event)})
        case BodiesMerged():
            return _ended(now, event.body_ids, event.on, event.into_id)
        case BodyClosed():
            return _ended(now, (event.body_id,), event.on, None)
        case MemberAppointed():
            return replace(now, members=(*now.members, _appointed(event)))
        case MemberStoodDown():
            return replace(now, members=tuple(_stood_down(one, event) for one in now.members))
        case DelegationGranted():
            return replace(now, delegations={**now.delegations, event.delegation_id: _granted(event)})
        case DelegationRevoked():
            before = now.delegations[event.delegation_id]
            after = replace(before, span=replace(before.span, until=event.on))
            return replace(now, delegations={**now.delegations, event.delegation_id: after})
        case SeparationLifted():
            one = Lifted(separation=event.separation, because=event.because, span=Span(since=event.on))
            return replace(now, lifted=(*now.lifted, one))
        case SeparationRestored():
            return replace(now, lifted=tuple(_restored(one, event) for one in now.lifted))
        case _:
            assert_never(event)


def _established(event: BodyEstablished) -> Body:
    return Body(
        body_id=event.body_id,
        code=event.code,
        name=event.name,
        kind=event.kind,
        quorum=event.quorum,
        partnership_id=event.partnership_id,
        span=Span(since=event.on),
    )


def _ended(now: Governance, body_ids: tuple[BodyId, ...], on: When, into: BodyId | None) -> Governance:
    ended = {one: replace(now.bodies[one], span=replace(now.bodies[one].span, until=on), into=into) for one in body_ids}
    return replace(now, bodies={**now.bodies, **ended})


def _appointed(event: MemberAppointed) -> Membership:
    return Membership(
        body_id=event.body_id,
        person_id=event.person_id,
        role=event.role,
        organisation_id=event.organisation_id,
        span=Span(since=event.on, until=_day_after(event.until)),
    )


def _stood_down(one: Membership, event: MemberStoodDown) -> Membership:
    same = (one.body_id, one.person_id) == (event.body_id, event.person_id) and one.span.covers(event.on)
    return replace(one, span=replace(one.span, until=event.on)) if same else one


def _granted(event: DelegationGranted) -> Delegation:
    return Delegation(
        delegation_id=event.delegation_id,
        code=event.code,
        body_id=event.body_id,
        decisions=event.decisions,
        limit=event.limit,
        scheme_id=event.scheme_id,
        partnership_id=event.partnership_id,
        span=Span(since=event.on, until=_day_after(event.until)),
    )


def _day_after(last: When | None) -> When | None:
    """The day after a *last* day. An appointment or authority still holds on its last day."""
    if last is None or last.latest is None or last.latest == date.max:
        return None
    return When((last.latest + timedelta(days=1)).isoformat())


def _restored(one: Lifted, event: SeparationRestored) -> Lifted:
    same = one.separation is event.separation and one.span.until is None
    return replace(one, span=replace(one.span, until=event.on)) if same else one
