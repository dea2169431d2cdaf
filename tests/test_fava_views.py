"""Every view of the Milestones page: its numbers, its filters, its links."""

import datetime
import re
from decimal import Decimal
from html import unescape
from pathlib import Path
from textwrap import dedent
from urllib.parse import parse_qsl, urlsplit

import pytest
from fava.application import create_app
from fava.core import FavaLedger
from fava.util import simple_wsgi
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from beancount_milestones import reports
from beancount_milestones.fava import Milestones, lists, overview
from beancount_milestones.fava.money import without_amounts
from tests.fava_site import (
    AS_OF,
    BOOKS,
    DOCUMENTS,
    HEAD,
    RICH,
    TRADE,
    Form,
    Show,
    Site,
    Tables,
    starter,
)
from tests.receivables import text as shown_text
from tests.wrong import BAD, KINDS

pytestmark = pytest.mark.usefixtures("fixed_day")

Address = dict[str, str]

BUYING = """
2026-01-05 * "Roofer" "Roof"
  contract: "roof"
  milestone-all: "100%"
  Liabilities:VAT  -1,000.00 USD
  Income:Design
"""

LISTS: list[Address] = [
    {"view": name}
    for name in (
        *("", "unbilled", "outstanding", "invoices"),
        *("contracts", "timeline", "clients", "period"),
    )
]
ONE: list[Address] = [
    {"view": "contract", "contract": "core-tower"},
    {"view": "contract", "contract": "acme-signs"},
    {"view": "client", "client": "Core"},
    {"view": "client", "client": "Acme"},
    {"view": "invoice", "invoice": "C-8"},
]
DO: list[Address] = [
    {"view": "do", "do": "payment", "contract": "core-tower", "milestone": "base"},
    {"view": "do", "do": "completed", "contract": "core-tower", "milestone": "roof"},
    {"view": "do", "do": "invoiced", "contract": "acme-signs", "milestone": "one"},
    {"view": "do", "do": "progress", "contract": "acme-signs", "milestone": "two"},
    {"view": "do", "do": "credited", "contract": "core-tower", "milestone": "base"},
]
EVERY = [*LISTS, *ONE, *DO]


def test_cash_says_what_no_month_deducts(show: Show) -> None:
    """The forecast has it, without a date."""
    site = show(RICH)
    words = "Not deducted, as it settles nothing so far: 765.43 USD to the credit of clients."
    assert words in site.text()
    assert words in site.text(view="what-if")
    assert "Not deducted" not in site.text(account="Core")


def name_of(address: Address) -> str:
    return "-".join(address.values()) or "overview"


