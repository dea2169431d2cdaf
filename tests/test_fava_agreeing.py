"""What the page does with contracts: new ones, change orders, proposals, pay applications."""

import re
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from fava.beans.funcs import hash_entry

from beancount_milestones import reports
from tests.fava_site import HEAD, Form, Read, Show, Site

pytestmark = pytest.mark.usefixtures("fixed_day")

#: Two clients with accounts of their own, a tax whose rate is known, a proposal.
BOOKS = (
    HEAD.replace("open Liabilities:VAT\n", 'open Liabilities:VAT\n  tax: "20%"\n')
    + """
2020-01-01 open Assets:Unbilled
2026-01-01 * "Acme" "Brand"
  contract: "acme-brand"
  terms: "net 14"
  unbilled: Assets:Unbilled
  milestone-a: "40% A"
  milestone-b: "rest 2026-05-01 B"
  Assets:Receivable:Acme   1,200.00 USD
  Liabilities:VAT           -200.00 USD
  Income:Design
2026-01-02 * "Bolt" "Web"
  contract: "bolt-web"
  milestone-all: "100%"
  Assets:Receivable:Bolt     900.00 USD
  Income:Design
2026-02-01 ! "Acme" "More"
  contract: "acme-brand"
  milestone-more: "100% More pages"
  Assets:Receivable:Acme     120.00 USD
  Income:Design
2026-02-02 ! "Core" "Tower"
  contract: "core-tower"
  milestone-all: "100% Tower"
  Assets:Receivable:Acme     700.00 USD
  Income:Design
"""
)


def asked(site: Site, action: str, **fields: str) -> Form:
    return Form(site.page(view="do", do=action, **fields))


# ------------------------------------------------------------------ a new contract


def test_contract_from_a_schedule(show: Show, ledger: Read) -> None:
    site = show(BOOKS)
    form = asked(site, "contract", client="Zoë & Co", title="Site", amount="1,200")

    assert form.fields["schedule"] == "halves"
    assert form.written == [
        '2026-03-31 * "Zoë & Co" "Site"',
        'contract: "zoe-site"',
        'schedule: "halves"',
        "Assets:Receivable:Zoë 1200.00 USD",
        "Liabilities:VAT -200.00 USD",
        "Income:Design -1000.00 USD",
        "",
        "2026-03-31 open Assets:Receivable:Zoë",
    ]
    text = site.text(view="do", do="contract", client="Zoë & Co", title="Site", amount="1,200")
    assert "Start: amount 0.00 USD → 600.00 USD" in text
    page = site.write(form)
    assert ledger() == f"{BOOKS}\n{form.texts[0]}"
    assert "Written." in page
    assert "<h3>Site</h3>" in page
    assert site.ledger.load_errors == []
    rows = [row for row in reports.status(site.books()) if row.contract == "zoe-site"]
    assert [(row.milestone, row.amount) for row in rows] == [
        ("start", Decimal(600)),
        ("end", Decimal(600)),
    ]


#: Accounts called by a first word that others have too; one that was closed, one with a debit by
#: hand, and one of somebody without a contract.
OTHERS = """
2020-01-01 open Assets:Receivable:Studio
  client: "Studio Nord"
2020-01-01 open Assets:Receivable:The
2020-01-01 open Assets:Receivable:Gone
2021-01-01 close Assets:Receivable:Gone
2020-01-01 open Assets:Receivable:Hand
2020-01-01 open Assets:Receivable:Sud
  client: "Studio Ost"
2026-01-01 * "The Butcher" "Sign"
  contract: "sign"
  milestone-all: "100%"
  Assets:Receivable:The     90.00 USD
  Income:Design
2026-01-02 * "Hand in Hand" "By hand"
  Assets:Receivable:Hand    90.00 USD
  Income:Design
"""


@pytest.mark.parametrize(
    ("client", "account"),
    [
        ("Studio Nord", "Studio"),
        ("Studio Süd", "StudioSüd"),
        ("Studio Ost", "Sud"),
        ("The Baker", "TheBaker"),
        ("The", "The2"),
        ("Gone", "Gone2"),
        ("Hand", "Hand2"),
        ("Hand in Hand", "Hand"),
        ("Zoë", "Zoë"),
        # The one that most use.
        ("!", "Acme"),
    ],
)
def test_new_client_gets_an_account_that_is_nobody_elses(
    show: Show, client: str, account: str
) -> None:
    form = asked(
        show(BOOKS + OTHERS), "contract", client=client, title="X", amount="9", tax="no tax"
    )

    assert f"Assets:Receivable:{account} 9.00 USD" in form.written
    assert form.can_write, form.alert


@pytest.mark.parametrize(
    ("name", "opened", "account"),
    [
        ("Acme", "", "Zoë"),
        ("Trade", "", "Trade"),
        ("Trade", '  client: "Acme"\n', "Zoë"),
    ],
)
def test_second_client_is_not_put_on_the_account_of_the_first(
    show: Show, name: str, opened: str, account: str
) -> None:
    first = f"""
2020-01-01 open Assets:Receivable:Trade
{opened}2026-01-01 * "Acme" "Sign"
  contract: "sign"
  milestone-all: "100%"
  Assets:Receivable:{name}     90.00 USD
  Income:Design
"""
    form = asked(show(HEAD + first), "contract", client="Zoë", title="X", amount="9")

    assert f"Assets:Receivable:{account} 9.00 USD" in form.written
    assert form.can_write, form.alert


