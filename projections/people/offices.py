"""People and their roles; bodies and posts, their members and limits; rules; duties that are not kept apart.

Each row has the date and the position with which it began, and those with which it ended, so that readers can ask for a
day and for what was known.
"""

from collections.abc import Sequence
from typing import Any

import psycopg

from domain import governance
from domain.history import Recorded
from domain.people import person
from projections.people import rules
from projections.tables.corrections import NOW
from projections.tables.kinds import by_kind, of_kinds
from projections.tables.rows import insert

# --- Tables -----------------------------------------------------------------------------------------------------------

NAME = "people"
TABLES = ("people", "accounts", "roles", "bodies", "members", "delegations", "lifted_separations", "rules")
# The last day *until* is that which was named at the beginning; *ended_on* is the first day of the end, with its event.
_ENDS = "ended_on text, ended_position bigint, ended_because text, ended_by text"
# What only a source states has the documents and lines that it cites, and was known until the position *superseded*.
# Each statement of one thing is a row.
_STATED = f"stated_only boolean NOT NULL DEFAULT false, source text, superseded bigint NOT NULL DEFAULT {NOW}"
DEFINITION = f"""{rules.DEFINITION}
CREATE TABLE people (
    id text PRIMARY KEY, number integer NOT NULL UNIQUE, code text NOT NULL, organisation_id text,
    since text NOT NULL, position bigint NOT NULL, erased_position bigint
);
CREATE TABLE accounts (account text PRIMARY KEY, person_id text NOT NULL);
CREATE TABLE roles (
    position bigint PRIMARY KEY, person_id text NOT NULL, role text NOT NULL, programme_id text, scheme_id text,
    partnership_id text, since text NOT NULL, until text, granted_by text NOT NULL, {_ENDS}
);
CREATE TABLE bodies (
    id text NOT NULL, programme_id text NOT NULL, scheme_id text, partnership_id text, code text NOT NULL,
    name text NOT NULL, kind text NOT NULL, quorum integer, remit text, composition text, since text NOT NULL,
    position bigint NOT NULL, into_id text, {_STATED}, {_ENDS}, PRIMARY KEY (id, position)
);
CREATE TABLE members (
    position bigint PRIMARY KEY, body_id text NOT NULL, person_id text NOT NULL, role text NOT NULL,
    organisation_id text, speaks_for integer, since text NOT NULL, until text, {_ENDS}
);
CREATE TABLE delegations (
    id text NOT NULL, programme_id text NOT NULL, partnership_id text, scheme_id text, code text NOT NULL,
    body_id text NOT NULL, decisions text[] NOT NULL, words text, limit_amount numeric, currency text, given_by text,
    since text NOT NULL, until text, granted_by text NOT NULL, position bigint NOT NULL, {_STATED}, {_ENDS},
    PRIMARY KEY (id, position)
);
CREATE TABLE lifted_separations (
    position bigint PRIMARY KEY, programme_id text NOT NULL, separation text NOT NULL, because text NOT NULL,
    since text NOT NULL, lifted_by text NOT NULL, {_ENDS}
);
"""
INDEXES = f"""{rules.INDEXES}
CREATE INDEX accounts_of_person ON accounts (person_id);
CREATE INDEX roles_of_person ON roles (person_id, position);
CREATE INDEX bodies_of_programme ON bodies (programme_id, code);
CREATE INDEX bodies_of_scheme ON bodies (scheme_id);
CREATE INDEX bodies_of_partnership ON bodies (partnership_id);
CREATE INDEX members_of_body ON members (body_id, position);
CREATE INDEX members_of_person ON members (person_id, position);
CREATE INDEX delegations_of_body ON delegations (body_id, code);
CREATE INDEX delegations_of_programme ON delegations (programme_id, code);
CREATE INDEX lifted_of_programme ON lifted_separations (programme_id, position);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for recorded in of_kinds(page, WRITERS):
        WRITERS[type(recorded.event)](cursor, recorded, recorded.event)


def _end(cursor: psycopg.Cursor[Any], recorded: Recorded, table: str, because: str | None, **which: Any) -> None:
    """End the rows of *table* that have not ended, with these values."""
    found = " AND ".join(f"{name} IS NOT DISTINCT FROM %({name})s" for name in which)
    cursor.execute(
        f"UPDATE {table} SET ended_on = %(on)s, ended_position = %(at)s, ended_because = %(because)s,"  # noqa: S608
        f" ended_by = %(by)s WHERE ended_position IS NULL AND {found}".encode(),
        {"on": recorded.event.on.text, "at": recorded.position, "because": because, "by": recorded.actor, **which},
    )


def _registered(cursor: psycopg.Cursor[Any], recorded: Recorded, event: person.PersonRegistered) -> None:
    cursor.execute(
        "INSERT INTO people (id, number, code, organisation_id, since, position)"
        " SELECT %s, coalesce(max(number), 0) + 1, %s, %s, %s, %s FROM people",
        (recorded.stream, event.code, event.organisation_id, event.on.text, recorded.position),
    )


def _moved(cursor: psycopg.Cursor[Any], recorded: Recorded, event: person.PersonMoved) -> None:
    cursor.execute("UPDATE people SET organisation_id = %s WHERE id = %s", (event.organisation_id, recorded.stream))


def _linked(cursor: psycopg.Cursor[Any], recorded: Recorded, event: person.AccountLinked) -> None:
    cursor.execute(
        "INSERT INTO accounts VALUES (%s, %s) ON CONFLICT (account) DO UPDATE SET person_id = excluded.person_id",
        (event.account, recorded.stream),
    )


def _unlinked(cursor: psycopg.Cursor[Any], _: Recorded, event: person.AccountUnlinked) -> None:
    cursor.execute("DELETE FROM accounts WHERE account = %s", (event.account,))


def _granted_role(cursor: psycopg.Cursor[Any], recorded: Recorded, event: person.RoleGranted) -> None:
    insert(
        cursor,
        "roles",
        position=recorded.position,
        person_id=recorded.stream,
        role=event.role.value,
        programme_id=event.programme_id,
        scheme_id=event.scheme_id,
        partnership_id=event.partnership_id,
        since=event.on.text,
        until=event.until.text if event.until else None,
        granted_by=recorded.actor,
    )


def _revoked_role(cursor: psycopg.Cursor[Any], recorded: Recorded, event: person.RoleRevoked) -> None:
    _end(
        cursor,
        recorded,
        "roles",
        event.because,
        person_id=recorded.stream,
        role=event.role.value,
        programme_id=event.programme_id,
        scheme_id=event.scheme_id,
        partnership_id=event.partnership_id,
    )


def _erased(cursor: psycopg.Cursor[Any], recorded: Recorded, event: person.PersonErased) -> None:
    cursor.execute("UPDATE people SET erased_position = %s WHERE id = %s", (recorded.position, recorded.stream))
    cursor.execute("DELETE FROM accounts WHERE person_id = %s", (recorded.stream,))
    _end(cursor, recorded, "roles", event.because, person_id=recorded.stream)


def _established(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.BodyEstablished) -> None:
    insert(
        cursor,
        "bodies",
        id=event.body_id,
        programme_id=event.programme_id,
        partnership_id=event.partnership_id,
        code=event.code,
        name=event.name,
        kind=event.kind,
        quorum=event.quorum,
        remit=event.remit,
        since=event.on.text,
        position=recorded.position,
    )


def _merged(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.BodiesMerged) -> None:
    for body_id in event.body_ids:
        _end(cursor, recorded, "bodies", event.because, id=body_id)
        cursor.execute("UPDATE bodies SET into_id = %s WHERE id = %s", (event.into_id, body_id))


def _closed(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.BodyClosed) -> None:
    _end(cursor, recorded, "bodies", event.because, id=event.body_id)


def _appointed(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.MemberAppointed) -> None:
    insert(
        cursor,
        "members",
        position=recorded.position,
        body_id=event.body_id,
        person_id=event.person_id,
        role=event.role,
        organisation_id=event.organisation_id,
        speaks_for=event.speaks_for,
        since=event.on.text,
        until=event.until.text if event.until else None,
    )


def _stood_down(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.MemberStoodDown) -> None:
    _end(cursor, recorded, "members", event.because, body_id=event.body_id, person_id=event.person_id)


def _delegated(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.DelegationGranted) -> None:
    insert(
        cursor,
        "delegations",
        id=event.delegation_id,
        programme_id=event.programme_id,
        partnership_id=event.partnership_id,
        scheme_id=event.scheme_id,
        code=event.code,
        body_id=event.body_id,
        decisions=[one.value for one in event.decisions],
        limit_amount=event.limit.amount if event.limit else None,
        currency=event.limit.currency if event.limit else None,
        given_by=event.given_by,
        since=event.on.text,
        until=event.until.text if event.until else None,
        granted_by=recorded.actor,
        position=recorded.position,
    )


def _revoked(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.DelegationRevoked) -> None:
    _end(cursor, recorded, "delegations", event.because, id=event.delegation_id)


def _lifted(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.SeparationLifted) -> None:
    insert(
        cursor,
        "lifted_separations",
        position=recorded.position,
        programme_id=event.programme_id,
        separation=event.separation.value,
        because=event.because,
        since=event.on.text,
        lifted_by=recorded.actor,
    )


def _restored(cursor: psycopg.Cursor[Any], recorded: Recorded, event: governance.SeparationRestored) -> None:
    _end(
        cursor,
        recorded,
        "lifted_separations",
        None,
        programme_id=event.programme_id,
        separation=event.separation.value,
    )


WRITERS = rules.WRITERS | by_kind(
    _registered, _moved, _linked, _unlinked, _granted_role, _revoked_role, _erased, _established, _merged, _closed,
    _appointed, _stood_down, _delegated, _revoked, _lifted, _restored,
)  # fmt: skip
