"""Writes docs/permissions.md: who may give which command, and read which field, page and export.

python -m tests.docs.permissions
"""

from collections.abc import Iterable

from api.answering.seen import AREAS
from domain.across.permissions import Area
from domain.commands import area_rows, command_rows, role_rows
from domain.people.person import Role
from infra.exports.catalogue import NAMES, areas_of_export
from pages.addresses import ADDRESSES
from tests.kit.paths import ROOT

PAGE = ROOT / "docs" / "permissions.md"
INTRODUCTION = """\
# Permissions

Who may do and see what. Everything that is not listed is denied. The table is `domain/across/permissions.py`;
`fundtrail permissions` prints it, the page `/permissions` marks what the reader holds in it, and this page is generated
from it by `make permissions`.

A role holds everywhere, or in one programme, scheme or partnership ([authority.md](authority.md)). A command is
checked by the place that it belongs to: a bid and an award belong to their partnership. What belongs to no programme,
such as an organisation or a person, takes a role that holds everywhere. A step of a support case belongs to the
partnership of the case; without one, it takes a role that holds everywhere. Roles count on the day of recording.
Nobody gives a role to themselves.

The owner of the database needs no role: on the command line, and on a machine without an issuer as long as
`FUNDTRAIL_SIGN_IN` is not `required` ([identity.md](identity.md)). Duties that are kept apart bind the owner as well.

What somebody reads follows from their roles. A role that holds in one place reads the register, and of its other areas
the rows of that place: those of a partnership, or of every partnership of a scheme or programme. Rows of other places
are absent, also from counts, sums and searches. Bank accounts belong to no place. The figures of a wider place, such as
those of the programme of a partnership, are not shown: a sum over a part of it would be no figure. PostgreSQL guards
the rows twice ([operations.md](operations.md#readers-with-a-scope)).

Over GraphQL an operation that asks for more is refused as a whole with
`FORBIDDEN`, before anything runs; pages, exports and metrics answer 403. A command that is not permitted is refused as
`NotPermitted`.
"""


def page() -> str:
    """docs/permissions.md as the code has it."""
    parts = [INTRODUCTION, "## Commands\n", "| command | what it does | roles |", "|---|---|---|"]
    parts += [f"| `{row.name}` | {row.means} | {_roles(row.roles)} |" for row in command_rows()]
    parts += [
        "\n## Areas\n",
        "| area | what it holds | roles that read it everywhere | in one place |",
        "|---|---|---|---|",
    ]
    parts += [f"| {row.name} | {row.means} | {_roles(row.roles)} | {_roles(row.in_place)} |" for row in area_rows()]
    parts += ["\n## What belongs to an area\n", "| area | types of the API | pages | exports |", "|---|---|---|---|"]
    for area in Area:
        types = ", ".join(f"`{name}`" for name in sorted(AREAS[area]))
        pages = ", ".join(f"`{path}`" for path, address in ADDRESSES.items() if area in address.areas)
        exports = ", ".join(f"`{name}`" for name in NAMES if area in areas_of_export(name))
        parts.append(f"| {area.value} | {types} | {pages} | {exports} |")
    parts += [
        "\nA page or an export in several areas takes all of them. `/metrics` takes the area office, and an"
        " [evidence pack](evidence.md) the areas money and office."
    ]
    parts += [
        "The pages `/`, `/attention` and `/permissions` take no area: everybody who is signed in reads them, with what"
    ]
    parts += ["belongs to the areas of the reader.\n"]
    parts += ["## Roles\n", "| role | gives | reads everywhere | reads in one place |", "|---|---|---|---|"]
    for row in role_rows():
        gives = ", ".join(f"`{one.name}`" for one in row.gives) or "nothing"
        reads, placed = (", ".join(one.name for one in areas) for areas in (row.reads, row.in_place))
        parts.append(f"| {row.role.value} | {gives} | {reads} | {placed} |")
    return "\n".join(parts) + "\n"


def _roles(roles: Iterable[Role]) -> str:
    return ", ".join(role.value for role in roles)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
