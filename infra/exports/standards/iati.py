"""Write activities in IATI 2.03. An activity imported from IATI keeps its row; others are built from what is known.

The standard: https://iatistandard.org/en/iati-standard/203/. Nothing is invented: an activity that lacks a field
required by the standard is left out, and the field is named.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from lxml import etree

from domain.values.money import Money
from domain.values.when import When
from infra.exports.standards.award_facts import AwardFacts, Flow, to_the_day
from infra.exports.standards.left_out import (
    NO_FUNDER,
    NO_RECIPIENT,
    NO_TITLE,
    NOT_A_DAY,
    REQUIRED,
    CannotBeExported,
    Report,
)
from infra.exports.standards.parties import KnownOrganisation, Parties, identifier_of
from infra.exports.standards.publisher import Publisher
from infra.imports.rows.parsing import Dates, InvalidValue, date_of
from projections.tables.effect import counts_from

NAMESPACE = "urn:fundtrail:export"
# The elements of an activity in their order. True: the element is required.
CHILDREN = {
    "iati-identifier": True, "reporting-org": True, "title": True, "description": True, "participating-org": True,
    "other-identifier": False, "activity-status": True, "activity-date": True, "contact-info": False,
    "activity-scope": False, "recipient-country": False, "recipient-region": False, "location": False,
    "sector": False, "tag": False, "country-budget-items": False, "humanitarian-scope": False,
    "policy-marker": False, "collaboration-type": False, "default-flow-type": False, "default-finance-type": False,
    "default-aid-type": False, "default-tied-status": False, "budget": False, "planned-disbursement": False,
    "capital-spend": False, "transaction": False, "document-link": False, "related-activity": False,
    "legacy-data": False, "conditions": False, "result": False, "crs-add": False, "fss": False,
}  # fmt: skip
ONCE = ("iati-identifier", "reporting-org", "title", "activity-status")
# The attributes (@) and children that an element must have, by its path.
DEMANDED: dict[str, tuple[str, ...]] = {
    "reporting-org": ("@ref", "@type", "narrative"),
    "title": ("narrative",),
    "description": ("narrative",),
    "participating-org": ("@role",),
    "activity-status": ("@code",),
    "activity-date": ("@type", "@iso-date"),
    "budget": ("period-start", "period-end", "value"),
    "planned-disbursement": ("period-start", "value"),
    "transaction": ("transaction-type", "transaction-date", "value"),
    "transaction/transaction-type": ("@code",),
    "transaction/transaction-date": ("@iso-date",),
    "transaction/value": ("@value-date",),
    "planned-disbursement/value": ("@value-date",),
    "planned-disbursement/period-start": ("@iso-date",),
    "planned-disbursement/period-end": ("@iso-date",),
    "budget/value": ("@value-date",),
    "budget/period-start": ("@iso-date",),
    "budget/period-end": ("@iso-date",),
    "related-activity": ("@ref", "@type"),
    "result": ("@type", "title", "indicator"),
    "result/title": ("narrative",),
    "result/indicator": ("@measure", "title"),
    "result/indicator/title": ("narrative",),
    "result/indicator/baseline": ("@year",),
    "result/indicator/period": ("period-start", "period-end"),
    "result/indicator/period/period-start": ("@iso-date",),
    "result/indicator/period/period-end": ("@iso-date",),
}
# The order of the children of these elements. The children of other elements keep the order of the import.
ORDER = {
    "transaction": (
        "transaction-type", "transaction-date", "value", "description", "provider-org", "receiver-org",
        "disbursement-channel", "sector", "recipient-country", "recipient-region", "flow-type", "finance-type",
        "aid-type", "tied-status",
    ),
    "planned-disbursement": ("period-start", "period-end", "value", "provider-org", "receiver-org"),
    "budget": ("period-start", "period-end", "value"),
}  # fmt: skip

# The children of these elements that they may have once.
ONCE_WITHIN = {
    "transaction": ("transaction-type", "transaction-date", "value", "provider-org", "receiver-org"),
    "planned-disbursement": ("period-start", "period-end", "value", "provider-org", "receiver-org"),
    "budget": ("period-start", "period-end", "value"),
}
SEVERAL = "This element is there several times. The standard allows it once."

# --- An activity that was imported from IATI --------------------------------------------------------------------------


def of_row(text: str, as_at: date) -> bytes:
    """The activity in the words of its publisher (*text*), as at a day. Raises CannotBeExported."""
    activity = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    cut = _cut(activity, as_at)
    sorted_ = _sort(activity)
    _check_required(activity)
    return _bytes(activity) if cut or sorted_ else text.encode()


def _cut(activity: Any, as_at: date) -> bool:
    """Remove what happened after the day: transactions, actual dates, results. True if anything was removed."""
    later: list[Any] = [
        one for one in activity.findall("transaction") if _after(one.find("transaction-date"), "iso-date", as_at)
    ]
    later += [
        one
        for one in activity.findall("activity-date")
        if one.get("type") in ("2", "4") and _after(one, "iso-date", as_at)
    ]
    for period in activity.findall("result/indicator/period"):
        if _after(period.find("period-end"), "iso-date", as_at):
            later += period.findall("actual")
    for one in later:
        one.getparent().remove(one)
    return bool(later)


def _after(element: Any, attribute: str, as_at: date) -> bool:
    text = element.get(attribute) if element is not None else None
    if text is None:
        return False
    try:
        return counts_from(date_of(text, Dates.ISO)) > as_at
    except InvalidValue:
        return False


def _sort(activity: Any) -> bool:
    """Put elements into the order of the standard. True if anything moved."""
    moved = _in_order(activity, tuple(CHILDREN))
    for name, order in ORDER.items():
        for element in activity.findall(name):
            moved |= _in_order(element, order)
    return moved


def _in_order(element: Any, order: tuple[str, ...]) -> bool:
    places = {name: nth for nth, name in enumerate(order)}
    children = list(element)
    # Elements of other namespaces come last.
    ordered = sorted(children, key=lambda one: places.get(one.tag, len(places)))
    if ordered == children:
        return False
    element[:] = ordered
    return True


def _check_required(activity: Any) -> None:
    """Raises CannotBeExported where a required part is missing, or the standard has no such element."""
    for child in activity:
        if isinstance(child.tag, str) and not child.tag.startswith("{") and child.tag not in CHILDREN:
            raise CannotBeExported("form", "An activity has no such element in the standard.", child.tag)
    for name, must in CHILDREN.items():
        found = activity.findall(name)
        if must and not found:
            raise CannotBeExported("required", REQUIRED, name)
        if name in ONCE and len(found) > 1:
            raise CannotBeExported("form", SEVERAL, name)
    for name, once in ONCE_WITHIN.items():
        for element in activity.findall(name):
            for part in once:
                if len(element.findall(part)) > 1:
                    raise CannotBeExported("form", SEVERAL, f"{name}/{part}")
    for path, needed in DEMANDED.items():
        for element in activity.findall(path):
            for part in needed:
                there = element.get(part[1:]) if part.startswith("@") else element.find(part)
                if there is None:
                    raise CannotBeExported("required", REQUIRED, f"{path}/{part}")
            _check_day(element, path)


def _check_day(element: Any, path: str) -> None:
    for name in ("iso-date", "value-date"):
        text = element.get(name)
        if text is None:
            continue
        try:
            day = to_the_day(When(text))
        except ValueError:
            day = None
        if day is None:
            raise CannotBeExported("not_to_the_day", NOT_A_DAY, f"{path}/@{name}", text)


def _bytes(activity: Any) -> bytes:
    return etree.tostring(activity, encoding="utf-8", xml_declaration=False)


# --- An activity from what is known -----------------------------------------------------------------------------------

# Status of the activity, by that of the award.
STATUS = {"accepted": "2", "closed": "4", "terminated": "5"}
PLANNED, ACTUAL = ("1", "3"), ("2", "4")
COMMITMENT, DISBURSEMENT, EXPENDITURE, INCOMING = "2", "3", "4", "1"


def of_facts(facts: AwardFacts, parties: Parties, publisher: Publisher) -> bytes:
    """The activity with the publisher's reference, from what is known of the award. Raises CannotBeExported."""
    if publisher.reference is None or publisher.kind is None or publisher.name is None:
        raise CannotBeExported(
            "no_publisher",
            "The publisher is not set. Our own activities need FUNDTRAIL_PUBLISHER, FUNDTRAIL_IATI_REF and"
            " FUNDTRAIL_IATI_TYPE.",
            "reporting-org",
        )
    status = STATUS.get(facts.status)
    if status is None:
        raise CannotBeExported(
            "required", "Its register does not state its status. The standard requires it.", "activity-status"
        )
    if facts.title is None:
        raise CannotBeExported("required", NO_TITLE, "title")
    if not parties.recipients:
        raise CannotBeExported("required", NO_RECIPIENT, "participating-org")
    if parties.funder is None:
        raise CannotBeExported("required", NO_FUNDER, "participating-org")
    activity = etree.Element("iati-activity", {"default-currency": facts.currency})
    if facts.modified is not None:
        activity.set("last-updated-datetime", facts.modified.isoformat())
    _add(activity, "iati-identifier").text = f"{publisher.reference}-{facts.reference}"
    reporting = _add(activity, "reporting-org", ref=publisher.reference, type=publisher.kind)
    _narrative(reporting, publisher.name)
    _narrative(_add(activity, "title"), facts.title)
    # Without a description of its own, the names of the scheme and of the partnership.
    described = facts.description or f"{parties.scheme_name}: {parties.partnership_name}"
    _narrative(_add(activity, "description"), described)
    _participant(activity, "1", parties.funder)
    for recipient in parties.recipients:
        _participant(activity, "4", recipient)
    _add(activity, "activity-status", code=status)
    _dates(activity, facts)
    for flow in facts.planned:
        _planned(activity, flow)
    for code, sign, flow in _transactions(facts):
        _transaction(activity, code, sign, flow)
    return _bytes(activity)


