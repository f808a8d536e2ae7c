"""Read bank statements from tables (CSV, XLSX) by a mapping that says which column is which field.

The whole file is refused if a row cannot be read, or if a balance does not follow from the one before it: an incomplete
statement cannot be reconciled. Rows of 0 (such as a balance carried forward) are counted and left out.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from domain.bank.account import BankEntry, Statement, numbered
from domain.values.money import Money
from domain.values.when import When
from infra.files.bounded import BoundedFile, UnreadableFile
from infra.imports.bank.file import FileStatement, Zones
from infra.imports.bank.instants import is_instant, local
from infra.imports.register.mapped_rows import AmountReader, columns_of, value_of
from infra.imports.register.mapping import ENCODINGS, Amounts, BadMapping, From, sentence_of
from infra.imports.rows.parsing import (
    Dates,
    InvalidValue,
    amount_of,
    currency_of,
    date_of,
    rounding_of,
    text_of,
)
from infra.imports.rows.quarantine import RawRow
from infra.imports.rows.tabular import Broken, Table, is_workbook, read_csv, read_xlsx

LONGEST = 2_000


class BankFields(msgspec.Struct, forbid_unknown_fields=True):
    """Where each field comes from: *amount* with its sign, or *paid_in* and *paid_out* without a sign.

    *balance* is the balance of the account after the entry.
    """

    booked: From
    amount: From | None = None
    paid_in: From | None = None
    paid_out: From | None = None
    balance: From | None = None
    valued: From | None = None
    reference: From | None = None
    end_to_end: From | None = None
    counterparty: From | None = None
    remittance: From | None = None
    kind: From | None = None
    returned: From | None = None


class BankMapping(msgspec.Struct, forbid_unknown_fields=True):
    """The table of a bank: its account, its fields, and how it is written. *order*: oldest or newest row first."""

    account: From
    fields: BankFields
    currency: From = "GBP"
    order: Literal["oldest", "newest"] = "oldest"
    dates: Dates = Dates.ISO
    amounts: Amounts = msgspec.field(default_factory=Amounts)
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class StatementOptions:
    """What the command line adds to a table: the balances in plain digits, if it has none, and its identifier."""

    opening: str | None = None
    closing: str | None = None
    identifier: str | None = None


def find_mapping(path: Path) -> BankMapping:
    """The mapping at *path*. Raises BadMapping."""
    try:
        made = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), BankMapping)
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"The mapping {path.name} cannot be read.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"The mapping is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise BadMapping(sentence_of(error)) from error
    one_amount = made.fields.amount is not None
    two_amounts = made.fields.paid_in is not None and made.fields.paid_out is not None
    if one_amount is two_amounts:
        raise BadMapping("The mapping must name the column of amount, or those of paid_in and paid_out.")
    if made.encoding not in ENCODINGS or len(made.delimiter) != 1 or made.amounts.decimal not in ".,":
        raise BadMapping(
            f"In the mapping the encoding must be one of {', '.join(ENCODINGS)}, the delimiter one character, and the"
            " decimal sign . or a comma."
        )
    return made


def read(
    path: Path, file: BoundedFile, mapping: BankMapping, zones: Zones, stated: StatementOptions | None = None
) -> FileStatement:
    """The one statement of a table, with what the command line *stated*. *zones* gives the time zone of an account.

    Raises UnreadableFile.

    Without an identifier the statement gets the days that it covers as its identifier.
    """
    stated = stated or StatementOptions()
    table: Table = (
        read_xlsx(path, sheet=mapping.sheet)
        if is_workbook(path)
        else read_csv(file, encoding=mapping.encoding, delimiter=mapping.delimiter)
    )
    written = list(table.rows)
    if written:
        _refuse_missing_columns(mapping, table.header)
    rows = [_Row(row, mapping, zones) for row in written]
    if mapping.order == "newest":
        rows.reverse()
    if not rows:
        raise UnreadableFile("no_statement", "The table has no rows, so the days that it covers are not known.")
    accounts = {row.account for row in rows}
    if len(accounts) > 1:
        raise UnreadableFile(
            "several_accounts",
            f"The table has several accounts: {', '.join(sorted(accounts))}. Import each separately.",
        )
    opening = _opening(rows, stated.opening)
    days = sorted((row.day for row in rows if row.day is not None), key=lambda day: day.text)
    if not days:
        raise UnreadableFile(
            "no_statement", "No row of the table has a date, so the days that it covers are not known."
        )
    moved = [row for row in rows if row.entry is not None]
    closing = opening
    for row in moved:
        closing += _in_currency_of(opening, row.amount, row.place)
    if stated.closing is not None:
        closing = _balance("--closing", stated.closing, opening.currency)
    statement = Statement(
        identifier=stated.identifier or f"{days[0]}/{days[-1]}",
        since=days[0],
        until=days[-1],
        opening=opening,
        closing=closing,
        entries=numbered(row.entry for row in moved if row.entry is not None),
    )
    return FileStatement(
        account=accounts.pop(),
        statement=statement,
        of_zero=len(rows) - len(moved),
        by_value_date=sum(row.by_value_date for row in moved),
        unread=sum(row.unread for row in moved),
    )


def _refuse_missing_columns(mapping: BankMapping, header: Sequence[str]) -> None:
    """Refuse a table without a column of the mapping: entries recorded without it could not be corrected later."""
    wanted = {*columns_of(msgspec.to_builtins(mapping.fields)), *columns_of(msgspec.to_builtins(mapping.account))}
    missing = sorted(wanted.difference(header))
    if missing:
        raise UnreadableFile("columns_missing", f"The table lacks the columns {', '.join(missing)}.")


def _in_currency_of(opening: Money, amount: Money, place: str) -> Money:
    if amount.currency != opening.currency:
        raise UnreadableFile("several_currencies", "The table has several currencies. A statement has one.", place)
    return amount


def _balance(name: str, given: str, currency: str) -> Money:
    try:
        return Money.of(given, currency)
    except ValueError as error:
        raise UnreadableFile("not_an_amount", f"{name} is not an amount: {error}.") from error


def _opening(rows: "list[_Row]", given: str | None) -> Money:
    """The balance before the first row. Raises UnreadableFile where balances do not follow from one another."""
    first = rows[0]
    if first.balance is None:
        if given is None:
            raise UnreadableFile(
                "balance_missing",
                "The table has no balances. Map the column of the balance, or give --opening and --closing.",
            )
        return _balance("--opening", given, first.amount.currency)
    for one, after in pairwise(rows):
        if after.balance is None or one.balance is None or one.balance + after.amount != after.balance:
            raise UnreadableFile(
                "balance_broken",
                "The balance is not the balance before it plus the amount. Check the order of rows in the mapping.",
                after.place,
            )
    return first.balance - first.amount


class _Row:
    """A row of the table. Raises UnreadableFile if it cannot be read.

    *entry* is None for a row of 0, *day* the booking date, or else the value date, if it has one.
    """

    def __init__(self, row: RawRow, mapping: BankMapping, zones: Zones) -> None:
        self.place = row.place
        self._cells = row.raw
        self._mapping = mapping
        if isinstance(row.raw, Broken):
            problem = row.raw.problem
            raise UnreadableFile(problem.rule, f"{problem.hint} It is: {problem.value}.", row.place)
        try:
            self.account = self._text(mapping.account) or self._missing("account")
            self._zone = zones(self.account)
            self._currency = currency_of(self._text(mapping.currency) or mapping.currency)
            self.amount = sum(self._moved(), Money.zero(self._currency))
            self._read_days()
            self.entry = self._entry() if self.amount.amount else None
            self.balance = self._amount(mapping.fields.balance)
        except InvalidValue as error:
            raise UnreadableFile(error.rule, str(error), self.place) from error

    def _missing(self, name: str) -> str:
        raise UnreadableFile("missing", f"The field {name} is missing.", self.place)

    def _text(self, source: From | None) -> str | None:
        value = value_of(source, self._cells)
        return (text_of(value, longest=LONGEST) or None) if value is not None else None

    def _amount(self, source: From | None) -> Money | None:
        value = value_of(source, self._cells)
        if value is None:
            return None
        number = AmountReader(self._mapping.amounts).number(value)
        amount = amount_of(number, self._currency)
        if rounding_of(number, amount) is not None:
            raise InvalidValue("too_precise", "A bank books no part of the smallest coin. Write the exact amount.")
        return amount

    def _day(self, source: From | None) -> When | None:
        value = value_of(source, self._cells)
        if isinstance(value, str) and is_instant(value.strip()):
            return When(self._local(value.strip()).date().isoformat())
        day = date_of(value, self._mapping.dates) if value is not None else None
        if day is not None and day.day is None:
            raise UnreadableFile("not_a_date", "The date has no day. A bank books on a day.", self.place)
        return day

    def _local(self, text: str) -> datetime:
        try:
            return local(text, self._zone)
        except ValueError as error:
            raise UnreadableFile("not_a_date", "This is not a date with a time.", self.place) from error

    def _read_days(self) -> None:
        """Read the dates. The value date is left out if it is no date, and stands in for a missing booking date."""
        of = self._mapping.fields
        booked = self._day(of.booked)
        try:
            self._valued = self._day(of.valued)
            self.unread = False
        except (InvalidValue, UnreadableFile):
            self._valued, self.unread = None, True
        self.day = booked or self._valued
        self.by_value_date = booked is None and self.day is not None

    def _entry(self) -> BankEntry:
        of = self._mapping.fields
        return BankEntry(
            reference=self._text(of.reference),
            amount=self.amount,
            booked=self.day or When(self._missing("booked")),
            valued=self._valued,
            end_to_end=self._text(of.end_to_end),
            counterparty=self._text(of.counterparty),
            remittance=self._text(of.remittance),
            kind=self._text(of.kind),
            returned=self._text(of.returned),
        )

    def _moved(self) -> Iterator[Money]:
        of, zero = self._mapping.fields, Money.zero(self._currency)
        if of.amount is not None:
            found = self._amount(of.amount)
            if found is None:
                self._missing("amount")
            else:
                yield found
            return
        paid_in, paid_out = self._amount(of.paid_in) or zero, self._amount(of.paid_out) or zero
        if paid_in.amount < Decimal(0) or paid_out.amount < Decimal(0):
            raise UnreadableFile("negative", "The amount paid in or out is negative. It must be 0 or more.", self.place)
        yield paid_in
        yield zero - paid_out
