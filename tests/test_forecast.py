"""The forecast, worked out by hand."""

import datetime
from decimal import Decimal

from beancount_milestones.documents.schedule import schedule
from beancount_milestones.reports import check, contracts, forecast, status, story
from beancount_milestones.reports.changes import changes
from beancount_milestones.reports.forecast import Expected
from beancount_milestones.reports.what_if import WhatIf, what_if
from tests.receivables import ACME, BOLT, TWO_BILLS, billed, books, ledger, paid, returned, turned
from tests.support import Loaded


def expected(loaded: Loaded, date: str) -> list[tuple[str, str, str, str]]:
    """Date, milestone, kind and amount of each row."""
    return [
        (str(row.date or ""), row.milestone, row.kind, f"{row.amount:f}")
        for row in forecast(books(loaded, date))
    ]


def test_invoices_come_in_when_they_are_due_if_nobody_has_paid_yet() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    # Without a target nothing says when three comes in.
    assert expected(loaded, "2026-03-02") == [
        ("2026-03-03", "one", "outstanding", "1000.00"),
        ("2026-03-31", "two", "outstanding", "2000.00"),
        ("", "three", "planned", "3000.00"),
    ]


def test_a_row_as_a_whole() -> None:
    row = forecast(books(ledger(ACME, TWO_BILLS), "2026-03-02"))[1]

    assert (row.month, str(row.date), row.client, row.contract) == (
        *("2026-03", "2026-03-31", "Acme", "acme"),
    )
    assert (row.milestone, row.invoice, row.kind, row.habit) == (
        "two",
        "INV-2",
        "outstanding",
        None,
    )
    assert (row.amount, row.currency, row.account) == (Decimal(2000), "USD", "Assets:Receivable")


def test_what_is_overdue_is_not_expected_in_the_past() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    assert expected(loaded, "2026-05-20")[:2] == [
        ("2026-05-20", "one", "outstanding", "1000.00"),
        ("2026-05-20", "two", "outstanding", "2000.00"),
    ]


def test_the_habit_is_the_median_of_days_late() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        # Due on 2026-03-03: 2 days early, 4 days late, 9 days late.
        paid("2026-03-01", "100.00", "^INV-1"),
        paid("2026-03-07", "100.00", "^INV-1"),
        paid("2026-03-12", "100.00", "^INV-1"),
    )

    # One payment is 2 days early: nobody waits longer for the one who pays in time.
    assert [row.habit for row in forecast(books(loaded, "2026-03-02"))] == [-2] * 3
    # Of two, the later one: 4 days. Two is due on 2026-03-31.
    assert [row.habit for row in forecast(books(loaded, "2026-03-08"))] == [4] * 3
    assert expected(loaded, "2026-03-12")[:2] == [
        ("2026-03-12", "one", "outstanding", "700.00"),
        ("2026-04-04", "two", "outstanding", "2000.00"),
    ]


def test_how_we_pay_somebody_is_not_how_they_pay_us() -> None:
    bought = turned(ACME.replace('"acme"', '"bought"').replace(" ^brand-2026", ""), "buy")
    steps = TWO_BILLS.replace('"acme"', '"bought"').replace("INV", "OUR")
    ours = """
    2026-03-03 * "Acme" "On the day" ^OUR-1
      Assets:Bank  -1,000.00 USD
      Liabilities:Receivable
    """
    opens = "2020-01-01 open Liabilities:Receivable\n2020-01-01 open Expenses:Design\n"
    late = paid("2026-03-13", "1000.00", "^INV-1")
    at = books(ledger(ACME, TWO_BILLS, late, opens, bought, steps, ours), "2026-03-13")

    def habits(rows: list[Expected]) -> set[tuple[str, int | None]]:
        return {(row.side, row.habit) for row in rows}

    assert habits(forecast(at)) == {("sell", 10), ("buy", 0)}
    # What if they paid 20 days late? We should not.
    assert habits(what_if(at, WhatIf(habits={"Acme": 20}))) == {("sell", 20), ("buy", 0)}


def test_what_went_back_makes_no_habit() -> None:
    loaded = ledger(
        ACME, TWO_BILLS, paid("2026-03-07", "100.00", "^INV-1"), returned("2026-03-09", "100.00")
    )

    assert {row.habit for row in forecast(books(loaded, "2026-03-08"))} == {4}
    assert {row.habit for row in forecast(books(loaded, "2026-03-09"))} == {None}


