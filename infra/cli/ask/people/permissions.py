"""``fundtrail permissions``: who may give which command, and who reads what."""

from domain.across.permissions import READS, Area, reads_in_place, roles_that_give
from domain.commands import COMMANDS
from domain.people.person import Role
from infra.cli.asking import AsJson
from infra.cli.terminal import out, print_json, table_of


def permissions(as_json: AsJson = False) -> None:
    """Print which roles may give each command, and which roles read each area."""
    gives = {name: [role.value for role in roles_that_give(COMMANDS[name])] for name in sorted(COMMANDS)}
    reads = {area.value: [role.value for role in Role if area in READS[role]] for area in Area}
    in_place = {area.value: [role.value for role in Role if area in reads_in_place(role)] for area in Area}
    if as_json:
        print_json({"gives": gives, "reads": reads, "readsInPlace": in_place})
        return
    for title, rows in (("Command", gives), ("Area", reads), ("Area, in one place", in_place)):
        table = table_of(title, "Roles", indent=0)
        for name, roles in rows.items():
            table.add_row(name, ", ".join(roles))
        out.print(table)
