"""Fava in process, and what its Milestones page shows: for the tests of the page."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import urlencode

from fava.application import create_app
from fava.core import FavaLedger
from flask import Flask
from werkzeug.test import TestResponse

from beancount_milestones.model import of_register
from beancount_milestones.reports import Books

AS_OF = datetime.date(2026, 3, 31)

HEAD = """\
option "title" "Books"
option "operating_currency" "USD"
plugin "beancount_milestones"
2020-01-01 custom "fava-extension" "beancount_milestones.fava"
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Receivable:Acme:Old
2020-01-01 open Assets:Receivable:Bolt
2020-01-01 open Liabilities:VAT
2020-01-01 open Income:Design
"""

BOOKS = (
    HEAD
    + """
2026-01-01 * "Acme" "Brand" #brand
  contract: "acme-brand"
  terms: "net 30"
  manager: "Jo"
  milestone-sketch: "30% 2026-01-15 Sketches"
  milestone-mockup: "30% 2026-02-01 Mockups"
  milestone-final: "rest 2026-05-01 Final artwork"
  Assets:Receivable:Acme   12,000.00 USD
  Liabilities:VAT          -2,000.00 USD
  Income:Design

2026-01-01 * "Bolt" "Website" #web
  contract: "bolt-web"
  milestone-design: "1/3 2026-03-01 Design"
  milestone-launch: "rest 2026-06-01 Launch"
  Assets:Receivable:Bolt    1,000.00 EUR
  Income:Design

2026-01-20 custom "milestone" "acme-brand" "sketch" "completed"
  invoice: "INV-1"
2026-02-10 * "Acme" "Part of it" ^INV-1
  Assets:Bank               1,600.00 USD
  Assets:Receivable:Acme
2026-02-28 custom "milestone" "acme-brand" "mockup" "completed"
2026-03-10 custom "milestone" "acme-brand" "final" "progress" 25
  invoice: "INV-2"
2026-03-20 custom "milestone" "acme-brand" "final" "progress" 50
  invoice: "INV-3"
2026-03-30 custom "milestone" "bolt-web" "design" "progress" 50
2026-04-10 custom "milestone" "bolt-web" "design" "completed"
  invoice: "INV-4"
"""
)


#: Volt is a client and a supplier; Wire is a supplier only, and was paid too much.
TRADE = (
    HEAD
    + """
2020-01-01 open Assets:Prepaid
2020-01-01 open Assets:Receivable:Volt
2020-01-01 open Liabilities:Accrued
2020-01-01 open Liabilities:Payable:Volt
2020-01-01 open Liabilities:Payable:Wire
2020-01-01 open Expenses:Subs

2026-01-05 * "Volt" "Showroom"
  contract: "showroom"
  terms: "net 10"
  milestone-one: "50%"
  milestone-two: "50%"
  Assets:Receivable:Volt    3,000.00 USD
  Income:Design
2026-01-05 * "Volt" "Wiring"
  contract: "wiring"
  terms: "net 10"
  milestone-one: "50%"
  milestone-two: "50%"
  Expenses:Subs             2,000.00 USD
  Liabilities:Payable:Volt
2026-01-05 * "Wire" "Cables"
  contract: "cables"
  unbilled: Liabilities:Accrued
  deferred: Assets:Prepaid
  milestone-all: "100%"
  Expenses:Subs             1,000.00 USD
  Liabilities:Payable:Wire

2026-01-10 custom "milestone" "showroom" "one" "completed"
  invoice: "S-1"
2026-01-10 custom "milestone" "wiring" "one" "completed"
  invoice: "B-1"
2026-01-20 * "Volt" "We pay on time" ^B-1
  Liabilities:Payable:Volt  1,000.00 USD
  Assets:Bank
2026-03-01 * "Volt" "They pay late" ^S-1
  Assets:Bank               1,500.00 USD
  Assets:Receivable:Volt
2026-03-02 custom "milestone" "showroom" "two" "completed"
  invoice: "S-2"
2026-03-02 custom "milestone" "wiring" "two" "completed"
  invoice: "B-2"

2026-02-01 custom "milestone" "cables" "all" "progress" 40
2026-02-10 custom "milestone" "cables" "all" "invoiced" 80
  invoice: "W-1"
2026-02-15 * "Wire" "Too much" ^W-1
  Liabilities:Payable:Wire    900.00 USD
  Assets:Bank
