"""Settings of identity: Fundtrail starts where others can reach it only with an issuer and with TLS in front."""

from pathlib import Path

import pytest

from domain.people.person import Role
from infra.database.postgres import Database
from infra.identity.settings import IdentitySettings, identity_settings, is_safe_address, refuse_unguarded_address
from infra.loopback import NotLoopback
from infra.settings import BadSetting, settings
from tests.kit.command_line import fundtrail
from tests.kit.web.issuing import identity_at
from tests.kit.web.served import served

ALL = {
    "FUNDTRAIL_ISSUER": "https://login.example.org/realm",
    "FUNDTRAIL_AUDIENCE": "fundtrail-api",
    "FUNDTRAIL_CLIENT_ID": "pages",
    "FUNDTRAIL_CLIENT_SECRET": "planted-secret-4711",
    "FUNDTRAIL_PUBLIC_URL": "https://Grants.Example.org:443/",
    "FUNDTRAIL_BEHIND_TLS": "1",
    "FUNDTRAIL_SIGN_IN": "required",
    "FUNDTRAIL_SESSION_KEY": "planted-key-0815-" + "k" * 32,
    "FUNDTRAIL_SESSION_HOURS": "token",
    "FUNDTRAIL_ROLES": "fundtrail-auditors=auditor; cn=office,dc=example = programme office;",
    "FUNDTRAIL_REGISTER": "1",
}
ANYWHERE = ".".join("0000")


def test_every_setting_is_read() -> None:
    found = identity_settings(ALL)
    assert found == IdentitySettings(
        issuer="https://login.example.org/realm",
        audience="fundtrail-api",
        client_id="pages",
        client_secret="planted-secret-4711",  # noqa: S106 - it is planted
        public_url="https://grants.example.org",
        behind_tls=True,
        required=True,
        session_key=ALL["FUNDTRAIL_SESSION_KEY"],
        session_hours=None,
        roles=(("fundtrail-auditors", Role.AUDITOR), ("cn=office,dc=example", Role.PROGRAMME_OFFICE)),
        registers=True,
    )
    assert IdentitySettings() == identity_settings({})


def test_secrets_are_not_shown() -> None:
    shown = repr(identity_settings(ALL)) + repr(settings(ALL))
    assert "planted" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FUNDTRAIL_ROLES", "auditors"),
        ("FUNDTRAIL_ROLES", "=auditor"),
        ("FUNDTRAIL_ROLES", "auditors=auditing"),
        ("FUNDTRAIL_ISSUER", "http://login.example.org"),
        ("FUNDTRAIL_ISSUER", "login.example.org"),
        ("FUNDTRAIL_ISSUER", "https://"),
        ("FUNDTRAIL_ISSUER", "https://user:password@login.example.org"),
        ("FUNDTRAIL_ISSUER", "https://login.example.org?realm=x"),
        ("FUNDTRAIL_ISSUER", "https://login.example.org:99999"),
        ("FUNDTRAIL_ISSUER", "file:///etc/passwd"),
        ("FUNDTRAIL_ISSUER", "https://log in.example.org"),
        ("FUNDTRAIL_PUBLIC_URL", "http://grants.example.org"),
        ("FUNDTRAIL_PUBLIC_URL", "https://grants.example.org/path"),
        ("FUNDTRAIL_PUBLIC_URL", "grants.example.org"),
        ("FUNDTRAIL_SIGN_IN", "sometimes"),
        ("FUNDTRAIL_SESSION_KEY", "planted"),
        ("FUNDTRAIL_SESSION_HOURS", "0"),
        ("FUNDTRAIL_SESSION_HOURS", "25"),
        ("FUNDTRAIL_SESSION_HOURS", "a day"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as refused:
        settings(ALL | {name: value})
    assert name != "FUNDTRAIL_SESSION_KEY" or value not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    ["FUNDTRAIL_ISSUER", "FUNDTRAIL_AUDIENCE", "FUNDTRAIL_CLIENT_ID", "FUNDTRAIL_BEHIND_TLS", "FUNDTRAIL_ROLES"],
)
def test_a_setting_that_needs_another_is_refused_without_it(name: str) -> None:
    with pytest.raises(BadSetting, match=name):
        settings(ALL | {name: ""})


@pytest.mark.parametrize(
    "missing", ["FUNDTRAIL_ISSUER", "FUNDTRAIL_AUDIENCE", "FUNDTRAIL_PUBLIC_URL", "FUNDTRAIL_BEHIND_TLS"]
)
def test_it_is_not_served_to_others_without_an_issuer_and_tls(missing: str) -> None:
    names = {
        "FUNDTRAIL_ISSUER": "issuer",
        "FUNDTRAIL_AUDIENCE": "audience",
        "FUNDTRAIL_PUBLIC_URL": "public_url",
        "FUNDTRAIL_BEHIND_TLS": "behind_tls",
    }
    whole = identity_settings(ALL)
    refuse_unguarded_address(ANYWHERE, whole)
    values = {field: getattr(whole, field) for field in whole.__dataclass_fields__} | {names[missing]: None}
    with pytest.raises(NotLoopback, match=missing):
        refuse_unguarded_address(ANYWHERE, IdentitySettings(**values))
    refuse_unguarded_address("127.0.0.1", IdentitySettings())


def test_the_command_line_refuses_an_open_address_in_a_sentence(database: Database) -> None:
    refused = fundtrail(database, "serve", "--host", ANYWHERE)
    assert 2 == refused.returncode
    assert (
        "FUNDTRAIL_ISSUER, FUNDTRAIL_AUDIENCE, FUNDTRAIL_PUBLIC_URL and FUNDTRAIL_BEHIND_TLS are not set"
        in refused.stderr
    )


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example.org", True),
        ("http://127.0.0.1:9000/keys", True),
        ("http://[::1]:9000", True),
        ("http://localhost", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("https://127.0.0.1:x", False),
        ("ftp://127.0.0.1", False),
        ("https:///path", False),
    ],
)
def test_an_address_is_safe_with_tls_or_on_this_machine(url: str, safe: bool) -> None:
    assert safe is is_safe_address(url)


def test_the_public_host_is_answered_and_no_other(shared_programme: Database, tmp_path: Path) -> None:
    identity = identity_at(
        shared_programme, tmp_path, "http://127.0.0.1:9", public_url="https://grants.example.org", behind_tls=True
    )
    with served(shared_programme, projector=False, identity=identity) as api:
        for host, expected in (
            ("grants.example.org", 200),
            ("GRANTS.example.org", 200),
            ("127.0.0.1", 200),
            ("grants.example.org.evil.example", 400),
            ("evil.example", 400),
            ("grants.example.org:8000", 400),
        ):
            assert expected == api.http.get("/health", headers={"host": host}).status_code, host
    with served(shared_programme, projector=False) as api:
        assert 400 == api.http.get("/health", headers={"host": "grants.example.org"}).status_code
