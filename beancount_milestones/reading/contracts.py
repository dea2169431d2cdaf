"""All transactions of one contract id, read together."""

from __future__ import annotations

import operator
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.errors import did_you_mean, place, position
from beancount_milestones.model import Contract
from beancount_milestones.parties import fold, spaced
from beancount_milestones.reading import mistaken, owed
from beancount_milestones.reading import orders as reading_orders
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.orders import Order
from beancount_milestones.reading.settings import (
    NOTHING_SAID,
    Keys,
    check_agreement,
    read_client_keys,
    read_contract_keys,
)
from beancount_milestones.reading.underway import Underway

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from beancount.core.data import Open, Posting, Transaction

    from beancount_milestones.model import Terms
    from beancount_milestones.postings import Line
    from beancount_milestones.reading.cutting import Setting
    from beancount_milestones.reading.log import Log, Place
    from beancount_milestones.reading.parties import Who
    from beancount_milestones.reading.scan import Found
    from beancount_milestones.reading.settings import Roots


class Surroundings:
    """What contracts are read in: the rest of the ledger."""

    def __init__(self, setting: Setting, found: Found, who: Who, log: Log) -> None:
        """Take what the pass over the entries has found, and what is said of clients and taxes."""
        self.setting = setting
        self.log = log
        self.opens: Mapping[str, Open] = found.opens
        #: The day on which an account was closed.
        self.closed: Mapping[str, dt.date] = found.closed
        #: Defaults of clients by folded name, from each `custom "client"`.
        self._said = who.keys
        #: The tax accounts that their `open` names.
        self.taxes: Container[str] = who.taxes
        #: The accounts of tax that is withheld.
        self.withholding = {a for a, kind in who.settles_as.items() if kind == "withholding"}
        #: The accounts that say what they make of a payment.
        self.settles_as: Container[str] = who.settles_as
        #: A plugin after us may open accounts, so nothing can be said about those that are not.
        self.opened_later = False
        #: The configuration's defaults.
        self.defaults = NOTHING_SAID
        self._clients: dict[str, Keys] = {}
        self._named: dict[str, Keys] = {}

    def client_keys(self, account: str) -> Keys:
        """Return the client's defaults on a receivable account; errors are told once."""
        if account not in self._clients:
            keys = NOTHING_SAID
            if account in self.opens:
                opened = self.opens[account]
                here = self.log.at(opened)
                keys = read_client_keys(opened, self.setting.roots, here)
                keys = self.without_unopened(keys, here)
            self._clients[account] = keys
        return self._clients[account]

    def named_keys(self, name: str) -> Keys:
        """Return the defaults of a client by its folded name; errors are told once."""
        if name not in self._named:
            keys = NOTHING_SAID
            for entry, said in self._said.get(name, ()):
                keys = self.without_unopened(said, self.log.at(entry)).over(keys)
            self._named[name] = keys
        return self._named[name]

    def without_unopened(self, keys: Keys, here: Place) -> Keys:
        """Return the keys without bridge accounts that nobody opens; each is reported."""
        if self.opened_later:
            return keys
        unopened = []
        for name, account in (("unbilled", keys.unbilled), ("deferred", keys.deferred)):
            if account and account not in self.opens:
                hint = did_you_mean(account, self.opens) or "; add an open directive for it"
                here.say(f"{name}: the account {account} is never opened{hint}")
                unopened.append(name)
        return keys.without(*unopened)

    def will_refuse(self, entry: Transaction) -> bool:
        """Whether Beancount itself refuses an account or a currency of the transaction."""
        if self.opened_later:
            return False
        return any(self._refuses(posting, entry.date) for posting in entry.postings)

    def check_bridges(self, contract: Contract, entry: Transaction) -> None:
        """Raise where a bridge account does not take the currency of a transaction."""
        currency = postings.weight_currency(entry.postings[0])
        for name, account in (("unbilled", contract.unbilled), ("deferred", contract.deferred)):
            opened = self.opens.get(account or "")
            if opened and opened.currencies and currency not in opened.currencies:
                message = (
                    f"{name}: the account {opened.account} takes only"
                    f" {', '.join(opened.currencies)}, but the contract is in {currency}"
                )
                raise UnreadableError(message)

    def _refuses(self, posting: Posting, date: dt.date) -> bool:
        opened = self.opens.get(posting.account)
        if opened is None or date < opened.date or date > self.closed.get(posting.account, date):
            return True
        return bool(opened.currencies) and postings.currency(posting) not in opened.currencies


#: Keys that name an account among the postings.
AMONG_POSTINGS: Final = ("retention", "receivable", "payable", "deposit")
_among_postings = operator.attrgetter(*AMONG_POSTINGS)


class Written(NamedTuple):
    """A transaction of a contract, with its place among the entries, its keys and postings."""

    at: int
    entry: Transaction
    keys: Keys
    lines: Sequence[Line]