def _add(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, name, attributes)


def _narrative(parent: Any, text: str) -> None:
    _add(parent, "narrative").text = text


def _participant(activity: Any, role: str, one: KnownOrganisation) -> None:
    reference = identifier_of(one)
    known = {"ref": reference} if reference is not None else {}
    _narrative(_add(activity, "participating-org", role=role, **known), one.name)


def _dates(activity: Any, facts: AwardFacts) -> None:
    """The days of the first planned and actual period. Raises CannotBeExported where no day is known."""
    found: dict[str, str] = {}
    for span in facts.periods:
        start, end = PLANNED if span.sense == "planned" else ACTUAL
        for code, when in ((start, span.on), (end, span.until)):
            day = to_the_day(when)
            if day is not None:
                found.setdefault(code, day)
    if not found:
        raise CannotBeExported(
            "required", "No start or end is known to the day. The standard requires at least one.", "activity-date"
        )
    for code, day in sorted(found.items()):
        _add(activity, "activity-date", **{"type": code, "iso-date": day})


def _transactions(facts: AwardFacts) -> Iterator[tuple[str, int, Flow]]:
    of: Iterable[tuple[str, int, list[Flow]]] = (
        (INCOMING, 1, facts.incoming),
        (COMMITMENT, 1, facts.commitments),
        (DISBURSEMENT, 1, facts.payments),
        # Money returned is a negative disbursement.
        (DISBURSEMENT, -1, facts.returned),
        (EXPENDITURE, 1, facts.spent),
    )
    for code, sign, flows in of:
        for flow in flows:
            yield code, sign, flow
    if facts.in_all is not None and facts.in_all.amount:
        raise CannotBeExported(
            "not_to_the_day",
            "Only the total of its payments is known. The standard requires the day of each payment.",
            "transaction",
        )


