"""Which entries the timeline of a thing has: its own, or also those of what is below it."""

from enum import Enum

from projections.register.mergers import parts_of


class Including(Enum):
    """What the timeline of a programme or a scheme has beside its own entries."""

    OWN = "own"
    SCHEMES = "schemes"
    ALL = "all"


# The rounds of a programme and its schemes, and those of a scheme.
_BELOW = {
    "programme": "SELECT {0} UNION ALL SELECT s.id FROM schemes s WHERE s.programme_id = {0} UNION ALL"
    " SELECT r.id FROM rounds r JOIN schemes s ON s.id = r.scheme_id WHERE s.programme_id = {0}",
    "scheme": "SELECT {0} UNION ALL SELECT r.id FROM rounds r WHERE r.scheme_id = {0}",
}
# All that happened there. An entry that an organisation has as well is counted once.
_WITHIN = {
    "programme": "programme_id = {0} AND NOT starts_with(thing, 'organisation-')",
    # By way of the programme, whose entries have an index.
    "scheme": "programme_id = (SELECT s.programme_id FROM schemes s WHERE s.id = {0}) AND scheme_id = {0}"
    " AND NOT starts_with(thing, 'organisation-')",
}
# What an entry is about: where it happened, on the timeline of an organisation that it names.
ABOUT = (
    "CASE WHEN starts_with(thing, 'organisation-') THEN coalesce(partnership_id, scheme_id, programme_id, thing)"
    " ELSE thing END"
)


def entries_of(kind: str, thing: str, including: Including = Including.OWN) -> str:
    """The condition that an entry is on the timeline of a *thing* of a *kind*, such as programme: the SQL of its id.

    The timeline of an organisation has the entries of those that are part of it today.
    """
    if kind == "organisation":
        return f"thing = ANY ({parts_of(thing)})"
    if including is Including.OWN or kind not in _WITHIN:
        return f"thing = {thing}"
    if including is Including.ALL:
        return _WITHIN[kind].format(thing)
    return f"thing IN ({_BELOW[kind].format(thing)})"


def kind_of(thing: str) -> str:
    """The kind of the thing with this id."""
    return thing.partition("-")[0]
