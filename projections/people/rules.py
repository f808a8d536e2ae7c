"""The rules of programmes, schemes and partnerships, and the bodies and limits that sources state: how rows are filled.

A source states a body or a limit in one row or in several, and may state it otherwise later. Each statement is a row of
its own, with the id of what it states. A rule of the office holds until another one takes its place.
"""

import re
from enum import Enum
from typing import Any, NamedTuple, get_args
from uuid import UUID, uuid5

import psycopg

from domain import programme
from domain.eligibility.rule import EligibilityKind, EligibilityRuleEnded, EligibilityRulePublished
from domain.history import Recorded
from domain.values.fact import DateCorrected, GovernanceBodyEstablished, RuleStated, StatementReplaced
from domain.values.money import Money
from domain.values.shown import shown_count, shown_criteria
from projections.tables.corrections import NOW, position_of, supersede
from projections.tables.kinds import by_kind
from projections.tables.rows import insert

DEFINITION = f"""
-- position is that of the event that states it. It is known from the position known_from until superseded. A later rule
-- with the same replaces takes its place; with is_end, it only ends it. names are the criteria, with their weights, or
-- what an eligibility rule asks for.
CREATE TABLE rules (
    position bigint NOT NULL, programme_id text NOT NULL, scheme_id text, partnership_id text, body_id text,
    about text NOT NULL, text text NOT NULL, kind text, number integer, limit_amount numeric, currency text,
    source text, stated_only boolean NOT NULL, replaces text, since text NOT NULL,
    code text, version integer, round_id text, names text[], weights integer[], regime text, closes text,
    is_end boolean NOT NULL DEFAULT false,
    known_from bigint NOT NULL, superseded bigint NOT NULL DEFAULT {NOW}, PRIMARY KEY (position, known_from)
);
"""
INDEXES = """
CREATE INDEX rules_of_programme ON rules (programme_id);
CREATE INDEX rules_of_scheme ON rules (scheme_id);
CREATE INDEX rules_of_partnership ON rules (partnership_id);
CREATE INDEX rules_that_replace ON rules (replaces);
"""


class RuleKind(Enum):
    """What kind of rule it is, where that is certain: the office published it, or a source gives the number."""

    CRITERIA = "criteria"
    SERVICE_STANDARD = "service standard"
    DELEGATED_LIMIT = "delegated limit"
    MINIMUM_PARTNERS = EligibilityKind.MINIMUM_PARTNERS.value
    SUBSIDISED_PARTICIPANTS = "subsidised participants"
    ORGANISATION_KIND = EligibilityKind.ORGANISATION_KIND.value
    TIER = EligibilityKind.TIER.value
    ASSESSMENT_CATEGORY = EligibilityKind.ASSESSMENT_CATEGORY.value
    REGION = EligibilityKind.REGION.value
    DEADLINE = EligibilityKind.DEADLINE.value
    REQUIRED_PLANS = EligibilityKind.REQUIRED_PLANS.value
    OTHER = EligibilityKind.OTHER.value


# What stands before the number in the text of a rule, such as (min_partners=2), and the kind of that rule.
_NUMBERED = {
    "min_partners": RuleKind.MINIMUM_PARTNERS,
    "max_subsidised_participants": RuleKind.SUBSIDISED_PARTICIPANTS,
}
_NUMBER = re.compile(rf"\(({'|'.join(_NUMBERED)})=(\d{{1,9}})\)")

_BETWEEN_WORDS = re.compile(r"\W+")

_IDENTITIES = UUID("b54d83c1-7d4c-4a5e-8a37-0f2f4f1b6c1e")
# The programme and the code of a partnership, a scheme or a programme, from the event with which it began.
_PLACE = """SELECT coalesce(b.body ->> 'programme_id', e.originator_id), b.body ->> 'code'
    FROM log.events e CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::json AS body) b
    WHERE e.originator_id = %(stream)s AND e.topic = %(began)s
      AND (%(scheme)s::text IS NULL OR b.body ->> 'scheme_id' = %(scheme)s)"""

Stating = GovernanceBodyEstablished | RuleStated
OfOffice = (
    programme.AssessmentCriteriaPublished
    | programme.ServiceStandardSet
    | EligibilityRulePublished
    | EligibilityRuleEnded
)


