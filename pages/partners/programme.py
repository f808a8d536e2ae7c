"""The pages of what a programme asks: its consultation, its returns, and what its partners need to learn."""

from pages.acting.joint import CONSULTING
from pages.frame.clocks import Clocks
from pages.frame.forms import forms_of
from pages.frame.made import choice_of
from pages.frame.page import Page, Sheet
from pages.register.programme import programme_called
from projections.parts.demand import demand_in
from projections.parts.reading import by_kind, parts_of_kinds
from projections.parts.reporting import reporting_in
from projections.register import reading as register
from projections.tables.paging import Connection

_KINDS = ("consultation", "response", "returntemplate")


async def consultation(connection: Connection, clocks: Clocks, code: str) -> Page:
    """The consultation of the programme *code*, its template of returns, and what returns ask. Raises NotThere."""
    line = await programme_called(connection, code)
    parts = await parts_of_kinds(connection, "stream", [line.id], kinds=_KINDS, as_at=clocks.as_at, known=clocks.then)
    found = by_kind(parts, _KINDS)
    ids = sorted({one.facts["organisation_id"] for one in found["response"] if one.facts.get("organisation_id")})
    path = f"/programmes/{line.code}"
    open_questions = tuple(
        (choice_of(one.number), f"{one.number}: {one.facts['text']}")
        for one in found["consultation"]
        if one.status == "put"
    )
    return Page(
        template="partners/consultation.html",
        title=f"Questions and returns of {line.name}",
        section="home",
        path=f"{path}/consultation",
        trail=[(line.name, path)],
        values={
            "questions": [
                (one, [answer for answer in found["response"] if answer.part == one.number])
                for one in found["consultation"]
            ],
            "templates": found["returntemplate"],
            "reporting": await reporting_in(connection, line.id, as_at=clocks.as_at, known=clocks.then),
            "named": {one.id: one for one in await register.organisations_by(connection, "id", ids)},
        },
        about={"programme_id": line.id},
        # Nothing is recorded in the past.
        forms=tuple(forms_of(CONSULTING, clocks.as_at, {"question": open_questions})) if clocks.is_present else (),
        sheet=Sheet(
            ("question", "text", "until", "state", "responses", "decision", "because"),
            [
                (one.number, one.facts["text"], one.facts["until"], one.status,
                 sum(answer.part == one.number for answer in found["response"]), one.facts.get("decision"),
                 one.facts.get("because"))
                for one in found["consultation"]
            ],
        ),
    )  # fmt: skip


async def demand(connection: Connection, clocks: Clocks, code: str) -> Page:
    """What the organisations of the programme *code* need to learn, by region and theme. Raises NotThere."""
    line = await programme_called(connection, code)
    found = await demand_in(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    ids = sorted({need.need.facts["organisation_id"] for one in found for need in one.needs})
    named = {one.id: one for one in await register.organisations_by(connection, "id", ids)}
    path = f"/programmes/{line.code}"
    return Page(
        template="partners/demand.html",
        title=f"What partners need to learn in {line.name}",
        section="home",
        path=f"{path}/demand",
        trail=[(line.name, path)],
        values={"demand": found, "named": named},
        sheet=Sheet(
            ("region", "theme", "organisation", "partnership", "number", "people", "served"),
            [
                (one.region, one.theme, named[need.need.facts["organisation_id"]].code, need.partnership,
                 need.need.number, need.need.facts["people"], need.served)
                for one in found
                for need in one.needs
            ],
        ),
    )  # fmt: skip
