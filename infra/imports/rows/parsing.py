"""Parse the values of a row: texts, amounts, currencies and dates. A value that cannot be read is a problem."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

from domain.values.day import day_of
from domain.values.money import LIMIT, Money, NotMoney, minor_units
from domain.values.portable import Portable
from domain.values.shown import shown_amount
from domain.values.when import NotADate, When

LONGEST_NAME = 200
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is put aside, or a warning about a row that is not: the *field*, its *value*, the *rule* that it
    breaks, and a *hint* for people.
    """

    field: str
    value: str
    rule: str
    hint: str


class Dates(Enum):
    """How a file writes its dates. ISO dates can be read in any file, because they mean one day only."""

    ISO = "iso"
    UK = "uk"
    US = "us"


class Formula(str):
    """A cell that holds a formula. Its value depends on the program that opens the file."""

    __slots__ = ()


class ErrorCell(str):
    """A cell that holds an error, such as #REF!."""

    __slots__ = ()


class InvalidValue(Portable, ValueError):
    """A value breaks *rule*. The *hint* says what is wrong and what to do about it."""

    def __init__(self, rule: str, hint: str) -> None:
        super().__init__(hint)
        self.rule = rule
        self.hint = hint


_ISO = re.compile(
    r"([0-9]{4}(?:-[0-9]{2})?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<moment>[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?(?P<zone>\s?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?)"
)
_DIGITS = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,40})?", re.ASCII)
# A difference below a millionth is dust: it comes from computing with binary fractions.
DUST = Decimal("0.000001")
_SLASHED = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{2,4})(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _refuse_formula_or_error(value: object) -> None:
    """Refuse cells without a value of their own. Raises InvalidValue."""
    if isinstance(value, Formula):
        raise InvalidValue("formula", "The cell holds a formula. Replace it with its value (paste as values).")
    if isinstance(value, ErrorCell):
        raise InvalidValue("error_cell", "The cell holds an error. Replace it with the value that was meant.")


def text_of(value: object, *, longest: int = LONGEST_TEXT) -> str:
    """*value* as text of at most *longest* characters, without spaces around it. Numbers stay as they are written.

    Raises InvalidValue.
    """
    # Nearly all values are of type str. Formula and ErrorCell are subclasses of it.
    if type(value) is not str:
        _refuse_formula_or_error(value)
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise InvalidValue("not_text", "The value is not text. Write text.")
        value = str(value)
    text = value.strip()
    if len(text) > longest:
        raise InvalidValue("too_long", f"The text has {len(text):,} characters. Write at most {longest:,}.")
    if not text.isprintable() and _CONTROL.search(text):
        raise InvalidValue("control_character", "The text has control characters. Take them out.")
    return text


def currency_of(value: object) -> str:
    """*value* as a currency code (ISO 4217). Raises InvalidValue."""
    text = text_of(value, longest=LONGEST_NAME)
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise InvalidValue(
            "not_a_currency", "This is not a currency code. Write three capital letters (ISO 4217), such as GBP."
        )
    return text


def number_of(value: object) -> Decimal:
    """*value* as a number, with exactly its digits. Raises InvalidValue."""
    _refuse_formula_or_error(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise InvalidValue("not_an_amount", "This is not an amount. Write a number.")
    if isinstance(value, str):
        text = text_of(value)
        if not _DIGITS.fullmatch(text):
            raise InvalidValue("not_an_amount", 'This is not an amount. Write plain digits, such as "1250.00".')
        value = Decimal(text)
    return Decimal(value)


def amount_of(value: object, currency: str) -> Money:
    """*value* as an amount in major units of *currency*. Raises InvalidValue.

    An amount with more decimals than the currency is rounded, half to even. ``rounding_of`` says whether it was.
    """
    number = number_of(value)
    try:
        if number.is_finite() and -LIMIT < number < LIMIT:
            number = number.quantize(Decimal(1).scaleb(-minor_units(currency)), ROUND_HALF_EVEN)
        return Money(amount=number, currency=currency)
    except NotMoney as error:
        raise InvalidValue("not_an_amount", f"This is not an amount of money: {error}.") from error


def rounding_of(value: object, amount: Money) -> InvalidValue | None:
    """A warning where *amount* differs from the *value* that it was read from. Dust is rounded without one."""
    if abs(number_of(value) - amount.amount) < DUST:
        return None
    shown = shown_amount(amount.amount, amount.currency)
    return InvalidValue(
        "rounded",
        f"The amount has more decimal places than {amount.currency}. It is recorded as {shown}, and the row keeps its"
        " own words.",
    )


def date_of(value: object, dates: Dates, century: int | None = None) -> When:
    """*value* as a day, month or year, in the style declared for the file. Raises InvalidValue.

    *century* is the first year of the century of years with two digits. Without it they cannot be read. A time with an
    offset is a day in London; of a time without one the day is kept.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = day_of(value)
    if isinstance(value, datetime | date):
        # A date cell of a spreadsheet means one day only.
        return When(value.strftime("%Y-%m-%d").rjust(10, "0"))
    return _date_of_text(text_of(value, longest=LONGEST_NAME), dates, century)


# A register has few different days and many rows.
@lru_cache(maxsize=4096)
def _date_of_text(text: str, dates: Dates, century: int | None) -> When:
    iso = _ISO.fullmatch(text)
    if iso:
        written = _day(iso[1][:10])
        return _in_zone(text) if iso["moment"] and iso["zone"] else written
    slashed = _SLASHED.fullmatch(text)
    if slashed is None:
        raise InvalidValue("not_a_date", "This is not a date. Write it as 2004-03-15, 2004-03 or 2004.")
    first, _, second, year = slashed.groups()
    if len(year) == 2 and century is not None:
        year = f"{century + int(year):04}"
    if len(year) != 4:
        raise InvalidValue(
            "year_in_short",
            "The year is short, so its century is not known. Write the year with four digits, or declare the century"
            " in a mapping (century = 2000).",
        )
    if dates is Dates.ISO:
        raise InvalidValue("date_style_undeclared", _style_hint(text, int(first), int(second)))
    day, month = (first, second) if dates is Dates.UK else (second, first)
    return _day(f"{year}-{int(month):02}-{int(day):02}")


def _in_zone(instant: str) -> When:
    """The day of *instant*, which has a time and an offset, in the time zone of the programme."""
    try:
        # A space may stand for the T, and before the offset.
        return When(day_of(datetime.fromisoformat(instant[:10] + "T" + instant[11:].replace(" ", ""))).isoformat())
    except (ValueError, OverflowError) as error:
        raise InvalidValue("not_a_date", "There is no such time. Write it as 2004-03-15T09:00:00Z.") from error


def _day(text: str) -> When:
    try:
        return When(text)
    except NotADate as error:
        year, month, *_ = [*(int(part) for part in text.split("-")), 1]
        if year and 1 <= month <= 12:
            last = f"{text[:7]} has {monthrange(year, month)[1]} days"
            raise InvalidValue("not_in_the_calendar", f"There is no such day: {last}.") from error
        raise InvalidValue(
            "not_in_the_calendar",
            "There is no such day. If day and month are in the other order, use --dates uk or us.",
        ) from error


def _style_hint(text: str, first: int, second: int) -> str:
    if second > 12 >= first:
        return f"{text} is month/day/year. Import the file with --dates us."
    if first > 12 >= second:
        return f"{text} is day/month/year. Import the file with --dates uk."
    return (
        f"{text} can mean two days. Import the file with --dates uk if it writes day/month/year,"
        " or with --dates us if it writes month/day/year."
    )


def shortened(value: object) -> str:
    """*value* as text of at most 80 characters, for people."""
    text = "" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


class Fields:
    """The fields of one row, by their paths in nested objects and lists, and the *problems* that were found.

    *warnings* do not put the row aside.
    """

    def __init__(self, raw: Any, dates: Dates) -> None:
        self.raw = raw
        self.dates = dates
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def value(self, *path: str | int) -> Any:
        """The value at *path*; None where there is none, or an empty text."""
        found = self.raw
        for step in path:
            if type(found) is dict:
                found = found.get(step)
            elif type(found) is list and type(step) is int and step < len(found):
                found = found[step]
            else:
                return None
            if found is None:
                return None
        return None if type(found) is str and not found.strip() else found

    def length(self, *path: str | int) -> int:
        """The number of entries in the list at *path*; 0 where there is no list. Another value is a problem."""
        found = self.value(*path)
        if found is None:
            return 0
        if not isinstance(found, list):
            self.add_problem(path, found, "not_a_list", "The value is not a list. Write a list of objects.")
            return 0
        return len(found)

    def add_problem(self, path: tuple[str | int, ...], value: object, rule: str, hint: str) -> None:
        """Report what is wrong with the *value* at *path*."""
        self.problems.append(Problem("/".join(map(str, path)), shortened(value), rule, hint))

    def add_warning(self, path: tuple[str | int, ...], value: object, rule: str, hint: str) -> None:
        """Report about the *value* at *path* what does not put the row aside."""
        self.warnings.append(Problem("/".join(map(str, path)), shortened(value), rule, hint))

    def text(self, *path: str | int, longest: int = LONGEST_TEXT) -> str | None:
        """The text at *path*; None where there is none."""
        value = self.value(*path)
        try:
            return None if value is None else text_of(value, longest=longest)
        except InvalidValue as error:
            self.add_problem(path, value, error.rule, error.hint)
            return None

    def required(self, *path: str | int, longest: int = LONGEST_TEXT) -> str:
        """The text at *path*. Without one, the problem is reported and the text is empty."""
        known = len(self.problems)
        text = self.text(*path, longest=longest)
        if text is None and len(self.problems) == known:
            self.add_missing(*path)
        return text or ""

    def add_missing(self, *path: str | int) -> None:
        """Report that the value at *path* is missing."""
        self.add_problem(path, None, "missing", "The value is missing. Fill it in.")

    def currency(self, *path: str | int) -> str | None:
        """The currency at *path*; None where there is none."""
        value = self.value(*path)
        try:
            return None if value is None else currency_of(value)
        except InvalidValue as error:
            self.add_problem(path, value, error.rule, error.hint)
            return None

    def amount(self, *path: str | int, currency: str | None) -> Money | None:
        """The amount at *path*; None where there is none, or where *currency* is None."""
        value = self.value(*path)
        if value is None or currency is None:
            return None
        try:
            amount = amount_of(value, currency)
            rounding = rounding_of(value, amount)
            if rounding is not None:
                self.add_warning(path, value, rounding.rule, rounding.hint)
            return amount
        except InvalidValue as error:
            self.add_problem(path, value, error.rule, error.hint)
            return None

    def date(self, *path: str | int) -> When | None:
        """The date at *path*; None where there is none."""
        value = self.value(*path)
        try:
            return None if value is None else date_of(value, self.dates)
        except InvalidValue as error:
            self.add_problem(path, value, error.rule, error.hint)
            return None
