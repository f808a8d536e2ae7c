"""The page of a bid: its clock, its questions and scores, what was decided and why, and the forms of its next steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.values.when import DayRange
from pages.bids.history import DECISIONS, VERSIONS, Told, told
from pages.bids.steps import forms
from pages.bids.waiting import Waiting
from pages.frame.clocks import Clocks
from pages.frame.forms import Form
from pages.frame.page import NotThere, Page, Sheet
from pages.register.names import as_named
from projections import awards, rounds
from projections import bids as bids_of
from projections.audit import reading as audit
from projections.bidding.events import Happened, happened
from projections.bidding.silences import USUAL, silences_of
from projections.bidding.versions import versions_of
from projections.bids import BidLine
from projections.delays.waiting_now import Clock, StageNow, clock_of, last_attempt, status_of, timed_of
from projections.parts.reading import PartLine, by_kind, parts_of_kinds
from projections.register import reading as register
from projections.register.reading import OrganisationLine, PartnershipLine
from projections.tables.paging import Connection, Window

# A bid has dozens of events. More than this would be no page.
MOST = 2000
_COLUMNS = ("attempt", "stage", "with", "began", "ended", "outcome", "days_min", "days_max", "working_days_min",
            "working_days_max", "paused_days_max", "limit", "limit_days", "deadline", "standing", "missed_by_min",
            "missed_by_max")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """The numbered parts of a bid as at the day."""

    questions: list[PartLine]
    scores: list[PartLine]
    checks: list[PartLine]
    rules: list[PartLine]
    moderations: list[PartLine]
    consents: list[PartLine]
    contacts: list[PartLine]
    officer: PartLine | None

    @property
    def open_question(self) -> int | None:
        """The number of the first question that is open."""
        return next((one.number for one in self.questions if one.status == "asked"), None)

    @property
    def case_officer(self) -> str | None:
        """The name of who has the case."""
        return self.officer.facts["officer"] if self.officer is not None else None

    def unscored(self, criteria: Iterable[str]) -> list[str]:
        """Those of *criteria* for which nobody has given a score."""
        scored = {one.facts.get("criterion") for one in self.scores}
        return [one for one in criteria if one not in scored]


async def bid(connection: Connection, clocks: Clocks, bid: str) -> Page:
    """The page of a bid, by its id or reference. Raises NotThere."""
    line = await _find(connection, clocks, bid)
    listing = audit.audit_list(stream=line.id, up_to=clocks.position)
    events = happened((await audit.entries(connection, listing, Window(size=MOST))).lines, clocks.as_at)
    tells = told(events, line.title)
    (place,) = await register.partnerships_by(connection, "id", [tells.partnership_id or line.partnership_id])
    (its_round, *_) = [*await rounds.rounds_by(connection, "id", [tells.round_id] if tells.round_id else []), None]
    (award, *_) = [*await awards.awards_by(connection, "id", [tells.award_id] if tells.award_id else []), None]
    spans, steps = await timed_of(connection, [line.id], as_at=clocks.as_at, known=clocks.then)
    attempts = [
        clock_of(spans[line.id], steps[line.id], clocks.as_at, attempt)
        for attempt in range(last_attempt(spans[line.id]), 0, -1)
    ]
    status = status_of(steps[line.id], clocks.as_at) if steps[line.id] else line.status
    parts = await _parts(connection, line.id, clocks)
    criteria = its_round.criteria if its_round is not None else []
    names = await _named(connection, clocks, parts, events)
    return Page(
        template="bids/bid.html",
        title=tells.title,
        section="bids",
        path=f"/bids/{line.id}",
        trail=[("Bids", "/bids"), (place.name, f"/partnerships/{place.code}")],
        values={
            "bid": line,
            "status": status,
            "told": tells,
            "place": place,
            "round": its_round,
            "award": award,
            "attempts": attempts,
            "clock": attempts[0],
            "waiting": _waiting(line, place, attempts[0], parts),
            "parts": parts,
            "unscored": parts.unscored(criteria),
            "events": events,
            "words": VERSIONS | DECISIONS,
            "stages_of": stages_of,
            "silences": silences_of(events, clocks.as_at),
            "usual": USUAL,
            "proposals": versions_of(events),
            "names": names,
        },
        about={"bid": line.id, "bid_id": line.id},
        forms=_forms(status, tells, parts, criteria, clocks, names) if events else (),
        sheet=Sheet(_COLUMNS, [_row(clock, one, clocks) for clock in attempts for one in stages_of(clock)]),
    )


def _forms(
    status: str,
    tells: Told,
    parts: Parts,
    criteria: Sequence[str],
    clocks: Clocks,
    names: Mapping[str, OrganisationLine],
) -> tuple[Form, ...]:
    return forms(
        status,
        tells,
        question=parts.open_question,
        officer=parts.case_officer,
        criterion=next(iter(parts.unscored(criteria)), ""),
        day=clocks.as_at,
        choices={"organisation_id": tuple(sorted((one.code, one.name) for one in names.values()))},
        scored=next((one.facts["criterion"] for one in parts.scores), ""),
        consented=any(one.status != "withdrawn" for one in parts.consents),
    )


def _waiting(line: BidLine, place: PartnershipLine, clock: Clock, parts: Parts) -> Waiting | None:
    """The bid as the board shows it; None if it does not wait."""
    return Waiting(line, place, clock, clock.running, parts.case_officer) if clock.running is not None else None


async def _find(connection: Connection, clocks: Clocks, named: str) -> BidLine:
    for column in ("id", "reference"):
        found = await bids_of.bids_by(connection, column, [named])
        if found and found[0].position <= clocks.position:
            return found[0]
    raise NotThere(f"There is no bid {named[:80]}, as it was known then.")


async def _parts(connection: Connection, bid_id: str, clocks: Clocks) -> Parts:
    kinds = (
        "question", "assessment", "eligibilitytest", "ruletest", "moderation", "consent", "contact", "caseofficer",
    )  # fmt: skip
    lines = await parts_of_kinds(connection, "stream", [bid_id], kinds=kinds, as_at=clocks.as_at, known=clocks.then)
    questions, scores, checks, rules, moderations, consents, contacts, officers = by_kind(lines, kinds).values()
    officer = next((one for one in officers if one.facts.get("officer")), None)
    return Parts(questions, scores, checks, rules, moderations, consents, contacts, officer)


async def _named(
    connection: Connection, clocks: Clocks, parts: Parts, events: Sequence[Happened]
) -> dict[str, OrganisationLine]:
    """The organisations that consents and proposals name, with the names that they had."""
    ids = {one.facts["organisation_id"] for one in parts.consents}
    ids.update(*(one.partners for one in versions_of(events)))
    found = await register.organisations_by(connection, "id", sorted(ids))
    return {one.id: one for one in await as_named(connection, found, clocks)}


def stages_of(clock: Clock) -> list[StageNow]:
    """The stages of an attempt, and then its whole ways."""
    return [*clock.stages, *clock.wholes.values()]


def _row(clock: Clock, one: StageNow, clocks: Clocks) -> tuple[object, ...]:
    line, measured = one.line, one.measured
    days, working, paused = (measured.days, measured.working, measured.paused) if measured else (None, None, None)
    missed: DayRange | None = line.missed_by(clocks.as_at)
    return (
        clock.attempt, line.span, line.owner, line.started, line.ended, line.outcome, days and days.min,
        days and days.max, working and working.min, working and working.max, paused and paused.max, line.limit,
        line.days, line.deadline, one.standing and one.standing.value, missed and missed.min, missed and missed.max,
    )  # fmt: skip
