"""An import that decides a batch while the one before is appended records the same as one batch after another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.award import AwardStated
from domain.history import Answer, Decision, ReferenceTaken
from infra.database.postgres import Database
from infra.imports.editions import recording
from infra.imports.editions.pending_log import PendingLog
from infra.log.postgres_log import PostgresLog, read_log
from tests.conftest import TEMPLATE, copy_of, drop
from tests.kit.files.importing import bring, counts, grant, package

# Three rows a batch, so that batches share programmes, recipients and partnerships.
ROWS = [
    grant(
        number,
        recipientOrganization=[
            {"id": f"GB-LAE-{number % 4}", "name": f"Council {number % 4}{' (new)' * (number > 9)}"}
        ],
        disbursementTransaction=[{"value": number + 1, "transactionDate": "2004-07-01"}],
    )
    for number in range(14)
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording.Recording.rows, "__defaults__", (3,))


def logged(database: Database) -> list[tuple[str, int, str, Any]]:
    """Everything in the log, in order."""
    with database.connect() as connection:
        return [
            (one.stream, one.version, type(one.event).__name__, one.event) for one in read_log(connection, 0, 10_000)
        ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return package(tmp_path / "a.json", ROWS)


@pytest.fixture
def expected(server: Database, file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The log after an import of all rows in one batch."""
    made = copy_of(server, TEMPLATE)
    with monkeypatch.context() as patched:
        patched.setattr(recording.Recording.rows, "__defaults__", (len(ROWS),))
        bring(made, file)
    whole = logged(made)
    drop(server, made)
    return whole


def test_what_is_decided_ahead_is_what_is_decided_one_after_the_other(
    database: Database, file: Path, expected: Any
) -> None:
    assert {"new": 14} == counts(bring(database, file))
    assert expected == logged(database)
    assert {"unchanged": 14} == counts(bring(database, file))


def test_what_others_record_meanwhile_is_seen_and_nothing_is_recorded_twice(
    database: Database, file: Path, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another import records a grant of the second batch before the first is appended. The rest is decided again."""
    append, others = PostgresLog.append, package(tmp_path / "others.json", [ROWS[4]])
    appended: list[int] = []

    def overtaken(log: PostgresLog, decisions: Sequence[Decision]) -> Sequence[Answer]:
        if not appended:
            appended.append(0)
            bring(database, others)
        appended.append(len(decisions))
        return append(log, decisions)

    monkeypatch.setattr(PostgresLog, "append", overtaken)
    report = bring(database, file, part=True)
    assert {"new": 13, "unchanged": 1} == counts(report)
    assert sorted(one[3].reference for one in expected if one[2] == "AwardStated") == sorted(
        one[3].reference for one in logged(database) if isinstance(one[3], AwardStated)
    )
    # Each stream has the same events, in the same order.
    assert len(expected) == len(logged(database))
    assert len(appended) > 5 + 2, "no batch was decided again"
    assert {"unchanged": 14} == counts(bring(database, file))


def test_a_batch_that_the_log_refuses_is_reported_row_by_row_and_the_next_is_recorded(
    database: Database, file: Path, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = PostgresLog.append

    def refusing(log: PostgresLog, decisions: Sequence[Decision]) -> Sequence[Answer]:
        written = [event for decision in decisions for _, event in decision.written]
        if any(getattr(event, "reference", None) == "360G-pilots-4" for event in written):
            raise ReferenceTaken(kind="award", reference="360G-pilots-4")
        return append(log, decisions)

    monkeypatch.setattr(PostgresLog, "append", refusing)
    report = bring(database, file)
    assert {"new": 13, "quarantined": 1} == counts(report)
    assert [("360G-pilots-4", "ReferenceTaken")] == [(one.identifier, one.problem.rule) for one in report.problems]
    monkeypatch.undo()
    assert {"new": 1, "unchanged": 13} == counts(bring(database, file))
    assert len(expected) == len(logged(database))


def test_a_decision_without_the_pending_events_is_refused_and_made_again(
    database: Database, file: Path, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the versions that a batch names keep the log right. A stale batch is refused and decided again."""
    monkeypatch.setattr(PendingLog, "histories", lambda pending, streams: pending._log.histories(streams))
    assert {"new": 14} == counts(bring(database, file))
    assert expected == logged(database)
