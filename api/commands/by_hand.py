"""Commands from clients. Each returns the item after the command, a refusal with its reason, or a conflict."""

import json
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import strawberry
from anyio.to_thread import run_sync
from uuid6 import uuid7

from api.context import Info
from api.contract.errors import RECORDED_NOT_YET_VISIBLE, Problem
from api.contract.inputs import LONG, day, identity, money, words
from api.contract.scalars import LogPosition
from api.types.audit import AuditEntry
from api.types.awards import Award, find_award
from api.types.bids import Bid, find_bid
from api.types.discrepancies import Discrepancy, NothingToExplain, discrepancy_line, find_discrepancy, may_be_explained
from api.types.outcomes import Outcome, find_outcome
from domain import award, bid, discrepancy, outcome
from domain.desk import submit
from domain.funding_round import RoundUnknown
from domain.history import Answer, Command, Order, StaleHistory
from domain.partnership import PartnershipUnknown
from domain.values.ids import AwardId, BidId, OutcomeId, PartnershipId, RoundId
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.shown import shown
from domain.values.when import When
from projections.audit import reading as audit
from projections.discrepancies.reading import DiscrepancyLine

Thing = TypeVar("Thing")
Recorded = TypeVar("Recorded")


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


SUCCEEDED = (
    "The command succeeded. events are the events that it recorded; there are none if nothing had to change."
    " replayed is true if the command was sent before with the same command id."
)


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


@strawberry.type(description=SUCCEEDED)
class BidRecorded(Success):
    bid: Bid


@strawberry.type(description=SUCCEEDED)
class AwardRecorded(Success):
    award: Award


@strawberry.type(description=SUCCEEDED)
class OutcomeRecorded(Success):
    outcome: Outcome


@strawberry.type(description=SUCCEEDED)
class DiscrepancyRecorded(Success):
    discrepancy: Discrepancy


BidResult = Annotated[BidRecorded | Refusal | Conflict, strawberry.union("BidResult")]
AwardResult = Annotated[AwardRecorded | Refusal | Conflict, strawberry.union("AwardResult")]
OutcomeResult = Annotated[OutcomeRecorded | Refusal | Conflict, strawberry.union("OutcomeResult")]
DiscrepancyResult = Annotated[DiscrepancyRecorded | Refusal | Conflict, strawberry.union("DiscrepancyResult")]


@strawberry.input
class MoneyInput:
    amount: Decimal
    currency: str


@strawberry.input(
    description="Submit a bid. on takes an ISO 8601 date, as exact as it is known: 2004, 2004-03 or 2004-03-15."
    " partnership and round are codes."
)
class SubmitBidInput:
    command_id: strawberry.ID
    reference: str
    partnership: str
    title: str
    requested: MoneyInput
    on: str
    bid_id: strawberry.ID | None = None
    round: str | None = None


@strawberry.input(description="Decide a bid. Give approved to approve an amount, or declinedBecause to decline it.")
class DecideBidInput:
    command_id: strawberry.ID
    bid: strawberry.ID
    on: str
    approved: MoneyInput | None = None
    declined_because: str | None = None


@strawberry.input
class OfferAwardInput:
    command_id: strawberry.ID
    reference: str
    bid: strawberry.ID
    amount: MoneyInput
    on: str
    award_id: strawberry.ID | None = None


@strawberry.input
class AcceptOfferInput:
    command_id: strawberry.ID
    award: strawberry.ID
    on: str


@strawberry.input
class RequestPaymentInput:
    command_id: strawberry.ID
    award: strawberry.ID
    number: int
    amount: MoneyInput
    on: str


@strawberry.input
class ApprovePaymentInput:
    command_id: strawberry.ID
    award: strawberry.ID
    number: int
    on: str


@strawberry.input
class ReleasePaymentInput:
    command_id: strawberry.ID
    award: strawberry.ID
    number: int
    on: str
    bank_reference: str | None = None


@strawberry.input
class ReportResultInput:
    command_id: strawberry.ID
    outcome: strawberry.ID
    value: str
    on: str
    evidence: str | None = None


@strawberry.input(
    description="Explain a discrepancy. seen is the position of the discrepancy when you read it: the explanation"
    " covers the figures of that position, by default the current ones. on is the day of the explanation, ISO 8601."
)
class ExplainDiscrepancyInput:
    command_id: strawberry.ID
    discrepancy: strawberry.ID
    because: str
    on: str
    seen: LogPosition | None = None


