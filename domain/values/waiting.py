"""Words for waiting times: the stages of a bid, the spans that are measured, and the ways to count days."""

from enum import Enum


class Span(Enum):
    """What is measured: a stage of a bid, or the time from its submission to decision, award or first payment."""

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
    """Who has to act next."""

    FUNDER = "funder"
    BIDDER = "bidder"


class Days(Enum):
    """Which days count: all days, or all except weekends and bank holidays."""

    CALENDAR = "calendar"
    WORKING = "working"


class Calendar(Enum):
    """The part of the United Kingdom whose bank holidays are not working days."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"
