"""The Milestones page in a real browser."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cheroot.wsgi import Server
from fava.application import create_app
from playwright.sync_api import Browser, Locator, Page, expect

from tests.test_fava_page import BOOKS

TIME = "time=2026+-+2026-03-31"
JOURNAL = ".journal.show-transaction"

# The contrast of an element's text with what is behind it, after WCAG 2.
CONTRAST = """element => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", {willReadFrequently: true});
  const paint = (color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = [];
  for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
  const back = luminance(behind.map(paint).at(-1));
  const front = luminance(paint(getComputedStyle(element).color));
  return (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
}"""


@pytest.fixture(scope="module")
def fava(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Fava on a free port."""
    ledger = tmp_path_factory.mktemp("browser") / "main.beancount"
    ledger.write_text(BOOKS, encoding="utf-8")
    server = Server(("127.0.0.1", 0), create_app([ledger], load=True, poll_watcher=True))
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}/books"
    server.stop()
    thread.join()


@pytest.fixture
def settings() -> dict[str, Any]:
    """How the window is; tests override it by parameters."""
    return {}


@pytest.fixture
def page(browser: Browser, settings: dict[str, Any]) -> Iterator[Page]:
    """A window of its own. Nothing may go wrong in it."""
    context = browser.new_context(**settings)
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    wrong: list[str] = []
    tab.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    yield tab
    expect(tab.locator("svelte-component.error")).to_have_count(0)
    context.close()
    assert wrong == []


def opened(page: Page, fava: str) -> Page:
    page.goto(f"{fava}/extension/Milestones/?{TIME}")
    expect(page.get_by_role("heading", name="Unbilled")).to_be_visible()
    # Fava has started.
    expect(page.locator("aside")).to_be_attached()
    return page


def table(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name).get_by_role("table")


def column(page: Page, name: str, index: int) -> list[str]:
    cells = table(page, name).locator(f"tbody td:nth-child({index})").all_inner_texts()
    return [cell.strip() for cell in cells]


def test_sidebar(page: Page, fava: str) -> None:
    page.goto(f"{fava}/income_statement/?{TIME}")
    page.locator("aside").get_by_role("link", name="Milestones").click()

    expect(page.get_by_role("heading", name="Unbilled")).to_be_visible()
    expect(page.get_by_role("heading", name="Outstanding")).to_be_visible()
    expect(page).to_have_title("Milestones - Books")
    assert column(page, "Unbilled", 1) == ["Acme", "Bolt"]
    expect(page.get_by_text("As of 2026-03-31, the end of the time filter")).to_be_visible()


def test_sorting(page: Page, fava: str) -> None:
    opened(page, fava)
    client = table(page, "Unbilled").get_by_role("button", name="Client")

    client.click()
    assert column(page, "Unbilled", 1) == ["Acme", "Bolt"]
    client.click()
    assert column(page, "Unbilled", 1) == ["Bolt", "Acme"]
    # 31 days and 1 day: as numbers.
    table(page, "Unbilled").get_by_role("button", name="Days").click()
    assert column(page, "Unbilled", 5) == ["1", "31"]
    table(page, "Unbilled").get_by_role("button", name="Days").click()
    assert column(page, "Unbilled", 5) == ["31", "1"]


def test_sorting_every_column(page: Page, fava: str) -> None:
    opened(page, fava)

    for index, header in enumerate(table(page, "Outstanding").locator("thead th").all(), start=1):
        orders = []
        for _ in "ab":
            header.get_by_role("button").click()
            orders.append(column(page, "Outstanding", index))
        assert sorted(orders[0]) == sorted(orders[1])
        if len(set(orders[0])) > 1:
            assert orders[0] == orders[1][::-1]


def test_sorting_by_keyboard(page: Page, fava: str) -> None:
    opened(page, fava)

    page.get_by_role("region", name="Unbilled").focus()
    page.keyboard.press("Tab")
    expect(table(page, "Unbilled").get_by_role("button", name="Client")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert column(page, "Unbilled", 1) == ["Bolt", "Acme"]


def test_away_and_back(page: Page, fava: str) -> None:
    opened(page, fava)
    page.evaluate("window.same = true")

    page.locator("aside").get_by_role("link", name="Journal").click()
    expect(page.locator(JOURNAL)).to_be_visible()
    page.locator("aside").get_by_role("link", name="Milestones").click()

    expect(page.get_by_role("heading", name="Unbilled")).to_be_visible()
    # Fava has exchanged the article only: the table is sorted all the same.
    assert page.evaluate("window.same")
    table(page, "Unbilled").get_by_role("button", name="Account").click()
    table(page, "Unbilled").get_by_role("button", name="Account").click()
    assert column(page, "Unbilled", 1) == ["Bolt", "Acme"]

    page.go_back()
    expect(page.locator(JOURNAL)).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="Unbilled")).to_be_visible()


def test_milestone_opens_its_directive(page: Page, fava: str) -> None:
    opened(page, fava)

    page.get_by_role("link", name="Mockups").click()

    expect(
        page.get_by_text('2026-02-28 custom "milestone" "acme-brand" "mockup" "completed"')
    ).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Unbilled")).to_be_visible()


def test_invoice_opens_the_journal(page: Page, fava: str) -> None:
    opened(page, fava)

    page.get_by_role("link", name="INV-1").click()

    expect(page.locator(JOURNAL).get_by_text("Brand: Sketches")).to_be_visible()
    # The payment too, and nothing else.
    expect(page.locator(JOURNAL).get_by_text("Part of it")).to_be_visible()
    expect(page.locator(JOURNAL).locator("li.transaction")).to_have_count(2)


def test_account(page: Page, fava: str) -> None:
    opened(page, fava)

    page.get_by_role("link", name="Assets:Receivable:Bolt").click()

    expect(page).to_have_title("Assets:Receivable:Bolt - Books")


@pytest.mark.parametrize("settings", [{"color_scheme": "light"}, {"color_scheme": "dark"}])
def test_contrast(page: Page, fava: str, settings: dict[str, Any]) -> None:
    # So late that every colour of aging is in use.
    page.goto(f"{fava}/extension/Milestones/?time=2026-07-15")
    expect(page.locator("aside")).to_be_attached()

    background = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (settings["color_scheme"] == "light")
    assert page.locator(".milestones .age-4").count() > 0
    assert page.locator(".milestones .late").count() > 0
    for element in page.locator(".milestones :is(p, caption, th, td, a, span)").all():
        assert element.evaluate(CONTRAST) >= 4.5, element.inner_text()


@pytest.mark.parametrize("settings", [{"viewport": {"width": 390, "height": 844}}])
def test_narrow(page: Page, fava: str) -> None:
    opened(page, fava)

    overflow = "e => e.scrollWidth - e.clientWidth"
    assert page.locator("html").evaluate(overflow) <= 0
    assert page.locator("article").evaluate(overflow) <= 0
    # The tables scroll by themselves.
    region = page.get_by_role("region", name="Outstanding")
    assert region.evaluate(overflow) > 0
    account = region.locator("a.account").first
    account.scroll_into_view_if_needed()
    expect(account).to_be_in_viewport()


@pytest.mark.parametrize("settings", [{"viewport": {"width": 1200, "height": 800}}])
def test_wide(page: Page, fava: str) -> None:
    opened(page, fava)

    for name in ("Unbilled", "Outstanding"):
        region = page.get_by_role("region", name=name)
        assert region.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
