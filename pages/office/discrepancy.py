"""The page of a discrepancy: the rule in words, the figures, its life, the events it concerns, and the forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.discrepancy import AssignDiscrepancy, ExplainDiscrepancy, WaiveDiscrepancy, WithdrawExplanation
from domain.history import Command
from pages.frame.clocks import Clocks
from pages.frame.fields import Field
from pages.frame.forms import Form, Step
from pages.frame.page import NotThere, Page, Sheet
from pages.frame.words import in_words
from projections.discrepancies import reading
from projections.discrepancies.catalogue import CATALOGUE
from projections.discrepancies.explaining import may_be_explained
from projections.discrepancies.life import Status
from projections.discrepancies.reading import ConcernedLine, DiscrepancyLine
from projections.register import reading as register
from projections.tables.paging import Connection
from projections.timeline import reading as timeline

_REASON = Field("because", "Reason")
_SEEN = Field("seen", "Position of the log", "seen")


@dataclass(frozen=True, slots=True)
class Concerned:
    """An event that the discrepancy concerns, and what it says, in words."""

    line: ConcernedLine
    words: str


def _covers(kind: type[Any]) -> Callable[[Mapping[str, Any], dict[str, Any]], Command]:
    """What makes a command of *kind* about the figures that the page shows. It refuses what has changed since."""

    def command(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
        line: DiscrepancyLine = about["discrepancy"]
        may_be_explained(line, values["seen"])
        made: Command = kind(rule=line.rule, subject=line.subject, message=line.message, **values)
        return made

    return command


def _about(kind: type[Any]) -> Callable[[Mapping[str, Any], dict[str, Any]], Command]:
    """What makes a command of *kind* about the discrepancy that the path names."""
    return lambda about, values: kind(rule=about["discrepancy"].rule, subject=about["discrepancy"].subject, **values)


STEPS = {
    "explain": Step("Explain", _covers(ExplainDiscrepancy), (_SEEN, Field("because", "Explanation"))),
    "waive": Step(
        "Accept",
        _covers(WaiveDiscrepancy),
        (_SEEN, Field("authority", "Authority", hint="Who or what allows these figures."), _REASON),
    ),
    "withdraw": Step("Open again", _about(WithdrawExplanation), (_REASON,)),
    "assign": Step(
        "Assign",
        _about(AssignDiscrepancy),
        (Field("owner", "Who is to resolve it", hint="Leave it empty to assign it to nobody.", required=False),),
    ),
}


async def discrepancy(connection: Connection, clocks: Clocks, discrepancy_id: str) -> Page:
    """The page of a discrepancy. Raises NotThere."""
    found = await reading.discrepancies_by(connection, "id", [discrepancy_id], as_at=clocks.as_at, known=clocks.then)
    if not found:
        raise NotThere(f"There is no discrepancy {discrepancy_id[:80]}, as it was known then.")
    line = found[0]
    rule = CATALOGUE[line.rule]
    places = await register.partnerships_by(connection, "code", [line.partnership]) if line.partnership else []
    events = await _concerned(connection, clocks, line)
    return Page(
        template="office/discrepancy.html",
        title=f"{in_words(line.rule)}: {line.label or line.subject}",
        section="discrepancies",
        path=f"/discrepancies/{line.id}",
        trail=[("Discrepancies", "/discrepancies")],
        values={
            "discrepancy": line,
            "rule": rule,
            "place": places[0] if places else None,
            "age": line.age_days(clocks.as_at),
            "life": await reading.life_of(connection, line.id, known=clocks.then),
            "events": events,
        },
        forms=_forms(clocks, line),
        about={"discrepancy": line},
        sheet=Sheet(
            ("position", "event", "says", "effective", "amount", "currency", "recorded_at", "actor"),
            [
                (one.line.position, one.line.name, one.words, one.line.effective, one.line.amount, one.line.currency,
                 one.line.recorded_at, one.line.actor)
                for one in events
            ],
        ),
    )  # fmt: skip


async def _concerned(connection: Connection, clocks: Clocks, line: DiscrepancyLine) -> list[Concerned]:
    lines = await reading.concerned_by(connection, "discrepancy", [line.id], known=clocks.then)
    ids = [f"entry{one.id.removeprefix('event')}" for one in lines]
    titles = {one.position: one.title for one in await timeline.entries_by(connection, "id", ids)}
    return [Concerned(one, titles.get(one.position, in_words(one.name))) for one in lines]


def _forms(clocks: Clocks, line: DiscrepancyLine) -> tuple[Form, ...]:
    """The forms that can be sent now: none once its cause is gone."""
    if line.status == Status.CLOSED.value:
        return ()
    actions = {
        Status.OPEN.value: ("explain", "waive"),
        Status.EXPLAINED.value: ("waive",),
        Status.WAIVED.value: (),
    }[line.status]
    if line.decided is not None:
        actions += ("withdraw",)
    values = {"seen": str(clocks.position), "owner": line.owner or ""}
    return tuple(STEPS[action].form(action, clocks.as_at, values=values) for action in (*actions, "assign"))