def test_contract_is_offered_where_contracts_are(show: Show) -> None:
    site = show(BOOKS)
    (link,) = re.findall(r'href="([^"]*do=contract[^"]*)"', site.page(view="contracts"))
    form = Form(site.open(link))

    # Nothing is typed yet, and nothing is wrong.
    assert form.alert == ""
    assert not form.can_write
    form = asked(site, "contract", client="", amount="")
    assert form.alert == (
        "Nothing can be written: Who is the client? How much is it? Give the amount"
    )


#: A contract that has more decimals than its currency.
FINE = """
2026-01-03 * "Bolt" "Fine"
  contract: "fine"
  milestone-all: "100%"
  Assets:Receivable:Bolt    10.125 USD
  Income:Design
"""


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"amount": "2,400.005"},
            "The amount '2,400.005' has more decimals than USD has in this ledger: write at most 2",
        ),
        (
            {"amount": "100.5", "currency": "JPY", "tax": "no tax"},
            "The amount '100.5' has more decimals than JPY has in this ledger: write none",
        ),
        (
            {"schedule": "", "lines": "1.005 USD A\nrest B"},
            "'1.005 USD' has more decimals than USD has in this ledger: write at most 2",
        ),
    ],
)
def test_amount_with_more_decimals_than_its_currency(
    show: Show, fields: dict[str, str], problem: str
) -> None:
    form = asked(
        show(BOOKS + FINE), "contract", **{"client": "Acme", "title": "X", "amount": "9"} | fields
    )

    assert form.alert == f"Nothing can be written: {problem}"


def test_zeros_at_the_end_are_no_more_decimals(show: Show) -> None:
    fields = {"amount": "100.000", "tax": "no tax", "schedule": "", "lines": "1.000 USD A\nrest B"}
    form = asked(show(BOOKS), "contract", client="Acme", title="X", **fields)

    assert "Assets:Receivable:Acme 100.00 USD" in form.written
    assert form.can_write


@pytest.mark.parametrize(("contract", "can"), [("fine", True), ("bolt-web", False)])
def test_change_of_a_contract_with_more_decimals(show: Show, contract: str, *, can: bool) -> None:
    fields = {"title": "More", "amount": "1.005", "tax": "no tax"}
    form = asked(show(BOOKS + FINE), "change", contract=contract, **fields)

    assert form.can_write == can


def test_pay_application_with_more_decimals(show: Show) -> None:
    fields = {"contract": "acme-brand", "this-a": "1.005 USD", "invoice": ""}
    form = asked(show(BOOKS), "application", **fields)

    assert form.alert == (
        "Nothing can be written: a: '1.005 USD' has more decimals than USD has in this ledger:"
        " write at most 2"
    )


#: A currency without decimals; of one milestone, a third is billed.
YEN = """
2026-01-01 * "Bolt" "Site"
  contract: "site"
  milestone-a: "40% A"
  milestone-b: "rest B"
  Assets:Receivable:Bolt   100,000 JPY
  Income:Design
2026-02-01 custom "milestone" "site" "b" "progress" "1/3"
  invoice: "J-1"
"""


def test_pay_application_in_a_currency_without_decimals(show: Show) -> None:
    site = show(BOOKS + YEN)
    form = asked(site, "application", contract="site", **{"this-a": "100.55"})
    assert form.alert == (
        "Nothing can be written: a: '100.55' has more decimals than JPY has in this ledger:"
        " write none"
    )

    form = asked(site, "application", contract="site", **{"this-a": "100.00", "this-b": "10%"})
    assert form.written[2:] == ["milestone-a: 100 JPY", "milestone-b: 26000 JPY"]
    assert form.can_write, form.alert


#: Acme has paid, and there is a tax on what we buy.
PAID = (
    BOOKS
    + """
2020-01-01 open Assets:VAT-Input
  tax: "19%"
2020-01-01 open Expenses:VAT-Lost
  tax: "18%"
2020-01-01 open Liabilities:VAT7
  tax: "7%"
2020-01-01 open Expenses:Travel
2026-02-01 custom "milestone" "acme-brand" "a" "completed"
  invoice: "A-1"
2026-02-09 * "Acme" "Payment" ^A-1
  Assets:Bank   480.00 USD
  Assets:Receivable:Acme
2026-02-10 * "Bolt" "Trip"
  contract: "trip"
  milestone-all: "100%"
  Assets:Receivable:Bolt     90.00 USD
  Expenses:Travel
"""
)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"receivable": "Assets:Bank"},
            "Payments go into 'Assets:Bank': name what is owed, like Assets:Receivable:Acme",
        ),
        (
            {"receivable": "Liabilities:VAT"},
            "'Liabilities:VAT' is not under Assets; write it like Assets:Receivable:Acme",
        ),
        (
            {"income": "Expenses:Travel"},
            "'Expenses:Travel' is not under Income; write it like Income:Services",
        ),
        (
            {"income": "Assets:New"},
            "'Assets:New' is not under Income; write it like Income:Services",
        ),
    ],
)
def test_account_that_a_contract_cannot_be_about(
    show: Show, fields: dict[str, str], problem: str
) -> None:
    form = asked(show(PAID), "contract", client="Acme", title="X", amount="9", **fields)

    assert form.alert == f"Nothing can be written: {problem}"


