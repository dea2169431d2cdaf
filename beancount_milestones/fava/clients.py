"""The timeline, all clients and suppliers, and the statements of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones import reports
from beancount_milestones.fava import gantt
from beancount_milestones.fava.frame import ranks_of, sums_of
from beancount_milestones.fava.owing import accounts_of, unapplied_on
from beancount_milestones.parties import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.money import Sum
    from beancount_milestones.receivables import Account, Unapplied
    from beancount_milestones.reports import Balance, Books, StatementLine


def timeline(view: View) -> dict[str, Any]:
    """Return the contracts of which something passes the filters."""
    every = view.books.once(reports.timeline)
    kept = [lane for lane in every if any(map(view.keep, lane.marks))]
    return {
        "timeline": gantt.timeline(kept, view.books.as_of, view.start),
        "hidden": len(every) - len(kept),
    }


_BALANCE: Final = ("outstanding", "overdue", "unbilled", "other", "unapplied", "balance")


@dataclass(frozen=True, slots=True)
class Client:
    """A client or a supplier in one currency."""

    balance: Balance
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Side:
    """All clients, or all suppliers: no total mixes what they owe and what we owe."""

    name: str
    clients: Sequence[Client]
    totals: Sequence[Sum]
    #: How many more there are without the filters, and how many that owe or are owed nothing.
    hidden: int
    closed: int


def clients(view: View) -> dict[str, Any]:
    """Return the clients of whom something passes the filters, each as a whole, then suppliers."""
    every = view.books.once(reports.balances)
    # Without anybody at all, the page says so of clients.
    sides = dict.fromkeys(balance.side for balance in every) or ["sell"]
    return {
        "sides": [_side(view, name, [b for b in every if b.side == name]) for name in sides],
        "all": view.all,
    }


def _side(view: View, side: str, every: Sequence[Balance]) -> Side:
    rows = (row for row in reports.status(view.books) if row.side == side and view.keep(row))
    names = {fold(row.client) for row in rows}
    passing = [b for b in every if not view.narrowed or fold(b.client) in names]
    kept = [b for b in passing if view.all or any(getattr(b, column) for column in _BALANCE)]
    ranks = ranks_of(view, kept, _BALANCE)
    return Side(
        name=side,
        clients=[Client(balance, place) for balance, place in zip(kept, ranks, strict=True)],
        totals=sums_of(view, kept, _BALANCE),
        hidden=len({b.client for b in every} - {b.client for b in passing}),
        closed=len(passing) - len(kept),
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of account: of what a client owes, or of what we owe."""

    side: str
    lines: Sequence[StatementLine]
    balances: Sequence[Balance]
    #: What can go back, with what a link calls it.
    unapplied: Sequence[tuple[str, Unapplied]]
    #: Where a payment goes; None where nothing is owed and nothing agreed.
    account: Account | None


def client(view: View, name: str) -> dict[str, Any]:
    """Return the statement of account of a client, whatever the filters but the time.

    Who is a supplier too has two of them.
    """
    books = view.books
    try:
        lines = reports.statement(books, name, view.start)
        only_supplies = reports.is_supplier(books, name)
    except reports.UnknownClientError as error:
        return {"unknown": name, "what": "client", "why": str(error)}
    known = lines[0].client if lines else name
    supplies = only_supplies or any(line.side == "buy" for line in lines)
    sides = [*(() if only_supplies else ("sell",)), *(("buy",) if supplies else ())]
    return {
        "client": known,
        "statements": [
            _statement(books, known, side, [line for line in lines if line.side == side])
            for side in sides
        ],
    }


def _statement(books: Books, name: str, side: str, lines: Sequence[StatementLine]) -> Statement:
    accounts = [one for one in accounts_of(books, name) if books.side_of(one) == side]
    return Statement(
        side=side,
        lines=lines,
        balances=[b for b in books.once(reports.balances) if (b.client, b.side) == (name, side)],
        unapplied=[
            (called, rest)
            for account in accounts
            for called, rest in unapplied_on(books, name, account).items()
            if not rest.credit.milestone
        ],
        account=next(iter(accounts), None),
    )
