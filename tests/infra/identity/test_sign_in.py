"""Clients and people sign in at a real issuer: oidc-provider from npm, on loopback, run by the Node of our packages."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from domain.desk import submit
from domain.people.person import GrantRole, LinkAccount, RegisterPerson, Role
from domain.values.ids import PersonId
from domain.values.when import When
from infra.database.postgres import Database
from infra.identity.granting import ISSUER
from infra.log.postgres_log import PostgresLog
from tests.infra.identity.test_sessions import COOKIE, fields_of, requested
from tests.kit.database.writing import ask, order
from tests.kit.web.issuing import AUDIENCE, OFFICER, identity_at
from tests.kit.web.served import Api, served
from tests.pages.conftest import chromium  # noqa: F401 - a fixture
from tests.pages.test_addresses import words

FOLDER = Path(__file__).parent / "issuer"
NODE = Path(sys.executable).with_name("node")
IMPORTER = "nightly-import"
SECRETS = {"client_id": "fundtrail-pages", "client_secret": "a-secret-of-the-tests"}


@pytest.fixture(scope="module")
def real_issuer() -> Iterator[str]:
    """The address of the real issuer, which runs until the end of the module."""
    if not (FOLDER / "node_modules").is_dir():
        assert "FUNDTRAIL_CI" not in os.environ, "oidc-provider is not installed: see .venv/conformance.stamp"
        pytest.skip("oidc-provider could not be installed from npm: run `make conformance`")
    with subprocess.Popen(
        [NODE, "issuer.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        assert running.stdin is not None
        running.stdin.close()


@pytest.fixture
def real(programme: Database, home: Path, real_issuer: str) -> Iterator[Api]:
    """The application with the real issuer, of this test alone."""
    identity = identity_at(programme, home, real_issuer, **SECRETS)
    of: dict[str, Any] = {"person_id": PersonId("person-importer"), "on": When("2026-01-05")}
    with PostgresLog(programme) as log:
        submit(log, order(RegisterPerson(**of, code=IMPORTER)))
        submit(log, order(GrantRole(**of, role=Role.PROGRAMME_OFFICE)))
        submit(log, order(LinkAccount(**of, issuer=real_issuer, subject=IMPORTER)))
    with served(programme, identity=identity) as api:
        yield api


def token_of(issuer: str) -> str:
    """A token for the program that imports at night, by client credentials."""
    answer = httpx.post(
        f"{issuer}/token", data={"grant_type": "client_credentials"}, auth=(IMPORTER, "another-secret-of-the-tests")
    )
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["access_token"])


def signed_in_at(issuer: str, browser: httpx.Client, address: str, login: str) -> str:
    """Sign *login* in at the issuer, and agree. Returns the address to which the issuer sends the browser back."""
    for _ in range(12):
        answer = browser.get(address)
        while answer.status_code in (302, 303):
            address = str(answer.request.url.join(answer.headers["location"]))
            if not address.startswith(issuer):
                return address
            answer = browser.get(address)
        assert 200 == answer.status_code, answer.text
        action = re.search(r'action="([^"]+)"', answer.text)
        prompt = re.search(r'name="prompt" value="([^"]+)"', answer.text)
        assert action is not None
        assert prompt is not None
        sent = browser.post(html.unescape(action[1]), data={"prompt": prompt[1], "login": login, "password": "x"})
        address = str(sent.request.url.join(sent.headers["location"]))
    raise AssertionError("the issuer did not send the browser back")


# --- Clients ----------------------------------------------------------------------------------------------------------


def test_a_program_signs_in_by_client_credentials(real: Api, real_issuer: str) -> None:
    bearer = f"Bearer {token_of(real_issuer)}"
    command = """mutation { submitBid(input: { commandId: "c-1", reference: "R-1", partnership: "lrip", title: "T",
        requested: { amount: "1", currency: "GBP" }, on: "2005" }) { ... on BidRecorded { position } } }"""
    answer = real.post(command, authorization=bearer)
    position = int(answer.json()["data"]["submitBid"]["position"])
    recorded = ask(real.database, "SELECT notification_id, actor FROM log.events WHERE topic = 'BidSubmitted'")
    assert [(position, "person-importer")] == recorded
    assert 401 == real.post(command).status_code
    assert 401 == real.post(command, authorization=f"{bearer[:-3]}abc").status_code


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_a_person_signs_in_at_the_issuer_and_takes_a_step(real: Api, real_issuer: str) -> None:
    path = requested(real)
    with httpx.Client(timeout=30) as browser:
        first = browser.get(f"{real.url}{path}", headers={"accept": "text/html"})
        assert 303 == first.status_code
        begun = browser.get(f"{real.url}{first.headers['location']}")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert (["code"], ["S256"], ["openid"]) == (
            asked["response_type"],
            asked["code_challenge_method"],
            asked["scope"],
        )
        assert {"state", "nonce", "code_challenge"} <= asked.keys()
        back = signed_in_at(real_issuer, browser, begun.headers["location"], "officer")
        assert back.startswith(f"{real.url}/sign-in/return?code=")
        answer = browser.get(back)
        assert (303, path) == (answer.status_code, answer.headers["location"]), answer.text
        shown = browser.get(f"{real.url}{path}")
        assert "Signed in: Payments officer" in words(shown.text)
        fields = fields_of(shown.text, "approve") | {"on": "2004-07-02"}
        assert 303 == browser.post(f"{real.url}{path}", data=fields, headers={"origin": real.url}).status_code
        assert [(OFFICER,)] == ask(real.database, "SELECT actor FROM log.events WHERE topic = 'PaymentApproved'")
        # The cookie holds nothing that the issuer gave, and the same way back is closed.
        assert AUDIENCE not in str(browser.cookies)
        again = browser.get(back)
        assert 400 == again.status_code
        token = fields_of(shown.text, "/sign-out")
        assert 303 == browser.post(f"{real.url}/sign-out", data=token, headers={"origin": real.url}).status_code
        assert 303 == browser.get(f"{real.url}{path}").status_code


def test_an_account_without_a_person_is_signed_in_to_nothing(real: Api, real_issuer: str) -> None:
    with httpx.Client(timeout=30) as browser:
        begun = browser.get(f"{real.url}/sign-in")
        back = signed_in_at(real_issuer, browser, begun.headers["location"], "stranger")
        answer = browser.get(back)
        assert 403 == answer.status_code
        assert "belongs to no person" in words(answer.text)
        assert "stranger" in answer.text
        assert COOKIE not in browser.cookies


def test_somebody_new_who_is_in_a_group_is_registered_with_its_role(
    programme: Database, home: Path, real_issuer: str
) -> None:
    of_groups: dict[str, Any] = {"roles": (("payments", Role.PAYMENTS_OFFICER),), "registers": True}
    with (
        served(programme, identity=identity_at(programme, home, real_issuer, **SECRETS, **of_groups)) as api,
        httpx.Client(timeout=30) as browser,
    ):
        begun = browser.get(f"{api.url}/sign-in")
        back = signed_in_at(real_issuer, browser, begun.headers["location"], "stranger")
        answer = browser.get(back)
        assert 303 == answer.status_code, answer.text
        assert "Signed in: person 3" in words(browser.get(f"{api.url}/").text)
    recorded = ask(programme, "SELECT topic, actor FROM log.events ORDER BY notification_id DESC LIMIT 3")
    assert [("RoleGranted", ISSUER), ("AccountLinked", ISSUER), ("PersonRegistered", ISSUER)] == recorded


def test_a_server_that_only_reads_signs_in_nobody_whose_roles_would_have_to_be_recorded(
    programme: Database, home: Path, real_issuer: str
) -> None:
    of_groups: dict[str, Any] = {"roles": (("payments", Role.PAYMENTS_OFFICER),), "registers": True}
    identity = identity_at(programme, home, real_issuer, **SECRETS, **of_groups)
    before = ask(programme, "SELECT max(notification_id) FROM log.events")
    with (
        served(programme, projector=False, identity=identity, only_reads=True) as api,
        httpx.Client(timeout=30) as browser,
    ):
        begun = browser.get(f"{api.url}/sign-in")
        answer = browser.get(signed_in_at(real_issuer, browser, begun.headers["location"], "stranger"))
        assert 403 == answer.status_code
        assert "this server only reads" in words(answer.text)
        assert COOKIE not in browser.cookies
    assert before == ask(programme, "SELECT max(notification_id) FROM log.events")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("another state", 400),
        ("no state", 400),
        ("another issuer", 400),
        ("no issuer", 400),
        ("a parameter twice", 400),
        ("another browser", 400),
        ("another code", 401),
        ("a refusal", 401),
        ("nothing", 400),
        ("as it is", 303),
    ],
)
def test_an_answer_of_the_issuer_that_was_changed_signs_nobody_in(
    real: Api, real_issuer: str, kind: str, expected: int
) -> None:
    with httpx.Client(timeout=30) as browser, httpx.Client(timeout=30) as other:
        begun = browser.get(f"{real.url}/sign-in")
        back = signed_in_at(real_issuer, browser, begun.headers["location"], "officer")
        came = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        changed: dict[str, dict[str, str]] = {
            "another state": came | {"state": "x" * 43},
            "no state": {name: value for name, value in came.items() if name != "state"},
            "another issuer": came | {"iss": "https://evil.example"},
            "no issuer": {name: value for name, value in came.items() if name != "iss"},
            "another code": came | {"code": "x" * 43},
            "a refusal": {"error": "access_denied", "state": came["state"], "iss": came["iss"]},
            "nothing": {},
        }
        at = other if kind == "another browser" else browser
        address = f"{real.url}/sign-in/return"
        given = changed.get(kind, came)
        answer = at.get(f"{back}&state=x") if kind == "a parameter twice" else at.get(address, params=given)
        assert expected == answer.status_code, answer.text
        assert (expected == 303) is (COOKIE in at.cookies)


def test_an_id_token_for_another_sign_in_signs_nobody_in(real: Api, real_issuer: str) -> None:
    """The nonce: a code that somebody else got does not sign this browser in."""
    with httpx.Client(timeout=30) as mine, httpx.Client(timeout=30) as theirs:
        begun = mine.get(f"{real.url}/sign-in")
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        back = signed_in_at(real_issuer, theirs, theirs.get(f"{real.url}/sign-in").headers["location"], "auditor")
        came = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        answer = mine.get(f"{real.url}/sign-in/return", params=came | {"state": state})
        assert 401 == answer.status_code
        assert COOKIE not in mine.cookies


def test_a_person_signs_in_with_chromium(real: Api, chromium: Browser) -> None:  # noqa: F811 - the fixture
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{real.url}/payments")
        page.fill("[name=login]", "officer")
        page.fill("[name=password]", "x")
        page.click("[type=submit]")
        page.click("[type=submit]")
        page.wait_for_url(f"{real.url}/payments")
        assert "Signed in: Payments officer" in page.inner_text("header")
        page.click("text=Sign out")
        page.wait_for_url(f"{real.url}/sign-in?out=yes")
        assert "You are signed out" in page.inner_text("main")
