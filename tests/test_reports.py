"""Rows and lists (section 5 of the manual), sentence by sentence, worked out by hand."""

import datetime
from decimal import Decimal

import pytest

from beancount_milestones import reports
from beancount_milestones.output import with_decimals
from beancount_milestones.reports import AMOUNTS, COLUMNS, DATES, Row, status
from tests.receivables import (
    ACME,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    paid,
    rows,
    settle,
    texts,
)


def amounts(row: Row) -> dict[str, str]:
    """The amounts of a row that are not zero."""
    return {name: str(getattr(row, name)) for name in AMOUNTS if getattr(row, name)}


def test_the_columns_are_those_of_the_manual() -> None:
    assert ", ".join(COLUMNS) == (
        "contract, milestone, title, client, status, late, target, delivered, completed, invoiced,"
        " invoice, due, currency, amount, billed, paid, outstanding, unbilled, remaining,"
        " retention, account, side"
    )
    assert set(AMOUNTS) | set(DATES) < set(COLUMNS)


def test_a_row_as_a_whole() -> None:
    loaded = ledger(
        ACME.replace('"rest Three"', '"rest 2026-03-10 Three"'),
        billed("2026-03-02 three delivered", "2026-03-04 three completed INV-3"),
        paid("2026-03-05", "500.00", "^INV-3"),
    )

    assert rows(loaded, "2026-03-31")["three"] == Row(
        contract="acme",
        milestone="three",
        title="Three",
        client="Acme",
        status="outstanding",
        late=False,
        target=day("2026-03-10"),
        delivered=day("2026-03-02"),
        completed=day("2026-03-04"),
        invoiced=day("2026-03-04"),
        invoice="INV-3",
        due=day("2026-04-03"),
        currency="USD",
        amount=Decimal(3000),
        billed=Decimal(3000),
        paid=Decimal(500),
        outstanding=Decimal(2500),
        unbilled=Decimal(0),
        remaining=Decimal(0),
        retention=Decimal(0),
        account="Assets:Receivable",
        side="sell",
    )


def test_rows_stand_in_the_order_written() -> None:
    loaded = ledger(ACME)

    assert list(rows(loaded, "2026-03-31")) == ["one", "two", "three"]
    assert rows(loaded, "2025-12-31") == {}


# ---------------------------------------------------------------- amounts


def test_what_is_neither_earned_nor_billed_remains() -> None:
    row = rows(ledger(ACME), "2026-03-31")["two"]

    assert amounts(row) == {"amount": "2000.00", "remaining": "2000.00"}


def test_billed_in_part_and_paid_in_part() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "progress" 30\n  invoice: "INV-1"\n',
        '2026-02-02 custom "milestone" "acme" "two" "progress" 75\n',
        paid("2026-02-05", "150.00", "^INV-1"),
    )

    assert amounts(rows(loaded, "2026-02-05")["two"]) == {
        "amount": "2000.00",
        "billed": "600.00",
        "paid": "150.00",
        "outstanding": "450.00",
        "unbilled": "900.00",
        "remaining": "500.00",
    }


def test_paid_before_it_is_billed() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 two completed"),
        paid("2026-02-05", "150.00", "^acme/two"),
    )

    assert amounts(rows(loaded, "2026-02-05")["two"]) == {
        "amount": "2000.00",
        "paid": "150.00",
        "unbilled": "1850.00",
    }


@pytest.mark.parametrize(
    "credit",
    ["Assets:Bank  200.00 USD", "Income:Discount  200.00 USD", "Expenses:BadDebts  200 USD"],
)
def test_paid_is_what_is_settled_of_any_kind(credit: str) -> None:
    settled = f'2026-03-05 * "Acme" "Settled" ^INV-2\n  {credit}\n  Assets:Receivable\n'
    loaded = ledger(ACME, TWO_BILLS, settled)

    assert rows(loaded, "2026-03-05")["two"].paid == Decimal(200)


def test_once_cancelled_the_larger_of_earned_and_billed_is_all() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "progress" 40\n',
        billed("2026-02-02 two cancelled", "2026-02-02 three cancelled"),
    )
    found = rows(loaded, "2026-02-02")

    assert amounts(found["two"]) == {"amount": "800.00", "unbilled": "800.00"}
    assert amounts(found["three"]) == {}
    assert texts(found["two"].status, found["three"].status) == ["unbilled", "cancelled"]