def read_contract(
    name: str, transactions: Sequence[tuple[int, Transaction]], around: Surroundings
) -> Underway | None:
    """Read the transactions of a contract id, in the ledger's order.

    Returns None where the contract has to be left as written.
    """
    own = next((t for t in transactions if t[1].flag != "!"), transactions[0])
    written, left = _read_keys(own, transactions, around)
    first = next((w for w in written if w.at == own[0]), None)
    if first is None:
        return None
    every = [line for w in written for line in w.lines]
    with around.log.at(own[1]) as here:
        _check_signs(first.lines, around.setting.roots)
        contract = _contract(name, first, written, around)
        owed.check_roles(contract, every, around)
    if here.failed:
        return None
    standing: list[Order] = []
    alike: dict[tuple[object, ...], list[Transaction]] = defaultdict(list)
    several = len(written) > 1
    for w in written:
        with around.log.at(w.entry) as here:
            if several:
                _check_pasted(w.entry, alike[_outline(w.entry)])
            setting = around.setting
            _check_requires(w.keys, contract, every, setting.roots)
            owed.check_unbilled(contract, w.lines)
            if contract.retention and contract.retention in [line.account for line in w.lines]:
                setting = setting._replace(take_cents=contract.owed_on)
            parts = reading_orders.read_parts(
                w.entry, contract.owed_on, setting, around.log, buys=contract.side == "buy"
            )
            if parts:
                around.check_bridges(contract, w.entry)
                standing.append(Order(name, w.entry, w.at, w.keys, parts))
                if several:
                    alike[_outline(w.entry)].append(w.entry)
        if here.failed and w.entry is own[1]:
            return None
        if here.failed:
            left.append(w.entry)
    silent = {
        milestone for entry in left for milestone in reading_orders.names(entry, around.setting)
    }
    return Underway(contract, tuple(standing), silent)


def _check_signs(lines: Sequence[Line], roots: Roots) -> None:
    """Raise where a contract's first transaction has its signs the wrong way round."""
    income = amounts.add([line.weight for line in lines if line.root == roots.income])
    if income <= 0:
        return
    if amounts.add([line.weight for line in lines if line.root == roots.assets]) < 0:
        message = (
            "the signs are reversed: a contract debits the receivable and credits income; a"
            " reduction is a change order to a contract"
        )
        raise UnreadableError(message)


def _check_requires(keys: Keys, contract: Contract, written: Iterable[Line], roots: Roots) -> None:
    """Raise where a contract of what we sell says what a supplier's invoices come with."""
    if keys.requires and contract.side == "sell" and owed.works(written, roots):
        message = (
            "requires: it is what a supplier's invoices come with, and this contract sells; leave"
            " it out"
        )
        raise UnreadableError(message)


def _check_pasted(entry: Transaction, alike: Iterable[Transaction]) -> None:
    """Raise where a transaction repeats one with the same outline to the letter."""
    said = _said(entry)
    first = next((other for other in alike if _said(other) == said), None)
    if first:
        message = (
            f"this transaction repeats the one on line {position(first.meta)['lineno']}"
            f" ({place(first.meta)}) to the letter; remove one of them, or say in the narration"
            " what it adds"
        )
        raise UnreadableError(message)


def _outline(entry: Transaction) -> tuple[object, ...]:
    """A transaction without its metadata."""
    legs = ((p.account, p.units, p.price) for p in entry.postings)
    return (entry.date, entry.flag, entry.payee, entry.narration, *legs)


def _said(entry: Transaction) -> list[dict[str, Any]]:
    """The metadata of a transaction and of its postings, without their places."""
    own = {"filename", "lineno"}
    return [
        {k: v for k, v in (meta or {}).items() if k not in own and not k.startswith("__")}
        for meta in (entry.meta, *(posting.meta for posting in entry.postings))
    ]


def _read_keys(
    own: tuple[int, Transaction],
    transactions: Sequence[tuple[int, Transaction]],
    around: Surroundings,
) -> tuple[list[Written], list[Transaction]]:
    """Read the keys of all transactions; those with an error are left as written."""
    written: list[Written] = []
    left: list[Transaction] = []
    said = NOTHING_SAID
    clients: set[str] = set()
    for index, entry in (own, *(t for t in transactions if t is not own)):
        if (
            not reading_orders.is_balanced(entry, around.setting.options)
            or around.will_refuse(entry)
            or around.setting.schedules.fail(entry)
        ):
            # The error is told where it is made.
            left.append(entry)
            continue
        with around.log.at(entry) as here:
            keys = read_contract_keys(entry, around.setting.roots, here)
            around.without_unopened(keys, here)
            if written and not here.failed:
                check_agreement(keys, said, own[1])
                _check_client(entry, keys, clients, written[0])
        if here.failed:
            left.append(entry)
            continue
        written.append(Written(index, entry, keys, postings.lines(entry)))
        clients |= {fold(name) for name in (keys.client, entry.payee) if name}
        if index == own[0] or entry.flag != "!":
            said = said.over(keys)
    written.sort(key=lambda w: w.at)
    _leave_misplaced(written, left, around)
    return written, left