@strawberry.input(
    description="Waive a discrepancy. authority is what allows the figures to be accepted. seen is the position of the"
    " discrepancy when you read it: the waiver covers the figures of that position, by default the current ones."
)
class WaiveDiscrepancyInput:
    command_id: strawberry.ID
    discrepancy: strawberry.ID
    authority: str
    because: str
    on: str
    seen: LogPosition | None = None


@strawberry.input
class WithdrawExplanationInput:
    command_id: strawberry.ID
    discrepancy: strawberry.ID
    because: str
    on: str


@strawberry.input(description="Assign a discrepancy. owner is who is to resolve it. null assigns nobody.")
class AssignDiscrepancyInput:
    command_id: strawberry.ID
    discrepancy: strawberry.ID
    on: str
    owner: str | None = None


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Submit a bid to the funder.")
    async def submit_bid(self, info: Info, input: SubmitBidInput) -> BidResult:  # noqa: A002 - the contract's name
        requested = _money("requested", input.requested)
        new_id = identity("bidId", "bid", input.bid_id) if input.bid_id is not None else f"bid-{uuid7()}"
        code = words("partnership", input.partnership)
        call = words("round", input.round) if input.round is not None else None

        def command() -> Command:
            return bid.SubmitBid(
                bid_id=BidId(new_id),
                partnership_id=PartnershipId(find_id(info, "partnership", code, PartnershipUnknown)),
                reference=words("reference", input.reference),
                title=words("title", input.title, LONG),
                requested=requested,
                round_id=RoundId(find_id(info, "round", call, RoundUnknown)) if call is not None else None,
                on=day("on", input.on),
            )

        return await hand_in_command(info, "submitBid", input, command, find_bid, _bid_recorded)

    @strawberry.mutation(description="Approve a bid, or decline it with a reason.")
    async def decide_bid(self, info: Info, input: DecideBidInput) -> BidResult:  # noqa: A002 - the contract's name
        bid_id, on = BidId(identity("bid", "bid", input.bid)), day("on", input.on)
        if (input.approved is None) is (input.declined_because is None):
            given = "Neither" if input.approved is None else "Both"
            raise Problem(f"{given} of approved and declinedBecause is given. Give exactly one.")
        decision: Command
        if input.approved is not None:
            decision = bid.ApproveBid(bid_id=bid_id, approved=_money("approved", input.approved), on=on)
        else:
            because = words("declinedBecause", input.declined_because or "", LONG)
            decision = bid.DeclineBid(bid_id=bid_id, because=because, on=on)
        return await hand_in_command(info, "decideBid", input, lambda: decision, find_bid, _bid_recorded)

    @strawberry.mutation(
        description="Offer an award for an approved bid. The rules of the round, the bid and the partnership apply."
    )
    async def offer_award(self, info: Info, input: OfferAwardInput) -> AwardResult:  # noqa: A002 - the contract's name
        new_id = identity("awardId", "award", input.award_id) if input.award_id is not None else f"award-{uuid7()}"
        offer = award.OfferAward(
            award_id=AwardId(new_id),
            bid_id=BidId(identity("bid", "bid", input.bid)),
            reference=words("reference", input.reference),
            amount=_money("amount", input.amount),
            on=day("on", input.on),
        )
        return await hand_in_command(info, "offerAward", input, lambda: offer, find_award, _award_recorded)

    @strawberry.mutation(description="Accept the offer of an award.")
    async def accept_offer(self, info: Info, input: AcceptOfferInput) -> AwardResult:  # noqa: A002 - the contract's name
        accept = award.AcceptOffer(award_id=_award_id(input.award), on=day("on", input.on))
        return await hand_in_command(info, "acceptOffer", input, lambda: accept, find_award, _award_recorded)

    @strawberry.mutation(description="Request a payment from an accepted award. Payments are numbered from 1.")
    async def request_payment(
        self,
        info: Info,
        input: RequestPaymentInput,  # noqa: A002 - the contract's name
    ) -> AwardResult:
        request = award.RequestPayment(
            award_id=_award_id(input.award),
            number=input.number,
            amount=_money("amount", input.amount),
            on=day("on", input.on),
        )
        return await hand_in_command(info, "requestPayment", input, lambda: request, find_award, _award_recorded)

    @strawberry.mutation(description="Approve a requested payment.")
    async def approve_payment(
        self,
        info: Info,
        input: ApprovePaymentInput,  # noqa: A002 - the contract's name
    ) -> AwardResult:
        approve = award.ApprovePayment(award_id=_award_id(input.award), number=input.number, on=day("on", input.on))
        return await hand_in_command(info, "approvePayment", input, lambda: approve, find_award, _award_recorded)

    @strawberry.mutation(description="Record that an approved payment has been sent.")
    async def release_payment(
        self,
        info: Info,
        input: ReleasePaymentInput,  # noqa: A002 - the contract's name
    ) -> AwardResult:
        release = award.ReleasePayment(
            award_id=_award_id(input.award),
            number=input.number,
            bank_reference=words("bankReference", input.bank_reference) if input.bank_reference is not None else None,
            on=day("on", input.on),
        )
        return await hand_in_command(info, "releasePayment", input, lambda: release, find_award, _award_recorded)

    @strawberry.mutation(description="Report the value that an indicator has reached.")
    async def report_result(
        self,
        info: Info,
        input: ReportResultInput,  # noqa: A002 - the contract's name
    ) -> OutcomeResult:
        report = outcome.ReportResult(
            outcome_id=OutcomeId(identity("outcome", "outcome", input.outcome)),
            value=words("value", input.value),
            evidence=words("evidence", input.evidence, LONG) if input.evidence is not None else None,
            on=day("on", input.on),
        )
        return await hand_in_command(info, "reportResult", input, lambda: report, find_outcome, _outcome_recorded)

    @strawberry.mutation(description="Explain the figures of a discrepancy.")
    async def explain_discrepancy(
        self,
        info: Info,
        input: ExplainDiscrepancyInput,  # noqa: A002 - the contract's name
    ) -> DiscrepancyResult:
        because, on = words("because", input.because, LONG), day("on", input.on)
        found = await _discrepancy(info, input.discrepancy)
        if found is None:
            return _nothing_to_explain()
        explain = discrepancy.ExplainDiscrepancy(
            rule=found.rule,
            subject=found.subject,
            seen=_seen(found, input.seen),
            message=found.message,
            because=because,
            on=on,
        )
        return await _hand_in(info, "explainDiscrepancy", input, explain, lambda: may_be_explained(found, explain.seen))

    @strawberry.mutation(description="Waive a discrepancy: accept its figures under an authority.")
    async def waive_discrepancy(
        self,
        info: Info,
        input: WaiveDiscrepancyInput,  # noqa: A002 - the contract's name
    ) -> DiscrepancyResult:
        because, on = words("because", input.because, LONG), day("on", input.on)
        authority = words("authority", input.authority)
        found = await _discrepancy(info, input.discrepancy)
        if found is None:
            return _nothing_to_explain()
        waive = discrepancy.WaiveDiscrepancy(
            rule=found.rule,
            subject=found.subject,
            seen=_seen(found, input.seen),
            message=found.message,
            authority=authority,
            because=because,
            on=on,
        )
        return await _hand_in(info, "waiveDiscrepancy", input, waive, lambda: may_be_explained(found, waive.seen))

    @strawberry.mutation(description="Withdraw an explanation or waiver. The discrepancy is open again.")
    async def withdraw_explanation(
        self,
        info: Info,
        input: WithdrawExplanationInput,  # noqa: A002 - the contract's name
    ) -> DiscrepancyResult:
        because, on = words("because", input.because, LONG), day("on", input.on)
        found = await _discrepancy(info, input.discrepancy)
        if found is None:
            return _nothing_to_explain()
        withdraw = discrepancy.WithdrawExplanation(rule=found.rule, subject=found.subject, because=because, on=on)
        return await _hand_in(info, "withdrawExplanation", input, withdraw)

    @strawberry.mutation(description="Assign a discrepancy to the person who is to resolve it.")
    async def assign_discrepancy(
        self,
        info: Info,
        input: AssignDiscrepancyInput,  # noqa: A002 - the contract's name
    ) -> DiscrepancyResult:
        owner = words("owner", input.owner) if input.owner is not None else None
        on = day("on", input.on)
        found = await _discrepancy(info, input.discrepancy)
        if found is None:
            return _nothing_to_explain()
        assign = discrepancy.AssignDiscrepancy(rule=found.rule, subject=found.subject, owner=owner, on=on)
        return await _hand_in(info, "assignDiscrepancy", input, assign)


