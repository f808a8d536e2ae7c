"""After a merger two organisations are one, before it they are two; money is counted once, on every day, as known
after every step.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import hypothesis
import psycopg
from hypothesis import HealthCheck
from hypothesis import strategies as st

from domain.history import Command
from domain.organisation import MergeOrganisations, RegisterOrganisation, UndoMerger
from domain.partnership import JoinPartnership
from domain.stated_grant import StatedGrant, StatedOrganisation
from domain.values.ids import OrganisationId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from projections import lists
from projections.awards import AwardLine
from projections.lists import LISTS, Wanted
from projections.money.funding import funding_by
from projections.parts.reading import PartLine
from projections.register import held
from projections.register.reading import PartnershipLine
from projections.tables.paging import Window, counts, page, totals
from tests.kit.database.feeding import rebuilt
from tests.kit.database.writing import read_tables
from tests.kit.length import times
from tests.kit.money import Desk, desk, gbp
from tests.kit.stated import GRANT, ids_of, paid, states

BODIES, GRANTS = 4, 6
DAYS = [date(year, 6, 30) for year in (2004, 2006, 2008, 2010, 2012)]
NUMBERS = count()

# --- The story: what happened, and the plainest account of which organisations are one --------------------------------


@dataclass
class Story:
    """Organisations with grants of which each funds some and receives others. No two sums of grants are equal.

    *known* are the positions after each merger or its undoing; *spans* are, at each, the mergers as (part, whole, first
    day, day of the end).
    """

    name: str
    grants: list[tuple[int, int, StatedGrant]] = field(default_factory=list)
    members: set[tuple[int, int]] = field(default_factory=set)
    known: list[int] = field(default_factory=list)
    spans: list[list[tuple[int, int, int, int]]] = field(default_factory=list)

    def body(self, number: int) -> StatedOrganisation:
        return StatedOrganisation(code=f"{self.name}-{number}", name=f"{self.name} {number}")

    def id_of(self, number: int) -> OrganisationId:
        return OrganisationId(f"organisation-{self.name}-{number}")

    def parts(self, number: int, day: date, spans: list[tuple[int, int, int, int]]) -> set[int]:
        """The organisation *number* and those that are part of it on a day."""
        found = {number}
        for _ in range(BODIES):
            found |= {part for part, whole, first, end in spans if whole in found and first <= day.year < end}
        return found

    def wholes(self, day: date, spans: list[tuple[int, int, int, int]]) -> list[int]:
        """The organisations that are part of no other on a day."""
        return [one for one in range(BODIES) if not any(p == one and f <= day.year < e for p, _, f, e in spans)]


Steps = list[tuple[int, int | None, int]]


def told(at: Desk, roles: list[tuple[int, int]], members: list[tuple[int, int]], steps: Steps) -> Story:
    """A story: the funder and the recipient of each grant, other members of the recipients' partnerships, then steps.

    A step is a part, what it merges into (None: its merger is undone), and a year. What the rules refuse is left out.
    """
    story = Story(f"s{next(NUMBERS)}")
    for number in range(BODIES):
        one = story.body(number)
        at.do(
            RegisterOrganisation(
                organisation_id=story.id_of(number), code=one.code, name=one.name, kind="council", on=When("1974")
            )
        )
    for number, (funder, recipient) in enumerate(roles):
        grant = replace(
            GRANT,
            identifier=f"{story.name}-{number}",
            programme_code=story.name,
            programme_name=story.name,
            scheme_code=f"{story.name}/s",
            scheme_name=story.name,
            funder=story.body(funder),
            recipients=(story.body(recipient),),
            requested=None,
            requested_on=UNKNOWN,
            awarded=gbp(f"{2**number * 100}.00"),
            transactions=(paid(f"{2**number}.00", reference=f"{story.name}-{number}"),),
        )
        at.do(states("2004", grant))
        story.grants.append((funder, recipient, grant))
    for member, recipient in members:
        found = [ids_of(grant).partnership_id for _, one, grant in story.grants if one == recipient]
        if found:
            story.members.add((member, recipient))
            at.do(
                JoinPartnership(
                    partnership_id=found[0], organisation_id=story.id_of(member), role="member", on=When("2004-06-01")
                )
            )
    merge_all(at, story, steps)
    return story


def merge_all(at: Desk, story: Story, steps: Steps) -> None:
    spans: list[tuple[int, int, int, int]] = []
    story.known, story.spans = [at.log.position()], [[]]
    for part, whole, year in steps:
        on = When(f"{year}-01-01")
        command: Command = (
            UndoMerger(merged_id=story.id_of(part), on=on, because="So")
            if whole is None
            else MergeOrganisations(
                organisation_id=story.id_of(whole), merged_id=story.id_of(part), on=on, because="So"
            )
        )
        with suppress(Refused):
            at.do(command)
            if whole is not None:
                spans = [*spans, (part, whole, year, 9999)]
            else:
                spans = [(p, w, first, year if (p, end) == (part, 9999) else end) for p, w, first, end in spans]
            story.known.append(at.log.position())
            story.spans.append(spans)


# --- What is asked of an organisation ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What the programme says of an organisation: the amounts it gave and received, its awards, payments and roles."""

    given: Decimal
    awards: frozenset[str]
    awarded: Decimal
    funded: Decimal
    paid: Decimal
    partnerships: frozenset[str]
    roles: Counter[tuple[str, str]]


