"""Readers with a scope see the rows of their places and no other: guarded twice, and either guard is enough."""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg.rows import dict_row

from api.schema import schema
from domain.across.permissions import EVERY_AREA, PLACED, Area, Seen
from infra.database import pool
from infra.database.postgres import SCOPED, Database
from infra.exports.catalogue import NAMES, export_of
from projections.read_models import READ_MODELS
from projections.seen import (
    AREA_OF_PARTS,
    FEW,
    OF_PARTNERSHIP,
    OPEN,
    REGISTERED,
    RULES,
    SCORING,
    TOLD_TO_ALL,
    has_few,
)
from tests.kit.length import times
from tests.kit.web.asked import Asked
from tests.kit.web.operations import Writer
from tests.kit.web.served import Api
from tests.pages.test_addresses import PAGES

TABLES = [table for model in READ_MODELS for table in model.TABLES]
SCOPES = times(25, 400)
# Operations in each way of guarding. In a soak they are more than 10,000 together.
OPERATIONS = times(150, 3500)
Row = dict[str, Any]
WORDS = re.compile(r"[\w-]+")


# --- What is right ----------------------------------------------------------------------------------------------------


class Places:
    """Where each row belongs, found without the database's rules: a second opinion."""

    def __init__(self, database: Database) -> None:
        with database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            self.rows: dict[str, list[Row]] = {
                table: cursor.execute(f'SELECT * FROM read."{table}"'.encode()).fetchall() for table in TABLES
            }
            self.events: list[Row] = cursor.execute(
                "SELECT notification_id, topic, state, originator_id FROM log.events"
            ).fetchall()
        self.of = {row["id"]: {row["id"], row["scheme_id"], row["programme_id"]} for row in self.rows["partnerships"]}
        self.scheme = {row["id"]: row["programme_id"] for row in self.rows["schemes"]}
        self.awards = {row["id"]: row["partnership_id"] for row in self.rows["awards"]}
        self.bids = {row["id"]: row["partnership_id"] for row in self.rows["bids"]}
        # Plans say in each event of what partnership they are, but for those that tests.kit.web.odd spread.
        self.works = {
            event["originator_id"]: json.loads(event["state"])["partnership_id"]
            for event in self.events
            if event["originator_id"].startswith("delivery-") and b"partnership_id" in event["state"]
        }
        for row in self.rows["partnerships"]:
            self.works |= {row["id"]: row["id"], f"delivery-of-{row['code']}": row["id"]}
        self.works |= {row["outcome_id"]: row["partnership_id"] for row in self.rows["outcome_steps"]}
        # Support cases say in their first event of what partnership they are, if of any.
        opened = [
            (event["originator_id"], json.loads(event["state"]))
            for event in self.events
            if event["topic"] == "SupportCaseOpened"
        ]
        self.cases = {(stream, body["case"]): body["partnership_id"] for stream, body in opened}
        self.rounds = {row["id"]: {row["scheme_id"], row["programme_id"]} for row in self.rows["rounds"]}
        self.ledger = {row["thing"]: row for row in self.rows["ledger_places"]}
        self.bodies = {row["id"]: row for row in self.rows["bodies"]}
        self.audited = {row["position"]: row for row in self.rows["audit"]}

    def sees(self, seen: Seen, area: Area, *ids: str | None) -> bool:
        """Whether an area is seen everywhere or in one of the places *ids*."""
        return area in seen.everywhere or bool(seen.places.get(area, frozenset()) & {*ids})

    def in_partnership(self, seen: Seen, area: Area, partnership: str | None) -> bool:
        return self.sees(seen, area, *self.of.get(partnership or "", ()))

    def is_seen(self, seen: Seen, table: str, row: Row) -> bool:  # noqa: C901, PLR0912 - a case for each way to belong
        """Whether the reader sees *row* of a *table* that is not open."""
        within: Callable[..., bool] = lambda area, *names: self.sees(seen, area, *(row[name] for name in names))  # noqa: E731
        of_bid = row.get("bid_id") in self.bids and self.in_partnership(seen, Area.CASES, self.bids[row["bid_id"]])
        match table:
            case "timeline":
                area = Area.ASSESSMENT if row["kind"] in SCORING else Area.CASES
                if row["partnership_id"] is not None:
                    return self.in_partnership(seen, area, row["partnership_id"])
                return row["kind"] in TOLD_TO_ALL or within(area, "scheme_id", "programme_id")
            case "bids" | "outcome_steps" | "spans" | "money_marks":
                return self.in_partnership(seen, Area.CASES, row["partnership_id"])
            case "awards":
                return self.in_partnership(seen, Area.MONEY, row["partnership_id"])
            case "audit":
                return self._audited(seen, row)
            case "round_steps":
                return self.sees(seen, Area.MONEY, *self.rounds.get(row["round_id"], ()))
            case "parts" | "part_steps":
                return self._part(seen, row)
            case "postings":
                return within(Area.MONEY, "partnership_id", "scheme_id", "programme_id")
            case "balances":
                place = self.ledger.get(row["scope"])
                return place is not None and self.is_seen(seen, "ledger_places", place)
            case "ledger_places":
                return within(Area.MONEY, "thing", "partnership_id", "scheme_id", "programme_id")
            case "bid_steps" | "timed_awards":
                return of_bid
            case "award_funders":
                award = row["award_id"]
                return of_bid or (award in self.awards and self.in_partnership(seen, Area.MONEY, self.awards[award]))
            case "stated_delays":
                return within(Area.CASES, "partnership_id", "scheme_id", "programme_id")
            case "discrepancies":
                return Area.OFFICE in seen.everywhere or self.in_partnership(seen, Area.OFFICE, row["partnership_id"])
            case "periods":
                return within(Area.MONEY, "programme_id")
            case "year_budgets":
                return within(Area.MONEY, "scheme_id", "programme_id")
            case "members":
                return row["body_id"] in self.bodies and self.is_seen(seen, "bodies", self.bodies[row["body_id"]])
            case "roles" | "bodies" | "delegations":
                return within(Area.PEOPLE, "partnership_id", "scheme_id", "programme_id")
            case "lifted_separations":
                return within(Area.PEOPLE, "programme_id")
            case "accounts":
                return Area.PEOPLE in seen.everywhere
            case "concerns" | "concern_steps":
                return False  # No reader with a scope says here who asks.
        area = Area.BANK if table.startswith("bank_") else Area.OFFICE
        assert table.startswith(("bank_", "discrepancy_")), table
        return area in seen.everywhere

    def _part(self, seen: Seen, row: Row) -> bool:
        area = AREA_OF_PARTS.get(row["kind"], Area.MONEY)
        of, stream = {**self.awards, **self.bids, **self.works}, row["stream"]
        if area is Area.CASES and stream.startswith("organisation-"):
            case = row["number"] if row["kind"] == "supportcase" else row["part"]
            return self.in_partnership(seen, area, self.cases.get((stream, case)))
        if area in (Area.MONEY, Area.CASES, Area.ASSESSMENT):
            return self.in_partnership(seen, area, of.get(stream))
        return area is Area.REGISTER or area in seen.everywhere

    def _audited(self, seen: Seen, row: Row) -> bool:
        area = Area.MONEY if row["stream"].startswith("award-") else Area.CASES
        if row["name"] in SCORING:
            area = Area.ASSESSMENT
        return (
            self.sees(seen, Area.OFFICE, row["stream"])
            or self.in_partnership(seen, Area.OFFICE, row["partnership_id"])
            or (row["partnership_id"] is not None and self.in_partnership(seen, area, row["partnership_id"]))
            or any(
                row["position"] in (one["position"], one.get("ended_position"))
                for table in ("roles", "members", "delegations", "bodies", "lifted_separations")
                for one in self.rows[table]
                if self.is_seen(seen, table, one)
            )
            or (row["name"].startswith("Budget") and self.sees(seen, Area.MONEY, row["stream"]))
        )

    def is_read(self, seen: Seen, event: Row) -> bool:
        """Whether the reader sees an event of the log."""
        line = self.audited.get(event["notification_id"])
        return event["topic"] in REGISTERED or (line is not None and self._audited(seen, line))

    def every(self, kind: str) -> list[str]:
        """The ids of every programme, scheme or partnership."""
        return sorted(row["id"] for row in self.rows[kind])


