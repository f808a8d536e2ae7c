"""Tags of exports: a client that has an export already gets 304, and no two contents have one tag."""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from api.contract.scalars import write_instant
from domain import award, organisation
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.database.postgres import Database
from infra.exports.lists import LISTS
from infra.feeding.projector import project_all
from infra.web.files import export_routes
from tests.kit.money import Desk, desk
from tests.kit.web.served import Api, served

NAMES = ("awards", "payments", "organisations", "partnerships", "audit")


def test_an_export_that_is_had_already_is_not_sent_again(shared_api: Api) -> None:
    for path in ("/export/awards.csv", "/export/awards.xlsx", "/export/360giving-left-out.jsonl"):
        first = shared_api.http.get(path)
        tag = first.headers["etag"]
        assert tag.startswith("W/") == path.endswith("xlsx")
        again = shared_api.http.get(path, headers={"if-none-match": tag})
        assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])
        listed = shared_api.http.get(path, headers={"if-none-match": f'"other", W/{tag.removeprefix("W/")}'})
        assert 304 == listed.status_code
        assert 200 == shared_api.http.get(path, headers={"if-none-match": '"other"'}).status_code


def test_each_name_format_day_instant_and_programme_has_a_tag_of_its_own(shared_api: Api) -> None:
    paths = [f"/export/{name}.{format_}" for name in NAMES if name in LISTS for format_ in ("csv", "jsonl")]
    asked: list[dict[str, str]] = [{}, {"asAt": "2004-06-15"}, {"asAt": "2005-01-01"}]
    found = [shared_api.http.get(path, params=given).headers["etag"] for path in paths for given in asked]
    found += [shared_api.http.get("/export/awards.csv", params={"programme": "cbp"}).headers["etag"]]
    assert len(found) == len({*found})


def contents(api: Api, at: Desk) -> dict[str, set[bytes]]:
    """The contents of each tag, before and after each of several events, as at days and as known at instants."""
    found: dict[str, set[bytes]] = defaultdict(set)
    instants: list[str | None] = [None]
    for step in steps(at):
        for name in NAMES:
            for instant in instants:
                given = {"asAt": "2005-01-01", **({"knownAt": instant} if instant else {})}
                answer = api.http.get(f"/export/{name}.csv", params=given)
                assert 200 == answer.status_code, answer.text
                found[answer.headers["etag"]].add(answer.content)
        step()
        project_all(api.database)
        with api.database.connect() as connection:
            row: Any = connection.execute("SELECT max(recorded_at) FROM log.events").fetchone()
        instants.append(write_instant(row[0]))
    return found


def steps(at: Desk) -> list[Callable[[], object]]:
    award_id = at.accepted_award("tagged", "900.00")
    lga = OrganisationId(at.find("organisation", "lga"))
    return [
        lambda: at.pay(award_id, 1, "100.00", "2004-07-01"),
        lambda: at.do(award.ReversePayment(award_id=award_id, number=1, because="Twice", on=When("2004-07-02"))),
        lambda: at.do(organisation.RenameOrganisation(organisation_id=lga, name="New", on=When("2004-08-01"))),
        lambda: at.accepted_award("another", "90.00", partnership="lrip"),
    ]


def test_no_two_contents_have_one_tag(programme: Database) -> None:
    with served(programme, projector=False) as api, desk(programme) as at:
        found = contents(api, at)
    assert {1} == {len(several) for several in found.values()}
    assert len(found) > 4 * len(NAMES)


@pytest.mark.parametrize("left_out", ["position", "instant"])
def test_a_tag_without_a_part_of_what_it_stands_for_is_noticed(
    programme: Database, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    """The controls."""

    def tag_of(export: Any, wanted: Any, _: Any, states: Any) -> str:
        parts = (export, wanted.as_at) if left_out == "position" else (export, wanted.as_at, states)
        return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()}"'

    monkeypatch.setattr(export_routes, "tag_of", tag_of)
    with served(programme, projector=False) as api, desk(programme) as at:
        assert any(len(several) > 1 for several in contents(api, at).values())
