"""All transactions of one contract id, read together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from beancount_milestones.contract import Contract
from beancount_milestones.errors import did_you_mean, error, place
from beancount_milestones.reading import orders as reading_orders
from beancount_milestones.reading.keys import (
    NOTHING_SAID,
    Keys,
    conflict,
    read_client_keys,
    read_contract_keys,
)
from beancount_milestones.reading.orders import Order, Setting
from beancount_milestones.reading.timeline import Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from beancount.core.data import Open, Posting, Transaction

    from beancount_milestones.errors import MilestoneError


@dataclass(slots=True)
class Surroundings:
    """What contracts are read in: the rest of the ledger."""

    setting: Setting
    #: The configuration's defaults.
    defaults: Keys
    opens: Mapping[str, Open]
    #: A plugin after us may open accounts, so nothing can be said about those that are not.
    opened_later: bool
    errors: list[MilestoneError] = field(default_factory=list)
    _clients: dict[str, Keys] = field(default_factory=dict)

    def client_keys(self, account: str) -> Keys:
        """Return the client's defaults on a receivable account; errors are told once."""
        if account not in self._clients:
            keys = NOTHING_SAID
            if account in self.opens:
                opened = self.opens[account]
                keys, errors = read_client_keys(opened, self.setting.roots)
                self.errors.extend(errors)
                keys, errors = self.without_unopened(keys, opened)
                self.errors.extend(errors)
            self._clients[account] = keys
        return self._clients[account]

    def without_unopened(self, keys: Keys, entry: Any) -> tuple[Keys, list[MilestoneError]]:  # noqa: ANN401 - Open or Transaction
        """Return the keys without bridge accounts that nobody opens, and an error for each."""
        messages = {name: self.unopened(name, getattr(keys, name)) for name in BRIDGES}
        errors = [error(entry.meta, message, entry) for message in messages.values() if message]
        return keys.without(*(name for name, message in messages.items() if message)), errors

    def unopened(self, name: str, account: str | None) -> str | None:
        """Say that nobody opens an account that no posting names, or None."""
        if account is None or self.opened_later or account in self.opens:
            return None
        return f"{name}: nobody opens the account {account}{did_you_mean(account, self.opens)}"

    def will_refuse(self, posting: Posting) -> bool:
        """Whether Beancount will refuse the posting's account or currency on its own line."""
        if self.opened_later:
            return False
        opened = self.opens.get(posting.account)
        return opened is None or bool(
            opened.currencies and posting.units.currency not in opened.currencies
        )


BRIDGES = ("unbilled", "deferred")


class Written(NamedTuple):
    """A transaction of a contract, with its place among the entries and its keys."""

    index: int
    entry: Transaction
    keys: Keys


def read_contract(
    name: str, transactions: Sequence[tuple[int, Transaction]], around: Surroundings
) -> Story | None:
    """Read the transactions of a contract id, in the ledger's order.

    Returns None where the contract has to be left as written. Errors go to ``around``.
    """
    own = next((t for t in transactions if t[1].flag != "!"), transactions[0])
    written, left = _read_keys(own, transactions, around)
    if not any(w.index == own[0] for w in written):
        return None
    contract, problem = _contract(name, own[1], written, around)
    if problem:
        around.errors.append(error(own[1].meta, problem, own[1]))
        return None
    standing = []
    for index, entry, keys in written:
        parts, errors = reading_orders.read_parts(entry, contract.receivables, around.setting)
        around.errors.extend(errors)
        if errors and entry is own[1]:
            return None
        if errors:
            left.append(entry)
        else:
            standing.append(Order(name, entry, index, keys, parts))
    silent = {milestone for entry in left for milestone in reading_orders.names(entry)}
    return Story(contract, tuple(standing), silent)


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
        if not reading_orders.is_balanced(entry, around.setting.options) or any(
            around.will_refuse(posting) for posting in entry.postings
        ):
            left.append(entry)
            continue
        keys, errors = read_contract_keys(entry, around.setting.roots)
        errors += around.without_unopened(keys, entry)[1]
        if not errors and written:
            message = conflict(keys, said, own[1]) or _another_client(entry, keys, written)
            errors = [error(entry.meta, message, entry)] if message else []
        around.errors.extend(errors)
        if errors:
            left.append(entry)
        else:
            written.append(Written(index, entry, keys))
            said = said.over(keys)
    return sorted(written, key=lambda w: w.index), left


def _another_client(entry: Transaction, keys: Keys, written: Sequence[Written]) -> str | None:
    client = keys.client or entry.payee
    known = {
        other.casefold()
        for w in written
        for other in (w.keys.client, w.entry.payee)
        if other
    }
    if not client or not known or client.casefold() in known:
        return None
    first = written[0]
    return (
        f"the contract at {place(first.entry.meta)} is with"
        f" '{first.keys.client or first.entry.payee}', not with '{client}'; one contract has one"
        " client: is the same id used for two contracts?"
    )


def _contract(
    name: str, own: Transaction, written: Sequence[Written], around: Surroundings
) -> tuple[Contract, str | None]:
    """Put together what all transactions of a contract say. Returns it, and what is wrong."""
    said = NOTHING_SAID
    for w in sorted(written, key=lambda w: w.entry is not own):
        said = said.over(w.keys)
    postings = [posting for w in written for posting in w.entry.postings]
    accounts = dict.fromkeys(posting.account for posting in postings)
    problem = None
    if said.retention and said.retention not in accounts:
        problem = (
            f"retention: the contract has no posting on {said.retention}"
            f"{did_you_mean(said.retention, accounts)}"
        )
    if said.receivable and not any(_under(account, said.receivable) for account in accounts):
        problem = (
            f"receivable: the contract has no posting on {said.receivable}"
            f"{did_you_mean(said.receivable, accounts)}"
        )
    keys = said
    for account in _receivables(said.over(around.defaults), postings, around.setting.roots.assets):
        keys = keys.over(around.client_keys(account))
    keys = keys.over(around.defaults)
    payee = next((w.entry.payee for w in written if w.entry.payee), "")
    return Contract(
        id=name,
        entry=own,
        client=keys.client or own.payee or payee,
        terms=keys.terms,
        unbilled=keys.unbilled,
        deferred=keys.deferred,
        retention=keys.retention,
        receivables=frozenset(_receivables(keys, postings, around.setting.roots.assets)),
        acceptance=keys.acceptance,
        invoiced_on_completion=bool(keys.invoiced),
    ), problem


def _receivables(keys: Keys, postings: Iterable[Posting], assets: str) -> list[str]:
    """The accounts that the bills are owed on, in the order written."""
    if keys.receivable:
        named = dict.fromkeys(p.account for p in postings if _under(p.account, keys.receivable))
        if named:
            return list(named)
    others = (keys.unbilled, keys.deferred, keys.retention)
    return list(
        dict.fromkeys(
            posting.account
            for posting in postings
            if posting.units.number > 0
            and posting.account.partition(":")[0] == assets
            and posting.account not in others
        )
    )


def _under(account: str, parent: str) -> bool:
    """Whether an account is another one or stands under it."""
    return account == parent or account.startswith(parent + ":")