TAXED = """
2026-01-01 * "Acme" "With tax, retention and two payers"
  contract: "acme"
  retention: Assets:Retention
  milestone-one: "1/3"
  milestone-two: "2/3"
  Assets:Receivable        800.00 USD
  Assets:Receivable:Grant  300.00 USD
  Assets:Retention         100.00 USD
  Liabilities:VAT         -200.00 USD
  Income:Design

2026-01-01 * "Acme" "Release"
  contract: "acme"
  milestone-release: "100%"
  Assets:Receivable        100.00 USD
  Assets:Retention        -100.00 USD

2026-02-01 custom "milestone" "acme" "one" "completed"
  invoice: "INV-1"
2026-03-01 custom "milestone" "acme" "release" "invoiced"
  invoice: "INV-2"
"""


def test_a_bill_split_between_two_accounts_has_two_rows() -> None:
    found = rows(ledger(TAXED), "2026-02-01")

    assert amounts(found["one"]) == {
        "amount": "266.67",
        "billed": "266.67",
        "outstanding": "266.67",
        "retention": "33.33",
    }
    assert amounts(found["one+"]) == {
        "amount": "100.00",
        "billed": "100.00",
        "outstanding": "100.00",
    }
    assert [found["one"].account, found["one+"].account] == [
        "Assets:Receivable",
        "Assets:Receivable:Grant",
    ]


def test_retention_is_what_is_withheld_less_what_is_released_each_on_its_own_row() -> None:
    loaded = ledger(TAXED)

    def retention(date: str) -> dict[str, str]:
        return {
            name: str(row.retention) for name, row in rows(loaded, date).items() if row.retention
        }

    assert retention("2026-02-01") == {"one": "33.33"}
    assert retention("2026-03-01") == {"one": "33.33", "release": "-100.00"}


def test_a_milestone_without_a_receivable_has_one_row_with_an_empty_account() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Supplier" "Cases"
          contract: "acme"
          milestone-one: "50%"
          milestone-two: "50%"
          Expenses:BadDebts  1,000.00 USD
          Assets:Bank       -1,000.00 USD
        """,
        billed("2026-02-01 one completed S-1"),
    )
    found = rows(loaded, "2026-02-01")

    assert [(row.account, row.currency, bool(row.amount)) for row in found.values()] == [
        ("", "USD", False),
        ("", "USD", False),
    ]
    assert texts(found["one"].status, found["one"].invoice) == ["completed", "S-1"]


def test_a_checkpoint_bills_nothing() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Brand"
          contract: "acme"
          milestone-kickoff: "0%"
          milestone-all: "100%"
          Assets:Receivable        800.00 USD
          Assets:Receivable:Grant  300.00 USD
          Income:Design
        """,
        billed("2026-02-01 kickoff completed"),
    )
    found = rows(loaded, "2026-02-01")

    assert list(found) == ["kickoff", "all", "all+"]
    assert amounts(found["kickoff"]) == {}
    assert texts(found["kickoff"].status, found["kickoff"].account) == [
        "completed",
        "Assets:Receivable",
    ]


@pytest.mark.parametrize(
    ("amount", "zero"), [("1000 USD", "0.00"), ("1000 JPY", "0"), ("1.234 USD", "0.00")]
)
def test_all_amounts_of_a_row_are_shown_with_the_same_decimals(amount: str, zero: str) -> None:
    loaded = ledger(
        f"""
        2026-01-01 * "Acme" "Brand"
          contract: "acme"
          milestone-all: "100%"
          Assets:Receivable  {amount}
          Income:Design
        """
    )
    at = books(loaded, "2026-02-01")
    row = with_decimals(status(at)[0], at.register.places)

    assert {str(getattr(row, name)) for name in AMOUNTS if not getattr(row, name)} == {zero}


def test_change_orders_count_from_their_day() -> None:
    order = """
    2026-02-10 * "Acme" "Brand"
      contract: "acme"
      milestone-two: "100% 2026-05-01 Two, and a poster"
      Assets:Receivable  500.00 USD
      Income:Design
    """
    loaded = ledger(ACME, order)
    before, after = rows(loaded, "2026-02-09")["two"], rows(loaded, "2026-02-10")["two"]

    assert texts(before.amount, before.title, before.target) == ["2000.00", "Two", "None"]
    assert texts(after.amount, after.title, after.target) == [
        "2500.00",
        "Two, and a poster",
        "2026-05-01",
    ]


# ---------------------------------------------------------------- status


