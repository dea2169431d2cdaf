"""Open items, aging, contracts and reconciliation: worked out by hand, and laws for any ledger."""

import datetime
from collections import defaultdict
from dataclasses import asdict, fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from beancount_milestones import reports
from beancount_milestones.reports import AGES, Aged, Books, Reconciled, Scope, Standing
from tests.receivables import (
    ACME,
    TWO_BILLS,
    balance,
    billed,
    books,
    ledger,
    on_some_days,
    paid,
    texts,
)
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded

ROOT = Path(__file__).parent.parent
BOOKS = [ROOT / "ledger" / "main.beancount", *sorted((ROOT / "examples").glob("*.beancount"))]


def told(row: object) -> dict[str, str]:
    """What a row says: as text, without what is nothing."""
    return {name: str(value) for name, value in asdict(row).items() if value}  # type: ignore[call-overload]


def items(loaded: Loaded, date: str) -> list[tuple[str, ...]]:
    """Kind, milestone or client, number, due, open, days of what is open."""
    return [
        (i.kind, i.milestone or i.client, i.invoice, str(i.due), str(i.open), str(i.days))
        for i in reports.items(books(loaded, date))
    ]


# ---------------------------------------------------------------- open items

# One is due on 2026-03-03, two on 2026-03-31. A bill by hand, and 50 too much on INV-1.
MIXED = (
    ACME,
    TWO_BILLS,
    '2026-03-02 custom "milestone" "acme" "three" "progress" 50\n',
    paid("2026-03-05", "1050.00", "^INV-1"),
    """
    2026-03-06 * "Bolt" "By hand" ^H-1
      due: 2026-03-20
      Assets:Receivable  80.00 USD
      Income:Fees
    """,
)


def test_every_kind_of_item() -> None:
    assert items(ledger(*MIXED), "2026-03-31") == [
        ("other", "Bolt", "H-1", "2026-03-20", "80.00", "11"),
        ("invoiced", "two", "INV-2", "2026-03-31", "2000.00", "None"),
        ("uninvoiced", "three", "", "2026-04-01", "1500.00", "None"),
        ("unapplied", "Acme", "", "None", "-50.00", "None"),
    ]


@pytest.mark.parametrize(
    ("scope", "kinds"),
    [
        (Scope(client="ACME"), ["invoiced", "uninvoiced", "unapplied"]),
        (Scope(client="bolt"), ["other"]),
        (Scope(contract="acme"), ["invoiced", "uninvoiced"]),
        (Scope(client="bolt", contract="acme"), []),
    ],
)
def test_items_of_a_client_or_a_contract(scope: Scope, kinds: list[str]) -> None:
    at = replace(books(ledger(*MIXED), "2026-03-31"), scope=scope)

    assert [item.kind for item in reports.items(at)] == kinds


def test_the_bills_of_a_milestone_are_settled_before_what_waits_for_one() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "three" "progress" 10\n  invoice: "INV-3"\n'
        "  due: 2026-12-31\n",
        '2026-02-02 custom "milestone" "acme" "three" "progress" 40\n',
        # Exactly what waits for a bill, and it is due before the bill.
        paid("2026-02-05", "900.00"),
    )

    assert items(loaded, "2026-02-05") == [
        ("uninvoiced", "three", "", "2026-03-04", "300.00", "None")
    ]
    again = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "three" "progress" 10\n  invoice: "INV-3"\n',
        '2026-02-02 custom "milestone" "acme" "three" "progress" 40\n',
        paid("2026-02-05", "300.00", "^INV-3"),
        paid("2026-02-06", "900.00"),
    )
    assert items(again, "2026-02-06") == []


def test_what_is_charged_beside_a_milestone_without_an_invoice_is_its_own_item() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed"),
        """
        2026-02-02 * "Acme" "Courier" ^acme/one
          Assets:Receivable  20.00 USD
          Income:Fees
        """,
    )

    assert items(loaded, "2026-02-02") == [
        ("other", "Acme", "", "2026-02-02", "20.00", "None"),
        ("uninvoiced", "one", "", "2026-03-03", "1000.00", "None"),
    ]
    (row,) = reports.reconcile(books(loaded, "2026-02-02"))
    assert texts(row.other, row.uninvoiced, row.balance) == ["20.00", "1000.00", "1020.00"]


