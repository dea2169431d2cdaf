"""What is done from the Milestones page: what is written, and what is refused."""

import datetime
import os
import re
from decimal import Decimal
from html import unescape
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from beancount import loader

from beancount_milestones import reports
from beancount_milestones.fava import Milestones, acting, trust, trying
from beancount_milestones.fava.host import Host
from beancount_milestones.reports import Row
from tests.fava_site import AS_OF, BOOKS, HEAD, RICH, SAME, Form, Read, Show, Site

pytestmark = pytest.mark.usefixtures("fixed_day")


def row_of(site: Site, contract: str, milestone: str, as_of: datetime.date = AS_OF) -> Row:
    rows = reports.status(site.books(as_of))
    return next(row for row in rows if (row.contract, row.milestone) == (contract, milestone))


def alert(page: str) -> str:
    return Form(page).alert


# ------------------------------------------------------------------ doing


@pytest.mark.parametrize(
    ("milestone", "action", "fields", "line", "changed"),
    [
        ("acme-signs two", "delivered", {}, "", {"status": "delivered", "delivered": AS_OF}),
        ("core-tower roof", "rejected", {}, "", {"status": "unbilled", "delivered": None}),
        (
            "core-tower roof",
            "progress",
            {"percent": "62.5", "invoice": "C-10", "due": "2026-05-05"},
            ' 62.5\n  invoice: "C-10"\n  due: 2026-05-05',
            {"invoice": "C-10", "due": datetime.date(2026, 5, 5), "billed": Decimal("11419.50")},
        ),
        (
            "core-tower roof",
            "progress",
            {"percent": "0.5%"},
            ' "0.5%"',
            {"unbilled": Decimal("91.36")},
        ),
        (
            "core-tower roof",
            "progress",
            {"percent": "1/3"},
            ' "1/3"',
            {"unbilled": Decimal("6090.40")},
        ),
        (
            "core-tower roof",
            "progress",
            {"percent": "40 %"},
            " 40",
            {"unbilled": Decimal("7308.48")},
        ),
        ("acme-signs two", "completed", {}, "", {"status": "unbilled", "completed": AS_OF}),
        (
            "acme-signs two",
            "completed",
            {"invoice": "S/2026-2"},
            '\n  invoice: "S/2026-2"',
            {"outstanding": Decimal("444.44"), "invoice": "S/2026-2"},
        ),
        (
            "core-tower paint",
            "reopened",
            {},
            "",
            {"status": "planned", "amount": Decimal("9135.60")},
        ),
        ("acme-signs one", "invoiced", {}, '\n  invoice: "C-9"', {"billed": Decimal("444.44")}),
        ("acme-signs one", "invoiced", {"invoice": ""}, "", {"billed": Decimal("444.44")}),
        (
            "core-tower roof",
            "invoiced",
            {"percent": "50"},
            ' 50\n  invoice: "C-9"',
            {"billed": Decimal("9135.60")},
        ),
        (
            *("core-tower base", "credited", {}, '\n  invoice: "S-CN2"'),
            {"billed": Decimal(0)},
        ),
        (
            "core-tower base",
            "credited",
            {"amount": "13,703.40", "invoice": "CN-1"},
            # A quarter is left: 4,567.80 and the retention of it, 543.20.
            ' 5111.00 USD\n  invoice: "CN-1"',
            {"billed": Decimal("4567.80")},
        ),
        (
            "core-tower base",
            "credited",
            {"amount": "18,271.20", "then": "for good", "invoice": ""},
            '\n\n2026-03-31 custom "milestone" "core-tower" "base" "waived"',
            {"billed": Decimal(0), "status": "completed"},
        ),
        ("acme-signs two", "waived", {}, "", {"amount": Decimal(0)}),
        ("acme-signs two", "cancelled", {}, "", {"status": "cancelled", "amount": Decimal(0)}),
    ],
)
def test_directive(  # noqa: PLR0913, PLR0917 - the columns
    show: Show,
    ledger: Read,
    milestone: str,
    action: str,
    fields: dict[str, str],
    line: str,
    changed: dict[str, object],
) -> None:
    site = show(RICH)
    contract, name = milestone.split()
    form = site.form(action, contract, name, **fields)
    text = f'2026-03-31 custom "milestone" "{contract}" "{name}" "{action}"{line}\n'

    assert form.texts[0] == text
    assert form.can_write
    page = site.write(form)

    assert ledger() == f"{RICH}\n{text}"
    assert "Written." in page
    assert Form(page).texts == [text]
    assert site.ledger.load_errors == []
    row = row_of(site, contract, name)
    assert {name: getattr(row, name) for name in changed} == changed


def test_what_the_plugin_will_book_is_what_it_books(show: Show) -> None:
    site = show(RICH)
    form = site.form("invoiced", "acme-signs", "one")
    assert len(form.texts) == 2

    site.write(form)
    happened = reports.story(site.books(), "acme-signs")
    assert happened
    made = happened.happened[-1].transaction
    assert made
    with site.app.test_request_context():
        (extension,) = [
            found
            for found in [site.ledger.extensions.get_extension("Milestones")]
            if isinstance(found, Milestones)
        ]
        assert extension._host.text_of(made) == form.texts[1]  # noqa: SLF001


@pytest.mark.parametrize(
    ("ledger_text", "contract"),
    [(RICH, "core-tower"), (RICH, "acme-signs"), (BOOKS, "acme-brand")],
    ids=["bridged", "simple", "partly-billed"],
)
def test_what_is_offered_can_be_done(show: Show, ledger_text: str, contract: str) -> None:
    site = show(ledger_text)
    page = site.page(view="contract", contract=contract)

    found = re.findall(r'class="act" href="([^"]*)"', page)
    assert found
    for link in found:
        response = site.app.test_client().get(link.replace("&amp;", "&"))
        form = Form(response.get_data(as_text=True))
        # How much is done or agreed, nobody knows; a pay application has what is earned.
        unknown = re.search("do=(progress|change)", link)
        assert "do=application" in link or form.can_write is (unknown is None), form.alert
        assert form.fields["back"] == "contract"


def test_back_to_where_it_was_asked_for(show: Show) -> None:
    site = show(RICH)
    form = site.form("completed", "core-tower", "roof", back="contract")

    page = site.write(form)
    assert "<h3>Tower</h3>" in page
    assert "Written." in page
    assert "<h3>Tower</h3>" not in site.write(
        site.form("completed", "acme-signs", "two", back="unbilled")
    )


def test_filters_go_along(show: Show) -> None:
    site = show(RICH)
    by = {"time": "2026-03 - 2026-04-05", "account": "Core", "conversion": "EUR"}
    form = site.form("completed", "core-tower", "roof", **by)
    assert by.items() <= form.fields.items()

    response = site.post(
        form.fields, query="?time=2026-03+-+2026-04-05&account=Core&conversion=EUR"
    )
    assert "time=2026-03+-+2026-04-05" in response.headers["Location"]
    assert "Only accounts that match <q>Core</q>" in site.follow(response)


def test_contract_without_a_title(show: Show) -> None:
    page = show(RICH.replace('"Acme" "Signs"', '"Acme" ""')).page(
        view="do", do="completed", contract="acme-signs", milestone="two"
    )

    assert "<h3>Mark completed: Acme, acme-signs · Two, " in page


def test_what_is_billed_as_far_as_it_is_earned_is_billed_in_advance(show: Show) -> None:
    site = show()
    form = site.form("invoiced", "acme-brand", "final")

    assert form.fields["percent"] == "100"
    assert "bills nothing" in site.form("invoiced", "acme-brand", "final", percent="").alert
    site.write(form)
    assert row_of(site, "acme-brand", "final").billed == 4800


@pytest.mark.parametrize(
    ("time", "date"),
    [("", "2026-03-31"), ("2026-02", "2026-02-28"), ("2026", "2026-03-31")],
)
def test_date_that_is_proposed_is_never_in_the_future(show: Show, time: str, date: str) -> None:
    form = show().form("delivered", "acme-brand", "final", **({"time": time} if time else {}))

    assert form.fields["date"] == date


def test_date_of_the_form(show: Show, ledger: Read) -> None:
    site = show(RICH)

    site.write(site.form("completed", "acme-signs", "two", date="2026-03-04"))
    assert ledger().endswith('\n2026-03-04 custom "milestone" "acme-signs" "two" "completed"\n')


