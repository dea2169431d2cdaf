"""What the page does with money: payments of all kinds, refunds, write-offs."""

import re
from decimal import Decimal

import pytest

from beancount_milestones import reports
from tests.fava_site import HEAD, TRADE, Form, Read, Show, Site

pytestmark = pytest.mark.usefixtures("fixed_day")

#: Three invoices of one client, the oldest due last in the file; one of them for paying early.
OWED = (
    HEAD
    + """
2020-01-01 open Expenses:Fees
  settles-as: "fee"
2020-01-01 open Assets:Zoo USD
2026-01-01 * "Acme" "Signs"
  contract: "signs"
  terms: "2/10 net 30"
  milestone-one: "1,000.00 USD"
  milestone-two: "2,000.00 USD"
  milestone-three: "rest 2026-05-01 Three"
  Assets:Receivable:Acme    6,000.00 USD
  Income:Design
2026-03-25 custom "milestone" "signs" "two" "completed"
  invoice: "S-2"
2026-02-10 custom "milestone" "signs" "one" "completed"
  invoice: "S-1"
2026-03-26 custom "milestone" "signs" "three" "invoiced" 50
2026-01-05 * "Bolt" "Website"
  contract: "web"
  milestone-all: "100% 2026-02-01 Launch"
  Assets:Receivable:Bolt    1,000.00 EUR
  Income:Design
2026-02-05 custom "milestone" "web" "all" "completed"
  invoice: "W-1"
"""
)


def asked(site: Site, action: str, client: str = "Acme", **fields: str) -> Form:
    return Form(site.page(view="do", do=action, client=client, **fields))


def open_items(site: Site, client: str = "Acme") -> dict[str, Decimal]:
    return {
        item.invoice or item.kind: item.open
        for item in reports.items(site.books())
        if item.client == client
    }


# ------------------------------------------------------------------ which invoices


def test_oldest_invoice_of_a_client_is_ticked(show: Show) -> None:
    form = asked(show(OWED), "payment")

    # By due date; what has no number is named by its milestone.
    assert form.lines == ["S-1", "S-2", "signs/three"]
    assert form.fields["pay"] == "S-1"
    assert form.written == [
        '2026-03-31 * "Acme" "Payment S-1" ^S-1',
        "Assets:Bank 1000.00 USD",
        "Assets:Receivable:Acme -1000.00 USD",
    ]


def test_one_payment_of_several_invoices_names_each(show: Show, ledger: Read) -> None:
    site = show(OWED)
    form = asked(site, "payment", pay="signs/three S-2 S-1")

    assert form.written == [
        '2026-03-31 * "Acme" "Payment: S-1, S-2, Signs · Three" ^S-1 ^S-2 ^signs/three',
        "Assets:Bank 4500.00 USD",
        "Assets:Receivable:Acme -1000.00 USD",
        'settles: "S-1"',
        "Assets:Receivable:Acme -2000.00 USD",
        'settles: "S-2"',
        "Assets:Receivable:Acme -1500.00 USD",
        'settles: "signs/three"',
    ]
    site.write(form)
    assert ledger().endswith(form.texts[0])
    assert open_items(site) == {}
    assert site.ledger.load_errors == []


def test_part_of_several_invoices_pays_the_oldest_first(show: Show) -> None:
    site = show(OWED)
    site.write(asked(site, "payment", pay="S-2 S-1", amount="1,200"))

    assert open_items(site) == {"S-2": Decimal(1800), "signs/three": 1500, "invoiced": 1500} or (
        open_items(site)["S-2"] == 1800
    )
    assert "S-1" not in open_items(site)


def test_nothing_ticked_is_money_on_account(show: Show) -> None:
    site = show(OWED)
    alert = asked(site, "payment", pay="").alert
    assert alert == "Nothing can be written: Tick what is paid, or give the amount"
    zero = asked(site, "payment", pay="", amount="0").alert
    assert zero == "Nothing can be written: The amount is zero: there is nothing to record"

    form = asked(site, "payment", pay="", amount="70")
    assert form.written[0] == '2026-03-31 * "Acme" "Payment"'
    site.write(form)
    # It settles the oldest: it names nothing.
    assert open_items(site)["S-1"] == 930


def test_money_before_any_invoice_stays_unapplied(show: Show) -> None:
    books = OWED.partition("2026-02-05")[0]
    site = show(books)
    nothing = asked(site, "payment", "bolt").alert
    assert nothing == "Nothing can be written: Nothing of it is outstanding"
    page = site.text(view="do", do="payment", client="bolt", amount="250")

    assert "No invoice of Bolt is open on this account" in page
    assert "what is over stays unapplied" in page
    site.write(asked(site, "payment", "bolt", amount="250"))
    assert open_items(site, "Bolt") == {"unapplied": Decimal(-250)}


def test_nobody_pays_who_has_no_contract(show: Show) -> None:
    alert = asked(show(OWED), "payment", "Nobody").alert

    assert alert == "Nothing can be written: 'Nobody' owes nothing and has no contract"


