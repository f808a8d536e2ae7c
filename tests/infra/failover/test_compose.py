"""The compose file with a standby, checked as far as is possible without Docker: its pooler is run as it is there."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from infra.database.postgres import APP, LOGINS, PROJECTOR, READER, SCOPED, SEALER, Database
from infra.feeding.projector import Projector
from tests.infra.cli.test_stopping import free_port
from tests.infra.database.test_sessions import readable, wait_for
from tests.infra.failover.test_failover import answers, failing
from tests.kit.command_line import fundtrail
from tests.kit.database.failover import Load, lost
from tests.kit.database.pgbouncer import pgbouncer
from tests.kit.database.standby import Pair
from tests.kit.database.wire import Wire
from tests.kit.database.writing import eventually
from tests.kit.paths import ROOT
from tests.kit.web.served import served

__all__ = ["failing", "readable"]
WEB, PROJECTORS = ("web-1", "web-2"), ("projector-1", "projector-2")
READS = "web-that-only-reads"
PASSWORDS = {role: f"{role.upper().removeprefix('FUNDTRAIL_')}_PASSWORD" for role in LOGINS}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.standby.yml").read_text())
    return found


def script(compose: dict[str, Any], name: str) -> str:
    """A script of the file, as the container gets it."""
    content: str = compose["configs"][name]["content"]
    return content.replace("$$", "$")


def test_there_are_two_servers_two_web_processes_and_two_projectors(compose: dict[str, Any]) -> None:
    assert {"primary", "standby", "pooler", "load", *WEB, *PROJECTORS, "sealer", READS} == set(compose["services"])


def test_each_service_has_the_logins_of_its_own_roles_alone(compose: dict[str, Any]) -> None:
    given = {name: set(service.get("environment", {})) for name, service in compose["services"].items()}
    assert {"DATABASE_URL", *LOGINS.values()} == given["load"]
    for name in WEB:
        assert {LOGINS[APP], LOGINS[READER], LOGINS[SCOPED], "FUNDTRAIL_SEALS"} == given[name]
    for name in PROJECTORS:
        assert {LOGINS[PROJECTOR], LOGINS[READER]} == given[name]
    assert {LOGINS[SEALER], LOGINS[READER], "FUNDTRAIL_SEAL_KEY", "FUNDTRAIL_SEALS"} == given["sealer"]
    assert {LOGINS[READER], LOGINS[SCOPED]} == given[READS]


def test_every_lasting_service_is_health_checked_and_nothing_is_published_beyond_loopback(
    compose: dict[str, Any],
) -> None:
    for name, service in compose["services"].items():
        assert service["restart"] == "no" or service["healthcheck"]["test"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert "--host" not in service.get("command", ()) or "127.0.0.1" in service["command"], name


def test_services_run_commands_that_the_command_line_has(compose: dict[str, Any]) -> None:
    for name in ("load", *WEB, *PROJECTORS, "sealer", READS):
        words = compose["services"][name]["command"]
        known = fundtrail(None, *[word for word in words[:2] if not word.startswith("-")], "--help")
        assert 0 == known.returncode, known.stderr
        assert all(word in known.stdout for word in words if word.startswith("--")), name


def test_its_scripts_are_scripts_and_a_promoted_standby_waits_for_no_other(compose: dict[str, Any]) -> None:
    for name in compose["configs"]:
        read = subprocess.run(["sh", "-n"], input=script(compose, name), text=True, capture_output=True, check=False)
        assert (0, "") == (read.returncode, read.stderr), name
    assert "synchronous_standby_names = 'standby'" in script(compose, "primary")
    assert "-c synchronous_standby_names=\n" in script(compose, "standby")


@contextmanager
def composed(compose: dict[str, Any], server: Wire, folder: Path) -> Iterator[tuple[int, Callable[[Wire], None]]]:
    """The port of the pooler of the file, before *server*, and what leads it to another server."""
    port, ini = free_port(), folder / "pgbouncer.ini"
    text = script(compose, "pooler").replace("/tmp/", f"{folder}/").replace("6432", str(port))  # noqa: S108
    text = text.replace("host=primary port=5432", f"host=127.0.0.1 port={port_of(server)}")
    text = text.replace("exec pgbouncer", f"exec {pgbouncer()}")
    environ = {"PATH": os.environ["PATH"], **dict.fromkeys(PASSWORDS.values(), "secret")}
    folder.chmod(0o777)
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    with subprocess.Popen([*become, "sh", "-c", text], env=environ, stderr=subprocess.DEVNULL) as running:

        def lead(other: Wire) -> None:
            leading = script(compose, "lead").replace("/tmp/", f"{folder}/").replace("HUP 1", f"HUP {running.pid}")  # noqa: S108
            # Both servers have the address of this machine here, so the port is changed with the name.
            leading = leading.replace("host=[^ ]*", "host=[^ ]* port=[^ ]*")
            subprocess.run(["sh", "-c", leading, "lead", f"127.0.0.1 port={port_of(other)}"], check=True)
            assert f"port={port_of(other)} " in ini.read_text()

        try:
            yield port, lead
        finally:
            running.terminate()


def port_of(wire: Wire) -> int:
    return int(str(conninfo_to_dict(wire.database.url)["port"]))


def test_behind_its_pooler_the_service_answers_again_once_that_leads_to_the_promoted_standby(
    compose: dict[str, Any], failing: Pair, readable: Path
) -> None:
    failing.wait_for_the_standby()
    with (
        Wire(failing.primary.database) as primary,
        Wire(failing.standby.database) as standby,
        composed(compose, primary, readable) as (port, lead),
    ):
        name = conninfo_to_dict(failing.primary.database.url)["dbname"]
        urls = {role: f"postgresql://{role}:secret@127.0.0.1:{port}/{name}?sslmode=disable" for role in LOGINS}
        wait_for(Database(urls[READER]))
        pooled = Database("", tuple(urls.items()))
        with Projector(pooled), served(pooled, projector=False) as api, Load(api) as load:
            load.more(20)
            failing.primary.kill()
            failing.standby.promote()
            lead(standby)
            eventually(lambda: answers(api), "the service answers again")
            load.more(20)
            load.__exit__()
            assert {} == lost(failing, load.acknowledged)
