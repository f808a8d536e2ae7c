"""Every page says which installation it is. A paused read model is not ready, and pages of money say what is old."""

import re
from collections.abc import Iterator

import pytest

from domain import award
from domain.values.ids import AwardId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.pausing import pause, start
from infra.feeding.projector import project_all
from infra.web.app import create_app
from infra.web.pages.routes import POLICY
from pages.frame.installation import Installation
from pages.frame.rendering import show_installation
from projections.money import ledger
from tests.kit.database.feeding import head
from tests.kit.life import lived
from tests.kit.money import desk
from tests.kit.web.served import Api, served, serving


@pytest.fixture(autouse=True)
def nameless() -> Iterator[None]:
    """Other tests look at pages of an installation without a name."""
    yield
    show_installation(None)


def test_every_page_and_the_readiness_say_the_name(shared_programme: Database) -> None:
    app = create_app(shared_programme, installation=Installation("Grants <north>", "production"))
    with serving(app) as url:
        api = Api(url, shared_programme, app)
        for path in ("/", "/audit", "/partnerships/nothing", "/nowhere", "/sign-in"):
            answer = api.http.get(path, headers={"accept": "text/html"})
            (banner,) = re.findall(r'<p class="installation ([a-z]*)">.*?</span>(.*?)</p>', answer.text)
            assert ("production", "Grants &lt;north&gt; (production)") == banner, path
            assert POLICY == answer.headers["content-security-policy"]
        assert "Grants <north>" == api.http.get("/ready").json()["installation"]
        api.http.close()


def test_control_without_a_name_no_page_says_one(shared_programme: Database) -> None:
    with served(shared_programme, projector=False) as api:
        assert "installation" not in api.http.get("/").text
        assert "installation" not in api.http.get("/ready").json()


def test_a_paused_read_model_is_not_ready_with_the_reason_and_a_monitor_sees_it(programme: Database) -> None:
    pause(programme, ledger, "jo", "a posting is wrong")
    with served(programme) as api:
        ready = api.http.get("/ready")
        (paused,) = (one for one in ready.json()["projections"] if one["state"] == "paused")
        assert (503, "ledger", "a posting is wrong") == (ready.status_code, paused["name"], paused["reason"])
        assert "jo" not in ready.text
        metrics = api.http.get("/metrics").text
        assert 'fundtrail_projection_paused{projection="ledger"} 1.0' in metrics
        assert 'fundtrail_projection_running{projection="ledger"} 0.0' in metrics
        assert 'fundtrail_projection_paused{projection="awards"} 0.0' in metrics
        assert "fundtrail_database_writable 1.0" in metrics
        shown = api.ask("{ log { projections { name condition reason pausedAt failedPosition } } }")
        (line,) = (one for one in shown["log"]["projections"] if one["condition"] == "PAUSED")
        assert ("ledger", "a posting is wrong", None) == (line["name"], line["reason"], line["failedPosition"])
        start(programme, ledger, "jo")
        assert 200 == api.http.get("/ready").status_code


def test_pages_of_money_of_an_affected_award_say_up_to_which_position_they_are(programme: Database) -> None:
    with desk(programme) as at:
        lived(at, "before", "lrip")
        award_id = AwardId(lived(at))
    project_all(programme)
    held = head(programme)
    pause(programme, ledger, "jo", "a posting is wrong")
    with desk(programme) as at:
        at.do(award.ApprovePayment(award_id=award_id, number=3, on=When("2004-11-01")))
    project_all(programme)
    old = f"Figures as of position {held:,}: later events of"
    unshown = "query ($r: String!) { award(reference: $r) { unshownEvents } }"
    with served(programme, projector=False) as api:
        assert 0 < api.ask(unshown, r="A-lived")["award"]["unshownEvents"]
        assert 0 == api.ask(unshown, r="A-before")["award"]["unshownEvents"]
        for path in ("/awards/A-lived", "/payments/award-lived/2"):
            assert f"{old} this award are not shown yet." in api.http.get(path).text, path
        for path in ("/partnerships/dip", "/programmes/cbp", "/payments"):
            assert f"{old} awards here are not shown yet." in api.http.get(path).text, path
        # An award and a partnership that are not affected, a page without money, and what was known before.
        for path in ("/awards/A-before", "/partnerships/lrip", "/audit", f"/awards/A-before?position={held}"):
            answer = api.http.get(path)
            assert (200, False) == (answer.status_code, "Figures as of position" in answer.text), path
        early = api.post(f'{{ award(reference: "A-lived", atLeast: "{head(programme)}") {{ id }} }}').json()
        assert early["errors"]
        start(programme, ledger, "jo")
        project_all(programme)
        assert "Figures as of position" not in api.http.get("/awards/A-lived").text
        assert 0 == api.ask(unshown, r="A-lived")["award"]["unshownEvents"]