def test_payment_from_the_page_of_an_invoice_goes_back_to_it(show: Show) -> None:
    site = show(OWED)
    (link,) = re.findall(r'href="([^"]*do=payment[^"]*)"', site.page(view="invoice", invoice="S-2"))
    form = Form(site.open(link))

    assert form.fields["pay"] == "S-2"
    page = site.write(form)
    assert "Invoice S-2" in page
    assert "What settled it" in page


@pytest.mark.parametrize("action", ["payment", "write-off"])
@pytest.mark.parametrize("pay", ["S-1 S-9", "S-9"])
def test_number_that_is_not_open_cannot_be_paid(show: Show, action: str, pay: str) -> None:
    form = asked(show(OWED), action, pay=pay)

    assert form.alert == "Nothing can be written: Nothing of 'S-9' is outstanding"


@pytest.mark.parametrize(
    ("more", "account"),
    [
        ("2020-01-01 open Expenses:BadDebts\n", "Expenses:BadDebts"),
        ('2020-01-01 open Expenses:BadDebts\n  settles-as: "fee"\n', "Expenses:Bad-Debt"),
        (
            """
2020-01-01 open Expenses:BadDebts
2020-01-01 open Expenses:Lost
2020-01-01 open Expenses:Older
2020-01-01 open Expenses:Said
  settles-as: "write-off"
2026-03-01 * "Acme" "Older" ^S-1
  Expenses:Older               10.00 USD
  Assets:Receivable:Acme
2026-03-02 * "Acme" "Lost" ^S-1
  Expenses:Lost                10.00 USD
  Assets:Receivable:Acme
""",
            "Expenses:Lost",
        ),
    ],
)
def test_write_off_goes_where_others_went(show: Show, more: str, account: str) -> None:
    form = asked(show(OWED + more), "write-off", pay="S-2")

    assert form.fields["rest-to"] == account
    assert form.can_write
    assert ("open" in form.texts[0]) == (account not in more)


@pytest.mark.parametrize("action", ["payment", "write-off", "refund"])
def test_more_decimals_than_the_currency_has(show: Show, action: str) -> None:
    form = asked(show(OWED), action, amount="0.005")

    assert form.alert == (
        "Nothing can be written: The amount '0.005' has more decimals than USD has in this ledger:"
        " write at most 2"
    )


def test_what_has_more_decimals_can_be_paid(show: Show) -> None:
    site = show(OWED.replace('"1,000.00 USD"', '"1,000.125 USD"'))
    form = asked(site, "payment", pay="S-1", amount="0.125")

    assert "Assets:Bank 0.125 USD" in form.written
    assert form.can_write
    assert "more decimals" in asked(site, "payment", pay="S-1", fee="0.0625").alert


def test_write_off_of_nothing_says_what_to_tick(show: Show) -> None:
    alert = asked(show(OWED), "write-off", pay="").alert

    assert alert == "Nothing can be written: Tick what is written off"


def test_each_link_to_what_was_written_says_where_it_leads(show: Show) -> None:
    site = show(OWED)
    page = site.write(asked(site, "write-off", pay="S-1"))

    links = re.findall(r'<a href="#context-\w+">Open (.*?)</a>', page)
    assert links == [
        "<code>2026-03-31 * &#34;Acme&#34; &#34;Write-off S-1&#34; ^S-1</code>",
        "<code>2026-03-31 open Expenses:Bad-Debt</code>",
    ]
    again = site.write(asked(site, "write-off", pay="S-2"))
    assert re.findall(r'<a href="#context-\w+">Open (.*?)</a>', again) == ["it"]


def test_other_accounts_of_a_client_are_a_click_away(show: Show) -> None:
    two = OWED.replace('"Bolt" "Website"', '"Acme" "Website"')
    site = show(two)
    page = site.page(view="do", do="payment", client="Acme")

    (link,) = re.findall(r'href="([^"]*)">Assets:Receivable:Bolt, EUR<', page)
    form = Form(site.open(link))
    assert form.lines == ["W-1"]


def test_invoice_by_hand_can_be_paid(show: Show) -> None:
    by_hand = """
2026-03-01 * "Acme" "Courier"
  invoice: "H-1"
  Assets:Receivable:Acme       50.00 USD
  Income:Design
2026-03-02 * "Acme" "No number"
  Assets:Receivable:Acme       60.00 USD
  Income:Design
"""
    site = show(OWED + by_hand)
    page = site.page(view="do", do="payment", client="Acme", pay="H-1")

    assert Form(page).lines == ["H-1", "*", "S-1", "S-2", "signs/three"]
    assert "Courier" in page
    assert Form(page).written[0] == '2026-03-31 * "Acme" "Payment H-1" ^H-1'


#: Of Zoe only the balance is known; an invoice of hers came later.
NO_NUMBER = """
2026-01-02 * "Zoe" "Brought forward"
  Assets:Receivable:Acme:Old  500.00 USD
  Income:Design
2026-02-01 * "Zoe" "Work"
  contract: "zoe"
  milestone-all: "100%"
  Assets:Receivable:Acme:Old  900.00 USD
  Income:Design
2026-02-02 custom "milestone" "zoe" "all" "completed"
  invoice: "Z-1"
"""


