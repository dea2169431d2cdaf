"""A milestone on an account on a day (section 5 of the manual), worked out by hand."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from beancount.core import data
from hypothesis import given, settings

from beancount_milestones import reports
from beancount_milestones.receivables import Account
from beancount_milestones.reports import Row, Scope, status
from beancount_milestones.reports.positions import Position, positions
from tests.receivables import (
    ACME,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    on_some_days,
    paid,
    rows,
    texts,
)
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded


def words(loaded: Loaded, milestone: str, *dates: str) -> list[str]:
    """The status of a milestone on some days."""
    return [rows(loaded, date)[milestone].status for date in dates]


def plain(row: Row) -> str:
    """Amount, paid, outstanding, unbilled and remaining, without zeros at the end."""
    figures = (row.amount, row.paid, row.outstanding, row.unbilled, row.remaining)
    return " ".join(f"{figure.normalize():f}" for figure in figures)


# ---------------------------------------------------------------- status


def test_credited_until_it_is_billed_again_or_waived() -> None:
    note = billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1")
    again = billed("2026-02-10 two invoiced INV-2")
    waived = billed("2026-02-10 two waived")

    assert words(ledger(ACME, note), "two", "2026-02-01", "2026-02-05", "2026-02-20") == [
        *("outstanding", "credited", "credited")
    ]
    assert words(ledger(ACME, note, again), "two", "2026-02-09", "2026-02-10") == [
        *("credited", "outstanding")
    ]
    # A concession: completed, and nothing of it will be billed.
    found = rows(ledger(ACME, note, waived), "2026-02-10")["two"]
    assert (found.status, plain(found)) == ("completed", "0 0 0 0 0")


def test_credited_in_part_and_paid_is_credited() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 two completed INV-1"),
        '2026-02-05 custom "milestone" "acme" "two" "credited" 75\n  invoice: "CN-1"\n',
        paid("2026-02-10", "1500.00", "^INV-1"),
        '2026-02-11 custom "milestone" "acme" "two" "waived"\n',
    )

    assert words(loaded, "two", "2026-02-05", "2026-02-10", "2026-02-11") == [
        *("outstanding", "credited", "paid")
    ]
    assert plain(rows(loaded, "2026-02-11")["two"]) == "1500 1500 0 0 0"


def test_written_off_is_settled_without_money() -> None:
    def settled(*parts: str) -> str:
        posted = "".join(f"  {part}\n" for part in parts)
        entry = f'2026-03-01 * "Acme" "Settled" ^INV-1\n{posted}  Assets:Receivable\n'
        loaded = ledger(ACME, billed("2026-02-01 two completed INV-1"), entry)
        return rows(loaded, "2026-03-01")["two"].status

    assert settled("Expenses:BadDebts  2,000.00 USD") == "written-off"
    assert settled("Assets:Bank  1,500.00 USD", "Expenses:BadDebts  500.00 USD") == "paid"
    # Without money, but nothing that was given up either.
    assert settled("Income:Discount  2,000.00 USD") == "paid"
    assert settled("Liabilities:VAT  2,000.00 USD") == "paid"


def test_waived_when_it_is_half_billed() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "progress" 50\n  invoice: "INV-1"\n',
        billed("2026-02-02 two completed", "2026-02-05 two waived"),
    )

    assert plain(rows(loaded, "2026-02-04")["two"]) == "2000 0 1000 1000 0"
    assert plain(rows(loaded, "2026-02-05")["two"]) == "1000 0 1000 0 0"


# ---------------------------------------------------------------- reach


def test_in_the_simple_mode_nothing_is_unbilled_that_is_in_no_account() -> None:
    """A credit note takes both sides down until it is invoiced again."""
    loaded = ledger(ACME, billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1"))

    assert plain(rows(loaded, "2026-02-05")["two"]) == "2000 0 0 0 2000"


def test_with_bridges_what_is_credited_is_earned_all_the_same() -> None:
    bridged = ACME.replace('contract: "acme"', 'contract: "acme"\n  unbilled: Assets:Unbilled')
    loaded = ledger(
        bridged, billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1")
    )

    found = rows(loaded, "2026-02-05")["two"]
    assert (found.status, plain(found)) == ("unbilled", "2000 0 0 2000 0")


# ---------------------------------------------------------------- late and done


RELEASE = """
2026-01-01 * "Acme" "House"
  contract: "acme"
  retention: Assets:Retention
  milestone-work: "100% 2026-02-01"
  Assets:Receivable  900.00 USD
  Assets:Retention   100.00 USD
  Income:Design
