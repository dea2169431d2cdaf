"""The payment that a form asks for: a transaction that settles what is owed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from beancount.core.account import parents
from beancount.core.amount import Amount
from beancount.core.data import Close, Open, Posting, Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.fava.form import date_of, number_of
from beancount_milestones.reading.settings import Roots
from beancount_milestones.reports import items, status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.receivables import Match
    from beancount_milestones.reports import Books, OpenItem, Row


def plan_payment(books: Books, made: Plan, client: str) -> None:
    """Put the payment of what was asked into the plan, or what is wrong with it."""
    asked = made.asked
    date = date_of(made, "date", "The date")
    rows = [
        row
        for row in status(books)
        if (row.contract, row.milestone) == (asked.contract, asked.milestone) and row.account
    ]
    wanted = (asked.value("receivable"), asked.value("currency"))
    row = next((row for row in rows if (row.account, row.currency) == wanted), None)
    row = row or next((row for row in rows if row.outstanding), None)
    if row is None:
        made.problems.append("Nothing of it is outstanding")
        return
    ours = row.side == "sell"
    made.currency = row.currency
    made.fields |= {"receivable": row.account, "currency": row.currency}
    bills = _bills(books, row)
    own = [
        bill
        for bill in bills
        if (bill.contract, bill.milestone) == (asked.contract, asked.milestone)
    ]
    number = asked.value("settles") or _only_number(own)
    if number and number not in row.invoice.split(", "):
        made.problems.append(f"'{number}' is not one of its invoices")
    # Others may be on the same invoice.
    paid_for = [bill for bill in bills if bill.invoice == number] if number else own
    made.owed = amounts.add(bill.open for bill in paid_for)
    made.fields["settles"] = number
    made.accounts = _accounts(books, row)
    to = made.fields["to"] or _usual_account(books, row, made.accounts)
    made.fields["to"] = to
    if not made.accounts:
        made.problems.append(f"No open account of yours takes {row.currency}")
    elif to not in made.accounts:
        made.problems.append(f"'{to}' is not an open account for money")
    paid = number_of(made, "amount") if made.fields["amount"] else made.owed
    if paid is not None and paid <= 0:
        made.problems.append(
            "The amount is zero: there is nothing to record"
            if made.owed
            else "Nothing of it is outstanding"
        )
    if date and paid is not None and not made.problems:
        link = number or f"{row.contract}/{row.milestone}"
        made.entry = Transaction(
            meta={"filename": "<milestones>", "lineno": 0},
            date=date,
            flag="*",
            payee=client,
            narration=f"Payment {number}".strip() if number else f"Payment: {made.title}",
            tags=frozenset(),
            links=frozenset({link}),
            postings=[
                _posting(to, paid if ours else amounts.negative(paid), row.currency),
                _posting(row.account, amounts.negative(paid) if ours else paid, row.currency),
            ],
        )


def _posting(account: str, number: Decimal, currency: str) -> Posting:
    return Posting(account, Amount(number, currency), None, None, None, {})


def _bills(books: Books, row: Row) -> list[OpenItem]:
    """What is billed and open on the account of a row, by hand too."""
    return [
        item
        for item in items(books)
        if item.kind in {"invoiced", "other"}
        and (item.account, item.currency) == (row.account, row.currency)
    ]


def _only_number(bills: Iterable[OpenItem]) -> str:
    """The number that all of them have. Without it a payment names the milestone."""
    numbers = {bill.invoice for bill in bills}
    return numbers.pop() if len(numbers) == 1 else ""


def _accounts(books: Books, row: Row) -> tuple[str, ...]:
    """The accounts that money can go to: those that payments have used, else all that could be.

    Only open asset accounts, and none that contracts use. Without payments, only those with no
    open account below them.
    """
    roots = Roots.of(books.options)
    other = set(books.register.receivables()) | set(books.register.payables())
    other |= {name for name, kind in books.register.settles_as.items() if kind != "payment"}
    for contract in books.register.contracts.values():
        other |= {contract.unbilled or "", contract.deferred or "", contract.retention or ""}
    closed = {entry.account for entry in books.entries if isinstance(entry, Close)}
    opened = [e for e in books.entries if isinstance(e, Open) and e.account not in closed]
    could = {
        entry.account
        for entry in opened
        if entry.account.partition(":")[0] == roots.assets
        and entry.account not in other
        and (not entry.currencies or row.currency in entry.currencies)
    }
    used = could & {account for match in _matches(books) for account in _moved(match, row)}
    above = {name for e in opened for name in parents(e.account) if name != e.account}
    return tuple(sorted(used or could - above))


def _usual_account(books: Books, row: Row, accounts: Sequence[str]) -> str:
    """The account that the last payment of the like went to, else the one that is used most.

    The like: on the same receivable account, else in the same currency, else any.
    """

    def like(match: Match) -> tuple[object, ...]:
        account = match.credit.account
        same = (account.name == row.account, account.currency == row.currency)
        return (*same, match.credit.date)

    for match in sorted(_matches(books), key=like, reverse=True):
        for account in _moved(match, row):
            if account in accounts:
                return account
    used = Counter(
        posting.account
        for entry in books.entries
        if isinstance(entry, Transaction)
        for posting in entry.postings
    )
    return max(accounts, key=lambda account: used[account], default="")


def _matches(books: Books) -> list[Match]:
    return [match for item in books.open_items().items for match in item.matches]


def _moved(match: Match, row: Row) -> list[str]:
    """The accounts that a payment has gone to; those that it came from, where we pay."""
    sign = 1 if row.side == "sell" else -1
    found = match.credit.entry.postings if match.credit.entry else ()
    return [posting.account for posting in found if postings.number(posting) * sign > 0]
