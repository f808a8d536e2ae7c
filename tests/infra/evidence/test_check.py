"""An auditor checks a pack with Python alone, and whatever was changed in it is refused with the place."""

import ast
import json
import random
import re
import subprocess
import sys
import types
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from domain import award
from domain.joint import decisions
from domain.values.when import When
from infra.database.postgres import Database
from infra.evidence import check
from infra.evidence.check import Refused
from infra.evidence.pack import NotSealed, NotSound
from infra.evidence.statement import CHECK
from infra.feeding.projector import project_all
from infra.seals.notes import new_signer
from tests.conftest import copy_of, drop
from tests.kit.evidence import again, asked, key_in, pack_of, sealed, unsigned
from tests.kit.length import times
from tests.kit.money import Desk, desk

DIGEST = "5d" * 32


class Evidence:
    """A pack of an award as at 31 March 2005 and as known before its last payment, with its key."""

    def __init__(self, database: Database, folder: Path, known_at: datetime) -> None:
        self.database, self.folder, self.key = database, folder, key_in(folder)
        self.question = asked("award", "A-ev", as_at=date(2005, 3, 31), known_at=known_at)
        self.content = pack_of(database, folder, self.question).content
        self.files = check.unzipped(self.content)
        self.events = sorted(name for name in self.files if name.startswith("events/"))

    def event(self, called: str, nth: int = 0) -> str:
        """The file of the nth event of this name."""
        return [name for name in self.events if json.loads(self.files[name])["name"] == called][nth]

    def changed(self, file: str, /, **values: Any) -> dict[str, bytes]:
        """An event with other columns, or with other members of its body."""
        event = json.loads(self.files[file])
        columns = {one: value for one, value in values.items() if one in event}
        body = json.loads(event["body"]) | {one: value for one, value in values.items() if one not in event}
        return {file: json.dumps(event | {"body": json.dumps(body)} | columns).encode()}


def lived(at: Desk) -> datetime:
    """An award with payments, a reversal and a certificate, and its state before the last payment."""
    award_id = at.accepted_award("ev", "50000.00")
    at.pay(award_id, 1, "15000.00", "2004-07-01")
    at.pay(award_id, 2, "15000.00", "2004-10")
    at.do(award.ReversePayment(award_id=award_id, number=2, because="Another award's", on=When("2004-10")))
    partnership_id = at.find("partnership", "dip")
    at.do(
        award.CertifyFunding(
            award_id=award_id, number=1, post="Section 151 officer", wording="I certify it", as_at=When("2004-12-31"),
            documents=(DIGEST,), on=When("2005-01-10"),
        )
    )  # fmt: skip
    at.do(
        decisions.AttachDocument(
            partnership_id=partnership_id, number=1, sort=decisions.DocumentSort.MINUTES,
            title="Minutes <b>of</b> January", digest=DIGEST, award_id=award_id, on=When("2005-01-11"),
        )
    )  # fmt: skip
    known_at = datetime.now(UTC)
    at.pay(award_id, 3, "9000.00", "2005-02-01")
    return known_at


