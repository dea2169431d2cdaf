"""The docs are held against the code: every snippet loads, every name stands in the reference."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from beancount.core import data

from beancount_milestones import cli, events, reports
from beancount_milestones.documents import model
from beancount_milestones.documents.einvoice import missing
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.reminders import ReminderDocument, ReminderLine, ReminderTotal
from beancount_milestones.documents.schedule import ScheduleDocument, ScheduleLine, ScheduleTotal
from beancount_milestones.documents.statement import Age, StatementAccount, StatementDocument
from beancount_milestones.documents.writers import WRITERS
from beancount_milestones.fava.view import VIEWS
from beancount_milestones.parties import TaxRate
from beancount_milestones.reading import parties, schedules, settings, values
from beancount_milestones.receivables.items import Kind
from beancount_milestones.reports import COLUMNS
from beancount_milestones.reports.changes import What
from beancount_milestones.reports.check import KINDS as CHECK_KINDS
from beancount_milestones.reports.invoice import Status as InvoiceStatus
from beancount_milestones.reports.positions import Status
from beancount_milestones.reports.statement import StatementKind
from tests.receivables import books
from tests.support import Load, Loaded
from tools import errors_page

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLUGINS = 'plugin "beancount_milestones"\nplugin "beancount.plugins.auto_accounts"\n'
#: What is written as data, and given to templates.
DOCUMENTS = (
    *(model.InvoiceDocument, model.DocumentLine, model.Drawn, model.RateSum, model.TaxIn),
    *(model.Order, model.Reference, StatementDocument, StatementAccount, Age, ScheduleDocument),
    *(ScheduleLine, ScheduleTotal, ReminderDocument, ReminderLine, ReminderTotal, TaxRate),
)


def snippets(page: Path) -> list[str]:
    return [text for kind, text in FENCE.findall(page.read_text()) if kind == "beancount"]


def reference() -> str:
    return (ROOT / "docs" / "reference.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_snippets_of_a_page_load_as_one_ledger(load: Load, page: Path) -> None:
    text = "\n".join(snippets(page))
    # A page that shows the plugin line more than once is loaded with one.
    text = PLUGINS + re.sub(r"^plugin .*$", "", text, flags=re.MULTILINE)
    ledger = load(text)
    assert ledger.messages == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_snippet_with_a_plugin_line_loads_by_itself(load: Load, page: Path) -> None:
    for text in snippets(page):
        if text.startswith("plugin "):
            assert load(text).messages == []


def test_the_schedules_file_of_the_reference_loads(load: Load) -> None:
    (yaml,) = (text for kind, text in FENCE.findall(reference()) if kind == "yaml")
    config = "{'schedules': 'schedules.yaml'}"
    ledger = load(
        {
            "main.beancount": f'plugin "beancount_milestones" "{config}"\n',
            "schedules.yaml": yaml,
        }
    )
    assert ledger.messages == []


@pytest.mark.parametrize(
    "name",
    [
        *events.BY_NAME,
        *settings.CONTRACT_KEYS,
        *settings.CONFIG_KEYS,
        "schedules",
        "contract",
        *cli.COMMANDS,
        *COLUMNS,
        *get_args(Status),
        *schedules.BUILT_IN,
        "settles",
        "invoice",
        "due",
        "milestone",
        *reports.FORECAST_COLUMNS,
        *reports.STATEMENT_COLUMNS,
        *reports.CHANGE_COLUMNS,
        *reports.FINDING_COLUMNS,
        *CHECK_KINDS,
        *(field.name for field in fields(reports.InvoiceRow)),
        *get_args(InvoiceStatus),
        *get_args(Kind),
        *parties.PARTY_KEYS,
        *parties.KINDS,
        *(parties.SELLER, parties.CLIENT, parties.REMINDER, parties.SETTLES_AS, parties.TAX),
        *("templates", "reminders"),
        *get_args(What),
        *(name for kinds in get_args(StatementKind) for name in get_args(kinds)),
        "target:",
        "title:",
    ],
)
def test_every_name_stands_in_the_reference(name: str) -> None:
    assert re.search(rf"`[^`]*\b{re.escape(name)}", reference())


def test_the_reference_tells_the_built_in_schedules_as_they_are() -> None:
    for name, schedule in schedules.BUILT_IN.items():
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", reference(), re.MULTILINE)
        told = [tuple(part.split(" ", 1)) for part in row.split(", ")]
        shares = []
        for milestone, planned in schedule.milestones.items():
            fraction = planned.share.fraction
            share = "rest" if fraction is None else f"{fraction * 100}%"
            shares.append((milestone, "1/3" if "/" in share else share))
        assert told == shares


def section(heading: str) -> str:
    """Return what the reference says under a heading, up to the next one."""
    return re.split(r"^#+ ", reference().partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]


def in_first_column(heading: str) -> list[str]:
    """Return what is in backticks in the first column of the table under a heading."""
    rows = re.findall(r"^\| (.*?) \|", section(heading), re.MULTILINE)
    return re.findall(r"`([^`]+)`", "\n".join(rows))


def test_how_far_is_read_as_the_reference_has_it(load: Load) -> None:
    forms = in_first_column("How far")
    assert len(forms) == 5
    for form in forms:
        ledger = load(
            PLUGINS
            + '2026-01-01 * "Acme" "Job"\n  contract: "job"\n  milestone-all: "100%"\n'
            + "  Assets:Receivable  140,551.52 USD\n  Income:Work\n"
            + f'2026-01-02 custom "milestone" "job" "all" "progress" {form}\n'
        )
        assert ledger.messages == []
        assert len(booked(ledger)) == 1


def test_the_table_of_events_has_all_events() -> None:
    assert set(in_first_column("Events")) == set(events.BY_NAME)


def test_a_line_says_which_events_a_whole_contract_takes() -> None:
    said = section("Whole contracts").rpartition("```")[2]
    assert {name for name in events.BY_NAME if f"`{name}`" in said} == set(events.OF_CONTRACTS)


def test_the_table_of_configuration_has_all_keys() -> None:
    keys = set(in_first_column("Configuration"))
    assert keys == {*settings.CONFIG_KEYS, "schedules", "templates", "reminders"}


def test_the_table_of_contract_keys_has_all_keys() -> None:
    assert set(in_first_column("Contract keys")) == {"contract", *settings.CONTRACT_KEYS}


def test_the_table_of_parties_has_all_keys() -> None:
    assert set(in_first_column("Who is who")) == set(parties.PARTY_KEYS)


def test_the_taxes_of_the_reference_can_be_read() -> None:
    (line,) = (line for line in section("Who is who").splitlines() if '"19%"' in line)
    rates = [parties.tax_rate(text) for text in re.findall(r'`"([^"]+)"`', line)]
    assert rates == [
        TaxRate("S", Decimal(19)),
        TaxRate("S", Decimal(19)),
        TaxRate("AE", Decimal(0), "Reverse charge"),
        TaxRate("E", Decimal(0), "Small business"),
    ]


def test_the_terms_of_the_reference_can_be_read() -> None:
    (row,) = re.findall(r"^\| `terms` \| (when .*?) \|", reference(), re.MULTILINE)
    said = re.findall(r'`"([^"]+)"`', row)
    assert len(said) == 4
    for text in said:
        values.terms(text)


def tables_after_snippets(page: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each snippet that a table follows, with the cells of the table."""
    parts = FENCE.split(page.read_text())
    for kind, text, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        rows = re.findall(r"^\|(.*)\|$", after, re.MULTILINE)
        if kind == "beancount" and rows:
            yield text, [[cell.strip() for cell in row.split("|")] for row in rows]


