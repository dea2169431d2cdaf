"""All that is known of a contract, worked out by hand."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from beancount.core import data
from beancount.core.amount import Amount
from hypothesis import given, settings

from beancount_milestones.reports import Scope, Story, contracts, status, story
from tests.receivables import (
    ACME,
    BOLT,
    TWO_BILLS,
    balance,
    billed,
    books,
    day,
    ledger,
    on_some_days,
    paid,
    returned,
    text,
    values,
)
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded

MORE = """
2026-02-05 * "Acme" "More"
  contract: "acme"
  milestone-three: "500 USD 2026-05-01"
  milestone-four: "rest Four"
  Assets:Receivable  800.00 USD
  Income:Design
"""
OFFER = """
2026-02-07 ! "Acme" "Offer"
  contract: "acme"
  milestone-three: "25%"
  milestone-five: "75% 2026-06-01 Five"
  Assets:Receivable  400.00 USD
  Income:Design
"""


def told(loaded: Loaded, date: str, name: str = "acme") -> Story:
    found = story(books(loaded, date), name)
    assert found
    return found


def proofs(loaded: Loaded, date: str, name: str = "acme") -> dict[str, tuple[str, str, str]]:
    """Whole, booked and open, by account."""
    found = told(loaded, date, name).proofs
    assert {proof.difference for proof in found} <= {0}
    return {p.account: (text(p.whole), text(p.booked), text(p.open)) for p in found}


# ---------------------------------------------------------------- whose story


def test_there_is_no_story_before_the_contract_and_none_without_one() -> None:
    loaded = ledger(ACME)

    assert story(books(loaded, "2025-12-31"), "acme") is None
    assert story(books(loaded, "2026-01-01"), "bolt") is None
    assert told(loaded, "2026-01-01").contract.id == "acme"


def test_a_story_is_of_one_contract_whatever_is_asked_about() -> None:
    bill = '2026-02-01 custom "milestone" "bolt" "one" "completed"\n  invoice: "INV-9"\n'
    payment = paid("2026-02-02", "1000.00", "^INV-9", payee="Bolt")
    at = books(ledger(ACME, BOLT, TWO_BILLS, bill, payment), "2026-03-01")
    found = story(at, "acme")
    asked = story(replace(at, scope=Scope(client="Bolt")), "acme")

    assert found
    assert found == asked
    assert {row.contract for row in found.rows} == {"acme"}
    assert [s.contract for s in found.standings] == ["acme"]
    assert found.payments == ()
    assert [(h.milestone, str(h.step.date)) for h in found.happened] == [
        ("one", "2026-02-01"),
        ("two", "2026-03-01"),
    ]


def test_standings_and_rows_are_those_of_the_reports() -> None:
    loaded = ledger(ACME, TWO_BILLS, MORE, OFFER)
    at = books(loaded, "2026-03-01")
    found = told(loaded, "2026-03-01")

    assert (list(found.standings), list(found.rows)) == (contracts(at), status(at))


# ---------------------------------------------------------------- what was agreed


def orders(loaded: Loaded, date: str) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Kind, narration, and milestone, title and amount of what it gives."""
    return [
        (
            order.kind,
            order.entry.narration or "",
            [(a.milestone, a.title, f"{a.amount:f} {a.currency}") for a in order.agreed],
        )
        for order in told(loaded, date).orders
    ]


def test_the_contract_its_change_orders_and_proposals() -> None:
    loaded = ledger(OFFER, MORE, ACME)

    assert orders(loaded, "2026-02-07") == [
        (
            *("contract", "Brand"),
            [
                ("one", "One", "1000.00 USD"),
                ("two", "Two", "2000.00 USD"),
                ("three", "Three", "3000.00 USD"),
            ],
        ),
        (
            *("change order", "More"),
            [("three", "Three", "500.00 USD"), ("four", "Four", "300.00 USD")],
        ),
        (
            *("proposal", "Offer"),
            [("three", "three", "100.00 USD"), ("five", "Five", "300.00 USD")],
        ),
    ]


