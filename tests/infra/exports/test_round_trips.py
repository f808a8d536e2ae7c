"""A grant that is imported, exported and imported again changes nothing."""

import json
import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain import desk
from domain.award import AwardStated
from domain.reading import Reading
from domain.stated_grant import StatedGrant, StateGrant
from domain.values.fact import Fact, Source
from infra.exports.standards import iati, three_sixty
from infra.exports.standards.award_facts import AwardFacts, award_facts
from infra.exports.standards.left_out import LeftOut
from infra.exports.standards.publisher import Publisher
from infra.imports import iati as iati_in
from infra.imports.rows.parsing import Dates
from infra.imports.rows.quarantine import AcceptedRow, RawRow, RowRead
from infra.imports.three_sixty import grants as giving_in
from tests.kit.spec import MemoryLog
from tests.kit.stated import ids_of

NOBODY = Publisher()
LATE = date(2100, 1, 1)


def stated(read: RowRead, edition: str) -> StatedGrant:
    assert isinstance(read, AcceptedRow), read
    return replace(read.grant, source=Source(register=read.grant.register, row=edition, cites=edition))


def changes(log: MemoryLog, grant: StatedGrant) -> list[str]:
    """What an edition with this grant adds to the log."""
    written = desk.decide(Reading(log), StateGrant(grant=grant, ids=ids_of(grant)))
    log.written += written
    return [type(event).__name__ for _, event in written]


def facts_of(log: MemoryLog, as_at: date = LATE) -> tuple[AwardFacts, Sequence[Fact]]:
    """The facts of the one award in the log."""
    (stream,) = {stream for stream, event in log.written if isinstance(event, AwardStated)}
    events = [event for of, event in log.written if of == stream]
    facts = award_facts(events, as_at)
    assert facts is not None
    return facts, events


# --- 360Giving --------------------------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).filter(
    lambda text: text.strip()
)
names = st.text(string.ascii_letters + string.digits + "/ :?é", min_size=1, max_size=8)
pence = st.integers(-(10**9), 10**9).map(lambda whole: Decimal(whole) / 100)
days = st.dates(date(1990, 1, 1), date(2040, 1, 1)).map(str)
moments = st.one_of(days, days.map(lambda day: f"{day}T09:30:00+00:00"), days.map(lambda day: f"{day}T00:00:00Z"))
parts_of_days = st.one_of(moments, days.map(lambda day: day[:7]), days.map(lambda day: day[:4]))
addresses = st.sampled_from(["https://example.org/a?b=c#d", "http://example.org", "mailto:someone@example.org"])


