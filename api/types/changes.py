"""What changed between two moments of knowledge, in GraphQL."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.answering.fields import waiting, worked_out
from api.answering.shapes import Rows, written
from api.context import Context, Info
from api.contract import cursor
from api.contract.errors import Problem
from api.contract.inputs import check_texts
from api.contract.values import Money, PageInfo
from api.types.log.audit import AuditEntry, events_at
from domain.values.fact import Fact
from projections import awards
from projections.audit import reading as audit
from projections.changes import reading
from projections.changes.figures import Span
from projections.changes.reading import EVENTS, ChangeLine, Scope, Shown
from projections.tables.present import day_asked

ORDER = "changes"
KEY = (cursor.position, cursor.text, cursor.text, cursor.text, cursor.text)


@strawberry.enum(description="The kind of a thing that changed.")
class ChangedKind(Enum):
    PROGRAMME = "programme"
    SCHEME = "scheme"
    ROUND = "round"
    ORGANISATION = "organisation"
    IDENTIFIER = "identifier"
    PAYEE_ACCOUNT = "payeeaccount"
    PARTNERSHIP = "partnership"
    BID = "bid"
    QUESTION = "question"
    ASSESSMENT = "assessment"
    ELIGIBILITY_TEST = "eligibilitytest"
    RULE_TEST = "ruletest"
    MODERATION = "moderation"
    CONSENT = "consent"
    CONTACT = "contact"
    CASE_OFFICER = "caseofficer"
    INTEREST = "interest"
    APPROVAL = "approval"
    AWARD = "award"
    CONDITION = "condition"
    INSTALMENT = "instalment"
    PAYMENT = "payment"
    MONEY_BACK = "moneyback"
    HOLD = "hold"
    PROFILE = "profile"
    VARIATION = "variation"
    EXPENDITURE = "expenditure"
    PLEDGE = "pledge"
    CONTRIBUTION = "contribution"
    STRAND = "strand"
    CHARGE = "charge"
    POOL_DIVISION = "pooldivision"
    RETURN = "return"
    RECOVERY = "recovery"
    SETTLEMENT = "settlement"
    OUTCOME = "outcome"
    EVIDENCE = "evidence"
    EXPLANATION = "explanation"
    OUTCOME_LINK = "outcomelink"
    SAVING = "saving"
    DELIVERY = "delivery"
    FOLLOW_ON = "followon"
    PROCUREMENT = "procurement"
    DELIVERABLE = "deliverable"
    STATUS = "status"
    HOLD_UP = "holdup"
    SUPPORT_CASE = "supportcase"
    HELP_OFFER = "helpoffer"
    CAPACITY_LOAN = "capacityloan"
    IMPROVEMENT_PLAN = "improvementplan"
    NOTICE = "notice"
    REVIEW = "review"
    RECOMMENDATION = "recommendation"
    DUTY = "duty"
    SHARING = "sharing"
    TURNOVER = "turnover"
    AGREEMENT = "agreement"
    AGREEMENT_STEP = "agreementstep"
    COMMITMENT = "commitment"
    SPONSOR = "sponsor"
    PARTNER_ROLE = "partnerrole"
    DECISION = "decision"
    DOCUMENT = "document"
    OUTPUT = "output"
    OUTPUT_USE = "outputuse"
    CAPACITY_PLAN = "capacityplan"
    PLAN_COST = "plancost"
    POLICY_TARGET = "policytarget"
    NEED = "need"
    NEED_SERVICE = "needmet"
    PROVISION = "provision"
    LEARNING = "learning"
    CERTIFICATE = "certificate"
    CONSULTATION = "consultation"
    RESPONSE = "response"
    RETURN_TEMPLATE = "returntemplate"
    SUBSIDY = "subsidy"
    PLACES = "places"
    NON_PARTICIPATION = "nonparticipation"
    SESSION = "session"
    PROVIDER_TRANSFER = "transfer"
    BANK_ENTRY = "bankentry"
    DISCREPANCY = "discrepancy"


@strawberry.type(description="A value of a field: as a text, and as money, a list or an id where it is one.")
class ChangedValue:
    text: str = strawberry.field(
        description="The value as text. Money is 75000.00 GBP, a date as in When.text, a state its name in the API,"
        " another thing its code or reference, a list its entries with a semicolon between them."
    )
    money: Money | None = strawberry.field(description="The amount. null if it is not money.")
    items: list[str] | None = strawberry.field(description="The entries of a list. null if it is not a list.")
    thing_id: strawberry.ID | None = strawberry.field(
        description="The global id of the thing that it names. null if it is not another thing."
    )

    @classmethod
    def optional(cls, value: Shown | None) -> "ChangedValue | None":
        """The GraphQL object for *value*; None for None."""
        if value is None:
            return None
        money = Money(amount=value.money.amount, currency=value.money.currency) if value.money else None
        return cls(
            text=value.text, money=money, items=value.items, thing_id=strawberry.ID(value.id) if value.id else None
        )


@written(
    "change",
    events=Rows(
        f"({audit.EVENT} WHERE e.notification_id = ANY (change.positions::bigint[])) event", order="event.position"
    ),
)
@strawberry.type(description="A field of a thing with another value than before, and the events behind it.")
class Change:
    thing_id: strawberry.ID = strawberry.field(
        description="The global id of the thing, for node(id:). A delivery has an id, but no node."
    )
    kind: ChangedKind = strawberry.field(description="The kind of the thing.")
    reference: str | None = strawberry.field(
        description="Its code or reference; of a part, that of its award, bid or organisation; of a delivery, that of"
        " its partnership; of a discrepancy, that of its subject. null if it has none."
    )
    name: str | None = strawberry.field(
        description="Its present name, title, purpose or indicator; of a bank entry, who paid or was paid; of a"
        " discrepancy, its rule."
    )
    field: str = strawberry.field(
        description="The field that changed, by its name in docs/changes.md: a figure of Funding, or a field of the"
        " thing."
    )
    before: ChangedValue | None = strawberry.field(
        description="Its value at the first moment. null if it had none, or if the thing did not exist."
    )
    after: ChangedValue | None = strawberry.field(description="Its value at the second moment. null if it has none.")
    recorded_by: list[str] = strawberry.field(description="Who recorded the events.")
    because: list[str] = strawberry.field(description="The reasons that were given with the events.")
    recorded_at: datetime = strawberry.field(description="When the last of the events was recorded (UTC).")
    event_count: int = strawberry.field(description="How many events changed it.")
    positions: strawberry.Private[str]

    @strawberry.field(description=f"The events that changed it, in the order of the log: the first {EVENTS}.")
    async def events(self, info: Info) -> list[AuditEntry]:
        numbers = [int(position) for position in self.positions.strip("{}").split(",") if position]
        return await events_at(info, numbers)

    @classmethod
    def of(cls, line: ChangeLine) -> "Change":
        """The GraphQL object for *line*."""
        return cls(
            thing_id=strawberry.ID(line.thing),
            kind=ChangedKind(line.kind),
            reference=line.reference,
            name=line.name,
            field=to_camel_case(line.field),
            before=ChangedValue.optional(line.before),
            after=ChangedValue.optional(line.after),
            recorded_by=line.actors,
            because=line.reasons,
            recorded_at=line.recorded_at,
            event_count=line.event_count,
            positions="{" + ",".join(map(str, line.positions)) + "}",
        )


@strawberry.type(description="A change, with its cursor.")
class ChangeEdge:
    cursor: str
    node: Change


@strawberry.type(description="Changes, in the order in which their things were first touched. There is no totalCount.")
class ChangeConnection:
    edges: list[ChangeEdge]
    nodes: list[Change]
    page_info: PageInfo


@strawberry.input(description="What the changes are of. Name one thing, by id or code. By default everything.")
class ChangeScope:
    programme: str | None = strawberry.field(default=None, description="A programme, and all below it.")
    scheme: str | None = strawberry.field(default=None, description="A scheme, and all below it.")
    partnership: str | None = strawberry.field(
        default=None, description="A partnership, with its bids, awards and outcomes, and those that it had."
    )
    award: str | None = strawberry.field(default=None, description="An award by id or reference, and its parts.")


From = Annotated[
    datetime, strawberry.argument(name="from", description="The first moment. A day is its end in London.")
]
To = Annotated[datetime, strawberry.argument(description="The second moment. A day is its end in London.")]
AsAt = Annotated[
    date | None,
    strawberry.argument(
        description="The day that both answers are for, so that no change is due to time that passes. By default the"
        " day of the second moment."
    ),
]
Of = Annotated[ChangeScope | None, strawberry.argument(description="What the changes are of.")]


async def changes_between(
    context: Context,
    start: From,
    to: To,
    as_at: AsAt = None,
    scope: Of = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> ChangeConnection:
    """A page of what changed between two moments."""
    if to < start:
        raise Problem("from is after to. Give the earlier moment as from.")
    window = cursor.window(ORDER, KEY, first=first, after=after, last=last, before=before)
    known = [await context.known(moment) or 0 for moment in (start, to)]
    span = Span(known[0], known[1], day_asked(as_at, to))
    of = await _scope(context, scope or ChangeScope())

    async def histories(streams: Sequence[str]) -> Mapping[str, Sequence[Fact]]:
        return await asyncio.to_thread(context.log.histories, streams)

    async with context.reads.connection() as connection:
        page = await reading.changes(connection, histories, span, of, window)
    nodes = [Change.of(line) for line in page.lines]
    cursors = [cursor.write(ORDER, line.key) for line in page.lines]
    edges = [ChangeEdge(cursor=at, node=node) for at, node in zip(cursors, nodes, strict=True)]
    return ChangeConnection(edges=edges, nodes=nodes, page_info=PageInfo.of(page, cursors))


async def _scope(context: Context, given: ChangeScope) -> Scope:
    """The scope with the id of its thing. Raises Problem unless one thing is named, which exists."""
    check_texts(given)
    named = [(one.name, name) for one in fields(given) if (name := getattr(given, one.name)) is not None]
    if len(named) > 1:
        raise Problem("Several things are given in scope. Give only one.")
    for kind, name in named:
        if kind != "award":
            return Scope(kind, await context.id_of(kind, name) or "")
        found = await context.line(awards.awards_by, "id", name)
        found = found or await context.line(awards.awards_by, "reference", name)
        if found is None:
            raise Problem("There is no award with this id or reference.")
        return Scope(kind, found.id)
    return Scope()


@strawberry.type
class ChangesQuery:
    changes: ChangeConnection = worked_out(
        waiting(changes_between),
        "What changed between two moments: every field of everything whose value as known at to is another than as"
        " known at from.",
    )
