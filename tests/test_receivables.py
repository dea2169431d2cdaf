"""Open items (section 5 of the manual), sentence by sentence. Figures are worked out by hand."""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import amount, data
from beancount.ops import summarize

from beancount_milestones.receivables import unfiltered
from tests.receivables import (
    ACME,
    HEAD,
    TWO_BILLS,
    billed,
    books,
    day,
    label,
    ledger,
    matches,
    owed,
    paid,
    rows,
    settle,
    texts,
    turned,
    unapplied,
)
from tests.support import Loaded

BOLT = """
2026-01-01 * "Bolt" "Prices"
  contract: "bolt"
  milestone-list: "100%"
  Assets:Receivable  500.00 USD
  Income:Design

2026-02-10 custom "milestone" "bolt" "list" "completed"
  invoice: "B-1"
"""


# ---------------------------------------------------------------- what a payment names


@pytest.mark.parametrize("link", ["^INV-2", "^acme/two"])
def test_a_link_says_what_is_paid(link: str) -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "2000.00", link))

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00"}
    assert matches(loaded, "2026-03-05", "INV-2") == [("2000.00", "payment", "link")]


def test_a_link_of_the_contract_pays_its_oldest_due_first() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1500.00", "^acme"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "1500.00"}
    assert matches(loaded, "2026-03-05", "INV-2") == [("500.00", "payment", "link")]


def test_the_contracts_own_link_counts_as_any_other_shared_link() -> None:
    loaded = ledger(ACME, TWO_BILLS, BOLT, paid("2026-03-05", "500.00", "^brand-2026"))

    assert owed(loaded, "2026-03-05") == {"INV-1": "500.00", "INV-2": "2000.00", "B-1": "500.00"}


@pytest.mark.parametrize("name", ["INV-2", " INV-2 ", "acme/two"])
def test_settles_on_the_posting_says_what_is_paid(name: str) -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "2000.00", keys=(f'settles: "{name}"',)))

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00"}


def by_key(*lines: str, number: str = "INV-2") -> str:
    return f'2026-03-05 * "Acme" "Paid"\n  invoice: "{number}"\n' + "".join(
        f"  {line} USD\n" for line in lines
    )


@pytest.mark.parametrize("other", ["Assets:Bank", "Expenses:BadDebts"])
def test_the_invoice_of_a_payment_or_a_write_off_says_what_it_settles(other: str) -> None:
    text = by_key("Assets:Receivable  -300.00", f"{other}  300.00")
    loaded = ledger(ACME, TWO_BILLS, text)

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "1700.00"}
    assert [basis for *_, basis in matches(loaded, "2026-03-05", "INV-2")] == ["link"]


def test_a_slip_in_it_settles_nothing() -> None:
    loaded = ledger(
        ACME, TWO_BILLS, by_key("Assets:Receivable  -300.00", "Assets:Bank  300.00", number="INV-3")
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert unapplied(loaded, "2026-03-05") == ["300.00"]


def test_the_invoice_of_a_credit_note_is_its_own_number() -> None:
    text = by_key("Assets:Receivable  -300.00", "Income:Design  300.00", number="CN-1")
    loaded = ledger(ACME, TWO_BILLS, text)

    assert owed(loaded, "2026-03-05") == {"INV-1": "700.00", "INV-2": "2000.00"}


def test_settles_of_a_contract() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "2500.00", keys=('settles: "acme"',)))

    assert owed(loaded, "2026-03-05") == {"INV-2": "500.00"}


def test_settles_on_the_transaction() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Paid"
          settles: "INV-2"
          Assets:Bank  2000.00 USD
          Assets:Receivable
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00"}


def test_settles_on_single_postings_of_one_payment() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Both, and the second one in part"
          settles: "INV-1"
          Assets:Bank  1700.00 USD
          Assets:Receivable  -700.00 USD
            settles: "INV-2"
          Assets:Receivable  -1000.00 USD
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-2": "1300.00"}


def test_settles_wins_over_links() -> None:
    loaded = ledger(
        ACME, TWO_BILLS, paid("2026-03-05", "500.00", "^INV-1", keys=('settles: "INV-2"',))
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "1500.00"}


def test_an_invoice_wins_over_a_milestone_and_a_milestone_over_the_contract() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        billed("2026-03-02 three completed INV-3"),
        paid("2026-03-05", "5500.00", "^acme ^INV-3 ^acme/two"),
    )

    assert matches(loaded, "2026-03-05", "INV-3") == [("3000.00", "payment", "link")]
    assert matches(loaded, "2026-03-05", "INV-2") == [("2000.00", "payment", "link")]
    assert owed(loaded, "2026-03-05") == {"INV-1": "500.00"}


def test_the_exact_name_wins_over_an_earlier_payment_for_the_whole_contract() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "1000.00", keys=('settles: "acme"',)),
        paid("2026-03-06", "1000.00", keys=('settles: "INV-1"',)),
    )

    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}
    assert owed(loaded, "2026-03-06") == {"INV-2": "1000.00"}
    assert unapplied(loaded, "2026-03-06") == []


def test_two_invoices_in_one_payment() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "2400.00", "^INV-2 ^INV-1"))

    # Within one kind of name the oldest due comes first.
    assert owed(loaded, "2026-03-05") == {"INV-2": "600.00"}


def test_an_item_that_is_named_twice_is_settled_once() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-15 * "Acme" "Travel" ^T-1 ^T-2
          Assets:Receivable  80.00 USD
          Income:Fees
        """,
        paid("2026-03-05", "100.00", "^T-1 ^T-2"),
    )

    assert owed(loaded, "2026-03-05") == {}
    assert unapplied(loaded, "2026-03-05") == ["20.00"]


def test_an_invoice_of_two_milestones_is_paid_by_its_number() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1", "2026-02-01 two completed INV-1"),
        paid("2026-03-05", "2500.00", "^INV-1"),
    )

    found = [
        (str(item.milestone and item.milestone.milestone), item.open)
        for item in settle(loaded, "2026-03-05").items
    ]
    assert found == [("one", 0), ("two", Decimal(500))]


def test_a_payment_with_contract_and_milestone_metadata() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Paid"
          contract: "acme"
          Assets:Bank  500.00 USD
          Assets:Receivable  -500.00 USD
            milestone: "two"
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "1500.00"}


def test_a_payment_with_contract_metadata_pays_the_contract() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        BOLT,
        """
        2026-03-05 * "Bolt" "Paid for Acme"
          contract: "acme"
          Assets:Bank  500.00 USD
          Assets:Receivable
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "500.00", "INV-2": "2000.00", "B-1": "500.00"}


