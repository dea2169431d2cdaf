"""The Milestones page, in process with Fava's test client."""

import datetime
import re
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from fava.application import create_app
from fava.core import FavaLedger
from fava.util import simple_wsgi
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from beancount_milestones import fava, reports
from beancount_milestones.fava import Milestones, setup
from beancount_milestones.model import Register
from beancount_milestones.reports import Books, Listed
from tests.fava_site import AS_OF, BOOKS, HEAD, Show, Site, Tables
from tests.support import Load

pytestmark = pytest.mark.usefixtures("fixed_day")


@pytest.fixture
def _broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Books) -> list[Listed]:
        message = "amount <b>123.45</b>"
        raise RuntimeError(message)

    monkeypatch.setattr("beancount_milestones.fava.lists._LISTS", {"unbilled": fail})


# ------------------------------------------------------------------ the tables


def test_unbilled(show: Show) -> None:
    tables = show().tables()

    assert [[cell.text for cell in row] for row in tables.body["unbilled"]] == [
        ["Acme", "acme-brand", "Mockups", "2026-02-28", "31", "3600.00", "USD",
         "Assets:Receivable:Acme", "Invoice"],
        ["Bolt", "bolt-web", "Design late", "2026-03-30", "1", "166.67", "EUR",
         "Assets:Receivable:Bolt", "Invoice"],
    ]  # fmt: skip
    assert [[cell.text for cell in row] for row in tables.foot["unbilled"]] == [
        # The operating currency comes first, everywhere.
        ["Total", "3600.00", "USD", ""],
        ["Total", "166.67", "EUR", ""],
    ]


def test_outstanding(show: Show) -> None:
    tables = show().tables()

    assert [[cell.text for cell in row] for row in tables.body["outstanding"]] == [
        ["Acme", "acme-brand", "Sketches", "INV-1", "2026-02-19", "40 days", "3600.00",
         "1600.00 1 entry 2026-02-10 payment 1600.00 USD (it names it)", "2000.00", "USD",
         "Assets:Receivable:Acme", "Paid"],
        ["Acme", "acme-brand", "Final artwork", "INV-2, INV-3", "2026-04-09", "", "2400.00", "0.00",
         "2400.00", "USD", "Assets:Receivable:Acme", "Paid"],
    ]  # fmt: skip
    assert [[cell.text for cell in row] for row in tables.foot["outstanding"]] == [
        ["Total", "6000.00", "1600.00", "4400.00", "USD", ""],
    ]


@pytest.mark.parametrize("day", ["2026-01-20", "2026-02-20", "2026-03-31", "2026-12-31"])
def test_numbers_are_those_of_the_reports(show: Show, day: str) -> None:
    site = show()
    books = site.books(datetime.date.fromisoformat(day))

    tables = site.tables(time=day)

    for section, listed in (
        ("unbilled", reports.unbilled(books)),
        ("outstanding", reports.outstanding(books)),
    ):
        numbers = [Decimal(text) for text in tables.texts(section, section.title())]
        assert numbers == [getattr(item.row, section) for item in listed]
        sums = {row[-2].text: Decimal(row[-3].text) for row in tables.foot.get(section, [])}
        assert sums == reports.totals([item.row for item in listed], section)


def test_amounts_are_sorted_exactly_and_by_currency(show: Show) -> None:
    tables = show().tables()

    # The operating currency before all others, however large the numbers are.
    assert [cell.sorted_by for cell in tables.column("unbilled", "Unbilled")] == ["0", "1"]
    assert [cell.sorted_by for cell in tables.column("outstanding", "Billed")] == ["1", "0"]


def test_what_is_shown_is_sorted_by_what_it_says(show: Show) -> None:
    tables = show().tables()

    assert [cell.sorted_by for cell in tables.column("unbilled", "Milestone")] == [
        "Mockups",
        "Design",
    ]
    assert [cell.sorted_by for cell in tables.column("outstanding", "Overdue")] == ["40", "0"]
    # Fava counts only the columns that can be sorted.
    for section in ("unbilled", "outstanding"):
        assert all("data-sort" in cell.attributes for cell in tables.headings[section])


