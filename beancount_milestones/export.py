"""Leaving: what the plugin books, as text that needs no plugin.

The generated transactions with every digit, and a note for every contract transaction. Beside the
user's files without their contract transactions, all balances are the same.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from beancount.core.amount import Amount

from beancount_milestones import amounts, errors, postings
from beancount_milestones.errors import quoted
from beancount_milestones.reading.settings import Roots
from beancount_milestones.receivables import booked_by_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.legs import Part
    from beancount_milestones.model import Contract, Milestone, Register

_HOW: Final = """\
;; The books without the plugin "beancount_milestones".
;;
;; Here is everything that the plugin books, and a note for every contract. To leave:
;;
;; 1. Remove the line: plugin "beancount_milestones"
;;    and, where there is one, the line with "beancount_milestones.fava".
;; 2. Remove the contract transactions, or comment them out. They begin at:
{places}
;; 3. Save this text as a file beside the ledger, and include it there.
;;
;; Then all balances are as before, on every day. The custom "milestone" and "contract" directives
;; do nothing any more, and may stay. What is still to be completed or invoiced is yours to book.
"""
#: Metadata that is the place of an entry.
_POSITION: Final = ("filename", "lineno")
_NOTHING: Final = (
    ";; There is no contract in this ledger: remove the plugin line, and that is all.\n"
)


@dataclass(slots=True)
class _Order:
    """A contract transaction: the contract, a change order, or a proposal."""

    contract: Contract
    entry: Transaction
    proposed: bool
    parts: list[tuple[Milestone, Part]] = field(default_factory=list)


def text(register: Register, options: Mapping[str, Any]) -> str:
    """Return a Beancount file that stands in for the plugin, and tells how to leave.

    Takes the register and the options of one load.
    """
    orders = [order for contract in register.contracts.values() for order in _orders(contract)]
    if not orders:
        return _NOTHING
    folder = PurePath(options.get("filename") or "").parent
    places = sorted((_place(order.entry, folder), _title(order)) for order in orders)
    width = max(len(f"{name}:{line}") for (name, line), _ in places)
    told = (f";;      {f'{name}:{line}':{width}}  {title}" for (name, line), title in places)
    blocks = [(order.entry.date, _note(order)) for order in orders]
    blocks += [(entry.date, _transaction(entry)) for entry in booked_by_us(register)]
    # On one day the contracts come first, then all as booked.
    blocks.sort(key=lambda block: block[0])
    roots = [f'option "{name}" {quoted(str(options[name]))}\n' for name in _renamed(options)]
    head = [_HOW.format(places="\n".join(told)), *(["".join(roots)] if roots else [])]
    return "\n".join([*head, *(block for _, block in blocks)])


def _renamed(options: Mapping[str, Any]) -> Iterator[str]:
    """The roots of accounts that have names of their own: without them no file with them loads."""
    for root, usual in Roots()._asdict().items():
        name = f"name_{root}"
        if options.get(name, usual) != usual:
            yield name


def _orders(contract: Contract) -> Iterable[_Order]:
    """The contract's own transaction, its change orders, and what is proposed."""
    found: dict[int, _Order] = {}
    for proposed, milestones in ((False, contract.milestones), (True, contract.proposals)):
        for milestone in milestones.values():
            for part in milestone.parts:
                order = _Order(contract, part.entry, proposed)
                found.setdefault(id(part.entry), order).parts.append((milestone, part))
    return found.values()


def _place(entry: Transaction, folder: PurePath) -> tuple[str, int]:
    """The file, as seen from the ledger's folder, and the line."""
    where = errors.position(entry.meta)
    path = PurePath(where["filename"])
    inside = path.relative_to(folder) if path.is_relative_to(folder) else path
    return str(inside), where["lineno"]


def _title(order: _Order) -> str:
    first = order.entry is order.contract.entry
    kind = "contract" if first else "change order of contract"
    proposal = "proposed " if order.proposed else ""
    client, narration = order.contract.client, order.entry.narration
    title = f"{proposal}{kind} {order.contract.id}{f' with {client}' if client else ''}"
    return _in_one_line(f"{title}: {narration}" if narration else title)


def _in_one_line(words: str) -> str:
    return " ".join(words.split())


# ---------------------------------------------------------------- notes


def _note(order: _Order) -> str:
    """A note that tells what a contract transaction said."""
    accounts = [posting.account for posting in order.entry.postings]
    owed = order.contract.receivables
    account = next((account for account in accounts if account in owed), accounts[0])
    title = _title(order)
    milestones = "; ".join(_milestone(order, *of) for of in order.parts)
    comment = f"{title[0].upper()}{title[1:]}. Milestones: {milestones}."
    entry = order.entry
    marks = _marks(entry.tags, {*(entry.links or ()), order.contract.id})
    first = " ".join((f"{entry.date} note {account}", quoted(comment), *marks))
    return "".join((first, "\n", *_metadata(entry.meta, "  ")))


def _milestone(order: _Order, milestone: Milestone, part: Part) -> str:
    """What a milestone has of a contract transaction, measured on the sum of its debits."""
    weights = [(leg.posting.account, leg.weight(amount)) for leg, amount in part.pairs()]
    owed = amounts.add(w for account, w in weights if account in order.contract.receivables)
    total = amounts.add(weight for _, weight in weights if weight > 0)
    total = amounts.rounded(total, part.legs[part.absorber].places)
    if owed < 0:
        total = amounts.negative(total)
    words = [f"{milestone.id} {total:,f} {part.currency}"]
    if part.target:
        words.append(f"target {part.target}")
    if part.title:
        words.append(part.title)
    return _in_one_line(", ".join(words))


# ---------------------------------------------------------------- transactions


def _transaction(entry: Transaction) -> str:
    texts = [entry.payee] if entry.payee else []
    texts.append(entry.narration or "")
    marks = _marks(entry.tags, entry.links)
    first = [str(entry.date), entry.flag or "*", *map(quoted, texts), *marks]
    rows = [_columns(posting) for posting in entry.postings]
    accounts = max(len(account) for account, _, _ in rows)
    numbers = max(len(number) for _, number, _ in rows)
    lines = [" ".join(first) + "\n", *_metadata(entry.meta, "  ")]
    for posting, (account, number, rest) in zip(entry.postings, rows, strict=True):
        lines.append(f"  {account:{accounts}}  {number:>{numbers}} {rest}\n")
        lines.extend(_metadata(posting.meta or {}, "    "))
    return "".join(lines)


def _columns(posting: Posting) -> tuple[str, str, str]:
    """The account, the number, and the currency with the price."""
    account = f"{posting.flag} {posting.account}" if posting.flag else posting.account
    rest = postings.currency(posting)
    if posting.price:
        rest += f" @ {_value(posting.price)}"
    return account, f"{postings.number(posting):f}", rest


def _marks(tags: Iterable[str] | None, links: Iterable[str] | None) -> Iterator[str]:
    yield from (f"#{tag}" for tag in sorted(tags or ()))
    yield from (f"^{link}" for link in sorted(links or ()))


def _metadata(meta: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in meta.items():
        if key in _POSITION or key.startswith("__"):
            continue
        written = _value(value)
        if written is not None:
            yield f"{indent}{key}: {written}".rstrip() + "\n"


def _value(value: object) -> str | None:
    """A value as Beancount reads it; None for what only another plugin can have put there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Amount):
        return f"{value.number:f} {value.currency}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return quoted(value) if isinstance(value, str) else None
