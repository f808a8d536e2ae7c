"""What the files stated before, row by row: a corrected row restates its facts instead of adding others.

A row is the same if its cells are. Rows that changed are paired with the rows that are gone by their keys: the texts
that tell the rows of a file apart, the most exact first. A row that is gone and has no pair is reported; its facts
stay.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from domain import award, bid, delivery, organisation, outcome, programme
from domain.between.pooling import ChargeAgreed
from domain.eligibility.rule import EligibilityRulePublished
from domain.history import Command
from domain.joint.agreements import AgreementMade
from domain.joint.capacity import CapacityPlanFiled, PlanCostStated
from domain.published.framework import FrameworkPublished
from domain.support.case import OfCase
from domain.values.fact import Fact, Record, Source, StatementReplaced
from domain.values.frozen import replace
from domain.values.when import UNKNOWN
from infra.imports.cbp.csv_file import Row
from infra.log.codec import CODEC
from infra.log.postgres_log import PostgresLog
from projections.telling import ORGANISATION, described

# Who records these files.
ACTOR = "import cbp"

# The keys of each file. "place" is the partnership, scheme or programme that a fact is about, "text" what it says in
# words, "document" the first that its source names, and "rest" all of it but the place.
KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "partners.csv": (("place", "organisation_id", "role"), ("place", "organisation_id"), ("rest",)),
    "pilots.csv": (("number",), ("organisation", "activity")),
    "national_programmes.csv": (("place",), ("rest",)),
    "governance.csv": (("place", "body", "role"), ("place", "body"), ("place", "role"), ("rest",)),
    "limits.csv": (("place", "body", "rule"), ("place", "rule"), ("place", "body"), ("rest",)),
    "awards.csv": (("place", "purpose", "basis"), ("place", "purpose"), ("place", "basis"), ("rest",)),
    "events.csv": (("place", "kind", "text"), ("place", "text"), ("place", "kind"), ("rest",)),
    "delays.csv": (("place", "stage", "text"), ("place", "text"), ("place", "stage"), ("rest",)),
    "impact_framework.csv": (("document",), ("place",)),
    "support.csv": (
        ("place", "kind", "case", "number", "sort", "category"),
        ("place", "kind", "case", "number"),
        ("place", "kind", "case"),
        ("place", "case", "number"),
        ("rest",),
    ),
    "outcomes.csv": (("place", "impact", "level", "indicator"), ("place", "indicator"), ("place", "impact"), ("rest",)),
}
# Awards have steps of their own for what changes: see restated.
_OF_AWARDS = (
    award.AwardStated, award.AwardRestated, award.AwardReassigned, award.ParticularsStated, award.AwardNoLongerStated,
    award.AwardStatedAgain, award.LineLeftOut,
)  # fmt: skip
# Facts that follow from their row and its figures alone, but for their number, which they keep.
_READ = (
    ChargeAgreed, award.StrandAgreed, EligibilityRulePublished, bid.AdviserRecorded, delivery.PlanAgreed,
    delivery.PlanRedesigned, delivery.MilestoneReached, delivery.SupplierReplaced, delivery.StatusReported,
    FrameworkPublished, outcome.EvidenceGiven, OfCase, organisation.AssessmentCategoryRecorded,
    AgreementMade, CapacityPlanFiled, PlanCostStated,
)  # fmt: skip
# Facts that depend on more than their row: on the award that a sum confirms, or on what the row stated before.
_OTHERWISE = (award.AwardCorroborated, award.ComponentRestated)
# The field that numbers the facts of a kind within their stream.
_NUMBERS: dict[type[Fact], str] = {
    ChargeAgreed: "number", award.StrandAgreed: "number", EligibilityRulePublished: "version",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact that a file stated, and its place in the log."""

    stream: str
    version: int
    fact: Fact


@dataclass(slots=True)
class StatedRow:
    """A row that the file had: the facts that it stated, as far as they still count."""

    digest: str
    nth: int
    facts: list[Stated] = field(default_factory=list)

    def name(self, code_of: Mapping[str, str]) -> str:
        """What the row says, for people. *code_of* has the codes of partnerships and organisations by their ids."""
        first = self.facts[0].fact
        line = described(first)
        if line is None:
            return getattr(first, "code", None) or getattr(first, "indicator", None) or type(first).__name__
        code = code_of.get(getattr(first, "partnership_id", None) or "")
        title = line.title.replace(ORGANISATION, code_of.get(line.organisation_id or "", "An organisation"))
        return f"{code}: {title}" if code is not None else title


@dataclass(slots=True)
class StatedFile:
    """What a file stated before: its rows, and how often it stated each row, replaced facts included."""

    rows: dict[tuple[str, int], StatedRow] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    awards: dict[tuple[str, int], str] = field(default_factory=dict)


