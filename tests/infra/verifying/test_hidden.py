"""Verifying finds what somebody with every right hides from it, and ends with a report whatever it meets."""

import json
import re

import pytest
from psycopg import sql

from infra.database.postgres import READER, Database
from infra.database.rights import Unguarded, refuse_unguarded
from tests.kit.command_line import fundtrail
from tests.kit.database.tampering import first_of, found_by
from tests.kit.database.writing import ask

REPLICA = "SET session_replication_role = replica;"
LAST = "(SELECT max(notification_id) FROM log.events)"
# The checks that look into the server. The others read the log.
WITHIN = ("rights", "migrations", "streams", "commands", "counters", "references")


def said(database: Database, *names: str) -> str:
    """The sentences of what the checks called *names* find."""
    return "\n".join(finding.said for finding in found_by(database, *names))


def test_a_database_that_nobody_changed_agrees(untouched: Database) -> None:
    """The control of every test below."""
    assert "" == said(untouched, *WITHIN)


# --- Two rows, each in one index --------------------------------------------------------------------------------------


def turned(index: str, word: str) -> str:
    """The statement that turns *index* of the log's events on or off."""
    return f"UPDATE pg_index SET indisready = {word} WHERE indexrelid = 'log.{index}'::regclass"


def put_into_two_indexes(database: Database) -> int:
    """Let the index of streams find the last event, and that of positions another event. Returns the position."""
    position = first_of(f"SELECT {LAST}", database)
    others = [
        name
        for (name,) in ask(
            database,
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'log.events'::regclass AND c.relname <> 'events_pkey'",
        )
    ]
    ask(database, f"CREATE TABLE public.kept AS SELECT * FROM log.events WHERE notification_id = {position}")
    ask(database, f"{REPLICA} DELETE FROM log.events WHERE notification_id = {position}")
    ask(database, "VACUUM log.events")
    ask(database, turned("events_pkey", "false"))
    ask(database, f"{REPLICA} INSERT INTO log.events SELECT * FROM public.kept")
    ask(database, ";".join([turned("events_pkey", "true"), *(turned(other, "false") for other in others)]))
    ask(database, f"{REPLICA} UPDATE public.kept SET actor = 'eve', event_id = gen_random_uuid();"
        " INSERT INTO log.events SELECT * FROM public.kept; DROP TABLE public.kept")  # fmt: skip
    ask(database, ";".join(turned(other, "true") for other in others))
    return position


def test_two_events_of_which_each_is_in_another_index_are_both_read(lived_in: Database) -> None:
    position = put_into_two_indexes(lived_in)
    by_position = f"SET enable_seqscan = off; SELECT actor FROM log.events WHERE notification_id = {position}"
    with lived_in.connect() as connection:
        connection.execute("SET enable_seqscan = off")
        rows = connection.execute(by_position.partition(";")[2].encode()).fetchall()
    assert 1 == len(rows), "the control: by an index there is one"
    found = said(lived_in, "streams")
    assert f"Position {position:,} does not follow {position:,}." in found
    assert "is not the next one" in found


def test_an_index_that_is_turned_off_is_named(database: Database) -> None:
    ask(database, turned("events_pkey", "false"))
    assert "The index log.events_pkey is not what the migrations make" in said(database, "migrations")


# --- Names in front of those of the server ----------------------------------------------------------------------------


def put_in_front(database: Database) -> None:
    """Give everybody a right, and let a view in front of the server's hide it."""
    [(name,)] = ask(database, "SELECT current_database()")
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA evil")
        connection.execute("CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false")
        connection.execute("CREATE VIEW evil.pg_policy AS SELECT * FROM pg_catalog.pg_policy WHERE false")
        connection.execute("GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC")
        connection.execute("GRANT UPDATE ON log.events TO PUBLIC")
        path = "ALTER DATABASE {} SET search_path = evil, public, pg_catalog"
        connection.execute(sql.SQL(path).format(sql.Identifier(name)))


