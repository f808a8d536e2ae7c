"""What auditors, finance officers and a programme office come for, done in the browser from the home page on.

Four more are in ``test_browser``: to find the bids that wait more than 60 days and on whom, to approve and release a
payment, to settle a bank entry, and to print a timeline.
"""

import re

from playwright.sync_api import Browser, Page

from domain.organisation import RecordIdentifier
from domain.values.ids import OrganisationId
from domain.values.when import When
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api
from tests.pages.test_browser import Seen, chromium  # noqa: F401 - a fixture
from tests.pages.test_home import example  # noqa: F401 - a fixture

AWARD = "EXA-2025-014"
PARTNERSHIP = "Coastal skills partnership (invented)"


def searched(page: Page, text: str, result: str) -> None:
    """From home, search for *text* and open the *result*."""
    page.goto("/")
    page.get_by_role("searchbox").first.fill(text)
    page.get_by_role("searchbox").first.press("Enter")
    page.get_by_role("main").get_by_role("link", name=re.compile(f"^{re.escape(result)}")).first.click()


def clocks_set(page: Page, as_at: str, known: str) -> None:
    """Ask for the page as at a day, as known at the end of a day; today if *known* is empty."""
    page.get_by_text("Change", exact=True).click()
    page.get_by_label("As at", exact=True).fill(as_at)
    page.get_by_label("As known at the end of").fill(known)
    page.get_by_role("button", name="Show").click()


def figure(page: Page, name: str) -> str:
    """An amount of the ladder of the page, as it is shown."""
    return (
        page.locator(".ladder").get_by_role("row", name=re.compile(f"^{name} ")).get_by_role("cell").first.inner_text()
    )


def test_what_was_paid_of_an_award_is_explained_down_to_its_events(example: Api, chromium: Browser) -> None:  # noqa: F811
    """60,000 and 60,000, then 30,000 that were reversed, then 25,000."""
    with Seen(chromium, example) as seen:
        page = seen.page
        searched(page, AWARD, AWARD)
        assert "145,000.00" == figure(page, "Paid")
        page.locator(".ladder a[href*='/money/paid']").click()
        adds = page.get_by_role("main").get_by_role("row").all_inner_texts()[1:]
        amounts = [re.findall(r"\N{MINUS SIGN}?[\d,]+\.\d\d", row) for row in adds]
        assert ["60,000.00", "60,000.00", "30,000.00", "\N{MINUS SIGN}30,000.00", "25,000.00"] == [
            one[-1] for one in amounts if one
        ][:5]
        page.get_by_role("link", name="Payment reversed").click()
        assert page.get_by_text("24 Mar 2026").first.is_visible()
        assert page.get_by_text("Recorded by").is_visible()


def test_a_person_sees_what_was_known_on_a_past_day(example: Api, chromium: Browser) -> None:  # noqa: F811
    """The payment of 20 March was reversed as of 24 March, which was recorded only on 14 April."""
    with Seen(chromium, example) as seen:
        page = seen.page
        searched(page, "coastal", PARTNERSHIP)
        clocks_set(page, "2026-03-31", "2026-03-31")
        assert "150,000.00" == figure(page, "Paid")
        assert page.get_by_text("This page shows 31 Mar 2026 as it was known on").is_visible()
        clocks_set(page, "2026-03-31", "")
        assert "120,000.00" == figure(page, "Paid")
        page.get_by_role("link", name="Compare with what was known on another day").click()
        page.get_by_role("link", name="Payment reversed").first.click()
        assert page.get_by_text("Paid to a closed account").first.is_visible()


def test_a_person_sees_what_changed_between_two_days(example: Api, chromium: Browser) -> None:  # noqa: F811
    with Seen(chromium, example) as seen:
        page = seen.page
        searched(page, "coastal", PARTNERSHIP)
        page.get_by_role("link", name="What changed").click()
        page.get_by_label("From the end of").fill("2026-04-09")
        page.get_by_label("To the end of").fill("2026-04-15")
        page.get_by_role("button", name="Show").last.click()
        rows = " ".join(page.get_by_role("main").get_by_role("row").all_inner_texts())
        assert re.search(r"Paid\s+£150,000.00\s+£120,000.00.*finance manager\s+Paid to a closed account", rows)


def test_a_person_finds_a_charity_by_its_number(api: Api, chromium: Browser) -> None:  # noqa: F811
    with desk(api.database) as at:
        lga = OrganisationId(at.find("organisation", "lga"))
        at.do(RecordIdentifier(organisation_id=lga, register="GB-CHC", value="1177145", on=When("2004-01-01")))
    caught_up(api.database)
    (found,) = api.ask('{ organisations(filter: { text: "1177145" }) { nodes { name } } }')["organisations"]["nodes"]
    name = found["name"]
    with Seen(chromium, api) as seen:
        searched(seen.page, "Charity no. 1177145", name)
        assert name == seen.page.get_by_role("heading", level=1).inner_text()
        assert seen.page.get_by_text("1177145").first.is_visible()
