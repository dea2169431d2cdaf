"""What payments settle at the edges: cents, ties, nobody's items, entries without links."""

import pytest
from beancount.core import data

from beancount_milestones.receivables import looks_of
from tests.receivables import (
    ACME,
    TWO_BILLS,
    billed,
    ledger,
    matches,
    owed,
    paid,
    rows,
    settle,
    unapplied,
)

#: A contract of one dollar.
SMALL = """
2026-01-01 * "Acme" "Stickers"
  contract: "acme"
  milestone-one: "0.30 USD"
  milestone-two: "0.70 USD"
  Assets:Receivable  1.00 USD
  Income:Design
"""
#: A late fee of nobody, older than the bills.
FEE = """
2026-01-20 * "Late fee"
  Assets:Receivable  80.00 USD
  Income:Fees
"""


def test_cents_are_settled_as_dollars_are() -> None:
    loaded = ledger(
        SMALL,
        TWO_BILLS,
        paid("2026-03-02", "0.05"),
        paid("2026-03-03", "0.25"),
        paid("2026-03-04", "0.01"),
        paid("2026-03-05", "0.70"),
    )

    assert owed(loaded, "2026-03-01") == {"INV-1": "0.30", "INV-2": "0.70"}
    assert owed(loaded, "2026-03-02") == {"INV-1": "0.25", "INV-2": "0.70"}
    assert owed(loaded, "2026-03-03") == {"INV-2": "0.70"}
    assert matches(loaded, "2026-03-03", "INV-1") == [
        ("0.05", "payment", "oldest"),
        ("0.25", "payment", "amount"),
    ]
    assert owed(loaded, "2026-03-04") == {"INV-2": "0.69"}
    assert owed(loaded, "2026-03-05") == {}
    assert unapplied(loaded, "2026-03-05") == ["0.01"]


def test_cents_that_wait_for_an_invoice_are_not_outstanding() -> None:
    row = rows(ledger(SMALL, billed("2026-02-01 one completed")), "2026-02-01")["one"]

    assert (str(row.unbilled), str(row.outstanding), row.status) == ("0.30", "0", "unbilled")


def test_a_cent_too_much_by_name_pays_nothing_else() -> None:
    loaded = ledger(SMALL, TWO_BILLS, paid("2026-03-02", "0.31", "^INV-1"))

    assert owed(loaded, "2026-03-02") == {"INV-2": "0.70"}
    assert unapplied(loaded, "2026-03-02") == ["0.01"]


def test_of_two_bills_of_a_day_the_milestone_that_sorts_first_is_paid_first() -> None:
    loaded = ledger(
        ACME,
        # In the ledger's order two comes first, and so does its number.
        billed("2026-02-01 two completed INV-1", "2026-02-01 one completed INV-2"),
        paid("2026-02-05", "500.00"),
    )

    # acme/one before acme/two.
    assert owed(loaded, "2026-02-05") == {"INV-1": "2000.00", "INV-2": "500.00"}