def test_accounts_that_are_offered_can_be_used(show: Show) -> None:
    page = show(PAID).page(view="do", do="contract", client="Bolt", title="X", amount="9")

    assert Form(page).can_write
    assert '<option value="Income:Design">' in page
    assert '<option value="Expenses:Travel">' not in page
    assert "7% Liabilities:VAT7" in page
    assert "VAT-Input" not in page
    assert "VAT-Lost" not in page


def test_an_amount_that_is_no_number_is_told_once(show: Show) -> None:
    form = asked(show(BOOKS), "contract", client="Acme", title="X", amount="1.234,50")

    assert form.alert == (
        "Nothing can be written: The amount '1.234,50' is not a number; write it as 1,250.00"
    )


def test_contract_of_a_client_is_like_the_last_one(show: Show) -> None:
    form = asked(
        show(BOOKS),
        "contract",
        **{"client": "acme", "title": "Brand", "amount": "100.50", "with": "plus tax"},
        schedule="",
        lines="30% 2026-05-01 Sketches\n\nfinal: 1/2 Final\nrest",
    )

    assert form.written == [
        '2026-03-31 * "acme" "Brand"',
        'contract: "acme-brand-2"',
        'terms: "net 14"',
        'unbilled: "Assets:Unbilled"',
        'milestone-sketches: "30% 2026-05-01 Sketches"',
        'milestone-final: "1/2 Final"',
        'milestone-m3: "rest"',
        "Assets:Receivable:Acme 120.60 USD",
        "Liabilities:VAT -20.10 USD",
        "Income:Design -100.50 USD",
    ]
    assert form.can_write, form.alert


def test_contract_without_tax_and_with_a_start(show: Show) -> None:
    form = asked(
        show(BOOKS),
        "contract",
        client="Acme",
        title="X",
        id="x",
        amount="9",
        tax="no tax",
        schedule="website",
        starts="2026-06-01",
        terms="net 7",
        proposal="yes",
    )

    assert form.written == [
        '2026-03-31 ! "Acme" "X"',
        'contract: "x"',
        'terms: "net 7"',
        'unbilled: "Assets:Unbilled"',
        'schedule: "website"',
        "starts: 2026-06-01",
        "Assets:Receivable:Acme 9.00 USD",
        "Income:Design -9.00 USD",
    ]


def test_first_contract_of_a_ledger(show: Show) -> None:
    other = BOOKS.partition("2026-01-01 *")[0]
    bare = other.replace('open Liabilities:VAT\n  tax: "20%"\n', "open Liabilities:VAT\n")
    kept = (
        bare
        + """
2026-01-01 * "Acme" "Bought"
  contract: "bought"
  milestone-all: "100%"
  Expenses:Subs     500.00 USD
  Liabilities:Owed
2020-01-01 open Expenses:Subs
2020-01-01 open Liabilities:Owed
"""
    )
    site = show(kept)
    form = asked(site, "contract", client="", title="X", amount="9")
    text = site.text(view="do", do="contract")

    # Nothing is sold so far.
    assert "empty: Assets:Receivable" in text
    assert "empty: Income:Design" in text
    assert form.fields["tax"] == "no tax"


def test_first_contract_is_made_with_the_form(show: Show) -> None:
    site = show(HEAD)
    (link,) = re.findall(r'href="([^"]*do=contract[^"]*)"', site.page())
    page = site.open(link)
    assert Form(page).alert == ""

    form = asked(site, "contract", client="Acme", title="Logo", amount="100")
    assert "Logo" in site.write(form)
    assert site.ledger.load_errors == []
    assert "do=contract" not in show(HEAD, read_only=True).page()


def test_first_income_account_is_proposed(show: Show) -> None:
    bare = (
        HEAD.replace("2020-01-01 open Income:Design\n", "")
        + """
2020-01-01 open Expenses:Subs
2020-01-01 open Liabilities:Owed
2026-01-01 * "Acme" "Bought"
  contract: "bought"
  milestone-all: "100%"
  Expenses:Subs     500.00 USD
  Liabilities:Owed
"""
    )
    form = asked(show(bare), "contract", client="Acme", title="X", amount="9")

    assert "2026-03-31 open Income:Services" in form.texts[0]
    assert form.texts[0].count("open ") == 2
    assert form.can_write, form.alert


def test_rate_of_a_tax_is_as_charged_where_no_open_says_it(show: Show) -> None:
    unsaid = BOOKS.replace('  tax: "20%"\n', "")
    form = asked(show(unsaid), "contract", client="Acme", title="X", amount="120")

    assert form.fields["tax"] == "20% Liabilities:VAT"


def sold(contract: str, gross: str, *taxes: str, date: str = "2026-01-05") -> str:
    """A contract of Acme, with the postings of its taxes."""
    postings = "".join(f"  {tax}\n" for tax in taxes)
    return f"""
{date} * "Acme" "Sold"
  contract: "{contract}"
  milestone-all: "100%"
  Assets:Receivable:Acme     {gross} USD
{postings}  Income:Design
"""


#: Accounts of taxes whose rate nobody says.
UNSAID = HEAD + "2020-01-01 open Liabilities:GST\n2020-01-01 open Liabilities:QST\n"


