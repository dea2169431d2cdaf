"""Transactions with milestones on accounts where they are not what was meant."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from beancount_milestones.parties import fold
from beancount_milestones.reading import orders as reading_orders
from beancount_milestones.reading import owed
from beancount_milestones.reading.settings import NOTHING_SAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from beancount.core.data import Transaction

    from beancount_milestones.postings import Line
    from beancount_milestones.reading.contracts import Surroundings, Written
    from beancount_milestones.reading.log import Log
    from beancount_milestones.reading.underway import Underway


def owed_where_kept(contracts: Mapping[str, Underway], log: Log) -> set[str]:
    """Report where one contract is owed on the account where another keeps something.

    What the other one books there would be settled as if it were owed. Wrong is who is in the
    minority: who is owed there has mostly forgotten a key. Returns the ids of those contracts.
    """
    keeping: dict[str, list[Underway]] = defaultdict(list)
    for underway in contracts.values():
        contract = underway.contract
        for account in filter(None, {contract.retention, contract.unbilled}):
            keeping[account].append(underway)
    owing: dict[str, list[Underway]] = defaultdict(list)
    for underway in contracts.values() if keeping else ():
        for account in sorted(underway.contract.owed_on & keeping.keys()):
            owing[account].append(underway)
    wrong: dict[str, tuple[Underway, str, str]] = {}
    for account, owed_there in owing.items():
        kept_there = keeping[account]
        keeper, ower = kept_there[0].contract, owed_there[0].contract
        if len(owed_there) > len(kept_there):
            message = f"{_key(kept_there[0], account)}: contract '{ower.id}' is owed on {account}"
            message += "; an account has one role, so name another one"
            wrong |= {u.contract.id: (u, account, message) for u in kept_there}
        else:
            key = _key(kept_there[0], account)
            message = (
                f"{account} is the {key} account of contract '{keeper.id}', and nothing is owed"
                f" there; add {key}: {account} here too, or use another account"
            )
            wrong |= {u.contract.id: (u, account, message) for u in owed_there}
    for underway, account, message in wrong.values():
        log.at(_on(underway, account)).say(message)
    return set(wrong)


def _key(underway: Underway, account: str) -> str:
    return "retention" if underway.contract.retention == account else "unbilled"


def _on(underway: Underway, account: str) -> Transaction:
    """The transaction of a contract that has a posting on an account, else its first."""
    entries = (order.entry for order in underway.orders)
    found = (e for e in entries if any(posting.account == account for posting in e.postings))
    return next(found, underway.contract.entry)


def payments(
    written: Sequence[Written], left: Iterable[Transaction], around: Surroundings
) -> dict[int, str]:
    """Find payments that name what they pay on the posting of the money.

    That would make them change orders. They move what is owed to an asset that no other transaction
    of the contract has, nor those that are ``left`` as written. Returns what is wrong with each, by
    its place.
    """
    roots = around.setting.roots
    work = [w.lines for w in written if owed.works(w.lines, roots)]
    root, sign = (roots.liabilities, -1) if owed.buys(work, roots) else (roots.assets, 1)
    owing = {line.account for lines in work for line in lines if line.root == root}
    paying: list[tuple[Written, str]] = []
    others = [*left]
    for w in written:
        less = [x.account for x in w.lines if x.account in owing and x.number * sign < 0]
        if less and not owed.works(w.lines, roots) and reading_orders.marked(w.entry):
            paying.append((w, less[0]))
        else:
            others.append(w.entry)
    if not paying:
        return {}
    known = {posting.account for entry in others for posting in entry.postings}
    named = {name for entry in others for name in reading_orders.names(entry, around.setting)}
    found = {}
    for w, paid in paying:
        new = [line for line in w.lines if line.account not in known]
        marked = {posting.account for posting in reading_orders.marked(w.entry)}
        if (
            reading_orders.names(w.entry, around.setting) <= named
            and marked & {line.account for line in new}
            and all(_is_money(line, w, owing, around) for line in new)
        ):
            found[w.at] = (
                "this looks like a payment, but a milestone on"
                f" {new[0].account} makes it a change order; to say what is paid, write it on the"
                f" posting of {paid} alone; for another account that is owed on, name its parent"
                " with receivable or payable"
            )
    return found


def _is_money(line: Line, own: Written, owing: AbstractSet[str], around: Surroundings) -> bool:
    """Whether a posting is on an asset of which nothing says that it is something else."""
    account = line.account
    said = [around.defaults, own.keys, around.named_keys(fold(own.keys.client or own.entry.payee))]
    said += [around.client_keys(name) for name in (*sorted(owing), account)]
    parents = {parent for keys in said for parent in (keys.receivable, keys.payable, keys.deposit)}
    named = {name for keys in said for name in (keys.retention, keys.unbilled, keys.deferred)}
    beside = {name.rpartition(":")[0] for name in owing}
    return (
        line.root == around.setting.roots.assets
        and account not in named
        and account not in around.settles_as
        and account not in around.taxes
        and around.client_keys(account) is NOTHING_SAID
        and not any(owed.under(account, parent) for parent in parents | owing if parent)
        and not any(":" in parent and owed.under(account, parent) for parent in beside)
    )