def test_empty_percent_due_and_number_write_nothing(show: Show, ledger: Read) -> None:
    site = show(RICH)

    site.write(site.form("completed", "acme-signs", "two", invoice=" ", due="", percent=""))
    assert ledger().endswith('"completed"\n')


# ------------------------------------------------------------------ payments


def payment(to: str, *, number: str = "C-8", amount: str = "14915.98", link: str = "") -> str:
    bank, owed = f"  {to}", "  Assets:Receivable:Core"
    return (
        f'2026-03-31 * "Core" "Payment {number}" ^{link or number}\n'
        f"{bank}{amount:>{59 - len(bank)}} USD\n"
        f"{owed}{'-' + amount:>{59 - len(owed)}} USD\n"
    )


def test_payment_of_all_that_is_outstanding(show: Show, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("payment", "core-tower", "base")

    assert form.fields["amount"] == ""
    assert form.lines == ["C-8"]
    assert form.fields["pay"] == "C-8"
    assert form.texts == [payment("Assets:Bank")]
    page = site.write(form)
    assert ledger() == f"{RICH}\n{form.texts[0]}"
    assert "Written." in page
    assert row_of(site, "core-tower", "base").outstanding == 0
    assert site.ledger.load_errors == []
    (paid,) = [paid for paid in reports.received(site.books()) if paid.date == AS_OF]
    assert paid.amount == Decimal("14915.98")


def test_payment_of_a_part(show: Show, ledger: Read) -> None:
    site = show(RICH)

    site.write(site.form("payment", "core-tower", "base", amount="1,000.50"))
    assert ledger().endswith(payment("Assets:Bank", amount="1000.50"))
    assert row_of(site, "core-tower", "base").outstanding == Decimal("13915.48")


def test_payment_of_an_invoice_over_several_milestones(show: Show, ledger: Read) -> None:
    second = '2026-03-31 custom "milestone" "acme-brand" "{}" "invoiced"\n  invoice: "INV-9"\n'
    books = (
        BOOKS
        + second.format("mockup")
        + second.format("final").replace('"invoiced"', '"invoiced" 80')
    )
    site = show(books + '2026-03-30 custom "milestone" "acme-brand" "final" "progress" 80\n')
    assert site.ledger.load_errors == []

    form = site.form("payment", "acme-brand", "mockup")
    assert "empty: all of 5040.00 USD" in site.text(
        view="do", do="payment", contract="acme-brand", milestone="mockup"
    )
    site.write(form)
    assert "^INV-9" in ledger()
    assert row_of(site, "acme-brand", "mockup").outstanding == 0


def test_payment_of_a_milestone_with_several_invoices_names_each(show: Show, ledger: Read) -> None:
    site = show()

    site.write(site.form("payment", "acme-brand", "final"))
    assert ledger().endswith(
        '\n2026-03-31 * "Acme" "Payment INV-2, INV-3" ^INV-2 ^INV-3\n'
        "  Assets:Bank                                       2400.00 USD\n"
        "  Assets:Receivable:Acme                           -1200.00 USD\n"
        '    settles: "INV-2"\n'
        "  Assets:Receivable:Acme                           -1200.00 USD\n"
        '    settles: "INV-3"\n'
    )
    assert row_of(site, "acme-brand", "final").outstanding == 0


#: A bill with a number, and one without.
MIXED = """
2026-02-01 custom "milestone" "bolt-web" "launch" "invoiced" 30
  invoice: "L-1"
2026-02-02 custom "milestone" "bolt-web" "launch" "invoiced" 90
"""
LAUNCH = ("payment", "bolt-web", "launch")


def test_payment_of_a_bill_without_a_number_beside_one_that_is_paid(
    show: Show, ledger: Read
) -> None:
    paid = """
2026-02-10 * "Bolt" "The first" ^L-1
  Assets:Bank                 200.00 EUR
  Assets:Receivable:Bolt
"""
    site = show(BOOKS + MIXED + paid)
    site.write(site.form(*LAUNCH))

    assert "^bolt-web/launch" in ledger()
    assert "-400.00 EUR" in ledger()
    assert row_of(site, "bolt-web", "launch").outstanding == 0


def test_payment_of_bills_with_and_without_a_number_names_the_milestone(show: Show) -> None:
    site = show(BOOKS + MIXED)

    form = site.form(*LAUNCH)
    assert "^bolt-web/launch" in form.texts[0]
    assert "600.00 EUR" in form.texts[0]
    # One of them alone can be named.
    form = site.form(*LAUNCH, settles="L-1")
    assert "^L-1" in form.texts[0]
    assert "200.00 EUR" in form.texts[0]


def test_payment_of_an_invoice_that_is_paid(show: Show) -> None:
    paid = """
2026-02-10 * "Bolt" "The first" ^L-1
  Assets:Bank                 200.00 EUR
  Assets:Receivable:Bolt
"""
    form = show(BOOKS + MIXED + paid).form(*LAUNCH, settles="L-1")

    assert form.alert == "Nothing can be written: Nothing of 'L-1' is outstanding"


def test_payment_goes_to_the_account_that_is_used_most(show: Show) -> None:
    more = """
2020-01-01 open Assets:Art
2026-01-02 * "Customs" "Stamps"
  Assets:Bank   -5.00 USD
  Assets:Art
2026-01-03 * "Interest"
  Assets:Bank    0.10 USD
  Income:Design
"""
    nothing_paid = BOOKS.partition("2026-02-10 *")[0]

    assert show(nothing_paid + more).form("payment", "acme-brand", "sketch").fields["to"] == (
        "Assets:Bank"
    )


def test_payment_without_an_invoice_number(show: Show) -> None:
    unnumbered = BOOKS + '2026-03-25 custom "milestone" "acme-brand" "mockup" "invoiced"\n'
    site = show(unnumbered)

    site.write(site.form("payment", "acme-brand", "mockup"))
    assert row_of(site, "acme-brand", "mockup").outstanding == 0
    assert row_of(site, "acme-brand", "sketch").outstanding == 2000


def test_payment_of_whole_numbers(show: Show, ledger: Read) -> None:
    whole = re.sub(r"(\d),(\d\d\d)\.00", r"\1\2", BOOKS)
    site = show(whole)

    site.write(site.form("payment", "acme-brand", "sketch"))
    assert re.search(r"Assets:Bank +2000(\.00)? USD\n", ledger()[len(whole) :])
    assert site.ledger.load_errors == []


def test_payment_goes_where_the_last_one_went(show: Show) -> None:
    other = "2020-01-01 open Assets:Cash\n"
    fee = BOOKS.replace(
        "  Assets:Bank               1,600.00 USD",
        "  Assets:Aa                  -10.00 USD\n  Assets:Cash               1,610.00 USD",
    )
    form = show(fee + other + "2020-01-01 open Assets:Aa\n").form("payment", "acme-brand", "sketch")

    # Nothing has come into the others; a fee went out of one.
    assert form.options == ["Assets:Cash"]
    assert form.fields["to"] == "Assets:Cash"


def test_last_payment_is_the_one_of_the_last_day(show: Show) -> None:
    later = """
2020-01-01 open Assets:Cash
2026-03-25 * "Acme" "Part of another" ^INV-2
  Assets:Cash                  10.00 USD
  Assets:Receivable:Acme
"""
    form = show(BOOKS + later).form("payment", "acme-brand", "sketch")

    assert form.fields["to"] == "Assets:Cash"


def test_payment_goes_to_the_first_account_where_nothing_was_paid(show: Show) -> None:
    opened = HEAD.replace("Assets:Bank", "Assets:Bank EUR,USD") + (
        "2020-01-01 open Assets:Aa EUR\n2020-01-01 open Assets:Ab\n2021-01-01 close Assets:Ab\n"
    )
    site = show(BOOKS.replace(HEAD, opened).replace("1,600.00 USD\n", "0.00 USD\n"))
    form = site.form("payment", "acme-brand", "sketch")

    # None of another currency, none that is closed, none that contracts use.
    assert form.options == ["Assets:Bank", "Assets:Receivable:Acme:Old"]
    assert form.fields["to"] == "Assets:Bank"


def test_payment_to_another_account(show: Show, ledger: Read) -> None:
    cash = """
2020-01-01 open Assets:Cash
2026-01-25 * "Core" "Part of it" ^C-8
  Assets:Cash                  10.00 USD
  Assets:Receivable:Core
"""
    site = show(RICH + cash)
    form = site.form("payment", "core-tower", "base", to="Assets:Cash", amount="100.00")

    assert {"Assets:Bank", "Assets:Cash"} <= set(form.options)
    assert form.fields["to"] == "Assets:Cash"
    site.write(form)
    assert ledger().endswith(payment("Assets:Cash", amount="100.00"))


def test_payment_goes_into_what_payments_went_into_even_with_accounts_below(show: Show) -> None:
    below = "2020-01-01 open Assets:Bank:Savings\n2020-01-01 open Assets:Equipment\n"

    assert show(BOOKS + below).form("payment", "acme-brand", "sketch").options == ["Assets:Bank"]


def test_payment_goes_to_no_account_that_says_it_is_no_money(show: Show) -> None:
    nothing_paid = BOOKS.partition("2026-02-10 *")[0]
    more = """
2020-01-01 open Assets:Bank:North:Current
2020-01-01 open Assets:Withheld
  settles-as: "withholding"
2020-01-01 open Assets:Till
  settles-as: "payment"
"""
    form = show(nothing_paid + more).form("payment", "acme-brand", "sketch")

    assert form.options == [
        "Assets:Bank:North:Current",
        "Assets:Receivable:Acme:Old",
        "Assets:Till",
    ]


#: A supplier who had a deposit, the taxes that we deduct, what a client withholds.
NO_MONEY = (
    HEAD
    + """
2020-01-01 open Assets:Deposits
2020-01-01 open Assets:InputTax
2020-01-01 open Assets:InputVAT
  tax: "20%"
2020-01-01 open Assets:Receivable:Core
  client: "Core"
2020-01-01 open Assets:Withheld
2020-01-01 open Expenses:Subs
2020-01-01 open Income:Discounts
  settles-as: "discount"
2020-01-01 open Liabilities:Payable:Volt
2026-01-05 * "Volt" "Deposit"
  contract: "wiring"
  milestone-deposit: "100%"
  Assets:Deposits             500.00 USD
  Assets:InputTax             100.00 USD
  Liabilities:Payable:Volt
2026-01-05 * "Volt" "Wiring"
  contract: "wiring"
  milestone-all: "100%"
  Expenses:Subs             2,000.00 USD
  Assets:InputTax             300.00 USD
  Assets:Deposits            -500.00 USD
  Liabilities:Payable:Volt
2026-01-05 * "Acme" "Signs"
  contract: "signs"
  milestone-all: "100%"
  Assets:Receivable:Acme      900.00 USD
  Assets:Withheld             100.00 USD
  Income:Design
2026-02-01 custom "milestone" "wiring" "deposit" "invoiced"
  invoice: "V-0"
2026-02-01 custom "milestone" "wiring" "all" "completed"
  invoice: "V-1"
2026-02-01 custom "milestone" "signs" "all" "completed"
  invoice: "S-1"
2026-02-02 * "Shop" "Tools"
  Assets:InputVAT              20.00 USD
  Assets:InputVAT              20.00 USD
  Assets:Bank
"""
)
#: The tax of what a supplier takes off goes where no money goes.
TAX_OF_A_DISCOUNT = """
2026-02-03 * "Volt" "Less" ^V-1
  Liabilities:Payable:Volt    115.00 USD
  Income:Discounts           -100.00 USD
  Assets:InputTax
"""


@pytest.mark.parametrize("action", ["invoiced", "completed", "credited"])
def test_invoice_of_a_supplier_has_a_number_of_theirs(show: Show, action: str) -> None:
    site = show(NO_MONEY)
    names = {"view": "do", "do": action, "milestone": "all"}

    assert site.form(action, "wiring", "all").fields["invoice"] == ""
    assert "S-2" not in site.text(**names, contract="wiring")
    assert "only if it is invoiced that day; next is S-2" in site.text(
        **(names | {"do": "completed"}), contract="signs"
    )


@pytest.mark.parametrize("more", ["", TAX_OF_A_DISCOUNT])
@pytest.mark.parametrize(("contract", "milestone"), [("wiring", "all"), ("signs", "all")])
def test_money_goes_to_no_account_of_a_contract_or_a_tax(
    show: Show, more: str, contract: str, milestone: str
) -> None:
    form = show(NO_MONEY + more).form("payment", contract, milestone)

    assert form.options == ["Assets:Bank", "Assets:Receivable:Acme:Old", "Assets:Receivable:Bolt"]
    assert form.fields["to"] == "Assets:Bank"


def test_payment_where_no_account_is_left(show: Show) -> None:
    only = BOOKS.replace("Assets:Bank", "Expenses:Bank").replace(
        "2020-01-01 open Assets:Receivable:Acme:Old\n", ""
    )
    form = show(only).form("payment", "acme-brand", "sketch")

    assert "No open account of yours takes USD" in form.alert
    assert not form.can_write


def test_bill_on_two_accounts_is_paid_on_each(show: Show) -> None:
    split = """
2026-03-01 * "Acme" "Two ways"
  contract: "two-ways"
  milestone-all: "100%"
  Assets:Receivable:Acme    100.00 USD
  Assets:Receivable:Bolt    200.00 USD
  Income:Design
2026-03-02 custom "milestone" "two-ways" "all" "invoiced"
  invoice: "W-1"
"""
    form = show(BOOKS + split).form(
        "payment", "two-ways", "all", receivable="Assets:Receivable:Bolt", currency="USD"
    )

    assert "Assets:Receivable:Bolt                            -200.00 USD" in form.texts[0]


# ------------------------------------------------------------------ where it is written


def test_default_file(show: Show, tmp_path: Path, ledger: Read) -> None:
    more = "; more\n"
    top = (
        RICH
        + 'include "more.beancount"\n'
        + '2020-01-01 custom "fava-option" "default-file" "more.beancount"\n'
    )
    site = show(top, files={"more.beancount": more})
    form = site.form("completed", "acme-signs", "two")

    assert "This will be written to more.beancount" in site.text(
        view="do", do="completed", contract="acme-signs", milestone="two"
    )
    assert "Written." in site.write(form)
    assert ledger() == top
    assert (tmp_path / "more.beancount").read_text() == f"{more}\n{form.texts[0]}"


def test_default_file_that_the_ledger_does_not_include(show: Show, tmp_path: Path) -> None:
    top = RICH + '2020-01-01 custom "fava-option" "default-file" "more.beancount"\n'
    site = show(top, files={"more.beancount": ""})
    form = site.form("completed", "acme-signs", "two")

    assert f"The ledger does not include the file {tmp_path / 'more.beancount'}" in form.alert
    assert not form.can_write


def test_default_file_that_is_not_there(show: Show, tmp_path: Path) -> None:
    site = show(RICH + '2020-01-01 custom "fava-option" "default-file" "none.beancount"\n')

    alert = site.form("completed", "acme-signs", "two").alert
    assert f"The file {tmp_path / 'none.beancount'} cannot be written to" in alert


def test_insert_entry(show: Show, ledger: Read) -> None:
    option = '2020-01-01 custom "fava-option" "insert-entry" "Assets:Bank"\n'
    end = "2020-01-02 open Assets:End\n"
    site = show(f"{RICH}{option}{end}")
    form = site.form("payment", "core-tower", "base")

    site.write(form)
    assert ledger() == f"{RICH}{form.texts[0]}\n{option}{end}"
    # Again: the option has moved.
    again = site.form("payment", "core-tower", "balcony", amount="1")
    assert again.alert == "Nothing can be written: Nothing of it is outstanding"


def test_indent_and_currency_column(show: Show, ledger: Read) -> None:
    options = (
        '2020-01-01 custom "fava-option" "indent" "4"\n'
        '2020-01-01 custom "fava-option" "currency-column" "50"\n'
    )
    site = show(RICH + options)

    site.write(site.form("payment", "core-tower", "base"))
    assert ledger().endswith("\n    Assets:Bank                         14915.98 USD\n"
                             "    Assets:Receivable:Core             -14915.98 USD\n")  # fmt: skip
    site.write(site.form("completed", "acme-signs", "two", invoice="S-2"))
    assert ledger().endswith('"completed"\n    invoice: "S-2"\n')


def test_included_file(show: Show, tmp_path: Path, ledger: Read) -> None:
    top = HEAD + 'include "deals.beancount"\n'
    site = show(top, files={"deals.beancount": RICH.removeprefix(HEAD)})
    form = site.form("completed", "acme-signs", "two")

    assert "Written." in site.write(form)
    assert ledger() == f"{top}\n{form.texts[0]}"
    assert (tmp_path / "deals.beancount").read_text() == RICH.removeprefix(HEAD)


def test_file_that_does_not_end_its_last_line(show: Show, ledger: Read) -> None:
    site = show(RICH.rstrip("\n"))
    form = site.form("completed", "acme-signs", "two")

    assert "Written." in site.write(form)
    assert ledger() == f"{RICH}{form.texts[0]}"


def test_what_the_ledger_says_is_quoted(show: Show) -> None:
    quoted = RICH.replace('"Acme" "Signs"', r'"A \"c\" \\ me" "Si\\gns \"x\""')
    quoted = quoted.replace("50% 2026-01-31 One", r"50% 2026-01-31 O\"ne\\")
    site = show(quoted + '2026-03-05 custom "milestone" "acme-signs" "one" "invoiced"\n')
    assert site.ledger.load_errors == []

    assert "Written." in site.write(site.form("payment", "acme-signs", "one"))
    assert site.ledger.load_errors == []
    assert row_of(site, "acme-signs", "one").outstanding == 0


# ------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("action", "milestone", "fields", "words"),
    [
        (
            "completed",
            "two",
            {"date": "31.03.2026"},
            "The date '31.03.2026' is not a date; write it as",
        ),
        ("completed", "two", {"date": "2026-02-30"}, "The date '2026-02-30' is not a date"),
        ("completed", "two", {"date": ""}, "The date '' is not a date"),
        ("completed", "two", {"due": "soon"}, "The due date 'soon' is not a date"),
        ("completed", "two", {"invoice": "no. 1"}, "'no. 1' cannot be an invoice number"),
        ("completed", "two", {"invoice": '1"\n2026-01-01'}, "cannot be an invoice number"),
        ("progress", "two", {}, "How much is done? Give it in percent, from 0 to 100"),
        ("progress", "two", {"percent": "half"}, "The percent 'half' is not a number"),
        ("progress", "two", {"percent": "-5"}, "The percent '-5' is not a number"),
        ("progress", "two", {"percent": "120"}, "120"),
        ("progress", "two", {"percent": "1/0"}, "nothing can be divided by 0"),
        ("progress", "two", {"percent": "0.5"}, "did you mean"),
        ("completed", "two", {"date": "2025-12-31"}, "2026-01-03"),
        ("completed", "two", {"invoice": "C-8"}, "C-8"),
        ("reopened", "two", {}, "it is not completed, cancelled or waived"),
        ("credited", "two", {}, "Nothing of it is invoiced"),
        ("invoiced", "one", {"percent": "101"}, "101"),
    ],
)
def test_what_would_be_wrong_is_not_written(  # noqa: PLR0913, PLR0917 - the columns
    show: Show, ledger: Read, action: str, milestone: str, fields: dict[str, str], words: str
) -> None:
    site = show(RICH)
    form = site.form(action, "acme-signs", milestone, **fields)
    assert words in form.alert
    assert not form.can_write

    # Whoever posts it anyhow is told the same.
    page = site.write(form)
    assert words in alert(page)
    assert "Written." not in page
    assert ledger() == RICH