def test_what_is_named_and_nothing_else_the_rest_staying_unapplied() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1300.00", "^INV-1"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}
    assert unapplied(loaded, "2026-03-05") == ["300.00"]


def test_a_name_of_nothing_that_is_open_stays_unapplied() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "1000.00", "^INV-1"),
        paid("2026-03-06", "1000.00", "^INV-1"),
    )

    assert owed(loaded, "2026-03-06") == {"INV-2": "2000.00"}
    assert unapplied(loaded, "2026-03-06") == ["1000.00"]


@pytest.mark.parametrize(
    "value", ['"INV-9"', '""', "2026-042", "2026-03-01", "TRUE", "12.00 USD", "#tag", "XYZ"]
)
def test_settles_that_names_nothing_stays_unapplied(value: str) -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", keys=(f"settles: {value}",)))

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert unapplied(loaded, "2026-03-05") == ["1000.00"]


def test_an_empty_settles_says_nothing() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", keys=("settles:",)))

    assert matches(loaded, "2026-03-05", "INV-1") == [("1000.00", "payment", "amount")]


def test_a_number_by_hand_that_is_the_name_of_a_contract_means_the_contract() -> None:
    by_hand = """
        2026-03-05 * "Acme" "Extra by hand"
          invoice: "acme"
          Assets:Receivable  50.00 USD
          Income:Design
        2026-03-06 * "Acme" "Another" ^acme
          Assets:Receivable  70.00 USD
          Income:Design
    """
    loaded = ledger(ACME, TWO_BILLS, by_hand)

    # A contract's name alone raises nothing again.
    assert sorted(owed(loaded, "2026-03-06").values()) == ["1000.00", "2000.00", "50.00", "70.00"]


def test_an_unknown_link_says_nothing() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "2000.00", "^bank-4711"))

    assert matches(loaded, "2026-03-05", "INV-2") == [("2000.00", "payment", "amount")]


def test_a_link_is_shared_only_on_the_same_account() -> None:
    other = """
    2026-01-01 * "Acme" "Elsewhere" ^job-1
      contract: "other"
      milestone-all: "100%"
      Assets:Receivable:Acme  100.00 USD
      Income:Design
    """
    loaded = ledger(ACME, TWO_BILLS, other, paid("2026-03-05", "2000.00", "^job-1"))

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00"}


def test_a_link_always_wins_over_an_earlier_payment_without_one() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "1000.00"),
        paid("2026-03-20", "1000.00", "^INV-1"),
    )

    assert matches(loaded, "2026-03-05", "INV-1") == [("1000.00", "payment", "amount")]
    assert matches(loaded, "2026-03-20", "INV-1") == [("1000.00", "payment", "link")]
    assert matches(loaded, "2026-03-20", "INV-2") == [("1000.00", "payment", "oldest")]


def test_names_are_known_from_the_day_that_they_exist() -> None:
    loaded = ledger(
        ACME,
        paid("2026-01-15", "400.00", "^INV-2"),
        TWO_BILLS,
    )

    # In February nobody knows INV-2 yet. It looks like one of our numbers, so it waits.
    assert owed(loaded, "2026-02-01") == {"INV-1": "1000.00"}
    assert unapplied(loaded, "2026-02-01") == ["400.00"]
    assert owed(loaded, "2026-03-01") == {"INV-1": "1000.00", "INV-2": "1600.00"}


def test_payment_before_the_invoice_waits_for_what_it_names() -> None:
    loaded = ledger(ACME, paid("2026-01-15", "1500.00", "^acme/two"), TWO_BILLS)

    assert unapplied(loaded, "2026-01-15") == ["1500.00"]
    assert owed(loaded, "2026-02-01") == {"INV-1": "1000.00"}
    assert unapplied(loaded, "2026-02-01") == ["1500.00"]
    assert owed(loaded, "2026-03-01") == {"INV-1": "1000.00", "INV-2": "500.00"}
    assert unapplied(loaded, "2026-03-01") == []


# ---------------------------------------------------------------- what names nothing


def test_the_single_open_item_with_exactly_that_amount() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "2000.00"))

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00"}
    assert matches(loaded, "2026-03-05", "INV-2") == [("2000.00", "payment", "amount")]


def test_two_items_with_that_amount_leave_the_oldest() -> None:
    loaded = ledger(ACME.replace("2000 USD", "1000 USD"), TWO_BILLS, paid("2026-03-05", "1000.00"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "1000.00"}
    assert matches(loaded, "2026-03-05", "INV-1") == [("1000.00", "payment", "oldest")]


def test_an_amount_that_is_open_since_a_part_payment_is_exact_too() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "300.00", "^INV-2"),
        paid("2026-03-06", "1700.00"),
    )

    assert matches(loaded, "2026-03-06", "INV-2") == [
        ("300.00", "payment", "link"),
        ("1700.00", "payment", "amount"),
    ]


def test_else_the_clients_oldest_and_the_next_one() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1200.00"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "1800.00"}
    assert matches(loaded, "2026-03-05", "INV-2") == [("200.00", "payment", "oldest")]