def test_a_view_in_front_of_a_catalog_hides_no_right(lived_in: Database) -> None:
    put_in_front(lived_in)
    assert [] == ask(lived_in, "SELECT 1 FROM pg_class"), "the control: another session is blinded"
    assert "PUBLIC has the right UPDATE on log.events" in said(lived_in, "rights")


def test_a_start_is_refused_whatever_is_in_front_and_the_session_stays_as_it_was(lived_in: Database) -> None:
    put_in_front(lived_in)
    paths = []
    for role in (None, READER):
        with lived_in.connect(role) as connection:
            before = connection.execute("SHOW search_path").fetchone()
            with pytest.raises(Unguarded, match="PUBLIC has the right UPDATE"):
                refuse_unguarded(connection)
            with connection.transaction(), pytest.raises(Unguarded):
                refuse_unguarded(connection)
            paths.append((before, connection.execute("SHOW search_path").fetchone()))
    assert [(("evil, public, pg_catalog",),) * 2, (("read",),) * 2] == paths


# --- What stops a check -----------------------------------------------------------------------------------------------

FAILING = """CREATE FUNCTION public.failing() RETURNS bigint LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$;
    ALTER TABLE log.counters RENAME TO kept;
    CREATE VIEW log.counters AS SELECT name, ceiling, public.failing() AS used FROM log.kept"""
STOPPING = {
    "a position that is null": (
        "streams",
        f"ALTER TABLE log.events ALTER notification_id DROP NOT NULL; {REPLICA}"
        f" UPDATE log.events SET notification_id = NULL WHERE notification_id = {LAST}",
    ),
    "a time that is null": (
        "streams",
        f"ALTER TABLE log.events ALTER recorded_at DROP NOT NULL; {REPLICA}"
        f" UPDATE log.events SET recorded_at = NULL WHERE notification_id = {LAST}",
    ),
    "a body that is null": (
        "streams",
        f"ALTER TABLE log.events ALTER state DROP NOT NULL; {REPLICA}"
        f" UPDATE log.events SET state = NULL WHERE notification_id = {LAST}",
    ),
    "a time without an end": (
        "streams",
        f"{REPLICA} UPDATE log.events SET recorded_at = 'infinity' WHERE notification_id = {LAST}",
    ),
    "a view that says it is not supported": ("counters", FAILING.format(state="0A000")),
    "a view that says the connection is lost": ("counters", FAILING.format(state="08006")),
    "a view that says the server is stopping": ("counters", FAILING.format(state="57P01")),
    "a table that is missing": ("counters", "DROP TABLE log.counters"),
}


@pytest.mark.parametrize("what", STOPPING)
def test_what_stops_a_check_is_a_finding_and_the_other_checks_go_on(lived_in: Database, what: str) -> None:
    check, statement = STOPPING[what]
    ask(lived_in, statement)
    words = [word for name in WITHIN for word in ("--only", name)]
    answer = fundtrail(lived_in, "verify", "--json", *words)
    assert 4 == answer.returncode, answer.stderr
    assert "Traceback" not in answer.stderr
    found = {
        one["name"]: [finding["said"] for finding in one["findings"]] for one in json.loads(answer.stdout)["checks"]
    }
    assert list(WITHIN) == list(found)
    assert re.search("The check could not be finished|The event cannot be read", "\n".join(found[check])), found[check]
    assert [] == found["rights"], "another check is not stopped"


# --- What shows rows, and what is put beside --------------------------------------------------------------------------

