"""Where every client stands, worked out by hand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from beancount_milestones.reports import (
    Balance,
    Books,
    Scope,
    balances,
    contracts,
    invoices,
    items,
    statement,
    status,
)
from beancount_milestones.reports.aging import aging
from beancount_milestones.reports.revenue import revenue
from beancount_milestones.reports.rollforward import rollforward
from beancount_milestones.reports.taxes import taxes
from beancount_milestones.reports.timeline import timeline
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
    texts,
    values,
    waiting,
)
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded

FEE = """
2026-02-10 * "Acme" "Courier"
  Assets:Receivable  20.00 USD
  Income:Fees
"""


def test_a_client_as_a_whole() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        FEE,
        '2026-03-02 custom "milestone" "acme" "three" "progress" 10\n',
        paid("2026-02-11", "250.00", "^INV-1"),
        paid("2026-03-03", "70.00", keys=('settles: "nothing"',)),
    )

    # INV-1 was due on 2026-03-03.
    assert balances(books(loaded, "2026-03-04")) == [
        Balance(
            client="Acme",
            currency="USD",
            outstanding=Decimal(2750),
            overdue=Decimal(770),
            unbilled=Decimal(300),
            other=Decimal(20),
            unapplied=Decimal(70),
            balance=Decimal(3000),
            days_to_pay=10,
            last_paid=day("2026-02-11"),
            side="sell",
        )
    ]


def test_due_today_is_not_overdue() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    overdue = [balances(books(loaded, date))[0].overdue for date in ("2026-03-03", "2026-03-04")]
    assert overdue == [0, 1000]


def test_who_owes_nothing_stands_there_too_and_nobody_before_the_contract() -> None:
    (found,) = balances(books(ledger(ACME), "2026-01-01"))

    assert texts(found.client, found.outstanding, found.balance) == ["Acme", "0.00", "0.00"]
    assert (found.days_to_pay, found.last_paid) == (None, None)
    assert balances(books(ledger(ACME), "2025-12-31")) == []


def test_clients_stand_in_alphabetical_order_without_case_and_by_currency() -> None:
    contracts = [
        ACME.replace('"acme"', f'"{number}"')
        .replace('"Acme"', f'"{name}"')
        .replace("USD", currency)
        for number, (name, currency) in enumerate(
            [("zeta", "USD"), ("Beta", "USD"), ("alpha", "USD"), ("Beta", "EUR")]
        )
    ]
    found = balances(books(ledger(*contracts), "2026-01-01"))

    assert [(row.client, row.currency) for row in found] == [
        ("alpha", "USD"),
        ("Beta", "EUR"),
        ("Beta", "USD"),
        ("zeta", "USD"),
    ]


def test_a_client_is_one_however_the_name_is_written() -> None:
    other = BOLT.replace('"Bolt"', '"Acme GmbH"').replace('"bolt"', '"bolt"\n  client: "ACME"')
    done = '2026-02-02 custom "milestone" "bolt" "two" "completed"\n  invoice: "INV-3"\n'
    loaded = ledger(ACME, other, TWO_BILLS, done, paid("2026-03-02", "100.00", payee="acme gmbh"))
    (found,) = balances(books(loaded, "2026-03-02"))

    assert values(found.client, found.outstanding) == ("Acme", 4900)


def named(rows: Iterable[Any]) -> set[str]:
    return {row.client for row in rows}


def test_every_report_has_one_name_for_a_client() -> None:
    """The first one that is written, without a space too many."""
    first = ACME.replace('"Acme"', '" Acme  Inc. "')
    again = first.replace('"acme"', '"more"').replace("Acme", "ACME").replace("01-01", "01-02")
    offer = again.replace('"more"', '"offer"').replace(" * ", " ! ")
    hand = FEE.replace('"Acme"', '"acme   inc."')
    stranger = FEE.replace('"Acme"', '" Bolt   Ltd "')
    text = '2026-02-02 custom "milestone" "more" "one" "completed"\n'
    at = books(ledger(first, again, offer, hand, stranger, text), "2026-03-04")

    names = named(items(at)) | named(aging(at)) | named(balances(at)) | named(status(at))
    names |= named(timeline(at)) | named(rollforward(at)) | named(taxes(at))
    assert names - {""} == {"Acme Inc.", "Bolt Ltd"}
    assert named(contracts(at)) == named(revenue(at)) == {"Acme Inc."}


def test_a_stranger_is_one_however_the_name_is_written() -> None:
    """Who has paid for nothing is known by no contract."""
    loaded = ledger(
        ACME,
        BOLT,
        paid("2026-02-10", "70.00", payee="Carl  Ltd"),
        paid("2026-02-11", "20.00", payee="CARL LTD"),
        """
        2026-02-12 * "carl ltd" "Given back"
          Assets:Receivable  70.00 USD
          Assets:Bank
        """,
    )

    found = [row for row in balances(books(loaded, "2026-02-11")) if row.unapplied]
    assert [values(row.client, row.unapplied) for row in found] == [("Carl Ltd", 90)]
    # The refund takes back what is of the same client, and exactly as much.
    found = [row for row in balances(books(loaded, "2026-02-12")) if row.unapplied]
    assert [values(row.client, row.unapplied) for row in found] == [("Carl Ltd", 20)]


#: A contract that names no client, on an account that a contract of Bolt is owed on too.
NOBODY = ACME.replace('"Acme" "Brand"', '"Brand"')


def test_a_contract_without_a_client_is_not_billed_to_another_one() -> None:
    at = books(ledger(NOBODY, TWO_BILLS, BOLT, FEE.replace('"Acme" ', "")), "2026-03-04")

    assert [values(row.client, row.balance) for row in balances(at)] == [("", 3020), ("Bolt", 0)]
    assert {row.contract: row.client for row in contracts(at)} == {"acme": "", "bolt": "Bolt"}
    assert {row.contract: row.client for row in status(at)} == {"acme": "", "bolt": "Bolt"}
    assert {row.invoice: row.client for row in invoices(at)} == {"INV-1": "", "INV-2": ""}
    assert list(invoices(replace(at, scope=Scope(client="Bolt")))) == []


def test_an_account_that_names_its_client_says_whose_a_contract_is() -> None:
    opened = """
    2020-01-01 open Assets:Receivable:Own
      client: "Carl"
    """
    own = NOBODY.replace("Assets:Receivable ", "Assets:Receivable:Own ")
    at = books(ledger(opened, own, TWO_BILLS), "2026-03-04")

    assert {row.client for row in contracts(at)} == {"Carl"}
    assert {row.client for row in status(at)} == {"Carl"}


def test_a_debit_of_somebody_without_a_contract_is_theirs() -> None:
    loaded = ledger(ACME, BOLT, FEE.replace("Acme", "Carl"))
    carl = balances(books(loaded, "2026-02-10"))[2]

    assert values(carl.client, carl.other, carl.balance) == ("Carl", 20, 20)


def test_what_nobody_is_named_for_has_a_row_without_a_name() -> None:
    loaded = ledger(ACME, BOLT, FEE.replace('"Acme" ', ""))
    nobody, *clients = balances(books(loaded, "2026-02-10"))

    assert values(nobody.client, nobody.balance) == ("", 20)
    assert [row.client for row in clients] == ["Acme", "Bolt"]


def test_who_has_paid_everything_stands_there_all_the_same() -> None:
    carl = FEE.replace('"Acme" "Courier"', '"Carl" "Courier" ^F-1')
    payment = paid("2026-02-15", "20.00", "^F-1", payee="Carl")
    at = books(ledger(ACME, BOLT, carl, payment), "2026-02-15")

    assert [
        values(row.client, row.balance, row.days_to_pay)
        for row in balances(replace(at, scope=Scope(client="carl")))
    ] == [("Carl", 0, 5)]
    assert [row.client for row in balances(at)] == ["Acme", "Bolt", "Carl"]
    assert [row.client for row in balances(replace(at, scope=Scope(contract="acme")))] == ["Acme"]


def test_proposals_are_left_out() -> None:
    assert balances(books(ledger(BOLT.replace("2026-01-01 *", "2026-01-01 !")), "2026-03-01")) == []


@pytest.mark.parametrize(
    ("payments", "days"),
    [
        # INV-1 is of 2026-02-01, INV-2 of 2026-03-01.
        ({"2026-02-21": "1000.00 ^INV-1"}, 20),
        # 750 after 10 days and 250 after 30 days.
        ({"2026-02-11": "750.00 ^INV-1", "2026-03-03": "250.00 ^INV-1"}, 15),
        # 1,000 after 10 days and 2,000 after 1 day: 4.
        ({"2026-02-11": "1000.00 ^INV-1", "2026-03-02": "2000.00 ^INV-2"}, 4),
        # A day and a half, and a day and a quarter.
        ({"2026-02-02": "500.00 ^INV-1", "2026-02-03": "500.00 ^INV-1"}, 2),
        ({"2026-02-02": "750.00 ^INV-1", "2026-02-03": "250.00 ^INV-1"}, 1),
        # Half a day, and three quarters, before the invoice.
        ({"2026-01-31": "500.00 ^acme/one", "2026-02-01": "500.00 ^acme/one"}, 0),
        ({"2026-01-31": "750.00 ^acme/one", "2026-02-01": "250.00 ^acme/one"}, -1),
    ],
)
def test_days_to_pay_is_the_average_by_amount(payments: dict[str, str], days: int) -> None:
    texts = [paid(date, *payment.split()) for date, payment in payments.items()]
    (found,) = balances(books(ledger(ACME, TWO_BILLS, *texts), "2026-03-31"))

    assert (found.days_to_pay, str(found.last_paid)) == (days, max(payments))


def test_a_payment_that_is_moved_to_another_invoice_did_not_come_that_day() -> None:
    moved = """
    2026-03-30 * "Acme" "It was for the other one"
      Assets:Receivable   1000.00 USD
        settles: "INV-1"
      Assets:Receivable  -1000.00 USD
        settles: "INV-2"
    """
    loaded = ledger(ACME, TWO_BILLS, paid("2026-02-11", "1000.00", "^INV-1"), moved)
    (found,) = balances(books(loaded, "2026-03-31"))

    assert values(found.outstanding, found.days_to_pay, found.last_paid) == (2000, None, None)


@pytest.mark.parametrize(
    ("after", "days", "last"),
    [
        # All of it, and then it is paid after 40 days.
        ([returned("2026-02-13", "1000.00")], None, None),
        ([returned("2026-02-13", "1000.00"), paid("2026-03-13", "1000.00", "^INV-1")], 40, "03-13"),
        # A half: 500 after 10 days, and 500 after 40 days.
        ([returned("2026-02-13", "500.00")], 10, "02-11"),
        ([returned("2026-02-13", "500.00"), paid("2026-03-13", "500.00", "^INV-1")], 25, "03-13"),
        # More than was paid is nothing that went back.
        ([returned("2026-02-13", "1500.00")], None, None),
        # It was not paid before it went back.
        ([returned("2026-02-10", "100.00")], 10, "02-11"),
        # A fee gives nothing back.
        ([returned("2026-02-13", "30.00", "Income:Fees")], 10, "02-11"),
    ],
)
def test_what_went_back_was_not_paid(after: list[str], days: int | None, last: str | None) -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-02-11", "1000.00", "^INV-1"), *after)
    (found,) = balances(books(loaded, "2026-03-31"))

    assert found.days_to_pay == days
    assert found.last_paid == (day(f"2026-{last}") if last else None)


def test_what_went_back_was_the_last_payment_before_it() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-02-05", "400.00", "^INV-1"),
        paid("2026-02-11", "600.00", "^INV-1"),
        returned("2026-02-13", "700.00"),
        paid("2026-02-21", "700.00", "^INV-1"),
    )
    (item, _) = books(loaded, "2026-03-31").open_items().items

    assert item.payments == [
        (day("2026-02-05"), Decimal(300)),
        (day("2026-02-21"), Decimal(700)),
    ]


def test_the_last_payment_is_the_latest_one_whatever_it_pays() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-20", "100.00", "^INV-1"),
        paid("2026-03-10", "100.00", "^INV-2"),
    )

    assert balances(books(loaded, "2026-03-31"))[0].last_paid == day("2026-03-20")


@pytest.mark.parametrize("account", ["Income:Discount", "Expenses:BadDebts"])
def test_a_credit_note_and_a_write_off_are_no_payments(account: str) -> None:
    by_hand = (
        f'2026-03-02 * "Acme" "By hand" ^INV-2\n  {account}  200.00 USD\n  Assets:Receivable\n'
    )
    (found,) = balances(books(ledger(ACME, TWO_BILLS, by_hand), "2026-03-02"))

    assert values(found.outstanding, found.days_to_pay, found.last_paid) == (2800, None, None)


def test_a_payment_of_what_has_no_bill_says_nothing_of_the_days() -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed"), paid("2026-02-02", "10.00"))
    (found,) = balances(books(loaded, "2026-03-01"))

    assert values(found.unbilled, found.days_to_pay) == (990, None)


def test_every_client_pays_in_their_own_time_and_currency() -> None:
    euro = ACME.replace("USD", "EUR").replace('"acme"', '"euro"')
    loaded = ledger(
        ACME,
        BOLT,
        euro,
        TWO_BILLS,
        '2026-02-02 custom "milestone" "bolt" "one" "completed"\n  invoice: "INV-3"\n',
        paid("2026-02-11", "1000.00", "^INV-1"),
        paid("2026-02-05", "1000.00", "^INV-3", payee="Bolt"),
    )

    found = balances(books(loaded, "2026-03-31"))
    assert [(row.client, row.currency, row.days_to_pay) for row in found] == [
        ("Acme", "EUR", None),
        ("Acme", "USD", 10),
        ("Bolt", "USD", 3),
    ]


def test_one_client_and_one_contract() -> None:
    second = ACME.replace('"acme"', '"second"')
    done = '2026-02-02 custom "milestone" "second" "two" "completed"\n  invoice: "INV-3"\n'
    at = books(ledger(ACME, BOLT, second, TWO_BILLS, FEE, done), "2026-03-02")

    def found(scope: Scope) -> list[tuple[str, Decimal]]:
        return [(row.client, row.balance) for row in balances(replace(at, scope=scope))]

    assert found(Scope()) == [("Acme", Decimal(5020)), ("Bolt", Decimal(0))]
    assert found(Scope(client="ACME")) == [("Acme", Decimal(5020))]
    assert found(Scope(client="bolt")) == [("Bolt", Decimal(0))]
    assert found(Scope(contract="second")) == [("Acme", Decimal(2000))]
    assert found(Scope(contract="bolt")) == [("Bolt", Decimal(0))]


# ---------------------------------------------------------------- laws


def agree(loaded: Loaded, date: str) -> None:
    """The balances are those of the accounts, of the open items, and of the statements."""
    at = books(loaded, date)
    names = {
        account
        for contract in at.register.contracts.values()
        if contract.entry.date <= at.as_of
        for account in contract.owed_on
    }
    payable = at.register.payables()
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for (account, currency), amount in balance(loaded, date).items():
        if account in names:
            booked[currency] += -amount if account in payable else amount
    open_: dict[str, Decimal] = defaultdict(Decimal)
    for item in items(at):
        open_[item.currency] += item.open
    sums: dict[str, Decimal] = defaultdict(Decimal)
    found = balances(at)
    for row in found:
        sums[row.currency] += row.balance
        assert row.balance == row.outstanding + row.unbilled + row.other - row.unapplied
    nothing = dict.fromkeys([*sums, *booked, *open_], Decimal())
    assert nothing | sums == nothing | booked == nothing | open_
    across, unseen = _across(at), waiting(at)
    for client in {row.client for row in found} - {""}:
        mine = {(row.side, row.currency): row.balance for row in found if row.client == client}
        for more, sign in ((across, 1), (unseen, -1)):
            for (side, owner, currency), amount in more.items():
                if owner == client:
                    mine[side, currency] = mine.get((side, currency), Decimal()) + sign * amount
        closing = {
            (line.side, line.currency): line.balance
            for line in statement(at, client)
            if line.kind == "closing"
        }
        # Nothing is open where all that was paid went back: a statement tells it all the same.
        nothing_ = dict.fromkeys([*mine, *closing], Decimal())
        assert nothing_ | mine == nothing_ | closing


def _across(at: Books) -> dict[tuple[str, str, str], Decimal]:
    """What is on the statement of who gave it: reductions for others, and what is nobody's."""
    found = at.open_items()
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for item in found.items:
        side = at.side_of(item.account)
        for match in item.matches:
            if match.credit.milestone or not item.client:
                for sign, owner in ((1, item.client), (-1, match.credit.client)):
                    sums[side, owner, item.account.currency] += sign * match.amount
    return sums


@given(ledgers)
@settings(max_examples=50)
def test_balances_are_those_of_the_accounts_and_of_the_statements(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        agree(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_balances_are_those_of_the_accounts_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        agree(loaded, date)