def test_what_is_agreed_later_is_not_told_yet() -> None:
    loaded = ledger(ACME, MORE, OFFER)

    assert [kind for kind, *_ in orders(loaded, "2026-02-04")] == ["contract"]
    assert [kind for kind, *_ in orders(loaded, "2026-02-05")] == ["contract", "change order"]


def test_what_is_only_proposed_is_no_contract_yet() -> None:
    loaded = ledger(ACME.replace("2026-01-01 *", "2026-01-01 !"))

    assert [kind for kind, *_ in orders(loaded, "2026-01-01")] == ["proposal"]
    assert proofs(loaded, "2026-01-01") == {}


def test_what_is_agreed_has_the_target_of_its_own_order() -> None:
    first, second = told(ledger(ACME, MORE), "2026-02-05").orders

    assert {agreed.target for agreed in first.agreed} == {None}
    assert [agreed.target for agreed in second.agreed] == [day("2026-05-01"), None]


def test_what_is_agreed_is_gross_on_all_receivable_accounts() -> None:
    split = """
        2026-01-01 * "Acme" "Two payers"
          contract: "acme"
          milestone-all: "100% All"
          Assets:Receivable        300.00 USD
          Assets:Receivable:Grant  100.00 USD
          Liabilities:VAT          -50.00 USD
          Income:Design
    """

    assert orders(ledger(split), "2026-01-01") == [
        ("contract", "Two payers", [("all", "All", "400.00 USD")])
    ]


def test_what_we_buy_is_agreed_too() -> None:
    buying = """
        2026-01-01 * "Supplier" "Print"
          contract: "acme"
          milestone-one: "100%"
          Expenses:CardFees  100.00 USD
          Liabilities:VAT
    """

    assert orders(ledger(buying), "2026-01-01") == [
        ("contract", "Print", [("one", "one", "100.00 USD")])
    ]


def test_what_is_agreed_without_a_receivable_is_nothing() -> None:
    shares = """
        2026-01-01 * "Acme" "Sold for shares"
          contract: "acme"
          milestone-one: "100%"
          Equity:Opening-Balances  100.00 USD
          Income:Design
    """

    assert orders(ledger(shares), "2026-01-01") == [
        ("contract", "Sold for shares", [("one", "one", "0 USD")])
    ]


def test_what_is_agreed_in_two_currencies_stands_in_each() -> None:
    two = """
        2026-01-01 * "Acme" "Two currencies"
          contract: "acme"
          milestone-one: "50%"
          milestone-two: "50%"
          Assets:Receivable        100.00 USD
          Assets:Receivable:Grant   50.00 EUR @ 2.00 USD
          Income:Design
    """
    ((_, _, agreed),) = orders(ledger(two), "2026-01-01")

    assert [(name, amount) for name, _, amount in agreed] == [
        ("one", "50.00 USD"),
        ("one", "25.00 EUR"),
        ("two", "50.00 USD"),
        ("two", "25.00 EUR"),
    ]


# ---------------------------------------------------------------- what happened


def test_what_happened_by_date_and_what_is_booked_for_it() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-10 one completed INV-1", "2026-02-03 one delivered"),
        billed("2026-02-05 three completed", "2026-02-20 three invoiced INV-2"),
    )
    found = told(loaded, "2026-02-19").happened

    assert [(h.milestone, h.title, h.step.event, str(h.step.date)) for h in found] == [
        ("one", "One", "delivered", "2026-02-03"),
        ("three", "Three", "completed", "2026-02-05"),
        ("one", "One", "completed", "2026-02-10"),
    ]
    delivered, three, one = (h.transaction for h in found)
    assert delivered is None
    assert three
    assert one
    assert (one.narration, three.narration) == ("Brand: One", "Brand: Three")


def test_an_acceptance_by_waiting_is_booked_where_it_was_delivered() -> None:
    clock = ACME.replace('"acme"', '"acme"\n  acceptance: 14')
    loaded = ledger(clock, billed("2026-02-03 one delivered"))

    assert [h.step.event for h in told(loaded, "2026-02-16").happened] == ["delivered"]
    delivered, completed = told(loaded, "2026-02-17").happened
    assert (delivered.transaction, completed.step.event) == (None, "completed")
    assert completed.transaction
    assert completed.transaction.date == day("2026-02-17")


