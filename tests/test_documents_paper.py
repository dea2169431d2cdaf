"""Invoices as HTML and PDF: what is on paper, in which words, and with whose templates."""

import datetime
import io
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from html import unescape
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from beancount import loader
from click.testing import CliRunner, Result
from facturx import get_xml_from_pdf
from packaging.requirements import Requirement
from pypdf import PdfReader

from beancount_milestones import cli
from beancount_milestones.documents import words
from beancount_milestones.documents.einvoice import cii
from beancount_milestones.documents.html import TemplateError, invoice_html
from beancount_milestones.documents.layout import Layout, paper
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.model import InvoiceDocument
from beancount_milestones.documents.pdf import to_pdf
from beancount_milestones.documents.qr import payment_code
from beancount_milestones.model import of_register
from beancount_milestones.parties import Party
from beancount_milestones.reports import Books, invoices
from tests import einvoices
from tests.receivables import day
from tests.shipped import BOOKS

HERE = Layout(Path(), None)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def at() -> Books:
    entries, errors, options = loader.load_string(einvoices.LEDGER)
    assert errors == []
    register = of_register(options)
    assert register
    return Books(register, entries, options, datetime.date(2026, 12, 31))


def document(at: Books, number: str, **changes: object) -> InvoiceDocument:
    (found,) = invoice_documents(at, number)
    return replace(found, **changes)  # type: ignore[arg-type]


def text_of(page: str) -> str:
    """What people read on a page, in one line and with plain signs."""
    body = re.sub(r"<[^>]*>", " ", page[page.index("<body>") :])
    return " ".join(plain(unescape(body)).split())


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [*map(str, args), "--as-of", "2026-12-31"])


# ---------------------------------------------------------------- what is on it


def test_an_invoice_from_top_to_bottom(at: Books) -> None:
    text = text_of(invoice_html(document(at, "B-2"), HERE))

    assert "Studio North GmbH · Musterstr. 1 · 10115 Berlin Acme & Sons SA Service achats" in text
    assert "Number B-2 Date 20 February 2026 Delivered 2026-02-10 to 2026-02-20" in text
    assert "Due 22 March 2026 Your order PO-77 Contract brand Your VAT number FR40303265045" in text
    assert "Invoice B-2 Brand identity 666.00 EUR due by 22 March 2026" in text
    assert "Final logo 60% to date 7,000.00 0.00 4,200.00 2,800.00" in text
    assert "Earlier invoices Invoice Net Tax Total B-1 of 2026-02-01 3,000.00 570.00" in text
    assert "Net 4,200.00 EUR VAT 19% on 4,200.00 798.00 EUR Total 4,998.00 EUR" in text
    assert "Paid -1,000.00 EUR Credited -3,332.00 EUR Amount due 666.00 EUR" in text
    assert "2% discount if paid by 2026-03-02." in text
    assert "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX Reference B-2 Scan to pay" in text


def test_nothing_private_is_on_it(at: Books) -> None:
    page = invoice_html(document(at, "B-2"), HERE)

    assert not re.search("unbilled|habit|overdue|unapplied", page, re.IGNORECASE)


def test_deposits_that_are_drawn_have_their_numbers_and_tax(at: Books) -> None:
    text = text_of(invoice_html(document(at, "D-3"), HERE))

    assert "Work 4,000.00 EUR" in text
    assert "Deposit, invoice D-1 of 2026-01-12: net -1,200.00, tax -228.00 -1,200.00 EUR" in text
    assert "Net 2,800.00 EUR VAT 19% on 2,800.00 532.00 EUR Total 3,332.00 EUR" in text


def test_a_credit_note_names_what_it_takes_back(at: Books) -> None:
    text = text_of(invoice_html(document(at, "B-3"), HERE))

    assert "Credit note B-3 Brand identity 3,332.00 EUR credited" in text
    assert "Takes back B-2 of 2026-02-20." in text
    assert "This credit note" in text
    assert "How to pay" not in text