2026-01-01 * "Acme" "House: release"
  contract: "acme"
  milestone-release: "100% 2026-02-01"
  Assets:Receivable  100.00 USD
  Assets:Retention
"""


def late(loaded: Loaded, date: str) -> list[str]:
    return [name for name, row in rows(loaded, date).items() if row.late]


def test_work_is_late_until_it_is_completed_and_a_release_until_it_is_billed() -> None:
    loaded = ledger(
        RELEASE,
        billed("2026-02-03 work invoiced", "2026-02-04 work completed"),
        '2026-02-05 custom "milestone" "acme" "release" "invoiced" 50\n',
        billed("2026-02-06 release invoiced"),
    )

    assert late(loaded, "2026-02-01") == []
    assert late(loaded, "2026-02-03") == ["work", "release"]
    assert late(loaded, "2026-02-04") == ["release"]
    # Half of it is not all of it.
    assert late(loaded, "2026-02-05") == ["release"]
    assert late(loaded, "2026-02-06") == []


LESS = """
2026-01-01 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100% 2026-02-01"
  Assets:Receivable  -300.00 USD
  Income:Design
"""


def test_what_an_application_earns_and_bills_in_full_is_done() -> None:
    bill = """
2026-02-03 custom "contract" "acme" "progress"
  invoice: "PA-1"
  milestone-work: 100
  milestone-less: 100
"""
    loaded = ledger(RELEASE, LESS, bill, paid("2026-02-20", "600.00", "^PA-1"))

    assert late(loaded, "2026-02-02") == ["work", "release", "less"]
    assert late(loaded, "2026-02-03") == ["release"]
    found = {p.milestone.id: p for p in positions(books(loaded, "2026-02-20"))}
    assert [(found[name].status, found[name].done) for name in ("work", "less")] == [
        ("paid", day("2026-02-03")),
        ("paid", day("2026-02-03")),
    ]


def test_a_reduction_that_is_done_makes_less_unbilled() -> None:
    bridged = RELEASE.replace(
        '"acme"\n  retention', '"acme"\n  unbilled: Assets:Unbilled\n  retention'
    )
    done = billed("2026-02-01 work completed", "2026-02-02 less completed")
    found = rows(ledger(bridged, LESS, done), "2026-02-03")

    assert [(found[name].status, plain(found[name])) for name in ("work", "less")] == [
        ("unbilled", "900 0 0 900 0"),
        ("unbilled", "-300 0 0 -300 0"),
    ]
    # It is billed and waits for something to settle.
    waits = billed("2026-02-02 less completed CN-1")
    less = rows(ledger(bridged, LESS, waits), "2026-02-03")["less"]
    assert (less.status, plain(less)) == ("completed", "-300 0 0 0 0")


def test_what_is_cancelled_or_waived_is_done() -> None:
    loaded = ledger(RELEASE, billed("2026-02-03 work waived", "2026-02-03 release cancelled"))

    assert late(loaded, "2026-02-02") == ["work", "release"]
    assert late(loaded, "2026-02-03") == []
    done = [found.done for found in positions(books(loaded, "2026-02-03"))]
    assert done == [day("2026-02-03")] * 2


HELD = """
2026-01-01 * "Acme" "House"
  contract: "acme"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable  1,000.00 USD
  Income:Design
2026-01-01 * "Acme" "House: held back"
  contract: "acme"
  milestone-held: "100% 2026-02-01"
  Assets:Receivable  -100.00 USD
  Assets:Retention