def some_scope(chance: random.Random, places: Places) -> Seen:
    """What somebody sees: each area nowhere, everywhere, or in a few programmes, schemes and partnerships."""
    everywhere, within = {Area.REGISTER}, {}
    for area in sorted(EVERY_AREA - {Area.REGISTER}, key=lambda area: area.value):
        sort = chance.choice(["nowhere", "everywhere", "programmes", "schemes", "partnerships", "partnerships"])
        if sort == "everywhere":
            everywhere.add(area)
        elif sort != "nowhere" and area in PLACED:
            within[area] = frozenset(chance.sample(places.every(sort), chance.choice([1, 1, 2, 3])))
    return Seen(frozenset(everywhere), within)


@pytest.fixture(scope="module")
def places(odd_api: Api) -> Places:
    return Places(odd_api.database)


def rows_seen(database: Database, seen: Seen, table: str, path: str) -> list[Row]:
    """The rows of *table* that a reader with a scope is given who finds tables by the search path *path*."""
    with database.connect(SCOPED) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(pool._begin(seen.everywhere, tuple(seen.places.items())))
        cursor.execute(f"SET LOCAL search_path = {path}".encode())
        return cursor.execute(f'SELECT * FROM "{table}"'.encode()).fetchall()


# --- The guards -------------------------------------------------------------------------------------------------------