@pytest.mark.parametrize(
    ("day", "age", "words"),
    [
        ("2026-02-19", 0, ""),
        ("2026-02-20", 1, "1 day"),
        ("2026-03-21", 1, "30 days"),
        ("2026-03-22", 2, "31 days"),
        ("2026-04-21", 3, "61 days"),
        ("2026-05-21", 4, "91 days"),
    ],
)
def test_aging(show: Show, day: str, age: int, words: str) -> None:
    cell = show().tables(time=day).column("outstanding", "Overdue")[0]

    assert cell.text == words
    assert cell.attributes["class"] == f"num age-{age}"


def test_decimals_that_fava_would_round_away(show: Show) -> None:
    third = """
    2026-01-01 * "Acme" "Whole numbers"
      contract: "thirds"
      milestone-one: "1/3"
      milestone-two: "rest"
      Assets:Receivable:Acme   100000 USD
      Income:Design           -100000 USD
    2026-01-02 custom "milestone" "thirds" "one" "completed"
    """
    plain = show(HEAD + dedent(third))
    assert plain.ledger.format_decimal(Decimal("1.25"), "USD") == "1"
    assert plain.tables().texts("unbilled", "Unbilled") == ["33333.33"]

    german = '2020-01-01 custom "fava-option" "locale" "de"\n'
    assert show(HEAD + german + dedent(third)).tables().texts("unbilled", "Unbilled") == [
        "33.333,33"
    ]


# ------------------------------------------------------------------ links

PAGE = "/books/extension/Milestones/?"


def links(tables: Tables, section: str, heading: str) -> list[str]:
    return [link for cell in tables.column(section, heading) for link in cell.links]


def test_links(show: Show) -> None:
    tables = show().tables(time="2026-03-31", account="Receivable")

    assert links(tables, "outstanding", "Invoice") == [
        f"{PAGE}view=invoice&invoice=INV-{number}&account=Receivable&time=2026-03-31"
        for number in (1, 2, 3)
    ]
    assert links(tables, "unbilled", "Contract") == [
        f"{PAGE}view=contract&contract=acme-brand&account=Receivable&time=2026-03-31",
        f"{PAGE}view=contract&contract=bolt-web&account=Receivable&time=2026-03-31",
    ]
    # The filters of the page go along.
    assert links(tables, "outstanding", "Client")[0] == (
        f"{PAGE}view=client&client=Acme&account=Receivable&time=2026-03-31"
    )
    assert links(tables, "unbilled", "Account") == [
        "/books/account/Assets:Receivable:Acme/?account=Receivable&time=2026-03-31",
        "/books/account/Assets:Receivable:Bolt/?account=Receivable&time=2026-03-31",
    ]


def directive(site: Site, link: str) -> dict[str, Any]:
    assert link.startswith("#context-")
    response = site.get("api/context", entry_hash=link.removeprefix("#context-"))
    assert response.status_code == 200
    entry: dict[str, Any] = response.get_json()["data"]["entry"]
    return entry


def test_milestone_opens_its_directive(show: Show) -> None:
    site = show()
    tables = site.tables()

    (mockup, design) = links(tables, "unbilled", "Milestone")
    entry = directive(site, mockup)
    assert (entry["t"], entry["date"]) == ("Custom", "2026-02-28")
    assert directive(site, design)["date"] == "2026-03-30"
    assert directive(site, links(tables, "outstanding", "Milestone")[0])["date"] == "2026-01-20"


def test_milestone_opens_a_directive_that_has_lost_its_document(show: Show, tmp_path: Path) -> None:
    (tmp_path / "report.txt").touch()
    site = show(
        BOOKS.replace('"mockup" "completed"', '"mockup" "completed"\n  document: "report.txt"')
    )

    (mockup, _) = links(site.tables(), "unbilled", "Milestone")

    entry = directive(site, mockup)
    assert entry["date"] == "2026-02-28"
    assert "document" not in entry["meta"]


PLUGIN = """
from beancount.core.data import Custom

__plugins__ = ["change"]

def change(entries, options_map):
    return [new for entry in entries for new in changed(entry)], []

def changed(entry):
    if isinstance(entry, Custom) and entry.type == "milestone":
        {change}
    return [entry]
"""


def changed_by_plugin(show: Show, name: str, change: str) -> Tables:
    text = BOOKS + f'option "insert_pythonpath" "TRUE"\nplugin "{name}"\n'
    site = show(text, files={f"{name}.py": PLUGIN.format(change=change)})
    assert not site.ledger.load_errors
    return site.tables()


