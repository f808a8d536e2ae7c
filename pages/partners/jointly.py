"""The pages of what partners agree, decide and share, and of how they build capacity, with the forms to record it."""

from collections.abc import Sequence

from pages.acting.joint import CAPACITY, JOINTLY
from pages.frame.clocks import Clocks
from pages.frame.fields import Choices
from pages.frame.forms import Step, forms_of
from pages.frame.made import choice_of
from pages.frame.page import Page
from pages.frame.tables import AMOUNT, STATE, Column, Kinds, organisations_of, sheet_of, steps, tables
from pages.register.names import as_named
from pages.register.partnership import partnership_called
from projections import awards, bids
from projections.outcomes import outcomes
from projections.parts.capacity import cost_lines
from projections.parts.demand import fits_of
from projections.parts.reading import PartLine, parts_of_kinds
from projections.register import held
from projections.register import reading as register
from projections.register.reading import PartnershipLine
from projections.tables.paging import Connection

_WHO, _TEXT, _UNTIL = (
    Column("Who", "organisation_id", "organisation"),
    Column("What", "text"),
    Column("Until", "until", "date"),
)
_SORT = Column("Kind", "sort")
AGREED: Kinds = {
    "agreement": (
        "Agreements", (_SORT, Column("Title", "title"), Column("Terms", "terms", "several"), _UNTIL, *steps("made"))
    ),
    "agreementstep": (
        "Signatures, withdrawals, rewards and sanctions",
        (STATE, _WHO, Column("Post", "post"), Column("Why, or what", "text"), *steps("signed", "left", "upheld")),
    ),
    "commitment": (
        "Commitments", (_WHO, _TEXT, STATE, _UNTIL, Column("What became of it", "answer"), *steps("given", "answered"))
    ),
    "sponsor": (
        "Sponsors",
        (_WHO, Column("Post", "post"), STATE, _UNTIL, Column("Reason", "because"), *steps("named", "lapsed")),
    ),
    "partnerrole": (
        "Roles",
        (_SORT, Column("Holder", "holder"), Column("Remit", "remit"), _WHO, _UNTIL, *steps("defined")),
    ),
    "decision": (
        "Decisions",
        (_SORT, Column("Body", "body"), Column("Level", "level"), _TEXT, Column("Rests on", "grounds", "several"),
         Column("Present", "present"), Column("Elected", "elected"), *steps("taken")),
    ),
    "document": (
        "Documents", (_SORT, Column("Title", "title"), Column("SHA-256", "digest"), *steps("attached")),
    ),
    "output": (
        "Shared outputs",
        (_SORT, Column("Title", "title"), Column("Theme", "theme"), _TEXT, Column("Owner", "owner_id", "organisation"),
         Column("May be used by", "use"), Column("Address", "address"), *steps("shared")),
    ),
    "outputuse": ("Uses of outputs", (_WHO, _TEXT, *steps("reused"))),
}  # fmt: skip
BUILT: Kinds = {
    "capacityplan": (
        "Capacity plans",
        (Column("Title", "title"), STATE, Column("Aims", "aims"), Column("Baseline", "baseline"),
         Column("Audit", "audit"), Column("Options", "options", "several"), Column("Standard", "standard"),
         Column("Formula", "formula"), AMOUNT,
         *steps("filed", "approved")),
    ),
    "policytarget": (
        "Targets of national policy",
        (Column("Policy", "policy"), Column("Target", "target"), STATE, Column("Reason", "because"), *steps("stated")),
    ),
    "need": (
        "Learning needs", (_WHO, Column("Theme", "theme"), _TEXT, Column("People", "people"), *steps("identified"))
    ),
    "needmet": ("How needs were met", (Column("People", "people"), Column("Provision", "provision"), *steps("met"))),
    "provision": (
        "Provisions",
        (Column("Provider", "provider_id", "organisation"), Column("Theme", "theme"), _TEXT, Column("People", "people"),
         AMOUNT, *steps("offered")),
    ),
    "learning": (
        "Learning from each other",
        (_SORT, STATE, Column("From", "organisation_id", "organisation"), Column("Host", "host_id", "organisation"),
         Column("Post", "post"), Column("Protocol", "protocol"), _UNTIL, Column("Outcome", "outcome"),
         *steps("begun", "ended")),
    ),
}  # fmt: skip
# What a choice of an entry is called, by the kind of the entry.
_CALLED = {
    "agreement": "title", "commitment": "text", "sponsor": "post", "decision": "text", "output": "title",
    "capacityplan": "title", "need": "text", "provision": "text", "learning": "post",
}  # fmt: skip