def _leave_misplaced(written: list[Written], left: list[Transaction], around: Surroundings) -> None:
    """Leave the transactions as written whose accounts are wrong."""
    naming = [w for w in written if any(_among_postings(w.keys))]
    accounts = dict.fromkeys(line.account for w in written for line in w.lines) if naming else {}
    for w in naming:
        with around.log.at(w.entry) as here:
            _check_accounts(accounts, w.keys)
        if here.failed:
            written.remove(w)
            left.append(w.entry)
    paying = mistaken.payments(written, left, around) if written[1:] else {}
    for w in [w for w in written if w.at in paying]:
        around.log.at(w.entry).say(paying[w.at])
        written.remove(w)
        left.append(w.entry)


def _check_accounts(accounts: Collection[str], keys: Keys) -> None:
    """Raise where the postings have none of the accounts of the keys."""
    for name, named in zip(AMONG_POSTINGS, _among_postings(keys), strict=True):
        fits = operator.eq if name == "retention" else owed.under
        if named and not any(fits(account, named) for account in accounts):
            hint = did_you_mean(named, accounts) or f"; it has {', '.join(accounts)}"
            below = [account for account in accounts if owed.under(account, named)]
            if below[1:]:
                hint = (
                    f", only on {' and '.join(below)}; it keeps back on one account: give each"
                    " payer's part a contract of its own"
                )
            message = f"{name}: the contract has no posting on {named}{hint}"
            raise UnreadableError(message)


def _check_client(entry: Transaction, keys: Keys, known: Collection[str], first: Written) -> None:
    """Raise where a transaction names another client than those before it."""
    client = keys.client or entry.payee
    if not client or not known or fold(client) in known:
        return
    message = (
        f"the contract at {place(first.entry.meta)} is with"
        f" '{first.keys.client or first.entry.payee}', not with '{client}'; one contract has one"
        " client: correct it, or give this contract an id of its own"
    )
    raise UnreadableError(message)


def _contract(
    name: str, own: Written, written: Sequence[Written], around: Surroundings
) -> Contract:
    """Put together what all transactions of a contract say; what is pending says nothing yet."""
    firm = [w for w in written if w.entry.flag != "!"] or written
    said = own.keys
    for w in firm:
        said = said.over(w.keys)
    orders = [w.lines for w in firm]
    every = [line for lines in orders for line in lines]
    buys = owed.buys([own.lines, *orders], around.setting.roots)
    terms = _terms_of_schedules(firm, around.setting)
    if terms:
        said = said.over(Keys(terms=terms))
    first = said.over(around.defaults)
    owed_on = owed.owed_on(first, every, around, buys=buys)
    payee = own.entry.payee or next((w.entry.payee for w in firm if w.entry.payee), "")
    of_client = _of_client(said, payee, owed_on, around)
    keys = first if of_client is said else of_client.over(around.defaults)
    if keys != first:
        owed_on = owed.owed_on(keys, every, around, buys=buys)
    if len(firm) < len(written):
        # A proposal may be owed on an account of its own, and hold back on one.
        pending = [line for w in written for line in w.lines]
        proposed = keys
        for w in written:
            proposed = proposed.over(w.keys)
        owed_on += owed.owed_on(proposed, pending, around, buys=buys)
    known = frozenset(owed_on)
    return Contract(
        id=name,
        entry=own.entry,
        client=spaced(keys.client or payee),
        terms=keys.terms,
        unbilled=keys.unbilled,
        deferred=keys.deferred,
        retention=keys.retention,
        receivables=frozenset() if buys else known,
        acceptance=keys.acceptance,
        invoiced_on_completion=bool(keys.invoiced),
        milestones={},
        proposals={},
        side="buy" if buys else "sell",
        payables=known if buys else frozenset(),
        deposits=owed.deposits(keys, orders, known, around, buys=buys),
        order=keys.order or "",
        interest=keys.interest,
        requires=keys.requires or "",
    )


def _of_client(said: Keys, payee: str, owed_on: Iterable[str], around: Surroundings) -> Keys:
    """Fill up what a contract says from its client: on the accounts, then under its name."""
    of_accounts = [around.client_keys(account) for account in owed_on]
    clients = {fold(keys.client) for keys in of_accounts}
    for keys in of_accounts:
        # Two accounts of two clients say nothing of the contract's.
        said = said.over(keys if len(clients) == 1 else keys.without("client"))
    return said.over(around.named_keys(fold(said.client or payee)))


def _terms_of_schedules(written: Iterable[Written], setting: Setting) -> Terms | None:
    """The terms of the first schedule that has any."""
    for w in written:
        schedule = setting.schedules.of(w.entry)
        if schedule and schedule.terms:
            return schedule.terms
    return None
