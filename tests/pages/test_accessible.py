"""Every page is accessible in light and in dark, by axe-core, and loads nothing from another host."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.kit.web.browser import PATHS, Seen, complaints_of
from tests.kit.web.served import Api

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_every_page_is_accessible_and_loads_nothing_from_elsewhere(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        for path in PATHS:
            seen.page.goto(path)
            for details in seen.page.query_selector_all("details > summary"):
                details.click()
            for scheme in SCHEMES:
                seen.page.emulate_media(color_scheme=scheme)
                found = Axe().run(seen.page)
                assert 0 == found.violations_count, f"{path}, {scheme}: {found.generate_report()}"
        assert [] == complaints_of(seen)
        assert {lives.url.split("/")[2]} == seen.hosts


def test_control_what_is_not_accessible_is_found(lives: Api, chromium: Browser) -> None:
    with Seen(chromium, lives) as seen:
        seen.page.goto("/")
        seen.page.evaluate("document.querySelector('html').removeAttribute('lang')")
        assert Axe().run(seen.page).violations_count > 0