2026-02-03 custom "contract" "acme" "progress"
  invoice: "INV-1"
  milestone-work: 100
  milestone-held: 80
2026-02-05 custom "milestone" "acme" "held" "credited" 50
2026-02-07 custom "milestone" "acme" "held" "credited"
"""
#: The same, bought.
OURS = (
    HELD.replace("Assets:Receivable  ", "Liabilities:VAT  -")
    .replace("--", "")
    .replace("Assets:Retention", "Liabilities:Retention")
    .replace("Income:Design", "Expenses:CardFees")
)


@pytest.mark.parametrize("text", [HELD, OURS], ids=["sell", "buy"])
def test_what_is_held_back_is_done_when_all_of_it_is_released(text: str) -> None:
    again = '2026-02-09 custom "milestone" "acme" "held" "invoiced" 30\n'
    loaded = ledger("2020-01-01 open Liabilities:Retention\n", text, again)

    def held(date: str) -> tuple[bool, str]:
        row = rows(loaded, date)["held"]
        return row.late, plain(row)

    # 80 of 100 are held, and then 50.
    assert held("2026-02-03") == (True, "-100 -80 0 0 -20")
    assert held("2026-02-05") == (True, "-100 -80 30 0 -50")
    # All of it is owed, and nothing is to be held any more.
    assert held("2026-02-07") == (False, "0 -80 80 0 0")
    (done,) = {found.done for found in positions(books(loaded, "2026-02-08"))[1:]}
    assert done == day("2026-02-07")
    # Until it is: 30 of what was released are not owed any more.
    assert held("2026-02-09") == (True, "-100 -80 50 0 -70")


def test_a_release_that_is_credited_is_to_be_billed_again() -> None:
    loaded = ledger(RELEASE, billed("2026-02-06 release invoiced", "2026-02-07 release credited"))

    assert late(loaded, "2026-02-06") == ["work"]
    assert late(loaded, "2026-02-07") == ["work", "release"]
    assert plain(rows(loaded, "2026-02-07")["release"]) == "100 0 0 0 100"


def test_a_proposal_is_neither_late_nor_done() -> None:
    loaded = ledger(RELEASE.replace("2026-01-01 *", "2026-01-01 !"))
    found = positions(books(loaded, "2026-03-01"))

    assert [(one.proposed, one.late, one.done, one.status) for one in found] == [
        (True, False, None, "proposed")
    ] * 2


def test_a_proposal_on_a_billed_milestone_has_a_row_of_its_own() -> None:
    more = """
    2026-03-01 ! "Acme" "More of it"
      contract: "acme"
      milestone-one: "100% More"
      Assets:Receivable:Grant  500.00 USD
      Income:Design
    """
    loaded = ledger(ACME, TWO_BILLS, more)
    agreed, proposed = (
        found for found in positions(books(loaded, "2026-03-01")) if found.milestone.id == "one"
    )

    assert (agreed.status, agreed.amount, agreed.title) == ("outstanding", Decimal(1000), "One")
    assert (proposed.status, proposed.amount, proposed.title) == ("proposed", Decimal(500), "More")
    assert proposed.account.name == "Assets:Receivable:Grant"
    assert not (proposed.items)
    assert not (proposed.paid)
    assert not proposed.numbers


# ---------------------------------------------------------------- the buy side


SUB = """
2026-01-01 * "Sub" "Piles"
  contract: "sub"
  milestone-one: "30% One"
  milestone-two: "rest Two"
  Expenses:CardFees      1,000.00 USD
  Liabilities:VAT
2026-02-01 custom "milestone" "sub" "one" "completed"
  invoice: "S-1"
2026-02-05 custom "milestone" "sub" "two" "progress" 10
2026-03-01 * "Sub" "Paid" ^S-1
  Assets:Bank             -200.00 USD
  Liabilities:VAT          200.00 USD