class Place(NamedTuple):
    """What a statement is about: a partnership, else a scheme, else a programme, with its *code*."""

    id: str
    programme_id: str
    code: str


def _body(cursor: psycopg.Cursor[Any], recorded: Recorded, event: GovernanceBodyEstablished) -> None:
    """Add a body that a source states, and its limit."""
    if (place := _place(cursor, recorded, event)) is None:
        return
    stated = _stated(recorded, event, place)
    insert(
        cursor,
        "bodies",
        id=_id_of(event, place),
        code=_code_of(event, place),
        name=event.body,
        kind=event.role,
        remit=event.remit,
        composition=event.composition,
        **stated,
    )
    if event.limit is not None:
        _limit(cursor, recorded, event, place, event.limit, event.remit)


def _rule(cursor: psycopg.Cursor[Any], recorded: Recorded, event: RuleStated) -> None:
    """Add a rule that a source states, and the limit that it sets."""
    if (place := _place(cursor, recorded, event)) is None:
        return
    kind, number = (RuleKind.DELEGATED_LIMIT if event.limit else None), None
    if (found := _NUMBER.search(event.rule)) is not None:
        kind, number = _NUMBERED[found[1]], int(found[2])
    insert(
        cursor,
        "rules",
        body_id=_id_of(event, place),
        about=event.body,
        text=event.rule,
        kind=kind.value if kind else None,
        number=number,
        limit_amount=event.limit.amount if event.limit else None,
        currency=event.limit.currency if event.limit else None,
        known_from=recorded.position,
        **_stated(recorded, event, place),
    )
    if event.limit is not None:
        _limit(cursor, recorded, event, place, event.limit, event.rule)


def _limit(
    cursor: psycopg.Cursor[Any], recorded: Recorded, event: Stating, place: Place, limit: Money, words: str | None
) -> None:
    """Add the limit of a body. Two statements of one amount for one body are about the same limit."""
    body_id = _id_of(event, place)
    insert(
        cursor,
        "delegations",
        id=f"delegation-{uuid5(_IDENTITIES, f'{body_id}/{limit.amount:f}/{limit.currency}')}",
        code=_code_of(event, place),
        body_id=body_id,
        decisions=[],
        words=words,
        limit_amount=limit.amount,
        currency=limit.currency,
        granted_by=recorded.actor,
        **_stated(recorded, event, place),
    )


def _place(cursor: psycopg.Cursor[Any], recorded: Recorded, event: Stating) -> Place | None:
    began = "ProgrammeEstablished" if event.scheme_id is None else "SchemeEstablished"
    of_partnership = event.partnership_id is not None
    cursor.execute(
        _PLACE,
        {
            "stream": event.partnership_id or recorded.stream,
            "began": "PartnershipFormed" if of_partnership else began,
            "scheme": None if of_partnership else event.scheme_id,
        },
    )
    found = cursor.fetchone()
    return Place(event.partnership_id or event.scheme_id or recorded.stream, *found) if found else None


def _id_of(event: Stating, place: Place) -> str:
    """The id of the body that a source names. A body is known by its name, within its place."""
    return f"body-{uuid5(_IDENTITIES, f'{place.id}/{event.body}')}"


def _code_of(event: Stating, place: Place) -> str:
    return f"{place.code}/{_BETWEEN_WORDS.sub('-', event.body.lower()).strip('-') or event.body}"


def _stated(recorded: Recorded, event: Stating, place: Place) -> dict[str, Any]:
    """The columns that every statement of a source has."""
    return {
        "programme_id": place.programme_id,
        "scheme_id": None if event.partnership_id else event.scheme_id,
        "partnership_id": event.partnership_id,
        "source": event.source.cites if event.source else None,
        "stated_only": True,
        "since": event.on.text,
        "position": recorded.position,
    }


def _published(cursor: psycopg.Cursor[Any], recorded: Recorded, event: programme.AssessmentCriteriaPublished) -> None:
    text = shown_criteria(event.criteria, event.weights)
    replaces = f"criteria/{event.scheme_id}"
    of: dict[str, Any] = {"about": "Bids", "text": text, "replaces": replaces}
    weights = list(event.weights) or None
    _of_office(cursor, recorded, event, RuleKind.CRITERIA, names=list(event.criteria), weights=weights, **of)


