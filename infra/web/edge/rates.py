"""Rates: how many requests of a kind a caller may send in a minute. They are counted in the memory of the process."""

import ipaddress
import math
import time
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from api.contract.errors import RATE_LIMITED, Problem
from domain.values.shown import shown_count

SECONDS = 60
# How many counters there are, of callers and kinds of requests. Further callers share SHARED counters for each kind
# until earlier ones have expired, so that memory is bounded however many addresses come.
MOST_COUNTERS = 100_000
SHARED = 1024
READS, COMMANDS, EXPORTS, FAILED_SIGN_INS = "reads", "commands", "exports", "failed sign-ins"
UNITS = {READS: "request", COMMANDS: "command", EXPORTS: "export", FAILED_SIGN_INS: "failed sign-in"}


@dataclass(frozen=True)
class Rates:
    """How many requests of each kind a caller may send in a minute; None does not limit them."""

    reads: int | None = None
    commands: int | None = None
    exports: int | None = None
    failed_sign_ins: int | None = None


# What is used where other machines can reach the application. A person who works with the pages stays far below.
SERVED = Rates(reads=6000, commands=600, exports=60, failed_sign_ins=20)


@dataclass(frozen=True)
class Beyond:
    """A request that is above a rate: of this *kind*, of which *allowed* are in a minute. It may come in *seconds*."""

    kind: str
    allowed: int
    seconds: int

    @property
    def message(self) -> str:
        """The sentence for people."""
        return (
            f"You have sent more than {shown_count(self.allowed, UNITS[self.kind])} in a minute."
            f" Try again in {shown_count(self.seconds, 'second')}."
        )

    @property
    def facts(self) -> dict[str, object]:
        """What is added to the ``extensions`` of the error."""
        return {"limit": self.kind, "allowed": self.allowed, "seconds": self.seconds}


class RateLimited(Problem):
    """The caller has sent too many requests of a kind in a minute."""

    def __init__(self, beyond: Beyond) -> None:
        super().__init__(beyond.message, RATE_LIMITED, **beyond.facts)
        self.beyond = beyond


class Counters(Storage):
    """The counters of ``limits`` in memory: at most *most* separate ones, and SHARED of each kind for all others.

    The library's own storage starts a thread to remove what has expired, and has no bound. All windows have the same
    length, so the counters expire in the order in which they were made. Only an event loop may use it.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = MOST_COUNTERS) -> None:
        super().__init__()
        self._most = most
        self._counters: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counters)

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors of the storage itself; it has none of its own."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add *amount* to the counter, which begins now and lasts *expiry* seconds if it is new. Return its value."""
        now = time.monotonic()
        self._expire(now)
        name = self._name(key)
        ends, number = self._counters.get(name, (now + expiry, 0))
        self._counters[name] = (ends, number + amount)
        return number + amount

    def get(self, key: str) -> int:
        """The value of the counter; 0 without one."""
        self._expire(time.monotonic())
        return self._counters.get(self._name(key), (0.0, 0))[1]

    def get_expiry(self, key: str) -> float:
        """The time of the system clock at which the counter ends."""
        now = time.monotonic()
        return time.time() + self._counters.get(self._name(key), (now, 0))[0] - now

    def check(self) -> bool:
        """True: memory is always there."""
        return True

    def reset(self) -> int:
        """Forget all counters. Return how many there were."""
        number = len(self._counters)
        self._counters.clear()
        return number

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._counters.pop(self._name(key), None)

    def _name(self, key: str) -> str:
        if key in self._counters or len(self._counters) < self._most:
            return key
        return f"shared {key.partition('/')[0]} {zlib.crc32(key.encode()) % SHARED}"

    def _expire(self, now: float) -> None:
        while self._counters:
            name = next(iter(self._counters))
            if self._counters[name][0] > now:
                return
            del self._counters[name]


class Meter:
    """Counts the requests of each caller against *rates*."""

    def __init__(self, rates: Rates, most: int = MOST_COUNTERS) -> None:
        self.counters = Counters(most)
        self._limiter = FixedWindowRateLimiter(self.counters)
        self._items: Mapping[str, RateLimitItemPerMinute] = {
            kind: RateLimitItemPerMinute(number, namespace=kind)
            for kind, number in (
                (READS, rates.reads),
                (COMMANDS, rates.commands),
                (EXPORTS, rates.exports),
                (FAILED_SIGN_INS, rates.failed_sign_ins),
            )
            if number is not None
        }

    def count(self, kind: str, caller: str, number: int = 1) -> Beyond | None:
        """Count *number* requests of a *kind*. Return what is above the rate; None if nothing is."""
        item = self._items.get(kind)
        if item is None or self._limiter.hit(item, caller, cost=number):
            return None
        return self._beyond(kind, item, caller)

    def spent(self, kind: str, caller: str) -> Beyond | None:
        """What one more request of a *kind* would be above, without counting it; None if it is allowed."""
        item = self._items.get(kind)
        if item is None or self._limiter.test(item, caller):
            return None
        return self._beyond(kind, item, caller)

    def refuse(self, kind: str, scope: Mapping[str, Any], number: int = 1) -> None:
        """Count *number* requests of the caller of *scope*. Raises RateLimited."""
        beyond = self.count(kind, caller_of(scope), number)
        if beyond is not None:
            raise RateLimited(beyond)

    def _beyond(self, kind: str, item: RateLimitItemPerMinute, caller: str) -> Beyond:
        ends = self._limiter.get_window_stats(item, caller).reset_time
        return Beyond(kind, item.amount, max(1, math.ceil(ends - time.time())))


def caller_of(scope: Mapping[str, Any]) -> str:
    """The person who is signed in; without one, the address that the request came from."""
    person = scope.get("state", {}).get("person")
    return f"person {person}" if person else address_of(scope)


def address_of(scope: Mapping[str, Any]) -> str:
    """The address that the request came from. Of IPv6 the network counts, because a client may have all of it."""
    client = scope.get("client")
    return _network(client[0]) if client else "address"


@lru_cache(maxsize=4096)
def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"address {host[:100]}"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return f"address {mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64))}"
    return f"address {address}"
