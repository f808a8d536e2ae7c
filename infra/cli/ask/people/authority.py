"""``fundtrail authority``: the bodies of a programme, who sits on them, who may decide what, and the rules."""

from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.values.shown import shown_date
from domain.values.when import When
from infra.cli.ask.timeline import shorter
from infra.cli.asking import AsAt, AsJson, KnownAt, NotThere, ask, clocks, known_by
from infra.cli.terminal import out, print_json, table_of
from projections.people.office import DelegationShown, Office, limit_of, office_of
from projections.people.reading import BodyLine, MemberLine, RuleLine
from projections.register import reading as register
from projections.tables.paging import Connection


def authority(
    programme: Annotated[str, typer.Argument(help="The code of a programme.")],
    as_at: AsAt = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Print who may decide what on a day, up to which amount, the rules, and which duties are not kept apart."""
    day, instant = clocks(as_at, known_at)
    found = ask(lambda connection: _find(connection, programme, day, instant))
    if as_json:
        print_json(as_plain(found))
    else:
        _print(programme, day, found)


async def _find(connection: Connection, code: str, day: date, instant: datetime | None) -> Office:
    found = await register.programmes_by(connection, "code", [code])
    if not found:
        raise NotThere(f"There is no programme {code}.")
    return await office_of(connection, found[0].id, day, await known_by(connection, instant))


def as_plain(office: Office) -> dict[str, Any]:
    """An office in plain types, for JSON; amounts are texts in major units."""
    return {
        "bodies": [_body(office, one) for one in office.governed.bodies],
        "limits": [
            {
                "code": one.line.code,
                "body": one.body,
                "decisions": one.line.decisions,
                "words": one.line.words,
                "limit": f"{one.line.limit_amount:f}" if one.line.limit_amount is not None else None,
                "currency": one.line.currency,
                "where": one.where,
                "since": one.line.since,
                "until": one.line.until,
                "given_by": one.given_by,
                "granted_by": one.line.granted_by,
                "sources": one.line.sources,
            }
            for one in office.limits
        ],
        "rules": [_rule(office, one) for one in office.governed.rules],
        "not_kept_apart": [
            {"separation": one.separation, "because": one.because, "since": one.since, "lifted_by": one.lifted_by}
            for one in office.lifted
        ],
    }


def _body(office: Office, one: BodyLine) -> dict[str, Any]:
    place = office.places.of(one)
    return {
        "code": one.code,
        "name": one.name,
        "kind": one.kind,
        "quorum": one.quorum,
        "scheme": place.code if place and one.scheme_id else None,
        "partnership": place.code if place and one.partnership_id else None,
        "since": one.since,
        "remit": one.remit,
        "composition": one.composition,
        "sources": one.sources,
        "members": [_member(office, each) for each in office.members[one.id]],
    }


def _rule(office: Office, one: RuleLine) -> dict[str, Any]:
    place = office.places.of(one)
    return {
        "about": one.about,
        "text": one.text,
        "kind": one.kind,
        "number": one.number,
        "limit": f"{one.limit_amount:f}" if one.limit_amount is not None else None,
        "currency": one.currency,
        "scheme": place.code if place and one.scheme_id else None,
        "partnership": place.code if place and one.partnership_id else None,
        "since": one.since,
        "source": one.source,
    }


def _member(office: Office, one: MemberLine) -> dict[str, Any]:
    return {
        "person": office.people[one.person_id].code,
        "role": one.role,
        "speaks_for": one.speaks_for,
        "since": one.since,
        "until": one.until,
    }


def _print(code: str, day: date, office: Office) -> None:
    out.print()
    out.print(Text(f"Who may decide in {code} on {shown_date(When(day.isoformat()))}", style="bold"))
    if office.limits:
        table = table_of("Body", "Decisions", "Up to", "In", "From", "Until", "Given by", "Code")
        for one in office.limits:
            table.add_row(*map(Text, _limit(one)))
        out.print(table)
    else:
        out.print(Text("No authority is delegated on this day", style="dim"))
    _print_bodies(office)
    _print_rules(office)
    if office.lifted:
        out.print()
        out.print(Text("Duties that are not kept apart", style="bold"))
        table = table_of("Duties", "From", "Recorded by", "Reason")
        for lifted in office.lifted:
            table.add_row(*map(Text, (lifted.separation, _date(lifted.since), lifted.lifted_by, lifted.because)))
        out.print(table)


def _print_bodies(office: Office) -> None:
    out.print()
    out.print(Text("Bodies and posts", style="bold"))
    if not office.governed.bodies:
        out.print(Text("There are no bodies on this day", style="dim"))
        return
    table = table_of("Code", "Name", "Kind", "Quorum", "Members", "Stated in")
    for body in office.governed.bodies:
        members = ", ".join(f"{office.people[each.person_id].code} ({each.role})" for each in office.members[body.id])
        people = members or body.composition or ("not stated" if body.stated_only else "nobody")
        stated = shorter("; ".join(body.sources))
        table.add_row(*map(Text, (body.code, body.name, body.kind, str(body.quorum or ""), people, stated)))
    out.print(table)


def _print_rules(office: Office) -> None:
    if not office.governed.rules:
        return
    out.print()
    out.print(Text("Rules", style="bold"))
    table = table_of("Of", "About", "Rule", "Up to", "From", "Stated in")
    for one in office.governed.rules:
        place = office.places.of(one)
        of = place.code if place else "the whole programme"
        source = shorter(one.source or "")
        table.add_row(*map(Text, (of, one.about, one.text, limit_of(one) or "", _date(one.since), source)))
    out.print(table)


def _limit(one: DelegationShown) -> tuple[str, ...]:
    line = one.line
    return (
        one.body,
        one.decisions,
        one.limit or "no limit",
        one.where or "",
        _date(line.since),
        _date(line.until),
        one.given_by or "; ".join(f"stated in {shorter(each)}" for each in dict.fromkeys(line.sources)),
        line.code,
    )


def _date(text: str | None) -> str:
    return shown_date(When(text)) if text is not None else ""
