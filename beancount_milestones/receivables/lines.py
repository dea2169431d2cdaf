"""The receivable accounts of all contracts, and the postings on them."""

from __future__ import annotations

import datetime
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones import amounts, errors, postings
from beancount_milestones.receivables.items import Account, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive, Posting

    from beancount_milestones.model import Contract, Milestone, Register, Step

#: The file name of the opening balances that a filter by time puts in place of what was before.
_SUMMARY = "<summarize>"


class Line(NamedTuple):
    """A posting on a receivable account that is not zero."""

    entry: Transaction
    posting: Posting
    #: The account and the currency.
    account: Account
    #: Positive where more is owed: a debit, on the buy side a credit.
    amount: Decimal
    #: The milestone, where the plugin booked it.
    milestone: Key | None
    #: Whether it is on the buy side.
    buy: bool
    #: The invoice number in the metadata of the posting or of its transaction.
    number: str | None

    @property
    def key(self) -> tuple[object, ...]:
        """What it is known by in one load."""
        return (id(self.entry), id(self.posting))

    def said(self, key: str) -> Any:  # noqa: ANN401 - as metadata is
        """Return what the metadata of the posting says, else that of its transaction."""
        return postings.said(self.entry, self.posting, key)

    @property
    def due(self) -> datetime.date | None:
        """The due date that it says."""
        due = self.said("due")
        return due if isinstance(due, datetime.date) else None

    def turned(self, amount: Decimal) -> Decimal:
        """Return an amount of the transaction with the sign of the line: positive is owed."""
        return amounts.negative(amount) if self.buy else amount


def accounts_of(
    contract: Contract, milestone: Milestone, as_of: datetime.date
) -> dict[Account, None]:
    """Return the accounts that a milestone is owed on at the end of a day, in the order written."""
    owed_on = contract.owed_on
    return dict.fromkeys(
        Account(leg.posting.account, leg.currency)
        for part in milestone.parts_at(as_of)
        for leg in part.legs
        if leg.posting.account in owed_on
    )


def contracts_on(register: Register, as_of: datetime.date) -> dict[Account, list[Contract]]:
    """Return the receivable and payable accounts of a day, with their contracts."""
    found: dict[Account, list[Contract]] = {}
    for contract in register.contracts.values():
        accounts: dict[Account, None] = {}
        for milestone in contract.milestones.values():
            accounts |= accounts_of(contract, milestone, as_of)
        for account in accounts:
            found.setdefault(account, []).append(contract)
    return found


def receivable_lines(register: Register, entries: Iterable[Directive]) -> list[Line]:
    """Return the postings on the accounts of all contracts, in any currency, whenever they are.

    What one transaction by hand books both ways is netted.
    """
    payable = register.payables()
    names = register.receivables() | payable
    generated = _generated(register)
    same: dict[tuple[str, str], Account] = {}
    lines = []
    for entry in entries:
        if not isinstance(entry, Transaction):
            continue
        for posting in entry.postings:
            if posting.account in names and (amount := postings.number(posting)):
                key = (posting.account, postings.currency(posting))
                account = same.get(key) or same.setdefault(key, Account(*key))
                # All that the plugin books says the event.
                ours = generated.get(identity(entry)) if "event" in entry.meta else None
                buy = posting.account in payable
                if buy:
                    amount = amounts.negative(amount)
                number = _number(entry, posting)
                lines.append(Line(entry, posting, account, amount, ours, buy, number))
    return _netted(lines)


def _number(entry: Transaction, posting: Posting) -> str | None:
    number = postings.said(entry, posting, "invoice")
    return number.strip() or None if isinstance(number, str) else None


def _netted(lines: Iterable[Line]) -> list[Line]:
    """Return the lines with what one transaction by hand books both ways on an account netted.

    A repricing or a correction settles nothing and raises nothing: the smaller side is taken from
    the larger one, the last posting first. Postings that say by themselves what they pay are by
    themselves: a transaction may move money from one invoice to another.
    """
    found: list[Line] = []
    # The lines of one transaction follow each other. Most have one.
    for _, together in groupby(lines, key=lambda line: id(line.entry)):
        some = list(together)
        found += _netted_among(some) if some[1:] else some
    return found


#: A posting says nothing by itself.
NOTHING_SAID: Final = ""


