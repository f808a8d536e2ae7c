"""The issuer's keys are kept, and fetched again in time. Without the issuer, those who are signed in can go on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from infra.database.postgres import Database
from infra.identity import issuer as reading
from tests.kit.web.issuing import SmallIssuer, identity_at, public_jwk, small_issuer
from tests.kit.web.served import Api, served


def status(api: Api, token: str) -> tuple[int, str]:
    answer = api.http.get("/metrics", headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"] if answer.status_code != 200 else ""


@contextmanager
def guarded_by(database: Database, home: Path, url: str, **chosen: Any) -> Iterator[Api]:
    with served(database, projector=False, identity=identity_at(database, home, url, **chosen)) as api:
        yield api


GOOD, FORGED, AWAY = (200, ""), (401, "UNAUTHENTICATED"), (503, "ISSUER_UNAVAILABLE")


def test_a_rotated_key_works_without_a_restart(
    shared_programme: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        assert GOOD == status(api, issuer.token())
        issuer.keys["two"] = rsa.generate_private_key(65537, 2048)
        issuer.publish()
        # The control: within half a minute nothing is fetched again, whoever makes up key ids.
        asked = len(issuer.asked)
        assert [FORGED] * 20 == [status(api, issuer.token("two")) for _ in range(20)]
        assert asked == len(issuer.asked)
        monkeypatch.setattr(reading, "AGAIN_SECONDS", 0.0)
        assert GOOD == status(api, issuer.token("two"))


def test_a_key_that_the_issuer_takes_back_is_refused_after_an_hour(
    shared_programme: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        old = issuer.token(), issuer.token(sub="auditor")
        assert GOOD == status(api, old[0])
        issuer.keys["two"] = rsa.generate_private_key(65537, 2048)
        issuer.documents["/keys"] = {"keys": [public_jwk(issuer.keys["two"], "two")]}
        assert GOOD == status(api, old[1])
        monkeypatch.setattr(reading, "OLD_SECONDS", 0.0)
        monkeypatch.setattr(reading, "AGAIN_SECONDS", 0.0)
        assert FORGED == status(api, issuer.token(sub="auditor", jti="another"))
        assert GOOD == status(api, issuer.token("two"))


def test_without_the_issuer_people_continue_until_their_token_ends_and_others_wait(
    shared_programme: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.identity.tokens.LEEWAY", 0)
    monkeypatch.setattr("infra.identity.identity.LEEWAY", 0)
    monkeypatch.setattr("infra.identity.identity.REMEMBERED_SECONDS", 0.0)
    with small_issuer() as issuer:
        ends = int(time.time()) + 4
        short, long = issuer.token(exp=ends), issuer.token()
        with guarded_by(shared_programme, home, issuer.url) as api:
            assert GOOD == status(api, short)
            _taken_away(issuer)
            monkeypatch.setattr(reading, "OLD_SECONDS", 0.0)
            monkeypatch.setattr(reading, "AGAIN_SECONDS", 0.0)
            assert GOOD == status(api, short)
            assert GOOD == status(api, issuer.token(sub="auditor"))
            # A key id that nobody has seen may be new: nobody can tell now.
            issuer.keys["two"] = issuer.keys["one"]
            assert AWAY == status(api, issuer.token("two"))
            time.sleep(max(0.0, ends - time.time() + 0.1))
            assert FORGED == status(api, short)
            assert GOOD == status(api, long)


def _taken_away(issuer: SmallIssuer) -> None:
    for path in list(issuer.documents):
        issuer.documents[path] = (503, {}, b"")


def test_without_any_key_everybody_gets_a_clear_503(shared_programme: Database, home: Path) -> None:
    with small_issuer() as issuer:
        token, url = issuer.token(), issuer.url
    with guarded_by(shared_programme, home, url, client_id="pages") as api:
        assert AWAY == status(api, token)
        page = api.http.get("/sign-in", headers={"accept": "text/html"})
        assert 503 == page.status_code
        assert "The issuer does not respond" in page.text
        assert 200 == api.http.get("/health").status_code


DAMAGED: dict[str, Any] = {
    "no JSON": (200, {}, b"<html>"),
    "a list": [],
    "a redirect": (302, {"location": "/elsewhere"}, b""),
    "compressed": (200, {"content-encoding": "gzip"}, b"\x1f\x8b"),
    "a megabyte": (200, {}, b" " * 1_000_000),
    "an error": (500, {}, b"{}"),
    "nothing": (200, {}, b""),
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys"])
def test_a_damaged_answer_of_the_issuer_is_not_used(
    shared_programme: Database, home: Path, kind: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AGAIN_SECONDS", 0.0)
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        issuer.documents["/elsewhere"] = issuer.documents[path]
        whole, issuer.documents[path] = issuer.documents[path], DAMAGED[kind]
        assert AWAY == status(api, issuer.token())
        issuer.documents[path] = whole
        assert GOOD == status(api, issuer.token())


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": "http://keys.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user@keys.example/keys"},
        {"jwks_uri": 7},
        {"jwks_uri": None},
        {"token_endpoint": "http://evil.example/token"},
    ],
)
def test_metadata_that_lead_elsewhere_are_not_used(
    shared_programme: Database, home: Path, metadata: dict[str, Any]
) -> None:
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        issuer.publish(**metadata)
        assert AWAY == status(api, issuer.token())


def test_keys_that_are_weak_secret_or_for_encryption_are_left_out(shared_programme: Database, home: Path) -> None:
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        issuer.keys |= {
            "weak": rsa.generate_private_key(65537, 1024),  # noqa: S505 - it is refused
            "wide": ec.generate_private_key(ec.SECP521R1()),
            "sealing": rsa.generate_private_key(65537, 2048),
        }
        issuer.publish()
        rows = issuer.documents["/keys"]["keys"]
        next(row for row in rows if row["kid"] == "sealing")["use"] = "enc"
        rows += [{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}, {"kty": "RSA", "kid": "half"}, {}, 7]
        with pytest.warns(Warning, match="below"):
            weak = issuer.token("weak")
        assert FORGED == status(api, weak)
        assert FORGED == status(api, issuer.token("sealing"))
        assert FORGED == status(api, issuer.token("wide", "ES512"))
        assert GOOD == status(api, issuer.token())


def test_a_key_is_used_for_its_own_algorithm_alone(shared_programme: Database, home: Path) -> None:
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        issuer.documents["/keys"]["keys"][0]["alg"] = "RS256"
        assert FORGED == status(api, issuer.token(alg="PS256"))
        assert GOOD == status(api, issuer.token(alg="RS256"))


def test_many_who_come_at_once_ask_the_issuer_once(shared_programme: Database, home: Path) -> None:
    with small_issuer() as issuer, guarded_by(shared_programme, home, issuer.url) as api:
        tokens = [issuer.token(jti=f"{nth}") for nth in range(20)]
        found: list[int] = []

        def ask(token: str) -> None:
            headers = {"authorization": f"Bearer {token}"}
            found.append(httpx.get(f"{api.url}/metrics", headers=headers, timeout=30).status_code)

        threads = [threading.Thread(target=ask, args=(token,)) for token in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [200] * 20 == found
        assert 2 == len(issuer.asked)