def test_an_overpayment_stays_unapplied_until_there_is_something_to_pay() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1"),
        paid("2026-02-05", "1500.00"),
        billed("2026-03-01 two completed INV-2"),
    )

    assert owed(loaded, "2026-02-05") == {}
    assert unapplied(loaded, "2026-02-05") == ["500.00"]
    assert owed(loaded, "2026-03-01") == {"INV-2": "1500.00"}
    assert unapplied(loaded, "2026-03-01") == []


def test_payment_in_advance_without_a_name() -> None:
    loaded = ledger(ACME, paid("2026-01-20", "1000.00"), TWO_BILLS)

    assert unapplied(loaded, "2026-01-20") == ["1000.00"]
    assert owed(loaded, "2026-02-01") == {}


# ---------------------------------------------------------------- whose payment it is


def test_the_client_is_matched_by_payee_ignoring_case() -> None:
    loaded = ledger(ACME, TWO_BILLS, BOLT, paid("2026-03-05", "100.00", payee="BOLT "))

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00", "B-1": "400.00"}


@pytest.mark.parametrize("payee", ["Carol", ""])
def test_a_payment_of_nobody_stays_unapplied_where_there_are_two_clients(payee: str) -> None:
    loaded = ledger(ACME, TWO_BILLS, BOLT, paid("2026-03-05", "500.00", payee=payee))

    assert unapplied(loaded, "2026-03-05") == ["500.00"]


def test_on_an_account_with_one_client_the_payee_does_not_matter() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", payee="ACME HOLDING BV"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}


def test_a_client_counts_from_the_day_of_the_contract() -> None:
    # Bolt has paid in advance; it is not Acme's money.
    loaded = ledger(
        ACME,
        TWO_BILLS,
        BOLT.split("2026-02-10", maxsplit=1)[0],
        paid("2026-03-05", "1000.00", payee="Bolt"),
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert unapplied(loaded, "2026-03-05") == ["1000.00"]


def test_the_client_key_and_the_payee_are_the_same_client() -> None:
    acme = ACME.replace('contract: "acme"', 'contract: "acme"\n  client: "Umbrella"')
    loaded = ledger(
        acme,
        TWO_BILLS,
        BOLT,
        paid("2026-03-05", "1000.00", payee="umbrella"),
        paid("2026-03-06", "2000.00", payee="ACME"),
    )

    assert owed(loaded, "2026-03-06") == {"B-1": "500.00"}


def test_two_payees_of_one_client_share_an_account() -> None:
    loaded = ledger(
        ACME.replace('contract: "acme"', 'contract: "acme"\n  client: "Umbrella"'),
        TWO_BILLS,
        BOLT.replace('contract: "bolt"', 'contract: "bolt"\n  client: "Umbrella"'),
        paid("2026-03-05", "3500.00", payee="Anybody"),
    )

    assert owed(loaded, "2026-03-05") == {}


FEE = """
2026-02-15 * {payee}"Travel"
  Assets:Receivable  80.00 USD
  Income:Fees
"""


def test_items_without_a_payee_come_last() -> None:
    loaded = ledger(ACME, TWO_BILLS, FEE.format(payee=""), paid("2026-03-05", "3050.00"))

    # By due date the fee would be the first. On an account of one client it is theirs.
    assert owed(loaded, "2026-03-05") == {"Acme": "30.00"}


def test_items_without_a_payee_take_what_no_client_pays() -> None:
    loaded = ledger(
        ACME, TWO_BILLS, BOLT, FEE.format(payee=""), paid("2026-03-05", "80.00", payee="Carol")
    )

    assert "" not in owed(loaded, "2026-03-05")
    assert matches(loaded, "2026-03-05", "") == [("80.00", "payment", "amount")]


def test_debits_by_hand_make_clients_too() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        FEE.format(payee='"Carol" '),
        paid("2026-03-05", "100.00", payee="Dora"),
        paid("2026-03-06", "80.00", payee="carol"),
    )

    assert owed(loaded, "2026-03-06") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert unapplied(loaded, "2026-03-06") == ["100.00"]