@pytest.fixture(scope="module")
def evidence(server: Database, programme_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    database = copy_of(server, programme_template)
    with desk(database) as at:
        known_at = lived(at)
    project_all(database)
    yield Evidence(database, sealed(database, tmp_path_factory.mktemp("seals")), known_at)
    drop(server, database)


def refusal(content: bytes, key: str) -> str:
    with pytest.raises(Refused) as refused:
        check.check(content, key)
    return str(refused.value)


# --- Without Fundtrail ------------------------------------------------------------------------------------------------


def test_the_file_that_checks_is_short_and_needs_no_more_than_cryptography() -> None:
    tree = ast.parse(CHECK.read_text())
    names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    names |= {f"{node.module}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names == {"cryptography"}
    assert len(CHECK.read_text().splitlines()) < 300


def ran_in(folder: Path, *given: str) -> subprocess.CompletedProcess[str]:
    """check.py as an auditor runs it, who has no Fundtrail."""
    words = [sys.executable, "-I", "check.py", "pack.zip", *given]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_python_alone_checks_a_pack_that_was_unpacked_by_any_program(evidence: Evidence, tmp_path: Path) -> None:
    pack, key = tmp_path / "pack.zip", tmp_path / "log.key"
    pack.write_bytes(evidence.content)
    key.write_text(evidence.key)
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path)
    ran = [ran_in(tmp_path, *given) for given in (["--key", evidence.key], ["--key", "log.key"], [])]
    assert [one.returncode for one in ran] == [0, 0, 0], ran[0].stderr
    assert "GBP-paid 15,000.00\n" in ran[0].stdout
    assert "code A-ev\n" in ran[0].stdout
    assert [("WARNING" in one.stdout) for one in ran] == [False, False, True]
    pack.write_bytes(evidence.content.replace(b"15,000.00", b"16,000.00"))
    refused = ran_in(tmp_path)
    assert refused.returncode == 1
    assert "REFUSED: statement.html" in refused.stderr


def test_the_statement_reads_as_a_finance_officer_needs_it(evidence: Evidence) -> None:
    html = evidence.files["statement.html"].decode()
    assert "Section 151 officer: I certify it" in html
    assert DIGEST in html
    assert "Minutes &lt;b&gt;of&lt;/b&gt; January" in html
    assert "This pack has no PDF." in html
    assert json.loads(evidence.files["MANIFEST.json"])["no_pdf"]
    text = " ".join(re.sub("<[^>]*>", " ", html).split())
    assert "Paid 15,000.00 15,000.00 released, less reversals" in text
    assert "Payment reversed" in text
    # What was recorded later does not count, and shows that nothing is left out.
    assert "It does not count, and shows that none is left out" in text
    assert "9,000.00" not in text
    assert check.check(evidence.content, evidence.key)[-1].endswith("is not shown of: bid-ev")


# --- Any byte ---------------------------------------------------------------------------------------------------------


def test_any_one_byte_that_is_changed_is_refused_with_the_file(evidence: Evidence) -> None:
    """The bytes of every file, and all that the zip itself adds: names, lengths, times and the list of files."""
    with zipfile.ZipFile(BytesIO(evidence.content)) as archive:
        starts = sorted((one.header_offset, one.filename) for one in archive.infolist())
        end = archive.start_dir
    chance, content = random.Random(9), bytearray(evidence.content)
    of_each = [start + chance.randrange(31 + len(name)) for start, name in starts for _ in range(times(6, 400))]
    in_list = chance.choices(range(end, len(content)), k=times(150, 3000))
    places = [*of_each, *in_list, *chance.choices(range(len(content)), k=times(600, 30_000))]
    files = Counter[str]()
    for place in places:
        name = [name for start, name in starts if start <= place][-1] if place < end else "the list of files in the zip"
        was, content[place] = content[place], content[place] ^ chance.randrange(1, 256)
        assert name in refusal(bytes(content), evidence.key), place
        content[place], files[name] = was, files[name] + 1
    assert bytes(content) == evidence.content
    assert set(evidence.files) < set(files)


@pytest.mark.parametrize("cut", [1, 22, 400, 20_000])
def test_a_pack_that_is_cut_or_longer_is_refused(evidence: Evidence, cut: int) -> None:
    refusal(evidence.content[:-cut], evidence.key)
    refusal(evidence.content + b"\0" * cut, evidence.key)
    refusal(evidence.content[cut:], evidence.key)
    refusal(b"", evidence.key)


def test_a_file_that_the_manifest_does_not_list_is_refused(evidence: Evidence) -> None:
    said = refusal(again(evidence.content, {"notes.txt": b"Believe me"}, listed=False), evidence.key)
    assert said.startswith("notes.txt: it is not the file that MANIFEST.json lists")
    said = refusal(again(evidence.content, {"key.txt": None}, listed=False), evidence.key)
    assert said.startswith("key.txt: it is not the file that MANIFEST.json lists")


# --- With a manifest that lists what was forged -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        {"actor": "nobody"}, {"authority": "none"}, {"recorded_at": "2004-01-01T00:00:00.000000Z"}, {"version": 9},
        {"command": "x"}, {"correlation": "x"}, {"causation": "x"}, {"schema": 3}, {"name": "PaymentReturned"},
        {"id": "00000000-0000-7000-8000-000000000000"}, {"stream": "award-other"}, {"on": "2004-07-02"}, {"number": 8},
        {"amount": {"amount": "14000.00", "currency": "GBP"}},
    ],
)  # fmt: skip
def test_an_event_that_was_changed_is_refused_at_its_position(evidence: Evidence, forged: dict[str, Any]) -> None:
    name = evidence.event("PaymentReleased")
    said = refusal(again(evidence.content, evidence.changed(name, **forged)), evidence.key)
    assert said.startswith(f"{name} (position {int(name[7:-5])}): its receipt does not show that the log has it")


def receipt_of(name: str) -> str:
    return f"receipts/{name[7:-5]}.tlog-proof"


