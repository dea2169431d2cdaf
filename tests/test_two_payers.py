"""What is kept back on an account of one of two payers is that payer's, in every report."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.model import InvoiceDocument
from beancount_milestones.reports import Books, Scope, check, contracts, invoices, status
from beancount_milestones.reports.statement import statement
from beancount_milestones.reports.taxes import taxes
from beancount_milestones.reports.withheld import withheld
from tests.receivables import balance, books, ledger, texts, turned, values
from tests.support import Loaded

HEAD = """
plugin "beancount_milestones" "{'terms': 'net 30'}"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:R:Lender
  client: "Lender"
2026-01-01 open Assets:R:Owner
  client: "Owner"
2026-01-01 open Assets:Held
2026-01-01 open Assets:Held:Owner
  client: "Owner"
2026-01-01 open Assets:Tax:Owner
  client: "Owner"
  settles-as: "withholding"
2026-01-01 open Liabilities:VAT
  tax: "S 20%"
2026-01-01 open Income:C
"""


def deal(*postings: str, name: str = "a", contract: str = "p1") -> str:
    """A milestone of a contract, with what it comes to."""
    lines = "".join(f"  {posting} USD\n" for posting in postings)
    held = [posting.split()[0] for posting in postings if posting.startswith("Assets:Held")]
    keys = "".join(f"  retention: {account}\n" for account in held)
    return (
        f'2026-01-05 * "Owner" "Phase 1"\n  contract: "{contract}"\n{keys}'
        f'  milestone-{name}: "100%"\n{lines}'
    )


#: The owner's part is 20,000, of which 10,000 is held back.
PLAIN = deal(
    *("Assets:R:Lender  80000.00", "Assets:R:Owner  10000.00", "Assets:Held:Owner  10000.00"),
    "Income:C  -100000.00",
)
#: The same with 20% tax.
TAXED = deal(
    *("Assets:R:Lender  96000.00", "Assets:R:Owner  12000.00", "Assets:Held:Owner  12000.00"),
    *("Liabilities:VAT  -20000.00", "Income:C  -100000.00"),
)
RELEASE = deal("Assets:R:Owner  12000.00", "Assets:Held:Owner  -12000.00", name="rel")


def did(date: str, number: str, part: int = 100, name: str = "a", contract: str = "p1") -> str:
    event = f'{date} custom "milestone" "{contract}" "{name}" "progress" {part}\n'
    return f'{event}  invoice: "{number}"\n'


FIRST = did("2026-02-28", "D-1", 40)
SECOND = did("2026-03-28", "D-2")
RELEASED = '2026-09-30 custom "milestone" "p1" "rel" "completed"\n  invoice: "D-3"\n'


def at(*parts: str, date: str = "2026-10-05", side: str = "sell") -> Books:
    return books(ledger(turned("".join(parts), side), head=turned(HEAD, side)), date)


def of(at: Books, client: str) -> Books:
    return replace(at, scope=Scope(client=client))


def billed(at: Books) -> list[list[str]]:
    return [
        [row.invoice, row.client, *texts(row.net, row.tax, row.gross, row.held)]
        for row in invoices(at)
    ]


def paper(at: Books, number: str, client: str) -> InvoiceDocument:
    (found,) = [one for one in invoice_documents(at, number) if one.payer == client]
    return found


@pytest.mark.parametrize("side", ["sell", "buy"])
def test_what_is_held_back_on_the_account_of_a_payer_is_that_payers(side: str) -> None:
    now = at(PLAIN, did("2026-02-28", "D-1"), side=side)

    assert billed(now) == [
        ["D-1", "Lender", "80000.00", "0.00", "80000.00", "0.00"],
        ["D-1", "Owner", "20000.00", "0.00", "20000.00", "10000.00"],
    ]
    assert [(row.client, *values(row.amount, row.retention)) for row in status(now)] == [
        ("Lender", 80000, 0),
        ("Owner", 10000, 10000),
    ]
    assert [row.retention for row in status(of(now, "Owner"))] == [10000]
    (contract,) = contracts(now)
    assert values(contract.total, contract.billed, contract.retention) == (100000, 90000, 10000)
    lender, owner = (paper(now, "D-1", client) for client in ("Lender", "Owner"))
    assert values(lender.net, lender.held, lender.owed) == (80000, 0, 80000)
    assert values(owner.net, owner.held, owner.owed) == (20000, 10000, 10000)


def test_tax_is_on_what_each_is_charged() -> None:
    now = at(TAXED, RELEASE, FIRST, SECOND, RELEASED)

    assert billed(now) == [
        ["D-1", "Lender", "32000.00", "6400.00", "38400.00", "0.00"],
        ["D-1", "Owner", "8000.00", "1600.00", "9600.00", "4800.00"],
        ["D-2", "Lender", "48000.00", "9600.00", "57600.00", "0.00"],
        ["D-2", "Owner", "12000.00", "2400.00", "14400.00", "7200.00"],
        ["D-3", "Owner", "0.00", "0.00", "0.00", "-12000.00"],
    ]
    found = [paper(now, "D-2", client) for client in ("Lender", "Owner")]
    assert [values(*line) for one in found for line in _lines(one)] == [
        (80000, 32000, 48000),
        (20000, 8000, 12000),
    ]
    assert [str(rate.tax) for one in found for rate in one.rates] == ["9600.00", "2400.00"]


def _lines(found: InvoiceDocument) -> Iterable[tuple[Decimal, Decimal, Decimal]]:
    return ((line.scheduled, line.before, line.this) for line in found.lines)


def paid(date: str, client: str, amount: str, number: str) -> str:
    return (
        f'{date} * "{client}" "Paid" ^{number}\n  Assets:Bank  {amount} USD\n  Assets:R:{client}\n'
    )


def test_the_tax_of_what_is_held_back_comes_with_its_release() -> None:
    """The lender's payment has all of the lender's tax."""
    lender = paid("2026-03-01", "Lender", "38400.00", "D-1")
    owner = paid("2026-03-02", "Owner", "4800.00", "D-1")
    release = paid("2026-10-01", "Owner", "12000.00", "D-3")
    found = taxes(at(TAXED, RELEASE, FIRST, SECOND, RELEASED, lender, owner, release), basis="cash")

    assert [(row.client, row.invoice, str(row.tax)) for row in found] == [
        ("Lender", "D-1", "6400.00"),
        ("Owner", "D-1", "800.00"),
        ("Owner", "D-3", "2000.00"),
    ]


#: The owner pays nothing but what is held back.
LATER = deal(
    *("Assets:R:Lender  108000.00", "Assets:Held:Owner  12000.00"),
    *("Liabilities:VAT  -20000.00", "Income:C  -100000.00"),
)


def test_a_payer_of_whom_all_is_held_back_has_a_row_and_an_invoice() -> None:
    more = deal("Assets:R:Lender  5.00", "Income:C  -5.00", name="more")
    now = at(LATER, RELEASE, more, FIRST, SECOND)

    assert billed(now) == [
        ["D-1", "Lender", "36000.00", "7200.00", "43200.00", "0.00"],
        ["D-1", "Owner", "4000.00", "800.00", "4800.00", "4800.00"],
        ["D-2", "Lender", "54000.00", "10800.00", "64800.00", "0.00"],
        ["D-2", "Owner", "6000.00", "1200.00", "7200.00", "7200.00"],
    ]
    rows = [row for row in status(now) if row.milestone == "a"]
    assert [(row.account, *values(row.amount, row.retention)) for row in rows] == [
        ("Assets:R:Lender", 108000, 0),
        ("Assets:R:Owner", 0, 12000),
    ]
    assert [row.client for row in status(now) if row.milestone == "more"] == ["Lender"]
    owner = paper(now, "D-2", "Owner")
    assert [values(*line) for line in _lines(owner)] == [(10000, 4000, 6000)]
    assert not owner.owed
    lines = statement(now, "Owner")
    assert [(line.invoice, str(line.balance)) for line in lines if line.kind == "invoice"] == [
        ("D-1", "0.00"),
        ("D-2", "0.00"),
    ]


def test_a_milestone_that_is_held_back_whole_is_the_payers() -> None:
    """The lender's account is written first; nothing is owed on it either."""
    other = deal("Assets:Held:Owner  500.00", "Income:C  -500.00", name="b")
    now = at(LATER, RELEASE, other, did("2026-02-28", "D-1", name="b"))

    assert billed(now) == [["D-1", "Owner", "500.00", "0.00", "500.00", "500.00"]]
    rows = [row for row in status(now) if row.milestone == "b"]
    assert [(row.client, row.account, str(row.retention)) for row in rows] == [
        ("Owner", "Assets:R:Owner", "500.00")
    ]


