"""A confidential concern is found nowhere by anybody but its readers, however they ask; each reading is in the log.

The control takes the guards away: then the same questions find it.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest

from api.limits.weighing import Limits
from api.schema import schema
from domain.desk import submit
from domain.people.person import GrantRole, RegisterPerson, Role
from domain.support.concern import ChangeReaders, RaiseConcern, ReadConcern
from domain.values.ids import ConcernId, PartnershipId, PersonId
from domain.values.when import When
from infra.database.postgres import APP, PROJECTOR, READER, SCOPED, Database
from infra.exports.catalogue import NAMES, export_of
from infra.feeding.projector import project_all
from infra.identity.identity import Identity
from infra.identity.settings import IdentitySettings
from infra.log.postgres_log import PostgresLog
from pages.addresses import ADDRESSES
from projections.audit import trail
from projections.read_models import READ_MODELS
from tests.api.types.test_subscription import socket
from tests.kit.command_line import fundtrail
from tests.kit.database.writing import order
from tests.kit.length import times
from tests.kit.money import desk
from tests.kit.web.asked import Asked
from tests.kit.web.operations import Writer
from tests.kit.web.served import Api, served

TABLES = [table for model in READ_MODELS for table in model.TABLES]
OFFICE, PEER, PARTNER, OTHER, AUDITOR = (
    PersonId(f"person-of-concern-{name}") for name in ("office", "peer", "partner", "other", "auditor")
)
ROLES = {
    OFFICE: Role.PROGRAMME_OFFICE, PEER: Role.ASSESSOR, OTHER: Role.PROGRAMME_OFFICE, AUDITOR: Role.AUDITOR,
}  # fmt: skip
SECRET, CLOSED = ConcernId("concern-zephyr"), ConcernId("concern-zephyr-closed")
TEXT, HEARD, REASON, END = "Zephyrtext stopped", "Zephyrsource", "Zephyrreason", "Zephyrend"
# What stands for the concern in every text of it, and in its ids.
PLANTED = "zephyr"
ON = When("2005-05-04")
OPERATIONS = times(120, 3000)


def raise_concern(api: Api, partnership_id: PartnershipId) -> range:
    """Raise a concern, change its readers, read it; close another one. The positions of the events."""
    before = api.app.state.log.position()
    with desk(api.database) as at:
        about: dict[str, Any] = {"partnership_id": partnership_id, "text": TEXT, "heard_from": HEARD, "on": ON}
        at.do(RaiseConcern(concern_id=SECRET, confidential=True, readers=(PEER,), **about), OFFICE)
        at.do(ChangeReaders(concern_id=SECRET, added=(PARTNER,), because=REASON, on=ON), OFFICE)
        at.do(ReadConcern(concern_id=SECRET, on=ON), PEER)
    project_all(api.database)
    return range(before + 1, api.app.state.log.position() + 1)


def headers(api: Api, person: str) -> dict[str, str]:
    return {"authorization": f"Bearer {api.app.state.identity.own.token(person)}"}


@contextmanager
def signed_in(database: Database, home: Path, person: str) -> Iterator[Api]:
    """The application with everybody signed in, as *person* uses it."""
    counts: dict[str, int] = {"aliases": 500, "directives": 500, "depth": 30, "fields": 100_000, "tokens": 50_000}
    limits = Limits(cost=1_000_000, operation_seconds=90, statement_seconds=60, **counts)
    identity = Identity(IdentitySettings(required=True), home)
    with served(database, projector=False, identity=identity, limits=limits) as api:
        api.http.headers.update(headers(api, person))
        yield api


class Places:
    """The application before and after a concern was raised, and the positions of its events."""

    def __init__(self, api: Api, home: Path) -> None:
        self.home, self.database = home, api.database
        with desk(api.database) as at:
            for person in (*ROLES, PARTNER):
                at.do(RegisterPerson(person_id=person, code=person.removeprefix("person-"), on=ON))
            for person, role in ROLES.items():
                at.do(GrantRole(person_id=person, role=role, on=ON))
            self.dip = PartnershipId(at.find("partnership", "dip"))
            at.do(GrantRole(person_id=PARTNER, role=Role.PARTNER, partnership_id=self.dip, on=ON))
        project_all(api.database)
        with signed_in(api.database, home, AUDITOR) as auditor:
            self.counts = counts_of(auditor)
            self.positions = raise_concern(api, self.dip)


@pytest.fixture(scope="module")
def raised(odd_api: Api, tmp_path_factory: pytest.TempPathFactory) -> Places:
    return Places(odd_api, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def auditor(raised: Places) -> Iterator[Api]:
    with signed_in(raised.database, raised.home, AUDITOR) as api:
        yield api


@contextmanager
def unguarded(raised: Places) -> Iterator[None]:
    """The events of the concern are in the tables that others read, and every row is seen: the control."""
    database, at = raised.database, {"low": raised.positions.start, "high": raised.positions[-1]}
    tables = ("log.events", "read.concerns", "read.concern_steps")
    constraint = "shows_nothing_confidential"
    with database.connect() as connection:
        (audit_rule, timeline_rule) = (
            cast(Any, connection.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND conrelid = %s::regclass",
                (constraint, table),
            ).fetchone())[0]
            for table in ("read.audit", "read.timeline")
        )  # fmt: skip
        for table in ("read.audit", "read.timeline"):
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}".encode())
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        connection.execute("SET search_path = read")
        fill = trail.FILL.replace(trail._SHOWN, "true")
        assert fill != trail.FILL
        connection.execute(fill.encode(), (at["low"] - 1, at["high"]))
        connection.execute(
            "INSERT INTO timeline SELECT a.position, %(of)s, %(of)s, NULL, NULL, 'SUPPORT', a.name,"
            " '2005-05-04', '2005-05-04', '2005-05-04', '2005-05-04', NULL, a.recorded_at,"
            " %(text)s, NULL, NULL, a.actor, a.event_id, a.position,"
            " 9223372036854775807 FROM audit a WHERE a.position BETWEEN %(low)s AND %(high)s",
            {"of": raised.dip, "text": TEXT, **at},
        )
        try:
            yield
        finally:
            for table in ("audit", "timeline"):
                connection.execute(f"DELETE FROM {table} WHERE position BETWEEN %(low)s AND %(high)s".encode(), at)
            for table in tables:
                connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY".encode())
            for table, rule in (("read.audit", audit_rule), ("read.timeline", timeline_rule)):
                connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule}".encode())


def found(text: str) -> list[str]:
    """The places in *text* that show something of the concern."""
    return re.findall(f".{{0,60}}{PLANTED}.{{0,20}}", text, re.IGNORECASE)


# --- Ways to ask ------------------------------------------------------------------------------------------------------

CONNECTIONS = (
    "partnerships", "bids", "awards", "payments", "recoveries", "rounds", "organisations", "outcomes", "people",
    "auditLog", "discrepancies", "bankEntries", "delays",
)  # fmt: skip


def counts_of(api: Api) -> dict[str, Any]:
    """How many rows each list has, and each facet of the search, by name."""
    asked = " ".join(f"{name} {{ totalCount }}" for name in CONNECTIONS)
    counts = dict(api.ask(f'{{ {asked} partnership(code: "dip") {{ timeline {{ totalCount }} }} concerns {{ id }} }}'))
    for path in ("/search?text=improvement", "/search?kind=partnerships", "/audit", "/partnerships/dip"):
        text = re.sub(r"<[^>]*>", " ", api.http.get(path, headers={"accept": "text/html"}).text)
        counts[path] = re.findall(
            r"[\d,]+ (?:events|entries|partnerships|organisations|awards|bids|rows)|of [\d,]+", text
        )
    for name in ("audit", "partnerships", "timeline"):
        if name in NAMES:
            counts[f"export {name}"] = len(api.http.get(f"/export/{name}.csv").content)
    return counts


def by_operations(api: Api) -> list[str]:
    """What generated operations over the whole schema show of the concern."""
    writer, shown = Writer(schema._schema, random.Random(27), Asked(api)), list[str]()
    lists = """auditLog(last: 100) { nodes { name body } }
        changes(from: "2001-01-01T00:00:00Z", last: 100) { nodes { reference } }"""
    documents: list[tuple[str, dict[str, Any]]] = [(f"{{ {lists} }}", {})]
    for _ in range(OPERATIONS):
        one = writer.operation()
        documents += [(one.document, given) for given in one.given]
    for document, variables in documents:
        answer = api.http.post("/graphql", json={"query": document, "variables": variables})
        assert answer.status_code < 500, answer.text
        shown += found(answer.text)
    return shown


def by_pages(api: Api, positions: range) -> list[str]:
    """What every page shows of the concern, also those about the positions of its events."""
    paths = [path for path in ADDRESSES if "{" not in path and "concerns" not in path]
    paths += [f"/events/{position}" for position in positions]
    paths += ["/partnerships/dip", "/audit?partnership=dip", "/changes?from=2005-01-01&partnership=dip"]
    paths += [f"{path}?download=csv" for path in ("/audit", "/partnerships/dip")]
    shown = []
    for path in paths:
        answer = api.http.get(path, headers={"accept": "text/html"})
        assert answer.status_code < 500, (path, answer.text)
        shown += found(answer.text)
    return shown


def by_exports(api: Api) -> list[str]:
    shown = []
    for name in NAMES:
        answer = api.http.get(f"/export/{name}.{export_of(name, None).format}")
        assert answer.status_code < 500, (name, answer.text)
        shown += found(answer.text)
    return shown


def by_subscription(api: Api, after: int, *, also: str) -> list[str]:
    """What is sent of the concern before the next event of others, which is of the command id *also*."""
    shown = []
    authorization = api.http.headers["authorization"]
    with socket(api, authorization=authorization) as listening:
        listening.subscribe(after=str(after))
        while True:
            (event,) = listening.events(1)
            shown += found(str(event))
            if event["commandId"] == also:
                return shown


def by_rows(database: Database) -> list[str]:
    """What the roles that read see of the concern, in any table, when nobody says who asks."""
    shown = []
    for role in (READER, SCOPED):
        with database.connect(role) as connection:
            for table in ("log.events", *(f'read."{table}"' for table in TABLES)):
                rows = connection.execute(f"SELECT row_to_json(t)::text FROM {table} t".encode()).fetchall()
                shown += [one for (row,) in rows for one in found(row) if "person-of-concern" not in row]
            body = (
                "SELECT convert_from(state, 'UTF8') FROM log.events WHERE strpos(convert_from(state, 'UTF8'), %s) > 0"
            )
            shown += [one for (row,) in connection.execute(body, ("Zephyr",)).fetchall() for one in found(row)]
    return shown


def another_event(raised: Places) -> str:
    """Record an event that everybody sees, after those of the concern. Its command id."""
    person = PersonId(f"person-{uuid4()}")
    given = order(RegisterPerson(person_id=person, code=person[-12:], on=ON), actor="the owner")
    with PostgresLog(raised.database) as log:
        submit(log, given)
    project_all(raised.database)
    return given.command_id


# --- Nobody else ------------------------------------------------------------------------------------------------------


def test_no_count_is_another_after_a_concern_was_raised(raised: Places, auditor: Api) -> None:
    assert raised.counts == counts_of(auditor)


def test_no_operation_of_an_auditor_shows_a_concern(auditor: Api) -> None:
    assert [] == by_operations(auditor)


def test_no_page_export_or_subscription_shows_a_concern(raised: Places, auditor: Api) -> None:
    assert [] == by_pages(auditor, raised.positions)
    assert [] == by_exports(auditor)
    assert [] == by_subscription(auditor, raised.positions.start - 1, also=another_event(raised))


def test_no_role_that_reads_sees_a_row_of_a_concern(raised: Places) -> None:
    assert [] == by_rows(raised.database)
    with raised.database.connect(APP) as connection:
        assert [] == connection.execute("SELECT * FROM read.concerns").fetchall()


def test_the_database_takes_no_row_of_a_concern_into_the_audit_log_or_a_timeline(raised: Places) -> None:
    with raised.database.connect(PROJECTOR) as connection:
        connection.execute("SET search_path = read")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(
                trail.FILL.replace(trail._SHOWN, "true").encode(), (raised.positions.start - 1, raised.positions[-1])
            )


def test_the_command_line_lists_no_event_of_a_concern(raised: Places) -> None:
    for asked in (["audit"], ["audit", "--json"], ["timeline", "dip"]):
        answer = fundtrail(raised.database, *asked)
        assert 0 == answer.returncode, answer.stderr
        assert [] == found(answer.stdout)


def test_without_the_guards_a_concern_is_found_in_every_way(raised: Places, auditor: Api) -> None:
    """The control."""
    also = another_event(raised)
    with unguarded(raised):
        assert raised.counts != counts_of(auditor)
        assert by_operations(auditor)
        assert by_pages(auditor, raised.positions)
        assert by_exports(auditor)
        assert by_subscription(auditor, raised.positions.start - 1, also=also)
        assert by_rows(raised.database)