each_view = pytest.mark.parametrize("address", EVERY, ids=name_of)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Fava on something of everything."""
    folder = tmp_path_factory.mktemp("rich")
    for name in ("tower.txt", "base.txt"):
        (folder / name).touch()
    site = starter(folder)(RICH + DOCUMENTS)
    assert site.ledger.load_errors == []
    return site


def column(tables: Tables, section: str, heading: str) -> list[Decimal]:
    return [Decimal(text.split()[0]) for text in tables.texts(section, heading)]


def strong(site: Site, **address: str) -> list[str]:
    return re.findall(r"<strong>(.*?)</strong>", site.page(**address))


def links(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'(?:href|action)="([^"]*)"', page)]


# ------------------------------------------------------------------ every view


@each_view
def test_view_is_there(rich: Site, address: Address) -> None:
    page = rich.page(**address)

    assert "milestones-failed" not in page
    assert "<script" not in page
    assert "svelte-component" not in page
    assert "There is no" not in page


@pytest.mark.parametrize("address", LISTS, ids=name_of)
def test_tab_of_the_view_is_marked(rich: Site, address: Address) -> None:
    (current,) = re.findall(r'aria-current="page">(.*?)</a>', rich.page(**address))

    assert current.lower() == (address["view"] or "overview")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"view": "nothing"}, "There is no view “nothing” by 2026-03-31."),
        ({"view": "do.html"}, "There is no view “do.html”"),
        ({"view": "contract"}, "There is no contract “”"),
        ({"view": "contract", "contract": "tower"}, "There is no contract “tower”"),
        ({"view": "client"}, "There is no client “”"),
        ({"view": "client", "client": "Cora"}, "did you mean 'Core'?"),
        ({"view": "do"}, "'' cannot be done here"),
        ({"view": "do", "do": "paint"}, "'paint' cannot be done here"),
        ({"view": "do", "do": "completed"}, "There is no milestone '/' in the ledger"),
        (
            {"view": "do", "do": "completed", "contract": "core-tower", "milestone": "base2"},
            "There is no milestone 'core-tower/base2' in the ledger",
        ),
        (
            {"view": "do", "do": "completed", "contract": "core-tower", "milestone": "cellar"},
            "There is no milestone 'core-tower/cellar' in the ledger",
        ),
    ],
)
def test_what_is_not_there_is_said(rich: Site, address: Address, words: str) -> None:
    assert words in rich.text(**address)
    assert "milestones-failed" not in rich.page(**address)


def test_contract_is_not_there_before_it_is_signed(rich: Site) -> None:
    address = {"view": "contract", "contract": "core-tower"}

    assert "There is no contract “core-tower” by 2026-01-01" in rich.text(
        time="2026-01-01", **address
    )
    assert "Tower" in rich.text(time="2026-01-02", **address)


def test_client_without_a_booking(show: Show) -> None:
    assert "we owe 0.00 USD" in show(HEAD + BUYING).text(view="client", client="Roofer")


# ------------------------------------------------------------------ numbers are the reports'


def test_figures(rich: Site) -> None:
    figures = reports.figures(rich.books())

    assert len(figures) == 2
    assert strong(rich) == [
        f"{shown_text(getattr(figure, name))} {figure.currency}"
        for name in ("unbilled", "outstanding", "overdue", "backlog")
        for figure in figures
    ]


def test_todo(rich: Site) -> None:
    tables = rich.tables()
    todo = reports.todo(rich.books())

    assert {thing.kind for thing in todo} >= {"invoice", "chase", "late"}
    assert tables.texts("todo", "Amount") == [f"{t.amount} {t.currency}" for t in todo]
    assert tables.texts("todo", "Client") == [t.client for t in todo]
    for text, thing in zip(tables.texts("todo", "Why"), todo, strict=True):
        assert str(thing.days) in text
    for text, thing in zip(tables.texts("todo", "Milestone"), todo, strict=True):
        assert thing.title in text
        assert thing.invoice in text


def test_todo_that_waits_for_acceptance(rich: Site) -> None:
    tables = rich.tables(time="2026-04-05")

    row = tables.texts("todo", "What").index("Accept")
    assert tables.texts("todo", "Why")[row] == "accepted in 3 days unless refused"
    assert tables.texts("todo", "Do")[row] == "Completed Refused"


def test_todo_of_today(show: Show) -> None:
    (row,) = [row for row in show().tables(time="2026-02-28").texts("todo", "Why") if "done" in row]

    assert row == "done today"


def test_nothing_to_do(show: Show) -> None:
    assert "Nothing: all work done is invoiced" in show().text(time="2026-01-10")


@pytest.mark.parametrize("time", ["", "2025-11 - 2026-03-31", "2026-05-31"])
def test_cash(rich: Site, time: str) -> None:
    as_of = datetime.date(2026, 5, 31) if time == "2026-05-31" else AS_OF
    books = rich.books(as_of)
    rows = reports.by_month(reports.received(books), reports.forecast(books))
    expected = {
        f"{row.month}: "
        + ", ".join(
            f"{flow} {getattr(row, flow)} {row.currency}"
            for flow in reports.FLOWS
            if getattr(row, flow)
        )
        for row in rows
        if row.month
    }

    shown = re.findall(r'<li[^>]* title="([^"]*)"', rich.page(time=time))
    assert {words for words in shown if "nothing" not in words} == expected
    # In charts of its own for each currency, month after month.
    months = [words[:7] for words in shown]
    assert sorted(months[: len(months) // 2]) == months[: len(months) // 2]


def test_cash_that_is_in_no_month_of_the_chart(show: Show) -> None:
    far = BOOKS.replace("1/3 2026-03-01", "1/3 2028-03-01").replace("rest 2026-06-01", "rest")

    text = show(far).text()
    assert "EUR: received due planned; later 166.66 EUR; without a date 666.67 EUR" in text


def test_cash_of_three_years_at_most(rich: Site) -> None:
    shown = re.findall(r'<li[^>]* title="([^"]{7}):', rich.page(time="2019-01-01 - 2026-03-31"))

    assert min(shown) == "2024-04"


def test_aging(rich: Site) -> None:
    every = [
        row for row in reports.aging(rich.books()) if row.currency == "USD" and row.side == "sell"
    ]
    page = rich.page()

    sums = [sum(getattr(aged, age) for aged in every) for age in reports.AGES]
    amounts = [number for number in sums if number]
    assert re.findall(r'<span class="figures-in">(.*?) USD<', page) == list(map(str, amounts))


@pytest.mark.parametrize("name", ["unbilled", "outstanding"])
@pytest.mark.parametrize("time", ["2025-12-31", "2026-02-06", "2026-03-31", "2026-12-31"])
def test_lists(rich: Site, name: str, time: str) -> None:
    books = rich.books(datetime.date.fromisoformat(time))
    every = {"unbilled": reports.unbilled, "outstanding": reports.outstanding}[name](books)
    listed = [item for item in every if item.row.side == "sell"]

    tables = rich.tables(view=name, time=time)
    assert tables.texts(name, "Contract") == [item.row.contract for item in listed]
    for heading in lists.COLUMNS[name]:
        amounts = [getattr(item.row, heading) for item in listed]
        assert column(tables, name, heading.title()) == amounts


def test_list_of_the_overview_has_the_first_ones(
    rich: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "FEW", 1)
    tables = rich.tables()

    assert tables.texts("unbilled", "Contract") == ["core-tower"]
    assert "more." in rich.text()
    # Totals are of all.
    assert tables.foot["unbilled"][0][1].text == "5481.36"
    assert len(rich.tables(view="unbilled").body["unbilled"]) == 1


def test_contracts(rich: Site) -> None:
    tables = rich.tables(view="contracts", all="yes")
    standings = reports.contracts(rich.books())

    assert tables.texts("contracts", "Contract") == [f"{s.contract} {s.title}" for s in standings]
    for heading, name in (
        ("Total", "total"),
        ("Earned", "earned"),
        ("Billed", "billed"),
        ("Paid", "paid"),
        ("Outstanding", "outstanding"),
        ("Remaining", "remaining"),
    ):
        amounts = [getattr(s, name) for s in standings]
        assert column(tables, "contracts", heading) == amounts
    assert [row[1].text for row in tables.foot["contracts"]] == ["49430.88", "1234.56"]


def test_contracts_that_need_nothing_are_out_of_the_way(rich: Site) -> None:
    standings = reports.contracts(rich.books())
    open_ = [s for s in standings if s.remaining or s.outstanding or s.retention or s.proposed]
    tables = rich.tables(view="contracts")

    assert 0 < len(open_) < len(standings)
    shown = tables.texts("contracts", "Contract")
    assert shown == [f"{s.contract} {s.title}" for s in open_]
    assert column(tables, "contracts", "Proposed") == [s.proposed for s in open_]
    text = rich.text(view="contracts")
    assert f"All of them; {len(standings) - len(open_)} needs nothing: all is billed" in text
    assert "Only what is open" in rich.text(view="contracts", all="yes")


def test_contracts_that_are_all_closed(show: Show) -> None:
    done = (
        HEAD
        + """
2026-01-01 * "Acme" "Old"
  contract: "old"
  milestone-all: "100%"
  Assets:Receivable:Acme   100.00 USD
  Income:Design
2026-01-02 custom "milestone" "old" "all" "completed"
  invoice: "O-1"
2026-01-03 * "Acme" "Paid" ^O-1
  Assets:Bank              100.00 USD
  Assets:Receivable:Acme
