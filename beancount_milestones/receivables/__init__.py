"""Open items: what is owed on every receivable account of a contract, and what settled the rest.

    items    the words
    lines    the postings on the receivable accounts
    clients  whose an item or a credit is
    kinds    what a credit is: money, a discount, a set-off
    names    what a payment says that it pays
    roles    what a leg of a contract is on an invoice: owed, held back, withheld, tax, net
    debits   what milestones owe
    carrying what a debit by hand carries on: owed again, or elsewhere
    by_hand  what else is owed, and money that goes back
    matching how a payment finds what it settles: by name, by exact amount, else the oldest
    account  one account on a day: debts, what settles them, refunds

For any as-of date, over the entries as the load left them; every account and currency by itself.
Always: the open items less the unapplied credits equal the balance of the account.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from beancount_milestones.receivables.account import Settling, credit_notes
from beancount_milestones.receivables.carrying import carrying
from beancount_milestones.receivables.clients import Clients, clients_of, folded, payers
from beancount_milestones.receivables.debits import bills, charging_numbers
from beancount_milestones.receivables.items import (
    Account,
    Basis,
    Credit,
    Debit,
    Item,
    Key,
    Kind,
    Match,
    Movement,
    OpenItems,
    Refund,
    Unapplied,
    back,
)
from beancount_milestones.receivables.kinds import Kinds
from beancount_milestones.receivables.lines import (
    Identity,
    Line,
    accounts_of,
    booked_by_us,
    contracts_on,
    identity,
    identity_of_step,
    receivable_lines,
    unfiltered,
    without_closings,
)
from beancount_milestones.receivables.names import (
    SETTLES,
    known_names,
    looks_of,
    names_of,
    numbers_of,
)
from beancount_milestones.receivables.roles import GROSS, KEPT, Role, Roles

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from beancount.core.data import Directive

    from beancount_milestones.model import Register
__all__ = [
    "GROSS",
    "KEPT",
    "SETTLES",
    "Account",
    "Basis",
    "Clients",
    "Credit",
    "Debit",
    "Identity",
    "Item",
    "Key",
    "Kind",
    "Kinds",
    "Line",
    "Match",
    "Movement",
    "OpenItems",
    "Refund",
    "Role",
    "Roles",
    "Unapplied",
    "accounts_of",
    "back",
    "bills",
    "booked_by_us",
    "clients_of",
    "contracts_on",
    "folded",
    "identity",
    "identity_of_step",
    "items_among",
    "looks_of",
    "names_of",
    "numbers_of",
    "open_items",
    "payers",
    "receivable_lines",
    "unfiltered",
]


def open_items(
    register: Register,
    entries: Iterable[Directive],
    options: Mapping[str, Any],
    as_of: datetime.date,
) -> OpenItems:
    """Return all items and unapplied credits at the end of a day.

    Takes the register and the entries of one load, and the ledger's options. Entries that may be
    filtered go through `unfiltered` first.
    """
    lines = receivable_lines(register, entries)
    return items_among(register, lines, Kinds(register, Roles(register, options)), as_of)


def items_among(
    register: Register, lines: Iterable[Line], kinds: Kinds, as_of: datetime.date
) -> OpenItems:
    """Return the same from the `receivable_lines` and kinds, which are the same on every day."""
    contracts = contracts_on(register, as_of)
    names = {account.name for account in contracts}
    found = [x for x in lines if x.entry.date <= as_of and x.account.name in names]
    lines = without_closings(found, kinds.may_close)
    known = known_names(register, contracts, lines, as_of)
    others = [
        (line.account, line.entry.payee or "")
        for line in lines
        if line.milestone is None and line.amount > 0 and not kinds.pays_out(line)
    ]
    payees = (line.entry.payee for line in lines)
    clients = Clients.of(register, contracts, others, payees, as_of)
    notes = credit_notes(register, lines, kinds, as_of)
    by_account: dict[Account, list[Line]] = defaultdict(list)
    for line in lines:
        by_account[line.account].append(line)
    items: list[Item] = []
    unapplied: list[Unapplied] = []
    refunds: list[Refund] = []
    charging = charging_numbers(register, as_of)
    carried = carrying(register, lines, known, kinds, clients, as_of)
    settled_on: dict[str, datetime.date] = {}
    payables = register.payables()
    # What we owe comes last: some of it is due when we are paid.
    for account, some in sorted(by_account.items(), key=lambda x: (x[0].name in payables, x[0])):
        if account.name in payables and not settled_on:
            settled_on = _settled_on(items)
        settling = Settling(
            *(register, account, some, as_of, known, kinds, clients),
            notes=notes,
            settled_on=settled_on,
            charging=charging,
            carrying=carried,
        )
        settled = settling.at(as_of)
        ranked = sorted(settled.debts, key=lambda debt: debt.rank)
        items += [debt.item(clients) for debt in ranked]
        unapplied += settled.unapplied
        refunds += settled.refunds
    items.sort(key=lambda item: item.account)
    unapplied.sort(key=lambda rest: rest.credit.date)
    theirs = (*(rest.credit.client for rest in unapplied), *(item.client for item in items))
    clients = clients.with_names(theirs)
    return OpenItems(tuple(items), tuple(unapplied), tuple(refunds), clients)


def _settled_on(items: Iterable[Item]) -> dict[str, datetime.date]:
    """The days on which invoices were settled, by number: those of which nothing is open."""
    by_number: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.number:
            by_number[item.number].append(item)
    return {
        number: max(match.credit.date for item in found for match in item.matches)
        for number, found in by_number.items()
        if not any(item.open for item in found)
    }
