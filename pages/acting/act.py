"""The page with the forms of a partnership, an award, an organisation, a round or a scheme.

It has those of its commands that can be given.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.values.shown import shown_amount
from pages.acting.steps import ACTIONS, STEPS
from pages.frame.clocks import Clocks
from pages.frame.fields import Choices
from pages.frame.forms import Form, Rows
from pages.frame.made import choice_of
from pages.frame.page import NotThere, Page
from pages.grants.round import round_called
from pages.money.ladder import award_called, thing_of
from pages.register.organisation import organisation_called
from pages.register.partnership import partnership_called
from pages.register.plan import planned
from pages.support.cases import cases_of
from projections import awards
from projections.money.beside import budget_of
from projections.outcomes import outcomes
from projections.parts.plans import Plan, Stage
from projections.parts.reading import PartLine, every_part
from projections.people import reading as people
from projections.people.reading import RULES
from projections.register import held
from projections.register import reading as register
from projections.tables.paging import Connection


@dataclass(frozen=True, slots=True)
class Offer:
    """What forms are about, called *name*: *about* has its ids, and *choices* the values of fields to choose from.

    *rows* and *values* fill lists and fields that begin with what stands now, by action. *without* are the actions
    that it cannot take now.
    """

    name: str
    code: str
    about: dict[str, Any]
    choices: dict[str, Choices] = field(default_factory=dict)
    rows: dict[str, dict[str, Rows]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    currency: str = "GBP"
    without: tuple[str, ...] = ()


async def act(connection: Connection, clocks: Clocks, scope: str, code: str) -> Page:
    """The page with the forms of the thing of a *scope*. Raises NotThere."""
    if scope not in _OFFERS:
        raise NotThere(f"There are no forms of {scope} on a page of their own.")
    offer = await _OFFERS[scope](connection, clocks, code)
    path = f"/{scope}/{offer.code}"
    return Page(
        template="acting/act.html",
        title=f"Record for {offer.name}",
        section=_SECTIONS.get(scope, "home"),
        path=f"{path}/act",
        trail=[(offer.name, f"{path}{_AFTER.get(scope, '')}")],
        values={},
        about=offer.about,
        forms=tuple(_forms(offer, scope, clocks)),
        after=f"{path}{_AFTER.get(scope, '')}",
    )


# The page of the thing that shows what was recorded, where it is not its own page.
_AFTER = {"organisations": "/support"}
# The entry of the navigation that the page is under.
_SECTIONS = {"partnerships": "partnerships", "awards": "partnerships", "organisations": "search"}


def _forms(offer: Offer, scope: str, clocks: Clocks) -> Iterable[Form]:
    """The forms that can be filled in: a form to choose from nothing cannot."""
    for action in ACTIONS[scope]:
        values = {
            one.name: one.choices[0][0] for one in STEPS[action].form(action, clocks.as_at, offer.choices).fields
            if one.kind == "chosen" and len(one.choices) == 1
        } | offer.values.get(action, {})  # fmt: skip
        rows = offer.rows.get(action)
        form = STEPS[action].form(action, clocks.as_at, offer.choices, values, rows, offer.currency)
        if action not in offer.without and form.can_be_filled:
            yield form


async def _partnership(connection: Connection, clocks: Clocks, code: str) -> Offer:
    line = await partnership_called(connection, code, clocks)
    found = await planned(connection, line.id, clocks)
    partners = await held.partners_by_then(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    ids = sorted({*found.named, *(one.organisation_id for one in partners)})
    named = {one.id: one for one in await register.organisations_by(connection, "id", ids)}
    bodies = tuple(sorted((one.code, one.name) for one in named.values()))
    plans = {one.delivery_id: one.title or "Delivery" for one in found.plans}
    results = await outcomes.outcomes_by(connection, "partnership_id", [line.id], as_at=clocks.as_at, known=clocks.then)
    its_outcomes = tuple((choice_of(one.id), one.indicator) for one in results)
    its_awards = await awards.awards_by(connection, "partnership_id", [line.id])

    def parts(lines: Iterable[PartLine], fact: str = "text") -> Choices:
        return tuple(
            (choice_of(one.stream, one.number), f"{plans.get(one.stream, 'Delivery')}: {one.number}, {one.facts[fact]}")
            for one in lines
        )

    begun = {(one.stream, one.number): one for one in found.procurement}
    new = tuple((choice_of(id_, None), f"{title}: a new one") for id_, title in plans.items())
    suppliers = tuple(
        (choice_of(one.stream, its), f"{plans.get(one.stream, 'Delivery')}: {named[its].name}")
        for one in found.suppliers
        if (its := one.facts.get("organisation_id")) in named
    )
    choices: dict[str, Choices] = {
        "outcome": its_outcomes,
        "later": its_outcomes,
        "plan": tuple((choice_of(id_), title) for id_, title in plans.items()),
        "milestone": tuple(
            (choice_of(plan.delivery_id, stage.name), f"{plans[plan.delivery_id]}: {stage.name}")
            for plan in found.plans
            for stage in _open(plan)
        ),
        "hold_up": parts((one for one in found.hold_ups if one.status == "open"), "because"),
        "procurement": (*new, *parts(begun.values())),
        "supplier": tuple(dict(suppliers).items()),
        "deliverable": parts(one for one in found.deliverables if one.status not in ("accepted", "rejected")),
        "award_id": tuple((one.reference, one.reference) for one in its_awards),
    } | dict.fromkeys(("organisation_id", "payer_id", "payee_id"), bodies)
    only = found.plans[0] if len(found.plans) == 1 else None
    return Offer(
        line.name,
        line.code,
        {"partnership_id": line.id},
        choices,
        rows={"redesign": {"stages": [_staged(one, named) for one in only.stages]}} if only is not None else {},
        values={"redesign": {"until": only.versions[-1].until or ""}} if only is not None else {},
    )


def _open(plan: Plan) -> list[Stage]:
    """The stages of a plan, and of those for the time after it, that were not reached."""
    every = [*plan.stages, *(one for filed in plan.follow_ons for one in filed.stages)]
    return [one for one in every if one.reached is None]


def _staged(stage: Stage, named: Mapping[str, register.OrganisationLine]) -> dict[str, str]:
    body = named.get(stage.organisation_id or "")
    marks = {"quick_win": stage.quick_win, "begins_delivery": stage.begins_delivery}
    return {"name": stage.name, "due": stage.due or "", "organisation_id": body.code if body else ""} | {
        name: "yes" for name, marked in marks.items() if marked
    }


async def _award(connection: Connection, clocks: Clocks, code: str) -> Offer:
    line = await award_called(connection, code)
    parts = await every_part(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    partners = await held.partners_by_then(connection, line.partnership_id, as_at=clocks.as_at, known=clocks.then)
    ids = sorted({one.organisation_id for one in partners})
    bodies = await register.organisations_by(connection, "id", ids)
    lines = tuple((one.name, one.name) for one in budget_of(line.id, parts).lines if one.name)
    profiles = [one for one in parts if one.kind == "profile"]
    return Offer(
        f"award {line.reference}",
        line.id,
        {"award_id": line.id},
        {
            "contributor_id": tuple(sorted((one.code, one.name) for one in bodies)),
            "line": lines,
            "lines": lines,
            "return": tuple(_owed(one) for one in parts if one.kind == "return"),
            "filed": tuple(_owed(one) for one in parts if one.kind == "return" and "filed" in one.facts),
            "pledge": tuple((choice_of(one.number), _pledged(one)) for one in parts if one.kind == "pledge"),
        },
        rows={"change-profile": {"lines": [_profiled(one) for one in profiles[-1].facts["lines"]]}} if profiles else {},
        currency=line.currency,
        without=("profile",) if profiles else ("change-profile",),
    )


def _owed(one: PartLine) -> tuple[str, str]:
    return choice_of(one.number), f"{one.number}: {one.facts['covers']}"


def _pledged(one: PartLine) -> str:
    amount = shown_amount(one.amount, one.currency) if one.amount is not None and one.currency else ""
    return f"{one.number}: {', '.join(filter(None, (amount, one.facts.get('description'))))}"


def _profiled(line: Mapping[str, Any]) -> dict[str, str]:
    amount = line["amount"]
    return {
        "year": line["year"],
        "amount": f"{amount['currency']} {amount['amount']}",
        "spending": line["spending"] or "",
    }


async def _organisation(connection: Connection, clocks: Clocks, code: str) -> Offer:
    line = await organisation_called(connection, code, clocks)
    cases = await cases_of(connection, line.id, clocks)
    ids = sorted({one.line.partnership_id for one in cases if one.line.partnership_id is not None})
    plans = [one for id_ in ids for one in (await planned(connection, id_, clocks)).plans]
    results = await outcomes.outcomes_by(connection, "partnership_id", ids, as_at=clocks.as_at, known=clocks.then)

    def parts(kind: str, called: Callable[[PartLine], str], goes_on: Callable[[PartLine], bool]) -> Choices:
        return tuple(
            (choice_of(its.line.number, one.number), f"Case {its.line.number}, {called(one)}")
            for its in cases
            for one in its.of(kind)
            if goes_on(one)
        )

    return Offer(
        line.name,
        line.code,
        {"organisation_id": line.id},
        {
            "case": tuple(
                (choice_of(one.line.number), f"{one.line.number}: {one.line.facts['text']}")
                for one in cases
                if one.line.status != "closed"
            ),
            "offer": parts("helpoffer", _called("offer"), lambda one: one.status == "offered"),
            "loan": parts("capacityloan", _called("loan"), lambda one: bool(one.remains)),
            "review": parts("review", lambda one: f"{one.facts['sort'].replace('_', ' ')} {one.number}", _is_planned),
            "recommendation": parts(
                "recommendation", _called("recommendation"), lambda one: one.status in ("made", "accepted")
            ),
            "plan": tuple((choice_of(one.delivery_id), one.title or "Delivery") for one in plans),
            "outcomes": tuple((one.id, one.indicator) for one in results),
        },
    )


def _is_planned(one: PartLine) -> bool:
    return one.status == "planned"


def _called(what: str) -> Callable[[PartLine], str]:
    return lambda one: f"{what} {one.number}: {one.facts['text']}"


async def _scheme(connection: Connection, clocks: Clocks, code: str) -> Offer:
    _, scheme_id = await thing_of(connection, "schemes", code)
    (line,) = await register.schemes_by(connection, "id", [scheme_id])
    return await _ruled(connection, clocks, Offer(line.name, line.code, _about(line, None)))


async def _round(connection: Connection, clocks: Clocks, code: str) -> Offer:
    line = await round_called(connection, code)
    (scheme,) = await register.schemes_by(connection, "id", [line.scheme_id])
    without = ("adopt-criteria",) if line.criteria else ()
    return await _ruled(connection, clocks, Offer(line.name, line.code, _about(scheme, line.id), without=without))


def _about(scheme: register.SchemeLine, round_id: str | None) -> dict[str, Any]:
    return {"programme_id": scheme.programme_id, "scheme_id": scheme.id, "round_id": round_id}


async def _ruled(connection: Connection, clocks: Clocks, offer: Offer) -> Offer:
    """*offer* with the eligibility rules of the scheme to choose from."""
    ids = [offer.about["scheme_id"]]
    rules = await people.held_by(connection, "scheme_id", ids, of=RULES, as_at=clocks.as_at, known=clocks.then)
    offer.choices["rule"] = tuple((choice_of(one.code), f"{one.code}: {one.text}") for one in rules if one.code)
    return offer


_OFFERS: dict[str, Callable[[Connection, Clocks, str], Awaitable[Offer]]] = {
    "partnerships": _partnership,
    "awards": _award,
    "organisations": _organisation,
    "schemes": _scheme,
    "rounds": _round,
}
