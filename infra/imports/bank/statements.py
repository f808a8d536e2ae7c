"""Bringing statements of a bank in: recorded whole or not at all, then matched as far as that is exact."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from uuid6 import uuid7

from domain.bank import entry as bank_entry
from domain.bank.account import BankAccountUnknown, RecordStatement, StatementRecorded, account_identity
from domain.bank.entry import EntryBooked, EntryRepeated, MatchEntry, Share
from domain.bank.matching import Matches, Seen
from domain.desk import OrdersRefused, decide_each, submit_all, submit_each
from domain.history import Command, Decision, Order
from domain.values.ids import EntryId
from domain.values.refusal import Refused
from domain.values.when import When
from infra.database.postgres import Database
from infra.database.reads import query
from infra.feeding.projector import project_all
from infra.files.bounded import UnreadableFile, opened
from infra.imports.bank import camt
from infra.imports.bank import table as bank_mapping
from infra.imports.bank.file import FileStatement
from infra.imports.bank.table import BankMapping, Beside
from infra.log.postgres_log import PostgresLog
from projections.bank import entries as bank

AUTHORITY = "as the bank states"
EXACT = "Reference and amount agree"
BATCH = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A statement of the file: *became* is new or unchanged; amounts are texts in major units with their currency."""

    account: str
    identifier: str
    since: str
    until: str
    opening: str
    closing: str
    entries: int
    pending: int
    became: str


@dataclass(slots=True)
class BankReport:
    """What an import of statements did: entries that are *new*, and *repeated* from statements before.

    *matched* were exact. Of what waits for a person on these accounts, *proposed* have proposals, *duplicates* carry
    what another entry carries, and of *unmatched* nothing can be said.
    """

    file: str
    dry_run: bool
    statements: list[Told] = field(default_factory=list)
    new: int = 0
    repeated: int = 0
    matched: int = 0
    proposed: int = 0
    duplicates: int = 0
    unmatched: int = 0

    @property
    def waiting(self) -> int:
        """How many entries a person is to decide of."""
        return self.proposed + self.unmatched

    def as_plain(self) -> dict[str, Any]:
        """It, for scripts."""
        return asdict(self) | {"waiting": self.waiting}


def read(path: Path, mapping: BankMapping | None = None, stated: Beside | None = None) -> list[FileStatement]:
    """The statements of a file: by a mapping, or camt.053 without one. Raises UnreadableFile."""
    with opened(path) as file:
        return bank_mapping.read(path, file, mapping, stated) if mapping else camt.read(file)


def bring_in(
    database: Database, log: PostgresLog, name: str, statements: Sequence[FileStatement], *, actor: str, dry: bool
) -> BankReport:
    """Record *statements*, all or none, and match what is exact; with *dry*, tell what would be recorded.

    Raises UnreadableFile, coded by the rule, when one of them is refused.
    """
    correlation = f"import-{uuid7()}"
    orders = [_order(_recording(one), actor, correlation) for one in statements]
    decided = decide_each(log, orders, [order.command.stream for order in orders])
    if decided.refusals:
        raise _refused(statements, decided.refusals)
    report = BankReport(file=name, dry_run=dry)
    written = {one.order.command_id: one for one in decided.decisions}
    for one, order in zip(statements, orders, strict=True):
        _tell(report, one, written.get(order.command_id))
    project_all(database)
    if dry:
        _count(report, query(database, lambda connection: bank.matches(connection, more=_imagined(decided.decisions))))
        return report
    if written:
        try:
            submit_all(log, orders)
        except OrdersRefused as refused:
            raise _refused(statements, refused.refusals) from refused
    project_all(database)
    report.matched = match_exact(database, log, actor, correlation)
    left = query(database, bank.matches)
    _count(report, left)
    return report


def match_exact(database: Database, log: PostgresLog, actor: str, correlation: str) -> int:
    """Match every entry that is exact, of any account; how many were. Each is judged again by its own streams."""
    exact = query(database, bank.matches).exact
    days = _days(database, list(exact))
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
    matched = 0
    for start in range(0, len(orders), BATCH):
        some = orders[start : start + BATCH]
        matched += len(submit_each(log, some, [order.command.stream for order in some]).decisions)
    if matched:
        project_all(database)
    return matched


def _days(database: Database, ids: list[EntryId]) -> dict[str, When]:
    lines = query(database, lambda connection: bank.entries_by(connection, "id", ids))
    return {line.id: line.entry.booked for line in lines}


def _recording(one: FileStatement) -> RecordStatement:
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
    place, refused = min(refusals.items())
    told = f"{refused.reason} {refused.details or ''}".strip()
    if isinstance(refused, BankAccountUnknown):
        told += " `fundtrail bank open` does that."
    return UnreadableFile(refused.rule, told, f"statement {statements[place].statement.identifier}")


def _tell(report: BankReport, one: FileStatement, decision: Decision | None) -> None:
    events = [event for _, event in decision.written] if decision else []
    report.new += sum(isinstance(event, EntryBooked) for event in events)
    report.repeated += sum(isinstance(event, EntryRepeated) for event in events)
    new = any(isinstance(event, StatementRecorded) for event in events)
    told = one.statement
    if not new:
        report.repeated += len(told.entries)
    report.statements.append(
        Told(
            account=one.account,
            identifier=told.identifier,
            since=told.since.text,
            until=told.until.text,
            opening=str(told.opening),
            closing=str(told.closing),
            entries=len(told.entries),
            pending=one.pending,
            became="new" if new else "unchanged",
        )
    )


def _imagined(decisions: Sequence[Decision]) -> list[Seen]:
    """The entries that would be booked."""
    return [
        Seen(entry_id=EntryId(stream), entry=event.entry)
        for decision in decisions
        for stream, event in decision.written
        if isinstance(event, bank_entry.EntryBooked)
    ]


def _count(report: BankReport, found: Matches) -> None:
    if report.dry_run:
        report.matched = len(found.exact)
    report.duplicates = len(found.duplicates)
    report.proposed = len(found.proposals.keys() | found.duplicates.keys())
    report.unmatched = len(found.unmatched)