def _transaction(activity: Any, code: str, sign: int, flow: Flow) -> None:
    day = _day(flow, "transaction")
    reference = {"ref": flow.reference} if flow.reference is not None else {}
    transaction = _add(activity, "transaction", **reference)
    _add(transaction, "transaction-type", code=code)
    _add(transaction, "transaction-date", **{"iso-date": day})
    _value(activity, transaction, flow.amount, day, sign)


def _planned(activity: Any, flow: Flow) -> None:
    day = _day(flow, "planned-disbursement")
    planned = _add(activity, "planned-disbursement", type="2" if flow.revised else "1")
    _add(planned, "period-start", **{"iso-date": day})
    until = to_the_day(flow.until)
    if until is not None:
        _add(planned, "period-end", **{"iso-date": until})
    _value(activity, planned, flow.amount, day, 1)


def _day(flow: Flow, field: str) -> str:
    """The day of a flow. Raises CannotBeExported without one: the sums would be wrong without the flow."""
    day = to_the_day(flow.on)
    if day is None:
        raise CannotBeExported("not_to_the_day", NOT_A_DAY, field, flow.on.text)
    return day


def _value(activity: Any, parent: Any, amount: Money, day: str, sign: int) -> None:
    own = {} if amount.currency == activity.get("default-currency") else {"currency": amount.currency}
    _add(parent, "value", **own, **{"value-date": day}).text = f"{sign * amount.amount:f}"


# --- Both kinds -------------------------------------------------------------------------------------------------------


def activity_of_award(
    award_id: str, facts: AwardFacts, parties: Parties | None, publisher: Publisher, as_at: date, report: Report
) -> bytes | None:
    """The activity of an award; None where it cannot be exported, with the reason in *report*."""
    try:
        if parties is None:
            return of_row(facts.particulars[0].value, as_at)
        return of_facts(facts, parties, publisher)
    except CannotBeExported as why:
        report(why.of(award_id, facts.reference))
        return None