@pytest.mark.parametrize("action", ["payment", "write-off"])
def test_what_has_no_number_is_settled_from_the_lists(show: Show, action: str) -> None:
    site = show(OWED + NO_NUMBER)
    links = re.findall(
        rf'href="([^"]*do={action}&[^"]*settles=\*[^"]*client=Zoe[^"]*)"',
        site.page(view="outstanding" if action == "payment" else ""),
    )
    page = site.open(links[0])
    form = Form(page)

    assert form.lines == ["*", "Z-1"]
    assert form.fields["pay"] == "*"
    words = {"payment": "Payment", "write-off": "Write-off"}[action]
    assert form.written[0] == f'2026-03-31 * "Zoe" "{words}"'
    assert "has no number" not in page
    site.write(form)
    assert open_items(site, "Zoe") == {"Z-1": Decimal(900)}
    again = asked(site, action, "Zoe", pay="*", receivable="Assets:Receivable:Acme:Old")
    assert again.alert == "Nothing can be written: Nothing without a number is outstanding"


def test_what_has_no_number_is_paid_with_others(show: Show) -> None:
    site = show(OWED + NO_NUMBER)
    form = asked(site, "payment", "Zoe", pay="* Z-1")

    # A link would name all of it.
    assert form.written == [
        '2026-03-31 * "Zoe" "Payment: Z-1"',
        "Assets:Bank 1400.00 USD",
        "Assets:Receivable:Acme:Old -500.00 USD",
        "Assets:Receivable:Acme:Old -900.00 USD",
        'settles: "Z-1"',
    ]
    site.write(form)
    assert open_items(site, "Zoe") == {}


def test_form_doubts_that_what_has_no_number_is_paid_before_what_is_older(show: Show) -> None:
    older = NO_NUMBER.replace("2026-01-02", "2026-03-02").replace('"Brought forward"', '""')
    site = show(OWED + older)
    fields = {"client": "Zoe", "pay": "*"}

    page = site.text(view="do", do="payment", **fields, amount="300")
    assert "500.00 USD without a number" in page
    assert "What has no number cannot be named, so this settles what is older" in page
    # By its amount.
    assert "What has no number" not in site.text(view="do", do="payment", **fields)


def test_invoice_by_hand_is_paid_from_the_list(show: Show) -> None:
    numbered = NO_NUMBER.replace('forward"\n', 'forward"\n  invoice: "Z-0"\n')
    site = show(OWED + numbered.replace("2026-01-02", "2026-03-02"))
    page = site.page(view="outstanding")
    links = re.findall(r'href="([^"]*do=payment[^"]*client=Zoe[^"]*)"', page)

    assert [Form(site.open(link)).fields["pay"] for link in links] == ["Z-1", "Z-0"]


# ------------------------------------------------------------------ fee, discount, tax


def test_what_is_taken_off_settles_too(show: Show) -> None:
    site = show(OWED)
    form = asked(site, "payment", fee="12.50", discount="20", withheld="100")

    assert form.written == [
        '2026-03-31 * "Acme" "Payment S-1" ^S-1',
        "Assets:Bank 867.50 USD",
        "Expenses:Fees 12.50 USD",
        "Expenses:Discounts 20.00 USD",
        "Assets:Tax-Withheld 100.00 USD",
        "Assets:Receivable:Acme -1000.00 USD",
        "",
        "2026-03-31 open Expenses:Discounts",
        'settles-as: "discount"',
        "",
        "2026-03-31 open Assets:Tax-Withheld",
        'settles-as: "withholding"',
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    assert "S-1" not in open_items(site)
    (item,) = [i for i in site.books().open_items().items if i.number == "S-1"]
    assert {(m.kind, m.amount) for m in item.matches} == {
        ("payment", Decimal("867.50")),
        ("fee", Decimal("12.50")),
        ("discount", Decimal(20)),
        ("withholding", Decimal(100)),
    }
    # The ledger remembers the accounts.
    again = asked(site, "payment", discount="1")
    assert again.fields["discount-to"] == "Expenses:Discounts"
    assert "open" not in again.texts[0]


def test_a_discount_takes_its_tax_with_it(show: Show) -> None:
    taxed = """
2020-01-01 open Assets:Retention
2020-01-01 open Liabilities:VAT7
  tax: "7%"
2026-02-01 * "Core" "Catering"
  contract: "catering"
  retention: Assets:Retention
  milestone-all: "100%"
  Assets:Receivable:Acme     666.00 USD
  Assets:Retention            74.00 USD
  Liabilities:VAT            -20.00 USD
  Liabilities:VAT7           -20.00 USD
  Income:Design             -700.00 USD
2026-02-05 custom "milestone" "catering" "all" "completed"
  invoice: "C-1"
2026-02-06 * "Core" "More catering"
  Assets:Receivable:Acme     107.00 USD
    invoice: "C-2"
  Liabilities:VAT7            -7.00 USD
  Income:Design
"""
    vat = "open Liabilities:VAT\n"
    site = show(OWED.replace(vat, f'{vat}  tax: "19%"\n') + taxed)
    fields = {"amount": "740", "discount": "33"}
    form = asked(site, "payment", "Core", **fields, pay="C-1 C-2")

    # Of 666.00, 40 of 740 is tax, half and half; of 107.00, 7.
    assert form.written[1:7] == [
        "Assets:Bank 740.00 USD",
        "Expenses:Discounts 31.16 USD",
        "Liabilities:VAT 0.77 USD",
        "Liabilities:VAT7 1.07 USD",
        "Assets:Receivable:Acme -666.00 USD",
        'settles: "C-1"',
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    assert open_items(site, "Core") == {}


def test_all_of_it_may_be_taken_off(show: Show) -> None:
    form = asked(show(OWED), "payment", discount="1000")

    assert "Assets:Bank" not in form.texts[0]
    assert form.can_write


def test_more_than_all_cannot_be_taken_off(show: Show) -> None:
    form = asked(show(OWED), "payment", discount="1000.01")

    assert form.alert == "Nothing can be written: More is taken off than is paid"


def test_discount_for_paying_early_is_shown_until_its_day(show: Show) -> None:
    site = show(OWED)

    text = site.text(view="do", do="payment", client="Acme")
    assert "2000.00 USD S-2, due 2026-04-24 Signs · two; 40.00 USD off until 2026-04-04" in text
    assert text.count("off until") == 2
    later = site.text(view="do", do="payment", client="Acme", date="2026-04-06")
    assert later.count("off until") == 0


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"fee": "x"}, "The fee 'x' is not a number; write it as 1,250.00"),
        ({"withheld": "x"}, "The tax withheld 'x' is not a number; write it as 1,250.00"),
        ({"fee": "1", "fee-to": "Fees"}, "'Fees' is not an account; write it like Expenses:Bank-"),
        ({"fee": "1", "fee-to": "Spesen:Bank"}, "'Spesen:Bank' is not an account; write it like"),
        (
            {"withheld": "1", "withheld-to": "Assets:Zoo"},
            "What goes to 'Assets:Zoo' would count as money: say settles-as: \"withholding\" on",
        ),
        ({"date": "2026-13-01", "fee": "1"}, "The date '2026-13-01' is not a date"),
        ({"to": "Assets:Nowhere"}, "'Assets:Nowhere' is not an open account for money"),
    ],
)
def test_what_cannot_be_taken_off(show: Show, fields: dict[str, str], problem: str) -> None:
    form = asked(show(OWED), "payment", **fields)

    assert problem in form.alert
    assert not form.can_write


