"""Cash by month, worked out by hand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from beancount_milestones import amounts, postings
from beancount_milestones.receivables import open_items
from beancount_milestones.reports import (
    Books,
    Cash,
    Received,
    Scope,
    by_month,
    forecast,
    received,
)
from tests.receivables import (
    ACME,
    BOLT,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    on_some_days,
    paid,
    returned,
    texts,
    values,
)
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded


def cash(loaded: Loaded, date: str) -> list[tuple[str, str, str]]:
    """Date, milestone and amount of what came in."""
    return [
        (str(row.date), row.milestone, f"{row.amount:f}") for row in received(books(loaded, date))
    ]


def months(loaded: Loaded, date: str) -> list[list[str]]:
    """Month, currency, received, due and planned."""
    at = books(loaded, date)
    return [
        texts(row.month, row.currency, row.received, row.due, row.planned)
        for row in by_month(received(at), forecast(at))
    ]


# ---------------------------------------------------------------- received


def test_a_payment_as_a_whole() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "250.00", "^INV-1"))

    assert received(books(loaded, "2026-03-02")) == [
        Received(
            date=day("2026-03-02"),
            client="Acme",
            contract="acme",
            milestone="one",
            amount=Decimal(250),
            currency="USD",
            account="Assets:Receivable",
        )
    ]
    assert received(books(loaded, "2026-03-01")) == []


def test_a_payment_of_several_bills_counts_for_each() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "1200.00", "^acme"))

    assert cash(loaded, "2026-03-02") == [
        ("2026-03-02", "one", "1000.00"),
        ("2026-03-02", "two", "200.00"),
    ]


def test_the_oldest_payment_comes_first_then_by_client_contract_and_milestone() -> None:
    second = ACME.replace('"acme"', '"second"')
    loaded = ledger(
        BOLT,
        second,
        ACME,
        '2026-02-01 custom "contract" "bolt" "completed"\n  invoice: "INV-7"\n',
        '2026-02-01 custom "contract" "second" "completed"\n  invoice: "INV-8"\n',
        TWO_BILLS,
        paid("2026-03-05", "1000.00", "^bolt/one", payee="Bolt"),
        paid("2026-03-05", "2000.00", "^INV-2"),
        paid("2026-03-05", "1000.00", "^INV-1"),
        paid("2026-03-05", "1000.00", "^second/one"),
        paid("2026-03-04", "2000.00", "^bolt/two", payee="Bolt"),
    )
    found = [(r.client, r.contract, r.milestone) for r in received(books(loaded, "2026-03-05"))]

    assert found == [
        ("Bolt", "bolt", "two"),
        ("Acme", "acme", "one"),
        ("Acme", "acme", "two"),
        ("Acme", "second", "one"),
        ("Bolt", "bolt", "one"),
    ]


def test_what_is_paid_and_settles_nothing_is_received() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "1200.00", "^INV-1"))
    rest, one = received(books(loaded, "2026-03-02"))

    assert values(one.milestone, one.amount) == ("one", 1000)
    assert values(rest.client, rest.contract, rest.milestone, rest.amount, rest.account) == (
        *("Acme", "", ""),
        *(200, "Assets:Receivable"),
    )


def test_a_fee_of_the_bank_is_no_money() -> None:
    payment = """
        2026-03-02 * "Acme" "Paid by card" ^INV-1
          Assets:Bank         970.00 USD
          Expenses:CardFees    30.00 USD
          Assets:Receivable
    """

    assert cash(ledger(ACME, TWO_BILLS, payment), "2026-03-02") == [("2026-03-02", "one", "970.00")]


@pytest.mark.parametrize("account", ["Income:Discount", "Expenses:BadDebts"])
@pytest.mark.parametrize("link", ["^INV-2", "^nothing"])
def test_a_credit_note_and_a_write_off_bring_no_cash(account: str, link: str) -> None:
    by_hand = (
        f'2026-03-02 * "Acme" "By hand" {link}\n  {account}  200.00 USD\n  Assets:Receivable\n'
        f'    settles: "{link[1:]}"\n'
    )

    assert cash(ledger(ACME, TWO_BILLS, by_hand), "2026-03-02") == []


def test_a_reduction_brings_no_cash() -> None:
    less = ACME.replace(' "Brand" ^brand-2026', ' "Less"').replace(
        '  milestone-one: "1000 USD One"\n  milestone-two: "2000 USD Two"\n'
        '  milestone-three: "rest Three"\n  Assets:Receivable  6,000.00 USD',
        '  milestone-less: "100%"\n  Assets:Receivable  -250.00 USD',
    )
    alone = ledger(ACME, less, billed("2026-02-01 less completed"))
    settling = ledger(ACME, less, TWO_BILLS, billed("2026-03-02 less completed"))

    assert cash(alone, "2026-02-01") == []
    assert cash(settling, "2026-03-02") == []


RETURNED = returned("2026-03-09", "400.00")


def test_a_returned_payment_counts_against() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "1000.00", "^INV-1"), RETURNED)

    assert cash(loaded, "2026-03-31") == [
        ("2026-03-02", "one", "1000.00"),
        ("2026-03-09", "one", "-400.00"),
    ]


def test_interest_on_a_bill_was_not_paid_back() -> None:
    interest = RETURNED.replace("Assets:Bank", "Assets:Bank  0.00 USD\n  Income:Fees")

    assert cash(ledger(ACME, TWO_BILLS, interest), "2026-03-31") == []


def test_what_a_transaction_books_both_ways_is_netted() -> None:
    both_ways = """
        2026-03-09 * "Acme" "Interest, and a deposit of the client" ^INV-1
          Assets:Receivable  400.00 USD
          Assets:Receivable  -10.00 USD
          Assets:Bank         50.00 USD
          Income:Fees
    """

    assert cash(ledger(ACME, TWO_BILLS, both_ways), "2026-03-31") == []


HOSTING = """
2026-02-10 * "Acme" "Hosting, that we have paid for them"
  invoice: "H-1"
  Assets:Receivable  60.00 USD
  Assets:Bank