@pytest.mark.parametrize(
    ("contracts", "tax"),
    [
        ([sold("a", "10,825.00", "Liabilities:GST  -825.00 USD")], "8.25% Liabilities:GST"),
        # The net amount was rounded, and the tax is what is left.
        ([sold("a", "10,000.00", "Liabilities:GST  -762.12 USD")], "8.25% Liabilities:GST"),
        # A small amount would have 8.2%.
        (
            [
                sold("a", "13.53", "Liabilities:GST  -1.03 USD"),
                sold("b", "10,825.00", "Liabilities:GST  -825.00 USD", date="2026-01-04"),
            ],
            "8.25% Liabilities:GST",
        ),
        (
            [
                sold("a", "120.00", "Liabilities:GST  -20.00 USD"),
                sold("b", "10,825.00", "Liabilities:GST  -825.00 USD", date="2026-01-04"),
            ],
            "20% Liabilities:GST",
        ),
        (
            [
                sold(
                    *("a", "11,497.50"),
                    *("Liabilities:GST  -500.00 USD", "Liabilities:QST  -997.50 USD"),
                )
            ],
            "5% Liabilities:GST + 9.975% Liabilities:QST",
        ),
    ],
)
def test_rate_of_a_tax_is_exact(show: Show, contracts: list[str], tax: str) -> None:
    form = asked(
        show(UNSAID + "".join(contracts)), "change", contract="a", title="More", amount="10"
    )

    assert form.fields["tax"] == tax
    assert form.can_write, form.alert


def test_rate_of_a_tax_is_exact_where_each_posting_was_rounded(show: Show) -> None:
    # 19% of 10.03 is 1.9057, three times.
    lines = "".join(
        f"""\
  Assets:Receivable:Acme      11.94 USD
    milestone: "{name}"
  Liabilities:GST             -1.91 USD
    milestone: "{name}"
  Income:Design              -10.03 USD
    milestone: "{name}"
"""
        for name in "abc"
    )
    contract = f'2026-01-05 * "Acme" "Lines"\n  contract: "a"\n{lines}'
    form = asked(show(UNSAID + contract), "change", contract="a", title="More", amount="10")

    assert form.fields["tax"] == "19% Liabilities:GST"


@pytest.mark.parametrize("deposit_tax", [0, 100])
def test_rate_of_a_tax_may_be_on_a_deposit_that_is_drawn(show: Show, deposit_tax: int) -> None:
    contract = f"""
2020-01-01 open Liabilities:Deposits
2026-01-05 * "Acme" "Deposit"
  contract: "a"
  milestone-deposit: "100%"
  Assets:Receivable:Acme      {500 + deposit_tax} USD
  Liabilities:GST            -{deposit_tax} USD
  Liabilities:Deposits
2026-01-05 * "Acme" "Work"
  contract: "a"
  milestone-all: "100%"
  Assets:Receivable:Acme     {1900 - deposit_tax} USD
  Liabilities:Deposits        500 USD
  Liabilities:GST            -{400 - deposit_tax} USD
  Income:Design             -2,000 USD
"""
    form = asked(show(UNSAID + contract), "change", contract="a", title="More", amount="10")

    assert form.fields["tax"] == "20% Liabilities:GST"


@pytest.mark.parametrize(
    ("way", "cut"),
    [
        ("with tax", ["1000.00", "-43.49", "-86.76", "-869.75"]),
        ("plus tax", ["1149.75", "-50.00", "-99.75", "-1000.00"]),
    ],
)
def test_change_order_has_all_taxes_of_its_contract(show: Show, way: str, cut: list[str]) -> None:
    taxes = ("Liabilities:GST  -500.00 USD", "Liabilities:QST  -997.50 USD")
    fields = {"title": "More", "amount": "1,000", "with": way}
    site = show(UNSAID + sold("a", "11,497.50", *taxes))
    form = asked(site, "change", contract="a", **fields)

    accounts = ("Assets:Receivable:Acme", "Liabilities:GST", "Liabilities:QST", "Income:Design")
    assert form.written[3:] == [f"{a} {n} USD" for a, n in zip(accounts, cut, strict=True)]
    site.write(form)
    assert site.ledger.load_errors == []
    form = asked(site, "change", contract="a", tax="9.975% Liabilities:QST", **fields)
    assert "Liabilities:GST" not in form.texts[0]
    assert form.can_write, form.alert


@pytest.mark.parametrize(("action", "client"), [("change", "Acme"), ("contract", "Zoë")])
def test_taxes_on_parts_of_a_contract_are_not_proposed(
    show: Show, action: str, client: str
) -> None:
    said = UNSAID.replace("GST\n", 'GST\n  tax: "20%"\n').replace("QST\n", 'QST\n  tax: "7%"\n')
    mixed = sold("a", "2,270.00", "Liabilities:GST  -200.00 USD", "Liabilities:QST  -70.00 USD")
    site = show(said + mixed)
    fields = {"contract": "a", "client": client, "title": "More", "amount": "107"}
    form = asked(site, action, **fields)
    words = "Several taxes are charged so far, each on a part: choose the one of this amount."

    assert form.fields["tax"] == "no tax"
    assert words in site.text(view="do", do=action, **fields)
    fields["tax"] = "7% Liabilities:QST"
    assert "Liabilities:QST -7.00 USD" in asked(site, action, **fields).written
    assert words not in site.text(view="do", do=action, **fields)


@pytest.mark.parametrize("action", ["contract", "change"])
def test_a_client_who_is_charged_no_tax_is_charged_none_again(show: Show, action: str) -> None:
    form = asked(show(BOOKS), action, client="Bolt", contract="bolt-web", title="X", amount="120")

    assert form.fields["tax"] == "no tax"
    assert not any("VAT" in line for line in form.written)


