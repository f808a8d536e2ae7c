"""The form of a 360Giving grant (1.4): its fields and the values that each may have.

The standard: https://standard.threesixtygiving.org. A value in another form is changed to the form of the standard if
its meaning stays the same. Otherwise the field is left out and named.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from domain.values.portable import Portable
from domain.values.shown import shown_count
from domain.values.when import Precision
from infra.exports.standards.three_sixty_codes import COUNTRIES, CURRENCIES
from infra.imports.rows.parsing import Dates, InvalidValue, date_of

Fit: TypeAlias = Callable[[Any, "Fitting"], Any]

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})"
# RFC 3986: scheme, perhaps an authority, path, perhaps query and fragment.
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(//({_CHARACTER}*@)?(\[[0-9A-Fa-f:.]+\]|([A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{{2}})*)"
    rf"(:[0-9]*)?(/({_CHARACTER}|[@/])*)?|/?({_CHARACTER}|@)({_CHARACTER}|[@/])*|/?)"
    rf"(\?({_CHARACTER}|[@/?])*)?(#({_CHARACTER}|[@/?])*)?"
)


class Unfit(Portable, ValueError):
    """A value does not have the required form, which the message names. *lacks* is a required field that is missing."""

    def __init__(self, form: str, lacks: str = "") -> None:
        super().__init__(form)
        self.lacks = lacks


@dataclass(slots=True)
class Fitting:
    """The styles of the row's *dates*, and in *lacking* what was left out: path, value and required form."""

    dates: tuple[Dates, ...]
    lacking: list[tuple[str, Any, str]] = field(default_factory=list)


def text(value: Any, _: Fitting) -> str:
    if not isinstance(value, str):
        raise Unfit("text")
    return value


def number(value: Any, _: Fitting) -> Decimal:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise Unfit("a number in plain digits")
    return Decimal(value)


def count(value: Any, fitting: Fitting) -> Decimal:
    found = number(value, fitting)
    if found < 0:
        raise Unfit("a number of 0 or more")
    return found


def moment(value: Any, _: Fitting) -> str:
    if isinstance(value, str) and _MOMENT.fullmatch(value) and _in_the_calendar(value):
        return value
    raise Unfit("a date and time with its offset, such as 2019-05-15T00:00:00+00:00")


def _in_the_calendar(value: str) -> bool:
    try:
        datetime.fromisoformat(value.upper())
    except ValueError:
        return False
    return True


def day(value: Any, fitting: Fitting) -> str:
    return _date(value, fitting, {Precision.DAY}, "a day, such as 2019-05-15")


def part_of_a_day(value: Any, fitting: Fitting) -> str:
    wanted = {Precision.DAY, Precision.MONTH, Precision.YEAR}
    return _date(value, fitting, wanted, "a year, month or day, such as 2019-05")


def _date(value: Any, fitting: Fitting, wanted: set[Precision], form: str) -> str:
    if isinstance(value, str) and _MOMENT.fullmatch(value) and _in_the_calendar(value):
        return value
    meant = set()
    for style in fitting.dates:
        try:
            meant.add(date_of(value, style))
        except InvalidValue:
            continue
    if len(meant) == 1:
        (only,) = meant
        if only.precision in wanted:
            return only.text
    raise Unfit(form)


def uri(value: Any, _: Fitting) -> str:
    if isinstance(value, str) and _URI.fullmatch(value):
        return value
    raise Unfit("an address (URI), such as https://example.org")


def one_of(codes: Iterable[str], form: str) -> Fit:
    known = frozenset(codes)

    def fit(value: Any, _: Fitting) -> str:
        if not isinstance(value, str) or value not in known:
            raise Unfit(form)
        return value

    return fit


def nested(name: str) -> Fit:
    """An object of the kind *name*."""

    def fit(value: Any, fitting: Fitting) -> dict[str, Any]:
        return fit_object(value, name, fitting)

    return fit


def many(each: Fit, *, least: int = 0) -> Fit:
    """A list whose entries fit *each*. Other entries are left out, but at least *least* must be left."""

    def fit(value: Any, fitting: Fitting) -> list[Any]:
        if not isinstance(value, list):
            raise Unfit("a list")
        found = []
        for nth, one in enumerate(value):
            inner = Fitting(fitting.dates)
            try:
                found.append(each(one, inner))
            except Unfit as error:
                inner.lacking.append(("", one, str(error)))
            fitting.lacking += [(f"{nth}/{path}".rstrip("/"), what, form) for path, what, form in inner.lacking]
        if len(found) < least:
            raise Unfit(f"a list of at least {shown_count(least, 'valid entry', 'valid entries')}")
        return found

    return fit


