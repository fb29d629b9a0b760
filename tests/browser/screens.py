"""A developer's tool: photograph pages at both sizes, light and dark, into a folder outside the repository.

python tests/browser/screens.py http://127.0.0.1:8501 OUT_DIR orders "order?number=100001" --login anna --password …
"""

import argparse
import re
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PAGES = (
    "orders", "overview", "fulfilment_times", "workload", "cancellations", "demand_forecast", "replenishment",
    "stock", "integrity", "new_order",
)  # fmt: skip
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
SIZES = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "user_agent": PHONE},
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("base")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("pages", nargs="*", default=PAGES)
    arguments.add_argument("--size", choices=SIZES, action="append")
    arguments.add_argument("--theme", choices=("light", "dark"), action="append")
    arguments.add_argument("--lang", default="")
    arguments.add_argument("--login", default="admin")
    arguments.add_argument("--password", required=True)
    arguments.add_argument("--full", action="store_true", help="the whole page, not only what a window shows")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for size in given.size or SIZES:
            for theme in given.theme or ("light", "dark"):
                _photograph(browser, given, size, theme)
        browser.close()


def _photograph(browser: Browser, given: argparse.Namespace, size: str, theme: str) -> None:
    context = browser.new_context(color_scheme=theme, **SIZES[size])
    page = context.new_page()
    page.on("request", lambda request: _tell_foreign(request.url, given.base))
    page.goto(f"{given.base}/login")
    page.fill("#login", given.login)
    page.fill("#password", given.password)
    page.get_by_role("button").click()
    page.wait_for_selector("[data-testid=stApp]", timeout=60_000)
    for path in given.pages:
        joint = "&" if "?" in path else "?"
        page.goto(f"{given.base}/{path}" + (f"{joint}lang={given.lang}" if given.lang else ""))
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        page.wait_for_timeout(1_200)  # charts and grids paint after the script has ended
        height = page.evaluate("document.querySelector('.stMainBlockContainer').scrollHeight") if given.full else 0
        if height:
            page.set_viewport_size({"width": SIZES[size]["viewport"]["width"], "height": max(844, height + 40)})
            page.wait_for_timeout(600)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth > window.innerWidth + 1")
        name = re.sub(r"\W+", "_", path) + (f"_{given.lang}" if given.lang else "")
        page.screenshot(path=given.folder / f"{name}_{size}_{theme}.png")
        print(name, size, theme, "SCROLLS SIDEWAYS" if wide else "")  # noqa: T201 - a developer's tool
        page.set_viewport_size(SIZES[size]["viewport"])
    context.close()


def _tell_foreign(url: str, base: str) -> None:
    if not url.startswith((base, base.replace("http", "ws", 1), "data:", "blob:")):
        print("FOREIGN REQUEST", url)  # noqa: T201


if __name__ == "__main__":
    main()
