"""The same figure is equal wherever it is shown: over GraphQL, on the command line, in the exports and on the pages.

A surface is a function that returns every value that it shows, by its place: the list, the thing and the column. To
compare another surface, add its function to SURFACES with the lists that it shows in full.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from domain import funding_round, programme
from domain.values.ids import ProgrammeId, RoundId, SchemeId
from domain.values.money import minor_units
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from pages.frame.rendering import MINUS
from projections.money.funding import FROM_PAYMENTS, SHOWN
from projections.tables.present import today
from tests.conftest import copy_of
from tests.kit.command_line import fundtrail
from tests.kit.files.exported import listed
from tests.kit.life import called, lived
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api, served

# A place is a list, the names of the thing, and a column.
Place = tuple[str, ...]
Values = dict[Place, str | None]
SCHEME = "cbp-improvement-partnerships"


class Column(NamedTuple):
    """A column: its path over GraphQL, its field on the command line and its column in the export; empty for none."""

    graphql: str
    command_line: str = ""
    export: str = ""


class Shown(NamedTuple):
    """A list: the fields of GraphQL from its root down to its entries, each with the path of what names an entry.

    *named* and *columns* are the columns with the names of a thing, and with its values. *summed* has the totals.
    """

    fields: tuple[tuple[str, str], ...]
    named: tuple[Column, ...]
    columns: tuple[Column, ...]
    summed: str = ""


_AMOUNT = Column("amount.amount", "amount", "amount")
_STATE = Column("state", "state", "status")
_AWARD = Column("award.reference", "award", "award")
_NUMBER = Column("number", "number", "number")


def _by(step: str) -> tuple[Column, ...]:
    """The date of a step and who took it."""
    head, *tail = step.split("_")
    camel = head + "".join(one.capitalize() for one in tail)
    return Column(f"{camel}.text", step, f"{step}_on"), Column(f"{camel}By", f"{step}_by", f"{step}_by")


def _part(field: str, *columns: Column) -> Shown:
    """The parts of awards in the *field*, which the command line does not list."""
    return Shown((("awards", "reference"), (field, "number")), (Column("", "", "award"), _NUMBER), columns)


_BUDGET = (Column("committed.amount", "committed", "committed"), Column("free.amount", "free", "free"))
LISTS = {
    "awards": Shown(
        (("awards", "reference"),),
        (Column("reference", "award", "reference"),),
        (
            Column("amount.amount", "amount", "awarded"), _STATE, Column("amount.currency", "currency", "currency"),
            Column("on.text", "on", "awarded_on"), Column("partnership.code", "partnership", "partnership"),
            Column("funder.code", "funder", "funder"),
        ),
        "amount.amount",
    ),
    "bids": Shown(
        (("bids", "reference"),),
        (Column("reference", "bid", "reference"),),
        (
            Column("requested.amount", "requested", "requested"), Column("approved.amount", "approved", "approved"),
            _STATE, Column("submitted.text", "submitted", "submitted"), Column("decided.text", "decided", "decided"),
            Column("partnership.code", "partnership", "partnership"), Column("award.reference", "award", "award"),
            Column("title", "title", "title"), Column("round.code", "", "round"),
            Column("", "decided_by", "decided_by"),
        ),
        "requested.amount",
    ),
    "payments": Shown(
        (("payments", "award.reference number"),),
        (_AWARD, _NUMBER),
        (
            _AMOUNT, _STATE, Column("payee.code", "payee", "payee"), *_by("requested"), *_by("approved"),
            *_by("released"), *_by("settled"), *_by("reversed"),
            Column("bankReference", "bank_reference", "bank_reference"),
            Column("corrects.number", "corrects", "corrects"),
            Column("correctedBy.number", "corrected_by", "corrected_by"),
            Column("reversedBecause", "reversed_because", "reversed_because"),
        ),
        "amount.amount",
    ),
    "recoveries": Shown(
        (("recoveries", "award.reference number"),),
        (_AWARD, _NUMBER),
        (
            _AMOUNT, _STATE, Column("outstanding.amount", "outstanding", "outstanding"), *_by("approved"),
            Column("begun.text", "on", "raised_on"), Column("recordedBy", "raised_by", "raised_by"),
            Column("because", "because", "because"), Column("ofPayment.number", "payment", "payment"),
            Column("writtenOff.text", "", "written_off_on"), Column("writtenOffBy", "", "written_off_by"),
        ),
        "amount.amount",
    ),
    "rounds": Shown(
        (("rounds", "code"),),
        (Column("code", "round", "code"),),
        (
            Column("budget.amount", "budget", "budget"), *_BUDGET, _STATE, Column("scheme.code", "scheme", "scheme"),
            Column("opened.text", "opened", "opened"), Column("closes.text", "closes", "closes"),
            Column("closed.text", "closed", "closed"),
        ),
        "budget.amount",
    ),
    "ring-fences": Shown(
        (("rounds", "code"), ("ringFences", "name")),
        (Column("", "", "round"), Column("name", "", "name")),
        (_AMOUNT, *_BUDGET),
    ),
    "money-back": Shown(
        (("payments", "award.reference number"), ("returns", "part")),
        (_AWARD, Column("", "", "payment"), Column("part", "", "part")),
        (_AMOUNT, _STATE, Column("because", "", "because"), Column("begun.text", "", "returned_on")),
    ),
    "settlements": Shown(
        (("recoveries", "award.reference number"), ("settlements", "part")),
        (_AWARD, Column("", "", "recovery"), Column("part", "", "part")),
        (_AMOUNT, Column("by", "", "by"), Column("reference", "", "reference"),
         Column("deductedFrom.number", "", "deducted_from")),
    ),
    "conditions": _part("conditions", _STATE, Column("recordedBy", "", "set_by"), Column("on.text", "", "settled_on")),
    "instalments": _part("instalments", _AMOUNT, _STATE, Column("due.text", "", "due")),
    "variations": _part("variations", _AMOUNT, Column("recordedBy", "", "varied_by")),
    "holds": _part("holds", _STATE, *_by("lifted")),
    "returns": _part("returns", _STATE, *_by("certified")),
    "expenditure": _part("expenditure", _AMOUNT, Column("recordedBy", "", "recorded_by")),
    "questions": Shown(
        (("bids", "reference"), ("questions", "number")),
        (Column("", "", "bid"), _NUMBER),
        (Column("text", "", "question"), *_by("answered")),
    ),
    "eligibility-tests": Shown(
        (("bids", "reference"), ("eligibilityTests", "begun.text")),
        (Column("", "", "bid"), Column("begun.text", "", "tested_on")),
        (Column("eligible", "", "eligible"), Column("recordedBy", "", "tested_by")),
    ),
}  # fmt: skip
# The lists that have a command.
COMMANDS = ("awards", "bids", "payments", "recoveries", "rounds")
# The ladders, as at these days. The lists are as they are now.
LADDERS = {"ladder": today(), "ladder as at a day of 2004": date(2004, 8, 10)}


def _at(node: Any, path: str) -> Any:
    """What *node* has at a path; None where anything on the way is null."""
    for name in path.split("."):
        node = node[name] if node is not None else None
    return node


def _text(value: Any, column: str) -> str | None:
    """A value as a text that all surfaces share."""
    if value is None:
        return None
    return str(value).lower().replace("_", " ") if column in ("state", "by") else str(value)


# --- GraphQL ----------------------------------------------------------------------------------------------------------


def _queries(day: date) -> tuple[str, str, str]:
    """The queries for the ladders as at a day: of all but awards and funders, of awards, and of funders."""
    figures = " ".join(f"{name} {{ amount stated }}" for name in SHOWN)
    one = f'(asAt: "{day}") {{ currency spendable {figures} }}'
    paged = "query ($after: String) {{ {0}(first: 100, after: $after) {{ nodes {{ {1} }} {2} }} }}"
    more = "pageInfo { hasNextPage endCursor }"
    return (
        f"{{ programmes {{ code funding{one} schemes {{ code funding{one} }} }}"
        f" partnerships(first: 100) {{ pageInfo {{ hasNextPage }} nodes {{ code funding{one} }} }} }}",
        paged.format("awards", f"reference funding{one}", more),
        paged.format("organisations", f"code fundingGiven{one}", more),
    )


def over_graphql(api: Api) -> Values:
    """Every figure of every ladder, and every value of every list."""
    found: Values = {}
    for ladder, day in LADDERS.items():
        for kind, code, funding in _fundings(api, day):
            found |= {(ladder, kind, code, name): funding[name] for name in ("currency", "spendable")}
            found |= {(ladder, kind, code, name): _figure(name, funding[name]) for name in SHOWN}
    for name, shown in LISTS.items():
        for names, node in _entries(api, shown):
            for column in shown.columns:
                if column.graphql:
                    found[name, *names, _id(column)] = _text(_at(node, column.graphql), column.graphql)
        if shown.summed:
            totals = api.ask(f"{{ {name} {{ totals {{ amount currency }} }} }}")[name]["totals"]
            found |= {(name, "total", one["currency"], shown.summed): one["amount"] for one in totals}
    return found


def _figure(name: str, one: Any) -> str | None:
    """A figure; None if nobody stated it. What was paid is a sum."""
    amount: str | None = one["amount"] if one is not None and (one["stated"] or name in FROM_PAYMENTS) else None
    return amount


def _fundings(api: Api, day: date) -> Iterator[tuple[str, str, Any]]:
    """The kind, the code and the ladder, as at a day, of everything that has one."""
    most, awards, funders = _queries(day)
    found = api.ask(most)
    assert not found["partnerships"]["pageInfo"]["hasNextPage"]
    for one in found["programmes"]:
        yield "programme", one["code"], one["funding"]
        yield from (("scheme", scheme["code"], scheme["funding"]) for scheme in one["schemes"])
    yield from (("partnership", one["code"], one["funding"]) for one in found["partnerships"]["nodes"])
    yield from (("award", one["reference"], one["funding"]) for one in _pages(api, awards, "awards"))
    for one in _pages(api, funders, "organisations"):
        if one["fundingGiven"] is not None:
            yield "funder", one["code"], one["fundingGiven"]


def _pages(api: Api, query: str, field: str) -> Iterator[Any]:
    after = None
    while True:
        page = api.ask(query, after=after)[field]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _entries(api: Api, shown: Shown) -> Iterator[tuple[Place, Any]]:
    """Each entry of a list, with the names of it and of what is above it."""
    selected = _selected(column.graphql for column in shown.columns if column.graphql)
    for field, names in reversed(shown.fields):
        selected = f"{_selected(names.split())} {selected}"
        selected = f"{field} {{ {selected} }}" if (field, names) != shown.fields[0] else selected
    root = shown.fields[0][0]
    query = f"query ($after: String) {{ {root}(first: 100, after: $after) {{ nodes {{ {selected} }}"
    entries = [((), one) for one in _pages(api, f"{query} pageInfo {{ hasNextPage endCursor }} }} }}", root)]
    yield from _below([(_names(shown.fields[0][1], one), one) for _, one in entries], shown.fields[1:])


def _below(entries: Sequence[tuple[Place, Any]], fields: Sequence[tuple[str, str]]) -> Sequence[tuple[Place, Any]]:
    for field, names in fields:
        entries = [((*above, *_names(names, one)), one) for above, node in entries for one in node[field]]
    return entries


def _names(paths: str, node: Any) -> Place:
    return tuple(str(_at(node, path)) for path in paths.split())


def _selected(paths: Iterable[str]) -> str:
    """The selection of these paths."""
    tree: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        head, _, rest = path.partition(".")
        tree[head] += [rest] if rest else []
    return " ".join(f"{head} {{ {_selected(rest)} }}" if rest else head for head, rest in tree.items())


# --- The command line and the exports ---------------------------------------------------------------------------------


def on_the_command_line(api: Api) -> Values:
    """What the commands of lists, and ``fundtrail funding`` of everything that has a ladder, print as JSON."""
    found: Values = {}
    for ladder, day in LADDERS.items():
        for kind, code, _ in _fundings(api, day):
            one = _printed(api.database, "funding", code, "--of", kind, "--as-at", f"{day}")
            assert (kind, f"{day}") == (one["kind"], one["as_at"])
            found |= {(ladder, kind, code, name): one[name] for name in ("currency", "spendable")}
            found |= {(ladder, kind, code, name): _figure(name, one["figures"].get(name)) for name in SHOWN}
    for name in COMMANDS:
        shown, answer = LISTS[name], _printed(api.database, name, "--limit", "1000")
        found |= _values(name, answer[name], {column: column.command_line for column in (*shown.named, *shown.columns)})
        found |= {(name, "total", one["currency"], shown.summed): one["amount"] for one in answer["totals"]}
    return found


def _printed(database: Database, *words: str) -> Any:
    answer = fundtrail(database, *words, "--json")
    assert 0 == answer.returncode, answer.stderr
    return json.loads(answer.stdout)


def in_the_exports(api: Api) -> Values:
    """What the exports have."""
    found: Values = {}
    for ladder, day in LADDERS.items():
        for row in _exported(api.database, "ladder", day):
            names = ("currency", "spendable", *SHOWN)
            found |= {(ladder, row["kind"], row["code"], name): row[name] for name in names}
    for name, shown in LISTS.items():
        rows = _exported(api.database, name, today())
        found |= _values(name, rows, {column: column.export for column in (*shown.named, *shown.columns)})
        if shown.summed:
            (summed,) = (column.export for column in shown.columns if column.graphql == shown.summed)
            sums: dict[str, Decimal] = defaultdict(Decimal)
            for row in rows:
                sums[row["currency"]] += Decimal(row[summed] or 0)
            found |= {(name, "total", one, shown.summed): f"{total}" for one, total in sums.items() if one is not None}
    return found


# --- The pages --------------------------------------------------------------------------------------------------------

FOLDERS = {
    "programme": "programmes", "scheme": "schemes", "partnership": "partnerships", "award": "awards",
    "funder": "organisations",
}  # fmt: skip
TABLE = re.compile(r'<table class="ladder">\s*<caption[^>]*>Figures in (\w+)</caption>(.*?)</table>', re.DOTALL)
ROW = re.compile(r'<th scope="row">(\w+)</th>\s*<td class="n">(?:<a [^>]*>|<span[^>]*>)?([^<]*)<')

# The columns of payments that their page gives as a file, by their paths over GraphQL.
OF_PAYMENTS = {
    "amount.amount": "amount", "state": "state", "payee.code": "payee", "requested.text": "requested",
    "requestedBy": "requested_by", "approved.text": "approved", "approvedBy": "approved_by",
    "released.text": "released", "releasedBy": "released_by", "settled.text": "settled",
    "bankReference": "bank_reference",
}  # fmt: skip


def on_the_pages(api: Api) -> Values:
    """The first ladder of the page of everything that has one, and the payments as their page gives them as a file."""
    found: Values = {}
    # A reference may have a slash, which an address does not keep.
    ids = {
        one["reference"]: one["id"]
        for one in _pages(api, "query ($after: String) { awards(first: 100, after: $after) { nodes { id reference }"
                               " pageInfo { hasNextPage endCursor } } }", "awards")
    }  # fmt: skip
    for ladder, day in LADDERS.items():
        for kind, code, _ in _fundings(api, day):
            named = ids[code] if kind == "award" else code
            answer = api.http.get(f"/{FOLDERS[kind]}/{quote(named)}?as-at={day}")
            assert 200 == answer.status_code, answer.text
            if "No amount was recorded for this." in answer.text:
                found |= {(ladder, kind, code, name): _of_page(name, "not stated", "GBP") for name in SHOWN}
                continue
            currency, rows = TABLE.findall(answer.text)[0]
            shown = {name.lower(): _of_page(name.lower(), amount, currency) for name, amount in ROW.findall(rows)}
            found |= {(ladder, kind, code, name): shown.get(name) for name in ("spendable", *SHOWN)}
            found[ladder, kind, code, "currency"] = currency
    rows = csv.DictReader(io.StringIO(api.http.get("/payments?download=csv").text))
    for row in rows:
        for name, column in OF_PAYMENTS.items():
            found["payments", row["award"], row["payment"], name] = _text(row[column] or None, name)
    for total in re.findall(r"Together <b>\N{POUND SIGN}([\d,.]+)</b>", api.http.get("/payments").text):
        found["payments", "total", "GBP", "amount.amount"] = total.replace(",", "")
    return found


def _of_page(name: str, amount: str, currency: str) -> str | None:
    """An amount as a page writes it; None if nobody stated it. Of what was paid the sum of nothing is 0."""
    if amount == "not stated":
        return f"{0:.{minor_units(currency)}f}" if name in FROM_PAYMENTS else None
    return amount.replace(",", "").replace(MINUS, "-")


def _exported(database: Database, name: str, day: date) -> list[Any]:
    return [json.loads(line) for line in listed(database, name, "jsonl", as_at=day).decode().splitlines()]


def _values(name: str, rows: Iterable[Any], fields: Mapping[Column, str]) -> Values:
    """The values of *rows* by their places. *fields* gives the field of each column; empty if there is none."""
    shown = LISTS[name]
    found: Values = {}
    for row in rows:
        names = tuple(str(row[fields[column]]) for column in shown.named)
        for column in shown.columns:
            if fields[column]:
                found[name, *names, _id(column)] = _text(row[fields[column]], _id(column))
    return found


def _id(column: Column) -> str:
    return column.graphql or column.command_line


# --- Tests ------------------------------------------------------------------------------------------------------------

# Each surface, with the lists that it shows in full.
SURFACES: dict[str, tuple[Callable[[Api], Values], tuple[str, ...]]] = {
    "GraphQL": (over_graphql, (*LADDERS, *LISTS)),
    "the command line": (on_the_command_line, (*LADDERS, *COMMANDS)),
    "the exports": (in_the_exports, (*LADDERS, *LISTS)),
    "the pages": (on_the_pages, (*LADDERS, "payments")),
}
PAIRS = list(combinations(SURFACES, 2))


@pytest.fixture(scope="module")
def lives_api(server: Database, programme_template: str) -> Iterator[Api]:
    """The programme with the lives of two awards, a round, budgets, and an award from another award."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        cbp, scheme_id = ProgrammeId(at.find("programme", "cbp")), SchemeId(at.find("scheme", SCHEME))
        given: Any = {"programme_id": cbp, "amount": gbp("500000.00"), "purpose": "Grants", "on": When("2004-01-01")}
        at.do(programme.AllocateBudget(**given, scheme_id=scheme_id))
        lived(at)
        first = lived(at, "again", "worcestershire-partnership")
        round_id = called(at, "round")
        at.do(funding_round.CloseRound(round_id=RoundId(round_id), on=When("2004-08-31")))
        at.accepted_award("onward", "30.00", partnership="lrip", funded_from=first)
    project_all(database)
    with served(database, projector=False) as api:
        yield api