"""
    )
    site = show(done)

    assert "Nothing is open. All of them; 1 needs nothing" in site.text(view="contracts")
    assert "Nobody owes anything. All of them; 1 owes nothing" in site.text(view="clients")
    tables = site.tables(view="clients", all="yes")
    assert tables.texts("clients", "Client") == ["Acme"]
    # A zero is seen as a dash, and read as what it is.
    cell = tables.column("clients", "Balance")[0]
    assert (cell.text, cell.attributes["class"]) == ("0.00", "num zero lead")


def test_contract_of_nothing_has_no_bars(show: Show) -> None:
    nothing = '2026-02-01 custom "contract" "bolt-web" "cancelled"\n'

    page = show(BOOKS + nothing).page(view="contracts", time="2026-02-05")
    assert page.count('class="bars"') == 1


def test_clients(rich: Site) -> None:
    tables = rich.tables(view="clients", all="yes")
    balances = reports.balances(rich.books())

    assert tables.texts("clients", "Client") == [b.client for b in balances]
    for heading, name in (
        ("Outstanding", "outstanding"),
        ("Overdue", "overdue"),
        ("Unbilled", "unbilled"),
        ("Other", "other"),
        ("Unapplied", "unapplied"),
        ("Balance", "balance"),
    ):
        assert column(tables, "clients", heading) == [getattr(b, name) for b in balances]
    days = ["" if b.days_to_pay is None else str(b.days_to_pay) for b in balances]
    assert tables.texts("clients", "Days to pay") == days
    assert tables.texts("clients", "Last paid") == [str(b.last_paid or "") for b in balances]


@pytest.mark.parametrize("client", ["Core", "Acme", "Bolt"])
@pytest.mark.parametrize("time", ["", "2026-02-10 - 2026-03-31"])
def test_client(rich: Site, client: str, time: str) -> None:
    books = rich.books()
    start = datetime.date(2026, 2, 10) if time else None
    lines = reports.statement(books, client, start)
    tables = rich.tables(view="client", client=client, time=time)

    assert tables.texts("statement", "What") == [line.kind for line in lines]
    assert tables.texts("statement", "Date") == [str(line.date) for line in lines]
    for heading, name in (("Charged", "charged"), ("Settled", "settled"), ("Balance", "balance")):
        amounts = [getattr(line, name) for line in lines]
        shown = tables.texts("statement", heading)
        assert [Decimal(text) if text else None for text in shown] == amounts
    (balance,) = [b for b in reports.balances(books) if b.client == client]
    assert strong(rich, view="client", client=client) == [
        f"{shown_text(abs(balance.balance))} {balance.currency}"
    ]


def test_client_is_found_in_any_case(rich: Site) -> None:
    assert "Core: statement of account" in rich.text(view="client", client="CORE")


@pytest.mark.parametrize("name", ["core-tower", "acme-signs", "bolt-old"])
@pytest.mark.parametrize("time", ["2026-02-01", "2026-03-31", "2026-05-01"])
def test_contract(rich: Site, name: str, time: str) -> None:
    story = reports.story(rich.books(datetime.date.fromisoformat(time)), name)
    assert story
    tables = rich.tables(view="contract", contract=name, time=time)

    assert column(tables, "schedule", "Amount") == [row.amount for row in story.rows]
    assert column(tables, "schedule", "Outstanding") == [row.outstanding for row in story.rows]
    assert column(tables, "proof", "Booked") == [proof.booked for proof in story.proofs]
    assert column(tables, "proof", "Whole") == [proof.whole for proof in story.proofs]
    assert set(tables.texts("proof", "Proof")) == {"✓"}
    assert tables.texts("happened", "Event") == [h.step.event for h in story.happened]
    assert column(tables, "payments", "Amount") == [p.amount for p in story.payments]
    agreed = [agreed for order in story.orders for agreed in order.agreed]
    assert column(tables, "agreed", "Amount") == [one.amount for one in agreed]
    assert tables.texts("agreed", "Milestone") == [one.title for one in agreed]


def test_contract_adds_up(rich: Site) -> None:
    text = rich.text(view="contract", contract="core-tower")

    assert (
        "Agreed 51110.00 USD, changes 7654.00 USD, cancelled 10222.00 USD: 48542.00 USD in all."
    ) in text
    assert "1520.80 USD more is billed than earned, net of tax (a contract liability)." in text
    assert "2172.80 USD are held back." in text
    assert "3333.00 USD are proposed and not agreed." in text
    (total,) = rich.tables(view="contract", contract="core-tower").foot["proof"]
    assert [cell.text for cell in total] == ["Sum", "0.00", "0.00", "0.00", "USD", "✓"]


def test_contract_with_prices_has_no_sum(show: Show) -> None:
    priced = """
    2026-01-05 * "Acme" "Abroad"
      contract: "abroad"
      milestone-all: "100%"
      Assets:Receivable:Acme   1,000.00 EUR @ 1.10 USD
      Income:Design           -1,100.00 USD
    """
    tables = show(HEAD + dedent(priced)).tables(view="contract", contract="abroad")

    assert len(tables.body["proof"]) == 2
    assert tables.foot.get("proof", []) == []


def test_contract_that_another_plugin_has_booked_away(show: Show) -> None:
    gone = """\
    __plugins__ = ["take"]

    def take(entries, options_map):
        return [entry for entry in entries if "event" not in entry.meta], []
    """
    text = BOOKS + 'option "insert_pythonpath" "TRUE"\nplugin "takes_all"\n'

    page = show(text, files={"takes_all.py": gone}).text(view="contract", contract="acme-brand")
    assert "USD are missing in the ledger" in page


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("", "due on the day of the invoice"),
        ("due on receipt", "due on receipt"),
        ("net 1", "1 day after the invoice"),
        ("net 30", "30 days after the invoice"),
        ("2.5/10 net 30", "30 days after the invoice, 2.5% off within 10 days"),
        ("net 30 eom", "30 days after the end of the month"),
    ],
)
def test_terms(show: Show, terms: str, words: str) -> None:
    said = f'  terms: "{terms}"\n' if terms else ""
    books = BOOKS.replace('  terms: "net 30"\n', said)

    assert f"Terms {words}" in show(books).text(view="contract", contract="acme-brand")


def test_contract_that_is_invoiced_on_completion(show: Show) -> None:
    books = BOOKS.replace('  manager: "Jo"', '  invoiced: "on completion"')
    assert "Invoiced on completion" in show(books).text(view="contract", contract="acme-brand")


def test_contract_of_which_nothing_has_happened(show: Show) -> None:
    text = show().text(view="contract", contract="bolt-web", time="2026-01-05")

    assert "Nothing so far." in text
    assert "Nothing is paid so far." in text


def test_contract_without_a_receivable(show: Show) -> None:
    site = show(HEAD + BUYING)

    assert "Receivable" not in site.text(view="contract", contract="roof").partition("Schedule")[0]
    assert site.tables(view="contract", contract="roof").texts("schedule", "Amount") == ["1000.00"]


def test_timeline(rich: Site) -> None:
    lanes = reports.timeline(rich.books())
    page = rich.page(view="timeline")

    for lane in lanes:
        assert f"{lane.client}</span> · {lane.title}" in page
        for mark in lane.marks:
            if mark.date:
                assert f"{mark.title}: {mark.status}" in page
    assert "without a date: Cellar" in rich.text(view="timeline")


def test_timeline_leaves_out_what_was_over_before(rich: Site) -> None:
    text = rich.text(view="timeline", time="2026-01-15 - 2026-03-31")

    assert "Old work" not in text
    assert (
        "1 contract was over before 2026-01-15: a time filter that begins earlier shows it." in text
    )


def test_what_is_late_is_never_out_of_sight(show: Show) -> None:
    late = """
2024-05-01 * "Acme" "Forgotten"
  contract: "forgotten"
  milestone-all: "100% 2024-06-01 All"
  Assets:Receivable:Acme   100.00 USD
  Income:Design
"""
    site = show(BOOKS + late)

    assert 'title="All: planned, late, target 2024-06-01"' in site.page(view="timeline")
    # A time filter says itself where to begin.
    assert "All: planned" not in site.page(view="timeline", time="2026-01-01 - 2026-03-31")


def test_a_target_before_the_contract_is_drawn_too(show: Show) -> None:
    accepted = """
2026-03-20 * "Acme" "Accepted late"
  contract: "slow"
  milestone-all: "100% 2026-02-20 All"
  Assets:Receivable:Acme   100.00 USD
  Income:Design