"""


def test_what_we_owe_is_positive_and_apart() -> None:
    loaded = ledger(ACME, TWO_BILLS, SUB)
    found = {row.milestone: row for row in status(books(loaded, "2026-03-04")) if row.side == "buy"}

    assert {name: plain(row) for name, row in found.items()} == {
        "one": "300 200 100 0 0",
        "two": "700 0 0 70 630",
    }
    assert [row.status for row in found.values()] == ["overdue", "unbilled"]
    assert [row.account for row in found.values()] == ["Liabilities:VAT"] * 2
    listed = [item.row for item in reports.outstanding(books(loaded, "2026-03-04"))]
    assert [(row.side, row.milestone) for row in listed] == [
        *(("sell", "one"), ("buy", "one"), ("sell", "two"))
    ]


def test_one_side_only() -> None:
    at = books(ledger(ACME, SUB), "2026-03-04")

    def names(side: Scope) -> set[str]:
        return {row.contract for row in status(replace(at, scope=side))}

    open_ = reports.items(replace(at, scope=Scope(side="sell")))
    assert [item.side for item in open_] == []
    assert {item.side for item in reports.items(at)} == {"buy"}
    assert names(Scope(side="sell")) == {"acme"}
    assert names(Scope(side="buy")) == {"sub"}
    assert names(Scope()) == {"acme", "sub"}


def test_what_is_bought_for_cash_is_on_the_buy_side_too() -> None:
    """It is owed on no account."""
    cash = SUB.split("2026-02-01", maxsplit=1)[0].replace("Liabilities:VAT", "Assets:Bank")
    at = books(ledger(ACME, cash), "2026-01-31")

    def found(scope: Scope) -> set[tuple[str, str]]:
        return {(row.contract, row.account) for row in status(replace(at, scope=scope))}

    assert found(Scope(side="buy")) == {("sub", "")}
    assert found(Scope(client="sub")) == {("sub", "")}
    assert found(Scope(client="acme")) == {("acme", "Assets:Receivable")}


# We bill PA-1; what the supplier bills is due 10 days after that is paid.
PAY_WHEN_PAID = """
2026-01-01 * "Owner" "Bridge"
  contract: "bridge"
  milestone-piles: "100%"
  Assets:Receivable      2,000.00 USD
  Income:Design
2026-01-01 * "Sub" "Piles"
  contract: "sub"
  terms: "net 10"
  milestone-one: "100%"
  Expenses:CardFees      1,000.00 USD
  Liabilities:VAT
2026-02-01 custom "milestone" "bridge" "piles" "completed"
  invoice: "PA-1"
2026-02-02 custom "milestone" "sub" "one" "completed"
  invoice: "S-1"
  due: "PA-1"
