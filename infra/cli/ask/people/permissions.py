"""``fundtrail permissions``: who may give which command, and who reads what."""

from domain.commands import area_rows, command_rows
from infra.cli.asking import AsJson
from infra.cli.terminal import out, print_json, table_of


def permissions(as_json: AsJson = False) -> None:
    """Print which roles may give each command, and which roles read each area."""
    gives = {row.name: [role.value for role in row.roles] for row in command_rows()}
    reads = {row.name: [role.value for role in row.roles] for row in area_rows()}
    in_place = {row.name: [role.value for role in row.in_place] for row in area_rows()}
    if as_json:
        print_json({"gives": gives, "reads": reads, "readsInPlace": in_place})
        return
    for title, rows in (("Command", gives), ("Area", reads), ("Area, in one place", in_place)):
        table = table_of(title, "Roles", indent=0)
        for name, roles in rows.items():
            table.add_row(name, ", ".join(roles))
        out.print(table)