def test_why_there_is_no_tax_is_written_with_the_contract(show: Show) -> None:
    abroad = """
2020-01-01 open Liabilities:Reverse
  tax: "AE"
2026-03-01 * "Abroad" "Site"
  contract: "abroad"
  milestone-all: "100%"
  Assets:Receivable:Acme     300.00 USD
  Liabilities:Reverse          0.00 USD
  Income:Design
"""
    form = asked(show(BOOKS + abroad), "contract", client="Abroad", title="X", amount="120")

    assert form.fields["tax"] == "0% Liabilities:Reverse"
    assert form.written[3:] == [
        "Assets:Receivable:Acme 120.00 USD",
        "Liabilities:Reverse 0.00 USD",
        "Income:Design -120.00 USD",
    ]
    assert form.can_write, form.alert


def test_deposit_says_nothing_of_a_rate(show: Show) -> None:
    deposit = """
2020-01-01 open Liabilities:Other
2026-03-01 * "Acme" "Deposit"
  contract: "deposit"
  deposit: Liabilities:Other
  milestone-all: "100%"
  Assets:Receivable:Acme     300.00 USD
  Liabilities:VAT            -50.00 USD
  Liabilities:Other
"""
    unsaid = BOOKS.replace('  tax: "20%"\n', "")
    form = asked(show(unsaid + deposit), "contract", client="Acme", title="X", amount="120")

    assert form.fields["tax"] == "20% Liabilities:VAT"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title": ""}, "What is the contract about? Give it a title"),
        ({"amount": ""}, "How much is it? Give the amount"),
        ({"amount": "much"}, "The amount 'much' is not a number"),
        ({"tax": "99% Liabilities:VAT"}, "This ledger has no tax '99% Liabilities:VAT'"),
        ({"date": "soon"}, "The date 'soon' is not a date"),
        ({"currency": "USD\n2020-01-01 open Assets:Mine"}, "is not a currency; write it like USD"),
        ({"starts": "soon"}, "The start 'soon' is not a date"),
        (
            {"schedule": "", "lines": "half Sketches"},
            "'half Sketches' cannot be read; write a milestone as 30%",
        ),
        ({"schedule": "", "lines": "50% A"}, "50%"),
        ({"schedule": "unknown"}, "unknown"),
        ({"receivable": "Debtors"}, "'Debtors' is not an account; write it like Assets:Receiv"),
        ({"income": "Sales:Design"}, "'Sales:Design' is not an account; write it like Income:Serv"),
        ({"terms": "whenever"}, "whenever"),
        ({"id": "acme-brand"}, "There is a contract 'acme-brand' already: give another id, or add"),
        ({"id": "acme-brand", "client": "Acme"}, "There is a contract 'acme-brand' already"),
        ({"id": "core-tower"}, "There is a contract 'core-tower' already"),
    ],
)
def test_contract_that_cannot_be(
    show: Show, ledger: Read, fields: dict[str, str], problem: str
) -> None:
    usual = {"client": "Core", "title": "Tower", "amount": "100"}
    form = asked(show(BOOKS), "contract", **(usual | fields))

    assert problem in form.alert
    assert not form.can_write
    assert form.fields["title"] == (usual | fields)["title"]
    assert ledger() == BOOKS


def test_id_of_a_contract_with_an_error_is_refused_too(show: Show) -> None:
    broken = BOOKS.replace('"rest 2026-05-01 B"', '"30%"')
    site = show(broken)
    form = asked(site, "contract", client="Acme", title="X", amount="9", id="acme-brand")

    assert "There is a contract 'acme-brand' already" in form.alert
    form = asked(site, "contract", client="Acme", title="Brand", amount="9")
    assert 'contract: "acme-brand-2"' in form.written


# ------------------------------------------------------------------ change orders


def test_change_order_is_like_its_contract(show: Show, ledger: Read) -> None:
    site = show(BOOKS)
    (link,) = re.findall(
        r'href="([^"]*do=change[^"]*)"', site.page(view="contract", contract="acme-brand")
    )
    empty = Form(site.open(link))
    assert empty.alert == ""
    empty = asked(site, "change", contract="acme-brand", amount="")
    assert "How much is it? Give the amount" in empty.alert

    form = asked(site, "change", contract="acme-brand", title="Icons", amount="240")
    assert form.written == [
        '2026-03-31 * "Acme" "Icons"',
        'contract: "acme-brand"',
        'milestone-icons: "100% Icons"',
        "Assets:Receivable:Acme 240.00 USD",
        "Liabilities:VAT -40.00 USD",
        "Income:Design -200.00 USD",
    ]
    site.write(form)
    assert ledger().endswith(form.texts[0])
    assert site.ledger.load_errors == []


def test_reduction_by_a_change_order(show: Show) -> None:
    fields = {"amount": "-60", "lines": "less: 100% 2026-06-01 Less", "title": "Less"}
    form = asked(show(BOOKS), "change", contract="acme-brand", **fields)

    assert form.written[2:] == [
        'milestone-less: "100% 2026-06-01 Less"',
        "Assets:Receivable:Acme -60.00 USD",
        "Liabilities:VAT 10.00 USD",
        "Income:Design 50.00 USD",
    ]
    assert form.can_write, form.alert