"""


def test_a_supplier_is_paid_when_we_are_paid() -> None:
    loaded = ledger(
        PAY_WHEN_PAID,
        paid("2026-04-01", "500.00", "^PA-1", payee="Owner"),
        paid("2026-04-20", "1500.00", "^PA-1", payee="Owner"),
    )

    def seen(date: str) -> list[str]:
        at = books(loaded, date)
        (row,) = (row for row in status(at) if row.side == "buy")
        (invoice,) = (row for row in reports.invoices(at) if row.side == "buy")
        (item,) = (item for item in reports.items(at) if item.side == "buy")
        assert row.due == invoice.due == item.due
        assert (invoice.status == "overdue") == (row.status == "overdue")
        return texts(row.status, row.due)

    # Some of it is not all of it.
    assert seen("2026-04-19") == ["outstanding", "None"]
    assert seen("2026-04-20") == ["outstanding", "2026-04-30"]
    assert seen("2026-05-01") == ["overdue", "2026-04-30"]
    at = books(loaded, "2026-04-19")
    (aged,) = (row for row in reports.aging(at) if row.side == "buy")
    assert texts(aged.client, aged.current) == ["Sub", "1000.00"]
    (expected,) = (row for row in reports.forecast(at) if row.side == "buy")
    assert (expected.month, expected.date, expected.kind) == ("", None, "outstanding")
    last = [item.row.due for item in reports.outstanding(at)]
    assert last == [day("2026-03-03"), None]
    assert [f.kind for f in reports.check(at) if f.contract == "sub"] == []


def test_a_supplier_who_bills_after_we_were_paid_is_due_by_the_terms_from_then() -> None:
    late = PAY_WHEN_PAID.replace("2026-02-02", "2026-05-01")
    loaded = ledger(late, owner_paid("2026-04-20", "2000.00"))

    (row,) = (row for row in status(books(loaded, "2026-05-01")) if row.side == "buy")
    assert str(row.due) == "2026-05-11"


def piles(*directives: str) -> str:
    """Directives like "2026-03-01 credited 50 CN-1": what happens to what we bill."""
    lines = []
    for directive in directives:
        date, event, *more = directive.split()
        number = [text for text in more if "-" in text]
        share = next((text for text in more if "-" not in text), "")
        lines.append(f'{date} custom "milestone" "bridge" "piles" "{event}" {share}')
        lines += [f'  invoice: "{text}"' for text in number]
    return "\n".join(lines) + "\n"


def owner_paid(date: str, amount: str, link: str = "^PA-1") -> str:
    return paid(date, amount, link, payee="Owner")


@pytest.mark.parametrize(
    ("parts", "dues"),
    [
        # The rest is credited and waived: the day of the last payment is too early.
        (
            (
                owner_paid("2026-03-01", "1500.00"),
                piles("2026-03-10 credited 75 CN-1", "2026-03-20 waived"),
            ),
            # Until it is waived it may be billed again.
            {"2026-03-19": None, "2026-03-20": "2026-03-30", "2026-12-31": "2026-03-30"},
        ),
        # Cancelled, once nothing of it is billed any more.
        (
            (piles("2026-03-10 credited CN-1", "2026-03-20 waived"),),
            {"2026-03-10": None, "2026-03-20": "2026-03-30"},
        ),
        # It is billed again: that has to be paid.
        (
            (
                piles("2026-03-10 credited CN-1", "2026-03-12 invoiced PA-2"),
                owner_paid("2026-04-01", "1999.00", "^PA-2"),
                owner_paid("2026-04-02", "1.00", "^PA-2"),
            ),
            {"2026-03-10": None, "2026-04-01": None, "2026-04-02": "2026-04-12"},
        ),
        # In two parts, of which one has no number.
        (
            (
                owner_paid("2026-03-01", "500.00"),
                piles("2026-03-10 credited 25 CN-1", "2026-03-12 invoiced 50 PA-2"),
                piles("2026-03-14 invoiced").replace('"invoiced" ', '"invoiced"'),
                owner_paid("2026-04-01", "500.00", "^PA-2"),
                owner_paid("2026-04-02", "1000.00", "^bridge/piles"),
            ),
            {"2026-03-12": None, "2026-04-01": None, "2026-04-02": "2026-04-12"},
        ),
        # What was settled stays so, whatever is taken back and billed again later.
        (
            (
                owner_paid("2026-03-01", "2000.00"),
                piles("2026-03-10 credited CN-1", "2026-03-12 invoiced PA-2"),
            ),
            {"2026-03-01": "2026-03-11", "2026-03-11": "2026-03-11", "2026-12-31": "2026-03-11"},
        ),
        # What is paid in advance is settled with its invoice, before the supplier's own.
        ((owner_paid("2026-01-05", "2000.00", "^bridge"),), {"2026-02-02": "2026-02-12"}),
    ],
)
def test_a_supplier_waits_for_what_becomes_of_the_invoice(
    parts: tuple[str, ...], dues: dict[str, str | None]
) -> None:
    loaded = ledger(PAY_WHEN_PAID, *parts)

    found = {}
    for date in dues:
        (row,) = (row for row in status(books(loaded, date)) if row.side == "buy")
        found[date] = row.due and str(row.due)
    assert found == dues


def test_a_supplier_waits_for_one_of_two_invoices() -> None:
    """A credit note takes the later one back: the first is settled when it is paid."""
    bill = PAY_WHEN_PAID.replace('"piles" "completed"', '"piles" "progress" 50')
    more = piles("2026-02-20 completed PA-2", "2026-03-10 credited 50 CN-1")
    loaded = ledger(bill, more, owner_paid("2026-03-20", "1000.00"))

    (row,) = (row for row in status(books(loaded, "2026-03-20")) if row.side == "buy")
    assert str(row.due) == "2026-03-30"


@pytest.mark.parametrize("owed", ["", "  Assets:Receivable  0.00 USD\n"])
def test_an_invoice_that_a_deposit_covers_is_settled_on_its_day(owed: str) -> None:
    deposit = """
    2026-01-01 * "Owner" "Deposit"
      contract: "bridge"
      milestone-deposit: "100%"
      Assets:Receivable      2,000.00 USD
      Liabilities:Deferred
    """
    covered = PAY_WHEN_PAID.replace(
        "Assets:Receivable      2,000.00 USD\n", f"Liabilities:Deferred  2,000.00 USD\n{owed}"
    )
    loaded = ledger(deposit, covered)

    (row,) = (row for row in status(books(loaded, "2026-02-28")) if row.side == "buy")
    assert str(row.due) == "2026-02-12"


def test_two_suppliers_wait_for_two_invoices_that_are_credited_on_one_day() -> None:
    more = """
    2026-01-01 * "Owner" "Bridge"
      contract: "bridge"
      milestone-deck: "100%"
      Assets:Receivable      500.00 USD
      Income:Design
    2026-02-01 custom "milestone" "bridge" "deck" "completed"
      invoice: "PA-7"
    2026-03-10 custom "milestone" "bridge" "deck" "credited"
      invoice: "CN-7"
    2026-01-05 * "Steel" "Steel"
      contract: "steel"
      terms: "net 10"
      milestone-all: "100%"
      Expenses:CardFees      100.00 USD
      Liabilities:VAT
    2026-02-01 custom "milestone" "steel" "all" "completed"
      invoice: "S-7"
      due: "PA-7"
    """
    loaded = ledger(
        PAY_WHEN_PAID,
        more,
        owner_paid("2026-03-01", "2000.00"),
        owner_paid("2026-03-02", "500.00", "^PA-7"),
        piles("2026-03-10 credited CN-1"),
    )

    found = status(books(loaded, "2026-12-31"))
    assert sorted(str(row.due) for row in found if row.side == "buy") == [
        *("2026-03-11", "2026-03-12")
    ]


def test_a_later_application_that_lowers_a_line_leaves_the_invoice_as_it_is() -> None:
    applied = """
    2026-01-01 * "Owner" "Bridge"
      contract: "bridge"
      milestone-deck: "100%"
      Assets:Receivable      500.00 USD
      Income:Design
    2026-03-10 custom "contract" "bridge" "progress"
      invoice: "PA-2"
      milestone-deck: 100
      milestone-piles: 90
    """
    bill = PAY_WHEN_PAID.replace('"piles" "completed"', '"piles" "progress" 95')
    half = ledger(bill, applied, owner_paid("2026-03-20", "1900.00"))

    (row,) = (row for row in status(books(half, "2026-03-20")) if row.side == "buy")
    assert str(row.due) == "2026-03-30"


@pytest.mark.parametrize(
    ("held", "due"),
    [
        # 50 less, and all of 100 that was held: PA-2 is an invoice, and PA-1 stays as it is.
        (0, "2026-03-30"),
        # 50 less, and 10 more held: a credit note. What it takes back may be billed again.
        (55, None),
        # 50 less, and 20 of what was held: that too.
        (40, None),
    ],
)
def test_a_supplier_waits_for_what_a_credit_note_takes_back_not_an_invoice(
    held: int, due: str | None
) -> None:
    applied = f"""
    2026-01-01 * "Owner" "Bridge: held back"
      contract: "bridge"
      retention: Assets:Retention
      milestone-held: "100%"
      Assets:Receivable     -200.00 USD
      Assets:Retention
    2026-02-01 custom "milestone" "bridge" "held" "invoiced" 50
      invoice: "PA-1"
    2026-03-10 custom "contract" "bridge" "progress"
      invoice: "PA-2"
      milestone-piles: 97.5
      milestone-held: {held}
    """
    bill = PAY_WHEN_PAID.replace('"piles" "completed"', '"piles" "progress" 100')
    loaded = ledger(bill, applied, owner_paid("2026-03-20", "1900.00"))

    (row,) = (row for row in status(books(loaded, "2026-03-20")) if row.side == "buy")
    assert (row.due and str(row.due)) == due


def test_what_we_paid_before_we_were_paid_is_no_habit() -> None:
    early = """
    2026-02-10 * "Sub" "Paid" ^S-1
      Assets:Bank          -1,000.00 USD
      Liabilities:VAT       1,000.00 USD
    """
    at = books(ledger(PAY_WHEN_PAID, early), "2026-02-11")

    assert {row.habit for row in reports.forecast(at)} == {None}
    assert reports.changes(at, day("2026-02-09"))[0].change == "paid"


# ---------------------------------------------------------------- lists and aging


HELD_BACK = """
2026-01-15 * "Acme" "Held back"
  contract: "acme"
  retention: Assets:Retention
  milestone-held: "100%"
  Assets:Receivable  -50.00 USD
  Assets:Retention
