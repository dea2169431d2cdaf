"""Transactions with milestones on accounts where they are not what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones.reading import owed
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.settings import NOTHING_SAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beancount_milestones.postings import Line
    from beancount_milestones.reading.contracts import Surroundings, Written


def check_kept(own: Written, written: Sequence[Written], around: Surroundings) -> None:
    """Raise where something would be owed on the account where another contract keeps something.

    The other contract's own postings there would be settled as if they were owed.
    """
    for line in own.lines if around.kept else ():
        key, other = around.kept.get(line.account, ("", ""))
        if not key or any(line.account in {w.keys.retention, w.keys.unbilled} for w in written):
            continue
        roots = around.setting.roots
        buys = owed.buys((w.lines for w in written), roots)
        root, sign = (roots.liabilities, -1) if buys else (roots.assets, 1)
        if line.root == root and line.number * sign > 0:
            message = (
                f"{line.account} is the {key} account of contract '{other}', and nothing is owed"
                f" there; add {key}: {line.account} here too, or use another account"
            )
            raise UnreadableError(message)


def payments(written: Sequence[Written], around: Surroundings) -> dict[int, str]:
    """Find transactions that are payments, though their milestones make them change orders.

    They move what is owed to an asset that no other transaction of the contract has. Returns what
    is wrong with each, by its place.
    """
    roots = around.setting.roots
    work = [w.lines for w in written if owed.works(w.lines, roots)]
    root, sign = (roots.liabilities, -1) if owed.buys(work, roots) else (roots.assets, 1)
    owing = {line.account for lines in work for line in lines if line.root == root}
    paying: list[tuple[Written, str]] = []
    known = set(owing)
    for w in written:
        less = [x.account for x in w.lines if x.account in owing and x.number * sign < 0]
        if less and not owed.works(w.lines, roots):
            paying.append((w, less[0]))
        else:
            known |= {line.account for line in w.lines}
    found = {}
    for w, paid in paying:
        new = [line for line in w.lines if line.account not in known]
        if new and all(_is_money(line, written, around) for line in new):
            found[w.at] = (
                "with its milestones this is a change order, but it looks like a payment by way of"
                f" {new[0].account}; to say what is paid, write milestone on the posting of {paid}"
                f" alone; if it is no payment, name {new[0].account} with retention, or its parent"
                " with receivable"
            )
    return found


def _is_money(line: Line, written: Iterable[Written], around: Surroundings) -> bool:
    """Whether a posting is on an asset of which nothing says that it is something else."""
    keys = [around.defaults, *(w.keys for w in written)]
    parents = [parent for said in keys for parent in (said.receivable, said.payable, said.deposit)]
    named = {account for said in keys for account in (said.retention, said.unbilled, said.deferred)}
    return (
        line.root == around.setting.roots.assets
        and line.account not in named
        and line.account not in around.settles_as
        and around.client_keys(line.account) is NOTHING_SAID
        and not any(parent and owed.under(line.account, parent) for parent in parents)
    )