def test_of_two_bills_of_a_milestone_the_lower_number_is_paid_first() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "three" "progress" 40
          invoice: "INV-2"
        2026-02-01 custom "milestone" "acme" "three" "progress" 60
          invoice: "INV-1"
        """,
        paid("2026-02-05", "100.00"),
    )

    # 40% of 3,000.00, then 20% of it.
    assert owed(loaded, "2026-02-01") == {"INV-2": "1200.00", "INV-1": "600.00"}
    assert owed(loaded, "2026-02-05") == {"INV-2": "1200.00", "INV-1": "500.00"}


def test_of_three_bills_with_the_amount_the_oldest_is_paid() -> None:
    loaded = ledger(
        ACME.replace("2000 USD", "1000 USD").replace("6,000.00", "3,000.00"),
        billed(
            "2026-02-03 one completed INV-1",
            "2026-02-02 two completed INV-2",
            "2026-02-01 three completed INV-3",
        ),
        paid("2026-02-05", "1000.00"),
    )

    assert owed(loaded, "2026-02-05") == {"INV-1": "1000.00", "INV-2": "1000.00"}
    assert matches(loaded, "2026-02-05", "INV-3") == [("1000.00", "payment", "oldest")]


def test_nobodys_item_waits_even_for_its_exact_amount_where_there_is_one_client() -> None:
    loaded = ledger(ACME, TWO_BILLS, FEE, paid("2026-03-05", "80.00"))

    assert matches(loaded, "2026-03-05", "INV-1") == [("80.00", "payment", "oldest")]
    # On an account of one client the fee is theirs, and comes last.
    assert owed(loaded, "2026-03-05") == {"INV-1": "920.00", "INV-2": "2000.00", "Acme": "80.00"}


def test_nobodys_item_takes_what_is_left() -> None:
    loaded = ledger(ACME, TWO_BILLS, FEE, paid("2026-03-05", "3080.00", payee="Someone else"))

    assert owed(loaded, "2026-03-05") == {}
    assert matches(loaded, "2026-03-05", "Acme") == [("80.00", "payment", "amount")]


def test_what_another_plugin_makes_has_no_links_at_all() -> None:
    loaded = ledger(ACME, TWO_BILLS, FEE, paid("2026-03-05", "3000.00"))
    bare = [
        entry._replace(links=None, tags=None)  # type: ignore[arg-type]
        if isinstance(entry, data.Transaction) and "contract" not in entry.meta
        else entry
        for entry in loaded.entries
    ]

    assert owed(loaded._replace(entries=bare), "2026-03-05") == {"Acme": "80.00"}


def test_cents_that_are_credited_make_their_invoice_smaller() -> None:
    credited = '2026-03-05 custom "milestone" "acme" "two" "credited" 50\n  invoice: "CN-1"\n'
    loaded = ledger(SMALL, TWO_BILLS, credited)

    # 0.35 of the 0.70.
    items = settle(loaded, "2026-03-05").items
    assert [(item.number, f"{item.amount:f}") for item in items] == [
        ("INV-1", "0.30"),
        ("INV-2", "0.35"),
    ]


def test_what_waits_for_an_invoice_is_not_paid_before_the_bill() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "one" "invoiced" 30\n  invoice: "INV-1"\n',
        billed("2026-02-05 one completed"),
        paid("2026-02-10", "700.00"),
    )

    # 700 are exactly what waits; but the bill of 300 comes first.
    assert owed(loaded, "2026-02-10") == {"acme/one": "300.00"}


@pytest.mark.parametrize(
    ("number", "like"),
    [("INV-042", "INV-0"), ("INV-7", "INV-0"), ("2026-07", "0000-00"), ("042", "000")],
)
def test_numbers_of_one_series_look_alike(number: str, like: str) -> None:
    assert looks_of(number) == like


AHEAD = paid("2026-03-02", "500.00", "^acme/two")


def test_a_refund_of_a_credit_note_takes_what_paid_its_milestone() -> None:
    credited = '2026-03-05 custom "milestone" "acme" "one" "credited" 50\n  invoice: "CN-1"\n'
    refund = """
2026-03-07 * "Acme" "Refund" ^CN-1
  Assets:Receivable  500.00 USD
  Assets:Bank
"""
    one = billed("2026-02-01 one completed INV-1")
    loaded = ledger(ACME, one, AHEAD, paid("2026-03-03", "1000.00", "^acme/one"), credited, refund)

    assert unapplied(loaded, "2026-03-05") == ["500.00", "500.00"]
    [rest] = settle(loaded, "2026-03-07").unapplied
    assert rest.credit.named == {"acme/two"}


def test_a_credit_note_of_two_milestones_is_refunded_as_a_whole() -> None:
    credited = "".join(
        f'2026-03-05 custom "milestone" "acme" "{name}" "credited"\n  invoice: "CN-1"\n'
        for name in ("one", "two")
    )
    refund = """
2026-03-07 * "Acme" "Refund" ^CN-1
  Assets:Receivable  3,000.00 USD
  Assets:Bank
