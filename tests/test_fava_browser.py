"""The Milestones page in a real browser."""

import datetime
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html import escape
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cheroot.wsgi import Server
from fava.application import create_app
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from beancount_milestones.fava import Milestones
from tests.fava_site import AS_OF, BOOKS, HEAD, TRADE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Serve = Callable[["WSGIApplication"], str]

JOURNAL = ".journal.show-transaction"
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

# Ledgers, and what is to be seen of each: with what there is of warnings, colours and fields.
VIEWS = {
    "overview": "books",
    "overview, much overdue": "books?time=2026-07-15",
    "errors in contracts": "wrong",
    "no contract": "empty",
    "unbilled": "books?view=unbilled",
    "outstanding": "books?view=outstanding",
    "invoices": "books?view=invoices",
    "invoice on paper": "books?view=invoice&invoice=INV-1",
    "to pay": "books?view=pay",
    "period": "books?view=period&time=2026",
    "contracts": "books?view=contracts",
    "contract": "books?view=contract&contract=acme-brand",
    "timeline": "books?view=timeline",
    "clients": "books?view=clients",
    "client": "books?view=client&client=Acme",
    "suppliers": "trade?view=clients",
    "client and supplier": "trade?view=client&client=Volt",
    "invoice": "books?view=do&do=invoiced&contract=acme-brand&milestone=mockup",
    "credit note": "books?view=do&do=credited&contract=acme-brand&milestone=sketch",
    "payment": "books?view=do&do=payment&contract=acme-brand&milestone=sketch&time=2026-07-15",
    "refund": "books?view=do&do=refund&client=Acme&amount=10",
    "new contract": "books?view=do&do=contract&client=Delta&title=Poster&amount=900",
    "milestones of its own": "books?view=do&do=contract&client=Delta&schedule=",
    "change order": "books?view=do&do=change&contract=acme-brand&title=Icons&amount=90",
    "pay application": "books?view=do&do=application&contract=acme-brand&this-final=10%25",
    "what if": "books?view=what-if&weeks-acme-brand=4&habit-Acme=10",
    "what cannot be written": (
        "books?view=do&do=progress&contract=acme-brand&milestone=final&percent=x&seen=other"
    ),
    "nothing found": "books?view=contract&contract=none",
    "filters": "books?account=Acme&filter=%23brand&conversion=USD&time=2026",
}
PHONE = pytest.param({"viewport": {"width": 390, "height": 844}}, id="390")
LAPTOP = pytest.param({"viewport": {"width": 1200, "height": 800}}, id="1200")
SCREEN = pytest.param({"viewport": {"width": 1600, "height": 1000}}, id="1600")

# The texts that have less contrast to what is behind them than WCAG 2 asks for.
FAINT = """elements => {
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
  const contrast = (element) => {
    const behind = [];
    for (let e = element; e; e = e.parentElement) {
      behind.unshift(getComputedStyle(e).backgroundColor);
    }
    const back = luminance(behind.map(paint).at(-1));
    const front = luminance(paint(getComputedStyle(element).color));
    return (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
  };
  const text = (element) =>
    element.value ?? [...element.childNodes].filter((n) => n.nodeType === 3)
      .map((n) => n.data.trim()).join("");
  return elements
    .filter((e) => text(e) && e.checkVisibility() && !e.closest(".sr, .first, style"))
    // Shapes are no letters.
    .filter((e) => contrast(e) < (e.matches(".spot, .shape") ? 3 : 4.5))
    .map((e) => `${text(e)}: ${contrast(e).toFixed(2)}`);
}"""

# Remembers what the focus comes to, and whether that can be seen.
WATCH = """() => {
  document.activeElement?.blur();
  const look = (e) => {
    const {outline, outlineStyle, boxShadow, borderColor, backgroundColor} = getComputedStyle(e);
    return [outlineStyle === "none" ? "" : outline, boxShadow, borderColor, backgroundColor] + "";
  };
  const all = [...document.querySelectorAll(
    ".milestones :is(a[href], button, input, select, textarea, summary, [tabindex='0'])"
  )].filter((e) => e.type !== "hidden" && e.tabIndex >= 0 && e.checkVisibility());
  const before = new Map(all.map((e) => [e, look(e)]));
  window.left = new Set(all);
  window.unseen = [];
  document.addEventListener("focusin", ({target}) => {
    window.left.delete(target);
    if (look(target) === before.get(target)) window.unseen.push(target.outerHTML);
  });
  const parts = all.filter((e) => e.type === "date").length * 3;
  return all.length + parts;
}"""

