"""Which transactions make a contract, and which only refer to one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Never

from beancount_milestones import postings
from beancount_milestones.errors import nearest, slip
from beancount_milestones.reading import values
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.orders import by_share, check_marks, marked
from beancount_milestones.reading.schedules import SCHEDULE_KEY
from beancount_milestones.reading.settings import misspelt_milestone
from beancount_milestones.reading.shares import is_share

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.reading.log import Log
    from beancount_milestones.reading.schedules import Schedules


class Groups:
    """The transactions with the key `contract`, by what they are."""

    def __init__(self) -> None:
        """Begin with none."""
        #: The transactions of each contract id, with their place among the entries.
        self.orders: dict[str, list[tuple[int, Transaction]]] = {}
        #: Transactions without milestones: payments and the like.
        self.references: list[Transaction] = []
        #: Ids that cannot be used, as text.
        self.unusable: set[str] = set()
        #: Whether an id is a number: Beancount has calculated, and nobody knows what was written.
        self.calculated = False


def group(
    transactions: Iterable[tuple[int, Transaction]], assets: str, schedules: Schedules, log: Log
) -> Groups:
    """Group the transactions by contract id; ``assets`` is the name of the root."""
    groups = Groups()
    unclear: list[tuple[int, Transaction]] = []
    for index, entry in transactions:
        if by_share(entry):
            _add_order(groups, index, entry, log)
        elif marks := marked(entry):
            if _only_asset_credits(marks, assets):
                unclear.append((index, entry))
            else:
                _add_order(groups, index, entry, log)
        elif _has_slips(entry, schedules, log):
            groups.unusable.add(_text(entry))
        else:
            groups.references.append(entry)
    for index, entry in unclear:
        if _is_payment(entry, [order for _, order in groups.orders.get(_text(entry), ())]):
            groups.references.append(entry)
        else:
            _add_order(groups, index, entry, log)
    for orders in groups.orders.values():
        orders.sort(key=lambda order: order[0])
    return groups


def _text(entry: Transaction) -> str:
    """The contract id as text, whatever it is."""
    return str(entry.meta["contract"]).strip()


def _add_order(groups: Groups, index: int, entry: Transaction, log: Log) -> None:
    with log.at(entry) as here:
        name = values.contract_id(entry.meta["contract"], "contract")
        groups.orders.setdefault(name, []).append((index, entry))
    if here.failed:
        groups.unusable.add(_text(entry))
        groups.calculated |= isinstance(entry.meta["contract"], Decimal)


def _has_slips(entry: Transaction, schedules: Schedules, log: Log) -> bool:
    """Report what shows that a transaction without milestones was meant to have some."""
    here = log.at(entry)
    for key, value in entry.meta.items():
        message = misspelt_milestone(key)
        if message and is_share(value):
            here.say(message)
        elif slip(key, (SCHEDULE_KEY,)) and str(value).strip() in schedules.named:
            here.say(f"'{key}' is not a contract key; did you mean '{SCHEDULE_KEY}'?")
    if not here.failed:
        check_marks(entry, log)
    return here.failed


def _only_asset_credits(marks: Iterable[Posting], assets: str) -> bool:
    """Whether milestones stand only on credits to assets: perhaps they say what is paid."""
    return all(
        postings.number(posting) < 0 and postings.root(posting) == assets for posting in marks
    )


def _is_payment(entry: Transaction, orders: Sequence[Transaction]) -> bool:
    """Whether the marked credits pay what the orders of the contract debit."""
    credited = {posting.account for posting in marked(entry)}
    bridges = {
        order.meta.get(key)
        for order in (*orders, entry)
        for key in ("retention", "unbilled", "deferred")
    }
    debited = {
        posting.account
        for order in orders
        for posting in order.postings
        if postings.number(posting) > 0
    }
    return not credited & bridges and (not orders or credited <= debited)


def check_references(
    references: Iterable[Transaction],
    known: Collection[str],
    receivables: Collection[str],
    log: Log,
) -> set[str]:
    """Report each reference that looks like a contract gone wrong; return what may be their ids.

    ``known`` are the ids of all contracts, ``receivables`` the accounts that they are owed on.
    """
    lost = set()
    for entry in references:
        name = _text(entry)
        if name in known:
            continue
        near = nearest(name, known, cutoff=0.8)
        touches = any(posting.account in receivables for posting in entry.postings)
        if near or touches:
            with log.at(entry):
                _no_contract(entry.meta["contract"], near)
            if not near:
                lost.add(name)
    return lost


def _no_contract(value: object, near: str | None) -> Never:
    name = values.text_value(value, "a contract id", "2026-042", "contract")
    meant = f'write contract: "{near}"' if near else "correct the id, or leave it out"
    message = (
        f"no contract {values.shown(name)}; if this transaction refers to a contract, {meant}; if"
        ' it is one, add its milestones, as in milestone-final: "100%"'
    )
    raise UnreadableError(message)