#: Billed twice; a reduction; what is held back, and its release.
CREDITED = (
    HEAD
    + """
2020-01-01 open Assets:Retention
2026-01-01 * "Acme" "Brand"
  contract: "brand"
  retention: Assets:Retention
  milestone-all: "60% 2026-05-01 All"
  milestone-two: "40% 2026-05-01 Two"
  Assets:Receivable:Acme   10,800.00 USD
  Assets:Retention          1,200.00 USD
  Liabilities:VAT          -2,000.00 USD
  Income:Design
2026-01-02 * "Acme" "Fewer icons"
  contract: "brand"
  milestone-fewer: "100%"
  Assets:Receivable:Acme     -600.00 USD
  Liabilities:VAT             100.00 USD
  Income:Design
2026-01-02 * "Acme" "Held more"
  contract: "brand"
  milestone-held: "100%"
  Assets:Receivable:Acme     -300.00 USD
  Assets:Retention            300.00 USD
2026-01-10 custom "milestone" "brand" "all" "progress" 50
  invoice: "INV-1"
2026-01-10 custom "milestone" "brand" "fewer" "completed"
  invoice: "INV-1"
2026-01-10 custom "milestone" "brand" "held" "invoiced" 50
  invoice: "INV-1"
2026-03-10 custom "milestone" "brand" "all" "completed"
  invoice: "INV-2"
2026-03-10 custom "milestone" "brand" "two" "progress" 40
  invoice: "INV-3"
"""
)


