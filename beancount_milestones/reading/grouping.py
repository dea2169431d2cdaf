"""Which transactions make a contract, and which only refer to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from beancount_milestones.errors import error, nearest
from beancount_milestones.reading import values
from beancount_milestones.reading.orders import marked, share_keys
from beancount_milestones.reading.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from beancount.core.data import Transaction

    from beancount_milestones.errors import MilestoneError


@dataclass(slots=True)
class Groups:
    """The transactions with the key `contract`, by what they are."""

    #: The transactions of each contract id, with their place among the entries.
    orders: dict[str, list[tuple[int, Transaction]]] = field(default_factory=dict)
    #: Transactions without milestones: payments and the like.
    references: list[Transaction] = field(default_factory=list)
    #: Ids that cannot be used, as text.
    unusable: set[str] = field(default_factory=set)
    errors: list[MilestoneError] = field(default_factory=list)


def group(transactions: Iterable[tuple[int, Transaction]], assets: str) -> Groups:
    """Group the transactions by contract id; ``assets`` is the name of the root."""
    groups = Groups()
    unclear: list[tuple[int, Transaction]] = []
    for index, entry in transactions:
        if _only_asset_credits(entry, assets):
            unclear.append((index, entry))
        elif not share_keys(entry) and not marked(entry):
            groups.references.append(entry)
        else:
            try:
                name = values.contract_id(entry.meta["contract"])
            except Unreadable as unreadable:
                groups.unusable.add(str(entry.meta["contract"]))
                groups.errors.append(error(entry.meta, str(unreadable), entry))
            else:
                groups.orders.setdefault(name, []).append((index, entry))
    for index, entry in unclear:
        orders = groups.orders.get(str(entry.meta["contract"]), [])
        if not orders or {p.account for p in marked(entry)} <= _owed_on([*orders, (index, entry)]):
            groups.references.append(entry)
        else:
            orders.append((index, entry))
            orders.sort(key=lambda order: order[0])
    return groups


def _only_asset_credits(entry: Transaction, assets: str) -> bool:
    """Whether milestones stand only on credits to assets: perhaps they say what is paid."""
    marks = marked(entry)
    return bool(marks and not share_keys(entry)) and all(
        posting.units.number < 0 and posting.account.partition(":")[0] == assets
        for posting in marks
    )


def _owed_on(orders: Iterable[tuple[int, Transaction]]) -> set[str]:
    """The accounts that the orders debit, but for those that hold something else."""
    entries = [entry for _, entry in orders]
    others = {
        entry.meta.get(key) for entry in entries for key in ("retention", "unbilled", "deferred")
    }
    return {
        posting.account
        for entry in entries
        for posting in entry.postings
        if posting.units.number > 0 and posting.account not in others
    }


def check_references(
    references: Iterable[Transaction], known: Collection[str], receivables: Collection[str]
) -> list[MilestoneError]:
    """Return an error for each reference that looks like a contract gone wrong.

    ``known`` are the ids of all contracts, ``receivables`` the accounts that they are owed on.
    """
    errors = []
    for entry in references:
        name = entry.meta["contract"]
        if name in known:
            continue
        near = nearest(name, known, cutoff=0.8) if isinstance(name, str) else None
        if near or any(posting.account in receivables for posting in entry.postings):
            meant = f"write contract: \"{near}\"" if near else "correct the id, or leave it out"
            message = (
                f"no contract {values.shown(name)}; if this transaction refers to a contract,"
                f" {meant}; if it is one, add its milestones, as in"
                ' milestone-final: "100%"'
            )
            errors.append(error(entry.meta, message, entry))
    return errors