def test_a_directive_for_the_whole_contract_happens_to_every_milestone() -> None:
    loaded = ledger(ACME, '2026-02-01 custom "contract" "acme" "completed"\n')
    found = told(loaded, "2026-02-01").happened

    assert [(h.milestone, h.transaction and h.transaction.narration) for h in found] == [
        ("one", "Brand: One"),
        ("two", "Brand: Two"),
        ("three", "Brand: Three"),
    ]


def test_titles_are_those_of_the_day() -> None:
    renamed = MORE.replace("500 USD 2026-05-01", "500 USD Third")
    loaded = ledger(ACME, renamed, billed("2026-02-03 three delivered"))

    assert told(loaded, "2026-02-04").happened[0].title == "Three"
    assert told(loaded, "2026-02-05").happened[0].title == "Third"


# ---------------------------------------------------------------- what was paid


def test_payments_by_date_with_what_they_pay() -> None:
    credit_note = """
        2026-03-04 * "Acme" "Less" ^INV-2
          Income:Discount    200.00 USD
          Assets:Receivable
    """
    loaded = ledger(
        ACME,
        TWO_BILLS,
        credit_note,
        paid("2026-03-05", "1300.00", "^acme"),
        paid("2026-03-03", "100.00", "^INV-1"),
        billed("2026-03-06 three completed"),
        paid("2026-03-06", "3000.00"),
    )
    found = [
        (str(p.date), p.milestone, p.title, p.invoice, f"{p.amount:f}")
        for p in told(loaded, "2026-03-06").payments
    ]

    assert found == [
        ("2026-03-03", "one", "One", "INV-1", "100.00"),
        ("2026-03-04", "two", "Two", "INV-2", "200.00"),
        ("2026-03-05", "one", "One", "INV-1", "900.00"),
        ("2026-03-05", "two", "Two", "INV-2", "400.00"),
        ("2026-03-06", "three", "Three", "", "3000.00"),
    ]
    assert {paid.currency for paid in told(loaded, "2026-03-06").payments} == {"USD"}
    assert len(told(loaded, "2026-03-04").payments) == 2


def test_what_raises_it_again_counts_against() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1"),
        paid("2026-02-10", "1000.00", "^INV-1"),
        returned("2026-02-12", "300.00"),
    )
    _, again = told(loaded, "2026-02-12").payments

    assert (again.kind, again.milestone, again.invoice) == ("returned", "one", "INV-1")
    assert (again.amount, again.basis) == (Decimal(-300), "link")
    assert again.entry
    assert again.entry.narration == "Returned"
    assert len(told(loaded, "2026-02-11").payments) == 1


def test_what_pays_something_else_is_left_out() -> None:
    fee = """
        2026-02-10 * "Acme" "Courier" ^F-1
          Assets:Receivable  20.00 USD
          Income:Fees
    """

    assert told(ledger(ACME, fee, paid("2026-03-05", "20.00", "^F-1")), "2026-03-05").payments == ()


@pytest.mark.parametrize("link", ["^INV-1", "^acme/one", "^acme", "^brand-2026"])
def test_what_names_the_contract_and_settles_nothing_stands_there_too(link: str) -> None:
    loaded = ledger(
        ACME,
        BOLT,
        billed("2026-02-01 one completed INV-1"),
        paid("2026-02-10", "1000.00", link),
        paid("2026-02-11", "7.00"),
        billed("2026-03-01 one credited"),
    )
    (before,) = told(loaded, "2026-02-10").payments
    (after,) = told(loaded, "2026-03-01").payments

    assert (before.milestone, before.amount, before.basis) == ("one", Decimal(1000), "link")
    # What names nothing is of no contract, though it settles nothing.
    assert (after.milestone, after.title, after.basis) == ("", "", None)
    assert (after.amount, after.currency) == (Decimal(1000), "USD")
    assert (after.date, after.kind, after.entry) == (before.date, before.kind, before.entry)
    assert after.invoice == ("INV-1" if link == "^INV-1" else "")
    assert told(loaded, "2026-03-01", "bolt").payments == ()


# ---------------------------------------------------------------- the proof