HIDING = {
    "CREATE POLICY hide ON log.events AS RESTRICTIVE FOR SELECT USING (topic <> 'PaymentReleased')": (
        "The policy hide on log.events is not ours"
    ),
    "ALTER POLICY scoped ON log.events USING (true)": "The policy log.events.scoped is not the one",
    "ALTER POLICY whole ON read.awards USING (reference <> 'x')": "The policy read.awards.whole is not the one",
    "ALTER POLICY whole ON read.awards TO PUBLIC": "The policy read.awards.whole is not the one",
    "DROP POLICY whole ON read.awards; CREATE POLICY whole ON read.awards AS RESTRICTIVE FOR SELECT"
    " TO fundtrail_reader USING (true)": "The policy read.awards.whole is not the one",
    "CREATE OR REPLACE VIEW seen.awards WITH (security_invoker = true) AS SELECT * FROM read.awards WHERE false": (
        "The view seen.awards is not the one"
    ),
    "ALTER VIEW few.awards RESET (security_invoker)": "The view few.awards is not the one",
    "ALTER VIEW read.events RESET (security_invoker)": "The view read.events is not what the migrations make",
    "ALTER VIEW audit.events RESET (security_barrier)": "The view audit.events is not the one",
    "DROP VIEW few.awards": "The view few.awards is missing",
    "CREATE VIEW seen.programmes AS SELECT * FROM read.programmes WHERE false": "makes no view seen.programmes",
    "CREATE FUNCTION seen.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'": "No migration makes the function seen.mine",
    "CREATE RULE mine AS ON DELETE TO read.awards DO INSTEAD NOTHING": "No migration makes the rule read.awards.mine",
    "ALTER TABLE read.awards RENAME TO kept; CREATE VIEW read.awards AS SELECT * FROM read.kept": (
        "read.awards is no table"
    ),
    "CREATE TABLE public.child () INHERITS (log.events)": "public.child inherits from log.events",
    "CREATE TABLE public.child () INHERITS (read.awards)": "public.child inherits from read.awards",
    "CREATE TRIGGER aaa BEFORE INSERT ON log.events FOR EACH ROW EXECUTE FUNCTION log.refuse_change();"
    " UPDATE pg_trigger SET tgisinternal = true WHERE tgname = 'aaa'": "The trigger aaa of log.events is said to be",
    "ALTER TABLE seals.checkpoints DISABLE TRIGGER ALL": "of seals.checkpoints is said to be",
    "ALTER TABLE log.counters DROP CONSTRAINT counters_within;"
    " ALTER TABLE log.counters ADD CONSTRAINT counters_within CHECK (used >= 0 AND used <= ceiling) NOT VALID": (
        "constraint log.counters.counters_within is not"
    ),
    "CREATE FUNCTION public.lie(uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$;"
    " CREATE CAST (uuid AS text) WITH FUNCTION public.lie(uuid)": "The cast uuid to text was made",
    "CREATE FUNCTION public.same(text, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
    " CREATE OPERATOR read.= (LEFTARG = text, RIGHTARG = bytea, FUNCTION = public.same)": "The operator read.=",
    "UPDATE pg_operator SET oprcode = 'public.same'::regproc WHERE oid = '=(text,text)'::regoperator": "The operator =",
    "CREATE OR REPLACE FUNCTION pg_catalog.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE plpgsql STABLE"
    " PARALLEL SAFE AS $$ BEGIN RETURN NULL; END $$": r"The function pg_postmaster_start_time\(\) was made",
}


@pytest.mark.parametrize("statement", HIDING)
def test_what_hides_rows_or_shows_others_is_named(database: Database, statement: str) -> None:
    if "public.same'" in statement:
        ask(database, "CREATE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE internal AS 'texteq' STRICT")
    ask(database, f"SET allow_system_table_mods = on; {statement}")
    assert re.search(HIDING[statement], found := said(database, "rights", "migrations")), found


def test_a_table_that_inherits_from_the_log_adds_no_event_unnoticed(lived_in: Database) -> None:
    ask(lived_in, "CREATE TABLE public.child () INHERITS (log.events)")
    ask(lived_in, f"INSERT INTO public.child SELECT * FROM log.events WHERE notification_id = {LAST}")
    assert "Other events are read than the table log.events has" in said(lived_in, "streams")


def test_what_is_made_to_compare_with_is_not_left_behind(untouched: Database) -> None:
    said(untouched, "rights")
    assert [] == ask(untouched, "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'shown%'")
