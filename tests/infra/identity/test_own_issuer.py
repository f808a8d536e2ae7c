"""On loopback Fundtrail is its own issuer: `fundtrail token` prints a token for a person."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.database.postgres import Database
from infra.identity.own_issuer import OWN_ISSUER, OwnIssuer
from tests.kit.command_line import fundtrail
from tests.kit.web.issuing import OFFICER, identity_at, write_people
from tests.kit.web.served import Api, served

SUBMIT = """mutation { submitBid(input: { commandId: "c-1", reference: "R-1", partnership: "lrip", title: "T",
    requested: { amount: "1", currency: "GBP" }, on: "2005" }) { ... on BidRecorded { position } } }"""
ACTOR = '{ auditLog(filter: { names: ["BidSubmitted"] }, last: 1) { nodes { actor } } }'


def printed(database: Database, home: Path, *words: str, person: str = OFFICER) -> str:
    done = fundtrail(database, "token", person, *words, FUNDTRAIL_HOME=f"{home}")
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def test_a_client_acts_for_the_person_of_its_token(own: Api, home: Path) -> None:
    token = printed(own.database, home)
    answer = own.post(SUBMIT, authorization=f"Bearer {token}")
    assert "errors" not in answer.json(), answer.text
    own.ask(
        "query ($p: LogPosition!) { log(atLeast: $p) { position } }", p=answer.json()["data"]["submitBid"]["position"]
    )
    assert [{"actor": OFFICER}] == own.ask(ACTOR)["auditLog"]["nodes"]


def test_a_token_is_valid_for_as_long_as_it_was_asked_for(shared_programme: Database, home: Path) -> None:
    write_people(shared_programme)
    for words, hours in (((), 8), (("--hours", "1"), 1), (("--hours", "24"), 24)):
        body = printed(shared_programme, home, *words).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(f"{body}=="))
        assert hours * 3600 == claims["exp"] - claims["iat"]
    assert 0o600 == (home / "issuer.key").stat().st_mode & 0o777


def test_a_person_is_named_by_code_too(shared_programme: Database, home: Path) -> None:
    write_people(shared_programme)
    body = printed(shared_programme, home, person="officer").split(".")[1]
    assert OFFICER == json.loads(base64.urlsafe_b64decode(f"{body}=="))["sub"]


def test_what_cannot_be_a_token_is_refused_in_a_sentence(shared_programme: Database, home: Path) -> None:
    write_people(shared_programme)
    place: dict[str, Any] = {"FUNDTRAIL_HOME": f"{home}"}
    unknown = fundtrail(shared_programme, "token", "person-nobody", **place)
    assert (3, 'There is no person "person-nobody".') == (unknown.returncode, unknown.stderr.strip())
    assert 2 == fundtrail(shared_programme, "token", OFFICER, "--hours", "25", **place).returncode
    issuer: dict[str, Any] = {"FUNDTRAIL_ISSUER": "https://login.example.org", "FUNDTRAIL_AUDIENCE": "api"}
    refused = fundtrail(shared_programme, "token", OFFICER, **place, **issuer)
    assert 2 == refused.returncode
    assert "Tokens come from https://login.example.org" in refused.stderr


@pytest.mark.parametrize(
    "kind", ["another key", "another home", "without a key id", "another issuer", "no person", "over"]
)
def test_a_token_of_another_making_is_refused(
    shared_programme: Database, home: Path, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write_people(shared_programme)
    good = printed(shared_programme, home)
    head = jwt.get_unverified_header(good)
    key = (home / "issuer.key").read_bytes()
    now = int(time.time())
    claims = {"iss": OWN_ISSUER, "aud": "fundtrail", "sub": OFFICER, "iat": now, "exp": now + 60}
    made = {
        "another key": lambda: jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", headers=head),
        "another home": lambda: OwnIssuer(tmp_path_factory.mktemp("elsewhere")).token(OFFICER),
        "without a key id": lambda: jwt.encode(claims, key, "EdDSA"),
        "another issuer": lambda: jwt.encode(claims | {"iss": "https://evil.example"}, key, "EdDSA", headers=head),
        "no person": lambda: jwt.encode(claims | {"sub": "person-nobody"}, key, "EdDSA", headers=head),
        "over": lambda: jwt.encode(claims | {"exp": now - 60}, key, "EdDSA", headers=head),
    }[kind]()
    with served(shared_programme, projector=False, identity=identity_at(shared_programme, home)) as api:
        answer = api.http.get("/metrics", headers={"authorization": f"Bearer {made}"})
        expected = (403, "NO_PERSON") if kind == "no person" else (401, "UNAUTHENTICATED")
        assert expected == (answer.status_code, _code(answer))
        assert 200 == api.http.get("/metrics", headers={"authorization": f"Bearer {good}"}).status_code


def _code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])


def test_without_a_key_every_token_is_refused_and_none_is_made(shared_programme: Database, home: Path) -> None:
    with served(shared_programme, projector=False, identity=identity_at(shared_programme, home)) as api:
        token = jwt.encode({"sub": OFFICER}, Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": "x"})
        assert 401 == api.http.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code
    assert not (home / "issuer.key").exists()