LINES: dict[str, Any] = {"awards": AwardLine, "payments": PartLine, "partnerships": PartnershipLine}


async def answer_of(connection: Any, organisation_id: str, day: date, known: int) -> Answer:
    clocks: dict[str, Any] = {"one_on": day, "up_to": known}

    async def rows(name: str, **wanted: Any) -> tuple[list[str], Decimal]:
        listing = lists.listing(name, Wanted(**wanted, **clocks), next(iter(LISTS[name].orders)))
        found = [line.id for line in (await page(connection, LINES[name], listing, Window(size=100))).lines]
        assert [len(found)] == await counts(connection, [listing])
        amount = sum((one.amount for one in await totals(connection, listing)), Decimal(0)) if listing.sums else None
        return found, amount or Decimal(0)

    awards, awarded = await rows("awards", organisation=organisation_id)
    ladder = await funding_by(connection, "funder_id", [organisation_id], as_at=day, known=known)
    roles = await held.roles_by(connection, "organisation_id", [organisation_id], as_at=day, known=known)
    partnerships, _ = await rows("partnerships", organisation=organisation_id)
    assert len(awards) == len(set(awards))
    assert len(partnerships) == len(set(partnerships))
    return Answer(
        given=sum((one.figures["awarded"].amount for one in ladder), Decimal(0)),
        awards=frozenset(awards),
        awarded=awarded,
        funded=(await rows("awards", funder=organisation_id))[1],
        paid=(await rows("payments", payee=organisation_id))[1],
        partnerships=frozenset(partnerships),
        roles=Counter((one.partnership_id, one.role) for one in roles),
    )


def asked(database: Database, story: Story, numbers: Iterable[int], day: date, known: int) -> dict[int, Answer]:
    async def ask() -> dict[int, Answer]:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            return {one: await answer_of(connection, story.id_of(one), day, known) for one in numbers}

    return asyncio.run(ask())


