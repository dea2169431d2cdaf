"""Invoices by hand: transactions that debit a receivable account and have a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount.core.data import Transaction

from beancount_milestones import postings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Container, Iterable, Iterator

    from beancount.core.data import Directive, Posting


def numbers_by_hand(
    entries: Iterable[Directive], receivables: Container[str], contracts: Container[str]
) -> dict[str, dt.date]:
    """Return the numbers of invoices by hand, each with its first day.

    Takes the accounts that they are owed on, and the ids of contracts: links to these are none.
    """
    found: dict[str, dt.date] = {}
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                if posting.account in receivables and postings.number(posting) > 0:
                    for number in _numbers(entry, posting, contracts):
                        found.setdefault(number, entry.date)
    return found


def _numbers(entry: Transaction, posting: Posting, contracts: Container[str]) -> Iterator[str]:
    """The number in the metadata; else the first link, as long as it names no contract."""
    number = postings.said(entry, posting, "invoice")
    if isinstance(number, str):
        yield number.strip()
    elif "contract" not in entry.meta:
        links = (link for link in entry.links or () if link.rpartition("/")[0] not in contracts)
        yield from sorted(link for link in links if link not in contracts)[:1]
