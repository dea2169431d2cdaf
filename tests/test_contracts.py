"""Where every contract stands (section 5 of the manual), worked out by hand."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from hypothesis import given, settings

from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.output import padded
from beancount_milestones.reports import Standing, contracts
from beancount_milestones.reports.application import applications
from beancount_milestones.reports.invoices import invoices
from beancount_milestones.reports.revenue import revenue
from beancount_milestones.reports.rollforward import rollforward
from tests.receivables import HEAD, billed, books, ledger, on_some_days, texts
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded


def only(loaded: Loaded, date: str) -> Standing:
    (found,) = contracts(books(loaded, date))
    return found


def plain(found: Standing, *columns: str) -> list[str]:
    """Some amounts, without zeros at the end."""
    return [f"{getattr(found, column).normalize():f}" for column in columns]


# ---------------------------------------------------------------- what is held back


# 10% of 1,200.00 is held back; the tax is 200.00.
HOUSE = """
2026-01-01 * "Acme" "House"
  contract: "acme"
  retention: Assets:Retention
  milestone-shell: "50%"
  milestone-roof: "rest"
  Assets:Receivable  1,080.00 USD
  Assets:Retention     120.00 USD
  Liabilities:VAT     -200.00 USD
  Income:Design

2026-01-01 * "Acme" "House: release"
  contract: "acme"
  milestone-release: "100%"
  Assets:Receivable    120.00 USD
  Assets:Retention
"""


def test_what_a_release_moves_counts_nothing() -> None:
    """Line 3 of G702 is 1,200, not 1,320."""
    loaded = ledger(HOUSE)

    assert plain(only(loaded, "2026-01-01"), "value", "changes", "total", "remaining") == [
        *("1200", "0", "1200", "1200")
    ]


def test_earned_with_what_is_held_back_and_billed_without() -> None:
    """Lines 4, 5, 6 and 9."""
    loaded = ledger(
        HOUSE,
        billed("2026-02-01 shell completed INV-1", "2026-03-01 roof completed INV-2"),
        '2026-06-01 custom "milestone" "acme" "release" "invoiced" 50\n',
    )
    columns = ("earned", "retention", "billed", "remaining", "percent")

    assert plain(only(loaded, "2026-02-01"), *columns) == ["600", "60", "540", "660", "50"]
    assert plain(only(loaded, "2026-03-01"), *columns) == ["1200", "120", "1080", "120", "100"]
    assert plain(only(loaded, "2026-06-01"), *columns) == ["1200", "60", "1140", "60", "100"]


def test_after_a_termination_only_the_release_of_what_was_withheld_is_left() -> None:
    loaded = ledger(
        HOUSE,
        billed("2026-02-01 shell completed INV-1"),
        '2026-03-01 custom "contract" "acme" "cancelled"\n',
    )

    assert plain(only(loaded, "2026-03-01"), "total", "cancelled", "earned", "remaining") == [
        *("600", "600", "600", "60")
    ]


def test_another_rate_is_a_milestone_of_its_own() -> None:
    """What is held and released by it changes neither the value nor the work."""
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Road"
          contract: "acme"
          milestone-work: "100%"
          Assets:Receivable  1,000.00 USD
          Income:Design
        2026-01-01 * "Acme" "Road: held back"
          contract: "acme"
          retention: Assets:Retention
          milestone-held: "100%"
          Assets:Receivable   -100.00 USD
          Assets:Retention
        2026-02-28 custom "contract" "acme" "progress"
          invoice: "PA-1"
          milestone-work: 50
          milestone-held: 80
        2026-03-31 custom "contract" "acme" "progress"
          invoice: "PA-2"
          milestone-work: 100
          milestone-held: 50
        """
    )
    columns = ("total", "earned", "retention", "billed", "percent")

    assert plain(only(loaded, "2026-02-28"), *columns) == ["1000", "500", "80", "420", "50"]
    assert plain(only(loaded, "2026-03-31"), *columns) == ["1000", "1000", "50", "950", "100"]


