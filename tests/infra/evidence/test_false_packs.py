"""Packs that somebody made up of true events, with a statement that fits them, are refused under the right key."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain import books
from domain.values.ids import ProgrammeId
from domain.values.when import When
from infra.database.postgres import Database
from infra.evidence import check
from infra.evidence.check import Refused
from infra.feeding.projector import project_all
from tests.conftest import copy_of, drop
from tests.infra.evidence.test_check import lived, ran_in, receipt_of
from tests.kit.evidence import again, asked, key_in, pack_of, sealed
from tests.kit.money import desk


class Packs:
    """Honest packs by what is asked, the key, and one pack of an earlier checkpoint."""

    def __init__(self, database: Database, home: Path) -> None:
        with desk(database) as at:
            known_at = lived(at)
            programme_id = ProgrammeId(at.find("programme", "cbp"))
            days = {"starts": When("2004-04-01"), "ends": When("2005-03-31"), "on": When("2005-04-30")}
            at.do(books.ClosePeriod(programme_id=programme_id, name="2004-05", **days))
        project_all(database)
        self.folder = sealed(database, home)
        self.earlier = pack_of(database, self.folder, asked("award", "A-ev")).content
        with desk(database) as at:
            main = at.accepted_award("main", "90.00")
            at.pay(at.accepted_award("sub", "60.00", partnership="lrip", funded_from=main), 1, "20.00", "2004-08-09")
        project_all(database)
        sealed(database, home)
        self.key = key_in(self.folder)
        questions = {
            "award": asked("award", "A-ev", as_at=date(2005, 3, 31), known_at=known_at),
            "now": asked("award", "A-ev"),
            "partnership": asked("partnership", "dip"),
            "programme": asked("programme", "cbp"),
            "period": asked("period", "cbp", starts=date(2004, 4, 1), ends=date(2005, 3, 31)),
        }
        self.contents = {name: pack_of(database, self.folder, one).content for name, one in questions.items()}

    def files(self, pack: str) -> dict[str, bytes]:
        return check.unzipped(self.contents[pack])

    def of(self, pack: str, stream: str, name: str = "") -> list[str]:
        """The events and receipts of the streams that begin so, and are called so."""
        found = []
        for file, content in self.files(pack).items():
            event = json.loads(content) if file.startswith("events/") else {"stream": "", "name": ""}
            if event["stream"].startswith(stream) and event["name"].startswith(name) and file.startswith("events/"):
                found += [file, receipt_of(file)]
        return found

    def said(self, pack: str, changed: Mapping[str, bytes | None], **question: Any) -> str:
        """Why a pack is refused whose statement says what check.py wants to see. Empty if it is confirmed."""
        said = self.fitted(pack, changed, **question)
        return said if isinstance(said, str) else ""

    def fitted(self, pack: str, changed: Mapping[str, bytes | None], **question: Any) -> str | list[str]:
        """What check.py prints of such a pack, or why it refuses it."""
        was = json.loads(self.files(pack)["asked.json"])
        other = {"asked.json": json.dumps(was | question).encode()} if question else {}
        content = again(self.contents[pack], {**changed, **other})
        for _ in range(400):
            try:
                return check.check(content, self.key)
            except Refused as refused:
                fits = re.search(r"asked.json: (\S+) is (.*), by the events (.*)$", f"{refused}", re.DOTALL)
                if not fits:
                    return f"{refused}"
                name, _, wanted = fits.groups()
                html = check.unzipped(content)["statement.html"].decode()
                html = re.sub(f'<span id="{re.escape(name)}">[^<]*</span>', "", html)
                html += f'<span id="{name}">{wanted}</span>' if wanted != "None" else ""
                content = again(content, {"statement.html": html.encode()})
        raise AssertionError("The statement never fits.")


@pytest.fixture(scope="module")
def packs(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packs]:
    database = copy_of(server, programme_template)
    yield Packs(database, tmp_path_factory.mktemp("seals"))
    drop(server, database)


@pytest.mark.parametrize("pack", ["award", "now", "partnership", "programme", "period"])
def test_an_honest_pack_is_confirmed_and_says_under_which_checkpoint(packs: Packs, pack: str) -> None:
    """The control: the statement may also be written again, as those of the false packs are."""
    shown = check.check(packs.contents[pack], packs.key)
    assert any("under the checkpoint of tests/log/1 with" in line for line in shown)
    assert not packs.said(pack, {"statement.html": b""})


@pytest.mark.parametrize(
    "question",
    [
        {"GBP-lost": "1,000,000.00"}, {"note": 7}, {"kind": "GBP-paid 9"}, {"of": "bid"}, {"of": "partnership"},
        {"of": "GBP-paid"}, {"id": "bid-ev", "code": "B-ev"}, {"figures": ["paid", "paid"]}, {"figures": []},
        {"figures": "paid"}, {"position": True}, {"position": 5000.0}, {"code": ["A-ev"]},
        {"known_at": "2005"}, {"known_at": "9999-99-99"}, {"known_at": "2100-01-01T00:00:00.000000Z\n"},
        {"known_at": "2100-01-01 00:00:00.000000Z"}, {"starts": "2004-07-02"}, {"ends": "2005-W13-4"},
        {"ends": "20050331"}, {"currencies": {"GBP": -3}}, {"currencies": {"GBP": 0.0}}, {"currencies": {"GBP": True}},
        {"currencies": {"GBP": 5}}, {"currencies": {"EUR": 2}}, {"currencies": {"GBP": 2, "EUR": 2, "USD": 2}},
        {"currencies": {"gbp": 2}}, {"currencies": {}},
    ],
)  # fmt: skip
def test_a_question_that_no_pack_is_asked_is_refused(packs: Packs, question: dict[str, Any]) -> None:
    assert packs.said("award", {}, **question).startswith("statement.html and asked.json: ")


@pytest.mark.parametrize("question", [{"of": "scheme"}, {"figures": ["held"]}, {"currencies": {"EUR": 2}}])
def test_a_period_is_asked_of_a_programme_in_its_currency(packs: Packs, question: dict[str, Any]) -> None:
    assert packs.said("period", {}, **question).startswith("statement.html and asked.json: ")


def test_closings_count_in_the_books_alone(packs: Packs) -> None:
    """A ladder with the closing of a period in its pack has the same figures, so that its statement still fits."""
    closing = {name: packs.files("period")[name] for name in packs.of("period", "books-")}
    assert closing
    content = again(packs.contents["now"], closing)
    figures = [line for line in check.check(packs.contents["now"], packs.key) if line.startswith("GBP-")]
    assert figures == [line for line in check.check(content, packs.key) if line.startswith("GBP-")]


def test_a_period_without_its_books_says_that_no_closing_is_in_the_pack(packs: Packs) -> None:
    shown = packs.fitted("period", dict.fromkeys(packs.of("period", "books-")))[-1]
    assert re.search(r"is not shown of: .*books-\S+ \(no closing is in this pack\)", shown)
    whole = check.check(packs.contents["period"], packs.key)[-1]
    assert "books-" in whole
    assert "no closing" not in whole


@pytest.mark.parametrize(
    ("pack", "stream", "name"),
    [("award", "bid-ev", ""), ("programme", "partnership-", "PartnershipFormed"),
        ("period", "partnership-", "PartnershipFormed"),
     ("partnership", "award-main", "")],
)  # fmt: skip
def test_a_stream_that_the_events_name_is_not_left_out(packs: Packs, pack: str, stream: str, name: str) -> None:
    left_out = packs.of(pack, stream, name)
    assert left_out
    assert "does not have" in packs.said(pack, dict.fromkeys(left_out))


def test_receipts_under_two_checkpoints_are_refused(packs: Packs) -> None:
    earlier = check.unzipped(packs.earlier)
    receipts = {name: one for name, one in earlier.items() if name.startswith("receipts/")}
    first = min(receipts)
    assert "of another checkpoint" in packs.said("now", {first: receipts[first]})
    assert "of another checkpoint" in packs.said("now", {"checkpoint.txt": earlier["checkpoint.txt"]})
    check.check(packs.earlier, packs.key)
    more = {f"receipts/{999_999:012}.tlog-proof": receipts[first]}
    assert "a receipt is of no event" in packs.said("now", more)


@pytest.mark.parametrize("column", ["position", "version", "schema"])
def test_a_number_of_an_event_is_a_number(packs: Packs, column: str) -> None:
    name = packs.of("award", "award-ev")[0]
    event = json.loads(packs.files("award")[name])
    for other in (str(event[column]), float(event[column]), event[column] == 1):
        forged = json.dumps(event | {column: other}).encode()
        assert packs.said("award", {name: forged}).startswith(name)


@pytest.mark.parametrize("name", ["../check.py", "cryptography.py", "events/1.json", "receipts/../x", "/etc/x"])
def test_a_pack_has_no_files_but_its_own(packs: Packs, name: str) -> None:
    assert "it has a file that no pack has" in packs.said("award", {name: b""})


def test_what_cannot_be_read_is_refused_without_a_traceback(packs: Packs, tmp_path: Path) -> None:
    (tmp_path / "check.py").write_bytes(packs.files("award")["check.py"])
    (tmp_path / "pack.zip").write_bytes(packs.contents["award"])
    (tmp_path / "empty.key").write_text("")
    assert ran_in(tmp_path, "--key", packs.key).returncode == 0, "the control"
    for given in ("", "empty.key", "missing.key", "."):
        ran = ran_in(tmp_path, "--key", given)
        assert (1, True, "") == (ran.returncode, ran.stderr.startswith("REFUSED: "), ran.stdout), given
        assert "Traceback" not in ran.stderr
    deep = again(packs.contents["award"], {"asked.json": b"[" * 200_000})
    for content in (b"PK\3\4", b"PK\3\4" + b"\xff" * 40, deep):
        (tmp_path / "pack.zip").write_bytes(content)
        ran = ran_in(tmp_path)
        assert (1, True) == (ran.returncode, ran.stderr.startswith("REFUSED: ")), ran.stderr
    (tmp_path / "pack.zip").unlink()
    assert ran_in(tmp_path).stderr.startswith("REFUSED: ")
