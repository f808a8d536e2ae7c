"""Which address shows which page, with what parameters, and which commands its forms give."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pages.bids import bid, board, how_long, steps, waiting
from pages.frame.forms import Step
from pages.frame.page import Page
from pages.grants import award
from pages.grants import round as rounds
from pages.money import compare, ladder
from pages.office import bank, discrepancies, home, payment, payments
from pages.record import audit, event
from pages.register import organisation, partnership, partnerships, programme, search

Shows = Callable[..., Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class Address:
    """What *shows* the page of an address. *parameters* are its own, beside the clocks; a page that has any gets them.

    *steps* are the commands that forms of the page give, by the name of their action.
    """

    shows: Shows
    parameters: tuple[str, ...] = ()
    steps: Mapping[str, Step] = field(default_factory=dict)


ADDRESSES: dict[str, Address] = {
    "/": Address(home.home),
    "/partnerships": Address(partnerships.partnerships, ("text", "page")),
    "/partnerships/{code}": Address(partnership.partnership, ("lane", "from", "to", "page")),
    "/programmes/{code}": Address(programme.programme),
    "/schemes/{code}": Address(programme.scheme),
    "/search": Address(search.search, ("text", "kind", *search.FILTERS, "page")),
    "/organisations": Address(search.organisations, ("text", "page")),
    "/organisations/{code}": Address(organisation.organisation, ("page",)),
    "/awards/{award_id}": Address(award.award, ("lane", "from", "to", "page")),
    "/rounds/{code}": Address(rounds.call, ("page",)),
    "/{scope}/{code}/money/{name}": Address(ladder.figure, ("currency",)),
    "/{scope}/{code}/compare": Address(compare.compare, (compare.THEN,)),
    "/payments": Address(payments.payments, (*payments.FILTERS, "page")),
    "/payments/{award_id}/{number}": Address(payment.payment, (), payment.STEPS),
    "/bids": Address(board.board, waiting.PARAMETERS),
    "/bids/delays": Address(how_long.how_long, how_long.PARAMETERS),
    "/bids/{bid}": Address(bid.bid, (), steps.STEPS),
    "/bank": Address(bank.bank, ("status", "page")),
    "/discrepancies": Address(discrepancies.discrepancies, ("severity", "status", "page")),
    "/audit": Address(audit.audit_log, ("partnership", "actor", "before")),
    "/events/{position}": Address(event.event),
}
