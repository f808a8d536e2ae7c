"""The rules of the governance of a programme. Whether a decision is within a limit is in domain.across.authority."""

from typing import assert_never

from domain.governance.commands import (
    AppointMember,
    CloseBody,
    Command,
    EstablishBody,
    GrantDelegation,
    LiftSeparation,
    MergeBodies,
    RestoreSeparation,
    RevokeDelegation,
    StandDownMember,
)
from domain.governance.events import (
    BodiesMerged,
    BodyClosed,
    BodyEstablished,
    DelegationGranted,
    DelegationRevoked,
    Event,
    MemberAppointed,
    MemberStoodDown,
    SeparationLifted,
    SeparationRestored,
)
from domain.governance.refusals import (
    BodyAlreadyEstablished,
    BodyEnded,
    BodyNameless,
    BodyUnknown,
    DelegationAlreadyGranted,
    DelegationOfNothing,
    DelegationRevokedAlready,
    DelegationToItself,
    DelegationUnknown,
    EndsBeforeItStarts,
    GovernanceUnexplained,
    LimitNotPositive,
    MergedIntoItself,
    NotAMember,
    NothingToMerge,
    PostTaken,
    QuorumOutOfRange,
    SeparationInForce,
    SeparationLiftedAlready,
)
from domain.governance.state import Body, Governance
from domain.values.ids import BodyId
from domain.values.when import When

# A body of this kind is held by one person at a time.
POST = "post"


