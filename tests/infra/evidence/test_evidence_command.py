"""``fundtrail evidence``, and the PDF of a pack."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.database.postgres import Database
from infra.evidence import check
from infra.evidence.printing import MISSING, TOO_LONG, NoPdf, printed
from infra.feeding.projector import project_all
from tests.conftest import copy_of, drop
from tests.infra.evidence.test_check import lived
from tests.kit.command_line import Answer, fundtrail
from tests.kit.evidence import key_in, sealed
from tests.kit.money import desk


class Sealed:
    """A database with an award, whose log is sealed, and the folder of the seals."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    def run(self, *words: str) -> Answer:
        return fundtrail(self.database, "evidence", *words, FUNDTRAIL_SEALS=str(self.folder))


@pytest.fixture(scope="module")
def log(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    database = copy_of(server, programme_template)
    with desk(database) as at:
        lived(at)
    project_all(database)
    yield Sealed(database, sealed(database, tmp_path_factory.mktemp("seals")))
    drop(server, database)


@pytest.fixture
def no_pango(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the library: WeasyPrint cannot be imported."""
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_the_command_writes_a_pack_that_checks(log: Sealed, tmp_path: Path, no_pango: None) -> None:
    target = tmp_path / "pack.zip"
    told = log.run("award", "A-ev", "--as-at", "2005-03-31", "--to", str(target))
    assert (0, "") == (told.returncode, told.stderr.strip())
    assert f"The pack has no PDF. {MISSING}" in told.stdout
    shown = check.check(target.read_bytes(), key_in(log.folder))
    assert "GBP-paid 24,000.00" in shown
    again = log.run("award", "A-ev", "--to", str(target))
    assert (2, True) == (again.returncode, "exists already" in again.stderr)


def test_every_kind_has_a_name_for_its_file(
    log: Sealed, tmp_path: Path, no_pango: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (
        ("partnership", "dip", "--as-at", "2005-03-31"),
        ("figure", "dip", "paid", "--of", "partnership", "--as-at", "2005-03-31"),
        ("period", "cbp", "--from", "2004-04-01", "--until", "2005-03-31"),
    ):
        told = log.run(*words)
        assert 0 == told.returncode, told.stderr
    names = sorted(name.name.rpartition("-")[0] for name in tmp_path.glob("*.zip"))
    assert [
        "evidence-partnership-dip-2005-03-31", "paid-partnership-dip-2005-03-31",
        "period-programme-cbp-2004-04-01-2005-03-31",
    ] == names  # fmt: skip
    for name in tmp_path.glob("*.zip"):
        check.check(name.read_bytes(), key_in(log.folder))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("award", "A-ev", "--from", "2004-04-01"), 2, "The kind is award."),
        (("award", "nothing"), 3, "There is no award nothing."),
        (("budget", "cbp"), 2, "There is no evidence of the kind budget."),
        (("figure", "dip"), 2, "Say which figure"),
        (("figure", "dip", "free"), 2, "No pack proves the figure free."),
        (("figure", "dip", "paid", "--of", "funder"), 2, "No pack proves the figures of a funder."),
        (("award", "A-ev", "paid"), 2, "takes no paid"),
        (("award", "A-ev", "--of", "award"), 2, "--of says what a figure is of"),
        (("period", "cbp"), 2, "Give a period by its name"),
        (("period", "cbp", "--from", "2004-04-01"), 2, "Give a period by its name"),
        (("period", "cbp", "never"), 3, "There is no closed period never of cbp."),
        (("period", "cbp", "2004-05", "--known-at", "2026-01-01"), 2, "A closed period has its own days"),
        (("award", "A-ev", "--known-at", "1990-01-01"), 3, "Nothing was recorded by then."),
        (("award", "A-ev", "--as-at", "soon"), 2, "The value is not a date."),
    ],
)
def test_a_question_that_is_none_ends_with_a_sentence(
    log: Sealed, words: tuple[str, ...], code: int, said: str
) -> None:
    told = log.run(*words)
    assert code == told.returncode
    assert said in told.stderr


def test_without_the_key_of_the_log_there_is_no_pack(log: Sealed, tmp_path: Path) -> None:
    told = fundtrail(log.database, "evidence", "award", "A-ev", FUNDTRAIL_SEALS=str(tmp_path))
    assert (4, True) == (told.returncode, "The public key of the log is not in the folder" in told.stderr)


# --- The PDF ----------------------------------------------------------------------------------------------------------


def can_print() -> bool:
    """Whether the library is there: whatever else is wrong is raised."""
    try:
        return bool(printed("<p>x</p>"))
    except NoPdf as error:
        if str(error) != MISSING:
            raise
        return False


def test_a_statement_is_printed_without_loading_anything(tmp_path: Path) -> None:
    if not can_print():
        assert "FUNDTRAIL_CI" not in os.environ, "the library for PDF is not installed: see .ci/run"
        pytest.skip("the library for PDF is not installed here")
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x.png"
        assert printed(f'<p>Paid</p><img src="{address}"><img src="{secret.as_uri()}">').startswith(b"%PDF")
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_statement_that_takes_too_long_has_no_pdf() -> None:
    with pytest.raises(NoPdf, match=TOO_LONG[:40]):
        printed("<p>x</p>", seconds=0.001)


def test_a_machine_without_the_library_says_so(no_pango: None) -> None:
    with pytest.raises(NoPdf, match="libpango"):
        printed("<p>x</p>")