"""
    page = show(BOOKS + accepted).page(view="contract", contract="slow")

    (mark,) = re.findall(r'<[^>]*title="All: planned, late, target 2026-02-20"[^>]*>', page)
    assert "left:0%" in mark


def test_timeline_of_nothing(rich: Site) -> None:
    assert "Nothing between 2026-03-01 and 2026-05-01." in rich.text(
        view="timeline", account="Nobody", time="2026-03-01 - 2026-04-01"
    )


# ------------------------------------------------------------------ filters


def test_account_filter_on_every_list(rich: Site) -> None:
    by = {"account": "Core"}

    assert len(strong(rich, **by)) == 4
    assert strong(rich, **by)[0] == "5481.36 USD"
    assert set(rich.tables(**by).texts("todo", "Client")) == {"Core"}
    assert rich.tables(view="unbilled", **by).foot["unbilled"][0][1].text == "5481.36"
    assert rich.tables(view="contracts", **by).texts("contracts", "Client") == ["Core"]
    assert rich.tables(view="clients", **by).texts("clients", "Client") == ["Core"]
    timeline = rich.text(view="timeline", **by)
    assert "Tower" in timeline
    assert "Signs" not in timeline
    for name in ("contracts", "timeline"):
        assert "2 contracts do not pass the filters." in rich.text(view=name, **by)
    assert "2 clients do not pass the filters." in rich.text(view="clients", **by)


def test_one_that_does_not_pass_the_filters(rich: Site) -> None:
    by = {"account": "Core|Acme"}

    assert "1 contract does not pass the filters." in rich.text(view="contracts", **by)
    assert "1 client does not pass the filters." in rich.text(view="clients", **by)


def test_text_filter_on_every_list(rich: Site) -> None:
    by = {"filter": "Signs"}

    # Its credit note has taken it out of the books: nothing waits for an invoice.
    assert strong(rich, **by)[0] == "0.00 USD"
    assert rich.tables(view="contracts", **by).texts("contracts", "Client") == ["Acme"]
    assert rich.tables(view="clients", **by).texts("clients", "Client") == ["Acme"]
    assert "Tower" not in rich.text(view="timeline", **by)


def test_client_without_a_name(show: Show) -> None:
    shared = """
2026-03-01 * "Core" "Other"
  contract: "other"
  milestone-all: "100%"
  Assets:Receivable:Acme   100.00 USD
  Income:Design
2026-03-02 * "By hand"
  Assets:Receivable:Acme    50.00 USD
  Income:Design
"""
    site = show(BOOKS + shared)

    assert "without a name" in site.tables(view="clients").texts("clients", "Client")
    # It has no milestone, and so passes no filter.
    filtered = site.tables(view="clients", account="Acme", all="yes").texts("clients", "Client")
    assert filtered == ["Acme", "Core"]


def test_nothing_passes_the_filters(rich: Site) -> None:
    by = {"account": "Nobody"}

    assert "No contract passes the filters." in rich.text(view="contracts", **by)
    assert "No client passes the filters." in rich.text(view="clients", **by)
    assert "without them 1 milestone is unbilled" in rich.text(view="unbilled", **by)
    # Without anything at all, nothing of the operating currency.
    assert strong(rich, **by) == ["0.00 USD"] * 4


@pytest.mark.parametrize("address", ONE, ids=name_of)
def test_what_is_of_one_thing_is_whole_whatever_the_filters(rich: Site, address: Address) -> None:
    by = {"account": "Nobody", "filter": "Nothing"}
    bare = rich.text(**address)

    assert rich.text(**address, **by) == bare
    assert "Only" not in bare


@pytest.mark.parametrize("address", LISTS, ids=name_of)
def test_what_is_applied_is_said(rich: Site, address: Address) -> None:
    text = rich.text(
        **address,
        account="Core",
        filter="Tower",
        time="2026-01 - 2026-03",
        conversion="EUR",
    )

    assert "As of 2026-03-31, the end of the time filter." in text
    assert "Cash, timeline and statements begin on 2026-01-01." in text
    assert "Only accounts that match Core" in text
    assert "Only milestones with a transaction that matches Tower" in text
    assert "Amounts in EUR, by the prices of that day, rounded" in text


def test_single_day_is_no_period(rich: Site) -> None:
    text = rich.text(time="2026-03-31")

    assert "As of 2026-03-31, the end of the time filter." in text
    assert "begin on" not in text
    assert rich.page(time="2026-03-31").count("<li") == rich.page().count("<li")


@pytest.mark.parametrize("address", EVERY, ids=name_of)
@pytest.mark.parametrize("time", ["0001-01-01", "9999-12-30", "1999", "2025-01-01 - 2060-01-01"])
def test_time_filters_far_away(rich: Site, address: Address, time: str) -> None:
    assert "milestones-failed" not in rich.page(**address, time=time)


@each_view
def test_links_keep_the_filters(rich: Site, address: Address) -> None:
    by = {"account": "Core|Acme|Bolt", "time": "2026 - 2026-03-31", "conversion": "EUR"}
    page = rich.page(**address, **by)

    for link in links(page):
        if link.startswith("#") or "journal/" in link or "/statement/" in link:
            continue
        assert by.items() <= dict(parse_qsl(urlsplit(link).query)).items()


# ------------------------------------------------------------------ conversion

PRICES = RICH + "2026-01-01 price EUR 1.50 USD\n2026-03-31 price EUR 2 USD\n"


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Fava on books with prices."""
    open_ = """
2026-03-10 * "Bolt" "More"
  contract: "bolt-more"
  milestone-all: "100% 2026-03-20"
  Assets:Receivable:Bolt     500.00 EUR
  Income:Design
2026-03-20 custom "milestone" "bolt-more" "all" "progress" 50
2026-03-20 custom "milestone" "bolt-more" "all" "invoiced" 20
"""
    return starter(tmp_path_factory.mktemp("priced"))(PRICES + open_)


def test_conversion_of_figures_makes_one(priced: Site) -> None:
    usd, eur = reports.figures(priced.books())
    names = ("unbilled", "outstanding", "overdue", "backlog")

    shown = strong(priced, conversion="USD")
    assert shown == [f"{getattr(usd, n) + 2 * getattr(eur, n):.2f} USD" for n in names]
    # How many, how long and when, of both.
    text = priced.text(conversion="USD")
    assert "2 done, 54 days" in text
    assert "2 invoices" in text
    assert len(strong(priced)) == 8


def test_conversion_of_rows_and_totals(priced: Site) -> None:
    tables = priced.tables(view="contracts", conversion="USD", all="yes")

    assert set(tables.texts("contracts", "Currency")) == {"USD"}
    assert column(tables, "contracts", "Total")[0] == Decimal("2469.12")
    (total,) = tables.foot["contracts"]
    assert Decimal(total[1].text) == sum(column(tables, "contracts", "Total"))


def test_conversion_goes_by_the_prices_of_the_day(priced: Site) -> None:
    tables = priced.tables(view="contracts", conversion="USD", time="2026-02-01", all="yes")

    assert column(tables, "contracts", "Total")[0] == Decimal("1851.84")


def test_conversion_is_in_the_charts(priced: Site) -> None:
    page = priced.page(conversion="USD")

    assert page.count('<ol class="cash">') == 1
    assert page.count('<div class="aging"') == 1
    assert "2025-12: received 2469.12 USD" in page


