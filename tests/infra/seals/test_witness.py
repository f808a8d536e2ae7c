"""A witness signs a checkpoint only if it continues the one before, so that one log cannot have two histories."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn

from infra.database.postgres import Database
from infra.seals.checkpoints import newest
from infra.seals.merkle import leaf_hash, tree_of
from infra.seals.notes import COSIGNATURE, Checkpoint, Signer, Verifier, encoded, new_signer, opened
from infra.seals.sealer import Sealer
from infra.seals.settings import BadSeals, SealSettings, Witness, seal_settings
from infra.seals.witness import SmallWitness
from infra.web.witnessing import witness_app
from tests.infra.seals.test_sealer import recorded
from tests.kit.database.writing import eventually
from tests.kit.sealing import Sealed, sealing

LEAVES = [leaf_hash(bytes([nth])) for nth in range(20)]


class Watched:
    """A log that a witness watches, and the witness."""

    def __init__(self, folder: Path) -> None:
        self.log = new_signer("grants.example.org/log")
        self.witness = new_signer("auditor.example.org/witness", COSIGNATURE)
        self.small = SmallWitness(folder, self.witness, [self.log.verifier])

    def note(self, size: int, leaves: list[bytes] = LEAVES, signer: Signer | None = None) -> str:
        text = Checkpoint("grants.example.org/log/1", size, tree_of(leaves[:size]).root()).text
        return (signer or self.log).sign(text)

    def ask(self, old: int, size: int, leaves: list[bytes] = LEAVES, proof: list[bytes] | None = None) -> int:
        if proof is None:
            proof = tree_of(leaves[:size]).consistency(old) if 0 < old < size else []
        lines = "".join(f"{encoded(one)}\n" for one in proof)
        answer = self.small.add_checkpoint(f"old {old}\n{lines}\n{self.note(size, leaves)}")
        if answer.status == 200:
            keys = [self.log.verifier, self.witness.verifier]
            assert keys == opened(self.note(size, leaves) + answer.text, keys)[1]
        return answer.status


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_log_that_grows_is_signed(watched: Watched) -> None:
    assert [200] * 5 == [watched.ask(*sizes) for sizes in ((0, 3), (3, 4), (4, 4), (4, 16), (16, 20))]


def test_a_log_that_was_changed_is_not_signed(watched: Watched) -> None:
    assert 200 == watched.ask(0, 8)
    changed = [*LEAVES[:3], leaf_hash(b"changed"), *LEAVES[4:]]
    assert 422 == watched.ask(8, 16, changed)
    assert 422 == watched.ask(8, 8, changed)
    assert 422 == watched.ask(8, 16, proof=[])
    # The control: the log that continues is signed.
    assert 200 == watched.ask(8, 16)


def test_a_log_that_became_shorter_is_not_signed(watched: Watched) -> None:
    assert 200 == watched.ask(0, 8)
    answer = watched.small.add_checkpoint(f"old 0\n\n{watched.note(5)}")
    assert (409, "8\n", "text/x.tlog.size") == answer
    assert 400 == watched.small.add_checkpoint(f"old 8\n\n{watched.note(5)}").status


def test_what_is_not_a_checkpoint_of_a_known_log_is_not_signed(watched: Watched) -> None:
    stranger = new_signer("grants.example.org/log")
    assert 403 == watched.small.add_checkpoint(f"old 0\n\n{watched.note(3, signer=stranger)}").status
    other = new_signer("other.example.org/log")
    text = Checkpoint("other.example.org/log/1", 3, tree_of(LEAVES[:3]).root()).text
    assert 404 == watched.small.add_checkpoint(f"old 0\n\n{other.sign(text)}").status
    for body in ("", "old\n\n", "old -1\n\nx", "new 0\n\nx", f"old 0\n{watched.note(3)}", "old 00\n\nx"):
        assert watched.small.add_checkpoint(body).status in (400, 403, 404), body


def test_a_witness_remembers_after_it_was_stopped(watched: Watched, tmp_path: Path) -> None:
    assert 200 == watched.ask(0, 8)
    watched.small = SmallWitness(tmp_path, watched.witness, [watched.log.verifier])
    assert 409 == watched.ask(0, 5)
    assert 200 == watched.ask(8, 9)


def test_of_two_histories_shown_at_once_one_is_signed(watched: Watched) -> None:
    changed = [leaf_hash(b"changed"), *LEAVES[1:]]
    start, answers = threading.Barrier(8), list[int]()

    def show(leaves: list[bytes]) -> None:
        start.wait()
        answers.append(watched.ask(0, 8, leaves))

    threads = [threading.Thread(target=show, args=(leaves,)) for leaves in [LEAVES, changed] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [200] + [409] * 7 == sorted(answers)


@contextmanager
def running(folder: Path, settings: SealSettings) -> Iterator[Witness]:
    """A witness for the log of *settings*, over HTTP."""
    signer = new_signer("auditor.example.org/witness", COSIGNATURE)
    app = witness_app(folder, signer, [settings.signer().verifier])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    port = eventually(lambda: server.started and server.servers[0].sockets[0].getsockname()[1], "the witness listens")
    try:
        yield Witness(signer.verifier, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join()


def test_the_sealer_shows_its_checkpoints_and_keeps_the_cosignatures(database: Database, tmp_path: Path) -> None:
    plain = sealing(tmp_path)
    with running(tmp_path / "witness", plain) as witness:
        settings = SealSettings(plain.key, plain.folder, (witness,), plain.name)
        made, keys = Sealed(database, settings), [plain.signer().verifier, witness.key]
        for first, last in ((1, 3), (4, 300)):
            recorded(database, first, last)
            with Sealer(database, settings):
                eventually(partial(_cosigned, made, keys, last), f"{last} events are cosigned")
    assert [] == made.found()


def _cosigned(made: Sealed, keys: list[Verifier], size: int) -> bool:
    with made.database.connect() as connection:
        last = newest(connection)
    notes = [last.note if last else None, made.folder.note(1)]
    return all(
        note is not None and note.split("\n")[1] == f"{size}" and keys == opened(note, keys)[1] for note in notes
    )


def test_a_witness_that_is_away_delays_nothing(database: Database, tmp_path: Path) -> None:
    plain = sealing(tmp_path)
    away = Witness(new_signer("auditor.example.org/witness", COSIGNATURE).verifier, "http://127.0.0.1:9")
    recorded(database, 1, 1)
    made = Sealed(database, SealSettings(plain.key, plain.folder, (away,), plain.name))
    with Sealer(database, made.settings):
        eventually(lambda: made.folder.note(1), "it is sealed")
    assert [] == made.found()


def test_a_request_that_is_no_text_or_too_long_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "witness", sealing(tmp_path)) as witness:
        assert 400 == httpx.post(f"{witness.url}/add-checkpoint", content=b"\xff\xfe").status_code
        assert 413 == httpx.post(f"{witness.url}/add-checkpoint", content=b"x" * 100_000).status_code
        assert 405 == httpx.get(f"{witness.url}/add-checkpoint").status_code


def test_the_file_of_the_witnesses_is_read_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    key = new_signer("auditor.example.org/witness", COSIGNATURE).verifier
    file = tmp_path / "witnesses"
    file.write_text(f"# The auditor\n\n{key.text} https://auditor.example.org/witness/\n", encoding="utf-8")
    assert (Witness(key, "https://auditor.example.org/witness"),) == seal_settings(
        {"FUNDTRAIL_WITNESSES": str(file)}
    ).witnesses
    log_key = new_signer("grants.example.org/log").verifier
    for line in ("no key", key.text, f"{key.text} ftp://x", f"{log_key.text} https://x.example.org"):
        file.write_text(f"{line}\n", encoding="utf-8")
        with pytest.raises(BadSeals, match="Line 1 of FUNDTRAIL_WITNESSES"):
            seal_settings({"FUNDTRAIL_WITNESSES": str(file)})
    with pytest.raises(BadSeals, match="cannot be read"):
        seal_settings({"FUNDTRAIL_WITNESSES": str(tmp_path / "none")})
