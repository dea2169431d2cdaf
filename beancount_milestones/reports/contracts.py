"""Where every contract stands: value, work in progress, bills."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.model import WHOLE
from beancount_milestones.receivables import accounts_of
from beancount_milestones.reports.status import status

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from beancount_milestones.model import Contract, Milestone, Part
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.status import Row

#: All, as percentages are shown.
_ALL: Final = Decimal("100.00")


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract in one currency, as of a day.

    All amounts are gross amounts on the receivable accounts, as in the rows of `status`:
    ``total = value + changes - cancelled`` is the sum of their amounts, and ``billed``, ``paid``,
    ``outstanding``, ``retention`` and ``remaining`` are sums of the columns of these names.

    ``position = earned - billed`` is the net position of the contract (IFRS 15.105), with tax:
    above zero a contract asset, work that is not billed yet; below zero a contract liability, bills
    ahead of the work. What has no income or expenses, as a deposit or the release of a retention,
    is no work: it counts as earned when it is billed, and not at all in ``percent``; nor does a
    reduction. Deposits and what is held back have accounts of their own, and are not in the
    position.
    """

    contract: str
    #: The narration of the contract.
    title: str
    client: str
    currency: str
    #: What was agreed on the day of the contract.
    value: Decimal
    #: What later orders have added or taken away.
    changes: Decimal
    #: What has fallen away.
    cancelled: Decimal
    total: Decimal
    earned: Decimal
    billed: Decimal
    paid: Decimal
    outstanding: Decimal
    #: Withheld less released.
    retention: Decimal
    #: The backlog: neither earned nor billed.
    remaining: Decimal
    #: How much of the work is done, from 0 to 100; None where there is none.
    percent: Decimal | None
    position: Decimal
    #: What is proposed and not accepted; in none of the other amounts.
    proposed: Decimal


def contracts(books: Books) -> list[Standing]:
    """Return a row for every contract and currency, in the order written."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in status(books):
        rows[row.contract].append(row)
    return [
        _standing(contract, currency, rows[contract.id], books.as_of)
        for contract in books.contracts()
        for currency in dict.fromkeys(row.currency for row in rows[contract.id])
    ]


def _standing(
    contract: Contract, currency: str, rows: Sequence[Row], as_of: datetime.date
) -> Standing:
    def sum_of(column: str, *, proposed: bool = False) -> Decimal:
        """All amounts of a row are shown with the same decimals."""
        return amounts.add(
            getattr(row, column)
            if (row.status == "proposed") == proposed
            else amounts.ZERO * row.amount
            for row in rows
            if row.currency == currency
        )

    total = sum_of("amount")
    zero = amounts.take(total, total)
    work = [_work(contract, m, currency, as_of) for m in contract.milestones.values()]
    value = amounts.add((zero, *(w.value for w in work)))
    changes = amounts.add((zero, *(w.changes for w in work)))
    earned = amounts.add((zero, *(w.earned for w in work)))
    doable = sum((w.doable for w in work), Fraction())
    done = sum((w.done for w in work), Fraction())
    billed = sum_of("billed")
    return Standing(
        contract=contract.id,
        title=contract.entry.narration or "",
        client=contract.client,
        currency=currency,
        value=value,
        changes=changes,
        cancelled=amounts.take(amounts.add((value, changes)), total),
        total=total,
        earned=earned,
        billed=billed,
        paid=sum_of("paid"),
        outstanding=sum_of("outstanding"),
        retention=sum_of("retention"),
        remaining=sum_of("remaining"),
        percent=_percent(done / doable) if doable else None,
        position=amounts.take(earned, billed),
        proposed=sum_of("amount", proposed=True),
    )


def _percent(done: Fraction) -> Decimal:
    return amounts.fraction_of(_ALL, done, amounts.decimals(_ALL))


class _Work(NamedTuple):
    """What a milestone has on the receivable accounts in a currency."""

    value: Decimal
    changes: Decimal
    earned: Decimal
    #: Exactly, before anything is rounded: the work to do, and what is done of it.
    doable: Fraction
    done: Fraction


def _work(contract: Contract, milestone: Milestone, currency: str, as_of: datetime.date) -> _Work:
    state = milestone.state_at(as_of)
    parts = milestone.parts_at(as_of)
    accounts = {a.name for a in accounts_of(contract, milestone, as_of) if a.currency == currency}

    def bills(some: Sequence[Part], fraction: Fraction) -> Decimal:
        return amounts.add(
            amount
            for part in some
            for leg, amount in zip(part.legs, part.at(fraction), strict=True)
            if leg.currency == currency and leg.posting.account in accounts
        )

    later = [part for part in parts if _is_change(contract, part)]
    all_, changes = bills(parts, WHOLE), bills(later, WHOLE)
    works = any(leg.earned for part in parts for leg in part.legs)
    work = Fraction(max(all_, amounts.ZERO)) * works
    whole = max(state.earned, state.billed) if state.cancelled else WHOLE
    return _Work(
        value=amounts.take(all_, changes),
        changes=changes,
        earned=bills(parts, state.earned if works else state.billed),
        doable=work * whole,
        done=work * state.earned,
    )


def _is_change(contract: Contract, part: Part) -> bool:
    """Whether a part changes what was agreed; to hold money back or release it does not."""
    return part.entry.date > contract.entry.date and any(leg.earned for leg in part.legs)