#: A subcontract with the tax that we deduct, and one on an account of its own.
SUBS = """
2020-01-01 open Assets:VAT-Input
  tax: "20%"
2020-01-01 open Liabilities:Payable:Wall
2020-01-01 open Liabilities:Payable:Roof
2020-01-01 open Expenses:Subcontractors
2026-01-03 * "Roofers" "Roof"
  contract: "roof"
  milestone-all: "100%"
  Expenses:Subcontractors     500.00 USD
  Liabilities:Payable:Roof
2026-01-02 * "Wallers" "Walls"
  contract: "walls"
  milestone-all: "100%"
  Expenses:Subcontractors   1,000.00 USD
  Assets:VAT-Input            200.00 USD
  Liabilities:Payable:Wall
"""


@pytest.mark.parametrize(("amount", "sign"), [("240", ""), ("-240", "-")])
def test_change_order_of_a_subcontract_is_what_we_owe(
    show: Show, ledger: Read, amount: str, sign: str
) -> None:
    site = show(BOOKS + SUBS)
    form = asked(site, "change", contract="walls", title="Door", amount=amount)

    assert "Receivable account" not in site.page(view="do", do="change", contract="walls")
    minus = "" if sign else "-"
    assert form.written == [
        '2026-03-31 * "Wallers" "Door"',
        'contract: "walls"',
        'milestone-door: "100% Door"',
        f"Expenses:Subcontractors {sign}200.00 USD",
        f"Assets:VAT-Input {sign}40.00 USD",
        f"Liabilities:Payable:Wall {minus}240.00 USD",
    ]
    site.write(form)
    assert ledger().endswith(form.texts[0])
    assert site.ledger.load_errors == []
    assert set(site.books().register.contracts["walls"].milestones) == {"all", "door"}


def test_change_order_of_a_subcontract_is_on_its_kinds_of_account(show: Show) -> None:
    fields = {"payable": "Assets:Receivable:Acme", "cost": "Income:Design"}
    site = show(BOOKS + SUBS)
    alert = asked(site, "change", contract="roof", title="Door", amount="240", **fields).alert

    assert "is not under Liabilities; write it like Liabilities:Payable:Acme" in alert
    assert "is not under Expenses; write it like Expenses:Subcontractors" in alert


#: Contracts in another currency: the tax in ours or in theirs, a price that has changed.
ABROAD = """
2020-01-01 open Expenses:Subs
2020-01-01 open Income:Other
2020-01-01 open Liabilities:Payable:Euro
2026-01-04 * "Bolt" "More"
  contract: "signs"
  milestone-more: "100%"
  Assets:Receivable:Bolt      100.00 EUR @ 1.101 USD
  Liabilities:VAT             -22.02 USD
  Income:Design
2026-01-03 * "Bolt" "Signs"
  contract: "signs"
  milestone-all: "100%"
  Assets:Receivable:Bolt    1,000.00 EUR @ 1.20 USD
  Liabilities:VAT            -240.00 USD
  Income:Design
2026-01-03 * "Bolt" "Tax in euro"
  contract: "euro"
  milestone-all: "100%"
  Assets:Receivable:Bolt    1,200.00 EUR @ 1.20 USD
  Liabilities:VAT            -200.00 EUR @ 1.20 USD
  Income:Design
2026-01-03 * "Volt" "Walls"
  contract: "walls"
  milestone-all: "100%"
  Expenses:Subs
  Liabilities:Payable:Euro -1,000.00 EUR @ 1.20 USD
"""


@pytest.mark.parametrize(
    ("contract", "fields", "legs"),
    [
        (
            "signs",
            {"amount": "100.01", "tax": "20% Liabilities:VAT"},
            [
                "Assets:Receivable:Bolt 100.01 EUR @ 1.101 USD",
                "Liabilities:VAT -18.35 USD",
                "Income:Design -91.76 USD",
            ],
        ),
        (
            "signs",
            {"amount": "-100", "tax": "no tax", "income": "Income:Other"},
            ["Assets:Receivable:Bolt -100.00 EUR @ 1.101 USD", "Income:Other 110.10 USD"],
        ),
        (
            "signs",
            {"amount": "100", "tax": "no tax", "currency": "USD"},
            ["Assets:Receivable:Bolt 100.00 USD", "Income:Design -100.00 USD"],
        ),
        (
            "euro",
            {"amount": "120"},
            [
                "Assets:Receivable:Bolt 120.00 EUR @ 1.20 USD",
                "Liabilities:VAT -20.00 EUR @ 1.20 USD",
                "Income:Design -120.00 USD",
            ],
        ),
        (
            "walls",
            {"amount": "100"},
            ["Expenses:Subs 120.00 USD", "Liabilities:Payable:Euro -100.00 EUR @ 1.20 USD"],
        ),
    ],
)
def test_change_order_is_at_the_price_of_its_contract(
    show: Show, ledger: Read, contract: str, fields: dict[str, str], legs: list[str]
) -> None:
    site = show(
        HEAD.replace("open Liabilities:VAT\n", 'open Liabilities:VAT\n  tax: "20%"\n') + ABROAD
    )
    usual = {"currency": "EUR", "title": "Door"}
    form = asked(site, "change", contract=contract, **(usual | fields))

    assert form.written[3:] == legs, form.alert
    site.write(form)
    assert ledger().endswith(form.texts[0])
    assert site.ledger.load_errors == []


