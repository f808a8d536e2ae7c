"""Which address shows which page, with what parameters, and which commands its forms give."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from domain.across.permissions import Area
from domain.history import Log
from pages.acting import act
from pages.acting import joint as acting_jointly
from pages.acting import steps as acting
from pages.bids import bid, board, how_long, steps, waiting
from pages.books import period, periods
from pages.frame.forms import Step
from pages.frame.page import Page
from pages.grants import award, certificate, ranking
from pages.grants import round as rounds
from pages.money import compare, ladder, years
from pages.office import attention, bank, concerns, discrepancies, discrepancy, entry, home, payment, payments
from pages.partners import jointly, library
from pages.partners import programme as asking
from pages.record import audit, changes, event, stream
from pages.register import (
    authority,
    framework,
    happened,
    organisation,
    partnership,
    partnerships,
    permissions,
    person,
    programme,
    search,
    take_up,
)
from pages.support import cases

Shows = Callable[..., Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class Address:
    """What *shows* the page of an address, to those who may read all of *areas*; without any, to all who are signed in.

    *parameters* are its own, beside the clocks; a page that has any gets them.

    *steps* are the commands that forms of the page give, by the name of their action; *once* has what the page shows
    only in answer to a form, from the log, the page and the actor. A page that *reads_streams* is given what reads the
    events of a stream, one that *knows_roles* those that its reader holds today, and one that *shows_own* the rows that
    name its reader alone.
    """

    shows: Shows
    areas: tuple[Area, ...]
    parameters: tuple[str, ...] = ()
    steps: Mapping[str, Step] = field(default_factory=dict)
    reads_streams: bool = False
    knows_roles: bool = False
    shows_own: bool = False
    once: Mapping[str, Callable[[Log, Page, str], Page]] = field(default_factory=dict)


# A code may have slashes, so that an address with something after the code comes before one that ends with it.
ADDRESSES: dict[str, Address] = {
    "/": Address(home.home, (), knows_roles=True),
    "/{scope}/{code}/money/{name}": Address(ladder.figure, (Area.MONEY,), ("currency", "page")),
    "/{scope}/{code}/compare": Address(compare.compare, (Area.MONEY,), (compare.THEN,)),
    "/{scope}/{code}/years": Address(years.years, (Area.MONEY,), (years.BY,)),
    "/{scope}/{code}/timeline": Address(
        happened.happened, (Area.REGISTER, Area.CASES), ("lane", "from", "to", happened.INCLUDING, "page")
    ),
    "/{scope}/{code}/act": Address(act.act, (Area.REGISTER, Area.CASES, Area.MONEY), (), acting.STEPS),
    "/partnerships": Address(partnerships.partnerships, (Area.REGISTER, Area.MONEY), ("text", "page")),
    "/partnerships/{code}/jointly": Address(jointly.jointly, (Area.REGISTER, Area.CASES), (), acting_jointly.JOINTLY),
    "/partnerships/{code}/capacity": Address(
        jointly.capacity, (Area.REGISTER, Area.CASES), (), acting_jointly.CAPACITY
    ),
    "/library": Address(library.library, (Area.REGISTER, Area.CASES), library.PARAMETERS),
    "/partnerships/{code}": Address(
        partnership.partnership, (Area.REGISTER, Area.CASES, Area.MONEY), ("lane", "from", "to", "page")
    ),
    "/programmes/{code}/consultation": Address(
        asking.consultation, (Area.REGISTER, Area.CASES, Area.MONEY), (), acting_jointly.CONSULTING
    ),
    "/programmes/{code}/demand": Address(asking.demand, (Area.REGISTER, Area.CASES)),
    "/programmes/{code}/authority": Address(authority.authority, (Area.REGISTER, Area.PEOPLE)),
    "/attention": Address(attention.attention, (), attention.PARAMETERS, knows_roles=True),
    "/permissions": Address(permissions.permissions, (), knows_roles=True),
    "/people/{code}": Address(person.person, (Area.PEOPLE, Area.OFFICE)),
    "/programmes/{code}/take-up": Address(take_up.take_up, (Area.REGISTER, Area.CASES)),
    "/programmes/{code}/framework": Address(framework.framework, (Area.REGISTER, Area.CASES)),
    "/programmes/{code}": Address(programme.programme, (Area.REGISTER, Area.CASES, Area.MONEY)),
    "/schemes/{code}": Address(programme.scheme, (Area.REGISTER, Area.CASES, Area.MONEY)),
    "/search": Address(
        search.search, (Area.REGISTER, Area.CASES, Area.MONEY), ("text", "kind", *search.FILTERS, "page")
    ),
    "/organisations": Address(search.organisations, (Area.REGISTER,), ("text", "page")),
    "/organisations/{code}/support": Address(cases.support, (Area.REGISTER, Area.CASES)),
    "/organisations/{code}": Address(organisation.organisation, (Area.REGISTER, Area.CASES, Area.MONEY), ("page",)),
    "/awards/{award_id}/certificates/{number}": Address(certificate.certificate, (Area.MONEY, Area.OFFICE)),
    "/awards/{award_id}": Address(award.award, (Area.MONEY, Area.CASES), ("lane", "from", "to", "page")),
    "/rounds/{code}/ranking": Address(ranking.ranking, (Area.REGISTER, Area.CASES, Area.ASSESSMENT)),
    "/rounds/{code}": Address(rounds.call, (Area.REGISTER, Area.CASES, Area.MONEY), ("page",)),
    "/payments": Address(payments.payments, (Area.MONEY,), (*payments.FILTERS, "page")),
    "/payments/{award_id}/{number}": Address(payment.payment, (Area.MONEY, Area.BANK), (), payment.STEPS),
    "/bids": Address(board.board, (Area.CASES,), waiting.PARAMETERS),
    "/bids/delays": Address(how_long.how_long, (Area.CASES,), how_long.PARAMETERS),
    "/bids/{bid}": Address(bid.bid, (Area.CASES, Area.ASSESSMENT), (), steps.STEPS),
    "/bank": Address(bank.bank, (Area.BANK,), ("status", bank.ACCOUNT, bank.FROM, bank.TO, "text", "page")),
    "/bank/{entry_id}": Address(entry.entry, (Area.BANK,), (), entry.STEPS),
    "/discrepancies": Address(discrepancies.discrepancies, (Area.OFFICE,), discrepancies.PARAMETERS),
    "/discrepancies/{discrepancy_id}": Address(discrepancy.discrepancy, (Area.OFFICE,), (), discrepancy.STEPS),
    "/concerns": Address(concerns.concerns, (Area.REGISTER,), shows_own=True),
    "/concerns/{concern_id}": Address(
        concerns.concern,
        (Area.REGISTER,),
        (),
        concerns.STEPS,
        shows_own=True,
        once={concerns.READ: concerns.with_text},
    ),
    "/periods": Address(periods.periods, (Area.MONEY,)),
    "/periods/{code}": Address(
        period.period, (Area.MONEY, Area.OFFICE), (period.NAME, period.FROM, period.TO), period.STEPS
    ),
    "/audit": Address(audit.audit_log, (Area.OFFICE,), audit.PARAMETERS),
    "/changes": Address(changes.changes, (Area.OFFICE,), changes.PARAMETERS, reads_streams=True),
    "/streams/{stream}": Address(stream.stream_page, (Area.OFFICE,), stream.PARAMETERS),
    "/events/{position}": Address(event.event, (Area.OFFICE,)),
}