def _eligibility(cursor: psycopg.Cursor[Any], recorded: Recorded, event: EligibilityRulePublished) -> None:
    _of_office(
        cursor,
        recorded,
        event,
        RuleKind(event.kind.value),
        about="Eligibility",
        text=event.text,
        number=event.least,
        replaces=_rule_of(event),
        code=event.code,
        version=event.version,
        round_id=event.round_id,
        names=list(event.names),
        regime=event.regime,
        closes=event.closes.text if event.closes is not None else None,
        source=event.source.cites if event.source is not None else None,
        stated_only=event.source is not None,
    )


def _eligibility_ended(cursor: psycopg.Cursor[Any], recorded: Recorded, event: EligibilityRuleEnded) -> None:
    """The end of a rule takes the place of its last version, and is no rule itself."""
    of: dict[str, Any] = {"about": "Eligibility", "text": event.because, "replaces": _rule_of(event), "is_end": True}
    _of_office(cursor, recorded, event, None, code=event.code, version=event.version, **of)


def _rule_of(event: EligibilityRulePublished | EligibilityRuleEnded) -> str:
    return f"eligibility/{event.scheme_id}/{event.code}"


def _standard(cursor: psycopg.Cursor[Any], recorded: Recorded, event: programme.ServiceStandardSet) -> None:
    _of_office(
        cursor,
        recorded,
        event,
        RuleKind.SERVICE_STANDARD,
        about=event.span.value.replace("_", " ").capitalize(),
        text=f"At most {shown_count(event.limit, f'{event.days.value} day')}",
        number=event.limit,
        replaces=f"{event.span.value}/{event.scheme_id or recorded.stream}",
    )


def _of_office(
    cursor: psycopg.Cursor[Any],
    recorded: Recorded,
    event: OfOffice,
    kind: RuleKind | None,
    **row: Any,
) -> None:
    """Add a rule that the office published, or an eligibility rule that a source states."""
    of: dict[str, Any] = {
        "programme_id": recorded.stream,
        "scheme_id": event.scheme_id,
        "kind": kind.value if kind is not None else None,
        "stated_only": False,
        "since": event.on.text,
        "position": recorded.position,
        "known_from": recorded.position,
    }
    insert(cursor, "rules", **of | row)


# --- Corrections ------------------------------------------------------------------------------------------------------

_TABLES_OF = {
    GovernanceBodyEstablished.__name__: ("bodies", "delegations"),
    RuleStated.__name__: ("rules", "delegations"),
    EligibilityRulePublished.__name__: ("rules",),
}
_OF_OFFICE = tuple(kind.__name__ for kind in get_args(OfOffice))


def _replaced(cursor: psycopg.Cursor[Any], recorded: Recorded, event: StatementReplaced) -> None:
    """What a source no longer states so was known until now."""
    for table in _TABLES_OF.get(event.fact, ()):
        supersede(cursor, table, recorded, event)


def _redated(cursor: psycopg.Cursor[Any], recorded: Recorded, event: DateCorrected) -> None:
    """Give a rule of the office its right date, from now on."""
    if event.step not in _OF_OFFICE:
        return
    kept = (
        "position, programme_id, scheme_id, about, text, kind, number, stated_only, replaces, code, version, round_id,"
        " names, weights, regime, closes, is_end"
    )
    cursor.execute(
        "WITH old AS (UPDATE rules SET superseded = %(at)s WHERE position = %(of)s AND superseded = %(now)s"  # noqa: S608
        f" RETURNING *) INSERT INTO rules ({kept}, since, known_from) SELECT {kept}, %(on)s, %(at)s FROM old".encode(),
        {
            "at": recorded.position,
            "of": position_of(cursor, recorded.stream, event.version),
            "now": NOW,
            "on": event.date.text,
        },
    )


WRITERS = by_kind(_body, _rule, _published, _eligibility, _eligibility_ended, _standard, _replaced, _redated)
