"""What a careful bookkeeper looks at: facts about the business, not errors of the ledger."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, cast

from beancount_milestones import amounts
from beancount_milestones.errors import position
from beancount_milestones.model import WHOLE
from beancount_milestones.reading.settings import Roots
from beancount_milestones.receivables import Account, bills
from beancount_milestones.reports import numbering
from beancount_milestones.reports.open_items import billing
from beancount_milestones.reports.owners import Clients
from beancount_milestones.reports.status import late, lists, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.model import Contract, Milestone
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.status import Row

Kind = Literal[
    "late",
    "overdue",
    "unbilled",
    "proposal",
    "number",
    "unapplied",
    "retention",
    "deposit",
]
KINDS: Final[tuple[Kind, ...]] = (
    *("late", "overdue", "unbilled", "proposal", "number", "unapplied", "retention", "deposit"),
)
#: Days after which what is earned should be billed.
UNBILLED_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at, and where it is written."""

    kind: Kind
    #: Since when.
    date: datetime.date
    contract: str
    milestone: str
    client: str
    message: str
    file: str
    line: int


FINDING_COLUMNS: Final = tuple(column.name for column in fields(Finding))


def check(books: Books, unbilled_days: int = UNBILLED_DAYS) -> list[Finding]:
    """Return what there is to look at, by kind, the oldest first."""
    found = [
        *_late(books),
        *_open(books),
        *_unbilled(books, unbilled_days),
        *_numbers(books),
        *_retention(books),
        *_deposits(books),
    ]
    names = ("date", "client", "contract", "milestone", "message")
    return sorted(found, key=lambda f: (KINDS.index(f.kind), *(getattr(f, n) for n in names)))


def _finding(  # noqa: PLR0913 - the columns
    kind: Kind,
    date: datetime.date,
    message: str,
    entry: Directive,
    *,
    contract: str = "",
    milestone: str = "",
    client: str = "",
) -> Finding:
    where = position(entry.meta)
    return Finding(
        kind, date, contract, milestone, client, message, where["filename"], where["lineno"]
    )


def _amount(number: Decimal, currency: str) -> str:
    return f"{number:,f} {currency}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _late(books: Books) -> Iterator[Finding]:
    """Milestones and proposals past their target, once each."""
    seen: set[tuple[str, str, bool]] = set()
    for milestone, row in rows_of(books):
        proposed = row.status == "proposed"
        past = proposed or late(milestone, row, books.as_of)
        identity = (row.contract, row.milestone, proposed)
        if past and row.target and row.target < books.as_of and identity not in seen:
            seen.add(identity)
            entry = milestone.parts_at(books.as_of)[-1].entry
            days = _days((books.as_of - row.target).days)
            what = "proposed and not agreed" if proposed else "neither completed nor cancelled"
            message = f"{what}, {days} past its target of {row.target}"
            yield _of_row("proposal" if proposed else "late", row.target, row, message, entry)


def _of_row(kind: Kind, date: datetime.date, row: Row, message: str, entry: Directive) -> Finding:
    return _finding(
        kind,
        date,
        message,
        entry,
        contract=row.contract,
        milestone=row.milestone,
        client=row.client,
    )


def _open(books: Books) -> Iterator[Finding]:
    """Invoices past their due date, and credits that settle nothing."""
    found = books.open_items()
    clients = Clients.of(books)
    for item in found.items:
        client = clients.owner(item.account, item.client)
        if not (item.invoiced and item.open and item.due < books.as_of):
            continue
        if not clients.asked(books, client, item.milestone):
            continue
        if item.milestone:
            entry: Directive = billing(books, item.milestone, item)
        else:
            entry = item.debits[0].entry
        days = _days((books.as_of - item.due).days)
        name = f"invoice {item.number}" if item.number else "an invoice without a number"
        yield _finding(
            "overdue",
            item.due,
            f"{name}: {_amount(item.open, item.account.currency)} overdue for {days}",
            entry,
            contract=item.milestone.contract if item.milestone else "",
            milestone=item.milestone.milestone if item.milestone else "",
            client=client,
        )
    for unapplied in found.unapplied:
        credit, key = unapplied.credit, unapplied.credit.milestone
        client = clients.owner(credit.account, credit.payee)
        if clients.asked(books, client, key):
            if key:
                entry = books.register.contracts[key.contract].milestones[key.milestone].entry
            else:
                entry = cast("Transaction", credit.entry)
            yield _finding(
                "unapplied",
                credit.date,
                f"{credit.kind} of {_amount(credit.amount, credit.account.currency)} on"
                f" {credit.account.name}: {_amount(unapplied.amount, credit.account.currency)}"
                " settle nothing",
                entry,
                contract=key.contract if key else "",
                milestone=key.milestone if key else "",
                client=client,
            )


def _unbilled(books: Books, days: int) -> Iterator[Finding]:
    """What has waited too long for its bill."""
    for listed in lists(books)[0]:
        row, waited = listed.row, listed.days or 0
        if waited > days:
            message = (
                f"{_amount(row.unbilled, row.currency)} earned and not billed for {_days(waited)}"
            )
            date = books.as_of - datetime.timedelta(days=waited)
            yield _of_row("unbilled", date, row, message, listed.entry)