def test_a_proof_as_a_whole() -> None:
    (receivable, income) = told(ledger(ACME, TWO_BILLS), "2026-02-01").proofs

    assert (receivable.account, receivable.currency) == ("Assets:Receivable", "USD")
    assert values(receivable.whole, receivable.booked, receivable.open) == (6000, 1000, 5000)
    assert str(receivable.difference) == "0.00"
    assert values(income.whole, income.booked, income.open) == (-6000, -1000, -5000)


def test_nothing_is_booked_yet() -> None:
    assert proofs(ledger(ACME), "2026-01-01") == {
        "Assets:Receivable": ("6000.00", "0.00", "6000.00"),
        "Income:Design": ("-6000.00", "0.00", "-6000.00"),
    }


def test_a_proof_counts_change_orders_from_their_day_and_no_proposals() -> None:
    loaded = ledger(ACME, MORE, OFFER)

    assert proofs(loaded, "2026-02-04")["Assets:Receivable"][0] == "6000.00"
    assert proofs(loaded, "2026-02-07")["Assets:Receivable"][0] == "6800.00"


SHOP = """
2026-01-01 * "Acme" "Shop"
  contract: "acme"
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  retention: Assets:Retention
  milestone-one: "40%"
  milestone-two: "60%"
  Assets:Receivable  1,100.00 USD
  Assets:Retention     100.00 USD
  Liabilities:VAT     -200.00 USD
  Income:Design

2026-01-01 * "Acme" "Release"
  contract: "acme"
  milestone-release: "100%"
  Assets:Receivable    100.00 USD
  Assets:Retention

2026-02-01 custom "milestone" "acme" "one" "progress" 50
2026-02-02 custom "milestone" "acme" "two" "invoiced"
2026-02-03 custom "milestone" "acme" "one" "invoiced" 50
2026-02-04 custom "milestone" "acme" "two" "completed"
2026-02-05 custom "milestone" "acme" "release" "invoiced"
"""


def test_what_is_earned_and_not_billed_is_on_the_bridge() -> None:
    # Half of 40 % of 1,000.
    assert proofs(ledger(SHOP), "2026-02-01") == {
        "Assets:Receivable": ("1200.00", "0.00", "1200.00"),
        "Assets:Retention": ("0.00", "0.00", "0.00"),
        "Liabilities:VAT": ("-200.00", "0.00", "-200.00"),
        "Income:Design": ("-1000.00", "-200.00", "-800.00"),
        "Assets:Unbilled": ("0.00", "200.00", "-200.00"),
    }


def test_what_is_billed_and_not_earned_is_on_the_other_bridge() -> None:
    # 60 % of all but the income is billed.
    assert proofs(ledger(SHOP), "2026-02-02") == {
        "Assets:Receivable": ("1200.00", "660.00", "540.00"),
        "Assets:Retention": ("0.00", "60.00", "-60.00"),
        "Liabilities:VAT": ("-200.00", "-120.00", "-80.00"),
        "Income:Design": ("-1000.00", "-200.00", "-800.00"),
        "Assets:Unbilled": ("0.00", "200.00", "-200.00"),
        "Liabilities:Deferred": ("0.00", "-600.00", "600.00"),
    }


def test_bridges_and_retention_are_empty_in_the_end() -> None:
    # 80 % is earned and billed, and the retention is released in advance.
    assert proofs(ledger(SHOP), "2026-02-05") == {
        "Assets:Receivable": ("1200.00", "980.00", "220.00"),
        "Assets:Retention": ("0.00", "-20.00", "20.00"),
        "Liabilities:VAT": ("-200.00", "-160.00", "-40.00"),
        "Income:Design": ("-1000.00", "-800.00", "-200.00"),
        "Assets:Unbilled": ("0.00", "0.00", "0.00"),
        "Liabilities:Deferred": ("0.00", "0.00", "0.00"),
    }


def test_once_cancelled_what_is_left_is_all() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "progress" 25\n',
        '2026-02-02 custom "milestone" "acme" "three" "invoiced" 10\n',
        billed(*(f"2026-02-03 {name} cancelled" for name in ("one", "two", "three"))),
        billed("2026-02-04 three credited"),
    )

    assert proofs(loaded, "2026-02-02")["Assets:Receivable"] == ("6000.00", "800.00", "5200.00")
    # 500 of two and 300 of three.
    assert proofs(loaded, "2026-02-03")["Assets:Receivable"] == ("800.00", "800.00", "0.00")
    assert proofs(loaded, "2026-02-04")["Assets:Receivable"] == ("500.00", "500.00", "0.00")


