"""Read the values of commands and filters: texts, dates, ids, money. An unusable value is refused with its field."""

import re

from strawberry.utils.str_converters import to_camel_case as camel

from api.contract.errors import Problem
from api.contract.scalars import EndOfDay
from domain.values.money import Money, NotMoney
from domain.values.when import NotADate, When, on_day

SHORT, LONG = 200, 4000
# Control characters except line breaks and tabs, and halves of surrogate pairs.
_UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[a-z]+-[0-9A-Za-z-]{1,80}")


def words(name: str, value: str, most: int = SHORT) -> str:
    """A text that is not empty, of at most *most* characters. Raises Problem naming the field."""
    if not value.strip():
        raise Problem(f"{name} is empty. Give a text.")
    if len(value) > most:
        raise Problem(f"{name} has {len(value):,} characters. At most {most:,} are allowed.")
    if _UNUSABLE.search(value):
        raise not_text(name)
    return value


def not_text(name: str) -> Problem:
    """The error for a field that contains characters that are not text."""
    return Problem(f"{name} contains characters that are not text, such as control characters. Remove them.")


def check_texts(wanted: object) -> None:
    """Check that texts in the filter *wanted* are texts, and instants are no days. Raises Problem naming the field."""
    for name, value in vars(wanted).items():
        if isinstance(value, EndOfDay):
            raise Problem(f"{camel(name)} is a day. Write an instant with an offset, such as 2004-03-15T09:00:00Z.")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "\x00" in text:
                raise not_text(name)


def day(name: str, value: str) -> When:
    """A date in reduced precision: 2004, 2004-03 or 2004-03-15. Raises Problem naming the field."""
    try:
        return on_day(value)
    except NotADate as error:
        raise Problem(f"{name}: {f'{error}'.rstrip('.')}.") from error


def is_id(kind: str, value: str) -> bool:
    """Whether *value* is written as an id of this *kind*, such as award-0190."""
    return _ID.fullmatch(value) is not None and value.startswith(f"{kind}-")


def identity(name: str, kind: str, value: str) -> str:
    """An id of this *kind*, such as award-0190. Raises Problem naming the field."""
    if not is_id(kind, value):
        raise Problem(
            f"{name} is not an id of type {kind}. Such an id begins with {kind}- and has letters, digits and hyphens."
        )
    return value


def money(name: str, amount: str, currency: str) -> Money:
    """An amount in a currency. Raises Problem naming the field."""
    try:
        return Money.of(amount, currency)
    except NotMoney as error:
        raise Problem(f"{name}: {f'{error}'.rstrip('.')}.") from error


def currency(name: str, value: str) -> str:
    """A currency code. Raises Problem naming the field."""
    try:
        return Money.zero(value).currency
    except NotMoney as error:
        raise Problem(f"{name}: {f'{error}'.rstrip('.')}.") from error