def _numbers(books: Books) -> Iterator[Finding]:
    """Gaps in invoice numbers: numbers between two others that stand nowhere in the ledger.

    Numbers run by what stands before their last digits, a year too. A series of which less than
    half is there is not counted one by one, and has no gaps.
    """
    used = numbering.used(books, books.as_of)
    elsewhere = numbering.mentioned(books, books.as_of)
    for prefix, width, found in numbering.series(used):
        first, last = found[0], found[-1]
        if 2 * len(found) <= last - first + 1:
            continue
        for before, after in pairwise(found):
            here = used[f"{prefix}{after:0{width}}"]
            names = [f"{prefix}{number:0{width}}" for number in range(before + 1, after)]
            missing = [name for name in names if name not in elsewhere]
            if missing and books.scope.has(books.register.contracts[here.contract]):
                verb = "is" if len(missing) == 1 else "are"
                message = (
                    f"{', '.join(missing)} {verb} missing between {prefix}{before:0{width}} and"
                    f" {prefix}{after:0{width}}"
                )
                yield _finding(
                    "number",
                    here.date,
                    message,
                    here.entry,
                    contract=here.contract,
                    milestone=here.milestone,
                    client=here.client,
                )


def _retention(books: Books) -> Iterator[Finding]:
    """Retentions of which more is released than was withheld, by client and account."""
    held: dict[tuple[str, str, str], list[tuple[Decimal, Contract, Milestone]]] = defaultdict(list)
    for contract, milestone in _milestones(books):
        parts = milestone.parts_at(books.as_of)
        fraction = contract.sides(milestone.state_at(books.as_of))[1]
        for currency in dict.fromkeys(leg.currency for part in parts for leg in part.legs):
            name = contract.retention or ""
            amount = bills(milestone, Account(name, currency), fraction, books.as_of)
            if amount:
                held[contract.client, name, currency].append((amount, contract, milestone))
    assets = Roots.of(books.options).assets
    for (client, account, currency), figures in held.items():
        total = amounts.add(amount for amount, *_ in figures)
        # What we hold back from others is a liability.
        sign = 1 if account.partition(":")[0] == assets else -1
        if sign * total < 0:
            released = [found for found in figures if sign * found[0] < 0]
            _, contract, milestone = max(released, key=lambda found: _last(found[2], books))
            step = milestone.steps_at(books.as_of)[-1]
            yield _finding(
                "retention",
                step.date,
                f"{_amount(abs(total), currency)} more released from {account} than was withheld",
                step.entry,
                contract=contract.id,
                milestone=milestone.id,
                client=client,
            )


def _deposits(books: Books) -> Iterator[Finding]:
    """Deposits of which something is left when all that draws on them is done.

    A deposit is a liability that a milestone debits while it bills the client; what a reduction
    takes back of a tax is none.
    """
    root = Roots.of(books.options).liabilities
    drawing: dict[tuple[str, str, str], list[tuple[Contract, Milestone]]] = defaultdict(list)
    for contract, milestone in _milestones(books):
        parts = milestone.parts_at(books.as_of)
        legs = [leg for part in parts for leg in part.legs]
        owed = amounts.add(
            leg.weight(leg.amount) for leg in legs if leg.posting.account in contract.receivables
        )
        for leg in legs:
            name = leg.posting.account
            drawn = bills(milestone, Account(name, leg.currency), WHOLE, books.as_of)
            if contract.receivables and owed >= 0 and drawn > 0 and name.partition(":")[0] == root:
                drawing[contract.client, name, leg.currency].append((contract, milestone))
    for (client, name, currency), users in drawing.items():
        states = [milestone.state_at(books.as_of) for _, milestone in users]
        account = Account(name, currency)
        left = amounts.negative(
            amounts.add(
                bills(
                    milestone,
                    account,
                    contract.sides(milestone.state_at(books.as_of))[1],
                    books.as_of,
                )
                for contract, milestone in _milestones(books)
                if contract.client == client
            )
        )
        if left > 0 and all(state.completed or state.cancelled for state in states):
            contract, milestone = max(users, key=lambda user: _last(user[1], books))
            step = milestone.steps_at(books.as_of)[-1]
            yield _finding(
                "deposit",
                step.date,
                f"{_amount(left, currency)} of the deposit on {name} are left, and nothing is to"
                " draw on it",
                step.entry,
                contract=contract.id,
                milestone=milestone.id,
                client=client,
            )


def _milestones(books: Books) -> Iterator[tuple[Contract, Milestone]]:
    """Every milestone that is asked about, once it is agreed."""
    for contract in books.contracts():
        for milestone in contract.milestones.values():
            if milestone.entry.date <= books.as_of:
                yield contract, milestone


def _last(milestone: Milestone, books: Books) -> datetime.date:
    """The day of the last thing that happened to it."""
    return max(
        (step.date for step in milestone.steps_at(books.as_of)), default=milestone.entry.date
    )
