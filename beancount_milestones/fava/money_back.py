"""Money that goes back, and what nobody will pay: refund, returned payment, write-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.fava.entries import Allocation, Tender, owed, posting, prices, transaction
from beancount_milestones.fava.form import date_of
from beancount_milestones.fava.owing import lines_of, price_of, unapplied_on
from beancount_milestones.fava.payment import (
    account_of,
    allocated,
    begin,
    exchanged,
    of_nothing,
    paid,
    paid_into,
    ticked_of,
    typed,
)
from beancount_milestones.fava.settled import settled
from beancount_milestones.reading.values import LINK, shown

if TYPE_CHECKING:
    from beancount.core.amount import Amount
    from beancount.core.data import Transaction

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.fava.owing import Group
    from beancount_milestones.reports import Books


def plan_refund(books: Books, made: Plan) -> None:
    """Put into the plan money that goes back to a client who has paid too much."""
    group = begin(books, made)
    if group is None:
        return
    rests = unapplied_on(books, group.client, group.account)
    # The one that was clicked on, else the oldest.
    day = made.asked.value("paid")
    rest = rests.get(day) or next(iter(rests.values()), None)
    made.fields["paid"] = day
    number = made.asked.values.get("settles", (rest.credit.number if rest else "") or "")
    made.owed = rest.amount if rest else amounts.ZERO
    price = _price(group, rest.credit.entry) if rest else None
    money = _back(books, made, group, Allocation(number, "", made.owed, price), "Refund")
    if money and not number and money.worth not in {rest.amount for rest in rests.values()}:
        made.doubts.append("No credit is unapplied of exactly that amount: it is owed to you then")


def plan_returned(books: Books, made: Plan) -> None:
    """Put into the plan a payment that the bank has taken back: its invoice is open again."""
    group = begin(books, made)
    if group is None:
        return
    number, day = made.asked.value("settles"), made.asked.value("paid")
    made.fields["paid"] = day
    items = [
        item
        for item in books.open_items().items
        if (item.account, item.number) == (group.account, number)
    ]
    payment = next((one for one in settled(items) if one.name == day), None)
    made.owed = payment.left if payment else amounts.ZERO
    # As it came, or at the price of the contract.
    price = _price(group, payment.entry) if payment else None
    price = price or next(filter(None, (price_of(books, item) for item in items)), None)
    _back(books, made, group, Allocation(number, "", made.owed, price), "Returned payment")


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
        allocations = allocated(made, ticked, amount)
        legs = [
            posting(account, group.signed(amount), group.account.currency),
            *owed(group, allocations, [None] * len(allocations)),
        ]
        made.entry = transaction(date, group, "Write-off", allocations, legs)


def _price(group: Group, entry: Transaction | None) -> Amount | None:
    """The price at which a transaction settled something on the account."""
    found = entry.postings if entry else ()
    return next((p.price for p in found if p.price and p.account == group.account.name), None)


def _back(books: Books, made: Plan, group: Group, settles: Allocation, words: str) -> Tender | None:
    """Money that goes the way back, with the number that it is about, at the price that it came."""
    date = date_of(made, "date", "The date")
    made.fields["settles"] = settles.name
    if settles.name and not LINK.fullmatch(settles.name):
        made.problems.append(f"{shown(settles.name)} cannot be the number of an invoice")
    money = paid(books, made, group, paid_into(books, made, group))
    if money and not money.amount:
        made.problems.append("The amount is zero: there is nothing to record")
    if money:
        back = group._replace(side="buy" if group.side == "sell" else "sell")
        allocations = [settles._replace(amount=money.worth)]
        legs = [
            *owed(back, allocations, prices(group, allocations, money)),
            posting(money.account, back.signed(money.amount), money.currency),
        ]
        legs += exchanged(books, made, legs, date)
        if date and not made.problems:
            made.entry = transaction(date, group, words, allocations, legs)
    return money