"""


# All of it, or half: the rest stays held on INV-1.
@pytest.mark.parametrize("release", ["credited", "credited 50"])
def test_what_takes_a_reduction_back_is_named_with_its_due_date(release: str) -> None:
    event, _, share = release.partition(" ")
    released = f"""
    2026-03-05 custom "milestone" "acme" "held" "{event}" {share}
      invoice: "R-1"
    """
    one = billed("2026-02-01 one completed INV-1", "2026-02-01 held invoiced INV-1")
    loaded = ledger(ACME, HELD_BACK, one, released)

    before = rows(loaded, "2026-03-04")["held"]
    assert texts(before.invoice, before.invoiced, before.due) == [
        *("INV-1", "2026-02-01", "2026-03-03")
    ]
    row = rows(loaded, "2026-03-05")["held"]
    assert texts(row.invoice, row.invoiced, row.due) == ["R-1", "2026-03-05", "2026-04-04"]
    listed = [one.row for one in reports.outstanding(books(loaded, "2026-03-05"))]
    assert [one.invoice for one in listed if one.milestone == "held"] == ["R-1"]


def test_a_line_that_is_open_on_an_application_before_is_named_with_its_due_date() -> None:
    applied = """
    2026-02-28 custom "contract" "acme" "progress"
      invoice: "INV-2"
      milestone-one: 0
      milestone-two: 100
    """
    one = billed("2026-02-01 one progress INV-1").replace('"progress"', '"progress" 100')

    row = rows(ledger(ACME, one, applied), "2026-02-28")["one"]
    assert texts(row.invoice, row.due, row.outstanding) == ["INV-1", "2026-03-03", "1000.00"]


COURIER = """
2026-02-10 * "Bolt" "Courier"
  invoice: "H-1"
  due: 2026-02-20
  Assets:Receivable  120.00 USD
  Income:Fees
