"""Write grants in the 360Giving Data Standard (1.4). A grant imported from it keeps its row; others are built.

The standard: https://standard.threesixtygiving.org. Nothing is invented: a grant that lacks a field required by the
standard is left out, and the field is named.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from domain.award import Particular
from domain.values.when import When
from infra.exports.standards.award_facts import AwardFacts, Flow, to_the_day
from infra.exports.standards.left_out import (
    NO_FUNDER,
    NO_RECIPIENT,
    NO_TITLE,
    NOT_A_DAY,
    REQUIRED,
    CannotBeExported,
    LeftOut,
    Report,
)
from infra.exports.standards.parties import KnownOrganisation, Parties, identifier_of
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.three_sixty_form import OBJECTS, Fitting, Unfit, fit_object
from infra.imports.rows.parsing import Dates, InvalidValue, date_of
from infra.imports.three_sixty.grants import MOST_FIELDS
from projections.tables.effect import counts_from

Grant = dict[str, Any]
TRANSACTIONS = ("applicationTransaction", "commitmentTransaction", "disbursementTransaction")

# --- A grant that was imported from 360Giving -------------------------------------------------------------------------


def row_of(particulars: Iterable[Particular]) -> Grant:
    """The imported row, which was stored field by field, as objects and lists again. Its values are texts."""
    row: Grant = {}
    for particular in particulars:
        steps = particular.name.split("/")
        # A name that cannot be a path is the name of one field.
        if "" in steps or not _put(row, steps, particular.value):
            row[particular.name] = particular.value
    return {key: _lists(value, known=key in OBJECTS["grant"]) for key, value in row.items()}


def _put(row: Grant, steps: list[str], value: str) -> bool:
    place: Any = row
    for step in steps[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            return False
    return place.setdefault(steps[-1], value) is value


def _lists(value: Any, *, known: bool) -> Any:
    """*value* with lists for objects whose keys are numbers. Only lists that the standard knows may have gaps."""
    if not isinstance(value, dict):
        return value
    parts = {key: _lists(part, known=known) for key, part in value.items()}
    if not all(key.isascii() and key.isdigit() and str(int(key)) == key for key in parts):
        return parts
    numbers = {int(key): part for key, part in parts.items()}
    last = max(numbers)
    if last != len(numbers) - 1 and not (known and last < MOST_FIELDS):
        return parts
    return [numbers.get(nth, {}) for nth in range(last + 1)]


def of_row(facts: AwardFacts, as_at: date) -> tuple[Grant, list[tuple[str, Any, str]]]:
    """The grant in the words of its publisher as at a day, and the fields left out: path, value and required form.

    Raises CannotBeExported.
    """
    row = row_of(facts.particulars)
    fitting = Fitting(tuple(_styles(row, facts)) or (Dates.ISO,))
    _cut(row, facts, as_at, fitting)
    if "recipientIndividual" in row and "recipientOrganization" in row:
        raise CannotBeExported(
            "two_kinds_of_recipient",
            "The grant has both organisations and an individual as recipients. The standard allows only one kind.",
        )
    try:
        grant = fit_object(row, "grant", fitting)
    except Unfit as error:
        value = next((_text(what) for path, what, _ in fitting.lacking if path == error.lacks), "")
        raise CannotBeExported("required", REQUIRED, error.lacks, value) from error
    if "recipientOrganization" not in grant and "recipientIndividual" not in grant:
        raise CannotBeExported("required", REQUIRED, "recipientOrganization")
    return grant, fitting.lacking


def _styles(row: Grant, facts: AwardFacts) -> Iterator[Dates]:
    """The styles in which the dates of the row mean what the import read."""
    pairs: list[tuple[Any, When | None]] = [(row.get("awardDate"), facts.awarded_on)]
    for span in facts.periods:
        dates = row.get("plannedDates" if span.sense == "planned" else "actualDates")
        if isinstance(dates, list) and span.number <= len(dates) and isinstance(dates[span.number - 1], dict):
            one = dates[span.number - 1]
            pairs += [(one.get("startDate"), span.on), (one.get("endDate"), span.until)]
    for style in (Dates.UK, Dates.US):
        if all(_read(text, style) == meant for text, meant in pairs if text and meant is not None and meant.is_known):
            yield style


def _read(text: Any, style: Dates) -> When | None:
    try:
        return date_of(text, style)
    except InvalidValue:
        return None


def _cut(row: Grant, facts: AwardFacts, as_at: date, fitting: Fitting) -> None:
    """Remove from *row* what happened after the day. The amount disbursed is then the sum of what is left."""
    for name in (*TRANSACTIONS, "actualDates"):
        entries = row.get(name)
        if not isinstance(entries, list):
            continue
        left = [one for one in entries if not _after(one, as_at, fitting)]
        if len(left) == len(entries):
            continue
        row[name] = left
        if not left:
            del row[name]
        if name == "disbursementTransaction":
            row["amountDisbursed"] = f"{facts.disbursed.amount:f}"


def _after(one: Any, as_at: date, fitting: Fitting) -> bool:
    if not isinstance(one, dict):
        return False
    text = next((one[name] for name in ("transactionDate", "valueDate", "startDate") if one.get(name)), None)
    read = {_read(text, style) for style in fitting.dates} if text is not None else set()
    return any(on is not None and counts_from(on) > as_at for on in read)


# --- A grant from what is known ---------------------------------------------------------------------------------------


def of_facts(facts: AwardFacts, parties: Parties, publisher: Publisher) -> Grant:
    """The grant with the publisher's prefix, from what is known of the award. Raises CannotBeExported."""
    prefix = publisher.prefix
    if prefix is None:
        raise CannotBeExported(
            "no_prefix", "The prefix is not set. Our own grants need FUNDTRAIL_360GIVING_PREFIX.", "id"
        )
    awarded_on = to_the_day(facts.awarded_on)
    if awarded_on is None:
        raise CannotBeExported("not_to_the_day", NOT_A_DAY, "awardDate", facts.awarded_on.text)
    if facts.title is None:
        raise CannotBeExported("required", NO_TITLE, "title")
    if not facts.commitments:
        raise CannotBeExported(
            "required", "The amount of the award is not stated. The standard requires it.", "amountAwarded"
        )
    if not parties.recipients:
        raise CannotBeExported("required", NO_RECIPIENT, "recipientOrganization")
    if parties.funder is None:
        raise CannotBeExported("required", NO_FUNDER, "fundingOrganization")
    grant: Grant = {
        "id": f"{prefix}-{facts.reference}",
        "title": facts.title,
        # Without a description of its own, the names of the scheme and of the partnership.
        "description": facts.description or f"{parties.scheme_name}: {parties.partnership_name}",
        "currency": facts.currency,
        "amountAwarded": facts.awarded.amount,
        "awardDate": awarded_on,
    }
    if facts.requested is not None and facts.requested.currency == facts.currency:
        grant["amountAppliedFor"] = facts.requested.amount
    if facts.payments_known:
        grant["amountDisbursed"] = facts.disbursed.amount
    grant |= dict(_dates(facts))
    grant["recipientOrganization"] = [_organisation(one, prefix) for one in parties.recipients]
    grant["fundingOrganization"] = [_organisation(parties.funder, prefix)]
    grant["grantProgramme"] = [{"code": parties.scheme_code, "title": parties.scheme_name}]
    if len(facts.commitments) > 1:
        grant["commitmentTransaction"] = [_transaction(one, 1) for one in facts.commitments]
    disbursements = [_transaction(one, 1) for one in facts.payments] + [_transaction(one, -1) for one in facts.returned]
    if disbursements:
        grant["disbursementTransaction"] = disbursements
    if facts.modified is not None:
        grant["dateModified"] = facts.modified.isoformat()
    return grant


