"""No step is dated before the step that it follows: every pair of docs/dates.md, and what a desk answers."""

from dataclasses import replace
from typing import Any

import pytest

from domain import award, bid
from domain.award.order import STEPS as AWARD_STEPS
from domain.bid.order import STEPS as BID_STEPS
from domain.values.fact import Fact
from domain.values.order import After, StepOutOfOrder, Steps, name_of, out_of_order
from domain.values.when import When
from tests.kit.awards import (
    ACCEPTED,
    APPROVED,
    FIRST,
    HELD,
    LATER,
    OFFERED,
    PAID,
    RAISED,
    RECOVERABLE,
    RELEASED,
    REQUESTED,
    approve,
    approve_recovery,
    condition,
    give_back,
    lift,
    meet,
    recover,
    release,
    request,
    reverse,
    settle,
    spend,
    vary,
    waive,
    write_off,
)
from tests.kit.examples import ACE, AWARD, BID, EVENTS
from tests.kit.paths import ROOT
from tests.kit.spec import gbp, given

TABLE = [
    (steps, kind, after) for steps in (AWARD_STEPS, BID_STEPS) for kind, step in steps.items() for after in step.after
]
PAIRS = [pytest.param(*one, id=f"{one[1].__name__}-{one[2].kind.__name__}") for one in TABLE]
NUMBERED = [pair for pair, (_, _, after) in zip(PAIRS, TABLE, strict=True) if after.mine or after.also]


def of_kind(kind: type[Fact], **fields: Any) -> Any:
    """The example of *kind* with other values."""
    return replace(EVENTS[kind.__name__], **fields)


def pair(kind: type[Fact], after: After, on: str) -> tuple[Fact, Fact]:
    """A step of 10 May 2005, and one dated *on* that follows it."""
    event = of_kind(kind, on=When(on))
    same: dict[str, Any] = {}
    if after.mine is not None:
        if getattr(event, after.mine) is None:
            event = replace(event, **{after.mine: 1})
        same[after.its] = getattr(event, after.mine)
    if after.also is not None:
        same[after.also] = getattr(event, after.also)
    return of_kind(after.kind, on=When("2005-05-10"), **same), event


@pytest.mark.parametrize(("steps", "kind", "after"), PAIRS)
def test_a_step_is_out_of_order_on_the_day_before_the_step_that_it_follows_and_not_on_the_same_day(
    steps: Steps, kind: type[Fact], after: After
) -> None:
    for on in ("2005-05-09", "2005-04", "2004"):
        earlier, event = pair(kind, after, on)
        assert earlier is out_of_order(steps, [earlier], event), on
    for on in ("2005-05-10", "2005-05-11", "2005-05", "2005", "unknown"):
        earlier, event = pair(kind, after, on)
        assert out_of_order(steps, [earlier], event) is None, on


@pytest.mark.parametrize(("steps", "kind", "after"), NUMBERED)
def test_a_step_follows_only_the_step_with_its_own_number(steps: Steps, kind: type[Fact], after: After) -> None:
    earlier, event = pair(kind, after, "2005-05-09")
    field = after.also or after.its
    changed: dict[str, Any] = {field: 77 if isinstance(getattr(earlier, field), int) else "other-1"}
    other = replace(earlier, **changed)
    assert out_of_order(steps, [other], event) is None


@pytest.mark.parametrize(("module", "steps"), [(award, AWARD_STEPS), (bid, BID_STEPS)])
def test_every_live_step_of_an_award_and_a_bid_has_a_place_in_the_order(module: Any, steps: Steps) -> None:
    """All but what only sources state, and corrections. A new event must say what it must not be dated before."""
    stated = {
        "AwardStated", "ComponentStated", "LineLeftOut", "AwardCorroborated", "AwardRestated", "ComponentRestated",
        "TransactionStated", "TransactionUnstated", "PeriodStated", "ParticularsStated", "AwardReassigned",
        "AwardNoLongerStated", "AwardStatedAgain", "BidRestated", "BidReassigned", "DateCorrected",
        "StatementReplaced",
    }  # fmt: skip
    of_stream = {kind.__name__ for kind in module.Event.__args__}
    assert of_stream - stated == {kind.__name__ for kind in steps}


