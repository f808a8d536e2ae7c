"""Record an edition: what its rows state and the log does not hold yet, one batch of rows in each transaction.

A batch is recorded whole or not at all. Ids are made from the register's own names, and each row is compared with the
log. So an import that was stopped can be run again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from psycopg.rows import dict_row

from domain import award
from domain.desk import Submitted, decide_each, submit_each
from domain.history import Order, stated_in
from domain.programme import SchemeEstablished
from domain.stated_grant import GrantIds, MissGrant, StatedGrant, StateGrant
from domain.values.fact import Fact, Source
from domain.values.frozen import replace
from domain.values.ids import AwardId, BidId, OrganisationId, OutcomeId, PartnershipId, ProgrammeId, SchemeId, uuid7
from domain.values.refusal import Refused
from infra.imports.editions.pending_log import PendingLog
from infra.imports.editions.spool import Spool, Spooled
from infra.imports.rows.naming import identity, slug
from infra.imports.rows.parsing import Problem
from infra.imports.rows.quarantine import GRANT_MISSING
from infra.log.codec import CODEC
from infra.log.postgres_log import PostgresLog

BATCH = 250
AUTHORITY = "as its register states"
LONGEST_CODE = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row, or of a grant that the edition lacks.

    *became* is new, changed, unchanged, back, quarantined or gone. *events* is the number of events recorded for it.
    *problems* are those of a row that was put aside, *warnings* those of any other row.
    """

    place: str
    identifier: str | None
    became: str
    events: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    raw: bytes | None = None


