"""Laws of open items, for any ledger: made up by Hypothesis."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from beancount import loader
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.model import of_register
from beancount_milestones.receivables import Credit, Item
from beancount_milestones.reports import Row, status
from tests.receivables import HEAD, books, settle
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

CONTRACTS = (ACME, BOLT, LESS, CARL)
MILESTONES = ("acme one", "acme two", "acme less", "bolt one", "bolt two", "carl one")
NAMES = (
    *("acme", "acme/one", "acme/two", "bolt", "carl/one", "INV-1", "INV-2", "INV-3"),
    *("job-1", "job-2", "job-3", "T-1", "no-1"),
)
EVENTS = (
    *("progress", "completed", "completed", "invoiced", "invoiced", "credited"),
    *("delivered", "reopened", "cancelled"),
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
    if event in {"progress", "completed", "invoiced"} and draw(st.booleans()):
        # A number belongs to a day and a client.
        text += f'  invoice: "INV-{date.day % 4}{contract[0]}{date.day}"\n'
        if draw(st.booleans()):
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


ledgers = st.lists(events() | bills() | by_hand() | by_hand(), max_size=24)


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


def told(loaded: Loaded, date: str) -> object:
    """Everything that a report says, without the entries that it comes from."""
    found = settle(loaded, date)
    items = [
        (
            (item.account, item.client, item.milestone, item.number, item.date, item.due),
            (item.amount, item.raised, item.open, item.invoiced),
            sorted(
                (m.credit.date, m.credit.payee, m.amount, m.basis, m.credit.kind)
                for m in item.matches
            ),
        )
        for item in found.items
    ]
    rest = sorted(
        (r.credit.account, r.credit.date, r.credit.payee, r.amount) for r in found.unapplied
    )
    return status(books(loaded, date)), items, rest


def test_the_contracts_are_right() -> None:
    assert load([]).messages == []


@given(ledgers)
@settings(deadline=None, max_examples=80)
def test_open_items_less_unapplied_equal_the_balance_at_every_date(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        # Also looks at every item: none is settled beyond its amount.
        settle(loaded, date)


@given(ledgers)
@settings(deadline=None, max_examples=60)
def test_a_link_always_wins(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        found = settle(loaded, date)
        for rest in found.unapplied:
            entry = rest.credit.entry
            links = entry.links if entry else frozenset()
            for item in found.items:
                if item.account == rest.credit.account and item.number and item.number in links:
                    assert not item.open
                    assert {match.basis for match in item.matches} == {"link"}


def names_of(item: Item, loaded: Loaded) -> set[str]:
    """Everything that a payment may call an item by."""
    names = {item.number} if item.number else set()
    if item.milestone is None:
        return names | set(item.debits[0].entry.links or ())
    register = of_register(loaded.options)
    assert register
    milestone = register.contracts[item.milestone.contract].milestones[item.milestone.milestone]
    return names | {item.milestone.link, item.milestone.contract, *(milestone.entry.links or ())}


def said(credit: Credit) -> tuple[set[str], set[str]]:
    """What a payment by hand says that it pays: in `settles`, and by links."""
    if credit.entry is None:
        return set(), set()
    metas = (posting.meta or {} for posting in credit.entry.postings)
    settles = {meta["settles"] for meta in metas if "settles" in meta}
    return settles, set(credit.entry.links or ())


@given(anything)
@settings(deadline=None, max_examples=150)
def test_nothing_that_a_payment_names_stays_open_while_it_is_unapplied(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        found = settle(loaded, date)
        for rest in found.unapplied:
            wanted = set().union(*said(rest.credit))
            for item in found.items:
                if item.account == rest.credit.account and wanted & names_of(item, loaded):
                    assert not item.open
                    assert {match.basis for match in item.matches} == {"link"}
                    if item.milestone and item.number in wanted:
                        # A number is more exact than a contract, `settles` than any link.
                        for match in item.matches:
                            settles, links = said(match.credit)
                            assert settles or item.number in links


@given(anything)
@settings(deadline=None, max_examples=80)
def test_a_payment_settles_what_it_names_and_nothing_else(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        items = settle(loaded, date).items
        for item in items:
            for match in item.matches:
                settles, links = said(match.credit)
                if match.credit.entry and match.basis == "link":
                    assert (settles | links) & names_of(item, loaded)
                elif match.credit.entry:
                    known = set().union(
                        *(names_of(i, loaded) for i in items if i.account == item.account)
                    )
                    assert not settles
                    assert not links & known


def identity_holds(row: Row) -> bool:
    return row.amount == row.paid + row.outstanding + row.unbilled + row.remaining


@given(ledgers)
@settings(deadline=None, max_examples=60)
def test_amount_is_paid_outstanding_unbilled_and_remaining(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        for row in status(books(loaded, date)):
            assert min(row.outstanding, row.unbilled) >= 0
            if row.amount >= 0:
                # No more is paid than billable.
                assert row.paid > row.amount - row.remaining or identity_holds(row)
                assert 0 <= row.billed <= row.amount


@given(crowds | rivals(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=150)
def test_the_order_of_payments_within_a_day_does_not_matter(
    crowd: tuple[list[Block], list[Block]], random: Random
) -> None:
    directives, payments = crowd
    shuffled = payments.copy()
    random.shuffle(shuffled)
    one, two = load([*directives, *payments]), load([*shuffled, *directives])

    for date in interesting([*directives, *payments]):
        assert told(one, date) == told(two, date)


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


@given(crowds | rivals(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_files_does_not_matter(
    crowd: tuple[list[Block], list[Block]], random: Random
) -> None:
    directives, payments = crowd
    middle = random.randint(0, len(payments))
    one = load_files([("a", directives), ("b", payments[:middle]), ("c", payments[middle:])])
    two = load_files([("a", payments[middle:]), ("b", payments[:middle]), ("c", directives)])

    for date in interesting([*directives, *payments]):
        assert told(one, date) == told(two, date)


@given(anything)
@settings(deadline=None, max_examples=120)
def test_later_entries_never_change_an_earlier_report(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks)[:: max(1, len(blocks) // 4)]:
        earlier = [block for block in blocks if str(block.date) <= date]
        contracts = [text for text in CONTRACTS if text.strip()[:10] <= date]
        assert told(load(earlier, contracts), date) == told(loaded, date)


@given(st.lists(numbers, min_size=1, max_size=12))
@settings(deadline=None, max_examples=30)
def test_a_contract_paid_in_any_parts_is_paid(parts: list[str]) -> None:
    total = sum(map(Decimal, parts), Decimal())
    contract = f"""
2026-01-01 * "Acme" "Brand"
  contract: "acme"
  milestone-one: "1/7"
  milestone-two: "2/7"
  milestone-three: "rest"
  Assets:Receivable  {total} USD
  Income:Design
2026-01-02 custom "contract" "acme" "completed"
  invoice: "INV-1"
"""
    payments = [
        f'2026-01-03 * "Acme" ""\n  Assets:Bank  {part} USD\n  Assets:Receivable\n'
        for part in parts
    ]
    loaded = load([], [contract, *payments])

    assert {row.status for row in status(books(loaded, "2026-01-03"))} == {"paid"}
    assert settle(loaded, "2026-01-03").unapplied == ()
