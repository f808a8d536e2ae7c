"""The authority for a decision: which body or post may take it, up to which limit, on its date.

From the day on which a programme first delegates authority for a kind of decision in a partnership, every such decision
is taken under an authority that holds. Before that day, and where none was ever delegated, the authority is what the
actor states. A limit that only a source states counts for nothing here: it names neither members nor kinds of decision.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain import award, bid
from domain.across.duties import interest_of
from domain.across.office import Office, office_of
from domain.governance import Deciding, Delegation
from domain.history import Written
from domain.reading import Reading
from domain.values.fact import Fact
from domain.values.ids import AwardId, BidId
from domain.values.money import Money
from domain.values.refusal import Refused


class AuthorityUnknown(Refused):
    """There is no delegated authority {authority} to {decide} here on {on}. It may be decided by {who}."""


class AboveDelegatedLimit(Refused):
    """The decision is about {amount}, and the limit of {body} is {limit}. It may be decided by {who}."""


class NoAuthority(Refused):
    """{person} holds no authority to {decide} here on {on}. It may be decided by {who}."""


class QuorumNotMet(Refused):
    """{body} needs {quorum} members for a decision, and only {left} have no interest in the bid. Its other members may
    not decide it.
    """


# The events that record decisions.
DECISIONS = (
    bid.BidApproved, bid.ApprovalVaried, award.AwardOffered, award.AwardVaried, award.PaymentApproved,
    award.PaymentReleased, award.RecoveryWrittenOff, award.ConditionWaived,
)  # fmt: skip


# The commands that take them. Whoever gives one may name the authority for it.
DECIDING = (
    bid.ApproveBid, bid.VaryApproval, award.OfferAward, award.VaryAward, award.ApprovePayment, award.ReleasePayment,
    award.WriteOffRecovery, award.WaiveCondition,
)  # fmt: skip


class Decided(NamedTuple):
    """A decision: of which kind, about which amount, and the event that records it."""

    deciding: Deciding
    amount: Money
    stream: str
    event: Fact


def decided(reading: Reading, written: Sequence[Written]) -> Decided | None:
    """The decision that *written* records; None if it is none that needs authority, or a source states it."""
    for stream, event in written:
        if event.source is not None:
            return None
        match event:
            case bid.BidApproved():
                return Decided(Deciding.APPROVE_BID, event.approved, stream, event)
            case bid.ApprovalVaried():
                return Decided(Deciding.VARY, event.approved, stream, event)
            case award.AwardOffered():
                return Decided(Deciding.OFFER_AWARD, event.amount, stream, event)
            case award.AwardVaried():
                after = award.known(reading.award(AwardId(stream))).amount + event.change
                return Decided(Deciding.VARY, after, stream, event)
            case award.PaymentApproved():
                return Decided(Deciding.APPROVE_PAYMENT, event.amount, stream, event)
            case award.PaymentReleased():
                return Decided(Deciding.RELEASE_PAYMENT, event.amount, stream, event)
            case award.RecoveryWrittenOff():
                return Decided(Deciding.WRITE_OFF, event.amount, stream, event)
            case award.ConditionWaived():
                return Decided(
                    Deciding.WAIVE_CONDITION, award.known(reading.award(AwardId(stream))).amount, stream, event
                )
    return None


def authority_for(reading: Reading, written: Sequence[Written], by: str, named: str | None) -> str | None:
    """The authority under which *by* takes the decision that *written* records: the id of a delegation.

    *named* is the authority that the actor names, by id or code; without one it is the narrowest that suffices. Where
    the programme has delegated none, it is *named* itself. Raises AuthorityUnknown, AboveDelegatedLimit, NoAuthority
    and QuorumNotMet.
    """
    decision = decided(reading, written)
    office = office_of(reading, decision.event) if decision is not None else None
    if decision is None or office is None:
        return named
    begun = _delegated(office, decision)
    if not begun:
        return named
    # Where all have ended, nobody may decide: an office does not fall back to deciding without any.
    delegated = [one for one in begun if office.governance.holds(one, decision.event.on)]
    who = _who(office, delegated, decision)
    decide, on = decision.deciding.value, decision.event.on
    if named is not None:
        delegated = [one for one in delegated if named in (one.delegation_id, one.code)]
        if not delegated:
            raise AuthorityUnknown(authority=named, decide=decide, on=on, who=who)
    held = [one for one in delegated if by in _holders(office, one, decision)]
    if not held:
        raise NoAuthority(person=by, decide=decide, on=on, who=who)
    enough = [one for one in held if one.allows(decision.amount)]
    if not enough:
        widest = _narrowest_first(held)[-1]
        body = office.governance.bodies[widest.body_id].name
        raise AboveDelegatedLimit(amount=decision.amount, limit=widest.limit, body=body, who=who)
    chosen = _narrowest_first(enough)[0]
    _quorum(reading, office, chosen, decision)
    return chosen.delegation_id


def _delegated(office: Office, decision: Decided) -> list[Delegation]:
    partner = office.partnership
    return office.governance.delegated(decision.deciding, partner.scheme_id, partner.partnership_id, decision.event.on)


def _holders(office: Office, one: Delegation, decision: Decided) -> set[str]:
    return {each.person_id for each in office.governance.members_on(one.body_id, decision.event.on)}


def _narrowest_first(delegations: list[Delegation]) -> list[Delegation]:
    return sorted(delegations, key=lambda one: (one.limit is None, one.limit.amount if one.limit else 0, one.code))


def _who(office: Office, delegated: list[Delegation], decision: Decided) -> str:
    """The names of the bodies and posts whose limit suffices, for people."""
    enough = [one for one in _narrowest_first(delegated) if one.allows(decision.amount)]
    names = dict.fromkeys(office.governance.bodies[one.body_id].name for one in enough)
    return " or ".join(names) or "nobody: no authority here is wide enough"


def _quorum(reading: Reading, office: Office, chosen: Delegation, decision: Decided) -> None:
    """Check that enough members of the body may decide the bid. Raises QuorumNotMet."""
    body = office.governance.bodies[chosen.body_id]
    if body.quorum is None or decision.deciding is not Deciding.APPROVE_BID:
        return
    members = _holders(office, chosen, decision)
    left = [one for one in members if interest_of(reading, BidId(decision.stream), one, decision.event.on) is None]
    if len(left) < body.quorum:
        raise QuorumNotMet(body=body.name, quorum=body.quorum, left=len(left))
