"""The settings of identity: the issuer, the public address, and whether everybody must sign in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from domain.people.person import Role
from infra.loopback import NotLoopback, is_loopback

NO = ("", "0", "no", "false")
# A shorter key could be guessed from the sessions that it signs.
SHORTEST_KEY = 32
# How long a session lasts unless FUNDTRAIL_SESSION_HOURS says otherwise.
HOURS = 8
# The value of FUNDTRAIL_SESSION_HOURS with which a session ends when the issuer's ID token does.
AS_TOKEN = "token"  # noqa: S105 - it is a word, no secret
_HOST = r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])"
_ORIGIN = re.compile(rf"https?://{_HOST}(:[1-9][0-9]{{0,4}})?")


class BadIdentity(ValueError):
    """A setting of identity has a value that is not allowed, or lacks another setting."""


@dataclass(frozen=True)
class IdentitySettings:
    """Where callers come from.

    *issuer* issues tokens for *audience*; without it Fundtrail is its own issuer, on loopback. *client_id* and
    *client_secret* are those of Fundtrail at the issuer, for sign-in on pages. *public_url* is the address under which
    people reach it, without a path. *behind_tls* says that TLS is in front. With *required*, everybody signs in.
    *session_key* signs sessions; None for the key in the home folder. A session lasts *session_hours*; None for as long
    as the ID token. *roles* are what groups of the issuer stand for; with *registers*, somebody unknown who is in such
    a group is registered at sign-in.
    """

    issuer: str | None = None
    audience: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    public_url: str | None = None
    behind_tls: bool = False
    required: bool = False
    session_key: str | None = field(default=None, repr=False)
    session_hours: int | None = HOURS
    roles: tuple[tuple[str, Role], ...] = ()
    registers: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach Fundtrail over TLS."""
        return (self.public_url or "").startswith("https://")


def identity_settings(environ: Mapping[str, str]) -> IdentitySettings:
    """The settings of identity in *environ*. Raises BadIdentity."""
    found = IdentitySettings(
        issuer=_address(environ, "FUNDTRAIL_ISSUER"),
        audience=environ.get("FUNDTRAIL_AUDIENCE") or None,
        client_id=environ.get("FUNDTRAIL_CLIENT_ID") or None,
        client_secret=environ.get("FUNDTRAIL_CLIENT_SECRET") or None,
        public_url=_origin(_address(environ, "FUNDTRAIL_PUBLIC_URL")),
        behind_tls=environ.get("FUNDTRAIL_BEHIND_TLS", "0") not in NO,
        required=_required(environ),
        session_key=_session_key(environ),
        session_hours=_session_hours(environ),
        roles=_roles(environ),
        registers=environ.get("FUNDTRAIL_REGISTER", "0") not in NO,
    )
    for needed, needing, name, because in (
        (found.audience, found.issuer, "FUNDTRAIL_AUDIENCE", "FUNDTRAIL_ISSUER"),
        (found.issuer, found.audience, "FUNDTRAIL_ISSUER", "FUNDTRAIL_AUDIENCE"),
        (found.issuer, found.client_id, "FUNDTRAIL_ISSUER", "FUNDTRAIL_CLIENT_ID"),
        (found.client_id, found.client_secret, "FUNDTRAIL_CLIENT_ID", "FUNDTRAIL_CLIENT_SECRET"),
        (found.client_id, found.roles, "FUNDTRAIL_CLIENT_ID", "FUNDTRAIL_ROLES"),
        (found.roles, found.registers, "FUNDTRAIL_ROLES", "FUNDTRAIL_REGISTER"),
    ):
        if needing and not needed:
            raise BadIdentity(f"{because} is set without {name}. Set both, or neither.")
    if found.public_url and not is_loopback(_host_of(found.public_url)):
        missing = _missing(found)
        if missing:
            raise BadIdentity(
                f"FUNDTRAIL_PUBLIC_URL is {found.public_url}, which other machines can reach, and"
                f" {_listed(missing)} not set."
            )
    return found


