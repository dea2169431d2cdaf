"""Our plugin beside others in one ledger, in the order that the manual gives."""

import datetime as dt
import io
from collections import defaultdict
from decimal import Decimal

import pytest
from beancount.core import data
from beancount.scripts import example

from beancount_milestones import postings
from tests.support import Load, Loaded

D = Decimal

OURS = 'plugin "beancount_milestones"\n'

OPENS = """\
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Unbilled
2020-01-01 open Liabilities:VAT
2020-01-01 open Income:Design
"""

# Nothing but Acme's work: half of it invoiced and paid, the other half done and not invoiced.
BOOKS = """
2026-01-10 * "Acme" "Brand"
  contract: "brand"
  unbilled: Assets:Unbilled
  milestone-one: "50%"
  milestone-two: "50%"
  Assets:Receivable:Acme  1,200.00 USD
  Liabilities:VAT          -200.00 USD
  Income:Design

2026-02-01 custom "milestone" "brand" "one" "completed"
  invoice: "INV-1"

2026-02-20 * "Acme" "INV-1" ^INV-1
  Assets:Bank               600.00 USD
  Assets:Receivable:Acme   -600.00 USD

2026-03-01 custom "milestone" "brand" "two" "completed"
"""

HELD = {
    ("Assets:Bank", "USD"): D("600.00"),
    ("Assets:Unbilled", "USD"): D("500.00"),
    ("Liabilities:VAT", "USD"): D("-100.00"),
    ("Income:Design", "USD"): D("-1000.00"),
}


def balances(loaded: Loaded) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in loaded.transactions:
        for posting in entry.postings:
            found[posting.account, postings.currency(posting)] += postings.number(posting)
    return {key: number for key, number in found.items() if number}


@pytest.mark.parametrize(
    "after",
    [
        "beancount.plugins.noduplicates",
        "beancount.plugins.implicit_prices",
        "beancount.plugins.check_commodity",
        "beancount.plugins.leafonly",
        "beancount.plugins.nounused",
        "beancount.plugins.onecommodity",
        "beancount.plugins.sellgains",
    ],
)
def test_beside(load: Load, after: str) -> None:
    commodity = "2020-01-01 commodity USD\n"
    loaded = load(f'{OURS}plugin "{after}"\n{commodity}{OPENS}{BOOKS}')

    assert loaded.messages == []
    assert balances(loaded) == HELD


@pytest.mark.parametrize("order", ["before", "after"])
def test_implicit_prices_see_each_generated_price_once(load: Load, order: str) -> None:
    """The contract stands at zero without a price; its milestones give the price on their day."""
    books = BOOKS.replace("1,200.00 USD", "1,000.00 EUR @ 1.20 USD", 1)
    prices = 'plugin "beancount.plugins.implicit_prices"\n'
    loaded = load((prices + OURS if order == "before" else OURS + prices) + OPENS + books)

    found = [(e.date.isoformat(), e.amount) for e in loaded.entries if isinstance(e, data.Price)]
    assert [day for day, _ in found] == ["2026-01-10" if order == "before" else "2026-02-01"]
    assert found[0][1].number == D("1.20")


def test_auto_accounts_after_us(load: Load) -> None:
    loaded = load(f'{OURS}plugin "beancount.plugins.auto_accounts"\n{BOOKS}')

    assert loaded.messages == []
    assert balances(loaded) == HELD
    opened = {entry.account for entry in loaded.entries if isinstance(entry, data.Open)}
    assert opened >= {account for account, _ in HELD}


def test_currency_accounts(load: Load) -> None:
    books = BOOKS.replace("1,200.00 USD", "1,000.00 EUR @ 1.20 USD", 1)
    loaded = load(
        f'{OURS}plugin "beancount.plugins.currency_accounts" "Equity:Trading"\n{OPENS}{books}'
    )

    assert loaded.messages == []
    held = balances(loaded)
    assert held["Assets:Receivable:Acme", "EUR"] == D("500.00")
    assert held["Equity:Trading:EUR", "EUR"] == D("-500.00")
    assert held["Equity:Trading:USD", "USD"] == D("600.00")
    assert held["Income:Design", "USD"] == D("-1000.00")


