"""Nothing is lost or made up between a publisher's row and the grant that is stated: laws over generated grants."""

from decimal import Decimal
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.award import Transaction
from domain.stated_grant import StatedGrant
from infra.files.bounded import BoundedFile
from infra.imports.editions.spool import RAW, Spool
from infra.imports.rows.parsing import Dates
from infra.imports.rows.quarantine import AcceptedRow
from infra.imports.three_sixty.grants import parse_row, read_json
from infra.imports.three_sixty.tables import grant_of
from tests.kit.files.importing import grant

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
pence = st.integers(-(10**9), 10**12)
amounts = pence.map(lambda number: Decimal(number).scaleb(-2))
days = st.dates().map(str)
organisations = st.fixed_dictionaries(
    {"id": texts, "name": texts}, optional={"charityNumber": texts, "postalCode": texts}
)
transactions = st.fixed_dictionaries({"value": amounts}, optional={"id": texts, "transactionDate": days})
raw_grants = st.fixed_dictionaries(
    {
        "id": st.integers(0, 99).map(lambda number: f"360G-pilots-{number}"),
        "title": texts,
        "description": texts,
        "currency": st.sampled_from(["GBP", "EUR"]),
        "amountAwarded": amounts,
        "awardDate": days,
        "recipientOrganization": st.lists(organisations, min_size=1, max_size=3),
        "fundingOrganization": st.lists(organisations, min_size=1, max_size=1),
    },
    optional={
        "amountAppliedFor": amounts,
        "amountDisbursed": amounts,
        "grantProgramme": st.lists(st.fixed_dictionaries({"title": texts}), min_size=1, max_size=1),
        "disbursementTransaction": st.lists(transactions, max_size=3),
        "plannedDates": st.lists(st.fixed_dictionaries({}, optional={"startDate": days, "endDate": days}), max_size=2),
        "My own column": texts,
    },
)


def read(raw: Any) -> StatedGrant:
    """What the grant *raw* states, written to a file and read again."""
    written = RAW.encode({"grants": [raw]})
    (row,) = read_json(BoundedFile(BytesIO(written)))
    read = parse_row(row, Dates.ISO)
    assert isinstance(read, AcceptedRow), read
    return read.grant


def as_text(value: Any) -> Any:
    """*value* with its numbers as text, and without what holds nothing."""
    if isinstance(value, dict):
        return {key: as_text(part) for key, part in value.items() if part not in ([], {}, None)}
    if isinstance(value, list):
        return [as_text(part) for part in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


@given(raw_grants)
def test_every_word_of_a_row_can_be_told_again_from_what_is_recorded_of_it(raw: dict[str, Any]) -> None:
    said = {particular.name: particular.value for particular in read(raw).said}
    again = grant_of(said)
    for name in ("plannedDates", "disbursementTransaction"):
        # A list of nothing but empty objects has no words.
        assert [part for part in as_text(raw).get(name, []) if part] == [part for part in again.get(name, []) if part]
        again.pop(name, None)
        raw.pop(name, None)
    assert as_text(raw) == again


@given(raw_grants)
def test_every_amount_is_stated_to_the_penny_and_none_besides(raw: dict[str, Any]) -> None:
    stated = read(raw)
    assert raw["amountAwarded"] == stated.awarded.amount
    assert raw.get("amountAppliedFor") == (stated.requested.amount if stated.requested else None)
    assert raw.get("amountDisbursed") == (stated.disbursed.amount if stated.disbursed else None)
    paid = [-one.amount.amount if one.kind is Transaction.RETURN else one.amount.amount for one in stated.transactions]
    values = [part["value"] for part in raw.get("disbursementTransaction", [])]
    assert paid == (values or [value for value in [raw.get("amountDisbursed")] if value])
    assert {raw["currency"]} == {one.amount.currency for one in stated.transactions} | {stated.awarded.currency}


@given(st.lists(raw_grants, max_size=5, unique_by=lambda raw: raw["id"]))
def test_what_lies_on_the_spool_comes_off_it_as_it_was(raws: list[dict[str, Any]]) -> None:
    written = RAW.encode({"grants": raws})
    rows = [parse_row(row, Dates.ISO) for row in read_json(BoundedFile(BytesIO(written)))] if raws else []
    with Spool() as spool:
        spool.fill(rows)
        taken = [row.grant for page in spool.pages(2) for row in page]
    assert [row.grant for row in rows if isinstance(row, AcceptedRow)] == taken
    assert len(raws) == len(taken)


def test_an_example_is_read_as_it_stands() -> None:
    stated = read(grant(1))
    assert ("360G-pilots", "360G-pilots-1", "100.25 GBP", "2004-06-15") == (
        stated.register,
        stated.identifier,
        str(stated.awarded),
        stated.awarded_on.text,
    )