def booked(ledger: Loaded) -> list[data.Transaction]:
    return [entry for entry in ledger.transactions if "event" in entry.meta]


@pytest.mark.parametrize(
    ("snippet", "table"), list(tables_after_snippets(ROOT / "docs" / "accounting.md"))
)
def test_the_accounting_page_shows_what_is_booked(
    load: Load, snippet: str, table: list[list[str]]
) -> None:
    (_, *headings), _, *rows = table
    transactions = booked(load(PLUGINS + snippet))
    assert len(transactions) == len(rows)
    for transaction, (_, *cells) in zip(transactions, rows, strict=True):
        shown = {
            heading: Decimal(cell.split(" ")[0].replace(",", "") or 0)
            for heading, cell in zip(headings, cells, strict=True)
        }
        sums = dict.fromkeys(headings, Decimal(0))
        for posting in transaction.postings:
            assert posting.units is not None
            assert posting.units.number is not None
            (heading,) = (
                h for h in headings if h == posting.account or h in posting.account.split(":")
            )
            sums[heading] += posting.units.number
        assert sums == shown


def test_every_link_of_a_page_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page.read_text()):
            assert not target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_a_row_has_the_columns_of_the_reference_in_order() -> None:
    from beancount_milestones.reports import Row  # noqa: PLC0415 - beside its use

    assert [field.name for field in fields(Row)] == list(COLUMNS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_the_reference_has_every_key_of_a_document(document: Any) -> None:  # noqa: ANN401 - a type
    told = reference().partition("### The keys of a document")[2].partition("\n## ")[0]
    own = [f.name for f in fields(document)] if is_dataclass(document) else document._fields
    made = [name for name, value in vars(document).items() if isinstance(value, property)]
    for name in {*own, *made} - {"seller", "client"}:
        assert re.search(rf"`{name}`", told), name


def test_the_page_of_errors_has_every_message_of_the_bad_ledgers() -> None:
    assert errors_page.PAGE.read_text() == errors_page.page(), "run tools/errors_page.py"


@pytest.mark.parametrize("view", [name.replace("-", " ") or "overview" for name in VIEWS])
def test_every_view_of_the_page_stands_in_the_reference(view: str) -> None:
    page = reference().partition("## The page in Fava")[2]
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert any(view in row.split("|")[1].lower() for row in rows)


def test_every_example_is_found_from_the_readme() -> None:
    linked = set(
        re.findall(r"\]\(examples/([\w-]+)\.beancount\)", (ROOT / "README.md").read_text())
    )
    assert linked == {path.stem for path in (ROOT / "examples").glob("*.beancount")}


def test_every_link_into_a_page_finds_its_heading() -> None:
    for page in PAGES:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text()):
            text = (page.parent / target if target else page).read_text()
            headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in headings}
            assert anchor in anchors, f"{page.name}: {target}#{anchor}"


@pytest.mark.parametrize("number", ["2026-001", "2026-002"])
def test_the_invoices_of_the_page_of_documents_are_complete(load: Load, number: str) -> None:
    ledger = load(PLUGINS + "\n".join(snippets(ROOT / "docs" / "documents.md")))
    (document,) = invoice_documents(books(ledger, "2026-03-20"), number)
    assert missing(document) == []


def test_the_tutorial_sends_its_invoice_by_mail(load: Load) -> None:
    text = "\n".join(snippets(ROOT / "docs" / "tutorial.md"))
    (document,) = invoice_documents(books(load(text), "2026-04-30"), "INV-042")
    draft = WRITERS[".eml"](document, Layout(ROOT, None), "cii").decode()
    assert "To: Acme <ap@acme.example>" in draft.replace('"', "")
