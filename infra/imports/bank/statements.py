"""Import bank statements: record each whole or not at all, then match the entries that are exact.

A statement that cannot be taken is put aside by itself, if others of its file can be taken. If the balances of one do
not add up, the whole file is refused: then something is missing from it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.bank import entry as bank_entry
from domain.bank.account import (
    BankAccountUnknown,
    RecordStatement,
    StatementRecorded,
    StatementUnbalanced,
    account_identity,
)
from domain.bank.entry import EntryBooked, EntryRepeated, MatchEntry, MatchRepayment, Share
from domain.bank.matching import Matches, Seen
from domain.desk import OrdersRefused, decide_each, submit_all, submit_each
from domain.history import Command, Decision, Order
from domain.values.ids import EntryId, uuid7
from domain.values.plain import plain
from domain.values.refusal import Refused
from domain.values.shown import shown_count
from domain.values.when import When
from infra.database.pool import query
from infra.database.postgres import Database
from infra.feeding.projector import up_to_date
from infra.files.bounded import UnreadableFile, opened
from infra.imports.bank import camt
from infra.imports.bank import table as bank_mapping
from infra.imports.bank.camt import home
from infra.imports.bank.file import FileStatement, Read, StatementAside, Zones
from infra.imports.bank.table import BankMapping, StatementOptions
from infra.log.postgres_log import PostgresLog
from projections.bank import candidates as bank_candidates
from projections.bank import reading as bank

AUTHORITY = "as the bank states"
EXACT = "Reference and amount agree"
BATCH = 100


@dataclass(frozen=True, slots=True)
class StatementReport:
    """A statement of the file. *became* is new or unchanged. Balances are texts in major units with their currency.

    *of_zero* and *pending* count entries that were left out, *by_value_date* entries that are dated by their value date
    and *outside* entries that are booked outside the period. *notes* says the same in sentences.
    """

    account: str
    identifier: str
    since: str
    until: str
    opening: str
    closing: str
    entries: int
    pending: int
    of_zero: int
    by_value_date: int
    outside: int
    notes: list[str]
    became: str


@dataclass(frozen=True, slots=True)
class AsideReport:
    """A statement that was put aside: its place in the file, and why, with a *code* for scripts."""

    place: str
    code: str
    message: str


@dataclass(slots=True)
class BankReport:
    """The result of an import. *new* and *repeated* count its entries; repeated ones were in earlier statements.

    *aside* are the statements that could not be taken.

    *matched* counts exact matches. Of the entries that wait for a person on all accounts, *proposed* counts those with
    proposals, *duplicates* those with the reference and amount of another, and *unmatched* those without a proposal.
    """

    file: str
    dry_run: bool
    statements: list[StatementReport] = field(default_factory=list)
    aside: list[AsideReport] = field(default_factory=list)
    new: int = 0
    repeated: int = 0
    matched: int = 0
    proposed: int = 0
    duplicates: int = 0
    unmatched: int = 0

    @property
    def waiting(self) -> int:
        """The number of entries for a person to decide."""
        return self.proposed + self.unmatched

    def as_plain(self) -> dict[str, Any]:
        """The report in plain types, for scripts."""
        return asdict(self) | {"waiting": self.waiting}


def read(
    path: Path, mapping: BankMapping | None = None, stated: StatementOptions | None = None, zones: Zones = home
) -> list[Read]:
    """The statements of a file: by a mapping, or camt.053 without one. Raises UnreadableFile.

    *zones* gives the time zone of an account, in which the instants of its statements are days.
    """
    with opened(path) as file:
        return [bank_mapping.read(path, file, mapping, zones, stated)] if mapping else camt.read(file, zones)


def zones_of(database: Database) -> Zones:
    """The time zone of each account that is open, by its number at the bank."""
    up_to_date(database)
    known = {plain(one.account): ZoneInfo(one.time_zone) for one in query(database, bank.accounts)}
    return lambda account: known.get(plain(account)) or home(account)


def import_statements(
    database: Database, log: PostgresLog, name: str, read_: Sequence[Read], *, actor: str, dry: bool
) -> BankReport:
    """Record the statements that were read, and match exact entries. With *dry* only report what would be recorded.

    Raises UnreadableFile, with the rule as its code, if none can be taken or the balances of one do not add up.
    """
    correlation = f"import-{uuid7()}"
    every = [one for one in read_ if isinstance(one, FileStatement)]
    asked = [_order(_record_command(one), actor, correlation) for one in every]
    decided = decide_each(log, asked, [order.command.stream for order in asked])
    if len(decided.refusals) == len(every) or any(
        isinstance(one, StatementUnbalanced) for one in decided.refusals.values()
    ):
        raise _refused(every, decided.refusals)
    report = BankReport(file=name, dry_run=dry)
    report.aside += [AsideReport(one.place, one.code, one.message) for one in read_ if isinstance(one, StatementAside)]
    report.aside += [
        AsideReport(_place(every[place]), refused.rule, _sentence(refused))
        for place, refused in sorted(decided.refusals.items())
    ]
    statements = [one for place, one in enumerate(every) if place not in decided.refusals]
    orders = [order for place, order in enumerate(asked) if place not in decided.refusals]
    written = {one.order.command_id: one for one in decided.decisions}
    for one, order in zip(statements, orders, strict=True):
        _add_statement(report, one, written.get(order.command_id))
    up_to_date(database)
    if dry:
        _count(
            report,
            query(
                database,
                lambda connection: bank_candidates.matches(connection, more=_would_be_booked(decided.decisions)),
            ),
        )
        return report
    if written:
        try:
            submit_all(log, orders)
        except OrdersRefused as refused:
            raise _refused(statements, refused.refusals) from refused
    up_to_date(database)
    report.matched = match_exact(database, log, actor, correlation)
    left = query(database, bank_candidates.matches)
    _count(report, left)
    return report


def match_exact(database: Database, log: PostgresLog, actor: str, correlation: str) -> int:
    """Match every exact entry of any account and return how many. Each match is decided again on its own streams."""
    found = query(database, bank_candidates.matches)
    exact = found.exact
    days = _days(database, [*exact, *found.repaid])
    orders = [
        _order(
            MatchEntry(
                entry_id=entry_id,
                shares=tuple(
                    Share(award_id=key.award_id, number=key.number, amount=amount, part=part)
                    for key, amount, part in proposal.payments
                ),
                exact=True,
                because=EXACT,
                on=days[entry_id],
            ),
            actor,
            correlation,
        )
        for entry_id, proposal in exact.items()
    ]
    orders += [
        _order(
            MatchRepayment(
                entry_id=entry_id,
                award_id=key.award_id,
                number=key.number,
                part=key.part,
                exact=True,
                because=EXACT,
                on=days[entry_id],
            ),
            actor,
            correlation,
        )
        for entry_id, key in found.repaid.items()
    ]
    matched = 0
    for start in range(0, len(orders), BATCH):
        some = orders[start : start + BATCH]
        matched += len(submit_each(log, some, [order.command.stream for order in some]).decisions)
    if matched:
        up_to_date(database)
    return matched


def _days(database: Database, ids: list[EntryId]) -> dict[str, When]:
    lines = query(database, lambda connection: bank.entries_by(connection, "id", ids))
    return {line.id: line.entry.booked for line in lines}


def _record_command(one: FileStatement) -> RecordStatement:
    return RecordStatement(
        account_id=account_identity(one.account),
        account=one.account,
        statement=one.statement,
        on=one.statement.until,
    )


def _order(command: Command, actor: str, correlation: str) -> Order:
    command_id = f"import-{uuid7()}"
    return Order(
        command_id=command_id,
        command=command,
        said=command_id,
        actor=actor,
        authority=AUTHORITY,
        correlation_id=correlation,
    )


def _refused(statements: Sequence[FileStatement], refusals: dict[int, Refused]) -> UnreadableFile:
    """Why the file is refused: balances that do not add up come first."""
    place, refused = min(refusals.items(), key=lambda one: (not isinstance(one[1], StatementUnbalanced), one[0]))
    return UnreadableFile(refused.rule, _sentence(refused), _place(statements[place]))


def _place(one: FileStatement) -> str:
    return f"statement {one.statement.identifier}"


def _sentence(refused: Refused) -> str:
    sentence = f"{refused.reason} ({refused.details})" if refused.details else refused.reason
    if isinstance(refused, BankAccountUnknown):
        sentence += " Open it with `fundtrail bank open`."
    return sentence


def _notes(one: FileStatement) -> list[str]:
    """What was left out of a statement or read in another way, in sentences."""
    said = (
        (one.pending, "is not booked yet, and was left out", "are not booked yet, and were left out"),
        (one.of_zero, "of 0.00 was left out", "of 0.00 were left out"),
        (
            one.by_value_date,
            "has no booking date: the value date stands in",
            "have no booking date: the value date stands in",
        ),
        (
            one.outside,
            "is booked outside the period: it counts on the nearest day of the statement",
            "are booked outside the period: they count on the nearest day of the statement",
        ),
        (
            one.unread,
            "has a value date that is not a date: it was left out",
            "have a value date that is not a date: it was left out",
        ),
    )
    return [
        f"{shown_count(number, 'entry', 'entries')} {single if number == 1 else several}."
        for number, single, several in said
        if number
    ]


def _add_statement(report: BankReport, one: FileStatement, decision: Decision | None) -> None:
    events = [event for _, event in decision.written] if decision else []
    report.new += sum(isinstance(event, EntryBooked) for event in events)
    report.repeated += sum(isinstance(event, EntryRepeated) for event in events)
    new = any(isinstance(event, StatementRecorded) for event in events)
    statement = one.statement
    if not new:
        report.repeated += len(statement.entries)
    report.statements.append(
        StatementReport(
            account=one.account,
            identifier=statement.identifier,
            since=statement.since.text,
            until=statement.until.text,
            opening=str(statement.opening),
            closing=str(statement.closing),
            entries=len(statement.entries),
            pending=one.pending,
            of_zero=one.of_zero,
            by_value_date=one.by_value_date,
            outside=one.outside,
            notes=_notes(one),
            became="new" if new else "unchanged",
        )
    )


def _would_be_booked(decisions: Sequence[Decision]) -> list[Seen]:
    """The entries that the decisions would book."""
    return [
        Seen(entry_id=EntryId(stream), entry=event.entry)
        for decision in decisions
        for stream, event in decision.written
        if isinstance(event, bank_entry.EntryBooked)
    ]


def _count(report: BankReport, found: Matches) -> None:
    if report.dry_run:
        report.matched = len(found.exact) + len(found.repaid)
    report.duplicates = len(found.duplicates)
    report.proposed = len(found.proposals.keys() | found.repayments.keys() | found.duplicates.keys())
    report.unmatched = len(found.unmatched)
