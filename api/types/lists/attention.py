"""What needs attention in GraphQL: what is late, about to be, waiting or missing, and who must act."""

from datetime import date
from enum import Enum
from typing import Annotated, Any, TypeAlias

import strawberry

from api.answering.fields import paged, waiting, worked_out
from api.answering.shapes import Rows, Word, money, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.inputs import check_texts
from api.contract.values import Money
from api.types.lists.listed import connection
from api.types.partnerships import Partnership, find_partnership
from projections import attention
from projections.attention import BY_NAME, KINDS, AttentionLine, Filter
from projections.attention import Urgency as Urgencies
from projections.tables.paging import Listing, Window
from projections.tables.present import day_asked

ORDER = "attention"
KEY = (cursor.position, cursor.day, cursor.text, cursor.text)

strawberry.enum(
    Urgencies,
    name="Urgency",
    description="How urgent it is. LATE: its day is past. DISAGREES: the record contradicts itself or a rule. DUE: its"
    " day is today or in the next seven days. WAITING: somebody has it.",
)
Urgency: TypeAlias = Urgencies
_KINDS: Any = Enum(  # type: ignore[misc]
    "AttentionKind", {kind.name: strawberry.enum_value(kind.name, description=f"{kind.words}.") for kind in KINDS}
)
AttentionKind: Any = strawberry.enum(_KINDS, description="Why something needs attention.")
On: TypeAlias = Annotated[
    date | None, strawberry.argument(description="The day that decides what is late. Today by default.")
]
_WORDS = "CASE attention.kind " + " ".join(f"WHEN '{kind.name}' THEN '{kind.words}'" for kind in KINDS) + " END"
_RULES = "CASE attention.kind " + " ".join(f"WHEN '{kind.name}' THEN '{kind.rule}'" for kind in KINDS) + " END"


@written(
    "attention",
    kind=Word("attention.kind"),
    urgency=Word("attention.urgency"),
    words=_WORDS,
    rule=_RULES,
    amount=money("attention.amount", "attention.currency"),
    partnership=Rows("partnerships p WHERE p.id = attention.partnership_id"),
)
@strawberry.type(description="Something that somebody must look at or do.")
class Attention:
    kind: AttentionKind
    words: str = strawberry.field(description="Why, in words.")
    rule: str = strawberry.field(description="The need, rule or document that says so.")
    urgency: Urgency = strawberry.field(description="How urgent it is.")
    thing: strawberry.ID = strawberry.field(
        description="The id of what it is about: a bid, an award, a part of one, a stage of a plan, a bank entry or a"
        " discrepancy."
    )
    reference: str = strawberry.field(description="The reference that people use for it, or what does not agree.")
    who: str = strawberry.field(description="Who must act: funder, bidder, a role, or the owner of a discrepancy.")
    since: date | None = strawberry.field(description="The day since which it is so. null if it is unknown.")
    due: date | None = strawberry.field(description="The last day by which it is to be done. null if none is set.")
    days: int | None = strawberry.field(
        description="Calendar days: past the due day if it is late, until it if one is set, since it began otherwise."
    )
    amount: Money | None = strawberry.field(description="The amount that it is about. null if it is about none.")
    partnership_id: strawberry.Private[str | None]

    @strawberry.field(description="The partnership. null if it belongs to none, or to more than one.")
    async def partnership(self, info: Info) -> Partnership | None:
        return await find_partnership(info, self.partnership_id) if self.partnership_id else None

    @classmethod
    def of(cls, line: AttentionLine) -> "Attention":
        """The GraphQL object for *line*."""
        kind = BY_NAME[line.kind]
        return cls(
            kind=_kind(line.kind),
            words=kind.words,
            rule=kind.rule,
            urgency=Urgencies[line.urgency],
            thing=strawberry.ID(line.thing),
            reference=line.reference,
            who=line.who,
            since=line.since,
            due=line.due,
            days=line.days,
            amount=Money.stored(line.amount, line.currency),
            partnership_id=line.partnership_id,
        )


def _kind(name: str) -> Any:
    """The member of AttentionKind with this name."""
    return AttentionKind.__members__[name]


@strawberry.type(description="How many things need attention for one reason.")
class AttentionCount:
    kind: AttentionKind
    urgency: Urgency = strawberry.field(description="How urgent they are.")
    words: str = strawberry.field(description="The reason in words.")
    count: int = strawberry.field(description="How many there are.")


AttentionConnection: Any = connection("Attention", Attention, "What needs attention, the most urgent first.")


@strawberry.input(description="Which things. All conditions must be met. Names are ids or codes.")
class AttentionFilter:
    kind: list[AttentionKind] | None = strawberry.field(default=None, description="Only for one of these reasons.")
    urgency: list[Urgency] | None = strawberry.field(default=None, description="Only with one of these urgencies.")
    who: str | None = strawberry.field(default=None, description="Only what this one must act on.")
    partnership: strawberry.ID | None = strawberry.field(default=None, description="Only those of this partnership.")
    scheme: strawberry.ID | None = strawberry.field(default=None, description="Only those of this scheme.")
    programme: strawberry.ID | None = strawberry.field(default=None, description="Only those of this programme.")

    async def read(self, context: Context) -> Filter:
        """The filter as the read model takes it. Raises Problem for an unknown partnership, scheme or programme."""
        check_texts(self)
        return Filter(
            kinds=[one.value for one in self.kind] if self.kind is not None else None,
            urgencies=[one.name for one in self.urgency] if self.urgency is not None else None,
            who=self.who,
            partnership=await context.id_of("partnership", self.partnership),
            scheme=await context.id_of("scheme", self.scheme),
            programme=await context.id_of("programme", self.programme),
        )


async def _listing(
    context: Context,
    filter: AttentionFilter | None = None,  # noqa: A002 - the name of filters everywhere
    on: On = None,
    **asked: Any,
) -> tuple[Listing, Window]:
    wanted = await (filter or AttentionFilter()).read(context)
    window = cursor.window(ORDER, KEY, **asked)
    return attention.listing(wanted, context.sees, day=day_asked(on, None)), window


async def _counted(
    context: Context,
    filter: AttentionFilter | None = None,  # noqa: A002 - the name of filters everywhere
    on: On = None,
) -> list[AttentionCount]:
    wanted = await (filter or AttentionFilter()).read(context)
    async with context.reads.connection() as connected:
        found = await attention.counted(connected, wanted, context.sees, day=day_asked(on, None))
    return [
        AttentionCount(kind=_kind(kind), urgency=Urgencies[urgency], words=BY_NAME[kind].words, count=number)
        for kind, urgency, number in found
    ]


@strawberry.type
class AttentionQuery:
    attention: AttentionConnection = paged(
        waiting(_listing),
        AttentionConnection,
        AttentionLine,
        lambda line, _: Attention.of(line),
        "What needs attention now, the most urgent first: late, due, waiting or contradictory. The day on decides what"
        " is late; it defaults to today. What the caller may not read is absent.",
    )
    attention_counts: list[AttentionCount] = worked_out(
        waiting(_counted), "How many things need attention, by reason, the most urgent first."
    )