def test_why_no_tax_is_charged(at: Books) -> None:
    assert "Reverse charge" in text_of(invoice_html(document(at, "R-1"), HERE))
    assert "Article 293 B" in text_of(invoice_html(document(at, "S-1"), HERE))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"open": Decimal(0), "received": Decimal(5)}, "Paid in full. Thank you."),
        ({"open": Decimal(0), "received": Decimal(0)}, "Nothing left to pay."),
        ({"open": Decimal(5), "due": None}, "5.00 EUR due "),
        ({"held": Decimal(5)}, "Held back until later -5.00 EUR"),
        ({"held": Decimal(-5)}, "Held back before, now due 5.00 EUR"),
        ({"settled": Decimal(5)}, "Settled otherwise -5.00 EUR"),
        ({"seller": Party(name="S", payment="Cheques to S")}, "How to pay Cheques to S"),
        ({"seller": Party(name="S", iban="DE1", note="No VAT")}, "No VAT"),
        ({"client": Party(name="C", tax_id="T-1")}, "Your tax number T-1"),
        ({"rates": ()}, "Net 4,200.00 EUR Total"),
        ({"order": "", "contracts": (), "title": ""}, "Due 22 March 2026 Your VAT number"),
        ({"earlier": (), "discount": None}, "2,800.00 Net 4,200.00 EUR"),
    ],
)
def test_what_an_invoice_may_say(at: Books, changes: dict[str, object], said: str) -> None:
    assert said in text_of(invoice_html(document(at, "B-2", **changes), HERE))


def test_tax_of_a_rate_that_the_ledger_does_not_say(at: Books) -> None:
    found = document(at, "B-2")
    (part,) = found.rates
    page = invoice_html(replace(found, rates=(part._replace(rate=None),)), HERE)

    assert "Tax 798.00 EUR" in text_of(page)


def test_names_cannot_break_the_page(at: Books) -> None:
    name = '</style><script>alert("1")</script>'
    found = replace(document(at, "B-2"), number=name, seller=Party(name=name))
    page = invoice_html(found, HERE)

    assert "<script>" not in page
    assert page.count("</style>") == 2


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("language", words.languages())
def test_each_language_says_all_that_english_says(language: str) -> None:
    folder = Path(words.__file__).parent / "languages"
    english, other = (
        yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("en", language)
    )

    assert list(other) == list(english)
    assert len(other["months"]) == 12
    for key, sentence in english.items():
        if isinstance(sentence, str):
            fields = [set(re.findall(r"\{\w+\}", text)) for text in (sentence, other[key])]
            assert fields[0] == fields[1], key


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Rechnung B-2 Brand identity 666,00 EUR zahlbar bis 22. März 2026"),
        ("fr", "Facture B-2 Brand identity 666,00 EUR à payer au plus tard le 22 mars 2026"),
        ("es", "Factura B-2 Brand identity 666,00 EUR a pagar hasta el 22 de marzo de 2026"),
        ("pt", "Invoice B-2 Brand identity 666.00 EUR due by 22 March 2026"),
    ],
)
def test_the_language_of_the_client(at: Books, language: str, said: str) -> None:
    found = document(at, "B-2")
    page = invoice_html(replace(found, client=found.client._replace(language=language)), HERE)

    assert said in text_of(page)
    assert f'<html lang="{words.known(language)}">' in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1 May 2026"),
        ("de", "1. Mai 2026"),
        ("fr", "1er mai 2026"),
        ("es", "1 de mayo de 2026"),
    ],
)
def test_the_first_of_a_month(language: str, said: str) -> None:
    assert words.long_day(language, datetime.date(2026, 5, 1)) == said


