"""What Hypothesis makes up: events, invoices, payments and charges over a few contracts.

A law is a test that takes some of it, loads it, and looks at it on every interesting day:

    @given(ledgers)
    def test_law(blocks: list[Block]) -> None:
        loaded = load(blocks)
        for date in interesting(blocks):
            ...
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from beancount import loader
from hypothesis import strategies as st

from tests.receivables import HEAD
from tests.support import Loaded

# One bill on two accounts, in the simple mode.
ACME = """
2026-01-01 * "Acme" "Brand" ^job-1
  contract: "acme"
  terms: "net 5"
  milestone-one: "1/3"
  milestone-two: "rest"
  Assets:Receivable        1,000.00 USD
  Assets:Receivable:Grant    500.00 USD
  Income:Design
"""

# Both bridges, retention, tax and another currency on the account of Acme.
BOLT = """
2026-01-02 * "Bolt" "Shop"
  contract: "bolt"
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  retention: Assets:Retention
  milestone-one: "40%"
  milestone-two: "60%"
  Assets:Receivable   900.00 EUR
  Assets:Retention    100.00 EUR
  Liabilities:VAT    -200.00 EUR
  Income:Design
"""

# A reduction of the first one.
LESS = """
2026-01-03 * "Acme" "Less" ^job-1 ^job-3
  contract: "acme"
  milestone-less: "100%"
  Assets:Receivable  -250.00 USD
  Income:Design
"""

# Comes late, to an account that others use.
CARL = """
2026-01-12 * "Carl" "Late" ^job-2
  contract: "carl"
  milestone-one: "100%"
  Assets:Receivable  400.00 USD
  Income:Design
"""

# Owed by two: each account is its own client's. Retention at a rate of its own, and a deposit.
DUO = """
2026-01-01 open Assets:Receivable:Payer
  client: "Payer"
2026-01-01 open Assets:Receivable:Duo
2026-01-01 open Assets:Held
2026-01-01 open Liabilities:Deposits
2026-01-02 * "Duo" "Site"
  contract: "duo"
  terms: 3
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  retention: Assets:Held
  milestone-one: "50%"
  milestone-two: "rest"
  Assets:Receivable:Duo     700.00 USD
  Assets:Receivable:Payer   200.00 USD
  Liabilities:Deposits      300.00 USD
  Liabilities:VAT          -200.00 USD
  Income:Design
2026-01-02 * "Duo" "Site: deposit"
  contract: "duo"
  milestone-deposit: "100%"
  Assets:Receivable:Duo     300.00 USD
  Liabilities:Deposits
2026-01-02 * "Duo" "Site: held"
  contract: "duo"
  milestone-held: "100%"
  Assets:Receivable:Duo     -70.00 USD
  Assets:Held
"""

# A supplier's work.
SUB = """
2026-01-01 open Liabilities:Payable:Sub
2026-01-01 open Liabilities:HeldFromSub
2026-01-01 open Expenses:Subcontractors
2026-01-02 * "Sub" "Masonry"
  contract: "sub"
  terms: 4
  retention: Liabilities:HeldFromSub
  milestone-walls: "100%"
  Liabilities:Payable:Sub     -450.00 USD
  Liabilities:HeldFromSub      -50.00 USD
  Expenses:Subcontractors
2026-01-02 * "Sub" "Masonry: release"
  contract: "sub"
  milestone-release: "100%"
  Liabilities:Payable:Sub      -50.00 USD
  Liabilities:HeldFromSub