#: The tax on what is held back waits with it.
HELD_WITH_TAX = """
2026-01-01 * "Acme" "Road"
  contract: "acme"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable   1,200.00 USD
  Liabilities:VAT      -200.00 USD
  Income:Design
2026-01-01 * "Acme" "Road: held back"
  contract: "acme"
  milestone-held: "100%"
  Assets:Receivable   -120.00 USD
  Liabilities:VAT       20.00 USD
  Assets:Retention
"""


@pytest.mark.parametrize("released", ["", "60", "120"])
def test_the_tax_that_waits_with_what_is_held_back_is_part_of_the_price(
    released: str,
) -> None:
    """Whether a credit note releases it, or a release that is written, or each its part."""
    release = f"""
        2026-01-01 * "Acme" "Road: release"
          contract: "acme"
          milestone-release: "100%"
          Assets:Receivable   {released}.00 USD
          Liabilities:VAT    -{int(released or 0) // 6}.00 USD
          Assets:Retention
        """
    loaded = ledger(
        HELD_WITH_TAX,
        release if released else "",
        """
        2026-02-28 custom "contract" "acme" "progress"
          invoice: "PA-1"
          milestone-work: 100
          milestone-held: 100
        2026-05-31 custom "milestone" "acme" "held" "credited"
          invoice: "PA-2"
        """,
    )
    columns = ("value", "changes", "total", "cancelled", "billed", "remaining")

    assert plain(only(loaded, "2026-01-01"), *columns) == [*("1200", "0", "1200", "0", "0", "1200")]
    assert plain(only(loaded, "2026-02-28"), *columns) == [
        *("1200", "0", "1200", "0", "1080", "120")
    ]
    assert plain(only(loaded, "2026-05-31"), *columns) == [*("1200", "0", "1200", "0", "1200", "0")]


def test_the_price_stays_as_it_was_where_the_release_is_written_later() -> None:
    loaded = ledger(
        HELD_WITH_TAX,
        """
        2026-05-01 * "Acme" "Road: release"
          contract: "acme"
          milestone-release: "100%"
          Assets:Receivable    120.00 USD
          Liabilities:VAT      -20.00 USD
          Assets:Retention
        2026-02-28 custom "contract" "acme" "progress"
          invoice: "PA-1"
          milestone-work: 100
          milestone-held: 100
        2026-05-31 custom "milestone" "acme" "release" "invoiced"
          invoice: "PA-2"
        """,
    )
    columns = ("value", "changes", "total", "earned")

    for date in ("2026-02-28", "2026-05-01", "2026-05-31"):
        assert plain(only(loaded, date), *columns) == ["1200", "0", "1200", "1200"]


def test_a_deposit_of_which_some_is_held_back_is_part_of_the_price() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Road: deposit"
          contract: "acme"
          retention: Assets:Retention
          milestone-deposit: "100%"
          Assets:Receivable     1,100.00 USD
          Assets:Retention        100.00 USD
          Liabilities:VAT        -200.00 USD
          Liabilities:Deferred
        2026-01-01 * "Acme" "Road"
          contract: "acme"
          milestone-work: "100%"
          Assets:Receivable     3,300.00 USD
          Assets:Retention        300.00 USD
          Liabilities:VAT        -600.00 USD
          Liabilities:Deferred  1,000.00 USD
          Income:Design
        """,
        billed("2026-01-10 deposit invoiced A"),
    )
    columns = ("value", "total", "earned", "billed", "remaining")

    assert plain(only(loaded, "2026-01-10"), *columns) == ["4800", "4800", "1200", "1100", "3700"]


# ---------------------------------------------------------------- changes


BRAND = """
2026-01-01 * "Acme" "Brand"
  contract: "acme"
  milestone-one: "1,000.00 USD"
  milestone-two: "rest"
  Assets:Receivable  4,000.00 USD
  Income:Design
