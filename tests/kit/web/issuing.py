"""A small issuer on loopback for tests that forge tokens: it publishes its keys over HTTP, and can be taken away."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from domain.desk import submit
from domain.people.person import GrantRole, LinkAccount, RegisterPerson, Role
from domain.values.ids import PersonId
from domain.values.when import When
from infra import directory
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.identity.identity import Identity
from infra.identity.settings import IdentitySettings
from infra.log.postgres_log import PostgresLog
from tests.kit.database.writing import order

AUDIENCE = "fundtrail-api"
OFFICER, AUDITOR = "person-payments-officer", "person-auditor"
PEOPLE = (
    (OFFICER, "Payments officer", (Role.PAYMENTS_OFFICER, Role.PROGRAMME_OFFICE), "officer"),
    (AUDITOR, "Auditor", (Role.AUDITOR,), "auditor"),
)


class SmallIssuer:
    """An issuer with an RSA key called "one". *documents* are what it publishes, by path; *asked* counts requests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: dict[str, Any] = {"one": rsa.generate_private_key(65537, 2048)}
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        self.publish()

    def publish(self, **metadata: Any) -> None:
        """Publish the keys that it has now, and *metadata* beside what it always states."""
        self.documents["/keys"] = {"keys": [public_jwk(key, kid) for kid, key in self.keys.items()]}
        self.documents["/.well-known/openid-configuration"] = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            **metadata,
        }

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good token, with some *changed*; None leaves a claim out."""
        now = int(time.time())
        good = {"iss": self.url, "aud": AUDIENCE, "sub": "officer", "iat": now, "exp": now + 600}
        return {name: value for name, value in (good | changed).items() if value is not None}

    def token(self, kid: str = "one", alg: str = "RS256", headers: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token that is signed with the key *kid*."""
        return jwt.encode(self.claims(**changed), self.keys[kid], alg, headers={"kid": kid, **(headers or {})})


def public_jwk(key: Any, kid: str) -> dict[str, Any]:
    """The public half of *key*, as issuers publish it."""
    kinds: dict[type, Any] = {
        rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
        ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
        ed25519.Ed25519PrivateKey: jwt.algorithms.OKPAlgorithm,
    }
    found = next(algorithm for kind, algorithm in kinds.items() if isinstance(key, kind))
    return {**found.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


def signed(header: Any, claims: Any, signature: bytes = b"") -> str:
    """A token of any parts, whether they make sense or not."""
    parts = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, claims))
    return ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in (*parts, signature))


@contextmanager
def small_issuer(port: int = 0) -> Iterator[SmallIssuer]:
    """An issuer that answers until the end of the block."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            found = issuer.documents.get(self.path)
            if isinstance(found, tuple):
                status, headers, body = found
            else:
                status, headers, body = (404, {}, b"") if found is None else (200, {}, json.dumps(found).encode())
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    server.daemon_threads = True
    issuer = SmallIssuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_people(database: Database, issuer: str | None = None) -> None:
    """Register the people of the tests in *database* with their names, and link their accounts at *issuer*."""
    with PostgresLog(database) as log:
        for person_id, name, roles, subject in PEOPLE:
            of: dict[str, Any] = {"person_id": PersonId(person_id), "on": When("2026-01-05")}
            submit(log, order(RegisterPerson(**of, code=subject)))
            for role in roles:
                submit(log, order(GrantRole(**of, role=role)))
            if issuer is not None:
                submit(log, order(LinkAccount(**of, issuer=issuer, subject=subject)))
            directory.keep(database, person_id, name)
    project_all(database)


def identity_at(database: Database, home: Path, issuer: str | None = None, **chosen: Any) -> Identity:
    """An identity with the people of the tests, whose accounts are at *issuer*; None for our own issuer."""
    write_people(database, issuer)
    settings = IdentitySettings(issuer=issuer, audience=AUDIENCE if issuer else None, **chosen)
    return Identity(settings, home)