BOXES = """elements => elements.filter((e) => e.checkVisibility()).map((e) => {
  const {left, right, top, bottom} = e.getBoundingClientRect();
  return [left, right, top, bottom];
})"""
OVERFLOW = "e => e.scrollWidth - e.clientWidth"


# ------------------------------------------------------------------ ledgers, servers, windows


def many(count: int) -> str:
    """A ledger of that many contracts, no two alike, in all states."""
    text = HEAD.replace('"Books"', '"Many"' if count > 9 else '"Few"')
    for n in range(count):
        signed = datetime.date(2025, 9, 1) + datetime.timedelta(days=2 * n)
        plan, build = (signed + datetime.timedelta(days=days + n % 9) for days in (40, 150))
        done = signed + datetime.timedelta(days=45)
        text += f"""
2020-01-01 open Assets:Receivable:R{n:02}
{signed} * "Client {n % 4}" "Project {n:02}"
  contract: "project-{n:02}"
  milestone-plan: "30% {plan} Plan"
  milestone-build: "rest {build} Build"
  Assets:Receivable:R{n:02}  {1000 + 37 * n}.00 {("USD", "EUR")[n % 2]}
  Income:Design
{done} custom "milestone" "project-{n:02}" "plan" "completed"
"""
        if n % 3:
            text += f'  invoice: "M-{n:02}"\n'
        if n % 3 == 2:
            text += f"""
{done + datetime.timedelta(days=n)} * "Client {n % 4}" "Part of it" ^M-{n:02}
  Assets:Bank  {50 + n}.00 {("USD", "EUR")[n % 2]}
  Assets:Receivable:R{n:02}
"""
    return text


LEDGERS = {
    "books": BOOKS,
    "few": many(3),
    "many": many(60),
    "wrong": BOOKS.replace('"Books"', '"Wrong"')
    + '2026-03-01 custom "milestone" "acme-brand" "mokcup" "completed"\n',
    "trade": TRADE.replace('"Books"', '"Trade"'),
    "empty": HEAD.replace('"Books"', '"Empty"'),
}


@contextmanager
def serving(app: "WSGIApplication") -> Iterator[str]:
    """The address of an application on a free port."""
    server = Server(("127.0.0.1", 0), app)
    # It stops at once, whatever the browser keeps open.
    server.expiration_interval = 0.02
    server.shutdown_timeout = 0.1
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


@pytest.fixture(autouse=True, scope="module")
def _today() -> Iterator[None]:
    """It is the day of the other tests of the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Milestones, "today", lambda _self: AS_OF)
        yield


@pytest.fixture(scope="module")
def fava(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Fava with all ledgers, for looking only."""
    folder = tmp_path_factory.mktemp("browser")
    files = [folder / f"{name}.beancount" for name in LEDGERS]
    for file, text in zip(files, LEDGERS.values(), strict=True):
        file.write_text(text, encoding="utf-8")
    with serving(create_app(files, load=True, poll_watcher=True)) as address:
        yield address


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger to write to."""
    path = tmp_path / "main.beancount"
    path.write_text(BOOKS, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def serve() -> Iterator[Serve]:
    """Serve an application until the window is closed: a page may still be loading something.

    What is used by itself comes first, so it goes last.
    """
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(serving(app))


@pytest.fixture
def own(ledger: Path, serve: Serve) -> str:
    """A Fava with the ledger to write to."""
    return serve(create_app([ledger], load=True, poll_watcher=True))


@pytest.fixture
def settings() -> dict[str, Any]:
    """How the window is; tests override it by parameters."""
    return {}


@pytest.fixture
def wrong() -> list[str]:
    """What the browser complains about."""
    return []


def complaint(message: ConsoleMessage) -> list[str]:
    # Fava names its icon. A page that names none makes the browser look for one.
    asked_for = "/favicon.ico" in message.location["url"]
    return [message.text] if message.type in {"error", "warning"} and not asked_for else []


@pytest.fixture
def page(browser: Browser, settings: dict[str, Any], wrong: list[str]) -> Iterator[Page]:
    """A window of its own. Nothing may go wrong in it."""
    context = browser.new_context(**settings)
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    tab.on("console", lambda message: wrong.extend(complaint(message)))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    yield tab
    expect(tab.locator("svelte-component.error")).to_have_count(0)
    context.close()
    assert wrong == []


def opened(page: Page, fava: str, view: str = "books") -> Page:
    """Open a view, given as in VIEWS."""
    slug, _, query = view.partition("?")
    page.goto(f"{fava}/{slug}/extension/Milestones/?{query}")
    # Fava has started.
    expect(page.locator("aside")).to_be_attached()
    expect(page.locator(".milestones")).to_be_visible()
    return page


def filter_field(page: Page, name: str) -> Locator:
    """One of Fava's own filters."""
    return page.get_by_placeholder(re.compile(f"^{name}"))