"""


def test_what_is_written_on_the_first_day_is_the_value() -> None:
    """Two transactions of one day agree on it together; what comes later is a change."""
    loaded = ledger(
        BRAND,
        """
        2026-01-01 * "Acme" "Brand, and a poster"
          contract: "acme"
          milestone-poster: "100%"
          Assets:Receivable    500.00 USD
          Income:Design
        2026-01-02 * "Acme" "A smaller poster"
          contract: "acme"
          milestone-poster: "100%"
          Assets:Receivable   -100.00 USD
          Income:Design
        """,
    )

    assert plain(only(loaded, "2026-01-01"), "value", "changes", "total") == ["4500", "0", "4500"]
    assert plain(only(loaded, "2026-01-02"), "value", "changes", "total") == [
        *("4500", "-100", "4400")
    ]


def test_percent_is_of_all_work_reductions_included() -> None:
    """A reduction of 1,000 makes 3,000 of 4,000: 1,000 of it are a third."""
    less = """
    2026-01-02 * "Acme" "Less"
      contract: "acme"
      milestone-less: "100%"
      Assets:Receivable  -1,000.00 USD
      Income:Design
    """
    loaded = ledger(BRAND, less, billed("2026-02-01 one completed", "2026-03-01 less completed"))

    assert texts(only(loaded, "2026-02-01").percent) == ["33.33"]
    # What is taken off is done too: nothing of what is left.
    assert texts(only(loaded, "2026-03-01").percent) == ["0.00"]


def test_what_is_waived_falls_away() -> None:
    loaded = ledger(
        BRAND, billed("2026-02-01 two completed INV-1", "2026-03-01 two credited CN-1"),
        billed("2026-03-01 two waived"),
    )  # fmt: skip

    assert plain(only(loaded, "2026-02-28"), "total", "earned", "billed", "remaining") == [
        *("4000", "3000", "3000", "1000")
    ]
    assert plain(only(loaded, "2026-03-01"), "total", "cancelled", "earned", "billed") == [
        *("1000", "3000", "0", "0")
    ]


# ---------------------------------------------------------------- position


# 6,000 of work, of which a deposit pays 2,000. Tax is 20%.
DEPOSIT = """
2026-01-01 * "Acme" "Deposit"
  contract: "acme"
  unbilled: Assets:Unbilled
  deferred: Liabilities:Accrued
  deposit: Liabilities:Deferred
  milestone-deposit: "100%"
  Assets:Receivable     2,400.00 USD
  Liabilities:VAT        -400.00 USD
  Liabilities:Deferred

2026-01-01 * "Acme" "Shop"
  contract: "acme"
  milestone-draft: "50%"
  milestone-final: "50%"
  Assets:Receivable     4,800.00 USD
  Liabilities:Deferred  2,000.00 USD
  Liabilities:VAT        -800.00 USD
  Income:Design
"""


def test_the_position_is_net_of_tax_and_less_deposits_not_drawn() -> None:
    loaded = Loaded(
        *loader.load_string(
            HEAD
            + "2020-01-01 open Liabilities:Accrued\n"
            + DEPOSIT
            + billed(
                "2026-01-02 deposit invoiced INV-1",
                "2026-02-01 draft completed",
                "2026-02-10 draft invoiced INV-2",
                "2026-03-01 final invoiced INV-3",
                "2026-04-01 final completed",
            )
        )
    )
    assert loaded.messages == []

    def position(date: str) -> str:
        return plain(only(loaded, date), "position")[0]

    assert position("2026-01-01") == "0"
    # Advance payment of 2,000.
    assert position("2026-01-02") == "-2000"
    # 3,000 of work that is not billed, and the deposit is not drawn before it is.
    assert position("2026-02-01") == "1000"
    # Billed, and half of the deposit drawn.
    assert position("2026-02-10") == "-1000"
    # All is billed before it is done.
    assert position("2026-03-01") == "-3000"
    assert position("2026-04-01") == "0"


def test_the_position_is_in_the_currency_that_is_owed() -> None:
    loaded = ledger(
        """
        2026-01-05 * "Acme" "Abroad"
          contract: "abroad"
          unbilled: Assets:Unbilled
          deferred: Liabilities:Deferred
          milestone-a: "1/3"
          milestone-b: "rest"
          Assets:Receivable   1,200.00 EUR @ 1.1 USD
          Liabilities:VAT      -220.00 USD
          Income:Design
        2026-02-01 custom "milestone" "abroad" "a" "progress" 50
        2026-02-02 custom "milestone" "abroad" "b" "invoiced" 50
        """
    )

    # The bridges have 183.33 USD less 366.66 USD.
    found = only(loaded, "2026-02-02")
    assert (found.currency, str(found.position)) == ("EUR", "-166.66")


#: A deposit on the account of what is billed ahead (IFRS 15.106); and as we pay it.
ONE_LIABILITY = DEPOSIT.replace("  deposit: Liabilities:Deferred\n", "").replace(
    "deferred: Liabilities:Accrued", "deferred: Liabilities:Deferred"
)
PAID_AHEAD = """
2020-01-01 open Assets:InputVAT
2020-01-01 open Assets:Prepaid
2020-01-01 open Liabilities:Accrued
2020-01-01 open Liabilities:Payable
2026-01-01 * "Acme" "Deposit"
  contract: "acme"
  unbilled: Liabilities:Accrued
  deferred: Assets:Prepaid
  milestone-deposit: "100%"
  Assets:Prepaid        2,000.00 USD
  Assets:InputVAT         400.00 USD
  Liabilities:Payable

