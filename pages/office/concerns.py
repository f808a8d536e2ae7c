"""The concerns that name their reader, and the page of one. Its text is shown only in answer to a form."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from domain.across.readers import text_for
from domain.history import Command, Log
from domain.reading import Reading
from domain.support.concern import CloseConcern, ReadConcern, ShareConcern
from domain.values.ids import ConcernId
from domain.values.when import When
from pages.frame.clocks import Clocks
from pages.frame.fields import Field
from pages.frame.forms import Form, Step
from pages.frame.page import NotThere, Page, Sheet
from projections.register import reading as register
from projections.support import concerns as reading
from projections.support.concerns import ConcernLine, ConcernStepLine, StepTaken
from projections.tables.paging import Connection
from projections.tables.present import today

READ = "read"


def _about(kind: type[Any]) -> Callable[[Mapping[str, Any], dict[str, Any]], Command]:
    """What makes a command of *kind* about the concern that the path names."""
    return lambda about, values: kind(concern_id=ConcernId(about["concern_id"]), **values)


def _read(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
    return ReadConcern(concern_id=ConcernId(about["concern_id"]), on=When(today().isoformat()), **values)


STEPS = {
    READ: Step("Read it (this is recorded)", _read, dated=False),
    "share": Step(
        "Share it with everybody",
        _about(ShareConcern),
        (Field("agreed_by", "Who agreed", hint="Somebody of the authority that the concern is about."),),
    ),
    "close": Step("Close it", _about(CloseConcern), (Field("conclusion", "What became of it"),)),
}


async def concerns(connection: Connection, clocks: Clocks) -> Page:
    """The concerns that name whoever looks at the page."""
    lines = [one for one in await reading.concerns(connection) if one.position <= clocks.position]
    about = await _names(connection, lines)
    return Page(
        template="office/concerns.html",
        title="Concerns that name you",
        section="",
        path="/concerns",
        values={"concerns": lines, "about": about},
        sheet=Sheet(
            ("id", "about", "raised", "raised_by"),
            [(one.id, ", ".join(name for name, _ in about[one.id]), one.raised, one.raised_by) for one in lines],
        ),
    )


async def concern(connection: Connection, clocks: Clocks, concern_id: str) -> Page:
    """The page of a concern. Raises NotThere for everybody whom it does not name."""
    line = await reading.concern_with(connection, concern_id)
    if line is None or line.position > clocks.position:
        raise NotThere(f"There is no concern {concern_id[:80]} that names you.")
    about = (await _names(connection, [line]))[line.id]
    steps = [one for one in await reading.steps_of(connection, [line.id]) if one.position <= clocks.position]
    return Page(
        template="office/concern.html",
        title=f"Concern about {', '.join(name for name, _ in about)}",
        section="",
        path=f"/concerns/{line.id}",
        trail=[("Concerns", "/concerns")],
        values={"concern": line, "about": about, "steps": steps, "text": None},
        forms=_forms(clocks, steps),
        sheet=Sheet(
            ("position", "step", "on", "recorded_at", "actor", "added", "removed", "because"),
            [(one.position, one.step, one.on, one.recorded_at, one.actor, " ".join(one.added), " ".join(one.removed),
              one.because) for one in steps],
        ),
    )  # fmt: skip


def with_text(log: Log, page: Page, actor: str) -> Page:
    """*page* with the text of its concern, for *actor*, who reads it now. Raises ConcernUnknown for others.

    Call this only after the reading is recorded.
    """
    text = text_for(Reading(log, log.states), ConcernId(page.about["concern_id"]), actor)
    return replace(page, values={**page.values, "text": text})


async def _names(connection: Connection, lines: list[ConcernLine]) -> dict[str, list[tuple[str, str]]]:
    """The names and addresses of what each concern is about."""
    partnerships = [one.partnership_id for one in lines if one.partnership_id]
    organisations = [one.organisation_id for one in lines if one.organisation_id]
    known = {
        one.id: (one.name, f"/partnerships/{one.code}")
        for one in await register.partnerships_by(connection, "id", partnerships)
    } | {
        one.id: (one.name, f"/organisations/{one.code}")
        for one in await register.organisations_by(connection, "id", organisations)
    }
    return {
        one.id: [known[each] for each in (one.partnership_id, one.organisation_id) if each in known] for one in lines
    }


def _forms(clocks: Clocks, steps: list[ConcernStepLine]) -> tuple[Form, ...]:
    """The forms that can be sent now."""
    taken = {one.step for one in steps}
    actions = [READ]
    if StepTaken.CLOSED.value not in taken:
        actions += ["close"] if StepTaken.SHARED.value in taken else ["share", "close"]
    return tuple(STEPS[action].form(action, clocks.as_at) for action in actions)
