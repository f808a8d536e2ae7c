"""The test of a bid that a source states against the eligibility rules of its scheme, by the notes of all of them.

Only what is certain counts. What is not recorded of a partner may be as asked, and a partner without a date is one all
the time. Plans are not tested, because a source seldom says which plans a bid had.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.eligibility.rule import EligibilityKind, EligibilityRulePublished
from domain.eligibility.testing import Applying, Bidding, Result, tested
from domain.values.frozen import replace
from domain.values.ids import SchemeId
from domain.values.when import When
from projections.delays.clock import first_day, last_day
from projections.discrepancies.facts import surely_before, when
from projections.discrepancies.notes import Note

PUBLISHED = EligibilityRulePublished.__name__
# The kinds of rules that a person judges, or that are about what no source states.
_UNTESTED = (EligibilityKind.OTHER, EligibilityKind.REQUIRED_PLANS)


class Broken(NamedTuple):
    """A rule that a bid does not meet: its code and version, what was found, and the positions of the events."""

    rule: str
    version: int
    found: str
    events: tuple[int, ...]


def broken_rules(notes: Sequence[Note], linked: Sequence[Note]) -> list[Broken]:
    """The rules that the stated bid of *notes* surely does not meet. *linked* are those of its scheme and partners."""
    stated = [note for note in notes if note.kind in ("BidStated", "BidRestated")]
    if not linked or not stated or notes[0].kind != "BidStated":
        return []
    on, found = when(stated[-1].on), list[Broken]()
    for note in _in_force(linked, on):
        rule = _rule(note)
        result = _tested(rule, linked, on) if rule.kind not in _UNTESTED else None
        if result is not None and not result.met:
            found.append(Broken(rule.code, rule.version, result.found, (note.position, stated[-1].position)))
    return found


def _in_force(linked: Iterable[Note], on: When) -> list[Note]:
    """The versions of rules that were surely in force on a date. A first version without a date always was."""
    by_code: dict[str, list[Note]] = defaultdict(list)
    for note in linked:
        if note.kind in (PUBLISHED, "EligibilityRuleEnded"):
            by_code[note.other or ""].append(note)
    found = []
    for versions in by_code.values():
        may_be = [one for one in versions if when(one.on).may_precede(on)]
        last = may_be[-1] if may_be else None
        if last is None or last.kind != PUBLISHED:
            continue
        if _began(when(last.on), on) or (last is versions[0] and not when(last.on).is_known):
            found.append(last)
    return found


def _began(since: When, on: When) -> bool:
    """Whether what began on *since* had surely begun on *on*."""
    last, first = last_day(since), first_day(on)
    return last is not None and first is not None and last <= first


def _rule(note: Note) -> EligibilityRulePublished:
    kind, least, names, regime = json.loads(note.said or "[]")
    return EligibilityRulePublished(
        scheme_id=SchemeId(""),
        code=note.other or "",
        version=note.number or 0,
        kind=EligibilityKind(kind),
        text="",
        least=least,
        names=tuple(names),
        regime=regime,
        closes=when(note.until) if note.until is not None else None,
        on=when(note.on),
    )


@dataclass(slots=True)
class _Partners:
    """The partners of a bidder: those that it *may* have had on a date, those that it *surely* had, by id.

    *stated* is the number of partners that its source states.
    """

    may: dict[str, Bidding] = field(default_factory=dict)
    surely: dict[str, Bidding] = field(default_factory=dict)
    stated: int = 0


def _tested(rule: EligibilityRulePublished, linked: Sequence[Note], on: When) -> Result | None:
    """The result that is most in favour of the bid; None where no partner is known."""
    if rule.kind is EligibilityKind.DEADLINE:
        return tested(rule, Applying(partners=(), plans=frozenset(), on=on))
    partners = _partners(linked, on)
    if not partners.may:
        return None
    if rule.kind is EligibilityKind.MINIMUM_PARTNERS or rule.least is not None:
        unnamed = Bidding(name="not named", kind="", tier=None, region=None, categories={})
        missing = max(partners.stated - len(partners.may), 0)
        counted = [*partners.may.values(), *[unnamed] * missing]
    else:
        counted = [*partners.surely.values()]
    if not counted:
        return None
    asked = tuple(_as_asked(rule, one) for one in counted)
    return tested(rule, Applying(partners=asked, plans=frozenset(), on=on))


def _as_asked(rule: EligibilityRulePublished, one: Bidding) -> Bidding:
    """A partner, of which everything that is not known is as the rule asks."""
    wanted = next(iter(rule.names), "")
    categories = {rule.regime or "": wanted} | one.categories
    return replace(
        one, kind=one.kind or wanted, tier=one.tier or wanted, region=one.region or wanted, categories=categories
    )


def _partners(linked: Iterable[Note], on: When) -> _Partners:
    found = _Partners()
    known = _known(linked, on)
    for note in linked:
        since = when(note.on)
        if note.kind == "PartnersStated":
            found.stated = note.number or 0
        elif note.kind == "PartnerJoined" and note.said is not None and not surely_before(on, since):
            partner = known.get(note.said, Bidding(name=note.said, kind="", tier=None, region=None, categories={}))
            found.may[note.said] = partner
            if not since.is_known or _began(since, on):
                found.surely[note.said] = partner
        elif note.kind == "PartnerLeft" and note.said is not None:
            if since.may_precede(on):
                found.surely.pop(note.said, None)
            if surely_before(since, on):
                found.may.pop(note.said, None)
    return found


def _known(linked: Iterable[Note], on: When) -> dict[str, Bidding]:
    """The organisations of the notes as they were on a date, by id."""
    found: dict[str, Bidding] = {}
    dated: dict[tuple[str, str], list[Note]] = defaultdict(list)
    for note in linked:
        if note.kind == "OrganisationRegistered" and note.other is not None:
            thing, kind, tier, region = json.loads(note.other)
            found[thing] = Bidding(name=note.said or "", kind=kind, tier=tier, region=region, categories={})
        elif note.kind == "AssessmentCategoryRecorded" and note.other is not None and note.said is not None:
            thing, regime = json.loads(note.other)
            dated[thing, regime].append(note)
    for (thing, regime), notes in dated.items():
        category = _category(notes, on)
        if thing in found and category is not None:
            found[thing] = replace(found[thing], categories=found[thing].categories | {regime: category})
    return found


def _category(notes: Sequence[Note], on: When) -> str | None:
    """The category on a date; None where it is not certain. The only one counts also without a date."""
    if len(notes) == 1 and not when(notes[0].on).is_known:
        return notes[0].said
    may_be = [one for one in notes if when(one.on).may_precede(on)]
    return may_be[-1].said if may_be and _began(when(may_be[-1].on), on) else None