def test_paper_by_country() -> None:
    here, there = Party(country="DE"), Party(country="US")

    assert (paper(here, there), paper(there, here)) == ("A4", "Letter")
    assert (paper(Party(), there), paper(Party(), Party())) == ("Letter", "A4")


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("logo.png", PIXEL, "png"),
        ("logo.svg", b"\n<svg xmlns='http://www.w3.org/2000/svg'/>", "svg+xml"),
    ],
)
def test_a_logo_is_in_the_page(
    at: Books, tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    (tmp_path / name).write_bytes(content)
    layout = Layout(tmp_path, None)
    found = document(at, "B-2")
    seller = found.seller._replace(logo=name)

    assert f'<img src="data:image/{kind};base64,' in invoice_html(
        replace(found, seller=seller), layout
    )
    assert layout.missing(seller, found.client) == []


@pytest.mark.parametrize("name", ["no-such.png", "text.png", "\0"])
def test_a_broken_logo_is_left_out_and_said(at: Books, tmp_path: Path, name: str) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    layout = Layout(tmp_path, None)
    found = document(at, "B-2")
    seller = found.seller._replace(logo=name)
    page = invoice_html(replace(found, seller=seller), layout)

    assert '<div class="brand">Studio North GmbH</div>' in page
    (sentence,) = layout.missing(seller, found.client)
    assert sentence.startswith("the logo is left out: ")


def test_a_code_to_scan_is_for_transfers_in_euro_only(at: Books) -> None:
    found = document(at, "B-2")

    assert payment_code(found).startswith("data:image/svg+xml")
    for changes in (
        {"currency": "USD"},
        {"open": Decimal(0)},
        {"open": Decimal("1.001")},
        {"open": Decimal(10) ** 9},
        {"kind": "credit note"},
        {"seller": Party(name="S")},
        {"seller": Party(name="S", iban="DE1")},
    ):
        assert payment_code(replace(found, **changes)) == ""


# ---------------------------------------------------------------- PDF


def test_a_pdf_has_every_figure_and_the_e_invoice_inside(at: Books) -> None:
    found = document(at, "B-2")
    page = invoice_html(found, HERE)
    made = to_pdf(page, found.date, cii(found))
    leaves = PdfReader(io.BytesIO(made)).pages
    text = plain(" ".join("".join(leaf.extract_text() for leaf in leaves).split()))

    for figure in ("7,000.00", "4,200.00", "2,800.00", "798.00", "4,998.00", "-1,000.00", "666.00"):
        assert figure in text
    assert get_xml_from_pdf(made, check_xsd=True) == ("factur-x.xml", cii(found))
    assert made == to_pdf(page, found.date, cii(found))


def test_a_pdf_is_pdf_a_3_and_tagged(at: Books) -> None:
    found = document(at, "B-2")
    reader = PdfReader(io.BytesIO(to_pdf(invoice_html(found, HERE), found.date, cii(found))))
    root: Any = reader.root_object
    metadata = root["/Metadata"].get_data().decode()

    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert metadata.count("<rdf:RDF") == metadata.count("</rdf:RDF>") == 1
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert "2026-02-20T12:00:00Z" in metadata
    assert reader.metadata
    assert reader.metadata.title == "Invoice B-2"


def test_a_pdf_without_an_e_invoice(at: Books) -> None:
    found = document(at, "B-2")
    reader = PdfReader(io.BytesIO(to_pdf(invoice_html(found, HERE), found.date)))

    assert not reader.attachments


def test_a_page_fetches_nothing_from_files_or_the_network(caplog: pytest.LogCaptureFixture) -> None:
    page = '<html><body><img src="file:///etc/passwd"><p>Text</p></body></html>'
    reader = PdfReader(io.BytesIO(to_pdf(page, datetime.date(2026, 1, 1))))

    assert reader.pages[0].extract_text() == "Text"
    assert "file:///etc/passwd" in caplog.text


# ---------------------------------------------------------------- templates


def own(folder: Path, **files: str) -> Layout:
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return Layout(folder, folder)


def test_a_template_of_ones_own_replaces_a_block_of_ours(at: Books, tmp_path: Path) -> None:
    layout = own(
        tmp_path,
        invoice='{% extends "built-in/invoice.html" %}'
        "{% block heading %}<h1>Our {{ document.number }}</h1>{% endblock %}",
    )
    page = invoice_html(document(at, "B-2"), layout)

    assert "<h1>Our B-2</h1>" in page
    assert "Final logo" in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\n{% if %}", "invoice.html:2: the template cannot be used: Expected an expression"),
        ("one\n\n{{ documnt }}", "invoice.html:3: the template cannot be used: 'documnt' is undef"),
        ("{{ ().__class__.__base__ }}", "access to attribute '__class__' of 'tuple' object is uns"),
        (
            '{% include "none.html" %}',
            "there is no template 'none.html'",
        ),
    ],
)
def test_a_template_that_fails_is_named(at: Books, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TemplateError) as failure:
        invoice_html(document(at, "B-2"), own(tmp_path, invoice=text))

    assert said in str(failure.value)