"""


def test_what_we_have_paid_for_a_client_is_no_payment_that_was_returned() -> None:
    returned = RETURNED.replace("INV-1", "H-1").replace("400.00", "60.00")
    loaded = ledger(ACME, HOSTING, paid("2026-03-02", "60.00", "^H-1"), returned)

    assert cash(loaded, "2026-03-08") == [("2026-03-02", "", "60.00")]
    assert cash(loaded, "2026-03-09") == [("2026-03-02", "", "60.00"), ("2026-03-09", "", "-60.00")]


def test_payments_of_a_client_and_of_a_contract() -> None:
    loaded = ledger(
        ACME,
        BOLT,
        TWO_BILLS,
        HOSTING,
        paid("2026-03-02", "1000.00", "^INV-1"),
        paid("2026-03-03", "60.00", "^H-1"),
        paid("2026-03-04", "30.00", "^nothing", keys=('settles: "nothing"',)),
        paid("2026-03-05", "70.00", "^other", payee="Bolt", keys=('settles: "nothing"',)),
    )
    at = books(loaded, "2026-03-31")

    def amounts(scope: Scope) -> list[Decimal]:
        return [row.amount for row in received(replace(at, scope=scope))]

    assert amounts(Scope()) == [1000, 60, 30, 70]
    assert amounts(Scope(client="acme")) == [1000, 60, 30]
    assert amounts(Scope(client="Bolt")) == [70]
    assert amounts(Scope(contract="acme")) == [1000]
    assert amounts(Scope(contract="bolt")) == []


# ---------------------------------------------------------------- by month


def test_what_came_in_is_due_and_is_planned_by_month() -> None:
    targets = ACME.replace("rest Three", "rest 2026-04-20 Three")
    loaded = ledger(
        targets,
        TWO_BILLS,
        paid("2026-02-20", "100.00", "^INV-1"),
        paid("2026-02-28", "200.00", "^INV-1"),
        '2026-03-01 custom "milestone" "acme" "three" "progress" 10\n',
    )

    # The client pays 3 days early: INV-1 is expected today, INV-2 on 2026-03-28. What is unbilled
    # of three is, if billed today, net 30, expected on 2026-03-28, the rest on 2026-05-17.
    assert months(loaded, "2026-03-01") == [
        ["2026-02", "USD", "300.00", "0.00", "0.00"],
        ["2026-03", "USD", "0.00", "2700.00", "300.00"],
        ["2026-05", "USD", "0.00", "0.00", "2700.00"],
    ]


def test_a_month_as_a_whole() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "250.00", "^INV-1"))
    at = books(loaded, "2026-03-02")

    assert by_month(received(at), forecast(at))[0] == Cash(
        month="2026-03",
        currency="USD",
        received=Decimal(250),
        due=Decimal(2750),
        planned=Decimal(0),
    )


def test_what_has_no_date_comes_last_in_its_currency() -> None:
    euro = BOLT.replace("USD", "EUR")
    loaded = ledger(ACME, euro, TWO_BILLS)

    assert [row[:2] for row in months(loaded, "2026-03-02")] == [
        ["", "EUR"],
        ["2026-03", "USD"],
        ["", "USD"],
    ]


def test_the_years_stand_in_order() -> None:
    targets = ACME.replace("USD One", "USD 2027-01-10").replace("USD Two", "USD 2026-11-10")

    assert [row[0] for row in months(ledger(targets), "2026-03-02")] == ["2026-12", "2027-02", ""]


def test_what_is_paid_ahead_is_received_and_not_taken_off_again() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-02", "1200.00", "^INV-1"))

    assert months(loaded, "2026-03-02") == [
        ["2026-03", "USD", "1200.00", "2000.00", "0.00"],
        ["", "USD", "0.00", "0.00", "3000.00"],
    ]


def test_a_month_in_which_more_is_returned_than_paid() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-02-27", "1000.00", "^INV-1"), RETURNED)

    assert [row[2] for row in months(loaded, "2026-03-09")[:2]] == ["1000.00", "-400.00"]


def test_nothing_expected_and_nothing_received_is_no_month() -> None:
    assert by_month([], []) == []


# ---------------------------------------------------------------- laws


def _paid(at: Books) -> dict[tuple[str, str], Decimal]:
    """What payments brought, less what was returned or refunded."""
    found = open_items(at.register, at.entries, at.options, at.as_of)
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    sold = [item for item in found.items if at.side_of(item.account) == "sell"]
    credits_ = {id(match.credit): match.credit for item in sold for match in item.matches}
    credits_ |= {
        id(u.credit): u.credit for u in found.unapplied if at.side_of(u.credit.account) == "sell"
    }
    for refund in found.refunds:
        if at.side_of(refund.account) == "sell":
            assert sum(amount for _, amount in refund.parts) == refund.amount
            credits_ |= {id(credit): credit for credit, _, _ in refund.takes}
            expected["received", refund.account.currency] -= _money(refund.parts)
    for credit in credits_.values():
        expected["received", credit.account.currency] += _money(credit.parts)
    for item in sold:
        raised = item.debits[not item.milestone :]
        assert sum(debit.amount for debit in raised) == item.raised
        for debit in raised:
            bank = [p for p in debit.entry.postings if p.account.startswith("Assets:Bank")]
            moved = all(p.account == item.account.name for p in debit.entry.postings)
            if moved or sum(postings.number(posting) for posting in bank) < 0:
                assert sum(amount for _, amount in debit.parts) == debit.amount
                expected["received", item.account.currency] -= _money(debit.parts)
    return expected


def _money(parts: Iterable[tuple[str, Decimal]]) -> Decimal:
    return amounts.add(amount for kind, amount in parts if kind == "payment")


def agree(loaded: Loaded, date: str) -> None:
    """Received is what payments brought, less what went back; the rest is the forecast."""
    at = books(loaded, date)
    expected = _paid(at)
    for row in forecast(at):
        if row.kind != "unapplied" and row.side == "sell":
            flow = "due" if row.kind == "outstanding" else "planned"
            expected[flow, row.currency] += row.amount
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    months = by_month(received(at), forecast(at))
    for month in months:
        for flow in ("received", "due", "planned"):
            sums[flow, month.currency] += getattr(month, flow)
    nothing = dict.fromkeys([*sums, *expected], Decimal())
    assert nothing | sums == nothing | expected
    keys = [(month.currency, month.month) for month in months]
    assert len(set(keys)) == len(keys)


@given(ledgers)
@settings(max_examples=40)
def test_cash_is_what_was_paid_and_what_is_expected(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        agree(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_cash_is_what_was_paid_and_what_is_expected_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        agree(loaded, date)