2026-01-01 * "Acme" "Shop"
  contract: "acme"
  milestone-draft: "50%"
  milestone-final: "50%"
  Expenses:CardFees     6,000.00 USD
  Assets:InputVAT         800.00 USD
  Assets:Prepaid       -2,000.00 USD
  Liabilities:Payable
"""
ON_ONE_ACCOUNT = {
    "that nothing names": ONE_LIABILITY,
    "that the key names too": ONE_LIABILITY.replace(
        "  milestone-deposit", "  deposit: Liabilities:Deferred\n  milestone-deposit"
    ),
    "that is the whole position": ONE_LIABILITY.replace("Assets:Unbilled", "Liabilities:Deferred"),
    "that we pay": PAID_AHEAD,
}


@pytest.mark.parametrize("text", ON_ONE_ACCOUNT.values(), ids=ON_ONE_ACCOUNT.keys())
def test_a_deposit_on_the_account_of_what_is_billed_ahead(text: str) -> None:
    loaded = ledger(
        text,
        billed(
            "2026-01-02 deposit invoiced INV-1",
            "2026-02-01 draft completed",
            "2026-02-10 draft invoiced INV-2",
            "2026-03-01 final invoiced INV-3",
            "2026-04-01 final completed",
        ),
    )

    days = ("2026-01-02", "2026-02-01", "2026-02-10", "2026-03-01", "2026-04-01")
    for day in days:
        balanced(loaded, day)
    found = [plain(only(loaded, day), "position")[0] for day in days]
    assert found == ["-2000", "1000", "-1000", "-3000", "0"]
    at = books(loaded, "2026-04-01")
    assert [texts(one.net, one.tax, one.gross) for one in invoices(at)] == [
        ["2000.00", "400.00", "2400.00"],
        *[["2000.00", "400.00", "2400.00"]] * 2,
    ]
    (paper,) = invoice_documents(at, "INV-2")
    assert [(one.number, str(one.rates[0].net)) for one in paper.drawn] == [("INV-1", "-1000.00")]
    (applied,) = applications(at, "INV-2")
    assert texts(applied.completed, applied.deposits, applied.tax, applied.due) == [
        *("3000.00", "-1000.00", "400.00", "2400.00")
    ]


def test_what_was_earned_before_these_books_is_in_the_position() -> None:
    """Nothing but the income and the tax of before is moved by hand."""
    loaded = ledger(
        """
        2025-06-01 * "Acme" "Bridge"
          contract: "acme"
          unbilled: Assets:Unbilled
          deferred: Liabilities:Deferred
          milestone-all: "100%"
          Assets:Receivable  1,200.00 USD
          Liabilities:VAT     -200.00 USD
          Income:Design
        2025-09-30 custom "milestone" "acme" "all" "progress" 60
        2025-10-30 custom "milestone" "acme" "all" "invoiced" 40
          invoice: "OLD-1"
        2025-12-31 * "Income and tax of the old books"
          Income:Design        600.00 USD
          Liabilities:VAT       80.00 USD
          Equity:Opening-Balances
        2026-04-30 custom "milestone" "acme" "all" "invoiced" 80
          invoice: "N-1"
        """
    )

    assert plain(only(loaded, "2025-12-31"), "position") == ["200"]
    rows = rollforward(books(loaded, "2025-12-31"))
    assert [(row.use, row.contract, row.closing) for row in rows] == [
        ("receivable", "acme", Decimal("480.00")),
        ("unbilled", "acme", Decimal("200.00")),
    ]
    assert plain(only(loaded, "2026-04-30"), "position") == ["-200"]
    found = [texts(one.net, one.tax, one.held) for one in invoices(books(loaded, "2026-04-30"))]
    assert found == [["400.00", "80.00", "0.00"]] * 2


def test_the_position_is_less_each_of_several_deposits() -> None:
    """A mobilisation advance of 10,000 and one for materials of 4,000 (FIDIC 14.2, 14.5)."""
    loaded = ledger(
        """
        2020-01-01 open Liabilities:Advance:Mobilisation
        2020-01-01 open Liabilities:Advance:Materials
        2026-01-01 * "Acme" "Mobilisation"
          contract: "acme"
          unbilled: Assets:Unbilled
          deferred: Liabilities:Deferred
          milestone-mob: "100%"
          Assets:Receivable  10,000.00 USD
          Liabilities:Advance:Mobilisation
        2026-01-01 * "Acme" "Materials"
          contract: "acme"
          milestone-mat: "100%"
          Assets:Receivable   4,000.00 USD
          Liabilities:Advance:Materials
        2026-01-01 * "Acme" "Works"
          contract: "acme"
          milestone-works: "100%"
          Assets:Receivable  86,000.00 USD
          Liabilities:Advance:Mobilisation  10,000.00 USD
          Liabilities:Advance:Materials      4,000.00 USD
          Income:Design
        """,
        billed("2026-01-10 mob invoiced D-1", "2026-01-20 mat invoiced D-2"),
        """
        2026-03-31 custom "milestone" "acme" "works" "progress" 50
          invoice: "D-3"
        """,
    )

    days = ("2026-01-10", "2026-01-20", "2026-03-31")
    for day in days:
        balanced(loaded, day)
    assert [plain(only(loaded, day), "position")[0] for day in days] == [
        "-10000",
        "-14000",
        "-7000",
    ]
    found = {one.invoice: texts(one.net, one.tax) for one in invoices(books(loaded, days[-1]))}
    assert found == {
        "D-1": ["10000.00", "0.00"],
        "D-2": ["4000.00", "0.00"],
        "D-3": ["43000.00", "0.00"],
    }


def test_in_the_simple_mode_a_deposit_is_ahead_until_what_draws_it_is_billed() -> None:
    """IFRS 15.105: 5,000 of work less 3,000 billed. The books have drawn 1,500 of it already."""
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Shop: deposit"
          contract: "acme"
          milestone-deposit: "100%"
          Assets:Receivable      3,000.00 USD
          Liabilities:Deferred
        2026-01-01 * "Acme" "Shop"
          contract: "acme"
          milestone-work: "100%"
          Assets:Receivable      7,000.00 USD
          Liabilities:Deferred   3,000.00 USD
          Income:Design
        """,
        billed("2026-01-10 deposit invoiced A"),
        '2026-03-10 custom "milestone" "acme" "work" "progress" 50\n',
        billed("2026-03-20 work invoiced B"),
    )

    assert plain(only(loaded, "2026-01-10"), "position") == ["-3000"]
    assert plain(only(loaded, "2026-03-10"), "position") == ["2000"]
    assert plain(only(loaded, "2026-03-20"), "position") == ["-1500"]


