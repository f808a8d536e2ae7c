"""The pages in a browser: under their policy, without a script, by keyboard and on any width."""

import pytest
from playwright.sync_api import Browser

from tests.kit.web.browser import PATHS, Seen
from tests.kit.web.served import Api

WIDTHS = (360, 768, 1440)


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
