"""Read bank statements in ISO 20022 camt.053 (any version): balances, entries and their transactions, as a stream.

The standard: https://www.iso20022.org/catalogue-messages (Bank-to-Customer Statement). If the transactions of an entry
have amounts that add up to the amount of the entry, each of them is read as an entry.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from domain.bank.account import BankEntry, Statement, day_of, numbered
from domain.values.money import Money, NotMoney, total
from domain.values.when import NotADate, When
from infra.files.bounded import BoundedFile, UnreadableFile
from infra.files.hardened_xml import hardened, refuse_document_types, unreadable
from infra.imports.bank.file import FileStatement

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d{2}")
# What a bank writes where the payer gave no reference.
NOTHING = {"NOTPROVIDED", "NONREF"}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
LONGEST = 2_000


def read(file: BoundedFile) -> list[FileStatement]:
    """The statements of a file. Raises UnreadableFile if it is not camt.053, or contradicts the standard."""
    parser = hardened(file)
    root = space = None
    found: list[FileStatement] = []
    reading: _StatementReader | None = None
    try:
        for event, element in parser:
            if root is None:
                root = element
                space = _namespace_of(root)
            elif event == "start" and element.tag == f"{space}Stmt":
                reading = _StatementReader(len(found) + 1)
            elif event == "end" and reading is not None and element.tag == f"{space}Ntry":
                file.row()
                reading.add_entry(element, str(space))
                element.clear()
            elif event == "end" and reading is not None and element.tag == f"{space}Stmt":
                found.append(reading.statement(element, str(space)))
                reading = None
                element.clear()
    except etree.XMLSyntaxError as error:
        raise unreadable(file, parser, error, b"</", f"after statement {len(found)}") from error
    file.rest()
    if not found:
        raise UnreadableFile("no_statement", "The file has no statement.")
    return found


def _namespace_of(root: Any) -> str:
    """The namespace of the document in braces, as lxml writes it before a name. Raises UnreadableFile."""
    refuse_document_types(root, "camt.053")
    name = etree.QName(root)
    if name.localname != "Document" or not _NAMESPACE.fullmatch(name.namespace or ""):
        found = f"{name.localname} of {name.namespace or 'no namespace'}"[:200]
        raise UnreadableFile(
            "not_camt053",
            f"The file is not camt.053. Its root element is {found}, not Document of urn:...:camt.053.001.xx.",
        )
    return f"{{{name.namespace}}}"


class _StatementReader:
    """Reads one statement. *number* is its number in the file, from 1."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._entries: list[BankEntry] = []
        self._pending = 0
        self._place = f"statement {number}"

    def add_entry(self, element: Any, space: str) -> None:
        """Add an entry. An entry that is not booked changes no balance and is only counted."""
        one = _Element(element, space, f"{self._place}, entry {len(self._entries) + self._pending + 1}")
        status = one.text("Sts/Cd") or one.text("Sts")
        if status is not None and status != "BOOK":
            self._pending += 1
            return
        self._entries += _entries(one)

    def statement(self, element: Any, space: str) -> FileStatement:
        """The statement, once all its entries have been read."""
        one = _Element(element, space, self._place)
        balances: dict[str, tuple[Money, When]] = {}
        for balance in one.all("Bal"):
            kind = balance.text("Tp/CdOrPrtry/Cd") or ""
            amount = balance.signed()
            on = balance.day("Dt/Dt") or balance.day("Dt/DtTm")
            balances.setdefault(kind, (amount, on or balance.missing("Dt")))
        opening = next((balances[kind] for kind in OPENING if kind in balances), None)
        closing = next((balances[kind] for kind in CLOSING if kind in balances), None)
        if opening is None or closing is None:
            raise UnreadableFile(
                "balance_missing", "The statement lacks its opening or closing balance. It needs both.", self._place
            )
        return FileStatement(
            account=one.text("Acct/Id/IBAN") or one.text("Acct/Id/Othr/Id") or one.missing("Acct/Id"),
            pending=self._pending,
            statement=self._covering(one, opening, closing),
        )

    def _covering(self, one: "_Element", opening: tuple[Money, When], closing: tuple[Money, When]) -> Statement:
        days = [entry.booked for entry in self._entries]
        # A previous closing balance has the date of the day before, but not at every bank. So without a stated period
        # the statement starts on the day of its first entry.
        since = one.day("FrToDt/FrDtTm") or one.day("FrToDt/FrDt") or min([*days, closing[1]], key=lambda day: day.text)
        until = one.day("FrToDt/ToDtTm") or one.day("FrToDt/ToDt") or closing[1]
        return Statement(
            identifier=one.text("Id") or one.missing("Id"),
            since=since,
            until=until,
            opening=opening[0],
            closing=closing[0],
            entries=numbered(self._entries),
        )


def _entries(one: "_Element") -> Iterator[BankEntry]:
    """The entry, or one entry for each of its transactions if their amounts add up to its amount."""
    amount = one.signed()
    booked = one.day("BookgDt/Dt") or one.day("BookgDt/DtTm") or one.missing("BookgDt")
    whole = BankEntry(
        reference=one.reference("AcctSvcrRef") or one.reference("NtryRef"),
        amount=amount,
        booked=booked,
        valued=one.day("ValDt/Dt") or one.day("ValDt/DtTm"),
        remittance=one.text("AddtlNtryInf"),
        kind=one.text("BkTxCd/Domn/Fmly/SubFmlyCd") or one.text("BkTxCd/Prtry/Cd"),
    )
    details = one.all("NtryDtls/TxDtls")
    if len(details) > 1:
        parts = [_detailed(whole, detail, detail.own_amount(amount)) for detail in details]
        sums = [part.amount for part in parts]
        if all(detail.has_amount() for detail in details) and _add_up_to(sums, amount):
            yield from parts
            return
    yield _detailed(whole, details[0], amount) if len(details) == 1 else whole


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

    def __init__(self, element: Any, space: str, place: str) -> None:
        self._element = element
        self._space = space
        self._place = place

    def _path(self, path: str) -> str:
        return "/".join(f"{self._space}{step}" for step in path.split("/"))

    def all(self, path: str) -> "list[_Element]":
        """The elements at *path*."""
        return [_Element(one, self._space, self._place) for one in self._element.iterfind(self._path(path))]

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

    def day(self, path: str) -> When | None:
        """The day at *path* as it is written, without its time; None without one. Raises UnreadableFile."""
        text = self.text(path)
        if text is None:
            return None
        try:
            found = When(text[:10])
        except NotADate as error:
            raise UnreadableFile("not_a_date", f"{path} is not a date.", self._place) from error
        if day_of(found) is None:
            raise UnreadableFile("not_a_date", f"{path} is not a full date with its day.", self._place)
        return found

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
