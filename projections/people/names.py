"""What people are called: by the directory, else "person 17"; after an erasure "erased person 17".

The directory has names as they are now, whatever day or position is asked about.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from projections.tables.paging import Connection, lines_of


@dataclass(slots=True)
class NamedPerson:
    """A person, with the *roles* of a day in words: each names the scheme or partnership that it is for, if any."""

    id: str
    code: str
    name: str
    roles: list[str]
    since: str
    is_erased: bool


# What the person in the row p of people is called; d is that of the directory.
SHOWN = (
    "CASE WHEN p.erased_position IS NOT NULL THEN 'erased person ' || p.number"
    " ELSE coalesce(d.name, 'person ' || p.number) END"
)
_PEOPLE = "people p LEFT JOIN directory.people d ON d.person_id = p.id"
# Texts of dates have fewer places where less is known, and compare as far as they go.
_LISTED = f"""
    SELECT p.id, p.code, {SHOWN} AS name, p.since, p.erased_position IS NOT NULL AS is_erased,
           ARRAY(SELECT r.role || coalesce(' for ' || coalesce(t.code, s.code, g.code), '')
                   FROM roles r
                   LEFT JOIN programmes g ON g.id = r.programme_id LEFT JOIN schemes s ON s.id = r.scheme_id
                   LEFT JOIN partnerships t ON t.id = r.partnership_id
                  WHERE r.person_id = p.id AND r.ended_position IS NULL AND r.since <= %(day)s
                    AND (r.until IS NULL OR r.until >= left(%(day)s, length(r.until)))
                  ORDER BY r.position) AS roles
      FROM {_PEOPLE}"""  # noqa: S608 - our own words


def named(person: str) -> str:
    """What the person whose id is the expression *person* is called; null where nobody has this id."""
    return f"(SELECT {SHOWN} FROM {_PEOPLE} WHERE p.id = {person})"  # noqa: S608 - our own words


async def names_of(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """What the people among *ids* are called, by id. Other ids are left out."""
    statement = f"SELECT p.id, {SHOWN} FROM {_PEOPLE} WHERE p.id = ANY (%s)"  # noqa: S608 - our own words
    return dict(await lines_of(connection, tuple, statement, (list(ids),)))


async def person_with(connection: Connection, account: str) -> str | None:
    """The id of the person with this *account*, a digest (``account_of``); None for nobody's, or an erased person's."""
    cursor = await connection.execute(
        "SELECT p.id FROM accounts a JOIN people p ON p.id = a.person_id"
        " WHERE a.account = %s AND p.erased_position IS NULL",
        (account,),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def people_called(connection: Connection, names: Sequence[str], day: date) -> list[NamedPerson]:
    """The people whose id or code is among *names*, with their roles on *day*."""
    statement = f"{_LISTED} WHERE p.id = ANY (%(names)s) OR p.code = ANY (%(names)s) ORDER BY p.number"
    return await lines_of(connection, NamedPerson, statement, {"names": list(names), "day": day.isoformat()})


async def people_listed(connection: Connection, day: date, most: int | None = None) -> list[NamedPerson]:
    """Everybody, in the order in which they were registered, with their roles on *day*; at most the first *most*."""
    return await lines_of(
        connection, NamedPerson, f"{_LISTED} ORDER BY p.number LIMIT %(most)s", {"day": day.isoformat(), "most": most}
    )