def test_the_folder_of_templates_is_beside_the_ledger(tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    plugin = 'plugin "beancount_milestones"'
    text = einvoices.LEDGER.replace(plugin, f"{plugin} \"{{'templates': 'paper'}}\"")
    book.write_text(text, encoding="utf-8")
    (tmp_path / "paper").mkdir()
    own(tmp_path / "paper", invoice="{{ document.number }} of ours")
    result = run("invoice", book, "B-1", "-o", tmp_path / "B-1.html")

    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / "B-1.html").read_text(encoding="utf-8") == "B-1 of ours\n"
    own(tmp_path / "paper", invoice="{{ nothing }}")
    result = run("invoice", book, "B-1", "-o", tmp_path / "B-1b.html")
    assert result.exit_code == 2
    assert "'nothing' is undefined" in result.stderr
    assert not (tmp_path / "B-1b.html").exists()


# ---------------------------------------------------------------- the command


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "books.beancount"
    path.write_text(einvoices.LEDGER, encoding="utf-8")
    return path


def test_several_invoices_have_a_file_each(book: Path, tmp_path: Path) -> None:
    result = run("invoice", book, "B-1", "B-2", "-o", tmp_path / "out-{number}.html")

    assert (result.exit_code, result.output) == (0, "")
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["out-B-1.html", "out-B-2.html"]
    result = run("invoice", book, "B-1", "B-2", "-o", tmp_path / "out.html")
    assert result.exit_code == 2
    assert "a file for each of 2 invoices: put {number} into its name" in result.stderr


def test_no_invoice_replaces_another(book: Path, tmp_path: Path) -> None:
    book.write_text(einvoices.LEDGER.replace('"B-1"', '"B/2"'), encoding="utf-8")
    result = run("invoice", book, "B/2", "B-2", "-o", tmp_path / "{number}.html")

    assert result.exit_code == 2
    said = f"'B/2' and 'B-2' would both be '{tmp_path / 'B-2.html'}'; write them one by one"
    assert said in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == [book]


