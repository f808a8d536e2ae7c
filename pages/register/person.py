"""The page of a person: roles, time on bodies, and what the person decided. The log has a code and no name."""

from domain.people.person import Scope
from pages.frame.clocks import Clocks
from pages.frame.page import NotThere, Page, Sheet
from projections.audit import reading as audit
from projections.people import reading as people
from projections.people.reading import BODIES, MEMBERS, ROLES, BodyLine, MemberLine, PersonLine, RoleLine
from projections.register import reading as register
from projections.tables.paging import Connection, Window

# How many decisions are shown, the last ones.
MOST = 100


async def person(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The page of the person with the code or id *code*. Raises NotThere."""
    line = await _find(connection, code)
    roles: list[RoleLine] = await people.held_by(connection, "person_id", [line.id], of=ROLES, known=clocks.then)
    times: list[MemberLine] = await people.held_by(connection, "person_id", [line.id], of=MEMBERS, known=clocks.then)
    ids = [one.body_id for one in times]
    bodies: list[BodyLine] = await people.held_by(connection, "id", ids, of=BODIES, known=clocks.then)
    employer = [line.organisation_id] if line.organisation_id else []
    works_for = await register.organisations_by(connection, "id", employer)
    listing = audit.audit_list(actor=line.id, names=audit.DECIDING_EVENTS, up_to=clocks.position)
    decided = await audit.entries(connection, listing, Window(size=MOST, backwards=True))
    held = [(one, await where_held(connection, one)) for one in roles]
    rows = [(one.role, where, one.since, one.until or "") for one, where in held]
    return Page(
        template="register/person.html",
        title=f"Erased person {line.number}" if line.erased else f"Person {line.code}",
        section="home",
        path=f"/people/{line.code}",
        sheet=Sheet(("role", "where", "since", "until"), rows),
        values={
            "person": line,
            "works_for": works_for[0] if works_for else None,
            "roles": held,
            "times": [(one, next(body for body in bodies if body.id == one.body_id)) for one in times],
            "decided": decided.lines[::-1],
            "most": MOST,
            "more": decided.has_previous,
        },
    )


async def _find(connection: Connection, code: str) -> PersonLine:
    for column in ("id", "code"):
        found = await people.people_by(connection, column, [code])
        if found:
            return found[0]
    raise NotThere(f"There is no person {code[:80]}.")


async def where_held(connection: Connection, role: RoleLine | Scope) -> str:
    """Where a role holds, in words."""
    if role.partnership_id is not None:
        return ", ".join(one.name for one in await register.partnerships_by(connection, "id", [role.partnership_id]))
    if role.scheme_id is not None:
        return ", ".join(one.name for one in await register.schemes_by(connection, "id", [role.scheme_id]))
    if role.programme_id is not None:
        return ", ".join(one.name for one in await register.programmes_by(connection, "id", [role.programme_id]))
    return "everywhere"
