"""``fundtrail organisation``: the names and mergers of an organisation, its identifiers, its roles and its awards."""

from dataclasses import replace
from datetime import date, datetime
from inspect import Parameter
from typing import Annotated, Any, NamedTuple

import typer
from rich.text import Text

from domain.values.day import day_of
from domain.values.shown import shown_count, shown_date
from domain.values.when import When
from infra.cli.ask.list_rows import AWARDS
from infra.cli.ask.listed import Asked, Found, as_plain, asked_of, find, id_of, options_of, print_found, with_options
from infra.cli.asking import AsAt, KnownAt, ask, clocks, known_by
from infra.cli.paper import day_in_words
from infra.cli.terminal import out, print_json, table_of
from projections.audit import reading as audit
from projections.audit.reading import AuditLine
from projections.parts.reading import PartLine, parts_by
from projections.register import held
from projections.register import reading as register
from projections.register.held import MergedLine, NameLine, RoleLine
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.paging import Connection
from projections.timeline import stated
from projections.timeline.stated import CategoryLine

CODE = Annotated[str, typer.Argument(help="The organisation's code or id.")]


class Organisation(NamedTuple):
    """An organisation with everything that is printed of it."""

    line: OrganisationLine
    names: list[NameLine]
    identifiers: list[PartLine]
    categories: list[CategoryLine]
    roles: list[RoleLine]
    partnerships: dict[str, PartnershipLine]
    events: dict[int, AuditLine]
    awards: Found
    merged: list[MergedLine]
    took_over: list[MergedLine]

    def event(self, one: NameLine | RoleLine) -> str:
        """The name of the event behind a name or a role."""
        return self.events[one.position].name


def _run(code: str, **given: Any) -> None:
    """Print what is recorded of the organisation *code*. Its awards, which the other options are about, are as now."""
    as_json = given.pop("as_json")
    day, instant = clocks(given.pop("as_at"), given.pop("known_at"))
    asked = asked_of(AWARDS, **given)
    found = ask(lambda connection: _find(connection, code, asked, day, instant))
    if as_json:
        print_json(_as_plain(found))
    else:
        _print(found)


_OF_AWARDS = [option for option in options_of(AWARDS) if option[0] != "organisation"]
organisation = with_options(
    _run, [("code", CODE, Parameter.empty), ("as_at", AsAt, None), ("known_at", KnownAt, None), *_OF_AWARDS]
)


async def _find(connection: Connection, code: str, asked: Asked, day: date, instant: datetime | None) -> Organisation:
    its_id = await id_of(connection, "organisation", code)
    (line,) = await register.organisations_by(connection, "id", [its_id])
    known = await known_by(connection, instant)
    names = await held.names_by(connection, "thing", [its_id], as_at=day, known=known)
    roles = await held.roles_by(connection, "organisation_id", [its_id], as_at=day, known=known)
    partnerships = await register.partnerships_by(connection, "id", [one.partnership_id for one in roles])
    positions = [one.position for one in names] + [one.position for one in roles]
    events = await audit.events_at(connection, "position", positions)
    of_its_partnerships = replace(asked, things=asked.things | {"organisation": its_id})
    return Organisation(
        line,
        names,
        await parts_by(connection, "stream", [its_id], kind="identifier", as_at=day, known=known),
        await stated.categories_by(connection, "organisation_id", [its_id], as_at=day, known=known),
        roles,
        {one.id: one for one in partnerships},
        {one.position: one for one in events},
        await find(connection, AWARDS, of_its_partnerships),
        await held.merged_by(connection, "part_id", [its_id], as_at=day, known=known),
        await held.merged_by(connection, "whole_id", [its_id], as_at=day, known=known),
    )


def _print(found: Organisation) -> None:
    out.print()
    out.print(Text(found.line.name, style="bold"))
    places = {"Kind": found.line.kind, "Region": found.line.region, "Tier": found.line.tier}
    about = "   ".join(f"{name}: {text}" for name, text in places.items() if text)
    out.print(Text(f"{found.line.code}   {about}", style="dim"))
    for one in found.merged:
        out.print(Text(f"It ended on {_date(one.on)}, when it became part of {one.name} ({one.code}): {one.because}"))
    _print_table("Names", ("Name", "From", "Until", "Known since", "Event"), [
        (one.name, _since(one), _date(one.until), day_in_words(day_of(one.known_since)), found.event(one))
        for one in found.names
    ])  # fmt: skip
    if found.took_over:
        _print_table("Organisations that became part of it", ("Organisation", "Code", "From", "Reason"), [
            (one.name, one.code, _date(one.on), one.because) for one in found.took_over
        ])  # fmt: skip
    _print_table("Identifiers", ("Register", "Identifier", "Recorded by"), [
        (str(one.facts["register"]), str(one.facts["value"]), one.by) for one in found.identifiers
    ])  # fmt: skip
    if found.categories:
        _print_table("Categories of assessment", ("Regime", "Category", "From"), [
            (one.regime, one.category, _date(one.on)) for one in found.categories
        ])  # fmt: skip
    held_in = f"Roles in {shown_count(len(found.partnerships), 'partnership')}"
    _print_table(held_in, ("Partnership", "Code", "Role", "From", "Until", "Event"), [
        (found.partnerships[one.partnership_id].name, found.partnerships[one.partnership_id].code, _role(one),
         _date(one.since), _date(one.until), found.event(one))
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


def _since(name: NameLine) -> str:
    if name.stated_only:
        return "a source used it"
    return _date(name.since) if name.since is not None else "the first name"


def _role(role: RoleLine) -> str:
    return f"{role.role} (stated)" if role.stated_only else role.role


def _date(text: str | None) -> str:
    return shown_date(When(text)) if text is not None else ""


def _merger(one: MergedLine) -> dict[str, Any]:
    return {"organisation": one.code, "name": one.name, "on": one.on, "because": one.because, "position": one.position}


def _as_plain(found: Organisation) -> dict[str, Any]:
    line = found.line
    return {
        "organisation": {"id": line.id, "code": line.code, "name": line.name, "kind": line.kind},
        "merged_into": next((_merger(one) for one in found.merged), None),
        "took_over": [_merger(one) for one in found.took_over],
        "names": [
            {
                "name": one.name,
                "from": one.since,
                "until": one.until,
                "stated_only": one.stated_only,
                "recorded_at": one.known_since.isoformat(),
                "position": one.position,
                "event": found.event(one),
            }
            for one in found.names
        ],
        "identifiers": [
            {"register": one.facts["register"], "value": one.facts["value"], "recorded_by": one.by, "on": one.on}
            for one in found.identifiers
        ],
        "categories": [{"regime": one.regime, "category": one.category, "on": one.on} for one in found.categories],
        "roles": [
            {
                "partnership": found.partnerships[one.partnership_id].code,
                "partnership_name": found.partnerships[one.partnership_id].name,
                "role": one.role,
                "from": one.since,
                "until": one.until,
                "stated_only": one.stated_only,
                "position": one.position,
                "event": found.event(one),
            }
            for one in found.roles
        ],
        **as_plain(AWARDS, found.awards),
    }