async def jointly(connection: Connection, clocks: Clocks, code: str) -> Page:
    """What the partners of the partnership *code* agree, decide and share. Raises NotThere."""
    line = await partnership_called(connection, code, clocks)
    parts = await _parts(connection, line, clocks, AGREED)
    return await _page(connection, clocks, line, parts, ("jointly", "Agreed, decided and shared"), AGREED, JOINTLY, {})


async def capacity(connection: Connection, clocks: Clocks, code: str) -> Page:
    """How the partners of the partnership *code* build their capacity. Raises NotThere."""
    line = await partnership_called(connection, code, clocks)
    parts = await _parts(connection, line, clocks, {**BUILT, "plancost": ("", ())})
    plans = [
        (plan, cost_lines(one for one in parts if one.kind == "plancost" and one.part == plan.number))
        for plan in parts
        if plan.kind == "capacityplan"
    ]
    fits = await fits_of(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    values: dict[str, object] = {"plans": plans, "fits": fits}
    return await _page(connection, clocks, line, parts, ("capacity", "Capacity and learning"), BUILT, CAPACITY, values)


async def _parts(connection: Connection, line: PartnershipLine, clocks: Clocks, kinds: Kinds) -> list[PartLine]:
    return await parts_of_kinds(connection, "stream", [line.id], kinds=[*kinds], as_at=clocks.as_at, known=clocks.then)


async def _page(
    connection: Connection,
    clocks: Clocks,
    line: PartnershipLine,
    parts: Sequence[PartLine],
    called: tuple[str, str],
    kinds: Kinds,
    actions: dict[str, Step],
    values: dict[str, object],
) -> Page:
    """A page of a partnership with tables of *parts* and the forms of *actions*. *called* are its address and title."""
    path = f"/partnerships/{line.code}"
    ids = organisations_of(parts, kinds)
    organisations = await as_named(connection, await register.organisations_by(connection, "id", ids), clocks)
    return Page(
        template=f"partners/{called[0]}.html",
        title=f"{called[1]}: {line.name}",
        section="partnerships",
        path=f"{path}/{called[0]}",
        trail=[(line.name, path)],
        values={"tables": tables(kinds, parts), "named": {one.id: one for one in organisations}, **values},
        about={"partnership_id": line.id},
        # Nothing is recorded in the past.
        forms=tuple(forms_of(actions, clocks.as_at, await _choices(connection, line, parts, clocks)))
        if clocks.is_present
        else (),
        sheet=sheet_of(parts),
    )


async def _choices(
    connection: Connection, line: PartnershipLine, parts: Sequence[PartLine], clocks: Clocks
) -> dict[str, Choices]:
    """What the forms offer: entries by number, partners, and the bids, awards and outcomes of the partnership."""
    partners = await held.partners_by_then(connection, line.id, as_at=clocks.as_at, known=clocks.then)
    bodies = await register.organisations_by(connection, "id", sorted({one.organisation_id for one in partners}))
    members = tuple(sorted((one.code, one.name) for one in bodies))
    its_outcomes = await outcomes.outcomes_by(connection, "partnership_id", [line.id])
    return {
        kind: tuple((choice_of(one.number), f"{one.number}: {one.facts[fact]}") for one in parts if one.kind == kind)
        for kind, fact in _CALLED.items()
    } | {
        **dict.fromkeys(("organisation_id", "owner_id", "provider_id", "host_id"), members),
        "bid_id": tuple(
            (one.reference, one.title) for one in await bids.bids_by(connection, "partnership_id", [line.id])
        ),
        "award_id": tuple(
            (one.reference, one.reference) for one in await awards.awards_by(connection, "partnership_id", [line.id])
        ),
        "outcome": tuple((choice_of(one.id), one.indicator) for one in its_outcomes),
    }
