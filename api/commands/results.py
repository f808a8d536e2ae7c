"""The results of commands: the item after the command, a refusal with its reason, or a conflict."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Annotated, Any, NamedTuple

import strawberry
from anyio.to_thread import run_sync

from api.context import Info
from api.contract.errors import RECORDED_NOT_YET_VISIBLE, Problem
from api.contract.inputs import words
from api.contract.scalars import LogPosition
from api.types.awards import Award, find_award
from api.types.bank import BankEntry, find_bank_entry
from api.types.bids import Bid, find_bid
from api.types.books.periods import ClosedPeriod, periods_of
from api.types.discrepancies import Discrepancy, find_discrepancy
from api.types.log.audit import AuditEntry
from api.types.outcomes import Outcome, find_outcome
from api.types.partnerships import (
    Organisation,
    Partnership,
    Programme,
    find_organisation,
    find_partnership,
    find_programme,
)
from api.types.people.concerns import Concern, ConcernText, find_concern, text_of
from domain import award, bid, books, desk, discrepancy, organisation, outcome, partnership, programme
from domain.bank import entry as bank_entry
from domain.history import Answer, Command, Order, StaleHistory
from domain.support import concern
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.shown import shown
from domain.values.when import When
from projections.audit import reading as audit


@strawberry.type(description="A fact behind a refusal.")
class RefusalFact:
    name: str = strawberry.field(description="The name of the fact, such as available or wanted.")
    value: str = strawberry.field(description="The value of the fact, such as 35000.00 GBP.")


@strawberry.type(
    description="The rules do not allow the command, and nothing was recorded. rule is for programs and never changes;"
    " reason is for people."
)
class Refusal:
    rule: str
    reason: str
    details: str | None
    facts: list[RefusalFact] = strawberry.field(description="The facts behind the refusal, by name.")


@strawberry.type(description="Somebody else changed the item first. Nothing was recorded. Read it and decide again.")
class Conflict:
    reason: str


@strawberry.type
class Success:
    """The result of a command that the rules allow."""

    position: LogPosition = strawberry.field(description="Give this position as atLeast to see what the command did.")
    replayed: bool
    command_id: strawberry.Private[str]

    @strawberry.field(description="The events recorded under the command id, in the order of the log.")
    async def events(self, info: Info) -> list[AuditEntry]:
        lines = await info.context.lines(audit.events_by, "command_id", self.command_id)
        return [AuditEntry.of(line) for line in lines]


# How many commands this process has refused, by rule.
refusals: Counter[str] = Counter()

# Finds the item that a command was about, from the id of the subject and the command.
Find = Callable[[Info, str, Any], Awaitable[Any]]


class Result(NamedTuple):
    """How a command is answered: *union* is the GraphQL type, *recorded* makes the success from its fields.

    *field* holds the item that *find* finds; *find* is None where the item has no type of its own. With *is_hidden* the
    item may be hidden from whoever gave the command.
    """

    union: Any
    recorded: Callable[..., Any]
    field: str = ""
    find: Find | None = None
    is_hidden: bool = False


def _result(
    name: str, about: str, field: str = "", item: Any = None, find: Find | None = None, *, is_hidden: bool = False
) -> Result:
    kind = type(f"{name}Recorded", (Success,), {"__annotations__": {field: item} if item else {}})
    recorded = strawberry.type(
        kind,
        description="The command succeeded. events are the events that it recorded; there are none if nothing had to"
        " change. replayed is true if the command was sent before with the same command id.",
    )
    union = strawberry.union(f"{name or 'Recorded'}Result", description=f"The result of a command about {about}.")
    return Result(Annotated[recorded | Refusal | Conflict, union], recorded, field, find, is_hidden)


def _by_id(find: Callable[[Info, str], Awaitable[Any]]) -> Find:
    return lambda info, subject, _: find(info, subject)


async def _closed(info: Info, books_id: str, command: books.ClosePeriod) -> ClosedPeriod | None:
    found = await periods_of(info, f"programme-{books_id.partition('-')[2]}")
    return next((period for period in found if period.name == command.name), None)


async def _programme_of_books(info: Info, books_id: str, _: Any) -> Programme | None:
    return await find_programme(info, f"programme-{books_id.partition('-')[2]}")


# The result of the commands of each stream, where its items have a type of their own.
RESULTS: dict[ModuleType, Result] = {
    programme: _result("Programme", "a programme", "programme", Programme, _by_id(find_programme)),
    organisation: _result("Organisation", "an organisation", "organisation", Organisation, _by_id(find_organisation)),
    partnership: _result("Partnership", "a partnership", "partnership", Partnership, _by_id(find_partnership)),
    bid: _result("Bid", "a bid", "bid", Bid, _by_id(find_bid)),
    award: _result("Award", "an award", "award", Award, _by_id(find_award)),
    outcome: _result("Outcome", "an outcome", "outcome", Outcome, _by_id(find_outcome)),
    discrepancy: _result("Discrepancy", "a discrepancy", "discrepancy", Discrepancy, _by_id(find_discrepancy)),
    books: _result("Period", "the books of a programme", "period", ClosedPeriod, _closed),
    concern: _result("Concern", "a concern", "concern", Concern | None, _by_id(find_concern), is_hidden=True),
    bank_entry: _result("BankEntry", "a bank entry", "entry", BankEntry, _by_id(find_bank_entry)),
}
RECORDED = _result("", "anything else")
# The commands whose result is something else than the item that they change.
OF_OTHERS: dict[type[Any], Result] = {
    **dict.fromkeys(
        (books.SetFinancialYear, books.CarryForward), RESULTS[programme]._replace(find=_programme_of_books)
    ),
    concern.ReadConcern: _result("ConcernText", "what a concern says", "shown", ConcernText, text_of),
}


def result_of(command: type[Any]) -> Result:
    """How a *command* is answered."""
    return OF_OTHERS.get(command) or RESULTS.get(desk.OWN.get(command, desk), RECORDED)


async def hand_in_command(
    info: Info,
    given: tuple[str, Any],
    read: Callable[[], Command],
    result: Result,
    check: Callable[[Command], None] | None = None,
    authority: str | None = None,
) -> Any:
    """Hand in the command that *read* returns, and return its *result*.

    *given* is the mutation and its input; the same command id with anything else is refused. *check* may raise Refused
    before the command is decided; it is skipped if the command was answered before. *authority* is what the client
    names for a decision.
    """
    command_id = words("commandId", given[1].command_id)
    named = words("authority", authority.strip()) if authority is not None else None

    def decide() -> tuple[Command, Answer]:
        command = read()
        order = Order(
            command_id=command_id,
            command=command,
            said=said(*given),
            actor=info.context.actor,
            authority=named,
            correlation_id=info.context.correlation,
        )
        if check is not None and not info.context.log.answers([order]):
            check(command)
        return command, desk.submit(info.context.log, order)

    try:
        # Writing to the log blocks, so it runs in a thread.
        command, answer = await run_sync(decide)
    except Refused as refused:
        return refusal(refused)
    except StaleHistory:
        return Conflict(reason="Other commands changed the same item first. Read it again and decide again.")
    common = {"position": LogPosition(answer.position), "replayed": answer.replayed, "command_id": command_id}
    try:
        await info.context.caught_up(answer.position)
        if result.find is None:
            return result.recorded(**common)
        found = await result.find(info, answer.subject, command)
    except Refused as refused:
        return refusal(refused)
    except Problem as problem:
        raise _recorded_unseen(answer) from problem
    if found is None and not result.is_hidden:
        raise _recorded_unseen(answer)
    return result.recorded(**common, **{result.field: found})


# Optional fields of the first release. They are part of what was said even if they are left out.
ALWAYS_SAID = {"approved", "award_id", "bank_reference", "bid_id", "declined_because", "evidence", "owner", "part",
               "round", "seen"}  # fmt: skip


def said(mutation: str, given: Any) -> str:
    """What the client sent as one text, whatever the order of its fields. A later release gives the same text."""
    return json.dumps([mutation, _said(strawberry.asdict(given))], sort_keys=True, default=str)


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(one) for name, one in value.items() if one is not None or name in ALWAYS_SAID}
    return [_said(one) for one in value] if isinstance(value, list) else value


def refusal(refused: Refused) -> Refusal:
    """*refused* as clients read it. It is counted."""
    refusals[refused.rule] += 1
    facts = [RefusalFact(name=name, value=_fact(fact)) for name, fact in refused.why.items()]
    return Refusal(rule=refused.rule, reason=refused.reason, details=refused.details, facts=facts)


def _fact(fact: object) -> str:
    """A fact for programs: money and dates in their standard forms (``details`` has the forms for people)."""
    return f"{fact}" if isinstance(fact, Money | When) else shown(fact)


def _recorded_unseen(answer: Answer) -> Problem:
    return Problem(
        f"The command is recorded at position {answer.position}, and its result is not visible yet. Do not send it"
        " again. Ask for the result in a moment.",
        RECORDED_NOT_YET_VISIBLE,
        position=str(answer.position),
        subject=answer.subject,
    )
