"""Certificates of the figures of awards, the returns of a programme in one template, and its consultation."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.answering.shapes import FORM, Made, each, written
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.scalars import LogPosition
from api.contract.values import Money, When
from api.contract.words import CLOCKS
from api.types.parts.declared import (
    AwardPart,
    OrganisationType,
    Part,
    fact,
    found_by,
    listed,
    of_organisation,
    of_stream,
    state,
    texts,
    within,
)
from domain.award.certified.events import LadderFigure
from domain.values import money as amounts
from domain.values.when import When as DomainWhen
from projections.audit.reading import events_at
from projections.money.certified import since_certified
from projections.parts.reporting import reporting_in
from projections.tables.present import today

# --- Certificates -----------------------------------------------------------------------------------------------------


@written("parts")
@strawberry.type(description="A figure as it was certified.")
class CertifiedFigure:
    facts: strawberry.Private[dict[str, Any]]
    figure = fact(enum_of(LadderFigure), "figure", "Which figure it is.")
    amount: Money = fact(Money, "amount", "Its amount.")


@strawberry.type(
    description="An event that moved a figure since it was certified, or after the day of the certificate."
)
class CertifiedEvent:
    event_id: strawberry.ID = strawberry.field(description="The global id of the event.")
    position: LogPosition = strawberry.field(description="Its position in the log.")
    name: str = strawberry.field(description="The name of the event.")
    on: When = strawberry.field(description="The date on which it took effect.")


@strawberry.type(description="What has changed in a figure since it was certified, on the day asked about.")
class CertifiedChange:
    figure: enum_of(LadderFigure) = strawberry.field(description="Which figure it is.")  # type: ignore[valid-type]
    certified: Money = strawberry.field(description="The amount that was certified.")
    now: Money = strawberry.field(description="The amount on the day asked about, as known then.")
    change: Money = strawberry.field(description="The amount now less the amount certified.")
    events: list[CertifiedEvent] = strawberry.field(description="The events behind it, in the order of the log.")


async def changes_of(
    context: Context,
    award_id: str,
    position: int,
    as_at: str,
    certified: list[dict[str, Any]],
    day: str | date | None,
    known: int | None,
) -> list[CertifiedChange]:
    """What changed in the figures of a certificate. *day* and *known* are those of the question; None is now."""
    asked = date.fromisoformat(day) if isinstance(day, str) else day or today()
    before = {one["figure"]: amounts.Money.of(one["amount"]["amount"], one["amount"]["currency"]) for one in certified}
    currency = next(iter(before.values())).currency
    last = DomainWhen(as_at).latest or date.max
    async with context.reads.connection() as connection:
        found = await since_certified(
            connection, award_id, currency, position, last, day=asked, known=known if known is not None else 2**63 - 1
        )
        behind = sorted({at for one in found for at in one.positions})
        events = {int(one.position): one for one in await events_at(connection, "position", behind)}
    return [
        CertifiedChange(
            figure=enum_of(LadderFigure)(one.figure),
            certified=Money.of(before[one.figure]),
            now=_money(before[one.figure].amount + one.amount, currency),
            change=_money(one.amount, currency),
            events=[
                CertifiedEvent(
                    event_id=strawberry.ID(events[at].id),
                    position=LogPosition(at),
                    name=events[at].name,
                    on=When.read(events[at].effective),
                )
                for at in one.positions
            ],
        )
        for one in found
        if one.figure in before
    ]


def _money(amount: Decimal, currency: str) -> Money:
    return Money.of(amounts.Money(amount=amount, currency=currency))


def _changes() -> Any:
    async def resolve(root: Any, info: Info) -> list[CertifiedChange]:
        facts = root.facts
        return await changes_of(
            info.context, root.stream, root.position, facts["as_at"], facts["figures"], root.as_at, root.known
        )

    key = (
        "json_build_array(parts.stream, parts.position, parts.facts->>'as_at', parts.facts->'figures', parts.as_at,"
        " parts.known)"
    )
    words = "What has changed in its figures since, as at the day asked about: each figure to which an event added."
    return strawberry.field(resolver=resolve, description=words, metadata={FORM: Made(each(changes_of), key)})


@written("parts", position="parts.position")
@strawberry.type(description="A certificate of the figures of an award, given on the day begun. Nothing changes it.")
class Certificate(AwardPart):
    post: str = fact(str, "post", "The post that certifies, such as the section 151 officer.")
    wording: str = fact(str, "wording", "What is certified, in the words of whoever certifies it.")
    figures_as_at: When = fact(When, "as_at", "The day of the figures.")
    position: LogPosition = strawberry.field(description="Its position in the log: all that is before it is certified.")
    figures: list[CertifiedFigure] = listed(CertifiedFigure, "figures", "The figures as certified.")
    changes: list[CertifiedChange] = _changes()
    documents: list[str] = texts(
        "documents", "The SHA-256 digests of the documents that were seen, 64 hexadecimal digits each."
    )


OF_AWARD: Any = of_stream(Certificate, "certificate", "awards", f"The certificates of its figures, by number, {CLOCKS}")

# --- Returns in a template --------------------------------------------------------------------------------------------


@written("parts")
@strawberry.type(description="What a return says in a field of the template.")
class ReturnAnswer:
    facts: strawberry.Private[dict[str, Any]]
    field: str = fact(str, "field", "The field of the template.")
    text: str = fact(str, "text", "The answer.")


@strawberry.type(
    description="The template of all returns of a programme, from the day begun. Its number is its version."
)
class ReturnTemplate(Part):
    fields: list[str] = texts("fields", "What each return answers, in the order given.")


@strawberry.type(description="What the returns of the awards of a scheme ask of their partnerships.")
class ReportingBurden:
    scheme: str = strawberry.field(description="The code of the scheme.")
    awards: int = strawberry.field(description="How many awards owe returns.")
    required: int = strawberry.field(description="How many returns are required.")
    filed: int = strawberry.field(description="How many of them are filed in a template.")
    queried: int = strawberry.field(description="How many of those filed stand queried.")
    accepted: int = strawberry.field(description="How many were accepted.")
    hours: int = strawberry.field(description="How many hours of work those filed took, at their last filing.")
    awarded: Money | None = strawberry.field(
        description="The awards that owe returns, as offered. null if they are in several currencies."
    )


async def reporting_for(
    context: Context, programme_id: str, as_at: date | None = None, known_at: datetime | None = None
) -> list[ReportingBurden]:
    """What the returns of a programme ask, by scheme."""
    day, known = await context.moment(as_at, known_at)
    async with context.reads.connection() as connection:
        found = await reporting_in(connection, programme_id, as_at=day, known=known)
    return [
        ReportingBurden(
            scheme=one.scheme,
            awards=one.awards,
            required=one.required,
            filed=one.filed,
            queried=one.queried,
            accepted=one.accepted,
            hours=one.hours,
            awarded=Money.stored(one.awarded, one.currency),
        )
        for one in found
    ]


REPORTING: Any = found_by(
    reporting_for, ReportingBurden, "g", "What the returns of its awards ask of partnerships, by scheme"
)
TEMPLATES: Any = of_stream(
    ReturnTemplate, "returntemplate", "g", f"The versions of its template of returns, by number, {CLOCKS}"
)

# --- Consultation -----------------------------------------------------------------------------------------------------


@strawberry.type(description="A response to a question of a consultation, of the day begun.")
class ConsultationResponse(Part):
    given_by: str = fact(str, "given_by", "Who responds: a post, a body or a group.")
    text: str = fact(str, "text", "The response.")
    organisation: OrganisationType | None = of_organisation(
        "organisation_id", "Its organisation. null if none is named.", optional=True
    )


@strawberry.enum(description="Whether a question of a consultation was decided.")
class ConsultationState(Enum):
    PUT = "put"
    DECIDED = "decided"


@strawberry.type(description="A question of a consultation, put on the day begun.")
class ConsultationQuestion(Part):
    state: ConsultationState = state(ConsultationState, "Its state.")
    text: str = fact(str, "text", "The question.")
    until: When = fact(When, "until", "The last day for responses.")
    responses: list[ConsultationResponse] = within(
        ConsultationResponse, "response", "The responses, in the order recorded."
    )
    decided: When | None = fact(When | None, "decided", "When it was decided. null before.")
    decision: str | None = fact(str | None, "decision", "What was decided. null before.")
    because: str | None = fact(str | None, "because", "Why it was so decided. null before.")


CONSULTATION: Any = of_stream(
    ConsultationQuestion, "consultation", "g", f"The questions that it put to those concerned, by number, {CLOCKS}"
)