def test_proposed_has_a_row_of_its_own() -> None:
    proposal = ACME.replace("2026-01-01 *", "2026-02-01 !").replace("rest Three", "rest 2026-02-10")
    loaded = ledger(ACME, proposal)
    found = rows(loaded, "2026-03-31")

    assert [found[name].status for name in ("one", "one+", "three+")] == [
        "planned",
        "proposed",
        "proposed",
    ]
    assert amounts(found["three+"]) == {"amount": "3000.00", "remaining": "3000.00"}
    assert not found["three+"].late
    assert list(rows(loaded, "2026-01-31")) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("date", "word"),
    [
        ("2026-01-31", "planned"),
        ("2026-02-01", "delivered"),
        ("2026-02-02", "planned"),
        ("2026-02-04", "unbilled"),
        ("2026-02-05", "outstanding"),
        ("2026-03-07", "outstanding"),
        ("2026-03-08", "overdue"),
        ("2026-03-09", "in-progress"),
        ("2026-03-10", "unbilled"),
        ("2026-03-11", "outstanding"),
        ("2026-03-12", "paid"),
    ],
)
def test_status_is_the_first_word_that_fits(date: str, word: str) -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "two" "delivered"
        2026-02-02 custom "milestone" "acme" "two" "rejected"
        2026-02-04 custom "milestone" "acme" "two" "progress" 50
        2026-02-05 custom "milestone" "acme" "two" "invoiced" 50
          invoice: "INV-1"
          due: 2026-03-07
        """,
        paid("2026-03-09", "1000.00", "^INV-1"),
        billed("2026-03-10 two completed", "2026-03-11 two invoiced INV-2"),
        paid("2026-03-12", "1000.00", "^INV-2"),
    )

    assert rows(loaded, date)["two"].status == word


def test_in_progress_where_it_is_paid_and_something_remains() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "invoiced" 50\n',
        paid("2026-02-01", "1000.00"),
        billed("2026-02-02 two delivered"),
    )

    assert rows(loaded, "2026-02-01")["two"].status == "in-progress"
    assert rows(loaded, "2026-02-02")["two"].status == "delivered"


def test_cancelled_and_paid_is_cancelled() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "progress" 50\n  invoice: "INV-1"\n',
        billed("2026-02-02 two cancelled"),
        paid("2026-02-03", "1000.00"),
    )

    assert rows(loaded, "2026-02-02")["two"].status == "outstanding"
    assert rows(loaded, "2026-02-03")["two"].status == "cancelled"


def test_overdue_from_the_day_after_the_due_date() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    assert rows(loaded, "2026-03-03")["one"].status == "outstanding"
    assert rows(loaded, "2026-03-04")["one"].status == "overdue"


def test_an_item_without_an_invoice_stays_unbilled_however_old() -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed"))

    assert rows(loaded, "2027-02-01")["one"].status == "unbilled"
    assert rows(loaded, "2027-02-01")["one"].due is None
    assert [str(item.due) for item in settle(loaded, "2027-02-01").items] == ["2026-03-03"]


def test_an_item_without_an_invoice_is_aged_from_when_it_was_earned_without_a_break() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "two" "progress" 30
        2026-02-05 custom "milestone" "acme" "two" "progress" 0
        2026-02-10 custom "milestone" "acme" "two" "progress" 30
        2026-02-20 custom "milestone" "acme" "two" "progress" 60
        2026-02-25 custom "milestone" "acme" "two" "invoiced" 20
          due: 2026-02-26
        """,
    )

    found = [(item.invoiced, str(item.due)) for item in settle(loaded, "2026-02-25").items]
    assert found == [(True, "2026-02-26"), (False, "2026-03-12")]


def test_after_a_credit_note_the_rest_is_aged_by_the_terms_not_by_the_new_invoice() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1"),
        """
        2026-02-10 custom "milestone" "acme" "two" "invoiced" 20
          due: 2026-02-11
        """,
    )

    found = [(item.invoiced, str(item.due)) for item in settle(loaded, "2026-02-10").items]
    assert found == [(True, "2026-02-11"), (False, "2026-03-12")]


def test_late_is_past_the_target_and_neither_completed_nor_cancelled() -> None:
    loaded = ledger(
        ACME.replace("USD One", "USD 2026-02-01 One")
        .replace("USD Two", "USD 2026-02-01 Two")
        .replace("rest Three", "rest 2026-02-01 Three"),
        billed("2026-02-03 one completed", "2026-02-03 two cancelled"),
        billed("2026-02-03 three invoiced INV-3"),
    )

    def late(date: str) -> list[str]:
        return [name for name, row in rows(loaded, date).items() if row.late]

    assert late("2026-02-01") == []
    assert late("2026-02-02") == ["one", "two", "three"]
    assert late("2026-02-03") == ["three"]


# ---------------------------------------------------------------- several invoices


