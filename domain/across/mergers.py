"""Mergers of organisations: what both organisations allow, and who may still be named in a new step."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain import organisation
from domain.history import Written
from domain.organisation import Merger, Organisation
from domain.reading import Reading
from domain.values.ids import OrganisationId
from domain.values.refusal import Refused
from domain.values.when import When

# The last day on which a merger that was not undone holds.
LAST_DAY = date.max - timedelta(days=1)


class MergedWithItself(Refused):
    """Organisation {code} cannot merge with itself. A merger has two organisations."""


class MergersInACircle(Refused):
    """Organisation {into} became part of organisation {code} ({since}). An organisation cannot become part of its own
    part.
    """


class SuccessorHasEnded(Refused):
    """Organisation {code} had ended by then: it merged into {into} ({since}). Name an organisation that goes on."""


class SuccessorMergedLater(Refused):
    """Organisation {code}, which went on, has itself merged into {into} ({since}). Undo the newer merger first."""


class OrganisationHasMerged(Refused):
    """Organisation {code} merged into {into} ({since}). A step dated then or later names {into}."""


def merge_organisations(reading: Reading, command: organisation.MergeOrganisations) -> list[Written]:
    """Merge one known organisation into another that goes on. Both streams get the event."""
    ended = organisation.known(reading.organisation(command.merged_id))
    if command.organisation_id == command.merged_id:
        raise MergedWithItself(code=ended.code)
    into = organisation.known(reading.organisation(command.organisation_id))
    events = organisation.decide(ended, command)
    if events:
        _no_circle(reading, command, ended, into)
        holding = _holding(into.ends(command.organisation_id), command.on)
        if holding is not None:
            code = organisation.known(reading.organisation(holding.organisation_id)).code
            raise SuccessorHasEnded(code=into.code, into=code, since=holding.on)
    return [Written(stream, event) for event in events for stream in (command.merged_id, command.organisation_id)]


def _no_circle(
    reading: Reading, command: organisation.MergeOrganisations, ended: Organisation, into: Organisation
) -> None:
    """Check that the one that goes on is not, at last, part of the one that ends. Raises MergersInACircle."""
    for end in _ends(reading, command.organisation_id, organisation.day_of_merger(command.on), date.max):
        if end.organisation_id == command.merged_id:
            raise MergersInACircle(into=into.code, code=ended.code, since=end.on)


def _ends(reading: Reading, organisation_id: OrganisationId, first: date, until: date) -> list[Merger]:
    """The mergers in which an organisation ended, and those of its successors, on some day from *first* to *until*.

    Those that were undone since count for the days on which they held; *until* is the first day no longer asked for.
    """
    found = []
    for end in organisation.known(reading.organisation(organisation_id)).ends(organisation_id):
        since, undone = max(first, end.first), min(until, end.until)
        if since < undone:
            found += [end, *_ends(reading, end.organisation_id, since, undone)]
    return found


def undo_merger(reading: Reading, command: organisation.UndoMerger) -> list[Written]:
    """Undo the merger of a known organisation into one that has not merged since. Both streams get the event."""
    events = organisation.decide(reading.organisation(command.merged_id), command)
    written = []
    for event in events:
        assert isinstance(event, organisation.MergerUndone)
        into = organisation.known(reading.organisation(event.organisation_id))
        later = into.end(event.organisation_id)
        if later is not None:
            code = organisation.known(reading.organisation(later.organisation_id)).code
            raise SuccessorMergedLater(code=into.code, into=code, since=later.on)
        written += [Written(command.merged_id, event), Written(event.organisation_id, event)]
    return written


def going_on(reading: Reading, organisation_id: OrganisationId | None, on: When) -> None:
    """Check that an organisation that a step names is known, and had not merged into another when the step is dated.

    A date known in part may be any of its days. Raises OrganisationUnknown and OrganisationHasMerged.
    """
    if organisation_id is None:
        return
    found = organisation.known(reading.organisation(organisation_id))
    end = _holding(found.ends(organisation_id), on)
    if end is not None:
        into = organisation.known(reading.organisation(end.organisation_id)).code
        raise OrganisationHasMerged(code=found.code, into=into, since=end.on)


def one_with(reading: Reading, organisation_id: OrganisationId, on: When) -> frozenset[OrganisationId]:
    """The organisations that are one with *organisation_id* when a step is dated: all parts of the same whole, and it.

    A merger that holds on the last day that the date may be counts.
    """
    day = _last_day(on)
    ends = _ends(reading, organisation_id, day, day + timedelta(days=1))
    whole = ends[-1].organisation_id if ends else organisation_id
    return frozenset(_parts(reading, whole, day))


def _last_day(on: When) -> date:
    """The last day that a date may be."""
    return min(on.latest or LAST_DAY, LAST_DAY)


def paid_organisation(reading: Reading, organisation_id: OrganisationId, on: When) -> Organisation | None:
    """The organisation into whose account *organisation_id* is paid on a date: the one that it is part of by then.

    It is paid into its own account if that was changed since the merger, or if the one that goes on has none.
    """
    found = reading.organisation(organisation_id)
    ends = found.ends(organisation_id) if found is not None else []
    end = next((one for one in ends if one.holds(_last_day(on))), None)
    if found is None or end is None or _changed_since(found, end):
        return found
    whole = paid_organisation(reading, end.organisation_id, on)
    return found if whole is None or (whole.account is None and found.account is not None) else whole


def _changed_since(found: Organisation, end: Merger) -> bool:
    """Whether its account surely was changed on the day of the merger or later."""
    changed = found.account_from.earliest if found.account_from is not None else None
    return changed is not None and changed >= end.first


def _parts(reading: Reading, whole: OrganisationId, day: date) -> Iterator[OrganisationId]:
    """An organisation and all that are part of it on a day, over all steps."""
    yield whole
    found = reading.organisation(whole)
    for merger in found.mergers if found is not None else ():
        if merger.organisation_id == whole and merger.holds(day):
            yield from _parts(reading, merger.merged_id, day)


def _holding(ends: list[Merger], on: When) -> Merger | None:
    """The merger of *ends* that surely holds on a date."""
    return next((one for one in ends if on.earliest is not None and one.holds(on.earliest)), None)
