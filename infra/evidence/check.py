"""Check an evidence pack of Fundtrail offline, without Fundtrail: python check.py PACK.zip --key KEY

KEY is the public key of the log, or a file with it: get it from the programme, not from the pack. Checks each byte of
the pack, that each event is in the tree of the log under a signed checkpoint, and that none is missing between two of a
stream; then adds the figures up again from the events. Needs Python 3.11 and the package cryptography.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from calendar import monthrange
from collections import defaultdict, namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# fmt: off
Event = namedtuple("Event", "position stream version name schema id recorded_at actor authority command correlation"
                   " causation body")
DAY, TIME, FIRST = r"(?a)\d{4}-\d\d-\d\d", r"T\d\d:\d\d:\d\d\.\d{6}Z", "0001-01-01"
FILES = (r"(MANIFEST|asked|events/[0-9]{12})\.json|(check\.py|checkpoint\.txt|key\.txt|statement\.(html|pdf))"
         r"|receipts/[0-9]{12}\.tlog-proof")
class Refused(Exception):
    """What is wrong with a pack, after the place where it is wrong."""
@contextmanager
def at(place: str) -> Iterator[None]:
    """Name the *place* of what is wrong there."""
    try:
        yield
    except Exception as error:
        said = f"{error}" if isinstance(error, AssertionError) else f"it is not right ({type(error).__name__}: {error})"
        raise error if isinstance(error, Refused) else Refused(f"{place}: {said}") from None
def demand(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
def zipped(files: dict[str, bytes]) -> bytes:
    """The zip file of *files*: stored in the order of their names, so that they decide each of its bytes."""
    local, central = bytearray(), bytearray()
    for name, content in sorted(files.items()):
        head = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(content), *[len(content)] * 2, len(name), 0)
        central += b"PK\1\2\x14\0" + head + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name.encode("ascii")
        local += b"PK\3\4" + head + name.encode("ascii") + content
    count = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(central), len(local), 0)
    return bytes(local + central + b"PK\5\6" + count)

def unzipped(raw: bytes) -> dict[str, bytes]:
    """The files of a pack, of which each byte is as it was written, and each file as the manifest lists it."""
    files, starts, offset = dict[str, bytes](), list[tuple[int, str]](), 0
    while raw[offset : offset + 4] == b"PK\3\4":
        size, length = struct.unpack("<IH", raw[offset + 22 : offset + 28])
        name, begins = raw[offset + 30 : offset + 30 + length].decode("latin-1"), offset + 30 + length
        starts.append((offset, name))
        files[name], offset = raw[begins : begins + size], begins + size
    with at("MANIFEST.json"):
        listed = dict(json.loads(files["MANIFEST.json"])["files"])
        digests = {name: hashlib.sha256(one).hexdigest() for name, one in files.items() if name != "MANIFEST.json"}
    for name in [one for one in (*listed, *digests) if digests.get(one) != listed.get(one)][:1]:
        raise Refused(f"{name}: it is not the file that MANIFEST.json lists")
    demand(all(re.fullmatch(FILES, name) for name in files), "it has a file that no pack has")
    written = zipped(files)
    if written != raw:
        place = next((n for n, (a, b) in enumerate(zip(raw, written, strict=False)) if a != b), len(written))
        within = [name for start, name in starts if start <= place < offset][-1:] or ["the list of files in the zip"]
        raise Refused(f"{within[0]}: it is not as it was written (byte {place} of the pack)")
    return files

def root_of(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """The root of the tree of this *size* that has *leaf* at *index*, by its *proof* (RFC 9162, 2.1.3)."""
    demand(0 <= index < size and bool(proof) == (size > 1), "its proof does not fit the size of the tree")
    if size == 1:
        return leaf
    right = index >= (half := 1 << (size - 1).bit_length() - 1)
    other = root_of(index - half * right, size - half if right else half, leaf, proof[:-1])
    return hashlib.sha256(b"\1" + (proof[-1] + other if right else other + proof[-1])).digest()

def signed(note: str, key: str) -> tuple[str, str, int, bytes]:
    """Who signed the checkpoint *note* (c2sp.org/tlog-checkpoint), which must be *key*, its origin, size and root."""
    name, key_id, coded = key.strip().split("+", 2)
    public = base64.b64decode(coded, validate=True)
    right = hashlib.sha256(f"{name}\n".encode() + public).hexdigest()[:8] == key_id
    demand(right and len(public) == 33 and public[0] == 1, "it is not the public key of a log")
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        signature = base64.b64decode(line.rpartition(" ")[2], validate=True)
        if line.startswith(f"\N{EM DASH} {name} ") and signature[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\n".encode())
            origin, size, root = text.split("\n")[:3]
            return f"{name}+{key_id}", origin, int(size), base64.b64decode(root, validate=True)
    raise AssertionError(f"the key {name}+{key_id} has not signed its checkpoint")

def proven(files: dict[str, bytes], size: int, root: bytes) -> list[Event]:
    """The events of the pack in the order of the log, which has each by its receipt (c2sp.org/tlog-proof)."""
    events, before, last = list[Event](), -1, defaultdict[str, int](int)
    for name in sorted(one for one in files if one.startswith("events/")):
        with at(f"{name} (position {name[7:-5].lstrip('0')})"):
            event = Event(**json.loads(files[name]))
            demand(name == f"events/{event.position:012}.json", "it is the event of another position")
            typed = [type(one) is int if n in (0, 2, 4) else isinstance(one, str | None) for n, one in enumerate(event)]
            demand(all(typed) and re.fullmatch(DAY + TIME, event.recorded_at), "a column has another form")
            texts = [None if one is None else str(one).encode() for one in ("fundtrail event 1", *event[:-1])]
            parts = [b"\xff\xff\xff\xff" if one is None else struct.pack(">I", len(one)) + one for one in texts]
            entry = b"".join(parts) + hashlib.sha256(event.body.encode()).digest()
            head, _, note = files[f"receipts/{name[7:-5]}.tlog-proof"].decode().partition("\n\n")
            form, second, *hashes = [line for line in head.split("\n") if not line.startswith("extra ")]
            demand(form == "c2sp.org/tlog-proof@v1" and second.startswith("index "), "it has no receipt")
            demand(note == files["checkpoint.txt"].decode(), "its receipt is of another checkpoint than checkpoint.txt")
            index, proof = int(second[6:]), [base64.b64decode(line, validate=True) for line in hashes]
            has_it = root_of(index, size, hashlib.sha256(b"\0" + entry).digest(), proof) == root
            demand(has_it and index > before, "its receipt does not show that the log has it here")
            before, last[event.stream] = index, last[event.stream] + 1
            follows = event.name in SINGLE or event.version == last[event.stream]
            demand(follows, f"event {last[event.stream]} of {event.stream} is missing before it")
            events.append(event._replace(body=json.loads(event.body)))
    demand(sum(name.startswith("receipts/") for name in files) == len(events), "a receipt is of no event")
    return events
# The field with the amount, and the accounts that it is added to or taken from: of each event, or of one kind of it.
ADDS = {name: moves for moves, names in {
    "requested +requested": "BidSubmitted BidStated", "requested -requested": "BidWithdrawn",
    "change +requested": "BidRevised BidResubmitted BidRestated", "approved +approved": "BidApproved",
    "change +approved": "ApprovalVaried", "change +awarded": "AwardVaried AwardRestated",
    "amount +awarded": "AwardOffered AwardStated TransactionStated:commitment", "amount +payable": "PaymentApproved",
    "amount -awarded": "TransactionUnstated:commitment", "amount -payable": "PaymentReversed:approved",
    "given_back -awarded": "OfferDeclined AwardClosed AwardTerminated UnspentGivenBack",
    "amount -payable +paid": "PaymentReleased", "amount -recoverable +returned": "RecoverySettled",
    "amount -paid": "PaymentReversed:released PaymentReversed:settled TransactionUnstated:disbursement"
    " TransactionUnstated:disbursed_in_all",
    "amount +paid": "TransactionStated:disbursement TransactionStated:disbursed_in_all",
    "amount +returned": "PaymentReturned TransactionStated:return", "amount -spent": "TransactionUnstated:expenditure",
    "amount -returned": "ReturnUndone TransactionUnstated:return", "amount +recoverable": "RecoveryApproved",
    "amount +spent": "ExpenditureReported TransactionStated:expenditure", "amount -recoverable": "RecoveryWrittenOff",
}.items() for name in names.split()}
OF_PAYMENTS = ("payable", "paid", "returned", "spent", "recoverable")
FIGURES = {one: {one: 1} for one in ("requested", "approved", "awarded", *OF_PAYMENTS)}
FIGURES |= {"available": {"awarded": 1, "paid": -1, "returned": 1}, "held": {"paid": 1, "returned": -1, "spent": -1}}
SINGLE = ("DocumentAttached", "PartnershipFormed")  # in a pack one by one, without the other events of their streams
BEGIN = ("BidDrafted", "BidSubmitted", "BidStated", "AwardOffered", "AwardStated")
PLACING, CALLING = (*BEGIN, "BidReassigned", "AwardReassigned"), ("Offered", "Stated", "Formed", "Established")
ASKED = {"kind": str, "of": str, "id": str, "code": str, "starts": str, "ends": str, "known_at": str, "position": int,
         "figures": list, "currencies": dict}
# made: 1, or -1 for what a correction takes away. own: not stated by a source. counts_in: the ids of where it counts.
Posting = namedtuple("Posting", "position account amount currency since dated made own counts_in")

def counts_from(when: str) -> tuple[date, bool]:
    """The day from which a date counts, which is its last one, and whether it is known."""
    if when == "unknown":
        return date.min, False
    start, _, end = when.rpartition("/")
    year, month, day = (*map(int, (start if end == ".." else end).rstrip("~").split("-")), 0, 0)[:3]
    last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    return (date(year, month or 1, day or 1) if end == ".." else last), True

def postings(events: list[Event]) -> tuple[list[Posting], dict[str, str]]:
    """What the events add, and the bid of each award. It counts where its bid or award belongs at the time."""
    place, funded, bids = dict[str, str](), dict[str, str](), dict[str, str]()
    formed = {one.stream: one.body for one in events if one.name == "PartnershipFormed"}
    made = defaultdict[tuple[str, int], list[Posting]](list)
    def around(thing: str) -> set[str]:
        its = formed.get(place.get(thing, ""), {})
        return {one for one in (place.get(thing), its.get("scheme_id"), its.get("programme_id")) if one}
    for event in events:
        stream, name, body, position = event.stream, event.name, event.body, event.position
        its = made[stream, event.version]
        if name in PLACING and (name not in BEGIN or stream not in place):
            place[stream] = body["partnership_id"]
            funded.setdefault(stream, body.get("funded_from") or "")
        if name == "ParticularsStated" or (name == "AwardOffered" and stream not in bids):
            bids[stream] = body.get("bid_id") or bids.get(stream, "")
        if name in ("DateCorrected", "StatementReplaced"):
            for one in made[stream, body["version"]]:
                since, dated = counts_from(body["was"]) if "was" in body else (one.since, one.dated)
                its.append(one._replace(position=position, amount=-one.amount, since=since, dated=dated, made=-1))
                if "date" in body:
                    since, dated = counts_from(body["date"])
                    its.append(one._replace(position=position, since=since, dated=dated))
        field, *accounts = (ADDS.get(f"{name}:{body.get('was') or body.get('kind')}") or ADDS.get(name) or "-").split()
        amount = Decimal((body.get(field) or {"amount": "NaN"})["amount"])
        is_none = field in ("change", "given_back") and not amount and name != "ApprovalVaried"
        if amount.is_nan() or is_none or body.get("basis") == "IATI, no commitment stated":
            continue
        for account in accounts:
            # Money that one award passes to another counts once in a place that has both; spending counts where it is.
            once = around(funded.get(stream, "")) if account != "+spent" else set[str]()
            where = (*counts_from(body["on"]), 1, body.get("source") is None, {stream} | around(stream) - once)
            adds = -amount if account[0] == "-" else amount
            its.append(Posting(position, account[1:], adds, body[field]["currency"], *where))
    return [one for several in made.values() for one in several], bids

def figures(counted: list[Posting], events: list[Event], asked: dict[str, Any]) -> dict[str, Decimal | None]:
    """Each figure (None if nobody stated it), its parts, and what each event adds to a part."""
    found, is_period, shown = defaultdict[str, Any](Decimal), asked["kind"] == "period", list[Posting]()
    starts, ends = date.fromisoformat(asked["starts"]), date.fromisoformat(asked["ends"])
    closed = sorted((date.fromisoformat(one.body["starts"]), date.fromisoformat(one.body["ends"]), one.position)
            for one in events if is_period and one.name == "PeriodClosed" and one.body["programme_id"] == asked["id"])
    for one in counted:
        booked = one.since
        for first, last, position in closed:
            if position < one.position and first <= booked <= last:
                booked = last + timedelta(days=1)
        if one.currency in asked["currencies"] and (not one.dated or starts <= booked <= ends):
            shown.append(one)
            part = "undated" if not one.dated else "moved" if booked == one.since else "adjusted"
            for name in (name for name in asked["figures"] if one.account in FIGURES[name]):
                for line in (f"-{part}", f"-{part}-{one.position}", *([""] if one.dated or not is_period else [])):
                    found[f"{one.currency}-{name}{line}"] += FIGURES[name][one.account] * one.amount
    for currency, name in ((currency, name) for currency in asked["currencies"] for name in asked["figures"]):
        found[f"{currency}-{name}"] += 0
        its, paid = [one for one in shown if one.currency == currency], name in (*OF_PAYMENTS, "held")
        by = OF_PAYMENTS if paid else (next(iter(FIGURES[name])),)
        own = is_period or (paid and sum(one.made for one in its if one.account == "awarded" and one.own) > 0)
        if not own and sum(one.made for one in its if one.account in by) <= 0:
            found[f"{currency}-{name}"] = None
    return found

def refuse_other(asked: dict[str, Any], events: list[Event], counted: list[Posting], bid: str) -> None:
    """Refuse what no pack is asked, what the events call otherwise, and a pack without what its events name."""
    names, places, of, is_period = asked["figures"], asked["currencies"], asked["of"], asked["kind"] == "period"
    starts, ends, known, books = asked["starts"], asked["ends"], asked["position"], is_period and of == "programme"
    form = {name: type(value) for name, value in asked.items()} == ASKED and re.fullmatch(DAY + TIME, asked["known_at"])
    ladder = asked["kind"] == "ladder" and of in ("award", "partnership", "scheme", "programme") and starts == FIRST
    days = re.fullmatch(DAY, starts) and re.fullmatch(DAY, ends) and starts <= ends
    asks = names and len({*names}) == len(names) and {*names} <= {*FIGURES} - ({"held"} if is_period else set())
    demand(form and (ladder or books) and days and asks, "asked.json has another form")
    called = [one.body for one in events if one.name in (f"{of.title()}{end}" for end in CALLING)
              and asked["id"] == (one.body["scheme_id"] if of == "scheme" else one.stream)]
    demand(asked["code"] in [one.get("reference") or one["code"] for one in called], "no event of its id has its code")
    sums = defaultdict[tuple[str, str, bool], Decimal](Decimal)
    for one in counted:
        demand(one.amount == round(one.amount, places.get(one.currency, 4)), "its decimal places hide an amount")
        sums[one.currency, one.account, one.dated] += one.amount if f"{one.since}" <= ends else 0
    found = {currency for (currency, _, _), amount in sums.items() if amount}
    fit = [*places] == [called[0].get("currency")] if is_period else found <= {*places} and len({*places} - found) < 2
    well = all(re.fullmatch("[A-Z]{3}[0-4]", f"{one}{digits!r}") for one, digits in places.items())
    demand(fit and well, "its currencies are not its own and those of the events, with their decimal places")
    has = {one.stream for one in events if one.name != "DocumentAttached"}
    needs = {bid} if of == "award" else {e.body.get("funded_from") or e.stream for e in events if e.name in BEGIN}
    if of in ("scheme", "programme"):
        needs |= {one.body["partnership_id"] for one in events if one.name in PLACING and one.position <= known}
    demand(needs <= has, f"the events name what the pack does not have: {', '.join(sorted(needs - has))}")

def check(raw: bytes, key_text: str | None = None) -> list[str]:
    """What a pack shows, in lines. Raises Refused. Without *key_text* the key in the pack is believed."""
    with at("the pack"):
        files = unzipped(raw)
        key = files["key.txt"].decode() if key_text is None else key_text
        signer, origin, size, root = signed(files["checkpoint.txt"].decode(), key)
        events = proven(files, size, root)
    with at("statement.html and asked.json"):
        asked = json.loads(files["asked.json"])
        known, (made, bids) = asked["position"], postings(events)
        bid = bids.get(asked["id"]) or asked["id"]
        counted = [one for one in made if one.position <= known and {asked["id"], bid} & one.counts_in]
        refuse_other(asked, events, counted, bid)
        ordered = [*((one.position, one.recorded_at) for one in events), (known, asked["known_at"])]
        demand(sorted(ordered) == sorted(ordered, key=lambda one: one[::-1]), f"{known} is not the last by then")
        want = {name: f"{one}" for name, one in asked.items() if name not in ("figures", "currencies")}
        for name, amount in figures(counted, events, asked).items():
            want[name] = "not stated" if amount is None else f"{amount:,.{asked['currencies'][name[:3]]}f}"
        spans = re.findall('<span id="([^"]*)">([^<]*)</span>', files["statement.html"].decode())
        shown = {name: unescape(text) for name, text in spans}
        for name in sorted(shown.keys() | want):
            demand(shown.get(name) == want.get(name), f"{name} is {shown.get(name)}, by the events {want.get(name)}")
        demand(len(spans) == len(shown), "something is stated twice")
    last = {f"books-{asked['id'].partition('-')[2]}": 0} if asked["kind"] == "period" else {}
    last |= {one.stream: one.position for one in events if one.name not in SINGLE}
    is_open = ", ".join(name if position else f"{name} (no closing is in this pack)" for name, position in last.items()
                        if position <= known) or "none"
    warning = "" if key_text else " WARNING: the key is that of the pack. Ask the programme for its key: --key KEY"
    return [one if one.isprintable() else ascii(one) for one in (
        *(f"{name} {text}" for name, text in want.items() if not name.split("-")[-1].isdigit()),
        f"The log that signs as {signer} has the {len(events)} events that give these figures.{warning}",
        f"It has them under the checkpoint of {origin} with {size} events. Ask the programme if that is its log.",
        f"Whether there was a later event by then, which may be left out, is not shown of: {is_open}",
    )]

def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pack", type=Path)
    parser.add_argument("--key", help="the public key of the log, or a file with it")
    given = parser.parse_args()
    try:
        with at("the pack or the key"):
            key = given.key if given.key is None or "+" in given.key else Path(given.key).read_text()
            shown = check(given.pack.read_bytes(), key)
    except Refused as refused:
        sys.exit(f"REFUSED: {refused}".encode("unicode_escape").decode())
    sys.stdout.write("\n".join(shown) + "\n")
if __name__ == "__main__":
    main()
