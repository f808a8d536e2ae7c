"""The office of a fund: people, bodies and limits of the partnership dip, as tests use them."""

from typing import NamedTuple

from domain import bid
from domain.governance import (
    AppointMember,
    CloseBody,
    Deciding,
    EstablishBody,
    GrantDelegation,
    LiftSeparation,
    MergeBodies,
    RestoreSeparation,
    RevokeDelegation,
    Separation,
    StandDownMember,
)
from domain.people.person import ErasePerson, GrantRole, RegisterPerson, RevokeRole, Role
from domain.values.ids import (
    BidId,
    BodyId,
    DelegationId,
    OrganisationId,
    PartnershipId,
    PersonId,
    ProgrammeId,
    SchemeId,
)
from domain.values.money import Money
from domain.values.when import When
from tests.kit.money import Desk, gbp

BEGUN, ENDED = When("2004-04-01"), When("2005-03-01")
CHIEF, SECOND, DIRECTOR, LEFT = (PersonId(f"person-{name}") for name in ("chief", "second", "director", "left"))
GROUP, BOARD, OLD, CLOSED = (BodyId(f"body-{name}") for name in ("group", "board", "old", "closed"))
UP_TO_50_000, WITHOUT, REVOKED = (DelegationId(f"delegation-{name}") for name in ("group", "board", "revoked"))


class Places(NamedTuple):
    """Where the office is: the programme, a scheme of it, the partnership, and a partner."""

    programme_id: ProgrammeId
    scheme_id: SchemeId
    partnership_id: PartnershipId
    organisation_id: OrganisationId


def places(at: Desk) -> Places:
    """The programme cbp, its scheme of improvement partnerships, the partnership dip, and the IDeA."""
    return Places(
        at.find("programme", "cbp"),
        at.find("scheme", "cbp-improvement-partnerships"),
        at.find("partnership", "dip"),
        at.find("organisation", "idea"),
    )


def opened_office(at: Desk) -> Places:
    """A steering group that may approve and offer up to 50,000, and a board above it, which gave it that limit.

    The group has two members and a quorum of two. Another group merged into it, and one was closed.
    """
    where = places(at)
    _people(at, where)
    _bodies(at, where)
    programme_id = where.programme_id
    for body_id, person_id, role in (
        (GROUP, CHIEF, "chair"), (GROUP, SECOND, "member"), (GROUP, LEFT, "member"), (BOARD, DIRECTOR, "chair"),
        (OLD, SECOND, "chair"),
    ):  # fmt: skip
        at.do(
            AppointMember(
                programme_id=programme_id,
                body_id=body_id,
                person_id=person_id,
                role=role,
                organisation_id=where.organisation_id if body_id == GROUP else None,
                speaks_for=3 if person_id == CHIEF else None,
                until=When("2006-03") if body_id == GROUP else None,
                on=BEGUN,
            )
        )
    _limits(at, where)
    at.do(StandDownMember(programme_id=programme_id, body_id=GROUP, person_id=LEFT, because="Moved on", on=ENDED))
    at.do(
        MergeBodies(programme_id=programme_id, body_ids=(OLD,), into_id=GROUP, because="One group is enough", on=ENDED)
    )
    at.do(CloseBody(programme_id=programme_id, body_id=CLOSED, because="Its work is done", on=ENDED))
    lifted = LiftSeparation(
        programme_id=programme_id, separation=Separation.DECISION, because="Two people work here", on=BEGUN
    )
    at.do(lifted)
    at.do(RestoreSeparation(programme_id=programme_id, separation=Separation.DECISION, on=ENDED))
    at.do(LiftSeparation(programme_id=programme_id, separation=Separation.RETURN, because="One accountant", on=BEGUN))
    return where


def _people(at: Desk, where: Places) -> None:
    for person_id in (CHIEF, SECOND, DIRECTOR, LEFT):
        code = person_id.removeprefix("person-")
        employer = where.organisation_id if person_id == LEFT else None
        at.do(RegisterPerson(person_id=person_id, code=code, organisation_id=employer, on=BEGUN), "administrator")
    for one in (
        GrantRole(person_id=CHIEF, role=Role.DECISION_MAKER, partnership_id=where.partnership_id, on=BEGUN),
        GrantRole(
            person_id=SECOND,
            role=Role.ASSESSOR,
            programme_id=where.programme_id,
            scheme_id=where.scheme_id,
            until=When("2006"),
            on=BEGUN,
        ),
        GrantRole(person_id=DIRECTOR, role=Role.PROGRAMME_OFFICE, on=BEGUN),
        GrantRole(person_id=DIRECTOR, role=Role.DECISION_MAKER, programme_id=where.programme_id, on=BEGUN),
        GrantRole(person_id=LEFT, role=Role.ASSESSOR, programme_id=where.programme_id, on=BEGUN),
        RevokeRole(person_id=LEFT, role=Role.ASSESSOR, programme_id=where.programme_id, because="Moved on", on=ENDED),
    ):
        at.do(one, "administrator")


def erased(at: Desk) -> None:
    """The person who left the group is erased."""
    at.do(ErasePerson(person_id=LEFT, because="Asked for it", on=ENDED), "administrator")


def _bodies(at: Desk, where: Places) -> None:
    for body_id, name, kind, quorum in (
        (GROUP, "Steering Group", "group", 2), (OLD, "Working Group", "group", None),
        (CLOSED, "Start-up Group", "group", None),
    ):  # fmt: skip
        at.do(
            EstablishBody(
                programme_id=where.programme_id,
                body_id=body_id,
                code=body_id.removeprefix("body-"),
                name=name,
                kind=kind,
                partnership_id=where.partnership_id,
                quorum=quorum,
                remit="Spending decisions" if body_id == GROUP else None,
                on=BEGUN,
            )
        )
    at.do(
        EstablishBody(
            programme_id=where.programme_id, body_id=BOARD, code="board", name="Partnership Board", kind="board",
            on=BEGUN,
        )
    )  # fmt: skip


def limit(where: Places, delegation_id: DelegationId, body_id: BodyId, most: Money | None) -> GrantDelegation:
    """An authority of a body to approve bids and offer awards in the partnership up to *most*, given by the board."""
    return GrantDelegation(
        programme_id=where.programme_id,
        delegation_id=delegation_id,
        code=f"{delegation_id.removeprefix('delegation-')}-limit",
        body_id=body_id,
        decisions=(Deciding.APPROVE_BID, Deciding.OFFER_AWARD),
        limit=most,
        partnership_id=where.partnership_id,
        scheme_id=where.scheme_id if delegation_id == REVOKED else None,
        given_by=BOARD if body_id != BOARD else None,
        until=When("2006-03-31") if body_id == GROUP else None,
        on=BEGUN,
    )


def _limits(at: Desk, where: Places) -> None:
    for delegation_id, body_id, most in (
        (UP_TO_50_000, GROUP, gbp("50000.00")), (REVOKED, OLD, gbp("1000.00")), (WITHOUT, BOARD, None),
    ):  # fmt: skip
        at.do(limit(where, delegation_id, body_id, most), "section 151 officer")
    revoke = RevokeDelegation(
        programme_id=where.programme_id, delegation_id=REVOKED, because="One group decides", on=ENDED
    )
    at.do(revoke)


def approved(at: Desk, name: str, amount: str, by: str = CHIEF) -> BidId:
    """A bid of dip, approved in May 2005 over *amount*. *by* has the authority."""
    bid_id = at.submitted_bid(name, "2005-04-11")
    at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp(amount), on=When("2005-05-02")), by)
    return bid_id
