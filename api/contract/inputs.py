"""Reading what people give with a command: texts, dates, ids, money. What is unusable gets a clear sentence."""

import re
from decimal import Decimal

from api.contract.errors import Problem
from domain.values.money import Money, NotMoney
from domain.values.when import NotADate, When, on_day

SHORT, LONG = 200, 4000
# Control characters other than the line breaks of a longer text; half a surrogate pair is no character at all.
_UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[a-z]+-[0-9A-Za-z-]{1,80}")


def words(name: str, value: str, most: int = SHORT) -> str:
    """A text that is not empty, of *most* characters. Raises Problem naming the field."""
    if not value.strip():
        raise Problem(f"{name} is empty.")
    if len(value) > most:
        raise Problem(f"{name} has more than {most} characters.")
    if _UNUSABLE.search(value):
        raise Problem(f"{name} holds characters that are no text.")
    return value


def plain(wanted: object) -> None:
    """Let every text that the filter *wanted* holds be a text. Raises Problem naming the field."""
    for name, value in vars(wanted).items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "\x00" in text:
                raise Problem(f"{name} holds characters that are no text.")


def day(name: str, value: str) -> When:
    """A date in reduced precision: 2004, 2004-03 or 2004-03-15. Raises Problem naming the field."""
    try:
        return on_day(value)
    except NotADate as error:
        raise Problem(f"{name}: {error}.") from error


def identity(name: str, kind: str, value: str) -> str:
    """An id of this *kind*, such as award-0190. Raises Problem naming the field."""
    if not _ID.fullmatch(value) or not value.startswith(f"{kind}-"):
        raise Problem(f"{name} is no id of a {kind}: it begins with {kind}- and has letters, digits and hyphens.")
    return value


def money(name: str, amount: Decimal, currency: str) -> Money:
    """An amount in a currency. Raises Problem naming the field."""
    try:
        return Money.of(f"{amount:f}", currency)
    except NotMoney as error:
        raise Problem(f"{name}: {error}.") from error