"""
    payments = paid("2026-03-03", "1000.00", "^acme/one") + paid(
        "2026-03-03", "2000.00", "^acme/two"
    )
    loaded = ledger(ACME, TWO_BILLS, payments, credited, refund)

    assert unapplied(loaded, "2026-03-05") == ["1000.00", "2000.00"]
    assert (unapplied(loaded, "2026-03-07"), owed(loaded, "2026-03-07")) == ([], {})


#: T-1, and an older invoice that only shares its link.
SHARED_LINK = """
2026-01-01 * "Bolt" "Prints"
  Assets:Receivable  100.00 USD
    invoice: "T-1"
    due: 2026-01-02
  Income:Fees

2026-01-01 * "Acme" "More prints" ^T-1
  Assets:Receivable  100.00 USD
    invoice: "T-2"
  Income:Fees
"""


def test_a_number_is_paid_before_what_shares_it_as_a_link() -> None:
    part = paid("2026-03-01", "30.00", links="^T-1")
    more = paid("2026-03-02", "90.00", links="^T-1")

    loaded = ledger(ACME, SHARED_LINK, part, more)

    assert owed(loaded, "2026-03-01") == {"T-1": "70.00", "T-2": "100.00"}
    assert owed(loaded, "2026-03-02") == {"T-2": "80.00"}


def test_a_returned_payment_raises_its_number_not_what_shares_it_as_a_link() -> None:
    back = """
        2026-03-02 * "Bolt" "Returned by the bank" ^T-1
          Assets:Receivable  100.00 USD
          Assets:Bank
    """
    both = """
        2026-03-01 * "Bolt" "Payment"
          Assets:Bank        200.00 USD
          Assets:Receivable  -100.00 USD
            settles: "T-1"
          Assets:Receivable  -100.00 USD
            settles: "T-2"
    """
    loaded = ledger(ACME, SHARED_LINK, both, back)

    assert owed(loaded, "2026-03-01") == {}
    assert owed(loaded, "2026-03-02") == {"T-1": "100.00"}


def charge_or_return(amount: str, links: str, other: str, *keys: str) -> str:
    said = "".join(f"\n            {key}" for key in keys)
    return f"""
        2026-03-02 * "Acme" "By hand" {links}
          Assets:Receivable  {amount} USD{said}
          {other}
    """


@pytest.mark.parametrize("step", [1, -1])
def test_which_debit_of_a_day_raises_another_is_not_decided_by_their_order(step: int) -> None:
    # What they are linked to is not billed yet, so there is nothing else to raise.
    numbered = charge_or_return(
        "100.00", "^acme/one", "Assets:Bank", 'invoice: "T-1"', 'settles: "acme"'
    )
    fee = charge_or_return("50.00", "^acme/two", "Income:Fees")
    settling = charge_or_return("40.00", "", "Income:Fees", 'settles: "acme/two"')
    plain = charge_or_return("30.00", "^acme/one", "Assets:Bank")
    named = charge_or_return("20.00", "", "Assets:Bank", 'settles: "acme/two"')
    loaded = ledger(ACME, *[numbered, fee, settling, plain, named][::step])

    items = settle(loaded, "2026-03-02").items
    assert sorted(str(item.amount) for item in items) == ["130.00", "40.00", "70.00"]


def test_who_also_pays_for_another_client_pays_the_own_invoices_first() -> None:
    """Acme is the payee of a contract with Foo; both are owed on one account."""
    theirs = """
        2026-01-01 * "Acme" "For Foo"
          contract: "foo"
          client: "Foo"
          terms: "net 0"
          milestone-one: "100%"
          Assets:Receivable  300.00 USD
          Income:Design
        2026-02-01 custom "milestone" "foo" "one" "completed"
          invoice: "F-1"
    """
    first, rest = paid("2026-03-01", "1000.00"), paid("2026-04-01", "2100.00")
    loaded = ledger(ACME, TWO_BILLS, theirs, first, rest)

    assert owed(loaded, "2026-03-01") == {"F-1": "300.00", "INV-2": "2000.00"}
    assert owed(loaded, "2026-04-01") == {"F-1": "200.00"}


def test_an_invoice_that_a_payment_names_twice_is_paid_once() -> None:
    linked = SHARED_LINK.replace("^T-1", "^prints ^may")
    both = paid("2026-03-01", "130.00", links="^prints ^may")

    loaded = ledger(ACME, linked, both)

    assert owed(loaded, "2026-03-01") == {"T-1": "100.00"}
    assert unapplied(loaded, "2026-03-01") == ["30.00"]


def test_what_is_refunded_beyond_a_credit_note_has_not_its_number() -> None:
    credited = '2026-03-05 custom "milestone" "acme" "one" "credited"\n  invoice: "CN-1"\n'
    refund = """