def stated_before(log: PostgresLog) -> tuple[dict[str, StatedFile], set[str]]:
    """What each file stated before, and all streams that the files began or added to."""
    files: dict[str, StatedFile] = defaultdict(StatedFile)
    streams: set[str] = set()
    replaced: set[tuple[str, int]] = set()
    found = list(_recorded(log))
    for _, stated in found:
        streams.add(stated.stream)
        if isinstance(stated.fact, StatementReplaced):
            replaced.add((stated.stream, stated.fact.version))
    for command_id, stated in found:
        source = stated.fact.source
        if source is None or not source.row or isinstance(stated.fact, StatementReplaced):
            continue
        file, nth = files[source.register], int(command_id.split("/")[3])
        file.times[source.row] += 1
        if isinstance(stated.fact, award.AwardStated):
            file.awards[source.row, nth] = stated.stream
        if (stated.stream, stated.version) not in replaced and not isinstance(stated.fact, _OF_AWARDS):
            _add(file, (source.row, nth), stated)
    return files, streams


def _recorded(log: PostgresLog) -> Iterator[tuple[str, Stated]]:
    with log.datastore.get_connection() as connection:
        rows: Any = connection.execute(
            "SELECT command_id, originator_id AS stream, originator_version AS version, topic, schema_version, state"
            " FROM log.events WHERE actor = %s ORDER BY notification_id",
            (ACTOR,),
        ).fetchall()
    for row in rows:
        fact = CODEC.decode(row["topic"], row["schema_version"], bytes(row["state"]))
        yield row["command_id"], Stated(row["stream"], row["version"], fact)


def _add(file: StatedFile, key: tuple[str, int], stated: Stated) -> None:
    facts = []
    if isinstance(stated.fact, award.ComponentRestated):
        # Recorded by earlier versions of the import: another amount for the part, which the row of now states.
        part = (stated.stream, stated.fact.purpose)
        for one in [row for row in file.rows.values() if _part(row.facts[0]) == part]:
            facts += file.rows.pop((one.digest, one.nth)).facts
    row = file.rows.setdefault(key, StatedRow(*key))
    row.facts += [*facts, stated]


def _part(stated: Stated) -> tuple[str, str] | None:
    is_part = isinstance(stated.fact, award.ComponentStated | award.ComponentRestated)
    return (stated.stream, getattr(stated.fact, "purpose", "")) if is_part else None


# --- Comparing --------------------------------------------------------------------------------------------------------

# A row as it is read now, with the commands for it.
Reading: TypeAlias = tuple[Row, Sequence[Command]]


@dataclass(slots=True)
class Compared:
    """The rows of a file against those that it stated before: *restated* by the place of the reading."""

    unchanged: set[int] = field(default_factory=set)
    restated: dict[int, StatedRow] = field(default_factory=dict)
    gone: list[StatedRow] = field(default_factory=list)


def compared(name: str, file: StatedFile, readings: Sequence[Reading]) -> Compared:
    """Which of *readings* the file stated before, which restate another row, and which rows are gone."""
    found = Compared()
    gone = dict(file.rows)
    for place, (row, commands) in enumerate(readings):
        before_row = gone.pop((row.digest, row.nth), None)
        if before_row is None:
            continue
        if _reads_alike(before_row, commands):
            found.unchanged.add(place)
        else:
            found.restated[place] = before_row
    for key in KEYS.get(name, ()):
        before: dict[Any, list[StatedRow]] = defaultdict(list)
        now: dict[Any, list[int]] = defaultdict(list)
        for one in gone.values():
            before[_key(key, one.facts[0].fact, one.facts[0].stream)].append(one)
        for place, (_, commands) in enumerate(readings):
            if commands and place not in found.unchanged and place not in found.restated:
                now[_key(key, fact_of(commands[0]), commands[0].stream)].append(place)
        for value, places in now.items():
            # Where several rows have the same key, nobody can tell which became which.
            if len(places) == len(before[value]) == 1:
                (one,) = before[value]
                found.restated[places[0]] = gone.pop((one.digest, one.nth))
    found.gone = list(gone.values())
    return found


def _reads_alike(before: StatedRow, commands: Sequence[Command]) -> bool:
    """Whether a row leads to the facts that it led to before.

    An earlier version of the import may have recorded less of the row, or the figures of the row have changed.
    """
    facts = [command.fact for command in commands if isinstance(command, Record)]
    kinds = [type(one.fact) for one in before.facts]
    if len(facts) < len(commands) or any(kind in _OTHERWISE for kind in kinds):
        return True
    return kinds == [type(fact) for fact in facts] and all(
        _numbered_as(one.fact, fact) == one.fact
        for one, fact in zip(before.facts, facts, strict=True)
        if isinstance(fact, _READ)
    )


