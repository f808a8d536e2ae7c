"""Read IATI activities (2.0x) as a stream: organisations, commitments, payments, spending, plans and results.

The standard: https://iatistandard.org/en/iati-standard/203/. The register of an activity is its reporting organisation.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from domain.award import NO_AMOUNT, Particular, Transaction
from domain.organisation import one_code
from domain.stated_grant import (
    StatedGrant,
    StatedOrganisation,
    StatedPeriod,
    StatedResult,
    StatedTransaction,
)
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from infra.files.bounded import BoundedFile, UnreadableFile
from infra.files.hardened_xml import hardened, refuse_document_types, unreadable
from infra.imports.editions.edition import Reader
from infra.imports.editions.report import xml_form
from infra.imports.rows.naming import HOME, NO_SOURCE, identifiers_of, named_programme, slug
from infra.imports.rows.parsing import LONGEST_NAME, Dates, Fields
from infra.imports.rows.quarantine import AcceptedRow, QuarantinedRow, RawRow, RowRead

ACTIVITY = "iati-activity"
# The roles of participating organisations (code list OrganisationRole).
FUNDER, ACCOUNTABLE, EXTENDING, IMPLEMENTING = "1", "2", "3", "4"
ROLES = {FUNDER: "funder", ACCOUNTABLE: "accountable", EXTENDING: "extending", IMPLEMENTING: "implementing"}
KINDS = {
    "1": Transaction.INCOMING,
    "2": Transaction.COMMITMENT,
    "3": Transaction.DISBURSEMENT,
    "4": Transaction.EXPENDITURE,
}
# Transaction types that are in none of our figures.
SENSES = {
    "5": "interest payment", "6": "loan repayment", "7": "reimbursement", "8": "purchase of equity",
    "9": "sale of equity", "10": "credit guarantee", "11": "incoming commitment", "12": "outgoing pledge",
    "13": "incoming pledge",
}  # fmt: skip
LEVELS = {"1": "output", "2": "outcome", "3": "impact", "9": "other"}
MEASURES = {"1": "unit", "2": "percentage", "3": "nominal", "4": "ordinal", "5": "qualitative"}

# --- Reading ----------------------------------------------------------------------------------------------------------


def read_xml(file: BoundedFile) -> Iterator[RawRow]:
    """The activities of a file, one by one. Nothing outside the file is read. Raises UnreadableFile."""
    number = 0
    parser = hardened(file)
    root = None
    try:
        for event, element in parser:
            if root is None:
                root = element
                _refuse_other_documents(root)
            elif event == "end" and element.tag == ACTIVITY and element.getparent() is root:
                file.row()
                number += 1
                yield RawRow(number=number, place=f"activity {number}", raw=_canonical_text(element))
                # Free the memory of the activity and of everything before it.
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
    except etree.XMLSyntaxError as error:
        raise unreadable(file, parser, error, b"</iati-activities", f"after activity {number}") from error


def _refuse_other_documents(root: Any) -> None:
    """Refuse documents with a document type, and those that are not IATI 2.0x. Raises UnreadableFile."""
    refuse_document_types(root, "IATI")
    if root.tag != "iati-activities":
        raise UnreadableFile(
            "not_iati", "The file is not a list of IATI activities. Its root element must be iati-activities."
        )
    version = root.get("version") or ""
    if not version.startswith("2."):
        raise UnreadableFile(
            "iati_version", f"The file has the IATI version {version or 'unknown'}. Versions 2.01 to 2.03 can be read."
        )


def _canonical_text(element: Any) -> str:
    """The activity as canonical XML, the same whatever its spaces and the order of its attributes."""
    return str(etree.canonicalize(etree.tostring(element, encoding="unicode", with_tail=False), strip_text=True))


def _object(element: Any) -> dict[str, Any]:
    """An element as an object: its attributes (@), its text (#) and its children of IATI by name."""
    found: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    text = (element.text or "").strip()
    if text:
        found["#"] = text
    for child in element:
        if isinstance(child.tag, str) and not child.tag.startswith("{"):
            found.setdefault(child.tag, []).append(_object(child))
    return found


# --- Parsing ----------------------------------------------------------------------------------------------------------


def parse_row(row: RawRow, dates: Dates, register: str | None = None) -> RowRead:
    """The grant that the activity of *row* states, or the problems for which it is put aside.

    *register* replaces the reporting organisation.
    """
    activity = _Activity(Fields(_object(etree.fromstring(row.raw)), dates), register)
    grant = activity.grant(row.raw)
    if grant is None or activity.fields.problems:
        return QuarantinedRow(
            row, activity.register or None, activity.identifier or None, tuple(activity.fields.problems)
        )
    return AcceptedRow(row, grant, tuple(activity.fields.warnings))


class _Activity:
    """Reads one activity."""

    def __init__(self, fields: Fields, register: str | None) -> None:
        self.fields = fields
        self.identifier = fields.required("iati-identifier", 0, "#", longest=LONGEST_NAME)
        reporting = fields.required("reporting-org", 0, "@ref", longest=LONGEST_NAME)
        self.register = register or (f"iati-{reporting}" if reporting else "")
        for name in ("iati-identifier", "reporting-org"):
            self._refuse_several((), name)
        self._currency = fields.currency("@default-currency")
        # Every organisation that the activity names, by code.
        self._known: dict[str, StatedOrganisation] = {}

    def grant(self, text: str) -> StatedGrant | None:
        """The grant that the activity states; None where it cannot be read. *text* is its canonical XML."""
        fields = self.fields
        reporting = self._organisation("reporting-org", 0)
        taking_part = list(self._taking_part())
        transactions = [*self._transactions(), *self._planned()]
        awarded, others = self._awarded(transactions)
        recipients = self._recipients(taking_part)
        title = self._narrative("title", 0)
        if title is None and not fields.problems:
            fields.add_missing("title", 0, "narrative", 0)
        periods, results = tuple(self._periods()), tuple(self._results())
        modified = fields.date("@last-updated-datetime")
        if not recipients or title is None:
            return None
        programme_code, programme_name = named_programme(
            self.register, f"Register {self.register}", awarded.amount.currency
        )
        parent = self._parent()
        funders = [one for one, role in taking_part if role == FUNDER] or ([reporting] if reporting else [])
        own = {one.code for one in (*funders[:1], *recipients)}
        roles = {(one.code, ROLES[role]): one for one, role in taking_part if one.code not in own}
        for code, one in self._known.items():
            if code not in own and not any(code == named for named, _ in roles):
                roles[code, "party to a transaction"] = one
        return StatedGrant(
            register=self.register,
            identifier=self.identifier,
            source=NO_SOURCE,
            programme_code=programme_code,
            programme_name=programme_name,
            scheme_code=f"{programme_code}/{slug(parent) if parent else 'no-programme'}",
            scheme_name=parent or "No programme stated",
            funder=funders[0] if funders else None,
            recipients=recipients,
            involved=tuple((one, role) for (_, role), one in roles.items()),
            title=title,
            description=self._narrative("description", 0),
            awarded=awarded.amount,
            awarded_on=awarded.on,
            basis=awarded.sense or "IATI",
            transactions=tuple(others),
            periods=periods,
            results=results,
            related=self._related(),
            modified=modified,
            said=(Particular(name=ACTIVITY, value=text),),
        )

    # --- Organisations ------------------------------------------------------------------------------------------------

    def _narrative(self, *path: str | int, longest: int = 20_000) -> str | None:
        return self.fields.text(*path, "narrative", 0, "#", longest=longest)

    def _organisation(self, *path: str | int) -> StatedOrganisation | None:
        """The organisation at *path*, known by its reference or only by its name; None where there is none."""
        if self.fields.value(*path) is None:
            return None
        reference = self.fields.text(*path, "@ref", longest=LONGEST_NAME)
        name = self._narrative(*path, longest=1_000)
        if reference is None and name is None:
            return None
        reference = one_code(reference) if reference is not None else None
        code = reference or f"{self.register}:{slug(name or '')}"
        one = StatedOrganisation(
            code=code, name=name or code, identifiers=identifiers_of(reference) if reference is not None else ()
        )
        # The first name in an activity counts. Later names of the same organisation are ignored.
        return self._known.setdefault(code, one) if name is None or code in self._known else self._remember(one)

    def _remember(self, one: StatedOrganisation) -> StatedOrganisation:
        self._known[one.code] = one
        return one

    def _taking_part(self) -> Iterator[tuple[StatedOrganisation, str]]:
        for nth in range(self.fields.length("participating-org")):
            role = self.fields.required("participating-org", nth, "@role", longest=LONGEST_NAME)
            one = self._organisation("participating-org", nth)
            if one is None:
                self.fields.add_missing("participating-org", nth, "@ref")
            elif role in ROLES:
                yield one, role
            elif role:
                hint = "This is not a role. Write 1, 2, 3 or 4."
                self.fields.add_problem(("participating-org", nth, "@role"), role, "not_a_role", hint)

    def _recipients(self, taking_part: list[tuple[StatedOrganisation, str]]) -> tuple[StatedOrganisation, ...]:
        """The implementing organisations; without any, the accountable ones; without any, the extending ones."""
        for wanted in (IMPLEMENTING, ACCOUNTABLE, EXTENDING):
            found = tuple({one.code: one for one, role in taking_part if role == wanted}.values())
            if found:
                return found
        if not any(problem.field.startswith("participating-org") for problem in self.fields.problems):
            self.fields.add_missing("participating-org")
        return ()

    # --- Money --------------------------------------------------------------------------------------------------------

    def _refuse_several(self, at: tuple[str | int, ...], *names: str) -> None:
        """Report elements that the standard allows once: nobody can tell which of several is meant."""
        for name in names:
            number = self.fields.length(*at, name)
            if number > 1:
                hint = f"There are {number} of {name}, and only one is possible. Keep the one that is meant."
                self.fields.add_problem((*at, name), None, "contradicts", hint)

    def _value(self, *at: str | int) -> Money | None:
        currency = self.fields.currency(*at, "value", 0, "@currency") or self._currency
        if currency is None:
            self.fields.add_missing(*at, "value", 0, "@currency")
            return None
        amount = self.fields.amount(*at, "value", 0, "#", currency=currency)
        if amount is None and self.fields.value(*at, "value", 0, "#") is None:
            self.fields.add_missing(*at, "value", 0)
        return amount

    def _transactions(self) -> Iterator[StatedTransaction]:
        for nth in range(self.fields.length("transaction")):
            at = ("transaction", nth)
            self._refuse_several(at, "transaction-type", "transaction-date", "value", "provider-org", "receiver-org")
            code = self.fields.required(*at, "transaction-type", 0, "@code", longest=LONGEST_NAME)
            amount = self._value(*at)
            on = self.fields.date(*at, "transaction-date", 0, "@iso-date") or self.fields.date(
                *at, "value", 0, "@value-date"
            )
            payer, payee = self._organisation(*at, "provider-org", 0), self._organisation(*at, "receiver-org", 0)
            if amount is None:
                continue
            kind = KINDS.get(code, Transaction.OTHER)
            returned = kind is Transaction.DISBURSEMENT and amount.amount < 0
            yield StatedTransaction(
                # A negative disbursement is money that was returned.
                kind=Transaction.RETURN if returned else kind,
                amount=Money.zero(amount.currency) - amount if returned else amount,
                on=on or UNKNOWN,
                reference=self.fields.text(*at, "@ref", longest=LONGEST_NAME),
                payer=payer.code if payer else None,
                payee=payee.code if payee else None,
                description=self._narrative(*at, "description", 0),
                sense=SENSES.get(code, f"type {code}") if kind is Transaction.OTHER else None,
            )

    def _planned(self) -> Iterator[StatedTransaction]:
        for nth in range(self.fields.length("planned-disbursement")):
            at = ("planned-disbursement", nth)
            self._refuse_several(at, "period-start", "period-end", "value")
            amount = self._value(*at)
            start = self.fields.date(*at, "period-start", 0, "@iso-date")
            until = self.fields.date(*at, "period-end", 0, "@iso-date")
            if amount is not None:
                revised = self.fields.text(*at, "@type") == "2"
                yield StatedTransaction(
                    kind=Transaction.PLANNED,
                    amount=amount,
                    on=start or UNKNOWN,
                    until=until,
                    sense="revised" if revised else "original",
                )

    def _awarded(self, transactions: list[StatedTransaction]) -> tuple[StatedTransaction, list[StatedTransaction]]:
        """The first commitment, and all other transactions. Without a commitment, no amount is stated."""
        commitments = [one for one in transactions if one.kind is Transaction.COMMITMENT]
        if commitments:
            first = min(commitments, key=lambda one: (not one.on.is_known, one.on.text))
            return replace(first, sense=None), [one for one in transactions if one is not first]
        # Without a currency there is no amount either.
        currency = self._currency or next((one.amount.currency for one in transactions), HOME)
        no_commitment = StatedTransaction(kind=Transaction.COMMITMENT, amount=Money.zero(currency), sense=NO_AMOUNT)
        return no_commitment, transactions

    # --- Periods and results ------------------------------------------------------------------------------------------

    def _periods(self) -> Iterator[StatedPeriod]:
        days: dict[str, When] = {}
        for nth in range(self.fields.length("activity-date")):
            kind = self.fields.text("activity-date", nth, "@type")
            day = self.fields.date("activity-date", nth, "@iso-date")
            if kind is not None and day is not None:
                days.setdefault(kind, day)
        for sense, start, end in (("planned", "1", "3"), ("actual", "2", "4")):
            if start in days or end in days:
                yield StatedPeriod(sense=sense, number=1, on=days.get(start, UNKNOWN), until=days.get(end))

    def _results(self) -> Iterator[StatedResult]:
        for result in range(self.fields.length("result")):
            for indicator in range(self.fields.length("result", result, "indicator")):
                yield from self._indicator(result, indicator)

    def _indicator(self, result: int, indicator: int) -> Iterator[StatedResult]:
        at = ("result", result, "indicator", indicator)
        periods = self.fields.length(*at, "period")
        level = self.fields.text("result", result, "@type") or ""
        first = StatedResult(
            key=f"{result + 1}.{indicator + 1}",
            impact=self._narrative("result", result, "title", 0) or "not named",
            level=LEVELS.get(level, level or "not stated"),
            indicator=self._narrative(*at, "title", 0) or "not named",
            unit=MEASURES.get(self.fields.text(*at, "@measure") or ""),
            baseline=self._measured(*at, "baseline"),
        )
        if not periods:
            yield first
        for nth in range(periods):
            end = self.fields.date(*at, "period", nth, "period-end", 0, "@iso-date")
            start = self.fields.date(*at, "period", nth, "period-start", 0, "@iso-date")
            yield replace(
                first,
                key=f"{first.key}.{nth + 1}",
                on=end or start or UNKNOWN,
                target=self._measured(*at, "period", nth, "target"),
                result=self._measured(*at, "period", nth, "actual"),
                evidence=self._narrative(*at, "period", nth, "actual", 0, "comment", 0),
            )

    def _measured(self, *at: str | int) -> str | None:
        """The value of a baseline, target or actual: the value of the whole, or otherwise of its first part."""
        nths = range(self.fields.length(*at))
        whole = [nth for nth in nths if self.fields.value(*at, nth, "dimension") is None] or list(nths)
        values = [self.fields.text(*at, nth, "@value", longest=LONGEST_NAME) for nth in whole]
        return next((value for value in values if value is not None), None)

    def _parent(self) -> str | None:
        for nth in range(self.fields.length("related-activity")):
            if self.fields.text("related-activity", nth, "@type") == "1":
                return self.fields.text("related-activity", nth, "@ref", longest=LONGEST_NAME)
        return None

    def _related(self) -> tuple[str, ...]:
        nths = range(self.fields.length("related-activity"))
        found = (self.fields.text("related-activity", nth, "@ref", longest=LONGEST_NAME) for nth in nths)
        return tuple(one for one in found if one is not None)


def reader(dates: Dates = Dates.ISO, register: str | None = None) -> Reader:
    """Reads IATI activities."""
    return Reader(rows=lambda file: (parse_row(row, dates, register) for row in read_xml(file)), form=xml_form)
