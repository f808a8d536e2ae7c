"""A session is a signed cookie of one browser. One that is forged, over, or of another key admits nobody."""

import hashlib
import html
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from domain import award
from domain.values.when import When
from infra.database.postgres import Database
from infra.identity.caller import Account
from infra.identity.own_issuer import OWN_ISSUER
from infra.identity.sessions import Sessions
from tests.kit.database.feeding import caught_up
from tests.kit.database.writing import ask
from tests.kit.money import desk, gbp
from tests.kit.web.issuing import AUDITOR, OFFICER, identity_at
from tests.kit.web.served import Api, served
from tests.pages.test_addresses import words

COOKIE = "fundtrail-session"
FORM = re.compile(r'<form method="post".*?</form>', re.DOTALL)
INPUT = re.compile(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"')


# The browsers of a test, which are closed at its end.
OPENED: list[httpx.Client] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def browser_at(api: Api) -> httpx.Client:
    OPENED.append(httpx.Client(base_url=api.url, timeout=30))
    return OPENED[-1]


def fields_of(text: str, action: str) -> dict[str, str]:
    """The hidden and shown fields of the form that goes to *action*, or whose step it is."""
    for form in FORM.findall(text):
        fields = {name: html.unescape(value) for name, value in INPUT.findall(form)}
        if f'action="{action}"' in form or fields.get("action") == action:
            return fields
    raise AssertionError(f"there is no form for {action}")


def sign_in(api: Api, person: str = OFFICER) -> httpx.Client:
    """A browser in which *person* has signed in by the menu."""
    browser = browser_at(api)
    shown = browser.get("/sign-in?to=/payments")
    fields = fields_of(shown.text, "/sign-in") | {"person": person}
    answer = browser.post("/sign-in", data=fields, headers={"origin": api.url})
    assert (303, "/payments") == (answer.status_code, answer.headers["location"]), answer.text
    return browser


def requested(api: Api, name: str = "paid") -> str:
    """The address of a payment that is requested."""
    with desk(api.database) as at:
        award_id = at.accepted_award(name, "1000.00")
        of: dict[str, Any] = {"award_id": award_id, "number": 1}
        at.do(award.RequestPayment(**of, amount=gbp("250.00"), on=When("2004-07-01")), "somebody")
    caught_up(api.database)
    return f"/payments/{award_id}/1"


# --- Signing in and out -----------------------------------------------------------------------------------------------


def test_a_person_signs_in_takes_a_step_and_signs_out(own: Api) -> None:
    path = requested(own)
    assert "Not signed in: the owner of this machine" in words(own.http.get(path).text)
    browser = sign_in(own)
    shown = browser.get(path)
    assert "Signed in: Payments officer" in words(shown.text)
    fields = fields_of(shown.text, "approve")
    assert "as" not in fields
    assert "Your name or post" not in shown.text
    answer = browser.post(path, data=fields | {"on": "2004-07-02"}, headers={"origin": own.url})
    assert 303 == answer.status_code, answer.text
    recorded = ask(own.database, "SELECT actor FROM log.events WHERE topic = 'PaymentApproved'")
    assert [(OFFICER,)] == recorded

    token = fields_of(browser.get("/").text, "/sign-out")
    answer = browser.post("/sign-out", data=token, headers={"origin": own.url})
    assert (303, "/sign-in?out=yes") == (answer.status_code, answer.headers["location"])
    assert COOKIE not in browser.cookies
    assert "You are signed out" in browser.get("/sign-in?out=yes").text
    assert "Not signed in" in words(browser.get("/").text)


def test_who_is_signed_in_cannot_give_another_name(own: Api) -> None:
    path = requested(own)
    browser = sign_in(own)
    fields = fields_of(browser.get(path).text, "approve") | {"as": "somebody else", "on": "2004-07-02"}
    assert 303 == browser.post(path, data=fields, headers={"origin": own.url}).status_code
    assert [(OFFICER,)] == ask(own.database, "SELECT actor FROM log.events WHERE topic = 'PaymentApproved'")


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(own: Api, programme: Database, home: Path) -> None:
    browser = browser_at(own)
    fields = fields_of(browser.get("/sign-in").text, "/sign-in") | {"person": OFFICER}
    answer = browser.post("/sign-in", data=fields, headers={"origin": own.url})
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Payments officer" not in cookie

    public = identity_at(programme, home, "http://127.0.0.1:9", public_url="https://grants.example.org", client_id="x")
    with served(programme, projector=False, identity=public) as api:
        answer = api.http.get("/payments", headers={"host": "grants.example.org", "accept": "text/html"})
        (dropped,) = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(dropped.split("; "))
    assert dropped.startswith("__Host-fundtrail-session=")


def test_secrets_are_readable_by_their_owner_alone(own: Api, home: Path) -> None:
    sign_in(own)
    assert 0o600 == (home / "session.key").stat().st_mode & 0o777
    (home / "session.key").chmod(0o640)
    with served(own.database, projector=False, identity=identity_at(own.database, home)) as api:
        answer = api.http.get("/metrics", headers={"cookie": f"{COOKIE}=x"})
    assert 503 == answer.status_code
    assert "session.key" in answer.text


@pytest.mark.parametrize(
    "to",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:x", "/a\nb", "", "x" * 3000],
)
def test_nobody_is_sent_to_another_site_after_signing_in(own_shared: Api, to: str) -> None:
    browser = browser_at(own_shared)
    fields = fields_of(browser.get("/sign-in", params={"to": to}).text, "/sign-in") | {"person": OFFICER}
    answer = browser.post("/sign-in", data=fields, headers={"origin": own_shared.url})
    assert (303, "/") == (answer.status_code, answer.headers["location"])


def test_somebody_who_is_unknown_cannot_be_chosen(own_shared: Api) -> None:
    browser = browser_at(own_shared)
    fields = fields_of(browser.get("/sign-in").text, "/sign-in") | {"person": "person-nobody"}
    answer = browser.post("/sign-in", data=fields, headers={"origin": own_shared.url})
    assert 403 == answer.status_code
    assert COOKIE not in browser.cookies


def test_with_sign_in_required_the_owner_of_the_machine_signs_in_too(programme: Database, home: Path) -> None:
    with served(programme, projector=False, identity=identity_at(programme, home, required=True)) as api:
        answer = api.http.get("/graphql?query={log{position}}")
        assert (401, "UNAUTHENTICATED") == (answer.status_code, code(answer))
        assert 303 == api.http.get("/payments").status_code
        assert 400 == api.http.get("/metrics", headers={"x-fundtrail-actor": "local"}).status_code
        assert 200 == sign_in(api).get("/payments").status_code


# --- Forged sessions --------------------------------------------------------------------------------------------------


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])


