"""What auditors, finance officers and a programme office come for, done in the browser."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from domain.organisation import RecordIdentifier
from domain.values.ids import OrganisationId
from domain.values.when import When
from tests.kit.banked import PAID_PAGE, banked
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.browser import Seen
from tests.kit.web.served import Api
from tests.pages.test_forms import requested

# The fewest bytes of a printed timeline.
LAST = 2000
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


def test_what_was_paid_of_an_award_is_explained_down_to_its_events(example: Api, chromium: Browser) -> None:
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


def test_a_person_sees_what_was_known_on_a_past_day(example: Api, chromium: Browser) -> None:
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


def test_a_person_sees_what_changed_between_two_days(example: Api, chromium: Browser) -> None:
    with Seen(chromium, example) as seen:
        page = seen.page
        searched(page, "coastal", PARTNERSHIP)
        page.get_by_role("link", name="What changed").click()
        page.get_by_label("From the end of").fill("2026-04-09")
        page.get_by_label("To the end of").fill("2026-04-15")
        page.get_by_role("button", name="Show").last.click()
        rows = " ".join(page.get_by_role("main").get_by_role("row").all_inner_texts())
        by = "Payments officer person-example-payments-officer"
        assert re.search(rf"Paid\s+£150,000.00\s+£120,000.00.*{by}\s+Paid to a closed account", rows)


def test_a_person_finds_a_charity_by_its_number(api: Api, chromium: Browser) -> None:
    with desk(api.database) as at:
        lga = OrganisationId(at.find("organisation", "lga"))
        at.do(RecordIdentifier(organisation_id=lga, register="GB-CHC", value="1177145", on=When("2004-01-01")))
    caught_up(api.database)
    (found,) = api.ask('{ organisations(filter: { text: "1177145" }) { nodes { name } } }')["organisations"]["nodes"]
    name = found["name"]
    with Seen(chromium, api) as seen:
        searched(seen.page, "Charity no. 1177145", name)
        assert name == seen.page.get_by_role("heading", level=1).inner_text()
        assert seen.page.get_by_text("1177145").locator("visible=true").first.is_visible()


def test_a_person_finds_the_bids_that_wait_more_than_60_days_and_for_whom(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        page = seen.page
        page.goto("/bids")
        page.get_by_label("Waiting more than").select_option("60 days")
        page.get_by_role("button", name="Filter").click()
        assert "waiting=60" in page.url
        column = page.get_by_role("region", name="Answer to a question")
        assert column.get_by_text("with the bidder").is_visible()
        assert column.get_by_text("Case officer grants officer 2").first.is_visible()
        column.get_by_role("link", name="lived-asked").click()
        assert page.get_by_role("link", name="Until when?").is_visible()


def test_a_payment_is_approved_and_released_in_the_browser(api: Api, chromium: Browser) -> None:
    path = requested(api)
    with Seen(chromium, api) as seen:
        page = seen.page
        page.goto("/payments?state=requested")
        page.get_by_role("link", name="Payment 1 of A-paid").click()
        for step, who in (("Approve", "finance manager"), ("Release", "treasury officer")):
            page.get_by_role("button", name=step).click()
            assert page.get_by_role("alert").get_by_text("Your name or post: this is empty.").is_visible()
            assert "alert" == page.evaluate("document.activeElement.role"), "the reader lands on what is wrong"
            assert 0 == Axe().run(page).violations_count
            page.get_by_label("Your name or post").first.fill(who)
            page.get_by_label("Took effect on").first.fill("2004-07-02")
            page.get_by_role("button", name=step).click()
            assert page.get_by_text(f"2 Jul 2004, by {who}").is_visible()
            assert page.url.endswith(path)


def test_a_bid_is_assigned_and_approved_in_the_browser(api: Api, chromium: Browser) -> None:
    with desk(api.database) as at:
        bid_id = at.submitted_bid("decided", "2004-01-05")
    caught_up(api.database)
    with Seen(chromium, api) as seen:
        page = seen.page
        page.goto(f"/bids/{bid_id}")
        for step, label, value in (("assign", "Case officer", "grants officer 1"),
                                   ("approve", "Amount approved", "900")):  # fmt: skip
            of_step = page.locator(f"#{step}")
            if of_step.get_attribute("open") is None:
                of_step.locator("summary").click()
            of_step.get_by_label(label, exact=True).fill(value)
            of_step.get_by_label("Took effect on").fill("2004-03-01")
            of_step.get_by_label("Your name or post").fill("grants board")
            of_step.locator("button:not([name=more])").click()
        assert page.get_by_text("grants officer 1, since 1 Mar 2004").is_visible()
        assert page.get_by_text("£900.00").first.is_visible()


def test_a_bank_entry_is_settled_in_the_browser(api: Api, chromium: Browser) -> None:
    with desk(api.database) as at:
        at.pay(at.accepted_award("paid", "1000.00"), 1, "310.00", "2004-08-09")
        banked(at)
    caught_up(api.database)
    with Seen(chromium, api) as seen:
        page = seen.page
        page.goto("/bank")
        page.get_by_role("link", name="Devon Improvement Programme").click()
        page.get_by_role("button", name="Match").click()
        assert page.get_by_role("alert").get_by_text("Reason: this is empty.").is_visible()
        assert 0 == Axe().run(page).violations_count
        assert page.get_by_label("It is", exact=True).input_value(), "the only candidate is chosen already"
        page.get_by_label("Reason").first.fill("Amount and name agree")
        page.get_by_label("Your name or post").first.fill("finance officer")
        page.get_by_label("Took effect on").first.fill("2004-09-02")
        page.get_by_role("button", name="Match").click()
        assert page.get_by_text("by finance officer").is_visible()
        assert page.url.endswith(PAID_PAGE)
        page.get_by_role("link", name="Payment 1 of A-paid").click()
        assert page.get_by_text("settled", exact=True).first.is_visible()


def test_a_printed_timeline_has_no_navigation_and_all_of_its_list(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        page = seen.page
        page.goto("/partnerships/worcestershire-partnership")
        page.emulate_media(media="print")
        assert not page.get_by_role("navigation", name="Sections").is_visible()
        assert page.get_by_role("group", name="Worcestershire").is_visible()
        assert page.get_by_text("The project's stated duration.").last.is_visible()
        assert len(page.pdf()) > LAST
