"""The accounts that a form about money can name, and the one that is usual."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from beancount.core.account import is_valid, parents
from beancount.core.data import Close, Open, Transaction

from beancount_milestones import postings
from beancount_milestones.fava.entries import PLACE
from beancount_milestones.reading.settings import Roots
from beancount_milestones.reports.books import cached

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from beancount.core.data import Posting

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.fava.owing import Group
    from beancount_milestones.model import Contract
    from beancount_milestones.receivables import Match
    from beancount_milestones.reports import Books

#: What an account is called where the ledger has none of its kind so far: root and name.
_NEW: Final = {
    "fee": ("expenses", "Bank-Fees"),
    "discount": ("expenses", "Discounts"),
    "withholding": ("assets", "Tax-Withheld"),
    "write-off": ("expenses", "Bad-Debt"),
    "payment": ("income", "Exchange"),
    "receivable": ("assets", "Receivable:Acme"),
    "income": ("income", "Services"),
    "payable": ("liabilities", "Payable:Acme"),
    "cost": ("expenses", "Subcontractors"),
}
#: The same where we pay: what a supplier forgoes is income, and tax that we keep back is owed on.
_NEW_TO_PAY: Final = _NEW | {
    "discount": ("income", "Discounts"),
    "withholding": ("liabilities", "Tax-Withheld"),
    "write-off": ("income", "Debt-Waived"),
}
#: Those that are no `settles-as`.
_ROLES: Final = frozenset({"receivable", "income", "payable", "cost"})


def for_money(books: Books, group: Group) -> tuple[str, ...]:
    """Return the accounts that money can go to: those that payments used, else all that could be.

    Only open asset accounts, and none of a contract, a client or a tax. Without payments, only
    those with no open account below them. An account that takes other currencies only is there if
    payments of that receivable account went to it, or if none in that currency went anywhere.
    """
    roots = Roots.of(books.options)
    opened = [
        entry
        for entry in open_accounts(books).values()
        if entry.account.partition(":")[0] == roots.assets
        and entry.account not in _not_money(books)
    ]
    every = {entry.account for entry in opened}
    owed = group.account.currency
    takes = {e.account for e in opened if not e.currencies or owed in e.currencies}
    moved = [(m, account) for m in _matches(books) for account in _moved(books, m, group.side)]
    paid = {account for _, account in moved}
    here = {account for match, account in moved if match.credit.account == group.account}
    used = (takes & paid) | (every & here)
    above = {name for one in open_accounts(books) for name in parents(one) if name != one}
    # No payment in that currency so far: it may be exchanged on its way.
    could = ((takes - above) or (every - above)) | (every & paid)
    return tuple(sorted(used or could))


@cached
def _not_money(books: Books) -> frozenset[str]:
    """The accounts that hold no money: of contracts, clients, taxes, and what settles otherwise."""
    register = books.register
    found = {name for name, kind in register.settles_as.items() if kind != "payment"}
    found |= {*register.taxes, *register.clients_by_account}
    for contract in register.contracts.values():
        found |= accounts_of(contract)
    return frozenset(found)


def accounts_of(contract: Contract) -> set[str]:
    """Return the accounts that a contract books to, its proposals included."""
    every = (*contract.milestones.values(), *contract.proposals.values())
    found = {leg.posting.account for m in every for part in m.parts for leg in part.legs}
    return found | {contract.unbilled or "", contract.deferred or ""}


def usual(books: Books, group: Group, accounts: Sequence[str]) -> str:
    """Return the account that the last payment of the like went to, else the one used most.

    The like: on the same receivable account, else in the same currency, else any.
    """

    def like(match: Match) -> tuple[object, ...]:
        account = match.credit.account
        same = (account.name == group.account.name, account.currency == group.account.currency)
        return (*same, match.credit.date)

    for match in sorted(_matches(books), key=like, reverse=True):
        for account in _moved(books, match, group.side):
            if account in accounts:
                return account
    return _most_used(books, accounts)


def currencies(books: Books, group: Group, account: str) -> tuple[str, ...]:
    """Return the currencies in which money can go to an account, the usual one first."""
    owed = group.account.currency
    said = _currencies(books, account)
    if said:
        return tuple(sorted(said, key=lambda currency: (currency != owed, said.index(currency))))
    return tuple(dict.fromkeys([owed, *books.options["operating_currency"]]))


def that_are(books: Books, kind: str, side: str = "sell") -> list[str]:
    """Return the accounts of which the ledger says what they are, the most used first.

    Only those for that side. Where it says so of none, one that can be opened. Of write-offs, those
    that were used before, else one whose name says it.
    """
    said = books.register.settles_as
    found = [
        account
        for account in open_accounts(books)
        if said.get(account) == kind and _is_for(books, account, kind, side)
    ]
    first = _most_used(books, found)
    found.sort(key=lambda account: (account != first, account))
    new = _new(Roots.of(books.options), kind, side)
    if kind == "write-off" and side == "sell":
        # Expenses alone are a write-off: the ledger need not say so.
        found = list(dict.fromkeys([*_written_off(books), *found])) or _like(books, new)
    return found or [new]


def _is_for(books: Books, account: str, kind: str, side: str) -> bool:
    """Whether an account is for a side: for that on which it was used, once it was.

    Before that, it is for clients; and for suppliers too, unless it is of the class that such an
    account of clients has.
    """
    if _NEW[kind] == _NEW_TO_PAY[kind]:
        return True
    used = _sides(books).get(account)
    if used:
        return side in used
    root = getattr(Roots.of(books.options), _NEW[kind][0])
    return side == "sell" or account.partition(":")[0] != root


@cached
def _sides(books: Books) -> dict[str, set[str]]:
    """The sides on which each account stands beside what is settled."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in _matches(books):
        for posting in match.credit.entry.postings if match.credit.entry else ():
            found[posting.account].add(books.side_of(match.credit.account))
    return dict(found)