2026-03-07 * "Acme" "Refund"
  Assets:Receivable  1,100.00 USD
    invoice: "CN-1"
  Assets:Bank
"""
    one = billed("2026-02-01 one completed INV-1")
    loaded = ledger(ACME, one, paid("2026-03-03", "1000.00", "^INV-1"), credited, refund)

    [item] = settle(loaded, "2026-03-07").items
    assert (item.number, str(item.open)) == (None, "100.00")


#: Two reductions of one day, and what they have to settle.
LESS = """
2026-03-02 * "Acme" "Brand" ^brand-2026
  contract: "acme"
  milestone-less: "60%"
  milestone-fewer: "rest"
  Assets:Receivable  -500.00 USD
  Income:Design
"""


def test_two_reductions_of_a_day_settle_what_their_contract_owes() -> None:
    one = billed("2026-02-01 one completed INV-1")
    less = billed("2026-03-03 less completed CN-1", "2026-03-03 fewer completed CN-2")

    assert owed(ledger(ACME, one, LESS, less), "2026-03-03") == {"INV-1": "500.00"}


def test_a_reduction_settles_what_names_its_milestone_before_its_contract() -> None:
    one = billed("2026-02-01 one completed INV-1")
    less = billed("2026-03-03 less completed CN-1")
    by_hand = """
2026-03-02 * "Acme" "Charged by mistake" ^acme/less
  Assets:Receivable  300.00 USD
    invoice: "M-1"
  Income:Design
"""

    assert owed(ledger(ACME, one, by_hand, LESS, less), "2026-03-03") == {"INV-1": "1000.00"}


def test_a_reduction_that_is_billed_again_undoes_what_took_it_back() -> None:
    one = billed("2026-02-01 one completed INV-1")
    less = billed(
        *("2026-03-03 less completed CN-1", "2026-03-31 less credited INV-2"),
        "2026-04-01 less invoiced CN-3",
    )
    loaded = ledger(ACME, one, LESS, less)

    assert owed(loaded, "2026-03-31") == {"INV-1": "700.00", "INV-2": "300.00"}
    assert owed(loaded, "2026-04-01") == {"INV-1": "700.00"}
    # Once that is paid, the reduction is there for the others.
    again = paid("2026-03-31", "300.00", "^INV-2")
    assert owed(ledger(ACME, one, LESS, less, again), "2026-04-01") == {"INV-1": "400.00"}


def test_a_reduction_makes_its_own_invoice_smaller_before_anybody_pays_it() -> None:
    bill = billed("2026-03-03 one completed PA-2", "2026-03-03 less completed PA-2")
    payment = """
2026-03-05 * "Acme" "Paid"
  settles: "PA-2"
  Assets:Bank        1,000.00 USD
  Assets:Receivable
"""
    loaded = ledger(ACME, LESS, bill, payment)

    assert matches(loaded, "2026-03-05", "PA-2") == [
        ("300.00", "credit note", "link"),
        ("700.00", "payment", "link"),
    ]
    assert unapplied(loaded, "2026-03-05") == ["300.00"]


def test_what_is_paid_into_the_retention_of_another_contract_is_no_money() -> None:
    held = """
2020-01-01 open Assets:Held
2026-01-01 * "Bolt" "Fence"
  contract: "fence"
  retention: Assets:Held
  milestone-all: "100%"
  Assets:Receivable:Grant   90.00 USD
  Assets:Held               10.00 USD
  Income:Design
"""
    moved = """
2026-03-05 * "Acme" "Held back after all" ^INV-1
  Assets:Held        100.00 USD
  Assets:Receivable
"""
    loaded = ledger(held, ACME, TWO_BILLS, moved)

    assert matches(loaded, "2026-03-05", "INV-1") == [("100.00", "transfer", "link")]
