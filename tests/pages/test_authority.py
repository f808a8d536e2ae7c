"""The pages of who may decide what: of a programme, of a person, and the line on the page of an event."""

from tests.kit.web.served import Api
from tests.pages.test_addresses import words


def shown(api: Api, path: str) -> str:
    answer = api.http.get(path)
    assert 200 == answer.status_code, answer.text
    return words(answer.text)


def test_a_programme_shows_who_may_decide_what_on_the_day(lives: Api) -> None:
    now = shown(lives, "/programmes/cbp/authority?as-at=2005-05-02")
    assert "Steering Group approve bid, offer award £50,000.00" in now
    assert "Partnership Board approve bid, offer award no limit" in now
    assert "chief (chair), second (member)" in now.replace(" ,", ",")
    assert "Return 1 Apr 2004 tester One accountant" in now
    assert "Working Group group" not in now
    before = shown(lives, "/programmes/cbp/authority?as-at=2004-03-31")
    assert (
        "Steering Group Steers implementation, monitors progress and approves spending decisions £50,000.00" in before
    )
    assert "Partnership Board approve bid" not in before
    assert "Six Chief Executives, each speaking for two or three partners" in before
    assert "No authority is delegated on this day." in shown(lives, "/programmes/wnf/authority")
    assert "All duties are kept apart on this day." in before


def test_it_can_be_downloaded(lives: Api) -> None:
    rows = lives.http.get("/programmes/cbp/authority?as-at=2005-05-02&download=csv").text.splitlines()
    assert "body,decisions,limit,currency,where,since,until,given by,code,stated in" == rows[0].lstrip("\ufeff")
    assert 4 == len(rows)


def test_a_person_shows_roles_bodies_and_decisions(lives: Api) -> None:
    chief = shown(lives, "/people/chief")
    assert "Decision maker" in chief
    assert "Steering Group chair" in chief
    assert "Bid approved , £900.00" in chief
    assert "Assessor Capacity Building Programme" in shown(lives, "/people/left")
    assert "Erased person 4" in shown(lives, "/people/person-left")


def test_an_event_says_who_decided_under_which_limit_and_who_gave_it(lives: Api) -> None:
    query = '{ bid(reference: "B-office") { decisions { position } } }'
    (position,) = (one["position"] for one in lives.ask(query)["bid"]["decisions"])
    line = "chief decided it under group-limit of Steering Group, up to £50,000.00, given by Partnership Board"
    assert line in shown(lives, f"/events/{position}")


def test_an_unknown_person_or_programme_is_named(lives: Api) -> None:
    for path, said in (
        ("/people/nobody", "There is no person nobody."),
        ("/programmes/nothing/authority", "There is no programme nothing."),
    ):
        answer = lives.http.get(path)
        assert (404, True) == (answer.status_code, said in words(answer.text))


def test_a_programme_and_a_partnership_link_to_it(lives: Api) -> None:
    for path in ("/programmes/cbp", "/partnerships/dip"):
        assert 'href="/programmes/cbp/authority"' in lives.http.get(path).text


def test_a_programme_a_scheme_and_a_partnership_show_the_bodies_and_rules_that_sources_state(lives: Api) -> None:
    programme, scheme = shown(lives, "/programmes/cbp"), shown(lives, "/schemes/cbp-improvement-partnerships")
    ring_fence = "Changed subsidy regime offers ring-fenced funding usable only for national programme take-up"
    assert f"CBP Improvement Partnerships {ring_fence} not dated 001_e3882102bbbe1f2a.txt:1918-1922" in programme
    assert f"Improvement Partnerships {ring_fence}" in scheme
    assert "Six Chief Executives" in programme
    # A rule of the scheme is no rule of the partnership, and its bodies are not those of the scheme.
    assert ring_fence not in shown(lives, "/partnerships/dip")
    assert "Six Chief Executives" not in scheme
    assert "Rules About" not in shown(lives, "/programmes/cbp?position=1")