def test_only_debits_without_a_payee() -> None:
    nobody = ACME.replace('"Acme" "Brand"', '"Brand"')
    loaded = ledger(nobody, TWO_BILLS, paid("2026-03-05", "1500.00"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "1500.00"}


# ---------------------------------------------------------------- accounts and currencies


def test_two_contracts_on_one_account() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        ACME.replace('"acme"', '"acme-2"').replace("^brand-2026", ""),
        '2026-02-20 custom "milestone" "acme-2" "one" "completed"\n  invoice: "INV-3"\n',
        paid("2026-03-05", "1000.00", "^acme-2"),
        paid("2026-03-06", "1200.00"),
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert owed(loaded, "2026-03-06") == {"INV-2": "1800.00"}


SPLIT = """
2026-01-01 * "Acme" "Half paid by a grant"
  contract: "acme"
  milestone-one: "40%"
  milestone-two: "60%"
  Assets:Receivable  500.00 USD
  Assets:Receivable:Grant  500.00 USD
  Income:Design

2026-02-01 custom "milestone" "acme" "one" "completed"
  invoice: "INV-1"
"""


def test_each_account_by_itself() -> None:
    loaded = ledger(SPLIT, paid("2026-03-05", "250.00", "^INV-1"))

    assert [(item.account.name, item.open) for item in settle(loaded, "2026-03-05").items] == [
        ("Assets:Receivable", 0),
        ("Assets:Receivable:Grant", Decimal(200)),
    ]
    assert unapplied(loaded, "2026-03-05") == ["50.00"]


def test_each_currency_by_itself() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Paid in the wrong currency" ^INV-1
          Assets:Bank  900.00 EUR
          Assets:Receivable  -900.00 EUR
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert [rest.credit.account.currency for rest in settle(loaded, "2026-03-05").unapplied] == [
        "EUR"
    ]


def test_a_debit_that_names_an_item_of_another_account_is_its_own() -> None:
    loaded = ledger(
        SPLIT,
        """
        2026-03-05 * "Acme" "Extra" ^acme/two
          Assets:Receivable:Grant  10.00 EUR
          Income:Fees
        """,
    )

    items = settle(loaded, "2026-03-05").items
    assert [(item.account.currency, item.amount) for item in items if not item.milestone] == [
        ("EUR", Decimal(10))
    ]


# ---------------------------------------------------------------- items


def test_one_item_per_milestone_invoice_and_account() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "two" "progress" 30
          invoice: "INV-1"
        2026-02-10 custom "milestone" "acme" "two" "progress" 50
          invoice: "INV-2"
        2026-02-20 custom "milestone" "acme" "two" "completed"
        """,
    )

    found = settle(loaded, "2026-02-20").items
    assert [(label(i), i.amount, i.invoiced, i.date, i.due) for i in found] == [
        ("INV-1", Decimal(600), True, day("2026-02-01"), day("2026-03-03")),
        ("INV-2", Decimal(400), True, day("2026-02-10"), day("2026-03-12")),
        ("acme/two", Decimal(1000), False, day("2026-02-20"), day("2026-03-22")),
    ]


def test_number_and_due_date_come_from_the_invoice_in_force_at_the_as_of_date() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed"),
        """
        2026-02-10 custom "milestone" "acme" "one" "invoiced"
          invoice: "INV-1"
          due: 2026-02-15
        2026-02-12 custom "milestone" "acme" "one" "credited"
          invoice: "CN-1"
        2026-02-14 custom "milestone" "acme" "one" "invoiced"
          invoice: "INV-1a"
        """,
    )

    def only(date: str) -> tuple[str, datetime.date | None, Decimal] | None:
        items = settle(loaded, date).items
        assert len(items) < 2
        return next(((label(item), item.due, item.open) for item in items), None)

    assert only("2026-02-09") == ("acme/one", day("2026-03-03"), Decimal(1000))
    assert only("2026-02-10") == ("INV-1", day("2026-02-15"), Decimal(1000))
    assert only("2026-02-12") is None
    assert only("2026-02-14") == ("INV-1a", day("2026-03-16"), Decimal(1000))


def test_what_the_plugin_books_back_reduces_the_newest_invoice_first() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "two" "progress" 30
          invoice: "INV-1"
        2026-02-10 custom "milestone" "acme" "two" "progress" 80
          invoice: "INV-2"
        2026-02-20 custom "milestone" "acme" "two" "credited" 40
          invoice: "CN-1"
        """,
    )

    assert owed(loaded, "2026-02-19") == {"INV-1": "600.00", "INV-2": "1000.00"}
    assert owed(loaded, "2026-02-20") == {"INV-1": "600.00", "INV-2": "200.00"}


def test_a_payment_that_a_credited_item_had_becomes_unapplied() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1"),
        paid("2026-02-05", "1000.00", "^INV-1"),
        billed("2026-02-10 one credited CN-1"),
    )

    assert unapplied(loaded, "2026-02-05") == []
    assert owed(loaded, "2026-02-10") == {}
    assert unapplied(loaded, "2026-02-10") == ["1000.00"]


def test_a_reopened_milestone_takes_its_item_along() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed"),
        paid("2026-02-05", "1000.00"),
        billed("2026-02-10 one reopened"),
    )

    assert owed(loaded, "2026-02-10") == {}
    assert unapplied(loaded, "2026-02-10") == ["1000.00"]


def test_every_other_debit_is_an_item_with_invoice_and_due_from_its_metadata() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-15 * "Acme" "Travel" ^job-7
          invoice: "T-1"
          due: 2026-05-01
          Assets:Receivable  80.00 USD
          Income:Fees
        """,
    )

    (item,) = settle(loaded, "2026-02-15").items
    assert (item.number, item.due, item.client) == ("T-1", day("2026-05-01"), "Acme")
    assert (item.milestone, item.invoiced) == (None, True)


def test_metadata_of_the_posting_wins() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-15 * "Acme" "Travel"
          invoice: "T-1"
          due: 2026-05-01
          Assets:Receivable  80.00 USD
            invoice: "T-2"
            due: 2026-06-01
          Income:Fees
        """,
        paid("2026-03-05", "50.00", "^T-2"),
    )

    (item,) = settle(loaded, "2026-03-05").items
    assert (item.number, item.due, item.open) == ("T-2", day("2026-06-01"), Decimal(30))


def test_an_item_takes_its_number_from_its_links() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-15 * "Acme" "Travel" ^acme ^T-1
          Assets:Receivable  80.00 USD
          Income:Fees
        """,
        paid("2026-03-05", "50.00", "^T-1"),
    )

    assert owed(loaded, "2026-03-05") == {"T-1": "30.00"}


@pytest.mark.parametrize("meta", ["invoice: 2026-042", "invoice: TRUE", 'invoice: " "', "due: 30"])
def test_metadata_of_another_type_is_no_number_and_no_date(meta: str) -> None:
    loaded = ledger(
        ACME,
        f"""
        2026-02-15 * "Acme" "Travel"
          {meta}
          Assets:Receivable  80.00 USD
          Income:Fees
        """,
    )

    (item,) = settle(loaded, "2026-02-15").items
    assert (item.number, item.due) == (None, day("2026-02-15"))


def test_a_debit_that_names_only_the_contract_is_an_item_of_its_own() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-02 * "Acme" "Travel" ^acme
          Assets:Receivable  80.00 USD
          Income:Fees
        """,
        paid("2026-03-05", "1080.00", "^acme"),
    )

    # Due on its date, so before the two bills.
    assert owed(loaded, "2026-03-02") == {"Acme": "80.00", "INV-1": "1000.00", "INV-2": "2000.00"}
    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}


RETURNED = """
2026-03-10 * "Bank" "Returned" {links}
  Assets:Bank  -1000.00 USD
  Assets:Receivable  1000.00 USD
"""