def test_conversion_sorts_by_what_is_shown(priced: Site) -> None:
    ranks = {
        conversion: [
            cell.sorted_by
            for cell in priced.tables(view="contracts", conversion=conversion, all="yes").column(
                "contracts", "Total"
            )
        ]
        for conversion in ("", "USD")
    }

    assert ranks == {"": ["3", "1", "0", "2"], "USD": ["2", "3", "0", "1"]}


@pytest.mark.parametrize("price", ["", "2026-01-01 price EUR 0 USD\n"])
def test_without_a_price_in_its_own_currency(show: Show, price: str) -> None:
    site = show(BOOKS + price)
    tables = site.tables(view="contracts", conversion="USD")

    assert tables.texts("contracts", "Currency") == ["USD", "EUR"]
    assert "without a price, in their own currency" in site.text(conversion="USD")


def test_conversion_to_several(priced: Site) -> None:
    assert set(
        priced.tables(view="contracts", conversion="JPY,USD").texts("contracts", "Currency")
    ) == {"USD"}


@pytest.mark.parametrize("conversion", ["", "at_cost", "at_value", "units"])
def test_no_conversion_is_not_mentioned(priced: Site, conversion: str) -> None:
    assert "Amounts in" not in priced.text(conversion=conversion)


def test_form_of_a_payment_is_in_the_currency_of_the_account(priced: Site) -> None:
    text = priced.text(
        view="do", do="payment", contract="bolt-more", milestone="all", conversion="USD"
    )

    assert "Amount EUR USD" in text
    assert "empty: all of 100.00 EUR" in text
    assert "all: paid 0.00 EUR → 100.00 EUR" in text
    assert "Assets:Bank 100.00 EUR" in text


def test_deposit_that_is_billed_is_not_late(show: Show) -> None:
    deposit = """
2026-01-01 * "Bolt" "Deposit"
  contract: "deposit"
  milestone-all: "100% 2026-03-01"
  Assets:Receivable:Bolt     300.00 EUR
  Liabilities:VAT
2026-03-20 custom "milestone" "deposit" "all" "invoiced"
  due: 2026-05-01
"""
    site = show(BOOKS + deposit)

    for date, status in (("2026-03-19", "planned late"), ("2026-03-20", "outstanding")):
        tables = site.tables(view="contract", contract="deposit", time=date)
        assert tables.texts("schedule", "Status") == [status]
    assert "target 2026-03-01" not in site.page(view="outstanding", time="2026-03-20")


def test_sentences_of_a_contract_stand_apart(rich: Site) -> None:
    text = rich.text(view="contract", contract="core-tower")

    assert (
        "more is billed than earned, net of tax (a contract liability). 2172.80 USD are held back."
        " 3333.00 USD are proposed and not agreed." in text
    )


def test_payment_of_what_was_credited_since(rich: Site) -> None:
    tables = rich.tables(view="contract", contract="acme-signs")

    assert tables.texts("payments", "Amount") == ["765.43"]
    assert tables.texts("payments", "Invoice") == ["S-1"]
    assert tables.texts("payments", "Why this one") == ["unapplied: it settles nothing so far"]


def test_invoice_of_what_is_charged_already(show: Show) -> None:
    late = '2026-03-15 custom "milestone" "acme-brand" "mockup" "invoiced"\n  invoice: "INV-8"\n'
    tables = show(BOOKS + late).tables(view="client", client="Acme")

    numbers, charged = (tables.texts("statement", name) for name in ("Invoice", "Charged"))
    # It says what it bills, though it was booked when it was completed.
    assert charged[numbers.index("INV-8")] == "3600.00"
    assert charged[numbers.index("INV-1")] == "3600.00"


def test_client_who_paid_for_nothing_so_far(show: Show) -> None:
    twice = """
2026-01-10 * "Bolt" "Before it is billed"
  Assets:Bank                  50.00 EUR
  Assets:Receivable:Bolt
2026-03-21 * "Acme" "INV-1 again" ^INV-1
  Assets:Bank               5,000.00 USD
  Assets:Receivable:Acme
"""
    site = show(BOOKS + twice)

    assert (
        "USD: owes 3000.00 USD; invoices of 1200.00 USD are overdue;"
        " 3000.00 USD of what was paid settle no invoice so far; pays"
        in site.text(view="client", client="Acme", time="2026-04-10")
    )
    assert "pays 90 days before the invoice on average." in site.text(
        view="client", client="Bolt", time="2026-04-10"
    )
    todo = site.text(time="2026-04-10").partition("To do ")[2]
    assert todo.startswith("3000.00 USD that came in settles nothing so far. See Clients.")


def test_returned_payment(show: Show) -> None:
    returned = """
2026-02-20 * "Acme" "Bounced" ^INV-1
  Assets:Receivable:Acme    1,600.00 USD
  Assets:Bank
"""
    site = show(BOOKS + returned)
    tables = site.tables(view="contract", contract="acme-brand")

    assert tables.texts("payments", "What") == ["payment", "returned"]
    assert tables.texts("payments", "Amount") == ["1600.00", "-1600.00"]
    (paid, *_) = site.tables(view="outstanding").column("outstanding", "Paid")
    assert paid.text.split(" ", 1)[0] == "0.00"
    assert "2026-02-10 payment 1600.00 USD" in paid.text
    assert "2026-02-20 returned -1600.00 USD" in paid.text


def test_payment_that_nobody_made_and_that_was_returned(show: Show) -> None:
    taken = """
2026-03-20 * "Acme" "The bank took it back" ^INV-2
  Assets:Receivable:Acme      300.00 USD
  Assets:Bank
"""
    paid = show(BOOKS + taken).tables(view="outstanding").column("outstanding", "Paid")

    (cell,) = [cell for cell in paid if "returned" in cell.text]
    assert cell.text.startswith("-300.00 1 entry 2026-03-20 returned -300.00 USD")


def test_client_in_credit(show: Show) -> None:
    early = """
2026-01-05 * "Bolt" "Before anything is done"
  Assets:Bank                 100.00 EUR
  Assets:Receivable:Bolt
"""
    site = show(BOOKS + early)

    assert "EUR: has 100.00 EUR to their credit; 100.00 EUR of what was paid settle" in site.text(
        view="client", client="Bolt", time="2026-01"
    )
    assert "USD: owes " in site.text(view="client", client="Acme")


# ------------------------------------------------------------------ suppliers


