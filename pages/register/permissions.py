"""The page of permissions: what each role does and reads, with the roles marked that its reader holds, and where."""

from collections import defaultdict

from domain.across.permissions import seen_by
from domain.commands import area_rows, role_rows
from domain.people.person import Held, Role
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.register.person import where_held
from projections.tables.paging import Connection

_COLUMNS = ("role", "may", "name", "meaning", "held in")


async def permissions(connection: Connection, clocks: Clocks, held: tuple[Held, ...] | None) -> Page:  # noqa: ARG001
    """The page of permissions, for a reader with the roles *held* today; None for the owner of the machine.

    The table is that of today, under any clocks.
    """
    yours: dict[Role, list[str]] = defaultdict(list)
    for one in held or ():
        yours[one.role].append(await where_held(connection, one.scope))
    rows = role_rows()
    return Page(
        template="register/permissions.html",
        title="Who may do and see what",
        section="home",
        path="/permissions",
        values={
            "is_owner": held is None,
            "yours": {role: ", ".join(dict.fromkeys(places)) for role, places in yours.items()},
            "rows": rows,
            "areas": area_rows(),
            "seen": {one.value for one in seen_by(held or ()).areas},
        },
        sheet=Sheet(
            _COLUMNS,
            [
                (row.role.value, may, one.name, one.means, ", ".join(yours.get(row.role, ())))
                for row in rows
                for may, found in (("give", row.gives), ("read", row.reads), ("read in one place", row.in_place))
                for one in found
            ],
        ),
    )
