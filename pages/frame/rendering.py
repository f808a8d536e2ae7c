"""Pages as HTML. Whatever people wrote is shown as text: every value is escaped."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.values.day import ZONE, day_of
from domain.values.money import minor_units
from domain.values.shown import shown_amount, shown_date
from domain.values.when import When
from pages.frame.clocks import Clocks
from pages.frame.installation import Installation
from pages.frame.names import who
from pages.frame.page import Page
from pages.frame.viewer import OWNER, Viewer
from pages.frame.words import in_words

FOLDER = Path(__file__).parent.parent
# The navigation: the name of a section, its address, and what it is called.
SECTIONS = (
    ("home", "/", "Home"),
    ("partnerships", "/partnerships", "Partnerships"),
    ("payments", "/payments", "Payments"),
    ("bids", "/bids", "Bids"),
    ("bank", "/bank", "Bank"),
    ("discrepancies", "/discrepancies", "Discrepancies"),
    ("periods", "/periods", "Periods"),
    ("audit", "/audit", "Audit"),
)
MINUS = "\N{MINUS SIGN}"


def render(page: Page, clocks: Clocks, viewer: Viewer = OWNER) -> str:
    """The HTML of *page* under *clocks*, for *viewer*. ``names.with_names`` puts the names of people in."""
    template = environment().get_template(page.template)
    return template.render(page=page, clocks=clocks, link=clocks.link, sections=SECTIONS, viewer=viewer, **page.values)


def render_problem(title: str, message: str, viewer: Viewer | None = None, *, sign_in: str = "") -> str:
    """The HTML of a page that says what is wrong with an address, or why there is no answer.

    *viewer* is None where it is not known who looks. *sign_in* is the address to sign in at, where that may help.
    """
    return render_frame("frame/problem.html", title, viewer, message=message, sign_in=sign_in)


def render_frame(template: str, title: str, viewer: Viewer | None, **values: object) -> str:
    """The HTML of a page without clocks."""
    return environment().get_template(template).render(title=title, sections=SECTIONS, viewer=viewer, **values)


def show_installation(installation: Installation | None) -> None:
    """Say on every page what the *installation* is called. A process serves one; without a name nothing is said."""
    environment().globals["installation"] = installation


@cache
def environment() -> Environment:
    """The templates, with the words that they use."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["installation"] = None
    made.filters |= {
        "day": day,
        "when": lambda text: shown_date(When(text)),
        "digits": digits,
        "decimal": Decimal,
        "amount": lambda amount, currency: shown_amount(amount, currency).replace("-", MINUS),
        "known": lambda instant: day(day_of(instant)),
        "moment": moment,
        "event": in_words,
        "who": who,
    }
    return made


def day(of: date | datetime) -> str:
    """A day for people: 31 Mar 2005."""
    return shown_date(When(f"{of:%Y-%m-%d}")) if of.year >= 1000 else of.isoformat()


def moment(instant: datetime) -> str:
    """An instant for people, in the time zone of the programme: 31 Mar 2005, 14:05:09 BST."""
    return f"{day(day_of(instant))}, {instant.astimezone(ZONE):%H:%M:%S %Z}"


def digits(amount: Decimal, currency: str) -> str:
    """An amount without its currency, which stands in the heading: 75,000.00. It has the places of its currency."""
    text = f"{abs(amount):,.{minor_units(currency)}f}"
    return f"{MINUS}{text}" if amount < 0 else text