def test_milestone_opens_a_directive_that_a_plugin_has_changed(show: Show) -> None:
    tables = changed_by_plugin(
        show, "changes", "return [entry._replace(meta=entry.meta | {'seen': True})]"
    )

    assert all(link.startswith("#context-") for link in links(tables, "unbilled", "Milestone"))


def test_milestone_opens_the_file_where_a_plugin_has_taken_the_directive(
    show: Show, tmp_path: Path
) -> None:
    tables = changed_by_plugin(show, "takes", "return []")

    (mockup, _) = links(tables, "unbilled", "Milestone")
    line = BOOKS.splitlines().index(
        '2026-02-28 custom "milestone" "acme-brand" "mockup" "completed"'
    )
    path = tmp_path / "main.beancount"
    assert mockup == f"/books/editor/?file_path={path}&line={line + 1}"


def test_milestone_is_plain_text_where_there_is_nothing_to_open(show: Show) -> None:
    makes = """\
    from beancount.core.data import Custom, new_metadata

    __plugins__ = ["make"]

    def make(entries, options_map):
        made = [
            entry._replace(meta={**entry.meta, "filename": "<made>"})
            if isinstance(entry, Custom) and entry.type == "milestone" else entry
            for entry in entries
        ]
        return made, []
    """
    gone = PLUGIN.format(change="return []")
    text = BOOKS.replace(
        'plugin "beancount_milestones"',
        'option "insert_pythonpath" "TRUE"\nplugin "makes"\nplugin "beancount_milestones"\n'
        'plugin "gone"',
    )
    tables = show(text, files={"makes.py": makes, "gone.py": gone}).tables()

    assert tables.texts("unbilled", "Milestone") == ["Mockups", "Design late"]
    assert links(tables, "unbilled", "Milestone") == []


# ------------------------------------------------------------------ filters


def shown(site: Site, **filters: str) -> list[str]:
    """The milestones of both lists."""
    tables = site.tables(**filters)
    return [
        cell.sorted_by
        for section in ("unbilled", "outstanding")
        if section in tables.headings
        for cell in tables.column(section, "Milestone")
    ]


ALL = ["Mockups", "Design", "Sketches", "Final artwork"]


def test_as_of_today(show: Show) -> None:
    page = show().page()

    assert ">2026-03-31</time>, today." in page
    assert "Only" not in page


def test_as_of_the_end_of_the_time_filter(show: Show) -> None:
    site = show()

    assert ">2026-02-28</time>, the end of the time filter." in site.page(time="2026-02")
    assert shown(site, time="2026-02") == ["Mockups", "Sketches"]
    assert shown(site, time="2026-04") == ["Mockups", "Sketches", "Final artwork", "Design"]


def test_the_end_of_a_fiscal_year(show: Show) -> None:
    fiscal = '2020-01-01 custom "fava-option" "fiscal-year-end" "02-28"\n'
    site = show(BOOKS + fiscal)

    assert shown(site, time="FY2026") == shown(site, time="2026-02")
    assert ">2026-02-28</time>, the end of the time filter." in site.page(time="FY2026")


def test_the_start_of_the_time_filter_drops_nothing(show: Show) -> None:
    assert shown(show(), time="2026-03-31") == ALL