@pytest.mark.parametrize("name", ["^INV-1", "^acme/one"])
def test_a_returned_payment_raises_its_item_again(name: str) -> None:
    loaded = ledger(
        ACME, TWO_BILLS, paid("2026-03-05", "1000.00", "^INV-1"), RETURNED.format(links=name)
    )

    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}
    assert owed(loaded, "2026-03-10") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    item = settle(loaded, "2026-03-10").items[0]
    assert texts(item.amount, item.raised, item.settled) == ["2000.00", "1000.00", "1000.00"]
    row = rows(loaded, "2026-03-10")["one"]
    assert texts(row.paid, row.outstanding, row.status) == ["0.00", "1000.00", "overdue"]


def test_a_returned_payment_is_paid_again() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "1000.00", "^INV-1"),
        RETURNED.format(links="^INV-1"),
        paid("2026-03-12", "1000.00", "^INV-1"),
    )

    assert owed(loaded, "2026-03-12") == {"INV-2": "2000.00"}
    assert rows(loaded, "2026-03-12")["one"].status == "paid"


def test_a_returned_payment_raises_the_oldest_due_of_what_it_names() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "two" "progress" 50
          invoice: "INV-1"
        2026-02-10 custom "milestone" "acme" "two" "completed"
          invoice: "INV-2"
          due: 2026-02-20
        """,
        paid("2026-02-25", "2000.00", "^acme"),
        RETURNED.format(links="^acme/two"),
    )

    items = settle(loaded, "2026-03-10").items
    assert {label(item): str(item.raised) for item in items} == {"INV-1": "0", "INV-2": "1000.00"}


def test_the_order_of_debits_within_a_day_does_not_matter() -> None:
    debits = [
        f"""
        2026-02-15 * "Acme" "Travel" ^a-trip ^{link}
          Assets:Receivable  100.00 USD
          Income:Fees
        """
        for link in ("b-one", "b-two")
    ]
    payments = [paid("2026-03-05", "60.00", "^a-trip"), paid("2026-03-05", "100.00", "^b-two")]

    one, two = ledger(ACME, *debits, *payments), ledger(ACME, *reversed(debits), *payments)

    assert unapplied(one, "2026-03-05") == unapplied(two, "2026-03-05")


@pytest.mark.parametrize("name", ["INV-1", "acme", "acme/one"])
def test_a_debit_may_settle_by_name(name: str) -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "1000.00", "^INV-1"),
        RETURNED.format(links=f'\n  settles: "{name}"'),
    )

    assert owed(loaded, "2026-03-10") == {"INV-1": "1000.00", "INV-2": "2000.00"}


def test_a_returned_payment_raises_an_item_by_hand_through_a_shared_link() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-15 * "Acme" "Travel" ^T-1
          Assets:Receivable  1000.00 USD
          Income:Fees
        """,
        paid("2026-02-20", "1000.00", "^T-1"),
        RETURNED.format(links="^T-1"),
        """
        2026-03-11 * "Acme" "A second invoice for the same trip" ^T-1
          Assets:Receivable  70.00 USD
          Income:Fees
        """,
    )

    items = settle(loaded, "2026-03-11").items
    assert [texts(item.amount, item.raised, item.open) for item in items] == [
        ["2000.00", "1000.00", "1000.00"],
        ["70.00", "0.00", "70.00"],
    ]


def test_a_debit_that_names_nothing_there_is_an_item_of_its_own() -> None:
    loaded = ledger(ACME, RETURNED.format(links="^T-9"), RETURNED.format(links="^acme/one"))

    assert owed(loaded, "2026-03-10") == {"T-9": "1000.00", "Acme": "1000.00"}