def test_an_invoice_that_another_plugin_has_taken_away_is_not_open() -> None:
    loaded = ledger(ACME, TWO_BILLS)
    kept = [entry for entry in loaded.entries if "event" not in entry.meta]

    assert items(loaded._replace(entries=kept), "2026-03-31") == []


LESS = """
2026-01-03 * "Acme" "Less" ^brand-2026
  contract: "acme"
  milestone-less: "100%"
  Assets:Receivable  -250.00 USD
  Income:Design
"""


def test_a_reduction_is_never_outstanding() -> None:
    loaded = ledger(ACME, TWO_BILLS, LESS, billed("2026-03-05 less completed"))
    at = books(loaded, "2026-03-05")

    assert sum(row.outstanding for row in reports.status(at)) == 2750
    assert [row.total for row in reports.aging(at)] == [2750]
    less = reports.status(at)[-1]
    assert texts(less.paid, less.outstanding, less.unbilled) == ["-250.00", "0.00", "0.00"]


def test_a_reduction_of_nothing_is_unapplied_and_says_where_it_is_written() -> None:
    loaded = ledger(ACME, LESS, billed("2026-03-05 less completed"))
    account, credit = reports.reconcile(books(loaded, "2026-03-05"))

    assert told(account) == {
        "kind": "account",
        "account": "Assets:Receivable",
        "currency": "USD",
        "unapplied": "250.00",
        "balance": "-250.00",
        "side": "sell",
    }
    assert texts(credit.narration, credit.links, credit.unapplied) == [
        "Less",
        "brand-2026",
        "250.00",
    ]
    assert credit.line


# ---------------------------------------------------------------- aging


def test_each_bill_is_aged_by_its_own_due_date() -> None:
    # Due 2026-03-03 and 2026-03-31; the payment says that it is for the second one.
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "500.00", "^INV-2"))

    def ages(date: str) -> list[dict[str, str]]:
        return [told(row) for row in reports.aging(books(loaded, date))]

    who = {"client": "Acme", "currency": "USD", "total": "2500.00", "side": "sell"}
    assert ages("2026-03-31") == [who | {"current": "1500.00", "days_1_30": "1000.00"}]
    assert ages("2026-04-02") == [who | {"days_1_30": "2500.00"}]
    assert ages("2026-04-03") == [who | {"days_1_30": "1500.00", "days_31_60": "1000.00"}]
    assert ages("2026-05-03") == [who | {"days_31_60": "1500.00", "days_61_90": "1000.00"}]
    assert ages("2026-06-02") == [who | {"days_61_90": "1500.00", "days_over_90": "1000.00"}]
    assert ages("2026-06-30") == [who | {"days_over_90": "2500.00"}]
    assert ages("2025-12-31") == []


def test_clients_by_name_and_currency_without_case() -> None:
    def contract(name: str, client: str, currency: str) -> str:
        return f"""
2026-01-01 * "{client}" "{name}"
  contract: "{name}"
  milestone-all: "100%"
  Assets:Receivable  100.00 {currency}
  Income:Design
2026-01-02 custom "milestone" "{name}" "all" "completed"
  invoice: "{name}-1"
"""

    loaded = ledger(
        contract("d", "Zeta", "USD"),
        contract("a", "Acme", "USD"),
        contract("b", "ACME", "USD"),
        contract("c", "Acme", "EUR"),
    )
    found = reports.aging(books(loaded, "2026-01-02"))

    assert [(row.client, row.currency, str(row.total)) for row in found] == [
        ("Acme", "EUR", "100.00"),
        ("Acme", "USD", "200.00"),
        ("Zeta", "USD", "100.00"),
    ]
    assert found[0].days_over_90 == 0


# ---------------------------------------------------------------- contracts