def test_fee_and_discount_may_go_to_one_new_account(show: Show) -> None:
    fields = {"discount": "1", "withheld": "2", "discount-to": "Expenses:X"}
    form = asked(show(OWED), "payment", **fields, **{"withheld-to": "Expenses:X"})

    assert form.texts[0].count("open Expenses:X") == 1


def test_small_difference_is_written_off_or_left(show: Show) -> None:
    site = show(OWED)
    left = asked(site, "payment", amount="999.30")
    assert left.fields["rest"] == "leave open"
    assert "Bad-Debt" not in left.texts[0]

    off = asked(site, "payment", amount="999.30", rest="write off")
    assert off.written[1:4] == [
        "Assets:Bank 999.30 USD",
        "Expenses:Bad-Debt 0.70 USD",
        "Assets:Receivable:Acme -1000.00 USD",
    ]
    site.write(off)
    assert "S-1" not in open_items(site)


# ------------------------------------------------------------------ another currency

#: The contract has a price, and all euros have gone into one account of dollars.
PRICED = (
    OWED.replace("1,000.00 EUR", "1,000.00 EUR @ 1.10 USD").replace(
        "open Assets:Bank", "open Assets:Bank USD"
    )
    + """
2026-03-01 * "Acme" "Part" ^S-1
  Assets:Bank                 10.00 USD
  Assets:Receivable:Acme
"""
)