def doubts(page: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'<p class="notice">(.*?)</p>', page)]


def credit_note(site: Site, milestone: str, **fields: str) -> tuple[Form, list[str]]:
    contract, name = milestone.split("/")
    page = site.page(view="do", do="credited", contract=contract, milestone=name, **fields)
    return Form(page), doubts(page)


def test_credit_note_changes_no_later_invoice(show: Show) -> None:
    site = show(CREDITED)

    before, _ = credit_note(site, "brand/all", date="2026-02-01", amount="1000")
    assert before.alert == (
        "Nothing can be written: It is billed or credited again on 2026-03-10,"
        " which this would change: give that date or a later one"
    )
    on_the_day, _ = credit_note(site, "brand/all", date="2026-03-10", amount="1000")
    assert on_the_day.can_write


def test_credit_note_is_over_what_was_billed_on_its_day(show: Show) -> None:
    site = show(CREDITED)

    too_early, _ = credit_note(site, "brand/two", date="2026-03-09")
    assert "Nothing of it is invoiced" in too_early.alert
    later = CREDITED + '2026-03-20 custom "milestone" "brand" "two" "completed"\n'
    form, _ = credit_note(show(later), "brand/two", date="2026-03-15", amount="1728.01")
    assert "at most 1728.00 USD" in form.alert


def test_credit_note_is_not_offered_before_a_later_invoice(show: Show) -> None:
    site = show(CREDITED)

    page = site.page(view="contract", contract="brand", time="2026-02-01")
    assert "do=credited&amp;contract=brand&amp;milestone=fewer" in page
    assert "do=credited&amp;contract=brand&amp;milestone=all" not in page


@pytest.mark.parametrize(
    ("milestone", "amount", "line", "doubt", "outstanding"),
    [
        ("fewer", "200", " 400.00 USD", "It takes back a reduction: 200 USD", "200"),
        ("fewer", "", "", "It takes back a reduction: 600.00 USD", "600"),
        ("held", "50", " 100.00 USD", "It takes back what is held back: 50 USD", "50"),
        ("held", "", "", "It takes back what is held back: 150.00 USD", "150"),
    ],
)
def test_credit_note_of_what_was_taken_off(  # noqa: PLR0913, PLR0917 - the columns
    show: Show, milestone: str, amount: str, line: str, doubt: str, outstanding: str
) -> None:
    site = show(CREDITED)
    form, told = credit_note(site, f"brand/{milestone}", amount=amount)

    assert form.written == [f'2026-03-31 custom "milestone" "brand" "{milestone}" "credited"{line}']
    assert told == [f"{doubt} is owed again."]
    site.write(form)
    assert site.ledger.load_errors == []
    assert row_of(site, "brand", milestone).outstanding == Decimal(outstanding)


def test_more_than_a_reduction_cannot_be_taken_back(show: Show) -> None:
    form, _ = credit_note(show(CREDITED), "brand/fewer", amount="600.01")

    assert "over more than 0 and at most 600.00 USD" in form.alert


def test_credit_note_books_to_the_cent_what_is_typed(show: Show) -> None:
    retained = """
2026-01-01 * "Bolt" "Roof"
  contract: "roof"
  retention: Assets:Retention
  milestone-c: "30% C"
  milestone-d: "rest D"
  Assets:Receivable:Bolt    9,000.00 USD
  Assets:Retention          1,000.00 USD
  Income:Design
2026-01-02 custom "milestone" "roof" "c" "completed"
  invoice: "R-1"
2026-02-01 custom "milestone" "roof" "c" "credited" 2,888.88 USD
"""
    site = show(CREDITED + retained)
    form, told = credit_note(site, "roof/c", amount="33.34")

    before = row_of(site, "roof", "c").billed
    site.write(form)
    assert before - row_of(site, "roof", "c").billed == Decimal("33.34")
    assert told == []


