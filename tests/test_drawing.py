"""Deposits at another price than the work: what is drawn is what was invoiced (IFRIC 22)."""

from decimal import Decimal

import pytest

from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.schedule import schedule
from beancount_milestones.reports import Books, contracts
from beancount_milestones.reports.application import applications
from tests.receivables import books, ledger, texts

BRIDGED = """
          unbilled: Assets:Unbilled
          deferred: Assets:Unbilled
          deposit: Liabilities:Deferred"""
#: 5,000 EUR in advance at 1.10 USD, and 15,000 EUR at 1.20.
ADVANCE = """
        2026-01-05 * "Acme" "Advance"
          contract: "m"
          milestone-adv: "100%"
          Assets:Receivable      5000.00 EUR @ 1.10 USD
          Liabilities:Deferred  -5500.00 USD
        2026-01-10 custom "milestone" "m" "adv" "invoiced"
          invoice: "1\""""
REST = """
          Assets:Receivable     15000.00 EUR @ 1.20 USD
          Liabilities:Deferred   5500.00 USD
          Income:Design        -23500.00 USD"""


def paper(at: Books, number: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What it charges, and what it draws of each deposit."""
    (found,) = invoice_documents(at, number)
    lines = [str(line.this) for line in found.lines]
    return lines, [(one.number, str(part.net)) for one in found.drawn for part in one.rates]


def position(at: Books) -> Decimal:
    (row,) = contracts(at)
    return row.position


@pytest.mark.parametrize(
    ("billed", "drawn"),
    [
        ("-5500.00 USD", "5500.00 USD"),
        # The account is in the currency that is owed.
        ("-5000.00 EUR", "5000.00 EUR @ 1.10 USD"),
    ],
)
def test_a_deposit_is_drawn_at_the_price_of_its_own_invoice(billed: str, drawn: str) -> None:
    advance, rest = ADVANCE.replace("-5500.00 USD", billed), REST.replace("5500.00 USD", drawn)
    if "EUR" in billed:
        advance = advance.replace(" @ 1.10 USD", "")
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"{BRIDGED}
          milestone-m: "100%"{rest}{advance}
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )
    at = books(loaded, "2026-06-05")
    (found,) = applications(at, "2")

    assert paper(at, "2") == (["20000.00"], [("1", "-5000.00")])
    assert texts(found.value, found.total, found.deposits, found.tax, found.due) == [
        *("20000.00", "20000.00", "-5000.00", "0.00", "15000.00"),
    ]
    assert position(books(loaded, "2026-02-01")) == -5000
    assert position(at) == 0
    assert str(schedule(at, "m").totals[0].net) == "20000.00"


def test_what_milestones_draw_adds_up_to_the_deposit() -> None:
    """A third of 5,500.00 USD is 1,666.66 EUR at 1.10, thrice: together it is 5,000.00."""
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"{BRIDGED}
          milestone-a: "1/3"
          milestone-b: "1/3"
          milestone-c: "rest"{REST}{ADVANCE}
        2026-05-01 custom "milestone" "m" "a" "completed"
          invoice: "2"
        2026-05-02 custom "milestone" "m" "b" "progress" 50
          invoice: "3"
        2026-05-03 custom "milestone" "m" "b" "completed"
          invoice: "4"
        2026-05-04 custom "milestone" "m" "c" "completed"
          invoice: "5"
        """
    )
    at = books(loaded, "2026-06-05")
    sheets = [applications(at, number)[0] for number in "2345"]

    assert [paper(at, number) for number in "2345"] == [
        (["6666.66"], [("1", "-1666.66")]),
        (["3333.34"], [("1", "-833.34")]),
        (["3333.34"], [("1", "-833.34")]),
        (["6666.66"], [("1", "-1666.66")]),
    ]
    # No tax takes a cent: there is none.
    assert [texts(one.current, one.deposits, one.tax, one.due) for one in sheets] == [
        ["6666.66", "-1666.66", "0.00", "5000.00"],
        ["3333.34", "-833.34", "0.00", "2500.00"],
        ["3333.34", "-833.34", "0.00", "2500.00"],
        ["6666.66", "-1666.66", "0.00", "5000.00"],
    ]
    assert position(at) == 0