def test_time_filter_filters_no_entries(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    site = show()
    monkeypatch.delattr(FavaLedger, "get_filtered")

    assert shown(site, time="2026-02", account="Acme") == ["Mockups", "Sketches"]


def test_books_of_some_days_are_kept_until_the_ledger_is_another(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = show()
    made: list[datetime.date] = []

    def make(register: Register, entries: Any, options: Any, as_of: datetime.date) -> Books:  # noqa: ANN401
        made.append(as_of)
        return Books(register, entries, options, as_of)

    def on(books: Books, as_of: datetime.date) -> Books:
        made.append(as_of)
        return of_another_day(books, as_of)

    of_another_day = Books.on
    monkeypatch.setattr(fava, "Books", make)
    monkeypatch.setattr(Books, "on", on)
    for address in ({}, {"view": "clients"}, {"account": "Acme"}, {"time": "2026 - 2026-03-31"}):
        site.page(**address)
    assert made == [AS_OF]
    site.page(time="2026-02")
    site.page()
    assert made[1:] == [datetime.date(2026, 2, 28)]
    for month in range(1, 7):
        site.page(time=f"2025-{month:02}")
    made.clear()
    site.page(time="2025-01")
    assert made == []
    site.page(time="2026-02")
    assert made == [datetime.date(2026, 2, 28)]
    made.clear()
    (tmp_path / "main.beancount").write_text(BOOKS + ";", encoding="utf-8")
    site.ledger.load_file()
    site.page(time="2026-02")
    assert len(made) == 1
    extension = site.ledger.extensions.get_extension("Milestones")
    assert isinstance(extension, Milestones)
    extension.forget()
    site.page(time="2026-02")
    assert len(made) == 2


def test_the_real_today(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    # Not run at the stroke of midnight, or it is one of the two.
    before = datetime.datetime.now().astimezone().date()
    page = show().page()
    after = datetime.datetime.now().astimezone().date()
    assert f">{before}</time>, today." in page or f">{after}</time>, today." in page


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("Assets:Receivable:Acme", ["Mockups", "Sketches", "Final artwork"]),
        ("Assets:Receivable", ALL),
        ("bolt", ["Design"]),
        ("Bolt$|Nobody", ["Design"]),
        ("Income:Design", []),
        ("Acme(", []),
    ],
)
def test_account_filter(show: Show, account: str, expected: list[str]) -> None:
    site = show()

    assert shown(site, account=account) == expected
    assert f"Only accounts that match <q>{account}</q>." in site.page(account=account)


def test_account_filter_finds_children(show: Show) -> None:
    old = BOOKS.replace("Assets:Receivable:Acme   12", "Assets:Receivable:Acme:Old  12")

    assert "Mockups" in shown(show(old), account="Assets:Receivable:Acme")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^INV-1", ["Sketches"]),
        ("^INV-3", ["Final artwork"]),
        # Its invoice is of April.
        ("^INV-4", []),
        ("#web", ["Design"]),
        ("-#web", ["Mockups", "Sketches", "Final artwork"]),
        ("payee:Bolt", ["Design"]),
        ("-payee:Bolt", ["Mockups", "Sketches", "Final artwork"]),
        ("Mockups", ["Mockups"]),
        # In the contract's own transaction only.
        ("manager:Jo", ["Mockups", "Sketches", "Final artwork"]),
        ('any(account:"Receivable:Bolt")', ["Design"]),
        ("   ", ALL),
        ("nothing-like-this", []),
    ],
)
def test_text_filter(show: Show, text: str, expected: list[str]) -> None:
    assert shown(show(), filter=text) == expected


def test_filters_together(show: Show) -> None:
    site = show()
    page = site.page(filter="#brand", account="Acme", time="2026-02")

    assert shown(site, filter="#brand", account="Acme", time="2026-02") == ["Mockups", "Sketches"]
    assert "Only accounts that match <q>Acme</q>." in page
    assert "Only milestones with a transaction that matches <q>#brand</q>." in page
    assert shown(site, filter="#brand", account="Bolt") == []


def test_totals_are_of_what_is_shown(show: Show) -> None:
    tables = show().tables(filter="^INV-1")

    assert [cell.text for cell in tables.foot["outstanding"][0]][-3] == "2000.00"


def test_nothing_passes_the_filters(show: Show) -> None:
    page = show().page(account="Bolt")

    assert "without them 2 milestones are outstanding" in page
    assert "without them 1 milestone is unbilled" in show().page(time="2026-02", account="Bolt")


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"time": "no day"}, "Failed to parse date: no day"),
        ({"time": "2026-03 - 2026-01"}, "2026-03 - 2026-01&#39; is not a period"),
        ({"filter": "any("}, "any("),
    ],
)
def test_filter_that_fava_cannot_read(show: Show, filters: dict[str, str], message: str) -> None:
    assert message in show().failure(**filters)


# ------------------------------------------------------------------ nothing to show


def test_no_plugin_line(show: Show) -> None:
    page = show(BOOKS.replace('plugin "beancount_milestones"', "")).page()

    assert "This ledger has contracts or milestones, but the plugin is not turned on" in page
    assert "<pre><code>plugin &#34;beancount_milestones&#34;</code></pre>" in page
    assert "<table" not in page