def test_an_event_that_was_left_out_is_refused_at_the_next_one(evidence: Evidence) -> None:
    for called in ("AwardOffered", "PaymentRequested", "PaymentReversed"):
        name = evidence.event(called)
        stream = json.loads(evidence.files[name])["stream"]
        its = [one for one in evidence.events if json.loads(evidence.files[one])["stream"] == stream]
        following = its[its.index(name) + 1]
        said = refusal(again(evidence.content, {name: None, receipt_of(name): None}), evidence.key)
        assert said.startswith(following)
        assert "is missing before it" in said


def test_the_last_events_cannot_be_left_out_with_the_statement_as_it_is(evidence: Evidence) -> None:
    left_out = dict.fromkeys((one for name in evidence.events[3:] for one in (name, receipt_of(name))), None)
    assert refusal(again(evidence.content, left_out), evidence.key).startswith("statement.html and asked.json")


def test_an_event_that_was_added_or_stands_in_the_place_of_another_is_refused(evidence: Evidence) -> None:
    one, two = evidence.event("PaymentReleased"), evidence.event("PaymentReleased", 1)
    swapped = {one: evidence.files[two], two: evidence.files[one]}
    assert "it is the event of another position" in refusal(again(evidence.content, swapped), evidence.key)
    added = f"events/{999_999:012}.json"
    forged = {added: json.dumps(json.loads(evidence.files[two]) | {"position": 999_999, "version": 99}).encode()}
    assert refusal(again(evidence.content, forged), evidence.key).startswith(f"{added} (position 999999): ")
    forged[receipt_of(added)] = evidence.files[receipt_of(two)]
    assert "its receipt does not show" in refusal(again(evidence.content, forged), evidence.key)
    # The same place in the tree does not count twice.
    again_there = {added: evidence.files[two], receipt_of(added): evidence.files[receipt_of(two)]}
    assert "it is the event of another position" in refusal(again(evidence.content, again_there), evidence.key)


def test_a_receipt_of_another_event_or_of_another_checkpoint_is_refused(
    evidence: Evidence,
) -> None:
    one, two = evidence.event("PaymentReleased"), evidence.event("PaymentApproved")
    other = {receipt_of(one): evidence.files[receipt_of(two)]}
    assert refusal(again(evidence.content, other), evidence.key).startswith(one)
    index = re.sub(rb"index \d+", b"index 3", evidence.files[receipt_of(one)])
    assert refusal(again(evidence.content, {receipt_of(one): index}), evidence.key).startswith(one)
    # A checkpoint of the same log from before these events, and one that nobody signed.
    head = evidence.files[receipt_of(one)].partition(b"\n\n")[0]
    for note in (unsigned(evidence.folder, 1_000), evidence.files["checkpoint.txt"].replace(b"\n", b"\n1", 1)):
        said = refusal(again(evidence.content, {receipt_of(one): head + b"\n\n" + note}), evidence.key)
        assert said.startswith(one)


def test_a_pack_under_another_key_is_refused(evidence: Evidence) -> None:
    assert "has not signed its checkpoint" in refusal(evidence.content, new_signer("tests/log").verifier.text)
    assert refusal(evidence.content, "not a key").startswith("the pack: ")
    # Whoever makes a pack of their own may put their own key into it. The key that the auditor has tells.
    forged = again(evidence.content, {"key.txt": new_signer("tests/log").verifier.text.encode()})
    check.check(forged, evidence.key)
    refusal(forged, "")


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            '<span id="GBP-paid">15,000.00',
            '<span id="GBP-paid">30,000.00',
            "GBP-paid is 30,000.00, by the events 15,000.00",
        ),
        ('<span id="GBP-paid">15,000.00', '<span id="GBP-paid">not stated', "GBP-paid is not stated"),
        ('<span id="GBP-paid">15,000.00</span>', "15,000.00", "GBP-paid is None"),
        ("<h2>Figures</h2>", '<span id="GBP-paid">15,000.00</span>', "something is stated twice"),
        ("<h2>Figures</h2>", '<span id="GBP-lost">1.00</span>', "GBP-lost is 1.00, by the events None"),
        ('<span id="ends">2005-03-31', '<span id="ends">2005-12-31', "ends is 2005-12-31"),
        ('<span id="code">A-ev', '<span id="code">A-other', "code is A-other"),
    ],
)
def test_a_statement_that_says_another_figure_is_refused(evidence: Evidence, was: str, now: str, said: str) -> None:
    html = evidence.files["statement.html"].decode()
    assert was in html
    forged = again(evidence.content, {"statement.html": html.replace(was, now, 1).encode()})
    assert said in refusal(forged, evidence.key)