def _numbered_as(old: Fact, fact: Fact) -> Fact:
    """*fact* with the number of *old*, which is of the same kind."""
    name = _NUMBERS.get(type(fact))
    return replace(fact, **{name: getattr(old, name)}) if name is not None else fact


def fact_of(command: Command) -> Any:
    """What *command* states: a fact, or a command with the same fields."""
    return command.fact if isinstance(command, Record) else command


def _key(names: Sequence[str], fact: Any, stream: str) -> tuple[object, ...]:
    values = {
        "place": getattr(fact, "partnership_id", None) or getattr(fact, "scheme_id", None) or stream,
        "kind": getattr(fact, "kind", None) or type(fact).__name__,
        "rule": fact.text if isinstance(fact, EligibilityRulePublished) else getattr(fact, "rule", None),
        "text": next((text for name in _TEXTS if (text := getattr(fact, name, None)) is not None), None),
        "rest": "rest" in names and _rest(fact),
        "document": fact.source.cites.partition(":")[0] if fact.source is not None else "",
    }
    return tuple(values[name] if name in values else getattr(fact, name, None) for name in names)


_TEXTS = ("summary", "title", "milestone", "because", "consequence", "organisation_id")
# What says where a fact belongs, not what it says.
_PLACES = ("partnership_id", "scheme_id", "source", "reference")


def _rest(fact: Any) -> tuple[object, ...]:
    return tuple((one.name, getattr(fact, one.name)) for one in fields(fact) if one.name not in _PLACES)


def restating(before: StatedRow, commands: Sequence[Command], source: Source) -> Iterator[Command]:
    """The commands by which *commands* take the place of what *before* stated. What is the same stays."""
    moved: dict[str, str] = {}
    for nth in range(max(len(before.facts), len(commands))):
        old = before.facts[nth] if nth < len(before.facts) else None
        new = _in_place(old, commands[nth], moved) if nth < len(commands) else None
        if old is not None and new == Record(stream=old.stream, fact=old.fact):
            continue
        if old is not None:
            replaced = StatementReplaced(version=old.version, fact=type(old.fact).__name__, on=UNKNOWN, source=source)
            yield Record(stream=old.stream, fact=replaced)
        if new is not None:
            yield new


def _in_place(old: Stated | None, command: Command, moved: dict[str, str]) -> Command:
    """*command*, for the stream of *old* where both state the same thing: it keeps its id, reference and number.

    *moved* has the streams of the commands before it that were put in place of others.
    """
    if isinstance(command, Record) and command.stream in moved:
        command = Record(stream=moved[command.stream], fact=command.fact)
    if old is None or not isinstance(command, Record) or type(old.fact) is not type(command.fact):
        return command
    fact = _numbered_as(old.fact, command.fact) if old.stream == command.stream else command.fact
    if isinstance(fact, bid.BidStated) and isinstance(old.fact, bid.BidStated):
        fact = replace(fact, reference=old.fact.reference)
    elif not isinstance(fact, outcome.OutcomeStated):
        return Record(stream=command.stream, fact=fact)
    same = getattr(old.fact, "partnership_id", None) == getattr(fact, "partnership_id", None)
    if not same:
        return command
    moved[command.stream] = old.stream
    return Record(stream=old.stream, fact=fact)


# --- What is stated once ----------------------------------------------------------------------------------------------


def thing_of(fact: Any, stream: str) -> str:
    """The programme, scheme, organisation or partnership that *fact* begins."""
    scheme = isinstance(fact, programme.SchemeEstablished | programme.EstablishScheme)
    return fact.scheme_id if scheme else stream


def differences(before: Sequence[Stated], commands: Sequence[Command]) -> Iterator[str]:
    """What *commands* state otherwise than the facts *before* of the same things."""
    facts: dict[tuple[str, str], Any] = {}
    for command in commands:
        facts[thing_of(fact_of(command), command.stream), _sort(fact_of(command))] = fact_of(command)
    for old in before:
        new = facts.pop((thing_of(old.fact, old.stream), _sort(old.fact)), None)
        if new is None:
            yield "cpa_category"
            continue
        for one in fields(old.fact):
            if one.name not in ("code", "source") and _shown(old.fact, one.name) != _shown(new, one.name):
                yield f'{one.name}: "{_shown(old.fact, one.name)}" before, "{_shown(new, one.name)}" now'
        if old.fact.source is not None and old.fact.source.cites != new.source.cites:
            yield f'source: "{old.fact.source.cites}" before, "{new.source.cites}" now'
    yield from ("cpa_category" for _ in facts)


def _sort(fact: Any) -> str:
    return "category" if hasattr(fact, "category") else "thing"


def _shown(fact: Any, name: str) -> str:
    value = getattr(fact, name, None)
    return "" if value is None else str(value)