async def _discrepancy(info: Info, value: str) -> DiscrepancyLine | None:
    return await discrepancy_line(info, identity("discrepancy", "discrepancy", value))


def _nothing_to_explain() -> Refusal:
    return _refusal(NothingToExplain())


def _seen(found: DiscrepancyLine, given: int | None) -> int:
    return found.figures if given is None else given


async def _hand_in(
    info: Info, mutation: str, given: Any, command: Command, check: Callable[[], None] | None = None
) -> DiscrepancyRecorded | Refusal | Conflict:
    return await hand_in_command(info, mutation, given, lambda: command, find_discrepancy, _discrepancy_recorded, check)


def _discrepancy_recorded(found: Discrepancy, common: Mapping[str, Any]) -> DiscrepancyRecorded:
    return DiscrepancyRecorded(discrepancy=found, **common)


def _award_id(value: str) -> AwardId:
    return AwardId(identity("award", "award", value))


def _money(name: str, value: MoneyInput) -> Money:
    return money(name, value.amount, value.currency)


def find_id(info: Info, kind: str, code: str, unknown: type[Refused]) -> str:
    """The id of the item of this *kind* with this *code*. Raises *unknown* if there is none."""
    found = info.context.log.find(kind, code)
    if found is None:
        raise unknown(code=code)
    return found


