"""The check of the log against its seals: the checkpoints that are kept outside the database."""

from collections.abc import Iterator
from functools import partial

from domain.values.shown import noun, shown_count
from infra.seals.comparing import Outside, compare
from infra.verifying.findings import Check, Finding, Looked, Severity
from infra.verifying.moment import Moment


def seals_check(known: Outside, *, is_earlier: bool = False) -> Check:
    """The check of the log against what is *known* outside. One that *is_earlier* may lack the last events."""
    about = "Each sealed event is as it was sealed, and none is missing or added."
    return Check("seals", about, partial(_seals, known, is_earlier))


def _seals(known: Outside, is_earlier: bool, moment: Moment, looked: list[Looked]) -> Iterator[Finding]:
    found = compare(moment.connection, known, is_earlier=is_earlier)
    looked += [Looked("sealed event", found.sealed), Looked("checkpoint", found.heads)]
    # Where nothing was ever sealed, nothing differs from it.
    severity = Severity.DIFFERS if found.is_sealed else Severity.NOTED
    for difference in found.differences:
        yield Finding(difference.sentence, position=difference.position or None, severity=severity)
    waiting = found.events - found.sealed
    if found.is_sealed and waiting > 0 and not found.differences:
        [(is_late,)] = moment.asked(_LATE, (found.sealed,))
        late = Severity.DIFFERS if is_late and not is_earlier else Severity.NOTED
        are = noun(waiting, "is", "are")
        yield Finding(f"The last {shown_count(waiting, 'event')} of the log {are} not sealed yet.", severity=late)


# Whether the first event that is not sealed was recorded long ago: the sealer does not work.
_LATE = """SELECT coalesce(bool_or(e.recorded_at < clock_timestamp() - interval '10 minutes'), false) FROM (
    SELECT recorded_at FROM log.events ORDER BY notification_id OFFSET %s LIMIT 1) AS e"""