"""
)


@dataclass
class Cell:
    text: str = ""
    links: list[str] = field(default_factory=list)
    attributes: dict[str, str | None] = field(default_factory=dict)

    @property
    def sorted_by(self) -> str:
        return self.attributes.get("data-sort-value") or self.text


class Tables(HTMLParser):
    """The tables of a page: body and footer rows by the id of their heading."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.body: dict[str, list[list[Cell]]] = {}
        self.foot: dict[str, list[list[Cell]]] = {}
        self.headings: dict[str, list[Cell]] = {}
        self._section = ""
        self._rows: list[list[Cell]] = []
        self._cell: Cell | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if attributes.get("role") == "region":
            self._section = (attributes["aria-labelledby"] or "").removeprefix("milestones-")
        elif tag in {"thead", "tbody", "tfoot"}:
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th"}:
            self._cell = Cell(attributes=attributes)
            self._rows[-1].append(self._cell)
        elif tag == "br" and self._cell:
            self._cell.text += " "
        elif tag == "a" and self._cell:
            self._cell.links.append(attributes["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._cell:
            self._cell.text = " ".join(self._cell.text.split())
            self._cell = None
        elif tag == "thead":
            self.headings[self._section] = self._rows[0]
        elif tag == "tbody":
            self.body[self._section] = self._rows
        elif tag == "tfoot":
            self.foot[self._section] = self._rows

    def handle_data(self, data: str) -> None:
        if self._cell:
            self._cell.text += data

    def column(self, section: str, heading: str) -> list[Cell]:
        headings = [cell.text for cell in self.headings[section]]
        index = headings.index(heading)
        return [row[index] for row in self.body.get(section, [])]

    def texts(self, section: str, heading: str) -> list[str]:
        if section not in self.headings:
            return []
        return [cell.text for cell in self.column(section, heading)]


#: What a browser says of a form that stands on a page of this very Fava.
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}


class Form(HTMLParser):
    """The form of the view "do": what a browser would post, and what a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        #: What the money can go to, and what can be ticked.
        self.options: list[str] = []
        self.lines: list[str] = []
        #: What would be written, and what the plugin would book for it.
        self.texts: list[str] = []
        self.alerts: list[str] = []
        self.can_write = False
        self._inside: list[str] = []
        self._selected = False
        self._select = ""
        self._value: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("name") or ""
        if tag == "input":
            value = attributes["value"] or ""
            if attributes.get("type") == "checkbox":
                # What is ticked is sent, one after the other.
                self.lines.append(value)
                if "checked" not in attributes:
                    return
                value = " ".join((self.fields.get(name, ""), value)).strip()
            self.fields[name] = value
            return
        if tag == "br":
            return
        self._inside.append("alert" if attributes.get("role") == "alert" else tag)
        self.can_write |= tag == "button" and attributes.get("type") == "submit"
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._select = name
            self.fields[name] = ""
        self._selected = "selected" in attributes
        if tag == "option":
            self._value = attributes.get("value")
        elif tag == "pre":
            self.texts.append("")
        elif self._inside[-1] == "alert":
            self.alerts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag
        del self._inside[-1:]

    def handle_data(self, data: str) -> None:
        if "option" in self._inside:
            if self._select == "to":
                self.options.append(data)
            if self._selected:
                self.fields[self._select] = data if self._value is None else self._value
        elif "textarea" in self._inside:
            self.fields[self._select] += data
        elif "pre" in self._inside:
            self.texts[-1] += data
        elif "alert" in self._inside:
            self.alerts[-1] = " ".join(f"{self.alerts[-1]} {data}".split())

    @property
    def written(self) -> list[str]:
        """The lines of what would be written, without their spaces."""
        return [" ".join(line.split()) for line in self.texts[0].splitlines()]

    @property
    def alert(self) -> str:
        """All that it warns of."""
        return " ".join(self.alerts)


def ours(page: str) -> str:
    """What is ours of a page, less the style sheet."""
    start = page.index('<div class="milestones">')
    return page[start : page.index('<script type="application/json" id="page-title">')]


@dataclass
class Site:
    app: Flask
    slug: str = "books"

    @property
    def ledger(self) -> FavaLedger:
        ledger: FavaLedger = self.app.config["LEDGERS"][self.slug]
        return ledger

    def get(self, path: str = "extension/Milestones/", **filters: str) -> TestResponse:
        return self.app.test_client().get(f"/{self.slug}/{path}?{urlencode(filters)}")

    def page(self, **filters: str) -> str:
        response = self.get(**filters)
        assert response.status_code == 200
        return ours(response.get_data(as_text=True))

    def text(self, **filters: str) -> str:
        """What a reader reads: no tags, no attributes."""
        bare = re.sub(r"<[^>]*>", " ", self.page(**filters))
        return re.sub(r" (?=[,.;])", "", " ".join(unescape(bare).split()))

    def open(self, link: str) -> str:
        """Click on a link of a page: what comes then."""
        return self.app.test_client().get(unescape(link)).get_data(as_text=True)

    def form(self, action: str, contract: str, milestone: str, **fields: str) -> Form:
        names = {"do": action, "contract": contract, "milestone": milestone}
        return Form(self.page(view="do", **names, **fields))

    def post(
        self, fields: dict[str, str], headers: dict[str, str] | None = None, query: str = ""
    ) -> TestResponse:
        return self.app.test_client().post(
            f"/{self.slug}/extension/Milestones/act{query}",
            data=fields,
            headers=SAME if headers is None else headers,
        )

    def follow(self, response: TestResponse) -> str:
        """Where the answer to what was posted leads to."""
        assert response.status_code == 303
        found = self.app.test_client().get(response.headers["Location"])
        assert found.status_code == 200
        return ours(found.get_data(as_text=True))

    def write(self, form: Form, **changes: str) -> str:
        """Press the button of a form: the page that comes then."""
        return self.follow(self.post(form.fields | changes))

    def books(self, as_of: datetime.date = AS_OF) -> Books:
        """What the reports say."""
        options: dict[str, Any] = dict(self.ledger.options)
        register = of_register(options)
        assert register
        entries: Any = self.ledger.all_entries
        return Books(register, entries, options, as_of)

    def tables(self, **filters: str) -> Tables:
        return Tables(self.page(**filters))

    def failure(self, **filters: str) -> str:
        response = self.get(**filters)
        assert response.status_code == 200
        (found,) = re.findall(
            r'<p class="milestones-failed">(.*?)</p>', response.get_data(as_text=True), re.DOTALL
        )
        assert self.get("api/commodities").status_code == 200
        assert self.get("income_statement/").status_code == 200
        return str(found)


Show = Callable[..., Site]
#: Reads the ledger file.
Read = Callable[[], str]


def starter(folder: Path) -> Show:
    """Return what writes a ledger to the folder and starts Fava on it."""

    def run(text: str = BOOKS, files: dict[str, str] | None = None, **options: bool) -> Site:
        for name, content in {**(files or {}), "main.beancount": text}.items():
            (folder / name).write_text(dedent(content), encoding="utf-8")
        # Fava's other watcher starts two threads for each ledger, for good.
        app = create_app([folder / "main.beancount"], load=True, poll_watcher=True, **options)
        app.testing = True
        return Site(app)

    return run


#: The documents of the ledger below, where there are such files.
DOCUMENTS = """
2026-02-05 document Assets:Receivable:Core "tower.txt"
2026-02-05 document Assets:Receivable:Core "base.txt"
"""

#: Something of everything; no error, and amounts that occur in no date and no number.
RICH = (
    HEAD
    + """\
2020-01-01 open Assets:Receivable:Core
2020-01-01 open Assets:Unbilled
2020-01-01 open Assets:Retention
2020-01-01 open Liabilities:Deferred
2020-01-01 open Expenses:Fees

2025-11-03 * "Bolt" "Old work"
  contract: "bolt-old"
  milestone-all: "100% 2025-11-20 All of it"
  Assets:Receivable:Bolt    1,234.56 EUR
  Income:Design
2025-11-20 custom "milestone" "bolt-old" "all" "completed"
  invoice: "B-77"
2025-12-05 * "Bolt" "Paid in full" ^B-77
  Assets:Bank               1,234.56 EUR
  Assets:Receivable:Bolt

2026-01-02 * "Core" "Tower"
  contract: "core-tower"
  terms: "net 30 eom"
  acceptance: 14
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  retention: Assets:Retention
  document: "tower.txt"
  document-2: "lost.txt"
  milestone-base: "40% 2026-02-01 Base"
  milestone-roof: "40% 2026-03-05 Roof"
  milestone-paint: "rest Paint"
  Assets:Receivable:Core   45,678.00 USD
  Assets:Retention          5,432.00 USD
  Income:Design

2026-02-02 * "Core" "Balcony"
  contract: "core-tower"
  milestone-balcony: "100% 2026-04-07 Balcony"
  Assets:Receivable:Core    7,654.00 USD
  Income:Design
2026-02-03 ! "Core" "Cellar"
  contract: "core-tower"
  milestone-cellar: "100% Cellar"
  Assets:Receivable:Core    3,333.00 USD
  Income:Design

2026-02-05 custom "milestone" "core-tower" "base" "completed"
  invoice: "C-8"
  document: "base.txt"
2026-02-05 custom "milestone" "core-tower" "roof" "progress" 30
2026-02-05 custom "milestone" "core-tower" "balcony" "invoiced"
  invoice: "C-8"
2026-02-20 * "Core" "Some" ^C-8
  Assets:Bank               9,876.00 USD
  Assets:Receivable:Core
2026-02-25 * "Core" "Some more"
  Assets:Bank               1,111.00 USD
  Expenses:Fees                22.22 USD
  Assets:Receivable:Core
2026-03-01 custom "milestone" "core-tower" "paint" "cancelled"
2026-03-25 custom "milestone" "core-tower" "roof" "delivered"

2026-01-03 * "Acme" "Signs"
  contract: "acme-signs"
  milestone-one: "50% 2026-01-31 One"
  milestone-two: "rest 2026-01-31 Two"
  Assets:Receivable:Acme      888.88 USD
  Income:Design
2026-02-01 custom "milestone" "acme-signs" "one" "completed"
  invoice: "S-1"
2026-03-03 custom "milestone" "acme-signs" "one" "credited"
  invoice: "S-CN1"
2026-03-04 * "Acme" "Unknown" ^S-1
  Assets:Bank                 765.43 USD
  Assets:Receivable:Acme
"""
)