def _written_off(books: Books) -> list[str]:
    """The open accounts of what clients did not pay before, the last one first."""
    expenses = Roots.of(books.options).expenses
    said = books.register.settles_as
    matches = [
        match
        for match in _matches(books)
        if match.kind == "write-off" and books.side_of(match.credit.account) == "sell"
    ]
    matches.sort(key=lambda match: match.credit.date, reverse=True)
    return [
        posting.account
        for match in matches
        for posting in (match.credit.entry.postings if match.credit.entry else ())
        if posting.account in open_accounts(books)
        and said.get(posting.account, "write-off") == "write-off"
        and posting.account.partition(":")[0] == expenses
    ]


def _like(books: Books, new: str) -> list[str]:
    """The open accounts with a name like that of a new one: BadDebts is like Bad-Debt."""
    said = books.register.settles_as
    wanted = _letters(new.rpartition(":")[2])
    return sorted(
        account
        for account in open_accounts(books)
        if account.partition(":")[0] == new.partition(":")[0]
        and account not in said
        and wanted in _letters(account)
    )


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).casefold()


def _new(roots: Roots, kind: str, side: str = "sell") -> str:
    root, name = (_NEW if side == "sell" else _NEW_TO_PAY)[kind]
    return f"{getattr(roots, root)}:{name}"


def for_exchange(books: Books, currency: str) -> str:
    """Return the account that took the difference of earlier exchanges: the ledger remembers it.

    Takes the currency that is exchanged.
    """
    roots = Roots.of(books.options)
    said = books.register.settles_as
    found = Counter(
        posting.account
        for match in _matches(books)
        for posting in _exchanging(match)
        if posting.account.partition(":")[0] in {roots.income, roots.expenses}
        and postings.currency(posting) != currency
        and said.get(posting.account, "payment") == "payment"
    )
    return max(found, key=lambda account: found[account], default=that_are(books, "payment")[0])


def _exchanging(match: Match) -> Sequence[Posting]:
    """The postings of a payment that gives what it settles a price."""
    found = match.credit.entry.postings if match.credit.entry else ()
    priced = any(p.price and p.account == match.credit.account.name for p in found)
    return found if priced else ()


