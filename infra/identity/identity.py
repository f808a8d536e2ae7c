"""Who a request comes from, found in one place: by a token, by a session, or by being on this machine."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from infra.identity.caller import Account, Caller
from infra.identity.issuer import Issuer
from infra.identity.own_issuer import OWN_AUDIENCE, OWN_ISSUER, OwnIssuer
from infra.identity.people import People
from infra.identity.refusals import NoPerson, Unauthenticated
from infra.identity.sessions import Sessions
from infra.identity.settings import IdentitySettings
from infra.identity.tokens import LEEWAY, claims_of, groups_in

# A token or session that was checked is not checked again for this many seconds.
REMEMBERED_SECONDS = 30.0
# For this many seconds it is remembered whose account it is: an erased person is refused soon after.
PERSON_SECONDS = 1.0
# How many are remembered.
REMEMBERED = 10_000


@dataclass(slots=True)
class _Remembered:
    """A *caller* whose token or session need not be checked *until* a second.

    At the second *looked* it was looked up whose account it is.
    """

    caller: Caller
    until: float
    looked: float


class Identity:
    """Finds callers, by the *settings*, with secrets in the folder *home*, among the *people* of this installation.

    The application gives the people when it starts.
    """

    people: People

    def __init__(self, settings: IdentitySettings, home: Path, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.now = now
        self.own = OwnIssuer(home)
        self.issuer = Issuer(settings.issuer) if settings.issuer else None
        self.sessions = Sessions(home, settings.session_key, now)
        # Callers by the hash of their token or cookie.
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    @property
    def is_required(self) -> bool:
        """Whether a request without a token or session is refused."""
        return self.issuer is not None or self.settings.required

    async def by_token(self, token: str) -> Caller:
        """The caller with this bearer token. Raises NotAdmitted."""
        return await self._once(b"token ", token, self._of_token)

    async def by_session(self, cookie: str) -> Caller:
        """The caller with this cookie of a session. Raises NotAdmitted and NoSecret."""
        return await self._once(b"session ", cookie, self._of_session)

    async def person_of(self, account: Account) -> str:
        """The id of the person whose *account* it is. Raises NoPerson."""
        if account.issuer == OWN_ISSUER:
            person = account.subject if await self.people.named(account.subject) is not None else None
        else:
            person = await self.people.person_of(account)
        if person is None:
            raise NoPerson(
                f'The account "{account.subject}" of {account.issuer} belongs to no person who is known here.'
                " An administrator can say whose it is."
            )
        return person

    def forget(self, cookie: str) -> None:
        """Check the session of *cookie* again when it next comes."""
        self._remembered.pop(_hashed(b"session ", cookie), None)

    async def _once(self, kind: bytes, given: str, find: Callable[[str], Awaitable[Caller]]) -> Caller:
        name, now = _hashed(kind, given), self.now()
        found = self._remembered.get(name)
        if found is not None and now < found.until:
            return await self._again(name, found)
        caller = await find(given)
        last = (caller.expires or now) + LEEWAY if kind == b"token " else (caller.expires or now)
        self._remembered[name] = _Remembered(caller, min(now + REMEMBERED_SECONDS, last), now)
        self._remembered.move_to_end(name)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return caller

    async def _again(self, name: bytes, found: _Remembered) -> Caller:
        """The caller who is remembered, once it was looked up again whose account it is. Raises NoPerson."""
        account = found.caller.account
        if account is None or self.now() < found.looked + PERSON_SECONDS:
            return found.caller
        # One request looks; those that come meanwhile go on.
        found.looked = self.now()
        try:
            person = await self.person_of(account)
        except BaseException:
            self._remembered.pop(name, None)
            raise
        if person != found.caller.person:
            found.caller = replace(found.caller, person=person, actor=person)
        return found.caller

    async def _of_token(self, token: str) -> Caller:
        issuer = self.settings.issuer or OWN_ISSUER
        claims = await claims_of(token, self.issuer or self.own, issuer, self.settings.audience or OWN_AUDIENCE)
        account = Account(issuer, claims["sub"])
        person = await self.person_of(account)
        bound = hashlib.sha256(token.encode()).hexdigest()
        return Caller(account, person, person, groups_in(claims), float(claims["exp"]), bound)

    async def _of_session(self, cookie: str) -> Caller:
        session = self.sessions.session(cookie)
        if session.account.issuer != (self.settings.issuer or OWN_ISSUER):
            # It was begun under other settings.
            raise Unauthenticated("The session is of another issuer. Sign in again.")
        person = await self.person_of(session.account)
        return Caller(session.account, person, person, (), session.expires, session.id)


def _hashed(kind: bytes, given: str) -> bytes:
    return hashlib.sha256(kind + given.encode("utf-8", "surrogatepass")).digest()
