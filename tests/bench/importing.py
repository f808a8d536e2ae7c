"""How fast grants are imported, and how much memory that takes: run by ``make bench``, or by hand with a number.

Four ways are measured: reading the file, reading and checking it without recording, importing it, and importing
it again with nothing new. Each runs in a separate process, whose highest memory is reported.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ijson

from infra.database.postgres import Database, embedded
from infra.feeding.migrate import migrate
from infra.files.bounded import opened
from infra.imports.editions.edition import ImportOptions, import_edition
from infra.imports.rows.parsing import Dates
from infra.imports.three_sixty.grants import parse_row, read_json
from infra.imports.three_sixty.tables import reader
from infra.log.postgres_log import PostgresLog
from tests.bench.turns import write_down
from tests.kit.database.servers import home_of_its_own

GRANTS = 1_000_000
RECIPIENTS, PROGRAMMES = 5_000, 40
WAYS = ("read the file", "read and believe", "import", "import again")


def grant(number: int) -> dict[str, Any]:
    """A grant with a first payment, as publishers write them."""
    pounds = 1_000 + number * 37 % 90_000
    recipient = number * 7919 % RECIPIENTS
    return {
        "id": f"360G-bench-{number:07}",
        "title": f"Grant {number}",
        "description": "Leadership and member development across seven councils, in three parts and with an evaluation",
        "currency": "GBP",
        "amountAppliedFor": pounds + 500,
        "amountAwarded": pounds,
        "amountDisbursed": pounds // 2,
        "awardDate": f"20{number % 20:02}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "dateModified": "2025-06-18T00:00:00+00:00",
        "plannedDates": [{"startDate": f"20{number % 20:02}-12-01", "endDate": f"20{number % 20 + 1:02}-11-30"}],
        "grantProgramme": [{"code": f"P{number % PROGRAMMES}", "title": f"Programme {number % PROGRAMMES}"}],
        "fundingOrganization": [{"id": "GB-GOV-1", "name": "Office of the Deputy Prime Minister"}],
        "recipientOrganization": [
            {"id": f"GB-CHC-{recipient}", "name": f"Recipient {recipient}", "charityNumber": str(recipient)}
        ],
        "disbursementTransaction": [
            {"id": f"t{number}", "transactionDate": f"20{number % 20 + 1:02}-01-15", "value": pounds // 2}
        ],
        "beneficiaryLocation": [{"geoCode": f"E0{number % 9_999_999:07}", "geoCodeType": "LSOA", "countryCode": "GB"}],
    }


def write(path: Path, grants: int) -> None:
    """Write a package of *grants* grants to *path*."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"grants": [\n')
        for number in range(grants):
            file.write(f"{',' if number else ''}{json.dumps(grant(number))}\n")
        file.write("]}\n")


def run(way: str, path: Path, url: str) -> None:
    """Process the file at *path* in one *way*. Print grants, seconds and the highest memory in megabytes."""
    import time

    began, rows = time.perf_counter(), 0
    if way == "read the file":
        with path.open("rb") as raw:
            rows = sum(1 for _ in ijson.items(raw, "grants.item"))
    elif way == "read and believe":
        with opened(path) as file:
            rows = sum(1 for _ in (parse_row(row, Dates.ISO) for row in read_json(file)))
    else:
        with PostgresLog(Database(url)) as log:
            rows = import_edition(log, path, reader(path, Dates.ISO), ImportOptions()).rows
    took = time.perf_counter() - began
    lines = Path("/proc/self/status").read_text().splitlines()
    highest = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
    sys.stdout.write(json.dumps({"way": way, "grants": rows, "seconds": round(took, 1), "highest_mb": highest}))


def main(grants: int) -> None:
    """Measure each way, print the results, and write a dated file."""
    with home_of_its_own() as home:
        path = home / "grants.json"
        write(path, grants)
        database = embedded(home)
        migrate(database)
        size = path.stat().st_size // 1024 // 1024
        sys.stdout.write(f"{grants} grants, {size} MB of JSON\n")
        results = []
        for way in WAYS:
            command = [sys.executable, "-m", "tests.bench.importing", way, str(path), database.url]
            result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            result["rows_a_second"] = round(result["grants"] / result["seconds"]) if result["seconds"] else None
            results.append(result)
            sys.stdout.write(
                f"{way:20} {result['rows_a_second']} rows a second,"
                f" {result['seconds']} s, highest {result['highest_mb']} MB\n"
            )
        with PostgresLog(database) as log:
            events = log.position()
        sys.stdout.write(f"{events} events, {events / grants:.1f} for each grant\n")
        write_down("importing", {"grants": grants, "file_mb": size, "events": events, "results": results})


if __name__ == "__main__":
    if len(sys.argv) == 4:
        run(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    else:
        main(int(sys.argv[1]) if len(sys.argv) == 2 else GRANTS)
