"""The tax in a discount: as much of it as of what is open."""

from decimal import Decimal

from beancount_milestones.fava.discounting import tax_of
from beancount_milestones.fava.owing import Group
from beancount_milestones.receivables import Account
from tests.receivables import billed, books, ledger, paid

DONE = billed("2026-02-01 one completed INV-1")


def tax(*parts: str, currency: str = "USD") -> dict[str, str]:
    """The tax in 50 off INV-1 on 1 April."""
    at = books(ledger(*parts), "2026-04-01")
    group = Group("Acme", Account("Assets:Receivable", currency), "sell")
    found = tax_of(at, group, {"INV-1"}, Decimal(50))
    return {account: f"{amount}" for account, amount in found.items()}


def contract(owed: str, vat: str) -> str:
    return f"""
        2026-01-01 * "Acme" "Brand"
          contract: "acme"
          milestone-one: "100%"
          Assets:Receivable   {owed}
          Liabilities:VAT     {vat}
          Income:Design
    """


def test_a_sixth_of_what_is_owed_is_tax() -> None:
    taxed = contract("1,200.00 USD", "-200.00 USD")

    assert tax(taxed, DONE) == {"Liabilities:VAT": "8.33"}
    # However much of it is paid.
    assert tax(taxed, DONE, paid("2026-03-01", "900.00", "^INV-1")) == {"Liabilities:VAT": "8.33"}


def test_tax_in_another_currency_is_left_alone() -> None:
    abroad = contract("1,000.00 EUR @ 1.20 USD", "-200.00 USD")

    assert tax(abroad, DONE, currency="EUR") == {}


def test_what_is_released_has_no_tax() -> None:
    release = """
        2026-01-01 * "Acme" "Brand: release"
          contract: "acme"
          retention: Assets:Retention
          milestone-one: "100%"
          Assets:Receivable   100.00 USD
          Assets:Retention
    """

    assert tax(release, billed("2026-02-01 one invoiced INV-1")) == {}


def test_an_invoice_by_hand_says_its_tax_where_the_account_does() -> None:
    by_hand = """
        2026-01-01 open Liabilities:VAT7
          tax: "7%"
        2026-02-01 * "Acme" "Catering"
          Assets:Receivable    107.00 USD
            invoice: "INV-1"
          Assets:Bank            0.00 EUR
          Liabilities:VAT7      -7.00 USD
          Income:Design
    """
    taxed = contract("1,200.00 USD", "-200.00 USD")

    assert tax(taxed, by_hand) == {"Liabilities:VAT7": "3.27"}
    # Or where a contract uses it so; and the tax is that of all that is owed and held.
    unsaid = by_hand.replace("VAT7      -7", "VAT       -7").replace(
        "Assets:Bank            0.00 EUR", "Assets:Retention     107.00 USD"
    )
    assert tax(taxed, unsaid) == {"Liabilities:VAT": "1.64"}
