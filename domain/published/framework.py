"""The evaluation framework of a programme: event, command and rules. It is part of the programme stream.

A framework says for each impact at which levels it is expected, and by what evidence it is to be shown. A later
framework replaces an earlier one from its date on; both stay on record.
"""

from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import ProgrammeId
from domain.values.refusal import Refused
from domain.values.when import When

# Where an impact is felt. Sources have their own words; commands use these.
LEVELS = ("individual", "team", "authority", "partnership", "sector", "community")

# --- Event ------------------------------------------------------------------------------------------------------------


@frozen
class ExpectedImpact:
    """An impact that a framework expects at some *levels*. *evidence* is what is to show it, in words.

    *called* are other names by which outcomes call the same impact.
    """

    impact: str
    levels: tuple[str, ...]
    evidence: str | None = None
    called: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the impact, without regard to case."""
        return tuple(name.strip().casefold() for name in (self.impact, *self.called))


@frozen
class FrameworkPublished(Fact):
    """The outcomes of the programme are judged by these impacts from this date on."""

    impacts: tuple[ExpectedImpact, ...]


# --- Command ----------------------------------------------------------------------------------------------------------


@frozen
class PublishFramework:
    """Publish the evaluation framework of a programme: which impacts are expected at which levels, and their evidence.

    The levels are individual, team, authority, partnership, sector and community. *called* are other names of an
    impact.
    """

    programme_id: ProgrammeId
    impacts: tuple[ExpectedImpact, ...]
    on: When

    @property
    def stream(self) -> str:
        return self.programme_id


# --- Rules ------------------------------------------------------------------------------------------------------------


class FrameworkEmpty(Refused):
    """The framework has {impacts} impacts, one of them without a name or a level. Each impact has both, and none of its
    names is empty.
    """


class FrameworkLevelUnknown(Refused):
    """There is no level {level}. An impact has one of these levels: {levels}."""


class ImpactTwice(Refused):
    """The impact {impact} stands twice in the framework. Each impact stands once, with all of its levels and names."""


def publish(before: FrameworkPublished | None, command: PublishFramework) -> list[FrameworkPublished]:
    """The framework that *command* leads to; none if it is so already. *before* is the last one published."""
    if before is not None and (before.impacts, before.on) == (command.impacts, command.on):
        return []
    if not command.impacts or not all(all(one.names) and one.levels for one in command.impacts):
        raise FrameworkEmpty(impacts=len(command.impacts))
    seen: set[str] = set()
    for one in command.impacts:
        for name, known in zip((one.impact, *one.called), one.names, strict=True):
            if known in seen:
                raise ImpactTwice(impact=name)
            seen.add(known)
        for level in one.levels:
            if level not in LEVELS:
                raise FrameworkLevelUnknown(level=level, levels=", ".join(LEVELS))
    return [FrameworkPublished(impacts=command.impacts, on=command.on)]
