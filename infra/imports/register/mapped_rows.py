"""Read the rows of a register by its mapping."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from domain.award import Particular, Transaction
from domain.organisation import one_code
from domain.stated_grant import StatedComponent, StatedGrant, StatedOrganisation, StatedPeriod, StatedTransaction
from domain.values.money import Money
from domain.values.when import UNKNOWN, When
from infra.files.bounded import BoundedFile, UnreadableFile, opened
from infra.imports.editions.edition import Reader
from infra.imports.editions.report import table_form
from infra.imports.register.mapping import Amounts, From, LookupTable, Mapping, OrganisationSource
from infra.imports.rows.naming import HOME, NO_SOURCE, identifiers_of, named_programme, slug
from infra.imports.rows.parsing import (
    LONGEST_NAME,
    ErrorCell,
    Fields,
    Formula,
    InvalidValue,
    amount_of,
    date_of,
    number_of,
    rounding_of,
    shortened,
    text_of,
)
from infra.imports.rows.quarantine import AcceptedRow, QuarantinedRow, RawRow, RowRead
from infra.imports.rows.tabular import Broken, BrokenLine, Table, is_workbook, read_csv, read_xlsx

# The most rows of a lookup table, which is held in memory.
MOST_LOOKUP_ROWS = 200_000


def reader(path: Path, mapping: Mapping) -> Reader:
    """Reads the register at *path* by its mapping, with the lookup tables in the same folder."""
    header: list[str] = []

    def rows(file: BoundedFile) -> Iterator[RowRead]:
        lookups = {name: _Lookup(path.parent / table.file, table, mapping) for name, table in mapping.tables.items()}
        table = (
            read_xlsx(path, sheet=mapping.sheet, header=mapping.header)
            if is_workbook(path)
            else read_csv(file, encoding=mapping.encoding, delimiter=mapping.delimiter, header=mapping.header)
        )
        for nth, row in enumerate(table.rows):
            if not nth:
                header.extend(table.header)
                _refuse_missing_columns(mapping, [*table.header, *_columns(lookups)])
            yield _Row(row, mapping, lookups).parsed()
        if not header:
            _refuse_missing_columns(mapping, [*table.header, *_columns(lookups)])

    return Reader(rows=rows, form=lambda: table_form(header))


def _columns(lookups: "dict[str, _Lookup]") -> Iterator[str]:
    """The columns of all lookup tables, as a mapping names them."""
    return (f"{name}.{column}" for name, lookup in lookups.items() for column in lookup.header)


def _refuse_missing_columns(mapping: Mapping, header: list[str]) -> None:
    """Refuse a register without a column that its mapping names. Raises UnreadableFile."""
    wanted = {name for name in columns_of(msgspec.to_builtins(mapping.fields)) if name not in header}
    wanted |= {part.column for part in mapping.parts if part.column not in header}
    wanted |= {name for one in mapping.payments for name in columns_of(msgspec.to_builtins(one)) if name not in header}
    if wanted:
        hint = "If its header is not in that row, write the number of the row in the mapping (header = 3)."
        raise UnreadableFile(
            "columns_missing",
            f"Row {mapping.header} of the register lacks the columns {', '.join(sorted(wanted))}. {hint}",
        )


def columns_of(built: Any) -> Iterator[str]:
    """Every column that a part of a mapping names. A string is the name of a column, unless its key is ``text``."""
    if isinstance(built, str):
        yield built
    elif isinstance(built, list):
        for part in built:
            yield from columns_of(part)
    elif isinstance(built, dict):
        if built.keys() & {"column", "text", "pattern", "words", "empty"}:
            yield from filter(None, [built.get("column")])
            yield from columns_of(built.get("else"))
        else:
            for part in built.values():
                yield from columns_of(part)


class _Lookup:
    """A lookup table, held in memory by its key."""

    def __init__(self, path: Path, table: LookupTable, mapping: Mapping) -> None:
        self.by = table.by
        with opened(path) as file:
            keys = set(columns_of(msgspec.to_builtins(table.key)))
            read: Table = (
                read_xlsx(path, header=table.header)
                if is_workbook(path)
                else read_csv(
                    file,
                    encoding=mapping.encoding,
                    header=table.header,
                    wanted=lambda header: keys <= set(header),
                )
            )
            self._rows: dict[str, dict[str, Any]] = {}
            for row in islice(read.rows, MOST_LOOKUP_ROWS + 1):
                key = value_of(table.key, row.raw)
                if key is not None:
                    self._rows.setdefault(str(key), row.raw)
            if len(self._rows) > MOST_LOOKUP_ROWS:
                raise UnreadableFile(
                    "table_too_long",
                    f"{path.name} has more than {MOST_LOOKUP_ROWS:,} rows, the most for a lookup table.",
                )
        self.header = read.header

    def row(self, cells: dict[str, Any]) -> dict[str, Any]:
        """The row of the table for a row of the register with these *cells*; empty where there is none."""
        return self._rows.get(str(value_of(self.by, cells)), {})


def value_of(source: From | None, cells: dict[str, Any]) -> Any:
    """The value that *source* takes from *cells*; None where there is none, or where one of several is missing."""
    if source is None:
        return None
    if isinstance(source, list):
        return _joined([value_of(part, cells) for part in source])
    if isinstance(source, str):
        value = cells.get(source)
        return None if isinstance(value, str) and not value.strip() else value
    value = source.text if source.column is None else value_of(source.column, cells)
    if source.pattern is not None and value is not None:
        match = re.search(source.pattern, str(value))
        value = (match[1] if match.re.groups else match[0]) if match else None
    if isinstance(value, str):
        value = source.words.get(value.strip(), value)
    if value is None:
        value = source.empty
    return value_of(source.otherwise, cells) if value is None else value


def _joined(values: list[Any]) -> Any:
    """The values of several columns as one text. A cell without a value of its own takes the place of all."""
    if any(value is None for value in values):
        return None
    unusable = [value for value in values if isinstance(value, Formula | ErrorCell)]
    return unusable[0] if unusable else " / ".join(str(value).strip() for value in values)


@dataclass(frozen=True, slots=True)
class AmountReader:
    """Reads amounts as the mapping says that they are written."""

    amounts: Amounts

    def number(self, value: object) -> Decimal:
        """*value* as a number of major units, with exactly its digits. Raises InvalidValue."""
        number = number_of(self._plain_digits(text_of(value)) if isinstance(value, str) else value)
        return number * self.amounts.unit

    def _plain_digits(self, text: str) -> str:
        if self.amounts.symbol:
            text = text.replace(self.amounts.symbol, "").strip()
        thousands, decimal = self.amounts.thousands, self.amounts.decimal
        if thousands is not None:
            grouped = rf"-?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?"
            if re.fullmatch(grouped, text):
                text = text.replace(thousands, "")
        if not re.fullmatch(rf"-?\d{{1,15}}(?:{re.escape(decimal)}\d{{1,40}})?", text, re.ASCII):
            raise InvalidValue(
                "not_an_amount",
                "This is not an amount. Write plain digits, or declare in the mapping how amounts are written: the"
                " decimal sign, the thousands sign and the symbol.",
            )
        return text.replace(decimal, ".")


class _Row:
    """A row of the register, read by its mapping."""

    def __init__(self, row: RawRow, mapping: Mapping, lookups: dict[str, _Lookup]) -> None:
        self._row = row
        self._mapping = mapping
        cells = dict(row.raw)
        for name, lookup in lookups.items():
            cells |= {f"{name}.{column}": cell for column, cell in lookup.row(row.raw).items()}
        self._cells = cells
        self._fields = Fields({}, mapping.dates)
        self._amounts = AmountReader(mapping.amounts)

    def parsed(self) -> RowRead:
        """The grant that the row states, or the problems for which it is put aside."""
        fields = self._fields
        if isinstance(self._row.raw, BrokenLine):
            return QuarantinedRow(self._row, self._mapping.register, None, (self._row.raw.problem,))
        if isinstance(self._row.raw, Broken):
            fields.problems.append(self._row.raw.problem)
        identifier = self._required("identifier", self._mapping.fields.identifier, longest=LONGEST_NAME)
        grant = self._grant(identifier)
        if grant is None or fields.problems:
            return QuarantinedRow(self._row, self._mapping.register, identifier or None, tuple(fields.problems))
        return AcceptedRow(self._row, grant, tuple(fields.warnings))

    def _grant(self, identifier: str) -> StatedGrant | None:
        of, mapping = self._mapping.fields, self._mapping
        currency = self._currency()
        awarded = self._amount("awarded", of.awarded, currency)
        if awarded is None and not any(problem.field == "awarded" for problem in self._fields.problems):
            self._fields.add_missing("awarded")
        recipient = self._organisation("recipient", of.recipient)
        stated_funder = of.funder is not None and value_of(of.funder.name, self._cells) is not None
        funder = self._organisation("funder", of.funder) if of.funder is not None and stated_funder else None
        disbursed = self._amount("disbursed", of.disbursed, currency, optional=True)
        transactions = self._payments(currency)
        if not transactions and disbursed is not None and disbursed.amount:
            transactions = (StatedTransaction(kind=Transaction.DISBURSED_IN_ALL, amount=disbursed),)
        programme_code, programme_name = named_programme(mapping.register, mapping.name, currency or HOME)
        scheme_code, scheme_name, scheme_titled = self._scheme()
        requested = self._amount("requested", of.requested, currency, optional=True)
        components = self._components(currency)
        dates = {name: self._date(name, source) for name, source in (
            ("awarded_on", of.awarded_on), ("requested_on", of.requested_on), ("modified", of.modified),
        )}  # fmt: skip
        title, periods = self._required("title", of.title), tuple(self._periods())
        if awarded is None or recipient is None:
            return None
        return StatedGrant(
            register=mapping.register,
            identifier=identifier,
            source=NO_SOURCE,
            programme_code=programme_code,
            programme_name=programme_name,
            scheme_code=f"{programme_code}/{scheme_code}",
            scheme_name=scheme_name,
            scheme_titled=scheme_titled,
            funder=funder,
            recipients=(recipient,),
            title=title,
            description=self._text("description", of.description, optional=True),
            requested=requested,
            requested_on=dates["requested_on"] or UNKNOWN,
            awarded=awarded,
            awarded_on=dates["awarded_on"] or UNKNOWN,
            basis="register",
            disbursed=disbursed,
            components=components,
            transactions=transactions,
            periods=periods,
            regrant=self._text("regrant", of.regrant, optional=True),
            modified=dates["modified"],
            said=self._particulars(),
        )

    # --- Its fields ---------------------------------------------------------------------------------------------------

    def _text(self, name: str, source: From | None, *, longest: int = 20_000, optional: bool = False) -> str | None:
        value = value_of(source, self._cells)
        try:
            return None if value is None else text_of(value, longest=longest) or None
        except InvalidValue as error:
            self._report(name, value, error, optional=optional)
            return None

    def _required(self, name: str, source: From | None, *, longest: int = 20_000) -> str:
        known = len(self._fields.problems)
        text = self._text(name, source, longest=longest)
        if text is None and len(self._fields.problems) == known:
            self._fields.add_missing(name)
        return text or ""

    def _report(self, name: str, value: object, error: InvalidValue, *, optional: bool = False) -> None:
        """Report that a field cannot be read. An *optional* one is left out, and the row comes in without it."""
        if optional:
            self._fields.add_warning((name,), value, error.rule, f"The field is left out. {error.hint}")
        else:
            self._fields.add_problem((name,), value, error.rule, error.hint)

    def _currency(self) -> str | None:
        given = self._mapping.currency
        if isinstance(given, str) and re.fullmatch(r"[A-Z]{3}", given):
            return given
        text = self._required("currency", given)
        fields = Fields({"currency": text}, self._mapping.dates)
        found = fields.currency("currency")
        self._fields.problems += fields.problems
        return found

    def _amount(self, name: str, source: From | None, currency: str | None, *, optional: bool = False) -> Money | None:
        value = value_of(source, self._cells)
        if value is None or currency is None:
            return None
        try:
            number = self._amounts.number(value)
            amount = amount_of(number, currency)
        except InvalidValue as error:
            self._report(name, value, error, optional=optional)
            return None
        if rounding := rounding_of(number, amount):
            self._fields.add_warning((name,), value, rounding.rule, rounding.hint)
        return amount

    def _date(self, name: str, source: From | None) -> When | None:
        """A date, which is always optional: it is left out where it cannot be read."""
        value = value_of(source, self._cells)
        try:
            return None if value is None else date_of(value, self._mapping.dates, self._mapping.century)
        except InvalidValue as error:
            self._report(name, value, error, optional=True)
            return None

    def _organisation(self, name: str, source: OrganisationSource) -> StatedOrganisation | None:
        called = self._required(f"{name}.name", source.name, longest=1_000)
        identifier = self._text(f"{name}.identifier", source.identifier, longest=LONGEST_NAME)
        own = self._text(f"{name}.id", source.id, longest=LONGEST_NAME)
        if not called:
            return None
        code = one_code(identifier or "") or f"{self._mapping.register}:{own or slug(called)}"
        return StatedOrganisation(
            code=code, name=called, identifiers=identifiers_of(identifier) if identifier is not None else ()
        )

    def _scheme(self) -> tuple[str, str, bool]:
        """The code and the name of the scheme, and whether the name is the title that the row gives it."""
        source = self._mapping.fields.scheme
        if source is None:
            return "grants", self._mapping.name, False
        code = self._required("scheme.code", source.code, longest=LONGEST_NAME)
        title = self._text("scheme.name", source.name)
        return slug(code), title or code, title is not None

    def _components(self, currency: str | None) -> tuple[StatedComponent, ...]:
        """The parts of the award. None where all parts are 0 and the mapping says that this means "not split"."""
        amounts = {part.name: self._amount(part.name, part.column, currency) for part in self._mapping.parts}
        known = {name: amount for name, amount in amounts.items() if amount is not None}
        if self._mapping.unsplit and not any(amount.amount for amount in known.values()):
            return ()
        return tuple(StatedComponent(purpose=name, amount=amount) for name, amount in known.items())

    def _payments(self, currency: str | None) -> tuple[StatedTransaction, ...]:
        found = []
        for nth, payment in enumerate(self._mapping.payments, start=1):
            amount = self._amount(f"payment {nth}", payment.amount, currency)
            if amount is None or not amount.amount:
                continue
            back = amount.amount < 0
            found.append(
                StatedTransaction(
                    kind=Transaction.RETURN if back else Transaction.DISBURSEMENT,
                    amount=Money.zero(amount.currency) - amount if back else amount,
                    on=self._date(f"payment {nth}", payment.on) or UNKNOWN,
                    reference=self._text(f"payment {nth}", payment.reference, longest=LONGEST_NAME),
                )
            )
        return tuple(found)

    def _periods(self) -> Iterator[StatedPeriod]:
        of = self._mapping.fields
        for sense, start, end in (
            ("planned", of.planned_start, of.planned_end),
            ("actual", of.actual_start, of.actual_end),
        ):
            on, until = self._date(f"{sense}_start", start), self._date(f"{sense}_end", end)
            if on is not None or until is not None:
                yield StatedPeriod(sense=sense, number=1, on=on or UNKNOWN, until=until)

    def _particulars(self) -> tuple[Particular, ...]:
        """Every cell of the row by its column, sorted, so that a row with its columns moved is the same row."""
        particulars = []
        for column, value in self._cells.items():
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            try:
                text = _kept(value)
            except InvalidValue as error:
                reported = [*self._fields.problems, *self._fields.warnings]
                if not any(problem.value == shortened(value) for problem in reported):
                    self._report(column, value, error, optional=True)
                continue
            particulars.append(Particular(name=column, value=text))
        return tuple(sorted(particulars, key=lambda particular: particular.name))


def _kept(value: object) -> str:
    """A cell as text. A formula is kept as it is written, because no figure depends on it. Raises InvalidValue."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return text_of(str(value) if isinstance(value, str) else value, longest=100_000)