"""

CONTRACTS = (ACME, BOLT, LESS, CARL, DUO, SUB)
MILESTONES = (
    *("acme one", "acme two", "acme less", "bolt one", "bolt two", "carl one"),
    *("duo one", "duo two", "duo deposit", "duo held", "sub walls", "sub release"),
)
NAMES = (
    *("acme", "acme/one", "acme/two", "bolt", "carl/one", "INV-1", "INV-2", "INV-3"),
    *("job-1", "job-2", "job-3", "T-1", "no-1", "duo", "duo/one", "sub/walls"),
)
EVENTS = (
    *("progress", "completed", "completed", "invoiced", "invoiced", "credited"),
    *("delivered", "reopened", "cancelled", "waived"),
)
FIRST = datetime.date(2026, 1, 1)
LAST = 24


@dataclass(frozen=True)
class Block:
    """Something that a user writes, on a day."""

    date: datetime.date
    text: str


days = st.integers(0, LAST).map(lambda number: FIRST + datetime.timedelta(days=number))
numbers = st.sampled_from(["100.00", "200.00", "250.00", "333.33", "500.00", "666.67", "1000.00"])


@st.composite
def events(draw: st.DrawFn) -> Block:
    date = draw(days)
    contract, milestone = draw(st.sampled_from(MILESTONES)).split()
    event = draw(st.sampled_from(EVENTS))
    number = f" {draw(st.sampled_from([20, 50, 70]))}" if event == "progress" else ""
    text = f'{date} custom "milestone" "{contract}" "{milestone}" "{event}"{number}\n'
    if event in {"progress", "completed", "invoiced", "credited"} and draw(st.booleans()):
        # A number belongs to a day and a client; it may bill some and take back some.
        text += f'  invoice: "INV-{date.day % 4}{contract[0]}{date.day}"\n'
        if event != "credited" and draw(st.booleans()):
            text += f"  due: {draw(days)}\n"
    return Block(date, text)


@st.composite
def bills(draw: st.DrawFn) -> Block:
    """A completed milestone with an invoice that payments may name."""
    date = draw(days)
    number = draw(st.integers(1, 3))
    contract, milestone = draw(st.sampled_from(MILESTONES)).split()
    text = f'{date} custom "milestone" "{contract}" "{milestone}" "completed"\n'
    return Block(date, f'{text}  invoice: "INV-{number}"\n')


@st.composite
def by_hand(draw: st.DrawFn, days: st.SearchStrategy[datetime.date] = days) -> Block:
    """A debit or a credit, with or without names."""
    date = draw(days)
    payee = draw(st.sampled_from(['"Acme" ', '"ACME" ', '"Bolt" ', '"Carl" ', ""]))
    links = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    account = draw(st.sampled_from(["Assets:Receivable", "Assets:Receivable:Grant"]))
    currency = draw(st.sampled_from(["USD", "USD", "EUR"]))
    sign = draw(st.sampled_from(["-", "-", "-", ""]))
    other = draw(
        st.sampled_from(["Assets:Bank", "Assets:Bank", "Income:Fees", "Expenses:BadDebts"])
    )
    lines = [
        f'{date} * {payee}"By hand" {" ".join("^" + link for link in links)}',
        f"  {account}  {sign}{draw(numbers)} {currency}",
    ]
    settles = draw(st.sampled_from([None, None, None, *NAMES]))
    if settles:
        lines.append(f'    settles: "{settles}"')
    if not sign and draw(st.booleans()):
        lines.append(f'    invoice: "{draw(st.sampled_from(["T-1", "T-2", "INV-1"]))}"')
        lines.append(f"    due: {draw(days)}")
    return Block(date, "\n".join([*lines, f"  {other}", ""]))


#: The accounts beside a receivable in one payment, each with what it is.
BESIDE = (
    *("Assets:Bank", "Assets:Bank", "Income:Discount", "Expenses:CardFees", "Expenses:BadDebts"),
    *("Equity:Opening-Balances", "Liabilities:VAT", "Liabilities:Payable:Sub", "Assets:Receivable"),
)
OWED = (
    *("Assets:Receivable", "Assets:Receivable:Grant", "Assets:Receivable:Duo"),
    *("Assets:Receivable:Payer", "Liabilities:Payable:Sub"),
)


@st.composite
def payments(draw: st.DrawFn) -> Block:
    """A payment over one or two accounts, either way, less a fee, a discount or a withholding."""
    date = draw(days)
    payee = draw(st.sampled_from(['"Acme" ', '"Bolt" ', '"Duo" ', '"Payer" ', '"Sub" ', ""]))
    links = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    sign = draw(st.sampled_from(["-", "-", ""]))
    lines = [f'{date} * {payee}"Payment" {" ".join("^" + link for link in links)}']
    lines += [
        f"  {account}  {sign}{draw(numbers)} USD"
        for account in draw(st.lists(st.sampled_from(OWED), min_size=1, max_size=2))
    ]
    back, little = "" if sign else "-", st.sampled_from(["10.00", "50.00", "100.00"])
    lines += [
        f"  {account}  {back}{draw(little)} USD"
        for account in draw(st.lists(st.sampled_from(BESIDE), max_size=2))
    ]
    return Block(date, "\n".join([*lines, f"  {draw(st.sampled_from(BESIDE))}", ""]))


@st.composite
def applications(draw: st.DrawFn) -> Block:
    """Several lines of a contract moved at once, up or down, on one number."""
    date = draw(days)
    contract = draw(st.sampled_from(["acme", "bolt", "duo", "sub"]))
    known = [name.split()[1] for name in MILESTONES if name.startswith(contract)]
    lines = [f'{date} custom "contract" "{contract}" "progress"']
    if draw(st.booleans()):
        lines.append(f'  invoice: "PA-{date.day}{contract[0]}"')
    lines += [
        f"  milestone-{name}: {draw(st.sampled_from([10, 40, 70, 100]))}"
        for name in draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    ]
    return Block(date, "\n".join([*lines, ""]))


ledgers = st.lists(
    events() | bills() | by_hand() | by_hand() | payments() | applications(), max_size=24
)


# So few days and names that payments get in each other's way.
crowds = st.tuples(
    st.lists(bills(), max_size=5),
    st.lists(by_hand(st.dates(FIRST, datetime.date(2026, 1, 3))), min_size=3, max_size=12),
)


@st.composite
def rivals(draw: st.DrawFn) -> tuple[list[Block], list[Block]]:
    """Two bills, and payments on one day that want the same money to go to different places."""
    date = datetime.date(2026, 1, 3)
    directives = []
    for name, number in (("one", "INV-1"), ("two", "INV-2")):
        done = draw(st.sampled_from([date, date, datetime.date(2026, 1, 5)]))
        event = draw(st.sampled_from(["completed", "invoiced"]))
        text = f'{done} custom "milestone" "acme" "{name}" "{event}"\n  invoice: "{number}"\n'
        if event == "invoiced":
            # Completed before.
            earlier = f'{date} custom "milestone" "acme" "{name}" "completed"\n'
            directives.append(Block(date, earlier))
        directives.append(Block(done, text))
    amounts = st.sampled_from(["100.00", "333.33", "400.00", "500.00", "666.67"])
    payees = st.sampled_from(["Acme", "ACME", "Bolt"])
    names = st.sampled_from(
        ["", "", "", "^INV-1", "^INV-2", "^acme", "^job-1", "^job-2", "^carl/one"]
    )
    payments = [
        Block(
            date,
            f'{date} * "{draw(payees)}" "By hand" {draw(names)}\n'
            f"  Assets:Receivable  -{draw(amounts)} USD\n  Assets:Bank\n",
        )
        for _ in range(draw(st.integers(2, 5)))
    ]
    return directives, payments


anything = ledgers | (crowds | rivals()).map(lambda crowd: [*crowd[0], *crowd[1]])


def load(blocks: Iterable[Block], contracts: Iterable[str] = CONTRACTS) -> Loaded:
    """Load them; directives that cannot be are errors, and left out."""
    text = "\n".join([HEAD, *contracts, *(block.text for block in blocks)])
    return Loaded(*loader.load_string(text))


def interesting(blocks: Iterable[Block]) -> list[str]:
    """The days on which something happens, and the last one."""
    days = {block.date for block in blocks} | {FIRST + datetime.timedelta(days=60)}
    return sorted(map(str, days))


def load_files(parts: Iterable[tuple[str, Iterable[Block]]]) -> Loaded:
    """Load a ledger of several files, included in the order of the parts."""
    with TemporaryDirectory() as folder:
        names = []
        for name, blocks in parts:
            text = "\n".join(block.text for block in blocks)
            Path(folder, name).write_text(text, encoding="utf-8")
            names.append(f'include "{name}"')
        top = Path(folder, "main.beancount")
        top.write_text("\n".join([HEAD, *CONTRACTS, *names]) + "\n", encoding="utf-8")
        return Loaded(*loader.load_file(str(top)))