def decide(governance: Governance | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    now = governance or Governance(bodies={}, delegations={})
    match command:
        case EstablishBody():
            return establish(now, command)
        case MergeBodies():
            return merge(now, command)
        case CloseBody():
            return close(now, command)
        case AppointMember():
            return appoint(now, command)
        case StandDownMember():
            return stand_down(now, command)
        case GrantDelegation():
            return grant(now, command)
        case RevokeDelegation():
            return revoke(now, command)
        case LiftSeparation():
            return lift(now, command)
        case RestoreSeparation():
            return restore(now, command)
        case _:
            assert_never(command)


def establish(now: Governance, command: EstablishBody) -> list[Event]:
    established = BodyEstablished(
        programme_id=command.programme_id,
        body_id=command.body_id,
        code=command.code,
        name=command.name,
        kind=command.kind,
        partnership_id=command.partnership_id,
        quorum=command.quorum,
        remit=command.remit,
        on=command.on,
    )
    before = now.bodies.get(command.body_id)
    if before is not None and (before.code, before.name) == (command.code, command.name):
        return []
    if before is not None or any(one.code == command.code for one in now.bodies.values()):
        raise BodyAlreadyEstablished(code=command.code)
    if not (command.code.strip() and command.name.strip() and command.kind.strip()):
        raise BodyNameless
    if command.quorum is not None and command.quorum < 1:
        raise QuorumOutOfRange(quorum=command.quorum)
    return [established]


def existing(now: Governance, body_id: BodyId, on: When) -> Body:
    """The body, which must exist on the day *on*. Raises BodyUnknown and BodyEnded."""
    if body_id not in now.bodies:
        raise BodyUnknown(body=body_id)
    body = now.bodies[body_id]
    if not body.span.covers(on):
        raise BodyEnded(body=body.name, on=on)
    return body


def merge(now: Governance, command: MergeBodies) -> list[Event]:
    merged = [now.bodies[one] for one in command.body_ids if one in now.bodies]
    same = [one for one in merged if (one.into, one.span.until) == (command.into_id, command.on)]
    if command.body_ids and len(same) == len(command.body_ids):
        return []
    if not command.body_ids:
        raise NothingToMerge
    into = existing(now, command.into_id, command.on)
    if command.into_id in command.body_ids:
        raise MergedIntoItself(body=into.name)
    merged = [existing(now, one, command.on) for one in command.body_ids]
    _explained(command.because)
    partnerships = {one.partnership_id for one in (into, *merged)}
    return [
        BodiesMerged(
            programme_id=command.programme_id,
            body_ids=command.body_ids,
            into_id=command.into_id,
            because=command.because,
            partnership_id=partnerships.pop() if len(partnerships) == 1 else None,
            on=command.on,
        )
    ]


def close(now: Governance, command: CloseBody) -> list[Event]:
    body = now.bodies.get(command.body_id)
    if body is not None and body.span.until == command.on:
        return []
    body = existing(now, command.body_id, command.on)
    _explained(command.because)
    return [
        BodyClosed(
            programme_id=command.programme_id,
            body_id=command.body_id,
            because=command.because,
            partnership_id=body.partnership_id,
            on=command.on,
        )
    ]


def appoint(now: Governance, command: AppointMember) -> list[Event]:
    body = existing(now, command.body_id, command.on)
    _in_order(command.on, command.until)
    sitting = now.members_on(command.body_id, command.on)
    if any(one.person_id == command.person_id for one in sitting):
        return []
    if body.kind == POST and sitting:
        raise PostTaken(body=body.name, on=command.on)
    return [
        MemberAppointed(
            programme_id=command.programme_id,
            body_id=command.body_id,
            person_id=command.person_id,
            role=command.role,
            organisation_id=command.organisation_id,
            speaks_for=command.speaks_for,
            until=command.until,
            partnership_id=body.partnership_id,
            on=command.on,
        )
    ]


def stand_down(now: Governance, command: StandDownMember) -> list[Event]:
    if command.body_id not in now.bodies:
        raise BodyUnknown(body=command.body_id)
    body = now.bodies[command.body_id]
    times = [one for one in now.members if (one.body_id, one.person_id) == (command.body_id, command.person_id)]
    if any(one.span.until == command.on for one in times):
        return []
    if not any(one.span.covers(command.on) for one in times):
        raise NotAMember(body=body.name, on=command.on)
    return [
        MemberStoodDown(
            programme_id=command.programme_id,
            body_id=command.body_id,
            person_id=command.person_id,
            because=command.because,
            partnership_id=body.partnership_id,
            on=command.on,
        )
    ]


def grant(now: Governance, command: GrantDelegation) -> list[Event]:
    granted = DelegationGranted(
        programme_id=command.programme_id,
        delegation_id=command.delegation_id,
        code=command.code,
        body_id=command.body_id,
        decisions=command.decisions,
        limit=command.limit,
        scheme_id=command.scheme_id,
        partnership_id=command.partnership_id,
        given_by=command.given_by,
        until=command.until,
        on=command.on,
    )
    before = now.delegations.get(command.delegation_id)
    if before is not None and (before.code, before.body_id, before.limit) == (
        command.code, command.body_id, command.limit,
    ):  # fmt: skip
        return []
    if before is not None or any(one.code == command.code for one in now.delegations.values()):
        raise DelegationAlreadyGranted(code=command.code)
    body = existing(now, command.body_id, command.on)
    if command.given_by is not None:
        existing(now, command.given_by, command.on)
    if not command.code.strip():
        raise BodyNameless
    if not command.decisions:
        raise DelegationOfNothing
    if command.limit is not None and not command.limit.is_positive:
        raise LimitNotPositive(limit=command.limit)
    if command.given_by == command.body_id:
        raise DelegationToItself(body=body.name)
    _in_order(command.on, command.until)
    return [granted]


def revoke(now: Governance, command: RevokeDelegation) -> list[Event]:
    if command.delegation_id not in now.delegations:
        raise DelegationUnknown(delegation=command.delegation_id)
    before = now.delegations[command.delegation_id]
    if before.span.until == command.on:
        return []
    if not before.span.covers(command.on):
        raise DelegationRevokedAlready(ended=before.span.until)
    _explained(command.because)
    return [
        DelegationRevoked(
            programme_id=command.programme_id,
            delegation_id=command.delegation_id,
            because=command.because,
            partnership_id=before.partnership_id,
            on=command.on,
        )
    ]


def lift(now: Governance, command: LiftSeparation) -> list[Event]:
    before = next((one for one in now.lifted if one.separation is command.separation and one.span.until is None), None)
    if before is not None and (before.span.since, before.because) == (command.on, command.because):
        return []
    if before is not None:
        raise SeparationLiftedAlready(since=before.span.since)
    _explained(command.because)
    return [
        SeparationLifted(
            programme_id=command.programme_id, separation=command.separation, because=command.because, on=command.on
        )
    ]


def restore(now: Governance, command: RestoreSeparation) -> list[Event]:
    times = [one for one in now.lifted if one.separation is command.separation]
    if any(one.span.until == command.on for one in times):
        return []
    lifted = next((one for one in times if one.span.until is None), None)
    if lifted is None:
        raise SeparationInForce
    _in_order(lifted.span.since, command.on)
    return [SeparationRestored(programme_id=command.programme_id, separation=command.separation, on=command.on)]


def _explained(because: str) -> None:
    if not because.strip():
        raise GovernanceUnexplained


def _in_order(on: When, until: When | None) -> None:
    if until is not None and not on.may_precede(until):
        raise EndsBeforeItStarts(on=on, until=until)
