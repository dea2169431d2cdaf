"""The timeline, all clients, and the statement of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones import reports
from beancount_milestones.fava import gantt
from beancount_milestones.fava.frame import ranks_of, sums_of
from beancount_milestones.fava.owing import unapplied_of
from beancount_milestones.parties import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount_milestones.fava.frame import View
    from beancount_milestones.reports import (
        Balance,
    )


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
    """A client in one currency."""

    balance: Balance
    ranks: Mapping[str, int]


def clients(view: View) -> dict[str, Any]:
    """Return the clients of whom something passes the filters, each as a whole."""
    every = view.books.once(reports.balances)
    names = {fold(row.client) for row in reports.status(view.books) if view.keep(row)}
    passing = [b for b in every if not view.narrowed or fold(b.client) in names]
    kept = [b for b in passing if view.all or any(getattr(b, column) for column in _BALANCE)]
    ranks = ranks_of(view, kept, _BALANCE)
    return {
        "clients": [Client(balance, place) for balance, place in zip(kept, ranks, strict=True)],
        "totals": sums_of(view, kept, _BALANCE),
        "hidden": len({b.client for b in every} - {b.client for b in passing}),
        "closed": len(passing) - len(kept),
        "all": view.all,
    }


def client(view: View, name: str) -> dict[str, Any]:
    """Return the statement of account of a client, whatever the filters but the time."""
    try:
        lines = reports.statement(view.books, name, view.start)
    except reports.UnknownClientError as error:
        return {"unknown": name, "what": "client", "why": str(error)}
    known = lines[0].client if lines else name
    return {
        "client": known,
        "lines": lines,
        "balances": [b for b in view.books.once(reports.balances) if b.client == known],
        # What can go back to them.
        "unapplied": [
            rest for rest in unapplied_of(view.books, known) if not rest.credit.milestone
        ],
    }


#: The views, by the name that is in the address, and the field that says of what.