def expected(story: Story, parts: set[int]) -> Answer:
    """What the parts of an organisation have between them, each thing once."""
    given = [grant for funder, _, grant in story.grants if funder in parts]
    received = [grant for _, recipient, grant in story.grants if recipient in parts]
    roles: set[tuple[str, str]] = set()
    for funder, recipient, grant in story.grants:
        partnership_id = ids_of(grant).partnership_id
        roles |= {(partnership_id, "funder")} if funder in parts else set()
        roles |= {(partnership_id, "lead")} if recipient in parts else set()
        roles |= {(partnership_id, "member") for one, host in story.members if one in parts and host == recipient}
    partnerships = {one for one, _ in roles}
    of_them = [grant for _, _, grant in story.grants if ids_of(grant).partnership_id in partnerships]
    return Answer(
        given=sum_of(given),
        awards=frozenset(ids_of(grant).award_id for grant in of_them),
        awarded=sum_of(of_them),
        funded=sum_of(given),
        paid=sum_of(received) / 100,
        partnerships=frozenset(partnerships),
        roles=Counter(roles),
    )


def sum_of(grants: Iterable[StatedGrant]) -> Decimal:
    return sum((grant.awarded.amount for grant in grants if grant.awarded is not None), Decimal(0))


# --- The law ----------------------------------------------------------------------------------------------------------

BODY, YEAR = st.integers(0, BODIES - 1), st.integers(2005, 2011)
PAIRS = st.tuples(BODY, BODY)
STORIES = (
    st.lists(PAIRS, min_size=GRANTS, max_size=GRANTS),
    st.lists(PAIRS, max_size=4),
    st.lists(st.tuples(BODY, BODY | st.none(), YEAR), min_size=1, max_size=8),
)


@hypothesis.settings(
    max_examples=times(12, 100),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@hypothesis.given(*STORIES)
# Both were members of one partnership; a chain of mergers, of which the last is undone.
@hypothesis.example(
    [(0, 1), (0, 2), (1, 1), (2, 3), (3, 3), (1, 0)],
    [(0, 2), (1, 2), (2, 2), (3, 2)],
    [(0, 1, 2005), (1, 2, 2007), (2, 3, 2009), (2, None, 2011), (2, 3, 2011)],
)
def test_on_every_day_as_known_after_every_step_a_whole_has_what_its_parts_have_and_money_is_counted_once(
    database: Database, roles: list[tuple[int, int]], members: list[tuple[int, int]], steps: Steps
) -> None:
    with desk(database) as at:
        story = told(at, roles, members, steps)
    project_all(database)
    in_all = sum_of(grant for _, _, grant in story.grants)
    for known, spans in zip(story.known, story.spans, strict=True):
        for day in DAYS:
            answers = asked(database, story, range(BODIES), day, known)
            for one, answer in answers.items():
                assert expected(story, story.parts(one, day, spans)) == answer, (one, day, spans)
            wholes = [answers[one] for one in story.wholes(day, spans)]
            assert in_all == sum(one.given for one in wholes) == sum(one.funded for one in wholes)
            assert in_all / 100 == sum(one.paid for one in wholes)


def test_a_count_that_takes_the_parts_beside_the_whole_is_too_high(database: Database) -> None:
    """The control: counting every organisation, not only those that go on, counts the money of a part twice."""
    with desk(database) as at:
        story = told(at, [(number % 3, 3) for number in range(GRANTS)], [], [(0, 1, 2005)])
    project_all(database)
    answers = asked(database, story, range(BODIES), DAYS[-1], story.known[-1])
    in_all = sum_of(grant for _, _, grant in story.grants)
    assert in_all == sum(answers[one].given for one in story.wholes(DAYS[-1], story.spans[-1]))
    assert in_all + answers[0].given == sum(one.given for one in answers.values()) > in_all
    # Before the merger there are as many as were registered.
    before = asked(database, story, range(BODIES), DAYS[0], story.known[-1])
    assert in_all == sum(one.given for one in before.values())


def test_rebuilt_mergers_are_those_that_were_written_one_by_one(database: Database) -> None:
    with desk(database) as at:
        story = told(at, [(0, 1)], [], [])
        for step in [(0, 1, 2005), (1, 2, 2007), (1, None, 2008), (1, 3, 2008), (2, 3, 2009), (2, None, 2009)]:
            merge_all(at, story, [step])
            project_all(database)
    assert read_tables(database)["mergers"] == rebuilt(database)["mergers"] != []
