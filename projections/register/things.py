"""The tables of the register, and the writer that fills them."""

from collections.abc import Sequence
from typing import Any

import psycopg

from domain import organisation, partnership, programme
from domain.history import Recorded
from projections.tables.effect import counts_from
from projections.tables.rows import without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "register"
TABLES = ("programmes", "schemes", "organisations", "partnerships", "partners")
DEFINITION = """
CREATE TABLE programmes (
    id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, currency text NOT NULL,
    country text, funder_id text, description text
);
CREATE TABLE schemes (
    id text PRIMARY KEY, programme_id text NOT NULL, code text NOT NULL, name text NOT NULL, kind text NOT NULL,
    funder_id text
);
CREATE TABLE organisations (
    id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, kind text NOT NULL, region text, tier text
);
CREATE TABLE partnerships (
    id text PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL, kind text NOT NULL,
    scheme_id text NOT NULL, programme_id text NOT NULL, lead_id text, region text, theme text
);
-- joined_on and left_on are the days from which joining and leaving take effect.
CREATE TABLE partners (
    partnership_id text NOT NULL, organisation_id text NOT NULL, role text NOT NULL, position bigint NOT NULL,
    joined text NOT NULL, joined_on date NOT NULL, "left" text, left_on date,
    PRIMARY KEY (partnership_id, organisation_id, role, position)
);
"""
INDEXES = """
CREATE INDEX schemes_of_programme ON schemes (programme_id, code);
CREATE INDEX partnerships_of_scheme ON partnerships (scheme_id);
CREATE INDEX partners_of_organisation ON partners (organisation_id);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    with without_waiting(cursor, page):
        for recorded in page:
            _write_one(cursor, recorded)


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case programme.ProgrammeEstablished() as event:
            cursor.execute(
                "INSERT INTO programmes VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.stream, event.code, event.name, event.currency,
                    event.country, event.funder_id, event.description,
                ),
            )  # fmt: skip
        case programme.SchemeEstablished() as event:
            cursor.execute(
                "INSERT INTO schemes VALUES (%s, %s, %s, %s, %s, %s)",
                (event.scheme_id, recorded.stream, event.code, event.name, event.kind, event.funder_id),
            )
        case organisation.OrganisationRegistered() as event:
            cursor.execute(
                "INSERT INTO organisations VALUES (%s, %s, %s, %s, %s, %s)",
                (recorded.stream, event.code, event.name, event.kind, event.region, event.tier),
            )
        case organisation.OrganisationRenamed() as event:
            cursor.execute("UPDATE organisations SET name = %s WHERE id = %s", (event.name, recorded.stream))
        case partnership.PartnershipFormed() as event:
            cursor.execute(
                "INSERT INTO partnerships VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.stream, event.code, event.name, event.kind, event.scheme_id, event.programme_id,
                    event.lead_id, event.region, event.theme,
                ),
            )  # fmt: skip
            if event.lead_id is not None:
                _join(cursor, recorded, event.lead_id, "lead")
        case partnership.PartnerJoined() as event:
            _join(cursor, recorded, event.organisation_id, event.role)
        case partnership.PartnerLeft() as event:
            _leave(cursor, recorded, event.organisation_id)
        case partnership.LeadChanged() as event:
            cursor.execute(
                "UPDATE partnerships SET lead_id = %s WHERE id = %s", (event.organisation_id, recorded.stream)
            )
            _join(cursor, recorded, event.organisation_id, "lead")
        case partnership.PartnershipRenamed(name=str() as name):
            cursor.execute("UPDATE partnerships SET name = %s WHERE id = %s", (name, recorded.stream))
        case partnership.PartnershipReclassified(kind=str() as kind):
            cursor.execute("UPDATE partnerships SET kind = %s WHERE id = %s", (kind, recorded.stream))


def _join(cursor: psycopg.Cursor[Any], recorded: Recorded, organisation_id: str, role: str) -> None:
    # A register may name the lead twice, as lead and as a partner in that role. It is one partner.
    cursor.execute(
        "INSERT INTO partners SELECT %(partnership)s, %(organisation)s, %(role)s, %(position)s, %(on)s, %(from)s"
        " WHERE NOT EXISTS (SELECT FROM partners WHERE partnership_id = %(partnership)s"
        " AND organisation_id = %(organisation)s AND role = %(role)s AND left_on IS NULL)",
        {
            "partnership": recorded.stream,
            "organisation": organisation_id,
            "role": role,
            "position": recorded.position,
            "on": recorded.event.on.text,
            "from": counts_from(recorded.event.on),
        },
    )


def _leave(cursor: psycopg.Cursor[Any], recorded: Recorded, organisation_id: str) -> None:
    on = recorded.event.on
    cursor.execute(
        'UPDATE partners SET "left" = %s, left_on = %s'
        " WHERE partnership_id = %s AND organisation_id = %s AND left_on IS NULL",
        (on.text, counts_from(on), recorded.stream, organisation_id),
    )
    cursor.execute(
        "UPDATE partnerships SET lead_id = NULL WHERE id = %s AND lead_id = %s",
        (recorded.stream, organisation_id),
    )