def test_a_bare_ledger_says_what_a_page_lacks(tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    book.write_text(einvoices.OPENS + einvoices.CONTRACTS, encoding="utf-8")
    result = run("invoice", book, "B-1", "-o", tmp_path / "B-1.pdf")

    assert result.exit_code == 0
    assert f"'{tmp_path / 'B-1.pdf'}' is written, but:\n  the ledger has no seller" in result.stderr
    assert "no e-invoice is inside: the client 'Acme' has no country" in result.stderr
    book.write_text(
        einvoices.OPENS + '2026-01-01 custom "seller" "S"\n  country: "US"\n' + einvoices.CONTRACTS,
        encoding="utf-8",
    )
    result = run("invoice", book, "B-1", "-o", tmp_path / "B-1.pdf")
    assert "the seller 'S' has no address" in result.stderr
    assert "e-invoice" not in result.stderr


def test_both_files_go_with_a_draft_in_ubl(book: Path, tmp_path: Path) -> None:
    run("invoice", book, "B-1", "-o", tmp_path / "B-1.eml", "--syntax", "ubl")

    content = (tmp_path / "B-1.eml").read_text(encoding="utf-8")
    assert 'filename="B-1.pdf"' in content
    assert 'filename="B-1.xml"' in content


@pytest.mark.parametrize(
    ("module", "extra"), [("jinja2", "documents"), ("segno", "documents"), ("weasyprint", "pdf")]
)
def test_a_missing_extra_is_said_and_nothing_is_written(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    path = tmp_path / "B-2.pdf"
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    from beancount_milestones.documents import html  # noqa: PLC0415 - its templates are kept

    html._environment.cache_clear()  # noqa: SLF001 - as in a new process
    result = run("invoice", book, "B-2", "-o", path)

    assert result.exit_code == 2
    install = f"pip install 'beancount-milestones[{extra}]'"
    assert f"'{path}' is not written: this needs {module}: {install}" in result.stderr
    assert not path.exists()


def test_a_system_without_pango_is_told(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(folder)
    result = run("invoice", book, "B-2", "-o", tmp_path / "B-2.pdf")

    assert result.exit_code == 2
    assert "weasyprint cannot be used here: cannot load library libpango" in result.stderr


# ---------------------------------------------------------------- what we ship


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_invoice_of_ours_is_a_page(path: Path) -> None:
    entries, _, options = loader.load_file(str(path))
    register = of_register(options)
    assert register
    at = Books(register, entries, options, day("2027-12-31"))
    layout = Layout.of(at)
    for row in invoices(at):
        if row.invoice and row.side == "sell":
            for found in invoice_documents(at, row.invoice):
                text = text_of(invoice_html(found, layout))
                for amount in (found.net, found.gross, found.open):
                    assert plain(words.figure(found.language, amount, found.places)) in text


def test_invoices_of_the_demo_as_pdf_have_their_totals() -> None:
    entries, _, options = loader.load_file(str(BOOKS[-1]))
    register = of_register(options)
    assert register
    at = Books(register, entries, options, day("2027-12-31"))
    layout = Layout.of(at)
    numbers = [row.invoice for row in invoices(at) if row.side == "sell"]
    for number in numbers[::8]:
        for found in invoice_documents(at, number):
            made = to_pdf(invoice_html(found, layout), found.date)
            leaves = PdfReader(io.BytesIO(made)).pages
            text = plain(" ".join("".join(leaf.extract_text() for leaf in leaves).split()))
            for amount in (found.net, found.gross, found.open):
                assert plain(words.figure(found.language, amount, found.places)) in text


# ---------------------------------------------------------------- licences


def brought(name: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """The distributions that a requirement brings, with its own."""
    found = {name}
    for line in distribution(name).requires or []:
        needed = Requirement(line)
        when = needed.marker
        wanted = any(when is None or when.evaluate({"extra": extra}) for extra in (*extras, ""))
        if wanted and needed.name not in found:
            try:
                found |= brought(needed.name, frozenset(needed.extras))
            except PackageNotFoundError:
                continue
    return found


def licence(name: str) -> str:
    metadata = distribution(name).metadata
    names = ("License-Expression", "License", "Classifier")
    return " ".join(said for name in names for said in metadata.get_all(name) or [])


def test_no_library_that_a_pdf_loads_has_a_licence_that_ours_forbids() -> None:
    """GPL-2.0-only goes with neither Apache-2.0 nor LGPL-3. zopfli is brought, and never loaded."""
    forbidden = re.compile(r"Apache|LGPL-?v?3|Lesser General Public License v3", re.IGNORECASE)
    free = re.compile(r"\b(?:BSD|MIT|MPL|LGPLv2)\b")
    every = brought("jinja2") | brought("segno") | brought("weasyprint")
    wrong = {
        name.lower()
        for name in every
        if forbidden.search(licence(name)) and not free.search(licence(name))
    }
    script = (
        "import datetime, sys\n"
        "from beancount_milestones.documents.pdf import to_pdf\n"
        "import jinja2, segno\n"
        "to_pdf('<html><body>Text</body></html>', datetime.date(2026, 1, 1))\n"
        "print(*{name.split('.')[0].lower() for name in sys.modules})\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()

    assert len(every) > 10
    assert wrong == {"zopfli"}
    assert not wrong & set(loaded)