def _bid_recorded(found: Bid, common: Mapping[str, Any]) -> BidRecorded:
    return BidRecorded(bid=found, **common)


def _award_recorded(found: Award, common: Mapping[str, Any]) -> AwardRecorded:
    return AwardRecorded(award=found, **common)


def _outcome_recorded(found: Outcome, common: Mapping[str, Any]) -> OutcomeRecorded:
    return OutcomeRecorded(outcome=found, **common)


async def hand_in_command(
    info: Info,
    mutation: str,
    given: Any,
    command: Callable[[], Command],
    find: Callable[[Info, str], Awaitable[Thing | None]],
    recorded: Callable[[Thing, Mapping[str, Any]], Recorded],
    check: Callable[[], None] | None = None,
) -> Recorded | Refusal | Conflict:
    """Hand in *command* under the command id of the input *given*, and return the result for the client.

    *check* may raise Refused before the command is decided; it is skipped if the command was answered before.
    """
    command_id = words("commandId", given.command_id)

    def decide() -> Answer:
        order = Order(
            command_id=command_id, command=command(), said=_canonical(mutation, given), actor=info.context.actor
        )
        if check is not None and not info.context.log.answers([order]):
            check()
        return submit(info.context.log, order)

    try:
        # Writing to the log blocks, so it runs in a thread.
        answer = await run_sync(decide)
    except Refused as refused:
        return _refusal(refused)
    except StaleHistory:
        return Conflict(reason="Other commands changed the same item first. Read it again and decide again.")
    try:
        await info.context.caught_up(answer.position)
        found = await find(info, answer.subject)
    except Problem as problem:
        raise _recorded_unseen(answer) from problem
    if found is None:
        raise _recorded_unseen(answer)
    position = LogPosition(answer.position)
    return recorded(found, {"position": position, "replayed": answer.replayed, "command_id": command_id})


def _refusal(refused: Refused) -> Refusal:
    facts = [RefusalFact(name=name, value=_fact(fact)) for name, fact in refused.why.items()]
    return Refusal(rule=refused.rule, reason=refused.reason, details=refused.details, facts=facts)


def _fact(value: object) -> str:
    """A fact for programs: money and dates in their standard forms (``details`` has the forms for people)."""
    return f"{value}" if isinstance(value, Money | When) else shown(value)


def _recorded_unseen(answer: Answer) -> Problem:
    return Problem(
        f"The command is recorded at position {answer.position}, and its result is not visible yet. Do not send it"
        " again. Ask for the result in a moment.",
        RECORDED_NOT_YET_VISIBLE,
        position=str(answer.position),
        subject=answer.subject,
    )


def _canonical(mutation: str, given: Any) -> str:
    """The input of the client as one text, whatever the order of its fields."""
    fields = strawberry.asdict(given)
    return json.dumps([mutation, fields], sort_keys=True, default=str)