def test_credit_note_says_what_it_books_where_nothing_books_what_is_typed(show: Show) -> None:
    coarse = """
2026-01-01 * "Bolt" "Roof"
  contract: "roof"
  milestone-all: "100%"
  Assets:Receivable:Bolt       10.00 USD
  Assets:Receivable:Acme       10.00 USD
  Income:Design
2026-01-02 custom "milestone" "roof" "all" "completed"
  invoice: "R-1"
"""
    site = show(CREDITED + coarse)
    form, told = credit_note(site, "roof/all", amount="3.33")

    assert told == ["No amount books exactly that: 3.32 USD would be credited."]
    site.write(form)
    rows = [row for row in reports.status(site.books()) if row.contract == "roof"]
    assert [row.billed for row in rows] == [Decimal("8.34")] * 2


def test_credit_note_for_good_says_what_falls_away_besides(show: Show) -> None:
    site = show(CREDITED)

    _, told = credit_note(site, "brand/two", amount="100", then="for good")
    assert told == ["2592.00 USD that is not invoiced falls away too."]
    _, told = credit_note(site, "brand/two", amount="100")
    assert told == []
    _, told = credit_note(site, "brand/all", amount="100", then="for good")
    assert told == []


WAIVED = (
    CREDITED
    + """
2026-03-14 custom "milestone" "brand" "all" "credited" 6,000.00 USD
2026-03-14 custom "milestone" "brand" "all" "waived"
"""
)


def test_second_credit_note_for_good_waives_anew(show: Show) -> None:
    site = show(WAIVED)
    form, _ = credit_note(site, "brand/all", amount="900", then="for good")

    assert [line for line in form.written if line] == [
        '2026-03-31 custom "milestone" "brand" "all" "credited" 5000.00 USD',
        '2026-03-31 custom "milestone" "brand" "all" "reopened"',
        '2026-03-31 custom "milestone" "brand" "all" "waived"',
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    row = row_of(site, "brand", "all")
    assert [row.amount, row.billed, row.remaining] == [4500, 4500, 0]
    # What was waived on that day falls away by itself.
    again, _ = credit_note(site, "brand/all", amount="900")
    assert again.fields["then"] == "for good"
    assert again.written == ['2026-03-31 custom "milestone" "brand" "all" "credited" 4000.00 USD']
    later, _ = credit_note(site, "brand/all", amount="900", then="later")
    assert later.alert == (
        "Nothing can be written: It is waived on that day, so what is credited falls away for good:"
        " choose that, or another date"
    )
    site.write(again)
    assert site.ledger.load_errors == []
    row = row_of(site, "brand", "all")
    assert [row.amount, row.billed, row.remaining] == [3600, 3600, 0]


def test_credit_note_for_good_of_what_was_completed_after_it_was_waived(show: Show) -> None:
    completed = (
        CREDITED
        + """
2026-03-14 custom "milestone" "brand" "two" "progress" 20
2026-03-14 custom "milestone" "brand" "two" "waived"
2026-03-15 custom "milestone" "brand" "two" "completed"
"""
    )
    site = show(completed)
    assert site.ledger.load_errors == []
    form, _ = credit_note(site, "brand/two", amount="100", then="for good")

    assert form.alert == (
        "Nothing can be written: It was waived on 2026-03-14 and completed since: choose to invoice"
        " it again later"
    )
    assert credit_note(site, "brand/two", amount="100")[0].can_write


def test_what_is_waived_is_not_offered_to_be_waived_or_reopened_in_vain(show: Show) -> None:
    site = show(WAIVED.replace('"all" "credited" 6,000', '"all" "credited" 7,000'))
    credited = WAIVED + '2026-03-20 custom "milestone" "brand" "all" "credited" 5,000.00 USD\n'

    def offered(site: Site, **filters: str) -> set[str]:
        page = site.page(view="contract", contract="brand", **filters)
        return set(re.findall(r"do=(\w+)&amp;contract=brand&amp;milestone=all&", page))

    assert "reopened" not in offered(site, time="2026-03-14")
    assert "reopened" in offered(site, time="2026-03-15")
    assert {"invoiced", "reopened"} <= offered(show(credited))
    assert "waived" not in offered(show(credited))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "over more than 0 and at most 18271.20 USD"),
        ("18,271.21", "over more than 0 and at most 18271.20 USD"),
        ("much", "The amount 'much' is not a number"),
        ("1.005", "The amount '1.005' has more decimals than USD has in this ledger"),
    ],
)
def test_a_credit_note_is_over_what_is_invoiced(show: Show, amount: str, words: str) -> None:
    form = show(RICH).form("credited", "core-tower", "base", amount=amount)

    assert words in form.alert
    assert not form.can_write


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "0"}, "The amount is zero: there is nothing to record"),
        ({"amount": "much"}, "The amount 'much' is not a number; write it as 1,250.00"),
        ({"amount": "-5"}, "The amount '-5' is not a number"),
        ({"amount": "1e5"}, "The amount '1e5' is not a number"),
        ({"amount": "1250,50"}, "The amount '1250,50' is not a number"),
        ({"amount": "1.250,50"}, "The amount '1.250,50' is not a number"),
        ({"to": "Assets:Nowhere"}, "'Assets:Nowhere' is not an open account for money"),
        ({"to": "Assets:Receivable:Core"}, "is not an open account for money"),
        ({"to": "Expenses:Fees"}, "is not an open account for money"),
        ({"date": "tomorrow"}, "The date 'tomorrow' is not a date"),
        ({"date": "2019-12-31"}, "Invalid reference to inactive account"),
        ({"pay": "C-9"}, "Nothing of 'C-9' is outstanding"),
        ({"pay": "C-8\n2026-01-01 open Assets:Mine"}, "is outstanding"),
    ],
)
def test_payment_that_would_be_wrong_is_not_written(
    show: Show, ledger: Read, fields: dict[str, str], words: str
) -> None:
    site = show(RICH)
    form = site.form("payment", "core-tower", "base", **fields)
    assert words in form.alert
    assert not form.can_write

    assert words in alert(site.write(form, **fields))
    assert ledger() == RICH


def test_nothing_to_pay(show: Show, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("payment", "bolt-old", "all")

    assert form.alert == "Nothing can be written: Nothing of it is outstanding"
    assert "Nothing of it is outstanding" in alert(site.write(form))
    assert ledger() == RICH


def test_nothing_to_pay_of_what_has_no_receivable(show: Show) -> None:
    buying = """
2026-01-05 * "Roofer" "Roof"
  contract: "roof"
  milestone-all: "100%"
  Liabilities:VAT  -1,000.00 USD
  Income:Design
"""
    form = show(HEAD + buying).form("payment", "roof", "all")

    assert "Nothing of it is outstanding" in form.alert


def test_completed_twice(show: Show, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("completed", "core-tower", "base")

    assert "The ledger would have this error" in form.alert
    assert "2026-02-05" in form.alert
    assert form.texts == ['2026-03-31 custom "milestone" "core-tower" "base" "completed"\n']
    assert ledger() == RICH


def test_assertion_that_would_break(show: Show, ledger: Read) -> None:
    books = RICH + "2026-04-30 balance Assets:Bank 11752.43 USD\n"
    site = show(books)
    assert site.ledger.load_errors == []
    form = site.form("payment", "core-tower", "base")

    assert "Balance failed for 'Assets:Bank'" in form.alert
    line = len(books.splitlines())
    assert f"main.beancount:{line}" in form.alert
    site.write(form)
    assert ledger() == books


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "eat"},
        {"do": ""},
    ],
)
def test_unknown_is_not_written(show: Show, ledger: Read, fields: dict[str, str]) -> None:
    site = show(RICH)
    page = site.write(site.form("completed", "acme-signs", "two"), **fields)

    assert "Nothing can be written" in page
    assert ledger() == RICH
    assert "Back</a>" in page