@pytest.mark.parametrize("with_plugin", [True, False])
def test_no_contract(show: Show, load: Load, *, with_plugin: bool) -> None:
    ledger = """\
    option "title" "Books"
    option "name_income" "Erträge"
    option "operating_currency" "EUR"
    2020-01-01 custom "fava-extension" "beancount_milestones.fava"
    2020-01-01 open Assets:Receivable:Acme
    """
    if with_plugin:
        ledger = 'plugin "beancount_milestones"\n' + dedent(ledger)

    page = show(ledger).page()

    (lines,) = re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    lines = lines.replace("&#34;", '"')
    assert ('plugin "beancount_milestones"' in lines) is not with_plugin
    pasted = load(dedent(ledger) + lines)
    assert pasted.messages == []
    assert len(pasted.options["milestones"].contracts) == 1
    # It shows something at once.
    assert shown(show(dedent(ledger) + lines)) == ["Design approved"]


def test_example_opens_its_accounts(load: Load) -> None:
    options = {"name_assets": "Assets", "name_income": "Income", "operating_currency": []}
    text = setup.example([], options, AS_OF, with_plugin=True)

    assert load(text).messages == []
    assert len([line for line in text.splitlines() if line]) == 12
    assert "5,000.00 USD" in text


def test_all_is_billed_and_paid(show: Show) -> None:
    site = show()
    page = site.page(time="2026-01-10")

    assert "Everything earned is invoiced." in page
    assert "Everything invoiced is paid." in page
    assert shown(site, time="2026-01-10") == []


def test_errors_in_contracts(show: Show) -> None:
    wrong = '2026-03-01 custom "milestone" "acme-brand" "mokcup" "completed"\n'
    site = show(BOOKS + wrong + "2026-03-02 balance Assets:Bank 1.00 USD\n")
    page = site.page()

    assert len(site.ledger.load_errors) == 2
    assert "1 error in contracts and milestones" in page
    assert '<a href="/books/errors/">See the errors</a>' in page
    # Which contract, what is wrong, and where to put it right.
    line = len(BOOKS.splitlines()) + 1
    (error,) = re.findall(r"<li>(<strong>.*?)</li>", page)
    assert error.startswith("<strong>acme-brand</strong>: no milestone &#39;mokcup&#39;")
    assert f'/main.beancount&amp;line={line}">main.beancount:{line}</a>' in error
    assert shown(site) == ALL
    assert "2 errors in" in show(BOOKS + wrong + wrong.replace("mokcup", "finale")).page()
    assert "in contracts and milestones" not in show().page()


def test_first_errors_of_many(show: Show) -> None:
    line = '2026-03-01 custom "milestone" "{}" "all" "completed"\n'
    page = show(BOOKS + "".join(line.format(f"nothing-{n}") for n in range(25))).page()

    assert "25 errors in contracts and milestones" in page
    assert page.count("no contract &#39;nothing-") == 20


def test_error_without_a_contract(show: Show) -> None:
    page = show(BOOKS + '2026-03-01 custom "milestone"\n').page()

    assert "1 error in contracts and milestones" in page
    assert "<li><strong>" not in page


def test_every_contract_has_an_error(show: Show) -> None:
    contract = """
    2026-01-01 * "Acme" "Brand"
      contract: "acme-brand"
      milestone-all: "90%"
      Assets:Receivable:Acme   12,000.00 USD
      Income:Design
    """
    page = show(HEAD + dedent(contract)).page()

    assert "1 error in contracts and milestones" in page
    assert "<pre>" not in page


def test_broken_ledger(show: Show) -> None:
    site = show(BOOKS + '2026-99-99 * "unclosed\n  Assets:\n')

    assert site.ledger.load_errors
    assert shown(site) == ALL


def test_empty_ledger(show: Show) -> None:
    custom = '2020-01-01 custom "fava-extension" "beancount_milestones.fava"\n'

    assert "There are no contracts" in show(f'option "title" "Books"\n{custom}').page()


# ------------------------------------------------------------------ whatever the ledger says


def test_everything_is_escaped(show: Show) -> None:
    nasty = "<script>alert(1)</script>&amp;'"
    text = BOOKS.replace('"Acme" "Brand"', f'"{nasty}" "{nasty}"').replace("Mockups", nasty)
    site = show(text)
    page = site.page(account="<script>", filter="'<script>'")

    assert "<script" not in page
    assert "<q>&lt;script&gt;</q>" in page
    assert "<script" not in site.page()
    assert site.tables().texts("unbilled", "Client")[0] == nasty
    assert site.tables().texts("unbilled", "Milestone")[0] == nasty


