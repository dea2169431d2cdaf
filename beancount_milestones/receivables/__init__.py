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
    settled  when our own invoices were settled
    staying  what of a settled account is the same on another day

For any as-of date, over the entries as the load left them; every account and currency by itself.
Always: the open items less the unapplied credits equal the balance of the account.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones.receivables.account import Settling, credit_notes
from beancount_milestones.receivables.carrying import carrying
from beancount_milestones.receivables.clients import Clients, clients_of, folded, holder, payer
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
from beancount_milestones.receivables.settled import Story, waited_for
from beancount_milestones.receivables.staying import (
    Day,
    Ended,
    Settlement,
    Staying,
    Words,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    "Settlement",
    "Unapplied",
    "Words",
    "accounts_of",
    "back",
    "bills",
    "booked_by_us",
    "clients_of",
    "contracts_on",
    "folded",
    "holder",
    "identity",
    "identity_of_step",
    "looks_of",
    "names_of",
    "numbers_of",
    "open_items",
    "payer",
    "receivable_lines",
    "settlement",
    "unfiltered",
    "words_of",
]


_DAY: Final = datetime.timedelta(days=1)


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
    kinds = Kinds(register, Roles(register, options))
    return settlement(register, lines, kinds, as_of).open_items


def settlement(
    register: Register,
    every: Sequence[Line],
    kinds: Kinds,
    as_of: datetime.date,
    near: tuple[Settlement, Words] | None = None,
) -> Settlement:
    """Settle all accounts at the end of a day.

    Takes the `receivable_lines` and the kinds, which are the same on every day. With another day
    that is settled already, and the words of the lines (``near``), the same comes out: only what
    has not moved between the two is not settled again.
    """
    return _settlement(register, every, kinds, as_of, {}, near)


def _settlement(  # noqa: PLR0913, PLR0917 - what a day is worked out from
    register: Register,
    every: Sequence[Line],
    kinds: Kinds,
    as_of: datetime.date,
    earlier: dict[datetime.date, OpenItems],
    near: tuple[Settlement, Words] | None = None,
) -> Settlement:
    """The items of a day; ``earlier`` keeps those of the days before, if one has to know them."""
    contracts = contracts_on(register, as_of)
    names = {account.name for account in contracts}
    found = [x for x in every if x.entry.date <= as_of and x.account.name in names]
    lines = without_closings(found, kinds.may_close)
    known = known_names(register, contracts, lines, as_of)
    others = [
        (line.account, line.entry.payee or "")
        for line in lines
        if line.milestone is None and line.amount > 0 and not kinds.pays_out(line)
    ]
    payees = (line.entry.payee for line in lines)
    clients = Clients.of(register, contracts, others, payees, as_of)
    by_account: dict[Account, list[Line]] = defaultdict(list)
    for line in lines:
        by_account[line.account].append(line)
    day = Day(
        as_of=as_of,
        known=known,
        clients=clients,
        notes=credit_notes(register, lines, kinds, as_of),
        carrying=carrying(register, lines, known, kinds, clients, as_of),
    )
    staying = Staying.of(register, near[0], day, near[1]) if near else None
    accounts: dict[Account, Ended] = {}
    settled_on: dict[str, datetime.date] = {}
    payables = register.payables()
    waiting = waited_for(register)
    # What we owe comes last: some of it is due when we are paid.
    for buys in (False, True):
        if buys and waiting:
            items = [item for ended in accounts.values() for item in ended.items]
            story = Story(register, items, charging_numbers(register, as_of), as_of)
            settled_on = {
                number: date
                for number in waiting
                if (date := _settled(number, story, register, every, kinds, earlier))
            }
        for account in sorted(name for name in by_account if (name.name in payables) is buys):
            own = by_account[account]
            ended = staying.ended(account, own, settled_on) if staying else None
            accounts[account] = ended or _ended(register, kinds, day, account, own, settled_on)
    return Settlement(day, accounts, _open_items(accounts, clients, settled_on))


def _ended(  # noqa: PLR0913, PLR0917 - what an account is settled by
    register: Register,
    kinds: Kinds,
    day: Day,
    account: Account,
    lines: Sequence[Line],
    settled_on: Mapping[str, datetime.date],
) -> Ended:
    """Settle an account."""
    settled = Settling(
        *(register, account, lines, day.as_of, day.known, kinds, day.clients),
        notes=day.notes,
        settled_on=settled_on,
        carrying=day.carrying,
    ).at(day.as_of)
    ranked = sorted(settled.debts, key=lambda debt: debt.rank)
    items = tuple(debt.item(day.clients) for debt in ranked)
    return Ended(lines, settled_on, items, tuple(settled.unapplied), tuple(settled.refunds))


def _open_items(
    accounts: Mapping[Account, Ended],
    clients: Clients,
    settled_on: Mapping[str, datetime.date],
) -> OpenItems:
    """Put together what all accounts have come to."""
    items = [item for ended in accounts.values() for item in ended.items]
    items.sort(key=lambda item: item.account)
    unapplied = [rest for ended in accounts.values() for rest in ended.unapplied]
    unapplied.sort(key=lambda rest: rest.credit.date)
    refunds = tuple(refund for ended in accounts.values() for refund in ended.refunds)
    theirs = (*(rest.credit.client for rest in unapplied), *(item.client for item in items))
    return OpenItems(
        tuple(items), tuple(unapplied), refunds, clients.with_names(theirs), settled_on
    )


def _settled(  # noqa: PLR0913, PLR0917 - what a day is worked out from
    number: str,
    story: Story,
    register: Register,
    lines: Sequence[Line],
    kinds: Kinds,
    earlier: dict[datetime.date, OpenItems],
) -> datetime.date | None:
    """The day on which an invoice that suppliers wait for was settled.

    What was settled before a credit note took it back stays so.
    """
    back = story.taken_back(number)
    if back and back > datetime.date.min:
        day = back - _DAY
        if day not in earlier:
            earlier[day] = _settlement(register, lines, kinds, day, earlier).open_items
        if number in earlier[day].settled_on:
            return earlier[day].settled_on[number]
    return story.settled(number)
