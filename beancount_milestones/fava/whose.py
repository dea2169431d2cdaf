"""Whose an account is that clients owe on, and one for a new client that is nobody else's."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

from beancount.core.data import Open, Transaction

from beancount_milestones import postings
from beancount_milestones.fava.accounts import accounts_of, open_accounts
from beancount_milestones.parties import fold
from beancount_milestones.reports.books import cached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.reports import Books


def said_of(books: Books, client: str) -> list[str]:
    """Return the open accounts whose `open` names a client."""
    said = books.register.clients_by_account
    opened = open_accounts(books)
    return [a for a, name in said.items() if a in opened and fold(name) == fold(client)]


def is_of_another(books: Books, account: str, client: str) -> bool:
    """Return whether an account is another client's: its `open` says so, or its own name.

    One that is named after the only client on it is that client's.
    """
    said = books.register.client_of(account)
    if said:
        return fold(said) != fold(client)
    users = {c.client for c in books.register.contracts.values() if account in c.owed_on}
    own = account.rpartition(":")[2]
    return len(set(map(fold, users))) == 1 and any(own in _words(name) for name in users)


def new_account(books: Books, parent: str, client: str) -> str:
    """Return an account under another one for a client, on which nobody else is; none has no words.

    Called by the first word of the client, else by as many as it takes.
    """
    names = (f"{parent}:{name}" for name in _names(client))
    return next((account for account in names if _is_free(books, account, client)), "")


def _names(client: str) -> Iterator[str]:
    words = _words(client)
    yield from words
    for number in count(2) if words else ():
        yield f"{words[-1]}{number}"


def _words(client: str) -> list[str]:
    """The first word of a name, the first two, and so on, as parts of an account."""
    words = [word.capitalize() for word in re.findall(r"[^\W_]+", client)]
    return ["".join(words[:end]) for end in range(1, len(words) + 1)]


def _is_free(books: Books, account: str, client: str) -> bool:
    """Whether nobody else is on an account, and it can be used."""
    said = books.register.client_of(account)
    if account in _closed(books) or (said and fold(said) != fold(client)):
        return False
    return _on(books).get(account, set()) <= {"", fold(client)}


@cached
def _closed(books: Books) -> set[str]:
    """The accounts that were open once."""
    opened = {entry.account for entry in books.entries if isinstance(entry, Open)}
    return opened - open_accounts(books).keys()


@cached
def _on(books: Books) -> dict[str, set[str]]:
    """Who is on each account: whose contracts are, and who has been charged something."""
    found: dict[str, set[str]] = defaultdict(set)
    for contract in books.register.contracts.values():
        for account in accounts_of(contract):
            found[account].add(fold(contract.client))
    for entry in books.entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                if postings.number(posting) > 0:
                    found[posting.account].add(fold(entry.payee))
    return dict(found)
