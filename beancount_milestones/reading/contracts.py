"""All transactions of one contract id, read together."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from beancount_milestones import postings
from beancount_milestones.errors import did_you_mean, error, place
from beancount_milestones.model import Contract
from beancount_milestones.reading import orders as reading_orders
from beancount_milestones.reading.orders import (
    SCHEDULE_KEY,
    Order,
)
from beancount_milestones.reading.replay import Underway
from beancount_milestones.reading.settings import (
    NOTHING_SAID,
    Keys,
    conflict,
    read_client_keys,
    read_contract_keys,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from beancount.core.data import Open, Posting, Transaction

    from beancount_milestones.errors import MilestoneError
    from beancount_milestones.model import Terms
    from beancount_milestones.reading.cutting import Setting


@dataclass(slots=True)
class Surroundings:
    """What contracts are read in: the rest of the ledger."""

    setting: Setting
    opens: Mapping[str, Open]
    #: The day on which an account was closed.
    closed: Mapping[str, dt.date]
    #: A plugin after us may open accounts, so nothing can be said about those that are not.
    opened_later: bool
    errors: list[MilestoneError]
    #: The configuration's defaults.
    defaults: Keys = NOTHING_SAID
    _clients: dict[str, Keys] = field(default_factory=dict)

    def client_keys(self, account: str) -> Keys:
        """Return the client's defaults on a receivable account; errors are told once."""
        if account not in self._clients:
            keys = NOTHING_SAID
            if account in self.opens:
                opened = self.opens[account]
                keys, errors = read_client_keys(opened, self.setting.roots)
                self.errors.extend(errors)
                keys, messages = self.without_unopened(keys)
                self.errors.extend(error(opened.meta, message, opened) for message in messages)
            self._clients[account] = keys
        return self._clients[account]

    def without_unopened(self, keys: Keys) -> tuple[Keys, tuple[str, ...]]:
        """Return the keys without bridge accounts that nobody opens, and a sentence for each."""
        if self.opened_later:
            return keys, ()
        unopened = {name: getattr(keys, name) for name in BRIDGES}
        unopened = {name: a for name, a in unopened.items() if a and a not in self.opens}
        messages = (
            f"{name}: the account {account} is never opened"
            f"{did_you_mean(account, self.opens) or '; add an open directive for it'}"
            for name, account in unopened.items()
        )
        return keys.without(*unopened), tuple(messages)

    def will_refuse(self, entry: Transaction) -> bool:
        """Whether Beancount itself refuses an account or a currency of the transaction."""
        return not self.opened_later and any(
            self._is_closed(posting.account, entry.date) or self._is_foreign(posting)
            for posting in entry.postings
        )

    def foreign_bridge(self, contract: Contract, entry: Transaction) -> str | None:
        """Say which bridge account does not take the currency of a transaction, or None."""
        currency = postings.weight_currency(entry.postings[0])
        for name in BRIDGES:
            opened = self.opens.get(getattr(contract, name) or "")
            if opened and opened.currencies and currency not in opened.currencies:
                return (
                    f"{name}: the account {opened.account} takes only"
                    f" {', '.join(opened.currencies)}, but the contract is in {currency}"
                )
        return None

    def _is_closed(self, account: str, date: dt.date) -> bool:
        opened = self.opens.get(account)
        return opened is None or date < opened.date or date > self.closed.get(account, date)

    def _is_foreign(self, posting: Posting) -> bool:
        currencies = self.opens[posting.account].currencies
        return bool(currencies) and postings.currency(posting) not in currencies


BRIDGES: Final = ("unbilled", "deferred")
#: Keys that name an account among the postings.
AMONG_POSTINGS: Final = ("retention", "receivable")


@dataclass(frozen=True, slots=True)
class Written:
    """A transaction of a contract, with its place among the entries and its keys."""

    index: int
    entry: Transaction
    keys: Keys


def read_contract(
    name: str, transactions: Sequence[tuple[int, Transaction]], around: Surroundings
) -> Underway | None:
    """Read the transactions of a contract id, in the ledger's order.

    Returns None where the contract has to be left as written. Errors go to ``around``.
    """
    own = next((t for t in transactions if t[1].flag != "!"), transactions[0])
    written, left = _read_keys(own, transactions, around)
    if not any(w.index == own[0] for w in written):
        return None
    contract = _contract(name, own[1], written, around)
    standing = []
    for w in written:
        parts, errors = reading_orders.read_parts(w.entry, contract.receivables, around.setting)
        message = None if errors else around.foreign_bridge(contract, w.entry)
        if message:
            errors = [error(w.entry.meta, message, w.entry)]
        around.errors.extend(errors)
        if errors and w.entry is own[1]:
            return None
        if errors:
            left.append(w.entry)
        else:
            standing.append(Order(name, w.entry, w.index, w.keys, parts))
    silent = {
        milestone for entry in left for milestone in reading_orders.names(entry, around.setting)
    }
    return Underway(contract, tuple(standing), silent)