def check(books: Books, made: Plan, account: str, kind: str, date: datetime.date) -> None:
    """Check the account of a field; one that is new is opened by the plan, as what it is.

    Takes what it is: a `settles-as`, or a role as `check_role` takes.

    What is not an account, or says that it is something else, is a problem of the plan.
    """
    roots = Roots.of(books.options)
    if account in open_accounts(books):
        said = books.register.settles_as.get(account)
        money = {"payment", *_ROLES}
        if kind not in money and not said and account.partition(":")[0] == roots.assets:
            made.problems.append(
                f"What goes to '{account}' would count as money: "
                f'say settles-as: "{kind}" on its open'
            )
    elif not is_valid(account) or account.partition(":")[0] not in roots:
        like = _new(roots, kind, side_of(made))
        made.problems.append(f"'{account}' is not an account; write it like {like}")
    elif account not in {getattr(entry, "account", "") for entry in made.more}:
        meta = {} if kind in _ROLES else {"settles-as": kind}
        made.more.append(Open({**PLACE, **meta}, date, account, [], None))


def side_of(made: Plan) -> str:
    """Return whether a form is about a client or about a supplier."""
    return made.group.side if made.group else "sell"


def check_role(
    books: Books, made: Plan, account: str, kind: str, date: datetime.date | None
) -> None:
    """Check the account that a contract is owed on, or earns to: "receivable" or "income".

    On the buy side "payable" or "cost".
    """
    roots = Roots.of(books.options)
    like = _new(roots, kind)
    root, wanted = account.partition(":")[0], like.partition(":")[0]
    if root != wanted and root in roots:
        made.problems.append(f"'{account}' is not under {wanted}; write it like {like}")
    elif kind == "receivable" and account in _paid_into(books):
        made.problems.append(f"Payments go into '{account}': name what is owed, like {like}")
    elif date:
        check(books, made, account, kind, date)


@cached
def _paid_into(books: Books) -> set[str]:
    """The accounts of money, by the payments so far: no contract is owed on one."""
    assets = Roots.of(books.options).assets
    return {
        account
        for match in _matches(books)
        if match.kind == "payment"
        for account in _moved(books, match, books.side_of(match.credit.account))
        if account.partition(":")[0] == assets
    }


def check_currency(books: Books, made: Plan, account: str, currency: str) -> None:
    """Check that an account takes a currency; that it does not is a problem of the plan."""
    said = _currencies(books, account)
    if said and currency not in said:
        takes = ", ".join(said)
        made.problems.append(f"'{account}' takes {takes} and not {currency}: name another account")


@cached
def open_accounts(books: Books) -> dict[str, Open]:
    """Return the `open` of each account that is not closed, by name."""
    closed = {entry.account for entry in books.entries if isinstance(entry, Close)}
    opened = (e for e in books.entries if isinstance(e, Open) and e.account not in closed)
    return {entry.account: entry for entry in opened}


def _currencies(books: Books, account: str) -> list[str] | None:
    """The currencies that the `open` of an account names; none where it takes any."""
    opened = open_accounts(books).get(account)
    return opened.currencies if opened else None


def _most_used(books: Books, accounts: Iterable[str]) -> str:
    return max(accounts, key=lambda account: _uses(books)[account], default="")


@cached
def _uses(books: Books) -> Counter[str]:
    """How many postings each account has."""
    return Counter(
        posting.account
        for entry in books.entries
        if isinstance(entry, Transaction)
        for posting in entry.postings
    )


@cached
def _matches(books: Books) -> list[Match]:
    return [match for item in books.open_items().items for match in item.matches]


def _moved(books: Books, match: Match, side: str) -> list[str]:
    """The accounts that a payment has gone to; those that it came from, where we pay."""
    sign = 1 if side == "sell" else -1
    found = match.credit.entry.postings if match.credit.entry else ()
    return [
        posting.account
        for posting in found
        if postings.number(posting) * sign > 0 and posting.account not in _not_money(books)
    ]