def test_who_pays_early_is_expected_early() -> None:
    # Due on 2026-03-03, paid 6 days before; two is due on 2026-03-31.
    loaded = ledger(ACME, TWO_BILLS, paid("2026-02-25", "1000.00", "^INV-1"))

    assert expected(loaded, "2026-03-02")[0] == ("2026-03-25", "two", "outstanding", "2000.00")
    # Not before the day that one looks.
    assert expected(loaded, "2026-03-28")[0] == ("2026-03-28", "two", "outstanding", "2000.00")


def test_a_habit_is_the_clients_own_and_of_payments_only() -> None:
    written_off = """
        2026-04-30 * "Acme" "Small rest" ^INV-2
          Expenses:BadDebts    5.00 USD
          Assets:Receivable
    """
    loaded = ledger(ACME, BOLT, TWO_BILLS, paid("2026-03-13", "1000.00", "^INV-1"), written_off)

    habits = {(row.client, row.habit) for row in forecast(books(loaded, "2026-05-01"))}
    assert habits == {("Acme", 10), ("Bolt", None)}


def test_a_payment_of_what_is_not_billed_yet_makes_no_habit() -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed"), paid("2026-02-02", "10.00"))

    assert {row.habit for row in forecast(books(loaded, "2026-03-01"))} == {None}


def test_what_is_unbilled_is_expected_as_if_billed_today() -> None:
    loaded = ledger(ACME, '2026-02-01 custom "milestone" "acme" "two" "progress" 25\n')

    # Net 30 from 2026-02-10. 1,500 of two, one and three have no target.
    assert expected(loaded, "2026-02-10") == [
        ("2026-03-12", "two", "unbilled", "500.00"),
        ("", "one", "planned", "1000.00"),
        ("", "three", "planned", "3000.00"),
        ("", "two", "planned", "1500.00"),
    ]


BRIDGES = """
2026-01-02 * "Acme" "Shop"
  contract: "shop"
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  milestone-one: "50% 2026-03-01"
  milestone-two: "50% 2026-04-01"
  Assets:Receivable  2,400.00 USD
  Liabilities:VAT     -400.00 USD
  Income:Design
"""


def test_with_bridges_the_unbilled_stand_on_no_receivable_and_come_in_in_gross() -> None:
    loaded = ledger(BRIDGES, '2026-02-01 custom "milestone" "shop" "one" "progress" 60\n')

    # 60 % of 1,200; net 30 from the day, and from the targets.
    assert expected(loaded, "2026-02-10") == [
        ("2026-03-12", "one", "unbilled", "720.00"),
        ("2026-03-31", "one", "planned", "480.00"),
        ("2026-05-01", "two", "planned", "1200.00"),
    ]


def test_a_target_that_is_past_counts_from_the_day_that_one_looks() -> None:
    # Net 30 from 2026-03-11, as the target of one was 2026-03-01.
    assert expected(ledger(BRIDGES), "2026-03-11")[0] == (
        *("2026-04-10", "one", "planned", "1200.00"),
    )


def test_what_is_delivered_is_billed_when_it_counts_as_accepted() -> None:
    loaded = ledger(
        BRIDGES.replace('"shop"', '"shop"\n  acceptance: 14'),
        '2026-02-10 custom "milestone" "shop" "two" "delivered"\n',
    )

    # 2026-02-10 and 14 days and 30 days.
    assert expected(loaded, "2026-02-11")[0] == ("2026-03-26", "two", "planned", "1200.00")
    assert expected(ledger(BRIDGES), "2026-02-11")[1] == (
        *("2026-05-01", "two", "planned", "1200.00"),
    )


def test_what_is_paid_and_settles_nothing_is_taken_off() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "1200.00", "^INV-1"))

    assert expected(loaded, "2026-03-02") == [
        ("2026-03-30", "two", "outstanding", "2000.00"),
        ("", "", "unapplied", "-200.00"),
        ("", "three", "planned", "3000.00"),
    ]


