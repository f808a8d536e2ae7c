"""A token is admitted only if the issuer signed it for us and it is valid now. Every other one is refused by a code."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.identity.own_issuer import OwnIssuer
from tests.kit.web.issuing import OFFICER, SmallIssuer, public_jwk, signed
from tests.kit.web.served import Api

ASK = {"query": "{ log { position } }"}
NOW = int(time.time())
# A key that is not the issuer's.
FOREIGN = rsa.generate_private_key(65537, 2048)


def post(api: Api, token: str, scheme: str = "Bearer ") -> httpx.Response:
    return api.http.post("/graphql", json=ASK, headers={"authorization": f"{scheme}{token}"})


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert error["message"].endswith(".")
    return str(error["extensions"]["code"])


def foreign(issuer: SmallIssuer, alg: str = "RS256", key: Any = FOREIGN, **headers: Any) -> str:
    """A token that claims to be the issuer's and is signed with another key."""
    return jwt.encode(issuer.claims(), key, alg, headers={"kid": "one", **headers})


def hmac_with(issuer: SmallIssuer, form: PublicFormat) -> str:
    """A token that is signed with the public key, as if it were a shared secret."""
    public = issuer.keys["one"].public_key().public_bytes(Encoding.PEM, form)
    head = {"alg": "HS256", "typ": "JWT", "kid": "one"}
    text = signed(head, issuer.claims()).rstrip(".")
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mac = algorithm.sign(text.encode(), public)
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def altered(issuer: SmallIssuer, **claims: Any) -> str:
    """A good token whose claims were changed after it was signed."""
    head, _, signature = issuer.token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(issuer.claims(**claims)).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


DEEP = b"[" * 3000
FORGED: dict[str, Callable[[SmallIssuer], str]] = {
    "without a signature, by the algorithm none": lambda _: signed({"alg": "none"}, _.claims()),
    "by the algorithm None in capitals": lambda _: signed({"alg": "NONE", "kid": "one"}, _.claims()),
    "without an algorithm": lambda _: signed({"typ": "JWT", "kid": "one"}, _.claims(), b"x"),
    "with an algorithm that is a list": lambda _: signed({"alg": ["RS256"], "kid": "one"}, _.claims(), b"x"),
    "HS256 with the public key": lambda _: hmac_with(_, PublicFormat.SubjectPublicKeyInfo),
    "HS256 with the public key in its other form": lambda _: hmac_with(_, PublicFormat.PKCS1),
    "HS256 with an empty key id": lambda _: jwt.encode(_.claims(), "x" * 40, "HS256", headers={"kid": ""}),
    "RS512, which is not in the list": lambda _: _.token(alg="RS512"),
    "of another key": foreign,
    "with its own key in jwk": lambda _: foreign(_, jwk=public_jwk(FOREIGN, "one")),
    "with the address of its key in jku": lambda _: foreign(_, jku=f"{_.url}/elsewhere"),
    "with a certificate in x5u": lambda _: foreign(_, x5u="https://evil.example/cert"),
    "with a certificate in x5c": lambda _: foreign(_, x5c=["MIIB"]),
    "with a path as its key id": lambda _: foreign(_, kid="../../../../dev/null"),
    "with SQL as its key id": lambda _: foreign(_, kid="' OR 1=1 --"),
    "with an unknown key id": lambda _: foreign(_, kid="two"),
    "with a key id that is a number": lambda _: signed({"alg": "RS256", "kid": 1}, _.claims(), b"x"),
    "ES256 under the id of an RSA key": lambda _: foreign(_, "ES256", ec.generate_private_key(ec.SECP256R1())),
    "EdDSA under the id of an RSA key": lambda _: foreign(_, "EdDSA", ed25519.Ed25519PrivateKey.generate()),
    "with crit": lambda _: _.token(headers={"crit": ["exp"], "exp": NOW}),
    "with an unknown crit": lambda _: _.token(headers={"crit": ["over"], "over": 1}),
    "with a crit that the library knows": lambda _: signed_with_head(_, {"crit": ["b64"], "b64": True}),
    "with an empty crit": lambda _: _.token(headers={"crit": []}),
    "of another issuer": lambda _: _.token(iss="https://evil.example"),
    "of the issuer with a slash": lambda _: _.token(iss=f"{_.url}/"),
    "of a list of issuers": lambda _: signed_raw(_, iss=[_.url]),
    "for another audience": lambda _: _.token(aud="another-api"),
    "for an audience that begins like ours": lambda _: _.token(aud="fundtrail-api-2"),
    "for a list of other audiences": lambda _: _.token(aud=["a", "b"]),
    "for an audience that is a number": lambda _: signed_raw(_, aud=7),
    "that has expired": lambda _: _.token(exp=NOW - 3600, iat=NOW - 7200),
    "that expired a minute ago": lambda _: _.token(exp=NOW - 60),
    "that is not valid yet": lambda _: _.token(nbf=NOW + 3600),
    "that will be issued in an hour": lambda _: _.token(iat=NOW + 3600),
    "without an end": lambda _: _.token(exp=None),
    "without the time of issue": lambda _: _.token(iat=None),
    "without a subject": lambda _: _.token(sub=None),
    "without an issuer": lambda _: _.token(iss=None),
    "without an audience": lambda _: _.token(aud=None),
    "with an empty subject": lambda _: _.token(sub=""),
    "with a subject that is a number": lambda _: signed_raw(_, sub=7),
    "with a subject that is a list": lambda _: signed_raw(_, sub=["officer"]),
    "with a subject of 10,000 characters": lambda _: _.token(sub="x" * 10_000),
    "with a subject of 300 characters": lambda _: _.token(sub="x" * 300),
    "with a line break in its subject": lambda _: _.token(sub="officer\nadministrator"),
    "with an end that is a text": lambda _: signed_raw(_, exp=f"{NOW + 600}"),
    "with an end that is true": lambda _: signed_raw(_, exp=True),
    "with an endless end": lambda _: signed_raw(_, exp=float("inf")),
    "with an end that is no number": lambda _: signed_raw(_, exp=float("nan")),
    "with an end that is a list": lambda _: signed_raw(_, exp=[NOW + 600]),
    "with an end of 400 digits": lambda _: signed_raw(_, exp=10**400),
    "whose claims were changed": lambda _: altered(_, sub="auditor"),
    "whose last sign was cut off": lambda _: _.token()[:-1],
    "with a fourth part": lambda _: f"{_.token()}.x",
    "with two parts": lambda _: _.token().rpartition(".")[0],
    "with an empty signature": lambda _: f"{_.token().rpartition('.')[0]}.",
    "that is no base64": lambda _: f"%%%.{_.token().partition('.')[2]}",
    "whose header is no JSON": lambda _: signed(b"\xff\xfe", _.claims(), b"x"),
    "whose header is a list": lambda _: signed([1], _.claims(), b"x"),
    "whose header has 3,000 brackets": lambda _: signed(DEEP, _.claims(), b"x"),
    "whose claims have 3,000 brackets": lambda _: signed({"alg": "RS256", "kid": "one"}, DEEP, b"x"),
    "whose signed claims are a list": lambda _: jws(_, b"[]"),
    "whose signed claims have 3,000 brackets": lambda _: jws(_, DEEP),
    "that is a word": lambda _: "officer",
    "that is dots": lambda _: "..",
    "of 9,000 characters": lambda _: _.token(padding="x" * 9000),
}


