"""What the repository promises as a whole."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.database.postgres import APP, LOGINS, PROJECTOR, READER, SCOPED, SEALER
from tests.kit.command_line import fundtrail
from tests.kit.paths import ROOT


def committed() -> list[Path]:
    """The files under version control."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_compose_runs_postgres_web_projector_and_sealer_as_services_of_their_own(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert "postgres:18" == services["postgres"]["image"]
    assert {"postgres", "load", "web", "projector", "sealer"} == set(services)
    assert "project" == services["projector"]["command"][0]
    assert "--no-projector" in services["web"]["command"]


def test_only_the_service_that_migrates_has_the_rights_of_the_databases_owner(compose: dict[str, Any]) -> None:
    given = {name: set(service.get("environment", {})) for name, service in compose["services"].items()}

    assert {"DATABASE_URL", *LOGINS.values()} == given["load"]
    assert {LOGINS[APP], LOGINS[READER], LOGINS[SCOPED], "FUNDTRAIL_SEALS"} == given["web"]
    assert {LOGINS[PROJECTOR], LOGINS[READER]} == given["projector"]
    assert {LOGINS[SEALER], LOGINS[READER], "FUNDTRAIL_SEAL_KEY", "FUNDTRAIL_SEALS"} == given["sealer"]
    # The private key is with the sealer alone.
    having_key = [
        name for name, service in compose["services"].items() if "seal-key:/srv/key" in service.get("volumes", [])
    ]
    assert ["sealer"] == having_key


def test_every_lasting_service_of_compose_is_health_checked(compose: dict[str, Any]) -> None:
    lasting = [name for name, service in compose["services"].items() if service.get("restart") != "no"]

    assert ["postgres", "web", "projector", "sealer"] == lasting
    for name in lasting:
        assert compose["services"][name]["healthcheck"]["test"], name


def test_compose_publishes_nothing_beyond_loopback(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), port
    assert "127.0.0.1" in compose["services"]["web"]["command"]


def test_services_of_compose_run_commands_that_the_command_line_has(compose: dict[str, Any]) -> None:
    for name in ("load", "web", "projector", "sealer"):
        command = [word for word in compose["services"][name]["command"] if not word.startswith("-")][:2]
        known = fundtrail(None, *command[: 2 if name == "load" else 1], "--help")
        assert 0 == known.returncode, known.stderr


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client here to read docker-compose.yml with")
def test_docker_reads_the_compose_file_where_its_client_can() -> None:
    compose = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if compose.returncode != 0:
        pytest.skip("this docker client has no compose")
    read = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": "/tmp"}  # noqa: S108
        | {f"{name}_PASSWORD": "x" for name in ("POSTGRES", "APP", "READER", "SCOPED", "PROJECTOR", "SEALER")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == read.returncode, read.stderr


def test_nothing_committed_names_a_place_of_the_machine_that_made_it() -> None:
    home = re.compile(r"/work/|/root/|/home/[a-z]")
    found = [str(path.relative_to(ROOT)) for path in committed() if home.search(_text(path))]

    assert [] == [name for name in found if name != "tests/test_repository.py"]


def test_locked_requirements_carry_a_hash_each_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        entries = re.split(r"\n(?=[a-z0-9])", text.strip())

        assert len(entries) > 30
        assert [] == [
            entry[:60] for entry in entries if not re.search(r"==.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL)
        ]
        assert "://" not in text


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
