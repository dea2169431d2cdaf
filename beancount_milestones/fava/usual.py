"""What is usual in a ledger where a contract is agreed: its accounts, its tax, its terms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones.fava.accounts import open_accounts
from beancount_milestones.fava.charging import NO_TAX, Taxes, charged_by, every_tax
from beancount_milestones.fava.whose import is_of_another, new_account, said_of
from beancount_milestones.parties import fold
from beancount_milestones.reading.settings import Roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from beancount.core.data import Transaction

    from beancount_milestones.legs import Leg
    from beancount_milestones.model import Contract
    from beancount_milestones.reports import Books

#: What a contract says of itself and the next one of that client says too.
_BRIDGES: Final = ("unbilled", "deferred")


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual, the most likely first. There is always an account of each kind."""

    client: str
    side: str
    currency: str
    terms: str
    bridges: dict[str, Any]
    #: Receivables, or payables where it is bought.
    owed_on: list[str]
    #: Accounts of income, or of expenses.
    works: list[str]
    taxes: list[Taxes]
    #: What the client's last contract charges, else the usual one; None where nobody can tell.
    tax: Taxes | None
    #: The transactions of the contracts.
    transactions: Sequence[Transaction]


def usual_of(books: Books, client: str, contract: Contract | None = None) -> Usual:
    """Return what is usual for a client, or for a contract: as in the last ones like it."""
    side = contract.side if contract else "sell"
    alike = [c for c in books.register.contracts.values() if c.side == side]
    # The last of this client first, then the last of all.
    alike.sort(key=lambda c: (c is contract, fold(c.client) == fold(client), c.entry.date))
    alike.reverse()
    mine = [c for c in alike if fold(c.client) == fold(client)]
    roots = Roots.of(books.options)
    root = roots.income if side == "sell" else roots.expenses
    legs = [leg for contract in alike for leg in _legs(contract)]
    earned = [leg.posting.account for leg in legs if leg.earned]
    works = [account for account in earned if account.partition(":")[0] == root]
    currencies = [leg.currency for leg in legs]
    first = next(iter(books.options["operating_currency"]), "USD")
    said = mine[0].entry.meta if mine else {}
    taxes = every_tax(books, alike, side)
    # A deposit says nothing of what work is charged.
    worked = [found for found in (charged_by(books, c) for c in mine) if found]
    charged = worked[0] if worked else [one for c in alike for one in charged_by(books, c)]
    usual = [one for one in charged if one != NO_TAX] or ([] if worked else taxes)
    return Usual(
        client=mine[0].client if mine else client,
        side=side,
        currency=next(iter(currencies), first),
        terms=str(said.get("terms", "")),
        bridges={key: said[key] for key in _BRIDGES if key in said},
        owed_on=_owed_on(books, alike, mine, client),
        works=list(dict.fromkeys(works)) or _under(open_accounts(books), root),
        taxes=taxes,
        tax=next(iter(usual), NO_TAX),
        transactions=[c.entry for c in alike],
    )


def _legs(contract: Contract) -> Iterator[Leg]:
    for milestone in contract.milestones.values():
        for part in milestone.parts:
            yield from part.legs


def _under(opened: Iterable[str], root: str) -> list[str]:
    """The open accounts under a root; one that can be opened where there are none."""
    return sorted(name for name in opened if name.startswith(f"{root}:")) or [f"{root}:Services"]


def _owed_on(
    books: Books, alike: Sequence[Contract], mine: Sequence[Contract], client: str
) -> list[str]:
    """The client's own account; for a new one, one beside the others, or the one that all use."""
    own = [name for contract in mine for name in sorted(contract.owed_on)]
    used = Counter(name for contract in alike for name in contract.owed_on)
    common = [account for account, _ in used.most_common()]
    shared = [account for account in common if not is_of_another(books, account, client)]
    beside = Counter(name.rpartition(":")[0] for name in used)
    parent, number = max(beside.items(), key=lambda one: one[1], default=("", 0))
    if not own:
        own = said_of(books, client)
    if not own and parent and (number > 1 or not shared):
        own = list(filter(None, [new_account(books, parent, client)]))
    found = own or shared or [f"{Roots.of(books.options).assets}:Receivable"]
    return list(dict.fromkeys([*found, *common]))
