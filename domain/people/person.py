"""The person stream: who acts, through which accounts, in which roles, and since when.

The log has no names: the directory outside it does (``infra.directory``). When a person is erased there, the log still
says what that person did, under the id.
"""

import hashlib
from enum import Enum
from typing import ClassVar, TypeAlias, assert_never

from domain.values.fact import Fact
from domain.values.frozen import frozen, replace
from domain.values.ids import OrganisationId, PartnershipId, PersonId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


class Role(Enum):
    """What a person does in the programme."""

    BIDDER = "bidder"
    PARTNER = "partner"
    ASSESSOR = "assessor"
    DECISION_MAKER = "decision maker"
    PAYMENTS_OFFICER = "payments officer"
    RELEASER = "releaser"
    CERTIFIER = "certifier"
    AUDITOR = "auditor"
    PROGRAMME_OFFICE = "programme office"
    ADMINISTRATOR = "administrator"


@frozen
class PersonRegistered(Fact):
    """A person can act from now on. *code* is a number or word of the office, never a name: it is not erased.

    *organisation_id* is the organisation that the person works for.
    """

    code: str
    organisation_id: OrganisationId | None = None


@frozen
class PersonMoved(Fact):
    """The person works for another organisation; None: for none that is known."""

    organisation_id: OrganisationId | None = None


@frozen
class AccountLinked(Fact):
    """The person signs in with an account. *account* is the digest of its issuer and subject (``account_of``)."""

    account: str


@frozen
class AccountUnlinked(Fact):
    """The account is no longer the person's."""

    account: str
    because: str


@frozen
class RoleGranted(Fact):
    """The person has *role*, everywhere or in one programme, scheme or partnership. *until* is the last day."""

    role: Role
    programme_id: ProgrammeId | None = None
    scheme_id: SchemeId | None = None
    partnership_id: PartnershipId | None = None
    until: When | None = None


@frozen
class RoleRevoked(Fact):
    """The person no longer has *role* there."""

    role: Role
    programme_id: ProgrammeId | None = None
    scheme_id: SchemeId | None = None
    partnership_id: PartnershipId | None = None
    because: str


@frozen
class PersonErased(Fact):
    """What the directory holds about the person was erased: names and contacts. The person can no longer act."""

    because: str


Event: TypeAlias = (
    PersonRegistered | PersonMoved | AccountLinked | AccountUnlinked | RoleGranted | RoleRevoked | PersonErased
)

# --- State ------------------------------------------------------------------------------------------------------------


@frozen
class Scope:
    """Where a role holds: in one programme, one scheme of it, or one partnership; everywhere if none is named."""

    programme_id: ProgrammeId | None = None
    scheme_id: SchemeId | None = None
    partnership_id: PartnershipId | None = None


@frozen
class Held:
    """A *role* that a person has in *scope*, from *since* to the last day *until*."""

    role: Role
    scope: Scope
    since: When
    until: When | None = None

    def covers(self, day: When) -> bool:
        """Whether the person has it on *day*."""
        return self.since.may_precede(day) and (self.until is None or day.may_precede(self.until))


@frozen
class Person:
    """What the rules need to know about a person."""

    code: str
    organisation_id: OrganisationId | None
    accounts: frozenset[str] = frozenset()
    roles: tuple[Held, ...] = ()
    erased: bool = False


def evolve(person: Person | None, event: Event) -> Person:
    """The person after *event*."""
    if isinstance(event, PersonRegistered):
        return Person(code=event.code, organisation_id=event.organisation_id)
    assert person is not None
    match event:
        case PersonMoved():
            return replace(person, organisation_id=event.organisation_id)
        case AccountLinked():
            return replace(person, accounts=person.accounts | {event.account})
        case AccountUnlinked():
            return replace(person, accounts=person.accounts - {event.account})
        case RoleGranted():
            held = Held(role=event.role, scope=scope_of(event), since=event.on, until=event.until)
            return replace(person, roles=(*person.roles, held))
        case RoleRevoked():
            same = (event.role, scope_of(event))
            return replace(person, roles=tuple(one for one in person.roles if (one.role, one.scope) != same))
        case PersonErased():
            return replace(person, erased=True, accounts=frozenset(), roles=())
        case _:
            assert_never(event)


def scope_of(given: "RoleGranted | RoleRevoked | GrantRole | RevokeRole") -> Scope:
    """The scope that an event or a command names."""
    return Scope(programme_id=given.programme_id, scheme_id=given.scheme_id, partnership_id=given.partnership_id)


def account_of(issuer: str, subject: str) -> str:
    """The digest by which the log knows an account: it names nobody."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfPerson:
    """A command that is decided on the stream of the person."""

    person_id: PersonId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.person_id


@frozen
class RegisterPerson(_OfPerson):
    """Register a person who acts, under a number or word of the office that is not a name."""

    begins: ClassVar = "person_id"

    code: str
    organisation_id: OrganisationId | None = None


@frozen
class MovePerson(_OfPerson):
    """Record that the person works for another organisation, or for none."""

    organisation_id: OrganisationId | None = None


@frozen
class LinkAccount(_OfPerson):
    """Let the person sign in with an account: the issuer's address, and the account's subject there."""

    issuer: str
    subject: str


@frozen
class UnlinkAccount(_OfPerson):
    """Take an account from the person, with a reason."""

    issuer: str
    subject: str
    because: str


@frozen
class GrantRole(_OfPerson):
    """Give the person a role, everywhere or in one programme, scheme or partnership.

    A scheme is named with its programme. *until* is the last day.
    """

    role: Role
    programme_id: ProgrammeId | None = None
    scheme_id: SchemeId | None = None
    partnership_id: PartnershipId | None = None
    until: When | None = None


@frozen
class RevokeRole(_OfPerson):
    """Take a role from the person, with a reason."""

    role: Role
    programme_id: ProgrammeId | None = None
    scheme_id: SchemeId | None = None
    partnership_id: PartnershipId | None = None
    because: str


@frozen
class ErasePerson(_OfPerson):
    """Erase the person's name and contacts, with a reason. What the person did stays, under the id."""

    because: str