@contextmanager
def without_policies(database: Database) -> Iterator[None]:
    """Row-level security is off, so that only the views guard."""
    tables = ["log.events", *(f'read."{table}"' for table in TABLES)]
    with database.connect() as connection:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        try:
            yield
        finally:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY".encode())


def as_text(rows: Iterable[Row]) -> list[str]:
    return sorted(repr(row) for row in rows)


def test_every_table_has_a_rule() -> None:
    assert {*TABLES, "events"} == {*RULES}


def check_each_table(places: Places, database: Database, path: str, seed: int) -> None:
    chance, found = random.Random(seed), defaultdict[str, set[str]](set)
    for _ in range(SCOPES):
        seen = some_scope(chance, places)
        for table in TABLES:
            if table not in OPEN:
                right = [row for row in places.rows[table] if places.is_seen(seen, table, row)]
                found[table] |= {"seen"} if right else set()
                found[table] |= {"absent"} if len(right) < len(places.rows[table]) else set()
                assert as_text(right) == as_text(rows_seen(database, seen, table, path)), (seen, table)
    filled = {table for table, rows in places.rows.items() if rows} - {*OPEN}
    assert {} == {table: found[table] for table in filled if len(found[table]) < 2}, "the test has no power"


def test_each_table_shows_the_rows_of_the_places_of_its_reader(places: Places, odd_api: Api) -> None:
    check_each_table(places, odd_api.database, "seen, read", 1)


def test_the_policies_alone_show_no_other_rows(places: Places, odd_api: Api) -> None:
    check_each_table(places, odd_api.database, "read", 2)


def test_the_views_alone_show_no_other_rows(places: Places, odd_api: Api) -> None:
    with without_policies(odd_api.database):
        check_each_table(places, odd_api.database, "seen, read", 3)


def test_without_both_guards_every_row_is_shown(places: Places, odd_api: Api) -> None:
    """The control."""
    with without_policies(odd_api.database), pytest.raises(AssertionError):
        check_each_table(places, odd_api.database, "read", 4)


def test_a_reader_with_few_partnerships_finds_the_same_rows_by_the_partnership(places: Places, odd_api: Api) -> None:
    chance, found = random.Random(6), set[str]()
    for _ in range(SCOPES):
        areas = [area for area in sorted(PLACED, key=lambda area: area.value) if chance.random() < 0.8]
        partnerships = places.every("partnerships")
        seen = Seen(
            frozenset({Area.REGISTER}),
            {area: frozenset(chance.sample(partnerships, chance.randint(1, 3))) for area in areas},
        )
        assert has_few(seen)
        for table in OF_PARTNERSHIP:
            right = [row for row in places.rows[table] if places.is_seen(seen, table, row)]
            assert as_text(right) == as_text(rows_seen(odd_api.database, seen, table, "few, seen, read")), (seen, table)
            found |= {table} if right else set()
    assert {table for table in OF_PARTNERSHIP if places.rows[table]} == found, "the test has no power"


