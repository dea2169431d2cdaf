"""What the tests of open items and reports have in common."""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

from beancount import loader
from beancount.core import data

from beancount_milestones.model import of_register
from beancount_milestones.output import at_least
from beancount_milestones.receivables import Item, OpenItems, bills, open_items
from beancount_milestones.reports import Books, Row, status
from beancount_milestones.reports.positions import positions
from tests.support import Loaded

#: The roots of accounts by those of the other side.
_TURNED = {"Assets:": "Liabilities", "Liabilities:": "Assets"}
_TURNED |= {"Income:": "Expenses", "Expenses:": "Income"}
_ROOT = re.compile(r"\b(?:Assets:(?!Bank)|Liabilities:|Income:|Expenses:)")
#: A posting up to its amount, and the sign of that.
_POSTED = re.compile(r"(?m)^( +[A-Z]\w*:\S+ +)(-?)(?=\d)")

HEAD = """
plugin "beancount_milestones" "{'terms': 'net 30'}"
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Receivable:Grant
2020-01-01 open Assets:Retention
2020-01-01 open Assets:Unbilled
2020-01-01 open Liabilities:Deferred
2020-01-01 open Liabilities:VAT
2020-01-01 open Income:Design
2020-01-01 open Income:Discount
2020-01-01 open Income:Fees
2020-01-01 open Expenses:CardFees
2020-01-01 open Expenses:BadDebts
2020-01-01 open Equity:Opening-Balances
"""

# 1,000 and 2,000 and 3,000, net 30.
ACME = """
2026-01-01 * "Acme" "Brand" ^brand-2026
  contract: "acme"
  milestone-one: "1000 USD One"
  milestone-two: "2000 USD Two"
  milestone-three: "rest Three"
  Assets:Receivable  6,000.00 USD
  Income:Design
"""

# 1,000 of work: 5% held back until later, 15% withheld as a tax of ours for good, 21% VAT.
WITHHELD = """
2020-01-01 open Assets:Tax-Withheld
  settles-as: "withholding"
2026-01-01 * "Acme" "Reforma"
  contract: "acme"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable     1,010.00 USD
  Assets:Retention         50.00 USD
  Assets:Tax-Withheld     150.00 USD
  Liabilities:VAT        -210.00 USD
  Income:Design
2026-02-01 custom "contract" "acme" "progress" 40
  invoice: "PA-1"
2026-03-01 custom "contract" "acme" "progress" 100
  invoice: "PA-2"
"""


#: The same for somebody else; links are of one contract.
BOLT = ACME.replace('"acme"', '"bolt"').replace('"Acme"', '"Bolt"').replace("^brand-2026", "")


def billed(*directives: str) -> str:
    """Directives like "2026-02-01 one completed INV-1", of the contract of Acme."""
    lines = []
    for directive in directives:
        date, milestone, event, *number = directive.split()
        lines.append(f'{date} custom "milestone" "acme" "{milestone}" "{event}"')
        lines += [f'  invoice: "{text}"' for text in number]
    return "\n".join(lines) + "\n"


# One is due on 2026-03-03, two on 2026-03-31.
TWO_BILLS = billed("2026-02-01 one completed INV-1", "2026-03-01 two completed INV-2")


#: No work: half of it is billed two days after its target, the rest a day later.
NO_WORK = """
    2026-01-01 * "Acme" "Deposit"
      contract: "deposit"
      milestone-all: "100% 2026-01-10"
      Assets:Receivable     300.00 USD
      Liabilities:Deferred

    2026-01-12 custom "milestone" "deposit" "all" "invoiced" 50
    2026-01-13 custom "milestone" "deposit" "all" "invoiced"
"""


def paid(
    date: str, amount: str, links: str = "", *, payee: str = "Acme", keys: tuple[str, ...] = ()
) -> str:
    """A payment of USD into the bank; the keys stand on the posting of the receivable."""
    lines = [
        f'{date} * "{payee}" "Paid" {links}',
        f"  Assets:Bank  {amount} USD",
        f"  Assets:Receivable  -{amount} USD",
        *(f"    {key}" for key in keys),
    ]
    return "\n".join(lines) + "\n"


def returned(date: str, amount: str, account: str = "Assets:Bank") -> str:
    """A payment of INV-1 that the bank takes back; with another account, what is owed besides."""
    return f"""
{date} * "Bank" "Returned" ^INV-1
  Assets:Receivable  {amount} USD
  {account}
"""


