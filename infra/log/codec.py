"""The codec: it stores events as JSON under short stable names, and reads old versions by upcasting them."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, get_args

import msgspec

from domain import history
from domain.bank.account import HOME_ZONE, WHOLE_DAYS
from domain.values.fact import Fact
from domain.values.when import When

# An upcast turns the stored body of one schema version into that of the next version, from the body alone.
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

_UNBRIEFED: dict[str, Any] = {"brief": None, "selection": None, "steer": None}

# The events whose later versions only add fields that may be left out, with the version that was added last.
GROWN = {
    "AssessmentCategoryRecorded": 2, "AssessmentCriteriaPublished": 2, "BidDrafted": 2, "BidResubmitted": 3,
    "BidRevised": 2, "BidSubmitted": 3, "CriteriaAdopted": 2, "IndicatorAgreed": 2,
    "FrameworkPublished": 2, "ReviewHeld": 2, "RoundClosed": 2, "RoundOpened": 2,
}  # fmt: skip
# (event name, schema version) -> the upcast to the next version. tests/golden keeps a stored form of each version.
UPCASTS: dict[tuple[str, int], Upcast] = {
    **dict.fromkeys(((name, version) for name, to in GROWN.items() for version in range(1, to)), lambda body: body),
    # A redesign may give the milestones and the end of the new plan.
    ("PlanRedesigned", 1): lambda body: body | {"milestones": [], "until": None},
    # A plan may have stages with days; a supplier a brief and a selection; its replacement a reason.
    **dict.fromkeys([("PlanAgreed", 1), ("PlanRedesigned", 2)], lambda body: body | {"stages": []}),
    ("SupplierEngaged", 1): lambda body: body | _UNBRIEFED,
    ("SupplierReplaced", 1): lambda body: body | {"replaced_id": None, "because": None} | _UNBRIEFED,
    # A budget may be for a financial year.
    **dict.fromkeys(
        [("BudgetAllocated", 1), ("BudgetVaried", 1)], lambda body: body | {"year": None, "spending": None}
    ),
    # A recovery may name its payment.
    ("RecoveryRaised", 1): lambda body: body | {"payment": None},
    # A budget line may have a kind, an award a purpose, a payment or expenditure a payee, and an approval its reasons.
    **dict.fromkeys(
        [("AwardOffered", 1), ("BidApproved", 1), ("ExpenditureReported", 1), ("PaymentRequested", 1)],
        lambda body: body,
    ),
    # A register may name another funder.
    ("AwardReassigned", 1): lambda body: {"funder_id": None} | body,
    ("BankAccountOpened", 1): lambda body: body | {"time_zone": HOME_ZONE},
    ("StatementRecorded", 1): lambda body: body | {"period": WHOLE_DAYS},
}


class UnknownEvent(Exception):
    """The log holds an event that this version of Fundtrail does not know."""


class UnreadableEvent(Exception):
    """The stored body of an event does not fit its type."""


class Codec:
    """Writes and reads the stored bodies of *events*. The name of an event is the name of its class.

    The current schema version of an event is one more than the number of its upcasts. Raises ValueError when two events
    have the same name, or when an upcast does not belong to a version of an event.
    """

    def __init__(self, events: Iterable[type[Fact]], upcasts: Mapping[tuple[str, int], Upcast]) -> None:
        self._types: dict[str, type[Fact]] = {}
        for event in events:
            if self._types.setdefault(event.__name__, event) is not event:
                raise ValueError(f"two events are named {event.__name__}")
        self._upcasts = dict(upcasts)
        self._versions = dict.fromkeys(self._types, 1)
        for name, version in sorted(upcasts):
            if self._versions.get(name) != version:
                raise ValueError(f"no event {name} has a schema version {version} to upcast from")
            self._versions[name] = version + 1
        self._encoder = msgspec.json.Encoder(enc_hook=_to_text)
        self._decoders = {name: msgspec.json.Decoder(event, dec_hook=_from_text) for name, event in self._types.items()}

    @property
    def names(self) -> list[str]:
        """The names of all events."""
        return sorted(self._types)

    def version(self, name: str) -> int:
        """The current schema version of *name*, in which it is written."""
        return self._versions[name]

    def reads(self, name: str, version: int) -> bool:
        """Whether this codec can read an event stored as *name* in schema *version*."""
        return name in self._types and 1 <= version <= self._versions[name]

    def encode(self, event: Fact) -> bytes:
        """The stored body of *event*: compact JSON in UTF-8."""
        return self._encoder.encode(event)

    def decode(self, name: str, version: int, body: bytes) -> Fact:
        """The event that was stored as *name* in schema *version*. Raises UnknownEvent and UnreadableEvent."""
        if not self.reads(name, version):
            raise UnknownEvent(f"{name} in schema version {version}")
        try:
            if version == self._versions[name]:
                return self._decoders[name].decode(body)
            members = msgspec.json.decode(body, type=dict[str, Any])
            for step in range(version, self._versions[name]):
                members = self._upcasts[name, step](members)
            return msgspec.convert(members, self._types[name], dec_hook=_from_text)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise UnreadableEvent(f"{name} in schema version {version}: {error}") from error


def _to_text(value: object) -> str:
    if isinstance(value, When):
        return value.text
    raise NotImplementedError(type(value))


def _from_text(kind: type, value: object) -> object:
    if kind is not When:
        raise NotImplementedError(kind)
    if not isinstance(value, str):
        raise TypeError("a date must be text")
    return _when(value)


# A When is immutable, and the same days occur many times in a log.
_when = lru_cache(maxsize=4096)(When)


CODEC = Codec(get_args(history.Event), UPCASTS)
