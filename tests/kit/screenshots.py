"""Takes the pictures of the README from the example programme: ``make screenshots``. Needs Chromium."""

import shutil

from playwright.sync_api import sync_playwright

from infra.cli.run.demo import STOPS, restore_example
from infra.feeding.migrate import migrate
from infra.feeding.projector import project_all
from tests.kit.database.servers import server_of_its_own
from tests.kit.paths import ROOT
from tests.kit.web.served import served

FOLDER = ROOT / "docs" / "images"
PICTURES = {
    "partnership": (f"/partnerships/coastal-skills?as-at={STOPS}", 1000),
    "compare": ("/partnerships/coastal-skills/compare?as-at=2026-03-31&then=2026-03-31", 800),
}


def main() -> None:
    """Write a picture of each of PICTURES, 1,280 wide and as high as it says."""
    FOLDER.mkdir(exist_ok=True)
    with server_of_its_own() as database:
        migrate(database)
        restore_example(database)
        project_all(database)
        with served(database, projector=False) as api, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, (path, height) in PICTURES.items():
                page = browser.new_page(base_url=api.url, viewport={"width": 1280, "height": height})
                page.goto(path)
                page.screenshot(path=FOLDER / f"{name}.png")
            browser.close()


if __name__ == "__main__":
    main()