def turned(text: str, side: str) -> str:
    """A ledger as it is, or as the other side writes it: who is owed owes, what is earned is spent.

    Money stays what it is; only its sign turns, as that of all amounts does.
    """
    if side == "sell":
        return text
    text = _ROOT.sub(lambda found: f"{_TURNED[found[0]]}:", text)
    return _POSTED.sub(lambda found: f"{found[1]}{'' if found[2] else '-'}", text)


def ledger(*parts: str, head: str = HEAD) -> Loaded:
    """Load a ledger that has no errors."""
    text = "\n".join([head, *map(dedent, parts)])
    loaded = Loaded(*loader.load_string(text))
    assert loaded.messages == []
    return loaded


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def books(loaded: Loaded, date: str) -> Books:
    register = of_register(loaded.options)
    assert register
    return Books(register, loaded.entries, loaded.options, day(date))


def on_some_days(path: Path, parts: int = 6) -> Iterator[tuple[Loaded, str]]:
    """A ledger that we ship, with days of its transactions: so many, and the last one."""
    loaded = Loaded(*loader.load_file(str(path)))
    days = sorted({e.date for e in loaded.entries if isinstance(e, data.Transaction)})
    for date in days[:: max(1, len(days) // parts)] + days[-1:]:
        yield loaded, str(date)


def rows(loaded: Loaded, date: str) -> dict[str, Row]:
    """The rows of the only contract, by milestone; the second account with a plus."""
    found: dict[str, Row] = {}
    for row in status(books(loaded, date)):
        found[row.milestone + "+" * (row.milestone in found)] = row
    return found


def balance(loaded: Loaded, date: str) -> dict[tuple[str, str], Decimal]:
    """What the postings sum to, by account and currency, without zeros."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in loaded.entries:
        if isinstance(entry, data.Transaction) and entry.date <= day(date):
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                sums[posting.account, posting.units.currency] += posting.units.number
    return {key: number for key, number in sums.items() if number}


def settle(loaded: Loaded, date: str) -> OpenItems:
    """The open items at the end of a day, which always explain the balances."""
    at = books(loaded, date)
    found = open_items(at.register, at.entries, at.options, at.as_of)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for item in found.items:
        assert 0 <= item.open <= item.amount
        sums[item.account] += item.open
    for rest in found.unapplied:
        assert 0 < rest.amount <= rest.credit.amount
        sums[rest.credit.account] -= rest.amount
    # A change order may bring an account of its own, from its own day on.
    names = {
        leg.posting.account
        for contract, milestone in at.register.milestones()
        for part in milestone.parts_at(at.as_of)
        for leg in part.legs
        if leg.posting.account in contract.owed_on
    }
    payable = at.register.payables()
    expected = {
        key: -sum_ if key[0] in payable else sum_
        for key, sum_ in balance(loaded, date).items()
        if key[0] in names
    }
    assert {key: sum_ for key, sum_ in sums.items() if sum_} == expected
    return found


def waiting(at: Books) -> dict[tuple[str, str, str], Decimal]:
    """What is booked and not invoiced yet, by side, client and currency: no client sees it."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for found in positions(at):
        booked = found.contract.sides(found.state)[1]
        if not found.proposed and found.account.name:
            amount = bills(found.contract, found.milestone, found.account, booked, at.as_of)
            sums[found.contract.side, found.client, found.currency] += amount - found.billed
    return sums


def label(item: Item) -> str:
    """The number, else the milestone, else the client of an item."""
    return item.number or (item.milestone.link if item.milestone else item.client)


def owed(loaded: Loaded, date: str) -> dict[str, str]:
    """What is open, by number or milestone."""
    return {label(item): f"{item.open:f}" for item in settle(loaded, date).items if item.open}


def unapplied(loaded: Loaded, date: str) -> list[str]:
    return [f"{rest.amount:f}" for rest in settle(loaded, date).unapplied]


def matches(loaded: Loaded, date: str, name: str) -> list[tuple[str, str, str]]:
    """What has settled an item: amount, kind, basis."""
    return [
        (f"{match.amount:f}", match.kind, match.basis)
        for item in settle(loaded, date).items
        if label(item) == name
        for match in item.matches
    ]


def texts(*values: object) -> list[str]:
    """Values as text: amounts as they are shown where the currency has cents."""
    return list(map(text, values))


def text(value: object) -> str:
    """A value as text; an amount with two decimals at least."""
    return f"{at_least(value, 2)}" if isinstance(value, Decimal) else str(value)


def values(*found: object) -> tuple[object, ...]:
    """Values as they are, beside plain numbers."""
    return found
