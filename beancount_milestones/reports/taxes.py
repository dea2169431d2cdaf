"""The tax of a period: what the ledger booked on each tax account, or what payments had in them.

On the booked basis the rows of an account add up to what it moved in the period. On the cash basis
each payment has its part of the tax of the invoice that it settles, worked out of the running total
paid, so that an invoice that is paid in full has all of its tax; a returned payment gives it back.
Periods add up on both: what is known otherwise since an earlier period (an invoice was credited, a
payment in advance has found its invoice) is a row on the first day of the next one.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal

from beancount.core.data import Transaction

from beancount_milestones import amounts
from beancount_milestones.errors import position
from beancount_milestones.parties import fold
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.taxes_paid import taxes_paid
from beancount_milestones.reports.written import taxes_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.reports.books import Books

Basis = Literal["booked", "cash"]
BASES: Final[tuple[Basis, ...]] = ("booked", "cash")


@dataclass(frozen=True, slots=True)
class Taxed:
    """Tax on an account: owed to the tax office where it is positive, reclaimed below zero."""

    date: datetime.date
    account: str
    #: As the `open` of the account says: "S 19%"; empty where it says nothing.
    rate: str
    client: str
    contract: str
    invoice: str
    currency: str
    tax: Decimal
    #: The same in the sign of the ledger.
    booked: Decimal
    file: str
    line: int


TAXED_COLUMNS: Final = tuple(column.name for column in fields(Taxed))


def taxes(books: Books, start: datetime.date | None = None, basis: Basis = "booked") -> list[Taxed]:
    """Return the tax from a day to the as-of date, by date and account.

    Without ``start``, from the beginning. Hand-written transactions are in it.
    """
    found = list(_booked(books) if basis == "booked" else _paid(books))
    if start and start > datetime.date.min:
        earlier = [row for row in found if row.date < start]
        found = [row for row in found if row.date >= start]
        if basis == "cash":
            then = _paid(books.on(start - datetime.timedelta(days=1)))
            found += _since(earlier, list(then), start)
    rows = (row for row in found if row.tax)
    return sorted(rows, key=lambda row: (row.date, row.account, row.invoice, row.file, row.line))


def _rate(books: Books, account: str) -> str:
    found = books.register.taxes.get(account)
    return f"{found.category} {amounts.trimmed(found.rate, 0):f}%" if found else ""


def _booked(books: Books) -> Iterator[Taxed]:
    numbers = {id(one.entry): one for one in numbered(books) if not one.billed}
    settled = _settled(books)
    for entry in books.entries:
        if not isinstance(entry, Transaction) or entry.date > books.as_of:
            continue
        booked = taxes_in(entry.postings, books.roles)
        if booked:
            contract = books.register.contracts.get(str(entry.meta.get("contract", "")))
            by_hand = numbers.get(id(entry))
            named = _text(entry.meta.get("invoice"))
            number, about = settled.get(id(entry), ("", ""))
            for (account, currency), amount in booked.items():
                yield _row(
                    books,
                    date=entry.date,
                    account=account,
                    client=books.clients.called(contract.client if contract else entry.payee),
                    contract=contract.id if contract else about,
                    invoice=by_hand.number if by_hand else named or number,
                    currency=currency,
                    booked=amount,
                    where=position(entry.meta),
                )


def _settled(books: Books) -> dict[int, tuple[str, str]]:
    """The invoice and the contracts that a transaction by hand settles something of.

    As a discount with the tax in it; no number where it settles several.
    """
    numbers: dict[int, set[str]] = defaultdict(set)
    contracts: dict[int, set[str]] = defaultdict(set)
    for item in books.open_items().items:
        for moved in item.movements:
            numbers[id(moved.entry)].add(item.number or "")
            if item.milestone:
                contracts[id(moved.entry)].add(item.milestone.contract)
    return {
        entry: (next(iter(found)) if len(found) == 1 else "", ", ".join(sorted(contracts[entry])))
        for entry, found in numbers.items()
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _paid(books: Books) -> Iterator[Taxed]:
    for paid in taxes_paid(books):
        account, currency = paid.tax
        yield _row(
            books,
            date=paid.entry.date,
            account=account,
            client=paid.client,
            contract=", ".join(paid.contracts),
            invoice=paid.invoice,
            currency=currency,
            booked=paid.amount,
            where=position(paid.entry.meta),
        )


def _since(known: list[Taxed], then: list[Taxed], start: datetime.date) -> Iterator[Taxed]:
    """What was before a day as it is known now, less what was known on the day before it."""
    sums: dict[tuple[str, str, str, str], list[Decimal]] = defaultdict(list)
    rows: dict[tuple[str, str, str, str], Taxed] = {}
    for row, booked in (*((r, r.booked) for r in known), *((r, r.tax) for r in then)):
        key = (row.account, row.currency, row.invoice, fold(row.client))
        sums[key].append(booked)
        rows[key] = row
    for key, row in rows.items():
        booked = amounts.add(sums[key])
        yield replace(row, date=start, booked=booked, tax=amounts.negative(booked))


def _row(  # noqa: PLR0913 - the columns
    books: Books,
    *,
    date: datetime.date,
    account: str,
    client: str,
    contract: str,
    invoice: str,
    currency: str,
    booked: Decimal,
    where: dict[str, object],
) -> Taxed:
    return Taxed(
        date=date,
        account=account,
        rate=_rate(books, account),
        client=client,
        contract=contract,
        invoice=invoice,
        currency=currency,
        tax=amounts.negative(booked),
        booked=booked,
        file=str(where["filename"]),
        line=int(str(where["lineno"])),
    )
