"""The tables of the register, and the writer that fills them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from domain import award, bid, delivery, organisation, partnership, programme
from domain.history import Recorded
from domain.values.fact import DateCorrected, InvolvementStated, StatementReplaced
from domain.values.when import When
from projections.register import mergers
from projections.tables.corrections import NOW, apart, position_of
from projections.tables.effect import ALWAYS, counts_from
from projections.tables.rows import without_waiting

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "register"
TABLES = ("programmes", "schemes", "organisations", "partnerships", "partners", "role_steps", "names", "mergers")
DEFINITION = f"""{mergers.DEFINITION}
CREATE TABLE programmes (
    id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, currency text NOT NULL,
    country text, funder_id text, description text, begun text NOT NULL, until text
);
CREATE TABLE schemes (
    id text PRIMARY KEY, programme_id text NOT NULL, code text NOT NULL, name text NOT NULL, kind text NOT NULL,
    funder_id text, description text
);
CREATE TABLE organisations (
    id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, kind text NOT NULL, region text, tier text,
    notes text
);
CREATE TABLE partnerships (
    id text PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL, kind text NOT NULL,
    scheme_id text NOT NULL, programme_id text NOT NULL, lead_id text, region text, theme text,
    starts text, ends text, notes text, works_from date, works_until date
);
-- works_from and works_until are the first and the last day that the stated work can lie on.
-- joined_on and left_on are the days from which joining and leaving take effect, left_at is its position.
CREATE TABLE partners (
    partnership_id text NOT NULL, organisation_id text NOT NULL, role text NOT NULL, position bigint NOT NULL,
    joined text NOT NULL, joined_on date NOT NULL, "left" text, left_on date, left_at bigint,
    PRIMARY KEY (partnership_id, organisation_id, role, position)
);
-- The steps by which roles in partnerships begin or end, those of partners and all others: funder, supplier, adviser,
-- or what a source states. position is that of the event; stated says whether it only states what a source says. A step
-- whose date was corrected has several rows: each is known from the position since until superseded.
CREATE TABLE role_steps (
    position bigint NOT NULL, partnership_id text NOT NULL, organisation_id text NOT NULL, role text NOT NULL,
    begins boolean NOT NULL, stated boolean NOT NULL, "on" text NOT NULL, counts_from date NOT NULL,
    since bigint NOT NULL, superseded bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (position, partnership_id, organisation_id, role, begins, since)
);
-- Every name that an organisation or partnership has had, from the day on which it counts. The first counts always, and
-- has no date ("on"). A stated name is one that only a source used, beside the names that it has had. A name whose date
-- was corrected has several rows: each is known from the position since until superseded.
CREATE TABLE names (
    thing text NOT NULL, counts_from date NOT NULL, position bigint NOT NULL, name text NOT NULL, "on" text,
    stated boolean NOT NULL, since bigint NOT NULL, superseded bigint NOT NULL,
    PRIMARY KEY (thing, counts_from, position, since)
);
"""
INDEXES = """
CREATE INDEX schemes_of_programme ON schemes (programme_id, code);
CREATE INDEX partnerships_of_scheme ON partnerships (scheme_id);
CREATE INDEX partners_of_organisation ON partners (organisation_id);
CREATE INDEX role_steps_of_organisation ON role_steps (organisation_id);
CREATE INDEX role_steps_of_partnership ON role_steps (partnership_id);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Add the events of a page of the log."""
    for events, correction in apart(page):
        if isinstance(correction, DateCorrected):
            _redate(cursor, events[0], correction)
        elif correction is not None:
            _take_away(cursor, events[0], correction)
        else:
            with without_waiting(cursor, events):
                for recorded in events:
                    _write_one(cursor, recorded)


def _redate(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: DateCorrected) -> None:
    """Give the joining or leaving of a partner, another step of a role, or a later name, its right date."""
    at, on = position_of(cursor, recorded.stream, correction.version), correction.date
    given = {"at": at, "thing": recorded.stream, "on": on.text, "from": counts_from(on)}
    given |= {"since": recorded.position, "now": NOW}
    cursor.execute(
        "UPDATE partners SET joined = %(on)s, joined_on = %(from)s WHERE partnership_id = %(thing)s"
        " AND position = %(at)s",
        given,
    )
    cursor.execute(
        'UPDATE partners SET "left" = %(on)s, left_on = %(from)s WHERE partnership_id = %(thing)s AND left_at = %(at)s',
        given,
    )
    cursor.execute(
        "WITH old AS (UPDATE role_steps SET superseded = %(since)s WHERE position = %(at)s AND superseded = %(now)s"
        " RETURNING *) INSERT INTO role_steps SELECT position, partnership_id, organisation_id, role, begins, stated,"
        " %(on)s, %(from)s, %(since)s, %(now)s FROM old",
        given,
    )
    if correction.step == organisation.OrganisationRenamed.__name__ and on.is_known:
        cursor.execute(
            "WITH old AS (UPDATE names SET superseded = %(since)s WHERE thing = %(thing)s AND position = %(at)s"
            " AND superseded = %(now)s RETURNING *)"
            " INSERT INTO names SELECT thing, %(from)s, position, name, %(on)s, stated, %(since)s, %(now)s FROM old",
            given,
        )
        _name_last(cursor, "organisations", recorded.stream)


def _take_away(cursor: psycopg.Cursor[Any], recorded: Recorded, correction: StatementReplaced) -> None:
    """Take away the roles that a source no longer states so: they were known until now."""
    at = position_of(cursor, recorded.stream, correction.version)
    cursor.execute("DELETE FROM partners WHERE partnership_id = %s AND position = %s", (recorded.stream, at))
    cursor.execute(
        "UPDATE role_steps SET superseded = %s WHERE position = %s AND superseded = %s", (recorded.position, at, NOW)
    )


def _write_one(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case programme.ProgrammeEstablished() as event:
            cursor.execute(
                "INSERT INTO programmes VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.stream, event.code, event.name, event.currency,
                    event.country, event.funder_id, event.description, event.on.text, _text(event.until),
                ),
            )  # fmt: skip
        case programme.SchemeEstablished() as event:
            cursor.execute(
                "INSERT INTO schemes VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    event.scheme_id, recorded.stream, event.code, event.name, event.kind, event.funder_id,
                    event.description,
                ),
            )  # fmt: skip
        case organisation.OrganisationRegistered() as event:
            cursor.execute(
                "INSERT INTO organisations VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (recorded.stream, event.code, event.name, event.kind, event.region, event.tier, event.notes),
            )
            _name(cursor, recorded, event.name)
        case organisation.OrganisationRenamed() as event:
            _rename(cursor, recorded, "organisations", event.name)
        case organisation.NameStated() as event:
            on = event.on
            _name(cursor, recorded, event.name, counts=counts_from(on), on=on.text, stated=True)
        case organisation.OrganisationsMerged() | organisation.MergerUndone():
            mergers.write_merger(cursor, recorded)
        case partnership.PartnershipFormed() as event:
            cursor.execute(
                "INSERT INTO partnerships VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    recorded.stream, event.code, event.name, event.kind, event.scheme_id, event.programme_id,
                    event.lead_id, event.region, event.theme, _text(event.starts), _text(event.ends), event.notes,
                    event.starts.earliest if event.starts else None, event.ends.latest if event.ends else None,
                ),
            )  # fmt: skip
            _name(cursor, recorded, event.name)
            if event.lead_id is not None:
                _join(cursor, recorded, event.lead_id, "lead")
        case partnership.PartnerJoined() as event:
            _join(cursor, recorded, event.organisation_id, event.role)
        case partnership.PartnerLeft() as event:
            _leave(cursor, recorded, event.organisation_id)
        case partnership.SupplierAppointed() as event:
            _take_part(cursor, recorded, recorded.stream, event.organisation_id, "supplier")
        case partnership.LeadChanged() as event:
            _steps(cursor, recorded, _LEAD, begins=False)
            cursor.execute(f"{_ENDED} AND role = 'lead'", _end(recorded))
            cursor.execute(
                "UPDATE partnerships SET lead_id = %s WHERE id = %s", (event.organisation_id, recorded.stream)
            )
            _join(cursor, recorded, event.organisation_id, "lead")
        case partnership.PartnershipRenamed(name=str() as name):
            _rename(cursor, recorded, "partnerships", name)
        case partnership.PartnershipReclassified(kind=str() as kind):
            cursor.execute("UPDATE partnerships SET kind = %s WHERE id = %s", (kind, recorded.stream))
        case _:
            _write_role(cursor, recorded)


def _text(date: When | None) -> str | None:
    return date.text if date is not None else None


def _write_role(cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
    """Add what an organisation does for a partnership without being a partner."""
    if isinstance(recorded.event, delivery.SupplierReplaced):
        _steps(cursor, recorded, _SUPPLIERS, begins=False, replaced=recorded.event.replaced_id)
    match recorded.event:
        case InvolvementStated(partnership_id=str() as partnership_id) as event:
            _take_part(cursor, recorded, partnership_id, event.organisation_id, event.role, stated=True)
        case (
            delivery.SupplierEngaged(organisation_id=str() as supplier)
            | delivery.SupplierReplaced(organisation_id=str() as supplier)
        ):
            _take_part(cursor, recorded, recorded.event.partnership_id, supplier, "supplier")
        case partnership.TakeUpStated(provider_id=str() as provider) as event:
            _take_part(cursor, recorded, event.partnership_id, provider, "provider", stated=True)
        case bid.AdviserRecorded() as event:
            _take_part(cursor, recorded, event.partnership_id, event.organisation_id, "adviser")
        case (
            award.AwardStated(partnership_id=str() as partnership_id, funder_id=str() as funder)
            | award.AwardReassigned(partnership_id=str() as partnership_id, funder_id=str() as funder)
        ):
            _take_part(cursor, recorded, partnership_id, funder, "funder", stated=True)
        case award.AwardOffered() as event:
            _steps(cursor, recorded, _FUNDER, begins=True, partnership=event.partnership_id)


# The funder of the scheme of a partnership, or else of the programme.
_FUNDER: LiteralString = (
    "SELECT p.id, coalesce(s.funder_id, g.funder_id), 'funder' FROM partnerships p"
    " JOIN schemes s ON s.id = p.scheme_id JOIN programmes g ON g.id = p.programme_id"
    " WHERE p.id = %(partnership)s AND coalesce(s.funder_id, g.funder_id) IS NOT NULL"
)
# The lead of a partnership.
_LEAD: LiteralString = "SELECT id, lead_id, 'lead' FROM partnerships WHERE id = %(stream)s AND lead_id IS NOT NULL"
# The roles of a partner that has not left, and of an appointed supplier.
_OF_LEAVER: LiteralString = (
    "SELECT partnership_id, organisation_id, role FROM partners"
    " WHERE partnership_id = %(stream)s AND organisation_id = %(organisation)s AND left_on IS NULL"
    " UNION SELECT s.partnership_id, s.organisation_id, s.role FROM role_steps s"
    " JOIN log.events e ON e.notification_id = s.position"
    " WHERE s.organisation_id = %(organisation)s AND e.originator_id = %(stream)s AND e.topic = 'SupplierAppointed'"
)
# The suppliers whose role began in the same delivery: the one that is replaced, or all where none is named.
_SUPPLIERS: LiteralString = (
    "SELECT DISTINCT s.partnership_id, s.organisation_id, s.role FROM role_steps s"
    " JOIN log.events e ON e.notification_id = s.position"
    " WHERE e.originator_id = %(stream)s AND s.role = 'supplier' AND s.begins"
    " AND (%(replaced)s::text IS NULL OR s.organisation_id = %(replaced)s)"
)


def _take_part(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    partnership_id: str,
    organisation_id: str,
    role: str,
    *,
    stated: bool = False,
) -> None:
    """A role of an organisation begins."""
    on, at = recorded.event.on, recorded.position
    cursor.execute(
        "INSERT INTO role_steps VALUES (%s, %s, %s, %s, true, %s, %s, %s, %s)",
        (at, partnership_id, organisation_id, role, stated, on.text, counts_from(on), at),
    )


def _steps(
    cursor: psycopg.Cursor[Any], recorded: Recorded, which: LiteralString, *, begins: bool, **given: str | None
) -> None:
    """The roles that *which* selects begin or end: rows of a partnership, an organisation and a role.

    *given* are the values in it, beside the stream of the event.
    """
    on = recorded.event.on
    values = {"stream": recorded.stream, "at": recorded.position, "on": on.text, "from": counts_from(on)}
    cursor.execute(
        SQL(
            "INSERT INTO role_steps SELECT %(at)s, o.*, %(begins)s, false, %(on)s, %(from)s, %(at)s FROM ({}) o"
        ).format(SQL(which)),
        {**given, **values, "begins": begins},
    )


def _name(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    name: str,
    *,
    counts: date = ALWAYS,
    on: str | None = None,
    stated: bool = False,
) -> None:
    """Add the first name of a thing, or one that is only *stated*."""
    cursor.execute(
        "INSERT INTO names VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (recorded.stream, counts, recorded.position, name, on, stated, recorded.position, NOW),
    )


def _rename(cursor: psycopg.Cursor[Any], recorded: Recorded, table: LiteralString, name: str) -> None:
    """Add a later name. One without a date counts from the same day as the name that it replaces.

    The present name is that of the latest day, in whatever order the names were recorded.
    """
    on = recorded.event.on
    given = {"thing": recorded.stream, "from": counts_from(on) if on.is_known else None, "name": name, "on": on.text}
    cursor.execute(
        "INSERT INTO names SELECT %(thing)s, coalesce(%(from)s, max(counts_from)), %(position)s, %(name)s, %(on)s,"
        " false, %(position)s, %(now)s FROM names WHERE thing = %(thing)s AND NOT stated AND superseded = %(now)s",
        {**given, "position": recorded.position, "now": NOW},
    )
    _name_last(cursor, table, recorded.stream)


def _name_last(cursor: psycopg.Cursor[Any], table: LiteralString, thing: str) -> None:
    """Give a thing its present name: the one that counts from the latest day."""
    cursor.execute(
        SQL(
            "UPDATE {} SET name = (SELECT n.name FROM names n WHERE n.thing = id AND NOT n.stated AND n.superseded = %s"
            " ORDER BY n.counts_from DESC, n.position DESC LIMIT 1) WHERE id = %s"
        ).format(Identifier(table)),
        (NOW, thing),
    )


def _join(cursor: psycopg.Cursor[Any], recorded: Recorded, organisation_id: str, role: str) -> None:
    _take_part(cursor, recorded, recorded.stream, organisation_id, role)
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


# Ends the part of partners of a partnership that have not left, from the date of an event on.
_ENDED: LiteralString = (
    'UPDATE partners SET "left" = %(on)s, left_on = %(from)s, left_at = %(at)s'
    " WHERE partnership_id = %(stream)s AND left_on IS NULL"
)


def _end(recorded: Recorded) -> dict[str, Any]:
    on = recorded.event.on
    return {"on": on.text, "from": counts_from(on), "at": recorded.position, "stream": recorded.stream}


def _leave(cursor: psycopg.Cursor[Any], recorded: Recorded, organisation_id: str) -> None:
    _steps(cursor, recorded, _OF_LEAVER, begins=False, organisation=organisation_id)
    cursor.execute(
        f"{_ENDED} AND organisation_id = %(organisation)s", _end(recorded) | {"organisation": organisation_id}
    )
    cursor.execute(
        "UPDATE partnerships SET lead_id = NULL WHERE id = %s AND lead_id = %s",
        (recorded.stream, organisation_id),
    )