def test_the_page_of_dates_lists_the_order() -> None:
    """It is written here: the assertion shows the rows that the page should have."""
    page = (ROOT / "docs" / "dates.md").read_text(encoding="utf-8")
    for steps in (AWARD_STEPS, BID_STEPS):
        for kind, step in steps.items():
            if step.after:
                names = dict.fromkeys(_named(steps, after) for after in step.after)
                assert f"| {_plain(step.name)} | {', '.join(names)} |" in page, kind


def _named(steps: Steps, after: After) -> str:
    same = {"corrects": "that it corrects", "payment": "that it is deducted from"}.get(after.mine or "", "")
    deducted = "that is deducted from it" if after.its == "payment" else ""
    return " ".join(part for part in (_plain(steps[after.kind].name), same or deducted) if part)


def _plain(name: str) -> str:
    return name.replace(" {number}", "").replace(" {part}", "")


# --- What a desk answers ----------------------------------------------------------------------------------------------

EARLY = When("2004-05-18")
AWARDED = (OFFERED, ACCEPTED)
RETURNED = award.PaymentReturned(partnership_id=ACE, number=1, part=1, amount=gbp("50.00"), because="b", on=LATER)
MATCHED = award.PaymentMatched(
    partnership_id=ACE, number=1, entry_id=EVENTS["PaymentMatched"].entry_id, amount=gbp("400.00"),  # type: ignore[attr-defined]
    recorded=False, on=LATER,
)  # fmt: skip
CASES: dict[str, tuple[tuple[Fact, ...], Any]] = {
    "variation before acceptance": (AWARDED, vary(award.Variation.UPLIFT, "1.00")),
    "correction before the variation": (
        (*AWARDED, of_kind(award.AwardVaried, number=1, change=gbp("1.00"), lines=(), on=LATER)),
        vary(award.Variation.CORRECTION, "1.00", number=2, corrects=1),
    ),
    "expenditure before acceptance": (AWARDED, spend(gbp("1.00"))),
    "approval before the request": ((*AWARDED, REQUESTED), approve()),
    "release before the approval": ((*AWARDED, REQUESTED, APPROVED), release()),
    "settlement before the release": ((*AWARDED, *PAID), settle()),
    "return before the release": ((*AWARDED, *PAID), give_back(gbp("1.00"))),
    "reversal before the release": ((*AWARDED, *PAID), reverse()),
    "reversal before the request": ((*AWARDED, REQUESTED), reverse()),
    "approval of a recovery before the recovery": ((*AWARDED, *PAID, RAISED), approve_recovery()),
    "settlement before the approval": ((*AWARDED, *PAID, RAISED, RECOVERABLE), recover(gbp("1.00"))),
    "write-off before the approval": ((*AWARDED, *PAID, RAISED, RECOVERABLE), write_off()),
    "hold lifted before it was placed": ((*AWARDED, HELD), lift()),
    "condition met before it was set": ((*AWARDED, replace(FIRST, on=LATER)), meet()),
    "condition waived before it was set": ((*AWARDED, replace(FIRST, on=LATER)), waive()),
    "condition set before the offer": ((OFFERED,), condition()),
    "undoing before the match": (
        (*AWARDED, *PAID, MATCHED),
        award.UndoMatch(award_id=AWARD, number=1, entry_id=MATCHED.entry_id, because="b", on=EARLY),
    ),
    "closing before the return": ((*AWARDED, *PAID, RETURNED), award.CloseAward(award_id=AWARD, on=EARLY)),
    "termination before the release": (
        (*AWARDED, *PAID),
        award.TerminateAward(award_id=AWARD, because="b", on=EARLY),
    ),
    "notification before the decision": (
        (of_kind(bid.BidSubmitted, on=EARLY), of_kind(bid.BidApproved, on=LATER)),
        bid.NotifyDecision(bid_id=BID, on=EARLY),
    ),
    "withdrawal before the submission": (
        (of_kind(bid.BidSubmitted, on=LATER),),
        bid.WithdrawBid(bid_id=BID, on=EARLY),
    ),
    "acknowledgement before the submission": (
        (of_kind(bid.BidSubmitted, on=LATER),),
        bid.AcknowledgeBid(bid_id=BID, on=EARLY),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_step_dated_before_the_step_that_it_follows_is_refused_by_name(name: str) -> None:
    history, command = CASES[name]
    early = replace(command, on=When("2004-05-16") if name.endswith("offer") else EARLY)
    stream = award if isinstance(command, award.Command.__args__) else bid
    given(stream, *history).when(early).refused(StepOutOfOrder)


@pytest.mark.parametrize("name", CASES)
def test_the_same_step_is_taken_on_the_day_of_the_step_that_it_follows(name: str) -> None:
    """The control: only the date was wrong."""
    history, command = CASES[name]
    stream = award if isinstance(command, award.Command.__args__) else bid
    last = max((event.on for event in history), key=lambda on: on.earliest)  # type: ignore[arg-type,return-value]
    assert given(stream, *history)._decide([*history], replace(command, on=last))


def test_the_refusal_says_which_date_is_before_which() -> None:
    with pytest.raises(StepOutOfOrder) as caught:
        given(award, *AWARDED, REQUESTED, APPROVED)._decide(
            [*AWARDED, REQUESTED, APPROVED], replace(release(), on=EARLY)
        )
    assert (
        "The release of payment 1 (18 May 2004) is earlier than the acceptance (24 May 2004)."
        " A step is dated on or after the steps that it follows." == caught.value.reason
    )


def test_a_deduction_is_dated_after_the_request_of_its_payment_and_before_its_release() -> None:
    second = of_kind(award.PaymentRequested, number=2, corrects=None, amount=gbp("300.00"), on=LATER)
    history = (*AWARDED, *PAID, replace(RAISED, on=RELEASED.on), replace(RECOVERABLE, on=RELEASED.on), second)
    given(award, *history).when(
        replace(recover(gbp("1.00"), by=award.SettledBy.OFFSET, payment=2), on=RELEASED.on)
    ).refused(StepOutOfOrder)
    deducted = of_kind(
        award.RecoverySettled, number=1, part=1, amount=gbp("1.00"), by=award.SettledBy.OFFSET, payment=2,
        on=When("2005-06-01"),
    )  # fmt: skip
    allowed = of_kind(award.PaymentApproved, number=2, amount=gbp("300.00"), on=LATER)
    given(award, *history, allowed, deducted).when(replace(release(2), on=LATER)).refused(StepOutOfOrder)


def test_a_step_is_called_as_people_call_it() -> None:
    assert name_of(AWARD_STEPS, RETURNED) == "return 1 of payment 1"


def test_an_award_is_not_offered_before_its_bid_was_approved() -> None:
    approved = (of_kind(bid.BidSubmitted, on=EARLY), of_kind(bid.BidApproved, approved=gbp("1.00"), on=LATER))
    early = bid.AwardBid(bid_id=BID, award_id=AWARD, amount=gbp("1.00"), on=EARLY)
    given(bid, *approved).when(early).refused(StepOutOfOrder)


def test_a_month_may_be_the_month_of_the_step_that_it_follows() -> None:
    asked = request(1, gbp("1.00"), on=When("2004-06-30"))
    requested = of_kind(award.PaymentRequested, number=1, amount=gbp("1.00"), corrects=None, on=asked.on)
    month = replace(approve(), on=When("2004-06"))
    given(award, *AWARDED, requested).when(month).then(
        award.PaymentApproved(partnership_id=ACE, number=1, amount=gbp("1.00"), on=When("2004-06"))
    )