def test_a_contract_with_change_orders_bills_and_a_proposal() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "250.00", "^INV-1"),
        '2026-03-06 custom "milestone" "acme" "three" "progress" 50\n',
        """
        2026-02-01 * "Acme" "More"
          contract: "acme"
          milestone-more: "100%"
          Assets:Receivable  500.00 USD
          Income:Design

        2026-02-02 ! "Acme" "Perhaps"
          contract: "acme"
          milestone-perhaps: "100%"
          Assets:Receivable  700.00 USD
          Income:Design

        2026-02-03 * "Acme" "Release of what was held back"
          contract: "acme"
          milestone-release: "100%"
          Assets:Receivable  90.00 USD
          Assets:Retention

        2026-03-07 custom "milestone" "acme" "more" "cancelled"
        2026-03-07 custom "milestone" "acme" "release" "invoiced"
        """,
    )
    before, after = (
        reports.contracts(books(loaded, date)) for date in ("2026-02-02", "2026-03-31")
    )

    assert [told(row) for row in before] == [
        {
            "contract": "acme",
            "title": "Brand",
            "client": "Acme",
            "currency": "USD",
            "value": "6000.00",
            "changes": "500.00",
            "total": "6500.00",
            "earned": "1000.00",
            "billed": "1000.00",
            "outstanding": "1000.00",
            # 1,000 of 6,500.
            "remaining": "5500.00",
            "percent": "15.38",
            "proposed": "700.00",
            "side": "sell",
        }
    ]
    assert [told(row) for row in after] == [
        {
            "contract": "acme",
            "title": "Brand",
            "client": "Acme",
            "currency": "USD",
            # To release what was held changes nothing but what is billed.
            "value": "6000.00",
            "changes": "500.00",
            "cancelled": "500.00",
            "total": "6000.00",
            "earned": "4500.00",
            "billed": "3090.00",
            "paid": "250.00",
            "outstanding": "2840.00",
            # 6,000 less 4,590 earned or billed.
            "remaining": "1410.00",
            "percent": "75.00",
            "position": "1500.00",
            "proposed": "700.00",
            "side": "sell",
        }
    ]
    assert reports.contracts(books(loaded, "2025-12-31")) == []


def test_billed_ahead_of_the_work_is_a_liability() -> None:
    loaded = ledger(
        ACME.replace('"acme"', '"acme"\n  deferred: Liabilities:Deferred'),
        '2026-02-01 custom "milestone" "acme" "two" "invoiced"\n  invoice: "INV-1"\n',
        '2026-02-02 custom "milestone" "acme" "two" "progress" 25\n',
    )
    (row,) = reports.contracts(books(loaded, "2026-02-02"))

    assert texts(row.earned, row.billed, row.position) == ["500.00", "2000.00", "-1500.00"]
    assert str(row.percent) == "8.33"


def test_a_deposit_is_no_work_and_a_contract_of_proposals_has_no_value() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Deposit"
          contract: "deposit"
          milestone-all: "100%"
          Assets:Receivable  120.00 USD
          Liabilities:VAT    -20.00 USD
          Liabilities:Deferred

        2026-01-02 custom "milestone" "deposit" "all" "invoiced"
        """,
        ACME.replace("2026-01-01 *", "2026-01-01 !"),
    )
    deposit, acme = reports.contracts(books(loaded, "2026-01-02"))

    # Net of tax: an advance payment.
    assert texts(deposit.earned, deposit.position, deposit.percent) == [
        *("120.00", "-100.00", "None")
    ]
    assert texts(acme.total, acme.percent, acme.proposed) == ["0.00", "None", "6000.00"]


def test_a_contract_in_two_currencies_has_two_rows() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Two"
          contract: "acme"
          milestone-one: "100%"
          Assets:Receivable  100.00 USD
          Assets:Receivable  200.00 EUR @ 1.10 USD
          Income:Design
        """
    )

    assert [(r.currency, str(r.value)) for r in reports.contracts(books(loaded, "2026-01-01"))] == [
        ("USD", "100.00"),
        ("EUR", "200.00"),
    ]


# ---------------------------------------------------------------- reconciliation


def test_an_account_and_its_unapplied_credits() -> None:
    account, credit = reports.reconcile(books(ledger(*MIXED), "2026-03-31"))

    # 1,000 + 2,000 + 1,500 + 80 - 1,050
    assert told(account) == {
        "kind": "account",
        "account": "Assets:Receivable",
        "currency": "USD",
        "invoiced": "2000.00",
        "uninvoiced": "1500.00",
        "other": "80.00",
        "unapplied": "50.00",
        "balance": "3530.00",
        "side": "sell",
    }
    assert account.difference == 0
    shown = told(credit)
    assert int(shown.pop("line")) > 20
    assert shown == {
        "kind": "unapplied",
        "account": "Assets:Receivable",
        "currency": "USD",
        "unapplied": "50.00",
        "date": "2026-03-05",
        "payee": "Acme",
        "narration": "Paid",
        "links": "INV-1",
        "file": "<string>",
        "side": "sell",
    }