@pytest.fixture(scope="module")
def trade(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Fava on a ledger with suppliers."""
    return starter(tmp_path_factory.mktemp("trade"))(TRADE)


def test_suppliers_have_a_section_and_totals_of_their_own(trade: Site) -> None:
    tables = trade.tables(view="clients")

    assert tables.texts("clients", "Client") == ["Volt"]
    assert tables.texts("clients", "Balance") == ["1500.00"]
    assert tables.texts("clients", "Days to pay") == ["50"]
    assert tables.foot["clients"][0][6].text == "1500.00"
    assert tables.texts("suppliers", "Supplier") == ["Volt", "Wire"]
    assert tables.texts("suppliers", "Balance") == ["1000.00", "-100.00"]
    assert tables.texts("suppliers", "Days until we pay") == ["10", "5"]
    assert tables.foot["suppliers"][0][6].text == "900.00"
    assert "What we owe: balance = " in trade.text(view="clients")


def test_suppliers_pass_the_filters_by_themselves(trade: Site) -> None:
    only_clients = trade.text(view="clients", account="Receivable")
    assert "No supplier passes the filters. 2 suppliers do not pass the filters." in only_clients
    assert trade.tables(view="clients", account="Receivable").texts("clients", "Client") == ["Volt"]
    only_suppliers = trade.text(view="clients", account="Payable:Volt")
    assert "No client passes the filters. 1 client does not pass the filters." in only_suppliers
    assert "1 supplier does not pass the filters." in only_suppliers


def test_nothing_is_owed_on_either_side(trade: Site) -> None:
    text = trade.text(view="clients", time="2026-01-06")

    assert "Nobody owes anything. All of them; 1 owes nothing." in text
    assert "We owe nothing. All of them; 2 are owed nothing." in text
    assert "All of them; 1 is owed nothing." in trade.text(view="clients", time="2026-01-10")


def test_a_ledger_of_suppliers_speaks_of_no_clients(show: Show) -> None:
    text = show(HEAD + BUYING).text(view="clients")

    assert "We owe nothing." in text
    assert "Nobody owes" not in text
    assert "No client" not in text


def test_a_client_who_is_a_supplier_has_two_statements(trade: Site) -> None:
    page = trade.page(view="client", client="Volt")
    tables, text = Tables(page), trade.text(view="client", client="Volt")

    assert "USD: owes 1500.00 USD; invoices of 1500.00 USD are overdue; pays 50 days after" in text
    assert "USD: we owe 1000.00 USD; invoices of 1000.00 USD are overdue; we pay 10 days" in text
    invoices = [set(tables.texts(name, "Invoice")) - {""} for name in ("statement", "owed")]
    assert invoices == [{"S-1", "S-2"}, {"B-1", "B-2"}]
    # Each payment is of its own side.
    forms = [Form(trade.open(to)) for to in re.findall(r'href="([^"]*do=payment[^"]*)"', page)]
    assert [form.fields["pay"] for form in forms] == ["S-2", "B-2"]
    assert text.count("To send:") == 1


def test_a_supplier_has_what_we_owe_and_no_letter(trade: Site) -> None:
    address = {"view": "client", "client": "Wire"}
    text = trade.text(**address)

    assert "Wire: what we owe All of it, whatever the account" in text
    assert (
        "USD: we have 100.00 USD to our credit; 100.00 USD of what we paid settle no invoice so far"
        "; we pay 5 days after the invoice on average." in text
    )
    assert "statement of account" not in text
    assert "To send" not in text
    (refund,) = [link for link in links(trade.page(**address)) if "do=refund" in link]
    assert "Assets:Bank 100.00 USD" in Form(trade.open(refund)).written
    assert "Refund" not in trade.text(view="client", client="Volt")


def test_a_supplier_who_is_paid_without_a_payable(show: Show) -> None:
    bought = """
2020-01-01 open Expenses:Subs
2026-01-05 * "Mason" "Walls"
  contract: "walls"
  milestone-all: "100%"
  Expenses:Subs   500.00 USD
  Assets:Bank
"""
    text = show(HEAD + bought).text(view="client", client="mason")

    assert "mason: what we owe" in text
    assert "Nothing is booked for mason so far." in text
    assert "Record payment" not in text
    assert "To send" not in text


def test_position_of_what_we_buy(trade: Site) -> None:
    address = {"view": "contract", "contract": "cables"}

    accrued = "400.00 USD more is earned than billed, net of tax (accrued, a liability)."
    assert accrued in trade.text(**address, time="2026-02-05")
    prepaid = "400.00 USD more is billed than earned, net of tax (prepaid, an asset)."
    assert prepaid in trade.text(**address)


# ------------------------------------------------------------------ incognito


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Fava without numbers, on a ledger with an error that has an amount in it."""
    wrong = """
2026-03-01 * "Acme" "Wrong"
  contract: "wrong"
  milestone-all: "90%"
  Assets:Receivable:Acme     6,789.00 USD
  Income:Design
2026-04-15 balance Assets:Bank  11752.43 USD
"""
    site = starter(tmp_path_factory.mktemp("hidden"))(RICH + wrong, incognito=True)
    assert any("6789" in error.message.replace(",", "") for error in site.ledger.load_errors)
    return site


def amounts_in(page: str) -> list[str]:
    """What looks like an amount: in texts and attributes, but not how wide something is."""
    bare = re.sub(r'style="[^"]*"|name="(shown|seen)" value="\w*"', "", page)
    bare = re.sub(r'<td data-sort-value="[\d.]+"><?', "", bare)
    return re.findall(r"\d[\d,]*\.\d\d(?!\d)|\d{3,}(?= (?:USD|EUR))", bare)


@pytest.mark.parametrize("extra", [{}, {"conversion": "EUR"}, {"time": "2026"}], ids=str)
@each_view
def test_incognito(hidden: Site, address: Address, extra: Address) -> None:
    page = hidden.page(**address, **extra)

    assert "milestones-failed" not in page
    assert amounts_in(page) == []
    assert "X.XX" in page


@each_view
def test_amounts_are_found_where_they_are_not_hidden(rich: Site, address: Address) -> None:
    assert amounts_in(rich.page(**address)) or address["view"] in {"timeline", "do"}


def test_incognito_hides_what_is_wrong(hidden: Site) -> None:
    text = hidden.text(
        view="do", do="payment", contract="core-tower", milestone="base", date="2026-04-14"
    )

    assert "Balance failed for 'Assets:Bank'" in text
    assert "11752" not in text


@pytest.mark.parametrize("address", LISTS, ids=name_of)
def test_ranks_are_all_that_sorting_knows_of_amounts(hidden: Site, address: Address) -> None:
    tables = hidden.tables(**address)

    for section, rows in tables.body.items():
        for row in rows:
            for cell in row:
                if "X" in cell.text and "data-sort-value" in cell.attributes:
                    assert int(cell.attributes["data-sort-value"] or "") < len(tables.body[section])


def test_incognito_hides_what_was_written(hidden: Site) -> None:
    entries = hidden.ledger.all_entries_by_type.Transaction
    (paid,) = [entry for entry in entries if entry.narration == "Some"]

    from fava.beans.funcs import hash_entry  # noqa: PLC0415

    page = hidden.page(written=hash_entry(paid))
    assert "Written." in page
    assert amounts_in(page) == []
    assert '2026-02-20 * "Core" "Some" ^C-8' in unescape(page)


def test_incognito_hides_amounts_only_of_what_would_be_written(hidden: Site) -> None:
    page = unescape(hidden.page(view="do", do="payment", contract="core-tower", milestone="base"))

    assert '2026-03-31 * "Core" "Payment C-8" ^C-8' in page
    assert "Assets:Receivable:Core" in page
    assert amounts_in(page) == []


@pytest.mark.parametrize(
    "line",
    [
        '2026-04-14 * "Core 5" "Pay 500" ^C-8 #t5',
        '\n  invoice: "2026/042"',
        "  due: 2026-03-04",
        "  Assets:R01:Bank-2",
        "  Active:2Bank:Größe9",
    ],
)
def test_what_is_no_amount_is_not_hidden(line: str) -> None:
    assert without_amounts(line, lambda _: "?") == line


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("  fee: 55.10 USD", "  fee: ?.? USD"),
        ("2026-01-02 balance Assets:Bank 5 USD", "2026-01-02 balance Assets:Bank ? USD"),
        ('\n  milestone-a: "3,456.00 USD \\"A\\""', '\n  milestone-a: "?,?.? USD \\"A\\""'),
        ('\n  note: "to 100"\n  invoice: "I-5"', '\n  note: "to ?"\n  invoice: "I-5"'),
        ("  Assets:R1  -1,234 X9 @ 2.50 EUR", "  Assets:R1  -?,? X9 @ ?.? EUR"),
        ("  Assets:R1  5 USD {2026-01-01, 3 EUR}", "  Assets:R1  ? USD {2026-01-01, ? EUR}"),
    ],
)
def test_amounts_of_a_directive_are_hidden(line: str, hidden: str) -> None:
    assert without_amounts(line, lambda _: "?") == hidden


