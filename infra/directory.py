"""The directory: names and contacts of people, outside the log. It has nothing about people who were erased."""

from infra.database.postgres import APP, Database

# The longest name or contact, in characters.
LONGEST = 200


class NotKept(Exception):
    """There is no such person, or the person was erased. The directory keeps nothing about them."""


def keep(database: Database, person_id: str, name: str, contact: str | None = None) -> None:
    """Keep the *name* and *contact* of a registered person, instead of those that were kept before. Raises NotKept.

    Both have at most LONGEST characters, and a name is not empty.
    """
    with database.connect(APP) as connection:
        row = connection.execute("SELECT directory.keep(%s, %s, %s)", (person_id, name, contact)).fetchone()
    if not (row and row[0]):
        raise NotKept