def refuse_unguarded_address(host: str, identity: IdentitySettings) -> None:
    """Refuse to serve on a *host* that other machines can reach unless callers must sign in. Raises NotLoopback."""
    if is_loopback(host):
        return
    missing = _missing(identity)
    if missing:
        raise NotLoopback(
            f"{host} is not a loopback address, and {_listed(missing)} not set. Other machines may reach Fundtrail only"
            " when an issuer says who calls, and TLS is in front. Serve on 127.0.0.1, ::1 or localhost, or set them."
        )


def _missing(identity: IdentitySettings) -> list[str]:
    """The settings that are missing where other machines can reach Fundtrail."""
    needed = {
        "FUNDTRAIL_ISSUER": identity.issuer,
        "FUNDTRAIL_AUDIENCE": identity.audience,
        "FUNDTRAIL_PUBLIC_URL": identity.public_url,
        "FUNDTRAIL_BEHIND_TLS": identity.behind_tls,
    }
    return [name for name, given in needed.items() if not given]


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"{names[0]} is"


def is_safe_address(url: str) -> bool:
    """Whether *url* is https, or http on loopback, and names no user."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    host = parts.hostname or ""
    if not host or "@" in parts.netloc or any(not "!" <= sign <= "~" for sign in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _address(environ: Mapping[str, str], name: str) -> str | None:
    value = environ.get(name)
    if not value:
        return None
    if not is_safe_address(value) or "?" in value or "#" in value:
        raise BadIdentity(
            f'{name} is "{value}". Write an address that begins with https://; http:// is for loopback alone.'
        )
    return value


def _origin(url: str | None) -> str | None:
    """*url* as browsers write an origin. Raises BadIdentity where it has a path."""
    if url is None:
        return None
    origin = url.lower().removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise BadIdentity(f'FUNDTRAIL_PUBLIC_URL is "{url}". Write it without a path: https://grants.example.org.')
    return origin.removesuffix(":443" if origin.startswith("https") else ":80")


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _required(environ: Mapping[str, str]) -> bool:
    value = environ.get("FUNDTRAIL_SIGN_IN") or ""
    if value not in ("", "required"):
        raise BadIdentity(f'FUNDTRAIL_SIGN_IN is "{value}". It may be "required", or not set.')
    return value == "required"


def _session_key(environ: Mapping[str, str]) -> str | None:
    value = environ.get("FUNDTRAIL_SESSION_KEY") or None
    if value is not None and len(value) < SHORTEST_KEY:
        raise BadIdentity(f"FUNDTRAIL_SESSION_KEY is too short. Give at least {SHORTEST_KEY} random characters.")
    return value


def _roles(environ: Mapping[str, str]) -> tuple[tuple[str, Role], ...]:
    """The groups of FUNDTRAIL_ROLES, each with the role that it stands for."""
    found = []
    for one in (environ.get("FUNDTRAIL_ROLES") or "").split(";"):
        group, _, role = one.rpartition("=")
        if not one.strip():
            continue
        try:
            found.append((group.strip(), Role(role.strip())))
        except ValueError:
            group = ""
        if not group.strip():
            raise BadIdentity(
                f'FUNDTRAIL_ROLES contains "{one.strip()}". Write a group, = and a role, with ; between two of them.'
                f" The roles are: {', '.join(role.value for role in Role)}."
            )
    return tuple(found)


def _session_hours(environ: Mapping[str, str]) -> int | None:
    value = environ.get("FUNDTRAIL_SESSION_HOURS") or str(HOURS)
    if value == AS_TOKEN:
        return None
    if not (re.fullmatch("[0-9]{1,2}", value) and 1 <= int(value) <= 24):
        raise BadIdentity(
            f'FUNDTRAIL_SESSION_HOURS is "{value}". Give 1 to 24 hours, or "{AS_TOKEN}" to end with the ID token.'
        )
    return int(value)
