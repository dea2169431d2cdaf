"""What is still asked for: what is due, less what clients have paid and is not matched yet."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from beancount_milestones.documents.reminders import reminders
from beancount_milestones.documents.statement import StatementDocument, statement_letter
from beancount_milestones.parties import fold
from beancount_milestones.reports import Books, is_supplier, todo
from beancount_milestones.reports.dues import dues
from beancount_milestones.reports.open_items import unapplied
from tests.receivables import ACME, BOLT, TWO_BILLS, billed, books, ledger, on_some_days, paid
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded

# 1,000 due on 3 March, 2,000 on 31 March, 3,000 on 14 April.
THREE_BILLS = TWO_BILLS + billed("2026-03-15 three completed INV-3")


def asked(loaded: Loaded, date: str) -> list[tuple[str, str]]:
    """What is asked for of each invoice, the oldest due first."""
    return [(one.number, f"{one.asked:f}") for one in dues(books(loaded, date))]


def credit(amount: str) -> str:
    """A payment that names what is not there, and so settles nothing."""
    return paid("2026-03-20", amount, "^INV-99")


@pytest.mark.parametrize(
    ("amount", "date", "found"),
    [
        # What is overdue is lowered.
        ("700.00", "2026-03-20", ("300.00", "2000.00", "3000.00")),
        ("1000.00", "2026-03-20", ("0.00", "2000.00", "3000.00")),
        # What is left lowers the oldest that is not due yet.
        ("1200.00", "2026-03-20", ("0.00", "1800.00", "3000.00")),
        ("2500.00", "2026-04-10", ("0.00", "500.00", "3000.00")),
        ("3500.00", "2026-04-20", ("0.00", "0.00", "2500.00")),
        ("9000.00", "2026-04-20", ("0.00", "0.00", "0.00")),
        # It covers whole what it can: 2,000 of 2,500, and lowers the oldest by the rest.
        ("500.00", "2026-04-20", ("500.00", "2000.00", "3000.00")),
    ],
)
def test_what_is_paid_and_not_matched_is_not_asked_for(
    amount: str, date: str, found: tuple[str, ...]
) -> None:
    loaded = ledger(ACME, THREE_BILLS, credit(amount))

    assert asked(loaded, date) == list(zip(("INV-1", "INV-2", "INV-3"), found, strict=True))


def test_what_is_overdue_comes_first_and_whole_invoices_before_the_oldest() -> None:
    """2,000 since 31 March, 1,000 since 2 April, and 3,000 that are due later."""
    bills = billed(
        "2026-03-01 two completed INV-1",
        "2026-03-03 one completed INV-2",
        "2026-03-15 three completed INV-3",
    )
    loaded = ledger(ACME, bills, credit("1500.00"))

    assert asked(loaded, "2026-04-10") == [
        ("INV-1", "1500.00"),
        ("INV-2", "0.00"),
        ("INV-3", "3000.00"),
    ]
    kinds = [(task.kind, task.invoice) for task in todo(books(loaded, "2026-04-10"))]
    assert kinds == [("match", "INV-2"), ("chase", "INV-1")]


def test_an_invoice_on_two_accounts_is_one() -> None:
    """500 and 500 of INV-1; 600 that are paid and not matched do not cover it."""
    split = """
        2026-01-01 * "Acme" "Two accounts"
          contract: "acme"
          milestone-one: "100%"
          Assets:Receivable       500.00 USD
          Assets:Receivable:Acme  500.00 USD
          Income:Design
    """
    bill = billed("2026-02-01 one completed INV-1")
    loaded = ledger(split, bill, credit("600.00"))
    tasks = todo(books(loaded, "2026-04-10"))

    assert asked(loaded, "2026-04-10") == [("INV-1", "400.00")]
    assert [(task.kind, f"{task.amount:f}") for task in tasks] == [("chase", "500.00")] * 2


def test_a_credit_that_has_settled_what_is_nobodys_is_on_the_statement() -> None:
    """It is all that there is of the client: nothing is open by age."""
    back = """
        2026-03-01 * "Sent back"
          Assets:Receivable  100.00 USD
          Assets:Bank
    """
    # Work of somebody, so that the money that goes back is not taken out of what was paid.
    done = '2026-02-01 custom "milestone" "acme" "one" "progress" 20'
    loaded = ledger(ACME, BOLT, done, paid("2026-03-01", "100.00", payee="Bolt"), back)

    document = statement_letter(books(loaded, "2026-04-10"), "Bolt", only_open=True).document
    assert isinstance(document, StatementDocument)
    (account,) = document.accounts
    assert account.closing == Decimal(-100)
    found = [(age.name, str(age.amount)) for age in account.ages if age.amount]
    assert found == [("unapplied", "-100.00")]


# ---------------------------------------------------------------- laws


def agree(at: Books) -> None:
    """The credit lowers what is asked for, to the cent and never below nothing."""
    owed: dict[tuple[str, str, str], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    credits_: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for due in dues(at):
        owed[due.side, fold(due.client), due.currency].append((due.open, due.asked))
    for rest in unapplied(at):
        account = rest.credit.account
        owner = at.side_of(account), fold(rest.credit.client), account.currency
        credits_[owner] += rest.amount
    for key, found in owed.items():
        assert all(0 <= less <= open_ for open_, less in found)
        left = max(sum(open_ for open_, _ in found) - credits_[key], Decimal())
        assert sum(less for _, less in found) == left
    chased = {(t.invoice, fold(t.client), t.currency) for t in todo(at) if t.kind == "chase"}
    for letter in reminders(at, level=1):
        assert all(total.amount > 0 for total in letter.totals)
        assert {(line.number, fold(letter.payer), line.currency) for line in letter.lines} == {
            key for key in chased if key[0] and key[1] == fold(letter.payer)
        }
    for client in set(at.clients.names.values()):
        if is_supplier(at, client):
            # There is no letter of what we owe.
            continue
        document = statement_letter(at, client, only_open=True).document
        assert isinstance(document, StatementDocument)
        for one in document.accounts:
            assert one.closing == sum(age.amount for age in one.ages)


@given(ledgers)
@settings(max_examples=40)
def test_what_is_asked_for_agrees_with_the_reports(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        agree(books(loaded, date))


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_what_is_asked_for_agrees_with_the_reports_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        agree(books(loaded, date))