def some(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def lists(of: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, max_size=3)


places = some(name=words, countryCode=st.sampled_from(["GB", "FR"]), latitude=pence, longitude=pence, geoCode=words)
coded = some(code=words, title=words, vocabulary=words, url=addresses)
events = some(startDate=parts_of_days, endDate=parts_of_days, duration=pence.map(abs), title=words)
transactions = st.fixed_dictionaries(
    {"value": pence},
    optional={"id": words, "transactionDate": moments, "valueDate": moments, "currency": st.just("GBP"),
              "description": words, "provider": words, "recipient": words},
)  # fmt: skip
organisations = st.fixed_dictionaries(
    {"id": words, "name": words},
    optional={"charityNumber": words, "companyNumber": words, "organisationType": words, "postalCode": words,
              "url": addresses, "location": lists(places)},
)  # fmt: skip
# What a publisher adds of its own: any JSON, under any names.
unknown = st.recursive(
    st.one_of(words, st.booleans(), st.integers(0, 10**6), pence, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=5,
)
grants = st.builds(
    lambda known, own, more: own | known | more,
    st.fixed_dictionaries({
        "id": names.filter(str.strip).map(lambda name: f"360G-pilots-{name.strip()}"),
        "title": words, "description": words, "currency": st.just("GBP"), "amountAwarded": pence.map(abs),
        "awardDate": moments,
        "fundingOrganization": st.lists(organisations, min_size=1, max_size=2),
        "recipientOrganization": st.lists(organisations, min_size=1, max_size=2),
    }),
    st.dictionaries(names.map(lambda name: f"own {name}"), unknown, max_size=3),
    some(
        amountAppliedFor=pence.map(abs), amountDisbursed=pence.map(abs), url=addresses, dataSource=addresses,
        plannedDates=lists(events), actualDates=lists(events), beneficiaryLocation=lists(places),
        grantProgramme=lists(coded), classifications=lists(coded), fromOpenCall=st.sampled_from(["Yes", "No"]),
        applicationTransaction=lists(transactions), commitmentTransaction=lists(transactions),
        disbursementTransaction=lists(transactions), relatedActivity=lists(words), regrantType=words,
        dateModified=days.map(lambda day: f"{day}T00:00:00Z"),
    ),
)  # fmt: skip


def read_giving(raw: Any) -> RowRead:
    # As the file is read: numbers exactly as they are written.
    plain = msgspec.json.Encoder(decimal_format="number").encode(raw)
    return giving_in.parse_row(RawRow(1, "grants/0", json.loads(plain, parse_float=Decimal)), Dates.ISO)


def out_as_giving(log: MemoryLog, left_out: list[LeftOut] | None = None) -> dict[str, Any] | None:
    facts, _ = facts_of(log)
    reports = left_out if left_out is not None else []
    return three_sixty.grant_of_award("award-1", facts, None, NOBODY, LATE, reports.append)


@given(grants)
def test_a_grant_of_360giving_that_goes_out_and_comes_in_again_changes_nothing(raw: dict[str, Any]) -> None:
    log = MemoryLog()
    assert "AwardStated" in changes(log, stated(read_giving(raw), "first"))
    left_out: list[LeftOut] = []
    out = out_as_giving(log, left_out)
    assert [] == left_out
    assert out is not None
    assert [] == changes(log, stated(read_giving(out), "again"))


def test_a_grant_that_went_out_otherwise_would_be_noticed() -> None:
    """The control: the law above can fail."""
    raw = {
        "id": "360G-pilots-1", "title": "Pilot", "description": "Leadership", "currency": "GBP",
        "amountAwarded": 100, "awardDate": "2004-06-15",
        "fundingOrganization": [{"id": "GB-GOV-1", "name": "Office"}],
        "recipientOrganization": [{"id": "GB-LAE-CAR", "name": "Council"}],
    }  # fmt: skip
    log = MemoryLog()
    changes(log, stated(read_giving(raw), "first"))
    out = out_as_giving(log)
    assert out is not None
    assert ["AwardRestated", "ParticularsStated"] == changes(
        log, stated(read_giving(out | {"amountAwarded": 101}), "again")
    )


# --- IATI -------------------------------------------------------------------------------------------------------------


def element(name: str, *children: Any, text: str | None = None, **attributes: str | None) -> Any:
    made = etree.Element(name, {key.replace("_", "-"): value for key, value in attributes.items() if value is not None})
    made.text = text
    made.extend(children)
    return made


def narrated(name: str, text: str, **attributes: str | None) -> Any:
    return element(name, element("narrative", text=text), **attributes)


references = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=8)
maybe = st.one_of(st.none(), references)


def value(amount: Decimal, day: str) -> Any:
    return element("value", text=f"{amount:f}", value_date=day)


iati_transactions = st.builds(
    lambda code, amount, day, reference, payer: element(
        "transaction",
        element("transaction-type", code=code),
        element("transaction-date", iso_date=day),
        value(amount, day),
        *([narrated("provider-org", payer, ref=payer)] if payer else []),
        ref=reference,
    ),
    st.sampled_from([str(code) for code in range(1, 14)]), pence, days, maybe, maybe,
)  # fmt: skip
planned = st.builds(
    lambda amount, day, kind: element(
        "planned-disbursement", element("period-start", iso_date=day), value(amount, day), type=kind
    ),
    pence, days, st.sampled_from(["1", "2", None]),
)  # fmt: skip
results = st.builds(
    lambda name, day, target, actual: element(
        "result",
        narrated("title", name),
        element(
            "indicator",
            narrated("title", name),
            element("baseline", year="2003", value="0"),
            element(
                "period", element("period-start", iso_date=day), element("period-end", iso_date=day),
                element("target", value=target), element("actual", value=actual),
            ),
            measure="1",
        ),
        type="2",
    ),
    words, days, words, words,
)  # fmt: skip
activities = st.builds(
    lambda name, title, description, who, dates, plans, money, came: element(
        "iati-activity",
        element("iati-identifier", text=f"GB-GOV-1-{name}"),
        narrated("reporting-org", "Office", ref="GB-GOV-1", type="10"),
        narrated("title", title),
        narrated("description", description),
        narrated("participating-org", who, role="1"),
        narrated("participating-org", f"{who} Council", role="4", ref="GB-LAE-CAR"),
        element("activity-status", code="2"),
        *(element("activity-date", type=str(nth), iso_date=day) for nth, day in enumerate(dates, start=1)),
        *plans, *money, *came,
        element("{urn:example:own}note", text="An element of the publisher's own"),
        default_currency="GBP",
    ),
    references, words, words, references, st.lists(days, min_size=1, max_size=4), lists(planned),
    lists(iati_transactions), lists(results),
)  # fmt: skip


def read_iati(activity: Any) -> RowRead:
    whole = etree.fromstring(etree.tostring(activity))
    return iati_in.parse_row(RawRow(1, "activity 1", iati_in._canonical_text(whole)), Dates.ISO)


@given(activities)
def test_an_activity_of_iati_that_goes_out_and_comes_in_again_changes_nothing(activity: Any) -> None:
    log = MemoryLog()
    assert "AwardStated" in changes(log, stated(read_iati(activity), "first"))
    facts, _ = facts_of(log)
    left_out: list[LeftOut] = []
    out = iati.activity_of_award("award-1", facts, None, NOBODY, LATE, left_out.append)
    assert [] == left_out
    assert out is not None
    assert [] == changes(log, stated(read_iati(etree.fromstring(out)), "again"))


@given(activities)
def test_an_activity_in_another_order_goes_out_in_the_order_of_the_standard(activity: Any) -> None:
    shuffled = element("iati-activity", *reversed(list(activity)), default_currency="GBP")
    log = MemoryLog()
    changes(log, stated(read_iati(shuffled), "first"))
    facts, _ = facts_of(log)
    out = iati.activity_of_award("award-1", facts, None, NOBODY, LATE, lambda _: None)
    assert out is not None
    there = [one.tag for one in etree.fromstring(out) if one.tag in iati.CHILDREN]
    assert sorted(there, key=list(iati.CHILDREN).index) == there
