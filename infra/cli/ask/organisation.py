"""``fundtrail organisation``: the names of an organisation over time, its identifiers, its roles and its awards."""

from dataclasses import replace
from inspect import Parameter
from typing import Annotated, Any, NamedTuple

import typer
from rich.text import Text

from domain.values.day import day_of
from domain.values.shown import shown_date
from domain.values.when import When
from infra.cli.ask.list_rows import AWARDS
from infra.cli.ask.listed import Asked, Found, as_plain, asked_of, find, id_of, options_of, print_found, with_options
from infra.cli.asking import ask
from infra.cli.paper import day_in_words
from infra.cli.terminal import out, print_json, table_of
from projections.parts.reading import PartLine, parts_by
from projections.register import reading as register
from projections.register.reading import NameHad, OrganisationLine, RoleHad
from projections.tables.effect import ALWAYS
from projections.tables.paging import Connection

CODE = Annotated[str, typer.Argument(help="The organisation's code or id.")]


class Organisation(NamedTuple):
    """An organisation with everything that is printed of it."""

    line: OrganisationLine
    names: list[NameHad]
    identifiers: list[PartLine]
    roles: list[RoleHad]
    awards: Found


def _run(code: str, **given: Any) -> None:
    """Print what is recorded of the organisation *code*; the options are about its awards."""
    as_json = given.pop("as_json")
    asked = asked_of(AWARDS, **given)
    found = ask(lambda connection: _find(connection, code, asked))
    if as_json:
        print_json(_as_plain(found))
    else:
        _print(found)


_OF_AWARDS = [option for option in options_of(AWARDS) if option[0] != "organisation"]
organisation = with_options(_run, [("code", CODE, Parameter.empty), *_OF_AWARDS])


async def _find(connection: Connection, code: str, asked: Asked) -> Organisation:
    its_id = await id_of(connection, "organisation", code)
    (line,) = await register.organisations_by(connection, "id", [its_id])
    of_its_partnerships = replace(asked, things=asked.things | {"organisation": its_id})
    return Organisation(
        line,
        await register.names_had(connection, its_id),
        await parts_by(connection, "stream", [its_id], kind="identifier"),
        await register.roles_had(connection, its_id),
        await find(connection, AWARDS, of_its_partnerships),
    )


def _print(found: Organisation) -> None:
    out.print()
    out.print(Text(found.line.name, style="bold"))
    out.print(Text(f"{found.line.code}   Kind: {found.line.kind}", style="dim"))
    _print_table("Names", ("Name", "From", "Known since"), [
        (one.name, _from(one), day_in_words(day_of(one.recorded_at))) for one in found.names
    ])  # fmt: skip
    _print_table("Identifiers", ("Register", "Identifier", "Recorded by"), [
        (str(one.facts["register"]), str(one.facts["value"]), one.by) for one in found.identifiers
    ])  # fmt: skip
    _print_table("Roles", ("Partnership", "Code", "Role", "From", "Until"), [
        (one.partnership_name, one.partnership, one.role, *(_date(day) for day in (one.joined, one.left)))
        for one in found.roles
    ])  # fmt: skip
    print_found(AWARDS, found.awards)


def _print_table(heading: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print *rows* under a heading; where there are none, say so."""
    out.print()
    out.print(Text(heading, style="bold"))
    if not rows:
        out.print(Text("Nothing recorded", style="dim"))
        return
    table = table_of(*columns)
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)


def _from(name: NameHad) -> str:
    return "the first name" if name.since == ALWAYS else day_in_words(name.since)


def _date(text: str | None) -> str:
    return shown_date(When(text)) if text is not None else ""


def _as_plain(found: Organisation) -> dict[str, Any]:
    line = found.line
    return {
        "organisation": {"id": line.id, "code": line.code, "name": line.name, "kind": line.kind},
        "names": [
            {
                "name": one.name,
                "from": None if one.since == ALWAYS else one.since.isoformat(),
                "recorded_at": one.recorded_at.isoformat(),
                "position": one.position,
            }
            for one in found.names
        ],
        "identifiers": [
            {"register": one.facts["register"], "value": one.facts["value"], "recorded_by": one.by, "on": one.on}
            for one in found.identifiers
        ],
        "roles": [
            {
                "partnership": one.partnership,
                "partnership_name": one.partnership_name,
                "role": one.role,
                "joined": one.joined,
                "left": one.left,
            }
            for one in found.roles
        ],
        **as_plain(AWARDS, found.awards),
    }
