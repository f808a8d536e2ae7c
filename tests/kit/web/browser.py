"""Chromium, and the pages that tests open in it.

Playwright drives Debian's Chromium. Its own pytest plug-in is not used: it keeps an event loop for the whole run, in
which tests that read the database cannot begin another.
"""

from typing import Any

from playwright.sync_api import Browser, Page

from tests.kit.banked import FEE_PAGE, PAID_PAGE
from tests.kit.life import LATE_RETURN_PAGE
from tests.kit.web.served import Api

PATHS = (
    "/", "/partnerships", "/partnerships/dip", "/partnerships/dip?as-at=2004-09-15", "/programmes/cbp",
    "/programmes/cbp/authority?as-at=2005-05-02", "/people/chief", "/people/second", "/permissions",
    "/schemes/cbp-pilots", "/partnerships/dip/money/paid", "/payments", "/bids", "/bids/delays",
    "/bids/lived-asked", "/bank", "/discrepancies", "/attention", "/audit",
    "/awards/A-lived", "/awards/A-lived?as-at=2004-08-05", "/rounds/R-lived",
    "/rounds/R-lived/ranking", "/organisations/lga", "/organisations",
    "/search?text=devon", "/search?kind=awards", "/search?kind=bids&status=awarded", "/payments?actor=tester",
    "/payments/award-lived/2", "/partnerships/dip/compare", "/programmes/cbp/years",
    "/events/1240", "/streams/award-lived", "/partnerships/nothing", "/?as_at=1",
    PAID_PAGE, FEE_PAGE, LATE_RETURN_PAGE,
    "/bank?status=all", "/periods", "/periods/cbp?from=2005-04-01&to=2005-06-30", "/periods/cbp?name=2004-05",
    "/changes", "/changes?from=2020-01-01&partnership=dip", "/audit?award=A-lived",
    "/programmes/cbp/timeline", "/organisations/idea/timeline", "/partnerships/needs-three",
    "/partnerships/needs-three/act", "/awards/A-beside/act", "/organisations/midthorpe-council/support",
    "/organisations/liverpool-city-council/act", "/programmes/cbp/framework",
    "/schemes/open/act", "/bids/pair-1", "/bids/B-beside",
)  # fmt: skip


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