def test_who_pays_what_was_held_back_of_another_owes_its_own_tax() -> None:
    """The lender takes the release over: what was held back is the owner's all the same."""
    plain = deal(
        *("Assets:R:Lender  80000.00", "Assets:R:Owner  10000.00", "Assets:Held:Owner  10000.00"),
        "Income:C  -100000.00",
    )
    release = deal(
        *("Assets:R:Lender  12000.00", "Assets:Held:Owner  -10000.00", "Liabilities:VAT  -2000.00"),
        name="rel",
    )
    now = at(plain, release, did("2026-02-28", "D-1"), RELEASED)

    assert billed(now)[2:] == [
        ["D-3", "Lender", "10000.00", "2000.00", "12000.00", "0.00"],
        ["D-3", "Owner", "-10000.00", "0.00", "-10000.00", "-10000.00"],
    ]
    for client, retention in (("Lender", 0), ("Owner", 0)):
        assert sum(row.retention for row in status(of(now, client))) == retention


def test_what_is_held_back_on_nobodys_account_is_of_both() -> None:
    """As what they owe, in every report."""
    now = at(PLAIN.replace("Held:Owner", "Held"), did("2026-02-28", "D-1"))

    assert [row[-1] for row in billed(now)] == ["8888.89", "1111.11"]
    assert [str(row.retention) for row in status(now)] == ["8888.89", "1111.11"]
    stranger = HEAD.replace('Held:Owner\n  client: "Owner"', 'Held:Owner\n  client: "Bank"')
    assert stranger != HEAD
    other = books(ledger(PLAIN, did("2026-02-28", "D-1"), head=stranger), "2026-10-05")
    assert [row[-1] for row in billed(other)] == ["8888.89", "1111.11"]


