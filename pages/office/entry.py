"""The page of a bank entry: what the bank said, what it may be and why, what was decided by whom, and the forms."""

import json
from collections.abc import Mapping
from typing import Any

from domain.bank.entry import Aside, RejectMatch, ReopenEntry, SetEntryAside
from domain.history import Command
from domain.values.ids import EntryId
from pages.frame.clocks import Clocks
from pages.frame.fields import Choices, Field
from pages.frame.forms import Form, Step
from pages.frame.page import NotThere, Page, Sheet
from pages.office.candidates import Candidate, candidates_of, chosen_match, chosen_payment, others_of, payments_of
from projections.audit import reading as audit
from projections.audit.reading import AuditLine
from projections.bank import reading
from projections.bank.candidates import ProposalLine, proposals_by
from projections.bank.reading import EntryLine
from projections.tables.paging import Connection, Window

# The most events of an entry that are shown: nobody decides about one more often.
EVENTS = 500
_REASON = Field("because", "Reason")
_KINDS = tuple((one.value, one.value) for one in Aside)


def _set_aside(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
    return SetEntryAside(entry_id=EntryId(about["entry_id"]), **values | {"aside": Aside(values["aside"])})


def _reject(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
    award_id, number = chosen_payment(values.pop("payment"))
    return RejectMatch(entry_id=EntryId(about["entry_id"]), award_id=award_id, number=number, **values)


def _reopen(about: Mapping[str, Any], values: dict[str, Any]) -> Command:
    return ReopenEntry(entry_id=EntryId(about["entry_id"]), **values)


STEPS = {
    "match": Step("Match", chosen_match, (Field("candidate", "It is", "choice"), _REASON)),
    "match-other": Step("Match to another payment", chosen_match, (Field("candidate", "It is", "choice"), _REASON)),
    "set-aside": Step(
        "Set aside: not a payment of ours", _set_aside, (Field("aside", "It is a", "choice", choices=_KINDS), _REASON)
    ),
    "reject": Step("Rule out a payment", _reject, (Field("payment", "It is not", "choice"), _REASON)),
    "reopen": Step("Take the decision back", _reopen, (_REASON,)),
}


async def entry(connection: Connection, clocks: Clocks, entry_id: str) -> Page:
    """The page of a bank entry. Raises NotThere."""
    found = await reading.entries_by(connection, "id", [entry_id], known=clocks.then)
    if not found:
        raise NotThere(f"There is no bank entry {entry_id[:80]}, as it was known then.")
    line = found[0]
    proposed = await _proposed(connection, clocks, line)
    candidates = await candidates_of(connection, clocks, proposed) if proposed is not None else []
    others = await others_of(connection, line, candidates) if proposed is not None else ()
    events = await audit.entries(
        connection, audit.audit_list(stream=line.id, up_to=clocks.position), Window(size=EVENTS)
    )
    repaid = await reading.repayments_by(connection, "entry_id", [line.id], known=clocks.then)
    return Page(
        template="office/entry.html",
        title=f"{'Paid to' if line.amount < 0 else 'Received from'} {line.counterparty or 'a party that is not named'}",
        section="bank",
        path=f"/bank/{line.id}",
        trail=[("Bank", "/bank")],
        values={
            "entry": line,
            "facts": _facts(line),
            "candidates": candidates,
            "duplicate_of": proposed.duplicate_of if proposed is not None else None,
            "shares": await reading.shares_by(connection, "entry_id", [line.id], known=clocks.then),
            "repaid": repaid,
            "events": [(one, _reason_in(one)) for one in events.lines],
        },
        forms=_forms(clocks, line, candidates, others),
        about={"currency": line.currency},
        sheet=Sheet(
            ("position", "event", "effective", "because", "recorded_at", "actor"),
            [
                (one.position, one.name, one.effective, _reason_in(one), one.recorded_at, one.actor)
                for one in events.lines
            ],
        ),
    )


async def _proposed(connection: Connection, clocks: Clocks, line: EntryLine) -> ProposalLine | None:
    """What the entry may be; None once it is decided, and for the past: matching knows only the present."""
    if clocks.then is not None or line.status != "unmatched":
        return None
    return next((one for one in await proposals_by(connection, "entry_id", [line.id]) if one.entry_id == line.id), None)


def _forms(clocks: Clocks, line: EntryLine, candidates: list[Candidate], others: Choices) -> tuple[Form, ...]:
    """The forms that can be sent now."""
    if line.status != "unmatched":
        return (STEPS["reopen"].form("reopen", clocks.as_at),)
    matches = tuple((one.choice, one.words) for one in candidates)
    payments = payments_of(candidates)
    forms = [STEPS["set-aside"].form("set-aside", clocks.as_at)]
    if matches:
        only = matches[0][0] if len(matches) == 1 else ""
        forms.insert(0, STEPS["match"].form("match", clocks.as_at, {"candidate": matches}, {"candidate": only}))
    if others:
        forms.insert(len(forms) - 1, STEPS["match-other"].form("match-other", clocks.as_at, {"candidate": others}))
    if payments:
        forms.append(STEPS["reject"].form("reject", clocks.as_at, {"payment": payments}))
    return tuple(forms)


def _facts(line: EntryLine) -> list[tuple[str, str]]:
    """What the bank said of the entry, as far as it said it; days are texts of When."""
    said = [
        ("Text sent with it", line.remittance),
        ("Reference of the payer", line.end_to_end),
        ("Reference of the bank", line.reference),
        ("Kind of transaction", line.kind),
        ("Reason for the return", line.returned),
        ("Statement", line.statement),
        ("Place among entries that are alike", str(line.nth) if line.nth > 1 else None),
    ]
    return [(words, text) for words, text in said if text]


def _reason_in(line: AuditLine) -> str:
    """The reason that an event gives; empty without one."""
    return str(json.loads(line.data).get("because") or "")
