"""Take the pictures that the docs show: the Milestones page and an invoice of the demo ledger."""

import argparse
import datetime
import shutil
import sys
import threading
from pathlib import Path

from beancount import loader
from cheroot.wsgi import Server
from fava.application import create_app
from playwright.sync_api import sync_playwright

from beancount_milestones.documents.html import invoice_html
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.model import of_register
from beancount_milestones.reports import Books

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "ledger" / "main.beancount"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The pictures, and the views that they show.
PICTURES = {
    "milestones": "",
    "timeline": "&view=timeline",
    "contract": "&view=contract&contract=castell-rebrand",
}
# The invoice that is shown on paper.
INVOICE = "INV-2026-010"
# Fava's page is as high as the window, and scrolls within.
WHOLE_PAGE = "document.body.style.height = 'auto'"


def main() -> int:
    """Take a screenshot in each colour scheme."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", default="2026-03-31", help="the day that the page looks at")
    parser.add_argument("--width", type=int, default=1200, help="the width of the window")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--ledger", type=Path, default=LEDGER)
    args = parser.parse_args()

    app = create_app([args.ledger.resolve()], load=True)
    server = Server(("127.0.0.1", 0), app)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    slug = app.config["LEDGERS"].first_slug()
    address = (
        f"http://127.0.0.1:{server.bind_addr[1]}/{slug}/extension/Milestones/?time={args.as_of}"
    )
    try:
        take(address, args.width, args.folder)
        take_invoice(args.ledger, datetime.date.fromisoformat(args.as_of), args.folder)
    finally:
        server.stop()
    return 0


def take(address: str, width: int, folder: Path) -> None:
    """Save a screenshot of the whole page in each colour scheme."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": width, "height": 600},
                color_scheme="light" if scheme == "light" else "dark",
            )
            for name, view in PICTURES.items():
                page.goto(f"{address}{view}")
                page.get_by_role("link", name="Milestones").wait_for(state="attached")
                page.evaluate(WHOLE_PAGE)
                path = folder / f"{name}-{scheme}.png"
                page.screenshot(path=path, full_page=True)
                print(path)
        browser.close()


def take_invoice(ledger: Path, as_of: datetime.date, folder: Path) -> None:
    """Save a picture of the invoice as it is on paper."""
    entries, _, options = loader.load_file(str(ledger))
    register = of_register(options)
    assert register  # noqa: S101 - the demo ledger has contracts
    books = Books(register, entries, options, as_of)
    (document,) = invoice_documents(books, INVOICE)
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        page = browser.new_page(viewport={"width": 840, "height": 600})
        page.set_content(invoice_html(document, Layout.of(books)))
        path = folder / "invoice.png"
        page.screenshot(path=path, full_page=True)
        print(path)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