def cookie(home: Path, seconds: float = 3600.0, account: Account = Account(OWN_ISSUER, OFFICER)) -> str:
    """The cookie of a session that was begun with the key in *home*."""
    return Sessions(home, None, time.time).begun(account, time.time() + seconds)


def with_key(key: str, salt: str = "fundtrail session", **values: Any) -> str:
    fields = {"iss": OWN_ISSUER, "sub": OFFICER, "exp": time.time() + 3600, "id": "x"} | values
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return str(URLSafeSerializer(key, salt=salt, signer_kwargs=options).dumps(fields))


def kept_key(home: Path) -> str:
    return (home / "session.key").read_text()


FORGED: dict[str, Callable[[Path], str]] = {
    "empty": lambda _: "",
    "a word": lambda _: "officer",
    "dots": lambda _: "...",
    "of another key": lambda _: with_key("k" * 64),
    "of an empty key": lambda _: with_key(""),
    "of another use of the key": lambda home: with_key(kept_key(home), "fundtrail sign-in"),
    "with a time stamp of the library": lambda home: str(
        URLSafeTimedSerializer(kept_key(home)).dumps({"sub": OFFICER})
    ),
    "whose last sign was changed": lambda home: f"{cookie(home)[:-1]}{'A' if cookie(home)[-1] != 'A' else 'B'}",
    "without its signature": lambda home: cookie(home).rpartition(".")[0],
    "with another's signature": lambda home: f"{cookie(home).rpartition('.')[0]}.{cookie(home, 60).rpartition('.')[2]}",
    "that is over": lambda home: cookie(home, -1),
    "that was over a day ago": lambda home: cookie(home, -86_400),
    "without an end": lambda home: with_key(kept_key(home), exp=None),
    "with an end that is a text": lambda home: with_key(kept_key(home), exp="later"),
    "with an end that is no number": lambda home: with_key(kept_key(home), exp=float("nan")),
    "without a subject": lambda home: with_key(kept_key(home), sub=None),
    "with a subject that is a list": lambda home: with_key(kept_key(home), sub=[OFFICER]),
    "of another issuer": lambda home: cookie(home, account=Account("https://evil.example", OFFICER)),
    "of 5,000 characters": lambda home: with_key(kept_key(home), padding="".join(map(chr, range(32, 5032)))),
    "a bomb": lambda _: f".{'eJ' * 1000}.x",
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_session_that_is_forged_or_over_is_refused(shared_programme: Database, home: Path, kind: str) -> None:
    cookie(home)
    with served(shared_programme, projector=False, identity=identity_at(shared_programme, home)) as api:
        headers = {"cookie": f"{COOKIE}={FORGED[kind](home)}"}
        for path in ("/graphql?query={log{position}}", "/metrics", "/export/awards.csv"):
            answer = api.http.get(path, headers=headers)
            assert (401, "UNAUTHENTICATED") == (answer.status_code, code(answer)), answer.text
        page = api.http.get("/payments", headers=headers)
        assert (303, "/sign-in?to=%2Fpayments") == (page.status_code, page.headers["location"])
        assert page.headers["set-cookie"].startswith(f'{COOKIE}=""')
        # The control: a session of the key is admitted.
        headers = {"cookie": f"a=b; {COOKIE}={cookie(home)}; c=d"}
        assert 200 == api.http.get("/metrics", headers=headers).status_code


def test_two_sessions_in_one_request_are_refused(shared_programme: Database, home: Path) -> None:
    both = "; ".join(f"{COOKIE}={cookie(home)}" for _ in range(2))
    with served(shared_programme, projector=False, identity=identity_at(shared_programme, home)) as api:
        answer = api.http.get("/metrics", headers={"cookie": both})
    assert (401, "UNAUTHENTICATED") == (answer.status_code, code(answer))


def test_a_session_of_a_person_who_is_gone_is_refused(shared_programme: Database, home: Path) -> None:
    gone = cookie(home, account=Account(OWN_ISSUER, "person-gone"))
    with served(shared_programme, projector=False, identity=identity_at(shared_programme, home)) as api:
        answer = api.http.get("/metrics", headers={"cookie": f"{COOKIE}={gone}"})
    assert (403, "NO_PERSON") == (answer.status_code, code(answer))


# --- Tokens of forms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", "x", "of another person", "of another session", "missing", "\u00e9"])
def test_a_form_without_the_token_of_its_session_changes_nothing(own: Api, kind: str) -> None:
    path = requested(own)
    mine, theirs, again = sign_in(own), sign_in(own, AUDITOR), sign_in(own)
    fields = fields_of(mine.get(path).text, "approve") | {"on": "2004-07-02"}
    others = {"of another person": theirs, "of another session": again}
    given = fields_of(others[kind].get(path).text, "/sign-out")["form-token"] if kind in others else kind
    sent = fields | {"form-token": given}
    if kind == "missing":
        del sent["form-token"]
    answer = mine.post(path, data=sent, headers={"origin": own.url})
    assert 403 == answer.status_code
    assert "The form belongs to another session" in words(answer.text)
    assert [] == ask(own.database, "SELECT 1 FROM log.events WHERE topic = 'PaymentApproved'")
    # The control: with its own token the same form is taken.
    assert 303 == mine.post(path, data=fields, headers={"origin": own.url}).status_code


def test_a_form_of_another_site_is_refused_with_the_right_token_too(own_shared: Api) -> None:
    browser = sign_in(own_shared)
    fields = fields_of(browser.get("/").text, "/sign-out")
    for origin in ("http://evil.example", "null", ""):
        assert 403 == browser.post("/sign-out", data=fields, headers={"origin": origin}).status_code
    assert 403 == browser.post("/sign-out", data={"a": "b"}, headers={"origin": own_shared.url}).status_code
    assert "Signed in" in words(browser.get("/").text)


def test_nobody_is_signed_in_by_a_form_of_another_browser(own_shared: Api) -> None:
    """Else somebody could make a person work under another's name."""
    theirs = browser_at(own_shared)
    fields = fields_of(theirs.get("/sign-in").text, "/sign-in") | {"person": AUDITOR}
    mine = browser_at(own_shared)
    assert 400 == mine.post("/sign-in", data=fields, headers={"origin": own_shared.url}).status_code
    mine.get("/sign-in")
    assert 403 == mine.post("/sign-in", data=fields, headers={"origin": own_shared.url}).status_code
    assert COOKIE not in mine.cookies
