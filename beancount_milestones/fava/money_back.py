"""Money that goes back, and what nobody will pay: refund, returned payment, write-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.fava.entries import Allocation, Tender, owed, posting, prices, transaction
from beancount_milestones.fava.form import date_of
from beancount_milestones.fava.owing import lines_of, unapplied_of
from beancount_milestones.fava.payment import (
    account_of,
    allocated,
    begin,
    of_nothing,
    paid,
    paid_into,
    ticked_of,
    typed,
)
from beancount_milestones.reading.values import LINK, shown

if TYPE_CHECKING:
    from beancount_milestones.fava.form import Plan
    from beancount_milestones.fava.owing import Group
    from beancount_milestones.reports import Books


def plan_refund(books: Books, made: Plan) -> None:
    """Put into the plan money that goes back to a client who has paid too much."""
    group = begin(books, made)
    if group is None:
        return
    rests = [
        rest for rest in unapplied_of(books, group.client) if rest.credit.account == group.account
    ]
    # The one that was clicked on, else the oldest.
    day = made.asked.value("paid")
    clicked = [one for one in rests if one.credit.date.isoformat() == day]
    rest = next(iter(clicked or rests), None)
    made.fields["paid"] = day
    number = made.asked.values.get("settles", (rest.credit.number if rest else "") or "")
    made.owed = rest.amount if rest else amounts.ZERO
    money = _back(books, made, group, number, "Refund")
    if money and not number and money.worth not in {rest.amount for rest in rests}:
        made.doubts.append("No credit is unapplied of exactly that amount: it is owed to you then")


def plan_returned(books: Books, made: Plan) -> None:
    """Put into the plan a payment that the bank has taken back: its invoice is open again."""
    group = begin(books, made)
    if group is None:
        return
    number, day = made.asked.value("settles"), made.asked.value("paid")
    made.fields["paid"] = day
    made.owed = amounts.add(
        match.amount
        for item in books.open_items().items
        if (item.account, item.number) == (group.account, number)
        for match in item.matches
        if match.kind == "payment" and match.credit.date.isoformat() == day
    )
    _back(books, made, group, number, "Returned payment")


def plan_write_off(books: Books, made: Plan) -> None:
    """Put into the plan what nobody will pay any more: the rest of an invoice, or some of it."""
    date = date_of(made, "date", "The date")
    group = begin(books, made)
    if group is None:
        return
    made.lines = lines_of(books, group, books.as_of)
    ticked = ticked_of(made)
    made.owed = amounts.add(line.open for line in ticked)
    amount = typed(books, made, "amount", made.currency, made.owed)
    if not ticked and not made.problems:
        made.problems.append(of_nothing(made, "Tick what is written off"))
    elif ticked and amount is not None and not 0 < amount <= made.owed:
        most = f"{made.owed:f} {made.currency}"
        made.problems.append(f"What is written off is more than 0 and at most {most}")
    account = account_of(books, made, "rest-to", "write-off", date)
    if date and amount is not None and not made.problems:
        allocations = allocated(ticked, amount)
        legs = [
            posting(account, group.signed(amount), group.account.currency),
            *owed(group, allocations, [None] * len(allocations)),
        ]
        made.entry = transaction(date, group, "Write-off", allocations, legs)


def _back(books: Books, made: Plan, group: Group, number: str, words: str) -> Tender | None:
    """Money that goes the way back, with the number that it is about."""
    date = date_of(made, "date", "The date")
    made.fields["settles"] = number
    if number and not LINK.fullmatch(number):
        made.problems.append(f"{shown(number)} cannot be the number of an invoice")
    money = paid(books, made, group, paid_into(books, made, group))
    if money and not money.amount:
        made.problems.append("The amount is zero: there is nothing to record")
    if date and money and not made.problems:
        back = group._replace(side="buy" if group.side == "sell" else "sell")
        allocations = [Allocation(number, "", money.worth)]
        legs = [
            *owed(back, allocations, prices(group, allocations, money)),
            posting(money.account, back.signed(money.amount), money.currency),
        ]
        made.entry = transaction(date, group, words, allocations, legs)
    return money