def names_itself(posting: Posting) -> tuple[str, str]:
    """Return what a posting says by itself that it pays or charges: alike where it is one thing."""
    said = posting.meta or {}
    return str(said.get("settles", NOTHING_SAID)), str(said.get("invoice", NOTHING_SAID))


def _netted_among(together: Iterable[Line]) -> list[Line]:
    """The lines of one transaction."""
    found: list[Line] = []
    both: dict[tuple[object, ...], list[Line]] = {}
    for line in together:
        if line.milestone:
            found.append(line)
        else:
            both.setdefault((line.account, *names_itself(line.posting)), []).append(line)
    for lines in both.values():
        if len(lines) == 1 or len({line.amount > 0 for line in lines}) == 1:
            found += lines
            continue
        total = amounts.add(line.amount for line in lines)
        left = total.copy_abs()
        for line in lines:
            if left and (line.amount > 0) == (total > 0):
                kept = min(left, line.amount.copy_abs())
                left = amounts.take(left, kept)
                amount = kept if total > 0 else amounts.negative(kept)
                found.append(line._replace(amount=amount))
    return found


def without_closings(lines: Sequence[Line], may_close: Callable[[Line], bool]) -> list[Line]:
    """Return the lines without the years that were closed and opened again.

    A credit against equity and a later debit against equity, of the same amount on the same
    account, cancel out.
    """
    closed: dict[tuple[Account, Decimal], list[int]] = {}
    gone: set[int] = set()
    # What is opened is asked first: most lines by hand are payments.
    if not any(line.amount > 0 and not line.milestone and may_close(line) for line in lines):
        return list(lines)
    found = [
        (line.entry.date, line.amount > 0, index)
        for index, line in enumerate(lines)
        if not line.milestone and may_close(line)
    ]
    # On one day, what is closed comes before what is opened, wherever they stand.
    for _, _, index in sorted(found):
        line = lines[index]
        if line.amount < 0:
            key = (line.account, amounts.negative(line.amount))
            closed.setdefault(key, []).append(index)
        elif closed.get((line.account, line.amount)):
            gone |= {index, closed[line.account, line.amount].pop()}
    return [line for index, line in enumerate(lines) if index not in gone]


def booked_by_us(register: Register) -> list[Transaction]:
    """Return the transactions that the plugin booked, as it left them, contract by contract."""
    generated = _generated(register)
    return [
        entry
        for entry in register.entries
        if isinstance(entry, Transaction) and "event" in entry.meta and identity(entry) in generated
    ]


def unfiltered(register: Register, entries: Sequence[Directive]) -> list[Directive]:
    """Return the entries with those that a filter took away, where they concern a receivable.

    Fava hands filtered entries to its query page. The register keeps what our plugin saw; a
    transaction that is there, however another plugin has changed it, stays as it is.
    """
    there = Counter(identity(e) for e in entries if isinstance(e, Transaction))
    accounts = register.receivables() | register.payables()
    missing = []
    for entry in register.entries:
        if isinstance(entry, Transaction):
            known = identity(entry)
            if there[known]:
                there[known] -= 1
            elif any(posting.account in accounts for posting in entry.postings):
                missing.append(entry)
    if not missing:
        return list(entries)
    return [e for e in entries if errors.where(e.meta)[0] != _SUMMARY] + missing


Identity = tuple[object, ...]


def identity(entry: Transaction) -> Identity:
    """Return where a transaction comes from; one directive may have made several.

    Of one that the plugin booked, it is the same as `identity_of_step`.
    """
    meta = entry.meta
    told = meta.get("contract"), meta.get("milestone"), meta.get("event")
    texts = [text if isinstance(text, str) else None for text in told]
    return (entry.date, *errors.where(meta), *texts)


def identity_of_step(key: Key, step: Step) -> Identity:
    """Return the identity of the transaction that a step of a milestone books."""
    return (step.date, *errors.where(step.entry.meta), *key, step.event)


def _generated(register: Register) -> Mapping[Identity, Key]:
    """The transactions that the plugin books: nobody else's stand where a directive does."""
    found: dict[Identity, Key] = {}
    for contract, milestone in register.milestones():
        key = Key(contract.id, milestone.id)
        found.update((identity_of_step(key, step), key) for step in milestone.steps)
    return found