# ------------------------------------------------------------------ read-only, prefix


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Fava that writes nothing."""
    return starter(tmp_path_factory.mktemp("closed"))(RICH, read_only=True)


@each_view
def test_read_only_has_nothing_to_do(closed: Site, address: Address) -> None:
    page = closed.page(**address)

    assert 'class="act"' not in page
    assert "Write it</button>" not in page
    assert all("view=do" not in link for link in links(page))
    if address["view"] == "do":
        assert "Fava was started with --read-only: nothing can be written" in page


def test_read_only_refuses_what_is_posted(show: Show, tmp_path: Path) -> None:
    site = show(read_only=True)
    before = (tmp_path / "main.beancount").read_bytes()

    response = site.app.test_client().post(
        "/books/extension/Milestones/act", headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert response.status_code == 401
    assert (tmp_path / "main.beancount").read_bytes() == before


def test_prefix(show: Show) -> None:
    # A title of its own: Fava remembers addresses for all of the process.
    site = show(RICH.replace('"Books"', '"Prefixed views"'))
    site.app.wsgi_app = DispatcherMiddleware(simple_wsgi, {"/all": site.app.wsgi_app})  # type: ignore[method-assign]
    client = site.app.test_client()
    page = "/all/prefixed-views/extension/Milestones/"

    for address in EVERY:
        text = client.get(page, query_string=address).get_data(as_text=True)
        ours = text[text.index('<div class="milestones">') : text.index('id="page-title"')]
        found = links(ours)
        assert found
        assert all(
            link.startswith(("/all/prefixed-views/", "#context-", "#milestones-")) or link == "act"
            for link in found
        )


# ------------------------------------------------------------------ whatever the ledger says

NASTY = "</title></script><script>alert(1)</script>&amp;'\\\"<b>"


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Fava on a ledger that wants to be a page."""
    text = (
        RICH.replace('"Core"', f'"{NASTY}"')
        .replace('"Tower"', f'"{NASTY}"')
        .replace("Base", NASTY)
        .replace('"Some"', f'"{NASTY}"')
        .replace('"tower.txt"', '"<script>tower.txt"')
    )
    wrong = '2026-03-01 custom "milestone" "core-tower" "<script>" "completed"\n'
    site = starter(tmp_path_factory.mktemp("nasty"))(text + wrong)
    assert len(site.ledger.load_errors) == 1
    return site


def is_escaped(page: str) -> bool:
    return "<script" not in page and "<b>" not in page and "</title" not in page


@each_view
def test_everything_is_escaped(nasty: Site, address: Address) -> None:
    client = NASTY.replace('\\"', '"')
    page = nasty.page(**{**address, **({"client": client} if address.get("client") else {})})

    assert is_escaped(page)
    assert "&lt;script&gt;" in page
    assert "milestones-failed" not in page


