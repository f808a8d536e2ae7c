"""What another local user of the machine can do. Each program gives up root before it begins."""

import os
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from infra.database.embedded import Server

# The user and group "nobody".
STRANGER = 65534


def _become_a_stranger() -> None:
    os.setgroups([])
    os.setgid(STRANGER)
    os.setuid(STRANGER)


def look_around(url: str, socket_path: str, files: list[str], pid: int, sender: Connection) -> None:
    """Try the server at *url*, its socket, its *files* and its process. Send the outcome of each."""

    def connect() -> None:
        with socket.socket(socket.AF_UNIX) as ours:
            ours.connect(socket_path)

    tries: dict[str, Callable[[], Any]] = {
        "socket": connect,
        "session": lambda: psycopg.connect(url).close(),
        "process": lambda: os.kill(pid, 0),
        **{name: Path(name).read_bytes for name in files},
        **{f"write {name}": _writing(name) for name in files},
    }
    _become_a_stranger()
    sender.send({name: _outcome(attempt) for name, attempt in tries.items()})


def _writing(name: str) -> Callable[[], Any]:
    return lambda: Path(name).open("ab").close()


def _outcome(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except psycopg.OperationalError as error:
        return "Permission denied" if "Permission denied" in str(error) else str(error)
    except OSError as error:
        return "Permission denied" if isinstance(error, PermissionError) else repr(error)
    return "done"


def run_a_server(home: str, sender: Connection) -> None:
    """Start the embedded server of *home*, ask it who connects, and stop it."""
    _become_a_stranger()
    server = Server(Path(home))
    with psycopg.connect(server.url("postgres")) as connection:
        sender.send(connection.execute("SELECT current_user").fetchone())
    server.stop()
