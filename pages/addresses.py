"""Which address shows which page, with what parameters, and which commands its forms give."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pages.bids import bid, board, how_long, steps, waiting
from pages.books import period, periods
from pages.frame.forms import Step
from pages.frame.page import Page
from pages.grants import award
from pages.grants import round as rounds
from pages.money import compare, ladder
from pages.office import bank, discrepancies, discrepancy, entry, home, payment, payments
from pages.record import audit, changes, event
from pages.register import organisation, partnership, partnerships, programme, search

Shows = Callable[..., Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class Address:
    """What *shows* the page of an address. *parameters* are its own, beside the clocks; a page that has any gets them.

    *steps* are the commands that forms of the page give, by the name of their action. A page that *reads_streams* is
    given what reads the events of a stream.
    """

    shows: Shows
    parameters: tuple[str, ...] = ()
    steps: Mapping[str, Step] = field(default_factory=dict)
    reads_streams: bool = False


# A code may have slashes, so that an address with something after the code comes before one that ends with it.
ADDRESSES: dict[str, Address] = {
    "/": Address(home.home),
    "/{scope}/{code}/money/{name}": Address(ladder.figure, ("currency", "page")),
    "/{scope}/{code}/compare": Address(compare.compare, (compare.THEN,)),
    "/partnerships": Address(partnerships.partnerships, ("text", "page")),
    "/partnerships/{code}": Address(partnership.partnership, ("lane", "from", "to", "page")),
    "/programmes/{code}": Address(programme.programme),
    "/schemes/{code}": Address(programme.scheme),
    "/search": Address(search.search, ("text", "kind", *search.FILTERS, "page")),
    "/organisations": Address(search.organisations, ("text", "page")),
    "/organisations/{code}": Address(organisation.organisation, ("page",)),
    "/awards/{award_id}": Address(award.award, ("lane", "from", "to", "page")),
    "/rounds/{code}": Address(rounds.call, ("page",)),
    "/payments": Address(payments.payments, (*payments.FILTERS, "page")),
    "/payments/{award_id}/{number}": Address(payment.payment, (), payment.STEPS),
    "/bids": Address(board.board, waiting.PARAMETERS),
    "/bids/delays": Address(how_long.how_long, how_long.PARAMETERS),
    "/bids/{bid}": Address(bid.bid, (), steps.STEPS),
    "/bank": Address(bank.bank, ("status", bank.ACCOUNT, bank.FROM, bank.TO, "text", "page")),
    "/bank/{entry_id}": Address(entry.entry, (), entry.STEPS),
    "/discrepancies": Address(discrepancies.discrepancies, discrepancies.PARAMETERS),
    "/discrepancies/{discrepancy_id}": Address(discrepancy.discrepancy, (), discrepancy.STEPS),
    "/periods": Address(periods.periods),
    "/periods/{code}": Address(period.period, (period.NAME, period.FROM, period.TO), period.STEPS),
    "/audit": Address(audit.audit_log, audit.PARAMETERS),
    "/changes": Address(changes.changes, changes.PARAMETERS, reads_streams=True),
    "/events/{position}": Address(event.event),
}