def test_the_number_of_a_debit_is_no_name_of_another_one() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-02-15 * "Acme" "Postage, on the same invoice" ^INV-1
          invoice: "INV-1"
          Assets:Receivable  15.00 USD
          Income:Fees
        """,
        paid("2026-03-05", "1015.00", "^INV-1"),
    )

    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}
    assert len(settle(loaded, "2026-03-05").items) == 3


def test_a_milestone_that_bills_less_than_nothing_settles_its_own_contract() -> None:
    reduction = """
    2026-03-02 * "Acme" "Brand" ^brand-2026
      contract: "acme"
      milestone-less: "100% Logo left out"
      Assets:Receivable  -300.00 USD
      Income:Design
    """
    loaded = ledger(
        BOLT,
        ACME,
        reduction,
        billed("2026-03-02 less completed CN-1"),
        billed("2026-03-05 one completed INV-1"),
    )

    assert owed(loaded, "2026-03-04") == {"B-1": "500.00"}
    assert unapplied(loaded, "2026-03-04") == ["300.00"]
    assert owed(loaded, "2026-03-05") == {"B-1": "500.00", "INV-1": "700.00"}
    assert matches(loaded, "2026-03-05", "INV-1") == [("300.00", "credit note", "link")]
    found = rows(loaded, "2026-03-05")
    assert texts(found["one"].paid, found["one"].outstanding) == ["300.00", "700.00"]
    less = found["less"]
    assert texts(less.amount, less.paid, less.status) == ["-300.00", "-300.00", "paid"]


def test_what_a_reduction_settles_of_several_items_counts_together() -> None:
    reduction = """
    2026-03-02 * "Acme" "Brand" ^brand-2026
      contract: "acme"
      milestone-less: "100% Logo left out"
      Assets:Receivable  -1,200.00 USD
      Income:Design
    """
    bills = billed("2026-03-05 one completed INV-1", "2026-03-05 two completed INV-2")
    loaded = ledger(ACME, reduction, bills, billed("2026-03-06 less completed CN-1"))

    # 1,000 of one and 200 of two.
    assert owed(loaded, "2026-03-06") == {"INV-2": "1800.00"}
    assert texts(rows(loaded, "2026-03-06")["less"].paid) == ["-1200.00"]


# ---------------------------------------------------------------- kinds


KINDS = {
    "payment": ["Assets:Bank  100.00 USD"],
    "payment, with an exchange gain": ["Assets:Bank  101.00 USD", "Income:Fees  -1.00 USD"],
    "payment, in another currency": ["Assets:Bank  80.00 GBP @ 1.25 USD"],
    "credit note": ["Income:Discount  100.00 USD"],
    "credit note, with tax": ["Income:Discount  80.00 USD", "Liabilities:VAT  20.00 USD"],
    "write-off": ["Expenses:BadDebts  100.00 USD"],
    "write-off, with tax": ["Expenses:BadDebts  80.00 USD", "Liabilities:VAT  20.00 USD"],
    "set-off": ["Liabilities:VAT  100.00 USD"],
    "transfer": ["Equity:Opening-Balances  100.00 USD"],
    "payment, beside what it brings besides": [
        "Assets:Bank  150.00 USD",
        "Income:Fees  -50.00 USD",
    ],
}
PARTS = {
    "a fee": (
        ["Assets:Bank  97.00 USD", "Expenses:CardFees  3.00 USD"],
        [("97.00", "payment"), ("3.00", "deduction")],
    ),
    "a discount with its tax": (
        ["Assets:Bank  88.00 USD", "Income:Discount  10.00 USD", "Liabilities:VAT  2.00 USD"],
        [("88.00", "payment"), ("12.00", "deduction")],
    ),
    "a credit note beside an expense": (
        ["Income:Fees  40.00 USD", "Expenses:BadDebts  60.00 USD"],
        [("40.00", "credit note"), ("60.00", "write-off")],
    ),
    "money beside a liability": (
        ["Assets:Bank  90.00 USD", "Liabilities:Deferred  10.00 USD"],
        [("90.00", "payment"), ("10.00", "set-off")],
    ),
}
SAYS = ("withholding", "discount", "fee", "write-off", "set-off", "transfer", "payment")


@pytest.mark.parametrize(("name", "debits"), KINDS.items(), ids=list(KINDS))
def test_kind(name: str, debits: list[str]) -> None:
    lines = "\n".join(f"  {debit}" for debit in debits)
    text = f'2026-02-20 * "Acme" "Settled" ^INV-1\n{lines}\n  Assets:Receivable  -100.00 USD\n'
    loaded = ledger(ACME, TWO_BILLS, text)

    kind = name.partition(",")[0]
    assert matches(loaded, "2026-02-20", "INV-1") == [("100.00", kind, "link")]
    assert rows(loaded, "2026-02-20")["one"].paid == 100


@pytest.mark.parametrize(("debits", "expected"), PARTS.values(), ids=list(PARTS))
def test_a_credit_has_a_part_for_each_kind(
    debits: list[str], expected: list[tuple[str, str]]
) -> None:
    lines = "\n".join(f"  {debit}" for debit in debits)
    text = f'2026-02-20 * "Acme" "Settled" ^INV-1\n{lines}\n  Assets:Receivable  -100.00 USD\n'
    loaded = ledger(ACME, TWO_BILLS, text)

    found = [match[:2] for match in matches(loaded, "2026-02-20", "INV-1")]
    assert found == expected


#: What the other side makes of the same, with its own accounts: taxes are assets there.
BOUGHT = {
    "a credit note": (["Expenses:Design  -100.00 USD"], [("100.00", "credit note")]),
    "a credit note, with tax": (
        ["Expenses:Design  -80.00 USD", "Assets:VAT22  -20.00 USD"],
        [("100.00", "credit note")],
    ),
    "a write-off": (["Income:BadDebts  -100.00 USD"], [("100.00", "write-off")]),
    "a write-off, with tax": (
        ["Income:BadDebts  -80.00 USD", "Assets:VAT22  -20.00 USD"],
        [("100.00", "write-off")],
    ),
    "a discount with its tax": (
        ["Assets:Bank  -88.00 USD", "Income:BadDebts  -10.00 USD", "Assets:VAT22  -2.00 USD"],
        [("88.00", "payment"), ("12.00", "deduction")],
    ),
    "a credit note beside what is not paid": (
        ["Expenses:Design  -40.00 USD", "Income:BadDebts  -60.00 USD"],
        [("40.00", "credit note"), ("60.00", "write-off")],
    ),
    "a credit note beside a liability, which is no tax": (
        ["Expenses:Design  -40.00 USD", "Liabilities:Card  -60.00 USD"],
        [("40.00", "credit note"), ("60.00", "set-off")],
    ),
    "tax that is moved to another asset": (
        ["Assets:Bank  -100.00 USD", "Assets:VAT22  -20.00 USD", "Assets:Due  20.00 USD"],
        [("100.00", "payment")],
    ),
    "tax that is moved, by cents, beside a discount": (
        [
            "Assets:Bank  -95.00 USD",
            "Income:BadDebts  -4.80 USD",
            "Assets:VAT22  -0.90 USD",
            "Assets:Due  0.70 USD",
        ],
        [("95.00", "payment"), ("5.00", "deduction")],
    ),
    "money that is kept for later": (
        [
            "Assets:Bank  -190.00 USD",
            "Income:BadDebts  -9.10 USD",
            "Assets:VAT22  -0.90 USD",
            "Assets:Due  100.00 USD",
        ],
        [("90.00", "payment"), ("10.00", "deduction")],
    ),
    "what an exchange has lost": (
        ["Assets:Bank  -101.00 USD", "Income:Exchange  1.00 USD"],
        [("100.00", "payment")],
    ),
}


@pytest.mark.parametrize(("postings", "expected"), BOUGHT.values(), ids=list(BOUGHT))
def test_on_the_buy_side_income_and_expenses_change_places(
    postings: list[str], expected: list[tuple[str, str]]
) -> None:
    opens = """
    2020-01-01 open Assets:VAT22
      tax: "S 22%"
    2020-01-01 open Assets:Due
    2020-01-01 open Liabilities:Card
    2020-01-01 open Income:Exchange
    """
    lines = "\n".join(f"  {posting}" for posting in postings)
    text = f'2026-02-20 * "Acme" "Settled" ^INV-1\n{lines}\n  Liabilities:Receivable  100.00 USD\n'
    loaded = ledger(turned(ACME, "buy"), opens, TWO_BILLS, text, head=turned(HEAD, "buy"))

    found = [match[:2] for match in matches(loaded, "2026-02-20", "INV-1")]
    assert found == expected


@pytest.mark.parametrize("kind", SAYS)
def test_an_account_says_what_a_payment_is(kind: str) -> None:
    loaded = ledger(
        f"""
        2020-01-01 open Assets:Other
          settles-as: "{kind}"
        """,
        ACME,
        TWO_BILLS,
        paid("2026-02-20", "100.00", "^INV-1").replace("Assets:Bank", "Assets:Other"),
    )

    assert matches(loaded, "2026-02-20", "INV-1") == [("100.00", kind, "link")]


def test_what_one_payment_holds_is_money_first_over_all_it_pays() -> None:
    # 1,000 of INV-1 in money; of INV-2 the other 960 in money, and 40 are the fee.
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Both, less a fee" ^INV-1 ^INV-2
          Assets:Bank         1960.00 USD
          Expenses:CardFees     40.00 USD
          Assets:Receivable  -2000.00 USD
        """,
    )

    assert matches(loaded, "2026-03-05", "INV-1") == [("1000.00", "payment", "link")]
    assert matches(loaded, "2026-03-05", "INV-2") == [
        ("960.00", "payment", "link"),
        ("40.00", "deduction", "link"),
    ]