def test_change_order_adds_to_a_milestone_only_by_its_id(show: Show) -> None:
    site = show(BOOKS)
    contract = site.books().register.contracts["acme-brand"]
    name, proposed = next(iter(contract.milestones)), next(iter(contract.proposals))
    lines = f"50% {name.title()}\n25% {proposed.title()}\n{name}: rest"
    form = asked(site, "change", contract="acme-brand", title="More", amount="240", lines=lines)

    assert form.written[2:5] == [
        f'milestone-{name}-2: "50% {name.title()}"',
        f'milestone-{proposed}-2: "25% {proposed.title()}"',
        f'milestone-{name}: "rest"',
    ]
    assert form.can_write, form.alert


def test_change_order_without_a_title(show: Show, ledger: Read) -> None:
    form = asked(show(BOOKS), "change", contract="bolt-web", amount="5")

    assert form.alert == "Nothing can be written: What does it change? Give it a title"
    assert not form.can_write
    assert ledger() == BOOKS


@pytest.mark.parametrize("action", ["change", "application"])
def test_nothing_is_agreed_of_what_is_not_there(show: Show, action: str) -> None:
    alert = asked(show(BOOKS), action, contract="nothing").alert

    assert alert == ("Nothing can be written: There is no contract 'nothing', or it has an error")


# ------------------------------------------------------------------ proposals


def test_proposal_is_accepted_where_it_is_written(show: Show, ledger: Read) -> None:
    site = show(BOOKS)
    page = site.page(view="contract", contract="acme-brand")
    (link,) = re.findall(r'href="([^"]*do=accept[^"]*)"', page)
    page = site.open(link)
    form = Form(page)

    assert "This line will be changed in main.beancount" in page
    assert form.texts == ['2026-03-31 * "Acme" "More"']
    back = site.write(form)
    assert ledger() == BOOKS.replace('2026-02-01 ! "Acme"', '2026-03-31 * "Acme"')
    assert '2026-03-31 * "Acme" "More"' in unescape(back)
    assert site.ledger.load_errors == []
    rows = [row for row in reports.status(site.books()) if row.milestone == "more"]
    assert [(row.status, row.amount) for row in rows] == [("planned", Decimal(120))]
    assert "do=accept" not in site.page(view="contract", contract="acme-brand")


def test_proposal_of_a_whole_contract_is_accepted(show: Show, ledger: Read) -> None:
    crlf = BOOKS.replace("\n", "\r\n")
    site = show(crlf)

    form = asked(site, "accept", contract="core-tower", date="2026-03-05")
    assert form.texts == ['2026-03-05 * "Core" "Tower"']
    site.write(form)
    assert ledger() == crlf.replace('2026-02-02 ! "Core"', '2026-03-05 * "Core"')


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"proposal": "2"}, "'acme-brand' has no such proposal"),
        ({"contract": "nothing"}, "'nothing' has no such proposal"),
        ({"contract": "bolt-web"}, "'bolt-web' has no such proposal"),
        ({"date": "2026-01-31"}, "It was proposed on 2026-02-01: it cannot be accepted before"),
        ({"date": "soon"}, "The date 'soon' is not a date"),
    ],
)
def test_proposal_that_cannot_be_accepted(
    show: Show, ledger: Read, fields: dict[str, str], problem: str
) -> None:
    form = asked(show(BOOKS), "accept", **({"contract": "acme-brand"} | fields))

    assert problem in form.alert
    assert not form.can_write
    assert ledger() == BOOKS


def test_acceptance_that_would_break_the_ledger(show: Show, ledger: Read) -> None:
    closed = BOOKS + "2026-03-10 close Assets:Receivable:Acme\n"
    form = asked(show(closed), "accept", contract="acme-brand")

    assert "Invalid reference to inactive account 'Assets:Receivable:Acme'" in form.alert
    assert not form.can_write
    assert ledger() == closed


def test_proposal_that_another_plugin_makes_cannot_be_changed(show: Show, tmp_path: Path) -> None:
    site = show(BOOKS)
    form = asked(site, "accept", contract="acme-brand")
    path = tmp_path / "main.beancount"
    path.write_text(BOOKS.replace('2026-02-01 ! "Acme"', '2026-02-01 txn "Acme"'))

    alert = Form(site.write(form)).alert
    assert "no such proposal" in alert or "Not written" in alert


def test_proposal_is_not_accepted_twice(show: Show, ledger: Read) -> None:
    site = show(BOOKS)
    form = asked(site, "accept", contract="acme-brand")
    site.write(form)
    after = ledger()

    assert "has no such proposal" in Form(site.write(form)).alert
    assert ledger() == after


def test_read_only_accepts_nothing(show: Show) -> None:
    site = show(BOOKS, read_only=True)

    assert "--read-only" in asked(site, "accept", contract="acme-brand").alert
    assert "do=accept" not in site.page(view="contract", contract="acme-brand")


