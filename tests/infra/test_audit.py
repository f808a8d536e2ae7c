"""``make audit`` fails on a package with a known vulnerability, and says so when it cannot ask."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.infra.cli.test_stopping import free_port
from tests.kit.paths import ROOT

# Two packages with hashes, as in our own lock.
LOCK = f"""\
idna==3.10 --hash=sha256:{"a" * 64}
sniffio==1.3.1 --hash=sha256:{"b" * 64}
"""
VULNERABILITY = {
    "id": "PYSEC-2026-1", "summary": "Names are decoded for too long.",
    "affected": [{
        "package": {"name": "idna", "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.11"}]}],
    }],
}  # fmt: skip


@contextmanager
def service(vulnerable: str = "", status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A vulnerability service with OSV's interface: its address, and the names that it was asked for."""
    asked: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["content-length"])))["package"]["name"]
            asked.append(name)
            body = json.dumps({"vulns": [VULNERABILITY]} if name == vulnerable else {}).encode()
            self.send_response(status)
            self.send_header("content-length", f"{len(body)}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
        server.shutdown()
        thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK, encoding="utf-8")
    return path


def audited(lock: Path, url: str) -> tuple[int, str]:
    """The exit code of an audit of *lock* with the service at *url*, and what it printed."""
    command = [sys.executable, "-m", "tests.kit.audit", str(lock), "--service", url]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return ran.returncode, ran.stdout + ran.stderr


def test_a_package_with_a_known_vulnerability_fails_and_is_named(lock: Path) -> None:
    with service(vulnerable="idna") as (url, asked):
        code, printed = audited(lock, url)
    assert 1 == code
    assert {"idna", "sniffio"} <= set(asked)
    for part in ("idna", "3.10", "PYSEC-2026-1", "3.11"):
        assert part in printed


def test_packages_without_known_vulnerabilities_pass(lock: Path) -> None:
    """The control: the same packages, of which the service knows nothing."""
    with service() as (url, asked):
        code, printed = audited(lock, url)
    assert (0, {"idna", "sniffio"}) == (code, set(asked) & {"idna", "sniffio"})
    assert "No known vulnerabilities found" in printed


def test_a_service_that_cannot_be_reached_skips_the_audit_visibly(lock: Path) -> None:
    code, printed = audited(lock, f"http://127.0.0.1:{free_port()}/v1/query")
    assert 0 == code
    assert printed.startswith("Skipped: http://127.0.0.1:")
    assert "cannot be reached" in printed
    assert "No known vulnerabilities" not in printed


def test_a_service_that_answers_with_an_error_is_not_a_pass(lock: Path) -> None:
    with service(status=500) as (url, _):
        assert 0 != audited(lock, url)[0]


def test_a_package_without_a_hash_is_refused(lock: Path) -> None:
    """A lock without hashes says nothing of what is installed."""
    lock.write_text("idna==3.10\n", encoding="utf-8")
    with service() as (url, _):
        assert 0 != audited(lock, url)[0]
