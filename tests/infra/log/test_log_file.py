"""A whole log goes into a file and comes back as it was. A file that is not a whole log restores nothing."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain import award
from domain.award import AboveAward
from domain.organisation import ChangePayeeAccount, VerifyPayeeAccount
from domain.values.refusal import Refused
from domain.values.when import When
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from infra.log.log_file import BadLogFile, Kept, LogNotEmpty, export, restore
from tests.kit.command_line import fundtrail
from tests.kit.database.writing import ask, read_tables
from tests.kit.life import called, lived
from tests.kit.money import desk, gbp

TABLES = ("events", "commands", "references", "counters")


def stored(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {table: ask(database, f"SELECT * FROM log.{table} ORDER BY 1, 2") for table in TABLES}


def exported(database: Database) -> bytes:
    file = io.BytesIO()
    export(database, file)
    return file.getvalue()


@pytest.fixture(scope="module")
def whole(server: Database, programme_template: str) -> bytes:
    """The file of a log with the programme and three lives."""
    from tests.conftest import copy_of

    database = copy_of(server, programme_template)
    with desk(database) as at:
        for name, partnership in (("lived", "dip"), ("more", "lrip")):
            lived(at, name, partnership)
            called(at, name)
    return exported(database)


def test_a_restored_log_is_the_same_in_every_column_and_gives_the_same_answers(
    programme: Database, database: Database
) -> None:
    with desk(programme) as at:
        award_id = lived(at)
        for actor, account in (("ann", "GB29 0001"), ("bob", "GB29 0002"), ("cay", "GB29 0001")):
            of: dict[str, Any] = {
                "organisation_id": at.find("organisation", "idea"), "account": account, "on": When("2004-12-01"),
            }  # fmt: skip
            at.do(ChangePayeeAccount(**of), actor)
            at.do(VerifyPayeeAccount(**of, evidence="A call"), "dee")
    project_all(programme)
    kept = restore(database, io.BytesIO(exported(programme)))
    assert stored(programme) == stored(database)
    assert kept.position == ask(database, "SELECT max(notification_id) FROM log.events")[0][0]
    project_all(database)
    assert read_tables(programme) == read_tables(database)
    # It goes on where it was: at the next position, with every guard.
    of = {"award_id": award_id, "number": 9, "on": When("2004-12-01")}
    with desk(database) as at, pytest.raises(Refused) as refused:
        at.do(award.RequestPayment(amount=gbp("10000.00"), **of))
    assert isinstance(refused.value, AboveAward)
    with desk(database) as at:
        assert kept.position + 1 == at.do(award.RequestPayment(amount=gbp("1.00"), **of)).position


def test_an_empty_log_goes_into_a_file_and_back(database: Database, server: Database) -> None:
    file = exported(database)
    assert Kept(0, 0, 0) == restore(database, io.BytesIO(file))
    with desk(database) as at:
        assert 0 == at.log.position()


def test_a_log_is_restored_into_an_empty_one_only(programme: Database, whole: bytes) -> None:
    before = stored(programme)
    with pytest.raises(LogNotEmpty, match="has 1,375 events already"):
        restore(programme, io.BytesIO(whole))
    assert before == stored(programme)


def test_the_application_may_not_restore(database: Database, whole: bytes) -> None:
    theirs = Database(database.conninfo(APP))
    with pytest.raises(Exception, match=r"permission denied|current_user"):
        restore(theirs, io.BytesIO(whole))
    assert [] == stored(database)["events"]


# --- Files that are not a whole log -----------------------------------------------------------------------------------

Lines = list[dict[str, Any]]
FIRST, LATER = 1, 700


def signed(lines: Lines) -> bytes:
    """The file of *lines* with the digest that fits it, so that another check has to find what is wrong."""
    text = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines if "sha256" not in line)
    return text + orjson.dumps({"sha256": hashlib.sha256(text).hexdigest()}, option=orjson.OPT_APPEND_NEWLINE)


def _event(number: int, **changed: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        lines[number]["event"] |= changed

    return change


def _without(number: int) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        del lines[number]
        lines[0]["events"] -= 1

    return change


def _swapped(lines: Lines) -> None:
    lines[LATER], lines[LATER + 1] = lines[LATER + 1], lines[LATER]


def _raised(lines: Lines) -> None:
    """A payment is larger than its award."""
    line = next(one["event"] for one in lines if one.get("event", {}).get("name") == "PaymentRequested")
    line["body"] = line["body"].replace('"300.00"', '"99999.00"')


def _named_twice(lines: Lines) -> None:
    bids = [one["event"] for one in lines if one.get("event", {}).get("name") == "BidSubmitted"]
    reference = orjson.loads(bids[0]["body"])["reference"]
    body = orjson.loads(bids[1]["body"]) | {"reference": reference}
    bids[1]["body"] = orjson.dumps(body).decode()


def _no_command(lines: Lines) -> None:
    place = next(nth for nth, one in enumerate(lines) if "command" in one)
    del lines[place]
    lines[0]["commands"] -= 1


WRONG: dict[str, tuple[Callable[[Lines], None], str]] = {
    "of another format": (lambda lines: lines[0].update(format="other"), "does not begin with the format"),
    "without an event": (_without(LATER), "is not the next one|does not follow"),
    "with two events swapped": (_swapped, "does not follow|is not the next one"),
    "with a version twice": (_event(LATER, version=1, stream="award-x"), "is not the next one"),
    "with a position twice": (_event(LATER, position=LATER - 1), "does not follow"),
    "with an earlier time": (_event(LATER, recorded_at="2001-01-01T00:00:00Z"), "recorded before"),
    "with an unknown event": (_event(LATER, name="AwardMelted"), "cannot be read: AwardMelted"),
    "with a body that is none": (_event(LATER, body="{}"), "cannot be read"),
    "with an id that is none": (_event(LATER, id="seven"), "cannot be read"),
    "with more events than it says": (lambda lines: lines[0].update(events=5), "Here is no new command"),
    "with fewer events than it says": (
        lambda lines: lines[0].update(events=lines[0]["events"] + 1),
        "Here is no event",
    ),
    "without a command": (_no_command, "The command .* is missing"),
    "with money that there is not": (_raised, "use more of"),
    "with a name for two things": (_named_twice, "is the name of another thing"),
    "with an unknown member": (lambda lines: lines[0].update(owner="x"), "not a line of a log"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_not_a_whole_log_is_refused_by_name_and_restores_nothing(
    database: Database, whole: bytes, wrong: str
) -> None:
    change, said = WRONG[wrong]
    lines = [orjson.loads(line) for line in whole.splitlines()]
    change(lines)
    with pytest.raises(BadLogFile, match=said):
        restore(database, io.BytesIO(signed(lines)))
    assert {table: [] for table in TABLES} == stored(database)


def test_control_the_same_file_unchanged_is_restored(database: Database, whole: bytes) -> None:
    assert restore(database, io.BytesIO(signed([orjson.loads(line) for line in whole.splitlines()]))).events > 1375


@pytest.mark.parametrize("cut", [0, 1, 1000, -2, -70, -1000])
def test_a_file_that_ends_too_early_is_refused(database: Database, whole: bytes, cut: int) -> None:
    with pytest.raises(BadLogFile):
        restore(database, io.BytesIO(whole[:cut]))
    assert [] == stored(database)["events"]


def test_any_changed_byte_is_noticed(database: Database, whole: bytes) -> None:
    for place in range(200, len(whole), len(whole) // 25):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises(BadLogFile):
            restore(database, io.BytesIO(changed))
    with pytest.raises(BadLogFile, match="follows the end"):
        restore(database, io.BytesIO(whole + b"\n"))


# --- The command line -------------------------------------------------------------------------------------------------


def test_the_command_line_writes_a_log_once_and_restores_it(
    programme: Database, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "log.jsonl"
    written = fundtrail(programme, "log", "export", str(file))
    assert 0 == written.returncode, written.stderr
    assert "Wrote 1,375 events" in written.stdout
    assert 0o600 == file.stat().st_mode & 0o777
    assert 2 == fundtrail(programme, "log", "export", str(file)).returncode
    restored = fundtrail(database, "log", "restore", str(file))
    assert 0 == restored.returncode, restored.stderr
    assert "Restored 1,375 events" in restored.stdout
    assert stored(programme) == stored(database)
    again = fundtrail(database, "log", "restore", str(file))
    assert (2, True) == (again.returncode, "has 1,375 events already" in again.stderr)
    assert 2 == fundtrail(database, "log", "restore", str(tmp_path / "none")).returncode
