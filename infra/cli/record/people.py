"""``fundtrail people`` and ``fundtrail appoint``: who acts, what they are called, and in which roles."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.desk import submit_all
from domain.history import Command, Order
from domain.people.person import ErasePerson, GrantRole, LinkAccount, RegisterPerson, RevokeRole, Role
from domain.values.ids import OrganisationId, PersonId, uuid7
from domain.values.refusal import Refused
from domain.values.shown import shown_date
from domain.values.when import When
from infra import directory
from infra.cli.asking import AsJson, NotThere, a_name, actor_named, ask, our_database
from infra.cli.installed import Yes, confirm
from infra.cli.terminal import BROKEN, NOT_FOUND, UNUSABLE, fail, out, print_json, table_of
from infra.database.postgres import Database
from infra.directory import NotKept
from infra.feeding.migrate import migrate
from infra.feeding.projector import up_to_date
from infra.log.postgres_log import PostgresLog
from projections.people.names import NamedPerson, people_called, people_listed
from projections.tables.paging import Connection
from projections.tables.present import today

# The actor of what the owner of the database does, who needs no account.
OWNER = "the owner of the database"

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of the person, or the id.")]
Because = Annotated[str, typer.Option(metavar="REASON", help="Why.")]
By = Annotated[str, typer.Option("--as", callback=actor_named, metavar="NAME", help="Who does this.")]
Name = Annotated[str, typer.Option(metavar="NAME", help="The name. It is kept outside the log.")]
Contact = Annotated[str | None, typer.Option(metavar="TEXT", help="How to reach the person; kept outside the log.")]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help=f"One of: {', '.join(role.value for role in Role)}.")]


# --- Asking -----------------------------------------------------------------------------------------------------------


def listed(as_json: AsJson = False) -> None:
    """List the people with their roles of today, everywhere or for a programme, scheme or partnership."""
    found = ask(lambda connection: people_listed(connection, today()))
    if as_json:
        print_json([
            {"id": one.id, "code": one.code, "name": one.name, "roles": one.roles, "since": one.since,
             "is_erased": one.is_erased}
            for one in found
        ])  # fmt: skip
        return
    table = table_of("Name", "Code", "Roles", "Since", indent=0)
    for one in found:
        table.add_row(*map(Text, (one.name, one.code, ", ".join(one.roles), shown_date(When(one.since)))))
    out.print(table)


async def acting(connection: Connection, name: str) -> NamedPerson:
    """The person with this id or code, who was not erased. Raises NotThere."""
    found = [one for one in await people_called(connection, [name], today()) if not one.is_erased]
    if not found:
        raise NotThere(f'There is no person "{name}".')
    return found[0]


# --- Recording --------------------------------------------------------------------------------------------------------


def add(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A number or word of the office. It is not a name.")],
    name: Name,
    contact: Contact = None,
    organisation: Annotated[
        str | None, typer.Option(metavar="CODE", help="The organisation that the person works for.")
    ] = None,
    account: Annotated[
        tuple[str, str] | None, typer.Option(metavar="ISSUER SUBJECT", help="An account to sign in with.")
    ] = None,
    by: By = OWNER,
) -> None:
    """Register a person who acts, and keep the name in the directory."""
    name, contact = _kept("--name", name), _kept("--contact", contact) if contact else None
    database = _migrated()
    person_id = PersonId(f"person-{uuid7()}")
    on = _today()
    with PostgresLog(database) as log:
        works_for = None
        if organisation is not None:
            works_for = log.find("organisation", organisation)
            if works_for is None:
                fail(f'There is no organisation "{organisation}".', NOT_FOUND)
        commands: list[Command] = [
            RegisterPerson(
                person_id=person_id, code=code, organisation_id=OrganisationId(works_for) if works_for else None, on=on
            )
        ]
        if account is not None:
            commands.append(LinkAccount(person_id=person_id, issuer=account[0], subject=account[1], on=on))
        _record(log, commands, by)
    directory.keep(database, person_id, name, contact)
    up_to_date(database)
    out.print(Text(f"{name} is registered as {code}."))


def name(code: Code, name: Name, contact: Contact = None) -> None:
    """Keep another name and contact of a person in the directory. Nothing of it is in the log."""
    name, contact = _kept("--name", name), _kept("--contact", contact) if contact else None
    database = _migrated()
    try:
        directory.keep(database, _id_of(database, code), name, contact)
    except NotKept:
        fail(f'There is no person "{code}".', NOT_FOUND)
    out.print(Text(f"{code} is called {name}."))


def erase(code: Code, because: Because, by: By = OWNER, yes: Yes = False) -> None:
    """Erase a person's name and contact. What the person did stays, under the id."""
    confirm(f"Erase {code}", yes=yes)
    _given(code, by, lambda person_id: [ErasePerson(person_id=person_id, because=because, on=_today())])
    out.print(Text(f"{code} is erased from the directory, and can no longer act."))