@pytest.mark.parametrize(
    "config", ["os.system('x')", "true", "{'unclosed", "nonsense here", "{'a': 1}", "<b>"]
)
def test_configuration_is_ignored(show: Show, config: str) -> None:
    site = show(BOOKS.replace("milestones.fava", f'milestones.fava" "{config}', 1))

    page = site.page()
    assert "The configuration of this page names the hosts of a proxy" in page
    assert "<b>" not in page
    assert shown(site) == ALL
    assert site.get("income_statement/").status_code == 200


def test_configuration_is_told_as_the_ledger_says_it_now(show: Show) -> None:
    other = '2020-01-01 custom "fava-extension" "fava.ext.auto_commit" "{}"\n'
    assert "configuration" not in show(BOOKS + other).page()


def test_configuration_that_is_no_text(show: Show) -> None:
    assert (
        "<code>12.5</code>"
        in show(BOOKS.replace('milestones.fava"', 'milestones.fava" 12.5')).page()
    )


# ------------------------------------------------------------------ ways to run Fava


def test_incognito(show: Show) -> None:
    site = show(incognito=True)
    # Fava's hashes are made of digits too.
    page = re.sub(r"context-[0-9a-f]+", "", site.page())

    amounts = {"3600.00", "166.67", "1600.00", "2000.00", "2400.00", "6000.00", "4400.00"}
    for amount in amounts | {amount.removesuffix(".00") for amount in amounts}:
        assert amount not in page
    assert site.tables().texts("unbilled", "Unbilled") == ["XXXX.XX", "XXX.XX"]
    # Dates and invoice numbers are no money.
    assert "2026-02-28" in page
    assert "INV-1" in page


@pytest.mark.usefixtures("_broken")
def test_incognito_failure(show: Show) -> None:
    assert "XXX.XX" in show(incognito=True).failure()


def test_read_only(show: Show) -> None:
    site = show(read_only=True)

    assert shown(site) == ALL
    assert site.app.test_client().post("/books/extension/Milestones/").status_code in {401, 405}


def test_prefix(show: Show) -> None:
    # A title of its own: Fava remembers addresses for all of the process.
    site = show(BOOKS.replace('"Books"', '"Prefixed"'))
    site.app.wsgi_app = DispatcherMiddleware(simple_wsgi, {"/all": site.app.wsgi_app})  # type: ignore[method-assign]
    response = site.app.test_client().get("/all/prefixed/extension/Milestones/")

    text = response.get_data(as_text=True)
    ours = Tables(text[text.index('<div class="milestones">') :])
    targets = [
        link for rows in ours.body.values() for row in rows for cell in row for link in cell.links
    ]
    assert targets
    assert all(link.startswith(("/all/prefixed/", "#context-")) for link in targets)


def test_several_ledgers(tmp_path: Path) -> None:
    other = BOOKS.replace('"Books"', '"Other"').replace("Mockups", "Drafts")
    for name, text in (("one", BOOKS), ("two", other)):
        (tmp_path / f"{name}.beancount").write_text(text, encoding="utf-8")
    ledgers = [tmp_path / "one.beancount", tmp_path / "two.beancount"]
    app = create_app(ledgers, load=True, poll_watcher=True)

    assert "Mockups" in Site(app, "books").page()
    assert "Mockups" not in Site(app, "other").page()
    assert "Drafts" in Site(app, "other").page()


def test_ledger_that_changes(show: Show, tmp_path: Path) -> None:
    site = show()
    assert "Mockups" in site.page()

    (tmp_path / "main.beancount").write_text(BOOKS.replace("Mockups", "Drafts"), encoding="utf-8")
    site.ledger.load_file()

    assert "Drafts" in site.page()


def test_in_the_sidebar(show: Show) -> None:
    text = show().get("income_statement/").get_data(as_text=True)

    assert '"report_title":"Milestones"' in text.replace('": ', '":')


# ------------------------------------------------------------------ our own faults


@pytest.mark.usefixtures("_broken")
def test_failure(show: Show, caplog: pytest.LogCaptureFixture) -> None:
    message = show().failure()

    assert "a fault of beancount-milestones" in message
    assert "RuntimeError: amount &lt;b&gt;123.45&lt;/b&gt;" in message
    assert caplog.records[-1].exc_info


def test_failure_in_the_template(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    site = show()

    def no_address(*_: object, **__: object) -> str:
        raise KeyError

    monkeypatch.setitem(site.app.jinja_env.globals, "url_for", no_address)
    response = site.app.test_client().get("/books/extension/Milestones/?partial=true")
    assert response.status_code == 200
    assert "KeyError" in response.get_data(as_text=True)