def test_payment_in_another_currency_at_the_rate_of_the_contract(show: Show) -> None:
    site = show(PRICED)
    first = asked(site, "payment", "Bolt")
    assert first.alert == "Nothing can be written: How much is it in USD? Give the amount"

    form = asked(site, "payment", "Bolt", amount="1,120.50", fee="3")
    assert form.written == [
        '2026-03-31 * "Bolt" "Payment W-1" ^W-1',
        "Assets:Bank 1120.50 USD",
        "Expenses:Fees 3.00 USD",
        "Assets:Receivable:Bolt -1000.00 EUR @ 1.10 USD",
        "Income:Exchange -23.50 USD",
        "",
        "2026-03-31 open Income:Exchange",
        'settles-as: "payment"',
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    assert open_items(site, "Bolt") == {}


def test_account_of_exchanges_is_remembered(show: Show) -> None:
    earlier = """
2020-01-01 open Income:Rates
2026-03-01 * "Bolt" "Part" ^W-1
  Assets:Bank                 120.00 USD
  Assets:Receivable:Bolt     -100.00 EUR @ 1.10 USD
  Income:Rates
"""
    form = asked(show(PRICED + earlier), "payment", "Bolt", amount="900")

    assert form.fields["exchange-to"] == "Income:Rates"
    assert form.written[-1] == "Income:Rates 90.00 USD"


def test_part_in_another_currency(show: Show) -> None:
    site = show(PRICED)
    fields = {"amount": "555", "worth": "500", "discount": "10", "rest": "write off"}
    form = asked(site, "payment", "Bolt", to="Assets:Bank", **fields)

    assert "-1000.00 EUR @ 1.10 USD" in form.texts[0]
    assert "Expenses:Discounts 10.00 EUR @ 1.10 USD" in " ".join(form.texts[0].split())
    assert "Expenses:Bad-Debt 490.00 EUR @ 1.10 USD" in " ".join(form.texts[0].split())
    assert form.can_write, form.alert


def test_without_a_rate_in_the_contract_what_came_in_says_it(show: Show) -> None:
    site = show(OWED)
    # The bank takes any currency: it is asked which.
    fields = {"in": "USD", "amount": "1,100", "fee": "11"}
    form = asked(site, "payment", "Bolt", **fields)

    assert form.written[1:] == [
        "Assets:Bank 1100.00 USD",
        "Expenses:Fees 11.00 USD",
        "Assets:Receivable:Bolt -1000.00 EUR @ 1.111 USD",
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    assert open_items(site, "Bolt") == {}


def test_rate_without_an_end_balances(show: Show) -> None:
    site = show(OWED)
    form = asked(site, "payment", "Bolt", **{"in": "USD", "amount": "100", "worth": "300"})

    assert "-300.00 EUR @ 0.3333333333 USD" in form.texts[0]
    assert form.can_write


def test_money_on_account_says_what_it_settles(show: Show) -> None:
    site = show(PRICED)
    fields = {"pay": "", "amount": "10"}

    assert "How much does it settle, in EUR?" in asked(site, "payment", "Bolt", **fields).alert
    form = asked(site, "payment", "Bolt", **fields, worth="9")
    assert "-9.00 EUR @ 1.1111111111 USD" in form.texts[0]
    assert form.can_write, form.alert


def test_fee_goes_to_an_account_that_takes_its_currency(show: Show) -> None:
    only = OWED.replace("open Expenses:Fees", "open Expenses:Fees GBP,CHF")
    form = asked(show(only), "payment", fee="1")

    assert form.alert == (
        "Nothing can be written: 'Expenses:Fees' takes GBP, CHF and not USD: name another account"
    )
    assert asked(show(only), "payment", fee="1", **{"fee-to": "Expenses:Other"}).can_write


def test_first_payment_of_all_may_be_exchanged(show: Show) -> None:
    nothing_paid = PRICED.partition("2026-03-01")[0]
    only = nothing_paid.replace("2020-01-01 open Assets:Receivable:Acme:Old\n", "")
    form = asked(show(only), "payment", "Bolt", date="2026-03-32", amount="1150")

    assert form.options == ["Assets:Bank", "Assets:Zoo"]
    assert form.alert.endswith("'2026-03-32' is not a date; write it as 2026-03-31")


@pytest.mark.parametrize("field", ["amount", "worth"])
def test_what_is_no_number_is_not_called_zero_too(show: Show, field: str) -> None:
    bank = OWED.replace("open Assets:Bank\n", "open Assets:Bank USD\n")
    form = asked(show(bank), "payment", "Bolt", to="Assets:Bank", **{"amount": "1", field: "1e3"})

    assert "'1e3' is not a number" in form.alert
    assert "An exchange needs" not in form.alert


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"amount": "0"}, "An exchange needs more than zero on both sides"),
        ({"amount": "1", "worth": "0"}, "An exchange needs more than zero on both sides"),
        ({"amount": "1", "worth": "x"}, "The amount 'x' is not a number"),
    ],
)
def test_exchanges_that_cannot_be(show: Show, fields: dict[str, str], problem: str) -> None:
    form = asked(show(OWED), "payment", "Bolt", **fields, **{"in": "USD"})

    assert problem in form.alert


# ------------------------------------------------------------------ buying


def test_supplier_is_paid_the_other_way_round(show: Show) -> None:
    buying = """
2020-01-01 open Liabilities:Payable
2020-01-01 open Expenses:Subs
2026-01-01 * "Roofer" "Roof"
  contract: "roof"
  milestone-all: "100%"
  Expenses:Subs            500.00 USD
  Liabilities:Payable
2026-02-01 custom "milestone" "roof" "all" "completed"
  invoice: "R-1"
"""
    site = show(OWED + buying)
    form = asked(site, "payment", "Roofer", discount="5")

    assert "fee" not in form.fields
    assert form.written[1:4] == [
        "Assets:Bank -495.00 USD",
        "Income:Discounts -5.00 USD",
        "Liabilities:Payable 500.00 USD",
    ]
    site.write(form)
    assert open_items(site, "Roofer") == {}


def taken_off(site: Site, contract: str, milestone: str = "two", **fields: str) -> Form:
    return site.form("payment", contract, milestone, discount="20", withheld="200", **fields)