def grant(code: Code, role: RoleName, by: By = OWNER) -> None:
    """Give a person a role everywhere. The command GrantRole of `fundtrail hand-in` also limits it."""
    _given(code, by, lambda person_id: [GrantRole(person_id=person_id, role=_role(role), on=_today())])
    out.print(Text(f"{code} is {role}."))


def revoke(code: Code, role: RoleName, because: Because, by: By = OWNER) -> None:
    """Take a role from a person, with a reason."""
    _given(code, by, lambda one: [RevokeRole(person_id=one, role=_role(role), because=because, on=_today())])
    out.print(Text(f"{code} is no longer {role}."))


def appoint(code: Code) -> None:
    """Make a person the first administrator. Only the owner of the database may, and the trail says so."""
    database = our_database()
    database.connect().close()
    migrate(database)
    up_to_date(database)
    administrators = [one for one in ask(_everybody) if Role.ADMINISTRATOR.value in one.roles]
    if administrators:
        fail(
            f"{administrators[0].code} is an administrator already. The owner appoints the first one; administrators"
            " appoint others.",
            BROKEN,
        )
    grant(code, Role.ADMINISTRATOR.value)


async def _everybody(connection: Connection) -> list[NamedPerson]:
    return await people_listed(connection, today())


def _given(code: str, by: str, commands: Any) -> None:
    """Record the *commands* about the person with this code or id."""
    database = _migrated()
    person_id = _id_of(database, code)
    with PostgresLog(database) as log:
        _record(log, commands(person_id), by)
    up_to_date(database)


def _record(log: PostgresLog, commands: Sequence[Command], by: str) -> None:
    def refusal(refusals: dict[int, Refused]) -> Exception:
        return next(iter(refusals.values()))

    orders = [
        Order(command_id=f"people-{uuid7()}", command=command, said=type(command).__name__, actor=by)
        for command in commands
    ]
    try:
        submit_all(log, orders, refusal)
    except Refused as refused:
        fail(f"{refused.rule}: {refused.reason}", BROKEN)


def _id_of(database: Database, code: str) -> PersonId:
    with PostgresLog(database) as log:
        found = log.find("person", code) or (code if log.history(code) and code.startswith("person-") else None)
    if found is None:
        fail(f'There is no person "{code}".', NOT_FOUND)
    return PersonId(found)


def _migrated() -> Database:
    database = our_database()
    migrate(database)
    return database


def _kept(field: str, given: str) -> str:
    text = a_name(field, given)
    if len(text) > directory.LONGEST:
        fail(f"{field} has {len(text)} characters. It may have {directory.LONGEST}.", UNUSABLE)
    return text


def _role(words: str) -> Role:
    try:
        return Role(words)
    except ValueError:
        fail(f'There is no role "{words}". The roles are: {", ".join(role.value for role in Role)}.', UNUSABLE)


def _today() -> When:
    return When(today().isoformat())