2026-02-25 * "Bolt" "Some of it" ^H-1
  Assets:Bank         20.00 USD
  Assets:Receivable
"""


def test_outstanding_holds_what_no_contract_explains() -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed INV-1"), COURIER)
    found = reports.outstanding(books(loaded, "2026-02-28"))

    assert [(item.row.invoice, item.days) for item in found] == [("H-1", 8), ("INV-1", None)]
    by_hand = found[0]
    assert (by_hand.position, by_hand.entry.date) == (None, day("2026-02-10"))
    assert [(moved.kind, str(moved.amount)) for moved in by_hand.movements] == [
        ("payment", "20.00")
    ]
    row = by_hand.row
    assert (row.contract, row.milestone, row.title, row.client) == ("", "", "Courier", "Bolt")
    assert (row.status, row.late, row.side, row.account) == (
        *("overdue", False),
        *("sell", "Assets:Receivable"),
    )
    assert plain(row) == "120 20 100 0 0"
    assert texts(row.invoiced, row.due) == ["2026-02-10", "2026-02-20"]
    (early,) = (
        item.row
        for item in reports.outstanding(books(loaded, "2026-02-20"))
        if item.row.invoice == "H-1"
    )
    assert early.status == "outstanding"
    only = replace(books(loaded, "2026-02-28"), scope=Scope(contract="acme"))
    assert [item.row.invoice for item in reports.outstanding(only)] == ["INV-1"]


def test_aging_is_the_balance_of_the_account() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1"),
        COURIER,
        '2026-02-12 custom "milestone" "acme" "two" "progress" 25\n',
        paid("2026-02-15", "30.00", "^INV-9"),
    )
    acme, bolt = reports.aging(books(loaded, "2026-02-28"))

    assert texts(acme.client, acme.not_billed, acme.current, acme.unapplied, acme.total) == [
        *("Acme", "500.00", "1000.00", "30.00", "1470.00")
    ]
    assert texts(bolt.client, bolt.days_1_30, bolt.total) == ["Bolt", "100.00", "100.00"]


# ---------------------------------------------------------------- laws


def add_up(loaded: Loaded, date: str) -> None:
    """What is to be billed is paid, outstanding, unbilled or remaining."""
    at = books(loaded, date)
    for found in positions(at):
        if _is_plain(found):
            parts = (found.paid, found.outstanding, found.unbilled, found.remaining)
            assert found.amount == sum(parts), found.key
    owed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for aged in reports.aging(at):
        owed[aged.side, aged.currency] += aged.total
    assert {key: sum_ for key, sum_ in owed.items() if sum_} == held(loaded, date)


def _is_plain(found: Position) -> bool:
    """Whether no more is paid than can be billed, and it is no reduction."""
    return found.amount >= 0 and found.paid <= max(found.reached, found.billed)


def held(loaded: Loaded, date: str) -> dict[tuple[str, str], Decimal]:
    """The balance of the accounts in use, by side."""
    at = books(loaded, date)
    names = {account.name for account in at.in_use()}
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in loaded.entries:
        if isinstance(entry, data.Transaction) and entry.date <= at.as_of:
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                if posting.account in names:
                    side = at.side_of(Account(posting.account, posting.units.currency))
                    sign = -1 if side == "buy" else 1
                    sums[side, posting.units.currency] += sign * posting.units.number
    return {key: sum_ for key, sum_ in sums.items() if sum_}


@given(ledgers)
@settings(max_examples=40)
def test_what_is_to_be_billed_adds_up(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        add_up(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_what_is_to_be_billed_adds_up_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        add_up(loaded, date)


def test_both_sides_add_up() -> None:
    add_up(ledger(ACME, TWO_BILLS, SUB, COURIER), "2026-03-04")


def test_a_reduction_that_is_credited_back_adds_up_with_bridges() -> None:
    """It is done and not billed again: what it took off is owed again, and still to be given."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Site"
          contract: "acme"
          unbilled: Assets:Unbilled
          deferred: Liabilities:Deferred
          milestone-work: "100%"
          Assets:Receivable   1,200.00 USD
          Liabilities:VAT      -200.00 USD
          Income:Design
        2026-01-20 * "Acme" "Less"
          contract: "acme"
          milestone-less: "100%"
          Assets:Receivable    -120.00 USD
          Liabilities:VAT        20.00 USD
          Income:Design
        """,
        billed("2026-02-01 work completed A-1", "2026-02-02 less completed A-2"),
        billed("2026-02-10 less credited A-3"),
        paid("2026-02-20", "50.00", "^A-3"),
    )

    columns = ("amount", "paid", "outstanding", "unbilled", "remaining")

    def seen(date: str) -> list[int]:
        return [int(getattr(rows(loaded, date)["less"], column)) for column in columns]

    assert seen("2026-02-02") == [-120, -120, 0, 0, 0]
    assert seen("2026-02-10") == [-120, -120, 120, -120, 0]
    assert seen("2026-02-20") == [-120, -70, 70, -120, 0]
