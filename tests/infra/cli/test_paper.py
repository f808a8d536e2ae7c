"""Dates and money as a finance officer reads them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.values.money import Money
from domain.values.shown import shown_date
from domain.values.when import When
from infra.cli.ask.audit import print_lines
from infra.cli.ask.timeline import Timeline, print_timeline, shorter
from infra.cli.paper import money_in_words, period_in_words
from infra.cli.record.cbp import print_report
from infra.cli.run.projections import print_progress
from infra.cli.terminal import out
from infra.imports.cbp.report import FileReport, Report
from projections.audit.reading import AuditLine
from projections.progress import Head, ProgressLine
from projections.register.reading import ThingLine
from projections.tables.effect import sorts_on
from projections.timeline.reading import Entry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2004-03-15", "15 Mar 2004"),
        ("2004-03-05", "5 Mar 2004"),
        ("2004-12-31", "31 Dec 2004"),
        ("2004-03", "Mar 2004"),
        ("2004-01", "Jan 2004"),
        ("2004", "2004"),
        ("0987", "0987"),
        ("2004~", "about 2004"),
        ("2004-03~", "about Mar 2004"),
        ("2004-03-15~", "about 15 Mar 2004"),
        ("2004-07/2005-03", "Jul 2004 to Mar 2005"),
        ("2004/2005-03-31", "2004 to 31 Mar 2005"),
        ("2004~/2005", "about 2004 to 2005"),
        ("../2005-04", "by Apr 2005"),
        ("../2005-04~", "by about Apr 2005"),
        ("2005-04/..", "from Apr 2005"),
        ("unknown", "not dated"),
    ],
)
def test_a_date_is_told_as_well_as_it_is_known_and_no_better(text: str, words: str) -> None:
    assert words == shown_date(When(text))


@pytest.mark.parametrize(
    ("on", "until", "words"),
    [
        ("2004-07", "2005-03", "Jul 2004 to Mar 2005"),
        ("2004-07", None, "Jul 2004"),
        ("2004~", "2005~", "about 2004 to about 2005"),
        ("unknown", None, "not dated"),
        ("unknown", "2005", "not dated to 2005"),
    ],
)
def test_a_period_is_told_from_its_start_to_its_end(on: str, until: str | None, words: str) -> None:
    assert words == period_in_words(When(on), When(until) if until else None)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("75000", "GBP", "£75,000.00"),
        ("0.01", "GBP", "£0.01"),
        ("0", "GBP", "£0.00"),
        ("-75000.5", "GBP", "-£75,000.50"),
        ("9999999999999.99", "GBP", "£9,999,999,999,999.99"),
        ("75000", "JPY", "75,000 JPY"),
        ("1250.5", "EUR", "1,250.50 EUR"),
        ("-1250.5", "EUR", "-1,250.50 EUR"),
        ("1.005", "KWD", "1.005 KWD"),
    ],
)
def test_money_is_told_with_its_currency_and_all_of_its_places(amount: str, currency: str, words: str) -> None:
    assert words == money_in_words(Money.of(amount, currency))


def test_where_no_money_is_told_nothing_stands() -> None:
    assert "" == money_in_words(None)


@pytest.mark.parametrize(
    ("cites", "words"),
    [
        ("000_6fe3068b2cce47b0.txt:566", "000:566"),
        ("000_6fe3068b2cce47b0.txt:610-623; 001_e3882102bbbe1f2a.txt:9", "000:610-623; 001:9"),
        ("", ""),
        ("minutes of 3 May 2004", "minutes of 3 May 2004"),
        ("annex_2.txt:5", "annex_2.txt:5"),
    ],
)
def test_a_source_is_told_without_the_tail_of_its_file_name(cites: str, words: str) -> None:
    assert words == shorter(cites)


# --- Tables -----------------------------------------------------------------------------------------------------------

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
# What somebody wrote is shown as it was written, also where it looks like markup of the terminal's.
ODD = "Stage [two] of [/five]: [red]£5[/red] \\["


def printed(show: Callable[..., None], *args: object) -> str:
    """What *show* prints on a wide terminal without colours."""
    width, out.width = out.width, 200
    try:
        with out.capture() as captured:
            show(*args)
    finally:
        out.width = width
    return captured.get()


def entry(
    position: int, on: str, *, title: str = ODD, amount: str | None = None, kind: str = "HappeningNoted"
) -> Entry:
    """A line of a timeline."""
    return Entry(
        position=position,
        lane="AWARD",
        kind=kind,
        on=on,
        sorts_on=sorts_on(When(on)),
        until=None,
        recorded_at=MOMENT,
        title=title,
        amount=Decimal(amount) if amount else None,
        currency="GBP" if amount else None,
        actor="somebody",
        event_id=f"event-{position}",
        about="partnership-1",
    )


PARTNERSHIP = ThingLine(id="partnership-1", kind="PARTNERSHIP", code="one", name=ODD)


def test_a_timeline_is_told_dated_first_with_sums_and_sources() -> None:
    entries = [
        entry(1, "2004-03", amount="100.00", kind="AwardOffered"),
        entry(2, "2005", kind="DelayReported"),
        entry(3, "unknown", amount="50.50", kind="AwardStated"),
        entry(4, "unknown", amount="7.00", kind="SumStated"),
    ]
    facts = {"scheme": "Scheme [x]", "lead": "Lead [/x]"}
    awarded = [Money(amount=Decimal("120.50"), currency="GBP"), Money(amount=Decimal("30.00"), currency="EUR")]
    sources = {1: {"cites": "000_6fe3.txt:566"}}
    seen = printed(print_timeline, Timeline(PARTNERSHIP, facts, entries, dict(sources), awarded))
    for words in (ODD, "Scheme: Scheme [x]", "Lead: Lead [/x]", "Mar 2004", "£100.00", "000:566"):
        assert words in seen
    assert seen.index("Dated") < seen.index("Mar 2004") < seen.index("Not dated by any source") < seen.index("£50.50")
    # What an entry shows may have been declined or varied since: what is awarded the ladder tells.
    assert (
        "4 entries, 2 of them not dated by any source. Awarded, as varied since: £120.50, 30.00 EUR."
        " Delays reported: 1." in seen
    )


def test_a_timeline_with_nothing_on_it_says_so() -> None:
    seen = printed(print_timeline, Timeline(PARTNERSHIP, {"lead": ""}, [], {}, []))
    assert "Lead: not stated" in seen
    assert (
        "0 entries, 0 of them not dated by any source. Awarded, as varied since: nothing. Delays reported: 0." in seen
    )


def test_a_report_tells_rows_reasons_and_lines() -> None:
    fine = FileReport("fine.csv", rows=5, events=3, recorded=2, unchanged=1)
    fine.left_out["no [event] of the programme"] = 2
    broken = FileReport("broken.csv", rows=4)
    broken.broken = [(3, f"unknown code {ODD!r}"), (0, "the file is missing")]
    seen = printed(print_report, Report([fine, broken]))
    for words in (
        "fine.csv: 2 rows left out: no [event] of the programme.",
        f"broken.csv, line 3: unknown code {ODD!r}",
        "broken.csv: the file is missing",
        "broken.csv: nothing of it was recorded. Correct the rows and import again.",
        "3 new events.",
    ):
        assert words in seen
    shown = {"file": "fine.csv", "rows": 5, "new_events": 3, "rows_recorded": 2, "rows_unchanged": 1, "rows_removed": 0}
    shown |= {"rows_restated": 0, "removed": []}
    assert shown == {key: value for key, value in fine.as_json().items() if key not in ("rows_left_out", "rows_broken")}


def test_an_audit_tells_who_and_when_and_under_which_authority() -> None:
    line = AuditLine(
        id="event-1", position=41, recorded_at=MOMENT, effective="2004-03", name="AwardStated", stream="award-1",
        version=1, actor="Jo [x]", authority="delegation [/y]", command_id="c", correlation_id="c", causation_id=None,
        data="{}",
    )  # fmt: skip
    seen = printed(print_lines, [line])
    for words in ("41", "2026-01-02 03:04:05", "AwardStated", "Mar 2004", "Jo [x]", "delegation [/y]", "award-1"):
        assert words in seen


def test_progress_tells_what_stands_still_and_why() -> None:
    lines = [
        ProgressLine(name="audit", position=10, state="running", failed_position=None, error=None, seconds_behind=0.0),
        ProgressLine(
            name="timeline",
            position=7,
            state="stopped",
            failed_position=8,
            error="position 8: [/x]",
            seconds_behind=61.25,
        ),
    ]
    seen = printed(print_progress, Head(position=10, recorded_at=MOMENT), lines)
    assert "stopped before position 8: [/x]" in seen
    assert "The log is at position 10." in seen
    (stopped,) = (text.split() for text in seen.splitlines() if text.startswith("timeline"))
    assert ["timeline", "stopped", "7", "3", "61.2"] == stopped