CURRENCY = one_of(CURRENCIES, "a code from the standard's list of currencies")
_MODIFIED = {"dateModified": moment}
_CODED: dict[str, Fit] = {
    **dict.fromkeys(("vocabulary", "code", "title", "description"), text), "url": uri, **_MODIFIED,
}  # fmt: skip
OBJECTS: dict[str, dict[str, Fit]] = {
    "organisation": {
        **dict.fromkeys(
            ("id", "name", "department", "contactName", "charityNumber", "companyNumber", "streetAddress",
             "addressLocality", "addressRegion", "addressCountry", "postalCode", "telephone", "alternateName", "email",
             "description", "organisationType"),
            text,
        ),
        "url": uri, "location": many(nested("place")), **_MODIFIED,
    },
    "person": {"id": text, "name": text},
    "place": {
        **dict.fromkeys(("id", "name", "description", "geoCode", "geoCodeType"), text),
        "countryCode": one_of(COUNTRIES, "a country code of ISO 3166 with two letters"),
        "latitude": number, "longitude": number, **_MODIFIED,
    },
    "classification": _CODED,
    "programme": _CODED,
    "document": {**dict.fromkeys(("id", "title", "description", "documentType"), text), "url": uri, **_MODIFIED},
    "transaction": {
        **dict.fromkeys(("id", "description", "provider", "recipient"), text),
        "transactionDate": day, "valueDate": day, "currency": CURRENCY, "value": number, **_MODIFIED,
    },
    "event": {
        "title": text, "description": text, "startDate": part_of_a_day, "endDate": part_of_a_day, "duration": count,
        **_MODIFIED,
    },
    "reasons": {"primaryGrantReason": text, "secondaryGrantReason": text, "grantPurpose": many(text)},
    "grant": {
        **dict.fromkeys(("id", "title", "description", "regrantType", "locationScope"), text),
        "currency": CURRENCY,
        **dict.fromkeys(("amountAppliedFor", "amountAwarded", "amountDisbursed"), number),
        "awardDate": day, "url": uri, "dataSource": uri,
        "plannedDates": many(nested("event")), "actualDates": many(nested("event")),
        "recipientIndividual": nested("person"), "toIndividualsDetails": nested("reasons"),
        "recipientOrganization": many(nested("organisation"), least=1),
        "fundingOrganization": many(nested("organisation"), least=1),
        "beneficiaryLocation": many(nested("place")),
        "grantProgramme": many(nested("programme")),
        "fromOpenCall": one_of(("Yes", "No"), "Yes or No"),
        "fundingType": many(nested("classification")), "classifications": many(nested("classification")),
        "relatedDocument": many(nested("document")),
        "applicationTransaction": many(nested("transaction")),
        "commitmentTransaction": many(nested("transaction")),
        "disbursementTransaction": many(nested("transaction")),
        "relatedActivity": many(text),
        **_MODIFIED,
    },
}  # fmt: skip
REQUIRED: dict[str, tuple[str, ...]] = {
    "organisation": ("id", "name"),
    "person": ("id", "name"),
    "grant": ("id", "title", "description", "currency", "amountAwarded", "awardDate", "fundingOrganization"),
}


def loose(value: Any) -> Any:
    """The *value* of a field that the standard does not know: unchanged, but "true" and "false" become booleans."""
    if isinstance(value, dict):
        return {key: loose(part) for key, part in value.items()}
    if isinstance(value, list):
        return [loose(part) for part in value]
    return {"true": True, "false": False}.get(value, value)


def fit_object(value: Any, name: str, fitting: Fitting) -> dict[str, Any]:
    """*value* as an object of the kind *name*. Fields that do not fit are left out and added to *fitting*.

    Raises Unfit where a field is missing that the standard requires.
    """
    if not isinstance(value, dict):
        raise Unfit("an object")
    fields, found = OBJECTS[name], {}
    for key, part in value.items():
        inner = Fitting(fitting.dates)
        try:
            found[key] = fields[key](part, inner) if key in fields else loose(part)
        except Unfit as error:
            inner.lacking.append(("", part, str(error)))
        fitting.lacking += [(f"{key}/{path}".rstrip("/"), what, form) for path, what, form in inner.lacking]
    for key in REQUIRED.get(name, ()):
        if key not in found:
            raise Unfit(f"an object with the field {key}", key)
    return found
