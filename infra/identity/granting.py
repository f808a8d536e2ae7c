"""Roles that follow from the groups of an issuer: granted and revoked at sign-in, as events."""

import logging
from collections.abc import Sequence
from uuid import uuid4

from domain.desk import OrdersRefused, submit_all
from domain.history import Command, Log, Order
from domain.people.person import (
    GrantRole,
    LinkAccount,
    PersonErased,
    RegisterPerson,
    RevokeRole,
    Role,
    RoleGranted,
    RoleRevoked,
    Scope,
    account_of,
    evolve,
    scope_of,
)
from domain.values.fact import Fact
from domain.values.ids import PersonId
from domain.values.refusal import Refused
from domain.values.when import When
from infra.identity.caller import Account
from infra.identity.settings import IdentitySettings

logger = logging.getLogger("fundtrail.identity")

# The actor of what follows from a sign-in.
ISSUER = "the issuer"
NOT_STATED = "The issuer no longer states a group with this role."


def follow_groups(log: Log, settings: IdentitySettings, account: Account, groups: Sequence[str]) -> int:
    """Record that the person of *account* has the roles of *groups*, and no longer those that other groups gave.

    Somebody unknown is registered where the settings say so. Roles that people granted stay. Returns the position that
    shows what was recorded; 0 for nothing. Blocks: call it in a thread.
    """
    if not settings.roles:
        return 0
    wanted = {role for group, role in settings.roles if group in groups}
    for _ in range(2):  # Two sign-ins at once may record the same: the second look sees what the first one did.
        commands = _commands(log, settings, account, wanted)
        if not commands:
            return 0
        try:
            answers = submit_all(log, [_order(command) for command in commands])
        except (Refused, OrdersRefused) as refused:
            logger.warning("what follows from a sign-in is refused: %s", type(refused).__name__)
            continue
        return max(answer.position for answer in answers)
    return 0


def _commands(log: Log, settings: IdentitySettings, account: Account, wanted: set[Role]) -> list[Command]:
    digest = account_of(account.issuer, account.subject)
    on = When(log.today().isoformat())
    known = log.find("account", digest)
    if known is None:
        if not (settings.registers and wanted):
            return []
        person_id = PersonId(f"person-{digest[:32]}")
        return [
            RegisterPerson(person_id=person_id, code=f"account-{digest[:12]}", on=on),
            LinkAccount(person_id=person_id, issuer=account.issuer, subject=account.subject, on=on),
            *_changes(person_id, [], wanted, on),
        ]
    history = log.history(known)
    person = None
    for event in history:
        person = evolve(person, event)  # type: ignore[arg-type]
    # An account that was taken from somebody is found all the same.
    if person is None or digest not in person.accounts:
        return []
    return _changes(PersonId(known), history, wanted, on)


def _changes(person_id: PersonId, history: Sequence[Fact], wanted: set[Role], on: When) -> list[Command]:
    held = _everywhere(history)
    return [
        *(GrantRole(person_id=person_id, role=role, on=on) for role in Role if role in wanted and role not in held),
        *(
            RevokeRole(person_id=person_id, role=role, because=NOT_STATED, on=on)
            for role in Role
            if held.get(role) == {ISSUER} and role not in wanted
        ),
    ]


def _everywhere(history: Sequence[Fact]) -> dict[Role, set[str | None]]:
    """The roles without a limit that were granted and not revoked, with those who granted them."""
    by: dict[Role, set[str | None]] = {}
    for event in history:
        match event:
            case RoleGranted(until=None) if scope_of(event) == Scope():
                by.setdefault(event.role, set()).add(event.recorded_by)
            case RoleRevoked() if scope_of(event) == Scope():
                by.pop(event.role, None)
            case PersonErased():
                by.clear()
    return by


def _order(command: Command) -> Order:
    return Order(command_id=f"sign-in-{uuid4()}", command=command, said=repr(command), actor=ISSUER, authority=None)