def test_what_a_supplier_forgoes_is_income_and_tax_kept_back_a_liability(show: Show) -> None:
    site = show(TRADE)
    form = taken_off(site, "wiring")

    assert form.written == [
        '2026-03-31 * "Volt" "Payment B-2" ^B-2',
        "Assets:Bank -780.00 USD",
        "Income:Discounts -20.00 USD",
        "Liabilities:Tax-Withheld -200.00 USD",
        "Liabilities:Payable:Volt 1000.00 USD",
        "",
        "2026-03-31 open Income:Discounts",
        'settles-as: "discount"',
        "",
        "2026-03-31 open Liabilities:Tax-Withheld",
        'settles-as: "withholding"',
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    (item,) = [i for i in site.books().open_items().items if i.number == "B-2"]
    assert {(m.kind, m.amount) for m in item.matches} == {
        ("payment", Decimal(780)),
        ("discount", Decimal(20)),
        ("withholding", Decimal(200)),
    }
    # They are not for clients.
    sold = taken_off(site, "showroom").fields
    assert (sold["discount-to"], sold["withheld-to"]) == (
        "Expenses:Discounts",
        "Assets:Tax-Withheld",
    )


def test_accounts_of_clients_are_not_for_suppliers(show: Show) -> None:
    site = show(TRADE)
    site.write(taken_off(site, "showroom"))

    bought = taken_off(site, "wiring").fields
    assert bought["discount-to"] == "Income:Discounts"
    assert bought["withheld-to"] == "Liabilities:Tax-Withheld"


@pytest.mark.parametrize(
    ("account", "kind", "field", "usual"),
    [
        ("Liabilities:CIS", "withholding", "withheld-to", "Liabilities:CIS"),
        ("Assets:CIS", "withholding", "withheld-to", "Liabilities:Tax-Withheld"),
        ("Income:Price-Cuts", "discount", "discount-to", "Income:Price-Cuts"),
        ("Expenses:Price-Cuts", "discount", "discount-to", "Income:Discounts"),
    ],
)
def test_account_that_nothing_was_settled_with_so_far(
    show: Show, account: str, kind: str, field: str, usual: str
) -> None:
    more = f'2020-01-01 open {account}\n  settles-as: "{kind}"\n'

    assert taken_off(show(TRADE + more), "wiring").fields[field] == usual
    # What clients take off may be income or expenses.
    assert taken_off(show(TRADE + more), "showroom").fields[field] == account


def test_account_that_a_supplier_was_settled_with_is_the_usual_one(show: Show) -> None:
    used = """
2020-01-01 open Expenses:Price-Cuts
  settles-as: "discount"
2026-03-05 * "Volt" "Some" ^B-2
  Liabilities:Payable:Volt    100.00 USD
  Expenses:Price-Cuts         -10.00 USD
  Assets:Bank
"""
    assert taken_off(show(TRADE + used), "wiring").fields["discount-to"] == "Expenses:Price-Cuts"


def test_what_a_supplier_waives_is_income(show: Show) -> None:
    site = show(TRADE)
    form = site.form("write-off", "wiring", "two", amount="400")

    assert form.written == [
        '2026-03-31 * "Volt" "Write-off B-2" ^B-2',
        "Income:Debt-Waived -400.00 USD",
        "Liabilities:Payable:Volt 400.00 USD",
        "",
        "2026-03-31 open Income:Debt-Waived",
        'settles-as: "write-off"',
    ]
    site.write(form)
    (item,) = [i for i in site.books().open_items().items if i.number == "B-2"]
    assert [(m.kind, m.amount) for m in item.matches] == [("write-off", Decimal(400))]
    assert site.form("write-off", "wiring", "two").fields["rest-to"] == "Income:Debt-Waived"
    assert site.form("write-off", "showroom", "two").fields["rest-to"] == "Expenses:Bad-Debt"
    wrong = site.form("write-off", "wiring", "two", **{"rest-to": "Waived"})
    assert "'Waived' is not an account; write it like Income:Debt-Waived" in wrong.alert


def test_expense_that_a_supplier_gives_back_is_not_where_clients_are_written_off(
    show: Show,
) -> None:
    given = """
2026-03-05 * "Volt" "Not as agreed" ^B-2
  Liabilities:Payable:Volt    100.00 USD
  Expenses:Subs
"""
    site = show(TRADE + given)

    assert site.form("write-off", "showroom", "two").fields["rest-to"] == "Expenses:Bad-Debt"
    assert site.form("write-off", "wiring", "two").fields["rest-to"] == "Income:Debt-Waived"


# ------------------------------------------------------------------ money back

OVERPAID = """
2026-03-05 * "Bolt" "Too much" ^W-1
  Assets:Bank               1,200.00 EUR
  Assets:Receivable:Bolt
2026-03-06 * "Bolt" "Again" ^W-1
  Assets:Bank                  50.00 EUR
  Assets:Receivable:Bolt
"""


def test_refund_takes_back_what_is_unapplied(show: Show) -> None:
    site = show(OWED + OVERPAID)
    page = site.page(view="client", client="Bolt")

    links = re.findall(r'href="([^"]*do=refund[^"]*)"', page)
    assert len(links) == 2
    last = Form(site.open(links[1]))
    assert last.written == [
        '2026-03-31 * "Bolt" "Refund"',
        "Assets:Receivable:Bolt 50.00 EUR",
        "Assets:Bank -50.00 EUR",
    ]
    back = site.write(last)
    assert "Bolt: statement of account" in back
    assert open_items(site, "Bolt") == {"unapplied": Decimal(-200)}
    site.write(asked(site, "refund", "Bolt"))
    assert open_items(site, "Bolt") == {}
    assert "do=refund" not in site.page(view="client", client="Bolt")


def test_refund_of_another_amount_is_doubted(show: Show) -> None:
    site = show(OWED + OVERPAID)

    text = site.text(view="do", do="refund", client="Bolt", amount="77")
    assert "No credit is unapplied of exactly that amount" in text
    nothing = asked(site, "refund")
    assert nothing.alert == "Nothing can be written: The amount is zero: there is nothing to record"


def test_refund_that_names_no_number(show: Show, ledger: Read) -> None:
    site = show(OWED + OVERPAID)
    form = asked(site, "refund", "Bolt", settles="W-1\n2020-01-01 open Assets:Mine")

    assert "cannot be the number of an invoice" in form.alert
    assert not form.can_write
    assert ledger() == OWED + OVERPAID


def test_refund_of_a_credit_note_names_it(show: Show) -> None:
    credited = """
2026-03-05 * "Bolt" "All of it" ^W-1
  Assets:Bank               1,000.00 EUR
  Assets:Receivable:Bolt
2026-03-07 custom "milestone" "web" "all" "credited" 50
  invoice: "CN-1"
"""
    site = show(OWED + credited)
    form = asked(site, "refund", "Bolt")

    assert form.can_write, form.alert
    site.write(form)
    assert open_items(site, "Bolt") == {}


def test_returned_payment_opens_its_invoice_again(show: Show) -> None:
    paid = """
2026-03-05 * "Bolt" "All of it" ^W-1
  Assets:Bank               1,000.00 EUR
  Assets:Receivable:Bolt
"""
    site = show(OWED + paid)
    page = site.page(view="invoice", invoice="W-1")

    (link,) = re.findall(r'href="([^"]*do=returned[^"]*)"', page)
    form = Form(site.open(link))
    assert form.written == [
        '2026-03-31 * "Bolt" "Returned payment W-1" ^W-1',
        "Assets:Receivable:Bolt 1000.00 EUR",
        "Assets:Bank -1000.00 EUR",
    ]
    assert "Invoice W-1" in site.write(form)
    assert open_items(site, "Bolt") == {"W-1": Decimal(1000)}


def returns(site: Site, number: str = "W-1") -> list[Form]:
    """The forms behind the links beside the payments of an invoice."""
    page = site.page(view="invoice", invoice=number)
    return [Form(site.open(link)) for link in re.findall(r'href="([^"]*do=returned[^"]*)"', page)]


PAID_TWICE = """
2026-03-05 * "Bolt" "One" ^W-1
  Assets:Bank                 600.00 EUR
  Assets:Receivable:Bolt
2026-03-05 * "Bolt" "Two" ^W-1
  Assets:Bank                 400.00 EUR
  Assets:Receivable:Bolt
"""


def test_what_has_gone_back_is_listed_and_does_not_go_back_again(show: Show) -> None:
    site = show(OWED + PAID_TWICE)
    two, one = returns(site)
    assert "Assets:Bank -600.00 EUR" in one.written
    assert "Assets:Bank -400.00 EUR" in two.written

    site.write(one)
    assert "2026-03-31 returned -600.00 EUR" in site.text(view="invoice", invoice="W-1")
    (left,) = returns(site)
    assert "Assets:Bank -400.00 EUR" in left.written
    site.write(Form(site.page(**left.fields | {"amount": "150"})))
    (rest,) = returns(site)
    assert "Assets:Bank -250.00 EUR" in rest.written
    site.write(rest)
    assert returns(site) == []
    gone = asked(site, "returned", "Bolt", settles="W-1", paid="2026-03-05")
    assert gone.alert == "Nothing can be written: The amount is zero: there is nothing to record"
    assert open_items(site, "Bolt") == {"W-1": Decimal(1000)}


def test_what_went_back_of_two_payments_was_the_last_of_them(show: Show) -> None:
    again = """
2026-03-08 * "Bolt" "Back" ^W-1
  Assets:Receivable:Bolt      500.00 EUR
  Assets:Bank
2026-03-20 * "Bolt" "Later" ^W-1
  Assets:Bank                 500.00 EUR
  Assets:Receivable:Bolt
"""
    forms = returns(show(OWED + PAID_TWICE + again))

    # 400 and 600 of one day, less 500 of the last; and what came after that.
    assert [form.written[1] for form in forms] == [
        f"Assets:Receivable:Bolt {left} EUR" for left in ("400.00", "100.00", "500.00")
    ]


def test_refund_is_of_the_credit_beside_it(show: Show) -> None:
    notes = """
2026-02-01 * "Zoe" "First"
  Income:Design               500.00 USD
  Assets:Receivable:Acme:Old
    invoice: "CN-A"
2026-02-01 * "Zoe" "Second"
  Income:Design                70.00 USD
  Assets:Receivable:Acme:Old
    invoice: "CN-B"
2026-02-01 * "Zoe" "Work"
  contract: "zoe"
  milestone-all: "100%"
  Assets:Receivable:Acme:Old  900.00 USD
  Income:Design
"""
    site = show(OWED + notes)
    page = site.page(view="client", client="Zoe")
    forms = [Form(site.open(link)) for link in re.findall(r'href="([^"]*do=refund[^"]*)"', page)]

    assert sorted(form.written[:2] for form in forms) == [
        [
            f'2026-03-31 * "Zoe" "Refund {number}" ^{number}',
            f"Assets:Receivable:Acme:Old {amount} USD",
        ]
        for number, amount in (("CN-A", "500.00"), ("CN-B", "70.00"))
    ]


@pytest.mark.parametrize("bank", ["Assets:Bank", "Assets:Zoo"])
def test_returned_payment_goes_back_at_the_price_of_the_contract(show: Show, bank: str) -> None:
    site = show(PRICED)
    in_euros = """
2026-03-02 * "Bolt" "In euros" ^W-1
  Assets:Zoo                1,000.00 EUR
  Assets:Receivable:Bolt
"""
    if bank == "Assets:Zoo":
        site = show(PRICED.replace("Assets:Zoo USD", "Assets:Zoo") + in_euros)
    else:
        site.write(asked(site, "payment", "Bolt", amount="1,120.50"))
    (form,) = returns(site)
    fields = {"amount": "1,120.50", "to": bank, "in": "USD"}
    form = Form(site.page(**form.fields | fields))

    assert form.can_write, form.alert
    assert form.written[1:4] == [
        "Assets:Receivable:Bolt 1000.00 EUR @ 1.10 USD",
        f"{bank} -1120.50 USD",
        "Income:Exchange 20.50 USD",
    ]
    site.write(form)
    assert site.ledger.load_errors == []
    assert open_items(site, "Bolt") == {"W-1": Decimal(1000)}


def test_refund_goes_back_at_the_price_at_which_it_came(show: Show) -> None:
    over = """
2026-03-02 * "Bolt" "Too much" ^W-1
  Assets:Bank               1,210.00 USD
  Assets:Receivable:Bolt   -1,100.00 EUR @ 1.10 USD
"""
    form = asked(show(PRICED + over), "refund", "Bolt", amount="112")

    assert form.written[1:4] == [
        "Assets:Receivable:Bolt 100.00 EUR @ 1.10 USD",
        "Assets:Bank -112.00 USD",
        "Income:Exchange 2.00 USD",
    ]


@pytest.mark.parametrize("action", ["refund", "returned", "write-off"])
def test_nothing_goes_back_to_nobody(show: Show, action: str) -> None:
    alert = asked(show(OWED), action, "Nobody").alert

    assert alert == "Nothing can be written: 'Nobody' owes nothing and has no contract"


# ------------------------------------------------------------------ write-off


def test_rest_of_an_invoice_is_written_off(show: Show) -> None:
    site = show(OWED)
    form = asked(site, "write-off", settles="S-1", amount="400")

    assert form.written[:3] == [
        '2026-03-31 * "Acme" "Write-off S-1" ^S-1',
        "Expenses:Bad-Debt 400.00 USD",
        "Assets:Receivable:Acme -400.00 USD",
    ]
    site.write(form)
    assert open_items(site)["S-1"] == 600
    (item,) = [i for i in site.books().open_items().items if i.number == "S-1"]
    assert [m.kind for m in item.matches] == ["write-off"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"amount": "1000.01"}, "What is written off is more than 0 and at most 1000.00 USD"),
        ({"amount": "0"}, "What is written off is more than 0 and at most 1000.00 USD"),
        ({"amount": "x"}, "The amount 'x' is not a number"),
        ({"settles": "S-9"}, "Nothing of 'S-9' is outstanding"),
        ({"rest-to": "Bad"}, "'Bad' is not an account; write it like Expenses:Bad-Debt"),
    ],
)
def test_what_cannot_be_written_off(show: Show, fields: dict[str, str], problem: str) -> None:
    form = asked(show(OWED), "write-off", **({"settles": "S-1"} | fields))

    assert problem in form.alert
    assert not form.can_write