@pytest.mark.parametrize("contract", ["nothing", "core-tower"])
@pytest.mark.parametrize(("action", "milestone"), [("invoiced", "roof"), ("payment", "base")])
def test_what_is_typed_stays_where_the_contract_is_gone(
    show: Show, ledger: Read, action: str, milestone: str, contract: str
) -> None:
    site = show(RICH)
    form = site.form(action, "core-tower", milestone, percent="80", amount="12", date="2026-03-02")

    page = site.write(form, contract=contract, milestone="cellar")
    assert f"There is no milestone '{contract}/cellar' in the ledger" in alert(page)
    assert ledger() == RICH
    again = Form(page)
    assert not again.can_write
    kept = form.fields.keys() - {"contract", "milestone", "shown"}
    assert {name: again.fields.get(name, "") for name in kept} == {
        name: form.fields[name] for name in kept
    }
    # Put right, it goes on.
    page = site.write(again, contract="core-tower", milestone=milestone)
    assert "Not written so far" in alert(page)
    assert Form(page).texts == form.texts


def test_nothing_at_all_is_not_written(show: Show, ledger: Read) -> None:
    site = show(RICH)

    assert "Nothing can be written" in site.follow(site.post({}))
    assert ledger() == RICH


def test_file_that_changed_meanwhile(show: Show, tmp_path: Path, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")
    other = RICH + "; somebody else\n"
    (tmp_path / "main.beancount").write_text(other, encoding="utf-8")

    page = site.write(form)
    assert "the ledger has changed since you looked" in alert(page)
    assert ledger() == other
    # What is shown now can be written.
    assert Form(page).texts == form.texts
    assert "Written." in site.write(Form(page))


def test_included_file_that_changed_meanwhile(show: Show, tmp_path: Path, ledger: Read) -> None:
    top = HEAD + 'include "deals.beancount"\n'
    site = show(top, files={"deals.beancount": RICH.removeprefix(HEAD)})
    form = site.form("completed", "acme-signs", "two")
    (tmp_path / "deals.beancount").write_text(RICH.removeprefix(HEAD) + ";\n", encoding="utf-8")

    assert "the ledger has changed since you looked" in alert(site.write(form))
    assert ledger() == top


def test_file_that_is_gone(show: Show, tmp_path: Path) -> None:
    top = HEAD + 'include "deals.beancount"\n'
    site = show(top, files={"deals.beancount": RICH.removeprefix(HEAD)})
    form = site.form("completed", "acme-signs", "two")
    (tmp_path / "deals.beancount").unlink()

    page = site.write(form)
    assert "Written." not in page
    assert (tmp_path / "main.beancount").read_text() == top


def test_fields_that_changed_are_shown_first(show: Show, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("invoiced", "acme-signs", "one")

    page = site.write(form, invoice="", percent="75")
    assert ledger() == RICH
    assert "Not written so far: this is what the fields say now" in alert(page)
    again = Form(page)
    assert again.texts[0] == '2026-03-31 custom "milestone" "acme-signs" "one" "invoiced" 75\n'
    assert "Written." in site.write(again)
    assert ledger() == f"{RICH}\n{again.texts[0]}"


def test_two_posts_of_one_form(show: Show, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("payment", "core-tower", "base", amount="10")
    site.write(form)
    after = ledger()

    page = site.write(form)
    assert "the ledger has changed since you looked" in alert(page)
    assert "you may have written this already" in alert(page)
    assert ledger() == after


def test_two_posts_at_once(show: Show, ledger: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    site = show(RICH)
    form = site.form("payment", "core-tower", "base", amount="10")
    insert = Host.write
    answers: list[str] = []
    other = Thread(target=lambda: answers.append(site.write(form)))

    def meanwhile(self: Host, entries: Any, near: str) -> None:  # noqa: ANN401
        if not answers and not other.is_alive():
            other.start()
            other.join(0.5)
        insert(self, entries, near)

    monkeypatch.setattr(Host, "write", meanwhile)
    assert "Written." in site.write(form)
    other.join()
    assert "the ledger has changed since you looked" in alert(answers[0])
    assert ledger() == f"{RICH}\n{form.texts[0]}"


def test_file_that_cannot_be_written_to(
    show: Show, tmp_path: Path, ledger: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")
    monkeypatch.setattr(os, "access", lambda *_: False)

    words = f"The file {tmp_path / 'main.beancount'} cannot be written to"
    assert words in site.form("completed", "acme-signs", "two").alert
    assert words in alert(site.write(form))
    assert ledger() == RICH


def test_ledger_without_the_plugin(show: Show, ledger: Read) -> None:
    off = RICH.replace('plugin "beancount_milestones"\n', "")
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")

    bare = show(off)
    assert "the plugin is not turned on" in bare.write(form)
    assert ledger() == off


# ------------------------------------------------------------------ forged requests

FORGED = [
    {},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://evil.example/localhost"},
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none", "")),
    *(
        {"Sec-Fetch-Site": site, "Origin": "http://localhost"}
        for site in ("cross-site", "same-site", "none")
    ),
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
]


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_forged_request(show: Show, ledger: Read, headers: dict[str, str]) -> None:
    site = show(RICH)
    response = site.post(site.form("completed", "acme-signs", "two").fields, headers)

    assert response.status_code == 403
    assert "does not come from a page of this Fava" in response.get_data(as_text=True)
    assert ledger() == RICH


@pytest.mark.parametrize("name", SAME)
def test_one_of_the_headers_is_enough(show: Show, name: str) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")

    assert "Written." in site.follow(site.post(form.fields, {name: SAME[name]}))


def test_port_is_part_of_the_origin() -> None:
    origin = {"Origin": "http://Localhost:5000"}

    assert trust.from_this_page(origin, "localhost:5000", "http")
    assert not trust.from_this_page(origin, "localhost", "http")


@pytest.mark.parametrize(
    ("origin", "scheme", "forwarded", "trusted"),
    [
        ("http", "http", "", True),
        ("https", "https", "", True),
        # The proxy ends TLS.
        ("https", "http", "", True),
        ("https", "http", "https", True),
        ("http", "https", "", False),
        ("http", "http", "https", False),
        ("ftp", "http", "", False),
    ],
)
def test_scheme_is_part_of_the_origin(
    origin: str, scheme: str, forwarded: str, *, trusted: bool
) -> None:
    headers = {"Origin": f"{origin}://localhost"}
    if forwarded:
        headers["X-Forwarded-Proto"] = forwarded

    assert trust.from_this_page(headers, "localhost", scheme) is trusted


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("[::1]:5000", True),
        ("192.168.1.5", True),
        ("mybox:5000", True),
        ("fava.localhost", True),
        ("books.example.com", True),
        # A stranger can let these point to this machine.
        ("evil.example", False),
        ("127.0.0.1.evil.example:5000", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_names_that_nobody_can_give_away_are_ours(host: str, *, ours: bool) -> None:
    assert trust.is_ours(host, {"books.example.com"}) is ours
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"}
    assert trust.from_this_page(headers, host, "http", {"books.example.com"}) is ours


def test_host_that_the_ledger_names_can_write(show: Show, ledger: Read) -> None:
    named = RICH.replace('"beancount_milestones.fava"', '"beancount_milestones.fava" "b.example"')
    headers = SAME | {"Host": "b.example", "Origin": "http://b.example"}
    for text, status in ((RICH, 403), (named, 303)):
        site = show(text)
        form = site.form("completed", "acme-signs", "two")
        response = site.app.test_client().post(
            "/books/extension/Milestones/act",
            data=form.fields,
            headers=headers,
            environ_overrides={"SERVER_NAME": "127.0.0.1"},
        )
        assert response.status_code == status
        assert (ledger() == text) is (status == 403)


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\f", "\r", "\u202e", "\u200b"])
def test_preview_names_what_nobody_would_see(show: Show, ledger: Read, sign: str) -> None:
    site = show(BOOKS.replace('"Acme"', f'"Ac{sign}me"'))
    before = ledger()
    form = site.form("payment", "acme-brand", "sketch")

    assert f'"Ac<U+{ord(sign):04X}>me" "Payment INV-1"' in form.texts[0]
    site.write(form)
    assert ledger()[len(before) :].startswith(f'\n2026-03-31 * "Ac{sign}me" "Payment INV-1"')
    assert site.ledger.load_errors == []


@pytest.mark.parametrize("frame", ["iframe", "frame", "embed", "object"])
def test_nothing_is_done_in_a_frame(show: Show, ledger: Read, frame: str) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")

    assert site.post(form.fields, SAME | {"Sec-Fetch-Dest": frame}).status_code == 403
    assert ledger() == RICH
    shown = site.app.test_client().get(
        "/books/extension/Milestones/?view=do&do=completed&contract=acme-signs&milestone=two",
        headers={"Sec-Fetch-Dest": frame},
    )
    assert "Nothing can be done in a frame" in shown.get_data(as_text=True)
    assert site.post(form.fields, SAME | {"Sec-Fetch-Dest": "document"}).status_code == 303


def test_no_other_site_may_frame_the_page(show: Show) -> None:
    headers = show(RICH).get().headers

    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_writes(show: Show, ledger: Read, method: str) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")
    response = site.app.test_client().open(
        "/books/extension/Milestones/act",
        method=method,
        query_string=form.fields,
        data=form.fields,
        headers=SAME,
    )

    assert response.status_code in {404, 405}
    assert ledger() == RICH


# ------------------------------------------------------------------ our own faults


def test_failure(
    show: Show, ledger: Read, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")

    def fail(*_: object) -> None:
        raise RuntimeError("123.45")  # noqa: EM101

    monkeypatch.setattr(acting, "plan", fail)
    response = site.post(form.fields)
    text = response.get_data(as_text=True)
    assert response.status_code == 200
    assert "a fault of beancount-milestones" in text
    assert "RuntimeError" in text
    assert "123.45" not in text
    assert caplog.records[-1].exc_info
    assert ledger() == RICH


def test_filter_that_fava_cannot_read(show: Show, ledger: Read) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")
    response = site.post(form.fields, query="?time=never")

    assert response.status_code == 200
    assert "Failed to parse date: never" in response.get_data(as_text=True)
    assert ledger() == RICH


def test_directive_that_another_plugin_takes_is_still_written(show: Show, ledger: Read) -> None:
    takes = """\
    from beancount.core.data import Custom

    __plugins__ = ["take"]

    def take(entries, options_map):
        return [entry for entry in entries if not is_ours(entry)], []

    def is_ours(entry):
        return isinstance(entry, Custom) and entry.type == "milestone"
    """
    site = show(
        RICH + 'option "insert_pythonpath" "TRUE"\nplugin "takes_ours"\n',
        files={"takes_ours.py": takes},
    )
    form = site.form("completed", "acme-signs", "two")

    page = site.write(form)
    assert "milestones-failed" not in page
    assert ledger().endswith(form.texts[0])


def test_written_by_a_name_that_is_none(show: Show) -> None:
    page = show(RICH).page(written="0123")

    assert "Written." not in page
    assert "milestones-failed" not in page


# ------------------------------------------------------------------ trying


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger file with an error."""
    file = tmp_path / "some.beancount"
    file.write_text(RICH + "2026-02-02 balance Assets:Bank 7 USD\n", encoding="utf-8")
    return file


def test_trying_tells_only_new_errors(path: Path) -> None:
    known = loader.load_file(str(path))[1]
    assert len(known) == 1
    line = '2026-03-31 custom "milestone" "acme-signs" "two" "{}"\n'

    good = trying.tried(str(path), line.format("completed"), 99, known)
    assert good.errors == ()
    assert [entry.meta["event"] for entry in good.booked] == ["completed"]
    bad = trying.tried(str(path), line.format("reopened"), 99, known)
    assert len(bad.errors) == 1
    assert bad.errors[0].startswith("milestone 'two'") or "reopened" in bad.errors[0]
    assert bad.booked == ()


def test_trying_tells_an_error_that_is_there_twice(path: Path) -> None:
    known = loader.load_file(str(path))[1]

    trial = trying.tried(str(path), "2026-02-02 balance Assets:Bank 7 USD\n", 99, known)
    assert len(trial.errors) == 1
    assert "some.beancount" not in trial.errors[0]
    trial = trying.tried(str(path), "2026-02-02 balance Assets:Bank 7 USD\n", 99, [])
    assert len(trial.errors) == 2
    assert sum("some.beancount" in error for error in trial.errors) == 1


def test_trying_writes_nothing(path: Path) -> None:
    before = path.read_bytes()

    trying.tried(str(path), '2026-03-31 custom "milestone" "a" "b" "c"\n', 1, [])
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_progress_and_completion_of_one_day(show: Show) -> None:
    site = show(RICH)
    site.write(site.form("progress", "acme-signs", "two", percent="40"))

    assert "Written." in site.write(site.form("completed", "acme-signs", "two"))
    assert site.ledger.load_errors == []
    assert row_of(site, "acme-signs", "two").unbilled == Decimal("444.44")


def test_completion_is_tried_where_it_would_stand(show: Show, ledger: Read) -> None:
    """On one day the lines decide: what is inserted above is too early."""
    option = '2020-01-01 custom "fava-option" "insert-entry" ".*"\n'
    later = '2026-03-31 custom "milestone" "acme-signs" "two" "progress" 40\n'
    books = f"{option}{RICH}{later}"
    # A directive names no account, so it comes last, whatever this option says.
    site = show(books)
    text = '2026-03-31 custom "milestone" "acme-signs" "two" "completed"\n'
    assert len(trying.tried(site.ledger.beancount_file_path, text, 1, []).errors) == 1

    assert "Written." in site.write(site.form("completed", "acme-signs", "two"))
    assert site.ledger.load_errors == []
    assert ledger() == f"{books}\n{text}"


# ------------------------------------------------------------------ what a stranger stumbled over


def test_invoice_of_what_is_partly_earned_says_how_much(show: Show, ledger: Read) -> None:
    site = show()
    site.write(site.form("invoiced", "bolt-web", "design"))
    assert '"bolt-web" "design" "invoiced" 50\n' in ledger()
    assert row_of(site, "bolt-web", "design").billed == Decimal("166.67")

    # What is completed later on that day is not on it.
    site.write(site.form("completed", "bolt-web", "design"))
    assert row_of(site, "bolt-web", "design").billed == Decimal("166.67")


def test_invoice_of_what_has_too_many_digits_leaves_the_percent_out(show: Show) -> None:
    long = (
        '2026-03-25 custom "milestone" "bolt-web" "launch" "progress" 33.3333333333333\n'
        '2026-03-26 custom "milestone" "acme-brand" "final" "progress" 60.123456789012\n'
    )
    site = show(BOOKS + long)

    assert site.form("invoiced", "bolt-web", "launch").fields["percent"] == ""
    assert site.form("invoiced", "acme-brand", "final").fields["percent"] == "60.123456789012"


def test_invoice_in_advance_says_so(show: Show) -> None:
    assert show().form("invoiced", "bolt-web", "launch").fields["percent"] == "100"


def test_invoice_of_what_has_no_end_in_figures_leaves_the_percent_out(show: Show) -> None:
    third = """
2026-01-05 * "Kai" "Web"
  contract: "web"
  milestone-n: "100% N"
  Assets:Receivable:Acme   35,700.00 EUR
  Liabilities:VAT          -5,700.00 EUR
  Income:Design
2026-02-01 custom "milestone" "web" "n" "progress" 20
2026-02-10 custom "milestone" "web" "n" "invoiced" 60
  invoice: "K-1"
2026-03-01 custom "milestone" "web" "n" "cancelled"
2026-03-05 custom "milestone" "web" "n" "credited"
  invoice: "K-CN1"
"""
    site = show(
        BOOKS.replace('"beancount_milestones"', '"beancount_milestones" "{BRIDGES}"', 1).replace(
            "{BRIDGES}", "{'unbilled': 'Assets:Bank', 'deferred': 'Assets:Bank'}"
        )
        + third
    )
    assert row_of(site, "web", "n").unbilled == Decimal("7140.00")
    form = site.form("invoiced", "web", "n")

    assert form.fields["percent"] == ""
    site.write(form)
    assert row_of(site, "web", "n").unbilled == 0
    assert row_of(site, "web", "n").outstanding == Decimal("7140.00")


@pytest.mark.parametrize(
    ("time", "date", "percent"),
    [
        ("2026-03-10", "2026-03-10", "25"),
        ("2026-03-25", "2026-03-25", "50"),
        # What is planned for the future is not earned so far.
        ("2026-12", "2026-03-31", "50"),
    ],
)
def test_invoice_is_of_what_was_earned_on_its_day(
    show: Show, time: str, date: str, percent: str
) -> None:
    books = BOOKS.replace('  invoice: "INV-2"\n', "").replace('  invoice: "INV-3"\n', "")
    later = '2026-04-20 custom "milestone" "acme-brand" "final" "progress" 70\n'
    form = show(books + later).form("invoiced", "acme-brand", "final", time=time)

    assert (form.fields["date"], form.fields["percent"]) == (date, percent)


def test_percent_may_have_its_sign(show: Show) -> None:
    site = show()

    form = site.form("progress", "bolt-web", "launch", percent="33.5 %")
    assert '"progress" 33.5' in form.texts[0]
    form = site.form("progress", "bolt-web", "launch", percent="33,5")
    assert form.alert.endswith("The percent '33,5' is not a number; write it as 33.5")


def test_no_invoice_is_due_before_its_day(show: Show) -> None:
    site = show()

    early = site.form("invoiced", "acme-brand", "mockup", due="2026-03-30")
    assert early.alert == (
        "Nothing can be written: It is due before the day of the invoice: give a later due date"
    )
    assert site.form("invoiced", "acme-brand", "mockup", due="2026-03-31").can_write


def test_form_tells_when_what_is_billed_with_it_is_due(show: Show) -> None:
    books = BOOKS + '2026-03-25 custom "milestone" "acme-brand" "final" "progress" 80\n'
    text = show(books).text(view="do", do="invoiced", contract="acme-brand", milestone="final")

    # An earlier invoice of it is due on 2026-04-09.
    assert "Final artwork: billed 2400.00 USD → 3840.00 USD, due 2026-04-30" in text


def test_invoice_of_all_needs_no_percent(show: Show) -> None:
    assert show().form("invoiced", "acme-brand", "mockup").fields["percent"] == ""


def test_what_was_paid_after_the_time_filter_is_not_paid_again(show: Show) -> None:
    paid = """
2026-03-20 * "Acme" "The rest" ^INV-1
  Assets:Bank               2,000.00 USD
  Assets:Receivable:Acme
"""
    form = show(BOOKS + paid).form("payment", "acme-brand", "sketch", time="2026-02")

    assert "Nothing of it is outstanding" in form.alert
    assert not form.can_write


def test_balance_that_fails_already_is_no_new_error(show: Show, ledger: Read) -> None:
    site = show(BOOKS + "2026-04-05 balance Assets:Bank 9,999.00 USD\n")
    assert len(site.ledger.load_errors) == 1

    site.write(site.form("payment", "acme-brand", "sketch"))
    assert "Payment INV-1" in ledger()


def test_payment_goes_where_that_client_paid_last(show: Show) -> None:
    other = """
2020-01-01 open Assets:PayPal
2026-03-21 * "Bolt" "To another account" ^INV-0
  Assets:PayPal               10.00 EUR
  Assets:Receivable:Bolt
2026-03-22 custom "milestone" "bolt-web" "launch" "invoiced"
  invoice: "INV-9"
"""
    site = show(BOOKS + other.replace("^INV-0", ""))

    assert site.form("payment", "acme-brand", "sketch").fields["to"] == "Assets:Bank"
    assert site.form("payment", "bolt-web", "launch").fields["to"] == "Assets:PayPal"


def test_form_tells_what_an_invoice_bills(show: Show) -> None:
    page = show().page(view="do", do="invoiced", contract="acme-brand", milestone="mockup")

    told = " ".join(re.sub(r"<[^>]+>", "", page.partition("What that changes")[2]).split())
    assert "Mockups: billed 0.00 USD → 3600.00 USD, due 2026-04-30" in told
    assert "Mockups: unbilled 3600.00 USD → 0.00 USD" in told


def test_form_tells_what_falls_away(show: Show) -> None:
    page = show().page(view="do", do="cancelled", contract="acme-brand", milestone="final")

    told = " ".join(re.sub(r"<[^>]+>", "", page.partition("What that changes")[2]).split())
    assert "Final artwork: remaining 2400.00 USD → 0.00 USD" in told


def test_form_doubts_a_payment_of_more_than_is_owed(show: Show) -> None:
    site = show()
    doubt = "more than is owed: what is over stays unapplied."

    assert doubt not in site.text(
        view="do", do="payment", contract="acme-brand", milestone="sketch", amount="2000"
    )
    form = {"view": "do", "do": "payment", "contract": "acme-brand", "milestone": "sketch"}
    assert doubt in site.text(**form, amount="2000.01")
    assert Form(site.page(**form, amount="2000.01")).can_write


def test_form_does_not_doubt_a_payment_of_what_is_owed_by_hand_too(show: Show) -> None:
    by_hand = """
2026-03-01 * "Acme" "Courier"
  invoice: "INV-1"
  Assets:Receivable:Acme       50.00 USD
  Income:Design
"""
    site = show(BOOKS + by_hand)
    form = {"view": "do", "do": "payment", "contract": "acme-brand", "milestone": "sketch"}

    assert "empty: all of 2050.00 USD" in site.text(**form)
    assert "more than is owed" not in site.text(**form, amount="2050")
    assert "more than is owed" in site.text(**form, amount="2050.01")


def test_form_does_not_doubt_a_payment_of_what_waits_for_its_bill(show: Show) -> None:
    waiting = '2026-03-25 custom "milestone" "acme-brand" "final" "progress" 80\n'
    books = BOOKS.replace('  invoice: "INV-2"\n', "").replace('"INV-3"', "TRUE")
    site = show(books + waiting)
    form = {"view": "do", "do": "payment", "contract": "acme-brand", "milestone": "final"}

    assert "empty: all of 2400.00 USD" in site.text(**form)
    assert "^acme-brand/final" in site.text(**form, amount="3840")
    assert "more than is owed" not in site.text(**form, amount="3840")
    assert "more than is owed" in site.text(**form, amount="3840.01")


def test_form_doubts_a_date_in_the_future(show: Show) -> None:
    site = show()
    form = {"view": "do", "do": "completed", "contract": "bolt-web", "milestone": "launch"}

    assert "2026-04-01 is in the future: until then no report knows of it." in site.text(
        **form, date="2026-04-01"
    )
    assert "in the future" not in site.text(**form, date="2026-03-31")
    assert Form(site.page(**form, date="2026-04-01")).can_write


#: Invoices by hand: ours, and one of a supplier.
BY_HAND = """
2026-02-05 * "Acme" "By hand"
  Assets:Receivable:Acme       50.00 USD
    invoice: "S-7"
  Income:Design
2026-02-06 * "Volt" "By hand"
  Expenses:Subs                50.00 USD
  Liabilities:Payable:Volt
    invoice: "V-7"
2020-01-01 open Liabilities:Payable:Wire
2026-01-05 * "Wire" "Cables"
  contract: "cables"
  milestone-all: "100%"
  Expenses:Subs               500.00 USD
  Liabilities:Payable:Wire
2026-03-01 custom "milestone" "cables" "all" "completed"
"""


@pytest.mark.parametrize("action", ["invoiced", "progress", "application"])
@pytest.mark.parametrize(
    ("contract", "number", "date"),
    [
        ("signs", "S-7", "2026-02-05"),
        ("wiring", "V-7", "2026-02-06"),
        ("cables", "V-7", ""),
        ("signs", "V-7", ""),
        ("signs", "", ""),
    ],
)
def test_form_doubts_the_number_of_an_invoice_by_hand(
    show: Show, action: str, contract: str, number: str, date: str
) -> None:
    fields = {"invoice": number, "percent": "10", "this-all": "-90%"}
    names = {"view": "do", "do": action, "contract": contract, "milestone": "all"}
    text = show(NO_MONEY.replace('  invoice: "S-1"\n', "") + BY_HAND).text(**names, **fields)

    assert ("already the number" in text) == bool(date)
    assert f"'{number}' is already the number of the invoice of {date}." in text or not date


def test_form_tells_nothing_of_amounts_that_stay(show: Show) -> None:
    page = show().page(view="do", do="delivered", contract="acme-brand", milestone="final")

    assert "What that changes" not in page
    assert "No amount of a milestone changes." in page