def _organisation(one: KnownOrganisation, prefix: str) -> Grant:
    return {"id": identifier_of(one) or f"{prefix}:org-{one.code}", "name": one.name}


def _transaction(flow: Flow, sign: int) -> Grant:
    """A transaction, negative for money returned. A date that is not an exact day is left out."""
    day = to_the_day(flow.on)
    found: Grant = {"id": flow.reference} if flow.reference is not None else {}
    if day is not None:
        found["transactionDate"] = day
    return found | {"currency": flow.amount.currency, "value": sign * flow.amount.amount}


def _dates(facts: AwardFacts) -> Iterator[tuple[str, list[Grant]]]:
    for sense, name in (("planned", "plannedDates"), ("actual", "actualDates")):
        spans = [_span(one.on, one.until) for one in facts.periods if one.sense == sense]
        if any(spans):
            yield name, [one for one in spans if one]


def _span(on: When, until: When | None) -> Grant:
    return {
        name: when.text
        for name, when in (("startDate", on), ("endDate", until))
        # The standard allows years and months as dates, but not ranges and approximate dates.
        if when is not None and when.precision.value in ("day", "month", "year") and not when.approximate
    }


# --- Both kinds -------------------------------------------------------------------------------------------------------


def grant_of_award(
    award_id: str, facts: AwardFacts, parties: Parties | None, publisher: Publisher, as_at: date, report: Report
) -> Grant | None:
    """The grant of an award; None where it cannot be exported. *report* gets the reason, and each field left out."""
    try:
        if parties is None:
            grant, lacking = of_row(facts, as_at)
            for path, what, form in lacking:
                report(LeftOut(award_id, facts.reference, False, path, _text(what), "form", _not_in_form(form)))
            return grant
        return fit_ours(of_facts(facts, parties, publisher))
    except CannotBeExported as why:
        report(why.of(award_id, facts.reference))
        return None


def fit_ours(grant: Grant) -> Grant:
    """*grant*, if its currency is one of the standard's. Raises CannotBeExported."""
    try:
        fit_object(_texts(grant), "grant", Fitting((Dates.ISO,)))
    except Unfit as error:
        raise CannotBeExported("form", _not_in_form(str(error)), error.lacks) from error
    return grant


def _not_in_form(form: str) -> str:
    return f"The value is not {form}. The standard requires that."


def _text(value: Any) -> str:
    """*value* as text; an object or a list as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    return f"{value:f}" if isinstance(value, Decimal) else value
