"""``fundtrail authority``: who may decide what on a day, up to which amount."""

import json

import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.kit.command_line import fundtrail
from tests.kit.money import desk
from tests.kit.office import opened_office


@pytest.fixture
def office(programme: Database) -> Database:
    with desk(programme) as at:
        opened_office(at)
    project_all(programme)
    return programme


def test_it_prints_who_may_decide_with_limits_members_and_what_is_not_kept_apart(office: Database) -> None:
    printed = " ".join(fundtrail(office, "authority", "cbp", "--as-at", "2005-05-02").stdout.split())
    assert "Who may decide in cbp on 2 May 2005" in printed
    for words in ("£50,000.00", "no limit", "chief (chair)", "group-limit", "Duties that are not kept apart"):
        assert words in printed
    assert "return 1 Apr 2004 tester One accountant" in printed
    assert "Working Group " not in printed


def test_as_json_it_gives_the_same_for_scripts(office: Database) -> None:
    found = json.loads(fundtrail(office, "authority", "cbp", "--as-at", "2004-05-02", "--json").stdout)
    own = [one for one in found["bodies"] if not one["sources"]]
    assert ["board", "closed", "group", "old"] == [one["code"] for one in own]
    assert {"board-limit": None, "group-limit": "50000.00", "revoked-limit": "1000.00"} == {
        one["code"]: one["limit"] for one in found["limits"] if not one["sources"]
    }
    assert ["decision and payment", "return"] == [one["separation"] for one in found["not_kept_apart"]]


def test_before_the_office_delegated_anything_it_prints_what_sources_state_without_a_date(office: Database) -> None:
    found = json.loads(fundtrail(office, "authority", "cbp", "--as-at", "2003-05-02", "--json").stdout)
    assert [("dip/steering-group", "50000.00", "unknown", 2)] == [
        (one["code"], one["limit"], one["since"], len(one["sources"])) for one in found["limits"]
    ]
    # Of the 38 bodies 30 are of the programme or its schemes and partnerships, and so are 43 of the 55 rules.
    assert (30, 43) == (len(found["bodies"]), len(found["rules"]))
    assert {("dip", None, "Steering Group"), (None, "cbp-direct-support", "Improvement Board")} <= {
        (one["partnership"], one["scheme"], one["name"]) for one in found["bodies"]
    }
    printed = " ".join(fundtrail(office, "authority", "cbp", "--as-at", "2003-05-02").stdout.split())
    for words in ("not dated", "stated in", "002:409", "Rules", "Good Initiatives"):
        assert words in printed


def test_in_a_programme_of_which_no_source_states_a_body_it_says_so(office: Database) -> None:
    printed = fundtrail(office, "authority", "wnf").stdout
    assert "No authority is delegated on this day" in printed
    assert "There are no bodies on this day" in printed


def test_a_programme_that_is_not_there_is_named(office: Database) -> None:
    answer = fundtrail(office, "authority", "nothing")
    assert (3, "There is no programme nothing.") == (answer.returncode, answer.stderr.strip())