Command: TypeAlias = RegisterPerson | MovePerson | LinkAccount | UnlinkAccount | GrantRole | RevokeRole | ErasePerson

# --- Rules ------------------------------------------------------------------------------------------------------------


class PersonUnknown(Refused):
    """There is no person with this id or code."""


class PersonAlreadyRegistered(Refused):
    """Person {code} was registered under this id. Use another id for another person."""


class PersonWithoutCode(Refused):
    """The code is empty. Give the person a number or a word of the office, which is not a name."""


class PersonIsErased(Refused):
    """The person was erased. An erased person can no longer act."""


class AccountEmpty(Refused):
    """The issuer or the subject is empty. An account has both."""


class AccountNotLinked(Refused):
    """The account is not the person's. Only an account of the person can be unlinked."""


class ScopeAmbiguous(Refused):
    """A partnership was named with a programme or scheme. A role holds everywhere, or in one programme, scheme or
    partnership.
    """


class SchemeWithoutProgramme(Refused):
    """A scheme was named without its programme. Name the programme of the scheme as well."""


class RoleNotHeld(Refused):
    """The person does not have the role {role} there. Only a role that the person has can be revoked."""


class RoleEndsBeforeItStarts(Refused):
    """The last day {until} is before the first day {on}. It must be the same day or later."""


class UnexplainedAboutPerson(Refused):
    """No reason was given. Give the reason."""


def decide(person: Person | None, command: Command) -> list[Event]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case RegisterPerson():
            return register(person, command)
        case MovePerson():
            return move(acting(person), command)
        case LinkAccount():
            return link(acting(person), command)
        case UnlinkAccount():
            return unlink(acting(person), command)
        case GrantRole():
            return grant(acting(person), command)
        case RevokeRole():
            return revoke(acting(person), command)
        case ErasePerson():
            return erase(known(person), command)
        case _:
            assert_never(command)


def known(person: Person | None) -> Person:
    """The person, who must exist. Raises PersonUnknown."""
    if person is None:
        raise PersonUnknown
    return person


def acting(person: Person | None) -> Person:
    """The person, who must exist and not be erased. Raises PersonUnknown and PersonIsErased."""
    if known(person).erased:
        raise PersonIsErased
    return known(person)


def register(person: Person | None, command: RegisterPerson) -> list[Event]:
    if person is not None:
        if person.code == command.code:
            return []
        raise PersonAlreadyRegistered(code=person.code)
    if not command.code.strip():
        raise PersonWithoutCode
    return [PersonRegistered(code=command.code, organisation_id=command.organisation_id, on=command.on)]


def move(person: Person, command: MovePerson) -> list[Event]:
    if person.organisation_id == command.organisation_id:
        return []
    return [PersonMoved(organisation_id=command.organisation_id, on=command.on)]


def link(person: Person, command: LinkAccount) -> list[Event]:
    if not (command.issuer.strip() and command.subject.strip()):
        raise AccountEmpty
    account = account_of(command.issuer, command.subject)
    return [] if account in person.accounts else [AccountLinked(account=account, on=command.on)]


def unlink(person: Person, command: UnlinkAccount) -> list[Event]:
    account = account_of(command.issuer, command.subject)
    if account not in person.accounts:
        raise AccountNotLinked
    _explained(command.because)
    return [AccountUnlinked(account=account, because=command.because, on=command.on)]


def grant(person: Person, command: GrantRole) -> list[Event]:
    scope = scope_of(command)
    if scope.partnership_id is not None and (scope.programme_id, scope.scheme_id) != (None, None):
        raise ScopeAmbiguous
    if scope.scheme_id is not None and scope.programme_id is None:
        raise SchemeWithoutProgramme
    if command.until is not None and not command.on.may_precede(command.until):
        raise RoleEndsBeforeItStarts(on=command.on, until=command.until)
    held = Held(role=command.role, scope=scope, since=command.on, until=command.until)
    same = [one for one in person.roles if (one.role, one.scope, one.until) == (held.role, held.scope, held.until)]
    if any(one.since.may_precede(command.on) for one in same):
        return []
    return [
        RoleGranted(
            role=command.role,
            programme_id=command.programme_id,
            scheme_id=command.scheme_id,
            partnership_id=command.partnership_id,
            until=command.until,
            on=command.on,
        )
    ]


def revoke(person: Person, command: RevokeRole) -> list[Event]:
    if not any((one.role, one.scope) == (command.role, scope_of(command)) for one in person.roles):
        raise RoleNotHeld(role=command.role.value)
    _explained(command.because)
    return [
        RoleRevoked(
            role=command.role,
            programme_id=command.programme_id,
            scheme_id=command.scheme_id,
            partnership_id=command.partnership_id,
            because=command.because,
            on=command.on,
        )
    ]


def erase(person: Person, command: ErasePerson) -> list[Event]:
    if person.erased:
        return []
    _explained(command.because)
    return [PersonErased(because=command.because, on=command.on)]


def _explained(because: str) -> None:
    if not because.strip():
        raise UnexplainedAboutPerson
