"""The events of returns in the programme's fields, and of certificates."""

from enum import Enum
from typing import TypeAlias

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import PartnershipId
from domain.values.money import Money
from domain.values.when import When


@frozen
class ReturnAnswer:
    """What a return says in a *field* of the template."""

    field: str
    text: str


@frozen
class ReturnFiled(Fact):
    """The partnership filed a return in the fields of a version of the *template*. It took *hours* of work."""

    partnership_id: PartnershipId
    number: int
    template: int
    answers: tuple[ReturnAnswer, ...]
    hours: int


@frozen
class ReturnJudged(Fact):
    """The funder accepted a return that was filed, or queried it; *because* is the reason."""

    partnership_id: PartnershipId
    number: int
    accepted: bool
    because: str | None = None


class LadderFigure(Enum):
    """A figure of an award."""

    AWARDED = "awarded"
    PAYABLE = "payable"
    PAID = "paid"
    RETURNED = "returned"
    SPENT = "spent"
    RECOVERABLE = "recoverable"
    AVAILABLE = "available"
    HELD = "held"


@frozen
class CertifiedFigure:
    """The *amount* of a figure that is certified."""

    figure: LadderFigure
    amount: Money


@frozen
class FundingCertified(Fact):
    """A *post*, such as a section 151 officer, certified the figures of the award as at a day, in this *wording*.

    *documents* are the SHA-256 digests of the documents that were seen.
    """

    partnership_id: PartnershipId
    number: int
    post: str
    wording: str
    as_at: When
    figures: tuple[CertifiedFigure, ...]
    documents: tuple[str, ...] = ()


CertificateEvent: TypeAlias = ReturnFiled | ReturnJudged | FundingCertified