def test_zerosum_pairs_what_we_generate(load: Load) -> None:
    """The bill and its payment: both found, and moved to the account of the matched."""
    config = "{'zerosum_accounts': {'Assets:Receivable:Acme': ('Assets:Matched', 60)}}"
    loaded = load(
        f'{OURS}plugin "beancount_reds_plugins.zerosum.zerosum" "{config}"\n'
        f"{OPENS}2020-01-01 open Assets:Matched\n{BOOKS}"
    )

    assert loaded.messages == []
    assert balances(loaded) == HELD
    matched = [p for e in loaded.transactions for p in e.postings if p.account == "Assets:Matched"]
    assert sorted(map(postings.number, matched)) == [D("-600.00"), D("600.00")]


def test_pad_and_balance_see_what_we_generate(load: Load) -> None:
    loaded = load(
        OURS
        + OPENS
        + "2020-01-01 open Equity:Opening\n2026-01-01 pad Assets:Receivable:Acme Equity:Opening\n"
        + BOOKS
        + "2026-02-02 balance Assets:Receivable:Acme  650.00 USD\n"
        + "2026-03-02 balance Assets:Unbilled  500.00 USD\n"
    )

    assert loaded.messages == []
    assert balances(loaded)["Equity:Opening", "USD"] == D("-50.00")


def test_the_ledger_loads_without_us(load: Load) -> None:
    """Whoever leaves takes the line out: the contract is a transaction as any other."""
    loaded = load(OPENS + BOOKS)

    assert loaded.messages == []
    assert balances(loaded)["Income:Design", "USD"] == D("-1000.00")
    assert balances(loaded)["Assets:Receivable:Acme", "USD"] == D("600.00")


@pytest.fixture(scope="module")
def life() -> str:
    """Somebody's whole life, as bean-example makes it up."""
    output = io.StringIO()
    text = example.write_example_file(
        dt.date(1980, 5, 12),
        dt.date(2020, 1, 1),
        dt.date(2021, 6, 1),
        reformat=False,
        file=output,
    )
    assert text is None
    return output.getvalue()


def test_two_contracts_in_somebodys_life(load: Load, life: str) -> None:
    two = """
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Unbilled
2020-01-01 open Income:Design

2020-02-10 * "Acme" "Brand"
  contract: "brand"
  unbilled: Assets:Unbilled
  milestone-one: "50%"
  milestone-two: "50%"
  Assets:Receivable:Acme  1,000.00 USD
  Income:Design
2020-03-01 custom "contract" "brand" "completed"
2020-03-02 custom "milestone" "brand" "one" "invoiced"

2020-02-10 * "Acme" "Site"
  contract: "site"
  milestone-one: "30%"
  milestone-two: "rest"
  Assets:Receivable:Acme  1,000.00 USD
  Income:Design
2020-03-01 custom "milestone" "site" "one" "completed"
"""
    alone = load(life)
    loaded = load(OURS + life + two)

    assert loaded.messages == alone.messages
    held = balances(loaded)
    assert {key: number for key, number in held.items() if key not in balances(alone)} == {
        ("Assets:Receivable:Acme", "USD"): D("800.00"),
        ("Assets:Unbilled", "USD"): D("500.00"),
        ("Income:Design", "USD"): D("-1300.00"),
    }
    assert {key: held[key] for key in balances(alone)} == balances(alone)


def test_our_line_twice_around_another_plugin(load: Load) -> None:
    """What opens accounts between the lines runs after the first, which is the one that books."""
    auto = 'plugin "beancount.plugins.auto_accounts"\n'
    loaded = load(OURS + auto + OURS + BOOKS)

    assert len(loaded.messages) == 1
    assert balances(loaded) == HELD