def test_a_later_deposit_changes_nothing_that_was_drawn_before() -> None:
    """Another 5,000 EUR at 1.20 are for a change order; the oldest deposit is drawn first."""
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"{BRIDGED}
          milestone-m: "100%"{REST}{ADVANCE}
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        2026-06-10 * "Acme" "More: advance"
          contract: "m"
          milestone-adv2: "100%"
          Assets:Receivable      5000.00 EUR @ 1.20 USD
          Liabilities:Deferred  -6000.00 USD
        2026-06-10 * "Acme" "More"
          contract: "m"
          milestone-more: "100%"
          Assets:Receivable      1000.00 EUR @ 1.30 USD
          Liabilities:Deferred   6000.00 USD
          Income:Design         -7300.00 USD
        2026-06-11 custom "milestone" "m" "adv2" "invoiced"
          invoice: "3"
        2026-07-31 custom "milestone" "m" "more" "completed"
          invoice: "4"
        """
    )
    at = books(loaded, "2026-08-01")

    assert paper(at, "2") == (["20000.00"], [("1", "-5000.00")])
    assert paper(at, "4") == (["6000.00"], [("3", "-5000.00")])
    days = ("2026-06-01", "2026-06-30", "2026-08-01")
    assert [position(books(loaded, day)) for day in days] == [0, -5000, 0]


def test_a_change_order_that_draws_less_gives_back_what_was_drawn_last() -> None:
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"{BRIDGED}
          milestone-m: "100%"{REST}{ADVANCE}
        2026-02-05 * "Acme" "Less"
          contract: "m"
          milestone-m: "100%"
          Assets:Receivable     -1000.00 EUR @ 1.20 USD
          Liabilities:Deferred  -1100.00 USD
          Income:Design          2300.00 USD
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )
    at = books(loaded, "2026-06-05")

    assert paper(at, "2") == (["18000.00"], [("1", "-4000.00")])
    assert position(at) == -1000


def test_the_deposit_of_another_contract_of_the_client() -> None:
    """A retainer is a contract of its own; whoever has a deposit of his own draws that."""
    loaded = ledger(
        f"""
        2026-01-05 * "ACME" "Retainer"
          contract: "r"
          deposit: Liabilities:Deferred
          milestone-adv: "100%"
          Assets:Receivable      5000.00 EUR @ 1.10 USD
          Liabilities:Deferred  -5500.00 USD
        2026-01-05 * "Acme" "Machine"
          contract: "m"{BRIDGED}
          milestone-m: "100%"{REST}
        2026-01-10 custom "milestone" "r" "adv" "invoiced"
          invoice: "1"
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )
    at = books(loaded, "2026-06-05")

    assert paper(at, "2") == (["20000.00"], [("1", "-5000.00")])
    assert [texts(row.contract, row.position) for row in contracts(at)] == [
        ["r", "-5000.00"],
        ["m", "5000.00"],
    ]


def test_what_nobody_paid_in_is_drawn_at_the_price_of_the_work() -> None:
    """1,200 USD more than the deposit were paid before these books: 1,000 EUR at 1.20."""
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"
          milestone-m: "100%"
          Assets:Receivable     15000.00 EUR @ 1.20 USD
          Liabilities:Deferred   6700.00 USD
          Income:Design        -24700.00 USD{ADVANCE}
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )

    assert paper(books(loaded, "2026-06-05"), "2") == (
        ["21000.00"],
        [("1", "-5000.00"), ("", "-1000.00")],
    )


def test_a_deposit_in_a_currency_that_the_work_is_not_owed_in() -> None:
    """What 4,000 GBP are in EUR, only the work can say."""
    loaded = ledger(
        """
        2026-01-05 * "Acme" "Machine"
          contract: "m"
          milestone-m: "100%"
          Assets:Receivable     15000.00 EUR @ 1.20 USD
          Liabilities:Deferred   6000.00 USD
          Income:Design        -24000.00 USD
        2026-01-05 * "Acme" "Advance"
          contract: "m"
          milestone-adv: "100%"
          Assets:Receivable      4000.00 GBP @ 1.50 USD
          Liabilities:Deferred  -6000.00 USD
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )

    assert paper(books(loaded, "2026-06-05"), "2") == (["20000.00"], [("", "-5000.00")])


def test_a_deposit_that_pays_all_is_on_paper_in_the_currency_that_is_owed() -> None:
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"
          milestone-m: "100%"
          Assets:Receivable         0.00 EUR @ 1.20 USD
          Liabilities:Deferred   5500.00 USD
          Income:Design         -5500.00 USD{ADVANCE}
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )

    assert paper(books(loaded, "2026-06-05"), "2") == (["5000.00"], [("1", "-5000.00")])


def test_what_is_added_in_another_currency_draws_its_own_deposit() -> None:
    loaded = ledger(
        """
        2026-01-05 * "Acme" "Machine"
          contract: "m"
          deposit: Liabilities:Deferred
          milestone-m: "100%"
          Assets:Receivable      3000.00 EUR @ 1.20 USD
          Liabilities:Deferred   1000.00 EUR @ 1.20 USD
          Income:Design         -4800.00 USD
        2026-02-05 * "Acme" "More"
          contract: "m"
          milestone-m: "100%"
          Assets:Receivable       700.00 USD
          Liabilities:Deferred    500.00 USD
          Income:Design         -1200.00 USD
        2026-05-31 custom "milestone" "m" "m" "completed"
          invoice: "2"
        """
    )
    found = invoice_documents(books(loaded, "2026-06-05"), "2")

    assert [(one.currency, str(one.lines[0].this), str(one.drawn[0].net)) for one in found] == [
        ("EUR", "4000.00", "-1000.00"),
        ("USD", "1200.00", "-500.00"),
    ]


def test_milestones_that_draw_and_give_back_the_same() -> None:
    """A transaction that in all draws nothing moves it from one milestone to another."""
    loaded = ledger(
        f"""
        2026-01-05 * "Acme" "Machine"
          contract: "m"{BRIDGED}
          milestone-a: "50%"
          milestone-b: "50%"{REST}{ADVANCE}
        2026-02-05 * "Acme" "From a to b"
          contract: "m"
          Liabilities:Deferred  -1100.00 USD
            milestone: "a"
          Assets:Receivable      1000.00 EUR @ 1.10 USD
            milestone: "a"
          Liabilities:Deferred   1100.00 USD
            milestone: "b"
          Assets:Receivable     -1000.00 EUR @ 1.10 USD
            milestone: "b"
        2026-05-31 custom "contract" "m" "completed"
          invoice: "2"
        """
    )
    at = books(loaded, "2026-06-05")

    assert paper(at, "2") == (["10000.00"] * 2, [("1", "-1500.00"), ("1", "-3500.00")])
    assert position(at) == 0
