"""Where a contract is owed, who buys, which account holds a deposit; each has one role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.settings import NOTHING_SAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.postings import Line
    from beancount_milestones.reading.contracts import Surroundings
    from beancount_milestones.reading.settings import Keys, Roots

#: What may be on one account: the net position of a contract.
_POSITION: Final = frozenset({"unbilled", "deferred", "deposit"})


def buys(orders: Iterable[Sequence[Line]], roots: Roots) -> bool:
    """Return whether something is bought: the first transaction of work debits it on balance.

    Later ones may take away more than all that there was.
    """
    earned = (roots.income, roots.expenses)
    for lines in orders:
        balance = amounts.add([line.weight for line in lines if line.root in earned])
        if balance:
            return balance > 0
    return False


def works(written: Iterable[Line], roots: Roots) -> bool:
    """Return whether there is work among postings: income or expenses."""
    earned = (roots.income, roots.expenses)
    return any(line.root in earned for line in written)


def deposits(
    keys: Keys,
    orders: Sequence[Sequence[Line]],
    owed_on: frozenset[str],
    around: Surroundings,
    *,
    buys: bool,
) -> frozenset[str]:
    """Return the accounts that hold a deposit until later milestones draw it.

    What stands on `deferred` among the postings is one: what is paid ahead and what is billed ahead
    are both contract liabilities (IFRS 15.106). Else, without `deposit`: what a transaction of no
    income or expenses books and is taken back, by the work or by a reduction of its own. Else, for
    a deposit that another contract or a transaction by hand has billed, the liability that is
    debited on balance; and for one that another contract draws, the liability that is credited
    without any work. On the buy side they are assets.
    """
    every = {line.account for lines in orders for line in lines}
    ahead = frozenset(every & {keys.deferred})
    if keys.deposit:
        return ahead.union(account for account in every if under(account, keys.deposit))
    roots = around.setting.roots
    root, sign = (roots.assets, -1) if buys else (roots.liabilities, 1)
    recovered = [
        line for lines in orders for line in lines if line.root == root and line.weight * sign > 0
    ]
    if not recovered and all(works(lines, roots) for lines in orders):
        # As in most contracts: all is work, and nothing paid before comes off it.
        return ahead
    others = {*owed_on, keys.unbilled, keys.retention}
    may_hold = roots.balance_sheet
    advance: dict[str, Decimal] = {}
    # By the work, tax that it charges included: so a tax that is taken back is no deposit.
    drawn: dict[str, Decimal] = {}
    for lines in orders:
        work = works(lines, roots)
        for account, own_root, _, weight in lines:
            if own_root in may_hold and account not in others and account not in around.taxes:
                recovers = own_root == root and weight * sign > 0
                sums = drawn if work or recovers else advance
                sums[account] = amounts.add((sums.get(account, amounts.ZERO), weight))
    found = (
        {a: weight for a, weight in advance.items() if weight * drawn.get(a, amounts.ZERO) < 0}
        or {a: w for a, w in drawn.items() if under(a, root) and w * sign > 0}
        or {a: w for a, w in advance.items() if not drawn and under(a, root) and w * sign < 0}
    )
    largest = sorted(found, key=lambda account: abs(found[account]), reverse=True)
    told = ahead or frozenset(largest[:1])
    for account in largest:
        if account not in told and _is_another(account, told, orders, around, root):
            told |= {account}
    return told


def _is_another(
    account: str,
    deposits: frozenset[str],
    orders: Sequence[Sequence[Line]],
    around: Surroundings,
    root: str,
) -> bool:
    """Return whether an account is a deposit beside others, and no tax that is taken back too.

    The work charges nothing on it; and it is paid in alone, as a tax never is, or the contract has
    a tax that its `open` names, so that this is none.
    """
    roots = around.setting.roots
    sign = -1 if root == roots.assets else 1
    alone = named = False
    for lines in orders:
        paid_in = any(line.account == account and line.weight * sign < 0 for line in lines)
        if paid_in and works(lines, roots):
            return False
        alone |= paid_in and not any(line.account in deposits for line in lines)
        named |= any(line.root == root and line.account in around.taxes for line in lines)
    return under(account, root) and (alone or named)


def owed_on(keys: Keys, written: Sequence[Line], around: Surroundings, *, buys: bool) -> list[str]:
    """Return the accounts that the invoices are owed on, in the order written.

    Where no key names them: the assets that are debited; on the buy side, the liabilities that are
    credited; where there are none, as where a deposit covers all, those with a posting of zero.
    Never one whose `open` has `settles-as: "withholding"`: it is not owed.
    """
    others = (keys.unbilled, keys.deferred, keys.retention, keys.deposit)
    named = keys.payable if buys else keys.receivable
    if named:
        found = dict.fromkeys(
            line.account
            for line in written
            if under(line.account, named)
            and line.account not in others
            and line.account not in around.withholding
        )
        if found:
            return list(found)
    roots = around.setting.roots
    root, sign = (roots.liabilities, -1) if buys else (roots.assets, 1)
    may_be = [
        line
        for line in written
        if line.root == root
        and sign * line.number >= 0
        and line.account not in others
        and line.account not in around.withholding
        and not (buys and line.account in around.taxes)
    ]
    owed = [line for line in may_be if line.number] or may_be
    return list(dict.fromkeys([line.account for line in owed]))


def check_roles(contract: Contract, written: Sequence[Line], around: Surroundings) -> None:
    """Raise where a key names an account that has another role in the contract.

    Of what would be owed on such an account nothing would be in the reports, or all of it twice.
    What is earned ahead and what is billed ahead may be on one account (IFRS 15.105), deposits too.
    """
    bridges = (
        ("unbilled", contract.unbilled),
        ("deferred", contract.deferred),
        ("retention", contract.retention),
    )
    named = [(name, account) for name, account in bridges if account]
    named += [("deposit", account) for account in sorted(contract.deposits)]
    if not named:
        return
    buys, owes = contract.side == "buy", contract.owed_on
    if not owes and works(written, around.setting.roots):
        # The keys have left nothing that the work is owed on.
        owes = frozenset(owed_on(NOTHING_SAID, written, around, buys=buys))
    roles = {line.account: "tax" for line in written if line.account in around.taxes}
    roles |= dict.fromkeys(owes, "payable" if buys else "receivable")
    for name, account in named:
        other = roles.setdefault(account, name)
        position = {other, name} <= _POSITION and account == contract.deferred
        if other != name and not position:
            message = (
                f"{name}: {account} is the {other} account of the contract already; an"
                " account has one role, so name another one"
            )
            raise UnreadableError(message)


def check_unbilled(contract: Contract, written: Iterable[Line]) -> None:
    """Raise where postings are on the account of what is earned and not billed.

    What is held back there would be no retention, and an opening balance would be billed twice.
    """
    account = contract.unbilled
    if account in {None, contract.deferred}:
        return
    if any(line.account == account for line in written):
        message = (
            f"unbilled: the contract itself has a posting on {account}, and an account has one"
            " role; name another account for unbilled, hold back on another one, or write what was"
            " earned before these books as income, with its progress on its own day"
        )
        raise UnreadableError(message)


def under(account: str, parent: str) -> bool:
    """Return whether an account is another one or stands under it."""
    return account == parent or account.startswith(parent + ":")