def test_rows_are_not_found_by_the_partnership_for_other_readers(places: Places, odd_api: Api) -> None:
    """The control: a reader with a scheme, or with an area everywhere, would miss rows."""
    registered = frozenset({Area.REGISTER})
    of_scheme = Seen(registered, {Area.CASES: frozenset(places.every("schemes"))})
    mixed = Seen(registered | {Area.CASES}, {Area.MONEY: frozenset(places.every("partnerships")[:1])})
    for seen in (of_scheme, mixed):
        assert not has_few(seen)
        right = [row for row in places.rows["bids"] if places.is_seen(seen, "bids", row)]
        assert len(right) > len(rows_seen(odd_api.database, seen, "bids", "few, seen, read"))
    many = frozenset(f"partnership-{number}" for number in range(FEW + 1))
    assert not has_few(Seen(registered, {Area.CASES: many}))


def check_events(places: Places, database: Database, path: str) -> None:
    chance = random.Random(5)
    for _ in range(SCOPES):
        seen = some_scope(chance, places)
        right = sorted(event["notification_id"] for event in places.events if places.is_read(seen, event))
        assert right == sorted(row["notification_id"] for row in rows_seen(database, seen, "events", path)), seen


@pytest.mark.parametrize("path", ["seen, read", "read", "log, seen, read"])
def test_an_event_is_read_where_it_belongs(places: Places, odd_api: Api, path: str) -> None:
    check_events(places, odd_api.database, path)


def test_an_event_is_read_where_it_belongs_by_the_view_alone(places: Places, odd_api: Api) -> None:
    with without_policies(odd_api.database):
        check_events(places, odd_api.database, "seen, read")


def test_without_both_guards_every_event_is_read(places: Places, odd_api: Api) -> None:
    """The control."""
    with without_policies(odd_api.database), pytest.raises(AssertionError):
        check_events(places, odd_api.database, "read")


def test_a_transaction_that_does_not_say_its_scope_sees_the_register_alone(places: Places, odd_api: Api) -> None:
    with odd_api.database.connect(SCOPED) as connection:
        for table in TABLES:
            row = connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
            registered = [
                one
                for one in places.rows[table]
                if one.get("kind") in ("identifier", "consultation", "response", "returntemplate")
                or (table == "timeline" and one["partnership_id"] is None and one["kind"] in TOLD_TO_ALL)
            ]
            assert (len(places.rows[table] if table in OPEN else registered),) == row, table


# --- Over GraphQL -----------------------------------------------------------------------------------------------------


def names_of_others(places: Places, seen: Seen) -> frozenset[str]:
    """Texts that stand for rows of others: ids of what the reader does not see, and that no row names that they see."""
    hidden = set[str]()
    # Everybody reads the events of the register, also where their line of the audit log is not theirs.
    registered = {event["notification_id"] for event in places.events if event["topic"] in REGISTERED}
    for table, columns in (
        ("bids", ["id", "reference"]), ("awards", ["id", "reference"]), ("parts", ["id"]), ("audit", ["event_id"]),
        ("outcome_steps", ["outcome_id"]),
        ("timeline", ["event_id"]), ("discrepancies", ["id"]), ("delegations", ["id"]), ("bodies", ["id"]),
        ("bank_accounts", ["id"]), ("bank_entries", ["id"]),
    ):  # fmt: skip
        for row in places.rows[table]:
            if not places.is_seen(seen, table, row) and (table != "audit" or row["position"] not in registered):
                hidden |= {row[column] for column in columns}
    for table in TABLES:
        for row in places.rows[table]:
            if table in OPEN or places.is_seen(seen, table, row):
                hidden.difference_update(texts_in([*row.values()]))
    read = {event["notification_id"] for event in places.events if places.is_read(seen, event)}
    for event in places.events:
        if event["notification_id"] in read:
            hidden.difference_update(texts_in(json.loads(event["state"])))
    # The events of a part name it: changes show it to whoever reads them.
    hidden.difference_update(row["id"] for row in places.rows["parts"] if not read.isdisjoint(row["events"]))
    return frozenset(hidden)