def test_a_proof_in_two_currencies() -> None:
    foreign = """
        2026-01-01 * "Acme" "Abroad"
          contract: "acme"
          milestone-one: "1/4"
          milestone-two: "3/4"
          Assets:Receivable  1000 JPY @ 0.01 USD
          Income:Design
    """
    loaded = ledger(foreign, billed("2026-02-01 one completed"))

    assert proofs(loaded, "2026-02-01") == {
        "Assets:Receivable": ("1000.00", "250.00", "750.00"),
        "Income:Design": ("-10.00", "-2.50", "-7.50"),
    }


def test_the_difference_is_what_another_plugin_has_changed() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    def less(posting: data.Posting) -> data.Posting:
        units = Amount(Decimal(900), "USD")
        return posting._replace(units=units) if posting.account == "Assets:Receivable" else posting

    entries = [
        entry._replace(postings=[less(posting) for posting in entry.postings])
        if isinstance(entry, data.Transaction) and entry.narration == "Brand: One"
        else entry
        for entry in loaded.entries
    ]
    found = story(replace(books(loaded, "2026-02-01"), entries=entries), "acme")

    assert found
    receivable, income = found.proofs
    assert values(receivable.booked, receivable.open, receivable.difference) == (900, 5000, 100)
    assert values(income.booked, income.open, income.difference) == (-1000, -5000, 0)


def test_a_transaction_that_another_plugin_has_taken_away_is_missing() -> None:
    loaded = ledger(ACME, TWO_BILLS)
    entries = [entry for entry in loaded.entries if getattr(entry, "payee", "") != "Acme"]
    found = story(replace(books(loaded, "2026-02-01"), entries=entries), "acme")

    assert found
    assert [h.transaction for h in found.happened] == [None]
    assert [proof.difference for proof in found.proofs] == [1000, -1000]


def test_what_is_written_by_hand_is_no_booking_of_the_contract() -> None:
    by_hand = """
        2026-01-05 * "Acme" "By hand"
          contract: "acme"
          milestone: "one"
          event: "completed"
          Assets:Bank         10.00 USD
          Assets:Receivable
    """
    loaded = ledger(ACME, by_hand)

    assert proofs(loaded, "2026-02-01")["Assets:Receivable"][1] == "0.00"
    assert told(loaded, "2026-02-01").happened == ()


# ---------------------------------------------------------------- laws


def agree(loaded: Loaded, date: str) -> None:
    """Every contract adds up, and all of them together are what is booked."""
    at = books(loaded, date)
    booked: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name, contract in at.register.contracts.items():
        found = story(at, name)
        assert (found is None) == (contract.entry.date > at.as_of)
        if found is None:
            continue
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for proof in found.proofs:
            booked[proof.account, proof.currency] += proof.booked
            assert proof.difference == 0
            assert proof.whole == proof.booked + proof.open
            for column in ("whole", "booked", "open"):
                sums[column] += getattr(proof, column)
        if len({proof.currency for proof in found.proofs}) == 1:
            assert set(sums.values()) == {0}
        rows = sum(row.amount for row in found.rows if row.status != "proposed")
        sign = -1 if contract.side == "buy" else 1
        assert rows == sign * sum(p.whole for p in found.proofs if p.account in contract.owed_on)
        payments = sum(payment.amount for payment in found.payments if payment.basis)
        assert payments == sum(
            item.settled - item.raised
            for item in at.open_items().items
            if item.milestone and item.milestone.contract == name
        )
    generated: data.Directives = [
        entry
        for entry in loaded.entries
        if isinstance(entry, data.Transaction) and "event" in entry.meta
    ]
    only = balance(Loaded(generated, [], loaded.options), date)
    assert {key: amount for key, amount in booked.items() if amount} == only


@given(ledgers)
@settings(max_examples=40)
def test_every_contract_adds_up(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        agree(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_contract_adds_up_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path, 5):
        agree(loaded, date)