SLICES = """
2026-02-01 custom "milestone" "acme" "two" "progress" 30
  invoice: "INV-1"
2026-02-10 custom "milestone" "acme" "two" "progress" 50
  invoice: "INV-2"
  due: 2026-02-12
2026-02-20 custom "milestone" "acme" "two" "progress" 60
  invoice: TRUE
"""


def test_with_several_invoices() -> None:
    loaded = ledger(
        ACME,
        SLICES,
        paid("2026-02-21", "400.00", "^INV-2"),
        paid("2026-02-22", "600.00", "^INV-1"),
        paid("2026-02-23", "200.00", "^acme/two"),
    )

    def seen(date: str) -> list[str]:
        row = rows(loaded, date)["two"]
        return texts(row.invoice, row.invoiced, row.due, row.status)

    assert seen("2026-02-20") == ["INV-1, INV-2", "2026-02-20", "2026-02-12", "overdue"]
    assert seen("2026-02-21") == ["INV-1, INV-2", "2026-02-20", "2026-03-03", "outstanding"]
    assert seen("2026-02-22") == ["INV-1, INV-2", "2026-02-20", "2026-03-22", "outstanding"]
    # Nothing is outstanding: the due date of the last one.
    assert seen("2026-02-23") == ["INV-1, INV-2", "2026-02-20", "2026-03-22", "in-progress"]


def test_invoices_that_are_credited_are_not_in_force() -> None:
    loaded = ledger(ACME, SLICES, '2026-03-01 custom "milestone" "acme" "two" "credited" 30\n')
    row = rows(loaded, "2026-03-01")["two"]

    assert texts(row.invoice, row.invoiced, row.billed) == ["INV-1", "2026-02-01", "600.00"]


# ---------------------------------------------------------------- lists


def listed(found: list[reports.Listed]) -> list[tuple[str, int | None, str]]:
    return [(item.row.milestone, item.days, str(item.entry.date)) for item in found]


def test_unbilled_lists_what_waits_longest_first() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "three" "progress" 40\n',
        billed("2026-02-05 one completed", "2026-02-06 two completed INV-2"),
        '2026-02-07 custom "milestone" "acme" "three" "progress" 50\n',
    )

    assert listed(reports.unbilled(books(loaded, "2026-02-11"))) == [
        ("three", 10, "2026-02-01"),
        ("one", 6, "2026-02-05"),
    ]


def test_outstanding_lists_the_oldest_due_date_first() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 two completed INV-2"),
        '2026-02-02 custom "milestone" "acme" "one" "completed"\n  invoice: "INV-1"\n'
        "  due: 2026-02-20\n",
    )

    assert listed(reports.outstanding(books(loaded, "2026-02-25"))) == [
        ("one", 5, "2026-02-02"),
        ("two", None, "2026-02-01"),
    ]


def test_a_fee_for_what_is_not_billed_yet_is_an_item_of_its_own() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed"),
        """
        2026-02-02 * "Acme" "Courier" ^acme/one
          Assets:Receivable  20.00 USD
          Income:Fees
        """,
    )

    assert listed(reports.outstanding(books(loaded, "2026-02-02"))) == [("", None, "2026-02-02")]
    assert amounts(rows(loaded, "2026-02-02")["one"]) == {
        "amount": "1000.00",
        "unbilled": "1000.00",
    }


def test_what_is_sent_back_before_it_is_billed_is_outstanding_without_a_due_date() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed"),
        """
        2026-02-02 * "Acme" "Sent back" ^acme/one
          Assets:Receivable  20.00 USD
          Assets:Bank
        """,
    )

    assert listed(reports.outstanding(books(loaded, "2026-02-02"))) == [("one", None, "2026-01-01")]
    assert amounts(rows(loaded, "2026-02-02")["one"]) == {
        "amount": "1000.00",
        "paid": "-20.00",
        "outstanding": "20.00",
        "unbilled": "1000.00",
    }


def test_totals_are_by_currency() -> None:
    euros = ACME.replace('"acme"', '"euros"').replace("USD", "EUR").replace("^brand-2026", "")
    loaded = ledger(ACME, TWO_BILLS, euros)
    found = status(books(loaded, "2026-03-05"))

    assert reports.totals(found, "amount") == {"EUR": Decimal(6000), "USD": Decimal(6000)}
    assert reports.totals(found, "outstanding") == {"USD": Decimal(3000)}


def test_the_day_that_you_look_may_be_any_day() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    assert status(books(loaded, str(datetime.date.min))) == []
    assert {row.status for row in status(books(loaded, str(datetime.date.max)))} == {
        "overdue",
        "planned",
    }
