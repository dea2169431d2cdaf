"""The payment that a form asks for: a transaction that settles what is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.fava import accounts
from beancount_milestones.fava.discounting import tax_of
from beancount_milestones.fava.entries import (
    Allocation,
    Taken,
    Tender,
    left_by_exchange,
    owed,
    posting,
    prices,
    transaction,
)
from beancount_milestones.fava.form import amount_of, date_of
from beancount_milestones.fava.owing import UNNUMBERED, accounts_of, group_of, lines_of
from beancount_milestones.receivables import Key

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Posting

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.fava.owing import Group, Owing
    from beancount_milestones.reports import Books

#: What is taken off on the way, and what the ledger calls it.
TAKEN: Final = {"fee": "fee", "discount": "discount", "withheld": "withholding"}
#: What becomes of what is missing.
LEAVE_OPEN: Final = "leave open"
WRITE_OFF: Final = "write off"


def plan_payment(books: Books, made: Plan) -> None:
    """Put the payment of what was asked into the plan, or what is wrong with it."""
    date = date_of(made, "date", "The date")
    group = begin(books, made)
    if group is None:
        return
    made.lines = lines_of(books, group, date or books.as_of)
    ticked = ticked_of(made)
    made.owed = amounts.add(line.open for line in ticked)
    to = paid_into(books, made, group)
    taken = _taken(books, made, group, to[1], date)
    taken = [part for one in taken for part in _with_tax(books, group, one, ticked)]
    # A fee in the currency that is exchanged settles nothing by itself.
    off = amounts.add(one.amount for one in taken if one.currency == group.account.currency)
    money = paid(books, made, group, to, off)
    if money is None:
        return
    settled = amounts.add((money.worth, off))
    if settled < made.owed:
        made.fields["rest"] = made.asked.value("rest") or LEAVE_OPEN
        if made.fields["rest"] == WRITE_OFF:
            account = account_of(books, made, "rest-to", "write-off", date)
            left = amounts.take(made.owed, settled)
            taken.append(Taken(account, left, group.account.currency))
            settled = made.owed
    if not settled and not made.problems:
        zero = made.owed or made.fields["amount"]
        made.problems.append(
            "The amount is zero: there is nothing to record"
            if zero
            else of_nothing(made, "Tick what is paid, or give the amount")
        )
    allocations = allocated(made, ticked, settled)
    legs = _legs(group, allocations, taken, money)
    legs += exchanged(books, made, legs, date)
    if date and not made.problems:
        made.entry = transaction(date, group, "Payment", allocations, legs)


def begin(books: Books, made: Plan) -> Group | None:
    """Put into the plan with whom it is, and on which account; None where nobody owes anything."""
    group = group_of(books, made.asked)
    if group is None:
        client = made.asked.value("client")
        made.problems.append(
            "Nothing of it is outstanding"
            if made.asked.contract
            else f"'{client}' owes nothing and has no contract"
        )
        return None
    made.form, made.group = "money", group
    if made.asked.contract:
        made.title = f"{group.client}, {made.title}"
    made.others = [one for one in accounts_of(books, group.client) if one != group.account]
    made.currency = group.account.currency
    made.fields |= {
        "client": group.client,
        "receivable": group.account.name,
        "currency": group.account.currency,
    }
    return group


def ticked_of(made: Plan) -> list[Owing]:
    """Return the lines that it is about: those that are ticked, at first what was asked for."""
    asked = made.asked
    if "pay" in asked.values:
        wanted = asked.value("pay").split()
    elif asked.value("settles"):
        wanted = [asked.value("settles")]
    elif asked.contract:
        key = Key(asked.contract, asked.milestone)
        wanted = [line.name for line in made.lines if key in line.milestones]
    else:
        wanted = [line.name for line in made.lines[:1]]
    known = {line.name for line in made.lines}
    made.problems += [
        "Nothing without a number is outstanding"
        if name == UNNUMBERED
        else f"Nothing of '{name}' is outstanding"
        for name in wanted
        if name not in known
    ]
    made.fields |= {"pay": " ".join(wanted), "settles": asked.value("settles")}
    return [line for line in made.lines if line.name in wanted]


def of_nothing(made: Plan, words: str) -> str:
    """Return what is wrong where nothing is ticked: the words, if there is something to tick."""
    return words if made.lines else "Nothing of it is outstanding"


def paid(
    books: Books, made: Plan, group: Group, to: tuple[str, str], off: Decimal = amounts.ZERO
) -> Tender | None:
    """Read what comes in or goes back and what it settles, or tell what is wrong with it.

    Takes the account for the money with the currency that goes there, and what is taken off in the
    currency that is owed. What is not said is all that is left of it.
    """
    account, currency = to
    usual = amounts.take(made.owed, off)
    amount = worth = typed(books, made, "amount", currency, usual)
    if currency != group.account.currency:
        worth = typed(books, made, "worth", group.account.currency, usual)
        if not made.fields["amount"]:
            made.problems.append(f"How much is it in {currency}? Give the amount")
            return None
        if not made.owed and not made.fields["worth"]:
            made.problems.append(f"How much does it settle, in {group.account.currency}?")
            return None
        if 0 in (amount, worth):
            made.problems.append("An exchange needs more than zero on both sides")
            return None
    if amount is None or worth is None:
        return None
    if min(amount, worth) < 0:
        made.problems.append("More is taken off than is paid")
        return None
    return Tender(account, amount, currency, worth)


def typed(
    books: Books, made: Plan, field: str, currency: str, usual: Decimal | None = None
) -> Decimal | None:
    """Read the amount of a field, with the decimals of its currency; what is usual if empty."""
    made.fields[field] = made.asked.value(field)
    if not made.fields[field]:
        return usual
    places = books.register.places(currency)
    number = amount_of(made, field, currency, max(places, _places_owed(made, currency)))
    if number is None or amounts.decimals(number) >= places:
        return number
    return amounts.rounded(number, places)


def _places_owed(made: Plan, currency: str) -> int:
    """The decimals of what is owed in a currency: a contract may have more than others."""
    if currency != made.currency:
        return 0
    owed = (made.owed, *(line.open for line in made.lines))
    return max(amounts.decimals(amounts.trimmed(amount, 0)) for amount in owed)


def paid_into(books: Books, made: Plan, group: Group) -> tuple[str, str]:
    """Return the account for the money, and the currency that goes there."""
    made.accounts = accounts.for_money(books, group)
    to = made.asked.value("to") or accounts.usual(books, group, made.accounts)
    made.fields["to"] = to
    if not made.accounts:
        made.problems.append(f"No open account of yours takes {group.account.currency}")
    elif to not in made.accounts:
        made.problems.append(f"'{to}' is not an open account for money")
    made.currencies = accounts.currencies(books, group, to)
    asked = made.asked.value("in")
    made.fields["in"] = asked if asked in made.currencies else made.currencies[0]
    return to, made.fields["in"]


def _taken(
    books: Books, made: Plan, group: Group, currency: str, date: datetime.date | None
) -> list[Taken]:
    """What is taken off, each with its account. The bank takes its fee of what comes in."""
    found = []
    for field, kind in TAKEN.items():
        if field == "fee" and group.side == "buy":
            # What the bank takes of us takes nothing off what we owe.
            continue
        taken_in = currency if field == "fee" else group.account.currency
        amount = typed(books, made, field, taken_in)
        account = account_of(books, made, f"{field}-to", kind, date if amount else None)
        if amount:
            accounts.check_currency(books, made, account, taken_in)
            found.append(Taken(account, amount, taken_in, discount=field == "discount"))
    return found


def _with_tax(books: Books, group: Group, taken: Taken, ticked: Sequence[Owing]) -> Iterator[Taken]:
    """A discount net of the tax in it, and that tax; anything else as it is."""
    if not taken.discount:
        yield taken
        return
    taxes = tax_of(books, group, {line.name for line in ticked}, taken.amount)
    yield taken._replace(amount=amounts.take(taken.amount, amounts.add(taxes.values())))
    for account, tax in taxes.items():
        yield Taken(account, tax, taken.currency)


def account_of(books: Books, made: Plan, field: str, kind: str, date: datetime.date | None) -> str:
    """Return the account of a field, at first the usual one of its kind.

    Takes the day on which it is used; None where it is not.
    """
    made.choices[field] = accounts.that_are(books, kind, accounts.side_of(made))
    made.fields[field] = made.asked.value(field) or made.choices[field][0]
    if date:
        accounts.check(books, made, made.fields[field], kind, date)
    if date and kind == "write-off" and not made.problems:
        _check_write_off(books, made, made.fields[field])
    return made.fields[field]


def _check_write_off(books: Books, made: Plan, account: str) -> None:
    """Check that what goes to an account is a write-off, and no credit note or set-off."""
    buys = accounts.side_of(made) == "buy"
    opened = account in accounts.open_accounts(books)
    if opened and books.kinds.of_account(account) not in {
        "write-off",
        "income" if buys else "expenses",
    }:
        made.problems.append(
            f"What goes to '{account}' would not count as a write-off: name an account of"
            f' {"income" if buys else "expenses"}, or say settles-as: "write-off" on its open'
        )


def allocated(made: Plan, ticked: Sequence[Owing], settled: Decimal) -> list[Allocation]:
    """Return what each line gets, the oldest first; the last one takes what is over.

    The plan keeps what is meant for what has no name.
    """
    left = settled
    allocations = []
    for line in ticked:
        part = left if line is ticked[-1] else min(left, line.open)
        left = amounts.take(left, part)
        if part:
            title = "" if line.numbered else line.title
            name = "" if line.name == UNNUMBERED else line.name
            allocations.append(Allocation(name, title, part, line.price))
    made.unnumbered = amounts.add(one.amount for one in allocations if not one.name)
    return allocations or [Allocation("", "", settled)]


def _legs(
    group: Group, allocations: Sequence[Allocation], taken: Sequence[Taken], money: Tender
) -> list[Posting]:
    """The postings: the money, what is taken off, what is settled."""
    at = prices(group, allocations, money, taken)
    came = posting(money.account, group.signed(money.amount), money.currency)
    off = [
        posting(
            *(one.account, group.signed(one.amount), one.currency),
            at[0] if one.currency == group.account.currency else None,
        )
        for one in taken
    ]
    return [*([came] if money.amount else []), *off, *owed(group, allocations, at)]


def exchanged(
    books: Books, made: Plan, legs: Sequence[Posting], date: datetime.date | None
) -> list[Posting]:
    """Return what an exchange has left, on the account where it went the last time."""
    currency = made.fields["in"]
    left = left_by_exchange(legs, books.register.places(currency))
    if not left:
        return []
    usual = accounts.for_exchange(books, made.currency)
    made.fields["exchange-to"] = made.asked.value("exchange-to") or usual
    if date:
        accounts.check(books, made, made.fields["exchange-to"], "payment", date)
    return [posting(made.fields["exchange-to"], left, currency)]