def test_tax_that_a_payer_withholds_is_that_payers() -> None:
    work = deal(
        *("Assets:R:Lender  80000.00", "Assets:R:Owner  17000.00", "Assets:Tax:Owner  3000.00"),
        "Income:C  -100000.00",
    )
    now = at(work, did("2026-02-28", "D-1"))

    assert [row[-2:] for row in billed(now)] == [["80000.00", "0.00"], ["20000.00", "3000.00"]]
    assert [(row.client, str(row.amount)) for row in withheld(now)] == [("Owner", "3000.00")]


def test_more_is_released_than_was_withheld_of_the_payer_whose_account_it_is() -> None:
    """One contract is the lender's, the other one the owner's; what is held back is the owner's."""
    lenders = PLAIN.replace('"Owner" "Phase 1"', '"Lender" "Phase 1"')
    second = deal(
        *("Assets:R:Owner  12000.00", "Assets:Held:Owner  -12000.00"), name="rel", contract="p2"
    )
    events = did("2026-02-28", "D-1") + did("2026-09-30", "D-3", name="rel", contract="p2")
    more = ("Owner", "2,000.00 USD more is released from Assets:Held:Owner than was withheld")
    one_contract = second.replace('"p2"', '"p1"').replace('"Owner"', '"Lender"')
    for parts in ((second, events), (one_contract, events.replace('"p2"', '"p1"'))):
        found = [one for one in check(at(lenders, *parts)) if one.kind == "retention"]
        assert [(one.client, one.message) for one in found] == [more]


def test_one_payer_is_as_without_the_name() -> None:
    """A milestone without a receivable has a row without an account."""
    other = deal("Assets:Held:Owner  500.00", "Income:C  -500.00", name="b")
    work = deal("Assets:R:Owner  100.00", "Assets:Held:Owner  10.00", "Income:C  -110.00")
    rows = status(at(work, other, did("2026-02-28", "D-1", name="b")))

    assert [(row.account, *values(row.retention)) for row in rows] == [
        ("Assets:R:Owner", 0),
        ("", 500),
    ]


Cents = st.integers(1, 99_999).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.tuples(Cents, st.just(Decimal(0)) | Cents, Cents),
    rate=st.sampled_from([0, 7, 20]),
    parts=st.lists(st.integers(1, 100), min_size=1, max_size=4, unique=True).map(sorted),
    whose=st.sampled_from(["Assets:Held:Owner", "Assets:Held"]),
)
def test_the_parts_of_the_payers_make_the_whole(
    numbers: tuple[Decimal, ...], rate: int, parts: list[int], whose: str
) -> None:
    lender, owner, held = numbers
    tax = (sum(numbers, Decimal(0)) * rate / (100 + rate)).quantize(Decimal("0.01"))
    work = deal(
        *(f"Assets:R:Lender  {lender}", f"{whose}  {held}"),
        *([f"Assets:R:Owner  {owner}"] if owner else []),
        *([f"Liabilities:VAT  -{tax}"] if tax else []),
        f"Income:C  {tax - lender - owner - held}",
    )
    release = deal(f"Assets:R:Owner  {held}", f"{whose}  -{held}", name="rel")
    day = datetime.date(2026, 2, 1)
    events = [
        did(str(day + datetime.timedelta(days=i)), f"D-{i}", part) for i, part in enumerate(parts)
    ]
    loaded = ledger(work, release, *events, head=HEAD)
    now = books(loaded, "2026-10-05")

    sums: dict[str, Decimal] = defaultdict(Decimal)
    held_by: dict[str, Decimal] = defaultdict(Decimal)
    for row in invoices(now):
        for column in ("net", "tax", "gross", "held"):
            sums[column] += getattr(row, column)
        held_by[row.client] += row.held
    in_books = _balances(loaded)
    assert sums["net"] == -in_books["Income:C"]
    assert sums["tax"] == -in_books["Liabilities:VAT"]
    assert sums["held"] == in_books[whose]
    assert sums["gross"] == in_books["Assets:R:Lender"] + in_books["Assets:R:Owner"] + sums["held"]
    assert sum(row.retention for row in status(now)) == in_books[whose]
    if whose == "Assets:Held:Owner":
        assert not held_by["Lender"]
        for client in ("Lender", "Owner"):
            rows = status(of(now, client))
            assert sum(row.retention for row in rows) == held_by[client]


def _balances(loaded: Loaded) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (account, _), number in balance(loaded, "2026-10-05").items():
        found[account] += number
    return found