def test_in_the_simple_mode_the_position_is_what_waits_for_its_invoice() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Shop"
          contract: "acme"
          milestone-all: "100%"
          Assets:Receivable  1,200.00 USD
          Liabilities:VAT     -200.00 USD
          Income:Design
        """,
        billed(
            "2026-02-01 all completed", "2026-02-10 all invoiced A", "2026-02-20 all credited B"
        ),
    )

    assert plain(only(loaded, "2026-02-01"), "position") == ["1000"]
    assert plain(only(loaded, "2026-02-10"), "position") == ["0"]
    # A credit note takes both sides down to what is billed.
    assert plain(only(loaded, "2026-02-20"), "position", "earned") == ["0", "0"]


def test_in_the_simple_mode_a_credit_note_takes_back_what_is_earned() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Shop"
          contract: "acme"
          milestone-all: "100%"
          Assets:Receivable  1,200.00 USD
          Liabilities:VAT     -200.00 USD
          Income:Design
        2026-02-01 custom "milestone" "acme" "all" "completed"
          invoice: "INV-1"
        2026-02-10 custom "milestone" "acme" "all" "credited" 60
          invoice: "CN-1"
        2026-02-20 custom "milestone" "acme" "all" "invoiced"
          invoice: "INV-2"
        """
    )
    columns = ("earned", "percent", "billed", "remaining", "position")

    assert plain(only(loaded, "2026-02-10"), *columns) == ["720", "60", "720", "480", "0"]
    # As the books have it, net of tax; the rest is expected again.
    found = revenue(books(loaded, "2026-02-10"))
    assert [texts(row.recognised, row.expected) for row in found] == [
        *(["600.00", "0.00"], ["0.00", "400.00"])
    ]
    assert plain(only(loaded, "2026-02-20"), *columns) == ["1200", "100", "1200", "0", "0"]