def texts_in(value: Any) -> Iterator[str]:
    """The texts in the values of a row."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def check_operations(api: Api, places: Places, monkeypatch: pytest.MonkeyPatch, path: str, seed: int) -> None:
    """Generated operations of readers with any scope show nothing of others."""
    begin = pool._begin.__wrapped__
    monkeypatch.setattr(pool, "_begin", lambda *of: begin(*of) + f"; SET LOCAL search_path = {path}".encode())
    chance, asked, told = random.Random(seed), Asked(api), 0
    writer = Writer(schema._schema, chance, asked)
    for number in range(OPERATIONS):
        if number % 10 == 0:
            seen = some_scope(chance, places)
            if not seen.is_limited:
                continue
            others = names_of_others(places, seen)

            async def as_reader(*_: object, seen: Seen = seen) -> Seen:
                return seen

            monkeypatch.setattr(api.app.state.roles, "seen", as_reader)
        operation = writer.operation()
        for given in operation.given:
            answer = api.http.post("/graphql", json={"query": operation.document, "variables": given})
            assert answer.status_code < 500, (operation.document, given, answer.text)
            assert '"INTERNAL"' not in answer.text, (seen, operation.document, given, answer.text)
            told += '"data":{' in answer.text
            shown = {text for text in others if f'"{text}"' in answer.text}
            assert not shown, (seen, operation.document, given, shown)
    assert told > OPERATIONS / 4, "hardly anything was answered: the test has no power"


def test_generated_operations_show_nothing_of_others(
    odd_api: Api, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_operations(odd_api, places, monkeypatch, "seen, read", 11)


def test_generated_operations_show_nothing_of_others_by_the_policies_alone(
    odd_api: Api, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_operations(odd_api, places, monkeypatch, "read", 12)


def test_generated_operations_show_nothing_of_others_by_the_views_alone(
    odd_api: Api, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_policies(odd_api.database):
        check_operations(odd_api, places, monkeypatch, "seen, read", 13)


def test_without_both_guards_operations_show_what_others_have(
    odd_api: Api, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    with without_policies(odd_api.database), pytest.raises(AssertionError, match=r"\w+-"):
        check_operations(odd_api, places, monkeypatch, "read", 14)


# --- Pages and exports ------------------------------------------------------------------------------------------------


def check_addresses(api: Api, places: Places, monkeypatch: pytest.MonkeyPatch, path: str, seed: int) -> None:
    """Pages and exports that readers with any scope open show nothing of others."""
    begin = pool._begin.__wrapped__
    monkeypatch.setattr(pool, "_begin", lambda *of: begin(*of) + f"; SET LOCAL search_path = {path}".encode())
    exports = [f"/export/{name}.csv" for name in NAMES if not export_of(name, None).name.endswith("left-out")]
    chance, shown_of_own = random.Random(seed), 0
    for _ in range(times(2, 20)):
        seen = some_scope(chance, places)
        while not seen.is_limited:
            seen = some_scope(chance, places)
        others = names_of_others(places, seen)
        own = {row["id"] for row in places.rows["awards"] if places.is_seen(seen, "awards", row)}

        async def as_reader(*_: object, seen: Seen = seen) -> Seen:
            return seen

        monkeypatch.setattr(api.app.state.roles, "seen", as_reader)
        for address in [*PAGES, *exports]:
            answer = api.http.get(address, headers={"accept": "text/html"})
            assert answer.status_code < 500, (seen, address, answer.text)
            # A word without a hyphen is also one of the language.
            words = {word for word in WORDS.findall(answer.text) if "-" in word} - {*WORDS.findall(address)}
            assert not words & others, (seen, address, words & others)
            shown_of_own += bool(words & own)
    assert shown_of_own, "nothing was shown: the test has no power"


def test_pages_and_exports_show_nothing_of_others(
    odd_api: Api, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_addresses(odd_api, places, monkeypatch, "seen, read", 21)


def test_without_both_guards_pages_and_exports_show_what_others_have(
    odd_api: Api, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    with without_policies(odd_api.database), pytest.raises(AssertionError, match=r"\w+-"):
        check_addresses(odd_api, places, monkeypatch, "read", 22)
