"""The words for how long a bid waits: its stages, the spans that are measured, and how days are counted."""

from enum import Enum


class Span(Enum):
    """What is timed: a stage of a bid, or the whole way from its submission to decision, award or first money."""

    DRAFTING = "drafting"
    ACKNOWLEDGEMENT = "acknowledgement"
    ELIGIBILITY = "eligibility"
    ASSESSMENT = "assessment"
    DECISION = "decision"
    NOTIFICATION = "notification"
    OFFER = "offer"
    ACCEPTANCE = "acceptance"
    FIRST_PAYMENT = "first_payment"
    TO_DECISION = "to_decision"
    TO_AWARD = "to_award"
    TO_MONEY = "to_money"


# In the order in which a bid goes through them.
STAGES = (
    Span.DRAFTING, Span.ACKNOWLEDGEMENT, Span.ELIGIBILITY, Span.ASSESSMENT, Span.DECISION, Span.NOTIFICATION,
    Span.OFFER, Span.ACCEPTANCE, Span.FIRST_PAYMENT,
)  # fmt: skip
WHOLES = (Span.TO_DECISION, Span.TO_AWARD, Span.TO_MONEY)


class Owner(Enum):
    """Whose turn it is."""

    FUNDER = "funder"
    BIDDER = "bidder"


class Days(Enum):
    """Which days count: all, or those that are neither weekend nor bank holiday."""

    CALENDAR = "calendar"
    WORKING = "working"


class Calendar(Enum):
    """Whose bank holidays are no working days."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"
