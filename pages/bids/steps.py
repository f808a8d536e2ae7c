"""The commands that forms of a bid give, and which of them its state allows."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from domain import bid as rules
from domain.history import Command
from domain.values.ids import BidId
from domain.values.money import Money, NotMoney
from domain.values.refusal import Refused
from pages.bids.history import Told
from pages.frame.fields import Choices, Field
from pages.frame.forms import Form, Step
from pages.frame.made import made


class AmountNotPossible(Refused):
    """{amount} is not an amount in {currency}. Write it with the decimal places of the currency."""


def _of_bid(kind: type[Any]) -> Callable[[Mapping[str, str], dict[str, Any]], Command]:
    """What makes a command of *kind* about the bid that the path names."""
    return lambda named, values: kind(bid_id=BidId(named["bid"]), **values)


def _with_amount(kind: type[Any], name: str) -> Callable[[Mapping[str, str], dict[str, Any]], Command]:
    """As ``_of_bid``, with the amount and the currency of the form together as the field *name*."""

    def made(named: Mapping[str, str], values: dict[str, Any]) -> Command:
        amount, currency = values.pop(name), values.pop("currency")
        try:
            money = Money(amount=amount, currency=currency)
        except NotMoney as error:
            raise AmountNotPossible(amount=f"{amount:,f}", currency=currency) from error
        return _of_bid(kind)(named, values | {name: money})

    return made


def _checked(named: Mapping[str, str], values: dict[str, Any]) -> Command:
    return _of_bid(rules.CheckEligibility)(named, values | {"eligible": values["eligible"] == "yes"})


def _approved(named: Mapping[str, str], values: dict[str, Any]) -> Command:
    dropped = tuple(one["dropped"] for one in values.pop("dropped"))
    return _with_amount(rules.ApproveBid, "approved")(named, values | {"dropped": dropped})


_REASON = Field("because", "Reason")
_MAYBE_REASON = Field("because", "Reason", required=False)
_CURRENCY = Field("currency", "Currency", "choice")
_APPROVED = (Field("approved", "Amount approved", "amount"), _CURRENCY)
_REQUESTED = (Field("title", "Title"), Field("requested", "Amount requested", "amount"), _CURRENCY)
_WHY_LESS = Field("because", "Reason", hint="Why it is less than requested.", required=False)
_DROPPED = Field(
    "dropped",
    "What it does not pay for",
    "rows",
    "The actions of the bid that are dropped.",
    required=False,
    columns=(Field("dropped", "Action"),),
)
_RULE = Field(
    "rule",
    "Eligibility rule",
    hint="The code of the rule that you judge. If you leave it out, you judge the bid as a whole.",
    required=False,
)
_NUMBER = Field("number", "Number of the question", "number")

STEPS = {
    "approve": Step("Approve", _approved, (*_APPROVED, _WHY_LESS, _DROPPED), decides=True),
    "decline": Step("Decline", _of_bid(rules.DeclineBid), (_REASON,)),
    "acknowledge": Step("Acknowledge", _of_bid(rules.AcknowledgeBid)),
    "ask": Step("Ask the bidder a question", _of_bid(rules.RequestClarification), (Field("question", "Question"),)),
    "answered": Step("Record the answer to a question", _of_bid(rules.ReceiveClarification), (_NUMBER,)),
    "check": Step(
        "Record whether it is eligible",
        _checked,
        (Field("eligible", "Eligible", "choice", choices=(("yes", "yes"), ("no", "no"))), _RULE, _MAYBE_REASON),
    ),
    "assess": Step(
        "Record a score",
        _of_bid(rules.AssessBid),
        (
            Field("criterion", "Criterion"),
            Field("score", "Score", "number", hint="A whole number from 0 to 10."),
            Field("justification", "Justification"),
        ),
    ),
    "moderate": made(rules.ModerateScore, "Agree a score after moderation", ("bid_id",)),
    "consent": made(rules.RecordConsent, "Record the consent of a partner", ("bid_id",), organisation_id="Partner"),
    "withdraw-consent": made(
        rules.WithdrawConsent, "Withdraw the consent of a partner", ("bid_id",), organisation_id="Partner"
    ),
    "contact": made(rules.LogContact, "Log a contact", ("bid_id",), summary="What was said"),
    "notify": Step("Notify the bidder of the decision", _of_bid(rules.NotifyDecision)),
    "vary": Step(
        "Change the approval", _with_amount(rules.VaryApproval, "approved"), (*_APPROVED, _REASON), decides=True
    ),
    "revise": Step("Revise", _with_amount(rules.ReviseBid, "requested"), (*_REQUESTED, _REASON)),
    "resubmit": Step("Submit again", _with_amount(rules.ResubmitBid, "requested"), _REQUESTED),
    "assign": Step(
        "Assign a case officer",
        _of_bid(rules.AssignCaseOfficer),
        (Field("officer", "Case officer", hint="A post or a role, such as grants officer 2."),),
    ),
    "release": Step("Release the case", _of_bid(rules.AssignCaseOfficer)),
    "withdraw": Step("Withdraw", _of_bid(rules.WithdrawBid), (_MAYBE_REASON,)),
}


def forms(
    status: str,
    told: Told,
    *,
    question: int | None,
    officer: str | None,
    criterion: str,
    day: date,
    choices: Mapping[str, Choices],
    scored: str,
    consented: bool,
) -> tuple[Form, ...]:
    """The forms that make sense for a bid of a *status*. The one that it waits for comes first.

    *question* is the number of the first that is open, *criterion* the first without a score. *choices* are the values
    of fields to choose from, *scored* is a criterion with a score (empty without one), and *consented* is whether any
    consent stands.
    """
    requested, currency = (f"{told.requested[0]:f}", told.requested[1]) if told.requested else ("", "")
    approved = f"{told.approved[0]:f}" if told.approved else requested
    filled: dict[str, dict[str, str]] = {
        "approve": {"approved": requested, "currency": currency},
        "vary": {"approved": approved, "currency": currency},
        "revise": {"title": told.title, "requested": requested, "currency": currency},
        "resubmit": {"title": told.title, "requested": requested, "currency": currency},
        "answered": {"number": str(question or "")},
        "assess": {"criterion": criterion},
        "moderate": {"criterion": scored},
        "assign": {"officer": officer or ""},
    }
    actions = _of_status(status, told, asked=question is not None)
    actions += ["moderate"] if scored and status == "submitted" else []
    actions += ["assign", *(["release"] if officer else [])]
    actions += [] if status == "stated" else ["consent", *(["withdraw-consent"] if consented else []), "contact"]
    actions += ["withdraw"] if status in ("drafted", "submitted") else []
    return tuple(STEPS[action].form(action, day, choices, filled.get(action)) for action in actions)


def _of_status(status: str, told: Told, *, asked: bool) -> list[str]:
    match status:
        case "submitted":
            first = [*(["answered"] if asked else []), *([] if told.acknowledged else ["acknowledge"])]
            return [*first, "approve", "decline", "ask", "check", "assess", "revise"]
        case "approved" | "awarded":
            return [*([] if told.notified else ["notify"]), "vary"]
        case "declined":
            return [*([] if told.notified else ["notify"]), "resubmit"]
        case "withdrawn":
            return ["resubmit"]
    return []