@dataclass(slots=True)
class Edition:
    """An edition of one or more registers: the *name* and *digest* of the file, and the *actor* who imports it.

    *whole* says that grants that it lacks are gone. A part of an edition says nothing about them.
    """

    name: str
    digest: str
    whole: bool = True
    actor: str = "import"
    correlation_id: str = field(default_factory=lambda: f"import-{uuid7()}")

    def source(self, register: str, row: bytes | None, place: str) -> Source:
        """The source of a row: register, digest of the row, file and place."""
        return Source(
            register=register,
            row=sha256(row).hexdigest()[:16] if row is not None else "",
            cites=f"{self.name} {self.digest[:16]}, {place}",
        )

    def order(self, command: StateGrant | MissGrant) -> Order:
        """*command* as an order of this import."""
        command_id = f"import-{uuid7()}"
        return Order(
            command_id=command_id,
            command=command,
            said=command_id,
            actor=self.actor,
            authority=AUTHORITY,
            correlation_id=self.correlation_id,
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of rows and what to record for them: *orders*, each for the row whose number is in *numbers*.

    *problems* are those of the rows without an order, by row number. *reads* names the streams that deciding reads.
    """

    rows: Sequence[Spooled]
    problems: dict[int, tuple[Problem, ...]]
    orders: list[Order]
    numbers: list[int]
    reads: list[str]

    def outcomes(self, submitted: Submitted) -> list[Outcome]:
        """What became of each row after its order was *submitted*."""
        problems = self.problems | {self.numbers[nth]: (_refusal(one),) for nth, one in submitted.refusals.items()}
        written = {one.order.command_id: [event for _, event in one.written] for one in submitted.decisions}
        events = {
            number: written.get(order.command_id, []) for number, order in zip(self.numbers, self.orders, strict=True)
        }
        return [_outcome(row, problems.get(row.number, ()), events.get(row.number, [])) for row in self.rows]


class Recording:
    """Records the rows of a spool. With *dry* it reports what would be recorded, and records nothing."""

    def __init__(self, log: PostgresLog, spool: Spool, edition: Edition, *, dry: bool = False) -> None:
        self._log = log
        self._spool = spool
        self._edition = edition
        self._dry = dry
        # The titles of schemes by code, of the programmes looked up so far.
        self._titles: dict[str, str] = {}
        self._looked_up: set[str] = set()

    def rows(self, batch: int = BATCH) -> Iterator[Outcome]:
        """Record what the rows state, in order, *batch* rows in a transaction. Yields what became of each row."""
        pages = self._spool.pages(batch)
        if self._dry:
            for rows in pages:
                page = self._page(rows, self._log)
                yield from page.outcomes(self._decide_only(page.orders, page.reads))
            return
        with PendingLog(self._log) as pending:
            yield from self._pipelined(pages, pending)

    def _pipelined(self, pages: Iterator[list[Spooled]], pending: PendingLog) -> Iterator[Outcome]:
        """Decide each page while the one before is appended. Yields what became of a row when it is recorded."""
        before: tuple[_Page, Submitted] | None = None
        for rows in pages:
            decided = self._decided(rows, pending)
            if before is not None:
                appended = pending.appended()
                yield from self._outcomes(*before, appended=appended)
                if not appended:
                    decided = self._decided(rows, pending)
            pending.append(decided[1].decisions)
            before = decided
        if before is not None:
            yield from self._outcomes(*before, appended=pending.appended())

    def _outcomes(self, page: _Page, decided: Submitted, *, appended: bool) -> list[Outcome]:
        """What became of a page. If it was stale or refused, its orders are decided again, with the usual retries."""
        return page.outcomes(decided if appended else submit_each(self._log, page.orders, page.reads))

    def _decided(self, rows: Sequence[Spooled], pending: PendingLog) -> tuple[_Page, Submitted]:
        page = self._page(rows, pending)
        return page, decide_each(pending, page.orders, page.reads)

    def _page(self, rows: Sequence[Spooled], log: PendingLog | PostgresLog) -> _Page:
        """The orders for *rows*, and the problems of the rows without an order."""
        problems = self._repeated(rows) | {row.number: row.problems for row in rows if row.problems}
        wanted = [(row, row.grant) for row in rows if row.number not in problems and row.grant is not None]
        accepted = list(zip([row for row, _ in wanted], self._in_schemes(log, [one for _, one in wanted]), strict=True))
        ids = _ids(log, [grant for _, grant in accepted])
        orders: list[Order] = []
        named: list[GrantIds] = []
        numbers: list[int] = []
        for row, grant in accepted:
            known = ids[grant.register, grant.identifier]
            if isinstance(known, Problem):
                problems[row.number] = (known,)
                continue
            source = self._edition.source(grant.register, row.raw, row.place)
            orders.append(self._edition.order(StateGrant(grant=replace(grant, source=source), ids=known)))
            named.append(known)
            numbers.append(row.number)
        return _Page(rows, problems, orders, numbers, _streams(named))

    def _in_schemes(self, log: PendingLog | PostgresLog, grants: Sequence[StatedGrant]) -> list[StatedGrant]:
        """*grants* with the codes of their schemes. A scheme is known by its code and title.

        The first title of a code has the code; another title adds itself to it. A row without a title is of the scheme
        that has the code.
        """
        programmes = {identity("programme", grant.programme_code) for grant in grants}
        programmes |= set(log.find_all("programme", [grant.programme_code for grant in grants]).values())
        histories = log.histories(list(programmes - self._looked_up))
        self._looked_up |= histories.keys()
        for history in histories.values():
            for event in history:
                if isinstance(event, SchemeEstablished):
                    self._titles.setdefault(event.code, slug(event.name))
        return [self._in_scheme(grant) for grant in grants]

    def _in_scheme(self, grant: StatedGrant) -> StatedGrant:
        code, title = grant.scheme_code, slug(grant.scheme_name)
        if self._titles.setdefault(code, title) == title or not grant.scheme_titled:
            return grant
        return replace(grant, scheme_code=f"{code}/{title}")

    def _repeated(self, rows: Sequence[Spooled]) -> dict[int, tuple[Problem, ...]]:
        """The problems of rows that share an identifier: it is not known which row is the right one."""
        found: dict[int, tuple[Problem, ...]] = {}
        for register in {row.register for row in rows if row.register is not None}:
            its = [row for row in rows if row.register == register and row.identifier is not None and _is_a_grant(row)]
            twice = self._spool.repeated(register, [str(row.identifier) for row in its])
            hint = "Several rows have this identifier. Keep one of them, or give each its own identifier."
            found |= {
                row.number: (*row.problems, Problem("id", str(row.identifier), "identifier_repeated", hint))
                for row in its
                if row.identifier in twice
            }
        return found

    def gone(self, register: str, batch: int = BATCH) -> Iterator[Outcome]:
        """Record which grants this edition lacks that the register stated before."""
        lacking: list[tuple[str, str]] = []
        for stated in self._stated(register):
            missing = set(self._spool.lacks(register, [identifier for identifier, _ in stated]))
            lacking += [one for one in stated if one[0] in missing]
            while len(lacking) >= batch:
                yield from self._miss(register, lacking[:batch])
                lacking = lacking[batch:]
        yield from self._miss(register, lacking)

    def lacking(self, register: str) -> tuple[int, int]:
        """The number of grants that the register stated in its last edition, and how many of them this one lacks."""
        before = lacking = 0
        for stated in self._stated(register):
            missing = set(self._spool.lacks(register, [identifier for identifier, _ in stated]))
            orders = self._missing(register, [one for one in stated if one[0] in missing])
            new = len(decide_each(self._log, orders, [order.command.stream for order in orders]).decisions)
            lacking += new
            before += len(stated) - len(missing) + new
        return before, lacking

    def _missing(self, register: str, lacking: Sequence[tuple[str, str]]) -> list[Order]:
        source = self._edition.source(register, None, "not there")
        return [self._edition.order(MissGrant(award_id=AwardId(award_id), source=source)) for _, award_id in lacking]

    def _miss(self, register: str, lacking: Sequence[tuple[str, str]]) -> Iterator[Outcome]:
        orders = self._missing(register, lacking)
        reads = [order.command.stream for order in orders]
        submitted = self._decide_only(orders, reads) if self._dry else submit_each(self._log, orders, reads)
        recorded = {one.order.command_id for one in submitted.decisions}
        for (identifier, _), order in zip(lacking, orders, strict=True):
            if order.command_id in recorded:
                yield Outcome(place="", identifier=identifier, became="gone", events=1)

    def _stated(self, register: str, size: int = 500) -> Iterator[list[tuple[str, str]]]:
        """The identifiers and award ids of all grants that the register ever stated, *size* at a time."""
        after = ""
        while True:
            with self._log.datastore.get_connection() as connection:
                rows = (
                    connection.cursor(row_factory=dict_row)
                    .execute(
                        "SELECT text, subject FROM log.references WHERE kind = %s AND text > %s ORDER BY text LIMIT %s",
                        (stated_in(register), after, size),
                    )
                    .fetchall()
                )
            if not rows:
                return
            yield [(row["text"], row["subject"]) for row in rows]
            after = rows[-1]["text"]

    # --- Dry run ------------------------------------------------------------------------------------------------------

    def _decide_only(self, orders: Sequence[Order], reads: Sequence[str]) -> Submitted:
        """Decide *orders* after all that the dry run would have recorded before them, and record nothing."""
        submitted = decide_each(_DryRunLog(self._log, self._spool), orders, reads)
        # Only streams that several rows share are read again. Those of a single row need not be kept.
        shared = ("programme-", "organisation-", "partnership-")
        self._spool.keep(
            (stream, type(event).__name__, CODEC.version(type(event).__name__), CODEC.encode(event))
            for decision in submitted.decisions
            for stream, event in decision.written
            if stream.startswith(shared)
        )
        return submitted


class _DryRunLog:
    """The log with the events that the dry run has kept."""

    def __init__(self, log: PostgresLog, spool: Spool) -> None:
        self._log = log
        self._spool = spool

    def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
        return self.histories([stream])[stream][after:]

    def histories(self, streams: Sequence[str]) -> dict[str, list[Fact]]:
        found = self._log.histories(streams)
        for stream, name, version, body in self._spool.kept(streams):
            found[stream].append(CODEC.decode(name, version, body))
        return found


def _ids(log: PendingLog | PostgresLog, grants: Sequence[StatedGrant]) -> dict[tuple[str, str], GrantIds | Problem]:
    """The ids of what *grants* name, by register and identifier: ids in the log for known codes, otherwise new ids."""
    codes: dict[str, dict[str, None]] = {kind: {} for kind in ("programme", "scheme", "partnership", "organisation")}
    for grant in grants:
        codes["programme"][grant.programme_code] = None
        codes["scheme"][grant.scheme_code] = None
        codes["partnership"][partnership_code(grant)] = None
        codes["organisation"] |= dict.fromkeys(one.code for one in grant.organisations)
    known = {kind: log.find_all(kind, list(of_kind)) for kind, of_kind in codes.items() if of_kind}
    taken = log.find_all("award", [grant.identifier for grant in grants]) if grants else {}
    found: dict[tuple[str, str], GrantIds | Problem] = {}
    for grant in grants:
        ids = _ids_of(grant, known)
        other = taken.get(grant.identifier, ids.award_id) != ids.award_id
        hint = "Another register, or our own records, already have a grant with this identifier. Is it the same grant?"
        found[grant.register, grant.identifier] = (
            Problem("id", grant.identifier, "identifier_of_another_register", hint) if other else ids
        )
    return found


def partnership_code(grant: StatedGrant) -> str:
    """The code of the partnership for a grant: its scheme and all its recipients, sorted."""
    recipients = "+".join(sorted({one.code for one in grant.recipients}))
    code = f"{grant.scheme_code}/{recipients}"
    return code if len(code) <= LONGEST_CODE else f"{grant.scheme_code}/{sha256(recipients.encode()).hexdigest()[:16]}"


def _ids_of(grant: StatedGrant, known: dict[str, dict[str, str]]) -> GrantIds:
    def of(kind: str, code: str) -> str:
        return known.get(kind, {}).get(code) or identity(kind, code)

    code = partnership_code(grant)
    name = (grant.register, grant.identifier)
    return GrantIds(
        programme_id=ProgrammeId(of("programme", grant.programme_code)),
        scheme_id=SchemeId(of("scheme", grant.scheme_code)),
        partnership_id=PartnershipId(of("partnership", code)),
        award_id=AwardId(identity("award", *name)),
        bid_id=BidId(identity("bid", *name)),
        partnership_code=code,
        organisations={one.code: OrganisationId(of("organisation", one.code)) for one in grant.organisations},
        outcomes={one.key: OutcomeId(identity("outcome", *name, code, one.key)) for one in grant.results},
    )


def _streams(named: Sequence[GrantIds]) -> list[str]:
    """The streams that deciding the grants will read."""
    found: dict[str, None] = {}
    for ids in named:
        streams = [ids.programme_id, ids.partnership_id, ids.award_id, ids.bid_id]
        found |= dict.fromkeys([*streams, *ids.organisations.values(), *ids.outcomes.values()])
    return list(found)


def _is_a_grant(row: Spooled) -> bool:
    """Whether the row is one of a grant. Rows of other sheets whose grant is missing may share its identifier."""
    return not any(problem.rule == GRANT_MISSING for problem in row.problems)


def _refusal(refused: Refused) -> Problem:
    hint = f"{refused.reason} ({refused.details})" if refused.details else refused.reason
    return Problem("", "", refused.rule, hint)


def _outcome(row: Spooled, problems: tuple[Problem, ...], events: list[Fact]) -> Outcome:
    if problems:
        return Outcome(row.place, row.identifier, "quarantined", problems=problems, raw=row.raw)
    kinds = {type(event) for event in events}
    if award.AwardStated in kinds:
        became = "new"
    elif award.AwardStatedAgain in kinds:
        became = "back"
    else:
        became = "changed" if events else "unchanged"
    return Outcome(row.place, row.identifier, became, events=len(events), warnings=row.warnings)
