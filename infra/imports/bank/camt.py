"""Read bank statements in ISO 20022 camt.053 (any version): balances, entries and their transactions, as a stream.

The standard: https://www.iso20022.org/catalogue-messages (Bank-to-Customer Statement). If the transactions of an entry
have amounts that add up to the amount of the entry, each of them is read as an entry. The document may be inside an
envelope (a business message with its header).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from domain.bank.account import HOME_ZONE, WHOLE_DAYS, BankEntry, Statement, numbered
from domain.values.money import Money, NotMoney, total
from domain.values.when import UNKNOWN, NotADate, When
from infra.files.bounded import BoundedFile, UnreadableFile
from infra.files.hardened_xml import hardened, refuse_document_types, unreadable
from infra.imports.bank.file import FileStatement, Read, StatementAside, Zones
from infra.imports.bank.instants import is_instant, last_day, local

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d{2}")
# What a bank writes where the payer gave no reference.
NOTHING = {"NOTPROVIDED", "NONREF"}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
LONGEST = 2_000
# An envelope has at most this many elements before the document in it.
LONGEST_HEADER = 1_000


def home(_account: str) -> ZoneInfo:
    """The time zone of every account that has none of its own."""
    return ZoneInfo(HOME_ZONE)


def read(file: BoundedFile, zones: Zones = home) -> list[Read]:
    """The statements of a file. Raises UnreadableFile if it is not camt.053, or if no statement of it can be taken.

    A statement that contradicts the standard is put aside by itself. *zones* gives the time zone of an account.
    """
    parser = hardened(file)
    document = _Document(file, zones)
    try:
        for event, element in parser:
            document.take(event, element)
    except etree.XMLSyntaxError as error:
        raise unreadable(file, parser, error, b"</", f"after statement {len(document.found)}") from error
    file.rest()
    document.refuse_nothing()
    return document.found


class _Document:
    """Reads the elements of a file, as they start and end, into statements."""

    def __init__(self, file: BoundedFile, zones: Zones) -> None:
        self.found: list[Read] = []
        self._file = file
        self._zones = zones
        self._root: Any = None
        self._elements = 0
        self._space: str | None = None
        self._reading: _StatementReader | None = None

    def take(self, event: str, element: Any) -> None:
        """Take the next element. Raises UnreadableFile if the file is not camt.053."""
        if self._root is None:
            self._root = element
            refuse_document_types(element, "camt.053")
        if event == "start" and etree.QName(element).localname == "Document":
            self._space = _namespace_of(element)
        elif self._space is None:
            self._elements += 1
            if self._elements > LONGEST_HEADER:
                raise _not_camt(self._root)
        elif event == "start" and element.tag == f"{self._space}Stmt":
            self._reading = _StatementReader(len(self.found) + 1, self._zones)
        elif event == "end" and self._reading is not None:
            self._end(element, self._reading, self._space)

    def _end(self, element: Any, reading: "_StatementReader", space: str) -> None:
        if element.tag == f"{space}Acct" and element.getparent().tag == f"{space}Stmt":
            reading.of_account(element, space)
        elif element.tag == f"{space}Ntry":
            self._file.row()
            reading.add_entry(element, space)
            element.clear()
        elif element.tag == f"{space}Stmt":
            self.found.append(reading.statement(element, space))
            self._reading = None
            element.clear()

    def refuse_nothing(self) -> None:
        """Refuse a file of which nothing can be taken. Raises UnreadableFile."""
        if self._space is None:
            raise _not_camt(self._root)
        if not self.found:
            raise UnreadableFile("no_statement", "The file has no statement.")
        aside = [one for one in self.found if isinstance(one, StatementAside)]
        if len(aside) == len(self.found):
            raise UnreadableFile(aside[0].code, aside[0].message)


def _namespace_of(document: Any) -> str:
    """The namespace of the document in braces, as lxml writes it before a name. Raises UnreadableFile."""
    name = etree.QName(document)
    if not _NAMESPACE.fullmatch(name.namespace or ""):
        raise _not_camt(document)
    return f"{{{name.namespace}}}"


def _not_camt(element: Any) -> UnreadableFile:
    name = etree.QName(element)
    found = f"{name.localname} of {name.namespace or 'no namespace'}"[:200]
    return UnreadableFile(
        "not_camt053",
        f"The file is not camt.053. It has {found}, not Document of urn:...:camt.053.001.xx.",
    )


class _StatementReader:
    """Reads one statement. *number* is its number in the file, from 1."""

    def __init__(self, number: int, zones: Zones) -> None:
        self._entries: list[BankEntry] = []
        self._read = 0
        self._pending = 0
        self._of_zero = 0
        self._by_value_date = 0
        self._unread = 0
        self._refused: UnreadableFile | None = None
        self._place = f"statement {number}"
        self._zones = zones
        self._zone = home("")

    def of_account(self, element: Any, space: str) -> None:
        """Read the following days in the time zone of the account."""
        number = _account(_Element(element, space, self._place))
        if number is not None:
            self._zone = self._zones(number)

    def add_entry(self, element: Any, space: str) -> None:
        """Add an entry. An entry that is not booked, or of 0, changes no balance and is only counted."""
        self._read += 1
        one = _Element(element, space, f"{self._place}, entry {self._read}", self._zone)
        try:
            status = one.text("Sts/Cd") or one.text("Sts")
            if status is not None and status != "BOOK":
                self._pending += 1
            else:
                self._add(one)
        except UnreadableFile as error:
            self._refused = self._refused or error

    def _add(self, one: "_Element") -> None:
        parts = _entries(one)
        moved = [part for part in parts if part.amount.amount]
        self._of_zero += len(parts) - len(moved)
        if not moved:
            return
        booked, valued = one.day("BookgDt"), one.optional_day("ValDt")
        if booked is None and valued is not None:
            self._by_value_date += len(moved)
        self._unread += valued is None and one.has("ValDt")
        dated = booked or valued or one.missing("BookgDt")
        self._entries += [replace(part, booked=dated, valued=valued) for part in moved]

    def statement(self, element: Any, space: str) -> Read:
        """The statement, once all its entries have been read. It is put aside if any of them cannot be read."""
        try:
            if self._refused is not None:
                raise self._refused
            return self._made(_Element(element, space, self._place, self._zone))
        except UnreadableFile as error:
            return StatementAside(self._place, error.code, str(error))

    def _made(self, one: "_Element") -> FileStatement:
        balances: dict[str, tuple[Money, When | None]] = {}
        for balance in one.all("Bal"):
            kind = balance.text("Tp/CdOrPrtry/Cd") or ""
            if kind in OPENING + CLOSING and kind not in balances:
                balances[kind] = (balance.signed(), balance.day("Dt"))
        opening = next((balances[kind] for kind in OPENING if kind in balances), None)
        closing = next((balances[kind] for kind in CLOSING if kind in balances), None)
        if opening is None or closing is None:
            raise UnreadableFile(
                "balance_missing", "The statement lacks its opening or closing balance. It needs both.", self._place
            )
        account = one.first("Acct")
        return FileStatement(
            account=(_account(account) if account else None) or one.missing("Acct/Id"),
            statement=self._covering(one, opening[0], closing),
            pending=self._pending,
            of_zero=self._of_zero,
            by_value_date=self._by_value_date,
            unread=self._unread,
        )

    def _covering(self, one: "_Element", opening: Money, closing: tuple[Money, When | None]) -> Statement:
        days = [entry.booked for entry in self._entries]
        ends = [*days, *([closing[1]] if closing[1] is not None else [])]
        first, last = one.first_text("FrToDt/FrDtTm", "FrToDt/FrDt"), one.first_text("FrToDt/ToDtTm", "FrToDt/ToDt")
        # A previous closing balance has the date of the day before, but not at every bank. So without a stated period
        # the statement starts on the day of its first entry.
        since = one.day_in(first, "FrToDt") if first else min(ends, key=_text, default=None)
        until = closing[1] or max(days, key=_text, default=None)
        if first and last and is_instant(last):
            known = {day.earliest for day in ends if day.earliest is not None}
            until = When(last_day(one.instant(first, "FrToDt"), one.instant(last, "FrToDt"), known).isoformat())
        elif last:
            until = one.day_in(last, "FrToDt")
        return Statement(
            identifier=one.text("Id") or one.missing("Id"),
            since=since or one.missing("FrToDt"),
            until=until or one.missing("FrToDt"),
            opening=opening,
            closing=closing[0],
            entries=numbered(self._entries),
            period=f"{first}/{last}" if first and last and (is_instant(first) or is_instant(last)) else WHOLE_DAYS,
        )


def _text(day: When) -> str:
    return day.text


def _account(one: "_Element") -> str | None:
    """The number of the account."""
    return one.text("Id/IBAN") or one.text("Id/Othr/Id")


def _entries(one: "_Element") -> list[BankEntry]:
    """The entry, or one entry for each of its transactions if their amounts add up to its amount. Undated."""
    amount = one.signed()
    whole = BankEntry(
        reference=one.reference("AcctSvcrRef") or one.reference("NtryRef"),
        amount=amount,
        booked=UNKNOWN,
        remittance=one.text("AddtlNtryInf"),
        kind=one.text("BkTxCd/Domn/Fmly/SubFmlyCd") or one.text("BkTxCd/Prtry/Cd"),
    )
    details = one.all("NtryDtls/TxDtls")
    if len(details) > 1 and all(detail.has_amount() for detail in details):
        parts = list(_parts(whole, details))
        if len(parts) == len(details) and _add_up_to([part.amount for part in parts], amount):
            return parts
    return [_detailed(whole, details[0], amount) if len(details) == 1 else whole]


def _parts(whole: BankEntry, details: "list[_Element]") -> Iterator[BankEntry]:
    """The transactions of an entry whose amounts can be read. If one cannot, the entry counts as a whole."""
    for detail in details:
        try:
            amount = detail.own_amount(whole.amount)
        except UnreadableFile:
            continue
        yield _detailed(whole, detail, amount)


def _add_up_to(sums: list[Money], amount: Money) -> bool:
    same = all(one.currency == amount.currency for one in sums)
    return same and total(sums, amount.currency) == amount


def _detailed(whole: BankEntry, detail: "_Element", amount: Money) -> BankEntry:
    """The entry with the details of one of its transactions."""
    other = "Cdtr" if amount.amount < 0 else "Dbtr"
    name = detail.text(f"RltdPties/{other}/Nm") or detail.text(f"RltdPties/{other}/Pty/Nm")
    words = [*detail.texts("RmtInf/Ustrd"), *detail.texts("RmtInf/Strd/CdtrRefInf/Ref")]
    reason = detail.text("RtrInf/Rsn/Cd") or detail.text("RtrInf/Rsn/Prtry")
    explanation = detail.text("RtrInf/AddtlInf")
    return replace(
        whole,
        reference=detail.reference("Refs/AcctSvcrRef") or whole.reference,
        amount=amount,
        end_to_end=detail.reference("Refs/EndToEndId") or detail.reference("Refs/InstrId"),
        counterparty=name,
        remittance=" ".join(words) or whole.remittance,
        returned=" ".join(filter(None, (reason, explanation))) or None,
    )


class _Element:
    """An element, whose parts are read by paths of the standard's short names."""

    def __init__(self, element: Any, space: str, place: str, zone: ZoneInfo | None = None) -> None:
        self._element = element
        self._space = space
        self._place = place
        self._zone = zone or home("")

    def _path(self, path: str) -> str:
        return "/".join(f"{self._space}{step}" for step in path.split("/"))

    def all(self, path: str) -> "list[_Element]":
        """The elements at *path*."""
        found = self._element.iterfind(self._path(path))
        return [_Element(one, self._space, self._place, self._zone) for one in found]

    def first(self, path: str) -> "_Element | None":
        """The first element at *path*; None without one."""
        return next(iter(self.all(path)), None)

    def has(self, path: str) -> bool:
        """Whether there is an element at *path*."""
        return self.first(path) is not None

    def texts(self, path: str) -> list[str]:
        """The texts at *path* that are not empty. Raises UnreadableFile for a text that is too long."""
        found = [(one.text or "").strip() for one in self._element.iterfind(self._path(path))]
        if any(len(text) > LONGEST for text in found):
            raise UnreadableFile("text_too_long", f"{path} is longer than {LONGEST:,} characters.", self._place)
        return [text for text in found if text]

    def text(self, path: str) -> str | None:
        """The first text at *path*; None without one."""
        return next(iter(self.texts(path)), None)

    def reference(self, path: str) -> str | None:
        """The reference at *path*; None where the bank writes that there is none."""
        text = self.text(path)
        return None if text in NOTHING else text

    def missing(self, path: str) -> Any:
        """Raises UnreadableFile, because the element at *path* is missing."""
        raise UnreadableFile("missing", f"{path} is missing.", self._place)

    def first_text(self, *paths: str) -> str | None:
        """The first text at the first of *paths* that has one."""
        return next(filter(None, map(self.text, paths)), None)

    def day(self, path: str) -> When | None:
        """The day at *path*, a date or an instant; None without one. Raises UnreadableFile."""
        text = self.first_text(f"{path}/Dt", f"{path}/DtTm")
        return self.day_in(text, path) if text is not None else None

    def optional_day(self, path: str) -> When | None:
        """The day at *path*; None without one, and for a text that is not a date."""
        try:
            return self.day(path)
        except UnreadableFile:
            return None

    def day_in(self, text: str, path: str) -> When:
        """The day of *text*, a date or an instant. Raises UnreadableFile."""
        if is_instant(text):
            return When(self.instant(text, path).date().isoformat())
        try:
            found = When(text[:10])
        except NotADate as error:
            raise UnreadableFile("not_a_date", f"{path} is not a date.", self._place) from error
        if found.day is None:
            raise UnreadableFile("not_a_date", f"{path} is not a full date with its day.", self._place)
        return found

    def instant(self, text: str, path: str) -> datetime:
        """*text* on the clock of the account's time zone. Raises UnreadableFile."""
        try:
            return local(text, self._zone)
        except ValueError as error:
            raise UnreadableFile("not_a_date", f"{path} is not a date with a time.", self._place) from error

    def has_amount(self) -> bool:
        """Whether the transaction has an amount of its own."""
        return self.text("Amt") is not None or self.text("AmtDtls/TxAmt/Amt") is not None

    def own_amount(self, of: Money) -> Money:
        """The amount of a transaction, or of its entry (*of*) if it has none. Its sign is its own, or the entry's."""
        at = "Amt" if self.text("Amt") is not None else "AmtDtls/TxAmt/Amt"
        if self.text(at) is None:
            return of
        found = self._amount(at)
        direction = self.text("CdtDbtInd")
        out = direction == "DBIT" if direction is not None else of.amount < 0
        return Money.zero(found.currency) - found if out else found

    def signed(self) -> Money:
        """The amount, negative for a debit. Raises UnreadableFile."""
        found = self._amount("Amt")
        direction = self.text("CdtDbtInd")
        if direction not in ("CRDT", "DBIT"):
            raise UnreadableFile("no_direction", "CdtDbtInd is neither CRDT nor DBIT.", self._place)
        return Money.zero(found.currency) - found if direction == "DBIT" else found

    def _amount(self, path: str) -> Money:
        element = self._element.find(self._path(path))
        text = ((element.text if element is not None else None) or "").strip()
        currency = element.get("Ccy") if element is not None else None
        try:
            if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{0,5})?|\.[0-9]{1,5}", text, re.ASCII):
                raise NotMoney("write it in plain digits")
            return Money(amount=Decimal(text), currency=currency or "")
        except (NotMoney, InvalidOperation) as error:
            raise UnreadableFile("not_an_amount", f"{path} is not an amount: {error}.", self._place) from error