def test_money_moves_from_one_invoice_to_another_within_a_transaction() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Set off"
          Assets:Receivable  -100.00 USD
            settles: "INV-1"
          Assets:Receivable   100.00 USD
            settles: "INV-2"
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "900.00", "INV-2": "2100.00"}


def test_a_repricing_settles_and_raises_nothing() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Revaluation"
          Assets:Receivable  -3000.00 USD
          Assets:Receivable   3000.00 USD
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert matches(loaded, "2026-03-05", "INV-1") == []


def test_the_smaller_side_of_a_transaction_is_taken_from_the_larger_one() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Paid, corrected"
          Assets:Bank         900.00 USD
          Assets:Receivable  -600.00 USD
          Assets:Receivable  -400.00 USD
          Assets:Receivable   100.00 USD
        """,
    )

    # 900 of the oldest.
    assert owed(loaded, "2026-03-05") == {"INV-1": "100.00", "INV-2": "2000.00"}


def test_roots_come_from_the_options() -> None:
    german = """
    option "name_assets" "Aktiva"
    option "name_income" "Ertrag"
    option "name_expenses" "Aufwand"
    plugin "beancount_milestones"
    2020-01-01 open Aktiva:Bank
    2020-01-01 open Aktiva:Forderungen
    2020-01-01 open Ertrag:Honorar
    2020-01-01 open Aufwand:Ausfall
    2026-01-01 * "Acme" "Marke"
      contract: "acme"
      milestone-one: "100%"
      Aktiva:Forderungen  100.00 EUR
      Ertrag:Honorar
    2026-02-01 custom "milestone" "acme" "one" "completed"
      invoice: "R-1"
    2026-02-02 * "Acme" "Zahlung"
      Aktiva:Bank          10.00 EUR
      Aktiva:Forderungen
    2026-02-03 * "Acme" "Nachlass"
      Ertrag:Honorar       20.00 EUR
      Aktiva:Forderungen
    2026-02-04 * "Acme" "Ausfall"
      Aufwand:Ausfall      30.00 EUR
      Aktiva:Forderungen
    2026-02-05 * "Acme" "Zurück" ^R-1
      Aktiva:Bank         -10.00 EUR
      Aktiva:Forderungen
    """
    loaded = Loaded(*loader.load_string(german, dedent=True))
    assert loaded.messages == []
    assert [kind for _, kind, _ in matches(loaded, "2026-02-05", "R-1")] == [
        "payment",
        "credit note",
        "write-off",
    ]
    assert owed(loaded, "2026-02-05") == {"R-1": "50.00"}


# ---------------------------------------------------------------- as the load left the entries


OPENING = """
2025-12-31 * "Acme" "Brought forward" ^INV-0
  due: 2025-12-15
  Assets:Receivable  250.00 USD
  Equity:Opening-Balances
"""


def test_opening_balances_are_items() -> None:
    loaded = ledger(OPENING, ACME, TWO_BILLS, paid("2026-03-05", "1250.00"))

    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}


def test_pad_makes_an_item_too() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2025-06-01 pad Assets:Receivable Equity:Opening-Balances
        2025-07-01 balance Assets:Receivable  333.33 USD
        """,
    )

    assert owed(loaded, "2026-03-05") == {"Acme": "333.33", "INV-1": "1000.00", "INV-2": "2000.00"}