def every_view(page: Page, fava: str) -> Iterator[str]:
    """Open one view after the other, with all that can be opened in it."""
    opened(page, fava)
    directive = page.locator("a[href^='#context-']").first.get_attribute("href") or ""
    written = {"written": f"books?view=unbilled&written={directive.removeprefix('#context-')}"}
    for name, view in (VIEWS | written).items():
        opened(page, fava, view)
        page.locator(".milestones details").evaluate_all("all => all.forEach(e => e.open = true)")
        yield name


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name, exact=True, level=3)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Milestones").get_by_role("link", name=name)


def table(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True).get_by_role("table")


def row(page: Page, name: str, text: str) -> Locator:
    return table(page, name).locator("tbody tr").filter(has_text=text)


def column(page: Page, name: str, index: int) -> list[str]:
    cells = table(page, name).locator(f"tbody td:nth-child({index})").all_inner_texts()
    return [cell.strip() for cell in cells]


def added(ledger: Path) -> str:
    """What was written to the ledger."""
    text = ledger.read_text(encoding="utf-8")
    assert text.startswith(BOOKS)
    return text.removeprefix(BOOKS).strip()


# ------------------------------------------------------------------ getting around


def test_sidebar(page: Page, fava: str) -> None:
    page.goto(f"{fava}/books/income_statement/")
    page.locator("aside").get_by_role("link", name="Milestones").click()

    expect(heading(page, "To do")).to_be_visible()
    expect(heading(page, "Unbilled")).to_be_visible()
    expect(page).to_have_title("Milestones - Books")
    expect(page.get_by_text("As of 2026-03-31, today.")).to_be_visible()


def test_tabs(page: Page, fava: str) -> None:
    opened(page, fava)
    page.evaluate("window.same = true")

    for name in ("Unbilled", "Outstanding", "Contracts", "Timeline", "Clients"):
        tab(page, name).click()
        expect(heading(page, name)).to_be_visible()
        expect(heading(page, "To do")).to_have_count(0)
        expect(tab(page, name)).to_have_attribute("aria-current", "page")
    tab(page, "Overview").click()
    expect(heading(page, "To do")).to_be_visible()
    # Fava has exchanged the article only.
    assert page.evaluate("window.same")


def test_back_and_forward(page: Page, fava: str) -> None:
    opened(page, fava)
    tab(page, "Contracts").click()
    table(page, "Contracts").get_by_role("link", name="acme-brand").click()
    expect(heading(page, "Brand")).to_be_visible()

    page.go_back()
    expect(heading(page, "Contracts")).to_be_visible()
    page.go_back()
    expect(heading(page, "To do")).to_be_visible()
    page.go_forward()
    expect(heading(page, "Contracts")).to_be_visible()
    page.go_forward()
    expect(heading(page, "Brand")).to_be_visible()


def test_away_and_back(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=unbilled")

    page.locator("aside").get_by_role("link", name="Journal").click()
    expect(page.locator(JOURNAL)).to_be_visible()
    page.go_back()

    expect(heading(page, "Unbilled")).to_be_visible()
    # The table is sorted all the same.
    table(page, "Unbilled").get_by_role("button", name="Client").click()
    table(page, "Unbilled").get_by_role("button", name="Client").click()
    assert column(page, "Unbilled", 1) == ["Bolt", "Acme"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Time", "2026-02", "As of 2026-02-28, the end of the time filter."),
        ("Account", "Assets:Receivable:Acme", "Only accounts that match Assets:Receivable:Acme."),
        ("Filter", "#brand", "a transaction that matches #brand."),
    ],
)
def test_filter_keeps_the_view(page: Page, fava: str, name: str, value: str, told: str) -> None:
    opened(page, fava, "books?view=unbilled")

    field = filter_field(page, name)
    field.fill(value)
    field.press("Enter")

    expect(page.locator(".scope")).to_contain_text(told)
    expect(heading(page, "Unbilled")).to_be_visible()
    expect(heading(page, "To do")).to_have_count(0)
    assert column(page, "Unbilled", 1) == ["Acme"]
    # The other views keep the filter.
    tab(page, "Outstanding").click()
    expect(heading(page, "Outstanding")).to_be_visible()
    expect(page.locator(".scope")).to_contain_text(told)
    expect(field).to_have_value(value)