def test_a_debit_that_no_contract_explains_is_expected_too() -> None:
    hosting = """
        2026-02-01 * "Acme" "Hosting" ^H-1
          due: 2026-02-15
          Assets:Receivable  60.00 USD
          Income:Fees
    """
    (row, *_) = forecast(books(ledger(ACME, hosting), "2026-02-02"))

    assert (str(row.date), row.client, row.contract, row.milestone) == (
        *("2026-02-15", "Acme", "", ""),
    )
    assert (row.invoice, row.amount) == ("H-1", Decimal(60))


LESS = """
2026-01-03 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100% 2026-02-10"
  Assets:Receivable  -250.00 USD
  Income:Design
"""


def test_a_reduction_takes_off_once() -> None:
    loaded = ledger(ACME, LESS, billed("2026-02-01 less completed", "2026-03-01 two completed"))

    # Planned, net 30 from 2026-02-10.
    assert ("2026-03-12", "less", "planned", "-250.00") in expected(loaded, "2026-01-31")
    # Completed, and nothing there that it could settle.
    assert ("", "less", "unapplied", "-250.00") in expected(loaded, "2026-02-01")
    # Then there is: 2,000 less 250.
    assert expected(loaded, "2026-03-01")[0] == ("2026-03-31", "two", "unbilled", "1750.00")
    assert sum(row.amount for row in forecast(books(loaded, "2026-03-01"))) == 5750


def test_what_was_held_back_and_is_released_is_not_held_again() -> None:
    """900 of the work is paid, and the 100 that were held: there is nothing to come, nor late."""
    loaded = ledger(
        """
        2026-01-01 * "Acme" "House"
          contract: "acme"
          retention: Assets:Retention
          milestone-work: "100%"
          Assets:Receivable  1,000.00 USD
          Income:Design
        2026-01-01 * "Acme" "House: held back"
          contract: "acme"
          milestone-held: "100% 2026-03-01"
          Assets:Receivable  -100.00 USD
          Assets:Retention
        2026-02-01 custom "contract" "acme" "progress"
          invoice: "INV-1"
          milestone-work: 100
          milestone-held: 100
        2026-02-01 custom "milestone" "acme" "work" "completed"
        2026-04-01 custom "milestone" "acme" "held" "credited"
          invoice: "INV-2"
        """,
        paid("2026-03-03", "900.00", "^INV-1"),
        paid("2026-04-10", "100.00", "^INV-2"),
    )

    # Until it is released it is expected on its target.
    assert expected(loaded, "2026-01-15") == [("", "work", "planned", "1000.00")]
    assert expected(loaded, "2026-02-15") == [
        ("2026-03-03", "work", "outstanding", "900.00"),
        ("2026-03-31", "held", "planned", "100.00"),
    ]
    assert [row[1:] for row in expected(loaded, "2026-04-01")] == [
        ("held", "outstanding", "100.00")
    ]
    at = books(loaded, "2026-12-31")
    assert (forecast(at), check(at)) == ([], [])
    (standing,), found = contracts(at), story(at, "acme")
    assert found
    assert standing.remaining == sum(row.remaining for row in status(at)) == 0
    assert [proof.open for proof in found.proofs] == [0] * 3
    since = changes(books(loaded, "2026-12-31"), datetime.date(2026, 3, 31))
    assert {change.change for change in since} == {"credited", "paid"}
    assert [line.milestone for line in schedule(at, "acme").lines] == ["work"]


def test_money_goes_out_for_what_we_buy_and_what_is_only_proposed_is_left_out() -> None:
    buying = """
        2026-01-02 * "Supplier" "Print"
          contract: "print"
          milestone-one: "100% 2026-02-01"
          Expenses:CardFees  100.00 USD
          Liabilities:VAT
    """
    proposed = ACME.replace("2026-01-01 *", "2026-02-01 !").replace('"acme"', '"next"')
    loaded = ledger(ACME, buying, proposed)

    found = forecast(books(loaded, "2026-03-01"))
    assert {(row.contract, row.side) for row in found} == {("acme", "sell"), ("print", "buy")}
    assert [row.amount for row in found if row.side == "buy"] == [100]


def test_the_last_day_there_is() -> None:
    rows = forecast(books(ledger(ACME, TWO_BILLS, BRIDGES), "9999-12-31"))

    assert {row.month for row in rows} == {"9999-12", ""}