def _read_keys(
    own: tuple[int, Transaction],
    transactions: Sequence[tuple[int, Transaction]],
    around: Surroundings,
) -> tuple[list[Written], list[Transaction]]:
    """Read the keys of all transactions; those with an error are left as written."""
    written: list[Written] = []
    left: list[Transaction] = []
    said = NOTHING_SAID
    for index, entry in sorted(transactions, key=lambda t: t[0] != own[0]):
        if not reading_orders.is_balanced(entry, around.setting.options) or around.will_refuse(
            entry
        ):
            left.append(entry)
            continue
        keys, errors = read_contract_keys(entry, around.setting.roots)
        _, messages = around.without_unopened(keys)
        errors += [error(entry.meta, message, entry) for message in messages]
        if not errors and written:
            message = conflict(keys, said, own[1]) or _another_client(entry, keys, written)
            errors = [error(entry.meta, message, entry)] if message else []
        around.errors.extend(errors)
        if errors:
            left.append(entry)
        else:
            written.append(Written(index, entry, keys))
            if index == own[0] or entry.flag != "!":
                said = said.over(keys)
    written.sort(key=lambda w: w.index)
    every = [posting for w in written for posting in w.entry.postings]
    for w in tuple(written):
        message = _not_among(every, w.keys)
        if message:
            around.errors.append(error(w.entry.meta, message, w.entry))
            written.remove(w)
            left.append(w.entry)
    return written, left


def _not_among(written: Iterable[Posting], keys: Keys) -> str | None:
    """Say which account of the keys none of the postings is on, or None."""
    accounts = dict.fromkeys(posting.account for posting in written)
    for name in AMONG_POSTINGS:
        named = getattr(keys, name)
        fits = operator.eq if name == "retention" else _under
        if named and not any(fits(account, named) for account in accounts):
            hint = did_you_mean(named, accounts) or f"; it has {', '.join(accounts)}"
            return f"{name}: the contract has no posting on {named}{hint}"
    return None


def _another_client(entry: Transaction, keys: Keys, written: Sequence[Written]) -> str | None:
    client = keys.client or entry.payee
    known = {other.casefold() for w in written for other in (w.keys.client, w.entry.payee) if other}
    if not client or not known or client.casefold() in known:
        return None
    first = written[0]
    return (
        f"the contract at {place(first.entry.meta)} is with"
        f" '{first.keys.client or first.entry.payee}', not with '{client}'; one contract has one"
        " client: correct it, or give this contract an id of its own"
    )


def _contract(
    name: str, own: Transaction, written: Sequence[Written], around: Surroundings
) -> Contract:
    """Put together what all transactions of a contract say; what is pending says nothing yet."""
    firm = [w for w in written if w.entry.flag != "!"] or written
    said = NOTHING_SAID
    for w in sorted(firm, key=lambda w: w.entry is not own):
        said = said.over(w.keys)
    every = [posting for w in firm for posting in w.entry.postings]
    keys = said.over(Keys(terms=_terms_of_schedules(firm, around.setting)))
    for account in _receivables(said.over(around.defaults), every, around.setting.roots.assets):
        keys = keys.over(around.client_keys(account))
    keys = keys.over(around.defaults)
    payee = next((w.entry.payee for w in firm if w.entry.payee), "")
    return Contract(
        id=name,
        entry=own,
        client=keys.client or own.payee or payee,
        terms=keys.terms,
        unbilled=keys.unbilled,
        deferred=keys.deferred,
        retention=keys.retention,
        receivables=frozenset(_receivables(keys, every, around.setting.roots.assets)),
        acceptance=keys.acceptance,
        invoiced_on_completion=bool(keys.invoiced),
    )


def _terms_of_schedules(written: Iterable[Written], setting: Setting) -> Terms | None:
    """The terms of the first schedule that has any."""
    names = (str(w.entry.meta.get(SCHEDULE_KEY)) for w in written)
    schedules = (setting.schedules[name] for name in names if name in setting.schedules)
    return next((schedule.terms for schedule in schedules if schedule.terms), None)


def _receivables(keys: Keys, written: Iterable[Posting], assets: str) -> list[str]:
    """The accounts that the bills are owed on, in the order written."""
    if keys.receivable:
        named = dict.fromkeys(p.account for p in written if _under(p.account, keys.receivable))
        if named:
            return list(named)
    others = (keys.unbilled, keys.deferred, keys.retention)
    return list(
        dict.fromkeys(
            posting.account
            for posting in written
            if postings.number(posting) > 0
            and postings.root(posting) == assets
            and posting.account not in others
        )
    )


def _under(account: str, parent: str) -> bool:
    """Whether an account is another one or stands under it."""
    return account == parent or account.startswith(parent + ":")
