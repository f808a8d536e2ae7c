"""The pages in a browser: under their policy, without a script, by keyboard, on any width, light, dark and printed.

Playwright drives Debian's Chromium. Its own pytest plug-in is not used: it keeps an event loop for the whole run, in
which tests that read the database cannot begin another.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.kit.banked import FEE_PAGE, PAID_PAGE, banked
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api
from tests.pages.test_addresses import LATE
from tests.pages.test_forms import requested

PATHS = (
    "/", "/partnerships", "/partnerships/dip", "/partnerships/dip?as-at=2004-09-15", "/programmes/cbp",
    "/schemes/cbp-pilots", "/partnerships/dip/money/paid", "/payments", "/bids", "/bids/delays",
    "/bids/lived-asked", "/bank", "/discrepancies", "/audit",
    "/awards/A-lived", "/awards/A-lived?as-at=2004-08-05", "/rounds/R-lived", "/organisations/lga", "/organisations",
    "/search?text=devon", "/search?kind=awards", "/search?kind=bids&status=awarded", "/payments?actor=tester",
    "/payments/award-lived/2", "/partnerships/dip/compare", "/events/1240", "/partnerships/nothing", "/?as_at=1",
    PAID_PAGE, FEE_PAGE, LATE,
    "/bank?status=all", "/periods", "/periods/cbp?from=2005-04-01&to=2005-06-30", "/periods/cbp?name=2004-05",
    "/changes", "/changes?from=2020-01-01&partnership=dip", "/audit?award=A-lived",
)  # fmt: skip
WIDTHS = (360, 768, 1440)
LAST = 2000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        assert "FUNDTRAIL_CI" not in os.environ, "chromium is not installed"
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Seen:
    """A page that is open in the browser, with what it complained about."""

    def __init__(self, browser: Browser, api: Api, **context: Any) -> None:
        self.context = browser.new_context(base_url=api.url, **context)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def __enter__(self) -> "Seen":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def complaints_of(seen: Seen) -> list[str]:
    """What the browser complained about, but for the status of an address that is wrong and a missing icon."""
    return [one for one in seen.complaints if "status of 40" not in one]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_loads_nothing_from_elsewhere(lives: Api, chromium: Browser, scheme: Any) -> None:
    with Seen(chromium, lives, color_scheme=scheme) as seen:
        for path in PATHS:
            seen.page.goto(path)
            for details in seen.page.query_selector_all("details > summary"):
                details.click()
            found = Axe().run(seen.page)
            assert 0 == found.violations_count, f"{path}: {found.generate_report()}"
        assert [] == complaints_of(seen)
        assert {lives.url.split("/")[2]} == seen.hosts


def test_control_what_is_not_accessible_is_found(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        seen.page.goto("/")
        seen.page.evaluate("document.querySelector('html').removeAttribute('lang')")
        assert Axe().run(seen.page).violations_count > 0


def test_control_the_policy_keeps_other_code_and_styles_out(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        seen.page.goto("/")
        seen.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
        assert any("Content Security Policy" in one for one in seen.complaints)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(lives: Api, chromium: Browser, width: int) -> None:
    with Seen(chromium, lives, viewport={"width": width, "height": 900}) as seen:
        for path in PATHS:
            seen.page.goto(path)
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_pages_work_without_scripts(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives, java_script_enabled=False) as seen:
        page = seen.page
        page.goto("/")
        page.get_by_role("searchbox", name="Search partnerships, organisations, awards and bids").fill(
            "devon improvement programme"
        )
        page.get_by_role("searchbox", name="Search partnerships, organisations, awards and bids").press("Enter")
        assert "/search?" in page.url
        page.get_by_role("main").get_by_role("link", name="Devon Improvement Programme").first.click()
        assert "Devon Improvement Programme" == page.get_by_role("heading", level=1).inner_text()
        page.get_by_text("Change", exact=True).click()
        page.get_by_label("As at", exact=True).fill("2004-08-05")
        page.get_by_role("button", name="Show").click()
        assert "as-at=2004-08-05" in page.url
        assert page.get_by_text("This page shows 5 Aug 2004.").is_visible()


def test_a_person_gets_from_a_figure_to_its_events_and_back(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        page = seen.page
        page.goto("/partnerships/dip")
        page.locator(".ladder a[href*='/money/paid']").click()
        assert "Paid: Devon Improvement Programme" == page.get_by_role("heading", level=1).inner_text()
        page.get_by_role("link", name="Payment released").first.click()
        assert page.get_by_text("Recorded by").is_visible()
        page.go_back()
        page.get_by_role("navigation", name="Where you are").get_by_role("link").last.click()
        assert page.url.endswith("/partnerships/dip")


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
            of_step.get_by_role("button").click()
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


def test_every_page_is_used_by_keyboard(lives: Api, chromium: Browser) -> None:
    """The first stop leads to the content; each further stop is a link, a field, a button or a region that scrolls."""
    with Seen(chromium, lives) as seen:
        page = seen.page
        page.goto("/partnerships/dip")
        page.keyboard.press("Tab")
        assert "Skip to the content" == page.evaluate("document.activeElement.textContent")
        stops: list[str] = []
        for _ in range(60):
            page.keyboard.press("Tab")
            stop = page.evaluate("document.activeElement.tagName.toLowerCase()")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert "none" != outline, f"nobody sees that {stop} has the focus"
            stops.append(stop)
        assert {"a", "input", "summary", "div"} <= set(stops)


def test_a_printed_timeline_has_no_navigation_and_all_of_its_list(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        page = seen.page
        page.goto("/partnerships/worcestershire-partnership")
        page.emulate_media(media="print")
        assert not page.get_by_role("navigation", name="Sections").is_visible()
        assert page.get_by_role("group", name="Worcestershire").is_visible()
        assert page.get_by_text("The project's stated duration.").last.is_visible()
        assert len(page.pdf()) > LAST
