"""What Fundtrail runs with: each package of the lock is listed with its version and licence, and no other."""

import json
import re
import time
from importlib.metadata import version
from uuid import RFC_4122, UUID

from domain.values.ids import uuid7
from infra.dependencies import LOCK, NOT_INSTALLED, UNKNOWN, bill_of_materials, dependencies
from tests.kit.command_line import fundtrail
from tests.kit.paths import ROOT


def test_every_package_of_the_lock_is_listed_as_it_is_installed() -> None:
    found = dependencies()
    names = re.findall(r"^([a-z0-9._-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert names == [one.name for one in found]
    here = [one for one in found if one.licence != NOT_INSTALLED]
    assert {one.name for one in found} - {one.name for one in here} <= {one.name for one in found if one.only}
    # A package may be locked in one version for older Pythons and in another for newer ones.
    locked = {one.name: {other.version for other in here if other.name == one.name} for one in here}
    assert [] == [name for name, versions in locked.items() if version(name) not in versions]
    assert [] == [one.name for one in here if one.licence in ("", UNKNOWN) or "\n" in one.licence]


def test_every_package_that_the_lock_needs_has_hashes() -> None:
    assert [] == [one.name for one in dependencies() if not one.hashes]


def test_the_bill_of_materials_is_that_of_the_lock_and_the_same_each_time() -> None:
    found = dependencies()
    bill = bill_of_materials(found)
    assert ("CycloneDX", "1.6") == (bill["bomFormat"], bill["specVersion"])
    assert [(one.name, one.version) for one in found] == [
        (each["name"], each["version"]) for each in bill["components"]
    ]
    assert "pkg:pypi/psycopg@3.3.9" in bill["dependencies"][0]["dependsOn"]
    assert bill == bill_of_materials(found)
    assert bill["serialNumber"] != bill_of_materials(found[1:])["serialNumber"]


def test_the_command_line_lists_them_and_writes_the_bill() -> None:
    listed = fundtrail(None, "licences")
    assert (0, "") == (listed.returncode, listed.stderr)
    assert re.search(r"psycopg +3\.3\.9 +.*L?GPL", listed.stdout)
    bill = json.loads(fundtrail(None, "licences", "--sbom").stdout)
    assert len(dependencies()) == len(bill["components"])


def test_no_package_is_there_for_one_function() -> None:
    assert "uuid6" not in (ROOT / "requirements.in").read_text(encoding="utf-8")


def test_a_new_id_is_a_uuid_of_version_7_in_order_of_time() -> None:
    before = time.time_ns() // 1_000_000
    first = uuid7()
    time.sleep(0.002)
    second = uuid7()
    assert (7, RFC_4122) == (first.version, first.variant)
    assert first == UUID(str(first))
    assert before <= first.int >> 80 < second.int >> 80
    assert first < second
    assert 10_000 == len({uuid7() for _ in range(10_000)})
