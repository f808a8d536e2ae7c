"""Which commands people may give, in which roles, and which fields they give."""

from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from domain.across.permissions import GIVES, MEANING, READS, Area, reads_in_place, roles_that_give
from domain.desk import OF_SOURCES, PARTS
from domain.history import Command
from domain.people.person import Role
from domain.values import ids
from domain.values.fact import Source

# Parts of other decisions are given by those decisions; what sources state comes from imports.
COMMANDS: dict[str, type[Any]] = {
    command.__name__: command for command in get_args(Command) if command not in (*PARTS, *OF_SOURCES)
}
# The kind of thing that an id of each type names.
IDS: dict[Any, str] = {
    ids.ProgrammeId: "programme", ids.SchemeId: "scheme", ids.RoundId: "round", ids.OrganisationId: "organisation",
    ids.PartnershipId: "partnership", ids.BidId: "bid", ids.AwardId: "award", ids.DeliveryId: "delivery",
    ids.OutcomeId: "outcome", ids.BankAccountId: "bankaccount", ids.EntryId: "bankentry", ids.PersonId: "person",
    ids.BodyId: "body", ids.DelegationId: "delegation", ids.ConcernId: "concern",
}  # fmt: skip
# The kinds of things that are two words, and what people call a thing by, besides its id.
WORDS = {"bankaccount": "bank account", "bankentry": "bank entry"}
CALLED_BY = dict.fromkeys((
    "programme", "scheme", "round", "organisation", "partnership", "person", "body", "delegation",
), "code") | {
    "bid": "reference", "award": "reference", "bankaccount": "number",
}  # fmt: skip


class Field(NamedTuple):
    """A field that people give. *kind* is its type, or that of its entries if it is a *list*.

    *named* is the kind of thing that it names. *begun* is True for the id of the thing that the command begins.
    """

    kind: Any
    optional: bool
    list: bool
    begun: bool

    @property
    def named(self) -> str | None:
        """The kind of thing whose id it holds; None if it holds no id."""
        return IDS.get(self.kind)

    @property
    def thing(self) -> str:
        """The kind of thing whose id it holds, in words."""
        return WORDS.get(self.named or "", self.named or "")


def fields_of(given: Any) -> dict[str, Field]:
    """The fields of a command, or of a value in one, by name. People give no sources."""
    return _fields_of(given)


@cache
def _fields_of(given: Any) -> dict[str, Field]:
    hints, found = get_type_hints(given), {}
    for field in fields(given):
        kind = hints[field.name]
        if get_origin(kind) in (Union, UnionType):
            (kind,) = (part for part in get_args(kind) if part is not NoneType)
        several = get_origin(kind) is tuple
        begun = getattr(given, "begins", None) == field.name
        optional = begun or field.default is not MISSING
        if kind is not Source:
            found[field.name] = Field(get_args(kind)[0] if several else kind, optional, several, begun)
    return found


def meaning(command: type[Any]) -> str:
    """What *command* does, in a sentence."""
    return " ".join((command.__doc__ or "").split("\n\n")[0].split())


# --- The table of permissions in plain words, as the docs, the command line and the page print it ---------------------


class Row(NamedTuple):
    """A command or an area called *name*, what it *means*, and the *roles* that may give or read it.

    *in_place* are the roles that read some of an area where they hold in one place.
    """

    name: str
    means: str
    roles: tuple[Role, ...]
    in_place: tuple[Role, ...] = ()


class RoleRow(NamedTuple):
    """A *role*, with the commands that it *gives* and the areas that it *reads*, everywhere and *in_place*."""

    role: Role
    gives: tuple[Row, ...]
    reads: tuple[Row, ...]
    in_place: tuple[Row, ...]


def command_rows() -> list[Row]:
    """Each command with the roles that may give it, by name."""
    return [_of_command(COMMANDS[name]) for name in sorted(COMMANDS)]


def area_rows() -> list[Row]:
    """Each area with the roles that read it."""
    return [
        Row(
            area.value,
            MEANING[area],
            tuple(role for role in Role if area in READS[role]),
            tuple(role for role in Role if area in reads_in_place(role)),
        )
        for area in Area
    ]


def role_rows() -> list[RoleRow]:
    """Each role with what it may do and read."""
    areas = area_rows()
    return [
        RoleRow(
            role,
            tuple(_of_command(one) for one in GIVES[role]),
            tuple(one for one in areas if role in one.roles),
            tuple(one for one in areas if role in one.in_place),
        )
        for role in Role
    ]


def _of_command(command: type) -> Row:
    return Row(command.__name__, meaning(command), tuple(roles_that_give(command)))