@pytest.mark.parametrize(
    "forged",
    [
        {"position": 5}, {"known_at": "2100-01-01T00:00:00.000000Z"}, {"code": "A-other"}, {"ends": "2004-03-31"},
        {"figures": ["paid"]}, {"currencies": {}}, {"currencies": {"GBP": 0}}, {"id": "award-other"},
        {"kind": "period"}, {"figures": ["lost"]}, {"position": "x"},
    ],
)  # fmt: skip
def test_a_pack_that_answers_another_question_is_refused(evidence: Evidence, forged: dict[str, Any]) -> None:
    other = json.loads(evidence.files["asked.json"]) | forged
    said = refusal(again(evidence.content, {"asked.json": json.dumps(other).encode()}), evidence.key)
    assert said.startswith("statement.html and asked.json: ")


# --- What each check is for -------------------------------------------------------------------------------------------


def without(line: str, instead: str) -> types.ModuleType:
    """check.py without one of its checks."""
    source = CHECK.read_text()
    assert source.count(line) == 1
    module = types.ModuleType("check_without")
    exec(compile(source.replace(line, instead), "check_without.py", "exec"), module.__dict__)  # noqa: S102
    return module


Forge = Callable[[Evidence], bytes]


def _by_another(one: Evidence) -> bytes:
    return again(one.content, one.changed(one.event("PaymentReleased"), actor="nobody"))


def _one_less(one: Evidence) -> bytes:
    name = one.event("PaymentRequested")
    return again(one.content, {name: None, receipt_of(name): None})


def _paid_more(one: Evidence) -> bytes:
    return again(one.content, {"statement.html": one.files["statement.html"].replace(b"15,000.00", b"15,000,000.00")})


def _other_word(one: Evidence) -> bytes:
    return again(
        one.content, {"statement.html": one.files["statement.html"].replace(b"Certificates", b"Licences")}, listed=False
    )


def _other_key(one: Evidence) -> bytes:
    content = one.content
    for name in (name for name in one.files if name.startswith(("receipts/", "checkpoint"))):
        forged = re.sub(rb"(tests/log [A-Za-z0-9+/]{12})[A-Za-z0-9+/]{3}", rb"\1AAA", one.files[name])
        content = again(content, {name: forged})
    return content


@pytest.mark.parametrize(
    ("line", "instead", "forge"),
    [
        ("demand(has_it and index > before,", "demand(True,", _by_another),
        ("demand(follows,", "demand(True,", _one_less),
        ("demand(shown.get(name) == want.get(name),", "demand(True,", _paid_more),
        ("if digests.get(one) != listed.get(one)", "if False", _other_word),
        (
            'Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\\n".encode())',
            "pass",
            _other_key,
        ),
    ],
)
def test_without_its_check_a_forgery_would_pass_unnoticed(
    evidence: Evidence, line: str, instead: str, forge: Forge
) -> None:
    forged = forge(evidence)
    refusal(forged, evidence.key)
    assert without(line, instead).check(forged, evidence.key)


# --- Before it is handed out ------------------------------------------------------------------------------------------


def test_a_pack_waits_until_its_events_are_sealed(evidence: Evidence, programme: Database, tmp_path: Path) -> None:
    with desk(programme) as at:
        lived(at)
    project_all(programme)
    with pytest.raises(NotSealed, match="public key"):
        pack_of(programme, tmp_path, asked("award", "A-ev"))
    with pytest.raises(NotSealed, match="is not sealed yet"):
        pack_of(programme, evidence.folder, asked("award", "A-ev"))
    assert pack_of(programme, sealed(programme, tmp_path), asked("award", "A-ev")).shown


def test_a_log_that_was_changed_gives_no_pack(programme: Database, tmp_path: Path) -> None:
    with desk(programme) as at:
        lived(at)
    project_all(programme)
    folder = sealed(programme, tmp_path)
    with programme.connect() as owner:
        owner.execute("ALTER TABLE log.events DISABLE TRIGGER USER")
        found = owner.execute(
            "UPDATE log.events SET actor = 'nobody' WHERE topic = 'PaymentReleased' AND originator_id = 'award-ev'"
            " AND originator_version = 5 RETURNING notification_id"
        ).fetchone()
    assert found is not None
    with pytest.raises(NotSound, match=rf"\(position {found[0]}\): its receipt does not show"):
        pack_of(programme, folder, asked("award", "A-ev"))