@pytest.mark.parametrize("account", ["Income:Design", "Liabilities:VAT", "Expenses:Fees"])
def test_what_would_not_be_a_write_off_is_refused(show: Show, account: str) -> None:
    site = show(OWED)
    form = asked(site, "write-off", settles="S-1", **{"rest-to": account})

    assert form.alert == (
        f"Nothing can be written: What goes to '{account}' would not count as a write-off: name an"
        ' account of expenses, or say settles-as: "write-off" on its open'
    )
    paid = asked(site, "payment", amount="999", rest="write off", **{"rest-to": account})
    assert "would not count as a write-off" in paid.alert


def test_what_a_supplier_waives_goes_to_income(show: Show) -> None:
    site = show(TRADE)

    to_income = site.form("write-off", "wiring", "two", **{"rest-to": "Income:Design"})
    assert to_income.can_write
    to_expenses = site.form("write-off", "wiring", "two", **{"rest-to": "Expenses:Subs"})
    assert "name an account of income" in to_expenses.alert


def test_overdue_invoice_can_be_written_off_from_the_overview(show: Show) -> None:
    site = show(OWED)
    (link,) = [
        link
        for link in re.findall(r'href="([^"]*do=write-off[^"]*)"', site.page())
        if "S-1" in link
    ]
    form = Form(site.open(link))

    assert form.can_write
    assert form.fields["pay"] == "S-1"