def test_a_credit_note_earns_nothing_of_what_is_billed_in_advance() -> None:
    loaded = ledger(
        BRAND,
        """
        2026-02-01 custom "milestone" "acme" "two" "progress" 20
        2026-02-02 custom "milestone" "acme" "two" "invoiced" 60
        2026-02-10 custom "milestone" "acme" "two" "credited" 40
        """,
    )
    columns = ("earned", "percent", "billed", "remaining", "position")

    assert plain(only(loaded, "2026-02-09"), *columns) == ["600", "15", "1800", "2200", "-1200"]
    assert plain(only(loaded, "2026-02-10"), *columns) == ["600", "15", "1200", "2800", "-600"]


def test_what_we_buy_is_positive_too() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Sub" "Piles"
          contract: "sub"
          retention: Liabilities:Deferred
          milestone-piles: "100%"
          Expenses:CardFees      1,000.00 USD
          Liabilities:Deferred    -100.00 USD
          Liabilities:VAT         -900.00 USD
        2026-02-01 custom "milestone" "sub" "piles" "progress" 30
          invoice: "S-1"
        2026-02-10 custom "milestone" "sub" "piles" "progress" 50
        """
    )
    columns = ("total", "earned", "billed", "retention", "remaining", "position")

    assert only(loaded, "2026-02-10").side == "buy"
    assert plain(only(loaded, "2026-02-10"), *columns) == [
        *("1000", "500", "270", "50", "550", "200")
    ]


def balanced(loaded: Loaded, date: str) -> None:
    """With both bridges the position is what the contract has on these and on its deposits."""
    at = books(loaded, date)
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in loaded.transactions:
        if entry.date > at.as_of or "event" not in entry.meta:
            continue
        contract = at.register.contracts[entry.meta["contract"]]
        accounts = {contract.unbilled, contract.deferred, *contract.deposits}
        for posting in entry.postings:
            if posting.account in accounts:
                assert posting.units is not None
                assert posting.units.number is not None
                held[contract.id, posting.units.currency] += posting.units.number
    for found in contracts(at):
        contract = at.register.contracts[found.contract]
        if contract.unbilled and contract.deferred:
            sign = -1 if found.side == "buy" else 1
            assert found.position == sign * held[found.contract, found.currency]


@given(ledgers)
@settings(max_examples=40)
def test_the_position_is_what_bridges_and_deposits_hold(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        balanced(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_the_position_is_what_the_books_that_we_ship_hold(path: Path) -> None:
    for loaded, date in on_some_days(path):
        balanced(loaded, date)


def test_a_percentage_has_no_decimals_of_a_currency() -> None:
    row = {"currency": "KWD", "total": Decimal(1), "percent": Decimal("33.33")}

    assert {k: str(v) for k, v in padded(row, lambda _: 3).items()} == {
        "currency": "KWD",
        "total": "1.000",
        "percent": "33.33",
    }