def signed_with_head(issuer: SmallIssuer, more: dict[str, Any]) -> str:
    """A token of the issuer's own key, with a header that a library would not write."""
    text = signed({"alg": "RS256", "kid": "one", **more}, issuer.claims()).rstrip(".")
    mac = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(text.encode(), issuer.keys["one"])
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def jws(issuer: SmallIssuer, payload: bytes) -> str:
    return jwt.PyJWS().encode(payload, issuer.keys["one"], "RS256", headers={"kid": "one"})


def signed_raw(issuer: SmallIssuer, **changed: Any) -> str:
    """A token of the issuer's own key, with claims that a library would not write."""
    return jws(issuer, json.dumps(issuer.claims(**changed)).encode())


@pytest.mark.parametrize("kind", FORGED)
def test_a_token_that_is_forged_or_damaged_is_refused(guarded: Api, issuer: SmallIssuer, kind: str) -> None:
    answer = post(guarded, FORGED[kind](issuer))
    assert (401, "UNAUTHENTICATED") == (answer.status_code, code(answer)), answer.text
    assert "Bearer" == answer.headers["www-authenticate"]


def test_a_good_token_is_admitted_by_each_way_of_asking(guarded: Api, issuer: SmallIssuer) -> None:
    """The control: the tokens above are refused, not all tokens."""
    headers = {"authorization": f"Bearer {issuer.token()}"}
    assert 200 == post(guarded, issuer.token()).status_code
    assert 200 == post(guarded, issuer.token(), "bearer ").status_code
    assert 200 == guarded.http.get("/graphql?query={log{position}}", headers=headers).status_code
    for path in ("/metrics", "/export/awards.csv", "/", "/payments"):
        assert 200 == guarded.http.get(path, headers=headers).status_code, path


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("RS256", rsa.generate_private_key(65537, 2048)),
        ("PS256", rsa.generate_private_key(65537, 2048)),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_each_algorithm_of_the_list_is_admitted(
    guarded: Api, issuer: SmallIssuer, alg: str, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.identity.issuer.AGAIN_SECONDS", 0.0)
    issuer.keys[alg] = key
    issuer.publish()
    assert 200 == post(guarded, issuer.token(alg, alg)).status_code


def test_clocks_may_differ_by_half_a_minute(guarded: Api, issuer: SmallIssuer) -> None:
    now = int(time.time())
    assert 200 == post(guarded, issuer.token(exp=now - 10)).status_code
    assert 200 == post(guarded, issuer.token(nbf=now + 10, iat=now + 10)).status_code
    assert 401 == post(guarded, issuer.token(exp=now - 45)).status_code


@pytest.mark.parametrize("path", ["/graphql?query={log{position}}", "/metrics", "/export/awards.csv", "/console/x.js"])
def test_a_program_without_a_token_is_refused_by_a_code(guarded: Api, path: str) -> None:
    answer = guarded.http.get(path)
    assert (401, "UNAUTHENTICATED") == (answer.status_code, code(answer))


def test_a_browser_without_a_session_is_sent_to_sign_in(guarded: Api) -> None:
    for path, to in (("/payments?state=released", "%2Fpayments%3Fstate%3Dreleased"), ("/graphql", "%2Fgraphql")):
        answer = guarded.http.get(path, headers={"accept": "text/html,*/*;q=0.8"})
        assert (303, f"/sign-in?to={to}") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize("path", ["/health", "/ready", "/pages/style.css"])
def test_monitors_and_the_style_sheet_need_no_token(guarded: Api, path: str) -> None:
    assert 200 == guarded.http.get(path).status_code
    assert 200 == guarded.http.get(path, headers={"authorization": "Bearer nonsense"}).status_code


@pytest.mark.parametrize("scheme", ["", "Basic ", "Digest ", "Bearer\t", "Token "])
def test_other_ways_of_authorisation_are_refused(guarded: Api, issuer: SmallIssuer, scheme: str) -> None:
    answer = post(guarded, issuer.token(), scheme)
    assert (401, "UNAUTHENTICATED") == (answer.status_code, code(answer))


def test_two_authorization_headers_are_refused(guarded: Api, issuer: SmallIssuer) -> None:
    headers = [(b"authorization", f"Bearer {issuer.token()}".encode())] * 2
    answer = guarded.http.post("/graphql", json=ASK, headers=headers)
    assert (400, "BAD_USER_INPUT") == (answer.status_code, code(answer))


def test_a_token_in_an_address_is_refused(guarded: Api, issuer: SmallIssuer, shared_api: Api) -> None:
    for api in (guarded, shared_api):
        answer = api.http.get(f"/graphql?query={{log{{position}}}}&access_token={issuer.token()}")
        assert (400, "BAD_USER_INPUT") == (answer.status_code, code(answer))


def test_a_header_of_a_megabyte_is_refused(guarded: Api) -> None:
    answer = post(guarded, "x" * 1_000_000)
    assert (431, "LIMIT_EXCEEDED") == (answer.status_code, code(answer))


def test_nobody_names_another_actor(guarded: Api, issuer: SmallIssuer) -> None:
    for given in ({}, {"authorization": f"Bearer {issuer.token()}"}):
        answer = guarded.http.post("/graphql", json=ASK, headers={"x-fundtrail-actor": "somebody else", **given})
        assert (400, "BAD_USER_INPUT") == (answer.status_code, code(answer))


def test_an_account_without_a_person_is_refused_and_named(guarded: Api, issuer: SmallIssuer) -> None:
    answer = post(guarded, issuer.token(sub="nobody-here"))
    assert (403, "NO_PERSON") == (answer.status_code, code(answer))
    assert "nobody-here" in answer.text


def test_a_token_of_our_own_issuer_is_refused_where_there_is_another(
    guarded: Api, tmp_path_factory: pytest.TempPathFactory
) -> None:
    token = OwnIssuer(tmp_path_factory.mktemp("other")).token(OFFICER)
    assert (401, "UNAUTHENTICATED") == (post(guarded, token).status_code, code(post(guarded, token)))


def test_a_refusal_does_not_repeat_the_token(
    guarded: Api, issuer: SmallIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    token = altered(issuer, sub="auditor")
    answer = post(guarded, token)
    assert token not in answer.text
    assert token not in caplog.text