def test_pad_downwards_is_a_credit() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-02-05 pad Assets:Receivable Equity:Opening-Balances
        2026-02-10 balance Assets:Receivable  400.00 USD
        """,
    )

    assert owed(loaded, "2026-02-10") == {"INV-1": "400.00"}


def times(factor: str) -> Callable[[data.Posting], data.Posting]:
    def change(posting: data.Posting) -> data.Posting:
        assert posting.units
        return posting._replace(units=amount.mul(posting.units, Decimal(factor)))

    return change


CHANGES: dict[str, Callable[[data.Posting], data.Posting]] = {
    "another account": lambda posting: posting._replace(account="Assets:Matched"),
    "half": times("0.5"),
    "double": times("2"),
    "reversed": times("-1"),
}


@pytest.mark.parametrize("link", ["INV-1", "P-1", "acme/two", "CN-1"])
@pytest.mark.parametrize("change", [None, *CHANGES])
def test_a_later_plugin_may_change_anything(change: str | None, link: str) -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "700.00", "^INV-1 ^P-1"),
        paid("2026-03-06", "500.00"),
        billed("2026-03-07 two credited CN-1"),
    )
    entries: list[data.Directive] = []
    for entry in loaded.entries:
        if isinstance(entry, data.Transaction) and link in entry.links:
            if change:
                changed = [CHANGES[change](p) if p.units else p for p in entry.postings]
                entries.append(entry._replace(postings=changed))
        else:
            entries.append(entry)

    # The open items explain the balance; `settle` looks at that.
    for date in ("2026-02-01", "2026-03-01", "2026-03-05", "2026-03-06", "2026-03-07"):
        settle(loaded._replace(entries=entries), date)


def test_postings_without_metadata() -> None:
    loaded = ledger(ACME, TWO_BILLS, FEE.format(payee='"Acme" '), paid("2026-03-05", "80.00"))
    bare = [
        entry._replace(postings=[posting._replace(meta=None) for posting in entry.postings])
        if isinstance(entry, data.Transaction)
        else entry
        for entry in loaded.entries
    ]

    assert owed(loaded._replace(entries=bare), "2026-03-05") == owed(loaded, "2026-03-05")


def test_a_payment_that_says_event_is_no_booking_of_ours() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        """
        2026-03-05 * "Acme" "Paid at the fair"
          contract: "acme"
          milestone: "two"
          event: "fair"
          Assets:Bank  500.00 USD
          Assets:Receivable
        """,
    )

    assert owed(loaded, "2026-03-05") == {"INV-1": "1000.00", "INV-2": "1500.00"}
    assert matches(loaded, "2026-03-05", "INV-2") == [("500.00", "payment", "link")]


@pytest.mark.parametrize("value", ["1.00 USD", "TRUE", "2026-01-01", "12", "Assets:Bank", ""])
def test_metadata_of_any_type_is_no_name(value: str) -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        f"""
        2026-03-05 * "Acme" "Paid"
          milestone: {value}
          event: {value}
          due: {value}
          invoice: {value}
          Assets:Bank  500.00 USD
          Assets:Receivable  -500.00 USD
            milestone: {value}
        """,
    )

    assert matches(loaded, "2026-03-05", "INV-1") == [("500.00", "payment", "oldest")]
    assert restored(loaded, []) == owed(loaded, "2026-03-31")


# ---------------------------------------------------------------- what a filter took away


def restored(loaded: Loaded, entries: list[data.Directive]) -> dict[str, str]:
    register = books(loaded, "2026-03-31").register
    return owed(loaded._replace(entries=unfiltered(register, entries)), "2026-03-31")


PARTLY_PAID = (ACME, TWO_BILLS, OPENING, BOLT, paid("2026-03-05", "1250.00"))
LEFT = {"INV-2": "2000.00", "B-1": "500.00"}


def test_what_concerns_no_receivable_is_not_missed() -> None:
    rent = """
    2026-03-01 * "Rent"
      Expenses:CardFees  9.00 USD
      Assets:Bank
    """
    loaded = ledger(*PARTLY_PAID, rent)
    some = [e for e in loaded.entries if getattr(e, "narration", "") != "Rent"]

    assert unfiltered(books(loaded, "2026-03-31").register, some) == some


def test_nothing_is_missing() -> None:
    loaded = ledger(*PARTLY_PAID)

    assert unfiltered(books(loaded, "2026-03-31").register, loaded.entries) == loaded.entries
    assert restored(loaded, loaded.entries) == LEFT


def test_of_two_transactions_from_one_place_one_may_be_missing() -> None:
    loaded = ledger(*PARTLY_PAID)
    [payment] = [e for e in loaded.transactions if e.narration == "Paid"]
    register = books(loaded, "2026-03-31").register._replace(entries=(*loaded.entries, payment))

    assert unfiltered(register, loaded.entries) == [*loaded.entries, payment]


def test_where_a_posting_is_missing_the_kept_one_is_used() -> None:
    loaded = ledger(*PARTLY_PAID)

    assert restored(loaded, []) == LEFT
    for index in range(len(loaded.entries)):
        assert restored(loaded, loaded.entries[:index] + loaded.entries[index + 1 :]) == LEFT


@pytest.mark.parametrize("begin", ["2026-01-01", "2026-02-15", "2026-03-10"])
def test_the_opening_balances_of_a_filter_by_time_do_not_count(begin: str) -> None:
    loaded = ledger(*PARTLY_PAID)
    clamped, _ = summarize.clamp_opt(loaded.entries, day(begin), day("2026-03-20"), loaded.options)

    assert restored(loaded, clamped) == LEFT


def test_one_directive_for_two_milestones_and_one_of_them_filtered() -> None:
    loaded = ledger(ACME, '2026-02-01 custom "contract" "acme" "completed"\n  invoice: "INV-1"\n')
    some = [e for e in loaded.entries if "acme/two" not in getattr(e, "links", ())]
    register = books(loaded, "2026-03-31").register
    found = loaded._replace(entries=unfiltered(register, some))

    assert [item.open for item in settle(found, "2026-03-31").items] == [1000, 3000, 2000]


def test_a_transaction_that_a_later_plugin_has_changed_stays_as_it_is() -> None:
    loaded = ledger(*PARTLY_PAID)
    changed = [
        e._replace(postings=e.postings[:1])
        if isinstance(e, data.Transaction) and e.narration == "Paid"
        else e
        for e in loaded.entries
    ]

    assert unfiltered(books(loaded, "2026-03-31").register, changed) == changed


# ---------------------------------------------------------------- for any as-of date


def test_before_the_contract_there_is_nothing() -> None:
    loaded = ledger(ACME, OPENING)

    # Without a contract no account is a receivable one, whatever stands on it.
    assert settle(loaded, "2025-12-31").items == ()
    assert owed(loaded, "2026-01-01") == {"INV-0": "250.00"}


def test_a_deemed_completion_counts_from_its_day() -> None:
    loaded = ledger(
        ACME.replace('contract: "acme"', 'contract: "acme"\n  acceptance: 14'),
        billed("2026-02-01 one delivered"),
    )

    assert owed(loaded, "2026-02-14") == {}
    assert owed(loaded, "2026-02-15") == {"acme/one": "1000.00"}