@pytest.fixture(scope="module")
def shown(lives_api: Api, shared_api: Api) -> dict[str, dict[str, Values]]:
    """What each surface shows of the demo and of the lives."""
    worlds = {"the demo": shared_api, "lives": lives_api}
    return {world: {name: show(api) for name, (show, _) in SURFACES.items()} for world, api in worlds.items()}


def differences(one: Values, other: Values, lists: Iterable[str]) -> dict[Place, Any]:
    """What differs between two surfaces: values, and things of *lists* that only one of them shows."""
    of_lists = set(lists)
    values = {place: (one[place], other[place]) for place in one.keys() & other.keys() if one[place] != other[place]}
    things = [{place[:-1] for place in surface if place[0] in of_lists} for surface in (one, other)]
    return values | dict.fromkeys(things[0] ^ things[1])


@pytest.mark.parametrize("world", ["the demo", "lives"])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_surfaces_show_the_same(shown: dict[str, dict[str, Values]], world: str, one: str, other: str) -> None:
    lists = set(SURFACES[one][1]) & set(SURFACES[other][1])
    assert {} == differences(shown[world][one], shown[world][other], lists)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_every_column_of_every_list_is_compared_with_a_value(
    shown: dict[str, dict[str, Values]], one: str, other: str
) -> None:
    """The control: otherwise two surfaces without a column would agree about it."""
    places = shown["lives"][one].keys() & shown["lives"][other].keys()
    compared = {(place[0], place[-1]) for place in places if shown["lives"][one][place] is not None}
    lists = set(SURFACES[one][1]) & set(SURFACES[other][1])
    wanted = {(ladder, name) for ladder in LADDERS for name in ("currency", "spendable", *SHOWN)}
    for name in lists - LADDERS.keys():
        columns = [c for c in LISTS[name].columns if _is_shown(c, one) and _is_shown(c, other)]
        wanted |= {(name, _id(column)) for column in columns}
    assert set() == wanted - compared


def _is_shown(column: Column, surface: str) -> bool:
    """Whether the surface has the column."""
    if surface == "the pages":
        return column.graphql in OF_PAYMENTS
    fields = {"GraphQL": "graphql", "the command line": "command_line", "the exports": "export"}
    return bool(getattr(column, fields[surface]))


def test_a_value_or_a_thing_that_differs_would_be_found(shown: dict[str, dict[str, Values]]) -> None:
    """The control."""
    values = shown["lives"]["GraphQL"]
    place = ("payments", "A-lived", "2", "amount.amount")
    assert {place: ("310.00", "311.00")} == differences(values, values | {place: "311.00"}, LISTS)
    without = {one: value for one, value in values.items() if one[:-1] != place[:-1]}
    assert {place[:-1]: None} == differences(values, without, LISTS)
