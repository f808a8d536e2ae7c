"""What the types of all parts share, and how their fields are declared.

A field that is a fact of its part is declared once, by ``fact``: SQL and resolver read the same name.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import strawberry

from api.answering.shapes import FORM, Json, Made, Rows, RowsFor, each, member, money, when, written
from api.context import Context, Info
from api.contract.errors import visible
from api.contract.values import Money, Node, When, of_line
from api.contract.words import CLOCKS
from api.types.log.audit import AuditEntry, events_at, events_of
from domain.values import money as amounts
from projections.parts import reading as parts
from projections.parts.folded import folded
from projections.parts.reading import PartLine

if TYPE_CHECKING:
    from api.types.awards import Award
    from api.types.bank import BankEntry
    from api.types.bids import Bid
    from api.types.partnerships import Organisation

T = TypeVar("T", bound="Part")

AwardType = Annotated["Award", strawberry.lazy("api.types.awards")]
BidType = Annotated["Bid", strawberry.lazy("api.types.bids")]
BankEntryType = Annotated["BankEntry", strawberry.lazy("api.types.bank")]
OrganisationType = Annotated["Organisation", strawberry.lazy("api.types.partnerships")]


# --- Facts ------------------------------------------------------------------------------------------------------------


def fact(kind: Any, name: str, description: str, *, otherwise: str | None = None) -> Any:
    """A field of a *kind* that is the fact *name* of its part; where that is missing, the fact *otherwise*."""

    def resolve(root: Any) -> Any:
        value = root.facts.get(name)
        value = root.facts.get(otherwise) if value is None and otherwise else value
        return _of_json(kind, value)

    resolve.__annotations__ = {"root": Any, "return": kind}
    text = f"parts.facts->>'{name}'"
    text = f"coalesce({text}, parts.facts->>'{otherwise}')" if otherwise else f"({text})"
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: _form(kind, name, text)})


def _plain(kind: Any) -> Any:
    """The kind of a value that may be null."""
    return next((one for one in get_args(kind) if one is not type(None)), kind)


def _of_json(kind: Any, value: Any) -> Any:
    kind = _plain(kind)
    if value is None:
        return None
    if kind is When:
        return When.read(value)
    if kind is Money:
        return Money.of(amounts.Money.of(value["amount"], value["currency"]))
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _form(kind: Any, name: str, text: str) -> Any:
    kind = _plain(kind)
    if kind is When:
        return when(text)
    if kind is Money:
        of = f"parts.facts->'{name}'->>"
        return money(f"({of}'amount')::numeric", f"({of}'currency')")
    if kind in (int, bool):
        return f"{text}::{'integer' if kind is int else 'boolean'}"
    return member(kind, text) if issubclass(kind, Enum) else text


def state(kind: type[Enum], description: str) -> Any:
    """The field for the state of a part."""

    def resolve(root: Any) -> Any:
        return kind(root.line_status)

    resolve.__annotations__ = {"root": Any, "return": kind}
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: member(kind, "parts.status")})


def organisation_in(name: str) -> Rows:
    """The rows of the organisation whose id is the fact *name* of a part."""
    return Rows(f"organisations WHERE organisations.id = parts.facts->>'{name}'")


async def organisation_named(info: Info, organisation_id: str | None) -> OrganisationType | None:
    """The organisation with this id, as a part names it; None if it names none."""
    from api.types.partnerships import find_organisation  # noqa: PLC0415 - the types show each other

    return await find_organisation(info, organisation_id) if organisation_id is not None else None


def of_organisation(name: str, description: str, *, optional: bool = False) -> Any:
    """A field with the organisation whose id is the fact *name*; *optional* where a part may name none."""

    async def resolve(root: Any, info: Info) -> Any:
        found = await organisation_named(info, root.facts.get(name))
        return found if optional else visible(found, "organisation")

    kind: Any = OrganisationType | None if optional else OrganisationType
    resolve.__annotations__ = {"root": Any, "info": Info, "return": kind}
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: organisation_in(name)})


def listed(of: type, name: str, description: str) -> Any:
    """A field with the values that the fact *name* lists, as objects of the type *of*, in the order given.

    The fields of such a type are facts too: those of one value.
    """
    each = f"jsonb_array_elements(parts.facts->'{name}') WITH ORDINALITY one (facts, nth)"
    form = Rows(f"(SELECT one.facts, one.nth FROM {each}) parts", order="parts.nth")  # noqa: S608

    async def resolve(root: Any) -> Any:
        return [of(facts=one) for one in root.facts.get(name) or ()]

    resolve.__annotations__ = {"root": Any, "return": list[of]}  # type: ignore[valid-type]
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


def texts(name: str, description: str) -> Any:
    """A field with the texts that the fact *name* lists, in the order given."""
    each = f"SELECT jsonb_array_elements_text(coalesce(parts.facts->'{name}', '[]'))"
    form = Json(f"to_json(ARRAY({each}))::text")

    async def resolve(root: Any) -> list[str]:
        found: list[str] = root.facts.get(name) or []
        return found

    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


# --- All parts --------------------------------------------------------------------------------------------------------


@written(
    "parts",
    amount=money("parts.amount", "parts.currency"),
    begun=when('parts."on"'),
    recorded_by="parts.by",
    events=events_of("parts.events"),
    award=Rows("awards WHERE awards.id = parts.stream"),
    bid=Rows("bids WHERE bids.id = parts.stream"),
)
@strawberry.interface(description="A part of an award, bid, delivery or organisation that people number or name.")
class Part(Node):
    number: int = strawberry.field(description="Its number within what it is a part of, from 1.")
    begun: When = strawberry.field(description="The date of its first step.")
    recorded_by: str = strawberry.field(description="Who took its first step.")
    line_status: strawberry.Private[str]
    stream: strawberry.Private[str]
    facts: strawberry.Private[dict[str, Any]]
    positions: strawberry.Private[list[int]]
    as_at: strawberry.Private[date | None]
    known: strawberry.Private[int | None]

    @strawberry.field(description="The events behind it, in the order of the log.")
    async def events(self, info: Info) -> list[AuditEntry]:
        return await events_at(info, self.positions)

    @classmethod
    def of(cls: type[T], line: PartLine) -> T:
        """The GraphQL object for *line*."""
        return of_line(
            cls,
            line,
            begun=When.read(line.on),
            recorded_by=line.by,
            amount=Money.stored(line.amount, line.currency),
            outstanding=Money.stored(line.remains, line.currency),
            line_status=line.status,
            positions=line.events,
        )


@strawberry.interface(description="A part of an award.")
class AwardPart(Part):
    @strawberry.field(description="The award that it is a part of.")
    async def award(self, info: Info) -> AwardType | None:
        from api.types.awards import find_award  # noqa: PLC0415 - the two types show each other

        return await find_award(info, self.stream)


@strawberry.interface(description="A part of a bid.")
class BidPart(Part):
    @strawberry.field(description="The bid that it is a part of.")
    async def bid(self, info: Info) -> BidType | None:
        from api.types.bids import find_bid  # noqa: PLC0415 - the two types show each other

        return await find_bid(info, self.stream)


def of_stream(
    of: type[Part], kind: str, row: str, description: str, *, many: bool = True, column: str = "stream"
) -> Any:
    """A field with the parts of a *kind* of the award or bid in *row*, by number, as objects of the type *of*.

    Without *many* it is the only one; None if there is none. *column* is partnership_id for what deliveries have.
    """
    source = f"s.{column} = {row}.id AND s.kind = '{kind}'"
    found = folded(source, "%(as_at)s::date", "%(known)s::bigint")

    async def rows(context: Context, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        day, known = await context.moment(as_at, known_at)
        return Rows(found, order="parts.stream, parts.number, parts.part"), {"as_at": day, "known": known}

    async def resolve(root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        info.context.names_of_now(info.path)
        day, known = await info.context.moment(as_at, known_at)
        lines = await info.context.lines(parts.parts_by, column, f"{root.id}", kind=kind, as_at=day, known=known)
        found = [of.of(line) for line in lines]
        return found if many else next(iter(found), None)

    resolve.__annotations__ |= {"root": Any, "return": list[of] if many else of | None}  # type: ignore[valid-type]
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: RowsFor(rows)})


def of_partnership(of: type[Part], kind: str, what: str) -> Any:
    """A field with *what* the partnership in the row ``p`` has of a *kind*, by number."""
    return of_stream(of, kind, "p", f"{what}, by number, {CLOCKS}")


def found_by(find: Callable[..., Awaitable[Any]], of: type, row: str, what: str) -> Any:
    """A field with *what* the thing in *row* has, as objects of the type *of*, that *find* works out.

    *find* gets the context, the id of the thing and both clocks.
    """

    async def resolve(root: Any, info: Info, as_at: date | None = None, known_at: datetime | None = None) -> Any:
        return await find(info.context, f"{root.id}", as_at, known_at)

    resolve.__annotations__ |= {"root": Any, "return": list[of]}  # type: ignore[valid-type]
    form = Made(each(find), f"json_build_array({row}.id)")
    return strawberry.field(resolver=resolve, description=f"{what}, {CLOCKS}", metadata={FORM: form})


def within(of: type[Part], kind: str, description: str) -> Any:
    """A field with the parts of a *kind* whose *part* is the number of this part, as objects of the type *of*.

    They are as at the same day, and as known at the same position, as this part.
    """
    source = folded(f"s.stream = parts.stream AND s.kind = '{kind}' AND s.part = parts.number",
                    "parts.as_at", "parts.known")  # fmt: skip

    async def resolve(root: Any, info: Info) -> Any:
        clocks = {"as_at": root.as_at, "known": root.known}
        lines = await info.context.lines(parts.parts_by, "stream", root.stream, kind=kind, **clocks)
        return [of.of(line) for line in lines if line.part == root.number]

    resolve.__annotations__ = {"root": Any, "info": Info, "return": list[of]}  # type: ignore[valid-type]
    form = Rows(source, order="parts.number")
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})


def beside(of: str, kind: str, number: str, description: str, *, many: bool = False, module: str = "of_awards") -> Any:
    """A field with parts of a *kind* of the same award, as at the same day and as known at the same position.

    They are objects of the type named *of* in a *module* of this package. *number* is the fact that holds their number,
    or number itself. With *many* it is a list.
    """
    wanted = "parts.number" if number == "number" else f"(parts.facts->>'{number}')::integer"
    source = f"s.stream = parts.stream AND s.kind = '{kind}' AND s.number = {wanted}"
    form = Rows(folded(source, "parts.as_at", "parts.known"), order="parts.part")

    async def resolve(root: Any, info: Info) -> Any:
        from api.types.parts.kinds import KINDS  # noqa: PLC0415 - it lists the types that these fields are part of

        value = root.number if number == "number" else root.facts.get(number)
        clocks = {"as_at": root.as_at, "known": root.known}
        lines = (
            await info.context.lines(parts.parts_by, "stream", root.stream, kind=kind, number=value, **clocks)
            if value is not None
            else []
        )
        found = [KINDS[kind].of(line) for line in lines]
        return found if many else next(iter(found), None)

    one: Any = Annotated[of, strawberry.lazy(f"api.types.parts.{module}")]
    resolve.__annotations__ = {"root": Any, "info": Info, "return": list[one] if many else one | None}
    return strawberry.field(resolver=resolve, description=description, metadata={FORM: form})