def test_line_that_is_no_proposal_is_not_changed(
    show: Show, ledger: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A plugin that says of everything that it is on the first line.
    (tmp_path / "first_line.py").write_text(
        "__plugins__ = ['move']\n"
        "def move(entries, options_map):\n"
        "    moved = [e._replace(meta={**e.meta, 'lineno': 1}) for e in entries]\n"
        "    return moved, []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    books = 'plugin "first_line"\n' + BOOKS
    form = asked(show(books), "accept", contract="core-tower")

    assert "Where it is written, no line begins with a date and !" in form.alert
    assert ledger() == books


# ------------------------------------------------------------------ pay applications

LINES = (
    HEAD
    + """
2026-01-01 * "Acme" "House"
  contract: "house"
  milestone-001: "10,000.00 USD Earth"
  milestone-002: "rest Walls"
  Assets:Receivable:Acme   40,000.00 USD
  Income:Design
2026-04-15 * "Acme" "Later"
  contract: "house"
  milestone-003: "100% Later"
  Assets:Receivable:Acme      100.00 USD
  Income:Design
2026-01-31 custom "contract" "house" "progress"
  invoice: "PA-1"
  milestone-001: 50
  milestone-002: "1/3"
"""
)


def test_pay_application_has_a_row_for_each_line(show: Show, ledger: Read) -> None:
    site = show(LINES)
    (link,) = re.findall(
        r'href="([^"]*do=application[^"]*)"', site.page(view="contract", contract="house")
    )
    page = site.open(link)

    form = Form(page)
    assert form.fields["invoice"] == "PA-2"
    assert form.alert == ""
    assert not form.can_write
    empty = asked(site, "application", contract="house", **{"this-001": ""})
    assert "What was done in this period? Give it in percent or as an amount" in empty.alert
    rows = re.findall(r'data-label="Before">(.*?) <', page)
    assert rows == ["50%", "33.33%"]
    assert "50% 5000.00" in site.text(view="do", do="application", contract="house")
    form = asked(
        site, "application", contract="house", **{"this-001": "20%", "this-002": "1,500.00"}
    )
    assert form.written == [
        '2026-03-31 custom "contract" "house" "progress"',
        'invoice: "PA-2"',
        "milestone-001: 70",
        "milestone-002: 11500.00 USD",
    ]
    assert "\n  milestone-002: 11500.00 USD\n" in form.texts[0]
    site.write(form)
    assert ledger().endswith(form.texts[0])
    assert site.ledger.load_errors == []
    billed = {row.milestone: row.billed for row in reports.status(site.books())}
    assert billed == {"001": Decimal(7000), "002": Decimal(11500)}


def test_pay_application_of_a_supplier_has_a_number_of_theirs(show: Show) -> None:
    form = asked(show(LINES + SUBS), "application", contract="walls")

    assert form.fields["invoice"] == ""


def test_pay_application_keeps_what_has_no_end_in_percent(show: Show) -> None:
    form = asked(show(LINES), "application", contract="house", **{"this-002": "10%"})

    # A third and a tenth: 13,000.00 of 30,000.00.
    assert "milestone-002: 13000.00 USD" in form.written


def test_pay_application_may_go_back_and_bill_nothing(show: Show) -> None:
    fields = {"this-001": "-49.5%", "invoice": ""}
    form = asked(show(LINES), "application", contract="house", **fields)

    assert form.written[1:] == ['milestone-001: "0.5%"']
    assert form.can_write, form.alert


def test_pay_application_takes_a_reduction_with_its_sign(show: Show) -> None:
    less = """
2026-02-15 * "Acme" "No gutter"
  contract: "house"
  milestone-004: "100% No gutter"
  Assets:Receivable:Acme   -1,000.00 USD
  Income:Design
"""
    site = show(LINES + less)
    form = asked(site, "application", contract="house", **{"this-004": "-250"})
    text = site.text(view="do", do="application", contract="house", **{"this-004": "-250"})

    assert "-1000.00" in text
    assert "25% -250.00" in text
    assert form.written[2:] == ["milestone-004: -250.00 USD"]
    site.write(form)
    assert site.ledger.load_errors == []
    rows = {row.milestone: row.billed for row in reports.status(site.books())}
    assert rows["004"] == -250
    form = asked(site, "application", contract="house", **{"this-004": "250"})
    assert "'250' of '004' is not a part; write it as 10% or -1,250.00 USD" in form.alert


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"this-001": "half"}, "'half' of '001' is not a part; write it as 10% or 1,250.00 USD"),
        ({"this-001": "60%"}, "110"),
        ({"invoice": "PA 2"}, "'PA 2' cannot be an invoice number"),
        ({"date": "soon"}, "The date 'soon' is not a date"),
    ],
)
def test_pay_application_that_cannot_be(
    show: Show, ledger: Read, fields: dict[str, str], problem: str
) -> None:
    form = asked(show(LINES), "application", contract="house", **({"this-001": "10%"} | fields))

    assert problem in form.alert
    assert not form.can_write
    assert ledger() == LINES


# ------------------------------------------------------------------ what was written


def test_contract_that_was_written_is_shown_as_it_is_written(show: Show) -> None:
    site = show(BOOKS)
    form = asked(site, "contract", client="Acme", title="Poster", amount="12")
    page = unescape(site.write(form))

    assert form.texts[0].strip() in page.partition('role="status"')[2].partition("</pre>")[0]


def test_entry_that_is_in_no_file_is_shown_all_the_same(show: Show) -> None:
    site = show(BOOKS.replace("2020-01-01 open Assets:Bank\n", "") + AUTO)
    made = next(e for e in site.ledger.all_entries if getattr(e, "account", "") == "Assets:Bank")
    page = site.page(written=hash_entry(made))

    assert "open Assets:Bank" in page.partition('role="status"')[2].partition("</pre>")[0]


AUTO = """
plugin "beancount.plugins.auto_accounts"
2026-03-01 * "Interest"
  Assets:Bank     1.00 USD
  Income:Design
"""
