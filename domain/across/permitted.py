"""Whether a person may give a command: by the roles that hold today, in the place of the command."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args

from domain.across.permissions import held_now, may_give, roles_that_give
from domain.across.readers import check_reader
from domain.bid import ResubmitBid, SubmitBid
from domain.history import Command
from domain.people.person import GrantRole, Held, Role, Scope
from domain.reading import Reading
from domain.support import case, concern
from domain.values.ids import PersonId
from domain.values.refusal import Refused
from domain.values.when import When

# The ids of people begin so. Other actors are the owner of the database and imports.
PERSON = "person-"
OF_CONCERNS = get_args(concern.Command)


class NotPermitted(Refused):
    """{person} has no role that may do this here. It takes the role of {roles}."""


class OwnRole(Refused):
    """{person} would be given a role by the same person. A role is given by another person."""


class PersonCannotAct(Refused):
    """{person} is not registered, or was erased. Only a registered person acts."""


def permitted(reading: Reading, command: Command, by: str, today: date | None) -> None:
    """Check that the actor *by* may give *command* today.

    Raises NotPermitted, OwnRole and PersonCannotAct, and of a concern what ``check_reader`` raises.
    """
    if by.startswith(PERSON):
        _in_role(reading, command, by, today)
    if isinstance(command, OF_CONCERNS):
        check_reader(reading, command, by)


def _in_role(reading: Reading, command: Command, by: str, today: date | None) -> None:
    held = roles_of(reading, by, today)
    if held is None:
        raise PersonCannotAct(person=by)
    place = place_of(reading, {name: getattr(command, name, None) for name in NAMED})
    giving = roles_that_give(type(command))
    if _admits(command):
        # A bidder does not decide that its own late bid, or one that meets no rule, is admitted.
        giving = [role for role in giving if role is not Role.BIDDER]
    if not may_give([one for one in held if one.role in giving], type(command), place):
        roles = " or ".join(role.value for role in giving)
        raise NotPermitted(person=by, roles=roles or "nobody")
    if isinstance(command, GrantRole) and command.person_id == by:
        raise OwnRole(person=by)


def _admits(command: Command) -> bool:
    """Whether *command* admits a bid with a reason."""
    return isinstance(command, SubmitBid | ResubmitBid) and bool((command.admitted_because or "").strip())


def roles_of(reading: Reading, by: str, today: date | None) -> list[Held] | None:
    """The roles that the person *by* holds today; None for somebody who is not registered, or was erased."""
    actor = reading.person(PersonId(by))
    if actor is None or actor.erased:
        return None
    return held_now(actor.roles, When(today.isoformat()) if today is not None else When("unknown"))


def place_of(reading: Reading, named: Mapping[str, Any]) -> Scope | None:
    """The place of a command that names things by the names of NAMED; None if it belongs to no programme.

    The place is the programme, the scheme and the partnership, as far as it has them. That of a step of a support case
    is the place of the case, whatever else the command names.
    """
    opened = _opened(reading, named)
    if opened is not None:
        return _of_partnership(reading, opened.partnership_id) if opened.partnership_id is not None else None
    for found in _places(reading, named):
        if found is not None:
            return found
    return None


def _opened(reading: Reading, named: Mapping[str, Any]) -> case.SupportCaseOpened | None:
    """The opening of the support case that a command names; None if it names none that was opened."""
    if named.get("case") is None or named.get("organisation_id") is None:
        return None
    of = reading.organisation(named["organisation_id"])
    every = of.support if of is not None else ()
    opened = (one for one in every if isinstance(one, case.SupportCaseOpened))
    return next((one for one in opened if one.case == named["case"]), None)


def _places(reading: Reading, given: Mapping[str, Any]) -> Iterator[Scope | None]:
    """The place by each thing that is *given*, the narrowest first."""
    named = {name: given.get(name) for name in NAMED}
    of_bid = reading.bid(named["bid_id"]) if named["bid_id"] else None
    of_award = reading.award(named["award_id"]) if named["award_id"] else None
    of_delivery = reading.delivery(named["delivery_id"]) if named["delivery_id"] else None
    of_outcome = reading.outcome(named["outcome_id"]) if named["outcome_id"] else None
    for thing in (of_award, of_bid, of_delivery, of_outcome):
        if thing is not None:
            yield _of_partnership(reading, thing.partnership_id)
    if named["partnership_id"]:
        yield _of_partnership(reading, named["partnership_id"])
    if named["round_id"] and (call := reading.round(named["round_id"])) is not None:
        yield Scope(programme_id=call.programme_id, scheme_id=call.scheme_id)
    if named["programme_id"]:
        yield Scope(programme_id=named["programme_id"], scheme_id=named["scheme_id"])


NAMED = (
    "award_id", "bid_id", "delivery_id", "outcome_id", "partnership_id", "round_id", "programme_id", "scheme_id",
    "organisation_id", "case",
)  # fmt: skip


def _of_partnership(reading: Reading, partnership_id: Any) -> Scope | None:
    found = reading.partnership(partnership_id)
    if found is None:
        return None
    return Scope(programme_id=found.programme_id, scheme_id=found.scheme_id, partnership_id=found.partnership_id)