def test_filter_keeps_the_contract(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=contract&contract=bolt-web")

    filter_field(page, "Time").fill("2026-06")
    filter_field(page, "Time").press("Enter")

    expect(page.locator(".scope")).to_contain_text("As of 2026-06-30")
    expect(heading(page, "Website")).to_be_visible()


def test_milestone_opens_its_directive(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=unbilled")

    page.get_by_role("link", name="Mockups").click()

    expect(
        page.get_by_text('2026-02-28 custom "milestone" "acme-brand" "mockup" "completed"')
    ).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"view=unbilled$"))
    expect(heading(page, "Unbilled")).to_be_visible()


def test_an_invoice_opens_its_page_and_the_journal(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=outstanding&time=2026-03")

    page.get_by_role("link", name="INV-1").click()
    expect(heading(page, "Invoice INV-1")).to_be_visible()
    paper = page.frame_locator("iframe")
    expect(paper.get_by_role("heading", name="Invoice INV-1")).to_be_visible()
    page.locator(".milestones").get_by_role("link", name="Journal").click()

    expect(page.locator(JOURNAL).get_by_text("Brand: Sketches")).to_be_visible()
    # The payment too, and nothing else.
    expect(page.locator(JOURNAL).get_by_text("Part of it")).to_be_visible()
    expect(page.locator(JOURNAL).locator("li.transaction")).to_have_count(2)


def test_account_opens(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=unbilled")

    page.get_by_role("link", name="Assets:Receivable:Bolt").click()

    expect(page).to_have_title("Assets:Receivable:Bolt - Books")


def test_client_opens_the_statement(page: Page, fava: str) -> None:
    opened(page, fava)

    row(page, "To do", "INV-1").get_by_role("link", name="Acme").click()

    expect(heading(page, "Acme: statement of account")).to_be_visible()


def test_matched_payments_open(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=outstanding")
    payment = row(page, "Outstanding", "Sketches").get_by_role("link", name="2026-02-10 payment")
    expect(payment).to_be_hidden()

    row(page, "Outstanding", "Sketches").get_by_text("1 entry").click()
    payment.click()

    expect(page.get_by_text('2026-02-10 * "Acme" "Part of it" ^INV-1')).to_be_visible()


def test_mark_of_the_timeline_opens_its_contract(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=timeline")

    page.get_by_role("link", name="Launch: ").click()

    expect(heading(page, "Website")).to_be_visible()


# ------------------------------------------------------------------ sorting


@pytest.mark.parametrize("name", ["Unbilled", "Outstanding", "Contracts", "Clients"])
def test_sorting_every_column(page: Page, fava: str, name: str) -> None:
    opened(page, fava, f"many?view={name.lower()}")
    columns = table(page, name).locator("thead th").all()

    differing = 0
    for index, header in enumerate(columns, start=1):
        cells = table(page, name).locator(f"tbody td:nth-child({index})")
        number = header.get_attribute("data-sort") == "num"
        for _ in "ab":
            header.get_by_role("button").click()
            texts = cells.evaluate_all("all => all.map(e => e.dataset.sortValue ?? e.innerText)")
            values = [float(text) if number else text.strip().casefold() for text in texts]
            falling = header.get_attribute("data-order") == "desc"
            assert values == sorted(values, reverse=falling), header.inner_text()
        differing += len(set(values)) > 1
    # Currencies may all be the same, and what can be done is.
    assert differing >= len(columns) - 2


def test_sorting_by_keyboard(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=unbilled")

    page.get_by_role("region", name="Unbilled").focus()
    page.keyboard.press("Tab")
    expect(table(page, "Unbilled").get_by_role("button", name="Client")).to_be_focused()
    page.keyboard.press("Enter")
    assert column(page, "Unbilled", 1) == ["Acme", "Bolt"]
    page.keyboard.press("Space")
    assert column(page, "Unbilled", 1) == ["Bolt", "Acme"]


# ------------------------------------------------------------------ writing


def test_story(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, "books?view=contract&contract=bolt-web")
    launch = row(page, "Schedule", "Launch")
    expect(launch).to_contain_text("planned")

    launch.locator("summary").click()
    launch.get_by_role("link", name="Mark completed").click()
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("status")).to_contain_text("Written.")
    expect(page.get_by_role("status")).to_contain_text('"launch" "completed"')
    expect(heading(page, "Website")).to_be_visible()
    expect(launch).not_to_contain_text("planned")
    tab(page, "Unbilled").click()
    expect(row(page, "Unbilled", "Launch")).to_contain_text("666.67")

    tab(page, "Overview").click()
    row(page, "To do", "Launch").get_by_role("link", name="Invoice", exact=True).click()
    expect(page.get_by_label("Invoice number")).to_have_value("INV-5")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("status")).to_contain_text("Written.")
    expect(page.get_by_role("status")).to_contain_text('"INV-5"')
    # The next thing to do has the focus.
    expect(page.get_by_role("status").get_by_role("link", name="Invoice Brand")).to_be_focused()
    expect(row(page, "Unbilled", "Launch")).to_have_count(0)
    expect(row(page, "Outstanding", "INV-5")).to_contain_text("666.67")

    tab(page, "Outstanding").click()
    row(page, "Outstanding", "INV-5").get_by_role("link", name="Paid").click()
    expect(page.get_by_label("Paid into")).to_have_value("Assets:Bank")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("status")).to_contain_text("Written.")
    expect(page.get_by_role("status")).to_contain_text('"Payment INV-5"')
    expect(heading(page, "Outstanding")).to_be_visible()
    expect(row(page, "Outstanding", "INV-5")).to_have_count(0)
    opened(page, own, "books?view=contract&contract=bolt-web")
    expect(launch).to_contain_text("paid")

    assert [" ".join(line.split()) for line in added(ledger).splitlines() if line] == [
        '2026-03-31 custom "milestone" "bolt-web" "launch" "completed"',
        '2026-03-31 custom "milestone" "bolt-web" "launch" "invoiced"',
        'invoice: "INV-5"',
        '2026-03-31 * "Bolt" "Payment INV-5" ^INV-5',
        "Assets:Bank 666.67 EUR",
        "Assets:Receivable:Bolt -666.67 EUR",
    ]


INVOICE = "books?view=do&do=invoiced&contract=acme-brand&milestone=mockup&back=unbilled"


def test_written_directive_opens(page: Page, own: str) -> None:
    opened(page, own, INVOICE)

    page.get_by_role("button", name="Write it").click()
    page.get_by_role("status").get_by_role("link", name="Open it").click()

    expect(page.locator(".cm-content").get_by_text('"mockup" "invoiced"')).to_be_visible()


def test_filters_are_kept_by_writing(page: Page, own: str) -> None:
    opened(page, own, f"{INVOICE}&time=2026-03&account=Acme")

    page.get_by_label("Invoice number").press("Enter")
    expect(filter_field(page, "Account")).to_have_value("Acme")
    page.get_by_role("button", name="Write it").click()

    expect(page.get_by_role("status")).to_contain_text("Written.")
    expect(filter_field(page, "Account")).to_have_value("Acme")
    expect(filter_field(page, "Time")).to_have_value("2026-03")


def test_keyboard_goes_to_what_there_is_to_do(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=contracts")
    skip = page.get_by_role("link", name="Go to what there is to do")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(heading(page, "To do")).to_be_visible()
    skip.focus()
    page.keyboard.press("Enter")
    expect(heading(page, "To do")).to_be_focused()


def test_one_payment_of_several_invoices_by_keyboard(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, "books?view=client&client=Acme")
    page.get_by_role("link", name="Record payment").focus()
    page.keyboard.press("Enter")
    boxes = page.get_by_role("group", name="What it pays").get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    expect(boxes.first).to_be_checked()
    boxes.nth(1).press("Space")
    page.get_by_label("Amount", exact=True).fill("3,000")
    page.keyboard.press("Enter")
    expect(page.locator("pre").first).to_contain_text('settles: "INV-2"')
    page.get_by_role("button", name="Write it").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Payment INV-1, INV-2")
    expect(heading(page, "Acme: statement of account")).to_be_visible()
    assert "3000.00 USD" in added(ledger)


def test_enter_shows_and_does_not_write(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, INVOICE)

    page.get_by_label("Invoice number").fill("X-9")
    page.get_by_label("Invoice number").press("Enter")

    expect(page.locator("pre").first).to_contain_text('invoice: "X-9"')
    expect(page.get_by_role("button", name="Write it")).to_be_visible()
    assert added(ledger) == ""


def test_changed_field_is_shown_before_it_is_written(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, INVOICE)

    page.get_by_label("Invoice number").fill("X-9")
    page.get_by_role("button", name="Write it").click()
    expect(page.locator("pre").first).to_contain_text('invoice: "X-9"')
    assert added(ledger) == ""

    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("status")).to_contain_text("Written.")
    assert added(ledger).endswith('invoice: "X-9"')


def test_ledger_that_has_changed_meanwhile(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, INVOICE)

    ledger.write_text(f"{BOOKS}; by hand\n", encoding="utf-8")
    page.get_by_role("button", name="Write it").click()

    expect(page.get_by_role("alert")).to_contain_text("the ledger has changed since you looked")
    assert added(ledger) == "; by hand"


def test_cancel_goes_back(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, "books?view=unbilled")
    row(page, "Unbilled", "Mockups").get_by_role("link", name="Invoice").click()

    page.get_by_role("link", name="Cancel").click()

    expect(heading(page, "Unbilled")).to_be_visible()
    expect(heading(page, "To do")).to_have_count(0)
    assert added(ledger) == ""


def test_what_cannot_be_read_is_told(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, INVOICE)

    page.get_by_label("Percent").fill("half")
    page.get_by_role("button", name="Show again").click()

    expect(page.get_by_role("alert")).to_contain_text("The percent 'half' is not a number")
    expect(page.get_by_role("button", name="Write it")).to_have_count(0)
    assert added(ledger) == ""


def test_read_only(page: Page, ledger: Path, serve: Serve) -> None:
    address = serve(create_app([ledger], load=True, poll_watcher=True, read_only=True))
    for name, view in VIEWS.items():
        if view.startswith("books"):
            opened(page, address, view)
            assert page.locator(".act").count() == 0, name
            assert page.get_by_role("button", name="Write it").count() == 0, name
    opened(page, address, INVOICE)
    expect(page.get_by_role("alert")).to_contain_text("--read-only")


# ------------------------------------------------------------------ pages of others


def form_of(page: Page) -> tuple[str, list[list[str]]]:
    """Where the form is posted to, and all that is posted."""
    form = page.locator("form.do")
    return (
        form.evaluate("form => new URL(form.getAttribute('action'), document.baseURI).href"),
        form.evaluate("form => [...new FormData(form)]"),
    )


def stranger(html: str = "") -> "WSGIApplication":
    """A page of somebody else."""

    def app(_environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [f"<!doctype html><title>Other</title>{html}".encode()]

    return app


@contextmanager
def refused(page: Page, action: str, wrong: list[str]) -> Iterator[None]:
    """What is posted meanwhile is refused, about which the browser complains."""
    with (
        page.expect_response(action) as answer,
        page.expect_console_message(lambda message: "403" in message.text),
    ):
        yield
    assert answer.value.status == 403
    wrong.clear()


def test_form_of_another_page_is_refused(
    page: Page, own: str, ledger: Path, wrong: list[str], serve: Serve
) -> None:
    opened(page, own, INVOICE)
    action, fields = form_of(page)
    inputs = "".join(f'<input name="{n}" value="{escape(v)}">' for n, v in fields)
    html = f'<form method="post" action="{action}">{inputs}<button>Win</button></form>'

    page.goto(serve(stranger(html)))
    with refused(page, action, wrong):
        page.get_by_role("button", name="Win").click()
    expect(page.get_by_text("does not come from a page of this Fava")).to_be_visible()
    assert added(ledger) == ""

    # The very same, from its own page.
    opened(page, own, INVOICE)
    assert form_of(page) == (action, fields)
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("status")).to_contain_text("Written.")
    assert '"mockup" "invoiced"' in added(ledger)


def test_script_of_another_page_is_refused(
    page: Page, own: str, ledger: Path, wrong: list[str], serve: Serve
) -> None:
    opened(page, own, INVOICE)
    action, fields = form_of(page)

    page.goto(serve(stranger()))
    with refused(page, action, wrong):
        kind = page.evaluate(
            """([url, fields]) => fetch(
              url, {method: "POST", mode: "no-cors", body: new URLSearchParams(fields)}
            ).then((response) => response.type)""",
            [action, fields],
        )
    assert kind == "opaque"
    assert added(ledger) == ""


# ------------------------------------------------------------------ colours and sizes


def schemes(page: Page) -> Iterator[str]:
    """Show the page in light, and then in dark."""
    white = "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_css("background-color", white)
    yield "light"
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).not_to_have_css("background-color", white)
    yield "dark"


def test_contrast(page: Page, fava: str) -> None:
    for name in every_view(page, fava):
        for scheme in schemes(page):
            assert page.locator(".milestones *").evaluate_all(FAINT) == [], (name, scheme)


def test_axe(page: Page, fava: str) -> None:
    page.add_init_script(AXE)
    for name in every_view(page, fava):
        for scheme in schemes(page):
            # In dark, only what colours decide on.
            rules = (
                {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else {}
            )
            found = page.evaluate("rules => axe.run({include: ['.milestones']}, rules)", rules)
            grave = [
                (finding["id"], [node["html"] for node in finding["nodes"]])
                for finding in found["violations"]
                if finding["impact"] in {"serious", "critical"}
            ]
            assert grave == [], (name, scheme)


@pytest.mark.parametrize("settings", [PHONE, LAPTOP])
def test_page_does_not_overflow(page: Page, fava: str) -> None:
    for name in every_view(page, fava):
        assert page.locator("html").evaluate(OVERFLOW) <= 0, name
        assert page.locator("article").evaluate(OVERFLOW) <= 0, name
    opened(page, fava, "many")
    assert page.locator("article").evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("settings", [PHONE])
def test_to_do_on_a_phone(page: Page, fava: str) -> None:
    opened(page, fava, "books?time=2026-07-15")

    cells = table(page, "To do").locator("tbody :is(th, td)").evaluate_all(BOXES)
    assert len(cells) > 12
    assert all(0 <= left < right <= 390 for left, right, _, _ in cells)
    texts = (
        table(page, "To do")
        .locator("tbody :is(th, td)")
        .evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)")
    )
    assert texts == []


@pytest.mark.parametrize("settings", [PHONE])
def test_rows_are_cards_on_a_phone(page: Page, fava: str) -> None:
    for view, name in (
        ("view=outstanding", "Outstanding"),
        ("view=unbilled", "Unbilled"),
        ("view=contracts", "Contracts"),
        ("view=invoices", "Invoices"),
        ("view=clients", "Clients"),
        ("view=client&client=Acme", "Acme: statement of account"),
    ):
        opened(page, fava, f"books?{view}")
        region = page.get_by_role("region", name=name)
        # Nothing is out of sight, and the amount is on the first line of its card.
        assert region.evaluate(OVERFLOW) <= 0, name
        row = region.locator("tbody tr").nth(1)
        top = row.bounding_box()
        lead = row.locator(".lead:not(:empty)").first.bounding_box()
        assert top
        assert lead
        assert lead["y"] - top["y"] < 12, name
        assert lead["x"] > 150, name


@pytest.mark.parametrize("settings", [LAPTOP, SCREEN])
def test_lists_fit(page: Page, fava: str) -> None:
    for view in ("books", "books?view=unbilled", "books?view=outstanding"):
        opened(page, fava, view)
        for region in page.get_by_role("region").all():
            assert region.evaluate(OVERFLOW) <= 0, (view, region.get_attribute("aria-labelledby"))


@pytest.mark.parametrize("settings", [PHONE, SCREEN])
@pytest.mark.parametrize(("slug", "count"), [("few", 3), ("many", 60)])
def test_timeline(page: Page, fava: str, settings: dict[str, Any], slug: str, count: int) -> None:
    opened(page, fava, f"{slug}?view=timeline")

    assert page.locator("article").evaluate(OVERFLOW) <= 0
    lanes = page.locator(".lane:not(.scale)")
    assert lanes.count() == count
    labels = lanes.locator(".label")
    assert all("Project" in text for text in labels.all_inner_texts())
    assert labels.evaluate_all("all => all.map(e => e.scrollWidth - e.clientWidth)") == [0] * count
    width = settings["viewport"]["width"]
    assert all(0 <= left < right <= width for left, right, _, _ in labels.evaluate_all(BOXES))

    for lane in lanes.all():
        ((left, right, top, bottom),) = lane.locator(".track").evaluate_all(BOXES)
        marks = lane.locator(".track > *").evaluate_all(BOXES)
        assert len(marks) >= 4
        for mark_left, mark_right, mark_top, mark_bottom in marks:
            # A mark stands on its day with its middle.
            assert left - 1 <= (mark_left + mark_right) / 2 <= right + 1
            assert top - 1 <= mark_top <= mark_bottom <= bottom + 1
            assert 0 <= mark_left <= mark_right <= width

    todays = lanes.locator(".today").evaluate_all(BOXES)
    assert len(todays) == count
    assert len({left for left, _, _, _ in todays}) == 1
    assert all(bottom - top > 10 for _, _, top, bottom in todays)


@pytest.mark.parametrize("settings", [PHONE, SCREEN])
@pytest.mark.parametrize(
    "view",
    [
        "few?view=timeline",
        "many?view=timeline",
        "many?view=timeline&time=2019+-+2026",
        "books?view=contract&contract=acme-brand",
    ],
)
def test_scale_can_be_read(page: Page, fava: str, settings: dict[str, Any], view: str) -> None:
    opened(page, fava, view)

    ticks = sorted(page.locator(".tick").evaluate_all(BOXES))
    assert len(ticks) > 1
    assert all(right <= left for (_, right, _, _), (left, _, _, _) in pairwise(ticks))
    assert all(0 <= left < right <= settings["viewport"]["width"] for left, right, _, _ in ticks)


# ------------------------------------------------------------------ keyboard and paper


def test_keyboard_reaches_everything(page: Page, fava: str) -> None:
    for name in every_view(page, fava):
        presses = page.evaluate(WATCH)
        page.locator("aside a").last.focus()
        for _ in range(presses):
            page.keyboard.press("Tab")
        assert page.evaluate("[...window.left].map(e => e.outerHTML)") == [], name
        assert page.evaluate("window.unseen") == [], name


@pytest.mark.parametrize("settings", [{"viewport": {"width": 718, "height": 1000}}])
def test_statement_on_paper(page: Page, fava: str) -> None:
    opened(page, fava, "books?view=client&client=Acme&time=2026")
    page.emulate_media(media="print")

    for fava_part in ("header", "aside", ".tabs", ".scope", ".noprint"):
        expect(page.locator(fava_part).first).to_be_hidden()
    expect(heading(page, "Acme: statement of account")).to_be_visible()
    expect(page.get_by_role("cell", name="INV-1").first).to_be_visible()
    # As wide as a page of A4.
    assert page.locator("html").evaluate(OVERFLOW) <= 0
    assert page.get_by_role("region").evaluate(OVERFLOW) <= 0


def test_long_statement_goes_on_on_the_next_page(page: Page, fava: str) -> None:
    opened(page, fava, "many?view=client&client=Client+1")

    paper = page.pdf(width="15cm", height="10cm")

    (pages,) = re.findall(rb"/Type /Pages\s*/Count (\d+)", paper)
    assert int(pages) > 1


def test_contract_from_a_schedule_by_keyboard(page: Page, own: str, ledger: Path) -> None:
    opened(page, own, "books?view=contracts")
    page.get_by_role("link", name="New contract").focus()
    page.keyboard.press("Enter")

    # What is asked for first has the focus.
    expect(page.get_by_label("Client", exact=True)).to_be_focused()
    page.keyboard.type("Delta")
    page.get_by_label("Title", exact=True).focus()
    page.keyboard.type("Poster")
    page.get_by_label("Amount", exact=True).focus()
    page.keyboard.type("900")
    page.keyboard.press("Enter")
    expect(page.locator("pre").first).to_contain_text('schedule: "halves"')
    page.get_by_role("button", name="Write it").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text('contract: "delta-poster"')
    expect(heading(page, "Poster")).to_be_visible()
    assert '"Delta" "Poster"' in added(ledger)
