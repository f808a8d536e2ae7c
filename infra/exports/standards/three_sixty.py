"""Grants in the 360Giving Data Standard (1.4): a grant that came in by it as it came in, others from what is known.

Nothing is made up: what the standard demands and nobody knows keeps the grant out of the file, by name.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from domain.award import Particular
from domain.values.when import When
from infra.exports.standards.award_facts import AwardFacts, Flow, to_the_day
from infra.exports.standards.left_out import CannotBeExported, LeftOut, Report
from infra.exports.standards.parties import KnownOrganisation, Parties, identifier_of
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.three_sixty_form import OBJECTS, Fitting, Unfit, fit_object
from infra.imports.rows.parsing import Dates, InvalidValue, date_of
from infra.imports.three_sixty.grants import MOST_FIELDS
from projections.tables.effect import counts_from

Grant = dict[str, Any]
TRANSACTIONS = ("applicationTransaction", "commitmentTransaction", "disbursementTransaction")

# --- A grant that came in by the standard -----------------------------------------------------------------------------


def row_of(said: Iterable[Particular]) -> Grant:
    """The row that was kept field by field, as objects and lists again; its values are texts."""
    row: Grant = {}
    for particular in said:
        steps = particular.name.split("/")
        # A name that is no path of objects was the name of one field.
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
    """*value* with lists where it has numbers for names; only lists that the standard knows may have gaps."""
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
    """The grant as its publisher writes it, as at a day, and which fields of it the standard does not take.

    Raises CannotBeExported.
    """
    row = row_of(facts.said)
    fitting = Fitting(tuple(_styles(row, facts)) or (Dates.ISO,))
    _cut(row, facts, as_at, fitting)
    if "recipientIndividual" in row and "recipientOrganization" in row:
        raise CannotBeExported(
            "two_kinds_of_recipient", "A grant is to organisations or to an individual, not to both."
        )
    try:
        grant = fit_object(row, "grant", fitting)
    except Unfit as error:
        value = next((str(what) for path, what, _ in fitting.lacking if path == error.lacks), "")
        raise CannotBeExported("required", "The standard demands it.", error.lacks, value) from error
    if "recipientOrganization" not in grant and "recipientIndividual" not in grant:
        raise CannotBeExported("required", "The standard demands a recipient.", "recipientOrganization")
    return grant, fitting.lacking


def _styles(row: Grant, facts: AwardFacts) -> Iterator[Dates]:
    """The styles of dates by which the row says what was understood of it when it came in."""
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
    """Take out of *row* what was done after the day; what was paid in all is then what is left."""
    for name in (*TRANSACTIONS, "actualDates"):
        told = row.get(name)
        if not isinstance(told, list):
            continue
        left = [one for one in told if not _after(one, as_at, fitting)]
        if len(left) == len(told):
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
    """The grant under the publisher's own prefix, from what is known of it. Raises CannotBeExported."""
    prefix = publisher.prefix
    if prefix is None:
        raise CannotBeExported("no_prefix", "Set FUNDTRAIL_360GIVING_PREFIX: grants of our own go by it.", "id")
    awarded_on = to_the_day(facts.awarded_on)
    if awarded_on is None:
        raise CannotBeExported(
            "not_to_the_day", "The standard wants the day of the award.", "awardDate", facts.awarded_on.text
        )
    if facts.title is None:
        raise CannotBeExported("required", "Nobody gave it a title.", "title")
    if not parties.recipients:
        raise CannotBeExported("required", "Nobody leads the partnership.", "recipientOrganization")
    if parties.funder is None:
        raise CannotBeExported("required", "Nobody says who funds it.", "fundingOrganization")
    grant: Grant = {
        "id": f"{prefix}-{facts.reference}",
        "title": facts.title,
        # Without words of its own: where the money comes from and to whom it goes.
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
    """A transaction; what came back is negative. A day that is not known for certain is not told."""
    day = to_the_day(flow.on)
    found: Grant = {"id": flow.reference} if flow.reference is not None else {}
    if day is not None:
        found["transactionDate"] = day
    return found | {"currency": flow.amount.currency, "value": sign * flow.amount.amount}


def _dates(facts: AwardFacts) -> Iterator[tuple[str, list[Grant]]]:
    for sense, name in (("planned", "plannedDates"), ("actual", "actualDates")):
        told = [_span(one.on, one.until) for one in facts.periods if one.sense == sense]
        if any(told):
            yield name, [one for one in told if one]


def _span(on: When, until: When | None) -> Grant:
    return {
        name: when.text
        for name, when in (("startDate", on), ("endDate", until))
        # Years and months are dates here; ranges and guesses are none.
        if when is not None and when.precision.value in ("day", "month", "year") and not when.approximate
    }


# --- Which way --------------------------------------------------------------------------------------------------------


def grant_of_award(
    award_id: str, facts: AwardFacts, parties: Parties | None, publisher: Publisher, as_at: date, report: Report
) -> Grant | None:
    """The grant of an award; None, and why, where it cannot be told. What of it is left out is reported too."""
    try:
        if parties is None:
            grant, lacking = of_row(facts, as_at)
            for path, what, form in lacking:
                report(
                    LeftOut(award_id, facts.reference, False, path, str(what), "form", f"The standard takes {form}.")
                )
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
        raise CannotBeExported("form", f"The standard takes {error}.", error.lacks) from error
    return grant


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    return f"{value:f}" if isinstance(value, Decimal) else value