def test_what_is_asked_about_picks_whole_accounts() -> None:
    second = ACME.replace('"acme"', '"bolt"').replace('"Acme"', '"Bolt"')
    at = books(
        ledger(*MIXED, second.replace("Assets:Receivable", "Assets:Receivable:Acme")), "2026-03-31"
    )

    def accounts(
        client: str | None = None, contract: str | None = None
    ) -> list[tuple[str, Decimal | None]]:
        found = reports.reconcile(replace(at, scope=Scope(client, contract)))
        return [(row.account, row.balance) for row in found if row.kind == "account"]

    assert accounts(client="acme") == [("Assets:Receivable", Decimal(3530))]
    assert accounts(contract="bolt") == [("Assets:Receivable:Acme", Decimal(0))]
    assert len(accounts()) == 2
    assert reports.reconcile(replace(at, as_of=datetime.date(2025, 12, 31))) == []


# ---------------------------------------------------------------- laws


def check(loaded: Loaded, date: str) -> None:
    """Every report of a day says the same, and it is what the ledger has."""
    at = books(loaded, date)
    status = reports.status(at)
    outstanding: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in status:
        outstanding[row.account, row.currency] += row.outstanding
    # Aging is the balance of the accounts, client by client.
    aged: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for age in reports.aging(at):
        ages = sum(getattr(age, column) for column in AGES)
        assert age.total == age.not_billed + ages - age.unapplied
        aged[age.side, age.currency] += age.total
    held_by: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in reports.reconcile(at):
        if line.balance:
            held_by[line.side, line.currency] += line.balance
    assert {k: v for k, v in aged.items() if v} == {k: v for k, v in held_by.items() if v}
    # What the reconciliation calls invoiced is outstanding, but for what was returned to a
    # milestone that has no invoice; and it explains the ledger.
    raised = {i.account.name for i in at.open_items().items if not i.invoiced and i.raised}
    held = balance(loaded, date)
    unapplied: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    found = reports.reconcile(at)
    for line in found:
        key = (line.account, line.currency)
        if line.kind == "account":
            assert line.invoiced == outstanding[key] or line.account in raised
            sign = -1 if line.side == "buy" else 1
            assert line.balance == sign * held.get(key, Decimal(0))
            assert line.difference == 0
        else:
            unapplied[key] += line.unapplied
    for line in found:
        if line.kind == "account":
            assert line.unapplied == unapplied[line.account, line.currency]
    check_contracts(at)


def check_contracts(at: Books) -> None:
    """Contracts are the sums of the rows of their milestones."""
    status = reports.status(at)
    for standing in reports.contracts(at):
        rows = [
            row
            for row in status
            if (row.contract, row.currency) == (standing.contract, standing.currency)
            and row.status != "proposed"
        ]
        columns = ("billed", "paid", "outstanding", "retention")
        assert standing.total == standing.value + standing.changes - standing.cancelled
        for column in columns:
            assert getattr(standing, column) == sum(getattr(row, column) for row in rows)


@given(ledgers)
@settings(max_examples=80)
def test_reports_agree_at_every_date(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        check(loaded, date)


@given(ledgers)
@settings(max_examples=60)
def test_an_item_waits_until_the_bills_of_its_milestone_are_settled(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks)[-2:]:
        found = reports.items(books(loaded, date))
        billed = {(i.contract, i.milestone, i.account, i.currency): i for i in found if i.invoice}
        for item in found:
            bill = billed.get((item.contract, item.milestone, item.account, item.currency))
            assert item.kind != "uninvoiced" or not bill or not item.settled


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_reports_agree_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path, 12):
        check(loaded, date)


@pytest.mark.parametrize("row", [Aged, Standing, Reconciled, reports.OpenItem])
def test_every_column_stands_in_the_reference(row: type) -> None:
    text = (ROOT / "docs" / "reference.md").read_text()
    table = text.split(f"<!-- {row.__name__} -->")[1].split("\n\n")[1]
    names = [
        name.strip().strip("`")
        for line in table.splitlines()[2:]
        for name in line.split("|")[1].split(",")
    ]
    assert names == [field.name for field in fields(row)]
