"""Open items: what is owed on every receivable account of a contract, and what settled the rest.

    items    the words
    lines    the postings on the receivable accounts
    names    what a payment says that it pays
    debits   what is owed
    credits  what is paid, and how it settles what is owed

For any as-of date, over the entries as the load left them; every account and currency by itself.
Always: the open items less the unapplied credits equal the balance of the account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beancount_milestones.reading.settings import Roots
from beancount_milestones.receivables.credits import line_payment, reduction, settle
from beancount_milestones.receivables.debits import (
    bills,
    clients_of,
    fold,
    folded,
    milestone_debts,
    other_debts,
)
from beancount_milestones.receivables.items import (
    Account,
    Basis,
    Credit,
    Debit,
    Item,
    Key,
    Match,
    Movement,
    OpenItems,
    Unapplied,
)
from beancount_milestones.receivables.lines import (
    Identity,
    accounts_of,
    booked_by_us,
    contracts_on,
    identity,
    identity_of_step,
    receivable_lines,
    unfiltered,
)
from beancount_milestones.receivables.names import known_names, names_of, numbers_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from beancount.core.data import Directive

    from beancount_milestones.model import Register

__all__ = [
    "Account",
    "Basis",
    "Credit",
    "Debit",
    "Identity",
    "Item",
    "Key",
    "Match",
    "Movement",
    "OpenItems",
    "Unapplied",
    "accounts_of",
    "bills",
    "booked_by_us",
    "clients_of",
    "contracts_on",
    "fold",
    "folded",
    "identity",
    "identity_of_step",
    "names_of",
    "numbers_of",
    "open_items",
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
    roots = Roots.of(options)
    contracts = contracts_on(register, as_of)
    lines = receivable_lines(register, contracts, entries, as_of)
    known = known_names(register, contracts, lines, as_of)
    owed = milestone_debts(register, lines, as_of)
    debts = [debt for debt in owed if debt.amount > 0]
    debts.extend(other_debts(lines, debts, known, roots.assets))
    payments = [
        line_payment(line, known, roots)
        for line in lines
        if line.milestone is None and line.amount < 0
    ]
    payments.extend(reduction(d, d.milestone) for d in owed if d.milestone and d.amount < 0)
    clients = {account: {clients_of(c) for c in used} for account, used in contracts.items()}
    unapplied = settle(debts, payments, clients)
    ranked = sorted(debts, key=lambda debt: (debt.account, debt.rank))
    return OpenItems(tuple(debt.item() for debt in ranked), tuple(unapplied))