@pytest.mark.parametrize(
    "name",
    [
        "view", "contract", "client", "do", "milestone", "date", "percent", "invoice", "due",
        "amount", "to", "settles", "receivable", "currency", "back", "written", "seen", "shown",
        "account", "filter", "again",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", [*DO, *ONE], ids=name_of)
def test_what_the_address_says_is_escaped(rich: Site, address: Address, name: str) -> None:
    quoted = "'\"><script>alert(1)</script><b>'"
    page = rich.page(**{**address, name: quoted})

    assert is_escaped(page)
    assert '""><' not in page


def test_numbers_of_invoices_are_escaped(show: Show) -> None:
    page = show().page(
        view="do", do="completed", contract="bolt-web", milestone="design", invoice='"<b>'
    )

    assert 'value="&#34;&lt;b&gt;"' in page


def test_document_is_a_link_where_fava_has_it(rich: Site) -> None:
    page = rich.page(view="contract", contract="core-tower")

    (tower, *_) = re.findall(r'<a class="document" href="([^"]*)"[^>]*>tower.txt</a>', page)
    with rich.app.test_client().get(unescape(tower)) as response:
        assert response.status_code == 200
    assert re.search(r'<span class="document"[^>]*>lost.txt</span>', page)
    # That of a milestone stands with it.
    schedule = rich.tables(view="contract", contract="core-tower").texts("schedule", "Milestone")
    assert schedule == ["Base base.txt", "Roof", "Paint", "Balcony", "Cellar"]


def test_documents_in_the_lists(rich: Site) -> None:
    outstanding = rich.tables(view="outstanding")
    assert outstanding.texts("outstanding", "Milestone") == ["Base tower.txt lost.txt base.txt"]


def test_what_paid_it_is_told(rich: Site) -> None:
    tables = rich.tables(view="outstanding")

    (paid,) = tables.texts("outstanding", "Paid")
    assert paid.startswith("3355.22 3 entries 2026-02-20 payment 2222.00 USD (it names it)")
    # The last one was paid less 22.22.
    assert paid.endswith("2026-02-25 deduction 22.22 USD (oldest invoice)")
    assert len(tables.column("outstanding", "Paid")[0].links) == 3


@pytest.mark.parametrize("number", ["CN-7", None])
def test_what_no_transaction_has_paid_links_to_its_number(show: Show, number: str | None) -> None:
    """A milestone of less than nothing is a credit note, and settles the others."""
    less = """
2026-03-01 * "Acme" "Discount"
  contract: "acme-brand"
  milestone-less: "100%"
  Assets:Receivable:Acme   -300.00 USD
  Income:Design
2026-03-15 custom "milestone" "acme-brand" "less" "completed"
"""
    site = show(BOOKS + less + (f'  invoice: "{number}"\n' if number else "  invoice: TRUE\n"))

    (paid, _) = site.tables(view="outstanding").column("outstanding", "Paid")
    note = f"credit note {number}" if number else "credit note"
    assert f"2026-03-15 {note} 300.00 USD" in paid.text
    assert len(paid.links) == (2 if number else 1)
    (_, credit) = site.tables(view="contract", contract="acme-brand").column("payments", "What")
    assert (credit.text, len(credit.links)) == (note, 1 if number else 0)


# ------------------------------------------------------------------ broken ledgers


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    """Fava on a bad ledger of each kind. One takes the templates of the other, to save time."""
    folder = tmp_path_factory.mktemp("bad")
    for path in BAD.iterdir():
        text = path.read_text(encoding="utf-8")
        if path in KINDS:
            text = (
                f'option "title" "{path.stem}"\n{text}\n'
                '2020-01-01 custom "fava-extension" "beancount_milestones.fava"\n'
            )
        (folder / path.name).write_text(text, encoding="utf-8")
    app = create_app([folder / path.name for path in KINDS], load=True, poll_watcher=True)
    app.testing = True
    found: dict[str, Site] = {}
    with app.test_request_context():
        first = None
        for slug, ledger in app.config["LEDGERS"].ledgers_by_slug.items():
            assert isinstance(ledger, FavaLedger)
            extension = ledger.extensions.get_extension("Milestones")
            assert isinstance(extension, Milestones)
            first = first or extension.jinja_env
            extension.__dict__["jinja_env"] = first
            found[Path(ledger.beancount_file_path).stem] = Site(app, slug)
    return found


@pytest.mark.parametrize("name", [path.stem for path in KINDS])
def test_bad_ledger(bad: dict[str, Site], name: str) -> None:
    site = bad[name]
    register = site.ledger.options["milestones"]  # type: ignore[typeddict-item]
    contracts = list(register.contracts.values())
    addresses = [*LISTS]
    for contract in contracts[:2]:
        addresses.append({"view": "contract", "contract": contract.id})
        addresses.append({"view": "client", "client": contract.client})
        addresses += [
            {"view": "do", "do": action, "contract": contract.id, "milestone": milestone}
            for action, milestone in zip(
                ("payment", "completed"), contract.milestones, strict=False
            )
        ]

    for address in addresses:
        page = site.page(**address)
        assert "milestones-failed" not in page, address
    assert site.get("income_statement/").status_code == 200


def test_filters_that_nothing_passes_do_not_say_that_all_is_paid(show: Show) -> None:
    page = show().page(account="Assets:Bank")

    overview = page.partition('<h3 id="milestones-unbilled">')[0]
    assert "Nothing that passes the filters." in overview
    assert "all is" not in overview


def test_converted_figures_are_rounded_once(show: Show) -> None:
    ledger = """
    2026-01-01 price EUR 1.20 USD
    2026-01-01 * "Acme" "Third"
      contract: "third"
      milestone-one: "3333.33 USD"
      milestone-two: "rest"
      Assets:Receivable:Acme   10,000.00 USD
      Income:Design
    2026-01-02 * "Bolt" "Cents"
      contract: "cents"
      milestone-one: "100%"
      Assets:Receivable:Bolt    1.00 EUR
      Income:Design
    2026-02-01 custom "milestone" "third" "one" "completed"
    """
    page = show(HEAD + dedent(ledger)).page(conversion="EUR")

    assert "2777.77 EUR" in page
    assert "2777.78" not in page


# ------------------------------------------------------------------ reach


def test_skip_link_leads_to_what_there_is_to_do(show: Show) -> None:
    site = show()

    for view in ("", "contracts", "period"):
        (link,) = re.findall(r'<a class="skip" href="([^"]*)" accesskey="t">', site.page(view=view))
        page, _, anchor = link.partition("#")
        assert anchor == "milestones-todo"
        assert (page == "") is (view == "")
        assert f'id="{anchor}"' in site.page()
    # A page that has nothing to do has no such link.
    assert 'class="skip"' not in show(HEAD).page()


def test_due_date_that_follows_is_shown_as_a_date(show: Show) -> None:
    site = show()
    form = {"view": "do", "do": "invoiced", "contract": "acme-brand", "milestone": "mockup"}

    assert "empty: 2026-04-30, by the terms" in site.text(**form)
    assert "empty: 2026-05-10, by the terms" in site.text(**form, date="2026-04-10")
    assert "empty: by the terms" in site.text(**form, date="never")
    # Without terms it is due on its day.
    no_terms = {"view": "do", "do": "completed", "contract": "bolt-web", "milestone": "design"}
    assert "empty: 2026-03-31, by the terms" in site.text(**no_terms)


def test_form_says_for_whom_and_how_much(show: Show) -> None:
    site = show()

    paid = site.text(view="do", do="payment", contract="acme-brand", milestone="sketch")
    assert "Record payment: Acme, Brand · Sketches, 2000.00 USD" in paid
    event = site.text(view="do", do="invoiced", contract="acme-brand", milestone="mockup")
    assert "Mark invoiced: Acme, Brand · Mockups, 3600.00 USD" in event


# ------------------------------------------------------------------ charts


def test_axis_of_cash_is_round(rich: Site) -> None:
    page = rich.page()
    axes = re.findall(r'<div class="axis" aria-hidden="true">(.*?)</div>', page)
    labels = [re.findall(r"<span>(.*?)</span>", axis) for axis in axes]

    assert labels
    for top, half, zero in labels:
        number = Decimal(top.split()[0])
        assert Decimal(half) * 2 == number
        assert zero == "0"
        assert number.normalize().as_tuple().digits in {(1,), (2,), (4,), (6,), (8,)}


def test_cash_has_a_table_behind_it(rich: Site) -> None:
    books = rich.books()
    rows = reports.by_month(reports.received(books), reports.forecast(books))
    page = rich.page()

    for currency in {row.currency for row in rows}:
        table = page.partition(f"<summary>{currency} as a table</summary>")[2].partition(
            "</table>"
        )[0]
        shown = {
            month: re.findall(r'<td class="num">(.*?)</td>', rest)
            for month, rest in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table)
        }
        assert shown == {
            row.month: [
                str(getattr(row, flow)) if getattr(row, flow) else "" for flow in reports.FLOWS
            ]
            for row in rows
            if row.currency == currency and row.month
        }


def test_target_that_was_moved_is_shown_where_it_was_first(show: Show) -> None:
    moved = """
2026-02-01 * "Acme" "Later"
  contract: "acme-brand"
  milestone-final: "100% 2026-06-10"
  Assets:Receivable:Acme      100.00 USD
  Income:Design
"""
    site = show(BOOKS.partition("2026-03-10")[0] + moved)
    page = site.page(view="timeline")

    assert "Final artwork: planned, target 2026-06-10, first 2026-05-01" in page
    assert page.count('class="move"') == 1
    assert page.count('class="first"') == 1
    # Of what was moved and is out of sight, nothing is drawn.
    late = site.page(view="timeline", time="2026-05-20 - 2026-05-31")
    assert 'class="first"' not in late
