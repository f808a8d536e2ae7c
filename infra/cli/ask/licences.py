"""``fundtrail licences``: the packages that Fundtrail runs with, with their versions and licences."""

from typing import Annotated

import typer

from infra.cli.asking import AsJson
from infra.cli.terminal import NOT_FOUND, fail, out, print_json, table_of
from infra.dependencies import LOCK, bill_of_materials, dependencies


def licences(
    as_json: AsJson = False,
    as_bill: Annotated[bool, typer.Option("--sbom", help="Print a bill of materials in CycloneDX 1.6.")] = False,
) -> None:
    """List the packages that Fundtrail runs with, their versions, and the licences that they state."""
    try:
        found = dependencies()
    except OSError:
        fail(f"{LOCK.name} is not there. Run the command in a checkout of Fundtrail.", NOT_FOUND)
    if as_bill:
        print_json(bill_of_materials(found))
    elif as_json:
        print_json([{"name": one.name, "version": one.version, "licence": one.licence} for one in found])
    else:
        table = table_of("Package", "Version", "Licence", indent=0)
        for one in found:
            table.add_row(one.name, one.version, one.licence)
        out.print(table)
