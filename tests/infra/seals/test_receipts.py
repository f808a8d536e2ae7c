"""A receipt proves that an event is in the log. Anybody can check it, also with the programs of others."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.database.postgres import READER
from infra.seals.entries import SELECT, StoredEvent, entry, leaf_of, stored_event
from infra.seals.notes import BadNote, Verifier, encoded, new_signer
from infra.seals.receipts import Receipt, receipt_of, receipts
from tests.kit.database.writing import ask
from tests.kit.sealing import Sealed

NODE = Path(sys.executable).with_name("node")
INDEPENDENT = Path(__file__).with_name("independent")


def events(sealed: Sealed) -> dict[int, StoredEvent]:
    return {row[0]: stored_event(row) for row in ask(sealed.database, SELECT)}


def made(sealed: Sealed) -> dict[int, Receipt]:
    """The receipt of every event."""
    with sealed.database.connect(READER) as connection:
        return receipts(connection, range(1, 1376))


def key_of(sealed: Sealed) -> Verifier:
    return sealed.settings.signer().verifier


def test_every_event_has_a_receipt_that_proves_it_and_no_other_one(sealed: Sealed) -> None:
    found, stored, key = made(sealed), events(sealed), key_of(sealed)
    assert list(range(1, 1376)) == list(found)
    for position, receipt in found.items():
        assert position - 1 == receipt.index
        assert 1375 == receipt.refuse_other(leaf_of(stored[position]), [key]).size
        with pytest.raises(BadNote, match="does not prove this event"):
            receipt.refuse_other(leaf_of(stored[position % 1375 + 1]), [key])
        assert len(receipt.text) <= 1500
        assert receipt == receipt_of(receipt.text)


def test_an_event_that_is_not_sealed_has_no_receipt(sealed: Sealed) -> None:
    with sealed.database.connect(READER) as connection:
        assert [1375] == list(receipts(connection, [1375, 1376, 0, -5, 10**12]))


def test_a_receipt_under_a_key_that_is_not_trusted_proves_nothing(sealed: Sealed) -> None:
    with pytest.raises(BadNote, match="None of the keys that are trusted"):
        made(sealed)[7].refuse_other(leaf_of(events(sealed)[7]), [new_signer("grants.example.org/log").verifier])


def test_a_receipt_with_any_byte_changed_is_refused(sealed: Sealed) -> None:
    text, leaf, key = made(sealed)[700].text, leaf_of(events(sealed)[700]), key_of(sealed)
    accepted = []
    for place in range(len(text)):
        for sign in ("A", "0", "\n", " "):
            changed = text[:place] + sign + text[place + 1 :]
            if changed == text:
                continue
            try:
                receipt_of(changed).refuse_other(leaf, [key])
            except BadNote:
                continue
            accepted.append((place, sign))
    assert [] == accepted


@pytest.mark.parametrize(
    "changed",
    [
        {"position": 8}, {"stream": "organisation-2"}, {"version": 9}, {"name": "OrganisationRenamed"}, {"schema": 2},
        {"event_id": "00000000-0000-0000-0000-000000000000"}, {"actor": "eve"}, {"authority": "delegation-1"},
        {"authority": ""}, {"command_id": "x"}, {"correlation_id": "x"}, {"causation_id": "7"}, {"body": b"{}"},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_every_field_of_an_event_is_in_its_entry(sealed: Sealed, changed: dict[str, object]) -> None:
    event = events(sealed)[7]
    other = event._replace(**changed)  # type: ignore[arg-type]
    assert event != other
    assert entry(event) != entry(other)


def test_a_text_that_goes_on_in_the_next_field_is_another_entry(sealed: Sealed) -> None:
    event = events(sealed)[7]
    one, other = event._replace(actor="ann", authority="b"), event._replace(actor="an", authority="nb")
    assert entry(one) != entry(other)


def _node() -> None:
    if not (INDEPENDENT / "node_modules").is_dir():
        if os.environ.get("FUNDTRAIL_CI") == "1":
            pytest.fail("the verifier of others could not be installed from npm")
        pytest.skip("the verifier of others could not be installed from npm: run `make conformance`")


def test_the_verifier_of_another_project_agrees_on_every_receipt_and_on_forged_ones(sealed: Sealed) -> None:
    _node()
    found, stored, key = made(sealed), events(sealed), key_of(sealed)

    def asked(position: int, receipt: Receipt, event: StoredEvent) -> str:
        words = {
            "name": key.name, "key": encoded(key.key), "entry": base64.b64encode(entry(event)).decode(),
            "index": receipt.index, "proof": [encoded(one) for one in receipt.proof], "note": receipt.note,
        }  # fmt: skip
        return json.dumps(words)

    right = [asked(position, receipt, stored[position]) for position, receipt in found.items()]
    forged = [asked(position, receipt, stored[position]._replace(actor="eve")) for position, receipt in found.items()]
    answer = subprocess.run(
        [NODE, INDEPENDENT / "check.js"], input="\n".join(right + forged), capture_output=True, text=True, check=True
    )
    lines = answer.stdout.splitlines()
    assert ["yes"] * 1375 == lines[:1375]
    assert {"no: calculated root hash does not match inclusion proof"} == set(lines[1375:])
    assert 2 * 1375 == len(lines)
